r"""JSD is the information of a sample about its origin; TV, $H^2$ and $\Delta$ bound it.

Statement
---------
Draw a fair label $Y$, then $x$ from the data $p$ if $Y = 1$ and from the model $q$ if $Y = 0$. Then
$I(x; Y) = \mathrm{JSD}(p, q)$ and $H(Y \mid x) = \log 2 - \mathrm{JSD}(p, q)$; the second number is
the least cross-entropy of any discriminator. Further let
$\mathrm{TV} = \tfrac12 \int \lvert p - q \rvert \,\mathrm{d}x$,
$H^2 = \tfrac12 \int (\sqrt{p} - \sqrt{q})^2 \,\mathrm{d}x$,
$\Delta = \int \frac{(p - q)^2}{p + q} \,\mathrm{d}x$, and
$j(d) = \tfrac12 (1 + d) \log(1 + d) + \tfrac12 (1 - d) \log(1 - d)$. Then

$$\begin{aligned}
\tfrac12 \mathrm{TV}^2 \le j(\mathrm{TV}) &\le \mathrm{JSD} \le \log 2 \cdot \mathrm{TV}, \\
\tfrac14 \Delta &\le \mathrm{JSD} \le \tfrac12 \log 2 \cdot \Delta, \\
\log 2 \cdot H^2 &\le \mathrm{JSD} \le H^2,
\end{aligned}$$

and no constant can be improved. For the other divergence,
$\mathrm{KL}(p \,\|\, q) \ge 2\,\mathrm{TV}^2$ (Pinsker) and $\mathrm{KL}(p \,\|\, q) \ge -\log(1 -
\mathrm{TV}^2)$ (Bretagnolle and Huber).

Assumes   $p$ and $q$ are densities with respect to one measure; $0 \log 0 = 0$; $\log$ is natural.
Source    [@lin1991] for the upper bound by TV; [@topsoe2000] for $\Delta$; [@cover2006, Lemma 11.6.1]
          for Pinsker's inequality; [@tsybakov2009, Lemmas 2.3 and 2.6] for the last one.
"""

from fractions import Fraction

import numpy as np
import sympy as sp

from gantheory import certified
from gantheory.densities import Cauchy, Discrete, Laplace, Mixture, Normal, Uniform
from gantheory.divergences import bayes_error, entropy, js_divergence
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal

theorem = Theorem(
    label="jsd-bounds",
    title=r"$\mathrm{JSD} = I(x; Y)$, and $\tfrac14 \Delta \le \mathrm{JSD} \le H^2$",
    uses=("kl-jsd-definitions-and-positivity",),
    covers=("jsd-bounds", "jsd-is-mutual-information"),
)

p, q, r = sp.symbols("p q r", positive=True)  # the two densities at one point; any number
d = sp.Symbol("d", positive=True)  # |p - q|/(p + q) at one point
UNIT, LOG_2 = {d: (0, 1)}, sp.log(2)
m, delta = (p + q) / 2, (p - q) / (p + q)
JSD = (p * sp.log(p / m) + q * sp.log(q / m)) / 2  # what a point adds to it
L, c = (sp.log(1 + d) - sp.log(1 - d)) / 2, sp.sqrt(1 - d**2)
BELOW = {  # g(d), ρ = j'/g', and the slope of ρ
    "TV": (d, L, 1 / (1 - d**2)),
    "Δ": (d**2, L / (2 * d), (d / (1 - d**2) - L) / (2 * d**2)),
    "H²": (1 - c, L * c / d, (d - L) / (c * d**2)),
}


def derive():
    r"""All four numbers are means, under $m = (p + q)/2$, of functions of $d$.

    Let $d = \lvert p - q \rvert/(p + q)$. Then $\mathrm{TV}$, $\Delta$, $H^2$ and $\mathrm{JSD}$ are the
    means of $d$, $2 d^2$, $1 - \sqrt{1 - d^2}$ and $j(d)$, so it is enough to compare these functions on
    $[0, 1]$. The slope of $j/g$ has the sign of $\rho g - j$ with $\rho = j'/g'$. This is 0 at $d = 0$
    and has the slope $\rho' g$, so $j/g$ is monotone as $\rho$ is. The sign of $\rho'$ is that of
    $1$, of $\frac{d}{1 - d^2} - L$ or of $d - L$, where $L = j'$; these are 0 at $d = 0$, and the second
    rises and the third falls. So each $j/g$ goes from its limit at $d = 0$ to $\log 2$ at $d = 1$,
    where $g = 1$.

    These limits are the best constants. At $d = 1$ one density is 0, and densities that are equal or
    disjoint at each point reach all bounds with $\log 2$. Near $d = 0$ are models near the data. For TV
    the limit there is 0. But $j$ is convex, as its slope $L$ rises. Jensen's inequality gives
    $j(\mathrm{TV})$, with equality where $d$ is constant; and $j(\mathrm{TV}) \ge \tfrac12
    \mathrm{TV}^2$ is the bound by $\Delta$ for one value of $d$.

    For $\mathrm{KL}$ let $r = p/q$. It is the integral of $q\,(r \log r - r + 1)$. Multiplied by
    $\tfrac43 + \tfrac23 r$, whose mean under $q$ is 2, the bracket is at least $(r - 1)^2$: the
    difference is 0 at $r = 1$, without a slope, and its bend is not negative, by the tangent of the
    logarithm at $1/r$. So $4\,\mathrm{TV}^2 \le 2\,\mathrm{KL}$ by Cauchy and Schwarz. Last,
    $\min(p, q)$ and $\max(p, q)$ have the integrals $1 \mp \mathrm{TV}$ and the product $p q$: the
    square of $\int \sqrt{p q} \,\mathrm{d}x$ is at most $1 - \mathrm{TV}^2$. That integral is the mean
    under $p$ of $\sqrt{q/p}$, and by Jensen's inequality for $\log$ at least $e^{-\mathrm{KL}/2}$.
    """
    joint = [one / 2 * sp.log(one / 2 / (m / 2)) for one in (p, q)]  # p(x, y) over p(x) p(y)
    yield equal("I(x; Y) at a point", sum(joint), m * j(delta), label="jsd-is-mutual-information")
    unknown = -p * sp.log(p / (p + q)) / 2 - q * sp.log(q / (p + q)) / 2  # by D* and 1 - D*
    yield equal("H(Y | x) at a point", unknown, m * LOG_2 - JSD)
    yield equal("JSD at a point", JSD, m * j(delta))
    affinity = m * sp.sqrt(1 - delta**2)
    yield equal("H² at a point", (sp.sqrt(p) - sp.sqrt(q)) ** 2 / 2, m - affinity)
    yield equal("the slope of j", sp.Derivative(j(d), d), L, where=UNIT)
    yield equal("j at d = 1", sp.Limit(j(d), d, 1, "-"), LOG_2)
    for name, (g, quotient, slope) in BELOW.items():
        yield equal(f"{name}: ρ g'", quotient * sp.Derivative(g, d), L, where=UNIT)
        yield equal(f"{name}: the slope of ρ", sp.Derivative(quotient, d), slope, where=UNIT)
    for name, start in (("Δ", sp.Rational(1, 2)), ("H²", 1)):
        yield equal(f"{name}: j/g at d = 0", sp.Limit(j(d) / BELOW[name][0], d, 0, "+"), start)
    rising = sp.Derivative(d / (1 - d**2) - L, d)
    yield equal("the slope of d/(1 - d²) - L", rising, 2 * d**2 / (1 - d**2) ** 2, where=UNIT)
    yield equal("the slope of d - L", sp.Derivative(d - L, d), -(d**2) / (1 - d**2), where=UNIT)
    margin = (4 + 2 * r) / 3 * (r * sp.log(r) - r + 1) - (r - 1) ** 2
    bend = sp.Rational(4, 3) * (1 / r - 1 - sp.log(1 / r))
    yield equal("Pinsker: the bend", sp.Derivative(margin, (r, 2)), bend)
    yield at_most("the logarithm below its tangent", sp.log(r), r - 1)
    yield equal("Pinsker: the slope at r = 1", sp.Subs(sp.Derivative(margin, r), r, 1), 0)


def certify():
    """Quotients of two sides, for light tails and heavy ones, and for nearly equal densities."""
    for name, pair in PAIRS.items():
        for bound, smaller, larger in inequalities(*pair):
            yield at_most(f"{name}: {bound}", smaller / larger, 1)


def check():
    r"""Information by entropies, and the pairs for which bounds are equalities.

    $I(x; Y) = H(x) - H(x \mid Y)$ needs the entropies of $p$, $q$ and $m$ alone. Of $U[0, 1]$ and $U[s,
    1 + s]$, $\mathrm{JSD}$ is $\log 2 \cdot \min(s, 1)$; of coins with $\tfrac12 (1 \pm t)$, $j(t)$.
    """
    for name, pair in PAIRS.items():
        found = 1 + certified.js_divergence(*pair, digits=15)
        yield equal(f"1 + H(x) - H(x | Y), {name}", found, 1 + information(*pair))
    pair = Discrete(("1/5", "3/10", "1/2", 0)), Discrete(("1/2", "3/10", 0, "1/5"))
    found = certified.js_divergence(*pair, digits=15)
    yield equal("H(x) + H(Y) - H(x, Y), on four points", found, by_joint(*pair))
    found = js_divergence(Uniform(0, 1), Uniform(Fraction(1, 3), Fraction(4, 3)))
    yield equal("U[0, 1] and U[1/3, 4/3]", found, LOG_2 / 3)
    coins = Discrete(("4/5", "1/5")), Discrete(("1/5", "4/5"))
    yield equal("two coins, t = 3/5", js_divergence(*coins), j(sp.Rational(3, 5)))


def search(seed):
    r"""Pairs on at most five points: with zeros, nearly equal, disjoint.

    One inequality that is broken would refute the theorem. Both sides are balls.
    """
    pairs = strategies.discrete_pairs(5, equal=False)
    yield survives("bounds", bounds_hold, pairs, label="jsd-bounds", seed=seed, examples=120)


def refute():
    r"""Four mistakes, two of them by other conventions.

    $\mathrm{JSD}$ is not what remains unknown of $Y$, but what $x$ tells. The least cross-entropy is not
    the rate of errors. With the $L^1$ distance $2\,\mathrm{TV}$ in the place of TV the factor 2 is
    wrong. Where $H^2$ is defined without $\tfrac12$, the lower bound is.
    """
    pair = PAIRS["N(0, 1) and N(1, 1)"]
    found, far = js_divergence(*pair), certified.total_variation(*pair, digits=15)
    yield equal("JSD = H(Y | x)", JSD, m * LOG_2 - JSD)
    yield equal("the least cross-entropy is the rate of errors", LOG_2 - found, bayes_error(*pair))
    yield at_least("KL ≥ 2 ‖p - q‖²", certified.kl_divergence(*pair, digits=15), 8 * far * far)
    whole = 2 * certified.squared_hellinger(*pair, digits=15)
    yield at_least("H² without its half", certified.js_divergence(*pair, digits=15), whole * LOG_2)


def figure():
    r"""Left: where $\mathrm{JSD}$ can lie for given TV. Right: the three quotients.

    On the upper edge lie $U[0, 1]$ and $U[s, 1 + s]$, on the lower one two coins. All quotients end at
    $\log 2$, where one of the two densities is 0.
    """
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots(1, 2, figsize=(9.0, 3.8))
    two_panels(*axes)
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

PAIRS = {
    "N(0, 1) and N(1, 1)": (Normal(0, 1), Normal(1, 1)),
    "Laplace(0, 1) and Cauchy(1, 2)": (Laplace(0, 1), Cauchy(1, 2)),
    "N(0, 1) and N(1/50, 1)": (Normal(0, 1), Normal("1/50", 1)),
}


def j(d):
    r"""$\tfrac12 (1 + d) \log(1 + d) + \tfrac12 (1 - d) \log(1 - d)$."""
    return ((1 + d) * sp.log(1 + d) + (1 - d) * sp.log(1 - d)) / 2


def inequalities(p, q, *, overlap=True, finite=True):
    """(name, smaller side, larger side) of each inequality whose sides are finite, in balls."""
    tv, js = certified.total_variation(p, q), certified.js_divergence(p, q)
    square, delta = certified.squared_hellinger(p, q), certified.triangular_discrimination(p, q)
    yield "JSD ≤ log 2 TV", js, tv * LOG_2
    yield "Δ/4 ≤ JSD", delta / 4, js
    yield "JSD ≤ log 2 Δ/2", js, delta * LOG_2 / 2
    yield "log 2 H² ≤ JSD", square * LOG_2, js
    yield "JSD ≤ H²", js, square
    if overlap:
        jensen = ((1 + tv) * (1 + tv).log() + (1 - tv) * (1 - tv).log()) / 2
        yield "j(TV) ≤ JSD", jensen, js
    if finite:
        kl = certified.kl_divergence(p, q)
        yield "2 TV² ≤ KL", 2 * tv * tv, kl
        yield "-log(1 - TV²) ≤ KL", -(1 - tv * tv).log(), kl


def information(p, q):
    """H(x) - H(x | Y) for a fair label."""
    return entropy(Mixture((p, q), ("1/2", "1/2"))) - (entropy(p) + entropy(q)) / 2


def bounds_hold(pair):
    """The largest of the quotients is at most 1."""
    real, fake = (one.weights > 0 for one in pair)
    kinds = {"overlap": np.any(real & fake), "finite": not np.any(real & ~fake)}
    quotients = [(name, small / large) for name, small, large in inequalities(*pair, **kinds)]
    return at_most(*max(quotients, key=lambda one: float(one[1])), 1)


def by_joint(p, q):
    """H(x) + H(Y) - H(x, Y) for two discrete distributions."""
    shares = [np.array(one.exact_weights) / 2 for one in (p, q)]
    mean, joint = Discrete(shares[0] + shares[1]), Discrete(np.concatenate(shares))
    return entropy(mean) + LOG_2 - entropy(joint)


def two_panels(left, right):
    """Draw the range of JSD over TV, and j/g over d for the three g."""
    tv = np.linspace(0, 1, 200)
    low = np.array([float(j(sp.Float(one))) if one < 1 else np.log(2) for one in tv])
    left.plot(tv, np.log(2) * tv, color="C0")
    left.plot(tv, low, color="C2")
    left.plot(tv, tv**2 / 2, color="C5", linestyle="--")
    left.text(0.3, 0.27, r"$\log 2\cdot\mathrm{TV}$", color="C0", ha="right")
    left.text(0.44, 0.2, r"$j(\mathrm{TV})$", color="C2")
    left.text(0.8, 0.2, r"$\mathrm{TV}^2/2$", color="C5")
    left.set(title="JSD for given TV", xlabel=r"total variation $\mathrm{TV}$", xticks=(0, 0.5, 1))
    left.set(
        ylabel=r"$\mathrm{JSD}$, nats", yticks=(0, 0.5, np.log(2)), xlim=(0, 1), ylim=(0, 0.72)
    )
    at = np.linspace(0.001, 0.9999, 400)
    top = ((1 + at) * np.log1p(at) + (1 - at) * np.log1p(-at)) / 2
    right.plot(at, top / (1 - np.sqrt(1 - at**2)), color="C0")
    right.plot(at, top / at**2, color="C2")
    right.plot(at, top / at, color="C3")
    right.text(0.2, 1.02, r"$\mathrm{JSD}/H^2$", color="C0")
    right.text(0.2, 0.53, r"$2\,\mathrm{JSD}/\Delta$", color="C2")
    right.text(0.4, 0.15, r"$\mathrm{JSD}/\mathrm{TV}$", color="C3")
    right.set(title="What one point adds", xlabel=r"difference $d=|p-q|/(p+q)$", xlim=(0, 1))
    right.set(ylabel="quotient", xticks=(0, 0.5, 1), yticks=(0, 0.5, np.log(2), 1), ylim=(0, 1.1))
