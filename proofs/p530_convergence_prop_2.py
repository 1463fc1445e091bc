r"""With the best discriminator at each step, mirror descent on the density converges, with a rate.

Statement
---------
Let the discriminator be the best one, $D^*_t$, at each step, and let the model move by mirror descent,

$$q_{t+1} \propto q_t \, e^{-\eta \log(1 - D^*_t)} = q_t^{1 - \eta} (p + q_t)^\eta.$$

Then for $0 < \eta \le 1$ and every $T$

$$2\,\mathrm{JSD}(p, q_T) \le \frac{\mathrm{KL}(p \,\|\, q_0)}{\eta T}.$$

Near $p$ a step multiplies the error in each point by $1 - \tfrac12 \eta$. This is Proposition 2 of the
GAN paper with specified steps; why these are needed: page `improving-is-not-converging`.

Assumes   $D^*$ is known exactly, $q_t$ itself is the variable, and $\mathrm{KL}(p \,\|\, q_0) < \infty$.
Source    [@goodfellow2014, Proposition 2]; [@lu2018] for the rate; [@beck2003] for mirror descent.
"""

import math
from fractions import Fraction
from functools import partial

import numpy as np
import sympy as sp
from scipy.special import xlogy

from gantheory import certified
from gantheory.densities import Discrete
from gantheory.divergences import js_divergence, kl_divergence
from gantheory.evidence import in_norm, mean_of, summed
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal

theorem = Theorem(
    label="convergence-prop-2",
    title=r"Mirror descent: $2\,\mathrm{JSD}(p, q_T) \le \mathrm{KL}(p \,\|\, q_0)/(\eta T)$",
    uses=("c-equals-2jsd-minus-log4", "bregman-equals-stale-regret"),
    covers=("convergence-prop-2", "mirror-descent-rate"),
    errata=(
        r"[@annotated2017] asks for enough training data: the proposition knows no data, only capacity, "
        r"an optimal $D$, and steps in $p_g$.",
    ),
)

# p, q, w: densities of data, model and next model at one point; z: the normaliser of the step
p, q, w, z, eta = sp.symbols("p q w z eta", positive=True)
g = sp.Symbol("g", real=True)  # the slope log(1 - D*)
STEP = q ** (1 - eta) * (p + q) ** eta  # before it is normalised
BEST = p * sp.log(p / (p + q)) + q * sp.log(q / (p + q))  # the integrand of C(q)
MIXED = (p + w) * sp.log((p + w) / (p + q))  # of 2 KL(½(p + w)‖½(p + q))


def derive():
    r"""Two balances of one step, and their sum over all steps.

    Mirror descent with the negative entropy makes a step from $q$ to $w$ as follows: it multiplies $q$
    by $e^{-\eta g}$, where $g = \log(1 - D^*) = \log \frac{q}{p + q}$ is the slope of $C$, and divides
    by the number $z$ that makes the mass 1. So $\log \frac wq = -\eta g - \log z$. Near $q = p$, where
    $z = 2^\eta$, the derivative of the step is $1 - \tfrac12 \eta$.

    The first balance says what the step gains in $\mathrm{KL}(p \,\|\, \cdot)$. Integrated,

    $$\begin{aligned} \mathrm{KL}(p \,\|\, q) - \mathrm{KL}(p \,\|\, w) &= \eta\,[C(w) - C(p)]
    + (1 - \eta)\,\mathrm{KL}(w \,\|\, q) + 2 \eta\,\mathrm{KL}(m_w \,\|\, m_q) \\
    &\quad + \eta \int 2 p\,\mathrm{kl}(\tfrac12 \,\|\, D^*) \,\mathrm{d}x, \end{aligned}$$

    where $m_q$ and $m_w$ are the means of $p$ with $q$ and $w$. The last term is the regret of $D^*$
    against the data as model. For $\eta \le 1$ all terms on the right are at least 0. At a point the two
    sides differ by $(w - p) \log z$, whose integral is 0, as $w$ and $p$ have the same mass.

    The second balance says that $C$ never grows. Integrated,

    $$\eta\,[C(q) - C(w)] = \mathrm{KL}(q \,\|\, w) + (1 - \eta)\,\mathrm{KL}(w \,\|\, q)
    + 2 \eta\,\mathrm{KL}(m_w \,\|\, m_q) \ge 0.$$

    Sum the first balance over $T$ steps. On the left all but
    $\mathrm{KL}(p \,\|\, q_0) - \mathrm{KL}(p \,\|\, q_T)$ cancels, and on the right stand $T$ terms
    $\eta\,[C(q_t) - C(p)] = 2 \eta\,\mathrm{JSD}(p, q_t)$, of which the last is the smallest. This is
    the rate.
    """
    slope = sp.Subs(sp.Derivative(STEP / 2**eta, q), q, p)
    yield equal("the step in closed form", q * sp.exp(-eta * sp.log(q / (p + q))), STEP)
    yield equal("log w/q", sp.log(q * sp.exp(-eta * g) / z / q), -eta * g - sp.log(z))
    yield equal("factor of an error near p", slope, 1 - eta / 2)

    # the first balance
    coin = -p * sp.log(2 * p / (p + q)) - p * sp.log(2 * q / (p + q))
    gain = p * sp.log(p / q) - p * sp.log(p / w)
    rise = BEST.subs(q, w) + 2 * p * sp.log(2) + MIXED + coin
    paid = eta * rise + (1 - eta) * w * sp.log(w / q)
    sides = [one.subs(w, STEP / z) for one in (gain - paid, (w - p) * sp.log(z))]
    yield equal("balance of KL(p‖q)", *sides, label="mirror-descent-rate")

    # the second balance
    fall = eta * (BEST - BEST.subs(q, w))
    cost = q * sp.log(q / w) + (1 - eta) * w * sp.log(w / q) + eta * MIXED
    sides = [one.subs(w, STEP / z) for one in (fall - cost, (w - q) * sp.log(z))]
    yield equal("balance of C", *sides)


def check():
    r"""Data with two modes on 50 points, and a model that starts at one end.

    After 1, 10 and 40 steps with $\eta = 1, \tfrac12, \tfrac1{10}$ the divergence is compared with the
    bound. The steps are computed by logarithms, as the start has weights down to $10^{-6}$. The bound is
    enclosed.
    """
    for size in (Fraction(1), Fraction(1, 2), Fraction(1, 10)):
        for steps in (1, 10, 40):
            yield at_most(f"2 JSD at η = {size}, T = {steps}", *on_fifty_points(size, steps))


def search(seed):
    r"""Two hunts on distributions of four points.

    The first computes all terms of the balance of $\mathrm{KL}(p \,\|\, q)$ for one step and compares
    the sums. The second runs 20 steps with $\eta$ from 0.1 to 0.9 and looks for a violation of the rate.
    """
    hunt = partial(survives, seed=seed, examples=120, strategy=strategies.markov_kernels(3, 4))
    yield hunt("balance of one step", balance)
    yield hunt("2 JSD within the bound after 20 steps", within_bound, label=theorem.label)


def simulate(seed):
    r"""Thirty-two random data on 50 points, with the best $D$ and with one that is estimated.

    With the best $D$ and $\eta = \tfrac12$, all 32 runs are within the bound after 10 steps, and below
    $10^{-9}$ after 80. Then $D$ is estimated anew at each step, from 1000 real and 1000 generated
    samples by counting. The statistic is $2\,\mathrm{JSD}$, averaged over the steps 100 to 149 and over
    the runs. It is below 0.02 and above 0.001: the proposition is about the best $D$, not an estimate of
    it. The interval assumes that this mean is nearly normal; other sample sizes are not covered.
    """
    real, start, streams = drawn(seed)
    early, late = (distances(real, stepped(real, start, 0.5, steps)) for steps in (10, 80))
    yield at_most("η = 1/2, 10 steps: within the bound", early, first_distances(real, start) / 5)
    yield at_most("η = 1/2, 80 steps: below 1e-9", late, 1e-9)
    hovering = mean_of(learned(real, start, streams))
    yield at_most("D from samples: below 0.02", hovering, 0.02)
    yield at_least("D from samples: above 0.001", hovering, 1e-3)


def refute():
    r"""Three wrong beliefs about the step size.

    The factor $1 - \tfrac12 \eta$ is that of small errors only. The bound without $\eta$ would say that
    small steps cost nothing: from $(10^{-20}, 1)$ to $(\tfrac12, \tfrac12)$ 100 steps of size 1/100 are
    not enough. And larger steps are not always faster: with $\eta = 4$ the model overshoots.
    """
    halfway = STEP.subs(eta, sp.Rational(1, 2)) / sp.sqrt(2)
    yield equal("factor 1 - η/2 everywhere", halfway - p, sp.Rational(3, 4) * (q - p))
    yield at_most("the bound without η", *tiny_steps())
    real, start = np.array([0.9, 0.1]), np.array([0.01, 0.99])
    yield at_most("η = 4: below 1e-3 after six steps", left_over(real, start, 4.0, 6), 1e-3)


def figure():
    r"""The divergence falls by a constant factor in the end, while the bounds fall like $1/t$ only."""
    from matplotlib import pyplot as plt

    real, start = np.random.default_rng(4).dirichlet(np.full(50, 0.3), size=2)
    start, times = 0.99 * start + 0.01 / 50, np.arange(1, 61)
    fig, axes = plt.subplots()
    for size, color, *place in (
        (1, "C0", 19, 2e-9),
        (0.5, "C3", 40, 2e-9),
        (0.2, "C2", 54, 2e-4),
    ):
        path = [loss(real, stepped(real, start, size, t)) for t in times]
        axes.semilogy(times, path, color=color)
        bound = np.sum(xlogy(real, real / start)) / (size * times)
        axes.semilogy(times, bound, color=color, linewidth=0.9, linestyle=":")
        axes.text(*place, rf"$\eta={size:g}$", color=color)
    axes.text(60, 12, r"bounds $\mathrm{KL}(p\,\|\,q_0)/(\eta t)$", ha="right")
    axes.set(title="JSD falls faster than the bounds say", xlabel="step $t$", ylabel="2 JSD, nats")
    axes.set(xlim=(0, 61), xticks=(0, 20, 40, 60), ylim=(1e-9, 60), yticks=(1e-8, 1e-4, 1))
    return fig


# --- how the numbers are made ---------------------------------------------------------------------


def stepped(real, fake, size, times=1):
    """The normalised q^(1 - η) (p + q)^η, by logarithms, so many times.

    Takes one run, of shape (n,), or a batch of runs, of shape (m, n).
    """
    for _ in range(times):
        logs = np.log(fake) + size * np.log1p(real / fake)
        grown = np.exp(logs - logs.max(axis=-1, keepdims=True))
        fake = grown / grown.sum(axis=-1, keepdims=True)
    return fake


def left_over(real, start, size, times):
    """2 JSD of data and model after so many steps."""
    return 2 * js_divergence(Discrete(real), Discrete(stepped(real, start, size, times)))


def loss(real, fake):
    """2 JSD, without an error bar."""
    middle = (real + fake) / 2
    safe = np.where(middle > 0, middle, 1.0)
    return np.sum(xlogy(real, real / safe) + xlogy(fake, fake / safe), axis=-1)


@in_norm
def distances(real, fakes):
    """2 JSD(p, q) for each model q."""
    return loss(real, fakes)


@in_norm
def first_distances(real, start):
    """KL(p‖q_0)."""
    return np.sum(xlogy(real, real / start), axis=-1)


def drawn(seed):
    """Data and starts on 50 points for 32 runs, and a stream of random numbers for each run.

    The weights are Dirichlet with parameter 0.3, so that a few points hold most of the mass. A start has
    1/100 of its mass spread evenly, which keeps KL(p‖q_0) finite.
    """
    streams = [np.random.default_rng(one) for one in np.random.SeedSequence(seed).spawn(32)]
    weights = np.stack([rng.dirichlet(np.full(50, 0.3), size=2) for rng in streams])
    return weights[:, 0], 0.99 * weights[:, 1] + 0.01 / 50, streams


def on_fifty_points(size, steps):
    """2 JSD after so many steps, and the bound."""
    at = np.arange(50)
    real = np.exp(-(((at - 12) / 4.0) ** 2)) + 0.4 * np.exp(-(((at - 36) / 3.0) ** 2)) + 1e-6
    real, start = (weights / math.fsum(weights) for weights in (real, np.exp(-at / 4.0)))
    bound = certified.kl_divergence(Discrete(real), Discrete(start)) / (size * steps)
    return left_over(real, start, float(size), steps), bound


def tiny_steps():
    """2 JSD after 100 steps of size 1/100 from (1e-20, 1) to (1/2, 1/2), and KL(p‖q_0)/100."""
    real, start = np.array([0.5, 0.5]), np.array([1e-20, 1.0])
    bound = certified.kl_divergence(Discrete(real), Discrete(start)) / 100
    return left_over(real, start, 0.01, 100), bound


def balance(rows):
    """1 + gain = 1 + what is paid, for one step from a model with 1/100 more in every cell."""
    real, fake, size = (
        rows[0],
        (rows[1] + 0.01) / math.fsum(rows[1] + 0.01),
        (1 + 8 * rows[2][0]) / 10,
    )
    after = stepped(real, fake, size)
    data, model, last = Discrete(real), Discrete(fake), Discrete(after)
    gained = kl_divergence(data, model) - kl_divergence(data, last)
    improved = size * 2 * js_divergence(data, last)
    return equal("1 + gain", 1 + (gained - improved), 1 + spent(real, fake, after, size))


@summed
def spent(real, fake, after, size):
    """(1 - η) KL(w‖q) + 2 η KL(m_w‖m_q) + η regret, regret = Σ p (2 log m_q - log p - log q)."""
    middle, old = (real + after) / 2, (real + fake) / 2
    moved = xlogy(after, after), -xlogy(after, fake)
    means = xlogy(middle, middle), -xlogy(middle, old)
    regret = 2 * xlogy(real, old), -xlogy(real, real), -xlogy(real, fake)
    parts = (1 - size, moved), (2 * size, means), (size, regret)
    return [weight * term for weight, terms in parts for term in terms]


def within_bound(rows):
    """2 JSD - 1 ≤ KL(p‖q_0)/(20 η) - 1 after 20 steps, from a model with 1/100 more in every cell."""
    real, fake = rows[0], (rows[1] + 0.01) / math.fsum(rows[1] + 0.01)
    size = Fraction(float(rows[2][0])) * 4 / 5 + Fraction(1, 10)
    bound = certified.kl_divergence(Discrete(real), Discrete(fake), digits=15) / (20 * size)
    found = left_over(real, fake, float(size), 20)
    return at_most("2 JSD - 1", found - 1, bound.estimate() - 1)


def learned(real, fake, streams):
    """The mean 2 JSD over the last 50 of 150 steps with D = (n_p + 1/2)/(n_p + n_q + 1) in each cell."""
    total = np.zeros(len(streams))
    for steps in range(150):
        pairs = zip(streams, real, fake, strict=True)
        samples = [(rng.multinomial(1000, p), rng.multinomial(1000, q)) for rng, p, q in pairs]
        counts = np.stack(samples)
        guess = (counts[:, 0] + 0.5) / (counts.sum(axis=1) + 1)
        grown = fake * (1 - guess) ** -0.5
        fake = grown / grown.sum(axis=-1, keepdims=True)
        total += loss(real, fake) / 50 if steps >= 100 else 0.0
    return total
