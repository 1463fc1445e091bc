"""What Hypothesis calls when it is imported: `st.from_type` then knows the densities and networks.

Every import of Hypothesis comes here where the package is installed. So no module of the package is
loaded: the types are registered when somebody loads them.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

TYPES: dict[str, dict[str, str]] = {
    "gantheory.densities": {
        "Cauchy": "cauchies",
        "Density1D": "densities",
        "Discrete": "discrete_distributions",
        "Exponential": "exponentials",
        "Laplace": "laplaces",
        "MultivariateNormal": "plane_normals",
        "Normal": "normals",
        "Product": "products",
        "StudentT": "student_ts",
        "Triangular": "triangulars",
        "Uniform": "uniforms",
    },
    "gantheory.nets": {"Network": "networks"},
}
"""For each module its types, and the strategy of `gantheory.testing.strategies` for each."""


def register() -> None:
    """Have the types of `TYPES` registered: now where their module is loaded, else when it is."""
    waiting = set()
    for name in TYPES:
        module = sys.modules.get(name)
        if module is not None and _loaded(module):
            _register(module)
        else:
            waiting.add(name)
    if waiting and not any(isinstance(finder, _Waiting) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Waiting(waiting))


def _loaded(module: ModuleType) -> bool:
    """Whether a module is there as a whole: Hypothesis may be imported while it loads."""
    spec = module.__spec__
    return spec is None or not getattr(spec, "_initializing", False)


def _register(module: ModuleType) -> None:
    from hypothesis import strategies as st

    for name, strategy in TYPES[module.__name__].items():
        known = getattr(module, name)
        st.register_type_strategy(known, _drawn(known, strategy))


def _drawn(known: type, strategy: str) -> Callable[[type], Any]:
    """Return what makes the strategy when it is asked for, for that very type alone.

    Where a suite asks for Hashable or another type that many have, Hypothesis draws from every type
    registered: ours stay out of that.
    """

    def made(asked: type) -> Any:
        if asked is not known:
            return NotImplemented
        from gantheory.testing import strategies

        return getattr(strategies, strategy)()

    return made


class _Waiting(MetaPathFinder):
    """Finds no module itself; has the types of some registered once they are loaded."""

    def __init__(self, names: set[str]) -> None:
        self.names = names

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec that the other finders give, with a loader that registers at the end."""
        if name not in self.names:
            return None
        self.names.discard(name)  # and so not again, when the others are asked
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            spec.loader = _Registering(spec.loader)
        return spec


class _Registering(Loader):
    """Loads a module as the loader given does, and has its types registered."""

    def __init__(self, loader: Loader) -> None:
        self.loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Return what the loader given makes."""
        return self.loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Run the module, as one of the loader given: nothing else shall see a difference."""
        module.__loader__ = self.loader
        if module.__spec__ is not None:
            module.__spec__.loader = self.loader
        self.loader.exec_module(module)
        _register(module)
