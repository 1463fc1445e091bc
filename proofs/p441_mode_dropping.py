r"""What it costs to drop modes, and to invent some: the two generator losses judge differently.

Statement
---------
Let the model be the data, but for a part that it never produces: $q = p/r$ on a set of data mass $r$,
with $0 < r < 1$, and $q = 0$ elsewhere. With 8 equal modes, of which 4 are kept, $r = \tfrac12$. Then

$$\begin{aligned}
2\,\mathrm{JSD}(p, q) &= 2 \log 2 - (1 + r) \log(1 + r) + r \log r, \\
2\,\mathrm{KL}(m \,\|\, p) &= -\log r - 2\,\mathrm{JSD}(p, q), \qquad m = \tfrac12 (p + q), \\
\mathrm{KL}(q \,\|\, p) &= -\log r, \quad \mathrm{KL}(p \,\|\, q) = \infty, \quad \mathrm{TV} = 1 - r.
\end{aligned}$$

The second one is the divergence of the non-saturating loss. A missing part of small mass $\varepsilon$
costs $\varepsilon \log 2$ with the minimax loss and $\varepsilon\,(1 - \log 2)$ with this one, less than
half of it, and it costs less for all $r \ge \tfrac12$. The opposite fault is a model that covers the
data and puts a share of its samples where there are none. Then JSD is the same with $p$ and $q$
exchanged, and $2\,\mathrm{KL}(m \,\|\, p)$ is infinite. On the kept part $D^* = \frac{r}{1 + r}$ is
constant: against $D^*$ no sample gets a gradient, and nothing brings the missing modes back.

Assumes   Modes that do not overlap; for the last sentence a gradient through the samples, $D$ fixed.
Source    [@goodfellow2014] for the criterion, [@shannon2020] for the other one; computed here.
"""

import math
from fractions import Fraction

import numpy as np
import sympy as sp

from gantheory import certified
from gantheory.densities import Discrete, Mixture, Normal
from gantheory.divergences import js_divergence, kl_divergence, total_variation
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal

theorem = Theorem(
    label="mode-dropping",
    title=r"Dropped modes: $2\,\mathrm{JSD} = 2 \log 2 - (1 + r) \log(1 + r) + r \log r$",
    uses=("ns-divergence",),
    covers=("mode-dropping",),
)

p, q, r = sp.symbols("p q r", positive=True)  # densities at one point; the share that is kept
UNIT, LOG_2 = {r: (0, 1)}, sp.log(2)
TWICE_JSD = p * sp.log(2 * p / (p + q)) + q * sp.log(2 * q / (p + q))
TWICE_KL = (p + q) * sp.log((p + q) / (2 * p))  # the integrand of 2 KL(m‖p)
DROPPED = 2 * LOG_2 - (1 + r) * sp.log(1 + r) + r * sp.log(r)  # 2 JSD
OTHER = -sp.log(r) - DROPPED  # 2 KL(m‖p)


def over_both(integrand):
    """The integral, by one kept point and one missing one, of data mass 1 each."""
    kept = integrand.subs(q, p / r).subs(p, 1)
    return r * kept + (1 - r) * sp.Limit(integrand.subs(p, 1), q, 0, "+")


def derive():
    r"""Two kinds of points, $q = p/r$ and $q = 0$, of the data mass $r$ and $1 - r$.

    The integrands are homogeneous, so that a point counts by its data mass. Where $q = 0$ they have the
    values $p \log 2$ for $2\,\mathrm{JSD}$, $-p \log 2$ for $2\,\mathrm{KL}(m \,\|\, p)$, and 0 for
    $\mathrm{KL}(q \,\|\, p)$; that of $\mathrm{KL}(p \,\|\, q)$ is infinite.

    In the missing mass $1 - r$ the slopes at $r = 1$ are $\log 2$ and $1 - \log 2$. Let $g$ be the
    difference of the two divergences, minimax less non-saturating. It is concave in $r$, 0 at $r = 1$,
    and positive at $r = \tfrac12$: so it is not negative between them. For small $r$ it is: JSD is
    bounded and the other one is not.

    For the opposite fault exchange $p$ and $q$: where $p = 0 < q$ the integrand of $2\,\mathrm{JSD}$ is
    $q \log 2$, and that of $2\,\mathrm{KL}(m \,\|\, p)$ grows beyond all bounds as $p$ tends to 0.
    """
    yield equal("2 JSD", over_both(TWICE_JSD), DROPPED, where=UNIT, label="mode-dropping")
    yield equal("2 KL(m‖p)", over_both(TWICE_KL), OTHER, where=UNIT)
    yield equal("KL(q‖p)", over_both(q * sp.log(q / p)), -sp.log(r), where=UNIT)
    distance = r * (1 / r - 1) / 2 + (1 - r) / 2
    yield equal("TV", distance, 1 - r, where=UNIT)
    yield equal("D* on the kept part", (p / (p + q)).subs(q, p / r), r / (1 + r))
    slope = sp.log(r / (1 + r))
    yield equal("the slope of 2 JSD", sp.Derivative(DROPPED, r), slope)
    yield equal("a small loss: 2 JSD", -sp.Limit(slope, r, 1, "-"), LOG_2)
    yield equal("the slope of 2 KL(m‖p)", sp.Derivative(OTHER, r), -1 / r - slope)
    yield equal("a small loss: 2 KL(m‖p)", -sp.Limit(-1 / r - slope, r, 1, "-"), 1 - LOG_2)
    bend = (r - 1) / (r**2 * (1 + r))
    yield equal("the bend of g", sp.Derivative(DROPPED - OTHER, (r, 2)), bend)
    yield equal("g at r = 1", sp.Limit(DROPPED - OTHER, r, 1, "-"), 0)
    yield equal("where p = 0: 2 JSD", sp.Limit(TWICE_JSD, p, 0, "+"), q * LOG_2)
    yield equal("where p = 0: 2 KL(m‖p)", sp.Limit(TWICE_KL, p, 0, "+"), sp.oo)


def certify():
    r"""Half of the modes, in balls, and modes that do overlap a little.

    At $r = \tfrac12$ the minimax loss is charged more, at $\tfrac1{20}$ less. Four normal modes, 6
    widths apart, of which two are kept, stay below the formula, since noise on the points of separate
    modes is a channel; and they miss it by less than $\tfrac1{100}$.
    """
    for count, sign in ((2, 1), (20, -1)):
        whole, part = Discrete([Fraction(1, count)] * count), Discrete([1] + [0] * (count - 1))
        gap = 4 * certified.js_divergence(whole, part) - certified.kl_divergence(part, whole)
        yield at_least(f"r = 1/{count}: {sign} g", sign * gap, Fraction(1, 10))
    modes = [Normal(6 * i, 1) for i in range(4)]
    data, model = Mixture(modes, ["1/4"] * 4), Mixture(modes[::2], ["1/2"] * 2)
    found = 2 * certified.js_divergence(data, model, digits=10)
    yield at_most("normal modes: below the formula", found, closed(Fraction(1, 2)))
    yield at_least("normal modes: near it", found, closed(Fraction(1, 2)) - Fraction(1, 100))


def check():
    r"""Eight equal modes, of which 1 to 7 are kept, summed over the modes.

    The three divergences and TV of the package, beside the formulas. $\mathrm{KL}(p \,\|\, q)$ is
    infinite, and so is $2\,\mathrm{KL}(m \,\|\, p)$ for a model with modes that the data do not have.
    """
    whole = Discrete([Fraction(1, 8)] * 8)
    for count in (1, 4, 7):
        share = sp.Rational(count, 8)
        part = Discrete([Fraction(1, count)] * count + [0] * (8 - count))
        found = 2 * js_divergence(whole, part)
        yield equal(f"{count} of 8 modes: 2 JSD", found, DROPPED.subs(r, share))
        yield equal(f"{count} of 8 modes: KL(q‖p)", kl_divergence(part, whole), -sp.log(share))
        missing = kl_divergence(middle(whole, part), whole)
        yield equal(f"{count} of 8 modes: 2 KL(m‖p)", 2 * missing, OTHER.subs(r, share))
        yield equal(f"{count} of 8 modes: TV", total_variation(whole, part), 1 - share)
        yield equal(f"{count} of 8 modes: KL(p‖q)", kl_divergence(whole, part), sp.oo)
        invented = kl_divergence(middle(part, whole), part)
        yield equal(f"{8 - count} of 8 modes invented: KL(m‖p)", invented, sp.oo)


def search(seed):
    r"""Data on six points with any weights, and any of the points dropped.

    $2\,\mathrm{JSD}$ depends on the kept mass alone. A set of points with another value would refute it.
    """
    rows = strategies.markov_kernels(2, 6)
    yield survives("2 JSD by the kept mass", by_the_mass, rows, seed=seed, examples=130)


def refute():
    r"""Five beliefs.

    That the cost of missing modes is in proportion to their mass: JSD is convex, so half of the modes
    cost less than half of $2 \log 2$. That the non-saturating loss avoids missing modes as maximum
    likelihood does, which charges $\infty$. That it is always the milder one. That $D^* = \tfrac12$
    where data and model agree in shape. And that the order of $p$ and $q$ does not matter to it.
    """
    half = {r: sp.Rational(1, 2)}
    yield equal("half of the modes, half of the cost", DROPPED.subs(half) + r, LOG_2 + r)
    whole, part = Discrete(("1/2", "1/2")), Discrete((1, 0))
    missing = 2 * kl_divergence(middle(whole, part), whole)
    yield equal("2 KL(m‖p) as maximum likelihood", missing, kl_divergence(whole, part))
    whole, part = Discrete([Fraction(1, 20)] * 20), Discrete([1] + [0] * 19)
    gap = 4 * certified.js_divergence(whole, part) - certified.kl_divergence(part, whole)
    yield at_least("g at r = 1/20", gap, 0)
    yield equal("D* = 1/2 on the kept part", (p / (p + q)).subs(q, p / r), half[r])
    yield equal("dropped or invented", missing, 2 * kl_divergence(middle(part, whole), part))


def figure():
    r"""The three finite divergences, over the share of the modes that is kept.

    Near $r = 1$ the non-saturating loss is charged least for a missing mode. At $r \approx 0.16$ the two
    cross, and only JSD stays finite when all is lost.
    """
    from matplotlib import pyplot as plt

    share = np.linspace(0.004, 1, 400)
    jsd = 2 * math.log(2) - (1 + share) * np.log1p(share) + share * np.log(share)
    fig, axes = plt.subplots(figsize=(6.9, 3.8))
    axes.plot(share, jsd, color="C0")
    axes.plot(share, -np.log(share), color="C3")
    axes.plot(share, -np.log(share) - jsd, color="C2")
    axes.text(0.45, 0.62, r"$2\,\mathrm{JSD}$", color="C0")
    axes.text(0.25, 1.45, r"$\mathrm{KL}(q\,\|\,p)$", color="C3")
    axes.text(0.3, 0.2, r"$2\,\mathrm{KL}(m\,\|\,p)$", color="C2", ha="right")
    axes.set(title="The cost of missing modes", xlim=(0, 1), ylim=(0, 2.2))
    axes.set(xlabel="share $r$ of the data that is kept", xticks=(0, 0.5, 1))
    axes.set(ylabel="divergence, nats", yticks=(0, math.log(2), math.log(4), 2))
    return fig


# --- how the numbers are made ---------------------------------------------------------------------


def closed(share):
    """2 JSD by the formula, in balls."""
    kept = (1 + share) * certified.log(1 + share) - share * certified.log(share)
    return certified.log(4) - kept


def middle(p, q):
    """The even mixture of two discrete distributions."""
    pairs = zip(p.exact_weights, q.exact_weights, strict=True)
    return Discrete([(one + other) / 2 for one, other in pairs])


def by_the_mass(rows):
    """2 JSD of data and of what is left of them, beside the formula; half of the points are kept."""
    shares = [Fraction(float(one)) + Fraction(1, 100) for one in rows[0]]
    data = [one / sum(shares) for one in shares]
    order = sorted(range(6), key=lambda i: rows[1][i])
    mass = sum(data[i] for i in order[:3])
    model = [one / mass if i in order[:3] else 0 for i, one in enumerate(data)]
    return equal("2 JSD", 2 * js_divergence(Discrete(data), Discrete(model)), closed(mass))
