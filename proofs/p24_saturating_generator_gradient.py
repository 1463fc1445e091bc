r"""The gradient of the generator's first loss, through the discriminator.

Statement
---------
The generator x = G(z; θ) of the minimax game lowers L = (1/B) Σ log(1 - D(G(z_i))), D = σ(a). By the
chain rule, with the Jacobian J = ∂G/∂θ, all of it at G(z_i),

    ∇L = -(1/B) Σ Jᵀ ∇D/(1 - D) = -(1/B) Σ D Jᵀ ∇a,    ∇D and ∇a by x.

A sample counts as much as D believes in it: the ones that D is sure to be generated do not count.

If D is the best answer D* to the generator as it is, and smooth, and the supports do not move, then the
expectation of this, taken with D held still, is all of dC/dθ: that D* would move with θ adds nothing,
because V is at its maximum over D. For p = N(0, 1) and G(z) = z + μ, where ∇a = -μ,

    dC/dμ = μ E_q[D*] = μ ∫ p q/(p + q) dx.

For supports that move it is false: p = U[0, 1], q = U[θ, 1 + θ] have dC/dθ = 2 log 2, but D* is constant
on pieces, ∇D* = 0 at almost every sample, and no gradient comes through.

Assumes   D is differentiable at almost every generated sample, G in θ.
Source    Goodfellow et al. (2014), Algorithm 1; Roysdon for the chain rule.
"""

# notation: p, q densities of data and model; D = σ(a); s_k slopes of the logit in x; j_k those of G in θ
# notation: t place on a line in θ; b, k bends; m the mean μ; v a direction

import math
from fractions import Fraction
from functools import partial

import mpmath
import numpy as np
import sympy as sp
from scipy.special import expit

from gantheory import certified
from gantheory.densities import Laplace, Normal, Uniform
from gantheory.estimates import total
from gantheory.evidence import differences, in_norm, pointwise
from gantheory.game import virtual_training_criterion
from gantheory.losses import MINIMAX
from gantheory.nets import Softplus, Tanh, mlp
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, equal

theorem = Theorem(
    label="saturating-generator-gradient",
    title="∇ mean log(1 - D(G(z))) = -mean D Jᵀ ∇a",
    uses=("optimal-discriminator", "c-equals-2jsd-minus-log4"),
    covers=("saturating-generator-gradient",),
    errata=(
        "Roysdon writes ∇_x D · ∇_θ G for the product: it is the transposed Jacobian, (∂G/∂θ)ᵀ ∇_x D.",
    ),
)

p, q = sp.symbols("p q", positive=True)
a, t, b, k, x, m = sp.symbols("a t b k x m", real=True)
s_1, s_2, j_1, j_2 = sp.symbols("s_1 s_2 j_1 j_2", real=True)
STAR = p / (p + q)

CRITIC = mlp((2, 6, 1), Tanh())
MAKER = mlp((3, 5, 2), Softplus())
SHIFTS = ("1/2", "1", "2", "4")


def sigma(logit):
    """1/(1 + e^-a)."""
    return 1 / (1 + sp.exp(-logit))


def moved():
    """The logit at G = (j_1 t, j_2 t + k t²), where a(x) = a + s_1 x_1 + s_2 x_2 + b x_1 x_2."""
    first, second = j_1 * t, j_2 * t + k * t**2
    return a + s_1 * first + s_2 * second + b * first * second


def slope_at_0(expression):
    """d/dt at t = 0."""
    return sp.Subs(sp.Derivative(expression, t), t, 0)


def bell(mean):
    """Density of N(mean, 1)."""
    return sp.exp(-((x - mean) ** 2) / 2) / sp.sqrt(2 * sp.pi)


def derive():
    share, pull = sigma(a), j_1 * s_1 + j_2 * s_2
    yield equal(
        "G moves along a curve, D bends as it likes: d/dt log(1 - D(G)) = -D (Jᵀ ∇a)",
        slope_at_0(sp.log(1 - sigma(moved()))),
        -share * pull,
        label="saturating-generator-gradient",
    )
    yield equal("Jᵀ ∇D = D (1 - D) Jᵀ ∇a", slope_at_0(sigma(moved())), share * (1 - share) * pull)
    yield equal(
        "so -Jᵀ ∇D/(1 - D) is -D Jᵀ ∇a", -slope_at_0(sigma(moved())) / (1 - share), -share * pull
    )
    first, second = bell(sp.Integer(0)), bell(m)
    yield equal(
        "p = N(0, 1), q = N(m, 1): the logit log p - log q has slope -m in x",
        sp.Derivative(sp.log(first / second), x),
        -m,
    )
    value = p * sp.log(STAR) + q * sp.log(1 - STAR)
    yield equal(
        "the integrand of C has slope log(1 - D*) in q: that D* moves too adds nothing",
        sp.Derivative(value, q),
        sp.log(1 - STAR),
    )
    yield equal(
        "though each half does move with D*, by -p/(p + q) the one and by p/(p + q) the other",
        sp.Derivative(p * sp.log(STAR), q) + sp.Derivative(q * sp.log(1 - STAR), q),
        -STAR + (sp.log(1 - STAR) + STAR),
    )
    wave = second * sp.log(second / (first + second))
    yield equal(
        "d/dm of q log(1 - D) with D = D* held still is -D* ∇a q = m D* q, plus a divergence, which "
        "integrates to 0",
        sp.Derivative(second, m) * sp.log(second / (first + second)),
        m * first * second / (first + second) - sp.Derivative(wave, x),
    )
    theta = sp.Symbol("theta", positive=True)
    yield equal(
        "U[0, 1] against U[θ, 1 + θ]: C = ∫ of 0 on two ends and -2 log 2 between, 2 θ log 2 - log 4",
        sp.Integral(2 * sp.log(sp.Rational(1, 2)), (x, theta, 1)),
        2 * theta * sp.log(2) - sp.log(4),
        where={theta: (0, 1)},
    )


def certify():
    for shift in SHIFTS:
        real, fake = Normal(0, 1), Normal(shift, 1)
        pull = certified.integral(p * q / (p + q), real, fake, bound=(1, 0), digits=15)
        yield equal(
            f"N(0, 1) against N({shift}, 1): E_q[D*] = (2 - Δ)/4, Δ = ∫ (p - q)²/(p + q)",
            pull,
            (2 - certified.integral((p - q) ** 2 / (p + q), real, fake, bound=(1, 1), digits=15))
            / 4,
        )
        yield at_least(f"which is above 0: C rises with the distance at {shift}", pull, 0)


def check():
    for shift in SHIFTS:
        pull = certified.integral(
            p * q / (p + q), Normal(0, 1), Normal(shift, 1), bound=(1, 0), digits=15
        )
        yield equal(
            f"N(0, 1) against N(μ, 1): dC/dμ at {shift}, by differences, is μ E_q[D*]",
            differences(criterion, [float(Fraction(shift))], [1.0]),
            Fraction(shift) * pull,
        )
    rng = np.random.default_rng(24)
    for size in (0.5, 2.0):
        state = drawn(rng, size)
        ways = rng.normal(size=(5, MAKER.size)) / math.sqrt(MAKER.size)
        yield equal(
            f"networks 3-5-2 and 2-6-1, weights of size {size:g}: the backward passes against "
            "differences of L, in five directions",
            backward(state, ways),
            differences(loss_of(state), state[0], ways),
        )
        yield equal(
            "the same, against -mean D (∇a · J v): differences of G, carried forward through D",
            backward(state, ways),
            carried_forward(state, ways),
        )
    for end in ("1/4", "1/2"):
        yield equal(
            f"U[0, 1] against U[θ, 1 + θ] at {end}: dC/dθ by differences is 2 log 2",
            differences(overlap, [float(Fraction(end))], [1.0]),
            2 * sp.log(2),
        )


def criterion(at):
    """C of N(0, 1) against N(at, 1)."""
    return float(virtual_training_criterion(Normal(0, 1), Normal(float(at[0]), 1)))


def overlap(at):
    """C of U[0, 1] against U[at, 1 + at]."""
    return float(virtual_training_criterion(Uniform(0, 1), Uniform(float(at[0]), 1 + float(at[0]))))


def drawn(rng, size):
    """(θ, weights of D, latent points)."""
    theta, phi = size * MAKER.start(rng).flat, size * CRITIC.start(rng).flat
    return theta + 0.1 * rng.normal(size=theta.size), phi + 0.1, rng.normal(size=(9, 3))


def loss_of(state):
    """L = mean log(1 - D(G(z))) as a function of θ."""
    samples, phi = samples_of(state), state[1]

    def loss(theta):
        logits, _ = CRITIC.forward(CRITIC.parameters(phi), samples(theta))
        return float(MINIMAX.g_loss(logits[:, 0]))

    return loss


def samples_of(state):
    """G(z) as a function of θ, shape (9, 2)."""

    def samples(theta):
        return MAKER.forward(MAKER.parameters(theta), state[2])[0]

    return samples


@in_norm
def backward(state, ways):
    """∇L · v for each direction v, by the backward passes of the loss, of D and of G."""
    theta, phi, latent = (*map(np.copy, state),)
    maker, critic = MAKER.parameters(theta), CRITIC.parameters(phi)
    made, tape = MAKER.forward(maker, latent)
    logits, judged = CRITIC.forward(critic, made)
    by_sample = CRITIC.backward(critic, judged, MINIMAX.g_gradient(logits[:, 0])[:, None])
    into = MAKER.parameters(np.zeros(MAKER.size))
    MAKER.backward(maker, tape, by_sample, into=into)
    return ways @ into.flat


def carried_forward(state, ways):
    """-mean D (∇a · J v), J v by differences of G."""
    terms = weighted_slopes(state) * differences(samples_of(state), state[0], ways)
    samples, places = terms.shape[1:]
    return -total(terms[:, i, k] for i in range(samples) for k in range(places)) / samples


@in_norm
def weighted_slopes(state):
    """D ∇a at G(z), shape (9, 2), ∇a by the forward mode along both axes."""
    theta, phi, _ = state
    critic = CRITIC.parameters(phi.copy())
    made = samples_of(state)(theta.copy())
    logits, judged = CRITIC.forward(critic, made)
    along = [CRITIC.tangent(critic, judged, 0 * made + axis)[0] for axis in np.eye(2)]
    return expit(logits) * np.concatenate(along, axis=1)


def search(seed):
    hunt = partial(survives, seed=seed, examples=120)
    yield hunt(
        "G and D of any weights: ∇L by the backward passes is the difference quotient of L",
        as_differences,
        strategies.simplices(MAKER.size + CRITIC.size + 3).map(as_state),
    )
    yield hunt(
        "any logits and slopes: -∇D/(1 - D), in 60 digits, is -D ∇a",
        by_quotient,
        strategies.logit_batches(largest=30.0),
    )


def as_state(shares):
    """One sample through two networks whose weights are drawn from [-1, 1]."""
    numbers = np.cos(1000 * shares + np.arange(shares.size))
    theta, rest = numbers[: MAKER.size], numbers[MAKER.size :]
    return theta, rest[: CRITIC.size], rest[CRITIC.size :][None, :]


def as_differences(state):
    ways = np.sin(np.arange(MAKER.size) + 1.0)[None, :] / math.sqrt(MAKER.size)
    return equal(
        "∇L · v",
        backward(state, ways),
        differences(loss_of(state), state[0], ways),
        tolerance=1e-7,
    )


def by_quotient(logits):
    logits = np.append(logits, 0.5)
    slopes = np.cos(np.arange(len(logits)) + 0.5)
    return equal("g_gradient", gradients(logits, slopes), in_60_digits(logits, slopes))


@pointwise
def gradients(logits, slopes):
    """-D ∇a/B, from g_gradient."""
    return MINIMAX.g_gradient(logits) * slopes


@pointwise
def in_60_digits(logits, slopes):
    """-∇D/(1 - D)/B."""
    return slopes * np.array([quotient(logit) for logit in logits]) / len(logits)


def quotient(logit):
    """-D'/(1 - D) for D = 1/(1 + e^-a), D' = e^-a/(1 + e^-a)², with 1 - D as a difference."""
    with mpmath.workdps(60):
        power = mpmath.exp(-mpmath.mpf(float(logit)))
        return float(-(power / (1 + power) ** 2) / (1 - 1 / (1 + power)))


def refute():
    share, pull = sigma(a), j_1 * s_1 + j_2 * s_2
    slope = slope_at_0(sp.log(1 - sigma(moved())))
    yield equal("the sign lost: d/dt log(1 - D(G)) = D Jᵀ ∇a", slope, share * pull)
    yield equal("D and 1 - D exchanged: -(1 - D) Jᵀ ∇a", slope, -(1 - share) * pull)
    yield equal("∇D taken for ∇a: -D (1 - D) Jᵀ ∇a", slope, -share * (1 - share) * pull)
    yield equal("G forgotten: -D ∇a, whatever the Jacobian", slope, -share * (s_1 + s_2))
    yield equal(
        "J in place of its transpose: for J = [[1, 0], [j, 1]] the second entry is j ∇a_1 + ∇a_2",
        sp.Subs(
            sp.Derivative(sp.log(1 - sigma(a + s_1 * j_1 + s_2 * (j_1 * j_2 + t))), t), t, 0
        ).subs(j_1, 0),
        -share * (j_2 * s_1 + s_2),
    )
    yield equal(
        "supports that move: U[0, 1] against U[θ, 1 + θ], ∇D* = 0, so dC/dθ = 0",
        differences(overlap, [0.25], [1.0]),
        0,
    )
    yield equal(
        "half of dC/dμ is missing, since D* moves too: dC/dμ = 2 μ E_q[D*]",
        differences(criterion, [1.0], [1.0]),
        2 * certified.integral(p * q / (p + q), Normal(0, 1), Normal(1, 1), bound=(1, 0)),
    )
    yield equal(
        "E_q[D*] is E_p[D*]",
        certified.integral(p * q / (p + q), Normal(0, 1), Laplace(1, 1), bound=(1, 0), digits=12),
        certified.integral(p * p / (p + q), Normal(0, 1), Laplace(1, 1), bound=(1, 0), digits=12),
    )


def figure():
    from matplotlib import pyplot as plt

    mean = 2.0
    at = np.linspace(-2.5, 5.5, 400)
    logit = mean**2 / 2 - mean * at
    fig, axes = plt.subplots()
    fake = np.exp(Normal(mean, 1).logpdf(at))
    axes.plot(at, np.exp(Normal(0, 1).logpdf(at)), color="C0")
    axes.plot(at, fake, color="C2")
    axes.plot(at, expit(logit), color="0.45", linestyle="--")
    axes.fill_between(at, 0, fake * expit(logit), color="C1", alpha=0.45, linewidth=0)
    axes.annotate("data p", (-0.9, 0.3), color="C0", ha="right")
    axes.annotate("model q", (2.95, 0.3), color="C2")
    axes.annotate("D*", (-1.6, 0.94), color="0.35", ha="right", va="top")
    axes.annotate(
        "q D*: what pulls\non the generator",
        (1.05, 0.06),
        xytext=(3.4, 0.62),
        color="C1",
        arrowprops={"arrowstyle": "-", "color": "C1"},
    )
    axes.set(
        title="Only samples that D believes in pull the model to the data",
        xlabel="x",
        ylabel="density, or D",
        xlim=(-2.5, 5.5),
        ylim=(0, 1.02),
        yticks=(0, 0.5, 1),
    )
    return fig
