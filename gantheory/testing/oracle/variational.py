"""The f-GAN games, whatever the output activation: both terms as functions of the ratio u = p/q.

An output a is the best one for exactly one ratio, u(a) = -F'(a) / R'(a). Along it a game that
belongs to f has R = -s f'(u) + const and F = s (u f'(u) - f(u)) + const, so f is read off without
knowing how a becomes T. Nowozin, Cseke and Tomioka (2016), section 2.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from scipy.interpolate import CubicSpline

from gantheory.losses import game as textbook
from gantheory.testing.oracle.findings import (
    NO_PULL,
    SAME_WAY,
    Finding,
    Rule,
    kind_of_generator,
    near,
    tidy,
)
from gantheory.testing.oracle.fits import best_of
from gantheory.testing.oracle.handing import FloatArray
from gantheory.testing.oracle.paths import Path
from gantheory.testing.oracle.paths import path as best_outputs
from gantheory.testing.oracle.responses import derivative
from gantheory.testing.oracle.structure import Curves

Pair = Callable[[FloatArray], tuple[FloatArray, FloatArray]]  # log u -> -f'(u), u f'(u) - f(u)

DIVERGENCES = {
    "f-gan:js": "2 JSD(p, q)",
    "least-squares": "the f-divergence with f''(u) = 1 / (u (1 + u)^3)",
    "f-gan:kl": "KL(p | q)",
    "f-gan:reverse-kl": "KL(q | p)",
    "f-gan:jeffreys": "KL(p | q) + KL(q | p)",
    "f-gan:squared-hellinger": "the integral of (sqrt p - sqrt q)^2",
    "f-gan:pearson-chi2": "the integral of (p - q)^2 / q",
    "f-gan:neyman-chi2": "the integral of (p - q)^2 / p",
}


def _pair(name: str) -> Pair:
    """Both terms of a textbook's d_loss at its best output for a ratio."""
    game: Any = textbook(name)

    def at(y: FloatArray) -> tuple[FloatArray, FloatArray]:
        best = np.asarray(game.optimal_logit(y))
        return game.real.value(best), game.fake.value(best)

    return at


FAMILIES = {name: _pair(name) for name in DIVERGENCES}
# the same divergence with another output activation, and how large the first is in the second
POWERS = {
    "f-gan:squared-hellinger": ("f-gan:alpha=0.5", 0.5),
    "f-gan:pearson-chi2": ("f-gan:alpha=2.0", 2.0),
    "f-gan:neyman-chi2": ("f-gan:alpha=-1.0", 2.0),
}
# games in which the weight of one term shows in the divergence
SEEN_WEIGHTS = {"f-gan:js", "least-squares", "f-gan:jeffreys"}


def variational(curves: Curves) -> Finding | None:
    """Return what two losses are as an f-GAN, or None if d_loss belongs to no divergence known."""
    path = best_outputs(curves)
    if path is None:
        return None
    enough = max(1e-4, 30 * curves.tolerance)
    for name, pair in FAMILIES.items():
        fit = _fit(pair, path)
        if fit[-1] <= enough:
            return _judged(name, pair, fit, path, curves, enough)
    return (
        _of_a_power(path, curves, enough)
        or _with_weight(path, curves, enough)
        or _weighted_js(path, curves, enough)
    )


def _fit(pair: Pair, path: Path) -> tuple[float, float, float, float]:
    """Return s, the two constants and the residual of R = s R* + c, F = s F* + c'."""
    real, fake = pair(path.log_ratios)
    one, none = np.ones_like(real), np.zeros_like(real)
    spreads = [np.ptp(row) or 1.0 for row in path.rows[:2]]  # one term may dwarf the other
    weights = np.repeat(1 / np.asarray(spreads), real.size)
    basis = np.stack((np.r_[real, fake], np.r_[one, none], np.r_[none, one]), axis=1)
    basis *= weights[:, None]
    rows = np.r_[path.rows[0], path.rows[1]] * weights
    found, *_ = np.linalg.lstsq(basis, rows, rcond=None)
    residual = float(np.abs(basis @ found - rows).max())
    s, c_real, c_fake = found.tolist()
    return s, c_real, c_fake, residual if s > 0 else math.inf


def _judged(
    name: str,
    pair: Pair,
    fit: tuple[float, float, float, float],
    path: Path,
    curves: Curves,
    enough: float,
) -> Finding:
    s, c_real, c_fake, _ = fit
    finding = Finding(
        game=name,
        says=f"At every output that is best for some p / q, d_loss is that of {name}.",
        sign=path.sign,
        d_scale=s,
        d_offset=c_real + c_fake,
        real_target=1.0 if name == "least-squares" else None,
        fake_target=0.0 if name == "least-squares" else None,
        real_weight=1.0,
        divergence=DIVERGENCES.get(name, f"the divergence D_f of {name}"),
        optimum=_interpolated(path),
        generator=lambda ratio: -pair(np.asarray(ratio, dtype=np.float64))[1],
    )
    finding = _activated(finding, path)
    return _with_generator(finding, pair, path, curves, enough)


def _interpolated(path: Path) -> Rule:
    """Return log p - log q -> the logit, between those of the path; nan beyond them."""
    order = np.argsort(path.log_ratios)
    spline: Rule = CubicSpline(path.log_ratios[order], path.logits[order], extrapolate=False)
    return spline


def _activated(finding: Finding, path: Path) -> Finding:
    """Return the finding with what is to be said of how D's output becomes T."""
    affine = _affine(finding.game, path)
    if affine is None:
        alpha, factor = POWERS.get(finding.game, ("", 1.0))
        also = _affine(alpha, path)
        if also:
            scaled = replace(finding, game=alpha, d_scale=factor * (finding.d_scale or 0.0))
            return _published_rule(scaled, also)
        # or a term has another weight, or log(D + 0.01) stands for log D: that looks the same
        said = "D's output goes through another activation than the textbook's."
        return replace(finding, doubts=(said,))
    finding = _published_rule(finding, affine)
    slope, shift = affine
    if near(shift, 0, 2e-3) or (finding.game == "f-gan:kl" and near(shift, 1, 2e-3)):
        return finding  # exp(v) for exp(v - 1) is a common way to write KL
    if finding.game in SEEN_WEIGHTS:
        return finding
    if finding.game == "f-gan:pearson-chi2" and not near(shift, 2 * (slope - 1), 2e-3):
        return finding  # a weight would stretch D's output about -2
    return replace(
        finding,
        doubts=(
            f"D's output is that of the textbook times {tidy(slope):.4g} plus {tidy(shift):.4g}: in "
            "this game a weight of one term is the same as a shift of D's output, so which of the two "
            "is meant cannot be seen.",
        ),
    )


def _affine(name: str, path: Path) -> tuple[float, float] | None:
    """Return slope and shift with v = slope · a + shift, v the published output, if there are any."""
    if not name.startswith("f-gan:") or name == "f-gan:js" or "weighted" in name:
        return None
    published = np.asarray(textbook(name).optimal_logit(path.log_ratios))
    slope, shift = np.polyfit(path.logits, published, 1)
    residual = np.abs(slope * path.logits + shift - published).max() / (np.ptp(published) or 1.0)
    return (float(slope), float(shift)) if residual <= 1e-3 else None


def _published_rule(finding: Finding, affine: tuple[float, float]) -> Finding:
    """Return the finding with the published optimum, in the units of D's own output."""
    slope, shift = affine
    game = textbook(finding.game)
    return replace(
        finding, optimum=lambda ratio: (np.asarray(game.optimal_logit(ratio)) - shift) / slope
    )


def _with_generator(
    finding: Finding, pair: Pair, path: Path, curves: Curves, enough: float
) -> Finding:
    real, fake = pair(path.log_ratios)
    row = path.rows[2]
    if np.ptp(row) <= 1e-9 * max(1.0, float(np.abs(row).max())):
        return replace(finding, direction=0, g_faults=(NO_PULL,))
    found = {}
    for kind, wanted in (("zero-sum", -fake), ("practical", real)):
        slope, offset = np.polyfit(wanted, row, 1)
        residual = float(np.abs(slope * wanted + offset - row).max()) / float(np.ptp(row))
        if residual <= enough:
            found[kind] = float(slope), float(offset)
    if not found:
        return replace(finding, same_game=False, g_says=kind_of_generator(curves))
    kind, (slope, offset) = next(iter(found.items()))
    if slope < 0:
        return replace(finding, direction=-1, g_faults=(SAME_WAY,))
    factor = dict(POWERS.values()).get(finding.game, 1.0)
    return _as_played(
        replace(finding, g_scale=factor * slope, g_offset=offset), kind, pair, path, curves
    )


def _as_played(finding: Finding, kind: str, pair: Pair, path: Path, curves: Curves) -> Finding:
    """Return the finding with the name and the divergence that its generator gives it."""
    slopes = [abs(_slope_at(y, path, curves)) for y in (path.log_ratios.min(), 0.0)]
    finding = replace(finding, saturating=slopes[0] < 0.3 * slopes[1])
    if kind == "practical":
        finding = replace(
            finding,
            generator=lambda ratio: pair(np.asarray(ratio, dtype=np.float64))[0],
            divergence="the f-divergence whose second derivative is f''(u) / u",
            says=finding.says + " g_loss is the practical one, -E T.",
        )
    if finding.game == "f-gan:js":
        name = "minimax" if kind == "zero-sum" else "non-saturating"
        constant = math.log(2)
        return replace(
            finding,
            game=name,
            d_offset=(finding.d_offset or 0.0) - 2 * constant * (finding.d_scale or 1.0),
            g_offset=(finding.g_offset or 0.0)
            + (constant if kind == "zero-sum" else -constant) * (finding.g_scale or 1.0),
            divergence="2 JSD(p, q)" if kind == "zero-sum" else "2 KL(m | p) with m = (p + q) / 2",
        )
    if finding.game == "least-squares" and kind == "zero-sum":
        return replace(finding, doubts=("g_loss raises D's own term of generated samples.",))
    return finding


def _slope_at(log_ratio: float, path: Path, curves: Curves) -> float:
    order = np.argsort(path.log_ratios)
    logit = float(np.interp(log_ratio, path.log_ratios[order], path.logits[order]))
    return derivative(curves.generator, logit, curves.tolerance)


# --- with a parameter -----------------------------------------------------------------------------


def _alpha(alpha: float) -> Pair:
    """f'(u) = (u^(α-1) - 1) / (α - 1), u f'(u) - f(u) = (u^α - 1) / α."""
    return lambda y: (-np.expm1((alpha - 1) * y) / (alpha - 1), np.expm1(alpha * y) / alpha)


def _js_weighted(weight: float) -> Pair:
    """f'(u) = π log(u / (1 - π + π u)), u f'(u) - f(u) = (1 - π) log(1 - π + π u)."""
    return lambda y: (
        -weight * (y - np.log(1 - weight + weight * np.exp(y))),
        (1 - weight) * np.log(1 - weight + weight * np.exp(y)),
    )


def _of_a_power(path: Path, curves: Curves, enough: float) -> Finding | None:
    alpha = _best(_alpha, path, (-3.03, 4.03))
    alpha = next((n for n in np.arange(-12, 17) / 4 if abs(n - alpha) < 1e-3), alpha)
    if min(abs(alpha), abs(alpha - 1)) < 1e-3:
        return None
    pair = _alpha(float(alpha))
    fit = _fit(pair, path)
    if fit[-1] > enough:
        return None
    return _judged(f"f-gan:alpha={tidy(float(alpha))!r}", pair, fit, path, curves, enough)


def _with_weight(path: Path, curves: Curves, enough: float) -> Finding | None:
    """Return a game in which a weight of one term shows, with a weight other than 1."""
    for name in ("least-squares", "f-gan:jeffreys"):
        pair = FAMILIES[name]
        log_weight = _best(partial(_reweighted, pair), path, (-3.01, 3.01))
        weighted = _reweighted(pair, log_weight)
        fit = _fit(weighted, path)
        if fit[-1] <= enough:
            weight = math.exp(log_weight)
            fault = (
                f"The term of the real batch weighs {weight:.4g} times that of the generated one."
            )
            found = _judged(name, weighted, fit, path, curves, enough)
            return replace(found, real_weight=weight, d_faults=(fault,))
    return None


def _reweighted(pair: Pair, log_weight: float) -> Pair:
    """w R(w u), F(w u)."""

    def weighted(y: FloatArray) -> tuple[FloatArray, FloatArray]:
        real, fake = pair(y + log_weight)
        return math.exp(log_weight) * real, fake

    return weighted


def _weighted_js(path: Path, curves: Curves, enough: float) -> Finding | None:
    weight = _best(_js_weighted, path, (0.01, 0.99))
    pair = _js_weighted(weight)
    fit = _fit(pair, path)
    if fit[-1] > enough:
        return None
    name = f"f-gan:js-weighted={tidy(weight):.4g}"
    return replace(
        _judged(name, pair, fit, path, curves, enough), real_weight=weight / (1 - weight)
    )


def _best(family: Callable[[float], Pair], path: Path, bounds: tuple[float, float]) -> float:
    """Return the parameter that fits best: looked for on a grid, then between its nodes."""

    def residual(parameter: float) -> float:
        found = _fit(family(parameter), path)[-1]
        return found if math.isfinite(found) else 1e9

    return best_of(residual, np.linspace(*bounds, 60))
