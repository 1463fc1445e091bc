"""Gradient penalties on a discriminator, by backpropagation through backpropagation; and their kin.

A penalty is weight * E[(|∇_x a(x)| - center)²] for the logit a, or the critic's value. Its derivative in
the parameters is that of the tangent Σ ẏ along ẋ = ∂penalty/∂(∇_x a), held fixed: one pass of each of
`Network.forward`, `backward`, `tangent` and `backward_tangent`.

Where a layer couples the samples of a batch (BatchNorm in training), ∇_x is the gradient of the sum of
all logits in each sample: what other libraries compute too, but no longer the gradient of one logit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from gantheory.nets import Network, Parameters, Pass, draws
from gantheory.nets.layer import Array

Rngs = Sequence[np.random.Generator]


def gradient_penalty(
    critic: Network,
    parameters: Parameters,
    points: Array,
    *,
    weight: float,
    center: float,
    one_sided: bool = False,
    into: Parameters,
    run: Pass | None = None,
) -> Array:
    """weight * mean over samples of (|∇_x a(x)| - center)², or of max(0, |∇_x a(x)| - center)².

    |.| is the Euclidean norm of one sample's gradient.

    Parameters
    ----------
    critic:
        A network with one output, a.
    parameters:
        Of leading shape (...).
    points:
        x, shape (..., n, fan_in), of the dtype of the parameters.
    weight, center:
        Finite and not negative.
    one_sided:
        Whether gradients shorter than `center` go free.
    into:
        Gets the penalty's derivative in the parameters *added*.
    run:
        Needed by layers that keep a state or draw masks. The state is not moved on.

    Returns
    -------
    array
        The penalty with its weight, shape (...).

    Raises
    ------
    ValueError
        If a shape, a dtype or a number does not fit.

    Notes
    -----
    Where ∇_x a = 0 the direction ∇_x a / |∇_x a| is taken to be 0. With center = 0 nothing else is
    possible: the penalty is smooth there. With center > 0 it has the tip of a cone there, and 0 is the
    derivative of the smooth penalties that replace |g| by √(|g|² + ε²), for every ε > 0, and the mean
    over all directions in which one can leave the tip. PyTorch's norm takes it too.

    Source: Gulrajani et al. (2017), equation 3; one-sided in section 4 there, and in Petzka, Fischer and
    Lukovnikov (2018). The double pass: Pearlmutter (1994).
    """
    weight, center = _number("weight", weight), _number("center", center)
    _require_critic(critic, points)
    _require_into(into, parameters)
    y, tape = critic.forward(parameters, points, run)
    row = np.ones_like(y)
    slope = critic.backward(parameters, tape, row)
    excess, direction = _excess(slope, center, one_sided)
    _, tangents = critic.tangent(parameters, tape, 2 * weight / y.shape[-2] * excess * direction)
    added = critic.parameters(np.empty_like(parameters.flat))
    critic.backward_tangent(parameters, (tape, tangents), (None, row), into=added)
    np.add(into.flat, added.flat, out=into.flat)
    return _mean_square(excess) * weight


def wgan_gp(
    critic: Network,
    parameters: Parameters,
    real: Array,
    fake: Array,
    *,
    rngs: Rngs,
    weight: float = 10.0,
    one_sided: bool = False,
    into: Parameters,
    run: Pass | None = None,
) -> Array:
    """weight * mean of (|∇_x a(x̂)| - 1)² at x̂ = u real + (1 - u) fake, u ~ U[0, 1) for each sample.

    Parameters
    ----------
    real, fake:
        Shape (..., n, fan_in), of the dtype of the parameters.
    rngs:
        One generator for each network, in the order of the leading axes.
    critic, parameters, weight, one_sided, into, run:
        As in `gradient_penalty`.

    Returns
    -------
    array
        The penalty with its weight, shape (...).

    Raises
    ------
    ValueError
        As `gradient_penalty`; also if real and fake differ in shape or dtype, or a generator is missing.

    Notes
    -----
    Source: Gulrajani et al. (2017), equation 3 and Algorithm 1: λ = 10, a u for each sample, not for
    each coordinate.
    """
    if real.shape != fake.shape or real.dtype != fake.dtype:
        raise ValueError(
            f"real of shape {real.shape} and dtype {real.dtype}, fake of shape {fake.shape} and dtype "
            f"{fake.dtype}: each real sample needs one generated sample to be joined with"
        )
    _require_critic(critic, real)
    points = real - fake
    points *= draws.uniform(rngs, (*real.shape[:-1], 1)).astype(real.dtype)
    points += fake
    return gradient_penalty(
        critic,
        parameters,
        points,
        weight=weight,
        center=1.0,
        one_sided=one_sided,
        into=into,
        run=run,
    )


def r1(
    critic: Network,
    parameters: Parameters,
    real: Array,
    *,
    weight: float = 10.0,
    into: Parameters,
    run: Pass | None = None,
) -> Array:
    """weight / 2 * mean of |∇_x a(x)|² over real samples: R₁, with weight = γ.

    The 1/2 is in the paper, as is γ = 10.

    Parameters
    ----------
    real:
        Shape (..., n, fan_in), of the dtype of the parameters.
    critic, parameters, weight, into, run:
        As in `gradient_penalty`.

    Returns
    -------
    array
        The penalty with γ/2, shape (...).

    Raises
    ------
    ValueError
        As `gradient_penalty`.

    Notes
    -----
    Source: Mescheder, Geiger and Nowozin (2018), equation 9.
    """
    half = _number("weight", weight) / 2
    return gradient_penalty(critic, parameters, real, weight=half, center=0.0, into=into, run=run)


def r2(
    critic: Network,
    parameters: Parameters,
    fake: Array,
    *,
    weight: float = 10.0,
    into: Parameters,
    run: Pass | None = None,
) -> Array:
    """weight / 2 * mean of |∇_x a(x)|² over generated samples: R₂, with weight = γ.

    The 1/2 is in the paper. The samples are taken as given: the generator's gradient gets nothing.

    Parameters
    ----------
    fake:
        Shape (..., n, fan_in), of the dtype of the parameters.
    critic, parameters, weight, into, run:
        As in `gradient_penalty`.

    Returns
    -------
    array
        The penalty with γ/2, shape (...).

    Raises
    ------
    ValueError
        As `gradient_penalty`.

    Notes
    -----
    Source: Mescheder, Geiger and Nowozin (2018), equation 10.
    """
    half = _number("weight", weight) / 2
    return gradient_penalty(critic, parameters, fake, weight=half, center=0.0, into=into, run=run)


def dragan(
    critic: Network,
    parameters: Parameters,
    real: Array,
    *,
    rngs: Rngs,
    weight: float = 10.0,
    spread: float = 0.5,
    into: Parameters,
    run: Pass | None = None,
) -> Array:
    """weight * mean of (|∇_x a(x + u spread s U)| - 1)² over real samples x, s their standard deviation.

    u ~ U[0, 1) for each sample, U ~ U[0, 1) for each coordinate, and s is the standard deviation of all
    entries of one network's minibatch, divided by their number.

    Parameters
    ----------
    real:
        Shape (..., n, fan_in), of the dtype of the parameters.
    rngs:
        One generator for each network, in the order of the leading axes.
    spread:
        Finite and not negative.
    critic, parameters, weight, into, run:
        As in `gradient_penalty`.

    Returns
    -------
    array
        The penalty with its weight, shape (...).

    Raises
    ------
    ValueError
        As `gradient_penalty`; also if a generator is missing.

    Notes
    -----
    Source: Kodali et al. (2017). Two forms of the noise were published. This is that of the authors'
    code, which most others copied: it grows with the data and pushes every coordinate upwards. The
    paper's text has x + δ with δ ~ N(0, c I) instead: for that write gradient_penalty(critic,
    parameters, instance_noise(real, math.sqrt(c), rngs), weight=10.0, center=1.0, into=into).
    """
    spread = _number("spread", spread)
    _require_critic(critic, real)
    rows = real.reshape(*real.shape[:-2], -1)
    scale = rows.std(axis=-1)[..., None, None] * spread
    noise = draws.uniform(rngs, (*real.shape[:-2], real.shape[-2], real.shape[-1] + 1))
    noise = noise.astype(real.dtype)
    points = real + noise[..., :1] * (noise[..., 1:] * scale)
    return gradient_penalty(
        critic, parameters, points, weight=weight, center=1.0, into=into, run=run
    )


def clip_weights(parameters: Parameters, bound: float) -> None:
    """θ <- min(max(θ, -bound), bound), in place, every entry.

    Parameters
    ----------
    parameters:
        Any leading shape.
    bound:
        Finite and above 0; the paper takes 0.01.

    Raises
    ------
    ValueError
        If the bound is not such a number.

    Notes
    -----
    Source: Arjovsky, Chintala and Bottou (2017), Algorithm 1.
    """
    if not 0 < bound < math.inf:
        raise ValueError(f"clip_weights(bound={bound!r}): a bound is finite and above 0, as 0.01")
    np.clip(parameters.flat, -float(bound), float(bound), out=parameters.flat)


def instance_noise(x: Array, scale: float, rngs: Rngs) -> Array:
    """x + scale z with z ~ N(0, I), to be put on real and on generated samples alike.

    Parameters
    ----------
    x:
        Shape (..., n, d), float64 or float32.
    scale:
        Standard deviation of the noise; finite and not negative.
    rngs:
        One generator for each network, in the order of the leading axes.

    Returns
    -------
    array
        A new array of x's shape and dtype.

    Raises
    ------
    ValueError
        If a shape or a number does not fit, or a generator is missing.

    Notes
    -----
    Source: Sønderby et al. (2017); also Arjovsky and Bottou (2017).
    """
    scale = _number("scale", scale)
    if x.ndim < 2 or x.dtype.char not in "fd":
        raise ValueError(
            f"instance_noise(x of shape {x.shape} and dtype {x.dtype}): give (..., n, d) in float64 or "
            "float32"
        )
    noise = draws.normal(rngs, x.shape).astype(x.dtype)
    noise *= scale
    noise += x
    return noise


# --- pieces ---------------------------------------------------------------------------------------


def _excess(slope: Array, center: float, one_sided: bool) -> tuple[Array, Array]:
    """|g| - center, cut at 0 if one-sided, shape (..., n, 1), and g / |g|, 0 where g = 0.

    np.hypot neither over- nor underflows on the way, as a sum of squares would in float32.
    """
    norm = np.hypot.reduce(slope, axis=-1, keepdims=True, initial=0)
    direction = np.divide(slope, norm, out=np.zeros_like(slope), where=norm > 0)
    excess = norm - center
    return (np.maximum(excess, 0) if one_sided else excess), direction


def _mean_square(excess: Array) -> Array:
    """E[e²] over the batch, shape (...)."""
    total = np.matmul(excess.swapaxes(-1, -2), excess)[..., 0, 0]
    mean: Array = total / excess.shape[-2]
    return mean


def _require_into(into: Parameters, parameters: Parameters) -> None:
    flat = parameters.flat
    if into.flat.shape != flat.shape or into.flat.dtype != flat.dtype:
        raise ValueError(
            f"into of shape {into.flat.shape} and dtype {into.flat.dtype}: write "
            f"critic.parameters(np.zeros_like(parameters.flat)), of shape {flat.shape} and dtype "
            f"{flat.dtype}"
        )


def _number(name: str, value: float) -> float:
    """Return a float, so that numpy's float64 does not cast float32."""
    if not 0 <= value < math.inf:
        raise ValueError(f"{name}={value!r}: give a finite number that is not negative")
    return float(value)


def _require_critic(critic: Network, points: Array) -> None:
    if critic.fan_out != 1:
        raise ValueError(f"a critic has one output, this network has {critic.fan_out}")
    if points.ndim < 2 or points.shape[-2] == 0:
        raise ValueError(
            f"points of shape {points.shape}: give (..., n, d) with one sample at least"
        )
