r"""On the Dirac-GAN, which regularisers and which steps lead to the equilibrium: the exact regions.

Statement
---------
The data are the point 0, the generator is the point $\theta$, and the discriminator has the logit
$D(x) = \psi x$. With a concave payoff $\ell$, as $\ell = \log \sigma$, the value is
$V(\theta, \psi) = \ell(0) + \ell(-\theta \psi)$, and the equilibrium is $(0, 0)$. Let
$s = \ell'(0) > 0$ and $\kappa = -\ell''(0) \ge 0$; for $\log \sigma$ these are $\tfrac12$ and
$\tfrac14$, and for the Wasserstein game 1 and 0. Near the equilibrium, with steps of size $h > 0$ for
both players:

- without a regulariser neither simultaneous nor alternating steps converge, for any $h$, with the
  minimax and the non-saturating loss alike; alternating ones stay bounded iff $h s < 2$;
- with R1 or R2, or both, which is $\tfrac{\gamma}{2} \psi^2$ with $\gamma = \gamma_1 + \gamma_2$, the
  flow converges iff $\gamma > 0$, and turns while it does so iff $\gamma < 2s$;
- simultaneous steps do iff $h s^2 < \gamma$ and $2 h \gamma < 4 + h^2 s^2$;
- alternating ones iff $\gamma > 0$ and $2 h \gamma + h^2 s^2 < 4$, whoever is first;
- instance noise of variance $\tau$ is the same as $\gamma = 2 \kappa \tau$;
- consensus with the weight $\gamma$ converges, in simultaneous steps, iff $h (1 + \gamma^2 s^2) <
  2 \gamma$;
- the penalty $\tfrac{\gamma}{2} (\lvert \psi \rvert - 1)^2$ of WGAN-GP drives $\psi$ away from 0 near
  the equilibrium.

Assumes   Exact gradients; R1 and R2 are paid by $D$ alone; on a boundary the linearisation is silent.
Source    [@mescheder2018] for the game and its table of methods; [@mescheder2017] for consensus.
"""

from fractions import Fraction

import numpy as np
import sympy as sp

from gantheory.dynamics import (
    alternating,
    characteristic,
    consensus,
    inside_circle,
    left_half,
    simultaneous,
    spectral_radius,
    trajectory,
    velocity,
)
from gantheory.evidence import in_norm, pointwise
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, always, at_most, equal, iff

theorem = Theorem(
    label="dirac-gan",
    title=r"Dirac-GAN: the exact regions in which R1, R2, noise and consensus converge",
    covers=("dirac-gan", "r1-plus-r2", "dirac-r1-regions", "equilibrium-is-not-reached", "squared"),
    errata=(
        "[@ramasinghe] lets play go on forever unless there is an equilibrium: with one, it may too.",
        r"[@huang2024, Eq. 12] prints $\sqrt{\gamma^2/4 - f'(0)}$: it is $\sqrt{\gamma^2/4 - f'(0)^2}$.",
    ),
)

x, theta, psi, gamma, gamma_2, t = sp.symbols("x theta psi gamma gamma_2 t", real=True)
h, s, tau, kappa = sp.symbols("h s tau kappa", positive=True)
z = sp.Symbol("z")  # an eigenvalue
FIELD = sp.Matrix([[0, s], [-s, 0]])  # of (θ, ψ) at the equilibrium, without a regulariser
PAID = sp.Matrix([[0, s], [-s, -gamma]])  # with the penalty γ ψ²/2
AT_ONCE = (h * s**2 < gamma) & (2 * h * gamma < 4 + h**2 * s**2)
IN_TURNS = (gamma > 0) & (2 * h * gamma + h**2 * s**2 < 4)


def derive():
    r"""The field at the equilibrium, then one polynomial of degree 2 for each row.

    The generator descends $V$, or $-\ell(\theta \psi)$ if it does not saturate, and the discriminator
    ascends $V$. At $(0, 0)$ both games turn with the frequency $s$. Since $\nabla_x D = \psi$
    everywhere, R1 is $\tfrac{\gamma_1}{2} \psi^2$, and so is R2: only the sum of the weights counts. The
    flow $z' = v(z)$ has the polynomial $z (z + \gamma) + s^2$, and converges iff $\gamma > 0$ (Hurwitz).

    A simultaneous step is $I + h J$, an alternating one the product of two shears. Both roots of
    $z^2 + a z + b$ are inside the unit circle iff $1 + a + b > 0$, $1 - a + b > 0$ and $b < 1$. For
    simultaneous steps $b = 1 - h \gamma + h^2 s^2$: the rotation lifts the determinant, and the penalty
    has to make up for it. For alternating ones $b = 1 - h \gamma$, and any $\gamma > 0$ does. So for
    $\gamma \le s$ they converge wherever simultaneous ones do.

    Noise on data and generated points alike adds $-\kappa \tau \psi^2$ to $V$. The penalty of WGAN-GP
    has a kink at $\psi = 0$ and no linearisation there: it drives a small $\psi > 0$ away while
    $\lvert \theta \rvert < \tfrac{\gamma}{2}$.
    """
    for name, losses in GAMES.items():
        of_theta, of_psi = velocity(*losses, [theta], [psi])
        yield equal(f"{name}: ψ moves θ", at_rest(sp.Derivative(of_theta, psi)), HALF)
        yield equal(f"{name}: θ moves ψ", at_rest(sp.Derivative(of_psi, theta)), -HALF)
        friction = sp.Derivative(of_theta, theta) + sp.Derivative(of_psi, psi)
        yield equal(f"{name}: no friction", at_rest(friction), 0)
    slope = sp.Derivative(psi * x, x)
    paid = gamma * slope**2 / 2 + gamma_2 * slope**2 / 2
    yield equal("R1 + R2", paid, (gamma + gamma_2) * psi**2 / 2, label="r1-plus-r2")
    yield iff("nothing paid, at once", contracts(simultaneous(FIELD, h)), False)
    turn = characteristic(alternating(FIELD, h, first=1), z)
    yield iff("nothing paid, in turns", inside_circle(turn), False)
    yield iff("nothing paid, in turns: bounded", turn.discriminant() < 0, h * s < 2)
    flow = characteristic(PAID, z)
    yield equal("R1: the flow", flow.as_expr(), z * (z + gamma) + s**2, label="dirac-gan")
    turns = flow.discriminant() < 0
    yield iff("R1: the flow turns", gamma < 2 * s, turns, where={gamma: (0, sp.oo)})
    at_once, in_turns = contracts(simultaneous(PAID, h)), contracts(alternating(PAID, h, first=1))
    yield iff("R1, at once", AT_ONCE, at_once, label="dirac-r1-regions")
    yield iff("R1, in turns", IN_TURNS, in_turns)
    yield iff("R1, in turns, D first", IN_TURNS, contracts(alternating(EXCHANGED, h, first=1)))
    yield always("R1, γ at most s: in turns if at once", sp.And(at_once, gamma <= s), in_turns)
    yield equal("noise: the friction", noisy_friction(), -2 * kappa * tau)
    region = (h * s**2 < 2 * kappa * tau) & (4 * h * kappa * tau < 4 + h**2 * s**2)
    yield iff("noise, at once", region, at_once.subs(gamma, 2 * kappa * tau))
    both = consensus(FIELD, gamma)
    yield iff("consensus: the flow", gamma > 0, left_half(characteristic(both, z)))
    pulled = contracts(simultaneous(both, h))
    yield iff("consensus, at once", h * (1 + gamma**2 * s**2) < 2 * gamma, pulled)
    near = (psi > 0) & (4 * psi < 1) & (4 * theta**2 < gamma**2) & (gamma > 0)
    yield always("WGAN-GP: ψ moves away from 0", near, -theta - gamma * (psi - 1) > 0)


def check():
    r"""The regions against eigenvalues, and the game itself with its logarithms.

    At 4000 points $(h, \gamma, s)$, half of them within a thousandth of a boundary, the largest modulus
    of an eigenvalue is below 1 iff the point is in the region. Then the logistic game is run for 4000
    steps from nearby, for 60 pairs $(h, \gamma)$ inside the region and 60 outside, at least 10 % away
    from its boundary. Inside, every run comes ten times nearer; outside, all go ten times as far.
    """
    for order in DECIDED:
        yield equal(f"{order}: eigenvalues", agreeing(order, 12), POINTS)
        yield at_most(f"{order}: runs inside", runs(order, True), Fraction(1, 10))
        yield at_most(f"{order}: runs outside", 10, runs(order, False))


def search(seed):
    r"""Drawn payoffs $\ell$, sums of $\log \sigma(t)$, $t - \sqrt{1 + t^2}$ and $t$, and drawn weights.

    The largest step is $4/(\gamma + \sqrt{\gamma^2 + 4 s^2})$ in turns, and at once $\gamma/s^2$ or, for
    $\gamma > 2s$, $4/(\gamma + \sqrt{\gamma^2 - 4 s^2})$. The step of the game is differentiated at 0: a
    modulus of 1 or more with $h$ one per cent below would refute, and none above 1 with more.
    """
    weights = strategies.simplices(5)
    yield survives("the largest step", largest_step, weights, seed=seed, examples=115)


def refute():
    r"""Seven things that are believed.

    That a penalty stabilises play, whatever its weight: at $h = \tfrac{1}{10}$ simultaneous steps need
    $\gamma > \tfrac{1}{10} s^2$. That more of it is safer: it makes the discriminator overshoot. That
    alternating is always the safer order: for large $\gamma$ and $h$ it is not. That alternating play
    needs no penalty as long as $h$ is small. That an equilibrium ends the play. That the critical weight
    is $s$ in place of $2s$. And [@huang2024] prints $s$ in place of $s^2$ under the root.
    """
    at_once, in_turns = contracts(simultaneous(PAID, h)), contracts(alternating(PAID, h, first=1))
    tenth = contracts(simultaneous(PAID, sp.Rational(1, 10)))
    yield always("any penalty is enough for steps of 1/10", gamma > 0, tenth)
    heavier = contracts(simultaneous(PAID.subs(gamma, gamma_2), h))
    yield always("a larger penalty is as safe", sp.And(at_once, gamma_2 > gamma), heavier)
    yield always("alternating steps are as safe as simultaneous ones", at_once, in_turns)
    yield iff("in turns, without γ > 0", 2 * h * gamma + h**2 * s**2 < 4, in_turns)
    ends, text = contracts(simultaneous(FIELD, h)), "play ends, as there is an equilibrium"
    yield always(text, h > 0, ends, label="equilibrium-is-not-reached")
    turns, above = characteristic(PAID, z).discriminant() < 0, {gamma: (0, sp.oo)}
    yield iff("the flow turns below γ = s", gamma < s, turns, where=above)
    printed = -gamma / 2 + sp.sqrt(gamma**2 / 4 - s)
    there = characteristic(PAID, z).as_expr().subs(z, printed)
    yield equal("the eigenvalue as printed", there, 0, where=above, label="squared")


def figure():
    r"""The logistic game, $s = \tfrac12$, with the penalty $\tfrac{\gamma}{2} \psi^2$: runs and regions.

    The shaded regions are those that are decided. A dot is a run of 2000 steps that came ten times
    nearer to the equilibrium, a cross one that did not. Both orders fail if the penalty is large.
    """
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots(1, 2, figsize=(9.0, 3.8), sharey=True)
    runs_over_regions(axes)
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

POINTS, START, HALF = 4000, 1e-3, sp.Rational(1, 2)
PRODUCT = theta * psi
GAMES = {  # what each player descends
    "minimax": (-sp.log(1 + sp.exp(PRODUCT)), sp.log(1 + sp.exp(PRODUCT))),
    "non-saturating": (sp.log(1 + sp.exp(-PRODUCT)), sp.log(1 + sp.exp(PRODUCT))),
}
EXCHANGED = sp.Matrix([[-gamma, -s], [s, 0]])  # of (ψ, θ)
DECIDED = {"at once": AT_ONCE, "in turns": IN_TURNS}
REGIONS = {order: sp.lambdify((h, gamma, s), region) for order, region in DECIDED.items()}
MATRICES = {
    "at once": sp.lambdify((h, gamma, s), simultaneous(PAID, h)),
    "in turns": sp.lambdify((h, gamma, s), alternating(PAID, h, first=1)),
}


def contracts(step):
    """The condition that all eigenvalues of the step's matrix lie inside the unit circle."""
    return inside_circle(characteristic(step, z))


def at_rest(x):
    """The value at the equilibrium."""
    return sp.Subs(x, (theta, psi), (0, 0))


def noisy_friction():
    """What noise of variance τ adds to the derivative of the discriminator's move by ψ."""
    payoff = s * t - kappa * t**2 / 2
    value = sp.expand(payoff.subs(t, psi * t) + payoff.subs(t, -psi * (theta + t)))
    mean = value.coeff(t, 0) + tau * value.coeff(t, 2)  # the mean of t is 0, of t² it is τ
    return sp.Derivative(mean.subs(theta, 0), psi, 2)


def slope(t, a=1, b=0, c=0):
    """ℓ'(-t) for the payoff a log σ(t) + b (t - √(1 + t²)) + c t."""
    return a * (1 + np.tanh(t / 2)) / 2 + b * (1 + t / np.sqrt(1 + t**2)) + c


def step_of(order, h, weight, payoff=(1, 0, 0)):
    """A step of the game, the logistic one if nothing is said."""

    def step(point):
        ahead, psi = point
        ahead = ahead + h * psi * slope(ahead * psi, *payoff)
        seen = ahead if order == "in turns" else point[0]
        return np.array([ahead, psi - h * (seen * slope(seen * psi, *payoff) + weight * psi)])

    return step


def distance(order, h, weight, count):
    """By how much so many steps change the distance to the equilibrium, within a wall at 1e6."""
    start, step = np.full((2, *np.shape(h)), START), step_of(order, h, weight)
    path = trajectory(lambda point: np.clip(step(point), -1e6, 1e6), start, count)
    return np.hypot(*path[-1]) / np.hypot(*start)


@in_norm(roundings=1_000_000)
def moduli(payoff, weight):
    """The largest modulus 1 % below the largest step, and its inverse 1 % above, in both orders."""
    s, found = slope(0.0, *payoff), []
    root = np.sqrt(max(weight**2 - 4 * s**2, 0))
    at_once = 4 / (weight + root) if root else weight / s**2
    in_turns = 4 / (weight + np.sqrt(weight**2 + 4 * s**2))
    for order, size in (("at once", at_once), ("in turns", in_turns)):
        for share, power in ((0.99, 1), (1.01, -1)):
            moved = step_of(order, share * size, weight, payoff)(1e-30j * np.eye(2))
            found.append(spectral_radius(moved.imag * 1e30) ** power)
    return np.array(found)


def largest_step(w):
    """The claim for one payoff and the sum of two weights."""
    return at_most("moduli", moduli(0.05 + w[:3], 0.02 + 3 * w[3] + 2 * w[4]), 1)


@pointwise
def agreeing(order, seed):
    """At how many points the eigenvalues are inside the circle iff the point is in the region."""
    points = drawn(seed, POINTS)
    radii = spectral_radius([np.array(MATRICES[order](*point), float) for point in points.T])
    return np.array(np.sum((radii < 1) == REGIONS[order](*points)))


def drawn(seed, count):
    """Points (h, γ, s), every second one near a boundary of either region."""
    draw = np.random.default_rng(seed)
    step, weight, slope = draw.uniform(0.05, 3, (3, count))
    off = 1 + draw.choice([-1, 1], count) * draw.uniform(1e-4, 1e-3, count)
    rotation = step * slope
    edges = [step * slope**2, (4 + rotation**2) / (2 * step), (4 - rotation**2) / (2 * step)]
    near = np.choose(np.arange(count) % 3, edges) * off
    return np.array([step, np.where(np.arange(count) % 2 == 0, near, weight), slope])


@in_norm(roundings=1_000_000)
def runs(order, inside):
    """By how much runs of 4000 steps change the distance, at points that are 10 % inside, or outside."""
    draw, found = np.random.default_rng(4), []
    while len(found) < 60:
        step, weight = draw.uniform((0.4, 0.1), (4, 2))
        around = [REGIONS[order](a * step, b * weight, 0.5) for a in (0.9, 1.1) for b in (0.9, 1.1)]
        if all(one == inside for one in around):
            found.append((step, weight))
    return distance(order, *np.array(found).T, 4000)


def runs_over_regions(axes):
    """Draw for both orders which runs come nearer, over the region that is decided."""
    fine = np.meshgrid(np.linspace(0.01, 4.4, 400), np.linspace(-0.15, 2.2, 400))
    grid = np.array(np.meshgrid(np.linspace(0.15, 4.3, 18), np.linspace(-0.1, 2.15, 16)))
    for axis, order in zip(axes, ("at once", "in turns"), strict=True):
        axis.contourf(*fine, REGIONS[order](*fine, 0.5), [0.5, 2], colors="C2", alpha=0.2)
        near = distance(order, *grid, 2000) < 0.1
        axis.plot(*grid[:, near], ".", color="C2", ms=4)
        axis.plot(*grid[:, ~near], "x", color="C5", ms=4)
        axis.set(title=f"both move {order}", xlabel="step $h$", xticks=(0, 2, 4), yticks=(0, 1, 2))
    axes[0].set(ylabel=r"weight $\gamma$ of the penalty")
