"""The truths of the catalogue: balls, and what the plane reduces to; writes catalogue.json.

First route: ball arithmetic (`gantheory.certified`) on the pair itself or on the pair of the line that
it reduces to exactly. Rings and grids: with labels known, a pair with the same modes has the functional
of the line; without them, JSD loses at most I(coin; label | point) <= H(label | point), and that is at
most h(e) + e log K, e being how often the nearest mode is the wrong one: at most P(|N(0, 1)|² > r²) =
e^(-r²/2) in the plane, r half the distance of two modes in standard deviations.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Iterable, Iterator
from decimal import Decimal, getcontext
from fractions import Fraction
from typing import Any

import catalogue as book

from gantheory import certified
from gantheory.densities import Discrete
from gantheory.errors import NotCertifiable

DIGITS = 25
getcontext().prec = 60


def confused(ratio: Fraction, modes: int) -> float:
    """Bound on H(label | point): h(e) + e log K, e = exp(-r²/2)."""
    r = float(ratio) * (1 - 1e-12)
    e = math.exp(-r * r / 2)
    return (e * (r * r / 2) + e * (1 + e) + e * math.log(modes)) * (1 + 1e-12)


def first_route(entry: book.Entry, name: str) -> book.Truth:
    """Return the truth in balls.

    Raises
    ------
    NotCertifiable
        If the functional is infinite or cannot be enclosed.
    """
    made = entry.made
    pair = made.line or (made.p, made.q)
    function = getattr(certified, book.FUNCTIONALS[name])
    ball = next(_balls(lambda digits: function(*pair, digits=digits)))
    mid = str(ball.arb.mid().str(DIGITS + 3, radius=False))
    # the decimal string is off its ball's midpoint by less than a unit in its last place
    radius = Decimal(ball.rad) + abs(Decimal(mid)) * Decimal(10) ** -(DIGITS + 1)
    route = "balls, on the line" if made.line else "balls"
    if made.confusion is not None:
        radius += Decimal(confused(*made.confusion))
        route = "balls, for the labels"
        if isinstance(pair[0], Discrete):
            route = "sum in balls, for the labels"
    return book.Truth(mid, f"{radius:.2e}".replace("E", "e"), route)


def _balls(enclose: Any) -> Iterator[Any]:
    """Balls of DIGITS digits, or, where that takes too many evaluations, of fewer.

    Raises
    ------
    NotCertifiable
        If not even the fewest digits are within reach.
    """
    for digits in (DIGITS, 18, 12):
        try:
            yield enclose(digits)
        except NotCertifiable as refused:
            if "out of reach" not in str(refused) or digits == 12:
                raise


def truths(entry: book.Entry, number: int) -> dict[str, book.Truth]:
    """Return all truths wanted of an entry; infinite ones are left out."""
    found = {}
    for name in entry.wanted(number):
        try:
            found[name] = first_route(entry, name)
        except NotCertifiable:
            if name == "JSD":
                raise
            print(f"{entry.name}: no {name}", flush=True)
    return found


def off(value: float, truth: book.Truth) -> Decimal:
    """|value - mid|, exactly, in 60 digits."""
    return abs(Decimal(value) - Decimal(truth.mid))


def honest(value: float, error: float, truth: book.Truth) -> bool:
    """Whether |value - truth| <= error, the truth anywhere within its radius."""
    return bool(off(value, truth) <= Decimal(error) + Decimal(truth.rad))


# --- writing --------------------------------------------------------------------------------------


def write(entries: Iterable[book.Entry] | None = None) -> None:
    """Write catalogue.json; progress is saved, and what is saved for the same pair is kept."""
    rows: dict[str, Any] = {}
    if book.FILE.is_file():
        rows = json.loads(book.FILE.read_text(encoding="utf-8"))["entries"]
    done, saved = {}, time.monotonic()
    for number, entry in enumerate(entries or book.catalogue()):
        row = rows.get(entry.name)
        if row is None or row[0] != entry.fingerprint:
            found = truths(entry, number)
            row = [entry.fingerprint, {k: [t.mid, t.rad, t.route] for k, t in found.items()}]
        done[entry.name] = row
        if time.monotonic() - saved > 20:
            save({**rows, **done})
            saved = time.monotonic()
            print(entry.name, flush=True)
    save(done)


def save(rows: dict[str, Any]) -> None:
    """Write atomically, one entry a line."""
    lines = (f"{json.dumps(name)}: {json.dumps(row)}" for name, row in rows.items())
    body = ",\n".join(lines)
    text = f'{{"seed": {book.SEED}, "entries": {{\n{body}\n}}}}\n'
    partial = book.FILE.with_suffix(".partial")
    partial.write_text(text, encoding="utf-8")
    os.replace(partial, book.FILE)
