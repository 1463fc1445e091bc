"""The texts of a page that may hold mathematics, and the lines at which they stand."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

DOCSTRING = ""
_READ_BY_PYTHON = re.compile(r"[bu]?[\"'].*\\[a-z]", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Text:
    r"""A docstring, a title or an erratum.

    Attributes
    ----------
    name:
        The function whose docstring it is, `DOCSTRING` for the page's own, "title" or "errata".
    text:
        The text, with the indentation of the source.
    line:
        The line at which it begins.
    escapes:
        Whether Python reads its backslashes, so that \nabla is a new line and "abla".
    """

    name: str
    text: str
    line: int
    escapes: bool

    def line_of(self, at: int) -> int:
        """Return the line of the character at that place."""
        return self.line + self.text.count("\n", 0, at)


def texts_of(tree: ast.Module, theorem: ast.Call, code: str) -> tuple[Text, ...]:
    """Return the texts of a page: docstrings, title, errata."""
    lines = code.splitlines()
    found = [*_docstrings(tree), *_arguments(theorem)]
    return tuple(_text(name, constant, lines) for name, constant in found)


def _docstrings(tree: ast.Module) -> Iterator[tuple[str, ast.Constant]]:
    for node in (tree, *tree.body):
        if isinstance(node, (ast.Module, ast.FunctionDef)) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                yield getattr(node, "name", DOCSTRING), first.value


def _arguments(theorem: ast.Call) -> Iterator[tuple[str, ast.Constant]]:
    named = {keyword.arg: keyword.value for keyword in theorem.keywords}
    for name in ("title", "errata"):
        node = named.get(name)
        for part in node.elts if isinstance(node, ast.Tuple) else [node]:
            if isinstance(part, ast.Constant):
                yield name, part


def _text(name: str, node: ast.Constant, lines: Sequence[str]) -> Text:
    text = node.value if isinstance(node.value, str) else ""
    source = "\n".join(lines[node.lineno - 1 : node.end_lineno])
    return Text(name, text, node.lineno, "$" in text and _escapes(source))


def _escapes(source: str) -> bool:
    r"""Return whether a string in these lines has a macro and no r before its quotes."""
    if "\\" not in source:
        return False
    with suppress(tokenize.TokenError):  # the lines may end within brackets
        for token in tokenize.generate_tokens(io.StringIO(f"({source})").readline):
            if token.type == tokenize.STRING and _READ_BY_PYTHON.match(token.string):
                return True
    return False
