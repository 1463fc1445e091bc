r"""To improve C at every step is not enough; mirror descent converges, with a rate.

Statement
---------
Let D be optimal at each step, and let the model move so that C(q_t) falls strictly. That does not make
q_t tend to p: q_t = p + (1/3 + 2/3 · 2^-t) (q_0 - p) improves C at every step, and stops a third of the
way out. What does converge, with q_t itself as the variable:

(a) Mirror descent, q_{t+1} ∝ q_t exp(-η log(1 - D*_t)) = q_t^(1 - η) (p + q_t)^η. For 0 < η ≤ 1

    2 JSD(p, q_T) ≤ KL(p‖q_0)/(η T),

since for one step from q to w, with m_q = (p + q)/2 and the regret ∫ 2 p kl(1/2‖D*_q),

    KL(p‖q) - KL(p‖w) = η [C(w) - C(p)] + (1 - η) KL(w‖q) + 2 η KL(m_w‖m_q) + η regret.

With η = 1 the step is q_{t+1} = (p + q_t)/2 exactly, so that q_t - p = 2^-t (q_0 - p): 2 JSD falls by a
factor of 2 at least, and in the end of 4 if χ² of q_0 from p is finite. Near p a cell's error is
multiplied by 1 - η/2.

(b) Projected subgradient steps of sizes α_t along g_t = log(1 - D*_t), on finitely many cells:

    min over t ≤ T of 2 JSD(p, q_t) ≤ (|q_0 - p|² + Σ α_t² |g_t|²)/(2 Σ α_t),

which tends to 0 if Σ α_t = ∞, Σ α_t² < ∞ and the g_t are bounded.

In the parameters of a generator there is no such theorem: C has local minima.

Assumes   C convex in q and D* known exactly; for (a), KL(p‖q_0) < ∞; for (b), finitely many cells.
Source    Goodfellow et al. (2014), Proposition 2; Lu, Freund and Nesterov (2018) for (a); Shor (1985)
          for (b).
"""

# notation: p, q, w densities of data, model and next model; u any law; eta, alpha sizes of steps;
# notation: g a slope, z a normaliser, v a change of q; lam how far from p on the way to q_0

import math
from fractions import Fraction
from functools import partial

import numpy as np
import sympy as sp
from scipy.special import xlogy

from gantheory import certified
from gantheory.densities import Discrete, Mixture, Normal, Uniform
from gantheory.divergences import js_divergence, kl_divergence
from gantheory.evidence import in_norm, mean_of, pointwise, summed
from gantheory.game import virtual_training_criterion
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, encloses, equal, increasing, rate

theorem = Theorem(
    label="convergence-prop-2",
    title="Improving is not converging; mirror descent has 2 JSD(p, q_T) ≤ KL(p‖q_0)/(η T)",
    uses=(
        "c-equals-2jsd-minus-log4",
        "sqrt-jsd-is-metric",
        "u-affine-c-convex-in-pg",
        "subderivative-of-supremum",
    ),
    covers=(
        "convergence-prop-2",
        "prop2-exact-halving",
        "mirror-descent-rate",
        "projected-subgradient",
        "improving-is-not-converging",
    ),
    errata=(
        "Goodfellow et al. (2014), Proposition 2, and after it the notes on NIPS 2014 and An Annotated "
        "Proof (2017): updates that improve the criterion need not converge to p_data; how much they "
        "improve it matters.",
        "The notes on NIPS 2014 let gradient descent with any subgradient converge: with a constant "
        "step it need not, and where q = 0 < p the subgradients are not bounded.",
        "An Annotated Proof (2017) asks for enough training data: the proposition knows no data, only "
        "capacity, an optimal D, and steps in p_g.",
    ),
)

p, q, w, u, eta, z, v, lam = sp.symbols("p q w u eta z v lam", positive=True)
g, x, alpha = sp.symbols("g x alpha", real=True)
LOG_2, LOG_4 = sp.log(2), sp.log(4)
STUCK = "-1.358354749103488709889534576053052247785683147806496039"

DATA, START = (Fraction(3, 5), Fraction(2, 5)), (Fraction(1, 10), Fraction(9, 10))
BELL = Normal(0, 1)
LUMPS = Mixture((Normal(-2, "0.7"), Normal(2, "0.7")), ("0.7", "0.3"))
CELLS, SEEDS = 50, 32


def best(data, model):
    """p log p/(p + q) + q log q/(p + q)."""
    return data * sp.log(data / (data + model)) + model * sp.log(model / (data + model))


def derive():
    yield equal(
        "a step of mirror descent, before it is normalised: q e^(-η log(1 - D*)) = q^(1 - η) (p + q)^η",
        q * sp.exp(-eta * sp.log(q / (p + q))),
        q ** (1 - eta) * (p + q) ** eta,
    )
    yield equal(
        "η = 1: the step, of mass 2^η, leaves half of the error at every point, (q - p)/2",
        sp.Subs(q * sp.exp(-eta * sp.log(q / (p + q))) / 2**eta, eta, 1) - p,
        (q - p) / 2,
        label="prop2-exact-halving",
    )
    yield equal(
        "near p: the step, normalised by 2^η, multiplies an error by 1 - η/2",
        sp.Subs(sp.Derivative((q ** (1 - eta) * (p + q) ** eta) / 2**eta, q), q, p),
        1 - eta / 2,
    )
    near = best(p, p + x * v) + (2 * p + x * v) * LOG_2
    yield equal(
        "near p: 2 JSD(p, p + h v) is h² ∫ v²/(4 p): a quarter for half the error",
        sp.Limit(near / x**2, x, 0, "+"),
        v**2 / (4 * p),
    )
    yield equal(
        "where there are no data, p → 0, it is q log 2: only halved",
        sp.Limit(best(p, q) + (p + q) * LOG_2, p, 0, "+"),
        q * LOG_2,
    )
    yield equal(
        "three points: KL(u‖q) - KL(u‖w) - KL(w‖q) = ∫ (u - w) log w/q",
        u * sp.log(u / q) - u * sp.log(u / w) - w * sp.log(w / q),
        (u - w) * sp.log(w / q),
    )
    yield equal(
        "log w/q = -η g - log z for the step w = q e^(-η g)/z; as ∫ u = ∫ w, that is η ∫ g (w - u)",
        sp.log(q * sp.exp(-eta * g) / z / q),
        -eta * g - sp.log(z),
    )
    yield equal(
        "a subgradient step: |q - α g - p|² = |q - p|² - 2 α g (q - p) + α² g², g (q - p) ≥ 2 JSD",
        (q - alpha * g - p) ** 2,
        (q - p) ** 2 - 2 * alpha * g * (q - p) + alpha**2 * g**2,
    )
    yield from the_way_out()


def opened(data, model):
    """p log p + q log q - (p + q) log(p + q), which is the integrand of C."""
    total = data + model
    return data * sp.log(data) + model * sp.log(model) - total * sp.log(total)


def the_way_out():
    """C on the line from p = (3/5, 2/5) to q_0 = (1/10, 9/10)."""
    data = sp.Rational(3, 5), sp.Rational(2, 5)
    model = data[0] - lam / 2, data[1] + lam / 2
    above, below = model[1] * (data[0] + model[0]), model[0] * (data[1] + model[1])
    yield equal(
        "data (3/5, 2/5), start (1/10, 9/10), q = p + λ (q_0 - p): C has slope log(a/b)/2 in λ, a = q_2 "
        "(p_1 + q_1), b = q_1 (p_2 + q_2)",
        sp.Derivative(sum(opened(*pair) for pair in zip(data, model, strict=True)), lam),
        (sp.log(above) - sp.log(below)) / 2,
        where={lam: (0, 1)},
    )
    yield equal(
        "a - b = λ/2, which is positive, so that C falls whenever λ does",
        above - below,
        lam / 2,
        label="improving-is-not-converging",
    )
    yield equal(
        "λ = 1/3 + 2/3 · 2^-t falls at every step, and tends to 1/3",
        sp.Limit(sp.Rational(1, 3) + sp.Rational(2, 3) * 2 ** (-x), x, sp.oo),
        sp.Rational(1, 3),
    )


def outward(share):
    """C of p + λ (q_0 - p), enclosed."""
    model = [a + share * (b - a) for a, b in zip(DATA, START, strict=True)]
    return certified.virtual_training_criterion(Discrete(DATA), Discrete(model))


def certify():
    shares = [Fraction(1, 3) + Fraction(2, 3) / 2**t for t in range(16)]
    stuck = outward(Fraction(1, 3))
    yield increasing(
        "data (3/5, 2/5), start (1/10, 9/10), λ = 1/3 + 2/3 · 2^-t: C falls at each step to C at 1/3",
        [*(-outward(share) for share in shares), -stuck],
    )
    yield encloses("which is -1.35835474910348870988...", stuck, STUCK)
    yield at_least("above -log 4 by 0.0279", stuck, Fraction(279, 10000) - certified.log(4))
    far = Normal(3, 1)
    for steps in (1, 3, 9):
        last = halved(BELL, far, steps)
        yield at_most(
            f"data N(0, 1), start N(3, 1), η = 1, T = {steps}: 2 JSD ≤ KL(p‖q_0)/T",
            2 * certified.js_divergence(BELL, last, digits=10),
            certified.kl_divergence(BELL, far) / steps,
            label="mirror-descent-rate" if steps == 3 else None,
        )
        yield at_most(
            "and the next step halves it, or does better",
            2 * certified.js_divergence(BELL, halved(BELL, far, steps + 1), digits=10),
            certified.js_divergence(BELL, last, digits=10),
        )
    yield at_least(
        "data 0.7 N(-2, 0.7²) + 0.3 N(2, 0.7²): the model N(-1.982, 0.727²) is better than N(-0.821, "
        "1.920²)",
        certified.js_divergence(LUMPS, Normal("-0.82104", "1.92010"), digits=12),
        certified.js_divergence(LUMPS, Normal("-1.98248", "0.72716"), digits=12),
        tolerance=0,
    )


def halved(data, start, steps):
    """(1 - 2^-t) p + 2^-t q_0."""
    share = Fraction(1, 2**steps)
    return Mixture((data, start), (1 - share, share))


def stepped(real, fake, size):
    """The normalised q^(1 - η) (p + q)^η, by logarithms."""
    logs = np.log(fake) + size * np.log1p(real / fake)
    grown = np.exp(logs - logs.max(axis=-1, keepdims=True))
    return grown / grown.sum(axis=-1, keepdims=True)


def check():
    at = np.arange(CELLS)
    real = np.exp(-(((at - 12) / 4.0) ** 2)) + 0.4 * np.exp(-(((at - 36) / 3.0) ** 2)) + 1e-6
    real, fake = real / math.fsum(real), np.exp(-at / 4.0) / math.fsum(np.exp(-at / 4.0))
    data, distance = Discrete(real), certified.kl_divergence(Discrete(real), Discrete(fake))
    for size in (Fraction(1), Fraction(1, 2), Fraction(1, 10)):
        model, done = fake, 0
        for steps in (1, 10, 40):
            for _ in range(steps - done):
                model = stepped(real, model, float(size))
            done = steps
            yield at_most(
                f"two bumps on {CELLS} cells, start at one end, η = {size}, T = {steps}: 2 JSD ≤ bound",
                2 * js_divergence(data, Discrete(model)),
                distance / (size * steps),
            )
    yield equal(
        "η = 1, step by step: after 8 steps q is p + 2^-8 (q_0 - p) in every cell",
        walked(real, fake, 8),
        straight(real, fake, 1 / 256),
    )
    for name, pair, ratio in (
        ("data N(0, 1), start N(1, 1), χ² finite", (BELL, Normal(1, 1)), Fraction(1, 4)),
        (
            "data U[0, 1], start U[0, 2], half of it off the data",
            (Uniform(0, 1), Uniform(0, 2)),
            Fraction(1, 2),
        ),
    ):
        times = range(10, 16)
        yield rate(
            f"{name}: with η = 1, JSD falls by {ratio} a step",
            times,
            [js_divergence(pair[0], halved(*pair, t)) for t in times],
            float(ratio),
            tolerance=0.01,
            kind="geometric",
        )
    pair = np.array([0.4, 0.3, 0.2, 0.1]), np.array([0.01, 0.01, 0.01, 0.97])
    yield at_most(
        "data (0.4, 0.3, 0.2, 0.1), 300 projected subgradient steps 0.1/√t: the bound (b)",
        *descended(*pair, [0.1 / math.sqrt(t) for t in range(1, 301)]),
        label="projected-subgradient",
    )
    found, bound = descended(*pair, [1.0] * 300)
    yield at_most("and 300 steps of size 1", found, bound)
    yield at_least(
        "which do not come nearer than 1/5: the term Σ α² |g|² is needed", found, Fraction(1, 5)
    )
    yield local_minimum()


def local_minimum():
    """C of N(μ, s²) on the edge of a box whose centre was found by descent from (0, 2)."""
    mean, scale, low = -0.82104, 1.9201, 1.4201
    t, side = np.linspace(-0.5, 0.5, 26), np.full(26, 0.5)
    moves = np.hstack([[t, side], [t, -side], [side, t], [-side, t]])
    near = Normal(np.repeat([0.02, 0], 52), low + np.repeat([0, 0.02], 52))  # half way to the next
    return at_least(
        "the same data, a box of ±1/2 around N(-0.821, 1.920²) has a local minimum in it: at 104 points "
        "of its edge √JSD, a metric, is greater by more than it can change between them",
        js_divergence(LUMPS, Normal(mean + moves[0], scale + moves[1])).sqrt(),
        js_divergence(LUMPS, Normal(mean, scale)).sqrt()
        + js_divergence(Normal(0, low), near).sqrt(),
        tolerance=0,
    )


@pointwise(roundings=512)
def walked(real, fake, steps):
    """Steps of mirror descent with η = 1, one by one."""
    for _ in range(steps):
        fake = stepped(real, fake, 1.0)
    return fake


@pointwise
def straight(real, fake, share):
    """p + λ (q_0 - p)."""
    return (1 - share) * real + share * fake


def descended(real, start, sizes, *, floor=1e-3):
    """The least 2 JSD on the way of projected subgradient steps, and the bound (b)."""
    fake, met, slopes = start, [], []
    for size in sizes:
        met.append(fake)
        slopes.append(np.log(fake / (real + fake)))
        fake = projected(fake - size * slopes[-1], floor)
    least = min(met, key=lambda one: loss(real, one))
    return 2 * js_divergence(Discrete(real), Discrete(least)), allowed(start - real, sizes, slopes)


@pointwise(roundings=1024)
def allowed(away, sizes, slopes):
    """(|q_0 - p|² + Σ α² |g|²)/(2 Σ α)."""
    spent = sum(size**2 * (g @ g) for size, g in zip(sizes, slopes, strict=True))
    return (away @ away + spent) / (2 * sum(sizes))


def projected(point, floor):
    """The nearest law with no weight below the floor."""
    above, rest = point - floor, 1 - floor * len(point)
    ordered = np.sort(above)[::-1]
    cuts = (np.cumsum(ordered) - rest) / np.arange(1, len(point) + 1)
    cut = cuts[np.nonzero(ordered > cuts)[0][-1]]
    law = np.maximum(above - cut, 0.0) + floor
    return law / math.fsum(law)


def loss(real, fake):
    """2 JSD, without an error bar: to choose among models, and for samples."""
    middle = (real + fake) / 2
    safe = np.where(middle > 0, middle, 1.0)
    return np.sum(xlogy(real, real / safe) + xlogy(fake, fake / safe), axis=-1)


def search(seed):
    hunt = partial(survives, seed=seed, examples=120)
    yield hunt(
        "one step from q to w: KL(p‖q) - KL(p‖w) = η [C(w) - C(p)] + (1 - η) KL(w‖q) + 2 η KL(m_w‖m_q) "
        "+ η regret",
        ledger,
        strategies.markov_kernels(3, 4),
    )
    yield hunt(
        "20 steps of mirror descent, η from 0.1 to 0.9: 2 JSD ≤ KL(p‖q_0)/(20 η)",
        mirror,
        strategies.markov_kernels(3, 4),
    )
    yield hunt(
        "20 projected subgradient steps: the best 2 JSD obeys (b)",
        subgradient,
        strategies.markov_kernels(2, 4),
    )


def lifted(law):
    """The law with 1/100 more in every cell."""
    return (law + 0.01) / math.fsum(law + 0.01)


def ledger(rows):
    real, fake, size = rows[0], lifted(rows[1]), (1 + 8 * rows[2][0]) / 10
    after = stepped(real, fake, size)
    data, model, last = Discrete(real), Discrete(fake), Discrete(after)
    gained = kl_divergence(data, model) - kl_divergence(data, last)
    paid = size * (virtual_training_criterion(data, last) + LOG_4)
    rest = spent(real, fake, after, size)
    return equal("1 + what is gained = 1 + what is paid for", 1 + (gained - paid), 1 + rest)


@summed
def spent(real, fake, after, size):
    """(1 - η) KL(w‖q) + 2 η KL(m_w‖m_q) + η regret, regret = Σ p (2 log m_q - log p - log q)."""
    middle, old = (real + after) / 2, (real + fake) / 2
    moved = xlogy(after, after), -xlogy(after, fake)
    means = xlogy(middle, middle), -xlogy(middle, old)
    regret = 2 * xlogy(real, old), -xlogy(real, real), -xlogy(real, fake)
    parts = (1 - size, moved), (2 * size, means), (size, regret)
    return [weight * term for weight, terms in parts for term in terms]


def mirror(rows):
    real, fake, size = (
        rows[0],
        lifted(rows[1]),
        Fraction(float(rows[2][0])) * 4 / 5 + Fraction(1, 10),
    )
    model = fake
    for _ in range(20):
        model = stepped(real, model, float(size))
    return at_most(
        "2 JSD - 1 ≤ KL/(η T) - 1",
        2 * js_divergence(Discrete(real), Discrete(model)) - 1,
        (
            certified.kl_divergence(Discrete(real), Discrete(fake), digits=15) / (20 * size)
        ).estimate()
        - 1,
    )


def subgradient(rows):
    sizes = [0.1 / math.sqrt(t) for t in range(1, 21)]
    return at_most("best 2 JSD ≤ bound", *descended(lifted(rows[0]), lifted(rows[1]), sizes))


def simulate(seed):
    streams = [np.random.default_rng(one) for one in np.random.SeedSequence(seed).spawn(SEEDS)]
    drawn = np.stack([rng.dirichlet(np.full(CELLS, 0.3), size=2) for rng in streams])
    real, start = drawn[:, 0], 0.99 * drawn[:, 1] + 0.01 / CELLS
    early = late = start
    for _ in range(10):
        early = stepped(real, early, 0.5)
    for _ in range(80):
        late = stepped(real, late, 0.5)
    path = distances(real, np.stack([start, early, late]))
    yield at_most(
        f"{SEEDS} random laws on {CELLS} cells, η = 1/2: after 10 steps 2 JSD ≤ KL(p‖q_0)/5, in all",
        path[1],
        first_distances(real, start) / 5,
    )
    yield at_most("and after 80 steps 2 JSD is below 1e-9, in all", path[2], 1e-9)
    lams = [(1 + 2 * 0.5**t) / 3 for t in range(21)]
    way = distances(real, np.stack([real + lam * (start - real) for lam in lams]))
    yield at_least(
        "the same laws, by λ = 1/3 + 2/3 · 2^-t: 2 JSD falls at each of 20 steps, by more than 1e-8",
        way[:-1] - way[1:],
        1e-8,
        tolerance=0,
    )
    yield at_least("and stays above 1/20, in all", way[-1], 0.05, tolerance=0)
    hovering = mean_of(learned(real, start, streams))
    yield at_most(
        "the same laws, η = 1/2, D counted from 1000 + 1000 samples a step: 2 JSD comes below 0.02, on "
        "average",
        hovering,
        0.02,
    )
    yield at_least("and does not come to 0, while D errs", hovering, 1e-3)


@in_norm
def distances(real, fakes):
    """2 JSD(p, q) for each model q."""
    return loss(real, fakes)


@in_norm
def first_distances(real, start):
    """KL(p‖q_0)."""
    return np.sum(xlogy(real, real / start), axis=-1)


def learned(real, fake, streams):
    """The mean 2 JSD over the last 50 of 150 steps with D = (n_p + 1/2)/(n_p + n_q + 1) in each cell."""
    total = np.zeros(len(streams))
    for steps in range(150):
        pairs = zip(streams, real, fake, strict=True)
        counts = np.stack(
            [(rng.multinomial(1000, p), rng.multinomial(1000, q)) for rng, p, q in pairs]
        )
        answer = (counts[:, 0] + 0.5) / (counts.sum(axis=1) + 1)
        grown = fake * (1 - answer) ** -0.5
        fake = grown / grown.sum(axis=-1, keepdims=True)
        total += loss(real, fake) / 50 if steps >= 100 else 0.0
    return total


def refute():
    yield at_most(
        "C falls at each of 40 steps, so it has come to within 1e-3 of -log 4: λ = 1/3 + 2/3 · 2^-40",
        outward(Fraction(1, 3) + Fraction(2, 3) / 2**40),
        Fraction(1, 1000) - certified.log(4),
    )
    yield equal(
        "any η shrinks the error by 1 - η/2 everywhere, as it does near p: η = 1/2",
        sp.sqrt(q * (p + q) / 2) - p,
        sp.Rational(3, 4) * (q - p),
    )
    skewed = np.array([1e-20, 1.0])
    model = skewed
    for _ in range(100):
        model = stepped(np.array([0.5, 0.5]), model, 0.01)
    yield at_most(
        "2 JSD ≤ KL(p‖q_0)/T whatever η is: data (1/2, 1/2), start (1e-20, 1), η = 1/100, T = 100",
        2 * js_divergence(Discrete((0.5, 0.5)), Discrete(model)),
        certified.kl_divergence(Discrete((0.5, 0.5)), Discrete(skewed)) / 100,
    )
    model = np.array([0.01, 0.99])
    for _ in range(6):
        model = stepped(np.array([0.9, 0.1]), model, 4.0)
    yield at_most(
        "larger steps are faster: η = 4 comes below 1e-3 in 6 steps, as η = 1 does",
        2 * js_divergence(Discrete((0.9, 0.1)), Discrete(model)),
        1e-3,
    )
    place = Fraction(3, 10)
    for _ in range(1000):
        place -= Fraction(1, 5) if place > 0 else Fraction(-1, 5)
    yield at_most(
        "subgradient steps of constant size find the minimum: 1000 steps of 1/5 on |x| from 3/10",
        abs(place),
        Fraction(1, 1000),
    )
    pair = Uniform(0, 1), Uniform(0, 2)
    yield rate(
        "halving the error always quarters JSD: data U[0, 1], start U[0, 2]",
        range(10, 16),
        [js_divergence(pair[0], halved(*pair, t)) for t in range(10, 16)],
        0.25,
        tolerance=0.01,
        kind="geometric",
    )
    yield at_least(
        "a model that every small change makes worse is the best one: N(-0.821, 1.920²)",
        certified.js_divergence(LUMPS, Normal("-1.98248", "0.72716"), digits=12),
        certified.js_divergence(LUMPS, Normal("-0.82104", "1.92010"), digits=12),
    )


def figure():
    from matplotlib import pyplot as plt

    rng = np.random.default_rng(4)
    real, start = rng.dirichlet(np.full(CELLS, 0.3), size=2)
    start = 0.99 * start + 0.01 / CELLS
    distance = float(np.sum(xlogy(real, real / start)))
    times = np.arange(1, 61)
    fig, axes = plt.subplots()
    for size, color in ((1.0, "C0"), (0.5, "C4"), (0.2, "C6")):
        fake, path = start, []
        for _ in times:
            fake = stepped(real, fake, size)
            path.append(float(loss(real, fake)))
        shown = np.array(path) > 1e-9
        axes.semilogy(times[shown], np.array(path)[shown], color=color)
        axes.semilogy(times, distance / (size * times), color=color, linewidth=0.9, linestyle=":")
        last = int(np.flatnonzero(shown)[-1])
        axes.annotate(f"η = {size:g}", (times[last] + 0.8, path[last] * 1.3), color=color)
    stuck = [loss(real, real + (1 + 2 * 0.5**t) / 3 * (start - real)) for t in times]
    axes.semilogy(times, stuck, color="C2", linewidth=2.4)
    axes.annotate("improves at every step, and stops", (60, 0.007), color="C2", ha="right")
    axes.annotate("bounds KL(p‖q₀)/(ηt)", (60, 12), color="0.35", ha="right")
    axes.set(
        title=f"2 JSD(p, q) on the way to random data on {CELLS} cells",
        xlabel="step t",
        ylabel="nats",
        xlim=(0, 61),
        ylim=(1e-9, 60),
        yticks=(1e-8, 1e-4, 1),
    )
    return fig
