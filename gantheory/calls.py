"""Numbers remember in short the call that made them: `2·JSD(N(0, 1), N(1, 1)) - log(4)`.

The text says to a reader what a number is; no verdict rests on it. What becomes too long is unknown.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

LONGEST = 160  # letters
SUM, QUOTIENT, PRODUCT, ATOM = range(1, 5)
"""How tightly the outermost sign of a text binds."""


class Call(NamedTuple):
    """A text, "" where nothing is known, and how tightly its outermost sign binds."""

    text: str = ""
    binding: int = ATOM

    def __bool__(self) -> bool:
        return bool(self.text)

    def within(self, binding: int) -> str:
        """Return the text, in brackets where what is around it binds more tightly."""
        loose = self.binding < binding or (self.text.startswith("-") and binding > SUM)
        return f"({self.text})" if loose else self.text


UNKNOWN = Call()
Sign = Callable[[Call, Call], Call]


def made(text: str, binding: int, *parts: Call) -> Call:
    """Return a call made of others; unknown if one of them is, or if it is too long."""
    return Call(text, binding) if all(parts) and len(text) <= LONGEST else UNKNOWN


def plus(a: Call, b: Call) -> Call:
    """a + b."""
    sign = " - " if b.text.startswith("-") else " + "
    return made(f"{a.text}{sign}{b.text.removeprefix('-')}", SUM, a, b)


def negative(a: Call) -> Call:
    """-a."""
    if a.binding > SUM and a.text.startswith("-"):
        return Call(a.text[1:], a.binding)
    return made(f"-{a.within(QUOTIENT)}", max(a.binding, QUOTIENT), a)


def times(a: Call, b: Call) -> Call:
    """a·b, a number first."""
    if b.text[:1].isdigit():
        a, b = b, a
    for one, other in ((a, b), (b, a)):
        if one.text in ("1", "-1"):
            return other if one.text == "1" else negative(other)
    first = a.text if a.binding >= PRODUCT else a.within(PRODUCT)
    return made(f"{first}·{b.within(PRODUCT)}", PRODUCT, a, b)


def over(a: Call, b: Call) -> Call:
    """a/b."""
    first = a.text if a.binding >= QUOTIENT else a.within(QUOTIENT)
    return made(f"{first}/{b.within(ATOM)}", QUOTIENT, a, b)


def applied(name: str, a: Call) -> Call:
    """name(a)."""
    return made(f"{name}({a.text})", ATOM, a)


def member(a: Call, index: Any) -> Call:
    """a[index]; unknown for several members at once."""
    places = index if isinstance(index, tuple) else (index,)
    if not all(isinstance(place, int) for place in places):
        return UNKNOWN
    return made(f"{a.within(ATOM)}[{', '.join(map(str, places))}]", ATOM, a)


def number(x: Any) -> str:
    """Return a number in at most 12 digits, a fraction as it is."""
    return str(x) if isinstance(x, (int, Fraction)) else f"{float(x):.12g}"


def constant(x: Any) -> Call:
    """Return a number as a part of a call: an int, a float, a Fraction or a SymPy constant."""
    if hasattr(x, "free_symbols"):  # SymPy's, which is not imported for this
        text = str(x).replace("**", "^").replace("*", "·")
        simple = x.is_Function or (x.is_Atom and "/" not in text)
        return made(text, SUM if x.is_Add else ATOM if simple else QUOTIENT)
    if getattr(x, "shape", ()) or not isinstance(x, (int, float, Fraction)):
        return UNKNOWN
    text = number(x)
    return Call(text, QUOTIENT if "/" in text else ATOM)
