r"""The generator may ignore E_p[log D]: D is frozen while it moves, and the envelope does the rest.

Statement
---------
Let the model be the law q_θ of G_θ(z). For a fixed D the first term of V(D, q_θ) = E_p[log D] +
E_z[log(1 - D(G_θ(z)))] does not contain θ. At D = D*, the best answer to q_θ itself, the slope of the
second term alone, with D held fixed, is the whole slope of C:

    d/dθ C(θ) = ∂/∂θ E_z[log(1 - D(G_θ(z)))] at D = D*.

That is not because E_p[log D*] stands still. It moves with θ, and so does the second term through its D;
the two movements cancel, because V is stationary in D at D*. For p = N(0, 1) and q_μ = N(μ, 1),

    C'(μ) = μ ∫ p q/(p + q),    of which E_p[log D*] and E_q[log(1 - D*)] contribute one half each;

at μ = 1 that is 0.39797..., twice 0.19898.... For a change of scale the shares differ. At a D that is
not D* the slope of V is not that of C. And where supports move, the slope that comes back through D
misses C': for U[0, 1] against U[θ, 1 + θ], 0 < θ < 1, D* is constant on pieces and passes back 0, with
D = 0 beyond the supports V(D*, q_θ) rises with slope log 2 to the right, and C' = 2 log 2.

Assumes   p and q_θ are positive densities, smooth in θ, and differentiation passes the integrals.
Source    Goodfellow et al. (2014), equation (1) and Algorithm 1; Danskin (1967), for the envelope.
"""

# notation: p, q densities of data and model; D in (0, 1); a logit of D; mu shift, w width of the model;
# notation: theta, t moving and frozen parameter; y distance from the middle; h step of a difference

import math
from fractions import Fraction

import numpy as np
import sympy as sp
from scipy.special import expit

from gantheory import certified
from gantheory.densities import Discrete, Mixture, Normal, Uniform
from gantheory.divergences import kl_divergence
from gantheory.evidence import differences, in_norm, mean_of, summed
from gantheory.game import optimal_discriminator, value_function, virtual_training_criterion
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, converges, encloses, equal, rate

theorem = Theorem(
    label="first-term-ignored-by-g",
    title="The slope of C is that of E_z[log(1 - D(G(z)))] at fixed D = D*",
    uses=("optimal-discriminator", "virtual-criterion", "disjoint-supports"),
    covers=("first-term-ignored-by-g", "moving-support-envelope-failure"),
    errata=(
        "Ramasinghe drops the first term because it does not depend on G: with D = D* it does, and at "
        "N(1, 1) against N(0, 1) it carries half of the slope. Only the gradient may drop it.",
        "Ramasinghe writes that p_data depends on G: it does not; D* does.",
    ),
)

p, q, D, mu, t, theta, y = sp.symbols("p q D mu t theta y", positive=True)
x = sp.Symbol("x", real=True)
HALF = sp.Rational(1, 2)
LOG_2 = sp.log(2)
STAR = p / (p + q)
REAL, FAKE = p * sp.log(STAR), q * sp.log(1 - STAR)
SLOPE = "0.3979728671832498437186050802880019486836533"

BELL = Normal(0, 1)
LUMPS = Mixture((Normal(-2, "0.7"), Normal(2, "0.7")), ("0.7", "0.3"))
FAMILIES = {  # data, θ -> model, θ
    "N(0, 1) and N(θ, 1) at 1": (BELL, lambda at: Normal(at, 1), 1),
    "N(0, 1) and N(0, θ²) at 2": (BELL, lambda at: Normal(0, at), 2),
    "two lumps and N(θ, 1) at 1/2": (LUMPS, lambda at: Normal(at, 1), Fraction(1, 2)),
}
SEEDS = 32


def density(at):
    """φ(x)."""
    return sp.exp(-(at**2) / 2) / sp.sqrt(2 * sp.pi)


def derive():
    frozen = p * sp.log(D) + q * sp.log(1 - D)
    yield equal(
        "where q changes, C changes by log(1 - D*): as V does at fixed D = D*",
        sp.Derivative(REAL + q * sp.log(q / (p + q)), q),
        sp.Subs(sp.Derivative(frozen, q), D, STAR),
        label="first-term-ignored-by-g",
    )
    yield equal("E_p[log D*] has its share, -D*", sp.Derivative(REAL, q), -STAR)
    yield equal(
        "E_q[log(1 - D*)] has log(1 - D*) + D*: what one loses the other regains",
        sp.Derivative(q * sp.log(q / (p + q)), q),
        sp.log(q / (p + q)) + STAR,
    )
    yield equal(
        "since V is stationary in D at D*, whatever p and q",
        sp.Subs(sp.Derivative(frozen, D), D, STAR),
        0,
    )
    moved = sp.log(1 - 1 / (1 + sp.exp(t * x - t**2 / 2)))
    yield equal(
        "N(0, 1) and N(t, 1), D frozen: a point x = z + μ adds t D(x), so C'(μ) = μ E_q[D*]",
        sp.Derivative(moved, x),
        t / (1 + sp.exp(t * x - t**2 / 2)),
    )
    real, fake = density(x), density(x - mu)
    overlap = real * fake / (real + fake)
    yield equal(
        "the first term's own slope there is -∫ (x - μ) p q/(p + q)",
        sp.Derivative(real * sp.log(real / (real + fake)), mu),
        -(x - mu) * overlap,
    )
    yield equal(
        "p q/(p + q) is even about μ/2, so that this is μ/2 ∫ p q/(p + q), half of C'",
        overlap.subs(x, mu / 2 + y),
        overlap.subs(x, mu / 2 - y),
    )
    yield from moving_supports()


def moving_supports():
    frozen = sp.Integral(-LOG_2, (x, t, 1)) + sp.Integral(-LOG_2, (x, theta, 1))
    yield equal(
        "U[0, 1] and U[θ, 1 + θ], θ > t: V at D = D*_t, 1/2 from t to 1 and 0 beyond, has slope log 2",
        sp.Derivative(frozen, theta),
        LOG_2,
        where={t: (0, 1), theta: (0, 1)},
        label="moving-support-envelope-failure",
    )
    alone = sp.Integral(-LOG_2, (x, theta, 1)) * 2
    yield equal(
        "while C = 2 θ log 2 - log 4 has slope 2 log 2",
        sp.Derivative(alone, theta),
        2 * LOG_2,
        where={theta: (0, 1)},
    )


def certify():
    shifted, wide = (BELL, Normal(1, 1)), (BELL, Normal(0, 2))
    half = Fraction(1, 2)
    slope = certified.integral(p * q / (p + q), *shifted, bound=(half, half))
    yield encloses("N(0, 1) and N(1, 1): C' = 0.39797286718324984371...", slope, SLOPE)
    logit = sp.log(p / q)  # 1/2 - x, so that x - 1 = -1/2 - logit
    yield equal(
        "half of it comes through E_p[log D*]: -∫ (x - 1) p q/(p + q)",
        certified.integral((HALF + logit) * p * q / (p + q), *shifted, bound=(1, 1)),
        half * slope,
    )
    yield equal(
        "and half through E_q[log(1 - D*)]: ∫ (x - 1) q [log(1 - D*) + D*]",
        certified.integral(
            -(HALF + logit) * q * (sp.log(q / (p + q)) + STAR), *shifted, bound=(2, 2)
        ),
        half * slope,
    )
    # x² = (8/3)(log 2 - logit), and q grows with its width at the rate q (x²/4 - 1)/2
    growth = q * (sp.Rational(2, 3) * (LOG_2 - logit) - 1) / 2
    first = certified.integral(-growth * STAR, *wide, bound=(2, 2))
    second = certified.integral(growth * (sp.log(q / (p + q)) + STAR), *wide, bound=(4, 4))
    yield at_least(
        "N(0, 1) and N(0, w²) at w = 2: the first term brings more than 1.7 times what the second does",
        first,
        Fraction(17, 10) * second,
    )
    for name, share in (("first", first), ("second", second)):
        yield at_least(f"though each is positive, the {name} too", share, Fraction(8, 100))


def check():
    steps = [Fraction(1, 10**k) for k in range(1, 6)]
    for name, family in FAMILIES.items():
        found = slope_at_frozen(*family)
        around = [quotient(*family, step).estimate() for step in steps]
        yield converges(
            f"{name}: (C(θ + h) - C(θ - h))/2h tends to the slope at frozen D, h = 0.1, ..., 0.00001",
            around,
            found,
        )
        yield rate(
            f"{name}: with an error that falls as h²",
            [float(step) for step in steps[:3]],
            [near - found for near in around[:3]],
            2,
        )
    logit = sp.log(p / q)  # 1/2 - x
    yield equal(
        "N(μ, 1) at μ = 1: the first term E_p[log D*] by itself has slope -∫ (x - 1) p q/(p + q), not 0",
        differences(real_term, [1.0], [1.0]),
        certified.integral((HALF + logit) * p * q / (p + q), BELL, Normal(1, 1), bound=(1, 1)),
    )
    left, right = (
        virtual_training_criterion(Uniform(0, 1), Uniform(shift, 1 + shift))
        for shift in (0.25, 0.75)
    )
    yield equal(
        "U[0, 1] and U[θ, 1 + θ]: from θ = 1/4 to 3/4 C rises by log 2, though D* passes back 0",
        right - left,
        LOG_2,
    )


def slope_at_frozen(data, model, at):
    """d/dθ V(D, q_θ) at θ = at, D = D* of that very model and frozen."""
    star = optimal_discriminator(data, model(at))

    def frozen(theta):
        """V(D*, q_θ)."""
        return value_function(data, model(float(theta[0])), star).value

    return differences(frozen, [float(at)], [1.0])


def quotient(data, model, at, step):
    """(C(θ + h) - C(θ - h))/2h."""
    above, below = (
        certified.virtual_training_criterion(data, model(at + move)) for move in (step, -step)
    )
    return (above - below) / (2 * step)


def real_term(shift):
    """E_p[log D*] + log 2 = KL(p‖(p + q)/2) for N(0, 1) and N(μ, 1)."""
    mean = Mixture((BELL, Normal(float(shift[0]), 1)), ("1/2", "1/2"))
    return kl_divergence(BELL, mean).value


def bell(at):
    """φ(z)."""
    return np.exp(-(at**2) / 2) / math.sqrt(2 * math.pi)


def search(seed):
    yield survives(
        "laws on finitely many points, q moved in any direction v: the slope of C is Σ v log(1 - D*)",
        slope_on_points,
        strategies.discrete_pairs(equal=False).flatmap(
            lambda pair: strategies.simplices(len(pair[0].weights)).map(lambda w: (*pair, w))
        ),
        seed=seed,
        examples=200,
    )


def slope_on_points(example):
    """Each weight moves at a rate q (w - E_q[w]), w from 0 to 2."""
    data, model, shares = example
    step = Fraction(1, 10**12)  # of a central difference, which is off by its square
    pull = [Fraction(float(share)) + k % 2 for k, share in enumerate(shares)]
    weights = [Fraction(weight) for weight in model.exact_weights]
    mean = sum(a * b for a, b in zip(weights, pull, strict=True))
    move = [a * (b - mean) for a, b in zip(weights, pull, strict=True)]
    above, below = (
        certified.virtual_training_criterion(
            data, Discrete([a + sign * step * b for a, b in zip(weights, move, strict=True)])
        )
        for sign in (1, -1)
    )
    found = ((above - below) / (2 * step)).estimate()
    frozen = at_frozen(move, data.exact_weights, weights)
    return equal("1 + slope of C = 1 + Σ v log(1 - D*)", 1 + found, 1 + frozen)


@summed
def at_frozen(move, real, fake):
    """Σ v log(1 - D*) = -Σ v log(1 + p/q)."""
    points = zip(move, real, fake, strict=True)
    return [-float(v) * math.log1p(float(a / b)) for v, a, b in points if b > 0]


def simulate(seed):
    streams = [np.random.default_rng(one) for one in np.random.SeedSequence(seed).spawn(SEEDS)]
    passed = np.concatenate([expit(-0.5 - rng.standard_normal(4000)) for rng in streams])
    yield equal(
        f"N(0, 1) and N(1, 1), {SEEDS} batches of 4000: the gradient D*(z + 1) that comes back through "
        "the frozen D* is C' on average",
        mean_of(passed, within=(0, 1)),
        sp.Rational(SLOPE),
        tolerance=0.01,
    )
    shift = np.array([rng.uniform(1.0, 2.0) for rng in streams])[:, None]
    noise = np.stack([rng.standard_normal((400, 64)) for rng in streams], axis=1)
    yield at_most(
        f"data N(0, 1), {SEEDS} models N(μ, 1) that never see E_p[log D], D* anew at each step: |μ| "
        f"falls below 1e-6 in all {SEEDS}",
        abs(trained(shift, noise)),
        1e-6,
    )


@in_norm(roundings=10_000)
def trained(shift, noise):
    """The shifts μ after 400 steps of size 0.1 along E_z[D*(z + μ)] μ, by batches."""
    for z in noise:  # the logit of D* is μ²/2 - μ x, its slope -μ
        pushed = shift * expit(-shift * z - shift**2 / 2)
        shift = shift - 0.1 * pushed.mean(axis=1, keepdims=True)
    return shift[:, 0]


def refute():
    shift, shifted = FAMILIES["N(0, 1) and N(θ, 1) at 1"], (BELL, Normal(1, 1))
    slope = certified.integral(p * q / (p + q), *shifted, bound=(1, 1))
    logit = sp.log(p / q)
    yield equal(
        "E_p[log D*] does not depend on the generator: its slope is 0",
        certified.integral((HALF + logit) * p * q / (p + q), *shifted, bound=(1, 1)),
        0,
    )
    yield equal(
        "so the slope at frozen D is only the second term's share of C', half of it",
        slope_at_frozen(*shift),
        quotient(*shift, Fraction(1, 10**5)) / 2,
    )
    yield equal(
        "the second term's own slope, D* moving along, is log(1 - D*)",
        sp.Derivative(q * sp.log(q / (p + q)), q),
        sp.log(q / (p + q)),
    )
    yield equal(
        "any D will do, not only D*: V has the slope log(1 - D*) in q",
        sp.Derivative(p * sp.log(D) + q * sp.log(1 - D), q),
        sp.log(q / (p + q)),
        where={D: (0, 1)},
    )
    yield equal(
        "moving supports make no difference: C' is the slope log 2 of V at frozen D",
        sp.Derivative(2 * theta * LOG_2 - sp.log(4), theta),
        LOG_2,
    )
    growth = q * (sp.Rational(2, 3) * (LOG_2 - logit) - 1) / 2
    wide = (BELL, Normal(0, 2))
    yield equal(
        "each term has half of C' in every family: N(0, w²) at w = 2",
        certified.integral(-growth * STAR, *wide, bound=(2, 2)),
        certified.integral(growth * (sp.log(q / (p + q)) + STAR), *wide, bound=(4, 4)),
    )
    yield equal(
        "the sign of the logit's slope is lost: the gradient through D* is -C'",
        slope_at_frozen(*shift),
        -slope.estimate(),
    )


def figure():
    from matplotlib import pyplot as plt

    fig, (left, right) = plt.subplots(1, 2, figsize=(8.0, 3.5))
    shifts = np.linspace(-0.2, 2.6, 113)
    curve = virtual_training_criterion(BELL, Normal(shifts, 1)).value
    at = np.linspace(-9, 12, 1401)
    log_fake = -np.logaddexp(0, 0.5 - at)  # log(1 - D) for D the answer to N(1, 1)
    real = np.trapezoid(bell(at) * (log_fake + 0.5 - at), at)
    frozen = [real + np.trapezoid(bell(at - shift) * log_fake, at) for shift in shifts]
    left.plot(shifts, curve, color="0.15", linewidth=2.4)
    left.plot(shifts, frozen, color="C2")
    left.plot([1], [curve[48]], "o", color="C2")
    left.annotate("C: D anew for each μ", (-0.1, -0.75))
    left.annotate("D frozen at μ = 1", (1.25, -1.25), color="C2")
    left.set(
        title="One slope where they touch",
        xlabel="shift μ of the model N(μ, 1)",
        ylabel="V, nats",
        xlim=(-0.2, 2.6),
        ylim=(-1.75, -0.4),
        xticks=(0, 1, 2),
        yticks=(-math.log(4), -1, -0.5),
        yticklabels=("−log 4", "−1", "−0.5"),
    )
    widths = np.linspace(1, 3.5, 101)
    answer = expit(np.log(widths)[:, None] - at**2 / 2 + (at / widths[:, None]) ** 2 / 2)
    scaled = bell(at / widths[:, None]) / widths[:, None]
    growth = scaled * ((at / widths[:, None]) ** 2 - 1) / widths[:, None]
    first = np.trapezoid(-growth * answer, at, axis=1)
    second = np.trapezoid(growth * (np.log1p(-answer) + answer), at, axis=1)
    for values, color, text in (
        (first + second, "0.15", "together: C′\n= frozen D"),
        (first, "C0", "E_p[log D*]"),
        (second, "C4", "E_q[log(1 − D*)]"),
    ):
        right.plot(widths, values, color=color)
        right.annotate(text, (3.55, values[-1]), va="center", color=color, annotation_clip=False)
    right.set(
        title="Model N(0, w²): what each term brings",
        xlabel="width w",
        ylabel="slope in w",
        xlim=(1, 3.5),
        ylim=(0, 0.26),
        xticks=(1, 2, 3),
        yticks=(0, 0.1, 0.2),
    )
    return fig
