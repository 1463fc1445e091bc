r"""The criterion is lower semicontinuous, but not continuous: models near the data may have a large $C$.

Statement
---------
Let the models $q_n$ converge in distribution to $q$. Then $\liminf C(q_n) \ge C(q)$: in the limit $C$
may fall, but it cannot rise. Equality may fail. For data $p = U[0, 1]$ and a number $k > 1$ let $q_n$
be the uniform density on the first $1/k$ of each of $n$ equal parts of $[0, 1]$, a comb of $n$ teeth.
As $n \to \infty$ its distance to the data vanishes, and $C$ does not change:

$$W_1(p, q_n) = \frac{k - 1}{2kn} \to 0, \quad
C(q_n) = \frac1k \log \frac1{1 + k} + \log \frac{k}{1 + k} > -\log 4 = C(p).$$

Assumes   $p$ and the models are densities on the line; for $W_1$, with a mean.
Source    [@arjovsky2017principled] for divergences that do not follow convergence in distribution;
          [@villani2009] for $W_1$; the example is computed here.
"""

from fractions import Fraction

import numpy as np
import sympy as sp

from gantheory import certified
from gantheory.densities import Laplace, Mixture, Normal, Uniform
from gantheory.divergences import wasserstein_1
from gantheory.evidence import pointwise
from gantheory.game import optimal_discriminator, value_function, virtual_training_criterion
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, converges, equal, increasing

theorem = Theorem(
    label="c-is-lower-semicontinuous",
    title=r"$C$ is lower semicontinuous, but not continuous",
    uses=("optimal-discriminator", "virtual-criterion", "u-affine-c-convex-in-pg"),
)

k, n = sp.symbols("k n", positive=True)  # a tooth covers 1/k of its part; the number of teeth
u = sp.Symbol("u", positive=True)
LEVEL = sp.log(1 / (1 + k)) / k + sp.log(k / (1 + k))  # C of a comb


def derive():
    r"""Why $C$ cannot rise in the limit, and why it may fall.

    Take a discriminator whose logit is continuous and bounded. Then $\log(1 - D)$ is a bounded
    continuous function, and convergence in distribution is the convergence of the expectations of all
    such functions. So $U(q_n, D) \to U(q, D)$, and $\liminf C(q_n) \ge U(q, D)$. Bounded continuous
    logits reach $C(q)$ in the supremum, because any logit can be cut off and smoothed at a small loss.
    This is the usual argument for suprema of continuous functions; `check` shows the loss in an example.

    Now the comb. On its teeth $p = 1$ and $q_n = k$, so $D^* = 1/(1 + k)$; elsewhere $D^* = 1$. The
    teeth hold $1/k$ of the data and the whole model, which gives the $C$ of the statement, for every
    $n$. For $k \to 1$ it is $-\log 4$; for narrow teeth, $k \to \infty$, it tends to 0, the largest
    value that $C$ has at all. It increases with $k$: its derivative is $\log(1 + k)/k^2$.

    The distance $W_1$ is what it costs to spread every tooth over its part. A point at the share $u$ of
    a tooth is at the share $u/k$ of the part, and moves to $u$. The parts have the length $1/n$, so it
    moves by $u\,(1 - \tfrac1k)/n$, and the mean over all $u$ is the distance of the statement.
    """
    value = (sp.log(1 / (1 + k)) + k * sp.log(k / (1 + k))) / k
    yield equal("C of a comb, teeth of density k", value, LEVEL)
    yield equal("C for wide teeth, k → 1", sp.Limit(LEVEL, k, 1, "+"), -sp.log(4))
    yield equal("C for narrow teeth, k → ∞", sp.Limit(LEVEL, k, sp.oo), 0)
    yield equal("slope of C in k", sp.Derivative(LEVEL, k), sp.log(1 + k) / k**2)

    # W_1
    moved = sp.Integral(u * (1 - 1 / k) / n, (u, 0, 1))
    yield equal("W_1 of a comb", moved, (k - 1) / (2 * k * n))
    yield equal("W_1 for many teeth", sp.Limit((k - 1) / (2 * k * n), n, sp.oo), 0)


def certify():
    r"""$C$ of a comb for all widths of the teeth, and of three combs, in balls.

    From $k = \tfrac{101}{100}$ to 1000 the value of the statement rises with $k$: the narrower the
    teeth, the worse. The combs of 1, 3 and 5 teeth have the value for $k = 8$, from the definition.
    """
    yield increasing("C of a comb over k", LEVEL, where={k: (sp.Rational(101, 100), 1000)})
    for teeth in (1, 3, 5):
        found = certified.virtual_training_criterion(Uniform(0, 1), comb(teeth), digits=15)
        yield equal(f"C, {teeth} teeth, in balls", found, LEVEL.subs(k, 8))


def check():
    r"""A logit that is cut off, and combs with 1, 3 and 12 teeth.

    Data $\mathcal{N}(0, 1)$ and model $\mathcal{N}(3, 1)$ have the best logit $\tfrac92 - 3x$, which is
    not bounded. Cut off at $\pm 2, \pm 4, \dots, \pm 32$ it is bounded and continuous, and its value
    converges to $C$.

    The combs cover an eighth of each part, $k = 8$. Their $C$ is $-0.39\dots$ for all three, while
    $W_1 = 7/(16n)$ falls from 0.44 to 0.04.
    """
    pair = Normal(0, 1), Normal(3, 1)
    values = [value_function(*pair, cut_off(most)) for most in (2, 4, 8, 16, 32)]
    best = certified.virtual_training_criterion(*pair)
    yield converges("V with the logit cut off at 2, 4, 8, 16, 32", values, best)
    for teeth in (1, 3, 12):
        pair = Uniform(0, 1), comb(teeth)
        yield equal(f"C, {teeth} teeth", virtual_training_criterion(*pair), LEVEL.subs(k, 8))
        yield equal(f"W_1, {teeth} teeth", wasserstein_1(*pair), sp.Rational(7, 16 * teeth))


def search(seed):
    r"""Teeth anywhere in their parts, two or three of them.

    $C$ depends on the width of the teeth alone. A comb with another $C$ would refute that.
    """
    drawn = strategies.markov_kernels(1, 6)
    yield survives("teeth at random places", anywhere, drawn, seed=seed, examples=105)


def refute():
    r"""Four mistakes about limits of $C$.

    That $C$ is continuous is assumed whenever "the model is near the data" is taken for "$C$ is near
    $-\log 4$"; the comb with 12 teeth is $7/192$ away in $W_1$. The formula with the model's half alone
    forgets the data on the teeth, which the discriminator takes for generated. A logit cut off at 2 does
    not reach $C$ for distant densities. And $C$ does not become smaller with more teeth, although the
    picture looks more and more like the data.
    """
    found = virtual_training_criterion(Uniform(0, 1), comb(12))
    yield at_most("C is continuous", found, -1.3)
    yield equal("the model's half alone", found, sp.log(sp.Rational(8, 9)))
    pair = Normal(0, 1), Normal(3, 1)
    best = virtual_training_criterion(*pair)
    yield at_least("a logit cut off at 2 reaches C", value_function(*pair, cut_off(2)), best)
    one = virtual_training_criterion(Uniform(0, 1), comb(1))
    yield at_most("more teeth, smaller C", found, one - Fraction(1, 1000))


# --- how the numbers are made ---------------------------------------------------------------------


def cut_off(most):
    """The logit 9/2 - 3 x, cut off at ± most: D* of two Laplace densities, times 3/2."""
    left, right = (
        Laplace(Fraction(3, 2) + end, 1) for end in (-Fraction(most, 3), Fraction(most, 3))
    )
    return 1.5 * optimal_discriminator(left, right)


def comb(count):
    """The uniform density on the first eighth of each of n equal parts of [0, 1]."""
    whole = 8 * count
    teeth = [Uniform(Fraction(8 * j, whole), Fraction(8 * j + 1, whole)) for j in range(count)]
    return Mixture(tuple(teeth), (Fraction(1, count),) * count) if count > 1 else teeth[0]


def anywhere(rows):
    """C of a comb with the density k, from 1 to 10, and teeth at drawn places."""
    shares = [Fraction(float(x)) for x in rows[0]]
    count, width = 2 + int(20 * shares[0]) % 2, Fraction(1) / (1 + 9 * shares[1])
    starts = [(j + (1 - width) * shares[j]) / count for j in range(count)]
    teeth = tuple(Uniform(start, start + width / count) for start in starts)
    model = Mixture(teeth, (Fraction(1, count),) * count)
    found = certified.virtual_training_criterion(Uniform(0, 1), model, digits=12)
    return equal("C", found - 1, level(float(1 / width)) - 1)


@pointwise
def level(k):
    """log(1/(1 + k))/k + log(k/(1 + k))."""
    return -np.log1p(k) / k - np.log1p(1 / k)
