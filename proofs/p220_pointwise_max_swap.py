r"""The maximum over all discriminators may be taken point by point.

Statement
---------
Let $f_x(y) = p(x) \log y + q(x) \log(1 - y)$, and let $D$ range over all measurable functions into
$[0, 1]$. Then

$$\sup_D \int f_x(D(x)) \,\mathrm{d}x = \int \sup_{y \in [0, 1]} f_x(y) \,\mathrm{d}x,$$

and $D^* = p/(p + q)$, which picks the best $y$ at every $x$ and is measurable, attains both sides.

Only because $D$ is unrestricted may the maximum be taken at each point alone: no function in
between has to connect the values. For a smaller class of discriminators the left side may be less.

Assumes   $p$ and $q$ are densities with respect to one measure; $D$ is not restricted.
Source    [@goodfellow2014, proof of Proposition 1]; [@rockafellar1998, Theorem 14.60] for the
          general interchange of supremum and integral.
"""

import numpy as np
import sympy as sp
from scipy.special import expit, log_expit

from gantheory import certified
from gantheory.densities import Mixture, Normal, Triangular, Uniform
from gantheory.evidence import summed
from gantheory.game import optimal_discriminator, value_function, virtual_training_criterion
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, equal, increasing

theorem = Theorem(
    label="pointwise-max-swap",
    title=r"$\sup_D \int f_x(D(x)) \,\mathrm{d}x = \int \sup_y f_x(y) \,\mathrm{d}x$",
    uses=("optimal-discriminator",),
    covers=("pointwise-max-swap", "pointwise-needs-all-d"),
    errata=(
        "[@roysdon] lets the maximum decompose pointwise for the discriminators of a network: it does "
        "so for unrestricted ones only.",
    ),
)

x, b = sp.symbols("x b", positive=True)  # a point of [0, 1], and a slope
p, q, y = sp.symbols("p q y", positive=True)  # densities at one point, and the value of D there
p_1, q_1, y_1 = sp.symbols("p_1 q_1 y_1", positive=True)  # the same at a first point
p_2, q_2, y_2 = sp.symbols("p_2 q_2 y_2", positive=True)  # and at a second one
FIRST, SECOND = {p: p_1, q: q_1, y: y_1}, {p: p_2, q: q_2, y: y_2}

STAR = p / (p + q)
POINT = p * sp.log(y) + q * sp.log(1 - y)  # f_x(y)
BEST = POINT.subs(y, STAR)
SLOPE = (p + q) * (STAR - y) / (y * (1 - y))
LOST = p * sp.log(STAR / y) + q * sp.log((1 - STAR) / (1 - y))  # p + q times a divergence of coins
HALF = sp.Rational(1, 2)
CLOSED = HALF + sp.log(2) / 8 + 9 * sp.log(3 * HALF) / 4 - 25 * sp.log(5 * HALF) / 8


def derive():
    r"""Two inequalities, one for each direction.

    No $D$ does better than the right side: at each $x$, $f_x(D(x)) \le \sup_y f_x(y)$, since what is
    lost is a divergence, and integrals keep the order. And no more is lost: $x \mapsto D^*(x)$ is itself
    a measurable function, so it is one of the $D$ on the left, and its value is the right side.
    """
    yield equal("what a choice loses at a point", BEST - POINT, LOST, where={y: (0, 1)})

    # On two points one sees why. The slope in y_1 does not contain y_2: each choice is made alone.
    two, inside = POINT.subs(FIRST) + POINT.subs(SECOND), {y_1: (0, 1), y_2: (0, 1)}
    for number, at in enumerate((FIRST, SECOND), 1):
        slope = sp.Derivative(two, at[y])
        yield equal(f"the slope at point {number}", slope, SLOPE.subs(at), where=inside)

    # One right side in closed form, for data of density 1/2 + x and a uniform model on [0, 1].
    maximum = BEST.subs({p: x + HALF, q: 1}, simultaneous=True)
    yield equal(
        "densities 1/2 + x and 1 on [0, 1]",
        sp.Integral(maximum, (x, 0, 1)),
        CLOSED,
        label="pointwise-max-swap",
    )


def certify():
    r"""The right side for the densities $1/2 + x$ and 1 on $[0, 1]$, enclosed by ball arithmetic.

    Neither the closed form nor SymPy's integral is used here: the maximum at each point is
    integrated in balls, and the closed form of `derive` must lie in the result, to 20 digits. For the
    densities $1 + b (x - 1/2)$ and 1 the best constant is $y = 1/2$, with $-\log 4$ for every $b$. What
    it misses grows with $b$ on the whole interval from $1/2$ to $3/2$.
    """
    whole = certified.virtual_training_criterion(*SLOPED, digits=20)
    yield equal("densities 1/2 + x and 1 on [0, 1]", whole, CLOSED)
    tilted = BEST.subs({p: 1 + b * (x - HALF), q: 1}, simultaneous=True)
    missed = sp.Integral(tilted, (x, 0, 1)) + sp.log(4)
    yield increasing("what a constant misses", missed, where={b: (HALF, 3 * HALF)})


def check():
    r"""The left side for the same densities.

    $D^*$ is one function on $[0, 1]$ now, and $V(D^*)$ one integral, computed by adaptive
    quadrature from the two densities and the logit $\log p - \log q$. It agrees with the integral
    of the maxima.
    """
    star = optimal_discriminator(*SLOPED)
    yield equal("densities 1/2 + x and 1: V(D*)", value_function(*SLOPED, star), CLOSED)


def search(seed):
    r"""Maxima that are found point by point, without the formula for $D^*$.

    Pairs of distributions on finitely many points are drawn, with weights that are 0 among them. At
    each point an interval of logits is halved until it holds only the logit at which the slope
    changes its sign. The sum of these maxima must be $C$, the maximum over all discriminators at
    once. One pair for which it is not would refute the theorem.
    """
    pairs = strategies.discrete_pairs()
    yield survives("found by halving", by_halving, pairs, seed=seed, examples=300)


def refute():
    r"""Three wrong right sides.

    The tempting mistake is to exchange for any class of discriminators, such as those of a network
    [@roysdon]. Take a class as small as the constants: for $\mathcal{N}(0, 1)$ and
    $\mathcal{N}(0, 2^2)$ the best constant is $1/2$ with $V = -\log 4$, and the integral of the
    pointwise maxima is more. The supremum at a point is not an infimum: other values of $y$ give
    less. And the maximum is $C$, not JSD, from which it differs by a factor and a shift.
    """
    wide = Normal(0, 1), Normal(0, 2)
    most = certified.virtual_training_criterion(*wide)
    yield equal(
        "constants reach the maxima", -certified.log(4), most, label="pointwise-needs-all-d"
    )
    yield at_least("the infimum for the supremum", POINT, BEST, where={y: (0, 1)})
    star = optimal_discriminator(*wide)
    yield equal("JSD for C", value_function(*wide, star), certified.js_divergence(*wide))


# --- how the numbers are made ---------------------------------------------------------------------

SLOPED = Mixture((Uniform(0, 1), Triangular(0, 1, 1)), ("1/2", "1/2")), Uniform(0, 1)


def by_halving(pair):
    found = halved(*(one.weights for one in pair))
    return equal("C - 1", virtual_training_criterion(*pair) - 1, found - 1)


@summed
def halved(p, q):
    r"""$\sum p \log \sigma(a) + q \log \sigma(-a)$, each $a$ where the slope changes its sign."""
    low, high = np.full(len(p), -60.0), np.full(len(p), 60.0)
    for _ in range(70):
        middle = (low + high) / 2
        rising = p * expit(-middle) > q * expit(middle)
        low, high = np.where(rising, middle, low), np.where(rising, high, middle)
    return p * log_expit(low), q * log_expit(-low)
