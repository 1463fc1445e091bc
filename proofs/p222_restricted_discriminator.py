r"""A restricted discriminator: with logits linear in features it sees nothing but the features' means.

Statement
---------
Let $D$ be restricted to a class that contains the constant $\tfrac12$. Instead of
$2\,\mathrm{JSD}(p, q)$ the generator then minimises

$$ d(p, q) = \max_D V(D) + \log 4, \qquad 0 \le d(p, q) \le 2\,\mathrm{JSD}(p, q), $$

with the maximum over the class. A larger class has a larger $d$. Let now $D = \sigma(w \cdot \phi(x))$
with finitely many features $\phi$, one of them constant. Then

- $d(p, q) = 0$ iff $\mathbb{E}_p[\phi] = \mathbb{E}_q[\phi]$; such a model is a global minimum of the
  generator, whatever else is wrong with it, and $D = \tfrac12$ gives it no gradient;
- for each combination $f$ of the features, with $\delta = \mathbb{E}_p[f] - \mathbb{E}_q[f]$ and
  $s = \mathbb{E}_p[f^2] + \mathbb{E}_q[f^2]$, $d(p, q) \ge \frac{\delta^2}{2 s}$;
- the best $D$ has $\mathbb{E}_p[(1 - D) \phi] = \mathbb{E}_q[D \phi]$, an equation of means; the
  unrestricted one has $p (1 - D^*) = q D^*$ at each point.

With $\phi = (1, x)$ the densities $\mathcal{N}(0, 1)$ and $\mathcal{N}(0, 2^2)$ are the same; with
$(1, x, x^2)$ any two normals are seen exactly, but not $\mathcal{N}(0, 1)$ beside two modes of mean 0
and variance 1.

Assumes   $\mathbb{E}_p[\lvert \phi \rvert^2]$ and $\mathbb{E}_q[\lvert \phi \rvert^2]$ are finite.
Source    [@arora2017] for the distance of a class; the bound is derived here.
"""

from fractions import Fraction

import numpy as np
import sympy as sp
from scipy.special import expit, log_expit

from gantheory import certified
from gantheory.densities import Mixture, Normal
from gantheory.evidence import in_norm, pointwise, summed
from gantheory.game import virtual_training_criterion
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal, increasing

theorem = Theorem(
    label="restricted-discriminator",
    title=r"$D = \sigma(w \cdot \phi)$ sees $p \ne q$ iff $\mathbb{E}_p[\phi] \ne \mathbb{E}_q[\phi]$",
    uses=("optimal-discriminator",),
    covers=("restricted-discriminator",),
    errata=(
        r"[@roysdon] maximises $V$ at each point, for a network $D_\phi$: that needs all functions. "
        r"With $D = \sigma(w x + b)$ training stops at $\mathcal{N}(0, 2^2)$ for data "
        r"$\mathcal{N}(0, 1)$.",
    ),
)

p, q, s = sp.symbols("p q s", positive=True)  # densities at a point; the sum of second moments
a, f, t, delta = sp.symbols("a f t delta", real=True)  # a logit; a feature there; its factor; δ
SIGMOID = 1 / (1 + sp.exp(-a))
POINT = p * sp.log(SIGMOID) + q * sp.log(SIGMOID.subs(a, -a))  # what a point adds to V
LOG_4, HALF = sp.log(4), sp.Rational(1, 2)


def derive():
    r"""Concave in $w$, so the slope at $w = 0$ decides.

    Along a direction the logit at a point is $t f$. There $V$ has the slope
    $\mathbb{E}_p[(1 - D) f] - \mathbb{E}_q[D f]$ in $t$, which is $\tfrac12 \delta$ at $t = 0$, where
    $V = -\log 4$. If $\delta = 0$ for all $f$, the slope is 0 in all directions, and since $V$ is
    concave, $w = 0$ is a maximum: $d = 0$. If $\delta \ne 0$ for one $f$, a small step along it gains.

    How much? $\log \sigma(a)$ lies above its parabola $-\log 2 + \tfrac12 a - \tfrac18 a^2$, since its
    second derivative is never below $-\tfrac14$. So $V + \log 4 \ge \tfrac12 t \delta - \tfrac18 t^2 s$,
    and $t = \frac{2 \delta}{s}$ gives the bound. The logit of $D^*$ for $\mathcal{N}(0, 1)$ and
    $\mathcal{N}(0, 2^2)$ is $\log 2 - \tfrac38 x^2$: a line does not contain it, a parabola does.
    """
    along = POINT.subs(a, t * f)
    there = SIGMOID.subs(a, t * f)
    slope = sp.Derivative(along, t)
    yield equal("the slope", slope, (p * (1 - there) - q * there) * f)
    label = "restricted-discriminator"
    yield equal("the slope at 0", sp.Subs(slope, t, 0), (p - q) * f / 2, label=label)
    bend = -(p + q) * SIGMOID * (1 - SIGMOID)
    yield equal("how it bends", sp.Derivative(POINT, (a, 2)), bend)
    yield at_most("it is concave", sp.Derivative(POINT, (a, 2)), 0)
    yield equal("V at D = 1/2", POINT.subs(a, 0), -(p + q) * LOG_4 / 2)
    yield at_least("log σ above its parabola", sp.log(SIGMOID), -LOG_4 / 2 + a / 2 - a**2 / 8)
    gain = t * delta / 2 - t**2 * s / 8
    yield equal("the best step", gain, delta**2 / (2 * s) - s * (t - 2 * delta / s) ** 2 / 8)
    yield equal("the unrestricted D*", sp.Derivative(POINT, a), (p + q) * (p / (p + q) - SIGMOID))


def certify():
    r"""What the generator does not see, and the bound, in balls.

    The two modes, $\tfrac12 \mathcal{N}(-0.8, 0.6^2) + \tfrac12 \mathcal{N}(0.8, 0.6^2)$, have mean 0
    and variance $0.8^2 + 0.6^2 = 1$, and mean cube 0. Yet they are at a certain distance from
    $\mathcal{N}(0, 1)$, and so is $\mathcal{N}(0, 2^2)$. The bound is
    $\tfrac15$ for $\mathcal{N}(1, 1)$, with $f = x - \tfrac12$, and $\tfrac{9}{77}$ for
    $\mathcal{N}(0, 2^2)$, with $f = x^2 - \tfrac52$: neither exceeds $2\,\mathrm{JSD}$.
    """
    for name, model, least in (
        ("two modes", TWO_MODES, Fraction(1, 50)),
        ("N(0, 2²)", Normal(0, 2), Fraction(9, 77)),
        ("N(1, 1)", Normal(1, 1), Fraction(1, 5)),
    ):
        yield at_least(f"{name}: 2 JSD", 2 * certified.js_divergence(DATA, model, digits=12), least)


def check():
    r"""Fits by Newton's method, with integrals on a grid that is fine enough to leave only rounding.

    A polynomial of degree 1 has the value $-\log 4$ for $\mathcal{N}(0, 2^2)$, one of degree 3 for the
    two modes, and $w = 0$. Degree 1 reaches $C$ for $\mathcal{N}(1, 1)$, degree 2 for
    $\mathcal{N}(0, 2^2)$ and for $\mathcal{N}(1, 2^2)$, by another route. For the two modes more
    features see more: the value grows with the degrees 3, 4, 6, 8. At the best fit the two means of
    $D$ with the features agree.
    """
    blind = (
        ("N(0, 2²)", Normal(0, 2), 1),
        ("two modes", TWO_MODES, 2),
        ("two modes", TWO_MODES, 3),
    )
    for name, model, degree in blind:
        yield equal(f"{name}, degree {degree}: V", fitted(model, degree), -LOG_4)
        yield at_most(f"{name}, degree {degree}: |w|", abs(weights_of(model, degree)), 1e-9)
    for name, model, degree in SEEN:
        most = virtual_training_criterion(DATA, model)
        yield equal(f"{name}, degree {degree}: C", fitted(model, degree), most)
    yield increasing("two modes: more features", [fitted(TWO_MODES, k) for k in (3, 4, 6, 8)])
    for side in means_at_best(TWO_MODES, 4):
        yield at_most("two modes, degree 4: the two means", abs(side), 1e-9)


def search(seed):
    r"""Distributions on few points, and any feature.

    The feature and a constant are the class. A value at $t = \frac{2 \delta}{s}$ below the bound, or
    above $C$, would refute the statement.
    """
    features = strategies.logit_batches(6, largest=10)
    drawn = strategies.discrete_pairs().flatmap(lambda pair: features.map(lambda one: (*pair, one)))
    yield survives("the bound, and C", between, drawn, seed=seed, examples=120)


def refute():
    r"""What is taken over from the unrestricted game.

    That the best $D$ of a class is the best at each point, and so reaches $C$ [@roysdon]. That
    $d(p, q) = 0$ shows that $q$ is near $p$. That a few features more see any difference: a cubic does
    not see the two modes. That the best $D$ of the class has $p (1 - D) = q D$ at each point. That $V$
    gains all of the first-order term $\tfrac12 a$: it is concave. And a lost $\tfrac12$.
    """
    most = certified.virtual_training_criterion(DATA, TWO_MODES, digits=12)
    yield equal("a cubic reaches C", fitted(TWO_MODES, 3), most)
    jsd = certified.js_divergence(DATA, Normal(0, 2), digits=12)
    yield at_most("d = 0, so JSD is below 1/20", jsd, Fraction(1, 20))
    yield at_least("a cubic sees two modes", fitted(TWO_MODES, 3), Fraction(1, 1000) - LOG_4)
    yield equal("D = 1/2 at each point", p * (1 - HALF), q * HALF)
    yield at_least("no second order", sp.log(SIGMOID), -LOG_4 / 2 + a / 2)
    slope = sp.Derivative(POINT.subs(a, t * f), t)
    yield equal("the slope is δ", sp.Subs(slope, t, 0), (p - q) * f)


def figure():
    r"""Polynomial logits of one degree after another, for data $\mathcal{N}(0, 1)$.

    Left, the best $D$ for the two modes: up to degree 3 it is $\tfrac12$, with degree 4 it begins to
    follow $D^*$. Right, the best value; the dashed lines are $C$.
    """
    from matplotlib import pyplot as plt

    fig, panels = plt.subplots(1, 2, figsize=(9.0, 3.6))
    two_panels(*panels)
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

DATA = Normal(0, 1)
TWO_MODES = Mixture((Normal("-0.8", "0.6"), Normal("0.8", "0.6")), ("0.5", "0.5"))
SEEN = (
    ("N(1, 1)", Normal(1, 1), 1),
    ("N(0, 2²)", Normal(0, 2), 2),
    ("N(1, 2²)", Normal(1, 2), 2),
)
GRID = np.arange(-480, 481) / 20


def best(model, degree):
    """The coefficients of the powers of x/2 in the best logit, and what stands on the grid."""
    powers = (GRID / 2)[:, None] ** np.arange(degree + 1)
    real, fake = (np.exp(one.logpdf(GRID)) / 20 for one in (DATA, model))
    found = np.zeros(degree + 1)
    for _ in range(30):
        said = expit(powers @ found)
        pull = powers.T @ (real * (1 - said) - fake * said)
        found = found + np.linalg.solve(
            powers.T * ((real + fake) * said * (1 - said)) @ powers, pull
        )
    return found, powers, real, fake


@summed
def fitted(model, degree):
    """The terms of the value of the best polynomial logit of a degree, by sums over the grid."""
    found, powers, real, fake = best(model, degree)
    logit = powers @ found
    return [real * log_expit(logit), fake * log_expit(-logit)]


@in_norm
def weights_of(model, degree):
    """The coefficients."""
    return best(model, degree)[0]


@in_norm
def means_at_best(model, degree):
    """E_p[(1 - D) φ] - E_q[D φ] at the best logit."""
    found, powers, real, fake = best(model, degree)
    said = expit(powers @ found)
    return powers.T @ (real * (1 - said)) - powers.T @ (fake * said)


def between(example):
    """The value of the step that the bound is for; 2 is added, beside which both are compared."""
    real, fake, feature = example
    drawn = np.round(np.resize(feature.astype(float), len(real.weights)), 3)
    value = 2 + value_along(real.weights, fake.weights, drawn)
    yield at_least("2 + V", value, 2 + bound_less_log_4(real.weights, fake.weights, drawn))
    yield at_most("2 + V", value, 2 + virtual_training_criterion(real, fake))


def moments(real, fake, feature):
    """δ and s; if the feature is 0 wherever there is mass, s is taken as 1."""
    return (real - fake) @ feature, ((real + fake) @ feature**2) or 1.0


@summed
def value_along(real, fake, feature):
    """The terms of V for the logit 2 δ f / s."""
    first, second = moments(real, fake, feature)
    logit = 2 * first / second * feature
    return [real * log_expit(logit), fake * log_expit(-logit)]


@pointwise
def bound_less_log_4(real, fake, feature):
    """δ²/(2 s) - log 4."""
    first, second = moments(real, fake, feature)
    return np.array(first**2 / (2 * second) - np.log(4))


def two_panels(left, right):
    """Draw the best discriminators, and their values by degree."""
    near = np.abs(GRID) <= 3
    logits = {
        degree: (best(TWO_MODES, degree)[1] @ best(TWO_MODES, degree)[0])[near] for degree in (3, 4)
    }
    star = expit(DATA.logpdf(GRID[near]) - TWO_MODES.logpdf(GRID[near]))
    for values, colour, style in (
        (star, "C4", "--"),
        (expit(logits[3]), "C1", "-"),
        (expit(logits[4]), "C3", "-"),
    ):
        left.plot(GRID[near], values, style, color=colour)
    left.annotate("$D^*$", (2.0, 0.8), color="C4")
    left.annotate("degree 3", (-2.8, 0.46), color="C1")
    left.annotate("degree 4", (-0.4, 0.62), color="C3")
    left.set(xlabel="sample $x$", ylabel="output $D(x)$", xticks=(-2, 0, 2), yticks=(0, 0.5, 1))
    left.set_title("Data $N(0, 1)$, model with two modes")
    degrees = np.arange(7)
    for model, colour, text, place in (
        (Normal(1, 1), "C0", "$N(1, 1)$", (3, -1.148)),
        (Normal(0, 2), "C2", "$N(0, 2^2)$", (3, -1.22)),
        (TWO_MODES, "C3", "two modes", (1, -1.36)),
    ):
        right.plot(degrees, [float(fitted(model, int(k))) for k in degrees], "o-", color=colour)
        right.axhline(float(virtual_training_criterion(DATA, model)), color=colour, linestyle="--")
        right.annotate(text, place, color=colour)
    right.set(xlabel="degree of the logit", ylabel="best value $V$, nats", xticks=(0, 1, 2, 4, 6))
    right.set(
        ylim=(-1.4, -1.12),
        yticks=(-np.log(4), -1.3, -1.2),
        title="What a model is, as the class sees it",
    )
