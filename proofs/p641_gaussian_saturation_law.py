r"""How fast the minimax gradient vanishes for two Gaussians: like $e^{-\mu^2/8}$.

Statement
---------
Let $p = \mathcal{N}(0, 1)$, $q = \mathcal{N}(\mu, 1)$ with $\mu > 0$, and let $D = D^*$,
whose logit has the slope $-\mu$ in $x$. The minimax gradient by $\mu$ is

$$ \frac{\mathrm{d}C}{\mathrm{d}\mu} = \mu \, \mathbb{E}_{x \sim q}[D^*(x)]
   = \mu \int \frac{p q}{p + q} \,\mathrm{d}x = \sqrt{\frac{\pi}{2}} \, e^{-\mu^2/8} \, r(\mu),
   \qquad 1 - \frac{\pi^2}{2 \mu^2} \le r(\mu) \le 1. $$

It rises up to one point, $\mu^* = 1.63625\dots$, the only inflection of $C$, and falls
after it. The non-saturating gradient is $\mu \, \mathbb{E}_{x \sim q}[1 - D^*(x)]$, that is
$\mu$ less the minimax gradient: so it is close to $\mu$ where the other one vanishes.

Assumes   The discriminator is $D^*$ at each $\mu$.
Source    Derived here; [@arjovsky2017principled] for vanishing gradients.
"""

import math
from fractions import Fraction

import numpy as np
import sympy as sp

from gantheory import certified
from gantheory.densities import Normal
from gantheory.evidence import summed
from gantheory.losses import MINIMAX, NON_SATURATING
from gantheory.theorems import Theorem, at_least, at_most, equal, increasing

theorem = Theorem(
    label="gaussian-saturation-law",
    title=r"$\mathrm{d}C/\mathrm{d}\mu \sim \sqrt{\pi/2} \, e^{-\mu^2/8}$ for $\mathcal{N}(\mu, 1)$",
    uses=("envelope-gradient", "ns-gaussian-gradient"),
    covers=("gaussian-saturation-law",),
)

p, q, m = sp.symbols("p q m", positive=True)  # the densities, and the mean of the model
x, u, t = sp.symbols("x u t", real=True)  # a sample; its distance from the midpoint m/2; any number
v = sp.Symbol("v", positive=True)  # |u|
weight = sp.exp(-(u**2) / 2) / sp.sqrt(2 * sp.pi) / (sp.exp(m * u / 2) + sp.exp(-m * u / 2))


def derive():
    r"""Put the origin between the two means, $x = m/2 + u$, with $m$ for $\mu$. Then

    $$ \frac{p q}{p + q} = e^{-m^2/8} \, w(u), \qquad w(u) = \frac{\varphi(u)}{2 \cosh(m u/2)}, $$

    with the standard normal density $\varphi$. The first factor is the rate. For the
    integral of the second, bound $\sqrt{2 \pi} \, \varphi(u) = e^{-u^2/2}$: it lies between
    $1 - u^2/2$ and 1, since $e^t \ge 1 + t$. The function $1/(2 \cosh(m u/2))$ has the
    primitive $(2/m) \arctan e^{m u/2}$, hence the integral $\pi/m$: that gives the upper
    bound. Its second moment is $\pi^3/m^3$, a number that `check` confirms: that gives the
    lower one.
    """
    first, second = (sp.exp(-((x - mean) ** 2) / 2) / sp.sqrt(2 * sp.pi) for mean in (0, m))
    overlap = first * second / (first + second)
    yield equal("the two factors", overlap.subs(x, m / 2 + u), sp.exp(-(m**2) / 8) * weight)
    yield at_least("e^t is at least 1 + t", sp.exp(t), 1 + t)
    kernel = 1 / (sp.exp(m * u / 2) + sp.exp(-m * u / 2))
    primitive = 2 / m * sp.atan(sp.exp(m * u / 2))
    yield equal("a primitive of 1/(2 cosh)", sp.Derivative(primitive, u), kernel)
    yield equal("its limit on the right", sp.Limit(primitive, u, sp.oo), sp.pi / m)
    yield equal("its limit on the left", 1 + sp.Limit(primitive, u, -sp.oo), 1)
    whole = 2 / m * sp.Integral(1 / (1 + t**2), (t, 0, sp.oo))  # by t = e^(m u/2)
    yield equal("the integral of 1/(2 cosh)", whole, sp.pi / m)
    formula, front = sp.sqrt(sp.pi / 2) * sp.exp(-(m**2) / 8), m * sp.exp(-(m**2) / 8)
    yield equal("the upper bound", front / sp.sqrt(2 * sp.pi) * whole, formula)
    lower = front / sp.sqrt(2 * sp.pi) * (whole - sp.pi**3 / (2 * m**3))
    least = formula * (1 - sp.pi**2 / (2 * m**2))
    yield equal("the lower bound", lower, least, label="gaussian-saturation-law")

    # The gradient has one maximum. The derivative of m e^(-m²/8) w(u) by m is (u² - m²/4)
    # w(u) up to a factor, and up to a derivative by u that integrates to 0. So the gradient
    # rises where E[u²] > m²/4, for u with density proportional to w, and falls where E[u²]
    # < m²/4. Now m²/4 rises with m, from 0. And E[u²] falls: its derivative by m is the
    # covariance of u² with the derivative of log w by m, which is -(u/2) tanh(m u/2). As
    # |u| grows the one rises and the other falls, so the covariance is negative. One
    # function of m rises from 0 and the other falls: they cross once.
    rate = sp.Derivative(front * weight, m)
    turned = (u**2 - m**2 / 4) * weight + sp.Derivative(u * weight, u)
    yield equal("the derivative by m", m * rate, front * turned)
    falling = -u / 2 * sp.tanh(m * u / 2)
    log_weight = -(u**2) / 2 - sp.log(2 * sp.cosh(m * u / 2))
    yield equal("the derivative of log w by m", sp.Derivative(log_weight, m), falling)
    yield at_most("it falls as |u| grows", sp.Derivative(-v / 2 * sp.tanh(m * v / 2), v), 0)


def certify():
    r"""Both gradients as integrals enclosed by balls.

    Nine values show the rise and the fall, and the sign of $C''$, an integral too, encloses
    the inflection between two numbers that differ by $10^{-6}$. At four values of $\mu$ the
    gradient lies between the bounds that those on $r$ give; the lower one is positive from
    $\mu = 2.23$ on. The non-saturating gradient rises over the six values of $\mu$ that
    were computed, and at $\mu = 4$ it is more than 28 times the minimax gradient.
    """
    rising = [minimax_gradient(mean) for mean in ("1/4", "1", "3/2", "1.6362")]
    yield increasing("the minimax gradient at 1/4, 1, 3/2, 1.6362", rising)
    falling = [minimax_gradient(mean) for mean in ("8", "6", "4", "2", "1.6363")]
    yield increasing("the minimax gradient at 8, 6, 4, 2, 1.6363", falling)
    yield at_least("C'' at 1.636255", second_derivative("1.636255"), 0, tolerance=0)
    yield at_most("C'' at 1.636256", second_derivative("1.636256"), 0, tolerance=0)
    other = [ns_gradient(mean) for mean in ("1/4", "1", "2", "4", "6", "8")]
    yield increasing("the non-saturating gradient at 1/4, 1, 2, 4, 6, 8", other)
    for mean in (4, 8, 12, 20):
        formula = sp.sqrt(sp.pi / 2) * sp.exp(-sp.Rational(mean**2, 8))
        found = minimax_gradient(mean)
        yield at_most(f"the upper bound at μ = {mean}", found, formula, tolerance=0)
        least = formula * (1 - sp.pi**2 / (2 * mean**2))
        yield at_least(f"the lower bound at μ = {mean}", found, least, tolerance=0)
    yield at_least("the factor of 28 at μ = 4", other[3], 28 * falling[2])


def check():
    r"""The second moment that the lower bound needs, and the coded losses.

    The second moment of $1/(2 \cosh(u/2))$ is a trapezoid sum with step $1/8$, which for
    this function is right far beyond rounding, about $e^{-2 \pi^2/h}$ at step $h$. By the
    substitution $u = s/m$ the second moment of $1/(2 \cosh(m u/2))$ is $1/m^3$ times that.
    Then the slopes that the package's losses return are summed over $q$ and compared with
    the balls.
    """
    yield equal("the second moment of 1/(2 cosh(u/2))", second_moment(0.125), sp.pi**3)
    for mean, game in ((1, MINIMAX), (4, MINIMAX), (4, NON_SATURATING)):
        expected = minimax_gradient(mean) if game is MINIMAX else ns_gradient(mean)
        yield equal(f"the {game.name} loss at μ = {mean}", by_losses(mean, game), expected)


def refute():
    r"""Three guesses about the rate.

    A worse model is thought to be corrected more strongly, or always less strongly; the
    gradient rises first, and falls later. The overlap of the tails, $e^{-\mu^2/2}$, is a
    tempting rate: but the gradient comes from the midpoint, where both densities are
    $e^{-\mu^2/8}$ of their maximum. And "vanishes" is not "is zero": at $\mu = 20$ it is
    $e^{-50}$ times a number near $1.25$.
    """
    near, far = minimax_gradient("1/2"), minimax_gradient("3/2")
    yield at_most("the further away, the weaker: 3/2 against 1/2", far, near)
    yield at_least("the rate e^(-μ²/2), at μ = 8", sp.exp(-sp.Integer(32)), minimax_gradient(8))
    yield equal("the gradient is 0 at μ = 20", minimax_gradient(20), 0)


def figure():
    r"""Both gradients over $\mu$ on a logarithmic scale.

    The dashed line is the formula without $r$: the minimax gradient approaches it from
    below. To the left of its maximum the minimax generator behaves as one hopes, since a
    worse model is corrected more; to the right it is trapped by its own distance.
    """
    from matplotlib import pyplot as plt

    means, at = np.linspace(0.01, 8, 200), np.linspace(-12, 12, 481)
    # u: E[D*] is a trapezoid sum of the two factors of `derive`
    terms = np.exp(-(at**2) / 2) / np.cosh(np.outer(means, at) / 2)
    share = np.exp(-(means**2) / 8) * terms.sum(axis=1) * 0.05 / math.sqrt(8 * math.pi)
    fig, axes = plt.subplots()
    axes.semilogy(means, means * share, color="C1")
    axes.semilogy(means, means * (1 - share), color="C0")
    formula = math.sqrt(math.pi / 2) * np.exp(-(means**2) / 8)
    axes.semilogy(means, formula, color="C5", linestyle="--", zorder=1)
    axes.plot([1.636256], [0.46732], "o", color="C1")
    axes.annotate(r"largest at $\mu=1.636$", (1.0, 0.2), va="top", color="C1")
    axes.annotate(
        r"non-saturating: $\mu\,(1-E[D^*])$", (7.9, 3.4), ha="right", va="top", color="C0"
    )
    axes.annotate(r"minimax: $\mu\,E[D^*]$", (5.1, 0.03), ha="right", va="top", color="C1")
    axes.annotate(r"$\sqrt{\pi/2}\,e^{-\mu^2/8}$", (5.4, 0.06), color="C5")
    axes.set(
        title="The gradient at $D^*$, data $N(0, 1)$",
        xlabel=r"shift $\mu$ of the model $N(\mu, 1)$",
    )
    axes.set(ylabel=r"gradient by $\mu$", xlim=(0, 8), xticks=range(0, 9, 2), ylim=(3e-4, 12))
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

STANDARD = Normal(0, 1)


def over_both(form, mean, bound, digits):
    """The integral of a form in p and q, for N(0, 1) and N(mean, 1), as a ball."""
    return certified.integral(form, STANDARD, Normal(str(mean), 1), bound=bound, digits=digits)


def minimax_gradient(mean):
    r"""$\mu \, \mathbb{E}_q[D^*]$ as a ball."""
    return Fraction(mean) * over_both(p * q / (p + q), mean, (0, 1), 12)


def ns_gradient(mean):
    r"""$\mu \, \mathbb{E}_q[1 - D^*]$ as a ball."""
    return Fraction(mean) * over_both(q * q / (p + q), mean, (0, 1), 12)


def second_derivative(mean):
    r"""$C''(\mu)$ as a ball: the integrand of `derive` with $u = -\log(p/q)/\mu$."""
    at = sp.Rational(mean)
    return over_both(p * q / (p + q) * (sp.log(p / q) ** 2 / at**2 - at**2 / 4), mean, (1, 1), 9)


@summed
def second_moment(step):
    """The trapezoid sum of u²/(2 cosh(u/2))."""
    at = np.arange(-100, 100.1, step)
    return step * at**2 / (2 * np.cosh(at / 2))


@summed
def by_losses(mean, game):
    """The trapezoid sum of the coded slopes, times the logit's slope, over q."""
    at = np.linspace(mean - 12, mean + 12, 801)
    mass = np.exp(Normal(mean, 1).logpdf(at)) * 0.03
    return -mean * mass * game.g_gradient(mean**2 / 2 - mean * at) * at.size
