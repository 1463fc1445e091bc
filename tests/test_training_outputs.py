"""What a discriminator's output says: V, D and pictures of every game; layers that couple a batch."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_training import PLANE

from gantheory import losses, ring
from gantheory.figures import runs as figures
from gantheory.nets import (
    ELU,
    BatchNorm,
    Dense,
    Dropout,
    LeakyReLU,
    Maxout,
    Network,
    Pass,
    ReLU,
    Sigmoid,
    Softplus,
    SpectralDense,
    Tanh,
    mlp,
)
from gantheory.nets.layer import couples
from gantheory.training import advance, as_data, modes_of, plan, start, trained
from gantheory.training.history import SAMPLES, measure, no_probability
from gantheory.training.loop import _draws
from gantheory.training.players import discriminator_gradient

SMALL = {"width": 4, "batch": 8, "steps": 50}
WITHOUT = ("hinge", "wasserstein", "relativistic", "relativistic-average", "f-gan:total-variation")


def run(game: str, **settings: Any) -> Any:
    return trained(ring(), losses.game(game), seeds=2, **{**SMALL, **settings})


# --- V and D --------------------------------------------------------------------------------------


def test_which_games_have_a_probability() -> None:
    assert {game.name for game in losses.lookup.ALL if no_probability(game)} == set(WITHOUT)
    words = no_probability(losses.HINGE)
    assert (
        words == "in the game hinge an output does not say how probable it is that a sample is real"
    )


def test_a_game_of_ones_own_has_none_unless_it_says_so() -> None:
    class Bare:
        name = "bare"

    assert "in the game bare" in no_probability(Bare())


@pytest.mark.parametrize("game", losses.lookup.ALL, ids=lambda game: game.name)
def test_constant_discriminators_at_equality(game: Any) -> None:
    """D = 1/2 everywhere, said in the game's own way: V = -log 4, whatever the game."""
    made = plan(as_data(ring()), game, discriminator=Network((Dense(2, 1),), 2), **SMALL)
    state = start(made, 1)
    advance(state)
    state.discriminator.parameters.flat[...] = 0.0
    best = game.optimal_logit(0.0)
    state.discriminator.parameters.flat[:, -1] = 0.0 if best is None else float(best)
    found = measure(made, state.discriminator, state.generator, [0], 50)
    if game.name in WITHOUT:
        assert all(np.isnan(found[name]).all() for name in ("value", "d_real", "d_fake"))
    else:
        assert found["value"] == pytest.approx(-math.log(4), abs=1e-14)
        assert found["d_real"] == pytest.approx(0.5, abs=1e-14)
        assert found["d_fake"] == pytest.approx(0.5, abs=1e-14)
    if game.name not in ("wasserstein", "f-gan:total-variation"):
        assert found["d_loss"] == pytest.approx(game.value_at_equality, abs=1e-14)


def test_certain_and_wrong_is_minus_infinity() -> None:
    made = plan(
        as_data(ring()), losses.least_squares(), discriminator=Network((Dense(2, 1),), 2), **SMALL
    )
    state = start(made, 1)
    state.discriminator.parameters.flat[...] = [[0.0, 0.0, 1.5]]
    found = measure(made, state.discriminator, state.generator, [0], 50)
    assert (found["value"], found["d_real"], found["d_fake"]) == (-math.inf, 1.0, 1.0)


def test_modes_are_covered_by_one_in_a_hundred_of_their_share() -> None:
    data = as_data(ring())
    centres, scale = data.modes
    for count, covered in ((9, 1), (10, 2)):  # of 8000 samples for 8 modes
        samples = np.repeat(centres[:1], 8000, axis=0)
        samples[:count] = centres[3]
        assert modes_of(data, samples).covered == covered
    for away, share in ((2.99, 1.0), (3.01, 0.5)):
        samples = np.repeat(centres[:2], 50, axis=0)
        samples[:50, 1] += away * scale
        assert modes_of(data, samples).quality == share
    assert modes_of(data, np.repeat(centres, [1, 2, 3, 4, 5, 6, 7, 8], axis=0)).covered == 8


def test_samples_of_a_generator_at_a_mode() -> None:
    state = start(plan(as_data(ring()), generator=Network((Dense(2, 2),), 2), **SMALL), 1)
    state.generator.parameters.flat[...] = [[0.1, 0, 0, 0.1, 2, 0]]
    found = measure(state.plan, state.discriminator, state.generator, [0], 50)
    assert found["modes"] == 1
    ceiling = 1 - math.exp(-4.5)
    assert abs(found["quality"][0] - ceiling) < 4 * math.sqrt(ceiling * (1 - ceiling) / SAMPLES)


# --- pictures -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "game", ["f-gan:reverse-kl", "f-gan:squared-hellinger", "least-squares", "minimax"]
)
def test_the_picture_shows_the_probability_of_being_real(game: str) -> None:
    """D of a discriminator that is the game's best one where p/q = e², e⁰ and e⁻²."""
    ratios = np.array([2.0, 0.0, -2.0])
    best = losses.game(game).optimal_logit(ratios)
    a, b, c = np.polyfit(ratios, best, 2)
    made = plan(as_data(PLANE), losses.game(game), **SMALL)
    state = start(made, 1)

    class Curve:
        """The parabola through the best outputs at x = 2, 0, -2."""

        couples = False

        def forward(self, parameters: Any, x: Any, run: Any) -> Any:
            return a * x[..., :1] ** 2 + b * x[..., :1] + c, None

    state.discriminator.network = Curve()
    state.discriminator.rows = lambda index: state.discriminator
    shown = figures._judged(state, np.stack([ratios, 0 * ratios], axis=-1))
    np.testing.assert_allclose(shown, 1 / (1 + np.exp(-ratios)), rtol=1e-12)


def axes_of(state: Any) -> list[Any]:
    return figures.curves(state).axes


def labels(axis: Any) -> list[str]:
    legend = axis.get_legend()
    return [] if legend is None else [text.get_text() for text in legend.get_texts()]


def test_the_curve_of_v_and_its_level_are_where_v_is() -> None:
    _, value, *_ = axes_of(run("f-gan:kl"))
    assert labels(value) == ["$V(D, G)$", "−log 4"]
    for name in WITHOUT:
        _, none, *_ = axes_of(run(name, steps=1))
        assert not none.lines
        assert [text.get_text() for text in none.texts] == [
            f"none: {no_probability(losses.game(name))}"
        ]


def test_infinite_values_are_counted_not_drawn() -> None:
    state = run("minimax", steps=100)
    state.history.columns["value"][0][...] = [-math.inf, -1.5]
    _, value, *_ = axes_of(state)
    assert "−∞, not drawn: 1" in labels(value)
    assert all(np.all(~np.isinf(line.get_ydata())) for line in value.lines)


@pytest.mark.parametrize("game", ["f-gan:kl", "hinge", "wasserstein", "relativistic"])
def test_a_picture_only_where_there_is_a_probability(game: str, tmp_path: Path) -> None:
    state = run(game, steps=1)
    drawn = {path.name for path in figures.draw_run(state, tmp_path)}
    assert ("discriminator.png" in drawn) == (game not in WITHOUT)
    assert drawn >= {"curves.png", "samples.png"}
    if game in WITHOUT:
        with pytest.raises(ValueError, match="an output does not say"):
            figures.discriminator(state)


# --- layers that couple a batch -------------------------------------------------------------------


@dataclass(frozen=True)
class Centred:
    """y = x - E x over the batch, in training and in evaluation."""

    shapes = state_shapes = ()

    def width(self, width: int) -> int:
        return width

    def start(self, rng: Any) -> Any:
        return ()

    def start_state(self, rng: Any) -> Any:
        return ()

    def forward(self, tensors: Any, x: Any, run: Any, place: int) -> Any:
        return x - x.mean(axis=-2, keepdims=True), None

    def backward(self, tensors: Any, tape: Any, dy: Any, into: Any) -> Any:
        return dy - dy.mean(axis=-2, keepdims=True)

    def tangent(self, tensors: Any, tape: Any, dx: Any) -> Any:
        return dx - dx.mean(axis=-2, keepdims=True), None

    def backward_tangent(self, tensors: Any, tapes: Any, bars: Any, into: Any) -> Any:
        return tuple(None if bar is None else self.backward((), (), bar, None) for bar in bars)


class Inherited(Dense):
    """A subclass of a layer that does not couple: it may couple all the same."""


class Alone(Dense):
    """A subclass that says that it does not."""

    couples = False


LAYERS = {
    **{type(layer).__name__: (layer, False) for layer in (LeakyReLU(), ReLU(), Tanh(), ELU())},
    **{type(layer).__name__: (layer, False) for layer in (Sigmoid(), Softplus(), Dropout(0.1))},
    "Dense": (Dense(2, 2), False),
    "Maxout": (Maxout(2, 2, 2), False),
    "SpectralDense": (SpectralDense(2, 2), False),
    "BatchNorm": (BatchNorm(2), True),
    "Centred": (Centred(), True),
    "Inherited": (Inherited(2, 2), True),
    "Alone": (Alone(2, 2), False),
}


@pytest.mark.parametrize("name", LAYERS)
def test_which_layers_couple_a_batch(name: str) -> None:
    """What a layer says of itself, and whether moving one sample moves another's output."""
    layer, said = LAYERS[name]
    assert couples(layer) == said
    net = Network((layer,), 2)
    state = start(plan(as_data(PLANE), discriminator=mlp_with(layer), **SMALL), 1)
    assert state.discriminator.couples == said
    if name == "Inherited":
        return
    rng = np.random.default_rng(0)
    theta, kept = net.start(rng), net.start_state(rng)
    x = rng.normal(size=(4, 2))
    outputs = []
    for shift in (0.0, 1.0):
        x[0] += shift
        outputs.append(net.forward(theta, x, Pass(True, [np.random.default_rng(1)], kept))[0])
    assert np.any(outputs[0][1:] != outputs[1][1:]) == said


def mlp_with(layer: Any) -> Network:
    return Network((Dense(2, 2), layer, Dense(2, 1)), 2)


@pytest.mark.parametrize("scheme", ["alternating", "unrolled", "consensus"])
def test_a_coupling_layer_is_shown_real_and_generated_samples_apart(scheme: str) -> None:
    """One pass over both would centre them together, and give another gradient."""
    made = plan(as_data(PLANE), discriminator=mlp_with(Centred()), scheme=scheme, **SMALL)
    state = start(made, 2)
    d, g = state.discriminator, state.generator
    draw = _draws(state).each()[0][0]
    discriminator_gradient(made, d, g, draw)
    found = d.gradient.flat.copy()
    fake = g.forward(draw.latent)[0]
    into, total = d.network.parameters(np.empty_like(found)), np.zeros_like(found)
    passes = [d.forward(x) for x in (draw.real, fake)]
    slopes = made.game.d_gradient(*(logits[..., 0] for logits, _ in passes))
    for (_, tape), slope in zip(passes, slopes, strict=True):
        d.network.backward(d.parameters, tape, slope[..., None], into=into)
        total += into.flat
    np.testing.assert_allclose(found, total, rtol=1e-13, atol=1e-15)
    d.couples = False
    discriminator_gradient(made, d, g, draw)
    assert np.max(np.abs(d.gradient.flat - total)) > 1e-3
    advance(state)


def test_a_picture_of_a_coupling_discriminator_is_none() -> None:
    """What it says of a point depends on the others that are asked for, so there is no D(x)."""
    coupled = trained(ring(), discriminator=mlp_with(Centred()), **SMALL)
    assert figures.no_picture(coupled) == (
        "what the discriminator says of a point depends on the other points of its batch"
    )
    for layer in (BatchNorm(2), Inherited(2, 2)):  # the running statistics are those of no batch
        assert figures.no_picture(trained(ring(), discriminator=mlp_with(layer), **SMALL)) is None


def test_layers_without_parameters_need_no_direction() -> None:
    assert mlp([1, 1], Tanh()).takes_directions
    assert Network((Centred(), Dense(2, 1)), 2).takes_directions
