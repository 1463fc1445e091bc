"""Total variation of mixtures of normals of the plane: exact along lines, adaptive across them.

∫ |p - q| / 2 along a line is smooth in the line but where that touches the curve p = q, and there it
has a power 3/2: Newton's method finds the lines that do, and a sine makes the power smooth; one that it
does not find costs more panels across the lines. Along a line p - q is a polynomial of degree 14 on
every panel, to the last digits but a few; its roots are where |p - q| has kinks, and its integrals
between them need no further look at p and q.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from gantheory.arrays import EPS, FloatArray, Rows
from gantheory.densities.base import Density
from gantheory.divergences.effort import DEFAULT, OUT_OF_TIME, SHARE, Effort
from gantheory.divergences.kernels import total_variation
from gantheory.divergences.kinks import unsigned
from gantheory.divergences.layout import in_parts
from gantheory.divergences.normal_cells import Frames, NormalPair, normal_pair, on_lines
from gantheory.divergences.normal_lattice import Components, components_of
from gantheory.divergences.work import Meter, trivial
from gantheory.errors import Exhausted
from gantheory.estimates import Estimate, route
from gantheory.quadrature import RULES, Cells, adapt
from gantheory.threads import threads

REACH, REACH_NEAR = 9.5, 12.5  # standard deviations: the plane beyond holds e^-45, e^-78
WIDTH, WIDTH_ACROSS = 2.0, 3.0  # of a panel, in standard deviations of the narrowest component near
BUNDLES = 4  # of the lines of a panel across, looked at at once
MOST_PANELS = 2_000  # along a line: more are left to the general method
MOST_LOOKS = 8_000_000  # of a start at a component: with more no line that touches is sought
FARTHEST = 1e5  # distance of the components, in a quarter of the least standard deviation
GUARD = 1e-11  # how far the masses may be off before the result is refused
RTOL = 3e-11
NODES, KRONROD, _ = RULES[2]
TOUCHES = 12  # of Newton's steps to a line that touches the curve
CROSSING = 1e-9  # of g, where its gradient is 0: the curve crosses itself there, or all but
FAINT = 60.0  # nats below the largest density: what the curve does there does not matter
DEEPEST = 8  # halvings of a panel that is not resolved, along a line
RESOLVED = 1e-13  # share of a line's integral


# --- along a line ---------------------------------------------------------------------------------


class Lines:
    """A pair of mixtures on the lines (·, t), in coordinates turned and moved against the plane's."""

    def __init__(self, pair: NormalPair, components: Components, meter: Meter) -> None:
        self.pair, self.meter = pair, meter
        narrowest = int(np.argmin(components.widths[:, 0]))
        self.turn, self.reach = np.eye(2), REACH if pair.steps is None else REACH_NEAR
        if components.tilt[narrowest] > 1 + 1e-12:
            self.turn = np.linalg.svd(components.factor[narrowest])[0]
        self.center = components.mean[narrowest]
        self.mean = (components.mean - self.center) @ self.turn
        self.whiten = np.linalg.inv(components.factor) @ self.turn
        self.log_peak = np.log(components.peak)
        self.along, self.across = self.panels(0, WIDTH), self.panels(1, WIDTH_ACROSS)
        # what nodes, measured from one center, are off by in standard deviations
        narrow = components.widths[narrowest, 0]
        self.off = 4 * EPS * float(np.max(np.ptp(self.mean, axis=0))) / narrow

    def derivatives(self, x: FloatArray, which: Rows) -> tuple[FloatArray, FloatArray, FloatArray]:
        """log Σ of some components at points (n, 2), its gradient, its matrix of second derivatives."""
        precision = self.whiten[which].swapaxes(1, 2) @ self.whiten[which]
        y = x[:, None] - self.mean[which]
        pull = -(y[..., :1] * precision[:, 0] + y[..., 1:] * precision[:, 1])
        e = self.log_peak[which] + 0.5 * np.sum(pull * y, axis=-1)
        top = np.max(e, axis=1, keepdims=True)
        share = np.exp(e - top)
        total = np.sum(share, axis=1, keepdims=True)
        share /= total
        weighed = (pull * share[..., None]).swapaxes(1, 2)
        slope = np.sum(weighed, axis=2)
        bend = weighed @ pull - (share @ precision.reshape(-1, 4)).reshape(-1, 2, 2)
        return (top + np.log(total))[:, 0], slope, bend - slope[:, :, None] * slope[:, None, :]

    def panels(self, axis: int, wide: float) -> FloatArray:
        """Return both ends of panels along an axis, (2, n), as wide as the components near allow."""
        reach = self.reach * np.linalg.norm(np.linalg.inv(self.whiten)[:, axis], axis=1)
        low, high = self.mean[:, axis] - reach, self.mean[:, axis] + reach
        width = wide / np.linalg.norm(self.whiten[:, :, axis], axis=1)
        x, ends = float(np.min(low)), list[tuple[float, float]]()
        while x < np.max(high) and len(ends) <= MOST_PANELS:
            near = (low < x + width) & (high > x)
            if not np.any(near):
                x = float(np.min(low[low > x]))
                continue
            ends.append((x, x + float(np.min(width[near]))))
            x = ends[-1][1]
        return np.array(ends).T

    def cut(self, components: Components) -> None:
        """Cut the panels across at lines that touch the curve p = q."""
        (start, stop), (low, high) = self.along, self.across
        side = np.array([np.min(stop - start), np.min(high - low)])
        t, s = np.meshgrid(
            np.linspace(low, high, 6)[1:5], np.linspace(start, stop, 4)[1:3], indexing="ij"
        )
        starts = np.stack([s.ravel(), t.ravel()], 1)
        touched = np.empty(0)
        if len(starts) * len(self.mean) <= MOST_LOOKS:
            touched = in_parts(
                lambda some: touching(self, components, some, side), len(self.mean), starts
            )
        touched = np.sort(touched)
        apart = np.diff(touched, prepend=-np.inf) > 1e-6 * np.min(side)
        ends = np.union1d(self.across, touched[apart])
        place = np.searchsorted(low, 0.5 * (ends[1:] + ends[:-1])) - 1
        inside = (place >= 0) & (ends[1:] <= high[place])
        self.across = np.stack([ends[:-1], ends[1:]])[:, inside]

    def __call__(self, t: FloatArray) -> tuple[FloatArray, FloatArray]:
        """∫ |p - q| / 2, ∫ p, ∫ q along lines t (bundles, n), and their errors: (3, bundles, n)."""
        found, errors = [], []
        bundles = np.array_split(t, max(1, len(t) // BUNDLES))
        for value, error, nodes in threads().map(self._some, bundles):
            self.meter.count(nodes)
            found.append(value)
            errors.append(error)
        return np.concatenate(found, axis=1), np.concatenate(errors, axis=1)

    def integrand(self, x: FloatArray, origin: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The same for `adapt`, (3, points), at t = middle + half sin(πx/2) of interval `origin`."""
        low, high = self.across[:, origin.astype(np.intp)]
        angle = 0.5 * math.pi * x
        t = 0.5 * (low + high) + 0.5 * (high - low) * np.sin(angle)
        stretch = 0.25 * math.pi * (high - low) * np.cos(angle)
        value, error = self(t.reshape(-1, len(RULES[1][0])))
        return value.reshape(3, -1) * stretch, error.reshape(3, -1) * stretch

    def _some(self, t: FloatArray) -> tuple[FloatArray, FloatArray, int]:
        self.meter.effort.ask()
        start, stop = self.along
        middle, half = 0.5 * (start + stop), 0.5 * (stop - start)
        bundle, panel = np.nonzero(self._alive(t, middle, half))
        middle, half = middle[panel], half[panel]
        total, error, seen = np.zeros((3, *t.shape)), np.zeros((3, *t.shape)), 0
        with np.errstate(over="ignore", invalid="ignore"):
            for depth in range(DEEPEST + 1):
                if not len(bundle):
                    break
                value, rounding, off = self._on_panels(middle, half, t[bundle])
                seen += len(bundle)
                scale = total[0].copy()
                np.add.at(scale, bundle, value[0])
                split = np.any(off > RESOLVED * scale[bundle], axis=1) & (depth < DEEPEST)
                rounding[0] += off
                for found, part in ((total, value), (error, rounding)):
                    for into, one in zip(found, part, strict=True):
                        np.add.at(into, bundle[~split], one[~split])
                bundle, middle, half = (
                    np.repeat(a[split], 2) for a in (bundle, middle, 0.5 * half)
                )
                middle = middle + half * np.resize([-1.0, 1.0], len(half))
        return total, error, seen * t.shape[1] * len(NODES)

    def _alive(self, t: FloatArray, middle: FloatArray, half: FloatArray) -> npt.NDArray[np.bool_]:
        """Whether some component comes near a panel of a bundle: shape (bundles, panels)."""
        low, high = np.min(t, axis=1), np.max(t, axis=1)
        across = (0.5 * (low + high)[:, None, None] - self.mean[:, 1])[..., None]
        along = (middle[:, None] - self.mean[:, 0])[..., None]
        z = across * self.whiten[:, :, 1] + along * self.whiten[:, :, 0]
        one, other = np.linalg.norm(self.whiten, axis=1).T
        reach = self.reach + half[:, None] * one + 0.5 * (high - low)[:, None, None] * other
        return np.asarray(np.any(np.sum(z * z, axis=-1) <= reach**2, axis=-1))

    def _on_panels(
        self, middle: FloatArray, half: FloatArray, t: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Integrals over panels of lines (n, m), (3, n, m), their rounding, the error of the first."""
        low, high = np.min(t, axis=1), np.max(t, axis=1)
        origin = np.broadcast_to(self.center, (len(t), 2))
        sides = np.stack([half, 0.5 * (high - low)], axis=1)
        at = np.stack([middle, 0.5 * (low + high)], axis=1)
        v = self.pair.look(
            Frames(origin, at @ self.turn.T, sides, self.turn),
            on_lines((t - at[:, 1:]) / sides[:, 1:]),
            t.shape[1] * len(NODES),
        )
        values, rounding = total_variation(v)
        moved = 4 * values if self.pair.steps else v.p + v.q
        terms = (
            rounding + self.off * moved,
            v.p * (v.error_p + self.off),
            v.q * (v.error_q + self.off),
        )
        shape = *t.shape, len(NODES)
        value, off = unsigned(np.copysign(values, v.logit).reshape(shape))
        found = [value, *(d.reshape(shape) @ KRONROD for d in (v.p, v.q))]
        errors = [term.reshape(shape) @ KRONROD for term in terms]
        wide = half[:, None]
        return wide * np.stack(found), wide * np.stack(errors), wide * off


# --- lines that touch the curve -------------------------------------------------------------------


def touching(
    lines: Lines, components: Components, points: FloatArray, side: FloatArray
) -> FloatArray:
    """Return t of lines that touch p = q: roots (s, t) of g = 0 = ∂g/∂s, g = log p - log q.

    By Newton's method from many points, (n, 2), in steps of at most `side`: some may be missed. Where
    the curve crosses itself that is a double root, which Newton's method for ∇g = 0 finds.
    """
    which = np.flatnonzero(components.first), np.flatnonzero(~components.first)

    def derivatives(x: FloatArray) -> tuple[FloatArray, ...]:
        """log p, g, ∂g/∂s, ∂g/∂t, ∂²g/∂s², ∂²g/∂s∂t, ∂²g/∂t²."""
        (a, slope, bend), (b, slope_q, bend_q) = (lines.derivatives(x, some) for some in which)
        bend = bend - bend_q
        return a, a - b, *(slope - slope_q).T, bend[:, 0, 0], bend[:, 0, 1], bend[:, 1, 1]

    def found(crossing: bool) -> FloatArray:
        x, step = points[reached], np.full((np.sum(reached), 2), np.inf)
        level = g = np.zeros(len(x))
        for _ in range(TOUCHES):
            level, g, ds, dt, ss, st, tt = derivatives(x)
            top, rows = ((ds, ss, st), (dt, st, tt)) if crossing else ((g, ds, dt), (ds, ss, st))
            with np.errstate(all="ignore"):
                step = np.stack(
                    [top[0] * rows[2] - rows[0] * top[2], rows[0] * top[1] - top[0] * rows[1]]
                )
                step = (step / (top[1] * rows[2] - top[2] * rows[1])).T
            step = np.clip(np.nan_to_num(step, nan=np.inf), -side, side)
            x = x - step
        seen = np.all(np.abs(step) <= 1e-8 * side, axis=1) & (np.abs(g) <= CROSSING)
        return np.asarray(x[seen & (level > np.max(lines.log_peak) - FAINT), 1])

    _, g, ds, dt, ss, st, _ = np.abs(derivatives(points))
    reached = (g <= 2 * (ds * side[0] + dt * side[1])) & (ds <= 2 * (ss * side[0] + st * side[1]))
    return np.concatenate([found(crossing=False), found(crossing=True)])


# --- across the lines -----------------------------------------------------------------------------


def total_variation_of_normals(p: Density, q: Density, effort: Effort = DEFAULT) -> Estimate | None:
    """TV(p, q) of mixtures of normals of the plane, None where the general method must be taken.

    The error is that of `adapt` across the lines, with what the polynomials along them leave out, the
    rounding and the plane beyond reach.

    Raises
    ------
    NotConverged
        If the evaluations do not suffice to begin, or the time is over; `.best` is what there is.
    """
    pair, components = normal_pair(p, q), components_of(p, q)
    if pair is None or components is None:
        return None
    meter = Meter(p, q, effort, trivial((0.5, 0.5)), pair=pair)
    meter.begin()
    lines = Lines(pair, components, meter)
    if not lines.off <= FARTHEST * EPS:
        return None
    if max(lines.along.shape[1], lines.across.shape[1]) > MOST_PANELS:
        return None
    lines.cut(components)
    one = np.ones((lines.across.shape[1], 1))
    found = adapt(
        lines.integrand,
        Cells.plain(np.arange(len(one))[:, None], -one, one),
        rtol=np.array([effort.aim(RTOL), 0.0, 0.0]),
        atol=np.array([SHARE * effort.atol, GUARD, GUARD]),
        limit=meter.limit,
        spent=lambda: meter.points,
    )
    missed = np.abs(found.value[1:] - 1) - found.error[1:] - found.rounding[1:]
    error = float(found.error[0] + found.rounding[0]) + 2 * math.exp(-0.5 * lines.reach**2)
    estimate = Estimate(
        float(found.value[0]),
        error if np.all(missed <= GUARD) else math.inf,
        route=route("Gauss-Kronrod lines", "TV"),
        evaluations=meter.points,
        converged=found.converged,
    )
    if found.stopped == "time":
        raise Exhausted(OUT_OF_TIME, estimate, stopped="time")
    return estimate if found.converged and math.isfinite(float(estimate.error)) else None
