"""Published games whose loss couples a batch by the logarithm of a sum of exponentials.

Donsker and Varadhan's form of KL and its relatives of two cumulants (Pantazis et al., 2020), the
contrastive losses (Yu et al., 2021), and the discriminator of the softmax GAN (Lin, 2017).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp

from gantheory.testing.oracle.calling import Losses
from gantheory.testing.oracle.findings import Finding, near, tidy
from gantheory.testing.oracle.fits import linear_fit
from gantheory.testing.oracle.handing import FloatArray
from gantheory.testing.oracle.paths import times

Batch = tuple[FloatArray, FloatArray]  # real and generated outputs
Features = Callable[[float, FloatArray, FloatArray], list[float]]  # scale of the outputs, r, f
SCALES = np.geomspace(0.1, 10.0, 25)


@dataclass(frozen=True)
class _Fitted:
    """A loss as Σ c_i feature_i(k r, k f) + constant."""

    scale: float
    coefficients: tuple[float, ...]
    constant: float


def log_sums(losses: Losses) -> Finding | None:
    """Return what two losses are as one of these games, or None if d_loss is none of theirs."""
    rng = np.random.default_rng(6)
    batches = [tuple(rng.normal(0.0, 1.5, (2, losses.size))) for _ in range(24)]
    return _contrastive(losses, batches) or _softmax(losses, batches) or _cumulants(losses, batches)


# --- contrastive ------------------------------------------------------------------------------------


def _shares(k: float, real: FloatArray, fake: FloatArray) -> list[float]:
    """-log of each real sample's share among it and all fakes, of each fake's with -D; means."""
    r, f = k * real, k * fake
    of_fake, of_real = logsumexp(f), logsumexp(-r)
    return [
        float(np.mean(np.logaddexp(r, of_fake) - r)),
        float(np.mean(np.logaddexp(-f, of_real) + f)),
    ]


def _contrastive(losses: Losses, batches: list[Batch]) -> Finding | None:
    d = _fitted(_shares, [losses.d(r, f) for r, f in batches], batches, losses.rounding)
    if d is None or not _both_positive(d):
        return None
    whole = min(d.coefficients) > 1e-6 * max(d.coefficients)
    finding = Finding(
        game="dual-contrastive" if whole else "contrastive",
        says="d_loss picks each sample out of one batch and all of the other by a softmax: the "
        f"{'dual ' if whole else ''}contrastive loss. Its best D is log p - log q up to a constant, "
        "whatever the size of the batch.",
        sign=1 if d.scale > 0 else -1,
        d_scale=tidy(max(d.coefficients)),
        d_offset=d.constant,
        saturating=False,
        divergence="a divergence of p and q that depends on the size of the batch, 0 only at p = q",
        optimum=np.asarray,
    )
    g = _fitted(
        _shares, [losses.g(f, r) for r, f in batches], [(f, r) for r, f in batches], losses.rounding
    )
    if g is not None and _both_positive(g) and near(g.scale, d.scale, 1e-2 * abs(d.scale)):
        return replace(finding, g_scale=tidy(max(g.coefficients)), g_offset=g.constant)
    return replace(finding, same_game=False, saturating=None)


def _both_positive(found: _Fitted) -> bool:
    low, high = sorted(found.coefficients)
    return high > 1e-6 and low > -1e-6 * high


# --- the softmax over both batches ------------------------------------------------------------------


def _pooled(k: float, real: FloatArray, fake: FloatArray) -> list[float]:
    """log of the sum of e^x over both batches, and both means."""
    r, f = k * real, k * fake
    return [float(logsumexp(np.concatenate((r, f)))), float(r.mean()), float(f.mean())]


def _softmax(losses: Losses, batches: list[Batch]) -> Finding | None:
    d = _fitted(_pooled, [losses.d(r, f) for r, f in batches], batches, losses.rounding)
    if d is None:
        return None
    total, real, fake = d.coefficients
    if not (total > 1e-6 and near(real / total, -1) and near(fake / total, 0)):
        return None
    finding = Finding(
        game="softmax",
        says="d_loss is that of the softmax GAN: its best D is log p - log (p + q) up to a constant.",
        sign=1 if d.scale > 0 else -1,
        d_scale=tidy(total),
        d_offset=d.constant,
    )
    g = _fitted(_pooled, [losses.g(f, r) for r, f in batches], batches, losses.rounding)
    if g is None or not near(g.scale, d.scale, 1e-2 * abs(d.scale)):
        return replace(finding, same_game=False)
    total, real, fake = g.coefficients
    if total > 1e-6 and near(real / total, -0.5) and near(fake / total, -0.5):
        return replace(
            finding,
            g_scale=tidy(total),
            g_offset=g.constant,
            doubts=(
                "g_loss is that of the softmax GAN as published, and it does not always lead to the "
                "data: at the best D it is least for samples where p = q, and larger on both sides. "
                "With p = (1/2, 1/2) and q = (0.9, 0.1) it moves samples to the first point, where "
                "there are too many.",
            ),
        )
    return replace(finding, same_game=False)


# --- cumulants --------------------------------------------------------------------------------------


def _cumulants(losses: Losses, batches: list[Batch]) -> Finding | None:
    """d_loss = s (K(γ f) / γ + K(-β r) / β), K(x) = log mean e^x; K(k x) / k is the mean for k = 0."""
    zero, rounding = np.zeros(losses.size), losses.rounding
    reals, fakes = [real for real, _ in batches], [fake for _, fake in batches]
    of_real = _cumulant([losses.d(real, zero) for real in reals], reals, rounding)
    of_fake = _cumulant([losses.d(zero, fake) for fake in fakes], fakes, rounding)
    if of_real is None or of_fake is None:
        return None
    (real, beta), (fake, gamma) = of_real, of_fake
    if abs(fake) < 1e-9 or not near(real / fake, -1):
        return None
    sign = 1 if fake > 0 else -1
    beta, gamma = -sign * beta, sign * gamma
    if min(beta, gamma) < -1e-3 or near(beta + gamma, 0):
        return None
    finding = Finding(
        game="donsker-varadhan" if near(beta * gamma, 0) else "cumulant",
        says="d_loss is Donsker and Varadhan's, with the logarithm of a mean of exponentials: its best "
        f"D is {times(1 / (beta + gamma))}log p / q up to a constant.",
        sign=sign,
        d_scale=tidy(abs(fake)),
        d_offset=losses.d(zero, zero),
        divergence=_of_cumulants(beta, gamma),
        optimum=np.asarray,
        remarks=(
            "The logarithm of a mean over a batch lies below that of the mean on average: with few "
            "samples the best D is another one, and the value too large.",
        ),
    )
    g = _cumulant([losses.g(f, zero) for f in fakes], fakes, rounding)
    if g is None or g[0] * sign > 0 or not near(sign * g[1], gamma, 1e-2):
        return replace(finding, same_game=False)
    return replace(finding, g_scale=tidy(abs(g[0])), g_offset=losses.g(zero, zero), saturating=True)


def _of_cumulants(beta: float, gamma: float) -> str:
    if near(beta, 0):
        return f"{times(1 / gamma)}KL(p | q)"
    if near(gamma, 0):
        return f"{times(1 / beta)}KL(q | p)"
    return f"{times(1 / gamma)}the Rényi divergence of order {gamma / (beta + gamma):.4g}"


def _cumulant(
    values: list[float], batches: list[FloatArray], rounding: float
) -> tuple[float, float] | None:
    """Return s and k of s K(k x) / k + c, None where a term of one batch is no such function."""

    def feature(k: float, real: FloatArray, _: FloatArray) -> list[float]:
        return [float(logsumexp(k * real) - np.log(real.size)) / k]

    plain = linear_fit(
        np.asarray([[batch.mean(), 1.0] for batch in batches]), np.asarray(values)[None]
    )
    if plain.residual <= max(1e-6, 10 * rounding):
        return float(plain.coefficients[0, 0]), 0.0
    found = _fitted(feature, values, [(batch, batch) for batch in batches], rounding)
    return None if found is None else (found.coefficients[0], found.scale)


# --- fits -------------------------------------------------------------------------------------------


def _fitted(
    features: Features, values: list[float], batches: list[Batch], rounding: float
) -> _Fitted | None:
    """Return the scale of the outputs with which features give the values, and their coefficients."""
    row, enough = np.asarray(values)[None], max(1e-6, 10 * rounding)

    def fit(k: float) -> tuple[float, FloatArray]:
        columns = np.asarray([[*features(k, r, f), 1.0] for r, f in batches])
        found = linear_fit(columns, row)
        return found.residual, found.coefficients[0]

    for k in (1.0, -1.0, *_scales(lambda k: fit(k)[0])):
        residual, (*coefficients, constant) = fit(k)
        if residual <= enough:
            return _Fitted(k, tuple(map(float, coefficients)), float(constant))
    return None


def _scales(residual: Callable[[float], float]) -> list[float]:
    """Return the best scale of each sign, if one comes near."""
    found = []
    for sign in (1.0, -1.0):
        residuals = [residual(sign * float(k)) for k in SCALES]
        best = int(np.argmin(residuals))
        if residuals[best] > 0.2:
            continue
        low, high = SCALES[max(best - 1, 0)], SCALES[min(best + 1, SCALES.size - 1)]
        at = minimize_scalar(
            lambda k: residual(sign * float(k)),  # noqa: B023
            bounds=(float(low), float(high)),
            method="bounded",
            options={"xatol": 1e-10},
        )
        found.append(sign * float(at.x))
    return found
