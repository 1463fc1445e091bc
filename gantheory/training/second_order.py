"""Gradients of gradients, exact: a tangent pass along θ̇, and a backward pass through it.

With v held fixed, ∇(∇_θ L · v) is the gradient of the tangent of L along θ̇ = v, and a tangent is one
more forward pass (Pearlmutter 1994): no Hessian and no difference is formed. Masks of dropped units,
power iterations and pieces of maxima are those of the passes that the gradient itself was made of.
"""

from __future__ import annotations

import numpy as np

from gantheory.nets import Tape
from gantheory.nets.layer import Array
from gantheory.training.plan import Plan
from gantheory.training.players import Look, Player


def through_discriminator(plan: Plan, d: Player, look: Look, along: Array) -> tuple[Array, Array]:
    """∇ of (∇_D L_D · along) in D's parameters, and in the generated samples that D was shown.

    Parameters
    ----------
    plan, d:
        Both with the parameters of the look.
    look:
        The passes of `judge`.
    along:
        Shape (S, P).
    """
    network, theta = d.network, d.parameters
    direction = network.parameters(along)
    tangents = [network.tangent(theta, tape, None, direction) for tape in look.tapes]
    rates = look.apart([rate for rate, _ in tangents])
    curvatures = plan.game.d_curvature(*look.logits)
    bends = look.bars(*(c * r[..., 0] for c, r in zip(curvatures, rates, strict=True)))
    slopes = look.bars(*plan.game.d_gradient(*look.logits))
    total, into = np.zeros_like(theta.flat), network.parameters(np.empty_like(theta.flat))
    of_samples = []
    for tape, (_, kept), bend, slope in zip(look.tapes, tangents, bends, slopes, strict=True):
        back, along_x = network.backward_tangent(theta, (tape, kept), (bend, slope), into=into)
        of_samples.append(np.zeros_like(along_x) if back is None else back)
        total += into.flat
    return total, look.apart(of_samples)[-1]


def through_generator(
    plan: Plan, d: Player, g: Player, look: Look, made: Tape, along: Array
) -> tuple[Array, Array]:
    """∇ of (∇_G L_G · along) in D's parameters and in G's.

    Parameters
    ----------
    plan, d, g:
        The players with the parameters of the look.
    look, made:
        What `generator_gradient` returned.
    along:
        Shape (S, P), P of the generator.
    """
    direction = g.network.parameters(along)
    moved, of_g = g.network.tangent(g.parameters, made, None, direction)
    rate, of_d = d.network.tangent(d.parameters, look.tapes[0], moved)
    [bend] = look.bars(plan.game.g_curvature(*look.logits) * rate[..., 0])
    [slope] = look.bars(plan.game.g_gradient(*look.logits))
    d_into = d.network.parameters(np.empty_like(d.parameters.flat))
    g_into = g.network.parameters(np.empty_like(g.parameters.flat))
    bars = d.network.backward_tangent(
        d.parameters, (look.tapes[0], of_d), (bend, slope), into=d_into
    )
    g.network.backward_tangent(g.parameters, (made, of_g), bars, into=g_into)
    return d_into.flat, g_into.flat
