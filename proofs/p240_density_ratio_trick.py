r"""The density ratio trick: a classifier knows the ratio of two densities.

Statement
---------
From the optimal discriminator $D^* = \frac{p}{p + q}$ the ratio of the two densities can be read
off,

$$\frac{p}{q} = \frac{D^*}{1 - D^*}, \quad \log\frac{D^*}{1 - D^*} = \log p - \log q.$$

The second number is the logit of $D^*$, and its gradient in $x$ is the difference of the two
scores, $\nabla \log p - \nabla \log q$. Nobody knows $p$, yet $D^*$ can be learned from samples of
$p$ and $q$: for two Gaussians by logistic regression on $x$ and $x^2$. In floating point the logit
is the number to keep: $\frac{D^*}{1 - D^*}$ loses its digits as $D^*$ comes near $1$.

Assumes   $p$ and $q$ are densities with respect to one measure; $q > 0$ where the ratio is taken.
Source    [@goodfellow2014, Proposition 1]; [@sugiyama2012] for the trick.
"""

import math

import numpy as np
import sympy as sp
from scipy.special import expit

from gantheory import certified
from gantheory.densities import Cauchy, Laplace, Normal
from gantheory.evidence import in_norm, mean_of, pointwise
from gantheory.game import optimal_discriminator
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, always, at_least, equal

theorem = Theorem(
    label="density-ratio-trick",
    title=r"$\frac{p}{q} = \frac{D^*}{1 - D^*}$, and the logit of $D^*$ is $\log p - \log q$",
    uses=("optimal-discriminator",),
    covers=("density-ratio-trick", "ratio-is-the-odds"),
    errata=(
        r"[@annotated2017] calls $D^*$ not practically calculable: its formula needs $p$, but a "
        r"classifier trained on samples estimates it.",
    ),
)

# p, q: the densities of data and model at one point; r: their ratio
p, q, r = sp.symbols("p q r", positive=True)
STAR = p / (p + q)
LOGIT = sp.log(STAR / (1 - STAR))
# x: a point of the line; m, s and v, w: mean and width of two Gaussians there, p and q
x, m, v = sp.symbols("x m v", real=True)
s, w = sp.symbols("s w", positive=True)
GAUSSIANS = {
    p: sp.exp(-((x - m) ** 2) / (2 * s**2)) / (s * sp.sqrt(2 * sp.pi)),
    q: sp.exp(-((x - v) ** 2) / (2 * w**2)) / (w * sp.sqrt(2 * sp.pi)),
}
PARABOLA = sp.log(w / s) - (x - m) ** 2 / (2 * s**2) + (x - v) ** 2 / (2 * w**2)


def derive():
    r"""Odds are a ratio of densities.

    The optimal discriminator divides $p$ by $p + q$, and $1 - D^*$ is $\frac{q}{p + q}$. In their
    quotient $p + q$ cancels: these are the odds $\frac{p}{q}$. The logarithm of the odds is the
    logit. The other way round, $D^* = \frac{r}{1 + r}$ for the ratio $r$. A discriminator
    $D = \sigma(a)$, whose network computes the logit $a$, is therefore a model of
    $\log p - \log q$, and it is trained without any knowledge of $p$: samples with labels are
    enough.

    For two Gaussians $\mathcal{N}(m, s^2)$ and $\mathcal{N}(v, w^2)$ the logit is a parabola in
    $x$, and its slope is the difference of the two scores,
    $-\frac{x - m}{s^2} + \frac{x - v}{w^2}$. For equal widths it is a line, so that ordinary
    logistic regression contains $D^*$. For two Cauchy densities about $0$, of widths $1$ and $s$,
    the logit is bounded: it lies between $-\log s$ and $\log s$, and tends to $-\log s$ far out.
    """
    yield equal("the odds", STAR / (1 - STAR), p / q, label="density-ratio-trick")
    yield equal("the logit", LOGIT, sp.log(p) - sp.log(q))
    yield equal("back from the ratio", STAR.subs(p, r * q), r / (1 + r))

    scores = [sp.Derivative(sp.log(GAUSSIANS[density]), x) for density in (p, q)]
    line = (m - v) * x / s**2 + (v**2 - m**2) / (2 * s**2)
    yield equal("two Gaussians: a parabola", LOGIT.subs(GAUSSIANS), PARABOLA)
    yield equal("its slope: the scores", sp.Derivative(PARABOLA, x), scores[0] - scores[1])
    yield equal("equal widths: a line", PARABOLA.subs(w, s), line)

    cauchy = {p: 1 / (sp.pi * (1 + x**2)), q: s / (sp.pi * (s**2 + x**2))}
    bounded = sp.log((x**2 + s**2) / (s * (x**2 + 1)))
    yield equal("two Cauchy densities", LOGIT.subs(cauchy), bounded)
    odds = (x**2 + s**2) / (s * (x**2 + 1))
    yield always("two Cauchy densities: the odds", s >= 1, (1 / s <= odds) & (odds <= s))
    yield equal("two Cauchy densities far out", sp.Limit(bounded, x, sp.oo), -sp.log(s))


def certify():
    r"""The mean of the logit over the data is $\mathrm{KL}(p \,\|\, q)$; what rounding $D^*$ costs.

    The mean, an integral in balls, is compared with closed forms. Then $D^*$ is raised by $2^{-54}$,
    half of the distance of two floats below 1: the logit, with the slope $\frac{1}{D (1 - D)}$ in $D$,
    moves by more than half of a thousandth wherever it is from 30 to 36.
    """
    for name, (pair, _) in closed_forms().items():
        yield equal(f"{name}: KL", certified.integral(p * LOGIT, *pair, bound=(42, 1)), KL[name])
    at_star = (1 / (1 + sp.exp(-x)) + r) * (1 / (1 + sp.exp(x)) - r)  # D (1 - D), D raised by r
    moved = sp.Integral(1 / at_star, (r, 0, sp.Rational(1, 2**54)))
    yield at_least("the logit of a rounded D*", moved, sp.Rational(1, 2000), where={x: (30, 36)})


def check():
    r"""The logit as the package computes it, beside closed forms.

    The package does not divide: it subtracts two log densities, which exist where the densities
    themselves round to $0$. Here are seven points from $-30$ to $40$, for a parabola, a bounded
    logit and a piecewise linear one. At $x = 40$ the parabola is about $-609$, and $D^*$ about
    $10^{-265}$. A logit keeps its digits there, and at points as far on the other side, where $D^*$
    would round to $1$.
    """
    places = [sp.Rational(k) for k in (-30, -2, 0, "1/4", 1, 7, 40)]
    for name, (pair, closed) in closed_forms().items():
        found = logit_at(pair, [float(at) for at in places])
        yield equal(f"{name}, at seven points", found, [closed(at) for at in places])


def search(seed):
    r"""Random pairs of densities, at the points where they have their features.

    Drawn are densities of all kinds: overlapping, nearly equal, far apart, disjoint, with edges or
    heavy tails. $e^a q$ is compared with $p$ at the landmarks of both (centres, edges), where $a$
    is the logit of $D^*$. If no landmark has mass from both, $D^*$ must be $1$ on the data and $0$
    on the model. A ratio that differs would refute the theorem.
    """
    every = strategies.density_pairs()
    yield survives("q times the odds is p", ratio_at_landmarks, every, seed=seed, examples=220)


def simulate(seed):
    r"""The logit, learned from samples.

    The data are $\mathcal{N}(0, 1)$, the model is $\mathcal{N}(1, 2^2)$, and the logit of $D^*$ is
    $\log 2 + \frac{1}{8} - \frac{x}{4} - \frac{3 x^2}{8}$. Logistic regression on $1$, $x$, $x^2$
    is fitted by Newton's method to $10\,000$ samples of each, and this is done $40$ times. The
    statistic is the mean of each coefficient over the $40$ fits, with an interval that assumes
    nearly normal means. A bias that is smaller than the interval, as maximum likelihood has it for
    finite samples, is not excluded.
    """
    rng = np.random.default_rng(seed)
    found = np.stack([learned(rng, 10_000) for _ in range(40)])
    closed = (sp.log(2) + sp.Rational(1, 8), -sp.Rational(1, 4), -sp.Rational(3, 8))
    for k, name in enumerate(("1", "x", "x²")):
        yield equal(f"the coefficient of {name}", mean_of(found[:, k]), closed[k], tolerance=0.05)


def refute():
    r"""Confusions of $D^*$, its odds and their logarithm.

    Exchanged roles of $p$ and $q$ give the inverse ratio. The logit is a difference of logarithms
    and not a sum, and its slope is the difference of the scores and not their sum. Neither $D^*$
    nor $\log D^*$ is what the logit is, though both grow with the ratio: $D^*$ stops at $1$, and
    $\log D^*$ at $0$, however much more data than model there is. Last, the odds of a rounded
    $D^*$: for a logit of $35$, $D^*$ is within $10^{-15}$ of $1$, and rounding leaves hardly a
    digit of the distance.
    """
    yield equal("the inverse ratio", STAR / (1 - STAR), q / p)
    yield equal("a sum of logarithms", LOGIT, sp.log(p) + sp.log(q))
    yield equal("D* as the ratio", STAR, p / q, label="ratio-is-the-odds")
    yield equal("log D* for the logit", sp.log(STAR), sp.log(p) - sp.log(q))
    total = -(x - m) / s**2 - (x - v) / w**2
    yield equal("the sum of the scores", sp.Derivative(LOGIT.subs(GAUSSIANS), x), total)
    yield equal("the odds of a rounded D*", logit_of_rounded(35.0), 35)


def figure():
    r"""Four logits: a line, a parabola, a heavy tail and two corners.

    Two Gaussians of equal width have a line, of unequal width a parabola. Where the data have the
    heavier tail the logit grows without bound on both sides. The two Laplace densities, centred at
    $0$ and $1$, have a logit that is constant outside these two points.
    """
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots()
    four_logits(axes)
    return fig


# --- how the numbers are made ---------------------------------------------------------------------


KL = {
    "N(0, 1) and N(1, 2²)": sp.log(2) - sp.Rational(1, 4),
    "Cauchy(0, 1) and Cauchy(0, 3)": sp.log(sp.Rational(4, 3)),
    "Laplace(0, 1) and Laplace(1, 1)": sp.exp(-1),
}


def closed_forms():
    """((p, q), log p - log q as a function) by name."""
    return {
        "N(0, 1) and N(1, 2²)": (
            (Normal(0, 1), Normal(1, 2)),
            lambda at: sp.log(2) - at**2 / 2 + (at - 1) ** 2 / 8,
        ),
        "Cauchy(0, 1) and Cauchy(0, 3)": (
            (Cauchy(0, 1), Cauchy(0, 3)),
            lambda at: sp.log((at**2 + 9) / (3 * at**2 + 3)),
        ),
        "Laplace(0, 1) and Laplace(1, 1)": (
            (Laplace(0, 1), Laplace(1, 1)),
            lambda at: abs(at - 1) - abs(at),
        ),
    }


@in_norm
def logit_at(pair, at):
    """log p - log q."""
    return optimal_discriminator(*pair)(at)


@pointwise
def logit_of_rounded(logit):
    """log(D/(1 - D)) for D = σ(a) rounded to float64."""
    rounded = expit(logit)
    return math.log(rounded / (1 - rounded))


def learned(rng, count):
    """The coefficients of 1, x and x², by Newton's method on the logistic likelihood.

    The features hold the true logit, so that the fit is consistent: more samples bring it closer.
    """
    at = np.concatenate([rng.normal(0, 1, count), rng.normal(1, 2, count)])
    real = np.repeat([1.0, 0.0], count)
    features = np.stack([np.ones(2 * count), at, at**2], axis=1)
    weights = np.zeros(3)
    for _ in range(12):
        said = expit(features @ weights)
        information = (features * (said * (1 - said))[:, None]).T @ features
        weights = weights + np.linalg.solve(information, features.T @ (real - said))
    return weights


def ratio_at_landmarks(pair):
    """e^a q = p where both are positive; else D* is 1 on p and 0 on q."""
    places = np.unique(np.concatenate([d.landmarks[..., 0].ravel() for d in pair]))
    there = np.stack([d.logpdf(places) for d in pair]) > -600
    if not there.all(axis=0).any():
        at, of_data = places[there.any(axis=0)], there[0][there.any(axis=0)]
        return equal("D* is 1 on p, 1 - D* is 1 on q", own_share(pair, at, of_data), 1)
    at = places[there.all(axis=0)]
    return equal("e^a q = p", reweighted_model(pair, at), data_density(pair, at))


@pointwise(roundings=10_000)  # logarithms up to 600 in size, of a few roundings, in an exponential
def reweighted_model(pair, at):
    """e^a q."""
    return np.exp(optimal_discriminator(*pair)(at)) * pair[1].pdf(at)


@pointwise(roundings=10_000)
def data_density(pair, at):
    """p."""
    return pair[0].pdf(at)


@pointwise
def own_share(pair, at, of_data):
    """σ(a) or σ(-a)."""
    logit = optimal_discriminator(*pair)(at)
    return expit(np.where(of_data, logit, -logit))


def four_logits(axes):
    """Draw log p - log q for four pairs."""
    at = np.linspace(-4, 4, 401)
    for pair, style, text, place in (
        ((Normal(0, 1), Normal(1, 1)), "C0-", "$N(0, 1)$ and $N(1, 1)$", (-1.9, 2.6)),
        ((Normal(0, 1), Normal(1, 2)), "C2--", "$N(0, 1)$ and $N(1, 2^2)$", (-2.7, -3.4)),
        ((Cauchy(0, 1), Normal(0, 1)), "C3-.", "Cauchy(0, 1) and $N(0, 1)$", (0.5, 4.2)),
        ((Laplace(0, 1), Laplace(1, 1)), "C1:", "two Laplace", (-3.95, 1.2)),
    ):
        axes.plot(at, optimal_discriminator(*pair)(at), style)
        axes.annotate(text, place, color=style[:2])
    axes.axhline(0, color="C6", linewidth=0.8, zorder=0)
    axes.set(xlim=(-4, 4), ylim=(-4.5, 5.4), xticks=(-4, -2, 0, 2, 4))
    axes.set(
        xlabel="sample $x$", yticks=(-4, -2, 0, 2, 4), ylabel=r"logit of $D^*$, $\log p - \log q$"
    )
    axes.set_title(r"The logit of $D^*$ is the log of the density ratio $p/q$")
