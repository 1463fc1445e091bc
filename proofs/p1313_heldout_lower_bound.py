r"""Every discriminator bounds JSD from below on samples that it has not seen, and none from above.

Statement
---------
For every $D$ with values from 0 to 1

$$\mathrm{JSD}(p, q) \ge \log 2 + \tfrac12 V(D), \quad
  V(D) = \mathbb{E}_{x \sim p} \log D(x) + \mathbb{E}_{y \sim q} \log(1 - D(y)),$$

with equality iff $D = D^*$ almost everywhere. On samples: let $D$ be fixed before they are drawn, with
values from $\varepsilon$ to $1 - \varepsilon$, and let $\hat{V}$ be the mean of $\log D$ over $n$ real
samples plus that of $\log(1 - D)$ over $k$ generated ones. With probability at least $1 - \alpha$

$$\mathrm{JSD}(p, q) \ge \log 2 + \tfrac12 \hat{V} - \tfrac12 \log\frac{1 - \varepsilon}{\varepsilon}
  \sqrt{\tfrac12 \left(\tfrac1n + \tfrac1k\right) \log\tfrac1\alpha}.$$

A positive right side certifies that the generator is *not* done. No value certifies that it is:
$D = \tfrac12$ gives 0 for all $q$. And on the samples that $D$ was trained on, the right side proves
nothing at all.

Assumes   Independent samples; $D$ does not depend on them. $0 < \varepsilon < \tfrac12$,
          $0 < \alpha < 1$.
Source    [@goodfellow2014, Theorem 1] for the inequality; [@hoeffding1963, Theorem 2] for samples.
"""

import math
from fractions import Fraction

import numpy as np
import sympy as sp

from gantheory import certified
from gantheory.densities import Cauchy, Discrete, Laplace, Normal
from gantheory.divergences import js_divergence
from gantheory.evidence import frequency, summed
from gantheory.game import optimal_discriminator, value_function
from gantheory.samples import js_divergence_lower_bound
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, always, at_least, at_most, equal

theorem = Theorem(
    label="heldout-lower-bound",
    title=r"$\mathrm{JSD} \ge \log 2 + \frac{1}{2} V(D)$ for every $D$, also on held-out samples",
    uses=("optimal-discriminator", "c-equals-2jsd-minus-log4"),
    covers=("heldout-lower-bound",),
)

p, q = sp.symbols("p q", positive=True)  # the densities at a point
D, mu, alpha = sp.symbols("D mu alpha", positive=True)  # D there; a mean; the risk; all below 1
n, k, t, W = sp.symbols("n k t W", positive=True)  # samples; a deviation; Σ width²
L = sp.Symbol("L", positive=True)  # the width of the interval of log D: log((1 - ε)/ε)
s, A, B = sp.symbols("s A B", real=True)  # the exponent of Chernoff's bound; two numbers
LOG_2, STAR, UNIT = sp.log(2), p / (p + q), {D: (0, 1)}
SLACK = L * sp.sqrt(sp.log(1 / alpha) * (n + k) / (2 * n * k))


def derive():
    r"""A regret, and Hoeffding's proof for two means of different length.

    At a point JSD less the bound is $\tfrac12 (p \log\frac{D^*}{D} + q \log\frac{1 - D^*}{1 - D})$. By
    $\log r \le r - 1$ the bracket is at least $p + q - p \frac{D}{D^*} - q \frac{1 - D}{1 - D^*} = 0$,
    and only $D^*$ gives 0, since $V$ is strictly concave in $D$.

    Let $X$ be in $[0, 1]$ with mean $\mu$. Below its chord $e^{s X}$ has a mean of at most $1 - \mu +
    \mu e^s$, whose logarithm bends by $\frac{A B}{(A + B)^2} \le \frac14$ with $A = 1 - \mu$ and $B =
    \mu e^s$: so $\log \mathbb{E} e^{s (X - \mu)} \le \frac{s^2}{8}$. The sum $\hat{V} - V$ has $n$
    terms of width $L/n$ and $k$ of width $L/k$, $L = \log\frac{1 - \varepsilon}{\varepsilon}$; with $W
    = L^2 (\frac1n + \frac1k)$ its exponent is at most $\frac{s^2 W}{8}$, and the chance of a deviation
    $t$ at most $e^{-s t + s^2 W/8}$. The best $s$ is $4 t/W$, the chance $e^{-2 t^2/W}$, and it is
    $\alpha$ for the root in the statement. Half of it is taken off, since $V$ counts half.
    """
    jsd = p * sp.log(2 * p / (p + q)) / 2 + q * sp.log(2 * q / (p + q)) / 2
    bound = (p + q) * LOG_2 / 2 + p * sp.log(D) / 2 + q * sp.log(1 - D) / 2
    regret = p * sp.log(STAR / D) / 2 + q * sp.log((1 - STAR) / (1 - D)) / 2
    odds = {D: t / (1 + t)}
    yield equal(
        "JSD minus the bound", (jsd - bound).subs(odds), regret.subs(odds), label=theorem.label
    )
    yield at_most("log r and r - 1", sp.log(t), t - 1)
    least = p * (1 - D / STAR) + q * (1 - (1 - D) / (1 - STAR))
    yield equal("so the regret is at least", least, 0)
    bend = sp.Derivative(bound, (D, 2))
    yield equal("V is strictly concave", bend, -p / D**2 / 2 - q / (1 - D) ** 2 / 2, where=UNIT)
    chord = sp.log(1 - mu + mu * sp.exp(s))
    curved = mu * (1 - mu) * sp.exp(s) / (1 - mu + mu * sp.exp(s)) ** 2
    yield equal("Hoeffding: the bend", sp.Derivative(chord, (s, 2)), curved, where={mu: (0, 1)})
    yield always("Hoeffding: at most 1/4", (A > 0) & (B > 0), 4 * A * B <= (A + B) ** 2)
    chance = -s * t + s**2 * W / 8
    yield equal("the best s", sp.Subs(sp.Derivative(chance, s), s, 4 * t / W), 0)
    yield equal("its exponent", sp.Subs(chance, s, 4 * t / W), -2 * t**2 / W)
    yield equal("the root in the statement", risk_of(SLACK), alpha, where={alpha: (0, 1)})


def certify():
    r"""The inequality in balls, for $D = p/(p + 2 q)$, which is not optimal, and for $D^*$.

    Three pairs of densities. The right side is an integral of its own, and is below JSD by more than a
    hundredth; for $D^*$ it is JSD.
    """
    for name, pair in PAIRS.items():
        jsd = certified.js_divergence(*pair, digits=12)
        yield at_least(f"{name}: D = p/(p + 2 q)", jsd, right_side(pair, 2) + Fraction(1, 100))
        yield equal(f"{name}: D*", jsd, right_side(pair, 1))


def check():
    r"""The risk itself, added up over all outcomes of a discriminator with two values.

    Data and model are on two points, $D$ is 0.7 on one and 0.3 on the other. How often both are seen is
    binomial, so the chance that the bound exceeds JSD is a finite sum: it is below $\alpha$ for all
    sizes, also for $p = q$. For $p$ and $q$ far apart the bound is positive with a chance above 0.99.
    """
    for sizes in ((20, 20), (60, 60), (400, 10)):
        for name, shares in SHARES.items():
            wrong = chance(*shares, *sizes, certified_jsd(shares))
            yield at_most(
                f"{name}, {sizes[0]} and {sizes[1]} samples: the risk", wrong, Fraction(1, 20)
            )
    yield at_least("apart, 200 each: it is positive", chance(*SHARES["apart"], 200, 200, 0.0), 0.99)


def search(seed):
    r"""Random distributions on up to three points, and random discriminators.

    $V$ is the package's value function. A bound above JSD refutes the statement, and so does a $D^*$
    for which it is not JSD.
    """
    drawn = strategies.discrete_pairs(3, equal=False).flatmap(with_logits)
    yield survives("log 2 + V/2 is at most JSD", below, drawn, seed=seed, examples=120)


def simulate(seed):
    r"""The package's bound, with a variance in place of the width, on fresh samples.

    Data $\mathcal{N}(0, 1)$, model $\mathcal{N}(1, 1)$, and $D$ with half the logit of $D^*$; 150 times
    2000 samples of each, at level 0.99. The statistics are the shares of runs in which the bound holds,
    and in which it is positive. A risk below one in ten cannot be seen.
    """
    rng = np.random.default_rng(seed)
    found = np.array([packages_bound(rng, 2000) for _ in range(150)])
    true = float(js_divergence(Normal(0, 1), Normal(1, 1)).value)
    yield at_least("the bound holds", frequency(found <= true), 0.9)
    yield at_least("the bound is positive", frequency(found > 0), 0.9)


def refute():
    r"""Five ways to make too much of a bound.

    On its own training samples: a $D$ that has learned 1000 real samples by heart, with $p = q$, has
    the right side 0.56. As an upper bound: $D = \tfrac12$ does not show that $\mathcal{N}(3, 1)$ is
    $\mathcal{N}(0, 1)$. With the half forgotten, $\log 4 + V$ is twice JSD at $D^*$. With the width of
    one mean, for 400 real and 10 generated samples, the risk is far more than $\alpha$. And without any
    width the estimate is no bound: it is too high every second time or so.
    """
    learned = LOG_2 + sp.log(sp.Rational(99, 100)) - SLACK.subs(BY_HEART) / 2
    yield at_most("learned by heart: at most JSD = 0", learned, 0)
    untrained = LOG_2 + value_function(*FAR, 0 * optimal_discriminator(*FAR)) / 2
    yield at_least("D = 1/2 shows that q = p", untrained, js_divergence(*FAR))
    yield at_most("the half forgotten", 2 * right_side(FAR, 1), certified.js_divergence(*FAR))
    near, best = (certified_jsd(SHARES[name]) for name in ("near", "best"))
    one_mean = chance(*SHARES["near"], 400, 10, near, counted=(400, math.inf))
    yield at_most("the width of one mean", one_mean, Fraction(1, 20))
    no_width = chance(*SHARES["best"], 200, 200, best, counted=(math.inf, math.inf))
    yield at_most("no width at all", no_width, Fraction(1, 20))


def figure():
    r"""What is certified at $\alpha = 0.05$, for $n$ real and $n$ generated samples.

    Data $\mathcal{N}(0, 1)$, model $\mathcal{N}(1, 1)$, at the mean value of $\hat{V}$. $D^*$ and a
    discriminator with a tenth of its logit, both clipped at $\varepsilon = 0.1$. Only above 0 something
    is certified; no number of samples lifts the worse $D$ to JSD.
    """
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots()
    draw_bounds(axes)
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

PAIRS = {
    "N(0, 1) and N(1, 1)": (Normal(0, 1), Normal(1, 1)),
    "N(0, 1) and Cauchy": (Normal(0, 1), Cauchy(0, 1)),
    "two Laplace": (Laplace(0, 1), Laplace(2, 1)),
}
FAR = Normal(0, 1), Normal(3, 1)
SHARES = {"equal": (0.5, 0.5), "near": (0.5, 0.375), "best": (0.7, 0.3), "apart": (0.875, 0.125)}
CURVES = (
    (1, "C0-", "$D^*$", (2e4, 0.075)),
    (0.1, "C3--", "a tenth of its logit", (3e3, -0.03)),
)
BY_HEART = {L: sp.log(99), n: 1000, k: 1000, alpha: sp.Rational(1, 20)}


def risk_of(deviation):
    """Hoeffding's bound of the chance that two means are together too high by so much."""
    return sp.exp(-2 * deviation**2 / sp.expand(L**2 * (1 / n + 1 / k)))


def right_side(pair, weight):
    """log 2 + V/2 for D = p/(p + w q), as a ball."""
    terms = p * sp.log(p / (p + weight * q)) + q * sp.log(weight * q / (p + weight * q))
    found = certified.integral(terms, *pair, bound=(Fraction(1, weight), weight), digits=12)
    return certified.log(2) + found / 2


def certified_jsd(shares):
    """JSD of two distributions on two points, as a float."""
    real, fake = (Discrete((share, 1 - share)) for share in shares)
    return float(certified.js_divergence(real, fake).mid)


def binomial(count, share):
    """The chances of 0, ..., n."""
    found = np.arange(count + 1)
    ways = [math.comb(count, int(hits)) for hits in found]
    return np.array([float(way) for way in ways]) * share**found * (1 - share) ** (count - found)


@summed(roundings=5000)
def chance(real, fake, n, k, level, *, counted=None):
    """P(the bound of D = (0.7, 0.3) exceeds the level): the terms of both binomials.

    `counted` are the numbers of samples that the width is computed with.
    """
    hits, passes = np.arange(n + 1)[:, None] / n, np.arange(k + 1) / k
    high, low = math.log(0.7), math.log(0.3)
    value = hits * high + (1 - hits) * low + passes * low + (1 - passes) * high
    sizes = counted or (n, k)
    width = (high - low) * math.sqrt((1 / sizes[0] + 1 / sizes[1]) * math.log(20) / 2)
    terms = binomial(n, real)[:, None] * binomial(k, fake)
    return np.where(math.log(2) + value / 2 - width / 2 > level, terms, 0.0)


def with_logits(pair):
    """The pair with a logit between -4 and 4 at each point."""
    return strategies.simplices(len(pair[0].weights)).map(lambda w: (*pair, 8 * w - 4))


def below(example):
    """log 2 + V(D)/2 ≤ JSD, with equality for D*."""
    real, fake, logits = example
    jsd = certified.js_divergence(real, fake, digits=15)
    value = value_function(real, fake, lambda points: logits[points.astype(int)])
    yield at_most("V(D) ≤ 2 JSD - log 4", value, 2 * jsd - 2 * LOG_2)
    best = value_function(real, fake, optimal_discriminator(real, fake))
    yield equal("1 + V(D*)/2 = 1 - log 2 + JSD", 1 + best / 2, 1 - LOG_2 + jsd)


def packages_bound(rng, count):
    """The bound of the package from so many fresh samples of each."""
    real, fake = rng.normal(0, 1, count), rng.normal(1, 1, count)
    return js_divergence_lower_bound(real, fake, half_logit, clip=0.1).value


def half_logit(points):
    """Half of log p - log q for N(0, 1) and N(1, 1)."""
    return (0.5 - points) / 2


def draw_bounds(axes):
    """The bound against the number of samples."""
    sizes, limit = np.geomspace(10, 1e5, 200), math.log(9)
    nodes, weights = np.polynomial.hermite_e.hermegauss(120)
    for factor, style, text, place in CURVES:
        real, fake = (
            np.clip(factor * sign * (0.5 - nodes - mean), -limit, limit)
            for sign, mean in ((1, 0), (-1, 1))
        )
        value = -(np.logaddexp(0, -real) + np.logaddexp(0, -fake)) @ weights / weights.sum()
        bound = math.log(2) + value / 2 - limit / 2 * np.sqrt(math.log(20) / sizes)
        axes.semilogx(sizes, bound, style)
        axes.annotate(text, place, color=style[:2])
    true = float(js_divergence(Normal(0, 1), Normal(1, 1)).value)
    axes.axhline(true, color="C4", lw=0.8)
    axes.annotate("JSD", (12, true + 0.01), color="C4")
    axes.axhline(0, color="C6", lw=0.8)
    axes.set(
        title="A bound from samples: held out, and one-sided", ylim=(-0.3, 0.16), xlim=(10, 1e5)
    )
    axes.set(xlabel="number $n$ of samples of each kind", ylabel="certified JSD, nats")
    axes.set(yticks=(-0.2, -0.1, 0, 0.1), xticks=(10, 1e3, 1e5))
