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

The gradient of a minibatch is unbiased for that of $V$. A half step leaves the other player's
parameters as they are. The data enter through samples alone: neither $p$ nor $q$ is ever evaluated.
Convergence does not follow: an affine generator finds $\mathcal{N}(2, \tfrac{1}{4})$ for $k = 5$
and $\beta = \tfrac{1}{2}$, and fails in some runs if only $k$ or only $\beta$ is changed, to $1$ or
$0.9$.

Assumes   $D$ and $G$ differentiable in their parameters; gradients with an expectation, which may be
          exchanged with the derivative.
Source    [@goodfellow2014, Algorithm 1].
"""

import numpy as np
import sympy as sp

from gantheory import losses, optimisers
from gantheory.densities import Normal
from gantheory.evidence import differences, in_norm, mean_of, pointwise
from gantheory.game import optimal_discriminator, value_function
from gantheory.nets import Dense, Network, Tanh, mlp
from gantheory.theorems import Theorem, at_least, at_most, equal
from gantheory.training import advance, as_data, plan, start
from gantheory.training.players import Draw, discriminator_gradient, generator_gradient

theorem = Theorem(
    label="algorithm-1",
    title=r"Algorithm 1: $k$ steps of $D$, one of $G$, from samples alone",
    uses=("optimal-discriminator",),
    covers=("algorithm-1", "no-explicit-likelihood", "discriminator-ascends"),
    errata=("[@ramasinghe] has $D$ descend: it ascends $V$, and descends the loss $-V$.",),
)

a, beta = sp.symbols("a beta", real=True)  # the logit, the momentum
f, g = sp.symbols("f g", real=True)  # gradients at two points
t = sp.Symbol("t", positive=True)  # the chance of the first point
n = sp.Symbol("n", integer=True, positive=True)  # steps so far
j = sp.Symbol("j", integer=True)
SIGMA = 1 / (1 + sp.exp(-a))


def derive():
    r"""The gradients in the logit, and why a minibatch is unbiased.

    By the chain rule a sample acts on $\varphi$ through its logit $a$ alone. A real sample pushes
    $a$ up by $1 - D$, the more the less $D$ believes in it; a generated one pushes it down by $D$.
    The generator descends that same slope $-D$ through $G$: where $D$ is sure, the pull on $G$ is
    nearly 0, and the non-saturating form is used instead.

    A minibatch is unbiased because expectation is linear. Each of the $m$ samples has the density
    $p$, or $q$, so each gradient has the expectation of one, and the sum of them divided by $m$ has
    it too. The derivative of $V$ is the expectation of the derivative where the two may be
    exchanged, which is assumed.

    The claims show it for data on two points, which have the chances $t$ and $1 - t$ and the
    gradients $f$ and $g$. A batch of $m$ has $i$ of the first kind with the binomial chance, and
    its mean gradient is $(i f + (m - i) g)/m$. The mean over all batches, here of 2 and of 8, is
    the gradient of $V$.

    Momentum only lengthens the way: after $n$ equal gradients the velocity is $g (1 - \beta^n)/(1 -
    \beta)$, which tends to $g/(1 - \beta)$. So the rates of the runs below are multiplied by $1 -
    \beta$.
    """
    yield equal("a real sample's slope", sp.Derivative(sp.log(SIGMA), a), 1 - SIGMA)
    yield equal("a generated sample's slope", sp.Derivative(sp.log(1 - SIGMA), a), -SIGMA)
    for size in (2, 8):
        text = f"all minibatches of {size} from two points"
        yield equal(text, batch_mean(size), t * f + (1 - t) * g, where={t: (0, 1)})
    yield equal(
        "the velocity after n equal gradients",
        sp.Sum(g * beta**j, (j, 0, n - 1)),
        g * (1 - beta**n) / (1 - beta),
        where={beta: (0, 1)},
    )


def check():
    r"""The slope of $V$ that `simulate` compares with, once more by hand.

    At $w = 0$ and $c = 0$ the discriminator is $\tfrac{1}{2}$ everywhere. Each datum then pulls $w$
    by $x/2$ and each generated sample by $-x/2$, so that $\partial V/\partial w$ is half the
    difference of the means, $(2 - 0)/2 = 1$. So the differences of the integral, with which the
    minibatches are compared below, are themselves compared with a number that needs no computer.
    """
    yield equal("the slope of V at D = 1/2", differences(value, [0.0, 0.0], [1.0, 0.0]), 1)


def simulate(seed):
    r"""The algorithm as it is coded, on data $\mathcal{N}(2, \tfrac{1}{4})$.

    First its parts. With $D = \sigma(w x + c)$ and a standard normal model, 100 000 minibatches of
    8 go through the hand-written network; their mean gradient in $w$ is compared with differences
    of $V$, an integral. The two numbers share neither code nor samples. Then one half step of each
    player: all of its own parameters move, and none of the other's, compared bit by bit.

    Then whole runs: 16 games from one seed, $G(z) = a z + b$ from $b = 0$ and different $a$, the
    non-saturating loss, a discriminator of 16 tanh units, 900 steps. The rates are
    $0.1 (1 - \beta)$, so that all steps which one gradient causes add up to $0.1$ of it, for
    either $\beta$. What is judged are the means of $\lvert a \rvert$ and $b$ over the last third.

    With $k = 5$ and $\beta = \tfrac{1}{2}$ every game comes near $\tfrac{1}{2}$ and $2$. With
    $k = 1$ and $\beta = 0.9$ every scale collapses: the model is nearly a point. Changing one of
    the two alone is enough to spoil a game. The last run is given 2000 rows in place of the
    density, and nothing else of the data: the plan holds an array from which minibatches are drawn,
    and no object that could be asked for $p(x)$ is within reach. These are runs of one small game,
    from one seed; they say nothing of other networks, rates or data, and a longer run may do better
    or worse.
    """
    yield from unbiased(seed)
    yield from left_alone(seed)
    good = trained(seed, k=5, momentum=0.5)
    yield at_most("k = 5, β = 1/2: scale, worst game", worst(good)[0], 0.15)
    yield at_most("k = 5, β = 1/2: shift, worst game", worst(good)[1], 0.04)
    yield at_most("k = 1, β = 0.9: all scales", late(trained(seed, k=1, momentum=0.9))[0], 0.1)
    yield at_least("k = 1 alone: worst game", worst(trained(seed, k=1, momentum=0.5))[0], 0.15)
    yield at_least("β = 0.9 alone: worst game", worst(trained(seed, k=5, momentum=0.9))[0], 0.15)
    rows = as_data(DATA.sample(2000, np.random.default_rng(seed)))
    yield at_most(
        "2000 rows for the density: shift",
        worst(trained(seed, k=5, momentum=0.5, data=rows, steps=450))[1],
        0.15,
        label="no-explicit-likelihood",
    )


def refute():
    r"""Four mistakes.

    The sign of $D$'s step is lost where a library minimises and $V$ is to be maximised. The
    non-saturating slope is often taken for that of Algorithm 1 itself, since both push the same
    way. A sum over the batch in place of the mean looks like a matter of taste, and multiplies the
    rate by $m$. It is seen here for $m = 2$ and two points. And momentum $0.9$ is copied from
    classifiers, where no second player moves.
    """
    uphill = sp.Derivative(sp.log(SIGMA), a)
    yield equal("D descends", uphill, SIGMA - 1, label="discriminator-ascends")
    yield equal("non-saturating for minimax", sp.Derivative(sp.log(1 - SIGMA), a), SIGMA - 1)
    yield equal(
        "the sum over the batch for its mean",
        t * t * 2 * f + 2 * t * (1 - t) * (f + g) + (1 - t) ** 2 * 2 * g,
        t * f + (1 - t) * g,
        where={t: (0, 1)},
    )
    fast = late(trained(0, k=1, momentum=0.9, steps=450))
    yield at_least("k = 1 and momentum 0.9 find the scale", fast[0], 0.25)


def figure():
    r"""Scale and shift of 16 generators in four settings, their means bold.

    Within a panel only $k$ differs, between the columns only $\beta$. The dotted lines are the
    data's values, $\tfrac{1}{2}$ and $2$. With $\beta = \tfrac{1}{2}$ all shifts come near the
    data's mean; with five steps of $D$ the scales settle at $\tfrac{1}{2}$, while with one they
    first collapse, and come back late, too far, or not yet. With $\beta = 0.9$ the players
    overshoot, the games differ widely, and with one step of $D$ all scales fall to 0.
    """
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots(2, 2, figsize=(8.0, 5.2), sharex=True, sharey="row")
    for column, momentum in zip(axes.T, (0.5, 0.9), strict=True):
        draw(*column, momentum)
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

DATA, MODEL = Normal(2, 0.5), Normal(0, 1)
SEEDS, STEPS = 16, 900


def batch_mean(size):
    """The expectation of the mean gradient of a minibatch from two points, as a binomial sum."""
    chances = [sp.binomial(size, i) * t**i * (1 - t) ** (size - i) for i in range(size + 1)]
    return sum(one * (i * f + (size - i) * g) / size for i, one in enumerate(chances))


def value(at):
    r"""$V$ of $\mathcal{N}(2, \tfrac{1}{4})$ and $\mathcal{N}(0, 1)$ at the logit $w x + c$."""
    identity = optimal_discriminator(Normal(1, 1), MODEL) + 0.5
    return value_function(DATA, MODEL, float(at[0]) * identity + float(at[1])).value


def draw(top, low, momentum):
    """One column of the figure: scales above, shifts below."""
    for k, style, height in ((5, "C0-", 0.82), (1, "C2--", 0.64)):
        path = trained(0, k=k, momentum=momentum)
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
    rng, count = np.random.default_rng(seed), 100_000
    critic = Network((Dense(1, 1),), 1)
    theta = critic.parameters(np.tile([0.7, -0.4], (count, 1)))
    into = critic.parameters(np.zeros((count, 2)))
    samples = [one.sample(8 * count, rng).reshape(count, 8, 1) for one in (DATA, MODEL)]
    logits, tape = critic.forward(theta, np.concatenate(samples, axis=1))
    slopes = losses.MINIMAX.d_gradient(logits[:, :8, 0], logits[:, 8:, 0])
    critic.backward(theta, tape, np.concatenate(slopes, axis=1)[..., None], into=into)
    yield equal(
        "minibatches of 8, w = 0.7, c = -0.4",
        mean_of(-into.flat[:, 0]),
        differences(value, [0.7, -0.4], [1.0, 0.0]),
        tolerance=0.01,
        label="algorithm-1",
    )


def left_alone(seed):
    """How many parameters a half step moves: those of its player, and of the other."""
    state = start(game(5, 0.5, as_data(DATA), STEPS, seed), SEEDS)
    d, g = state.discriminator, state.generator
    rng = np.random.default_rng(seed)
    real, latent = DATA.sample(SEEDS * 8, rng), rng.standard_normal(SEEDS * 8)
    given = Draw(real.reshape(SEEDS, 8, 1), latent.reshape(SEEDS, 8, 1), ())
    for name, own, other, gradient in (
        ("D", d, g, discriminator_gradient),
        ("G", g, d, generator_gradient),
    ):
        before = own.parameters.flat.copy(), other.parameters.flat.copy()
        gradient(state.plan, d, g, given)
        own.descend(1.0)
        moved, strayed = (
            changed(own.parameters.flat, before[0]),
            changed(other.parameters.flat, before[1]),
        )
        yield equal(f"moved by a half step of {name}", moved, before[0].size)
        yield equal(f"moved of the other by {name}", 1 + strayed, 1)


@pointwise
def changed(now, before):
    """How many parameters differ in any bit."""
    return np.sum(now != before)


def game(k, momentum, data, steps, seed):
    r"""The plan of the statement, with rates $0.1 (1 - \beta)$."""
    rule, rate = optimisers.Momentum(beta=momentum), 0.1 * (1 - momentum)
    return plan(
        data,
        losses.NON_SATURATING,
        generator=Network((Dense(1, 1),), 1),
        discriminator=mlp((1, 16, 1), Tanh()),
        k=k,
        steps=steps,
        d_optimiser=rule,
        g_optimiser=rule,
        d_lr=rate,
        g_lr=rate,
        seed=seed,
    )


def trained(seed, *, k, momentum, data=None, steps=STEPS):
    r"""$\lvert a \rvert$ and $b$ of every generator after each 50 steps: shape (steps/50, 2, seeds)."""
    state = start(game(k, momentum, data or as_data(DATA), steps, seed), SEEDS)
    seen = []
    while state.step < steps:
        advance(state)
        scale, shift = state.generator.parameters.flat.T
        seen.append(np.stack([np.abs(scale), shift]))
    return np.stack(seen)


@in_norm
def late(rows):
    r"""$\lvert a \rvert$ and $b$ of every generator, means over the last third."""
    return rows[2 * len(rows) // 3 :].mean(axis=0)


@in_norm
def worst(rows):
    r"""The largest errors of these two means among the games."""
    found = rows[2 * len(rows) // 3 :].mean(axis=0)
    return np.abs(found - np.array([[0.5], [2.0]])).max(axis=1)
