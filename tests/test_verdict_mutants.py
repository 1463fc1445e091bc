"""Every small change to `decide`, `decide_order` and `as_required` is noticed by the tables of cases."""

import ast
import copy
import inspect

import pytest
from verdict_cases import AS_REQUIRED, DECIDE, DECIDE_ORDER

from gantheory import verdicts

FUNCTIONS = ("decide", "decide_order", "as_required")
CASES = {"decide": DECIDE, "decide_order": DECIDE_ORDER}
DEFAULTS = {"as_required": {"allow_supported": False}}
EQUIVALENT = {
    # 0 <= x already refuses nan, and of what it lets through only inf is not below inf
    "0 <= bound < inf: Lt -> NotEq",
    "0 <= tolerance < inf: Lt -> NotEq",
    # a section that holds satisfies is one that proved, decided and enclosed satisfy
    "Verdict.HOLDS: HOLDS -> PROVED",
    "Verdict.HOLDS: HOLDS -> DECIDED",
    "Verdict.HOLDS: HOLDS -> ENCLOSED",
}
COMPARISONS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
OTHER = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.And: ast.Or, ast.Or: ast.And}
OPPOSITE = {ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In}


def of_compare(node):
    for i, op in enumerate(node.ops):
        known = OPPOSITE.get(type(op))
        for new in [known] if known else [c for c in COMPARISONS if c is not type(op)]:
            ops = [*node.ops[:i], new(), *node.ops[i + 1 :]]
            yield f"{type(op).__name__} -> {new.__name__}", {"ops": ops}


def of_operation(node):
    new = OTHER[type(node.op)]
    yield f"{type(node.op).__name__} -> {new.__name__}", {"op": new()}


def of_constant(node):
    for value in {node.value + 1, node.value - 1, -node.value} - {node.value}:
        yield f"{node.value} -> {value}", {"value": value}


def of_name(node):
    if node.id == "inf":
        yield "inf -> 1", {"id": "one"}


def of_attribute(node):
    words = [v.name for v in verdicts.Verdict]
    for word in words if node.attr in words else []:
        if word != node.attr:
            yield f"{node.attr} -> {word}", {"attr": word}


CHANGES = {
    ast.Compare: of_compare,
    ast.BoolOp: of_operation,
    ast.BinOp: of_operation,
    ast.Constant: of_constant,
    ast.Name: of_name,
    ast.Attribute: of_attribute,
    ast.UnaryOp: lambda node: [("not dropped", {"op": ast.UAdd()})],
    ast.Return: lambda node: [("returns None", {"value": ast.Constant(None)})],
    ast.If: lambda node: [
        ("never", {"test": ast.Constant(False)}),
        ("always", {"test": ast.Constant(True)}),
    ],
}


def mutants(function):
    """Pairs (name, function) of all single changes; annotations and docstrings are left alone."""
    tree = ast.parse(inspect.getsource(function))
    [definition] = tree.body
    definition.body = definition.body[1:]  # the docstring
    definition.returns = None
    for argument in (*definition.args.args, *definition.args.kwonlyargs):
        argument.annotation = None
    for at, node in enumerate(list(ast.walk(tree))):
        for what, values in CHANGES.get(type(node), lambda node: [])(node):
            fresh = copy.deepcopy(tree)
            target = list(ast.walk(fresh))[at]
            for name, value in values.items():
                setattr(target, name, value)
            space = {**vars(verdicts), "one": 1.0}
            exec(compile(ast.fix_missing_locations(fresh), "<mutant>", "exec"), space)
            yield f"{ast.unparse(node)}: {what}", space[function.__name__]


def survives(function, name):
    """Whether a version of a function answers every case as it should."""
    if function.__kwdefaults__ != DEFAULTS.get(name):
        return False
    try:
        if name in CASES:
            return all(function(*arguments) is verdict for arguments, verdict in CASES[name])
        return all(
            function(s, v, allow_supported=allow) is needed and (allow or function(s, v) is needed)
            for s, v, allow, needed in AS_REQUIRED
        )
    except (TypeError, NameError, AttributeError):
        return False


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_original_passes(name):
    assert survives(getattr(verdicts, name), name)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_mutant_lives(name):
    made = list(mutants(getattr(verdicts, name)))
    assert len(made) >= {"decide": 80, "decide_order": 90, "as_required": 20}[name]
    alive = {what for what, function in made if survives(function, name)}
    assert alive <= EQUIVALENT


def test_the_list_of_equivalents_is_no_longer_than_it_must_be():
    alive = {
        what
        for name in FUNCTIONS
        for what, function in mutants(getattr(verdicts, name))
        if survives(function, name)
    }
    assert alive == EQUIVALENT
