"""The public integral of a function of the user's, who declared nothing but the landmarks.

What the nodes of a cell do not show does not follow from their sums. So every cell is also probed
between its nodes and just inside its ends, the whole domain is surveyed once at points that no
panel knows of, and wherever f is not the polynomial through the nodes, ∫ |f - P| is added to the error
of the cell.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from gantheory.arrays import EPS, FloatArray, Rows
from gantheory.calls import QUOTIENT, Call
from gantheory.errors import NotConverged
from gantheory.estimates import Estimate, route
from gantheory.quadrature.adaptive import Integrand, Sums, _axis_nodes, adapt, evaluate
from gantheory.quadrature.cells import Cells, Survey, axis_cells, axis_landmarks, grid, strata
from gantheory.quadrature.plain import Plain
from gantheory.quadrature.rules import CHUNK, INTEGRATORS, RULES, null_rules

SEED = 19910601
SAFETY = 4.0
NULL_RULES = 3
LEBESGUE = 4.0  # largest Σ |Lagrange polynomials| on [-1, 1] of both rules' nodes, rounded


def integrate(
    f: Callable[[FloatArray], npt.ArrayLike],
    domain: Sequence[Any],
    *,
    landmarks: Sequence[Any] = (),
    rtol: float = 1e-10,
    atol: float = 0.0,
    limit: int = 4_000_000,
) -> Estimate:
    """∫ f over an interval or a rectangle, finite or infinite.

    Parameters
    ----------
    f:
        Vectorised: takes points of shape (n,) in 1-D or (n, 2) in 2-D and returns n values, or
        shape (n, ...) for a batch.
    domain:
        (low, high), or ((low, high), (low, high)); ends may be infinite.
    landmarks:
        Where f has structure: (center, scale) in 1-D, (x, y, scale) in 2-D, or a bare number for a
        jump or kink.
    rtol, atol:
        The integral is split until its error is at most max(atol, rtol |value|).
    limit:
        Evaluations after which it gives up. The survey takes 2048 in 1-D and 16384 in 2-D, and
        more where the domain is infinite; with less there is no result.

    Returns
    -------
    Estimate
        value ± error, an array of the batch's shape for a batch; route "Gauss-Kronrod panels" (1-D)
        or "Gauss-Kronrod cells" (2-D). A bare function is a black box, whatever landmarks it is
        given, so `declared` is False and a claim that rests on it is supported at most; in a page
        give `sympy.Integral(...)` to the statement, or densities to a functional. The error is the
        change between two resolutions or the sum over the cells of max(|null rules|, 4 ∫ |f - P|),
        whichever is larger, plus rounding.

    Raises
    ------
    NotConverged
        If the tolerance is not met within `limit`; `.best` is the Estimate so far.
    ValueError
        If domain, landmarks or tolerances are malformed, or f returns nan or a wrong shape.

    Notes
    -----
    P is the polynomial through the nodes of a cell, whose integral is Kronrod's sum; ∫ |f - P| is
    estimated from points that are no nodes, and 2 |Kronrod - Gauss| is one of the null rules. What
    shows at none of these points is missed by this rule as by every other. In 1-D nothing is missed
    that is as wide as 1/1000 of a finite domain, as 1/12 of the scale of a landmark within three
    scales of it (1/6 within ten), or, on an infinite side, as 1/18 of its distance from there, up
    to 10,000 scales; in the plane no square as wide as 1/60 of the domain. Declare what is narrower.
    """
    found, _ = resolve(f, domain, landmarks=landmarks, rtol=rtol, atol=atol, limit=limit)
    if not np.all(found.converged):
        raise NotConverged(
            f"∫ {getattr(f, '__qualname__', 'f')} over {tuple(_check_domain(domain))}: error "
            f"{np.max(found.error):.1e} after {found.evaluations} evaluations; declare the "
            "landmarks (center, scale) of the integrand, or raise limit",
            found,
        )
    return found


def resolve(
    f: Callable[[FloatArray], npt.ArrayLike],
    domain: Sequence[Any],
    *,
    landmarks: Sequence[Any] = (),
    rtol: float,
    atol: float,
    limit: int,
    accuracy: Callable[[], float] = lambda: EPS,
) -> tuple[Estimate, Cells]:
    """∫ f as in `integrate`, converged or not, and the cells that it took.

    Parameters
    ----------
    f, domain, landmarks, rtol, atol, limit:
        See `integrate`.
    accuracy:
        Relative rounding unit of f's values, asked for after each call.
    """
    sides = _check_domain(domain)
    _check_tolerances(rtol, atol, limit)
    axes = [
        axis_cells(side, axis_landmarks(landmarks, axis, len(sides)))
        for axis, side in enumerate(sides)
    ]
    wrapped = Plain(f, len(sides), accuracy)
    survey = Survey(wrapped.values, [strata(axis, len(sides)) for axis in axes])
    rule = _Doubting(wrapped, survey)
    rest, wrapped.points = max(1, limit - survey.evaluations), 0
    found = adapt(
        wrapped, grid(axes), rtol=rtol, atol=atol, limit=rest, rule=rule, spent=wrapped.spent
    )
    error = np.nan_to_num(found.error + found.rounding, nan=np.inf, posinf=np.inf)
    # without a second resolution adapt says ∫|f| by the nodes, which may have missed f
    blind = ~np.isfinite(found.value) | ((error >= found.size) & (not found.converged))
    error = np.where(blind, error + 2 * survey.size if rest > 1 else np.inf, error)
    allowed = np.maximum(np.maximum(atol, rtol * np.abs(found.value)), 2 * found.rounding)
    converged = np.isfinite(error) & (error <= allowed)
    shape = wrapped.batch_shape
    estimate = Estimate(
        np.nan_to_num(found.value, nan=0.0, posinf=0.0, neginf=0.0).reshape(shape),
        np.where(np.isfinite(found.value), error, np.inf).reshape(shape),
        route=route(INTEGRATORS[len(sides)], getattr(f, "__qualname__", "f")),
        call=Call(f"∫ {getattr(f, '__name__', 'f').replace('<lambda>', 'f')}", QUOTIENT),
        evaluations=found.evaluations + survey.evaluations,
        declared=False,
        converged=bool(converged[0]) if shape == () else converged.reshape(shape),
    )
    return estimate, found.cells


# --- between the nodes ----------------------------------------------------------------------------


@dataclass(frozen=True)
class _Probes:
    """Points t (n, dim) of [-1, 1]^dim that are no nodes, and the share of the cell of each.

    `side` says of each whether it is close to an end of axis 0 or 1, or (-1) of none.
    """

    t: FloatArray
    share: FloatArray
    side: npt.NDArray[np.int8]


def _line_probes() -> _Probes:
    """Four points amid gaps, and four at each end: what a jump behind the last node leaves to see."""
    last = 1 - RULES[1][0][-1]
    inner = np.array([-0.8974, -0.3641, 0.0747, 0.6208])
    depth = 2.0 ** -np.array([11, 23, 36, 48])
    gaps = np.array([last, *depth[:-1]])
    t = np.concatenate([inner, depth - 1, 1 - depth])
    share = np.concatenate([np.full(4, 0.5), gaps, gaps])
    return _Probes(t[:, None], share, np.repeat(np.array([-1, 0], dtype=np.int8), [4, 8]))


def _plane_probes() -> _Probes:
    """Twelve points inside, and five at each side."""
    last = 1 - RULES[2][0][-1]
    rng = np.random.default_rng(SEED)
    inner = rng.uniform(-0.99, 0.99, size=(12, 2))
    depth = 2.0 ** -np.array([10, 10, 22, 34, 46])
    gaps = 2 * np.array([last / 2, last / 2, *depth[1:-1]])
    edge = [
        np.roll(np.stack([sign * (1 - depth), rng.uniform(-1, 1, size=5)], axis=1), axis, axis=1)
        for axis in (0, 1)
        for sign in (-1, 1)
    ]
    share = np.concatenate([np.full(12, 4 / 12), *[gaps] * 4])
    side = np.repeat(np.array([-1, 0, 1], dtype=np.int8), [12, 10, 10])
    return _Probes(np.concatenate([inner, *edge]), share, side)


PROBES = {1: _line_probes(), 2: _plane_probes()}


def _null_rules(dim: int) -> FloatArray:
    """Return null rules twice as long as Kronrod - Gauss, which may vanish by accident.

    In the plane there are Kronrod - Gauss and its probes.
    """
    nodes, kronrod, gauss = RULES[dim]
    if dim == 2:
        return np.zeros((1, len(nodes) ** 2))
    return 2 * null_rules(nodes, kronrod - gauss, NULL_RULES)


def _lagrange(t: FloatArray, dim: int) -> FloatArray:
    """Return the Lagrange polynomials of the rule's nodes at t: shape (*t.shape, nodes)."""
    nodes = RULES[dim][0]
    apart = nodes[:, None] - nodes + np.eye(len(nodes))
    gap = t[..., None] - nodes
    terms = 1 / np.prod(apart, axis=1) / np.where(gap == 0, 1e-200, gap)
    return np.asarray(terms / np.sum(terms, axis=-1, keepdims=True))


class _Doubting:
    """Kronrod's sum over each cell, with the error max(|null rules|, SAFETY ∫ |f - P|).

    P interpolates f at the nodes, so that ∫ P is Kronrod's sum and ∫ |f - P| bounds its error. That
    integral is a sum over probes or over the survey, whichever is larger. To compare interpolants,
    not sums, is Gonnet's idea ("Increasing the reliability of adaptive quadrature using explicit
    interpolants", 2010); here f itself is the second one.
    """

    def __init__(self, f: Plain, survey: Survey) -> None:
        self.f, self.survey, self.probes = f, survey, PROBES[f.dim]
        matrices = [_lagrange(t, f.dim) for t in self.probes.t.T]
        self.lagrange = matrices[0]
        if f.dim == 2:
            self.lagrange = np.einsum("pi,pj->pij", *matrices).reshape(len(self.probes.t), -1)
        self.cost = sum(self.lagrange.shape)
        self.nulls = _null_rules(f.dim)

    def __call__(self, f: Integrand, cells: Cells) -> Sums:
        """Return the sums, in parts that bound the memory."""
        step = max(1, CHUNK // (self.cost * len(self.survey.values)))
        with np.errstate(over="ignore", invalid="ignore"):
            parts = [self._sums(f, cells[i : i + step]) for i in range(0, len(cells), step)]
        result = parts[0]
        for part in parts[1:]:
            result = result.joined(part)
        return result

    def _sums(self, f: Integrand, cells: Cells) -> Sums:
        heard = []

        def listened(x: FloatArray, origin: FloatArray) -> tuple[FloatArray, FloatArray]:
            heard.append(f(x, origin))
            return heard[-1]

        sums = evaluate(listened, cells)
        values, rounding = (
            np.concatenate(part, axis=1).reshape(len(sums.value), len(cells), -1)
            for part in zip(*heard, strict=True)
        )
        _, jacobian = self._points(cells, _mesh(self.f.dim))
        values, noise = values * jacobian, (rounding * np.abs(jacobian)).max(axis=-1)
        noise *= 4 * LEBESGUE**self.f.dim
        apart = self._at_probes(cells, values, noise)
        doubt = SAFETY * np.maximum(apart.sum(axis=-1), self._at_survey(cells, values, noise))
        null = np.abs(values @ self.nulls.T).max(axis=-1)
        doubt = np.maximum(doubt, _beyond(null, noise))
        axis = sums.axis
        if self.f.dim == 2:
            axis = np.where((doubt > sums.error).any(axis=0), self._axis(cells, apart), axis)
        return replace(sums, doubt=doubt, axis=axis)

    def _points(self, cells: Cells, t: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the points of all cells at t (p, dim), (cells, p, dim), and dx/dt, (cells, p)."""
        along = [_axis_nodes(cells, axis, t[:, axis]) for axis in range(cells.dim)]
        points = np.stack([x for x, _ in along], axis=-1) + cells.origin[:, None]
        return points, np.prod([j for _, j in along], axis=0)

    def _at_probes(self, cells: Cells, values: FloatArray, noise: FloatArray) -> FloatArray:
        """Return |f - P| times its share of the cell at each probe: (components, cells, probes)."""
        points, jacobian = self._points(cells, self.probes.t)
        low, high = (end[:, None] for end in cells.bounds())
        # the very end is another cell's as well, or a pole; infinity is for the nodes
        points = np.clip(points, np.nextafter(low, np.inf), np.nextafter(high, -np.inf))
        away = (cells.ends != 0)[:, None] & (cells.low == 0)[:, None] & (self.probes.t < -0.9999)
        skip = ((points <= low) | (points >= high) | away).any(axis=-1)
        points = np.where(skip[..., None], points[:, :1], points)
        flat = points.reshape(-1, cells.dim)
        seen = self.f.values(flat[:, 0] if cells.dim == 1 else flat)
        seen = seen.reshape(len(values), *skip.shape) * jacobian
        apart = _beyond(seen - values @ self.lagrange.T, noise[..., None])
        return np.where(skip, 0.0, apart) * self.probes.share

    def _at_survey(self, cells: Cells, values: FloatArray, noise: FloatArray) -> FloatArray:
        """Return Σ |f - P| times twice its stratum over the survey's points: (components, cells)."""
        rows, index = self.survey.inside(cells)
        t, stretch = cells.locate(self.survey.points[index], rows)
        here = np.all(np.abs(t) <= 1, axis=1)
        rows, index, t, stretch = rows[here], index[here], t[here], stretch[here]
        share = np.prod(np.minimum(2 * self.survey.widths[index] / stretch, 2.0), axis=1)
        weights = [_lagrange(t[:, axis], cells.dim) for axis in range(cells.dim)]
        m = weights[0].shape[1]
        jacobian = np.prod(stretch, axis=1)
        found = np.empty(noise.shape)
        for k, block in enumerate(values):
            if cells.dim == 1:
                smooth = np.sum(block[rows] * weights[0], axis=1)
            else:
                nodes = block.reshape(-1, m, m)[rows]
                smooth = np.einsum("pij,pi,pj->p", nodes, *weights, optimize=True)
            apart = _beyond(self.survey.values[k, index] * jacobian - smooth, noise[k, rows])
            found[k] = np.bincount(rows, apart * share, minlength=len(cells))
        return found

    def _axis(self, cells: Cells, apart: FloatArray) -> Rows:
        """Return the axis at whose ends the probes differ most, else the longer one."""
        worst = [apart[..., self.probes.side == s].max(axis=(0, 2)) for s in (-1, 0, 1)]
        longer = np.argmax(cells.high - cells.low, axis=1)
        at_sides = np.maximum(worst[1], worst[2]) > worst[0]
        return np.asarray(np.where(at_sides, worst[2] > worst[1], longer), dtype=np.intp)


def _mesh(dim: int) -> FloatArray:
    """Return the rule's nodes in [-1, 1]^dim, of shape (m^dim, dim)."""
    nodes = RULES[dim][0]
    return np.stack([c.ravel() for c in np.meshgrid(*[nodes] * dim, indexing="ij")], axis=1)


def _beyond(apart: FloatArray, noise: FloatArray) -> FloatArray:
    """Return |f - P| as far as rounding does not explain it; inf where it is not a number."""
    return np.nan_to_num(np.maximum(np.abs(apart) - noise, 0.0), nan=np.inf, posinf=np.inf)


def _check_domain(domain: Sequence[Any]) -> list[tuple[float, float]]:
    try:
        sides = np.atleast_2d(np.asarray(domain, dtype=np.float64))
    except (TypeError, ValueError):
        sides = np.empty((0, 0))
    if (
        sides.shape not in {(1, 2), (2, 2)}
        or np.any(np.isnan(sides))
        or np.any(sides[:, 0] >= sides[:, 1])
    ):
        raise ValueError(
            f"domain={domain!r}: write (low, high) or ((low, high), (low, high)) with low < high"
        )
    return [(float(low), float(high)) for low, high in sides]


def _check_tolerances(rtol: float, atol: float, limit: int) -> None:
    if not (0 <= rtol < 1 and 0 <= atol < math.inf and rtol + atol > 0):
        raise ValueError(f"rtol={rtol!r}, atol={atol!r}: both not negative, one positive, rtol < 1")
    if not limit > 0:
        raise ValueError(f"limit={limit!r}: give a positive number of evaluations")
