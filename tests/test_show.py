r"""A page as text and as LaTeX, and the book; where a TeX engine is installed, it sets them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from gantheory.book import bundled_folder, page_files, read_page
from gantheory.book.chapters import Chapter, chapter_of
from gantheory.book.document import as_book, as_latex
from gantheory.book.planning import load, plan
from gantheory.book.prose import plain, wrapped
from gantheory.book.showing import as_bibtex, as_text
from gantheory.book.typesetting import typeset
from gantheory.errors import PageError
from gantheory.tex import escape
from gantheory.tex.macros import ACCENTS, ALPHABETS, SILENT, SPACES, SYMBOLS

PAGE = r'''r"""The slope of a square root.

Statement
---------
Let $x > 0$. Then, for *every* such $x$,

$$
\frac{\mathrm{d}}{\mathrm{d}x} \sqrt{x} = \frac{1}{2\sqrt{x}} \ge 0,
$$

as [@lin1991, Theorem 1] says.

- one item
- another, with $x_0$

Assumes   $x$ is real & finite.
Source    [@goodfellow2014, Proposition 1]; [@roysdon] for the rest.
"""
theorem = Theorem(
    label="slope", title=r"$\sqrt{x}$ rises", uses=("base",),
    errata=(r"[@annotated2017] prints $\sqrt{x}/2$.",),
)


def derive():
    """Divide $\sqrt{x + h} - \sqrt{x}$ by $h$: 100 % of the proof."""


def refute():
    r"""The factor $\frac12$ is easily lost: `sqrt`."""
'''.replace('    """Divide', '    r"""Divide')


@pytest.fixture
def page(tmp_path: Path):
    file = tmp_path / "p212_slope.py"
    file.write_text(PAGE, encoding="utf-8")
    return read_page(file, file.name)


def test_plain() -> None:
    assert (
        plain(r"$D^*$ of [@lin1991, Theorem 1], *so* `D*`")
        == "D* of Lin (1991), Theorem 1, *so* `D*`"
    )
    assert plain("V(D) = E_p[log D], 1 - D*") == "V(D) = E_p[log D], 1 - D*"
    broken = r"$\fraq{a}{b}$ and [@nobody1900] and $5"
    assert plain(broken) == broken


def test_wrapped() -> None:
    text = r"""One long line of words ends in a formula: $p(x) + q(x) = 1$ and goes on.
    It is $$\begin{aligned} a &= b \\ &= c \end{aligned}$$ here.

        1  2
        3  4

    - an item of a list that is longer than the line is wide
    - another"""
    assert wrapped(text, 50).splitlines() == [
        "One long line of words ends in a formula:",
        "p(x) + q(x) = 1 and goes on. It is",
        "",
        "    a = b",
        "      = c",
        "",
        "here.",
        "",
        "    1  2",
        "    3  4",
        "",
        "- an item of a list that is longer than the line",
        "  is wide",
        "- another",
    ]


def test_a_formula_wider_than_the_terminal_is_broken_at_spaces() -> None:
    lines = wrapped("$$" + " + ".join("abcdefgh") + "$$", 30).splitlines()
    assert lines == ["    a + b + c + d + e + f + g", "        + h"]


def test_a_page_as_text(page) -> None:
    assert as_text(page).splitlines() == [
        "√x rises",
        "slope  ·  chapter 2, The discriminator  ·  p212_slope.py",
        "",
        "Statement",
        "---------",
        "Let x > 0. Then, for *every* such x,",
        "",
        "    (d/dx) √x = 1/(2√x) ≥ 0,",
        "",
        "as Lin (1991), Theorem 1 says.",
        "",
        "- one item",
        "- another, with x₀",
        "",
        "Assumptions",
        "-----------",
        "x is real & finite.",
        "",
        "Source",
        "------",
        "Goodfellow et al. (2014), Proposition 1; Roysdon for the rest.",
        "",
        "Proof",
        "-----",
        "Divide √(x + h) - √x by h: 100 % of the proof.",
        "",
        "Mistakes",
        "--------",
        "The factor ½ is easily lost: `sqrt`.",
        "",
        "Uses",
        "----",
        "base",
        "",
        "Errata",
        "------",
        "- “An Annotated Proof” (2017) prints √x/2.",
    ]
    assert as_text(page, code=True).endswith('is easily lost: `sqrt`."""')
    assert as_text(page, ["line 3: no"]).endswith("Faults\n------\n- line 3: no")


def test_a_page_as_latex(page) -> None:
    assert as_latex(page).splitlines()[2:] == [
        r"\begin{theorem}[{$\sqrt{x}$ rises}]",
        r"\label{thm:slope}",
        r"Let $x > 0$. Then, for \emph{every} such $x$,",
        r"\[",
        r"\frac{\mathrm{d}}{\mathrm{d}x} \sqrt{x} = \frac{1}{2\sqrt{x}} \ge 0,",
        r"\]",
        r"as Lin~\cite[Theorem 1]{lin1991} says.",
        "",
        r"\begin{itemize}",
        r"\item one item",
        r"\item another, with $x_0$",
        r"\end{itemize}",
        "",
        r"\noindent\textup{Assumptions.} $x$ is real \& finite.",
        r"\end{theorem}",
        "",
        r"\noindent\textit{Source.} Goodfellow et al.~\cite[Proposition 1]{goodfellow2014}; "
        r"Roysdon~\cite{roysdon} for the rest.",
        "",
        r"\begin{proof}",
        r"Divide $\sqrt{x + h} - \sqrt{x}$ by $h$: 100 \% of the proof.",
        r"\end{proof}",
        "",
        r"\paragraph{Mistakes.}",
        r"The factor $\frac12$ is easily lost: \texttt{sqrt}.",
        "",
        r"\paragraph{Errata.}",
        r"\begin{itemize}",
        r"\item ``An Annotated Proof''~\cite{annotated2017} prints $\sqrt{x}/2$.",
        r"\end{itemize}",
    ]
    keys = [line[1:-1].split("{")[1] for line in as_bibtex(page).splitlines() if line[:1] == "@"]
    assert keys == ["annotated2017", "goodfellow2014", "lin1991", "roysdon"]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (
            r"\ge 0",
            r"\gee 0",
            r"line 7: $\frac{\mathrm{d}}{\mathrm{d}x}",
        ),
        ("Let $x", "Let x", "line 5: $, has no second $"),
        ("lin1991", "lin1919", "line 11: [@lin1919] cites a work that is not in works.bib; did"),
        ('title=r"', 'title="', "line 20: write r before the quotes"),
        (r"prints $\sqrt{x}/2$", "prints $√x$", "line 21: $√x$: '√' is not LaTeX"),
        (r"\frac12$ is", r"\frac1$ is", r"line 30: $\frac1$: End of input"),
        ("x + h}", "x + h", r"line 26: $\sqrt{x + h - \sqrt{x}$: its braces do not match"),
    ],
)
def test_faults_of_the_text_are_faults_of_the_page(
    tmp_path: Path, old: str, new: str, fault: str
) -> None:
    file = tmp_path / "p212_slope.py"
    assert PAGE.count(old) == 1
    file.write_text(PAGE.replace(old, new), encoding="utf-8")
    [entry] = [entry for entry in plan([file]) if entry.asked]
    assert any(found.startswith(fault) for found in entry.faults), entry.faults
    with pytest.raises(PageError):
        as_latex(load(file, file.name).page)


def test_chapters(page, tmp_path: Path) -> None:
    assert chapter_of(page) == Chapter(2, "The discriminator")
    for name, number in (("p01_a", None), ("p140_a", 1), ("p1499_a", 14), ("p1500_a", None)):
        file = tmp_path / f"{name}.py"
        file.write_text(PAGE, encoding="utf-8")
        found = chapter_of(read_page(file))
        assert (found.number if found else None) == number


def test_the_book(page, tmp_path: Path) -> None:
    file = tmp_path / "p301_base.py"
    file.write_text(PAGE.replace("slope", "base").replace('uses=("base",)', "uses=()"))
    text = as_book([page, read_page(file)])
    order = [
        r"\setcounter{chapter}{1}",
        r"\chapter{The discriminator}",
        r"\section{$\sqrt{x}$ rises}",
        r"\label{thm:slope}",
        r"\noindent\textit{Rests on} Theorem~\ref{thm:base}.",
        r"\chapter{The criterion}",
        r"\label{thm:base}",
        r"\begin{thebibliography}",
        r"\bibitem{annotated2017}",
        r"\bibitem{goodfellow2014}",
        r"\bibitem{lin1991}",
        r"\bibitem{roysdon}",
        r"\end{document}",
    ]
    assert sorted(order, key=text.index) == order
    assert text.count(r"\bibitem") == 4
    assert r"\ref" not in as_book([page])  # the page that it uses is not there
    set_by_tex(tmp_path, text, times=3)


# --- set by TeX ----------------------------------------------------------------------------------

ENGINES = ("pdflatex", "xelatex", "lualatex", "tectonic")
PREAMBLE = (
    r"\documentclass{article}\usepackage{amsmath,amssymb,amsthm}\newtheorem{theorem}{Theorem}"
)


def set_by_tex(folder: Path, text: str, times: int = 1) -> None:
    """Set the text, so often that its references have to be right if that is more than once."""
    engine = next(filter(shutil.which, ENGINES), None)
    if engine is None:
        pytest.skip(f"none of {', '.join(ENGINES)} is installed: no LaTeX was set")
    (folder / "text.tex").write_text(text, encoding="ascii")
    options = [] if engine == "tectonic" else ["-interaction=nonstopmode", "-halt-on-error"]
    for _ in range(times):
        done = subprocess.run(
            [engine, *options, "text.tex"], cwd=folder, capture_output=True, text=True, timeout=600,
            errors="replace",
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-2000:]
    for word in ("undefined", "multiply", "Rerun") if times > 1 else ():
        assert word not in done.stdout


def document(*parts: str) -> str:
    return "\n\n".join([PREAMBLE, r"\begin{document}", *parts, r"\end{document}"])


def book() -> list:
    return [read_page(path, path.name) for path in page_files(bundled_folder())]


def test_tex_sets_the_whole_book(tmp_path: Path) -> None:
    set_by_tex(tmp_path, as_book(book()), times=3)


def test_tex_sets_single_pages(tmp_path: Path, page) -> None:
    pages = [page, read_page(bundled_folder() / "_template.py"), *book()]
    set_by_tex(tmp_path, document(*map(as_latex, pages)))


def test_tex_knows_every_macro(tmp_path: Path) -> None:
    before = {"limits": r"\int", "nolimits": r"\int"}
    symbols = [rf"${before.get(name, '')}\{name}($" for name in SYMBOLS.keys() | SILENT | SPACES]
    letters = [rf"$\{name}{{A}}$" for name in (*ACCENTS, *ALPHABETS)]
    set_by_tex(tmp_path, document(*symbols, *letters))


def test_tex_sets_every_character_that_escape_knows(tmp_path: Path) -> None:
    known = [c for c in map(chr, range(32, 0x3000)) if "U+" not in escape(c)]
    assert len(known) > 400
    set_by_tex(tmp_path, document("\n\n".join(map(escape, known))))


def test_typeset_leaves_nothing_but_ascii() -> None:
    assert typeset("“é” ∫ x² dx ≤ ½ – done").isascii()
