r"""The table of f-GANs: for each divergence the best critic, the conjugate and the output activation.

Statement
---------
$D_f(p \,\|\, q) = \int q f(u) \,\mathrm{d}x$ with $u = p/q$ is the largest value of
$\mathbb{E}_{x \sim p}[T] - \mathbb{E}_{x \sim q}[f^*(T)]$. The best critic is $T^* = f'(u)$; a network
with output $w$ plays $T = g(w)$, and $g$ maps the line onto the interior of the domain of $f^*$.

- $\mathrm{KL}(p \,\|\, q)$: $f = u \log u$, $f' = 1 + \log u$, $f^*(t) = e^{t - 1}$, $g = w$.
- $\mathrm{KL}(q \,\|\, p)$: $-\log u$, $-1/u$, $-1 - \log(-t)$ for $t < 0$, $-e^w$.
- Their sum: $(u - 1) \log u$, $\log u + 1 - 1/u$, $f^*(t) = u - 1 + \log u$ at the $u$ of slope $t$.
- Pearson, $\int (p - q)^2/q$: $(u - 1)^2$, $2 (u - 1)$, $\tfrac14 t^2 + t$ or $-1$ for $t < -2$, $w$.
- Neyman, $\int (p - q)^2/p$: $(u - 1)^2/u$, $1 - 1/u^2$, $2 - 2 \sqrt{1 - t}$ for $t < 1$, $1 - e^w$.
- $\int (\sqrt p - \sqrt q)^2$: $(\sqrt u - 1)^2$, $1 - 1/\sqrt u$, $t/(1 - t)$ for $t < 1$, $1 - e^w$.
- $2\,\mathrm{JSD}$: $u \log u - (1 + u) \log\frac{1 + u}{2}$, $\log\frac{2u}{1 + u}$,
  $-\log(2 - e^t)$ for $t < \log 2$, $\log 2 - \log(1 + e^{-w})$.
- The GAN, $2\,\mathrm{JSD} - \log 4$: $u \log u - (1 + u) \log(1 + u)$, $\log\frac{u}{1 + u}$,
  $-\log(1 - e^t)$ for $t < 0$, $-\log(1 + e^{-w})$.
- $\alpha$, neither 0 nor 1: $\frac{u^\alpha - 1 - \alpha (u - 1)}{\alpha (\alpha - 1)}$,
  $\frac{u^{\alpha - 1} - 1}{\alpha - 1}$, $\frac{1}{\alpha} k^{\alpha/(\alpha - 1)} - \frac{1}{\alpha}$
  with $k = 1 + (\alpha - 1) t$; for $\alpha < 1$ only $k > 0$, for $\alpha > 1$ a $k < 0$ counts as 0.
- The total variation: $\tfrac12 \lvert u - 1 \rvert$, $\pm\tfrac12$, $f^*(t) = \max(t, -\tfrac12)$ for
  $t \le \tfrac12$, $\tfrac12 \tanh w$.

Where $p = 0 < q$ the largest value $q f(0)$ is attained iff $f'(0^+)$ is finite: by $T = -2$ and below
for Pearson, by $T \le -\tfrac{1}{\alpha - 1}$ for $\alpha > 1$. Otherwise it is approached.

Assumes   $f^*$ is the supremum over $u > 0$ alone, as densities are not negative.
Source    [@nowozin2016, Tables 1 and 2].
"""

import numpy as np
import sympy as sp

from gantheory import certified, divergences
from gantheory.densities import Normal
from gantheory.evidence import in_norm, pointwise
from gantheory.losses import f_gan
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, always, at_least, at_most, equal

theorem = Theorem(
    label="f-gan-table",
    title=r"Ten games: $f$, the best critic $f'(p/q)$, the conjugate $f^*$ and the output",
    uses=("f-gan-lower-bound",),
    covers=("f-gan-table", "its-f-is-of-2-jsd", "pearson-is-over-q", "alpha-has-its-order"),
    errata=(
        r"[@nowozin2016] print $\mathrm{JSD}$ beside an $f$ that gives $2\,\mathrm{JSD}$.",
        r"[@nowozin2016] print $\int (q - p)^2/p$ beside $(u - 1)^2$, and the reverse for Neyman: their "
        r"own $D_f = \int q f(p/q)$ gives $\int (p - q)^2/q$.",
        r"[@nowozin2016] print the $\alpha$-divergence with $p$ and $q$ exchanged.",
    ),
)

u, p, q = sp.symbols("u p q", positive=True)  # the ratio; the densities at one point
t, w, alpha = sp.symbols("t w alpha", real=True)  # the critic, the output of a network, the order
log, exp, sqrt = sp.log, sp.exp, sp.sqrt
POWER = (u**alpha - 1 - alpha * (u - 1)) / (alpha * (alpha - 1))
OF_POWER = ((1 + (alpha - 1) * t) ** (alpha / (alpha - 1)) - 1) / alpha  # its conjugate
JS = u * log(u) - (1 + u) * log((1 + u) / 2)
ROWS = {  # f, f', f*(t), g(w), and the ratio u at which the slope of f is g(w)
    "KL": (u * log(u), 1 + log(u), exp(t - 1), w, exp(w - 1)),
    "reverse KL": (-log(u), -1 / u, -1 - log(-t), -exp(w), exp(-w)),
    "Pearson": ((u - 1) ** 2, 2 * (u - 1), t**2 / 4 + t, w, 1 + w / 2),
    "Neyman": ((u - 1) ** 2 / u, 1 - 1 / u**2, 2 - 2 * sqrt(1 - t), 1 - exp(w), exp(-w / 2)),
    "2 H²": ((sqrt(u) - 1) ** 2, 1 - 1 / sqrt(u), t / (1 - t), 1 - exp(w), exp(-2 * w)),
    "2 JSD": (JS, log(2 * u / (1 + u)), -log(2 - exp(t)), log(2) - log(1 + exp(-w)), exp(w)),
    "GAN": (JS - (1 + u) * log(2), log(u / (1 + u)), -log(1 - exp(t)), -log(1 + exp(-w)), exp(w)),
}


def derive():
    r"""Row by row: the slope, its growth, the conjugate at the slope, and the output.

    For convex $f$ the number $u t - f(u)$ is greatest at the $u$ with $f'(u) = t$, so that
    $f^*(f'(u)) = u f'(u) - f(u)$. The slopes fill an interval, and $g$ covers it: for each output $w$
    there is a ratio with $f'(u) = g(w)$, which goes from 0 to $\infty$, or back, as $w$ runs through the
    line. Pearson's slopes end at $-2$, those for $\alpha > 1$ at $-\tfrac{1}{\alpha - 1}$: for smaller
    $t$ the maximum is at $u = 0$, and $f^*(t) = -f(0)$. So it is for TV below $-\tfrac12$.

    In the row of both KL $f^*$ is not elementary: $f'(u) = t$ means that $\tfrac1u e^{1/u} = e^{1 - t}$,
    and $1/u$ is Lambert's function of $e^{1 - t}$.
    """
    for name, (f, slope, conjugate, output, ratio) in ROWS.items():
        yield equal(f"{name}: the slope", sp.Derivative(f, u), slope)
        yield at_least(f"{name}: convex", sp.Derivative(slope, u), 0)
        young = conjugate.subs(t, slope)
        yield equal(f"{name}: the conjugate", young, u * slope - f, label=SLUGS.get(name))
        there = sp.Subs(sp.Derivative(f, u), u, ratio)
        yield equal(f"{name}: the output", there, output, where=ABOVE.get(name))
    both, slope = (u - 1) * log(u), log(u) + 1 - 1 / u
    yield equal("Jeffreys: the slope", sp.Derivative(both, u), slope)
    yield equal("Jeffreys: the conjugate", u * slope - both, u - 1 + log(u))
    yield equal("Jeffreys: Lambert", exp(1 / u) / u, exp(1 - sp.Derivative(both, u)))
    for low, high in ((-sp.oo, 0), (0, 1), (1, sp.oo)):
        where = {alpha: (low, high)}
        slope = (u ** (alpha - 1) - 1) / (alpha - 1)
        yield equal(f"α in ({low}, {high}): slope", sp.Derivative(POWER, u), slope, where=where)
        yield at_least(f"α in ({low}, {high}): convex", sp.Derivative(slope, u), 0, where=where)
        young = OF_POWER.subs(t, slope)
        yield equal(f"α in ({low}, {high}): conjugate", young, u * slope - POWER, where=where)
    for name, integrand in INTEGRANDS.items():
        yield equal(f"{name}: the integrand", at_point(name), integrand)
    steep = sp.And(r >= 0, s <= -2)
    yield always("Pearson: f* below -2", steep, r * s - (r - 1) ** 2 <= -1)
    attained = sp.Limit(ROWS["Pearson"][0], u, 0, "+")
    yield equal("Pearson: T = -2 attains f(0)", -ROWS["Pearson"][2].subs(t, -2), attained)
    within, below = sp.And(KINK, 2 * s >= -1, 2 * s <= 1), sp.And(KINK, 2 * s < -1)
    yield always("TV: f* from -1/2 to 1/2", within, r * s - half <= s)
    yield always("TV: f* below -1/2", below, r * s - half <= -sp.Rational(1, 2))


def certify():
    r"""Closed forms for normal densities, in balls.

    For $\mathcal{N}(0, 1)$ and $\mathcal{N}(1, 1)$ both $\chi^2$ are $e - 1$, twice $H^2$ is
    $2 - 2 e^{-1/8}$, and both KL add up to 1. For $\mathcal{N}(0, 1)$ and $\mathcal{N}(1, 2^2)$
    Pearson's is $\tfrac{4}{\sqrt 7} e^{1/7} - 1$. Neyman's is infinite there, and that tells them apart.
    """
    for name, (divergence, closed) in SHIFTED.items():
        yield equal(f"{name}, shifted", divergence(Normal(0, 1), Normal(1, 1), digits=12), closed)
    closed = 4 * exp(sp.Rational(1, 7)) / sqrt(7) - 1
    found = certified.pearson_chi2(Normal(0, 1), Normal(1, 2), digits=12)
    yield equal("Pearson, wider", found, closed)


def check():
    r"""The losses as they are coded, at seven outputs, against the formulas above.

    A coded game has the terms $-g(w)$ for the data and $f^*(g(w))$ for the model, simplified by hand.
    Then Neyman's infinite value, and the divergences of order 3 and $\tfrac12$ of two normals.
    """
    for name, loss in CODED.items():
        of_data, of_model = by_formula(name)
        yield equal(f"{name}: data", coded_data(loss), of_data)
        yield equal(f"{name}: model", coded_model(loss), of_model)
    yield at_least("Neyman, wider", divergences.neyman_chi2(Normal(0, 1), Normal(1, 2)), 10**9)
    for order in (sp.Integer(3), sp.Rational(1, 2)):
        closed = (exp(order * (order - 1) / 2) - 1) / (order * (order - 1))
        found = divergences.alpha_divergence(Normal(0, 1), Normal(1, 1), float(order))
        yield equal(f"α = {order}, shifted", found, closed)


def search(seed):
    r"""Drawn distributions and outputs: a value above $D_f$, or not $D_f$ at the best, would refute."""
    rows = strategies.markov_kernels(3, 4)
    yield survives("values of the games", below_the_divergence, rows, seed=seed, examples=110)


def refute():
    r"""Three slips of the published table, and three more that are easily made.

    The printed integrals of $\mathrm{JSD}$, of Pearson and of $\alpha$ do not belong to their $f$.
    Pearson's parabola is not the conjugate below $-2$. The best critic is 0 at $p = q$ for some rows
    only: for KL it is 1, for the GAN $-\log 2$. A lost sign takes the output out of the domain.
    """
    yield equal("the printed JSD", at_point("2 JSD"), TWICE_JSD / 2, label="its-f-is-of-2-jsd")
    printed = (q - p) ** 2 / p
    yield equal("the printed Pearson", at_point("Pearson"), printed, label="pearson-is-over-q")
    printed = (p * ((q / p) ** 3 - 1) - 3 * (q - p)) / 6
    cubic = q * POWER.subs(alpha, 3).subs(u, p / q)
    yield equal("the printed α, of order 3", cubic, printed, label="alpha-has-its-order")
    yield always("the parabola below -2", sp.And(r >= 0, s <= -2), s**2 / 4 + s <= -1)
    yield equal("KL: the critic is 0 at p = q", ROWS["KL"][1].subs(u, 1), 0)
    yield equal("reverse KL: output e^w", ROWS["reverse KL"][1].subs(u, exp(-w)), exp(w))


def figure():
    r"""What the best critic says at the log ratio $\log p - \log q$, for five rows.

    A critic of the GAN is never above 0, one of Pearson never needs to be below $-2$. The dots are the
    values at $p = q$.
    """
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots()
    best_critics(axes)
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

SLUGS, ABOVE = {"KL": "f-gan-table"}, {"Pearson": {w: (-2, sp.oo)}}
r, s, half = sp.symbols("u t h", real=True)  # the ratio from 0 on, any critic, |u - 1|/2
KINK = sp.And(r >= 0, half >= 0, sp.Eq(4 * half**2, (r - 1) ** 2))
TWICE_JSD = p * log(2 * p / (p + q)) + q * log(2 * q / (p + q))
INTEGRANDS = {"2 JSD": TWICE_JSD, "Pearson": (p - q) ** 2 / q, "Neyman": (p - q) ** 2 / p}
SHIFTED = {
    "Pearson": (certified.pearson_chi2, exp(1) - 1),
    "Neyman": (certified.neyman_chi2, exp(1) - 1),
    "H²": (certified.squared_hellinger, 1 - exp(-sp.Rational(1, 8))),
    "Jeffreys": (certified.jeffreys_divergence, sp.S.One),
}
OUTPUTS = tuple(sp.Rational(k, 4) for k in (-9, -7, -3, -1, 2, 5, 11))
CODED = {
    "KL": "kl",
    "reverse KL": "reverse-kl",
    "Pearson": "pearson-chi2",
    "Neyman": "neyman-chi2",
    "2 H²": "squared-hellinger",
    "2 JSD": "js",
}
FORMS = {name: sp.lambdify(u, ROWS[name][0], "numpy") for name in CODED}
BEST = {  # outputs, by the ratio
    "KL": lambda ratio: 1 + np.log(ratio),
    "reverse KL": lambda ratio: -np.log(ratio),
    "Pearson": lambda ratio: 2 * (ratio - 1),
    "Neyman": lambda ratio: -2 * np.log(ratio),
    "2 H²": lambda ratio: -np.log(ratio) / 2,
    "2 JSD": np.log,
}


def at_point(name):
    """The integrand q f(p/q)."""
    return q * ROWS[name][0].subs(u, p / q)


def by_formula(name):
    """-g(w) and f*(g(w)) at the outputs; the conjugate of Pearson ends at -2."""
    conjugate, output = ROWS[name][2:4]
    exact = [output.subs(w, at) for at in OUTPUTS]
    inside = [sp.Max(value, -2) if name == "Pearson" else value for value in exact]
    return [-value for value in exact], [conjugate.subs(t, value) for value in inside]


@pointwise
def coded_data(loss):
    """The coded term of the data, -g(w)."""
    return f_gan(loss).real.value(np.array([float(at) for at in OUTPUTS]))


@pointwise
def coded_model(loss):
    """The coded term of the model, f*(g(w))."""
    return f_gan(loss).fake.value(np.array([float(at) for at in OUTPUTS]))


@in_norm
def with_values(name, real, fake, outputs):
    """1 + the value of the coded game at the outputs, and at the best ones."""
    game, found = f_gan(CODED[name]), []
    for played in (outputs, BEST[name](real / fake)):
        found.append(1 - real @ game.real.value(played) - fake @ game.fake.value(played))
    return np.array(found)


@in_norm
def with_divergence(name, real, fake):
    """1 + Σ q f(p/q)."""
    return 1 + fake @ FORMS[name](real / fake)


def below_the_divergence(rows):
    """Claims for two distributions, outputs between -5 and 5, and one of the six games."""
    real, fake = ((row + 0.01) / np.sum(row + 0.01) for row in rows[:2])
    name = list(CODED)[int(997 * rows[2][0]) % len(CODED)]
    values = with_values(name, real, fake, 10 * rows[2] - 5)
    exact = with_divergence(name, real, fake)
    yield at_most("at drawn outputs", values[0], exact)
    yield equal("at the best outputs", values[1], exact)


def best_critics(axes):
    """Draw f'(u) against log u for five rows."""
    at = np.linspace(-2.2, 2.2, 400)
    for name, style, place in (
        ("KL", "C0-", (1.7, 2.3)),
        ("reverse KL", "C2-", (-1.15, -3.6)),
        ("Pearson", "C1-", (0.45, 2.9)),
        ("2 H²", "C3-", (-1.9, -1.2)),
        ("GAN", "C4--", (1.4, -0.5)),
    ):
        critic = sp.lambdify(u, ROWS[name][1], "numpy")
        axes.plot(at, critic(np.exp(at)), style)
        axes.plot([0], [critic(1.0)], "o", color=style[:2])
        axes.annotate(name.replace("H²", "$H^2$"), place, color=style[:2])
    axes.set(xlim=(-2.2, 2.2), ylim=(-4, 4), xticks=(-2, 0, 2), yticks=(-2, 0, 1))
    axes.set(xlabel=r"log ratio $\log p - \log q$", ylabel="best critic $T^*$")
    axes.set_title("The best critic, by divergence")
