"""Figures: on one machine the same bytes on every run; what is no figure does not stop the rest."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

from gantheory import figures
from gantheory.book import workers
from gantheory.book.planning import Entry, load
from gantheory.book.running import TIMEOUT

HEAD = """
from gantheory.theorems import Theorem
theorem = Theorem(label="{label}", title="T")
"""
GOOD = """
def figure(seed):
    import matplotlib.pyplot as plt
    import numpy as np
    from gantheory.figures import label_lines
    figure, axes = plt.subplots()
    axes.plot(np.random.default_rng(seed).normal(size=9), label="D*(x) ≤ 1")
    axes.fill_between([1, 2], [0, 1], alpha=0.3)
    axes.set_title("$V(D, G)$ and ∫ p log p")
    label_lines(axes)
    return figure
"""


WARNS = """
def figure():
    import warnings
    from matplotlib.figure import Figure
    warnings.warn("odd")
    return Figure()
"""


def entry(folder: Path, label: str, body: str) -> Entry:
    path = folder / f"p{len(list(folder.glob('*.py'))):02}_{label.replace('-', '_')}.py"
    path.write_text(HEAD.format(label=label) + body)
    return load(path, path.name)


def test_the_same_bytes_on_every_run(tmp_path: Path) -> None:
    good = entry(tmp_path, "good", GOOD)
    bytes_of = []
    for name, seed in (("one", 0), ("two", 0), ("three", 1)):
        out = tmp_path / name
        out.mkdir()
        [drawing] = figures.draw([good], out, figures.FORMATS, seed=seed)
        assert drawing.problem == ""
        assert sorted(f.name for f in out.iterdir()) == ["good.pdf", "good.png", "good.svg"]
        bytes_of.append([(out / f"good.{kind}").read_bytes() for kind in figures.FORMATS])
    assert bytes_of[0] == bytes_of[1]
    assert bytes_of[0] != bytes_of[2]
    svg, pdf, _ = bytes_of[0]
    assert b"<dc:date>" not in svg
    assert b"CreationDate" not in pdf


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("def figure():\n    raise ValueError('odd')", "figure: ValueError (line 5): odd"),
        (WARNS, "figure warns: UserWarning: odd"),
        ("def figure(): pass", "figure returned nothing"),
        pytest.param("def figure(): return 3", "a value of type int", marks=pytest.mark.slow),
        pytest.param(
            "def figure():\n    while True: pass",
            "figure did not end within 5 s of CPU time",
            marks=pytest.mark.slow,
        ),
        ("def figure():\n    import os; os._exit(0)", "figure did not come to its end"),
        pytest.param("def figure(): yield", "a value of type generator", marks=pytest.mark.slow),
        pytest.param("raise ValueError\ndef figure(): pass", "page: ValueError", marks=pytest.mark.slow),
        ("figure = 3", ""),
        ("def figure(:", "line 4:"),
    ],
)  # fmt: skip
def test_what_is_no_figure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, words: str
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    monkeypatch.setattr(workers, "PATIENCE", 100.0)
    limit = 5.0 if "while True" in body else TIMEOUT
    [drawing] = figures.draw([entry(tmp_path, "odd", body)], out, ("svg",), timeout=limit)
    assert words in drawing.problem
    assert drawing.missing == (not words)
    assert not list(out.iterdir())


def test_a_page_without_a_figure_and_two_of_one_label(tmp_path: Path) -> None:
    twins = [entry(tmp_path, "twin", ""), entry(tmp_path, "twin", "")]
    [alone] = figures.draw(twins[:1], tmp_path)
    assert alone == figures.Drawing("twin", missing=True)
    assert all("another page" in drawing.problem for drawing in figures.draw(twins, tmp_path))


def test_the_caption_is_what_the_page_says(tmp_path: Path) -> None:
    said = 'def figure(seed):\n    r"""$D^*$ at 100 %.\n\n    So says [@goodfellow2014].\n    """\n'
    good = entry(tmp_path, "good", GOOD.replace("def figure(seed):\n", said))
    bare = entry(tmp_path, "bare", GOOD)
    out = tmp_path / "out"
    out.mkdir()
    drawn = figures.draw([good, bare], out, ("pdf",), width=3.35, captions=True)
    assert [sorted(file.name for file in one.files) for one in drawn] == [
        ["good.pdf", "good.tex"],
        ["bare.pdf", "bare.tex"],
    ]
    text = (out / "good.tex").read_text()
    assert r"\includegraphics[width=3.35in]{good}" in text
    words = r"$D^*$ at 100 \%. So says Goodfellow et al.~\cite{goodfellow2014}."
    assert rf"\caption[{{T}}]{{{words}}}" in text
    assert r"\label{fig:good}" in text
    assert r"\caption[{T}]{T}" in (out / "bare.tex").read_text()
    assert b"/MediaBox [ 0 0 241.2 " in (out / "good.pdf").read_bytes()


def test_importing_draws_in_no_heavy_library() -> None:
    code = (
        "import sys, json, gantheory; first = set(sys.modules);"
        "import gantheory.figures, gantheory.cli;"
        "heavy = {'scipy', 'sympy', 'matplotlib', 'hypothesis'};"
        "print(json.dumps([sorted((heavy | {'numpy'}) & first), sorted(heavy & set(sys.modules))]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [[], []]
    assert importlib.util.find_spec("gantheory.figures")
