"""How Sphinx makes the site: `python -m sphinx -W docs site`, from a checkout, without a network."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

from docutils.nodes import Element, SkipNode
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

from gantheory.book.words import meanings
from gantheory.tex import mathml_of

ROOT = Path(__file__).resolve().parent.parent
project = "gantheory"
author = copyright = "The gantheory developers"
release = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
napoleon_use_ivar = True
autodoc_typehints = "none"
autodoc_member_order = "bysource"
html_theme = "pydata_sphinx_theme"
html_title = "gantheory"
highlight_language = "none"
html_math_renderer = "mathml"
html_show_sourcelink = False
html_theme_options = {
    "github_url": "https://github.com/gantheory/gantheory",
    "navigation_with_keys": False,
    "show_toc_level": 2,
}

SPECIAL = re.compile(r"(?<!\\)([|*]|_\b)")
PAGE = re.compile(r"\[([a-z0-9-]+)\]\((\.\./)+proofs/p\w+\.py\)")
GRAPH = re.compile(r"```mermaid\n.*?```", re.S)


def plain_formulas(
    app: Sphinx, what: str, name: str, thing: object, options: object, lines: list[str]
) -> None:
    """Keep |x|, p*q and E_ in docstrings from being read as marks of reStructuredText."""
    for number, line in enumerate(lines):
        parts = line.split("`")  # odd ones are code
        parts[::2] = [SPECIAL.sub(r"\\\1", part) for part in parts[::2]]
        lines[number] = "`".join(parts)


def in_the_site(app: Sphinx, name: str, source: list[str]) -> None:
    """Lead to pages of the book as HTML; fill the glossary with the words of the output."""
    up = "../" * name.count("/")
    text = source[0]
    if app.config.book_result:
        text = PAGE.sub(rf'<a href="{up}book/pages/\1.html">\1</a>', text)
        text = GRAPH.sub(f'<a href="{up}book/graph.html">The graph of the book</a>', text)
    else:
        text = GRAPH.sub("The graph is in the report of the book.", text)
    if name == "glossary":
        text += "".join(f"## {word}\n\n{meaning}\n\n" for word, meaning in meanings().items())
    source[0] = text


def inline_math(self: HTML5Translator, node: Element) -> None:
    """Write a formula as MathML, by the writer of `gantheory report`."""
    self.body.append(mathml_of(node.astext()))
    raise SkipNode


def display_math(self: HTML5Translator, node: Element) -> None:
    """Write a displayed formula as MathML."""
    self.body.append(mathml_of(node.astext(), display=True))
    raise SkipNode


def write_book(app: Sphinx, problem: Exception | None) -> None:
    """Write the book beside the site, from the result that `gantheory verify --json` wrote."""
    if problem is None and app.config.book_result:
        words = ["report", "--from", app.config.book_result, "--out", str(app.outdir / "book")]
        subprocess.run([sys.executable, "-m", "gantheory", *words], check=True)


def setup(app: Sphinx) -> None:
    """Register what reads docstrings and texts, what writes formulas, and the book."""
    app.add_config_value("book_result", "", "html")
    app.add_html_math_renderer("mathml", (inline_math, None), (display_math, None))
    app.connect("autodoc-process-docstring", plain_formulas)
    app.connect("source-read", in_the_site)
    app.connect("build-finished", write_book)
