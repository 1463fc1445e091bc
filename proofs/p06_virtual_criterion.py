r"""The virtual training criterion: what the generator minimises once the discriminator is optimal.

Statement
---------
Let C(G) be the maximum of V(D, G) over all discriminators D. Then

    C(G) = E_p[log p / (p + q)] + E_q[log q / (p + q)] = ∫ f(p, q) dx,
    f(p, q) = p log(p / (p + q)) + q log(q / (p + q)).

Each of the two averages lies between -log 2 and 0, so that C is finite for every pair, even where
KL(p‖q) is not. f is homogeneous of degree 1, jointly convex, and its derivatives are log D* and
log(1 - D*): C depends on the generator as if D* stood still.

Assumes   p and q are densities with respect to one measure; 0 log 0 = 0.
Source    Goodfellow et al. (2014), section 4.1, before Theorem 1.
"""

# notation: p, q densities of data and model; f what a point adds to C; u, v a direction; c a scale

import math

import numpy as np
import sympy as sp
from scipy.special import xlogy

from gantheory import certified
from gantheory.densities import Cauchy, Exponential, Laplace, Mixture, Normal, Uniform
from gantheory.divergences import kl_divergence
from gantheory.evidence import summed
from gantheory.game import optimal_discriminator, value_function, virtual_training_criterion
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal

theorem = Theorem(
    label="virtual-criterion",
    title="C(G) = E_p[log p/(p + q)] + E_q[log q/(p + q)]",
    uses=("optimal-discriminator",),
    covers=("virtual-criterion",),
    errata=(
        "Ramasinghe calls V the area under the surface over (p_data, p_g): V is an integral over x, and "
        "never positive.",
    ),
)

p, q, c, D = sp.symbols("p q c D", positive=True)
u, v = sp.symbols("u v", real=True)
STAR = p / (p + q)
POINT = p * sp.log(p / (p + q)) + q * sp.log(q / (p + q))
LOG_4 = sp.log(4)


def derive():
    value = p * sp.log(D) + q * sp.log(1 - D)
    yield equal(
        "D* = p / (p + q) is worth p log(p/(p + q)) + q log(q/(p + q)) at a point",
        value.subs(D, STAR),
        POINT,
        label="virtual-criterion",
    )
    yield at_most("and no other D is worth more", value, POINT, where={D: (0, 1)})
    yield equal(
        "f(c p, c q) = c f(p, q)", POINT.subs({p: c * p, q: c * q}, simultaneous=True), c * POINT
    )
    yield equal("df/dp = log D*", sp.Derivative(POINT, p), sp.log(STAR))
    yield equal("df/dq = log(1 - D*)", sp.Derivative(POINT, q), sp.log(1 - STAR))
    bend = sp.hessian(POINT, (p, q))
    yield equal("d²f/dp² = q / (p (p + q))", bend[0, 0], q / (p * (p + q)))
    yield equal("d²f/dp dq = -1 / (p + q)", bend[0, 1], -1 / (p + q))
    yield equal("d²f/dq² = p / (q (p + q))", bend[1, 1], p / (q * (p + q)))
    yield equal(
        "f bends by (q u - p v)² / (p q (p + q)) in the direction (u, v): it is jointly convex, and "
        "straight along (p, q) only",
        bend[0, 0] * u**2 + 2 * bend[0, 1] * u * v + bend[1, 1] * v**2,
        (q * u - p * v) ** 2 / (p * q * (p + q)),
    )
    yield at_least(
        "p log D* ≥ -p log 2 + (p - q)/2, and the last term integrates to 0: E_p[log D*] ≥ -log 2",
        p * sp.log(STAR),
        -p * sp.log(2) + (p - q) / 2,
    )
    yield at_most("E_p[log D*] ≤ 0", sp.log(STAR), 0)
    yield at_most("E_q[log(1 - D*)] ≤ 0", sp.log(q / (p + q)), 0)
    yield equal("where p = 0, f = 0", sp.Limit(POINT, p, 0, "+"), 0)
    yield equal("where q = 0, f = 0", sp.Limit(POINT, q, 0, "+"), 0)


def certify():
    for name, pair in pairs().items():
        real = certified.integral(p * sp.log(STAR), *pair, bound=(1, 1), digits=15)
        fake = certified.integral(q * sp.log(q / (p + q)), *pair, bound=(1, 1), digits=15)
        whole = certified.virtual_training_criterion(*pair, digits=15)
        yield equal(
            f"{name}: C = E_p[log D*] + E_q[log(1 - D*)], each enclosed by itself",
            whole,
            real + fake,
        )
        yield at_least(f"{name}: E_p[log D*] ≥ -log 2", real, -sp.log(2))
        yield at_least(f"{name}: E_q[log(1 - D*)] ≥ -log 2", fake, -sp.log(2))


def check():
    for name, (real, fake, closed) in closed_forms().items():
        yield equal(f"C of {name}, in closed form", virtual_training_criterion(real, fake), closed)
    for name, (real, fake) in pairs().items():
        yield equal(
            f"{name}: V(D*) is C",
            value_function(real, fake, optimal_discriminator(real, fake)),
            certified.virtual_training_criterion(real, fake, digits=15),
        )
    heavy, light = Cauchy(0, 1), Normal(0, 1)
    yield equal(
        "Cauchy(0, 1) against N(0, 1): KL(p‖q) is infinite", kl_divergence(heavy, light), sp.oo
    )
    yield at_most(
        "Cauchy(0, 1) against N(0, 1): C is finite all the same, and negative",
        virtual_training_criterion(heavy, light),
        0,
    )


def search(seed):
    yield survives(
        "-log 4 ≤ C ≤ 0 and V(D) ≤ C for the logit log (1 + (x + 1)²)/(1 + (x - 1)²) + 1/2, whatever p "
        "and q are like",
        bounded,
        strategies.density_pairs(),
        seed=seed,
        examples=220,
    )
    yield survives(
        "C = Σ f(p, q) on finitely many points, which may have weight 0",
        over_points,
        strategies.discrete_pairs(),
        seed=seed,
        examples=300,
    )


def refute():
    value = p * sp.log(D) + q * sp.log(1 - D)
    yield equal(
        "p and q exchanged: D* is worth p log(q/(p + q)) + q log(p/(p + q))",
        value.subs(D, STAR),
        p * sp.log(q / (p + q)) + q * sp.log(p / (p + q)),
    )
    yield equal(
        "f is homogeneous of degree 0", POINT.subs({p: c * p, q: c * q}, simultaneous=True), POINT
    )
    yield equal("df/dq = log D*", sp.Derivative(POINT, q), sp.log(STAR))
    yield at_least(
        "C is at least -log 2", virtual_training_criterion(Normal(0, 1), Normal(1, 1)), -sp.log(2)
    )
    yield equal(
        "N(0, 1) against N(1, 2²): the two averages are equal, so that C = 2 E_p[log D*]",
        certified.virtual_training_criterion(Normal(0, 1), Normal(1, 2)),
        2 * certified.integral(p * sp.log(STAR), Normal(0, 1), Normal(1, 2), bound=(1, 1)),
    )
    yield at_least(
        "C is an area under a curve, so not negative",
        virtual_training_criterion(Normal(0, 1), Normal(1, 1)),
        0,
    )
    yield equal(
        "U[0, 1] against U[0, 2]: C is infinite because KL(q‖p) is",
        virtual_training_criterion(Uniform(0, 1), Uniform(0, 2)),
        -sp.oo,
    )


# --- numbers --------------------------------------------------------------------------------------


def pairs():
    """Asymmetric, contaminated, heavy-tailed, nearly equal, with edges."""
    bell = Normal(0, 1)
    return {
        "N(0, 1) against N(1, 2²)": (bell, Normal(1, 2)),
        "N(0, 1) against 9 parts of itself and 1 of N(5, 1/4)": (
            bell,
            Mixture((bell, Normal(5, "1/2")), ("9/10", "1/10")),
        ),
        "Cauchy(0, 1) against N(0, 1)": (Cauchy(0, 1), bell),
        "N(0, 1) against N(1/1000, 1)": (bell, Normal("1/1000", 1)),
        "U[0, 1] against U[1/2, 2]": (Uniform(0, 1), Uniform("1/2", 2)),
    }


def closed_forms():
    """Name: (p, q, C), for p and q with 2 JSD - log 4 in elementary functions."""
    log, half = sp.log, sp.Rational(1, 2)
    root, shrink = sp.sqrt(10), sp.exp(-half)
    laplace = (
        half * log(2 / (1 + shrink**2))
        + shrink**2 / 2 * log(2 / (1 + shrink**-2))
        + half * ((1 - shrink**2) * log(2) - log(1 + shrink**2) - 2 * shrink * sp.atan(1 / shrink))
        + half * (shrink**2 * log(1 + shrink**-2) + 2 * shrink * sp.atan(shrink))
    )
    return {
        "Exp(1) and Exp(2)": (
            Exponential(1),
            Exponential(2),
            half + log(2) - sp.Rational(9, 4) * log(3),
        ),
        "U[0, 1] and U[0, 2]": (Uniform(0, 1), Uniform(0, 2), log(2) - sp.Rational(3, 2) * log(3)),
        "U[0, 1] and U[1/2, 3/2]": (Uniform(0, 1), Uniform(0.5, 1.5), -log(2)),
        "Cauchy(0, 1) and Cauchy(1, 2)": (
            Cauchy(0, 1),
            Cauchy(1, 2),
            2 * log(2 * root / (root + 2 * sp.sqrt(2))) - log(4),
        ),
        "Laplace(0, 1) and Laplace(1, 1)": (Laplace(0, 1), Laplace(1, 1), 2 * laplace - log(4)),
    }


def bounded(pair):
    real, fake = pair
    criterion = virtual_training_criterion(real, fake)
    logit = optimal_discriminator(Cauchy(1, 1), Cauchy(-1, 1)) + 0.5
    yield at_least("C ≥ -log 4", criterion, -LOG_4)
    yield at_most("C + log 4 ≤ log 4", criterion + LOG_4, LOG_4)
    yield at_most("V(D) ≤ C", value_function(real, fake, logit), criterion, tolerance=0)


def over_points(pair):
    found = sum_of_f(*(law.weights for law in pair))
    return equal("C - 1 = Σ f - 1", virtual_training_criterion(*pair) - 1, found - 1)


@summed
def sum_of_f(p, q):
    """Σ p log(p/(p + q)) + q log(q/(p + q))."""
    mass = np.where(p + q > 0, p + q, 1)
    return xlogy(p, p / mass), xlogy(q, q / mass)


def figure():
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots()
    shifts = np.linspace(0, 8, 41)
    values = [
        float(virtual_training_criterion(Normal(0, 1), Normal(m, 1))) if m else -math.log(4)
        for m in shifts
    ]
    axes.plot(shifts, values, color="C0")
    axes.plot(shifts, np.array(values) / 2, color="C6")
    for level, text in (
        (-math.log(4), "-log 4, p = q"),
        (-math.log(2), "-log 2"),
        (0, "0, no overlap"),
    ):
        axes.axhline(level, color="0.75", linewidth=0.8, zorder=0)
        axes.annotate(
            text,
            (8, level),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            annotation_clip=False,
            color="0.35",
        )
    axes.annotate(r"$C=\max_D\,V(D,G)$", (2.1, -0.95), color="C0")
    axes.annotate(r"each half, $E_p[\log D^*]$", (0.1, -0.14), color="C6")
    axes.set(xlim=(0, 8), ylim=(-1.45, 0.05), xlabel="m", ylabel="nats", yticks=(-1, -0.5, 0))
    axes.set_title("N(0, 1) against N(m, 1): C stays between -log 4 and 0")
    return fig
