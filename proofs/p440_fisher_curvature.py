r"""Next to the data every criterion is a multiple of the Fisher information: half of it for a GAN.

Statement
---------
Let $p_\theta$ be a smooth family with the data $p$ at $\theta^*$, and let $I$ be its Fisher information
there, $I_{ij} = \int \partial_i p_\theta \, \partial_j p_\theta / p \,\mathrm{d}x$. Then

$$\mathrm{JSD}(p, p_{\theta^* + d}) = \tfrac18\, d^\top I\, d + o(\lVert d \rVert^2), \quad
  \nabla^2 C(\theta^*) = \tfrac12 I,$$

the same $\tfrac12 I$ for the divergence $2\,\mathrm{KL}(m \,\|\, p)$ of the non-saturating loss, with
$m = \tfrac12 (p + p_\theta)$, and $I$ for $\mathrm{KL}(p \,\|\, p_\theta)$: maximum likelihood has twice
the curvature. The bounds behind this need no family: if $\lvert q/p - 1 \rvert \le \eta < 1$ and
$\chi^2 = \int (q - p)^2/p \,\mathrm{d}x$, then

$$\frac{\chi^2}{4 (1 + \eta)(2 + \eta)} \le \mathrm{JSD}(p, q)
  \le \frac{\chi^2}{4 (1 - \eta)(2 - \eta)}.$$

Where the support moves with $\theta$ there is no such expansion: for $U[0, 1]$ and $U[\theta, 1 +
\theta]$, $\mathrm{JSD} = \theta \log 2$.

Assumes   Derivatives up to the second may be taken under the integral; one support for all $\theta$.
Source    [@csiszar2004, Theorem 4.1] for $f$-divergences; the bounds are derived here.
"""

from fractions import Fraction

import numpy as np
import sympy as sp

from gantheory import certified
from gantheory.densities import Cauchy, Discrete, Exponential, Laplace, Normal, Uniform
from gantheory.divergences import js_divergence, kl_divergence
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, converges, equal, rate

theorem = Theorem(
    label="fisher-curvature",
    title=r"$\nabla^2 C = \tfrac12 I$ where the model is the data: half the Fisher information",
    uses=("ns-divergence",),
    covers=("fisher-curvature",),
)

u, p = sp.symbols("u p", positive=True)  # the ratio q/p, and p, at one point
v, w, k = sp.symbols("v w k", real=True)  # derivatives of q by two parameters, and by both
a, b, x, mu, c = sp.symbols("a b x mu c", real=True)  # parameters, a point, a mean, a shift
s = sp.Symbol("s", positive=True)  # a width
HALF = sp.Rational(1, 2)
CRITERIA = {  # f with the integrand p f(q/p); f'(1) and f''(1)
    "2 JSD": (sp.log(2 / (1 + u)) + u * sp.log(2 * u / (1 + u)), 0, HALF),
    "2 KL(m‖p)": ((1 + u) * sp.log((1 + u) / 2), 1, HALF),
    "KL(p‖q)": (-sp.log(u), -1, 1),
}
STANDARD = sp.exp(-(b**2) / 2) / sp.sqrt(2 * sp.pi)  # of b = (x - μ)/s
LOG_DENSITY = -((x - mu) ** 2) / (2 * s**2) - sp.log(s)  # but for a constant


def derive():
    r"""Two derivatives of $p f(q/p)$, by two parameters, at $q = p$.

    Let $v$ and $w$ be the derivatives of the density by two parameters, and $k$ the mixed one. Then
    $\partial_i \partial_j\, p f(q/p) = f''(1)\, v w/p + f'(1)\, k$, and the integral of $k$ is 0, as the
    mass stays 1. So a criterion enters by the number $f''(1)$ alone.

    For the bounds write $f(u) = \int_1^u (u - t) f''(t) \,\mathrm{d}t$ for $2\,\mathrm{JSD}$. There
    $f''(u) = \frac{1}{u (1 + u)}$ falls, so that $f(u)$ lies between $\tfrac12 (u - 1)^2$ times the
    values of $f''$ at $1 \pm \eta$. Multiply by $p$ and integrate.

    Of $\mathcal{N}(\mu, s^2)$ the information is $1/s^2$ for the mean and $2/s^2$ for the width, and
    nothing for both together. Of a Cauchy density it is $\tfrac12$ for the centre, and JSD has a closed
    form from which its eighth can be seen.
    """
    for name, (f, first, bend) in CRITERIA.items():
        moved = p * f.subs(u, (p + v * a + w * b + k * a * b) / p)
        mixed = sp.Subs(sp.Derivative(moved, a, b), (a, b), (0, 0))
        label = "fisher-curvature" if name == "2 JSD" else None
        yield equal(f"{name}: two derivatives", mixed, bend * v * w / p + first * k, label=label)
    f = CRITERIA["2 JSD"][0]
    yield equal("f'' of 2 JSD", sp.Derivative(f, (u, 2)), 1 / (u * (1 + u)))
    yield equal("f' of 2 JSD, which is 0 at 1", sp.Derivative(f, u), sp.log(2 * u / (1 + u)))
    yield equal("f of 2 JSD at 1", sp.Limit(f, u, 1, "+"), 0)
    fall = -1 / u**2 + 1 / (1 + u) ** 2
    yield equal("the slope of f''", sp.Derivative(1 / (u * (1 + u)), u), fall)
    yield at_most("it is not positive", fall, 0)
    scores = {mu: b / s, s: (b**2 - 1) / s}
    for one, score in scores.items():
        slope = sp.Subs(sp.Derivative(LOG_DENSITY, one), x, mu + s * b)
        yield equal(f"the score of {one} at {mu} + {s}·{b}", slope, score)
    for one, other, entry in ((mu, mu, 1), (s, s, 2), (mu, s, 0)):
        product = sp.expand(s**2 * scores[one] * scores[other])
        found = sp.Integral(product * STANDARD, (b, -sp.oo, sp.oo))
        yield equal(f"the information on {one} and {other}, times s²", 1 + found, 1 + entry)
    root = sp.sqrt(c**2 + 4)
    closed = sp.log(2 * root / (root + 2))
    yield equal("Cauchy: JSD/c², c → 0", sp.Limit(closed / c**2, c, 0, "+"), HALF / 8)


def certify():
    r"""$8\,\mathrm{JSD}/(d^2 I)$ in balls, at two distances, for five families.

    The mean of a normal density, its width, the centre of a Cauchy and of a Laplace density, and the
    rate of an exponential one. The quotient differs from 1 by less than $d/2$. The Laplace density has
    a corner, which does no harm: its information is 1.
    """
    for name, (data, model, information) in FAMILIES.items():
        for d in (Fraction(1, 10), Fraction(1, 1000)):
            found = certified.js_divergence(data, model(d), digits=15) * 8 / (d**2 * information)
            yield at_most(f"{name}, d = {d}: from above", found, 1 + d)
            yield at_least(f"{name}, d = {d}: from below", found, 1 - d)


def check():
    r"""A path that moves mean and width together, and one whose support moves.

    The model is $\mathcal{N}(3h, (1 + 4h)^2)$: the direction $d = (3, 4)$ has $d^\top I d = 9 + 32$. As
    $h$ falls, $\mathrm{JSD}/h^2$ tends to $\tfrac{41}{8}$, $\mathrm{KL}/h^2$ to $\tfrac{41}{2}$, and
    $2\,\mathrm{KL}(m \,\|\, p)/h^2$, which is $(\mathrm{KL}(q \,\|\, p) - 2\,\mathrm{JSD})/h^2$, to
    $\tfrac{41}{4}$. For uniform densities the exponent is 1.
    """
    sizes = [2.0**-n for n in range(6, 21, 2)]
    found, forth, back = along(sizes)
    near = {"tolerance": 1e-5}
    yield converges("JSD/h²", found, sp.Rational(41, 8), **near)
    yield converges("KL(p‖q)/h²", forth, sp.Rational(41, 2), **near)
    yield converges("2 KL(m‖p)/h²", back - 2 * found, sp.Rational(41, 4), **near)
    yield equal("Cauchy: the closed form", js_divergence(Cauchy(0, 1), Cauchy(1, 1)), CAUCHY_AT_1)
    steps = [Fraction(1, 2**n) for n in range(3, 7)]
    moved = [js_divergence(Uniform(0, 1), Uniform(step, 1 + step)) for step in steps]
    yield rate("uniform: JSD is linear", [float(step) for step in steps], moved, 1)


def search(seed):
    r"""Distributions on five points, and one nearby, within $\eta \le \tfrac12$.

    $\mathrm{JSD}$, in balls, outside of the two multiples of $\chi^2$ would refute the bounds.
    """
    rows = strategies.markov_kernels(2, 5)
    yield survives("JSD by χ²", between, rows, seed=seed, examples=120)


def refute():
    r"""Five mistakes.

    The curvature of $C$ is not that of maximum likelihood; and that of JSD, with its halves, is a
    quarter of $I$, not half. The information on the width of a normal density is not that on its mean.
    The bounds need $\eta$: $\tfrac18 \chi^2$ alone is no bound. And an expansion to second order needs a
    support that stays: $\mathrm{JSD}$ of uniform densities is not quadratic.
    """
    f, likelihood = CRITERIA["2 JSD"][0], CRITERIA["KL(p‖q)"][0]
    bends = [sp.Subs(sp.Derivative(one, (u, 2)), u, 1) for one in (f, likelihood)]
    yield equal("one curvature for both", *bends)
    yield equal("half of I for JSD", bends[0] / 2, HALF)
    width = sp.Integral(sp.expand((b**2 - 1) ** 2) * STANDARD, (b, -sp.oo, sp.oo))
    yield equal("1/s² for the width", width / s**2, 1 / s**2)
    near = certified.js_divergence(*PAIR, digits=15)
    yield at_most("JSD ≤ χ²/8", near, certified.neyman_chi2(*PAIR, digits=15) / 8)
    steps = [Fraction(1, 2**n) for n in range(3, 7)]
    moved = [js_divergence(Uniform(0, 1), Uniform(step, 1 + step)) for step in steps]
    yield rate("uniform: quadratic", [float(step) for step in steps], moved, 2)


def figure():
    r"""Left: three criteria for $\mathcal{N}(\mu, 1)$ and the data $\mathcal{N}(0, 1)$.

    Two of them share the parabola $\tfrac14 \mu^2$ at the minimum; that of maximum likelihood is twice
    as steep. Right: JSD by the shift, on logarithmic axes. Three families have the slope 2, and the one
    whose support moves has the slope 1.
    """
    from matplotlib import pyplot as plt

    from gantheory.figures import label_lines

    fig, axes = plt.subplots(1, 2, figsize=(9.0, 3.8))
    two_panels(*axes, label_lines)
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

PAIR = Discrete(("1/10", "9/10")), Discrete(("1/20", "19/20"))
CAUCHY_AT_1 = sp.log(2 * sp.sqrt(5) / (sp.sqrt(5) + 2))
FAMILIES = {  # data, model at the distance d, information
    "normal, mean": (Normal(0, 1), lambda d: Normal(d, 1), 1),
    "normal, width": (Normal(0, 1), lambda d: Normal(0, 1 + d), 2),
    "Cauchy, centre": (Cauchy(0, 1), lambda d: Cauchy(d, 1), HALF),
    "Laplace, centre": (Laplace(0, 1), lambda d: Laplace(d, 1), 1),
    "exponential, rate": (Exponential(1), lambda d: Exponential(1 + d), 1),
}


def along(sizes):
    """JSD/h², KL(p‖q)/h² and KL(q‖p)/h² for q = N(3h, (1 + 4h)²), each a batch."""
    h = np.array(sizes)
    data, model = Normal(0, 1), Normal(3 * h, 1 + 4 * h)
    kl = kl_divergence(data, model), kl_divergence(model, data)
    return [one / h**2 for one in (js_divergence(data, model), *kl)]


def between(rows):
    """The two bounds, for weights of at least 1/100 and changes of at most a half."""
    weights = [Fraction(float(one)) + Fraction(1, 100) for one in rows[0]]
    data = [one / sum(weights) for one in weights]
    change = [Fraction(float(one)) + Fraction(k, 50) for k, one in enumerate(rows[1])]
    mean = sum(one * other for one, other in zip(data, change, strict=True))
    model = [one * (1 + (other - mean) / 2) for one, other in zip(data, change, strict=True)]
    eta = max(abs(other - mean) / 2 for other in change)
    chi2 = sum((q - p) ** 2 / p for p, q in zip(data, model, strict=True))
    found = certified.js_divergence(Discrete(data), Discrete(model), digits=20)
    low, high = chi2 / (4 * (1 + eta) * (2 + eta)), chi2 / (4 * (1 - eta) * (2 - eta))
    return at_least("between the bounds", (found - low) * (high - found), 0)


def two_panels(left, right, label_lines):
    """Draw three criteria over the mean, and JSD of four families over the shift."""
    at = np.linspace(-1.6, 1.6, 81)
    data, model = Normal(0, 1), Normal(at, 1)
    jsd = 2 * js_divergence(data, model).value
    left.plot(at, at**2 / 2, color="C1", label=r"$\mathrm{KL}$")
    left.plot(at, at**2 / 2 - jsd, color="C2", label=r"$2\,\mathrm{KL}(m\,\|\,p)$")
    left.plot(at, at**2 / 4, color="C5", linestyle="--", zorder=1, label=r"$\mu^2/4$")
    left.plot(at, jsd, color="C0", label=r"$2\,\mathrm{JSD}$")
    label_lines(left)
    left.set(title="Three criteria", xlabel=r"mean $\mu$ of the model", xticks=(-1, 0, 1))
    left.set(ylabel="criterion, nats", yticks=(0, 0.5, 1), ylim=(0, 1.35))
    shifts = np.geomspace(0.01, 1, 40)
    right.loglog(shifts, shifts * np.log(2), color="C3")
    for color, kind in (("C0", Normal), ("C2", Cauchy)):
        right.loglog(shifts, js_divergence(kind(0, 1), kind(shifts, 1)).value, color=color)
    right.text(0.03, 0.06, "uniform", color="C3")
    right.text(0.05, 0.0013, "normal", color="C0")
    right.text(0.2, 0.0006, "Cauchy", color="C2")
    right.set(title="JSD by the shift", xlabel="shift", ylabel=r"$\mathrm{JSD}$, nats")
