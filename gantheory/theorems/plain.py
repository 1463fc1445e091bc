"""SymPy expressions as plain text and as LaTeX, just as they were given: nothing is evaluated."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from itertools import islice
from typing import Any

import sympy as sp
from sympy.printing.conventions import requires_partial
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.str import StrPrinter

LONGEST = 400  # letters
MOST_NODES = 400  # of an expression that is written out
STAR = "\ue000"  # stands for the * of a name, as in D*, while signs of multiplication are replaced
RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
RELATIONS = {"==": "=", "!=": "≠", "<": "<", "<=": "≤", ">": ">", ">=": "≥"}
OPERATORS = (sp.Derivative, sp.Integral, sp.Limit, sp.Product, sp.Sum)


@lru_cache
def text_of_expression(x: sp.Basic) -> str:
    """Return the expression in one line, cut if it is long."""
    if _is_long(x):
        return f"{type(x).__name__}(…), an expression of more than {MOST_NODES} parts"
    text = str(PlainPrinter().doprint(x)).replace("*", "·").replace(STAR, "*")
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


@lru_cache
def latex_of_expression(x: sp.Basic) -> str:
    r"""Return the expression for LaTeX's math mode, \dots if it is long."""
    return r"\dots" if _is_long(x) else str(sp.latex(x))


def _is_long(x: sp.Basic) -> bool:
    return sum(1 for _ in islice(sp.preorder_traversal(x), MOST_NODES + 1)) > MOST_NODES


def name_of(symbol: sp.Symbol) -> str:
    """Return a symbol's name, Greek letters as such."""
    first, under, rest = symbol.name.partition("_")
    return f"{_greek(first)}{under}{rest}".replace("*", STAR)


def _greek(name: str) -> str:
    """Return the Greek letter of this name, the name itself if there is none."""
    size = "CAPITAL" if name[:1].isupper() else "SMALL"
    try:
        return unicodedata.lookup(f"GREEK {size} LETTER {name.upper().replace('LAMBDA', 'LAMDA')}")
    except KeyError:
        return name


class PlainPrinter(StrPrinter):  # type: ignore[misc]  # SymPy has no types
    """SymPy's own text, with √, ∫, ∞, |x| and raised numbers as a reader writes them."""

    def _print_Symbol(self, x: Any) -> str:
        return name_of(x)

    def parenthesize(self, item: Any, level: int, strict: bool = False) -> str:
        """Return a part in brackets where its end would not be seen, as that of d/dx (f)."""
        if isinstance(item, OPERATORS) and level >= PRECEDENCE["Mul"]:
            return f"({self._print(item)})"
        return str(super().parenthesize(item, level, strict))

    def _print_Pow(self, x: Any, rational: bool = False) -> str:
        if x.exp.could_extract_minus_sign():
            return f"1/{self._power(x.base, -x.exp)}"
        return self._power(x.base, x.exp)

    def _power(self, base: Any, exponent: Any) -> str:
        """Return base^exponent for an exponent without a minus sign."""
        inside = self.parenthesize(base, PRECEDENCE["Pow"])
        if exponent == 1:
            return inside
        if exponent == sp.Rational(1, 2):
            bare = base.is_Symbol or base.is_Integer or base.is_NumberSymbol
            return f"√{self._print(base)}" if bare else f"√({self._print(base)})"
        if exponent.is_Integer:
            return f"{inside}{str(exponent).translate(RAISED)}"
        return f"{inside}^{self.parenthesize(exponent, PRECEDENCE['Pow'])}"

    def _print_Integral(self, x: Any) -> str:
        signs, ends = "", ""
        for variable, *limits in x.limits:
            signs += f"∫[{', '.join(map(self._print, limits))}] " if limits else "∫ "
            ends += f" d{self._print(variable)}"
        return f"{signs}{self.parenthesize(x.function, PRECEDENCE['Add'] + 1)}{ends}"

    def _print_Derivative(self, x: Any) -> str:
        sign = "∂" if requires_partial(x.expr) else "d"
        order = sum(int(count) for _, count in x.variable_count)
        power = str(order).translate(RAISED) if order > 1 else ""
        below = "".join(
            f"{sign}{self._print(s)}{str(n).translate(RAISED) if n > 1 else ''}"
            for s, n in x.variable_count
        )
        return f"{sign}{power}/{below} ({self._print(x.expr)})"

    def _print_Subs(self, x: Any) -> str:
        at = ", ".join(
            f"{self._print(old)} = {self._print(new)}"
            for old, new in zip(x.variables, x.point, strict=True)
        )
        return f"[{self._print(x.expr)} at {at}]"

    def _print_Limit(self, x: Any) -> str:
        body, variable, to, side = x.args
        sign = "" if to.is_infinite or str(side) == "+-" else str(side)
        return f"lim {self._print(variable)}→{self._print(to)}{sign} ({self._print(body)})"

    def _print_Sum(self, x: Any, sign: str = "Σ") -> str:
        where = ", ".join(
            f"{self._print(v)}={self._print(a)}..{self._print(b)}" for v, a, b in x.limits
        )
        return f"{sign}[{where}] {self.parenthesize(x.function, PRECEDENCE['Add'] + 1)}"

    def _print_Product(self, x: Any) -> str:
        return self._print_Sum(x, "∏")

    def _print_Relational(self, x: Any) -> str:
        return f"{self._print(x.lhs)} {RELATIONS[x.rel_op]} {self._print(x.rhs)}"

    def _print_And(self, x: Any, sign: str = " ∧ ") -> str:
        return sign.join(map(self._part, sorted(x.args, key=sp.default_sort_key)))

    def _print_Or(self, x: Any) -> str:
        return self._print_And(x, " ∨ ")

    def _print_Implies(self, x: Any) -> str:
        return " ⇒ ".join(map(self._part, x.args))

    def _print_Equivalent(self, x: Any) -> str:
        return self._print_And(x, " ⇔ ")

    def _print_Not(self, x: Any) -> str:
        return f"¬({self._print(x.args[0])})"

    def _part(self, x: Any) -> str:
        """Return a part of a formula, in brackets if it is made of parts itself."""
        bare = isinstance(x, (sp.Rel, sp.Not, sp.Symbol)) or not x.args
        return str(self._print(x)) if bare else f"({self._print(x)})"

    def _print_BooleanTrue(self, x: Any) -> str:
        return "always"

    def _print_BooleanFalse(self, x: Any) -> str:
        return "never"

    def _print_Abs(self, x: Any) -> str:
        return f"|{self._print(x.args[0])}|"

    def _print_Max(self, x: Any) -> str:
        return f"max({self.stringify(x.args, ', ')})"

    def _print_Min(self, x: Any) -> str:
        return f"min({self.stringify(x.args, ', ')})"

    def _print_Infinity(self, x: Any) -> str:
        return "∞"

    def _print_NegativeInfinity(self, x: Any) -> str:
        return "-∞"

    def _print_Exp1(self, x: Any) -> str:
        return "e"

    def _print_Pi(self, x: Any) -> str:
        return "π"
