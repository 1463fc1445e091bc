r"""The generator's criterion is least exactly where the model is the data.

Statement
---------
For every pair of densities -log 4 ≤ C(G) ≤ 0, where C(G) = max_D V(D, G). C(G) = -log 4 if and only
if p = q almost everywhere; C(G) = 0 if and only if the two laws have no mass in common. Both ends
come with a margin: with ε = ∫ (p - q)²/(p + q),

    -log 4 + ε/2 ≤ C(G) ≤ ε/2 - 1.

Since C = 2 JSD - log 4, a constant and a factor apart, whatever minimises one minimises the other.

The minimiser is one *law*, not one generator: z and -z make the same law of z ~ N(0, 1). And the
least value is reached only if the data are in the generator's family. If the data are N(0, 2²) and
the generator can only shift N(0, 1), the least value is -1.2008..., at no shift, well above -log 4.

Assumes   p and q are densities with respect to one measure; D may be any measurable function; to reach
          -log 4, the generator must be able to make the law of the data.
Source    Goodfellow et al. (2014), Theorem 1.
"""

# notation: p, q densities of data and model; D = p/(p + q); t = (p - q)/(p + q); theta a shift

import math
from fractions import Fraction
from functools import partial

import sympy as sp

from gantheory import certified
from gantheory.densities import (
    Cauchy,
    Discrete,
    Laplace,
    Mixture,
    Normal,
    Pushforward,
    Uniform,
    maps,
)
from gantheory.divergences import js_divergence
from gantheory.game import virtual_training_criterion
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, encloses, equal, increasing

theorem = Theorem(
    label="global-minimum",
    title="C(G) ≥ -log 4, with equality if and only if p = q",
    uses=("c-equals-2jsd-minus-log4", "kl-jsd-definitions-and-positivity"),
    covers=(
        "global-minimum",
        "identity-minimising-c-is-minimising-jsd",
        "unreachable-data",
        "one-law-many-generators",
    ),
    errata=(
        "An Annotated Proof (2017) calls the generator at the minimum unique: the law is, the "
        "generator never is.",
        "Ramasinghe and An Annotated Proof (2017) read -log 4 off the bound: it is the minimum only if "
        "some generator of the family makes the law of the data.",
        "The notes on NIPS 2014 write that the minimum is only achieved if and only if p = q: either "
        "word alone would do.",
    ),
)

p, q = sp.symbols("p q", positive=True)
t = sp.Symbol("t", real=True)
LOG_2, LOG_4 = sp.log(2), sp.log(4)
DATA = Normal(0, 2)
LEAST = "-1.20082759778706555039201375613181827785243"

ONE_PERCENT_AT_5 = Mixture((Normal(0, 1), Normal(5, 1)), ("0.99", "0.01"))
PAIRS = {
    "N(0, 1) and N(1, 1)": (Normal(0, 1), Normal(1, 1)),
    "N(0, 1) and N(1, 2²)": (Normal(0, 1), Normal(1, 2)),
    "N(0, 1) and a thousandth to the right": (Normal(0, 1), Normal("0.001", 1)),
    "N(0, 1) and 1 % of it moved to 5": (Normal(0, 1), ONE_PERCENT_AT_5),
    "N(0, 1) and N(0, 100²)": (Normal(0, 1), Normal(0, 100)),
    "Laplace(0, 1) and N(0, 1)": (Laplace(0, 1), Normal(0, 1)),
    "Cauchy(0, 1) and Cauchy(1, 3)": (Cauchy(0, 1), Cauchy(1, 3)),
    "U[0, 1] and U[0, 2]": (Uniform(0, 1), Uniform(0, 2)),
}

CRITERION = p * sp.log(p / (p + q)) + q * sp.log(q / (p + q))
DIVERGENCE = (p * sp.log(2 * p / (p + q)) + q * sp.log(2 * q / (p + q))) / 2


def derive():
    yield at_most("log u ≤ u - 1 for all u > 0", sp.log(p), p - 1)
    yield equal(
        "twice: log D ≤ D - 1, log(1 - D) ≤ -D, so at D = p/(p + q) C ≤ -∫ 2 p q/(p + q)",
        p * (p / (p + q) - 1) + q * (q / (p + q) - 1),
        -2 * p * q / (p + q),
    )
    yield equal(
        "2 p q/(p + q) = (p + q)/2 - (p - q)²/(p + q)/2, with integral 1 - ε/2: C = 0 only if p q = 0",
        2 * p * q / (p + q),
        (p + q) / 2 - (p - q) ** 2 / (p + q) / 2,
    )
    yield equal(
        "the integrand of C + log 4 is (p + q)/2 times k(t) = (1 + t) log(1 + t) + (1 - t) log(1 - t)",
        CRITERION + (p + q) * LOG_2,
        (p + q) / 2 * entropy_gap((p - q) / (p + q)),
    )
    yield at_least(
        "k(t) ≥ t² for t = (p - q)/(p + q), so C ≥ -log 4 + ε/2: C = -log 4 only if p = q",
        entropy_gap(t),
        t**2,
        where={t: (-1, 1)},
        label="global-minimum",
    )
    yield equal("at q = p the integrand of C is -p log 4", CRITERION.subs(q, p), -p * LOG_4)
    yield equal(
        "no data, p → 0: the integrand of C is 0, and that of C + log 4 is q log 2",
        sp.Limit(CRITERION + (p + q) * LOG_2, p, 0, "+"),
        q * LOG_2,
    )
    yield equal(
        "what C gains when q changes is what 2 JSD gains, up to the constant -log 2: one minimiser",
        sp.Derivative(CRITERION, q),
        2 * sp.Derivative(DIVERGENCE, q) - LOG_2,
        label="identity-minimising-c-is-minimising-jsd",
    )


def entropy_gap(delta):
    """(1 + t) log(1 + t) + (1 - t) log(1 - t)."""
    return (1 + delta) * sp.log(1 + delta) + (1 - delta) * sp.log(1 - delta)


def certify():
    for name, (data, model) in PAIRS.items():
        criterion = certified.virtual_training_criterion(data, model)
        low, high = margins(data, model)
        yield at_least(f"{name}: C ≥ -log 4 + ε/2", criterion, low)
        yield at_most(f"{name}: C ≤ ε/2 - 1", criterion, high)
    near, apart = PAIRS["N(0, 1) and a thousandth to the right"], (Normal(0, 1), Normal(12, 1))
    yield at_most(
        "no more than -log 4 + ε/2 + 1e-13 a thousandth to the right: the lower margin is reached",
        certified.virtual_training_criterion(*near),
        margins(*near)[0] + Fraction(1, 10**13),
    )
    yield at_least(
        "no less than ε/2 - 1 - 1e-7 for N(0, 1) and N(12, 1): so is the upper one",
        certified.virtual_training_criterion(*apart),
        margins(*apart)[1] - Fraction(1, 10**7),
    )
    shifts = ("0", "1/8", "1/2", "1", "3/2", "3", "6")
    values = [certified.virtual_training_criterion(DATA, Normal(shift, 1)) for shift in shifts]
    yield encloses(
        "data N(0, 2²), model N(0, 1): C = -1.2008275977870655504...",
        values[0],
        LEAST,
        label="unreachable-data",
    )
    yield increasing(
        f"data N(0, 2²), model N(θ, 1): C grows with the shift θ = {', '.join(shifts)}", values
    )
    yield at_least("which is more than 0.185 above -log 4", values[0], sp.Rational(37, 200) - LOG_4)


def margins(data, model):
    """-log 4 + ε/2 and ε/2 - 1, ε = ∫ (p - q)²/(p + q)."""
    half = certified.integral((p - q) ** 2 / (p + q), data, model, bound=(1, 1)) / 2
    return half - certified.log(4), half - 1


def check():
    noise = Normal(0, 1)
    equals = {
        "N(1, 2²) twice": (Normal(1, 2), Normal(1, 2)),
        "two bumps, written in two orders": (
            Mixture((Normal(-2, 1), Normal(2, 1)), (0.25, 0.75)),
            Mixture((Normal(2, 1), Normal(-2, 1)), (0.75, 0.25)),
        ),
        "Cauchy(0, 1) twice": (Cauchy(0, 1), Cauchy(0, 1)),
        "(1/3, 2/3) twice": (Discrete(("1/3", "2/3")), Discrete(("1/3", "2/3"))),
    }
    for name, (data, model) in equals.items():
        yield equal(f"{name}: C = -log 4", virtual_training_criterion(data, model), -LOG_4)
    for name, slope in (("z", 1), ("-z", -1)):
        yield equal(
            f"G(z) = {name} reaches -log 4 when data and noise are N(0, 1)",
            virtual_training_criterion(noise, Pushforward(maps.affine(slope), noise)),
            -LOG_4,
            label="one-law-many-generators" if slope == -1 else None,
        )
    yield at_least(
        "G(z) = -z + 1/10 does not",
        virtual_training_criterion(noise, Pushforward(maps.affine(-1, 0.1), noise)),
        -LOG_4,
        tolerance=0,
    )
    for gap in (0, 1, 1000):
        yield equal(
            f"U[0, 1] and U[{1 + gap}, {2 + gap}], nothing in common: C + log 4 = log 4",
            virtual_training_criterion(Uniform(0, 1), Uniform(1 + gap, 2 + gap)) + LOG_4,
            LOG_4,
        )
    yield equal(
        "data N(0, 2²): from shift 0 to shift 1 of the model, C gains twice what JSD gains",
        virtual_training_criterion(DATA, Normal(1, 1))
        - virtual_training_criterion(DATA, Normal(0, 1)),
        2
        * (
            certified.js_divergence(DATA, Normal(1, 1))
            - certified.js_divergence(DATA, Normal(0, 1))
        ),
    )


def search(seed):
    hunt = partial(survives, seed=seed, examples=200)
    yield hunt(
        "-log 4 ≤ C ≤ 0 and JSD > 0, overlapping, nearly equal, far, disjoint and heavy-tailed pairs",
        within,
        strategies.density_pairs(),
    )
    yield hunt(
        "laws on finitely many points: -log 4 + ε/2 ≤ C ≤ ε/2 - 1, with ε an exact fraction",
        between,
        strategies.discrete_pairs(equal=False),
    )
    least = certified.virtual_training_criterion(DATA, Normal(0, 1))
    yield hunt(
        "data N(0, 2²): no shift of N(0, 1), by 1e-3 or by 1e4, brings C below its value at shift 0",
        lambda shift: at_least(
            "C(θ) ≥ C(0)", virtual_training_criterion(DATA, Normal(shift, 1)), least
        ),
        strategies.logits(1e4),
    )


def within(pair):
    criterion = virtual_training_criterion(*pair)
    yield at_least("C ≥ -log 4", criterion, -LOG_4)
    yield at_most("C + log 4 ≤ log 4", criterion + LOG_4, LOG_4)
    yield at_least("2 JSD > 0, to full relative precision", js_divergence(*pair), 0)


def between(pair):
    data, model = (Discrete(law.weights) for law in pair)  # the floats' own values, exactly
    far = epsilon(data, model)
    yield at_least("2 JSD ≥ ε/2", 2 * js_divergence(data, model), far / 2)
    criterion = virtual_training_criterion(data, model)
    yield at_least("C ≥ ε/2 - log 4", criterion, far / 2 - LOG_4)
    yield at_most("C + 1 ≤ ε/2", criterion + 1, far / 2)


def epsilon(data, model):
    """Σ (p - q)²/(p + q), a fraction."""
    weights = zip(data.exact_weights, model.exact_weights, strict=True)
    return sum((a - b) ** 2 / (a + b) for a, b in weights if a + b > 0)


def refute():
    data, model = PAIRS["N(0, 1) and N(1, 2²)"]
    yield equal("at p = q, C = -log 2", virtual_training_criterion(data, data), -LOG_2)
    yield at_most(
        "the sign is lost: C ≤ -log 4", certified.virtual_training_criterion(data, model), -LOG_4
    )
    yield equal(
        "every family reaches -log 4: data N(0, 2²), model N(0, 1)",
        certified.virtual_training_criterion(DATA, Normal(0, 1)),
        -LOG_4,
    )
    yield equal(
        "-log 4 + ε/2 is C, not only a bound",
        certified.virtual_training_criterion(data, model),
        margins(data, model)[0],
    )
    yield at_least("k(t) ≥ 2 t²", entropy_gap(t), 2 * t**2, where={t: (-1, 1)})
    yield equal(
        "C and JSD gain the same when q changes: the factor 2 is lost",
        sp.Derivative(CRITERION, q),
        sp.Derivative(DIVERGENCE, q) - LOG_2,
    )
    shifted = [certified.virtual_training_criterion(Normal(0, 1), Normal(k, 1)) for k in (0, 4, 8)]
    yield at_most(
        "C is convex in a shift: N(0, 1) against N(4, 1) is no more than the mean of shifts 0 and 8",
        shifted[1],
        (shifted[0] + shifted[2]) / 2,
    )
    yield survives(
        "C ≥ -log 4 + ε",
        lambda pair: at_least("2 JSD ≥ ε", 2 * js_divergence(*pair), epsilon(*pair)),
        strategies.discrete_pairs(equal=False),
    )


def figure():
    import numpy as np
    from matplotlib import pyplot as plt

    shifts = np.linspace(-6, 6, 121)
    models = Normal(shifts, 1)
    fig, axes = plt.subplots()
    for data, color in ((Normal(0, 1), "C0"), (DATA, "C2")):
        axes.plot(shifts, virtual_training_criterion(data, models).value, color=color)
    axes.axhline(-math.log(4), color="0.6", linewidth=1, linestyle="--")
    axes.axhline(0, color="0.6", linewidth=1, linestyle="--")
    axes.plot([0], [-math.log(4)], "o", color="C0", clip_on=False)
    axes.plot([0], [float(LEAST)], "o", color="C2")
    axes.annotate(r"$-\log 4$: the model is the data", (0.35, -1.44), va="center", color="C0")
    axes.annotate(
        "−1.2008: the best\nthat shifts can do", (0, -0.8), ha="center", va="bottom", color="C2"
    )
    axes.annotate("data N(0, 1)", (2.6, -0.3), ha="right", color="C0")
    axes.annotate("data N(0, 2²)", (4.35, -0.5), color="C2")
    axes.annotate("0: nothing in common", (-5.9, 0.03), color="0.4")
    axes.set(
        title=r"$C(G)$ when the generator can only shift a normal law",
        xlabel=r"shift $\theta$ of the model $N(\theta, 1)$",
        ylabel="C(G), nats",
    )
    axes.set(xlim=(-6, 6), ylim=(-1.5, 0.12), xticks=range(-6, 7, 2), yticks=(-1.5, -1, -0.5, 0))
    return fig
