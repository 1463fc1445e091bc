"""What is written down of a run while it goes on, one number a network and record."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from gantheory.arrays import FloatArray
from gantheory.losses.scalars import sigmoid, softplus
from gantheory.nets import Pass
from gantheory.nets.layer import Array
from gantheory.training.data import Data
from gantheory.training.exact import ExactCriterion
from gantheory.training.plan import Plan
from gantheory.training.players import Player
from gantheory.training.streams import streams

SAMPLES = 1000  # drawn at each record
WITHIN = 3.0  # standard deviations of a mode in which a sample counts as good
CEILING = 1 - math.exp(-0.5 * WITHIN**2)  # share of the data itself that is good, in the plane
COLUMNS = (
    "d_loss",
    "g_loss",
    "value",
    "d_real",
    "d_fake",
    "d_gradient",
    "g_gradient",
    "modes",
    "quality",
)
LOG_4 = math.log(4)


@dataclass(frozen=True)
class Modes:
    """How many modes the samples reach, and which share of them is close to one."""

    covered: int
    quality: float


def modes_of(data: Data, samples: Array) -> Modes | None:
    """Count samples (n, 2) within three standard deviations of a mode of the data.

    A mode is covered if at least one sample in 100 K is good and nearest to it, with K modes. Of the
    data itself a share of 1 - e^(-9/2) = 0.98889 is good. None where the data has no round modes.
    """
    if data.modes is None:
        return None
    centres, scale = data.modes
    square = np.zeros((len(centres), len(samples)))
    for k, centre in enumerate(centres):  # a loop over modes: sums over an axis of 2 are slow
        x, y = samples.T - centre[:, None]
        square[k] = x * x + y * y
    nearest = np.argmin(square, axis=0)
    good = np.min(square, axis=0) <= (WITHIN * scale) ** 2
    counts = np.bincount(nearest[good], minlength=len(centres))
    least = len(samples) / (100 * len(centres))
    return Modes(int(np.sum(counts >= max(least, 1))), float(np.mean(good)))


@dataclass
class History:
    """Records of a run.

    Attributes
    ----------
    networks:
        The numbers of the networks of the ensemble, S of them.
    steps:
        At which steps there are records, R of them.
    columns:
        Name -> shape (R, S), nan for a network that has diverged. Losses are those of the game, on
        SAMPLES fresh samples without instance noise. `value` is V(D, G) = E log D + E log(1 - D) in
        nats, at most 0, and -log 4 where no discriminator can tell; d_real and d_fake are means of D.
        D is what the output says of being real through the game's own best output (`log_odds`), σ(v)
        for a logit v; all three are nan for a game whose output says nothing (`no_probability`), and
        `value` is -inf where a sample is certain to be what it is not. Then norms of the gradients that
        the last step went against; then modes covered, and the share of good samples.
    exact:
        The criterion C(G) + log 4 itself, at steps of its own: `value` + log 4 is an estimate from
        samples for the network's D, this is a quadrature for the best one, with its error.
    """

    networks: tuple[int, ...]
    steps: list[int]
    columns: dict[str, list[FloatArray]]
    exact: ExactCriterion

    @classmethod
    def empty(cls, networks: tuple[int, ...]) -> History:
        """No record yet."""
        return cls(networks, [], {name: [] for name in COLUMNS}, ExactCriterion.empty(networks))

    def __getitem__(self, name: str) -> FloatArray:
        """Return one column, shape (R, S)."""
        rows = self.columns[name]
        return np.array(rows) if rows else np.empty((0, len(self.networks)))

    def record(self, step: int, alive: list[int], measured: dict[str, FloatArray]) -> None:
        """Add a record; `alive` are the places of the networks that were measured."""
        self.steps.append(step)
        for name in COLUMNS:
            row = np.full(len(self.networks), np.nan)
            row[alive] = measured[name]
            self.columns[name].append(row)


def log_odds(game: Any, output: Array) -> FloatArray | None:
    """log D - log(1 - D), with D = p / (p + q) where the output is the game's best; None without D."""
    log_ratio = getattr(game, "log_ratio", None)
    found: FloatArray | None = None if log_ratio is None else log_ratio(output)
    return found


def no_probability(game: Any) -> str | None:
    """Return why an output of this game says no D, and so no V(D, G); None where it does."""
    if log_odds(game, np.zeros(1)) is not None:
        return None
    return (
        f"in the game {game.name} an output does not say how probable it is that a sample is real"
    )


def measure(plan: Plan, d: Player, g: Player, networks: list[int], step: int) -> dict[str, Any]:
    """Return every column for the networks that are alive, on samples of their own."""
    rngs = streams(plan.seed, networks, "evaluation", step)
    real = np.stack([plan.data.sample(SAMPLES, rng) for rng in rngs]).astype(plan.dtype)
    latent = np.stack([draw_latent(plan, SAMPLES, rng) for rng in rngs]).astype(plan.dtype)
    fake = g.network.forward(g.parameters, latent, Pass(False, (), g.state))[0]
    of_real, of_fake = (
        d.network.forward(d.parameters, x, Pass(False, (), d.state))[0][..., 0]
        for x in (real, fake)
    )
    paired = of_real if plan.paired else None
    found = [modes_of(plan.data, one) for one in fake]
    return {
        "d_loss": plan.game.d_loss(of_real, of_fake),
        "g_loss": plan.game.g_loss(of_fake, paired),
        **_judgement(plan.game, of_real, of_fake),
        "d_gradient": np.linalg.norm(d.gradient.flat, axis=-1),
        "g_gradient": np.linalg.norm(g.gradient.flat, axis=-1),
        "modes": np.array([math.nan if one is None else one.covered for one in found]),
        "quality": np.array([math.nan if one is None else one.quality for one in found]),
    }


def _judgement(game: Any, of_real: Array, of_fake: Array) -> dict[str, FloatArray]:
    """V(D, G), E D of real and of generated samples: shape (S,) each."""
    odds, fake_odds = log_odds(game, of_real), log_odds(game, of_fake)
    if odds is None or fake_odds is None:
        none = np.full(of_real.shape[:-1], math.nan)
        return {"value": none, "d_real": none, "d_fake": none}
    log_d, log_not_d = -softplus(-odds), -softplus(fake_odds)
    return {
        "value": np.mean(log_d, axis=-1) + np.mean(log_not_d, axis=-1),
        "d_real": np.mean(np.exp(log_d), axis=-1),
        "d_fake": np.mean(sigmoid(fake_odds), axis=-1),
    }


def draw_latent(plan: Plan, n: int, rng: np.random.Generator) -> FloatArray:
    """n latents of the plan's prior, shape (n, z)."""
    shape = (n, plan.generator.fan_in)
    return rng.standard_normal(shape) if plan.latent == "normal" else rng.uniform(-1, 1, shape)
