"""Page files, read with `ast` and never executed.

A page is a Python file whose docstring states a theorem under the headings Statement, Assumes and
Source, whose `theorem = Theorem(...)` is a literal, and whose top-level functions are its sections.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import re
import stat
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from inspect import cleandoc
from pathlib import Path
from typing import Any

from gantheory.book.texts import Text, texts_of
from gantheory.errors import PageError
from gantheory.headings import require_heading

SECTIONS = ("derive", "certify", "check", "search", "simulate", "refute")
"""The sections that yield claims, in the order in which `verify` runs them."""

DRAWING = "figure"
PAGE_NAME = re.compile(r"p([0-9]+)_\w*\.py", re.ASCII)
LARGEST = 4_000_000  # bytes of source; the longest chapter anyone writes is a hundredth of it

_FIELDS = {
    "statement": "statement",
    "assumes": "assumes",
    "assumptions": "assumes",
    "source": "source",
    "sources": "source",
}
_ARGUMENTS = ("label", "title", "uses", "covers", "errata")
_INNER = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_INLINE = re.compile(r"(Assumes|Assumptions|Sources?)(?::|\s{2,}|$)\s*(.*)")
_RULE = re.compile(r"[-=]{3,}\s*$")


@dataclass(frozen=True)
class Page:
    """What a page file says, without having run it.

    Attributes
    ----------
    path, file:
        Where it lies; and how it is shown: relative to the book for a page of it.
    label, title, uses, covers, errata:
        The arguments of its `Theorem`.
    headline, statement, assumes, source, notes:
        The parts of its docstring, "" where there is none.
    sections:
        The sections defined, in the order of `SECTIONS`, then "figure".
    code:
        The source text.
    texts:
        What may hold mathematics and citations: docstrings, title, errata.
    faults:
        What is wrong with the page so far as reading can tell, one sentence each.
    """

    path: Path
    file: str
    label: str
    title: str
    uses: tuple[str, ...]
    covers: tuple[str, ...]
    errata: tuple[str, ...]
    headline: str
    statement: str
    assumes: str
    source: str
    notes: str
    sections: tuple[str, ...]
    code: str
    texts: tuple[Text, ...]
    faults: tuple[str, ...]

    @property
    def digest(self) -> str:
        """The SHA-256 of its source text."""
        return hashlib.sha256(self.code.encode("utf-8", "surrogatepass")).hexdigest()

    def prose(self, section: str) -> str:
        """Return the docstring of a section, "" if it has none."""
        return next((cleandoc(text.text) for text in self.texts if text.name == section), "")


def bundled_folder() -> Path:
    """Return the folder of the book's pages: in the package (a wheel), else beside it (a checkout).

    Raises
    ------
    PageError
        If neither exists.
    """
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "proofs", package.parent / "proofs"):
        if folder.is_dir():
            return folder
    raise PageError("the book's pages are missing from this installation: reinstall gantheory")


def page_files(folder: Path) -> list[Path]:
    """Return everything in the folder that is named like a page (p7_name.py), by number and name.

    Raises
    ------
    PageError
        If the folder cannot be read.
    """
    pages = [(m, path) for path in _entries(folder) if (m := PAGE_NAME.fullmatch(path.name))]
    return [path for m, path in sorted(pages, key=lambda page: (int(page[0][1]), page[1].name))]


def other_files(folder: Path) -> list[Path]:
    """Return the Python files in the folder that are not named like a page, sorted by name."""
    return sorted(
        path
        for path in _entries(folder)
        if path.suffix == ".py" and not PAGE_NAME.fullmatch(path.name)
    )


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError as problem:
        raise PageError(f"{folder}: cannot be read: {problem.strerror or problem}") from None


def one_line(text: str) -> str:
    """Return the text with every run of white space made one space."""
    return " ".join(text.split())


def read_source(path: Path) -> str:
    """Return the text of a source file, decoded as Python would.

    Raises
    ------
    PageError
        If it is not a regular file, cannot be read, is too large, or is not in its own encoding.
    """
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise PageError("is a folder, not a page")
        if not stat.S_ISREG(mode):  # opening a pipe would wait forever
            raise PageError("is not a regular file")
        if path.stat().st_size > LARGEST:
            raise PageError(f"is larger than {LARGEST} bytes: no page is")
        data = path.read_bytes()
    except OSError as problem:
        raise PageError(f"cannot be read: {problem.strerror or problem}") from None
    try:
        return importlib.util.decode_source(data)
    except (SyntaxError, UnicodeDecodeError, LookupError) as problem:
        raise PageError(f"is not text in UTF-8, or the encoding it declares: {problem}") from None


def parse(source: str) -> ast.Module:
    """Return the syntax tree of a page's source.

    Raises
    ------
    PageError
        If it is not Python.
    """
    with warnings.catch_warnings():  # an invalid escape is the linter's business
        warnings.simplefilter("ignore")
        try:
            return ast.parse(source)
        except SyntaxError as problem:
            raise PageError(f"line {problem.lineno or 1}: {problem.msg}") from None
        except ValueError as problem:
            raise PageError(f"is not Python: {problem}") from None
        except (RecursionError, MemoryError):
            raise PageError("is nested too deeply to be read") from None


def read_page(path: Path, file: str | None = None) -> Page:
    """Return what the page file says, without executing it.

    Parameters
    ----------
    path:
        The file.
    file:
        How to show it; the path itself by default.

    Raises
    ------
    PageError
        If the file cannot be read, is not Python, or has no literal `theorem = Theorem(...)`.
    """
    code = read_source(path)
    tree = parse(code)
    theorem = _theorem(tree)
    headline, parts = split_docstring(ast.get_docstring(tree) or "")
    bound = Counter(bound_names(tree))
    defined = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    sections = tuple(name for name in (*SECTIONS, DRAWING) if name in defined)
    return Page(
        path=path,
        file=file if file is not None else str(path),
        headline=headline,
        statement=parts["statement"],
        assumes=parts["assumes"],
        source=parts["source"],
        notes=parts["notes"],
        sections=sections,
        code=code,
        texts=texts_of(tree, theorem, code),
        faults=tuple(_faults(sections, bound)),
        **_checked({"uses": (), "covers": (), "errata": ()} | dict(_arguments(theorem))),
    )


def split_docstring(text: str) -> tuple[str, dict[str, str]]:
    """Return the title line, and the text under Statement, Assumes, Source and everything else.

    A field starts with an underlined heading, or for Assumes and Source with the word at the start
    of a line, followed by a colon or two spaces; it ends where the next one starts, and the short
    form also at an empty line after which the text is not indented.
    """
    lines = cleandoc(text).splitlines()
    headline = lines[0].strip() if lines else ""
    parts: dict[str, list[str]] = {name: [] for name in ("statement", "assumes", "source", "notes")}
    current, short = "notes", False
    i = 1
    while i < len(lines):
        line = lines[i]
        inline = _INLINE.fullmatch(line)
        if i + 1 < len(lines) and line.strip() and _RULE.fullmatch(lines[i + 1]):
            name = line.strip()
            current, short = _FIELDS.get(name.lower(), "notes"), False
            if current == "notes":
                parts["notes"] += [name, ""]
            i += 2
            continue
        if inline:
            current, short = _FIELDS[inline[1].lower()], True
            line = inline[2]
        elif short and line[:1].strip() and not lines[i - 1].strip():
            current, short = "notes", False
        parts[current].append(line.strip() if short else line)
        i += 1
    return headline, {name: "\n".join(part).strip() for name, part in parts.items()}


def _theorem(tree: ast.Module) -> ast.Call:
    """Return the call of the page's one `theorem = Theorem(...)`."""
    calls = [
        node.value
        for node in tree.body
        if isinstance(node, (ast.Assign, ast.AnnAssign))
        and any(isinstance(t, ast.Name) and t.id == "theorem" for t in _targets(node))
    ]
    if not calls:
        raise PageError('has no theorem: write theorem = Theorem(label="...", title="...")')
    if len(calls) > 1:
        raise PageError("has more than one `theorem = ...`: a page is one theorem")
    call = calls[0]
    if not isinstance(call, ast.Call) or _called(call) != "Theorem":
        raise PageError("theorem must be written out as Theorem(...)")
    return call


def _targets(node: ast.Assign | ast.AnnAssign) -> list[ast.expr]:
    return node.targets if isinstance(node, ast.Assign) else [node.target]


def _called(call: ast.Call) -> str:
    """Return the last part of the name of what is called."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _arguments(call: ast.Call) -> Iterator[tuple[str, Any]]:
    if len(call.args) > len(_ARGUMENTS):
        raise PageError(f"Theorem takes {', '.join(_ARGUMENTS)} and nothing more")
    given = [*zip(_ARGUMENTS, call.args, strict=False), *((k.arg, k.value) for k in call.keywords)]
    for name, count in Counter(name for name, _ in given).items():
        if name not in _ARGUMENTS:
            has = ", ".join(_ARGUMENTS)
            raise PageError(f"Theorem has no argument {name or '**'}; it has {has}")
        if count > 1:
            raise PageError(f"Theorem: {name} is given twice")
    for name, node in given:
        try:
            yield str(name), ast.literal_eval(node)
        except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
            raise PageError(
                f"line {node.lineno}: Theorem({name}=...) must be a literal: "
                "pages are read without running them"
            ) from None


def _checked(arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments, after refusing what is not a label, a title or a tuple of strings."""
    for name in ("label", "title"):
        if name not in arguments:
            raise PageError(f'Theorem needs {name}="..."')
    try:
        require_heading(**arguments)
    except ValueError as problem:
        raise PageError(str(problem)) from None
    return arguments


def bound_names(tree: ast.Module) -> Iterator[str]:
    """Yield every name bound at module scope by def, assignment or import, once a binding."""
    todo: list[ast.AST] = list(tree.body)
    while todo:
        node = todo.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.alias):
            yield node.asname or node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif not isinstance(node, _INNER):
            todo += ast.iter_child_nodes(node)


def _faults(sections: tuple[str, ...], bound: Counter[str]) -> Iterator[str]:
    for name in (*SECTIONS, DRAWING):
        if bound[name] > 1:
            yield f"{name} is defined more than once: the first definition would never run"
        elif bound[name] and name not in sections:
            yield f"{name} must be a plain `def {name}():` at the top level of the file"
    if "derive" not in sections and "check" not in sections:
        yield "has neither derive nor check: nothing would be verified"
    if "refute" not in sections:
        yield "has no refute: a page that cannot say no proves nothing"
