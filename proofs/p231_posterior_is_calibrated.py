r"""A posterior is calibrated, and the decision by it errs least.

Statement
---------
Let $D_\pi = \pi p/(\pi p + (1 - \pi) q)$ be the posterior probability that $x$ is real, for a share
$\pi$ of real points. It is calibrated: given that $x$ lies in a set, the probability that it is
real is the mean of $D_\pi$ over the points in that set. In particular, its mean over all points is
$\pi$.

To call $x$ real where $D_\pi(x) > 1/2$ errs with probability
$\int \min(\pi p, (1 - \pi) q) \,\mathrm{d}x$, and no other decision errs less often. For the fair
coin that is $(1 - \mathrm{TV}(p, q))/2$, where
$\mathrm{TV}(p, q) = \frac{1}{2} \int |p - q| \,\mathrm{d}x$.

Assumes   $p$ and $q$ are densities with respect to one measure, and $0 < \pi < 1$.
Source    [@sugiyama2012] for probabilistic classification; [@goodfellow2014, section 4.1].
"""

from fractions import Fraction

import numpy as np
import sympy as sp
from scipy.special import expit

from gantheory import certified
from gantheory.densities import Cauchy, Laplace, Mixture, Normal
from gantheory.divergences import total_variation
from gantheory.evidence import mean_of, summed
from gantheory.game import optimal_discriminator
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, equal

theorem = Theorem(
    label="posterior-is-calibrated",
    title=r"$\mathbb{E}[D_\pi(x)] = \pi$, and $D_\pi > 1/2$ is the best decision",
    uses=("discriminator-is-posterior",),
)

p, q = sp.symbols("p q", positive=True)  # the densities of data and model at one point
prior = sp.Symbol("prior", positive=True)  # π
x, k = sp.symbols("x k", real=True)  # a point, and the threshold of a decision
UNIT = {prior: (0, 1)}
HALF = sp.Rational(1, 2)

POINTS = prior * p + (1 - prior) * q  # the density of all points
POSTERIOR = prior * p / POINTS
GAUSSIAN = sp.exp(-(x**2) / 2) / sp.sqrt(2 * sp.pi)  # the density of N(0, 1)
NORMAL_CDF = (1 + sp.erf(x / sp.sqrt(2))) / 2  # Φ(x)
ERROR = prior * NORMAL_CDF.subs(x, -k) + (1 - prior) * NORMAL_CDF.subs(x, k - 1)
BEST = HALF + sp.log(prior / (1 - prior))  # the threshold for N(0, 1) and N(1, 1)


def derive():
    r"""Multiply the posterior by the density of all points: what is left is the part of the real ones.

    That is the definition of $D_\pi$, and what remains for $1 - D_\pi$ is the part of the generated
    points. Integrate both over a set of points: the posterior is calibrated on the set.

    A decision errs at $x$ with $(1 - \pi) q$ if it says "real", and with $\pi p$ if it says
    "generated". Choose the lesser at every $x$; that is "real" where $\pi p > (1 - \pi) q$, or
    $D_\pi > 1/2$.
    """
    generated = POINTS * (1 - POSTERIOR)
    yield equal("the part of the generated points", generated, (1 - prior) * q, where=UNIT)
    odds = (prior * p - (1 - prior) * q) / (2 * POINTS)
    yield equal("D - 1/2 has the sign of πp - (1 - π)q", POSTERIOR - HALF, odds, where=UNIT)

    # For N(0, 1) and N(1, 1) the rule is x < k with k = 1/2 + log(π/(1 - π)). It errs on real
    # points beyond k, a share Φ(-k) of them, and on the share Φ(k - 1) of the generated ones. The
    # error, as a function of k, is stationary there.
    yield equal("the slope of Φ", sp.Derivative(NORMAL_CDF, x), GAUSSIAN)
    yield equal("Φ at the far left", sp.Limit(NORMAL_CDF, x, -sp.oo), 0)
    slope = (1 - prior) * GAUSSIAN.subs(x, k - 1) - prior * GAUSSIAN.subs(x, k)
    yield equal("the slope of the error in k", sp.Derivative(ERROR, k), slope, where=UNIT)
    yield equal("it vanishes at the best k", slope.subs(k, BEST), 0, where=UNIT)


def certify():
    r"""A posterior is right on average: its mean over all points is the share of real ones.

    With $\pi = 9/10$ the mean is $\frac{9}{10} \mathbb{E}_p + \frac{1}{10} \mathbb{E}_q$ of the
    posterior, and it must be 9/10. The two expectations are enclosed separately, for pairs that are
    asymmetric, contaminated, heavy-tailed and nearly equal.
    """
    share = Fraction(9, 10)
    best = POSTERIOR.subs(prior, sp.Rational(9, 10))
    for name, pair in PAIRS.items():
        real = certified.integral(p * best, *pair, bound=(1, 0), digits=20)
        fake = certified.integral(q * best, *pair, bound=(0, 1), digits=20)
        yield equal(f"{name}: the mean", share * real, share - (1 - share) * fake)


def check():
    r"""The error of the fair coin is half of the overlap of the two densities.

    For $\mathcal{N}(0, 1)$ and $\mathcal{N}(1, 1)$ the threshold is $1/2$ and the error
    $\Phi(-1/2)$. Total variation is computed by quadrature of $|p - q|$.
    """
    error = (1 - total_variation(Normal(0, 1), Normal(1, 1))) / 2
    yield equal("N(0, 1), N(1, 1): the error", error, NORMAL_CDF.subs(x, -HALF))


def search(seed):
    r"""Pairs on finitely many points, any share of real points, and a threshold away from the best.

    The decision by the sign of the posterior's logit must err as often as the lesser of $\pi p$ and
    $(1 - \pi) q$ adds up to, and the decision by another threshold at least as often. One pair for
    which it does not would refute the statement.
    """
    drawn = strategies.discrete_pairs(equal=False).flatmap(with_threshold)
    yield survives("no decision errs less", two_rules, drawn, seed=seed, examples=125)


def simulate(seed):
    r"""400 000 tosses with $\pi = 3/4$, and how often the posterior is right.

    Real points are drawn from $\mathcal{N}(0, 1)$, generated ones from $\mathcal{N}(1, 2^2)$.
    Points are sorted into three groups by their posterior: below 0.5, from 0.5 to 0.8, and above.
    In each group the mean of $1 + Y - \operatorname{Pr}(Y = 1 \mid x)$ must be 1; the interval for
    bounded values holds for any distribution. It cannot exclude a posterior that is wrong by less
    than the width of the interval, below 2 %.
    """
    rng = np.random.default_rng(seed)
    n, share = 400_000, 0.75
    real = rng.random(n) < share
    at = np.where(real, rng.normal(0, 1, n), rng.normal(1, 2, n))
    logit = optimal_discriminator(Normal(0, 1), Normal(1, 2))(at) + np.log(share / (1 - share))
    stated = expit(logit)
    for low, high in ((0.0, 0.5), (0.5, 0.8), (0.8, 1.0)):
        here = (stated >= low) & (stated < high)
        mean = mean_of(1 + real[here] - stated[here], within=(0, 2))
        yield equal(f"posterior from {low:g} to {high:g}", mean, 1, tolerance=0.02)


def refute():
    r"""$D^*$ used where the shares are not equal, and a lost factor.

    A discriminator that was trained on equal numbers of both kinds is $D^*$, the posterior for
    $\pi = 1/2$. On a stream with 90 % real points it is not calibrated: its mean is not 0.9. Nor is
    "real where $D^* > 1/2$", the threshold $1/2$, the best decision there; for $\mathcal{N}(0, 1)$
    and $\mathcal{N}(1, 1)$ it errs more often. And the error is half of $1 - \mathrm{TV}$, because
    each kind is half of the points.
    """
    share, fair = sp.Rational(9, 10), p / (p + q)
    points = POINTS.subs(prior, share)
    mean = certified.integral(points * fair, Normal(0, 1), Normal(1, 2), bound=(1, 1), digits=20)
    yield equal("D* averages 9/10 when 90 % are real", mean, share)
    careless, best = (ERROR.subs({k: at, prior: share}) for at in (HALF, BEST.subs(prior, share)))
    yield equal("90 % real: D* > 1/2 errs no more", careless, best)
    overlap = 1 - total_variation(Normal(0, 1), Normal(1, 1))
    yield equal("1 - TV for (1 - TV)/2", overlap, NORMAL_CDF.subs(x, -HALF))


# --- how the numbers are made ---------------------------------------------------------------------

PAIRS = {
    "N(0, 1), N(1, 2²)": (Normal(0, 1), Normal(1, 2)),
    "N(0, 1), itself with 1/10 of N(5, 1/4)": (
        Normal(0, 1),
        Mixture((Normal(0, 1), Normal(5, "1/2")), ("9/10", "1/10")),
    ),
    "Cauchy(0, 1), N(0, 1)": (Cauchy(0, 1), Normal(0, 1)),
    "Laplace(0, 1), Laplace(1/1000, 1)": (Laplace(0, 1), Laplace("1/1000", 1)),
}


def with_threshold(pair):
    """The pair, and shares of which the first is π and the second makes a threshold."""
    return strategies.simplices(3).map(lambda shares: (*pair, 0.05 + 0.9 * shares[:2]))


def two_rules(example):
    """The errors of two decisions."""
    real, fake, (share, level) = example
    parts = share * real.weights, (1 - share) * fake.weights
    logits = optimal_discriminator(real, fake)(real.points) + np.log(share / (1 - share))
    least, careless = (errors(*parts, logits > at) for at in (0, np.log(level / (1 - level))))
    yield equal("1 + the error", 1 + least, 1 + lesser(*parts))
    yield at_least("1 + that of another threshold", 1 + careless, 1 + lesser(*parts))


@summed
def errors(real, fake, yes):
    r"""$\sum (1 - \pi) q$ where the answer is yes, $\sum \pi p$ where it is no."""
    return np.where(yes, fake, real)


@summed
def lesser(real, fake):
    r"""$\sum \min(\pi p, (1 - \pi) q)$."""
    return np.minimum(real, fake)
