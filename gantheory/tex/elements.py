"""A row of a formula as elements of MathML, with the spaces of TeX."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from gantheory.tex.macros import (
    BAR,
    BIG,
    BLANK,
    CLOSE,
    COMMA,
    FRACTION,
    FUNCTION,
    INFIX,
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
    WORD,
)
from gantheory.tex.rows import Item, with_bars, with_signs

THIN = '<mspace width="0.167em"/>'
WORDS_APART = '<mspace width="0.25em"/>'
SPACE = "space"
_LONG = 12  # elements, behind which a sum may be broken
_BARS = frozenset("|‖∥∣")
SIGNS = {"-": "−", "*": "∗", "~": "∼"}
_SOLID = frozenset({WORD, NUMBER, FUNCTION, FRACTION, CLOSE, POSTFIX, BIG, PREFIX})


@dataclass(frozen=True)
class Mark(Item):
    """One part of a row: what `rows` looks at, and its element.

    Attributes
    ----------
    element:
        One element of MathML; "" where the kind decides how the text is written.
    limits:
        Whether scripts stand above and below it in a display.
    fixed:
        A bracket that is as high as what stands in it.
    """

    element: str = ""
    limits: bool = False
    fixed: bool = False


def upright(text: str, kind: str = WORD) -> Mark:
    """Return upright letters."""
    upright = ' mathvariant="normal"' if len(text) == 1 else ""
    return Mark(
        text, kind, element=f"<mi{upright}>{escape(text)}</mi>" if text else "<mrow></mrow>"
    )


def one_element(marks: list[Mark], *, tight: bool = False) -> str:
    """Return a row as one element."""
    row = elements_of(marks, tight=tight)
    single = len(marks) == 1 and marks[0].kind != SPACE
    return row if single else f"<mrow>{row}</mrow>"


def elements_of(marks: list[Mark], *, tight: bool = False) -> str:
    """Return the elements of a row, with the spaces of TeX; `tight`: of a script, without them."""
    return "".join(element for _, element in _laid_out(marks, tight))


def parts_of(marks: list[Mark]) -> list[str]:
    """Return the elements of a row in parts between which a line may be broken, as TeX breaks it.

    That is behind a relation or a comma, and, where the line is long already, behind the sign of a sum;
    never within brackets.
    """
    parts, depth, length = [""], 0, 0
    for mark, element in _laid_out(marks, False):
        if mark.kind == BLANK and not parts[-1] and parts[1:]:  # a wide space ends the part before
            parts[-2] += element
            continue
        parts[-1] += element
        length += 1 + element.count("><")
        depth += (mark.kind == OPEN) - (mark.kind == CLOSE)
        signs = mark.kind in (INFIX, TIMES) and length > _LONG
        if depth == 0 and (mark.kind in (RELATION, COMMA, BLANK) or signs):
            parts.append("")
            length = 0
    return [part for part in parts if part]


def _laid_out(marks: list[Mark], tight: bool) -> Iterator[tuple[Item, str]]:
    """Yield each mark of a row with its element, and the space before it."""
    solid = [mark for mark in marks if mark.kind != SPACE]
    read = iter(with_signs(with_bars(solid)))
    whole = [mark if mark.kind == SPACE else next(read) for mark in marks]
    for before, mark in pairwise([Mark("", BLANK), *_without_doubled(whole)]):
        yield mark, THIN * (not tight and _apart(before, mark)) + element_of(mark, tight=tight)


def _without_doubled(marks: list[Mark]) -> Iterator[Mark]:
    """Yield the marks without the thin spaces beside signs that have their own."""
    own = (RELATION, INFIX, TIMES)
    for i, mark in enumerate(marks):
        beside = [m.kind for m in (*marks[max(i - 1, 0) : i], *marks[i + 1 : i + 2])]
        if mark.kind != SPACE or not any(kind in own for kind in beside):
            yield mark


def _apart(before: Item, mark: Item) -> bool:
    """Return whether TeX sets a thin space between the two: around the name of a function."""
    fenced = isinstance(mark, Mark) and mark.fixed
    if before.kind == FUNCTION:
        return mark.kind in _SOLID and not fenced and mark.kind != CLOSE and mark.kind != POSTFIX
    return mark.kind in (FUNCTION, BIG) and before.kind in _SOLID - {PREFIX, BIG}


def element_of(mark: Item, *, tight: bool = False) -> str:
    """Return the element of a mark by its kind, if it has none."""
    if isinstance(mark, Mark) and mark.element:
        return mark.element
    text = escape(SIGNS.get(mark.text, mark.text))
    if mark.kind == NUMBER:
        return f"<mn>{text}</mn>"
    if mark.kind == FUNCTION:
        limits = isinstance(mark, Mark) and mark.limits
        return _function(text) if limits else f"<mi>{text}</mi>"
    if mark.kind in (WORD, TEXT):
        italic = len(text) == 1 and text.isalpha() and not (not text.isascii() and text.isupper())
        return f"<mi>{text}</mi>" if italic or len(text) > 1 else upright(mark.text).element
    return _operator(mark, text, tight)


def _function(name: str) -> str:
    """Return the name of a function that takes limits below, as max does."""
    return f'<mo movablelimits="true" form="prefix" lspace="0" rspace="0">{name}</mo>'


_FORMS = {
    BAR: ' form="postfix" stretchy="false"',  # one that has scripts closes
    OPEN: ' stretchy="false"',
    CLOSE: ' stretchy="false"',
    SIGN: ' form="prefix"',
    POSTFIX: ' form="postfix" lspace="0" rspace="0"',
    SLASH: ' lspace="0" rspace="0" stretchy="false"',
    TIGHT: ' lspace="0" rspace="0" stretchy="false"',
}


def _operator(mark: Item, text: str, tight: bool) -> str:
    if mark.kind == BLANK:
        return f'<mspace width="{len(mark.text) // 2}em"/>'
    if mark.text == "∂":
        return "<mi>∂</mi>"
    if mark.kind == PREFIX:
        return f'<mo form="prefix" lspace="0" rspace="0">{text}</mo>'
    if mark.kind == BIG:
        limits = ' movablelimits="true"' if isinstance(mark, Mark) and mark.limits else ""
        return f"<mo{limits}>{text}</mo>"
    if mark.kind == COMMA:
        rspace = "0.167em" if mark.text in ",;:" and not tight else "0"
        return f'<mo lspace="0" rspace="{rspace}">{text}</mo>'
    if mark.kind in (INFIX, TIMES, RELATION):
        return f"<mo{_around(mark, tight)}>{text}</mo>"
    form = _FORMS.get(mark.kind, "")
    if mark.text in _BARS and mark.kind in (OPEN, CLOSE):
        form += ' form="prefix"' if mark.kind == OPEN else ' form="postfix"'
    return f"<mo{form}>{text}</mo>"


def _around(mark: Item, tight: bool) -> str:
    """Return the attributes of a sign between two parts, none where browsers know them themselves."""
    if tight:
        return ' lspace="0" rspace="0"' + ' stretchy="false"' * (mark.text in _BARS)
    if mark.text in _BARS or not mark.text.isprintable() or len(mark.text) > 1:
        return ' lspace="0.278em" rspace="0.278em" stretchy="false"'
    if mark.text in "·∘∗*/÷":
        return ' lspace="0.222em" rspace="0.222em"'
    return ""
