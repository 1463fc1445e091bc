"""What is asked of every pair of the catalogue, as functions that can be broken on purpose."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
from catalogue import FUNCTIONALS, Entry, Truth
from catalogue_plane import bell, mixture, rotation
from catalogue_truths import honest, off

from gantheory import divergences, integrate
from gantheory.densities import Normal
from gantheory.divergences import work
from gantheory.errors import NotConverged

USEFUL = 1e-9  # a reported error, relative where the value exceeds 1
Call = Callable[[str, Any, Any], tuple[Any, bool]]


@dataclass(frozen=True)
class Found:
    """A number, the error reported for it, whether it converged; best is None where there is none."""

    value: float
    error: float
    converged: bool
    evaluations: int = 0

    @property
    def useful(self) -> bool:
        return self.converged and self.error <= USEFUL * max(1.0, abs(self.value))


def attempt(call: Callable[[], Any]) -> Found | None:
    """Return what a call finds; None where NotConverged carries nothing."""
    try:
        found, converged = call(), True
    except NotConverged as fault:
        found, converged = fault.best, False
    if found is None:
        return None
    return Found(float(found.value), float(found.error), converged, int(found.evaluations))


def measure(name: str, p: Any, q: Any) -> Found | None:
    """Return what the package says about one functional of one pair."""
    return attempt(lambda: getattr(divergences, FUNCTIONALS[name])(p, q))


def verdict(found: Found | None, truth: Truth, slack: float = 0.0) -> str:
    """Return "" for an honest number, else what is wrong with it."""
    if found is None:
        return "NotConverged without .best"
    if not (math.isfinite(found.value) and found.error >= 0):
        return f"no number: {found}"
    if found.error == math.inf or honest(found.value, found.error + slack, truth):
        return ""
    return f"{found} is off by {off(found.value, truth):.2e}; the truth is {truth.mid}"


def dishonest(entries: Iterable[Entry], call: Callable[..., Found | None] = measure) -> dict:
    """Return what is wrong, by (entry, functional); empty if everything is honest."""
    wrong = {}
    for entry in entries:
        for name, truth in entry.truths.items():
            fault = verdict(call(name, entry.p, entry.q), truth)
            if fault:
                wrong[entry.name, name] = f"{fault}: {entry.p!r}, {entry.q!r}"
    return wrong


def not_useful(entries: Iterable[Entry], call: Callable[..., Found | None] = measure) -> set:
    """Return (entry, functional) where the error reported exceeds USEFUL or nothing converged."""
    found = set()
    for entry in entries:
        for name in entry.truths:
            got = call(name, entry.p, entry.q)
            if got is None or not got.useful:
                found.add((entry.name, name))
    return found


# --- starved --------------------------------------------------------------------------------------


def starved(entry: Entry, share: float, monkeypatch: Any) -> list[str]:
    """Return what is wrong with each functional on a share of the evaluations of a full call."""
    wrong = []
    for name, truth in entry.truths.items():
        full = measure(name, entry.p, entry.q)
        limit = max(1, int(share * full.evaluations)) if full else 1000
        with monkeypatch.context() as patch:
            patch.setattr(work, "LIMIT", {1: limit, 2: limit})
            fault = verdict(measure(name, entry.p, entry.q), truth)
        if fault:
            wrong.append(f"{entry.name} {name}, limit {limit}: {fault}")
    return wrong


def integrand(p: Any, q: Any) -> Callable[[Any], Any]:
    """The integrand of JSD(p, q) as a user writes it."""

    def jensen_shannon(x: Any) -> Any:
        lp, lq = p.logpdf(x), q.logpdf(x)
        high = np.maximum(lp, lq)
        with np.errstate(all="ignore"):
            gap = np.where(high == -np.inf, 0.0, -np.abs(lp - lq))
            half = np.log1p(np.expm1(gap) / 2)
            ratio = np.exp(gap)
            small = np.where(ratio > 0, ratio * (gap - half), 0.0)
            return np.where(high == -np.inf, 0.0, np.exp(high) * (small - half) / 2)

    return jensen_shannon


def structure(p: Any, q: Any) -> list[Any]:
    """The landmarks that a user declares: centres with scales, and edges."""
    marks: list[Any] = [tuple(map(float, row)) for d in (p, q) for row in d.landmarks]
    return marks + [float(edge.at) for d in (p, q) for edge in getattr(d, "edges", ())]


def by_the_user(entry: Entry, **options: Any) -> Found | None:
    """Return gantheory.integrate of the pair's JSD integrand over the common support."""
    low = min(entry.p.support[0], entry.q.support[0])
    high = max(entry.p.support[1], entry.q.support[1])
    marks = structure(entry.p, entry.q)
    f = integrand(entry.p, entry.q)
    return attempt(lambda: integrate(f, (low, high), landmarks=marks, **options))


# --- the user's own box ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Boxed:
    """A pair in [-5, 5]², whose JSD is that of the pair of the line; what lies outside is 1e-13."""

    p: Any
    q: Any
    line: tuple[Any, Any]


def boxed(d: Any, narrowest: float) -> Boxed:
    """Draw p1(u) g(v) against q1(u) g(v), rotated, scales from `narrowest` to .3."""
    m = rotation(d)
    low, high = math.log10(narrowest), math.log10(0.3)

    def number(x: float) -> Fraction:
        return Fraction(f"{x:.4g}")

    t = number(d.power(low, high))
    sides = []
    for _ in range(2):
        n = d.whole(1, 2)
        rows = [(number(d.between(-2, 2)), number(d.power(low, high))) for _ in range(n)]
        even = [Fraction(1, n)] * n
        plane = mixture([bell((loc, Fraction(0)), (s, t), m) for loc, s in rows], even)
        sides.append((plane, mixture([Normal(loc, s) for loc, s in rows], even)))
    (p, p1), (q, q1) = sides
    return Boxed(p, q, (p1, q1))


def in_the_box(pair: Boxed, *, landmarks: bool, limit: int) -> Found | None:
    """Return gantheory.integrate of the JSD integrand over [-5, 5]²."""
    marks = structure(pair.p, pair.q) if landmarks else ()
    f, box = integrand(pair.p, pair.q), ((-5, 5), (-5, 5))
    return attempt(lambda: integrate(f, box, landmarks=marks, rtol=1e-8, limit=limit))


OUTSIDE = Decimal("1e-12")  # what a box leaves out, the wobble of the integrand included


def silenced(call: Callable[[], Any]) -> Any:
    """Call, warnings ignored: for integrators that are not ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return call()
