"""The floors of docs/architecture.md, and where other libraries may be used: read with `ast`."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "gantheory"
LONGEST = 400
ROOF = 11

LIBRARIES_OF_TESTS = {"torch", "jax", "jaxlib", "pytest", "ot", "beartype"}

ALONE = {"numba": "gantheory.machine_code", "z3": "gantheory.theorems.asking_z3"}
"""Libraries that one module alone may import."""

ROOMS = {
    "matplotlib": {"figures/"},
    "hypothesis": {"testing/", "plugins/"},
    "pytest": {"plugins/"},
    "flint": {"balls", "certified/"},
    "pylatexenc": {"tex/", "book/"},
    "bibtexparser": {"book/"},
    "jinja2": {"report/"},
    "markupsafe": {"report/"},
}
"""Libraries that belong to some parts."""


@dataclass(frozen=True)
class Import:
    """One import: which module, which name from it, and the functions around it."""

    module: str
    name: str | None
    inside: tuple[str, ...]
    line: int

    @property
    def root(self) -> str:
        return self.module.split(".")[0]


def imports(tree: ast.Module) -> Iterator[Import]:
    """Every import, deferred and TYPE_CHECKING ones too, and import_module with a literal."""

    def walk(node: ast.AST, inside: tuple[str, ...]) -> Iterator[Import]:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            inside = (*inside, node.name)
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, None, inside, node.lineno)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield Import(
                    "." * node.level + (node.module or ""), alias.name, inside, node.lineno
                )
        elif isinstance(node, ast.Call) and called(node) in {"import_module", "__import__"}:
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield Import(first.value, None, inside, node.lineno)
        for child in ast.iter_child_nodes(node):
            yield from walk(child, inside)

    return walk(tree, ())


def called(call: ast.Call) -> str:
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


# --- what there is ------------------------------------------------------------------------------


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of the package by its dotted name; a package is its __init__."""
    found = {}
    for path in sorted((ROOT / PACKAGE).rglob("*.py")):
        parts = list(path.relative_to(ROOT).with_suffix("").parts)
        if parts[-1] == "__init__":
            parts.pop()
        if parts[:2] != [PACKAGE, "proofs"]:
            found[".".join(parts)] = ast.parse(path.read_text(encoding="utf-8"))
    return found


@cache
def pages() -> dict[str, ast.Module]:
    """Every page, the template among them, by its file's name without .py."""
    files = sorted((ROOT / "proofs").glob("*.py"))
    return {path.stem: ast.parse(path.read_text(encoding="utf-8")) for path in files}


def read_floors(text: str) -> dict[str, int]:
    """The table's modules, each with its floor; folders keep their /."""
    floors: dict[str, int] = {}
    for floor, cell in re.findall(r"^\| *(\d+) *\|([^|]*)\|[^|]*\|$", text, flags=re.MULTILINE):
        for name in re.findall(r"`([a-z_]+/?)`", cell):
            if name in floors:
                raise ValueError(f"{name} is in the table twice")
            floors[name] = int(floor)
    return floors


FLOORS = read_floors((ROOT / "docs" / "architecture.md").read_text(encoding="utf-8"))


def room(module: str) -> str:
    """The part of the table a module belongs to: its folder, or itself; "" for the root package."""
    parts = module.split(".")
    if len(parts) == 1 or parts[1] == "__main__":
        return ""
    return f"{parts[1]}/" if f"{parts[1]}/" in FLOORS else parts[1]


def floor(module: str) -> int:
    return FLOORS[room(module)] if room(module) else ROOF


# --- the rules ----------------------------------------------------------------------------------


def target(one: Import, known: Mapping[str, ast.Module]) -> str:
    """The module that is really meant by `from a import b`: a.b if that is a module."""
    full = f"{one.module}.{one.name}"
    return full if one.name and full in known else one.module


def wrong_floors(known: Mapping[str, ast.Module]) -> Iterator[str]:
    """Yield every import of ours that does not point downwards."""
    for module, tree in known.items():
        if floor(module) == ROOF:
            continue
        for one in imports(tree):
            where = f"{module}:{one.line}"
            if one.module.startswith("."):
                yield f"{where}: write the whole name instead of a relative import"
            if one.root != PACKAGE:
                continue
            there = target(one, known)
            if there == PACKAGE:
                if one.name != "__version__":
                    yield f"{where}: imports {one.name or PACKAGE} from the root package"
            elif room(there) != room(module) and not floor(there) < floor(module):
                yield f"{where}: floor {floor(module)} imports {there} of floor {floor(there)}"


def cycle(known: Mapping[str, ast.Module]) -> list[str]:
    """Return the modules of an import cycle, none if there is none; the root package is exempt."""
    graph = {
        module: {target(one, known) for one in imports(tree) if one.root == PACKAGE} - {PACKAGE}
        for module, tree in known.items()
        if module != PACKAGE
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as problem:
        return list(problem.args[1])
    return []


def allowed(library: str, module: str) -> bool:
    """Whether a module of the package may import this library."""
    if library == "sympy":
        return room(module) in {"certified/", "dynamics"} or floor(module) >= 7
    if library in ROOMS:
        return room(module) in ROOMS[library]
    if library in ALONE:
        return module == ALONE[library]
    if library in {"click", "rich"}:
        bar = library == "rich" and module == "gantheory.divergences.effort"
        return bar or floor(module) >= 8
    return library not in LIBRARIES_OF_TESTS


def wrong_libraries(known: Mapping[str, ast.Module]) -> Iterator[str]:
    for module, tree in known.items():
        for one in imports(tree):
            if not allowed(one.root, module):
                yield f"{module}:{one.line}: imports {one.root}"


def wrong_in_pages(known: Mapping[str, ast.Module]) -> Iterator[str]:
    """Yield what a page imports and may not."""
    never = LIBRARIES_OF_TESTS | {"hypothesis", "flint", "z3", "importlib", "runpy"}
    for page, tree in known.items():
        for one in imports(tree):
            where = f"{page}:{one.line}"
            if one.module.startswith(".") or one.root in known or one.root == "proofs":
                yield f"{where}: imports another page"
            if one.root in never:
                yield f"{where}: imports {one.root}"
            if one.root == "matplotlib" and "figure" not in one.inside:
                yield f"{where}: imports matplotlib outside figure()"


def asserts_and_prints(name: str, tree: ast.Module, *, printing: bool) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert):
            yield f"{name}:{node.lineno}: assert, which python -O removes"
        if isinstance(node, ast.Name) and node.id == "print" and not printing:
            yield f"{name}:{node.lineno}: print"


# --- the code keeps them ------------------------------------------------------------------------


def test_the_table_has_every_module_and_no_other() -> None:
    rooms = {room(module) for module in modules()} - {""}
    folders = {path.parent.name + "/" for path in (ROOT / PACKAGE).glob("*/__init__.py")}
    assert rooms == set(FLOORS)
    assert {name for name in FLOORS if name.endswith("/")} == folders


def test_imports_point_downwards() -> None:
    assert list(wrong_floors(modules())) == []


def test_no_import_cycle() -> None:
    assert cycle(modules()) == []


def test_libraries_are_used_where_they_belong() -> None:
    assert list(wrong_libraries(modules())) == []
    assert list(wrong_in_pages(pages())) == []


def test_no_assert_and_no_print() -> None:
    found = [
        *(
            fault
            for name, tree in modules().items()
            for fault in asserts_and_prints(name, tree, printing=room(name) == "cli/")
        ),
        *(
            fault
            for name, tree in pages().items()
            for fault in asserts_and_prints(name, tree, printing=False)
        ),
    ]
    assert found == []


def test_modules_are_short_but_for_those_that_the_style_guide_lists() -> None:
    listed = re.findall(
        rf"^- `(\S+)` is longer than {LONGEST} lines",
        (ROOT / "docs" / "style.md").read_text(encoding="utf-8"),
        flags=re.MULTILINE,
    )
    files = sorted((ROOT / PACKAGE).rglob("*.py"))
    long = [
        path.relative_to(ROOT).as_posix()
        for path in files
        if len(path.read_text(encoding="utf-8").splitlines()) > LONGEST
    ]
    assert sorted(listed) == long, "docs/style.md, Current violations, lists others"


def test_every_library_imported_is_declared_and_the_other_way_round() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    entries = [
        *project["dependencies"],
        *(e for name in extras if name != "test" for e in extras[name]),
    ]
    declared = {re.split(r"[^A-Za-z0-9._-]", entry)[0] for entry in entries}
    trees = [*modules().values(), *pages().values()]
    imported = {one.root for tree in trees for one in imports(tree)}
    imported -= {PACKAGE, "__future__", *sys.stdlib_module_names}
    imported -= {"pytest"}  # it loads the plugin itself; who has no pytest never comes there
    named = {"flint": "python-flint", "sklearn": "scikit-learn", "z3": "z3-solver"}
    assert {named.get(name, name) for name in imported} == declared


# --- the rules can say no -----------------------------------------------------------------------


def with_module(module: str, source: str) -> dict[str, ast.Module]:
    return {**modules(), module: ast.parse(source)}


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("gantheory.estimates", "from gantheory.quadrature import integrate"),
        ("gantheory.estimates", "def f():\n    import gantheory.game"),
        ("gantheory.estimates", "if TYPE_CHECKING:\n    from gantheory import game"),
        ("gantheory.provenance", "from gantheory.errors import NotConverged"),
        ("gantheory.book.planning", "from gantheory.testing import search"),
        ("gantheory.densities.normal", "from gantheory.divergences.kernels import Kernel"),
        ("gantheory.densities.normal", "from .base import Density"),
        ("gantheory.densities.normal", "from gantheory import Estimate"),
        ("gantheory.game", "importlib.import_module('gantheory.book')"),
    ],
)
def test_an_import_upwards_is_found(module: str, source: str) -> None:
    assert len(list(wrong_floors(with_module(module, source)))) == 1


def test_a_cycle_is_found() -> None:
    source = "def f():\n    from gantheory.densities import Normal"
    found = cycle(with_module("gantheory.densities.base", source))
    assert "gantheory.densities.base" in found


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("gantheory.game", "def f():\n    import sympy.abc"),
        ("gantheory.theorems.points", "from flint import arb"),
        ("gantheory.book.reading", "import matplotlib"),
        ("gantheory.theorems.points", "import hypothesis.strategies"),
        ("gantheory.theorems.implications", "import z3"),
        ("gantheory.game", "import torch"),
        ("gantheory.training.loop", "import numba"),
        ("gantheory.theorems.points", "from pylatexenc import latexwalker"),
        ("gantheory.tex.pieces", "import bibtexparser"),
        ("gantheory.testing.moving", "from jax import numpy"),
        ("gantheory.testing.moving", "import pytest"),
    ],
)
def test_a_library_out_of_place_is_found(module: str, source: str) -> None:
    assert len(list(wrong_libraries(with_module(module, source)))) == 1


@pytest.mark.parametrize(
    "source",
    [
        "import p01_other",
        "from p01_other import p",
        "from . import p01_other",
        "import matplotlib.pyplot",
        "def check():\n    import matplotlib",
        "import torch",
        "from hypothesis import given",
        "def check():\n    import importlib",
    ],
)
def test_a_page_out_of_bounds_is_found(source: str) -> None:
    known = {"p01_other": ast.parse(""), "p02_page": ast.parse(source)}
    assert len(list(wrong_in_pages(known))) == 1


def test_a_page_may_draw() -> None:
    source = "def figure():\n    def inner():\n        from matplotlib.figure import Figure"
    assert list(wrong_in_pages({"p02_page": ast.parse(source)})) == []


def test_an_assert_and_a_print_are_found() -> None:
    tree = ast.parse("def f():\n    assert x\n    print(x)\n    out.print(x)\n")
    assert len(list(asserts_and_prints("m", tree, printing=False))) == 2
    assert len(list(asserts_and_prints("m", tree, printing=True))) == 1
