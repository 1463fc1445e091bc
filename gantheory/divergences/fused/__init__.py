"""∫ k(p, q) for many pairs of mixtures of standard families, as machine code: one rule for all of them.

A family says of which standard densities it is a sum, a functional which form it is; panels, nodes and
error rule are written once, here. Gauss-Kronrod panels (15, 31) (Piessens et al., 1983) begin and end at
kinks, are as wide as the narrowest component there asks for, and are halved where the error is large:
|K - G| with its odd companion, scaled down as null rules of ever higher degree fall (Berntsen and
Espelid, 1991). Where p and q nearly agree, log p - log q is formed from the
differences of their components' parameters. What does not settle is left to others.

Imported late, and not at all where there is no numba.
"""

from __future__ import annotations

from gantheory.divergences.fused.halving import integrals

__all__ = ["integrals"]
