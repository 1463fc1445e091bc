r"""Laws with nothing in common are all equally far apart, except for Wasserstein.

Statement
---------
Let p and q have disjoint supports. Then JSD = log 2, TV = 1, KL = +∞ and C(G) = 0, *whatever the
distance* between them: moving the model closer changes none of these numbers, so that none of them
tells a generator where to go. The Wasserstein distance W_1 does.

With p uniform on [0, 1] and q uniform on [θ, 1 + θ],

    JSD = min(|θ|, 1) log 2,  TV = min(|θ|, 1),  KL(p‖q) = +∞ for θ ≠ 0,  W_1 = |θ|.

So C(θ) = 2 min(|θ|, 1) log 2 - log 4 is flat for |θ| > 1, and has a kink at the optimum itself: its
slope is 2 log 2 on the right of θ = 0 and -2 log 2 on the left. Minimising C pushes the model
towards the data only where they overlap.

Assumes   p and q are densities with respect to one measure; for W_1, laws of the line with a mean.
Source    Arjovsky, Chintala and Bottou (2017), Example 1; Arjovsky and Bottou (2017), Theorem 2.3.
"""

# notation: p, q densities of data and model; theta the shift of the model; x, t points of the line

import math
from fractions import Fraction
from functools import partial

import sympy as sp

from gantheory import certified
from gantheory.densities import Discrete, Laplace, Mixture, Normal, Triangular, Uniform
from gantheory.divergences import (
    js_divergence,
    kl_divergence,
    squared_hellinger,
    total_variation,
    wasserstein_1,
)
from gantheory.game import virtual_training_criterion
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal, increasing

theorem = Theorem(
    label="disjoint-supports",
    title="Disjoint supports: JSD = log 2, TV = 1, KL = ∞ at every distance; W_1 still moves",
    uses=("c-equals-2jsd-minus-log4", "kl-jsd-definitions-and-positivity"),
    covers=("disjoint-supports", "kink-at-the-optimum", "wasserstein-still-moves"),
    errata=(
        "Roysdon writes that minimising C pushes the model towards the data: for disjoint supports C is "
        "constant, and nothing is pushed.",
    ),
)

p, q, x = sp.symbols("p q x", positive=True)
theta = sp.Symbol("theta", real=True)
LOG_2 = sp.log(2)
HALF = sp.Rational(1, 2)
TWICE_JS = p * sp.log(2 * p / (p + q)) + q * sp.log(2 * q / (p + q))
BETWEEN = {theta: (0, 1)}

DISJOINT = {
    "U[0, 1] and U[1, 2], side by side": (Uniform(0, 1), Uniform(1, 2)),
    "U[0, 1] and U[1.001, 1.002]": (Uniform(0, 1), Uniform("1.001", "1.002")),
    "U[0, 1] and U[1000000, 1000003]": (Uniform(0, 1), Uniform(10**6, 10**6 + 3)),
    "a triangle on [0, 1] and one on [2, 5]": (Triangular(0, 1, 1), Triangular(2, 3, 5)),
    "U[0, 1] and two lumps around it": (
        Uniform(0, 1),
        Mixture((Uniform(-1, 0), Uniform(1, 3)), ("0.3", "0.7")),
    ),
    "(1, 0) and (0, 1)": (Discrete((1, 0)), Discrete((0, 1))),
    "(1/3, 2/3, 0) and (0, 0, 1)": (Discrete(("1/3", "2/3", 0)), Discrete((0, 0, 1))),
}


def derive():
    yield equal(
        "where q has no mass, q → 0, the integrand of 2 JSD is p log 2; ∫ p = 1 makes JSD log 2",
        sp.Limit(TWICE_JS, q, 0, "+"),
        p * LOG_2,
    )
    yield equal(
        "and where p has none, p → 0, it is q log 2", sp.Limit(TWICE_JS, p, 0, "+"), q * LOG_2
    )
    yield equal("while that of KL(p‖q) is +∞", sp.Limit(p * sp.log(p / q), q, 0, "+"), sp.oo)
    alone = sp.Integral(LOG_2 / 2, (x, 0, theta)) + sp.Integral(LOG_2 / 2, (x, 1, 1 + theta))
    both = sp.Integral((TWICE_JS / 2).subs({p: 1, q: 1}), (x, theta, 1))
    yield equal(
        "U[0, 1] and U[θ, 1 + θ], 0 < θ < 1: log 2/2 on either end, 0 where both live: JSD = θ log 2",
        alone + both,
        theta * LOG_2,
        where=BETWEEN,
    )
    yield equal(
        "TV: 1/2 on either end, θ in all",
        sp.Integral(HALF, (x, 0, theta)) + sp.Integral(HALF, (x, 1, 1 + theta)),
        theta,
        where=BETWEEN,
    )
    yield equal(
        "W_1: the distribution functions are x, θ and 1 + θ - x apart on the three pieces, θ in all",
        sp.Integral(x, (x, 0, theta))
        + sp.Integral(theta, (x, theta, 1))
        + sp.Integral(1 + theta - x, (x, 1, 1 + theta)),
        theta,
        where=BETWEEN,
    )
    yield equal(
        "W_1 for θ > 1: they are x, 1 and 1 + θ - x apart, θ in all again",
        sp.Integral(x, (x, 0, 1))
        + sp.Integral(1, (x, 1, theta))
        + sp.Integral(1 + theta - x, (x, theta, 1 + theta)),
        theta,
        where={theta: (1, sp.oo)},
    )
    rise = (criterion_near_zero(theta) - criterion_near_zero(sp.Integer(0))) / theta
    for side, sign, slope in (("right", "+", 2 * LOG_2), ("left", "-", -2 * LOG_2)):
        yield equal(
            f"a kink at the optimum: the slope of C on the {side} of θ = 0 is {slope}",
            sp.Limit(rise, theta, 0, sign),
            slope,
            label="kink-at-the-optimum" if sign == "+" else None,
        )


def criterion_near_zero(shift):
    """C(θ) for |θ| < 1."""
    return 2 * sp.Abs(shift) * LOG_2 - sp.log(4)


def certify():
    for name, (data, model) in DISJOINT.items():
        yield equal(f"{name}: JSD = log 2", certified.js_divergence(data, model), LOG_2)
        yield equal(f"{name}: TV = 1", certified.total_variation(data, model), 1)
    for shift in ("1/1000", "1/4", "1/2", "9/10", "1", "3/2", "1000"):
        number = sp.Rational(shift)
        model = Uniform(shift, str(number + 1))
        shared = sp.Min(number, 1)
        yield equal(
            f"U[0, 1] and U[{shift}, 1 + {shift}]: JSD = {shared} log 2",
            certified.js_divergence(Uniform(0, 1), model),
            shared * LOG_2,
        )
        yield equal(
            f"U[0, 1] and U[{shift}, 1 + {shift}]: TV = {shared}",
            certified.total_variation(Uniform(0, 1), model),
            shared,
        )


def check():
    for name, (data, model) in DISJOINT.items():
        yield equal(f"{name}: JSD = log 2", js_divergence(data, model), LOG_2)
        yield equal(f"{name}: TV = 1", total_variation(data, model), 1)
        yield equal(f"{name}: KL(p‖q) = +∞", kl_divergence(data, model), sp.oo)
        yield equal(f"{name}: KL(q‖p) = +∞", kl_divergence(model, data), sp.oo)
        yield equal(
            f"{name}: C + log 4 = log 4, so C = 0",
            virtual_training_criterion(data, model) + sp.log(4),
            sp.log(4),
        )
    for shift in (-3, -1, -0.75, -0.125, 0.125, 0.5, 0.75, 1, 1.5, 1000):
        data, model = Uniform(0, 1), Uniform(shift, 1 + shift)
        yield equal(
            f"U[0, 1] and U[{shift}, {1 + shift}]: W_1 = {abs(shift)}",
            wasserstein_1(data, model),
            sp.Rational(abs(shift)),
            label="wasserstein-still-moves" if shift == 1000 else None,
        )
        yield equal(
            f"U[0, 1] and U[{shift}, {1 + shift}]: JSD = min(|θ|, 1) log 2",
            js_divergence(data, model),
            sp.Min(sp.Rational(abs(shift)), 1) * LOG_2,
        )
    inner, outer = Uniform(0, 1), Uniform(0, 2)
    yield equal("U[0, 1] lies inside U[0, 2]: KL = log 2", kl_divergence(inner, outer), LOG_2)
    yield equal("the other way round, KL = +∞", kl_divergence(outer, inner), sp.oo)
    yield increasing(
        "W_1 from U[0, 1] to U[θ, 1 + θ] grows from each of θ = 1/2, 1, 2, 10, 1000 to the next",
        [wasserstein_1(Uniform(0, 1), Uniform(k, 1 + k)) for k in (0.5, 1, 2, 10, 1000)],
    )
    yield equal(
        "N(0, 1) and N(8, 1) are all but disjoint: JSD is log 2 less 9.353507702538e-05",
        js_divergence(Normal(0, 1), Normal(8, 1)),
        LOG_2 - sp.Rational(9353507702538, 10**17),
    )


def search(seed):
    hunt = partial(survives, seed=seed, examples=200)
    yield hunt(
        "disjoint supports, 1/8 to 1e6 apart: JSD = log 2, TV = H² = 1, KL = +∞, W_1 more than the gap",
        nothing_in_common,
        strategies.disjoint_pairs(),
    )
    yield hunt(
        "a uniform law, shifted by s widths: JSD = min(s, 1) log 2, TV = min(s, 1), W_1 = s widths",
        shifted,
        strategies.simplices(4),
    )


def nothing_in_common(pair):
    data, model = pair
    yield equal("JSD = log 2", js_divergence(data, model), LOG_2)
    yield equal("TV = 1", total_variation(data, model), 1)
    yield equal("H² = 1", squared_hellinger(data, model), 1)
    yield equal("KL(p‖q) = +∞", kl_divergence(data, model), sp.oo)
    gap = max(model.support[0] - data.support[1], data.support[0] - model.support[1])
    yield at_least("W_1 > gap", wasserstein_1(data, model), gap)


def shifted(shares):
    """Low end, width and shift are the shares, made multiples of 2⁻²⁰ of at least 1/1000."""
    low, width, shift = (Fraction(1049 + round(2**20 * float(s)), 2**20) for s in shares[:3])
    data, model = Uniform(low, low + width), Uniform(low + shift, low + shift + width)
    share = sp.Min(sp.Rational(shift) / sp.Rational(width), 1)
    yield equal("JSD = min(θ/width, 1) log 2", js_divergence(data, model), share * LOG_2)
    yield equal("TV = min(θ/width, 1)", total_variation(data, model), share)
    yield equal("W_1 = θ", wasserstein_1(data, model), sp.Rational(shift))


def refute():
    near, far = (Uniform(0, 1), Uniform(2, 3)), (Uniform(0, 1), Uniform(20, 21))
    yield at_least(
        "JSD grows with the distance: U[0, 1] to U[20, 21] more than to U[2, 3], by 1e-6 at least",
        certified.js_divergence(*far),
        certified.js_divergence(*near) + Fraction(1, 10**6),
    )
    yield equal("JSD of disjoint supports is 1 in nats", certified.js_divergence(*near), 1)
    yield equal(
        "TV of disjoint supports is 1/2: q f(p/q) alone, the part where q = 0 dropped",
        total_variation(*near),
        HALF,
    )
    yield equal("KL of disjoint supports is 0, with log 0 left out", kl_divergence(*near), 0)
    yield equal("W_1 stays at 1 once the supports part", wasserstein_1(*near), 1)
    yield at_most(
        "JSD ≤ TV²: U[0, 1] and U[1/2, 3/2]",
        certified.js_divergence(Uniform(0, 1), Uniform("1/2", "3/2")),
        certified.total_variation(Uniform(0, 1), Uniform("1/2", "3/2"))
        * certified.total_variation(Uniform(0, 1), Uniform("1/2", "3/2")),
    )
    rise = (criterion_near_zero(theta) - criterion_near_zero(sp.Integer(0))) / theta
    yield equal("C is flat at its minimum: slope 0 on the right", sp.Limit(rise, theta, 0, "+"), 0)
    yield equal(
        "the slope of C at the optimum is log 2: the factor of C = 2 JSD - log 4 is lost",
        sp.Limit(rise, theta, 0, "+"),
        LOG_2,
    )
    yield equal(
        "far apart is disjoint: JSD of Laplace(0, 1) and Laplace(12, 1) is log 2",
        js_divergence(Laplace(0, 1), Laplace(12, 1)),
        LOG_2,
    )
    yield survives(
        "JSD = min(θ, 1) log 2 whatever the width",
        lambda shares: equal(
            "JSD = min(θ, 1) log 2",
            js_divergence(Uniform(0, 0.5), Uniform(float(shares[0]), float(shares[0]) + 0.5)),
            float(shares[0]) * math.log(2),
        ),
        strategies.simplices(3),
    )


def figure():
    import numpy as np
    from matplotlib import pyplot as plt

    shift = np.linspace(-2.5, 2.5, 201)
    overlap = np.minimum(np.abs(shift), 1)
    fig, axes = plt.subplots()
    axes.axvspan(-1, 1, color="0.95", zorder=0)
    axes.plot(shift, np.abs(shift), color="C2")
    axes.plot(shift, overlap, color="C1")
    axes.plot(shift, overlap * np.log(2), color="C0")
    axes.annotate(r"$W_1=|\theta|$", (1.62, 1.72), color="C2", ha="right")
    axes.annotate("TV = 1", (2.5, 1.04), color="C1", ha="right")
    axes.annotate("JSD = log 2", (2.5, 0.73), color="C0", ha="right")
    axes.annotate("the supports overlap", (0, 1.93), ha="center", color="0.4")
    axes.annotate("slope ± log 2,\nat the optimum", (0, 0.95), ha="center", color="C0")
    axes.set(
        title=r"$p=U[0,1]$ and $q=U[\theta,1+\theta]$",
        xlabel=r"shift $\theta$ of the model",
        ylabel="nats (JSD), units of x (W₁)",
    )
    axes.set(xlim=(-2.5, 2.5), ylim=(0, 2.05), xticks=range(-2, 3), yticks=(0, 1, 2))
    return fig
