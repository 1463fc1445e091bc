"""The relativistic games, in which every output is compared with those of the other batch.

Jolicoeur-Martineau (2019, 2020). A loss is fitted on random batches by features of the differences
of real and generated outputs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from gantheory.losses.scalars import softplus
from gantheory.testing.oracle.calling import Loss, Losses
from gantheory.testing.oracle.findings import Finding, near, tidy
from gantheory.testing.oracle.fits import Fit, best_of, linear_fit
from gantheory.testing.oracle.gradients import Flow, flows, slopes
from gantheory.testing.oracle.handing import FloatArray
from gantheory.testing.oracle.steadiness import close

Batch = tuple[FloatArray, FloatArray]  # real and generated outputs
Compare = Callable[[FloatArray, FloatArray], Batch]


def in_pairs(real: FloatArray, fake: FloatArray) -> tuple[FloatArray, FloatArray]:
    """r - f of each pair of the batch, and the same turned round."""
    return real - fake, fake - real


def across(real: FloatArray, fake: FloatArray) -> tuple[FloatArray, FloatArray]:
    """r - f of every real sample with every generated one, and the same turned round."""
    differences = (real[..., :, None] - fake[..., None, :]).reshape(*real.shape[:-1], -1)
    return differences, -differences


def with_averages(real: FloatArray, fake: FloatArray) -> tuple[FloatArray, FloatArray]:
    """r - mean f, and f - mean r."""
    return real - fake.mean(axis=-1, keepdims=True), fake - real.mean(axis=-1, keepdims=True)


COMPARISONS: dict[str, tuple[str, Compare]] = {
    "in pairs": ("relativistic", in_pairs),
    "each with each": ("relativistic", across),
    "with averages": ("relativistic-average", with_averages),
}
STRETCHES = np.geomspace(0.1, 10.0, 25)  # of D's output
# what a comparison x is to be large for, as functions of x: their means are the features
SHAPES: dict[str, Callable[[FloatArray], FloatArray]] = {
    "logistic": lambda x: softplus(-x),
    "squared": lambda x: (x - 1) ** 2,
    "hinge": lambda x: np.maximum(1 - x, 0),
}


@dataclass(frozen=True)
class Played:
    """Coefficients of mean h(x), mean h(-x), mean h(y), mean h(-y), x of the real, y of the fakes."""

    kind: str
    shape: str
    stretch: float
    coefficients: tuple[float, float, float, float]
    constant: float


def relativistic(losses: Losses) -> Finding | None:
    """Return what two losses are as relativistic ones, or None if d_loss is not such a loss."""
    rng = np.random.default_rng(0)
    batches: list[Batch] = [
        (rng.normal(0.0, 1.5, losses.size), rng.normal(0.0, 1.5, losses.size)) for _ in range(24)
    ]
    d = played([losses.d(real, fake) for real, fake in batches], batches, losses.rounding)
    if d is None:
        return None
    g = played([losses.g(fake, real) for real, fake in batches], batches, losses.rounding, d)
    return _judged(d, g, losses, batches)


def played(
    values: list[float], batches: list[Batch], tolerance: float, known: Played | None = None
) -> Played | None:
    """Return the first comparison and shape that give the values, of one known game if there is one."""
    enough = max(1e-6, 10 * tolerance)
    row = np.asarray(values)[None]
    for stretched in (False, True):
        for kind, shape in product(COMPARISONS, SHAPES):
            if known and (kind, shape) != (known.kind, known.shape):
                continue

            def fit(stretch: float, kind: str = kind, shape: str = shape) -> Fit:
                return linear_fit(_columns(kind, shape, stretch, batches), row)

            stretch = best_of(lambda k: fit(k).residual, STRETCHES) if stretched else 1.0
            if known and not near(stretch, known.stretch, 1e-2 * known.stretch):
                continue
            found = fit(stretch)
            if found.residual <= enough:
                return _read(kind, shape, stretch, found.coefficients[0])
    return None


def _columns(kind: str, shape: str, stretch: float, batches: list[Batch]) -> FloatArray:
    """Columns mean h(x), mean h(-x), mean h(y), mean h(-y) and 1; in pairs x = -y, so two are left."""
    _, compare = COMPARISONS[kind]
    h = SHAPES[shape]
    real, fake = np.stack([np.stack(batch) for batch in batches], axis=1)
    x, y = compare(stretch * real, stretch * fake)
    seen = (x, -x, y, -y) if kind == "with averages" else (x, -x)
    return np.stack([*(h(one).mean(axis=-1) for one in seen), np.ones(len(batches))], axis=1)


def _read(kind: str, shape: str, stretch: float, coefficients: FloatArray) -> Played:
    *found, constant = coefficients.tolist()
    if kind == "with averages":
        x, x_back, y, y_back = found
    else:
        (x, x_back), y, y_back = found, 0.0, 0.0
    return Played(kind, shape, stretch, (x, x_back, y, y_back), constant)


def _judged(d: Played, g: Played | None, losses: Losses, batches: list[Batch]) -> Finding:
    averaged = d.kind == "with averages"
    wanted = _wanted(d, averaged)
    smoothed = 0 if wanted else _smoothed(d, averaged)
    sign = wanted[0] if wanted else smoothed or 1
    finding = Finding(
        game=COMPARISONS[d.kind][0],
        says=f"d_loss compares real with generated outputs {d.kind}, by a {d.shape} loss.",
        sign=sign,
        d_scale=wanted[1] if wanted else None,
        d_offset=d.constant,
        real_target=1.0 if wanted else None,
        fake_target=0.0 if wanted and averaged else None,
        real_weight=1.0 if wanted else None,
        saturating=False,
        divergence="a relativistic divergence of p and q, 0 only at p = q",
        optimum=np.asarray if d.shape == "logistic" and not averaged else None,
        doubts=("The labels of d_loss are smoothed, of which no paper of this game speaks.",)
        if smoothed
        else (),
        d_faults=()
        if wanted or smoothed
        else (
            "The terms of d_loss do not ask for real outputs above generated ones, or not evenly.",
        ),
    )
    if g is None:
        says = "one of the generated outputs alone" if _ignores_real(losses, batches) else ""
        return replace(finding, same_game=False, saturating=None, g_says=says)
    return _with_generator(finding, g, averaged)


def _wanted(played: Played, averaged: bool) -> tuple[int, float] | None:
    """Return the sign and the scale of a loss that asks for real above fake, or fake above real."""
    up, down = _directions(played, averaged)
    if up > 1e-6 and near(down / up, 0):
        return 1, tidy(up)
    if down > 1e-6 and near(up / down, 0):
        return -1, tidy(down)
    return None


def _smoothed(played: Played, averaged: bool) -> int:
    """Return the sign of a logistic loss that asks for one order more than for the other, or 0."""
    up, down = _directions(played, averaged)
    if played.shape != "logistic" or min(up, down) < 1e-6 or near(up / down, 1):
        return 0
    return 1 if up > down else -1


def _one_sided(played: Played) -> int:
    """Return the sign of a loss with one of the two terms of a game with averages, or 0."""
    x, x_back, y, y_back = played.coefficients
    curved, tilt = (x + x_back, y + y_back), (x - x_back) + (y_back - y)
    size = max(curved)
    if size < 1e-6 or not near(min(curved) / size, 0) or not near(abs(tilt) / size, 1):
        return 0
    return 1 if tilt > 0 else -1


def _directions(played: Played, averaged: bool) -> tuple[float, float]:
    """Return how strongly a loss asks for real above generated outputs, and for the reverse.

    With averages the two terms are h(x) and h(-y), which weigh the same, or h(-x) and h(y). Of a
    logistic or squared h the parts that are linear mix, x and -y having one mean: only the
    differences are seen.
    """
    x, x_back, y, y_back = played.coefficients
    if not averaged and played.shape == "squared":
        return _of_parabola(x + x_back, x - x_back)
    if not averaged:
        return x, x_back
    if played.shape == "hinge":
        if near(x, y_back, 1e-4 * max(abs(x), 1e-9)) and near(x_back, y, 1e-4 * max(abs(y), 1e-9)):
            return x, x_back
        return 0.0, 0.0
    curved_x, curved_y = x + x_back, y + y_back
    tilt = (x - x_back) + (y_back - y)
    if curved_x <= 0 or not near(curved_x / curved_y if curved_y else math.inf, 1.0):
        return 0.0, 0.0
    return (2 * curved_x + tilt) / 4, (2 * curved_x - tilt) / 4


def _of_parabola(curved: float, tilt: float) -> tuple[float, float]:
    """Return the same for c x² - 2 t x: (x - t / c)², whatever margin t / c it asks for."""
    if curved <= 1e-6 or abs(tilt) <= 1e-6 * curved:
        return 0.0, 0.0
    scale = tilt**2 / curved
    return (scale, 0.0) if tilt > 0 else (0.0, scale)


def _ignores_real(losses: Losses, batches: list[Batch]) -> bool:
    fake = batches[0][1]
    return close(losses.g(fake, batches[0][0]), losses.g(fake, batches[1][0]), losses.rounding)


def _with_generator(finding: Finding, g: Played, averaged: bool) -> Finding:
    """Return the finding; G wants generated above real: the reverse of what D wants."""
    finding = replace(finding, g_offset=g.constant)
    wanted = _wanted(g, averaged)
    if wanted:
        sign, scale = wanted
        if sign == -finding.sign:
            return replace(finding, g_scale=scale)
        return replace(
            finding,
            direction=-1,
            g_faults=("g_loss asks for what d_loss asks for: G and D pull the same way.",),
        )
    if _smoothed(g, averaged) == -finding.sign:
        return replace(finding, doubts=(*finding.doubts, "The labels of g_loss are smoothed too."))
    if averaged and _one_sided(g) == -finding.sign:
        return replace(
            finding,
            doubts=(
                *finding.doubts,
                "g_loss has one of the two terms of this game: it asks for the right order, but it is "
                "not the published generator.",
            ),
        )
    minus = replace(g, coefficients=tuple(-c for c in g.coefficients))  # type: ignore[arg-type]
    wanted = _wanted(minus, averaged)
    if wanted and wanted[0] == finding.sign:
        return replace(
            finding,
            saturating=True,
            doubts=("g_loss is minus d_loss: zero-sum, not the published generator.",),
        )
    return replace(
        finding,
        direction=0 if not wanted else -1,
        g_faults=("g_loss does not ask for generated outputs above real ones.",),
    )


# --- two passes -----------------------------------------------------------------------------------

# Many train the games with averages so: first the real outputs against the mean of the generated ones as
# it is, then the other way round. In each pass an output is pushed by its own term alone. Its sign is
# that of the whole slope for logistic and hinge terms, and the best response D solves
# p h'(D - A) = q h'(B - D), A and B the means of D on generated and real samples: it rises with p / q.


def only_means_detached(losses: Losses, loss: Loss) -> bool:
    """Whether the gradient of a loss is its slope while the means that it compares with stand still."""
    rng = np.random.default_rng(0)
    pairs = [tuple(rng.normal(0.0, 1.5, (2, losses.size))) for _ in range(24)]
    values = [loss(real, fake) for real, fake in pairs]
    found = played(values, pairs, losses.rounding)
    if found is None or found.kind != "with averages":
        return False
    real, fake = pairs[0]
    seen = flows(loss, real, fake, losses.precise)
    if not seen:
        return False
    wanted = _frozen(found, real, fake)
    compared = zip(reversed(seen), reversed(wanted), strict=False)  # of G the generated batch alone
    taken = list(compared)[: 1 if loss.name == "g_loss" else 2]
    return all(Flow(one.gradient, low, high, one.noise).agrees() for one, (low, high) in taken)


def _frozen(
    found: Played, real: FloatArray, fake: FloatArray
) -> tuple[tuple[FloatArray, FloatArray], ...]:
    """Return the slopes in the real and in the generated outputs, with both means as they are."""
    k, h = found.stretch, SHAPES[found.shape]
    middle_real, middle_fake = k * real.mean(), k * fake.mean()
    x, x_back, y, y_back = found.coefficients

    def of_real(batch: FloatArray) -> float:
        above = k * batch - middle_fake
        return float(x * h(above).mean() + x_back * h(-above).mean())

    def of_fake(batch: FloatArray) -> float:
        above = k * batch - middle_real
        return float(y * h(above).mean() + y_back * h(-above).mean())

    return (slopes(of_real, real, of_real(real), 1e-5), slopes(of_fake, fake, of_fake(fake), 1e-5))
