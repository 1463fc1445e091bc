r"""The gradient of the non-saturating generator: the same direction, another weight.

Statement
---------
The non-saturating generator lowers $L_{\text{ns}} = -\frac{1}{B} \sum_i \log D(G(z_i))$
in place of $L = \frac{1}{B} \sum_i \log(1 - D(G(z_i)))$. With $D = \sigma(a)$, the
Jacobian $J = \partial G/\partial \theta$, and everything at $G(z_i)$,

$$ \nabla_\theta L_{\text{ns}} = -\frac{1}{B} \sum_i J^T \frac{\nabla D}{D}
   = -\frac{1}{B} \sum_i (1 - D) \, J^T \nabla a. $$

Sample by sample it has the direction of the minimax gradient $-D \, J^T \nabla a$, and
$(1 - D)/D = e^{-a}$ times its length: it is longer where $D$ is right, as long at $D = 1/2$, and
shorter where $D$ is fooled. Together the two are $-J^T \nabla a$. But the means over a batch need not
be parallel, since each loss weighs the samples in its own way.

Assumes   $D$ is differentiable at the samples, and $G$ in $\theta$.
Source    [@goodfellow2014, Section 3].
"""

import math
from functools import partial

import numpy as np
import sympy as sp

from gantheory.evidence import differences, in_norm, pointwise
from gantheory.losses import MINIMAX, NON_SATURATING
from gantheory.nets import Network, Softplus, Tanh, mlp
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal

theorem = Theorem(
    label="ns-generator-gradient",
    title=r"$-\nabla_\theta \mathbb{E}[\log D(G(z))] = -\mathbb{E}[(1 - D) \, J^T \nabla a]$",
    uses=("saturating-generator-gradient",),
    covers=("ns-generator-gradient",),
)

a, e = sp.symbols("a e", real=True)  # the logits of two samples
s, k, t = sp.symbols("s k t", real=True)  # slope and curvature of a logit on a line in θ, the place
r = sp.Symbol("r", real=True)  # the slope of the other sample's logit, in another parameter
m = sp.Symbol("m", positive=True)  # the mean of a model N(m, 1)
sigma = sp.Lambda(a, 1 / (1 + sp.exp(-a)))  # the sigmoid
output = sigma(a + s * t + k * t**2)  # D of a sample, on the line
ns, minimax = (sp.Subs(sp.Derivative(f, t), t, 0) for f in (-sp.log(output), sp.log(1 - output)))


def derive():
    r"""By the chain rule of the minimax gradient only the last factor changes.

    On a line in $\theta$ with direction $v$ the logit of a sample is $a + s t + k t^2 + \dots$, and its
    slope is $s = v \cdot J^T \nabla a$. The loss $-\log \sigma(a)$ has the slope $-(1 - D)$ in the
    logit, where $\log(1 - \sigma(a))$ has $-D$. Hence both forms of the statement; the form with
    $\nabla D$ holds since $D$ itself has the slope $D (1 - D) s$.
    """
    yield equal("-(1 - D) Jᵀ ∇a", ns, -(1 - sigma(a)) * s, label="ns-generator-gradient")
    of_output = sp.Subs(sp.Derivative(output, t), t, 0)
    yield equal("-Jᵀ ∇D/D", ns, -of_output / sigma(a))

    # Both slopes are multiples of the same s, with weights of the same sign: so the gradients of one
    # sample are parallel. Their ratio is (1 - D)/D = e^-a. The two weights add up to 1: a sample that
    # counts little in one loss counts much in the other; at D = 1/2 they are equal. A batch adds such
    # multiples of different vectors, and the two sums may point in different directions.
    yield equal("its ratio to the minimax slope", ns, sp.exp(-a) * minimax)
    yield equal("e^-a is (1 - D)/D", sp.exp(-a), (1 - sigma(a)) / sigma(a))
    yield equal("the sum of the two", ns + minimax, -s)
    for name, slope in (("non-saturating", ns), ("minimax", minimax)):
        yield equal(f"{name} at D = 1/2", slope.subs(a, 0), -s / 2)


def certify():
    r"""Means that are opposite: $\mathcal{N}(0, 1)$ and $G(z) = m + w z$, with $D^*$ at $w = 1$.

    The logit is $-m^2/2 - m z$. Both losses pull $m$ down. Their slopes in $w$ are
    $\pm m \, \mathbb{E}[D z]$, opposite since $\mathbb{E}[z] = 0$. With $\mathbb{E}[D z] < 0$, as on all
    of $[0.1, 6]$, descent of $\log(1 - D)$ widens the model, and that of $-\log D$ narrows it. Beyond
    $\pm 10$ lies less than $e^{-50}$.
    """
    density = sp.exp(-(t**2) / 2) / sp.sqrt(2 * sp.pi)
    inside = sp.Integral(t * density * sigma(-(m**2) / 2 - m * t), (t, -10, 10))
    yield at_most("E[D z] is negative", inside, -sp.exp(-50), where={m: (sp.Rational(1, 10), 6)})


def check():
    r"""A chain of two networks, 3-5-2 for $G$ and 2-6-1 for $D$.

    The gradient comes from the forward mode through both networks, and is compared with central
    differences of the losses. First nine latent points at once, in five random directions. Then one,
    the last bias of $D$ being set so that the logit is the one given: in every parameter the
    non-saturating gradient is $e^{-a}$ times the difference quotient of the minimax loss. Last nine
    again: the two mean gradients are not parallel.
    """
    rng = np.random.default_rng(25)
    for size in (0.5, 2.0):
        state = drawn_state(rng, size)
        ways = rng.normal(size=(5, OF_G)) @ EVERY / math.sqrt(OF_G)
        found = by_forward_mode(state, NON_SATURATING, ways)
        moved = differences(loss_in_weights(state, NON_SATURATING), state[0], ways)
        yield equal(f"nine samples, weights of size {size:g}", found, moved, tolerance=1e-7)
    for logit in (-6, -1, 0, 2):
        state = one_sample(logit)
        found = by_forward_mode(state, NON_SATURATING, EVERY)
        moved = differences(loss_in_weights(state, MINIMAX), state[0], EVERY)
        expected = sp.exp(-sp.Integer(logit)) * moved
        yield equal(f"one sample, a = {logit}: the ratio", found, expected, tolerance=1e-7)
    yield at_most("nine samples: the cosine", cosine_and_ratio(drawn_state(rng, 3.0))[0], 0.99)


def search(seed):
    r"""Chains of both networks, with weights in $[-1, 1]$, and one latent point are drawn.

    A chain refutes the theorem if the cosine of its two gradients is not 1, or the ratio of their
    lengths not $e^{-a}$; or if the derivative in one direction is not the difference quotient.
    """
    chains = strategies.simplices(CHAIN.size + 3).map(chain_of)
    hunt = partial(survives, seed=seed, examples=130)
    yield hunt("one sample: parallel, with ratio e^-a", parallel, chains)
    yield hunt("one sample: the difference quotient", is_difference, chains)


def refute():
    r"""Five mistakes about weights.

    The weight of the minimax loss; a lost sign; the inverse ratio; that gradients which are parallel
    for each sample stay parallel in the mean, where two samples with slopes $(s, 0)$ and $(0, r)$
    contradict; and that $-\log D$ gives the larger gradient for every $D$, not only below $1/2$.
    """
    yield equal("the weight D", ns, -sigma(a) * s)
    yield equal("the sign", ns, (1 - sigma(a)) * s)
    yield equal("the ratio D/(1 - D)", ns, sp.exp(a) * minimax)
    cross = sigma(a) * s * (1 - sigma(e)) * r
    yield equal("two samples: parallel means", cross, (1 - sigma(a)) * s * sigma(e) * r)
    yield at_least("-log D has the larger gradient", 1 - sigma(a), sigma(a))


# --- how the numbers are made ---------------------------------------------------------------------

MAKER, CRITIC = mlp((3, 5, 2), Softplus()), mlp((2, 6, 1), Tanh())
CHAIN = Network((*MAKER.layers, *CRITIC.layers), 3)
OF_G = MAKER.size  # the first parameters of the chain are those of G
EVERY = np.eye(OF_G, CHAIN.size)


def drawn_state(rng, size):
    """The parameters of both networks, nine latent points, biases that do not vanish."""
    flat = size * CHAIN.start(rng).flat
    return flat + 0.1 * rng.normal(size=flat.size), rng.normal(size=(9, 3))


def one_sample(logit):
    """Parameters and one latent point, at which D has this logit."""
    flat, latent = drawn_state(np.random.default_rng(7), 1.0)
    flat[-1] += logit - logits_of((flat, latent[:1]))[0]
    return flat, latent[:1]


def logits_of(state):
    """The logits of D at the samples."""
    return CHAIN.forward(CHAIN.parameters(state[0]), state[1])[0][:, 0]


def loss_in_weights(state, game):
    """The loss of the game's generator as a function of all parameters."""

    def loss(flat):
        return float(game.g_loss(logits_of((flat, state[1]))))

    return loss


def forward_mode(state, game, ways):
    """The derivative of the loss in each direction, by the forward mode through both networks."""
    parameters, latent = CHAIN.parameters(np.array(state[0])), np.array(state[1])
    logits, tape = CHAIN.forward(parameters, latent)
    directions = [CHAIN.parameters(np.array(way)) for way in ways]
    rises = [CHAIN.tangent(parameters, tape, None, way)[0][:, 0] for way in directions]
    return np.array(rises) @ game.g_gradient(logits[:, 0])


@in_norm
def by_forward_mode(state, game, ways):
    """The same, with error bars."""
    return forward_mode(state, game, ways)


@in_norm
def cosine_and_ratio(state):
    """The cosine of the angle between the two gradients, and the ratio of their lengths."""
    strong, weak = (forward_mode(state, game, EVERY) for game in (NON_SATURATING, MINIMAX))
    lengths = math.sqrt(strong @ strong), math.sqrt(weak @ weak)
    return np.array([strong @ weak / math.prod(lengths), lengths[0] / lengths[1]])


@pointwise
def odds_at(state):
    """e^-a at one sample, from the forward pass."""
    return math.exp(-float(logits_of(state)[0]))


def chain_of(shares):
    """A chain with weights in [-1, 1], and one latent point."""
    numbers = np.sin(1000 * shares + np.arange(shares.size))
    return numbers[:-3], numbers[-3:][None, :]


def parallel(state):
    """Yield that one sample's gradients have cosine 1 and lengths e^-a to 1."""
    cosine, ratio = (cosine_and_ratio(state)[k] for k in range(2))
    yield equal("the cosine", cosine, 1)
    yield equal("the ratio", ratio, odds_at(state))


def is_difference(state):
    """Return that the forward mode is the difference quotient of the loss, in one direction."""
    way = np.sin(np.arange(OF_G) + 1.0)[None, :] @ EVERY / math.sqrt(OF_G)
    found = by_forward_mode(state, NON_SATURATING, way)
    moved = differences(loss_in_weights(state, NON_SATURATING), state[0], way)
    return equal("one direction", found, moved, tolerance=1e-3)
