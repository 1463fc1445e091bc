"""Gradient penalties of anybody's code, asked about critics whose gradients are known exactly.

A linear critic has one gradient everywhere. At a(x) = |x|² / 2 the gradient is x: where real and
generated samples agree, so do all points between them, and the penalty is one exact number; where they
differ in one sample alone, the penalty tells where on the way it looked at that one. At
a(x) = <x, w>² / 2 it must not matter where that is, as long as it is on the way.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gantheory.testing.penalty_case import BETWEEN, PRICES, TARGETED, Kind, Made, PenaltyCase, Probe
from gantheory.testing.penalty_critics import flows, theirs
from gantheory.testing.penalty_mistakes import diagnosis
from gantheory.testing.penalty_points import (
    MOMENTS,
    around_real,
    even_between,
    on_segments,
    shuffles,
    some_pairs,
    uniform_between,
)
from gantheory.testing.tensors import Array

Shape = tuple[int, ...]
LARGEST = 30.0
NORMS = (0.5, 1.5, 2.0, 0.25, 3.0)


@dataclass(frozen=True)
class PenaltyReport:
    """What was asked of a penalty.

    Attributes
    ----------
    seen:
        What was compared, in words.
    not_seen:
        What this call could not have noticed.
    """

    seen: tuple[str, ...]
    not_seen: tuple[str, ...]


def assert_gradient_penalty(
    penalty: Callable[[Any, Any, Any], Any],
    critic: Any = None,
    *,
    kind: Kind = "wgan-gp",
    weight: float = 10.0,
    target: float = 1.0,
    sample_shapes: Sequence[Shape] = ((6,), (2, 3, 4)),
    array: Made = np.array,
    wrap: Callable[[Probe], Any] | None = None,
    grad: Callable[[Callable[[Any], Any]], Callable[[Any], Any]] | None = None,
) -> PenaltyReport:
    """Assert that penalty(critic, real, fake) is the gradient penalty that it should be.

    Parameters
    ----------
    penalty:
        Returns one number, with its weight, for a critic of x of shape (n, ...) and two batches.
    critic:
        A critic of theirs, looked at in addition: whether each output depends on its own sample alone
        (with BatchNorm it does not, and gradient penalties have no theory), the penalty at points that
        are known, and where it is a torch module the penalty's derivative in its parameters. None:
        probes alone.
    kind:
        "wgan-gp", "wgan-lp" (one-sided), "wgan-div" (|g|⁶), "dragan", "r1", "r2", "r1+r2".
    weight:
        λ; for "r1", "r2" and "r1+r2" γ, of γ/2.
    target:
        The norm that costs nothing, of "wgan-gp", "wgan-lp" and "dragan"; 0 where |g|² is paid. Where
        the penalty is divided by its square, so is the weight to be given.
    sample_shapes:
        Of one sample, each tried; give [(6,)] if the code is for vectors alone. The first one is
        taken for `critic`.
    array:
        Turns numpy's arrays into theirs, as torch.as_tensor or jnp.asarray.
    wrap:
        Turns a `Probe` into a critic as the penalty wants it, as
        lambda probe: lambda x: (probe(x), probe.gradient(x)).
    grad:
        How their library differentiates a function of one array, as jax.grad. torch needs none.

    Raises
    ------
    AssertionError
        If the penalty is another one, or the critic couples the samples of a batch. It says at which
        critic and points, with both numbers.
    TypeError, ValueError
        If the penalty raises, or returns no number.

    Notes
    -----
    Source: Gulrajani et al. (2017), equation 3 and section 4; Petzka, Fischer and Lukovnikov (2018); Wu
    et al. (2018) for "wgan-div"; Mescheder, Geiger and Nowozin (2018), equations 9 and 10; Huang et al.
    (2024) for "r1+r2"; Kodali et al. (2017).
    """
    _check(penalty, kind, weight, target)
    rng = np.random.default_rng(0)
    case = PenaltyCase(penalty, kind, float(weight), float(target), array, wrap, rng)
    seen = ["per-sample norms", "value and weight", "where the points lie"]
    for shape in map(tuple, sample_shapes):
        _values(case, shape)
        if _points(case, shape):
            seen[2] = "where the points lie; pairs are shuffled, which is right in distribution"
    first = tuple(sample_shapes[0])
    not_seen = _hardly_seen(case)
    if case.kind in MOMENTS:
        even_between(case, first)
    if flows(case, first, grad):
        seen.append("derivative in the critic's parameters")
    else:
        not_seen.append(
            "Whether the penalty can be differentiated in the critic's parameters: give grad, as "
            "jax.grad, or compare the gradient of the whole loss by assert_gradient."
        )
    if critic is None:
        not_seen.append(
            "Whether your critic couples the samples of a batch, as with BatchNorm: give it."
        )
    else:
        seen += theirs(case, critic, first)
    return PenaltyReport(tuple(seen), tuple(not_seen))


def _check(penalty: Any, kind: str, weight: float, target: float) -> None:
    if not callable(penalty):
        raise TypeError(f"penalty={penalty!r}: give a function of (critic, real, fake)")
    if kind not in PRICES:
        raise ValueError(f"kind={kind!r}: write one of {', '.join(map(repr, PRICES))}")
    if not 0 < weight < math.inf:
        raise ValueError(f"weight={weight!r}: give the penalty's weight, finite and above 0")
    if not 0 <= target < math.inf:
        raise ValueError(
            f"target={target!r}: give the norm that costs nothing, finite and 0 at least"
        )
    if target != 1 and kind not in TARGETED:
        raise ValueError(f"target={target!r}: {kind} has no target norm, leave it out")


def _hardly_seen(case: PenaltyCase) -> list[str]:
    """What passes because it is large or small."""
    largest = LARGEST * case.unit_norm
    found = [f"Norms of gradients above {largest:g}, where a penalty may be clipped."]
    if case.kind in MOMENTS:
        found.append(
            "Whether u is uniform to the last: one of U[0.01, 0.99] passes, with the moments of U[0, 1] "
            "up to 1%."
        )
    return found


def _values(case: PenaltyCase, shape: Shape) -> None:
    """Compare at critics that have one gradient everywhere."""
    for n in (1, 2, shape[0], 5):
        for slope in (1.0, 2.0, 0.5):
            _at_slope(case, n, slope, shape)
    _at_slope(case, 2, LARGEST, shape)


def _at_slope(case: PenaltyCase, n: int, slope: float, shape: Shape) -> None:
    real, fake = case.rng.normal(size=(2, n, *shape))
    norms = np.full(n, slope * case.unit_norm)
    paid = case.pay(case.probe("linear", case.unit(shape), slope), real, fake)
    said = f"a linear critic with a gradient of norm {norms[0]:g} and samples of {(n, *shape)}"
    _compare(case, paid, case.due(norms, norms), said, shape)


def _points(case: PenaltyCase, shape: Shape) -> bool:
    """Compare at critics whose gradient is another elsewhere; return whether pairs are shuffled."""
    if case.kind == "dragan":
        _beside_zero(case, shape)
        around_real(case, shape)
        return False
    if case.kind in BETWEEN:
        on_segments(case, shape)
    shuffled = case.kind in BETWEEN and shuffles(case, shape)
    if shuffled:
        _shuffled(case, shape)
    else:
        _different(case, shape)
    if case.kind in ("wgan-gp", "wgan-lp"):
        uniform_between(case, shape)
    return shuffled


def _beside_zero(case: PenaltyCase, shape: Shape) -> None:
    """A critic with two gradients, at samples farther from the border than DRAGAN's noise can go."""
    w, norms = case.unit(shape), case.unit_norm * np.array([0.5, 1.5])
    far = np.array([-10 * w, 10 * w])
    paid = case.pay(case.probe("bent", w), far, far)
    _compare(case, paid, case.due(norms, norms), _given(norms, shape), shape)


def _different(case: PenaltyCase, shape: Shape) -> None:
    """Samples whose gradients have other norms; where one batch alone counts, the other has norm 7."""
    for given in (NORMS[:2], NORMS):
        x, far = case.batch(given, shape), case.batch(np.full(len(given), 7.0), shape)
        norms = case.unit_norm * np.array(given)
        real, fake = {"r1": (x, far), "r1+r2": (x, far), "r2": (far, x)}.get(case.kind, (x, x))
        sides = [np.linalg.norm(side.reshape(len(x), -1), axis=1) for side in (real, fake)]
        paid = case.pay(case.probe("square", case.unit(shape)), real, fake)
        due = case.due(*(case.unit_norm * side for side in sides))
        _compare(case, paid, due, _given(norms, shape), shape)


def _shuffled(case: PenaltyCase, shape: Shape) -> None:
    """Where pairs are shuffled, two samples are paired well by chance in some calls."""
    (paid, due), unit = some_pairs(case, shape), case.unit_norm
    if not any(abs(one - due) <= 1e-5 * due for one in paid):
        raise AssertionError(
            f"{case.kind}: where real and generated samples are the same two of {shape}, with gradients "
            f"of norms {0.5 * unit:g} and {2 * unit:g}, the penalty changes from call to "
            f"call ({min(paid):.4g} to {max(paid):.4g}), as if pairs were shuffled, but it never is "
            f"{case.formula()} = {due:.6g} of one pairing: leave shuffling and noise out to see why"
        )


def _given(norms: Array, shape: Shape) -> str:
    return f"samples of {shape} with gradients of norms {', '.join(f'{r:g}' for r in norms)}"


def _compare(case: PenaltyCase, paid: float, due: float, said: str, shape: Shape) -> None:
    if case.close(paid, due):
        return
    raise AssertionError(
        f"{case.kind}: for {said} the penalty is {paid:.6g}, but {case.formula()} is {due:.6g} "
        f"with weight {case.weight:g}{diagnosis(case, shape)}"
    )
