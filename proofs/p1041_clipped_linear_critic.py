r"""A linear critic with clipped weights measures the distance of two means, and nothing else.

Statement
---------
The critic is $D(x) = \psi \cdot x + \beta$ with $\lvert \psi_i \rvert \le c$, and maximises
$\mathbb{E}_p[D] - \mathbb{E}_q[D]$. With $\delta = \mathbb{E}_p[x] - \mathbb{E}_q[x]$

$$ \max_\psi \; (\mathbb{E}_p[D] - \mathbb{E}_q[D]) = c \sum_i \lvert \delta_i \rvert, \qquad
   \text{at } \psi_i = c \operatorname{sign} \delta_i, $$

so every weight whose $\delta_i$ is not 0 stands at a bound. If $\lvert \psi \rvert \le c$ is asked
instead, it is $c \lvert \delta \rvert$. On the line, with the distribution functions $F$ and $G$,

- $c \lvert \delta \rvert \le c\,W_1(p, q)$, with equality iff $F - G$ does not change its sign, as for
  two translates. For $\mathcal{N}(0, 1)$ and $\mathcal{N}(0, 2^2)$ the left side is 0, and
  $W_1 = \sqrt{2/\pi}$;
- every generated sample is pushed by the same $\psi$: the generator $\theta + \sigma z$ with
  $\mathbb{E}[z] = 0$ moves as a whole and keeps its shape;
- against the best critic its mean moves by $r = \eta c$ in each step, however near it is. It gets within
  $r$ of the data's mean, and from there it goes to and fro, unless it arrives exactly.

Assumes   Finite means; $\eta$ is the generator's step.
Source    [@arjovsky2017wasserstein, section 3] for clipped weights; derived here.
"""

from fractions import Fraction
from itertools import accumulate

import numpy as np
import sympy as sp

from gantheory import certified
from gantheory.densities import Mixture, Normal
from gantheory.divergences import wasserstein_1
from gantheory.evidence import in_norm, mean_of, summed
from gantheory.losses import WASSERSTEIN
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, always, at_least, at_most, equal, iff

theorem = Theorem(
    label="clipped-linear-critic",
    title=r"A clipped linear critic: $c \sum_i \lvert \delta_i \rvert$ of the means, at most $c\,W_1$",
    covers=("clipped-linear-critic",),
    errata=(
        r"[@roysdon] says that clipped weights make the critic 1-Lipschitz, so that the game has the "
        r"value $W_1$: they leave a part of the Lipschitz functions, here one that sees means alone.",
    ),
)

psi, delta, psi_2, delta_2 = sp.symbols("psi delta psi_2 delta_2", real=True)
c, r = sp.symbols("c r", positive=True)  # the bound of the weights; the step η c of the mean
x_1, x_2, x_3 = sp.symbols("x_1 x_2 x_3", real=True)  # three points, in this order
p_1, p_2, q_1, q_2 = sp.symbols("p_1 p_2 q_1 q_2", real=True)  # their masses, 1 less them at x_3
BOX = (psi >= -c) & (psi <= c)
SQUARE = BOX & (psi_2 >= -c) & (psi_2 <= c)
GAIN = psi * delta + psi_2 * delta_2


def derive():
    r"""A linear function on a box is largest at a corner.

    $\mathbb{E}_p[D] - \mathbb{E}_q[D] = \psi \cdot \delta$, and $\beta$ drops out. Each coordinate is
    maximised alone, at $\pm c$ by the sign of $\delta_i$; where $\delta_i = 0$ any weight will do. For
    the Euclidean norm it is the inequality of Cauchy and Schwarz.

    The mean is an integral of the distribution function: $\delta = \int (G - F) \,\mathrm{d}x$, which is
    Abel's summation on three points. Its absolute value is at most
    $W_1 = \int \lvert F - G \rvert \,\mathrm{d}x$, with equality iff $F - G$ has one sign. For
    $\mathcal{N}(0, s^2)$ and $\mathcal{N}(0, t^2)$ the points $s z$ and $t z$ belong together, and
    $W_1 = \lvert s - t \rvert\,\mathbb{E}\lvert z \rvert$.

    Since $\nabla_x D = \psi$ for every sample, $\sigma$ has the gradient
    $-\psi\,\mathbb{E}[z] = 0$ if $\mathbb{E}[z] = 0$. The mean goes from $\delta$ to $\delta - r$ if
    $\delta > 0$: if $\delta < r$, it is thrown over, and the next step brings it back to $\delta$.
    """
    for name, sign, given in (("δ > 0", 1, delta > 0), ("δ < 0", -1, delta < 0)):
        best, corner = sp.Eq(psi * delta, sign * c * delta), sp.Eq(psi, sign * c)
        label = "clipped-linear-critic" if sign > 0 else None
        yield iff(f"{name}: the best ψ", BOX & given & best, BOX & given & corner, label=label)
    corners = [c * (i * delta + j * delta_2) >= GAIN for i in (1, -1) for j in (1, -1)]
    yield always("two weights: at most c(|δ| + |δ₂|)", SQUARE, sp.Or(*corners))
    above = (delta > 0) & (delta_2 < 0)
    reached = sp.Eq(GAIN, c * (delta - delta_2))
    at_corner = sp.Eq(psi, c) & sp.Eq(psi_2, -c)
    yield iff("two weights: at their bounds", SQUARE & above & reached, above & at_corner)
    norm = psi**2 + psi_2**2 <= c**2
    yield always("norm at most c", norm, c**2 * (delta**2 + delta_2**2) >= GAIN**2)
    length = sp.sqrt(delta**2 + delta_2**2)
    along = GAIN.subs({psi: c * delta / length, psi_2: c * delta_2 / length})
    yield equal("norm at most c: along δ", along, c * length, where={delta: (0, sp.oo)})
    mean = (p_1 - q_1) * x_1 + (p_2 - q_2) * x_2 + (q_1 + q_2 - p_1 - p_2) * x_3
    gaps = (q_1 - p_1) * (x_2 - x_1) + (q_1 + q_2 - p_1 - p_2) * (x_3 - x_2)
    yield equal("three points: δ = ∫ (G - F)", mean, gaps)
    z = sp.Symbol("z", real=True)
    half = sp.Integral(2 * z * sp.exp(-(z**2) / 2) / sp.sqrt(2 * sp.pi), (z, 0, sp.oo))
    yield equal("E|z|", half, sp.sqrt(2 / sp.pi))
    after = delta - r
    yield iff("it gets nearer", (delta > 0) & (after**2 < delta**2), (delta > 0) & (r < 2 * delta))
    ahead = (delta > 0) & (delta < r)
    yield always("within r it stays within r", ahead, (after < 0) & (after > -r))
    yield always("never further than r, or than before", delta > 0, (after < delta) & (after > -r))


def certify():
    """Pairs of one mean, for which the value is 0: the logistic game tells them apart."""
    for name, (pair, least) in ONE_MEAN.items():
        yield at_least(f"{name}: JSD", certified.js_divergence(*pair, digits=12), least)


def check():
    r"""The coded Wasserstein losses with $D = \psi x$, beside $W_1$ by the package.

    The value is the largest over 401 slopes, from $-c$ to $c$ with $c = 0.01$, of minus the coded loss,
    by sums over a grid so fine that only rounding is left. It is $c\,W_1$ where $F - G$ has one sign;
    for pairs of one mean it is 0, and $W_1$ is not. Last, $\theta + \sigma z$ against the best critic,
    from $\theta = -1$, $\sigma = 1$, for data $\mathcal{N}(2, 0.5^2)$: after 400 steps of 0.01 the mean
    is within 0.01 of the data's, and $\sigma$ is as before.
    """
    for name, pair in ORDERED.items():
        yield equal(f"{name}: value/c", best_value(*pair) / 0.01, wasserstein_1(*pair))
    for name, (pair, _) in ONE_MEAN.items():
        yield at_most(f"{name}: value/c", best_value(*pair) / 0.01, 1e-9)
        yield at_least(f"{name}: W1", wasserstein_1(*pair), Fraction(1, 10))
    yield equal("N(0, 1), N(0, 2²): W1", wasserstein_1(*WIDTHS), sp.sqrt(2 / sp.pi))
    yield at_most("400 steps: distance of the means", abs(played(400)[0] - 2), 0.0101)
    yield equal("400 steps: σ", played(400)[1], 1)


def search(seed):
    r"""On few points, is $\lvert \delta \rvert \le W_1$, and equal if $F - G$ has one sign?"""
    pairs = strategies.discrete_pairs()
    yield survives("|δ| and W1", mean_and_distance, pairs, seed=seed, examples=150)


def simulate(seed):
    r"""Training with samples: batches of 64, five steps of the critic with clipping for one of $G$.

    $256$ runs start at $\mathcal{N}(-1, 1)$ with data $\mathcal{N}(2, 0.5^2)$, $c = 0.01$. The
    statistics are the means over the runs of $\theta$ and of $\sigma$ at the end: the first has come to
    2, the second has not moved from 1 to 0.5. Each run has its own noise of some hundredths, and a drift
    that is smaller than the interval is not excluded.
    """
    theta, sigma = trained(np.random.default_rng(seed))
    yield equal("θ after training", mean_of(theta), 2, tolerance=0.02)
    yield equal("σ after training", mean_of(sigma), 1, tolerance=0.02)


def refute():
    r"""What clipping is believed to give.

    That the value is $W_1$ [@roysdon], or at least $W_1$ times $c$; that the critic has the slope 1 when
    weights are clipped at 0.01. That a value of 0 shows that $q$ is near $p$. That for two weights it is
    $c$ times the Euclidean distance: the box reaches further, into its corners. And that a fixed step
    always brings the means nearer.
    """
    value = best_value(*WIDTHS) / 0.01
    yield equal("value/c = W1 for two widths", value, wasserstein_1(*WIDTHS))
    shifted = best_value(*ORDERED["N(0, 1), N(2, 1)"])
    yield equal("c = 0.01, slope 1", shifted, 2)
    near = certified.js_divergence(*WIDTHS, digits=12)
    yield at_most("value 0, so JSD is below 1/20", near, Fraction(1, 20))
    euclidean = c**2 * (delta**2 + delta_2**2)
    yield always("two weights: c times the distance", SQUARE, euclidean >= GAIN**2)
    yield always("each step brings it nearer", delta > 0, (delta - r) ** 2 < delta**2)


def figure():
    r"""What the critic measures, and where it leads.

    Left, data $\mathcal{N}(0, 1)$ and model $\mathcal{N}(\tfrac12, s^2)$: the critic sees $\tfrac12$ for
    every width $s$; $W_1$ is as little for $s = 1$ alone. Right, from the dashed start the generator
    goes to the data's mean, and keeps its width.
    """
    from matplotlib import pyplot as plt

    fig, panels = plt.subplots(1, 2, figsize=(9.0, 3.6))
    two_panels(*panels)
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

WIDTHS = Normal(0, 1), Normal(0, 2)
TWO_MODES = Mixture((Normal(-2, "0.5"), Normal(2, "0.5")), ("0.5", "0.5"))
ONE_MEAN = {  # and a lower bound of their JSD
    "N(0, 1), N(0, 2²)": (WIDTHS, Fraction(1, 20)),
    "N(0, 1), two modes": ((Normal(0, 1), TWO_MODES), Fraction(1, 5)),
}
ORDERED = {  # F - G has one sign
    "N(0, 1), N(2, 1)": (Normal(0, 1), Normal(2, 1)),
    "N(0, 1), half of it moved": (
        Normal(0, 1),
        Mixture((Normal(0, 1), Normal(-3, 1)), ("0.5", "0.5")),
    ),
}
GRID, BOUND = np.arange(-400, 401) / 20, 0.01


@summed
def best_value(real, fake):
    """The terms of minus the coded loss of D = ψ x on a grid, at the best of 401 slopes in [-c, c]."""
    slopes = np.linspace(-BOUND, BOUND, 401)
    shares = [np.exp(one.logpdf(GRID)) / 20 for one in (real, fake)]
    coded = WASSERSTEIN.real.value, WASSERSTEIN.fake.value
    terms = [
        -share * term(np.outer(slopes, GRID)) for share, term in zip(shares, coded, strict=True)
    ]
    return [one[np.argmax(sum(terms).sum(axis=1))] for one in terms]


@in_norm
def played(steps):
    """θ and σ after steps of size 1 of the coded generator loss, mean over z, against the best ψ."""
    theta, sigma, z = -1.0, 1.0, np.linspace(-3, 3, 601)
    for _ in range(steps):
        psi = BOUND * np.sign(2 - theta)
        push = WASSERSTEIN.g_gradient(psi * (theta + sigma * z)) * psi
        theta, sigma = theta - push.sum(), sigma - (push * z).sum()
    return np.array([theta, sigma])


def mean_and_distance(pair):
    """|δ| <= W1, and = if F - G has one sign; 1 is added, since both may be 0."""
    real, fake = pair
    weights = zip(real.exact_weights, fake.exact_weights, strict=True)
    ends = list(accumulate(one - other for one, other in weights))
    found, distance = 1 + abs(mean_difference(real, fake)), 1 + wasserstein_1(real, fake)
    yield at_most("1 + |δ|", found, distance)
    if min(ends) >= 0 or max(ends) <= 0:
        yield equal("1 + |δ|", found, distance)


@summed
def mean_difference(real, fake):
    """The terms of E_p[x] - E_q[x]."""
    return [real.weights * real.points, -fake.weights * fake.points]


def trained(rng, runs=256, size=64):
    """θ and σ of runs after 500 steps of G; only batches' means matter, and they are drawn."""
    theta, sigma, psi = np.full(runs, -1.0), np.ones(runs), np.zeros(runs)
    for _ in range(500):
        noise = rng.normal(size=(11, runs)) / np.sqrt(size)
        for k in range(5):
            ahead = 2 + noise[2 * k] / 2 - theta - sigma * noise[2 * k + 1]
            psi = np.clip(psi + 0.01 * ahead, -BOUND, BOUND)
        theta, sigma = theta + psi, sigma + psi * noise[10]
    return theta, sigma


def two_panels(left, right):
    """Draw the value beside W1, and a run."""
    widths = np.linspace(0.2, 3, 57)
    far = [float(wasserstein_1(Normal(0, 1), Normal(0.5, width))) for width in widths]
    left.plot(widths, far, color="C5")
    left.axhline(0.5, color="C1")
    left.annotate("$W_1$", (2.2, 1.3), color="C5")
    left.annotate("value$/c$", (2.3, 0.38), color="C1")
    left.set(xlabel="width $s$ of the model", ylabel="distance", xticks=(0.2, 1, 2, 3), ylim=(0, 2))
    left.set(yticks=(0, 0.5, 1, 2), title="Data $N(0, 1)$, model $N(½, s^2)$")
    at, (theta, sigma) = np.linspace(-4.5, 5.5, 401), played(400).value
    right.plot(at, Normal(2, 0.5).pdf(at), color="C0")
    right.plot(at, Normal(-1, 1).pdf(at), "--", color="C2")
    right.plot(at, Normal(theta, sigma).pdf(at), color="C2")
    right.annotate("data", (2.8, 0.6), color="C0")
    right.annotate("start", (-3, 0.35), color="C2")
    right.annotate("end", (3.6, 0.2), color="C2")
    right.set(xlabel="sample $x$", ylabel="density", xticks=(-1, 2), yticks=(0, 0.4, 0.8))
    right.set_title("The generator moves as a whole")
