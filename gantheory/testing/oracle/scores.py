"""The games that are linear in pieces: hinge, Wasserstein, and total variation behind a sigmoid."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gantheory.testing.oracle.findings import (
    NO_PULL,
    SAME_WAY,
    Finding,
    fit_tolerance,
    kind_of_generator,
    near,
    tidy,
)
from gantheory.testing.oracle.fits import linear_fit, searched_fit
from gantheory.testing.oracle.handing import FloatArray
from gantheory.testing.oracle.structure import GRID, Curves, far_value

SLOPES = [(slope, shift) for slope in (1.0, 2.0, 0.5) for shift in (0.0, -1.0, 1.0)]


@dataclass(frozen=True)
class _Piecewise:
    """left · (s - kink) below the kink, right · (s - kink) above it, and a constant."""

    kink: float
    left: float
    right: float
    constant: float

    def flipped(self) -> _Piecewise:
        """Return the same of -s."""
        return _Piecewise(-self.kink, -self.right, -self.left, self.constant)


BALANCED = (
    "The term of the generated batch weighs less than that of the real one. At a constant weight no D "
    "is optimal; in BEGAN it is k_t, which moves in training until the two balance."
)

# --- Wasserstein ----------------------------------------------------------------------------------


def linear_critic(curves: Curves) -> Finding | None:
    """Return what two losses are over a linear critic, or None if d_loss is not linear in it."""
    own = curves.output(GRID)
    if curves.outputs == "probabilities":
        return None
    lines = _lines(own, curves)
    if lines is None or not _straight(lines, curves):
        return None
    (real, c_real), (fake, c_fake) = lines
    size = max(abs(real), abs(fake))
    if size < 1e-9 * max(1.0, curves.scale):
        return None
    real, fake = tidy(real / size), tidy(fake / size)
    sign = -1 if fake - real < 0 else 1
    real, fake = sign * real, sign * fake
    finding = Finding(
        game="wasserstein",
        says="d_loss is linear in D's output, the critic of the Wasserstein game: it has a meaning over "
        "1-Lipschitz critics alone, which the losses do not enforce.",
        sign=sign,
        d_scale=size * fake if fake > 1e-3 else None,
        d_offset=c_real + c_fake,
        real_weight=-real / fake if fake > 1e-3 and real < -1e-3 else None,
        saturating=False,
        divergence="W1(p, q)",
        d_faults=_linear_faults(real, fake),
    )
    if sign < 0 and -real > fake > 1e-3:  # of energies, lower on real samples
        finding = replace(finding, d_faults=(), doubts=(BALANCED,))
    return _linear_generator(finding, own, curves)


def _lines(at: FloatArray, curves: Curves) -> list[list[float]] | None:
    basis = np.stack((at, np.ones_like(at)), axis=1)
    d = linear_fit(basis, curves.on_grid[:2])
    return d.coefficients.tolist() if d.residual <= fit_tolerance(curves) else None


def _straight(lines: list[list[float]], curves: Curves) -> bool:
    """Whether the lines go on beyond the grid; a hinge with a wide margin and a clipped critic bend."""
    return all(
        near(
            far_value(curve, logit),
            slope * logit + offset,
            1e-3 * (abs(slope * logit) + abs(offset)) + 1e-6 * curves.scale,
        )
        for curve, (slope, offset) in zip((curves.real, curves.fake), lines, strict=True)
        for logit in (-100.0, 100.0)
    )


def _linear_faults(real: float, fake: float) -> tuple[str, ...]:
    if near(real, -fake):
        return ()
    for batch, slope in (("real", real), ("generated", fake)):
        if near(slope, 0):
            return (f"d_loss has no term of the {batch} batch.",)
    if real * fake > 0:
        return (
            "Both terms have the same sign: raising every score by one number wins, without end.",
        )
    return (
        f"The term of the real batch weighs {-real / fake:.4g} times that of the generated one: no D is "
        "optimal, for moving every score by one number wins, without end.",
    )


def _linear_generator(finding: Finding, at: FloatArray, curves: Curves) -> Finding:
    """Return the finding with what g_loss = k s + c is in it."""
    basis = np.stack((at, np.ones_like(at)), axis=1)
    g = linear_fit(basis, curves.on_grid[2:])
    if g.residual > fit_tolerance(curves):
        return replace(finding, same_game=False, saturating=None, g_says=kind_of_generator(curves))
    slope, offset = g.coefficients[0].tolist()
    slope *= finding.sign
    if abs(slope) < 1e-9:
        return replace(finding, direction=0, g_faults=(NO_PULL,))
    if slope > 0:
        return replace(finding, direction=-1, g_faults=(SAME_WAY,))
    return replace(finding, g_scale=-slope, g_offset=offset)


# --- hinge ----------------------------------------------------------------------------------------


def hinge(curves: Curves) -> Finding | None:
    """Return what two losses are as hinges, or None if d_loss is not a sum of two hinges."""
    if curves.outputs == "probabilities":
        return None
    pieces = [_piecewise(row, curves) for row in curves.on_grid[:2]]
    real, fake = pieces
    if real is None or fake is None:
        return None
    sign = 1
    if real.left > -1e-3 * curves.scale and fake.right < 1e-3 * curves.scale:
        sign, real, fake = -1, real.flipped(), fake.flipped()
    size = max(abs(real.left), abs(fake.right))
    flat = max(abs(real.right), abs(fake.left)) <= 1e-3 * size
    if not flat or real.left >= 0 or fake.right <= 0:
        return None
    middle, margin = (real.kink + fake.kink) / 2, (real.kink - fake.kink) / 2
    weight = -real.left / fake.right
    faults: list[str] = []
    if margin < 1e-3:
        faults.append(
            "The two hinges leave no margin: one output makes both terms 0, whatever the samples are."
        )
    elif not near(weight, 1.0, 2e-3):
        faults.append(
            f"The term of the real batch weighs {weight:.4g} times that of the generated one."
        )
    scale = fake.right * margin
    finding = Finding(
        game="hinge",
        says="d_loss is a sum of two hinges, E (1 - D)_+ + E (1 + D)_+.",
        sign=sign,
        d_scale=scale if margin >= 1e-3 else None,
        d_offset=real.constant + fake.constant,
        real_weight=weight,
        saturating=False,
        divergence="2 TV(p, q), the integral of |p - q|",
        d_faults=tuple(faults),
        optimum=lambda ratio: sign * (middle + margin * np.sign(ratio)),
        generator=lambda ratio: -np.sign(ratio),
    )
    return _hinge_generator(finding, curves, abs(margin), sign * middle)


def _hinge_generator(finding: Finding, curves: Curves, margin: float, middle: float) -> Finding:
    found = _linear_generator(finding, GRID, curves)
    if found.same_game:
        # in units of the textbook's D = (s - middle) / margin
        g_scale = None if found.g_scale is None else found.g_scale * margin
        offset = None
        if found.g_scale is not None and found.g_offset is not None:
            offset = found.g_offset - found.g_scale * found.sign * middle
        return replace(found, g_scale=g_scale, g_offset=offset)
    piece = _piecewise(curves.on_grid[2], curves)
    if (
        piece
        and finding.sign * (piece.left + piece.right) < 0
        and min(abs(piece.left), abs(piece.right)) < 1e-3 * curves.g_scale
    ):
        return replace(
            finding,
            doubts=(
                "g_loss is a hinge too: the same as -E D at the best D, but without a gradient where D "
                "says more than its margin of a generated sample.",
            ),
        )
    return found


def _piecewise(row: FloatArray, curves: Curves) -> _Piecewise | None:
    """Return a curve with one kink and lines on both sides of it, or None."""

    def basis(theta: FloatArray) -> FloatArray:
        at = GRID - float(np.clip(theta[0], -5.0, 5.0))
        return np.stack((np.minimum(at, 0), np.maximum(at, 0), np.ones_like(at)), axis=1)

    enough = fit_tolerance(curves)
    start = (_kink(row),)
    if linear_fit(basis(np.asarray(start)), row[None]).residual > 0.02:
        return None  # no two lines, wherever they meet
    fit = searched_fit(basis, row[None], starts=[start], enough=enough)
    if fit.residual > enough:
        return None
    left, right, constant = fit.coefficients[0].tolist()
    if abs(left - right) <= 1e-3 * max(abs(left), abs(right)):
        return None  # one line
    return _Piecewise(tidy(fit.parameters[0]), left, right, constant)


def bends_once(row: FloatArray, curves: Curves) -> bool:
    """Whether a curve is two lines that meet."""
    return _piecewise(row, curves) is not None


def _kink(row: FloatArray) -> float:
    """Return where two lines meet, from the outer thirds of a curve with one kink."""
    bend = np.abs(np.diff(row, n=2))
    k = int(np.clip(np.argmax(bend) + 1, 2, GRID.size - 3))
    step = GRID[1] - GRID[0]
    left, right = (row[k - 1] - row[k - 2]) / step, (row[k + 2] - row[k + 1]) / step
    if abs(left - right) < 1e-12:
        return float(GRID[k])
    # left line through node k - 1, right line through node k + 1
    at_left, at_right = row[k - 1] - left * GRID[k - 1], row[k + 1] - right * GRID[k + 1]
    return float(np.clip((at_right - at_left) / (left - right), -5.0, 5.0))


# --- total variation ------------------------------------------------------------------------------


def squashed_critic(curves: Curves) -> Finding | None:
    """Return what two losses are that are linear in a sigmoid of D's output, or None."""
    enough = fit_tolerance(curves)
    real_row, fake_row = curves.on_grid[:2]
    line = np.stack((fake_row, np.ones_like(fake_row)), axis=1)
    if linear_fit(line, real_row[None]).residual > enough:
        return None  # not one curve with two weights

    def basis(theta: FloatArray) -> FloatArray:
        x = float(np.clip(theta[0], 0.05, 50.0)) * GRID + float(theta[1])
        return np.stack((0.5 * np.tanh(x / 2), np.ones_like(x)), axis=1)

    starts = [(1.0, 0.0)] if curves.outputs == "probabilities" else SLOPES
    fit = searched_fit(basis, curves.on_grid[:2], starts=starts, enough=enough)
    if fit.residual > enough:
        return None
    (real, c_real), (fake, c_fake) = fit.coefficients.tolist()
    size = max(abs(real), abs(fake))
    if size < 1e-9 * max(1.0, curves.scale):
        return None
    real, fake = tidy(real / size), tidy(fake / size)
    sign = -1 if fake - real < 0 else 1
    if not near(real, -fake):
        weight = f"{abs(real / fake):.4g}" if fake else "inf"
        faults: tuple[str, ...] = (
            f"Both terms are linear in a sigmoid of D's output and do not balance (weight {weight}).",
        )
    else:
        faults = ()
    finding = Finding(
        game="f-gan:total-variation",
        says="d_loss is linear in a sigmoid of D's output: no Wasserstein game, whose critic is "
        "unbounded, but the f-GAN of total variation.",
        sign=sign,
        d_scale=size,
        d_offset=c_real + c_fake,
        real_weight=abs(real / fake) if fake else None,
        saturating=True,
        divergence="TV(p, q)",
        d_faults=faults,
        optimum=lambda ratio: _at_the_ends(sign * np.asarray(ratio)),
        generator=lambda ratio: -np.sign(ratio),
    )
    column = basis(np.asarray(fit.parameters))[:, 0]
    return _linear_generator(finding, column, curves)


def _at_the_ends(ratio: FloatArray) -> FloatArray:
    """±inf with the sign of the ratio, 0 at 0."""
    return np.where(ratio == 0, 0.0, np.copysign(np.inf, ratio))
