"""Critics whose gradients are known."""

from __future__ import annotations

from typing import Any, Literal

Form = Literal["linear", "bent", "square", "ridge"]


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
