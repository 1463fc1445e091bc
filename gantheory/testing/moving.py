"""Densities of the line, moved and stretched: the same distribution in other coordinates."""

from __future__ import annotations

from typing import Any

from gantheory.densities import Mixture


def affine(p: Any, shift: float, factor: float) -> Any:
    """Return the distribution of shift + factor X for X ~ p, factor > 0.

    An Exponential has no shift: it is only stretched.
    """
    if hasattr(p, "components"):
        parts = tuple(affine(c, shift, factor) for c in p.components)
        return Mixture(parts, p.exact_weights)
    changed = dict(p.parameters())
    for name, value in changed.items():
        if name in ("loc", "low", "mode", "high"):
            changed[name] = shift + factor * value
        elif name == "scale":
            changed[name] = factor * value
        elif name == "rate":
            changed[name] = value / factor
    return type(p)(**changed)


def nudged(p: Any, move: float, stretch: float) -> Any:
    """Return p moved by `move` and stretched by `stretch`, both in units of its own scale.

    Components of a mixture are nudged each by its own scale; an Exponential is only stretched.
    """
    if hasattr(p, "components"):
        return Mixture(tuple(nudged(c, move, stretch) for c in p.components), p.exact_weights)
    changed = dict(p.parameters())
    if "rate" in changed:
        changed["rate"] *= 1 + (stretch or move)
    elif "scale" in changed:
        changed["loc"] += move * changed["scale"]
        changed["scale"] *= 1 + stretch
    else:
        width = changed["high"] - changed["low"]
        grown = {"low": 0.0, "high": width}
        if "mode" in changed:
            grown["mode"] = changed["mode"] - changed["low"]
        for name, offset in grown.items():
            changed[name] += move * width + stretch * offset
    return type(p)(**changed)
