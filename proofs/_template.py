r"""One line that names the theorem.

Statement
---------
The theorem in plain text, with every quantity introduced: "Let p and q be densities ... Then ...".
Write mathematics as text or unicode: V(D, G) = E_p[log D] + E_q[log(1 - D)], p ≤ q, log 0 = -∞.

Assumes   What has to be true of p, q and the functions for the statement to make sense.
Source    Goodfellow et al. (2014), Proposition 1; a second work after a semicolon.
"""

# Copy this file to pNN_name.py, fill it in, and run `gantheory verify pNN_name.py`.
#
# A page never prints, asserts, opens or saves anything, reads no clock, draws nothing without a seed,
# and never imports another page: it yields claims, and what rests on another page says so in `uses`.
# Everything in Theorem(...) is a literal, because pages are listed without being run.

import sympy as sp

from gantheory.theorems import Theorem, at_most, equal

theorem = Theorem(
    label="one-line-slug",  # lower-case words and hyphens; figures and citations carry it
    title="The formula, or the theorem's name",
    uses=(),  # labels of pages this one rests on: it stands only if they do
    covers=(),  # slugs that this page, or one of its claims as label=, settles
    errata=(),  # one sentence for each mistake of the literature that the page sets right
)

p, q = sp.symbols("p q", positive=True)


def derive():
    """What SymPy proves for all values of the symbols.

    Hand derivatives, integrals, sums and limits over unevaluated (sp.Derivative, sp.Integral, sp.Sum,
    sp.Limit with its side): `equal` evaluates them, and witnesses the unevaluated form with numbers:
    SymPy is sometimes wrong. Two sides that are one expression from the start prove nothing; a point
    where a side is undefined is left out by where={symbol: (low, high)}.
    Prove the global statement, not only the local one; give p = 0 and q = 0 claims of their own.
    """
    raise NotImplementedError("derive the statement, or delete this section and keep check")
    yield equal("the two sides agree", sp.log(p * q), sp.log(p) + sp.log(q))


def check():
    """What numbers with error bars confirm, on a few telling pairs of densities.

    Compute the two sides by different integrands or integrators: one wrong integrator agrees with
    itself. A strict inequality needs only one. What the page computes itself is made by the makers
    of gantheory.evidence (summed, pointwise, in_norm, ...), which know its error bar and its route.
    """
    raise NotImplementedError("check the statement on numbers, or delete this section")
    yield at_most("the left side is the smaller one", ..., ...)


# Further sections, each optional:
#
# def certify():          the same numbers enclosed by balls: rigorous to the last digit
# def search(seed):       a hunt for counterexamples; at least 100 examples, drawn from this seed
# def simulate(seed):     a statistic with its confidence interval, by evidence.mean_of or frequency;
#                         tolerance= says how wide the interval may be
#
# A section with a parameter `seed` is given the --seed of the command line.


def refute():
    """At least three false variants, each a mistake people really make; all must come out failed.

    A wrong sign, a lost factor, p and q swapped, a dropped log 4. A page that cannot say no
    proves nothing.
    """
    raise NotImplementedError("state three false variants that must be caught")
    yield equal("with the sign lost", sp.log(p / q), sp.log(p) + sp.log(q))
    yield equal("with a factor lost", sp.log(p**2), sp.log(p))
    yield equal("with p and q swapped", sp.log(p / q), sp.log(q / p))


def figure():
    """Return the Figure that explains the statement; its style and its path are not the page's."""
    from matplotlib.figure import Figure

    raise NotImplementedError("draw the statement, or delete this section")
    return Figure()
