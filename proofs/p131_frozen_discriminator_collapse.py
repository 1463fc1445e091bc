r"""Against a frozen discriminator the best model is a single point.

Statement
---------
Fix a discriminator $D$, and let $d = \sup D$. Then

$$\inf_q V(D, q) = \mathbb{E}_{x \sim p}[\log D] + \log(1 - d),$$

and a distribution reaches it exactly if it has all its mass where $D = d$. As a rule that is one
point; the data play no part in it. If $D$ has no largest value, no distribution reaches it.

Let $D$ be optimal for a model $q_0$. It is largest where $p/q_0$ is. There $V \le -\log 4$, as if
the game were won. But $C$ of a point that has a share $m$ of the data is

$$m \log\frac{m}{1 + m} - \log(1 + m),$$

above $-\log 4$ unless $m = 1$, and 0, the worst there is, for $m \to 0$.

Assumes   $q$ ranges over all distributions; point masses are limits of densities. $d < 1$, and
          $\mathbb{E}_{x \sim p}[\log D]$ is finite.
Source    [@goodfellow2014, section 4]; [@metz2017] on collapse in training.
"""

import math
from fractions import Fraction
from functools import partial

import numpy as np
import sympy as sp
from scipy.special import log_expit, xlogy

from gantheory import certified
from gantheory.densities import Discrete, Laplace, Normal
from gantheory.evidence import summed
from gantheory.game import optimal_discriminator, value_function, virtual_training_criterion
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, converges, equal, increasing, rate

theorem = Theorem(
    label="frozen-discriminator-collapse",
    title=r"Against a frozen $D$ the best $q$ is a point mass where $D$ is largest",
    uses=("nested-optimisation-order",),
    covers=("frozen-discriminator-collapse",),
)

p, q, d, r, t, m = sp.symbols("p q d r t m", positive=True)  # d = sup D; D = r d at a point
x = sp.Symbol("x", real=True)
LOG_2, LOG_4 = sp.log(2), sp.log(4)
BELOW = {d: (0, 1), r: (0, 1)}
BEST = p * sp.log(p / (p + q)) + q * sp.log(q / (p + q))  # what a point adds to C
OF_POINT = m * sp.log(m / (1 + m)) - sp.log(1 + m)  # C of a point with the share m of the data
MIDDLE = "data (10, 6, 4)/20, model reversed"  # of the EXAMPLES


def derive():
    r"""Move mass to where $D$ is largest.

    $V$ is affine in $q$. Moving a share of the model from a place with $D = r d$ to one with
    $D = d$ changes $V$ by a constant for each unit of mass, which is negative: $\log(1 - D)$ falls
    as $D$ rises. So mass anywhere else can be moved with profit.
    """
    moved = (1 - t) * sp.log(1 - r * d) + t * sp.log(1 - d)
    gain = sp.log(1 - d) - sp.log(1 - r * d)
    yield equal(
        "the slope in the share moved", sp.Derivative(moved, t), gain, where=BELOW | {t: (0, 1)}
    )
    excess = sp.log((1 - r * d) / (1 - d))
    yield at_least("log(1 - D) ≥ log(1 - d)", excess, 0, where=BELOW)
    yield equal("strictly: it falls in r", sp.Derivative(excess, r), -d / (1 - r * d), where=BELOW)

    # Two examples. D = σ(-w) with w = 2 (x - 1)² has log(1 - D) = -log(1 + e^-w), which is least
    # where e^-w = 1, at x = 1: the best response is the point mass there. D = σ(x) has d = 1, and V
    # has no lower bound.
    log_fake = sp.log(1 - 1 / (1 + sp.exp(x)))
    yield equal("log(1 - D) for D = σ(-w)", log_fake, -sp.log(1 + sp.exp(-x)))
    yield at_least("least at e^-w = 1", sp.log(2 / (1 + t)), 0, where={t: (0, 1)})
    log_fake = sp.log(1 - 1 / (1 + sp.exp(-x)))
    yield equal("log(1 - D) for D = σ(x)", sp.Limit(log_fake, x, sp.oo), -sp.oo)

    # If D is optimal for some model, min V is at most V(D, p), which is at most C(p) = -log 4. That
    # is the value that seems to be won. What the model is worth after the collapse is C: the chosen
    # point has the masses m and 1, the rest 1 - m and 0. C rises from -log 4 at m = 1 as m falls,
    # to 0 for m to 0.
    alone = sp.Limit(BEST.subs(p, 1 - m), q, 0, "+")
    yield equal("C of one point", BEST.subs({p: m, q: 1}) + alone, OF_POINT, where={m: (0, 1)})
    yield equal("its slope in m", sp.Derivative(OF_POINT, m), sp.log(m / (1 + m)))
    yield equal("C for m = 1", OF_POINT.subs(m, 1), -LOG_4)
    yield equal("C for m → 0", sp.Limit(OF_POINT, m, 0, "+"), 0)


def certify():
    r"""What the frozen $D$ promises, and what is reached.

    Three examples on three points. $D$ is optimal for the model; the generator goes to the point
    where $p/q$ is largest. The promised $V$ is below $-\log 4$, the $C$ of that point above the $C$
    of the model it came from. Next, data $\mathcal{N}(0, 1)$ and $D$ optimal for
    $\mathcal{N}(0, 2^2)$, largest at 0: models that shrink to that point have a growing $C$, up to
    nearly 0. Last, data $(0.95, 0.05)$, where the point is better than the model $(1/2, 1/2)$, but
    still not the data.
    """
    bottom = -certified.log(4)
    for name, (real, fake) in EXAMPLES.items():
        data, model = (Discrete([Fraction(k, 20) for k in one]) for one in (real, fake))
        promised, point = promise(real, fake)
        before = certified.virtual_training_criterion(data, model)
        after = certified.virtual_training_criterion(
            data, Discrete([int(k == point) for k in range(3)])
        )
        label = "frozen-discriminator-collapse" if name == MIDDLE else None
        values = [promised, bottom, before, after]
        yield increasing(f"{name}: V, -log 4, C before, after", values, label=label)
    normal = Normal(0, 1)
    widths = ("2", "1/10", "1/100", "1/1000")
    found = [certified.virtual_training_criterion(normal, Normal(0, width)) for width in widths]
    yield increasing("N(0, 1): C of N(0, s²), s = 2 to 1/1000", found)
    yield at_least("N(0, 1): C of N(0, 1/1000²)", found[-1], Fraction(-1, 50))
    most = Discrete((Fraction(19, 20), Fraction(1, 20)))
    models = (Discrete((1, 0)), Discrete((0.5, 0.5)))
    values = [certified.virtual_training_criterion(most, model) for model in models]
    yield increasing("data (0.95, 0.05): -log 4, the point, (1/2, 1/2)", [bottom, *values])


def check():
    r"""Models $\mathcal{N}(1, s^2)$ that shrink to the best point, for data $\mathcal{N}(0, 1)$.

    The discriminator is $D = \sigma(-2 (x - 1)^2)$, the first example of `derive`; its logit is
    that of two Gaussians with mean 1, shifted. $V$ falls to $\mathbb{E}_p[\log D] - \log 2$, and
    the gap falls as $s^2$, the mean of $(x - 1)^2$. $C$ of the same models grows meanwhile. Two
    models of positive width have a higher $V$ than the narrowest.
    """
    normal, widths = Normal(0, 1), [4.0**-k for k in range(9)]
    hill = optimal_discriminator(Normal(1, "2/5"), Normal(1, "2/3")) - math.log(5 / 3)
    values = [value_function(normal, Normal(1, width), hill) for width in widths]
    yield converges("N(0, 1): V of N(1, s²), s = 1 to 4⁻⁸", values, mean_log_d() - certified.log(2))
    gaps = [found - values[-1] for found in values[2:6]]
    yield rate("the gap in s, power 2", widths[2:6], gaps, 2)
    found = [virtual_training_criterion(normal, Normal(1, width)) for width in widths[1:6]]
    yield increasing("C of N(1, s²), s = 1/4 to 1/1024", found)
    for name, model in {"N(1, 2²)": Normal(1, 2), "Laplace(1, 1/100)": Laplace(1, 0.01)}.items():
        found = value_function(normal, model, hill)
        yield at_most(f"V of {name} is higher", values[-1], found, tolerance=0)


def search(seed):
    r"""Data, models and discriminators on a few points.

    First any $D$ on five points: $V$ of the model must exceed $V$ of the best point by exactly
    $\mathbb{E}_q[\log\frac{1 - D}{1 - d}]$. Then $D$ is optimal for a drawn model: the point where
    it is largest must have $V \le -\log 4$ and the $C$ of the statement, above $-\log 4$ unless the
    point has all the data.
    """
    hunt = partial(survives, seed=seed, examples=120)
    yield hunt("V above the best point", above_best_point, strategies.markov_kernels(3, 5))
    yield hunt("V and C of the chosen point", chosen_point, strategies.discrete_pairs(equal=False))


def refute():
    r"""A falling $V$ is taken for progress, or the roles of the players are mixed up.

    The loss of a generator falls, and falls below $-\log 4$, and the samples get worse: that is
    what training against a frozen $D$ looks like. A curve of $V$ alone does not show it; only $C$,
    for which $D$ is optimised again, does. So it is false that the data are a best response to
    $D^*$ of another model, that what lowers $V$ lowers $C$, and that $-\log 4$ is the least $V$.
    And the generator goes to where $D$ is *largest*.
    """
    pairs = strategies.discrete_pairs(equal=False)
    yield survives("the data are a best response", lambda pair: data_are_best(*pair), pairs)
    real, fake = EXAMPLES[MIDDLE]
    data = Discrete((0.5, 0.3, 0.2))
    after = certified.virtual_training_criterion(data, Discrete((1, 0, 0)))
    before = certified.virtual_training_criterion(data, Discrete((0.2, 0.3, 0.5)))
    yield at_most("what lowers V lowers C", after, before)
    yield equal("-log 4 is the least V", promise(real, fake)[0], -certified.log(4))
    excess = sp.log((1 - r * d) / (1 - d))
    yield at_most("to where D is least", excess, 0, where=BELOW)


# --- how the numbers are made ---------------------------------------------------------------------

EXAMPLES = {  # weights of data and model, as twentieths
    MIDDLE: ((10, 6, 4), (4, 6, 10)),
    "data (8, 8, 4)/20, model (8, 7, 5)/20": ((8, 8, 4), (8, 7, 5)),
    "data (10, 10, 0)/20, model (6, 7, 7)/20": ((10, 10, 0), (6, 7, 7)),
}


def promise(real, fake):
    r"""$\mathbb{E}_p[\log D] + \log(1 - \max D)$, and where $D$ is largest.

    $D$ is optimal for the model. $p/q$ and the masses are fractions, so the largest is found
    exactly.
    """
    pairs = list(zip(real, fake, strict=True))
    odds = [Fraction(a, b) for a, b in pairs]
    point = odds.index(max(odds))
    earned = [Fraction(a, 20) * certified.log(Fraction(a, a + b)) for a, b in pairs if a]
    lost = certified.log(Fraction(fake[point], real[point] + fake[point]))
    return sum(earned, lost), point


def mean_log_d():
    r"""$\mathbb{E}_p[\log D] = -\mathbb{E}_p[w] - \mathbb{E}_p[\log(1 + e^{-w})]$ for $w = 2 (x - 1)^2$.

    The first mean is 4, and $e^{-w}$ is $\sqrt{\pi/2}$ times the density of $\mathcal{N}(1, 1/4)$.
    """
    softened = p * sp.log(1 + sp.sqrt(sp.pi / 2) * q)
    pair = Normal(0, 1), Normal(1, "1/2")
    return -4 - certified.integral(softened, *pair, bound=(1, 0), digits=12)


def value_at(data, model, logits):
    """V on the points 0, 1, ..., with the logit of D at each.

    A logit of ±700 is as good as infinite: D differs from 0 or 1 by less than 1e-300.
    """
    return value_function(data, model, lambda at: logits[at.astype(int)])


def above_best_point(rows):
    """Data, model, and logits from -12 to 48. The differences are compared after 1 is added to both."""
    data, model, logits = Discrete(rows[0]), Discrete(rows[1]), 60 * (rows[2] - 0.2)
    top = value_at(data, Discrete(np.eye(5)[int(np.argmax(logits))]), logits)
    above = value_at(data, model, logits) - top
    return equal("1 + V(q) - V(point)", 1 + above, 1 + excess_of(rows[1], logits))


@summed
def excess_of(fake, logits):
    r"""$\sum q \log\frac{1 - D}{1 - d}$."""
    lost = log_expit(-logits)
    return [fake * lost, -fake * lost.min()]


def optimal_logits(data, model):
    """The logits of D*, cut off at ±700, and -700 where neither has mass."""
    logits = np.clip(optimal_discriminator(data, model)(data.points), -700, 700)
    return np.where(data.weights + model.weights > 0, logits, -700.0)


def chosen_point(pair):
    """The point where D* is largest: its V, and its C, which is -log 4 only if it has all the data."""
    data, model = pair
    logits = optimal_logits(data, model)
    point = int(np.argmax(logits))
    alone = Discrete(np.eye(len(logits))[point])
    share, criterion = data.exact_weights[point], virtual_training_criterion(data, alone)
    yield at_most("V of the point", value_at(data, alone, logits), -LOG_4)
    yield equal("1 - C of the point", 1 - criterion, 1 - of_point(float(share)))
    if share < 1:
        yield at_least("C of the point", criterion, -LOG_4, tolerance=0)


@summed
def of_point(share):
    r"""$m \log\frac{m}{1 + m} - \log(1 + m)$."""
    return [xlogy(share, share / (1 + share)), -math.log1p(share)]


def data_are_best(data, model):
    """V(D*, p) is at most V(D*, point) for every point."""
    logits = optimal_logits(data, model)
    points = [value_at(data, Discrete(row), logits) for row in np.eye(len(logits))]
    return at_most("V of the data", value_at(data, data, logits), min(points, key=float))
