"""A given gradient beside the slopes of the function itself, with the error of each slope.

The slope along a direction v is taken from central differences C(h) = (f(θ + hv) - f(θ - hv)) / 2h on a
ladder of steps h. They are taken of f less the gradient that is judged, at the points as they are after
rounding, so that float32 costs no more digits than f itself loses. The error of a rung is

    |C(h) - C(4h)| / 4  +  half of what the slopes of the two sides differ by as h -> 0  +  noise / h,

with the noise of f measured by a table of differences (Moré and Wild 2011). The second term is that of
a kink: there, every slope between those of the two sides is right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from gantheory.testing.tensors import FlatFunction, Vector

FIRST, RATIO = 0.125, 4  # the longest step, in units of a tensor's root mean square, and the ladder
EACH, SOME = 400, 100  # so many parameters: compared one by one; of more: so many of them
MEASURED = 1e-4  # relative error at which a slope shows an entry that is wrong by 0.1 %
KINK = 0.5005  # of the jump of the slope at a kink, on either side of the middle
ROUNDING = 64  # units of rounding that a right gradient may lose, relative to the largest entry
SMALL = 1e-2  # relative; derivatives that are all off by less may lack an epsilon of f
TOO_NOISY = 0.05  # relative error of the steepest slope from which on nothing can be judged


@dataclass(frozen=True)
class Gap:
    """The slope of f less the given one along a direction, with its error; jump is a kink's."""

    value: float
    error: float
    jump: float
    wrong: bool


@dataclass
class Check:
    """A gradient that was given at a point, and what differences say about it."""

    function: FlatFunction
    point: Vector
    given: Vector
    rng: np.random.Generator
    tolerance: float = 0.0
    where: str = ""
    why: str = ""
    largest: float = field(init=False)
    noise: float = field(init=False)

    def __post_init__(self) -> None:
        self.at_point = self.function(self.point)
        self.largest = float(np.abs(self.given * self.function.scale).max())
        self.noise = self._noise()

    # --- one direction --------------------------------------------------------------------------

    def _rest(self, move: Vector) -> float:
        """f(θ + move) - f(θ) - ∇f · move, at the point as it is after rounding."""
        there = self.function.rounded(self.point + move)
        return self.function(there) - self.at_point - float(self.given @ (there - self.point))

    def _noise(self) -> float:
        """Six standard deviations of the rounding of f, and one unit in its last place at least."""
        found = []
        for _ in range(3):
            along = self._random(np.arange(self.given.size))
            rest, distinct = self._row(32 * self.function.eps * along)
            if distinct < 5:  # too few of a staircase, as of float32 within float64
                rest, _ = self._row(self.function.eps**0.375 * along)
            by_order = [
                np.sqrt(np.mean(np.diff(rest, order) ** 2) * share)
                for order, share in ((3, 1 / 20), (4, 1 / 70))
            ]
            found.append(np.nanmax([0.0, *by_order]))
        unit = self.function.eps * abs(self.at_point)
        return float(max(6 * np.median(found), unit, 3 * self.function.unsteady))

    def _row(self, move: Vector) -> tuple[list[float], int]:
        """What is left of f in seven places in a row, and how many values f has there."""
        places = [self.function.rounded(self.point + k * move) for k in range(-3, 4)]
        values = [self.function(place) for place in places]
        slopes = [float(self.given @ (place - self.point)) for place in places]
        rest = [value - slope for value, slope in zip(values, slopes, strict=True)]
        return rest, len(set(values))

    def gap(self, along: Vector, enough: float = 0.0) -> Gap:
        """Measure; what is wrong must be so on a second ladder too, as kinks may conspire on one."""
        first = self._ladder(along, FIRST, enough)
        return self._ladder(along, 0.6 * FIRST, 0.0) if first.wrong else first

    def _ladder(self, along: Vector, step: float, enough: float) -> Gap:
        """Go down until the error is enough, or grows again by the noise."""
        rungs: list[Gap] = []
        before = np.nan, np.nan
        while step >= self.function.eps**0.5:
            with np.errstate(invalid="ignore"):
                up, down = self._rest(step * along), -self._rest(-step * along)
                central, bend = (up + down) / (2 * step), (up - down) / step
            shift = central - before[0]
            floor = self.noise / step
            jump = max(0.0, abs(RATIO * bend - before[1]) / (RATIO - 1) - 2 * floor)
            if np.isfinite(shift + jump):
                error = abs(shift) / 4 + KINK * jump + floor
                rungs.append(Gap(central + shift / (RATIO**2 - 1), error, jump, False))
                best = min(rung.error for rung in rungs)
                if floor > 4 * best or (best <= enough and abs(rungs[-1].value) <= error):
                    break
            before, step = (central, bend), step / RATIO
        return self._judged(rungs, along)

    def _judged(self, rungs: list[Gap], along: Vector) -> Gap:
        """The best rung; what is wrong must be so on all that could see it, two at least."""
        if not rungs:
            raise ValueError(
                "f is not finite around params: give params inside the domain of f, not at its border"
            )
        best = min(rungs, key=lambda rung: rung.error)
        slack = (ROUNDING * self.function.given_eps + self.tolerance) * self._size(along)
        kink = KINK * best.jump
        enough = (abs(best.value) - kink) / 2 - slack
        able = [rung for rung in rungs if rung.error - kink <= enough]
        wrong = len(able) > 1 and all(abs(rung.value) > rung.error + slack for rung in able)
        return Gap(best.value, best.error + slack, best.jump, wrong)

    def _size(self, along: Vector) -> float:
        """The unit of rounding and of the tolerance: the largest slope, or the one along a direction."""
        return max(self.largest, float(np.linalg.norm(self.given * along)))

    def _random(self, among: npt.NDArray[np.intp]) -> Vector:
        """A direction in which each of these entries moves, no two errors cancelling."""
        along = np.zeros(self.given.size)
        signs = self.rng.choice([-1.0, 1.0], len(among))
        along[among] = signs * self.rng.uniform(0.5, 1.5, len(among)) * self.function.scale[among]
        return along

    def _steepest(self, among: npt.NDArray[np.intp]) -> Vector | None:
        """The direction of the given gradient among these entries, None where it is 0."""
        slope = self.given[among] * self.function.scale[among]
        if not np.abs(slope).max(initial=0):
            return None
        along = np.zeros(self.given.size)
        along[among] = self.function.scale[among] * slope / np.abs(slope).max()
        return along

    def entry(self, i: int, measured: float = MEASURED) -> Gap:
        """Measure along one entry, in units of its tensor's size."""
        along = self.unit(i)
        slope = abs(self.given[i] * along[i])
        return self.gap(along, max(measured * slope, 1e-9 * self.largest))

    def unit(self, i: int) -> Vector:
        """The direction of one entry, as long as its tensor's entries are large."""
        along = np.zeros(self.given.size)
        along[i] = self.function.scale[i]
        return along

    def slope(self, along: Vector) -> Gap:
        """The slope of f along a direction, as well as one ladder shows it, where nothing is given."""
        return self._ladder(along, FIRST, 0.0)

    # --- all of them ----------------------------------------------------------------------------

    def run(self) -> None:
        """Compare whether there is anything to see, then tensors, then entries."""
        self.require_resolvable()
        self.tensors()
        size = self.given.size
        few = size <= EACH
        for i in range(size) if few else np.sort(self.rng.choice(size, SOME, replace=False)):
            if self.entry(int(i)).wrong:
                self._refuse_entry(int(i))

    def tensors(self) -> None:
        """Compare each tensor along its gradient and along random directions."""
        for among in self.function.slices():
            if len(among) and self.is_wrong(among):
                self._find(among)

    def is_wrong(self, among: npt.NDArray[np.intp]) -> bool:
        """Whether some of these entries are, along their gradient and along random directions."""
        if len(among) == 1:
            return self.entry(int(among[0])).wrong
        directions = [self._random(among), self._random(among), self._steepest(among)]
        return any(self.gap(along).wrong for along in directions if along is not None)

    def require_resolvable(self) -> None:
        """Refuse to judge where f is noise along the given gradient."""
        everything = np.arange(self.given.size)
        along = self._steepest(everything)
        if along is None:
            gaps = [self.gap(self._random(everything)) for _ in range(3)]
            if not any(gap.wrong or gap.jump > self.noise**0.5 for gap in gaps):
                raise ValueError(
                    "all derivatives of f are 0 at params, and so is grad: that shows nothing; give "
                    "params where f changes, with no dead units"
                )
            return
        gap, slope = self.gap(along), abs(float(self.given @ along))
        allowed = TOO_NOISY * slope + self.tolerance * self._size(along)
        if not gap.wrong and not gap.error - KINK * gap.jump <= allowed:
            raise ValueError(
                f"f is too noisy: its slope along grad, {slope:.3g}, is known to ± {gap.error:.1g} "
                "only; compute in float64, or scale f so that it changes with params"
            )

    # --- where it is wrong ----------------------------------------------------------------------

    def _find(self, among: npt.NDArray[np.intp]) -> None:
        """Halve until the first wrong entry is left; where kinks explain all, nothing is wrong."""
        while len(among) > 1:
            halves = np.array_split(among, 2)
            wrong = [half for half in halves if self.is_wrong(half)]
            if not wrong:
                self._refuse_block(among)
                return
            among = wrong[0]
        self._refuse_entry(int(among[0]))

    def _refuse_entry(self, i: int) -> None:
        gap, given = self.entry(i), self.given[i]
        unit = self.function.scale[i]
        raise AssertionError(
            f"gradient of {self.function.name(i)}{self.where} is wrong: given {given:.9g}, but the "
            f"slope of f is {given + gap.value / unit:.9g} ± {gap.error / unit:.1g}"
            f"{self.why or self._hint(i)}"
        )

    def _refuse_block(self, among: npt.NDArray[np.intp]) -> None:
        some = among[:: max(1, len(among) // 32)]
        if any(gap.jump > 0.2 * gap.error for gap in (self.entry(int(i)) for i in some)):
            return
        along = self._steepest(among)
        along = self._random(among) if along is None else along
        gap, given = self.gap(along), float(self.given @ along)
        if gap.wrong:
            ends = f"{self.function.name(int(among[0]))} to {self.function.name(int(among[-1]))}"
            raise AssertionError(
                f"gradient of {ends}{self.where} is wrong: along it the slope should be {given:.9g}, "
                f"but f's is {given + gap.value:.9g} ± {gap.error:.1g}; alone, no entry shows it"
                f"{self.why or self._epsilon()}"
            )

    def _hint(self, i: int) -> str:
        """What the given numbers have in common with the slopes of the tensor."""
        t = self.function.tensor_of(i)
        among = self.function.slices()[t]
        if not self.given[among].any():
            return f"; all of {self.function.names[t]} is 0: no gradient arrives there"
        if self.given[i] == 0:
            return "; this entry is left out"
        some = np.unique([i, *among[np.argsort(-np.abs(self.given[among]), kind="stable")[:5]]])
        slopes = np.array(
            [self.given[k] + self.entry(k).value / self.function.scale[k] for k in some]
        )
        with np.errstate(all="ignore"):
            ratios = self.given[some] / slopes
        ratio = float(ratios[0])
        alike = np.allclose(ratios, ratio, rtol=0.01 * abs(ratio - 1), atol=0.0)
        if not alike or abs(ratio - 1) < 1e-5 or len(some) < 2:
            return self._epsilon()
        if abs(ratio + 1) < 0.01:
            return f"; all of {self.function.names[t]} has the wrong sign"
        return (
            f"; {self.function.names[t]} is {ratio:.6g} times the slope: a mean in place of a sum, or "
            "the other way round, or a factor of f that the gradient lacks"
        )

    def _epsilon(self) -> str:
        """Whether the largest derivatives are all off by a little, as by an epsilon in f."""
        sizes = np.abs(self.given * self.function.scale)
        gaps = [(self.entry(int(i), 0.0), sizes[i]) for i in np.argsort(-sizes, kind="stable")[:6]]
        off = [abs(gap.value) / size for gap, size in gaps if size > 0 and gap.wrong]
        if not off or 2 * len(off) < len(gaps) or max(off) > SMALL:
            return ""
        needed = 2 * max(abs(gap.value) for gap, _ in gaps) / self.largest
        return (
            f"; the largest derivatives are off by {max(off):.1g} of their size at most: an epsilon "
            "that f has and grad has not, as log(D + 1e-8) and 1 / D, or the other way round? Take it "
            f"out, or state tolerance={needed:.0e}"
        )


# --- for other assertions -------------------------------------------------------------------------


@dataclass(frozen=True)
class Slopes:
    """Derivatives of a function in some of its parameters, with their errors."""

    values: Vector
    errors: Vector


def slopes_of(function: FlatFunction, entries: Sequence[int]) -> Slopes:
    """Measure the derivatives of f in some entries, by differences."""
    check = _unbiased(function)
    gaps = [check.slope(check.unit(i)) for i in entries]
    scale = function.scale[list(entries)]
    values, errors = (np.array([getattr(gap, key) for gap in gaps]) for key in ("value", "error"))
    return Slopes(values / scale, errors / scale)


def steepness(function: FlatFunction, given: Vector) -> tuple[float, float]:
    """The slope of f along a direction over that of a given gradient, and its relative error."""
    check = _unbiased(function)
    along = function.scale * given * function.scale / np.abs(given * function.scale).max()
    gap = check.slope(along)
    return gap.value / float(given @ along), gap.error / max(abs(gap.value), 1e-300)


def disagreement(function: FlatFunction, given: Vector, tolerance: float) -> str:
    """What is wrong with a gradient, tensor by tensor, in the words of `assert_gradient`, or ""."""
    check = Check(function, function.base, given, np.random.default_rng(0), tolerance)
    try:
        check.require_resolvable()
        check.tensors()
    except AssertionError as problem:
        return str(problem)
    return ""


def agrees(function: FlatFunction, given: Vector, tolerance: float) -> bool:
    """Whether nothing is wrong with a gradient, tensor by tensor."""
    check = Check(function, function.base, given, np.random.default_rng(0), tolerance)
    return not any(check.is_wrong(among) for among in function.slices() if len(among))


def _unbiased(function: FlatFunction) -> Check:
    """Differences of f itself, with no gradient taken off."""
    nothing = np.zeros(function.base.size)
    return Check(function, function.base, nothing, np.random.default_rng(0))
