"""The exact law of a generator of one latent variable, and the smoothed one of the plane."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate as quadratures
from scipy import optimize, stats

from gantheory.densities import (
    GeneratorDensity,
    Mixture,
    Normal,
    Pushforward,
    Uniform,
    generator,
    generator_cells,
    generator_pieces,
    maps,
    smoothed_generator,
)
from gantheory.divergences import (
    js_divergence,
    kl_divergence,
    squared_hellinger,
    total_variation,
    wasserstein_1,
)
from gantheory.errors import InvalidDensity, NoDensity
from gantheory.game import optimal_discriminator, value_function, virtual_training_criterion
from gantheory.nets import (
    ELU,
    BatchNorm,
    Dense,
    LeakyReLU,
    Maxout,
    Network,
    ReLU,
    Sigmoid,
    Softplus,
    Tanh,
    mlp,
)

N = Normal(0, 1)
ACTIVATIONS = (ReLU(), LeakyReLU(0.2), Tanh(), Sigmoid(), Softplus(), ELU())


def law(layers, values, latent=N):
    """GeneratorDensity of layers with these parameters."""
    network = Network(tuple(layers), 1)
    return GeneratorDensity(network, network.parameters(np.array(values, dtype=float)), latent)


def drawn(network, seed, latent=N):
    """GeneratorDensity with normal parameters."""
    values = np.random.default_rng(seed).normal(size=network.size)
    return GeneratorDensity(network, network.parameters(values), latent)


AFFINE = law([Dense(1, 1)], [-2, 1])
ABSOLUTE = law([Dense(1, 2), ReLU(), Dense(2, 1)], [1, -1, 0, 0, 1, 1, 0])
LEAKY = law([Dense(1, 1), LeakyReLU(0.25)], [1, 0])
EVEN = law([Dense(1, 2), Softplus(), Dense(2, 1)], [1, -1, 0, 0, 1, 1, 0])  # log(2 + 2 cosh z)
LOGISTIC = law([Dense(1, 1), Sigmoid()], [1.5, 0.2])
KNOWN = {
    "affine": AFFINE,
    "absolute": ABSOLUTE,
    "leaky": LEAKY,
    "even": EVEN,
    "logistic": LOGISTIC,
    "relu": drawn(mlp([1, 6, 5, 1], ReLU()), 2),
    "tanh": drawn(mlp([1, 6, 5, 1], Tanh()), 0),
    "elu": drawn(mlp([1, 5, 1], ELU()), 1),
    "softplus of uniform": drawn(mlp([1, 6, 1], Softplus()), 5, Uniform(-2, 1)),
    "maxout": drawn(Network((Maxout(1, 4, 3), Maxout(4, 1, 2)), 1), 3),
    "mixed": drawn(
        Network(
            (Dense(1, 4), Tanh(), Maxout(4, 3, 2), Dense(3, 3), LeakyReLU(0.1), Dense(3, 1)), 1
        ),
        4,
    ),
}


# --- closed forms -----------------------------------------------------------------------------------


def logistic_logpdf(x):
    z = (np.log(x) - np.log1p(-x) - 0.2) / 1.5
    return N.logpdf(z) - np.log(1.5 * x * (1 - x))


def even_logpdf(x):
    z = np.arccosh(np.exp(x) / 2 - 1)
    return np.log(2) + N.logpdf(z) - np.log(np.tanh(z / 2))


@pytest.mark.parametrize(
    ("p", "truth", "low", "high"),
    [
        (AFFINE, Normal(1, 2).logpdf, -9, 11),
        (ABSOLUTE, lambda x: np.log(2) + N.logpdf(x), 0, 8),
        (LEAKY, lambda x: np.where(x >= 0, N.logpdf(x), Normal(0, 0.25).logpdf(x)), -2, 8),
        (LOGISTIC, logistic_logpdf, 1e-6, 1 - 1e-6),
        (EVEN, even_logpdf, math.log(4) + 1e-3, 12),
    ],
)
def test_closed_forms(p, truth, low, high):
    x = np.linspace(low, high, 401)
    error = p.logpdf_error(x, np.zeros_like(x))  # it grows where an absolute x has lost digits
    assert np.all(np.abs(p.logpdf(x) - truth(x)) <= error)
    assert np.quantile(error, 0.98) < 1e-12
    assert np.allclose(p.logpdf(x[1:-1]), truth(x[1:-1]), rtol=1e-12, atol=3e-12)


def test_pieces_meet_without_a_point_that_counts_twice():
    assert AFFINE.logpdf(1.0) == pytest.approx(Normal(1, 2).logpdf(1.0), abs=1e-14)
    assert ABSOLUTE.pdf(0.0) == pytest.approx(2 * N.pdf(0.0), abs=1e-14)
    assert LEAKY.pdf(0.0) == pytest.approx(N.pdf(0.0), abs=1e-14)


def test_supports_tails_edges_and_poles():
    assert AFFINE.support == (-math.inf, math.inf)
    assert [t.kind for t in AFFINE.tails] == ["gaussian", "gaussian"]
    assert AFFINE.tails[0].rate == pytest.approx(0.5)
    assert (AFFINE.tails[1].loc, AFFINE.edges) == (1.0, ())
    left, right = LEAKY.tails
    assert (left.rate, right.rate) == (4.0, 1.0)
    assert ABSOLUTE.support == (0.0, math.inf)
    assert ABSOLUTE.tails[0].kind == "none"
    assert ABSOLUTE.tails[1].constant == pytest.approx(math.log(2) + float(N.logpdf(0.0)))
    (turn,) = EVEN.edges
    assert turn.at == pytest.approx(math.log(4), abs=1e-14)
    assert (turn.power, EVEN.power_at(turn.at, 1), EVEN.power_at(turn.at, -1)) == (
        -0.5,
        -0.5,
        math.inf,
    )
    assert LOGISTIC.support == pytest.approx((0, 1), abs=1e-8)
    assert float(kl_divergence(N, LOGISTIC)) == math.inf


def test_near_a_pole_and_where_it_saturates_no_digit_is_lost():
    turn = EVEN.edges[0].at
    t = 10.0 ** np.arange(-60, -3, 4.0)
    near = EVEN.pdf(t, origin=turn)
    # near 0: G = log 4 + z²/4 + O(z⁴), so p = 2 φ(2 √t) / √t (1 + O(t))
    assert np.allclose(near * np.sqrt(t), 2 * N.pdf(2 * np.sqrt(t)), rtol=1e-4)
    assert np.allclose(near[:10] * np.sqrt(t[:10]), 2 * N.pdf(0.0), rtol=1e-12)
    steep = law([Dense(1, 1), Tanh()], [8, 0.0])  # half of its mass is closer than 1e-4 to an end
    found = js_divergence(steep, law([Dense(1, 1), Tanh()], [8, 0.1]))
    # a bijection leaves divergences as they are: the latent points of both differ by 0.1 / 8
    assert (
        abs(float(found) - float(js_divergence(N, Normal(0.0125, 1)))) <= float(found.error) + 1e-14
    )
    assert float(found.error) < 1e-10


@pytest.mark.parametrize("p", [Normal(0.3, 1.2), Uniform(-1, 4)])
def test_the_same_divergence_as_pushforwards(p):
    folded = Pushforward(maps.absolute, N)
    for ours, theirs in ((ABSOLUTE, folded), (AFFINE, Normal(1, 2))):
        a, b = js_divergence(p, ours), js_divergence(p, theirs)
        assert abs(float(a) - float(b)) <= float(a.error) + float(b.error)
        assert float(a.error) < 1e-12


def test_the_affine_pieces_are_those_of_the_network():
    p = KNOWN["relu"]
    ends = [z for piece in p.components for z in (piece.cells.low[0], piece.cells.high[-1])]
    inner = np.unique([z for z in ends if math.isfinite(z)])
    z = np.linspace(-6, 6, 20001)
    x = p.network.forward(p.parameters, z[:, None])[0][:, 0]
    bent = np.abs(np.diff(x, 2)) > 1e-9
    seen = z[1:-1][bent]
    assert len(seen) >= 5
    assert all(np.min(np.abs(inner - k)) <= 2 * (z[1] - z[0]) for k in seen)


# --- mass, distribution function, samples -----------------------------------------------------------


RULE = np.polynomial.legendre.leggauss(20)
GRADES = np.concatenate([[0.0], 0.5 * 0.25 ** np.arange(13, -1, -1.0)])


def graded(ends):
    """(origin, offset, weight) for integrals between the ends, with nodes that crowd towards each."""
    t, w = RULE
    half = 0.5 * np.diff(GRADES)[:, None]
    share, weight = (GRADES[:-1, None] + half * (1 + t)).ravel(), (half * w).ravel()
    a, b = ends[:-1, None], ends[1:, None]
    parts = [(a, (b - a) * share, (b - a) * weight), (b, (a - b) * share, (b - a) * weight)]
    return [
        np.concatenate([np.broadcast_to(p[i], p[1].shape).ravel() for p in parts]) for i in range(3)
    ]


def latent_cuts(p):
    """Latent points where G turns, bends or meets an edge of its law, within 9 scales of a normal."""
    images = np.array([at for piece in p.components for at in piece.images])
    found = [-9.0, 9.0] if isinstance(p.latent, Normal) else [p.latent.low, p.latent.high]
    low, high = (
        p.latent.loc + p.latent.scale * np.array(found) if isinstance(p.latent, Normal) else found
    )
    found = [low, high]

    def away(z, at):
        return float(p.network.forward(p.parameters, np.array([[z]]))[0][0, 0]) - at

    for piece in p.components:
        a, b = np.clip([piece.cells.low[0], piece.cells.high[-1]], low, high)
        found += [a, b]
        inside = [at for at in images if a < b and away(a, at) * away(b, at) < 0]
        found += [optimize.brentq(away, a, b, args=(at,)) for at in np.unique(inside)]
    found = np.unique(found)
    return found[np.append(np.diff(found) > 1e-12, True)]


def over_latent(p, data):
    """E_z[log(p_g / (p + p_g))] at x = G(z): another integrator, another variable.

    The share of z itself in p_g(x) is latent(z) / |G'(z)|, with G' by the network's tangent: nothing is
    inverted, and an x that has lost its digits does not matter to it.
    """
    ends = np.unique(np.concatenate([latent_cuts(p), np.linspace(*latent_cuts(p)[[0, -1]], 31)]))
    origin, offset, weight = graded(ends)
    z = origin + offset
    x, tape = p.network.forward(p.parameters, z[:, None])
    slope = np.abs(p.network.tangent(p.parameters, tape, np.ones_like(x))[0][:, 0])
    x = x[:, 0]
    with np.errstate(divide="ignore"):
        log_q = p.latent.logpdf(z) - np.log(slope)
    for piece, share in zip(p.components, p.weights, strict=True):
        other = (z < piece.cells.low[0]) | (z > piece.cells.high[-1])
        log_q[other] = np.logaddexp(log_q[other], math.log(share) + piece.logpdf(x[other]))
    return -float(np.sum(weight * p.latent.pdf(z) * np.logaddexp(0, data.logpdf(x) - log_q)))


def mass_by_quad(p):
    """∫ p by scipy's quad between the edges, with x = edge ± s² at either end: no poles are left."""
    inside = p.cdf(np.array([e.at for e in p.edges]))
    marks = [e.at for e, c in zip(p.edges, inside, strict=True) if 1e-12 < c < 1 - 1e-12]
    sample = p.sample(50_000, np.random.default_rng(0))
    low, high = (
        end if math.isfinite(end) else seen
        for end, seen in zip(p.support, (sample.min(), sample.max()), strict=True)
    )
    ends = np.unique([low, *[m for m in marks if low < m < high], high])
    total = float(p.cdf(low) + p.sf(high))
    for a, b in pairwise(ends):
        half = math.sqrt(0.5 * (b - a))
        for origin, side in ((a, 1.0), (b, -1.0)):

            def lifted(s, origin=origin, side=side):
                return 2 * s * float(p.pdf(np.array([side * s * s]), origin=np.array([origin]))[0])

            total += quadratures.quad(lifted, 0, half, limit=100, epsabs=1e-9, epsrel=1e-9)[0]
    return total


@pytest.mark.parametrize("name", ["absolute", "even", "leaky", "tanh"])
def test_mass_one_by_another_quadrature(name):
    assert mass_by_quad(KNOWN[name]) == pytest.approx(1, abs=2e-8)


@pytest.mark.parametrize("name", KNOWN)
def test_the_distribution_function_is_that_of_samples(name):
    p, n = KNOWN[name], 100_000
    x = np.sort(p.sample(n, np.random.default_rng(7)))
    below = p.cdf(x)
    gap = np.maximum(np.arange(1, n + 1) / n - below, below - np.arange(n) / n)
    # Dvoretzky, Kiefer and Wolfowitz with Massart's constant (1990), at 1e-6
    assert np.max(gap) <= math.sqrt(math.log(2 / 1e-6) / (2 * n))
    assert np.allclose(below + p.sf(x), 1, atol=1e-12)


@pytest.mark.parametrize("name", KNOWN)
def test_the_density_is_the_derivative_of_the_distribution_function(name):
    p = KNOWN[name]
    x = np.quantile(p.sample(20_000, np.random.default_rng(8)), np.linspace(0.02, 0.98, 97))
    edges = np.array([e.at for e in p.edges] or [math.inf])
    room = np.min(np.abs(x[:, None] - edges), axis=1)
    h = 1e-3 * np.minimum(room, np.ptp(x))
    x, h = x[h > 1e-6], h[h > 1e-6]
    step = [p.cdf(x + k * h) for k in (-2, -1, 1, 2)]
    slope = (step[0] - step[3] + 8 * (step[2] - step[1])) / (12 * h)
    assert len(x) > 30
    assert np.allclose(slope, p.pdf(x), rtol=2e-6, atol=1e-8)


def test_components_sample_their_own_pieces():
    for p in (LEAKY, KNOWN["tanh"], KNOWN["softplus of uniform"]):
        for piece in p.components:
            x = piece.sample(2000, np.random.default_rng(3))
            assert stats.kstest(x, piece.cdf).pvalue > 1e-4


# --- drawn networks ---------------------------------------------------------------------------------


@st.composite
def networks(draw):
    """Small networks of every activation, with their parameters; some are flat on a part."""
    kind = draw(st.sampled_from([*ACTIVATIONS, "maxout", "mixed"]))
    width = draw(st.integers(1, 8))
    if kind == "maxout":
        network = Network((Maxout(1, width, 2), Dense(width, 1)), 1)
    elif kind == "mixed":
        first, second = draw(st.tuples(*[st.sampled_from(ACTIVATIONS[1:])] * 2))
        network = Network((Dense(1, width), first, Dense(width, 3), second, Dense(3, 1)), 1)
    else:
        network = mlp([1, *[width] * draw(st.integers(1, 2)), 1], kind)
    values = np.random.default_rng(draw(st.integers(0, 10**6))).normal(size=network.size)
    return network, network.parameters(values * draw(st.sampled_from([0.5, 1.0, 1.5])))


def made(pair, latent):
    """The density, or None where it is refused for an atom that samples show too."""
    try:
        return GeneratorDensity(*pair, latent)
    except NoDensity as refused:
        mass = float(str(refused).split("mass ")[1].split(" at ")[0])
        at = float(str(refused).split(" at ")[1].split(" and ")[0])
        x = pair[0].forward(pair[1], latent.sample(20_000, np.random.default_rng(0))[:, None])[0]
        share = np.mean(np.abs(x - at) <= 1e-12 * (1 + abs(at)))
        assert abs(share - mass) <= 5 * math.sqrt(mass * (1 - mass) / 20_000) + 1e-3
        return None


@pytest.mark.slow
@settings(max_examples=25)
@given(networks(), st.sampled_from([N, Uniform(-2, 2), Normal(0.5, 0.7)]))
def test_drawn_networks(pair, latent):
    p = made(pair, latent)
    if p is None:
        return
    assert abs(1 - float(np.sum(p.weights))) <= p.unseen + 1e-14
    data = Normal(0.2, 1.1)
    found = js_divergence(data, p)
    assert -float(found.error) <= float(found) <= math.log(2) + float(found.error)
    assert float(found.error) < 1e-7
    assert second_route(data, p, found) <= float(found.error) + 1e-10


def second_route(data, p, found):
    """|JSD - (log 2 + E_z log(p_g / (p + p_g)) / 2 + E_x log(p / (p + p_g)) / 2)|.

    Both expectations by Gauss-Legendre rules of our own, the first over the latent line.
    """
    return abs(float(found) - math.log(2) - 0.5 * over_latent(p, data) - 0.5 * over_data(data, p))


def over_data(data, p):
    """E_x[log(p / (p + p_g))] for x of the data, between the edges of p_g."""
    low, high = data.loc - 9 * data.scale, data.loc + 9 * data.scale
    images = [at for piece in p.components for at in piece.images]
    z = p.latent.sample(40, np.random.default_rng(0))  # p_g may be steep between its edges
    inner = p.network.forward(p.parameters, np.linspace(z.min() - 2, z.max() + 2, 49)[:, None])[0][
        :, 0
    ]
    ends = np.unique(np.clip([low, high, *np.linspace(low, high, 13), *images, *inner], low, high))
    origin, offset, weight = graded(ends)
    log_p, log_q = data.logpdf(offset, origin=origin), p.logpdf(offset, origin=origin)
    return float(np.sum(weight * np.exp(log_p) * (log_p - np.logaddexp(log_p, log_q))))


@pytest.mark.parametrize("name", KNOWN)
def test_the_divergence_by_a_second_route(name):
    data = Normal(0.2, 1.1)
    found = js_divergence(data, KNOWN[name])
    assert float(found.error) < 1e-11
    assert second_route(data, KNOWN[name], found) <= float(found.error) + 1e-11


@pytest.mark.parametrize("name", KNOWN)
def test_nothing_is_between_a_density_and_itself(name):
    p = KNOWN[name]
    found = js_divergence(p, p)
    assert abs(float(found)) <= float(found.error) < 1e-10
    again = GeneratorDensity(p.network, p.parameters, p.latent)
    found = js_divergence(p, again)
    assert abs(float(found)) <= float(found.error) < 1e-10


# --- what is refused --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layers", "values", "mass", "at"),
    [
        ([Dense(1, 1), ReLU(), Dense(1, 1)], [1, 0.5, 2, 3], stats.norm.cdf(-0.5), 3.0),
        ([Dense(1, 1)], [0, 2], 1.0, 2.0),
        ([Dense(1, 1), ReLU(), Dense(1, 1), Tanh()], [1, 0, 1, 0.5], 0.5, math.tanh(0.5)),
        ([Dense(1, 2), ReLU(), Dense(2, 1)], [1, 1, 0, -1, 1, -1, 0], 0.5, 0.0),
        ([Maxout(1, 1, 2)], [0, 1, 1, 0], stats.norm.cdf(1), 1.0),
    ],
)
def test_atoms_are_refused_with_their_mass_and_place(layers, values, mass, at):
    with pytest.raises(NoDensity, match="atom") as refused:
        law(layers, values)
    words = str(refused.value)
    assert float(words.split("mass ")[1].split(" at ")[0]) == pytest.approx(mass, rel=1e-5)
    assert float(words.split(" at ")[1].split(" and ")[0]) == pytest.approx(at, rel=1e-12)


def test_what_float64_does_not_decide_is_refused():
    with pytest.raises(InvalidDensity, match="cannot decide"):  # tanh 2z - 2 tanh z = -2 z³ + ...
        law([Dense(1, 2), Tanh(), Dense(2, 1)], [1, 2, 0, 0, -2, 1, 0])
    with pytest.raises(InvalidDensity, match="cannot decide"):
        law([Dense(1, 1), Tanh()], [1000, 0.3], Uniform(-1, 1))


@pytest.fixture
def doubtful(monkeypatch):
    """A law of which 1e-5 stays undecided."""
    monkeypatch.setattr(generator, "UNSEEN", 1e-3)
    found = law([Dense(1, 2), Tanh(), Dense(2, 1)], [1, 2, 0, 0, -2, 1 + 1e-8, 0])
    assert 1e-6 < found.unseen < 1e-3
    assert 1e-6 < 1 - float(np.sum(found.weights)) <= found.unseen + 1e-13
    return found


def test_a_mixture_keeps_what_is_unseen_of_its_parts(doubtful):
    mixed = Mixture([doubtful, Normal(0, 1)], [Fraction(1, 4), Fraction(3, 4)])
    twice = Mixture([mixed, mixed, doubtful], [Fraction(1, 4), Fraction(1, 4), Fraction(1, 2)])
    assert mixed.unseen == pytest.approx(doubtful.unseen / 4, rel=1e-14)
    assert twice.unseen == pytest.approx(doubtful.unseen * 5 / 8, rel=1e-14)
    for p in (mixed, twice):
        assert 1e-6 < 1 - float(np.sum(p.weights)) <= p.unseen + 1e-13
        assert p.tail_mass((-9.0, 9.0)) >= p.unseen
    assert Mixture([N, Normal(1, 1)], [Fraction(1, 2)] * 2).unseen == Normal(0, 1).unseen == 0
    assert Pushforward(maps.affine(1, 2), N).unseen == 0


@pytest.mark.parametrize(
    ("functional", "share"),
    [
        (js_divergence, math.log(2) / 2),
        (total_variation, 0.5),
        (squared_hellinger, 0.5),
        (virtual_training_criterion, math.log(2)),
        (kl_divergence, 0.5),
        (wasserstein_1, 1.0),
        (lambda p, q: value_function(p, q, optimal_discriminator(p, q)), 0.5),
    ],
    ids=["JSD", "TV", "Hellinger", "C", "KL", "W1", "V"],
)
def test_every_functional_pays_for_what_is_unseen(doubtful, functional, share):
    """Also of a mixture; what they pay is at least the mass times what the integrand may be there."""
    data = Normal(0.1, 1.3)
    for part in (Fraction(1, 4), Fraction(1, 10**6)):  # no guard notices what the second misses
        mixed = Mixture([doubtful, N], [part, 1 - part])
        found = functional(mixed, data)
        assert share * mixed.unseen <= float(found.error) < 1e3 * mixed.unseen
        plain = functional(Mixture([N, Normal(0.3, 1)], [part, 1 - part]), data)
        assert float(plain.error) < 1e-9


def test_two_turning_points_close_together_are_both_found():
    p = law([Dense(1, 2), Tanh(), Dense(2, 1)], [1, 2, 0, 0, -2, 1 + 1e-6, 0])
    poles = [e.at for e in p.edges if e.power == -0.5]
    # G' = -2 sech² z + 2 (1 + ε) sech² 2z = 2 ε - 6 z² + ..., so z = ± √(ε/3), and G = ± (4/3) ε √(ε/3)
    assert poles == pytest.approx(
        [-4 / 3 * 1e-6 * math.sqrt(1e-6 / 3), 4 / 3 * 1e-6 * math.sqrt(1e-6 / 3)], rel=1e-3
    )


def test_other_networks_parameters_and_latents_are_refused():
    network = Network((Dense(1, 1),), 1)
    parameters = network.parameters(np.array([1.0, 0.0]))
    flat = [parameters.flat.astype(np.float32), np.zeros((3, 2)), np.array([math.nan, 0.0])]
    for wrong in flat:
        with pytest.raises(InvalidDensity, match="parameters"):
            GeneratorDensity(network, network.parameters(wrong))
    for latent in (Normal([0, 1], 1), stats.gamma(2), LEAKY):
        with pytest.raises(InvalidDensity, match="latent"):
            GeneratorDensity(network, parameters, latent)
    plane = Network((Dense(1, 2),), 1)
    with pytest.raises(InvalidDensity, match="1 to 2"):
        GeneratorDensity(plane, plane.parameters(np.zeros(4)))
    with pytest.raises(InvalidDensity, match="BatchNorm"):
        law([Dense(1, 1), BatchNorm(1)], [1, 0, 1, 0])


def test_parameters_are_copied():
    network = Network((Dense(1, 1),), 1)
    parameters = network.parameters(np.array([1.0, 0.0]))
    p = GeneratorDensity(network, parameters)
    parameters.flat[:] = 5.0
    assert p.sample(3, np.random.default_rng(0)) == pytest.approx(
        N.sample(3, np.random.default_rng(0))
    )


# --- planted faults: the checks above can fail ------------------------------------------------------


def broken(name):
    """The tanh network again, with whatever is patched."""
    p = KNOWN[name]
    return GeneratorDensity(p.network, p.parameters, p.latent)


def test_a_dropped_preimage_is_caught(monkeypatch):
    pieces = generator._pieces
    monkeypatch.setattr(generator, "_pieces", lambda *a: (pieces(*a)[0][:-1], 0.0))
    p = broken("tanh")
    assert abs(1 - float(np.sum(p.weights))) > 1e-3
    assert abs(mass_by_quad(p) - 1) > 1e-3


def test_an_inverted_jacobian_is_caught(monkeypatch):
    p = broken("leaky")
    true = generator_cells.Slopes.slope
    monkeypatch.setattr(generator_cells.Slopes, "slope", lambda self, k, u: 1 / true(self, k, u))
    assert abs(mass_by_quad(p) - 1) > 1e-3


def test_a_missed_turning_point_is_caught(monkeypatch):
    true = generator_pieces._crossings

    def blind(cells, both, open_):
        return true(cells, both, open_)[:0]

    monkeypatch.setattr(generator_pieces, "_crossings", blind)
    with pytest.raises(InvalidDensity):
        broken("tanh")


def test_a_missed_kink_is_caught(monkeypatch):
    true = generator.linear_ends
    monkeypatch.setattr(generator, "linear_ends", lambda *a: np.delete(true(*a), 1))
    p, data = broken("relu"), Normal(0.2, 1.1)  # its mass is still 1: only the second route tells
    found = js_divergence(data, p)
    assert second_route(data, p, found) > 1e-4


# --- bounds -----------------------------------------------------------------------------------------


@given(networks(), st.floats(-4, 4), st.floats(1e-6, 0.5))
def test_bounds_hold_on_whole_cells(pair, low, width):
    network, parameters = pair
    steps = generator_pieces.steps_of(network, parameters)
    z = np.linspace(low, low + width, 64)
    if len(np.unique(sides(steps, z), axis=0)) > 1:
        return  # a kink lies inside
    spans = generator_pieces.bounds(steps, np.array([low]), np.array([low + width]))
    y, tape = network.forward(parameters, z[:, None])
    slope = network.tangent(parameters, tape, np.ones((64, 1)))[0]
    bend = np.diff(slope, axis=0) / np.diff(z)[:, None]  # a mean of G'' over the step
    value_off, slope_off = roundings(pair, np.max(np.abs(z)))
    bend_off = 2 * slope_off / np.min(np.diff(z))
    for span, values, off in zip(
        spans, (y, slope, bend), (value_off, slope_off, bend_off), strict=True
    ):
        assert np.all(values >= span.low - off)
        assert np.all(values <= span.high + off)


def roundings(pair, z):
    """How far a value and a slope of a small network may be off, in whatever order sums are added.

    A sum of n products is off by at most n eps times the sum of their absolute values: here of at
    most 9 terms, in 3 layers, and no activation has a slope or a bend above 2. What is off inside, by
    eps times the values there, moves the slopes.
    """
    reach, paths = np.full((1, 1), z), np.ones((1, 1))
    for layer, tensors in zip(pair[0].layers, pair[1].layers, strict=True):
        if tensors:
            weight, bias = np.abs(tensors[0]), np.abs(tensors[1])
            if isinstance(layer, Maxout):  # of its pieces, whichever is largest
                apart = (-1, layer.pieces, layer.fan_out)
                weight, bias = weight.reshape(apart).max(axis=1), bias.reshape(apart).max(axis=1)
            reach, paths = reach @ weight + bias + 1, paths @ weight
    eps = float(np.finfo(float).eps)
    return 32 * eps * reach.max(), 32 * eps * paths.max() * (1 + reach.max())


def sides(steps, z):
    """The side of every hinge at every point."""
    found = [np.zeros((len(z), 0))]
    for i, step in enumerate(steps):
        which = generator_pieces.kinked(step)
        if which is not None:
            found.append(generator_pieces.bounds(steps[:i], z, z)[0].middle[:, which] > 0)
    return np.hstack(found)


# --- the plane --------------------------------------------------------------------------------------


def test_the_smoothed_generator_is_the_mixture_at_its_points():
    network = Network((Dense(1, 3), Tanh(), Dense(3, 2)), 1)
    parameters = network.start(np.random.default_rng(0))
    p = smoothed_generator(network, parameters, scale=0.3, n=5)
    z = stats.norm.ppf((np.arange(5) + 0.5) / 5)[:, None]
    centers = network.forward(parameters, z)[0]
    x = np.random.default_rng(1).normal(size=(7, 2))
    square = np.sum((x[:, None] - centers) ** 2, axis=-1)
    truth = np.mean(np.exp(-square / (2 * 0.09)), axis=1) / (2 * math.pi * 0.09)
    assert np.allclose(p.pdf(x), truth, rtol=1e-12)
    given_points = smoothed_generator(network, parameters, scale=0.3, latent=z)
    assert np.allclose(given_points.pdf(x), truth, rtol=1e-12)


def test_hammersley_points_fill_the_latent_square():
    network = Network((Dense(2, 2),), 2)
    parameters = network.parameters(np.array([1.0, 0, 0, 1, 0, 0]))
    p = smoothed_generator(network, parameters, scale=0.1, latent=Uniform(0, 1), n=4)
    means = np.array([part.mean for part in p.components])
    assert means == pytest.approx(
        np.array([[0.125, 0.5], [0.375, 0.25], [0.625, 0.75], [0.875, 0.125]])
    )


def test_the_smoothed_generator_refuses():
    network = Network((Dense(1, 2),), 1)
    parameters = network.parameters(np.zeros(4))
    for options in (
        {"scale": 0.0},
        {"scale": 1, "n": 0},
        {"scale": 1, "latent": np.zeros(3)},
        {"scale": 1, "latent": np.zeros((3, 1)), "n": 3},
        {"scale": 1, "latent": np.full((3, 1), math.inf)},
    ):
        with pytest.raises(InvalidDensity):
            smoothed_generator(network, parameters, **options)
