r"""The gradient of the generator's second loss: the same direction, another weight.

Statement
---------
The non-saturating generator lowers L = -(1/B) Σ log D(G(z_i)) in place of (1/B) Σ log(1 - D(G(z_i))).
With D = σ(a) and the Jacobian J = ∂G/∂θ, all of it at G(z_i),

    ∇L = -(1/B) Σ Jᵀ ∇D/D = -(1/B) Σ (1 - D) Jᵀ ∇a.

Sample by sample it has the direction of the minimax gradient -D Jᵀ ∇a, and (1 - D)/D = e^-a times its
length: more where D is right, the same at D = 1/2, less where D is fooled. Together they are -Jᵀ ∇a. The
means over a batch are no longer parallel, since each weighs the samples in its own way.

So the two follow different divergences. For D = D* held still, p = N(0, 1) and q = N(μ, 1), the gradient
by μ is μ E_q[1 - D*] = d/dμ 2 KL(m‖p), m = (p + q)/2, and no longer dC/dμ = d/dμ 2 JSD.

Assumes   D is differentiable at almost every generated sample, G in θ.
Source    Goodfellow et al. (2014), section 3; Shannon et al. (2020) for the divergence.
"""

# notation: p, q densities of data and model; D = σ(a); s_k slopes of the logit in x; j_k those of G in θ
# notation: t place on a line in θ; b, k bends; m the mean μ; v a direction

import math
from fractions import Fraction
from functools import partial

import numpy as np
import sympy as sp
from scipy.special import expit

from gantheory import certified
from gantheory.densities import Mixture, Normal
from gantheory.divergences import kl_divergence
from gantheory.evidence import differences, in_norm, pointwise
from gantheory.losses import MINIMAX, NON_SATURATING
from gantheory.nets import Softplus, Tanh, mlp
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal

theorem = Theorem(
    label="ns-generator-gradient",
    title="-∇ mean log D(G(z)) = -mean (1 - D) Jᵀ ∇a: the minimax gradient, times e^-a",
    uses=("saturating-generator-gradient",),
    covers=("ns-generator-gradient",),
)

p, q = sp.symbols("p q", positive=True)
a, e, t, b, k, x, m = sp.symbols("a e t b k x m", real=True)
s_1, s_2, j_1, j_2 = sp.symbols("s_1 s_2 j_1 j_2", real=True)

CRITIC = mlp((2, 6, 1), Tanh())
MAKER = mlp((3, 5, 2), Softplus())
BELL = Normal(0, 1)
SHIFTS = ("1/2", "1", "2", "4")
GAMES = {"NS": NON_SATURATING, "minimax": MINIMAX}


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
    slope = slope_at_0(-sp.log(sigma(moved())))
    other = slope_at_0(sp.log(1 - sigma(moved())))
    yield equal(
        "G moves along a curve, D bends as it likes: -d/dt log D(G) = -(1 - D) Jᵀ ∇a",
        slope,
        -(1 - share) * pull,
        label="ns-generator-gradient",
    )
    yield equal("which is -Jᵀ ∇D/D", slope, -slope_at_0(sigma(moved())) / share)
    yield equal("it is e^-a = (1 - D)/D times the minimax slope", slope, sp.exp(-a) * other)
    yield equal("e^-a is (1 - D)/D", sp.exp(-a), (1 - share) / share)
    yield equal("their sum is -Jᵀ ∇a: one grows as the other falls", slope + other, -pull)
    yield equal("at D = 1/2 both are -(1/2) Jᵀ ∇a", slope.subs(a, 0), -pull / 2)
    yield equal(
        "the minimax slope there",
        slope_at_0(sp.log(1 - sigma(moved().subs(a, 0)))),
        -pull / 2,
    )
    mean = (p + q) / 2
    yield equal(
        "a point of 2 KL(m‖p), (p + q) log (p + q)/(2 p), has slope 1 + log (p + q)/(2 p) in q: "
        "1 - log 2 - log D*",
        sp.Derivative(2 * mean * sp.log(mean / p), q),
        1 - sp.log(2) - sp.log(p / (p + q)),
    )
    first, second = bell(sp.Integer(0)), bell(m)
    held = -sp.log(first / (first + second))
    yield equal(
        "N(0, 1) and N(m, 1), D* held still: d/dm of -q log D is m (1 - D*) q, plus a divergence, which "
        "integrates to 0",
        sp.Derivative(second, m) * held,
        m * second**2 / (first + second) - sp.Derivative(second * held, x),
    )


def certify():
    for shift in SHIFTS:
        fake = Normal(shift, 1)
        strong = certified.integral(q * q / (p + q), BELL, fake, bound=(0, 1), digits=15)
        weak = certified.integral(p * q / (p + q), BELL, fake, bound=(0, 1), digits=15)
        yield equal(f"N(0, 1) and N({shift}, 1): E_q[1 - D*] + E_q[D*] = 1", strong + weak, 1)
        yield at_least(
            f"N(0, 1) and N({shift}, 1): the mean NS pull is above the minimax one, by 5 % at least",
            strong,
            Fraction(105, 100) * weak,
        )


def check():
    for shift in SHIFTS:
        strong = certified.integral(
            q * q / (p + q), BELL, Normal(shift, 1), bound=(0, 1), digits=15
        )
        yield equal(
            f"N(0, 1) and N(μ, 1): d/dμ 2 KL(m‖p) at {shift}, by differences, is μ E_q[1 - D*]",
            differences(followed, [float(Fraction(shift))], [1.0]),
            Fraction(shift) * strong,
        )
    rng = np.random.default_rng(25)
    for size in (0.5, 2.0):
        state = drawn(rng, size)
        ways = rng.normal(size=(5, MAKER.size)) / math.sqrt(MAKER.size)
        yield equal(
            f"networks 3-5-2 and 2-6-1, weights of size {size:g}: the backward passes against "
            "differences of L, in five directions",
            backward(state, ways),
            differences(loss_of(state, NON_SATURATING), state[0], ways),
            tolerance=1e-7,
        )
    for logit in (-6.0, -1.0, 0.0, 2.0):
        state = one_sample(logit)
        yield equal(
            f"one sample, a = {logit:g}: the NS gradient is e^-a times the minimax one, entry by entry",
            backward(state, np.eye(MAKER.size)),
            sp.exp(-sp.Rational(logit))
            * differences(loss_of(state, MINIMAX), state[0], np.eye(MAKER.size)),
            tolerance=1e-7,
        )
    yield at_most(
        "nine samples at once: the two mean gradients are not parallel, their cosine is below 0.99",
        cosine(drawn(rng, 3.0)),
        0.99,
    )


@in_norm
def cosine(state):
    """The cosine of the angle between the NS and the minimax gradient."""
    strong, weak = (gradient(state, game) for game in GAMES.values())
    return strong @ weak / math.sqrt((strong @ strong) * (weak @ weak))


def followed(at):
    """2 KL(m‖p) of N(0, 1) and N(at, 1)."""
    fake = Normal(float(at[0]), 1)
    return 2 * float(kl_divergence(Mixture((BELL, fake), (0.5, 0.5)), BELL))


def drawn(rng, size):
    """(θ, weights of D, latent points)."""
    theta, phi = size * MAKER.start(rng).flat, size * CRITIC.start(rng).flat
    return theta + 0.1 * rng.normal(size=theta.size), phi + 0.1, rng.normal(size=(9, 3))


def judged(theta, phi, latent):
    """Logits of D on G's samples, and the tapes of both."""
    made, tape = MAKER.forward(MAKER.parameters(theta), latent)
    logits, other = CRITIC.forward(CRITIC.parameters(phi), made)
    return logits, tape, other


def loss_of(state, game):
    """The generator's loss of the game as a function of θ."""

    def loss(theta):
        return float(game.g_loss(judged(theta, *state[1:])[0][:, 0]))

    return loss


@in_norm
def backward(state, ways):
    """∇L · v for each direction v, L = -mean log D(G(z))."""
    return ways @ gradient(state, NON_SATURATING)


def gradient(state, game):
    """∇L by the backward passes of the loss, of D and of G."""
    theta, phi, latent = (np.array(part) for part in state)
    logits, tape, other = judged(theta, phi, latent)
    by_logit = game.g_gradient(logits[:, 0])[:, None]
    by_sample = CRITIC.backward(CRITIC.parameters(phi), other, by_logit)
    into = MAKER.parameters(np.zeros(MAKER.size))
    MAKER.backward(MAKER.parameters(theta), tape, by_sample, into=into)
    return into.flat


def one_sample(logit):
    """(θ, weights of D, one latent point), D's last bias set so that its logit is the one given."""
    theta, phi, latent = drawn(np.random.default_rng(7), 1.0)
    phi[-1] += logit - float(judged(theta, phi, latent[:1])[0][0, 0])
    return theta, phi, latent[:1]


def search(seed):
    hunt = partial(survives, seed=seed, examples=130)
    yield hunt(
        "G and D of any weights, one sample: the two gradients have cosine 1 and lengths e^-a : 1",
        parallel,
        strategies.simplices(MAKER.size + CRITIC.size + 3).map(as_state),
    )
    yield hunt(
        "G and D of any weights: ∇L by the backward passes is the difference quotient of L",
        as_differences,
        strategies.simplices(MAKER.size + CRITIC.size + 3).map(as_state),
    )


def as_state(shares):
    """One sample through two networks whose weights are drawn from [-1, 1]."""
    numbers = np.cos(1000 * shares + np.arange(shares.size))
    theta, rest = numbers[: MAKER.size], numbers[MAKER.size :]
    return theta, rest[: CRITIC.size], rest[CRITIC.size :][None, :]


def parallel(state):
    yield equal("cosine 1", cosine(state), 1, tolerance=1e-12)
    yield equal("ratio e^-a", ratio(state), odds_against(state))


@in_norm
def ratio(state):
    """The length of the NS gradient over that of the minimax one."""
    strong, weak = (gradient(state, game) for game in GAMES.values())
    return math.sqrt((strong @ strong) / (weak @ weak))


@pointwise
def odds_against(state):
    """e^-a = (1 - D)/D, from the forward pass."""
    return math.exp(-float(judged(*state)[0][0, 0]))


def as_differences(state):
    ways = np.sin(np.arange(MAKER.size) + 1.0)[None, :] / math.sqrt(MAKER.size)
    return equal(
        "∇L · v",
        backward(state, ways),
        differences(loss_of(state, NON_SATURATING), state[0], ways),
        tolerance=1e-7,
    )


def refute():
    share, pull = sigma(a), j_1 * s_1 + j_2 * s_2
    slope = slope_at_0(-sp.log(sigma(moved())))
    yield equal("the weight is D, as in the minimax game", slope, -share * pull)
    yield equal("the sign lost: ∇L = (1 - D) Jᵀ ∇a", slope, (1 - share) * pull)
    yield equal(
        "the ratio of the two is D/(1 - D)",
        slope,
        sp.exp(a) * slope_at_0(sp.log(1 - sigma(moved()))),
    )
    yield equal(
        "a batch too has parallel gradients: two samples, slopes (s_1, 0) and (0, s_2)",
        sigma(a) * s_1 * (1 - sigma(e)) * s_2,
        (1 - sigma(a)) * s_1 * sigma(e) * s_2,
    )
    yield equal(
        "the NS generator follows 2 JSD: at μ = 1 its pull is dC/dμ",
        certified.integral(q * q / (p + q), BELL, Normal(1, 1), bound=(0, 1), digits=15),
        certified.integral(p * q / (p + q), BELL, Normal(1, 1), bound=(0, 1), digits=15),
    )
    yield equal(
        "it follows KL(q‖p), the -2 JSD forgotten: d/dμ = μ at μ = 2",
        differences(followed, [2.0], [1.0]),
        2,
    )
    yield at_least(
        "-log D gives the larger gradient whatever D is",
        1 - share,
        share,
    )


def figure():
    from matplotlib import pyplot as plt

    mean = 2.0
    at = np.linspace(-2, 6, 400)
    share = expit(mean**2 / 2 - mean * at)
    fake = np.exp(Normal(mean, 1).logpdf(at))
    fig, axes = plt.subplots()
    axes.plot(at, fake, color="0.6", linestyle="--")
    axes.fill_between(at, 0, fake * (1 - share), color="C0", alpha=0.3, linewidth=0)
    axes.fill_between(at, 0, fake * share, color="C1", alpha=0.55, linewidth=0)
    axes.plot(at, fake * (1 - share), color="C0")
    axes.plot(at, fake * share, color="C1")
    axes.axvline(1, color="0.8", linewidth=0.8, zorder=0)
    axes.annotate("D* = 1/2:\nequal", (0.93, 0.37), ha="right", va="top", color="0.35")
    axes.annotate("non-saturating:\nq (1 - D*)", (3.1, 0.28), color="C0")
    axes.annotate("minimax: q D*", (-1.9, 0.16), color="C1")
    axes.annotate("model q", (1.75, 0.405), color="0.45", ha="right", va="bottom")
    axes.set(
        title="Two losses, one direction: which samples move the generator",
        xlabel="x, for data N(0, 1) and model N(2, 1)",
        ylabel="weight of ∇a",
        xlim=(-2, 6),
        ylim=(0, 0.45),
        yticks=(0, 0.2, 0.4),
    )
    return fig
