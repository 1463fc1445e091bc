r"""Any latent prior without atoms will do: some function takes it to any given density of the line.

Statement
---------
Let $u$ be uniform on $[0, 1]$, let $p$ be a density that is positive on an interval of the line,
and let $F$ be its distribution function. Then

$$F^{-1}(u) \sim p, \quad F(x) \sim u \quad \text{for } x \sim p.$$

So if the latent $z$ has a distribution function $H$ without jumps, $G(z) = F^{-1}(H(z))$ has the
density $p$. The prior limits what a generator can reach only through what its network can
represent, and how easily. An affine $G$ takes a uniform latent to uniform densities alone.

An atom of the prior stays an atom of the model, of the same mass at least: a prior with finitely
many values has $\mathrm{JSD}(p, q) = \log 2$ to every density $p$, for every $G$.

Assumes   Densities of the line, positive on an interval; any measurable $G$ is allowed.
Source    [@devroye1986, section II.2] for the inversion; [@goodfellow2014, section 3] for the prior.
"""

import math
from fractions import Fraction

import numpy as np
import sympy as sp
from scipy.special import log_ndtr, ndtri, ndtri_exp

from gantheory import certified
from gantheory.densities import Branch, Exponential, Mixture, Normal, Pushforward, Uniform, maps
from gantheory.divergences import js_divergence
from gantheory.game import virtual_training_criterion
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal

theorem = Theorem(
    label="latent-prior",
    title=r"Any latent prior without atoms will do: $F^{-1}(H(z)) \sim p$",
    uses=("lotus-pushforward", "disjoint-supports"),
    covers=("latent-prior", "noise-has-its-own-prior"),
    errata=(
        r"[@goodfellow2014] prints 'noise prior $p_g(z)$' in Algorithm 1: latents are drawn from $p_z$; "
        r"$p_g$ is the distribution of $G(z)$.",
    ),
)

u, z = sp.symbols("u z", positive=True)  # a uniform latent, an exponential one
x = sp.Symbol("x", real=True)  # a sample
a = sp.Symbol("a", positive=True)  # half the width of a uniform density
b = sp.Symbol("b", real=True)  # its centre
NORMAL_AT_X = sp.exp(-(x**2) / 2) / sp.sqrt(2 * sp.pi)
AFFINE = (2 * sp.pi) ** sp.Rational(1, 4)  # of the integral of √(p q)
LOGISTIC = sp.exp(x) / (1 + sp.exp(x)) ** 2


def density_of(image, latent, by):
    """The density of an increasing image at its own place: that of the latent, over the slope."""
    return latent / sp.Derivative(image, by)


def derive():
    r"""The quantile transform, and three cases of it.

    $F$ increases, so that $F^{-1}(u) \le x$ exactly if $u \le F(x)$. This has the probability
    $F(x)$, because $u$ is uniform: the distribution function of $F^{-1}(u)$ is $F$. The same
    sentence read backwards says that $F(x)$ is uniform for $x \sim p$.

    By densities: an increasing map divides the density by its slope. The slope of $F^{-1}$ at $u$
    is $1/p(F^{-1}(u))$, and the uniform density is $1$, so $p$ comes out. The first three lines do
    this for the logistic, the exponential and the Cauchy density.

    Backwards: the distribution function of the logistic density is $\sigma(x)$; its slope is the
    density itself, and the quotient is 1. The way from one density to another leads through the
    uniform one: $H(z) = 1 - e^{-z}$ makes the exponential prior uniform, and the Pareto quantile
    $1/(1 - u)$ of it is $e^z$.
    """
    for name, image, density in (
        ("logistic", sp.log(u / (1 - u)), LOGISTIC),
        ("exponential", -sp.log(1 - u), sp.exp(-x)),
        ("Cauchy", sp.tan(sp.pi * (u - sp.Rational(1, 2))), 1 / (sp.pi * (1 + x**2))),
    ):
        yield equal(
            f"uniform to {name}",
            density_of(image, 1, u),
            density.subs(x, image),
            where={u: (0, 1)},
        )
    yield equal("logistic to uniform", density_of(1 / (1 + sp.exp(-x)), LOGISTIC, x), 1)
    yield equal(
        "exponential to Pareto", density_of(sp.exp(z), sp.exp(-z), z), (1 / x**2).subs(x, sp.exp(z))
    )


def certify():
    r"""What an affine generator loses with the wrong prior, for every width and centre at once.

    From a uniform prior it makes the uniform densities on $[b - a, b + a]$ alone. The integral
    $\int \sqrt{p q} \,\mathrm{d}x$ with $p = \mathcal{N}(0, 1)$, which is 1 for equal densities, falls
    in $b > 0$: $e^{-x^2/4}$ leaves at one end and comes in, smaller, at the other. At $b = 0$ it is a
    multiple of $\mathrm{erf}(a/2)/\sqrt{a}$, and balls that cover all $a$ from $\tfrac{1}{2}$ to 5
    keep it below $\tfrac{17}{18}$. A wider density has $\mathrm{erf} \le 1$, a narrower one
    $\mathrm{erf}(a/2) \le a/\sqrt{\pi}$, and both bounds are largest at these ends. So every affine
    generator keeps a squared Hellinger distance of $\tfrac{1}{18}$. With the normal prior $G(z) = z$
    is exact: what is missing is a richer generator; this contradicts no theorem.
    """
    off = sp.Integral(sp.exp(-(x**2) / 4), (x, b - a, b + a))
    slope = sp.exp(-((b - a) ** 2) / 4) * (sp.exp(-a * b) - 1)
    yield equal("the slope in the centre", sp.Derivative(off, b), slope)
    common = sp.Integral(sp.sqrt(NORMAL_AT_X / (2 * a)), (x, -a, a))
    centred = AFFINE * sp.Integral(sp.exp(-(x**2) / 4), (x, 0, a)) / sp.sqrt(sp.pi * a)
    yield equal("√(p q) for U[-a, a]", common, centred)
    most, middle = sp.Rational(17, 18), {a: (sp.Rational(1, 2), 5)}
    yield at_most("any width", centred, most, where=middle)
    yield at_most("width 5 or more", AFFINE / sp.sqrt(5), most)
    yield at_most("width 1/2 or less", AFFINE / sp.sqrt(2 * sp.pi), sp.Rational(2, 3))
    near = certified.squared_hellinger(Normal(0, 1), Uniform(-2, 2), digits=10)
    yield at_most("nearly reached by a = 2", near, Fraction(1, 17))


def check():
    r"""Priors sent through quantile functions, and compared with a third density.

    The divergence of the pushforward to $\mathcal{N}(1, 2^2)$ is integrated by the change of
    variables; that of the density which should come out is enclosed from its own formula. The two
    agree for a normal density from a uniform and from an exponential prior, and for a uniform one
    from a normal prior.

    A prior of four values gives a model of at most four atoms, which has no density, and by
    `disjoint-supports` $\mathrm{JSD}(p, q) = \log 2$ to every $p$ that has one. Here they are
    blurred to a millionth, at the quantiles $\tfrac{1}{8}, \tfrac{3}{8}, \tfrac{5}{8},
    \tfrac{7}{8}$ of the normal data, and the divergence is $\log 2$ up to $10^{-5}$.
    """
    for name, (branch, latent, target) in ROUTES.items():
        yield equal(
            name,
            js_divergence(Pushforward((branch,), latent), OTHER),
            certified.js_divergence(target, OTHER),
            tolerance=1e-8,  # x = 8 comes from the 16 digits of a uniform latent near 1
            label="latent-prior" if name == "uniform to N(0, 1)" else None,
        )
    blurred = certified.js_divergence(Normal(0, 1), four_values(), digits=10)
    yield at_least("four values, blurred", blurred, sp.log(2) - sp.Rational(1, 10**5))


def search(seed):
    r"""A hunt through normal priors.

    Location in $[-1, 1]$ and scale in $[1, 4]$ are drawn, and the latent goes through its own
    distribution function. A prior for which the divergence to $U[\tfrac{1}{2}, \tfrac{3}{2}]$ were
    not $\tfrac{1}{2} \log 2$, as it is for the uniform density, would refute the second half of the
    statement, or its code.
    """
    drawn = strategies.simplices(3).map(lambda s: Normal(2 * s[0] - 1, 1 + 3 * s[1]))
    yield survives("N(μ, σ²) to uniform", made_uniform, drawn, seed=seed, examples=160)


def refute():
    r"""Five mistakes.

    The first takes the slope where its inverse belongs: stretching makes a density lower. The
    second forgets that the density is taken at $x$, and leaves it at $u$. The third believes
    that any prior will do for an affine generator, too. The fourth is a prior of a few values,
    as a fixed batch of latents is: each sample may look right. The fifth draws the latents from $p_g$,
    as Algorithm 1 is printed: the generator is fed what it has made.
    """
    image = sp.log(u / (1 - u))
    slope, found, unit = sp.Derivative(image, u), density_of(image, 1, u), {u: (0, 1)}
    yield equal("the slope for its inverse", slope, LOGISTIC.subs(x, image), where=unit)
    yield equal("the density at u, not at x", found, LOGISTIC.subs(x, u), where=unit)
    near = certified.js_divergence(Normal(0, 1), Uniform(-2, 2), digits=10)
    yield at_most("an affine generator of a uniform latent", near, Fraction(1, 100))
    few = certified.js_divergence(Normal(0, 1), four_values(), digits=10)
    yield at_most("four values will do", few, Fraction(1, 10))
    model = Normal(2, 3)  # of G(z) = 3 z + 2
    fed = virtual_training_criterion(model, Pushforward(maps.affine(3, 2), model))
    yield equal("latents drawn from p_g", fed, -sp.log(4), label="noise-has-its-own-prior")


# --- how the numbers are made ---------------------------------------------------------------------

NORMAL, OTHER = Normal(0, 1), Normal(1, 2)


def to_uniform(normal):
    """The distribution function of a normal density, as a branch on the line."""
    loc, scale = float(normal.loc), float(normal.scale)
    return Branch((-math.inf, math.inf), normal.cdf, lambda u: loc + scale * ndtri(u), normal.pdf)


ROUTES = {
    "uniform to N(0, 1)": (
        Branch((0.0, 1.0), ndtri, NORMAL.cdf, lambda u: 1 / NORMAL.pdf(ndtri(u))),
        Uniform(0, 1),
        NORMAL,
    ),
    "exponential to N(0, 1)": (
        Branch(
            (0.0, math.inf),
            lambda z: -ndtri_exp(-z),
            lambda x: -log_ndtr(-x),
            lambda z: np.exp(-z) / NORMAL.pdf(ndtri_exp(-z)),
        ),
        Exponential(1),
        NORMAL,
    ),
    "N(0, 1) to uniform": (to_uniform(NORMAL), NORMAL, Uniform(0, 1)),
}


def four_values():
    """Four atoms at quantiles of the normal density, each blurred to a millionth."""
    parts = tuple(Uniform(at - 5e-7, at + 5e-7) for at in ndtri(np.array([1, 3, 5, 7]) / 8))
    return Mixture(parts, ("1/4",) * 4)


def made_uniform(normal):
    """Claim that the latent becomes uniform on [0, 1]."""
    found = Pushforward((to_uniform(normal),), normal)
    found = js_divergence(found, Uniform("1/2", "3/2"), rtol=1e-6)
    return equal("JSD", found, sp.log(2) / 2)
