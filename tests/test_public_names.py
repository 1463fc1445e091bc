"""What can be imported: names, docstrings, and what `import gantheory` costs."""

from __future__ import annotations

import ast
import importlib
import json
import pkgutil
import re
import subprocess
import sys
from importlib import resources
from pathlib import Path
from types import ModuleType

import pytest

import gantheory
from gantheory.theorems import pagelint
from gantheory.training.blocks import COMPILES

PACKAGES = sorted(
    name
    for _, name, is_package in pkgutil.iter_modules(gantheory.__path__, "gantheory.")
    if is_package and name != "gantheory.cli"
)
MACHINE = ("gantheory.training.compiled", "gantheory.divergences.fused")
MODULES = sorted(
    name
    for _, name, _ in pkgutil.walk_packages(gantheory.__path__, "gantheory.")
    if not name.endswith("__main__")
    and ".proofs" not in name
    and (COMPILES or not name.startswith(MACHINE))  # numba has no wheels for every machine
)
LAZY = ("scipy", "sympy", "matplotlib", "hypothesis", "flint", "mpmath", "click", "rich")


def test_every_name_resolves() -> None:
    assert len(gantheory.__all__) == len(set(gantheory.__all__)) > 50
    for name in gantheory.__all__:
        assert getattr(gantheory, name) is not None
    assert set(gantheory.__all__) <= set(dir(gantheory))


def test_a_name_that_is_nearly_right_is_answered_with_the_right_one() -> None:
    with pytest.raises(AttributeError, match="did you mean js_divergence"):
        gantheory.js_divergense  # noqa: B018
    with pytest.raises(AttributeError, match=r"'xyz'$"):
        gantheory.xyz  # noqa: B018


def test_numbers_and_densities_are_at_the_top() -> None:
    for package in (
        "gantheory.densities",
        "gantheory.divergences",
        "gantheory.game",
        "gantheory.samples",
    ):
        module = importlib.import_module(package)
        for name in exported(module):
            value = getattr(module, name)
            public = callable(value) and value.__module__.startswith(package)
            helper = name in {"Breaks", "Density1D", "Edge", "Tail", "OptimalDiscriminator"}
            if public and not helper:
                assert getattr(gantheory, name, None) is value, f"{name} is not at the top"


def exported(module: ModuleType) -> list[str]:
    """The names of __all__, else the public functions and classes defined here."""
    if hasattr(module, "__all__"):
        return list(module.__all__)
    return [
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and callable(value)
        and getattr(value, "__module__", "") == module.__name__
    ]


@pytest.mark.parametrize("package", PACKAGES)
def test_all_is_what_a_package_exports(package: str) -> None:
    module = importlib.import_module(package)
    source = Path(str(module.__file__))
    stub = source.with_suffix(".pyi")  # of a package that imports on first use
    tree = ast.parse((stub if stub.exists() else source).read_text(encoding="utf-8"))
    imported = {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module not in ("__future__", "typing")
        for alias in node.names
    }
    defined = {node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    there = {name for name in imported | defined if not name.startswith("_")}
    assert sorted(module.__all__) == sorted(set(module.__all__)), "a name is there twice"
    assert set(module.__all__) == there
    assert all(getattr(module, name) is not None for name in module.__all__)


def test_pages_are_told_what_theorems_offer() -> None:
    assert set(importlib.import_module("gantheory.theorems").__all__) == pagelint.OFFERED


def public_definitions(tree: ast.Module) -> list[ast.FunctionDef | ast.ClassDef]:
    """Public functions and classes of a module, and the public methods of those classes."""
    found = []
    todo = list(tree.body)
    while todo:
        node = todo.pop(0)
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            found.append(node)
            if isinstance(node, ast.ClassDef):
                todo += node.body
    return found


def overridden(node: ast.FunctionDef | ast.ClassDef) -> bool:
    """Whether it is an @overload: those have the docstring of what they overload."""
    return any("overload" in ast.dump(one) for one in node.decorator_list)


def first_sentence_fault(doc: str | None) -> str:
    """What is wrong with the first line of a docstring, "" if nothing is."""
    if not doc:
        return "has no docstring"
    first, *rest = doc.strip().split("\n")
    if rest and rest[0].strip():
        return f"its first line runs on: {first!r}"
    if not first.endswith((".", "?", "!", ":")):
        return f"its first line does not end: {first!r}"
    if len(re.findall(r"[.!?] [A-Z]", first)) > 1:
        return f"its first line is more than one sentence: {first!r}"
    return ""


@pytest.mark.parametrize("name", MODULES)
def test_docstrings(name: str) -> None:
    module = importlib.import_module(name)
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    faults = [f"{name}: {first_sentence_fault(ast.get_docstring(tree))}"] if tree.body else []
    faults += [
        f"{name}:{node.lineno} {node.name}: {first_sentence_fault(ast.get_docstring(node))}"
        for node in public_definitions(tree)
        if not overridden(node)
    ]
    assert [fault for fault in faults if not fault.endswith(": ")] == []


def test_a_bad_docstring_is_found() -> None:
    assert first_sentence_fault(None)
    assert first_sentence_fault("Return\nx.")
    assert first_sentence_fault("Return x")
    assert not first_sentence_fault("f(x) = exp(-x), in nats.\n\nMore.")


def test_import_loads_nothing_heavy() -> None:
    code = "import json, sys, gantheory; print(json.dumps(sorted(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(json.loads(told.stdout))
    assert "gantheory" in loaded
    assert loaded.isdisjoint(LAZY)


def test_typed() -> None:
    assert resources.files("gantheory").joinpath("py.typed").is_file()
