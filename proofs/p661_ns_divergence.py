r"""Against $D^*$ the two generator losses follow two divergences, equal to second order at $q = p$.

Statement
---------
With $m = (p + q)/2$ and $D = D^*$, the minimax generator descends $2\,\mathrm{JSD}(p, q)$ and
the non-saturating one
$2\,\mathrm{KL}(m \,\|\, p) = \mathrm{KL}(q \,\|\, p) - 2\,\mathrm{JSD}(p, q)$. Both are
integrals of the ratio $u = q/p$,

$$ \begin{aligned}
   2\,\mathrm{JSD}(p, q) &= \int p \, f(q/p) \,\mathrm{d}x, &
   f(u) &= \log \frac{2}{1 + u} + u \log \frac{2 u}{1 + u}, \\
   2\,\mathrm{KL}(m \,\|\, p) &= \int p \, g(q/p) \,\mathrm{d}x, &
   g(u) &= (1 + u) \log \frac{1 + u}{2}, \end{aligned} $$

and $f''(1) = g''(1) = 1/2$: in a smooth family through $p$ both have half of the Fisher
information as their second derivative at $p$. Further out they differ, $f'''(1) = -3/4$ and
$g'''(1) = -1/4$. In the example of `check` two paths that start at distance $d$ from $p$ are of
order $d^2$ apart after time 1. And in a family that does not contain $p$ the two may rank the
models differently: the same fixed point, but not the same dynamics.

Assumes   $D = D^*$ at each time; for the Fisher information, a smooth family with $p$ in it.
Source    [@shannon2020] for the divergence; [@goodfellow2014, Section 3] for the two losses.
"""

from fractions import Fraction

import numpy as np
import sympy as sp

from gantheory import certified
from gantheory.densities import Discrete, Mixture, Normal
from gantheory.divergences import js_divergence, kl_divergence
from gantheory.estimates import total
from gantheory.evidence import in_norm, summed
from gantheory.losses import MINIMAX, NON_SATURATING
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, equal, rate

theorem = Theorem(
    label="ns-divergence",
    title=r"Two losses, two divergences: $2\,\mathrm{JSD}(p, q)$ and $2\,\mathrm{KL}(m \,\|\, p)$",
    uses=("ns-same-fixed-point",),
    covers=("same-fixed-point",),
    errata=(
        r"[@roysdon] and [@nipsnotes] say that both losses have the same fixed point, and stop there: "
        r"they follow different divergences, which may rank models differently.",
    ),
)

p, q, u = sp.symbols("p q u", positive=True)  # densities at a point; their ratio q/p
v, w, t = sp.symbols("v w t", real=True)  # q = p + v t + w t^2 at a point
f = sp.Lambda(u, sp.log(2 / (1 + u)) + u * sp.log(2 * u / (1 + u)))
g = sp.Lambda(u, (1 + u) * sp.log((1 + u) / 2))


def at_1(function, order):
    """The derivative of that order at u = 1."""
    return sp.Subs(sp.Derivative(function(u), (u, order)), u, 1)


def derive():
    r"""The formulas hold point by point: put $m = (p + q)/2$ into the integrands.

    With $D$ held still at $D^*$, the two losses of the generator have the slopes
    $\log(1 - D^*)$ and $-\log D^*$ in $q$. They are the derivatives of $p f(q/p)$ and
    $p g(q/p)$ by $q$, up to constants, which do not count, since $\int q = 1$.
    """
    m, best = (p + q) / 2, p / (p + q)
    twice_jsd = p * sp.log(p / m) + q * sp.log(q / m)
    twice_kl = 2 * m * sp.log(m / p)
    yield equal("2 JSD at a point", p * f(q / p), twice_jsd)
    yield equal("2 KL(m‖p) at a point", p * g(q / p), twice_kl)
    yield equal("2 KL(m‖p) = KL(q‖p) - 2 JSD", twice_kl, q * sp.log(q / p) - twice_jsd)
    yield equal("the minimax slope", sp.Derivative(twice_jsd, q), sp.log(1 - best) + sp.log(2))
    slope = -sp.log(best) + 1 - sp.log(2)
    yield equal(
        "the non-saturating slope", sp.Derivative(twice_kl, q), slope, label="ns-divergence"
    )

    # The second derivatives are 1/(u (1 + u)) and 1/(1 + u), equal at u = 1; the third are not.
    # In a family q = p + v t + w t^2 + ... through p, with v = dq/dt, the second derivative by
    # t is v^2/(2 p) at each point, up to a multiple of w, whose integral is 0. The integral of
    # v^2/p is the Fisher information.
    yield equal("f'' everywhere", sp.Derivative(f(u), (u, 2)), 1 / (u * (1 + u)))
    yield equal("g'' everywhere", sp.Derivative(g(u), (u, 2)), 1 / (1 + u))
    for name, function, first, third in (("f", f, 0, -3), ("g", g, 1, -1)):
        yield equal(f"{name}''(1)", at_1(function, 2), sp.Rational(1, 2))
        yield equal(f"{name}'''(1)", at_1(function, 3), sp.Rational(third, 4))
        family = p * function((p + v * t + w * t**2) / p)
        second = sp.Subs(sp.Derivative(family, (t, 2)), t, 0)
        yield equal(f"{name}: a family through p", second, v**2 / (2 * p) + 2 * first * w)


def certify():
    r"""A family without $p$, and the strength of the gradients, enclosed by balls.

    The data have two components, $0.7\,\mathcal{N}(-2, 0.7^2) + 0.3\,\mathcal{N}(2, 0.7^2)$,
    and the model has one. Of two models, found by descending either divergence, the first has
    the smaller JSD and the second the smaller $\mathrm{KL}(m \,\|\, p)$. For
    $\mathcal{N}(\mu, 1)$ against $\mathcal{N}(0, 1)$ the gradients by $\mu$ are
    $\mu \, \mathbb{E}_q[D^*]$ and $\mu \, \mathbb{E}_q[1 - D^*]$, and the second is the larger
    one for three values of $\mu$.
    """
    jsd = [certified.js_divergence(TWO_COMPONENTS, model, digits=10) for model in (FOR_JSD, FOR_KL)]
    yield at_least("the first has the smaller JSD", jsd[1], jsd[0] + Fraction(1, 10**5))
    kl = [twice_kl_of(model) for model in (FOR_JSD, FOR_KL)]
    yield at_least("the second has the smaller KL(m‖p)", kl[0], kl[1] + Fraction(1, 10**4))
    for mean in ("1/2", "1", "4"):
        minimax, other = means_of_weights(mean)
        yield at_least(f"E[1 - D*] exceeds E[D*] at μ = {mean}", other, minimax + Fraction(1, 50))


def check():
    r"""Two descents on three points, data $(0.2, 0.3, 0.5)$, that start together.

    Both start at distance proportional to $d = 1/16, \dots, 1/256$ from the data and move for
    time 1 along the coded losses at $D^*$, by the Runge-Kutta method of fourth order. While
    each end is at a distance of order $d$ from the data, the two ends are at a distance of
    order $d^2$.
    """
    distances = [2.0**-k for k in range(4, 9)]
    yield rate("the paths part", distances, [apart_at(distance) for distance in distances], 2)
    yield rate("each path", distances, [left_at(distance) for distance in distances], 1)


def search(seed):
    r"""Pairs of distributions on three points, moved inside so that no weight is 0.

    A pair refutes the identity if $\mathrm{KL}(q \,\|\, p) - 2\,\mathrm{JSD}(p, q)$, from the
    package's divergences, differs from $2\,\mathrm{KL}(m \,\|\, p)$, summed on its own.
    """
    one = strategies.simplices(3)
    pairs = one.flatmap(lambda first: one.map(lambda second: (first, second)))
    yield survives("the two sums", sums_agree, pairs, seed=seed, examples=110)


def refute():
    r"""Five ways in which one would like the two to agree.

    They agree to second order at $p$, but not to third, and so the paths part by order $d^2$
    and not $d^3$. The second derivative is half of that of KL, not all of it. A model that is
    better for JSD need not be better for $\mathrm{KL}(m \,\|\, p)$. And the slopes
    $\log(1 - D^*)$ and $-\log D^*$ in $q$ do not differ by a constant.
    """
    yield equal("f'''(1) = g'''(1)", at_1(f, 3), at_1(g, 3))
    yield equal("f''(1) = 1, as for KL", at_1(f, 2), 1)
    kl = [twice_kl_of(model) for model in (FOR_JSD, FOR_KL)]
    yield at_least("the better model is better for both", kl[1], kl[0], label="same-fixed-point")
    minimax, other = sp.log(q / (p + q)), -sp.log(p / (p + q))
    yield equal("equal slopes", sp.Derivative(minimax, q), sp.Derivative(other, q))
    distances = [2.0**-k for k in range(4, 9)]
    yield rate("paths part by d³", distances, [apart_at(distance) for distance in distances], 3)


def figure():
    r"""Both integrands over $p$, as functions of $u = q/p$, less their tangents at $u = 1$.

    Near $u = 1$ both lie on the parabola. To the right, where the model has too much mass, the
    non-saturating one is the steeper; to the left it is the flatter.
    """
    from matplotlib import pyplot as plt

    from gantheory.figures import label_lines

    ratio = np.linspace(0.001, 3.2, 400)
    fig, axes = plt.subplots()
    jsd = np.log(2 / (1 + ratio)) + ratio * np.log(2 * ratio / (1 + ratio))
    reverse = (1 + ratio) * np.log((1 + ratio) / 2) - (ratio - 1)
    axes.plot(ratio, jsd, color="C1", label="minimax:\n" r"$2\,\mathrm{JSD}$")
    axes.plot(ratio, reverse, label="non-saturating:\n" r"$2\,\mathrm{KL}(m\,\|\,p)$")
    axes.plot(ratio, (ratio - 1) ** 2 / 4, "C5--", zorder=1, label="$(u-1)^2/4$")
    label_lines(axes)
    axes.plot([1], [0], "o", color="C4")
    axes.annotate("$q=p$: one minimum,\none curvature", (1.05, -0.05), va="top")
    axes.set(title="What a point adds to the two divergences", xlim=(0, 3.2), ylim=(-0.4, 1.3))
    axes.set(xlabel="ratio $u=q/p$", ylabel="integrand, less its tangent")
    axes.set(xticks=range(4), yticks=(0, 0.5, 1))
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

TWO_COMPONENTS = Mixture((Normal(-2, "0.7"), Normal(2, "0.7")), ("0.7", "0.3"))
FOR_JSD, FOR_KL = Normal("-1.98248", "0.72716"), Normal("-1.99351", "0.70897")
DATA = np.array([0.2, 0.3, 0.5])


def twice_kl_of(model):
    r"""$\mathrm{KL}(q \,\|\, p) - 2\,\mathrm{JSD}(p, q)$ for data with two components, as a ball."""
    jsd = certified.js_divergence(TWO_COMPONENTS, model, digits=10)
    return certified.kl_divergence(model, TWO_COMPONENTS, digits=10) - 2 * jsd


def means_of_weights(mean):
    r"""$\mathbb{E}_q[D^*]$ and $\mathbb{E}_q[1 - D^*]$ for N(0, 1) and N(mean, 1), as balls."""
    pair = Normal(0, 1), Normal(mean, 1)
    forms = p * q / (p + q), q * q / (p + q)
    return [certified.integral(form, *pair, bound=(0, 1), digits=12) for form in forms]


def force_at(model, game):
    """Minus the slope of the game's divergence in q, at the logit log p - log q of D*.

    Its mean over the three points is subtracted, so that the weights of q still add up to 1.
    """
    push = -game.g_loss((np.log(DATA) - np.log(model))[:, None])
    return push - push.mean()


@in_norm
def descended(distance, game, steps=100):
    """Where q is after time 1, by the Runge-Kutta method of fourth order."""
    model, h = DATA + distance * np.array([0.5, -0.3, -0.2]), 1 / steps
    for _ in range(steps):
        first = force_at(model, game)
        second = force_at(model + h / 2 * first, game)
        third = force_at(model + h / 2 * second, game)
        fourth = force_at(model + h * third, game)
        model = model + h / 6 * (first + 2 * second + 2 * third + fourth)
    return model


def apart_at(distance):
    """The distance of the ends of the two paths, which start at the same point."""
    return length_of(descended(distance, MINIMAX) - descended(distance, NON_SATURATING))


def left_at(distance):
    """The distance of the end of the non-saturating path from the data."""
    return length_of(descended(distance, NON_SATURATING) - DATA)


def length_of(vector):
    """The Euclidean length of three Estimates."""
    return total(vector[k] * vector[k] for k in range(3)).sqrt()


def sums_agree(example):
    """Return that KL(q‖p) - 2 JSD is the sum of 2 KL(m‖p)."""
    first, second = example[0] + 0.01, example[1] + 0.02 * np.arange(3) + 0.01
    data, model = Discrete(first / first.sum()), Discrete(second / second.sum())
    found = kl_divergence(model, data) - 2 * js_divergence(data, model)
    return equal("2 KL(m‖p)", found, from_mean(data.weights, model.weights))


@summed
def from_mean(real, fake):
    """The terms (p + q) log(1 + (q - p)/(2 p))."""
    return (real + fake) * np.log1p((fake - real) / (2 * real))
