r"""How fast the minimax gradient vanishes for two Gaussians: like $e^{-\mu^2/8}$.

Statement
---------
Let $p = \mathcal{N}(0, 1)$, $q = \mathcal{N}(\mu, 1)$ with $\mu > 0$, and let $D = D^*$,
whose logit has the slope $-\mu$ in $x$. The minimax gradient by $\mu$ is

$$ \frac{\mathrm{d}C}{\mathrm{d}\mu} = \mu \, \mathbb{E}_{x \sim q}[D^*(x)]
   = \mu \int \frac{p q}{p + q} \,\mathrm{d}x = \sqrt{\frac{\pi}{2}} \, e^{-\mu^2/8} \, r(\mu),
   \qquad 1 - \frac{\pi^2}{2 \mu^2} \le r(\mu) \le 1. $$

It rises up to one point, $1.636255 < \mu^* < 1.636256$, the only inflection of $C$, and
falls after it. The non-saturating gradient is $\mu \, \mathbb{E}_{x \sim q}[1 - D^*(x)]$,
that is $\mu$ less the minimax gradient: it is close to $\mu$ where the other one vanishes,
and rises for every $\mu$, with a slope of at least $\tfrac12$.

Assumes   The discriminator is $D^*$ at each $\mu$.
Source    Derived here; [@arjovsky2017principled] for vanishing gradients.
"""

import math
from fractions import Fraction

import numpy as np
import sympy as sp

from gantheory import certified
from gantheory.densities import Normal
from gantheory.evidence import pointwise, summed
from gantheory.losses import MINIMAX, NON_SATURATING
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, always, at_least, at_most, equal

theorem = Theorem(
    label="gaussian-saturation-law",
    title=r"$\mathrm{d}C/\mathrm{d}\mu \sim \sqrt{\pi/2} \, e^{-\mu^2/8}$ for $\mathcal{N}(\mu, 1)$",
    uses=("envelope-gradient", "ns-gaussian-gradient"),
    covers=("gaussian-saturation-law",),
)

p, q, m = sp.symbols("p q m", positive=True)  # the densities, and the mean of the model
x, u, t = sp.symbols("x u t", real=True)  # a sample; its distance from the midpoint m/2; any number
v = sp.Symbol("v", positive=True)  # |u|
n, k = sp.symbols("n k", real=True)  # m² and π²
weight = sp.exp(-(u**2) / 2) / sp.sqrt(2 * sp.pi) / (sp.exp(m * u / 2) + sp.exp(-m * u / 2))
EVEN = sp.exp(-(u**2) / 2) / (2 * sp.cosh(m * u / 2))  # the same, but for sqrt(2 π)
MASS, MOMENT = (sp.Integral(part * EVEN, (u, 0, 10)) for part in (1, u**2 - m**2 / 4))
TAIL = sp.Rational(102, 10) * sp.exp(-50)  # more than the two have beyond 10
PEAK = sp.Rational("1.636255"), sp.Rational("1.636256")  # it is between them


def derive():
    r"""Put the origin between the two means, $x = m/2 + u$, with $m$ for $\mu$. Then

    $$ \frac{p q}{p + q} = e^{-m^2/8} \, w(u), \qquad w(u) = \frac{\varphi(u)}{2 \cosh(m u/2)}, $$

    with the standard normal density $\varphi$. The first factor is the rate. For the integral of the
    second, bound $\sqrt{2 \pi} \, \varphi(u) = e^{-u^2/2}$: it lies between $1 - u^2/2$ and 1, since
    $e^t \ge 1 + t$. The function $1/(2 \cosh(m u/2))$ has the primitive $(2/m) \arctan e^{m u/2}$,
    hence the integral $\pi/m$: that gives the upper bound. Its second moment is $\pi^3/m^3$, a number
    that `check` confirms: that gives the lower one.
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
    formula, front = sp.sqrt(sp.pi / 2) * sp.exp(-(m**2) / 8), m * sp.exp(-(m**2) / 8)
    yield equal("the upper bound", front / sp.sqrt(2 * sp.pi) * whole, formula)
    lower = front / sp.sqrt(2 * sp.pi) * (whole - sp.pi**3 / (2 * m**3))
    least = formula * (1 - sp.pi**2 / (2 * m**2))
    yield equal("the lower bound", lower, least, label="gaussian-saturation-law")

    # The gradient has one maximum. The derivative of m e^(-m²/8) w(u) by m is (u² - m²/4) w(u) up to a
    # factor, and up to a derivative by u that integrates to 0. So the gradient rises where E[u²] > m²/4,
    # for u with density proportional to w, and falls where E[u²] < m²/4. Now m²/4 rises with m, from 0.
    # And E[u²] falls: its derivative by m is the covariance of u² with that of log w, which is -(u/2)
    # tanh(m u/2). As |u| grows the one rises and the other falls, so the covariance is negative. One
    # function of m rises from 0 and the other falls: they cross once.
    rate = sp.Derivative(front * weight, m)
    turned = (u**2 - m**2 / 4) * weight + sp.Derivative(u * weight, u)
    yield equal("the derivative by m", m * rate, front * turned)
    falling = -u / 2 * sp.tanh(m * u / 2)
    logarithm = sp.log(m) - m**2 / 8 - u**2 / 2 - sp.log(2 * sp.cosh(m * u / 2))
    slope = 1 / m - m / 4 + falling
    yield equal("the derivative of log m e^(-m²/8) w", sp.Derivative(logarithm, m), slope)
    yield at_most("it falls as |u| grows", sp.Derivative(-v / 2 * sp.tanh(m * v / 2), v), 0)

    # For m ≥ 4 the same two moments say it without a covariance: E[u²] is at most (π²/m²)/(1 - π²/(2
    # m²)), which is less than m²/4. Here 9 < π² < 10.
    far = sp.And(n >= 16, k > 9, k < 10)
    yield always("E[u²] < m²/4 for m ≥ 4", far, 2 * k * 4 < n * (2 * n - k))

    # By the same logarithm the slope of the minimax gradient is e^(-m²/8) times the integral of w (1 -
    # m²/4 - (m u/2) tanh(m u/2)), at most 1/2: half the mass of the standard normal density. So that of
    # the other gradient is at least 1/2.
    yield at_least("what 1 loses", m**2 / 4 + m * v / 2 * sp.tanh(m * v / 2), 0)
    yield at_least("w is at most half the normal density", sp.exp(t) + sp.exp(-t), 2)


def certify():
    r"""Whole intervals of $\mu$, covered by balls.

    The sign of $C''$ is that of $\int (u^2 - \mu^2/4)\, w \,\mathrm{d}u$, by `derive`; over the half
    line, since $w$ is even. Beyond $u = 10$ the integrand is not negative where $\mu \le 20$, and
    since $u^2 \le u^3/10$ there, its integral is at most what the first claim has at $u = 10$. So the
    gradient rises on all of $[0, 1.636255]$ if the integral up to 10 is positive, and falls on all
    of $[1.636256, 4]$ if it is below minus that tail; beyond 4 it falls by `derive`. In the same way
    $r(\mu) = \frac{\mu}{\pi} \int_0^\infty e^{-u^2/2}/\cosh(\mu u/2) \,\mathrm{d}u$ lies between
    its bounds on $[0, 6]$, here by numbers that know nothing of moments; the lower bound is positive
    from $\mu = 2.23$ on. Last, the integral of $w$ agrees with that of the two densities over the line.
    """
    beyond = (u**2 + 2) / 10 * sp.exp(-(u**2) / 2)
    yield equal("the tail", -sp.Derivative(beyond, u), u**3 / 10 * sp.exp(-(u**2) / 2))
    yield at_least("the minimax gradient rises", MOMENT, 0, where={m: (0, PEAK[0])})
    yield at_most("the minimax gradient falls", MOMENT, -TAIL, where={m: (PEAK[1], 4)})
    r, least = 2 * m / sp.pi * MASS, m**2 - sp.pi**2 / 2
    yield at_most("r on [0, 6], upper bound", r, 1 - m * TAIL, where={m: (0, 6)})
    yield at_least("r on [0, 6], lower bound, times μ²", m**2 * r, least, where={m: (0, 6)})
    half_line = certified.over(sp.sqrt(2 / sp.pi) * m * sp.exp(-(m**2) / 8) * MASS, {m: PEAK[0]})
    yield equal("w and the two densities", minimax_gradient(PEAK[0]), half_line)


def check():
    r"""The second moment that the lower bound needs, and the coded losses.

    The second moment of $1/(2 \cosh(u/2))$ is a trapezoid sum with step $1/8$, which for this function
    is right far beyond rounding, about $e^{-2 \pi^2/h}$ at step $h$. By the substitution $u = s/m$ the
    second moment of $1/(2 \cosh(m u/2))$ is $1/m^3$ times that. Then the coded slopes, and the balls.
    """
    yield equal("the second moment of 1/(2 cosh(u/2))", second_moment(0.125), sp.pi**3)
    for mean, game in ((1, MINIMAX), (4, MINIMAX), (4, NON_SATURATING)):
        expected = minimax_gradient(mean) if game is MINIMAX else ns_gradient(mean)
        yield equal(f"the {game.name} loss at μ = {mean}", by_losses(mean, game), expected)


def search(seed):
    r"""Means $\mu < \nu$ from $0.1$ to $12.1$ are drawn, and the coded losses summed over $q$.

    They refute the statement if $r(\mu)$ lies outside its bounds, or if the non-saturating gradient
    grows from $\mu$ to $\nu$ by less than $\frac{1}{2} (\nu - \mu)$.
    """
    drawn = strategies.simplices(3)
    yield survives("both bounds, and growth", law_holds, drawn, seed=seed, examples=150)


def refute():
    r"""Five guesses about the gradient.

    A worse model is thought to be corrected more strongly, or always less strongly; the gradient rises
    first, and falls later: at the distance 2 it falls already. The formula without $r$ is thought to be
    a lower bound. The overlap of the tails, $e^{-\mu^2/2}$, is a tempting rate: but the gradient comes
    from the midpoint, where both densities are $e^{-\mu^2/8}$ of their maximum. And "vanishes" is not
    "is zero": at $\mu = 20$ it is $e^{-50}$ times a number near $1.25$.
    """
    near, far = minimax_gradient("1/2"), minimax_gradient("3/2")
    yield at_most("the further away, the weaker: 3/2 against 1/2", far, near)
    yield at_least("it rises up to μ = 2", MOMENT, 0, where={m: (0, 2)})
    yield at_least("r is at least 1", 2 * m / sp.pi * MASS, 1, where={m: (1, 8)})
    yield at_least("the rate e^(-μ²/2), at μ = 8", sp.exp(-sp.Integer(32)), minimax_gradient(8))
    yield equal("the gradient is 0 at μ = 20", minimax_gradient(20), 0)


def figure():
    r"""Both gradients over $\mu$ on a logarithmic scale.

    The dashed line is the formula without $r$. To the left of its maximum the minimax generator behaves
    as one hopes, since a worse model is corrected more; to the right it is trapped by its own distance.
    """
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots()
    both_gradients(axes)
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


def law_holds(shares):
    """Yield the bounds at one mean, and the growth of the other gradient up to a second one."""
    mean, later = 0.1 + 9.9 * shares[0], 0.2 + 9.9 * shares[0] + 2 * shares[1]
    most, least, half = (bounds_by_law(mean, later)[k] for k in range(3))
    found = by_losses(mean, MINIMAX)
    yield at_most("at most the formula", found, most)
    yield at_least("at least the lower bound", found, least)
    grown = by_losses(later, NON_SATURATING) - by_losses(mean, NON_SATURATING)
    yield at_least("growth by one half", grown, half)


@pointwise
def bounds_by_law(mean, later):
    """The formula without r, the lower bound, and half of the growth of the mean."""
    formula = math.sqrt(math.pi / 2) * math.exp(-(mean**2) / 8)
    return np.array([formula, (1 - math.pi**2 / (2 * mean**2)) * formula, (later - mean) / 2])


def both_gradients(axes):
    """Draw the two gradients, the formula, and the largest value."""
    means, at = np.linspace(0.01, 8, 200), np.linspace(-12, 12, 481)
    # u: E[D*] is a trapezoid sum of the two factors of `derive`
    terms = np.exp(-(at**2) / 2) / np.cosh(np.outer(means, at) / 2)
    share = np.exp(-(means**2) / 8) * terms.sum(axis=1) * 0.05 / math.sqrt(8 * math.pi)
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
    axes.set(title="The gradient at $D^*$, data $N(0, 1)$")
    axes.set(xlabel=r"shift $\mu$ of the model $N(\mu, 1)$")
    axes.set(ylabel=r"gradient by $\mu$", xlim=(0, 8), xticks=range(0, 9, 2), ylim=(3e-4, 12))
