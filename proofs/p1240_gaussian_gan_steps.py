r"""The Gaussian GAN in steps: the exact sizes and penalties with which play contracts.

Statement
---------
The data are $\mathcal{N}(0, 1)$, the model $\mathcal{N}(\theta, 1)$, and $D$ has the logit $w x + b$,
for which R1 and R2 together are $\tfrac{\gamma}{2} w^2$. Next to the equilibrium $\theta = w = b = 0$
the minimax and the non-saturating game have one and the same field. With $k = \tfrac12 + \gamma$ and
steps of size $h > 0$ for both players:

- the flow has the polynomial $(z + \tfrac12)(z^2 + k z + \tfrac14)$. It converges iff
  $\gamma > -\tfrac12$, so without a penalty too, and turns while it does so iff $\gamma < \tfrac12$;
- simultaneous steps converge iff $h < 4 k$ and $2 h k < 4 + \tfrac14 h^2$;
- alternating ones iff $k > 0$ and $2 h k + \tfrac14 h^2 < 4$.

Without a penalty that is $h < 2$ at once and $h < 2 (\sqrt5 - 1)$ in turns; as long as $3 k^2 \le 1$
alternating steps converge wherever simultaneous ones do. A model that has a density
pays no price for the rotation: on the Dirac-GAN no step is small enough without a penalty.

Assumes   Exact gradients; the penalty is paid by $D$ alone; on a boundary the linearisation is silent.
Source    [@mescheder2018] for penalties, [@nagarajan2017] for stability; the regions are derived here.
"""

import numpy as np
import sympy as sp

from gantheory.dynamics import (
    alternating,
    characteristic,
    inside_circle,
    left_half,
    simultaneous,
    spectral_radius,
)
from gantheory.evidence import in_norm, pointwise
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, always, at_most, equal, iff

theorem = Theorem(
    label="gaussian-gan-steps",
    title=r"Gaussian GAN: steps contract iff $h < 4k$ and $2hk < 4 + h^2/4$, $k = \tfrac12 + \gamma$",
    uses=("gaussian-gan", "dirac-gan"),
)

a, theta, w, b, gamma, x = sp.symbols("a theta w b gamma x", real=True)
h = sp.Symbol("h", positive=True)  # the step
k = sp.Symbol("k", real=True)  # 1/2 + γ
z = sp.Symbol("z")  # an eigenvalue
HALF = sp.Rational(1, 2)
SPRING = sp.Matrix([[0, HALF], [-HALF, -k]])  # of (θ, w); b has -1/2 alone
AT_ONCE = (h < 4 * k) & (2 * h * k < 4 + h**2 / 4)
IN_TURNS = (k > 0) & (2 * h * k + h**2 / 4 < 4)
OF_GAMMA = {k: HALF + gamma}


def derive():
    r"""Slopes at $D = \tfrac12$, then one polynomial of degree 2.

    Either generator's loss has the slope $-\tfrac12$ in the logit at $D = \tfrac12$, so that
    $\theta' = \tfrac12 w$ for both. $D$'s share of the field is that of `gaussian-gan`, and the penalty
    adds $-\gamma w$. The shift $b$ stands alone, with the factor $1 - \tfrac12 h$ in a step.

    A simultaneous step has the polynomial $z^2 - (2 - h k) z + 1 - h k + \tfrac14 h^2$, an alternating
    one $z^2 - (2 - h k - \tfrac14 h^2) z + 1 - h k$; both roots are inside the circle under Jury's three
    conditions. Where they hold, $h < 4$, and $b$ contracts as well: from $\tfrac14 h < k$ follows
    $\tfrac12 h^2 < 2 h k < 4 + \tfrac14 h^2$.
    """
    for name, loss in (("minimax", LOSS), ("non-saturating", -sp.log(1 / (1 + sp.exp(-a))))):
        yield equal(f"{name}: the slope at D = 1/2", sp.Subs(sp.Derivative(loss, a), a, 0), -HALF)
    slope = sp.Derivative(w * x + b, x)
    yield equal("R1 + R2", sp.Derivative(gamma * slope**2 / 2, w), gamma * w)
    flow = characteristic(SPRING, z)
    yield equal("the flow", flow.as_expr(), z * (z + k) + sp.Rational(1, 4))
    yield iff("the flow converges", gamma > -HALF, left_half(flow).subs(OF_GAMMA))
    turns = flow.discriminant().subs(OF_GAMMA) < 0
    yield iff("it turns", gamma < HALF, turns, where={gamma: (0, sp.oo)})
    at_once, in_turns = contraction(simultaneous(SPRING, h)), contraction(turned())
    yield iff("at once", AT_ONCE, at_once)
    yield iff("in turns", IN_TURNS, in_turns)
    yield always("at once: b contracts, too", AT_ONCE, h < 4)
    yield always("in turns: b contracts, too", IN_TURNS, h < 4)
    yield iff("no penalty, at once", h < 2, at_once.subs(k, HALF))
    yield iff("no penalty, in turns", h**2 + 4 * h < 16, in_turns.subs(k, HALF))
    yield always("in turns wherever at once, 3 k² at most 1", AT_ONCE & (3 * k**2 <= 1), in_turns)


def check():
    r"""The regions against eigenvalues of the matrices of order 3.

    At 4000 points $(h, k)$, half of them within a thousandth of a boundary, the largest modulus of an
    eigenvalue is below 1 iff the point is in the region.
    """
    for order in MATRICES:
        yield equal(f"{order}: eigenvalues", points_that_agree(order, 7), POINTS)


def search(seed):
    r"""The largest step for drawn weights, by steps of the game, which are differentiated at 0.

    It is $4/(k + \sqrt{k^2 + 1})$ in turns, and at once $4 k$ or, for $k > 1$, $4/(k + \sqrt{k^2 - 1})$.
    A modulus of 1 or more one per cent below would refute, and none above 1 with more.
    """
    drawn = strategies.simplices(4)
    yield survives("the largest step", with_weight, drawn, seed=seed, examples=125)


def refute():
    r"""What one carries over from other games.

    That, as on the Dirac-GAN, no step converges without a penalty; that a small step is always small
    enough, whatever the penalty; that alternating play allows larger steps for every penalty; that the
    critical weight is 1, as it is there; and that $h < 4$, which $b$ needs, is all.
    """
    at_once, in_turns = contraction(simultaneous(SPRING, h)), contraction(turned())
    yield iff("no penalty, no convergence", at_once.subs(k, HALF), False)
    tenth = at_once.subs(h, sp.Rational(1, 10))
    yield always("steps of 1/10, any penalty", k > HALF, tenth)
    yield always("in turns wherever at once", AT_ONCE, in_turns)
    turns = characteristic(SPRING, z).discriminant().subs(OF_GAMMA) < 0
    yield iff("it turns below γ = 1", gamma < 1, turns, where={gamma: (0, sp.oo)})
    yield always("h < 4 is enough", (h < 4) & (k > HALF), at_once)


def figure():
    r"""The two regions; lines are where the largest eigenvalue has the modulus 0.8.

    In turns the step may be larger where the penalty is small. The best penalty is not 0, nor large.
    """
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots(1, 2, figsize=(9.0, 3.8), sharey=True)
    fine = np.meshgrid(np.linspace(0, 4.4, 800), np.linspace(0, 3, 600))
    steps, weights = np.meshgrid(np.linspace(0.05, 4.4, 120), np.linspace(0, 3, 100))
    for axis, (order, region) in zip(axes, REGIONS.items(), strict=True):
        axis.contourf(*fine, region(fine[0], 0.5 + fine[1]), [0.5, 2], colors="C2", alpha=0.25)
        radii = spectral_radius(steps_at(order, steps.ravel(), 0.5 + weights.ravel()))
        axis.contour(steps, weights, radii.reshape(steps.shape), [0.8], colors="C4")
        axis.set(
            title=f"both move {order}", xlabel="step $h$", xticks=(0, 2, 4), yticks=(0, 1, 2, 3)
        )
    axes[0].set(ylabel=r"weight $\gamma$ of the penalty")
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

POINTS = 4000
NODES, MASSES = np.polynomial.hermite_e.hermegauss(8)
NODES, MASSES = NODES[:, None], MASSES / np.sum(MASSES)
LOSS = sp.log(1 - 1 / (1 + sp.exp(-a)))
REGIONS = {"at once": sp.lambdify((h, k), AT_ONCE), "in turns": sp.lambdify((h, k), IN_TURNS)}


def contraction(step):
    """The condition that both eigenvalues of a step of (θ, w) lie inside the unit circle."""
    return inside_circle(characteristic(step, z))


def turned():
    """A step of θ, and then one of w."""
    return alternating(SPRING, h, first=1)


MATRICES = {
    "at once": sp.lambdify((h, k), simultaneous(SPRING, h)),
    "in turns": sp.lambdify((h, k), turned()),
}


def steps_at(order, steps, friction):
    """Matrices of order 3, of (θ, w, b)."""
    found = np.zeros((len(steps), 3, 3))
    for one, step, slow in zip(found, steps, friction, strict=True):
        one[:2, :2], one[2, 2] = MATRICES[order](step, slow), 1 - step / 2
    return found


@pointwise
def points_that_agree(order, seed):
    """At how many points the eigenvalues are inside the circle iff the point is in the region."""
    draw, count = np.random.default_rng(seed), np.arange(POINTS)
    step, friction = draw.uniform(0.05, 4.5, POINTS), draw.uniform(-0.5, 4, POINTS)
    edges = [step / 4, (4 + step**2 / 4) / (2 * step), (4 - step**2 / 4) / (2 * step)]
    off = 1 + draw.choice([-1, 1], POINTS) * draw.uniform(1e-4, 1e-3, POINTS)
    friction = np.where(count % 2 == 0, np.choose(count % 3, edges) * off, friction)
    inside = spectral_radius(steps_at(order, step, friction)) < 1
    return np.array(np.sum(inside == REGIONS[order](step, friction)))


def moved(order, h, weight, saturating, at):
    """A step of (θ, w, b) in the game, from several points at once."""
    theta, w, b = at
    of_model = output(NODES + theta, w, b)
    ahead = theta + h * w * (MASSES @ (of_model if saturating else 1 - of_model))
    seen = NODES + (ahead if order == "in turns" else theta)
    real, fake = 1 - output(NODES, w, b), output(seen, w, b)
    of_w = MASSES @ (real * NODES - fake * seen) - weight * w
    return np.array([ahead, w + h * of_w, b + h * (MASSES @ (real - fake))])


def output(at, w, b):
    """σ(w x + b)."""
    return (1 + np.tanh((w * at + b) / 2)) / 2


@in_norm(roundings=1_000_000)
def moduli(weight, saturating):
    """The largest modulus 1 % below the largest step, and its inverse 1 % above, in both orders."""
    k, found = 0.5 + weight, []
    at_once = 4 / (k + np.sqrt(k**2 - 1)) if k > 1 else 4 * k
    for order, size in (("at once", at_once), ("in turns", 4 / (k + np.sqrt(k**2 + 1)))):
        for share, power in ((0.99, 1), (1.01, -1)):
            step = moved(order, share * size, weight, saturating, 1e-30j * np.eye(3))
            found.append(spectral_radius(step.imag * 1e30) ** power)
    return np.array(found)


def with_weight(w):
    """The claim for one weight below 3, and one of the two losses."""
    return at_most("moduli", moduli(2.9 * w[0] + 0.1 * w[3], w[1] > w[2]), 1)
