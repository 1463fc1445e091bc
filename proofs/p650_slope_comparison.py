r"""The slopes of $\log D$ and $\log(1 - D)$ where $D$ is small depend on the coordinate.

Statement
---------
As functions of $D$ the two losses of the generator have the slopes

$$ \left\lvert \frac{\mathrm{d}(-\log D)}{\mathrm{d}D} \right\rvert = \frac{1}{D}, \qquad
   \left\lvert \frac{\mathrm{d} \log(1 - D)}{\mathrm{d}D} \right\rvert = \frac{1}{1 - D}. $$

As $D \to 0$ the first grows without bound and the second tends to 1, not to 0. As
functions of the logit $a$, with $D = \sigma(a)$, the slopes are $1 - D$ and $D$: now
the first tends to 1 and the second to 0. In both coordinates their ratio is
$(1 - D)/D = e^{-a}$: it is 99 at $D = 0.01$, 1 at $D = 1/2$, and grows without bound as
$D \to 0$. What vanishes depends on the coordinate, the ratio does not.

Assumes   $0 < D < 1$.
Source    [@goodfellow2014, Section 3]; [@ramasinghe] for the comparison of slopes.
"""

import math

import mpmath
import numpy as np
import sympy as sp
from scipy.special import expit

from gantheory.evidence import differences, pointwise
from gantheory.losses import MINIMAX, NON_SATURATING
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal

theorem = Theorem(
    label="slope-comparison",
    title=r"$1/D$ against $1/(1 - D)$ in $D$, $1 - D$ against $D$ in the logit",
    covers=(
        "slope-comparison",
        "fig-log-slopes",
        "slope-in-d-does-not-vanish",
        "order-of-slopes-reverses",
    ),
    errata=(
        r"[@ramasinghe] writes that the slope of $\log(1 - D)$ at $D \approx 0$ is very small: in $D$ "
        r"it is close to 1, and only in the logit it is $D$.",
        r"[@roysdon] gives $-\log D$ the stronger gradients where the discriminator is confident: where "
        r"it is so of generated points being generated, $D < 1/2$; beyond, the order is reversed.",
    ),
)

D = sp.Symbol("D", positive=True)  # the discriminator's output
a, t = sp.symbols("a t", real=True)  # its logit, and one on the way of a step
sigma = sp.Lambda(a, 1 / (1 + sp.exp(-a)))  # the sigmoid
INSIDE = {D: (0, 1)}
LOWER_HALF = {D: (0, sp.Rational(1, 2))}
HUNDREDTH = sp.Rational(1, 100)


def derive():
    r"""First in $D$, where both derivatives are textbook ones and the ratio follows.

    Both losses fall as $D$ rises, so that both generators want the same, a discriminator that takes
    their samples for real. They differ in how much they want it. At $D = 1/2$ the slopes are equal.
    Below, where a new generator is found out, the slope of $\log D$ is larger and has no bound. But
    that of $\log(1 - D)$ does not vanish there: it is at least 1 everywhere, and tends to 1 as $D \to
    0$.
    """
    first, second = sp.Derivative(-sp.log(D), D), sp.Derivative(sp.log(1 - D), D)
    yield equal("the slope of -log D", first, -1 / D, where=INSIDE)
    yield equal(
        "the slope of log(1 - D)", second, -1 / (1 - D), where=INSIDE, label="fig-log-slopes"
    )
    ratio = (1 - D) / D * second
    yield equal("their ratio", first, ratio, where=INSIDE, label="slope-comparison")
    at_1_percent = [sp.Subs(slope, D, HUNDREDTH) for slope in (first, second)]
    yield equal("the ratio at D = 1/100", at_1_percent[0], 99 * at_1_percent[1])
    for name, slope in (("-log D", first), ("log(1 - D)", second)):
        yield equal(f"{name} at D = 1/2", sp.Subs(slope, D, sp.Rational(1, 2)), -2)
    yield at_most("below 1/2 log D is steeper", 1 / (1 - D), 1 / D, where=LOWER_HALF)
    yield at_least("log(1 - D) has slope at least 1", 1 / (1 - D), 1, where=INSIDE)
    yield equal("which tends to 1", sp.Limit(1 / (1 - D), D, 0, "+"), 1)
    yield equal("the other is unbounded", sp.Limit(1 / D, D, 0, "+"), sp.oo)

    # Now in the logit, in which a discriminator is computed and through which the generator's gradient
    # passes. By the chain rule both slopes are multiplied by dD/da = D (1 - D). That cancels 1/D in the
    # one and 1/(1 - D) in the other, and leaves 1 - D and D, with the ratio as it is. So "log(1 - D)
    # saturates at D = 0" is a sentence about the logit, and not about log(1 - D) itself.
    first, second = sp.Derivative(-sp.log(sigma(a)), a), sp.Derivative(sp.log(1 - sigma(a)), a)
    yield equal("the common factor", sp.Derivative(sigma(a), a), sigma(a) * (1 - sigma(a)))
    yield equal("the slope of -log D in a", first, -(1 - sigma(a)))
    yield equal("the slope of log(1 - D) in a", second, -sigma(a))
    yield equal("the same ratio", first, sp.exp(-a) * second)
    yield equal("e^-a is (1 - D)/D", sp.exp(-a), (1 - sigma(a)) / sigma(a))
    yield equal("1 - D as a → -∞", sp.Limit(1 - sigma(a), a, -sp.oo), 1)


def certify():
    r"""Steps of finite size: the logit of a sample is lifted from $a$ to $a + 1$.

    Then $-\log D$ falls by $\int_a^{a+1} (1 - \sigma)$ and $\log(1 - D)$ by $\int_a^{a+1} \sigma$. For
    all $a$ in an interval the ratio is between $e^{-a-1}$ and $e^{-a}$, the ratios of the slopes at both
    ends; and the first is larger below $a = -1/2$, where the step is half way at $D = 1/2$, not above.
    """
    first, second = (sp.Integral(sigma(sign * t), (t, a, a + 1)) for sign in (-1, 1))
    yield at_most("ratio of two steps, above", first, sp.exp(-a) * second, where={a: (-5, 5)})
    yield at_least("ratio of two steps, below", first, sp.exp(-a - 1) * second, where={a: (-5, 5)})
    yield at_least("-log D gains more", first, second, where={a: (-8, -51 * HUNDREDTH)})
    yield at_most("-log D gains less", first, second, where={a: (-49 * HUNDREDTH, 8)})


def check():
    r"""The package's losses return slopes in the logit; are they those of the statement?

    At four values of $D$ the coded slope is compared with central differences of the coded loss as a
    function of $D$, times $D (1 - D)$: the chain rule of `derive`, with numbers.
    """
    for share in (0.01, 0.3, 0.5, 0.9):
        for name, game in (("log(1 - D)", MINIMAX), ("-log D", NON_SATURATING)):
            coded = slopes_in_logit(np.array([math.log(share / (1 - share))]), game)
            moved = differences(loss_in_output(game), [share], [share * (1 - share)])
            yield equal(f"{name} at D = {share:g}", coded, moved)


def search(seed):
    r"""Batches of logits up to $\pm 350$ are drawn, so that $D$ goes down to $10^{-152}$.

    A batch refutes the statement if one of the coded slopes differs from $-D$ or from
    $-e^{-a} D$, computed with 60 digits, or if the two do not add up to $-1$.
    """
    logits = strategies.logit_batches(largest=350.0)
    yield survives("ratio e^-a, sum -1", ratio_and_sum, logits, seed=seed, examples=150)


def refute():
    r"""What a plot over $D \in (0, 1)$ suggests, and mixtures of the two coordinates.

    Beside the curve of $\log D$ that of $\log(1 - D)$ looks flat at $D = 0$: its slope is 1. It is also
    the steeper one beyond $D = 1/2$. Since $1/D = 100$ at $D = 1/100$ one takes the ratio for 100. And
    it is easy to keep $1/D$ when one goes over to the logit, or to multiply the ratio once more.
    """
    there, name = sp.Limit(-1 / (1 - D), D, 0, "+"), "slope-in-d-does-not-vanish"
    yield equal("the slope of log(1 - D) vanishes", there, 0, label=name)
    rises = sp.Derivative(sp.log(1 - D), D)
    yield equal("the sign: log(1 - D) rises", rises, 1 / (1 - D), where=INSIDE)
    yield equal("the ratio at D = 1/100 is 100", (1 - HUNDREDTH) / HUNDREDTH, 100)
    falls, name = 1 / (1 - D), "order-of-slopes-reverses"
    yield at_most("log D is steeper for every D", falls, 1 / D, where=INSIDE, label=name)
    in_logit = sp.Derivative(-sp.log(sigma(a)), a)
    yield equal("1/D in the logit too", in_logit, -1 / sigma(a))
    weak = sp.Derivative(sp.log(1 - sigma(a)), a)
    yield equal("the ratio is squared in the logit", in_logit, sp.exp(-2 * a) * weak)


def figure():
    r"""The sizes of both slopes, on the left over $D$ and on the right over the logit.

    On the left the curve of $\log(1 - D)$ does not go to 0 at $D = 0$, on the right it does. The
    curves cross at $D = 1/2$ in both panels, and to the left of the crossing that of
    $-\log D$ is above: the non-saturating generator has the larger gradient there.
    """
    from matplotlib import pyplot as plt

    fig, (left, right) = plt.subplots(1, 2, figsize=(7.2, 3.4))
    share = np.linspace(0.01, 0.99, 300)
    left.plot(share, 1 / share, color="C0")
    left.plot(share, 1 / (1 - share), color="C1")
    left.set(xlabel="output $D$", ylabel="size of the slope", title="Slope in $D$")
    left.set(ylim=(0, 4), xlim=(0, 1), xticks=(0, 0.5, 1), yticks=range(5))
    left.annotate(r"$-\log D$: $1/D$", (0.34, 3.2), color="C0")
    left.annotate(r"$\log(1-D)$: $1/(1-D)$", (0.06, 0.5), color="C1")
    logit = np.linspace(-6, 6, 300)
    right.plot(logit, expit(-logit), color="C0")
    right.plot(logit, expit(logit), color="C1")
    right.set(
        xlabel="logit $a$ of $D$", title="Slope in the logit", xlim=(-6, 6), xticks=(-6, 0, 6)
    )
    right.set(ylabel="size of the slope", ylim=(0, 1.25), yticks=(0, 0.5, 1))
    right.annotate(r"$-\log D$: $1-D$", (-5.8, 1.05), va="bottom", color="C0")
    right.annotate(r"$\log(1-D)$: $D$", (5.8, 1.05), ha="right", va="bottom", color="C1")
    return fig


# --- how the numbers are made ---------------------------------------------------------------------


@pointwise
def slopes_in_logit(logits, game):
    """The slopes of the generator's loss in the logits, from `g_gradient`."""
    return game.g_gradient(logits) * len(logits)


def loss_in_output(game):
    """The coded loss as a function of D."""

    def loss(share):
        return float(game.g_loss(np.log(share / (1 - share))))

    return loss


def ratio_and_sum(logits):
    """Yield that the slopes are -D and -e^-a D, and add up to -1."""
    strong, weak = (slopes_in_logit(logits, game) for game in (NON_SATURATING, MINIMAX))
    yield equal("minimax: -D", weak, powers_times_output(logits, 0))
    yield equal("non-saturating: -e^-a D", strong, powers_times_output(logits, 1))
    yield equal("their sum", strong + weak, -1)


@pointwise
def powers_times_output(logits, power):
    """$-e^{-k a} D$ with 60 digits."""
    with mpmath.workdps(60):
        exact = [-mpmath.exp(-power * a) / (1 + mpmath.exp(-a)) for a in map(mpmath.mpf, logits)]
        return np.array([float(one) for one in exact])
