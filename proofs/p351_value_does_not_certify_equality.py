r"""A value of $-\log 4$ does not show that the generator has learned the data.

Statement
---------
The discriminator $D = \tfrac12$ gives

$$V(\tfrac12, G) = -\log 4 \quad \text{for every generator } G.$$

So neither $V \approx -\log 4$ nor $D \approx \tfrac12$ in a training log says that $q = p$: a
discriminator that has learned nothing shows the same numbers. What certifies $q = p$ is the maximum over
$D$, that is $C(G) = -\log 4$. For every other model the best discriminator reaches more.

Assumes   $p$ and $q$ are densities with respect to one measure.
Source    [@goodfellow2014, Theorem 1 and section 4.1].
"""

import sympy as sp

from gantheory import certified
from gantheory.densities import Cauchy, Laplace, Mixture, Normal, Uniform
from gantheory.game import optimal_discriminator, value_function
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal

theorem = Theorem(
    label="value-does-not-certify-equality",
    title=r"$V(\tfrac12, G) = -\log 4$ for every generator",
    uses=("optimal-discriminator", "global-minimum", "equilibrium-value"),
    covers=("value-does-not-certify-equality",),
)

p, q, D = sp.symbols("p q D", positive=True)  # densities of data and model, and D, at one point
HALF, LOG_2, LOG_4 = sp.Rational(1, 2), sp.log(2), sp.log(4)
STAR = p / (p + q)


def derive():
    r"""One substitution, and what it hides.

    At $D = \tfrac12$ both logarithms in the integrand $p \log D + q \log(1 - D)$ are $-\log 2$. The
    integrand is $-(p + q) \log 2$, whose integral is $-2 \log 2$ for any two densities.

    The best discriminator tells the two cases apart, since $D^* = \tfrac12$ only where $q = p$; but its
    average does not. Over a batch that is half real and half generated the mean of $D^*$ is the integral
    of $\tfrac12 (p + q)\,D^* = \tfrac12 p$, so it is $\tfrac12$ for every model. If the
    discriminator is the best one at each step, a log of its mean output shows $\tfrac12$ from the first
    step to the last.
    """
    value = p * sp.log(D) + q * sp.log(1 - D)
    yield equal(
        "integrand of V at D = 1/2",
        sp.Subs(value, D, HALF),
        -(p + q) * LOG_2,
        label="value-does-not-certify-equality",
    )
    yield equal("distance of D* from 1/2", STAR - HALF, (p - q) / (2 * (p + q)))
    yield equal("mean of D* over a batch, at a point", (p + q) / 2 * STAR, p / 2)


def certify():
    r"""Data $\mathcal{N}(0, 1)$ against eight models, with rigorous error bounds.

    For each model the integral of $-(p + q) \log 2$ is enclosed: it is $-\log 4$. For the data as model
    $C = -\log 4$ too. For the seven others $C$, which is the maximum of $V$ over $D$, is larger by at
    least one thousandth; even for the model that has moved only 1 % of its mass to $x = 5$.
    """
    log_4 = certified.log(4)
    yield equal("C at q = p", certified.virtual_training_criterion(DATA, DATA), -log_4)
    for name, model in MODELS.items():
        found = certified.integral(-(p + q) * LOG_2, DATA, model, bound=(1, 1))
        yield equal(f"V at D = 1/2, {name}", found, -log_4)
        if model is not DATA:
            best = certified.virtual_training_criterion(DATA, model, digits=12)
            yield at_least(f"C above -log 4 + 1/1000, {name}", best, sp.Rational(1, 1000) - LOG_4)


def check():
    r"""The same eight models by the package's value function.

    Here $D = \tfrac12$ enters as a discriminator whose logit is zero everywhere, as a network with zero
    weights has it. Nothing in the result depends on the model.
    """
    for name, model in MODELS.items():
        found = value_function(DATA, model, untrained(DATA, model))
        yield equal(f"V at D = 1/2, {name}", found, -LOG_4)


def search(seed):
    r"""A hunt through 200 random pairs of densities for one with $V(\tfrac12, G) \ne -\log 4$.

    The pairs overlap, nearly agree, are far apart, disjoint, or have heavy tails.
    """
    text = "V at D = 1/2, any two densities"
    yield survives(text, value_at_half, strategies.density_pairs(), seed=seed, examples=200)


def refute():
    r"""Three ways to read too much into a training log.

    The first concludes from $V = -\log 4$ that the model $\mathcal{N}(3, 1)$ is the data, so that $C$
    would be $-\log 4$ as well. The second says that the best discriminator is $\tfrac12$ for every
    generator, which mixes up $D^*$ with its average over a batch. The third says that a small fault, as
    1 % of the mass at a wrong place, cannot raise $C$ by one thousandth.
    """
    far, one_percent = MODELS["N(3, 1)"], MODELS["1 % moved to 5"]
    yield equal(
        "V = -log 4, so N(3, 1) is N(0, 1)", certified.virtual_training_criterion(DATA, far), -LOG_4
    )
    yield equal("D* = 1/2 for every generator", STAR, HALF)
    yield at_most(
        "1 % of the mass does not matter",
        certified.virtual_training_criterion(DATA, one_percent, digits=12),
        sp.Rational(1, 1000) - LOG_4,
    )


# --- how the numbers are made ---------------------------------------------------------------------

DATA = Normal(0, 1)
MODELS = {
    "N(0, 1)": DATA,
    "N(1, 2²)": Normal(1, 2),
    "N(3, 1)": Normal(3, 1),
    "two modes": Mixture((Normal(-2, 0.5), Normal(2, 0.5)), (0.5, 0.5)),
    "1 % moved to 5": Mixture((DATA, Normal(5, 1)), ("0.99", "0.01")),
    "Laplace(0, 1)": Laplace(0, 1),
    "U[10, 11]": Uniform(10, 11),
    "Cauchy(0, 1)": Cauchy(0, 1),
}


def untrained(data, model):
    """The logit of D = 1/2 everywhere: 0 log(p/q)."""
    return 0 * optimal_discriminator(data, model)


def value_at_half(pair):
    """V = -log 4 for D = 1/2."""
    return equal("V = -log 4", value_function(*pair, untrained(*pair)), -LOG_4)
