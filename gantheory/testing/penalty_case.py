"""A penalty of anybody's code, what it should cost, and critics whose gradients are known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from gantheory.testing.tensors import Array, as_numpy

Kind = Literal["wgan-gp", "wgan-lp", "wgan-div", "dragan", "r1", "r2", "r1+r2"]
Form = Literal["linear", "bent", "square", "ridge"]
Made = Callable[[Array], Any]

# what is paid for a sample whose gradient has the norm r; γ of R1 and R2 comes with 1/2
PRICES: dict[str, Callable[[Array, float], Array]] = {
    "wgan-gp": lambda r, target: (r - target) ** 2,
    "wgan-lp": lambda r, target: np.maximum(r - target, 0) ** 2,
    "wgan-div": lambda r, target: r**6,
    "dragan": lambda r, target: (r - target) ** 2,
    "r1": lambda r, target: r**2 / 2,
    "r2": lambda r, target: r**2 / 2,
    "r1+r2": lambda r, target: r**2 / 2,
}
FORMULAS = {
    "wgan-gp": "weight * mean (|g_i| - {target})²",
    "wgan-lp": "weight * mean max(0, |g_i| - {target})²",
    "wgan-div": "weight * mean |g_i|⁶",
    "dragan": "weight * mean (|g_i| - {target})²",
    "r1": "weight / 2 * mean |g_i|²",
    "r2": "weight / 2 * mean |g_i|²",
    "r1+r2": "weight / 2 * (mean |g_i|² at real samples + mean |g_i|² at generated ones)",
}
BETWEEN = ("wgan-gp", "wgan-lp", "wgan-div")
TARGETED = ("wgan-gp", "wgan-lp", "dragan")
REAL, FAKE = ("r1", "r1+r2"), ("r2", "r1+r2")  # who looks at real, who at generated samples


class Probe:
    """A critic with a known gradient, by the arithmetic that numpy, torch and JAX share.

    With s = <x, w>, the logit is

        linear  slope * s             whose gradient is slope * w everywhere;
        bent    slope * (s + |s|/2)   1.5 slope * w where s > 0, 0.5 slope * w where s < 0;
        square  slope * |x|² / 2      slope * x;
        ridge   slope * s² / 2        slope * s * w.

    `probe(x)` gives the logits, shape (n, 1), `probe.gradient(x)` the gradient of each, shaped as x,
    and `probe.parameters()` the slope in a list.
    """

    def __init__(self, form: Form, slope: Any, w: Any) -> None:
        self.form, self.slope, self.w = form, slope, w

    def __call__(self, x: Any) -> Any:
        """a(x), shape (n, 1)."""
        rows = x.reshape((x.shape[0], -1))
        if self.form == "square":
            return (rows * rows).sum(1).reshape((-1, 1)) * (self.slope / 2)
        s = rows @ self.w.reshape((-1, 1))
        if self.form == "bent":
            return (s + abs(s) / 2) * self.slope
        return (s * s / 2 if self.form == "ridge" else s) * self.slope

    def gradient(self, x: Any) -> Any:
        """∇a(x_i) of each sample, of the shape of x."""
        if self.form == "square":
            return x * self.slope
        s = (x.reshape((x.shape[0], -1)) @ self.w.reshape((-1, 1))) * self.slope
        steep = {"linear": s * 0 + self.slope, "ridge": s}.get(self.form)
        if steep is None:
            steep = (1 + abs(s) / s / 2) * self.slope
        return steep.reshape((-1,) + (1,) * (len(x.shape) - 1)) * self.w

    def parameters(self) -> list[Any]:
        """Return the slope in a list."""
        return [self.slope]


@dataclass(frozen=True)
class PenaltyCase:
    """A penalty, and what it should be."""

    penalty: Callable[[Any, Any, Any], Any]
    kind: str
    weight: float
    target: float
    array: Made
    wrap: Callable[[Probe], Any] | None
    rng: np.random.Generator

    @property
    def unit_norm(self) -> float:
        """The unit of the gradients that are tried: the target norm, 1 where that is 0."""
        return self.target or 1.0

    def pay(self, critic: Any, real: Array, fake: Array) -> float:
        """What the penalty returns, a float."""
        value = as_numpy(
            self.raw(critic, self.array(real.copy()), self.array(fake.copy())), "penalty"
        )
        if value.size != 1:
            raise ValueError(
                f"the penalty returned an array of shape {value.shape}: return its mean over the samples"
            )
        return float(value.reshape(()))

    def raw(self, critic: Any, real: Any, fake: Any) -> Any:
        """What the penalty returns, as it is."""
        try:
            return self.penalty(critic, real, fake)
        except Exception as problem:
            raise ValueError(
                f"the penalty raised {type(problem).__name__}: {problem}; for real and fake of shape "
                f"{tuple(real.shape)} and a critic that returns (n, 1). It must take every such batch; "
                "give sample_shapes or wrap if its shapes are others, array if its arrays are"
            ) from problem

    def probe(self, form: Form, w: Array, slope: float = 1.0) -> Any:
        """A critic as the penalty wants it, its gradients in the unit of norms."""
        probe = Probe(form, slope * self.unit_norm, self.array(w.copy()))
        return probe if self.wrap is None else self.wrap(probe)

    def unit(self, shape: tuple[int, ...]) -> Array:
        """A direction."""
        w = self.rng.normal(size=shape)
        return np.asarray(w / np.linalg.norm(w))

    def batch(self, norms: Any, shape: tuple[int, ...]) -> Array:
        """Samples with these norms, in random directions."""
        return np.array([norm * self.unit(shape) for norm in norms])

    def due(self, real: Any, fake: Any) -> float:
        """What is to be paid where the gradients at both batches have these norms."""
        price = PRICES[self.kind]
        sides = [side for side, kinds in ((real, REAL), (fake, FAKE)) if self.kind in kinds]
        norms = [np.asarray(side, dtype=float) for side in sides or [real]]
        return self.weight * sum(float(price(r, self.target).mean()) for r in norms)

    def close(self, paid: float, due: float) -> bool:
        """Whether a penalty is right, but for rounding."""
        return abs(paid - due) <= 1e-4 * abs(due) + 1e-7 * self.weight * self.unit_norm**2

    def formula(self) -> str:
        """The formula with the target norm."""
        return FORMULAS[self.kind].format(target=f"{self.target:g}")
