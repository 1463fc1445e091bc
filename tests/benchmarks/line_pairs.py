"""Pairs of densities on the line, by families, as batches; and which functionals of them are finite."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gantheory import Cauchy, Exponential, Laplace, Mixture, Normal, StudentT, Triangular, Uniform
from gantheory.densities.mixture_batch import MixtureBatch
from gantheory.divergences.finiteness import (
    kullback_leibler_is_infinite,
    power_is_infinite,
    transport_is_infinite,
)

DISTINCT = 2_000  # pairs that are drawn; longer batches have them several times
ALPHA, ORDER = 0.3, 0.7  # of D_α and of Rényi's divergence
Random = np.random.Generator


def _places(rng: Random) -> Any:
    return rng.uniform(-5, 5, DISTINCT)


def _scales(rng: Random) -> Any:
    return np.exp(rng.uniform(math.log(0.3), math.log(3), DISTINCT))


def _of(family: Any) -> Callable[[Random], Any]:
    return lambda rng: family(_places(rng), _scales(rng))


def _mixed(*families: Any) -> Callable[[Random], Any]:
    def draw(rng: Random) -> Any:
        weights = rng.dirichlet(np.ones(len(families)), DISTINCT)
        return Mixture([_of(family)(rng) for family in families], weights)

    return draw


def _student(rng: Random) -> Any:
    return StudentT(rng.choice([3.0, 4.0, 5.0, 8.0], DISTINCT), _places(rng), _scales(rng))


def _uniform(rng: Random) -> Any:
    middle, half = 0.2 * _places(rng), _scales(rng)
    return Uniform(middle - half, middle + half)


def _triangular(rng: Random) -> Any:
    middle, half = 0.2 * _places(rng), _scales(rng)
    return Triangular(
        middle - half, middle + half * rng.uniform(-0.8, 0.8, DISTINCT), middle + half
    )


FAMILIES: dict[str, tuple[Callable[[Random], Any], Callable[[Random], Any]]] = {
    "Normal": (_of(Normal),) * 2,
    "mixtures of 2": (_mixed(Normal, Normal),) * 2,
    "Laplace": (_of(Laplace),) * 2,
    "Student": (_student,) * 2,
    "Cauchy": (_of(Cauchy),) * 2,
    "Exponential": (lambda rng: Exponential(_scales(rng)),) * 2,
    "Uniform": (_uniform,) * 2,
    "Triangular": (_triangular,) * 2,
    "Normal/Laplace": (_of(Normal), _of(Laplace)),
    "mixtures of two families": (_mixed(Normal, Laplace),) * 2,
}


def draw(family: str, seed: int) -> tuple[Any, Any]:
    """Return two batches of DISTINCT densities."""
    rng = np.random.default_rng([seed, *map(ord, family)])
    first, second = FAMILIES[family]
    return first(rng), second(rng)


def rows(batch: Any, index: Any) -> Any:
    """Return some members of a batch, as a batch."""
    if isinstance(batch, MixtureBatch):
        parts = [rows(part, index) for part in batch.components]
        return Mixture(parts, batch.weights[index])
    return type(batch)(**{name: value[index] for name, value in batch.parameters().items()})


def members(batch: Any) -> list[Any]:
    """Return the members of a batch as single densities."""
    return [batch.member(i, batch.batch_shape) for i in range(batch.batch_shape[0])]


def finite(divergence: str, p: Any, q: Any) -> bool:
    """Return whether a divergence of two single densities is finite."""
    if divergence == "W1":
        return not transport_is_infinite(p, q)
    if divergence in {"χ²", "Neyman χ²"}:
        return not power_is_infinite(*((p, q) if divergence == "χ²" else (q, p)), 2.0)
    forth = divergence in {"KL", "Jeffreys"} and kullback_leibler_is_infinite(p, q)
    back = divergence in {"reverse KL", "Jeffreys"} and kullback_leibler_is_infinite(q, p)
    apart = divergence == "Rényi" and max(p.support[0], q.support[0]) >= min(
        p.support[1], q.support[1]
    )
    return not (forth or back or apart)
