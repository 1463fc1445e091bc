r"""The minimiser of the criterion is one distribution, made by many generators.

Statement
---------
$C(G)$ depends on the generator $G$ through the distribution of $G(z)$ alone. If $G$ minimises $C$
and $T$ is a map that leaves the distribution of the noise unchanged, then $G(T(z))$ minimises $C$,
too. So the minimising generator is not unique if $G(T(z))$ differs from $G(z)$. For noise and data
$z \sim \mathcal{N}(0, 1)$, both $G(z) = z$ and $G(z) = -z$ reach $C = -\log 4$, and so does the
half turn $G(z) = \Phi^{-1}(\Phi(z) \pm \frac{1}{2})$, where $\Phi$ is the distribution function of
the noise and the sign is the one that stays in $(0, 1)$.

Assumes   $D$ is optimal for every generator; the noise has a density.
Source    [@goodfellow2014, Theorem 1], which is about $p_g$.
"""

from fractions import Fraction

import numpy as np
import sympy as sp
from scipy.stats import norm

from gantheory import certified
from gantheory.densities import Discrete, Normal, Pushforward, maps
from gantheory.evidence import frequency, pointwise
from gantheory.game import virtual_training_criterion
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal, increasing

theorem = Theorem(
    label="one-law-many-generators",
    title=r"The distribution with $C = -\log 4$ is unique, its generator is not",
    uses=("global-minimum",),
    covers=("one-law-many-generators", "generator-is-not-unique"),
    errata=(
        r"[@annotated2017] calls the generator at the minimum unique: the distribution is, the "
        r"generator in general is not.",
    ),
)

x, t = sp.symbols("x t", real=True)  # points of the line
u = sp.Symbol("u", positive=True)  # a level in (0, 1), a value of the distribution function
DENSITY = sp.exp(-(t**2) / 2) / sp.sqrt(2 * sp.pi)  # of the noise
PHI = (1 + sp.erf(x / sp.sqrt(2))) / 2  # its distribution function


def derive():
    r"""A reflection of the noise, and a turn of its levels.

    If $T(z)$ has the distribution of $z$, then $G(T(z))$ has the distribution of $G(z)$, and $C$
    sees nothing else of the generator. Two such maps of $z \sim \mathcal{N}(0, 1)$ are enough to
    show that there are some. The reflection $-z$ lies below $x$ if $z$ lies above $-x$; this has
    the same probability as $z < x$, because the density is even.

    The turn is best seen on the levels $u = \Phi(z)$, which are uniform on $(0, 1)$. Adding
    $\frac{1}{2}$ to the lower half of them and subtracting it from the upper half exchanges the
    halves, with slope $1$ in each. So the levels stay uniform: those that come to lie below $u$
    fill $(\frac{1}{2}, \frac{1}{2} + u)$ if $u$ is in the lower half, and else $(\frac{1}{2}, 1)$
    and $(0, u - \frac{1}{2})$. In both cases their share is $u$.
    """
    yield equal("the slope of Φ", sp.Derivative(PHI, x), DENSITY.subs(t, x))
    yield equal("z is finite", sp.Limit(PHI, x, sp.oo), 1)
    below = sp.Derivative(1 - PHI.subs(x, -x), x)  # of the probability of -z < x
    yield equal("the density of the reflection -z", below, DENSITY.subs(t, x))
    half = sp.Rational(1, 2)
    lower = sp.Integral(1, (t, half, half + u))
    yield equal("the turn, lower half", lower, u, where={u: (0, half)})
    upper = sp.Integral(1, (t, half, 1)) + sp.Integral(1, (t, 0, u - half))
    yield equal("the turn, upper half", upper, u, where={u: (half, 1)})


def certify():
    r"""Other affine generators are no minimisers.

    For $G(z) = z + s$, with $z$ for data, $C = -2\,\mathbb{E}[\log(1 + e^{-s z - s^2/2})]$, as the two
    halves of $V$ are equal. It rises in $s$ from $\tfrac1{10}$ to 2 with a slope above
    $\tfrac1{1000}$; what lies beyond $\lvert z \rvert = 6$ has less. Three generators $w z$ exceed
    $-\log 4$, too.
    """
    tenth = sp.Rational(1, 10)
    term = DENSITY * sp.log(1 + sp.exp(-u * t - u**2 / 2))
    most, all_of_it = (-2 * sp.Integral(term, (t, -end, end)) for end in (6, 10))
    yield increasing("z + s", most - tenth**3 * u, where={u: (tenth, 2)})
    found = certified.virtual_training_criterion(Normal(0, 1), Normal(1, 1), digits=12)
    yield equal("z + 1, by its definition", found, certified.over(all_of_it, {u: 1}))
    for width in ("1/2", "9/10", "2"):
        found = certified.virtual_training_criterion(Normal(0, 1), Normal(0, width), digits=12)
        yield at_least(f"{width} z", found, tenth**3 - sp.log(4))


def check():
    r"""The criterion of three affine generators, from the density of $G(z)$.

    The densities are pushforwards: $G$ and the density of the noise, and nothing that says that the
    result is Gaussian. Both $z$ and $-z$ reach $-\log 4$. Moved by $\frac{1}{10}$, $-z$ does not.
    """
    noise = Normal(0, 1)
    found = {slope: generated(slope, 0) for slope in (1, -1)}
    yield equal("G(z) = z", virtual_training_criterion(noise, found[1]), -sp.log(4))
    mirrored = virtual_training_criterion(noise, found[-1])
    yield equal("G(z) = -z", mirrored, -sp.log(4), label="one-law-many-generators")
    moved = virtual_training_criterion(noise, generated(-1, 0.1))
    yield at_least("G(z) = -z + 1/10", moved, -sp.log(4), tolerance=0)


def search(seed):
    r"""Random generators and data on finitely many points, with and without a turn of the noise.

    The noise is uniform on six points, the generator maps them to five points in any way, and the noise
    is rearranged before. $C$ is summed for one of the two generators and enclosed for the other. A pair
    with two values would refute that $C$ depends on the distribution alone.
    """
    drawn = strategies.simplices(5).flatmap(with_generator)
    yield survives("the noise rearranged", one_value, drawn, seed=seed, examples=110)


def simulate(seed):
    r"""The half turn, run on samples.

    $200\,000$ draws $z \sim \mathcal{N}(0, 1)$ are turned. The statistic is the share of $G(z)$
    below a quantile of $\mathcal{N}(0, 1)$, for the levels $\frac{1}{10}$, $\frac{2}{5}$,
    $\frac{1}{2}$ and $\frac{9}{10}$, and each interval contains the level. That $G$ is not the
    identity shows at its value at $1$, which is negative. An error in the shares that is smaller
    than the intervals is not excluded.
    """
    noise = np.random.default_rng(seed).normal(size=200_000)
    turned = half_turn(noise)
    for level in ("1/10", "2/5", "1/2", "9/10"):
        share = frequency(turned < norm.ppf(float(Fraction(level))))
        yield equal(f"the share below the {level} quantile", share, Fraction(level), tolerance=0.1)
    yield at_most("G(1)", turned_at(1.0), -0.3)


def refute():
    r"""Which generators make the same distribution, and which do not.

    It is tempting to conclude from one minimiser in $p_g$ that there is one in $G$, that is, that
    any other generator does worse. The opposite mistake is that every map of a Gaussian to a
    Gaussian will do: neither twice the width nor a shift is the data. And $\lvert z \rvert$ is
    right on one half of the line, up to a factor $2$, and has nothing on the other.
    """
    noise = Normal(0, 1)
    other = virtual_training_criterion(noise, generated(-1, 0))
    yield at_least(
        "any other generator is worse by 1e-6",
        other + sp.log(4),
        sp.Rational(1, 10**6),
        label="generator-is-not-unique",
    )
    wide = virtual_training_criterion(noise, generated(2, 0))
    yield equal("G(z) = 2 z does as well", wide, -sp.log(4))
    moved = virtual_training_criterion(noise, generated(1, 0.1))
    yield equal("G(z) = z + 1/10 does as well", moved, -sp.log(4))
    folded = virtual_training_criterion(noise, Pushforward(maps.absolute, noise))
    yield at_most("G(z) = |z| does as well", folded, -sp.log(4))


# --- how the numbers are made ---------------------------------------------------------------------


def with_generator(weights):
    """The data's weights, the points that six noises are sent to, and an order of the noises."""
    numbers = strategies.simplices(6)
    return numbers.flatmap(lambda sent: numbers.map(lambda turned: (weights, sent, turned)))


def one_value(example):
    """C of G(z), summed, is C of G(T(z)), enclosed."""
    weights, sent, order = example
    images = [int(1000 * number) % 5 for number in sent]
    data, turned = Discrete(weights), [images[k] for k in np.argsort(order)]
    models = (Discrete([Fraction(made.count(y), 6) for y in range(5)]) for made in (images, turned))
    found, other = next(models), next(models)
    enclosed = certified.virtual_training_criterion(data, other, digits=15)
    return equal("C of G and of G(T)", virtual_training_criterion(data, found) - 1, enclosed - 1)


def generated(slope, shift):
    """The distribution of slope z + shift, a pushforward of N(0, 1)."""
    return Pushforward(maps.affine(slope, shift), Normal(0, 1))


def half_turn(z):
    """Φ⁻¹(Φ(z) ± 1/2)."""
    level = norm.cdf(z)
    return norm.ppf(np.where(level < 0.5, level + 0.5, level - 0.5))


@pointwise
def turned_at(z):
    """Φ⁻¹(Φ(z) ± 1/2) at one point."""
    return half_turn(z)
