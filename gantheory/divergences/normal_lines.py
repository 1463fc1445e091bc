"""Total variation of mixtures of normals of the plane: exact along lines, adaptive across them.

∫ |p - q| / 2 along a line is smooth in the line but where that touches the curve p = q, and there it has a
power 3/2, which panels across the lines find. Along a line p - q is a polynomial of degree 14 on every panel,
to the last digits but a few; its roots are where |p - q| has kinks, and its integrals between them need no
further look at p and q.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numpy.polynomial import legendre

from gantheory.arrays import EPS, FloatArray, Rows
from gantheory.densities.base import Density
from gantheory.divergences.kernels import total_variation
from gantheory.divergences.normal_cells import ON_LINES, Frames, NormalPair, normal_pair
from gantheory.divergences.normal_lattice import Components, components_of
from gantheory.estimates import Estimate, route
from gantheory.quadrature import RULES, Cells, adapt
from gantheory.threads import threads

REACH = 12.0  # standard deviations: the plane beyond holds e^-72
WIDTH = 2.0  # of a panel, in standard deviations of the narrowest component near it
LINES = 64  # looked at at once
MOST_PANELS = 2_000  # along a line: more are left to the general method
MOST_NODES = 60_000_000
FARTHEST = 1e5  # distance of the components, in a quarter of the least standard deviation
GUARD = 1e-11  # how far the masses may be off before the result is refused
RTOL = 3e-11
NODES, KRONROD, _ = RULES[2]
DEGREE = len(NODES) - 1
LEGENDRE = np.linalg.inv(legendre.legvander(NODES, DEGREE)).T  # values -> coefficients
SLOPE = legendre.legder(np.eye(DEGREE + 1)).T  # coefficients -> those of the derivative ...
RISE = legendre.legint(np.eye(DEGREE + 1), lbnd=-1).T  # ... and of the integral from -1
FINE = np.linspace(-1.0, 1.0, 65)
AT_FINE = legendre.legvander(FINE, DEGREE).T
NEWTON = 3  # steps from a root of the broken line through FINE to that of the polynomial
DEEPEST = 8  # halvings of a panel that is not resolved, along a line
RESOLVED = 1e-13  # share of a line's integral


# --- along a line ---------------------------------------------------------------------------------


def unsigned(f: FloatArray) -> tuple[FloatArray, FloatArray]:
    """∫ |f| over [-1, 1] and a bound on its error, from values at the nodes of many panels, (n, 15).

    The error is that of the polynomial where |f| has a kink, its further coefficients taken to fall as
    fast as the last ones do; elsewhere Kronrod's, of degree 22.
    """
    c = f @ LEGENDRE
    whole = f @ KRONROD
    before, last = (np.max(np.abs(c[:, k]), axis=1) for k in ([-5, -4], [-2, -1]))
    ratio = np.minimum(last / np.maximum(before, 1e-300), 0.9)
    off = 2 * last * ratio / (1 - ratio) + 4 * EPS * np.max(np.abs(f), axis=1)
    fine = c @ AT_FINE
    kinked = np.min(np.abs(fine), axis=1) <= 4 * off
    row, j = np.nonzero((fine[:, 1:] > 0) != (fine[:, :-1] > 0))
    kinked[row] = True
    value = np.abs(whole)
    if len(row):
        rise = _rise_at_roots(c[row], fine[row, j], fine[row, j + 1], j)
        first = np.diff(row, prepend=-1) != 0
        step = np.diff(rise, prepend=0.0)
        step[first] = rise[first]
        last_one = np.diff(row, append=-1) != 0
        value[row[last_one]] = np.abs(whole[row[last_one]] - rise[last_one])
        value += np.bincount(row, np.abs(step), minlength=len(value))
    return value, 4 * off * np.where(kinked, 1.0, ratio**2)


def _rise_at_roots(
    c: FloatArray, before: FloatArray, after: FloatArray, j: Rows
) -> FloatArray:
    """∫ from -1 to the root between FINE[j] and FINE[j + 1] of polynomials, (n, 15) coefficients."""
    low, high = FINE[j], FINE[j + 1]
    u = low + (high - low) * before / (before - after)
    slope = c @ SLOPE
    for _ in range(NEWTON):
        powers = legendre.legvander(u, DEGREE)
        tilt = np.sum(powers[:, :-1] * slope, axis=1)
        step = np.sum(powers * c, axis=1) / np.where(tilt == 0, np.inf, tilt)
        u = np.clip(u - step, low, high)
    return np.asarray(np.sum(legendre.legvander(u, DEGREE + 1) * (c @ RISE), axis=1))


class Lines:
    """A pair of mixtures on the lines (·, t), in coordinates turned and moved against the plane's."""

    def __init__(self, pair: NormalPair, components: Components) -> None:
        self.pair, self.evaluations = pair, 0
        narrowest = int(np.argmin(components.widths[:, 0]))
        self.turn = np.eye(2)
        if components.tilt[narrowest] > 1 + 1e-12:
            self.turn = np.linalg.svd(components.factor[narrowest])[0]
        self.center = components.mean[narrowest]
        self.mean = (components.mean - self.center) @ self.turn
        self.whiten = np.linalg.inv(components.factor) @ self.turn
        # what nodes, measured from one center, are off by in standard deviations
        narrow = components.widths[narrowest, 0]
        self.off = 4 * EPS * float(np.max(np.ptp(self.mean, axis=0))) / narrow

    def panels(self, axis: int) -> tuple[FloatArray, FloatArray]:
        """Return both ends of panels along an axis, each as wide as the components near it allow."""
        reach = REACH * np.linalg.norm(np.linalg.inv(self.whiten)[:, axis], axis=1)
        low, high = self.mean[:, axis] - reach, self.mean[:, axis] + reach
        width = WIDTH / np.linalg.norm(self.whiten[:, :, axis], axis=1)
        x, ends = float(np.min(low)), []
        while x < np.max(high) and len(ends) <= MOST_PANELS:
            near = (low < x + width) & (high > x)
            if not np.any(near):
                x = float(np.min(low[low > x]))
                continue
            ends.append((x, x + float(np.min(width[near]))))
            x = ends[-1][1]
        start, stop = np.array(ends).T
        return start, stop

    def __call__(self, t: FloatArray) -> tuple[FloatArray, FloatArray]:
        """∫ |p - q| / 2, ∫ p, ∫ q along the lines, (3, n), and bounds on their errors."""
        parts = list(threads().map(self._some, np.array_split(t, max(1, len(t) // LINES))))
        self.evaluations += sum(n for _, _, n in parts)
        value, error, _ = zip(*parts, strict=True)
        return np.concatenate(value, axis=1), np.concatenate(error, axis=1)

    def _some(self, t: FloatArray) -> tuple[FloatArray, FloatArray, int]:
        start, stop = self.along
        middle, half = 0.5 * (start + stop), 0.5 * (stop - start)
        line, panel = np.nonzero(self._alive(t, middle, half))
        middle, half = middle[panel], half[panel]
        total, error, seen = np.zeros((3, len(t))), np.zeros((3, len(t))), 0
        with np.errstate(over="ignore", invalid="ignore"):
            for depth in range(DEEPEST + 1):
                if not len(line):
                    break
                value, rounding, off = self._on_panels(middle, half, t[line])
                seen += len(line)
                scale = total[0] + _by_line(line, value[0], len(t))
                split = (off > RESOLVED * scale[line]) & (depth < DEEPEST)
                rounding[0] += off
                for found, part in ((total, value), (error, rounding)):
                    found += [_by_line(line[~split], row[~split], len(t)) for row in part]
                line, middle, half = (np.repeat(a[split], 2) for a in (line, middle, 0.5 * half))
                middle = middle + half * np.resize([-1.0, 1.0], len(half))
        return total, error, seen * len(NODES)

    def _alive(self, t: FloatArray, middle: FloatArray, half: FloatArray) -> npt.NDArray[np.bool_]:
        """Whether some component comes near a panel of a line: shape (lines, panels)."""
        across = (t[:, None, None] - self.mean[:, 1])[..., None] * self.whiten[:, :, 1]
        z = across + (middle[:, None] - self.mean[:, 0])[..., None] * self.whiten[:, :, 0]
        reach = REACH + half[:, None] * np.linalg.norm(self.whiten[:, :, 0], axis=1)
        return np.asarray(np.any(np.sum(z * z, axis=-1) <= reach**2, axis=-1))

    def _on_panels(
        self, middle: FloatArray, half: FloatArray, t: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """The integrals over panels, (3, n), their rounding, and the error of the first."""
        origin = np.broadcast_to(self.center, (len(t), 2))
        sides = np.stack([half, np.zeros_like(half)], axis=1)
        at = np.stack([middle, t], axis=1) @ self.turn.T
        v = self.pair.look(Frames(origin, at, sides, self.turn), ON_LINES)
        values, rounding = total_variation(v)
        moved = 4 * values if self.pair.steps else v.p + v.q
        terms = rounding + self.off * moved, v.p * (v.error_p + self.off), v.q * (v.error_q + self.off)
        shape = len(t), len(NODES)
        value, off = unsigned(np.copysign(values, v.logit).reshape(shape))
        masses = (half * (d.reshape(shape) @ KRONROD) for d in (v.p, v.q))
        errors = np.stack([half * (term.reshape(shape) @ KRONROD) for term in terms])
        return np.stack([half * value, *masses]), errors, half * off


def _by_line(line: Rows, values: FloatArray, lines: int) -> FloatArray:
    return np.bincount(line, values, minlength=lines)


# --- across the lines -----------------------------------------------------------------------------


def total_variation_of_normals(p: Density, q: Density) -> Estimate | None:
    """TV(p, q) of mixtures of normals of the plane, None where the general method must be taken.

    The error is that of `adapt` across the lines, with what the polynomials along them leave out, the
    rounding and the plane beyond REACH.
    """
    pair, components = normal_pair(p, q), components_of(p, q)
    if pair is None or components is None:
        return None
    lines = Lines(pair, components)
    if not lines.off <= FARTHEST * EPS:
        return None
    lines.along, (low, high) = lines.panels(0), lines.panels(1)
    if max(len(lines.along[0]), len(low)) > MOST_PANELS:
        return None
    found = adapt(
        lambda x, origin: lines(x),
        Cells.plain(np.zeros((len(low), 1)), low[:, None], high[:, None]),
        rtol=np.array([RTOL, 0.0, 0.0]),
        atol=np.array([0.0, GUARD, GUARD]),
        limit=MOST_NODES,
        spent=lambda: lines.evaluations,
    )
    outside = 2 * math.exp(-0.5 * REACH**2)
    error = float(found.error[0] + found.rounding[0]) + outside
    missed = np.abs(found.value[1:] - 1) - found.error[1:] - found.rounding[1:]
    if not (found.converged and np.all(missed <= GUARD)):
        return None
    name = route("Gauss-Kronrod lines", "TV")
    return Estimate(float(found.value[0]), error, route=name, evaluations=lines.evaluations)
