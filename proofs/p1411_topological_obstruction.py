r"""No continuous generator fits data with a gap: it is far from them, or steep.

Statement
---------
Let the data leave a gap of width $g$ between two pieces, let $z$ be uniform on $[-1, 1]$ and $G$ be
continuous. Then $G([-1, 1])$ is an interval: it misses a piece, or has mass in the gap. So
$\mathrm{JSD}(p, q) > 0$ for every continuous generator.

If $G$ crosses the gap with slopes up to $L$, it has at least the mass $g/(2 L)$ there, and so
$\mathrm{JSD}(p, q) \ge J(g/(2 L))$, with the function $J$ of `jsd-of-mass-off-the-support`.

For $U[-2, -1]$ and $U[1, 2]$ in equal shares, $g = 2$, a ramp of slope $L \ge 2$ between the blocks
attains $J(1/L)$. This falls to 0 as $L \to \infty$ and is never 0: no positive bound holds for all
$G$. With slopes up to $L$ between $\tfrac{1}{2}$ and $2$ the least is to make one block, at
$J(\tfrac{1}{2}) = \tfrac{3}{4} \log \tfrac{4}{3}$.

Two normal components leave no gap: their quantile map is continuous and exact. But for
$\mathcal{N}(\pm 3, \tfrac{1}{100})$ it has the slope $\sqrt{2 \pi} \, e^{450}/20$ in the middle.

Assumes   A latent on a connected set; for the bounds with $L$, $z$ uniform on $[-1, 1]$.
Source    [@arjovsky2017principled, section 2] on supports of low dimension; the bounds are derived here.
"""

from fractions import Fraction
from functools import cache

import numpy as np
import sympy as sp

from gantheory import certified
from gantheory.densities import GeneratorDensity, Mixture, Uniform
from gantheory.divergences import js_divergence
from gantheory.evidence import mean_of, pointwise, summed
from gantheory.losses import NON_SATURATING
from gantheory.nets import LeakyReLU, mlp
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal, increasing
from gantheory.training import advance, as_data, plan, start

theorem = Theorem(
    label="topological-obstruction",
    title=r"No continuous generator meets data with a gap: $\mathrm{JSD}(p, q) \ge J(g/(2 L))$",
    uses=("jsd-of-mass-off-the-support", "kl-jsd-definitions-and-positivity"),
    covers=("topological-obstruction",),
)

x = sp.Symbol("x", real=True)  # a sample
m, epsilon, p, q = sp.symbols("m epsilon p q", positive=True)  # a mass; 1/L; two densities
POINT = p * sp.log(2 * p / (p + q)) + q * sp.log(2 * q / (p + q))
REST = sp.log(2 / (2 - m)) + (1 - m) * sp.log(2 * (1 - m) / (2 - m))
J = (REST + m * sp.log(2)) / 2


def derive():
    r"""Why every generator crosses the gap, or misses a piece, and what the crossing costs.

    The image of a connected set under a continuous map is connected. If it has points of both
    pieces it contains the gap between them. To cross a width $g$ with slopes up to $L$ takes an
    interval of $z$ of length $g/L$ at least, which has the mass $g/(2 L)$, since $z$ has the
    density $\tfrac{1}{2}$. The data have nothing there, and `jsd-of-mass-off-the-support` turns the
    mass into $J$.

    The pieces of the example have half of the mass of the data each. To miss one costs
    $J(\tfrac{1}{2})$ at least. For $L < 2$ to cross costs more, since $1/L > \tfrac{1}{2}$ and $J$
    grows.

    The ramp makes the bound sharp. It spends $\lvert z \rvert < \varepsilon = 1/L$ in the gap, and
    the rest evenly on the blocks: $1 - \varepsilon$ of the data's density and $\varepsilon$ of
    $U[-1, 1]$.

    Two normal components: the quantile map of a density $p$ has the slope $1/(2 p)$ for this
    latent, and in the middle between the components $p$ is tiny.
    """
    on_data = sp.Integral(POINT.subs({p: sp.Rational(1, 2), q: (1 - epsilon) / 2}), (x, 1, 2))
    yield equal(
        "the ramp of slope 1/ε",
        (2 * on_data + sp.Integral(epsilon / 2 * sp.log(2), (x, -1, 1))) / 2,
        J.subs(m, epsilon),
        where={epsilon: (0, 1)},
        label="topological-obstruction",
    )
    yield equal("J(ε) as ε → 0", sp.Limit(J.subs(m, epsilon), epsilon, 0, "+"), 0)
    parts = [10 * sp.exp(-50 * (x - at) ** 2) for at in (-3, 3)]
    density = sum(parts) / (2 * sp.sqrt(2 * sp.pi))
    middle = sp.Subs(1 / (2 * density), x, 0)
    yield equal("N(±3, 1/100): the slope at 0", middle, sp.sqrt(2 * sp.pi) * sp.exp(450) / 20)


def certify():
    r"""Ramps of five slopes, in balls.

    The divergence of the ramp's density is $J(1/L)$ for $L = 2, 3, 10, 100, 1000$, falls with the
    slope, and is below $\tfrac{1}{2500}$ at 1000. A crossing of slope $\tfrac{3}{2}$ costs
    $\tfrac{1}{20}$ more than staying on one block.
    """
    ramps = [certified.js_divergence(BLOCKS, mixed(slope)) for slope in (1000, 100, 10, 3, 2)]
    for slope, found in zip((1000, 100, 10, 3, 2), ramps, strict=True):
        yield equal(f"slope {slope}", found, J.subs(m, sp.Rational(1, slope)))
    yield increasing("slopes 1000, 100, 10, 3, 2", ramps)
    yield at_most("slope 1000 comes near", ramps[0], Fraction(1, 2500))
    alone = certified.js_divergence(BLOCKS, Uniform(1, 2)) + Fraction(1, 20)
    yield at_least(
        "slope 3/2 against one block", certified.js_divergence(BLOCKS, mixed(1.5)), alone
    )


def check():
    r"""The ramp as a network of three leaky units.

    Its exact density is found by walking the pieces of the network. For slopes 2, 10 and 1000 its
    divergence is $J(1/L)$ to $10^{-12}$, and its mass in the gap is $1/L$.
    """
    for slope in (2, 10, 1000):
        made = GeneratorDensity(G, G.parameters(ramp(float(slope))), LATENT)
        away = abs(js_divergence(BLOCKS, made) - J.subs(m, sp.Rational(1, slope)))
        yield at_most(f"three units, slope {slope}: JSD", away, Fraction(1, 10**12))
        inside = mass_between(made, -1.0, 1.0)
        yield equal(f"three units, slope {slope}: mass", inside, Fraction(1, slope))


def search(seed):
    r"""A hunt through networks of three leaky units.

    All ten parameters are drawn. A stretch of the image, of width $g$, with less mass than $g/(2
    L)$ for the largest slope $L$ on $[-1, 1]$ would refute the second part.
    """
    yield survives("mass of a stretch", crosses, strategies.simplices(10), seed=seed, examples=110)


def simulate(seed):
    r"""Where 500 steps of training end.

    Sixteen networks 1-16-1 with leaky units play the non-saturating game on the two blocks. Each
    has, by its exact density, at least $J(1/L)$ for its largest slope, or $J(\tfrac{1}{2})$ where
    $L < 2$. On average $\tfrac{1}{20}$ of the samples or more lie in the gap, and the divergence is
    $\tfrac{1}{20}$ or more, too, while three units can bring it to $0.0004$. These are means over
    seeds, of one length of run.
    """
    slopes, masses, found = trained(seed)
    bounds = [J.subs(m, sp.Rational(min(1 / float(slope), 0.5))) for slope in slopes]
    nearest = min(range(SEEDS), key=lambda i: float(found[i]) - float(bounds[i]))
    yield at_least("the game nearest to its bound", found[nearest], bounds[nearest])
    yield at_least("share of samples in the gap", mean_of(masses), 0.05)
    yield at_least("JSD after training", mean_of([float(one) for one in found]), 0.05)


def refute():
    r"""Five conclusions that go too far.

    A steep ramp looks like a perfect model, and is not one; but the divergences of all ramps have
    no positive lower bound. The density of $z$ on $[-1, 1]$ is $\tfrac{1}{2}$, and the factor is
    easily lost. To cross slowly is worse than not to cross. And training has not found what the
    network can represent.
    """
    steep = certified.js_divergence(BLOCKS, mixed(1000))
    yield equal("a ramp of slope 1000 is exact", 1 + steep, 1)
    yield at_least("no generator comes nearer than 1/100", steep, Fraction(1, 100))
    made = GeneratorDensity(G, G.parameters(ramp(10.0)), LATENT)
    yield at_least("g/L for g/(2L), slope 10", mass_between(made, -1.0, 1.0), 0.2)
    slow = certified.js_divergence(BLOCKS, mixed(1.5))
    yield at_most("to cross is always better, slope 3/2", slow, J.subs(m, sp.Rational(1, 2)))
    found = mean_of([float(one) for one in trained(0)[2]])
    yield at_most("500 steps find the ramp", found, 0.01)


def figure():
    r"""Left, sixteen trained generators; right, their divergence against their largest slope.

    Every generator crosses the grey gap, none steeply. On the right the curve is the least
    divergence for a slope; the dots lie above it.
    """
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots(1, 2, figsize=(8.4, 3.4))
    draw(*axes)
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

LATENT = Uniform(-1, 1)
BLOCKS = Mixture((Uniform(-2, -1), Uniform(1, 2)), ("1/2", "1/2"))
SEEDS, STEPS = 16, 500
G = mlp((1, 16, 1), LeakyReLU(0.2))


def draw(left, right):
    """The generators of seed 0, and their divergences beside the least one for each slope."""
    slopes, _, found = trained(0)
    at, steep = np.linspace(-1, 1, 401), np.geomspace(0.5, 100, 300)
    paths = [G.forward(G.parameters(flat), at[:, None])[0] for flat in generators(0)]
    left.axhspan(-1, 1, color="C6", alpha=0.4, zorder=0)
    left.plot(at, np.hstack(paths), color="C3", alpha=0.5, linewidth=0.9)
    left.set(
        title="16 trained generators, the gap in grey", xlabel="noise $z$", ylabel="sample $G(z)$"
    )
    left.set(xlim=(-1, 1), xticks=(-1, 0, 1), yticks=(-1, 0, 1))
    right.semilogx(steep, sp.lambdify(m, J)(np.minimum(1 / steep, 0.5)), color="C2")
    right.semilogx(slopes, [float(one) for one in found], "o", color="C3", markersize=4)
    right.text(20, 0.035, "least for a slope", color="C2")
    right.text(6, 0.3, "the trained ones", color="C3")
    right.set(title="Their distance from the data", xlabel="largest slope $L$", ylabel="JSD, nats")
    right.set(ylim=(0, 0.45), yticks=(0, 0.2, 0.4))


def mixed(slope):
    """The density of the ramp: 1 - 1/L of the data's, and 1/L of U[-1, 1].

    For L = 3/2 it is still what a generator makes that crosses at that slope and is steeper
    outside.
    """
    gap = 1 / Fraction(slope)
    parts = (Uniform(-2, -1), Uniform(1, 2), Uniform(-1, 1))
    return Mixture(parts, ((1 - gap) / 2, (1 - gap) / 2, gap))


def ramp(slope):
    r"""Parameters of $c + s \phi(z + 1) + (L - s)(\phi(z + 1/L) - \phi(z - 1/L))/0.8$, $s = L/(L - 1)$.

    $\phi$ is a leaky unit, and the other thirteen are 0. Outside of the ramp the slope is $s$.
    """
    flat = np.zeros(G.size)
    first, bias, second, last = (tensor for layer in G.parameters(flat).layers for tensor in layer)
    outer = slope / (slope - 1)
    lowest = -2 - (slope - outer) / (2 * slope)  # two leaking units are 0.4/L apart at -1
    first[..., :3], bias[..., :3], last[...] = 1.0, (1.0, 1 / slope, -1 / slope), lowest
    second[:3, 0] = outer, (slope - outer) / 0.8, -(slope - outer) / 0.8
    return flat


@summed(roundings=1024)  # those of G's values among them
def mass_between(generator, low, high):
    """F(high) - F(low)."""
    return [generator.cdf(high), -generator.cdf(low)]


def crosses(shares):
    """Claim on a stretch of the image of a drawn network of three units."""
    small = mlp((1, 3, 1), LeakyReLU(0.2))
    flat = 20 * (shares - 0.1) + 0.3 * np.sin(np.arange(1, 11))  # no two units cancel
    slope, ends = steepest(small, flat)
    low, high = ends[0] + 0.3 * (ends[1] - ends[0]), ends[0] + 0.6 * (ends[1] - ends[0])
    generator = GeneratorDensity(small, small.parameters(flat), LATENT)
    return at_least("mass", mass_between(generator, low, high), of_steepest(high - low, slope))


@pointwise
def of_steepest(gap, slope):
    """g/(2 L)."""
    return gap / (2 * slope)


def steepest(network, flat):
    """The largest slope of a network of one hidden layer on [-1, 1], and the ends of its image.

    Between its kinks the network is affine, so that quotients over neighbouring kinks are its
    slopes.
    """
    first, bias = network.parameters(flat).layers[0]
    kinks = -bias.ravel() / np.where(first == 0, 1.0, first).ravel()
    at = np.unique(np.concatenate([[-1.0, 1.0], kinks[np.abs(kinks) < 1]]))
    values = network.forward(network.parameters(flat), at[:, None])[0][:, 0]
    return np.max(np.abs(np.diff(values) / np.diff(at))), (values.min(), values.max())


@cache
def generators(seed):
    """Parameters of the trained generators, (S, P)."""
    rates = {"d_lr": 5e-3, "g_lr": 5e-3, "latent": "uniform", "seed": seed, "steps": STEPS}
    game = plan(as_data(BLOCKS), NON_SATURATING, generator=G, discriminator=G, **rates)
    state = start(game, SEEDS)
    while state.step < STEPS:
        advance(state)
    return state.generator.parameters.flat.copy()


@cache
def trained(seed):
    """Largest slopes and masses in [-1, 1], (S,) each, and a list of the JSDs."""
    flats = generators(seed)
    made = [GeneratorDensity(G, G.parameters(np.ascontiguousarray(flat)), LATENT) for flat in flats]
    slopes = np.array([steepest(G, flat)[0] for flat in flats])
    masses = np.array([float(one.cdf(1.0) - one.cdf(-1.0)) for one in made])
    return slopes, masses, [js_divergence(BLOCKS, one) for one in made]
