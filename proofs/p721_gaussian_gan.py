r"""The Gaussian GAN comes to rest, and spirals on the way unless $D$ is at least four times as fast.

Statement
---------
Let the data be $\mathcal{N}(0, 1)$, the model $\mathcal{N}(y, 1)$ and $D = \sigma(c x + b)$, which
has $D^*$ in it: $c^* = -y$ and $b^* = y^2/2$. Both players follow the gradient of $V$ in continuous
time, the discriminator $r$ times as fast. Next to the rest $y = 0$, $D = \tfrac{1}{2}$ the
eigenvalues $\lambda$ of the game in $(y, c, b)$ are the roots of

$$\left(\lambda + \tfrac{r}{2}\right) \left(\lambda^2 + \tfrac{r}{2} \lambda + \tfrac{r}{4}\right) = 0,$$

so that $b$ decays alone, and $y$ is a spring with friction. All three have negative real parts.

For $r < 4$ the game spirals in, at the rate $r/4$. At $r = 4$ it is critically damped, with
$\lambda = -1$. For $r > 4$ its slow mode is $\lambda = -1/(1 + s)$ with $s = \sqrt{1 - 4/r}$, which
tends to $-\tfrac{1}{2} = -C''(0)$ as $r \to \infty$: that is the rate of a model against $D^*$
itself. So $r = 4$ is the fastest. In the slow mode $D$ lags behind, by

$$\lvert c - c^* \rvert = \frac{1 - s}{1 + s} \, \lvert y \rvert,$$

which is near $\lvert y \rvert / r$ for large $r$ and never 0.

Assumes   Exact gradients in continuous time; modes are those next to the rest.
Source    [@nagarajan2017] for local stability, [@heusel2017] for two time scales; the numbers are
          derived here.
"""

import math

import numpy as np
import sympy as sp
from scipy.linalg import expm
from scipy.special import expit

from gantheory import certified
from gantheory.densities import Normal
from gantheory.evidence import differences, in_norm, pointwise
from gantheory.game import optimal_discriminator, value_function
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal, rate

theorem = Theorem(
    label="gaussian-gan",
    title=r"The Gaussian GAN spirals for $r < 4$ and lags by $\lvert y \rvert / r$ for large $r$",
    uses=("optimal-discriminator", "virtual-criterion"),
    covers=("gaussian-gan",),
)

x, y = sp.symbols("x y", real=True)  # a sample, the model's mean
c, b, lam = sp.symbols("c b lambda", real=True)  # slope and shift of the logit, an eigenvalue
r, s = sp.symbols("r s", positive=True)  # the speed of D over that of G; s = sqrt(1 - 4/r)
HALF = sp.Rational(1, 2)
JACOBIAN = sp.Matrix([[0, HALF, 0], [-r / 2, -r / 2, 0], [0, 0, -r / 2]])  # of (y', c', b')
DENSITY = sp.exp(-(x**2) / 2) / sp.sqrt(2 * sp.pi)  # of N(0, 1)
SPRING = lam**2 + r / 2 * lam + r / 4
SLOW, LAG, OF_R = -1 / (1 + s), (1 - s) / (1 + s), {s: sp.sqrt(1 - 4 / r)}


def derive():
    r"""From the value to the spring, and what its modes say.

    With $x \sim \mathcal{N}(0, 1)$ for both densities, $V = \mathbb{E}[\log \sigma(c x + b) + \log
    (1 - \sigma(c (x + y) + b))]$. Gradient play is $y' = -\partial_y V$, $c' = r \, \partial_c V$,
    $b' = r \, \partial_b V$. Their derivatives at $y = c = b = 0$ make the Jacobian.

    The row of $b$ stands alone: $b' = -\tfrac{r}{2} b$. The others are $y' = c/2$ and $c' =
    -\tfrac{r}{2} (y + c)$, that is $y'' + \tfrac{r}{2} y' + \tfrac{r}{4} y = 0$. Complete the
    square: the roots are complex exactly for $r < 4$, with the real part $-r/4$. For $r > 4$ write
    $r = 4/(1 - s^2)$: both roots are rational in $s$.

    The slow rate $1/(1 + s)$ falls from 1 at $r = 4$ to $\tfrac{1}{2}$, the bend of $C$ at its
    minimum: against $D^*$ the model has $y' = -C'(y)$. In a mode $y' = \lambda y$, and $y' = c/2$,
    so that $c = 2 \lambda y$ and $c - c^* = c + y = (1 + 2 \lambda) y$.
    """
    yield from jacobian()
    polynomial = (lam * sp.eye(3) - JACOBIAN).det()
    yield equal(
        "characteristic polynomial", polynomial, (lam + r / 2) * SPRING, label=theorem.label
    )
    yield equal("the square completed", SPRING, (lam + r / 4) ** 2 + r * (4 - r) / 16)
    yield at_most("r < 4: rates below 1", r / 4, 1, where={r: (0, 4)})
    roots, inside = (lam - SLOW) * (lam + 1 / (1 - s)), {s: (0, 1)}
    yield equal("r > 4: two real roots", SPRING.subs(r, 4 / (1 - s**2)), roots, where=inside)
    yield equal("what r > 4 lacks to 1", 1 + SLOW, s / (1 + s))
    yield equal("the slow mode, r → ∞", sp.Limit(SLOW.subs(OF_R), r, sp.oo), -HALF)
    moved = DENSITY.subs(x, x - y)
    mean = DENSITY + moved
    point = DENSITY * sp.log(DENSITY / mean) + moved * sp.log(moved / mean)
    bend = DENSITY * sp.expand(sp.simplify(sp.diff(point, y, 2).subs(y, 0) / DENSITY))
    yield equal("the bend of C at 0", sp.Integral(bend, (x, -sp.oo, sp.oo)), HALF)
    yield equal("the lag in the slow mode", 1 + 2 * SLOW, -LAG)
    yield equal("r times the lag, r → ∞", sp.Limit(r * LAG.subs(OF_R), r, sp.oo), 1)


def certify():
    r"""The bend of $C$ at its minimum, seen at three distances.

    $2 (C(\mu) + \log 4)/\mu^2$ is enclosed for the model $\mathcal{N}(\mu, 1)$. It stays below
    $\tfrac{1}{2}$, by less than $\mu^2/16$, as it must if $C''(0) = \tfrac{1}{2}$.
    """
    for shift, size in ((one, sp.Rational(one)) for one in ("1", "1/10", "1/100")):
        ratio = certified.js_divergence(DATA, Normal(shift, 1)) * (4 / size**2)
        yield at_most(f"μ = {shift}, from above", ratio, HALF, tolerance=0)
        yield at_least(f"μ = {shift}, from below", ratio, HALF - size**2 / 16, tolerance=0)


def check():
    r"""The game itself, integrated in time, against the spring.

    The gradients are sums over nodes; at one point they are compared with differences of the integral
    $V$. Then Runge and Kutta's method of order 4 is run twice, with steps of two sizes, so that its
    error is seen. Started a thousandth off rest with $D = \tfrac{1}{2}$, up to time $4 \pi/\sqrt{3}$,
    it ends where the spring does: for $r = 1$ beyond the rest, by 16 % of the start. Far from rest,
    from $y = 2$ and $D = D^*$, the lag after time 2 falls like $1/r$, too, for $r = 64$ to $512$.
    """
    state = np.array([0.7, -0.4, 0.3])
    slopes = differences(value, state, np.diag([-1.0, 1.0, 1.0]))
    yield equal("gradients at (0.7, -0.4, 0.3)", play(state), slopes)
    speeds, time = (1, 4, 8, 100), 4 * math.pi / math.sqrt(3)
    coarse, fine = (flow((1e-3, 0.0, 0.0), speeds, time, count) for count in (363, 726))
    yield at_most("363 and 726 steps agree", 1000 * abs(fine - coarse), 1e-9)
    modes = np.array([spring(speed, time) for speed in speeds])
    yield at_most("y of the game and the spring", abs(1000 * fine[:, 0] - modes), 1e-7)
    speeds = (64.0, 128.0, 256.0, 512.0)
    coarse, fine = (flow((2.0, -2.0, 2.0), speeds, 2.0, count) for count in (512, 1024))
    yield at_most("512 and 1024 steps agree", abs(fine - coarse), 1e-7)
    yield rate("the lag far from rest, r = 64 to 512", speeds, fine[:, 0] + fine[:, 1], -1)


def search(seed):
    r"""Speeds $r$ on both sides of 4 are drawn, and the exponential of $t$ times the Jacobian.

    For $r < 4$ the model is furthest past the rest at $t = 4 \pi/\sqrt{r (4 - r)}$, by $e^{-\pi
    \sqrt{r/(4 - r)}}$ of its start. For $r > 4$ it lags behind its slow mode and never runs past:
    $y(t) > e^{-t/(1 + s)} \, y(0)$ at each $t$.
    """
    drawn = strategies.simplices(4)
    yield survives("past the rest, or behind", modes_hold, drawn, seed=seed, examples=150)


def refute():
    r"""Four hopes about a fast discriminator.

    That more speed always helps is false beyond $r = 4$. The rate $-1$ is that of $r = 4$, not the
    limit. A lag below order $1/r$ would mean that $D$ does not lag to first order. And since $C$ is
    convex near its minimum, no spiral is expected; the discriminant $r^2/4 - r$ of the spring says
    otherwise.
    """
    yield at_least("r = 8 faster than r = 4", -SLOW.subs(OF_R).subs(r, 8), 1)
    yield equal("the slow mode tends to -1", sp.Limit(SLOW.subs(OF_R), r, sp.oo), -1)
    yield equal("the lag is below order 1/r", sp.Limit(r * LAG.subs(OF_R), r, sp.oo), 0)
    yield at_least("no r makes it spiral", r**2 / 4 - r, 0)


def figure():
    r"""Left, the model's mean on its way to rest; right, the lag of $D$ in the slow mode.

    An equally fast $D$ lets the model overshoot. Four times as fast brings it to rest soonest. On the
    right the lag is the whole distance at $r = 4$, and then falls to $1/r$.
    """
    from matplotlib import pyplot as plt

    fig, (left, right) = plt.subplots(1, 2, figsize=(8.4, 3.4))
    time, speeds = np.linspace(0, 14, 281), np.geomspace(4, 400, 200)
    left.plot(time, np.exp(-time / 2), color="C4", linestyle="--", zorder=3)
    left.text(4.5, 0.3, "dashed: $D$ is $D^*$")
    for speed, color, *place in ((1, "C0", 3, 0.7), (4, "C2", 0.4, 0.3), (100, "C3", 4.5, 0.16)):
        left.plot(time, [spring(speed, at) for at in time], color=color)
        left.text(*place, f"$r={speed}$", color=color)
    swing = np.sqrt(1 - 4 / speeds)
    right.loglog(speeds, (1 - swing) / (1 + swing), color="C0")
    right.loglog(speeds, 1 / speeds, color="C4", linestyle="--")
    left.set(title="The model on its way to rest", xlabel="time $t$", ylabel="mean $y(t)/y(0)$")
    left.set(xlim=(0, 14), xticks=range(0, 15, 2), yticks=(0, 0.5, 1))
    right.text(9, 0.07, "$1/r$")
    right.set(title="The lag of $D$ behind $D^*$", ylabel="lag $|c-c^*|/|y|$")
    right.set_xlabel("speed $r$ of $D$ over that of $G$")
    right.set_xticks((4, 10, 40, 100, 400), labels=("4", "10", "40", "100", "400"))
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

DATA = Normal(0, 1)
NODES = np.linspace(-9, 9, 181)  # 1/10 apart: the sums below have no error but rounding
MASS = np.exp(DATA.logpdf(NODES)) * (NODES[1] - NODES[0])


def jacobian():
    """The Jacobian for r = 1, in two claims: the row of y, and those of c and b.

    Entries are expectations of polynomials in x; a claim adds several, with different prime weights.
    """
    value = -sp.log(1 + sp.exp(-c * x - b)) - sp.log(1 + sp.exp(c * (x + y) + b))
    known, weights = JACOBIAN.subs(r, 1), sp.Matrix([2, 3, 5])
    pushes = sp.Matrix([-sp.diff(value, y), sp.diff(value, c), sp.diff(value, b)])
    entries = pushes.jacobian([y, c, b]).subs({y: 0, c: 0, b: 0})
    for name, rows in (("y", sp.Matrix([[1, 0, 0]])), ("c and b", sp.Matrix([[0, 7, 11]]))):
        mixed = sp.expand((rows * entries * weights)[0])
        yield equal(
            f"the Jacobian at rest, {name}",
            1 + sp.Integral(DENSITY * mixed, (x, -sp.oo, sp.oo)),
            1 + (rows * known * weights)[0],
        )


def value(state):
    r"""$V$ of $\mathcal{N}(0, 1)$ and $\mathcal{N}(y, 1)$ at the logit $c x + b$."""
    y, c, b = map(float, state)
    identity = optimal_discriminator(Normal(1, 1), DATA) + 0.5
    return value_function(DATA, Normal(y, 1), c * identity + b).value


def gradients(state):
    """(y', c', b') for r = 1: c E[D], E[(1 - D) x] - E[D x] and E[1 - D] - E[D], over data and model."""
    mean, slope, shift = (state[..., place, None] for place in range(3))
    believed = expit(slope * (NODES + mean) + shift)
    doubted = expit(-(slope * NODES + shift))
    up = doubted * NODES - believed * (NODES + mean)
    return np.stack([(slope * believed) @ MASS, up @ MASS, (doubted - believed) @ MASS], axis=-1)


@in_norm
def play(state):
    """(y', c', b') for r = 1."""
    return gradients(state)


@in_norm(roundings=100_000)  # next to rest the slopes are differences of numbers near 1/2
def flow(start, speeds, time, count):
    """(y, c, b) after the time, a row a speed, by `count` steps of Runge-Kutta of order 4."""
    factor = np.array([[1.0, speed, speed] for speed in speeds])
    state, h = np.tile(start, (len(speeds), 1)), time / count
    for _ in range(count):
        first = factor * gradients(state)
        second = factor * gradients(state + h / 2 * first)
        third = factor * gradients(state + h / 2 * second)
        fourth = factor * gradients(state + h * third)
        state = state + h / 6 * (first + 2 * second + 2 * third + fourth)
    return state


def modes_hold(shares):
    """Yield how far the model runs past the rest for one speed, and how far it lags for another."""
    slow, fast, time = 0.1 + 3.5 * shares[0], 4.1 + 60 * shares[1], 0.1 + 3 * shares[2]
    swung = reached(slow, 4 * math.pi / math.sqrt(slow * (4 - slow)))
    yield equal("r < 4: past the rest", 2 + swung, 2 - overshoot(slow))
    yield at_least("r > 4: behind", reached(fast, time), slow_mode(fast, time))


@in_norm
def reached(speed, time):
    """y(t)/y(0) from c = b = 0, by the exponential of the Jacobian."""
    rows = [[0, 0.5, 0], [-speed / 2, -speed / 2, 0], [0, 0, -speed / 2]]
    return expm(time * np.array(rows))[0, 0]


@pointwise
def overshoot(speed):
    r"""$e^{-\pi \sqrt{r/(4 - r)}}$."""
    return np.exp(-math.pi * np.sqrt(speed / (4 - speed)))


@pointwise
def slow_mode(speed, time):
    r"""$e^{-t/(1 + s)}$."""
    return np.exp(-time / (1 + np.sqrt(1 - 4 / speed)))


def spring(speed, time):
    """y(t)/y(0) of y'' + (r/2) y' + (r/4) y = 0, y'(0) = 0."""
    swing = complex(speed * (speed - 4)) ** 0.5 / 4
    if swing == 0:
        return (1 + time) * math.exp(-time)
    fast, slow = -speed / 4 - swing, -speed / 4 + swing
    return float(((slow * np.exp(fast * time) - fast * np.exp(slow * time)) / (slow - fast)).real)
