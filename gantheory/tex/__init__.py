"""LaTeX as pages write it, for terminals and for TeX."""

from __future__ import annotations

from gantheory.tex.escaping import escape
from gantheory.tex.mathematics import unicode_of

__all__ = ["escape", "unicode_of"]
