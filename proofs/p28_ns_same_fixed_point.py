r"""The two generator losses rest at the same point and leave it alike, but travel by different maps.

Statement
---------
Both log(1 - D) and -log D fall as the logit of D rises, so against any D the generator's best answers
are the same, and so are the pairs (D, q) in which each answers the other. At q = p, D = 1/2, both push
with -(1/2) ∇a. Around that point they agree to first order: against the best D they descend

    2 JSD(p, q) = ∫ p f(q/p),           f(u) = log 2/(1 + u) + u log 2u/(1 + u),
    2 KL(m‖p)   = ∫ p g(q/p),           g(u) = (1 + u) log (1 + u)/2,    m = (p + q)/2,

and f''(1) = g''(1) = 1/2: half of the Fisher information in every smooth family. With players that move
together, the Jacobians at the fixed point are the same, in the game of one point against one point and
in that of N(μ, 1) against N(0, 1) with a linear logit, whose eigenvalues are -1/4 ± i √3/4 and -1/2.

Further out they differ, f'''(1) = -3/4 and g'''(1) = -1/4: paths that start at distance d part by order
d². And in a family that cannot reach p the two minima are different laws. The same fixed point, then,
and not the same dynamics.

Assumes   The generator is free to choose its law, or the family is smooth with p in it.
Source    Goodfellow et al. (2014), section 3; Shannon et al. (2020); Nagarajan and Kolter (2017).
"""

# notation: p, q, m densities of data, model, and their mean; D = σ(a); f, g generators; u = q/p
# notation: c, b, y slope, shift of D's logit and the model's mean; d a distance; x a sample, real or not
# notation: v_1, v_2, v_3 a direction of (y, c, b), t the place along it

import math
from fractions import Fraction
from functools import partial

import numpy as np
import sympy as sp

from gantheory import certified
from gantheory.densities import Discrete, Mixture, Normal
from gantheory.divergences import js_divergence, kl_divergence
from gantheory.estimates import total
from gantheory.evidence import differences, in_norm, pointwise, summed
from gantheory.losses import MINIMAX, NON_SATURATING
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal, rate

theorem = Theorem(
    label="ns-same-fixed-point",
    title="Both generator losses: one fixed point, one linearisation there, two divergences",
    uses=("ns-generator-gradient", "saturating-generator-gradient"),
    covers=("ns-same-fixed-point",),
    errata=(
        "Roysdon and the notes on GANs (NIPS 2014) say that both losses have the same fixed point, and "
        "stop there: they follow different divergences, and in a family without p the minima differ.",
    ),
)

p, q, u = sp.symbols("p q u", positive=True)
a, x, c, b, y, t = sp.symbols("a x c b y t", real=True)
WAY = sp.symbols("v_1 v_2 v_3", real=True)
HALF = sp.Rational(1, 2)

BELL = Normal(0, 1)
BUMPS = Mixture((Normal(-2, "0.7"), Normal(2, "0.7")), ("0.7", "0.3"))
FOR_JSD, FOR_KL = Normal("-1.98248", "0.72716"), Normal("-1.99351", "0.70897")
DATA = np.array([0.2, 0.3, 0.5])


def sigma(logit):
    """1/(1 + e^-a)."""
    return 1 / (1 + sp.exp(-logit))


def of_jsd(ratio):
    """f(u) = log 2/(1 + u) + u log 2u/(1 + u)."""
    return sp.log(2 / (1 + ratio)) + ratio * sp.log(2 * ratio / (1 + ratio))


def of_kl(ratio):
    """g(u) = (1 + u) log (1 + u)/2."""
    return (1 + ratio) * sp.log((1 + ratio) / 2)


def at_1(function, order):
    """The derivative of that order at u = 1."""
    return sp.Subs(sp.Derivative(function(u), (u, order)), u, 1)


def derive():
    mean = (p + q) / 2
    yield equal(
        "a point of 2 JSD is p f(q/p)",
        p * of_jsd(q / p),
        p * sp.log(p / mean) + q * sp.log(q / mean),
    )
    yield equal(
        "2 KL(m‖p) = KL(q‖p) - 2 JSD, at every point",
        2 * mean * sp.log(mean / p),
        q * sp.log(q / p) - p * sp.log(p / mean) - q * sp.log(q / mean),
    )
    yield equal("a point of 2 KL(m‖p) is p g(q/p)", p * of_kl(q / p), 2 * mean * sp.log(mean / p))
    for name, function, third in (("f", of_jsd, -3), ("g", of_kl, -1)):
        yield equal(
            f"{name}''(1) = 1/2",
            at_1(function, 2),
            HALF,
            label="ns-same-fixed-point" if name == "g" else None,
        )
        yield equal(f"{name}'''(1) = {third}/4", at_1(function, 3), sp.Rational(third, 4))
    yield equal("f'' = 1/(u (1 + u))", sp.Derivative(of_jsd(u), (u, 2)), 1 / (u * (1 + u)))
    yield equal("g'' = 1/(1 + u)", sp.Derivative(of_kl(u), (u, 2)), 1 / (1 + u))
    losses = {"log(1 - D)": sp.log(1 - sigma(a)), "-log D": -sp.log(sigma(a))}
    for name, loss in losses.items():
        yield equal(
            f"{name} has slope -1/2 in the logit at D = 1/2",
            sp.Subs(sp.Derivative(loss, a), a, 0),
            -HALF,
        )
        yield at_most(f"{name} falls as the logit rises", sp.Derivative(loss, a), 0)
    yield from one_point()
    yield from bells()


def one_point():
    """Data at 0, model at y, logit c x: how c and y move."""
    value = sp.log(HALF) + sp.log(1 - sigma(c * y))
    rows = [("c", sp.diff(value, c), (-HALF, 0))]
    for name, loss in generator_losses(c * y).items():
        rows.append((f"y, by {name},", -sp.diff(loss, y), (0, HALF)))
    for mover, speed, row in rows:
        yield equal(
            f"a point against a point: at rest the row of {mover} in the Jacobian of (y, c) is {row}",
            1 + slope_at_rest(speed),
            1 + sum(v * entry for v, entry in zip(WAY[:2], row, strict=True)),
        )


def slope_at_rest(speed):
    """d/dt at t = 0, for (y, c, b) = t v: the row of the Jacobian, times v."""
    return sp.Subs(sp.Derivative(moved(speed), t), t, 0)


def moved(speed):
    """The speed at (y, c, b) = t v."""
    return speed.subs({s: t * v for s, v in zip((y, c, b), WAY, strict=True)}, simultaneous=True)


def generator_losses(logit):
    """Both losses of one generated sample."""
    return {"log(1 - D)": sp.log(1 - sigma(logit)), "-log D": -sp.log(sigma(logit))}


def bells():
    """Data N(0, 1), model N(y, 1), logit c x + b: entries are expectations over x ~ N(0, 1)."""
    density = sp.exp(-(x**2) / 2) / sp.sqrt(2 * sp.pi)
    value = sp.log(sigma(c * x + b)) + sp.log(1 - sigma(c * (x + y) + b))
    rows = [
        ("c", sp.diff(value, c), (-HALF, -HALF, 0)),
        ("b", sp.diff(value, b), (0, 0, -HALF)),
        *(
            (f"y, by {name},", -sp.diff(loss, y), (0, HALF, 0))
            for name, loss in generator_losses(c * (x + y) + b).items()
        ),
    ]
    for mover, speed, row in rows:
        if mover in "bc":
            slope = sp.diff(moved(speed), t).subs(t, 0)  # a polynomial in x
            slope = sp.Integral(density * slope, (x, -sp.oo, sp.oo))
        else:
            slope = slope_at_rest(speed)  # the same for every x
        yield equal(
            f"N(y, 1) against N(0, 1): the row of {mover} in the Jacobian of (y, c, b) is {row}",
            1 + slope,
            1 + sum(v * entry for v, entry in zip(WAY, row, strict=True)),
        )
    lam = sp.Symbol("lambda", real=True)
    matrix = sp.Matrix([[0, HALF, 0], [-HALF, -HALF, 0], [0, 0, -HALF]])
    yield equal(
        "whose characteristic polynomial is (λ + 1/2)((λ + 1/4)² + 3/16)",
        (lam * sp.eye(3) - matrix).det(),
        (lam + HALF) * ((lam + sp.Rational(1, 4)) ** 2 + sp.Rational(3, 16)),
    )


def certify():
    yield at_least(
        "data 0.7 N(-2, 0.7²) + 0.3 N(2, 0.7²): of two bells the first has the smaller JSD",
        certified.js_divergence(BUMPS, FOR_KL, digits=10),
        certified.js_divergence(BUMPS, FOR_JSD, digits=10) + Fraction(1, 10**5),
    )
    kl = {name: twice_bumps(model) for name, model in (("jsd", FOR_JSD), ("kl", FOR_KL))}
    yield at_least(
        "and the second the smaller KL(m‖p)",
        kl["jsd"],
        kl["kl"] + Fraction(1, 10**4),
    )
    for shift in ("1/2", "1", "4"):
        fake = Normal(shift, 1)
        weak = certified.integral(p * q / (p + q), BELL, fake, bound=(0, 1), digits=12)
        strong = certified.integral(q * q / (p + q), BELL, fake, bound=(0, 1), digits=12)
        yield at_least(
            f"N({shift}, 1) against N(0, 1): E_q[1 - D*] exceeds E_q[D*] by 0.02 at least",
            strong,
            weak + Fraction(1, 50),
        )


def twice_bumps(model):
    """2 KL(m‖p) = KL(q‖p) - 2 JSD as a ball."""
    return certified.kl_divergence(model, BUMPS, digits=10) - 2 * certified.js_divergence(
        BUMPS, model, digits=10
    )


def check():
    distances = [2.0**-k for k in range(4, 9)]
    gaps = [parted(distance) for distance in distances]
    yield rate(
        "three points, data (0.2, 0.3, 0.5): descents of 2 JSD and 2 KL(m‖p) from distance d part by "
        "order d²",
        distances,
        gaps,
        2,
    )
    yield rate(
        "while each of them is at a distance of order d itself",
        distances,
        [travelled(distance) for distance in distances],
        1,
    )
    for name, game in (("minimax", MINIMAX), ("non-saturating", NON_SATURATING)):
        yield equal(
            f"{name}, N(y, 1) against N(0, 1): differences of the coded slopes give this Jacobian, 1 "
            "added to each entry",
            1 + differences(field_of(game), np.zeros(3), np.eye(3)),
            np.array([[1, 0.5, 1], [1.5, 0.5, 1], [1, 1, 0.5]]),  # a row for each variable moved
        )


def force(model, game):
    """Minus the slope in q of the game's divergence, less its mean: Σ q stays 1."""
    push = -game.g_loss((np.log(DATA) - np.log(model))[:, None])
    return push - push.mean()


@in_norm
def descended(distance, game, steps=100):
    """Where q is after time 1, by the Runge-Kutta rule of fourth order."""
    model, h = DATA + distance * np.array([0.5, -0.3, -0.2]), 1 / steps
    for _ in range(steps):
        first = force(model, game)
        second = force(model + h / 2 * first, game)
        third = force(model + h / 2 * second, game)
        fourth = force(model + h * third, game)
        model = model + h / 6 * (first + 2 * second + 2 * third + fourth)
    return model


def parted(distance):
    """Distance of the two paths at their end."""
    return length(descended(distance, MINIMAX) - descended(distance, NON_SATURATING))


def travelled(distance):
    """Distance of the non-saturating path's end from the data."""
    return length(descended(distance, NON_SATURATING) - DATA)


def length(vector):
    """√Σ v_k²."""
    return total(vector[k] * vector[k] for k in range(3)).sqrt()


def field_of(game):
    """(y', c', b') as a function of (y, c, b), over N(0, 1) by trapezoid sums."""
    at = np.linspace(-10, 10, 401)
    mass = np.exp(BELL.logpdf(at)) * (at[1] - at[0])

    def field(state):
        mean, slope, shift = state
        real, fake = slope * at + shift, slope * (at + mean) + shift
        by_real, by_fake = (-one * at.size for one in game.d_gradient(real, fake))
        push = -game.g_gradient(fake) * at.size * slope
        terms = (push, by_real * at + by_fake * (at + mean), by_real + by_fake)
        return np.array([math.fsum(mass * one) for one in terms])

    return field


def search(seed):
    hunt = partial(survives, seed=seed, examples=110)
    yield hunt(
        "any D on finitely many points: both losses are least where its logit is largest",
        same_answer,
        strategies.logit_batches(largest=30.0),
    )
    yield hunt(
        "any two laws on three points: KL(q‖p) - 2 JSD is 2 KL(m‖p), summed on its own",
        one_divergence,
        strategies.simplices(3).flatmap(
            lambda one: strategies.simplices(3).map(lambda two: (one, two))
        ),
    )


def same_answer(logits):
    logits = np.append(logits, logits.max() + 0.5)
    for game in (MINIMAX, NON_SATURATING):
        found = losses(logits, game)
        yield at_most(
            f"{game.name} is least where the logit is largest", found[-1], found[:-1], tolerance=0
        )


@pointwise
def losses(logits, game):
    """The generator's loss of each logit."""
    return [float(game.g_loss(logit[None])) for logit in logits]


def one_divergence(example):
    first, second = example
    first, second = first + 0.01, second + 0.02 * np.arange(3) + 0.01
    data, model = Discrete(first / first.sum()), Discrete(second / second.sum())
    return equal(
        "KL(q‖p) - 2 JSD = 2 KL(m‖p)",
        kl_divergence(model, data) - 2 * js_divergence(data, model),
        from_mean(data.weights, model.weights),
    )


@summed
def from_mean(real, fake):
    """2 KL(m‖p) = Σ (p + q) log(1 + (q - p)/(2 p))."""
    return (real + fake) * np.log1p((fake - real) / (2 * real))


def refute():
    yield equal(
        "the two divergences agree to third order: f'''(1) = g'''(1)",
        at_1(of_jsd, 3),
        at_1(of_kl, 3),
    )
    yield equal("f''(1) = 1, as for KL: the Fisher information, not half of it", at_1(of_jsd, 2), 1)
    yield at_least(
        "in any family the minima are the same: the bell of the least JSD has the least KL(m‖p)",
        twice_bumps(FOR_KL),
        twice_bumps(FOR_JSD),
    )
    yield equal(
        "the dynamics are the same: at μ = 1 the pulls are equal",
        certified.integral(p * q / (p + q), BELL, Normal(1, 1), bound=(0, 1), digits=12),
        certified.integral(q * q / (p + q), BELL, Normal(1, 1), bound=(0, 1), digits=12),
    )
    distances = [2.0**-k for k in range(4, 9)]
    yield rate(
        "the paths part by order d³",
        distances,
        [parted(distance) for distance in distances],
        3,
    )
    yield equal(
        "the non-saturating game is zero-sum as well: what a sample adds to both losses is constant",
        sp.Derivative(-sp.log(1 - sigma(a)) - sp.log(sigma(a)), a),
        0,
    )


def figure():
    from matplotlib import pyplot as plt

    ratio = np.linspace(0.001, 4, 400)
    fig, axes = plt.subplots()
    axes.plot(ratio, np.log(2 / (1 + ratio)) + ratio * np.log(2 * ratio / (1 + ratio)), color="C1")
    shifted = (1 + ratio) * np.log((1 + ratio) / 2) - (ratio - 1)
    axes.plot(ratio, shifted, color="C0")
    axes.plot(ratio, (ratio - 1) ** 2 / 4, color="0.6", linestyle="--", zorder=1)
    axes.plot([1], [0], "o", color="0.2")
    axes.annotate("(u - 1)²/4", (2.62, 0.72), color="0.45", ha="right")
    axes.annotate("2 KL(m‖p):\nnon-saturating", (3.3, 0.62), color="C0", ha="left", va="top")
    axes.annotate("2 JSD: minimax", (3.2, 0.28), color="C1", ha="left", va="top")
    axes.annotate("q = p: one bottom,\none curvature", (1.05, -0.05), color="0.2", va="top")
    axes.set(
        title="What a point adds to the two divergences",
        xlabel="u = q/p",
        ylabel="integrand over p, less its tangent at u = 1",
        xlim=(0, 4),
        ylim=(-0.25, 1.1),
    )
    return fig
