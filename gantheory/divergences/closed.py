"""Divergences in closed form, for pairs and batches of one family, with the rounding they carry.

Normals and exponentials have all but JSD, Laplaces all but JSD and TV, Cauchys all but the integrals of
other powers. Every form is a sum of terms of one sign where that can be had, so that nearly
equal pairs keep their digits; what is not known to TOLERANCE is left to integration.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt

from gantheory.densities.cauchy import Cauchy, log1p_square
from gantheory.densities.exponential import Exponential
from gantheory.densities.laplace import Laplace
from gantheory.densities.normal import Normal
from gantheory.divergences.carried import (
    Carried,
    either,
    exp_excess,
    exp_mean,
    hypotenuse,
    log_excess,
    normal_mass,
)
from gantheory.divergences.members import Found, common_batch

TOLERANCE = 1e-11  # relative error of a number that is settled
SMALLEST = 1e-280  # of a number that underflow took nothing from on the way
MARGIN = 1.5  # times the first-order error: for the second order, and to spare
EDGE = 1e-12  # relative, around the order at which a power integral becomes infinite
FAR = 4.0  # of a ratio r, beyond which log(1 + c r) - c log(1 + r) is taken as it stands
AGREE = 1e-8  # relative, of two means, whose own mean is then off by its square over 16
MEANS = 20  # arithmetic-geometric means; the 12th agrees for any two floats

Form = Callable[[Any, Any], Carried]
PowerForm = Callable[[Any, Any, Carried, Carried], tuple[Carried, Carried]]
ORDERS = {"squared Hellinger": 0.5, "Pearson chi²": 2.0, "Neyman chi²": -1.0}


def closed_form(name: str, p: Any, q: Any, alpha: float | None = None) -> Found | None:
    """Return a divergence of every pair in closed form, in C order; None where there is none.

    Parameters
    ----------
    name:
        That of the kernel: "KL", "reverse KL", "Jeffreys", "JSD", "TV", "squared Hellinger",
        "Pearson chi²", "Neyman chi²", "alpha" or "Rényi", the last two with or without "(0.3)" behind.
    p, q:
        Densities or batches of one family. A parameter that was given exactly and is no float has none.
    alpha:
        The order of "alpha" and "Rényi".

    Returns
    -------
    Found
        In nats. +inf, without error, where the integral of a power is infinite. A member is settled if
        it is known to 1e-11 of its value, rounding bounded, or its two densities are equal.

    Notes
    -----
    Sources: Kullback and Leibler (1951), Gil, Alajaji and Linder (2013) for Rényi; Nielsen and Okamura
    (2023) for Cauchys, whose divergences are functions of ((m - n)² + (s - t)²) / (4 s t) alone.
    """
    if type(p) not in FORMS or type(p) is not type(q) or p.rounded or q.rounded:
        return None
    with np.errstate(all="ignore"):
        found = _form(name.partition("(")[0], p, q, alpha)
        return None if found is None else _found(*found, p, q)


def _form(
    name: str, p: Any, q: Any, alpha: float | None
) -> tuple[Carried, npt.NDArray[np.bool_] | bool] | None:
    """Return the number and where it is infinite."""
    if name == "reverse KL":
        return _form("KL", q, p, None)
    form = FORMS[type(p)].get(name)
    if form is not None:
        return form(p, q), False
    order = alpha if name in {"alpha", "Rényi"} else ORDERS.get(name)
    logarithm = POWERS.get(type(p))
    if order is None or logarithm is None:
        return None
    return _of_power(name, order, p, q, logarithm)


def _found(form: Carried, infinite: npt.NDArray[np.bool_] | bool, p: Any, q: Any) -> Found:
    """Return value, error and whether it is settled, each of shape (members,)."""
    equal = _equal(p, q)
    value = np.where(equal, 0.0, np.where(infinite, np.inf, form.value))
    error = np.where(equal | infinite, 0.0, MARGIN * form.error)
    fine = np.isfinite(value) & (error <= TOLERANCE * value) & (value > SMALLEST)
    shape = common_batch(p, q)
    columns = [np.broadcast_to(a, shape).flatten() for a in (value, error, fine | equal | infinite)]
    known, bound, settled = columns
    value, error = np.where(settled, known, 0.0), np.where(settled, bound, np.inf)
    return Found(value, error, settled, kind="exact")


def _equal(p: Any, q: Any) -> npt.NDArray[np.bool_]:
    """Return where all parameters of p and q are equal."""
    theirs = q.parameters()
    return reduce(np.logical_and, (value == theirs[name] for name, value in p.parameters().items()))


def _apart(p: Any, q: Any) -> tuple[Carried, Carried, Carried]:
    """Return |loc - loc|, scale and scale of a pair, as they were given."""
    m, n, s, t = (Carried(np.float64(x)) for x in (p.loc, q.loc, p.scale, q.scale))
    return (m - n).size(), s, t


# --- integrals of powers --------------------------------------------------------------------------


def _of_power(
    name: str, alpha: float, p: Any, q: Any, logarithm: PowerForm
) -> tuple[Carried, npt.NDArray[np.bool_]]:
    """D_α, χ², H² or Rényi of -log ∫ p^a q^c, a + c = 1, a >= 1/2: p and q change places below."""
    a, c = Carried(alpha), 1 - Carried(alpha)
    minus_log, rest = logarithm(p, q, a, c) if alpha >= 0.5 else logarithm(q, p, c, a)
    larger = max(alpha, 1 - alpha)
    infinite = rest.value < -EDGE * larger
    if name == "Rényi":
        return minus_log / c, infinite
    scale = {"alpha": a * c, "squared Hellinger": Carried(1.0)}.get(name, Carried(-1.0))
    return -(-minus_log).expm1() / scale, infinite


def _log_ratio_of_means(
    a: Carried, c: Carried, r: Carried, log: Carried
) -> tuple[Carried, Carried]:
    """log(1 + c r) - c log(1 + r) and 1 + c r, the arithmetic mean of 1 and 1 + r over the geometric.

    As c (r - log(1 + r)) - (c r - log(1 + c r)), of one sign for c < 0, else half of it is left.
    """
    mean = a + c * (1 + r)
    near = c * log_excess(r, log) - log_excess(c * r, mean.log())
    if c.value < 0:
        return near, mean
    return either(r.value > FAR, (c * r).log1p() - c * log, near), mean


# --- normals --------------------------------------------------------------------------------------


def _variances(s: Carried, t: Carried) -> tuple[Carried, Carried]:
    """s²/t² - 1 and log(s²/t²)."""
    return (s - t) / t * ((s + t) / t), 2 * (s / t).log()


def _normal_kl(p: Any, q: Any) -> Carried:
    """((m - n)²/t² + s²/t² - 1 - log(s²/t²)) / 2."""
    d, s, t = _apart(p, q)
    return 0.5 * (d / t * (d / t) + log_excess(*_variances(s, t)))


def _normal_jeffreys(p: Any, q: Any) -> Carried:
    """((m - n)²/s² + (m - n)²/t² + (s/t - t/s)²) / 2."""
    d, s, t = _apart(p, q)
    apart = (s - t) / s * ((s + t) / t)
    return 0.5 * (d / s * (d / s) + d / t * (d / t) + apart * apart)


def _normal_power(p: Any, q: Any, a: Carried, c: Carried) -> tuple[Carried, Carried]:
    """(a c (m - n)² / (a t² + c s²) + log((a t² + c s²) / (t^2a s^2c))) / 2."""
    d, s, t = _apart(p, q)
    ratio, mean = _log_ratio_of_means(a, c, *_variances(s, t))
    return 0.5 * (a * c * (d / t * (d / t)) / mean + ratio), mean


def _normal_tv(p: Any, q: Any) -> Carried:
    """Mass between the roots x of log p = log q, in both coordinates: Σ |Φ((x - m)/s) - Φ((x - n)/t)|.

    With λ = log(t/s), δ = |m - n|/t and √Δ = √(δ² + 2 (1 - s²/t²) λ), both coordinates of a root differ
    by (√Δ ± δ) / (1 + s/t), and half their sum is λ over that.
    """
    d, s, t = _apart(p, q)
    share, whole = (t - s) / t, (s + t) / t
    log = either(share.value < 0.5, -(-share).log1p(), (t / s).log())
    reach = d / t + hypotenuse(d / t, (2 * share * whole * log).sqrt())
    wide, narrow = reach / whole, 2 * share * log / reach
    return normal_mass(-(log / wide).size(), wide) + normal_mass(
        -(reach / (2 * share)).size(), narrow
    )


# --- Laplaces and exponentials --------------------------------------------------------------------


def _laplace_kl(p: Any, q: Any) -> Carried:
    """s/t - 1 - log(s/t) + s/t (e^-x - 1 + x), x = |m - n|/s."""
    d, s, t = _apart(p, q)
    return log_excess((s - t) / t, (s / t).log()) + s / t * exp_excess(d / s)


def _laplace_jeffreys(p: Any, q: Any) -> Carried:
    """KL(p‖q) + KL(q‖p)."""
    return _laplace_kl(p, q) + _laplace_kl(q, p)


def _laplace_power(p: Any, q: Any, a: Carried, c: Carried) -> tuple[Carried, Carried]:
    """c log(t/s) + x - log((1 + e^-g) / (2 (a + c s/t)) + d/(2 s) (1 - e^-g)/g).

    x is the lesser of a d/s and c d/t, d = |m - n|, and g how much more the other one is.
    """
    d, s, t = _apart(p, q)
    mean = a + c * (s / t)
    first, second = a * (d / s), c * (d / t)
    falls = first.value < second.value
    least, gap = either(falls, first, second), (second - first).size()
    inside = (1 + (-gap).exp()) / (2 * mean) + d / (2 * s) * exp_mean(gap)
    return c * (t / s).log() + least - inside.log(), mean


def _rates(p: Any, q: Any) -> tuple[Carried, Carried]:
    """μ/λ - 1 and log(μ/λ)."""
    rate, other = Carried(np.float64(p.rate)), Carried(np.float64(q.rate))
    return (other - rate) / rate, (other / rate).log()


def _exponential_kl(p: Any, q: Any) -> Carried:
    """μ/λ - 1 - log(μ/λ)."""
    return log_excess(*_rates(p, q))


def _exponential_jeffreys(p: Any, q: Any) -> Carried:
    """(λ - μ)² / (λ μ)."""
    return -(_rates(p, q)[0] * _rates(q, p)[0])


def _exponential_power(p: Any, q: Any, a: Carried, c: Carried) -> tuple[Carried, Carried]:
    """log((a λ + c μ) / (λ^a μ^c))."""
    return _log_ratio_of_means(a, c, *_rates(p, q))


def _exponential_tv(p: Any, q: Any) -> Carried:
    """(1 - λ/μ) (μ/λ)^(-1/r), r = μ/λ - 1 > 0: the survival functions' difference where p = q."""
    r, _ = _rates(p, q)
    back, _ = _rates(q, p)
    r, back = either(r.value >= 0, r, back), either(r.value >= 0, back, r)
    exponent = -(r.log1p() / r)
    return -back * exponent.through(np.exp, np.exp(exponent.value))


# --- Cauchys --------------------------------------------------------------------------------------


def _invariant(p: Any, q: Any) -> Carried:
    """k = √((m - n)² + (s - t)²) / (2 √(s t))."""
    d, s, t = _apart(p, q)
    return hypotenuse(d, s - t) / (2 * s.sqrt() * t.sqrt())


def _cauchy_kl(p: Any, q: Any) -> Carried:
    """log(1 + k²)."""
    k = _invariant(p, q)
    return k.through(log1p_square, 2 / (k.value + 1 / k.value))


def _cauchy_jeffreys(p: Any, q: Any) -> Carried:
    """2 log(1 + k²)."""
    return 2 * _cauchy_kl(p, q)


def _cauchy_jsd(p: Any, q: Any) -> Carried:
    """log(2 g / (1 + g)) = -log(1 - k²/(2 g (1 + g))), g = √(1 + k²)."""
    k = _invariant(p, q)
    g = hypotenuse(Carried(1.0), k)
    return -(-0.5 * (k / g) * (k / (1 + g))).log1p()


def _cauchy_tv(p: Any, q: Any) -> Carried:
    """2/π arctan k."""
    k = _invariant(p, q)
    return k.through(np.arctan, 1 / (1 + k.value**2)) * (2 / math.pi)


def _cauchy_chi2(p: Any, q: Any) -> Carried:
    """2 k²."""
    k = _invariant(p, q)
    return 2 * k * k


def _cauchy_hellinger(p: Any, q: Any) -> Carried:
    """1 - 1/AGM(1, √(1 + k²)), by means of what is over 1: u = a - 1 and v = b - 1."""
    k = _invariant(p, q)
    u, v = 0 * k, k / (1 + hypotenuse(Carried(1.0), k)) * k
    for _ in range(MEANS):
        if not np.any(np.abs(u.value - v.value) > AGREE * v.value):
            break
        product = u + v + u * v
        u, v = 0.5 * (u + v), product / (1 + (1 + product).sqrt())
    mean = 0.5 * (u + v)
    return mean / (1 + mean)


FORMS: dict[type, dict[str, Form]] = {
    Normal: {"KL": _normal_kl, "Jeffreys": _normal_jeffreys, "TV": _normal_tv},
    Laplace: {"KL": _laplace_kl, "Jeffreys": _laplace_jeffreys},
    Exponential: {"KL": _exponential_kl, "Jeffreys": _exponential_jeffreys, "TV": _exponential_tv},
    Cauchy: {
        "KL": _cauchy_kl,
        "Jeffreys": _cauchy_jeffreys,
        "JSD": _cauchy_jsd,
        "TV": _cauchy_tv,
        "squared Hellinger": _cauchy_hellinger,
        "Pearson chi²": _cauchy_chi2,
        "Neyman chi²": _cauchy_chi2,
    },
}
POWERS: dict[type, PowerForm] = {
    Normal: _normal_power,
    Laplace: _laplace_power,
    Exponential: _exponential_power,
}
