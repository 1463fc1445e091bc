r"""The gradient of the minimax generator, through the discriminator.

Statement
---------
The generator $x = G(z; \theta)$ of the minimax game lowers

$$ L = \frac{1}{B} \sum_i \log(1 - D(G(z_i))), \qquad D = \sigma(a). $$

With the Jacobian $J = \partial G/\partial \theta$, the gradients $\nabla D$, $\nabla a$
in $x$, and all of them at the sample $G(z_i)$,

$$ \nabla_\theta L = -\frac{1}{B} \sum_i J^T \frac{\nabla D}{1 - D}
   = -\frac{1}{B} \sum_i D \, J^T \nabla a. $$

The second form needs no division, which matters in floats, where $1 - D$ may be rounded
to 0. A sample counts as much as $D$ takes it for real. Samples of which $D$ is certain
that they are generated do not count: the gradient saturates. The gradient is that of a
batch, with any $D$; what it is in expectation at $D = D^*$, and what it then descends, is
the subject of the next page.

Assumes   $D$ is differentiable at the samples, and $G$ in $\theta$.
Source    [@goodfellow2014, Algorithm 1]; [@roysdon] for the chain rule.
"""

import math
from functools import partial

import mpmath
import numpy as np
import sympy as sp
from scipy.special import expit

from gantheory.estimates import total
from gantheory.evidence import differences, in_norm, pointwise
from gantheory.losses import MINIMAX
from gantheory.nets import Softplus, Tanh, mlp
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal

theorem = Theorem(
    label="saturating-generator-gradient",
    title=r"$\nabla_\theta \mathbb{E}[\log(1 - D(G(z)))] = -\mathbb{E}[D \, J^T \nabla a]$",
    uses=("optimal-discriminator",),
    covers=("saturating-generator-gradient", "jacobian-is-transposed"),
    errata=(
        r"[@roysdon] writes $\nabla_x D \cdot \nabla_\theta G$ for the product: it is the transposed "
        r"Jacobian, $(\partial G/\partial \theta)^T \nabla_x D$.",
    ),
)

a, t = sp.symbols("a t", real=True)  # the logit of the sample; the place on a line in θ
s_1, s_2, j_1, j_2 = sp.symbols(
    "s_1 s_2 j_1 j_2", real=True
)  # slopes of the logit in x, of G on the line
b, k = sp.symbols("b k", real=True)  # a curvature of the logit, and one of G
sigma = sp.Lambda(a, 1 / (1 + sp.exp(-a)))  # the sigmoid
moved_1, moved_2 = j_1 * t, j_2 * t + k * t**2
logit = a + s_1 * moved_1 + s_2 * moved_2 + b * moved_1 * moved_2
loss_slope = sp.Subs(sp.Derivative(sp.log(1 - sigma(logit)), t), t, 0)
chain = j_1 * s_1 + j_2 * s_2  # J^T ∇a, in the direction of the line


def derive():
    r"""The chain rule, along a line in $\theta$, for a sample in the plane.

    The loss depends on $\theta$ in three steps: the sample on $\theta$, the logit on the
    sample, the loss on the logit. On the line the sample moves along a curve,
    $G = (j_1 t, j_2 t + k t^2)$ after a shift of the origin, so that $j$ is the
    directional derivative $J v$. The logit is a function of the plane,
    $a + s_1 x_1 + s_2 x_2 + b x_1 x_2$, so that $s = \nabla a$. And $\log(1 - \sigma(a))$
    has the slope $-D$. So the loss of this sample has the slope $-D \, (j \cdot s)$,
    which is the directional derivative of the statement since
    $(J v) \cdot \nabla a = v \cdot J^T \nabla a$. The curvatures $b$ and $k$ stand for
    what the networks do beyond first order, and drop out. The mean over a batch is the
    mean of the slopes.
    """
    claimed = -sigma(a) * chain
    yield equal("-D Jᵀ ∇a", loss_slope, claimed, label="saturating-generator-gradient")

    # The form with ∇D: the derivative of the sigmoid is D (1 - D), and dividing by 1 - D
    # leaves D. As a → -∞ the discriminator is certain that the sample is generated, and
    # the slope tends to 0.
    output_slope = sp.Subs(sp.Derivative(sigma(logit), t), t, 0)
    yield equal("Jᵀ ∇D", output_slope, sigma(a) * (1 - sigma(a)) * chain)
    yield equal("-Jᵀ ∇D/(1 - D)", -output_slope / (1 - sigma(a)), claimed)
    yield equal("a sample that D rejects", 1 + sp.Limit(claimed, a, -sp.oo), 1)


def certify():
    r"""What the gradient promises, and what a step of finite size does.

    A step that lifts the logit of a sample from $a$ to $a + 1$ lowers its loss by
    $\int_a^{a+1} \sigma(t) \,\mathrm{d}t$, since the loss has the slope $-\sigma$. The gradient
    promises $D$. The loss is concave in the logit, with a curvature of at most $1/4$: so the
    step gives more than is promised, by less than $1/8$. A sample that $D$ rejects gains next
    to nothing by it, at most $2 D$. All this is shown for whole intervals of $a$.
    """
    gained = sp.Integral(sigma(t), (t, a, a + 1))
    yield at_least("more than the gradient promises", gained, sigma(a), where={a: (-6, 3)})
    yield at_most("by less than 1/8", gained, sigma(a) + sp.Rational(1, 8), where={a: (-6, 3)})
    yield at_most("at most twice as much, D < 1/2", gained, 2 * sigma(a), where={a: (-6, 0)})


def check():
    r"""Two networks, 3-5-2 for $G$ and 2-6-1 for $D$, with nine latent points.

    The gradient comes from the backward passes of the loss, of $D$ and of $G$, as in
    training. It is compared in five random directions with central differences of $L$,
    which know nothing of the chain rule. Then it is compared with the formula itself,
    $-\frac{1}{B} \sum D \, (\nabla a \cdot J v)$: $J v$ by differences of $G$, and
    $\nabla a$ by the forward mode of $D$. So each of the three factors is computed on its
    own.
    """
    rng = np.random.default_rng(24)
    for size in (0.5, 2.0):
        state, text = drawn_networks(rng, size), f"weights of size {size:g}"
        ways = rng.normal(size=(5, MAKER.size)) / math.sqrt(MAKER.size)
        found = by_backward_passes(state, ways)
        moved = differences(loss_in_theta(state), state[0], ways)
        yield equal(f"{text}: backward passes and L", found, moved)
        yield equal(f"{text}: backward passes and formula", found, by_formula(state, ways))


def search(seed):
    r"""Weights of both networks are drawn from $[-1, 1]$, and batches of logits up to $\pm 30$.

    One pair of networks and one latent point come from a point of a simplex, by a map
    that spreads the weights over the interval. Weights refute the theorem if the backward
    passes differ from the difference quotient of $L$; logits do if the coded slope
    differs from $-\nabla D/(1 - D)$, computed with 60 digits as a quotient.
    """
    hunt = partial(survives, seed=seed, examples=120)
    weights = strategies.simplices(MAKER.size + CRITIC.size + 3).map(networks_of)
    yield hunt("networks of any weights", passes_agree, weights)
    yield hunt("any logits, the quotient", quotient_agrees, strategies.logit_batches(largest=30.0))


def refute():
    r"""Five ways to lose a factor in a chain of three.

    The sign; the weight of the other generator loss; $\nabla D$ in place of $\nabla a$,
    which brings in a factor $D (1 - D)$ too many; the Jacobian forgotten, as if the
    samples themselves were the parameters; and the Jacobian in place of its transpose.
    The last is tempting since for one number $\theta$ and one number $x$ there is no
    difference; for two of each the entries are exchanged, and for other numbers the
    shapes do not fit.
    """
    yield equal("the sign", loss_slope, sigma(a) * chain)
    yield equal("1 - D for D", loss_slope, -(1 - sigma(a)) * chain)
    yield equal("∇D for ∇a", loss_slope, -(sigma(a) ** 2) * (1 - sigma(a)) * chain)
    yield equal("the Jacobian forgotten", loss_slope, -sigma(a) * (s_1 + s_2))
    second = sp.log(1 - sigma(a + s_2 * t))  # J = [[1, 0], [j_2, 1]], along the second parameter
    slope = sp.Subs(sp.Derivative(second, t), t, 0)
    yield equal(
        "J for its transpose", slope, -sigma(a) * (j_2 * s_1 + s_2), label="jacobian-is-transposed"
    )


# --- how the numbers are made ---------------------------------------------------------------------

MAKER, CRITIC = mlp((3, 5, 2), Softplus()), mlp((2, 6, 1), Tanh())


def drawn_networks(rng, size):
    """(θ, the parameters of D, nine latent points)."""
    theta, phi = size * MAKER.start(rng).flat, size * CRITIC.start(rng).flat
    return theta + 0.1 * rng.normal(size=theta.size), phi + 0.1, rng.normal(size=(9, 3))


def samples_in_theta(state):
    """G(z) as a function of θ, shape (samples, 2)."""

    def samples(theta):
        return MAKER.forward(MAKER.parameters(theta), state[2])[0]

    return samples


def loss_in_theta(state):
    """L as a function of θ."""
    samples, phi = samples_in_theta(state), state[1]

    def loss(theta):
        logits, _ = CRITIC.forward(CRITIC.parameters(phi), samples(theta))
        return float(MINIMAX.g_loss(logits[:, 0]))

    return loss


@in_norm
def by_backward_passes(state, ways):
    """The derivative of L in each direction, by the backward passes of the loss, of D and of G."""
    theta, phi, latent = (*map(np.copy, state),)
    maker, critic = MAKER.parameters(theta), CRITIC.parameters(phi)
    made, tape = MAKER.forward(maker, latent)
    logits, judged = CRITIC.forward(critic, made)
    by_sample = CRITIC.backward(critic, judged, MINIMAX.g_gradient(logits[:, 0])[:, None])
    into = MAKER.parameters(np.zeros(MAKER.size))
    MAKER.backward(maker, tape, by_sample, into=into)
    return ways @ into.flat


def by_formula(state, ways):
    r"""$-\frac{1}{B} \sum D \, (\nabla a \cdot J v)$, $J v$ by differences of G."""
    terms = weighted_slopes(state) * differences(samples_in_theta(state), state[0], ways)
    samples, places = terms.shape[1:]
    return -total(terms[:, i, k] for i in range(samples) for k in range(places)) / samples


@in_norm
def weighted_slopes(state):
    r"""$D \nabla a$ at the samples, $\nabla a$ by the forward mode along both axes."""
    critic, made = CRITIC.parameters(state[1].copy()), samples_in_theta(state)(state[0].copy())
    logits, judged = CRITIC.forward(critic, made)
    along_axes = [CRITIC.tangent(critic, judged, 0 * made + axis)[0] for axis in np.eye(2)]
    return expit(logits) * np.concatenate(along_axes, axis=1)


def networks_of(shares):
    """One latent point and networks whose weights lie in [-1, 1]."""
    numbers = np.cos(1000 * shares + np.arange(shares.size))
    theta, rest = numbers[: MAKER.size], numbers[MAKER.size :]
    return theta, rest[: CRITIC.size], rest[CRITIC.size :][None, :]


def passes_agree(state):
    """Return that the backward passes are the difference quotient of L."""
    ways = np.sin(np.arange(MAKER.size) + 1.0)[None, :] / math.sqrt(MAKER.size)
    found, moved = (
        by_backward_passes(state, ways),
        differences(loss_in_theta(state), state[0], ways),
    )
    return equal("one direction", found, moved, tolerance=1e-4)  # where D saturates it is small


def quotient_agrees(logits):
    """Return that the coded slopes are -D'/(1 - D)."""
    logits = np.append(logits, 0.5)
    return equal("g_gradient", coded_slopes(logits), quotients_over_rest(logits))


@pointwise
def coded_slopes(logits):
    """The slopes of L in the logits, from `g_gradient`."""
    return MINIMAX.g_gradient(logits)


@pointwise
def quotients_over_rest(logits):
    """$-D'/(1 - D)/B$ in 60 digits, 1 - D as a difference."""
    with mpmath.workdps(60):
        powers = [mpmath.exp(-mpmath.mpf(float(logit))) for logit in logits]
        slopes = [-(one / (1 + one) ** 2) / (1 - 1 / (1 + one)) for one in powers]
        return np.array([float(one) for one in slopes]) / len(logits)
