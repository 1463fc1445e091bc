r"""What logistic regression between $(0, Z)$ and $(\theta, Z)$ measures, with weights up to $B$.

Statement
---------
The data are $(0, Z)$ and the model is $(\theta, Z)$ with $\theta > 0$ and one kind of $Z$: no point has
both densities, $\mathrm{JSD} = \log 2$, and the logit $\log (p/q)$ is infinite. A discriminator with the
logit $c - w x$ and $0 \le w \le B$ is trained on both. It measures

$$ J_B(\theta) = \max_{c, w} \tfrac12 (\log 4 + \mathbb{E}_p[\log D] + \mathbb{E}_q[\log(1 - D)])
= \log 2 - \log(1 + e^{-B \theta/2}), $$

with $w = B$ and $c = \tfrac12 B \theta$. The estimate of $\log (p/q)$ is $\pm \tfrac12 B \theta$: it
says how large weights may be, and nothing of a ratio. For each $\theta$

$$ J_B \to \log 2, \quad J_B' = \tfrac{B}{2}\, \frac{1}{1 + e^{B \theta/2}} \to 0
\quad (B \to \infty), \qquad J_B'(0^+) = \tfrac{B}{4}. $$

So bounded weights see the distance up to about $1/B$. The best critic of slope at most 1 measures
$W_1 = \theta$ at any distance, with slope 1.

Assumes   Features of $Z$ do not help, as both share its distribution.
Source    [@arjovsky2017wasserstein, Example 1] for the two lines.
"""

import numpy as np
import sympy as sp
from scipy.special import expit

from gantheory.evidence import frequency, pointwise
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal, increasing

theorem = Theorem(
    label="ratio-between-noise-and-features",
    title=r"Logistic regression on parallel lines: $\log 2 - \log(1 + e^{-B \theta/2})$",
    uses=("parallel-lines",),
    covers=("ratio-between-noise-and-features",),
)

R, exp, log = sp.Rational, sp.exp, sp.log
theta, B, s = sp.symbols("theta B s", positive=True)  # the distance, the bound, s = w θ
c = sp.symbols("c", real=True)  # the logit on the data; on the model it is c - s
MEASURED = log(2) - log(1 + exp(-B * theta / 2))


def derive():
    r"""The best $c$, then the best $w$, then two limits that do not commute.

    On the data the logit is $c$, on the model $c - s$ with $s = w \theta$. What is maximised is minus
    the logarithm of $(1 + e^{-c}) (1 + e^{c - s})$, and this product is $(1 + e^{-s/2})^2$ plus a square
    that vanishes at $c = \tfrac{s}{2}$ alone. What is left falls in $s$, so that $w = B$. The slope at
    $\theta > 0$ tends to 0 as weights grow; at $0^+$ it grows with them.
    """
    paid = (1 + exp(-c)) * (1 + exp(c - s))
    square = (exp(-c / 2) - exp((c - s) / 2)) ** 2
    least = (1 + exp(-s / 2)) ** 2
    yield equal("the product", paid, least + square, label="ratio-between-noise-and-features")
    yield equal("the slope in c at s/2", sp.Subs(sp.Derivative(paid, c), c, s / 2), 0)
    yield equal("half of the logarithm", (log(4) - log(least)) / 2, log(2) - log(1 + exp(-s / 2)))
    yield at_least("larger weights are better", sp.Derivative(-log(1 + exp(-s / 2)), s), 0)
    slope = B / 2 / (1 + exp(B * theta / 2))
    yield equal("the slope", sp.Derivative(MEASURED, theta), slope)
    yield equal("large weights: JSD", sp.Limit(MEASURED, B, sp.oo), log(2))
    yield equal("large weights: the slope", sp.Limit(slope, B, sp.oo), 0)
    yield equal("the slope at 0", sp.Limit(slope, theta, 0, "+"), B / 4)


def certify():
    r"""For $\theta$ in $[0.1, 3]$ weights up to 4 see the distance; up to 100 not even at 1."""
    few = MEASURED.subs(B, 4)
    yield increasing("weights up to 4", few, where={theta: (R(1, 10), 3)})
    yield at_most("weights up to 4: below JSD", few, log(2), where={theta: (R(1, 10), 3)})
    flat = MEASURED.diff(theta).subs({B: 100, theta: 1})
    yield at_most("weights up to 100: the slope at 1", flat, R(1, 10**19))


def check():
    r"""The same maximum by Newton's method on $c$, at the largest weight."""
    for bound in (1, 4, 20):
        exact = [MEASURED.subs({B: bound, theta: R(at)}) for at in PLACES]
        yield equal(f"weights up to {bound}", by_newton(bound), exact)


def search(seed):
    r"""Any logit $c - w x$ with $0 \le w \le B$, distance and bound: none measures more than $J_B$.

    $B \theta$ is drawn up to 40, $w/B$ up to 1 and $c$ up to 60 in size; some have $w = B$ and
    $c = B \theta/2$. One logit that measures more than $J_B$ would refute the statement.
    """
    drawn = strategies.logits(60).flatmap(with_weights)
    yield survives("no logit measures more", no_more, drawn, seed=seed, examples=150)


def simulate(seed):
    r"""Logistic regression on 1000 samples, 48 times for each pair, measured on fresh samples.

    The features are $1$, $x$ and the height $z$, uniform on $[0, 1]$, with $w$ kept in $[0, B]$. A run
    agrees if it measures $J_B$ to 0.02. All 48 should; then at least 7 in 10 of all runs do, by the
    interval of Clopper and Pearson. Rarer failures are not excluded.
    """
    rng = np.random.default_rng(seed)
    for bound in (4, 40):
        for at in (0.25, 1.0):
            exact = np.log(2) - np.logaddexp(0, -bound * at / 2)
            runs = [abs(trained(rng, bound, at, 500) - exact) <= 0.02 for _ in range(48)]
            yield at_least(f"weights up to {bound}, θ = {at}: agree", frequency(runs), R(7, 10))


def refute():
    r"""Four mistakes.

    That a trained discriminator's value is $\mathrm{JSD}$, here $\log 2$, for any weights. That its
    logit estimates a ratio: doubled weights double it. That large weights give a larger slope. And that
    small ones measure the distance at any $\theta$, as $W_1$ does.
    """
    yield equal("weights up to 4 measure JSD at 1/4", MEASURED.subs({B: 4, theta: R(1, 4)}), log(2))
    yield equal("the logit does not depend on B", B * theta / 2, (2 * B) * theta / 2)
    slopes = [sp.diff(MEASURED, theta).subs({B: bound, theta: 1}) for bound in (100, 4)]
    yield at_least("larger weights, larger slope at 1", *slopes)
    yield equal("slope B/4 at each distance", sp.Derivative(MEASURED, theta), B / 4)


def figure():
    r"""What logistic regression measures by its largest weight $B$, and $W_1$.

    Each curve leaves 0 with the slope $B/4$ and ends at $\log 2$, where its slope is lost.
    """
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots()
    at = np.linspace(1e-9, 1.5, 400)
    for bound, color, place in ((1, "C0", 0.2), (4, "C2", 0.52), (40, "C1", 0.72)):
        axes.plot(at, np.log(2) - np.logaddexp(0, -bound * at / 2), color=color)
        axes.annotate(f"$B={bound}$", (1.1, place), color=color)
    axes.plot(at, at, "--", color="C3")
    axes.annotate("$W_1$", (0.82, 0.9), ha="right", color="C3")
    axes.set(xlabel=r"distance $\theta$", ylabel="measured", xticks=(0, 1), ylim=(0, 1.2))
    axes.set(yticks=(0, np.log(2), 1), title="Parallel lines, as a discriminator sees them")
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

PLACES = ("1/10", "1/2", "1", "3")


@pointwise
def by_newton(bound):
    """max over c of (log 4 - log(1 + e^-c) - log(1 + e^(c - B θ)))/2 for each distance."""
    s = bound * np.array([float(R(at)) for at in PLACES])
    best = np.zeros(len(s))
    for _ in range(200):
        real, fake = expit(-best), expit(best - s)
        best = best + (real - fake) / (real * (1 - real) + fake * (1 - fake))
    return (np.log(4) - np.logaddexp(0, -best) - np.logaddexp(0, best - s)) / 2


def trained(rng, bound, distance, count):
    """What logistic regression on samples measures on as many fresh ones."""

    def drawn():
        x = np.repeat([0.0, distance], count)
        return np.stack([np.ones(2 * count), -x, rng.uniform(size=2 * count)], axis=1)

    real, features, weights = np.repeat([1.0, 0.0], count), drawn(), np.zeros(3)
    for _ in range(60):
        said = expit(features @ weights)
        spread = (features * (said * (1 - said))[:, None]).T @ features
        push = features.T @ (real - said)
        if weights[1] >= bound and push[1] > 0:
            push, spread = push[[0, 2]], spread[np.ix_([0, 2], [0, 2])]
            weights[[0, 2]] += np.linalg.solve(spread + 1e-9 * np.eye(2), push) / 2
        else:
            weights = weights + np.linalg.solve(spread + 1e-9 * np.eye(3), push) / 2
        weights[1] = min(max(weights[1], 0.0), bound)
    logit = drawn() @ weights
    signed = np.where(real == 1, logit, -logit)
    return (np.log(4) - 2 * np.mean(np.logaddexp(0, -signed))) / 2


def with_weights(logit):
    """A logit, B θ, and w as a share of B; one of three logits is the best one."""
    whole = strategies.simplices(3)
    return whole.map(lambda part: (logit, 40 * part[0] + 0.1, 1 - part[1], part[2] > part[1]))


def no_more(example):
    """1 + what (c, w) measures is at most 1 + J_B, and as much at the best of them."""
    logit, size, share, best = example
    found = measured(size / 2 if best else logit, size if best else share * size)
    yield at_most("1 + measured", 1 + found, 1 + largest(size))
    if best:
        yield equal("1 + the best of them", 1 + found, 1 + largest(size))


@pointwise
def measured(logit, shift):
    """(log 4 - log(1 + e^-c) - log(1 + e^(c - s)))/2, s = w θ."""
    return (np.log(4) - np.logaddexp(0, -logit) - np.logaddexp(0, logit - shift)) / 2


@pointwise
def largest(size):
    """log 2 - log(1 + e^(-B θ/2))."""
    return np.log(2) - np.log1p(np.exp(-size / 2))
