r"""The virtual training criterion is the Jensen–Shannon divergence, stretched and moved.

Statement
---------
Let p and q be the densities of data and model, and m = (p + q)/2 that of their even mixture.
Against the best discriminator the generator is left with

    C(G) = max_D V(D, G) = E_p[log p/(p + q)] + E_q[log q/(p + q)] = KL(p‖m) + KL(q‖m) - log 4
         = 2 JSD(p, q) - log 4.

Each half is a divergence of its own: E_p[log D*] = KL(p‖m) - log 2, E_q[log(1 - D*)] = KL(q‖m) -
log 2. That p and q have mass one is used exactly once. For measures of masses M_p and M_q, with ∫ p
log(p/m) written as KL(p‖m) all the same,

    C = KL(p‖m) + KL(q‖m) - (M_p + M_q) log 2.

The reason is a single line, true at every point: log p/(p + q) = log p/m - log 2. The log 4 is the
price of a discriminator that divides by p + q where the divergence divides by the mean.

Assumes   p and q are densities with respect to one measure; logarithms are natural, 0 log 0 = 0.
Source    Goodfellow et al. (2014), Theorem 1 and its proof; Lin (1991) for the divergence.
"""

# notation: p, q densities of data and model; m their mean; M_p, M_q masses; L the width of a uniform law

import math
from functools import partial

import sympy as sp

from gantheory import certified
from gantheory.densities import (
    Cauchy,
    Discrete,
    Exponential,
    Laplace,
    Mixture,
    Normal,
    Pushforward,
    StudentT,
    Triangular,
    Uniform,
    maps,
)
from gantheory.divergences import js_divergence
from gantheory.game import optimal_discriminator, value_function, virtual_training_criterion
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, equal

theorem = Theorem(
    label="c-equals-2jsd-minus-log4",
    title="C(G) = 2 JSD(p, q) - log 4",
    uses=("virtual-criterion",),
    covers=("c-equals-2jsd-minus-log4", "c-of-unnormalised-measures", "each-half-is-a-divergence"),
    errata=(
        "Ramasinghe writes the divergence with a mixture M that is never defined: M = (p + q)/2; "
        "with p + q itself, the log 4 would be there twice.",
    ),
)

p, q, x, M_p, M_q, L = sp.symbols("p q x M_p M_q L", positive=True)
LOG_2, LOG_4 = sp.log(2), sp.log(4)

TWO_BUMPS = Mixture((Normal(-2, 0.5), Normal(2, 0.5)), (0.5, 0.5))
ONE_PERCENT_AT_5 = Mixture((Normal(0, 1), Normal(5, 1)), ("0.99", "0.01"))
PAIRS = {
    "N(0, 1) and N(1, 1)": (Normal(0, 1), Normal(1, 1)),
    "N(0, 1) and N(1, 2²)": (Normal(0, 1), Normal(1, 2)),
    "N(0, 1) and a thousandth to the right": (Normal(0, 1), Normal("0.001", 1)),
    "N(0, 1) and 1 % of it moved to 5": (Normal(0, 1), ONE_PERCENT_AT_5),
    "N(0, 1) and N(0, 100²)": (Normal(0, 1), Normal(0, 100)),
    "two bumps and N(0, 1)": (TWO_BUMPS, Normal(0, 1)),
    "Laplace(0, 1) and N(0, 1)": (Laplace(0, 1), Normal(0, 1)),
    "Student's t with 3 degrees of freedom and Laplace(1, 2)": (StudentT(3, 0, 1), Laplace(1, 2)),
    "U[0, 1] and U[2, 3], disjoint": (Uniform(0, 1), Uniform(2, 3)),
}


def criterion(data, model):
    """p log p/(p + q) + q log q/(p + q)."""
    return data * sp.log(data / (data + model)) + model * sp.log(model / (data + model))


def to_the_mean(density, other):
    """p log p/m, m = (p + q)/2: the integrand of KL(p‖m)."""
    return density * sp.log(density / ((density + other) / 2))


def derive():
    yield equal(
        "at every point p log p/(p + q) + q log q/(p + q) = p log p/m + q log q/m - (p + q) log 2",
        criterion(p, q),
        to_the_mean(p, q) + to_the_mean(q, p) - (p + q) * LOG_2,
    )
    yield equal(
        "no data, p → 0: the divergences bring q log 2, which (p + q) log 2 takes back",
        sp.Limit(to_the_mean(p, q) + to_the_mean(q, p), p, 0, "+"),
        q * LOG_2,
    )
    data, model = sp.symbols("p_1:4", positive=True), sp.symbols("q_1:4", positive=True)
    pairs = list(zip(data, model, strict=True))
    yield equal(
        "measures on three points, of masses M_p and M_q: C = KL(p‖m) + KL(q‖m) - (M_p + M_q) log 2",
        sum(criterion(a, b) for a, b in pairs),
        sum(to_the_mean(a, b) + to_the_mean(b, a) for a, b in pairs)
        - (sum(data) + sum(model)) * LOG_2,
        label="c-of-unnormalised-measures",
    )
    low, high = M_p, M_q / L  # the heights of M_p U[0, 1] and M_q U[0, L]
    yield equal(
        "M_p U[0, 1] against M_q U[0, L], L > 1: the same, with integrals",
        sp.Integral(criterion(low, high), (x, 0, 1)),
        sp.Integral(to_the_mean(low, high) + to_the_mean(high, low), (x, 0, 1))
        + sp.Integral(high * LOG_2, (x, 1, L))
        - (M_p + M_q) * LOG_2,
        where={L: (1, sp.oo)},
    )
    yield equal(
        "triangle on [0, 1] with its mode at 1 against U[0, 1]: ∫ is 1/2 + log 2 - (9/4) log 3",
        sp.Integral(criterion(2 * x, sp.Integer(1)), (x, 0, 1)),
        2 * (sp.Rational(1, 4) + sp.Rational(3, 2) * LOG_2 - sp.Rational(9, 8) * sp.log(3)) - LOG_4,
    )


def certify():
    for number, (name, (data, model)) in enumerate(PAIRS.items()):
        best = certified.virtual_training_criterion(data, model)
        yield equal(
            f"{name}: C + log 4 = 2 JSD",
            best + LOG_4,
            2 * certified.js_divergence(data, model),
            label=theorem.label if number == 0 else None,
        )
        if name.startswith("Student"):
            continue  # a mixture with Student's t takes seconds
        mean = Mixture((data, model), (0.5, 0.5))
        yield equal(
            f"{name}: C + log 4 = KL(p‖m) + KL(q‖m), with m as a density of its own",
            best + LOG_4,
            certified.kl_divergence(data, mean, digits=15)
            + certified.kl_divergence(model, mean, digits=15),
        )
    data, model = PAIRS["N(0, 1) and N(1, 2²)"]
    mean = Mixture((data, model), (0.5, 0.5))
    yield equal(
        "N(0, 1) and N(1, 2²): E_p[log D*] = KL(p‖m) - log 2",
        certified.integral(p * sp.log(p / (p + q)), data, model, bound=(1, 1)),
        certified.kl_divergence(data, mean) - certified.log(2),
        label="each-half-is-a-divergence",
    )
    yield equal(
        "N(0, 1) and N(1, 2²): E_q[log(1 - D*)] = KL(q‖m) - log 2, another number",
        certified.integral(q * sp.log(q / (p + q)), data, model, bound=(1, 1)),
        certified.kl_divergence(model, mean) - certified.log(2),
    )


def check():
    quarter = (6 * LOG_2 - sp.Rational(9, 2) * sp.log(3) + 1) / 4
    three = sp.Rational(3, 4) * sp.log(sp.Rational(4, 3))
    closed = {
        "Exp(1) and Exp(2)": (Exponential(1), Exponential(2), quarter),
        "triangle and U[0, 1]": (Triangular(0, 1, 1), Uniform(0, 1), quarter),
        "Cauchy(0, 1) and Cauchy(1, 3)": (Cauchy(0, 1), Cauchy(1, 3), cauchy(1, 1, 3)),
        "U[0, 1] and U[0, 2]": (Uniform(0, 1), Uniform(0, 2), three),
        "N(0, 1) and |z|": (Normal(0, 1), Pushforward(maps.absolute, Normal(0, 1)), three),
        "U[0, 1] and U[1/4, 5/4]": (Uniform(0, 1), Uniform(0.25, 1.25), LOG_2 / 4),
        "(1/2, 1/2) and (1, 0)": (Discrete((0.5, 0.5)), Discrete((1, 0)), three),
    }
    for name, (data, model, divergence) in closed.items():
        yield equal(
            f"{name}: C by numbers, plus log 4, is twice JSD = {divergence}",
            virtual_training_criterion(data, model) + LOG_4,
            2 * divergence,
        )
    for name, (data, model) in PAIRS.items():
        yield equal(
            f"{name}: V at the optimal discriminator, plus log 4, is 2 JSD",
            value_function(data, model, optimal_discriminator(data, model)) + LOG_4,
            2 * certified.js_divergence(data, model, digits=15),
            tolerance=1e-7,  # of 2.5e-7, where V has 15 digits
        )


def cauchy(shift, first, second):
    """JSD = log 2R/(R + 2 √(s₁ s₂)), R = √(shift² + (s₁ + s₂)²), of two Cauchy laws."""
    radius = sp.sqrt(shift**2 + (first + second) ** 2)
    return sp.log(2 * radius / (radius + 2 * sp.sqrt(first * second)))


def search(seed):
    hunt = partial(survives, seed=seed, examples=200)
    yield hunt(
        "laws on finitely many points, nearly equal and disjoint ones too: C = 2 JSD - log 4",
        same_for,
        strategies.discrete_pairs(equal=False),
    )
    pairs = strategies.mixtures(2).flatmap(
        lambda data: strategies.normals().map(lambda model: (data, model))
    )
    different = pairs.filter(lambda pair: {str(c) for c in pair[0].components} != {str(pair[1])})
    yield hunt(
        "two bumps against one, all but equal to far apart: C = 2 JSD - log 4", same_for, different
    )
    yield hunt(
        "disjoint supports: C = 2 JSD - log 4",
        lambda pair: equal(
            "C + log 4 = 2 JSD",
            virtual_training_criterion(*pair) + LOG_4,
            2 * certified.js_divergence(*pair, digits=12),
        ),
        strategies.disjoint_pairs(),
    )


def same_for(pair):
    """The divergence as a sum or by panels, C in balls."""
    return equal(
        "2 JSD = C + log 4",
        2 * js_divergence(*pair),
        certified.virtual_training_criterion(*pair, digits=45) + LOG_4,
        tolerance=1e-3,  # weights 1e-12 apart, rounded to floats, keep four digits of their JSD
    )


def refute():
    data, model = PAIRS["N(0, 1) and N(1, 2²)"]
    best, log_4 = certified.virtual_training_criterion(data, model), certified.log(4)
    divergence = certified.js_divergence(data, model)
    mean = Mixture((data, model), (0.5, 0.5))
    yield equal("C = JSD - log 4: the factor 2 is lost", best, divergence - log_4)
    yield equal("C = 2 JSD + log 4: the sign is lost", best, 2 * divergence + log_4)
    yield equal("C = 2 KL(p‖q) - log 4", best, 2 * certified.kl_divergence(data, model) - log_4)
    yield equal(
        "C in nats is 2 JSD in bits minus log 4", best, 2 * divergence / certified.log(2) - log_4
    )
    yield equal(
        "E_p[log D*] = KL(q‖m) - log 2: p and q exchanged",
        certified.integral(p * sp.log(p / (p + q)), data, model, bound=(1, 1)),
        certified.kl_divergence(model, mean) - certified.log(2),
    )
    yield equal(
        "the divergences may use p + q in place of m",
        criterion(p, q),
        criterion(p, q) - (p + q) * LOG_2,
    )
    yield equal(
        "C = KL(p‖m) + KL(q‖m) - log 4 whatever the masses: here M_p δ_0 against M_q δ_0",
        criterion(M_p, M_q),
        to_the_mean(M_p, M_q) + to_the_mean(M_q, M_p) - LOG_4,
    )


def figure():
    import numpy as np
    from matplotlib import pyplot as plt

    shifts = np.linspace(-6, 6, 121)
    divergence = js_divergence(Normal(0, 1), Normal(shifts, 1)).value
    fig, axes = plt.subplots()
    axes.plot(shifts, 2 * divergence, color="C0")
    axes.plot(shifts, 2 * divergence - math.log(4), color="C2")
    for height in (math.log(4), 0, -math.log(4)):
        axes.axhline(height, color="0.75", linewidth=0.8, zorder=0)
    for at in (0, 50, 85):
        top = 2 * divergence[60 + at // 2]
        line = {"arrowstyle": "<->", "color": "0.35", "shrinkA": 0, "shrinkB": 0}
        axes.annotate("", (at / 20, top - math.log(4)), (at / 20, top), arrowprops=line)
    axes.annotate(r"$\log 4$", (0.12, -0.62), color="0.35", va="center")
    axes.annotate(r"$2\,\mathrm{JSD}(p, q)$", (-4.1, 1.02), color="C0", ha="right", va="top")
    axes.annotate(r"$C(G)$", (-4.3, -0.22), color="C2", ha="right", va="top")
    axes.set(
        title=r"$C(G)=2\,\mathrm{JSD}(p,q)-\log 4$ for $p=N(0,1)$, $q=N(\mu,1)$",
        xlabel=r"shift $\mu$ of the model",
        ylabel="nats",
    )
    axes.set(
        xlim=(-6, 6),
        ylim=(-1.5, 1.5),
        xticks=range(-6, 7, 2),
        yticks=(-math.log(4), 0, math.log(4)),
        yticklabels=(r"$-\log 4$", "0", r"$\log 4$"),
    )
    return fig
