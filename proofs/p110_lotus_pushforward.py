r"""An average over the noise is an average over what the generator makes of it.

Statement
---------
Let $z$ be a random variable with distribution $P_z$, let $G$ be a measurable map, and let $Q$ be
the distribution of $G(z)$, the pushforward of $P_z$ under $G$. For every measurable $h \le 0$ (and
every $h$ that $Q$ can integrate),

$$\mathbb{E}_z[h(G(z))] = \int h \,\mathrm{d}Q.$$

No inverse, no derivative and no density of $G(z)$ is needed. If $G$ is constant on a set of noise
of positive probability, as a ReLU is, $Q$ has an atom; the equation holds there too, and the atom
must not be left out.

Assumes   $G$ and $h$ are measurable.
Source    [@goodfellow2014, equation (1) and the proof of Proposition 1], which use it without
          naming it; [@villani2009, chapter 1] for the pushforward of a measure.
"""

import numpy as np
import sympy as sp
from scipy.special import log_expit

from gantheory import certified
from gantheory.densities import Discrete, Mixture, Triangular, Uniform
from gantheory.evidence import summed
from gantheory.game import value_function
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_most, equal

theorem = Theorem(
    label="lotus-pushforward",
    title=r"$\mathbb{E}_z[h(G(z))] = \int h \,\mathrm{d}Q$",
    covers=(
        "lotus-pushforward",
        "density-of-noise-at-its-image",
        "no-density-is-needed",
        "mean-of-x",
    ),
    errata=(
        "[@annotated2017] takes this equation for the Radon-Nikodym theorem: it is the pushforward "
        "theorem, true also where $Q$ has no density.",
        "[@ramasinghe] takes the density of the noise at $G(z)$ for the density of $G(z)$.",
        r"[@ramasinghe] prints $\mathbb{E}(x)$ where the formula is that of $\mathbb{E}[f(x)]$.",
    ),
)

z = sp.Symbol("z", real=True)  # the noise
x, s = sp.symbols("x s", positive=True)  # a point G(z), and the rate in h(x) = exp(-s x)
a = sp.Symbol("a", positive=True)  # where the map |z - a| folds the noise
HALF = sp.Rational(1, 2)
FOLDS, INSIDE = {a: (0, HALF)}, {a: (sp.Rational(1, 10), HALF)}


def derive():
    r"""Start with indicator functions, then add up.

    If $h$ is 1 on a set $A$ and 0 elsewhere, both sides are the probability that $G(z)$ lies in
    $A$: that is the definition of $Q$. Both sides are linear in $h$, so the equation holds for step
    functions. Every $h \le 0$ is a decreasing limit of step functions, and by monotone convergence
    both sides follow. That step belongs to measure theory and is not checked here.

    Checked are generators that students get wrong, with $h(x) = e^{-s x}$ for every $s > 0$. First
    $\lvert z - a \rvert$ for $z$ uniform on $[0, 1]$ and every $a < \frac{1}{2}$: a value $x < a$ is
    taken twice, one between $a$ and $1 - a$ once, so $Q$ has the density 2, then 1. The ReLU
    $\max(z, 0)$ is 0 for every $z \le 0$: half of the mass of $Q$ sits in the point 0, where
    $h = 1$, and for $z$ uniform on $[-1, 1]$ the other half has the density $\frac{1}{2}$ on $[0, 1]$.
    So the right side is a term plus an integral.
    """
    over_z, right = over_noise(faded), over_density(faded)
    yield equal("G(z) = |z - a|", over_z, right, where=FOLDS)
    over_z, right = mean_of(faded(sp.Max(z, 0))), HALF + sp.Integral(faded(x) / 2, (x, 0, 1))
    yield equal("G(z) = ReLU(z)", over_z, right, label="lotus-pushforward")


def certify():
    r"""The $h$ of the game, $\log(1 - D)$ with $D = \sigma(x)$, for all folds $a$ at once.

    The map $\lvert z - a \rvert$ increases nowhere on $[0, a]$, and two places of the noise share
    an image. Balls that cover all $a$ in $[0, \frac{1}{2}]$ show that the two sides are less than
    $\frac{1}{100}$ apart. Here the right side is written with tails,
    $h(0) + \int h'(x) Q(x, \infty) \,\mathrm{d}x$: no density and no inverse is needed.

    Two strict inequalities say what goes wrong without the theorem. $h$ is concave, so its mean is
    below $h$ of the mean of $Q$. And counting the second branch once is no small slip: each $x < a$
    is worth at most $-\log 2$, and together they are worth more than $a \log 2$.
    """
    apart = (over_noise(of_game) - over_tails()) ** 2
    yield at_most("the two sides, apart", apart, sp.Rational(1, 10**4), where=FOLDS)
    of_mean = of_game(a**2 - a + HALF)
    yield at_most("below h of the mean", over_noise(of_game), of_mean, where=FOLDS)
    once = sp.Integral(of_game(x), (x, 0, 1 - a))
    below = over_noise(of_game) + a * sp.log(2)
    yield at_most("the second branch counts", below, once, where=INSIDE)


def check():
    r"""The ReLU again, with another $h = \log(1 - D)$.

    $z$ is uniform on $[-1, 1]$ and $D(x) = 1 - 1/(2 + 2x)$, so $h(x) = -\log(2 + 2x)$. The left
    side is an integral over the noise, enclosed by ball arithmetic; the right side is $h(0)/2$ for
    the atom plus the integral of $h/2$ over $[0, 1]$, which SymPy's closed form gives.
    """
    yield equal("z ~ U[-1, 1], ReLU, h = -log(2 + 2 x)", over_the_ramp(), ATOM + DENSITY)


def search(seed):
    r"""Finitely many values of the noise, and any map.

    Drawn are data and weights of six values of $z$, a map from these to four points $x$ (it may
    send several $z$ to one $x$ and leave an $x$ out), and a logit for every $x$. The mean of
    $\log(1 - D)$ over the noise must be the mean over the pushforward; both stand inside $V$, the
    first added up by hand, the second by the package. One example with two values would refute the
    equation.
    """
    drawn = strategies.simplices(4).flatmap(with_noise_and_map)
    yield survives("any map on points", over_points, drawn, seed=seed, examples=160)


def refute():
    r"""Five wrong right sides.

    An atom is invisible in a plot of densities, and is dropped; so is a second branch. The noise's
    own density is taken for that of $G(z)$ [@ramasinghe]: then for uniform noise on $[-1, 1]$ the
    mean of $z^2$ would be the integral of $x/2$ over $0 < x < 1$. And the mean of $h(G(z))$ is not
    $h(G(\cdot))$ of the mean: $\lvert z \rvert$ has the mean $\frac{1}{2}$, not
    $\lvert \mathbb{E} z \rvert = 0$. Nor is $\mathbb{E}(z)$, as [@ramasinghe] prints it, the mean
    of $z^2$.
    """
    yield equal("a ReLU's atom dropped", over_the_ramp(), DENSITY, label="no-density-is-needed")
    once = sp.Integral(faded(x), (x, 0, 1 - a))
    yield equal("each value counted once", over_noise(faded), once, where=FOLDS)
    mean_square, wrong = mean_of(z**2), sp.Integral(x / 2, (x, 0, 1))
    at_image = "density-of-noise-at-its-image"
    yield equal("the density of z for that of z²", mean_square, wrong, label=at_image)
    yield equal("E(z) for E[z²]", mean_of(z), mean_square, label="mean-of-x")
    yield equal("the mean of |z| is |mean of z|", mean_of(sp.Abs(z)), 0)


# --- how the numbers are made ---------------------------------------------------------------------

H = -sp.log(2 + 2 * x)
ATOM, DENSITY = H.subs(x, 0) / 2, sp.Integral(H / 2, (x, 0, 1))


def faded(point):
    r"""$h(x) = e^{-s x}$."""
    return sp.exp(-s * point)


def of_game(point):
    r"""$h(x) = \log(1 - \sigma(x)) = -\log(1 + e^x)$."""
    return -sp.log(1 + sp.exp(point))


def mean_of(image):
    """The mean over z, uniform on [-1, 1]."""
    return sp.Integral(image / 2, (z, -1, 1))


def over_noise(h):
    """The mean of h(|z - a|) over z, uniform on [0, 1]."""
    return sp.Integral(h(a - z), (z, 0, a)) + sp.Integral(h(z - a), (z, a, 1))


def over_density(h):
    """The integral of h over Q, whose density is 2 up to a, and 1 from there to 1 - a."""
    return 2 * sp.Integral(h(x), (x, 0, a)) + sp.Integral(h(x), (x, a, 1 - a))


def over_tails():
    r"""$h(0) + \int h'(x) Q(x, \infty) \,\mathrm{d}x$: the tail is $1 - 2x$, then $1 - a - x$."""
    slope = -1 / (1 + sp.exp(-x))
    below = sp.Integral(slope * (1 - 2 * x), (x, 0, a))
    return of_game(sp.Integer(0)) + below + sp.Integral(slope * (1 - a - x), (x, a, 1 - a))


def over_the_ramp():
    r"""$\mathbb{E}_z[h(\max(z, 0))]$ for uniform $z$, as $-\int p \log(1 + \frac{3}{2} q/p)$.

    $p = 1/2$ on $[-1, 1]$, and $q = (1 + 2 \max(z, 0))/3$ is a mixture of three densities.
    """
    p, q = sp.symbols("p q", positive=True)
    ramp = Mixture((Uniform(-1, 0), Uniform(0, 1), Triangular(0, 1, 1)), ("1/3", "1/3", "1/3"))
    factor = sp.Rational(3, 2)
    softplus = p * sp.log(1 + factor * q / p)
    return -certified.integral(softplus, Uniform(-1, 1), ramp, bound=(0, factor), digits=12)


def with_noise_and_map(data):
    """Weights of the data, weights of the noise, the map as an array, and logits from -10 to 30."""
    return strategies.markov_kernels(6, 4).flatmap(
        lambda kernel: strategies.simplices(6).flatmap(
            lambda noise: strategies.simplices(4).map(
                lambda shares: (data, noise, np.argmax(kernel, axis=1), 40 * (shares - 0.25))
            )
        )
    )


def over_points(example):
    data, noise, generator, logits = example
    model = Discrete(np.bincount(generator, weights=noise, minlength=len(data)))
    over_x = value_function(Discrete(data), model, lambda at: logits[at.astype(int)])
    return equal("V over x, V over z", over_x, over_the_noise(data, noise, generator, logits))


@summed
def over_the_noise(data, noise, generator, logits):
    r"""$\sum_x p(x) \log D(x) + \sum_z P(z) \log(1 - D(G(z)))$."""
    return data * log_expit(logits), noise * log_expit(-logits[generator])
