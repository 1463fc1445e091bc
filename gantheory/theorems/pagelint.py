"""What a page must not do, found without running it."""

from __future__ import annotations

import ast
import re

EVALUATORS = frozenset({"integrate", "limit", "summation"})
READERS = frozenset({"sympify", "parse_expr"})
METHODS = frozenset({"integrate", "limit", "doit"})
BUILTINS = frozenset(
    {"print", "open", "input", "eval", "exec", "compile", "breakpoint", "__import__"}
)
SHOWS = frozenset({"savefig", "show"})
PAGE = re.compile(r"p\d+_\w*|proofs")

UNEVALUATED = (
    "give sp.Integral, sp.Limit or sp.Sum unevaluated to a statement, which also witnesses it"
)


def lint(source: str) -> list[str]:
    """Return one message "line n: ..." for each thing that a page must not do, in line order.

    A page calls no integrate, limit, summation or doit of SymPy, turns no string into an
    expression, prints, opens, asserts, saves and shows nothing, imports no other page, and
    imports matplotlib only inside figure().
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        return [f"line {line}: the page is no Python: {getattr(error, 'msg', error)}"]
    visitor = _Visitor()
    visitor.visit(tree)
    return [f"line {line}: {message}" for line, message in sorted(set(visitor.found))]


class _Visitor(ast.NodeVisitor):
    def __init__(self) -> None:
        self.found: list[tuple[int, str]] = []
        self.ours: set[str] = set()  # names that gantheory gave
        self.theirs: set[str] = set()  # modules of sympy
        self.functions: list[str] = []

    def report(self, node: ast.stmt | ast.expr, message: str) -> None:
        self.found.append((node.lineno, message))

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.functions.append(node.name)
        self.generic_visit(node)
        self.functions.pop()

    def visit_Assert(self, node: ast.Assert) -> None:
        self.report(node, "assert: yield a claim; python -O removes assertions")
        self.generic_visit(node)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._module(node, alias.name)
            root, bound = alias.name.split(".")[0], alias.asname or alias.name.split(".")[0]
            if root == "gantheory":
                self.ours.add(bound)
            if root == "sympy":
                self.theirs.add(bound)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        if node.level:
            self.report(node, "a relative import: a page imports no other page")
        self._module(node, module)
        for alias in node.names:
            if module.split(".")[0] == "gantheory":
                self.ours.add(alias.asname or alias.name)
            elif module.split(".")[0] == "sympy":
                self._forbidden(node, alias.name)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if self._root(node.value) in self.theirs:
            self._forbidden(node, node.attr)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Name):
            self._called(node, node.func.id)
        elif isinstance(node.func, ast.Attribute):
            self._method(node, node.func)
        self.generic_visit(node)

    def _called(self, node: ast.Call, name: str) -> None:
        if name in self.ours:
            return
        if name in BUILTINS:
            self.report(node, f"{name}(): a page only yields claims and returns a figure")
        self._forbidden(node, name)

    def _method(self, node: ast.Call, function: ast.Attribute) -> None:
        root = self._root(function.value)
        if function.attr in SHOWS:
            self.report(
                node, f".{function.attr}(): figure() returns the figure; it is saved elsewhere"
            )
        if root in self.ours or root in self.theirs:
            return
        if function.attr in METHODS:
            self.report(node, f".{function.attr}(): {UNEVALUATED}")

    def _forbidden(self, node: ast.stmt | ast.expr, name: str) -> None:
        if name in EVALUATORS:
            self.report(node, f"{name}: {UNEVALUATED}")
        if name in READERS:
            self.report(node, f"{name}: strings are never evaluated; write the expression itself")

    def _module(self, node: ast.stmt, module: str) -> None:
        parts = module.split(".")
        if PAGE.fullmatch(parts[0]):
            self.report(
                node, f"import of {module}: a page imports no other page; use `uses=` labels"
            )
        if parts[0] in ("matplotlib", "pylab") and "figure" not in self.functions:
            self.report(node, f"import of {module} outside figure(): move it into figure()")

    def _root(self, node: ast.expr) -> str | None:
        """Return the name at the left end of a.b.c, None if it is no name."""
        while isinstance(node, ast.Attribute):
            node = node.value
        return node.id if isinstance(node, ast.Name) else None
