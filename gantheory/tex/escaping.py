"""Plain text with unicode mathematics, as LaTeX that any engine compiles."""

from __future__ import annotations

import re
import unicodedata

from gantheory.tex.macros import SYMBOLS

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

_MATHS = {
    "−": "-",
    "±": r"\pm",
    "∓": r"\mp",
    "×": r"\times",
    "·": r"\cdot",
    "∘": r"\circ",
    "⊗": r"\otimes",
    "⊕": r"\oplus",
    "≤": r"\le",
    "≥": r"\ge",
    "≪": r"\ll",
    "≫": r"\gg",
    "≠": r"\ne",
    "≈": r"\approx",
    "≡": r"\equiv",
    "∼": r"\sim",
    "∝": r"\propto",
    "→": r"\to",
    "←": r"\leftarrow",
    "↔": r"\leftrightarrow",
    "⇒": r"\Rightarrow",
    "⇔": r"\Leftrightarrow",
    "↦": r"\mapsto",
    "↓": r"\downarrow",
    "↑": r"\uparrow",
    "∈": r"\in",
    "∉": r"\notin",
    "⊂": r"\subset",
    "⊆": r"\subseteq",
    "∪": r"\cup",
    "∩": r"\cap",
    "∅": r"\emptyset",
    "∀": r"\forall",
    "∃": r"\exists",
    "∧": r"\wedge",
    "∨": r"\vee",
    "¬": r"\neg",
    "∞": r"\infty",
    "∫": r"\int",
    "∬": r"\int\!\!\int",
    "∑": r"\sum",
    "∏": r"\prod",
    "∂": r"\partial",
    "∇": r"\nabla",
    "√": r"\surd",
    "‖": r"\|",
    "∥": r"\|",
    "⊥": r"\perp",
    "⟂": r"\perp",
    "⟨": r"\langle",
    "⟩": r"\rangle",
    "⌊": r"\lfloor",
    "⌋": r"\rfloor",
    "⌈": r"\lceil",
    "⌉": r"\rceil",
    "′": "'",
    "″": "''",
    "ℓ": r"\ell",
    "ℝ": r"\mathbf{R}",
    "ℕ": r"\mathbf{N}",
    "ℤ": r"\mathbf{Z}",
    "ℚ": r"\mathbf{Q}",
    "ℂ": r"\mathbf{C}",
    "𝔼": r"\mathbf{E}",
    "𝟙": r"\mathbf{1}",
    "½": r"\frac{1}{2}",
    "¼": r"\frac{1}{4}",
    "¾": r"\frac{3}{4}",
    "∎": r"\rule{1ex}{1ex}",
    "°": r"^{\circ}",
    "ϕ": r"\phi",
    "φ": r"\varphi",
    "ϵ": r"\epsilon",
    "ε": r"\varepsilon",
    "ϑ": r"\vartheta",
    "ς": r"\varsigma",
    "ο": "o",
}
_LATIN_GREEK = "ABEZHIKMNOPTX"  # Greek capitals that LaTeX writes with Latin letters
_GREEK_CAPITALS = "ΑΒΕΖΗΙΚΜΝΟΡΤΧ"
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
    maths = _MATHS.get(c) or _greek(c) or _raised(c)
    if maths:
        return rf"\ensuremath{{{maths}}}"
    return _accented(c) or rf"\texttt{{U+{ord(c):04X}}}"


def _greek(c: str) -> str:
    """Return the command of a Greek letter, "" for any other character."""
    if c in _GREEK_CAPITALS:
        return rf"\mathrm{{{_LATIN_GREEK[_GREEK_CAPITALS.index(c)]}}}"
    words = unicodedata.name(c, "").split()
    if len(words) != 4 or words[0] != "GREEK" or words[2] != "LETTER":
        return ""
    name = {"LAMDA": "lambda"}.get(words[3], words[3].lower())
    macro = name.capitalize() if words[1] == "CAPITAL" else name
    return f"\\{macro}" if macro in SYMBOLS else ""


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
    whole = {"ø": r"{\o}", "Ø": r"{\O}", "ß": r"{\ss}", "ł": r"{\l}", "Ł": r"{\L}", "æ": r"{\ae}"}
    if c in whole:
        return whole[c]
    marks = {
        "0300": "`",
        "0301": "'",
        "0302": "^",
        "0303": "~",
        "0308": '"',
        "0304": "=",
        "030C": "v",
        "030A": "r",
        "0327": "c",
        "030B": "H",
        "0306": "u",
        "0307": ".",
    }
    base, _, mark = unicodedata.decomposition(c).partition(" ")
    if mark not in marks:
        return ""
    letter = chr(int(base, 16))
    return rf"\{marks[mark]}{{{letter}}}" if letter.isascii() else ""
