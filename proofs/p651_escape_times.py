r"""A saturated generator escapes, late: the times of the two gradient flows.

Statement
---------
A small gradient is not zero. Let the logit of one generated sample follow the gradient of the loss, from
$a = -A$ up to 0, where $D = 1/2$. It takes the times

$$ T_{\text{minimax}} = e^A - 1 + A, \qquad T_{\text{ns}} = A + 1 - e^{-A}, $$

which are $98 + \log 99$ and $98/99 + \log 99$ from $D = 0.01$, and their ratio grows like
$e^A/A$.

For the data $\mathcal{N}(0, 1)$ and the model $\mathcal{N}(\mu, 1)$, with $D = D^*$ always, the way
from $\mu = 8$ to $\mu = 1$ takes $1393.694\dots$ along $-\mathrm{d}C/\mathrm{d}\mu =
-\mu \, \mathbb{E}_q[D^*]$ and $2.515\dots$ along the non-saturating gradient
$-\mu \, \mathbb{E}_q[1 - D^*]$. The minimax generator is 554 times slower, but it arrives. From $\mu_0$
to any $\mu_1 < \mu_0$ the quotient is between $2 e^{\mu_1^2/8} - 1$ and $2 e^{\mu_0^2/4} - 1$.

Assumes   Exact gradient flow; for the Gaussians, $D = D^*$ at each time.
Source    [@goodfellow2014, Section 3] for the two losses; the times are derived here.
"""

import math
from fractions import Fraction

import numpy as np
import sympy as sp
from scipy.integrate import solve_ivp
from scipy.special import expit

from gantheory import certified
from gantheory.evidence import in_norm, summed
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, always, at_least, at_most, converges, equal

theorem = Theorem(
    label="escape-times",
    title=r"From $a = -A$ to 0: time $e^A - 1 + A$ by $\log(1 - D)$, $A + 1 - e^{-A}$ by $-\log D$",
    covers=("slow-is-not-never",),
    uses=("slope-comparison", "ns-gaussian-gradient", "gaussian-saturation-law"),
    errata=(
        r"[@ramasinghe] writes that with $\log(1 - D)$ the generator will never bring $D$ to $1/2$. "
        r"From $D = 0.01$ the logit takes the time 102.6, and the mean of a Gaussian model comes from "
        r"$\mu = 8$ to 1 as well, 554 times slower than with $-\log D$.",
    ),
)

a, u = sp.symbols("a u", real=True)  # the logit; minus the logit, or a distance, on the way
A, m = sp.symbols("A m", positive=True)  # minus the logit, at the start; the mean of the model
e, low, high = sp.symbols("e low high", real=True)  # E_q[D*] and its two bounds
sigma = sp.Lambda(a, 1 / (1 + sp.exp(-a)))  # the sigmoid
NEAR = sp.Integral(sp.exp(-(u**2) / 2) / sp.cosh(m * u / 2), (u, 0, 5))
INNER = NEAR / sp.sqrt(2 * sp.pi) * sp.exp(-(m**2) / 8)  # E_q[D*], but for u > 5


def derive():
    r"""Along the flow $a' = f(a)$ the time from $-A$ to 0 is $\int_{-A}^0 \mathrm{d}a/f(a)$.

    The minimax loss $\log(1 - D)$ has slope $-D$ in the logit, so $f = D = \sigma(a)$ and with $u = -a$
    the integrand is $1/\sigma(-u) = 1 + e^u$. The non-saturating loss has slope $-(1 - D)$, and
    $1/\sigma(u) = 1 + e^{-u}$. Both integrals are elementary. The limits at the end say how the ratio of
    the times grows: the first is like $e^A$, the second like $A$.

    For the Gaussians the two speeds have the quotient $1/\mathbb{E}_q[D^*] - 1$ at each $\mu$. Page
    `ns-gaussian-gradient` proves $\tfrac12 e^{-\mu^2/4} \le \mathbb{E}_q[D^*] \le \tfrac12
    e^{-\mu^2/8}$; so the quotient is between $2 e^{\mu^2/8} - 1$ and $2 e^{\mu^2/4} - 1$ on the
    way, and that of the times is between the least and the greatest of these.
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
    between = sp.And(low > 0, low <= e, e <= high, high < 1)
    quotients = sp.And(1 / high - 1 <= (1 - e) / e, (1 - e) / e <= 1 / low - 1)
    yield always("the quotient of the speeds", between, quotients)


def certify():
    r"""The times of the two Gaussian flows from $\mu = 8$ to 1, enclosed by balls.

    The minimax time is $\int_1^8 \mathrm{d}\mu/(\mu\,\mathbb{E}_q[D^*])$, with an integral over $u$ in
    the denominator, as on page `gaussian-saturation-law`. Up to $u = 5$ balls enclose both, in twelve
    pieces. Since $1/\cosh$ falls, what is left out makes the inner integral larger by a factor
    $1 + \varepsilon$ at most, with $\varepsilon = \mathrm{erfc}(5/\sqrt2)/\mathrm{erf}(5/\sqrt2) <
    6 \cdot 10^{-7}$, and the time smaller. The non-saturating time is bounded by the two bounds on
    $\mathbb{E}_q[D^*]$, so that the integrals are simple. Hence the minimax generator is more than 517
    times slower; `check` finds 554.
    """
    ends = [1 + sp.Rational(7 * k, 12) for k in range(13)]
    pieces = [sp.Integral(1 / (m * INNER), (m, *ends[k : k + 2])) for k in range(12)]
    time = sum((certified.over(piece, {}) for piece in pieces), start=0)
    rest = certified.over(sp.erfc(5 / sp.sqrt(2)) / sp.erf(5 / sp.sqrt(2)), {})
    yield at_most("ε", rest, Fraction(6, 10**7))
    yield at_most("the minimax time, from above", time, Fraction("1393.695"))
    least = time * (1 - Fraction(6, 10**7))
    yield at_least("the minimax time, from below", least, Fraction("1393.693"))
    bounds = [sp.Integral(1 / (m - m * sp.exp(-(m**2) / k) / 2), (m, 1, 8)) for k in (8, 4)]
    slowest, fastest = (certified.over(bound, {}) for bound in bounds)
    yield at_most("the non-saturating time is less than 2.692", slowest, Fraction("2.692"))
    yield at_least("and more than 2.442", fastest, Fraction("2.442"))
    yield at_least("more than 517 times slower", least, 517 * slowest)


def check():
    r"""The flows themselves, by a Runge-Kutta method whose tolerance is tightened.

    One logit starts at $D = 0.01$: at the time of the statement it has $e^a = 1$. For the Gaussians the
    time is $\int_1^8 \mathrm{d}\mu/f(\mu)$ for a gradient $f$, by Gauss-Legendre rules with 10, 20, 40
    and 60 nodes, where $\mathbb{E}_q[D^*]$ is a trapezoid sum; and after that time the flow, with
    tolerances $10^{-5}$ to $10^{-11}$ a step, is at $\mu = 1$.
    """
    for name, speed, time in (
        ("minimax", expit, 98 + sp.log(99)),
        ("non-saturating", lambda a: expit(-a), sp.Rational(98, 99) + sp.log(99)),
    ):
        ends = [logit_flow(speed, float(time), allowed) for allowed in (1e-5, 1e-8, 1e-11)]
        yield converges(f"{name}: e^a at the time", ends, 1, tolerance=1e-8)
    times = []
    for (name, force), answer in zip(FORCES.items(), TIMES, strict=True):
        steps = [travel_time(force, nodes) for nodes in (10, 20, 40, 60)]
        yield converges(f"{name}: the time from 8 to 1", steps, Fraction(answer), tolerance=1e-11)
        ends = [mean_flow(force, float(answer), allowed) for allowed in (1e-5, 1e-7, 1e-9, 1e-11)]
        yield converges(f"{name}: μ after that time", ends, 1, tolerance=1e-6)
        times.append(steps[-1])
    yield at_least("554 times slower", times[0], 554 * times[1], tolerance=0)


def search(seed):
    r"""The quotient of the two times for 110 random ways, with $0.05 \le \mu_1 < \mu_0 \le 8$.

    Start and end are drawn as shares of the way from 8 to 0. A quotient outside the bounds of the
    statement would refute them. The times are Gauss-Legendre sums.
    """
    shares = strategies.simplices(5)
    yield survives("the quotient of times", between_bounds, shares, seed=seed, examples=110)


def refute():
    r"""Three misreadings of "the gradient vanishes".

    The logit does not stay at $D = 0.01$: at the time $98 + \log 99$ it is not there any more. The two
    times do not differ by the ratio 99 of the slopes at the start, since that ratio falls on the way.
    And the minimax time is not $2 A$ or less, which it would be if the logit had everywhere the speed
    $\tfrac{1}{2}$ that it has at the end: it exceeds $2 A$ for every $A > 0$, because $e^A - 1 > A$.
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


TIMES = "1393.694183052", "2.515475403070"
FORCES = {
    "minimax": lambda mean: mean * trapezoid_mean(mean),
    "non-saturating": lambda mean: mean * (1 - trapezoid_mean(mean)),
}


@summed
def travel_time(force, count, start=8, end=1):
    r"""$\int \mathrm{d}\mu/f(\mu)$ from end to start by a Gauss-Legendre rule of so many nodes."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    middle, half = (start + end) / 2, (start - end) / 2
    return [half * w / force(middle + half * x) for x, w in zip(nodes, weights, strict=True)]


def between_bounds(shares):
    """(2 exp(μ_1²/8) - 1) T_ns ≤ T_minimax ≤ (2 exp(μ_0²/4) - 1) T_ns."""
    end = 0.05 + 4 * shares[0]
    start = end + 0.05 + 3.9 * shares[1]
    slow, fast = (travel_time(force, 10, start, end) for force in FORCES.values())
    yield at_least("lower bound", slow, (2 * math.exp(end**2 / 8) - 1) * fast)
    yield at_most("upper bound", slow, (2 * math.exp(start**2 / 4) - 1) * fast)


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
