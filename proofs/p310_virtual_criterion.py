r"""The virtual training criterion: what the generator minimises once the discriminator is optimal.

Statement
---------
Let $C(G)$ be the maximum of $V(D, G)$ over all discriminators $D$. Then

$$\begin{aligned}
C(G) &= \mathbb{E}_{x \sim p}\left[\log\frac{p(x)}{p(x) + q(x)}\right]
      + \mathbb{E}_{x \sim q}\left[\log\frac{q(x)}{p(x) + q(x)}\right] \\
     &= \int f(p(x), q(x))\,\mathrm{d}x, \quad f(p, q) = p \log\frac{p}{p + q} + q \log\frac{q}{p + q}.
\end{aligned}$$

The function $f$ is homogeneous of degree $1$ and jointly convex in $(p, q)$, and its derivatives
are

$$\frac{\partial f}{\partial p} = \log D^*, \quad \frac{\partial f}{\partial q} = \log(1 - D^*).$$

So to first order $C$ changes with the model as if $D^*$ stood still.

Assumes   $p$ and $q$ are densities with respect to one measure; $0 \log 0 = 0$.
Source    [@goodfellow2014, Section 4.1], before Theorem 1.
"""

import math

import numpy as np
import sympy as sp
from scipy.special import xlogy

from gantheory import certified
from gantheory.densities import Cauchy, Discrete, Exponential, Laplace, Mixture, Normal, Uniform
from gantheory.evidence import summed
from gantheory.game import optimal_discriminator, value_function, virtual_training_criterion
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, always, at_least, at_most, equal

theorem = Theorem(
    label="virtual-criterion",
    title=r"$C(G) = \mathbb{E}_{x \sim p}\left[\log\frac{p}{p + q}\right]"
    r" + \mathbb{E}_{x \sim q}\left[\log\frac{q}{p + q}\right]$",
    uses=("optimal-discriminator",),
    covers=("virtual-criterion", "value-is-no-area", "never-below-log-4", "no-densities-needed"),
    errata=(
        r"[@ramasinghe] has $-\infty$ as the lowest value: it is so for a frozen $D$; in the game it is "
        r"$-\log 4$.",
        "[@roysdon] asks for densities: all distributions have them, with respect to their sum.",
        r"[@ramasinghe] calls $V$ the area under the surface over $(p_{\text{data}}, p_g)$: $V$ is an "
        r"integral over $x$, and never positive.",
    ),
)

# p, q: the densities of data and model at one point; D: what the discriminator says there; c: a factor
p, q, D, c = sp.symbols("p q D c", positive=True)
STAR = p / (p + q)
F = p * sp.log(p / (p + q)) + q * sp.log(q / (p + q))  # what the point adds to C
VALUE = p * sp.log(D) + q * sp.log(1 - D)  # what it adds to V(D, G)
u, v = sp.symbols("u v", real=True)  # a direction in the plane of (p, q)
LOG_2, LOG_4 = sp.log(2), sp.log(4)
SHARE = sp.log(c / (c + 1)) - sp.log(c + 1) / c


def derive():
    r"""The value of the game at its best discriminator, point by point, and the shape of $f$.

    A point with densities $p$ and $q$ contributes $p \log D + q \log(1 - D)$ to $V(D, G)$. The
    optimal discriminator is $D^* = \frac{p}{p + q}$; put it in, and the contribution is $f(p, q)$.
    It rises in $D$ up to $D^*$ and falls from there, so the integral of $f$ is the maximum over all
    $D$. Where one of the densities vanishes $f$ is $0$, by continuity and by $0 \log 0 = 0$.

    If both densities are multiplied by $c$, so is $f$. This makes $C$ independent of the measure
    with respect to which densities are taken: in other units of $x$, the densities and
    $\mathrm{d}x$ change by factors that cancel.

    $D^*$ itself depends on $q$, but at a maximum of $V$ this adds nothing to the slope of the
    maximal value. So the slopes of $f$ are the factors of $p$ and $q$ in $V$, $\log D^*$ and
    $\log(1 - D^*)$. From the second derivatives, the curvature of $f$ in a direction $(u, v)$ is

    $$\frac{(q u - p v)^2}{p q (p + q)} \ge 0.$$

    So $f$ is convex. The curvature is zero for $q u = p v$ alone, that is along the ray through
    $(p, q)$, on which $f$ is linear because it is homogeneous.
    """
    yield equal("D* put into the value", VALUE.subs(D, STAR), F, label="virtual-criterion")
    slope = (p - (p + q) * D) / (D * (1 - D))
    yield equal("the slope in D", sp.Derivative(VALUE, D), slope, where={D: (0, 1)})
    peak = sp.Equivalent(slope > 0, STAR > D) & sp.Equivalent(slope < 0, STAR < D)
    yield always("no other D is worth more", True, peak, where={D: (0, 1)})
    yield equal("as a share of p, with c = p/q", F.subs(q, p / c), p * SHARE)
    yield equal("as a share of q, with c = q/p", F.subs(p, q / c), q * SHARE)
    yield equal("a point without model, or without data", sp.Limit(SHARE, c, sp.oo), 0)
    scaled = F.subs({p: c * p, q: c * q}, simultaneous=True)
    yield equal("homogeneous of degree 1", scaled, c * F)
    yield equal("the slope in p", sp.Derivative(F, p), sp.log(STAR))
    yield equal("the slope in q", sp.Derivative(F, q), sp.log(1 - STAR))
    bend = sp.hessian(F, (p, q))
    yield equal("twice by p", bend[0, 0], q / (p * (p + q)))
    yield equal("by p and by q", bend[0, 1], -1 / (p + q))
    yield equal("twice by q", bend[1, 1], p / (q * (p + q)))
    along = bend[0, 0] * u**2 + 2 * bend[0, 1] * u * v + bend[1, 1] * v**2
    yield equal("the curvature along (u, v)", along, (q * u - p * v) ** 2 / (p * q * (p + q)))


def certify():
    r"""The criterion in balls, and its two expectations in balls of their own.

    The five pairs are two Gaussians of unequal widths, one contaminated by a small and narrow
    second component, a heavy tail against a light one, two densities that nearly coincide, and two
    with edges. The two expectations are integrated one by one, with their own integrands; their sum
    is $C$.
    """
    for name, pair in PAIRS.items():
        real = certified.integral(p * sp.log(STAR), *pair, bound=(1, 1), digits=15)
        fake = certified.integral(q * sp.log(q / (p + q)), *pair, bound=(1, 1), digits=15)
        yield equal(name, certified.virtual_training_criterion(*pair, digits=15), real + fake)


def check():
    r"""Closed forms, and the value of the game at $D^*$.

    Five pairs from four families have a criterion in elementary functions, which the quadrature
    must reproduce. For the five pairs of the last section, $V(D^*, G)$ is integrated with $D^*$ as
    a function and compared with $C$ in balls.
    """
    for name, (real, fake, closed) in closed_forms().items():
        yield equal(f"{name}, closed form", virtual_training_criterion(real, fake), closed)
    for name, (real, fake) in PAIRS.items():
        yield equal(
            f"{name}: V at D*",
            value_function(real, fake, optimal_discriminator(real, fake)),
            certified.virtual_training_criterion(real, fake, digits=15),
        )


def search(seed):
    r"""A hunt for a pair for which $C$ is not a maximum, or not the sum of $f$.

    For densities of every kind that the strategies know (overlapping, nearly equal, disjoint, with
    heavy tails), $C$ is compared with the value of one fixed discriminator, whose logit is
    $\log\frac{1 + (x + 1)^2}{1 + (x - 1)^2} + \frac{1}{2}$. It knows nothing of the pair that is
    drawn; if it were worth more than $C$, the theorem would be refuted. $C$ has to lie between
    $-\log 4$ and $0$, too. For distributions on finitely many points, some of weight $0$, $C$ is
    compared with the sum of $f$.
    """
    every = strategies.density_pairs()
    yield survives("C is a maximum", bounded, every, seed=seed, examples=108)
    discrete = strategies.discrete_pairs()
    yield survives("the sum of f", over_points, discrete, seed=seed, examples=128)


def refute():
    r"""Wrong arguments, wrong degree, wrong sign.

    Exchanging $p$ and $q$ rewards a $D$ that calls data generated. The degree is $1$: $f$ is no
    function of the ratio alone. The slope in $q$ is the second logarithm. To call $V$ an area, as
    [@ramasinghe] does, suggests that it is positive; it is not, nor does it get below $-\log 4$ where
    $D$ answers. And coins have a criterion, too, by counting.
    """
    yield equal("p and q exchanged", VALUE.subs(D, STAR), VALUE.subs(D, 1 - STAR))
    yield equal("degree 0", F.subs({p: c * p, q: c * q}, simultaneous=True), F)
    yield equal("log D* for log(1 - D*)", sp.Derivative(F, q), sp.log(STAR))
    normals = virtual_training_criterion(Normal(0, 1), Normal(1, 1))
    yield at_least("an area, not negative", normals, 0, label="value-is-no-area")
    yield at_most("the generator reaches -2", normals, -2, label="never-below-log-4")
    coins = virtual_training_criterion(Discrete(("1/2", "1/2")), Discrete(("1/4", "3/4")))
    yield equal("without a density C is 0", coins, 0, label="no-densities-needed")


def figure():
    r"""The criterion for data $\mathcal{N}(0, 1)$ and models $\mathcal{N}(\mu, 1)$.

    $C$ rises from $-\log 4$, where the model is the data, towards $0$, where nothing overlaps. The
    two expectations of this symmetric pair are equal; each rises from $-\log 2$ to $0$. The curve
    is flat at both ends, where a generator learns slowly.
    """
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots()
    rising(axes)
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

GAUSSIAN = Normal(0, 1)
PAIRS = {
    "N(0, 1) and N(1, 2²)": (GAUSSIAN, Normal(1, 2)),
    "N(0, 1) and 1/10 of it at N(5, 1/4)": (
        GAUSSIAN,
        Mixture((GAUSSIAN, Normal(5, "1/2")), ("9/10", "1/10")),
    ),
    "Cauchy(0, 1) and N(0, 1)": (Cauchy(0, 1), GAUSSIAN),
    "N(0, 1) and N(1/1000, 1)": (GAUSSIAN, Normal("1/1000", 1)),
    "U[0, 1] and U[1/2, 2]": (Uniform(0, 1), Uniform("1/2", 2)),
}


def closed_forms():
    """(p, q, C) by name, where C is elementary."""
    log, half = sp.log, sp.Rational(1, 2)
    root, shrink = sp.sqrt(10), sp.exp(-half)
    laplace = (  # JSD
        half * log(2 / (1 + shrink**2))
        + shrink**2 / 2 * log(2 / (1 + shrink**-2))
        + half * ((1 - shrink**2) * log(2) - log(1 + shrink**2) - 2 * shrink * sp.atan(1 / shrink))
        + half * (shrink**2 * log(1 + shrink**-2) + 2 * shrink * sp.atan(shrink))
    )
    cauchy = log(2 * root / (root + 2 * sp.sqrt(2)))  # JSD
    three = log(3) / 4
    return {
        "Exp(1) and Exp(2)": (Exponential(1), Exponential(2), half + LOG_2 - 9 * three),
        "U[0, 1] and U[0, 2]": (Uniform(0, 1), Uniform(0, 2), LOG_2 - 6 * three),
        "U[0, 1] and U[1/2, 3/2]": (Uniform(0, 1), Uniform(0.5, 1.5), -LOG_2),
        "Cauchy(0, 1) and Cauchy(1, 2)": (Cauchy(0, 1), Cauchy(1, 2), 2 * cauchy - LOG_4),
        "Laplace(0, 1) and Laplace(1, 1)": (Laplace(0, 1), Laplace(1, 1), 2 * laplace - LOG_4),
    }


def bounded(pair):
    """C in its range, and above the value of a D that is not optimal."""
    criterion = virtual_training_criterion(*pair)
    logit = optimal_discriminator(Cauchy(1, 1), Cauchy(-1, 1)) + 0.5
    yield at_least("C ≥ -log 4", criterion, -LOG_4)
    yield at_most("C + log 4 ≤ log 4", criterion + LOG_4, LOG_4)
    yield at_most("V(D) ≤ C", value_function(*pair, logit), criterion, tolerance=0)


def over_points(pair):
    """C of two discrete distributions; 1 is taken from both sides, which may be 0."""
    found = sum_of_f(*(one.weights for one in pair))
    return equal("C - 1 = Σ f - 1", virtual_training_criterion(*pair) - 1, found - 1)


@summed
def sum_of_f(p, q):
    """Σ p log(p/(p + q)) + q log(q/(p + q))."""
    mass = np.where(p + q > 0, p + q, 1)
    return xlogy(p, p / mass), xlogy(q, q / mass)


def rising(axes):
    """Draw C and its first half over the shift."""
    shifts = np.concatenate([np.linspace(0, 1, 41), np.linspace(1.05, 8, 140)])
    values = virtual_training_criterion(GAUSSIAN, Normal(shifts, 1)).value
    axes.plot(shifts, values, color="C0")
    axes.plot(shifts, values / 2, color="C1")
    levels = {-math.log(4): "$p=q$", -math.log(2): "$p=q$", 0: "no overlap"}
    for level, text in levels.items():
        axes.axhline(level, color="C6", linewidth=0.8, zorder=0)
        beside = {"xytext": (4, 0), "textcoords": "offset points", "annotation_clip": False}
        axes.annotate(text, (8, level), va="center", color="C5", **beside)
    axes.annotate(r"$C=\max_D\,V(D,G)$", (2.1, -0.95), color="C0")
    axes.annotate(r"$C/2$", (1.1, -0.4), color="C1")
    axes.set(xlim=(0, 8), ylim=(-1.45, 0.05), xlabel=r"shift $\mu$ of the model $N(\mu, 1)$")
    axes.set(ylabel="criterion, nats", xticks=range(0, 9, 2), yticks=[*levels])
    axes.set_title(r"$C$ stays between $-\log 4$ and $0$")
