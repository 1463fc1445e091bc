"""Divergences as machine code: every form of every standard family, by other methods too."""

from __future__ import annotations

import dataclasses
import importlib
import math
import sys

import exact
import mpmath as mp
import numpy as np
import pytest
from thinning import every

import gantheory as gt
from gantheory import (
    Cauchy,
    Exponential,
    Laplace,
    Mixture,
    Normal,
    StudentT,
    Triangular,
    Uniform,
    certified,
)
from gantheory.divergences import batches, members, named, powers, settling
from gantheory.divergences.effort import DEFAULT
from gantheory.divergences.functional import functional
from gantheory.errors import NotConverged
from gantheory.game import CRITERION
from gantheory.machine_code import available
from gantheory.quadrature import WIDE, null_rules

compiled = pytest.mark.skipif(not available(), reason="there is no numba")

KERNELS = {
    "JSD": named.JENSEN_SHANNON,
    "TV": named.TOTAL_VARIATION,
    "H²": named.HELLINGER,
    "KL": named.KULLBACK_LEIBLER,
    "reverse KL": named.REVERSE_KULLBACK_LEIBLER,
    "Jeffreys": named.JEFFREYS,
    "χ²": powers.power_kernel("Pearson chi²", 2.0, share=2.0),
    "Neyman": powers.power_kernel("Neyman chi²", -1.0, share=2.0),
    "D_0.3": powers.power_kernel("alpha(0.3)", 0.3),
    "R_0.7": powers.power_kernel("Rényi(0.7)", 0.7, logarithm=True),
    "C": CRITERION,
}
ADAPTIVE = {
    "JSD": lambda p, q: functional(named.JENSEN_SHANNON, p, q),
    "TV": lambda p, q: functional(named.TOTAL_VARIATION, p, q),
    "H²": lambda p, q: functional(named.HELLINGER, p, q),
    "KL": lambda p, q: named._kl(p, q, DEFAULT),
    "reverse KL": lambda p, q: named._reverse_kl(p, q, DEFAULT),
    "Jeffreys": lambda p, q: named._jeffreys(p, q, DEFAULT),
    "χ²": lambda p, q: powers.power(p, q, 2.0, "Pearson chi²", DEFAULT) * 2,
    "Neyman": lambda p, q: powers.power(q, p, 2.0, "Neyman chi²", DEFAULT) * 2,
    "D_0.3": lambda p, q: powers.power(p, q, 0.3, "alpha(0.3)", DEFAULT),
    "R_0.7": lambda p, q: powers.renyi(p, q, 0.7, DEFAULT),
    "C": lambda p, q: functional(CRITERION, p, q),
}
FAMILIES = {
    "N": lambda loc, scale: Normal(loc, scale),
    "L": lambda loc, scale: Laplace(loc, scale),
    "S": lambda loc, scale: StudentT(1 + scale, loc, scale),
    "C": lambda loc, scale: Cauchy(loc, scale),
    "E": lambda loc, scale: Exponential(scale),
    "U": lambda loc, scale: Uniform(loc, loc + 3 * scale),
    "T": lambda loc, scale: Triangular(loc, loc + 0.7 * scale, loc + 2 * scale),
}
PAIRS = (
    "N/N",
    "NN/NN",
    "L/L",
    "S/S",
    "C/C",
    "E/E",
    "U/U",
    "T/T",
    "N/L",
    "NL/S",
    "NU/T",
    "EN/L",
    "U/N",
)


def draw(code, count, rng):
    """A batch of densities, or of mixtures if the code has several letters."""
    parts = [
        FAMILIES[letter](rng.uniform(-5, 5, count), np.exp(rng.uniform(-1.2, 1.1, count)))
        for letter in code
    ]
    if len(parts) == 1:
        return parts[0]
    return Mixture(parts, rng.dirichlet(np.ones(len(parts)), count))


def found_of(name, p, q):
    pairs = members.members_of(p, q)
    kernel = KERNELS[name]
    return settling.settle(kernel.fused, pairs, batches.tolerance_of(pairs, DEFAULT), DEFAULT)


def agrees(name, p, q, found):
    """Compare every member with the adaptive method; how many of the finite ones are settled."""
    finite = settled = 0
    shape = found.value.shape
    for i in range(len(found.value)):
        a, b = p.member(i, shape), q.member(i, shape)
        try:
            other = ADAPTIVE[name](a, b)
        except NotConverged:
            continue
        infinite = math.isinf(float(other))
        assert not (infinite and found.settled[i]), (name, a, b)
        finite, settled = finite + (not infinite), settled + bool(found.settled[i])
        if found.settled[i]:
            gap = abs(float(other) - found.value[i])
            assert gap <= float(other.error) + found.error[i], (name, a, b, found.value[i], other)
    return finite, settled


@compiled
@pytest.mark.parametrize("code", every(2, PAIRS))
def test_every_form_of_every_family_agrees_with_the_adaptive_method(code):
    rng = np.random.default_rng(sum(map(ord, code)))
    p, q = (draw(side, 3, rng) for side in code.split("/"))
    counts = np.sum([agrees(name, p, q, found_of(name, p, q)) for name in KERNELS], axis=0)
    assert counts[1] >= 0.8 * counts[0] > 0  # the others: tails on the edge of a moment


@compiled
@pytest.mark.slow
@pytest.mark.parametrize("code", PAIRS)
def test_more_of_them(code):
    rng = np.random.default_rng([7, sum(map(ord, code))])
    p, q = (draw(side, 25, rng) for side in code.split("/"))
    counts = np.sum([agrees(name, p, q, found_of(name, p, q)) for name in KERNELS], axis=0)
    assert counts[1] >= 0.8 * counts[0] > 0  # the others: tails on the edge of a moment


def moved(density, by):
    """The same density, moved by so many of its scales."""
    if hasattr(density, "components"):
        return Mixture([moved(part, by) for part in density.components], density.weights)
    return dataclasses.replace(density, loc=density.loc + by * density.scale)


@compiled
@pytest.mark.parametrize("code", every(2, ["NN", "L", "NLC", "S"]))
@pytest.mark.parametrize("by", [1e-2, 1e-7])
def test_what_nearly_agrees_keeps_its_digits(code, by):
    p = draw(code, 2, np.random.default_rng(5))
    q = moved(p, by)
    for name in KERNELS:
        found = found_of(name, p, q)
        assert found.settled.all(), name
        assert np.all(found.error <= 1e-11 * np.abs(found.value))
        agrees(name, p, q, found)


@compiled
def test_a_total_variation_with_a_crossing_in_the_last_thousandth_of_a_panel():
    p = Laplace(np.array([-3.317676207751231]), 1.1636859138846702)
    q = Laplace(0.36772549101740815, 1.1622253917394536)
    found = found_of("TV", p, q)
    agrees("TV", p, q, found)
    assert found.settled.all()


@compiled
def test_a_total_variation_with_a_crossing_beside_the_end_of_a_ramp():
    """p = q where the ramp is 3e-8 of its width long: truth by mpmath, to 30 digits."""
    p = Mixture([Triangular(-2.7403, -2.7403, 2.7403), Normal(-4129.2, 1.595)], [9 / 11, 2 / 11])
    found = gt.total_variation(p, Cauchy(-8258.5, 2.1663))
    assert abs(mp.mpf(float(found)) - mp.mpf("0.9999992399528662835592985568")) <= found.error


@compiled
def test_an_error_by_null_rules_that_fall_slowly():
    """Kronrod - Gauss and its odd companion are both small by accident: truth by mpmath."""
    p = Mixture([Normal(-1.5073, 0.431), Normal(2.789, 0.49)], [0.695, 0.305])
    q = Mixture([Normal(-4.5104, 0.3635), Normal(2.0117, 0.7534)], [0.4435, 0.5565])
    found = gt.alpha_divergence(p, q, 0.3)
    assert abs(mp.mpf(float(found)) - mp.mpf("2.96911020500897888344081432835")) <= found.error


TAKES_OVER = (
    Mixture(
        [
            StudentT(10.0, -140.3688698921041, 0.0004920227373705381),
            StudentT(1.5, 6.249524897023357, 0.0004817999887215773),
            StudentT(2.0, -40.879984320287186, 3.386134247022046),
        ],
        [0.05806606453940905, 0.8002960202843783, 0.14163791517621255],
    ),
    Mixture(
        [
            Laplace(8.270339527388355, 0.1674985939451919),
            Normal(-411.7992310931632, 0.0008928386198975735),
        ],
        [0.6492211307454288, 0.35077886925457136],
    ),
)


@pytest.mark.parametrize("method", [gt.kl_divergence, ADAPTIVE["KL"]])
def test_a_component_that_takes_over_far_beyond_its_mass(method):
    """-log q is 2,500 there, but for 70 deviations around a normal: truth by mpmath."""
    found = method(*TAKES_OVER)
    assert abs(mp.mpf(float(found)) - mp.mpf("105.9560537433177965547342")) <= found.error


def test_a_power_tail_beyond_the_narrow_end_of_a_layout():
    """Truth by mpmath: what p and q have in common reaches 1e6 times as far as a triangle there."""
    p = Mixture(
        [
            StudentT(5.0, -11.036746243469253, 0.007202804596682898),
            Cauchy(-8.009839443849536, 0.042138858482155594),
            Cauchy(-79.94916271859806, 0.17401503766776433),
        ],
        [0.5376712977050113, 0.4358962026556302, 0.02643249963935861],
    )
    q = Mixture(
        [
            Triangular(-175.26268690508246, -175.26265756555148, -175.26265756555148),
            StudentT(20.0, 1.5688050274440297, 0.0002938605410186185),
            StudentT(5.0, 53.91656551540036, 2.036767639849986),
        ],
        [0.5882462594798276, 0.14062539510685834, 0.271128345413314],
    )
    found = gt.total_variation(p, q)
    assert abs(mp.mpf(float(found)) - mp.mpf("0.999893327873777305669645749381")) <= found.error


def of_any_scale(rng):
    """A density, or a mixture, with scales from 1e-5 to 100."""
    families = [*FAMILIES.values()]
    parts = [
        families[rng.integers(len(families))](
            rng.uniform(-1000, 1000) * 10 ** rng.uniform(-2, 0), 10 ** rng.uniform(-5, 2)
        )
        for _ in range(rng.integers(1, 4))
    ]
    return parts[0] if len(parts) == 1 else Mixture(parts, rng.dirichlet(np.ones(len(parts))))


@compiled
@pytest.mark.slow
def test_scales_that_differ_by_millions():
    rng = np.random.default_rng(12)
    settled = 0
    for _ in range(30):
        p, q = of_any_scale(rng), of_any_scale(rng)
        for name in ("JSD", "TV", "H²", "KL", "Jeffreys", "D_0.3"):
            settled += agrees(name, p, q, found_of(name, p, q))[1]
    assert settled > 75


@compiled
@pytest.mark.parametrize("name", ["JSD", "TV", "H²"])
def test_supports_that_do_not_meet_are_settled_at_once(name):
    found = found_of(name, Triangular(-4, -3, -2), Triangular(1, 2, 4))
    assert found.settled.all()
    assert found.evaluations == 0


@compiled
def test_a_total_variation_with_two_crossings_between_two_nodes():
    """log p - log q is 0.002 - x²/8, and more negative further out."""
    for narrow in np.linspace(0.001, 0.2, 10):
        p = Mixture([Normal(0, 1), Normal(0.3, narrow)], [1 - 1e-4 * narrow, 1e-4 * narrow])
        q = Normal(0, 1)
        found = gt.total_variation(p, q)
        truth = functional(named.TOTAL_VARIATION, p, q)
        assert found.compatible_with(truth)


@compiled
@pytest.mark.parametrize("power", [10, 33, 40])
def test_a_total_variation_is_cut_where_its_digits_are(power):
    """The values at h = 2^-power, by 60 digits; the difference of two logarithms has few of them."""
    h = 2.0**-power
    truth = {10: 0.000465739845240274, 33: 5.55236218974e-11, 40: 4.33778296077e-13}[power]
    weights, scales = [0.5, 0.25, 0.25], (0.5, 0.75, 1.0)
    p = Mixture([Normal(m, s) for m, s in zip((-1.0, 0.5, 3.0), scales, strict=True)], weights)
    moved = (-1.0 + h, 0.5 - 0.5 * h, 3.0 + 0.25 * h)
    q = Mixture([Normal(m, s) for m, s in zip(moved, scales, strict=True)], weights)
    found = gt.total_variation(p, q)
    assert abs(float(found) - truth) <= float(found.error) + 1e-11 * truth


@compiled
def test_a_zero_of_a_density_is_no_place_for_the_faster_rule():
    """q log q where q vanishes: |K - G| itself is the error there."""
    p = Mixture(
        [
            Normal(1.849960418507802, 1.4656688534691296),
            Uniform(-0.26222583171712444, 4.16009185990324),
        ],
        [0.6016949220281121, 0.3983050779718879],
    )
    q = Triangular(-0.9015706415114639, -0.9015706415114639, 1.5280768996774405)
    found = gt.reverse_kl_divergence(p, q)
    assert abs(float(found) - 1.692860348578150490206) <= float(found.error)


@compiled
def test_infinite_ones_are_never_settled():
    for name, p, q in (
        ("KL", Normal(0, 1), Uniform(-100, 100)),  # e^-5000 of mass
        ("KL", StudentT(2, 0, 1), Normal(0, 1)),
        ("KL", Mixture([Normal(0, 1), Cauchy(0, 1)], [1 - 1e-12, 1e-12]), Normal(0, 1)),
        ("reverse KL", Triangular(0, 1, 2), Normal(0, 1)),
        ("Jeffreys", Uniform(0, 1), Uniform(0, 2)),
        ("χ²", Normal(0, 2), Normal(0, math.sqrt(2))),
        ("χ²", Uniform(0, 1), Triangular(0, 0.5, 1)),
        ("Neyman", Laplace(0, 1), Laplace(0, 2)),
        ("χ²", StudentT(1, 0, 1), StudentT(3, 0, 1)),
    ):
        assert not found_of(name, p, q).settled.any(), (name, p, q)


@compiled
@pytest.mark.parametrize("code", ["N/N", "NL/L", "U/T"])
def test_against_balls(code):
    p, q = (draw(side, 2, np.random.default_rng(3)) for side in code.split("/"))
    found = found_of("JSD", p, q)
    for i in range(2):
        ball = certified.js_divergence(p.member(i, (2,)), q.member(i, (2,)), digits=20)
        assert abs(found.value[i] - float(ball.mid)) <= found.error[i] + float(ball.rad) + 1e-17


@compiled
def test_masses_that_the_nodes_do_not_see_settle_nothing():
    pairs = members.members_of(Normal(np.zeros(3), 1.0), Normal(1.0, 2.0))
    tolerance = batches.tolerance_of(pairs, DEFAULT)
    kernel = named.JENSEN_SHANNON.fused
    assert settling.settle(kernel, pairs, tolerance, DEFAULT).settled.all()
    pairs.rows[1, members.MASS, 0] += 1e-11  # as if some of p were elsewhere
    assert list(settling.settle(kernel, pairs, tolerance, DEFAULT).settled) == [True, False, True]


@compiled
def test_loose_tolerances_are_honest():
    p, q = draw("NL", 40, np.random.default_rng(1)), draw("S", 40, np.random.default_rng(2))
    for divergence in (gt.js_divergence, gt.total_variation, gt.kl_divergence):
        fine, loose = divergence(p, q), divergence(p, q, rtol=1e-4)
        assert np.all(np.abs(fine.value - loose.value) <= fine.error + loose.error)
        assert np.all(loose.error <= 1e-4 * loose.value)


def test_without_machine_code_the_same_numbers(monkeypatch):
    p, q = draw("NL", 2, np.random.default_rng(1)), draw("S", 2, np.random.default_rng(2))
    for divergence in (gt.js_divergence, gt.total_variation, gt.kl_divergence):
        quick = divergence(p, q)
        monkeypatch.setattr(settling, "available", lambda: False)
        slow = divergence(p, q)
        monkeypatch.undo()
        assert np.all(np.abs(quick.value - slow.value) <= quick.error + slow.error)


# --- below the integrals ------------------------------------------------------------------------------


def test_the_wide_pair_of_rules():
    nodes, kronrod, gauss = WIDE
    assert len(nodes) == 31
    for weights, degree in ((kronrod, 47), (gauss, 29)):
        for n in range(degree + 1):
            truth = 0.0 if n % 2 else 2 / (n + 1)
            off = abs(exact.moment(weights, nodes, n) - truth)
            assert off <= exact.moment_rounding(weights, nodes, n), (n, degree)
    with mp.workdps(40):
        for x in nodes[gauss > 0]:
            root = mp.findroot(lambda t: mp.legendre(15, t), mp.mpf(float(x)))
            assert abs(root - mp.mpf(float(x))) <= np.spacing(abs(x))


def test_null_rules_see_nothing_of_low_degree():
    nodes, kronrod, gauss = WIDE
    rules = null_rules(nodes, kronrod - gauss, 6)
    size = np.linalg.norm(kronrod - gauss)
    rounding = 100 * np.finfo(float).eps  # of an orthogonal factor of 31 columns
    assert np.all(np.abs(rules @ rules.T - size**2 * np.eye(6)) <= rounding * size**2)
    assert min(np.abs(rules[-1] - sign * (kronrod - gauss)).max() for sign in (-1, 1)) <= rounding
    for rule, degree in zip(rules, range(25, 31), strict=True):
        seen = rule @ np.polynomial.legendre.legvander(nodes, degree)
        assert np.all(np.abs(seen[:-1]) <= rounding * np.sqrt(31) * size)
        assert abs(seen[-1]) > 0.1 * size


@compiled
def test_elementary_functions_are_right_to_a_few_roundings():
    from gantheory.divergences.fused import elementary

    rng = np.random.default_rng(0)
    eps = np.finfo(float).eps
    with mp.workdps(40):
        for function, truth, points, bound in (
            (elementary.exp, mp.exp, rng.uniform(-690, 690, 300), 2),
            (elementary.log1p, mp.log1p, rng.uniform(-0.5, 1, 300), 3),
            (elementary.log1p, mp.log1p, 10.0 ** rng.uniform(-300, -1, 300), 3),
            (elementary.log, mp.log, 10.0 ** rng.uniform(-300, 300, 300), 3),
            (elementary.tail, lambda x: mp.expm1(x) - x, rng.uniform(-0.5, 0.5, 300), 4),
            (lambda x: elementary.less(x, elementary.exp(-x)), lambda x: -mp.expm1(-x),
             10.0 ** rng.uniform(-12, 2, 300), 3),
        ):  # fmt: skip
            for x in points.tolist():
                right = truth(mp.mpf(x))
                assert abs(mp.mpf(function(x)) - right) <= bound * eps * abs(right), x


@compiled
def test_machine_code_is_made_anew_when_a_module_beside_it_changes(tmp_path):
    from gantheory import machine_code

    (tmp_path / "a.py").write_text("x = 1\n", encoding="utf-8")
    before = machine_code._sources.__wrapped__(tmp_path)
    assert machine_code._sources.__wrapped__(tmp_path) == before
    (tmp_path / "a.py").write_text("x = 2\n", encoding="utf-8")
    assert machine_code._sources.__wrapped__(tmp_path) != before


@compiled
@pytest.mark.parametrize("terminal", [True, False])
def test_who_waits_at_a_terminal_is_told_why(tmp_path, monkeypatch, capsys, terminal):
    from gantheory import machine_code

    machine_code._say_that_it_takes_time.cache_clear()
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    (tmp_path / "doubling.py").write_text("def double(x):\n    return 2 * x\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "doubling", raising=False)
    source = importlib.import_module("doubling").double
    for told in (terminal, False):
        assert machine_code.compiled(source)(1.5) == 3.0
        assert ("machine code" in capsys.readouterr().err) == told
        machine_code._say_that_it_takes_time.cache_clear()
