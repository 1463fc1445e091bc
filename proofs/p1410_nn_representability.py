r"""What a network could represent, training need not find: local minima and dead units stop it.

Statement
---------
That a network can represent the optimal generator, and that gradient descent finds it, is not a
theorem. Let the data be $U[-2, -1]$ and $U[1, 2]$ in equal shares and the latent $z$ uniform on
$[-1, 1]$.

$G(z) = (3 + z)/2$, which makes $U[1, 2]$, is a local minimum among the continuous generators, with
$\mathrm{JSD}(p, q) = \tfrac{3}{4} \log \tfrac{4}{3}$: every continuous $G'$ with $\lvert G' - G
\rvert < 2$ misses the other block, and has no less. Steep generators that cross the gap do better.

A discriminator whose units are dead on data and samples, with $D = \tfrac{1}{2}$, has zero
gradients for both players. Then $V = -\log 4$, as at the optimum, while $\mathrm{JSD}(p, q) = \log
2$ for the model $U[-1, 1]$. A generator with dead units makes a point, and keeps making one: only
its last bias moves.

Assumes   A latent on a connected set; ReLU units for the dead ones. What longer training than on the
          page would find is not claimed.
Source    [@annotated2017], which expects to represent the optimal $G$ as a network via SGD;
          [@goodfellow2014, section 4.2] for critical points in the space of parameters.
"""

from fractions import Fraction

import numpy as np
import sympy as sp

from gantheory import certified
from gantheory.densities import Discrete, Mixture, Uniform
from gantheory.divergences import js_divergence
from gantheory.evidence import pointwise
from gantheory.game import optimal_discriminator, value_function
from gantheory.losses import NON_SATURATING
from gantheory.nets import Dense, LeakyReLU, Network, ReLU, mlp
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal, increasing
from gantheory.training import advance, as_data, plan, start

theorem = Theorem(
    label="nn-representability",
    title="What a network could represent, training need not find",
    uses=("topological-obstruction", "global-minimum"),
    covers=("nn-representability", "optimal-generator-is-no-network"),
    errata=(
        "[@annotated2017] expects to represent the optimal generator as a network via SGD: for data in "
        "two pieces no continuous generator is optimal, and those that come near are steep.",
    ),
)

x, c = sp.symbols("x c", real=True)  # a sample, the logit of D
p, q = sp.symbols("p q", positive=True)
POINT = p * sp.log(2 * p / (p + q)) + q * sp.log(2 * q / (p + q))
ONE_BLOCK = 3 * sp.log(sp.Rational(4, 3)) / 4
HALF = sp.Rational(1, 2)


def derive():
    r"""The local minimum, and why dead units give no gradient.

    With $q = 1$ on $[1, 2]$ the data have density $\tfrac{1}{2}$ there, and half of their mass
    where the model has none. A generator closer than 2 has its samples above $1 - 2 = -1$: it makes
    nothing of the block $[-2, -1]$. By `jsd-of-mass-off-the-support` its divergence is at least
    $J(\tfrac{1}{2})$, which is what $G$ has. Nothing near is better.

    A unit is dead where its input is negative: its output and its slope are 0. So are the gradients
    of its weights, of the weight behind it, and of everything before it. If all units are dead, the
    logit is the last bias $c$ alone, on data and samples alike. Its gradient is $1 - 2 D$, and that
    is 0 at $D = \tfrac{1}{2}$. For the generator the slope of $D$ in $x$ is 0.
    """
    block = sp.Integral(POINT.subs({p: HALF, q: 1}), (x, 1, 2))
    missed = sp.Integral(HALF * sp.log(2), (x, -2, -1))
    yield equal("one block: 2 JSD", block + missed, 2 * ONE_BLOCK)
    value = -sp.log(1 + sp.exp(-c)) - sp.log(1 + sp.exp(c))
    at_half = sp.Subs(sp.Derivative(value, c), c, 0)
    yield equal("the slope in the last bias", sp.Derivative(value, c), 1 - 2 / (1 + sp.exp(-c)))
    yield equal("the slope at D = 1/2, plus 1", 1 + at_half, 1)


def certify():
    r"""The local minimum from both sides, and the model behind a dead discriminator.

    The divergence of $U[1, 2]$ is the closed form. Moved to the right by $\tfrac{1}{1000}$,
    $\tfrac{1}{10}$ and $\tfrac{1}{2}$ the block gets worse, and so it does if it is made wider by
    as much on both sides. The model $U[-1, 1]$ lies wholly in the gap, and has $\log 2$, the most
    there is.
    """
    alone = certified.js_divergence(BLOCKS, Uniform(1, 2))
    yield equal("one block", alone, ONE_BLOCK, label="nn-representability")
    moved = [certified.js_divergence(BLOCKS, Uniform(1 + d, 2 + d)) for d in ASIDE]
    yield increasing("moved by 0, 1/1000, 1/10, 1/2", [alone, *moved])
    wide = [certified.js_divergence(BLOCKS, Uniform(1 - d, 2 + d)) for d in ASIDE]
    yield increasing("wider by 0, 1/1000, 1/10, 1/2", [alone, *wide])
    yield equal("U[-1, 1], in the gap", certified.js_divergence(BLOCKS, LATENT), sp.log(2))


def check():
    r"""A dead discriminator, as a network.

    Sixteen ReLU units with drawn weights and biases such that none is positive at $-2$ or at $2$:
    each input is affine in $x$, so that none is positive in between. With the last bias 0 the
    network is $D = \tfrac{1}{2}$ on all data and samples, and $V$ of that is $-\log 4$.
    """
    yield equal("units dead at -2 and 2", dead_at(np.array([[-2.0], [2.0]])), 2 * UNITS)
    half = 0 * optimal_discriminator(BLOCKS, LATENT)
    yield equal("D = 1/2, model U[-1, 1]", value_function(BLOCKS, LATENT, half), -sp.log(4))


def search(seed):
    r"""Drawn models on $[-1, 4]$, where a generator less than 2 away from $G$ has its samples.

    They are constant on ten cells, so that the divergence is a sum. One below $\tfrac34 \log \tfrac43$
    would refute the local minimum.
    """
    models = strategies.simplices(10)
    yield survives("models near G", no_better, models, seed=seed, examples=110)


def simulate(seed):
    r"""Fifty steps of Adam in 16 games, with one player dead.

    The dead discriminator meets $G(z) = z$, and the statistic is in how many games each of its
    parameters keeps every bit: it is all of them. The dead generator meets a living discriminator
    of 16 leaky units; 48 of its 49 parameters stay in every game, and its last bias in none.
    Nothing random is left to decide this: minibatches differ, the zero gradients do not.
    """
    yield equal("D dead: games, by parameter", stay("D", seed), SEEDS)
    only_bias = np.append(np.full(48, SEEDS), 0)
    yield equal("G dead: games, by parameter", stay("G", seed), only_bias)


def refute():
    r"""Three signs that are taken for success.

    A loss of $\log 4$, or $V = -\log 4$, is read as "the model is the data", but $D = \tfrac{1}{2}$
    may only mean that $D$ has not learnt anything. A point from which every small change is worse
    is read as the best. And one might hope that a little push towards the other block is enough.
    """
    found = certified.js_divergence(BLOCKS, LATENT)
    yield at_most(
        "V = -log 4: the model is the data",
        found,
        Fraction(1, 100),
        label="optimal-generator-is-no-network",
    )
    alone = certified.js_divergence(BLOCKS, Uniform(1, 2))
    steep = Mixture((Uniform(-2, -1), Uniform(1, 2), LATENT), ("9/20", "9/20", "1/10"))
    yield at_most("a local minimum is the least", alone, certified.js_divergence(BLOCKS, steep))
    nearer = certified.js_divergence(BLOCKS, Uniform(Fraction(9, 10), Fraction(19, 10)))
    yield at_most("a push towards the gap helps", nearer, alone)


# --- how the numbers are made ---------------------------------------------------------------------

LATENT = Uniform(-1, 1)
BLOCKS = Mixture((Uniform(-2, -1), Uniform(1, 2)), ("1/2", "1/2"))
ASIDE = (Fraction(1, 1000), Fraction(1, 10), Fraction(1, 2))
SEEDS, UNITS = 16, 16
DEAD = mlp((1, UNITS, 1), ReLU())


def tensors(flat):
    """Weights and biases of both layers of the network with dead units, as views."""
    return [tensor for layer in DEAD.parameters(flat).layers for tensor in layer]


def dead(last):
    """Parameters whose ReLU units are dead on [-2, 2], the weights drawn."""
    flat = np.random.default_rng(3).standard_normal(DEAD.size)
    first, bias, _, end = tensors(flat)
    bias[...], end[...] = -2.5 * np.abs(first) - 0.1, last
    return flat


@pointwise
def dead_at(places):
    """How many of the units of `dead`, over all places, are 0."""
    first, bias, _, _ = tensors(dead(0.0))
    return np.sum(places @ first + bias <= 0)


@pointwise
def stay(player, seed):
    """In how many games each parameter of the player with dead units keeps every bit."""
    living = {"D": mlp((1, UNITS, 1), LeakyReLU(0.2)), "G": Network((Dense(1, 1),), 1)}
    networks = {"generator": living["G"], "discriminator": living["D"]}
    networks["generator" if player == "G" else "discriminator"] = DEAD
    rates = {"d_lr": 5e-3, "g_lr": 5e-3, "latent": "uniform", "seed": seed, "steps": 50}
    state = start(plan(as_data(BLOCKS), NON_SATURATING, **networks, **rates), SEEDS)
    judged = state.generator if player == "G" else state.discriminator
    before = dead(0.5 if player == "G" else 0.0)
    if player == "D":
        state.generator.parameters.flat[...] = (1.0, 0.0)
    judged.parameters.flat[...] = before
    advance(state)
    return np.sum(judged.parameters.flat == before, axis=0)


def no_better(shares):
    """The claim for a model with these shares of the half units of [-1, 4]; the data begin at -2."""
    data = Discrete([Fraction(1, 4)] * 2 + [0] * 4 + [Fraction(1, 4)] * 2 + [0] * 4)
    mixed = shares[0] * shares
    mixed[4:6] += (1 - shares[0]) / 2  # the rest is U[1, 2]
    return at_least("JSD", js_divergence(data, Discrete([0, 0, *mixed])), ONE_BLOCK)
