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
from gantheory.estimates import Estimate, route
from gantheory.game import optimal_discriminator
from gantheory.quadrature import integrate
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
    [stationary] = sp.solve(sp.diff(value, D), D)
    yield equal("the weighted value is stationary in D at the posterior only", stationary, best)
    yield at_most(
        "the weighted value is concave in D", sp.diff(value, D, 2), 0, where={D: (0, 1)} | UNIT
    )
    yield equal(
        "every point is real or generated: D*(p, q) = 1 - D*(q, p), with the priors exchanged",
        best,
        1 - posterior(q, p, 1 - prior),
    )
    yield equal("only the ratio of p and q counts", posterior(c * p, c * q, prior), best)
    normal = [sp.exp(-((x - at) ** 2) / 2) / sp.sqrt(2 * sp.pi) for at in (0, m)]
    yield equal(
        "N(0, 1) against N(m, 1): the posterior is logistic, σ(m²/2 - m x + log(π / (1 - π)))",
        posterior(*normal, prior),
        sigma(m**2 / 2 - m * x + sp.log(prior / (1 - prior))),
        where=UNIT,
    )
    yield equal(
        "p = q with 90 % real points: the posterior is 9/10",
        posterior(p, p, sp.Rational(9, 10)),
        sp.Rational(9, 10),
    )


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
    for share in (0.1, 0.5, 0.9):
        cut = 0.5 + np.log(
            share / (1 - share)
        )  # where the posterior of N(0, 1) against N(1, 1) is 1/2
        exact = sp.nsimplify(share)
        at = sp.Rational(1, 2) + sp.log(exact / (1 - exact))
        yield equal(
            f"N(0, 1) against N(1, 1), π = {share:g}: calling x real where the posterior is above 1/2 "
            "errs with probability π Φ(-c) + (1 - π) Φ(c - 1), c = 1/2 + log(π / (1 - π))",
            integrate(
                lambda t, share=share: np.minimum(share * bell(t), (1 - share) * bell(t - 1)),
                (-np.inf, np.inf),
                landmarks=[(0.0, 1.0), (1.0, 1.0), (cut, 0.0)],
            ),
            exact * phi(-at) + (1 - exact) * phi(at - 1),
        )
    places = np.linspace(-4, 6, 11)
    for share in (0.25, 0.9):
        yield equal(
            f"N(0, 1) against N(1, 2²), π = {share:g}: the logit is log 2 - x²/2 + (x - 1)²/8 "
            "+ log(π / (1 - π))",
            shifted_logit(Normal(0, 1), Normal(1, 2), places, share),
            np.log(2) - places**2 / 2 + (places - 1) ** 2 / 8 + np.log(share / (1 - share)),
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
        count = int(here.sum())
        # Y - Pr(Y = 1 | x) lies in an interval of length 1: Hoeffding's bound, wrong once in 10^6
        bar = float(np.sqrt(np.log(2e6) / (2 * count)))
        yield equal(
            f"N(0, 1) and N(1, 2²), 3 real to 1: of points with a posterior of {low:g} to {high:g}, as "
            "many are real as it says on average",
            Estimate(
                float(real[here].mean()), bar, kind="statistical", route=route("sampling", "Y")
            ),
            float(said[here].mean()),
            tolerance=0.1,
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


def bell(t):
    """φ(t)."""
    return np.exp(-(t**2) / 2) / np.sqrt(2 * np.pi)


def phi(t):
    """Φ(t)."""
    return (1 + sp.erf(t / sp.sqrt(2))) / 2


def shifted_logit(p, q, places, share):
    """log p - log q + log(π / (1 - π)), right to 1e-13 of its terms."""
    terms = optimal_discriminator(p, q)(places), np.log(share / (1 - share))
    return Estimate(
        terms[0] + terms[1],
        1e-13 * (np.abs(terms[0]) + abs(terms[1]) + 10),
        route=route("optimal_discriminator", "logit"),
        magnitude=np.abs(terms[0]) + abs(terms[1]) + 1,
    )


def by_bayes_and_by_logit(example):
    p, q, shift = example
    places = np.unique(np.concatenate([p.landmarks[..., 0].ravel(), q.landmarks[..., 0].ravel()]))
    share = expit(shift)
    with np.errstate(under="ignore"):
        real, fake = share * p.pdf(places), expit(-shift) * q.pdf(places)
    seen = real + fake > 1e-200
    real, fake, places = real[seen], fake[seen], places[seen]
    said = expit(optimal_discriminator(p, q)(places) + shift)
    return equal(
        "Bayes' rule and the shifted logit agree",
        Estimate(said, 1e-11 * said, route=route("optimal_discriminator", "logit")),
        real / (real + fake),
    )


def by_counting(pair):
    p, q = pair
    here = [k for k in range(len(p.points)) if p.exact_weights[k] + q.exact_weights[k] > 0]
    exact = [p.exact_weights[k] / (p.exact_weights[k] + q.exact_weights[k]) for k in here]
    said = expit(optimal_discriminator(p, q)(p.points[here]))
    return equal(
        "σ(log p - log q) is the fraction",
        Estimate(said, 1e-14 * said, route=route("optimal_discriminator", "logit")),
        np.array([float(share) for share in exact]),
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
    below.plot(at, bell(at), color="0.2")
    below.plot(at, bell(at - 1), color="0.2", linestyle="--")
    below.annotate("p, real", (-1.05, 0.3), ha="right")
    below.annotate("q, generated", (2.05, 0.3))
    below.set(xlabel="x", ylim=(0, 0.45), yticks=(0, 0.4), xlim=(-4, 5))
    return fig
