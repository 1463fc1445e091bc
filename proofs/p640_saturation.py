r"""Where the discriminator wins, the minimax generator loses its gradient and the other does not.

Statement
---------
Let $D = \sigma(a)$ be a discriminator with logit $a$, and let its logit have a slope
$\|\nabla a\| \le L$ at a generated sample. Then the gradients of the two generator losses
there obey

$$ \|\nabla \log(1 - D)\| = D \, \|\nabla a\| \le L e^a, \qquad
   \|\nabla(-\log D) + \nabla a\| = D \, \|\nabla a\| \le L e^a. $$

As the discriminator becomes certain that the sample is generated, $a \to -\infty$ and
$D \to 0$: the minimax gradient vanishes in proportion to $D$, and the non-saturating one
tends to $-\nabla a$.

It is the bounded slope of the logit that makes the first gradient vanish, not a small $D$
alone. As a function of $D$, $\log(1 - D)$ has slope $-1/(1 - D)$, which tends to $-1$; and
a small $D$ that is steep enough gives a gradient of any size.

Assumes   $a$ is differentiable at the sample, and $\|\nabla a\| \le L$ there.
Source    [@goodfellow2014, Section 3]; [@arjovsky2017principled] for vanishing gradients.
"""

import numpy as np
import sympy as sp
from scipy.special import expit

from gantheory import certified
from gantheory.densities import Normal
from gantheory.evidence import differences, mean_of, pointwise
from gantheory.losses import MINIMAX, NON_SATURATING
from gantheory.nets import Tanh, mlp
from gantheory.optimisers import Adam
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal, increasing

theorem = Theorem(
    label="saturation",
    title=r"$D \to 0$: $\|\nabla \log(1 - D)\| \le L D$, while $\nabla(-\log D) \to -\nabla a$",
    uses=("saturating-generator-gradient", "ns-generator-gradient"),
    covers=("saturation", "saturation-is-in-the-logit"),
    errata=(
        r"[@roysdon] writes that $\log(1 - D)$ saturates where $D \approx 0$: in $D$ its slope is close "
        r"to $-1$; it is the gradient in $x$ that vanishes, where the slope of the logit is bounded.",
    ),
)

a, s, x = sp.symbols("a s x", real=True)  # the logit, its slope, the sample
D, c, m = sp.symbols("D c mu", positive=True)  # output of D, a steepness, a model's mean
p, q = sp.symbols("p q", positive=True)  # densities of data and model
sigma = sp.Lambda(a, 1 / (1 + sp.exp(-a)))  # the sigmoid


def derive():
    r"""Both gradients follow from the derivative of each loss in the logit.

    Along a line on which the logit is $a + s x$, the losses have the slopes $-D s$ and $-(1 - D) s$, so
    the second differs from $-s$ by $D s$. What remains is how small $D$ is: $\sigma(a) \le e^a$, and
    the bound is sharp, since $\sigma(a) e^{-a} \to 1$ as $a \to -\infty$. At the same end
    $1 - D \to 1$, which is why the non-saturating gradient survives.
    """
    losses = sp.log(1 - sigma(a + s * x)), -sp.log(sigma(a + s * x))
    minimax, other = (sp.Subs(sp.Derivative(loss, x), x, 0) for loss in losses)
    yield equal("the minimax gradient", minimax, -sigma(a) * s)
    yield equal("the non-saturating gradient", other, -(1 - sigma(a)) * s)
    yield equal("its difference from -∇a", other + s, sigma(a) * s)
    yield at_most("D is at most e^a", sigma(a), sp.exp(a), label="saturation")
    yield equal("D is e^a in the limit", sp.Limit(sigma(a) * sp.exp(-a), a, -sp.oo), 1)
    yield equal("the weight 1 - D survives", sp.Limit(1 - sigma(a), a, -sp.oo), 1)

    # Without the bound on the logit's slope the first gradient need not vanish. As a function of D,
    # log(1 - D) is not flat at D = 0. The discriminator D = σ(c x) has D = 1/100 at one point for every
    # c, and there a gradient of size c/100. And a D that is flat near 1/100 has a gradient that is set
    # by its own slope.
    yield equal("the slope of log(1 - D) in D", sp.Limit(-1 / (1 - D), D, 0, "+"), -1)
    steep = sp.Derivative(sp.log(1 - sigma(c * x)), x)
    yield equal("a discriminator of steepness c", steep, -c * sigma(c * x))
    yield equal("its gradient where D = 1/100", sp.Subs(steep, x, -sp.log(99) / c), -c / 100)
    flat = sp.Rational(1, 100) + sp.sin(x) / 1000
    slope = sp.Subs(sp.Derivative(sp.log(1 - flat), x), x, 0)
    yield equal("D = 1/100 + sin(x)/1000 at 0", slope, -sp.Rational(1, 990))


def certify():
    r"""Against $D^*$ the slope is not bounded, and the gradient vanishes all the same.

    For $\mathcal{N}(0, 1)$ and $\mathcal{N}(\mu, 1)$ the logit of $D^*$ at the sample $x = \mu$ is
    $-\mu^2/2$, with the slope $-\mu$. On whole intervals of $\mu$: the size of the minimax gradient
    first rises and then falls, though the slope grows, and that of the other one rises throughout.
    """
    minimax, other = m * sigma(-(m**2) / 2), m * sigma(m**2 / 2)
    yield increasing("minimax: rises at first", minimax, where={m: (0, sp.Rational(6, 5))})
    yield increasing("minimax: falls later", -minimax, where={m: (sp.Rational(5, 4), 8)})
    yield increasing("non-saturating: rises", other, where={m: (0, 8)})


def check():
    r"""The logit $3 \sin x - 6$, of slope at most 3: `g_gradient` against differences in $x$."""
    at = np.arange(5) + 0.2
    for game in (MINIMAX, NON_SATURATING):
        moved = 5 * differences(
            lambda x, game=game: float(game.g_loss(3 * np.sin(x) - 6)), at, np.eye(5)
        )
        yield equal(
            f"{game.name}: the gradients",
            moved,
            gradient_at(3 * np.sin(at) - 6, game),
            tolerance=1e-7,
        )


def search(seed):
    r"""Batches of negative logits down to -600, with slopes up to $L = 3$, are drawn.

    The gradients are `g_gradient` times the slope of the logit. A batch refutes the theorem if one
    sample has a minimax gradient above $L e^a$, or the other further than that from $-\nabla a$.
    """
    logits = strategies.logit_batches(largest=600.0)
    yield survives("both bounds, L = 3", within_bounds, logits, seed=seed, examples=110)


def simulate(seed, full):
    r"""Trained discriminators: 32 networks 1-16-1 for each of $\mu = 2$ and $\mu = 4$.

    They learn to tell samples of $p = \mathcal{N}(0, 1)$ from samples of $q = \mathcal{N}(\mu, 1)$, by
    320 steps of Adam. The statistic is the mean over the networks of the expected gradient by $\mu$
    through the trained logit; for $D^*$ it is $\mu \, \mathbb{E}_{x \sim q}[D^*]$ and
    $\mu \, \mathbb{E}_{x \sim q}[1 - D^*]$. The minimax gradient comes within 10 % of that. The
    non-saturating gradient at $\mu = 4$ is more than 10 times as large, but smaller than $D^*$ gives:
    the slope of a trained logit is not that of $D^*$ where there are few data. This is one architecture
    and one way of training, and the intervals assume normal means. With `--full` there are 512 networks.
    """
    minimax_found, ns_found = trained_gradients(seed, 512 if full else 32)
    for mean, found in zip(MEANS, minimax_found, strict=True):
        model = Normal(mean, 1)
        form = p * q / (p + q)
        best = mean * certified.integral(form, STANDARD, model, bound=(0, 1), digits=12)
        off = abs(mean_of(found) - best.estimate())
        yield at_most(f"minimax, μ = {mean}: within 10 % of D*", off, best / 10)
    yield at_least("the ratio of the two at μ = 4", mean_of(ns_found[1] / minimax_found[1]), 10)
    best = 4 * certified.integral(q * q / (p + q), STANDARD, model, bound=(0, 1), digits=12)
    yield at_most("non-saturating, μ = 4: below D*", mean_of(ns_found[1]), best)


def refute():
    r"""Three mistakes, the first of them in [@roysdon].

    The plot of $\log(1 - D)$ looks flat near $D = 0$ beside that of $\log D$, but its slope there is
    $-1$. "The discriminator is confident, so there is no gradient" forgets how steep it may be: with
    $D = \sigma(1000 x)$ the gradient at $D = 1/100$ is $-10$. The third swaps the two losses.
    """
    there, label = sp.Limit(-1 / (1 - D), D, 0, "+"), "saturation-is-in-the-logit"
    yield equal("log(1 - D) is flat at D = 0", there, 0, label=label)
    steep = sp.Derivative(sp.log(1 - sigma(1000 * x)), x)
    at_1_percent = sp.Subs(steep, x, -sp.log(99) / 1000)
    yield at_least("a small D means a gradient of at most 1", at_1_percent, -1)
    yield equal("-log D saturates where D → 0", sp.Limit(1 - sigma(a), a, -sp.oo), 0)


# --- how the numbers are made ---------------------------------------------------------------------

STANDARD = Normal(0, 1)
MEANS = (2, 4)


def within_bounds(logits):
    """Yield the three bounds for samples that D takes for generated."""
    logits = np.append(-np.abs(logits), -1.0)
    minimax, other = (gradient_at(logits, game) for game in (MINIMAX, NON_SATURATING))
    limit, whole = largest_gradient(logits), slopes_of_logits(logits)
    yield at_most("minimax: at most L e^a", abs(minimax), limit)
    yield at_least("the other: not below -∇a", other + limit, -whole)
    yield at_most("the other: not above -∇a", other - limit, -whole)


@pointwise
def slopes_of_logits(logits):
    r"""$\nabla a$ at each sample, between -3 and 3."""
    return 3 * np.cos(np.arange(len(logits)) + 0.2)


@pointwise
def largest_gradient(logits):
    """$L e^a$ for $L = 3$."""
    return 3 * np.exp(logits)


@pointwise
def gradient_at(logits, game):
    r"""The slope of the game's loss in the logit, from `g_gradient`, times $\nabla a$."""
    return game.g_gradient(logits) * len(logits) * slopes_of_logits(logits).value


def trained_gradients(seed, seeds, steps=320, batch=96):
    """Minimax and non-saturating gradients through trained logits, shape (means, seeds) each."""
    network = mlp((1, 16, 1), Tanh())
    rngs = [np.random.default_rng(one) for one in np.random.SeedSequence(seed).spawn(seeds)]
    parameters = network.start(rngs * len(MEANS), np.float32)
    means = np.repeat(MEANS, seeds)[:, None, None].astype(np.float32)
    into = network.parameters(np.zeros_like(parameters.flat))
    rule = Adam(beta2=0.99)
    state = rule.start(parameters.flat)
    for count in range(1, steps + 1):
        noise = np.stack([rng.standard_normal((2 * batch, 1), np.float32) for rng in rngs])
        samples = np.tile(noise, (len(MEANS), 1, 1))
        samples[:, batch:] += means
        logits, tape = network.forward(parameters, samples)
        slopes = MINIMAX.d_gradient(logits[:, :batch, 0], logits[:, batch:, 0])
        bars = np.concatenate(slopes, axis=1)[..., None]
        network.backward(parameters, tape, bars, into=into, of_input=False)
        rule.step(parameters.flat, into.flat, state, count, 0.05 * (1 - count / (steps + 1)))
    at = np.linspace(-8, 8, 321)
    parameters = network.parameters(parameters.flat.astype(np.float64))
    samples = means.astype(np.float64) + at[:, None]
    logits, tape = network.forward(parameters, samples)
    rises, _ = network.tangent(parameters, tape, np.ones_like(samples))
    mass = np.exp(STANDARD.logpdf(at)) * (at[1] - at[0])
    found = [(expit(sign * logits) * -rises)[..., 0] @ mass for sign in (1, -1)]
    return [gradients.reshape(len(MEANS), seeds) for gradients in found]
