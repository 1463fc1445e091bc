"""Whether the gradients of both losses get to D's outputs, and what that means for the players."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from gantheory.testing.oracle.calling import Loss, Losses
from gantheory.testing.oracle.gradients import Flow, flows
from gantheory.testing.oracle.handing import CannotJudge, FloatArray
from gantheory.testing.oracle.jumps import SHARE, STEPS, leap

OTHER = {"real": "generated", "generated": "real"}


@dataclass(frozen=True)
class Reach:
    """What is to be said of the gradients of one loss.

    Attributes
    ----------
    faults, doubts, remarks:
        Sentences.
    backwards:
        Whether all of the gradient is minus the slope.
    flows:
        The batch's name -> its flow; empty where no gradient can be had.
    """

    faults: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    backwards: bool = False
    flows: Mapping[str, Flow] | None = None


def reach(losses: Losses, loss: Loss) -> Reach:
    """Return what the gradients of d_loss or g_loss do, on two pairs of batches.

    Raises
    ------
    CannotJudge
        If the values of the loss do not move where its gradient does.
    """
    by_d = loss.name == "d_loss"
    try:
        found = [_of_batches(losses, loss, seed) for seed in (2, 3)]
    except CannotJudge as error:
        problem = f"{error}".partition(" when called with ")[0]
        said = (
            f"The gradient of {loss.name} was not looked at: with tensors that track it {problem}."
        )
        return Reach(remarks=(said,))
    joined = {name: _joined([one[name] for one in found]) for name in found[0]}
    if not by_d:
        joined.pop("real", None)
    if not joined:
        return Reach(remarks=_unseen(loss, losses.size))
    still = all(not flow.counts.any() and flow.missing.all() for flow in joined.values())
    if still and _leaps(losses, loss):
        return Reach((STEPS.format(loss.name),), flows=joined)
    if all(flow.agrees() for flow in joined.values()):
        return Reach(flows=joined)
    _refuse_surrogate(losses, loss, joined)
    seen = _cut(joined, by_d) or _in_proportion(joined, by_d) or _in_another_way(joined, by_d)
    return replace(seen, flows=joined)


def _of_batches(losses: Losses, loss: Loss, seed: int) -> dict[str, Flow]:
    real, fake = _drawn(losses, seed)
    found = flows(loss, real, fake, losses.precise) or ()
    return dict(zip(("generated", "real"), reversed(found), strict=False))


def _drawn(losses: Losses, seed: int) -> FloatArray:
    return np.random.default_rng(seed).normal(0.0, 1.2, size=(2, losses.size))


def _leaps(losses: Losses, loss: Loss) -> bool:
    """Whether a loss jumps on the way from one pair of batches to another."""
    one = _drawn(losses, 2)
    return any(_leaps_between(loss, one, other) for other in (_drawn(losses, 3), -one))


def _leaps_between(loss: Loss, one: FloatArray, other: FloatArray) -> bool:
    def on_the_way(t: float) -> float:
        return loss(*((1 - t) * one + t * other))

    least = SHARE * abs(on_the_way(1.0) - on_the_way(0.0))
    return least > 0 and leap(on_the_way, 0.0, 1.0, least) is not None


def _joined(found: list[Flow]) -> Flow:
    return Flow(
        np.concatenate([one.gradient for one in found]),
        np.concatenate([one.low for one in found]),
        np.concatenate([one.high for one in found]),
        max(one.noise for one in found),
    )


def _unseen(loss: Loss, n: int) -> tuple[str, ...]:
    """Return a remark where there may be a gradient that cannot be asked for."""
    handed = [loss.hand(np.zeros(n)) for _ in range(2)]
    value = loss.called(*handed)
    if isinstance(handed[0], np.ndarray) and isinstance(
        value, (np.ndarray, np.generic, float, int)
    ):
        return ()
    return (
        f"The gradient of {loss.name} cannot be asked for, only its values: whether it reaches D's "
        "outputs is not known. It has to take and return tensors of PyTorch or arrays of JAX.",
    )


def _refuse_surrogate(losses: Losses, loss: Loss, found: Mapping[str, Flow]) -> None:
    """Raise where the values stand still, or change in steps alone, and the gradient does not."""
    if any(flow.counts.any() for flow in found.values()):
        return
    if any(not flow.missing.all() for flow in found.values()):
        seen = (
            "changes in steps alone"
            if _leaps(losses, loss)
            else "has the same value whatever D's outputs are"
        )
        raise CannotJudge(
            f"{loss.name} {seen}, and yet has a gradient: hand the "
            "oracle the loss whose slope that gradient is, without what divides or subtracts its value."
        )


# --- the ways in which a gradient is not the slope ---------------------------------------------------


def _cut(found: Mapping[str, Flow], by_d: bool) -> Reach | None:
    """Say where no gradient flows, and the loss has a slope."""
    counted = {name: flow for name, flow in found.items() if flow.counts.any()}
    lost = {name: int((flow.counts & flow.missing).sum()) for name, flow in counted.items()}
    of = {name: int(flow.counts.sum()) for name, flow in counted.items()}
    gone = [name for name in counted if lost[name] == of[name]]
    if len(gone) == len(counted):
        if not by_d:
            return Reach(
                ("No gradient of g_loss flows to D's outputs, so G never moves: take out what detaches "
                 "them.",)
            )  # fmt: skip
        return Reach(
            ("No gradient of d_loss reaches D's outputs, so D never moves: look for no_grad, item() and "
             "tensors made anew.",)
        )  # fmt: skip
    if gone:
        return Reach(
            (f"The gradient of d_loss does not reach D's outputs on {gone[0]} samples: something "
             f"detaches them, and D learns from the {OTHER[gone[0]]} ones alone. detach belongs on the "
             "generated images, before D.",)
        )  # fmt: skip
    partly = next((name for name in counted if lost[name]), None)
    if partly is None:
        return None
    player = "d_loss" if by_d else "g_loss"
    return Reach(
        (f"The gradient of {player} reaches only {of[partly] - lost[partly]} of {of[partly]} of D's "
         f"outputs on {partly} samples: something detaches the others.",)
    )  # fmt: skip


def _in_proportion(found: Mapping[str, Flow], by_d: bool) -> Reach | None:
    """Say what a gradient does that is the slope times one factor in each batch."""
    counted = {name: flow for name, flow in found.items() if flow.counts.any()}
    factors = {
        name: float(np.median(flow.gradient[flow.counts] / flow.slope[flow.counts]))
        for name, flow in counted.items()
    }
    if not all(flow.agrees(factors[name]) for name, flow in counted.items()):
        return None
    least, most = min(factors.values()), max(factors.values())
    if most < 0:
        said = (
            "The gradient of d_loss that reaches D's outputs is minus its slope: D climbs its loss.",
        )
        return Reach(said if by_d else (), backwards=True)
    if least < 0:
        name = min(factors, key=lambda one: factors[one])
        return Reach(
            (
                f"The gradient of d_loss on {name} samples is minus its slope: there D climbs its loss.",
            )
        )
    if most - least <= 0.05 * most:
        player = "d_loss" if by_d else "g_loss"
        return Reach(
            remarks=(f"The gradient of {player} that reaches D's outputs is {most:.3g} times its "
                     "slope.",)
        )  # fmt: skip
    name = min(factors, key=lambda one: factors[one])
    return Reach(
        (f"The gradient of d_loss reaches D's outputs on {name} samples with {factors[name]:.3g} of its "
         f"slope, on {OTHER[name]} ones with {most:.3g}: a part is detached, and D weighs the batches "
         "otherwise than the value of d_loss does.",)
    )  # fmt: skip


def _in_another_way(found: Mapping[str, Flow], by_d: bool) -> Reach:
    """Say whether a gradient that is not a multiple of the slope points the same way."""
    same = all(
        bool((np.sign(flow.gradient) == np.sign(flow.slope))[flow.counts].all())
        for flow in found.values()
    )
    player = "d_loss" if by_d else "g_loss"
    if same or _apart(found):
        return Reach(
            doubts=(
                f"The gradient that reaches D's outputs is not the slope of {player}, though it points "
                "the same way: some of what the value depends on is detached, so what is descended is "
                "not this loss.",
            )
        )
    return Reach(
        (f"The gradient that flows to D's outputs is not the slope of {player}: it pushes some of them "
         "the other way.",)
    )  # fmt: skip


def _apart(found: Mapping[str, Flow]) -> bool:
    """Whether all real outputs are pushed to one side, and all generated ones to the other."""
    if len(found) < 2:
        return False
    one, other = (np.where(flow.missing, 0.0, flow.gradient) for flow in found.values())
    sides = ((one.max(), other.min()), (other.max(), one.min()))
    return any(below <= 0 <= above for below, above in sides)
