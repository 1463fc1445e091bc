r"""Algorithm 1: $k$ steps of the discriminator, then one of the generator, from samples alone.

Statement
---------
Let $D = \sigma(a)$ and $G$ be differentiable in their parameters $\varphi$ and $\theta$. Algorithm
1 repeats two half steps. First, $k$ times: draw $m$ latents $z_i$ and $m$ data $x_i$, and let
$\varphi$ ascend the gradient of

$$\frac{1}{m} \sum_{i=1}^{m} \left[\log D(x_i) + \log(1 - D(G(z_i)))\right].$$

Then: draw $m$ fresh latents, and let $\theta$ descend the gradient of the mean of
$\log(1 - D(G(z_i)))$, or, in the non-saturating form, ascend that of the mean of $\log D(G(z_i))$.
Any optimiser may take these steps; the paper uses momentum, $v_{t+1} = \beta v_t + g_t$ and
$\theta_{t+1} = \theta_t - \eta v_{t+1}$, with one buffer for each player.

The gradient of a minibatch is unbiased for that of $V$; of finitely many data, the mean over all
minibatches is the full gradient. One step of $D$ on a batch improves the batch's mean, if $a$ is
affine in $\varphi$ and the rate small enough. A half step leaves the other player's parameters as
they are (page `freeze-discriminator-alternate-training`). The data enter through samples alone.
Convergence does not follow: an affine generator finds $\mathcal{N}(2, \tfrac{1}{4})$ for $k = 5$
and $\beta = \tfrac{1}{2}$, and fails in some runs if one is changed, to $1$ or $0.9$.

Assumes   $D$ and $G$ differentiable in their parameters; gradients with an expectation, which may be
          exchanged with the derivative.
Source    [@goodfellow2014, Algorithm 1].
"""

from itertools import combinations

import numpy as np
import sympy as sp

from gantheory import losses, optimisers
from gantheory.densities import Normal, Uniform
from gantheory.evidence import differences, in_norm, mean_of
from gantheory.game import optimal_discriminator, value_function
from gantheory.nets import Dense, Network, Tanh, mlp
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal, increasing
from gantheory.training import advance, as_data, plan, start

theorem = Theorem(
    label="algorithm-1",
    title=r"Algorithm 1: $k$ steps of $D$, one of $G$, from samples alone",
    uses=("optimal-discriminator",),
    covers=("algorithm-1", "no-explicit-likelihood", "discriminator-ascends"),
    errata=("[@ramasinghe] has $D$ descend: it ascends $V$, and descends the loss $-V$.",),
)

a, w = sp.symbols("a w", real=True)  # the logit; the one parameter of a discriminator
f, g = sp.symbols("f g", real=True)  # gradients at two points
t, s, eta = sp.symbols("t s eta", positive=True)  # a chance; a part of the rate, the rate
bend = sp.Symbol("bend", positive=True)  # L, a bound of -F''
n, m = sp.symbols("n m", integer=True, positive=True)  # the numbers of data, and in a minibatch
SIGMA = 1 / (1 + sp.exp(-a))


def derive():
    r"""The gradients in the logit, why a minibatch is unbiased, and what one step does.

    By the chain rule a sample acts on $\varphi$ through its logit $a$ alone. A real sample pushes
    $a$ up by $1 - D$, the more the less $D$ believes in it; a generated one pushes it down by $D$.
    The generator descends that same slope $-D$ through $G$: where $D$ is sure, the pull on $G$ is
    nearly 0, and the non-saturating form is used instead.

    A minibatch is unbiased because expectation is linear: each of the $m$ gradients has the
    expectation of one, and so has their mean. For data on two points, of chances $t$ and $1 - t$
    and gradients $f$ and $g$, this is written out for $m = 8$. If $m$ different ones of $n$ data are
    drawn, each lies in a share $m/n$ of all minibatches, with the weight $1/m$ there: $1/n$ in all.

    For an affine logit the batch's mean $F$ is concave in $\varphi$, and $F'' \ge -L$ along any
    line, with $L$ a quarter of the mean square of the logit's slope, as $D (1 - D) \le \tfrac14$.
    At $s \le \eta$ on the way of a step the slope is then at least $(1 - L s) \lVert \nabla F
    \rVert^2$: $F$ rises up to $\eta = 1/L$, and has gained for every $\eta < 2/L$.
    """
    yield equal("a real sample's slope", sp.Derivative(sp.log(SIGMA), a), 1 - SIGMA)
    yield equal("a generated sample's slope", sp.Derivative(sp.log(1 - SIGMA), a), -SIGMA)
    whole = t * f + (1 - t) * g
    yield equal("all minibatches of 8 from two points", batch_mean(8), whole, where={t: (0, 1)})
    with_it = sp.binomial(n - 1, m - 1)
    yield equal("a datum's weight in all minibatches", n * with_it, m * sp.binomial(n, m))
    yield equal("F'' of one sample", sp.Derivative(sp.log(SIGMA), (a, 2)), -SIGMA * (1 - SIGMA))
    yield at_most("F'' of one sample: the bound", SIGMA * (1 - SIGMA), sp.Rational(1, 4))
    along = sp.Integral((1 - bend * s) * g**2, (s, 0, eta))
    yield equal("gain of a step, at least", along, eta * (1 - bend * eta / 2) * g**2)


def certify():
    r"""One step on the data 0 and 2 and the generated points $-1$ and 1, for all rates at once.

    With $D = \sigma(w x)$ the bound is $L = \tfrac34$. From three $w$, the batch's mean after the step
    rises with the rate on all of $[0, \tfrac43]$, and $\tfrac43$ is $1/L$. A step down the gradient
    lowers it, at any rate up to 20. Balls cover the intervals.
    """
    for place in (-3, -1, 0):
        up, down = stepped(place, eta), stepped(place, -eta)
        yield increasing(f"w = {place}: up", up, where={eta: (0, sp.Rational(4, 3))})
        yield increasing(f"w = {place}: down, minus F", -down, where={eta: (0, 20)})


def check():
    r"""The slope of $V$ with which `simulate` compares, by hand.

    At $w = c = 0$ each datum pulls $w$ by $x/2$ and each generated sample by $-x/2$, so that the
    slope $\partial V/\partial w$ is half the difference of the means, $(2 - 0)/2 = 1$.
    """
    yield equal("the slope of V at D = 1/2", differences(value, [0.0, 0.0], [1.0, 0.0]), 1)


def search(seed):
    r"""Networks of random shape, with random parameters and up to 3 data and generated points.

    One for which the mean of the gradients over all pairs of minibatches is not the gradient of one
    batch that holds everything would refute that minibatches are unbiased.
    """
    shapes = strategies.networks(fan_out=1, smooth=True, max_layers=2, max_width=3)
    cases = strategies.network_cases(shapes, max_size=3, dtypes=("float64",))
    yield survives("all minibatches", as_one_batch, cases, seed=seed, examples=100)


def simulate(seed):
    r"""The algorithm as it is coded, on data $\mathcal{N}(2, \tfrac{1}{4})$.

    First the gradient. With $D = \sigma(w x + c)$, data $U[1, 3]$ and model $U[-1, 1]$, its mean over
    40 000 minibatches of 8, in the hand-written network, is compared with differences of $V$, an
    integral. Then runs: 8 games from one seed, $G(z) = a z + b$ from $b = 0$ and different $a$, the
    non-saturating loss, a discriminator of 16 tanh units. The rates are $0.1 (1 - \beta)$, as momentum
    multiplies a lasting gradient by $1/(1 - \beta)$. What is judged are the means of
    $\lvert a \rvert$ and $b$ over the last third. With $k = 5$ and $\beta = \tfrac{1}{2}$ every game
    comes near $\tfrac{1}{2}$ and $2$, from 2000 rows: no object that could be asked for $p(x)$ is
    within reach. With $k = 1$ and $\beta = 0.9$ every scale collapses, and changing one of the two
    alone spoils some game. These runs say nothing of other networks, rates or data, and longer ones
    may do better or worse.
    """
    yield from unbiased(seed)
    rows = as_data(DATA.sample(2000, np.random.default_rng(seed)))
    good, name = trained(seed, k=5, momentum=0.5, data=rows, steps=750), "no-explicit-likelihood"
    yield at_most("k = 5, β = 1/2: scale, worst game", worst(good)[0], 0.15)
    yield at_most("k = 5, β = 1/2: shift, worst game", worst(good)[1], 0.15, label=name)
    yield at_most("k = 1, β = 0.9: all scales", worst(trained(seed, k=1, momentum=0.9), 0)[0], 0.1)
    yield at_least("k = 1 alone: worst game", worst(trained(seed, k=1, momentum=0.5))[0], 0.15)
    yield at_least("β = 0.9 alone: worst game", worst(trained(seed, k=5, momentum=0.9))[0], 0.15)


def refute():
    r"""Five mistakes.

    The sign of $D$'s step is lost where a library minimises. The non-saturating slope is taken for
    that of Algorithm 1. A sum over the batch multiplies the rate by $m$. A rate of 8 goes past the
    maximum, though $F$ is concave. And the latents of $D$'s step are used again for $G$. Let the
    datum be 0, $G(z) = a z$ with $z = \pm 1$ and $a = 1$, $D = \sigma(w x)$ with $w = 0$, and
    $m = 1$. After $D$'s step on $z$, $w = -\tfrac12 \eta z$. On the same $z$ the slope in $a$ is
    positive, on a fresh one negative in the mean: the model moves the other way.
    """
    uphill = sp.Derivative(sp.log(SIGMA), a)
    yield equal("D descends", uphill, SIGMA - 1, label="discriminator-ascends")
    yield equal("non-saturating for minimax", sp.Derivative(sp.log(1 - SIGMA), a), SIGMA - 1)
    whole = t * f + (1 - t) * g
    yield equal("the sum for the mean", 8 * batch_mean(8), whole, where={t: (0, 1)})
    yield increasing("any rate is safe", stepped(0, eta), where={eta: (0, 8)})
    yield equal("the latents again", pull(eta / 2), (pull(eta / 2) + pull(-eta / 2)) / 2)


def figure():
    r"""Scale and shift of 8 generators in four settings, their means bold.

    The dotted lines are the data's values, $\tfrac{1}{2}$ and $2$. With $\beta = \tfrac{1}{2}$ all
    shifts come near the data's mean; with five steps of $D$ the scales settle at $\tfrac{1}{2}$,
    with one they first collapse, and come back late, too far, or not yet. With $\beta = 0.9$ the
    players overshoot, the games differ widely, and with one step of $D$ all scales fall to 0.
    """
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots(2, 2, figsize=(8.0, 5.2), sharex=True, sharey="row")
    for column, momentum in zip(axes.T, (0.5, 0.9), strict=True):
        draw(*column, momentum)
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

DATA = Normal(2, 0.5)
LOW, HIGH = Uniform(-1, 1), Uniform(1, 3)
SEEDS, STEPS = 8, 900


def batch_mean(size):
    """The expectation of the mean gradient of a minibatch from two points, as a binomial sum."""
    chances = [sp.binomial(size, i) * t**i * (1 - t) ** (size - i) for i in range(size + 1)]
    return sum(one * (i * f + (size - i) * g) / size for i, one in enumerate(chances))


def stepped(start, step):
    r"""$F(w + \eta F'(w))$, $F$ the batch's mean of $\log D + \log(1 - D)$."""
    logits = [0 * w, 2 * w, w, -w]  # of the data 0 and 2, and minus those of -1 and 1
    mean = sum(sp.log(SIGMA).subs(a, logit) for logit in logits) / 2
    return mean.subs(w, start + step * sp.diff(mean, w).subs(w, start))


def pull(product):
    r"""The slope of $\log(1 - \sigma(w a z))$ in $a$ at $a = 1$, where $-w z$ is the product."""
    return product * SIGMA.subs(a, -product)


def value(at):
    r"""$V$ of $U[1, 3]$ and $U[-1, 1]$ at the logit $w x + c$."""
    identity = optimal_discriminator(Normal(1, 1), Normal(0, 1)) + 0.5
    return value_function(HIGH, LOW, float(at[0]) * identity + float(at[1])).value


def slopes(network, flat, real, fake):
    r"""The gradients of the mean of $-\log D(x) - \log(1 - D(y))$, one row for each batch."""
    size, count = real.shape[1], len(real)
    theta = network.parameters(np.tile(flat, (count, 1)))
    into = network.parameters(np.zeros((count, len(flat))))
    logits, tape = network.forward(theta, np.concatenate([real, fake], axis=1))
    parts = losses.MINIMAX.d_gradient(logits[:, :size, 0], logits[:, size:, 0])
    network.backward(theta, tape, np.concatenate(parts, axis=1)[..., None], into=into)
    return into.flat


@in_norm
def over_batches(network, flat, real, fake, size):
    """The mean of the gradients over all pairs of minibatches."""
    rows = np.array(list(combinations(range(len(real)), size)))
    one, other = np.indices((len(rows), len(rows))).reshape(2, -1)
    return slopes(network, flat, real[rows[one]], fake[rows[other]]).mean(axis=0)


@in_norm
def of_everything(network, flat, real, fake):
    """The gradient of one batch that holds all points."""
    return slopes(network, flat, real[None], fake[None])[0]


def as_one_batch(case):
    """All minibatches of half of the points have the mean gradient of one batch of all points."""
    points = case.network, case.flat, case.x, 0.5 - case.x[::-1]
    whole, found = of_everything(*points), over_batches(*points, (len(case.x) + 1) // 2)
    size = 2 ** int(2 + np.log2(1 + np.max(np.abs(whole.value))))  # no sum with it is near 0
    return equal("a constant + the gradient", size + found, size + whole)


def draw(top, low, momentum):
    """One column of the figure: scales above, shifts below."""
    for k, style, height in ((5, "C0-", 0.82), (1, "C2--", 0.64)):
        path = trained(0, k=k, momentum=momentum, steps=STEPS)
        steps = np.arange(50, STEPS + 1, 50)
        for axis, rows, level in ((top, path[:, 0], 0.5), (low, path[:, 1], 2.0)):
            axis.plot(steps, rows, style[:2], alpha=0.25, linewidth=0.8)
            axis.plot(steps, rows.mean(axis=1), style)
            axis.axhline(level, color="C4", linestyle=":", linewidth=1.0)
        text = f"$k={k}$" * (momentum == 0.5)
        top.text(0.05, height, text, color=style[:2], transform=top.transAxes)
    top.set(title=rf"Momentum $\beta={momentum}$", ylabel="scale $|a|$")
    top.set(ylim=(0, 1.5), yticks=(0, 0.5, 1))
    low.set(xlabel="step of $G$", ylabel="shift $b$", xticks=(0, STEPS), yticks=(0, 2, 4))


def unbiased(seed):
    """The gradient of the hand-written network on many minibatches, against the slope of $V$."""
    rng, at = np.random.default_rng(seed), [0.7, -0.4]
    real, fake = (one.sample(320_000, rng).reshape(40_000, 8, 1) for one in (HIGH, LOW))
    found = -slopes(Network((Dense(1, 1),), 1), at, real, fake)[:, 0]
    slope = differences(value, at, [1.0, 0.0])
    name, mean = theorem.label, mean_of(found, within=(-4, 4))
    yield equal("minibatches of 8", mean, slope, tolerance=0.05, label=name)


def game(k, momentum, data, steps, seed):
    r"""The plan of the statement, with rates $0.1 (1 - \beta)$."""
    rule, rate = optimisers.Momentum(beta=momentum), 0.1 * (1 - momentum)
    rules = {"d_optimiser": rule, "g_optimiser": rule, "d_lr": rate, "g_lr": rate}
    nets = {"generator": Network((Dense(1, 1),), 1), "discriminator": mlp((1, 16, 1), Tanh())}
    return plan(data, losses.NON_SATURATING, k=k, steps=steps, seed=seed, **nets, **rules)


def trained(seed, *, k, momentum, data=None, steps=300):
    r"""$\lvert a \rvert$ and $b$ of every generator after each 50 steps: shape (steps/50, 2, seeds)."""
    state = start(game(k, momentum, data or as_data(DATA), steps, seed), SEEDS)
    seen = []
    while state.step < steps:
        advance(state)
        scale, shift = state.generator.parameters.flat.T
        seen.append(np.stack([np.abs(scale), shift]))
    return np.stack(seen)


@in_norm
def worst(rows, scale=0.5):
    r"""The largest errors of $\lvert a \rvert$ and $b$ among the games, of means over the last third."""
    found = rows[2 * len(rows) // 3 :].mean(axis=0)
    return np.abs(found - np.array([[scale], [2.0]])).max(axis=1)
