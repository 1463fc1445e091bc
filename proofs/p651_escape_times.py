r"""A saturated generator escapes, late: the times of the two gradient flows.

Statement
---------
A small gradient is not zero. Let the logit of one generated sample follow the gradient of
the loss, from $a = -A$ up to 0, where $D = 1/2$. It takes the times

$$ T_{\text{minimax}} = e^A - 1 + A, \qquad T_{\text{ns}} = A + 1 - e^{-A}, $$

which are $98 + \log 99$ and $98/99 + \log 99$ from $D = 0.01$, and their ratio grows like
$e^A/A$.

For the data $\mathcal{N}(0, 1)$ and the model $\mathcal{N}(\mu, 1)$, with $D = D^*$ all
the time, the way from $\mu = 8$ to $\mu = 1$ takes $1393.694\dots$ along
$-\mathrm{d}C/\mathrm{d}\mu = -\mu \, \mathbb{E}_q[D^*]$ and $2.515\dots$ along the
non-saturating gradient $-\mu \, \mathbb{E}_q[1 - D^*]$. The minimax generator is 554
times slower, but it arrives.

Assumes   Exact gradient flow; for the Gaussians, $D = D^*$ at each time.
Source    [@goodfellow2014, Section 3] for the two losses; the times are derived here.
"""

import math
from fractions import Fraction

import numpy as np
import sympy as sp
from scipy.integrate import solve_ivp
from scipy.special import expit

from gantheory.evidence import in_norm, summed
from gantheory.theorems import Theorem, at_least, at_most, converges, equal

theorem = Theorem(
    label="escape-times",
    title=r"From $a = -A$ to 0: time $e^A - 1 + A$ by $\log(1 - D)$, $A + 1 - e^{-A}$ by $-\log D$",
    covers=("slow-is-not-never",),
    uses=("slope-comparison", "gaussian-saturation-law"),
    errata=(
        r"[@ramasinghe] writes that with $\log(1 - D)$ the generator will never bring $D$ to $1/2$. "
        r"From $D = 0.01$ the logit takes the time 102.6, and the mean of a Gaussian model comes from "
        r"$\mu = 8$ to 1 as well, 554 times slower than with $-\log D$.",
    ),
)

a, u = sp.symbols("a u", real=True)  # the logit; minus the logit, on the way
A = sp.Symbol("A", positive=True)  # minus the logit, at the start
sigma = sp.Lambda(a, 1 / (1 + sp.exp(-a)))  # the sigmoid


def derive():
    r"""Along the flow $a' = f(a)$ the time from $-A$ to 0 is $\int_{-A}^0 \mathrm{d}a/f(a)$.

    The minimax loss $\log(1 - D)$ has slope $-D$ in the logit, so $f = D = \sigma(a)$ and
    with $u = -a$ the integrand is $1/\sigma(-u) = 1 + e^u$. The non-saturating loss has
    slope $-(1 - D)$, and $1/\sigma(u) = 1 + e^{-u}$. Both integrals are elementary. The
    limits at the end say how the ratio of the times grows: the first is like $e^A$, the
    second like $A$.
    """
    for name, loss, speed in (
        ("minimax", sp.log(1 - sigma(a)), sigma(a)),
        ("non-saturating", -sp.log(sigma(a)), 1 - sigma(a)),
    ):
        yield equal(f"the {name} speed", -sp.Derivative(loss, a), speed)
    yield equal("a primitive of 1/σ(a)", sp.Derivative(a - sp.exp(-a), a), 1 / sigma(a))
    minimax = sp.Integral(1 / sigma(-u), (u, 0, A))
    yield equal("the minimax time", minimax, sp.exp(A) - 1 + A, label="escape-times")
    other = sp.Integral(1 / sigma(u), (u, 0, A))
    yield equal("the non-saturating time", other, A + 1 - sp.exp(-A))
    from_1_percent = sp.Integral(1 / sigma(-u), (u, 0, sp.log(99)))
    yield equal("minimax from D = 1/100", from_1_percent, 98 + sp.log(99))
    from_1_percent = sp.Integral(1 / sigma(u), (u, 0, sp.log(99)))
    yield equal("non-saturating from D = 1/100", from_1_percent, sp.Rational(98, 99) + sp.log(99))
    growth = sp.Limit((sp.exp(A) - 1 + A) / sp.exp(A), A, sp.oo)
    yield equal("the minimax time over e^A", growth, 1)
    growth = sp.Limit((A + 1 - sp.exp(-A)) / A, A, sp.oo)
    yield equal("the non-saturating time over A", growth, 1)


def check():
    r"""The flows themselves, by a Runge-Kutta method whose tolerance is tightened.

    One logit starts at $D = 0.01$: at the time of the statement it has $e^a = 1$. For the
    Gaussians the time is $\int_1^8 \mathrm{d}\mu/f(\mu)$ for a gradient $f$, by
    Gauss-Legendre rules with 10, 20, 40 and 60 nodes, where $\mathbb{E}_q[D^*]$ is a
    trapezoid sum; and after that time the flow, with tolerances $10^{-5}$ to $10^{-11}$ a
    step, is at $\mu = 1$.
    """
    for name, speed, time in (
        ("minimax", expit, 98 + sp.log(99)),
        ("non-saturating", lambda a: expit(-a), sp.Rational(98, 99) + sp.log(99)),
    ):
        ends = [logit_flow(speed, float(time), allowed) for allowed in (1e-5, 1e-8, 1e-11)]
        yield converges(f"{name}: e^a at the time", ends, 1, tolerance=1e-8)
    times = []
    for name, answer, force in (
        ("minimax", "1393.694183052", lambda mean: mean * trapezoid_mean(mean)),
        ("non-saturating", "2.515475403070", lambda mean: mean * (1 - trapezoid_mean(mean))),
    ):
        steps = [travel_time(force, nodes) for nodes in (10, 20, 40, 60)]
        yield converges(f"{name}: the time from 8 to 1", steps, Fraction(answer), tolerance=1e-11)
        ends = [mean_flow(force, float(answer), allowed) for allowed in (1e-5, 1e-7, 1e-9, 1e-11)]
        yield converges(f"{name}: μ after that time", ends, 1, tolerance=1e-6)
        times.append(steps[-1])
    yield at_least("554 times slower", times[0], 554 * times[1], tolerance=0)


def refute():
    r"""Three misreadings of "the gradient vanishes".

    The logit does not stay at $D = 0.01$: at the time $98 + \log 99$ it is not there any
    more. The two times do not differ by the ratio 99 of the slopes at the start, since
    that ratio falls on the way. And the minimax time is not $2 A$ or less, which it would
    be if the logit had everywhere the speed $\tfrac{1}{2}$ that it has at the end: it
    exceeds $2 A$ for every $A > 0$, because $e^A - 1 > A$.
    """
    stays = logit_flow(expit, 98 + math.log(99), 1e-11)
    yield equal("the logit stays at D = 1/100", stays, Fraction(1, 99), label="slow-is-not-never")
    other = sp.Rational(98, 99) + sp.log(99)
    yield equal("the times differ by a factor of 99", 98 + sp.log(99), 99 * other)
    yield at_most("the minimax time is at most 2 A", sp.exp(A) - 1 + A, 2 * A)


# --- how the numbers are made ---------------------------------------------------------------------


def trapezoid_mean(mean):
    r"""$\mathbb{E}_q[D^*] = e^{-\mu^2/8} \, \mathbb{E}[1/(2 \cosh(\mu Z/2))]$, a trapezoid sum."""
    at = np.linspace(-12, 12, 481)
    terms = np.exp(-(at**2) / 2) / np.cosh(mean * at / 2)
    return math.exp(-(mean**2) / 8) * float(np.sum(terms)) * 0.05 / (2 * math.sqrt(2 * math.pi))


@summed
def travel_time(force, count):
    r"""$\int_1^8 \mathrm{d}\mu/f(\mu)$ by a Gauss-Legendre rule of so many nodes."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return [3.5 * w / force(4.5 + 3.5 * node) for node, w in zip(nodes, weights, strict=True)]


def reached(speed, start, time, allowed):
    """Where x' = speed(x) is at the time, by Runge-Kutta with this tolerance a step."""

    def slope(_, place):
        return speed(float(place[0]))

    return solve_ivp(slope, (0, time), [start], "DOP853", rtol=allowed, atol=allowed).y[0, -1]


@in_norm(roundings=10**5)  # a thousand, and what is lost at the start grows up to fiftyfold
def logit_flow(speed, time, allowed):
    """$e^a$ at the time, from D = 0.01."""
    return math.exp(reached(speed, -math.log(99), time, allowed))


@in_norm(roundings=10**6)  # a thousand, and what is lost at μ = 8 grows a thousandfold
def mean_flow(force, time, allowed):
    r"""$\mu$ at the time, from $\mu = 8$ against the gradient."""
    return reached(lambda mean: -force(mean), 8.0, time, allowed)
