r"""Mathematics in LaTeX as a line of Unicode: \frac{p(x)}{p(x)+q(x)} is p(x)/(p(x) + q(x)).

pylatexenc reads the LaTeX; what it reads becomes a row of items, and `rows` writes these. A macro that
is not in the table of `macros` is refused, never left out.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

from pylatexenc.latexwalker import (
    LatexCharsNode,
    LatexEnvironmentNode,
    LatexGroupNode,
    LatexMacroNode,
    LatexWalker,
    LatexWalkerError,
)
from pylatexenc.macrospec import EnvironmentSpec, LatexContextDb, MacroSpec

from gantheory.errors import PageError, nearest
from gantheory.tex.macros import (
    ACCENTS,
    ALPHABETS,
    ARGUMENTS,
    ARGUMENTS_OF_CLAIMS,
    CHARACTERS,
    COMMA,
    DELIMITERS,
    ENVIRONMENTS,
    FRACTION,
    FRACTIONS,
    FUNCTION,
    INFIX,
    KNOWN,
    NUMBER,
    OF_CLAIMS,
    PREFIX,
    RELATION,
    SILENT,
    SPACES,
    SYMBOLS,
    TEXT,
    TIGHT,
    WORD,
    WORDS,
    letter,
    macro_of,
)
from gantheory.tex.rows import Item, bracketed, fraction, root, scripted, written

Node = Any  # of pylatexenc, which has no types
Token = Any
"""A character, a space, or a Node that is no run of characters."""

WIDE = "\u00a0"
"""The token of a space as between words; that of a thin one is " "."""

_PLACE = "gantheory/tex/macros.py"
_MARKS = re.compile(
    r"\\(?:begin|end)\s*\{(?P<environment>[^{}]*)\}|\\(?P<macro>[A-Za-z]+|.)|(?P<brace>[{}])"
    r"|(?P<other>[^\w\s+\-*/=<>()\[\].,;:!|'^&~])",
    re.ASCII | re.DOTALL,
)
_LEFT, _RIGHT = (re.compile(rf"\\{side}(?![A-Za-z])") for side in ("left", "right"))


def _context() -> LatexContextDb:
    """Return what pylatexenc has to know: how many arguments each macro takes."""
    context, forms = LatexContextDb(), ARGUMENTS | ARGUMENTS_OF_CLAIMS
    context.add_context_category(
        "mathematics",
        macros=[MacroSpec(name, form) for name, form in forms.items()],
        environments=[EnvironmentSpec(name) for name in ENVIRONMENTS],
    )
    context.set_unknown_macro_spec(MacroSpec(""))
    return context


_CONTEXT = _context()
_OF_CLAIMS = frozenset({*OF_CLAIMS, *ARGUMENTS_OF_CLAIMS})


def unicode_of(latex: str) -> str:
    r"""Return mathematics in LaTeX as Unicode: \sqrt{x+1} is √(x + 1); a line for each of `aligned`.

    Parameters
    ----------
    latex:
        What stands between the dollar signs, without them.

    Raises
    ------
    PageError
        If it is not LaTeX, or holds a macro that `macros` does not know.
    """
    for fault in faults(latex):
        raise PageError(fault)
    try:
        return "\n".join(_lines(parsed(latex)))
    except (LatexWalkerError, PageError) as problem:
        raise PageError(f"{shown(latex)}: {str(problem).splitlines()[0]}") from None


def parsed(latex: str) -> list[Node]:
    """Return the nodes that pylatexenc finds."""
    nodes, _, _ = LatexWalker(
        latex, latex_context=_CONTEXT, tolerant_parsing=False
    ).get_latex_nodes()
    return list(nodes)


def faults(latex: str, *, of_claims: bool = False) -> Iterator[str]:
    """Yield what is wrong with the mathematics, so far as macros, braces and characters tell.

    Claims may have some macros that pages may not.
    """
    open_braces = 0
    for found in _MARKS.finditer(latex):
        open_braces += {"{": 1, "}": -1}.get(found["brace"], 0)
        fault = _unknown(found)
        if fault and not (of_claims and _may_be_of_claims(found)):
            yield f"{shown(latex)}: {fault}"
        if open_braces < 0:
            break
    if open_braces:
        yield f"{shown(latex)}: its braces do not match"
    elif len(_LEFT.findall(latex)) != len(_RIGHT.findall(latex)):
        yield f"{shown(latex)}: \\left and \\right do not match"


def _may_be_of_claims(found: re.Match[str]) -> bool:
    """Return whether claims may have it: their macros, and the characters of calls, as quotes."""
    return found["macro"] in _OF_CLAIMS or found["other"] in ('"', "@", "`", "?")


def _unknown(found: re.Match[str]) -> str:
    """Return what is wrong with a macro, an environment or a character, "" if nothing is."""
    macro, environment, other = found["macro"], found["environment"], found["other"]
    if macro and macro not in KNOWN:
        near = nearest(f"\\{macro}", (f"\\{name}" for name in KNOWN))
        return f"\\{macro} is none of the macros in {_PLACE}{near}"
    if environment is not None and environment not in ENVIRONMENTS:
        return f"the environment {environment} is none of {', '.join(sorted(ENVIRONMENTS))}"
    if other:
        return f"{other!r} is not LaTeX" + (f": write {macro_of(other)}" if macro_of(other) else "")
    return ""


def shown(latex: str) -> str:
    """Return the mathematics between dollar signs for a message, shortened."""
    text = " ".join(latex.split())
    return f"${text if len(text) <= 60 else text[:57] + '...'}$"


# --- nodes to items ------------------------------------------------------------------------------


def tokens_of(nodes: Iterable[Node]) -> Iterator[Token]:
    """Yield characters and nodes, " " and `WIDE` for spaces, without what prints nothing."""
    for node in nodes:
        if isinstance(node, LatexCharsNode):
            yield from (WIDE if c == "~" else c for c in node.chars if not c.isspace())
        elif not isinstance(node, LatexMacroNode) or node.macroname not in SILENT:
            space = isinstance(node, LatexMacroNode) and node.macroname in SPACES
            wide = space and node.macroname.isspace()
            yield WIDE if wide else " " if space else node


def _items(nodes: Iterable[Node]) -> list[Item]:
    return _read(deque(tokens_of(nodes)))


def _read(tokens: deque[Token]) -> list[Item]:
    """Return the items that the tokens are, each with its scripts."""
    items: list[Item] = []
    while tokens:
        base = _base(tokens)
        lower, upper = (_script(found) for found in scripts(tokens))
        items += [scripted(_one(base), lower, upper)] if lower or upper else base
    return items


def _base(tokens: deque[Token]) -> list[Item]:
    token = tokens.popleft()
    if isinstance(token, str):
        return _character(token, tokens)
    if isinstance(token, LatexGroupNode):
        return _group(_items(token.nodelist))
    if isinstance(token, LatexEnvironmentNode):
        return [_environment(token)]
    return _macro(token)


def _character(c: str, tokens: deque[Token]) -> list[Item]:
    if c in (" ", WIDE):
        return []
    if c in "^_'":
        tokens.appendleft(c)
        return [Item("", WORD)]
    if c.isdigit():
        return [Item(number(c, tokens), NUMBER)]
    if c == ":" and tokens and isinstance(tokens[0], str) and tokens[0] == "=":
        return [Item(c + tokens.popleft(), RELATION)]
    if c in CHARACTERS:
        return [Item(*CHARACTERS[c])]
    if c == "&":
        raise PageError("& stands outside cases, aligned and matrices")
    return [Item(c, WORD, letter=True)]


def number(first: str, tokens: deque[Token]) -> str:
    """Return the number that begins with a digit, and take the rest of it from the tokens."""
    while tokens and _continues(tokens):
        first += tokens.popleft()
    return first


def _continues(tokens: deque[Token]) -> bool:
    """Return whether the next token is a digit, or a decimal point before one."""
    ahead = "".join(c if isinstance(c, str) else "\\" for c in list(tokens)[:2])
    return re.match(r"\d|\.\d", ahead, re.ASCII) is not None


def scripts(tokens: deque[Token]) -> tuple[list[Token], list[Token]]:
    """Take what stands below and above from the tokens, a token each; primes are above, as "'"."""
    found: dict[str, list[Token]] = {"_": [], "^": []}
    while tokens and isinstance(tokens[0], str) and tokens[0] in "^_'":
        mark = tokens.popleft()
        if mark == "'":
            found["^"].append(mark)
            continue
        if not tokens:
            raise PageError(f"nothing stands behind {mark}")
        if found[mark]:
            raise PageError(f"two scripts {mark} at one place: put braces around the first")
        found[mark] = [tokens.popleft()]
    return found["_"], found["^"]


def _script(found: list[Token]) -> list[Item]:
    """Return the items of a script, primes as such."""
    primes = [Item("′", TIGHT) for token in found if isinstance(token, str) and token == "'"]
    return primes or [item for token in found for item in _base(deque([token]))]


def _one(base: list[Item]) -> Item:
    """Return what scripts are put on as one item, in brackets where they would seem to be on a part."""
    if not base:
        return Item("", WORD)
    whole = len(base) == 1 and not base[0].scripted and base[0].kind != FRACTION
    return base[0] if whole and not re.search("[√½¼¾]", base[0].text) else bracketed(written(base))


def _group(items: list[Item]) -> list[Item]:
    """Return the items of {...}; a lone comma or sign loses the space around it, as in 10{,}000."""
    if len(items) == 1 and items[0].kind in (COMMA, INFIX, RELATION):
        return [Item(items[0].text, TIGHT)]
    return items


def _macro(node: Node) -> list[Item]:
    name = node.macroname
    arguments = [a for a in node.nodeargd.argnlist if a is not None] if node.nodeargd else []
    if name in SYMBOLS:
        text, kind = SYMBOLS[name]
        return [Item(text, kind, letter=kind == WORD)]
    if name in FRACTIONS:
        return [fraction(*(_items([argument]) for argument in arguments))]
    if name == "sqrt":
        degree = _items(arguments[0].nodelist) if len(arguments) == 2 else []
        return [root(_items(arguments[-1:]), degree)]
    if name in DELIMITERS:
        return _delimiter(name, _items(arguments))
    if name in WORDS:
        return [_word(name, arguments[-1])]
    if name in ACCENTS:
        return [_accented(name, _items(arguments))]
    if name in ALPHABETS:
        return [_of_alphabet(name, _items(arguments))]
    raise PageError(f"\\{name} does not belong here")


def _delimiter(name: str, items: list[Item]) -> list[Item]:
    r"""Return the bracket of \left, \right or \middle; \left. and \right. print none."""
    text = items[0].text if items else ""
    if name == "middle":
        text = text.replace("‖", "∥")
    return [Item("" if text == "." else text, DELIMITERS[name])]


def _word(name: str, node: Node) -> Item:
    r"""Return \mathrm{KL}, \text{ if }, \operatorname{sign}; \mathrm{d} belongs to what follows."""
    nodes = node.nodelist if isinstance(node, LatexGroupNode) else [node]
    plain = [t if isinstance(t, str) else "" for t in _letters(nodes)]
    text = "".join(plain) if all(plain) else written(_items(nodes))
    if name == "operatorname":
        return Item(text, FUNCTION)
    if name == "mathrm" and text == "d":
        return Item(text, PREFIX)
    if " " in text and name in ("text", "textrm"):
        return Item(text.strip(), TEXT)
    return Item(text.strip(), WORD, letter=len(text) == 1)


def _letters(nodes: Iterable[Node]) -> Iterator[Token]:
    """Yield the characters of a word, its spaces too."""
    for node in nodes:
        yield from node.chars if isinstance(node, LatexCharsNode) else tokens_of([node])


def _accented(name: str, items: list[Item]) -> Item:
    if len(items) != 1 or not items[0].letter or items[0].scripted:
        raise PageError(f"\\{name} stands over more than one letter, which Unicode cannot")
    return Item(items[0].text + ACCENTS[name], WORD, letter=True)


def _of_alphabet(name: str, items: list[Item]) -> Item:
    text = written(items)
    found = letter(name, text) if len(text) == 1 else ""
    if not found:
        raise PageError(f"\\{name}{{{text}}} has no letter in Unicode")
    return Item(found, WORD, letter=True)


# --- lines ---------------------------------------------------------------------------------------


def _lines(nodes: list[Node]) -> list[str]:
    """Return the formula as one line, or those of `aligned` if it is nothing else."""
    nodes = [n for n in nodes if not isinstance(n, LatexCharsNode) or n.chars.strip()]
    if len(nodes) != 1 or getattr(nodes[0], "environmentname", "") != "aligned":
        return [written(_items(nodes))]
    rows = [(row[0], "  ".join(row[1:])) for row in map(_texts, _rows(nodes[0]))]
    widest = max(len(left) for left, _ in rows)
    return [f"{left:>{widest}} {right}".rstrip() for left, right in rows]


def cells(nodes: Iterable[Node]) -> list[list[deque[Token]]]:
    r"""Return the tokens of each cell of an environment, row by row, taken apart at \\ and &."""
    rows: list[list[deque[Token]]] = [[deque()]]
    for token in tokens_of(nodes):
        if getattr(token, "macroname", None) == "\\":
            rows.append([deque()])
        elif isinstance(token, str) and token == "&":
            rows[-1].append(deque())
        else:
            rows[-1][-1].append(token)
    return [row for row in rows if any(row)]


def _rows(node: Node) -> list[list[list[Item]]]:
    """Return the items of each cell."""
    return [[_read(cell) for cell in row] for row in cells(node.nodelist)]


def _texts(cells: list[list[Item]]) -> list[str]:
    return [written(cell) for cell in cells]


def _environment(node: Node) -> Item:
    """Return {a if x > 0; b otherwise}, (a, b; c, d), or the rows of `aligned` one after the other."""
    name, rows = node.environmentname, _rows(node)
    if name == "cases":
        return Item("{" + "; ".join(_case(_texts(row)) for row in rows) + "}", TEXT)
    if name == "aligned":
        return Item("; ".join(written([i for cell in row for i in cell]) for row in rows), TEXT)
    left, right = {"pmatrix": ("(", ")"), "bmatrix": ("[", "]")}[name]
    return Item(left + "; ".join(", ".join(_texts(row)) for row in rows) + right, WORD)


def _case(cells: list[str]) -> str:
    """Return one line of `cases`: its value, and when it is taken."""
    value, *condition = [cell.rstrip(",;. ") for cell in cells]
    said = re.match(r"(if|for|where|when|otherwise|else)\b", condition[0]) if condition else None
    return " ".join([value, *([] if said or not condition else ["if"]), *condition])
