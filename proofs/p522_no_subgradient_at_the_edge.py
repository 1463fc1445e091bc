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

import sympy as sp

from gantheory import certified
from gantheory.densities import Discrete
from gantheory.theorems import Theorem, at_least, equal, increasing

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


def derive():
    r"""Two limits of the slope, and how steep $C$ is at the edge.

    The slope at a point is $\log \frac{q}{p + q}$. With $p > 0$ fixed it tends to $-\infty$ as
    $q \to 0$; with $q > 0$ fixed it tends to 0 as $p \to 0$. So the pull of data that the model
    misses has no bound, while mass in a place without data moves only because the slopes elsewhere
    are below 0.

    A number $g$ is a subgradient at the model $(0, 1)$, in the direction of the missed point, if
    $C(h) \ge C(0) + g h$ for all $h$. But $(C(h) - C(0))/h$ tends to $-\infty$, and so there is none.
    Without the term $\log h$ the quotient tends to $\log 3 - 1$, which is the expansion in the
    statement.
    """
    label = "no-subgradient-at-the-edge"
    yield equal("slope where the model is missing", sp.Limit(SLOPE, q, 0, "+"), -sp.oo)
    yield equal("slope without data", sp.Limit(SLOPE, p, 0, "+"), 0)
    yield equal(
        "difference quotient at the edge", sp.Limit(RISE / h, h, 0, "+"), -sp.oo, label=label
    )
    rest = sp.Limit(RISE / h - sp.log(h), h, 0, "+")
    yield equal("difference quotient without log h", rest, sp.log(3) - 1)


def certify():
    r"""The fall of $C$, divided by $h$, for $h$ from $10^{-1}$ to $10^{-16}$.

    The numbers increase with every step, by more than the rigorous error bounds: the slope becomes
    steeper and steeper as the edge is approached. At $h = 10^{-16}$ the quotient is larger than
    36.
    """
    steps = [fall(k) * 10**k for k in (1, 2, 4, 8, 16)]
    yield increasing("fall/h at h = 1e-1, 1e-2, 1e-4, 1e-8, 1e-16", steps)
    yield at_least("fall/h at h = 1e-16", steps[-1], 36)


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
    rest = sp.Limit(RISE / h - sp.log(h), h, 0, "+")
    yield equal("h log h without a linear term", rest, 0)


# --- how the numbers are made ---------------------------------------------------------------------


def fall(power):
    """C of the model (0, 1) minus C of (h, 1 - h) for h = 10^-power, data (1/2, 1/2), in balls."""
    h = Fraction(1, 10**power)
    models = Discrete((0, 1)), Discrete((h, 1 - h))
    data = Discrete((Fraction(1, 2), Fraction(1, 2)))
    edge, inside = (certified.virtual_training_criterion(data, model) for model in models)
    return edge - inside
