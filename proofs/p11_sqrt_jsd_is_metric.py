r"""The square root of the Jensen–Shannon divergence is a distance; the divergence itself is not.

Statement
---------
√JSD is a metric on probability laws: symmetric, zero only for equal laws, and for any three

√JSD(p, q) ≤ √JSD(p, r) + √JSD(r, q).

It is even the distance of a Hilbert space. To every number p ≥ 0 belongs the function t ↦ (1 -
e^(-t p/2))/t of t > 0, whose square has the integral p log 2, and

∫ (e^(-t p/2) - e^(-t q/2))²/t² dt = p log 2p/(p + q) + q log 2q/(p + q),

the integrand of 2 JSD. Over all x, 2 JSD is a squared distance, and distances obey the triangle
inequality.

JSD without the root does not: from one atom to another it is log 2, by way of their even mixture
only 2 · (3/4) log(4/3) = 0.4315... For the theorem on the global minimum none of this is needed:
JSD = 0 only for equal laws follows from KL ≥ 0.

Assumes   p, q and r are densities with respect to one measure.
Source    Endres and Schindelin (2003); Österreicher and Vajda (2003); Fuglede and Topsøe (2004) for
          the Hilbert space; mentioned in An Annotated Proof (2017).
"""

# notation: p, q, r densities, or their values at a point; c > 0 a factor; t > 0 the functions'
# variable

from functools import partial

import sympy as sp

from gantheory import certified
from gantheory.densities import Cauchy, Discrete, Laplace, Mixture, Normal, Uniform
from gantheory.divergences import js_divergence
from gantheory.testing import affine, strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal

theorem = Theorem(
    label="sqrt-jsd-is-metric",
    title="√JSD obeys the triangle inequality",
    uses=("kl-jsd-definitions-and-positivity",),
    covers=("sqrt-jsd-is-metric", "sqrt-jsd-metric", "jsd-is-not-a-metric"),
    errata=(
        "An Annotated Proof (2017) calls on the metric for JSD = 0 only if p = q: that is older and "
        "easier than the triangle inequality.",
    ),
)

p, q, c, t = sp.symbols("p q c t", positive=True)
TWICE_JS = p * sp.log(2 * p / (p + q)) + q * sp.log(2 * q / (p + q))
HILBERT = ((sp.exp(-t * p / 2) - sp.exp(-t * q / 2)) / t) ** 2
HALFWAY = sp.Rational(3, 4) * sp.log(sp.Rational(4, 3))
TOLERANCE = 1e-8  # of the root: near equal laws it turns 1e-17 into 3e-9

TRIPLES = {
    "N(0, 1), N(1, 1), N(2, 1)": (Normal(0, 1), Normal(1, 1), Normal(2, 1)),
    "N(0, 1), N(1, 2²), N(4, 1)": (Normal(0, 1), Normal(1, 2), Normal(4, 1)),
    "N(0, 1), N(1/1000, 1), N(2/1000, 1)": (Normal(0, 1), Normal("0.001", 1), Normal("0.002", 1)),
    "N(0, 1), 1 % of it moved to 5, N(5, 1)": (
        Normal(0, 1),
        Mixture((Normal(0, 1), Normal(5, 1)), ("0.99", "0.01")),
        Normal(5, 1),
    ),
    "U[0, 1], U[1/2, 3/2], U[1, 2]": (Uniform(0, 1), Uniform("0.5", "1.5"), Uniform(1, 2)),
    "Laplace(0, 1), N(0, 1), N(0, 100²)": (Laplace(0, 1), Normal(0, 1), Normal(0, 100)),
    "Cauchy(0, 1), Cauchy(2, 3), N(1, 1)": (Cauchy(0, 1), Cauchy(2, 3), Normal(1, 1)),
}


def derive():
    yield equal(
        "Frullani's integral: ∫ (e^(-t) - e^(-c t))/t dt over t > 0 is log c",
        sp.Integral((sp.exp(-t) - sp.exp(-c * t)) / t, (t, 0, sp.oo)),
        sp.log(c),
    )
    yield equal(
        "the squared distance of two of the functions, differentiated in p, is such an integral ...",
        sp.Derivative(HILBERT, p),
        (sp.exp(-t * (p + q) / 2) - sp.exp(-t * p)) / t,
    )
    yield equal(
        "... of the value log 2p/(p + q), as is the integrand of 2 JSD differentiated in p",
        sp.Derivative(TWICE_JS, p),
        sp.log(p / ((p + q) / 2)),
    )
    yield equal(
        "at q = p both vanish, so they agree; there the integrand of 2 JSD is (p - q)²/(4 p) and more",
        sp.Limit(TWICE_JS.subs(q, p * c) / (p - p * c) ** 2, c, 1, "+-"),
        1 / (4 * p),
    )
    yield equal(
        "it is p log p + q log q - (p + q) log((p + q)/2): exchanging p and q changes nothing",
        TWICE_JS,
        p * sp.log(p) + q * sp.log(q) - (p + q) * sp.log((p + q) / 2),
    )
    yield equal(
        "the same law twice as dense, 2 p and 2 q, is twice as far apart before the root",
        TWICE_JS.subs({p: c * p, q: c * q}, simultaneous=True),
        c * TWICE_JS,
    )


def certify():
    for number, (name, (first, second, third)) in enumerate(TRIPLES.items()):
        sides = [
            certified.js_divergence(one, other, digits=12).sqrt()
            for one, other in ((first, third), (first, second), (second, third))
        ]
        yield at_most(
            f"{name}: √JSD from the first to the last is less than by way of the second",
            sides[0],
            sides[1] + sides[2],
            label="sqrt-jsd-metric" if number == 0 else None,
        )
    left, right, even = Discrete((1, 0)), Discrete((0, 1)), Discrete(("1/2", "1/2"))
    direct = certified.js_divergence(left, right)
    steps = certified.js_divergence(left, even), certified.js_divergence(even, right)
    yield equal("between two atoms JSD is log 2", direct, sp.log(2))
    yield equal("from an atom to the even mixture it is (3/4) log(4/3)", steps[0], HALFWAY)
    yield at_least(
        "so JSD is longer than by way of the mixture: 0.693 > 0.216 + 0.216",
        direct,
        steps[0] + steps[1],
        label="jsd-is-not-a-metric",
    )
    yield at_most(
        "while its root is not: 0.833 < 0.465 + 0.465",
        direct.sqrt(),
        steps[0].sqrt() + steps[1].sqrt(),
    )


def check():
    for name, (first, second, third) in TRIPLES.items():
        yield at_most(
            f"{name}: the same by panels, from the second to the last",
            js_divergence(second, third).sqrt(),
            js_divergence(second, first).sqrt() + js_divergence(first, third).sqrt(),
        )
        yield equal(
            f"{name}: √JSD is the same there and back",
            js_divergence(first, third).sqrt(),
            certified.js_divergence(third, first, digits=12).sqrt(),
            tolerance=TOLERANCE,
        )
    yield equal(
        "√JSD from the atom (1, 0) to (1/3, 2/3), as a distance of functions",
        js_divergence(Discrete((1, 0)), Discrete(("1/3", "2/3"))).sqrt(),
        sp.sqrt(half_of_squares(sp.Rational(1, 3))),
    )


def half_of_squares(share):
    """Σ ∫ (e^(-t p/2) - e^(-t q/2))²/t² dt / 2 over two points, (1, 0) against (share, 1 - share)."""
    return (
        sum(
            sp.Integral(
                sp.expand(((sp.exp(-t * a / 2) - sp.exp(-t * b / 2)) / t) ** 2), (t, 0, sp.oo)
            )
            for a, b in ((1, share), (0, 1 - share))
        )
        / 2
    )


def search(seed):
    hunt = partial(survives, seed=seed, examples=200)
    yield hunt(
        "three laws on finitely many points, nearly equal, disjoint or mixed from each other",
        triangle_of_points,
        strategies.discrete_pairs(5, equal=False).flatmap(
            lambda pair: strategies.simplices(len(pair[0].weights)).flatmap(
                lambda weights: strategies.simplices(3).map(lambda shares: (*pair, weights, shares))
            )
        ),
    )
    yield hunt(
        "overlapping, nearly equal, far, disjoint or heavy-tailed pairs, by way of any normal law",
        triangle,
        strategies.density_pairs().flatmap(
            lambda pair: strategies.normals().map(lambda bell: (*pair, affine(bell, 0.37, 1.37)))
        ),
    )


def triangle_of_points(example):
    """The third law is mixed from the two others and a fourth, in any shares."""
    first, last = (Discrete(law.weights) for law in example[:2])
    parts = (first.weights, last.weights, example[2])
    middle = sum(share * part for share, part in zip(example[3], parts, strict=True))
    middle = Discrete(middle / middle.sum())
    return at_most(
        "√JSD(p, q) ≤ √JSD(p, r) + √JSD(r, q)",
        js_divergence(first, last).sqrt(),
        certified.js_divergence(first, middle, digits=15).sqrt()
        + certified.js_divergence(middle, last, digits=15).sqrt(),
        tolerance=TOLERANCE,
    )


def triangle(example):
    first, last, middle = example
    return at_most(
        "√JSD(p, q) ≤ √JSD(p, r) + √JSD(r, q)",
        js_divergence(first, last).sqrt(),
        js_divergence(first, middle).sqrt() + js_divergence(middle, last).sqrt(),
        tolerance=TOLERANCE,
    )


def refute():
    left, right, even = Discrete((1, 0)), Discrete((0, 1)), Discrete(("1/2", "1/2"))
    halfway = certified.js_divergence(left, even)
    yield at_most(
        "JSD itself obeys the triangle inequality: two atoms, by way of their mixture",
        certified.js_divergence(left, right),
        halfway + certified.js_divergence(even, right),
    )
    yield survives(
        "JSD itself obeys the triangle inequality: any two laws, by way of their mixture",
        lambda pair: at_most("JSD(p, q) ≤ 2 · ...", js_divergence(*pair), by_the_mixture(*pair)),
        strategies.discrete_pairs(equal=False),
    )
    yield at_most(
        "√JSD is additive on the way: the sum of both halves is no more than the whole",
        2 * halfway.sqrt(),
        certified.js_divergence(left, right).sqrt(),
    )
    yield equal("the integrand of 2 JSD is (√p - √q)²", TWICE_JS, (sp.sqrt(p) - sp.sqrt(q)) ** 2)
    yield equal(
        "the distance of the functions e^(-t p)/t, the half lost, is that of 2 JSD: p = 0, q = 1",
        sp.Integral(((1 - sp.exp(-t)) / t) ** 2, (t, 0, sp.oo)),
        sp.log(2),
    )
    yield equal(
        "√KL is symmetric, as a metric has to be",
        certified.kl_divergence(Normal(0, 1), Normal(1, 2)).sqrt(),
        certified.kl_divergence(Normal(1, 2), Normal(0, 1)).sqrt(),
    )
    bells = Normal(4, 1), Normal(0, 1)
    mean = Mixture(bells, (0.5, 0.5))
    yield at_most(
        "√KL obeys the triangle inequality: from N(4, 1) to N(0, 1) by way of their mixture",
        certified.kl_divergence(*bells).sqrt(),
        certified.kl_divergence(bells[0], mean).sqrt()
        + certified.kl_divergence(mean, bells[1]).sqrt(),
    )


def by_the_mixture(first, last):
    """JSD(p, m) + JSD(m, q)."""
    mean = Discrete(
        [(a + b) / 2 for a, b in zip(first.exact_weights, last.exact_weights, strict=True)]
    )
    return certified.js_divergence(first, mean, digits=12) + certified.js_divergence(
        mean, last, digits=12
    )


def figure():
    import numpy as np
    from matplotlib import pyplot as plt

    shares = np.linspace(0, 1, 201)
    laws = [Discrete((1 - share, share)) for share in shares]
    there = np.array([float(js_divergence(Discrete((1, 0)), law)) for law in laws])
    back = there[::-1]
    fig, (left, right) = plt.subplots(1, 2, figsize=(8.0, 3.4))
    for axes, one, other, direct, text in (
        (left, there, back, np.log(2), "JSD"),
        (right, np.sqrt(there), np.sqrt(back), np.sqrt(np.log(2)), "√JSD"),
    ):
        detour = one + other
        axes.axhline(direct, color="0.35", linestyle="--", linewidth=1.2)
        axes.plot(shares, detour, color="C0")
        axes.fill_between(
            shares, detour, direct, where=detour <= direct, color="C2", alpha=0.2, linewidth=0
        )
        axes.fill_between(
            shares, detour, direct, where=detour >= direct, color="C0", alpha=0.15, linewidth=0
        )
        axes.set(
            xlabel="r = (1 − s, s), from atom to atom: s", title=f"{text}(p, r) + {text}(r, q)"
        )
        axes.set(xlim=(0, 1), ylim=(0, 1.05), xticks=(0, 0.5, 1), yticks=(0, 0.5, 1))
    left.annotate("direct: log 2", (0.5, 0.71), ha="center", color="0.35")
    left.annotate("the detour is shorter", (0.5, 0.52), ha="center", color="C2")
    right.annotate("direct: √(log 2)", (0.5, 0.75), ha="center", color="0.35")
    right.annotate("the detour is longer", (0.5, 0.97), ha="center", color="C0")
    left.set_ylabel("nats")
    right.set_ylabel("√nats")
    return fig
