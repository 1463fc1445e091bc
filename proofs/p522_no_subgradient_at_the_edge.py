r"""Where the model misses a part of the data, $C$ has no subgradient: its slope there is $-\infty$.

Statement
---------
At a point with $q = 0 < p$ the slope $\log(1 - D^*)$ of $C$ is $-\infty$: the best discriminator is sure
that a sample at this point is real. For data $(\tfrac12, \tfrac12)$ and the model $(h, 1 - h)$

$$C(h) - C(0) = h \log h + (\log 3 - 1)\,h + o(h) \quad (h \to 0),$$

so that $C$ falls from the model $(0, 1)$ more steeply than any line. No number is a subgradient there,
and subgradient methods must keep $q$ away from 0. Where $p = 0 < q$ the slope is 0, and harmless.

Assumes   $p$ and $q$ are densities with respect to one measure; here, weights of finitely many points.
Source    [@rockafellar1970, section 23] for subgradients at the edge; the example is computed here.
"""

from fractions import Fraction

import numpy as np
import sympy as sp

from gantheory import certified
from gantheory.densities import Discrete
from gantheory.evidence import pointwise
from gantheory.game import virtual_training_criterion
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal, increasing

theorem = Theorem(
    label="no-subgradient-at-the-edge",
    title=r"$C$ has no subgradient where $q = 0 < p$",
    uses=("u-affine-c-convex-in-pg", "subderivative-of-supremum"),
    covers=("no-subgradient-at-the-edge", "no-gradient-at-the-edge"),
    errata=(
        "[@nipsnotes] has a gradient at any point: where $q = 0 < p$ there is not even a subgradient.",
    ),
)

# p and q are the densities of data and model at one point, and h the weight of a point that was missed
p, q, h = sp.symbols("p q h", positive=True)
HALF, SLOPE = sp.Rational(1, 2), sp.log(q / (p + q))  # SLOPE: log(1 - D*)
BEST = p * sp.log(p / (p + q)) + q * sp.log(q / (p + q))  # the integrand of C
AT_H = BEST.subs({p: HALF, q: h}) + BEST.subs({p: HALF, q: 1 - h})
AT_0 = BEST.subs({p: HALF, q: 1})  # and 0 for the missed point, where D* = 1
RISE = AT_H - AT_0
SMOOTH = RISE - h * sp.log(h / (HALF + h)) - h * sp.log(HALF + h)


def derive():
    r"""Two limits of the slope, and how steep $C$ is at the edge.

    The slope at a point is $\log \frac{q}{p + q}$. With $p > 0$ fixed it tends to $-\infty$ as
    $q \to 0$; with $q > 0$ fixed it tends to 0 as $p \to 0$. So the pull of data that the model
    misses has no bound, while mass in a place without data moves only because the slopes elsewhere
    are below 0.

    A number $g$ is a subgradient at the model $(0, 1)$, in the direction of the missed point, if
    $C(h) \ge C(0) + g h$ for all $h$. But $(C(h) - C(0))/h$ tends to $-\infty$, and so there is none.
    Without $h \log h$ the rise is smooth, with the slope $\log 3 - 1$: this is the expansion in the
    statement.
    """
    label = "no-subgradient-at-the-edge"
    yield equal("slope where the model is missing", sp.Limit(SLOPE, q, 0, "+"), -sp.oo)
    yield equal("slope without data", sp.Limit(SLOPE, p, 0, "+"), 0)
    yield equal(
        "difference quotient at the edge", sp.Limit(RISE / h, h, 0, "+"), -sp.oo, label=label
    )
    yield equal("the rise without h log h", RISE - h * sp.log(h), SMOOTH, where={h: (0, 1)})
    slope = sp.Subs(sp.Derivative(SMOOTH, h), h, 0)
    yield equal("its slope at the edge", slope, sp.log(3) - 1)


def certify():
    r"""The fall of $C$, divided by $h$, for $h$ from $10^{-1}$ to $10^{-16}$.

    The numbers increase with every step, by more than the rigorous error bounds: the slope becomes
    steeper and steeper as the edge is approached. At $h = 10^{-16}$ the quotient is larger than
    36.
    """
    steps = [fall(k) * 10**k for k in (1, 2, 4, 8, 16)]
    yield increasing("fall/h at h = 1e-1, 1e-2, 1e-4, 1e-8, 1e-16", steps)
    yield at_least("fall/h at h = 1e-16", steps[-1], 36)


def check():
    r"""The expansion at the edge, with $C$ as a sum.

    The models $(h, 1 - h)$ with $h$ down to $10^{-6}$: $C$ is the closed expression, and from the two
    terms of the statement it differs by at most $2 h^2$.
    """
    for power in (1, 2, 4, 6):
        share = Fraction(1, 10**power)
        found = virtual_training_criterion(EVEN, Discrete((share, 1 - share)))
        at = {h: sp.Rational(share)}
        yield equal(f"C at h = 1e-{power}", found, AT_H.subs(at))
        terms = (h * sp.log(h) + (sp.log(3) - 1) * h).subs(at)
        rest = abs(found - (AT_0 + terms))
        yield at_most(f"the rest at h = 1e-{power}", rest, 2 * share**2 + Fraction(1, 10**14))


def search(seed):
    r"""Random data and models on four points, the first of which the model misses.

    A share $h$ of the model that moves there from all of its points lowers $C$ by more than
    $h \log\frac{p_1}{h} + h\,(1 - \log 4)$, for $h \le \tfrac12$. The slope in $h$ at $s$ is
    $\log\frac{s}{p_1 + s}$ minus a mean of $\log(1 - D^*)$ under the model, which is at least
    $-\log\frac{2}{1 - s}$ by Jensen's inequality. One pair with a smaller fall would refute this.
    """
    drawn = strategies.markov_kernels(3, 4)
    yield survives("the fall at the edge", falls, drawn, seed=seed, examples=110)


def refute():
    r"""Four mistakes about the edge.

    A convex function on a closed set has subgradients inside, and one expects them at the edge, too:
    then $C$ would fall at most like a multiple of $h$, for example $10 h$. The slope $-\log 2$ is that
    at $q = p$, not at the edge. The two kinds of missing mass are exchanged when the slope without data
    is called infinite. And $h \log h$ alone forgets the point that the mass comes from, and the change
    of $D^*$: there is a linear term as well.
    """
    line = Fraction(10, 10**8)
    yield at_least("C falls by less than 10 h, h = 1e-8", line, fall(8))
    yield equal(
        "slope -log 2 at the edge",
        sp.Limit(SLOPE, q, 0, "+"),
        -sp.log(2),
        label="no-gradient-at-the-edge",
    )
    yield equal("infinite slope without data", sp.Limit(SLOPE, p, 0, "+"), -sp.oo)
    slope = sp.Subs(sp.Derivative(SMOOTH, h), h, 0)
    yield equal("h log h without a linear term", slope, 0)


# --- how the numbers are made ---------------------------------------------------------------------

EVEN = Discrete(("1/2", "1/2"))


def fall(power):
    """C of the model (0, 1) minus C of (h, 1 - h) for h = 10^-power, data (1/2, 1/2), in balls."""
    h = Fraction(1, 10**power)
    models = Discrete((0, 1)), Discrete((h, 1 - h))
    edge, inside = (certified.virtual_training_criterion(EVEN, model) for model in models)
    return edge - inside


def falls(rows):
    """C at the edge minus C beyond it, h = 2^-n with n from 1 to 31, and the bound."""
    real, fake = [[Fraction(float(x)) + Fraction(1, 10) for x in row] for row in rows[:2]]
    real, fake = [x / sum(real) for x in real], [x / sum(fake[1:]) for x in fake[1:]]
    share = Fraction(1, 2 ** (1 + int(30 * rows[2][0])))
    models = Discrete((0, *fake)), Discrete((share, *((1 - share) * x for x in fake)))
    edge, beyond = (certified.virtual_training_criterion(Discrete(real), q) for q in models)
    yield at_least("the fall", edge - beyond, least_fall(float(real[0]), float(share)))


@pointwise
def least_fall(real, share):
    """h log(p/h) + h (1 - log 4)."""
    return share * (np.log(real / share) + 1 - np.log(4))
