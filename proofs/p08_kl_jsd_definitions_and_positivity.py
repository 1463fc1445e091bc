r"""The divergences: what they are, what they are at least, and at most.

Statement
---------
For densities p and q let KL(p‖q) = ∫ p log(p/q), and JSD(p, q) = KL(p‖m)/2 + KL(q‖m)/2 with m = (p
+ q)/2. Then

    0 ≤ KL(p‖q) ≤ ∞ and 0 ≤ JSD(p, q) ≤ log 2,

and each is zero only if p = q almost everywhere. All of it follows from log u ≤ u - 1. JSD is
symmetric, KL is not. KL is +∞ as soon as p has mass where q has none, and may be on equal supports:
the tails of a Cauchy law outweigh the logarithm of a normal one. JSD never is, because m has mass
wherever p has: p/m ≤ 2. It is log 2 exactly for disjoint supports. Neither grows when both laws
pass through the same channel (data processing).

Assumes   p and q are densities with respect to one measure; 0 log 0 = 0; logarithms are natural.
Source    Kullback and Leibler (1951); Lin (1991); Goodfellow et al. (2014), proof of Theorem 1.
"""

# notation: p, q densities; m = (p + q)/2; u = p/q; mu the mean of a normal law; x, t points of the line

from fractions import Fraction
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
    Uniform,
    maps,
)
from gantheory.divergences import js_divergence, kl_divergence
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal

theorem = Theorem(
    label="kl-jsd-definitions-and-positivity",
    title="0 ≤ KL ≤ ∞ and 0 ≤ JSD ≤ log 2, zero only for equal laws",
    covers=("kl-jsd-definitions-and-positivity", "kl-may-be-infinite", "jsd-data-processing"),
    errata=(
        "An Annotated Proof (2017) takes JSD = 0 only for p = q from the metric property: it is not "
        "needed, since KL(p‖m) = 0 forces p = m.",
        "Ramasinghe uses M in the Jensen-Shannon divergence without defining it: M is (P + Q)/2.",
    ),
)

p, q, u, x = sp.symbols("p q u x", positive=True)
t, mu = sp.symbols("t mu", real=True)
LOG_2 = sp.log(2)
ONE_HALF = sp.Rational(1, 2)

ONE_PERCENT_AT_5 = Mixture((Normal(0, 1), Normal(5, 1)), ("0.99", "0.01"))
PAIRS = {
    "N(0, 1) and N(1, 1)": (Normal(0, 1), Normal(1, 1)),
    "N(0, 1) and N(1, 2²)": (Normal(0, 1), Normal(1, 2)),
    "N(0, 1) and a thousandth to the right": (Normal(0, 1), Normal("0.001", 1)),
    "N(0, 1) and 1 % of it moved to 5": (Normal(0, 1), ONE_PERCENT_AT_5),
    "N(0, 1) and N(0, 100²)": (Normal(0, 1), Normal(0, 100)),
    "Laplace(0, 1) and N(0, 1)": (Laplace(0, 1), Normal(0, 1)),
    "Exp(1) and Exp(3)": (Exponential(1), Exponential(3)),
    "U[0, 1] and U[2, 3], disjoint": (Uniform(0, 1), Uniform(2, 3)),
}


def to_the_mean(density, other):
    """p log p/m, m = (p + q)/2: the integrand of KL(p‖m)."""
    return density * sp.log(density / ((density + other) / 2))


def to_the_middle_of(density, other):
    """2 m log(m/q), m = (p + q)/2: the integrand of 2 KL(m‖q)."""
    return (density + other) * sp.log((density + other) / (2 * other))


def derive():
    yield at_most("log u ≤ u - 1 for all u > 0", sp.log(u), u - 1)
    yield at_least(
        "so at every point p log(p/q) ≥ p - q, whose integral is 0: KL ≥ 0", u * sp.log(u), u - 1
    )
    yield equal(
        "u log u - u + 1 falls before u = 1 and rises after it, by log u: zero at u = 1 alone",
        sp.Derivative(u * sp.log(u) - u + 1, u),
        sp.log(u),
    )
    twice_js = to_the_mean(p, q) + to_the_mean(q, p)
    delta = (p - q) / (p + q)
    yield equal(
        "with δ = (p - q)/(p + q) the integrand of 2 JSD is (p + q) [δ arctanh δ + log(1 - δ²)/2]",
        twice_js,
        (p + q) * (delta * sp.log((1 + delta) / (1 - delta)) / 2 + sp.log(1 - delta**2) / 2),
    )
    yield equal(
        "the integrand of KL(p‖q) is that of 2 JSD + 2 KL(m‖q): hence KL ≥ 2 JSD",
        p * sp.log(p / q),
        twice_js + to_the_middle_of(p, q),
    )
    yield at_least(
        "the bracket is at least δ²/2, so JSD ≥ ∫ (p - q)²/(p + q)/4: zero only for p = q",
        ((1 + t) * sp.log(1 + t) + (1 - t) * sp.log(1 - t)) / 2,
        t**2 / 2,
        where={t: (-1, 1)},
    )
    yield equal(
        "(p + q) log 2 minus the integrand of 2 JSD is p log(1 + q/p) + q log(1 + p/q) ...",
        (p + q) * LOG_2 - twice_js,
        p * sp.log(1 + q / p) + q * sp.log(1 + p / q),
    )
    yield at_least(
        "... which is never negative: JSD ≤ log 2", p * sp.log(1 + q / p) + q * sp.log(1 + p / q), 0
    )
    yield equal(
        "where q has no mass, q → 0, the integrand of 2 JSD is p log 2 ...",
        sp.Limit(twice_js, q, 0, "+"),
        p * LOG_2,
    )
    yield equal(
        "... and that of KL is +∞",
        sp.Limit(p * sp.log(p / q), q, 0, "+"),
        sp.oo,
        label="kl-may-be-infinite",
    )
    cauchy = 1 / (sp.pi * (1 + x**2))
    yield equal(
        "Cauchy against N(0, 1): p log(p/q) tends to 1/(2π) far out, so KL = +∞ on equal supports",
        sp.Limit(cauchy * (sp.log(cauchy) + x**2 / 2 + sp.log(2 * sp.pi) / 2), x, sp.oo),
        1 / (2 * sp.pi),
    )
    gaussian = sp.exp(-(t**2) / 2) / sp.sqrt(2 * sp.pi)
    yield equal(
        "KL(N(0, 1)‖N(μ, 2²)) = log 2 + (1 + μ²)/8 - 1/2",
        sp.Integral(gaussian * (LOG_2 - t**2 / 2 + (t - mu) ** 2 / 8), (t, -sp.oo, sp.oo)),
        LOG_2 + (1 + mu**2) / 8 - ONE_HALF,
    )


def certify():
    for name, (data, model) in PAIRS.items():
        mean = Mixture((data, model), (0.5, 0.5))
        divergence = certified.js_divergence(data, model)
        yield equal(
            f"{name}: JSD by its kernel is [KL(p‖m) + KL(q‖m)]/2, with m as a density",
            divergence,
            (certified.kl_divergence(data, mean) + certified.kl_divergence(model, mean)) / 2,
        )
        yield at_most(f"{name}: JSD ≤ log 2", divergence, LOG_2)
        yield at_least(f"{name}: JSD ≥ ∫ (p - q)²/(p + q)/4 > 0", divergence, quarter(data, model))


def quarter(data, model):
    """∫ (p - q)²/(p + q)/4."""
    return certified.integral((p - q) ** 2 / (p + q) / 4, data, model, bound=(1, 1))


def check():
    normals = ((0, 1, 1, 1), (0, 1, 1, 2), (1, 2, 0, 1), (-3, ONE_HALF, 4, 3), (0, 1, 0, 100))
    for centre, scale, shift, width in normals:
        yield equal(
            f"KL(N({centre}, {scale}²)‖N({shift}, {width}²)) by numbers and in closed form",
            kl_divergence(Normal(centre, float(scale)), Normal(shift, width)),
            sp.log(sp.Rational(width) / scale)
            + (sp.Rational(scale) ** 2 + (centre - shift) ** 2) / (2 * sp.Integer(width) ** 2)
            - ONE_HALF,
        )
    yield equal(
        "KL(Cauchy(0, 1)‖Cauchy(1, 3)) = log(17/12), the one pair of families here that is symmetric",
        kl_divergence(Cauchy(0, 1), Cauchy(1, 3)),
        sp.log(sp.Rational(17, 12)),
    )
    yield equal(
        "KL(Exp(1)‖Exp(2)) = 1 - log 2", kl_divergence(Exponential(1), Exponential(2)), 1 - LOG_2
    )
    yield equal(
        "KL(Exp(2)‖Exp(1)) = log 2 - 1/2",
        kl_divergence(Exponential(2), Exponential(1)),
        LOG_2 - ONE_HALF,
    )
    infinite = {
        "U[0, 1]‖U[2, 3], disjoint": (Uniform(0, 1), Uniform(2, 3)),
        "U[0, 2]‖U[0, 1]": (Uniform(0, 2), Uniform(0, 1)),
        "Cauchy(0, 1)‖N(0, 1)": (Cauchy(0, 1), Normal(0, 1)),
        "N(0, 1)‖|z|": (Normal(0, 1), Pushforward(maps.absolute, Normal(0, 1))),
    }
    for name, (data, model) in infinite.items():
        yield equal(f"KL({name}) = +∞", kl_divergence(data, model), sp.oo)
        yield at_most(
            f"while JSD of {name.replace('‖', ' and ')} is at most log 2",
            js_divergence(data, model),
            LOG_2,
        )
    yield equal(
        "JSD of Cauchy(0, 1) and N(0, 1), finite, by panels and in balls",
        js_divergence(Cauchy(0, 1), Normal(0, 1)),
        certified.js_divergence(Cauchy(0, 1), Normal(0, 1), digits=12),
    )


def search(seed):
    hunt = partial(survives, seed=seed, examples=200)
    yield hunt(
        "0 < JSD ≤ log 2 and 2 JSD ≤ KL(p‖q): overlapping, nearly equal, far, disjoint, heavy tails",
        in_range,
        strategies.density_pairs(),
    )
    yield hunt(
        "laws on finitely many points: JSD(p, q), summed, is JSD(q, p), enclosed, to nine digits",
        symmetric,
        strategies.discrete_pairs(equal=False),
    )
    yield hunt(
        "no channel raises JSD: what becomes of p and q in it is no easier to tell apart",
        processed,
        strategies.discrete_pairs(5, equal=False).flatmap(
            lambda pair: strategies.markov_kernels(len(pair[0].weights), 3).map(
                lambda kernel: (*pair, kernel)
            )
        ),
        label="jsd-data-processing",
    )


def in_range(pair):
    divergence = js_divergence(*pair)
    yield at_least("JSD > 0", divergence, 0)
    yield at_most("JSD ≤ log 2", divergence, LOG_2)
    yield at_most("2 JSD ≤ KL(p‖q)", 2 * divergence, kl_divergence(*pair))


def symmetric(pair):
    data, model = (Discrete(law.weights) for law in pair)  # the floats' own values, exactly
    return equal(
        "JSD(p, q) = JSD(q, p)",
        js_divergence(data, model),
        certified.js_divergence(model, data, digits=15),
    )


def processed(example):
    data, model = (Discrete(law.weights) for law in example[:2])
    rows = [[Fraction(float(share)) for share in row] for row in example[2]]
    rows = [[share / sum(row) for share in row] for row in rows]
    after = [
        Discrete(
            [
                sum(w * r for w, r in zip(law.exact_weights, column, strict=True))
                for column in columns
            ]
        )
        for law, columns in ((one, list(zip(*rows, strict=True))) for one in (data, model))
    ]
    return at_most(
        "JSD(Kp, Kq) ≤ JSD(p, q)",
        certified.js_divergence(*after, digits=15),
        js_divergence(data, model),
    )


def refute():
    data, model = PAIRS["N(0, 1) and N(1, 2²)"]
    mean = Mixture((data, model), (0.5, 0.5))
    divergence = certified.js_divergence(data, model)
    forth, back = certified.kl_divergence(data, model), certified.kl_divergence(model, data)
    yield equal("KL is symmetric", forth, back)
    yield equal(
        "JSD = KL(p‖m) + KL(q‖m), without the halves",
        divergence,
        certified.kl_divergence(data, mean) + certified.kl_divergence(model, mean),
    )
    yield equal("JSD is the mean of KL(p‖q) and KL(q‖p)", divergence, (forth + back) / 2)
    yield at_least("p log(p/q) is nowhere negative", p * sp.log(p / q), 0)
    yield equal(
        "JSD of disjoint supports is 1 (it is, in bits)",
        certified.js_divergence(Uniform(0, 1), Uniform(2, 3)),
        1,
    )
    yield equal(
        "KL(U[0, 2]‖U[0, 1]) may leave out where q = 0, and is -(log 2)/2",
        kl_divergence(Uniform(0, 2), Uniform(0, 1)),
        -LOG_2 / 2,
    )
    yield equal(
        "KL(N(0, 1)‖N(1, 2²)) = log(1/2) + (1 + 4)/2 - 1/2: p and q exchanged",
        kl_divergence(data, model),
        sp.log(ONE_HALF) + 2,
    )
    yield survives(
        "4 JSD ≤ KL(p‖q): the ratio of nearby laws, far apart too",
        lambda pair: at_most("4 JSD ≤ KL(p‖q)", 4 * js_divergence(*pair), kl_divergence(*pair)),
        strategies.density_pairs(),
        examples=200,
    )


def figure():
    import numpy as np
    from matplotlib import pyplot as plt

    shifts = np.linspace(0, 5, 101)
    divergence = js_divergence(Normal(0, 1), Normal(shifts, 1)).value
    fig, axes = plt.subplots()
    axes.axhline(np.log(2), color="0.6", linewidth=1, linestyle="--")
    axes.plot(shifts, shifts**2 / 2, color="C2")
    axes.plot(shifts, divergence, color="C0")
    axes.plot(shifts, shifts**2 / 8, color="C0", linewidth=1, linestyle=":")
    axes.annotate(
        r"$\log 2$, for disjoint supports", (5, np.log(2) + 0.03), ha="right", color="0.4"
    )
    axes.annotate(r"$\mathrm{KL}=\mu^2/2$", (1.78, 1.28), color="C2")
    axes.annotate(r"$\mathrm{JSD}$", (2.75, 0.4), color="C0")
    axes.annotate(r"$\mu^2/8$", (3.25, 1.13), color="C0")
    axes.set(
        title=r"two divergences of $N(0,1)$ and $N(\mu,1)$", xlabel=r"shift $\mu$", ylabel="nats"
    )
    axes.set(xlim=(0, 5), ylim=(0, 1.4), xticks=range(6), yticks=(0, 0.5, 1))
    return fig
