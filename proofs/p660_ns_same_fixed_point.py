r"""The two generator losses have the same fixed point and the same linearisation there.

Statement
---------
Both $\log(1 - D)$ and $-\log D$ fall as the logit of $D$ rises. So against any $D$ a
generator that is free to choose has the same best responses with either loss, and the
pairs $(D, q)$ in which each player responds best to the other are the same. At such a pair
with $q = p$, $D = 1/2$, both losses have the gradient $-\frac{1}{2} \nabla a$.

Let now both players follow their gradients at once. At the fixed point the Jacobians of
the two games are equal, in the game of one point against one point with logit $c x$, and
in that of $\mathcal{N}(y, 1)$ against $\mathcal{N}(0, 1)$ with logit $c x + b$:

$$ y' \approx \frac{c}{2}, \quad c' \approx -\frac{y}{2} \qquad \text{and} \qquad
   y' \approx \frac{c}{2}, \quad c' \approx -\frac{y + c}{2}, \quad b' \approx -\frac{b}{2}. $$

The eigenvalues are $\pm i/2$ and $-1/4 \pm i \sqrt{3}/4$, $-1/2$: in this linearisation
two points circle each other and two Gaussians spiral in, with either loss.

Assumes   The generator is free to choose its density, for best responses; gradient flow,
          for the rest.
Source    [@goodfellow2014, Section 3]; [@nagarajan2017] for the linearisation.
"""

import math

import numpy as np
import sympy as sp

from gantheory.evidence import differences, pointwise
from gantheory.losses import MINIMAX, NON_SATURATING
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal

theorem = Theorem(
    label="ns-same-fixed-point",
    title="Both generator losses: one fixed point, and one linearisation there",
    uses=("ns-generator-gradient", "saturating-generator-gradient"),
    covers=("ns-same-fixed-point",),
)

a, x = sp.symbols("a x", real=True)  # a logit; a real sample, from which y makes a generated one
y, c, b = sp.symbols("y c b", real=True)  # the model's mean; slope and shift of the logit
t, lam = sp.symbols("t lambda", real=True)  # the place on a line; an eigenvalue
WAY = sp.symbols("v_1 v_2 v_3", real=True)  # the direction of the line
HALF = sp.Rational(1, 2)
POINTS = sp.Matrix([[0, HALF], [-HALF, 0]])
GAUSSIANS = sp.Matrix([[0, HALF, 0], [-HALF, -HALF, 0], [0, 0, -HALF]])
sigma = sp.Lambda(a, 1 / (1 + sp.exp(-a)))  # the sigmoid
LOSSES = {
    "log(1 - D)": sp.Lambda(a, sp.log(1 - sigma(a))),
    "-log D": sp.Lambda(a, -sp.log(sigma(a))),
}


def derive():
    r"""A sample's loss, with either formula, falls strictly as the sample's logit rises.

    The slopes are $-D$ and $-(1 - D)$, which are negative. So the generator, whichever
    loss it has, responds best by putting its samples where the logit is largest. At
    $D = 1/2$, that is at $a = 0$, both functions have the slope $-1/2$.
    """
    for (name, loss), slope in zip(LOSSES.items(), (-sigma(a), sigma(a) - 1), strict=True):
        yield equal(f"{name}: the slope", sp.Derivative(loss(a), a), slope)
        yield at_most(f"{name} falls", sp.Derivative(loss(a), a), 0)
        yield equal(f"{name} at D = 1/2", sp.Subs(sp.Derivative(loss(a), a), a, 0), -HALF)

    # The Jacobian of one point against one point: data at 0, the model at y, logit c x.
    # The discriminator ascends V = log D(0) + log(1 - D(y)), the generator descends its
    # loss. Each speed is differentiated at the fixed point in the direction (v_1, v_2) of
    # (y, c); that is a row of the Jacobian times v.
    value = sp.log(HALF) + sp.log(1 - sigma(c * y))
    speeds = [(1, "c", sp.diff(value, c))]
    speeds += [(0, f"y, {name}", -sp.diff(loss(c * y), y)) for name, loss in LOSSES.items()]
    for row, name, speed in speeds:
        found = sp.Subs(sp.Derivative(on_line(speed), t), t, 0)
        yield equal(f"two points: the row of {name}", 1 + found, 1 + times_direction(POINTS, row))
    circle = (lam - sp.I / 2) * (lam + sp.I / 2)
    yield equal("two points: characteristic polynomial", (lam * sp.eye(2) - POINTS).det(), circle)

    # Two Gaussians: real samples x of N(0, 1), generated samples x + y, logit c x + b. The
    # speeds of c and b are expectations over x; the slope of the speed of y is the same
    # for every x. What was a circle becomes a spiral, because the discriminator sees a
    # spread of samples: c is damped.
    density = sp.exp(-(x**2) / 2) / sp.sqrt(2 * sp.pi)
    value = sp.log(sigma(c * x + b)) + sp.log(1 - sigma(c * (x + y) + b))
    for row, symbol in ((1, c), (2, b)):
        slope = sp.diff(on_line(sp.diff(value, symbol)), t).subs(t, 0)
        found = sp.Integral(density * slope, (x, -sp.oo, sp.oo))
        expected = times_direction(GAUSSIANS, row)
        yield equal(f"two Gaussians: the row of {symbol}", 1 + found, 1 + expected)
    for name, loss in LOSSES.items():
        speed = on_line(-sp.diff(loss(c * (x + y) + b), y))
        found, expected = sp.Subs(sp.Derivative(speed, t), t, 0), times_direction(GAUSSIANS, 0)
        label = "ns-same-fixed-point" if name == "-log D" else None
        yield equal(f"two Gaussians: the row of y, {name}", 1 + found, 1 + expected, label=label)
    spiral = (lam + HALF) * ((lam + sp.Rational(1, 4)) ** 2 + sp.Rational(3, 16))
    polynomial = (lam * sp.eye(3) - GAUSSIANS).det()
    yield equal("two Gaussians: characteristic polynomial", polynomial, spiral)


def certify():
    r"""Away from the fixed point the two games differ, but by terms of second order.

    At the logit $c x$ the speeds of $y$ differ by $c \, \mathbb{E}[1 - 2 D]$, with
    $1 - 2 D = -\tanh(c (x + y)/2)$. For all $c$ and $y$ in a box this mean is negative; for $y = 1$
    its size is at most $c/2$, so that the speeds differ by at most $c^2/2$. The integral is cut at
    $x = \pm 10$, beyond which lies less than $e^{-50}$.
    """
    density = sp.exp(-(x**2) / 2) / sp.sqrt(2 * sp.pi)
    less = sp.Integral(density * sp.tanh(c * (x + y) / 2), (x, -10, 10))
    box = {c: (sp.Rational(1, 2), 2), y: (sp.Rational(1, 2), 2)}
    yield at_least("the speeds of y differ", less, sp.exp(-50), where=box)
    most, box = c / 2 - sp.exp(-50), {c: (sp.Rational(1, 2), 2)}
    yield at_most("by second order, y = 1", less.subs(y, 1), most, where=box)


def check():
    r"""The same Jacobian from the coded losses.

    The speeds of $y$, $c$ and $b$ are computed from the slopes that the package's games
    return, averaged over $\mathcal{N}(0, 1)$ by a trapezoid sum, and differentiated by
    central differences along the three axes. Minimax and non-saturating game are compared
    with one and the same matrix, to each entry of which 1 is added, so that zeros can be
    compared.
    """
    for name, game in (("minimax", MINIMAX), ("non-saturating", NON_SATURATING)):
        found = 1 + differences(speeds_of(game), np.zeros(3), np.eye(3))
        expected = 1 + np.array(GAUSSIANS.T.tolist(), dtype=float)  # a row for each variable moved
        yield equal(f"{name}: the Jacobian", found, expected)


def search(seed):
    r"""Discriminators on finitely many points are drawn, as batches of logits up to $\pm 30$.

    One point gets a logit that exceeds the others by 1/2. A batch refutes the statement if
    one of the two coded losses is not least at that point.
    """
    logits = strategies.logit_batches(largest=30.0)
    yield survives("the same best response", best_is_last, logits, seed=seed, examples=130)


def refute():
    r"""What "the same fixed point" does not mean.

    The losses are not the same up to a constant: their slopes agree at $D = 1/2$ only. The
    non-saturating game is not zero-sum, as the minimax game is: what a generated sample
    adds to the discriminator's loss and to the generator's loss is not constant. And
    neither loss makes two points approach each other at the linear order: their
    eigenvalues have the real part 0.
    """
    loss, other = (loss(a) for loss in LOSSES.values())
    yield equal("equal slopes at every D", sp.Derivative(loss, a), sp.Derivative(other, a))
    both = -sp.log(1 - sigma(a)) - sp.log(sigma(a))
    yield equal("the non-saturating game is zero-sum", sp.Derivative(both, a), 0)
    spiral = (lam + sp.Rational(1, 4)) ** 2 + sp.Rational(3, 16)
    yield equal("two points spiral in", (lam * sp.eye(2) - POINTS).det(), spiral)


# --- how the numbers are made ---------------------------------------------------------------------


def on_line(speed):
    """The speed at (y, c, b) = t v."""
    return speed.subs({s: t * v for s, v in zip((y, c, b), WAY, strict=True)}, simultaneous=True)


def times_direction(matrix, row):
    """A row of the Jacobian times v."""
    return sum(matrix[row, k] * WAY[k] for k in range(matrix.cols))


def speeds_of(game):
    """The speeds of (y, c, b) as a function of (y, c, b), by trapezoid sums over N(0, 1)."""
    at = np.linspace(-10, 10, 401)
    mass = np.exp(-(at**2) / 2) / math.sqrt(2 * math.pi) * (at[1] - at[0])

    def speeds(state):
        mean, slope, shift = state
        real, fake = slope * at + shift, slope * (at + mean) + shift
        by_real, by_fake = (-one * at.size for one in game.d_gradient(real, fake))
        push = -game.g_gradient(fake) * at.size * slope
        terms = (push, by_real * at + by_fake * (at + mean), by_real + by_fake)
        return np.array([math.fsum(mass * one) for one in terms])

    return speeds


def best_is_last(logits):
    """Yield that both losses are least at the largest logit."""
    logits = np.append(logits, logits.max() + 0.5)
    for game in (MINIMAX, NON_SATURATING):
        found = loss_of_each(logits, game)
        yield at_most(f"{game.name} is least there", found[-1], found[:-1], tolerance=0)


@pointwise
def loss_of_each(logits, game):
    """The generator's loss of each logit."""
    return [float(game.g_loss(logit[None])) for logit in logits]
