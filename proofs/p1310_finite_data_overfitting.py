r"""On finitely many data an unrestricted discriminator reaches $V = 0$ against every model.

Statement
---------
Let the data be $n$ different points, each of share $1/n$, and let the model $q$ have a density.
Then

$$\sup_D V(D, q) = 0, \quad \mathrm{JSD}(\hat{p}_n, q) = \log 2,$$

for every $n$ and every $q$, also if the points were drawn from $q$ itself: $D = 1$ on the points
and $0$ elsewhere. The inner maximum over all $D$ on a data set tells a generator nothing, and more
data alone do not change that.

A discriminator that is constant on the cells of a partition gets less. If every point is alone in
its cell, and the model has the share $u/n$ in each of these $n$ cells, its best value is

$$-\log(1 + u) + u \log \frac{u}{1 + u},$$

which tends to 0 as the cells shrink.

Assumes   The $n$ points are different, and the model has no atoms.
Source    [@goodfellow2014, section 3] on a finite data set; [@arora2017, Lemma 1] for the divergence.
"""

import math
from fractions import Fraction

import sympy as sp

from gantheory import certified
from gantheory.densities import Discrete, Mixture, Normal, Uniform
from gantheory.divergences import js_divergence
from gantheory.game import virtual_training_criterion
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal, increasing

theorem = Theorem(
    label="finite-data-overfitting",
    title=r"On finitely many data $\sup_D V = 0$ for every model with a density",
    uses=("optimal-discriminator", "disjoint-supports", "subderivative-of-supremum"),
    covers=("finite-data-overfitting", "more-data-do-not-make-converge"),
    errata=(
        "[@annotated2017] rests convergence on enough training data: on any finite data set the inner "
        "maximum is 0 for all models with a density, and more data alone change nothing.",
    ),
)

p, q = sp.symbols("p q", positive=True)  # shares of data and model in a cell
u, epsilon = sp.symbols(
    "u epsilon", positive=True
)  # the model's share near the data; D's distance to 1
F = p * sp.log(p / (p + q)) + q * sp.log(q / (p + q))  # the best value of D in the cell
ALONE = -sp.log(1 + u) + u * sp.log(u / (1 + u))


def derive():
    r"""Why the supremum is 0, and how cells approach it.

    $V$ is never positive, both terms being logarithms of numbers up to 1. Let $D = 1 - \varepsilon$
    on the data and $\varepsilon$ elsewhere. The model has no mass on $n$ points, so that it sees
    $\varepsilon$ alone, and $V = 2 \log(1 - \varepsilon)$ for all $n$ and $q$. This tends to 0.

    By cells: the data are spread evenly over cells in which a uniform model has the share $u$.
    There $D^* = 1/(1 + u)$, elsewhere 0. In units of the model's density that of the data is $1/u$
    on that share, and the value is $u f(1/u, 1)$. It grows as $u$ falls, and tends to 0.
    """
    value = sp.log(1 - epsilon) + sp.log(1 - epsilon)
    yield equal("V as ε → 0", sp.Limit(value, epsilon, 0, "+"), 0, label=theorem.label)
    yield equal("data alone in their cells", u * F.subs({p: 1 / u, q: 1}), ALONE)
    yield equal("its slope in u, negative", sp.Derivative(ALONE, u), sp.log(u / (1 + u)))
    yield equal("as the cells shrink", sp.Limit(ALONE, u, 0, "+"), 0)


def certify():
    r"""Twenty points in $[0, 1]$, and cells that are halved sixteen times.

    One cell gives $-\log 4$: a constant $D$ knows nothing. From 4 to 65 536 cells the best $V$
    grows with every cut. From $2^8$ cells on each point is alone, and the value is the formula with
    $u = 20/2^8$ and so on. The points lie evenly, so that the uniform model is a good one, and the
    density $2x$ a worse one; with 16 cells the best $V$ still shows that. In 65 536 cells both
    models have a best $V$ near 0.
    """
    values = [certified.virtual_training_criterion(*counted(level)) for level in range(17)]
    yield equal("one cell", values[0], -certified.log(4))
    yield increasing("1, 4, 8, ..., 65536 cells", [values[level] for level in (0, *range(2, 17))])
    for level in (8, 12, 16):
        yield equal(f"2^{level} cells", values[level], ALONE.subs(u, sp.Rational(20, 2**level)))
    rising = [certified.virtual_training_criterion(*counted(n, square=True)) for n in (4, 16)]
    yield at_least("16 cells, density 2x", rising[0], values[4] + Fraction(1, 100))
    for name, found in (("U[0, 1]", values[16]), ("density 2x", rising[1])):
        yield at_least(f"65536 cells, {name}", found, Fraction(-1, 250))


def check():
    r"""Five data on the line, blurred to uniform pieces of width $\tfrac{1}{4}$ down to $2^{-20}$.

    The models are a near one, $\mathcal{N}(0, 1)$, a far one, $\mathcal{N}(5, 1)$, and $U[-2, 2]$.
    For each $C$ grows as the pieces shrink, and comes above $-10^{-4}$; for the uniform model it is
    the formula with $u = 5 \cdot 2^{-20}/4$. In the end the near and the far model look the same.
    """
    for name, model in MODELS.items():
        values = [
            virtual_training_criterion(blurred(width), model)
            for width in (2.0**-k for k in (2, 5, 8, 12, 16, 20))
        ]
        yield increasing(f"{name}: widths 1/4 to 2^-20", values)
        yield at_least(f"{name}: width 2^-20", values[-1], -1e-4)
    near = js_divergence(blurred(2.0**-20), MODELS["U[-2, 2]"])
    yield at_least("JSD to U[-2, 2], width 2^-20", near, math.log(2) - 1e-4)
    yield equal("U[-2, 2] by the formula", values[-1], ALONE.subs(u, sp.Rational(5, 2**22)))


def search(seed):
    r"""A hunt for a model with a best $V$ well below 0.

    The model is any mixture of two normals, the data three points near 0, 1 and 2 blurred to
    $10^{-9}$. A model with $C$ below $-10^{-5}$ would refute the statement at this width.
    """
    drawn = strategies.mixtures(2).flatmap(
        lambda model: strategies.simplices(3).map(lambda places: (model, places))
    )
    yield survives("three blurred data", three_data, drawn, seed=seed, examples=120)


def refute():
    r"""Three hopes that fail.

    "With enough data the maximum is that of the density": here 20 points lie more evenly than a
    sample would, and the value is still near 0. "The supremum at least orders the models": it does
    not tell a far model from a near one. And in the formula the model's own share near the data is
    easily forgotten, since it is small.
    """
    many = certified.virtual_training_criterion(*counted(16))
    yield at_most(
        "data from the model: near -log 4",
        many,
        Fraction(-1),
        label="more-data-do-not-make-converge",
    )
    far, close = (
        virtual_training_criterion(blurred(2.0**-20), MODELS[f"N({at}, 1)"]) for at in (5, 0)
    )
    yield at_least("a far model has the larger value", far, close + 1e-3)
    yield equal("the model's part forgotten", u * F.subs({p: 1 / u, q: 1}), -sp.log(1 + u))


# --- how the numbers are made ---------------------------------------------------------------------

POINTS = [Fraction(618034 * i % 10**6, 10**6) for i in range(1, 21)]  # well spread over [0, 1]
PLACES = (-1.1, -0.3, 0.2, 0.9, 1.6)
MODELS = {"N(0, 1)": Normal(0, 1), "N(5, 1)": Normal(5, 1), "U[-2, 2]": Uniform(-2, 2)}


def counted(level, *, square=False):
    """Shares of data and model in the 2^level equal cells of [0, 1], the empty ones put together."""
    cells = 2**level
    counts = {}
    for point in POINTS:
        cell = math.floor(point * cells)
        counts[cell] = counts.get(cell, 0) + 1
    edges = {cell: (Fraction(cell, cells), Fraction(cell + 1, cells)) for cell in counts}
    shares = [b**2 - a**2 if square else b - a for a, b in edges.values()]
    real = [Fraction(count, len(POINTS)) for count in counts.values()]
    rest = 1 - sum(shares)
    if rest == 0:
        return Discrete(real), Discrete(shares)
    return Discrete([*real, 0]), Discrete([*shares, rest])


def blurred(width):
    """The five data as uniform densities of that width."""
    parts = tuple(Uniform(place - width / 2, place + width / 2) for place in PLACES)
    return Mixture(parts, (0.2,) * 5)


def three_data(drawn):
    """Claim that C is near 0 for data near 0, 1 and 2, and the drawn model."""
    model, places = drawn
    centres = [float(k + place / 2) for k, place in enumerate(places)]
    data = Mixture(tuple(Uniform(c, c + 1e-9) for c in centres), ("1/3", "1/3", "1/3"))
    return at_least("C", virtual_training_criterion(data, model), -1e-5)
