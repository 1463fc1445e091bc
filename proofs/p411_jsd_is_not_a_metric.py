r"""The Jensen–Shannon divergence itself is not a metric: a detour may be shorter than the direct way.

Statement
---------
Between two disjoint densities $\mathrm{JSD} = \log 2 = 0.693\dots$ But from each of them to their even
mixture it is only $\tfrac34 \log \tfrac43 = 0.215\dots$, so that

$$\mathrm{JSD}(p, q) > \mathrm{JSD}(p, m) + \mathrm{JSD}(m, q), \quad m = \tfrac12 (p + q).$$

With more and more steps the detour becomes as short as one likes, since $\mathrm{JSD}$ is quadratic in
small changes. Its square root is linear in them and has no such shortcut.

For the theorem on the global minimum this does not matter: it needs only that $\mathrm{JSD} = 0$ implies
$p = q$.

Assumes   $p$ and $q$ are densities with respect to one measure.
Source    [@endres2003].
"""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import sympy as sp

from gantheory import certified
from gantheory.densities import Cauchy, Discrete, Laplace, Mixture, Normal
from gantheory.divergences import js_divergence
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal, increasing

theorem = Theorem(
    label="jsd-is-not-a-metric",
    title=r"$\mathrm{JSD}$ violates the triangle inequality",
    uses=("kl-jsd-definitions-and-positivity", "sqrt-jsd-is-metric"),
    covers=("jsd-is-not-a-metric",),
)

# p and q are the values of two densities at one point, and v is a change of p
p, q, v = sp.symbols("p q v", positive=True)
h = sp.Symbol("h", real=True)
LOG_2, HALF = sp.log(2), sp.Rational(1, 2)
HALFWAY = sp.Rational(3, 4) * sp.log(sp.Rational(4, 3))
TWICE_JS = p * sp.log(2 * p / (p + q)) + q * sp.log(2 * q / (p + q))  # the integrand of 2 JSD


def derive():
    r"""The length of half the way, and why two halves are shorter than the whole.

    Let $p$ and $q$ be the distributions $(1, 0)$ and $(0, 1)$. Their mixture is
    $(\tfrac12, \tfrac12)$. In the divergence from $(1, 0)$ to it, the first point has the values 1 and
    $\tfrac12$, and the second 0 and $\tfrac12$, where the integrand of $2\,\mathrm{JSD}$ is
    $\tfrac12 \log 2$.

    The general reason is that $2\,\mathrm{JSD}(p, p + hv)$ is $\tfrac14 h^2 v^2/p$ at a point for small
    $h$. A step that is half as long costs about a quarter, and so two of them about a half.

    Every station between $p$ and $q$ is a shortcut, $r = (1 - s) p + s q$ with $0 < s < 1$:
    $\mathrm{JSD}$ is convex in one argument and 0 at equal ones, so that $\mathrm{JSD}(p, r) \le s\,
    \mathrm{JSD}(p, q)$ and $\mathrm{JSD}(r, q) \le (1 - s)\, \mathrm{JSD}(p, q)$.
    """
    first, second = TWICE_JS.subs({p: 1, q: HALF}), sp.Limit(TWICE_JS.subs(q, HALF), p, 0, "+")
    yield equal("JSD from (1, 0) to (1/2, 1/2)", (first + second) / 2, HALFWAY)
    near = TWICE_JS.subs(q, p + h * v)
    flat = sp.Subs(near**2 + sp.diff(near, h) ** 2, h, 0)
    yield equal("2 JSD and its slope at no change", flat, 0)
    bend = sp.Subs(sp.Derivative(near, (h, 2)), h, 0)
    yield equal("2 JSD of a small change hv, by h²", bend / 2, v**2 / (4 * p))


def certify():
    r"""The detour by the mixture, and paths with up to 64 equal steps, with rigorous error bounds.

    The first three claims are the counterexample of the statement; for the square root the detour is
    longer, $0.833 < 0.465 + 0.465$. Then the way from $(1, 0)$ to $(0, 1)$ is divided into
    $1, 2, 4, \dots, 64$ equal steps. The sum of $\mathrm{JSD}$ falls with every division, and is below
    $\tfrac1{25}$ with 64 steps. The sum of $\sqrt{\mathrm{JSD}}$ increases; for a metric it cannot
    fall.
    """
    direct = certified.js_divergence(LEFT, RIGHT)
    steps = certified.js_divergence(LEFT, EVEN), certified.js_divergence(EVEN, RIGHT)
    slug = "jsd-is-not-a-metric"
    yield equal("direct way", direct, LOG_2)
    yield equal("half of the detour", steps[0], HALFWAY)
    yield at_least("the detour is shorter for JSD", direct, steps[0] + steps[1], label=slug)
    yield at_most("but longer for √JSD", direct.sqrt(), steps[0].sqrt() + steps[1].sqrt())
    paths = [path(2**k) for k in range(7)]
    yield increasing("minus the sum of JSD, 1 to 64 steps", [-sum(one) for one in paths])
    yield at_most("sum of JSD, 64 steps", sum(paths[-1]), Fraction(1, 25))
    roots = [sum(step.sqrt() for step in one) for one in paths]
    yield increasing("sum of √JSD, 1 to 64 steps", roots)


def check():
    r"""Densities on the line, by quadrature and in balls.

    The stations are mixtures with the shares 1/4 and 1/2 of the second density. The direct way is
    longer for two Gaussians of unequal width and for a light tail against a heavy one.
    """
    for name, pair in LINE.items():
        direct = js_divergence(*pair)
        yield equal(f"{name}: direct way", direct, certified.js_divergence(*pair, digits=15))
        for share in ("1/4", "1/2"):
            station = Mixture(pair, (1 - Fraction(share), Fraction(share)))
            detour = js_divergence(pair[0], station) + js_divergence(station, pair[1])
            yield at_most(f"{name}: by the station {share}", detour, direct, tolerance=0)


def search(seed):
    r"""Random pairs on at most six points, and a random station between them.

    The detour is never longer than the direct way. A single station that is no shortcut would refute
    the remark on convexity.
    """
    drawn = strategies.discrete_pairs(equal=False).flatmap(with_share)
    yield survives("every station is a shortcut", shortened, drawn, seed=seed, examples=120)


def refute():
    r"""Four false repairs.

    The first two state the triangle inequality for $\mathrm{JSD}$, for the two points above and for
    random pairs by way of their mixture. The third assumes that any concave power turns $\mathrm{JSD}$
    into a metric: $\mathrm{JSD}^{3/4}$ has a shorter detour as well. The last takes the quadratic
    behaviour of small changes for an exact rule.
    """
    half, whole = certified.js_divergence(LEFT, EVEN), certified.js_divergence(LEFT, RIGHT)
    yield at_most("triangle inequality for JSD, two points", whole, 2 * half)
    pairs = strategies.discrete_pairs(equal=False)
    yield survives("triangle inequality for JSD, any pair", by_the_mixture, pairs)
    whole, half = (one.sqrt() * one.sqrt().sqrt() for one in (whole, half))
    yield at_most("triangle inequality for the power 3/4", whole, 2 * half)
    yield equal("two halves cost one half", 2 * HALFWAY, LOG_2 / 2)


def figure():
    r"""The detour from $(1, 0)$ to $(0, 1)$ by way of $(1 - s, s)$, compared with the direct way.

    On the left the curve lies below the dashed line: the detour is shorter. On the right, for the
    square root, it lies above.
    """
    from matplotlib import pyplot as plt

    shares = np.linspace(0, 1, 201)
    there = np.array([float(js_divergence(LEFT, Discrete((1 - s, s)))) for s in shares])
    fig, (left, right) = plt.subplots(1, 2, figsize=(8.0, 3.4))
    for axes, one, direct, text in (
        (left, there, np.log(2), r"\mathrm{JSD}"),
        (right, np.sqrt(there), np.sqrt(np.log(2)), r"\sqrt{\mathrm{JSD}}"),
    ):
        detour = one + one[::-1]
        axes.axhline(direct, color="C5", linestyle="--", linewidth=1.2)
        axes.plot(shares, detour, color="C4")
        axes.fill_between(shares, detour, direct, color="C2", alpha=0.2, linewidth=0)
        axes.set(title=f"${text}(p, r) + {text}(r, q)$", xlabel="share $s$ of $r=(1-s, s)$")
        axes.set(xlim=(0, 1), xticks=(0, 0.5, 1))
    left.text(0.5, 0.705, "direct way: log 2", ha="center")
    left.text(0.5, 0.58, "the detour\nis shorter", ha="center")
    right.text(0.5, 0.815, "direct way: √(log 2)", ha="center")
    right.text(0.5, 0.865, "the detour\nis longer", ha="center")
    left.set(ylabel="length, nats", ylim=(0.4, 0.75), yticks=(0.4, 0.5, 0.6, 0.7))
    right.set(ylabel="length, √nats", ylim=(0.8, 0.95), yticks=(0.8, 0.85, 0.9, 0.95))
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

LEFT, RIGHT, EVEN = Discrete((1, 0)), Discrete((0, 1)), Discrete(("1/2", "1/2"))


def path(count):
    """JSD of each of the equal steps from (1, 0) to (0, 1), in balls."""
    stations = [Discrete((1 - Fraction(k, count), Fraction(k, count))) for k in range(count + 1)]
    return [certified.js_divergence(*pair, digits=12) for pair in pairwise(stations)]


LINE = {
    "N(0, 1) and N(1, 2²)": (Normal(0, 1), Normal(1, 2)),
    "Laplace(0, 1) and Cauchy(2, 1)": (Laplace(0, 1), Cauchy(2, 1)),
}


def with_share(pair):
    """The pair and the share of a station on the way."""
    return strategies.simplices(2).map(lambda two: (*pair, Fraction(float(1 + 2 * two[0])) / 4))


def shortened(example):
    """JSD(p, r) + JSD(r, q) ≤ JSD(p, q) for r = (1 - s) p + s q."""
    first, last, s = example
    first, last = (Discrete(one.weights) for one in (first, last))
    weights = zip(first.exact_weights, last.exact_weights, strict=True)
    station = Discrete([(1 - s) * a + s * b for a, b in weights])
    steps = (first, station), (station, last), (first, last)
    *detour, direct = (certified.js_divergence(*two, digits=12) for two in steps)
    return at_most("detour ≤ JSD(p, q)", sum(detour), direct, tolerance=0)


def by_the_mixture(pair):
    """JSD(p, q) ≤ JSD(p, m) + JSD(m, q), which is false."""
    first, last = pair
    weights = zip(first.exact_weights, last.exact_weights, strict=True)
    mean = Discrete([(a + b) / 2 for a, b in weights])
    detour = sum(certified.js_divergence(*two, digits=12) for two in ((first, mean), (mean, last)))
    return at_most("JSD(p, q) ≤ detour", js_divergence(first, last), detour)
