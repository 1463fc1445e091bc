r"""Least squares GAN: its value is a $\chi^2$, and what the generator descends depends on its label.

Statement
---------
The discriminator minimises
$L(D) = \tfrac12 \mathbb{E}_p[(D - b)^2] + \tfrac12 \mathbb{E}_q[(D - a)^2]$ with labels $a < b$, the
generator minimises $\tfrac12 \mathbb{E}_q[(D - c)^2]$. Let $m = \tfrac12 (p + q)$ and
$\Delta = \int \frac{(p - q)^2}{p + q} \,\mathrm{d}x$, which lies between 0 and 2. Then

$$ D^* = \frac{b p + a q}{p + q}, \qquad
   L(D) - L(D^*) = \tfrac12 \int (p + q) (D - D^*)^2 \,\mathrm{d}x, \qquad
   L(D^*) = \tfrac18 (b - a)^2 (2 - \Delta). $$

- With $\tfrac12 \mathbb{E}_p[(D^* - c)^2]$ added, the generator's loss would be
  $\tfrac18 (b - a)^2 \Delta$ plus a constant, for every $c$; but it does not see that mean.
- Against $D$ frozen at $D^*$ it descends
  $(b - a) \bigl((c - a)\,\mathrm{KL}(p \,\|\, m) - \tfrac18 (b - a) \Delta\bigr)$. Each point adds what
  is convex in $q$ iff $c \ge b$: for the labels 0, 1, 1, $\mathrm{KL}(p \,\|\, m) - \tfrac18 \Delta$.
- For the labels $-1, 1, 0$ it may increase $\Delta$; on two points with $p = (\tfrac12, \tfrac12)$ it
  always does. The zero-sum generator, with $-\tfrac12 \mathbb{E}_q[(D - a)^2]$, descends
  $\tfrac18 (b - a)^2 \Delta$.

Assumes   $D$ is any real function; $p$ and $q$ are densities with respect to one measure; where both
          are 0, $D^*$ is arbitrary.
Source    [@mao2017] for the game and for $D^*$; the frozen slopes are derived here.
"""

from fractions import Fraction

import numpy as np
import sympy as sp

from gantheory import certified
from gantheory.densities import Discrete, Mixture, Normal
from gantheory.divergences import kl_divergence, triangular_discrimination
from gantheory.evidence import differences, in_norm, summed
from gantheory.losses import least_squares
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, always, at_least, at_most, equal, iff

theorem = Theorem(
    label="lsgan",
    title=r"Least squares: $L(D^*) = \tfrac18 (b - a)^2 (2 - \Delta)$, and what $G$ descends",
    covers=("lsgan", "both-means-mislead", "without-a-root"),
    errata=(
        r"[@mao2017, section 3.2] adds a mean over the data to the generator's loss, which shall not "
        r"depend on $G$; but $D^*$ does, and with labels $-1, 1, 0$ $G$ may increase the $\chi^2$.",
        r"[@lee2017code, LSGAN.py] takes the root of the sum of squares: then $D^*$ is another, and at "
        r"$p = q$ every constant between 0 and 1 is optimal.",
    ),
)

p, q, A, B = sp.symbols("p q A B", positive=True)  # densities at a point; two root mean squares
a, b, c, D, h, t = sp.symbols("a b c D h t", real=True)  # labels, D at a point; h, t: numbers
STAR = (b * p + a * q) / (p + q)
LOSS = p * (D - b) ** 2 / 2 + q * (D - a) ** 2 / 2
DELTA = (p - q) ** 2 / (p + q)
FOLLOWED = (b - a) * ((c - a) * p * sp.log(2 * p / (p + q)) - (b - a) * DELTA / 8)
BEND = (b - a) * p * ((c - a) * q - (b - c) * p) / (p + q) ** 3
RATE, HALF = 1 - 4 * p**2 / (p + q) ** 2, sp.Rational(1, 2)
MIDDLE, FIRST = {a: -1, b: 1, c: 0}, {a: 0, b: 1, c: 1}


def derive():
    r"""Complete a square, then differentiate in $q$ with $D$ moving along, and with $D$ frozen.

    At a point $L$ is a parabola in $D$, so $D^*$ is a mean of the labels with the weights $p$ and $q$:
    $a$ where $p = 0$, and $b$ where $q = 0$, so that $L(D^*) = 0$ if the two are disjoint. Since $D^*$
    is stationary, the slope of $-L(D^*)$ in $q$ is that at frozen $D^*$, as the zero-sum game has it.

    The slope $\tfrac12 (D^* - c)^2$ of $\tfrac12 \mathbb{E}_q[(D - c)^2]$ at frozen $D^*$ has to be
    integrated in $q$ to see what it belongs to. That bends upwards where $(c - a) q > (b - c) p$:
    everywhere if $c \ge b$, else not where the model has far too little mass. There $D^* > c$, and the
    generator takes away what is left.

    Samples move by $-\nabla_x \tfrac12 (D^* - c)^2$. In the logit $t = \log \frac{p}{q}$,
    $D^* = a + (b - a) \sigma(t)$, and the force dies as $e^t$ where $p \ll q$, as in the minimax game.
    """
    lost = LOSS - LOSS.subs(D, STAR)
    yield equal("what another D loses", lost, (p + q) * (D - STAR) ** 2 / 2, label="lsgan")
    least = (b - a) ** 2 * (p + q - DELTA) / 8
    yield equal("the least loss at a point", LOSS.subs(D, STAR), least)
    off = (a + b) / 2 - c
    both = (b - a) ** 2 * DELTA / 8 + off * (b - a) * (p - q) / 2 + off**2 * (p + q) / 2
    yield equal("both means, at a point", (p + q) * (STAR - c) ** 2 / 2, both)
    for name, zero, label in (("p", p, a), ("q", q, b)):
        yield equal(f"D* where {name} = 0", sp.Limit(STAR, zero, 0, "+"), label)
    yield equal("zero-sum: the slope", sp.Derivative(-least, q), -((STAR - a) ** 2) / 2)
    constant = (a - c) ** 2 / 2 + (b - a) ** 2 / 8
    only_data = (b - a) * p * ((c - a) * sp.log(2) - (b - a) / 8)
    yield equal("frozen: where q = 0", sp.Limit(FOLLOWED, q, 0, "+"), only_data)
    yield equal("frozen: the slope", sp.Derivative(FOLLOWED, q), (STAR - c) ** 2 / 2 - constant)
    yield equal("how it bends", sp.Derivative(FOLLOWED, (q, 2)), BEND)
    upwards = (c - a) * q > (b - c) * p
    yield iff("where it bends upwards", (b > a) & (BEND > 0), (b > a) & upwards)
    yield always("convex if c is at least b", (b > a) & (c >= b), BEND > 0)
    yield equal("the slope of Δ", sp.Derivative(DELTA, q), RATE)
    grown, apart = 4 * h**4 / (1 - h**2) ** 4, {h: (-HALF, HALF)}
    yield equal("-1, 1, 0, two points: Δ'", growth_on_two_points(), grown, where=apart)
    output = a + (b - a) / (1 + sp.exp(-t))
    force = (c - output) * (b - a) * sp.exp(t) / (1 + sp.exp(t)) ** 2
    yield equal("the force", -sp.Derivative((output - c) ** 2 / 2, t), force)
    # without the square, labels 0 and 1: A² = E_p (D - 1)², B² = E_q D²
    yield equal("roots: the slope at their D*", p * (ROOTED - 1) / A + q * ROOTED / B, 0)
    yield equal("roots: p = q, any constant", sum(ROOTS), 1, where={D: (0, 1)})


def certify():
    r"""The least loss of two pairs in balls, and two steps on two points.

    With the labels 0 and 1 the integral of $\frac{p q}{2 (p + q)}$ is $\tfrac18 (2 - \Delta)$. From
    $q = (0.9, 0.1)$, beside $p = (0.5, 0.5)$, each generator moves 0.005 of the mass; $\Delta$ is
    $\tfrac{8}{21}$ before. At $p = (0.2, 0.8)$ the labels $-1, 1, 0$ prefer $q = (0.1, 0.9)$ to $q = p$,
    where what they descend is 0: the rarer point is given up.
    """
    for name, pair in PAIRS.items():
        delta = certified.triangular_discrimination(*pair, digits=15)
        found = certified.integral(p * q / (2 * (p + q)), *pair, bound=(1, 0), digits=15)
        yield equal(f"{name}: the least loss", found, (2 - delta) / 8)
    yield equal("Δ at the start", certified.triangular_discrimination(EVEN, START), Fraction(8, 21))
    away, nearer = (certified.triangular_discrimination(EVEN, stepped(x)) for x in (MIDDLE, FIRST))
    yield at_least("-1, 1, 0: away", away, Fraction(39, 100))
    yield at_most("0, 1, 1: nearer", nearer, Fraction(37, 100))
    given_up = sp.log(sp.Rational(4, 3)) / 5 + 4 * sp.log(sp.Rational(16, 17)) / 5 - HALF / 51
    yield equal("-1, 1, 0: q = (0.1, 0.9)", middle_label(RARE, FEWER), given_up)


def check():
    r"""The coded losses on a grid, beside the divergences of the package.

    The sums run over a grid so fine that only rounding is left. For three triples of labels they give
    the least loss, and the generator's gradient in the mean of $\mathcal{N}(\mu, 1)$ at frozen $D^*$,
    beside the numerical slope of what it should descend. Last, $\Delta$ after 4000 steps on two points,
    $p = (0.5, 0.5)$ from $q = (0.6, 0.4)$, where $\Delta$ is 0.0202.
    """
    for labels in LABELS:
        for name, pair in PAIRS.items():
            closed = (2 - triangular_discrimination(*pair)) * (labels[1] - labels[0]) ** 2 / 8
            yield equal(f"{name}, labels {labels}: L(D*)", least_loss(pair, labels), closed)
        slopes = differences(lambda at, labels=labels: followed(at[0], labels), [1.0], [1.0])
        yield equal(f"{labels}: the slope", frozen_slope(1.0, labels), slopes, tolerance=1e-8)
    yield at_most("labels 0, 1, 1: Δ after 4000 steps", delta_after((0, 1, 1), 4000), 1e-9)
    yield at_least("labels -1, 1, 0: Δ after 4000 steps", delta_after((-1, 1, 0), 4000), 0.1)


def search(seed):
    r"""Distributions on few points, with weights that may be 0: is $\sum \frac{p q}{p + q}$ right?"""
    yield survives("the least loss", least, strategies.discrete_pairs(), seed=seed, examples=130)


def refute():
    r"""Labels exchanged, and what is believed of the generator.

    That against frozen $D^*$ the labels $-1, 1, 0$ lower $\Delta$, as a value with both means suggests
    [@mao2017]; that 0, 1, 1 follow $\Delta$; that $q = p$ is the best model for $-1, 1, 0$. That least
    squares do not saturate against $D^*$. And that $D^*$ is the same without the square [@lee2017code].
    """
    swapped, star = (a * p + b * q) / (p + q), p / (p + q)
    yield equal("labels exchanged", sp.Subs(sp.Derivative(LOSS, D), D, swapped), 0)
    after = certified.triangular_discrimination(EVEN, stepped(MIDDLE))
    yield at_most("-1, 1, 0: a step lowers Δ", after, Fraction(8, 21), label="both-means-mislead")
    yield equal("0, 1, 1 follow Δ/8", BEND.subs(FIRST), sp.Derivative(DELTA / 8, (q, 2)))
    yield at_least("-1, 1, 0: q = p is best", middle_label(RARE, FEWER), 0)
    force = sp.exp(t) / (1 + sp.exp(t)) ** 3
    yield at_least("0, 1, 1: no saturation", force, Fraction(1, 100), where={t: (-sp.oo, 0)})
    yield equal("D* without squares", p * (star - 1) / A + q * star / B, 0, label="without-a-root")


def figure():
    r"""What a point adds for a ratio $q/p$, and $\Delta$ along descents on two points.

    Left, less the tangent at $q = p$: for the labels 0, 1, 1 the curve is convex, as $\tfrac18 \Delta$
    is; for $-1, 1, 0$ it has no minimum there. Right, $p = (0.5, 0.5)$: $-1, 1, 0$ leave the data.
    """
    from matplotlib import pyplot as plt

    fig, panels = plt.subplots(1, 2, figsize=(9.0, 3.6))
    two_panels(*panels)
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

ROOTED, ROOTS = (p / A) / (p / A + q / B), (sp.sqrt((1 - D) ** 2), sp.sqrt(D**2))
EVEN, START = Discrete(("0.5", "0.5")), Discrete(("0.9", "0.1"))
RARE, FEWER = Discrete(("0.2", "0.8")), Discrete(("0.1", "0.9"))
LABELS = ((0, 1, 1), (-1, 1, 0), (0.5, 3, 4))
PAIRS = {
    "N(0, 1), N(1, 1)": (Normal(0, 1), Normal(1, 1)),
    "N(0, 1), two modes": (Normal(0, 1), Mixture((Normal(-2, 1), Normal(1, 2)), ("0.5", "0.5"))),
}
GRID = np.arange(-400, 401) / 20


def growth_on_two_points():
    """How fast Δ grows for p = 1/2 and q = 1/2 ± h, if q moves against the slope, less its mean."""
    points = [{p: HALF, q: HALF + h}, {p: HALF, q: HALF - h}]
    loss, delta = ([x.subs(at) for at in points] for x in (STAR.subs(MIDDLE) ** 2 / 2, RATE))
    return -(loss[0] - loss[1]) * (delta[0] - delta[1]) / 2


def stepped(labels):
    """q = (0.9, 0.1) after 0.005 of the mass went where the frozen slope, exact, is lower."""
    loss = ((STAR - c) ** 2).subs(labels).subs(p, HALF)
    slopes = [loss.subs(q, sp.Rational(one, 10)) for one in (9, 1)]
    move = Fraction(5, 1000) if slopes[0] < slopes[1] else Fraction(-5, 1000)
    return Discrete((Fraction(9, 10) + move, Fraction(1, 10) - move))


def middle_label(real, fake):
    r"""$\mathrm{KL}(p \,\|\, m) - \tfrac14 \Delta$, half of what the labels -1, 1, 0 follow."""
    pairs = zip(real.exact_weights, fake.exact_weights, strict=True)
    mean = Discrete([(one + other) / 2 for one, other in pairs])
    delta = certified.triangular_discrimination(real, fake)
    return certified.kl_divergence(real, mean) - delta / 4


def outputs(pair, labels):
    """The densities on the grid, and D* by the package's game."""
    real, fake = (one.logpdf(GRID) for one in pair)
    low, high, own = labels
    game = least_squares(a=low, b=high, c=own)
    return np.exp(real), np.exp(fake), game, game.optimal_logit(real - fake)


@summed
def least_loss(pair, labels):
    """The terms p (D* - b)²/2 and q (D* - a)²/2, by the coded losses, times the grid's step."""
    real, fake, game, said = outputs(pair, labels)
    return [real * game.real.value(said) / 20, fake * game.fake.value(said) / 20]


@summed
def frozen_slope(at, labels):
    """The terms of the slope of E_q (D* - c)²/2 by the mean of N(at, 1), D* frozen."""
    _, fake, game, said = outputs((Normal(0, 1), Normal(at, 1)), labels)
    return game.generator.value(said) * fake * (GRID - at) / 20


def followed(at, labels):
    r"""$(b - a) ((c - a)\,\mathrm{KL}(p \,\|\, m) - \tfrac18 (b - a) \Delta)$ for N(0, 1), N(at, 1)."""
    low, high, own = labels
    data, model = Normal(0, 1), Normal(float(at), 1)
    mean = Mixture((data, model), ("0.5", "0.5"))
    first = (own - low) * kl_divergence(data, mean).value
    return (high - low) * (first - (high - low) * triangular_discrimination(data, model).value / 8)


def path(labels, steps):
    """Δ before each of the steps of size 0.02, D* frozen in each; a weight stays above 0.001."""
    game, model = least_squares(a=labels[0], b=labels[1], c=labels[2]), np.array([0.6, 0.4])
    found = []
    for _ in range(steps):
        found.append(float(np.sum((0.5 - model) ** 2 / (0.5 + model))))
        slope = game.generator.value(game.optimal_logit(np.log(0.5 / model)))
        move = np.clip(0.02 * (slope[1] - slope[0]) / 2, 0.001 - model[0], model[1] - 0.001)
        model = model + move * np.array([1, -1])
    return np.array(found)


@in_norm(roundings=1_000_000)
def delta_after(labels, steps):
    """Δ after so many steps."""
    return path(labels, steps + 1)[-1]


def least(pair):
    """1 is added to both sides, which may be 0."""
    found = pointwise_least(*(one.weights for one in pair))
    return equal("1 + the least loss", 1 + found, 1 + (2 - triangular_discrimination(*pair)) / 8)


@summed
def pointwise_least(real, fake):
    """The terms p q/(2 (p + q))."""
    whole = np.where(real + fake > 0, real + fake, 1.0)
    return real * fake / (2 * whole)


def two_panels(left, right):
    """Draw the integrands, and Δ along descents."""
    ratio = np.linspace(0.0, 3, 400)
    kl, delta = np.log(2 / (1 + ratio)) + (ratio - 1) / 2, (1 - ratio) ** 2 / (1 + ratio)
    left.plot(ratio, delta / 8, color="C5", linestyle="--")
    left.plot(ratio, kl - delta / 8, color="C1")
    left.plot(ratio, 2 * kl - delta / 2, color="C3")
    left.plot([1], [0], "o", color="C4")
    left.annotate(r"$\frac{1}{8}\Delta$", (2.75, 0.065), color="C5")
    left.annotate("0, 1, 1", (2.1, 0.13), color="C1")
    left.annotate("−1, 1, 0", (0.15, -0.1), color="C3")
    left.set(xlabel="ratio $q/p$", ylabel="integrand, less its tangent", xticks=(0, 1, 2, 3))
    left.set(yticks=(0, 0.1, 0.2), title="What the generator descends")
    for labels, colour in (((0, 1, 1), "C1"), ((-1, 1, 0), "C3")):
        right.plot(np.arange(3000) / 1000, path(labels, 3000), color=colour)
    right.annotate("0, 1, 1", (2.5, 0.03), color="C1")
    right.annotate("−1, 1, 0", (1.4, 0.25), color="C3")
    right.set(xlabel="steps, thousands", ylabel=r"discrimination $\Delta$", yticks=(0, 0.3, 0.6))
    right.set(xticks=(0, 1, 2, 3), title="Its steps on two points")
