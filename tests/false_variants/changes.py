"""What may be changed in a page, and how."""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

SECTIONS = ("derive", "certify", "check", "search")
STATEMENTS = {"equal", "at_most", "at_least", "increasing", "converges", "rate", "encloses"}
STATEMENTS |= {"always", "iff"}
TURNED = {"at_most": "at_least", "at_least": "at_most"}
WEAKER = {("at_most", 1): -1, ("at_most", 2): 1, ("at_least", 1): 1, ("at_least", 2): -1}
"""Which change of a side makes an inequality weaker, and no less true: a larger value, or a smaller."""

IMPLIED = {("always", 1): -1, ("always", 2): 1}
"""Which change makes an implication weaker: to a premise that holds less often."""

OTHER = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult}
TURNED_SIGNS = {ast.Lt: ast.Gt, ast.Gt: ast.Lt, ast.LtE: ast.GtE, ast.GtE: ast.LtE}
EXCHANGED = {"p": "q", "q": "p"}
BOTH = "__both__"


@dataclass(frozen=True)
class Variant:
    """A page with one of its expressions changed.

    Attributes
    ----------
    page:
        The file.
    name:
        The claim or the definition, and the old and the new expression: the layout is not in it.
    side:
        Which node of the page's tree is the side of a claim, or the value, that changes: its number in
        the order of `ast.walk`.
    at:
        Which node in it is exchanged.
    new:
        What stands there instead.
    weaker:
        1 if larger values only make a claim weaker, -1 if smaller ones do, else 0.
    sections:
        The sections that rest on it.
    """

    page: Path
    name: str
    side: int
    at: int
    new: ast.expr
    weaker: int
    sections: tuple[str, ...]


def variants(page: Path) -> list[Variant]:
    """Return the variants of a page, each with a name of its own."""
    counts: Counter[str] = Counter()
    found = []
    for one in _changes(page):
        counts[one.name] += 1
        again = f" ({counts[one.name]})" if counts[one.name] > 1 else ""
        found.append(replace(one, name=one.name + again))
    return found


def written(variant: Variant, *, beside: bool = False) -> ast.Module:
    """Return the page with the variant in it; of a claim, without what is yielded beside it.

    With `beside`, the new side does not stand there alone, but `BOTH(lambda: old, lambda: new)`.
    """
    tree = tree_of(variant.page)
    nodes: list[Any] = list(ast.walk(tree))
    side = nodes[variant.side]
    [site] = [one for one in _sites(tree) if side in ast.walk(one.node)]
    if isinstance(site.node, ast.Call):
        _leave_out(tree, site)
    old = copy.deepcopy(side)
    new = _Put(nodes[variant.at], variant.new).visit(side)
    if beside:
        new = ast.Call(ast.Name(BOTH, ast.Load()), [_later(old), _later(new)], [])
    _Put(side, new).visit(tree)
    return ast.fix_missing_locations(tree)


def tree_of(page: Path) -> ast.Module:
    """Return the syntax tree of a page."""
    return ast.parse(page.read_text(encoding="utf-8"))


# --- what may be changed --------------------------------------------------------------------------


@dataclass(frozen=True)
class _Site:
    """A claim, or the line that defines something, and the function or the constant it belongs to."""

    node: ast.Call | ast.Assign | ast.Return
    owner: str


def _sites(tree: ast.Module) -> list[_Site]:
    """Return the claims of a page, and its definitions: constants, and what functions return."""
    return list(chain.from_iterable(map(_sites_of, tree.body)))


def _sites_of(line: ast.stmt) -> Iterator[_Site]:
    if isinstance(line, ast.Assign) and not isinstance(line.value, ast.Call | ast.Constant):
        yield from (_Site(line, one.id) for one in line.targets if isinstance(one, ast.Name))
    elif isinstance(line, ast.FunctionDef):
        last = line.body[-1]
        if isinstance(last, ast.Return) and not any(map(_is_claim, ast.walk(last))):
            yield _Site(last, line.name)
        claims = filter(_is_claim, ast.walk(line))
        yield from (_Site(node, line.name) for node in claims if isinstance(node, ast.Call))


def _is_claim(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) in STATEMENTS


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


def _later(value: ast.expr) -> ast.Lambda:
    nothing = ast.arguments([], [], None, [], [], None, [])
    return ast.Lambda(nothing, value)


def _leave_out(tree: ast.Module, site: _Site) -> None:
    """Empty the yields of other claims, and of searches that do not come to this one."""
    reached = _reached(tree)

    def is_kept(made: ast.expr | None) -> bool:
        if not isinstance(made, ast.Call) or site.node in ast.walk(made):
            return True
        runs = any(site.owner in reached.get(name, ()) for name in _names(made))
        return runs and not _is_claim(made)

    _Skip(is_kept).visit(tree)


# --- changes --------------------------------------------------------------------------------------


def _changes(page: Path) -> Iterator[Variant]:
    tree = tree_of(page)
    reached, places = _reached(tree), {node: at for at, node in enumerate(ast.walk(tree))}
    for site in _sites(tree):
        sections = tuple(one for one in SECTIONS if site.owner in reached.get(one, ()))
        for side, weaker in _sides(site.node) if sections else ():
            for change, old, new in _of_side(side, weaker):
                name = f"{_title(site)}: {change}"
                yield Variant(page, name, places[side], places[old], new, weaker, sections)


def _title(site: _Site) -> str:
    """Return the text of a claim, or the name of what is defined."""
    if not isinstance(site.node, ast.Call):
        return site.owner
    text = site.node.args[0]
    if isinstance(text, ast.Constant):
        return str(text.value)
    if isinstance(text, ast.JoinedStr):
        return "".join(map(_piece, text.values))
    return ast.unparse(text)


def _piece(part: ast.expr) -> str:
    """Return a piece of an f-string: versions of Python write the whole with other quotes."""
    if isinstance(part, ast.FormattedValue):
        return "{" + ast.unparse(part.value) + "}"
    return str(getattr(part, "value", ""))


def _sides(node: ast.Call | ast.Assign | ast.Return) -> Iterator[tuple[ast.expr, int]]:
    """Yield the name and the sides of a claim, or a value; with each, which change makes it weaker."""
    if isinstance(node, ast.Call):
        yield node.func, 0
        for k, side in enumerate(node.args[1:], 1):
            yield side, (WEAKER | IMPLIED).get((ast.unparse(node.func), k), 0)
    elif node.value:
        yield node.value, 0


def _of_side(side: ast.expr, weaker: int) -> Iterator[tuple[str, ast.expr, ast.expr]]:
    """Yield each change in words, the old and the new expression."""
    if isinstance(side, ast.Name) and side.id in TURNED:
        yield f"{side.id} -> {TURNED[side.id]}", side, ast.Name(TURNED[side.id], ast.Load())
    examples = {id(part) for one in ast.walk(side) if _is_example(one) for part in ast.walk(one)}
    open_to_change = (one for one in ast.walk(side) if id(one) not in examples)
    for old in (one for one in open_to_change if isinstance(one, ast.expr)):
        for new in _of_node(old, -1 if weaker > 0 else 1):
            yield f"{ast.unparse(old)} -> {ast.unparse(new)}", old, new
    if _names(side) & set(EXCHANGED):
        new = _Exchange().visit(copy.deepcopy(side))
        yield f"{ast.unparse(side)}, p and q exchanged", side, new


def _is_example(node: ast.AST) -> bool:
    """Whether other numbers in it make another example, as those of a density do, and nothing false."""
    if isinstance(node, ast.Call):
        name = ast.unparse(node.func)
        return not name.startswith("sp.") and not name.endswith(".subs")
    return isinstance(node, ast.Tuple | ast.List | ast.Dict | ast.Subscript | ast.keyword)


def _of_node(node: ast.expr, step: int) -> Iterator[ast.expr]:
    if isinstance(node, ast.BinOp) and type(node.op) in OTHER:
        yield ast.BinOp(node.left, OTHER[type(node.op)](), node.right)
        yield from (node.left, node.right)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd | ast.BitOr):
        yield from (node.left, node.right)
    elif isinstance(node, ast.Compare) and type(node.ops[0]) in TURNED_SIGNS:
        yield ast.Compare(node.left, [TURNED_SIGNS[type(node.ops[0])]()], node.comparators)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield node.operand
    elif isinstance(node, ast.Constant) and type(node.value) is int:
        yield ast.Constant(node.value + step)


class _Put(ast.NodeTransformer):
    """One node in place of another."""

    def __init__(self, old: ast.AST, new: ast.expr) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> Any:
        return self.new if node is self.old else self.generic_visit(node)


class _Exchange(ast.NodeTransformer):
    """p for q, and q for p."""

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(EXCHANGED.get(node.id, node.id), node.ctx)


class _Skip(ast.NodeTransformer):
    """Yields that are never reached, in place of those that are not kept."""

    def __init__(self, is_kept: Callable[[ast.expr | None], bool]) -> None:
        self.is_kept = is_kept

    def visit_Expr(self, line: ast.Expr) -> ast.stmt:
        made = line.value
        if not isinstance(made, ast.Yield | ast.YieldFrom) or self.is_kept(made.value):
            return line
        return ast.If(ast.Constant(False), [line], [])
