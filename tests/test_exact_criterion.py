"""C(G) + log 4 along a run: against closed forms and another quadrature, and what has none."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate, optimize, stats

from gantheory import Laplace, Mixture, Normal, Product, Uniform, certified, js_divergence
from gantheory.densities import Discrete, as_density
from gantheory.errors import NoDensity
from gantheory.figures.runs import curves
from gantheory.nets import BatchNorm, Dense, Network, ReLU, Tanh, mlp
from gantheory.training import advance, as_data, exact, plan, start, trained
from gantheory.training.checkpoints import NAME, run_in

BELL = Normal(2, 0.5)
AFFINE = Network((Dense(1, 1),), 1)
SMALL = {"width": 6, "batch": 16}


def advanced(made, seeds=1, blocks=1):
    state = start(made, seeds)
    for _ in range(blocks):
        advance(state)
    return state


def line(data=BELL, **settings):
    return plan(as_data(data), **{**SMALL, "steps": 150, "exact_every": 50, **settings})


# --- the number -------------------------------------------------------------------------------------


def affine_law(state, place):
    """a z + b is Normal(b, |a|): the parameters are floats, so the ball is that of this very law."""
    a, b = (float(x) for x in state.generator.parameters.flat[place])
    return Normal(b, abs(a))


def off_by(state, place, value):
    """How far a number lies from the certified 2 JSD of an affine generator."""
    ball = 2 * certified.js_divergence(state.plan.data.density, affine_law(state, place), 20)
    return abs(float(ball) - value)


@pytest.mark.parametrize("data", [BELL, Laplace(1, 2), Uniform(-1, 1)])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_an_affine_generator_has_a_normal_law(data, dtype):
    state = start(line(data, generator=AFFINE, dtype=dtype), 3)
    for record in range(3):
        advance(state)
        values, errors = state.history.exact.table()
        for place in range(3):
            found = state.criterion(place)
            assert off_by(state, place, float(found)) <= float(found.error) + 1e-15 < 1e-9
            assert (float(found), float(found.error)) == (
                values[record, place],
                errors[record, place],
            )
    assert len(np.unique(values)) == 9


def test_a_uniform_latent_has_a_uniform_law():
    state = advanced(line(generator=AFFINE, latent="uniform"))
    a, b = state.generator.parameters.flat[0]
    truth = 2 * js_divergence(BELL, Uniform(b - abs(a), b + abs(a)))
    found = state.criterion(0)
    assert abs(float(found) - float(truth)) <= float(found.error) + float(truth.error) + 1e-14


class TanhNet:
    """G(z) = tanh(z w + b) v + c with its turning points, written out once more."""

    def __init__(self, flat):
        n = (len(flat) - 1) // 3
        self.w, self.b, self.v, self.c = flat[:n], flat[n : 2 * n], flat[2 * n : 3 * n], flat[-1]
        z = np.linspace(-9, 9, 3601)
        slope = [self.slope(x) for x in z]
        turns = [
            optimize.brentq(self.slope, *pair, xtol=1e-15)
            for pair, rise in zip(pairwise(z), pairwise(slope), strict=True)
            if rise[0] * rise[1] < 0
        ]
        self.ends = [-9.0, *turns, 9.0]

    def __call__(self, z):
        return float(np.tanh(z * self.w + self.b) @ self.v + self.c)

    def slope(self, z):
        return float((self.w / np.cosh(z * self.w + self.b) ** 2) @ self.v)

    def preimages(self, x):
        for a, b in pairwise(self.ends):
            if (self(a) - x) * (self(b) - x) < 0:
                yield optimize.brentq(lambda z: self(z) - x, a, b, xtol=1e-14)

    def pdf(self, x):
        return sum(stats.norm.pdf(z) / abs(self.slope(z)) for z in self.preimages(x))


def by_quad(net, data):
    """∫ p log(2p/(p + q)) + ∫ φ(z) log(2q/(p + q)) at G(z): each between the images of what turns."""
    images = sorted(net(z) for z in net.ends)
    cuts = sorted({*net.ends, *(z for x in images[1:-1] for z in net.preimages(x))})

    def of_data(x):
        p, q = float(data.pdf(x)), net.pdf(x)
        return p * math.log(2 * p / (p + q)) if p > 0 else 0.0

    def of_model(z):
        q, p = net.pdf(net(z)), float(data.pdf(net(z)))
        return stats.norm.pdf(z) * math.log(2 * q / (p + q)) if q > 0 else 0.0

    low, high = data.loc - 9 * data.scale, data.loc + 9 * data.scale
    ends = sorted({low, high, *(x for x in images if low < x < high)})
    total = 0.0
    for function, points in ((of_data, ends), (of_model, cuts)):
        for a, b in pairwise(points):
            total += integrate.quad(function, a, b, epsabs=1e-9, epsrel=1e-9, limit=200)[0]
    return total


WIDE = Normal(0.2, 1.1)


def tanh_run(seed=1):
    state = advanced(line(WIDE, generator=mlp([1, 4, 1], Tanh()), seed=seed), 2, blocks=2)
    return state, TanhNet(state.generator.parameters.flat[0])


@pytest.mark.parametrize("seed", [0, 1])
def test_a_curved_generator_by_another_quadrature(seed):
    state, net = tanh_run(seed)
    found = state.history.exact.table()[0][-1, 0]
    assert len(net.ends) > 3  # it turns, so that preimages have to be added up
    assert 0.1 < found < 1.3
    assert found == pytest.approx(by_quad(net, WIDE), abs=1e-8)


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("js_divergence", lambda p, q: 0.5 * js_divergence(p, q)),
        ("js_divergence", lambda p, q: js_divergence(p, Normal(float(q.latent.loc), 1))),
        ("LATENTS", {"normal": Normal(0, 1.01)}),
        ("LATENTS", {"normal": Uniform(-1, 1)}),
    ],
)
def test_a_planted_fault_is_caught_by_both_routes(monkeypatch, name, fault):
    monkeypatch.setattr(exact, name, fault)
    state = advanced(line(generator=AFFINE))
    found = state.criterion(0)
    assert off_by(state, 0, float(found)) > 100 * float(found.error) + 1e-6
    state, net = tanh_run()
    assert abs(state.history.exact.table()[0][-1, 0] - by_quad(net, WIDE)) > 1e-5


# --- when -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("steps", "every", "when"),
    [
        (150, 50, [50, 100, 150]),
        (170, 100, [50, 100, 170]),
        (170, 75, [50, 100, 150, 170]),
        (300, 10**9, [50, 300]),
        (20, 500, [20]),
    ],
)
def test_the_steps_at_which_it_is_taken(steps, every, when):
    state = trained(BELL, steps=steps, exact_every=every, generator=AFFINE, **SMALL)
    assert state.history.exact.steps == when
    assert np.all(np.isfinite(state.history.exact.table()))


def test_the_number_of_a_start_is_to_be_had_too():
    state = start(line(generator=AFFINE), 2)
    assert state.history.exact.steps == []
    assert off_by(state, 1, float(state.criterion(1))) < 1e-12


def test_looking_changes_no_other_number():
    seen, unseen = (advanced(line(exact_every=every), 2, blocks=3) for every in (50, 10**9))
    for a, b in (
        (seen.discriminator, unseen.discriminator),
        (seen.generator, unseen.generator),
    ):
        assert a.parameters.flat.tobytes() == b.parameters.flat.tobytes()
    assert np.array_equal(seen.history["value"], unseen.history["value"])
    assert seen.history.exact.steps != unseen.history.exact.steps


def test_a_network_alone_has_the_number_it_has_in_the_ensemble():
    for settings in ({}, {"generator": mlp([1, 4, 1], Tanh())}, {"dtype": "float32"}):
        whole, alone = (advanced(line(**settings), seeds, blocks=2) for seeds in (4, [2]))
        for mine, theirs in zip(
            whole.history.exact.table(), alone.history.exact.table(), strict=True
        ):
            assert mine[:, 2].tobytes() == theirs[:, 0].tobytes()
        assert float(whole.criterion(2)) == float(alone.criterion(2))


# --- what is refused --------------------------------------------------------------------------------

FLAT = mlp([1, 3, 1], ReLU())


def with_an_atom(made):
    """Network 1 of three, all of whose units are dead: G = c."""
    state = start(made, 3)
    state.generator.parameters.flat[1, :6] = [-0.0, 0, 0, -1, -1, -1]
    return state


def test_an_atom_is_told_and_the_others_have_their_numbers():
    state = with_an_atom(line(generator=FLAT, g_lr=1e-9))
    state.generator.parameters.flat[[0, 2]] = [1, -1, 2, 0, 0, 1, 1, -1, 1, 0]
    advance(state)
    values, errors = (row[0] for row in state.history.exact.table())
    assert np.isnan(values).tolist() == [False, True, False]
    assert np.isinf(errors).tolist() == [False, True, False]
    assert list(state.history.exact.refused) == [(50, 1)]
    assert "atom of mass 1 at" in state.history.exact.refused[50, 1]
    with pytest.raises(NoDensity, match="atom"):
        state.criterion(1)
    drawn = curves(state).axes[2].get_legend().get_texts()
    assert "refused, not drawn: 1 of 3" in [text.get_text() for text in drawn]


def test_who_has_diverged_has_no_number_and_no_refusal():
    state = start(line(generator=AFFINE), 3)
    state.generator.parameters.flat[1] = 2e6
    advance(state)
    values, errors = state.history.exact.table()
    assert np.isnan(values[0]).tolist() == np.isnan(errors[0]).tolist() == [False, True, False]
    assert state.history.exact.refused == {}
    assert off_by(state, 1, values[0, 2]) <= errors[0, 2] + 1e-15
    assert float(state.criterion(2)) == values[0, 2]
    with pytest.raises(ValueError, match=r"living networks are \[0, 2\]"):
        state.criterion(1)


@pytest.mark.parametrize(
    ("data", "settings", "words"),
    [
        (Product(Normal(0, 1), Normal(0, 1)), {}, "density of the line"),
        (np.random.default_rng(0).normal(size=(50, 1)), {}, "rows"),
        (BELL, {"latent_dim": 2}, "latent_dim=1"),
        (BELL, {"generator": Network((Dense(1, 3), BatchNorm(3), Dense(3, 1)), 1)}, "BatchNorm"),
        (Discrete([0.5, 0.5]), {}, "density of the line"),
    ],
    ids=["plane", "rows", "latent", "layer", "discrete"],
)
def test_where_there_is_none_nothing_is_recorded(data, settings, words):
    state = advanced(line(data, **settings))
    assert (state.history.exact.steps, state.history.exact.refused) == ([], {})
    with pytest.raises(ValueError, match=words):
        state.criterion(0)
    assert exact.why_not(line()) is None


def test_a_black_box_has_none():
    box = as_density(lambda x: np.exp(-np.abs(x)) / 2, support=(-math.inf, math.inf))
    assert "black box" in exact.why_not(line(box))


@pytest.mark.parametrize("every", [0, -1, 1.5, True])
def test_how_often_is_a_whole_number(every):
    with pytest.raises(ValueError, match="exact_every"):
        line(exact_every=every)


# --- taken up again ---------------------------------------------------------------------------------


def finish(folder, made, **rest):
    return list(run_in(folder, made, 3, every=50, **rest))[-1]


@pytest.mark.parametrize(
    "generator", [None, FLAT, pytest.param(mlp([1, 4, 1], Tanh()), marks=pytest.mark.slow)]
)
def test_a_run_taken_up_again_has_the_same_records(tmp_path, generator):
    made = line(steps=170, generator=generator, g_lr=3e-2)
    whole = finish(tmp_path / "whole", made)
    part = run_in(tmp_path / "part", made, 3, every=50)
    for state in part:
        if state.step == 100:
            break
    part.close()
    again = finish(tmp_path / "part", made, resume=True)
    assert again.history.exact.steps == [50, 100, 150, 170]
    assert again.history.exact.refused == whole.history.exact.refused
    for mine, theirs in zip(whole.history.exact.table(), again.history.exact.table(), strict=True):
        assert mine.tobytes() == theirs.tobytes()
    one, other = ((tmp_path / name / NAME).read_bytes() for name in ("whole", "part"))
    assert one == other
    if generator is FLAT:
        assert whole.history.exact.refused  # so that reasons are taken up too


# --- the picture ------------------------------------------------------------------------------------


def test_the_picture_has_the_curve_and_its_reference_line():
    state = trained(BELL, steps=150, exact_every=50, seeds=2, **SMALL)
    axis = curves(state).axes[2]
    shown = {str(drawn.get_label()): drawn for drawn in axis.get_lines()}
    mean = shown["$C(G)$ + log 4"]
    assert np.array_equal(mean.get_xdata(), [50, 100, 150])
    assert np.allclose(mean.get_ydata(), state.history.exact.table()[0].mean(axis=1), rtol=1e-13)
    assert list(shown["0: $p=q$"].get_ydata()) == [0.0, 0.0]
    assert "Exact" in axis.get_title(loc="left") + axis.get_title()
    plane = trained(Mixture([BELL, BELL], [0.5, 0.5]), steps=50, latent_dim=2, **SMALL)
    assert len(curves(plane).axes) == 2
