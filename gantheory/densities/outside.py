"""Classes of densities that are not the package's own."""

from __future__ import annotations

import inspect

from gantheory.errors import InvalidDensity
from gantheory.provenance import PACKAGE


def refuse_changed_family(kind: type) -> None:
    """Refuse a class made from a family: much of what is known of that uses no method of it.

    Raises
    ------
    InvalidDensity
        Naming the family, and what to write instead.
    """
    for base in kind.__mro__[1:]:
        ours = base.__module__.partition(".")[0] == PACKAGE
        if ours and not inspect.isabstract(base):
            raise InvalidDensity(
                f"class {kind.__name__}({base.__name__}): a family of gantheory cannot be changed, as "
                "closed forms of it are known too; write as_density(pdf, support=(low, high))"
            )
