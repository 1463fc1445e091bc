r"""Algorithm 1: k steps of the discriminator, one of the generator, samples only.

Statement
---------
Repeat: k times, draw m latents z and m data x, and let D ascend the gradient of
(1/m) Σ [log D(x) + log(1 - D(G(z)))]; then draw m fresh latents, and let G descend the gradient of
(1/m) Σ log(1 - D(G(z))), or ascend that of (1/m) Σ log D(G(z)). Any rule of gradient steps will do; the
paper uses momentum, v <- β v + g, θ <- θ - η v, with a buffer for each player.

What holds of it: the stochastic gradient is unbiased for the gradient of V; a step of one player leaves
the other's parameters as they are, bit for bit; the data enter through samples alone, p and q are never
evaluated; and any prior without atoms will do for the latent, since the quantile transform turns it
into any other law of the line.

Convergence does not follow from the algorithm alone. With D of 16 hidden units, data N(2, 1/4) and the
non-saturating gradient, an affine generator finds mean and scale for k = 5 and β = 1/2; for k = 1 and
β = 0.9 its scale collapses.

Assumes   D differentiable in its parameters and G in its own; stochastic gradients of finite variance.
Source    Goodfellow et al. (2014), Algorithm 1.
"""

# notation: a, b scale and shift of the generator G(z) = a z + b; w, c those of the logit w x + c
# notation: t weight of the first of two points, f and g their gradients; u a uniform latent

import numpy as np
import sympy as sp
from scipy.special import ndtri

from gantheory import certified, losses, optimisers
from gantheory.densities import Branch, Normal, Pushforward, Uniform
from gantheory.divergences import js_divergence
from gantheory.evidence import differences, in_norm, mean_of, pointwise
from gantheory.game import optimal_discriminator, value_function
from gantheory.nets import Dense, Network, Tanh, mlp
from gantheory.theorems import Theorem, at_least, at_most, equal
from gantheory.training import advance, as_data, plan, start
from gantheory.training.players import Draw, discriminator_gradient, generator_gradient

theorem = Theorem(
    label="algorithm-1",
    title="k steps of D, one of G, samples only: what holds of it, and when it converges",
    uses=("optimal-discriminator",),
    covers=("algorithm-1", "latent-prior", "no-explicit-likelihood"),
    errata=(
        "The paper prints 'noise prior p_g(z)' in Algorithm 1: latents are drawn from p_z; p_g is the "
        "law of G(z).",
    ),
)

A, f, g, beta, x = sp.symbols("A f g beta x", real=True)
t, u = sp.symbols("t u", positive=True)
n = sp.Symbol("n", integer=True, positive=True)
j = sp.Symbol("j", integer=True)
SIGMA = 1 / (1 + sp.exp(-A))
DATA = Normal(2, 0.5)
SEEDS, STEPS = 16, 900


def derive():
    yield equal(
        "D ascends: the gradient of log D in the logit is 1 - D",
        sp.Derivative(sp.log(SIGMA), A),
        1 - SIGMA,
    )
    yield equal(
        "and of log(1 - D) it is -D, which the generator descends",
        sp.Derivative(sp.log(1 - SIGMA), A),
        -SIGMA,
    )
    pairs = [(t * t, f, f), (t * (1 - t), f, g), ((1 - t) * t, g, f), ((1 - t) ** 2, g, g)]
    yield equal(
        "unbiased: over all pairs drawn from two points, the mean of the batch's mean is the mean",
        sum(chance * (one + other) / 2 for chance, one, other in pairs),
        t * f + (1 - t) * g,
        where={t: (0, 1)},
    )
    yield equal(
        "momentum adds up: n equal gradients give v = g (1 - β^n)/(1 - β)",
        sp.Sum(g * beta**j, (j, 0, n - 1)),
        g * (1 - beta**n) / (1 - beta),
        where={beta: (0, 1)},
    )
    yield equal(
        "the quantile transform: U(0, 1) through log u/(1 - u) has the logistic density e^x/(1 + e^x)²",
        1 / sp.Derivative(sp.log(u / (1 - u)), u),
        (sp.exp(x) / (1 + sp.exp(x)) ** 2).subs(x, sp.log(u / (1 - u))),
        where={u: (0, 1)},
    )


def check():
    bell, far = Normal(0, 1), Normal(1, 2)
    quantile = Branch((0.0, 1.0), ndtri, bell.cdf, lambda z: 1 / bell.pdf(ndtri(z)))
    yield equal(
        "a uniform latent through the normal quantile is N(0, 1): its JSD to N(1, 2²) by the change of "
        "variables, and that of N(0, 1)",
        js_divergence(Pushforward((quantile,), Uniform(0, 1)), far),
        certified.js_divergence(bell, far),
        tolerance=1e-8,  # x = 8 comes from the 16 digits of a uniform latent near 1
        label="latent-prior",
    )


def simulate(seed):
    yield from unbiased(seed)
    yield from left_alone(seed)
    found = late(trained(seed, k=5, momentum=0.5))
    yield at_most(
        f"k = 5, β = 1/2: {SEEDS} affine generators on N(2, 1/4): |a| = 1/2 but for 0.15, in all",
        abs(found[0] - 0.5),
        0.15,
    )
    yield at_most("and b = 2 but for 0.04", abs(found[1] - 2), 0.04)
    yield at_most(
        f"k = 1, β = 0.9, the same rates: the scale of {SEEDS} generators collapses, |a| < 0.1 in all",
        late(trained(seed, k=1, momentum=0.9))[0],
        0.1,
    )
    rows = as_data(DATA.sample(2000, np.random.default_rng(seed)))
    yield at_most(
        "2,000 rows instead of the density, and nothing else of the data: b = 2 but for 0.15, in all",
        abs(late(trained(seed, k=5, momentum=0.5, data=rows, steps=450))[1] - 2),
        0.15,
        label="no-explicit-likelihood",
    )


def unbiased(seed):
    """The gradient of the hand-written network on many minibatches, against the slope of V."""
    rng, count = np.random.default_rng(seed), 100_000
    critic = Network((Dense(1, 1),), 1)
    theta = critic.parameters(np.tile([0.7, -0.4], (count, 1)))
    into = critic.parameters(np.zeros((count, 2)))
    samples = [law.sample(8 * count, rng).reshape(count, 8, 1) for law in (DATA, Normal(0, 1))]
    logits, tape = critic.forward(theta, np.concatenate(samples, axis=1))
    slopes = losses.MINIMAX.d_gradient(logits[:, :8, 0], logits[:, 8:, 0])
    critic.backward(theta, tape, np.concatenate(slopes, axis=1)[..., None], into=into)
    yield equal(
        "unbiased: 100,000 minibatches of 8 give ∂V/∂w on average, D = σ(w x + c), w = 0.7, c = -0.4",
        mean_of(-into.flat[:, 0]),
        differences(value, [0.7], [1.0]),
        tolerance=0.01,
        label="algorithm-1",
    )


def value(w):
    """V of N(2, 1/4) and N(0, 1) at the logit w x - 0.4."""
    identity = optimal_discriminator(Normal(1, 1), Normal(0, 1)) + 0.5
    return value_function(DATA, Normal(0, 1), float(w[0]) * identity - 0.4).value


def left_alone(seed):
    """The other player's parameters after a step: compared bit by bit."""
    state = start(game(5, 0.5, as_data(DATA), STEPS, seed), SEEDS)
    d, g = state.discriminator, state.generator
    rng = np.random.default_rng(seed)
    real, latent = DATA.sample((SEEDS * 8), rng), rng.standard_normal(SEEDS * 8)
    given = Draw(real.reshape(SEEDS, 8, 1), latent.reshape(SEEDS, 8, 1), ())
    for name, own, other, gradient in (
        ("D", d, g, discriminator_gradient),
        ("G", g, d, generator_gradient),
    ):
        before = own.parameters.flat.copy(), other.parameters.flat.copy()
        gradient(state.plan, d, g, given)
        own.descend(1.0)
        yield equal(
            f"a step of {name} moves all of its parameters: their number, less those of the other that "
            "moved",
            changed(own.parameters.flat, before[0]) - changed(other.parameters.flat, before[1]),
            before[0].size,
        )


@pointwise
def changed(now, before):
    """How many parameters differ in any bit."""
    return np.sum(now != before)


def game(k, momentum, data, steps, seed):
    """The plan of the statement: SGD with momentum, rates such that 0.1 is the sum of all its steps."""
    rule = optimisers.Momentum(beta=momentum)
    return plan(
        data,
        losses.NON_SATURATING,
        generator=Network((Dense(1, 1),), 1),
        discriminator=mlp((1, 16, 1), Tanh()),
        k=k,
        steps=steps,
        d_optimiser=rule,
        g_optimiser=rule,
        d_lr=0.1 * (1 - momentum),
        g_lr=0.1 * (1 - momentum),
        seed=seed,
    )


def trained(seed, *, k, momentum, data=None, steps=STEPS):
    """|a| and b of every generator after each 50 steps: shape (steps/50, 2, seeds)."""
    state = start(game(k, momentum, data or as_data(DATA), steps, seed), SEEDS)
    seen = []
    while state.step < steps:
        advance(state)
        scale, shift = state.generator.parameters.flat.T
        seen.append(np.stack([np.abs(scale), shift]))
    return np.stack(seen)


@in_norm
def late(rows):
    """|a| and b of every generator, means over the last third."""
    return rows[2 * len(rows) // 3 :].mean(axis=0)


def refute():
    yield equal(
        "D descends: the gradient of log D in the logit is D - 1",
        sp.Derivative(sp.log(SIGMA), A),
        SIGMA - 1,
    )
    yield equal(
        "the generator's gradient of log(1 - D) is -(1 - D), the non-saturating one",
        sp.Derivative(sp.log(1 - SIGMA), A),
        SIGMA - 1,
    )
    yield equal(
        "the sum over the batch is as unbiased as its mean",
        t * t * 2 * f + 2 * t * (1 - t) * (f + g) + (1 - t) ** 2 * 2 * g,
        t * f + (1 - t) * g,
        where={t: (0, 1)},
    )
    yield at_least(
        "momentum 0.9 and k = 1 find the scale too",
        late(trained(0, k=1, momentum=0.9, steps=450))[0],
        0.25,
    )


def figure():
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots(1, 2, figsize=(8.0, 3.4), sharex=True)
    for k, momentum, color in ((5, 0.5, "C0"), (1, 0.9, "C2")):
        path = trained(0, k=k, momentum=momentum)
        steps = 50 * np.arange(1, len(path) + 1)
        for axis, rows in zip(axes, path.transpose(1, 0, 2), strict=True):
            axis.plot(steps, rows, color=color, alpha=0.25, linewidth=0.8)
            axis.plot(steps, rows.mean(axis=1), color=color, label=f"k = {k}, β = {momentum}")
    for axis, level, name in zip(axes, (0.5, 2.0), ("scale |a|", "shift b"), strict=True):
        axis.axhline(level, color="0.15", linestyle="--", linewidth=1.0)
        axis.set(title=f"{name}, data: {level:g}", xlabel="step of the generator")
    axes[1].legend(loc="lower right")
    return fig
