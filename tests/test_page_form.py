"""What makes a page readable, as far as it can be counted: length, prose, order, no twin helpers."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path
from statistics import median

import pytest

from gantheory.book.reading import DRAWING, SECTIONS, page_files

PAGES = page_files(Path(__file__).resolve().parent.parent / "proofs")
LONGEST, MEDIAN = 300, 220  # lines
ABOVE = 180  # lines to read, before the rule below which the numbers are made
PROSE = 0.3  # share of docstrings and comments
RULE = "# --- how the numbers are made ---"
DOCUMENTED = (ast.Module, ast.FunctionDef, ast.ClassDef)


@cache
def source(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(source(path))


def length(path: Path) -> int:
    return len(source(path).splitlines())


def prose(path: Path) -> float:
    """The share of lines that are docstrings or comments."""
    lines = source(path).splitlines()
    said = {i for i, line in enumerate(lines, 1) if line.lstrip().startswith("#")}
    for node in ast.walk(tree(path)):
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node):
            first = node.body[0]
            said |= set(range(first.lineno, (first.end_lineno or first.lineno) + 1))
    return len(said) / len(lines)


def functions(path: Path) -> dict[str, ast.FunctionDef]:
    return {node.name: node for node in tree(path).body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page_is_short_and_says_what_it_does(path: Path) -> None:
    assert length(path) <= LONGEST
    assert prose(path) >= PROSE - 0.05
    parts = functions(path)
    sections = [name for name in parts if name in (*SECTIONS, DRAWING)]
    for name in sections:
        assert ast.get_docstring(parts[name]), f"{name} has no prose"
    order = [name for name in (*SECTIONS, DRAWING) if name in sections]
    assert sections == order
    rules = [i for i, line in enumerate(source(path).splitlines(), 1) if line.startswith("# ---")]
    assert len(rules) <= 1
    for rule in rules:
        assert source(path).splitlines()[rule - 1].startswith(RULE)
        assert all(parts[name].lineno < rule for name in sections)
    assert (rules or [length(path)])[0] <= ABOVE + 2


def test_the_book_is_as_short_and_as_much_prose_as_books_are() -> None:
    assert median(map(length, PAGES)) < MEDIAN
    assert median(map(prose, PAGES)) >= PROSE


def test_no_helper_is_written_on_two_pages() -> None:
    seen = defaultdict(set)
    for path in PAGES:
        for name, node in functions(path).items():
            if name not in (*SECTIONS, DRAWING):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                if len(body) > 1 or len(ast.unparse(body[0])) > 80:
                    seen[re.sub(r"\s+", " ", "; ".join(map(ast.unparse, body)))].add(path.stem)
    assert [sorted(pages) for pages in seen.values() if len(pages) > 1] == []
