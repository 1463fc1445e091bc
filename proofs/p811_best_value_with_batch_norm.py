r"""With batch norm the best $V$ is another: $D^* = p/(p + q)$ is not the best, or cannot be reached.

Statement
---------
Let every batch be all real or all generated, of $n \ge 2$ independent samples, as in training, and
let $D$ see its batch. Then $V$ is not an integral over $x$ that is maximised point by point. Let
$p^n$ and $q^n$ be the densities of whole batches. The best $V$ of all $D$ of one kind is

$$\begin{aligned}
\text{for } D \text{ of sample and batch:} &\quad 2 \, \mathrm{JSD}(p^n, q^n) - \log 4 \ge C(G), \\
\text{for } D \text{ of } h_i \text{ alone:} &\quad 2 \, \mathrm{JSD}(p_h, q_h) - \log 4,
\end{aligned}$$

with $p_h, q_h$ the distributions of $h_i = (x_i - \mu)/\sqrt{v + \varepsilon}$. The second is above
or below $C(G)$, and it is $-\log 4$ wherever $q$ is $p$ shifted (for $\varepsilon = 0$: or
stretched). If the output $y_i = \gamma h_i + \beta$ is itself the logit, then on any two batches

$$\hat{V} \le \log \sigma(\beta) + \log \sigma(-\beta) \le -\log 4:$$

such a $D$ is never better than $D = \tfrac{1}{2}$. Behind Dense and BatchNorm $D$ sees no mean, and
a bias at the generator's output gets no gradient. In one batch that is half real these limits do
not hold.

Assumes   Batches as above. $\hat{V}$ is the mean of $\log D$ over a real batch plus the mean of
          $\log(1 - D)$ over a generated one.
Source    [@ioffe2015, Algorithm 1]; [@annotated2017] for batch norm in $D$; [@goodfellow2014,
          Proposition 1] for $D^*$. The limits are derived here.
"""

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
from gantheory.evidence import frequency, in_norm, pointwise, summed
from gantheory.losses import NON_SATURATING
from gantheory.nets import BatchNorm, Dense, Network, Tanh
from gantheory.optimisers import SGD
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal, increasing
from gantheory.training import as_data, start, trained

theorem = Theorem(
    label="best-value-with-batch-norm",
    title=r"With batch norm the best $V$ is $2 \, \mathrm{JSD}(p^n, q^n) - \log 4$, or less",
    uses=("batchnorm", "c-equals-2jsd-minus-log4"),
)

a, f = sp.Symbol("a", real=True), sp.Symbol("f", positive=True)  # a logit, a value of D


def derive():
    r"""Why $y_i$ as the logit never beats $D = \tfrac{1}{2}$.

    The first two limits are $C = 2 \, \mathrm{JSD} - \log 4$ for what $D$ is shown: a batch is one
    sample of $p^n$ or $q^n$, and a $D$ of $h_i$ is shown $h_i$. More is seen of $p$ and $q$ in a
    batch than in a sample, and so the first limit is not below $C(G)$. It is $-\log 4$ for $q = p$
    alone.

    The third limit: $\log \sigma$ is concave, so that logits of mean $\beta$ have a mean $\log
    \sigma$ of at most $\log \sigma(\beta)$. The layer gives both batches the mean $\beta$. What
    remains is $\log D + \log(1 - D)$ at one value of $D$.
    """
    bend = -1 / ((1 + sp.exp(-a)) * (1 + sp.exp(a)))
    yield equal("log σ is concave", sp.Derivative(-sp.log(1 + sp.exp(-a)), (a, 2)), bend)
    yield at_most("one D for both", f * (1 - f), QUARTER, where={f: (0, 1)}, label=theorem.label)


def certify():
    r"""The two limits, enclosed where one number may replace the batch.

    For $\mathcal{N}(0, 1)$ and $\mathcal{N}(1, 1)$ all that a batch says is its mean, and
    $\sqrt{n}$ times it is $\mathcal{N}(0, 1)$ or $\mathcal{N}(\sqrt{n}, 1)$: the best $V$ grows
    with $n = 1, 4, 16, 64$. For $\mathcal{N}(0, 1)$ and $\mathcal{N}(3, 2^2)$ the model is the data
    shifted and stretched, so that $h_i$ has one distribution for both and a $D$ of it is held to
    $-\log 4$, while $C$ is above $-0.7$.

    For coins with the chances $\tfrac{1}{4}$ and $\tfrac{1}{2}$ all batches can be counted. In
    batches of 2 the best $D$ of $h_i$ is worse than $D^*$, in batches of 8 it is better: it
    does not see the mean, but it sees the batch.
    """
    bests = [best(DATA, Normal(shift, 1)) for shift in (1, 2, 4, 8)]
    yield increasing("D of sample and batch, n = 1, 4, 16, 64", bests)
    yield at_least("C of N(0, 1) and N(3, 2²)", best(DATA, Normal(3, 2)), Fraction(-7, 10))
    coins = best(tossed(QUARTER, 1), tossed(HALF, 1))
    yield at_most("coins, h in batches of 2", best(of_h(QUARTER, 2), of_h(HALF, 2)), coins)
    yield at_least("coins, h in batches of 8", best(of_h(QUARTER, 8), of_h(HALF, 8)), coins)


def check():
    r"""Two batches that anyone could tell apart, near $1$ and near $-1$.

    Normalised each for itself, they give $\hat{V} \le -\log 4$ for a small and for a large
    $\gamma$. The same eight samples in one batch give $\hat{V}$ above $-\tfrac{1}{100}$: then the
    mean is between the two.
    """
    for gamma in (0.1, 9.0):
        apart = worth(*(normalised(x, gamma, 0.0) for x in (GOOD, BAD)))
        yield at_most(f"two batches, γ = {gamma:g}", apart, -sp.log(4))
    joint = np.split(normalised(np.concatenate([GOOD, BAD]), 9.0, 0.0), 2)
    yield at_least("the same samples in one batch", worth(*joint), -0.01)


def search(seed):
    r"""Two hunts.

    Through pairs of batches, $\gamma$ and $\beta$, for one whose $\hat{V}$ exceeds $\log
    \sigma(\beta) + \log \sigma(-\beta)$. And through pairs of coins, in batches of 2 and 4, for one
    where a $D$ of $h_i$ does better than a $D$ of sample and batch, which is shown more.
    """
    hunt = partial(survives, seed=seed)
    batches = strategies.logit_batches(largest=100.0).map(lambda x: np.append(x, (0.0, 1.0)))
    pairs = batches.flatmap(lambda x: batches.map(lambda y: (x, y)))
    yield hunt("the normalised output as the logit", never_better, pairs, examples=120)
    yield hunt("D of h sees less", sees_less, pairs.map(two_chances), examples=150)


def simulate(seed):
    r"""A generator whose bias gets no gradient.

    Data $\mathrm{Laplace}(2, \tfrac{1}{2})$, $G(z) = a z + b$ from $b = 0$, 16 games of 300 steps
    with batches of 32. With batch norm behind the first layer of $D$ no $\lvert b \rvert$ exceeds
    $10^{-12}$, though every $D$ is trained and moves. With batch norm behind a tanh instead, which
    bends the samples before they are centred, more than a third of all games end with
    $\lvert b \rvert > \tfrac12$.
    """
    yield at_most("batch norm first: all shifts", shifts(seed, FIRST), 1e-12)
    yield at_least("batch norm first: D moves", distances(seed, FIRST), 0.1)
    moved = frequency(np.abs(after_training(seed, SECOND)[0]) > 0.5)
    yield at_least("batch norm behind a tanh: shifts above 1/2", moved, Fraction(1, 3))


def refute():
    r"""Three conclusions from $D^* = p/(p + q)$ that fail here.

    That no $D$ is above $C(G)$ holds for a $D$ of its sample alone. That a large $\gamma$ makes the
    layer confident is true of each output, and of no batch as a whole. And $V = -\log 4$ at the
    best $D$ says that $q = p$ only if $D$ can see the difference.
    """
    seen = best(of_h(QUARTER, 8), of_h(HALF, 8))
    yield at_least("no D is above C", best(tossed(QUARTER, 1), tossed(HALF, 1)), seen)
    apart = [normalised(x, 9.0, 0.0) for x in (GOOD, BAD)]
    yield at_least("a large γ tells two batches apart", worth(*apart), -0.1)
    shifted = best(DATA, Normal(3, 2))
    yield at_most("at -log 4 q is p", shifted, Fraction(1, 100) - certified.log(4))


def figure():
    r"""The best $V$ against a shift of the model, for a $D$ that sees more, or less, than its sample.

    The lower curve is $C(G)$, the upper one the best $V$ of a $D$ that sees a batch of four. The
    line is what is left behind Dense and BatchNorm: every shift looks like the data.
    """
    from matplotlib import pyplot as plt

    fig, axis = plt.subplots()
    shifts = np.linspace(1e-6, 4, 121)
    for count, height, text, color in (
        (1, -0.75, "$D(x)$: $C(G)$", "C0"),
        (4, -0.2, "$D$ of a batch of 4", "C3"),
    ):
        rises = js_divergence(DATA, Normal(math.sqrt(count) * shifts, 1.0))
        axis.plot(shifts, 2 * rises.value - math.log(4), color=color)
        axis.text(2.3 / count, height, text, color=color)
    axis.axhline(-math.log(4), color="C2")
    axis.text(4, -1.35, "$D$ of the normalised sample", color="C2", ha="right")
    axis.set(title="The best $V$ for data $N(0, 1)$", ylabel="best $V$, nats")
    axis.set(xlabel=r"shift $\theta$ of the model $N(\theta, 1)$", xlim=(0, 4), xticks=range(5))
    axis.set_yticks((-math.log(4), -1, -0.5, 0))
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

DATA, QUARTER, HALF = Normal(0, 1), Fraction(1, 4), Fraction(1, 2)
GOOD, BAD = np.array([1.0, 1.1, 0.9, 1.2]), np.array([-1.0, -1.1, -0.9, -1.2])
FIRST = Network((Dense(1, 8), BatchNorm(8), Tanh(), Dense(8, 1)), 1)
SECOND = Network((Dense(1, 8), Tanh(), BatchNorm(8), Tanh(), Dense(8, 1)), 1)


def best(data, model):
    r"""$2 \, \mathrm{JSD} - \log 4$: the best $V$ of those who are shown samples of these two."""
    return certified.virtual_training_criterion(data, model, digits=12)


def tossed(share, count):
    """The number of ones in a batch of a coin, which says all there is of it."""
    return Discrete(
        [math.comb(count, n) * share**n * (1 - share) ** (count - n) for n in range(count + 1)]
    )


def of_h(share, count):
    r"""The distribution of $h_1$ for a coin and $\varepsilon = 0$, at the points $h \lvert h \rvert$."""
    chances = {}
    for first, others in product((0, 1), range(count)):
        mean = Fraction(first + others, count)
        place = (first - mean) * abs(first - mean) / (mean * (1 - mean) or 1)
        place *= 0 < mean < 1
        chance = share ** (first + others) * (1 - share) ** (count - first - others)
        chances[place] = chances.get(place, 0) + math.comb(count - 1, others) * chance
    return Discrete(list(chances.values()), [float(place) for place in chances])


def normalised(x, gamma, beta):
    """One channel behind batch norm, with the usual epsilon of 1e-5."""
    return gamma * (x - np.mean(x)) / np.sqrt(np.var(x) + 1e-5) + beta


@summed(roundings=1024)  # with those of the logits
def worth(real, fake):
    r"""$\hat{V}$ for the logits of two batches."""
    return [log_expit(logits) / len(logits) for logits in (real, -fake)]


def never_better(drawn):
    """Claim the third limit for two batches."""
    gamma, beta = 1 + abs(drawn[0][0]), math.sin(drawn[1][0])
    return at_most("V", worth(*(normalised(x, gamma, beta) for x in drawn)), limit(beta))


@pointwise
def limit(beta):
    r"""$\log \sigma(\beta) + \log \sigma(-\beta)$."""
    return log_expit(beta) + log_expit(-beta)


def sees_less(coins):
    """Claim that the second limit is not above the first, for two coins."""
    for count in (2, 4):
        less, more = ([shown(one, count) for one in coins] for shown in (of_h, tossed))
        yield at_most(f"batches of {count}", best(*less), best(*more), tolerance=0)


def two_chances(pair):
    """Two different chances between 0 and 1."""
    first, second = (1 + int(16 * abs(math.fsum(batch))) % 995 for batch in pair)
    return Fraction(first, 997), Fraction(second, 999)


@in_norm
def shifts(seed, critic):
    r"""$\lvert b \rvert$ of every generator after training."""
    return np.abs(after_training(seed, critic)[0])


@in_norm
def distances(seed, critic):
    """How far every discriminator has come."""
    return after_training(seed, critic)[1]


@cache
def after_training(seed, critic):
    """b of every generator, and how far its discriminator has come."""
    players = {"generator": Network((Dense(1, 1),), 1), "discriminator": critic}
    rules = {"d_optimiser": SGD(), "g_optimiser": SGD(), "d_lr": 0.1, "g_lr": 0.1}
    runs = {"seeds": 16, "steps": 300, "batch": 32, "seed": seed}
    state = trained(as_data(Laplace(2, 0.5)), NON_SATURATING, **players, **rules, **runs)
    before = start(state.plan, 16).discriminator.parameters.flat
    moved = np.linalg.norm(state.discriminator.parameters.flat - before, axis=1)
    return state.generator.parameters.flat[:, 1], moved
