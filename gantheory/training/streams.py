"""Randomness that depends on seed, network, purpose and block alone: none of it has to be saved."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

BLOCK = 50  # steps that draw from one generator
PURPOSES = ("generator", "discriminator", "data", "latent", "penalty", "noise", "evaluation")


def streams(
    seed: int, networks: Sequence[int], purpose: str, block: int = 0
) -> list[np.random.Generator]:
    """Return a generator for each network; network i draws the same whoever else is there.

    Parameters
    ----------
    seed:
        Of the run.
    networks:
        Their numbers.
    purpose:
        One of PURPOSES: no two of them share a stream.
    block:
        Which block of BLOCK steps, or which step for a purpose that is drawn for once.
    """
    keys = [(network, PURPOSES.index(purpose), block) for network in networks]
    return [np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key)) for key in keys]
