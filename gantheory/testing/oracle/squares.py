"""The least-squares games: 1/2 E_p (D - b)² + 1/2 E_q (D - a)² against 1/2 E_q (D - c)²."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gantheory.losses.scalars import sigmoid
from gantheory.testing.oracle.findings import (
    Finding,
    Rule,
    coordinates,
    fit_tolerance,
    kind_of_generator,
    near,
    tidy,
)
from gantheory.testing.oracle.fits import linear_fit
from gantheory.testing.oracle.handing import FloatArray
from gantheory.testing.oracle.structure import Curves


def squares(curves: Curves) -> Finding | None:
    """Return what two losses are as squares, or None if one term of d_loss is not a square."""
    enough = fit_tolerance(curves)
    for name, at in coordinates(curves):
        basis = np.stack((at**2, at, np.ones_like(at)), axis=1)
        d = linear_fit(basis, curves.on_grid[:2])
        if d.residual > enough or np.abs(d.coefficients[:, 0]).min() < 1e-3 * curves.scale / 36:
            continue
        g = linear_fit(basis, curves.on_grid[2:])
        generator = g.coefficients[0] if g.residual <= enough else None
        return _judged(name, d.coefficients, generator, curves)
    return None


def _judged(name: str, d: FloatArray, g: FloatArray | None, curves: Curves) -> Finding:
    (k_real, b, c_real), (k_fake, a, c_fake) = (_vertex(row) for row in d)
    faults = []
    for batch, k in (("real", k_real), ("generated", k_fake)):
        if k < 0:
            faults.append(f"The term of the {batch} batch has the wrong sign: no D is optimal.")
    if near(a, b):
        faults.append("Both batches have the same target, so D cannot learn which is which.")
    elif not faults and not near(k_real / k_fake, 1.0, 2e-3):
        faults.append(
            f"The term of the real batch weighs {k_real / k_fake:.4g} times that of the generated one."
        )
    finding = Finding(
        game="least-squares",
        says=f"d_loss is the least-squares loss with the targets {b:.4g} for real and {a:.4g} for "
        f"generated samples.",
        sign=1 if b >= a else -1,
        d_scale=2 * k_fake,
        d_offset=c_real + c_fake,
        real_target=b,
        fake_target=a,
        real_weight=k_real / k_fake,
        divergence="the f-divergence with f''(u) = 1 / (u (1 + u)^3)",
        d_faults=tuple(faults),
        optimum=_optimum(a, b, name, curves),
        generator=lambda ratio: 0.5 * sigmoid(-np.asarray(ratio)) ** 2 * (b - a) ** 2,
        saturating=name != "output" or curves.outputs == "probabilities",
        remarks=() if name == "output" else (f"D's output goes through a {name} first.",),
    )
    return _with_generator(finding, g, curves)


def _optimum(a: float, b: float, name: str, curves: Curves) -> Rule | None:
    """Return log p - log q -> the logit at which a coordinate is (b p + a q) / (p + q)."""
    inverses: dict[str, Rule] = {"output": np.asarray, "sigmoid": _logit, "tanh": np.arctanh}
    back = inverses[name]
    if curves.outputs == "probabilities":
        if name != "output":
            return None
        back = _logit

    def optimum(ratio: FloatArray) -> FloatArray:
        share = sigmoid(np.asarray(ratio, dtype=np.float64))
        with np.errstate(all="ignore"):
            return np.asarray(back(b * share + a * (1 - share)))

    return optimum


def _logit(share: FloatArray) -> FloatArray:
    """log s - log(1 - s)."""
    return np.asarray(np.log(share) - np.log1p(-share))


def _vertex(row: FloatArray) -> tuple[float, float, float]:
    """k s² + l s + c = k (s - v)² + c - k v²: k, v and the constant."""
    k, slope, constant = row.tolist()
    v = tidy(-slope / (2 * k))
    return k, v, constant - k * v**2


def _with_generator(finding: Finding, g: FloatArray | None, curves: Curves) -> Finding:
    b, a = finding.real_target or 0.0, finding.fake_target or 0.0
    if g is None or abs(g[0]) < 1e-3 * curves.g_scale / 36:
        return replace(finding, same_game=False, saturating=None, g_says=kind_of_generator(curves))
    k, c, constant = _vertex(g)
    finding = replace(finding, g_scale=2 * k, g_offset=constant)
    if near(a, b):
        return finding
    place = (c - a) / (b - a)  # 0 at the target of generated samples, 1 at that of real ones
    if k < 0:
        return _zero_sum(finding, place)
    if place > 1 - 2e-3:
        # 1 or 0, un-smoothed where D's targets are smoothed; more is not a published setting
        if near(place, 1, 2e-3) or (near(abs(c) * (1 - abs(c)), 0) and place < 2):
            return finding
        return replace(
            finding,
            doubts=(
                f"The generator's target {c:.4g} lies beyond D's target of real ones, {b:.4g}.",
            ),
        )
    if near(place, 0.5) and near(abs(b - a), 2.0):
        return replace(
            finding,
            divergence="Pearson chi2(p + q | 2 q), counting E_p (D - c)^2 / 2, which G does not see",
            remarks=(
                *finding.remarks,
                f"G's target {c:.4g} is the middle of D's, as in one published setting: its gradient at "
                "a fixed best D is even in p - q, so a small step can lead away from the data.",
            ),
        )
    return replace(
        finding,
        direction=0 if near(place, 0.5) else 1 if place > 0.5 else -1,
        g_faults=(
            f"The generator wants D to say {c:.4g} of its samples, while D says {b:.4g} of real ones "
            f"and {a:.4g} of generated ones.",
        ),
    )


def _zero_sum(finding: Finding, place: float) -> Finding:
    """Return the finding where G raises a square instead of lowering one."""
    if near(place, 0, 2e-3):
        return replace(
            finding,
            saturating=True,
            g_scale=None,
            divergence="1/2 of the triangular discrimination, the integral of (p - q)^2 / (p + q)",
            doubts=(
                "g_loss raises D's own term of generated samples (zero-sum): right at the best D, but "
                "where D says less than its target G is pushed the other way.",
            ),
        )
    return replace(
        finding, direction=-1, g_faults=("g_loss has the wrong sign: it leads D's output away.",)
    )
