r"""Gradient play is locally stable if the data bend $D$ in all directions and $D$ sees all of $G$.

Statement
---------
Let $w$ be the parameters of $D$ and $y$ those of $G$, with the equilibrium at $(0, 0)$, where the model
is the data and the logit of $D$ is 0 on it. With a concave payoff $\ell$, as $\ell = \log \sigma$, the
value is $V = \mathbb{E}_p[\ell(a)] + \mathbb{E}_q[\ell(-a)]$ with the logit $a = w^\top \varphi(x)$. Let
$s = \ell'(0)$, $\kappa = -\ell''(0)$ and

$$Q = 2 \kappa\, \mathbb{E}_p[\varphi \varphi^\top], \quad
  R = -s\, \partial_y \mathbb{E}_q[\varphi].$$

To first order gradient play is $w' = -Q w + R y$, $y' = -R^\top w$; let $J$ be the matrix of this
system. If $Q$ is positive definite and the columns of $R$ are linearly independent, all eigenvalues
$\lambda$ of $J$ have negative real parts, and play from nearby returns to 0. Let $\mu$ and $M$ be the
least and the largest eigenvalue of $Q$, and $\rho$ the least one of $R^\top R$. Then

$$\mathrm{Re}\, \lambda \le -\tfrac12 \mu \text{ if } \lambda \text{ is not real}, \quad
  \lambda \le -\frac{\mu \rho}{M \mu + \rho} \text{ if it is}.$$

The condition on $Q$ fails for the Wasserstein payoff, where $\kappa = 0$, and for the Dirac-GAN, where
$\varphi(x) = x$ is 0 on the data: both keep turning. On $\mathcal{N}(0, 1)$ the same $D$ is stable.

Assumes   Exact gradients in continuous time; the linearisation decides if no real part is 0.
Source    [@nagarajan2017, Theorem 3.1]; [@mescheder2018] for the Dirac-GAN.
"""

import numpy as np
import sympy as sp

from gantheory.dynamics import (
    characteristic,
    inside_circle,
    left_half,
    simultaneous,
    trajectory,
    velocity,
)
from gantheory.evidence import in_norm, pointwise
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, always, at_least, at_most, equal, iff

theorem = Theorem(
    label="nagarajan-kolter",
    title=r"$Q$ positive definite, $R$ of full rank: gradient play is locally stable",
    covers=("nagarajan-kolter",),
)

w, y, f, c = sp.symbols("w y f c", real=True)  # parameters, a feature, its slope by y
a, b, d, g, e = sp.symbols("a b d g e", real=True)  # entries of Q and R
s, kappa, h = sp.symbols("s kappa h", positive=True)
mu, M, rho = sp.symbols("mu M rho", positive=True)  # eigenvalues of Q and of R'R
lam, omega, U, V, z = sp.symbols("lambda omega U V z", real=True)
t = sp.Symbol("t")  # an eigenvalue
ONE = sp.Matrix([[-a, b], [-b, 0]])  # one parameter each
TWO = sp.Matrix([[-a, -d, b], [-d, -g, e], [-b, -e, 0]])  # two of D, one of G
DEFINITE = (a > 0) & (a * g - d**2 > 0)


def stable(matrix):
    """The condition that all eigenvalues have negative real parts."""
    return left_half(characteristic(matrix, t))


def derive():
    r"""The Jacobian, then what an eigenvector $(u, v)$ says.

    At $w = 0$ the value does not depend on $y$, so $V_{yy} = 0$. One sample with the feature $f$ adds
    $-2 \kappa f^2$ to $V_{ww}$ and $-s c$ to $V_{wy}$, where $c$ is the slope of its feature by $y$.

    From $\lambda u = -Q u + R v$ and $\lambda v = -R^\top u$ follow, with $\zeta = u^* R v$,
    $\lambda \lVert u \rVert^2 = -u^* Q u + \zeta$ and $\lambda \lVert v \rVert^2 = -\bar{\zeta}$. The
    imaginary parts of both are $\mathrm{Im}\, \zeta$: so $\lVert u \rVert = \lVert v \rVert$ if
    $\lambda$ is not real, and the sum of the real parts is $2\, \mathrm{Re}\, \lambda\, \lVert u
    \rVert^2 = -u^* Q u \le -\mu \lVert u \rVert^2$.

    If $\lambda$ is real and above $-\mu$, then $Q + \lambda$ is positive definite, $u = (Q +
    \lambda)^{-1} R v$ with $v \ne 0$, and $R^\top (Q + \lambda)^{-1} R v = -\lambda v$. Hence $-\lambda
    \ge \rho/(M + \lambda)$, so that $\lambda \le -\rho/M$. The bound is above both $-\mu$ and
    $-\rho/M$.

    For one parameter each, and for two of $D$ and one of $G$, all is decided without eigenvectors.
    """
    value = payoff(w * f) + payoff(-w * (f + c * y))
    moves = velocity(-value, value, [w], [y])
    for name, i, by, entry in (("w by w", 0, w, -2 * kappa * f**2), ("w by y", 0, y, -s * c)):
        yield equal(f"J, {name}", at_rest(sp.Derivative(moves[i], by)), entry)
    yield equal("J, y by w", at_rest(sp.Derivative(moves[1], w)), s * c)
    yield equal("J, y by y", at_rest(sp.Derivative(moves[1], y)), 0)
    yield iff("one parameter each", (a > 0) & sp.Ne(b, 0), stable(ONE))
    full = sp.Ne(b, 0) | sp.Ne(e, 0)
    yield always("two of D", DEFINITE & full, stable(TWO), label="nagarajan-kolter")
    same = sp.Eq(omega * U, z) & sp.Eq(omega * V, z) & sp.Ne(omega, 0)
    yield always("not real: u and v are as long", same, sp.Eq(U, V))
    parts = (lam * (U + V) <= -mu * U) & sp.Eq(U, V) & (U > 0)
    yield always("not real: the rate", parts, lam <= -mu / 2)
    square = (t + a / 2) ** 2 + b**2 - a**2 / 4
    yield equal("one parameter each: reached", characteristic(ONE, t).as_expr(), square)
    real = (lam > -mu) & (mu <= M) & (-lam * (M + lam) >= rho)
    yield always("real and above -μ", real, lam * M <= -rho)
    bound = -mu * rho / (M * mu + rho)
    yield always("the bound is above -μ", True, -mu <= bound)
    yield always("the bound is above -ρ/M", True, -rho / M <= bound)


def check():
    r"""Eigenvalues of 2000 random matrices, and two games.

    $D$ has 1 to 5 parameters, $G$ not more, and $Q$ and $R$ are of all sizes. At no matrix is an
    eigenvalue beyond its bound; within $10^{-4}$ of the real line the larger bound counts. Then the
    logistic and the Wasserstein payoff on $\mathcal{N}(0, 1)$ with the features $(x, 1)$: the largest
    real part is $-\tfrac14$, and a flow that does not come nearer.
    """
    yield equal("not real: within the bound", within(False, 3), MATRICES)
    yield equal("real: within the bound", within(True, 3), MATRICES)
    yield equal("logistic payoff on N(0, 1): the largest real part", rightmost(0.25), -1 / sp.S(4))
    yield at_most("logistic payoff: after time 40", left_after(0.25), sp.Rational(1, 1000))
    yield equal("Wasserstein payoff: after time 40", left_after(0.0), 1)


def search(seed):
    r"""Drawn games on four points: the field itself, differentiated at the equilibrium.

    The data are drawn, $\varphi(x)$ is $(x, x^2)$ at drawn points, and $y$ moves the model in two
    directions. An eigenvalue to the right of the larger bound, with $\mu$, $M$ and $\rho$ from the
    formulas for $Q$ and $R$, would refute.
    """
    weights = strategies.simplices(8)
    yield survives("games on four points", to_the_left, weights, seed=seed, examples=110)


def refute():
    r"""Six beliefs.

    That a concave $D$ is enough, with $Q$ only semidefinite: then $R$ may act where $Q$ does not. That
    the Wasserstein payoff is stable as it has gradients everywhere. That more parameters of $G$ do no
    harm: they leave directions that $D$ does not see, with the eigenvalue 0. That $Q$ sets the rate:
    where play turns it is half of $Q$, and where it does not it may be slower than any share of it. And
    that what is stable in continuous time is so for steps of size 1.
    """
    semidefinite = (a >= 0) & (g >= 0) & (a * g - d**2 >= 0) & (sp.Ne(b, 0) | sp.Ne(e, 0))
    yield always("Q semidefinite", semidefinite, stable(TWO))
    yield always("Wasserstein payoff", sp.Ne(b, 0), stable(ONE.subs(a, 0)))
    wide = sp.Matrix([[-a, b, e], [-b, 0, 0], [-e, 0, 0]])
    yield always("two parameters of G, one of D", (a > 0) & sp.Ne(b, 0) & sp.Ne(e, 0), stable(wide))
    turning = (a > 0) & (4 * b**2 > a**2)
    faster = stable(ONE + 3 * a / 4 * sp.eye(2))
    yield always("turning: faster than 3/4 of Q", turning, faster)
    creeping = (a > 0) & sp.Ne(b, 0) & (4 * b**2 < a**2)
    yield always("real: faster than 1/4 of Q", creeping, stable(ONE + a / 4 * sp.eye(2)))
    steps = inside_circle(characteristic(simultaneous(ONE, 1), t))
    yield always("steps of size 1", stable(ONE), steps)


def figure():
    r"""Left: eigenvalues of 250 random $J$ with $\mu = 1$. Right: play with and without $Q$.

    Those that are not real lie to the left of $-\tfrac12$; real ones may come nearer to 0. With one
    parameter each, the logistic payoff spirals in on $\mathcal{N}(0, 1)$, and the Wasserstein payoff
    turns on a circle.
    """
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots(1, 2, figsize=(9.0, 3.8))
    two_panels(*axes)
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

MATRICES = 2000
WAYS = np.array([[1.0, 0.0], [-1.0, 1.0], [0.0, -2.0], [0.0, 1.0]])  # of y, with the sum 0


def payoff(x):
    """The payoff to second order, without its constant."""
    return s * x - kappa * x**2 / 2


def at_rest(x):
    """The value at the equilibrium."""
    return sp.Subs(x, (w, y), (0, 0))


def drawn(draw):
    """A random Q and R: up to 5 parameters of D, and not more of G."""
    of_d = draw.integers(1, 6)
    of_g = draw.integers(1, of_d + 1)
    root = draw.normal(size=(of_d, of_d)) * 10 ** draw.uniform(-1, 1)
    return root @ root.T + 0.01 * np.eye(of_d), draw.normal(size=(of_d, of_g))


def jacobian(Q, R):
    """J."""
    return np.block([[-Q, R], [-R.T, np.zeros((R.shape[1], R.shape[1]))]])


@pointwise
def within(real, seed):
    """For how many matrices no eigenvalue of that kind is beyond its bound."""
    draw, found = np.random.default_rng(seed), 0
    for _ in range(MATRICES):
        Q, R = drawn(draw)
        values = np.linalg.eigvals(jacobian(Q, R))
        low, high = np.linalg.eigvalsh(Q)[[0, -1]]
        least = np.linalg.eigvalsh(R.T @ R)[0]
        slow = -low * least / (high * low + least)
        bound = max(slow, -low / 2) if real else -low / 2
        kind = (np.abs(values.imag) < 1e-4) == real
        found += bool(np.all(values.real[kind] <= bound + 1e-7 * (1 + high)))
    return found


def field_at_rest(shares, features):
    """J of the logistic game on points of these shares, by a complex step of the field."""
    columns = []
    for at in 1e-30j * np.eye(4):
        logit, model = features @ at[:2], shares + WAYS @ at[2:]
        real, fake = shares * (1 - np.tanh(logit / 2)) / 2, model * (1 + np.tanh(logit / 2)) / 2
        moves = [features.T @ (real - fake), WAYS.T @ np.log1p(np.exp(logit))]
        columns.append(np.concatenate(moves).imag * 1e30)
    return np.array(columns).T


@in_norm(roundings=1_000_000)
def over_the_bound(shares, features):
    """The largest real part of an eigenvalue, over the larger of the two bounds; both are negative."""
    Q, R = features.T @ (shares[:, None] * features) / 2, features.T @ WAYS / 2
    low, high = np.linalg.eigvalsh(Q)
    least = np.linalg.eigvalsh(R.T @ R)[0]
    bound = max(-low / 2, -low * least / (high * low + least))
    return np.max(np.linalg.eigvals(field_at_rest(shares, features)).real) / bound


def to_the_left(w):
    """The claim for drawn shares and points."""
    places = np.array([-1.5, -0.4, 0.6, 2.0]) + w[4:]
    features = np.stack([places, places**2], axis=1)
    return at_least("rightmost", over_the_bound((w[:4] + 0.05) / np.sum(w[:4] + 0.05), features), 1)


def gaussian(curvature, slope=0.5):
    """J for N(0, 1) and N(y, 1) with the features (x, 1)."""
    return jacobian(2 * curvature * np.eye(2), np.array([[-slope], [0.0]]))


@in_norm
def rightmost(curvature):
    """The largest real part of an eigenvalue."""
    return np.max(np.linalg.eigvals(gaussian(curvature)).real)


@in_norm(roundings=1_000_000)
def left_after(curvature, time=40, steps=4000):
    """The distance after the time, from (0.6, 0, 0.8), by exact steps of the linear flow."""
    J = gaussian(curvature)
    values, vectors = np.linalg.eig(J)
    step = (vectors * np.exp(values * time / steps)) @ np.linalg.inv(vectors)
    return np.linalg.norm(trajectory(step.real, (0.6, 0.0, 0.8), steps)[-1])


def two_panels(left, right):
    """Draw eigenvalues, and two trajectories."""
    draw, values = np.random.default_rng(1), []
    for _ in range(250):
        Q, R = drawn(draw)
        low = np.linalg.eigvalsh(Q)[0]
        values.append(np.linalg.eigvals(jacobian(Q, R) / low))
    values = np.concatenate(values)
    real = np.abs(values.imag) < 1e-9
    left.plot(values.real[real], values.imag[real], "x", color="C0", ms=4)
    left.plot(values.real[~real], values.imag[~real], ".", color="C2", ms=3)
    left.axvline(-0.5, color="C5", linestyle="--", linewidth=1)
    left.set(title=r"Eigenvalues of $J/\mu$", xlim=(-6, 0.3), ylim=(-12, 12), yticks=(-10, 0, 10))
    left.set(xlabel="real part", xticks=(-6, -4, -2, -0.5, 0), ylabel="imaginary part")
    for kappa_, color in ((0.25, "C2"), (0.0, "C3")):
        J = np.array([[-2 * kappa_, -0.5], [0.5, 0.0]])
        line, step = np.array([0.0, 1.0]), np.eye(2) + 0.01 * J + 0.00005 * J @ J
        path = trajectory(step, line, 2500)
        right.plot(path[:, 1], path[:, 0], color=color)
    right.text(-0.2, 0.15, "logistic", color="C2")
    right.text(0.75, 0.85, "Wasserstein", color="C3")
    right.set(title="Play from $y=1$, $w=0$", xlabel="model $y$", ylabel="discriminator $w$")
    right.set(xticks=(-1, 0, 1), yticks=(-1, 0, 1), xlim=(-1.4, 1.6), ylim=(-1.3, 1.3))
