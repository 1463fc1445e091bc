"""The penalties that a run can be given by name, added to the discriminator's gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gantheory import penalties

Penalty = Callable[..., Any]

# name -> (critic, parameters, real, fake, rngs, into, run, weight) -> None
PENALTIES: dict[str, Penalty] = {
    "wgan-gp": lambda critic, theta, real, fake, rngs, **rest: penalties.wgan_gp(
        critic, theta, real, fake, rngs=rngs, **rest
    ),
    "wgan-gp-one-sided": lambda critic, theta, real, fake, rngs, **rest: penalties.wgan_gp(
        critic, theta, real, fake, rngs=rngs, one_sided=True, **rest
    ),
    "dragan": lambda critic, theta, real, fake, rngs, **rest: penalties.dragan(
        critic, theta, real, rngs=rngs, **rest
    ),
    "r1": lambda critic, theta, real, fake, rngs, **rest: penalties.r1(critic, theta, real, **rest),
    "r2": lambda critic, theta, real, fake, rngs, **rest: penalties.r2(critic, theta, fake, **rest),
}
CLIP, BOUND = "clip", 0.01  # clipping is done after a step, not to a gradient


def penalise(plan: Any, d: Any, real: Any, fake: Any, rngs: Any) -> None:
    """Add the gradient of the plan's penalty to d.gradient."""
    if plan.penalty in PENALTIES:
        weight = {} if plan.weight is None else {"weight": plan.weight}
        PENALTIES[plan.penalty](
            d.network, d.parameters, real, fake, rngs, into=d.gradient, run=d.run(), **weight
        )


def clip(plan: Any, d: Any) -> None:
    """Clip the discriminator's weights, if that is the plan's penalty."""
    if plan.penalty == CLIP:
        penalties.clip_weights(d.parameters, BOUND if plan.weight is None else plan.weight)
