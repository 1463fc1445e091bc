"""A row of a formula as text: spaces, signs, and the brackets that a line needs and a page does not.

In TeX a bar shows what a fraction covers, and height shows what an exponent covers. A line of text
has neither: what is divided, raised or lowered stands in brackets if it has more than one factor, and
so does a fraction that a factor follows: (p/q) r.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from gantheory.errors import PageError
from gantheory.tex.macros import (
    BAR,
    BIG,
    BLANK,
    CLOSE,
    COMMA,
    FRACTION,
    FUNCTION,
    INFIX,
    LOWER,
    NUMBER,
    OPEN,
    POSTFIX,
    PREFIX,
    RELATION,
    SIGN,
    SLASH,
    TEXT,
    TIGHT,
    TIMES,
    UPPER,
    WORD,
)

_FACTORS = frozenset({WORD, NUMBER, FUNCTION, BIG, PREFIX, OPEN, FRACTION})
_LOOSE = frozenset({INFIX, RELATION, TIMES})
_BEFORE_SIGN = frozenset({OPEN, COMMA, SIGN, SLASH, BLANK, FUNCTION, *_LOOSE})
_LONGEST = 6  # characters raised or lowered that are still read at a glance
_LOWERED_BY_LINE = re.compile(r"[_^]\w+$")


@dataclass(frozen=True)
class Item:
    """One symbol, word, bracket or fraction of a row.

    Attributes
    ----------
    text, kind:
        What is printed, and one of the kinds of `macros`.
    letter:
        Whether it is a single letter, with or without scripts: 2x, but 2 JSD.
    scripted, power:
        Whether it has a superscript or a subscript; whether it is raised, as x² is, not D*, f′ or θ⁽ᵗ⁾,
        so that a bracket behind it multiplies.
    """

    text: str
    kind: str
    letter: bool = False
    scripted: bool = False
    power: bool = False


Row = Sequence[Item]
_Some = TypeVar("_Some", bound=Item)


def bracketed(text: str) -> Item:
    """(text), as one factor."""
    return Item(f"({text})", WORD)


def written(items: Row, *, tight: bool = False) -> str:
    """Return the row as text; `tight` without the spaces around signs and between letters."""
    text, left = "", None
    for item in _with_brackets(with_signs(with_bars(items))):
        text += item.text if left is None else _gap(left, item, tight) + item.text
        left = item
    return text.strip()


def fraction(numerator: Row, denominator: Row) -> Item:
    """a/b, with brackets around what has more than one factor; a half and quarters as one character."""
    parts = [_as_factor(numerator, also_2x=True), _as_factor(denominator)]
    vulgar = {"1/2": "½", "1/4": "¼", "3/4": "¾"}.get("/".join(parts))
    return Item(vulgar, NUMBER) if vulgar else Item("/".join(parts), FRACTION)


def root(radicand: Row, degree: Row) -> Item:
    """√x, √(x + y), ³√x."""
    single = len(radicand) == 1 and not radicand[0].scripted and radicand[0].kind in (WORD, NUMBER)
    inner = written(radicand) if single else f"({written(radicand)})"
    index = _translated(written(degree, tight=True), UPPER)
    if index is None:
        raise PageError(
            f"a root of degree {written(degree)} has no form in one line: write a power"
        )
    return Item(f"{index}√{inner}", WORD, letter=not index)


def scripted(base: Item, lower: Row, upper: Row) -> Item:
    """x_i^n: raised and lowered characters where Unicode has all of them, else x_(q)^(n q)."""
    below, above = written(lower, tight=True), written(upper, tight=True)
    mark = all(c in "*′†⊤" for c in above)
    if above and mark:
        after = above.replace("⊤", "ᵀ")
        both = after + (_translated(below, LOWER) or _marked("_", lower, below))
    else:
        small = _translated(below, LOWER), _translated(above, UPPER)
        both = "".join(s for s in small if s is not None)
        if None in small:
            both = _marked("_", lower, below) + _marked("^", upper, above)
    power = not mark and upper[0].kind != OPEN
    return replace(base, text=base.text + both, scripted=True, power=power)


def _marked(mark: str, items: Row, text: str) -> str:
    """_x, _word or _(i, j)."""
    if not items:
        return ""
    single = len(items) == 1 and items[0].kind in (WORD, NUMBER, FUNCTION) and not items[0].scripted
    whole = _closing(items, 0) == len(items) - 1
    return mark + (text if (single and " " not in text) or whole else f"({text})")


def _translated(text: str, table: dict[str, str]) -> str | None:
    """Return the text raised or lowered; None if a character is missing or it is long."""
    if len(text) > _LONGEST or "(" in text[1:] or any(c not in table for c in text):
        return None
    return "".join(table[c] for c in text)


# --- what is one factor --------------------------------------------------------------------------


def _as_factor(items: Row, *, also_2x: bool = False) -> str:
    """Return the row as it stands if it is one factor, or 2x where that may be, else in brackets."""
    row = [item for item in items if item.kind != BLANK]
    number_letter = len(row) == 2 and row[0].kind == NUMBER and row[1].letter
    text = written(row)
    return text if _is_factor(row) or (also_2x and number_letter) else f"({text})"


def _is_factor(items: Row) -> bool:
    """Return whether the row is one symbol, one bracket, f(x), or one of these behind d or ∂."""
    if not items:
        return False
    if items[0].kind == PREFIX and len(items) > 1:
        return _touch(items[0], items[1]) and _is_factor(items[1:])
    if len(items) == 1:
        return items[0].kind in (WORD, NUMBER, FUNCTION, PREFIX)
    opening = 0 if items[0].kind == OPEN else 1
    applied = opening == 0 or (items[0].kind in (WORD, FUNCTION) and not items[0].power)
    # D(1 - D) may be a product, q(x) is none
    sum_inside = items[0].kind == WORD and any(item.kind == INFIX for item in items)
    return applied and not sum_inside and _closing(with_bars(items), opening) == len(items) - 1


def _closing(items: Row, opening: int) -> int:
    """Return where the bracket that opens there closes; -1 if none opens, or it stays open."""
    depth = 0
    for i in range(opening, len(items)):
        depth += (items[i].kind == OPEN) - (items[i].kind == CLOSE)
        if depth <= 0:
            return i if i > opening else -1
    return -1


# --- what the neighbours decide ------------------------------------------------------------------


def with_bars(items: Sequence[_Some]) -> list[_Some]:
    """Return the row with each | an opening one, a closing one, or, alone between brackets, "given"."""
    out = list(items)
    levels: list[dict[str, list[int]]] = [{}]
    for i, item in enumerate(items):
        if item.kind == OPEN:
            levels.append({})
        elif item.kind == CLOSE and len(levels) > 1:
            _set_bars(out, levels.pop())
        elif item.kind == BAR:
            levels[-1].setdefault(item.text[0], []).append(i)
    for level in levels:
        _set_bars(out, level)
    return out


def _set_bars(items: list[_Some], bars: dict[str, list[int]]) -> None:
    for places in bars.values():
        if len(places) == 1:
            text = items[places[0]].text.replace("‖", "∥")
            items[places[0]] = replace(items[places[0]], text=text, kind=RELATION)
        elif len(places) % 2:
            raise PageError(
                f"{len(places)} bars: write \\lvert and \\rvert in pairs, \\mid for given"
            )
        else:
            for i, kind in zip(places, (OPEN, CLOSE) * len(places), strict=False):
                items[i] = replace(items[i], kind=kind)


def with_signs(items: Sequence[_Some]) -> list[_Some]:
    """Return the row with + and - that have no left side as signs."""
    out: list[_Some] = []
    for item in items:
        alone = not out or out[-1].kind in _BEFORE_SIGN
        out.append(replace(item, kind=SIGN) if alone and _is_sign(item) else item)
    return out


def _is_sign(item: Item) -> bool:
    return item.kind == INFIX and item.text in ("+", "-", "±", "∓")


def _with_brackets(items: Row) -> Iterator[Item]:
    """Yield the row with brackets around the fractions that a neighbour would break up."""
    for i, item in enumerate(items):
        before = items[i - 1].kind if i else BLANK
        after = items[i + 1].kind if i + 1 < len(items) else BLANK
        follows = after in _FACTORS or after in (TIMES, SLASH, POSTFIX)
        if item.kind == FRACTION and before in (FUNCTION, PREFIX, SLASH):
            yield from (Item("(", OPEN), replace(item, kind=WORD), Item(")", CLOSE))
        elif item.kind == FRACTION and follows:
            yield bracketed(item.text)
        else:
            yield item


def _gap(left: Item, right: Item, tight: bool) -> str:
    """Return the space between two neighbours."""
    if _touch(left, right):
        return ""
    if COMMA in (left.kind, right.kind) or left.kind in _LOOSE or right.kind in _LOOSE:
        return "" if tight else " "
    if right.kind == OPEN:
        return " " if right.text in ("|", "‖") or _reaches_on(left) else ""
    if right.letter and (left.kind == NUMBER or (tight and left.letter)):
        return ""
    return " "


def _touch(left: Item, right: Item) -> bool:
    """Return whether there is never a space between the two."""
    if left.kind == PREFIX:
        word = right.kind in (WORD, FUNCTION) and not right.letter and right.text[:1].isalpha()
        return not (word and left.text[0].isalpha()) and not _LOWERED_BY_LINE.search(left.text)
    return left.kind in (OPEN, SIGN, SLASH, TIGHT, BLANK) or right.kind in (
        CLOSE,
        COMMA,
        SLASH,
        POSTFIX,
        TIGHT,
        BLANK,
    )


def _reaches_on(left: Item) -> bool:
    """Return whether a bracket that touches the item would be read as a part of it."""
    if left.kind == FUNCTION:
        return "_" in left.text or "^" in left.text
    return left.kind in (BIG, TEXT) or left.power
