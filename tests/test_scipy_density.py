"""Distributions of scipy.stats: ends, poles, new style, own classes, and what is no density."""

import math
import warnings
from fractions import Fraction

import mpmath as mp
import numpy as np
import pytest
from scipy import stats

from gantheory import (
    as_density,
    certified,
    js_divergence,
    kl_divergence,
    pearson_chi2,
    squared_hellinger,
    total_variation,
    value_function,
    wasserstein_1,
)
from gantheory.densities import (
    Exponential,
    Mixture,
    Normal,
    Product,
    Pushforward,
    Triangular,
    Uniform,
    maps,
)
from gantheory.divergences.outwards import _Weights
from gantheory.errors import InvalidDensity, NotConverged
from gantheory.estimates import Estimate
from gantheory.game import optimal_discriminator, virtual_training_criterion
from gantheory.machine_code import available

inf, log = math.inf, math.log
FAR_AWAY = Uniform(-9e4, -8e4)  # below all that has a lower end here: JSD is log 2 exactly


def agrees(found, truth, most=1e-9):
    """Within the error (and that of the truth), and that is no larger than `most` of it."""
    slack = (
        mp.mpf(float(truth.error))
        if isinstance(truth, Estimate)
        else mp.mpf(truth) * mp.mpf(10) ** -30
    )
    truth = mp.mpf(float(truth) if isinstance(truth, Estimate) else truth)
    assert abs(mp.mpf(float(found)) - truth) <= mp.mpf(float(found.error)) + abs(slack), (
        found,
        truth,
    )
    assert float(found.error) <= most * max(1.0, abs(float(found))), found


@pytest.fixture(autouse=True)
def strict():
    with mp.workdps(34), warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


# --- taken wherever a density is -------------------------------------------------------------------


def test_frozen_distributions_are_taken_without_as_density():
    p, q = stats.gamma(2), stats.gamma(3)
    agrees(kl_divergence(p, q), log(2) - mp.digamma(2))
    agrees(wasserstein_1(p, q), 1)
    agrees(js_divergence(stats.norm(0, 1), stats.Normal(mu=1.0, sigma=1.0)), 0.11142148218473618)
    mixed = Mixture([stats.norm(0, 1), Normal(3, 1), stats.uniform(0, 1)], [0.5, 0.25, 0.25])
    assert repr(mixed) == (
        "Mixture([Normal(loc=0.0, scale=1.0), Normal(loc=3.0, scale=1.0), "
        "Uniform(low=0.0, high=1.0)], [0.5, 0.25, 0.25])"
    )
    pushed = Pushforward(maps.square, stats.norm())
    agrees(js_divergence(pushed, stats.chi2(1)), 0, 1e-13)
    pair = Product(stats.norm(), stats.expon()), Product(stats.norm(), stats.expon(scale=2))
    agrees(js_divergence(*pair), js_divergence(Exponential(1), Exponential(0.5)), 1e-13)
    agrees(squared_hellinger(stats.binom(1, 0.5), stats.Binomial(n=1, p=0.5)), 0, 1e-15)


def test_games_take_frozen_distributions():
    p, q = stats.halfnorm(), stats.norm()
    best = optimal_discriminator(p, q)
    np.testing.assert_allclose(best([-1.0, 0.5]), [-inf, log(2)], atol=1e-15)
    truth = mp.log(2) - mp.log(3) * 3 / 2
    agrees(virtual_training_criterion(p, q), truth)
    agrees(value_function(p, q, best), truth)


def test_balls_take_those_that_are_families_of_ours():
    ball = certified.js_divergence(stats.norm(0, 1), Normal(1, 1))
    assert ball.contains(certified.js_divergence(Normal(0, 1), Normal(1, 1)))
    uneven = stats.uniform(2.711, 0.1368)
    assert certified.total_variation(uneven, uneven).contains(0)
    with pytest.raises(ValueError, match="no rigorous form"):
        certified.js_divergence(stats.gamma(2), Normal(0, 1))


# --- ends -----------------------------------------------------------------------------------------


def test_ends_of_uniform_and_triangular_are_exact():
    p = as_density(stats.uniform(2.711, 0.1368))
    assert p.exact["high"] == Fraction(2.711) + Fraction(0.1368)
    q = as_density(stats.triang(0.3, 2.711, 0.1368))
    assert isinstance(q, Triangular)
    assert q.exact["mode"] == Fraction(2.711) + Fraction(0.3) * Fraction(0.1368)
    agrees(
        js_divergence(stats.uniform(2.711, 0.1368), stats.uniform(2.711, 0.1368 * 1.1)),
        nested(0.1368, 0.1368 * 1.1),
        1e-14,
    )


def nested(width, wider):
    """JSD of U[0, width] and U[0, wider]."""
    r = mp.mpf(width) / mp.mpf(wider)
    return (mp.log(2 / (1 + r)) + r * mp.log(2 * r / (1 + r)) + (1 - r) * mp.log(2)) / 2


@pytest.mark.parametrize("share", [0.5, 0.1, 1e-3, 1e-6, 1e-9, 1e-12])
@pytest.mark.parametrize(
    ("loc", "scale"), [(2.711, 0.1368), (-71.3, 3.3), (0.1, 0.2), (1e5 / 3, 1e-3)]
)
def test_uniforms_that_nearly_agree_are_honest(loc, scale, share):
    wider = scale * (1 + share)
    found = js_divergence(stats.uniform(loc, scale), stats.uniform(loc, wider))
    agrees(found, nested(scale, wider), 1e-8)
    assert float(found.error) <= 1e-15 * (1 + abs(loc) / scale)
    tv = total_variation(stats.uniform(loc, scale), stats.uniform(loc, wider))
    agrees(tv, 1 - mp.mpf(scale) / mp.mpf(wider), 1e-7)


def test_supports_are_compared_exactly():
    """0.1 + 0.2 is above the float 0.3, and 0.3 - 0.2 not the float 0.1."""
    assert float(kl_divergence(stats.uniform(0.1, 0.2), Uniform(0.1, 0.3))) == inf
    finite = kl_divergence(Uniform(0.1, 0.3), stats.uniform(0.1, 0.2))
    assert 0 <= float(finite) < 1e-15
    assert float(kl_divergence(stats.beta(2, 2, 0.1, 0.2), Uniform(0.1, 0.3))) == inf
    assert math.isfinite(float(kl_divergence(stats.beta(2, 2, 0.1, 0.2), stats.uniform(0.1, 0.2))))


# --- poles ----------------------------------------------------------------------------------------

POLES = [
    stats.beta(1, 0.4, loc=-1.2, scale=1),
    stats.beta(0.5, 0.3, loc=0.1, scale=0.7),
    stats.beta(0.1, 0.1, loc=0.1),
    stats.arcsine(0.1, 0.3),
    stats.arcsine(-77.7, 3.1),
    stats.gamma(0.2, loc=0.3),
    stats.gamma(0.2853, loc=583, scale=0.2831),
    stats.gamma(0.05, loc=1 / 3),
    stats.weibull_min(0.202, loc=1.587, scale=5.586),
    stats.weibull_max(0.3, loc=1.587, scale=5.586),
    stats.chi2(0.3, loc=-12.3),
    stats.powerlaw(0.2, loc=100.1),
    stats.betaprime(0.3, 2, loc=0.7),
    stats.make_distribution(stats.gamma)(a=0.2) + 0.3,
]


@pytest.mark.parametrize("frozen", POLES, ids=lambda f: repr(as_density(f)))
def test_poles_off_the_floats(frozen):
    p = as_density(frozen)
    q = disjoint(p)
    found = js_divergence(p, q)
    agrees(found, mp.log(2), 1e-2)
    mixed = Mixture([p, Normal(0, 1)], [0.5, 0.5])
    agrees(js_divergence(mixed, q), mp.log(2), 1e-2)
    agrees(squared_hellinger(q, p), 1, 1e-1)
    # where only differences from an end of 1 are known, what is within 1e-16 of it is lost
    digits = 1e-3 if "np.float64" in repr(p) or "beta(0.1, 0.1" in repr(p) else 1e-9
    assert float(found.error) <= digits


def disjoint(p):
    """A uniform density beyond all that p holds."""
    return Uniform(1e12, 2e12) if p.support[0] == -inf else FAR_AWAY


@pytest.mark.parametrize("skew", [4.0, -5.0, 5.0])
def test_a_pole_that_floats_do_not_resolve_pays_for_its_mass(skew):
    """The end of pearson3 is -2/skew, which is no float, and its power there 4/skew² - 1."""
    found = js_divergence(stats.pearson3(skew, loc=0.1), FAR_AWAY)
    agrees(found, mp.log(2), 1e-1)
    assert float(found.error) > 1e-7  # nobody knows more


def test_scaling_and_moving_a_pole_changes_nothing():
    for make in (
        lambda *where: (stats.beta(0.5, 0.3, *where), stats.beta(0.7, 0.3, *where)),
        lambda *where: (stats.gamma(0.3, *where), stats.gamma(0.4, *where)),
        lambda *where: (stats.arcsine(*where), stats.beta(0.4, 0.9, *where)),
    ):
        here, there = js_divergence(*make(0, 1)), js_divergence(*make(0.1, 1 / 3))
        assert here.compatible_with(there)
        assert float(there.error) < 1e-9


def test_random_betas_do_not_crash():
    rng = np.random.default_rng(3)
    for _ in range(60):
        a, b = rng.uniform(0.4, 2.0, 2)
        loc, scale = rng.normal(), math.exp(rng.normal())
        try:
            found = js_divergence(stats.beta(a, b, loc, scale), Normal(loc, scale))
        except NotConverged as fault:
            found = fault.best
        assert 0 <= float(found) <= log(2) + float(found.error)


# --- new style --------------------------------------------------------------------------------------


def std():
    return stats.Normal(mu=0.0, sigma=1.0)


NEW = {
    "abs": (
        lambda: js_divergence(stats.abs(std()), Normal(0, 1)),
        lambda: 0.75 * mp.log(mp.mpf(4) / 3),
    ),
    "truncate": (
        lambda: kl_divergence(stats.truncate(std(), -2, 2), Normal(0, 1)),
        lambda: -mp.log(mp.erf(mp.sqrt(2))),
    ),
    "exp": (
        lambda: kl_divergence(stats.exp(std()), stats.lognorm(2, scale=math.e)),
        lambda: mp.log(2) + mp.mpf(2) / 8 - mp.mpf(1) / 2,
    ),
    "log": (
        lambda: kl_divergence(stats.log(stats.Uniform(a=1.0, b=math.e)), stats.uniform(0, 1)),
        lambda: 1 / (mp.e - 1) - mp.log(mp.e - 1),
    ),
    "order_statistic": (
        lambda: kl_divergence(
            stats.order_statistic(stats.Uniform(a=0.0, b=1.0), r=2, n=2), Uniform(0, 1)
        ),
        lambda: mp.log(2) - mp.mpf(1) / 2,
    ),
    "affine": (
        lambda: js_divergence(
            2 * stats.make_distribution(stats.gamma)(a=2.0) + 1, stats.gamma(2, loc=1, scale=2)
        ),
        lambda: 0,
    ),
    "mixture": (
        lambda: js_divergence(
            stats.Mixture([std(), stats.Uniform(a=0.0, b=1.0)], weights=[0.5, 0.5]),
            Mixture([Normal(0, 1), Uniform(0, 1)], [0.5, 0.5]),
        ),
        lambda: 0,
    ),
    "negative": (lambda: js_divergence(1 - std(), Normal(1, 1)), lambda: 0),
}


@pytest.mark.parametrize("name", NEW)
def test_new_style_distributions(name):
    found, truth = NEW[name]
    value = found()
    agrees(value, truth())
    assert value.declared


# --- own classes --------------------------------------------------------------------------------------


class Mine(stats.rv_continuous):
    """A spike of half the mass that the cdf hides."""

    def _pdf(self, x):
        s = 1e-9
        return 0.5 * stats.norm.pdf(x) + 0.5 * stats.norm.pdf((x - 0.123456789) / s) / s

    def _cdf(self, x):
        return 0.5 * stats.norm.cdf(x) + 0.5 * stats.norm.cdf((x - 0.123456789) / 1e-9)


class Named(stats.rv_continuous):
    """Not the normal, in spite of its name."""

    def _pdf(self, x):
        return np.exp(-np.abs(x)) / 2

    def _cdf(self, x):
        return np.where(x < 0, np.exp(-np.abs(x)) / 2, 1 - np.exp(-np.abs(x)) / 2)

    def _ppf(self, q):
        return np.where(q < 0.5, np.log(2 * q), -np.log(2 * (1 - q)))

    def _shape_info(self):
        return []


class Tilted(type(stats.norm)):
    """A subclass of a family of scipy's."""

    def _logpdf(self, x):
        return super()._logpdf(x) + 1e-3


@pytest.mark.parametrize("make", [Mine, Named], ids=["spike", "named norm"])
def test_own_classes_are_never_declared(make):
    p = as_density(make(name="norm")())
    assert not p.declared
    found = js_divergence(p, Normal(1, 1))
    assert not found.declared
    assert not js_divergence(Normal(1, 1), make(name="norm")).declared  # as it is, without shapes
    assert not Mixture([p, Normal(0, 1)], [0.5, 0.5]).declared


def test_an_own_class_that_is_right_has_its_numbers():
    p = Named(name="norm")()
    agrees(js_divergence(p, Normal(1, 1)), js_divergence(stats.laplace(), Normal(1, 1)), 1e-8)
    agrees(kl_divergence(p, stats.laplace(1)), mp.exp(-1), 1e-7)
    assert not kl_divergence(p, stats.laplace(1)).declared


class Plain(stats.rv_continuous):
    """Nothing but a density: scipy integrates for the rest, and far out it misses all of it."""

    def _pdf(self, x):
        return np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)


class Falling(stats.rv_continuous):
    """The same on a half line, with a shape."""

    def _pdf(self, x, rate):
        return rate * np.exp(-rate * x)


def test_own_classes_that_have_only_a_density():
    agrees(kl_divergence(Plain(name="plain")(), Normal(1, 1)), 0.5)
    falling = Falling(a=0, name="falling")(2.0)
    found = kl_divergence(falling, Exponential(1))
    agrees(found, mp.log(2) - 0.5, 1e-7)
    assert not found.confirms


def test_a_pdf_that_disagrees_with_its_cdf_is_not_believed():
    found = js_divergence(Mine(name="mine")(), Normal(1, 1))
    truth = js_divergence(
        Mixture([Normal(0, 1), Normal(0.123456789, 1e-9)], [0.5, 0.5]), Normal(1, 1)
    )
    assert abs(float(found) - float(truth)) <= float(found.error)
    assert not found.declared
    tilted = Tilted(name="norm")()
    assert not as_density(tilted).declared
    assert float(js_divergence(tilted, Normal(0, 1)).error) >= 1e-4


def test_scipys_own_stay_declared():
    histogram = stats.rv_histogram(np.histogram([1, 1, 2, 3, 3, 3], bins=3), density=True)
    for frozen in (
        stats.gamma(2),
        histogram,
        stats.skewnorm(1),
        stats.make_distribution(stats.gamma)(a=2.0),
    ):
        assert as_density(frozen).declared, frozen
    patched = stats.gamma(2.0)
    patched.dist._logpdf = lambda x, a: -x
    assert not as_density(patched).declared
    np.testing.assert_allclose(as_density(patched).logpdf([1.0, 2.0]), [-1.0, -2.0])
    made = stats.make_distribution(Named(name="laplace"))()
    assert not as_density(made).declared
    assert not as_density(2 * made + 1).declared


class Circle(stats.rv_continuous):
    def _pdf(self, x):
        return (1 + np.cos(x)) / (2 * np.pi)

    def _cdf(self, x):
        return (x + np.sin(x) + np.pi) / (2 * np.pi)

    def _ppf(self, q):
        return (q - 0.5) * 2 * np.pi


def test_what_is_no_distribution_on_the_line_is_refused():
    with pytest.raises(InvalidDensity, match="vonmises_line"):
        kl_divergence(stats.vonmises(2), Normal(0, 1))
    with pytest.raises(
        InvalidDensity, match=r"its cdf is not a distribution function.*not in \[0, 1\]"
    ):
        as_density(Circle(name="circle")())
    line = js_divergence(stats.vonmises_line(2), Normal(0, 1))
    agrees(line, von_mises(), 1e-10)


def von_mises():
    """JSD of the von Mises density on one turn, κ = 2, and N(0, 1)."""
    level = mp.log(2 * mp.pi * mp.besseli(0, 2))

    def integrand(x):
        p, q = mp.exp(2 * mp.cos(x) - level), mp.npdf(x)
        return (p * mp.log(2 * p / (p + q)) + q * mp.log(2 * q / (p + q))) / 2

    inside = 2 * mp.quad(integrand, [0, 1, 2, 3, mp.pi])
    return inside + mp.log(2) / 2 * mp.erfc(mp.pi / mp.sqrt(2))


# --- bounded work -------------------------------------------------------------------------------------


def test_kl_that_is_infinite_by_its_tails_is_no_number():
    """A power tail against e^(-x²): infinite, though scipy declares no tails."""
    p = stats.lomax(1.274, loc=1.389, scale=0.9898)
    q = stats.nakagami(1.879, loc=-1.452, scale=1.864)
    with pytest.raises(NotConverged, match="infinite, if the tails go on") as fault:
        kl_divergence(p, q)
    assert fault.value.best.error == inf
    with pytest.raises(NotConverged):
        pearson_chi2(stats.lognorm(1), stats.lognorm(0.5))
    agrees(kl_divergence(stats.lomax(1.274), stats.lomax(2.5)), lomax_kl(1.274, 2.5))


def lomax_kl(c, d):
    return mp.log(mp.mpf(c) / mp.mpf(d)) + mp.mpf(d) / mp.mpf(c) - 1


@pytest.mark.parametrize(
    "frozen", [stats.levy_stable(1.5, 0.3), stats.studentized_range(3, 10)], ids=["levy", "range"]
)
def test_families_that_are_dear_to_evaluate_are_refused_at_once(frozen):
    with pytest.raises(NotConverged, match="units of work for each evaluation") as fault:
        js_divergence(frozen, Normal(0, 1))
    assert float(fault.value.best.error) == pytest.approx(log(2))


GENERALISED = (
    stats.geninvgauss(2.3, 1.5, loc=-0.477, scale=0.494),
    stats.geninvgauss(-2.9, 0.3),
)


def test_more_components_than_the_work_suffices_for_are_refused_at_once():
    means = np.linspace(-2, 2, 4000)
    estimate = Mixture([Normal(float(mean), 0.1) for mean in means], np.full(4000, 1 / 4000))
    with pytest.raises(NotConverged, match="256064 are needed to begin"):
        wasserstein_1(estimate, Normal(0, 1))
    for divergence in (
        (kl_divergence, pearson_chi2) if available() else ()
    ):  # machine code needs fewer
        found = divergence(estimate, Normal(0, 1))
        assert float(found.error) <= 1e-10 * float(found)


@pytest.mark.parametrize(
    "frozen",
    [
        # its sf is negative far out, and the solver for quantiles of the other gives up
        *(pytest.param(slow, marks=pytest.mark.slow) for slow in GENERALISED),
        stats.invgauss(0.14546, loc=1.297, scale=1.429),  # quantiles whose squares overflow
        stats.lomax(0.002),  # quantiles beyond float64
        stats.johnsonsu(0, 0.001),
    ],
    ids=lambda frozen: frozen.dist.name,
)
def test_what_scipy_cannot_tell_is_in_the_error(frozen):
    """Beside the same number by a sum over many points, and not above the largest value."""
    for distance, most in ((js_divergence, log(2)), (total_variation, 1)):
        try:
            found = distance(frozen, Normal(0, 1))
        except NotConverged as fault:
            found = fault.best
        assert abs(found.value - rough(distance, frozen)) <= found.error + 1e-4
        assert found.value - found.error <= most


def rough(distance, frozen):
    """The integral where N(0, 1) lives, by a sum, and what the rest of p holds."""
    x, step = np.linspace(-12, 12, 20_001, retstep=True)
    p, q = frozen.pdf(x), stats.norm.pdf(x)
    p, rest = np.where(np.isfinite(p), p, 0), 1 - (frozen.cdf(12) - frozen.cdf(-12))
    if distance is total_variation:
        return np.sum(np.abs(p - q)) * step / 2 + rest / 2
    with np.errstate(all="ignore"):
        both = np.nan_to_num(p * np.log(2 * p / (p + q))) + np.nan_to_num(
            q * np.log(2 * q / (p + q))
        )
    return np.sum(both) * step / 2 + rest * log(2) / 2


@pytest.mark.parametrize("shape", [-0.1, -0.5])
def test_a_family_without_a_median_is_refused_by_name(shape):
    with pytest.raises(InvalidDensity, match=r"kappa4.*median is nan"):
        as_density(stats.kappa4(shape, 0.0))


def test_a_slow_fall_is_followed_and_paid_for():
    """KL(t₁.₅‖Laplace): the integrand falls like x^-1.5, so that a shell adds 0.7 of the one before."""
    found = kl_divergence(stats.t(1.5), stats.laplace())
    df = mp.mpf(3) / 2
    level = mp.loggamma((df + 1) / 2) - mp.loggamma(df / 2) - mp.log(mp.pi * df) / 2
    mean = 2 * mp.exp(level) * df / (df - 1)  # E|x|
    entropy = (df + 1) / 2 * (mp.digamma((df + 1) / 2) - mp.digamma(df / 2)) - level
    agrees(found, mp.log(2) + mean - entropy, 1e-10)


# --- how much is evaluated ----------------------------------------------------------------------

PAIRS = [
    (stats.gamma(2.5), stats.gamma(3.0, scale=1.1)),
    (stats.lognorm(0.5), stats.lognorm(0.6, scale=1.2)),
    (stats.logistic(), stats.logistic(0.3, 1.2)),
    (stats.weibull_min(1.5), stats.weibull_min(1.5, scale=1.2)),
]


@pytest.mark.parametrize(("p", "q"), PAIRS)
def test_two_families_take_a_few_thousand_evaluations(p, q):
    whole = js_divergence(p, q).evaluations
    assert whole <= 10_000
    assert kl_divergence(p, q).evaluations <= whole + 100  # tails that have faded take one look
    assert total_variation(p, q).evaluations <= 15_000


@pytest.mark.parametrize(
    ("x", "ratio"),  # by which an end moves out at most where its mass halves
    [
        (stats.gamma(2.5), 2 ** (1 / 2.5)),
        (stats.weibull_min(0.25), 16),
        (stats.pareto(1.5), 2 ** (1 / 1.5)),
        (stats.logistic(1, 3), 3),
        (stats.dweibull(3), 1.2),
        (stats.beta(0.5, 7), 4),
    ],
)
def test_panels_reach_the_outermost_quantiles_and_leave_no_gap(x, ratio):
    low, high = as_density(x).breaks()
    for end, inwards in ((low, x.ppf), (high, x.isf)):
        ends = end.center + end.offsets
        assert np.min(np.abs(ends - inwards(2.0**-130))) <= 1e-12 * abs(inwards(2.0**-130))
        away = np.sort(np.abs(end.offsets[end.offsets != 0]))
        assert np.all(away[1:] <= 8 * ratio * away[:-1])
        assert len(away) <= (50 if ratio < 4 else 140)


@pytest.mark.parametrize(("a", "b", "scale"), [(2.5, 3.0, 1.1), (0.7, 0.4, 3.0), (40.0, 39.0, 1.0)])
def test_kl_of_gammas_in_closed_form(a, b, scale):
    """KL = (a - b) ψ(a) - log Γ(a) + log Γ(b) + b log θ + a (1/θ - 1)."""
    a_, b_, t = mp.mpf(a), mp.mpf(b), mp.mpf(scale)
    truth = (a_ - b_) * mp.digamma(a_) - mp.loggamma(a_) + mp.loggamma(b_)
    truth += b_ * mp.log(t) + a_ * (1 / t - 1)
    agrees(kl_divergence(stats.gamma(a), stats.gamma(b, scale=scale)), truth)


def test_shells_are_bounded_by_the_first_two_where_they_fall():
    assert _Weights().beyond(1.0, 0.5) == 2.0
    assert _Weights().beyond(0.5, 1.0) == inf
    assert not _Weights().beyond(math.nan, 1e-300) < inf


def test_a_tail_that_float64_ends_before_is_refused_in_words():
    """The outermost quantile of invweibull(1/4) is 2^(130 · 4): no shell beyond it is looked at."""
    with pytest.raises(NotConverged, match="before float64 ends"):
        kl_divergence(stats.invweibull(0.25), stats.invweibull(0.24))
