r"""The value of the game is one integral over the data space.

Statement
---------
The value of a discriminator $D$ and a generator $G$ is defined with the noise,

$$V(D, G) = \mathbb{E}_{x \sim p}[\log D(x)] + \mathbb{E}_z[\log(1 - D(G(z)))],$$

and depends on $G$ through the distribution of $G(z)$ only. If $G(z)$ has a density $q$,

$$V(D, G) = \int \left(p \log D + q \log(1 - D)\right) \,\mathrm{d}x.$$

No point contributes more than 0, so $V \le 0$; and $D = 1/2$ has $V = -\log 4$ against every
generator.

Assumes   $p$ and $q$ are densities with respect to one measure, $D$ is measurable, $0 \le D \le 1$.
Source    [@goodfellow2014, equation (1) and the proof of Proposition 1].
"""

import math
from fractions import Fraction

import numpy as np
import sympy as sp

from gantheory import certified
from gantheory.densities import Exponential, Laplace, Normal, Pushforward, maps
from gantheory.game import optimal_discriminator, value_function
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_most, equal

theorem = Theorem(
    label="value-as-integral",
    title=r"$V(D, G) = \int (p \log D + q \log(1 - D)) \,\mathrm{d}x$",
    uses=("lotus-pushforward", "pushforward-densities"),
    covers=("value-as-integral", "value-function", "no-function-of-x", "dz-over-the-noise"),
    errata=(
        r"[@ramasinghe] writes $F(x)$ for the integral of $p_g \log(1 - D)$: it is a number for each "
        "$D$, and no function of $x$.",
        r"[@ramasinghe] integrates a function of the noise $z$ over $\mathrm{d}x$: it is "
        r"$\mathrm{d}z$.",
    ),
)

p, q = sp.symbols("p q", positive=True)  # densities of data and model at one point
D, a = sp.symbols("D a", positive=True)  # what D answers, and a factor in G
x, z = sp.symbols("x z", positive=True)  # a point of the data space, and the noise
UNIT = {x: (0, 1), z: (0, 1)}
HALF = sp.Rational(1, 2)
POINT = p * sp.log(D) + q * sp.log(1 - D)  # what one point adds to V


def derive():
    r"""The pushforward theorem with $h = \log(1 - D)$, which is at most 0.

    It turns the mean over the noise into a mean over the distribution of $G(z)$, and that into an
    integral if there is a density. The two integrals are over the same space now, and can be read
    point by point. Both logarithms are of numbers up to 1. At $D = 1/2$ a point adds
    $-(p + q) \log 2$, and the densities $p$ and $q$ both integrate to 1. A point without data adds 0
    at $D = 0$, one without model at $D = 1$; with data at the point, $D = 0$ costs $-\infty$.
    """
    fair = POINT.subs(D, HALF)
    yield equal("D = 1/2 at a point", fair, -(p + q) * sp.log(2), label="value-function")
    yield at_most("no point adds more than 0", POINT, 0, where={D: (0, 1)})
    yield equal("no data, D → 0", sp.Limit(POINT.subs(p, 0), D, 0, "+"), 0)
    yield equal("no model, D → 1", sp.Limit(POINT.subs(q, 0), D, 1, "-"), 0)
    yield equal("data, D → 0", sp.Limit(POINT, D, 0, "+"), -sp.oo)


def certify():
    r"""$V(D^*, \lvert z \rvert)$ over the noise and over $x$, in balls, with a closed form.

    The data are $\lvert w \rvert$ and the model is $\lvert z \rvert$, for Laplace variables $w$ and
    $z$ of scales $1/2$ and 1. Over $x > 0$ the two are exponential of rates 2 and 1. The logit of
    $D^*$ at $x = \lvert z \rvert$ is that of the two Laplace densities at $z$, so $V(D^*)$ can be
    computed on either side.

    Then all generators $G(z) = a z$ of uniform noise, $\tfrac{1}{2} \le a \le 2$, and
    $D(x) = \sigma(x)$: $G(z)$ has the density $1/a$ on $[0, a]$. Balls that cover these $a$ show
    that the generator's term over $z$ and that over $x$ are less than $\tfrac{1}{100}$ apart.
    """
    closed = HALF + sp.log(2) - sp.Rational(9, 4) * sp.log(3)
    over_z = certified.virtual_training_criterion(Laplace(0, "1/2"), Laplace(0, 1), digits=20)
    over_x = certified.virtual_training_criterion(Exponential(2), Exponential(1), digits=20)
    yield equal("Laplace noise, over z", over_z, closed)
    yield equal("Laplace noise, over x", over_x, closed)
    over_z = sp.Integral(-sp.log(1 + sp.exp(a * z)), (z, 0, 1))
    over_x = sp.Integral(-sp.log(1 + sp.exp(x)) / a, (x, 0, a))
    apart = (over_z - over_x) ** 2
    yield at_most("G(z) = a z", apart, sp.Rational(1, 10**4), where={a: (HALF, 2)})


def check():
    r"""Four generators, two distributions of the data each, and a discriminator that is not optimal.

    The data are $G(w)$ and the model is $G(z)$, with $w$ Gaussian and $z \sim \mathcal{N}(0, 1)$.
    The logit is that of $D^*$ plus $\log(4/5)$. The integral over $x$ is by adaptive quadrature,
    the mean over $w$ and $z$ by ball arithmetic. For $\lvert z \rvert$ and $z^2$ the mean of $w$ is
    set to 0, so that both signs of $w$ have the same density ratio. Last, data $\mathcal{N}(0, 1)$,
    model $z^2$ and $D = \sigma(3x/8 - \log 2)$: nothing is optimal here, and $q$ has a pole at 0.
    """
    c = sp.Rational(4, 5)
    by_odds = -p * sp.log(1 + q / (c * p)) - q * sp.log(1 + c * p / q)
    for name in GENERATORS:
        for drawn in (Normal(-3, 0.25), Normal(1, 2)):
            w, data, model = pushed(drawn, name)
            over_x = value_function(data, model, optimal_discriminator(data, model) + math.log(0.8))
            over_z = certified.integral(by_odds, w, NOISE, bound=(c, 1 / c), digits=12)
            yield equal(f"G(z) = {name}, w ~ N({w.loc:g}, {w.scale:g}²)", over_x, over_z)
    over_x = value_function(NOISE, SQUARE, LOGISTIC)
    over_z = over_data_plus_over_noise()
    yield equal("N(0, 1) and z², σ(3 x/8 - log 2)", over_x, over_z, label="value-as-integral")


def search(seed):
    r"""Gaussian $w$, one of four generators, and a logit $k (\log p - \log q) + b$.

    Mean, width, generator, $k$ and $b$ are drawn. The value over $w$ and $z$ and the value over $x$
    must agree to nine digits. Both come from one integrator, so the claim is about their
    difference.
    """
    drawn = strategies.normals().flatmap(with_generator_and_logit)
    yield survives("V over z and over x", over_w_and_z, drawn, seed=seed, examples=140)


def refute():
    r"""Five mistakes in writing $V$ down.

    Data and model exchanged: the data stand with $\log D$. The mean of the two terms for their sum,
    as in code that takes one average over a batch of both kinds: then $D = 1/2$ is worth $-\log 2$.
    And $D$ is to be evaluated at $G(z)$, not at the noise $z$. [@ramasinghe] writes the second term
    as a function $F(x)$, which would change with $x$, and with $\mathrm{d}x$ where the noise is
    integrated: read as printed, that is the integrand at one $z$ times the length of the range of
    $x$. Here $G(z) = z$, uniform on $(0, 1)$, with $D(z) = z$, and 2 is the length.
    """
    over_z = over_data_plus_over_noise()
    yield equal("data and model exchanged", value_function(SQUARE, NOISE, LOGISTIC), over_z)
    mean = POINT.subs(D, HALF) / 2
    yield equal("the mean of the terms for the sum", mean, -(p + q) * sp.log(2))
    yield equal("D at the noise z", value_function(NOISE, NOISE, LOGISTIC), over_z)
    term = sp.log(1 - z)  # of the noise
    moves = sp.Derivative(sp.Integral(term, (z, 0, 1)), x)
    yield equal("F depends on x", moves, term.subs(z, x), where=UNIT, label="no-function-of-x")
    over_x, over_z = sp.Integral(term, (x, 0, 2)), sp.Integral(term, (z, 0, 1))
    yield equal("dx for dz", over_x, over_z, where=UNIT, label="dz-over-the-noise")


# --- how the numbers are made ---------------------------------------------------------------------

NOISE = Normal(0, 1)
SQUARE = Pushforward(maps.square, NOISE)
GENERATORS = {
    "z": maps.affine(1),
    "2 - z/2": maps.affine(-0.5, 2),
    "|z|": maps.absolute,
    "z²": maps.square,
}
LOGISTIC = optimal_discriminator(Normal("3/16", 1), Normal("-3/16", 1)) - math.log(
    2
)  # 3 x/8 - log 2


def softplus(one, tilted, factor):
    r"""$\int p \log(1 + c q/p)$: the mean of $\log(1 + e^a)$ where $e^a p = c q$."""
    form = p * sp.log(1 + factor * q / p)
    return certified.integral(form, one, tilted, bound=(0, factor), digits=12)


def over_data_plus_over_noise():
    r"""$\mathbb{E}[\log D(x)] + \mathbb{E}[\log(1 - D(z^2))]$ for $D = \sigma(3x/8 - \log 2)$.

    Both means are over $\mathcal{N}(0, 1)$; the exponential of each logit tilts it to a Gaussian.
    """
    of_data = softplus(NOISE, Normal("-3/8", 1), 2 * sp.exp(sp.Rational(9, 128)))
    of_noise = softplus(NOISE, Normal(0, 2), 1)
    return -of_data - of_noise


def pushed(latent, name):
    """The density of w, which is even for |w| and w², and those of G(w) and G(z)."""
    latent = Normal(0, latent.scale) if name in ("|z|", "z²") else latent
    return latent, *(Pushforward(GENERATORS[name], one) for one in (latent, NOISE))


def with_generator_and_logit(latent):
    """The density of w, the name of a generator, k up to 2 and b up to 30 in size."""
    return strategies.simplices(len(GENERATORS)).flatmap(
        lambda shares: strategies.logits(2).flatmap(
            lambda k: strategies.logits(30).map(
                lambda b: (latent, list(GENERATORS)[np.argmax(shares)], k, b)
            )
        )
    )


def over_w_and_z(example):
    latent, name, slope, shift = example
    latent, data, model = pushed(latent, name)
    of_x = value_function(data, model, slope * optimal_discriminator(data, model) + shift)
    of_z = value_function(latent, NOISE, slope * optimal_discriminator(latent, NOISE) + shift)
    return at_most("|difference|/|V|", abs(of_x - of_z), abs(of_z) * Fraction(1, 10**9))
