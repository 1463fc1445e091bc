"""How finely expressions are evaluated as numbers, and at what expense."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import mpmath  # type: ignore[import-untyped]
import sympy as sp

mp = mpmath.mp

Environment = dict[sp.Symbol, Any]


class Unusable(Exception):
    """There is no trustworthy number here: undefined, divergent, or too expensive."""


@dataclass
class EvaluationBudget:
    """A budget of integrand evaluations; the same on every machine, unlike a clock.

    It also remembers each integral and sum with the scale of its pieces, so none is done twice.
    """

    left: int
    done: dict[Any, tuple[Any, Any]] = field(default_factory=dict)

    def tick(self) -> None:
        """Count one evaluation."""
        self.left -= 1
        if self.left < 0:
            raise Unusable("the numeric witness is too expensive")


@dataclass(frozen=True)
class Fineness:
    """How finely to evaluate: decimal digits, where integrals are cut, how many terms are added."""

    digits: int
    cuts: tuple[sp.Rational, ...]
    doublings: int = 10


COARSE = Fineness(30, tuple(map(sp.Rational, ("-5", "-1", "0", "1", "5"))))
FINE = Fineness(45, tuple(map(sp.Rational, ("-11", "-5/2", "-1/3", "0", "1/3", "5/2", "11"))), 11)
NESTED = (Fineness(9, ()), Fineness(12, (), 11))


@dataclass(frozen=True)
class EvaluationPoint:
    """Values of the symbols, and how finely to evaluate there.

    Attributes
    ----------
    env:
        Symbols and their values.
    level, meter:
        How finely, and at what expense.
    number:
        The value of an expression at such a place; raises Unusable where there is none.
    """

    env: Environment
    level: Fineness
    meter: EvaluationBudget
    number: Callable[[sp.Expr, EvaluationPoint], Any]

    def value(self, expression: sp.Expr) -> Any:
        """Return the value of an expression here."""
        return self.number(expression, self)

    def at(self, x: sp.Symbol, value: Any) -> EvaluationPoint:
        """Return the place with the symbol moved to the value."""
        return EvaluationPoint({**self.env, x: value}, self.level, self.meter, self.number)
