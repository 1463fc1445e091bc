r"""The hinge game: its best critic is $\operatorname{sign}(p - q)$, and it measures total variation.

Statement
---------
The critic $D$ gives any real number. It minimises
$L(D) = \mathbb{E}_p[(1 - D)_+] + \mathbb{E}_q[(1 + D)_+]$, where $t_+ = \max(0, t)$, and the generator
minimises $-\mathbb{E}_q[D]$. With $\mathrm{TV} = \tfrac12 \int \lvert p - q \rvert \,\mathrm{d}x$,

$$ \min_D L(D) = 2 \int \min(p, q) \,\mathrm{d}x = 2 - 2\,\mathrm{TV}, \qquad
   D^* = \operatorname{sign}(p - q), \qquad \mathbb{E}_p[D^*] - \mathbb{E}_q[D^*] = 2\,\mathrm{TV}. $$

- $D$ is optimal iff almost everywhere it is 1 where $p > q > 0$, $-1$ where $q > p > 0$, anything in
  $[-1, 1]$ where $p = q > 0$, at least 1 where $q = 0 < p$, and at most $-1$ where $p = 0 < q$.
- Against $D^*$ held still the generator's loss has the slope of $2\,\mathrm{TV}$ in $q$. But $D^*$ is
  flat: samples get no gradient from it.
- The equilibria are $q = p$ with $D = k$ on the support of $p$ and $D \le k$ elsewhere, for any $k$ in
  $[-1, 1]$. There $L = 2$. The logistic game ends at $q = p$ too, but with the logit 0 alone.

Assumes   $p$ and $q$ are densities with respect to one measure; where both are 0, $D$ is arbitrary.
Source    [@lim2017]; [@tran2017]; [@miyato2018] for use in training.
"""

from fractions import Fraction

import numpy as np
import sympy as sp

from gantheory import certified
from gantheory.densities import Discrete, Normal, Uniform
from gantheory.divergences import total_variation
from gantheory.evidence import in_norm, summed
from gantheory.game import optimal_discriminator
from gantheory.losses import HINGE
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, always, at_least, at_most, equal, iff

theorem = Theorem(
    label="hinge",
    title=r"Hinge: $D^* = \operatorname{sign}(p - q)$, and $\min_D L(D) = 2 - 2\,\mathrm{TV}$",
    covers=("hinge", "hinge-variant", "output-in-the-unit-interval"),
    errata=(
        r"[@roysdon] has $\max(0, 1 - D)$ in the place of the logistic terms, with $D$ in $(0, 1)$, and "
        r"the same equilibrium: $D$ has to be a real number, the generated term is $\max(0, 1 + D)$, "
        r"and $D = \tfrac12$ is only one of many values at the equilibrium.",
    ),
)

p, q = sp.symbols("p q", nonnegative=True)  # densities of data and model at one point
p_1, q_1 = sp.symbols("p_1 q_1", real=True)  # the weights of the first of two points
D, D_1, D_2 = sp.symbols("D D_1 D_2", real=True)  # the critic at a point, and at two
x, mu = sp.symbols("x mu", real=True)
BETWEEN = p * (1 - D) + q * (1 + D)  # what a point adds to L for D in [-1, 1]
TWICE_TV = 2 * sp.erf(mu / (2 * sp.sqrt(2)))  # of N(0, 1) and N(μ, 1), for μ > 0


def derive():
    r"""Three straight pieces, one point at a time.

    Below $-1$ only data cost, above 1 only the model does, and in between a point adds
    $p + q - D (p - q)$. So the least is at a corner, and is $2 \min(p, q)$; where $p = q$ the middle
    piece is level. Integrated, $2 \min(p, q) = p + q - \lvert p - q \rvert$ gives $2 - 2\,\mathrm{TV}$.
    In $q$, $\lvert p - q \rvert$ has the slope $-\operatorname{sign}(p - q)$.

    For $\mathcal{N}(0, 1)$ and $\mathcal{N}(\mu, 1)$, $\mu > 0$, $D^*$ is 1 below $x = \tfrac12 \mu$ and
    $-1$ above. As $\mu$ moves on, $-\mathbb{E}_q[D^*]$ for this $D^*$, which is
    $\operatorname{erf}((\mu - x)/\sqrt{2})$, has the slope of $2\,\mathrm{TV}$ in $\mu$. But
    $-\mathbb{E}_q[\nabla D^*] = 0$: all of the slope is in the jump.

    At an equilibrium $q$ sits where $D$ is largest. If $q \ne p$, $D \ge 1$ where $p > q$, and
    $D \le -1$ where $q > p$, where $q$ has mass: it would move. So $q = p$, $\lvert D \rvert \le 1$ on
    the support, and $D$ is constant there. The claim says it for two points, with weights that may be 0.
    """
    for name, given, most in (
        ("p > q > 0", (p > q) & (q > 0), sp.Eq(D, 1)),
        ("q > p > 0", (q > p) & (p > 0), sp.Eq(D, -1)),
        ("p = q > 0", sp.Eq(p, q) & (q > 0), (D >= -1) & (D <= 1)),
        ("p > q = 0", (p > q) & sp.Eq(q, 0), D >= 1),
        ("q > p = 0", (q > p) & sp.Eq(p, 0), D <= -1),
    ):
        label = "hinge" if name == "p > q > 0" else None
        yield iff(f"{name}: optimal D", given & is_least(p, q, D), given & most, label=label)
    yield always(
        "never below 2 min(p, q)", True, sp.Or(*(x & (y >= 0) for x, y in regret(p, q, D)))
    )
    moved = sp.Subs(sp.Derivative(sp.erf((mu - x) / sp.sqrt(2)), mu), x, mu / 2)
    yield equal("density moved: the slope", sp.Derivative(TWICE_TV, mu), moved)
    yield iff(
        "equilibria on two points", WEIGHTS & equilibrium(), WEIGHTS & SAME, label="hinge-variant"
    )
    literal = sp.Derivative(BETWEEN, D)
    yield equal("D in (0, 1): the slope", literal, q - p, where={D: (0, 1)})


def certify():
    r"""The least loss in balls, and models that two games rank differently.

    For $\mathcal{N}(0, 1)$ and $\mathcal{N}(1, 1)$ it is $2 - 2 \operatorname{erf}(\sqrt{2}/4)$, about
    1.2342; for uniform densities shifted by $\tfrac14$ it is $\tfrac32$; for disjoint ones it is 0. The
    data are $(0.5, 0.5, 0)$. Of the models $(0.4, 0.4, 0.2)$ and $(0.75, 0.25, 0)$ the hinge game
    prefers the first one, and the logistic game the second one.
    """
    for name, (pair, least) in CLOSED.items():
        found = 4 * certified.bayes_error(*pair, digits=15)
        yield equal(f"{name}: 1 + 2 ∫ min(p, q)", 1 + found, 1 + least)
        measured = certified.total_variation(*pair, digits=15)
        yield equal(f"{name}: 3 - 2 TV", 3 - 2 * measured, 1 + least)
    (hinge_a, hinge_b), (logistic_a, logistic_b) = both_games()
    yield at_most("TV: the first is better", hinge_a, hinge_b - Fraction(1, 25))
    yield at_most("JSD: the second is better", logistic_b, logistic_a - Fraction(1, 25))


def check():
    r"""The coded loss at the coded optimum, and a critic that is trained by its coded gradient.

    Between the points where $p = q$ the optimum is constant, so that $L$ is a sum of masses from the
    distribution functions, compared with $2 - 2\,\mathrm{TV}$ by quadrature. Then six critics on four
    points descend the coded loss in 4000 steps: where $p \ne q$ they end within 0.02 of $D^*$, and
    where $p = q$ in $[-1, 1]$.
    """
    for name, pair in PAIRS.items():
        closed = 2 - 2 * total_variation(*pair[:2])
        yield equal(f"{name}: L(sign(p - q))", loss_of_sign(*pair), closed)
    yield at_most("six critics: distance from D*", abs(off_target()[:, :3]), 0.02)
    yield at_most("six critics, p = q: |D|", abs(off_target()[:, 3]), 1.02)


def search(seed):
    r"""Distributions on few points, with weights that may be 0, and any critic.

    A critic below $2 - 2\,\mathrm{TV}$ would refute the statement, and so would another loss of
    $\operatorname{sign}(p - q)$.
    """
    critics = strategies.logit_batches(6, largest=100)
    drawn = strategies.discrete_pairs().flatmap(lambda pair: critics.map(lambda one: (*pair, one)))
    yield survives("any critic", never_below, drawn, seed=seed, examples=130)


def refute():
    r"""Six mistakes, most of them from taking the logistic game for this one.

    That $\frac{p}{p + q}$ is optimal. That $D = \tfrac12$ is the only optimum at $p = q$. That
    $(1 - D)_+$ stands for both terms: then $D = 1$ costs nothing. That an output in $(0, 1)$ is enough
    [@roysdon]: where $q > p$ the best one is at the excluded end 0, and costs $q - p$ too much. That the
    divergence is the same. And that samples moved by the gradient at $D^*$, which is 0, descend it.
    """
    logistic = BETWEEN.subs(D, p / (p + q))
    yield always("p/(p + q) is optimal", (p > q) & (q > 0), logistic <= 2 * q)
    equals = sp.Eq(p, q) & (q > 0)
    yield iff("p = q: only D = 1/2", equals & is_least(p, q, D), equals & sp.Eq(2 * D, 1))
    same = (p + q) * (1 - D)
    yield always("(1 - D)+ twice: at least 2 q", (D <= 1) & (p > q), same >= 2 * q)
    ends, name = (q > p) & sp.Eq(D, 0), "output-in-the-unit-interval"
    yield always("D = 0 where q > p: 2 p", ends, 2 * p >= BETWEEN, label=name)
    hinge = 2 - 2 * certified.total_variation(*WITH_NORMAL, digits=12)
    logistic = 2 - 2 * certified.js_divergence(*WITH_NORMAL, digits=12) / certified.log(2)
    yield equal("2 - 2 TV as 2 - 2 JSD/log 2", hinge, logistic)
    yield equal("samples moved: the slope", sp.Derivative(TWICE_TV, mu), 0)


def figure():
    r"""What a point adds to the loss, and the best outputs of two games.

    Left, the densities $p, q$ at the point stand at the lines: the least value is at a corner, or
    on all of $[-1, 1]$ if $p = q$. Right, for $\mathcal{N}(0, 1)$ and $\mathcal{N}(1, 1)$: the hinge
    critic says on which side of $p = q$ a sample lies, the logistic one how far.
    """
    from matplotlib import pyplot as plt

    fig, panels = plt.subplots(1, 2, figsize=(9.0, 3.6))
    two_panels(*panels)
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

WITH_NORMAL = Normal(0, 1), Normal(1, 1)
CLOSED = {
    "N(0, 1), N(1, 1)": (WITH_NORMAL, 2 - 2 * sp.erf(sp.sqrt(2) / 4)),
    "U[0, 1], U[1/4, 5/4]": ((Uniform(0, 1), Uniform("1/4", "5/4")), sp.Rational(3, 2)),
    "U[0, 1], U[2, 3]": ((Uniform(0, 1), Uniform(2, 3)), 0),
}
WIDE = float(np.sqrt(8 * np.log(2) / 3))  # where N(0, 1) and N(0, 2²) have the same density
PAIRS = {  # data, model, where p = q
    "N(0, 1), N(1, 1)": (*WITH_NORMAL, (0.5,)),
    "N(0, 1), N(0, 2²)": (Normal(0, 1), Normal(0, 2), (-WIDE, WIDE)),
    "U[0, 1], U[1/4, 5/4]": (Uniform(0, 1), Uniform(0.25, 1.25), (0.0, 0.25, 1.0, 1.25)),
}
WEIGHTS = (p_1 > 0) & (p_1 < 1) & (q_1 >= 0) & (q_1 <= 1)
SAME = sp.Eq(q_1, p_1) & sp.Eq(D_1, D_2) & (D_1 >= -1) & (D_1 <= 1)


def pieces(real, fake, output):
    """Where a piece of the loss holds, and the piece."""
    return (
        (output <= -1, real * (1 - output)),
        ((output >= -1) & (output <= 1), real * (1 - output) + fake * (1 + output)),
        (output >= 1, fake * (1 + output)),
    )


def regret(real, fake, output):
    """Where a piece holds, also by the larger density, and the piece less 2 min(p, q)."""
    return [
        (where & side, piece - 2 * least)
        for where, piece in pieces(real, fake, output)
        for side, least in ((real >= fake, fake), (real <= fake, real))
    ]


def is_least(real, fake, output):
    """The condition that the loss at a point is 2 min(p, q)."""
    return sp.Or(*(where & sp.Eq(lost, 0) for where, lost in regret(real, fake, output)))


def equilibrium():
    """The condition that on two points neither player can do better alone."""
    of_critic = is_least(p_1, q_1, D_1) & is_least(1 - p_1, 1 - q_1, D_2)
    mean = q_1 * D_1 + (1 - q_1) * D_2
    return of_critic & (mean >= D_1) & (mean >= D_2)


def both_games():
    """TV and JSD of data (0.5, 0.5, 0) and two models, in balls."""
    data = Discrete(("0.5", "0.5", "0"))
    models = Discrete(("0.4", "0.4", "0.2")), Discrete(("0.75", "0.25", "0"))
    games = certified.total_variation, certified.js_divergence
    return [[game(data, model) for model in models] for game in games]


@summed(roundings=256)  # of distribution functions; a mass is the difference of two values
def loss_of_sign(real, fake, crossings):
    """The masses of the intervals between crossings times the coded losses of the coded optimum."""
    ends = np.array([-np.inf, *crossings, np.inf])
    inner = np.array([crossings[0] - 1, *crossings, crossings[-1] + 1])
    middles = (inner[:-1] + inner[1:]) / 2
    said = HINGE.optimal_logit(optimal_discriminator(real, fake)(middles))
    paid = HINGE.real.value(said), HINGE.fake.value(said)
    masses = [one.cdf(ends) for one in (real, fake)]
    return [
        s * cost * m
        for cost, m in zip(paid, masses, strict=True)
        for s, m in ((1, m[1:]), (-1, m[:-1]))
    ]


@in_norm
def off_target():
    """Six critics on four points after 4000 steps of 0.01, from outputs between -3 and 3, less D*."""
    draw = np.random.default_rng(5)
    outputs = draw.uniform(-3, 3, (6, 4))
    real, fake = np.array([0.5, 0.1, 0.2, 0.2]), np.array([0.3, 0.4, 0.1, 0.2])
    for _ in range(4000):
        pull = real * HINGE.real.slope(outputs) + fake * HINGE.fake.slope(outputs)
        outputs = outputs - 0.01 * pull
    return outputs - np.sign(real - fake)


def never_below(example):
    """2 - 2 TV for the sign, and no less for the drawn critic; 1 is added, since it may be 0."""
    real, fake, critic = example
    least = 3 - 2 * total_variation(real, fake)
    given = np.resize(critic.astype(float), len(real.weights))
    yield equal(
        "1 + L(sign(p - q))", 1 + loss_at(real, fake, np.sign(real.weights - fake.weights)), least
    )
    yield at_least("1 + L(D)", 1 + loss_at(real, fake, given), least)


@summed
def loss_at(real, fake, said):
    """The terms of the coded loss."""
    return [real.weights * HINGE.real.value(said), fake.weights * HINGE.fake.value(said)]


def two_panels(left, right):
    """Draw what a point adds, and the best outputs."""
    at = np.linspace(-2, 2, 401)
    for real, colour, place in (
        (0.75, "C0", (0.6, 0.62)),
        (0.5, "C4", (-0.3, 1.08)),
        (0.25, "C2", (-1.6, 0.6)),
    ):
        loss = real * HINGE.real.value(at) + (1 - real) * HINGE.fake.value(at)
        left.plot(at, loss, color=colour)
        left.annotate(f"{real:g}, {1 - real:g}", place, color=colour)
    left.set(
        xlabel="output $D$", ylabel="loss at a point", xticks=(-1, 0, 1), yticks=(0, 0.5, 1, 2)
    )
    left.set(ylim=(0, 2.3), title="The loss has its minimum at a corner")
    x = np.linspace(-2, 3, 401)
    right.plot(x, 0.5 - x, color="C1")
    right.plot(x, np.sign(0.5 - x), color="C3")
    right.annotate("hinge: sign", (-1.9, 0.65), color="C3")
    right.annotate("logistic: $\\log(p/q)$", (-1.2, 2.0), color="C1")
    right.set(
        xlabel="sample $x$", ylabel="best output", xticks=(-2, 0, 0.5, 1, 3), yticks=(-1, 0, 1)
    )
    right.set(ylim=(-2.6, 2.6), title="Two best discriminators")
