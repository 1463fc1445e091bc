r"""Smoothed labels move $D^*$ and the best value, but not the best model.

Statement
---------
Give real points the label $\alpha$ and generated points the label $\beta$, $0 \le \beta < \alpha \le 1$.
The discriminator maximises

$$V(D) = \mathbb{E}_{x \sim p}[\alpha \log D + (1 - \alpha) \log(1 - D)]
    + \mathbb{E}_{x \sim q}[\beta \log D + (1 - \beta) \log(1 - D)].$$

With $\mu = (\alpha + \beta)/2$ and $h(t) = -t \log t - (1 - t) \log(1 - t)$:

- $D^* = \frac{\alpha p + \beta q}{p + q}$, so $p/q$ is $\frac{D^* - \beta}{\alpha - D^*}$, and not the
  odds of $D^*$.
- $V(D^*)$ is convex in $q$, and at most $-h(\alpha) - h(\beta)$, its value for disjoint $p$ and $q$.
  It is least, $-2 h(\mu)$, for $q = p$ alone, with $D^* = \mu$; elsewhere it is more by at least
  $\frac{(\alpha - \beta)^2}{2} \int \frac{(p - q)^2}{p + q} \,\mathrm{d}x$. The label 0.9 for real
  points alone gives $D^* = 0.45$ and $-1.3763$ at $q = p$.
- The slope of $V(D^*)$ in $q$ is $\beta \log D^* + (1 - \beta) \log(1 - D^*)$. For $\beta = 0$ that is
  the usual $\log(1 - D^*)$.
- Where $p/q$ tends to 0, the slope of the logit of $D^*$ in $\log p - \log q$ tends to 1 if
  $\beta = 0$, and to 0 if $\beta > 0$: then $D^*$ does not pull far samples to the data.

Assumes   $p$ and $q$ are densities with respect to one measure; $D$ is not restricted.
Source    [@salimans2016, section 3.4] for $D^*$ and the harm of $\beta > 0$.
"""

from fractions import Fraction

import numpy as np
import sympy as sp

from gantheory import certified
from gantheory.densities import Cauchy, Discrete, Mixture, Normal, Uniform
from gantheory.divergences import skew_js_divergence
from gantheory.evidence import differences, summed
from gantheory.losses import MINIMAX, smoothed
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, equal

theorem = Theorem(
    label="label-smoothing",
    title=r"Smoothed labels: $D^* = \frac{\alpha p + \beta q}{p + q}$, and $q = p$ stays the optimum",
    uses=("optimal-discriminator",),
    covers=("label-smoothing", "smoothing-moves-d", "weight-is-no-label"),
    errata=(
        r"[@roysdon] recommends $\log D(x; y = 0.9)$ without saying what it is, beside $D^* = 1/2$ at "
        r"the optimum: the label 0.9 moves it to 0.45, and the value from $-1.3863$ to $-1.3763$.",
        r"[@kahng2019] multiplies, in its code, the whole term of the data by 0.95: that is another "
        r"prior, $D^* = 19/39$ at $p = q$, and not the label 0.95, which gives 0.475.",
    ),
)

p, q, D = sp.symbols("p q D", positive=True)  # the densities at one point, and the value of D there
alpha, beta, mu, r = sp.symbols("alpha beta mu r", positive=True)  # r: p/q
LABELS, INSIDE = {alpha: (0, 1), beta: (0, 1)}, {alpha: (0, 1), beta: (0, 1), D: (0, 1)}
TENTHS = {alpha: sp.Rational(9, 10), beta: 0}
YES, NO = alpha * p + beta * q, (1 - alpha) * p + (1 - beta) * q  # the weights of both logarithms
STAR, MIDDLE = YES / (p + q), (alpha + beta) / 2
POINT = YES * sp.log(D) + NO * sp.log(1 - D)
BEST = POINT.subs(D, STAR)
PULL = (alpha - beta) * r / (alpha * r + beta) / ((1 - alpha) * r + 1 - beta)
WEIGHED = sp.Rational(19, 20) * p * sp.log(D) + q * sp.log(1 - D)  # a factor for a label


def derive():
    r"""The proof of the optimal discriminator with other weights, then two bounds.

    The slope in $D$ is positive before $D^*$ and negative after it. Below: the constant $\mu$ has the
    value $-2 h(\mu)$, and $D^*$ gains $(p + q) \, \mathrm{kl}(D^* \,\|\, \mu)$ at each point, the
    divergence of two coins. It is at least $2 (D^* - \mu)^2$: the difference is convex in $D^*$, and 0
    with slope 0 at $\mu$. Above: $V(D^*)$ lacks $p \, \mathrm{kl}(\alpha \,\|\, D^*)$ and
    $q \, \mathrm{kl}(\beta \,\|\, D^*)$.

    The slope in $q$ is what a generated point adds, by the envelope theorem. For $\beta > 0$ the usual
    step has another size, though at each point the same direction.
    """
    slope = (p + q) * (STAR - D) / (D * (1 - D))
    found = sp.Derivative(POINT, D)
    yield equal("the slope in D", found, slope, where=INSIDE, label="label-smoothing")
    yield equal("D* above β", STAR - beta, (alpha - beta) * p / (p + q))
    yield equal("D* below α", alpha - STAR, (alpha - beta) * q / (p + q))
    yield equal("no data at a point: D* = β", sp.Limit(STAR, p, 0, "+"), beta)

    coins, unit = (p + q) * (STAR * sp.log(D) + (1 - STAR) * sp.log(1 - D)), {D: (0, 1), mu: (0, 1)}
    yield equal("what a point adds", POINT, coins, where=INSIDE)
    rise = sp.log(D) - sp.log(1 - D) - sp.log(mu) + sp.log(1 - mu)
    yield equal("kl has slope 0 at μ", sp.Derivative(kl(D, mu), D), rise, where=unit)
    bend = sp.Derivative(kl(D, mu) - 2 * (D - mu) ** 2, (D, 2))
    yield equal("kl less its square is convex", bend, (1 - 2 * D) ** 2 / (D * (1 - D)), where=unit)
    yield equal("kl is 0 at μ", sp.Subs(kl(D, mu), D, mu), 0, where={mu: (0, 1)})
    square = ((alpha - beta) * (p - q) / (2 * (p + q))) ** 2
    yield equal("the square of D* - μ", (STAR - MIDDLE) ** 2, square)
    lost = p * kl(alpha, D) + q * kl(beta, D)
    yield equal("what D* lacks", -p * h(alpha) - q * h(beta) - POINT, lost, where=INSIDE)
    yield equal("data alone", BEST.subs(q, 0), -p * h(alpha), where={alpha: (0, 1)})

    step, usual = beta * sp.log(D) + (1 - beta) * sp.log(1 - D), sp.log(1 - D)
    yield equal("the slope in q", sp.Derivative(BEST, q), step.subs(D, STAR), where=LABELS)
    convex = (alpha - beta) ** 2 * p**2 / ((p + q) * YES * NO)
    yield equal("convex in q", sp.Derivative(step.subs(D, STAR), q), convex, where=LABELS)
    one, whole = sp.Derivative(BEST.subs(beta, 0), q), {alpha: (0, 1)}
    yield equal("the slope in q, β = 0", one, usual.subs(D, STAR.subs(beta, 0)), where=whole)
    scale = (D - beta) / D * sp.Derivative(usual, D)
    yield equal("β > 0: the same direction", sp.Derivative(step, D), scale, where=INSIDE)

    # Far from the data r tends to 0. A factor at the term of the data is another prior.
    logit = sp.log(YES / NO).subs({p: r, q: 1})
    yield equal("the pull", r * sp.Derivative(logit, r), PULL, where=LABELS)
    for side, value in ((0, 1), (sp.Rational(1, 10), 0)):
        far = sp.Limit(PULL.subs(TENTHS | {beta: side}), r, 0, "+")
        yield equal(f"far from the data, β = {side}", far, value)
    prior = sp.Subs(sp.Derivative(WEIGHED, D), D, 19 * p / (19 * p + 20 * q))
    yield equal("a factor 0.95: stationary at a posterior", prior, 0)


def certify():
    r"""The value in balls, by two integrals.

    Read the labels as chances: a point has the label 1 with probability $\mu$. The gain over
    $-2 h(\mu)$ is twice the Jensen-Shannon divergence of the points with either label, with the weights
    $\mu$ and $1 - \mu$.
    """
    for name, (pair, labels) in PAIRS.items():
        yield equal(f"{name}, labels {labels[0]} and {labels[1]}", *two_integrals(pair, labels))


def check():
    r"""The pull on a point far from the data, from the game as it is coded.

    For $\mathcal{N}(0, 1)$ and $\mathcal{N}(6, 1)$ the package's logit of $D^*$ is differentiated at
    $x = 6$, by differences: nearly $-6$, and $-8 \cdot 10^{-7}$ for $\beta = 0.1$.
    """
    for fake in (Fraction(0), Fraction(1, 10)):
        exact = -6 * PULL.subs(TENTHS | {beta: fake, r: sp.exp(-18)})  # log r = 18 - 6 x
        found = differences(logit_of(0.9, float(fake)), [6.0], [1.0])
        yield equal(f"slope at 6, labels 9/10 and {fake}", found, exact, tolerance=1e-4)


def search(seed):
    r"""Random distributions on finitely many points, random labels, and the loss as it is coded.

    At the package's logits the loss must be $2 h(\mu)$ less the gain of `certify`.
    """
    drawn = strategies.discrete_pairs().flatmap(with_labels)
    yield survives("the coded loss", coded_loss, drawn, seed=seed, examples=145)


def refute():
    r"""Eight things that are said or coded.

    That smoothing leaves $D^* = 1/2$ and $-\log 4$, as in [@roysdon]. That the odds of $D^*$ are still
    $p/q$. That a factor 0.95 smooths, as one may read the code of [@kahng2019]. That the pull survives
    $\beta > 0$, and the usual step is then the slope. That disjoint supports still give 0.
    """
    yield equal("D* = 1/2", STAR.subs(TENTHS | {q: p}), sp.S.Half, label="smoothing-moves-d")
    yield equal("-log 4 at p = q", BEST.subs(TENTHS | {p: 1, q: 1}), -sp.log(4))
    yield equal("the odds of D*", STAR / (1 - STAR), p / q, where=LABELS)
    slope = sp.Subs(sp.Derivative(WEIGHED, D), D, STAR.subs({alpha: sp.Rational(19, 20), beta: 0}))
    yield equal("a factor 0.95 for a label", slope, 0, label="weight-is-no-label")
    far = sp.Limit(PULL.subs(TENTHS | {beta: sp.Rational(1, 10)}), r, 0, "+")
    yield equal("β = 0.1: slope 1 far away", far, 1)
    yield equal("β > 0: the usual step", sp.Derivative(BEST, q), sp.log(1 - STAR), where=LABELS)
    yield equal("data alone: 0", BEST.subs(TENTHS | {q: 0}), 0)
    swapped = sp.Subs(sp.Derivative(POINT, D), D, (alpha * q + beta * p) / (p + q))
    yield equal("labels exchanged", swapped, 0, where=LABELS)


def figure():
    r"""$D^*$, and the slope of its logit, over the log ratio, for three pairs of labels.

    Left of 0 the model has more mass. There the label 0.9 for real points changes little, while the
    label 0.1 for generated points makes $D^*$ flat, and the slope vanishes.
    """
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots(1, 2, figsize=(9.0, 3.6))
    two_panels(axes)
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

SKEW = mu * p * sp.log(p / (mu * p + (1 - mu) * q))
SKEW += (1 - mu) * q * sp.log(q / (mu * p + (1 - mu) * q))
PAIRS = {
    "N(0, 1) and N(1, 2²)": ((Normal(0, 1), Normal(1, 2)), ("9/10", "1/10")),
    "Cauchy(0, 1) and N(0, 1)": ((Cauchy(0, 1), Normal(0, 1)), ("9/10", 0)),
    "U[0, 1] and U[1/2, 2]": ((Uniform(0, 1), Uniform("1/2", 2)), ("7/10", "1/5")),
}


def h(x):
    r"""$-x \log x - (1 - x) \log(1 - x)$."""
    return -x * sp.log(x) - (1 - x) * sp.log(1 - x)


def kl(x, y):
    r"""$-h(x) - x \log y - (1 - x) \log(1 - y)$, the divergence of two coins."""
    return -h(x) - x * sp.log(y) - (1 - x) * sp.log(1 - y)


def two_integrals(pair, labels):
    """V(D*), and -2 h(μ) with twice the divergence of the points with either label."""
    real, fake = map(sp.Rational, labels)
    best = BEST.subs({alpha: real, beta: fake})
    value = certified.integral(best, *pair, bound=(1, 1), digits=12)
    parts, share = relabelled(pair, Fraction(real), Fraction(fake))
    gained = certified.integral(SKEW.subs(mu, share), *parts, bound=(1, 1), digits=12)
    return value, 2 * gained - 2 * h(sp.Rational(share))


def relabelled(pair, real, fake):
    """The distributions of points with label 1 and with label 0, and the share of the first."""
    sides = (real, fake), (1 - real, 1 - fake)
    return [mixed(pair, [one / sum(both) for one in both]) for both in sides], (real + fake) / 2


def mixed(pair, weights):
    """The mixture of two distributions."""
    if isinstance(pair[0], Discrete):
        rows = zip(*(one.exact_weights for one in pair), strict=True)
        return Discrete([sum(w * x for w, x in zip(weights, row, strict=True)) for row in rows])
    return Mixture(pair, weights)


def logit_of(real, fake):
    """The coded optimal logit for N(0, 1) and N(6, 1), a function of the point."""
    game = smoothed(MINIMAX, real_target=real, fake_target=fake)
    return lambda x: game.optimal_logit(18 - 6 * x)[0]


def with_labels(pair):
    """The pair with two different labels, multiples of 1/100 below 1."""
    shares = strategies.simplices(2).map(lambda w: [round(90 * x) for x in w])
    labels = shares.map(lambda k: (Fraction(k[0] + k[1] // 2 + 1, 100), Fraction(k[1] // 2, 100)))
    return labels.map(lambda both: (*pair, *both))


def coded_loss(example):
    """The loss at the stated logits."""
    *pair, high, low = example
    parts, share = relabelled(pair, high, low)
    weights = [one.weights for one in pair]
    game = smoothed(MINIMAX, real_target=float(high), fake_target=float(low))
    most, least = 2 * h(sp.Rational(share)), loss(game, *weights)
    gained = 2 * skew_js_divergence(*parts, float(share))
    return equal("1 + V(D*)", 1 - least, 1 - most + gained)


@summed(roundings=256)
def loss(game, real, fake):
    """The terms of the loss of the discriminator, at the optimal logits."""
    here = real + fake > 0
    with np.errstate(divide="ignore"):
        logit = game.optimal_logit(np.log(real[here]) - np.log(fake[here]))
    terms = ((real, game.real.value), (fake, game.fake.value))
    return [w[w > 0] * value(logit[w[here] > 0]) for w, value in terms]


def two_panels(axes):
    """Draw D*, and the slope of its logit."""
    at = np.linspace(-8, 8, 401)
    for real, fake, style, places in (
        (1, 0, "C4-", ((1, 0.98), (2, 0.95))),
        (0.9, 0, "C0--", ((4.2, 0.8), (2.5, 0.6))),
        (0.9, 0.1, "C3-.", ((-7.5, 0.15), (-7.5, 0.4))),
    ):
        odds = (real + fake * np.exp(-at)) / ((1 - real) + (1 - fake) * np.exp(-at))
        slope = (real - fake) / (real + fake * np.exp(-at)) / ((1 - real) * np.exp(at) + 1 - fake)
        for axis, height, place in zip(axes, (odds / (1 + odds), slope), places, strict=True):
            axis.plot(at, height, style)
            axis.text(*place, rf"$\alpha={real}$, $\beta={fake}$", color=style[:2])
            axis.set(xlabel=r"log ratio $\log p - \log q$", xticks=(-8, -4, 0, 4, 8), xlim=(-8, 8))
    axes[0].set(title="optimal discriminator", ylabel="output $D^*$", yticks=(0, 0.1, 0.9, 1))
    axes[1].set(title="slope of its logit", ylabel="slope", yticks=(0, 0.5, 1))
