"""The catalogue of pairs: its truths by two routes; no number of the package lies about them."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import catalogue as book
import catalogue_second as second
import catalogue_truths as truths
import mpmath as mp
import numpy as np
import pytest
from catalogue_checks import (
    OUTSIDE,
    Found,
    attempt,
    boxed,
    by_the_user,
    dishonest,
    in_the_box,
    integrand,
    measure,
    not_useful,
    starved,
    verdict,
)
from catalogue_line import Draw

from gantheory import certified, integrate
from gantheory.densities import Mixture, MultivariateNormal, Normal
from gantheory.divergences import work
from gantheory.errors import NotConverged

ENTRIES = book.stored()
LINE = tuple(e for e in ENTRIES if e.dim == 1)
PLANE = tuple(e for e in ENTRIES if e.dim == 2)
BY_NAME = {e.name: e for e in ENTRIES}
NUMBER = {e.name: k for k, e in enumerate(ENTRIES)}

HONEST_EXCEPTIONS: dict[tuple[str, str], str] = {}  # stays empty: a number that lies is a bug
NOT_OFFERED = "KL in the plane is not offered for mixtures of products"
CONVERGED_EXCEPTIONS: dict[tuple[str, str], str] = {  # (entry, functional): why it is not useful
    (f"{number}-plane-shared-factor", "KL"): NOT_OFFERED
    for number in ("0218", "0560", "0902", "1520", "1862")
} | {("1336-plane-shared-factor", "JSD"): "heavy tails in both coordinates exhaust the budget"}

CHUNKS = 8
# the plane is slow: here only what takes a fraction of a second, everything else in the slow tests
QUICK_PLANE = tuple(
    e
    for e in PLANE
    if "TV" not in e.truths
    and (
        e.kind in ("plane-correlated", "plane-normals")
        or (e.kind == "plane-turned" and e.difficulty == "easy")
    )
)
ONCE_WRONG = (  # total variations that were wrong: roots of p - q near the ends of panels were missed
    "0489-families",
    "0633-exponentials",
    "1068-normal-mixtures",
    "1833-normal-mixtures",
)
SAMPLE = tuple(
    {
        e.name: e
        for e in (
            *book.stratified(LINE, 320),
            *book.stratified(QUICK_PLANE, 12),
            *(BY_NAME[name] for name in ONCE_WRONG),
        )
    }.values()
)
WHOLE = 100
FRESH_SEED = int(os.environ.get("CATALOGUE_SEED", book.SEED + 1))
USER_TAGS = {"near-equal", "far", "beyond"}  # where the user's own formula loses the digits
FORMULA = 1e-14  # what the user's own formula is off by


def chunk(entries, k, of):
    return entries[k::of]


# --- the catalogue itself -------------------------------------------------------------------------


def test_there_are_enough_and_each_is_another():
    assert len(ENTRIES) >= 2000
    assert len(LINE) >= 1800
    assert 150 <= len(PLANE) <= 250
    assert len({e.fingerprint for e in ENTRIES}) == len(ENTRIES)
    assert len({e.name for e in ENTRIES}) == len(ENTRIES)


def test_tags_and_classes_are_spelled_right():
    assert {tag for e in ENTRIES for tag in e.tags} == book.TAGS
    assert {e.difficulty for e in ENTRIES} == set(book.DIFFICULTIES)
    assert {e.kind for e in ENTRIES} == set(book.KINDS)
    counts = Counter((e.dim, e.difficulty) for e in ENTRIES)
    assert all(counts[1, d] >= 400 for d in book.DIFFICULTIES)
    assert all(counts[2, d] >= 20 for d in book.DIFFICULTIES)


def test_every_kind_but_the_mixed_ones_says_what_it_is():
    needed = {"far": "far", "beyond": "beyond", "kinks": "kinks", "near-equal": "near-equal"}
    for kind, tag in needed.items():
        assert all(tag in e.tags for e in ENTRIES if e.kind == kind)
    assert all(("plane" in e.tags) == (e.dim == 2) for e in ENTRIES)


def parts(entry):
    return [c for d in (entry.p, entry.q) for c in getattr(d, "components", (d,))]


def centres(entry):
    return [float(c.exact["loc"] if "loc" in c.exact else c.exact["low"]) for c in parts(entry)]


def ratio(entry):
    """The largest |loc| / scale among the components that have both."""
    placed = [c for c in parts(entry) if "scale" in c.exact]
    return max((abs(float(c.loc)) / float(c.scale) for c in placed), default=0.0)


def test_the_ranges_are_reached():
    normal = [c for e in LINE for c in parts(e) if "scale" in c.exact]
    assert min(float(c.scale) for c in normal) < 1e-6
    assert max(float(c.scale) for c in normal) > 1e6
    assert max(np.ptp(centres(e)) for e in LINE if e.kind == "separated") >= 1e6
    assert max(len(getattr(e.p, "components", ())) for e in LINE) == 25
    hard = [ratio(e) for e in LINE if "far" in e.tags]
    assert max(hard) > 5e6
    assert max(hard) <= 1e7
    beyond = [e for e in LINE if "beyond" in e.tags]
    assert 5 <= len(beyond) <= 40
    assert min(float(e.truths["JSD"].mid) for e in LINE) < 2e-17
    bells = [c for e in PLANE for c in parts(e) if isinstance(c, MultivariateNormal)]
    matrices = [np.reshape(np.array(c.exact["cov"], float), (2, 2)) for c in bells]
    assert min(np.linalg.eigvalsh(c)[0] for c in matrices) < 1.01e-6
    rho = max(abs(c[0, 1]) / np.sqrt(c[0, 0] * c[1, 1]) for c in matrices)
    assert 0.99989 < rho < 1


def test_the_same_seed_gives_the_same_pairs_and_another_others():
    again = book.catalogue(book.SEED, 60)
    assert [e.fingerprint for e in again] == [e.fingerprint for e in ENTRIES[:60]]
    others = book.catalogue(book.SEED + 1, 60)
    assert not {e.fingerprint for e in others} & {e.fingerprint for e in ENTRIES}


def test_fingerprints_see_every_digit():
    entry = next(e for e in ENTRIES if isinstance(e.p, Normal))
    nudged = replace(entry.made, p=Normal(np.nextafter(entry.p.loc, 1e9), entry.p.scale))
    assert replace(entry, made=nudged).fingerprint != entry.fingerprint


def test_every_entry_has_its_truth():
    for e in ENTRIES:
        assert "JSD" in e.truths or e.kind in ("plane-normals", "plane-products"), e.name
        for truth in e.truths.values():
            mid, rad = Decimal(truth.mid), Decimal(truth.rad)
            assert mid > 0
            assert 0 < rad <= max(Decimal("1e-18"), mid * Decimal("1e-10")), (e.name, truth)
            assert len(truth.mid.replace(".", "").split("e")[0].lstrip("0")) >= 20
    share = np.mean(["TV" in e.truths for e in LINE])
    assert share > 0.2


# --- truths by two routes -------------------------------------------------------------------------


def apart(first, other, tolerance):
    """|first - other| beyond what both allow; both exact decimal numbers of 40 digits."""
    with mp.workdps(60):
        gap = abs(mp.mpf(first.mid) - mp.mpf(other))
        return gap > mp.mpf(first.rad) + mp.mpf(tolerance)


def disagreements(entries):
    wrong, routes = {}, Counter()
    for e in entries:
        for name, truth in e.truths.items():
            found = second.second_route(name, *(e.made.line or (e.p, e.q)))
            if found is None:
                continue
            value, tolerance, route = found
            if not tolerance <= 1e-6 * float(truth.mid):
                continue  # panels too coarse to say anything
            routes[route] += 1
            if apart(truth, value, tolerance):
                wrong[e.name, name] = f"{truth} against {value} ± {tolerance} ({route})"
    return wrong, routes


QUICK = tuple(e for e in ENTRIES if len(parts(e)) <= 4)


@pytest.mark.parametrize("k", range(4))
def test_two_routes_agree(k):
    wrong, routes = disagreements(chunk(book.stratified(QUICK, 48), k, 4))
    assert not wrong
    assert routes["fixed panels"] >= 5
    assert routes["closed form"] >= 1
    assert sum(routes.values()) >= 12


@pytest.mark.slow
@pytest.mark.parametrize("k", range(0, 40, 4))
def test_two_routes_agree_everywhere(k):
    entries = chunk(ENTRIES, k, 40)  # every fourth chunk: all would take seven minutes of one core
    wrong, routes = disagreements(entries)
    assert not wrong
    assert sum(routes.values()) > 0.95 * sum(len(e.truths) for e in entries)


def test_a_wrong_truth_is_found_by_the_second_route():
    shifted = [moved_truth(e, "1e-6") for e in book.stratified(QUICK, 12) if e.dim == 1]
    wrong, routes = disagreements(shifted)
    assert len(wrong) == sum(routes.values()) > 8


def moved_truth(entry, by):
    """The entry with its truths off by a share of themselves."""
    found = {
        name: replace(t, mid=str(Decimal(t.mid) * (1 + Decimal(by))))
        for name, t in entry.truths.items()
    }
    return replace(entry, truths=found)


HEAVY = {"Cauchy", "StudentT"}
FAST = tuple(e for e in QUICK if not {type(c).__name__ for c in parts(e)} & HEAVY)


@pytest.mark.parametrize("k", range(2))
def test_stored_truths_are_what_the_balls_say_now(k):
    for e in chunk(book.stratified(FAST, 40), k, 2):
        for name, truth in e.truths.items():
            again = truths.first_route(e, name)
            assert (again.mid[:20], again.route) == (truth.mid[:20], truth.route), e.name


def test_modes_that_nothing_confuses():
    """The bound on what a point does not tell of its mode: against the mixture on a fine lattice."""
    ratio, modes = Fraction(5, 2), 2
    line = (Normal(0, 1), Normal("0.5", 1))
    p, q = (
        certified.js_divergence(*line),
        certified.js_divergence(
            *(_pair_of_modes(x, float(2 * ratio) + 0.5) for x in (Fraction(0), Fraction(1, 2)))
        ),
    )
    lost = float(p) - float(q)
    assert 0 < lost <= truths.confused(ratio, modes)
    assert truths.confused(Fraction(12), 25) < 1e-29


def _pair_of_modes(shift, distance):
    half = Fraction(1, 2)
    return Mixture((Normal(shift, 1), Normal(shift + Fraction(distance), 1)), (half, half))


# --- honest, and useful ---------------------------------------------------------------------------


def check(entries):
    found = {}

    def once(name, p, q):
        key = name, id(p), id(q)
        if key not in found:
            found[key] = measure(name, p, q)
        return found[key]

    wrong = dishonest(entries, once)
    assert {k: v for k, v in wrong.items() if k not in HONEST_EXCEPTIONS} == {}
    required = [e for e in entries if "beyond" not in e.tags]
    useless = not_useful(required, once)
    names = {e.name for e in required}
    listed = {key for key in CONVERGED_EXCEPTIONS if key[0] in names}
    assert useless == listed, (useless - listed, listed - useless)


@pytest.mark.parametrize("k", range(CHUNKS))
def test_honest_and_useful(k):
    check(chunk(SAMPLE, k, CHUNKS))


@pytest.mark.slow
@pytest.mark.parametrize("k", range(WHOLE))
def test_honest_and_useful_everywhere(k):
    check(chunk(LINE, k, WHOLE))


@pytest.mark.slow
@pytest.mark.parametrize("k", range(WHOLE // 2))
def test_honest_and_useful_in_the_plane(k):
    check(chunk(PLANE, k, WHOLE // 2)[:1])


def test_the_exceptions_are_few_and_have_reasons():
    assert HONEST_EXCEPTIONS == {}
    assert all(len(reason.split()) >= 4 for reason in CONVERGED_EXCEPTIONS.values())
    assert all(name in BY_NAME[entry].truths for entry, name in CONVERGED_EXCEPTIONS)
    line = {name for name, _ in CONVERGED_EXCEPTIONS if BY_NAME[name].dim == 1}
    assert len(line) <= 0.02 * sum("beyond" not in e.tags for e in LINE)


def test_an_error_reported_too_small_is_found():
    def boastful(name, p, q):
        found = measure(name, p, q)
        return replace(found, error=1e-6 * found.error, value=found.value + 0.5 * found.error)

    sample = book.stratified(LINE, 24)
    assert dishonest(sample) == {}
    assert len(dishonest(sample, boastful)) >= 20


def test_a_truth_that_is_off_is_found():
    sample = tuple(moved_truth(e, "1e-6") for e in book.stratified(LINE, 12))
    assert len(dishonest(sample)) >= 12


def test_a_number_that_is_not_useful_is_found():
    def vague(name, p, q):
        return replace(measure(name, p, q), error=1e-3)

    sample = book.stratified(LINE, 6)
    assert len(not_useful(sample, vague)) == sum(len(e.truths) for e in sample)
    assert len(not_useful(sample, lambda *_: None)) == sum(len(e.truths) for e in sample)


def test_what_counts_as_dishonest():
    truth = book.Truth("0.25", "1e-20", "by hand")
    assert verdict(Found(0.25, 0.0, True), truth) == ""
    assert verdict(Found(0.0, np.inf, False), truth) == ""
    assert verdict(Found(0.5, 0.25, False), truth) == ""
    assert "off by" in verdict(Found(0.25 + 1e-15, 1e-16, True), truth)
    assert "no number" in verdict(Found(np.nan, np.inf, True), truth)
    assert "without .best" in verdict(None, truth)


def test_beyond_the_class_is_honest_too(capsys):
    """|loc| / scale beyond 1e7: what is required is honesty, the share of useful ones is printed."""
    beyond = [e for e in LINE if "beyond" in e.tags]
    assert dishonest(beyond) == {}
    useful = len(beyond) - len(not_useful(beyond))
    with capsys.disabled():
        print(f"\nbeyond |loc|/scale = 1e7: {useful} of {len(beyond)} within {1e-9}")


# --- starved --------------------------------------------------------------------------------------

DRAWS = Draw(np.random.SeedSequence(book.SEED, spawn_key=(10**6,)), 0)
STARVED = [(e, DRAWS.between(0.1, 1)) for e in book.stratified(LINE, 64)]
USERS = [
    (e, DRAWS.between(0.1, 1))
    for e in book.stratified(tuple(e for e in LINE if not e.tags & USER_TAGS), 64)
]


@pytest.mark.parametrize("k", range(4))
def test_starved_numbers_are_honest(k, monkeypatch):
    for entry, share in chunk(STARVED, k, 4):
        assert not starved(entry, share, monkeypatch), entry.name


@pytest.mark.slow
@pytest.mark.parametrize("k", range(10))
def test_starved_numbers_are_honest_more_often(k, monkeypatch):
    d = Draw(np.random.SeedSequence(book.SEED, spawn_key=(10**6 + 1, k)), 0)
    for entry in chunk(LINE, k, 40):
        assert not starved(entry, d.between(0.1, 1), monkeypatch), entry.name


def test_the_starvation_bites(monkeypatch):
    """A budget below the need gives NotConverged, not the same number again."""
    sample = book.stratified(LINE, 60)
    monkeypatch.setattr(work, "LIMIT", {1: 3000, 2: 3000})
    found = [measure("JSD", e.p, e.q) for e in sample]
    assert any(f is not None and not f.converged for f in found)


def fed(entry, share):
    """The user's call in full and on a share of its evaluations: what is wrong with them."""
    truth = entry.truths["JSD"]
    full = by_the_user(entry)
    hungry = by_the_user(entry, limit=max(1, int(share * full.evaluations)))
    return [fault for f in (full, hungry) if (fault := verdict(f, truth, FORMULA))]


@pytest.mark.parametrize("k", range(4))
def test_the_users_integral_is_honest_fed_and_starved(k):
    for entry, share in chunk(USERS, k, 4):
        assert not fed(entry, share), (entry.name, share)


# --- the user's own box ---------------------------------------------------------------------------


def box_pairs(n, narrowest, salt):
    for k in range(n):
        seed = np.random.SeedSequence(book.SEED, spawn_key=(2 * 10**6 + salt, k))
        yield boxed(Draw(seed, k), narrowest)


def box_truth(pair):
    ball = certified.js_divergence(*pair.line, digits=20)
    return book.Truth(str(ball.arb.mid().str(22, radius=False)), str(OUTSIDE), "balls")


def box_faults(n, narrowest, *, landmarks, limit, salt):
    faults = []
    for pair in box_pairs(n, narrowest, salt):
        fault = verdict(in_the_box(pair, landmarks=landmarks, limit=limit), box_truth(pair))
        if fault:
            faults.append((fault, pair))
    return faults


@pytest.mark.slow
def test_the_users_box_with_landmarks_is_honest():
    assert not box_faults(6, 1e-3, landmarks=True, limit=300_000, salt=1)


def test_the_users_box_without_landmarks_is_honest():
    """Down to .05: a spike that is narrower and not declared may be missed, as `integrate` says."""
    assert not box_faults(6, 0.05, landmarks=False, limit=300_000, salt=2)


@pytest.mark.slow
@pytest.mark.parametrize("k", range(10))
def test_the_users_box_is_honest_more_often(k):
    assert not box_faults(10, 1e-3, landmarks=True, limit=1_000_000, salt=100 + k)
    assert not box_faults(10, 0.05, landmarks=False, limit=1_000_000, salt=200 + k)


def test_the_users_integrand_is_the_packages():
    entry = next(e for e in LINE if e.kind == "families" and e.difficulty == "easy")
    x = np.linspace(-6, 6, 101)
    p, q = entry.p.logpdf(x), entry.q.logpdf(x)
    p, q = np.exp(p), np.exp(q)
    with np.errstate(all="ignore"):
        plain = np.nan_to_num(p * np.log(2 * p / (p + q))) + np.nan_to_num(
            q * np.log(2 * q / (p + q))
        )
    assert np.allclose(integrand(entry.p, entry.q)(x), plain / 2, atol=1e-15)


def test_a_spike_that_is_not_declared_is_not_this_tests_business():
    """With its landmark the same spike is seen."""

    def spike(x):
        return np.exp(-0.5 * ((x - 0.123) / 1e-7) ** 2) / (1e-7 * np.sqrt(2 * np.pi))

    seen = attempt(lambda: integrate(spike, (-5, 5), landmarks=[(0.123, 1e-7)]))
    assert seen is not None
    assert abs(seen.value - 1) <= seen.error + 1e-14


# --- a fresh seed ---------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("k", range(20))
def test_a_fresh_catalogue_is_honest(k):
    """200 pairs of another seed (set CATALOGUE_SEED for yet another), truths by balls."""
    fresh = [e for e in book.catalogue(FRESH_SEED, 200)]
    for number in range(k, 200, 20):
        e = replace(fresh[number], truths=truths.truths(fresh[number], number))
        assert dishonest([e]) == {}, f"seed {FRESH_SEED}"
    assert issubclass(NotConverged, ArithmeticError)
