"""Critics whose gradients are known, and what gradient penalties and the usual mistakes cost there."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, Literal

import numpy as np

from gantheory.testing.tensors import Array

Form = Literal["linear", "bent", "square", "ridge"]
RIGHT = "the right formula"
# what is paid for a sample whose gradient has the norm r; γ of R1 and R2 comes with 1/2
PRICES: dict[str, Callable[[Array], Array]] = {
    "wgan-gp": lambda r: (r - 1) ** 2,
    "wgan-lp": lambda r: np.maximum(r - 1, 0) ** 2,
    "r1": lambda r: r**2 / 2,
    "r2": lambda r: r**2 / 2,
    "dragan": lambda r: (r - 1) ** 2,
}
FORMULAS = {
    "wgan-gp": "weight * mean (|g_i| - 1)²",
    "wgan-lp": "weight * mean max(0, |g_i| - 1)²",
    "r1": "weight / 2 * mean |g_i|²",
    "r2": "weight / 2 * mean |g_i|²",
    "dragan": "weight * mean (|g_i| - 1)²",
}


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


def factors(weight: float) -> Iterator[tuple[float, str]]:
    """Yield factors that a penalty may have, and what to say of them."""
    yield weight, ""
    yield 1.0, " without the weight"
    yield 2 * weight, " times 2: γ stands for γ/2, or a 2 too many"
    yield weight / 2, " times 1/2"
    yield weight**2, " with the weight applied twice"


def mistakes(kind: str, g: Array, logits: Array) -> Iterator[tuple[str, float]]:
    """Yield what usual mistakes would pay where the gradients are g, before the weight."""
    n, norms = len(g), np.linalg.norm(g.reshape(len(g), -1), axis=1)
    price = PRICES[kind]

    def paid(r: Any) -> float:
        return float(price(np.asarray(r)).mean())

    yield RIGHT, paid(norms)
    yield "a sum over the samples: take the mean", n * paid(norms)
    yield "the price of the mean norm: take the mean of the prices", paid(norms.mean())
    whole = math.sqrt(float((g**2).sum()))
    yield "the norm of the whole batch: take one norm for each sample", paid(whole)
    yield "the norm over one axis: flatten each sample before", paid(np.linalg.norm(g, axis=1))
    yield (
        "the norm over the last axis: flatten each sample before",
        paid(np.linalg.norm(g, axis=-1)),
    )
    yield (
        "the norm over the batch axis: take one norm for each sample",
        paid(np.linalg.norm(g, axis=0)),
    )
    yield "a penalty on each coordinate: take the norm of each sample", paid(abs(g))
    yield "a penalty on the sum of the coordinates: take the norm", paid(g.reshape(n, -1).sum(1))
    yield "the norm without its root: |g|² in place of |g|", paid(norms**2)
    yield "the L1 norm: take the Euclidean one", paid(abs(g).reshape(n, -1).sum(1))
    yield "|norm - 1| without the square", float(abs(norms - 1).mean())
    yield "(norm - 1)², the two-sided penalty", float(((norms - 1) ** 2).mean())
    yield "max(0, norm - 1)², the one-sided penalty", float((np.maximum(norms - 1, 0) ** 2).mean())
    yield "the squared norm, centred at 0", float((norms**2).mean())
    yield "the gradient of the mean over the batch: differentiate the sum", paid(norms / n)
    d = 1 / (1 + np.exp(-logits))
    for share, words in ((1, ""), (n, " and of a mean over the batch")):
        yield (
            f"the gradient of σ(logit){words}: take it of the logit",
            paid(norms * d * (1 - d) / share),
        )
        yield (
            f"the gradient of -log σ(logit){words}: take it of the logit",
            paid(norms * (1 - d) / share),
        )
        yield (
            f"the gradient of softplus(logit){words}: take it of the logit",
            paid(norms * d / share),
        )


def where(ordered: Array) -> str:
    """How the points that are not uniform lie, and what to write."""
    if ordered[0] > 1 - 1e-6:
        return (
            "but the penalty looks at the real samples: draw u, and join them with generated ones"
        )
    if ordered[-1] < 1e-6:
        return (
            "but the penalty looks at the generated samples: draw u, and join them with real ones"
        )
    if ordered[-1] - ordered[0] < 1e-6:
        return f"but u is always {ordered[0]:.4g}: draw one for each sample in each call"
    return (
        f"but half of the points lie between {ordered[12]:.3g} and {ordered[-13]:.3g} of the way: draw "
        "u in the shape (n, 1, ..., 1), not one for each coordinate, and from U[0, 1]"
    )
