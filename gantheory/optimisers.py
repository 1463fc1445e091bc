"""First-order optimisers as pure rules: parameters and a state, changed in place.

`state = rule.start(parameters)` is one array of shape (k,) + parameters.shape, and
`rule.step(parameters, gradient, state, count, lr)` makes one step. All of it is done element by
element: an ensemble of shape (..., P) takes the steps that its members would take alone, bit for bit.
The last slot of every state is scratch: it holds nothing from one step to the next.
"""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass, fields
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

Parameters = npt.NDArray[np.floating[Any]]
FLOATS = frozenset({np.dtype(np.float32), np.dtype(np.float64)})


class Optimiser:
    """What every rule of this module is: it fills in `slots` and `move`."""

    slots: ClassVar[int]  # arrays of the state, scratch among them

    def __post_init__(self) -> None:
        for field in fields(self):  # type: ignore[arg-type]  # rules are dataclasses
            object.__setattr__(self, field.name, _number(self, field.name))

    def start(self, parameters: Parameters) -> Parameters:
        """Return the state before the first step, all 0."""
        if not (
            isinstance(parameters, np.ndarray) and parameters.dtype in FLOATS and parameters.ndim
        ):
            given = getattr(parameters, "dtype", type(parameters).__name__)
            raise TypeError(
                f"parameters are an array of float32 or float64 of shape (..., P), not {given} of shape "
                f"{np.shape(parameters)}; write np.asarray(parameters, dtype=np.float64)"
            )
        return np.zeros((self.slots, *parameters.shape), parameters.dtype)

    def step(
        self, parameters: Parameters, gradient: Parameters, state: Parameters, count: int, lr: float
    ) -> None:
        """Make one step in place.

        Parameters
        ----------
        parameters, gradient:
            Arrays of one shape (..., P) and one dtype, float32 or float64; the gradient is read only.
        state:
            What `start` returned, as the steps before have left it.
        count:
            The number of this step: 1 for the first.
        lr:
            Learning rate, positive and finite.

        Raises
        ------
        TypeError, ValueError
            If arrays do not fit together, or count or lr is not such a number.
        """
        _check(parameters, gradient, state, self.slots)
        self.move(parameters, gradient, state, *_checked_numbers(count, lr))

    def move(
        self, parameters: Parameters, gradient: Parameters, state: Parameters, count: int, lr: float
    ) -> None:
        """Make the step, of arguments that fit."""
        raise NotImplementedError


@dataclass(frozen=True)
class SGD(Optimiser):
    """θ <- θ - lr g."""

    slots = 1

    def move(
        self, parameters: Parameters, gradient: Parameters, state: Parameters, count: int, lr: float
    ) -> None:
        """θ <- θ - lr g."""
        [scratch] = state
        np.multiply(gradient, lr, out=scratch)
        np.subtract(parameters, scratch, out=parameters)


@dataclass(frozen=True, kw_only=True)
class Momentum(Optimiser):
    """v <- β v + g, θ <- θ - lr v.

    Parameters
    ----------
    beta:
        From 0 to below 1.

    Raises
    ------
    ValueError
        If beta is not such a number.

    Notes
    -----
    Source: Polyak (1964); Goodfellow et al. (2014), Algorithm 1.
    """

    slots = 2
    beta: float = 0.9

    def move(
        self, parameters: Parameters, gradient: Parameters, state: Parameters, count: int, lr: float
    ) -> None:
        """v <- β v + g, θ <- θ - lr v."""
        v, scratch = state
        np.multiply(v, self.beta, out=v)
        np.add(v, gradient, out=v)
        np.multiply(v, lr, out=scratch)
        np.subtract(parameters, scratch, out=parameters)


@dataclass(frozen=True, kw_only=True)
class Nesterov(Optimiser):
    """v <- β v + g, θ <- θ - lr (g + β v).

    Parameters
    ----------
    beta:
        From 0 to below 1.

    Raises
    ------
    ValueError
        If beta is not such a number.

    Notes
    -----
    Source: Nesterov (1983), in the form of Sutskever et al. (2013) with the gradient at the point
    looked ahead to, which is what the parameters hold.
    """

    slots = 2
    beta: float = 0.9

    def move(
        self, parameters: Parameters, gradient: Parameters, state: Parameters, count: int, lr: float
    ) -> None:
        """v <- β v + g, θ <- θ - lr (g + β v)."""
        v, scratch = state
        np.multiply(v, self.beta, out=v)
        np.add(v, gradient, out=v)
        np.multiply(v, self.beta, out=scratch)
        np.add(scratch, gradient, out=scratch)
        np.multiply(scratch, lr, out=scratch)
        np.subtract(parameters, scratch, out=parameters)


@dataclass(frozen=True, kw_only=True)
class Adam(Optimiser):
    """m <- β₁ m + (1 - β₁) g, v <- β₂ v + (1 - β₂) g², θ <- θ - lr m̂ / (√v̂ + eps).

    m̂ = m / (1 - β₁^t) and v̂ = v / (1 - β₂^t) at step t.

    Parameters
    ----------
    beta1, beta2, eps:
        From 0 to below 1 both betas; eps positive.

    Raises
    ------
    ValueError
        If a parameter is not such a number.

    Notes
    -----
    Source: Kingma and Ba (2015), Algorithm 1, in the order of operations of its section 2.
    """

    slots = 3
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8

    def move(
        self, parameters: Parameters, gradient: Parameters, state: Parameters, count: int, lr: float
    ) -> None:
        """θ <- θ - lr' m / (√v + eps'), with lr' and eps' as `factors` gives them."""
        rate, eps = self.factors(count, lr)
        m, v, scratch = state
        np.multiply(m, self.beta1, out=m)
        np.multiply(gradient, 1 - self.beta1, out=scratch)
        np.add(m, scratch, out=m)
        np.multiply(v, self.beta2, out=v)
        np.multiply(gradient, gradient, out=scratch)
        np.multiply(scratch, 1 - self.beta2, out=scratch)
        np.add(v, scratch, out=v)
        np.sqrt(v, out=scratch)
        np.add(scratch, eps, out=scratch)
        np.divide(m, scratch, out=scratch)
        np.multiply(scratch, rate, out=scratch)
        np.subtract(parameters, scratch, out=parameters)

    def factors(self, count: int, lr: float) -> tuple[float, float]:
        """lr' = lr √(1 - β₂^t) / (1 - β₁^t) and eps' = eps √(1 - β₂^t) at step t; as `step` raises."""
        count, lr = _checked_numbers(count, lr)
        root = math.sqrt(1 - self.beta2**count)
        return lr * root / (1 - self.beta1**count), self.eps * root


@dataclass(frozen=True, kw_only=True)
class RMSProp(Optimiser):
    """v <- ρ v + (1 - ρ) g², θ <- θ - lr g / (√v + eps).

    Parameters
    ----------
    decay:
        ρ, from 0 to below 1.
    eps:
        Positive; outside the root.

    Raises
    ------
    ValueError
        If a parameter is not such a number.

    Notes
    -----
    Source: Tieleman and Hinton (2012), lecture 6.5.
    """

    slots = 2
    decay: float = 0.99
    eps: float = 1e-8

    def move(
        self, parameters: Parameters, gradient: Parameters, state: Parameters, count: int, lr: float
    ) -> None:
        """v <- ρ v + (1 - ρ) g², θ <- θ - lr g / (√v + eps)."""
        v, scratch = state
        np.multiply(v, self.decay, out=v)
        np.multiply(gradient, gradient, out=scratch)
        np.multiply(scratch, 1 - self.decay, out=scratch)
        np.add(v, scratch, out=v)
        np.sqrt(v, out=scratch)
        np.add(scratch, self.eps, out=scratch)
        np.divide(gradient, scratch, out=scratch)
        np.multiply(scratch, lr, out=scratch)
        np.subtract(parameters, scratch, out=parameters)


# --- learning rates -------------------------------------------------------------------------------


def constant(count: int, total: int) -> float:
    """1: the share of the learning rate at step count of total; so for all schedules.

    Raises
    ------
    ValueError
        If not 1 <= count <= total.
    """
    _progress(count, total)
    return 1.0


def linear(count: int, total: int) -> float:
    """1 - s, s = (count - 1) / total: from 1 to 1 / total.

    Raises
    ------
    ValueError
        If not 1 <= count <= total.
    """
    return 1 - _progress(count, total)


def cosine(count: int, total: int) -> float:
    """(1 + cos π s) / 2 = cos²(π s / 2), s = (count - 1) / total; positive to the end.

    Raises
    ------
    ValueError
        If not 1 <= count <= total.

    Notes
    -----
    Source: Loshchilov and Hutter (2017), equation (5), without restarts.
    """
    return math.cos(0.5 * math.pi * _progress(count, total)) ** 2


def step(count: int, total: int) -> float:
    """1, 1/10, 1/100 in the first, the second and the last third of the steps.

    Raises
    ------
    ValueError
        If not 1 <= count <= total.
    """
    _progress(count, total)
    return (1.0, 0.1, 0.01)[3 * (count - 1) // total]


def _progress(count: int, total: int) -> float:
    """s = (count - 1) / total, from 0 to below 1."""
    if not 1 <= count <= total:
        raise ValueError(
            f"step {count!r} of {total!r}: steps are counted from 1 to the total; write count=1 first"
        )
    return (count - 1) / total


# --- what is refused ------------------------------------------------------------------------------


def _number(rule: Any, name: str) -> float:
    """Return eps, or a decay, as a float of Python, which leaves float32 arrays float32."""
    value, below = getattr(rule, name), math.inf if name == "eps" else 1.0
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if isinstance(value, bool | str) or not 0 <= number < below:
        raise ValueError(
            f"{type(rule).__name__}({name}={value!r}): {name} is a number from 0 to below {below:g}"
        )
    if name == "eps" and number == 0:
        rule_name = type(rule).__name__
        raise ValueError(
            f"{rule_name}(eps=0): eps keeps 0 / 0 away and is positive; write eps=1e-8"
        )
    return number


def _check(parameters: Any, gradient: Any, state: Any, slots: int) -> None:
    """Refuse arrays that do not fit together."""
    arrays = (parameters, gradient, state)
    if not all(isinstance(array, np.ndarray) for array in arrays):
        kinds = ", ".join(type(array).__name__ for array in arrays)
        raise TypeError(
            f"step({kinds}, ...): parameters, gradient and state are numpy arrays; "
            "write np.asarray(...) and state = rule.start(parameters)"
        )
    dtype, shape = parameters.dtype, parameters.shape
    if not (dtype in FLOATS and gradient.dtype == dtype and state.dtype == dtype):
        raise TypeError(
            f"parameters of {dtype}, gradient of {gradient.dtype}, state of {state.dtype}: all are "
            "float32 or all float64; nothing is cast silently"
        )
    if not (gradient.shape == shape and state.shape == (slots, *shape)):
        raise ValueError(
            f"parameters of shape {shape}, gradient of shape {gradient.shape}, state of shape "
            f"{state.shape}: the gradient has the parameters' shape and the state is what start() "
            f"returned, here of shape {(slots, *shape)}; nothing is broadcast"
        )


def _checked_numbers(count: int, lr: float) -> tuple[int, float]:
    """Refuse what is neither a count nor a rate: an np.float64 would promote float32 arrays."""
    number, rate = operator.index(count), float(lr)
    if not number >= 1:
        raise ValueError(f"step(count={count!r}): steps are counted from 1; write count=1 first")
    if not 0 < rate < math.inf:
        raise ValueError(f"step(lr={lr!r}): the learning rate is positive and finite")
    return number, rate
