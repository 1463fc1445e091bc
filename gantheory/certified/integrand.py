"""The integrand on one panel: a kernel of two sums of exponentials, times dx/dt, in balls."""

from __future__ import annotations

from fractions import Fraction

import flint

from gantheory.certified.kernels import BallKernel, Pair
from gantheory.certified.panels import Panel
from gantheory.certified.terms import Evaluator, LogTerm, Terms, arb, combine, evaluator
from gantheory.errors import NotCertifiable

TRIED = 16  # points of a panel at which a bound is tried


def on_panel(term: LogTerm, panel: Panel) -> Evaluator:
    """Return a term as a function of balls of the panel."""
    return evaluator(term, panel.size, far=panel.kind == "outward")


class PanelDensity:
    """Σ e^term_k on one panel, the largest term taken out.

    Differences of terms are formed exactly before they are evaluated: far out both terms are so large
    that their difference would drown in the radii of wide balls.
    """

    def __init__(self, terms: Terms, panel: Panel) -> None:
        self.terms, self.panel = terms, panel
        self.evaluators = [on_panel(t, panel) for t in terms]
        self.steps: dict[int, list[tuple[int, Evaluator]]] = {}
        self.largest = 0

    def split(self, y: flint.acb, log_y: flint.acb | None, analytic: bool) -> tuple[int, flint.acb]:
        """Return i and Σ_k e^(term_k - term_i), term i the largest in the middle of the ball.

        Any i is right; the largest keeps balls narrow. The search starts from the last answer.
        """
        steps: list[flint.acb] = []
        for _ in self.terms:
            others, steps = self.differences(self.largest), []
            rival, lead = None, flint.arb(0)
            for k, difference in others:
                steps.append(difference(y, log_y, analytic))
                middle = steps[-1].real.mid()
                if middle > lead:
                    rival, lead = k, middle
            if rival is None:
                break
            self.largest = rival
        else:
            steps = [d(y, log_y, analytic) for _, d in self.differences(self.largest)]
        return self.largest, sum((d.exp() for d in steps), flint.acb(1))

    def differences(self, i: int) -> list[tuple[int, Evaluator]]:
        """Every (k, term k - term i)."""
        if i not in self.steps:
            self.steps[i] = [
                (k, on_panel(combine((1, t), (-1, self.terms[i])), self.panel))
                for k, t in enumerate(self.terms)
                if k != i
            ]
        return self.steps[i]

    def upper(self, y: flint.acb, log_y: flint.acb | None) -> flint.arb:
        """Upper bound of the sum on a real ball."""
        logs = (e(y, log_y, False) for e in self.evaluators)
        return sum((t.real.exp() for t in logs), flint.arb(0)).abs_upper()


class PanelIntegrand:
    """The kernel times dx/dt on one panel, as a function of complex balls."""

    def __init__(self, panel: Panel, kernel: BallKernel) -> None:
        self.panel, self.kernel = panel, kernel
        self.size, self.log_size = arb(panel.size), arb(panel.size).log()
        self.p, self.q = PanelDensity(panel.p, panel), PanelDensity(panel.q, panel)
        self.differences: dict[tuple[int, int], Evaluator] = {}
        self.bounds = None if kernel.bound is None else kernel.bound()

    def __call__(self, t: flint.acb, analytic: bool) -> flint.acb:
        """Integrand at t; not finite where it is not analytic on t and `analytic` asks for that."""
        y, log_y, weight = self.place(t)
        value = self.value(y, log_y, weight, analytic)
        if analytic or self.bounds is None or not t.imag.is_zero():
            return value
        return self.confined(value, y, log_y, weight)

    def check_bound(self) -> None:
        """Try |integrand| <= c_p p + c_q q inside the panel.

        Raises
        ------
        ValueError
            If it is broken at one of the points that are tried.
        """
        if self.bounds is None:
            return
        c_p, c_q = self.bounds
        for k in range(1, TRIED):
            y, log_y, weight = self.place(flint.acb(arb(self.panel.stop * Fraction(k, TRIED))))
            value = self.value(y, log_y, weight, False).real
            most = (c_p * self.p.upper(y, log_y) + c_q * self.q.upper(y, log_y)) * weight.real
            if abs(value) > most * (1 + flint.arb(2) ** -TRIED):
                raise ValueError(
                    f"{self.kernel.name} exceeds its bound {c_p.str(8)} p + {c_q.str(8)} q"
                )

    def place(self, t: flint.acb) -> tuple[flint.acb, flint.acb | None, flint.acb]:
        """Return y, its logarithm where the panel knows it, and |dy/dt|."""
        if self.panel.kind == "stretch":
            return self.size * t, None, flint.acb(self.size)
        log_y = self.log_size + t if self.panel.kind == "outward" else self.log_size - t
        y = log_y.exp()
        return y, log_y, y

    def value(
        self, y: flint.acb, log_y: flint.acb | None, weight: flint.acb, analytic: bool
    ) -> flint.acb:
        """The kernel times the weight."""
        p, q = self.p, self.q
        if not p.terms or not q.terms:
            return weight * self.alone(p if p.terms else q, y, log_y, analytic)
        (i, rest_p), (j, rest_q) = p.split(y, log_y, analytic), q.split(y, log_y, analytic)
        ratio = self.difference(i, j)(y, log_y, analytic)
        if len(p.terms) > 1:
            ratio += rest_p.log(analytic=analytic)
        if len(q.terms) > 1:
            ratio -= rest_q.log(analytic=analytic)
        p_larger = bool(ratio.real.mid() > 0)
        term, rest = (p.evaluators[i], rest_p) if p_larger else (q.evaluators[j], rest_q)
        log_term = term(y, log_y, analytic)
        return self.kernel.values(
            Pair(
                larger=weight * log_term.exp() * rest,
                ratio=-ratio if p_larger else ratio,
                p_larger=p_larger,
                analytic=analytic,
                log_larger=lambda: log_term + rest.log(analytic=analytic),
                weight=weight,
            )
        )

    def alone(
        self, density: PanelDensity, y: flint.acb, log_y: flint.acb | None, analytic: bool
    ) -> flint.acb:
        """The integrand where the other density vanishes."""
        alone = self.kernel.p_alone if self.p.terms else self.kernel.q_alone
        if alone is None:
            raise NotCertifiable(f"{self.kernel.name} is +inf: one density is positive alone")
        i, rest = density.split(y, log_y, analytic)
        log_term = density.evaluators[i](y, log_y, analytic)
        return alone(log_term.exp() * rest, lambda: log_term + rest.log(analytic=analytic))

    def difference(self, i: int, j: int) -> Evaluator:
        """Term i of p - term j of q, formed exactly."""
        if (i, j) not in self.differences:
            term = combine((1, self.p.terms[i]), (-1, self.q.terms[j]))
            self.differences[i, j] = on_panel(term, self.panel)
        return self.differences[i, j]

    def confined(
        self, value: flint.acb, y: flint.acb, log_y: flint.acb | None, weight: flint.acb
    ) -> flint.acb:
        """The value on a real ball, cut down to |integrand| <= c_p p + c_q q where that is narrower."""
        real = value.real
        if real.is_finite() and real.rel_accuracy_bits() > 8:
            return value
        c_p, c_q = self.bounds  # type: ignore[misc]  # asked for only where there is a bound
        most = (c_p * self.p.upper(y, log_y) + c_q * self.q.upper(y, log_y)) * weight.real
        widest = spanned(most, 0 if self.kernel.modulus else self.kernel.sign)
        if not widest.is_finite():
            return value
        return flint.acb(real.intersection(widest) if real.is_finite() else widest)


def spanned(most: flint.arb, sign: int) -> flint.arb:
    """Return the ball [0, most], [-most, 0] or [-most, most]."""
    top = most.abs_upper()
    if sign == 0:
        return flint.arb(0, top)
    half = top / 2
    return flint.arb(sign * half, half.abs_upper())
