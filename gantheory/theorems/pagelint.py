"""What a page must not do, found without running it."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterator

EVALUATING = (
    *("sympy.integrals", "sympy.concrete", "sympy.series", "sympy.calculus", "sympy.holonomic"),
    *("sympy.solvers.ode", "sympy.solvers.pde", "sympy.solvers.recurr", "sympy.vector"),
    *("sympy.stats.rv", "sympy.stats.rv_interface", "sympy.simplify.hyperexpand"),
)
"""Modules whose functions evaluate integrals, sums, limits and the like; their classes do not."""

METHODS = frozenset(
    {
        *("integrate", "limit", "doit", "series", "nseries", "lseries", "aseries", "leadterm"),
        *("principal_value", "euler_maclaurin"),
    }
)
READERS = frozenset({"sympify", "parse_expr"})
BUILTINS = frozenset(
    {
        *("print", "open", "input", "eval", "exec", "compile", "breakpoint", "__import__"),
        *("globals", "vars", "setattr", "delattr"),
    }
)
SHOWS = frozenset({"savefig", "show"})
OUTSIDE = frozenset(
    {
        *(
            "os",
            "io",
            "sys",
            "pathlib",
            "shutil",
            "tempfile",
            "glob",
            "fileinput",
            "pickle",
            "shelve",
        ),
        *("sqlite3", "csv", "subprocess", "multiprocessing", "threading", "asyncio", "signal"),
        *("socket", "ssl", "http", "urllib", "requests", "importlib", "builtins", "ctypes", "gc"),
        *("time", "datetime", "secrets", "uuid", "platform", "inspect", "unittest"),
    }
)
"""Modules by which a page would read a clock, files, the network or its own judge."""

FILES = frozenset(
    {
        *("load", "loadtxt", "genfromtxt", "fromfile", "memmap", "save", "savez", "savetxt"),
        *("savez_compressed", "tofile", "read_text", "read_bytes", "write_text", "write_bytes"),
    }
)
SEEDED = frozenset(
    {"default_rng", "SeedSequence", "PCG64", "PCG64DXSM", "Philox", "SFC64", "MT19937"}
)
DRAWS = SEEDED | {"Generator", "BitGenerator", "RandomState"}
OFFERED = frozenset({"Claim", "Theorem", "json_ready", "lint"}) | {
    *(
        "always",
        "at_least",
        "at_most",
        "converges",
        "encloses",
        "equal",
        "iff",
        "increasing",
        "rate",
    )
}
"""The names of gantheory.theorems."""

HARMLESS = frozenset({"__name__", "__doc__", "__version__"})
PAGE = re.compile(r"p\d+_\w*|proofs")

UNEVALUATED = (
    "give sp.Integral, sp.Limit, sp.Sum or sp.Derivative unevaluated to a statement, which also "
    "witnesses it"
)
JUDGES = tuple(
    f"gantheory.{name}" for name in ("provenance", "integrity", "inputs", "resting", "book")
)
SEED = "draw from np.random.default_rng(seed), with the seed of the section"


def lint(source: str) -> list[str]:
    """Return one message "line n: ..." for each thing that a page must not do, in line order.

    A page calls nothing of SymPy that evaluates integrals, sums or limits, names the side of a limit at
    a finite point, turns no string into an expression, reads no clock, file or network, draws nothing
    without a seed, changes nothing outside itself, prints, asserts, saves and shows nothing, imports no
    other page, and imports matplotlib only inside figure().
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        return [f"line {line}: the page is not Python: {getattr(error, 'msg', error)}"]
    visitor = _Visitor()
    visitor.visit(tree)
    return [f"line {line}: {message}" for line, message in sorted(set(visitor.found))]


class _Visitor(ast.NodeVisitor):
    def __init__(self) -> None:
        self.found: list[tuple[int, str]] = []
        self.imported: dict[str, str] = {}  # name in the page -> dotted name
        self.functions: list[str] = []
        self.excused: set[ast.AST] = set()  # called with evaluate=False

    def report(self, node: ast.stmt | ast.expr, message: str) -> None:
        self.found.append((node.lineno, message))

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.functions.append(node.name)
        self.generic_visit(node)
        self.functions.pop()

    def visit_Assert(self, node: ast.Assert) -> None:
        self.report(node, "assert: yield a claim; python -O removes assertions")
        self.generic_visit(node)

    # --- imports ----------------------------------------------------------------------------------

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._module(node, alias.name)
            self._outside(node, alias.name)
            self._private(node, alias.name)
            root = alias.name.split(".")[0]
            self.imported[alias.asname or root] = alias.name if alias.asname else root

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        if node.level:
            self.report(node, "a relative import: a page imports no other page")
        self._module(node, module)
        for alias in node.names:
            dotted = f"{module}.{alias.name}"
            self.imported[alias.asname or alias.name] = dotted
            self._outside(node, dotted)
            self._used(node, dotted)
            self._private(node, dotted)
            if alias.name == "*":
                self.report(node, f"from {module} import *: name what the page uses")

    def _module(self, node: ast.stmt, module: str) -> None:
        first = module.split(".")[0]
        if PAGE.fullmatch(first):
            self.report(
                node, f"import of {module}: a page imports no other page; use `uses=` labels"
            )
        if first in ("matplotlib", "pylab") and "figure" not in self.functions:
            self.report(node, f"import of {module} outside figure(): move it into figure()")

    def _outside(self, node: ast.stmt, dotted: str) -> None:
        first = dotted.split(".")[0]
        if dotted.startswith(JUDGES):
            self.report(node, f"import of {dotted}: a page has nothing to do with its judge")
        if first in OUTSIDE or dotted.startswith(("scipy.io", "scipy.datasets")):
            self.report(node, f"import of {dotted}: a page reads no clock, file, network or judge")
        if first == "random":
            self.report(node, f"import of {dotted}: {SEED}")

    # --- names ------------------------------------------------------------------------------------

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load) and node.id in self.imported:
            self._used(node, self.imported[node.id])

    def visit_Attribute(self, node: ast.Attribute) -> None:
        dotted = self._dotted(node)
        if dotted is not None and isinstance(node.ctx, ast.Load):
            self._used(node, dotted)
        if node.attr.startswith("__") and node.attr.endswith("__") and node.attr not in HARMLESS:
            self.report(node, f".{node.attr}: a page uses no inner parts of objects")
        if dotted is not None:
            self._private(node, dotted)
        if node.attr == "pspace":
            self.report(node, f".pspace: {UNEVALUATED}")
        if dotted is None:
            self.visit(node.value)

    def _used(self, node: ast.stmt | ast.expr, dotted: str) -> None:
        """Report what a name of an imported module stands for, if a page must not use it."""
        self._reader(node, dotted)
        parts = dotted.split(".")
        excused = node in self.excused or (isinstance(node, ast.stmt) and "stats" in parts)
        if parts[0] == "sympy" and not excused and _evaluates(dotted):
            self.report(node, f"{parts[-1]}: {UNEVALUATED}")
        if parts[:2] == ["numpy", "random"] and len(parts) == 3 and parts[2] not in DRAWS:
            self.report(node, f"{dotted}: {SEED}")

    def _private(self, node: ast.stmt | ast.expr, dotted: str) -> None:
        """Report what is gantheory's own: names with an underscore, and what theorems do not offer."""
        parts = dotted.split(".")
        inner = (
            parts[:2] == ["gantheory", "theorems"] and len(parts) > 2 and parts[2] not in OFFERED
        )
        if parts[0] == "gantheory" and (inner or any(part.startswith("_") for part in parts)):
            self.report(node, f"{dotted} is private to gantheory")

    def _reader(self, node: ast.stmt | ast.expr, dotted: str) -> None:
        name = dotted.split(".")[-1]
        if dotted.startswith("sympy") and name in READERS:
            self.report(node, f"{name}: strings are never evaluated; write the expression itself")
        if dotted.startswith("numpy") and name in FILES:
            self.report(node, f"{dotted}: a page reads and writes no files")

    def _dotted(self, node: ast.expr) -> str | None:
        """Return what a.b.c stands for if `a` was imported, else None."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or node.id not in self.imported:
            return None
        return ".".join([self.imported[node.id], *reversed(parts)])

    # --- calls ------------------------------------------------------------------------------------

    def visit_Call(self, node: ast.Call) -> None:
        dotted = self._dotted(node.func)
        name = dotted.split(".")[-1] if dotted else ""
        if any(k.arg == "evaluate" and _is_constant(k.value, False) for k in node.keywords):
            self.excused.add(node.func)
        if isinstance(node.func, ast.Name) and node.func.id not in self.imported:
            self._builtin(node, node.func.id)
        elif isinstance(node.func, ast.Attribute) and dotted is None:
            self._method(node, node.func)
        if dotted and dotted.startswith("numpy.random") and name in SEEDED and _unseeded(node):
            self.report(node, f"{name} without a seed: {SEED}")
        if dotted and dotted.startswith("sympy") and name == "Limit":
            self._limit(node)
        self.generic_visit(node)

    def _builtin(self, node: ast.Call, name: str) -> None:
        if name in BUILTINS:
            self.report(node, f"{name}(): a page only yields claims and returns a figure")
        if name in READERS:
            self.report(node, f"{name}: strings are never evaluated; write the expression itself")
        if name == "getattr" and len(node.args) > 1 and self._reaches_in(*node.args[:2]):
            self.report(
                node, "getattr() of a library, or of a private name: write the name with a dot"
            )

    def _reaches_in(self, owner: ast.expr, name: ast.expr) -> bool:
        private = isinstance(name, ast.Constant) and str(name.value).startswith("_")
        return private or self._dotted(owner) is not None

    def _method(self, node: ast.Call, function: ast.Attribute) -> None:
        name = function.attr
        if name in SHOWS:
            self.report(node, f".{name}(): figure() returns the figure; it is saved elsewhere")
        if name in METHODS:
            self.report(node, f".{name}(): {UNEVALUATED}")
        if name in FILES:
            self.report(node, f".{name}(): a page reads and writes no files")
        if name == "rvs" and all(k.arg != "random_state" for k in node.keywords):
            self.report(node, f".rvs() without random_state: {SEED}")
        if name == "example" and not node.args:
            self.report(node, ".example(): draw examples by survives(..., seed=seed)")

    def _limit(self, node: ast.Call) -> None:
        named = len(node.args) > 3 or any(k.arg in ("dir", None) for k in node.keywords)
        starred = any(isinstance(arg, ast.Starred) for arg in node.args)
        if named or starred or len(node.args) < 3:
            return
        if not _is_infinite(node.args[2]):
            self.report(
                node,
                "Limit at a finite point without its side: SymPy takes the right-hand one; write "
                'sp.Limit(f, x, a, "+"), "-" or "+-"',
            )

    # --- changes outside the page -----------------------------------------------------------------

    def visit_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            self._changed(target)
            if isinstance(target, ast.Name):
                self._renamed(target.id, node.value)
        self.generic_visit(node)

    def _renamed(self, name: str, value: ast.expr) -> None:
        """Follow what was imported under a further name, and forget a name that is used anew."""
        dotted = self._dotted(value) if isinstance(value, (ast.Attribute, ast.Name)) else None
        if dotted is not None:
            self.imported[name] = dotted
        else:
            self.imported.pop(name, None)

    def visit_AugAssign(self, node: ast.AugAssign | ast.AnnAssign) -> None:
        self._changed(node.target)
        self.generic_visit(node)

    visit_AnnAssign = visit_AugAssign

    def visit_Delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            self._changed(target)
        self.generic_visit(node)

    def _changed(self, target: ast.expr) -> None:
        for part in _parts(target):
            inner = part.value if isinstance(part, ast.Subscript) else part
            dotted = self._dotted(inner) if isinstance(inner, (ast.Attribute, ast.Name)) else None
            if dotted is not None and not (
                isinstance(part, ast.Name) or "figure" in self.functions
            ):
                self.report(part, f"changes {dotted}: a page changes nothing outside itself")


def _parts(target: ast.expr) -> Iterator[ast.expr]:
    if isinstance(target, (ast.Tuple, ast.List)):
        for element in target.elts:
            yield from _parts(element)
    else:
        yield target.value if isinstance(target, ast.Starred) else target


def _evaluates(dotted: str) -> bool:
    """Whether a name of SymPy is a function that evaluates integrals, sums, limits and the like."""
    module, _, name = dotted.rpartition(".")
    if not module:
        return False
    try:
        found = getattr(importlib.import_module(module), name, None)
    except ImportError:
        return False
    home = str(getattr(found, "__module__", ""))
    inside = any(home == one or home.startswith(f"{one}.") for one in EVALUATING)
    return inside and callable(found) and not inspect.isclass(found)


def _unseeded(node: ast.Call) -> bool:
    given = [*node.args, *(k.value for k in node.keywords)]
    return all(_is_constant(argument, None) for argument in given)


def _is_constant(node: ast.expr, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def _is_infinite(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp):
        node = node.operand
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    return name in ("oo", "Infinity", "NegativeInfinity")
