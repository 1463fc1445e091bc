"""The logistic games: minimax and non-saturating, smoothed labels, and what goes wrong with them.

With x = α a + β, an affine change of D's output, each term is a combination of softplus(-x) = -log D
and softplus(x) = -log(1 - D).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from gantheory.losses.scalars import sigmoid, softplus
from gantheory.testing.oracle.findings import (
    NO_PULL,
    SAME_WAY,
    Finding,
    Rule,
    fit_tolerance,
    kind_of_generator,
    near,
)
from gantheory.testing.oracle.fits import linear_fit, searched_fit
from gantheory.testing.oracle.handing import FloatArray
from gantheory.testing.oracle.structure import GRID, Curves

LINEAR = "linear in D's logit, as in the hinge and Wasserstein games"
STARTS = [(1.0, 0.0)] + [
    (scale, shift) for scale in (0.25, 0.5, 1.0, 2.0, 4.0) for shift in (-2.0, -1.0, 0.0, 1.0, 2.0)
]
SCALES = (0.2, 50.0)  # below, softplus is a parabola
LOG_2, LOG_4 = math.log(2), math.log(4)


@dataclass(frozen=True)
class _Terms:
    """Coefficients of -log D and -log(1 - D), D = σ(α a + β).

    Attributes
    ----------
    real, fake, generator:
        A pair each; generator is None where g_loss is not such a combination.
    d_offset, g_offset:
        The constants.
    """

    real: tuple[float, float]
    fake: tuple[float, float]
    generator: tuple[float, float] | None
    d_offset: float
    g_offset: float
    slope: float
    shift: float

    def flipped(self) -> _Terms:
        """Return the same with D's output turned round."""
        return replace(
            self,
            real=self.real[::-1],
            fake=self.fake[::-1],
            generator=self.generator and self.generator[::-1],
            slope=-self.slope,
            shift=-self.shift,
        )

    def evidence_for_sign(self) -> float:
        """How much speaks for larger outputs meaning more real."""
        generator = self.generator or (0.0, 0.0)
        size = max(map(abs, generator)) or 1.0
        of_d = (self.real[0] - self.real[1]) + (self.fake[1] - self.fake[0])
        return of_d + 1e-3 * (generator[0] - generator[1]) / size


def logistic(curves: Curves) -> Finding | None:
    """Return what two losses are as logistic ones, or None if d_loss is not logistic."""
    enough = fit_tolerance(curves)
    twice = False
    d = _fit(GRID, curves.on_grid[:2], curves.scale, enough)
    if d is None:
        twice = True
        d = _fit_alone(sigmoid(GRID), curves.on_grid[:2], curves.scale, enough)
    if d is None:
        return None
    at = sigmoid(GRID) if twice else GRID
    basis = _basis(at, d.slope, d.shift)
    g = linear_fit(basis, curves.on_grid[2:])
    if g.residual <= enough:
        s, t, offset = g.coefficients[0]
        d = replace(d, generator=(-t, s + t), g_offset=float(offset))
    if d.evidence_for_sign() < 0:
        return replace(_judged(d.flipped(), curves, twice), sign=-1)
    return _judged(d, curves, twice)


def _basis(at: FloatArray, slope: float, shift: float) -> FloatArray:
    """Columns softplus(x), x, 1 with x = slope · at + shift."""
    x = slope * at + shift
    return np.stack((softplus(x), x, np.ones_like(x)), axis=1)


def _fit(at: FloatArray, rows: FloatArray, scale: float, enough: float) -> _Terms | None:
    fit = searched_fit(
        lambda theta: _basis(at, float(np.clip(theta[0], *SCALES)), float(theta[1])),
        rows,
        starts=STARTS,
        enough=enough,
    )
    return _read(fit.coefficients, fit.parameters, scale) if fit.residual <= enough else None


def change_of_output(rows: FloatArray, scale: float, enough: float) -> tuple[float, float] | None:
    """Return α and β of a logistic term of α a + β, or None if it is not logistic."""
    terms = _fit(GRID, rows, scale, enough)
    return None if terms is None else (terms.slope, terms.shift)


def _fit_alone(at: FloatArray, rows: FloatArray, scale: float, enough: float) -> _Terms | None:
    """The fit with x as it is, α = 1 and β = 0."""
    fit = linear_fit(_basis(at, 1.0, 0.0), rows)
    return _read(fit.coefficients, (1.0, 0.0), scale) if fit.residual <= enough else None


def _read(coefficients: FloatArray, parameters: tuple[float, ...], scale: float) -> _Terms | None:
    """s softplus(x) + t x = -t softplus(-x) + (s + t) softplus(x)."""
    slope, shift = float(np.clip(parameters[0], *SCALES)), parameters[1]
    if np.abs(coefficients[:, 0]).max() < 1e-3 * scale or abs(shift) > 5 * slope:
        return None  # linear, or exponential: no logistic game
    (real_s, real_t, real_c), (fake_s, fake_t, fake_c) = coefficients[[0, -1]].tolist()
    return _Terms(
        real=(-real_t, real_s + real_t),
        fake=(-fake_t, fake_s + fake_t),
        generator=None,
        d_offset=real_c + fake_c,
        g_offset=0.0,
        slope=slope,
        shift=shift,
    )


def _judged(terms: _Terms, curves: Curves, twice: bool) -> Finding:
    """Return the finding for outputs that count realness."""
    size = max(map(abs, (*terms.real, *terms.fake)))
    (a, b), (c, e) = ([x / size for x in pair] for pair in (terms.real, terms.fake))
    faults = _d_faults((a, b), (c, e))
    if twice:
        faults = (
            "The loss takes a sigmoid of D's output, which is a probability already or goes through "
            "a sigmoid before: the best D cannot say less than 0.5, nor more than 0.73.",
            *faults,
        )
    positive = min(a, b, c, e) > -1e-3 and a + b > 1e-3 and c + e > 1e-3
    finding = Finding(
        game="non-saturating",
        says="",
        d_scale=size * (c + e) if c + e > 1e-3 else None,
        d_offset=terms.d_offset,
        real_target=a / (a + b) if positive else None,
        fake_target=c / (c + e) if positive else None,
        real_weight=(a + b) / (c + e) if positive else None,
        d_faults=faults,
        optimum=None if twice else _optimum(terms, (a, b), (c, e), positive),
    )
    return _named(_with_generator(finding, terms, curves))


def _d_faults(real: tuple[float, float], fake: tuple[float, float]) -> tuple[str, ...]:
    """Return what is wrong with terms (x of -log D, y of -log(1 - D))."""
    (a, b), (c, e) = real, fake
    faults = []
    for name, pair in (("real", real), ("generated", fake)):
        if max(map(abs, pair)) < 1e-3:
            faults.append(f"d_loss has no term of the {name} batch.")
    if min(a, b, c, e) < -1e-3:
        which = "real" if min(a, b) < -1e-3 else "generated"
        faults.append(
            f"A part of d_loss has the wrong sign, in its term of the {which} batch: both terms are "
            "cross-entropies, and both are to be small."
        )
    if faults:
        return tuple(faults)
    if not near((a + b) / (c + e), 1.0, 2e-3):
        faults.append(
            f"The term of the real batch weighs {(a + b) / (c + e):.4g} times that of the generated "
            "one; that is not label smoothing, which is t · -log D - (1 - t) · log(1 - D)."
        )
    t, s = a / (a + b), c / (c + e)
    if near(t, s, 2e-3):
        faults.append("Both batches have the same target, so D cannot learn which is which.")
    elif min(t, s) > 0.5 + 2e-3 or max(t, s) < 0.5 - 2e-3:
        faults.append(
            f"The targets {t:.4g} of real and {s:.4g} of generated samples lie on the same side of 1/2: "
            "smoothing keeps a real target above it and the other one below."
        )
    return tuple(faults)


def _optimum(
    terms: _Terms, real: tuple[float, float], fake: tuple[float, float], positive: bool
) -> Rule:
    """Return log p - log q -> the logit at D = (t p + s q) / (p + q), of targets t and s."""
    t, s = 1.0, 0.0
    if positive and real[0] / sum(real) > fake[0] / sum(fake) + 2e-3:
        t, s = real[0] / sum(real), fake[0] / sum(fake)

    def optimum(log_ratio: FloatArray) -> FloatArray:
        share = sigmoid(np.asarray(log_ratio, dtype=np.float64))
        yes = t * share + s * (1 - share)
        with np.errstate(divide="ignore"):
            x = np.log(yes) - np.log1p(-yes)
        return np.asarray((x - terms.shift) / terms.slope)

    return optimum


def _with_generator(finding: Finding, terms: _Terms, curves: Curves) -> Finding:
    if terms.generator is None:
        return replace(finding, same_game=False, g_says=kind_of_generator(curves))
    size = max(map(abs, terms.generator))
    if size <= 1e-9 * max(1.0, abs(terms.g_offset)):
        return replace(finding, direction=0, g_faults=(NO_PULL,))
    up, down = (x / size for x in terms.generator)
    finding = replace(finding, g_scale=size, g_offset=terms.g_offset)
    return _placed(finding, up, down)


def _placed(finding: Finding, up: float, down: float) -> Finding:
    """Return the finding with g_loss = up · -log D + down · -log(1 - D), the larger one ±1."""
    t = 1.0 if finding.real_target is None else finding.real_target
    s = 0.0 if finding.fake_target is None else finding.fake_target
    if near(up, 0) and near(down, -1):
        return replace(finding, game="minimax", saturating=True, generator=lambda x: -softplus(x))
    if near(up, 1) and near(down, 0):
        return replace(finding, saturating=False, generator=lambda x: softplus(-x))
    if up < -1e-3 and down < -1e-3 and near(up / (up + down), s, 3e-3):
        return replace(finding, game="minimax", saturating=True)
    if min(up, down) > 1e-3:
        total = replace(finding, g_scale=(finding.g_scale or 0.0) * (up + down))
        return _aimed(total, up / (up + down), t)
    if near(up, -down):
        if up > 0:
            return replace(finding, same_game=False, saturating=False, g_says=LINEAR)
    elif up > -1e-3 and down < 1e-3:
        mixed = "a sum of the saturating and the non-saturating loss"
        return replace(finding, same_game=False, saturating=False, g_says=mixed)
    return replace(finding, direction=-1, g_faults=(SAME_WAY,))


def _aimed(finding: Finding, target: float, smoothed: float) -> Finding:
    """Return the finding where the generator wants D to say a target below 1."""
    finding = replace(finding, saturating=False)
    if smoothed < 1 - 1e-3 and near(target, smoothed, 3e-3):
        return replace(finding, remarks=(f"The generator's target is smoothed too: {target:.3g}.",))
    return replace(
        finding,
        direction=1 if target > 0.5 else -1 if target < 0.5 else 0,
        g_faults=(
            f"The generator wants D to say {target:.4g} of its samples, and D's target for real ones is "
            f"{smoothed:.4g}: it turns back before its samples look real.",
        ),
    )


def _named(finding: Finding) -> Finding:
    """Return the finding with its sentence, and as f-gan:js where the offsets are those of JS."""
    scale = finding.d_scale or 1.0
    g_scale = finding.g_scale or 1.0
    g_offset = (1 if finding.saturating else -1) * LOG_2
    if (
        not finding.d_faults
        and near((finding.d_offset or 0.0) / scale, -LOG_4)
        and near((finding.g_offset or 0.0) / g_scale, g_offset)
        and near(finding.real_target or 0.0, 1)
        and near(finding.fake_target or 0.0, 0)
    ):
        finding = replace(finding, game="f-gan:js", d_offset=0.0, g_offset=0.0)
    kind = {
        "minimax": ", and g_loss its saturating partner, E log(1 - D)",
        "non-saturating": ", and g_loss its non-saturating partner, -E log D",
        "f-gan:js": ", and both have the offsets of the f-GAN for 2 JSD",
    }[finding.game]
    if finding.g_faults or not finding.same_game:
        kind = ""
    smoothed = not (near(finding.real_target or 0.0, 1) and near(finding.fake_target or 0.0, 0))
    return replace(
        finding,
        says=f"d_loss is the logistic loss -E log D - E log(1 - D){kind}.",
        divergence=("the form with smoothed labels of " if smoothed else "")
        + {
            "minimax": "2 JSD(p, q)",
            "non-saturating": "2 KL(m | p) with m = (p + q) / 2",
            "f-gan:js": "2 JSD(p, q)" if finding.saturating else "2 KL(m | p) with m = (p + q) / 2",
        }[finding.game],
    )
