r"""The density ratio trick: a classifier knows the ratio of two densities.

Statement
---------
From the optimal discriminator D* = p / (p + q) the ratio of the two densities can be read off:
p / q = D* / (1 - D*), so that the logit of D* is log p - log q and its gradient in x is the difference
of the two scores. Weighting by r = p / q turns averages over q into averages over p, E_q[r h] = E_p[h],
as long as p lives only where q does; otherwise E_q[r] = 1 - P(q = 0). Nobody knows p, yet D* can be
learned from samples: for two normal laws by logistic regression on x and x².

In floating point the logit is the thing to keep: D* / (1 - D*) has no digits left where D* rounds
to 1.

Assumes   p and q are densities with respect to one measure; q > 0 where the ratio is taken.
Source    Goodfellow et al. (2014), Proposition 1; Sugiyama, Suzuki and Kanamori (2012), Density Ratio
          Estimation in Machine Learning, for the trick.
"""

# notation: p, q densities of data and model; r = p/q; a = log r the logit of D*; m, s, w, v parameters

import math

import numpy as np
import sympy as sp
from scipy.special import expit

from gantheory import certified
from gantheory.densities import Cauchy, Exponential, Laplace, Normal, Triangular, Uniform
from gantheory.divergences import kl_divergence
from gantheory.evidence import in_norm, mean_of, pointwise, summed
from gantheory.game import optimal_discriminator
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, equal

theorem = Theorem(
    label="density-ratio-trick",
    title="p/q = D*/(1 - D*), and the logit of D* is log p - log q",
    uses=("optimal-discriminator",),
    covers=("density-ratio-trick",),
    errata=(
        "An Annotated Proof (2017) calls D* not practically calculable: its formula needs p, but a "
        "classifier trained on samples estimates it.",
    ),
)

p, q, r, s, w = sp.symbols("p q r s w", positive=True)
x, m, v = sp.symbols("x m v", real=True)
STAR = p / (p + q)
RUNS = 40


def normal(mean, width):
    """The density of N(mean, width²) at x."""
    return sp.exp(-((x - mean) ** 2) / (2 * width**2)) / (width * sp.sqrt(2 * sp.pi))


def logit(d):
    """log(d / (1 - d))."""
    return sp.log(d / (1 - d))


def derive():
    yield equal("D* / (1 - D*) = p/q", STAR / (1 - STAR), p / q, label="density-ratio-trick")
    yield equal("the logit of D* is log p - log q", logit(STAR), sp.log(p) - sp.log(q))
    yield equal("and D* = r / (1 + r) for r = p/q", STAR.subs(p, r * q), r / (1 + r))
    bells = {p: normal(m, s), q: normal(v, w)}
    quadratic = sp.log(w / s) - (x - m) ** 2 / (2 * s**2) + (x - v) ** 2 / (2 * w**2)
    yield equal(
        "for N(m, s²) and N(v, w²) the logit is a parabola in x", logit(STAR.subs(bells)), quadratic
    )
    yield equal(
        "its slope is the difference of the scores, -(x - m)/s² + (x - v)/w²",
        sp.Derivative(quadratic, x),
        sp.diff(sp.log(normal(m, s)), x) - sp.diff(sp.log(normal(v, w)), x),
    )
    yield equal(
        "for equal widths it is linear: ordinary logistic regression is enough",
        quadratic.subs(w, s),
        (m - v) * x / s**2 + (v**2 - m**2) / (2 * s**2),
    )
    yield equal(
        "Cauchy(0, 1) against Cauchy(0, s): the logit is log((x² + s²)/(s (x² + 1)))",
        logit(STAR.subs({p: 1 / (sp.pi * (1 + x**2)), q: s / (sp.pi * (s**2 + x**2))})),
        sp.log((x**2 + s**2) / (s * (x**2 + 1))),
    )
    yield equal(
        "Exp(2) reweighted to Exp(3): E_q[r x] = E_p[x] = 1/3",
        sp.Integral(2 * sp.exp(-2 * r) * sp.Rational(3, 2) * sp.exp(-r) * r, (r, 0, sp.oo)),
        sp.Rational(1, 3),
    )


def certify():
    for name, pair in pairs().items():
        weighted = certified.integral(q * STAR, *pair, bound=(0, 1), digits=20)
        real = certified.integral(p * STAR, *pair, bound=(1, 0), digits=20)
        yield equal(
            f"{name}: E_q[r h] = E_p[h] for h = 1 - D*, that is E_q[D*] = 1 - E_p[D*]",
            weighted,
            1 - real,
        )
    yield equal(
        "2x on [0, 1] against U[0, 1]: E_p[1 - D*] = 1 - log(3)/2",
        certified.integral(p * q / (p + q), Triangular(0, 1, 1), Uniform(0, 1), bound=(1, 0)),
        1 - sp.log(3) / 2,
    )
    for name, pair, closed in divergences():
        yield equal(f"{name}: E_p[logit of D*] is KL(p‖q)", certified.kl_divergence(*pair), closed)


def check():
    for name, pair, closed in divergences():
        yield equal(
            f"{name}: the average of the logit over the data, by panels, is the closed form of KL(p‖q)",
            kl_divergence(*pair),
            closed,
        )
    places = [sp.Rational(k) for k in (-30, -2, 0, "1/4", 1, 7, 40)]
    for name, pair, closed in (
        (
            "N(0, 1) against N(1, 2²)",
            (Normal(0, 1), Normal(1, 2)),
            lambda at: sp.log(2) - at**2 / 2 + (at - 1) ** 2 / 8,
        ),
        (
            "Cauchy(0, 1) against Cauchy(0, 3)",
            (Cauchy(0, 1), Cauchy(0, 3)),
            lambda at: sp.log((at**2 + 9) / (3 * at**2 + 3)),
        ),
        (
            "Laplace(0, 1) against Laplace(1, 1)",
            (Laplace(0, 1), Laplace(1, 1)),
            lambda at: abs(at - 1) - abs(at),
        ),
    ):
        yield equal(
            f"{name}: the logit at seven points from -30 to 40, in closed form",
            logit_at(pair, [float(at) for at in places]),
            [closed(at) for at in places],
        )


def search(seed):
    yield survives(
        "e^logit q = p at the landmarks of both densities, whatever they are like",
        ratio_at_landmarks,
        strategies.density_pairs(),
        seed=seed,
        examples=250,
    )
    yield survives(
        "E_q[r h] + P(q = 0, h) = E_p[h] on finitely many points, for h from 1 to n",
        reweighted,
        strategies.discrete_pairs(),
        seed=seed,
        examples=250,
    )


def simulate(seed):
    rng = np.random.default_rng(seed)
    found = np.stack([learned(rng, 10_000) for _ in range(RUNS)])
    closed = (sp.log(2) + sp.Rational(1, 8), -sp.Rational(1, 4), -sp.Rational(3, 8))
    for k, name in enumerate(("1", "x", "x²")):
        yield equal(
            f"N(0, 1) against N(1, 2²), learned {RUNS} times from 20 000 samples: the mean coefficient "
            f"of {name} in the logit",
            mean_of(found[:, k]),
            closed[k],
            tolerance=0.05,
        )


def learned(rng, count):
    """The coefficients of 1, x and x², by Newton's method on the logistic likelihood."""
    at = np.concatenate([rng.normal(0, 1, count), rng.normal(1, 2, count)])
    real = np.repeat([1.0, 0.0], count)
    features = np.stack([np.ones(2 * count), at, at**2], axis=1)
    weights = np.zeros(3)
    for _ in range(12):
        said = expit(features @ weights)
        information = (features * (said * (1 - said))[:, None]).T @ features
        weights = weights + np.linalg.solve(information, features.T @ (real - said))
    return weights


def refute():
    yield equal("p and q exchanged: D* / (1 - D*) = q/p", STAR / (1 - STAR), q / p)
    yield equal("the logit of D* is log p + log q", logit(STAR), sp.log(p) + sp.log(q))
    yield equal("D* itself is the ratio p/q", STAR, p / q)
    yield equal(
        "the log of D*, not its logit, is log p - log q", sp.log(STAR), sp.log(p) - sp.log(q)
    )
    bells = {p: normal(m, s), q: normal(v, w)}
    yield equal(
        "the slope of the logit is the sum of the scores",
        sp.Derivative(logit(STAR.subs(bells)), x),
        -(x - m) / s**2 - (x - v) / w**2,
    )
    yield equal(
        "the ratio averages to 1 over the data, E_p[p/q] = 1, for Exp(3) against Exp(2)",
        sp.Integral(3 * sp.exp(-3 * r) * sp.Rational(3, 2) * sp.exp(-r), (r, 0, sp.oo)),
        1,
    )
    yield equal(
        "in float64, D* / (1 - D*) gives the ratio back: logit 35",
        logit_of_rounded(35.0),
        35,
    )


# --- numbers --------------------------------------------------------------------------------------


def pairs():
    """Asymmetric, heavy-tailed, nearly equal, with edges."""
    return {
        "N(0, 1) against N(1, 2²)": (Normal(0, 1), Normal(1, 2)),
        "Cauchy(0, 1) against N(0, 1)": (Cauchy(0, 1), Normal(0, 1)),
        "N(0, 1) against N(1/1000, 1)": (Normal(0, 1), Normal("1/1000", 1)),
        "U[0, 1] against U[1/2, 2]": (Uniform(0, 1), Uniform("1/2", 2)),
    }


def divergences():
    """(Name, (p, q), KL(p‖q))."""
    log, third = sp.log, sp.Rational(1, 3)
    bells = (Normal(0, 1), Normal(1, 2))
    return (
        ("N(0, 1) against N(1, 2²)", bells, log(2) - sp.Rational(1, 4)),
        ("N(1, 2²) against N(0, 1)", bells[::-1], 2 - log(2)),
        ("Exp(3) against Exp(2)", (Exponential(3), Exponential(2)), log(3) - log(2) - third),
        ("Laplace(0, 1) against Laplace(1, 1)", (Laplace(0, 1), Laplace(1, 1)), sp.exp(-1)),
        (
            "N(0, 1) against N(1/1000, 1)",
            (Normal(0, 1), Normal("1/1000", 1)),
            sp.Rational(1, 2_000_000),
        ),
    )


@in_norm
def logit_at(pair, at):
    """log p - log q."""
    return optimal_discriminator(*pair)(at)


@pointwise
def logit_of_rounded(logit):
    """log(D/(1 - D)) for D = σ(a) rounded to float64."""
    rounded = expit(logit)
    return math.log(rounded / (1 - rounded))


def ratio_at_landmarks(pair):
    places = np.unique(np.concatenate([d.landmarks[..., 0].ravel() for d in pair]))
    there = np.stack([d.logpdf(places) for d in pair]) > -600
    if not there.all(axis=0).any():  # nothing in common there
        at, of_data = places[there.any(axis=0)], there[0][there.any(axis=0)]
        return equal("D* is 1 on p, 1 - D* is 1 on q", own_share(pair, at, of_data), 1)
    at = places[there.all(axis=0)]
    return equal("e^logit q = p", reweighted_model(pair, at), data_density(pair, at))


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


def reweighted(pair):
    h = 1 + np.arange(len(pair[0].points))
    exact = sum(share * k for share, k in zip(pair[0].exact_weights, h.tolist(), strict=True))
    return equal("E_q[r h] + P(q = 0, h) = E_p[h]", over_model(*pair, h), exact)


@summed(roundings=256)  # logarithms up to 30 in size in an exponential
def over_model(real, fake, h):
    """Σ q r h, and Σ p h where q = 0."""
    p, q = real.weights, fake.weights
    ratio = np.exp(np.where(q > 0, optimal_discriminator(real, fake)(real.points), -np.inf))
    return q * ratio * h, np.where(q > 0, 0, p * h)


def figure():
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots()
    at = np.linspace(-4, 4, 400)
    bells = optimal_discriminator(Normal(0, 1), Normal(1, 2))(at)
    tails = optimal_discriminator(Cauchy(0, 1), Normal(0, 1))(at)
    line = optimal_discriminator(Normal(0, 1), Normal(1, 1))(at)
    edges = optimal_discriminator(Laplace(0, 1), Laplace(1, 1))(at)
    for values, text, place, colour in (
        (line, "N(0, 1) / N(1, 1): a line", (-1.9, 2.6), "C0"),
        (bells, "N(0, 1) / N(1, 2²): a parabola", (-2.9, -3.4), "C2"),
        (tails, "Cauchy(0, 1) / N(0, 1)", (0.75, 4.2), "C4"),
        (edges, "two Laplace laws", (2.2, -0.85), "C6"),
    ):
        axes.plot(at, values, color=colour)
        axes.annotate(text, place, color=colour)
    axes.axhline(0, color="0.8", linewidth=0.8, zorder=0)
    axes.set(
        xlim=(-4, 4),
        ylim=(-4.5, 5.4),
        xlabel="x",
        ylabel="logit of D*, log p - log q",
        xticks=(-4, -2, 0, 2, 4),
    )
    axes.set_title("The logit of D* is the log of the density ratio p / q")
    return fig
