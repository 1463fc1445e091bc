r"""Noise on real and generated points keeps the optimum, and makes JSD feel distances.

Statement
---------
Let $p_\sigma$ and $q_\sigma$ be the densities of $x + \varepsilon$ for $x \sim P$ and $x \sim Q$, with
noise $\varepsilon \sim \mathcal{N}(0, \sigma^2)$ for both, $\sigma > 0$; $P$ and $Q$ need not have
densities.

- $p_\sigma = q_\sigma$ for $Q = P$ alone, and $\mathrm{JSD}(p_\sigma, q_\sigma)$ does not grow with
  $\sigma$. It is below $\log 2$, even if $P$ and $Q$ are disjoint.
- $\mathrm{JSD}(p_\sigma, q_\sigma) \le \frac{W_2(P, Q)^2}{8 \sigma^2}$, with the Wasserstein distance of
  order 2. So it falls as the model comes near, where without noise it may stay $\log 2$. For two
  points at a distance $\theta$ it is that of $\mathcal{N}(0, 1)$ and $\mathcal{N}(\theta/\sigma, 1)$.
- Conversely, for any noise of variance $V$ and noisy points within an interval of length $c$,

$$W_1(P, Q) \le 2 \sqrt{V} + c \, \sqrt{2 \, \mathrm{JSD}(p_\varepsilon, q_\varepsilon)}.$$

- With noise on labels as well, 1 with probability $\alpha$ for real and $\beta < \alpha$ for generated
  points, $D^* = \frac{\alpha p_\sigma + \beta q_\sigma}{p_\sigma + q_\sigma}$, as for smoothed labels.

Assumes   $P$ and $Q$ on the line, with second moments; noise of mean 0, independent of $x$. The proofs
          hold in every dimension, with balls of diameter $c$.
Source    [@sonderby2017] for the method; [@arjovsky2017principled, Theorem 3.3] for the last bound,
          there with $2 c$ in place of $\sqrt{2} \, c$.
"""

from fractions import Fraction

import numpy as np
import sympy as sp

from gantheory import certified
from gantheory.densities import Discrete, Mixture, Normal, Uniform
from gantheory.divergences import js_divergence, wasserstein_1, wasserstein_2
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, always, at_least, at_most, equal, increasing

theorem = Theorem(
    label="instance-noise",
    title=r"Instance noise: the same optimum, and $\mathrm{JSD} \le \frac{W_2^2}{8 \sigma^2}$",
    uses=("jsd-data-processing", "label-smoothing"),
    covers=("instance-noise", "label-smoothing-and-noise"),
)

x, theta, t = sp.symbols("x theta t", real=True)  # a point, the distance of two, a frequency
d = sp.Symbol("d", real=True)  # (p - q)/(p + q)
p, q, r, D = sp.symbols("p q r D", positive=True)  # densities at a point, p/q, D there
sigma, tau, alpha, beta = sp.symbols("sigma tau alpha beta", positive=True)
u, v, n = sp.symbols("u v n", real=True)  # values of the characteristic functions of P, Q, noise
LOG_RATIO = (x - theta) ** 2 / (2 * sigma**2) - x**2 / (2 * sigma**2)  # of 0 and theta, noisy
# What a point adds to JSD: as p and q, as r for q = 1, and as d for p + q = 2
JS = (p * sp.log(2 * p / (p + q)) + q * sp.log(2 * q / (p + q))) / 2
OF_RATIO = JS.subs({p: r, q: 1})
OF_DIFFERENCE = JS.subs({p: 1 + d, q: 1 - d}, simultaneous=True)
JEFFREYS = (r - 1) * sp.log(r)  # what it adds to J


def derive():
    r"""One line for each part.

    Noise multiplies characteristic functions by that of the noise, $e^{-\sigma^2 t^2/2} > 0$, which can
    be divided away: $p_\sigma = q_\sigma$ only for $P = Q$. Larger noise is noise upon noise, since
    variances add, and no channel raises JSD. It is below $\log 2$ since both densities are positive.

    At a point, $\frac{J}{8} - \mathrm{JSD}$, with Jeffreys' $J = \int (p - q) \log\frac{p}{q}
    \,\mathrm{d}x$, is $q$ times a convex function of $\frac{p}{q}$, which is 0 with slope 0 at 1: so
    $\mathrm{JSD} \le \frac{J}{8}$. For two noisy points $\log p - \log q$ is a line, whose means under
    $p$ and $q$ differ by $J = (\theta/\sigma)^2$. Join $P$ and $Q$ by a coupling: $p_\sigma$ and
    $q_\sigma$ are mixtures of such pairs, and JSD is jointly convex, so it is at most
    $\frac{1}{8 \sigma^2}$ times the mean of the squared distance: $W_2^2$ for the best coupling.

    Conversely, $W_1(P, Q)$ is at most $\mathbb{E}\lvert \varepsilon \rvert \le \sqrt{V}$ from $P$ to
    $p_\varepsilon$, as much back to $Q$, and $c \, \mathrm{TV}(p_\varepsilon, q_\varepsilon)$ between.
    With $d = \frac{p - q}{p + q}$ a point adds to JSD at least $\frac{d^2}{2} \cdot \frac{p + q}{2}$,
    again by convexity, so $\mathrm{TV}^2 \le 2 \, \mathrm{JSD}$ by Jensen's inequality.
    """
    same = sp.Eq(u * n, v * n) & (n > 0)
    yield always("noise can be divided away", same, sp.Eq(u, v))
    narrow, wide = sp.exp(-(sigma**2) * t**2 / 2), sp.exp(-(tau**2) * t**2 / 2)
    more = sp.exp(-(tau**2 - sigma**2) * t**2 / 2)
    yield equal("noise upon noise", narrow * more, wide)

    left = JEFFREYS / 8 - OF_RATIO
    bend, label = (r - 1) ** 2 / (8 * r**2 * (r + 1)), "instance-noise"
    yield equal("J/8 - JSD is convex", sp.Derivative(left, (r, 2)), bend, label=label)
    slope = sp.log(r) / 8 + (r - 1) / (8 * r) - sp.log(2 * r / (r + 1)) / 2
    yield equal("its slope, 0 at p = q", sp.Derivative(left, r), slope)
    line = theta**2 / (2 * sigma**2) - theta * x / sigma**2
    yield equal("two points: log p - log q", LOG_RATIO, line)

    left = OF_DIFFERENCE - d**2 / 2
    bend = d**2 / (1 - d**2)
    yield equal("JSD - d²/2 is convex", sp.Derivative(left, (d, 2)), bend, where={d: (-1, 1)})
    yield equal("its slope at d = 0", sp.Subs(sp.Derivative(left, d), d, 0), 0)

    # Noise on labels: a point of p has the label 1 with probability α, one of q with β.
    value = p * (alpha * sp.log(D) + (1 - alpha) * sp.log(1 - D))
    value += q * (beta * sp.log(D) + (1 - beta) * sp.log(1 - D))
    star, inside = (alpha * p + beta * q) / (p + q), {alpha: (0, 1), beta: (0, 1), D: (0, 1)}
    slope = (p + q) * (star - D) / (D * (1 - D))
    label = "label-smoothing-and-noise"
    yield equal("noise on labels", sp.Derivative(value, D), slope, where=inside, label=label)
    yield equal("noise on labels, P = Q", star.subs(q, p), (alpha + beta) / 2)


def certify():
    r"""Two points at the distance 1, in balls.

    For noise of five widths, from 1/4 to 4, JSD is that of unit Gaussians at the distance $1/\sigma$,
    below $\frac{1}{8 \sigma^2}$, and smaller for each larger width: from 0.6327 down to 0.0078.
    """
    widths = [Fraction(2) ** k for k in range(2, -3, -1)]
    found = [certified.js_divergence(*two_points(width), digits=12) for width in widths]
    yield increasing("σ = 4, 2, 1, 1/2, 1/4", found)
    for width, ball in zip(widths, found, strict=True):
        unit = Normal(0, 1), Normal(1 / width, 1)
        apart = certified.integral(JS, *unit, bound=(1, 1), digits=12)
        yield equal(f"σ = {width}: at the distance 1/σ", ball, apart)
        yield at_most(f"σ = {width}: the bound", ball, 1 / (8 * width**2))


def check():
    r"""The same two points by quadrature, with uniform noise, and two pairs of points.

    Noise from $\mathrm{U}[-s, s]$ turns the points into two uniform densities that share
    $1 - \frac{1}{2 s}$ of their mass, so JSD is $\frac{\log 2}{2 s}$ for $s \ge \frac{1}{2}$: what
    remains below $\log 2$ after noise depends on its width, here too. Last, the points 0 and 3, each
    moved by 1/4, with noise of that width: nearly 0.9 of the bound.
    """
    for width in (Fraction(1, 4), Fraction(2)):
        found = js_divergence(*two_points(width))
        exact = certified.js_divergence(Normal(0, 1), Normal(1 / width, 1), digits=12)
        yield equal(f"σ = {width}", found, exact)
    for width in (Fraction(1, 2), Fraction(3, 4), Fraction(5)):
        uniform = js_divergence(Uniform(-width, width), Uniform(1 - width, 1 + width))
        yield equal(f"U[-s, s], s = {width}", uniform, sp.log(2) / (2 * width))
    yield two_moved_points(Fraction(1, 4))


def search(seed):
    r"""Random distributions on finitely many points, with uniform noise.

    For widths from 1/4 to 4, $V = \frac{s^2}{3}$, and $c$ is the span of the points and $2 s$.
    """
    drawn = strategies.discrete_pairs(4, equal=False).flatmap(with_width)
    yield survives("the bound on W₁", bound_on_distance, drawn, seed=seed, examples=165)


def refute():
    r"""Six beliefs about noise.

    That noise on the data alone will do: then the best model is the noisy data. That noise costs
    nothing: JSD of two points is no longer $\log 2$. That the distance counts in units of the
    variance. That $\mathrm{TV}^2 \le \mathrm{JSD}$, with the 2 of Pinsker's inequality lost. That half
    of the first bound holds as well. And that any noise keeps all distributions apart: it does not if
    its characteristic function vanishes on an interval.
    """
    alone = js_divergence(Normal(0, "1.25"), Normal(0, 1))  # σ = 3/4
    yield equal("noise on the data alone, Q = P", 1 + alone, 1)
    half = certified.js_divergence(*two_points(Fraction(1, 2)), digits=12)
    yield equal("noise costs nothing", half, sp.log(2))
    variance = certified.js_divergence(Normal(0, 1), Normal(4, 1), digits=12)
    yield equal("θ/σ² for θ/σ", half, variance)
    yield at_least("TV² at most JSD", OF_DIFFERENCE, d**2, where={d: (-1, 1)})
    yield at_most("half of the bound", OF_RATIO, JEFFREYS / 16)
    yield always("any noise", sp.Eq(u * n, v * n), sp.Eq(u, v))


def figure():
    r"""JSD of two points at the distance $\theta$, behind noise of three widths.

    Without noise it is $\log 2$ at every distance but 0, and shows no direction. The wider the noise,
    the farther it reaches and the less it is. Dotted: the bound $\frac{\theta^2}{8 \sigma^2}$.
    """
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots()
    three_widths(axes)
    return fig


# --- how the numbers are made ---------------------------------------------------------------------


def two_points(width):
    """The points 0 and 1 behind Gaussian noise of that width."""
    return Normal(0, width), Normal(1, width)


def with_width(pair):
    """The pair with the width of a noise."""
    return strategies.simplices(2).map(lambda w: (*pair, Fraction(1 + round(15 * w[0]), 4)))


def two_moved_points(width):
    """JSD ≤ W₂²/(8 σ²) for the points 0 and 3 and the same moved by 1/4."""
    pair = [Discrete(("1/3", "2/3"), (low, low + 3)) for low in (0, 0.25)]
    jsd = js_divergence(*(noisy(one, lambda at: Normal(at, width)) for one in pair))
    far = wasserstein_2(*pair)
    return at_most("two pairs of points", jsd, far * far / (8 * width**2))


def bound_on_distance(example):
    """W₁ ≤ 2 √V + c √(2 JSD)."""
    *pair, width = example
    jsd = js_divergence(*(noisy(one, lambda at: Uniform(at - width, at + width)) for one in pair))
    span = Fraction(float(max(pair[0].points))) + 2 * width
    far = 2 * width / sp.sqrt(3) + (2 * jsd).sqrt() * span
    return at_most("W₁", wasserstein_1(*pair), far)


def noisy(distribution, noise):
    """The mixture of the noise around each point that has weight."""
    masses = [(Fraction(at), weight) for at, weight in distribution.exact_masses() if weight]
    return Mixture([noise(at) for at, _ in masses], [weight for _, weight in masses])


def three_widths(axes):
    """Draw JSD over the distance for three widths, and what it is without noise."""
    at = np.linspace(0.01, 4, 60)
    axes.axhline(np.log(2), color="C4")
    axes.annotate("no noise: log 2", (0.1, 0.73), va="bottom")
    for width, style, place in (
        (0.25, "C3", (0.9, 0.5)),
        (0.5, "C0", (1.6, 0.4)),
        (1, "C1", (2.6, 0.3)),
    ):
        jsd = [js_divergence(Normal(0, 1), Normal(x / width, 1)).value for x in at]
        axes.plot(at, jsd, color=style)
        bound = at**2 / (8 * width**2)
        axes.plot(at[bound < 0.68], bound[bound < 0.68], ":", color=style, linewidth=1)
        axes.annotate(rf"$\sigma={width:g}$", place, color=style)
    axes.set(xlim=(0, 4), ylim=(0, 0.85), xticks=range(5), yticks=(0, 0.2, 0.4, 0.6))
    axes.set(xlabel=r"distance $\theta$ of the two points", ylabel="JSD, nats")
    axes.set_title("Two points behind noise")
