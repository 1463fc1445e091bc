r"""Projected subgradient steps come near the data if the step sizes are chosen well, and not otherwise.

Statement
---------
Let the data and the models be distributions on finitely many points. Start at $q_1$, take steps of
sizes $\alpha_t$ against $g_t = \log(1 - D^*_t)$, and project each result onto a convex set of
distributions that contains $p$. Then

$$\min_{t \le T} 2\,\mathrm{JSD}(p, q_t) \le
\frac{\lVert q_1 - p \rVert^2 + \sum_{t \le T} \alpha_t^2 \lVert g_t \rVert^2}{2 \sum_{t \le T}
\alpha_t}.$$

If all $\lVert g_t \rVert^2 \le G$, the bound tends to 0 whenever $\sum \alpha_t = \infty$ and
$\alpha_t \to 0$, as it is if $\sum \alpha_t^2 < \infty$. For $\alpha_t = c/\sqrt t$ it is of the order
$\log T/\sqrt T$. A constant step does not make it tend to 0; the best one for a given $T$ makes it
$\sqrt{G/T}\, \lVert q_1 - p \rVert$. Bounded subgradients need models that stay away from 0 where
there are data, which the projection can ensure.

Assumes   $D^*$ is known exactly, and $q_t$ itself is the variable; finitely many points.
Source    [@shor1985]; [@goodfellow2014, Proposition 2] refers to subgradients.
"""

import math
from fractions import Fraction

import numpy as np
import sympy as sp

from gantheory.densities import Discrete
from gantheory.divergences import js_divergence
from gantheory.evidence import pointwise
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, always, at_least, at_most, equal, increasing

theorem = Theorem(
    label="projected-subgradient",
    title=r"Projected subgradient steps: the best of $T$ models obeys a bound",
    uses=("c-equals-2jsd-minus-log4", "subderivative-of-supremum", "no-subgradient-at-the-edge"),
    covers=("projected-subgradient", "constant-steps-do-not-converge"),
    errata=(
        r"[@nipsnotes] lets gradient descent with any subgradient converge: with a constant step it "
        r"need not, and where $q = 0 < p$ the subgradients are not bounded.",
    ),
)

# p, q: weights of data and model at one point, g: a slope there, alpha: the size of a step
p, q, c, alpha = sp.symbols("p q c alpha", positive=True)
g = sp.Symbol("g", real=True)
# R and G: the squares of ‖q_1 - p‖ and of a bound for all ‖g_t‖; T: the number of steps
R, G, T = sp.symbols("R G T", positive=True)
# A and B: Σ α and Σ α² ‖g‖² so far; rest: a bound of Σ α², or of its first part; eps: of later α
A, B, rest, eps = sp.symbols("A B rest eps", positive=True)
# the least 2 JSD before and after a step, 2 JSD, and the squares of the distances
least, now, C, far, near = sp.symbols("least now C far near", real=True)
y, P, r = sp.symbols("y P r", real=True)  # a point, its projection; a square root


def derive():
    r"""One step brings the model nearer to the data, up to a square.

    Expand the square of the distance to $p$ after a step. The mixed term contains the sum of
    $g\,(q - p)$. As $g$ is a subgradient of $C$ at $q$, this sum is at least
    $C(q) - C(p) = 2\,\mathrm{JSD}(p, q)$ (page `subderivative-of-supremum`). The projection does not
    increase the distance to $p$, since $p$ lies in the convex set. Hence

    $$\lVert q_{t+1} - p \rVert^2 \le \lVert q_t - p \rVert^2 - 2 \alpha_t \cdot 2\,\mathrm{JSD}(p, q_t)
    + \alpha_t^2 \lVert g_t \rVert^2.$$

    For $\langle y - \Pi, p - \Pi \rangle \le 0$ for the projection $\Pi$ of $y$. By induction over $T$,
    with $R = \lVert q_1 - p \rVert^2$,
    $$\lVert q_{T+1} - p \rVert^2 + 2 \min_{t \le T} 2\,\mathrm{JSD}(p, q_t) \sum_{t \le T} \alpha_t
    \le R + \sum_{t \le T} \alpha_t^2 \lVert g_t \rVert^2,$$
    and the bound follows. Let $A = \sum_{t \le T} \alpha_t \to \infty$. If $\sum \alpha_t^2$ is finite,
    the bound is at most a constant over $A$. If $\alpha_t \to 0$, then $\alpha_t \le \varepsilon$ in the
    end, $\sum \alpha_t^2$ is at most a constant and $\varepsilon A$, and the bound tends to
    $\tfrac12 G \varepsilon$ or less.

    For $\alpha_t = c/\sqrt t$ the sum of $1/t$ is at most $1 + \log T$, by $\log u \le u - 1$, and that
    of $1/\sqrt t > 2 (\sqrt{t + 1} - \sqrt t)$ at least $2 (\sqrt{T + 1} - 1) \ge \tfrac45 \sqrt T$.
    """
    square = (q - p) ** 2 - 2 * alpha * g * (q - p) + alpha**2 * g**2
    yield equal("distance after a step, squared", (q - alpha * g - p) ** 2, square)
    angle = (y - P) ** 2 + (P - p) ** 2 - 2 * (y - P) * (p - P)
    yield equal("a point and its projection", (y - p) ** 2, angle)
    before, smaller = far + 2 * least * A <= R + B, sp.And(now <= least, now <= C)
    step = near <= far - 2 * alpha * C + alpha**2 * G
    after = near + 2 * now * (A + alpha) <= R + B + alpha**2 * G
    yield always("the sum after a step", sp.And(before, step, smaller), after)
    bound = (R + B) / (2 * A)
    yield always("the bound", sp.And(before, far >= 0), least <= bound)
    yield equal("Σ α = ∞, Σ α² finite", sp.Limit(bound.subs(B, G * rest), A, sp.oo), 0)
    later = bound.subs(B, G * (rest + eps * A))
    yield equal("Σ α = ∞, α at most ε in the end", sp.Limit(later, A, sp.oo), G * eps / 2)
    roots = sp.And(r > 0, y > r, sp.Eq(y**2, r**2 + 1))
    yield always("1/√t", roots, 1 / r > 2 * (y - r))
    total = sp.And(r >= 1, y > 0, sp.Eq(y**2, r**2 + 1))
    yield always("their sum, r = √T", total, 10 * (y - 1) >= 4 * r)
    yield at_most("1/(t + 1), u = t/(t + 1)", sp.log(q), q - 1)
    falling = (R + G * c**2 * (1 + sp.log(T))) / (2 * c * 2 * (sp.sqrt(T + 1) - 1))
    yield equal("the bound for steps c/√t", sp.Limit(falling, T, sp.oo), 0)
    constant = (R + G * c**2 * T) / (2 * c * T)
    yield equal("the bound for a constant step c", sp.Limit(constant, T, sp.oo), c * G / 2)
    more = constant - sp.sqrt(R * G / T)
    yield equal("the best c for T", more, (sp.sqrt(R) - c * sp.sqrt(G * T)) ** 2 / (2 * c * T))


def certify():
    r"""All starts at once, for two points.

    The data are $(\tfrac12, \tfrac12)$ or $(\tfrac14, \tfrac34)$, the model is $(q, 1 - q)$ with
    $\tfrac1{10} \le q \le \tfrac9{10}$. With steps of size $\tfrac1{20}$ the next $q$ rises with $q$: no
    step jumps over the data, which stay. What a step takes off rises with $q$ too, so that each goes
    towards the data. Here constant steps do converge. Balls cover the interval.
    """
    for share in (sp.Rational(1, 2), sp.Rational(1, 4)):
        moved = on_two_points(share, sp.Rational(1, 20))
        yield equal(f"data at {share}: they stay", sp.Subs(moved, q, share), share)
        yield increasing(f"data at {share}: the next model", moved, where=STARTS)
        yield increasing(f"data at {share}: the way of a step", q - moved, where=STARTS)


def check():
    r"""Data $(0.4, 0.3, 0.2, 0.1)$, and a start with 97 % at the last point.

    All weights are kept at $10^{-3}$ or more. After 300 steps of size $0.1/\sqrt t$ the best model
    obeys the bound, and so it does after 300 steps of size 1. But the constant step does not come
    nearer than $2\,\mathrm{JSD} = \tfrac15$: the step is too long for that.
    """
    found, bound = descended(*FOUR, [0.1 / math.sqrt(t) for t in range(1, 301)])
    yield at_most("300 steps 0.1/√t", found, bound, label="projected-subgradient")
    found, bound = descended(*FOUR, [1.0] * 300)
    yield at_most("300 steps of size 1", found, bound)
    yield at_least("300 steps of size 1 stay away", found, Fraction(1, 5))


def search(seed):
    r"""A hunt through 120 random data and starts on four points.

    Both are mixed with a little of the uniform distribution, and 20 steps of size $0.1/\sqrt t$ are
    made. A best model above the bound would refute the statement.
    """
    rows = strategies.markov_kernels(2, 4)
    yield survives("20 steps 0.1/√t", within_bound, rows, seed=seed, examples=120)


def refute():
    r"""Four mistakes about subgradient steps.

    That a step never jumps over the data: on two points one of size 1 does. A constant step need not
    converge, not even for $\lvert x \rvert$: from $\tfrac3{10}$, 1000 steps of $\tfrac15$ jump between
    $-\tfrac1{10}$ and $\tfrac1{10}$. The bound without $\sum \alpha_t^2 \lVert g_t \rVert^2$ is violated
    by constant steps. A step does not keep the mass, so that it needs the projection: at $q = p$ each
    of two points gains $\alpha \log 2$.
    """
    jumps = on_two_points(sp.Rational(1, 2), 1)
    yield increasing("a step of 1 does not jump", jumps, where=STARTS)
    place = Fraction(3, 10)
    for _ in range(1000):
        place -= Fraction(1, 5) if place > 0 else Fraction(-1, 5)
    label = "constant-steps-do-not-converge"
    yield at_most("constant steps minimise |x|", abs(place), Fraction(1, 1000), label=label)
    found, _ = descended(*FOUR, [1.0] * 300)
    yield at_most("the bound without α² ‖g‖²", found, float(np.sum((FOUR[1] - FOUR[0]) ** 2)) / 600)
    slope = sp.log(q / (p + q)).subs({p: sp.Rational(1, 2), q: sp.Rational(1, 2)})
    yield equal("a step keeps the mass", 2 * (sp.Rational(1, 2) - alpha * slope), 1)


# --- how the numbers are made ---------------------------------------------------------------------

STARTS = {q: (sp.Rational(1, 10), sp.Rational(9, 10))}
FOUR = np.array([0.4, 0.3, 0.2, 0.1]), np.array([0.01, 0.01, 0.01, 0.97])


def on_two_points(share, size):
    r"""$q - \tfrac12 \alpha (g_1 - g_2)$, the first weight after a step projected onto mass 1."""
    return q - size * (sp.log(q / (share + q)) - sp.log((1 - q) / (2 - share - q))) / 2


def descended(real, start, sizes, *, floor=1e-3):
    """The least 2 JSD on the way of projected subgradient steps, and the bound."""

    def criterion(fake):
        return real @ np.log(real / (real + fake)) + fake @ np.log(fake / (real + fake))

    fake, met, slopes = start, [], []
    for size in sizes:
        met.append(fake)
        slopes.append(np.log(fake / (real + fake)))
        fake = projected(fake - size * slopes[-1], floor)
    least = min(met, key=criterion)
    return 2 * js_divergence(Discrete(real), Discrete(least)), allowed(start - real, sizes, slopes)


@pointwise(roundings=1024)
def allowed(away, sizes, slopes):
    """(‖q_1 - p‖² + Σ α² ‖g‖²)/(2 Σ α)."""
    spent = sum(size**2 * (g @ g) for size, g in zip(sizes, slopes, strict=True))
    return (away @ away + spent) / (2 * sum(sizes))


def projected(point, floor):
    """The nearest distribution with no weight below the floor."""
    above, rest = point - floor, 1 - floor * len(point)
    ordered = np.sort(above)[::-1]
    cuts = (np.cumsum(ordered) - rest) / np.arange(1, len(point) + 1)
    cut = cuts[np.nonzero(ordered > cuts)[0][-1]]
    found = np.maximum(above - cut, 0.0) + floor
    return found / math.fsum(found)


def within_bound(rows):
    """The bound for 20 steps 0.1/√t, with 1/100 more of both in every cell."""
    real, start = ((row + 0.01) / math.fsum(row + 0.01) for row in rows)
    return at_most(
        "best 2 JSD", *descended(real, start, [0.1 / math.sqrt(t) for t in range(1, 21)])
    )
