r"""A subgradient of the function that attains a supremum is a subgradient of the supremum.

Statement
---------
Let $f = \sup_\alpha f_\alpha$, where every $f_\alpha$ is convex, and let $f_\beta$ attain the supremum
at $x$. Then $\partial f_\beta(x) \subseteq \partial f(x)$: for $g \in \partial f_\beta(x)$ and all $y$

$$f(y) \ge f_\beta(y) \ge f_\beta(x) + g\,(y - x) = f(x) + g\,(y - x).$$

The inclusion may be strict, and it says nothing of other points than $x$.

For $C(q) = \sup_D U(q, D)$, which $D^*_q$ attains, it says that $\log(1 - D^*_q)$ is a subgradient of
$C$ at $q$: for every model $r$

$$C(r) \ge C(q) + \int \log(1 - D^*_q)\,(r - q) \,\mathrm{d}x.$$

The lemma is a statement about one $q$ at a time. It does not say where steps along such subgradients
lead.

Assumes   $f_\alpha$ convex for every $\alpha$; for $C$, that $\log(1 - D^*_q)$ is integrable.
Source    [@goodfellow2014, proof of Proposition 2]; [@rockafellar1970, section 23].
"""

import math
from fractions import Fraction
from functools import partial

import numpy as np
import sympy as sp

from gantheory import certified
from gantheory.densities import Discrete, Normal
from gantheory.evidence import pointwise, summed
from gantheory.game import optimal_discriminator, value_function, virtual_training_criterion
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal

theorem = Theorem(
    label="subderivative-of-supremum",
    title=r"$\partial f_\beta(x) \subseteq \partial f(x)$ where $f = \sup_\alpha f_\alpha$ is $f_\beta$",
    uses=("optimal-discriminator", "u-affine-c-convex-in-pg"),
    covers=("subderivative-of-supremum", "subset-not-element", "lemma-is-no-convergence"),
    errata=(
        r"[@ramasinghe] infers from the lemma that the generator reaches the equilibrium: it says what "
        r"one subgradient at one model is, and nothing of where steps lead.",
        r"[@nipsnotes] takes the lemma for the convergence of subgradient descent: these are two "
        r"theorems.",
        r"[@goodfellow2014] write $\partial f_\beta \in \partial f$: it is a subset, "
        r"$\partial f_\beta(x) \subseteq \partial f(x)$.",
    ),
)

# p, q, r: densities of the data and of two models at one point; s: a positive number, or the weight of
# the first of two points; x, alpha: a number, and the slope of a linear function
p, q, r, s = sp.symbols("p q r s", positive=True)
x, alpha = sp.symbols("x alpha", real=True)
HALF, STALE = sp.Rational(1, 2), p / (p + q)  # STALE: the best discriminator for q, kept for r
BEST = p * sp.log(p / (p + q)) + q * sp.log(q / (p + q))  # the integrand of C(q)
FRESH = BEST.subs(q, r)  # that of C(r)
SLOPES = {alpha: (-1, 1)}


def derive():
    r"""The lemma on the absolute value, and then for $C$.

    The proof is the chain of inequalities in the statement: $f$ is at least $f_\beta$ everywhere, and
    equal to it at $x$; between the two stands the definition of a subgradient of $f_\beta$.

    Take $\lvert x \rvert$, the supremum of $\alpha x$ over $\lvert\alpha\rvert \le 1$. For $x > 0$ the
    member $\alpha = 1$ attains it, and its slope 1 is the derivative. At $x = 0$ all members attain it,
    and all their slopes $\alpha$ are subgradients: there the inclusion is strict for each of them.

    Now $C$. Keep the best discriminator for $q$, and let the model move to $r$. The value is affine in
    $r$: it is $C(q)$ plus its slope $\log(1 - D^*_q)$ times the change. The best discriminator for $r$
    reaches more, by the regret $(p + r)\,\mathrm{kl}(D^*_r \,\|\, D^*_q)$ at a point, which is not
    negative (page `bregman-equals-stale-regret`).

    On two points, with data $(\tfrac12, \tfrac12)$, the model is $(s, 1 - s)$. $C$ is differentiable in
    $s$, with the slope that the subgradient gives. So there is no other one, up to a constant, which
    does not matter because the mass stays 1.
    """
    yield at_most("α x ≤ |x| for x > 0", alpha * s, s, where=SLOPES)
    yield at_most("(α x)² ≤ |x|² for all x", (alpha * x) ** 2, x**2, where=SLOPES)

    # C
    kept = p * sp.log(STALE) + r * sp.log(1 - STALE)
    tangent = BEST + sp.log(1 - STALE) * (r - q)
    yield equal("U(r, D*_q) is a tangent", kept, tangent)
    star = p / (p + r)
    kl = star * sp.log(star / STALE) + (1 - star) * sp.log((1 - star) / (1 - STALE))
    yield equal("C(r) exceeds it by the regret", FRESH - tangent, (p + r) * kl, label=theorem.label)

    both = [BEST.subs({p: HALF, q: share}) for share in (s, 1 - s)]
    slopes = [sp.log(1 - STALE).subs({p: HALF, q: share}) for share in (s, 1 - s)]
    found = sp.Derivative(sum(both), s)
    yield equal("slope of C on two points", found, slopes[0] - slopes[1], where={s: (0, 1)})


def certify():
    r"""The tangent at the model $(\tfrac9{10}, \tfrac1{10})$ for data $(\tfrac12, \tfrac12)$.

    $C$ is enclosed at five other models, from $(0, 1)$ to $(1, 0)$. The tangent has the slope
    $\log \tfrac9{14} - \log \tfrac16$, the difference of $\log(1 - D^*)$ at the two points. $C$ lies
    strictly above it in all five cases, also where the model leaves out one of the points.
    """
    level = two_points(Fraction(9, 10))
    slope = certified.log(Fraction(9, 14)) - certified.log(Fraction(1, 6))
    for share in (Fraction(tenths, 10) for tenths in (0, 2, 5, 8, 10)):
        tangent = level + (share - Fraction(9, 10)) * slope
        text = f"C above the tangent, model ({share}, {1 - share})"
        yield at_least(text, two_points(share), tangent, tolerance=0)


def check():
    r"""The tangent at $\mathcal{N}(2, 1)$ for data $\mathcal{N}(0, 1)$, at other Gaussians.

    At $r$ the tangent is $U(r, D^*_q)$, a value by quadrature, and $C(r)$ is enclosed. They agree at
    $r = q$ alone.
    """
    data, kept = Normal(0, 1), optimal_discriminator(Normal(0, 1), Normal(2, 1))
    at_q = certified.virtual_training_criterion(data, Normal(2, 1), digits=15)
    yield equal("the tangent touches C at q", value_function(data, Normal(2, 1), kept), at_q)
    for mean, width in ((0, 1), (-3, 1), (2, "1/2"), (9, 3)):
        model = Normal(mean, width)
        best = certified.virtual_training_criterion(data, model, digits=15)
        tangent = value_function(data, model, kept)
        yield at_most(f"and lies below at N({mean}, ({width})²)", tangent, best, tolerance=0)


def search(seed):
    r"""Two hunts, one for $C$ and one for the lemma itself.

    The first draws data and two models on four points, and looks for a model below the tangent at the
    other. The second draws four functions $a \lvert x - c \rvert + b x + d$ with $a \ge 0$ and a point
    $x$, takes a slope of a member that is greatest there, and compares the greatest member with the line
    at 21 points $y$. It computes with fractions, which are rounded once. A single point below the line
    would refute the lemma.
    """
    hunt = partial(survives, seed=seed, examples=120)
    yield hunt("tangents of C on four points", above_tangent, strategies.markov_kernels(3, 4))
    yield hunt("the greatest of four functions", lemma, strategies.markov_kernels(5, 4))


def refute():
    r"""Five ways to read the lemma wrongly.

    That the inclusion is an equality: $-1$ is a subgradient of $\lvert x \rvert$ at 0, but not of the
    member $x$. That the slope of any discriminator will do, for example of the one that is the best for
    the *new* model: only what attains the supremum at $q$ gives a tangent there. That the members need
    not be convex: the greatest of $-x^2$ and $-1$ has the slope $-1$ at $\tfrac12$, and no subgradient.
    The slope $\log D^*$ exchanges the two halves. And at $q = p$ the lemma's slope is $-\log 2$, not 0.
    """
    yield at_least("the inclusion is an equality", x, -x, label="subset-not-element")
    rows = strategies.markov_kernels(3, 4)
    yield survives("the slope of any discriminator", above_wrong_tangent, rows)
    member, line = sp.Max(-((x + HALF) ** 2), -1), -x - sp.Rational(1, 4)
    yield at_least("members that are not convex", member, line, where={x: (-1, 1)})
    kept = p * sp.log(STALE) + r * sp.log(1 - STALE)
    yield equal("slope log D*", kept, BEST + sp.log(STALE) * (r - q))
    there = sp.Subs(sp.Derivative(BEST, q), q, p)
    yield equal("slope 0 at the equilibrium", there, 0, label="lemma-is-no-convergence")


def figure():
    r"""$C$ on two points, with its tangents at two models.

    A tangent is $U$ for the discriminator that is best at the point of contact. The arrow is the regret
    of a model $r$ with the discriminator of $q$.
    """
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots()
    touching(axes)
    return fig


# --- how the numbers are made ---------------------------------------------------------------------


def two_points(share):
    """C of the data (1/2, 1/2) and the model (s, 1 - s), in balls."""
    model = Discrete((share, 1 - share))
    return certified.virtual_training_criterion(Discrete((0.5, 0.5)), model)


def tangent_at(other, share):
    """U of the model (s, 1 - s) and the best D for (other, 1 - other), data (0.4, 0.6)."""
    first, second = 0.4 / (0.4 + other), 0.6 / (1.6 - other)
    real = 0.4 * np.log(first) + 0.6 * np.log(second)
    return real + share * np.log(1 - first) + (1 - share) * np.log(1 - second)


def above_tangent(rows):
    """C(r) - 1 is at least the tangent at q, less 1."""
    real, old, new = rows
    old = (old + 0.01) / math.fsum(old + 0.01)
    before = certified.virtual_training_criterion(Discrete(real), Discrete(old), digits=15)
    after = virtual_training_criterion(Discrete(real), Discrete(new))
    along = moved(real, old, old, new)
    return at_least("C(r) - 1 ≥ tangent - 1", after - 1, before.estimate() + along - 1)


def above_wrong_tangent(rows):
    """C(r) ≥ C(q) + Σ log(1 - D*_r) (r - q), which is false."""
    old, new = ((row + 0.01) / math.fsum(row + 0.01) for row in rows[1:])
    data = Discrete(rows[0])
    before, after = (virtual_training_criterion(data, Discrete(row)) for row in (old, new))
    return at_least("C(r) ≥ wrong tangent", after, before + moved(rows[0], new, old, new))


@summed
def moved(real, other, old, new):
    """Σ log(1 - D*) (r - q) = -Σ log(1 + p/a) (r - q), where D* is the best for the model a."""
    slope = -np.log1p(real / other)
    return [slope * new, -slope * old]


def touching(axes):
    """Draw C on two points, two of its tangents, and a regret."""
    share = np.linspace(1e-9, 1 - 1e-9, 401)
    axes.plot(share, tangent_at(share, share), color="C4", linewidth=2.4)
    for other, color in ((0.2, "C0"), (0.75, "C2")):
        axes.plot(share, tangent_at(other, share), color=color)
        axes.plot([other], [tangent_at(other, other)], "o", color=color)
    ends = [(0.3, tangent_at(other, 0.3)) for other in (0.75, 0.3)]
    line = {"arrowstyle": "<->", "color": "C2", "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", *ends, arrowprops=line)
    axes.text(0.29, -1.5, "regret\nof $D^*_q$", color="C2", ha="right", va="center")
    text = "$U(\\cdot, D^*_q)$: slope\n$\\log(1 - D^*_q)$"
    axes.text(0.99, -1.3, text, color="C2", ha="right", va="top")
    axes.text(0.93, -0.98, "$C$", ha="right")
    axes.text(0.015, -1.03, "slope −∞")
    axes.set(title="What attains the supremum is a tangent of it", ylabel="value, nats")
    axes.set(xlabel="share $s$ of the model $(s, 1-s)$", xlim=(0, 1), ylim=(-1.85, -0.7))
    axes.set(xticks=(0, 0.3, 0.75, 1), xticklabels=("0", "$r$", "$q$", "1"))
    axes.set_yticks((-math.log(4), -1))


def lemma(rows):
    """f(y) ≥ f(x) + g (y - x) for the greatest of four convex functions.

    Four rows hold the numbers a, c, b and d of the members, as exact fractions; the last gives x.
    """
    exact = [[Fraction(float(number)) for number in row] for row in rows]
    bends, centres, tilts, levels, places = exact
    members = list(zip(bends, centres, [8 * tilt - 2 for tilt in tilts], levels, strict=True))
    at, ys = 4 * places[0] - 1, [Fraction(k, 5) - 2 for k in range(21)]
    return at_least("f(y) ≥ f(x) + g (y - x)", greatest(members, ys), line(members, at, ys))


def member(one, at):
    """A |x - c| + b x + d."""
    a, c, b, d = one
    return a * abs(at - c) + b * at + d


@pointwise
def greatest(members, places):
    """f(y), the greatest of the members."""
    return [float(max(member(one, y) for one in members)) for y in places]


@pointwise
def line(members, at, places):
    """f(x) + g (y - x), g a slope of a member that is greatest at x."""
    top = max(member(one, at) for one in members)
    a, c, b, _ = max(members, key=lambda one: member(one, at))
    slope = b + a * ((at > c) - (at < c))  # at the kink itself any slope from b - a to b + a
    return [float(top + slope * (y - at)) for y in places]
