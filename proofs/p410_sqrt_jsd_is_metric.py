r"""The square root of the Jensen–Shannon divergence is a metric, the distance of a Hilbert space.

Statement
---------
$\sqrt{\mathrm{JSD}}$ is symmetric, zero only for equal densities, and for any three densities

$$\sqrt{\mathrm{JSD}(p, q)} \le \sqrt{\mathrm{JSD}(p, r)} + \sqrt{\mathrm{JSD}(r, q)}.$$

The reason is that $2\,\mathrm{JSD}$ is a squared distance. To every density $p$ belongs the function
$(1 - e^{-t p(x)/2})/t$ of $x$ and $t > 0$, which is square integrable, and

$$2\,\mathrm{JSD}(p, q) = \int \int_0^\infty
\frac{(e^{-t p(x)/2} - e^{-t q(x)/2})^2}{t^2} \,\mathrm{d}t \,\mathrm{d}x.$$

Assumes   $p$, $q$ and $r$ are densities with respect to one measure; equal means equal
          almost everywhere.
Source    [@endres2003] and [@osterreicher2003] for the triangle inequality; [@fuglede2004] for the
          Hilbert space.
"""

from functools import partial

import sympy as sp

from gantheory import certified
from gantheory.densities import Cauchy, Discrete, Laplace, Mixture, Normal, Uniform
from gantheory.divergences import js_divergence
from gantheory.testing import affine, strategies, survives
from gantheory.theorems import Theorem, at_most, equal

theorem = Theorem(
    label="sqrt-jsd-is-metric",
    title=r"$\sqrt{\mathrm{JSD}}$ obeys the triangle inequality",
    uses=("kl-jsd-definitions-and-positivity",),
    covers=("sqrt-jsd-is-metric", "sqrt-jsd-metric", "zero-needs-no-metric"),
    errata=(
        r"[@annotated2017] uses the metric to show that $\mathrm{JSD} = 0$ only if $p = q$: this "
        r"follows from $\mathrm{KL} \ge 0$, and is older and easier than the triangle inequality.",
    ),
)

# p and q are the values of two densities at one point, c is a factor, and t is the variable of the
# functions
p, q, c, t, y = sp.symbols("p q c t y", positive=True)
TWICE_JS = p * sp.log(2 * p / (p + q)) + q * sp.log(2 * q / (p + q))  # the integrand of 2 JSD
DISTANCE = ((sp.exp(-t * p / 2) - sp.exp(-t * q / 2)) / t) ** 2  # the squared difference


def derive():
    r"""Two functions of $p$ with the same derivative and the same value at $p = q$.

    Fix the point $x$ and the number $q = q(x)$, and let $p$ vary. On one side stands the integral of the
    squared difference over $t$, on the other the integrand of $2\,\mathrm{JSD}$. Differentiate both in
    $p$. The derivative of the squared difference is $(e^{-t (p + q)/2} - e^{-t p})/t$. Its integral is
    Frullani's: $(e^{-t} - e^{-ct})/t$ is the integral of $e^{-yt}$ over $y$ from 1 to $c$, and that over
    all positive $t$, integrated first, is $1/y$. So the integral is $\log c$, whence the value
    $\log p - \log \tfrac12 (p + q)$. The integrand of $2\,\mathrm{JSD}$ has the same derivative.

    At $p = q$ the squared difference is zero, and so is the integrand of $2\,\mathrm{JSD}$, which is
    $\tfrac14 (p - q)^2/p$ nearby. So the two functions of $p$ agree. With $q = 0$ their common value is
    $p \log 2$, which says that the function of a single density is square integrable; an example is
    below, with a point at which the first of two distributions has no mass.

    Integrated over $x$, the squared difference is the squared distance of two functions of $x$ and $t$
    in $L^2$, and distances obey the triangle inequality. The distance is zero only if the functions
    agree, hence the densities. The integrand is symmetric in $p$ and $q$. It is homogeneous, too: if the
    reference measure is halved, all densities double, and the integral stays the same.
    """
    forever = (t, 0, sp.oo)
    slope = (sp.exp(-t * (p + q) / 2) - sp.exp(-t * p)) / t
    over_y = sp.Integral(sp.exp(-y * t), (y, 1, c))
    yield equal("Frullani's integrand", over_y, (sp.exp(-t) - sp.exp(-c * t)) / t)
    frullani = sp.Integral(sp.Integral(sp.exp(-y * t), forever), (y, 1, c))
    yield equal("Frullani's integral", frullani, sp.log(c))
    yield equal("slope of the squared difference in p", sp.Derivative(DISTANCE, p), slope)
    yield equal(
        "slope of the integrand of 2 JSD in p",
        sp.Derivative(TWICE_JS, p),
        sp.log(p / ((p + q) / 2)),
        label="sqrt-jsd-is-metric",
    )

    # the two functions agree at p = q, and are finite
    near = (
        TWICE_JS.subs({p: 1, q: c}) / (1 - c) ** 2
    )  # for p = 1; the last claim says that this is enough
    yield equal("2 JSD near p = q", sp.Limit(near, c, 1, "+-"), sp.Rational(1, 4))
    yield equal("2 JSD as q → 0", sp.Limit(TWICE_JS, q, 0, "+"), p * sp.log(2))

    # symmetric, and independent of the reference measure
    symmetric = p * sp.log(p) + q * sp.log(q) - (p + q) * sp.log((p + q) / 2)
    yield equal("2 JSD in a symmetric form", TWICE_JS, symmetric)
    scaled = TWICE_JS.subs({p: c * p, q: c * q}, simultaneous=True)
    yield equal("densities multiplied by c", scaled, c * TWICE_JS)


def certify():
    r"""The triangle inequality from the first to the last of seven triples, with rigorous error bounds.

    Among them are triples on a line of translations, nearly equal ones, a detour by a mixture, uniform
    densities that overlap in part, and heavy tails.
    """
    for name, (first, second, third) in TRIPLES.items():
        pairs = (first, third), (first, second), (second, third)
        direct, *detour = (certified.js_divergence(*pair, digits=12).sqrt() for pair in pairs)
        slug = "sqrt-jsd-metric" if name == FIRST else None
        yield at_most(f"from first to last, {name}", direct, sum(detour), label=slug)


def check():
    r"""The same triples by quadrature, in another order, and one distance as an integral over $t$.

    The triangle inequality is checked from the second density to the last, by way of the first. The
    symmetry is checked by comparing quadrature one way with balls the other way. For the discrete
    distributions $(1, 0)$ and $(\tfrac13, \tfrac23)$ the integral of the statement is taken over $t$
    first: one factor of the square is an integral of $e^{-yt}$ over $y$, which times the other factor is
    Frullani's. What is left, an integral over $y$ at each point, agrees with the divergence.
    """
    for name, (first, second, third) in TRIPLES.items():
        detour = root(second, first) + root(first, third)
        yield at_most(f"from second to last, {name}", root(second, third), detour)
        back = certified.js_divergence(third, first, digits=12).sqrt()
        yield equal(f"there and back, {name}", root(first, third), back, tolerance=TOLERANCE)
    found = root(Discrete((1, 0)), Discrete(("1/3", "2/3")))
    yield equal("(1, 0) and (1/3, 2/3), as functions of t", found, sp.sqrt(half_of_squares()))


def search(seed):
    r"""Two hunts for a shortcut, a third density by which the way is shorter.

    The first draws two distributions on at most five points, which may be nearly equal or disjoint, and
    mixes the third from them and one more. The second draws pairs of densities on the line, overlapping,
    nearly equal, far apart, disjoint or with heavy tails, and goes by way of a normal density.
    """
    hunt = partial(survives, seed=seed, examples=120)
    points = strategies.discrete_pairs(5, equal=False).flatmap(
        lambda pair: strategies.simplices(len(pair[0].weights)).flatmap(
            lambda weights: strategies.simplices(3).map(lambda shares: (*pair, weights, shares))
        )
    )
    yield hunt("three distributions on five points", triangle_of_points, points)
    line = strategies.density_pairs().flatmap(
        lambda pair: strategies.normals().map(lambda one: (*pair, affine(one, 0.37, 1.37)))
    )
    yield hunt("two densities on the line, by a normal one", triangle, line)


def refute():
    r"""Five mistakes about the metric.

    A metric is not additive along a path: by way of the mixture $(\tfrac12, \tfrac12)$ the path between
    two points is longer than the direct one. Not every squared distance of densities is
    $2\,\mathrm{JSD}$: $(\sqrt p - \sqrt q)^2$ belongs to the Hellinger distance. The factor $\tfrac12$
    in the exponent is easily lost, and doubles the result. And the square root does not make a metric of
    every divergence: $\sqrt{\mathrm{KL}}$ is neither symmetric, nor does it obey the triangle
    inequality.
    """
    left, right, even = Discrete((1, 0)), Discrete((0, 1)), Discrete(("1/2", "1/2"))
    half, whole = (certified.js_divergence(left, one).sqrt() for one in (even, right))
    yield at_most("√JSD is additive", 2 * half, whole)
    yield equal("the Hellinger integrand", TWICE_JS, (sp.sqrt(p) - sp.sqrt(q)) ** 2)
    slope = sp.Derivative(DISTANCE.subs(t, 2 * t), p)
    half_slope = (sp.exp(-t * (p + q) / 2) - sp.exp(-t * p)) / t
    yield equal("exponent -t p for -t p/2: the slope", slope, half_slope)
    there, back = ((Normal(0, 1), Normal(1, 2)), (Normal(1, 2), Normal(0, 1)))
    one, other = (certified.kl_divergence(*pair).sqrt() for pair in (there, back))
    yield equal("√KL is symmetric", one, other)
    ends = Normal(4, 1), Normal(0, 1)
    mean = Mixture(ends, (0.5, 0.5))
    pairs = ends, (ends[0], mean), (mean, ends[1])
    direct, *detour = (certified.kl_divergence(*pair).sqrt() for pair in pairs)
    yield at_most(
        "√KL obeys the triangle inequality", direct, sum(detour), label="zero-needs-no-metric"
    )


# --- how the numbers are made ---------------------------------------------------------------------

FIRST = "N(0, 1), N(1, 1), N(2, 1)"
TRIPLES = {
    FIRST: (Normal(0, 1), Normal(1, 1), Normal(2, 1)),
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
TOLERANCE = 1e-8  # of the root: for nearly equal densities it turns an error of 1e-17 into 3e-9


def root(first, second):
    """√JSD."""
    return js_divergence(first, second).sqrt()


def half_of_squares():
    """Half of the squared distance of (1, 0) and (1/3, 2/3), over t first, then over y."""
    values = (sp.Integer(1), sp.Rational(1, 3)), (sp.Integer(0), sp.Rational(2, 3))
    return (
        sum(sp.Integral(sp.log((2 * y + a) / (2 * y + b)), (y, b / 2, a / 2)) for a, b in values)
        / 2
    )


def triangle_of_points(example):
    """The triangle inequality; the third is mixed from the two others and a fourth, in any shares."""
    first, last = (Discrete(one.weights) for one in example[:2])
    parts = (first.weights, last.weights, example[2])
    middle = sum(share * part for share, part in zip(example[3], parts, strict=True))
    middle = Discrete(middle / middle.sum())
    pairs = (first, middle), (middle, last)
    detour = sum(certified.js_divergence(*pair, digits=15).sqrt() for pair in pairs)
    return at_most("triangle inequality", root(first, last), detour, tolerance=TOLERANCE)


def triangle(example):
    """The triangle inequality for three densities of the line."""
    first, last, middle = example
    detour = root(first, middle) + root(middle, last)
    return at_most("triangle inequality", root(first, last), detour, tolerance=TOLERANCE)
