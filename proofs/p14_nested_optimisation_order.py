r"""D is optimised inside, anew for each generator: against a frozen D, models collapse.

Statement
---------
The generator's problem is min over q of C(q), C(q) = max over D of V(D, q), so that D is D* of the very
q that is being judged; its only solution is q = p. With D frozen, V(D, q) is affine in q, and

    inf over q of V(D, q) = E_p[log D] + log(1 - sup D),

which is reached by exactly the laws that live where D is largest: one point, as a rule, whatever the
data are, and by no law at all if D has no largest value. For D = σ(-2 (x - 1)²) that is the point 1.

Freezing D at the best answer to some model q_0 sends the generator to a point where p/q_0 is largest.
There V is at most -log 4, so the step looks like a triumph. But C of a point that has a share m of the
data is m log m/(1 + m) - log(1 + m), above -log 4 unless m = 1, and 0 if the data have a density.

On two points with data (m, 1 - m), against the answer to the model (u, 1 - u), the slope of V in the
model's share s of the first point is the constant log(1 + (u - m)/((1 - u)(m + u))): it pushes to one
end or the other unless u = m, while C, whose slope that is at s = u only, is least at s = m.

Assumes   p and q are densities with respect to one measure; point masses are limits of densities.
Source    Goodfellow et al. (2014), equation (1) and section 4; Metz et al. (2017), for the collapse.
"""

# notation: p, q densities of data and model; D in (0, 1); d its supremum, r = D/d; m share of the data,
# notation: s and u shares of models; a, b the generator's scale and shift, x = a z + b

import math
from fractions import Fraction
from functools import partial

import numpy as np
import sympy as sp
from scipy.special import expit, log_expit, xlogy

from gantheory import certified
from gantheory.densities import Discrete, Laplace, Normal
from gantheory.evidence import in_norm, pointwise, summed
from gantheory.game import optimal_discriminator, value_function, virtual_training_criterion
from gantheory.testing import strategies, survives
from gantheory.theorems import (
    Theorem,
    at_least,
    at_most,
    converges,
    equal,
    increasing,
    rate,
)

theorem = Theorem(
    label="nested-optimisation-order",
    title="min over q of max over D: D is optimised inside; against a frozen D the best q is a point",
    uses=("optimal-discriminator", "global-minimum"),
    covers=("nested-optimisation-order", "frozen-discriminator-collapse"),
    errata=(
        "An Annotated Proof (2017) writes G* = argmin V(G, D*) with D* as if given: D* is the answer to "
        "the G at hand. For a given D the argmin is a point mass.",
    ),
)

p, q, D, d, r, t, w = sp.symbols("p q D d r t w", positive=True)
m, s, u = sp.symbols("m s u", positive=True)
x = sp.Symbol("x", real=True)
SHARES = {m: (0, 1), s: (0, 1), u: (0, 1)}
SLOPE = sp.log(u) + sp.log(2 - m - u) - sp.log(1 - u) - sp.log(m + u)
LOG_2, LOG_4 = sp.log(2), sp.log(4)

EXAMPLES = {  # weights of data and model, as twentieths
    "data (10, 6, 4), model (4, 6, 10)": ((10, 6, 4), (4, 6, 10)),
    "data (8, 8, 4), model (8, 7, 5)": ((8, 8, 4), (8, 7, 5)),
    "data (10, 10, 0), model (6, 7, 7)": ((10, 10, 0), (6, 7, 7)),
}
SEEDS, STEPS = 32, 1000


def value(data, model, answer):
    """p log D + q log(1 - D)."""
    return data * sp.log(answer) + model * sp.log(1 - answer)


def best(data, model):
    """p log p/(p + q) + q log q/(p + q)."""
    return value(data, model, data / (data + model))


def opened(data, model, answered):
    """p log p + q log r - (p + q) log(p + r): the value at D = p/(p + r)."""
    return data * sp.log(data) + model * sp.log(answered) - (data + model) * sp.log(data + answered)


def on_two_points(share, answered):
    """V for data (m, 1 - m), model (s, 1 - s), D the best answer to the model (u, 1 - u)."""
    return opened(m, share, answered) + opened(1 - m, 1 - share, 1 - answered)


def derive():
    yield equal(
        "V is affine in q: moving a share t of the model from D = r d to D = d adds a constant times t",
        sp.Derivative((1 - t) * sp.log(1 - r * d) + t * sp.log(1 - d), t),
        sp.log(1 - d) - sp.log(1 - r * d),
        where={d: (0, 1), r: (0, 1), t: (0, 1)},
    )
    yield at_least(
        "that is never positive: log(1 - D) ≥ log(1 - d), and only laws where D = d reach inf V",
        sp.log((1 - r * d) / (1 - d)),
        0,
        where={d: (0, 1), r: (0, 1)},
    )
    yield equal(
        "D = σ(-w), w = 2 (x - 1)²: log(1 - D) = -log(1 + e^-w)",
        sp.log(1 - 1 / (1 + sp.exp(w))),
        -sp.log(1 + sp.exp(-w)),
    )
    yield at_least(
        "e^-w = t ≤ 1: -log(1 + t) ≥ -log 2, with equality at x = 1 alone; q = δ_1 is the best answer",
        sp.log(2 / (1 + t)),
        0,
        where={t: (0, 1)},
    )
    yield equal(
        "D = σ(x) has no largest value: inf V = -∞, and no law reaches it",
        sp.Limit(sp.log(1 - 1 / (1 + sp.exp(-x))), x, sp.oo),
        -sp.oo,
    )
    yield equal(
        "at D = p/(p + t): p log D + q log(1 - D) = p log p + q log t - (p + q) log(p + t)",
        value(p, q, p / (p + t)),
        opened(p, q, t),
    )
    yield equal(
        "two points, D frozen: the slope of V in s is log u (2 - m - u)/((1 - u)(m + u)), for every s",
        sp.Derivative(on_two_points(s, u), s),
        SLOPE,
        where=SHARES,
    )
    yield equal(
        "that fraction is 1 + (u - m)/((1 - u)(m + u)): the slope has the sign of u - m",
        u * (2 - m - u) / ((1 - u) * (m + u)),
        1 + (u - m) / ((1 - u) * (m + u)),
        where=SHARES,
    )
    yield equal(
        "D optimised anew: C has that slope only at s = u, so the sign of s - m, and is least at s = m",
        sp.Derivative(on_two_points(s, s), s),
        SLOPE.subs(u, s),
        where={m: (0, 1), s: (0, 1)},
        label="nested-optimisation-order",
    )
    yield equal(
        "a model on the first point alone has C = m log m/(1 + m) - log(1 + m)",
        best(m, sp.Integer(1)) + sp.Limit(best(1 - m, q), q, 0, "+"),
        m * sp.log(m / (1 + m)) - sp.log(1 + m),
        where={m: (0, 1)},
    )
    yield equal(
        "which tends to 0, the worst there is, as the point's share m of the data does",
        sp.Limit(m * sp.log(m / (1 + m)) - sp.log(1 + m), m, 0, "+"),
        0,
    )


def certify():
    for name, (real, fake) in EXAMPLES.items():
        data, model = (Discrete([Fraction(k, 20) for k in law]) for law in (real, fake))
        promised, point = promise(real, fake)
        alone = Discrete([int(k == point) for k in range(3)])
        yield increasing(
            f"{name}, D the answer to it: the best V < -log 4 < C of the model < C of the point chosen",
            [
                promised,
                -certified.log(4),
                certified.virtual_training_criterion(data, model),
                certified.virtual_training_criterion(data, alone),
            ],
            label="frozen-discriminator-collapse" if real == (10, 6, 4) else None,
        )
    normal = Normal(0, 1)
    narrow = [Normal(0, width) for width in ("2", "1/10", "1/100", "1/1000")]
    yield increasing(
        "data N(0, 1), D the answer to N(0, 2²) is largest at 0: C of N(0, s²), s = 2, 0.1, 0.01, 0.001",
        [certified.virtual_training_criterion(normal, model) for model in narrow],
    )
    yield at_least(
        "and the last is worth more than -0.02, nearly the 0 of laws with nothing in common",
        certified.virtual_training_criterion(normal, narrow[-1]),
        Fraction(-1, 50),
    )
    most = Discrete((Fraction(19, 20), Fraction(1, 20)))
    alone = certified.virtual_training_criterion(most, Discrete((1, 0)))
    yield increasing(
        "data (0.95, 0.05): there the point is better than the model (1/2, 1/2), yet not the data's law",
        [
            -certified.log(4),
            alone,
            certified.virtual_training_criterion(most, Discrete((0.5, 0.5))),
        ],
    )


def promise(real, fake):
    """E_p[log D] + log(1 - max D) for D the answer to the model, and where D is largest."""
    pairs = list(zip(real, fake, strict=True))
    odds = [Fraction(a, b) for a, b in pairs]
    point = odds.index(max(odds))
    earned = [Fraction(a, 20) * certified.log(Fraction(a, a + b)) for a, b in pairs if a]
    lost = certified.log(Fraction(fake[point], real[point] + fake[point]))
    return sum(earned, lost), point


def check():
    normal = Normal(0, 1)
    widths = [4.0**-k for k in range(9)]
    hill = optimal_discriminator(Normal(1, "2/5"), Normal(1, "2/3")) - math.log(5 / 3)  # -w
    # -log D = w + log(1 + e^-w), E_p[w] = 4 and e^-w = √(π/2) q(x) with q = N(1, 1/4)
    softened = p * sp.log(1 + sp.sqrt(sp.pi / 2) * q)
    real = -4 - certified.integral(softened, normal, Normal(1, "1/2"), bound=(1, 0), digits=12)
    values = [value_function(normal, Normal(1, width), hill) for width in widths]
    yield converges(
        "data N(0, 1), D = σ(-2 (x - 1)²): V of N(1, s²), s = 1, 1/4, 1/16, ..., falls to E_p[log D] "
        "- log 2",
        values,
        real - certified.log(2),
    )
    yield rate(
        "by as much as s², the mean of (x - 1)²",
        widths[2:6],
        [found - values[-1] for found in values[2:6]],
        2,
    )
    yield increasing(
        "while C of the same models grows, s = 1/4, 1/16, ..., 1/1024",
        [virtual_training_criterion(normal, Normal(1, width)) for width in widths[1:6]],
    )
    for name, model in {"N(1, 2²)": Normal(1, 2), "Laplace(1, 1/100)": Laplace(1, 0.01)}.items():
        yield at_most(
            f"and no spread-out law does better, {name} for one",
            values[-1],
            value_function(normal, model, hill),
            tolerance=0,
        )


def search(seed):
    hunt = partial(survives, seed=seed, examples=120)
    yield hunt(
        "D frozen: V of a law exceeds V of the best point by E_q[log (1 - D)/(1 - d)] ≥ 0",
        above_the_best_point,
        players(),
    )
    yield hunt(
        "D frozen at the answer to a model: the best point has V ≤ -log 4, and C = f(p_k, 1) > -log 4",
        chosen_point,
        strategies.discrete_pairs(equal=False),
    )


def players():
    """(Weights of the data, weights of the model, logits in [-30, 30]) on five points."""
    return strategies.markov_kernels(3, 5).map(
        lambda rows: (rows[0], rows[1], 60 * (rows[2] - 0.2))
    )


def above_the_best_point(example):
    real, fake, logits = example
    data, model = Discrete(real), Discrete(fake)
    top = value_at(data, Discrete(np.eye(5)[int(np.argmax(logits))]), logits)
    above = value_at(data, model, logits) - top
    return equal("1 + V(q) - V(δ) = 1 + the excess", 1 + above, 1 + excess(fake, logits))


@summed
def excess(fake, logits):
    """Σ q log (1 - D)/(1 - d)."""
    lost = log_expit(-logits)
    return [fake * lost, -fake * lost.min()]


def value_at(data, model, logits):
    """V for laws on the points 0, 1, ... and the logit of D at each."""
    return value_function(data, model, lambda at: logits[at.astype(int)])


def chosen_point(pair):
    data, model = pair
    points = len(data.weights)
    logits = np.clip(optimal_discriminator(data, model)(np.arange(points)), -700, 700)
    logits = np.where(data.weights + model.weights > 0, logits, -700.0)
    point = int(np.argmax(logits))
    alone = Discrete(np.eye(points)[point])
    share = data.exact_weights[point]
    criterion = virtual_training_criterion(data, alone)
    yield at_most("V(δ) ≤ -log 4", value_at(data, alone, logits), -LOG_4)
    yield equal("1 - C(δ) = 1 - f(p_k, 1)", 1 - criterion, 1 - of_point(float(share)))
    if share < 1:
        yield at_least("C(δ) > -log 4", criterion, -LOG_4, tolerance=0)


@summed
def of_point(share):
    """f(m, 1) = m log m/(1 + m) - log(1 + m)."""
    return [xlogy(share, share / (1 + share)), -math.log1p(share)]


def simulate(seed):
    run = trained(seed, frozen=True)
    scale, shift = run[-1, 0], run[-1, 1]
    yield at_most(
        f"D frozen at the answer to the first model: {SEEDS} generators a z + b by stochastic gradient "
        f"descent, data N(2, 1/4): |a| falls below 1e-9 in all {SEEDS}",
        abs(scale),
        1e-9,
    )
    aim = largest(*run.value[0])
    yield at_most(
        "and b goes to where p/q is largest, to nine places, beyond the data's mean",
        abs(shift - aim),
        1e-9,
    )
    yield at_least("by half of a standard deviation", aim - 2, 0.25)
    run = trained(seed, frozen=False)
    scale, shift = run[-1, 0], run[-1, 1]
    yield at_most(
        "D optimised anew at each step, all else the same: |a| is that of the data, 1/2, to nine places",
        abs(abs(scale) - 0.5),
        1e-9,
    )
    yield at_most("and b too, 2", abs(shift - 2), 1e-9)


@pointwise
def largest(scale, shift):
    """(8 - b/a²)/(4 - 1/a²), where log p/q is largest, p = N(2, 1/4), q = N(b, a²)."""
    return (8 - shift / scale**2) / (4 - 1 / scale**2)


@in_norm
def trained(seed, *, frozen):
    """A and b of all generators, at the start and after each step: shape (steps + 1, 2, seeds)."""
    streams = [np.random.default_rng(one) for one in np.random.SeedSequence(seed).spawn(SEEDS)]
    start = np.array([(rng.uniform(0.8, 1.2), rng.uniform(-0.3, 0.3)) for rng in streams])
    noise = np.stack([rng.standard_normal((STEPS, 32)) for rng in streams], axis=1)
    first = scale, shift = start[:, :1], start[:, 1:]
    path = [start]
    for z in noise:
        spread, centre = first if frozen else (scale, shift)
        at = scale * z + shift
        logit = np.log(spread / 0.5) - 2 * (at - 2) ** 2 + (at - centre) ** 2 / (2 * spread**2)
        slope = -4 * (at - 2) + (at - centre) / spread**2
        push = expit(logit) * slope  # minus the gradient of log(1 - D) in x
        scale = scale + 0.05 * np.mean(push * z, axis=1, keepdims=True)
        shift = shift + 0.05 * np.mean(push, axis=1, keepdims=True)
        path.append(np.hstack([scale, shift]))
    return np.stack(path).transpose(0, 2, 1)


def refute():
    yield survives(
        "against the answer to a model, the data's law is a best answer of the generator",
        lambda pair: at_most(
            "V(D*, p) ≤ V(D*, δ)", against_answer(*pair), least_against_answer(*pair)
        ),
        strategies.discrete_pairs(equal=False),
    )
    (real, fake), data = EXAMPLES["data (10, 6, 4), model (4, 6, 10)"], Discrete((0.5, 0.3, 0.2))
    yield at_most(
        "what lowers V against the frozen D lowers C: the point that it leads to",
        certified.virtual_training_criterion(data, Discrete((1, 0, 0))),
        certified.virtual_training_criterion(data, Discrete((0.2, 0.3, 0.5))),
    )
    yield equal(
        "the least V against the frozen D is the value of the game, -log 4",
        promise(real, fake)[0],
        -certified.log(4),
    )
    yield equal(
        "the slope against the frozen D is that of C at every s, not only at s = u",
        sp.Derivative(on_two_points(s, u), s),
        sp.Derivative(on_two_points(s, s), s),
        where=SHARES,
    )
    yield equal(
        "the generator rests when D is the answer to the exchanged law, u = 1 - m",
        SLOPE.subs(u, 1 - m),
        0,
        where={m: (0, 1)},
    )
    pair = Normal(0, 1), Normal(3, 1)
    yield at_least(
        "D and G exchanged, the answer is the same: against D = 1/2 a model other than p pays 1e-3",
        value_function(*pair, 0 * optimal_discriminator(*pair)),
        -LOG_4 + Fraction(1, 1000),
    )
    yield at_most(
        "the sign is lost: the generator goes to where D is least",
        sp.log((1 - r * d) / (1 - d)),
        0,
        where={d: (0, 1), r: (0, 1)},
    )


def against_answer(data, model):
    """V(D*, p), D* the answer to the model, cut off at logits of ±700."""
    logits = np.clip(optimal_discriminator(data, model)(data.points), -700, 700)
    return value_at(data, data, logits)


def least_against_answer(data, model):
    """The least V(D*, δ_k)."""
    points = range(len(data.weights))
    logits = np.clip(optimal_discriminator(data, model)(data.points), -700, 700)
    alone = [Discrete(np.eye(len(points))[k]) for k in points]
    return min((value_at(data, one, logits) for one in alone), key=float)


def figure():
    from matplotlib import pyplot as plt

    fig, (left, right) = plt.subplots(1, 2, figsize=(8.0, 3.5))
    share = np.linspace(0, 1, 201)[1:-1]
    data = 0.35
    curve = [criterion(data, k, k) for k in share]
    left.plot(share, curve, color="0.15", linewidth=2.4)
    for answered, color in ((0.15, "C0"), (0.7, "C2")):
        ends = np.array([0.0, 1.0])
        line = [criterion(data, k, answered) for k in ends]
        end = int(np.argmin(line))
        left.plot(ends, line, color=color)
        left.plot([answered], [criterion(data, answered, answered)], "o", color=color)
        left.plot([ends[end]], [line[end]], "v", color=color, clip_on=False, markersize=8)
    left.plot([data], [-math.log(4)], "o", color="0.15")
    left.annotate("C: D optimised anew", (0.3, -1.15), va="bottom")
    left.annotate("D frozen at ●:\nbest at ▼", (0.63, -2.1), color="C2", ha="right", va="top")
    left.set(
        title="Data (0.35, 0.65), model (s, 1 − s)",
        xlabel="share s",
        ylabel="V, nats",
        xlim=(0, 1),
        ylim=(-2.4, -0.6),
        xticks=(0, 0.35, 1),
        yticks=(-2, -math.log(4), -1),
        yticklabels=("−2", "−log 4", "−1"),
    )
    for frozen, color in ((True, "C2"), (False, "C0")):
        scales = np.abs(trained(0, frozen=frozen).value[:301, 0])
        right.plot(scales, color=color, alpha=0.25, linewidth=0.8)
        right.plot(scales.mean(axis=1), color=color)
    right.annotate("D optimised anew", (290, 0.56), color="C0", ha="right")
    right.annotate("D frozen", (290, 0.06), color="C2", ha="right")
    right.set(
        title=f"Scale of {SEEDS} generators, data N(2, ½²)",
        xlabel="step",
        ylabel="|a|",
        xlim=(0, 300),
        ylim=(0, 2),
        yticks=(0, 0.5, 1, 2),
    )
    return fig


def criterion(data, share, answered):
    """V on two points: see `on_two_points`."""
    answers = data / (data + answered), (1 - data) / (2 - data - answered)
    real = data * math.log(answers[0]) + (1 - data) * math.log(answers[1])
    return real + share * math.log(1 - answers[0]) + (1 - share) * math.log(1 - answers[1])
