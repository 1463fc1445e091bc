r"""On $V = x y$, for which steps and momenta six ways of playing come to rest: the exact regions.

Statement
---------
Let $x$ descend and $y$ ascend $V(x, y) = x y$ with steps of size $h > 0$. The only equilibrium is the
origin, and the field $v(x, y) = (-y, x)$ turns around it. A way of playing converges if it comes to the
origin from every start:

- simultaneous and alternating steps: for no $h$, but alternating ones stay bounded iff $h < 2$;
- extragradient steps, $z' = z + h\, v(z + h\, v(z))$: iff $h < 1$;
- optimistic steps, $z' = z + 2h\, v(z) - h\, v(z^-)$ with $z^-$ the point before: iff $3h^2 < 1$;
- simultaneous steps with momentum $\beta (z - z^-)$: for no $h$ and no real $\beta$;
- alternating steps with momentum: iff $-1 < \beta < 0$ and $h < 2(1 + \beta)$;
- consensus, where both players also descend $\tfrac{\gamma}{2} \lVert v \rVert^2$: iff
  $h (1 + \gamma^2) < 2 \gamma$.

No step of the extragradient method shrinks the distance by more than a factor $\sqrt{3}/2$ in the long
run, and no optimistic one by more than $1/\sqrt{2}$.

For $V = x^\top A y$ the game falls apart, in the coordinates of singular vectors, into one such game
for each singular value $\sigma$ of $A$, with $h \sigma$ for $h$ and $\gamma \sigma$ for $\gamma$.

Assumes   Exact gradients, one step size $h$ and one momentum $\beta$ for both players.
Source    [@gidel2019momentum] for momentum, [@daskalakis2018] for optimistic steps, [@korpelevich1976]
          for the extragradient, [@mescheder2017] for consensus, [@zhang2020] for most regions.
"""

import numpy as np
import sympy as sp

from gantheory.dynamics import (
    alternating,
    characteristic,
    consensus,
    extragradient,
    heavy_ball,
    inside_circle,
    linearised,
    optimistic,
    simultaneous,
    spectral_radius,
    trajectory,
    velocity,
)
from gantheory.evidence import in_norm, pointwise
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, always, at_most, equal, iff

theorem = Theorem(
    label="bilinear-game",
    title=r"On $V = x y$: which steps, and which momenta, come to rest",
    covers=("bilinear-game", "heavy-ball-alternating", "heavy-ball-simultaneous", "ogda-region"),
)

x, y, beta, gamma = sp.symbols("x y beta gamma", real=True)
h, r = sp.symbols("h r", positive=True)  # a step size, a radius
z = sp.Symbol("z")  # an eigenvalue
J = linearised(velocity(x * y, -x * y, [x], [y]), [x, y])  # of the field (-y, x), which is linear
MOMENTUM = (beta > -1) & (beta < 0) & (h < 2 * (1 + beta))


def contracts(step):
    """The condition that all eigenvalues of the step's matrix lie inside the unit circle."""
    return inside_circle(characteristic(step, z))


def derive():
    r"""Each step is linear, so everything is in the roots of one polynomial.

    A step is a matrix, acting on $(x, y)$ or, with a memory, on the last two points. It converges from
    every start iff all roots of its characteristic polynomial have $\lvert z \rvert < 1$. That is a set
    of polynomial inequalities in the coefficients: those of Jury for a polynomial of degree 2, and in
    general those of Hurwitz after $z = \frac{1 + t}{1 - t}$. The claims say for which $h$ and $\beta$
    they hold, and are decided for all real values at once.

    The simultaneous step has the product of roots $1 + h^2$, the alternating one the product 1. Both
    are at least 1, so that some root is not inside. For $h < 2$ the alternating roots are conjugate,
    and lie on the circle: no contraction, and no growth.

    Written with $w = x + \mathrm{i} y$ the field is $\mathrm{i} w$. Extragradient steps multiply $w$ by
    $1 + \mathrm{i} h - h^2$, with the square of its modulus $1 - h^2 + h^4$, at least
    $\tfrac34$. Optimistic steps reach the unit circle at $3h^2 = 1$. Their roots inside a circle of
    radius $r$ are those of the polynomial in $r z$ inside the unit circle: so $2 r^2 > 1$ for every $h$.

    Momentum helps only where it is negative and the players take turns. With $\beta \ge 0$, or when
    they move at once, a root is outside or on the circle. Consensus adds $-\gamma z$ to the field, a
    pull inwards. It needs $h < 1$ whatever $\gamma$ is, and $\gamma = 1$ allows the largest steps.
    """
    yield iff("simultaneous", contracts(simultaneous(J, h)), False)
    turn = characteristic(alternating(J, h, first=1), z)
    yield iff("alternating", inside_circle(turn), False)
    yield iff("alternating: the roots are conjugate, of product 1", turn.discriminant() < 0, h < 2)
    ahead = characteristic(extragradient(J, h), z)
    yield equal("extragradient: the polynomial", ahead.as_expr(), (z - 1 + h**2) ** 2 + h**2)
    yield iff("extragradient", h < 1, inside_circle(ahead), label="bilinear-game")
    yield always("extragradient: at most by √3/2", True, 1 - h**2 + h**4 >= sp.Rational(3, 4))
    again = characteristic(optimistic(J, h), z)
    yield equal(
        "optimistic: the polynomial", again.as_expr(), (z**2 - z) ** 2 + h**2 * (2 * z - 1) ** 2
    )
    yield iff("optimistic", 3 * h**2 < 1, inside_circle(again), label="ogda-region")
    shrunk = sp.Poly(again.as_expr().subs(z, r * z), z)
    yield always("optimistic: at most by 1/√2", inside_circle(shrunk), 2 * r**2 > 1)
    both, turns = heavy_ball(J, h, beta), heavy_ball(J, h, beta, first=1)
    for name, step, last in (("at once", both, h**2 * z**2), ("in turns", turns, h**2 * z**3)):
        found = characteristic(step, z).as_expr()
        yield equal(f"momentum, {name}: the polynomial", found, ((z - 1) * (z - beta)) ** 2 + last)
    yield iff("momentum, at once", contracts(both), False, label="heavy-ball-simultaneous")
    yield iff("momentum, in turns", MOMENTUM, contracts(turns), label="heavy-ball-alternating")
    other = heavy_ball(-J, h, beta, first=1)
    yield iff("momentum, in turns, the other one first", MOMENTUM, contracts(other))
    pulled = contracts(simultaneous(consensus(J, gamma), h))
    yield iff("consensus", h * (1 + gamma**2) < 2 * gamma, pulled)
    yield always("consensus: no step of size 1", pulled, h < 1)


def check():
    r"""The regions against eigenvalues.

    For each way of playing 2000 points $(h, \beta)$ or $(h, \gamma)$ are drawn, half of them within a
    thousandth of the boundary. The eigenvalues of the matrices are computed in floating point, without
    the polynomial: the largest modulus is below 1 iff the point is in the region, at every point.
    """
    for name in REGIONS:
        yield equal(f"{name}: eigenvalues", agreeing(name, 5), POINTS)


def search(seed):
    r"""Drawn games $x^\top A y$ of $2 \times 2$ and four ways of playing, as whole matrices.

    With $h$ one per cent below what the largest singular value of $A$ allows, the largest modulus of an
    eigenvalue is below 1, and one per cent above, it is above 1. A game that needs more of $A$ than its
    singular values, or in which a smaller one of them is the first to diverge, would refute.
    """
    games = strategies.simplices(6)
    yield survives("one game for each singular value", falls_apart, games, seed=seed, examples=110)


def refute():
    r"""Six things that are believed.

    Momentum is thought to help in games as it does in minimisation: with $\beta = \tfrac{9}{10}$, the
    usual value, play diverges however small the steps are. A negative momentum is not enough either: too
    large a step undoes it. That alternating play stays bounded is taken for convergence. The optimistic
    step is introduced as an extragradient step that saves a gradient, and is given its step sizes; but
    between $1/\sqrt{3}$ and 1 only the other one converges. Extragradient steps are thought to be safe
    as they are implicit; they are not. And a heavier consensus is thought to be a safer one.
    """
    turns = contracts(heavy_ball(J, h, beta, first=1))
    usual = contracts(heavy_ball(J, h, sp.Rational(9, 10), first=1))
    yield always("momentum 9/10 converges for small steps", h < sp.Rational(1, 100), usual)
    yield always("negative momentum converges", (beta > -1) & (beta < 0) & (h < 2), turns)
    yield always("alternating steps converge", h < 2, contracts(alternating(J, h, first=1)))
    steps = contracts(extragradient(J, h)), contracts(optimistic(J, h))
    yield always("optimistic steps converge as extragradient ones do", *steps)
    yield always("extragradient steps of 11/10 converge", h <= sp.Rational(11, 10), steps[0])
    pulled = contracts(simultaneous(consensus(J, gamma), h))
    yield always("consensus with a weight above 1", (h < 1) & (gamma > 1), pulled)


def figure():
    r"""Left: alternating steps with momentum, runs over the triangle that is decided.

    A dot is a run of 400 steps from $(1, 0)$ that came nearer, a cross one that did not. Right: the
    largest modulus of an eigenvalue, by the step size; play converges where a curve is below 1.
    """
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots(1, 2, figsize=(9.0, 3.8))
    triangle_and_radii(*axes)
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

POINTS = 2000
SIZES = np.linspace(0.01, 1.3, 200)
SHOWN = {"momentum, in turns": -0.3, "consensus": 1}  # a weight, where there is one
PLACES = {  # of the names in the figure
    "simultaneous": (0.03, 1.45),
    "alternating": (1.35, 1.0),
    "extragradient": (1.35, 1.45),
    "optimistic": (0.8, 0.71),
    "momentum, in turns": (1.35, 0.86),
    "consensus": (1.35, 1.3),
}
STEPS = {
    "simultaneous": simultaneous(J, h),
    "alternating": alternating(J, h, first=1),
    "extragradient": extragradient(J, h),
    "optimistic": optimistic(J, h),
    "momentum, at once": heavy_ball(J, h, beta),
    "momentum, in turns": heavy_ball(J, h, beta, first=1),
    "consensus": simultaneous(consensus(J, beta), h),
}
MATRICES = {name: sp.lambdify((h, beta), step, "numpy") for name, step in STEPS.items()}
REGIONS = {  # the largest step for a momentum, or a weight; 0 if none converges
    "simultaneous": lambda b: 0 * b,
    "extragradient": lambda b: 1 + 0 * b,
    "optimistic": lambda b: 1 / np.sqrt(3) + 0 * b,
    "momentum, at once": lambda b: 0 * b,
    "momentum, in turns": lambda b: np.where((b > -1) & (b < 0), 2 * (1 + b), 0),
    "consensus": lambda b: np.maximum(2 * b / (1 + b**2), 0),
}


def comes_nearer(step, momentum):
    """Whether 400 alternating steps from (1, 0) end nearer to the origin."""
    matrix = np.array(MATRICES["momentum, in turns"](step, momentum), float)
    return np.linalg.norm(trajectory(matrix, (1, 0, 1, 0), 400)[-1, :2]) < 1


def triangle_and_radii(left, right):
    """Draw runs over the triangle that is decided, and spectral radii."""
    left.fill([0, 0, 2], [-1, 0, 0], color="C2", alpha=0.2, linewidth=0)
    for momentum in np.linspace(-1.15, 0.35, 16):
        for step in np.linspace(0.1, 2.3, 16):
            near = comes_nearer(step, momentum)
            left.plot(step, momentum, "." if near else "x", color="C2" if near else "C5", ms=4)
    left.set(title="alternating, with momentum", xlabel="step $h$", xticks=(0, 1, 2))
    left.set(ylabel=r"momentum $\beta$", yticks=(-1, -0.5, 0))
    for k, (name, place) in enumerate(PLACES.items()):
        right.plot(SIZES, radii(name), color=f"C{k}")
        right.text(*place, name, color=f"C{k}", va="center")
    right.plot([0, 1.3], [1, 1], color="C6", linestyle="--", linewidth=1)
    right.set(title="largest modulus of an eigenvalue", xlim=(0, 2.3), ylim=(0.65, 1.5))
    right.set(xlabel="step $h$", xticks=(0, 0.5, 1))
    right.set(ylabel=r"spectral radius $\rho$", yticks=(0.8, 1, 1.2))


def radii(name):
    """The spectral radius for each step."""
    make, weight = MATRICES[name], SHOWN.get(name, 0)
    return spectral_radius([np.array(make(step, weight), float) for step in SIZES])


@pointwise
def agreeing(name, seed):
    """At how many points the eigenvalues are inside the circle iff the point is in the region."""
    draw = np.random.default_rng(seed)
    weights = draw.uniform(-1.3, 1.3, POINTS)
    largest = REGIONS[name](weights)
    near = largest * (1 + draw.choice([-1, 1], POINTS) * draw.uniform(1e-4, 1e-3, POINTS))
    steps = np.where(
        (np.arange(POINTS) % 2 == 0) & (largest > 0.01), near, draw.uniform(0.1, 2.5, POINTS)
    )
    make = MATRICES[name]
    radii = spectral_radius(
        [np.array(make(*pair), float) for pair in zip(steps, weights, strict=True)]
    )
    return np.array(np.sum((radii < 1) == (steps < largest)))


def at_sizes(A, share, momentum, weight):
    """The matrices of four ways of playing x'Ay, with this share of the largest step."""
    one, nothing, top = np.eye(2 * len(A)), 0 * A, np.linalg.norm(A, 2)
    field = np.block([[nothing, -A], [A.T, nothing]])
    size = share / top
    ahead = one + size * field @ (one + size * field)
    size = share / (np.sqrt(3) * top)
    again = np.block([[one + 2 * size * field, -size * field], [one, 0 * one]])
    size = share * 2 * (1 + momentum) / top
    seen = one + size * np.block([[nothing, nothing], [A.T, nothing]])
    moved = (1 + momentum) * one + size * np.block([[nothing, -A], [nothing, nothing]])
    turns = np.block([[seen @ moved, -momentum * seen], [one, 0 * one]])
    size = share * 2 * weight / (1 + (weight * top) ** 2)
    pulled = one + size * (field - weight * field.T @ field)
    return ahead, again, turns, pulled


@in_norm(roundings=1_000_000)
def largest_moduli(A, momentum, weight):
    """The spectral radius for each way of playing 1 % below the largest step; its inverse 1 % above."""
    below, above = (at_sizes(A, share, momentum, weight) for share in (0.99, 1.01))
    return np.array([*map(spectral_radius, below), *(1 / spectral_radius(one) for one in above)])


def falls_apart(w):
    """The claim for one game: det A is 1 or more, the momentum between -1 and 0."""
    A = np.array([[1 + 4 * w[0], 3 * w[1]], [-2 * w[2], 1 + 4 * w[3]]])
    return at_most("moduli", largest_moduli(A, -0.1 - 0.8 * w[4], 0.1 + 2 * w[5]), 1)
