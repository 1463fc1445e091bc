"""What a run is: everything that decides its numbers, checked before the first step."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from gantheory import losses, optimisers
from gantheory.choices import PENALTIES, SCHEMES
from gantheory.nets import LeakyReLU, Network, mlp
from gantheory.training.data import Data
from gantheory.training.fingerprints import fingerprint

ADAM = optimisers.Adam(beta1=0.5)  # Radford, Metz and Chintala (2016)
Schedule = Callable[[int, int], float]
SECOND_ORDER = ("consensus", "unrolled")  # they differentiate the gradients of both players


@dataclass(frozen=True)
class Plan:
    """Algorithm 1 of Goodfellow et al. (2014), with what later papers changed in it.

    Attributes
    ----------
    data:
        What real samples are.
    game:
        Both players' losses in logits, as in `gantheory.losses`.
    generator, discriminator:
        Networks from the latent to the data and from the data to one logit.
    steps:
        Steps of the generator.
    k:
        Steps of the discriminator before each of the generator's.
    batch:
        Samples in a minibatch, m in the paper.
    scheme:
        How the players take turns: one of SCHEMES.
    d_optimiser, g_optimiser, d_lr, g_lr, schedule:
        Optimisers, their learning rates, and (count, total) -> factor on both.
    penalty, weight:
        One of PENALTIES; its weight, or the bound of "clip", None for the paper's.
    noise:
        Standard deviation of the instance noise on real and generated samples.
    latent:
        "normal" or "uniform" on [-1, 1]: the prior of each latent coordinate.
    unroll:
        Steps that the scheme "unrolled" looks ahead.
    dtype:
        "float64" or "float32".
    seed:
        Seed of the run; network i of the ensemble draws from streams of its own.
    exact_every:
        Steps between exact criteria C(G) + log 4, where there are any: see `State.criterion`.

    Raises
    ------
    ValueError
        If a number is out of its range, or widths do not fit.
    """

    data: Data
    game: Any
    generator: Network
    discriminator: Network
    steps: int = 5000
    k: int = 1
    batch: int = 64
    scheme: str = "alternating"
    d_optimiser: Any = ADAM
    g_optimiser: Any = ADAM
    d_lr: float = 1e-3
    g_lr: float = 1e-3
    schedule: Schedule = optimisers.constant
    penalty: str = "none"
    weight: float | None = None
    noise: float = 0.0
    latent: str = "normal"
    unroll: int = 5
    dtype: str = "float64"
    seed: int = 0
    exact_every: int = field(default=500, kw_only=True)

    def __post_init__(self) -> None:
        for name in ("steps", "k", "batch", "unroll", "exact_every"):
            _require_count(name, getattr(self, name))
        for name in ("d_lr", "g_lr"):
            value = getattr(self, name)
            if not (isinstance(value, (int, float)) and 0 < value < math.inf):
                raise ValueError(f"{name}={value!r}: a learning rate is a finite number above 0")
        if not 0 <= self.noise < math.inf:
            raise ValueError(
                f"noise={self.noise!r}: a standard deviation is finite and not negative"
            )
        if self.weight is not None and not 0 <= self.weight < math.inf:
            raise ValueError(
                f"weight={self.weight!r}: a penalty's weight is finite and not negative"
            )
        if (
            isinstance(self.seed, bool)
            or not isinstance(self.seed, (int, np.integer))
            or self.seed < 0
        ):
            raise ValueError(f"seed={self.seed!r}: a seed is a whole number, not negative")
        _require_one_of("latent", self.latent, ("normal", "uniform"))
        _require_one_of("dtype", self.dtype, ("float64", "float32"))
        _require_one_of("scheme", self.scheme, SCHEMES)
        _require_one_of("penalty", self.penalty, PENALTIES)
        self._check_combinations()
        self._check_widths()

    @property
    def paired(self) -> bool:
        """Whether the generator's loss looks at real samples too, as relativistic ones do."""
        return not isinstance(self.game, losses.Separable)

    def _check_combinations(self) -> None:
        if self.scheme != "alternating" and self.k != 1:
            raise ValueError(
                f'k={self.k} with scheme="{self.scheme}": only "alternating" takes more than one step '
                "of the discriminator at a time; write k=1"
            )
        if self.scheme in SECOND_ORDER:
            self._check_second_order()

    def _check_second_order(self) -> None:
        given = f'scheme="{self.scheme}"'
        if self.penalty not in ("none", "clip"):
            raise ValueError(
                f'penalty="{self.penalty}" with {given}: the scheme differentiates gradients, and that '
                "of a gradient penalty has third derivatives in it, which are not written out; write "
                'penalty="none" or "clip", or another scheme'
            )
        if self.paired:
            raise ValueError(
                f"{given} with the game {self.game.name}: the scheme differentiates gradients, and the "
                "second derivatives of a game that compares logits, as relativistic ones do, are not "
                "written out; write a game whose losses are sums over single logits"
            )
        if type(self.game) is not losses.Separable:
            raise ValueError(
                f"{given} with the game {self.game.name} of the class {type(self.game).__name__}: the "
                "scheme takes the second derivatives of its terms, and a subclass may have other losses "
                "than their sums; write a losses.Separable of these terms"
            )
        if not self.game.is_curved:
            raise ValueError(
                f"{given} with the game {self.game.name}: a term of it has no second derivative; write "
                "Term(value, slope, curvature)"
            )
        for name in ("discriminator", "generator"):
            if not getattr(self, name).takes_directions:
                raise ValueError(
                    f"{given}: a layer of the {name} has parameters, and a tangent without `direction`; "
                    "write tangent(tensors, tape, dx, direction), see the notes on networks"
                )

    def _check_widths(self) -> None:
        data, generator, critic = self.data, self.generator, self.discriminator
        if generator.fan_out != data.dim or critic.fan_in != data.dim:
            raise ValueError(
                f"data of width {data.dim}: the generator gives {generator.fan_out}, the "
                f"discriminator takes {critic.fan_in}; all three must agree"
            )
        if critic.fan_out != 1:
            raise ValueError(f"a discriminator gives one logit, this one {critic.fan_out}")

    def described(self) -> dict[str, str]:
        """Return every setting in words; two that read the same may still differ."""
        return {f.name: _words(_plain(f, getattr(self, f.name))) for f in fields(self)}

    def fingerprints(self) -> dict[str, str]:
        """Return what decides the numbers to the last bit: two plans with the same are the same run.

        Raises
        ------
        CheckpointError
            If a setting holds what cannot be compared with that of another run: a lambda, a closure, a
            thing that cannot be read.
        """
        return {f.name: fingerprint(_plain(f, getattr(self, f.name)), f.name) for f in fields(self)}


def plan(
    data: Data,
    game: Any = losses.NON_SATURATING,
    *,
    width: int = 32,
    depth: int = 2,
    latent_dim: int | None = None,
    generator: Network | None = None,
    discriminator: Network | None = None,
    **rest: Any,
) -> Plan:
    """Return a Plan; networks that are not given are MLPs, `depth` hidden layers of `width` units."""
    for name, value in (("width", width), ("depth", depth)):
        _require_count(name, value)
    if latent_dim is not None:
        _require_count("latent_dim", latent_dim)
    hidden, act = [width] * depth, LeakyReLU(0.2)
    return Plan(
        data,
        game,
        generator or mlp([latent_dim or data.dim, *hidden, data.dim], act),
        discriminator or mlp([data.dim, *hidden, 1], act),
        **rest,
    )


def _require_count(name: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise ValueError(f"{name}={value!r}: {name} is a whole number of at least 1")


def _require_one_of(name: str, value: Any, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValueError(f"{name}={value!r}: write one of {', '.join(allowed)}")


def _plain(setting: Any, value: Any) -> Any:
    """Return a number as one of Python: 1 and np.float64(1) are one setting where a float is meant."""
    if isinstance(value, np.generic):
        value = value.item()
    return float(value) if "float" in setting.type and isinstance(value, int) else value


def _words(value: Any) -> str:
    """Return a setting in words that do not depend on where it lies in memory."""
    if isinstance(value, Data):
        words = repr(value.density) if value.points is None else f"{value.points.shape} rows"
        return words if type(value) is Data else f"{type(value).__name__} of {words}"
    name = getattr(value, "name", None) or getattr(value, "__name__", None)
    return name if isinstance(name, str) else re.sub(r" at 0x[0-9a-fA-F]+", "", repr(value))
