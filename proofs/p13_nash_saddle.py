r"""The game has a saddle point: the data's law, and any D that is 1/2 on the data and no more elsewhere.

Statement
---------
Let the generator choose any law q and the discriminator any measurable D into [0, 1]. V(D, q) = E_p[log
D] + E_q[log(1 - D)] is affine in q and concave in D, and

    min over q of max over D of V = max over D of min over q of V = -log 4.

(D, q) is a saddle point if and only if q = p, D = 1/2 almost everywhere on the data, and D ≤ 1/2 at
every point. How far a pair is from that is a sum of terms that are never negative: with d = sup D,

    max over D' of V(D', q) - min over q' of V(D, q')
        = 2 JSD(p, q) + 2 E_p[kl(1/2‖D)] + E_p[log((1 - D)/(1 - d))].

At the saddle V is no bowl: for every D it is affine in q, and for D = 1/2 it is constant. Nor is there
a saddle in every family: if the data are 0 or 1 with equal chances and the generator can only say 0 or
only say 1, then min max V = log 2 - (3/2) log 3 is more than max min V = -log 4.

Assumes   q ranges over all laws; among those with a density with respect to one measure, D ≤ 1/2 is
          needed almost everywhere only. log 0 = -∞.
Source    Goodfellow et al. (2014), section 4.1; Farnia and Ozdaglar (2020) for games without equilibria.
"""

# notation: p, q densities of data and model; D in (0, 1); d its supremum, r = D/d; f integrand of C;
# notation: kl(a‖b) for two coins; s, u tilts of q, and of the q that D answers

import math
from fractions import Fraction
from functools import partial

import numpy as np
import sympy as sp
from scipy.optimize import minimize
from scipy.special import expit, log_expit

from gantheory import certified
from gantheory.densities import Discrete, Laplace, Mixture, Normal, Uniform
from gantheory.evidence import pointwise, summed
from gantheory.game import optimal_discriminator, value_function, virtual_training_criterion
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal

theorem = Theorem(
    label="nash-saddle",
    title="The saddle points of V: q = p, with D = 1/2 on the data and D ≤ 1/2 elsewhere",
    uses=("optimal-discriminator", "global-minimum", "equilibrium-value"),
    covers=("nash-saddle", "fig-saddle", "duality-gap-restricted-generator", "exploitability"),
    errata=(
        "Roysdon infers the saddle point from JSD ≥ 0 and D's best response: the generator's has to be "
        "looked at too, and against D = 1/2 every generator is one.",
        "Roysdon writes that training seeks the saddle point over parameters: families as small as two "
        "point masses have none, though a minimax they have.",
        "Ramasinghe draws V as a bowl in the direction of p_g: for every D it is affine there.",
    ),
)

p, q, q_1, q_2, D, d, r, t = sp.symbols("p q q_1 q_2 D d r t", positive=True)
s, u = sp.symbols("s u", real=True)
HALF = sp.Rational(1, 2)
LOG_2, LOG_4 = sp.log(2), sp.log(4)
INSIDE = {s: (-HALF, HALF), u: (-HALF, HALF)}
TWO_POINTS = LOG_2 - 3 * sp.log(3) / 2

COIN = Discrete(("1/2", "1/2"))
HEADS, TAILS = Discrete((1, 0)), Discrete((0, 1))


def value(data, model, answer):
    """p log D + q log(1 - D)."""
    return data * sp.log(answer) + model * sp.log(1 - answer)


def best(data, model):
    """f(p, q) = p log p/(p + q) + q log q/(p + q)."""
    return value(data, model, data / (data + model))


def coins(first, second):
    """kl(a‖b) = a log a/b + (1 - a) log (1 - a)/(1 - b)."""
    return first * sp.log(first / second) + (1 - first) * sp.log((1 - first) / (1 - second))


def tilted(tilt):
    """Data (1/2, 1/2), model (1/2 + s, 1/2 - s), D the best answer to the tilt u: V(s, u)."""
    answers = [HALF / (1 + tilt), HALF / (1 - tilt)]
    models = [HALF + s, HALF - s]
    return sum(value(HALF, model, a) for model, a in zip(models, answers, strict=True))


def derive():
    yield equal(
        "V is affine in q: mixing two models mixes their values",
        value(p, (1 - t) * q_1 + t * q_2, D),
        (1 - t) * value(p, q_1, D) + t * value(p, q_2, D),
        where={D: (0, 1)},
    )
    yield equal(
        "V is concave in D: its second derivative is -p/D² - q/(1 - D)²",
        sp.Derivative(value(p, q, D), (D, 2)),
        -p / D**2 - q / (1 - D) ** 2,
        where={D: (0, 1)},
    )
    yield equal(
        "the generator's best point has D = d, so min V = E_p[log D + log(1 - d)]; what this lacks to "
        "-log 4 is 2 kl(1/2‖D) + log((1 - D)/(1 - d)) at every data point, D = r d",
        -LOG_4 - sp.log(r * d) - sp.log(1 - d),
        2 * coins(HALF, r * d) + sp.log((1 - r * d) / (1 - d)),
        where={d: (0, 1), r: (0, 1)},
        label="exploitability",
    )
    yield equal(
        "2 kl(1/2‖D) = -log 4 D (1 - D)",
        2 * coins(HALF, D),
        -sp.log(4 * D * (1 - D)),
        where={D: (0, 1)},
    )
    yield equal(
        "where 4 D (1 - D) = 1 - (1 - 2 D)² ≤ 1, with equality for D = 1/2 only",
        4 * D * (1 - D),
        1 - (1 - 2 * D) ** 2,
    )
    yield at_least(
        "log((1 - D)/(1 - d)) ≥ 0: the second is 0 only if no D exceeds the D of the data",
        sp.log((1 - r * d) / (1 - d)),
        0,
        where={d: (0, 1), r: (0, 1)},
    )
    yield equal(
        "where D = 1/2 on the data, V = -log 4 + E_q[log 2(1 - D)], with integrand",
        value(p, q, HALF) + q * (sp.log(1 - D) - sp.log(HALF)),
        -(p + q) * LOG_2 + q * sp.log(2 * (1 - D)),
        where={D: (0, 1)},
    )
    yield from picture()
    yield from two_points()


def picture():
    surface = tilted(u)
    yield equal(
        "two points, V(s, u): no curvature in the direction of the model, whatever D is",
        sp.Derivative(surface, (s, 2)),
        0,
        where=INSIDE,
        label="fig-saddle",
    )
    yield equal(
        "V(s, 0) = -log 4 for every s", surface.subs(u, 0), -LOG_4, where={s: (-HALF, HALF)}
    )
    yield equal(
        "V_u = 2 (s - u)(1 + 2 u²)/((1 - u²)(1 - 4 u²)): rising up to the ridge u = s, falling after it",
        sp.Derivative(surface, u),
        2 * (s - u) * (1 + 2 * u**2) / ((1 - u**2) * (1 - 4 * u**2)),
        where=INSIDE,
    )
    across = sp.Derivative(surface.subs(s, 0), u, u)
    yield equal("at the saddle V_uu = -2", sp.Subs(across, u, 0), -2)
    ridge = sp.Derivative(surface.subs(u, s), s, s)
    yield equal("along the ridge C bends upwards, C''(0) = 2", sp.Subs(ridge, s, 0), 2)


def two_points():
    alone = sp.Limit(best(HALF, q), q, 0, "+")
    yield equal(
        "data 0 or 1, model always 0: max V = log 2 - (3/2) log 3, and the same for always 1",
        best(HALF, sp.Integer(1)) + alone,
        TWO_POINTS,
        label="duality-gap-restricted-generator",
    )
    d_0, d_1 = sp.symbols("d_0 d_1", positive=True)
    answered = [HALF * (sp.log(d_0) + sp.log(d_1)) + sp.log(1 - one) for one in (d_0, d_1)]
    yield equal(
        "for any D = (d_0, d_1) the two values average to -log 4 + (1/2) Σ log(1 - (1 - 2 d)²): at most "
        "-log 4, and so is the lesser of the two",
        sum(answered) / 2,
        -LOG_4 + sum(sp.log(1 - (1 - 2 * one) ** 2) for one in (d_0, d_1)) / 2,
        where={d_0: (0, 1), d_1: (0, 1)},
    )


def certify():
    yield equal(
        "data 0 or 1, model always 0: C = log 2 - (3/2) log 3",
        certified.virtual_training_criterion(COIN, HEADS),
        TWO_POINTS,
    )
    yield at_least(
        "so min max V exceeds max min V = -log 4 by more than 0.4315",
        certified.virtual_training_criterion(COIN, TAILS) + certified.log(4),
        Fraction(4315, 10000),
    )
    yield equal(
        "mixing the two models closes the gap: C = -log 4",
        certified.virtual_training_criterion(COIN, COIN),
        -certified.log(4),
    )
    bell = Normal(0, 1)
    for width in ("9/8", "2", "10"):
        scale = Fraction(width)
        real = certified.integral(p * sp.log(p / (p + q)), bell, Normal(0, width), bound=(1, 1))
        least = real + certified.log(1 / (1 + scale))  # D is largest at 0: s/(1 + s)
        worst = certified.virtual_training_criterion(bell, Normal(0, width))
        name = f"data N(0, 1), D the best answer to N(0, s²), s = {width}"
        yield at_most(
            f"{name}: a generator can get below -log 4", least, -certified.log(4), tolerance=0
        )
        factor = sp.Rational(scale.numerator, scale.denominator) + 1
        yield equal(
            f"{name}: max V - min V at this pair is E_q[log (1 + s)(1 - D)] > 0",
            worst - least,
            certified.integral(
                q * sp.log(factor * q / (p + q)), bell, Normal(0, width), bound=(5, 5)
            ),
        )


def check():
    data = Uniform(0, 1)
    falling = optimal_discriminator(Laplace(1, 2), Laplace(9, 2)) - 4  # 0, and 1 - x from 1 to 9
    for low in (0, 1, 2):
        yield equal(
            "data U[0, 1], D = 1/2 up to 1, σ(1 - x) from 1 to 9, σ(-8) beyond: V of the model "
            f"U[{low}, {low + 1}]",
            value_function(data, Uniform(low, low + 1), falling),
            -LOG_4 if low == 0 else -LOG_2 + tail(low) - tail(low - 1),
        )
    models = {
        "N(0, 1)": Normal(0, 1),
        "N(3, 2²)": Normal(3, 2),
        "Laplace(1/2, 1/8)": Laplace("1/2", "1/8"),
        "two bumps": Mixture((Normal(-2, 0.5), Normal(2, 0.5)), (0.5, 0.5)),
    }
    for name, model in models.items():
        yield at_least(
            f"the same D: V of the model {name} is more than -log 4",
            value_function(data, model, falling),
            -LOG_4,
            tolerance=0,
        )
    answers = {
        "σ(x)": optimal_discriminator(Normal(1, 1), Normal(0, 1)) + 0.5,
        "σ(1/1000)": 0 * optimal_discriminator(Normal(1, 1), Normal(0, 1)) + 0.001,
        "the best answer to N(1, 2²)": optimal_discriminator(Normal(0, 1), Normal(1, 2)),
        "the best answer to two bumps": optimal_discriminator(Normal(0, 1), models["two bumps"]),
    }
    for name, logit in answers.items():
        yield at_most(
            f"data and model N(0, 1): D = {name} gets less than -log 4",
            value_function(Normal(0, 1), Normal(0, 1), logit),
            -LOG_4,
            tolerance=0,
        )
    law = Discrete(("1/2", "3/10", "1/5", 0))
    found = solved(law)
    yield at_most(
        "data (1/2, 3/10, 1/5, 0): max over D of min over q is -log 4 to nine places, by a solver that "
        "knows no theory",
        abs(least_value(law, found) + LOG_4),
        Fraction(1, 10**9),
        label="nash-saddle",
    )
    yield at_most(
        "where there are no data it ends at D ≤ 1/2, to six places",
        discriminator(found[-1]),
        HALF + Fraction(1, 10**6),
    )


def tail(end):
    """∫ from 0 to end of log(1 - σ(-w)) dw = -π²/12 - Li₂(-e^-end)."""
    return -(sp.pi**2) / 12 - sp.polylog(2, -sp.exp(-sp.Integer(end)))


def solved(law):
    """Logits that maximise the least of V(D, δ_0), V(D, δ_1), ..."""
    weights = law.weights
    count = len(weights)
    start = np.append(np.linspace(-1.0, 1.0, count), -3.0)
    found = minimize(
        lambda point: -weights @ log_expit(point[:-1]) - point[-1],
        start,
        method="SLSQP",
        constraints={"type": "ineq", "fun": lambda point: log_expit(-point[:-1]) - point[-1]},
        options={"ftol": 1e-15, "maxiter": 500},
    )
    return found.x[:-1]


def least_value(law, logits):
    """The least V(D, δ_k) over the points k: V is affine in q, so no model gets less."""
    points = len(logits)
    values = [
        value_function(law, Discrete(np.eye(points)[k]), lambda at: logits[at.astype(int)])
        for k in range(points)
    ]
    return min(values, key=float)


@pointwise
def discriminator(logits):
    """D = σ(a)."""
    return expit(logits)


def search(seed):
    hunt = partial(survives, seed=seed, examples=120)
    yield hunt(
        "max V(·, q) - min V(D, ·) = 2 JSD + 2 E_p[kl(1/2‖D)] + E_p[log((1 - D)/(1 - d))] ≥ 0",
        both_can_gain,
        players(),
    )
    yield hunt(
        "D = 1/2 on the data and at most 1/2 off them: the least V of any model is -log 4",
        lambda example: equal("min V = -log 4", least_value(*kept_down(*example)), -LOG_4),
        players(),
    )
    yield hunt(
        "and D higher than 1/2 at one point without data: the least V is -log 2 + log(1 - D) < -log 4",
        raised,
        players(),
    )


def players():
    """(Weights of the data, weights of the model, logits in [-30, 30]) on four points."""
    return strategies.markov_kernels(3, 4).map(
        lambda rows: (rows[0], rows[1], 60 * (rows[2] - 0.25))
    )


def both_can_gain(example):
    weights, fake, logits = example
    data, model = Discrete(weights), Discrete(fake)
    low = least_value(data, logits)
    high = virtual_training_criterion(data, model)
    yield at_most("max over D is at least -log 4", -high, LOG_4)
    yield at_most("min over q is at most -log 4", low, -LOG_4)
    yield equal(
        "1 + the sum of the three terms",
        1 + (high - low),
        1 + 2 * certified.js_divergence(data, model).estimate() + lacking(weights, logits),
    )


@summed
def lacking(weights, logits):
    """Σ p [2 kl(1/2‖D) + log((1 - D)/(1 - d))], where 2 kl(1/2‖D) = -log 4 - log D - log(1 - D)."""
    log_real, log_fake = log_expit(logits), log_expit(-logits)
    coin = [-math.log(4) * weights, -weights * log_real, -weights * log_fake]
    spare = [weights * log_fake, -weights * log_fake.min()]
    return coin + spare


def kept_down(weights, _, logits):
    """Data on the first two points, D = 1/2 there and σ(-|logit|) elsewhere."""
    shares = weights[:2] + 0.01
    data = Discrete(np.append(shares / shares.sum(), (0.0, 0.0)))
    return data, np.where(np.arange(4) < 2, 0.0, -np.abs(logits))


def raised(example):
    data, logits = kept_down(*example)
    logits = np.append(logits[:3], 1 + abs(example[2][3]))
    found = least_value(data, logits)
    yield equal("min V = -log 2 + log(1 - D)", found, halved(logits[3]))
    yield at_most("min V < -log 4", found, -LOG_4, tolerance=0)


@summed
def halved(logit):
    """-log 2 + log(1 - σ(a))."""
    return [-math.log(2), log_expit(-logit)]


def refute():
    surface = tilted(u)
    yield equal(
        "V is a bowl in the direction of the model: V_ss = 2 at the saddle, as C'' is",
        sp.Subs(sp.Derivative(surface.subs(u, 0), s, s), s, 0),
        2,
    )
    yield equal(
        "the ridge is u = -s: the best answer to tilt s is the one to tilt -s",
        sp.Subs(sp.Derivative(surface, u), u, -s),
        0,
        where={s: (-HALF, HALF)},
    )
    yield equal(
        "min max = max min for any family: two point masses against a fair coin",
        certified.virtual_training_criterion(COIN, HEADS),
        -certified.log(4),
    )
    law, logits = Discrete(("1/2", "1/2", 0)), np.array([0.0, 0.0, math.log(0.6 / 0.4)])
    yield at_least(
        "off the data any D will do: (1/2, 1/2, 0.6) keeps every model at -log 4 or more",
        least_value(law, logits),
        -LOG_4,
    )
    yield at_most(
        "D = 1/2 everywhere is the only one: (1/2, 1/2, 0.2) lets a model get below -log 4",
        least_value(law, np.array([0.0, 0.0, -math.log(4)])),
        -LOG_4 - sp.Rational(1, 1000),
    )
    yield equal(
        "the two kl terms count once: -log 4 - log D - log(1 - d) = kl(1/2‖D) + log((1 - D)/(1 - d))",
        -LOG_4 - sp.log(r * d) - sp.log(1 - d),
        coins(HALF, r * d) + sp.log((1 - r * d) / (1 - d)),
        where={d: (0, 1), r: (0, 1)},
    )
    yield survives(
        "every best answer to some model is safe: min over q of V(D*, q) ≥ -log 4",
        lambda pair: at_least("min V ≥ -log 4", against_answer(*pair), -LOG_4),
        strategies.discrete_pairs(equal=False),
    )


def against_answer(data, model):
    """The least V against the best answer to the model, which is D = 1/2 where neither has mass."""
    logits = np.clip(optimal_discriminator(data, model)(np.arange(len(data.weights))), -700, 700)
    return least_value(Discrete(data.weights), logits)


def figure():
    from matplotlib import pyplot as plt

    tilt = np.linspace(-0.45, 0.45, 181)
    model, answer = np.meshgrid(tilt, tilt)
    height = (
        -np.log(4 * (1 - answer**2)) / 2
        + (0.5 + model) * np.log((1 + 2 * answer) / (2 * (1 + answer)))
        + (0.5 - model) * np.log((1 - 2 * answer) / (2 * (1 - answer)))
    )
    fig, axes = plt.subplots(figsize=(6.0, 4.6))
    levels = -math.log(4) + np.linspace(-0.6, 0.3, 19)
    filled = axes.contourf(model, answer, height, levels, cmap="PuOr", extend="both")
    axes.plot(tilt, tilt, color="0.1", linewidth=1.6)
    axes.axhline(0, color="0.1", linewidth=1.2, linestyle="--")
    axes.plot([0], [0], "o", color="C2", markersize=8, zorder=5)
    axes.annotate("ridge: the best D\nfor each model", (0.2, 0.29), ha="right", va="center")
    axes.annotate("D = ½: V = −log 4", (0.44, -0.015), ha="right", va="top")
    axes.annotate(
        "saddle", (0, 0), xytext=(-0.12, 0.09), ha="right", arrowprops={"arrowstyle": "-"}
    )
    bar = fig.colorbar(filled, ax=axes, ticks=(-1.9, -math.log(4), -1.1))
    bar.ax.set_yticklabels(("−1.9", "−log 4", "−1.1"))
    axes.set(
        title="V for data (½, ½), model (½ + s, ½ − s)",
        xlabel="tilt s of the model",
        ylabel="tilt u that D is the best answer to",
        xticks=(-0.4, 0, 0.4),
        yticks=(-0.4, 0, 0.4),
    )
    return fig
