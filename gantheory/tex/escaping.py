"""Plain text with unicode mathematics, as LaTeX that any engine compiles."""

from __future__ import annotations

import re
import unicodedata

from gantheory.tex.macros import macro_of

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "_": r"\_",
    "%": r"\%",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\ensuremath{<}",
    ">": r"\ensuremath{>}",
    "|": r"\ensuremath{|}",
    '"': "''",  # \textquotedbl needs a font encoding that not every document has
    "–": "--",
    "—": "---",
    "‘": "`",
    "’": "'",
    "“": "``",
    "”": "''",
    "…": r"\dots{}",
    "§": r"\S{}",
    "\u00a0": "~",
}

# where `macro_of` has nothing, or a macro of a package
_MATHS = {
    "−": "-",
    "∼": r"\sim",
    "∬": r"\int\!\!\int",
    "√": r"\surd",
    "∥": r"\|",
    "⊥": r"\perp",
    "⟂": r"\perp",
    "′": "'",
    "″": "''",
    "𝟙": r"\mathbf{1}",
    "½": r"\frac{1}{2}",
    "¼": r"\frac{1}{4}",
    "¾": r"\frac{3}{4}",
    "∎": r"\rule{1ex}{1ex}",
    "°": r"^{\circ}",
    "ο": "o",
    **{c: rf"\mathbf{{{plain}}}" for c, plain in zip("ℝℕℤℚℂ𝔼", "RNZQCE", strict=True)},
    **{c: rf"\mathrm{{{a}}}" for c, a in zip("ΑΒΕΖΗΙΚΜΝΟΡΤΧ", "ABEZHIKMNOPTX", strict=True)},
}
_MARKS = "\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030a\u030b\u030c\u0327"
_ACCENTS = dict(zip(_MARKS, "`'^~=u.\"rHvc", strict=True))
_LETTERS = {"ø": r"{\o}", "Ø": r"{\O}", "ß": r"{\ss}", "ł": r"{\l}", "Ł": r"{\L}", "æ": r"{\ae}"}
_OPENING = re.compile(r'(?<![^\s(\[])"(?=\S)')


def escape(text: str) -> str:
    """Return the text so that LaTeX sets it as it stands, mathematical letters in math mode."""
    quoted = _OPENING.sub("“", unicodedata.normalize("NFC", text))
    return "".join(_letter(c) for c in quoted)


def _letter(c: str) -> str:
    """Return one character in LaTeX."""
    if c in _SPECIAL:
        return _SPECIAL[c]
    if c.isascii():
        return c if c.isprintable() or c in "\n\t" else " "
    maths = _MATHS.get(c) or macro_of(c) or _raised(c)
    if maths:
        return rf"\ensuremath{{{maths}}}"
    return _accented(c) or rf"\texttt{{U+{ord(c):04X}}}"


def _raised(c: str) -> str:
    """Return a raised or lowered character in math mode, "" for any other."""
    kind, _, code = unicodedata.decomposition(c).partition(" ")
    sign = {"<super>": "^", "<sub>": "_"}.get(kind)
    if sign is None or " " in code:
        return ""
    inner = _letter(chr(int(code, 16)))
    return f"{sign}{{{inner}}}"


def _accented(c: str) -> str:
    """Return a letter with an accent as LaTeX commands, "" for any other character."""
    whole = unicodedata.normalize("NFD", c)
    if whole[0].isascii() and whole[1:] in _ACCENTS:
        return rf"\{_ACCENTS[whole[1:]]}{{{whole[0]}}}"
    return _LETTERS.get(c, "")
