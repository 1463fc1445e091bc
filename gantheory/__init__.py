"""The theory of Generative Adversarial Networks as a book whose pages run.

Everything in `__init__.pyi` is reachable as `gantheory.NAME` and imported on first use.
"""

from __future__ import annotations

from typing import Any

import lazy_loader

_attribute, _, _names = lazy_loader.attach_stub(__name__, __file__)

__all__ = sorted([*_names, "__version__"])


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return _version()
    if name in _names:
        return _attribute(name)
    from difflib import get_close_matches

    near = get_close_matches(name, _names, n=1)
    hint = f": did you mean {near[0]}?" if near else ""
    raise AttributeError(f"module 'gantheory' has no attribute {name!r}{hint}")


def __dir__() -> list[str]:
    return __all__


def _version() -> str:
    """Return the version: from a checkout's pyproject.toml if there is one, else as installed."""
    import tomllib
    from importlib import metadata
    from pathlib import Path

    project = Path(__file__).resolve().parent.parent / "pyproject.toml"
    if project.is_file():
        try:
            declared = tomllib.loads(project.read_text(encoding="utf-8")).get("project", {})
        except (OSError, ValueError):
            declared = {}
        if declared.get("name") == "gantheory":
            return str(declared["version"])
    try:
        return metadata.version("gantheory")
    except metadata.PackageNotFoundError:
        return "0+unknown"
