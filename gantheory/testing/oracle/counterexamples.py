"""Where it shows that a loss is wrong: two points, the distributions on them, and two opinions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import minimize

from gantheory.losses import game as textbook
from gantheory.testing.oracle.calling import Losses
from gantheory.testing.oracle.findings import Finding
from gantheory.testing.oracle.handing import FloatArray
from gantheory.testing.oracle.judgement import OTHER_GAMES
from gantheory.testing.oracle.responses import FAR, Response, Table, response
from gantheory.testing.oracle.structure import Curves, far_value

Distribution = tuple[float, float]
PAIRS: tuple[tuple[Distribution, Distribution], ...] = (
    ((0.5, 0.5), (0.5, 0.5)),
    ((0.5, 0.5), (0.25, 0.75)),
    ((0.75, 0.25), (0.25, 0.75)),
    ((0.875, 0.125), (0.125, 0.875)),
)


def of_discriminator(curves: Curves, known: Table, finding: Finding | None) -> dict[str, Any]:
    """Return the first distributions for which the loss prefers other logits than theory does."""
    rule = finding.optimum if finding and finding.optimum else None
    sign = finding.sign if finding else 1
    for p, q in PAIRS:
        ratios = _log_ratios(p, q)
        best = [response(curves, known, float(ratio)) for ratio in ratios]
        wanted = np.asarray(rule(ratios) if rule else sign * ratios, dtype=np.float64)
        if any(differs(one, float(w)) for one, w in zip(best, wanted, strict=True)):
            break
    return _distributions(p, q) | {
        "logits_preferred": [one.logit for one in best],
        "logits_in_theory": wanted.tolist(),
        "d_loss_preferred": _loss(curves, p, q, [one.logit for one in best], best),
        "d_loss_in_theory": _loss(curves, p, q, wanted.tolist()),
    }


def differs(found: Response, wanted: float) -> bool:
    """Whether a logit is not a minimiser, as far as a minimum differs from its neighbours."""
    if np.isnan(wanted):
        return False  # theory is known for other ratios only
    slack = 5e-3 * (1 + min(abs(wanted), 1e3))
    return not found.low - slack <= wanted <= found.high + slack


def _loss(
    curves: Curves,
    p: Distribution,
    q: Distribution,
    logits: list[float],
    best: list[Response] | None = None,
) -> float:
    """Σ p R(a) + q F(a)."""
    if best is not None and any(one.least == -np.inf for one in best):
        return -np.inf
    far = FAR[curves.outputs][-1]
    return sum(
        p_i * far_value(curves.real, a) + q_i * far_value(curves.fake, a)
        for p_i, q_i, a in zip(p, q, np.clip(logits, -far, far).tolist(), strict=True)
    )


def of_generator(curves: Curves, known: Table, finding: Finding | None) -> dict[str, Any]:
    """Return what g_loss says at two points with D at its best, and what it says in theory."""
    p, q = PAIRS[1]
    ratios = _log_ratios(p, q)
    sign = finding.sign if finding else 1
    best = [response(curves, known, float(ratio)) for ratio in ratios]
    logits = [one.logit for one in best]
    if any(one.least == -np.inf for one in best):
        logits = [
            sign * 1.0,
            sign * -1.0,
        ]  # a critic that is 1-Lipschitz where the points are 2 apart
    far = FAR[curves.outputs][-1]
    losses = [far_value(curves.generator, a) for a in np.clip(logits, -far, far).tolist()]
    found = _distributions(p, q) | {
        "logits": logits,
        "g_loss_at_points": losses,
        "generator_prefers_point": _lower(losses),
        "theory_prefers_point": 0,
    }
    if finding and finding.generator:
        found["g_loss_in_theory"] = np.asarray(finding.generator(ratios)).tolist()
    return found


def _lower(losses: list[float]) -> int | None:
    """Return the point with the smaller loss, None where they are the same."""
    gap = losses[0] - losses[1]
    return None if abs(gap) <= 1e-9 * (1 + max(map(abs, losses))) else int(gap > 0)


def of_batches(losses: Losses, sign: int = 1) -> dict[str, Any]:
    """Return the logits that a loss of whole batches prefers on two points, and log p / q."""
    p, q = PAIRS[1] if losses.size % 4 == 0 else PAIRS[0]
    n = losses.size

    def batch(distribution: Distribution, logits: FloatArray) -> FloatArray:
        return np.repeat(logits, [round(distribution[0] * n), n - round(distribution[0] * n)])

    def loss(logits: FloatArray) -> float:
        clipped = np.clip(logits, -30.0, 30.0)
        found = losses.d(batch(p, clipped), batch(q, clipped))
        return found if np.isfinite(found) else 1e9

    wanted = sign * _log_ratios(p, q)
    starts = [wanted, -wanted, wanted + 0.5, np.zeros(2)]
    best = min(
        (minimize(loss, start, method="Nelder-Mead", options={"maxiter": 300}) for start in starts),
        key=lambda found: float(found.fun),
    )
    return _distributions(p, q) | {
        "logits_preferred": np.clip(best.x, -30.0, 30.0).tolist(),
        "logits_in_theory": wanted.tolist(),
        "d_loss_preferred": float(best.fun),
        "d_loss_in_theory": loss(wanted),
    }


def of_generated_batches(losses: Losses, sign: int = 1) -> dict[str, Any]:
    """Return what g_loss is where generated samples move from the one point to the other."""
    p, q = PAIRS[1] if losses.size % 4 == 0 else PAIRS[0]
    n = losses.size
    real = np.repeat([sign * 1.0, sign * -1.0], [round(p[0] * n), n - round(p[0] * n)])
    at_points = [losses.g(np.full(n, sign * logit), real) for logit in (1.0, -1.0)]
    return _distributions(p, q) | {
        "logits": [sign * 1.0, sign * -1.0],
        "g_loss_at_points": at_points,
        "generator_prefers_point": _lower(at_points),
        "theory_prefers_point": 0,
    }


def of_claim(curves: Curves, known: Table, claims: str) -> dict[str, Any]:
    """Return where the loss prefers other logits than the claimed game, or has another g_loss."""
    if claims in OTHER_GAMES:
        return of_generator(curves, known, None) | {"claimed": claims}
    claimed = textbook(claims)
    rule: Callable[[FloatArray], FloatArray | None] = claimed.optimal_logit
    for p, q in PAIRS:
        ratios = _log_ratios(p, q)
        wanted = rule(ratios)
        best = [response(curves, known, float(ratio)) for ratio in ratios]
        if wanted is None:
            break
        if any(differs(one, float(w)) for one, w in zip(best, wanted, strict=True)):
            return _distributions(p, q) | {
                "logits_preferred": [one.logit for one in best],
                "logits_claimed": wanted.tolist(),
            }
    found = of_generator(curves, known, None)
    found["claimed"] = claimed.name
    if wanted is not None:
        at = np.clip(np.asarray(rule(_log_ratios(*PAIRS[1]))), -30.0, 30.0)
        found["g_loss_claimed"] = [float(claimed.g_loss(np.asarray([a]))) for a in at]
    return found


def _log_ratios(p: Distribution, q: Distribution) -> FloatArray:
    ratios: FloatArray = np.log(np.asarray(p)) - np.log(np.asarray(q))
    return ratios


def _distributions(p: Distribution, q: Distribution) -> dict[str, Any]:
    return {"p": list(p), "q": list(q)}
