"""Networks: small ones of drawn layers, with parameters and inputs."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from gantheory.nets import (
    ELU,
    Dense,
    LeakyReLU,
    Maxout,
    Network,
    Parameters,
    ReLU,
    Sigmoid,
    Softplus,
    Tanh,
)
from gantheory.nets.layer import Layer
from gantheory.testing.strategies.batches import DTYPES
from gantheory.testing.strategies.numbers import eighths, powers_of_ten, signs

KINKED: tuple[Layer, ...] = (LeakyReLU(), ReLU())
SMOOTH: tuple[Layer, ...] = (Tanh(), Sigmoid(), Softplus(), ELU())


@dataclass(frozen=True)
class NetworkCase:
    """A network with all that a forward pass needs.

    Attributes
    ----------
    network:
        Of layers without a state and without randomness.
    flat:
        Its parameters, shape (P,).
    x:
        An input, shape (n, fan_in), of the dtype of flat.
    """

    network: Network
    flat: npt.NDArray[Any]
    x: npt.NDArray[Any]

    @property
    def parameters(self) -> Parameters:
        """The parameters, cut into the tensors of the layers."""
        return self.network.parameters(self.flat)


def networks(
    *,
    fan_in: int | None = None,
    fan_out: int | None = None,
    max_layers: int = 3,
    max_width: int = 4,
    smooth: bool = False,
) -> SearchStrategy[Network]:
    """Networks of 1 to max_layers dense or maxout layers with activations; shrinks to Dense(1, 1).

    Parameters
    ----------
    fan_in, fan_out:
        Widths of input and output; drawn unless given.
    max_layers, max_width:
        At least 1; widths of layers are drawn from 1 to max_width.
    smooth:
        Leave out ReLU, LeakyReLU and maxout, whose derivatives jump.

    Notes
    -----
    The domain is every layer that is a function of its input and its parameters alone: no batch
    norm, dropout or spectral norm, which keep a state or draw. Widths of 1 are in it.

    Raises
    ------
    ValueError
        If max_layers or max_width is less than 1.
    """
    for name, value in (("max_layers", max_layers), ("max_width", max_width)):
        if not value >= 1:
            raise ValueError(f"networks({name}={value!r}): give at least 1")
    width = st.integers(1, max_width)
    first = width if fan_in is None else st.just(fan_in)
    last = width if fan_out is None else st.just(fan_out)
    inner = st.lists(width, max_size=max_layers - 1)
    widths = st.tuples(first, inner, last).map(lambda t: [t[0], *t[1], t[2]])
    return widths.flatmap(lambda w: _stacked(w, smooth))


def _stacked(widths: list[int], smooth: bool) -> SearchStrategy[Network]:
    """Networks of these widths, an activation drawn between every two layers."""
    pairs = list(pairwise(widths))
    bends = st.sampled_from(SMOOTH if smooth else KINKED + SMOOTH)
    hidden = [st.tuples(_affine(*pair, smooth), bends) for pair in pairs[:-1]]
    drawn = st.tuples(st.tuples(*hidden), st.just(Dense(*pairs[-1])))
    return drawn.map(lambda t: Network((*(one for both in t[0] for one in both), t[1]), widths[0]))


def _affine(fan_in: int, fan_out: int, smooth: bool) -> SearchStrategy[Layer]:
    layers: tuple[Layer, ...] = (Dense(fan_in, fan_out),)
    return st.sampled_from(layers if smooth else (*layers, Maxout(fan_in, fan_out, 2)))


def network_cases(
    architectures: SearchStrategy[Network] | None = None,
    *,
    max_size: int = 4,
    dtypes: tuple[str, ...] = DTYPES,
) -> SearchStrategy[NetworkCase]:
    """Networks with parameters and an input; shrinks to Dense(1, 1) with parameters 0 and input 0.

    Parameters
    ----------
    architectures:
        Draws the network; `networks()` unless given.
    max_size:
        Largest batch, at least 1.
    dtypes:
        Of parameters and input, drawn from these.

    Notes
    -----
    The domain of parameters and inputs is the eighths from -2 to 2, so that units tie and inputs lie on
    kinks, and numbers far out, ±10 and ±100, at which activations saturate.

    Raises
    ------
    ValueError
        If max_size is less than 1.
    """
    if not max_size >= 1:
        raise ValueError(f"network_cases(max_size={max_size!r}): give at least 1")
    chosen = networks() if architectures is None else architectures
    layout = st.tuples(chosen, st.integers(1, max_size), st.sampled_from(dtypes))
    return layout.flatmap(lambda t: _case(*t))


def _case(network: Network, n: int, dtype: str) -> SearchStrategy[NetworkCase]:
    rows = st.tuples(_numbers(network.size), _numbers(n * network.fan_in))
    shape = (n, network.fan_in)
    return rows.map(
        lambda t: NetworkCase(network, np.array(t[0], dtype), np.array(t[1], dtype).reshape(shape))
    )


def _numbers(count: int) -> SearchStrategy[list[float]]:
    far = st.tuples(signs(), powers_of_ten(1, 2)).map(lambda t: t[0] * t[1])
    near = eighths(-2, 2)
    return st.lists(st.one_of(near, near, near, far), min_size=count, max_size=count)
