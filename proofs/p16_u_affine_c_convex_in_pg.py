r"""U is affine in the model's law, C is convex in it, and neither is convex in a parameter.

Statement
---------
U(q, D) = E_p[log D] + E_q[log(1 - D)] is affine in the density q of the model, and concave in D. So C(q)
= sup over D of U(q, D), a supremum of affine functions, is convex in q. Per unit of mass its slope and
its curvature are

    δC/δq = log(1 - D*),    δ²C/δq² = p/(q (p + q)) = D*/q,

and the gap in Jensen's inequality is an average of regrets: with q_t = (1 - t) q_0 + t q_1,

    (1 - t) C(q_0) + t C(q_1) - C(q_t)
        = (1 - t) ∫ (p + q_0) kl(D*_0‖D*_t) + t ∫ (p + q_1) kl(D*_1‖D*_t).

C is convex in (p, q) jointly. It is strictly convex where there are data and only there: for p = δ_0, C
is 0 for every model on two other points. At q = p the slope is -log 2 everywhere, which is not 0, but
adds up to 0 over any change that keeps the mass. Bounded continuous logits already reach C, so that C is
lower semicontinuous; it is not continuous: laws that tend to the data's in W_1 may keep C above -log 4
by a constant.

C is convex in q, *not* in the parameters of a generator: for N(0, 1) against N(θ, 1), C at θ = 4 exceeds
the mean of its values at 0 and 8 by 0.5723....

Assumes   p, q and the others are densities with respect to one measure; 0 log 0 = 0.
Source    Goodfellow et al. (2014), proof of Proposition 2; Rockafellar (1970), Theorem 5.5.
"""

# notation: p, q, r densities of data and models; D in (0, 1); q_1, q_2 models, t the second's share;
# notation: a, b changes of p and q; v a change of q; theta a shift; n teeth

import math
from fractions import Fraction
from functools import partial

import numpy as np
import sympy as sp
from scipy.special import log_expit, xlogy

from gantheory import certified
from gantheory.densities import Cauchy, Discrete, Laplace, Mixture, Normal, Uniform
from gantheory.divergences import js_divergence, wasserstein_1
from gantheory.evidence import differences, summed
from gantheory.game import optimal_discriminator, value_function, virtual_training_criterion
from gantheory.testing import strategies, survives
from gantheory.theorems import (
    Theorem,
    at_least,
    at_most,
    converges,
    equal,
    increasing,
)

theorem = Theorem(
    label="u-affine-c-convex-in-pg",
    title="U(q, D) is affine in q, and C(q) = sup_D U(q, D) is convex",
    uses=("optimal-discriminator", "virtual-criterion", "global-minimum"),
    covers=("u-affine-c-convex-in-pg", "not-convex-in-parameters", "jensen-gap-is-regret"),
    errata=(
        "The notes on NIPS 2014 conclude that C(G) is convex: it is convex in p_g, not in G, and a "
        "bounded function that is not constant is convex on no line.",
        "The notes on NIPS 2014 call U convex in p_g: it is even affine, so that it is a tangent of C.",
    ),
)

p, q, q_1, q_2, D, r = sp.symbols("p q q_1 q_2 D r", positive=True)
t = sp.Symbol("t", positive=True)
a, b = sp.symbols("a b", real=True)
LOG_2, LOG_4 = sp.log(2), sp.log(4)

BELL = Normal(0, 1)
CHORDS = {
    "data N(0, 1), models N(-2, 1) and N(3, 2²)": (BELL, Normal(-2, 1), Normal(3, 2)),
    "data N(0, 1), models N(0, 1) and N(1/100, 1)": (BELL, BELL, Normal("1/100", 1)),
    "data Laplace(0, 1), models N(0, 1) and Cauchy(0, 1)": (Laplace(0, 1), BELL, Cauchy(0, 1)),
    "data U[0, 1], models U[0, 1/2] and U[1/2, 2]": (
        Uniform(0, 1),
        Uniform(0, "1/2"),
        Uniform("1/2", 2),
    ),
}


def value(data, model, answer):
    """p log D + q log(1 - D)."""
    return data * sp.log(answer) + model * sp.log(1 - answer)


def best(data, model):
    """f(p, q) = p log p/(p + q) + q log q/(p + q)."""
    return data * sp.log(data / (data + model)) + model * sp.log(model / (data + model))


def regret(data, model, answered):
    """p log (p + r)/(p + q) + q log q (p + r)/(r (p + q)), r the model that D answers."""
    total = (data + answered) / (data + model)
    return data * sp.log(total) + model * sp.log(model / answered * total)


def derive():
    yield equal(
        "U is affine in q: at a mixture it is the mixture of its values",
        value(p, (1 - t) * q_1 + t * q_2, D),
        (1 - t) * value(p, q_1, D) + t * value(p, q_2, D),
        where={D: (0, 1)},
    )
    yield equal(
        "U is concave in D: its second derivative is -p/D² - q/(1 - D)²",
        sp.Derivative(value(p, q, D), (D, 2)),
        -p / D**2 - q / (1 - D) ** 2,
        where={D: (0, 1)},
    )
    yield equal("δC/δq = log(1 - D*)", sp.Derivative(best(p, q), q), sp.log(1 - p / (p + q)))
    yield equal(
        "δ²C/δq² = D*/q, which is positive: C is convex, and strictly so where p > 0",
        sp.Derivative(best(p, q), (q, 2)),
        p / (p + q) / q,
        label="u-affine-c-convex-in-pg",
    )
    yield equal(
        "f(p, q) is p log D + q log(1 - D) at D = D*_r, and a regret; mixed over q_1 and q_2, with r = "
        "q_t, the first parts give f(p, q_t), so that the gap is the average regret",
        best(p, q),
        value(p, q, p / (p + r)) + regret(p, q, r),
        label="jensen-gap-is-regret",
    )
    star, other = p / (p + q), p / (p + r)
    yield equal(
        "that regret is (p + q) kl(D*_q‖D*_r)",
        regret(p, q, r),
        (p + q) * (star * sp.log(star / other) + (1 - star) * sp.log((1 - star) / (1 - other))),
    )
    bend = [sp.Derivative(best(p, q), *by) for by in ((p, p), (p, q), (q, q))]
    yield equal(
        "jointly: moving p by a and q by b bends C by (q a - p b)²/(p q (p + q)), a square",
        a**2 * bend[0] + 2 * a * b * bend[1] + b**2 * bend[2],
        (q * a - p * b) ** 2 / (p * q * (p + q)),
    )
    yield equal("no data, p → 0: f = 0 for every q", sp.Limit(best(p, q), p, 0, "+"), 0)
    yield equal(
        "at q = p the slope is -log 2, whatever p",
        sp.Subs(sp.Derivative(best(p, q), q), q, p),
        -LOG_2,
    )
    yield from around_the_data()


def around_the_data():
    """Three points, q = p + t (a, b, -a - b)."""
    data = sp.symbols("p_1:4", positive=True)
    moves = (a, b, -a - b)
    line = sum(best(one, one + t * move) for one, move in zip(data, moves, strict=True))
    yield equal(
        "a change that keeps the mass: the slopes -log 2 add up to 0",
        sp.Subs(sp.Derivative(line, t), t, 0),
        0,
    )
    yield equal(
        "and C bends upwards by Σ v²/(2 p)",
        sp.Subs(sp.Derivative(line, t, t), t, 0),
        sum(move**2 / (2 * one) for one, move in zip(data, moves, strict=True)),
    )


def certify():
    half = Fraction(1, 2)
    for name, (data, first, second) in CHORDS.items():
        middle = Mixture((first, second), ("1/2", "1/2"))
        ends = [certified.virtual_training_criterion(data, q, digits=20) for q in (first, second)]
        yield at_most(
            f"{name}: C in the middle is below the mean of C at the ends",
            certified.virtual_training_criterion(data, middle, digits=20),
            half * (ends[0] + ends[1]),
            tolerance=0,
        )
    shifted = [certified.virtual_training_criterion(BELL, Normal(k, 1)) for k in (0, 4, 8)]
    gap = shifted[1] - half * (shifted[0] + shifted[2])
    yield at_least(
        "N(0, 1) against N(θ, 1): C at θ = 4 is above the mean of θ = 0 and 8 by more than 0.57238",
        gap,
        Fraction(57238, 100000),
        label="not-convex-in-parameters",
    )
    yield at_most("and by less than 0.57239", gap, Fraction(57239, 100000))
    other = Normal(1, 2)
    slopes = [
        certified.integral((q - p) * along(Fraction(k, 8)), BELL, other, bound=(3, 3), digits=12)
        for k in (1, 4, 7)
    ]
    yield increasing(
        "data N(0, 1), model (1 - t) N(0, 1) + t N(1, 2²): the slope ∫ (r - p) log(1 - D*) grows with t",
        slopes,
    )
    alone = Discrete((1, 0, 0))
    for share in ("1/8", "1/2"):
        model = Discrete((0, Fraction(share), 1 - Fraction(share)))
        yield equal(
            f"data δ_0, model (0, {share}, 1 - {share}): C + log 4 = log 4, flat along the segment",
            certified.virtual_training_criterion(alone, model) + certified.log(4),
            LOG_4,
        )


def along(share):
    """log(1 - D*) at q_t = (1 - t) p + t r, with r written q."""
    here = sp.Rational(share.numerator, share.denominator)
    mixed = (1 - here) * p + here * q
    return sp.log(mixed / (p + mixed))


def check():
    yield equal(
        "data N(0, 1), model half N(0, 1), half N(1, 2²): C(t) has the slope ∫ (r - p) log(1 - D*)",
        differences(contaminated, [0.5], [1.0]),
        certified.integral((q - p) * along(Fraction(1, 2)), BELL, Normal(1, 2), bound=(3, 3)),
    )
    data, model = BELL, Normal(3, 1)
    yield converges(
        "data N(0, 1), model N(3, 1): the logit of D* cut off at 2, 4, ..., 32: V tends to C",
        [value_function(data, model, cut_off(Fraction(most, 3))) for most in (2, 4, 8, 16, 32)],
        certified.virtual_training_criterion(data, model),
    )
    shares = [Fraction(1, 10**k) for k in (1, 4, 7, 10)]
    bends = [
        js_divergence(BELL, Mixture((BELL, Normal(1, 1)), (1 - t, t))) * (2 / t**2) for t in shares
    ]
    yield converges(
        "N(0, 1) against (1 - t) N(0, 1) + t N(1, 1): 2 JSD/t² tends to χ²/4 = (e - 1)/4, t = 1e-1, "
        "1e-4, 1e-7, 1e-10",
        bends,
        (sp.E - 1) / 4,
    )
    level = sp.log(sp.Rational(1, 9)) / 8 + sp.log(sp.Rational(8, 9))
    for teeth in (1, 3, 12):
        data, comb = Uniform(0, 1), toothed(teeth)
        yield equal(
            f"data U[0, 1], model a comb of {teeth} teeth on an eighth of it: C = log(1/9)/8 + log(8/9)",
            virtual_training_criterion(data, comb),
            level,
        )
        yield equal(
            f"though W_1 = 7/{16 * teeth}", wasserstein_1(data, comb), sp.Rational(7, 16 * teeth)
        )


def contaminated(share):
    """C of N(0, 1) and (1 - t) N(0, 1) + t N(1, 2²)."""
    t = float(share[0])
    return virtual_training_criterion(BELL, Mixture((BELL, Normal(1, 2)), (1 - t, t))).value


def cut_off(reach):
    """The logit 9/2 - 3 x up to the distance `reach` from 3/2, and constant beyond."""
    left, right = (Laplace(Fraction(3, 2) + end, 1) for end in (-reach, reach))
    return 1.5 * optimal_discriminator(left, right)


def toothed(count):
    """The uniform law on the first eighth of each of n equal pieces of [0, 1]."""
    whole = 8 * count
    teeth = [Uniform(Fraction(8 * k, whole), Fraction(8 * k + 1, whole)) for k in range(count)]
    return Mixture(tuple(teeth), (Fraction(1, count),) * count) if count > 1 else teeth[0]


def search(seed):
    hunt = partial(survives, seed=seed, examples=120)
    yield hunt(
        "laws on four points: the gap in Jensen's inequality is the average of the two regrets, ≥ 0",
        jensen,
        models(),
    )
    yield hunt("laws on four points: U(q_t, D) = (1 - t) U(q_1, D) + t U(q_2, D)", affine, models())
    yield hunt(
        "laws on four points, p and q both mixed: C at the mixture is at most the mixture of C",
        jointly,
        models(),
    )


def models():
    """Four laws on four points; the last also gives a share of mixing and four logits."""
    return strategies.markov_kernels(4, 4)


def mixture(first, second, share):
    """(1 - t) q_1 + t q_2, rescaled for rounding."""
    mixed = (1 - share) * first + share * second
    return mixed / math.fsum(mixed)


def jensen(laws):
    real, first, second, numbers = laws
    share = (1 + 8 * numbers[0]) / 10
    mixed = mixture(first, second, share)
    one, two, middle = (
        virtual_training_criterion(Discrete(real), Discrete(fake))
        for fake in (first, second, mixed)
    )
    gap = (1 - share) * one + share * two - middle
    yield equal(
        "1 + gap = 1 + average regret",
        1 + gap,
        1 + ((1 - share) * lost(real, first, mixed) + share * lost(real, second, mixed)),
    )
    yield at_least("1 + gap ≥ 1", 1 + gap, 1)


@summed
def lost(real, fake, answered):
    """Σ p log (p + r)/(p + q) + q log q (p + r)/(r (p + q)): see `regret`."""
    kept = xlogy(real + fake, real + answered), -xlogy(real + fake, real + fake)
    return [*kept, xlogy(fake, fake), -xlogy(fake, answered)]


def affine(laws):
    real, first, second, numbers = laws
    logits, share = 60 * (numbers - 0.25), numbers[3]
    mixed = Discrete(mixture(first, second, share))
    found = value_function(Discrete(real), mixed, lambda at: logits[at.astype(int)])
    return equal("U is affine", found, mean_value(real, (first, second), logits, share))


@summed
def mean_value(real, models, logits, share):
    """(1 - t) U(q_1, D) + t U(q_2, D), U = Σ p log D + q log(1 - D)."""
    log_real, log_fake = log_expit(logits), log_expit(-logits)
    weighed = zip(models, (1 - share, share), strict=True)
    return [part * (real * log_real + fake * log_fake) for fake, part in weighed]


def jointly(laws):
    real, first, second, fourth = laws
    share = (1 + 8 * fourth[0]) / 10
    data, model = (mixture(*pair, share) for pair in ((real, second), (first, fourth)))
    mixed = certified.virtual_training_criterion(Discrete(data), Discrete(model), digits=15)
    one, two = (
        virtual_training_criterion(Discrete(p), Discrete(q))
        for p, q in ((real, first), (second, fourth))
    )
    return at_most(
        "C(mixture) - 1 ≤ mixture of C - 1",
        mixed.estimate() - 1,
        (1 - share) * one + share * two - 1,
    )


def refute():
    shifted = [certified.virtual_training_criterion(BELL, Normal(k, 1)) for k in (0, 4, 8)]
    yield at_most(
        "C is convex in the generator's shift: at 4 it is at most the mean of 0 and 8",
        shifted[1],
        Fraction(1, 2) * (shifted[0] + shifted[2]),
    )
    data, first, second = CHORDS["data N(0, 1), models N(-2, 1) and N(3, 2²)"]
    middle = certified.virtual_training_criterion(data, Mixture((first, second), ("1/2", "1/2")))
    mean = Fraction(1, 2) * (
        certified.virtual_training_criterion(data, first)
        + certified.virtual_training_criterion(data, second)
    )
    yield at_least("C is concave in q, as minima of affine functions are", middle, mean)
    yield equal("C is affine in q, as each U(q, D) is", middle, mean)
    yield equal(
        "at the minimum q = p the slope of C is 0 everywhere",
        sp.Subs(sp.Derivative(best(p, q), q), q, p),
        0,
    )
    yield equal("the curvature is 1/q: D* is lost", sp.Derivative(best(p, q), (q, 2)), 1 / q)
    yield at_most(
        "C is strictly convex everywhere: data δ_0, models δ_1 and δ_2, by 1e-3 in the middle",
        certified.virtual_training_criterion(Discrete((1, 0, 0)), Discrete((0, 0.5, 0.5))),
        Fraction(-1, 1000),
    )
    yield equal(
        "the slope is log D*: the halves of V exchanged",
        sp.Derivative(best(p, q), q),
        sp.log(p / (p + q)),
    )
    yield at_most(
        "C is continuous: a comb of 12 teeth, 7/192 from U[0, 1] in W_1, has C below -1.3",
        virtual_training_criterion(Uniform(0, 1), toothed(12)),
        -1.3,
    )


def figure():
    from matplotlib import pyplot as plt

    fig, (left, right) = plt.subplots(1, 2, figsize=(8.0, 3.5))
    share = np.linspace(0, 1, 201)
    for answered in np.linspace(0.05, 0.95, 13):
        real = 0.4 / (0.4 + answered), 0.6 / (1.6 - answered)
        ends = [
            0.4 * math.log(real[0]) + 0.6 * math.log(real[1]) + math.log(1 - one) for one in real
        ]
        left.plot([1, 0], ends, color="C0", linewidth=0.8, alpha=0.7)
    fake = np.clip(share, 1e-12, 1 - 1e-12)
    curve = 0.4 * np.log(0.4 / (0.4 + fake)) + 0.6 * np.log(0.6 / (1.6 - fake))
    curve += fake * np.log(fake / (0.4 + fake)) + (1 - fake) * np.log((1 - fake) / (1.6 - fake))
    left.plot(share, curve, color="0.1", linewidth=2.4)
    left.annotate("C: the upper envelope", (0.5, -1.12), ha="center")
    left.annotate("each line: U for one D", (0.5, -2.25), ha="center", color="C0")
    left.set(
        title="Convex in q: data (0.4, 0.6)",
        xlabel="model (s, 1 − s): s",
        ylabel="nats",
        xlim=(0, 1),
        ylim=(-2.4, -0.5),
        xticks=(0, 0.4, 1),
        yticks=(-2, -math.log(4), -1),
        yticklabels=("−2", "−log 4", "−1"),
    )
    shifts = np.linspace(-1, 9, 201)
    curve = virtual_training_criterion(BELL, Normal(shifts, 1)).value
    right.plot(shifts, curve, color="0.1", linewidth=2.4)
    ends = np.interp([0, 4, 8], shifts, curve)
    right.plot([0, 8], [ends[0], ends[2]], "o-", color="C2", linewidth=1.2)
    line = {"arrowstyle": "<->", "color": "C2", "shrinkA": 0, "shrinkB": 0}
    right.annotate("", (4, ends[1]), (4, (ends[0] + ends[2]) / 2), arrowprops=line)
    right.annotate("0.572", (4.15, -0.42), color="C2")
    right.set(
        title="Not in a parameter: model N(θ, 1)",
        xlabel="shift θ",
        xlim=(-1, 9),
        ylim=(-1.5, 0.1),
        xticks=(0, 4, 8),
        yticks=(-math.log(4), -1, 0),
        yticklabels=("−log 4", "−1", "0"),
    )
    return fig
