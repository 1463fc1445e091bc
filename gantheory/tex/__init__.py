"""LaTeX as pages write it, for terminals, browsers and TeX."""

from __future__ import annotations

from gantheory.tex.escaping import escape
from gantheory.tex.mathematics import unicode_of
from gantheory.tex.mathml import mathml_of, mathml_parts

__all__ = ["escape", "mathml_of", "mathml_parts", "unicode_of"]
