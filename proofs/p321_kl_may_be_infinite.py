r"""The Kullback–Leibler divergence may be infinite; the Jensen–Shannon divergence never is.

Statement
---------
If $p$ has mass where $q$ has none, then $\mathrm{KL}(p \,\|\, q) = +\infty$. It may be infinite on
equal supports, too: for the Cauchy density $p$ and $q = \mathcal{N}(0, 1)$ the tails of $p$
outweigh the logarithm of the Gaussian. Infinity of $\mathrm{KL}(p \,\|\, q)$ says nothing of
$\mathrm{KL}(q \,\|\, p)$.

$\mathrm{JSD}(p, q)$ is at most $\log 2$ for every pair, because the mixture $m = \frac{p + q}{2}$
has mass wherever $p$ has: $\frac{p}{m} \le 2$.

Assumes   $p$ and $q$ are densities with respect to one measure; $0 \log 0 = 0$; $\log$ is natural.
Source    [@kullback1951]; [@lin1991].
"""

import numpy as np
import sympy as sp

from gantheory import certified
from gantheory.densities import Cauchy, Discrete, Normal, Pushforward, Uniform, maps
from gantheory.divergences import js_divergence, kl_divergence
from gantheory.evidence import pointwise
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_most, equal, increasing

theorem = Theorem(
    label="kl-may-be-infinite",
    title=r"$\mathrm{KL}(p \,\|\, q)$ may be $+\infty$, where $\mathrm{JSD}(p, q) \le \log 2$",
    uses=("kl-jsd-definitions-and-positivity",),
    covers=("kl-may-be-infinite",),
)

p, q = sp.symbols("p q", positive=True)  # the two densities at one point
m = (p + q) / 2
x = sp.Symbol("x", positive=True)  # a point of the right half of the line
LOG_2 = sp.log(2)
TWICE_JSD = p * sp.log(p / m) + q * sp.log(q / m)  # at one point
CAUCHY = 1 / (sp.pi * (1 + x**2))
TAIL = CAUCHY * (sp.log(CAUCHY) + x**2 / 2 + sp.log(2 * sp.pi) / 2)  # of KL from N(0, 1)


def derive():
    r"""Look at one point where $q$ tends to $0$, then at points far out.

    At a point where $p > 0$ is fixed and $q$ tends to $0$, the integrand $p \log\frac{p}{q}$ grows
    beyond all bounds, while that of $2\,\mathrm{JSD}$ tends to $p \log 2$. So points with
    $q = 0 < p$ add $+\infty$ to one and a finite amount to the other.

    With equal supports no single point is infinite, but the integral may be. For the Cauchy density
    $p(x) = \frac{1}{\pi} \cdot \frac{1}{1 + x^2}$ the logarithm of the Gaussian is $-\frac{x^2}{2}$
    up to a constant, so $p \log\frac{p}{q}$ tends to $\frac{1}{2\pi}$ and not to $0$: every unit of
    length far out adds nearly the same amount.
    """
    yield equal(
        "KL at a point, q → 0",
        sp.Limit(p * sp.log(p / q), q, 0, "+"),
        sp.oo,
        label="kl-may-be-infinite",
    )
    yield equal("2 JSD at a point, q → 0", sp.Limit(TWICE_JSD, q, 0, "+"), p * LOG_2)
    yield at_most("p/m at any point", p / m, 2)
    yield equal("Cauchy and N(0, 1), far out", sp.Limit(TAIL, x, sp.oo), 1 / (2 * sp.pi))


def certify():
    r"""How the two divergences grow, on whole intervals.

    Let a fair coin be modelled by one that shows heads with probability $x$. As $x$ falls from
    $\tfrac{499}{1000}$ to $10^{-6}$ both divergences rise. At $x = 0$ one of them is infinite, and the
    other is $\tfrac34 \log\tfrac43$.

    Of the Cauchy density and $\mathcal{N}(0, 1)$ every unit of length from 5 to $10^4$ adds more than
    a tenth. In the other order the divergence is finite.
    """
    half, tenth = sp.Rational(1, 2), sp.Rational(1, 10)
    coin = [(half, x), (half, 1 - x)]
    near = {x: (sp.Rational(1, 10**6), sp.Rational(499, 1000))}
    kl = sum(one * sp.log(one / other) for one, other in coin)
    jsd = sum(TWICE_JSD.subs({p: one, q: other}) for one, other in coin) / 2
    yield increasing("KL of a coin, with a minus", -kl, where=near)
    yield increasing("JSD of a coin, with a minus", -jsd, where=near)
    lost = certified.js_divergence(Discrete(("1/2", "1/2")), Discrete((0, 1)), digits=15)
    yield equal("JSD of a coin at x = 0", lost, 3 * sp.log(sp.Rational(4, 3)) / 4)
    far = sp.Integral(TAIL, (x, 5, p)) - tenth * p
    yield increasing("KL up to p, a tenth of p taken off", far, where={p: (5, 10**4)})
    back = certified.kl_divergence(Normal(0, 1), Cauchy(0, 1), digits=12)
    yield equal("KL of N(0, 1) from Cauchy", back, kl_divergence(Normal(0, 1), Cauchy(0, 1)))


def check():
    r"""Four pairs with an infinite $\mathrm{KL}$, and their $\mathrm{JSD}$.

    Disjoint supports; a model that covers half of the data; the Cauchy density; and the
    distribution of $\lvert z \rvert$ as a model of $z \sim \mathcal{N}(0, 1)$. The program does not
    find infinity by an overflow, but decides it by supports and by the declared tails. Each
    $\mathrm{JSD}$ is at most $\log 2$. That of the Cauchy density is computed a second time in
    balls.
    """
    for name, pair in infinite().items():
        yield equal(f"KL, {name}", kl_divergence(*pair), sp.oo)
        yield at_most(f"JSD, {name}", js_divergence(*pair), LOG_2)
    pair = (Cauchy(0, 1), Normal(0, 1))
    yield equal(
        "JSD of the Cauchy density, in balls",
        js_divergence(*pair),
        certified.js_divergence(*pair, digits=12),
    )
    wider = kl_divergence(Uniform(0, 1), Uniform(0, 2))
    yield equal("KL in the other order, U[0, 1] and U[0, 2]", wider, LOG_2)


def search(seed):
    r"""Random distributions on at most six points, many of weight 0.

    $\mathrm{KL}(p \,\|\, q)$ is infinite if a point has $q = 0 < p$, and else at most the largest
    $\log\frac{p}{q}$. $\mathrm{JSD}$ is at most $\log 2$ in any case. One pair that does otherwise
    would refute this.
    """
    pairs = strategies.discrete_pairs(equal=False)
    yield survives("infinite iff q = 0 < p", by_support, pairs, seed=seed, examples=130)


def refute():
    r"""Ways to lose the infinity, or to see it where it is not.

    A sum over samples or a grid leaves out the points where $q = 0$ and returns a finite number,
    even a negative one. Equal supports are taken to be enough for a finite divergence. One order is
    taken for the other. And $\mathrm{JSD}$, which is made of two $\mathrm{KL}$, is thought to be
    infinite with them.
    """
    half = kl_divergence(Uniform(0, 2), Uniform(0, 1))
    yield equal("points with q = 0 left out", half, -LOG_2 / 2)
    tails = kl_divergence(Cauchy(0, 1), Normal(0, 1))
    yield at_most("below 1000 on equal supports", tails, 1000)
    yield equal("infinite in both orders", kl_divergence(Uniform(0, 1), Uniform(0, 2)), sp.oo)
    yield equal("JSD infinite too", js_divergence(Uniform(0, 2), Uniform(0, 1)), sp.oo)


# --- how the numbers are made ---------------------------------------------------------------------


def infinite():
    """Pairs (p, q) with KL(p‖q) = +∞."""
    return {
        "U[0, 1] and U[2, 3], disjoint": (Uniform(0, 1), Uniform(2, 3)),
        "U[0, 2] and U[0, 1]": (Uniform(0, 2), Uniform(0, 1)),
        "Cauchy(0, 1) and N(0, 1)": (Cauchy(0, 1), Normal(0, 1)),
        "N(0, 1) and |z|": (Normal(0, 1), Pushforward(maps.absolute, Normal(0, 1))),
    }


def by_support(pair):
    """KL(p‖q) = ∞ where a point has q = 0 < p, and else KL ≤ max log(p/q); JSD ≤ log 2."""
    kl, (data, model) = kl_divergence(*pair), (one.weights for one in pair)
    if np.any((model == 0) & (data > 0)):
        yield equal("KL = ∞", kl, sp.oo)
    else:
        yield at_most("1 + KL ≤ 1 + max log(p/q)", 1 + kl, 1 + steepest(data, model))
    yield at_most("JSD ≤ log 2", js_divergence(*pair), LOG_2)


@pointwise
def steepest(data, model):
    """max log(p/q) over the points with p > 0."""
    return np.max(np.log(data[data > 0] / model[data > 0]))
