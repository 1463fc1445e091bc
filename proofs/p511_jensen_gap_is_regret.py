r"""How far $C$ lies below its chord is an average of regrets, of one discriminator for two models.

Statement
---------
Let $q_t = (1 - t)\,q_0 + t\,q_1$ be a mixture of two models, and let $D^*_0$, $D^*_1$, $D^*_t$ be the
best discriminators for $q_0$, $q_1$ and $q_t$. The gap in Jensen's inequality for $C$ is

$$(1 - t)\,C(q_0) + t\,C(q_1) - C(q_t) = (1 - t) \int (p + q_0)\,\mathrm{kl}(D^*_0 \,\|\, D^*_t)
\,\mathrm{d}x + t \int (p + q_1)\,\mathrm{kl}(D^*_1 \,\|\, D^*_t) \,\mathrm{d}x,$$

where $\mathrm{kl}(a \,\|\, b)$ is the divergence of two coins. Each integral is the regret of using
$D^*_t$ against a model for which it is not the best. Regrets are not negative; therefore $C$ is convex.

Assumes   $p$, $q_0$ and $q_1$ are densities with respect to one measure; $0 \log 0 = 0$.
Source    [@goodfellow2014, proof of Proposition 2] for the convexity; the identity is computed here.
"""

import math
from fractions import Fraction

import sympy as sp
from scipy.special import xlogy

from gantheory import certified
from gantheory.densities import Cauchy, Discrete, Laplace, Mixture, Normal, Uniform
from gantheory.evidence import summed
from gantheory.game import optimal_discriminator, value_function, virtual_training_criterion
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal

theorem = Theorem(
    label="jensen-gap-is-regret",
    title=r"The gap in Jensen's inequality for $C$ is an average regret",
    uses=("optimal-discriminator", "u-affine-c-convex-in-pg"),
    covers=("jensen-gap-is-regret",),
)

# p, q, r: densities of the data and of two models at one point; t: the share of the second model
p, q, r, t = sp.symbols("p q r t", positive=True)
STAR, OTHER = p / (p + q), p / (p + r)  # the best discriminators for q and for r
BEST = p * sp.log(STAR) + q * sp.log(1 - STAR)  # the integrand of C(q)
KEPT = p * sp.log(OTHER) + q * sp.log(1 - OTHER)  # the same, with the discriminator of r
KL = STAR * sp.log(STAR / OTHER) + (1 - STAR) * sp.log((1 - STAR) / (1 - OTHER))


def derive():
    r"""One identity at a point, used twice.

    Let a discriminator that is the best for $r$ meet the model $q$. Its value is an affine function of
    $q$. It falls short of the best value for $q$ by $(p + q)\,\mathrm{kl}(D^*_q \,\|\, D^*_r)$, the
    regret.

    Now take $r = q_t$, and use the identity for $q = q_0$ and for $q = q_1$. In the average of both with
    weights $1 - t$ and $t$ the affine part becomes its value at $q_t$, where the discriminator is the
    best one: that is $C(q_t)$. What is left over are the two regrets.

    A regret is not negative, since $\log u \le u - 1$. With $u = b/a$ and $u = (1 - b)/(1 - a)$ the
    divergence of two coins is at least $a\,(1 - \tfrac ba) + (1 - a)\,(1 - \frac{1 - b}{1 - a}) = 0$.
    """
    yield equal("C(q) is the value of D*_r plus a regret", BEST, KEPT + (p + q) * KL)
    models = sp.symbols("q_0 q_1", positive=True)
    mixed = (1 - t) * models[0] + t * models[1]
    averaged = (1 - t) * KEPT.subs(q, models[0]) + t * KEPT.subs(q, models[1])
    sides, name = (averaged.subs(r, mixed), BEST.subs(q, mixed)), "jensen-gap-is-regret"
    yield equal("the values of D*_t average to C(q_t)", *sides, label=name, where={t: (0, 1)})
    total = (p + r) / (p + q)
    opened = p * sp.log(total) + q * sp.log(q / r * total)
    yield equal("the regret without D", (p + q) * KL, opened)

    # a regret is not negative
    a, b = sp.symbols("a b", positive=True)
    yield at_most("log u ≤ u - 1", sp.log(a), a - 1)
    bound = a * (1 - b / a) + (1 - a) * (1 - (1 - b) / (1 - a))
    yield equal("lower bound of kl(a‖b)", bound, 0, where={a: (0, 1), b: (0, 1)})


def certify():
    r"""$C$ in the middle of four chords, with rigorous error bounds.

    The models lie on two sides of the data; one of them is the data and the other differs from it by
    one hundredth; they have different tails; or one ends where the other begins, in the middle of the
    data. In all four cases $C$ at the even mixture is strictly below the mean of $C$ at the ends.
    """
    for name, (data, *models) in CHORDS.items():
        middle, mean = middle_and_mean(data, *models)
        yield at_most(f"C in the middle, {name}", middle, mean, tolerance=0)


def check():
    r"""One discriminator for two models, by quadrature.

    On each chord $D^*_t$ for $t = \tfrac14$ meets both models, and the average of its two values is
    $C(q_t)$, which is enclosed. Against either model alone it is worth less than the best one.
    """
    for name, (data, *models) in CHORDS.items():
        mixed = Mixture(tuple(models), ("3/4", "1/4"))
        kept = [value_function(data, q, optimal_discriminator(data, mixed)) for q in models]
        found = certified.virtual_training_criterion(data, mixed, digits=15)
        yield equal(f"D*_t, {name}", 0.75 * kept[0] + 0.25 * kept[1], found)
        for which, value, q in zip(("first", "second"), kept, models, strict=True):
            best = virtual_training_criterion(data, q)
            yield at_most(f"the {which} model alone, {name}", value, best, tolerance=0)


def search(seed):
    r"""A hunt through 120 random data and pairs of models on four points.

    $C$ at both ends and at a mixture with random weights gives the gap, and the regrets are summed
    separately from their formula. An example in which the two differ, or in which the gap is negative,
    would refute the statement. Both sides are compared after adding 1, as the gap may be tiny.
    """
    rows = strategies.markov_kernels(4, 4)
    yield survives("gap and regrets on four points", jensen, rows, seed=seed, examples=120)


def refute():
    r"""Four mistakes about the gap.

    A minimum of affine functions is concave, but $C$ is a maximum. Each $U(q, D)$ is affine in $q$, but
    $C$ is not, since the best $D$ changes with $q$. In the regret the divergence is not symmetric: the
    best discriminator stands first, and it is weighed with $p + q$ for the model $q$ that is played, not
    with $p + r$.
    """
    middle, mean = middle_and_mean(*CHORDS["N(0, 1), from N(-2, 1) to N(3, 2²)"])
    yield at_least("C is concave in q", middle, mean)
    yield equal("C is affine in q", middle, mean)
    swapped = OTHER * sp.log(OTHER / STAR) + (1 - OTHER) * sp.log((1 - OTHER) / (1 - STAR))
    yield equal("the divergence the other way", BEST, KEPT + (p + q) * swapped)
    yield equal("weighed with p + r", BEST, KEPT + (p + r) * KL)


# --- how the numbers are made ---------------------------------------------------------------------

CHORDS = {
    "N(0, 1), from N(-2, 1) to N(3, 2²)": (Normal(0, 1), Normal(-2, 1), Normal(3, 2)),
    "N(0, 1), from N(0, 1) to N(1/100, 1)": (Normal(0, 1), Normal(0, 1), Normal("1/100", 1)),
    "Laplace(0, 1), from N(0, 1) to Cauchy(0, 1)": (Laplace(0, 1), Normal(0, 1), Cauchy(0, 1)),
    "U[0, 1], from U[0, 1/2] to U[1/2, 2]": (
        Uniform(0, 1),
        Uniform(0, "1/2"),
        Uniform("1/2", 2),
    ),
}


def middle_and_mean(data, first, second):
    """C at the even mixture, and the mean of C at both models, in balls."""
    models = Mixture((first, second), ("1/2", "1/2")), first, second
    middle, *ends = (certified.virtual_training_criterion(data, q, digits=20) for q in models)
    return middle, Fraction(1, 2) * sum(ends)


def jensen(rows):
    """The gap is the average of the regrets, and not negative; the last row gives the share."""
    real, first, second, numbers = rows
    share = (1 + 8 * numbers[0]) / 10
    mixed = (1 - share) * first + share * second
    mixed = mixed / math.fsum(mixed)
    models = map(Discrete, (first, second, mixed))
    one, two, middle = (virtual_training_criterion(Discrete(real), model) for model in models)
    gap = (1 - share) * one + share * two - middle
    regrets = (1 - share) * lost(real, first, mixed) + share * lost(real, second, mixed)
    yield equal("1 + gap = 1 + average regret", 1 + gap, 1 + regrets)
    yield at_least("1 + gap ≥ 1", 1 + gap, 1)


@summed
def lost(real, fake, other):
    """Σ p log (p + r)/(p + q) + q log q (p + r)/(r (p + q)), the regret of D*_r against q."""
    kept = xlogy(real + fake, real + other), -xlogy(real + fake, real + fake)
    return [*kept, xlogy(fake, fake), -xlogy(fake, other)]
