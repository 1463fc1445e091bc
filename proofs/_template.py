r"""One sentence that names the theorem, as $\log x \le x - 1$ would be named by itself.

Statement
---------
Let $p$ and $q$ be densities. Introduce every quantity, then say what is true of it:

$$
\mathrm{KL}(p \,\|\, q) = \int p(x) \log\frac{p(x)}{q(x)} \,\mathrm{d}x \ge 0.
$$

Mathematics is LaTeX between `$` and `$$`; works are cited by their keys in works.bib.

Assumes   What has to be true of $p$, $q$ and the functions for the statement to make sense.
Source    [@cover2006, Theorem 2.6.3]; [@kullback1951] for the divergence.
"""

# Copy this file to pNNN_label.py, the hundreds of NNN being the chapter, fill it in, and run
# `gantheory verify pNNN_label.py`. At most 180 lines stand above the rule, and a third of them is prose.
#
# A page never prints, asserts, opens or saves anything, reads no clock, draws nothing without a seed,
# and never imports another page: it yields claims, and what rests on another page says so in `uses`.
# Everything in Theorem(...) is a literal, because pages are listed without being run.

import sympy as sp

from gantheory.theorems import Theorem, at_most, equal

theorem = Theorem(
    label="one-line-slug",  # lower-case words and hyphens; figures and citations carry it
    title=r"The formula, as $\mathrm{KL}(p \,\|\, q) \ge 0$, or the theorem's name",
    uses=(),  # labels of pages this one rests on: it stands only if they do
    covers=(),  # slugs that claims of the page carry as label=, of its refutations too
    errata=(),  # one sentence for each mistake of the literature: "[@key] prints $...$: it is $...$."
)

p, q = sp.symbols("p q", positive=True)  # the two densities at one point


def derive():
    r"""The proof, as one would say it in a lecture: every step, in order.

    The claims are its checkable lines, proved by SymPy for all values of the symbols. Their texts are
    short names, such as "the slope at D*": the program prints both sides. Hand derivatives, integrals,
    sums and limits over unevaluated (sp.Derivative, sp.Integral, sp.Sum, sp.Limit with its side):
    `equal` evaluates them, and witnesses the unevaluated form with numbers. Two sides that are one
    expression from the start prove nothing; a point where a side is undefined is left out by
    where={symbol: (low, high)}. Prove the global statement; $p = 0$ and $q = 0$ are claims of their own.
    """
    raise NotImplementedError("derive the statement, or delete this section and keep check")
    yield equal("the two sides", sp.log(p * q), sp.log(p) + sp.log(q))


def check():
    """What is computed, why on these pairs of densities, and what the numbers show.

    Compute the two sides by different integrands or integrators: one wrong integrator agrees with
    itself. A strict inequality needs only one. What the page computes itself is made by the makers
    of gantheory.evidence (summed, pointwise, in_norm, ...), which know its error bar and its route.
    """
    raise NotImplementedError("check the statement on numbers, or delete this section")
    yield at_most("N(0, 1) and N(1, 1)", ..., ...)


# Further sections, each optional, each with its prose, in this order:
#
# def certify():          before check: the same numbers enclosed by balls, rigorous to the last digit
# def search(seed):       what is drawn, and what would refute; at least 100 examples from this seed
# def simulate(seed):     what is run, with what statistic, and what it cannot exclude; the interval is
#                         made by evidence.mean_of or frequency, tolerance= says how wide it may be
#
# A section with a parameter `seed` is given the --seed of the command line, one with `full` whether
# --full is there: simulate(seed, full) makes more runs or steps then, and claims the same.


def refute():
    """Which mistakes people make, in which text, and why they are tempting.

    At least three false variants: a wrong sign, a lost factor, p and q swapped, a dropped log 4. All
    must come out refuted: a page that cannot say no proves nothing.
    """
    raise NotImplementedError("state three false variants that must be caught")
    yield equal("a lost sign", sp.log(p / q), sp.log(p) + sp.log(q))
    yield equal("a lost factor", sp.log(p**2), sp.log(p))
    yield equal("p and q swapped", sp.log(p / q), sp.log(q / p))


def figure():
    """What to see in the figure, which is returned; its style and its path are not the page's."""
    from matplotlib.figure import Figure

    raise NotImplementedError("draw the statement, or delete this section")
    return Figure()


# --- how the numbers are made ---------------------------------------------------------------------

# Below this rule: functions and pairs of densities that only make numbers.
