"""What a game is: the contract, and games whose losses are sums over single logits.

A separable game is three scalar terms, each a value and its derivative side by side. Arrays are
looked at only for what costs nothing, dtype and shape: a nan in the logits is not searched for and
comes out again as nan, in losses always and in gradients wherever these depend on the logit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from gantheory.arrays import FloatArray
from gantheory.losses.scalars import Logits

Scalar = Callable[[Logits], Logits]
FLOATS = frozenset({np.dtype(np.float32), np.dtype(np.float64)})


class Game(Protocol):
    """Two losses in logits, each with its derivative; both players minimise.

    Logits are arrays of shape (..., n) and (..., m): the last axis is the batch, the axes before it
    an ensemble, which must be the same for both. One dtype for both, float32 or float64, and the
    results have it too. Losses have shape (...,), in nats where they have a unit.
    """

    @property
    def name(self) -> str:
        """Its name, in the words of the command line."""

    @property
    def value_at_equality(self) -> float:
        """The least expected discriminator loss when p = q."""

    def d_loss(self, real: Logits, fake: Logits) -> Logits:
        """Return the discriminator's loss, shape (...,)."""

    def d_gradient(self, real: Logits, fake: Logits) -> tuple[Logits, Logits]:
        """Return the derivative of d_loss by real and by fake, in their shapes."""

    def g_loss(self, fake: Logits, real: Logits | None = None) -> Logits:
        """Return the generator's loss, shape (...,); only relativistic games look at real."""

    def g_gradient(self, fake: Logits, real: Logits | None = None) -> Logits:
        """Return the derivative of g_loss by fake, in its shape."""

    def optimal_logit(self, log_ratio: npt.ArrayLike) -> FloatArray | None:
        """Return the best discriminator's output where log p - log q is given, or None."""

    def log_ratio(self, output: npt.ArrayLike) -> FloatArray | None:
        """Return the log p - log q at which an output is the best one, or None."""


@dataclass(frozen=True)
class Term:
    """One term of a loss as a function of the logit: its value and its derivatives.

    Attributes
    ----------
    value, slope, curvature:
        The term, its first and its second derivative: arrays to arrays, element by element, in the
        dtype given. Only schemes that differentiate gradients need the curvature; at a kink it is 0.
    """

    value: Scalar
    slope: Scalar
    curvature: Scalar | None = None


@dataclass(frozen=True)
class Separable:
    """d_loss = mean real(r) + mean fake(f), g_loss = mean generator(f).

    Attributes
    ----------
    name:
        Its name, in the words of the command line.
    real, fake, generator:
        The three terms.
    value_at_equality:
        The least expected d_loss when p = q.
    optimum:
        log p - log q -> the output of the best discriminator; None where theory has no pointwise one.
    inverse:
        The output of the best discriminator -> log p - log q, so that any output says a probability;
        None where the best output does not determine the ratio.
    """

    name: str
    real: Term
    fake: Term
    generator: Term
    value_at_equality: float
    optimum: Scalar | None = None
    inverse: Scalar | None = None

    def d_loss(self, real: Logits, fake: Logits) -> Logits:
        """mean real(r) + mean fake(f).

        Parameters
        ----------
        real, fake:
            Logits of shape (..., n) and (..., m), float32 or float64.

        Returns
        -------
        array
            Shape (...,), in the dtype given.

        Raises
        ------
        TypeError, ValueError
            As `check_pair`.
        """
        check_pair(real, fake)
        return mean(self.real.value(real)) + mean(self.fake.value(fake))

    def d_gradient(self, real: Logits, fake: Logits) -> tuple[Logits, Logits]:
        """real'(r) / n and fake'(f) / m.

        Raises
        ------
        TypeError, ValueError
            As `check_pair`.
        """
        check_pair(real, fake)
        return self.real.slope(real) / real.shape[-1], self.fake.slope(fake) / fake.shape[-1]

    def g_loss(self, fake: Logits, real: Logits | None = None) -> Logits:
        """mean generator(f); real is not looked at.

        Raises
        ------
        TypeError, ValueError
            As `check_batch`.
        """
        check_batch("fake", fake)
        return mean(self.generator.value(fake))

    def g_gradient(self, fake: Logits, real: Logits | None = None) -> Logits:
        """generator'(f) / m; real is not looked at.

        Raises
        ------
        TypeError, ValueError
            As `check_batch`.
        """
        check_batch("fake", fake)
        slope: Logits = self.generator.slope(fake) / fake.shape[-1]
        return slope

    @property
    def is_curved(self) -> bool:
        """Whether the second derivative of every term is there."""
        terms = (self.real, self.fake, self.generator)
        return all(term.curvature is not None for term in terms)

    def d_curvature(self, real: Logits, fake: Logits) -> tuple[Logits, Logits]:
        """real''(r) / n and fake''(f) / m: every logit is alone in its term.

        Raises
        ------
        TypeError, ValueError
            As `check_pair`; ValueError too where a term has no curvature.
        """
        check_pair(real, fake)
        return _curvature(self.real, real), _curvature(self.fake, fake)

    def g_curvature(self, fake: Logits) -> Logits:
        """generator''(f) / m.

        Raises
        ------
        TypeError, ValueError
            As `check_batch`; ValueError too where the term has no curvature.
        """
        check_batch("fake", fake)
        return _curvature(self.generator, fake)

    def optimal_logit(self, log_ratio: npt.ArrayLike) -> FloatArray | None:
        """argmin over a of p real(a) + q fake(a), where log p - log q is given.

        Parameters
        ----------
        log_ratio:
            Any shape; ±inf where only one of p and q is positive.

        Returns
        -------
        array or None
            Float64 in the shape given, ±inf where the infimum is not attained; None where the best
            discriminator is not a function of the ratio.
        """
        if self.optimum is None:
            return None
        return np.asarray(self.optimum(np.asarray(log_ratio, dtype=np.float64)), dtype=np.float64)

    def log_ratio(self, output: npt.ArrayLike) -> FloatArray | None:
        """log p - log q where `output` is the best discriminator's: the inverse of `optimal_logit`.

        σ of it is the probability of being real that the output says.

        Parameters
        ----------
        output:
            Any shape.

        Returns
        -------
        array or None
            Float64 in the shape given, ±inf for outputs beyond those of every best discriminator;
            None where the best output does not determine the ratio.
        """
        if self.inverse is None:
            return None
        with np.errstate(divide="ignore", over="ignore"):
            found = self.inverse(np.asarray(output, dtype=np.float64))
        return np.asarray(found, dtype=np.float64)


def negative(term: Term) -> Term:
    """Return minus a term."""
    curvature = term.curvature
    return Term(
        lambda a: -term.value(a),
        lambda a: -term.slope(a),
        None if curvature is None else lambda a: -curvature(a),
    )


def digits(x: float) -> str:
    """Every digit of a number, as few as there are: two games of one name are one game."""
    return repr(float(x)).removesuffix(".0")


def straight(logits: Logits) -> Logits:
    """0, the second derivative of what is piecewise linear."""
    return np.zeros(logits.shape, logits.dtype)


def same(logits: Logits) -> Logits:
    """Return the argument: a best output that is log p - log q itself."""
    return logits


def _curvature(term: Term, logits: Logits) -> Logits:
    """term''(a) / n."""
    if term.curvature is None:
        raise ValueError(
            "a term of this game has no second derivative; write Term(value, slope, curvature)"
        )
    curvature: Logits = term.curvature(logits) / logits.shape[-1]
    return curvature


def mean(values: Logits) -> Logits:
    """Σ v / n over the last axis."""
    # divided before they are summed: a mean that floats can hold may have a sum that they cannot
    total: Logits = np.add.reduce(values / values.shape[-1], axis=-1)
    return total


def check_batch(name: str, logits: Any) -> None:
    """Refuse what is not an array of shape (..., n), n >= 1, of float32 or float64.

    Raises
    ------
    TypeError
        If it is not a numpy array, or of another dtype.
    ValueError
        If it has no axis, or no element along its last one.
    """
    if not (isinstance(logits, np.ndarray) and logits.dtype in FLOATS):
        given = f"an array of {logits.dtype}" if isinstance(logits, np.ndarray) else repr(logits)
        raise TypeError(
            f"{name} is {given[:80]}: logits are a numpy array of float32 or float64; "
            f"write np.asarray({name}, dtype=np.float64)"
        )
    if not (logits.ndim and logits.shape[-1]):
        raise ValueError(
            f"{name} has shape {logits.shape}: the mean over an empty batch is not defined; give "
            "shape (..., n) with at least one logit along the last axis"
        )


def check_pair(real: Any, fake: Any) -> None:
    """Refuse two batches that are not of one dtype and one ensemble.

    Raises
    ------
    TypeError
        If one is not a numpy array of float32 or float64, or their dtypes differ.
    ValueError
        If a batch is empty, or the axes before the last differ.
    """
    check_batch("real", real)
    check_batch("fake", fake)
    if real.dtype != fake.dtype:
        raise TypeError(
            f"real is of {real.dtype}, fake of {fake.dtype}: nothing is cast silently; "
            "write real.astype(fake.dtype)"
        )
    if real.shape[:-1] != fake.shape[:-1]:
        raise ValueError(
            f"real has shape {real.shape}, fake {fake.shape}: all axes before the last are the "
            "ensemble and must be the same, nothing is broadcast; write np.broadcast_to(...) if "
            "that is meant"
        )
