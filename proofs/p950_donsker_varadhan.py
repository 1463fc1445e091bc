r"""The game $\mathbb{E}_p[T] - \log \mathbb{E}_q[e^T]$ has the value KL, but more on batches.

Statement
---------
For densities $p$ and $q$ with $\mathrm{KL}(p \,\|\, q) < \infty$ and every bounded critic $T$ let
$Z = \mathbb{E}_{x \sim q}[e^{T(x)}]$, and let $r = q \, e^T/Z$ be the tilted model. Then

$$ J(T) = \mathbb{E}_{x \sim p}[T(x)] - \log \mathbb{E}_{x \sim q}[e^{T(x)}] =
   \mathrm{KL}(p \,\|\, q) - \mathrm{KL}(p \,\|\, r) . $$

So $J(T) \le \mathrm{KL}(p \,\|\, q)$, and the supremum is KL, reached at $T^* = \log \frac pq + c$ with
any constant $c$; where $p = 0 < q$ this is $-\infty$, which bounded critics approach. If KL is
infinite, so is the supremum. At $T^*$ the slope in $q$ of the generator's part $-\log Z$ is $-p/q$,
that of KL. For the same $T$, $J$ is at least the value $\mathbb{E}_p[T] - \mathbb{E}_q[e^{T - 1}]$ of
the f-GAN.

With the mean over a batch of $n$ generated samples inside the logarithm, the expected value $J_n(T)$
is at least $J(T)$ for every $T$. Its supremum is at least KL, in general above it, and its best critic
is another one. On two points it is infinite if $q(x)^n > p(x)$ at one of them.

Assumes   $p$ and $q$ are densities with respect to one measure; the batch is drawn from $q$.
Source    [@donsker1983]; [@belghazi2018] for the game on batches.
"""

from fractions import Fraction
from math import comb

import numpy as np
import sympy as sp

from gantheory import certified
from gantheory.densities import Discrete, Normal
from gantheory.divergences import kl_divergence
from gantheory.evidence import mean_of, summed
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal, increasing

theorem = Theorem(
    label="donsker-varadhan-game",
    title=r"$\sup_T \mathbb{E}_p[T] - \log \mathbb{E}_q[e^T] = \mathrm{KL}$, and more on batches",
    uses=("kl-jsd-definitions-and-positivity",),
    covers=("donsker-varadhan-game",),
)

# p, q: densities at one point; z, k: E_q e^T, and the part of it from elsewhere; x: e^T at a point
p, q, z, k, x = sp.symbols("p q z k x", positive=True)
a, b, c, T = sp.symbols("a b c T", real=True)  # values of critics, a constant
log, exp = sp.log, sp.exp


def derive():
    r"""The tilted model at one point, two points in full, and the slope in $q$.

    Put $T = \log(Z r/q)$ into $p\,(T - \log Z)$: it is $p \log\frac pq - p \log\frac pr$. The integral
    over all points is the identity. The logarithm lies below its tangents: at $p$ this is
    $p \log\frac pr \ge p - r$, so that $\mathrm{KL}(p \,\|\, r) \ge 0$, and it is 0 only for $r = p$,
    which is $T = \log\frac pq + \log Z$.

    On two points with data $(p, 1 - p)$, model $(q, 1 - q)$ and critic $(a, b)$ the slope of $J$ in $a$
    is the weight of the data less that of the tilted model, and $J$ is concave. Only $a - b$ counts.

    If $q = 0 < p$ on a set, the critic $t$ there and 0 elsewhere has $J = t\,p$, without bound. The
    tangent at $e$ says $\log Z \le Z/e$: the f-GAN's value is at most $J$. That at $Z$, for the mean
    over a batch, says $\mathbb{E} \log \le \log Z$, so that $J_n \ge J$.

    A batch of one has $J_1(T) = \mathbb{E}_p[T] - \mathbb{E}_q[T]$, which no critic maximises for $p
    \ne q$. On two points, with $p = \tfrac9{10}$, $q = \tfrac12$, the slope of $J_n$ far out is $p - (1
    - (1 - q)^n)$: positive for $n = 3$, and negative for $n = 4$.
    """
    tilted = q * exp(T) / z
    kls = p * log(p / q) - p * log(p / tilted)
    yield equal("J at a point", p * (T - log(z)), kls, label="donsker-varadhan-game")

    total = q * exp(a) + (1 - q) * exp(b)
    value, inside = p * a + (1 - p) * b - log(total), {p: (0, 1), q: (0, 1)}
    share = q * exp(a) / total
    yield equal("two points: the slope", sp.Derivative(value, a), p - share, where=inside)
    bend = sp.Derivative(value, (a, 2))
    yield equal("two points: concave", bend, -share * (1 - share), where=inside)
    best = {a: log(p / q) + c, b: log((1 - p) / (1 - q)) + c}
    both = p * log(p / q) + (1 - p) * log((1 - p) / (1 - q))
    yield equal("two points: at T*", value.subs(best), both, where=inside)

    of_model = sp.Derivative(-log(q * x + k), q)
    at_best = sp.Subs(of_model, (x, k), (exp(c) * p / q, exp(c) * (1 - p)))
    yield equal("the slope in q at T*", at_best, -p / q)
    yield equal("the slope in q of KL", sp.Derivative(p * log(p / q), q), -p / q)
    yield at_most("a tangent of the logarithm", log(x), log(z) + x / z - 1)
    for n, far in ((3, sp.Rational(1, 40)), (4, -sp.Rational(3, 80))):
        yield equal(f"batch of {n}: far out", sp.Limit(batch_slope(n, x), x, sp.oo), far)


def certify():
    r"""Half of the best critic for two normals, and the best critics for batches of 8 and of 64.

    For $\tfrac12 \log\frac pq$ one has $J = \tfrac12 \mathrm{KL} - \log \int \sqrt{p q}$, strictly less
    than KL. Then two points, data $(\tfrac9{10}, \tfrac1{10})$ and model $(\tfrac12, \tfrac12)$. The
    best critic has $e^{T_1 - T_2} = 9$. For batches $J_n$ is concave, and its slope, a rational
    function of these odds, changes sign between the odds that are named; there $J_n$ exceeds KL.
    """
    pair = Normal(0, 1), Normal(1, 2)
    kl = certified.kl_divergence(*pair, digits=15)
    half = kl / 2 - certified.bhattacharyya_coefficient(*pair, digits=15).log()
    yield at_most("half of the best critic", half, kl, tolerance=0)
    kl = certified.kl_divergence(Discrete(DATA), Discrete(MODEL), digits=15)
    for n, odds, more in ((8, ("11.816", "11.817"), "0.049"), (64, ("9.233", "9.235"), "0.005")):
        low, high = map(Fraction, odds)
        yield at_least(f"batches of {n}: rising at {odds[0]}", batch_slope(n, low), 0)
        yield at_most(f"batches of {n}: falling at {odds[1]}", batch_slope(n, high), 0)
        yield at_least(f"batches of {n}: above KL", batch_value(n, low), kl + Fraction(more))


def check():
    r"""The identity on five points, with KL to the tilted model from the package.

    The critic is arbitrary. Then a critic that grows where only the data have mass: $J$ has no bound.
    """
    yield equal(
        "J + KL(p‖r)", j_of(REAL, FAKE, CRITIC) + to_tilted(REAL, FAKE, CRITIC), kl_of(REAL, FAKE)
    )
    best = np.log(REAL / FAKE) + 3
    yield equal("J at T* + 3", j_of(REAL, FAKE, best), kl_of(REAL, FAKE))
    alone = [j_of(np.array([0.5, 0.5]), np.array([1.0, 0.0]), np.array([0.0, t])) for t in STEPS]
    yield increasing("no bound where q = 0 < p", alone)


def search(seed):
    r"""Random data, models and critics on four points, all weights at least a hundredth.

    An example in which $J$ and $\mathrm{KL}(p \,\|\, r)$ do not add up to KL would refute the identity.
    """
    rows = strategies.markov_kernels(3, 4)
    yield survives("J + KL(p‖r) on four points", adds_up, rows, seed=seed, examples=100)


def simulate(seed):
    r"""Batches of eight from the model on two points, with the best critic for $J$.

    The mean of $J_8$ over 40 000 batches agrees with the sum over all numbers of hits, and is above KL:
    an estimate of KL from batches is too large. The interval holds for any bounded values.
    """
    hits = np.random.default_rng(seed).binomial(8, 0.5, 40_000)
    values = 0.9 * np.log(9) - np.log((9.0 * hits + 8 - hits) / 8)
    mean = mean_of(values, within=(-0.3, 2.0))
    yield equal("batches of 8", mean, batch_value(8, 9).estimate(), tolerance=0.1)
    yield at_least("batches of 8: above KL", mean, kl_divergence(Discrete(DATA), Discrete(MODEL)))


def refute():
    r"""Six mistakes.

    Batches of 8 do not estimate KL without bias; nor is their best critic the log ratio. The logarithm
    stands outside of the mean. The remainder is $\mathrm{KL}(p \,\|\, r)$, not $\mathrm{KL}(r \,\|\,
    p)$. With $p$ and $q$ exchanged one gets the other KL. And the value of the f-GAN is not $J$: they
    agree only for critics with $Z = e$.
    """
    kl = certified.kl_divergence(Discrete(DATA), Discrete(MODEL), digits=15)
    yield equal("batches of 8 estimate KL", batch_value(8, 9), kl)
    yield equal("batches of 8: best at the log ratio", batch_slope(8, 9), 0)
    yield equal("the mean of the logarithms", p * (T - log(z)), p * (T - T * q))
    found = j_of(REAL, FAKE, CRITIC)
    yield equal("KL(r‖p)", found + from_tilted(REAL, FAKE, CRITIC), kl_of(REAL, FAKE))
    yield equal("p and q exchanged", j_of(REAL, FAKE, np.log(REAL / FAKE)), kl_of(FAKE, REAL))
    yield equal("the f-GAN's bound is J", log(z), z / sp.E)


def figure():
    r"""Two points: $J_n$ for batches of $n$, as a function of the log odds $T_1 - T_2$ of the critic.

    The smaller the batch, the higher and the further out the maximum. For $n = 3$ there is none. The
    curve of all samples has it at $\log 9$, and its height there is KL.
    """
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots()
    draw_batches(axes)
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

DATA, MODEL = ("9/10", "1/10"), ("1/2", "1/2")
REAL, FAKE = np.array([0.1, 0.15, 0.2, 0.25, 0.3]), np.array([0.35, 0.05, 0.2, 0.3, 0.1])
CRITIC, STEPS = np.array([0.5, -1.0, 2.0, 0.0, 0.25]), (1.0, 10.0, 100.0, 500.0)


def batch_slope(n, odds):
    """The slope of J_n in the log odds T1 - T2, on two points, at these odds."""
    return sp.Rational(9, 10) - sum(
        sp.Rational(comb(n, k), 2**n) * k * odds / (k * odds + n - k) for k in range(1, n + 1)
    )


def batch_value(n, odds):
    """J_n on two points as a ball: T1 is the logarithm of the odds, T2 is 0."""
    means = [(Fraction(comb(n, k), 2**n), Fraction(k * odds + n - k) / n) for k in range(n + 1)]
    inside = sum(weight * certified.log(mean) for weight, mean in means)
    return Fraction(9, 10) * certified.log(Fraction(odds)) - inside


@summed
def expected(real, critic):
    """E_p[T]."""
    return real * critic


@summed
def tilt(fake, critic):
    """E_q[e^T]."""
    return fake * np.exp(critic)


def j_of(real, fake, critic):
    """E_p[T] - log E_q[e^T]."""
    return expected(real, critic) - tilt(fake, critic).log()


def kl_of(real, fake):
    """KL of two discrete distributions."""
    return kl_divergence(Discrete(real), Discrete(fake))


def tilted(fake, critic):
    """The weights of the tilted model."""
    weights = fake * np.exp(critic)
    return weights / np.sum(weights)


@summed
def to_tilted(real, fake, critic):
    """The terms of KL(p‖r)."""
    return real * np.log(real / tilted(fake, critic))


@summed
def from_tilted(real, fake, critic):
    """The terms of KL(r‖p)."""
    return tilted(fake, critic) * np.log(tilted(fake, critic) / real)


def adds_up(rows):
    """1 + J + KL(p‖r) = 1 + KL(p‖q)."""
    real, fake, other = (rows + 0.02) / np.sum(rows + 0.02, axis=1, keepdims=True)
    critic = 3 - 8 * other
    found = j_of(real, fake, critic) + to_tilted(real, fake, critic)
    return equal("1 + J + KL(p‖r)", 1 + found, 1 + kl_of(real, fake))


def draw_batches(axes):
    """J_n on two points against the log odds, with the maxima."""
    at = np.linspace(0, 5, 400)
    axes.plot(at, 0.9 * at - np.log((np.exp(at) + 1) / 2), "C0")
    axes.plot([np.log(9)], [0.9 * np.log(9) - np.log(5)], "o", color="C0")
    for n, color, place in ((8, "C1", (3.7, 0.385)), (3, "C2", (3.5, 0.6))):
        value = 0.9 * at
        for k in range(n + 1):
            value = value - comb(n, k) / 2**n * np.log((k * np.exp(at) + n - k) / n)
        axes.plot(at, value, color)
        if n > 3:
            axes.plot(at[np.argmax(value)], np.max(value), "o", color=color)
        axes.annotate(f"$n = {n}$", place, color=color)
    axes.annotate("all samples", (3.9, 0.15), color="C0")
    axes.set(title="Batches overestimate KL", xlabel="log odds $T_1 - T_2$", ylabel="$J_n$, nats")
    axes.set(xlim=(0, 5), ylim=(0, 0.7), xticks=(0, np.log(9), 5), yticks=(0, 0.368))
    axes.set_xticklabels(("0", r"$\log 9$", "5"))
    axes.set_yticklabels(("0", "KL"))
