r"""An average over the noise is an average over what the generator makes of it.

Statement
---------
Let z be a random variable with law P_z, G a measurable map, and Q the law of G(z), the pushforward of
P_z. For every measurable h ≤ 0, E_z[h(G(z))] = E_Q[h]: no inverse, no derivative and no density is
needed. With h = log(1 - D), the game V(D, G) = E_p[log D(x)] + E_z[log(1 - D(G(z)))] of data p and
generator G depends on the two laws alone: if both have densities, V(D, G) = ∫ (p log D + q log(1 - D)).

Where G is smooth and monotone in pieces with G' ≠ 0, the density is q(x) = Σ p_z(z) / |G'(z)|, summed
over *all* z with G(z) = x; a single piece of |z| would keep half of the mass. Where G is flat, as a ReLU
is, Q has an atom and no density, and the first equation holds all the same.

Assumes   G and D are measurable and 0 ≤ D ≤ 1; the formula for q needs that G is monotone and
          continuously differentiable in pieces, with G' ≠ 0 almost everywhere.
Source    Goodfellow et al. (2014), equation (1) and the proof of Proposition 1; the pushforward (image
          measure) theorem in any course on measure theory.
"""

# notation: p, q densities of data and model; w, z latent variables, x = G(z); a logit of D

import math
from fractions import Fraction

import numpy as np
import sympy as sp
from scipy.special import log_expit

from gantheory import certified
from gantheory.densities import (
    Discrete,
    Exponential,
    Laplace,
    Mixture,
    Normal,
    Pushforward,
    Triangular,
    Uniform,
    maps,
)
from gantheory.divergences import js_divergence, kl_divergence, wasserstein_1
from gantheory.evidence import summed
from gantheory.game import optimal_discriminator, value_function, virtual_training_criterion
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_most, equal

theorem = Theorem(
    label="lotus-pushforward",
    title="E_z[h(G(z))] = E_Q[h], and V(D, G) is an integral over the data space",
    covers=("lotus-pushforward", "pushforward-densities", "value-as-integral", "value-function"),
    errata=(
        "An Annotated Proof (2017) takes E_z[h(G(z))] = E_Q[h] for the Radon-Nikodym theorem: it is "
        "the pushforward theorem, true also where Q has no density.",
        "An Annotated Proof (2017) calls every change of variables incorrect: one branch alone is.",
        "Ramasinghe takes the density of the noise at G(z) for the density of G(z).",
    ),
)

p, q, s = sp.symbols("p q s", positive=True)
x = sp.Symbol("x", positive=True)
z = sp.Symbol("z", real=True)
D = sp.Symbol("D", positive=True)
HALF = sp.Rational(1, 2)
ABS = sp.log(2) - sp.Rational(3, 2) * sp.log(3)  # C of N(0, 1) and |z|

NOISE = Normal(0, 1)
SQUARE, ABSOLUTE = Pushforward(maps.square, NOISE), Pushforward(maps.absolute, NOISE)
ARCSINE = Pushforward(maps.sine, Uniform(-math.pi, math.pi))
GENERATORS = {
    "z": maps.affine(1),
    "2 - z/2": maps.affine(-0.5, 2),
    "|z|": maps.absolute,
    "z²": maps.square,
}
# σ(3 x/8 - log 2), and U[-1, 1] tilted by 1 + 2 max(z, 0)
LOGISTIC = optimal_discriminator(Normal("3/16", 1), Normal("-3/16", 1)) - math.log(2)
RAMP = Mixture((Uniform(-1, 0), Uniform(0, 1), Triangular(0, 1, 1)), ("1/3", "1/3", "1/3"))


def normal(u):
    """φ(u), the density of N(0, 1)."""
    return sp.exp(-(u**2) / 2) / sp.sqrt(2 * sp.pi)


def derive():
    value = p * sp.log(D) + q * sp.log(1 - D)
    yield equal(
        "D = 1/2 is worth -(p + q) log 2 at every point, so -log 4 against every generator",
        value.subs(D, HALF),
        -(p + q) * sp.log(2),
        label="value-function",
    )
    yield at_most("no point contributes more than 0 to V", value, 0, where={D: (0, 1)})
    yield equal(
        "z², z ~ N(0, 1): the derivative of P(z² ≤ x) = erf(√(x/2)) sums φ(z)/|2 z| over z = ±√x",
        sp.Derivative(sp.erf(sp.sqrt(x / 2)), x),
        normal(sp.sqrt(x)) / (2 * sp.sqrt(x)) + normal(-sp.sqrt(x)) / (2 * sp.sqrt(x)),
        label="pushforward-densities",
    )
    yield equal(
        "|z|, z ~ N(0, 1): the derivative of P(|z| ≤ x) = erf(x/√2) is φ(x) + φ(-x)",
        sp.Derivative(sp.erf(x / sp.sqrt(2)), x),
        normal(x) + normal(-x),
    )
    yield equal(
        "sin z, z uniform on [-π, π]: two branches of slope √(1 - x²) make the arcsine law",
        sp.Derivative(HALF + sp.asin(x) / sp.pi, x),
        2 / (2 * sp.pi * sp.sqrt(1 - x**2)),
        where={x: (0, 1)},
    )
    yield equal(
        "ReLU, z ~ N(0, 1): E_z[exp(-s ReLU(z))] = 1/2 (an atom) + ∫ φ(x) exp(-s x) for all s > 0",
        sp.Integral(normal(z) * sp.exp(-s * (z + sp.Abs(z)) / 2), (z, -sp.oo, sp.oo)),
        HALF + sp.Integral(normal(x) * sp.exp(-s * x), (x, 0, sp.oo)),
    )


def certify():
    # |z| of a Laplace variable is exponential, and D* at x = |z| is that of the two exponential laws
    latent = certified.virtual_training_criterion(Laplace(0, "1/2"), Laplace(0, 1), digits=20)
    data = certified.virtual_training_criterion(Exponential(2), Exponential(1), digits=20)
    closed = HALF + sp.log(2) - sp.Rational(9, 4) * sp.log(3)
    yield equal("V(D*, |z|) for Laplace noise of scales 1/2 and 1, over the noise", latent, closed)
    yield equal("V(D*, |z|) over x, which is exponential of rate 2 or 1", data, closed)


def check():
    c = sp.Rational(4, 5)
    by_odds = -p * sp.log(1 + q / (c * p)) - q * sp.log(1 + c * p / q)
    for name in GENERATORS:
        for drawn in (Normal(-3, 0.25), Normal(1, 2)):
            latent, data, model = pushed(drawn, name)
            yield equal(
                f"G(z) = {name}, data G(w), w ~ N({latent.loc:g}, {latent.scale:g}²), logit of D* plus "
                "log 4/5: V over x is V over w and z",
                value_function(data, model, optimal_discriminator(data, model) + math.log(0.8)),
                certified.integral(by_odds, latent, NOISE, bound=(c, 1 / c), digits=12),
            )
    yield equal(
        "data N(0, 1), model z², D = σ(3 x/8 - log 2): ∫ (p log D + q log(1 - D)) is the average over "
        "the data plus that over the noise",
        value_function(NOISE, SQUARE, LOGISTIC),
        over_data_plus_over_noise(),
        label="value-as-integral",
    )
    yield equal(
        "a ReLU has an atom of 1/2 at 0: E_z[h(ReLU(z))] = h(0)/2 + ∫ h(x)/2 over 0 < x < 1, for "
        "z ~ U[-1, 1] and h(x) = log(1 - D(x)) = -log(2 + 2 x)",
        -softplus(Uniform(-1, 1), RAMP, sp.Rational(3, 2)),
        h(0) / 2 + sp.Integral(h(x) / 2, (x, 0, 1)),
        label="lotus-pushforward",
    )
    wide, gamma, three = Uniform(-1, 1), sp.EulerGamma, sp.log(3)
    with_square = Pushforward(maps.square, wide)
    jsd = (6 * sp.log(2) - sp.Rational(9, 2) * three + 1) / 4
    kl = (sp.log(2 * sp.pi) - 1 - gamma) / 2
    yield equal(
        "C of N(0, 1) and |z|: log 2 - (3/2) log 3",
        virtual_training_criterion(NOISE, ABSOLUTE),
        ABS,
    )
    yield equal(
        "KL from Exp(1) to z²: (log 2π - 1 - γ)/2", kl_divergence(Exponential(1), SQUARE), kl
    )
    yield equal(
        "JSD of U[0, 1] and the square of U[-1, 1]", js_divergence(Uniform(0, 1), with_square), jsd
    )
    yield equal(
        "KL from sin z to U[-1, 1]: log(4/π)", kl_divergence(ARCSINE, wide), sp.log(4 / sp.pi)
    )
    yield equal(
        "KL from U[-1, 1] to sin z: log π - 1", kl_divergence(wide, ARCSINE), sp.log(sp.pi) - 1
    )
    yield equal(
        "W_1 of sin z and U[-1, 1]: 2/π - 1/2", wasserstein_1(wide, ARCSINE), 2 / sp.pi - HALF
    )


def search(seed):
    simplices = strategies.simplices
    names = simplices(len(GENERATORS)).map(lambda shares: list(GENERATORS)[np.argmax(shares)])
    yield survives(
        "V over the noise is V over the data, for laws on finitely many points and any map",
        over_points,
        together(simplices(4), simplices(6), strategies.markov_kernels(6, 4), simplices(4)),
        seed=seed,
        examples=300,
    )
    yield survives(
        "V over w and z is V over x to nine digits: w ~ N(m, s²), G(z) = z, 2 - z/2, |z| or z², D of "
        "any logit k (log p - log q) + b",
        over_w_and_z,
        together(strategies.normals(), names, strategies.logits(2), strategies.logits(30)),
        seed=seed,
        examples=200,
    )


def refute():
    yield equal(
        "|z| by one branch, q = φ on x > 0: C = log 2 - (3/2) log 3 (it gives -log 2)",
        sp.Integral(2 * normal(x) * sp.log(HALF), (x, 0, sp.oo)),
        ABS,
    )
    yield equal(
        "the density of z² without the factor 1/|G'(z)| has mass 1",
        sp.Integral(normal(sp.sqrt(x)) + normal(-sp.sqrt(x)), (x, 0, sp.oo)),
        1,
    )
    yield equal(
        "the density of the noise is that of what it is mapped to: E[z²] = ∫ x φ(x) dx over x > 0",
        sp.Integral(z**2 * normal(z), (z, -sp.oo, sp.oo)),
        sp.Integral(x * normal(x), (x, 0, sp.oo)),
    )
    yield equal(
        "a ReLU's atom may be dropped: ∫ h(x)/2 over 0 < x < 1 is E_z[h(ReLU(z))]",
        -softplus(Uniform(-1, 1), RAMP, sp.Rational(3, 2)),
        sp.Integral(h(x) / 2, (x, 0, 1)),
    )
    yield equal(
        "data and model may be exchanged in V",
        value_function(SQUARE, NOISE, LOGISTIC),
        over_data_plus_over_noise(),
    )


# --- averages over the noise ----------------------------------------------------------------------


def softplus(law, tilted, factor):
    """∫ p log(1 + c q/p): the mean of log(1 + e^a) where e^a p = c q, p and q the two laws."""
    return certified.integral(
        p * sp.log(1 + factor * q / p), law, tilted, bound=(0, factor), digits=12
    )


def h(at):
    """log(1 - D(x)) = -log(2 + 2 x)."""
    return -sp.log(2 + 2 * at)


def over_data_plus_over_noise():
    """E[log D(x)] + E[log(1 - D(z²))] for x and z ~ N(0, 1) and D = σ(3 x/8 - log 2)."""
    of_data = softplus(NOISE, Normal("-3/8", 1), 2 * sp.exp(sp.Rational(9, 128)))
    of_noise = softplus(NOISE, Normal(0, 2), 1)
    return -of_data - of_noise


def pushed(latent, name):
    """The law of w, which is even for |w| and w², and the laws of G(w) and of G(z)."""
    latent = Normal(0, latent.scale) if name in ("|z|", "z²") else latent
    return latent, *(Pushforward(GENERATORS[name], law) for law in (latent, NOISE))


def over_w_and_z(example):
    latent, name, slope, shift = example
    latent, data, model = pushed(latent, name)
    of_x = value_function(data, model, slope * optimal_discriminator(data, model) + shift)
    of_z = value_function(latent, NOISE, slope * optimal_discriminator(latent, NOISE) + shift)
    return at_most("|difference| ≤ 1e-9 |V|", abs(of_x - of_z), abs(of_z) * Fraction(1, 10**9))


def over_points(example):
    data, noise, kernel, shares = example
    generator, logits = np.argmax(kernel, axis=1), 40 * (shares - 0.5)
    law = np.bincount(generator, weights=noise, minlength=len(data))
    return equal(
        "V over the noise is V over the data",
        value_function(Discrete(data), Discrete(law), lambda at: logits[at.astype(int)]),
        over_the_noise(data, noise, generator, logits),
    )


@summed
def over_the_noise(data, noise, generator, logits):
    """Σ p(x) log D(x) + Σ P(z) log(1 - D(G(z)))."""
    return data * log_expit(logits), noise * log_expit(-logits[generator])


def together(first, *rest):
    """A strategy for tuples of independent draws."""
    if not rest:
        return first.map(lambda one: (one,))
    return first.flatmap(lambda one: together(*rest).map(lambda others: (one, *others)))


def figure():
    from matplotlib import pyplot as plt

    fig, (left, right) = plt.subplots(1, 2, figsize=(8.0, 3.4), sharey=True)
    at = np.linspace(0, 3.2, 200)
    bell = np.exp(-(at**2) / 2) / math.sqrt(2 * math.pi)
    left.plot(at, 2 * bell, color="C0")
    left.plot(at, bell, color="C2", linestyle="--")
    left.fill_between(at, 2 * bell, color="C0", alpha=0.12)
    left.annotate("all branches: mass 1\n" r"$C=\log 2-\frac{3}{2}\log 3$", (1.05, 0.5), color="C0")
    left.annotate("one branch: mass ½\n" r"$C=-\log 2$, wrong", (0.06, 0.03), color="C2")
    left.set(title=r"$G(z)=|z|$ folds the noise", ylabel="density of G(z), z ~ N(0, 1)")
    right.plot(at, bell, color="C0")
    right.fill_between(at, bell, color="C0", alpha=0.12)
    right.plot([0, 0], [0, 0.5], color="C6", linewidth=4, solid_capstyle="butt")
    right.plot([0], [0.5], "o", color="C6", markersize=8)
    right.annotate("an atom: mass ½ at x = 0", (0.15, 0.5), color="C6", va="center")
    right.annotate("a density: mass ½", (1.2, 0.24), color="C0")
    right.set(title=r"$G(z)=\max(z,0)$ has no density")
    for axes in (left, right):
        axes.set(
            xlim=(-0.12, 3.2), ylim=(0, 0.86), xticks=range(4), yticks=(0, 0.4, 0.8), xlabel="x"
        )
    return fig
