r"""The virtual training criterion is twice the Jensen–Shannon divergence, less $\log 4$.

Statement
---------
Let $p$ and $q$ be the densities of data and model, and $m = \frac{p + q}{2}$ the density of their
even mixture. Once the discriminator is optimal, what is left for the generator to minimise is

$$C(G) = \max_D V(D, G) = \mathrm{KL}(p \,\|\, m) + \mathrm{KL}(q \,\|\, m) - \log 4
       = 2\, \mathrm{JSD}(p, q) - \log 4.$$

So the generator minimises a divergence of its distribution from the data, and no other quantity:
the factor and the constant depend on neither of the two. The $\log 4$ is there because $D^*$
divides by $p + q$ where the divergence divides by the mean.

Assumes   $p$ and $q$ are densities with respect to one measure; $\log$ is natural, $0 \log 0 = 0$.
Source    [@goodfellow2014, Theorem 1] and its proof; [@lin1991] for the divergence.
"""

import math
from functools import partial

import numpy as np
import sympy as sp

from gantheory import certified, densities
from gantheory.densities import Cauchy, Laplace, Mixture, Normal, Uniform
from gantheory.divergences import js_divergence
from gantheory.game import optimal_discriminator, value_function, virtual_training_criterion
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, equal

theorem = Theorem(
    label="c-equals-2jsd-minus-log4",
    title=r"$C(G) = 2\, \mathrm{JSD}(p, q) - \log 4$",
    uses=("virtual-criterion",),
    covers=("c-equals-2jsd-minus-log4", "mixture-is-the-mean"),
    errata=(
        r"[@ramasinghe] writes the divergence with a mixture $M$ that is never defined: it is "
        r"$M = \frac{p + q}{2}$; with $p + q$ itself, the $\log 4$ would be there twice.",
    ),
)

# p, q: the densities of data and model at one point x, and m their mean there
p, q = sp.symbols("p q", positive=True)
m = (p + q) / 2
# what the point adds to C, and what it adds to the sum of the two divergences from m
CRITERION = p * sp.log(p / (p + q)) + q * sp.log(q / (p + q))
TO_THE_MEAN = p * sp.log(p / m) + q * sp.log(q / m)
LOG_2, LOG_4 = sp.log(2), sp.log(4)


def derive():
    r"""The criterion divides by $p + q$ where the divergence divides by the mean of $p$ and $q$.

    With $D^* = \frac{p}{p + q}$ the virtual criterion is an integral over single points,
    $C = \int \left( p \log\frac{p}{p + q} + q \log\frac{q}{p + q} \right) \mathrm{d}x$. Since
    $p + q = 2m$,

    $$\log\frac{p}{p + q} = \log\frac{p}{m} - \log 2, \quad
      \log\frac{q}{p + q} = \log\frac{q}{m} - \log 2.$$

    Multiply the first by $p$, the second by $q$, and add. This is the first claim; it holds at
    every point. At a point without data the divergences contribute $q \log 2$, which
    $(p + q) \log 2$ takes away again: there $C$ gains nothing.

    Now integrate. By definition
    $\mathrm{KL}(p \,\|\, m) + \mathrm{KL}(q \,\|\, m) = 2\,\mathrm{JSD}(p, q)$, and what is taken
    away is $\log 2 \int (p + q)\,\mathrm{d}x = 2 \log 2 = \log 4$. Nothing but this last step uses
    that $p$ and $q$ have mass one. The last claim carries it out for any two distributions on three
    points.
    """
    yield equal("at every point", CRITERION, TO_THE_MEAN - (p + q) * LOG_2)
    at_one = sp.Limit(TO_THE_MEAN.subs(q, 1), p, 0, "+")
    yield equal("a point without data, q = 1", at_one, LOG_2)
    weights = sp.symbols("p_1:4", positive=True), sp.symbols("q_1:4", positive=True)
    points = [
        {p: a / sum(weights[0]), q: b / sum(weights[1])} for a, b in zip(*weights, strict=True)
    ]
    yield equal(
        "any distributions on three points",
        sum(CRITERION.subs(point) for point in points),
        sum(TO_THE_MEAN.subs(point) for point in points) - LOG_4,
        label="c-equals-2jsd-minus-log4",
    )


def certify():
    r"""Both sides enclosed by balls, for nine pairs of densities.

    The pairs are chosen where a formula or a program may go wrong: unequal widths, densities that
    all but coincide, 1 % of the mass far away, heavy tails, disjoint supports. Every pair compares
    $C + \log 4$ with $2\,\mathrm{JSD}$, and all but Student's $t$ (a mixture with it takes seconds)
    compare it with $\mathrm{KL}(p \,\|\, m) + \mathrm{KL}(q \,\|\, m)$ as well, where $m$ is built
    as a density of its own.
    """
    for name, (data, model) in PAIRS.items():
        lifted = certified.virtual_training_criterion(data, model) + LOG_4
        yield equal(name, lifted, 2 * certified.js_divergence(data, model))
        if not name.startswith("Student"):
            yield equal(f"{name}: m as a density", lifted, sum(to_mixture(data, model, digits=15)))


def check():
    r"""The criterion by quadrature or summation, beside divergences that are known otherwise.

    For the seven pairs of the first table $\mathrm{JSD}(p, q)$ has a closed form, so $C + \log 4$
    is compared with twice that. One of them is a pushforward, the distribution of
    $\lvert z \rvert$, and one is discrete. For the nine pairs of the last section $C$ is taken from
    its definition: it is the value $V(D^*, G)$, integrated with $D^*$ as a function. Two Gaussians
    whose means are $\frac{1}{1000}$ apart have $2\,\mathrm{JSD} = 2.5 \cdot 10^{-7}$. Since $V$ is
    near $-\log 4$ and known to 15 digits, the sum $V + \log 4$ is known there to 7 digits at least,
    which the tolerance allows.
    """
    for name, (data, model, divergence) in closed_forms().items():
        yield equal(name, virtual_training_criterion(data, model) + LOG_4, 2 * divergence)
    for name, (data, model) in PAIRS.items():
        yield equal(
            f"{name}: V at D*",
            value_function(data, model, optimal_discriminator(data, model)) + LOG_4,
            2 * certified.js_divergence(data, model, digits=15),
            tolerance=1e-7,
        )


def search(seed):
    r"""Random pairs: one with $C + \log 4 \ne 2\,\mathrm{JSD}$ would refute the theorem.

    Drawn are two distributions on finitely many points, which may be nearly equal or share no
    point; a mixture of two Gaussians against one Gaussian, from all but equal to far apart; and
    densities with disjoint supports. The two sides come from different programs, one of them in
    balls. Where weights are only 1e-12 apart, rounding them leaves three digits of their
    divergence, so the first two searches ask for two digits.
    """
    hunt = partial(survives, seed=seed, examples=125)
    yield hunt("finitely many points", same_for, strategies.discrete_pairs(equal=False))
    yield hunt("two Gaussians mixed, and one", same_for, mixtures_and_normals(), examples=108)
    yield hunt("disjoint supports", same_for_disjoint, strategies.disjoint_pairs())


def refute():
    r"""Wrong constants and wrong divergences.

    The factor $2$ is lost if one takes the sum of the two divergences from $m$ for $\mathrm{JSD}$,
    which is their mean. The sign of $\log 4$ is easily lost when the constant moves from one side
    of the equation to the other. At $p = q$ the criterion is $-\log 4$, since $D$ says
    $\frac{1}{2}$ to everything. The divergence is not $\mathrm{KL}(p \,\|\, q)$, the first that
    comes to mind, which may be infinite. A divergence in bits, as in much of the literature on
    information, needs $\log_2 4 = 2$ in place of $\log 4$. And with $p + q$ in place of the mean,
    as an undefined $M$ in [@ramasinghe] lets one think, the constant would be subtracted twice. All
    but the last are shown for $\mathcal{N}(0, 1)$ and $\mathcal{N}(1, 2^2)$.
    """
    data, model = PAIRS["N(0, 1) and N(1, 2²)"]
    best, log_4 = certified.virtual_training_criterion(data, model), certified.log(4)
    divergence = certified.js_divergence(data, model)
    yield equal("JSD for 2 JSD", best, divergence - log_4)
    yield equal("plus log 4 for minus log 4", best, 2 * divergence + log_4)
    yield equal("KL(p‖q) for JSD", best, 2 * certified.kl_divergence(data, model) - log_4)
    yield equal("JSD in bits, log 4 in nats", best, 2 * divergence / certified.log(2) - log_4)
    twice = TO_THE_MEAN.subs(m, p + q) - (p + q) * LOG_2
    yield equal("p + q for the mean m", CRITERION, twice, label="mixture-is-the-mean")


def figure():
    r"""$2\,\mathrm{JSD}$ and $C$ for data $\mathcal{N}(0, 1)$ and models $\mathcal{N}(\mu, 1)$.

    The two curves are one, at two heights: the arrows between them have length $\log 4$ everywhere.
    Where the model is the data, $2\,\mathrm{JSD}$ is $0$ and $C$ is $-\log 4$; far away, where
    hardly any mass is common to both, $2\,\mathrm{JSD}$ comes near $\log 4$ and $C$ near $0$.
    """
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots()
    two_heights(axes)
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

PAIRS = {
    "N(0, 1) and N(1, 1)": (Normal(0, 1), Normal(1, 1)),
    "N(0, 1) and N(1, 2²)": (Normal(0, 1), Normal(1, 2)),
    "N(0, 1) and N(1/1000, 1)": (Normal(0, 1), Normal("0.001", 1)),
    "N(0, 1) and 1 % of it moved to 5": (
        Normal(0, 1),
        Mixture((Normal(0, 1), Normal(5, 1)), ("0.99", "0.01")),
    ),
    "N(0, 1) and N(0, 100²)": (Normal(0, 1), Normal(0, 100)),
    "two components and N(0, 1)": (
        Mixture((Normal(-2, 0.5), Normal(2, 0.5)), (0.5, 0.5)),
        Normal(0, 1),
    ),
    "Laplace(0, 1) and N(0, 1)": (Laplace(0, 1), Normal(0, 1)),
    "Student's t(3) and Laplace(1, 2)": (densities.StudentT(3, 0, 1), Laplace(1, 2)),
    "U[0, 1] and U[2, 3], disjoint": (Uniform(0, 1), Uniform(2, 3)),
}


def closed_forms():
    """(p, q, JSD) by name."""
    quarter = (6 * LOG_2 - sp.Rational(9, 2) * sp.log(3) + 1) / 4
    three = sp.Rational(3, 4) * sp.log(sp.Rational(4, 3))
    # For two Cauchy densities, a shift μ apart and with scales s₁ and s₂, JSD is log(2R/(R + 2 √(s₁
    # s₂))) with R = √(μ² + (s₁ + s₂)²); here μ = 1, s₁ = 1 and s₂ = 3.
    cauchy = sp.log(2 * sp.sqrt(17) / (sp.sqrt(17) + 2 * sp.sqrt(3)))
    return {
        "Exp(1) and Exp(2)": (densities.Exponential(1), densities.Exponential(2), quarter),
        "density 2x and U[0, 1]": (densities.Triangular(0, 1, 1), Uniform(0, 1), quarter),
        "Cauchy(0, 1) and Cauchy(1, 3)": (Cauchy(0, 1), Cauchy(1, 3), cauchy),
        "U[0, 1] and U[0, 2]": (Uniform(0, 1), Uniform(0, 2), three),
        "N(0, 1) and |z|": (
            Normal(0, 1),
            densities.Pushforward(densities.maps.absolute, Normal(0, 1)),
            three,
        ),
        "U[0, 1] and U[1/4, 5/4]": (Uniform(0, 1), Uniform(0.25, 1.25), LOG_2 / 4),
        "(1/2, 1/2) and (1, 0)": (
            densities.Discrete((0.5, 0.5)),
            densities.Discrete((1, 0)),
            three,
        ),
    }


def to_mixture(data, model, **digits):
    """KL(p‖m) and KL(q‖m) in balls, with m as a density."""
    mixture = Mixture((data, model), (0.5, 0.5))
    return [certified.kl_divergence(one, mixture, **digits) for one in (data, model)]


def mixtures_and_normals():
    """A mixture of two Gaussians, and one that it does not consist of."""
    pairs = strategies.mixtures(2).flatmap(
        lambda data: strategies.normals().map(lambda model: (data, model))
    )
    return pairs.filter(
        lambda pair: {str(c) for c in pair[0].components} != {str(pair[1])} and near(*pair)
    )


def near(data, model):
    """Whether some component is within 40 widths of the model: beyond, C is below 1e-300."""
    return any(abs(c.loc - model.loc) <= 40 * (c.scale + model.scale) for c in data.components)


def same_for(pair):
    """The divergence as a sum or by panels, C in balls."""
    return equal(
        "2 JSD = C + log 4",
        2 * js_divergence(*pair),
        certified.virtual_training_criterion(*pair, digits=45) + LOG_4,
        tolerance=1e-2,
    )


def same_for_disjoint(pair):
    """C by panels, the divergence in balls."""
    return equal(
        "C + log 4 = 2 JSD",
        virtual_training_criterion(*pair) + LOG_4,
        2 * certified.js_divergence(*pair, digits=12),
    )


def two_heights(axes):
    """Draw 2 JSD and C over the shift of the model."""
    shifts = np.linspace(-6, 6, 121)
    divergence = js_divergence(Normal(0, 1), Normal(shifts, 1)).value
    axes.plot(shifts, 2 * divergence, color="C0")
    axes.plot(shifts, 2 * divergence - math.log(4), color="C2")
    for height in (math.log(4), 0, -math.log(4)):
        axes.axhline(height, color="C6", linewidth=0.8, zorder=0)
    for at in (0, 50, 85):
        top = 2 * divergence[60 + at // 2]
        line = {"arrowstyle": "<->", "color": "C5", "shrinkA": 0, "shrinkB": 0}
        axes.annotate("", (at / 20, top - math.log(4)), (at / 20, top), arrowprops=line)
    axes.annotate("log 4", (0.12, -0.62), color="C5", va="center")
    axes.annotate(r"$2\,\mathrm{JSD}(p, q)$", (-4.1, 1.02), color="C0", ha="right", va="top")
    axes.annotate(r"$C(G)$", (-4.3, -0.22), color="C2", ha="right", va="top")
    axes.set_title(r"$C(G)=2\,\mathrm{JSD}(p,q)-\log 4$ for data $N(0,1)$")
    axes.set(
        xlabel=r"shift $\mu$ of the model $N(\mu, 1)$", ylabel="divergence, nats", xlim=(-6, 6)
    )
    axes.set(ylim=(-1.5, 1.5), xticks=range(-6, 7, 2), yticks=(-math.log(4), 0, math.log(4)))
