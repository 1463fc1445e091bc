"""Parameters of which the fast run takes a part and the slow one the rest."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest


def fast_if(keep: Callable[[Any], bool], values: Iterable[Any]) -> list[Any]:
    """Return the values as parameters, marked slow but for those to keep."""
    return [
        value if keep(value) else pytest.param(value, marks=pytest.mark.slow) for value in values
    ]


def every(step: int, values: Iterable[Any]) -> list[Any]:
    """Return the values as parameters, marked slow but for the first of every `step`."""
    marked = enumerate(values)
    return [v if k % step == 0 else pytest.param(v, marks=pytest.mark.slow) for k, v in marked]
