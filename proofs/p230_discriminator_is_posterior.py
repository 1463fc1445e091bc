r"""The optimal discriminator is a posterior probability.

Statement
---------
Toss a coin $Y$ that shows 1 with probability $\pi$. Draw $x$ from the data density $p$ if $Y = 1$,
and from the model density $q$ if $Y = 0$. Then

$$\operatorname{Pr}(Y = 1 \mid x) = \frac{\pi p(x)}{\pi p(x) + (1 - \pi) q(x)}
    = \sigma\left(\log p(x) - \log q(x) + \log\frac{\pi}{1 - \pi}\right),$$

where $\sigma(a) = 1/(1 + e^{-a})$, and this $D$ maximises
$\pi\, \mathbb{E}_{x \sim p}[\log D(x)] + (1 - \pi)\, \mathbb{E}_{x \sim q}[\log(1 - D(x))]$. The
optimal discriminator $D^* = p/(p + q)$ is the posterior of the fair coin, $\pi = 1/2$, and, where
$p$ and $q$ are positive, of no other coin. So the common sentence "$D(x)$ is the probability that
$x$ is real" holds for $D^*$ if half of the points are real. For other shares $\pi$ it is false for
$D^*$ and true for the posterior above.

Assumes   Densities with respect to one measure, $0 < \pi < 1$, and $p + q > 0$ at $x$.
Source    [@goodfellow2014, section 4.1], where $D$ estimates the conditional probability of a
          label; [@sugiyama2012] for density ratios by probabilistic classification.
"""

from fractions import Fraction

import numpy as np
import sympy as sp
from scipy.special import expit

from gantheory.densities import Normal
from gantheory.evidence import in_norm, pointwise
from gantheory.game import optimal_discriminator
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_most, equal

theorem = Theorem(
    label="discriminator-is-posterior",
    title=r"$D^*(x) = \operatorname{Pr}(x \text{ is real} \mid x)$ for a fair coin",
    covers=("discriminator-is-posterior", "posterior-needs-the-prior"),
    errata=(
        "[@ramasinghe] calls $D(x)$ the probability that $x$ is real: $D^*$ is this for the prior 1/2 "
        "only; with 90 % real points and $p = q$ it is 0.9, not 0.5.",
    ),
)

p, q, c = sp.symbols("p q c", positive=True)  # densities at one point, and a common factor
prior, D = sp.symbols("prior D", positive=True)  # π, and the value of the discriminator
x, m, a = sp.symbols("x m a", real=True)
r, t = sp.symbols("r t", positive=True)  # the ratio p/q; the prior's odds are t²
UNIT, HALF = {prior: (0, 1)}, sp.Rational(1, 2)

POSTERIOR = prior * p / (prior * p + (1 - prior) * q)
LOG_RATIO, LOG_ODDS = sp.log(p) - sp.log(q), sp.log(prior / (1 - prior))
SIGMA = 1 / (1 + sp.exp(-a))
GAUSSIAN = sp.exp(-(x**2) / 2) / sp.sqrt(2 * sp.pi)  # the density of N(0, 1)


def derive():
    r"""Bayes' rule, and then the proof of the optimal discriminator with two weights.

    Bayes' rule divides the part $\pi p$ of the real points by all points, $\pi p + (1 - \pi) q$.
    The odds are $\pi p/((1 - \pi) q)$, so the logit is the log ratio of the densities plus the
    prior's log odds. A prior only shifts the logit, and the shift is 0 for the fair coin. Since the
    logistic function is strictly increasing, no other shift gives $D^*$.
    """
    logistic = SIGMA.subs(a, LOG_RATIO + LOG_ODDS)
    yield equal("the logit of the posterior", POSTERIOR, logistic, where=UNIT, label=theorem.label)
    yield equal("the fair coin", POSTERIOR.subs(prior, HALF), p / (p + q))

    # The weighted value is maximised point by point, as V is: its slope in D changes its sign there.
    value, inside = prior * p * sp.log(D) + (1 - prior) * q * sp.log(1 - D), {D: (0, 1)} | UNIT
    slope = (prior * p + (1 - prior) * q) * (POSTERIOR - D) / (D * (1 - D))
    yield equal("the slope of the weighted value", sp.Derivative(value, D), slope, where=inside)

    # Real and generated may be exchanged, with their shares. A common factor of the densities
    # cancels, so p and q need not be normalised. Where p = q, the posterior is the prior.
    swap = {p: q, q: p, prior: 1 - prior}
    other = 1 - POSTERIOR.subs(swap, simultaneous=True)
    yield equal("real and generated exchanged", POSTERIOR, other, where=UNIT)
    scaled = POSTERIOR.subs({p: c * p, q: c * q}, simultaneous=True)
    yield equal("densities times c", scaled, POSTERIOR, where=UNIT)
    yield equal("p = q", POSTERIOR.subs(q, p), prior, where=UNIT)

    # The odds of the posterior are t² r for prior odds t², and those of D* are r. For t ≥ 1, D* is
    # less by at most (t - 1)/(t + 1), reached at r = 1/t: for 90 % real points this is 1/2.
    off, spare = t**2 * r / (1 + t**2 * r) - r / (1 + r), (t * r - 1) ** 2
    spare *= (t - 1) / ((t + 1) * (1 + t**2 * r) * (1 + r))
    yield equal("how far D* is off", off, (t - 1) / (t + 1) - spare)

    # For N(0, 1) and N(m, 1) the posterior is a logistic function of x, which a prior moves sideways.
    pair = POSTERIOR.subs({p: GAUSSIAN, q: GAUSSIAN.subs(x, x - m)}, simultaneous=True)
    line = SIGMA.subs(a, m**2 / 2 - m * x + LOG_ODDS)
    yield equal("N(0, 1) and N(m, 1)", pair, line, where=UNIT)


def certify():
    r"""On a stream with mostly real points $D^*$ says "real" too rarely, for every such share.

    The posterior averages $\pi$ over all points, $D^*$ below $\pi - 1/21$ for $\mathcal{N}(0, 1)$ and
    $\mathcal{N}(m, 1)$, $\tfrac12 \le m \le 1$: points outside $[-8, 9]$ have a share below $10^{-14}$.
    """
    points = prior * GAUSSIAN + (1 - prior) * GAUSSIAN.subs(x, x - m)
    mean = points * SIGMA.subs(a, m**2 / 2 - m * x)
    box = {prior: (sp.Rational(3, 4), sp.Rational(99, 100)), m: (HALF, 1)}
    part = sp.Integral(mean, (x, -8, 9))
    yield at_most("the mean of D* is below π", part, prior - sp.Rational(1, 20), where=box)


def check():
    r"""The logit at eleven points, for $\mathcal{N}(0, 1)$ and $\mathcal{N}(1, 2^2)$.

    The logit of the package plus the log odds of the prior is compared with the closed form
    $\log 2 - x^2/2 + (x - 1)^2/8 + \log\frac{\pi}{1 - \pi}$, for a prior below 1/2 and one above.
    Far from the data, at $x = 6$, even a prior of 9/10 leaves the logit negative.
    """
    at = range(-4, 7)
    for share in (Fraction(1, 4), Fraction(9, 10)):
        odds = sp.Rational(share / (1 - share))
        logits = [sp.log(2 * odds) - HALF * k**2 + HALF * (k - 1) ** 2 / 4 for k in at]
        found = shifted_logit(Normal(0, 1), Normal(1, 2), at, share)
        yield equal(f"N(0, 1), N(1, 2²), π = {share}, x = -4 to 6", found, logits)


def search(seed):
    r"""Two ways to the posterior, at the places where the densities of a pair change.

    The first divides $\pi p$ by $\pi p + (1 - \pi) q$, the second applies $\sigma$ to the shifted
    log ratio. The log odds of the prior are drawn from -8 to 8. One place with two values would
    refute it.
    """
    drawn = strategies.density_pairs().flatmap(with_log_odds)
    name = "Bayes' rule and the logit"
    yield survives(name, by_bayes_and_by_logit, drawn, seed=seed, examples=300)


def refute():
    r"""The prior forgotten, or put in wrongly.

    Practice shows a discriminator as many generated points as real ones, so the prior is 1/2 and
    drops out. Then $D$ is called "the probability that $x$ is real" [@ramasinghe], and the prior is
    lost where it matters: on a stream in which 90 % of the points are real. When it is put back, its
    sign is lost, or $\log \pi$ is taken for the log odds. And $q/(p + q)$ is that of the other label.
    """
    shifts = (
        ("the prior plays no part", 0),
        ("the log odds subtracted", -LOG_ODDS),
        ("log π for the log odds", sp.log(prior)),
    )
    for name, shift in shifts:
        yield equal(name, POSTERIOR, SIGMA.subs(a, LOG_RATIO + shift), where=UNIT)
    yield equal("p and q exchanged", q / (p + q), p / (p + q))
    mostly_real = POSTERIOR.subs({q: p, prior: sp.Rational(9, 10)})
    yield equal("p = q, 90 % real: D* = 1/2", mostly_real, HALF, label="posterior-needs-the-prior")


def figure():
    r"""The posterior for $\mathcal{N}(0, 1)$ and $\mathcal{N}(1, 1)$, for three priors.

    The three curves are copies of one logistic curve, moved sideways by the log odds of the prior.
    Where each crosses $1/2$, a real point is as probable as a generated one.
    """
    from matplotlib import pyplot as plt

    fig, (above, below) = plt.subplots(2, figsize=(6.0, 4.6), sharex=True, height_ratios=(2, 1))
    at = np.linspace(-4, 5, 400)
    for share, colour in ((0.9, "C2"), (0.5, "C0"), (0.1, "C3")):
        middle = 0.5 + np.log(share / (1 - share))
        above.plot(at, expit(middle - at), color=colour)
        text = rf"$\pi={share:g}$" + (": $D^*$" if share == 0.5 else "")
        above.annotate(text, (middle + 0.15, 0.52), color=colour)
    above.axhline(0.5, color="C6", linewidth=0.8, zorder=0)
    above.set(ylabel="chance that $x$ is real", ylim=(0, 1), yticks=(0, 0.5, 1))
    above.set_title(r"The prior $\pi$ moves the posterior sideways")
    below.plot(at, Normal(0, 1).pdf(at), color="C4")
    below.plot(at, Normal(1, 1).pdf(at), color="C4", linestyle="--")
    below.annotate("$p$, real", (-1.05, 0.3), ha="right")
    below.annotate("$q$, generated", (2.05, 0.3))
    below.set(xlim=(-4, 5), xticks=(-4, -2, 0, 1, 3, 5), xlabel="sample $x$")
    below.set(ylabel="density", ylim=(0, 0.45), yticks=(0, 0.4))
    return fig


# --- how the numbers are made ---------------------------------------------------------------------


@in_norm
def shifted_logit(p, q, places, share):
    r"""$\log p - \log q + \log\frac{\pi}{1 - \pi}$."""
    return optimal_discriminator(p, q)(places) + np.log(float(share / (1 - share)))


def with_log_odds(pair):
    """The pair, and the log odds of a prior."""
    return strategies.logits(8).map(lambda shift: (*pair, shift))


def by_bayes_and_by_logit(example):
    """Both probabilities at the landmarks, of densities divided by the larger one of the two."""
    p, q, shift = example
    places = np.unique(np.concatenate([d.landmarks[..., 0].ravel() for d in (p, q)]))
    logs = np.stack([d.logpdf(places) for d in (p, q)])
    alive = logs.max(axis=0) > -np.inf
    places, logs = places[alive], logs[:, alive] - logs[:, alive].max(axis=0)
    seen = logs > -690  # below, a share is not a normal float
    logits = optimal_discriminator(p, q)(places) + shift
    return equal("two posteriors", by_logit(logits, seen), by_bayes(logs, shift, seen))


@pointwise(roundings=10_000)  # logarithms up to 700 in size, of a few roundings, in an exponential
def by_logit(logit, seen):
    r"""$\sigma(a)$ and $\sigma(-a)$."""
    return expit(np.stack([logit, -logit])[seen])


@pointwise(roundings=10_000)
def by_bayes(logs, shift, seen):
    r"""$\pi p/(\pi p + (1 - \pi) q)$ and $(1 - \pi) q/(\pi p + (1 - \pi) q)$."""
    with np.errstate(under="ignore"):
        parts = np.exp(logs) * expit([[shift], [-shift]])
    return (parts / parts.sum(axis=0))[seen]
