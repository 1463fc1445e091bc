r"""Both terms of $C$ depend on the generator, and both contribute to its slope.

Statement
---------
With $D^*$ moving along,
$C = \mathbb{E}_{x \sim p}[\log D^*] + \mathbb{E}_{x \sim q}[\log(1 - D^*)]$, and both terms depend
on the generator. For $p = \mathcal{N}(0, 1)$ and $q = \mathcal{N}(\mu, 1)$,

$$C'(\mu) = \mu \int \frac{p q}{p + q} \,\mathrm{d}x,$$

and each term contributes one half of it. At $\mu = 1$ that is $C' = 0.39797\dots$, twice
$0.19898\dots$. For a change of scale the two shares differ. A shift of any even density has two
equal shares: reflection about $\mu/2$ exchanges $p$ and $q$, and with them the two terms of $C$.

Assumes   Gaussian densities, or even ones for the last sentence.
Source    [@goodfellow2014, Algorithm 1], in which the generator's gradient leaves the first term
          out.
"""

from fractions import Fraction

import numpy as np
import sympy as sp
from scipy.special import expit, xlogy

from gantheory import certified
from gantheory.densities import Mixture, Normal
from gantheory.divergences import kl_divergence
from gantheory.evidence import differences, mean_of, summed
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, encloses, equal

theorem = Theorem(
    label="slope-shares-of-two-terms",
    title=r"$\mathbb{E}_p[\log D^*]$ carries half of $C'$ when a Gaussian is shifted",
    covers=("first-term-has-a-slope",),
    uses=("first-term-ignored-by-g",),
    errata=(
        "[@ramasinghe] drops the first term because it does not depend on $G$: with $D = D^*$ it does, "
        r"and for $\mathcal{N}(0, 1)$ and $\mathcal{N}(1, 1)$ it carries half of the slope. Only the "
        "gradient at fixed $D$ may drop it.",
    ),
)

p, q = sp.symbols("p q", positive=True)  # densities of data and model at one point
# shift of the model; distance from the middle, mu/2; width of the model
mu, y, w = sp.symbols("mu y w", positive=True)
x = sp.Symbol("x", real=True)
HALF, LOG_2 = sp.Rational(1, 2), sp.log(2)
STAR, OVERLAP = p / (p + q), p * q / (p + q)
SECOND = sp.log(q / (p + q)) + STAR  # slope of q log(1 - D*) in q
LOGIT = sp.log(p / q)
GAUSSIAN = sp.exp(-(x**2) / 2) / sp.sqrt(2 * sp.pi)
PAIR = {p: GAUSSIAN, q: GAUSSIAN.subs(x, x - mu)}


def derive():
    r"""Shift a Gaussian, and use that the overlap is symmetric about the middle.

    With $D^*$ frozen, a point $x = z + \mu$ of the model adds $\mu D^*(x)$ to the slope, so
    $C'(\mu) = \mu\, \mathbb{E}_q[D^*] = \mu \int p q/(p + q)$.
    """
    frozen = sp.log(1 - 1 / (1 + sp.exp(mu * x - mu**2 / 2)))
    pushed = mu / (1 + sp.exp(mu * x - mu**2 / 2))
    yield equal("what a point of the model adds", sp.Derivative(frozen, x), pushed)

    # The first term, with D* moving, has the slope -∫ (x - μ) p q/(p + q). The overlap p q/(p + q)
    # is even about μ/2, so x - μ may be replaced by its mean -μ/2: half of C'. The rest is the
    # other half.
    first = (p * sp.log(STAR)).subs(PAIR, simultaneous=True)
    overlap = OVERLAP.subs(PAIR, simultaneous=True)
    yield equal("the slope of the first term", sp.Derivative(first, mu), -(x - mu) * overlap)
    left, right = overlap.subs(x, mu / 2 - y), overlap.subs(x, mu / 2 + y)
    yield equal("the overlap is even about μ/2", right, left)

    # For N(0, w²) the slope of q in w, at w = 2, is a formula in p and q, which `certify` integrates.
    wide = GAUSSIAN.subs(x, x / w) / w
    grown = GROWTH.subs({p: GAUSSIAN, q: wide.subs(w, 2)}, simultaneous=True)
    yield equal("slope of q in w, at w = 2", sp.Subs(sp.Derivative(wide, w), w, 2), grown)


def certify():
    r"""The two shares in balls, for a shift and for a change of scale.

    At $\mu = 1$ the slope is enclosed, and each share, integrated by itself, is half of it. Here
    $\log(p/q) = 1/2 - x$, so that $x - 1 = -1/2 - \log(p/q)$. For $\mathcal{N}(0, w^2)$ at $w = 2$
    the first term contributes more than 1.7 times as much as the second; both are positive.
    """
    half = Fraction(1, 2)
    slope = certified.integral(OVERLAP, *SHIFTED, bound=(half, half))
    yield encloses("N(0, 1), N(1, 1): C'", slope, SLOPE)
    first = certified.integral((HALF + LOGIT) * OVERLAP, *SHIFTED, bound=(1, 1))
    yield equal("half through the first term", first, half * slope)
    second = certified.integral(-(HALF + LOGIT) * q * SECOND, *SHIFTED, bound=(2, 2))
    yield equal("half through the second term", second, half * slope)
    first = certified.integral(-GROWTH * STAR, *WIDE, bound=(2, 2))
    second = certified.integral(GROWTH * SECOND, *WIDE, bound=(4, 4))
    yield at_least("N(0, 1), N(0, 2²): first, 1.7 × second", first, Fraction(17, 10) * second)
    yield at_least("N(0, 1), N(0, 2²): first", first, Fraction(8, 100))
    yield at_least("N(0, 1), N(0, 2²): second", second, Fraction(8, 100))


def check():
    r"""The first term as a function of $\mu$, differentiated numerically at $\mu = 1$.

    $\mathbb{E}_p[\log D^*] + \log 2$ is $\mathrm{KL}(p \,\|\, (p + q)/2)$, by quadrature. Its slope
    is the integral of `derive` in balls, and not 0.
    """
    share = certified.integral((HALF + LOGIT) * OVERLAP, *SHIFTED, bound=(1, 1))
    yield equal("N(0, 1), N(1, 1): the first term", differences(real_term, [1.0], [1.0]), share)


def search(seed):
    r"""Even data on seven places, shifted by one to three places: the two terms are equal.

    If the terms are equal at every shift, then so are their slopes, or differences. One even
    distribution with two different terms would refute the last sentence of the statement.
    """
    drawn = strategies.markov_kernels(2, 4)
    yield survives("even data, shifted: two equal terms", two_terms, drawn, seed=seed, examples=120)


def simulate(seed):
    r"""The gradient that comes back through a frozen $D^*$, for 128 000 samples of $\mathcal{N}(1, 1)$.

    Each sample returns $D^*(z + 1)$, a number between 0 and 1. The mean must be the whole of $C'$,
    although the first term is not in it. The interval for bounded values excludes one half of $C'$
    by far; it cannot exclude errors below 1 %.
    """
    streams = [np.random.default_rng(one) for one in np.random.SeedSequence(seed).spawn(32)]
    passed = np.concatenate([expit(-0.5 - rng.standard_normal(4000)) for rng in streams])
    mean = mean_of(passed, within=(0, 1))
    yield equal("N(0, 1), N(1, 1): mean of D*(z + 1)", mean, sp.Rational(SLOPE), tolerance=0.01)


def refute():
    r"""A right result for a wrong reason.

    The generator's loss leaves out $\mathbb{E}_p[\log D]$, "because it does not depend on $G$"
    [@ramasinghe]. With $D^*$ it does. Readers who notice this may conclude that the loss misses
    half of the slope; but at fixed $D^*$ the second term has all of it. And one half each is a
    property of shifts, not of every family.
    """
    first = certified.integral((HALF + LOGIT) * OVERLAP, *SHIFTED, bound=(1, 1))
    yield equal("the first term has the slope 0", first, 0, label="first-term-has-a-slope")
    frozen = certified.integral(q * STAR, *SHIFTED, bound=(0, 1))
    yield equal("frozen D* gives the second share only", frozen, first)
    wide = certified.integral(-GROWTH * STAR, *WIDE, bound=(2, 2))
    second = certified.integral(GROWTH * SECOND, *WIDE, bound=(4, 4))
    yield equal("half each when the width changes", wide, second)


def figure():
    r"""What each term contributes to the slope, when the model $\mathcal{N}(0, w^2)$ gets wider."""
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots(figsize=(6.6, 3.7))
    data, at, widths = Normal(0, 1), np.linspace(-9, 12, 1401), np.linspace(1, 3.5, 101)
    scale = widths[:, None]
    answer = expit(np.log(scale) - at**2 / 2 + (at / scale) ** 2 / 2)
    growth = data.pdf(at / scale) / scale * ((at / scale) ** 2 - 1) / scale
    first = np.trapezoid(-growth * answer, at, axis=1)
    second = np.trapezoid(growth * (np.log1p(-answer) + answer), at, axis=1)
    for values, color, text in (
        (first + second, "C4", "together: $C'$\n= frozen $D^*$"),
        (first, "C0", r"$E_p[\log D^*]$"),
        (second, "C3", r"$E_q[\log(1-D^*)]$"),
    ):
        axes.plot(widths, values, color=color)
        axes.annotate(text, (3.55, values[-1]), va="center", color=color, annotation_clip=False)
    axes.set(
        title="What each term adds to the slope",
        xlabel="width $w$ of the model $N(0, w^2)$",
        xlim=(1, 3.5),
    )
    axes.set(ylabel="slope in $w$", ylim=(0, 0.26), xticks=(1, 2, 3), yticks=(0, 0.1, 0.2))
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

SLOPE = "0.3979728671832498437186050802880019486836533"
SHIFTED, WIDE = (Normal(0, 1), Normal(1, 1)), (Normal(0, 1), Normal(0, 2))
# ∂q/∂w = q (x²/4 - 1)/2 for N(0, w²) at w = 2, where x² = (8/3)(log 2 - log p/q)
GROWTH = q * (sp.Rational(2, 3) * (LOG_2 - LOGIT) - 1) / 2


def real_term(shift):
    r"""$\mathbb{E}_p[\log D^*] + \log 2 = \mathrm{KL}(p \,\|\, (p + q)/2)$ for $\mathcal{N}(\mu, 1)$."""
    mean = Mixture((Normal(0, 1), Normal(float(shift[0]), 1)), ("1/2", "1/2"))
    return kl_divergence(Normal(0, 1), mean).value


def two_terms(rows):
    """1 + E_p[log D*] = 1 + E_q[log(1 - D*)], p even on 7 of 10 places, q the same moved."""
    half, move = rows[0], 1 + int(np.argmax(rows[1][:3]))
    real = np.concatenate([half[:0:-1] / 2, half[:1], half[1:] / 2, np.zeros(3)])
    fake = np.roll(real, move)
    return equal(f"moved by {move}", 1 + of_data(real, fake), 1 + of_model(real, fake))


@summed
def of_data(real, fake):
    r"""$\sum p \log D^*$."""
    return -xlogy(real, np.where(real > 0, (real + fake) / np.where(real > 0, real, 1), 1))


@summed
def of_model(real, fake):
    r"""$\sum q \log(1 - D^*)$, opened."""
    return [xlogy(fake, fake), -xlogy(fake, real + fake)]
