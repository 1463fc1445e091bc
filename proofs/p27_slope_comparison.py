r"""The slopes of log D and log(1 - D) where D is small: 1/D against 1, and a logit against none.

Statement
---------
As functions of D the generator's two losses have slopes |d(-log D)/dD| = 1/D and |d log(1 - D)/dD| =
1/(1 - D). Their ratio is (1 - D)/D: 99 at D = 0.01, 1 at D = 1/2, and without bound as D → 0. The second
slope tends to 1 there and not to 0. As functions of the logit a, D = σ(a), the slopes are 1 - D and D:
now the first tends to 1 and the second to 0. The ratio is the same, e^-a, since both were multiplied by
dD/da = D (1 - D). What vanishes depends on the coordinate, the ratio does not.

Small is not nothing. If one sample's logit follows the gradient, from a = -A up to 0 where D = 1/2, it
takes time e^A - 1 + A by log(1 - D) and A + 1 - e^-A by -log D: 98 + log 99 against 0.99 + log 99 from
D = 0.01. The generator does reach 1/2, late.

Assumes   0 < D < 1.
Source    Goodfellow et al. (2014), section 3; Ramasinghe for the comparison of slopes.
"""

# notation: D in (0, 1), a its logit; A where the logit starts, with its sign changed; u a place between

import math
from fractions import Fraction
from functools import partial

import mpmath
import numpy as np
import sympy as sp
from scipy.integrate import solve_ivp
from scipy.special import expit

from gantheory.evidence import differences, in_norm, pointwise
from gantheory.losses import MINIMAX, NON_SATURATING
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, converges, equal

theorem = Theorem(
    label="slope-comparison",
    title="The two slopes: 1/D against 1/(1 - D) in D, 1 - D against D in the logit",
    covers=("slope-comparison",),
    errata=(
        "Ramasinghe writes that the slope of log(1 - D) at D ≈ 0 is so small that D will never reach "
        "1/2: in D it is 1, in the logit D, and from D = 0.01 it takes a time of 102.6.",
    ),
)

D, A = sp.symbols("D A", positive=True)
a, u = sp.symbols("a u", real=True)
INSIDE = {D: (0, 1)}
HUNDREDTH = sp.Rational(1, 100)
LOSSES = {"log(1 - D)": MINIMAX, "-log D": NON_SATURATING}


def sigma(logit):
    """1/(1 + e^-a)."""
    return 1 / (1 + sp.exp(-logit))


def derive():
    first, second = sp.Derivative(-sp.log(D), D), sp.Derivative(sp.log(1 - D), D)
    yield equal("d(-log D)/dD = -1/D", first, -1 / D, where=INSIDE)
    yield equal("d log(1 - D)/dD = -1/(1 - D)", second, -1 / (1 - D), where=INSIDE)
    yield equal(
        "their ratio is (1 - D)/D",
        (1 - D) / D * second,
        first,
        where=INSIDE,
        label="slope-comparison",
    )
    yield equal(
        "which is 99 at D = 1/100", sp.Subs(first, D, HUNDREDTH), 99 * sp.Subs(second, D, HUNDREDTH)
    )
    yield equal("1 at D = 1/2", sp.Subs(first, D, sp.Rational(1, 2)), -2)
    yield equal("and again", sp.Subs(second, D, sp.Rational(1, 2)), -2)
    yield at_most(
        "below 1/2 log D is steeper: 1/(1 - D) ≤ 1/D",
        1 / (1 - D),
        1 / D,
        where={D: (0, sp.Rational(1, 2))},
    )
    yield at_least("1/(1 - D) ≥ 1: that slope does not vanish", 1 / (1 - D), 1, where=INSIDE)
    yield equal("it tends to 1 as D → 0", sp.Limit(1 / (1 - D), D, 0, "+"), 1)
    yield equal("while 1/D → ∞", sp.Limit(1 / D, D, 0, "+"), sp.oo)
    yield from in_the_logit()


def in_the_logit():
    first, second = sp.Derivative(-sp.log(sigma(a)), a), sp.Derivative(sp.log(1 - sigma(a)), a)
    yield equal("d(-log σ(a))/da = -(1 - D)", first, -(1 - sigma(a)))
    yield equal("d log(1 - σ(a))/da = -D", second, -sigma(a))
    yield equal("with the ratio e^-a, as before", first, sp.exp(-a) * second)
    yield equal("dD/da = D (1 - D)", sp.Derivative(sigma(a), a), sigma(a) * (1 - sigma(a)))
    yield equal("1 - D → 1 as a → -∞", sp.Limit(1 - sigma(a), a, -sp.oo), 1)
    yield equal("D ~ e^a there", sp.Limit(sigma(a) * sp.exp(-a), a, -sp.oo), 1)
    yield equal(
        "from -A to 0 by log(1 - D): the time ∫ da/D is e^A - 1 + A",
        sp.Integral(1 + sp.exp(u), (u, 0, A)),
        sp.exp(A) - 1 + A,
    )
    yield equal(
        "by -log D: ∫ da/(1 - D) is A + 1 - e^-A",
        sp.Integral(1 + sp.exp(-u), (u, 0, A)),
        A + 1 - sp.exp(-A),
    )
    yield equal("1/σ(a) is the slope of a - e^-a", sp.Derivative(a - sp.exp(-a), a), 1 / sigma(a))
    yield equal(
        "from D = 1/100, A = log 99: 98 + log 99 by log(1 - D)",
        sp.Integral(1 + sp.exp(u), (u, 0, sp.log(99))),
        98 + sp.log(99),
    )
    yield equal(
        "and 98/99 + log 99 by -log D",
        sp.Integral(1 + sp.exp(-u), (u, 0, sp.log(99))),
        sp.Rational(98, 99) + sp.log(99),
    )


def check():
    for share in (0.01, 0.3, 0.5, 0.9):
        for name, game in LOSSES.items():
            yield equal(
                f"{name} at D = {share:g}: the coded slope in a is D (1 - D) times that in D",
                coded(np.array([math.log(share / (1 - share))]), game),
                differences(in_share(game), [share], [share * (1 - share)]),
            )
    for name, force, time in (
        ("log(1 - D)", expit, 98 + sp.log(99)),
        ("-log D", lambda a: expit(-a), sp.Rational(98, 99) + sp.log(99)),
    ):
        yield converges(
            f"one logit, from D = 0.01 along the gradient of {name}, by Runge and Kutta to 1e-5, 1e-8, "
            f"1e-11: at time {time} it has e^a = 1",
            [arrived(force, float(time), allowed) for allowed in (1e-5, 1e-8, 1e-11)],
            1,
            tolerance=1e-8,
        )


@pointwise
def coded(logits, game):
    """The slopes of the loss in the logits, from g_gradient."""
    return game.g_gradient(logits) * len(logits)


def in_share(game):
    """The coded loss as a function of D."""

    def loss(share):
        return float(game.g_loss(np.log(share / (1 - share))))

    return loss


@in_norm(roundings=10**5)  # a thousand, and what is lost at the start grows up to fiftyfold
def arrived(force, time, allowed):
    """e^a at the time, a' = force(a), from D = 0.01, by Runge-Kutta with this tolerance a step."""

    def slope(_, logit):
        return force(logit)

    start = [-math.log(99)]
    return np.exp(solve_ivp(slope, (0, time), start, "DOP853", rtol=allowed, atol=allowed).y[0, -1])


def search(seed):
    hunt = partial(survives, seed=seed, examples=150)
    yield hunt(
        "any logits up to ±350: the slopes are to each other as e^-a, and add up to -1",
        as_powers,
        strategies.logit_batches(largest=350.0),
    )


def as_powers(logits):
    strong, weak = coded(logits, NON_SATURATING), coded(logits, MINIMAX)
    yield equal("minimax = -D", weak, in_60_digits(logits, 0))
    yield equal("NS = e^-a times that", strong, in_60_digits(logits, 1))
    yield equal("NS + minimax = -1", strong + weak, -1)


@pointwise
def in_60_digits(logits, power):
    """-e^(-k a) D."""
    with mpmath.workdps(60):
        exact = [-mpmath.exp(-power * a) / (1 + mpmath.exp(-a)) for a in map(mpmath.mpf, logits)]
        return np.array([float(one) for one in exact])


def refute():
    yield equal("the slope of log(1 - D) vanishes as D → 0", sp.Limit(-1 / (1 - D), D, 0, "+"), 0)
    yield equal(
        "the sign: log(1 - D) rises with D, by 1/(1 - D)",
        sp.Derivative(sp.log(1 - D), D),
        1 / (1 - D),
        where=INSIDE,
    )
    yield equal("the ratio at D = 1/100 is 100, as 1/D is", (1 - HUNDREDTH) / HUNDREDTH, 100)
    yield at_most(
        "the slope of log(1 - D) is the smaller one for every D",
        1 / (1 - D),
        1 / D,
        where=INSIDE,
    )
    yield equal(
        "in the logit too, -log D is steep without bound: its slope is -1/D",
        sp.Derivative(-sp.log(sigma(a)), a),
        -1 / sigma(a),
    )
    yield at_most(
        "the ratio in the logit is another one: (1 - D)²/D² ≤ (1 - D)/D for D < 1/2",
        (1 - D) ** 2 / D**2,
        (1 - D) / D,
        where={D: (0, sp.Rational(1, 2))},
    )
    yield equal(
        "by log(1 - D) the logit stays at D = 1/100: at time 98 + log 99 it is still there",
        arrived(expit, 98 + math.log(99), 1e-11),
        Fraction(1, 99),
    )
    yield equal(
        "the two times differ by the ratio of the slopes at the start, 99",
        98 + sp.log(99),
        99 * (sp.Rational(98, 99) + sp.log(99)),
    )


def figure():
    from matplotlib import pyplot as plt

    fig, (left, right) = plt.subplots(1, 2, figsize=(7.2, 3.4), sharey=True)
    share = np.linspace(0.01, 0.99, 300)
    left.plot(share, 1 / share, color="C0")
    left.plot(share, 1 / (1 - share), color="C1")
    left.set(xlabel="D", ylabel="size of the slope", title="in D", ylim=(0, 4), xlim=(0, 1))
    left.set(xticks=(0, 0.5, 1), yticks=range(5))
    left.annotate("-log D: 1/D", (0.3, 3.4), color="C0")
    left.annotate("log(1 - D): 1/(1 - D)", (0.3, 0.55), color="C1")
    logit = np.linspace(-6, 6, 300)
    right.plot(logit, expit(-logit), color="C0")
    right.plot(logit, expit(logit), color="C1")
    right.set(xlabel="logit a of D", title="in the logit", xlim=(-6, 6), xticks=(-6, 0, 6))
    right.annotate("-log D: 1 - D", (-5.8, 1.1), color="C0", va="bottom")
    right.annotate("log(1 - D): D", (5.8, 1.1), color="C1", ha="right", va="bottom")
    fig.suptitle("Where D is small one slope is the larger, in either coordinate")
    return fig
