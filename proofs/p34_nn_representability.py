r"""No continuous generator meets data with a gap; a bound on its slope keeps it far; training may stop.

Statement
---------
That a network can represent the optimal generator, and that gradient descent finds it, is no theorem,
and false of data in two pieces. Where one law has mass m and the other has none, JSD ≥ J(m) ≥ m log 2/2,

    2 J(m) = log 2/(2 - m) + (1 - m) log 2(1 - m)/(2 - m) + m log 2.

Let the data leave a gap of width g between two pieces, z be uniform on [-1, 1], and G continuous.
(i) G([-1, 1]) is an interval: it misses a piece, or has mass in the gap. So JSD > 0 for every continuous
generator, but there is no positive bound for all: for U[-2, -1] and U[1, 2] in equal shares, g = 2, a
ramp of slope L ≥ 2 between them, three units, has JSD = J(1/L), which falls to 0 and never is 0.
(ii) If G has slopes up to L, it has at least g/(2 L) of its mass in a gap that it crosses. So J(1/L) is
the least JSD of the two blocks for L ≥ 2; for 1/2 ≤ L ≤ 2 it is J(1/2) = (3/4) log(4/3), on one block.
(iii) G(z) = (3 + z)/2, which is U[1, 2], is a local minimum: a continuous G' with |G' - G| < 2 misses
the other block, and has no less than J(1/2). A discriminator with units dead on data and samples, D =
1/2, has zero gradients for both players: V = -log 4, and JSD = log 2 for the model U[-1, 1]. A generator
with dead units stays a point: JSD = log 2.

Two normal laws leave no gap: their quantile map is continuous and exact. But for N(±3, 1/100) it has
slope √(2π) e^450/20 in the middle. What longer training than the page's finds is not claimed.

Assumes   A latent law on a connected set; for (ii), z uniform on [-1, 1].
Source    An Annotated Proof (2017), which expects it; Arjovsky and Bottou (2017), section 2; Goodfellow
          et al. (2014), section 4.2, for critical points in the space of parameters.
"""

# notation: p, q densities of data and model; m a mass that one law has where the other has none;
# notation: L largest slope of the generator, epsilon = 1/L half the width of its ramp; P the data

import math
from fractions import Fraction
from functools import cache, partial

import numpy as np
import sympy as sp

from gantheory import certified
from gantheory.densities import Discrete, GeneratorDensity, Mixture, Uniform
from gantheory.divergences import js_divergence
from gantheory.evidence import mean_of, pointwise, summed
from gantheory.game import optimal_discriminator, value_function
from gantheory.losses import NON_SATURATING
from gantheory.nets import LeakyReLU, ReLU, mlp
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal, increasing
from gantheory.training import advance, as_data, plan, start

theorem = Theorem(
    label="nn-representability",
    title="JSD > 0 for every continuous generator of data with a gap, and training may stop far away",
    uses=("kl-jsd-definitions-and-positivity", "global-minimum"),
    covers=("nn-representability", "topological-obstruction"),
    errata=(
        "An Annotated Proof (2017) expects to represent the optimal generator as a network via SGD: for "
        "data in two pieces no continuous generator is optimal, and near ones are steep.",
    ),
)

p, q, p_1, q_1, p_2, q_2, t = sp.symbols("p q p_1 q_1 p_2 q_2 t", positive=True)
m, epsilon = sp.symbols("m epsilon", positive=True)
x = sp.Symbol("x", real=True)
LOG_2, HALF = sp.log(2), sp.Rational(1, 2)
ONE_BLOCK = 3 * sp.log(sp.Rational(4, 3)) / 4

LATENT = Uniform(-1, 1)
BLOCKS = Mixture((Uniform(-2, -1), Uniform(1, 2)), ("1/2", "1/2"))
SEEDS, STEPS, UNITS = 16, 500, 16
G, DEAD = mlp((1, UNITS, 1), LeakyReLU(0.2)), mlp((1, UNITS, 1), ReLU())
CRITIC = mlp((1, UNITS, 1), LeakyReLU(0.2))


def point(data, model):
    """p log 2 p/(p + q) + q log 2 q/(p + q)."""
    return data * sp.log(2 * data / (data + model)) + model * sp.log(2 * model / (data + model))


def least(mass):
    """J(m)."""
    rest = sp.log(2 / (2 - mass)) + (1 - mass) * sp.log(2 * (1 - mass) / (2 - mass))
    return (rest + mass * LOG_2) / 2


def derive():
    share = (p_1 + p_2) / (p_1 + p_2 + q_1 + q_2)
    yield equal(
        "two cells joined lose the regret of one D for both, Σ p log D_i/D + q log (1 - D_i)/(1 - D), "
        "which is never negative",
        point(p_1, q_1) + point(p_2, q_2) - point(p_1 + p_2, q_1 + q_2),
        sum(
            a * sp.log(a / (a + b) / share) + b * sp.log(b / (a + b) / (1 - share))
            for a, b in ((p_1, q_1), (p_2, q_2))
        ),
    )
    yield equal(
        "one cell with shares 1 and 1 - m, one with 0 and m: 2 J(m) is left",
        point(sp.Integer(1), 1 - m) + sp.Limit(point(p, m), p, 0, "+"),
        2 * least(m),
        where={m: (0, 1)},
        label="nn-representability",
    )
    rest = point(sp.Integer(1), t)
    yield equal(
        "2 J(1 - t) = (1 - t) log 2 + what shares 1 and t give",
        sp.Subs(2 * least(m), m, 1 - t),
        (1 - t) * LOG_2 + rest,
        where={t: (0, 1)},
    )
    yield at_least("and that is not negative: J(m) ≥ m log 2/2", rest, 0)
    slope = sp.Derivative((1 - t) * LOG_2 + rest, t)
    yield equal("its slope in t is log t/(1 + t)", slope, sp.log(t / (1 + t)))
    yield at_most("t/(1 + t) ≤ 1/2: J grows with m", t / (1 + t), HALF, where={t: (0, 1)})
    yield equal("J(m)/m tends to log 2/2", sp.Limit(least(m) / m, m, 0, "+"), LOG_2 / 2)
    yield equal("J(1) = log 2, in the limit", sp.Limit(least(m), m, 1, "-"), LOG_2)
    yield equal("J(1/2) = (3/4) log(4/3)", least(HALF), ONE_BLOCK)
    on_data = sp.Integral(point(HALF, (1 - epsilon) / 2), (x, 1, 2))
    yield equal(
        "the ramp, 1 - ε of the data's law and ε of U[-1, 1]: JSD = J(ε)",
        (2 * on_data + sp.Integral(epsilon / 2 * LOG_2, (x, -1, 1))) / 2,
        least(epsilon),
        where={epsilon: (0, 1)},
        label="topological-obstruction",
    )
    spread = sp.Rational(1, 10)
    bells = [sp.exp(-((x - at) ** 2) / (2 * spread**2)) / spread for at in (-3, 3)]
    density = sum(bells) / (2 * sp.sqrt(2 * sp.pi))
    yield equal(
        "N(±3, 1/100) in equal shares: the quantile map has slope 1/(2 p), in the middle",
        sp.Subs(1 / (2 * density), x, 0),
        sp.sqrt(2 * sp.pi) * sp.exp(450) / 20,
    )


def certify():
    ramps = {
        slope: certified.js_divergence(BLOCKS, mixed(slope)) for slope in (2, 3, 10, 100, 1000)
    }
    for slope, found in ramps.items():
        yield equal(f"slope {slope}: JSD = J(1/{slope})", found, least(sp.Rational(1, slope)))
    falling = [ramps[slope] for slope in (1000, 100, 10, 3, 2)]
    yield increasing("it falls as the slope grows: 1000, 100, 10, 3, 2", falling)
    yield at_most("to less than 1/2500 at 1000", falling[0], Fraction(1, 2500))
    alone = certified.js_divergence(BLOCKS, Uniform(1, 2))
    yield equal("one block alone: (3/4) log(4/3), the same as slope 2", alone, ONE_BLOCK)
    moved = [certified.js_divergence(BLOCKS, Uniform(1 + d, 2 + d)) for d in ASIDE]
    yield increasing("and moved by 0, 1/1000, 1/10, 1/2 it gets worse", [alone, *moved])
    wide = [certified.js_divergence(BLOCKS, Uniform(1 - d, 2 + d)) for d in ASIDE]
    yield increasing("and so it does made wider by 0, 1/1000, 1/10, 1/2", [alone, *wide])
    yield at_least(
        "slope 3/2 across the gap: worse than one block",
        certified.js_divergence(BLOCKS, mixed(Fraction(3, 2))),
        alone + Fraction(1, 20),
    )
    yield equal(
        "D dead, model U[-1, 1]: JSD = log 2", certified.js_divergence(BLOCKS, LATENT), LOG_2
    )


ASIDE = (Fraction(1, 1000), Fraction(1, 10), Fraction(1, 2))


def mixed(slope):
    """1 - 1/L of the data's law, and 1/L of U[-1, 1]."""
    gap = 1 / Fraction(slope)
    parts = (Uniform(-2, -1), Uniform(1, 2), Uniform(-1, 1))
    return Mixture(parts, ((1 - gap) / 2, (1 - gap) / 2, gap))


def ramp(slope):
    """c + s φ(z + 1) + (L - s) (φ(z + 1/L) - φ(z - 1/L))/0.8, s = L/(L - 1): three leaky units."""
    flat = np.zeros(G.size)
    first, bias, second, last = tensors(G, flat)
    outer = slope / (slope - 1)
    lowest = -2 - (slope - outer) / (2 * slope)  # two leaking units are 0.4/L apart at -1
    first[..., :3], bias[..., :3], last[...] = 1.0, (1.0, 1 / slope, -1 / slope), lowest
    second[:3, 0] = outer, (slope - outer) / 0.8, -(slope - outer) / 0.8
    return flat


def law(flat):
    """The exact law of the generator with these parameters."""
    return GeneratorDensity(G, G.parameters(np.ascontiguousarray(flat, np.float64)), LATENT)


def check():
    for slope in (2, 10, 1000):
        generator = law(ramp(float(slope)))
        yield at_most(
            f"a network of three leaky units with a ramp of slope {slope}: its JSD, by its exact law, "
            f"is J(1/{slope}) to 1e-12",
            abs(js_divergence(BLOCKS, generator) - least(sp.Rational(1, slope))),
            Fraction(1, 10**12),
        )
        inside = mass_between(generator, -1.0, 1.0)
        yield equal(f"and its mass in the gap is 1/{slope}", inside, Fraction(1, slope))
    yield equal(
        "D with dead units: no unit is positive at -2 or 2, and so D = 1/2 on [-2, 2]",
        dead_at(np.array([[-2.0], [2.0]])),
        2 * UNITS,
    )
    yield equal(
        "D = 1/2, model U[-1, 1]: V = -log 4",
        value_function(BLOCKS, LATENT, 0 * optimal_discriminator(BLOCKS, LATENT)),
        -sp.log(4),
    )


@summed(roundings=1024)  # those of G's values among them
def mass_between(generator, low, high):
    """F(high) - F(low)."""
    return [generator.cdf(high), -generator.cdf(low)]


def tensors(network, flat):
    """Weights and biases of both layers, as views."""
    return [tensor for layer in network.parameters(flat).layers for tensor in layer]


def dead(last):
    """Parameters whose ReLU units are dead on [-2, 2], the weights drawn."""
    flat = np.random.default_rng(3).standard_normal(DEAD.size)
    first, bias, _, end = tensors(DEAD, flat)
    bias[...], end[...] = -2.5 * np.abs(first) - 0.1, last
    return flat


@pointwise
def dead_at(places):
    """How many of the ReLU units of `dead`, over all places, are 0."""
    first, bias, _, _ = tensors(DEAD, dead(0.0))
    return np.sum(places @ first + bias <= 0)


def search(seed):
    hunt = partial(survives, seed=seed, examples=110)
    text = "any network of three leaky units: a stretch g of its image has mass g/(2 L) or more"
    yield hunt(text, crosses, strategies.simplices(10))
    text = "any discrete laws: what one of them has off the support of the other costs J of it, or more"
    yield hunt(text, costs, strategies.markov_kernels(2, 5))


def crosses(shares):
    small = mlp((1, 3, 1), LeakyReLU(0.2))
    flat = 20 * (shares - 0.1) + 0.3 * np.sin(np.arange(1, 11))  # no two units cancel
    slope, ends = steepest(small, flat)
    low, high = ends[0] + 0.3 * (ends[1] - ends[0]), ends[0] + 0.6 * (ends[1] - ends[0])
    generator = GeneratorDensity(small, small.parameters(flat), LATENT)
    mass = mass_between(generator, low, high)
    return at_least("mass ≥ g/(2 L)", mass, of_steepest(high - low, slope))


@pointwise
def of_steepest(gap, slope):
    """g/(2 L)."""
    return gap / (2 * slope)


def steepest(network, flat):
    """The largest slope of a network of one hidden layer on [-1, 1], and the ends of its image."""
    first, bias = network.parameters(flat).layers[0]
    kinks = -bias.ravel() / np.where(first == 0, 1.0, first).ravel()
    at = np.unique(np.concatenate([[-1.0, 1.0], kinks[np.abs(kinks) < 1]]))
    values = network.forward(network.parameters(flat), at[:, None])[0][:, 0]
    return np.max(np.abs(np.diff(values) / np.diff(at))), (values.min(), values.max())


def costs(rows):
    whole, part = rows[0] + 0.01, (rows[1] + 0.01) * (1, 1, 1, 0, 0)
    laws = Discrete(whole / whole.sum()), Discrete(part / part.sum())
    lost = float(laws[0].weights[3:].sum())
    for first, second in (laws, laws[::-1]):
        yield at_least("JSD ≥ J(m)", js_divergence(first, second), least_of(lost))


@pointwise
def least_of(mass):
    """J(m), for an array."""
    rest = (1 - mass) * np.log1p(-mass / (2 - mass)) - np.log1p(-mass / 2)
    return (rest + mass * math.log(2)) / 2


def simulate(seed):
    slopes, masses, found = trained(seed)
    name = f"{SEEDS} networks 1-{UNITS}-1, {STEPS} steps of the non-saturating game"
    bounds = [least_of(min(1 / slope, 0.5)) for slope in slopes]
    nearest = min((one - low for one, low in zip(found, bounds, strict=True)), key=float)
    yield at_least(
        f"{name}: each has JSD ≥ J(1/L), or J(1/2) where L < 2, the nearest too", nearest, 0
    )
    share = mean_of(masses)
    yield at_least("the share of their samples in the gap, on average: 1/20 or more", share, 0.05)
    mean = mean_of([float(one) for one in found])
    yield at_least("their JSD: 1/20 or more; three units can do with 0.0004", mean, 0.05)
    text = f"D with dead units, {SEEDS} games, 50 steps of Adam: no parameter moves in any"
    yield equal(text, stay("D", seed), SEEDS)
    text = "G with dead units: 48 of 49 stay in every game, and the last bias in none"
    yield equal(text, stay("G", seed), np.append(np.full(48, SEEDS), 0))


def game(generator, discriminator, seed, steps):
    """The state of the non-saturating game before its first step."""
    rates = {"d_lr": 5e-3, "g_lr": 5e-3, "latent": "uniform", "seed": seed, "steps": steps}
    players = {"generator": generator, "discriminator": discriminator}
    return start(plan(as_data(BLOCKS), NON_SATURATING, **players, **rates), SEEDS)


@cache
def generators(seed):
    """Parameters of the trained generators, (S, P)."""
    state = game(G, CRITIC, seed, STEPS)
    while state.step < STEPS:
        advance(state)
    return state.generator.parameters.flat.copy()


@cache
def trained(seed):
    """Largest slopes and masses in [-1, 1], (S,) each, and a list of the JSDs."""
    flats = generators(seed)
    laws = [law(flat) for flat in flats]
    slopes = np.array([steepest(G, flat)[0] for flat in flats])
    masses = np.array([float(one.cdf(1.0) - one.cdf(-1.0)) for one in laws])
    return slopes, masses, [js_divergence(BLOCKS, one) for one in laws]


@pointwise
def stay(player, seed):
    """In how many games each parameter of the player with dead units keeps every bit."""
    if player == "D":
        state = game(G, DEAD, seed, 50)
        state.generator.parameters.flat[...] = ramp(2.0)
        judged, before = state.discriminator, dead(0.0)
    else:
        state = game(DEAD, CRITIC, seed, 50)
        judged, before = state.generator, dead(0.5)
    judged.parameters.flat[...] = before
    advance(state)
    return np.sum(judged.parameters.flat == before, axis=0)


def refute():
    steep = certified.js_divergence(BLOCKS, mixed(1000))
    yield equal("a ramp of slope 1000 meets the data: JSD = 0", 1 + steep, 1)
    yield at_least("no continuous generator comes nearer than 1/100", steep, Fraction(1, 100))
    found = mass_between(law(ramp(10.0)), -1.0, 1.0)
    yield at_least("z has density 1 on [-1, 1]: slope 10 leaves 2/10 in the gap", found, 0.2)
    found = certified.js_divergence(BLOCKS, mixed(Fraction(3, 2)))
    yield at_most("crossing the gap always pays: with slope 3/2 too", found, ONE_BLOCK)
    found = certified.js_divergence(BLOCKS, LATENT)
    text = "V = -log 4 says that the model is the data: with D dead and model U[-1, 1] JSD < 1/100"
    yield at_most(text, found, Fraction(1, 100))
    alone, crossing = (certified.js_divergence(BLOCKS, one) for one in (Uniform(1, 2), mixed(10)))
    yield at_most(
        "a local minimum is the least: one block against a ramp of slope 10", alone, crossing
    )
    found = mean_of([float(one) for one in trained(0)[2]])
    yield at_most(f"what a network can be, {STEPS} steps find: JSD < 1/100 on average", found, 0.01)


def figure():
    from matplotlib import pyplot as plt

    slopes, _, gaps = trained(0)
    fig, (left, right) = plt.subplots(1, 2, figsize=(8.4, 3.4))
    at = np.linspace(-1, 1, 401)
    left.axhspan(-1, 1, color="0.93", zorder=0)
    for flat in generators(0):
        left.plot(
            at, G.forward(G.parameters(flat), at[:, None])[0], color="C0", alpha=0.4, linewidth=0.9
        )
    left.annotate("the gap of the data", (-0.97, -0.08), color="0.4")
    left.set(
        title=f"{SEEDS} generators after {STEPS} steps", xlabel="z", ylabel="G(z)", xlim=(-1, 1)
    )
    steep = np.geomspace(0.5, 100, 300)
    bound, found = least_of(np.minimum(1 / steep, 0.5)).value, [float(gap) for gap in gaps]
    right.semilogx(steep, bound, color="C1", label="least JSD")
    right.semilogx(slopes, found, "o", color="C0", markersize=4, label="the same generators")
    right.axvline(2, color="0.6", linewidth=0.8, linestyle="--", zorder=0)
    right.set(
        title="Slope and divergence", xlabel="largest slope L", ylabel="JSD in nats", ylim=(0, 0.45)
    )
    right.legend()
    return fig
