r"""What a sample tells a discriminator, in units of its own loss, is an $f$-divergence of $p$ and $q$.

Statement
---------
A discriminator answers with an action $t$ and pays $\ell_1(t)$ on real and $\ell_0(t)$ on generated
samples, any two functions. Real samples have the share $\pi$, $0 < \pi < 1$. For the probability
$\eta$ that a sample is real the least expected loss is
$L(\eta) = \inf_t (\eta\,\ell_1(t) + (1 - \eta)\,\ell_0(t))$. Let it be finite for $0 < \eta < 1$.
Without a look at the samples one pays $L(\pi)$; with $m = \pi p + (1 - \pi) q$ and
$\eta(x) = \pi p(x)/m(x)$ one pays $\int m L(\eta) \,\mathrm{d}x$. The difference is

$$ L(\pi) - \int m \, L(\eta) \,\mathrm{d}x = D_f(p \,\|\, q) \ge 0, \quad
   f(u) = L(\pi) - k\,L\Bigl(\frac{\pi u}{k}\Bigr), $$

with $k = \pi u + 1 - \pi$; $f$ is convex, and $f(1) = 0$. The gap is 0 for $p = q$; only for $p = q$
if $L$ is affine on no interval around $\pi$. With $\pi = \tfrac12$:

- cross-entropy, $-\log D$ and $-\log(1 - D)$: $\mathrm{JSD}$; for other $\pi$ that with weights;
- hinge, $(1 - t)_+$ and $(1 + t)_+$: $\mathrm{TV}$; the number of errors: $\tfrac12 \mathrm{TV}$;
- squares $\frac12 (t - b)^2$, $\frac12 (t - a)^2$: $\frac{(b - a)^2}{16} \int \frac{(p - q)^2}{p + q}$;
- exponentials, $e^{-t}$ and $e^t$: $H^2 = \tfrac12 \int (\sqrt p - \sqrt q)^2$;
- the f-GAN, $-t$ and $g^*(t)$: $\tfrac12 (D_g - g(1))$.

Assumes   Where $p$ or $q$ is 0, limits of $L$ are meant; $D_f$ may be infinite.
Source    [@reid2011, Sections 4 and 5]; [@nguyen2009, Theorem 1] for $\pi = \tfrac12$.
"""

from fractions import Fraction

import numpy as np
import sympy as sp

from gantheory import certified, divergences
from gantheory.densities import Discrete, Normal
from gantheory.evidence import pointwise, summed
from gantheory.losses import HINGE, MINIMAX, f_gan, least_squares
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, always, at_least, at_most, equal

theorem = Theorem(
    label="bayes-risk-gap",
    title=r"The gap $L(\pi) - \mathbb{E}[L(\eta)]$ of any two losses is an $f$-divergence",
    uses=("discriminator-is-posterior",),
    covers=("bayes-risk-gap",),
)

# p, q, u: densities at one point and their ratio; d: an action in (0, 1); a, b: the labels of squares
p, q, u, d = sp.symbols("p q u d", positive=True)
a, b, t = sp.symbols("a b t", real=True)
eta, pi, other = sp.symbols("eta pi other", positive=True)  # other: 1 - π
log, exp, sqrt = sp.log, sp.exp, sp.sqrt
PRIOR = {pi: (0, 1)}
MIXED, K = pi * p + (1 - pi) * q, pi * u + 1 - pi
LEAST = {  # L(η)
    "cross-entropy": -eta * log(eta) - (1 - eta) * log(1 - eta),
    "squares": (b - a) ** 2 * eta * (1 - eta) / 2,
    "exponentials": 2 * sqrt(eta * (1 - eta)),
}


def derive():
    r"""One action for all samples, then the perspective of $L$, then the losses.

    Weigh the risk at $\eta(x)$ of one action $t$ with $m(x)$: it is $\pi p\,\ell_1(t) + (1 - \pi)
    q\,\ell_0(t)$, and the integral is the risk at $\pi$. With a look one may do better at each $x$; so
    $\int m L(\eta) \le L(\pi)$. The integrand is $q f(p/q)$, but for $(m - q)\,L(\pi)$, whose integral
    is 0, since $q\,k(p/q) = m$. For a fixed action $-k\,(\eta\,\ell_1 + (1 - \eta)\,\ell_0)$ is affine
    in $u$, and $f$, the supremum of such functions, is convex.

    $L$ is concave, as an infimum of affine functions. A mean of $L$ equals $L$ of the mean, for values
    on both sides, only where $L$ is affine between them: so the gap is 0 only for $\eta = \pi$
    throughout, if $L$ is not affine around $\pi$.

    Each loss is least where its slope is 0. The hinge is at least twice the smaller of $\eta$ and
    $1 - \eta$, attained by $t = \pm 1$. For the f-GAN the infimum is $-(1 - \eta)\,g(u)$ at
    $u = \eta/(1 - \eta)$, by the definition of $g^*$.
    """
    risk = eta * a + (1 - eta) * b
    one_action = MIXED * risk.subs(eta, pi * p / MIXED)
    without = pi * p * a + (1 - pi) * q * b
    yield equal("one action", one_action, without, where=PRIOR, label="bayes-risk-gap")
    yield equal("m from k", q * K.subs(u, p / q), MIXED, where=PRIOR)
    fixed = -K * risk.subs(eta, pi * u / K)
    yield equal("affine in u", sp.Derivative(fixed, (u, 2)), 0, where=PRIOR)
    least = [x_1 * s + (1 - x_1) * w >= l_1, x_2 * s + (1 - x_2) * w >= l_2, h >= 0, h <= 1]
    x = h * x_1 + (1 - h) * x_2
    concave = x * s + (1 - x) * w >= h * l_1 + (1 - h) * l_2
    yield always("L is concave", sp.And(*least), concave)
    inside = {eta: (0, 1), d: (0, 1)}
    losses = {
        "cross-entropy": (-log(d), -log(1 - d), d, eta),
        "squares": ((t - b) ** 2 / 2, (t - a) ** 2 / 2, t, eta * b + (1 - eta) * a),
        "exponentials": (exp(-t), exp(t), t, log(eta / (1 - eta)) / 2),
    }
    for name, (real, fake, action, best) in losses.items():
        risk = eta * real + (1 - eta) * fake
        slope = sp.Subs(sp.Derivative(risk, action), action, best)
        yield equal(f"{name}: the best action", slope, 0, where={eta: (0, 1)})
        yield at_least(f"{name}: convex", sp.Derivative(risk, (action, 2)), 0, where=inside)
        yield equal(f"{name}: L", sp.Subs(risk, action, best), LEAST[name], where={eta: (0, 1)})
    total = pi * p + other * q
    risk = -pi * p * log(pi * p / total) - other * q * log(other * q / total)
    start = -pi * p * log(pi) - other * q * log(other)  # its integral is L(π)
    of_kl = pi * p * log(p / total) + other * q * log(q / total)
    yield equal("cross-entropy: JSD with weights", start - risk, of_kl)
    square, rest = (b - a) ** 2 * (p - q) ** 2 / (p + q) / 16, (b - a) ** 2 * (q - p) / 16
    yield equal("squares", integrand("squares").subs(pi, HALF), square + rest)
    root = (sqrt(p) - sqrt(q)) ** 2 / 2 + (q - p) / 2
    yield equal("exponentials: H²", integrand("exponentials").subs(pi, HALF), root)
    hinge = [s >= 0, s >= 1 - t, w >= 0, w >= 1 + t, h <= x_1, h <= 1 - x_1, x_1 >= 0, x_1 <= 1]
    smaller = x_1 * s + (1 - x_1) * w >= 2 * h
    yield always("hinge: twice the smaller at least", sp.And(*hinge), smaller)


def certify():
    r"""Both sides for normal densities, by different integrals, in balls.

    The risk is that of the best decision, $\int \frac{p q}{p + q}$, or $\int \sqrt{p q}$. Then errors
    with $\pi = \tfrac9{10}$, where $L$ is affine around $\pi$. For $p = (\tfrac35, \tfrac25)$ and
    $q = (\tfrac25, \tfrac35)$ the best decision is always "real": the gap is 0, though $p \ne q$.
    """
    risk = 2 * certified.bayes_error(*PAIR, digits=12)
    yield equal("hinge: TV", 1 - risk, certified.total_variation(*PAIR, digits=12))
    risk = certified.integral(p * q / (p + q), *PAIR, bound=(1, 0), digits=12)
    triangle = certified.triangular_discrimination(*PAIR, digits=12)
    yield equal("squares, b - a = 2", HALF - risk, triangle / 4)
    risk = certified.bhattacharyya_coefficient(*PAIR, digits=12)
    yield equal("exponentials: H²", 1 - risk, certified.squared_hellinger(*PAIR, digits=12))
    errors = certified.bayes_error(*UNEQUAL, prior=Fraction(9, 10))
    yield equal("errors, π = 9/10: no gap", errors, Fraction(1, 10))


def check():
    r"""Games as they are coded, with their best discriminators, on five points.

    A game counts real and generated samples fully: its loss is twice the risk with $\pi = \tfrac12$. So
    the loss at $p = q$, less the least loss, is twice the gap.
    """
    for name, (game, at_rest, factor, divergence) in GAMES.items():
        yield equal(name, at_rest - least_loss(game), factor * divergence(DATA, MODEL))


def search(seed):
    r"""Random losses of four actions, data and model on four points, $\pi = \tfrac3{10}$.

    An example in which the risk with a look is above the risk without would refute the statement.
    """
    rows = strategies.markov_kernels(4, 4)
    yield survives("a look does no harm", no_harm, rows, seed=seed, examples=100)


def refute():
    r"""Four mistakes.

    That every gap tells $p$ from $q$: errors at $\pi = \tfrac9{10}$ do not. That cross-entropy gives
    JSD whatever the share of real samples is. That the hinge, which is at rest at $p = q$ too, measures
    JSD. And that $f(u)$ is $L(\pi) - L(\eta)$, without the weight $k$.
    """
    errors = certified.bayes_error(*UNEQUAL, prior=Fraction(9, 10))
    yield at_most("errors tell p from q", errors, Fraction(99, 1000))
    skewed = divergences.skew_js_divergence(DATA, MODEL, 0.25)
    yield equal("JSD for each π", skewed, divergences.js_divergence(DATA, MODEL))
    yield equal("hinge: JSD", 2 - least_loss(HINGE), 2 * divergences.js_divergence(DATA, MODEL))
    bare = q * (1 - LEAST["exponentials"].subs(eta, p / (p + q)))
    yield equal("f without its weight", bare, (sqrt(p) - sqrt(q)) ** 2 / 2 + (q - p) / 2)


def figure():
    r"""The least risk $L(\eta)$, with $L(\tfrac12) = 1$, and the gap for two points.

    With data $(\tfrac45, \tfrac15)$ and model $(\tfrac15, \tfrac45)$, $\eta$ is $\tfrac45$ or
    $\tfrac15$: the mean risk with a look lies on the chord. The hinge and the number of errors have two
    straight lines, and see nothing if $\eta$ stays on one side.
    """
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots()
    draw_risks(axes)
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

HALF = sp.Rational(1, 2)
s, w, h, x_1, x_2, l_1, l_2 = sp.symbols("s w h x_1 x_2 l_1 l_2", real=True)
PAIR = Normal(0, 1), Normal(1, 2)
UNEQUAL = Discrete(("3/5", "2/5")), Discrete(("2/5", "3/5"))
REAL, FAKE = np.array([0.1, 0.15, 0.2, 0.25, 0.3]), np.array([0.35, 0.05, 0.2, 0.3, 0.1])
DATA, MODEL = Discrete(REAL), Discrete(FAKE)
GAMES = {  # their least losses at p = q, and twice their gaps as multiples of divergences
    "cross-entropy": (MINIMAX, log(4), 2, divergences.js_divergence),
    "hinge": (HINGE, 2, 2, divergences.total_variation),
    "squares": (least_squares(a=-1, b=1), 1, HALF, divergences.triangular_discrimination),
    "f-GAN, KL": (f_gan("kl"), 0, 1, divergences.kl_divergence),
    "f-GAN, Pearson": (f_gan("pearson-chi2"), 0, 1, divergences.pearson_chi2),
}


def integrand(name):
    """q f(p/q)."""
    least = LEAST[name]
    f = least.subs(eta, pi) - K * least.subs(eta, pi * u / K)
    return q * f.subs(u, p / q)


@summed
def least_loss(game):
    """E_p[real(v)] + E_q[fake(v)] at the best output v."""
    output = game.optimal_logit(np.log(REAL / FAKE))
    return [REAL * game.real.value(output), FAKE * game.fake.value(output)]


def risks(rows, real, fake):
    """The least of real l1 + fake l0 over the actions."""
    return np.min(real * rows[2] + fake * rows[3])


@summed
def risk_with_a_look(rows):
    """The terms min_t (π p l1 + (1 - π) q l0)."""
    return [
        risks(rows, 0.3 * one, 0.7 * other) for one, other in zip(rows[0], rows[1], strict=True)
    ]


@pointwise
def risk_without(rows):
    """L(π)."""
    return risks(rows, 0.3, 0.7)


def no_harm(rows):
    """The risk with a look is at most L(π), for losses between 1 and 2."""
    rows = np.concatenate([rows[:2], 1 + rows[2:]])
    return at_most("with a look", risk_with_a_look(rows), risk_without(rows))


def draw_risks(axes):
    """L of three kinds of losses, with the gap of cross-entropy at 1/2."""
    at = np.linspace(1e-9, 1 - 1e-9, 401)
    curves = (
        ("exponentials", 2 * np.sqrt(at * (1 - at)), "C3", (0.02, 0.75)),
        ("cross-entropy", entropy(at), "C0", (0.6, 1.02)),
        ("hinge, errors", 2 * np.minimum(at, 1 - at), "C1", (0.78, 0.2)),
    )
    for name, values, color, place in curves:
        axes.plot(at, values, color=color)
        axes.annotate(name, place, color=color)
    chord = entropy(0.8)
    axes.plot([0.2, 0.8], [chord, chord], "C0--o")
    arrow = {"arrowstyle": "<->", "color": "C4", "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", (0.5, chord), (0.5, 1), arrowprops=arrow)
    axes.text(0.51, 0.83, "gap")
    axes.set(title="A look is worth the gap below the chord", xlim=(0, 1), ylim=(0, 1.1))
    axes.set(xlabel=r"probability $\eta$ of real", ylabel=r"least risk $L/L(1/2)$")
    axes.set(xticks=(0, 0.2, 0.5, 0.8, 1), yticks=(0, 1))


def entropy(share):
    """The entropy of a coin, in bits."""
    return -(share * np.log(share) + (1 - share) * np.log(1 - share)) / np.log(2)
