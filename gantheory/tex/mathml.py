r"""Mathematics in LaTeX as MathML: \frac{p}{q} is <mfrac><mi>p</mi><mi>q</mi></mfrac>.

The third reader of what pylatexenc finds, beside Unicode and TeX. It reads what pages may write and,
beyond that, what SymPy writes of claims (`macros.OF_CLAIMS`). A row is laid out as TeX does it: which
sign has a left side, which bars are brackets, where a thin space stands. MathML Core is enough for it,
so that browsers need nothing else.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from html import escape

from pylatexenc.latexwalker import (
    LatexCharsNode,
    LatexEnvironmentNode,
    LatexGroupNode,
    LatexWalkerError,
)

from gantheory.errors import PageError
from gantheory.tex.elements import (
    SIGNS,
    SPACE,
    THIN,
    WORDS_APART,
    Mark,
    element_of,
    elements_of,
    one_element,
    parts_of,
    upright,
)
from gantheory.tex.macros import (
    ALPHABETS,
    BIG,
    CHARACTERS,
    COMMA,
    FRACTION,
    FRACTIONS,
    FUNCTION,
    INFIX,
    NUMBER,
    OF_CLAIMS,
    PREFIX,
    RELATION,
    SYMBOLS,
    TEXT,
    TIGHT,
    WORD,
    WORDS,
    letter,
)
from gantheory.tex.mathematics import (
    WIDE,
    Node,
    Token,
    cells,
    faults,
    number,
    parsed,
    scripts,
    shown,
    tokens_of,
)

_LIMITS = frozenset(["max", "min", "sup", "inf", "lim", "det", "gcd", "Pr"]) | {
    "lim sup",
    "lim inf",
}
_ABOVE = {  # accents: the sign, and whether it is as wide as what stands below
    **{"hat": ("^", False), "widehat": ("^", True), "bar": ("¯", False), "overline": ("¯", True)},
    **{"tilde": ("~", False), "widetilde": ("~", True), "dot": ("˙", False), "ddot": ("¨", False)},
    **{"vec": ("→", False)},
}
_PRIMES = {1: "′", 2: "″", 3: "‴"}
_TALL = re.compile(r'<m(frac|table|under|over|sqrt|root)|stretchy="true"')
_STYLES = {"tfrac": "false", "dfrac": "true"}


def mathml_of(latex: str, *, display: bool = False) -> str:
    r"""Return mathematics in LaTeX as an element <math>.

    Parameters
    ----------
    latex:
        What stands between the dollar signs, without them.
    display:
        Whether it stands on lines of its own.

    Raises
    ------
    PageError
        If it is not LaTeX, or holds a macro that neither pages nor SymPy's printer may write.
    """
    row = elements_of(_read_whole(latex))
    return f'<math display="block">{row}</math>' if display else f"<math>{row}</math>"


def mathml_parts(latex: str) -> list[str]:
    r"""Return mathematics within a line as elements <math> between which the line may be broken.

    Raises
    ------
    PageError
        As `mathml_of`.
    """
    return [f"<math>{part}</math>" for part in parts_of(_read_whole(latex))]


def _read_whole(latex: str) -> list[Mark]:
    for fault in faults(latex, of_claims=True):
        raise PageError(fault)
    try:
        marks = _marks(parsed(latex))
        elements_of(marks)  # bars in odd numbers are found here
    except (LatexWalkerError, PageError) as problem:
        raise PageError(f"{shown(latex)}: {str(problem).splitlines()[0]}") from None
    return marks


# --- nodes to marks -------------------------------------------------------------------------------


def _marks(nodes: Iterable[Node]) -> list[Mark]:
    return _read(deque(tokens_of(nodes)))


def _read(tokens: deque[Token], *, inside: bool = False) -> list[Mark]:
    r"""Return the marks that the tokens are, each with its scripts; `inside`: up to \right."""
    marks: list[Mark] = []
    while tokens:
        if getattr(tokens[0], "macroname", "") == "right":
            if inside:
                return marks
            raise PageError("\\right stands without its \\left")
        base = _base(tokens)
        below, above = scripts(tokens)
        if below or above:
            base = [*base[:-1], _scripted(base[-1] if base else upright(""), below, above)]
        marks += base
    if inside:
        raise PageError("\\left stands without its \\right")
    return marks


def _base(tokens: deque[Token]) -> list[Mark]:
    token = tokens.popleft()
    if isinstance(token, str):
        return [_character(token, tokens)]
    if isinstance(token, LatexGroupNode):
        return _group(_marks(token.nodelist))
    if isinstance(token, LatexEnvironmentNode):
        return [_environment(token)]
    if token.macroname == "left":
        return [_fenced(token, tokens)]
    return [_macro(token)]


def _character(c: str, tokens: deque[Token]) -> Mark:
    if c in (" ", WIDE):
        return Mark("", SPACE, element=WORDS_APART if c == WIDE else THIN)
    if c in "^_'":
        tokens.appendleft(c)
        return upright("")
    if c.isdigit():
        return Mark(number(c, tokens), NUMBER)
    if c == ":" and tokens and isinstance(tokens[0], str) and tokens[0] == "=":
        return Mark(c + tokens.popleft(), RELATION)
    if c == "&":
        raise PageError("& stands outside cases, aligned and matrices")
    return Mark(*CHARACTERS.get(c, (c, WORD)))


def _group(marks: list[Mark]) -> list[Mark]:
    """Return the marks of {...} as one; a lone sign loses the space around it, as in 10{,}000."""
    if len(marks) == 1:
        lone = marks[0].kind in (COMMA, INFIX, RELATION)
        return [replace(marks[0], kind=TIGHT) if lone else marks[0]]
    return [Mark("", WORD, element=one_element(marks))] if marks else []


def _scripted(base: Mark, below: list[Token], above: list[Token]) -> Mark:
    """Return the mark with what stands below and above it."""
    if not below and all(isinstance(token, str) and token == "'" for token in above):
        return _primed(base, len(above))
    limits = base.limits
    element = f"<mrow>{THIN}</mrow>" if base.kind == SPACE else element_of(base, tight=True)
    lower, upper = (_script(found) for found in (below, above))
    under, over, both = ("munder", "mover", "munderover") if limits else ("msub", "msup", "msubsup")
    name = both if lower and upper else under if lower else over
    return replace(base, element=f"<{name}>{element}{lower}{upper}</{name}>", scripted=True)


def _primed(base: Mark, count: int) -> Mark:
    """Return the mark with primes: fonts have raised them already."""
    primes = f'<mo lspace="0" rspace="0">{_PRIMES.get(count, "′" * count)}</mo>'
    return replace(base, element=f"<mrow>{element_of(base)}{primes}</mrow>", scripted=True)


def _script(found: list[Token]) -> str:
    """Return a script as one element, "" if there is none."""
    primes = sum(isinstance(token, str) and token == "'" for token in found)
    if primes:
        return f"<mo>{_PRIMES.get(primes, '′' * primes)}</mo>"
    return (
        one_element([mark for token in found for mark in _base(deque([token]))], tight=True)
        if found
        else ""
    )


def _macro(node: Node) -> Mark:
    name = node.macroname
    arguments = [a for a in node.nodeargd.argnlist if a is not None] if node.nodeargd else []
    if name in SYMBOLS or name in OF_CLAIMS:
        return _symbol(name)
    if name in FRACTIONS or name == "binom":
        return _fraction(name, arguments)
    if name == "sqrt":
        return _root(arguments)
    if name in WORDS:
        return _named(name, arguments)
    if name in _ABOVE:
        return _accented(name, arguments)
    if name in ALPHABETS:
        return _of_alphabet(name, arguments)
    if name == "middle":
        bar = _fence(arguments).replace("‖", "∥")
        return Mark(bar, RELATION, element=f'<mo stretchy="true" lspace="0" rspace="0">{bar}</mo>')
    if name == "substack":
        return _stacked([n for a in arguments for n in getattr(a, "nodelist", [a])])
    raise PageError(f"\\{name} does not belong here")


def _stacked(nodes: list[Node]) -> Mark:
    """Return lines below a sign; a single one as it is."""
    lines = [[_read(cell) for cell in row] for row in cells(nodes)]
    if len(lines) == 1:
        return Mark(
            "", WORD, element=one_element([mark for cell in lines[0] for mark in cell], tight=True)
        )
    rows = [_tabled([elements_of(cell, tight=True) for cell in line]) for line in lines]
    return Mark("", WORD, element=f"<mtable>{''.join(rows)}</mtable>")


def _symbol(name: str) -> Mark:
    text, kind = (SYMBOLS | OF_CLAIMS)[name]
    limits = text in _LIMITS or (kind == BIG and text not in "∫∬∮")
    if name in ("top", "bot", "prime", "dagger", "star", "ast"):
        return Mark(text, kind, element=f'<mo lspace="0" rspace="0">{SIGNS.get(text, text)}</mo>')
    return Mark(text, kind, limits=limits)


def _fraction(name: str, arguments: list[Node]) -> Mark:
    above, below = (one_element(_marks([argument])) for argument in arguments)
    if name == "binom":
        inner = f'<mfrac linethickness="0">{above}{below}</mfrac>'
        return Mark("", WORD, element=f"<mrow><mo>(</mo>{inner}<mo>)</mo></mrow>")
    element = f"<mfrac>{above}{below}</mfrac>"
    if name in _STYLES:
        element = f'<mstyle displaystyle="{_STYLES[name]}">{element}</mstyle>'
    return Mark("", FRACTION, element=element)


def _root(arguments: list[Node]) -> Mark:
    inner = one_element(_marks(arguments[-1:]))
    if len(arguments) < 2:
        return Mark("", WORD, element=f"<msqrt>{inner}</msqrt>")
    degree = one_element(_marks(arguments[0].nodelist), tight=True)
    return Mark("", WORD, element=f"<mroot>{inner}{degree}</mroot>")


def _named(name: str, arguments: list[Node]) -> Mark:
    r"""Return \mathrm{KL}, \text{ if }, \operatorname*{arg\,max}; \mathrm{d} belongs to what follows."""
    node = arguments[-1]
    nodes = node.nodelist if isinstance(node, LatexGroupNode) else [node]
    plain = "".join(_letters(nodes))
    if "_" in plain or "^" in plain:
        return Mark(
            plain, WORD, element=one_element([_stands_upright(mark) for mark in _marks(nodes)])
        )
    words = re.sub(r"\s+", " ", plain)
    if name in ("text", "textrm"):
        spaced = words.replace(" ", "\u00a0")
        return Mark(
            words, TEXT if " " in words else WORD, element=f"<mtext>{escape(spaced)}</mtext>"
        )
    if name == "operatorname":
        starred = len(arguments) > 1
        return Mark(words, FUNCTION, limits=starred)
    if name == "mathit":
        return Mark(words, WORD, element=f'<mi class="it">{escape(words)}</mi>')
    return upright(words, PREFIX if words == "d" else WORD)


def _letters(nodes: Iterable[Node]) -> Iterator[str]:
    """Yield the characters of a word, its spaces too, and its macros as the symbols that they are."""
    for node in nodes:
        if isinstance(node, LatexCharsNode):
            yield node.chars
        elif isinstance(node, LatexGroupNode):
            yield from _letters(node.nodelist)
        else:
            for token in tokens_of([node]):  # the sign of a macro, as _, is no mark of a script
                yield token if isinstance(token, str) else _symbol_of(token)


def _stands_upright(mark: Mark) -> Mark:
    return mark if mark.element or mark.kind != WORD else upright(mark.text)


def _symbol_of(node: Node) -> str:
    name = getattr(node, "macroname", "")
    if name not in SYMBOLS:
        raise PageError(f"\\{name} does not belong into a word")
    return SYMBOLS[name][0]


def _accented(name: str, arguments: list[Node]) -> Mark:
    sign, wide = _ABOVE[name]
    marks = _marks(arguments)
    if not [mark for mark in marks if mark.kind != SPACE]:  # \hat{\ } is the sign alone
        return Mark(sign, TIGHT)
    above = f'<mo stretchy="{str(wide).lower()}">{sign}</mo>'
    return Mark("", WORD, element=f'<mover accent="true">{one_element(marks)}{above}</mover>')


def _of_alphabet(name: str, arguments: list[Node]) -> Mark:
    text = "".join(mark.text for mark in _marks(arguments))
    found = "".join(letter(name, c, own=False) for c in text)
    if len(found) != len(text) or not text:
        raise PageError(f"\\{name}{{{text}}} has no letter in Unicode")
    return upright(found)


def _fenced(node: Node, tokens: deque[Token]) -> Mark:
    r"""Return \left( ... \right) as one mark, the tokens up to \right taken."""
    left = _fence([a for a in node.nodeargd.argnlist if a is not None])
    inner = _read(tokens, inside=True)
    closing = tokens.popleft()
    right = _fence([a for a in closing.nodeargd.argnlist if a is not None])
    row = elements_of(inner)
    return Mark(left, WORD, element=_between(left, row, right), fixed=True)


def _between(left: str, row: str, right: str) -> str:
    """Return a row between brackets as high as it is; around what is low they stay as they are."""
    tall = str(_TALL.search(row) is not None).lower()
    first, last = (
        f'<mo form="{form}" stretchy="{tall}">{escape(sign)}</mo>' if sign else ""
        for sign, form in ((left, "prefix"), (right, "postfix"))
    )
    return f"<mrow>{first}{row}{last}</mrow>"


def _fence(arguments: list[Node]) -> str:
    marks = _marks(arguments)
    text = marks[0].text if marks else ""
    return "" if text == "." else text


def _environment(node: Node) -> Mark:
    name = node.environmentname
    rows = [_tabled([elements_of(_read(cell)) for cell in row]) for row in cells(node.nodelist)]
    style = ' displaystyle="true"' if name == "aligned" else ""
    table = f'<mtable class="{name}"{style}>{"".join(rows)}</mtable>'
    left, right = {"cases": ("{", ""), "pmatrix": ("(", ")"), "bmatrix": ("[", "]")}.get(
        name, ("", "")
    )
    return Mark("", WORD, element=_between(left, table, right))


def _tabled(row: list[str]) -> str:
    return f"<mtr>{''.join(f'<mtd>{cell}</mtd>' for cell in row)}</mtr>"
