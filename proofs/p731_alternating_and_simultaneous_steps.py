r"""On $V = \theta \varphi$ alternating steps stay on an ellipse, and simultaneous steps spiral outwards.

Statement
---------
Let $D$ ascend $V(\theta, \varphi)$ in $\varphi$ and $G$ descend it in $\theta$, with steps of size
$\eta$. In alternating play $G$ sees the $\varphi$ that $D$ has just moved; in simultaneous play both
move from the same point. After one step $\varphi$ is the same. If $V$ is quadratic, $\theta$ differs by

$$\theta_{\mathrm{alt}} - \theta_{\mathrm{sim}} = -\eta^2 \, \frac{\partial^2 V}{\partial \theta \,
\partial \varphi} \, \frac{\partial V}{\partial \varphi}.$$

This term of second order decides whether play stays bounded. For $V = \theta \varphi$ alternating steps
keep

$$\theta^2 + \varphi^2 + \eta \, \theta \varphi,$$

an ellipse for $\eta < 2$: its point neither comes to rest nor leaves. Simultaneous steps multiply
$\theta^2 + \varphi^2$ by $1 + \eta^2$ each time, for every $\eta$.

Assumes   Exact gradients, steps without momentum; for the formulas $V$ quadratic, one parameter each.
Source    [@goodfellow2014, Algorithm 1] alternates; [@gidel2019momentum] for both orders of play.
"""

import numpy as np
import sympy as sp

from gantheory.densities import Normal
from gantheory.evidence import in_norm, pointwise
from gantheory.nets import Tanh, mlp
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, always, at_most, equal
from gantheory.training import as_data, plan, players, start
from gantheory.training.schemes import SCHEMES

theorem = Theorem(
    label="alternating-and-simultaneous-steps",
    title=r"On $V = \theta \varphi$ alternating steps keep an ellipse, simultaneous ones spiral out",
    uses=("algorithm-1",),
)

theta, phi = sp.symbols("theta phi", real=True)  # the parameters of G and of D
a, b, c, d, e = sp.symbols("a b c d e", real=True)  # coefficients of a quadratic V
eta = sp.Symbol("eta", positive=True)
QUADRATIC = a * theta**2 / 2 + b * theta * phi + c * phi**2 / 2 + d * theta + e * phi


def play(value, *, alternating):
    r"""$(\theta, \varphi)$ after a step of each player on $V$, $D$ first."""
    ahead = phi + eta * sp.diff(value, phi)
    slope = sp.diff(value, theta)
    return theta - eta * (slope.subs(phi, ahead) if alternating else slope), ahead


def derive():
    r"""One step, and what it does to the squares.

    Both orders use the same gradient for $D$, so $\varphi$ agrees. $G$ then uses $\partial
    V/\partial \theta$ at the new or at the old $\varphi$. For a quadratic $V$ this slope is linear
    in $\varphi$, and the move of $\varphi$ was $\eta \, \partial V/\partial \varphi$: the two moves
    differ by the mixed derivative times that, times $\eta$ once more.

    On $V = \theta \varphi$ a simultaneous step is $(\theta - \eta \varphi, \varphi + \eta \theta)$:
    a rotation and a stretch, like the explicit Euler method on a circle. Squared and added, the
    mixed terms cancel and $\eta^2$ is left over.

    An alternating step is two shears, $\varphi + \eta \theta$ and then $\theta - \eta \varphi$ with
    the new $\varphi$. Each preserves area, as the symplectic Euler method does, and together they
    preserve a quadratic form. For $\eta < 2$ it is positive: a square and a positive multiple of
    another. It is between $1 - \tfrac{\eta}{2}$ and $1 + \tfrac{\eta}{2}$ times $\theta^2 + \varphi^2$,
    so that play stays in a ring around the rest.
    """
    (turn, _), (both, _) = (play(QUADRATIC, alternating=one) for one in (True, False))
    mixed = sp.Derivative(QUADRATIC, theta, phi) * sp.Derivative(QUADRATIC, phi)
    yield equal("V quadratic: the difference in θ", turn - both, -(eta**2) * mixed)
    later, ahead = play(theta * phi, alternating=False)
    yield equal(
        "simultaneous: the squares grow",
        later**2 + ahead**2,
        (1 + eta**2) * (theta**2 + phi**2),
    )
    later, ahead = play(theta * phi, alternating=True)
    yield equal(
        "alternating: what is kept",
        later**2 + ahead**2 + eta * later * ahead,
        theta**2 + phi**2 + eta * theta * phi,
        label="alternating-and-simultaneous-steps",
    )
    squares, kept = theta**2 + phi**2, theta**2 + phi**2 + eta * theta * phi
    form = (theta + eta * phi / 2) ** 2 + (1 - eta**2 / 4) * phi**2
    yield equal("the form as squares", kept, form)
    ring = ((1 - eta / 2) * squares <= kept) & (kept <= (1 + eta / 2) * squares)
    yield always("the ring it lies in", True, ring, where={eta: (0, 2)})


def check():
    r"""The two schemes of the package, and ten thousand steps.

    First one step of three small networks of each kind, with the same draws: no bit of $D$ differs
    between the schemes, and in $G$ every parameter does. Then $V = \theta \varphi$ from $(1, 0)$
    with $\eta = \tfrac{1}{5}$, in floating point: after 10 000 alternating steps the form is still
    1; after 200 simultaneous ones the squares are $(1 + \eta^2)^{200}$, about 2550.
    """
    apart = differing(31)
    yield equal("parameters of D that differ, plus 1", 1 + apart[0], 1)
    yield equal("parameters of G that differ", apart[1], GAMES * PLAYER.size)
    point = orbit((1.0, 0.0), 10_000, alternating=True)
    form = point[0] * point[0] + point[1] * point[1] + point[0] * point[1] / 5
    yield equal("10 000 alternating steps", form, 1)
    point = orbit((1.0, 0.0), 200, alternating=False)
    grown = sp.Rational(26, 25) ** 200
    yield equal("200 simultaneous steps", point[0] * point[0] + point[1] * point[1], grown)


def search(seed):
    r"""Starts, sizes of a step from $0.05$ to $1.55$, and 1 to 60 steps are drawn.

    A game refutes the statement if alternating play does not keep the form, or simultaneous play does
    not multiply the squares by $1 + \eta^2$ each time.
    """
    yield survives("both invariants", as_stated, strategies.simplices(4), seed=seed, examples=150)


def refute():
    r"""Four shortcuts.

    A loop that computes both gradients before it moves anything looks like Algorithm 1, and is the
    simultaneous game. Continuous time, $\theta' = -\varphi$ and $\varphi' = \theta$, keeps $\theta^2 +
    \varphi^2$; neither order of steps does, one misses it by the mixed term, the other by the factor.
    And an alternating step comes back near its start so often that it is taken to converge: but a step
    preserves area, as its matrix has the determinant 1, and so it cannot contract.
    """
    steps = [play(theta * phi, alternating=one)[0] for one in (True, False)]
    yield equal("both orders are the same", *steps)
    circle = theta**2 + phi**2
    for name, alternating in (("alternating", True), ("simultaneous", False)):
        later, ahead = play(theta * phi, alternating=alternating)
        yield equal(f"{name} steps stay on a circle", later**2 + ahead**2, circle)
    jacobian = sp.Matrix(play(theta * phi, alternating=True)).jacobian([theta, phi])
    yield at_most("alternating steps contract", jacobian.det(), 1 - eta**2 / 4, where={eta: (0, 2)})


def figure():
    r"""62 steps of size $\tfrac{1}{5}$ from $(1, 0)$ on $V = \theta \varphi$.

    The alternating points lie on one ellipse, slightly tilted; the simultaneous ones run outwards
    on a spiral, by 2 % of the radius at each step.
    """
    from matplotlib import pyplot as plt

    fig, axis = plt.subplots(figsize=(4.6, 4.4))
    for alternating, color, text, place in (
        (True, "C2", "alternating", (-0.45, 0.1)),
        (False, "C3", "simultaneous", (1.35, 2.0)),
    ):
        path = [orbit((1.0, 0.0), n, alternating=alternating).value for n in range(63)]
        axis.plot(*np.array(path).T, ".-", color=color, linewidth=0.8, markersize=4)
        axis.text(*place, text, color=color)
    axis.set(title=r"$V=\theta\varphi$, steps of size 1/5", aspect="equal", xticks=range(-2, 4))
    axis.set(
        xlabel=r"parameter $\theta$ of $G$",
        ylabel=r"parameter $\varphi$ of $D$",
        yticks=range(-3, 3),
    )
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

GAMES, PLAYER = 3, mlp((1, 4, 1), Tanh())


@pointwise
def differing(seed):
    """How many parameters of D and of G differ between the schemes after one step, same draws."""
    rng = np.random.default_rng(seed)
    draws = [players.Draw(*rng.normal(size=(2, GAMES, 8, 1)), ()) for _ in range(2)]
    games = []
    for scheme in ("alternating", "simultaneous"):
        rules = {"generator": PLAYER, "discriminator": PLAYER, "seed": seed}
        game = start(plan(as_data(Normal(0, 1)), **rules), GAMES)
        SCHEMES[scheme](game.plan, game.discriminator, game.generator, draws, 1.0)
        games.append([game.discriminator.parameters.flat, game.generator.parameters.flat])
    return np.array([np.sum(one != other) for one, other in zip(*games, strict=True)])


@in_norm(roundings=100_000)
def orbit(point, count, *, alternating, size=0.2):
    r"""$(\theta, \varphi)$ after so many steps on $V = \theta \varphi$."""
    x, y = point
    for _ in range(count):
        ahead = y + x * size
        x, y = x - (ahead if alternating else y) * size, ahead
    return np.array([x, y])


def as_stated(shares):
    """Yield what each kind of play does to its form."""
    start_at, size = (shares[0] + 0.5, 0.7 - 2 * shares[1]), 0.05 + 1.5 * shares[2]
    count = 1 + int(59 * shares[3])
    x, y = (orbit(start_at, count, alternating=True, size=size)[k] for k in range(2))
    yield equal("alternating", x * x + y * y + size * x * y, forms(start_at, size, count)[0])
    x, y = (orbit(start_at, count, alternating=False, size=size)[k] for k in range(2))
    yield equal("simultaneous", x * x + y * y, forms(start_at, size, count)[1])


@pointwise(roundings=1024)
def forms(point, size, count):
    r"""The form at the start, and the squares times $(1 + \eta^2)^n$."""
    x, y = point
    return np.array([x * x + y * y + size * x * y, (x * x + y * y) * (1 + size**2) ** count])
