"""Batches: logits and samples in the shapes and dtypes that losses are given."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from gantheory.arrays import FloatArray
from gantheory.testing.strategies.numbers import eighths, locs, power_of_ten, powers_of_ten, signs

Batch = npt.NDArray[Any]  # float64 or float32
Shape = tuple[int, ...]
DTYPES = ("float64", "float32")
LAYOUTS = ("(n,)", "(n, 1)", "(S, n)")


def logits(largest: float = 1e4) -> SearchStrategy[float]:
    """Discriminator logits up to ± largest, floats: moderate (eighths to ±30), tiny, and extreme.

    Drawn moderate numbers alone do not find a loss that overflows. Shrinks to 0.
    """
    if not 0 < largest < float("inf"):
        raise ValueError(f"logits(largest={largest!r}): give a positive finite number")
    tiny = st.tuples(signs(), st.integers(1, 300)).map(lambda t: t[0] * power_of_ten(-t[1]))
    extreme = st.integers(-64, 64).map(lambda k: largest * k / 64)
    overflow = st.integers(-800, 800).map(float)
    end = float(largest)
    return st.one_of(eighths(-30, 30), overflow, extreme, tiny).map(
        lambda a: float(min(max(a, -end), end))
    )


def logit_batches(max_size: int = 8, *, largest: float = 1e4) -> SearchStrategy[FloatArray]:
    """Arrays of 1 to max_size logits, float64; shrinks to array([0.])."""
    rows = st.lists(logits(largest), min_size=1, max_size=max_size)
    return rows.map(lambda row: np.array(row, dtype=np.float64))


def batches(
    max_size: int = 8, *, largest: float = 1e4, layouts: Sequence[str] = LAYOUTS
) -> SearchStrategy[Batch]:
    """Arrays of logits of shape (n,), (n, 1) or (S, n), float64 or float32; shrinks to array([0.]).

    The domain is what a discriminator hands to a loss: one batch, one with a last axis of width 1,
    or those of S networks, S and n from 1 to max_size, with the numbers of `logits`. In float32 the
    tiny ones of these are 0.

    Parameters
    ----------
    max_size:
        At least 1.
    largest:
        As in `logits`.
    layouts:
        Some of "(n,)", "(n, 1)" and "(S, n)".

    Raises
    ------
    ValueError
        If max_size is less than 1, or a layout is none of the three.
    """
    _check(max_size, layouts)
    size = st.integers(1, max_size)
    drawn = st.tuples(st.sampled_from(layouts), size, size, st.sampled_from(DTYPES))
    return drawn.flatmap(lambda t: _filled(logits(largest), _shape(*t[:3]), t[3]))


def batch_pairs(
    max_size: int = 8,
    *,
    largest: float = 1e4,
    layouts: Sequence[str] = LAYOUTS,
    equal_sizes: bool = False,
) -> SearchStrategy[tuple[Batch, Batch]]:
    """Pairs (real, fake) of `batches` of one layout and dtype; shrinks to (array([0.]), array([0.])).

    The sizes n of the two are drawn apart, 1 against max_size too, unless equal_sizes=True, which
    relativistic losses need; S is the same. The rest is as in `batches`.
    """
    _check(max_size, layouts)
    size = st.integers(1, max_size)
    sizes = size.map(lambda n: (n, n)) if equal_sizes else st.tuples(size, size)
    drawn = st.tuples(st.sampled_from(layouts), sizes, size, st.sampled_from(DTYPES))
    return drawn.flatmap(lambda t: _both(*t, largest))


def _check(max_size: int, layouts: Sequence[str]) -> None:
    if not max_size >= 1:
        raise ValueError(f"batches(max_size={max_size!r}): give at least 1")
    if not layouts or not set(layouts) <= set(LAYOUTS):
        raise ValueError(f"batches(layouts={layouts!r}): give at least one of {', '.join(LAYOUTS)}")


def _both(
    layout: str, sizes: tuple[int, int], networks: int, dtype: str, largest: float
) -> SearchStrategy[tuple[Batch, Batch]]:
    real, fake = (_shape(layout, n, networks) for n in sizes)
    entry = logits(largest)
    return st.tuples(_filled(entry, real, dtype), _filled(entry, fake, dtype))


def _shape(layout: str, n: int, networks: int) -> Shape:
    return {"(n,)": (n,), "(n, 1)": (n, 1), "(S, n)": (networks, n)}[layout]


def samples(max_size: int = 8, *, dim: int | None = None) -> SearchStrategy[Batch]:
    """Arrays of samples, shape (n, d), n from 1 to max_size, float64 or float32; shrinks to [[0.]].

    The domain is finite samples of a bounded distribution: eighths from -10 to 10, so that samples tie,
    and samples far out, up to 1e6. d is 1 or 2, or `dim`.
    """
    if not max_size >= 1:
        raise ValueError(f"samples(max_size={max_size!r}): give at least 1")
    if dim is not None and not dim >= 1:
        raise ValueError(f"samples(dim={dim!r}): give at least 1, or None for 1 and 2")
    width = st.integers(1, 2) if dim is None else st.just(dim)
    entry = st.one_of(locs(), st.tuples(signs(), powers_of_ten(1, 6)).map(lambda t: t[0] * t[1]))
    layout = st.tuples(st.integers(1, max_size), width, st.sampled_from(DTYPES))
    return layout.flatmap(lambda t: _filled(entry, (t[0], t[1]), t[2]))


def _filled(entry: SearchStrategy[float], shape: Shape, dtype: str) -> SearchStrategy[Batch]:
    size = math.prod(shape)
    rows = st.lists(entry, min_size=size, max_size=size)
    return rows.map(lambda row: np.array(row, dtype=dtype).reshape(shape))
