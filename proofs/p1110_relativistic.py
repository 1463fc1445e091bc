r"""The best relativistic discriminator is $\log p - \log q$, and its value is a JSD of pairs.

Statement
---------
Of a relativistic $D$ only differences count, between a real sample $x$ and a generated one $y$:

$$R(D) = \mathbb{E}_{x \sim p,\, y \sim q} \log \sigma(D(x) - D(y)).$$

Let $p \otimes q$ be the density $p(x)\,q(y)$ of the pair. For all $p$ and $q$

$$\sup_D R(D) = \mathrm{JSD}(p \otimes q,\, q \otimes p) - \log 2 \ge -\log 2,$$

with equality on the right iff $p = q$. The best $D$ is $\log p - \log q$ up to a constant, the logit of
the ordinary $D^*$, and there is no other. Where one of $p$ and $q$ vanishes alone it is infinite: then
no real $D$ reaches the supremum, but $\log p - \log q$ clipped to $[-n, n]$ comes as near as one likes.

Assumes   $p$ and $q$ are densities with respect to one measure; $x$ and $y$ are independent.
Source    [@jolicoeur2019] for the game, [@jolicoeur2020] for the fact that its supremum is a
          divergence; the exact value is derived here.
"""

from fractions import Fraction

import numpy as np
import sympy as sp
from scipy.special import log_expit

from gantheory import certified
from gantheory.densities import Discrete, Exponential, Normal, Product, Uniform
from gantheory.divergences import js_divergence
from gantheory.evidence import pointwise, summed
from gantheory.game import optimal_discriminator, value_function
from gantheory.losses import RELATIVISTIC
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal, iff, increasing

theorem = Theorem(
    label="relativistic",
    title=r"Relativistic game: $\sup_D R = \mathrm{JSD}(p \otimes q, q \otimes p) - \log 2$",
    uses=("optimal-discriminator", "c-equals-2jsd-minus-log4"),
    covers=("relativistic", "relativistic-exact-value"),
)

# p, q and a, b: both densities at x, and at y; u, v: those of the pair (x, y), and of (y, x)
p, q, a, b, u, v = sp.symbols("p q a b u v", positive=True)
t, h, k = sp.symbols("t h k", real=True)  # D(x) - D(y); a direction of D at x and at y
n = sp.Symbol("n", positive=True)  # where D is clipped
sigma, LOG_2 = sp.Lambda(t, 1 / (1 + sp.exp(-t))), sp.log(2)
GAIN = u * sp.log(sigma(t)) + v * sp.log(sigma(-t))  # what (x, y) and (y, x) add to R, twice
STAR = sp.log(p * b / (q * a))
JSD = u * sp.log(2 * u / (u + v)) + v * sp.log(2 * v / (u + v))


def derive():
    r"""Put each pair together with its reverse.

    Two points meet in both orders: $x$ is real and $y$ generated with density $u = p(x)\,q(y)$, the
    reverse with $v = q(x)\,p(y)$. With $t = D(x) - D(y)$ both add
    $u \log \sigma(t) + v \log \sigma(-t)$, and $R$ is half the integral of that. It is the ordinary game
    for two densities of pairs; its best logit is $t = \log u - \log v$, which *is* a difference,

    $$\log\frac{p(x)\,q(y)}{q(x)\,p(y)} = \log\frac{p(x)}{q(x)} - \log\frac{p(y)}{q(y)}.$$

    So $D = \log p - \log q$ is best for all pairs at once. The sum is strictly concave in $t$, hence
    $D(x) - D(y)$ is the same for every other best $D$, and $D$ is fixed up to a constant. The value of
    the game on pairs is $2\,\mathrm{JSD} - \log 4$, of which $R$ is half.

    At $D = 0$ we have $R = -\log 2$. In the direction $h$ its slope is
    $\frac{1}{2}(\mathbb{E}_p h - \mathbb{E}_q h)$, positive for $h = \operatorname{sign}(p - q)$ unless
    $p = q$. So any difference lifts the supremum.

    A point with $p > 0 = q$ wants $D = \infty$, and $R$ only tends to its supremum: with the shares
    $(\frac12, \frac12, 0)$ and $(\frac12, 0, \frac12)$ the clipped logit is $D = (0, n, -n)$.
    """
    yield equal("the slope at log u - log v", at(sp.log(u / v), sp.Derivative(GAIN, t)), 0)
    yield equal("concave in t", sp.Derivative(GAIN, (t, 2)), -(u + v) * sigma(t) * sigma(-t))
    yield equal("the best t is a difference", STAR, sp.log(p / q) - sp.log(a / b))
    value, lowest = at(sp.log(u / v), GAIN), -(u + v) * LOG_2  # best, and at D = 0
    yield equal("the best value", value, JSD + lowest, label="relativistic-exact-value")
    in_units = (JSD + lowest).subs(v, 1)  # of v: both sides are homogeneous
    yield at_least(
        "it is at least that of D = 0", in_units, lowest.subs(v, 1), label="relativistic"
    )
    yield equal("flat at u = v alone", sp.Derivative(JSD, u), sp.log(2 * u / (u + v)))
    chances = {p: (0, 1), q: (0, 1)}
    yield iff("two points: u = v", sp.Eq(p * (1 - q), q * (1 - p)), sp.Eq(p, q), where=chances)
    lift = sp.Derivative(sp.log(sigma(t * (h - k))), t)
    yield equal("the slope of R at D = 0", at(0, lift), h / 2 - k / 2)
    clipped = (sp.log(sigma(0)) + 2 * sp.log(sigma(n)) + sp.log(sigma(2 * n))) / 4
    yield equal("clipped, three points", sp.Limit(clipped, n, sp.oo), -LOG_2 / 4)


def certify():
    r"""Distributions with exact weights, and two normals, in balls.

    For $p = (0.5, 0.3, 0.2)$ and $q = (0.2, 0.3, 0.5)$ the sum over nine pairs is written by hand. For
    $\mathcal{N}(0, 1)$ and $\mathcal{N}(\mu, 1)$ the supremum rises with $\mu$ from $-\log 2$. It is
    clearly above that if 1 % of the data are missed, and it is 0 for disjoint supports.
    """
    yield equal("three points", certified_best(*THREE), BY_HAND)
    shifts = [certified_best(Normal(0, 1), Normal(shift, 1)) for shift in ("1/10", 1, 2, 4)]
    yield increasing("N(0, 1) and N(μ, 1)", [-LOG_2, *shifts])
    wrong = certified_best(Discrete(("0.99", "0.01")), Discrete((1, 0)))
    yield at_least("1 % of the data missed", wrong, Fraction(1, 1000) - LOG_2)
    apart = certified.js_divergence(*pairs(Discrete((1, 0)), Discrete((0, 1))))
    yield equal("disjoint: sup R + log 2", apart, certified.log(2))


def check():
    r"""Integrals over the plane of pairs, and the coded loss.

    The supremum is computed from the divergence of $p \otimes q$ and $q \otimes p$, densities of the
    plane, and compared with $\frac{1}{3} - \frac{4}{3} \log 2$ for exponential densities of rates 1 and
    2, where $\log p - \log q = x - \log 2$ and $x - y$ has two exponential sides; with
    $-(1 - s)^2 \log 2$ for $U[0, 1]$ and $U[s, 1 + s]$, where only pairs from the overlap are ties; and
    with balls for normals. The value of $D = c\,(\log p - \log q)$ is largest at $c = 1$.

    The loss that RSGAN descends, over all pairs of ten real and ten generated samples whose shares are
    exactly $p$ and $q$, is minus the supremum at $D = \log p - \log q$, and larger for other $D$.
    """
    yield equal("exponential, rates 1 and 2", best(*EXPONENTIAL), RATES)
    for shift in (Fraction(1, 4), Fraction(1, 2)):
        found = best(Uniform(0, 1), Uniform(shift, 1 + shift))
        yield equal(f"U[0, 1] moved by {shift}", found, -((1 - shift) ** 2) * LOG_2)
    normals = Normal(0, 1), Normal(1, 1)
    yield equal("N(0, 1) and N(1, 1)", value_of(normals, 1), certified_best(*normals))
    for factor in (0, 0.5, 2):
        found = value_of(WIDTHS, factor)
        yield at_most(f"c = {factor}, N(0, 1) and N(0, 2²)", found, best(*WIDTHS))
    logits = np.log(SHARES[0]) - np.log(SHARES[1])
    yield equal("the coded loss at log p - log q", coded_loss(logits), -certified_best(*THREE))
    for name, other in (("D*", 1 / (1 + np.exp(-logits))), ("twice the logit", 2 * logits)):
        yield at_least(f"the coded loss, {name}", coded_loss(other), -certified_best(*THREE))


def search(seed):
    r"""Random distributions on up to four points, with zeros, and random discriminators.

    $R(D)$ is added up over all pairs. A $D$ that does better than the formula refutes it, and so does
    $D = \log p - \log q$, infinite where a weight is 0, if it does not reach it.
    """
    drawn = strategies.discrete_pairs(4, equal=False).flatmap(with_outputs)
    yield survives("no D is better than log p - log q", both, drawn, seed=seed, examples=125)


def refute():
    r"""Six things that are believed of this game.

    That the supremum is that of the ordinary game, $\mathrm{JSD}(p, q) - \log 2$, or twice the
    divergence, for two samples. That the output should be a probability, $p/(p + q)$: only the logit is
    best. That $\sigma(D)$ of the best $D$ is $p/(p + q)$: a constant is free. That a comparison with the
    mean output of generated samples has the same value: by Jensen's inequality it is larger. And that
    the generator of RSGAN plays the zero-sum game: it descends $-\log \sigma(-t)$, $t = D(x) - D(y)$,
    whose slope in $D(y)$ is $-\sigma(t)$, not $-\sigma(-t)$.
    """
    single = js_divergence(*WIDTHS)
    yield equal("the JSD of single samples", best(*WIDTHS), single - LOG_2)
    yield equal("twice the JSD of single samples", best(*WIDTHS), 2 * single - LOG_2)
    outputs = coded_loss(SHARES[0] / (SHARES[0] + SHARES[1]))
    yield at_most("D* as the output", outputs, -certified_best(*THREE))
    yield equal("an output gives p/(p + q)", sigma(sp.log(p / q) + t), p / (p + q))
    averaged = compared_with_mean(*SHARES)
    yield at_most("a comparison with the mean is no larger", averaged, certified_best(*THREE))
    falls = sp.Derivative(-sp.log(sigma(-t)), t)  # and in D(y) minus that
    yield equal("RSGAN is zero-sum", -falls, -sigma(-t))


def figure():
    r"""The value of $D = c\,(\log p - \log q)$ for $\mathcal{N}(0, 1)$ and $\mathcal{N}(\mu, 1)$.

    At $c = 0$, where $D$ says nothing, all are $-\log 2$; the maxima are at $c = 1$, the logit of $D^*$.
    """
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots()
    draw_values(axes)
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

BY_HAND = (
    sp.Rational(3, 10) * sp.log(sp.Rational(15, 21))
    + sp.Rational(3, 25) * sp.log(sp.Rational(6, 21))
    + sp.Rational(1, 4) * sp.log(sp.Rational(25, 29))
    + sp.Rational(1, 25) * sp.log(sp.Rational(4, 29))
    - sp.Rational(29, 100) * LOG_2
)
RATES = (1 - 4 * LOG_2) / 3
EXPONENTIAL, WIDTHS = (Exponential(1), Exponential(2)), (Normal(0, 1), Normal(0, 2))
SHARES = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.3, 0.5])
THREE = Discrete(("0.5", "0.3", "0.2")), Discrete(("0.2", "0.3", "0.5"))


def at(place, expression):
    """The value at that difference of outputs."""
    return sp.Subs(expression, t, place)


def pairs(real, fake):
    """The distributions of (x, y) and of (y, x)."""
    if isinstance(real, Discrete):
        shares = real.exact_weights, fake.exact_weights
        return [Discrete([r * f for r in one for f in two]) for one, two in (shares, shares[::-1])]
    return Product(real, fake), Product(fake, real)


def best(real, fake):
    """The supremum by the package's divergence of pairs."""
    return js_divergence(*pairs(real, fake)) - LOG_2


def certified_best(real, fake):
    """The same as a ball."""
    return certified.js_divergence(*pairs(real, fake), digits=15) - certified.log(2)


def value_of(pair, factor):
    """R of D = c (log p - log q): half of V on pairs."""
    both_orders = pairs(*pair)
    return value_function(*both_orders, factor * optimal_discriminator(*both_orders)) / 2


@pointwise
def coded_loss(logits):
    """RSGAN's loss over all pairs of ten samples of the shares of `THREE`, by outputs at the points."""
    real, fake = np.repeat(logits, (5, 3, 2)), np.repeat(logits, (2, 3, 5))
    return RELATIVISTIC.d_loss(np.repeat(real, 10), np.tile(fake, 10))


@summed
def compared_with_mean(real, fake):
    """E_p log σ(D(x) - E_q D) for D = log p - log q."""
    logits = np.log(real) - np.log(fake)
    return real * log_expit(logits - logits @ fake)


@summed
def value_on_points(real, fake, logits):
    """The terms of R(D); D(x) - D(y) is ±∞ where one of them is, and 0 between equal ones."""
    with np.errstate(invalid="ignore"):
        apart = np.nan_to_num(logits[:, None] - logits, posinf=np.inf, neginf=-np.inf)
        terms = np.outer(real, fake) * log_expit(apart)
    return np.where(np.outer(real, fake) > 0, terms, 0.0)


def with_outputs(pair):
    """The pair with an output of D, from 0 to 8, at each point."""
    return strategies.simplices(len(pair[0].weights)).map(lambda shares: (*pair, 8 * shares))


def both(example):
    """R(D) is at most the supremum, and R(log p - log q) is equal to it."""
    real, fake, logits = example
    shares = real.weights, fake.weights
    highest = best(real, fake)
    with np.errstate(divide="ignore", invalid="ignore"):
        star = np.nan_to_num(np.log(shares[0]) - np.log(shares[1]), posinf=np.inf, neginf=-np.inf)
    yield at_most("R(D) ≤ sup R", value_on_points(*shares, logits), highest)
    # near 0 a relative tolerance would ask for too much
    yield equal("R(log p - log q) = sup R", 1 + value_on_points(*shares, star), 1 + highest)


def draw_values(axes):
    """R(c (log p - log q)) as a function of c: the difference of logits is normal."""
    from gantheory.figures import label_lines

    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    factors = np.linspace(0, 2, 201)
    for mean, style in ((2, "C0-"), (1, "C1-"), (0.5, "C3-"), (0, "C5--")):
        spread = mean * (mean + np.sqrt(2) * nodes)
        values = log_expit(factors[:, None] * spread) @ weights / weights.sum()
        axes.plot(factors, values, style, label=rf"$\mu = {mean}$")
        axes.plot([1], [values[100]], "o", color=style[:2])
    label_lines(axes)
    axes.axvline(1, color="C6", lw=0.8, zorder=0)
    axes.set(title=r"The best relativistic discriminator is the logit of $D^*$")
    axes.set(xlabel=r"factor $c$ in $D = c\,(\log p - \log q)$", xticks=(0, 1, 2), xlim=(0, 2.02))
    axes.set(ylabel="value $R(D)$, nats", yticks=(-np.log(2), -0.5, -0.25), ylim=(-0.75, -0.15))
