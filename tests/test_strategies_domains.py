"""The strategies beyond the line: what they shrink to, and that the edges of their domains are drawn."""

import math
import subprocess
import sys
from collections.abc import Hashable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_strategies import drawn, simplest

import gantheory
from gantheory import js_divergence
from gantheory.densities import (
    Density1D,
    Discrete,
    MultivariateNormal,
    Normal,
    Product,
    Pushforward,
)
from gantheory.losses import game
from gantheory.losses.lookup import NAMED
from gantheory.nets import Dense, LeakyReLU, Maxout, Network, ReLU
from gantheory.plugins import for_hypothesis
from gantheory.testing import describe, strategies

for_hypothesis.register()  # as the entry point does where the package is installed

PLAIN_NET = "Network(layers=(Dense(fan_in=1, fan_out=1),), fan_in=1)"
PLAIN_CASE = f"NetworkCase(network={PLAIN_NET}, flat=[0.0, 0.0], x=[[0.0]])"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("strategy", "words"),
    [
        (strategies.laplaces(), "Laplace(loc=0.0, scale=1.0)"),
        (strategies.cauchies(), "Cauchy(loc=0.0, scale=1.0)"),
        (strategies.student_ts(), "StudentT(df=1.0, loc=0.0, scale=1.0)"),
        (strategies.heavy_tailed(), "Cauchy(loc=0.0, scale=1.0)"),
        (strategies.uniforms(), "Uniform(low=0.0, high=1.0)"),
        (strategies.triangulars(), "Triangular(low=0.0, mode=0.5, high=1.0)"),
        (strategies.exponentials(), "Exponential(rate=1.0)"),
        (strategies.discrete_distributions(), "Discrete([1/2, 1/2])"),
        (
            strategies.plane_normals(),
            "MultivariateNormal(mean=[0.0, 0.0], cov=[[1.0, 0.0], [0.0, 1.0]])",
        ),
        (
            strategies.plane_densities(),
            "MultivariateNormal(mean=[0.0, 0.0], cov=[[1.0, 0.0], [0.0, 1.0]])",
        ),
        (
            strategies.products(),
            "Product(first=Normal(loc=0.0, scale=1.0), second=Normal(loc=0.0, scale=1.0))",
        ),
        (
            strategies.rings(),
            "Mixture([MultivariateNormal(mean=[1.0, 0.0], cov=[[1.0, 0.0], [0.0, 1.0]])], [1])",
        ),
        (
            strategies.grids(),
            "Mixture([MultivariateNormal(mean=[0.0, 0.0], cov=[[1.0, 0.0], [0.0, 1.0]])], [1])",
        ),
        (strategies.batches(), "[0.0]"),
        (strategies.batch_pairs(), "([0.0], [0.0])"),
        (strategies.samples(), "[[0.0]]"),
        (strategies.networks(), PLAIN_NET),
        (strategies.network_cases(), PLAIN_CASE),
        (strategies.affine_maps(), "DrawnMap(formula='z')"),
        (strategies.monotone_maps(), "DrawnMap(formula='z')"),
        (strategies.latent_maps(), "DrawnMap(formula='z')"),
        (
            strategies.piecewise_linear_maps(),
            "DrawnMap(formula='slopes [1.0, 1.0] between the kinks [0.0], 0.0 at the first')",
        ),
        (strategies.game_names(), "minimax"),
    ],
)
def test_the_plainest_member(strategy, words):
    assert simplest(strategy) == words


# --- the plane ------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_plane_has_every_kind_and_its_edges():
    seen = drawn(strategies.plane_densities(), 400)
    assert all(p.dim == 2 and p.declared for p in seen)
    mixtures = [p for p in seen if hasattr(p, "components")]
    counts = {len(p.components) for p in mixtures}
    assert {1, 2, 3, 4, 5, 9} <= counts
    parts = {type(c) for p in mixtures for c in p.components} | {type(p) for p in seen}
    assert {MultivariateNormal, Product} <= parts
    normals = drawn(strategies.plane_normals(), 300)
    tilts = [p.cov[0, 1] / math.sqrt(p.cov[0, 0] * p.cov[1, 1]) for p in normals]
    assert max(tilts) > 0.998
    assert min(tilts) < -0.998
    assert any(t == 0 for t in tilts)


def test_rings_and_grids_are_narrow_and_wide():
    for made, most in ((strategies.rings, 8), (strategies.grids, 9)):
        laws = drawn(made(), 200)
        assert {1, most} <= {len(p.components) for p in laws}
        deviations = [math.sqrt(p.components[0].cov[0, 0]) for p in laws]
        assert min(deviations) < 0.02
        assert max(deviations) > 5


# --- batches --------------------------------------------------------------------------------------


@pytest.mark.slow
def test_batches_have_every_shape_and_dtype():
    seen = drawn(strategies.batches(3), 600)
    layouts = {(b.ndim, b.dtype.name) for b in seen}
    assert layouts == {(n, d) for n in (1, 2) for d in ("float64", "float32")}
    shapes = {b.shape for b in seen}
    assert {(1,), (3,), (1, 1), (3, 1), (3, 3), (1, 3)} <= shapes
    assert max(max(shape) for shape in shapes) == 3
    assert max(np.abs(b).max() for b in seen) == 1e4
    assert all(np.abs(b).max() <= 3 for b in drawn(strategies.batches(largest=3), 100))


@pytest.mark.slow
def test_batch_pairs_are_of_one_layout_and_of_any_two_sizes():
    same = different = 0
    for real, fake in drawn(strategies.batch_pairs(4), 300):
        assert real.dtype == fake.dtype
        assert real.ndim == fake.ndim
        same, different = same + (real.shape == fake.shape), different + (real.shape != fake.shape)
    assert same > 20
    assert different > 20
    for real, fake in drawn(strategies.batch_pairs(4, equal_sizes=True), 100):
        assert real.shape == fake.shape


def test_samples_tie_and_lie_far_out():
    seen = drawn(strategies.samples(6), 300)
    assert {s.shape[1] for s in seen} == {1, 2}
    assert {s.shape[0] for s in seen} == set(range(1, 7))
    assert {s.dtype.name for s in seen} == {"float64", "float32"}
    assert max(np.abs(s).max() for s in seen) == 1e6
    assert any(len(np.unique(s[:, 0])) < len(s) for s in seen)
    assert {s.shape[1] for s in drawn(strategies.samples(dim=3), 20)} == {3}


def test_a_batch_of_float32_says_so():
    single, double = np.zeros(2, np.float32), np.zeros(2)
    assert str(describe(single)) == "[0.0, 0.0] in float32"
    assert str(describe(double)) == "[0.0, 0.0]"


def mean_over_the_ensemble(pair):
    """Mistakes the last axis for features: right for (n,), wrong for (S, n)."""
    real, fake = pair
    got = game("hinge").d_loss(real, fake)
    return np.allclose(np.mean(np.maximum(0, 1 - real)) + np.mean(np.maximum(0, 1 + fake)), got)


@pytest.mark.slow
def test_a_loss_that_averages_over_the_ensemble_is_found_on_two_networks():
    ensembles = strategies.batch_pairs(largest=10.0, layouts=["(S, n)"])
    words = simplest(ensembles, lambda pair: not mean_over_the_ensemble(pair))
    real, fake = eval(words)
    assert [len(real), len(real[0]), len(fake[0])] == [2, 1, 1]
    assert sum(map(abs, (*real[0], *real[1], *fake[0], *fake[1]))) <= 1  # one logit that is not 0


def test_layouts_can_be_chosen():
    for pair in drawn(strategies.batch_pairs(4, layouts=["(n, 1)"]), 50):
        assert all(one.ndim == 2 and one.shape[1] == 1 for one in pair)
    assert {one.ndim for one in drawn(strategies.batches(4, layouts=["(n,)"]), 50)} == {1}


# --- networks -------------------------------------------------------------------------------------


def test_networks_have_every_layer_and_depth():
    seen = drawn(strategies.networks(), 300)
    kinds = {type(layer) for network in seen for layer in network.layers}
    activations = {"LeakyReLU", "ReLU", "Tanh", "Sigmoid", "Softplus", "ELU"}
    assert {kind.__name__ for kind in kinds} == {"Dense", "Maxout", *activations}
    assert {len(network.layers) for network in seen} == {1, 3, 5}
    assert {network.fan_in for network in seen} == {1, 2, 3, 4} == {n.fan_out for n in seen}


def test_networks_can_be_told_their_ends_and_to_be_smooth():
    for network in drawn(strategies.networks(fan_in=2, fan_out=1, smooth=True), 100):
        assert (network.fan_in, network.fan_out) == (2, 1)
        assert not any(isinstance(layer, (ReLU, LeakyReLU, Maxout)) for layer in network.layers)
    only = drawn(strategies.networks(max_layers=1, max_width=2), 50)
    assert all(isinstance(n.layers[0], Dense) and len(n.layers) == 1 for n in only)


@given(strategies.network_cases())
def test_a_case_runs(case):
    y, _ = case.network.forward(case.parameters, case.x)
    assert y.shape == (len(case.x), case.network.fan_out)
    assert y.dtype == case.x.dtype == case.flat.dtype
    assert np.all(np.isfinite(y))


@pytest.mark.slow
def test_cases_have_kinks_saturation_and_both_dtypes():
    seen = drawn(strategies.network_cases(), 200)
    assert {case.x.dtype.name for case in seen} == {"float64", "float32"}
    assert max(np.abs(case.flat).max() for case in seen) == 100
    assert any(np.any(case.x == 0) and np.any(case.flat != 0) for case in seen)
    assert {len(case.x) for case in seen} == {1, 2, 3, 4}


@pytest.mark.slow
def test_a_dropped_bias_is_found_and_shrunk():
    def forgets_the_bias(case):
        right, _ = case.network.forward(case.parameters, case.x)
        weights, _ = case.parameters.layers[0]
        return np.allclose(right, case.x @ weights)

    cases = strategies.network_cases(strategies.networks(max_layers=1))
    words = simplest(cases, lambda case: not forgets_the_bias(case))
    assert words == PLAIN_CASE.replace("[0.0, 0.0]", "[0.0, 0.125]")


# --- maps -----------------------------------------------------------------------------------------


@given(strategies.latent_maps(), st.sampled_from((Normal(0, 1), Normal(3, 0.5))))
def test_maps_push_a_law_forward(drawn_map, latent):
    image = Pushforward(drawn_map.branches, latent)
    z = latent.sample(50, np.random.default_rng(0))
    x = np.sort(drawn_map(z))
    assert np.all(np.isfinite(x))
    assert np.all(image.cdf(x + 1e-6 * (1 + np.abs(x))) - image.cdf(x[0] - 1e-6) >= 0)
    assert np.all(np.isfinite(image.logpdf(x[5:-5])))


@given(strategies.latent_maps())
def test_branches_are_their_own_inverses_and_derivatives(drawn_map):
    for branch in drawn_map.branches:
        low, high = (float(np.clip(end, -5, 5)) for end in branch.interval)
        z = np.linspace(low, high, 9)[1:-1]
        if low < high:
            assert np.allclose(branch.inverse(branch.forward(z)), z, rtol=1e-6, atol=1e-6)
            step = 1e-5
            slope = (branch.forward(z + step) - branch.forward(z - step)) / (2 * step)
            assert np.allclose(slope, branch.derivative(z), rtol=1e-4, atol=1e-3)


@given(strategies.piecewise_linear_maps())
def test_piecewise_linear_maps_are_continuous(drawn_map):
    for left, right in zip(drawn_map.branches[:-1], drawn_map.branches[1:], strict=True):
        kink = np.asarray(left.interval[1])
        assert kink == right.interval[0]
        assert math.isclose(left.forward(kink), right.forward(kink), abs_tol=1e-12)


@pytest.mark.slow
def test_maps_fold_and_rise_and_fall():
    seen = drawn(strategies.piecewise_linear_maps(), 200)
    signs = [tuple(np.sign(b.derivative(np.zeros(1)))[0] for b in m.branches) for m in seen]
    assert {len(row) for row in signs} == {2, 3, 4}
    assert any(1 in row and -1 in row for row in signs)
    for one in drawn(strategies.piecewise_linear_maps(monotone=True), 100):
        assert len({float(np.sign(b.derivative(np.zeros(1)))[0]) for b in one.branches}) == 1
    words = {m.formula for m in drawn(strategies.latent_maps(), 600)}
    assert {"|z|", "z^2", "sin(z)", "exp(z)", "sinh(z)", "z + z^3"} <= words


@given(strategies.monotone_maps(), st.integers(-24, 24), st.integers(1, 24))
def test_monotone_maps_are_monotone(drawn_map, at, step):
    x = drawn_map(np.array([-5.0, at / 8, (at + step) / 8, 7.0]))
    gaps = np.diff(x[1:3]), x[3] - x[0]
    assert gaps[0][0] * gaps[1] > 0


def test_a_forgotten_branch_is_found():
    """The density of |z| with one branch of two: half of the mass, on every map that folds."""

    def loses_mass(drawn_map):
        latent, grid = Normal(0, 1), np.linspace(0.25, 2, 8)
        [*branches] = drawn_map.branches
        z = branches[-1].inverse(grid)
        inside = (z > branches[-1].interval[0]) & (z < branches[-1].interval[1])
        slope = np.abs(branches[-1].derivative(z))
        one = np.where(inside, latent.pdf(z) / np.where(slope == 0, 1, slope), 0.0)
        return not np.allclose(one, Pushforward(drawn_map.branches, latent).pdf(grid), atol=1e-9)

    words = simplest(strategies.latent_maps(), loses_mass)
    assert words == "DrawnMap(formula='|z|')"


# --- games ----------------------------------------------------------------------------------------


def test_every_game_is_drawn_by_name():
    names = set(drawn(strategies.game_names(), 600))
    assert set(NAMED) <= names
    assert any("alpha=-" in name for name in names)
    assert {game(name).name for name in names} == names


# --- bad arguments --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "bad",
    [
        lambda: strategies.discrete_distributions(1),
        lambda: strategies.batches(0),
        lambda: strategies.batch_pairs(0),
        lambda: strategies.batches(layouts=()),
        lambda: strategies.batches(layouts=["(1, n)"]),
        lambda: strategies.samples(0),
        lambda: strategies.samples(dim=0),
        lambda: strategies.networks(max_layers=0),
        lambda: strategies.networks(max_width=0),
        lambda: strategies.network_cases(max_size=0),
    ],
)
def test_empty_domains_are_refused(bad):
    with pytest.raises(ValueError, match="give at least"):
        bad()


# --- Hypothesis knows the types -------------------------------------------------------------------


def run(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.slow
def test_every_type_named_has_its_strategy():
    for module, types in for_hypothesis.TYPES.items():
        for name, strategy in types.items():
            known = getattr(sys.modules[module], name)
            assert isinstance(drawn(st.from_type(known), 1)[0], known)
            assert simplest(st.from_type(known)) == simplest(getattr(strategies, strategy)())


@pytest.mark.slow
def test_types_are_known_whichever_is_imported_first():
    look = "print(type(st.from_type(gantheory.Normal).example()).__name__)"
    first = (
        "import warnings; warnings.simplefilter('ignore')\n"
        "from gantheory.plugins.for_hypothesis import register\n"
    )
    ours, theirs = (
        "import gantheory; gantheory.Normal\n",
        "from hypothesis import strategies as st\n",
    )
    assert run(f"{first}{theirs}register()\n{ours}{look}") == ["Normal"]
    assert run(f"{first}{ours}{theirs}register()\n{look}") == ["Normal"]
    both = "register(); register(); print(type(st.from_type(gantheory.Network).example()).__name__)"
    assert run(f"{first}{theirs}register()\n{ours}{both}") == ["Network"]


def test_a_module_that_was_waited_for_is_as_if_nobody_had_waited():
    code = (
        "from gantheory.plugins.for_hypothesis import register; register()\n"
        "import gantheory.densities as d\n"
        "print(type(d.__loader__).__name__, type(d.__spec__.loader).__name__)"
    )
    assert run(code) == ["SourceFileLoader", "SourceFileLoader"]


def test_waiting_loads_nothing():
    code = (
        "import sys\nfrom gantheory.plugins.for_hypothesis import register\nregister()\n"
        "print(*sorted(n for n in sys.modules if n.split('.')[0] in "
        "{'numpy', 'scipy', 'sympy', 'hypothesis'} or n.startswith('gantheory')))"
    )
    names = ["gantheory", "gantheory.plugins", "gantheory.plugins.for_hypothesis"]
    assert run(code) == names


def test_suites_that_ask_for_any_hashable_do_not_get_densities():
    assert not any(isinstance(x, (Density1D, Network)) for x in drawn(st.from_type(Hashable), 300))


@given(st.from_type(Density1D), st.from_type(gantheory.Normal))
def test_what_from_type_draws_can_be_used(p, q):
    assert float(js_divergence(p, q)) >= 0


@given(st.from_type(Discrete))
def test_a_discrete_law_sums_to_one(p):
    assert sum(p.exact_weights) == 1
