r"""The optimal discriminator is a posterior probability.

Statement
---------
Toss a coin Y with Pr(Y = 1) = π. Draw x from the data density p if Y = 1, from the model density q if
Y = 0. Then Pr(Y = 1 | x) = π p / (π p + (1 - π) q) = σ(log p - log q + log(π / (1 - π))), and this D
maximises π E_p[log D] + (1 - π) E_q[log(1 - D)]. The optimal discriminator D* = p / (p + q) is the
posterior of the fair coin, π = 1/2, and of no other: "D(x) is the probability that x is real" holds for
D = D* and equal numbers of real and generated points only.

Assumes   p and q are densities with respect to one measure, 0 < π < 1; the formulas hold where
          p + q > 0.
Source    Goodfellow et al. (2014), section 4.1 (D as the conditional probability of a label).
"""

# notation: p, q densities of data and model; π (prior) the share of real points; a = log p - log q

from fractions import Fraction

import numpy as np
import sympy as sp
from scipy.special import expit

from gantheory import certified
from gantheory.densities import Cauchy, Laplace, Mixture, Normal
from gantheory.divergences import total_variation
from gantheory.evidence import in_norm, mean_of, pointwise
from gantheory.game import optimal_discriminator
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_most, equal

theorem = Theorem(
    label="discriminator-is-posterior",
    title="D*(x) = Pr(x is real | x) for a fair coin; a prior π adds log(π / (1 - π)) to the logit",
    covers=("discriminator-is-posterior",),
    errata=(
        "Ramasinghe calls D(x) the probability that x is real: it is so for D = D* and the prior 1/2 "
        "only; with 90 % real points and p = q it is 0.9, not 0.5.",
    ),
)

p, q, c = sp.symbols("p q c", positive=True)
prior, D = sp.symbols("prior D", positive=True)
x, m = sp.symbols("x m", real=True)
UNIT = {prior: (0, 1)}
HALF = sp.Rational(1, 2)


def posterior(p, q, prior):
    """π p / (π p + (1 - π) q)."""
    return prior * p / (prior * p + (1 - prior) * q)


def sigma(a):
    """1 / (1 + e^(-a))."""
    return 1 / (1 + sp.exp(-a))


def derive():
    value = prior * p * sp.log(D) + (1 - prior) * q * sp.log(1 - D)
    best = posterior(p, q, prior)
    shifted = sigma(sp.log(p) - sp.log(q) + sp.log(prior / (1 - prior)))
    yield equal(
        "Pr(Y = 1 | x) has the logit log p - log q + log(π / (1 - π))",
        best,
        shifted,
        where=UNIT,
        label="discriminator-is-posterior",
    )
    yield equal(
        "D* = p / (p + q) is the posterior for π = 1/2",
        best.subs(prior, sp.Rational(1, 2)),
        p / (p + q),
    )
    yield equal(
        "the slope of the weighted value in D is (π p + (1 - π) q) (posterior - D)/(D (1 - D)): zero at "
        "the posterior only",
        sp.Derivative(value, D),
        (prior * p + (1 - prior) * q) * (best - D) / (D * (1 - D)),
        where={D: (0, 1)} | UNIT,
    )
    yield at_most(
        "the weighted value is concave in D", sp.diff(value, D, 2), 0, where={D: (0, 1)} | UNIT
    )
    yield equal(
        "every point is real or generated: D*(p, q) = 1 - D*(q, p), with the priors exchanged",
        best,
        1 - posterior(q, p, 1 - prior),
        where=UNIT,
    )
    yield equal(
        "only the ratio of p and q counts", posterior(c * p, c * q, prior), best, where=UNIT
    )
    yield equal(
        "N(0, 1) against N(m, 1): the posterior is logistic, σ(m²/2 - m x + log(π / (1 - π)))",
        posterior(bell(x), bell(x - m), prior),
        sigma(m**2 / 2 - m * x + sp.log(prior / (1 - prior))),
        where=UNIT,
    )
    yield equal(
        "where p = q the posterior is the prior: 9/10 if 90 % of the points are real",
        posterior(p, p, prior),
        prior,
        where=UNIT,
    )
    cut = HALF + sp.log(prior / (1 - prior))
    yield equal(
        "N(0, 1) against N(1, 1): calling x real where the posterior is above 1/2, that is for x < c, "
        "c = 1/2 + log(π / (1 - π)), errs with probability π Φ(-c) + (1 - π) Φ(c - 1)",
        sp.Integral(prior * bell(x), (x, cut, sp.oo))
        + sp.Integral((1 - prior) * bell(x - 1), (x, -sp.oo, cut)),
        prior * phi(-cut) + (1 - prior) * phi(cut - 1),
        where=UNIT,
    )


def bell(t):
    """φ(t)."""
    return sp.exp(-(t**2) / 2) / sp.sqrt(2 * sp.pi)


def phi(t):
    """Φ(t)."""
    return (1 + sp.erf(t / sp.sqrt(2))) / 2


def certify():
    # π E_p[posterior] + (1 - π) E_q[posterior] = π, the two averages being enclosed apart
    share = Fraction(9, 10)
    best = posterior(p, q, sp.Rational(9, 10))
    for name, pair in pairs().items():
        real = certified.integral(p * best, *pair, bound=(1, 0), digits=20)
        fake = certified.integral(q * best, *pair, bound=(0, 1), digits=20)
        yield equal(
            f"{name}: with π = 9/10, the posterior averages 9/10 over all points",
            share * real,
            share - (1 - share) * fake,
        )


def check():
    yield equal(
        "N(0, 1) against N(1, 1), π = 1/2: that error, Φ(-1/2), is ∫ min(p, q)/2 = (1 - TV)/2",
        (1 - total_variation(Normal(0, 1), Normal(1, 1))) / 2,
        phi(-HALF),
    )
    places = range(-4, 7)
    for share in (Fraction(1, 4), Fraction(9, 10)):
        odds = sp.Rational(share / (1 - share))
        yield equal(
            f"N(0, 1) against N(1, 2²), π = {share}, x = -4, -3, ..., 6: the logit is log 2 - x²/2 "
            "+ (x - 1)²/8 + log(π / (1 - π))",
            shifted_logit(Normal(0, 1), Normal(1, 2), places, share),
            [sp.log(2 * odds) - HALF * k**2 + HALF * (k - 1) ** 2 / 4 for k in places],
        )


def search(seed):
    yield survives(
        "Bayes' rule from the two densities and σ(log p - log q + log(π / (1 - π))) give one number",
        by_bayes_and_by_logit,
        strategies.density_pairs().flatmap(
            lambda pair: strategies.logits(8).map(lambda shift: (*pair, shift))
        ),
        seed=seed,
        examples=300,
    )
    yield survives(
        "on finitely many points, σ(log p - log q) is the fraction p / (p + q)",
        by_counting,
        strategies.discrete_pairs(equal=False),
        seed=seed,
        examples=300,
    )


def simulate(seed):
    rng = np.random.default_rng(seed)
    n, share = 400_000, 0.75
    real = rng.random(n) < share
    at = np.where(real, rng.normal(0, 1, n), rng.normal(1, 2, n))
    logit = optimal_discriminator(Normal(0, 1), Normal(1, 2))(at) + np.log(share / (1 - share))
    said = expit(logit)
    for low, high in ((0.0, 0.5), (0.5, 0.8), (0.8, 1.0)):
        here = (said >= low) & (said < high)
        yield equal(
            f"N(0, 1) and N(1, 2²), 3 real to 1: of points with a posterior of {low:g} to {high:g}, as "
            "many are real as it says on average: 1 + Y - posterior averages 1",
            mean_of(1 + real[here] - said[here], within=(0, 2)),
            1,
            tolerance=0.02,
        )


def refute():
    best = posterior(p, q, prior)
    log_odds = sp.log(prior / (1 - prior))
    yield equal(
        "the prior plays no part: Pr(Y = 1 | x) = p / (p + q)", best, p / (p + q), where=UNIT
    )
    yield equal(
        "the logit is shifted the other way, by log((1 - π) / π)",
        best,
        sigma(sp.log(p) - sp.log(q) - log_odds),
        where=UNIT,
    )
    yield equal(
        "the logit is shifted by log π alone",
        best,
        sigma(sp.log(p) - sp.log(q) + sp.log(prior)),
        where=UNIT,
    )
    yield equal(
        "p and q exchanged: Pr(Y = 1 | x) = q / (p + q) for π = 1/2", q / (p + q), p / (p + q)
    )
    yield equal(
        "p = q with 90 % real points: D* = 1/2 is the posterior",
        posterior(p, p, sp.Rational(9, 10)),
        sp.Rational(1, 2),
    )
    share = sp.Rational(9, 10)
    fair = posterior(p, q, sp.Rational(1, 2))
    pair = (Normal(0, 1), Normal(1, 2))
    yield equal(
        "D* is calibrated for π = 9/10: it averages 9/10 over all points",
        certified.integral((share * p + (1 - share) * q) * fair, *pair, bound=(1, 1), digits=20),
        share,
    )


# --- numbers --------------------------------------------------------------------------------------


def pairs():
    """Asymmetric, contaminated, heavy-tailed, nearly equal."""
    return {
        "N(0, 1) against N(1, 2²)": (Normal(0, 1), Normal(1, 2)),
        "N(0, 1) against 9 parts of itself and 1 of N(5, 1/4)": (
            Normal(0, 1),
            Mixture((Normal(0, 1), Normal(5, "1/2")), ("9/10", "1/10")),
        ),
        "Cauchy(0, 1) against N(0, 1)": (Cauchy(0, 1), Normal(0, 1)),
        "Laplace(0, 1) against Laplace(1/1000, 1)": (Laplace(0, 1), Laplace("1/1000", 1)),
    }


@in_norm
def shifted_logit(p, q, places, share):
    """log p - log q + log(π / (1 - π))."""
    return optimal_discriminator(p, q)(places) + np.log(float(share / (1 - share)))


def by_bayes_and_by_logit(example):
    p, q, shift = example
    places = np.unique(np.concatenate([d.landmarks[..., 0].ravel() for d in (p, q)]))
    logs = np.stack([d.logpdf(places) for d in (p, q)])
    alive = logs.max(axis=0) > -np.inf
    places, logs = places[alive], logs[:, alive]
    logs = logs - logs.max(axis=0)
    seen = logs > -690  # below, a share is no normal float
    return equal(
        "σ(± (log p - log q + log(π / (1 - π)))) are the shares of π p and (1 - π) q in their sum",
        by_logit(optimal_discriminator(p, q)(places) + shift, seen),
        by_bayes(logs, shift, seen),
    )


@pointwise(roundings=10_000)  # logarithms up to 700 in size, of a few roundings, in an exponential
def by_logit(logit, seen):
    """σ(a) and σ(-a)."""
    return expit(np.stack([logit, -logit])[seen])


@pointwise(roundings=10_000)
def by_bayes(logs, shift, seen):
    """π p / (π p + (1 - π) q) and (1 - π) q / (π p + (1 - π) q)."""
    with np.errstate(under="ignore"):
        parts = np.exp(logs) * expit([[shift], [-shift]])
    return (parts / parts.sum(axis=0))[seen]


def by_counting(pair):
    weights = np.stack([law.weights for law in pair])
    exact = [law.exact_weights for law in pair]
    return equal(
        "σ(log p - log q) and σ(log q - log p) are the fractions p / (p + q) and q / (p + q)",
        by_logit(optimal_discriminator(*pair)(pair[0].points), weights > 0),
        [
            a / (a + b)
            for one, two in (exact, exact[::-1])
            for a, b in zip(one, two, strict=True)
            if a
        ],
    )


def figure():
    from matplotlib import pyplot as plt

    fig, (above, below) = plt.subplots(
        2, 1, figsize=(6.0, 4.6), sharex=True, gridspec_kw={"height_ratios": (2, 1)}
    )
    at = np.linspace(-4, 5, 400)
    for share, colour in ((0.9, "C2"), (0.5, "C0"), (0.1, "C4")):
        above.plot(at, expit(0.5 - at + np.log(share / (1 - share))), color=colour)
        middle = 0.5 + np.log(share / (1 - share))
        text = f"π = {share:g}" + (": D*" if share == 0.5 else "")
        above.annotate(text, (middle, 0.5), xytext=(7, 3), textcoords="offset points", color=colour)
    above.axhline(0.5, color="0.8", linewidth=0.8, zorder=0)
    above.set(ylabel="Pr(x is real | x)", ylim=(0, 1), yticks=(0, 0.5, 1))
    above.set_title(
        r"$\sigma(\frac{1}{2}-x+\log\frac{\pi}{1-\pi})$: the prior only moves the curve"
    )
    below.plot(at, Normal(0, 1).pdf(at), color="0.2")
    below.plot(at, Normal(1, 1).pdf(at), color="0.2", linestyle="--")
    below.annotate("p, real", (-1.05, 0.3), ha="right")
    below.annotate("q, generated", (2.05, 0.3))
    below.set(xlabel="x", ylim=(0, 0.45), yticks=(0, 0.4), xlim=(-4, 5))
    return fig
