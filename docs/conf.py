"""How Sphinx makes the site: `python -m sphinx -W docs site`, from a checkout, without a network."""

import re
import tomllib
from pathlib import Path

from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parent.parent
project = "gantheory"
author = copyright = "The gantheory developers"
release = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
html_theme = "pydata_sphinx_theme"
html_title = "gantheory"
html_theme_options = {
    "github_url": "https://github.com/gantheory/gantheory",
    "navigation_with_keys": False,
    "show_toc_level": 2,
}
html_show_sourcelink = False
autodoc_typehints = "none"
autodoc_member_order = "bysource"
nitpicky = False
SPECIAL = re.compile(r"(?<!\\)([|*]|_\b)")


def plain_formulas(
    app: Sphinx, what: str, name: str, thing: object, options: object, lines: list[str]
) -> None:
    """Keep |x|, p*q and E_ in docstrings from being read as marks of reStructuredText."""
    for number, line in enumerate(lines):
        parts = line.split("`")  # odd ones are code
        parts[::2] = [SPECIAL.sub(r"\\\1", part) for part in parts[::2]]
        lines[number] = "`".join(parts)


def setup(app: Sphinx) -> None:
    """Register what reads docstrings, and links into the book."""
    app.connect("autodoc-process-docstring", plain_formulas)
