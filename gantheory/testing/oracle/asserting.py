"""assert_game: the oracle as an assertion of a test suite."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gantheory.testing.oracle.calling import Outputs
from gantheory.testing.oracle.handing import Convert
from gantheory.testing.oracle.judgement import Judgement
from gantheory.testing.oracle.judging import identify_game


def assert_game(
    d_loss: Callable[..., Any],
    g_loss: Callable[..., Any],
    claims: str,
    *,
    outputs: Outputs = "logits",
    array: Convert | None = None,
    sample: Any = None,
) -> Judgement:
    """Assert that two losses are the game `claims`, as theory has it and in floats.

    Parameters
    ----------
    d_loss, g_loss:
        d_loss(real, fake) and g_loss(fake) or g_loss(fake, real), of batches of D's outputs.
    claims:
        The name of the game, as `gantheory.losses.game` has it.
    outputs, array, sample:
        As for `identify_game`. Give a sample: without one the outputs are taken for what `outputs` says.

    Returns
    -------
    Judgement
        Its numbers and remarks.

    Raises
    ------
    AssertionError
        If the losses are wrong, another game, none that is known, or not finite at logits of ±100. The
        message begins with the fault and ends with two points that show it.
    ValueError
        If they cannot be judged, or outputs or claims are no such words; it says what to write.
    """
    judgement = identify_game(
        d_loss, g_loss, outputs=outputs, array=array, claims=claims, sample=sample
    )
    fault = fault_of(judgement)
    if not judgement.judged:
        raise ValueError(fault)
    if fault:
        raise AssertionError(fault)
    return judgement


def fault_of(judgement: Judgement) -> str:
    """Return what makes a test fail, the fault first, or "" where nothing does."""
    if judgement.verdict == "correct" and judgement.finite:
        return ""
    if judgement.verdict != "correct":
        return str(judgement)
    strict = next(reason for reason in judgement.reasons if "is not finite" in reason)
    rest = [reason for reason in judgement.reasons if reason != strict]
    return "\n".join([f"not finite: {judgement.game}", *(f"  {one}" for one in (strict, *rest))])
