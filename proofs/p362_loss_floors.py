r"""Which values of the two losses are possible, and what a printed loss can prove.

Statement
---------
The discriminator pays $\ell_1(t)$ for a real sample with output $t$ and $\ell_0(t)$ for a generated one.
Let $L(\eta) = \inf_t \eta\,\ell_1(t) + (1 - \eta)\,\ell_0(t)$ be finite on $[0, 1]$. The least expected
loss over all functions $D$ is $2\,\mathbb{E}_m[L(\eta)]$ with $m = \tfrac12 (p + q)$ and
$\eta = \frac{p}{p + q}$, and

$$ L(0) + L(1) \;\le\; \min_D \mathbb{E}_p[\ell_1(D)] + \mathbb{E}_q[\ell_0(D)] \;\le\; 2 L(\tfrac12). $$

The upper end is the value at $q = p$, the lower end that of disjoint $p$ and $q$: $[0, \log 4]$ for
the logistic game, $[0, \tfrac14]$ for least squares with labels 0 and 1, $[0, 2]$ for the hinge. With
$h(t) = -t \log t - (1 - t) \log(1 - t)$ it is $[h(0.9), 2 h(0.45)]$ for the logistic game with labels
0.9 and 0, and $[2 h(0.9), \log 4]$ with 0.9 and 0.1.

Below the lower end is no $D$ and no batch. An expected loss above the upper end proves that $D$ is not
the best, since a constant does better; one below it proves that $q \ne p$. The Wasserstein critic has
no such ends: its least loss is $-W_1 \le 0$.

Against $D^* = \eta$ a generator that pays $g(D)$ with $g$ convex and falling pays at least
$g(\tfrac12 - \tfrac14 \Delta) \ge g(\tfrac12)$, $\Delta = \int \frac{(p - q)^2}{p + q} \,\mathrm{d}x$:
the non-saturating one $\log 2 - \log(1 - \tfrac12 \Delta)$. The minimax one pays $-\log 2$ to 0.

Assumes   $p$ and $q$ are densities with respect to one measure; expectations, not batches, where said.
Source    Derived here; [@goodfellow2014, Theorem 1] for the logistic row.
"""

from fractions import Fraction

import numpy as np
import sympy as sp

from gantheory import certified
from gantheory.densities import Discrete, Laplace, Mixture, Normal, Uniform
from gantheory.divergences import triangular_discrimination, wasserstein_1
from gantheory.evidence import frequency, summed
from gantheory.losses import HINGE, MINIMAX, least_squares, smoothed
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, always, at_least, at_most, equal

theorem = Theorem(
    label="loss-floors",
    title=r"Losses have floors and ceilings: $L(0) + L(1) \le \min_D \le 2 L(\tfrac12)$",
    uses=("optimal-discriminator",),
    covers=("loss-floors",),
)

p, q = sp.symbols("p q", positive=True)  # densities of data and model at one point
eta, t, mu, x = sp.symbols("eta t mu x", positive=True)  # p/(p + q); an output; its mean; a number
l_1, l_0, low_1, low_0 = sp.symbols("l_1 l_0 low_1 low_0", real=True)  # both losses; L(1) and L(0)
D = sp.Symbol("D", real=True)
LOG_2, HALF, NINE, ZERO = sp.log(2), sp.Rational(1, 2), sp.Rational(9, 10), sp.Integer(0)
OPEN = {eta: (0, 1), t: (0, 1)}


def derive():
    r"""A minimum of straight lines in $\eta$ is concave, and a chord lies below it.

    At a point $p\,\ell_1(t) + q\,\ell_0(t) = (p + q) (\eta\,\ell_1(t) + (1 - \eta)\,\ell_0(t))$, and the
    output may be chosen for each point alone: that gives $2\,\mathbb{E}_m[L(\eta)]$. Each line has
    $\ell_1 \ge L(1)$ and $\ell_0 \ge L(0)$, so it lies above the chord
    $\eta\,L(1) + (1 - \eta)\,L(0)$, and $\mathbb{E}_m[\eta] = \tfrac12$. From above, the constant that
    is best at $\eta = \tfrac12$ pays $2 L(\tfrac12)$ for every pair. The claims find $L$ for the games.

    The mean of $D^*$ over the model is $\tfrac12 - \tfrac14 \Delta$, and a convex $g$ lies above its
    tangent there: $\mathbb{E}_q[g(D^*)] \ge g(\mathbb{E}_q[D^*])$. For the minimax generator $g$ is
    concave: it pays $\mathrm{KL}(q \,\|\, m) - \log 2$, with a divergence between 0 and $\log 2$.
    """
    above = (l_1 >= low_1) & (l_0 >= low_0) & (eta <= 1)
    line, chord = eta * l_1 + (1 - eta) * l_0, eta * low_1 + (1 - eta) * low_0
    yield always("a line lies above the chord", above, line >= chord, label="loss-floors")
    paid = -eta * sp.log(t) - (1 - eta) * sp.log(1 - t)
    yield equal("logistic: t = η", sp.Derivative(paid, t), (t - eta) / (t * (1 - t)), where=OPEN)
    smooth = NINE * eta * sp.log(t) + (1 - NINE * eta) * sp.log(1 - t)
    slope = sp.Subs(sp.Derivative(smooth, t), t, NINE * eta)
    yield equal("label 0.9: t = 0.9 η", slope, 0, where={eta: (0, 1)})
    squares = eta * (D - 1) ** 2 / 2 + (1 - eta) * D**2 / 2
    least = eta * (1 - eta) / 2
    yield equal("least squares", squares, least + (D - eta) ** 2 / 2)
    between = eta * (1 - D) + (1 - eta) * (1 + D)
    yield equal("hinge, η ≤ 1/2: D = -1", between, 2 * eta + (1 - 2 * eta) * (1 + D))
    yield equal("hinge, η ≥ 1/2: D = 1", between, 2 * (1 - eta) + (2 * eta - 1) * (1 - D))
    gap = (p - q) ** 2 / (p + q)
    yield equal("E_q[D*], at a point", q * p / (p + q), (p + q - gap) / 4)
    yield at_least("-log above its tangent", -sp.log(t), -sp.log(mu) - (t - mu) / mu)
    squared = (mu - 1) ** 2 / 2 + (mu - 1) * (t - mu) + (t - mu) ** 2 / 2
    yield equal("(t - 1)²/2 above its tangent", (t - 1) ** 2 / 2, squared)
    floor = -sp.log(HALF - x / 4)
    yield equal("non-saturating: the floor", floor, LOG_2 - sp.log(1 - x / 2), where={x: (0, 2)})
    yield at_least("it is at least log 2", floor, LOG_2, where={x: (0, 2)})


def certify():
    r"""The generator's floor in balls.

    $\mathbb{E}_q[-\log D^*]$ is $\mathrm{KL}(q \,\|\, p) - \mathrm{KL}(q \,\|\, m) + \log 2$. For three
    pairs it is above the floor. For $p$ uniform on $[0, 2]$ and $q$ on $[0, 1]$, $D^*$ is constant where
    the model is, and both are $\log 3$: the floor is the best in terms of $\Delta$.
    """
    for name, pair in PAIRS.items():
        loss, floor = generator_loss_and_floor(*pair)
        yield at_least(f"{name}: above the floor", loss, floor + Fraction(1, 1000))
    for name, side in zip(("loss", "floor"), generator_loss_and_floor(*NESTED), strict=True):
        yield equal(f"U[0, 2], U[0, 1]: the {name}", side, sp.log(3))


def check():
    r"""The coded losses at their coded optima, on four points.

    Five games: for $q = p$ the loss is the upper end, for disjoint $p, q$ the lower one, and for two
    other models it is well inside. The Wasserstein critic's least loss is negative. A generator that
    pays $\tfrac12 (D - 1)^2$ against $D^*$ pays at least $\tfrac12 (\tfrac12 + \tfrac14 \Delta)^2$.
    """
    for name, (game, low, high) in GAMES.items():
        yield equal(f"{name}: q = p", best_loss(game, DATA, DATA), high)
        yield equal(f"{name}: disjoint", 1 + best_loss(game, *DISJOINT), 1 + low)
        for place, model in MODELS.items():
            found = best_loss(game, DATA, model)
            yield at_most(f"{name}: a {place} model, ceiling", found, high - Fraction(1, 100))
            yield at_least(f"{name}: a {place} model, floor", found, low + Fraction(1, 100))
    yield at_most("Wasserstein: -W1", -wasserstein_1(Normal(0, 1), Normal(1, 1)), Fraction(-9, 10))
    yield equal("0, 1, 1: q = p", squares_against_star(DATA), Fraction(1, 8))
    for place, model in MODELS.items():
        mean = HALF + triangular_discrimination(DATA, model) / 4
        yield at_least(f"0, 1, 1: a {place} model", squares_against_star(model), mean * mean / 2)


def search(seed):
    r"""Distributions on few points, any outputs, and one of the five games each.

    A loss below the lower end, or a best loss above the upper end, would refute the statement.
    """
    outputs = strategies.logit_batches(6, largest=100)
    drawn = strategies.discrete_pairs().flatmap(lambda pair: outputs.map(lambda one: (*pair, one)))
    yield survives("floor and ceiling", within, drawn, seed=seed, examples=130)


def simulate(seed):
    r"""A batch below the upper end proves nothing.

    At $q = p = \mathcal{N}(0, 1)$ the discriminator $D = \sigma(x/2)$ has an expected loss above
    $\log 4$. Of 2000 batches of 8 and 8 samples many have a loss below it, and many have one above.
    """
    share = frequency(batch_losses(np.random.default_rng(seed), 2000, 8) < np.log(4))
    yield at_least("batches below log 4", share, Fraction(1, 10))
    yield at_most("batches below log 4: not all", share, Fraction(9, 10))


def refute():
    r"""What training logs are believed to say.

    That with labels of 0.9 the loss can come down to 0, or starts from $\log 4$. That a discriminator's
    loss is never negative: the Wasserstein critic's is. That against $D^*$ the loss of the
    non-saturating generator is the floor, and that the minimax generator's is never negative.
    """
    yield at_most("label 0.9: below 1/10", h(NINE), Fraction(1, 10))
    yield equal("label 0.9: log 4 at q = p", 2 * h(NINE / 2), sp.log(4))
    yield at_least("Wasserstein: at least 0", -wasserstein_1(Normal(0, 1), Normal(1, 1)), 0)
    loss, floor = generator_loss_and_floor(*PAIRS["N(0, 1), N(1, 1)"])
    yield equal("the generator pays its floor", loss, floor)
    minimax = certified.js_divergence(Normal(0, 1), Normal(1, 1), digits=12) - certified.log(2)
    yield at_least("minimax generator: at least 0", minimax, 0)


def figure():
    r"""From floor to ceiling in five games, and the generator's loss against $D^*$.

    Left, what the best discriminator may pay: at the right end $q = p$, at the left end the two are
    disjoint. Right, the non-saturating loss for $\mathcal{N}(0, 1)$ and $\mathcal{N}(\mu, 1)$, its floor
    by $\Delta$, and $\log 2$.
    """
    from matplotlib import pyplot as plt

    fig, panels = plt.subplots(1, 2, figsize=(9.0, 3.6))
    two_panels(*panels)
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

DATA = Discrete(("0.4", "0.3", "0.2", "0.1"))
MODELS = {
    "near": Discrete(("0.2", "0.2", "0.2", "0.4")),
    "far": Discrete(("0", "0.1", "0.2", "0.7")),
}
DISJOINT = Discrete(("0.5", "0.5", "0", "0")), Discrete(("0", "0", "0.2", "0.8"))
PAIRS = {
    "N(0, 1), N(1, 1)": (Normal(0, 1), Normal(1, 1)),
    "N(0, 1), N(0, 0.5²)": (Normal(0, 1), Normal(0, "0.5")),
    "Laplace(0, 1), N(1, 1)": (Laplace(0, 1), Normal(1, 1)),
}
NESTED = Uniform(0, 2), Uniform(0, 1)


def h(x):
    """The entropy of a coin."""
    return -x * sp.log(x) - (1 - x) * sp.log(1 - x)


GAMES = {  # and both ends
    "logistic": (MINIMAX, ZERO, sp.log(4)),
    "labels 0.9, 0": (smoothed(MINIMAX, real_target=0.9), h(NINE), 2 * h(NINE / 2)),
    "labels 0.9, 0.1": (
        smoothed(MINIMAX, real_target=0.9, fake_target=0.1),
        2 * h(NINE),
        sp.log(4),
    ),
    "least squares": (least_squares(), ZERO, HALF / 2),
    "hinge": (HINGE, ZERO, sp.Integer(2)),
}


def generator_loss_and_floor(real, fake):
    """E_q[-log D*] and log 2 - log(1 - Δ/2), in balls."""
    mean = Mixture((real, fake), ("0.5", "0.5"))
    to_data = certified.kl_divergence(fake, real, digits=12)
    loss = to_data - certified.kl_divergence(fake, mean, digits=12) + certified.log(2)
    delta = certified.triangular_discrimination(real, fake, digits=12)
    return loss, certified.log(2) - (1 - delta / 2).log()


def terms(game, real, fake, said):
    """What the points with mass add to the coded loss of these outputs."""
    there, made = real > 0, fake > 0
    return [
        real[there] * game.real.value(said[there]),
        fake[made] * game.fake.value(said[made]),
    ]


@summed
def best_loss(game, real, fake):
    """The terms of the coded loss at the coded optimum."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.nan_to_num(
            np.log(real.weights) - np.log(fake.weights), posinf=np.inf, neginf=-np.inf
        )
    return terms(game, real.weights, fake.weights, game.optimal_logit(ratio))


@summed
def loss_of(game, real, fake, said):
    """The terms of the coded loss."""
    return terms(game, real.weights, fake.weights, said)


@summed
def squares_against_star(model):
    """The terms q (D* - 1)²/2."""
    star = DATA.weights / (DATA.weights + model.weights)
    return model.weights * least_squares().generator.value(star)


def within(example):
    """One of the games, by the outputs; 1 is added, since a loss may be 0."""
    real, fake, outputs = example
    said = np.resize(outputs.astype(float), len(real.weights))
    game, low, high = list(GAMES.values())[int(8 * np.abs(outputs).sum()) % len(GAMES)]
    yield at_least("1 + the loss", 1 + loss_of(game, real, fake, said), 1 + low)
    yield at_most("1 + the best loss", 1 + best_loss(game, real, fake), 1 + high)


def batch_losses(rng, count, size):
    """The loss of σ(x/2) over batches of real and generated samples of N(0, 1)."""
    return MINIMAX.d_loss(*(rng.normal(size=(2, count, size)) / 2))


def two_panels(left, right):
    """Draw the ends, and the generator's loss."""
    for row, (name, (_, low, high)) in enumerate(GAMES.items()):
        left.plot(
            [float(low), float(high)], [-row, -row], color="C3", linewidth=5, solid_capstyle="butt"
        )
        left.annotate(name, (0.0, 0.28 - row), color="C4")
    left.set(xlabel="least expected loss of $D$, nats", xticks=(0, 0.25, np.log(4), 2), yticks=())
    left.set(ylim=(-4.4, 0.8), title="From disjoint to $q=p$")
    shifts = np.linspace(0, 3, 61)
    at = np.arange(-200, 241)[:, None] / 20
    fake = Normal(0, 1).pdf(at - shifts)
    star = 1 / (1 + np.exp(shifts * at - shifts**2 / 2))
    right.plot(shifts, np.sum(-np.log(star) * fake, axis=0) / 20, color="C2")
    right.plot(shifts, -np.log(np.sum(star * fake, axis=0) / 20), color="C1", linestyle="--")
    right.axhline(np.log(2), color="C5")
    right.annotate("loss", (1.6, 2.6), color="C2")
    right.annotate("floor", (2.3, 1.4), color="C1")
    right.annotate(r"$\log 2$", (2.5, 0.45), color="C5")
    right.set(xlabel=r"shift $\mu$ of the model", ylabel="loss of $G$, nats", xticks=(0, 1, 2, 3))
    right.set(
        ylim=(0, 5), yticks=(0, np.log(2), 2, 4), title="The non-saturating loss against $D^*$"
    )
