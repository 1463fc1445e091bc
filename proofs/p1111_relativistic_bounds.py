r"""The relativistic divergence lies between JSD and twice JSD, and is near the upper end close to $p$.

Statement
---------
The relativistic game measures $d_R(p, q) = \mathrm{JSD}(p \otimes q,\, q \otimes p)$: how well the order
of a pair can be seen, one sample being real and one generated. With $m = (p + q)/2$

$$ \begin{aligned}
   d_R(p, q) &= 2\,\mathrm{JSD}(p, q) - I, \\
   I &= \mathrm{KL}(\tfrac12 (p \otimes q + q \otimes p) \,\|\, m \otimes m) \ge 0, \end{aligned} $$

both samples tell the order, and $I$ is what they tell twice. So

$$\mathrm{JSD}(p, q) \le d_R(p, q) \le \min(\log 2,\, 2\,\mathrm{JSD}(p, q)).$$

$d_R = \mathrm{JSD}$ iff $p = q$ or the two are disjoint; $d_R = 2\,\mathrm{JSD}$ iff $p = q$;
$d_R = \log 2$ iff they are disjoint. With $\Delta = \int \frac{(p - q)^2}{p + q} \,\mathrm{d}x$, for
$p \ne q$,

$$2 - \Delta \le \frac{d_R(p, q)}{\mathrm{JSD}(p, q)} \le 2, \quad \Delta \le 2\,\mathrm{TV}(p, q):$$

near the data the relativistic game is the ordinary one with twice the strength.

Assumes   $p$ and $q$ are densities with respect to one measure; the two samples are independent.
Source    Derived here; [@jolicoeur2020] for relativistic divergences, [@lin1991] for JSD.
"""

from fractions import Fraction

import numpy as np
import sympy as sp

from gantheory import certified
from gantheory.densities import Discrete, Exponential, Mixture, Normal, Product, Uniform
from gantheory.divergences import js_divergence, kl_divergence
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, always, at_least, at_most, equal, rate

theorem = Theorem(
    label="relativistic-bounds",
    title=r"$\mathrm{JSD} \le d_R \le 2\,\mathrm{JSD}$ for the relativistic divergence $d_R$",
    uses=("relativistic", "jsd-data-processing"),
    covers=("relativistic-bounds",),
)

p, q, a, b = sp.symbols("p q a b", positive=True)  # both densities at x (p, q), and at y (a, b)
k, m, w = sp.symbols("k m w", positive=True)  # a ratio; m at x and at y
d, e = sp.symbols("d e", real=True)  # (p - q)/(p + q) at x and at y
LOG_2 = sp.log(2)
REAL_FIRST, FAKE_FIRST = p * b, q * a  # the densities of (x, y) under p ⊗ q and q ⊗ p
MIXED = (REAL_FIRST + FAKE_FIRST) / 2


def derive():
    r"""The identity, then each bound from one inequality at a point.

    For positive $m(x) m(y)$ the logarithms split: under $p \otimes q$ the sample $x$ has the term
    $\log(p/m)$ and $y$ the term $\log(q/m)$. Integrated over the other sample each gives half a
    $\mathrm{JSD}$, four of them together $2\,\mathrm{JSD}$, and the mixture remains, which is $I$.

    With $\delta = (p - q)/(p + q)$ at $x$ and $\delta'$ at $y$ the mixture is
    $m(x) m(y) (1 - \delta \delta')$. Under $m \otimes m$ the mean of $\delta \delta'$ is 0, since
    $\int m \delta = \int (p - q)/2 = 0$, and that of $(\delta \delta')^2$ is $\Delta^2/4$. From
    $k \log k \ge k - 1$ with $k = 1 - \delta \delta'$ follows $I \ge 0$, with equality iff
    $\delta \delta' = 0$ almost everywhere, that is $p = q$. From $\log k \le k - 1$ follows
    $I \le \Delta^2/4$. And $\mathrm{JSD} \ge \Delta/4$: at a point it has
    $\psi(\delta) = \frac12 (1 + \delta) \log(1 + \delta) + \frac12 (1 - \delta) \log(1 - \delta)$, whose
    curvature is $1/(1 - \delta^2) \ge 1$. So $I \le \Delta\,\mathrm{JSD}$.

    Who looks at $x$ alone sees $p$ or $q$: the lower bound is that of data processing. Nothing is lost
    iff $y$ does not change what one says of $x$, that is $p q\,(p' - q') = 0$ for almost all pairs, with
    $p'$ and $q'$ at $y$: either $p = q$, or $p$ and $q$ are disjoint. Last, $d_R$ is a JSD, at most
    $\log 2$, and is so iff $p \otimes q$ and $q \otimes p$ are disjoint, that is iff $p$ and $q$ are.
    """
    pair = [one * sp.log(one / MIXED) / 2 for one in (REAL_FIRST, FAKE_FIRST)]
    single = [REAL_FIRST * sp.log(p / m), FAKE_FIRST * sp.log(q / m)]
    single += [REAL_FIRST * sp.log(b / w), FAKE_FIRST * sp.log(a / w)]
    shared = MIXED * sp.log(MIXED / (m * w))
    yield equal("2 JSD - I at a pair", sum(pair), sum(single) / 2 - shared, label=theorem.label)
    leaning = {p: m * (1 + d), q: m * (1 - d), a: w * (1 + e), b: w * (1 - e)}
    yield equal("the mixture", MIXED.subs(leaning), m * w * (1 - d * e))
    yield at_least("I is not negative", k * sp.log(k), k - 1)
    yield at_most("I is at most Δ²/4", sp.log(k), k - 1)
    yield equal("its mean", (k * (k - 1)).subs(k, 1 - d * e), (d * e) ** 2 - d * e)
    psi = (1 + d) * sp.log(1 + d) / 2 + (1 - d) * sp.log(1 - d) / 2
    inside = {d: (-1, 1)}
    bend = sp.Derivative(psi - d**2 / 2, (d, 2))
    yield equal("JSD and Δ/4: the bend", bend, d**2 / (1 - d**2), where=inside)
    slope = (sp.log(1 + d) - sp.log(1 - d)) / 2
    yield equal("the slope, 0 at p = q", sp.Derivative(psi, d), slope, where=inside)
    apart = REAL_FIRST / (REAL_FIRST + FAKE_FIRST) - p / (p + q)
    yield equal("what y changes", apart, p * q * (b - a) / (2 * MIXED * (p + q)))
    yield always("Δ at most 2 TV", p >= q, (p - q) ** 2 <= (p - q) * (p + q))


def certify():
    r"""The identity on exact weights, and the bounds for normals, in balls.

    $I$ is enclosed as the KL divergence that it is, of distributions on pairs of points, with zeros
    among the weights: a model that misses a tenth of the data, and one that also adds something.
    Disjoint weights reach the lower bound and $\log 2$ at once.
    """
    for name, (real, fake) in DISCRETE.items():
        both = 2 * certified.js_divergence(real, fake, digits=15)
        yield equal(f"I, {name}", both - of_pairs(real, fake), shared_information(real, fake))
    real, fake = Discrete((1, 0)), Discrete((0, 1))
    yield equal("disjoint: d_R", of_pairs(real, fake), certified.log(2))
    yield equal("disjoint: JSD", certified.js_divergence(real, fake), certified.log(2))
    for shift in ("1/10", "1", "4"):
        pair = Normal(0, 1), Normal(shift, 1)
        found, jsd = of_pairs(*pair), certified.js_divergence(*pair, digits=15)
        slack = certified.triangular_discrimination(*pair, digits=15) * jsd
        yield at_least(f"JSD at most d_R, shift {shift}", found, jsd)
        yield at_most(f"d_R at most 2 JSD, shift {shift}", found, 2 * jsd)
        yield at_least(f"(2 - Δ) JSD at most d_R, shift {shift}", found, 2 * jsd - slack)


def check():
    r"""The identity by integrals over the plane, and the ratio near the data.

    For exponential densities of rates 1 and 2 we have $d_R = (1 - \log 2)/3$, and for $U[0, 1]$ and
    $U[s, 1 + s]$, where only pairs from the overlap are ties, $s (2 - s) \log 2$. For two pairs of
    normals $I$ is integrated over the plane and compared with $2\,\mathrm{JSD} - d_R$. For
    $\mathcal{N}(\mu, 1)$ and $\mathcal{N}(0, 1)$ the distance of $d_R/\mathrm{JSD}$ from 2 is of order
    $\mu^2$, as $\Delta$ is.
    """
    yield equal("d_R, rates 1 and 2", plane_value(*RATES), (1 - LOG_2) / 3)
    third = Fraction(1, 3)
    overlap = plane_value(Uniform(0, 1), Uniform(third, 1 + third))
    yield equal("d_R, U[0, 1] and U[1/3, 4/3]", overlap, Fraction(5, 9) * LOG_2)
    for name, pair in NORMALS.items():
        left = 2 * js_divergence(*pair) - plane_value(*pair)
        yield equal(f"I, {name}", left, shared_in_plane(*pair))
    shifts = [2.0**-power for power in range(1, 6)]
    yield rate("2 - d_R/JSD for a shift of μ", shifts, [missing(shift) for shift in shifts], 2)


def search(seed):
    r"""Random distributions on up to four points, with zeros, nearly equal, or disjoint.

    A pair refutes the statement if $d_R$, in balls, leaves the interval from $\mathrm{JSD}$ to
    $2\,\mathrm{JSD}$, or comes below $(2 - \Delta)\,\mathrm{JSD}$.
    """
    drawn = strategies.discrete_pairs(4, equal=False)
    yield survives("the bounds", within, drawn, seed=seed, examples=150)


def refute():
    r"""Five mistakes.

    "Two samples tell twice as much": only what they do not share. "A comparison is harder than a
    decision": it is never worse. The factor in $2 - \Delta$ cannot be halved: if a tenth of the data is
    missed the ratio is below $2 - \Delta/2$. That $d_R = \mathrm{JSD}$ shows $p = q$: disjoint densities
    have it too. And the mixture of the two orders is not $m \otimes m$, though both samples have the
    density $m$.
    """
    missed = DISCRETE["a tenth missed"]
    jsd, found = certified.js_divergence(*missed, digits=15), of_pairs(*missed)
    yield equal("d_R is twice JSD", found, 2 * jsd)
    yield at_most("d_R is at most JSD", found, jsd)
    slack = certified.triangular_discrimination(*missed, digits=15) * jsd
    yield at_least("(2 - Δ/2) JSD is at most d_R", found, 2 * jsd - slack / 2)
    apart = of_pairs(Discrete((1, 0)), Discrete((0, 1)))
    yield at_most("where d_R is JSD it is small", apart, Fraction(1, 10))
    yield equal("the mixture is m ⊗ m", MIXED, (p + q) / 2 * (a + b) / 2)


def figure():
    r"""Both divergences for two families, from $q = p$ at the left to disjoint at the right.

    Both lie between $\mathrm{JSD}$ and $2\,\mathrm{JSD}$, leave 0 along the upper line and reach
    $\log 2$ where the lower one does. The families: $U[0, 1]$ and $U[s, 1 + s]$, and a model that misses
    a share of the data.
    """
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots(figsize=(6.9, 4.2))
    draw_families(axes)
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

RATES = Exponential(1), Exponential(2)
NORMALS = {
    "N(0, 1) and N(0, 2²)": (Normal(0, 1), Normal(0, 2)),
    "N(0, 1) and N(1, 1)": (Normal(0, 1), Normal(1, 1)),
}
DISCRETE = {
    "a tenth missed": (Discrete(("0.1", "0.9")), Discrete((0, 1))),
    "missed and added": (Discrete(("0.5", "0.3", "0.2", 0)), Discrete((0, "0.4", "0.1", "0.5"))),
    "three points": (Discrete(("0.5", "0.3", "0.2")), Discrete(("0.2", "0.3", "0.5"))),
}


def orders(real, fake):
    """The distributions of a pair, real sample first and generated sample first."""
    if isinstance(real, Discrete):
        one, other = real.exact_weights, fake.exact_weights
        rows = [
            (r * f, f_first * r_last)
            for r, f_first in zip(one, other, strict=True)
            for f, r_last in zip(other, one, strict=True)
        ]
        return [Discrete(side) for side in zip(*rows, strict=True)]
    return Product(real, fake), Product(fake, real)


def of_pairs(real, fake):
    """d_R as a ball."""
    return certified.js_divergence(*orders(real, fake), digits=15)


def plane_value(real, fake):
    """d_R by an integral over the plane."""
    return js_divergence(*orders(real, fake))


def shared_information(real, fake):
    """I as a ball, for distributions on points."""
    first, last = (one.exact_weights for one in orders(real, fake))
    mixed = Discrete([(r + f) / 2 for r, f in zip(first, last, strict=True)])
    mean = [(r + f) / 2 for r, f in zip(real.exact_weights, fake.exact_weights, strict=True)]
    alone = Discrete([one * other for one in mean for other in mean])
    return certified.kl_divergence(mixed, alone, digits=15)


def shared_in_plane(real, fake):
    """I by an integral over the plane: m ⊗ m is a mixture of all four products."""
    mixed = orders(real, fake)
    alone = (*mixed, Product(real, real), Product(fake, fake))
    return kl_divergence(Mixture(mixed, ("1/2",) * 2), Mixture(alone, ("1/4",) * 4))


def missing(shift):
    """2 - d_R/JSD for N(0, 1) and N(shift, 1), from balls."""
    pair = Normal(0, 1), Normal(shift, 1)
    return 2 - of_pairs(*pair) / certified.js_divergence(*pair, digits=15)


def within(pair):
    """JSD ≤ d_R ≤ 2 JSD and (2 - Δ) JSD ≤ d_R."""
    exact = {"digits": 50}  # what is left to the bounds may be 10^-24 of the value
    found = certified.js_divergence(*orders(*pair), **exact)
    jsd = certified.js_divergence(*pair, **exact)
    yield at_least("JSD ≤ d_R", found, js_divergence(*pair))  # equal for disjoint distributions
    yield at_most("d_R ≤ 2 JSD", found, 2 * jsd)
    slack = certified.triangular_discrimination(*pair, **exact) * jsd
    yield at_least("(2 - Δ) JSD ≤ d_R", found, 2 * jsd - slack)


def draw_families(axes):
    """d_R against JSD."""
    log_2, shares = np.log(2), np.linspace(0, 1, 101)[1:]
    axes.plot([0, log_2], [0, log_2], color="C6")
    axes.plot([0, log_2 / 2, log_2], [0, log_2, log_2], color="C6")
    axes.text(0.5, 0.44, r"$d_R = \mathrm{JSD}$", color="C5")
    axes.text(0.06, 0.6, r"$d_R = \min(\log 2, 2\,\mathrm{JSD})$", color="C5")
    axes.plot(shares * log_2, shares * (2 - shares) * log_2, "C0-")
    axes.annotate("uniforms", (0.36, 0.62), color="C0")
    missed = [(Discrete((s, 1 - s)), Discrete((0, 1))) for s in shares]
    axes.plot(
        [float(js_divergence(*pair).value) for pair in missed],
        [float(plane_value(*pair).value) for pair in missed],
        "C3-.",
    )
    axes.annotate("missed", (0.41, 0.505), color="C3")
    axes.set(title="A pair tells more than one sample, and less than two", xlim=(0, 0.72))
    axes.set(xlabel=r"$\mathrm{JSD}(p, q)$, nats", ylabel="relativistic divergence $d_R$, nats")
    axes.set(xticks=(0, 0.25, 0.5, log_2), yticks=(0, 0.25, 0.5, log_2), ylim=(0, 0.75))
