"""Published games whose loss couples a batch by the logarithm of a sum of exponentials.

Donsker and Varadhan's form of KL and its relatives of two cumulants (Pantazis et al., 2020), the
contrastive losses (Yu et al., 2021), and the discriminator of the softmax GAN (Lin, 2017).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from gantheory.testing.oracle.calling import Losses, Value
from gantheory.testing.oracle.findings import Finding, near, tidy
from gantheory.testing.oracle.fits import Fit, best_of, linear_fit
from gantheory.testing.oracle.handing import FloatArray
from gantheory.testing.oracle.paths import times

Batches = FloatArray  # of real and of generated outputs, shape (2, batches, n)
Features = Callable[[FloatArray, FloatArray], list[FloatArray]]  # of (batches, n) each
SCALES = np.geomspace(0.1, 10.0, 25)


@dataclass(frozen=True)
class _Fitted:
    """A loss as Σ c_i feature_i(k r, k f) + constant."""

    scale: float
    coefficients: tuple[float, ...]
    constant: float


def log_sums(losses: Losses) -> Finding | None:
    """Return what two losses are as one of these games, or None if d_loss is none of theirs."""
    batches = np.random.default_rng(6).normal(0.0, 1.5, (2, 24, losses.size))
    return _contrastive(losses, batches) or _softmax(losses, batches) or _cumulants(losses, batches)


def _log_sum(x: FloatArray) -> FloatArray:
    """log of the sum of e^x over each batch, shape (batches,)."""
    return np.asarray(np.logaddexp.reduce(x, axis=-1))


# --- contrastive ------------------------------------------------------------------------------------


def _shares(real: FloatArray, fake: FloatArray) -> list[FloatArray]:
    """-mean log of each real sample's share among it and all fakes; of each fake's, with -D."""
    of_fake, of_real = _log_sum(fake)[:, None], _log_sum(-real)[:, None]
    return [
        (np.logaddexp(real, of_fake) - real).mean(axis=-1),
        (np.logaddexp(-fake, of_real) + fake).mean(axis=-1),
    ]


def _contrastive(losses: Losses, batches: Batches) -> Finding | None:
    d = _fitted(_shares, _values(losses.d, batches), batches, losses.rounding)
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
    turned = batches[::-1]
    g = _fitted(_shares, _values(losses.g, turned), turned, losses.rounding)
    if g is not None and _both_positive(g) and near(g.scale, d.scale, 1e-2 * abs(d.scale)):
        return replace(finding, g_scale=tidy(max(g.coefficients)), g_offset=g.constant)
    return replace(finding, same_game=False, saturating=None)


def _both_positive(found: _Fitted) -> bool:
    low, high = sorted(found.coefficients)
    return high > 1e-6 and low > -1e-6 * high


# --- the softmax over both batches ------------------------------------------------------------------


def _pooled(real: FloatArray, fake: FloatArray) -> list[FloatArray]:
    """Return log of the sum of e^x over both batches, and both means."""
    both = np.logaddexp(_log_sum(real), _log_sum(fake))
    return [both, real.mean(axis=-1), fake.mean(axis=-1)]


def _softmax(losses: Losses, batches: Batches) -> Finding | None:
    d = _fitted(_pooled, _values(losses.d, batches), batches, losses.rounding)
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
    g = _fitted(_pooled, _values(losses.g, batches[::-1]), batches, losses.rounding)
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


def _cumulants(losses: Losses, batches: Batches) -> Finding | None:
    """d_loss = s (K(γ f) / γ + K(-β r) / β), K(x) = log mean e^x; K(k x) / k is the mean for k = 0."""
    zero, rounding = np.zeros(losses.size), losses.rounding
    real, fake = batches
    of_real = _cumulant([losses.d(one, zero) for one in real], real, rounding)
    of_fake = _cumulant([losses.d(zero, one) for one in fake], fake, rounding)
    if of_real is None or of_fake is None:
        return None
    (up, beta), (down, gamma) = of_real, of_fake
    if abs(down) < 1e-9 or not near(up / down, -1):
        return None
    sign = 1 if down > 0 else -1
    beta, gamma = -sign * beta, sign * gamma
    if min(beta, gamma) < -1e-3 or near(beta + gamma, 0):
        return None
    finding = Finding(
        game="donsker-varadhan" if near(beta * gamma, 0) else "cumulant",
        says="d_loss is Donsker and Varadhan's, with the logarithm of a mean of exponentials: its best "
        f"D is {times(1 / (beta + gamma))}log p / q up to a constant.",
        sign=sign,
        d_scale=tidy(abs(down)),
        d_offset=losses.d(zero, zero),
        divergence=_of_cumulants(beta, gamma),
        optimum=np.asarray,
        remarks=(
            "The logarithm of a mean over a batch lies below that of the mean on average: with few "
            "samples the best D is another one, and the value too large.",
        ),
    )
    g = _cumulant([losses.g(one, zero) for one in fake], fake, rounding)
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
    values: list[float], batches: FloatArray, rounding: float
) -> tuple[float, float] | None:
    """Return s and k of s K(k x) / k + c, None where a term of one batch is not such a function."""
    row = np.asarray(values)
    plain = linear_fit(np.stack((batches.mean(axis=-1), np.ones_like(row)), axis=1), row[None])
    if plain.residual <= max(1e-6, 10 * rounding):
        return float(plain.coefficients[0, 0]), 0.0

    def feature(x: FloatArray, _: FloatArray) -> list[FloatArray]:
        return [_log_sum(x)]

    found = _fitted(feature, row, np.stack((batches, batches)), rounding)
    return None if found is None else (found.coefficients[0] * found.scale, found.scale)


# --- fits -------------------------------------------------------------------------------------------


def _values(loss: Value, batches: Batches) -> FloatArray:
    return np.asarray([loss(one, other) for one, other in zip(*batches, strict=True)])


def _fitted(
    features: Features, values: FloatArray, batches: Batches, rounding: float
) -> _Fitted | None:
    """Return the scale of the outputs with which features give the values, and their coefficients."""
    enough = max(1e-6, 10 * rounding)

    def fit(k: float) -> Fit:
        columns = [*features(k * batches[0], k * batches[1]), np.ones_like(values)]
        return linear_fit(np.stack(columns, axis=1), values[None])

    searched = (best_of(lambda k: fit(k).residual, nodes) for nodes in (SCALES, -SCALES[::-1]))
    for k in chain((1.0, -1.0), searched):
        found = fit(k)
        if found.residual <= enough:
            *coefficients, constant = found.coefficients[0].tolist()
            return _Fitted(k, tuple(coefficients), constant)
    return None
