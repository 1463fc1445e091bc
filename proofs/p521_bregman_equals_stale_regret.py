r"""The distance of $C$ from its tangent is the regret of an old discriminator, and a divergence.

Statement
---------
Let the model move from $q$ to $r$ while the discriminator stays $D^*_q$. What it loses is the remainder
of the first-order expansion of $C$, the Bregman divergence of $C$:

$$\begin{aligned}
C(r) - C(q) - \int \log(1 - D^*_q)\,(r - q) \,\mathrm{d}x
&= \int (p + r)\,\mathrm{kl}(D^*_r \,\|\, D^*_q) \,\mathrm{d}x \\
&= \mathrm{KL}(r \,\|\, q) - 2\,\mathrm{KL}(\tfrac12(p + r) \,\|\, \tfrac12(p + q)).
\end{aligned}$$

It lies between 0 and $\mathrm{KL}(r \,\|\, q)$. The lower bound says that $C$ is convex. The upper one
says that it bends no more than the negative entropy $\int q \log q$, whose Bregman divergence is
$\mathrm{KL}(r \,\|\, q)$; that is what the rate of mirror descent rests on.

Assumes   $\log(1 - D^*_q)$ is integrable against $r$; $\mathrm{KL}(r \,\|\, q) < \infty$.
Source    [@lu2018] for relative smoothness; the identity is computed here.
"""

import math
from fractions import Fraction

import numpy as np
import sympy as sp
from scipy.special import xlogy

from gantheory import certified
from gantheory.densities import Discrete, Laplace, Mixture, Normal
from gantheory.evidence import summed
from gantheory.game import optimal_discriminator, value_function, virtual_training_criterion
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal

theorem = Theorem(
    label="bregman-equals-stale-regret",
    title=r"The Bregman divergence of $C$ is $\mathrm{KL}(r \,\|\, q) - 2\,\mathrm{KL}$ of the mixtures",
    uses=("optimal-discriminator", "subderivative-of-supremum"),
    covers=("bregman-equals-stale-regret",),
)

# p, q, r: densities of the data, of the old and of the new model at one point; u: any positive number
p, q, r, u = sp.symbols("p q r u", positive=True)
STAR, STALE = p / (p + r), p / (p + q)  # the best discriminators for r and for q
OLD = p * sp.log(STALE) + q * sp.log(1 - STALE)  # the integrand of C(q)
NEW = OLD.subs(q, r)  # that of C(r)
REMAINDER = NEW - OLD - sp.log(1 - STALE) * (r - q)
KL = STAR * sp.log(STAR / STALE) + (1 - STAR) * sp.log((1 - STAR) / (1 - STALE))


def derive():
    r"""Two ways to write the remainder at a point, and its two bounds.

    $U(\cdot, D^*_q)$ is affine, so it is the tangent of $C$ at $q$. At $r$ it is the value that the old
    discriminator reaches, and $C(r)$ is the value of the best one. The difference is the regret.

    Written with the densities, $D^*_r / D^*_q = (p + q)/(p + r)$. The logarithms of $p$ cancel, and what
    is left over is the integrand of $\mathrm{KL}(r \,\|\, q)$, and that of the mixtures: the factor 2
    appears because $\tfrac12 (p + r)$ has the mass 1, and $p + r$ the mass 2.

    Both bounds come from $\log u \le u - 1$. For the lower one take $\mathrm{kl}(a \,\|\, b)$ with
    $u = b/a$ and with $u = (1 - b)/(1 - a)$, where the two bounds add up to 0. For the upper one the
    same inequality shows that the divergence of the mixtures is not negative: with $u = (p + q)/(p + r)$
    its integrand is at least $r - q$, whose integral is 0, as both models have the mass 1.
    """
    label = "bregman-equals-stale-regret"
    opened = r * sp.log(r / q) - (p + r) * sp.log((p + r) / (p + q))
    yield equal("the remainder is the regret", REMAINDER, (p + r) * KL)
    yield equal("the regret is two divergences", (p + r) * KL, opened, label=label)

    # the two bounds
    a, b = sp.symbols("a b", positive=True)
    yield at_most("log u ≤ u - 1", sp.log(u), u - 1)
    bound = a * (1 - b / a) + (1 - a) * (1 - (1 - b) / (1 - a))
    yield equal("lower bound of kl(a‖b)", bound, 0, where={a: (0, 1), b: (0, 1)})
    bound = (p + r) * (1 - (p + q) / (p + r))
    yield equal("lower bound for the mixtures", bound, r - q)


def certify():
    r"""The remainder from its definition, with rigorous error bounds.

    Data $\mathcal{N}(0, 1)$, new model $r = \mathcal{N}(1, 2^2)$, and as old model a mixture of both
    with the share $\tfrac12$ or $\tfrac1{10}$ of $r$. The integral of the tangent and both values of $C$
    are enclosed, and compared with the enclosed divergences.
    """
    for share in (Fraction(1, 2), Fraction(1, 10)):
        yield equal(f"remainder, a share {share} of r in q", *remainder_and_divergences(share))


def check():
    r"""Four triples of data, old and new model by quadrature.

    Here the remainder is $C(r)$ minus the value of the old discriminator against the new model. The new
    model lies elsewhere than the old one; it is the data; it differs from the old one by one hundredth;
    or the data have corners. In each case the remainder is a difference of divergences, is not negative,
    and is at most $\mathrm{KL}(r \,\|\, q)$. For the nearly equal models it is only $1.8 \cdot 10^{-6}$,
    so that the tolerance is wider.
    """
    for name, (data, old, new) in TRIPLES.items():
        means = [Mixture((data, model), ("1/2", "1/2")) for model in (new, old)]
        kept = value_function(data, new, optimal_discriminator(data, old))
        found = virtual_training_criterion(data, new) - kept
        apart = certified.kl_divergence(new, old)
        expected = apart - 2 * certified.kl_divergence(*means, digits=12)
        yield equal(f"remainder, {name}", found, expected, tolerance=2e-8)
        yield at_least(f"at least 0, {name}", found, 0)
        yield at_most(f"at most KL(r‖q), {name}", found, apart)


def search(seed):
    r"""A hunt through 120 random data and pairs of models on four points.

    The remainder is computed from $C$ and the tangent, and the two divergences are summed separately,
    without $D$. Both sides are compared after adding 1, because the remainder may be tiny.
    """
    rows = strategies.markov_kernels(3, 4)
    yield survives("remainder on four points", remainder_found, rows, seed=seed, examples=120)


def refute():
    r"""Three wrong remainders.

    A Bregman divergence is not symmetric: with the two models exchanged it is another number. The second
    forgets the divergence of the mixtures, as if $C$ were the negative entropy. And the upper bound is
    not half of $\mathrm{KL}(r \,\|\, q)$, as one might expect near the data, where $D^* = \tfrac12$: if
    $q = \mathcal{N}(3, 1)$ and $r$ is the data $\mathcal{N}(0, 1)$, the remainder is more.
    """
    exchanged = ((p + r) * KL).subs({q: r, r: q}, simultaneous=True)
    yield equal("the two models exchanged", REMAINDER, exchanged)
    yield equal("KL(r‖q) alone", REMAINDER, r * sp.log(r / q) - (r - q))
    data, old = Normal(0, 1), Normal(3, 1)
    kept = value_function(data, data, optimal_discriminator(data, old))
    found = virtual_training_criterion(data, data) - kept
    yield at_most("at most half of KL(r‖q)", found, certified.kl_divergence(data, old) / 2)


# --- how the numbers are made ---------------------------------------------------------------------

TRIPLES = {
    "N(0, 1), N(1, 1) to N(-1, 2²)": (Normal(0, 1), Normal(1, 1), Normal(-1, 2)),
    "N(0, 1), N(3, 1) to N(0, 1)": (Normal(0, 1), Normal(3, 1), Normal(0, 1)),
    "N(0, 1), N(0, 2²) to N(1/100, 2²)": (Normal(0, 1), Normal(0, 2), Normal("1/100", 2)),
    "Laplace(0, 1), N(0, 2²) to N(1, 1)": (Laplace(0, 1), Normal(0, 2), Normal(1, 1)),
}


def remainder_and_divergences(share):
    """C(r) minus the tangent of q, and KL(r‖q) - 2 KL of the mixtures, in balls."""
    data, new = Normal(0, 1), Normal(1, 2)
    old = Mixture((data, new), (1 - share, share))
    model = (1 - sp.Rational(share)) * p + sp.Rational(share) * q  # here the second density r is q
    along = sp.log(model / (p + model)) * (q - model)
    tangent = certified.virtual_training_criterion(data, old)
    tangent += certified.integral(along, data, new, bound=(3, 3))
    means = [Mixture((data, one), ("1/2", "1/2")) for one in (new, old)]
    apart, between = (certified.kl_divergence(*pair, digits=15) for pair in ((new, old), means))
    return certified.virtual_training_criterion(data, new) - tangent, apart - 2 * between


def remainder_found(rows):
    """1 + remainder = 1 + divergences, with 1/100 more of the old model in every cell."""
    real, old, new = rows
    old = (old + 0.01) / math.fsum(old + 0.01)
    before = certified.virtual_training_criterion(Discrete(real), Discrete(old), digits=15)
    after = virtual_training_criterion(Discrete(real), Discrete(new))
    left = after - before.estimate() - first_order(real, old, new)
    return equal("1 + remainder", 1 + left, 1 + divergences(real, old, new))


@summed
def first_order(real, old, new):
    """Σ log(1 - D*_q) (r - q)."""
    slope = -np.log1p(real / old)
    return [slope * new, -slope * old]


@summed
def divergences(real, old, new):
    """KL(r‖q) - 2 KL of the mixtures: Σ r log r/q - (p + r) log (p + r)/(p + q)."""
    total = real + new
    return [xlogy(new, new / old), -xlogy(total, total / (real + old))]
