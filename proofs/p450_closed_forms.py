r"""Divergences in closed form, for normal, Cauchy, Laplace, uniform and exponential densities.

Statement
---------
Let $s$ be the standard deviation or scale of $p$, $t$ that of $q$, $d$ the distance of their centres.

- Normal: $\mathrm{KL}(p \,\|\, q) = \log\frac ts + \frac{s^2 + d^2}{2 t^2} - \tfrac12$ and
  $\int \sqrt{p q} = \sqrt{\frac{2 s t}{s^2 + t^2}} \, e^{-d^2/(4 (s^2 + t^2))}$; if $s = t$,
  $\mathrm{TV} = \mathrm{erf}\bigl(\frac{d}{2 \sqrt2 s}\bigr)$.
- Cauchy, with $R^2 = d^2 + (s + t)^2$: $\mathrm{KL}(p \,\|\, q) = \mathrm{KL}(q \,\|\, p) =
  \log\frac{R^2}{4 s t}$ and $\mathrm{JSD} = \log\frac{2 R}{R + 2 \sqrt{s t}}$.
- Laplace with $s = t$, $c = e^{-d/(2 s)}$: $\mathrm{TV} = 1 - c$ and
  $\mathrm{JSD} = \log\frac{2}{1 + c^2} - c\,(\arctan\frac1c - \arctan c)$.
- Uniform on $[0, 1]$ and $[a, 1 + a]$: $\mathrm{JSD} = \min(\lvert a \rvert, 1) \log 2$. On $[0, 1]$
  and $[0, w]$, $w \ge 1$: $\mathrm{JSD} = \log 2 - \frac{w + 1}{2 w} \log(w + 1) + \tfrac12 \log w$.
- Exponential of rates 1 and 2: $\mathrm{JSD} = \tfrac14 (6 \log 2 - \tfrac92 \log 3 + 1)$, and the
  same for the symmetric triangle and the uniform density on $[0, 1]$.

Assumes   The densities named. For the JSD of two normals no elementary form is known.
Source    [@chyzak2019] for the KL of two Cauchy densities; all are derived anew.
"""

import numpy as np
import sympy as sp

from gantheory import certified
from gantheory.densities import Cauchy, Exponential, Laplace, Normal, Triangular, Uniform
from gantheory.divergences import js_divergence
from gantheory.evidence import pointwise
from gantheory.game import optimal_discriminator, value_function
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, equal

theorem = Theorem(
    label="closed-forms",
    title=r"Closed forms: KL, JSD, TV of normal, Cauchy, Laplace and uniform densities",
    covers=("closed-forms",),
)

# s, t, d: scales and distance; c, w, u: a number in (0, 1), a width, and a variable
s, t, c, w, u = sp.symbols("s t c w u", positive=True)
d, x, y, z = sp.symbols("d x y z", real=True)
log, exp, sqrt, atan = sp.log, sp.exp, sp.sqrt, sp.atan
R, ROOT = sqrt(d**2 + (s + t) ** 2), sqrt(s * t)
NORMAL_KL = log(t / s) + (s**2 + d**2) / (2 * t**2) - sp.Rational(1, 2)
NORMAL_BC = sqrt(2 * s * t / (s**2 + t**2)) * exp(-(d**2) / (4 * (s**2 + t**2)))
NORMAL_TV = sp.erf(d / (2 * sqrt(2) * s))
CAUCHY_KL, CAUCHY_JSD = log(R**2 / (4 * s * t)), log(2 * R / (R + 2 * ROOT))
LAPLACE_JSD = log(2 / (1 + c**2)) - c * (atan(1 / c) - atan(c))
WIDE_JSD = log(2) - (w + 1) / (2 * w) * log(w + 1) + log(w) / 2
ONE_TWO = (6 * log(2) - sp.Rational(9, 2) * log(3) + 1) / 4


def derive():
    r"""Family by family, each with its trick.

    Normal. With $x = s z$ the log ratio is KL plus multiples of $z$ and $z^2 - 1$, which have mean 0
    under $p$. And $\sqrt{p q}$ is a constant times the density of a third normal distribution. For $s =
    t$ the densities cross half way: TV is the mass of $p$ within $\tfrac d2$ of its centre, and grows
    with $d$ at the rate of the density there.

    Cauchy. The mean of a harmonic function of the upper half plane, over the line with the density of
    scale $s$ at $0$, is its value at $(0, s)$. The function $\log((x - d)^2 + (y + t)^2)$ is harmonic;
    so the mean of $\log((x - d)^2 + t^2)$ is $\log R^2$, and KL follows. The sum of two Cauchy
    densities has one quadratic polynomial in its numerator, of the centre $\frac{s d}{s + t}$ and the
    half width $\frac{\sqrt{s t} R}{s + t}$. So its logarithm has such means too; both halves of JSD are
    equal.

    Laplace. Both halves are equal by reflection. Outside of the centres the ratio is $c^{\pm 2}$;
    between them $y = e^x c$ makes the integrand rational but for one logarithm.

    Uniform densities are constant on pieces. With $u = e^{-x}$ the exponential ones become 1 and $2 u$
    on $[0, 1]$; so do the uniform density and each half of the triangle.
    """
    ratio = log(t / s) - z**2 / 2 + (s * z - d) ** 2 / (2 * t**2)
    rest = (s**2 / t**2 - 1) * (z**2 - 1) / 2 - s * d * z / t**2
    yield equal("normal: KL", ratio, NORMAL_KL + rest)
    both = log_normal(0, s**2) / 2 + log_normal(d, t**2) / 2
    third = log_normal(d * s**2 / (s**2 + t**2), 2 * s**2 * t**2 / (s**2 + t**2))
    yield equal("normal: √(p q)", both, log(NORMAL_BC) + third)
    middle = exp(log_normal(0, s**2)).subs(x, d / 2)
    yield equal("normal: TV grows", sp.Derivative(NORMAL_TV, d), middle)
    yield equal("normal: TV at 0", sp.Limit(NORMAL_TV, d, 0, "+-"), 0)
    kernel = log((x - d) ** 2 + (y + t) ** 2)
    laplacian = sp.Derivative(kernel, (x, 2)) + sp.Derivative(kernel, (y, 2))
    yield equal("Cauchy: harmonic", laplacian, 0, where={y: (0, sp.oo)})
    means = log(s / t) + log(R**2) - log((2 * s) ** 2)
    yield equal("Cauchy: KL", means, CAUCHY_KL, label="closed-forms")
    centre, half = s * d / (s + t), ROOT * R / (s + t)
    bottom = (x**2 + s**2) * ((x - d) ** 2 + t**2)
    total = s / (x**2 + s**2) + t / ((x - d) ** 2 + t**2)
    yield equal("Cauchy: the sum", total, (s + t) * ((x - centre) ** 2 + half**2) / bottom)
    for name, scale, off in (("first", s, centre), ("second", t, d - centre)):
        mean = off**2 + (scale + half) ** 2
        found = log(2 * scale / (s + t)) + log(R**2) - log(mean)
        yield equal(f"Cauchy: {name} half", sp.exp(found), 2 * R / (R + 2 * ROOT))
    primitive = (log(1 + u**2) - log(2)) / u - 2 * atan(u)
    yield equal("Laplace: primitive", sp.Derivative(primitive, u), log(2 / (1 + u**2)) / u**2)
    inside = c / 2 * (primitive.subs(u, 1 / c) - primitive.subs(u, c))
    outside = log(2 / (1 + c**2)) / 2 + c**2 / 2 * log(2 / (1 + c**-2))
    yield equal("Laplace: JSD", inside + outside, LAPLACE_JSD, where={c: (0, 1)})
    beyond = sp.Integral(exp(-x) / 2, (x, -log(c), sp.oo))
    yield equal("Laplace: TV", 1 - 2 * beyond, 1 - c, where={c: (0, 1)})
    alone, shared = (1 - 1 / w) * log(2), log(2 * w / (w + 1)) + log(2 / (w + 1)) / w
    yield equal("uniform, two widths", (shared + alone) / 2, WIDE_JSD)
    densities = log(2 / (1 + 2 * u)) + 2 * u * log(4 * u / (1 + 2 * u))
    yield equal("rates 1 and 2", sp.Integral(densities / 2, (u, 0, 1)), ONE_TWO)


def certify():
    r"""The formulas against integrals in balls, for parameters where nothing cancels.

    Two pairs of Cauchy densities, Laplace densities at the distance 1, uniform ones that overlap, that
    do not, and of two widths, exponential ones, and the triangle.
    """
    for name, (pair, closed) in PAIRS.items():
        yield equal(f"JSD, {name}", certified.js_divergence(*pair, digits=15), closed)
    pair, at = (Normal(0, 1), Normal(1, 2)), {s: 1, t: 2, d: 1}
    yield equal("KL, normal", certified.kl_divergence(*pair, digits=15), NORMAL_KL.subs(at))
    root = certified.bhattacharyya_coefficient(*pair, digits=15)
    yield equal("∫ √(p q), normal", root, NORMAL_BC.subs(at))
    pair, at = (Cauchy(0, 1), Cauchy(1, 3)), {s: 1, t: 3, d: 1}
    for text, one in (("KL, Cauchy", pair), ("KL, Cauchy, exchanged", pair[::-1])):
        yield equal(text, certified.kl_divergence(*one, digits=15), CAUCHY_KL.subs(at))
    shifted = certified.total_variation(Laplace(0, 1), Laplace(1, 1), digits=15)
    yield equal("TV, Laplace", shifted, 1 - exp(-sp.Rational(1, 2)))


def check():
    r"""JSD once more, from the value of the game: $V(D^*, G) = 2\,\mathrm{JSD} - \log 4$.

    $D^*$ is a function here, and $V$ two expectations, each by quadrature.
    """
    for name, (pair, closed) in PAIRS.items():
        value = value_function(*pair, optimal_discriminator(*pair))
        yield equal(f"V, {name}", value - 1, 2 * closed - 2 * log(2) - 1)


def search(seed):
    r"""Random scales and distances of two Cauchy densities, from $\tfrac1{10}$ to 5.

    The quadrature of JSD is compared with the formula, in floating point. A pair at which they differ
    would refute it.
    """
    rows = strategies.markov_kernels(3, 3)
    yield survives("JSD of Cauchy densities", cauchy_agrees, rows, seed=seed, examples=108)


def refute():
    r"""Six slips.

    The arithmetic in place of the geometric mean of the scales; the exponent of TV of Laplace densities
    without its half; the scales of two normals exchanged; $\int \sqrt{p q}$ without its root; the rule
    for shifted intervals applied to two widths; and JSD of shifted intervals growing beyond $\log 2$.
    """
    yield equal("Cauchy: s + t for 2 √(s t)", CAUCHY_JSD, log(2 * R / (R + s + t)))
    shifted = certified.total_variation(Laplace(0, 1), Laplace(1, 1), digits=15)
    yield equal("Laplace: 1 - e^-d", shifted, 1 - exp(-1))
    swapped = NORMAL_KL.subs({s: t, t: s}, simultaneous=True)
    yield equal("normal: s and t exchanged", NORMAL_KL, swapped)
    at = {s: 1, t: 2, d: 1}
    root = certified.bhattacharyya_coefficient(Normal(0, 1), Normal(1, 2), digits=15)
    yield equal("normal: no root", root, exp(-(d**2) / (4 * (s**2 + t**2))).subs(at))
    yield equal("widths as shifts", WIDE_JSD, (1 - 1 / w) * log(2), where={w: (1, sp.oo)})
    far = certified.js_divergence(Uniform(0, 1), Uniform(2, 3), digits=15)
    yield equal("JSD is |a| log 2", far, 2 * log(2))


def figure():
    r"""JSD against the distance of the centres, in units of the scale.

    Uniform densities of length 1 do not overlap from the distance 1 on. Cauchy densities with their
    heavy tails overlap the longest.
    """
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots()
    draw_distances(axes)
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

AT_1 = exp(-sp.Rational(1, 2))
PAIRS = {
    "Cauchy, shifted": ((Cauchy(0, 1), Cauchy(2, 1)), CAUCHY_JSD.subs({s: 1, t: 1, d: 2})),
    "Cauchy, wider": ((Cauchy(0, 1), Cauchy(1, 3)), CAUCHY_JSD.subs({s: 1, t: 3, d: 1})),
    "Laplace": ((Laplace(0, 1), Laplace(1, 1)), LAPLACE_JSD.subs(c, AT_1)),
    "uniform, overlapping": ((Uniform(0, 1), Uniform("1/4", "5/4")), log(2) / 4),
    "uniform, apart": ((Uniform(0, 1), Uniform(2, 3)), log(2)),
    "uniform, wider": ((Uniform(0, 1), Uniform(0, 3)), WIDE_JSD.subs(w, 3)),
    "rates 1 and 2": ((Exponential(1), Exponential(2)), ONE_TWO),
    "triangle": ((Triangular(0, "1/2", 1), Uniform(0, 1)), ONE_TWO),
}


def log_normal(mean, variance):
    """The logarithm of a normal density at x."""
    return -((x - mean) ** 2) / (2 * variance) - log(2 * sp.pi * variance) / 2


@pointwise
def cauchy_jsd(scale, other, distance):
    """log 2R/(R + 2 √(s t)), R² = l² + (s + t)²."""
    reach = np.sqrt(distance**2 + (scale + other) ** 2)
    return np.log(2 * reach / (reach + 2 * np.sqrt(scale * other)))


def cauchy_agrees(rows):
    """1 + JSD by quadrature and by the formula."""
    scale, other, distance = 0.1 + 4.9 * rows[:, 0]
    found = js_divergence(Cauchy(0, scale), Cauchy(distance, other))
    return equal("1 + JSD", 1 + found, 1 + cauchy_jsd(scale, other, distance))


def draw_distances(axes):
    """JSD of four families against the distance."""
    at = np.linspace(1e-6, 6, 300)
    reach, shrunk = np.sqrt(at**2 + 4), np.exp(-at / 2)
    axes.plot(at, np.minimum(at, 1) * np.log(2), "C1")
    axes.plot(at, np.log(2 / (1 + shrunk**2)) - shrunk * (np.pi / 2 - 2 * np.arctan(shrunk)), "C0")
    axes.plot(at, np.log(2 * reach / (reach + 2)), "C2")
    grid = np.linspace(-9, 15, 1201)
    ratio = at[:, None] * (grid - at[:, None] / 2)  # log q/p
    density = np.exp(-(grid**2) / 2) / np.sqrt(2 * np.pi)
    axes.plot(at, np.log(2) - np.sum(density * np.logaddexp(0, ratio), axis=1) * 0.02, "C3--")
    for name, place, color in (
        ("uniform", (1.1, 0.64), "C1"),
        ("normal", (2.2, 0.53), "C3"),
        ("Laplace", (4.0, 0.5), "C0"),
        ("Cauchy", (4.6, 0.36), "C2"),
    ):
        axes.annotate(name, place, color=color)
    axes.set(title="How fast densities part", xlim=(0, 6), ylim=(0, 0.75), xticks=(0, 1, 2, 4, 6))
    axes.set(xlabel="distance $d$ of the centres", ylabel=r"$\mathrm{JSD}$, nats")
    axes.set(yticks=(0, np.log(2)), yticklabels=("0", r"$\log\,2$"))
