r"""k steps of the discriminator keep it near its optimum, at a distance; the game spirals below k = 4.

Statement
---------
Let the data be N(0, 1), the model N(y, 1) and D = σ(c x + b), which has D* in it: c = -y, b = y²/2. Both
players follow the gradient of V, the discriminator r times as fast. Next to the rest at y = 0, D = 1/2
the model is a spring with friction, y'' + (r/2) y' + (r/4) y = 0, and b decays alone:

    (λ + r/2) (λ² + (r/2) λ + r/4) = 0.

For r < 4 the game spirals in, at the rate r/4. At r = 4 it is critically damped, λ = -1. For r > 4 its
slow mode is λ = -1/(1 + s), s = √(1 - 4/r), and tends to -1/2 = -C''(0), what a D that is always the
best would give: r = 4 is the fastest, twice as fast as that ideal. In the slow mode D lags behind, by
|c - c*| = |y| (1 - s)/(1 + s), which is near |y|/r and never 0.

With k steps of size η of D, then one of size η of the model, η < 2, the game spirals for k = 1 and 2,
for k = 3 if η < √5 - 1, for k = 4 not. No number of steps makes D optimal: with 8 L = 4 + y² + |y|
√(4 + y²) and η L < 1, k steps leave at least (1 - η L)^k of the distance of (c, b) from D*.

Assumes   Exact gradients; modes are those next to the rest. Minibatches add a floor of noise.
Source    Goodfellow et al. (2014), section 3, for the sentence; Nagarajan and Kolter (2017) and Heusel
          et al. (2017) for two time scales; the numbers are derived here.
"""

# notation: y mean of the model; c, b slope and shift of D's logit; r ratio of speeds, lam an eigenvalue;
# notation: s = sqrt(1 - 4/r); eta step, u half of it; root squared is what k steps leave of c + y

import math

import numpy as np
import sympy as sp

from gantheory import certified
from gantheory.densities import Normal
from gantheory.evidence import differences, in_norm, mean_of, pointwise
from gantheory.game import optimal_discriminator, value_function
from gantheory.losses import MINIMAX
from gantheory.nets import Dense, Network, Tanh, mlp
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal, increasing, rate

theorem = Theorem(
    label="k-steps-keep-d-near-optimal",
    title="D r times as fast: spirals for r < 4, slow mode → -C''(0), a lag of |y|/r that is never 0",
    uses=("optimal-discriminator", "algorithm-1"),
    covers=("k-steps-keep-d-near-optimal", "gaussian-gan"),
    errata=(
        "The notes on GANs (NIPS 2014) assume that training D for k steps makes D optimum given G: k "
        "steps leave a positive share of the distance, and the model moves meanwhile.",
        "They say that D stays near its optimum so long as G changes slowly enough: with k = 1, 2 or 3 "
        "equal steps, however small, the game spirals as no game with the best D does.",
    ),
)

x, y, c, b, lam = sp.symbols("x y c b lambda", real=True)
r, s, u, eta, D, root = sp.symbols("r s u eta D root", positive=True)
HALF = sp.Rational(1, 2)
JACOBIAN = sp.Matrix([[0, HALF, 0], [-r / 2, -r / 2, 0], [0, 0, -r / 2]])  # of (y, c, b)
SPRING = lam**2 + r / 2 * lam + r / 4
SLOW, LAG = -1 / (1 + s), (1 - s) / (1 + s)

BELL = Normal(0, 1)
SEEDS, TURNS, STEP, BATCH = 16, 40, 0.05, 128
NODES = np.linspace(-9, 9, 181)
MASS = np.exp(BELL.logpdf(NODES)) * (NODES[1] - NODES[0])
LINE = Network((Dense(1, 1),), 1)


def derive():
    yield from jacobian()
    yield equal(
        "its characteristic polynomial: b decays alone, y and c are the spring",
        (lam * sp.eye(3) - JACOBIAN).det(),
        (lam + r / 2) * SPRING,
        label="gaussian-gan",
    )
    yield equal(
        "the spring is (λ + r/4)² + r (4 - r)/16: spirals for r < 4 alone, at the rate r/4",
        SPRING,
        (lam + r / 4) ** 2 + r * (4 - r) / 16,
    )
    yield equal(
        "r = 4/(1 - s²) > 4: its roots are -1/(1 + s) and -1/(1 - s)",
        SPRING.subs(r, 4 / (1 - s**2)),
        (lam - SLOW) * (lam + 1 / (1 - s)),
        where={s: (0, 1)},
    )
    of_r = {s: sp.sqrt(1 - 4 / r)}
    for speed, slowest in ((8, sp.sqrt(2) - 2), (100, 10 * sp.sqrt(6) - 25)):
        text = f"r = {speed}: -1/(1 + s) is {slowest}"
        yield equal(text, SLOW.subs(of_r).subs(r, speed), slowest)
    text = "r = 4 is the fastest, at the rate 1: r < 4 has r/4, and r > 4 lacks s/(1 + s)"
    yield equal(text, 1 + SLOW, s / (1 + s))
    yield equal("the slow mode tends to -1/2", sp.Limit(SLOW.subs(of_r), r, sp.oo), -HALF)
    mean = bell(0) + bell(y)
    point = bell(0) * sp.log(bell(0) / mean) + bell(y) * sp.log(bell(y) / mean)
    bend = bell(0) * sp.expand(sp.simplify(sp.diff(point, y, 2).subs(y, 0) / bell(0)))
    yield equal("and C''(0) = 1/2", sp.Integral(bend, (x, -sp.oo, sp.oo)), HALF)
    yield equal(
        "y' = c/2, so c = 2 λ y in a mode, and c + y = (1 + 2 λ) y = -y (1 - s)/(1 + s) in the slow one",
        1 + 2 * SLOW,
        -LAG,
        label="k-steps-keep-d-near-optimal",
    )
    yield equal("r times that lag tends to 1", sp.Limit(r * LAG.subs(of_r), r, sp.oo), 1)
    yield from by_steps()
    yield at_most("V bends by D (1 - D) ≤ 1/4 in the logit", D * (1 - D), sp.Rational(1, 4))
    ends = [(4 + y**2 + sign * y * sp.sqrt(4 + y**2)) / 8 for sign in (1, -1)]
    yield equal(
        "a quarter of the moments E_p + E_q of (x², x, 1) has the eigenvalues L and less: so a step "
        "multiplies the error by a matrix between 1 - η L and 1",
        (lam * sp.eye(2) - sp.Matrix([[2 + y**2, y], [y, 2]]) / 4).det(),
        (lam - ends[0]) * (lam - ends[1]),
    )


def bell(mean):
    """Density of N(mean, 1)."""
    return sp.exp(-((x - mean) ** 2) / 2) / sp.sqrt(2 * sp.pi)


def jacobian():
    """Expectations over x ~ N(0, 1) of the derivatives of both players' gradients, at rest, r = 1."""
    value = -sp.log(1 + sp.exp(-c * x - b)) - sp.log(1 + sp.exp(c * (x + y) + b))
    told, weights = JACOBIAN.subs(r, 1), sp.Matrix([2, 3, 5])  # one claim for some entries at once
    pushes = sp.Matrix([-sp.diff(value, y), sp.diff(value, c), sp.diff(value, b)])
    entries = pushes.jacobian([y, c, b]).subs({y: 0, c: 0, b: 0})
    for name, rows in (("y", sp.Matrix([[1, 0, 0]])), ("c and b", sp.Matrix([[0, 7, 11]]))):
        mixed = sp.expand((rows * entries * weights)[0])
        yield equal(
            f"r = 1: the Jacobian of gradient play in (y, c, b) is {told.tolist()}, rows of {name}",
            1 + sp.Integral(bell(0) * mixed, (x, -sp.oo, sp.oo)),
            1 + (rows * told * weights)[0],
        )


def by_steps():
    rows = JACOBIAN.subs(r, 1)[:2, :2]
    d_step, g_step = (sp.eye(2) + eta * sp.diag(*only) * rows for only in ((0, 1), (1, 0)))
    for k in (1, 2, 3, 4):
        turn, left = g_step * d_step**k, (1 - eta / 2) ** k
        yield equal(
            f"k = {k}: the modes have product P = (1 - η/2)^{k} and sum 1 - η/2 + (1 + η/2) P",
            (lam * sp.eye(2) - turn).det(),
            lam**2 - lam * (1 - eta / 2 + (1 + eta / 2) * left) + left,
        )
    yield equal(
        "u = η/2, P = ρ²: the discriminant has the sign of 1 - u - (1 + u) ρ",
        (1 - u + (1 + u) * root**2) ** 2 - 4 * root**2,
        (1 - root) * (1 - u - (1 + u) * root) * (1 - u + 2 * root + (1 + u) * root**2),
    )
    lower = "k = 2: it is -u (1 - u), and lower for k = 1: spirals"
    yield equal(lower, 1 - u - (1 + u) * (1 - u), -u * (1 - u))
    above = "k = 4: it is u² (1 - u): no spirals"
    yield equal(above, 1 - u - (1 + u) * (1 - u) ** 2, u**2 * (1 - u))
    yield equal(
        "k = 3: spirals if (1 + u)² (1 - u) exceeds 1, and it does for η < √5 - 1 alone",
        (1 + u) ** 2 * (1 - u) - 1,
        u * ((sp.sqrt(5) - 1) / 2 - u) * (u + (sp.sqrt(5) + 1) / 2),
    )


def certify():
    for shift in ("1", "1/10", "1/100"):
        size = sp.Rational(shift)
        ratio = certified.js_divergence(BELL, Normal(shift, 1)) * (4 / size**2)
        yield at_most(f"μ = {shift}: 2 (C + log 4)/μ² ≤ 1/2", ratio, HALF, tolerance=0)
        yield at_least(f"μ = {shift}: and ≥ 1/2 - μ²/16", ratio, HALF - size**2 / 16, tolerance=0)


def check():
    state = np.array([0.7, -0.4, 0.3])
    yield equal(
        "at (y, c, b) = (0.7, -0.4, 0.3): (y', c', b') from the coded losses, and as slopes of V",
        coded(state),
        differences(value, state, np.diag([-1.0, 1.0, 1.0])),
    )
    speeds, time = (1, 4, 8, 100), 4 * math.pi / math.sqrt(3)
    coarse, fine = (flow((1e-3, 0.0, 0.0), speeds, time, count) for count in (363, 726))
    yield at_most(
        "the game from y = 1/1000, D = 1/2, r = 1, 4, 8, 100, up to time 4 π/√3: 363 and 726 steps of "
        "Runge-Kutta agree to 1e-9 of the start",
        1000 * abs(fine - coarse),
        1e-9,
    )
    yield at_most(
        "then y is where the spring is, to 1e-7 of the start: for r = 1 beyond the rest by e^(-π/√3), "
        "or 16 %",
        abs(1000 * fine[:, 0] - np.array([spring(speed, time) for speed in speeds])),
        1e-7,
    )
    speeds = (64.0, 128.0, 256.0, 512.0)
    coarse, fine = (flow((2.0, -2.0, 2.0), speeds, 2.0, count) for count in (512, 1024))
    yield at_most(
        "from y = 2 and D = D*, r = 64, 128, 256, 512, up to time 2: 512 and 1024 steps agree to 1e-7",
        abs(fine - coarse),
        1e-7,
    )
    text = "far from rest too the lag c + y then falls like 1/r"
    yield rate(text, speeds, fine[:, 0] + fine[:, 1], -1)


def value(state):
    """V of N(0, 1) and N(y, 1) at the logit c x + b."""
    y, c, b = map(float, state)
    identity = optimal_discriminator(Normal(1, 1), BELL) + 0.5
    return value_function(BELL, Normal(y, 1), c * identity + b).value


def by_losses(state):
    """(y', c', b') for r = 1, from the losses' slopes over N(0, 1) by trapezoid sums."""
    mean, slope, shift = (state[..., place, None] for place in range(3))
    real, fake = slope * NODES + shift, slope * (NODES + mean) + shift
    of_real, of_fake = (-one * NODES.size for one in MINIMAX.d_gradient(real, fake))
    push = -MINIMAX.g_gradient(fake) * NODES.size * slope
    up = of_real * NODES + of_fake * (NODES + mean)
    return np.stack([push @ MASS, up @ MASS, (of_real + of_fake) @ MASS], axis=-1)


@in_norm
def coded(state):
    """(y', c', b') for r = 1; nodes 1/10 apart up to ±9 leave no error but rounding."""
    return by_losses(state)


@in_norm(roundings=100_000)  # next to rest the slopes are differences of numbers near 1/2
def flow(start, speeds, time, count):
    """(y, c, b) after the time, a row a speed, by `count` steps of Runge-Kutta of order 4."""
    factor = np.array([[1.0, speed, speed] for speed in speeds])
    state, h = np.tile(start, (len(speeds), 1)), time / count
    for _ in range(count):
        first = factor * by_losses(state)
        second = factor * by_losses(state + h / 2 * first)
        third = factor * by_losses(state + h / 2 * second)
        fourth = factor * by_losses(state + h * third)
        state = state + h / 6 * (first + 2 * second + 2 * third + fourth)
    return state


def spring(speed, time):
    """y(t)/y(0) of y'' + (r/2) y' + (r/4) y = 0, y'(0) = 0."""
    swing = complex(speed * (speed - 4)) ** 0.5 / 4
    if swing == 0:
        return (1 + time) * math.exp(-time)
    fast, slow = -speed / 4 - swing, -speed / 4 + swing
    return float(((slow * np.exp(fast * time) - fast * np.exp(slow * time)) / (slow - fast)).real)


def search(seed):
    yield survives(
        "any model, any D, 1 to 12 steps, η L < 1: at least (1 - η L)^k of the distance to D* is left",
        left_over,
        strategies.simplices(5),
        seed=seed,
        examples=150,
    )


def stepped(state, k, of_d, of_g=0.0):
    """(y, c, b) after k steps of D and one of G."""
    for _ in range(k):
        state = state + of_d * np.array([0.0, 1.0, 1.0]) * by_losses(state)
    return state + of_g * np.array([1.0, 0.0, 0.0]) * by_losses(state)


def left_over(shares):
    mean, k, share = 6 * (shares[0] - 0.5), 1 + int(11 * shares[1]), (1 + 8 * shares[4]) / 10
    best = np.array([mean, -mean, mean**2 / 2])
    start = best + 8 * np.array([0.0, shares[2] - 0.2, shares[3] + 0.01])
    largest = (4 + mean**2 + abs(mean) * math.sqrt(4 + mean**2)) / 8
    after = distance(trained(start, k, share / largest), best)
    return at_least("distance ≥ (1 - η L)^k times that before", after, least(start, best, share, k))


@in_norm
def trained(state, k, size):
    """(y, c, b) after k steps of D."""
    return stepped(state, k, size)


def distance(state, best):
    """Euclidean distance of two states."""
    squares = (state - best) * (state - best)
    return (squares[0] + squares[1] + squares[2]).sqrt()


@pointwise
def least(start, best, share, k):
    """(1 - η L)^k times the distance at the start."""
    return (1 - share) ** k * np.linalg.norm(start - best)


def simulate(seed):
    streams = [np.random.default_rng(one) for one in np.random.SeedSequence(seed).spawn(SEEDS)]
    for k in (1, 4, 16):
        exact = exact_regret(k)
        yield at_most(
            f"D = σ(c x + b), k = {k}, batches of {BATCH}, {SEEDS} seeds, {TURNS} turns from y = 2, D*: "
            "the mean regret of D is that of exact gradients to 15 %",
            abs(mean_of(by_line(k, streams)[1]) - exact),
            0.15 * exact,
        )
    beyond = [mean_of(-by_line(k, streams, 150)[0].min(axis=0)) for k in (1, 8)]
    yield at_least("k = 1: the model goes past the data's mean, by 1 at least", beyond[0], 1.0)
    yield at_most("k = 8: by less than 1/20, if at all", beyond[1], 0.05)
    deep = mlp((1, 16, 1), Tanh())
    theta = deep.start(streams)
    played(deep, theta, 8, streams, rate_g=0.0)
    flat = theta.flat.copy()
    means = [played(deep, theta, 1, streams, rate_g=0.0, turns=25)[1]]
    for k in (4, 1, 0):
        means.append(played(deep, deep.parameters(flat.copy()), k, streams)[1])
    yield increasing(
        "D of 16 tanh units, trained at y = 2: its mean regret, for k = 1 while the model stands still; "
        "for k = 4, 1, 0 while it moves",
        [mean_of(one) for one in means],
    )


def by_line(k, streams, turns=TURNS):
    """What `played` gives for a linear logit that starts at D*."""
    theta = LINE.parameters(np.tile([-2.0, 2.0], (SEEDS, 1)))
    return played(LINE, theta, k, streams, turns=turns)


def played(network, theta, k, streams, *, rate_g=STEP, turns=TURNS):
    """y (turns, S), and the mean regret of D over the turns, each before the model's step."""
    mean, into = np.full(SEEDS, 2.0), network.parameters(np.zeros_like(theta.flat))
    path, regrets = [], []
    for _ in range(turns):
        for _ in range(k):
            logits, tape = network.forward(theta, drawn(streams, mean, 2))
            slopes = MINIMAX.d_gradient(logits[:, :BATCH, 0], logits[:, BATCH:, 0])
            dy = np.concatenate(slopes, axis=1)[..., None]
            network.backward(theta, tape, dy, into=into, of_input=False)
            theta.flat[...] -= STEP * into.flat
        regrets.append(regret(network, theta, mean))
        logits, tape = network.forward(theta, drawn(streams, mean, 1))
        pull = network.backward(theta, tape, MINIMAX.g_gradient(logits[..., 0])[..., None])
        mean = mean - rate_g * pull[..., 0].sum(axis=1)
        path.append(mean)
    return np.stack(path), np.mean(regrets, axis=0)


def drawn(streams, mean, halves):
    """Real samples, then generated ones, or the latter alone: (S, n, 1)."""
    noise = np.stack([rng.standard_normal(halves * BATCH) for rng in streams])
    noise[:, -BATCH:] += mean[:, None]
    return noise[..., None]


def regret(network, theta, mean):
    """E_p[log D*/D] + E_q[log (1 - D*)/(1 - D)], shape (S,)."""
    at = np.stack([np.tile(NODES, (len(mean), 1)), NODES + mean[:, None]], axis=1)  # (S, 2, n)
    found = network.forward(theta, at.reshape(len(mean), -1, 1))[0].reshape(at.shape)
    best = (mean**2 / 2)[:, None, None] - mean[:, None, None] * at
    sign = np.array([-1.0, 1.0])[:, None]
    lost = np.logaddexp(0, sign * found) - np.logaddexp(0, sign * best)
    return lost.sum(axis=1) @ MASS


@in_norm
def exact_regret(k):
    """The mean regret of D by the same turns with exact gradients."""
    state, regrets = np.array([2.0, -2.0, 2.0]), []
    for _ in range(TURNS):
        answered = stepped(state, k, STEP)
        regrets.append(regret(LINE, LINE.parameters(answered[None, 1:].copy()), answered[:1]))
        state = stepped(answered, 0, 0.0, STEP)
    return np.mean(regrets)


def refute():
    found = distance(trained(np.array([1.0, 0.0, 0.0]), 10, 0.1), np.array([1.0, -1.0, 0.5]))
    text = "ten steps of size 1/10 make D optimal: from D = 1/2, against N(1, 1), it is nearer than 1/10"
    yield at_most(text, found, 0.1)
    text = "any k > 1 stops the spirals: for k = 2 the discriminant is not negative"
    yield at_least(text, 1 - u - (1 + u) * (1 - u), 0, where={u: (0, 1)})
    of_r = {s: sp.sqrt(1 - 4 / r)}
    text = "the faster D, the faster comes the game to rest: r = 8 is faster than r = 4"
    yield at_least(text, -SLOW.subs(of_r).subs(r, 8), 1)
    yield equal("the slow mode tends to -1", sp.Limit(SLOW.subs(of_r), r, sp.oo), -1)
    yield equal("the lag is nothing beside 1/r", sp.Limit(r * LAG.subs(of_r), r, sp.oo), 0)
    yield equal("k equal steps are r = k exactly: k = 4 is critical", (1 + u) * (1 - u) ** 2, 1 - u)
    streams = [np.random.default_rng(one) for one in np.random.SeedSequence(1).spawn(SEEDS)]
    found = mean_of(by_line(1, streams)[1])
    yield at_most("small steps do: k = 1, η = 1/20 keep the mean regret below 1/50", found, 0.02)


def figure():
    from matplotlib import pyplot as plt

    fig, (left, right) = plt.subplots(1, 2, figsize=(8.4, 3.4))
    time, speeds = np.linspace(0, 14, 281), np.geomspace(4, 400, 200)
    for speed, color in ((1, "C1"), (4, "C2"), (100, "C0")):
        path = [spring(speed, at) for at in time]
        left.plot(time, path, color=color, label=f"r = {speed}")
    left.plot(time, np.exp(-time / 2), color="0.3", linestyle="--", label="D always optimal")
    left.axhline(0, color="0.7", linewidth=0.8, zorder=0)
    swing = np.sqrt(1 - 4 / speeds)
    right.loglog(speeds, (1 - swing) / (1 + swing), color="C0", label="in the slow mode")
    right.loglog(speeds, 1 / speeds, color="0.3", linestyle="--", label="1/r")
    left.set(title="Model's mean next to rest", xlabel="time", ylabel="y(t)/y(0)", xlim=(0, 14))
    right.set(title="Lag of D behind D*, |c - c*|/|y|", xlabel="r, speed of D over that of G")
    left.legend()
    right.legend()
    return fig
