"""Steps of two players as matrices, and when they contract: against eigenvalues."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from gantheory.dynamics import (
    alternating,
    characteristic,
    consensus,
    extragradient,
    heavy_ball,
    inside_circle,
    left_half,
    linearised,
    optimistic,
    simultaneous,
    spectral_radius,
    trajectory,
    velocity,
)

h, beta, z = sp.symbols("h beta z", real=True)
J = [[0.3, -1.0, 0.2], [0.7, -0.4, 0.5], [0.1, 0.6, -0.2]]
EXACT = sp.Matrix(3, 3, lambda i, j: sp.Rational(str(J[i][j])))
STEP, MOMENTUM = 0.3, -0.25


def by_hand(name: str, now: np.ndarray, before: np.ndarray) -> np.ndarray:
    """One step, as its definition says it, without a matrix of the whole step."""
    field = np.array(J)
    if name == "simultaneous":
        return now + STEP * field @ now
    if name == "extragradient":
        return now + STEP * field @ (now + STEP * field @ now)
    if name == "optimistic":
        return now + 2 * STEP * field @ now - STEP * field @ before
    seen, momentum = now.copy(), MOMENTUM * (now - before) if name.startswith("heavy") else 0 * now
    if name == "heavy ball, simultaneous":
        return now + STEP * field @ now + momentum
    first, later = (slice(0, 2), slice(2, 3))
    seen[first] = (now + STEP * field @ now + momentum)[first]
    old = np.concatenate([seen[first], now[later]])
    seen[later] = (now + STEP * field @ old + momentum)[later]
    return seen


STEPS = {
    "simultaneous": simultaneous(J, STEP),
    "alternating": alternating(J, STEP, first=2),
    "extragradient": extragradient(J, STEP),
    "optimistic": optimistic(J, STEP),
    "heavy ball, simultaneous": heavy_ball(J, STEP, MOMENTUM),
    "heavy ball, alternating": heavy_ball(J, STEP, MOMENTUM, first=2),
}


@pytest.mark.parametrize("name", STEPS)
def test_a_matrix_is_the_step(name: str) -> None:
    draw = np.random.default_rng(7)
    now, before = draw.normal(size=(2, 3))
    matrix = np.array(STEPS[name], dtype=float)
    state = now if len(matrix) == 3 else np.concatenate([now, before])
    path = trajectory(matrix, state, 4)[:, :3]
    for found in path[1:]:
        now, before = by_hand(name, now, before), now
        np.testing.assert_allclose(found, now, rtol=1e-12)


def test_consensus_descends_the_square_of_the_field() -> None:
    x, y = sp.symbols("x y", real=True)
    v = velocity(x**2 * y + x * y, y**2 - x * y, [x], [y])
    further = velocity(*[v.dot(v) / 2] * 2, [x], [y])  # both descend |v|²/2
    gamma = sp.Symbol("gamma", real=True)
    found = consensus(linearised(v, [x, y]), gamma)
    assert found == linearised(v, [x, y]) + gamma * further.jacobian([x, y]).subs({x: 0, y: 0})


@pytest.mark.parametrize("degree", [1, 2, 3, 4, 5])
def test_conditions_are_those_of_the_roots(degree: int) -> None:
    """At random polynomials, and at those whose largest root is 1e-4 off the boundary."""
    names = sp.symbols(f"a0:{degree}", real=True)
    polynomial = sp.Poly([1, *names], z)
    judges = [sp.lambdify(names, rule(polynomial)) for rule in (inside_circle, left_half)]
    draw, found = np.random.default_rng(degree), set()
    for k in range(300):
        roots = draw.normal(size=degree) + 1j * draw.normal(size=degree)
        pairs = degree // 2
        roots[pairs : 2 * pairs] = roots[:pairs].conj()
        roots[2 * pairs :] = roots[2 * pairs :].real
        off = 1 + draw.choice([-1, 1]) * 1e-4 if k % 2 else draw.uniform(0.5, 1.5)
        inside = roots * off / np.abs(roots).max()
        left = roots - roots.real.max() + draw.choice([-1, 1]) * 1e-3
        for judge, chosen, stable in zip(
            judges, (inside, left), (off < 1, left.real.max() < 0), strict=True
        ):
            assert bool(judge(*np.poly(chosen).real[1:])) == stable
            found.add((judge, stable))
    assert len(found) == 4


def test_quadratics_have_jurys_conditions() -> None:
    a, b = sp.symbols("a b", real=True)
    found = inside_circle(sp.Poly(z**2 + a * z + b, z))
    assert set(found.args) == {1 + a + b > 0, 1 - a + b > 0, 1 - b > 0}


def test_what_never_holds_is_not_evaluated() -> None:
    step = simultaneous([[0, -1], [1, 0]], h)
    assert sp.Gt(-(h**2), 0, evaluate=False) in inside_circle(characteristic(step, z)).args
    assert inside_circle(sp.Poly(z + sp.Rational(1, 2), z)) == sp.true
    assert not inside_circle(sp.Poly(z + 2, z)).doit()


def test_radii_of_many() -> None:
    found = spectral_radius([[[0, -1], [1, 0]], [[2, 0], [0, 1]]])
    np.testing.assert_allclose(found, [1, 2])


def test_what_goes_very_far_is_infinite() -> None:
    path = trajectory([[1e60, 0], [0, 1e-60]], [1, 1], 5)
    np.testing.assert_array_equal(path[:2], [[1, 1], [1e60, 1e-60]])
    assert np.isinf(path[2:]).all()


def test_a_point_that_moves_is_no_equilibrium() -> None:
    x, y = sp.symbols("x y", real=True)
    with pytest.raises(ValueError, match="no equilibrium; give a point where v is 0"):
        linearised(velocity(x * y + x, -x * y, [x], [y]), [x, y])
    with pytest.raises(ValueError, match="give a square J and 0 <= first < 2"):
        alternating([[0, 1], [1, 0]], h, first=2)
    with pytest.raises(ValueError, match="give a square J"):
        heavy_ball([[0, 1]], h, beta)
