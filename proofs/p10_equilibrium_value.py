r"""At the equilibrium the discriminator says 1/2, and the game is worth -log 4.

Statement
---------
If the model is the data, q = p, then D* = p/(p + p) = 1/2 wherever p > 0, and V(D*, G) = -log 4: no
D does better against it. Where p = 0 any value of D is a best response; but (p, D) is a saddle
point only if D ≤ 1/2 there too, since a generator that moves a share t of its mass to a place where
D = d changes V by t [log(1 - d) + log 2], which is negative as soon as d > 1/2.

The converse is false: V = -log 4 does not certify p = q. The discriminator D = 1/2 gives -log 4
against *every* generator. What certifies it is the maximum over D: C(G) = -log 4. Neither V ≈ -log
4 nor D ≈ 1/2 in a training log says that the generator has learned the data.

Assumes   p and q are densities with respect to one measure; log 0 = -∞ and 0 log 0 = 0.
Source    Goodfellow et al. (2014), Theorem 1 and section 4.1.
"""

# notation: p, q densities of data and model; D in (0, 1); d its value off the data; t a share of mass

import math
from functools import partial

import numpy as np
import sympy as sp

from gantheory import certified
from gantheory.densities import Cauchy, Discrete, Laplace, Mixture, Normal, Triangular, Uniform
from gantheory.game import optimal_discriminator, value_function
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal

theorem = Theorem(
    label="equilibrium-value",
    title="D* = 1/2 and V = -log 4 at the equilibrium",
    uses=("optimal-discriminator", "global-minimum"),
    covers=("equilibrium-value", "off-the-support-at-most-half", "value-does-not-certify-equality"),
    errata=(
        "Roysdon takes D = 1/2 for the unique best response at the equilibrium: off the data's support "
        "any D is one, and a saddle point needs D ≤ 1/2 there.",
        "Ramasinghe gives every data point the value 0.5 and leaves the rest open: D > 1/2 anywhere "
        "off the support breaks the equilibrium.",
    ),
)

p, q = sp.symbols("p q", positive=True)
D, d, t = sp.symbols("D d t", positive=True)
x = sp.Symbol("x", real=True)
HALF = sp.Rational(1, 2)
LOG_2, LOG_4 = sp.log(2), sp.log(4)

BELL = Normal(0, 1)
TWO_BUMPS = Mixture((Normal(-2, 0.5), Normal(2, 0.5)), (0.5, 0.5))
MODELS = {
    "N(0, 1), the data": BELL,
    "N(1, 2²)": Normal(1, 2),
    "N(3, 1)": Normal(3, 1),
    "two bumps": TWO_BUMPS,
    "1 % moved to 5": Mixture((BELL, Normal(5, 1)), ("0.99", "0.01")),
    "Laplace(0, 1)": Laplace(0, 1),
    "U[10, 11]": Uniform(10, 11),
    "Cauchy(0, 1)": Cauchy(0, 1),
}


def coin(data, model):
    """The logit of D = 1/2 everywhere: 0 log(p/q)."""
    return 0 * optimal_discriminator(data, model)


def derive():
    value = p * sp.log(D) + q * sp.log(1 - D)
    yield equal(
        "D* is off 1/2 by (p - q)/(2 (p + q)): it is 1/2 where q = p, and only there",
        p / (p + q) - HALF,
        (p - q) / (2 * (p + q)),
    )
    yield equal(
        "at q = p the integrand of V has slope p (1 - 2 D)/(D (1 - D)) in D: zero at 1/2 alone",
        sp.Derivative(value.subs(q, p), D),
        p * (1 - 2 * D) / (D * (1 - D)),
        where={D: (0, 1)},
    )
    yield at_most(
        "no D in (0, 1) does better against the data themselves than 1/2: log D + log(1 - D) ≤ -log 4",
        sp.log(D) + sp.log(1 - D),
        -LOG_4,
        where={D: (0, 1)},
    )
    yield equal(
        "what D loses against them is -log(1 - (1 - 2 D)²): the more, the farther D is from 1/2",
        -LOG_4 - sp.log(D) - sp.log(1 - D),
        -sp.log(1 - (1 - 2 * D) ** 2),
        where={D: (0, 1)},
    )
    bell = sp.exp(-(x**2) / 2) / sp.sqrt(2 * sp.pi)
    yield equal(
        "p = q = N(0, 1): V = ∫ p log(1/2) + ∫ q log(1/2) = -log 4",
        sp.Integral(bell * sp.log(HALF), (x, -sp.oo, sp.oo)) * 2,
        -LOG_4,
    )
    yield equal(
        "D = 1/2 gives -(p + q) log 2 at every point, whatever q is: V = -log 4 for every generator",
        value.subs(D, HALF),
        -(p + q) * LOG_2,
    )
    moved = -LOG_2 + (1 - t) * sp.log(HALF) + t * sp.log(1 - d)
    yield equal(
        "a share t of the model's mass moved to where D = d: V changes by t [log(1 - d) + log 2]",
        moved - moved.subs(t, 0),
        t * (sp.log(1 - d) + LOG_2),
        where={d: (0, 1), t: (0, 1)},
    )
    yield at_least(
        "which the generator cannot want while d ≤ 1/2: log(1 - d) + log 2 ≥ 0",
        sp.log(1 - d) + LOG_2,
        0,
        where={d: (0, HALF)},
        label="off-the-support-at-most-half",
    )


def certify():
    for name, model in MODELS.items():
        yield equal(
            f"p = N(0, 1), q = {name}: -(p + q) log 2 integrates to -log 4",
            certified.integral(-(p + q) * LOG_2, BELL, model, bound=(1, 1)),
            -certified.log(4),
        )
        if model is BELL:
            yield equal(
                "q = p = N(0, 1): C = -log 4",
                certified.virtual_training_criterion(BELL, BELL),
                -certified.log(4),
            )
        else:
            yield at_least(
                f"q = {name}: yet the best discriminator gets a thousandth more than -log 4, at least",
                certified.virtual_training_criterion(BELL, model, digits=12),
                sp.Rational(1, 1000) - LOG_4,
            )


def check():
    laws = {
        "N(0, 1)": BELL,
        "N(1, 2²)": Normal(1, 2),
        "two bumps": TWO_BUMPS,
        "Cauchy(0, 1)": Cauchy(0, 1),
        "triangle": Triangular(0, 1, 1),
        "N(0, 0.1²), which peaks at 3.99": Normal(0, 0.1),
        "(1/6, 1/3, 1/2)": Discrete(("1/6", "1/3", "1/2")),
    }
    for name, law in laws.items():
        yield equal(
            f"data and model {name}: V at the optimal discriminator is -log 4",
            value_function(law, law, optimal_discriminator(law, law)),
            -LOG_4,
        )
    for name, model in MODELS.items():
        yield equal(
            f"data N(0, 1), model {name}: V at D = 1/2 is -log 4 all the same",
            value_function(BELL, model, coin(BELL, model)),
            -LOG_4,
            label="value-does-not-certify-equality" if name == "N(3, 1)" else None,
        )
    data, elsewhere = Discrete(("1/2", "1/2", 0)), Discrete((0, 0, 1))
    for percent, worth in (
        (20, -LOG_2 + sp.log(sp.Rational(4, 5))),
        (50, -LOG_4),
        (60, -sp.log(5)),
    ):
        yield equal(
            f"data on two points, D = 1/2; model on a third, D = {percent} %: V = {worth}",
            value_function(data, elsewhere, third_point(percent / 100)),
            worth,
        )


def third_point(answer):
    """The logit of D = 1/2 on the first two points, `answer` on the third."""
    return lambda at: np.where(at == 2, math.log(answer / (1 - answer)), 0.0)


def search(seed):
    hunt = partial(survives, seed=seed, examples=200)
    yield hunt(
        "V = -log 4 at D = 1/2, for any two laws",
        lambda pair: equal("V = -log 4", value_function(*pair, coin(*pair)), -LOG_4),
        strategies.density_pairs(),
    )
    yield hunt(
        "against the data themselves no discriminator gets more than -log 4",
        lambda example: at_most("V ≤ -log 4", against_itself(*example), -LOG_4),
        laws_and_logits(),
    )
    yield hunt(
        "D = 1/2 on the data and at most 1/2 off them: no generator gets less than -log 4",
        lambda example: at_least("V ≥ -log 4", kept_down(*example), -LOG_4),
        laws_and_logits(),
    )


def laws_and_logits():
    """Pairs (weights on six points, six logits in [-30, 30])."""
    return strategies.simplices(6).flatmap(
        lambda weights: strategies.simplices(6).map(lambda shares: (weights, 60 * (shares - 0.2)))
    )


def against_itself(weights, logits):
    """V(D, p) for data p and model p."""
    law = Discrete(weights)
    return value_function(law, law, lambda at: logits[at.astype(int)])


def kept_down(weights, logits):
    """V(D, q) for data on the first three points, D = 1/2 there and σ(-|logit|) elsewhere."""
    data = Discrete(("1/6", "1/3", "1/2", 0, 0, 0))
    kept = np.where(np.arange(6) < 3, 0.0, -np.abs(logits))
    return value_function(data, Discrete(weights), lambda at: kept[at.astype(int)])


def refute():
    yield equal(
        "V = -log 2 at the equilibrium", value_function(BELL, BELL, coin(BELL, BELL)), -LOG_2
    )
    yield equal(
        "V = -log 4 in base 10 is -1.386 too",
        value_function(BELL, BELL, coin(BELL, BELL)) / sp.log(10),
        -LOG_4,
    )
    yield equal(
        "V = -log 4 at D = 1/2, so N(3, 1) is the law of the data N(0, 1) and C = -log 4",
        certified.virtual_training_criterion(BELL, Normal(3, 1)),
        -LOG_4,
    )
    yield at_least(
        "off the data any D keeps the saddle: D = 0.6 there, and V ≥ -log 4 for a model that is there",
        value_function(Discrete(("1/2", "1/2", 0)), Discrete((0, 0, 1)), third_point(0.6)),
        -LOG_4,
    )
    yield at_least(
        "log(1 - d) + log 2 ≥ 0 for every d in (0, 1)", sp.log(1 - d) + LOG_2, 0, where={d: (0, 1)}
    )
    yield equal("D* = 1/2 for every generator, not only at q = p", p / (p + q), HALF)
    yield survives(
        "any discriminator gets -log 4 against the data",
        lambda example: equal("V = -log 4", against_itself(*example), -LOG_4),
        laws_and_logits(),
    )


def figure():
    from matplotlib import pyplot as plt

    share = np.linspace(0, 1, 101)
    fig, axes = plt.subplots()
    for answer, color in ((0.2, "C0"), (0.5, "0.35"), (0.6, "C2"), (0.8, "C2")):
        value = -2 * math.log(2) + share * (math.log(1 - answer) + math.log(2))
        axes.plot(share, value, color=color, label=f"D = {answer:g} there")
        axes.annotate(
            f"D = {answer:g}", (1.01, value[-1]), va="center", color=color, annotation_clip=False
        )
    axes.plot([0], [-math.log(4)], "o", color="0.2", clip_on=False, zorder=5)
    axes.annotate("the model is the data:\nV = −log 4", (0.03, -1.17), va="bottom", color="0.2")
    axes.annotate(
        "D > ½ off the data\nrewards leaving them", (0.5, -2.0), color="C2", ha="right", va="top"
    )
    axes.annotate("D ≤ ½ off the data:\na saddle point", (0.95, -1.28), color="C0", ha="right")
    axes.set(
        title="A generator that leaves the data, D = ½ on them",
        xlabel="share of the model's mass where there are no data",
        ylabel="V(D, G), nats",
    )
    axes.set(xlim=(0, 1), ylim=(-2.4, -0.8), xticks=(0, 0.5, 1), yticks=(-2, -1.5, -1))
    return fig
