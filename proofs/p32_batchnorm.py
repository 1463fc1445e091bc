r"""Batch norm: D(x) depends on the whole batch, and D* = p/(p + q) is no longer the best it can do.

Statement
---------
In training batch norm takes one channel x_1, ..., x_n of a batch to

    y_i = γ h_i + β,    h_i = (x_i - μ)/√(v + ε),    μ = mean of x, v = mean of (x - μ)².

so that y_i moves with the whole batch: ∂y_i/∂x_j = γ r (1[i = j] - 1/n - h_i h_j/n), r = 1/√(v + ε), and
BN(0) is -√6/2 = -1.2247 in {0, 1, 2}, -10/√146 = -0.8276 in {0, 1, 9}. It is 0 on the constants,
γ ε r³ on h, γ r on the rest. A bias before the layer has no effect, a factor c > 0 that of ε/c² for ε.

So V is no integral over x, to be maximised point by point. Let batches be all real or all generated, as
in training. The best V of all D of one kind is

    D of sample and batch:    2 JSD(p^n, q^n) - log 4, not below C(G),
    D of h_i alone:           2 JSD(law of h_i for p, for q) - log 4, above C(G) or below it,

and with y_i itself as the logit V̂ ≤ -log 4 on any two batches: never better than D = 1/2. The first has
its minimum at q = p alone. The second is -log 4 wherever q is p shifted (for ε = 0: or stretched). So
behind Dense and BatchNorm D sees no mean, and a bias at the generator's output gets no gradient. Within
one batch, half of it real, these limits fall. In evaluation, with running statistics, y_i is affine in
x_i and D a function of its sample again; but not the one that was trained.

Assumes   n ≥ 2; independent samples; V̂ = mean log D over a real batch + mean log(1 - D) over a generated
          one. That batch norm speeds up training is an observation, and not claimed here.
Source    Ioffe and Szegedy (2015), Algorithm 1; An Annotated Proof (2017), for its use in D; Goodfellow
          et al. (2014), Proposition 1, for D*.
"""

# notation: d = x_i - μ; u a direction in the batch, of mean b, covariance c with x and variance w; t the
# notation: place along it; e = ε; g, k for γ and β; m, f bias, factor before it (f a D, too); a a logit

import math
from fractions import Fraction
from functools import cache, partial
from itertools import product

import numpy as np
import sympy as sp
from scipy.special import log_expit

from gantheory import certified
from gantheory.densities import Discrete, Laplace, Normal
from gantheory.divergences import js_divergence
from gantheory.estimates import total
from gantheory.evidence import in_norm, mean_of, pointwise, summed
from gantheory.losses import NON_SATURATING
from gantheory.nets import BatchNorm, Dense, Network, Pass, Tanh
from gantheory.optimisers import SGD
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal, increasing
from gantheory.training import as_data, start, trained

theorem = Theorem(
    label="batchnorm",
    title="With batch norm D(x) depends on its batch: what it can tell, and what it cannot",
    uses=("optimal-discriminator", "c-equals-2jsd-minus-log4"),
    covers=("batchnorm",),
)

d, u, b, c, t, g, k, m, a = sp.symbols("d u b c t g k m a", real=True)
v, w, e, f = sp.symbols("v w e f", positive=True)
X = sp.symbols("x_1 x_2 x_3", real=True)
RATE = 1 / sp.sqrt(v + e)
LOG_4 = sp.log(4)
SEEDS = 16
RULES = {"d_optimiser": SGD(), "g_optimiser": SGD(), "d_lr": 0.1, "g_lr": 0.1}

LAYER = Network((BatchNorm(1),), 1)
FIRST = Network((Dense(1, 8), BatchNorm(8), Tanh(), Dense(8, 1)), 1)
SECOND = Network((Dense(1, 8), Tanh(), BatchNorm(8), Tanh(), Dense(8, 1)), 1)
BELL = Normal(0, 1)
QUARTER, HALF = Fraction(1, 4), Fraction(1, 2)
GOOD, BAD = np.array([[1.0], [1.1], [0.9], [1.2]]), np.array([[-1.0], [-1.1], [-0.9], [-1.2]])


def rate(batch, epsilon=e):
    """r = 1/√(v + ε)."""
    mean = sum(batch) / len(batch)
    return 1 / sp.sqrt(sum((x - mean) ** 2 for x in batch) / len(batch) + epsilon)


def normed(batch, place, epsilon=e):
    """h_i = (x_i - μ) r."""
    return (batch[place] - sum(batch) / len(batch)) * rate(batch, epsilon)


def slope(mean, with_x, way):
    """d/dt of y_i along x + t u, which has mean μ + t E u and variance v + 2 t c + t² w."""
    moved = (d + t * (way - mean)) / sp.sqrt(v + 2 * t * with_x + t**2 * w + e)
    return sp.Subs(sp.Derivative(g * moved + k, t), t, 0)


def derive():
    h = d * RATE
    yield equal(
        "along any direction u, in a batch of any size, y_i has slope γ r (u_i - E u - h_i E[h u])",
        slope(b, c, u),
        g * RATE * (u - b - h * c * RATE),
        label="batchnorm",
    )
    yield equal(
        "along u = h, with E u = 0 and c = v r, that is γ ε r³ h_i",
        slope(0, v * RATE, h),
        g * e * RATE**3 * h,
    )
    yield equal(
        "three samples: ∂y_1/∂x_2 = -γ r (1 + h_1 h_2)/3",
        sp.Derivative(g * normed(X, 0) + k, X[1]),
        -g * rate(X) * (1 + normed(X, 0) * normed(X, 1)) / 3,
    )
    by_first = sp.Derivative(normed(X, 0), X[0])
    yield equal(
        "the slopes of y_1 in all three add up to 0",
        by_first + sp.Derivative(normed(X, 0), X[1]),
        -sp.Derivative(normed(X, 0), X[2]),
    )
    yield equal(
        "behind a bias m and a factor f: as without, with ε/f² for ε",
        normed([m + f * x for x in X], 0),
        normed(X, 0, e / f**2),
    )
    yield equal(
        "the slopes are then 1/f of those with ε/f²: larger weights before the layer learn more slowly",
        sp.Subs(by_first, X, tuple(f * x for x in X)),
        sp.Derivative(normed(X, 0, e / f**2), X[0]) / f,
    )
    yield equal(
        "(log σ)'' = -σ (1 - σ) < 0: logits of mean k have a mean log σ of log σ(k) at most",
        sp.Derivative(-sp.log(1 + sp.exp(-a)), (a, 2)),
        -1 / ((1 + sp.exp(-a)) * (1 + sp.exp(a))),
    )
    yield at_most(
        "and D (1 - D) ≤ 1/4: log σ(k) + log σ(-k) ≤ -log 4, k being the mean β on both batches",
        f * (1 - f),
        sp.Rational(1, 4),
        where={f: (0, 1)},
    )
    for batch, exact, digits in (
        ((0, 1, 2), -sp.sqrt(6) / 2, -12247),
        ((0, 1, 9), -10 / sp.sqrt(146), -8276),
    ):
        yield equal(f"ε = 0: BN(0) in {set(batch)} is {exact}", first_of(batch), exact)
        yield equal(
            f"which is {digits / 10**4} to four places: ten thousandfold, rounded, {digits}",
            sp.floor(10**4 * first_of(batch) + sp.Rational(1, 2)),
            digits,
        )


def first_of(batch):
    """h_1 for ε = 0, in a batch of three."""
    return sp.Subs(normed(X, 0, 0), X, batch)


def certify():
    bests = [best(BELL, Normal(shift, 1)) for shift in (1, 2, 4, 8)]
    yield increasing(
        "N(0, 1) and N(1, 1), D of sample and batch, n = 1, 4, 16, 64: the best V grows (√n times a "
        "batch's mean, which says all there is, is N(0, 1) or N(√n, 1))",
        bests,
    )
    yield at_least(
        "N(0, 1) and N(3, 2²), ε = 0: C is above -0.7, though h_i has the same law for both",
        best(BELL, Normal(3, 2)),
        Fraction(-7, 10),
    )
    for count, relation, word in ((2, at_most, "below"), (8, at_least, "above")):
        sees = best(of_h(QUARTER, count), of_h(HALF, count))
        yield relation(
            f"coins of 1/4 and 1/2, batches of {count}: the best D of h_i is {word} C",
            sees,
            best(tossed(QUARTER, 1), tossed(HALF, 1)),
        )


def best(data, model):
    """2 JSD - log 4: the best V of those who see these laws."""
    return certified.virtual_training_criterion(data, model, digits=12)


def tossed(share, count):
    """The law of the number of ones in a batch, which says all there is of it."""
    return Discrete(
        [math.comb(count, n) * share**n * (1 - share) ** (count - n) for n in range(count + 1)]
    )


def of_h(share, count):
    """The law of h_1 for a coin and ε = 0, with h = 0 where all are equal; at the points h |h|."""
    chances = {}
    for first, others in product((0, 1), range(count)):
        mean = Fraction(first + others, count)
        place = (first - mean) * abs(first - mean) / (mean * (1 - mean) or 1)
        place *= 0 < mean < 1
        chance = share ** (first + others) * (1 - share) ** (count - first - others)
        chances[place] = chances.get(place, 0) + math.comb(count - 1, others) * chance
    return Discrete(list(chances.values()), [float(place) for place in chances])


def check():
    for batch, mean, spread in (((0.0, 1.0, 2.0), 1, "2/3"), ((0.0, 1.0, 9.0), "10/3", "146/9")):
        yield equal(
            f"the layer on {set(batch)}, ε = 1e-5",
            output(LAYER, (1.0, 0.0), np.array(batch)[:, None])[0, 0],
            -sp.Rational(mean) / sp.sqrt(sp.Rational(spread) + sp.Rational(1, 10**5)),
        )
    for gamma in (0.1, 9.0):
        apart = [passed(LAYER, (gamma, 0.0), x)[0] for x in (GOOD, BAD)]
        yield at_most(
            f"y_i as the logit, γ = {gamma:g}: batches apart, V̂ < -log 4", worth(*apart), -LOG_4
        )
    joint = np.split(passed(LAYER, (9.0, 0.0), np.concatenate([GOOD, BAD]))[0], 2)
    yield at_least("the same samples in one batch, γ = 9: V̂ > -0.01", worth(*joint), -0.01)
    rng = np.random.default_rng(32)
    flat = FIRST.start(rng).flat
    x, other = 1 + 3 * rng.normal(size=(2, 6, 1))
    other[0] = x[0]
    here, there = (output(FIRST, flat, batch)[0, 0] for batch in (x, other))
    yield at_least("in D one sample has, in two batches, logits 1/10 apart", abs(here - there), 0.1)
    yield at_most(
        "the generator's loss: its gradients by the samples add up to 0, up to rounding",
        abs(added(flat, x)),
        10**-12 * added(flat, x, size=True),
    )
    calm, same = (output(FIRST, flat, batch, training=False)[0, 0] for batch in (x, other))
    yield at_most("in evaluation that sample has one logit", abs(calm - same), 1e-12)
    yield at_least("1/10 from what it was in training", abs(calm - here), 0.1)


def passed(network, flat, x, training=True):
    """Output and tape, from the state at the start."""
    run = Pass(training, (), network.start_state(np.random.default_rng(0)))
    return network.forward(network.parameters(np.asarray(flat, dtype=float)), x, run)


@in_norm
def output(network, flat, x, training=True):
    """Output of the network, from the state at the start."""
    return passed(network, flat, x, training)[0]


@summed(roundings=1024)  # a pass each way
def added(flat, x, size=False):
    """Σ over the samples of the gradient of the generator's loss, or of its size."""
    logits, tape = passed(FIRST, flat, x)
    by_logit = NON_SATURATING.g_gradient(logits[:, 0])[:, None]
    slopes = FIRST.backward(FIRST.parameters(flat), tape, by_logit)
    return np.abs(slopes) if size else slopes


@summed(roundings=1024)  # with those of the logits
def worth(real, fake):
    """V̂ for the logits of two batches."""
    return [log_expit(a[:, 0]) / len(a) for a in (real, -fake)]


def search(seed):
    hunt = partial(survives, seed=seed, examples=120)
    batches = strategies.logit_batches(largest=100.0).map(lambda x: np.append(x, (0.0, 1.0)))
    yield hunt(
        "any batch, γ and ȳ: the layer's backward pass is Σ γ r (1[i = j] - 1/n - h_i h_j/n) ȳ_i",
        as_derived,
        batches.flatmap(lambda x: strategies.logits(3).map(lambda gamma: (x, gamma + 4))),
    )
    pairs = batches.flatmap(lambda x: batches.map(lambda y: (x, y)))
    worst = "any two batches, γ and β: with y_i as the logit V̂ ≤ log σ(β) + log σ(-β)"
    yield hunt(worst, never_better, pairs)
    yield hunt(
        "any two coins, batches of 2 and 4: D of h_i is no better than D of sample and batch",
        sees_less,
        pairs.map(two_chances),
        examples=150,
    )


def sees_less(coins):
    for count in (2, 4):
        sees, told = ([law(one, count) for one in coins] for law in (of_h, tossed))
        yield at_most(f"batches of {count}", best(*sees), best(*told), tolerance=0)


def as_derived(drawn):
    x, gamma = drawn
    bar = np.cos(1 + np.arange(len(x)))
    size = math.ceil(gamma / np.std(x) * np.sum(np.abs(bar)))  # no entry is larger
    found, expected = by_backward(x, gamma, bar), by_entries(x, gamma, bar)
    return equal("2 + ∂L/∂x/size", 2 + found / size, 2 + expected / size)


@in_norm
def by_backward(x, gamma, bar):
    """∂L/∂x for ȳ = ∂L/∂y, by the layer's backward pass."""
    flat = np.array([gamma, 0.3])
    _, tape = passed(LAYER, flat, x[:, None])
    return LAYER.backward(LAYER.parameters(flat), tape, bar[:, None])[:, 0]


@in_norm
def by_entries(x, gamma, bar):
    """Σ γ r (1[i = j] - 1/n - h_i h_j/n) ȳ_i."""
    count, away = len(x), x - math.fsum(x) / len(x)
    r = 1 / math.sqrt(math.fsum(away**2) / count + 1e-5)
    matrix = gamma * r * (np.eye(count) - 1 / count - np.outer(away, away) * r**2 / count)
    return np.array([math.fsum(row * bar) for row in matrix])


def never_better(drawn):
    gamma, beta = 1 + abs(drawn[0][0]), math.sin(drawn[1][0])
    logits = [passed(LAYER, (gamma, beta), x[:, None])[0] for x in drawn]
    return at_most("V̂", worth(*logits), limit(beta))


@pointwise
def limit(beta):
    """log σ(β) + log σ(-β)."""
    return log_expit(beta) + log_expit(-beta)


def two_chances(pair):
    """Two different chances between 0 and 1."""
    first, second = (1 + int(16 * abs(math.fsum(batch))) % 995 for batch in pair)
    return Fraction(first, 997), Fraction(second, 999)


def simulate(seed):
    """Data Laplace(2, 1/2), G(z) = a z + b from b = 0."""
    yield at_most(
        f"{SEEDS} games of 300 steps, D with batch norm behind its first layer: no b leaves 0 by 1e-12",
        shifts(seed, FIRST),
        1e-12,
    )
    yield at_least(
        "though every D is trained, and moves by more than 1/10", distances(seed, FIRST), 0.1
    )
    yield at_least(
        "with batch norm behind a tanh instead the mean of |b| is above 1",
        mean_of(np.abs(after_training(seed, SECOND)[0])),
        1.0,
    )


@in_norm
def shifts(seed, critic):
    """|b| of every generator after training."""
    return np.abs(after_training(seed, critic)[0])


@in_norm
def distances(seed, critic):
    """How far every discriminator has come."""
    return after_training(seed, critic)[1]


@cache
def after_training(seed, critic):
    """b of every generator, and how far its discriminator has come."""
    state = trained(
        as_data(Laplace(2, 0.5)),
        NON_SATURATING,
        seeds=SEEDS,
        generator=Network((Dense(1, 1),), 1),
        discriminator=critic,
        steps=300,
        batch=32,
        seed=seed,
        **RULES,
    )
    before = start(state.plan, SEEDS).discriminator.parameters.flat
    moved = np.linalg.norm(state.discriminator.parameters.flat - before, axis=1)
    return state.generator.parameters.flat[:, 1], moved


def refute():
    yield equal(
        "D is a function of its sample: BN(0) in {0, 1, 2} is BN(0) in {0, 1, 9}",
        first_of((0, 1, 2)),
        first_of((0, 1, 9)),
    )
    two = Network((BatchNorm(2),), 2)
    rows = output(two, (1, 1, 0, 0), np.array([[0.0, 5.0], [1.0, 1.0], [2.0, 9.0]]))
    yield equal(
        "each sample is normalised over its channels: 1 + the mean of its two outputs is 1",
        1 + (rows[:, 0] + rows[:, 1]) / 2,
        1,
    )
    yield equal("the slope is γ/√(v + ε)", slope(b, c, u), g * RATE * u)
    yield equal("v is divided by n - 1: BN(0) in {0, 1, 2} is -1", first_of((0, 1, 2)), -1)
    yield at_least(
        "D* = p/(p + q) batch by batch: no D is above C, coins of 1/4 and 1/2, batches of 8",
        best(tossed(QUARTER, 1), tossed(HALF, 1)),
        best(of_h(QUARTER, 8), of_h(HALF, 8)),
    )
    apart = [passed(LAYER, [9.0, 0.0], x)[0] for x in (GOOD, BAD)]
    yield at_least("a large γ tells two batches apart: V̂ > -1/10", worth(*apart), -0.1)
    calm = output(LAYER, (1.0, 0.0), 4 + GOOD, training=False)
    mean = total(calm[k, 0] for k in range(4)) / 4
    yield equal("in evaluation too the mean of a batch is β = 0: 1 + it is 1", 1 + mean, 1)


def figure():
    from matplotlib import pyplot as plt

    fig, (left, right) = plt.subplots(1, 2, figsize=(8.0, 3.5))
    at = np.linspace(-6, 12, 400)
    mean = (1 + at) / 3
    left.plot(at, -mean / np.sqrt((1 + at**2) / 3 - mean**2), color="C0")
    for third, place in ((2, (3.0, -1.25)), (9, (5.2, -0.7))):
        height = float(normed((sp.Integer(0), 1, third), 0, 0))
        left.plot(third, height, "o", color="C0")
        left.annotate(f"{{0, 1, {third}}}: −{-height:.4f}", place, color="C0")
    left.set(title="BN(0) in the batch {0, 1, x}", xlabel="x", ylabel="h of the sample 0")
    shifts = np.linspace(1e-6, 4, 41)
    curves = ((1, "D(x): C", (2.35, -0.75), "C0"), (4, "D(x, batch of 4)", (0.05, -0.17), "C4"))
    for count, text, place, color in curves:
        rises = js_divergence(BELL, Normal(math.sqrt(count) * shifts, 1.0))
        right.plot(shifts, 2 * rises.value - math.log(4), color=color)
        right.annotate(text, place, color=color)
    right.axhline(-math.log(4), color="C2")
    right.annotate("−log 4: batch norm first, or last", (4, -1.36), color="C2", ha="right")
    right.set(
        title="Best V, data N(0, 1), model N(θ, 1)",
        xlabel="θ",
        ylabel="nats",
        yticks=(-1.5, -1, -0.5, 0),
    )
    return fig
