r"""A model that improves the criterion at every step, with the best discriminator, need not converge.

Statement
---------
Let $D$ be optimal at each step, and let the model move so that $C(q_t)$ falls strictly. This does not
make $q_t$ tend to $p$. For data $p = (\tfrac35, \tfrac25)$ and the start
$q_0 = (\tfrac1{10}, \tfrac9{10})$ the models

$$q_t = p + \lambda_t\,(q_0 - p), \quad \lambda_t = \tfrac13 + \tfrac23 \cdot 2^{-t},$$

improve $C$ at every step, but tend to the model at a third of the way from $p$ to $q_0$, where $C$ is
larger than $-\log 4$ by more than 0.0279. How much a step improves $C$ matters, not only that it does.

Assumes   $D^*$ is known exactly; no assumption on how the steps are chosen.
Source    [@goodfellow2014, Proposition 2], whose last step is missing; the example is computed here.
"""

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import sympy as sp

from gantheory import certified
from gantheory.densities import Discrete
from gantheory.divergences import js_divergence
from gantheory.game import virtual_training_criterion
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, encloses, equal, increasing

theorem = Theorem(
    label="improving-is-not-converging",
    title=r"To improve $C$ at every step is not to converge",
    uses=("c-equals-2jsd-minus-log4", "u-affine-c-convex-in-pg"),
    covers=("improving-is-not-converging", "improving-updates-need-not-converge"),
    errata=(
        r"[@goodfellow2014, Proposition 2], and after it [@nipsnotes] and [@annotated2017]: updates "
        r"that improve the criterion need not converge to $p_{\mathrm{data}}$; how much they improve "
        r"it matters.",
    ),
)

p, q, lam = sp.symbols("p q lam", positive=True)  # densities at one point; the share of q_0 - p
x = sp.Symbol("x", real=True)  # the number of the step
THIRD, LOG_4 = sp.Rational(1, 3), certified.log(4)
WAY = THIRD + 2 * THIRD * 2 ** (-x)


def derive():
    r"""$C$ grows with $\lambda$, and $\lambda_t$ falls to $\tfrac13$.

    On the line from $p$ to $q_0$ the model is $q_1 = \tfrac35 - \tfrac12 \lambda$ and
    $q_2 = \tfrac25 + \tfrac12 \lambda$. Let $a = q_2 (p_1 + q_1)$ and $b = q_1 (p_2 + q_2)$. The slope
    of $C$ in $\lambda$ is $\tfrac12 \log \frac ab$. As $a - b = \tfrac12 \lambda$ is positive, so is the
    slope, and $C$ falls whenever $\lambda$ does. This is convexity at work: on any line towards its only
    minimum a convex function falls.

    The numbers $\lambda_t$ fall at every step, since $2^{-t}$ does. But their limit is $\tfrac13$, not
    0.
    """
    data = sp.Rational(3, 5), sp.Rational(2, 5)
    model, line = (data[0] - lam / 2, data[1] + lam / 2), criterion_along()
    above, below = model[1] * (data[0] + model[0]), model[0] * (data[1] + model[1])
    yield equal(
        "slope of C in λ",
        sp.Derivative(line, lam),
        (sp.log(above) - sp.log(below)) / 2,
        where={lam: (0, 1)},
    )
    yield equal("a - b", above - below, lam / 2, label="improving-is-not-converging")
    yield equal("slope of λ in t", sp.Derivative(WAY, x), -2 * THIRD * sp.log(2) * 2 ** (-x))
    yield equal("limit of λ", sp.Limit(WAY, x, sp.oo), THIRD)


def certify():
    r"""Sixteen steps and their limit, with rigorous error bounds.

    $-C$ increases at each of the steps, and from the last of them to $\lambda = \tfrac13$. There
    $C = -1.3583\ldots$, which is more than $-\log 4 + 0.0279$. Nor is it by chance that these steps
    improve: balls that cover $[\tfrac1{1000}, 1]$ prove that $C$ rises with $\lambda$ on all of it, so
    that every falling sequence of $\lambda$ does, whatever its limit.
    """
    shares = {lam: (sp.Rational(1, 1000), 1)}
    yield increasing("C along the line", criterion_along(), where=shares)
    shares = [Fraction(1, 3) + Fraction(2, 3) / 2**t for t in range(16)]
    stuck = outward(Fraction(1, 3))
    path = [*(-outward(share) for share in shares), -stuck]
    yield increasing("-C at steps 0 to 15, and at λ = 1/3", path)
    yield encloses("C at λ = 1/3", stuck, STUCK)
    yield at_least("C at λ = 1/3 above -log 4", stuck, Fraction(279, 10000) - LOG_4)


def check():
    r"""$C$ along the line in $\lambda$, by sums beside the closed expression.

    At the limit $\tfrac13$, and after one, four and seven steps.
    """
    for share in map(Fraction, ("1/3", "2/3", "3/8", "171/512")):
        found = virtual_training_criterion(*pair_at(share))
        closed = criterion_along().subs(lam, sp.Rational(share))
        yield equal(f"C at λ = {share}", found, closed)


def search(seed):
    r"""Random data, starts and two shares of the way, on four points.

    The smaller share is better, whatever they are: so every falling sequence improves. A line on which
    the larger share is better would refute that.
    """
    drawn = strategies.markov_kernels(3, 4)
    yield survives("nearer is better", nearer, drawn, seed=seed, examples=110)


def simulate(seed):
    r"""The same path for 32 random data and starts on 50 points.

    The example does not depend on the two points of the statement. The statistics are extremes over all
    runs: the least improvement in any of 20 steps, which is larger than $10^{-8}$, and the least
    $2\,\mathrm{JSD}$ at the end, which is larger than $\tfrac1{20}$. For any data convexity proves that
    the first is positive; the second depends on how far the random start is from the data.
    """
    gains, ends = [], []
    for rng in map(np.random.default_rng, np.random.SeedSequence(seed).spawn(32)):
        real, start = rng.dirichlet(np.full(50, 0.3), size=2)
        start = 0.99 * start + 0.01 / 50
        models = [real + (1 + 2 * 0.5**t) / 3 * (start - real) for t in range(21)]
        path = [2 * js_divergence(Discrete(real), Discrete(model)) for model in models]
        gains += [before - after for before, after in pairwise(path)]
        ends.append(path[-1])
    yield at_least("least gain of a step", min(gains, key=lambda one: one.lower), 1e-8, tolerance=0)
    yield at_least(
        "least 2 JSD at the end", min(ends, key=lambda one: one.lower), 0.05, tolerance=0
    )


def refute():
    r"""Three conclusions from "it improves at every step".

    That 40 steps must have come within $10^{-3}$ of the minimum. That a falling sequence which is
    bounded below by $-\log 4$ converges to $-\log 4$: it converges, but the limit may be any number
    above. And that $\lambda_t$ tends to 0 because something is halved at every step: it is the
    distance to $\tfrac13$ that is halved.
    """
    last = outward(Fraction(1, 3) + Fraction(2, 3) / 2**40)
    yield at_most("C within 1e-3 of -log 4 after 40 steps", last, Fraction(1, 1000) - LOG_4)
    yield equal(
        "C at the limit is -log 4",
        outward(Fraction(1, 3)),
        -LOG_4,
        label="improving-updates-need-not-converge",
    )
    yield equal("limit of λ is 0", sp.Limit(WAY, x, sp.oo), 0)


def figure():
    r"""$C$ along the line from the data to the start, with the models of the first steps.

    Each point is lower than the one before. They gather at $\lambda = \tfrac13$, and the minimum is at
    $\lambda = 0$.
    """
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots()
    line, path = np.linspace(0, 1, 101), 1 / 3 + 2 / 3 * 0.5 ** np.arange(12)
    axes.plot(line, [float(outward(Fraction(s))) for s in line], color="C4")
    axes.plot(path, [float(outward(Fraction(s))) for s in path], "o", color="C2")
    axes.axvline(1 / 3, color="C2", linestyle="--", linewidth=1)
    axes.text(0.97, -1.095, "$q_0$", color="C2", ha="right")
    axes.text(0.32, -1.25, "improves at\nevery step,\nand stops here", color="C2", ha="right")
    axes.text(0.02, -1.375, "the data")
    axes.set(
        title="Better at every step, never at the data",
        ylabel="criterion $C$, nats",
        xlim=(0, 1.02),
    )
    axes.set(xlabel=r"share $\lambda$ of the way from data to start", xticks=(0, 1 / 3, 2 / 3, 1))
    axes.set(xticklabels=("0", "1/3", "2/3", "1"), yticks=(-math.log(4), -1.3, -1.2))
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

STUCK = "-1.358354749103488709889534576053052247785683147806496039"


def criterion_along():
    """C of p + λ (q_0 - p), in symbols."""
    opened = p * sp.log(p) + q * sp.log(q) - (p + q) * sp.log(p + q)  # the integrand of C
    data, change = (sp.Rational(3, 5), sp.Rational(2, 5)), (-lam / 2, lam / 2)
    return sum(opened.subs({p: a, q: a + b}) for a, b in zip(data, change, strict=True))


def pair_at(share):
    """The data, and p + λ (q_0 - p)."""
    data = Fraction(3, 5), Fraction(2, 5)
    return Discrete(data), Discrete((data[0] - share / 2, data[1] + share / 2))


def outward(share):
    """C of p + λ (q_0 - p), in balls."""
    return certified.virtual_training_criterion(*pair_at(share))


def nearer(rows):
    """C at half of a share λ of the way is at most C at λ; λ is from 1/10 to 1."""
    real, start, share = rows[0], rows[1], (1 + 9 * rows[2][0]) / 10
    far, near = (Discrete((1 - by) * real + by * start) for by in (share, share / 2))
    before = certified.virtual_training_criterion(Discrete(real), far, digits=15)
    return at_most("C at λ/2", virtual_training_criterion(Discrete(real), near), before)
