"""No verdict hangs on the last digits of a loss: they differ from processor to processor."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np
import oracle_bank
import oracle_bank_public
import pytest
from thinning import every

from gantheory.testing import identify_game

ENTRIES = (*oracle_bank.RIGHT, *oracle_bank.WRONG, *oracle_bank.OPEN, *oracle_bank_public.PUBLIC)
ULPS = 2


def shaken(loss: Callable[..., Any], seed: int) -> Callable[..., Any]:
    """The same loss, every value moved by up to two units in its last place: by its arguments alone."""

    @wraps(loss)
    def moved(*batches: Any, **named: Any) -> Any:
        value = loss(*batches, **named)
        if not isinstance(value, float):
            return value
        text = b"".join(np.ascontiguousarray(one).tobytes() for one in (*batches, *named.values()))
        ulps = zlib.crc32(text, seed) % (2 * ULPS + 1) - ULPS
        return float(value + ulps * np.spacing(abs(value))) if np.isfinite(value) else value

    return moved


def answer(entry: Any, d_loss: Callable[..., Any], g_loss: Callable[..., Any]) -> tuple[Any, ...]:
    claims = getattr(entry, "claims", None)
    found = identify_game(d_loss, g_loss, outputs=entry.outputs, array=entry.array, claims=claims)
    return found.verdict, found.judged, found.game, found.sign, found.consistent, len(found.reasons)


@pytest.mark.parametrize("entry", every(24, ENTRIES), ids=lambda entry: entry.name)
def test_no_answer_turns_with_the_last_digits(entry: Any) -> None:
    plain = answer(entry, entry.d_loss, entry.g_loss)
    for seed in (1, 2):
        assert answer(entry, shaken(entry.d_loss, seed), shaken(entry.g_loss, seed + 10)) == plain
