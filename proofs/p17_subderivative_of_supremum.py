r"""A subgradient of the function that attains the supremum is one of the supremum.

Statement
---------
Let f = sup over α of f_α, every f_α convex, and let f_β attain the supremum at x. Then every subgradient
of f_β at x is one of f there, ∂f_β(x) ⊆ ∂f(x): for all y,

    f(y) ≥ f_β(y) ≥ f_β(x) + g (y - x) = f(x) + g (y - x).

The inclusion is strict as a rule, and holds at x only.

For C(q) = sup over D of U(q, D), which D* attains, it says that log(1 - D*_q) is a subgradient of C at
q. For every model r, the remainder being the regret of having kept the old discriminator,

    C(r) = C(q) + ∫ log(1 - D*_q) (r - q) + ∫ (p + r) kl(D*_r‖D*_q),

where the remainder is KL(r‖q) - 2 KL((p + r)/2‖(p + q)/2), between 0 and KL(r‖q). Where q > 0, C is
differentiable, and this is its only subgradient up to a constant. Where q = 0 < p it has none: its slope
there is -∞. The lemma is a statement about one q at a time, and no promise that steps along such
subgradients lead anywhere.

Assumes   f_α convex for every α; for C, that log(1 - D*_q) is integrable against r.
Source    Goodfellow et al. (2014), proof of Proposition 2; Rockafellar (1970), section 23.
"""

# notation: p, q, r densities of data and of two models; D in (0, 1); star, other the best D for r and q;
# notation: alpha indexes a family, g a subgradient; s, h shares; kl(a‖b) for two coins

import math
from fractions import Fraction
from functools import partial

import numpy as np
import sympy as sp
from scipy.special import xlogy

from gantheory import certified
from gantheory.densities import Discrete, Laplace, Mixture, Normal
from gantheory.evidence import pointwise, summed
from gantheory.game import optimal_discriminator, value_function, virtual_training_criterion
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal, increasing

theorem = Theorem(
    label="subderivative-of-supremum",
    title="∂f_β(x) ⊆ ∂f(x) for f = sup f_α = f_β at x; so log(1 - D*) is a subgradient of C",
    uses=("optimal-discriminator", "u-affine-c-convex-in-pg"),
    covers=(
        "subderivative-of-supremum",
        "bregman-equals-stale-regret",
        "no-subgradient-at-the-edge",
    ),
    errata=(
        "Ramasinghe infers from the lemma that the generator reaches the equilibrium: it says what one "
        "subgradient at one model is, and nothing of where steps lead.",
        "The notes on NIPS 2014 take the lemma for the convergence of subgradient descent: these are "
        "two theorems.",
        "Goodfellow et al. (2014) write ∂f_β ∈ ∂f: it is a subset, ∂f_β(x) ⊆ ∂f(x).",
    ),
)

p, q, r, D, s, h = sp.symbols("p q r D s h", positive=True)
x, alpha = sp.symbols("x alpha", real=True)
HALF = sp.Rational(1, 2)
LOG_2 = sp.log(2)
STAR, STALE = p / (p + r), p / (p + q)

BELL = Normal(0, 1)
TRIPLES = {
    "data N(0, 1), q = N(1, 1), r = N(-1, 2²)": (BELL, Normal(1, 1), Normal(-1, 2)),
    "data N(0, 1), q = N(3, 1), r = N(0, 1)": (BELL, Normal(3, 1), BELL),
    "data N(0, 1), q = N(0, 2²), r = N(1/100, 2²)": (BELL, Normal(0, 2), Normal("1/100", 2)),
    "data Laplace(0, 1), q = N(0, 2²), r = N(1, 1)": (Laplace(0, 1), Normal(0, 2), Normal(1, 1)),
}


def value(data, model, answer):
    """p log D + q log(1 - D)."""
    return data * sp.log(answer) + model * sp.log(1 - answer)


def best(data, model):
    """f(p, q) = p log p/(p + q) + q log q/(p + q)."""
    return data * sp.log(data / (data + model)) + model * sp.log(model / (data + model))


def coins(first, second):
    """kl(a‖b) = a log a/b + (1 - a) log (1 - a)/(1 - b)."""
    return first * sp.log(first / second) + (1 - first) * sp.log((1 - first) / (1 - second))


def on_two_points(share):
    """C of the data (1/2, 1/2) and the model (s, 1 - s)."""
    return best(HALF, share) + best(HALF, 1 - share)


def derive():
    yield at_most(
        "|x| = sup of α x, |α| ≤ 1: where x > 0 the member α = 1 attains it, and no other exceeds it",
        alpha * s,
        s,
        where={alpha: (-1, 1)},
    )
    yield at_most(
        "at x = 0 all attain it: every slope α is a subgradient, α x ≤ |x|",
        (alpha * x) ** 2,
        x**2,
        where={alpha: (-1, 1)},
    )
    yield equal(
        "U(·, D*_q) at r is C(q) + log(1 - D*_q) (r - q): affine, so it is its own tangent at q",
        value(p, r, STALE),
        best(p, q) + sp.log(1 - STALE) * (r - q),
    )
    yield equal(
        "C(r) exceeds that by the regret (p + r) kl(D*_r‖D*_q)",
        best(p, r) - best(p, q) - sp.log(1 - STALE) * (r - q),
        (p + r) * coins(STAR, STALE),
        label="subderivative-of-supremum",
    )
    yield at_most("log u ≤ u - 1 for all u > 0", sp.log(s), s - 1)
    yield equal(
        "with u = b/a and u' = (1 - b)/(1 - a), kl(a‖b) ≥ a (1 - u) + (1 - a) (1 - u') = 0",
        s * (1 - D / s) + (1 - s) * (1 - (1 - D) / (1 - s)),
        0,
        where={s: (0, 1), D: (0, 1)},
    )
    yield equal(
        "and is r log r/q - 2 m log m/m', m = (p + r)/2, m' = (p + q)/2: KL(r‖q) - 2 KL(m‖m')",
        (p + r) * coins(STAR, STALE),
        r * sp.log(r / q) - (p + r) * sp.log((p + r) / (p + q)),
        label="bregman-equals-stale-regret",
    )
    yield equal(
        "no more than KL(r‖q): with u = (p + q)/(p + r), (p + r) log 1/u ≥ (p + r) (1 - u), with ∫ = 0",
        (p + r) * (1 - (p + q) / (p + r)),
        r - q,
    )
    yield from slopes()


def slopes():
    yield equal(
        "data (1/2, 1/2), model (s, 1 - s): C has the slope of log(1 - D*), to both sides of every s",
        sp.Derivative(on_two_points(s), s),
        sp.log(s / (HALF + s)) - sp.log((1 - s) / (HALF + 1 - s)),
        where={s: (0, 1)},
    )
    yield equal(
        "where q = 0 < p the slope log(1 - D*) is -∞",
        sp.Limit(sp.log(q / (p + q)), q, 0, "+"),
        -sp.oo,
    )
    edge = best(HALF, h) - HALF * sp.log(1) + best(HALF, 1 - h) - best(HALF, sp.Integer(1))
    yield equal(
        "so that at the model (0, 1) no number is a subgradient: (C(h) - C(0))/h tends to -∞",
        sp.Limit(edge / h, h, 0, "+"),
        -sp.oo,
        label="no-subgradient-at-the-edge",
    )


def certify():
    far = Normal(1, 2)
    for share in (Fraction(1, 2), Fraction(1, 10)):
        here = sp.Rational(share.numerator, share.denominator)
        model = (1 - here) * p + here * q  # the certified integrals call the second density q
        old = Mixture((BELL, far), (1 - share, share))
        tangent = certified.virtual_training_criterion(BELL, old) + certified.integral(
            sp.log(model / (p + model)) * (q - model), BELL, far, bound=(3, 3)
        )
        means = [Mixture((BELL, law), ("1/2", "1/2")) for law in (far, old)]
        yield equal(
            f"data p = N(0, 1), r = N(1, 2²), q = {1 - share} p + {share} r: C(r) exceeds the tangent "
            "of q by KL(r‖q) - 2 KL(m‖m')",
            certified.virtual_training_criterion(BELL, far) - tangent,
            certified.kl_divergence(far, old, digits=15)
            - 2 * certified.kl_divergence(*means, digits=15),
        )
    data, model = Discrete((0.5, 0.5)), Discrete((Fraction(9, 10), Fraction(1, 10)))
    level = certified.virtual_training_criterion(data, model)
    first, second = certified.log(Fraction(9, 14)), certified.log(Fraction(1, 6))
    for tenths in (0, 2, 5, 8, 10):
        share = Fraction(tenths, 10)
        yield at_least(
            f"data (1/2, 1/2): C of ({share}, {1 - share}) is above the tangent of (9/10, 1/10)",
            certified.virtual_training_criterion(data, Discrete((share, 1 - share))),
            level + (share - Fraction(9, 10)) * (first - second),
            tolerance=0,
        )
    falls = [
        (
            certified.virtual_training_criterion(data, Discrete((0, 1)))
            - certified.virtual_training_criterion(data, Discrete((step, 1 - step)))
        )
        / step
        for step in (Fraction(1, 10**k) for k in (1, 2, 4, 8, 16))
    ]
    yield increasing(
        "data (1/2, 1/2), from the model (0, 1) a share h to the first point: C falls by h times a "
        "number that grows as h = 1e-1, 1e-2, 1e-4, 1e-8, 1e-16",
        falls,
    )


def check():
    for name, (data, old, new) in TRIPLES.items():
        means = [Mixture((data, law), ("1/2", "1/2")) for law in (new, old)]
        tangent = value_function(data, new, optimal_discriminator(data, old))
        lack = virtual_training_criterion(data, new) - tangent
        apart = certified.kl_divergence(new, old)
        yield equal(
            f"{name}: C(r) - V(D*_q, r) = KL(r‖q) - 2 KL(m‖m')",
            lack,
            apart - 2 * certified.kl_divergence(*means, digits=12),
            tolerance=2e-8,  # of 1.8e-6 for the nearly equal q and r
        )
        yield at_least(f"{name}: the tangent is below C", lack, 0)
        yield at_most(f"{name}: and lacks less than KL(r‖q)", lack, apart)


def search(seed):
    hunt = partial(survives, seed=seed, examples=120)
    yield hunt(
        "laws on four points: C(r) = C(q) + Σ log(1 - D*_q) (r - q) + regret, and C(r) ≥ its tangent",
        tangent_and_regret,
        strategies.markov_kernels(3, 4),
    )
    yield hunt(
        "the greatest of four functions a |x - c| + b x + d, a ≥ 0: a slope of a greatest one at x is a "
        "subgradient of the whole, at twenty-one points y, in fractions that are rounded once",
        lemma,
        strategies.markov_kernels(5, 4),
    )


def tangent_and_regret(laws):
    real, old, new = laws
    old = (old + 0.01) / math.fsum(old + 0.01)
    data = Discrete(real)
    before = certified.virtual_training_criterion(data, Discrete(old), digits=15).estimate()
    after = virtual_training_criterion(data, Discrete(new))
    along = moved(real, old, old, new)
    yield at_least("C(r) - 1 ≥ its tangent at q, less 1", after - 1, before + along - 1)
    yield equal("1 + gap = 1 + regret", 1 + (after - before - along), 1 + regret(real, old, new))


@summed
def moved(real, answered, old, new):
    """Σ log(1 - D*) (r - q) = -Σ log(1 + p/a) (r - q), D* the answer to the model a."""
    slope = -np.log1p(real / answered)
    return [slope * new, -slope * old]


@summed
def regret(real, old, new):
    """(p + r) kl(D*_r‖D*_q), summed: Σ (p + r) log (p + q)/(p + r) + r log r/q."""
    total = real + new
    return [xlogy(total, real + old), -xlogy(total, total), xlogy(new, new), -xlogy(new, old)]


def lemma(rows):
    bends, centres, tilts, levels, places = (
        [Fraction(float(number)) for number in row] for row in rows
    )
    members = list(zip(bends, centres, [8 * tilt - 2 for tilt in tilts], levels, strict=True))
    at, ys = 4 * places[0] - 1, [Fraction(k, 5) - 2 for k in range(21)]
    return at_least("f(y) ≥ f(x) + g (y - x)", greatest(members, ys), line(members, at, ys))


def member(one, at):
    """A |x - c| + b x + d."""
    a, c, b, d = one
    return a * abs(at - c) + b * at + d


@pointwise
def greatest(members, places):
    """f(y), the greatest of the members."""
    return [float(max(member(one, y) for one in members)) for y in places]


@pointwise
def line(members, at, places):
    """f(x) + g (y - x), g a slope of a member that is greatest at x."""
    top = max(member(one, at) for one in members)
    a, c, b, _ = max(members, key=lambda one: member(one, at))
    slope = b + a * ((at > c) - (at < c))  # at the kink itself any slope from b - a to b + a
    return [float(top + slope * (y - at)) for y in places]


def refute():
    yield at_least(
        "the inclusion is an equality: -1, a subgradient of |x| at 0, is one of the member x too",
        x,
        -x,
    )
    yield survives(
        "any discriminator's slope will do: log(1 - D) of D the answer to r in place of q",
        lambda laws: stale_slope(*laws),
        strategies.markov_kernels(3, 4),
    )
    yield at_least(
        "the members need not be convex: -1, the slope of max(-x², -1) at 1/2, is a subgradient",
        sp.Max(-((x + HALF) ** 2), -1),
        -x - sp.Rational(1, 4),
        where={x: (-1, 1)},
    )
    yield equal(
        "the regret is (p + q) kl(D*_q‖D*_r), the two models exchanged",
        best(p, r) - best(p, q) - sp.log(1 - STALE) * (r - q),
        (p + q) * coins(STALE, STAR),
    )
    yield equal(
        "the tangent's slope is log D*",
        value(p, r, STALE),
        best(p, q) + sp.log(STALE) * (r - q),
    )
    yield at_most(
        "the remainder is at most half of KL(r‖q): data N(0, 1), q = N(3, 1), r = N(0, 1)",
        virtual_training_criterion(BELL, BELL)
        - value_function(BELL, BELL, optimal_discriminator(BELL, Normal(3, 1))),
        certified.kl_divergence(BELL, Normal(3, 1)) / 2,
    )
    yield at_least(
        "the slope at the edge is bounded: C falls by less than 10 h from the model (0, 1), h = 1e-8",
        certified.virtual_training_criterion(
            Discrete((0.5, 0.5)), Discrete((Fraction(1, 10**8), 1 - Fraction(1, 10**8)))
        )
        + Fraction(10, 10**8),
        certified.virtual_training_criterion(Discrete((0.5, 0.5)), Discrete((0, 1))),
        tolerance=0,
    )


def stale_slope(real, old, new):
    """C(r) ≥ C(q) + Σ log(1 - D*_r) (r - q), which is false."""
    old, new = ((law + 0.01) / math.fsum(law + 0.01) for law in (old, new))
    before, after = (
        virtual_training_criterion(Discrete(real), Discrete(law)) for law in (old, new)
    )
    along = moved(real, new, old, new)
    return at_least("C(r) ≥ C(q) + Σ log(1 - D*_r) (r - q)", after, before + along)


def figure():
    from matplotlib import pyplot as plt

    share = np.linspace(0, 1, 401)
    data = 0.4

    def tangent(answered, at):
        first, second = data / (data + answered), (1 - data) / (2 - data - answered)
        real = data * math.log(first) + (1 - data) * math.log(second)
        return real + at * math.log(1 - first) + (1 - at) * math.log(1 - second)

    inside = np.clip(share, 1e-9, 1 - 1e-9)
    curve = np.array([tangent(k, k) for k in inside])
    fig, axes = plt.subplots()
    axes.plot(share, curve, color="0.1", linewidth=2.4)
    for answered, color in ((0.2, "C0"), (0.75, "C2")):
        axes.plot(share, tangent(answered, share), color=color)
        axes.plot([answered], [tangent(answered, answered)], "o", color=color)
    line = {"arrowstyle": "<->", "color": "C2", "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", (0.3, tangent(0.75, 0.3)), (0.3, tangent(0.3, 0.3)), arrowprops=line)
    axes.annotate("regret\nof D*_q", (0.29, -1.5), color="C2", ha="right", va="center")
    axes.annotate(
        "U(·, D*_q): slope\nlog(1 − D*_q)", (0.99, -1.3), color="C2", ha="right", va="top"
    )
    axes.annotate("C", (0.93, -0.98), ha="right")
    axes.annotate("slope −∞", (0.015, -1.03), va="bottom")
    axes.set(
        title="What attains the supremum is a tangent of it",
        xlabel="model (s, 1 − s), data (0.4, 0.6): s",
        ylabel="nats",
        xlim=(0, 1),
        ylim=(-1.85, -0.7),
        xticks=(0, 0.3, 0.75, 1),
        xticklabels=("0", "r", "q", "1"),
        yticks=(-math.log(4), -1),
        yticklabels=("−log 4", "−1"),
    )
    return fig
