r"""At the equilibrium the discriminator says $\tfrac12$, and the value of the game is $-\log 4$.

Statement
---------
If the model is the data, $q = p$, then $D^* = p/(p + p) = \tfrac12$ wherever $p > 0$, and

$$V(D^*, G) = \max_D V(D, G) = -\log 4.$$

Where $p = q = 0$ any value of $D$ is a best response. But the pair of $p$ and $D$ is a saddle point only
if $D \le \tfrac12$ there too: a generator that moves a share $t$ of its mass to a place where $D = d$
changes $V$ by $t\,[\log(1 - d) + \log 2]$, and this is negative as soon as $d > \tfrac12$.

Assumes   $p$ and $q$ are densities with respect to one measure; $\log 0 = -\infty$, $0 \log 0 = 0$.
Source    [@goodfellow2014, Theorem 1].
"""

import math
from functools import partial

import numpy as np
import sympy as sp

from gantheory import certified
from gantheory.densities import Cauchy, Discrete, Mixture, Normal, Triangular
from gantheory.game import optimal_discriminator, value_function
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal, increasing

theorem = Theorem(
    label="equilibrium-value",
    title=r"$D^* = \tfrac12$ and $V = -\log 4$ at the equilibrium",
    uses=("optimal-discriminator", "global-minimum"),
    covers=("equilibrium-value", "off-the-support-at-most-half", "off-support-values-matter"),
    errata=(
        r"[@roysdon] takes $D = \tfrac12$ for the unique best response at the equilibrium: off the "
        r"support of the data any $D$ is one, and a saddle point needs $D \le \tfrac12$ there.",
        r"[@ramasinghe] gives every data point the value $0.5$ and leaves the rest open: "
        r"$D > \tfrac12$ anywhere off the support breaks the equilibrium.",
    ),
)

# the densities p and q of data and model at one point; D and d, values of a discriminator on the data
# and off them; t, the share of the model's mass that is moved
p, q, D, d, t = sp.symbols("p q D d t", positive=True)
x = sp.Symbol("x", real=True)
HALF, LOG_2, LOG_4 = sp.Rational(1, 2), sp.log(2), sp.log(4)
NORMAL = sp.exp(-(x**2) / 2) / sp.sqrt(2 * sp.pi)  # the density of N(0, 1)
VALUE = p * sp.log(D) + q * sp.log(1 - D)  # the integrand of V
INSIDE = {D: (0, 1)}


def derive():
    r"""First the discriminator's side, with $q = p$, then the generator's.

    The best response $D^* = p/(p + q)$ differs from $\tfrac12$ by a multiple of $p - q$, so it is
    $\tfrac12$ exactly where the densities agree. With $q = p$ the integrand of $V$ is
    $p\,[\log D + \log(1 - D)]$. Its slope in $D$ changes sign at $\tfrac12$ and nowhere else, and its
    maximum is $-p \log 4$. Integrated, $\max_D V = -\log 4$.

    What a discriminator loses against this model is $-\log(1 - (1 - 2D)^2)$ per unit of mass. This is
    zero at $\tfrac12$, and grows without bound as $D$ approaches 0 or 1.

    Now the generator's side. $D$ is $\tfrac12$ on the data and $d$ at some place without data. As long
    as the whole model is on the data, the second half of $V$ is $\log \tfrac12$. A share $t$ that moves
    to this place contributes $t \log(1 - d)$ instead of $t \log \tfrac12$, and so $V$ changes by
    $t\,[\log(1 - d) + \log 2]$. The generator minimises $V$. It gains nothing by the move if
    $d \le \tfrac12$; if $d > \tfrac12$ it gains, and then the pair is not a saddle point.
    """
    yield equal("distance of D* from 1/2", p / (p + q) - HALF, (p - q) / (2 * (p + q)))
    slope, name = p * (1 - 2 * D) / (D * (1 - D)), "equilibrium-value"
    found = sp.Derivative(VALUE.subs(q, p), D)
    yield equal("slope of the integrand at q = p", found, slope, where=INSIDE)
    value = sp.log(D) + sp.log(1 - D)
    yield at_most("no D exceeds -log 4", value, -LOG_4, where=INSIDE, label=name)
    loss = -LOG_4 - sp.log(D) - sp.log(1 - D)
    yield equal("loss of a D other than 1/2", loss, -sp.log(1 - (1 - 2 * D) ** 2), where=INSIDE)

    gain, slug = sp.log(1 - d) + LOG_2, "off-the-support-at-most-half"
    moved, both = -LOG_2 + (1 - t) * sp.log(HALF) + t * sp.log(1 - d), {d: (0, 1), t: (0, 1)}
    yield equal("change of V by a move", moved - moved.subs(t, 0), t * gain, where=both)
    yield at_least("no gain while d ≤ 1/2", gain, 0, where={d: (0, HALF)}, label=slug)
    yield at_most("a gain for d > 1/2", gain, 0, where={d: (HALF, 1)})


def certify():
    r"""The value in balls, and that it falls on whole intervals as $D$ leaves $\tfrac12$.

    Four data with the model on them have $-\log 4$. A constant $D$ has less, the more the farther it
    is from $\tfrac12$. So has $D = \sigma(c x)$ on $\mathcal{N}(0, 1)$, which is right in the mean and
    has $V = -\mathbb{E}[\log(2 + 2 \cosh c x)]$: for $c$ from $\tfrac1{10}$ to 3 its slope is below
    $-10^{-3}$, and what lies beyond $\lvert x \rvert = 8$ adds only to the fall.
    """
    for name in ("N(1, 2²)", "Cauchy(0, 1)", "a triangle", "(1/6, 1/3, 1/2)"):
        found = certified.virtual_training_criterion(DATA[name], DATA[name], digits=15)
        yield equal(f"{name}: -log 4", found, -LOG_4)
    near, value = sp.Rational(1, 1000), sp.log(D) + sp.log(1 - D)
    yield increasing("a constant D below 1/2", value, where={D: (near, HALF - near)})
    yield increasing("above 1/2, minus V", -value, where={D: (HALF + near, 1 - near)})
    loss = 2 * sp.Integral(NORMAL * sp.log(2 + 2 * sp.cosh(t * x)), (x, 0, 8)) - t / 1000
    yield increasing("D = σ(c x), minus V", loss, where={t: (100 * near, 3)})
    tilted = optimal_discriminator(Normal("1/2", 1), Normal("-1/2", 1))  # its logit is x
    yield equal("D = σ(x)", value_function(*EVEN, tilted), -certified.over(loss, {t: 1}) - near)


def check():
    r"""The value at the equilibrium for seven data, and three discriminators off the data.

    First data and model are one density: with heavy tails, with a corner, with a peak, or discrete.

    Then the data are the points 0 and 1 with weights $\tfrac12$, the discriminator says $\tfrac12$ on
    them, and the model has left them for the point 2. If the discriminator says 20 % there, $V$ is
    larger than $-\log 4$, so that the generator has lost by its move. With 50 % it is the same. With
    60 % the generator has reached $-\log 5 < -\log 4$. These are the values for $t = 1$.
    """
    for name, density in DATA.items():
        best = optimal_discriminator(density, density)
        yield equal(f"V at q = p, {name}", value_function(density, density, best), -LOG_4)
    values = {20: -LOG_2 + sp.log(sp.Rational(4, 5)), 50: -LOG_4, 60: -sp.log(5)}
    for percent, value in values.items():
        found = value_function(*LEFT, third_point(percent / 100))
        yield equal(f"model off the data, D = {percent} % there", found, value)


def search(seed):
    r"""Two hunts, for a better discriminator and for a better generator.

    The first draws a distribution on six points and a discriminator, and looks for $V > -\log 4$ with
    the model equal to the data. The second has data on three of six points and a discriminator that is
    $\tfrac12$ there and at most $\tfrac12$ elsewhere; it looks for a model with $V < -\log 4$.
    Together they test that the pair of $p$ and this $D$ is a saddle point: neither player gains by a
    move of its own.
    """
    hunt = partial(survives, seed=seed, examples=130)
    yield hunt("no discriminator exceeds -log 4", discriminator_loses, drawn())
    yield hunt("no generator falls below -log 4", generator_loses, drawn())


def refute():
    r"""Five mistakes about the equilibrium.

    $V$ has two halves of $-\log 2$ each; losses that are averaged over the whole batch show only
    one, and so $-\log 2$ is taken for the value of the game. The number $-1.386$ is in nats, not in
    decimal logarithms. The next two forget the places without data: "any $D$ is a best response
    there" is true for the discriminator, but $D = 0.6$ invites the generator. Last, that all
    discriminators are equally good when the model is the data: all but $\tfrac12$ are worse.
    """
    found = value_function(*EVEN, optimal_discriminator(*EVEN))
    yield equal("log 2 for log 4", found, -LOG_2)
    yield equal("-log 4 in base 10", found / sp.log(10), -LOG_4)
    found, name = value_function(*LEFT, third_point(0.6)), "off-support-values-matter"
    yield at_least("any D off the data keeps the saddle point", found, -LOG_4, label=name)
    yield at_least("no gain for any d", sp.log(1 - d) + LOG_2, 0, where={d: (0, 1)})
    yield survives("every D has -log 4 at q = p", all_equally_good, drawn())


def figure():
    r"""The value of the game when the model leaves the data, for four values of $D$ off the data.

    All lines start at $-\log 4$, where the model is the data. For $D \le \tfrac12$ they do not fall, and
    for $D > \tfrac12$ they do.
    """
    from matplotlib import pyplot as plt

    share = np.linspace(0, 1, 101)
    fig, axes = plt.subplots()
    for level, color in ((0.2, "C0"), (0.5, "C0"), (0.6, "C2"), (0.8, "C2")):
        value = -math.log(4) + share * (math.log(1 - level) + math.log(2))
        axes.plot(share, value, color=color)
        axes.text(1.01, value[-1], f"$D={level:g}$", va="center", color=color)
    axes.plot([0], [-math.log(4)], "o", color="C4", clip_on=False, zorder=5)
    axes.text(0.03, -1.22, "the model\nis the data", va="bottom")
    axes.text(
        0.5, -2.0, "$D$ > ½ off the data\nrewards leaving them", color="C2", ha="right", va="top"
    )
    axes.text(0.98, -0.7, "$D$ ≤ ½ off the data:\na saddle point", color="C0", ha="right")
    axes.set(title="A generator that leaves the data, $D$ = ½ on them")
    axes.set(xlabel="share of the model off the data", ylabel="value $V(D, G)$, nats")
    axes.set(xlim=(0, 1), ylim=(-2.4, -0.4), xticks=(0, 0.5, 1), yticks=(-2, -math.log(4), -1))
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

DATA = {
    "N(0, 1)": Normal(0, 1),
    "N(1, 2²)": Normal(1, 2),
    "two modes": Mixture((Normal(-2, 0.5), Normal(2, 0.5)), (0.5, 0.5)),
    "Cauchy(0, 1)": Cauchy(0, 1),
    "a triangle": Triangular(0, 1, 1),
    "N(0, 0.1²)": Normal(0, 0.1),
    "(1/6, 1/3, 1/2)": Discrete(("1/6", "1/3", "1/2")),
}
EVEN = DATA["N(0, 1)"], DATA["N(0, 1)"]  # the model is the data
LEFT = Discrete(("1/2", "1/2", 0)), Discrete((0, 0, 1))  # the model has left the data


def third_point(level):
    """The logit of D = 1/2 on the first two points, `level` on the third."""
    return lambda at: np.where(at == 2, math.log(level / (1 - level)), 0.0)


def drawn():
    """Pairs (weights on six points, six logits in [-30, 30])."""
    return strategies.simplices(6).flatmap(
        lambda weights: strategies.simplices(6).map(lambda shares: (weights, 60 * (shares - 0.2)))
    )


def against_itself(weights, logits):
    """V(D, p) for data p and model p."""
    density = Discrete(weights)
    return value_function(density, density, lambda at: logits[at.astype(int)])


def discriminator_loses(example):
    """V ≤ -log 4 for the data as model."""
    return at_most("V ≤ -log 4", against_itself(*example), -LOG_4)


def generator_loses(example):
    """V ≥ -log 4 for data on the first three points, D = 1/2 there and σ(-|logit|) elsewhere."""
    weights, logits = example
    kept = np.where(np.arange(6) < 3, 0.0, -np.abs(logits))
    data = Discrete(("1/6", "1/3", "1/2", 0, 0, 0))
    found = value_function(data, Discrete(weights), lambda at: kept[at.astype(int)])
    return at_least("V ≥ -log 4", found, -LOG_4)


def all_equally_good(example):
    """V = -log 4 for the data as model, which is false for most D."""
    return equal("V = -log 4", against_itself(*example), -LOG_4)
