"""The criterion itself along a run: C(G) + log 4 = 2 JSD(p, p_g), where both are known exactly."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from gantheory.arrays import FloatArray
from gantheory.densities import Discrete, GeneratorDensity, Normal, Uniform
from gantheory.densities.generator_pieces import steps_of
from gantheory.divergences import js_divergence
from gantheory.errors import GantheoryError, InvalidDensity
from gantheory.estimates import Estimate
from gantheory.training.plan import Plan
from gantheory.training.players import Player

LATENTS = {"normal": Normal(0, 1), "uniform": Uniform(-1, 1)}


@dataclass
class ExactCriterion:
    """C(G) + log 4 = 2 JSD(p, p_g) in nats, of every network at some steps of a run.

    Attributes
    ----------
    networks:
        The numbers of the networks of the ensemble, S of them.
    steps:
        At which steps there are records, R of them; none where the criterion is not reached.
    values, errors:
        R rows of shape (S,), the truth within `errors` of `values`; both nan for a network that has
        diverged. A distribution that is refused has the value nan and the error inf.
    refused:
        (step, network) -> why its distribution was refused: it has an atom, say.
    """

    networks: tuple[int, ...]
    steps: list[int]
    values: list[FloatArray]
    errors: list[FloatArray]
    refused: dict[tuple[int, int], str]

    @classmethod
    def empty(cls, networks: tuple[int, ...]) -> ExactCriterion:
        """No record yet."""
        return cls(networks, [], [], [], {})

    def table(self) -> tuple[FloatArray, FloatArray]:
        """Return values and errors, each of shape (R, S)."""
        shape = (len(self.steps), len(self.networks))
        return np.array(self.values).reshape(shape), np.array(self.errors).reshape(shape)

    def record(self, step: int, found: dict[int, Estimate | str]) -> None:
        """Add a record: number of a network -> its criterion, or why there is none."""
        values, errors = np.full((2, len(self.networks)), np.nan)
        for i, network in enumerate(self.networks):
            one = found.get(network)
            if isinstance(one, str):
                errors[i], self.refused[step, network] = math.inf, one
            elif one is not None:
                values[i], errors[i] = float(one), float(one.error)
        self.steps.append(step)
        self.values.append(values)
        self.errors.append(errors)


def why_not(plan: Plan) -> str | None:
    """Return why this run has no exact criterion, None if it has one."""
    density, network = plan.data.density, plan.generator
    if density is None or plan.data.points is not None:
        return "the data are rows, whose density nobody knows; give a density of the line"
    if density.dim != 1 or isinstance(density, Discrete) or density.batch_shape:
        return f"the data are {density!r}; give a single density of the line"
    if not density.declared:
        return f"the data are {density!r}, a black box; give a density that declares its structure"
    if network.fan_in != 1:
        return f"the latent has {network.fan_in} dimensions; write latent_dim=1"
    try:
        steps_of(network, network.parameters(np.zeros(network.size)))
    except InvalidDensity as refused:
        return str(refused)
    return None


def criterion(plan: Plan, g: Player, place: int) -> Estimate:
    """C(G) + log 4 = 2 JSD(p, p_g) of the network in this place of the ensemble.

    Raises
    ------
    InvalidDensity, NoDensity
        If the distribution of the generator has an atom, or float64 cannot decide.
    NotConverged
        If its structure is too fine.
    """
    flat = g.parameters.flat[place].astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        distribution = GeneratorDensity(g.network, g.network.parameters(flat), LATENTS[plan.latent])
        return 2 * js_divergence(plan.data.density, distribution)


def criteria(plan: Plan, g: Player, networks: list[int]) -> dict[int, Estimate | str]:
    """Return the criterion of every network, or why its distribution is refused."""
    found: dict[int, Estimate | str] = {}
    for place, network in enumerate(networks):
        try:
            found[network] = criterion(plan, g, place)
        except GantheoryError as refused:
            found[network] = str(refused)
    return found


def is_due(plan: Plan, before: int, step: int) -> bool:
    """Whether the criterion is taken after the block of steps from `before` to `step`.

    After the first block, at the end, and after the first block that reaches a multiple of
    `exact_every`; never where it is not reached.
    """
    every = plan.exact_every
    due = before == 0 or step == plan.steps or step // every > before // every
    return due and why_not(plan) is None
