r"""The generator's criterion is least exactly where the model is the data.

Statement
---------
For every pair of densities $-\log 4 \le C(G) \le 0$, where $C(G) = \max_D V(D, G)$. Here
$C(G) = -\log 4$ if and only if $p = q$ almost everywhere, and $C(G) = 0$ if and only if the two
distributions have no mass in common. Both ends come with a margin: with
$\varepsilon = \int \frac{(p - q)^2}{p + q}\,\mathrm{d}x$,

$$-\log 4 + \frac{\varepsilon}{2} \le C(G) \le \frac{\varepsilon}{2} - 1.$$

The number $\varepsilon$ measures how different the densities are: it is $0$ for equal ones and $2$
for those without common mass. By the lower margin, a model with $C(G) \le -\log 4 + \delta$ has
$\varepsilon \le 2\delta$: nearly the least value means nearly the data.

Since $C = 2\,\mathrm{JSD} - \log 4$, minimising $C$ over any set of models and minimising
$\mathrm{JSD}$ are one problem.

Assumes   $p$ and $q$ are densities with respect to one measure; $D$ may be any measurable function.
Source    [@goodfellow2014, Theorem 1].
"""

import math
from fractions import Fraction
from functools import partial

import numpy as np
import sympy as sp

from gantheory import certified
from gantheory.densities import Cauchy, Discrete, Laplace, Mixture, Normal, Uniform
from gantheory.divergences import js_divergence
from gantheory.game import virtual_training_criterion
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, always, at_least, at_most, equal

theorem = Theorem(
    label="global-minimum",
    title=r"$C(G) \ge -\log 4$, with equality if and only if $p = q$",
    uses=("c-equals-2jsd-minus-log4", "kl-jsd-definitions-and-positivity"),
    covers=("global-minimum", "identity-minimising-c-is-minimising-jsd", "only-if-and-if"),
    errata=(
        r"[@nipsnotes] write that the minimum is only achieved if and only if $p = q$: one of the two, "
        r"only or if and only if, would do.",
    ),
)

# p, q: the densities of data and model at one point; u: a positive number; t: one in (-1, 1)
p, q, u = sp.symbols("p q u", positive=True)
t = sp.Symbol("t", real=True)
CRITERION = p * sp.log(p / (p + q)) + q * sp.log(q / (p + q))  # what the point adds to C
DIVERGENCE = (p * sp.log(2 * p / (p + q)) + q * sp.log(2 * q / (p + q))) / 2  # and to JSD
EXCESS = (1 + t) * sp.log(1 + t) + (1 - t) * sp.log(1 - t)
LOG_2, LOG_4 = sp.log(2), sp.log(4)


def derive():
    r"""Two bounds of the integrand, one from each side, each exact at one end.

    From above: insert $D^* = \frac{p}{p + q}$ into $\log u \le u - 1$, once for $D^*$ and once for
    $1 - D^*$. Weighted by $p$ and $q$, the right sides are $-\frac{2pq}{p + q}$ together. This is
    $\frac{(p - q)^2}{2(p + q)} - \frac{p + q}{2}$, whose integral is $\frac{\varepsilon}{2} - 1$.
    And $C = 0$ needs $pq = 0$ almost everywhere, that is, no mass in common.

    From below: that $C \ge -\log 4$ can be read off $C = 2\,\mathrm{JSD} - \log 4$, but there is
    more. Let $t = \frac{p - q}{p + q}$. A point adds
    $\frac{p + q}{2} \left[(1 + t) \log(1 + t) + (1 - t) \log(1 - t)\right]$ to $C + \log 4$, and
    the bracket is at least $t^2$: both are 0 with slope 0 at $t = 0$, and its second derivative
    $\frac{2}{1 - t^2}$ is at least that of $t^2$. So $C + \log 4 \ge \frac{\varepsilon}{2}$, and it
    is $0$ for $p = q$ alone. Where $p = q$, the point adds $-p \log 4$ to $C$ indeed.

    Last, when $q$ changes, $C$ changes twice as much as $\mathrm{JSD}$, but for a constant slope
    $-\log 2$, which adds nothing, since the mass of $q$ stays $1$. So both have the same
    minimisers.
    """
    yield at_most("the logarithm below its tangent", sp.log(u), u - 1)
    upper, square = p * (p / (p + q) - 1) + q * (q / (p + q) - 1), (p - q) ** 2 / (p + q) / 2
    yield equal("the bound for D* and 1 - D*", upper, -2 * p * q / (p + q))
    yield equal("the bound by (p - q)²", 2 * p * q / (p + q), (p + q) / 2 - square)

    lifted = CRITERION + (p + q) * LOG_2
    yield equal("C + log 4 by t", lifted, (p + q) / 2 * EXCESS.subs(t, (p - q) / (p + q)))
    yield equal("at t = 0", sp.Subs(EXCESS**2 + sp.diff(EXCESS, t) ** 2, t, 0), 0)
    bend, inside = 2 / (1 - t**2), {t: (-1, 1)}
    yield equal("how it bends", sp.Derivative(EXCESS, (t, 2)), bend, where=inside)
    yield always("a square below it", True, bend >= 2, where=inside, label="global-minimum")
    yield equal("a point with p = q", CRITERION.subs(q, p), -p * LOG_4)
    yield equal("a point without data, q = 1", sp.Limit(lifted.subs(q, 1), p, 0, "+"), LOG_2)
    slopes, name = [sp.Derivative(f, q) for f in (CRITERION, DIVERGENCE)], theorem.covers[1]
    yield equal("the slopes of C and of 2 JSD", slopes[0], 2 * slopes[1] - LOG_2, label=name)


def certify():
    r"""Both margins in balls, and pairs for which they are nearly reached.

    The criterion and $\varepsilon$ are enclosed by integrands of their own for eight pairs, from
    two that nearly coincide to one with a hundred times the width of the other. With the means
    $\frac{1}{1000}$ apart, $C$ exceeds the lower bound by at most $10^{-13}$; with the means $12$
    apart it falls short of the upper one by at most $10^{-7}$. So the factor $\frac{1}{2}$ of the
    lower bound and the constant $-1$ of the upper one cannot be improved.
    """
    for name, pair in PAIRS.items():
        criterion, (low, high) = certified.virtual_training_criterion(*pair), margins(*pair)
        yield at_least(f"{name}: from below", criterion, low)
        yield at_most(f"{name}: from above", criterion, high)
    near, apart = PAIRS["N(0, 1) and N(1/1000, 1)"], (Normal(0, 1), Normal(12, 1))
    above, below = (certified.virtual_training_criterion(*pair) for pair in (near, apart))
    yield at_most("N(1/1000, 1): to 1e-13", above, margins(*near)[0] + Fraction(1, 10**13))
    yield at_least("N(12, 1): to 1e-7", below, margins(*apart)[1] - Fraction(1, 10**7))


def check():
    r"""Both ends, and one step of a model.

    These are the two cases of equality. Four pairs are equal, one of them written in two ways, and
    have $C = -\log 4$. Three pairs of disjoint uniform densities have $C = 0$, however far apart
    they are. (The claim adds $\log 4$ to both sides, because no relative error bar shows that a
    number is $0$.) Last, the model $\mathcal{N}(0, 1)$ of the data $\mathcal{N}(0, 2^2)$ moves by
    $1$: $C$ gains twice what $\mathrm{JSD}$ gains.
    """
    for name, (data, model) in equal_pairs().items():
        yield equal(name, virtual_training_criterion(data, model), -LOG_4)
    for gap in (0, 1, 1000):
        apart = virtual_training_criterion(Uniform(0, 1), Uniform(1 + gap, 2 + gap))
        yield equal(f"U[0, 1] and U[{1 + gap}, {2 + gap}]", apart + LOG_4, LOG_4)
    data, first, last = Normal(0, 2), Normal(0, 1), Normal(1, 1)
    by_c = virtual_training_criterion(data, last) - virtual_training_criterion(data, first)
    by_jsd = certified.js_divergence(data, last) - certified.js_divergence(data, first)
    yield equal("one step, in C and in 2 JSD", by_c, 2 * by_jsd)


def search(seed):
    r"""Random pairs outside the bounds would refute the theorem.

    Densities of all kinds (overlapping, nearly equal, far apart, disjoint, with heavy tails) must
    have $-\log 4 \le C \le 0$, and $\mathrm{JSD} > 0$ to full relative precision, since no two that
    are drawn are equal. Distributions on finitely many points must keep both margins, where
    $\varepsilon$ is an exact fraction.
    """
    hunt = partial(survives, seed=seed, examples=125)
    yield hunt("-log 4 ≤ C ≤ 0 and JSD > 0", within, strategies.density_pairs())
    yield hunt("both margins", between, strategies.discrete_pairs(equal=False))


def refute():
    r"""Another minimum, or a wrong margin.

    At $p = q$ both logarithms are $-\log 2$, and both count. "Only if" alone would allow that
    $-\log 4$ is missed there. It is a minimum and no maximum. The margin is a bound and not the
    value, its factor is $\frac{1}{2}$, and the function of $t$ is at least $t^2$ but not $2 t^2$. And
    the gain of $C$ is twice that of $\mathrm{JSD}$, which matters for learning rates alone.
    """
    pair = PAIRS["N(0, 1) and N(1, 2²)"]
    criterion = certified.virtual_training_criterion(*pair)
    least, above = virtual_training_criterion(pair[0], pair[0]), sp.Rational(1, 1000) - LOG_4
    yield equal("-log 2 at p = q", least, -LOG_2)
    yield at_least("only if p = q, but not if", least, above, label="only-if-and-if")
    yield at_most("-log 4 as a maximum", criterion, -LOG_4)
    yield equal("the lower margin as a value", criterion, margins(*pair)[0])
    yield at_least("2 t² for t²", EXCESS, 2 * t**2, where={t: (-1, 1)})
    gains = [sp.Derivative(term, q) for term in (CRITERION, DIVERGENCE)]
    yield equal("C and JSD gain the same", gains[0], gains[1] - LOG_2)
    yield survives("ε for ε/2", whole_epsilon, strategies.discrete_pairs(equal=False))


def figure():
    r"""The criterion between its margins, for $\mathcal{N}(0, 1)$ and $\mathcal{N}(\theta, 1)$.

    $C$ touches $-\log 4$ at $\theta = 0$ alone, where the model is the data, and approaches $0$ as
    the two densities separate. The dotted lines are the margins $-\log 4 + \frac{\varepsilon}{2}$
    and $\frac{\varepsilon}{2} - 1$: the lower one is close to $C$ near the minimum, the upper one
    far out.
    """
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots()
    between_margins(axes)
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

PAIRS = {
    "N(0, 1) and N(1, 1)": (Normal(0, 1), Normal(1, 1)),
    "N(0, 1) and N(1, 2²)": (Normal(0, 1), Normal(1, 2)),
    "N(0, 1) and N(1/1000, 1)": (Normal(0, 1), Normal("0.001", 1)),
    "N(0, 1) and 1 % of it moved to 5": (
        Normal(0, 1),
        Mixture((Normal(0, 1), Normal(5, 1)), ("0.99", "0.01")),
    ),
    "N(0, 1) and N(0, 100²)": (Normal(0, 1), Normal(0, 100)),
    "Laplace(0, 1) and N(0, 1)": (Laplace(0, 1), Normal(0, 1)),
    "Cauchy(0, 1) and Cauchy(1, 3)": (Cauchy(0, 1), Cauchy(1, 3)),
    "U[0, 1] and U[0, 2]": (Uniform(0, 1), Uniform(0, 2)),
}


def equal_pairs():
    """Pairs with p = q."""
    parts, shares = (Normal(-2, 1), Normal(2, 1)), (0.25, 0.75)
    return {
        "N(1, 2²) twice": (Normal(1, 2), Normal(1, 2)),
        "a mixture in two orders": (Mixture(parts, shares), Mixture(parts[::-1], shares[::-1])),
        "Cauchy(0, 1) twice": (Cauchy(0, 1), Cauchy(0, 1)),
        "(1/3, 2/3) twice": (Discrete(("1/3", "2/3")), Discrete(("1/3", "2/3"))),
    }


def margins(data, model):
    """-log 4 + ε/2 and ε/2 - 1."""
    half = certified.integral((p - q) ** 2 / (p + q), data, model, bound=(1, 1)) / 2
    return half - certified.log(4), half - 1


def within(pair):
    """C in its range."""
    criterion = virtual_training_criterion(*pair)
    yield at_least("C ≥ -log 4", criterion, -LOG_4)
    yield at_most("C + log 4 ≤ log 4", criterion + LOG_4, LOG_4)
    yield at_least("JSD > 0", js_divergence(*pair), 0)


def between(pair):
    """C between its margins."""
    data, model = (Discrete(one.weights) for one in pair)  # the floats' own values, exactly
    far = epsilon(data, model)
    yield at_least("2 JSD ≥ ε/2", 2 * js_divergence(data, model), far / 2)
    criterion = virtual_training_criterion(data, model)
    yield at_least("C ≥ ε/2 - log 4", criterion, far / 2 - LOG_4)
    yield at_most("C + 1 ≤ ε/2", criterion + 1, far / 2)


def epsilon(data, model):
    """Σ (p - q)²/(p + q), a fraction."""
    weights = zip(data.exact_weights, model.exact_weights, strict=True)
    return sum((a - b) ** 2 / (a + b) for a, b in weights if a + b > 0)


def whole_epsilon(pair):
    """C + log 4 ≥ ε."""
    return at_least("2 JSD ≥ ε", 2 * js_divergence(*pair), epsilon(*pair))


def between_margins(axes):
    """Draw C and its margins over the shift."""
    shifts, at = np.linspace(-6, 6, 121), np.linspace(-12, 12, 2001)
    data, models = (np.exp(-((at - s) ** 2) / 2) for s in (0.0, shifts[:, None]))
    squares = (data - models) ** 2 / (data + models)
    half = np.trapezoid(squares, at, axis=1) / math.sqrt(2 * math.pi) / 2
    axes.plot(shifts, half - math.log(4), color="C5", linestyle=":")
    axes.plot(shifts, half - 1, color="C5", linestyle=":")
    axes.plot(shifts, virtual_training_criterion(Normal(0, 1), Normal(shifts, 1)).value, color="C0")
    for level in (-math.log(4), 0):
        axes.axhline(level, color="C5", linewidth=1, linestyle="--")
    axes.plot([0], [-math.log(4)], "o", color="C0", clip_on=False)
    axes.annotate("the model is the data", (0.4, -1.46), va="top", color="C0")
    axes.annotate("nothing in common", (-5.9, 0.05), color="C5")
    axes.annotate(r"$C(G)$", (4.3, -0.22), color="C0")
    axes.annotate("margins", (0, -0.84), ha="center", color="C5")
    axes.set(xlim=(-6, 6), ylim=(-1.75, 0.25), xticks=range(-6, 7, 2))
    axes.set(xlabel=r"shift $\theta$ of the model $N(\theta, 1)$", ylabel="criterion, nats")
    axes.set_yticks((-math.log(4), -1, -0.5, 0))
    axes.set_title(r"$C(G)$ for data $N(0, 1)$ is least where the model is the data")
