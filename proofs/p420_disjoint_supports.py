r"""For disjoint supports $\mathrm{JSD}$, $\mathrm{TV}$ and $\mathrm{KL}$ do not depend on the distance.

Statement
---------
Let $p$ and $q$ have disjoint supports: wherever one of them is positive, the other is zero. Then

$$\mathrm{JSD}(p, q) = \log 2, \quad \mathrm{TV}(p, q) = 1, \quad
\mathrm{KL}(p \,\|\, q) = \mathrm{KL}(q \,\|\, p) = \infty, \quad C(G) = 0,$$

*at every distance* between the supports. If the model moves closer to the data while the supports stay
disjoint, none of these numbers changes, so that none of them can guide a generator.

Assumes   $p$ and $q$ are densities with respect to one measure; $0 \log 0 = 0$.
Source    [@arjovsky2017principled, Theorem 2.3]; [@lin1991] for the divergence.
"""

import sympy as sp

from gantheory import certified
from gantheory.densities import Discrete, Laplace, Mixture, Normal, Triangular, Uniform
from gantheory.divergences import (
    js_divergence,
    kl_divergence,
    squared_hellinger,
    total_variation,
    wasserstein_1,
)
from gantheory.game import virtual_training_criterion
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, equal

theorem = Theorem(
    label="disjoint-supports",
    title=r"Disjoint supports: $\mathrm{JSD} = \log 2$, $\mathrm{TV} = 1$, $\mathrm{KL} = \infty$",
    uses=("c-equals-2jsd-minus-log4", "kl-jsd-definitions-and-positivity"),
    covers=("disjoint-supports", "no-push-for-disjoint-supports", "jsd-is-never-infinite"),
    errata=(
        r"[@prince2023, answer to problem 15.4, October 2024] has $\mathrm{JSD}$ of $U[0, 1]$ and "
        r"$U[a, a + 1]$ infinite for $\lvert a \rvert \ge 1$: it is $\log 2$.",
        r"[@roysdon] writes that minimising $C$ pushes the model towards the data: for disjoint "
        r"supports $C$ is constant, and gives no direction.",
    ),
)

p, q = sp.symbols("p q", positive=True)  # the two densities at one point
LOG_2 = sp.log(2)
TWICE_JS = p * sp.log(2 * p / (p + q)) + q * sp.log(2 * q / (p + q))  # the integrand of 2 JSD
CRITERION = p * sp.log(p / (p + q)) + q * sp.log(q / (p + q))  # the integrand of C


def derive():
    r"""The integrands, where only one of the two densities is positive.

    Each of the divergences is the integral of a function of $p(x)$ and $q(x)$. If the supports are
    disjoint, then one of the two values is zero at every $x$, and the convention $0 \log 0 = 0$ says
    that the function has there the value of its limit. So it is enough to let one density tend to zero.

    Where $q = 0$, the integrand of $2\,\mathrm{JSD}$ is $p \log 2$; where $p = 0$ it is $q \log 2$.
    Integrated over the two supports this gives $2\,\mathrm{JSD} = \log 2 + \log 2$, since each density
    has the integral 1. In the same way the integrand $\tfrac12 \lvert p - q \rvert$ of the total
    variation becomes $\tfrac12 p$ and $\tfrac12 q$, which gives 1, and the integrand of $C$ becomes 0:
    the best discriminator makes no mistake, $D^* = 1$ on the data and $D^* = 0$ on the model. The
    integrand of $\mathrm{KL}(p \,\|\, q)$ is infinite on the whole support of $p$.

    Nothing in this depends on where the supports lie, and so the distance does not enter.
    """
    where_data, where_model = (q, 0, "+"), (p, 0, "+")
    variation = sp.Abs(p - q) / 2
    yield equal(
        "integrand of 2 JSD where q = 0",
        sp.Limit(TWICE_JS, *where_data),
        p * LOG_2,
        label="disjoint-supports",
    )
    yield equal("integrand of 2 JSD where p = 0", sp.Limit(TWICE_JS, *where_model), q * LOG_2)
    yield equal("integrand of TV where q = 0", sp.Limit(variation, *where_data), p / 2)
    yield equal("integrand of TV where p = 0", sp.Limit(variation, *where_model), q / 2)
    yield equal("integrand of C where q = 0", sp.Limit(CRITERION, *where_data), 0)
    yield equal("integrand of C where p = 0", sp.Limit(CRITERION, *where_model), 0)
    yield equal("integrand of KL(p‖q) where q = 0", sp.Limit(p * sp.log(p / q), *where_data), sp.oo)


def certify():
    r"""Seven pairs with disjoint supports, with rigorous error bounds.

    Two uniform densities side by side, with a gap of one thousandth, and a million apart; two
    triangles; a model that lies on both sides of the data; and two pairs of discrete distributions.
    Balls enclose $\mathrm{JSD} = \log 2$ and $\mathrm{TV} = 1$ for each of them.
    """
    for name, pair in DISJOINT.items():
        yield equal(f"JSD, {name}", certified.js_divergence(*pair), LOG_2)
        yield equal(f"TV, {name}", certified.total_variation(*pair), 1)


def check():
    r"""The same pairs by adaptive quadrature, and two pairs that are not disjoint.

    Quadrature confirms all five numbers; instead of $C = 0$ the claim is $C + \log 4 = \log 4$,
    because an error relative to zero has no meaning.

    It is not enough that one density vanishes on a part of the other's support. $U[0, 1]$ lies inside
    $U[0, 2]$, and there $\mathrm{KL}$ is $\log 2$ one way and infinite the other. It is also not
    enough that the densities hardly overlap: for $\mathcal{N}(0, 1)$ and $\mathcal{N}(8, 1)$ the
    divergence is smaller than $\log 2$ by $9.35 \cdot 10^{-5}$.
    """
    for name, pair in DISJOINT.items():
        data, model = pair
        yield equal(f"JSD, {name}", js_divergence(*pair), LOG_2)
        yield equal(f"TV, {name}", total_variation(*pair), 1)
        yield equal(f"KL(p‖q), {name}", kl_divergence(data, model), sp.oo)
        yield equal(f"KL(q‖p), {name}", kl_divergence(model, data), sp.oo)
        yield equal(f"C + log 4, {name}", virtual_training_criterion(*pair) + sp.log(4), sp.log(4))
    inner, outer = Uniform(0, 1), Uniform(0, 2)
    yield equal("U[0, 1] inside U[0, 2]: KL(p‖q)", kl_divergence(inner, outer), LOG_2)
    yield equal("U[0, 1] inside U[0, 2]: KL(q‖p)", kl_divergence(outer, inner), sp.oo)
    yield equal(
        "N(0, 1) and N(8, 1) overlap: JSD",
        js_divergence(Normal(0, 1), Normal(8, 1)),
        LOG_2 - sp.Rational(9353507702538, 10**17),
    )


def search(seed):
    r"""A hunt through 200 random pairs of uniform and triangular densities.

    Their supports are between $1/8$ and $10^6$ apart, on either side. A pair whose divergence depends
    on the distance would refute the theorem. The squared Hellinger distance, which is 1 as well, and
    the distance $W_1$, which is at least the gap, are tested on the same pairs.
    """
    text = "disjoint pairs, 1/8 to 1e6 apart"
    yield survives(text, nothing_in_common, strategies.disjoint_pairs(), seed=seed, examples=200)


def refute():
    r"""Six things that are said about disjoint supports, and are false.

    The first is the intuition that a divergence measures how far apart two densities lie. The second
    mixes units: the maximum of $\mathrm{JSD}$ is one *bit*, which is $\log 2$ nats. The next two lose
    the part of the integral where $q = 0$: programs that sum $q f(p/q)$ over the points of the model,
    or that skip the terms with $\log 0$, find $\mathrm{TV} = \tfrac12$ and $\mathrm{KL} = 0$. The last
    takes "far apart" for "disjoint". And what is true of $\mathrm{KL}$ is said of $\mathrm{JSD}$
    [@prince2023].
    """
    near, far = (Uniform(0, 1), Uniform(2, 3)), (Uniform(0, 1), Uniform(20, 21))
    yield at_least(
        "JSD grows with the distance, by 1e-6",
        certified.js_divergence(*far),
        certified.js_divergence(*near) + sp.Rational(1, 10**6),
        label="no-push-for-disjoint-supports",
    )
    yield equal("JSD is 1, in nats", certified.js_divergence(*near), 1)
    infinite, name = js_divergence(*near), "jsd-is-never-infinite"
    yield equal("JSD is infinite", infinite, sp.oo, label=name)
    yield equal("TV over the model's points alone", total_variation(*near), sp.Rational(1, 2))
    yield equal("KL with the terms log 0 left out", kl_divergence(*near), 0)
    yield equal(
        "Laplace(0, 1), Laplace(12, 1) count as disjoint",
        js_divergence(Laplace(0, 1), Laplace(12, 1)),
        LOG_2,
    )


# --- how the numbers are made ---------------------------------------------------------------------

DISJOINT = {
    "U[0, 1] and U[1, 2]": (Uniform(0, 1), Uniform(1, 2)),
    "U[0, 1] and U[1.001, 1.002]": (Uniform(0, 1), Uniform("1.001", "1.002")),
    "U[0, 1] and U[1000000, 1000003]": (Uniform(0, 1), Uniform(10**6, 10**6 + 3)),
    "triangles on [0, 1] and [2, 5]": (Triangular(0, 1, 1), Triangular(2, 3, 5)),
    "U[0, 1] and 0.3 U[-1, 0] + 0.7 U[1, 3]": (
        Uniform(0, 1),
        Mixture((Uniform(-1, 0), Uniform(1, 3)), ("0.3", "0.7")),
    ),
    "(1, 0) and (0, 1)": (Discrete((1, 0)), Discrete((0, 1))),
    "(1/3, 2/3, 0) and (0, 0, 1)": (Discrete(("1/3", "2/3", 0)), Discrete((0, 0, 1))),
}


def nothing_in_common(pair):
    """The values of five divergences for one pair."""
    data, model = pair
    yield equal("JSD", js_divergence(data, model), LOG_2)
    yield equal("TV", total_variation(data, model), 1)
    yield equal("squared Hellinger distance", squared_hellinger(data, model), 1)
    yield equal("KL(p‖q)", kl_divergence(data, model), sp.oo)
    gap = max(model.support[0] - data.support[1], data.support[0] - model.support[1])
    yield at_least("W_1 is at least the gap", wasserstein_1(data, model), gap)
