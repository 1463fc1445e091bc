"""False variants of the pages: small changes of what a page says, made in its syntax tree.

A variant is a page in which one claim or one definition says something else: a term with the other sign
or left out, a factor left out, a number one larger, p and q exchanged, an inequality turned round.
However the page is laid out, its own sections have to refute it.
"""

from __future__ import annotations

import ast
import copy
import inspect
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from gantheory.theorems import at_least, at_most
from gantheory.verdicts import Verdict

SECTIONS = ("derive", "certify", "check", "search")
STATEMENTS = {"equal", "at_most", "at_least", "increasing", "converges", "rate", "encloses"}
TURNED = {"at_most": "at_least", "at_least": "at_most"}
OTHER = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult}
EXCHANGED = {"p": "q", "q": "p"}
SEED = 0
SIDES = 3  # arguments of a statement with two sides: its text is the first


@dataclass(frozen=True)
class Variant:
    """A page with one of its expressions changed.

    Attributes
    ----------
    page:
        The file.
    place:
        Which of the page's changeable nodes it is, in the order of the text.
    new:
        What stands there instead.
    change:
        The old and the new expression.
    sections:
        The sections that run it.
    """

    page: Path
    place: int
    new: ast.Call | ast.expr
    change: str
    sections: tuple[str, ...]

    @property
    def name(self) -> str:
        """The number of the page, and the change."""
        return f"{self.page.stem.partition('_')[0]}: {self.change}"


@dataclass(frozen=True)
class _Site:
    """A claim, or the line that defines something, and the function that it stands in."""

    node: ast.Call | ast.Assign | ast.Return
    owner: str

    @property
    def is_claim(self) -> bool:
        return isinstance(self.node, ast.Call)


def variants(page: Path) -> Iterator[Variant]:
    """Yield the variants of a page."""
    tree = ast.parse(page.read_text(encoding="utf-8"))
    reached = _reached(tree)
    for place, site in enumerate(_sites(tree)):
        sections = tuple(one for one in SECTIONS if site.owner in reached.get(one, ()))
        made = _of_claim(site.node) if isinstance(site.node, ast.Call) else _of_value(site.node)
        for change, new in made:
            if sections:
                yield Variant(page, place, new, change, sections)


def found(variant: Variant) -> str:
    """Return "refuted", the verdicts of what survives, or the error of a variant that has no sense."""
    verdicts: set[Verdict] = set()
    for section in variant.sections:
        try:
            verdicts |= _run(_written(variant), variant.page, section)
        except Exception as error:
            return type(error).__name__
        if Verdict.FAILED in verdicts:
            return "refuted"
    return ", ".join(sorted(map(str, verdicts)))


# --- what may be changed --------------------------------------------------------------------------


def _sites(tree: ast.Module) -> list[_Site]:
    """Return the claims of a page, and its definitions: constants, and what functions return."""
    found = []
    for line in tree.body:
        if isinstance(line, ast.Assign) and not isinstance(line.value, ast.Call):
            found += [_Site(line, one.id) for one in line.targets if isinstance(one, ast.Name)]
        if isinstance(line, ast.FunctionDef):
            last = line.body[-1]
            if isinstance(last, ast.Return) and not any(map(_is_claim, ast.walk(last))):
                found.append(_Site(last, line.name))
            found += [_Site(node, line.name) for node in ast.walk(line) if _is_claim(node)]
    return found


def _is_claim(node: ast.AST) -> bool:
    named = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    return named and node.func.id in STATEMENTS


def _reached(tree: ast.Module) -> dict[str, set[str]]:
    """Return the names that each function or constant rests on, its own among them."""
    lines: dict[str, ast.AST] = {}
    for line in tree.body:
        if isinstance(line, ast.FunctionDef):
            lines[line.name] = line
        elif isinstance(line, ast.Assign):
            lines |= {name: line.value for one in line.targets for name in _names(one)}
    reached = {name: {name} | _names(one) & set(lines) for name, one in lines.items()}
    for _ in lines:
        reached = {
            name: set().union(*(reached[one] for one in names)) for name, names in reached.items()
        }
    return reached


def _names(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


# --- changes --------------------------------------------------------------------------------------


def _of_claim(claim: ast.Call) -> Iterator[tuple[str, ast.Call]]:
    """Yield each change of a statement, in words and made."""
    assert isinstance(claim.func, ast.Name)
    turned = TURNED.get(claim.func.id)
    if turned and len(claim.args) == SIDES:
        fresh = copy.deepcopy(claim)
        fresh.func = ast.Name(turned, ast.Load())
        yield f"{ast.unparse(claim.args[1])} is {turned} {ast.unparse(claim.args[2])}", fresh
    for k, side in enumerate(claim.args[1:], 1):
        for change, new in _of_expression(side):
            fresh = copy.deepcopy(claim)
            fresh.args[k] = new
            yield change, fresh


def _of_value(line: ast.Assign | ast.Return) -> Iterator[tuple[str, ast.expr]]:
    """Yield each change of a definition."""
    if line.value is not None:
        yield from _of_expression(line.value)


def _of_expression(whole: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    examples = {
        id(part) for call in ast.walk(whole) if _is_example(call) for part in ast.walk(call)
    }
    nodes = list(ast.walk(whole))
    for at, node in enumerate(nodes):
        for new in () if id(node) in examples else _of_node(node):
            fresh = copy.deepcopy(whole)
            old = list(ast.walk(fresh))[at]
            yield f"{ast.unparse(node)} -> {ast.unparse(new)}", _Put(old, new).visit(fresh)
    if _names(whole) & set(EXCHANGED):
        yield f"{ast.unparse(whole)}, p and q exchanged", _Exchange().visit(copy.deepcopy(whole))


def _is_example(node: ast.AST) -> bool:
    """Whether other numbers in it make another example, as those of a density do, and nothing false."""
    if isinstance(node, ast.Call):
        return not (
            isinstance(node.func, ast.Attribute) and ast.unparse(node.func).startswith("sp.")
        )
    return isinstance(node, (ast.Tuple, ast.List, ast.Dict, ast.Subscript, ast.keyword))


def _of_node(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.BinOp) and type(node.op) in OTHER:
        yield ast.BinOp(node.left, OTHER[type(node.op)](), node.right)
        yield from (node.left, node.right)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield node.operand
    elif isinstance(node, ast.Constant) and type(node.value) is int:
        yield ast.Constant(node.value + 1)


class _Put(ast.NodeTransformer):
    """One node in place of another."""

    def __init__(self, old: ast.AST, new: ast.expr) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> Any:
        return copy.deepcopy(self.new) if node is self.old else self.generic_visit(node)


class _Exchange(ast.NodeTransformer):
    """p for q, and q for p."""

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(EXCHANGED.get(node.id, node.id), node.ctx)


# --- running --------------------------------------------------------------------------------------


def _written(variant: Variant) -> ast.Module:
    """Return the page with the variant in it; of a claim, without what is yielded beside it."""
    tree = ast.parse(variant.page.read_text(encoding="utf-8"))
    site = _sites(tree)[variant.place]
    if isinstance(site.node, ast.Call):
        assert isinstance(variant.new, ast.Call)
        site.node.func, site.node.args = variant.new.func, variant.new.args
        _leave_out(tree, site)
    else:
        site.node.value = variant.new
    return ast.fix_missing_locations(tree)


def _leave_out(tree: ast.Module, site: _Site) -> None:
    """Empty the yields of other claims, and of searches that do not come to this one."""
    reached = _reached(tree)

    def is_kept(made: ast.expr | None) -> bool:
        if made is site.node or not isinstance(made, ast.Call):
            return True
        runs = any(site.owner in reached.get(name, ()) for name in _names(made))
        return runs and not _is_claim(made)

    _Skip(is_kept).visit(tree)


class _Skip(ast.NodeTransformer):
    """Yields that are never reached, in place of those that are not kept."""

    def __init__(self, is_kept: Callable[[ast.expr | None], bool]) -> None:
        self.is_kept = is_kept

    def visit_Expr(self, line: ast.Expr) -> ast.stmt:
        if not isinstance(line.value, ast.Yield) or self.is_kept(line.value.value):
            return line
        return ast.If(ast.Constant(False), [line], [])


def _run(tree: ast.Module, page: Path, section: str) -> set[Verdict]:
    """Return the verdicts of a section."""
    module = ModuleType(page.stem)
    sys.modules[module.__name__] = module
    try:
        vars(module).update(at_most=at_most, at_least=at_least)  # a page may import only one of them
        exec(compile(tree, str(page), "exec"), vars(module))
        function = getattr(module, section)
        given = [SEED] if inspect.signature(function).parameters else []
        return {claim.verdict for claim in function(*given)}
    finally:
        del sys.modules[module.__name__]
