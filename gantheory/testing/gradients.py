"""Gradients of anybody's code, compared with differences of the function itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gantheory.testing.gradient_check import ROUNDING, Check
from gantheory.testing.tensors import FlatFunction, Vector


def assert_gradient(
    f: Callable[[Any], Any],
    params: Any,
    grad: Any,
    *,
    tolerance: float = 0.0,
    array: Callable[[Any], Any] | None = None,
    rng: np.random.Generator | None = None,
) -> None:
    """Assert grad = ∇f(params), in every tensor and every entry that f can tell from its rounding.

    Parameters
    ----------
    f:
        f(params), one number, without randomness.
    params:
        An array, or nested dicts, lists and tuples of arrays, in float64 or float32: of numpy, torch,
        JAX. f gets copies in the same form.
    grad:
        ∇f(params) in the form of params; a None in it stands for 0. Or a function of params that
        returns it: then other params are tried too, and the first ones again, because a cache that is
        not renewed and a sum that is not cleared show only there.
    tolerance:
        What every derivative may be off beside rounding, relative to the largest one, each taken times
        the size of its tensor: for an epsilon that f has and grad has not, as log(D + 1e-8) and 1 / D.
    array:
        Turns numpy's arrays into those that f takes, as torch.as_tensor; None: as params are.
    rng:
        Of the directions; None takes the same ones on each call.

    Raises
    ------
    AssertionError
        If a derivative is wrong. It names the first wrong tensor, its index and both numbers.
    TypeError, ValueError
        If nothing can be judged: f is random, not finite or too noisy, all its derivatives are 0, or
        the forms of params and grad differ.

    Notes
    -----
    Up to 400 parameters, every entry is compared. With more, every tensor is, along random directions
    in which all its entries move, and a wrong one is halved until the entry is found; and 100 entries
    drawn at random. What is below the noise of f is not seen: float64 shows the most.
    """
    if not callable(f):
        raise TypeError(f"f={f!r}: give the function of params whose gradient is judged")
    if not 0 <= tolerance < 1:
        raise ValueError(f"tolerance={tolerance!r}: give a number from 0 to below 1")
    rng = np.random.default_rng(0) if rng is None else rng
    function = FlatFunction(f, params, array)
    given = function.gradient(grad, function.base)
    check = Check(function, function.base, given, rng, tolerance)
    check.run()
    if callable(grad):
        _look_elsewhere(function, grad, check)
        _look_again(function, grad, given)


def _look_elsewhere(function: FlatFunction, grad: Any, first: Check) -> None:
    """The gradient at other params: one that was kept from the first call shows there."""
    given, rng = first.given, first.rng
    move = function.scale * rng.normal(size=given.size)
    for size in (0.25, 0.01):
        other = function.rounded(function.base + size * move)
        if np.isfinite(function(other)):
            there = function.gradient(grad, other)
            kept = "; it is that of the first params: renew what is cached"
            words = " at other params", kept * np.array_equal(there, given)
            Check(function, other, there, rng, first.tolerance, *words).tensors()
            return


def _look_again(function: FlatFunction, grad: Any, given: Vector) -> None:
    """The gradient at the first params again: one that is added up shows here."""
    again = function.gradient(grad, function.base)
    allowed = ROUNDING**2 * function.given_eps * np.abs(given).max(initial=0)
    wrong = np.flatnonzero(~(np.abs(again - given) <= allowed))
    if len(wrong):
        i = int(wrong[0])
        raise AssertionError(
            f"gradient of {function.name(i)}: {given[i]:.9g} on the first call and {again[i]:.9g} on a "
            "later one at the same params: clear it before each call, and let it depend on params alone"
        )
