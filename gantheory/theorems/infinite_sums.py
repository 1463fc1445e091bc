"""Sums and products of infinitely many terms, as numbers that do not rest on an acceleration alone.

mpmath accelerates sums. It continues divergent ones analytically (1 + 2 + 4 + ... = -1), is misled by
terms of period two and by slow decay, and stops before the bulk of a Poisson distribution. So the terms
are also added up one by one, in blocks [n, 2n). The accelerated sum has to agree with what the blocks
leave to come, terms at huge n say whether the sum diverges, and terms far out, and near the numbers
that occur in the summand, whether anything larger is still to come. All this is one method: blocks that
die out say nothing of later terms.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from math import isqrt
from typing import Any

from gantheory.theorems.levels import Unusable, mp

FIRST = 16  # terms that are added before the blocks begin
MOST_DOUBLINGS = 13
TAIL = 4  # blocks whose shrinking is looked at
SHRINKS = 0.95  # a block is at most so much of the one before, if the sum converges visibly
STEADY = 0.97  # what a block loses against the one before does not fall by more from block to block
CANCELS = 0.75  # a block is at most so much of the one before where the signs alternate
ROUGH, TREND = 0.01, 20  # doubt of what is left: of itself, and for each change of the ratio
HUGE = tuple(2**k + 12345 for k in range(20, 81, 10))  # where terms are looked at for divergence
NEIGHBOURS = 5  # terms looked at there, since signs may alternate
OCTAVES = range(4, 61)  # where terms are looked at for what the blocks did not reach,
IN_AN_OCTAVE = (16, 17, 19, 22, 25, 28)  # in sixteenths of its beginning; and near marks,
BESIDE = (-4, -1, 0, 1, 4)  # in square roots of them
METHODS = ("richardson+shanks", "euler-maclaurin")

TOO_SLOW = "the terms fall too slowly, or not at all, for numbers to say what they add to"

Term = Callable[[Any], Any]


@dataclass(frozen=True)
class Block:
    """Σ terms, Σ |terms|, the largest |term|, and the sign if all have one, over one block."""

    total: Any
    size: Any
    largest: Any
    sign: int


@dataclass(frozen=True)
class Partial:
    """A partial sum, what the blocks leave to come, and by how much that may be wrong.

    Both are extrapolated from the last blocks, and proved by nothing. `last` is Σ |terms| of the last
    block, and `beyond` the first index that was not added.
    """

    total: Any
    left: Any
    doubt: Any
    last: Any
    beyond: int

    @property
    def value(self) -> Any:
        """The sum, as far as the blocks show."""
        return self.total + self.left


def infinite_sum(term: Term, start: int, doublings: int, marks: tuple[int, ...] = ()) -> Any:
    """Σ term(n), n = start, start + 1, ...; ±∞ if terms at huge n show that it diverges.

    Terms near the marks, and on a grid far out, are looked at too.

    Raises
    ------
    Unusable
        If the partial sums do not decide, contradict mpmath's accelerated sums, or the terms grow again.
    """
    sign = divergence(term)
    if sign:
        return sign * mp.inf
    partial = partial_sum(term, start, doublings)
    _look_ahead(term, start, partial, marks)
    if partial.doubt <= mp.eps * abs(partial.total):
        return partial.value
    for method in METHODS:
        accelerated = _accelerated(term, start, method)
        if accelerated is not None and abs(accelerated - partial.value) <= partial.doubt:
            return accelerated
    raise Unusable(
        f"partial sums tend to {mp.nstr(partial.value, 8)} ± {mp.nstr(partial.doubt, 2)}, and no "
        "accelerated sum agrees"
    )


def _look_ahead(term: Term, start: int, partial: Partial, marks: tuple[int, ...]) -> None:
    """Refuse a sum with terms, beyond those that were added, that outgrow the last block.

    Raises
    ------
    Unusable
        If n |term(n)| is larger than that at any place looked at.
    """
    places = {start + (2**k * part) // 16 for k in OCTAVES for part in IN_AN_OCTAVE}
    places |= {mark + k * isqrt(abs(mark)) for mark in marks for k in BESIDE}
    places |= {mark + k for mark in marks for k in BESIDE}
    allowed = max(4 * partial.last, mp.eps * abs(partial.total))
    for n in sorted(places):
        if n >= partial.beyond and not n * abs(term(mp.mpf(n))) <= allowed:
            raise Unusable(f"the terms grow again at n = {n}, beyond those that are added up")


def infinite_product(factor: Term, start: int, doublings: int, marks: tuple[int, ...] = ()) -> Any:
    """Π factor(n), n = start, start + 1, ..., of positive factors, by the sum of their logarithms."""

    def logarithm(n: Any) -> Any:
        value = factor(n)
        if mp.im(value) or not value > 0:
            raise Unusable("a factor of an infinite product is not positive")
        return mp.log(value)

    return mp.exp(infinite_sum(logarithm, start, doublings, marks))


def divergence(term: Term) -> int:
    """Return the sign of ∞ if n term(n) keeps its sign and does not fall up to n = 2^80, else 0."""
    rows = [[n * term(mp.mpf(n + k)) for k in range(NEIGHBOURS)] for n in HUGE]
    signs = {0 if mp.im(value) else int(mp.sign(value)) for row in rows for value in row}
    sizes = [min(map(abs, row)) for row in rows]
    falls = any(b < a * (1 - mp.mpf(10) ** -9) for a, b in pairwise(sizes))
    return 0 if falls or len(signs) > 1 else signs.pop()


def partial_sum(term: Term, start: int, doublings: int) -> Partial:
    """Σ term(n), n = start, start + 1, ..., over 2^doublings terms or more.

    Raises
    ------
    Unusable
        If the blocks do not shrink in a way that bounds what is left.
    """
    total = mp.fsum(term(mp.mpf(start + k)) for k in range(FIRST))
    blocks: list[Block] = []
    size = FIRST
    for doubling in range(5, MOST_DOUBLINGS + 1):
        blocks.append(_block([term(mp.mpf(start + n)) for n in range(size, 2 * size)]))
        total, size = total + blocks[-1].total, 2 * size
        left = _left(blocks[-TAIL:], total) if doubling >= doublings else None
        if left is not None:
            return Partial(total, *left, blocks[-1].size, start + size)
    raise Unusable(TOO_SLOW)


def _block(terms: list[Any]) -> Block:
    sizes = [abs(term) for term in terms]
    signs = {2 if mp.im(term) else int(mp.sign(term)) for term in terms if term}
    sign = signs.pop() if len(signs) == 1 and signs != {2} else 0
    return Block(mp.fsum(terms), mp.fsum(sizes), max(sizes), sign)


def _left(last: list[Block], total: Any) -> tuple[Any, Any] | None:
    """Return what is still to come and its doubt if the blocks shrink as they did, None if they do not.

    Blocks that shrink faster and faster are followed until nothing is left of them.
    """
    if not all(block.size for block in last):
        return None  # nothing bounds what comes later
    ratios = [b.size / a.size for a, b in pairwise(last)]
    rest = last[-1].size * ratios[-1] / (1 - ratios[-1]) if ratios[-1] < 1 else mp.inf
    if max(ratios) <= SHRINKS and rest <= mp.eps * abs(total):
        return mp.mpf(0), rest
    steady = all(STEADY <= (1 - b) / (1 - a) <= 1 / STEADY for a, b in pairwise(ratios[-3:]))
    one_sign = last[-1].sign and all(block.sign == last[-1].sign for block in last)
    if max(ratios) <= SHRINKS and steady and one_sign:
        change = abs(ratios[-1] - ratios[-2]) / ratios[-1]
        return last[-1].sign * rest, rest * (ROUGH + TREND * change)
    totals = [abs(block.total) for block in last]
    cancelled = max(b / a if a else mp.inf for a, b in pairwise(totals))
    if cancelled <= CANCELS and last[-1].largest <= CANCELS * last[-2].largest and not one_sign:
        return mp.mpf(0), 4 * totals[-1] * cancelled / (1 - cancelled) + last[-1].largest
    return None


def _accelerated(term: Term, start: int, method: str) -> Any:
    """Return mpmath's sum by one method, None if it has none."""
    try:
        return mp.nsum(term, [start, mp.inf], method=method)
    except (ArithmeticError, ValueError, TypeError, mp.NoConvergence):
        return None
