r"""Losses and slopes as code and courses print them, and what they do.

Statement
---------
Let $a$ be the logit that the discriminator gives to a generated point, $D = \sigma(a)$. A generator
that descends a loss $g(a)$ is taught to look real if and only if $g$ falls. The common losses have the
slopes

$$
\frac{\mathrm{d}}{\mathrm{d}a} \log(1 - D) = -D, \quad
\frac{\mathrm{d}}{\mathrm{d}a} (-\log D) = -(1 - D), \quad
\frac{\mathrm{d}}{\mathrm{d}a} (-\log(1 - D)) = D.
$$

A constant changes no slope, so $1 - \log D$ is the non-saturating loss. The third loss rises: who
descends it learns to be rejected.

The gradient of the consensus term $\tfrac12 \lVert v \rVert^2$ of the Dirac-GAN, where
$\lVert v \rVert^2 = (\theta^2 + \psi^2) (f'(\theta \psi))^2$ and $f = \log \sigma$, is in $\theta$

$$\theta (f')^2 + (\theta^2 + \psi^2) \, \psi f' f''.$$

Assumes   $D$ is held fixed while the generator moves.
Source    [@goodfellow2014, section 3] for the two losses; [@mescheder2017] for the consensus term.
"""

from fractions import Fraction

import numpy as np
import sympy as sp
from scipy.special import expit

from gantheory import certified
from gantheory.densities import Normal
from gantheory.evidence import in_norm, pointwise
from gantheory.losses import MINIMAX, NON_SATURATING
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal

theorem = Theorem(
    label="losses-as-printed",
    title=r"A generator learns from a loss that falls with the logit, and from no other",
    uses=("saturating-generator-gradient", "ns-generator-gradient", "dirac-gan"),
    covers=(
        "one-minus-log-is-not-saturating",
        "descent-of-minus-log",
        "slope-of-log-one-minus-d",
        "slope-of-the-softplus",
        "half-in-the-consensus-term",
        "graded-generator-has-not-learned",
    ),
    errata=(
        r"[@depthfirst] calls $1 - \log D$ saturating: it is the non-saturating loss, plus 1.",
        r"[@miyayudai] has the generator descend $-\log(1 - D)$: it learns to be rejected.",
        r"[@probml] gives $\log(1 - d)$ the slope $+1/(1 - d)$: it is $-1/(1 - d)$.",
        r"[@probml] gives $-\log(1 + e^{-z})$ the slope $\sigma(z)$: it is $\sigma(-z)$.",
        r"[@mescheder2018code] has a factor $\tfrac12$ too many in the gradient of the consensus term.",
        "[@deepml, problem 174] expects a generator whose mean is near 0 for data of mean 4.",
    ),
)

a, z = sp.symbols("a z", real=True)  # the logit, and a number
D = sp.Symbol("D", positive=True)
theta, psi = sp.symbols("theta psi", real=True)  # the players of the Dirac-GAN
SIGMA = 1 / (1 + sp.exp(-a))
LEARNS, RISES = sp.log(1 - SIGMA), -sp.log(1 - SIGMA)
HALF = sp.Rational(1, 2)
FORCE = 1 / (1 + sp.exp(theta * psi))  # f' at θψ
CONSENSUS = (theta**2 + psi**2) * FORCE**2 / 2


def derive():
    r"""The chain rule with $\sigma' = \sigma (1 - \sigma)$, for each loss, and for the consensus term.

    Since $f' = \sigma(-\theta\psi)$, its derivative is $f'' = -f' (1 - f')$, and the square gives the
    factor 2 that cancels the $\tfrac12$ in front.
    """
    yield equal("log(1 - D)", sp.Derivative(LEARNS, a), -SIGMA)
    yield equal("-log D", sp.Derivative(-sp.log(SIGMA), a), -(1 - SIGMA))
    yield equal("-log(1 - D)", sp.Derivative(RISES, a), SIGMA)
    yield at_most("log(1 - D) falls", sp.diff(LEARNS, a), 0)
    yield at_most("-log D falls", sp.diff(-sp.log(SIGMA), a), 0)
    yield equal("the consensus term", sp.Derivative(CONSENSUS, theta), gradient_with(1))


def certify():
    r"""The factor $\tfrac12$ too many turns the consensus term round.

    For $\psi = 1$ and all $\theta$ in $[0.95, 1.05]$ the gradient is negative, and what is printed is
    positive: who descends by it raises the term. And a generator that was graded as right is nearly as
    far from its data as can be: $\mathrm{JSD} > 0.69$, where $\log 2 = 0.6931$.
    """
    near = {theta: (Fraction(19, 20), Fraction(21, 20)), psi: 1}
    yield at_most("the gradient", certified.over(gradient_with(1), near), 0)
    yield at_least("half of its second term", certified.over(gradient_with(HALF), near), 0)
    yield at_least("the graded generator", graded_divergence(), Fraction(69, 100))


def check():
    r"""A generator that shifts points, against a fixed discriminator with the logit $x - 1$.

    It starts at 0, and does 400 steps of size 1/10 with one loss or the other. With $-\log D$ the
    discriminator comes to believe it, with $-\log(1 - D)$ it does so less and less.
    """
    yield at_least("-log D: D at the end", shifted(-1), 0.9)
    yield at_most("-log(1 - D): D at the end", shifted(1), 0.1)


def search(seed):
    r"""Linear discriminators, points and sizes of a step are drawn.

    A generator moves its point by one step along the coded slope of a loss. A draw refutes the statement
    if $D$ does not rise with one of the two losses that fall, or rises with $-\log(1 - D)$.
    """
    drawn = strategies.simplices(4)
    yield survives("D after a step", as_taught, drawn, seed=seed, examples=140)


def refute():
    r"""What is printed, each with its counterexample.

    A loss is called saturating because it stands beside a non-saturating one [@depthfirst]. The
    minus that turns an ascent into a descent is applied to a loss that was descended already
    [@miyayudai]. Two inner derivatives are lost in [@probml]. A factor $\tfrac12$ is taken along from
    the square [@mescheder2018code]. And a test was made from what some code printed [@deepml]: mean
    0.0004 and deviation 0.0002 for data of mean 4 and deviation 1.25.
    """
    printed = sp.Derivative(1 - sp.log(SIGMA), a)
    yield equal("1 - log D saturates", printed, -SIGMA, label="one-minus-log-is-not-saturating")
    yield at_most("-log(1 - D) falls", sp.diff(RISES, a), 0, label="descent-of-minus-log")
    inside, name = {D: (0, 1)}, "slope-of-log-one-minus-d"
    yield equal(
        "+1/(1 - d)", sp.Derivative(sp.log(1 - D), D), 1 / (1 - D), where=inside, label=name
    )
    softplus, name = sp.Derivative(-sp.log(1 + sp.exp(-z)), z), "slope-of-the-softplus"
    yield equal("σ(z) for σ(-z)", softplus, 1 / (1 + sp.exp(-z)), label=name)
    slope, name = sp.Derivative(CONSENSUS, theta), "half-in-the-consensus-term"
    yield equal("half of the second term", slope, gradient_with(HALF), label=name)
    learned, name = Fraction(1, 10), "graded-generator-has-not-learned"
    yield at_most("the graded generator has learned", graded_divergence(), learned, label=name)


# --- how the numbers are made ---------------------------------------------------------------------


def gradient_with(factor):
    r"""The gradient of the consensus term in $\theta$, its second term times a factor."""
    bend = -FORCE * (1 - FORCE)
    return theta * FORCE**2 + factor * (theta**2 + psi**2) * psi * FORCE * bend


def graded_divergence():
    """JSD of the data and the generator of the test, as a ball."""
    return certified.js_divergence(Normal(4, "1.25"), Normal("0.0004", "0.0002"), digits=8)


def as_taught(shares):
    """Yield whether D rises in one step, for the logit s x + b."""
    slope, shift, place, size = 4 * shares - np.array([0.5, 1.0, 1.0, -0.1]) + 0.03
    before = outputs_after(slope, shift, place, size, None)
    for game in (MINIMAX, NON_SATURATING):
        yield at_least(game.name, outputs_after(slope, shift, place, size, game), before)
    yield at_most("-log(1 - D)", outputs_after(slope, shift, place, -size, MINIMAX), before)


@pointwise
def outputs_after(slope, shift, place, size, game):
    """D at the point, or where a step along the slope of the game's loss leads."""
    logit = slope * place + shift
    push = 0.0 if game is None else game.g_gradient(np.array([logit]))[0]
    return np.array(expit(logit - size * push * slope**2))


@in_norm(roundings=10_000)
def shifted(sign):
    """D after 400 steps of a point along the slope of its loss, -(1 - D) or D."""
    place = 0.0
    for _ in range(400):
        real = expit(place - 1)
        slope = -(1 - real) if sign < 0 else real
        place -= 0.1 * slope
    return np.array(expit(place - 1))
