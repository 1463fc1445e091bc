"""The literature that pages cite, as BibTeX."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gantheory.book.latex import escape
from gantheory.book.reading import Page, one_line


@dataclass(frozen=True)
class Work:
    """One known work: its key, a pattern that a Source line citing it matches, and its entry."""

    key: str
    pattern: str
    kind: str
    fields: tuple[tuple[str, str], ...]

    @property
    def bibtex(self) -> str:
        """The BibTeX entry."""
        return entry(self.kind, self.key, self.fields)


def entry(kind: str, key: str, fields: tuple[tuple[str, str], ...]) -> str:
    """Return a BibTeX entry."""
    width = max(len(name) for name, _ in fields)
    lines = [f"  {name:{width}} = {{{value}}}," for name, value in fields]
    return "\n".join([f"@{kind}{{{key},", *lines, "}"])


def _work(key: str, pattern: str, kind: str, **fields: str) -> Work:
    return Work(key, pattern, kind, tuple(fields.items()))


WORKS = (
    _work(
        "goodfellow2014",
        r"Goodfellow\b.*\b2014",
        "inproceedings",
        author="Goodfellow, Ian J. and Pouget-Abadie, Jean and Mirza, Mehdi and Xu, Bing and "
        "Warde-Farley, David and Ozair, Sherjil and Courville, Aaron and Bengio, Yoshua",
        title="Generative Adversarial Nets",
        booktitle="Advances in Neural Information Processing Systems",
        volume="27",
        pages="2672--2680",
        year="2014",
    ),
    _work(
        "arjovsky2017wasserstein",
        r"Arjovsky,? (?:Chintala\b|et al\b).*\b2017",
        "inproceedings",
        author="Arjovsky, Martin and Chintala, Soumith and Bottou, L{\\'e}on",
        title="{W}asserstein Generative Adversarial Networks",
        booktitle="Proceedings of the 34th International Conference on Machine Learning",
        series="PMLR",
        volume="70",
        pages="214--223",
        year="2017",
    ),
    _work(
        "arjovsky2017principled",
        r"Arjovsky (?:and|&) Bottou\b.*\b2017",
        "inproceedings",
        author="Arjovsky, Martin and Bottou, L{\\'e}on",
        title="Towards Principled Methods for Training Generative Adversarial Networks",
        booktitle="International Conference on Learning Representations",
        year="2017",
    ),
    _work(
        "endres2003",
        r"Endres\b.*\b2003",
        "article",
        author="Endres, Dominik M. and Schindelin, Johannes E.",
        title="A New Metric for Probability Distributions",
        journal="IEEE Transactions on Information Theory",
        volume="49",
        number="7",
        pages="1858--1860",
        year="2003",
    ),
    _work(
        "osterreicher2003",
        r"(?:Ö|O|Oe)sterreicher\b.*\b2003",
        "article",
        author='{\\"O}sterreicher, Ferdinand and Vajda, Igor',
        title="A New Class of Metric Divergences on Probability Spaces and its Applicability in "
        "Statistics",
        journal="Annals of the Institute of Statistical Mathematics",
        volume="55",
        number="3",
        pages="639--653",
        year="2003",
    ),
    _work(
        "lin1991",
        r"\bLin\b.*\b1991",
        "article",
        author="Lin, Jianhua",
        title="Divergence Measures Based on the {S}hannon Entropy",
        journal="IEEE Transactions on Information Theory",
        volume="37",
        number="1",
        pages="145--151",
        year="1991",
    ),
    _work(
        "nowozin2016",
        r"Nowozin\b.*\b2016",
        "inproceedings",
        author="Nowozin, Sebastian and Cseke, Botond and Tomioka, Ryota",
        title="$f$-{GAN}: Training Generative Neural Samplers using Variational Divergence "
        "Minimization",
        booktitle="Advances in Neural Information Processing Systems",
        volume="29",
        year="2016",
    ),
    _work(
        "sugiyama2012",
        r"Sugiyama\b.*\b2012",
        "book",
        author="Sugiyama, Masashi and Suzuki, Taiji and Kanamori, Takafumi",
        title="Density Ratio Estimation in Machine Learning",
        publisher="Cambridge University Press",
        year="2012",
    ),
    _work(
        "kullback1951",
        r"Kullback\b.*\b1951",
        "article",
        author="Kullback, Solomon and Leibler, Richard A.",
        title="On Information and Sufficiency",
        journal="The Annals of Mathematical Statistics",
        volume="22",
        number="1",
        pages="79--86",
        year="1951",
    ),
    _work(
        "cover2006",
        r"\bCover\b.*\b2006",
        "book",
        author="Cover, Thomas M. and Thomas, Joy A.",
        title="Elements of Information Theory",
        edition="2nd",
        publisher="Wiley",
        year="2006",
    ),
    _work(
        "villani2009",
        r"Villani\b.*\b2009",
        "book",
        author="Villani, C{\\'e}dric",
        title="Optimal Transport: Old and New",
        series="Grundlehren der mathematischen Wissenschaften",
        volume="338",
        publisher="Springer",
        year="2009",
    ),
    _work(
        "topsoe2000",
        r"Tops(?:ø|o|oe)e\b.*\b2000",
        "article",
        author="Tops{\\o}e, Flemming",
        title="Some Inequalities for Information Divergence and Related Measures of Discrimination",
        journal="IEEE Transactions on Information Theory",
        volume="46",
        number="4",
        pages="1602--1609",
        year="2000",
    ),
    _work(
        "nielsen2019",
        r"Nielsen\b.*\b2019",
        "article",
        author="Nielsen, Frank",
        title="On the {J}ensen--{S}hannon Symmetrization of Distances Relying on Abstract Means",
        journal="Entropy",
        volume="21",
        number="5",
        pages="485",
        year="2019",
    ),
    _work(
        "gulrajani2017",
        r"Gulrajani\b.*\b2017",
        "inproceedings",
        author="Gulrajani, Ishaan and Ahmed, Faruk and Arjovsky, Martin and Dumoulin, Vincent and "
        "Courville, Aaron",
        title="Improved Training of {W}asserstein {GAN}s",
        booktitle="Advances in Neural Information Processing Systems",
        volume="30",
        year="2017",
    ),
    _work(
        "mohamed2016",
        r"Mohamed\b.*\b2016",
        "misc",
        author="Mohamed, Shakir and Lakshminarayanan, Balaji",
        title="Learning in Implicit Generative Models",
        howpublished="arXiv:1610.03483",
        year="2016",
    ),
)
"""Known works; the first whose pattern a citation matches is the one meant."""


def cited(page: Page) -> list[tuple[str, str]]:
    """Return (key, BibTeX entry) for each citation of the page's Source, separated by semicolons.

    A citation of an unknown work becomes a @misc with the citation as its note.
    """
    found: dict[str, str] = {}
    for number, citation in enumerate(_citations(page.source), start=1):
        known = [work for work in WORKS if re.search(work.pattern, citation)]
        if known:
            found[known[0].key] = known[0].bibtex
        else:
            key = f"{page.label}-{number}"
            found[key] = entry("misc", key, (("note", escape(citation)),))
    return list(found.items())


def _citations(source: str) -> Iterator[str]:
    for part in one_line(source).split(";"):
        if part.strip():
            yield part.strip()
