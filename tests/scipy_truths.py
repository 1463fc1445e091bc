"""Divergences of scipy's families in balls, from log densities that are written down anew here.

Every family is a function of balls; x is given by its distances from both ends of the family, because
near a pole a difference would lose all digits. The line is cut at all ends, centres and kinks; in each
piece x = end ± e^u, so that poles and heavy tails fall off exponentially at both ends of u. What is left
out there is bounded by its mass.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import flint
import numpy as np
from flint import acb, arb
from scipy import stats

BITS = 170
LEFT_OUT = 1e-40  # mass of each density beyond the range of u, at either end
STEP = 2.0  # width of a panel in u
LogDensity = Callable[..., acb]


def ball(x: Any) -> arb:
    """A rational as a ball."""
    x = Fraction(x)
    return arb(flint.fmpq(x.numerator, x.denominator))


@dataclass(frozen=True)
class Place:
    """x by its distance from one reference, exactly: x = at + side e^u."""

    at: Fraction
    side: int
    away: acb
    analytic: bool

    def above(self, point: Fraction) -> acb:
        """x - point."""
        gap = self.at - point
        return self.side * self.away + (ball(gap) if gap else 0)

    def log(self, z: acb) -> acb:
        return z.log(analytic=self.analytic)

    def sqrt(self, z: acb) -> acb:
        return z.sqrt(analytic=self.analytic)

    def pow(self, z: acb, power: Any) -> acb:
        """z^power through the logarithm."""
        return (self.log(z) * ball(power)).exp()


@dataclass(frozen=True)
class Law:
    """One density: its frozen distribution of scipy, and the same in balls.

    Attributes
    ----------
    density:
        What the package is given.
    low, high:
        Ends of the support, exactly; None if infinite.
    center:
        Where its mass sits.
    log:
        Place -> log density, where low < x < high.
    reach:
        (below, above): distances from the centre beyond which it holds LEFT_OUT.
    nearest:
        log of a distance from each end, within which it holds LEFT_OUT.
    kinks:
        Points where the logarithm is not analytic.
    """

    density: Any
    low: Fraction | None
    high: Fraction | None
    center: Fraction
    log: Callable[[Place], acb]
    reach: tuple[float, float]
    nearest: tuple[float, float] = (-200.0, -200.0)
    kinks: tuple[Fraction, ...] = ()
    name: str = ""

    @property
    def ends(self) -> list[Fraction]:
        return [end for end in (self.low, self.high) if end is not None] + [*self.kinks]

    def lives(self, a: Fraction | None, b: Fraction | None) -> bool:
        """Whether it lives between two neighbouring breaks."""
        below = self.high is None or (b is not None and b <= self.high)
        above = self.low is None or (a is not None and a >= self.low)
        return below and above


@dataclass(frozen=True)
class Mixed:
    """A mixture of laws with exact weights."""

    density: Any
    parts: tuple[tuple[Fraction, Law], ...]


def parts_of(law: Any) -> tuple[tuple[Fraction, Law], ...]:
    return law.parts if isinstance(law, Mixed) else ((Fraction(1), law),)


# --- kernels --------------------------------------------------------------------------------------
# each takes log p and log q, None where one does not live


def jensen_shannon(p: acb | None, q: acb | None, place: Place) -> acb:
    two = arb(2).log()
    if p is None or q is None:
        return two / 2 * _exp(p, q)
    a = p - q
    first = p.exp() * (two - softplus(-a, place))
    return (first + q.exp() * (two - softplus(a, place))) / 2


def softplus(z: acb, place: Place) -> acb:
    """log(1 + e^z); where |Re z| > 30 by a series, which has no branch points and is off by e^-150."""
    if z.real > 30:
        return z + softplus(-z, place)
    if z.real < -30:
        w = z.exp()
        return w * (1 - w * (arb(1) / 2 - w * (arb(1) / 3 - w / 4)))
    return place.log(1 + z.exp())


def hellinger(p: acb | None, q: acb | None, place: Place) -> acb:
    if p is None or q is None:
        return _exp(p, q) / 2
    return ((p / 2).exp() - (q / 2).exp()) ** 2 / 2


def kullback_leibler(p: acb | None, q: acb | None, place: Place) -> acb:
    if p is None:
        return acb(0)
    assert q is not None  # `_half` looks first: an integral in balls lets no exception out
    return p.exp() * (p - q)


def mass(p: acb | None, q: acb | None, place: Place) -> acb:
    return acb(0) if p is None else p.exp()


def _exp(p: acb | None, q: acb | None) -> acb:
    one = q if p is None else p
    return acb(0) if one is None else one.exp()


def log_density(live: list[tuple[Fraction, Law]], place: Place) -> acb | None:
    """log Σ w e^(log density)."""
    terms = [law.log(place) + ball(w).log() for w, law in live]
    if not terms:
        return None
    total = terms[0]
    for term in terms[1:]:
        total = total + softplus(term - total, place)
    return total


KERNELS = {
    "js_divergence": jensen_shannon,
    "squared_hellinger": hellinger,
    "kl_divergence": kullback_leibler,
}


@dataclass(frozen=True)
class TooDear(Exception):
    """The evaluations that are allowed did not suffice."""


def truth(name: Any, p: Any, q: Any, *, evaluations: int = 6000) -> tuple[arb, float]:
    """Return the divergence (or the integral of a kernel) as a ball, and a bound on what was left out.

    Raises
    ------
    TooDear
        If the ball is wider than 1e-16 of the value and 1e-22.
    ZeroDivisionError
        If it is infinite.
    """
    kernel = KERNELS[name] if isinstance(name, str) else name
    laws = [law for one in (p, q) for _, law in parts_of(one)]
    with flint.ctx.workprec(BITS):
        breaks = sorted({end for law in laws for end in law.ends})
        marks = sorted({*breaks, *(law.center for law in laws)})
        low = min((law.center - Fraction(law.reach[0]) for law in laws), default=Fraction(0))
        high = max((law.center + Fraction(law.reach[1]) for law in laws), default=Fraction(0))
        outer_low = all(law.low is not None for law in laws)
        outer_high = all(law.high is not None for law in laws)
        nearest = min(min(law.nearest) for law in laws)
        total = arb(0)
        if not outer_low:
            total += _half(kernel, p, q, marks[0], -1, nearest, marks[0] - low, breaks, evaluations)
        if not outer_high:
            total += _half(
                kernel, p, q, marks[-1], 1, nearest, high - marks[-1], breaks, evaluations
            )
        for a, b in itertools.pairwise(marks):
            half = (b - a) / 2
            for at, side in ((a, 1), (b, -1)):
                total += _half(kernel, p, q, at, side, nearest, half, breaks, evaluations)
    left_out = 4 * LEFT_OUT * len(laws) * 100
    if not total.is_finite() or float(total.rad()) > max(1e-16 * abs(float(total.mid())), 1e-40):
        raise TooDear
    return total, left_out


def _half(
    kernel: Any,
    p: Any,
    q: Any,
    at: Fraction,
    side: int,
    nearest: float,
    width: Fraction,
    breaks: list[Fraction],
    evaluations: int,
) -> arb:
    """∫ kernel over (at, at + side width), x = at + side e^u."""
    beyond = [b for b in breaks if (b > at if side > 0 else b < at)]
    inner = at if side > 0 else (max(beyond) if beyond else None)
    outer = (min(beyond) if beyond else None) if side > 0 else at
    alive = [[(w, law) for w, law in parts_of(one) if law.lives(inner, outer)] for one in (p, q)]
    if kernel is kullback_leibler and alive[0] and not alive[1]:
        raise ZeroDivisionError("infinite")
    if width <= 0 or not any(alive):
        return arb(0)
    top = math.log(float(width)) if width > Fraction(1, 10**300) else -600.0
    start = min(nearest, top - 3)

    def f(u: acb, analytic: bool) -> acb:
        away = u.exp()
        place = Place(at, side, away, analytic)
        log_p, log_q = (log_density(live, place) for live in alive)
        return kernel(log_p, log_q, place) * away

    # the last panel ends at log width exactly
    ends = [arb(start + STEP * k) for k in range(max(1, math.ceil((top - start) / STEP)))]
    ends.append(ball(width).log())
    total = arb(0)
    for a, b in itertools.pairwise(ends):
        part = acb.integral(
            f, acb(a), acb(b), rel_tol=arb(2) ** -62, abs_tol=arb(10) ** -36, eval_limit=evaluations
        )
        total += part.real
    return total


# --- families -------------------------------------------------------------------------------------


def _lgamma(x: Any) -> arb:
    return ball(x).lgamma()


def _log_beta(a: Any, b: Any) -> arb:
    return _lgamma(a) + _lgamma(b) - _lgamma(Fraction(a) + Fraction(b))


def _phi(z: acb) -> acb:
    """Log of the normal density."""
    return -z * z / 2 - (2 * arb.pi()).log() / 2


@dataclass(frozen=True)
class Family:
    """A family of scipy: shapes drawn by `draw`, log density of y = (x - loc)/scale by `log`.

    `log(place, y, t, *shapes)`, where t is the distance of y from the upper end, if there is one.
    """

    name: str
    draw: Callable[[np.random.Generator], tuple[float, ...]]
    log: LogDensity
    low: float | None = None
    high: float | None = None
    kinks: tuple[float, ...] = ()


def _u(low: float, high: float) -> Callable[[np.random.Generator], float]:
    return lambda rng: float(f"{math.exp(rng.uniform(math.log(low), math.log(high))):.4g}")


def _shapes(*draws: Callable[[np.random.Generator], float]) -> Any:
    return lambda rng: tuple(d(rng) for d in draws)


def _gamma(pl, y, t, a):
    return ball(Fraction(a) - 1) * pl.log(y) - y - _lgamma(a)


def _beta(pl, y, t, a, b):
    return ball(Fraction(a) - 1) * pl.log(y) + ball(Fraction(b) - 1) * pl.log(t) - _log_beta(a, b)


def _weibull_min(pl, y, t, c):
    return ball(c).log() + ball(Fraction(c) - 1) * pl.log(y) - pl.pow(y, c)


def _weibull_max(pl, y, t, c):
    return ball(c).log() + ball(Fraction(c) - 1) * pl.log(t) - pl.pow(t, c)


def _lognorm(pl, y, t, s):
    z = pl.log(y)
    return _phi(z / ball(s)) - ball(s).log() - z


def _pareto(pl, y, t, b):  # y is measured from 0, the support begins at 1
    return ball(b).log() - ball(Fraction(b) + 1) * pl.log(y)


def _lomax(pl, y, t, c):
    return ball(c).log() - ball(Fraction(c) + 1) * pl.log(1 + y)


def _gumbel_r(pl, y, t):
    return -y - (-y).exp()


def _gumbel_l(pl, y, t):
    return y - y.exp()


def _genextreme(pl, y, t, c):  # c > 0: the upper end is 1/c, and 1 - c y = c t
    w = pl.log(ball(c) * t)
    return ball(1 / Fraction(c) - 1) * w - (ball(1 / Fraction(c)) * w).exp()


def _burr12(pl, y, t, c, d):
    power = pl.pow(y, c)
    return (
        (ball(c) * ball(d)).log()
        + ball(Fraction(c) - 1) * pl.log(y)
        - ball(Fraction(d) + 1) * pl.log(1 + power)
    )


def _burr(pl, y, t, c, d):
    power = pl.pow(y, -Fraction(c))
    return (
        (ball(c) * ball(d)).log()
        - ball(Fraction(c) + 1) * pl.log(y)
        - ball(Fraction(d) + 1) * pl.log(1 + power)
    )


def _fisk(pl, y, t, c):
    return _burr(pl, y, t, c, 1)


def _invgauss(pl, y, t, mu):
    m = ball(mu)
    return -(2 * arb.pi()).log() / 2 - pl.log(y) * 3 / 2 - ((y - m) / m) ** 2 / (2 * y)


def _rice(pl, y, t, b):
    scaled = (y * ball(b)).bessel_i(acb(0), scaled=True)
    return pl.log(y) - (y - ball(b)) ** 2 / 2 + pl.log(scaled)


def _nakagami(pl, y, t, nu):
    n = ball(nu)
    return arb(2).log() + n * n.log() - _lgamma(nu) + (2 * n - 1) * pl.log(y) - n * y * y


def _johnsonsu(pl, y, t, a, b):
    root = pl.sqrt(y * y + 1)
    z = pl.log(y + root) if y.real > 0 else -pl.log(root - y)  # asinh y, without cancellation
    return _phi(ball(a) + ball(b) * z) + ball(b).log() - pl.log(root)


def _johnsonsb(pl, y, t, a, b):
    z = pl.log(y) - pl.log(t)
    return _phi(ball(a) + ball(b) * z) + ball(b).log() - pl.log(y) - pl.log(t)


def _levy(pl, y, t):
    return -(2 * arb.pi()).log() / 2 - pl.log(y) * 3 / 2 - 1 / (2 * y)


def _vonmises_line(pl, y, t, kappa):
    k = ball(kappa)
    return k * y.cos() - (2 * arb.pi()).log() - acb(k).bessel_i(acb(0)).real.log()


def _gennorm(pl, y, t, beta):
    b = ball(beta)
    size = y if y.real > 0 else -y
    return b.log() - arb(2).log() - (1 / b).lgamma() - pl.pow(size, beta)


def _truncnorm(pl, y, t, a, b):
    root = arb(2).sqrt()
    whole = ((-ball(b) / root).erfc() - (-ball(a) / root).erfc()) / 2
    return _phi(y) - whole.log()


def _powerlaw(pl, y, t, a):
    return ball(a).log() + ball(Fraction(a) - 1) * pl.log(y)


def _logistic(pl, y, t):
    return -y - 2 * pl.log(1 + (-y).exp())


def _halfnorm(pl, y, t):
    return _phi(y) + arb(2).log()


def _halfcauchy(pl, y, t):
    return (2 / arb.pi()).log() - pl.log(1 + y * y)


def _chi2(pl, y, t, df):
    h = Fraction(df) / 2
    return ball(h - 1) * pl.log(y) - y / 2 - ball(h) * arb(2).log() - _lgamma(h)


def _chi(pl, y, t, df):
    h = Fraction(df) / 2
    return ball(Fraction(df) - 1) * pl.log(y) - y * y / 2 + ball(1 - h) * arb(2).log() - _lgamma(h)


def _f(pl, y, t, n, m):
    a, b = Fraction(n) / 2, Fraction(m) / 2
    r = ball(Fraction(n) / Fraction(m))
    return (
        ball(a) * r.log()
        + ball(a - 1) * pl.log(y)
        - ball(a + b) * pl.log(1 + r * y)
        - _log_beta(a, b)
    )


def _betaprime(pl, y, t, a, b):
    both = Fraction(a) + Fraction(b)
    return ball(Fraction(a) - 1) * pl.log(y) - ball(both) * pl.log(1 + y) - _log_beta(a, b)


def _invgamma(pl, y, t, a):
    return -ball(Fraction(a) + 1) * pl.log(y) - 1 / y - _lgamma(a)


def _rayleigh(pl, y, t):
    return pl.log(y) - y * y / 2


def _maxwell(pl, y, t):
    return (2 / arb.pi()).log() / 2 + 2 * pl.log(y) - y * y / 2


def _moyal(pl, y, t):
    return -(y + (-y).exp()) / 2 - (2 * arb.pi()).log() / 2


def _gompertz(pl, y, t, c):
    return ball(c).log() + y - ball(c) * (y.exp() - 1)


def _genlogistic(pl, y, t, c):
    return ball(c).log() - y - ball(Fraction(c) + 1) * pl.log(1 + (-y).exp())


def _hypsecant(pl, y, t):
    return -arb.pi().log() - pl.log(y.cosh())


def _semicircular(pl, y, t):
    return (2 / arb.pi()).log() + (pl.log(1 + y) + pl.log(t)) / 2


def _arcsine(pl, y, t):
    return -arb.pi().log() - (pl.log(y) + pl.log(t)) / 2


def _invweibull(pl, y, t, c):
    w = pl.log(y)
    return ball(c).log() - ball(Fraction(c) + 1) * w - (-ball(c) * w).exp()


def _loggamma(pl, y, t, c):
    return ball(c) * y - y.exp() - _lgamma(c)


def _exponweib(pl, y, t, a, c):
    w = pl.pow(y, c)
    tail = 2 * (w / 2).sinh() * (-w / 2).exp()  # 1 - e^-w
    return (
        (ball(a) * ball(c)).log()
        + ball(Fraction(a) - 1) * pl.log(tail)
        - w
        + ball(Fraction(c) - 1) * pl.log(y)
    )


def _genpareto(pl, y, t, c):
    return -ball(1 + 1 / Fraction(c)) * pl.log(1 + ball(c) * y)


def _bradford(pl, y, t, c):
    return ball(c).log() - (1 + ball(c)).log().log() - pl.log(1 + ball(c) * y)


def _kappa3(pl, y, t, a):
    w = pl.pow(y, a)
    return ball(a).log() - ball((Fraction(a) + 1) / Fraction(a)) * pl.log(ball(a) + w)


def _cosine(pl, y, t):
    return pl.log(1 + y.cos()) - (2 * arb.pi()).log()


def _anglit(pl, y, t):
    return pl.log((2 * y).cos())


def _norm(pl, y, t):
    return _phi(y)


def _cauchy(pl, y, t):
    return -pl.log(1 + y * y) - arb.pi().log()


def _student(pl, y, t, df):
    h = Fraction(df) / 2
    level = _lgamma(h + Fraction(1, 2)) - _lgamma(h) - (ball(df) * arb.pi()).log() / 2
    return level - ball(h + Fraction(1, 2)) * pl.log(1 + y * y / ball(df))


FAMILIES = (
    Family("gamma", _shapes(_u(0.2, 20)), _gamma, 0),
    Family("beta", _shapes(_u(0.3, 5), _u(0.3, 5)), _beta, 0, 1),
    Family("weibull_min", _shapes(_u(0.3, 5)), _weibull_min, 0),
    Family("weibull_max", _shapes(_u(0.3, 5)), _weibull_max, None, 0),
    Family("lognorm", _shapes(_u(0.1, 2)), _lognorm, 0),
    Family("pareto", _shapes(_u(0.5, 5)), _pareto, 1),
    Family("lomax", _shapes(_u(0.5, 5)), _lomax, 0),
    Family("gumbel_r", _shapes(), _gumbel_r),
    Family("gumbel_l", _shapes(), _gumbel_l),
    Family("burr12", _shapes(_u(0.5, 5), _u(0.5, 5)), _burr12, 0),
    Family("burr", _shapes(_u(0.5, 5), _u(0.5, 5)), _burr, 0),
    Family("fisk", _shapes(_u(0.5, 5)), _fisk, 0),
    Family("invgauss", _shapes(_u(0.2, 5)), _invgauss, 0),
    Family("rice", _shapes(_u(0.2, 5)), _rice, 0),
    Family("nakagami", _shapes(_u(0.2, 5)), _nakagami, 0),
    Family("johnsonsu", _shapes(_u(0.1, 2), _u(0.5, 3)), _johnsonsu),
    Family("johnsonsb", _shapes(_u(0.1, 2), _u(0.5, 3)), _johnsonsb, 0, 1),
    Family("levy", _shapes(), _levy, 0),
    Family("gennorm", _shapes(_u(0.5, 5)), _gennorm, kinks=(0,)),
    Family("powerlaw", _shapes(_u(0.2, 5)), _powerlaw, 0, 1),
    Family("logistic", _shapes(), _logistic),
    Family("halfnorm", _shapes(), _halfnorm, 0),
    Family("halfcauchy", _shapes(), _halfcauchy, 0),
    Family("chi2", _shapes(_u(0.4, 20)), _chi2, 0),
    Family("chi", _shapes(_u(0.4, 20)), _chi, 0),
    Family("f", _shapes(_u(0.5, 20), _u(1, 20)), _f, 0),
    Family("betaprime", _shapes(_u(0.3, 5), _u(0.5, 5)), _betaprime, 0),
    Family("invgamma", _shapes(_u(0.5, 5)), _invgamma, 0),
    Family("rayleigh", _shapes(), _rayleigh, 0),
    Family("maxwell", _shapes(), _maxwell, 0),
    Family("moyal", _shapes(), _moyal),
    Family("gompertz", _shapes(_u(0.1, 5)), _gompertz, 0),
    Family("genlogistic", _shapes(_u(0.2, 5)), _genlogistic),
    Family("hypsecant", _shapes(), _hypsecant),
    Family("semicircular", _shapes(), _semicircular, -1, 1),
    Family("arcsine", _shapes(), _arcsine, 0, 1),
    Family("invweibull", _shapes(_u(0.5, 5)), _invweibull, 0),
    Family("loggamma", _shapes(_u(0.3, 5)), _loggamma),
    Family("exponweib", _shapes(_u(0.3, 5), _u(0.5, 3)), _exponweib, 0),
    Family("genpareto", _shapes(_u(0.1, 1.5)), _genpareto, 0),
    Family("bradford", _shapes(_u(0.2, 5)), _bradford, 0, 1),
    Family("kappa3", _shapes(_u(0.5, 5)), _kappa3, 0),
    Family("norm", _shapes(), _norm),
    Family("cauchy", _shapes(), _cauchy),
    Family("t", _shapes(_u(0.8, 20)), _student),
)
BY_NAME = {family.name: family for family in FAMILIES}


def law_of(name: str, shapes: tuple[float, ...], loc: float, scale: float) -> Law:
    """Return a scipy family's density, and the same in balls."""
    family = BY_NAME[name]
    frozen = getattr(stats, name)(*shapes, loc=loc, scale=scale)
    standard = getattr(stats, name)(*shapes)
    at, unit = Fraction(loc), Fraction(scale)
    low, high = (
        None if end is None else at + unit * Fraction(end) for end in (family.low, family.high)
    )

    def log(place: Place) -> acb:
        y = place.above(at) / ball(unit)
        t = None if high is None else -place.above(high) / ball(unit)
        return family.log(place, y, t, *shapes) - ball(unit).log()

    center = Fraction(float(standard.median())) * unit + at
    reach = tuple(
        _reach(log, center, side, math.log(scale)) if end is None else 0.0
        for side, end in ((-1, low), (1, high))
    )
    nearest = [-110.0 + math.log(scale)] * 2
    for side, end in enumerate((family.low, family.high)):
        if end is not None:
            nearest[side] = _nearest(family, shapes, side) + math.log(scale)
    kinks = tuple(at + unit * Fraction(k) for k in family.kinks)
    text = f"{name}{shapes} {loc!r} {scale!r}"
    return Law(frozen, low, high, center, log, reach, (nearest[0], nearest[1]), kinks, text)


def _reach(log: Callable[[Place], acb], center: Fraction, side: int, start: float) -> float:
    """A distance beyond which there is LEFT_OUT: where e^u times the density has fallen to that."""
    with flint.ctx.workprec(BITS):
        for k in range(3000):
            u = arb(start + 0.5 * k)
            level = float((log(Place(center, side, acb(u).exp(), False)).real + u).mid())
            if level < math.log(LEFT_OUT) - 5:
                return math.exp(min(start + 0.5 * k, 700.0))
    raise ValueError("the density does not fall off")


def _nearest(family: Family, shapes: tuple[float, ...], side: int) -> float:
    """Log of a distance from an end that holds LEFT_OUT: from the power of the density there."""
    with flint.ctx.workprec(BITS):
        levels = []
        for u in (-300.0, -301.0):
            end = Fraction(family.low if side == 0 else family.high)
            place = Place(end, 1 if side == 0 else -1, acb(arb(u)).exp(), False)
            y = place.above(Fraction(0))
            t = None if family.high is None else -place.above(Fraction(family.high))
            levels.append(float(family.log(place, y, t, *shapes).real.mid()))
    power = levels[0] - levels[1] + 1  # the mass within e^u goes like e^(power u)
    if not math.isfinite(power) or power > 50:
        return -110.0
    return max(math.log(LEFT_OUT) / max(power, 0.01) - 20, -9000.0)


# --- pushforwards of normals ------------------------------------------------------------------------


@dataclass(frozen=True)
class Map:
    """A map of a normal, in numpy and in balls."""

    forward: Any
    inverse: Any
    derivative: Any
    log: Callable[[Place, Fraction, Fraction], acb] = field(repr=False)
    low: int | None = None
    high: int | None = None


def _normal_of(z: acb, loc: Fraction, scale: Fraction) -> acb:
    return _phi((z - ball(loc)) / ball(scale)) - ball(scale).log()


def _sigmoid_log(place: Place, loc: Fraction, scale: Fraction) -> acb:
    up, down = place.log(place.above(Fraction(0))), place.log(-place.above(Fraction(1)))
    return _normal_of(up - down, loc, scale) - up - down


def _tanh_log(place: Place, loc: Fraction, scale: Fraction) -> acb:
    up, down = place.log(place.above(Fraction(-1))), place.log(-place.above(Fraction(1)))
    return _normal_of((up - down) / 2, loc, scale) - up - down


def _sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


MAPS = {
    "sigmoid": Map(
        _sigmoid,
        lambda x: np.log(x / (1 - x)),
        lambda z: _sigmoid(z) * _sigmoid(-z),
        _sigmoid_log,
        0,
        1,
    ),
    "tanh": Map(np.tanh, np.arctanh, lambda z: 1 / np.cosh(z) ** 2, _tanh_log, -1, 1),
}


def pushed(name: str, loc: float, scale: float) -> Law:
    """Return the pushforward of N(loc, scale) by a map of MAPS."""
    from gantheory.densities import Normal, Pushforward, maps

    m = MAPS[name]
    density = Pushforward(maps.monotone(m.forward, m.inverse, m.derivative), Normal(loc, scale))
    center = Fraction(float(np.clip(m.forward(np.float64(loc)), m.low + 1e-9, m.high - 1e-9)))

    def log(place: Place) -> acb:
        return m.log(place, Fraction(loc), Fraction(scale))

    nearest = -40.0 * scale * (1 if name == "sigmoid" else 2) - abs(loc) * 2 - 110
    text = f"{name} of N({loc!r}, {scale!r})"
    return Law(
        density,
        Fraction(m.low),
        Fraction(m.high),
        center,
        log,
        (2.0, 2.0),
        (nearest,) * 2,
        (),
        text,
    )
