r"""A page's figure as LaTeX includes it, with the docstring of `figure` as its caption."""

from __future__ import annotations

from gantheory.book.reading import Page, one_line
from gantheory.book.typesetting import typeset


def as_float(page: Page, width: float | None = None) -> str:
    r"""Return the environment `figure` that includes LABEL, with its caption and `\label{fig:LABEL}`.

    Parameters
    ----------
    page:
        Its docstring of `figure` is the caption, its title what a list of figures says.
    width:
        In inches; by default that of the line.

    Raises
    ------
    PageError
        If the docstring cites an unknown work.
    """
    size = r"\linewidth" if width is None else f"{width:g}in"
    title = one_line(typeset(page.title))
    words = one_line(typeset(page.prose("figure"))) or title
    return "\n".join(
        (
            r"\begin{figure}",
            r"  \centering",
            rf"  \includegraphics[width={size}]{{{page.label}}}",
            rf"  \caption[{{{title}}}]{{{words}}}",
            rf"  \label{{fig:{page.label}}}",
            r"\end{figure}",
            "",
        )
    )
