r"""The value $V$ is concave in the logit of $D$, and its only stationary point is $D^*$.

Statement
---------
Let $D = \sigma(a)$, so that
$V = \int p \log \sigma(a) + q \log(1 - \sigma(a)) \,\mathrm{d}x$. At a point the integrand
has, as a function of the logit $a$ there, the derivatives

$$ p (1 - D) - q D = (p + q)(D^* - D), \qquad -(p + q) D (1 - D) \le 0. $$

So the expected gradient $\int (p (1 - D) - q D) \, \nabla_\varphi a \,\mathrm{d}x$ of a
discriminator with parameters $\varphi$ weighs $\nabla_\varphi a$ by how far $D$ is below
$D^*$, and it is 0 where $D = D^*$. $V$ is concave in the logit, and so it is along every
line $a + t h$ of logits. In the parameters of a network it need not be concave.

Assumes   $p$ and $q$ are positive at the point; $D^* = p/(p + q)$.
Source    Derived here from [@goodfellow2014, Proposition 1].
"""

from fractions import Fraction

import numpy as np
import sympy as sp
from scipy.special import expit

from gantheory import certified
from gantheory.densities import Laplace, Normal
from gantheory.evidence import differences, pointwise
from gantheory.game import optimal_discriminator, value_function
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal

theorem = Theorem(
    label="value-concave-in-logit",
    title=r"In the logit $V$ has the slope $(p + q)(D^* - D)$, and is concave",
    uses=("discriminator-gradient", "optimal-discriminator"),
)

p, q = sp.symbols("p q", positive=True)  # the densities at a point
a, w, t = sp.symbols("a w t", real=True)  # the logit; a weight, and a change of it
sigma = sp.Lambda(a, 1 / (1 + sp.exp(-a)))  # the sigmoid
value = p * sp.log(sigma(a)) + q * sp.log(1 - sigma(a))
PAIRS = {
    "N(0, 1) and N(1, 1)": (Normal(0, 1), Normal(1, 1)),
    "Laplace(0, 1) and Laplace(1, 2)": (Laplace(0, 1), Laplace(1, 2)),
}


def derive():
    r"""Differentiate $p \log \sigma(a) + q \log(1 - \sigma(a))$ by the logit.

    $\log \sigma$ has the derivative $1 - D$ and $\log(1 - \sigma)$ has $-D$. So the first
    derivative is $p (1 - D) - q D$, where $p$ pushes the logit up and $q$ pushes it down.
    It is written as $p - (p + q) D$, and thus as $(p + q)(D^* - D)$. It has the sign of
    $p - q e^a$, so it is 0 only at $a = \log p - \log q$, which is the logit of $D^*$.
    """
    slope = sp.Derivative(value, a)
    yield equal("the derivative", slope, p * (1 - sigma(a)) - q * sigma(a))
    distance = (p + q) * (p / (p + q) - sigma(a))
    yield equal("by the distance from D*", slope, distance, label="value-concave-in-logit")
    zero = sp.exp(-a) * (p - q * sp.exp(a)) / (1 + sp.exp(-a))
    yield equal("its only zero", zero, p * (1 - sigma(a)) - q * sigma(a))

    # The second derivative is that of -(p + q) D, and negative. Concave functions of one
    # number at each point make V concave in the logit as a whole.
    second = -(p + q) * sigma(a) * (1 - sigma(a))
    yield equal("the second derivative", sp.Derivative(value, (a, 2)), second)
    yield at_most("it is not positive", -(p + q) * sigma(a) * sigma(-a), 0)


def certify():
    r"""Concavity along a line of logits, by balls.

    The line is $a_t = t \log(p/q)$, so that $D_t = p^t/(p^t + q^t)$: it leads from
    $D = 1/2$ at $t = 0$ to $D^*$ at $t = 1$. A concave function of $t$ has a slope that
    lies between the slopes of the chords before and after. That is checked at $t = 1/2$
    with chords of length $1/8$, for two pairs of densities. The slope is computed twice, by
    the logit form of the gradient and by the form with $\nabla D/D$ and $\nabla D/(1 - D)$.
    """
    step = Fraction(1, 8)
    for name, pair in PAIRS.items():
        before, here, after = (value_on_line(pair, eighths) for eighths in (3, 4, 5))
        by_logit, by_quotient = slopes_on_line(pair)
        yield at_least(f"{name}: the next chord", by_logit * step, after - here, tolerance=0)
        yield at_most(f"{name}: the last chord", by_logit * step, here - before, tolerance=0)
        yield equal(f"{name}: both forms", by_logit, by_quotient)


def check():
    r"""The package's $V$ on the line $(1 + t) \, a^* + t$ of logits, by differences.

    At $t = 0$ the slope is 0, since $D = D^*$. At $t = -1/2$, where $D$ is not as sure and shifted, it
    is $\int (p (1 - D) - q D)(a^* + 1) \,\mathrm{d}x$, in balls.
    """
    share = sp.sqrt(p) / (sp.sqrt(p) + sp.sqrt(q) * sp.exp(sp.Rational(1, 2)))
    form = (p * (1 - share) - q * share) * (sp.log(p / q) + 1)
    for name, pair in PAIRS.items():
        for at, slope in (
            (0.0, 0),
            (-0.5, certified.integral(form, *pair, bound=(3, 3), digits=12)),
        ):
            moved = differences(value_of_logit(pair), [at], [1.0])
            yield equal(f"{name}: the slope at t = {at:g}", 1 + moved, 1 + slope)


def search(seed):
    r"""Pairs of distributions on finitely many points, and a shift of the logit of $D^*$ up to $\pm 30$.

    A pair refutes the formula if $p (1 - D) - q D$ differs from $(p + q)(D^* - D)$ at one
    of the points. What is subtracted is added to both sides, so that no digits cancel.
    """
    pairs = strategies.discrete_pairs(equal=False)
    shifts = strategies.logits(30).map(lambda shift: shift + (abs(shift) < 1e-3))
    examples = pairs.flatmap(lambda pair: shifts.map(lambda shift: (*pair, shift)))
    yield survives("the two weights", weights_agree, examples, seed=seed, examples=130)


def refute():
    r"""Three mistakes about the shape of $V$.

    With a sign lost the weight is $p (1 - D) + q D$, which is positive, and $V$ has no
    maximum. The second derivative without its factor $1 - D$ would not vanish where $D$ is
    close to 1. And concavity in the logit is not concavity in the weights of a network: for
    two weights whose product is the logit, $a = w_1 w_2$, $V$ is not concave on the
    diagonal.
    """
    unsigned = p * (1 - sigma(a)) + q * sigma(a)
    yield equal("the weight p (1 - D) + q D", sp.Derivative(value, a), unsigned)
    yield equal("a factor 1 - D lost", sp.Derivative(value, (a, 2)), -(p + q) * sigma(a))
    on_diagonal = sp.log(sigma((w + t) ** 2))
    second = sp.Subs(sp.Derivative(on_diagonal, t, t), t, 0)
    yield at_most("concave in w_1 w_2 too", second, 0)


# --- how the numbers are made ---------------------------------------------------------------------


def value_on_line(pair, eighths):
    r"""$V$ at $D_t$, t in eighths, as a ball."""
    at = sp.Rational(eighths, 8)
    form = -p * sp.log(1 + (q / p) ** at) - q * sp.log(1 + (p / q) ** at)
    return certified.integral(form, *pair, bound=(2, 2), digits=6)


def value_of_logit(pair):
    r"""$V$ at the logit $(1 + t) a^* + t$, as a function of t."""
    best = optimal_discriminator(*pair)
    return lambda t: float(value_function(*pair, (1 + float(t[0])) * best + float(t[0])))


def slopes_on_line(pair):
    r"""$\mathrm{d}V/\mathrm{d}t$ at $t = 1/2$ by the logit form and by quotients, as balls."""
    share, ratio = sp.sqrt(p) / (sp.sqrt(p) + sp.sqrt(q)), sp.log(p / q)
    moved = sp.sqrt(p * q) / (sp.sqrt(p) + sp.sqrt(q)) ** 2 * ratio  # dD/dt
    by_logit = p * (1 - share) * ratio - q * share * ratio
    by_quotient = p * moved / share - q * moved / (1 - share)
    forms = (by_logit, by_quotient)
    return [certified.integral(form, *pair, bound=(2, 2), digits=12) for form in forms]


def weights_agree(example):
    """Return that both weights are equal, with q D and (p + q) D added to both."""
    real, fake, shift = example
    real, fake = real.weights + 1e-3, fake.weights + 1e-3  # both positive everywhere
    logits = np.log(real) - np.log(fake) + shift
    return equal("all points", weight_at(real, fake, logits), distance_at(real, fake, logits))


@pointwise
def weight_at(real, fake, logits):
    """p (1 - D) + (p + q) D."""
    return real * expit(-logits) + (real + fake) * expit(logits)


@pointwise
def distance_at(real, fake, logits):
    """(p + q) D* + q D."""
    return (real + fake) / (1 + fake / real) + fake * expit(logits)
