r"""The density of $G(z)$ adds up all branches of the inverse.

Statement
---------
Let $z$ have density $p_z$ on the line, and let $G$ be smooth and strictly monotone on each of
finitely many pieces, with $G' \ne 0$ there. Then $G(z)$ has the density

$$q(x) = \sum_{z:\, G(z) = x} \frac{p_z(z)}{\lvert G'(z) \rvert}.$$

The sum runs over all $z$ with $G(z) = x$. For $z \sim \mathcal{N}(0, 1)$ and $\varphi$ its density,
$\lvert z \rvert$ has the density $2 \varphi(x)$ and $z^2$ has $e^{-x/2}/\sqrt{2 \pi x}$, both on
$x > 0$; the sine of an angle that is uniform on $[-\pi, \pi]$ has the arcsine density
$1/(\pi \sqrt{1 - x^2})$.

Assumes   $G' \ne 0$ almost everywhere. Where $G$ is flat, $G(z)$ has an atom and no density.
Source    Change of variables in one dimension; [@goodfellow2014, section 4] for its use, the
          density $p_g$ of $G(z)$.
"""

import math

import numpy as np
import sympy as sp
from scipy.special import ndtr

from gantheory import certified
from gantheory.densities import Exponential, Normal, Pushforward, Uniform, maps
from gantheory.divergences import js_divergence, kl_divergence, wasserstein_1
from gantheory.evidence import summed
from gantheory.game import virtual_training_criterion
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, equal

theorem = Theorem(
    label="pushforward-densities",
    title=r"$q(x) = \sum_{G(z) = x} p_z(z)/\lvert G'(z) \rvert$",
    uses=("lotus-pushforward",),
    covers=("pushforward-densities", "one-branch-is-not-all", "density-is-no-measure"),
    errata=(
        "[@annotated2017] calls a density the measure that a random variable induces: a density may be "
        "changed at a point, and the measure stays.",
        "[@annotated2017] calls every change of variables for $G$ incorrect: incorrect is only to "
        "take a single branch of the inverse.",
    ),
)

x = sp.Symbol("x", positive=True)  # a value of G(z)
t, mu = sp.symbols("t mu", real=True)  # an angle, and the mean of noise N(μ, 1)
HALF = sp.Rational(1, 2)
GAUSSIAN = sp.exp(-(x**2) / 2) / sp.sqrt(2 * sp.pi)  # φ(x); it is even, so φ(-x) is the same
ROOT = GAUSSIAN.subs(x, sp.sqrt(x))  # φ(√x)
FOLDED = sp.log(2) - sp.Rational(3, 2) * sp.log(3)  # C of N(0, 1) and |z|


def derive():
    r"""Differentiate the distribution function of $G(z)$.

    On each piece $G$ has an inverse, and the event $G(z) \le x$ is a union of intervals whose ends
    move with $x$. Each end $z$ moves with speed $1/\lvert G'(z) \rvert$ and adds
    $p_z(z)/\lvert G'(z) \rvert$ to the derivative. So every $z$ with $G(z) = x$ adds a term.

    Three examples. $P(z^2 \le x) = \mathrm{erf}(\sqrt{x/2})$ and $P(\lvert z \rvert \le x) =
    \mathrm{erf}(x/\sqrt{2})$; the derivatives are sums over $z = \pm\sqrt{x}$ and $z = \pm x$.
    """
    distribution = sp.erf(sp.sqrt(x / 2))
    branches = ROOT / (2 * sp.sqrt(x)) + ROOT / (2 * sp.sqrt(x))
    label = "pushforward-densities"
    yield equal("z², two branches", sp.Derivative(distribution, x), branches, label=label)
    distribution = sp.erf(x / sp.sqrt(2))
    yield equal("|z|, two branches", sp.Derivative(distribution, x), GAUSSIAN + GAUSSIAN)

    # On a circle, sin z takes each value in (-1, 1) twice, with the slope cos z = ±√(1 - x²). The
    # density of the angle is 1/(2π).
    distribution = HALF + sp.asin(x) / sp.pi
    branches = 2 / (2 * sp.pi * sp.sqrt(1 - x**2))
    yield equal("sin z, two branches", sp.Derivative(distribution, x), branches, where={x: (0, 1)})


def certify():
    r"""Three branches of $z^3 - 3 z$, and two of $\lvert z \rvert$ for noise that is not symmetric.

    For $x = 2 \cos t$ the equation $z^3 - 3 z = x$ has the solutions $z = 2 \cos\frac{t + 2 \pi k}{3}$,
    $k = 0, 1, 2$, and $\lvert G'(z) \rvert\, \mathrm{d}z = 2 \sin t\, \mathrm{d}t$. So the mass of
    $[-1, 1]$ is an integral over $t$ from $\pi/3$ to $2\pi/3$, the same as that of three intervals
    of noise. For $z \sim \mathcal{N}(\mu, 1)$ the branch $z < 0$ of $\lvert z \rvert$ holds more than
    $1/50$ of the mass for every $\mu$ from 0 to 2.
    """
    third = [(t + 2 * sp.pi * k) / 3 for k in range(3)]
    speed = [GAUSSIAN.subs(x, 2 * sp.cos(u)) * sp.Rational(2, 3) * sp.sin(u) for u in third]
    total = speed[0] + speed[1] - speed[2]  # in [π/3, 2π/3], the last sine is negative
    mass = certified.over(sp.Integral(total, (t, sp.pi / 3, 2 * sp.pi / 3)), {})
    ends = [[u.subs(t, sp.pi * at / 3) for at in (2, 1)] for u in third]
    within = [sp.erf(sp.sqrt(2) * sp.cos(b)) - sp.erf(sp.sqrt(2) * sp.cos(a)) for a, b in ends]
    yield equal("z³ - 3z, three branches", mass, (within[0] + within[1] - within[2]) / 2)
    other = sp.Integral(GAUSSIAN.subs(x, x + mu), (x, 0, 9))
    yield at_least("|z|, the second branch", other, sp.Rational(1, 50), where={mu: (0, 2)})


def check():
    r"""Divergences of these densities by quadrature, against closed forms.

    `Pushforward` computes $q$ from the noise and the map by the formula of this page. The
    divergences that it leads to have closed forms, which a lost branch or factor would miss by far.
    $\gamma$ is Euler's constant. The densities of $z^2$ and of the sine have poles, so the
    quadrature is tested too.
    """
    gamma = sp.EulerGamma
    yield equal("C of N(0, 1) and |z|", virtual_training_criterion(NOISE, ABSOLUTE), FOLDED)
    closed = (sp.log(2 * sp.pi) - 1 - gamma) / 2
    yield equal("KL of Exp(1) from z²", kl_divergence(Exponential(1), SQUARE), closed)
    found = js_divergence(Uniform(0, 1), Pushforward(maps.square, WIDE))
    closed = (6 * sp.log(2) - sp.Rational(9, 2) * sp.log(3) + 1) / 4
    yield equal("JSD of U[0, 1] and the square of U[-1, 1]", found, closed)
    yield equal("KL of sin z from U[-1, 1]", kl_divergence(SINE, WIDE), sp.log(4 / sp.pi))
    yield equal("KL of U[-1, 1] from sin z", kl_divergence(WIDE, SINE), sp.log(sp.pi) - 1)
    yield equal("W_1 of sin z and U[-1, 1]", wasserstein_1(WIDE, SINE), 2 / sp.pi - HALF)


def search(seed):
    r"""Cubic generators, three branches each, with noise of any mean and width.

    $G(z) = z^3 - 3 a^2 z$ and noise $\mathcal{N}(m, s^2)$ are drawn, with an interval between the two
    turning values. The density of this page is integrated over the interval, and the three intervals
    of noise that $G$ sends there are measured by the distribution function. One generator for which
    the masses differ would refute the formula.
    """
    drawn = strategies.simplices(4)
    yield survives("the mass of an interval", mass_by_branches, drawn, seed=seed, examples=120)


def refute():
    r"""A branch or a factor is lost.

    The formula for one-to-one maps is learned first, and $x = z$ is the only inverse of
    $\lvert z \rvert$ that one thinks of on $x > 0$. Half of the mass is lost, and $C$ comes out as
    $-\log 2$. Without $1/\lvert G' \rvert$ the "density" of $z^2$ has a mass other than 1. And a
    flat piece has no density at all: what is left of $\max(z, 0)$ on $x > 0$ has mass $1/2$. Nor is
    a density the measure itself: at 1 it may be 0, and every integral stays.
    """
    half_line = (x, 0, sp.oo)
    one_branch = sp.Integral(2 * GAUSSIAN * sp.log(HALF), half_line)
    yield equal("|z| by one branch: C", one_branch, FOLDED, label="one-branch-is-not-all")
    yield equal("z² without the factor: the mass", sp.Integral(2 * ROOT, half_line), 1)
    yield equal("ReLU without its atom: the mass", sp.Integral(GAUSSIAN, half_line), 1)
    other = sp.Piecewise((0, sp.Eq(x, 1)), (2 * GAUSSIAN, True))
    at_1 = (one.subs(x, 1) for one in (other, 2 * GAUSSIAN))
    yield equal("one measure, one density, at 1", *at_1, label="density-is-no-measure")


def figure():
    r"""A generator that folds the noise, and one that flattens it.

    Left: the density of $\lvert z \rvert$, from both branches and from one. Right: the distribution
    function of $\max(z, 0)$, which jumps to $1/2$ at 0, because all $z \le 0$ are sent there.
    """
    from matplotlib import pyplot as plt

    fig, (left, right) = plt.subplots(1, 2, figsize=(8.0, 3.4))
    at = np.linspace(0, 3.2, 200)
    gaussian = np.exp(-(at**2) / 2) / math.sqrt(2 * math.pi)
    left.plot(at, 2 * gaussian, color="C0")
    left.plot(at, gaussian, color="C2", linestyle="--")
    left.fill_between(at, 2 * gaussian, color="C0", alpha=0.08, linewidth=0)
    left.annotate("both branches:\n" r"$C=\log 2-\frac{3}{2}\log 3$", (1.05, 0.5), color="C0")
    left.annotate("one branch:\n" r"$C=-\log 2$", (0.06, 0.03), color="C2")
    left.set(xlim=(-0.12, 3.2), ylim=(0, 0.86), xticks=range(4), yticks=(0, 0.4, 0.8))
    left.set(title=r"$G(z)=|z|$ folds the noise", xlabel="sample $x$", ylabel="density of $|z|$")
    right.plot([-1, 0], [0, 0], color="C0")
    right.plot([0, 0], [0, 0.5], color="C1", linewidth=3)
    right.plot(at, ndtr(at), color="C0")
    right.annotate("atom: mass ½", (0.1, 0.25), va="center", color="C1")
    right.annotate("density: mass ½", (1.15, 0.8), va="center", color="C0")
    right.set(xlim=(-1, 3.2), ylim=(-0.02, 1.02), xticks=range(-1, 4), yticks=(0, 0.5, 1))
    right.set(title=r"$G(z)=\max(z,0)$ has no density", xlabel="sample $x$")
    right.set_ylabel(r"share of samples up to $x$")
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

NOISE, WIDE = Normal(0, 1), Uniform(-1, 1)
SQUARE, ABSOLUTE = Pushforward(maps.square, NOISE), Pushforward(maps.absolute, NOISE)
SINE = Pushforward(maps.sine, Uniform(-math.pi, math.pi))


NODES = np.polynomial.legendre.leggauss(12)


def mass_by_branches(shares):
    """1 + the mass of an interval; the first share moves the noise, the others are sizes."""
    given = 4 * shares[0] - 1, 0.5 + shares[1], 0.5 + shares[2], shares[3] / 4
    return equal("1 + mass", 1 + integrated(*given), 1 + measured(*given))


def solutions(a, at):
    """All z with z³ - 3 a² z = 2 a³ at, shape (3, n)."""
    return 2 * a * np.cos((np.arccos(at) + 2 * math.pi * np.arange(3)[:, None]) / 3)


@summed(roundings=4096)
def integrated(m, s, a, end):
    """Σ p(z)/|G'(z)| over the branches, by Gauss and Legendre from -a³/2 to 2 a³ end."""
    nodes, weights = NODES
    half = (end + 0.25) / 2
    z = solutions(a, half * (nodes + 1) - 0.25)
    density = np.exp(-(((z - m) / s) ** 2) / 2) / (math.sqrt(2 * math.pi) * s)
    return 2 * a**3 * half * weights * density / np.abs(3 * z**2 - 3 * a**2)


@summed
def measured(m, s, a, end):
    """The noise between the solutions for both ends."""
    z = solutions(a, np.array([-0.25, end]))
    return np.abs(np.diff(ndtr((z - m) / s), axis=1))
