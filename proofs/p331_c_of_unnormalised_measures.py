r"""The constant of the criterion is $\log 2$ times the mass of data and model together.

Statement
---------
Let $p$ and $q$ be densities of measures with finite masses $M_p$ and $M_q$, let
$m = \frac{p + q}{2}$, and write $\mathrm{KL}(p \,\|\, m)$ for $\int p \log\frac{p}{m}\,\mathrm{d}x$
as if they were probabilities. Then the largest value of
$\int p \log D + q \log(1 - D)\,\mathrm{d}x$ over all $D$ is

$$C = \mathrm{KL}(p \,\|\, m) + \mathrm{KL}(q \,\|\, m) - (M_p + M_q) \log 2.$$

The sum of the two divergences is still at least $0$. Each of them alone may be negative, and is
bounded by

$$\mathrm{KL}(p \,\|\, m) \ge \frac{M_p - M_q}{2}, \quad
  \mathrm{KL}(q \,\|\, m) \ge \frac{M_q - M_p}{2}.$$

Assumes   $p$ and $q$ are non-negative and integrable; $\log$ is natural, $0 \log 0 = 0$.
Source    [@goodfellow2014, Theorem 1], whose proof uses the masses for $\log 4$ alone.
"""

import numpy as np
import sympy as sp
from scipy.special import xlogy

from gantheory import certified
from gantheory.densities import Normal, Uniform
from gantheory.divergences import skew_js_divergence
from gantheory.evidence import summed
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, equal

theorem = Theorem(
    label="c-of-unnormalised-measures",
    title=r"$C = \mathrm{KL}(p \,\|\, m) + \mathrm{KL}(q \,\|\, m) - (M_p + M_q) \log 2$ for all masses",
    uses=("c-equals-2jsd-minus-log4",),
    covers=("c-of-unnormalised-measures",),
)

# p, q: the densities of data and model at one point; M_p, M_q: the masses of the two measures
p, q, M_p, M_q = sp.symbols("p q M_p M_q", positive=True)
x, L = sp.symbols("x L", positive=True)  # a point of the line, the width of a uniform density
u = sp.Symbol("u", positive=True)  # a ratio of densities
m = (p + q) / 2
VALUE = p * sp.log(p / (p + q)) + q * sp.log(q / (p + q))  # what a point adds at the optimal D
TO_P, TO_Q = p * sp.log(p / m), q * sp.log(q / m)  # what it adds to the two divergences
LOG_2, LOG_4 = sp.log(2), sp.log(4)


def derive():
    r"""The proof of $C = 2\,\mathrm{JSD} - \log 4$, stopped one line before its end.

    Measures of other masses do occur. If a batch holds a share $\pi$ of real samples and one mean
    is taken over the whole batch, then the discriminator sees $\pi p$ and $(1 - \pi) q$.

    Nothing in the choice of $D$ at a point depends on the masses, so $D^* = \frac{p}{p + q}$ as
    before, and at every point $\log\frac{p}{p + q} = \log\frac{p}{m} - \log 2$. Multiplied by $p$,
    added to the same line for $q$ and integrated, this gives the theorem, because
    $\int (p + q)\,\mathrm{d}x = M_p + M_q$. Here it is for any weights on three points, and for two
    uniform measures of different widths, where part of the model's mass lies outside the data.

    The bounds come from $u \log u \ge u - 1$ with $u = \frac{p}{m}$, times $m$: at every point
    $p \log\frac{p}{m}$ is at least $p - m = \frac{p - q}{2}$. For $q$ it is the negative of that,
    and the sum is at least $0$.
    """
    data, model = sp.symbols("p_1:4", positive=True), sp.symbols("q_1:4", positive=True)
    points = [{p: a, q: b} for a, b in zip(data, model, strict=True)]
    yield equal(
        "any measures on three points",
        sum(VALUE.subs(point) for point in points),
        sum((TO_P + TO_Q).subs(point) for point in points) - (sum(data) + sum(model)) * LOG_2,
        label="c-of-unnormalised-measures",
    )
    heights = {p: M_p, q: M_q / L}
    yield equal(
        "M_p U[0, 1] and M_q U[0, L], L > 1",
        sp.Integral(VALUE.subs(heights), (x, 0, 1)),
        sp.Integral((TO_P + TO_Q).subs(heights), (x, 0, 1))
        + sp.Integral(heights[q] * LOG_2, (x, 1, L))
        - (M_p + M_q) * LOG_2,
        where={L: (1, sp.oo)},
    )
    yield at_least("u log u", u * sp.log(u), u - 1)
    yield equal("m times its bound, u = p/m", m * (u - 1).subs(u, p / m), (p - q) / 2)
    yield equal("the same for q, u = q/m", m * (u - 1).subs(u, q / m), (q - p) / 2)


def certify():
    r"""Both sides in balls, for two pairs of measures with the masses 3 and $\tfrac12$.

    $C$ is one integral and each divergence another. The divergence of the heavier measure exceeds its
    bound $\tfrac54$; that of the lighter one is negative, and above $-\tfrac54$.
    """
    heavy = {p: 3 * p, q: q / 2}
    for name, pair in PAIRS.items():
        found = [
            certified.integral(part.subs(heavy, simultaneous=True), *pair, bound=(3, 1), digits=15)
            for part in (VALUE, TO_P, TO_Q)
        ]
        yield equal(name, found[0], found[1] + found[2] - 7 * LOG_2 / 2)
        yield at_least(f"{name}: KL(p‖m)", found[1], sp.Rational(5, 4))
        yield at_least(f"{name}: KL(q‖m)", found[2], -sp.Rational(5, 4))
        yield at_least(f"{name}: and it is negative", 0, found[2])


def check():
    r"""A batch with a quarter of real samples, by quadrature and in balls.

    Here the measures are $\tfrac14 p$ and $\tfrac34 q$, and $C$ is the weighted
    $\mathrm{JSD}$ of $p$ and $q$ minus the entropy of the coin that chooses between them.
    """
    batch = {p: p / 4, q: 3 * q / 4}
    entropy = LOG_4 - sp.Rational(3, 4) * sp.log(3)
    for name, pair in PAIRS.items():
        term = VALUE.subs(batch, simultaneous=True)
        found = certified.integral(term, *pair, bound=(1, 1), digits=15)
        yield equal(name, skew_js_divergence(*pair, 0.25) - entropy, found)


def search(seed):
    r"""Random weights on at most six points, and random masses.

    The formula has to hold, $\mathrm{KL}(p \,\|\, m)$ to keep its bound, and no discriminator that is
    drawn may be worth more than $C$.
    """
    pairs = strategies.discrete_pairs(equal=False).flatmap(with_masses)
    yield survives("any masses", of_masses, pairs, seed=seed, examples=120)


def refute():
    r"""Which constant, and which sign, to expect.

    The $\log 4$ of the paper is two masses of one; it is tempting to keep it as a universal
    constant. Nor is the constant $\log 4$ times the mass of the data, as if the model had the same.
    And what is called a divergence may be negative here: for $M_p \delta_0$ and $M_q \delta_0$, two
    point masses at one place, $\mathrm{KL}(p \,\|\, m)$ is $M_p \log\frac{2 M_p}{M_p + M_q}$.
    """
    masses = {p: M_p, q: M_q}
    total = (TO_P + TO_Q).subs(masses)
    yield equal("log 4 for any masses", VALUE.subs(masses), total - LOG_4)
    yield equal("the data's mass counted twice", VALUE.subs(masses), total - M_p * LOG_4)
    yield at_least("each divergence is at least 0", TO_P.subs(masses), 0)


# --- how the numbers are made ---------------------------------------------------------------------

PAIRS = {
    "N(0, 1) and N(1, 2²)": (Normal(0, 1), Normal(1, 2)),
    "U[0, 2] and U[1, 4]": (Uniform(0, 2), Uniform(1, 4)),
}


def with_masses(pair):
    """The pair's weights, five times as much as shares of two masses, and shares that make a D."""
    masses, shares = strategies.simplices(2), strategies.simplices(len(pair[0].points))
    return masses.flatmap(lambda two: shares.map(lambda D: (*pair, 5 * two, D)))


def of_masses(example):
    """C of a D, and of the best one; the bound of one divergence."""
    data, model, masses, shares = example
    p, q = masses[0] * data.weights, masses[1] * model.weights
    both = divergence(p, q) + divergence(q, p) - LOG_2 * total(p, q) - 5  # C alone may be nearly 0
    yield equal("C - 5", both, value(p, q, p, q) - 5)
    yield at_least("the best D", both, value(p, q, 1 + shares, 2 - shares) - 5)
    yield at_least("KL(p‖m) + 5", divergence(p, q) + 5, (total(p) - total(q)) / 2 + 5)


@summed
def value(p, q, real, fake):
    """Σ p log D + q log(1 - D), D = real/(real + fake)."""
    whole = np.where(real + fake > 0, real + fake, 1)
    return xlogy(p, real / whole), xlogy(q, fake / whole)


@summed
def divergence(p, q):
    """KL(p‖m) = Σ p log(p/m)."""
    return xlogy(p, p / np.where(p + q > 0, (p + q) / 2, 1))


@summed
def total(*masses):
    """The mass of all points."""
    return list(masses)
