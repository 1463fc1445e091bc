r"""Two divergences: how small they are, how large, and when they vanish.

Statement
---------
For densities $p$ and $q$, with $m = \frac{p + q}{2}$, let

$$\mathrm{KL}(p \,\|\, q) = \int p \log\frac{p}{q}\,\mathrm{d}x, \quad
  \mathrm{JSD}(p, q) = \frac{1}{2} \mathrm{KL}(p \,\|\, m) + \frac{1}{2} \mathrm{KL}(q \,\|\, m).$$

Then

$$0 \le \mathrm{KL}(p \,\|\, q) \le \infty, \quad 0 \le \mathrm{JSD}(p, q) \le \log 2, \quad
  2\,\mathrm{JSD}(p, q) \le \mathrm{KL}(p \,\|\, q),$$

and each of the two is zero only if $p = q$ almost everywhere. $\mathrm{JSD}$ is symmetric,
$\mathrm{KL}$ in general is not. $\mathrm{JSD}$ is $\log 2$ exactly for disjoint supports.

Assumes   $p$ and $q$ are densities with respect to one measure; $0 \log 0 = 0$; $\log$ is natural.
Source    [@kullback1951]; [@lin1991]; [@goodfellow2014, Theorem 1], in its proof.
"""

from fractions import Fraction

import numpy as np
import sympy as sp

from gantheory import certified
from gantheory.densities import Cauchy, Discrete, Exponential, Laplace, Mixture, Normal, Uniform
from gantheory.divergences import js_divergence, kl_divergence
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, always, at_least, at_most, equal

theorem = Theorem(
    label="kl-jsd-definitions-and-positivity",
    title=r"$0 \le \mathrm{KL} \le \infty$, $0 \le \mathrm{JSD} \le \log 2$, and zero only for $p = q$",
    covers=("kl-jsd-definitions-and-positivity",),
    errata=(
        r"[@annotated2017] infers that $\mathrm{JSD} = 0$ only for $p = q$ from the metric property. It "
        r"is not needed: $\mathrm{KL}(p \,\|\, m) = 0$ forces $p = m$.",
    ),
)

# p, q: the two densities at one point, m their mean there; u: their ratio p/q
p, q, u = sp.symbols("p q u", positive=True)
m = (p + q) / 2
TWICE_JSD = p * sp.log(p / m) + q * sp.log(q / m)  # what the point adds to 2 JSD
GAP = p * sp.log(1 + q / p) + q * sp.log(1 + p / q)  # what it lacks of (p + q) log 2
t, mu = sp.symbols("t mu", real=True)  # t: a number in (-1, 1), or a point of the line; mu: a mean
LOG_2, HALF = sp.log(2), sp.Rational(1, 2)


def derive():
    r"""Everything follows from $\log u \le u - 1$.

    Put $\frac{1}{u}$ for $u$ and multiply by $u$: $u \log u \ge u - 1$. With $u = \frac{p}{q}$ this
    says that at every point $p \log\frac{p}{q} \ge p - q$. The integral of the right side is $0$,
    so $\mathrm{KL}(p \,\|\, q) \ge 0$. Equality needs $u \log u = u - 1$ almost everywhere. The
    difference $u \log u - u + 1$ has the derivative $\log u$: it falls up to $u = 1$ and rises from
    there, so it is zero at $u = 1$ alone.

    $\mathrm{JSD}$ is half a sum of two such divergences, so it is at least $0$. How fast it grows
    is seen from $t = \frac{p - q}{p + q}$, with which $p = (1 + t) m$ and $q = (1 - t) m$. A point
    adds $m \left[(1 + t) \log(1 + t) + (1 - t) \log(1 - t)\right]$ to $2\,\mathrm{JSD}$, and the
    bracket is at least $t^2$: half of it is 0 at $t = 0$, without slope, and bends by
    $\frac{1}{1 - t^2} \ge 1$. Hence $\mathrm{JSD} \ge \frac{1}{4} \int \frac{(p - q)^2}{p + q}\,
    \mathrm{d}x$, which is zero for $p = q$ alone. $\mathrm{KL}(p \,\|\, q)$ exceeds
    $2\,\mathrm{JSD}$ by another divergence, $2\,\mathrm{KL}(m \,\|\, q) \ge 0$.

    From above: what is missing from $\log 2$ is the integral of half of
    $p \log(1 + \frac{q}{p}) + q \log(1 + \frac{p}{q})$. Where $q = 0$ or $p = 0$ this is nothing.
    Elsewhere each term is at least $\frac{pq}{p + q}$, which is positive, by $u \log u \ge u - 1$
    with $u = 1 + \frac{q}{p}$ or $1 + \frac{p}{q}$. So $\mathrm{JSD} = \log 2$ exactly for disjoint
    supports. Last, a closed form: the integrand is a multiple of the density, and a slope.
    """
    yield at_most("the logarithm below its tangent", sp.log(u), u - 1)
    yield at_least("the integrand of KL", u * sp.log(u), u - 1)
    yield equal("the slope of the difference", sp.Derivative(u * sp.log(u) - u + 1, u), sp.log(u))
    half = ((1 + t) * sp.log(1 + t) + (1 - t) * sp.log(1 - t)) / 2
    yield equal("2 JSD by t", TWICE_JSD, (p + q) * half.subs(t, (p - q) / (p + q)))
    yield equal("half of the bracket at t = 0", sp.Subs(half**2 + sp.diff(half, t) ** 2, t, 0), 0)
    bend = 1 / (1 - t**2)
    yield equal("how it bends", sp.Derivative(half, (t, 2)), bend, where={t: (-1, 1)})
    yield always("a square below it", True, bend >= 1, where={t: (-1, 1)})
    yield equal("KL and 2 JSD + 2 KL(m‖q)", p * sp.log(p / q), TWICE_JSD + 2 * m * sp.log(m / q))
    yield equal("what is missing from log 2", (p + q) * LOG_2 - TWICE_JSD, GAP)
    yield at_least("it is not negative", GAP, 0)
    share = sp.log(1 + u) / u + sp.log(1 + 1 / u)  # u = p/q grows as q tends to 0
    yield equal("as a share of p", GAP.subs(q, p / u), p * share)
    yield equal("it is nothing where q = 0", sp.Limit(share, u, sp.oo), 0)
    yield equal("p (u - 1)/u, u = 1 + q/p", p * ((u - 1) / u).subs(u, 1 + q / p), p * q / (p + q))
    gaussian = sp.exp(-(t**2) / 2) / sp.sqrt(2 * sp.pi)
    log_ratio = LOG_2 - t**2 / 2 + (t - mu) ** 2 / 8
    rest = gaussian * (2 * mu + 3 * t) / 8
    found = (LOG_2 + (1 + mu**2) / 8 - HALF) * gaussian + sp.Derivative(rest, t)
    yield equal("KL of N(0, 1) from N(μ, 2²)", gaussian * log_ratio, found)
    yield equal("the rest at the ends", sp.Limit(rest, t, sp.oo) - sp.Limit(rest, t, -sp.oo), 0)


def certify():
    r"""The definition and both bounds in balls, for eight pairs.

    $\mathrm{JSD}$ is computed by an integrand of its own, which does not cancel where
    $p \approx q$; here it is compared with the definition, where $m$ is a density and the two
    divergences from it are integrated one by one. The pairs include two Gaussians with means
    $\frac{1}{1000}$ apart, for which $\mathrm{JSD}$ is near its lower bound
    $\frac{1}{4} \int \frac{(p - q)^2}{p + q}\,\mathrm{d}x$, and two disjoint densities, for which
    it is $\log 2$.
    """
    quarter = (p - q) ** 2 / (p + q) / 4
    for name, pair in PAIRS.items():
        mean = Mixture(pair, (0.5, 0.5))
        found = certified.js_divergence(*pair)
        parts = [certified.kl_divergence(one, mean) for one in pair]
        yield equal(f"{name}: the definition", found, sum(parts) / 2)
        yield at_most(f"{name}: log 2 above", found, LOG_2)
        below = certified.integral(quarter, *pair, bound=(1, 1))
        yield at_least(f"{name}: the square below", found, below)


def check():
    r"""Quadrature beside closed forms of $\mathrm{KL}$.

    For two Gaussians, $\mathrm{KL}(\mathcal{N}(\mu, s^2) \,\|\, \mathcal{N}(\nu, w^2)) =
    \log\frac{w}{s} + \frac{s^2 + (\mu - \nu)^2}{2 w^2} - \frac{1}{2}$; five of them are computed,
    with shifts and widths of all sizes. Two exponential densities show that $\mathrm{KL}$ is not
    symmetric; for two Cauchy densities it is. $\mathrm{JSD}$ always is: one order by quadrature and one
    in balls, for the eight pairs and for one with points of weight 0.
    """
    for name, (pair, closed) in closed_forms().items():
        yield equal(name, kl_divergence(*pair), closed)
    points = Discrete(("1/2", "1/2", 0)), Discrete((0, "1/3", "2/3"))
    for name, (one, other) in (PAIRS | {"three points": points}).items():
        found = certified.js_divergence(other, one, digits=15)
        yield equal(f"{name}: symmetric", js_divergence(one, other), found)


def search(seed):
    r"""Random pairs outside the bounds would refute the theorem.

    Densities on the line are drawn: overlapping, nearly equal, far apart, disjoint, with heavy tails.
    """
    every, name = strategies.density_pairs(), "0 < JSD ≤ log 2 and 2 JSD ≤ KL"
    yield survives(name, in_range, every, seed=seed, examples=108, label=theorem.label)


def refute():
    r"""Mistakes about the definition and about the inequality.

    $\mathrm{KL}$ is called a distance and taken to be symmetric, or exchanged with its reverse in a
    formula. The halves in $\mathrm{JSD}$ are forgotten, or it is taken for the mean of the two
    $\mathrm{KL}$ without the mixture. That $\mathrm{KL}$ is not negative is read as a property of
    its integrand, which is negative wherever $p < q$. The bound $\log 2$ is $1$ in bits, and only
    there. Last, for nearby densities $\mathrm{KL}$ is about $4\,\mathrm{JSD}$, as the figure shows;
    $4\,\mathrm{JSD} \le \mathrm{KL}$ does not follow.
    """
    pair = PAIRS["N(0, 1) and N(1, 2²)"]
    found, mean = certified.js_divergence(*pair), Mixture(pair, (0.5, 0.5))
    forth, back = certified.kl_divergence(*pair), certified.kl_divergence(*pair[::-1])
    yield equal("KL symmetric", forth, back)
    whole = sum(certified.kl_divergence(one, mean) for one in pair)
    yield equal("JSD without its halves", found, whole)
    yield equal("JSD as the mean of both KL", found, (forth + back) / 2)
    yield at_least("the integrand of KL never negative", p * sp.log(p / q), 0)
    yield equal("1 for disjoint supports", certified.js_divergence(Uniform(0, 1), Uniform(2, 3)), 1)
    yield equal("p and q exchanged in KL", kl_divergence(*pair), 2 - LOG_2)
    yield survives("4 JSD ≤ KL", four_times, strategies.density_pairs(), examples=200)


def figure():
    r"""Both divergences of $\mathcal{N}(0, 1)$ and $\mathcal{N}(\mu, 1)$ over the shift.

    $\mathrm{KL} = \frac{\mu^2}{2}$ grows without bound. $\mathrm{JSD}$ begins as $\frac{\mu^2}{8}$,
    leaves the parabola and approaches $\log 2$.
    """
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots()
    growing(axes)
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
    "Exp(1) and Exp(3)": (Exponential(1), Exponential(3)),
    "U[0, 1] and U[2, 3], disjoint": (Uniform(0, 1), Uniform(2, 3)),
}


def closed_forms():
    """((p, q), KL) by name."""
    slow, fast, cauchy = Exponential(1), Exponential(2), (Cauchy(0, 1), Cauchy(1, 3))
    forms = {
        "Exp(1) and Exp(2)": ((slow, fast), 1 - LOG_2),
        "Exp(2) and Exp(1)": ((fast, slow), LOG_2 - HALF),
        "Cauchy(0, 1) and Cauchy(1, 3)": (cauchy, sp.log(sp.Rational(17, 12))),
        "Cauchy(1, 3) and Cauchy(0, 1)": (cauchy[::-1], sp.log(sp.Rational(17, 12))),
    }
    for row in ((0, 1, 1, 1), (0, 1, 1, 2), (1, 2, 0, 1), (-3, "1/2", 4, 3), (0, 1, 0, 100)):
        mean, scale, other, width = (Fraction(number) for number in row)
        squares = (scale**2 + (mean - other) ** 2) / (2 * width**2)
        pair = (Normal(mean, scale), Normal(other, width))
        name = f"N({mean}, {scale}²) and N({other}, {width}²)"
        forms[name] = (pair, sp.log(width / scale) + squares - HALF)
    return forms


def in_range(pair):
    """The three inequalities for one pair."""
    found = js_divergence(*pair)
    yield at_least("JSD > 0", found, 0)
    yield at_most("JSD ≤ log 2", found, LOG_2)
    yield at_most("2 JSD ≤ KL(p‖q)", 2 * found, kl_divergence(*pair))


def four_times(pair):
    """4 JSD ≤ KL(p‖q)."""
    return at_most("4 JSD ≤ KL(p‖q)", 4 * js_divergence(*pair), kl_divergence(*pair))


def growing(axes):
    """Draw KL and JSD over the shift."""
    shifts = np.linspace(0, 5, 101)
    axes.axhline(np.log(2), color="C5", linewidth=1, linestyle="--")
    axes.plot(shifts, shifts**2 / 2, color="C2")
    axes.plot(shifts, js_divergence(Normal(0, 1), Normal(shifts, 1)).value, color="C0")
    axes.plot(shifts, shifts**2 / 8, color="C0", linewidth=1, linestyle=":")
    high = np.log(2) + 0.03
    axes.annotate("disjoint supports", (5, high), ha="right", color="C5")
    axes.annotate(r"$\mathrm{KL}=\mu^2/2$", (1.78, 1.28), color="C2")
    axes.annotate(r"$\mathrm{JSD}$", (2.75, 0.4), color="C0")
    axes.annotate(r"$\mu^2/8$", (3.25, 1.13), color="C0")
    axes.set(xlabel=r"shift $\mu$ of the model $N(\mu, 1)$", ylabel="divergence, nats")
    axes.set(xlim=(0, 5), ylim=(0, 1.4), xticks=range(6), yticks=(0, np.log(2), 1))
    axes.set_title("KL has no bound, JSD stays below log 2")
