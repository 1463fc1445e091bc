r"""Unequal shares of real and generated points: the game's divergence is a skewed JSD.

Statement
---------
Let a share $\pi$ of the points that $D$ is shown be real, $0 < \pi < 1$. It maximises

$$V_\pi(D) = \pi \, \mathbb{E}_{x \sim p}[\log D(x)]
    + (1 - \pi) \, \mathbb{E}_{x \sim q}[\log(1 - D(x))].$$

With $m_\pi = \pi p + (1 - \pi) q$ and $h(\pi) = -\pi \log \pi - (1 - \pi) \log(1 - \pi)$,

$$\max_D V_\pi = \mathrm{JSD}_\pi(p, q) - h(\pi), \quad
    \mathrm{JSD}_\pi = \pi \, \mathrm{KL}(p \,\|\, m_\pi) + (1 - \pi) \, \mathrm{KL}(q \,\|\, m_\pi).$$

- Still $q = p$ is the only best model, with $D = \pi$ and the value $-h(\pi)$. For $\pi = 0.9$ that is
  $-0.3251$, for the fair game $-\log 2$. Disjoint $p$ and $q$ have the value 0.
- The slope of the value in $q$ is $(1 - \pi) \log(1 - D)$, with the best $D$.
- $\mathrm{JSD}_\pi(p, q) = \mathrm{JSD}_{1 - \pi}(q, p)$; but for $\pi \ne 1/2$ it is not symmetric.
- $\mathrm{JSD}_\pi$ is concave in $\pi$. Its ratio to $\pi$ tends to $\mathrm{KL}(p \,\|\, q)$ as
  $\pi \to 0$, and that to $1 - \pi$ to $\mathrm{KL}(q \,\|\, p)$ as $\pi \to 1$. Near $q = p$ it is
  $\frac{\pi (1 - \pi)}{2} \int \frac{(p - q)^2}{q} \,\mathrm{d}x$, for $\pi = 0.9$ only 36 % of the fair
  game's.
- A $D$ that is best for the share $\pi$ is best for $\rho$ after
  $\log\frac{\rho}{1 - \rho} - \log\frac{\pi}{1 - \pi}$ is added to its logit.

So a mean over one batch of $n$ real and $k$ generated points plays with $\pi = \frac{n}{n + k}$.

Assumes   $p$ and $q$ are densities with respect to one measure; $D$ is not restricted.
Source    [@lin1991, section IV] for $\mathrm{JSD}_\pi$; [@goodfellow2014, Theorem 1] for $\pi = 1/2$.
"""

from fractions import Fraction

import numpy as np
import sympy as sp

from gantheory import certified
from gantheory.densities import Cauchy, Exponential, Mixture, Normal, Uniform
from gantheory.divergences import js_divergence, skew_js_divergence
from gantheory.evidence import summed
from gantheory.game import optimal_discriminator
from gantheory.losses import MINIMAX
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_most, converges, equal

theorem = Theorem(
    label="prior-shift",
    title=r"A share $\pi$ of real points: $\max_D V_\pi = \mathrm{JSD}_\pi(p, q) - h(\pi)$",
    uses=("discriminator-is-posterior",),
    covers=("prior-shift",),
)

p, q, r = sp.symbols("p q r", positive=True)  # the densities at one point, and p/q
pi, rho = sp.symbols("pi rho", positive=True)  # shares of real points
SHARE = {pi: (0, 1)}
MEAN = pi * p + (1 - pi) * q
STAR, REST = pi * p / MEAN, (1 - pi) * q / MEAN  # D and 1 - D
BEST = pi * p * sp.log(STAR) + (1 - pi) * q * sp.log(REST)
JS = pi * p * sp.log(p / MEAN) + (1 - pi) * q * sp.log(q / MEAN)  # what a point adds to JSD


def derive():
    r"""Take the shares out of the logarithms; the rest is convex in $\frac{p}{q}$.

    The best $D$ is the posterior $\frac{\pi p}{m_\pi}$, so the logarithms at a point are those of
    $\frac{p}{m_\pi}$ and $\frac{q}{m_\pi}$, plus $\log \pi$ and $\log(1 - \pi)$, whose means make
    $-h(\pi)$. With $r = \frac{p}{q}$ a point adds to $\mathrm{JSD}_\pi$ $q$ times a function that is
    strictly convex in $r$, and 0 with slope 0 at $r = 1$: this gives the only best model, and the
    divergence nearby.
    """
    yield equal("1 - D", 1 - STAR, REST, where=SHARE)
    ratio = JS.subs({p: r, q: 1})
    bend = pi * (1 - pi) / (r * (pi * r + 1 - pi))
    yield equal("convex in p/q", sp.Derivative(ratio, (r, 2)), bend, where=SHARE)
    slope = pi * sp.log(r / (pi * r + 1 - pi))
    yield equal("the slope in p/q, 0 at p = q", sp.Derivative(ratio, r), slope, where=SHARE)
    nearby = sp.Subs(sp.Derivative(ratio, (r, 2)), r, 1)
    yield equal("the curvature at p = q", nearby, pi * (1 - pi), where=SHARE)
    alone = sp.Limit(BEST.subs({pi: sp.Rational(9, 10), p: 1}), q, 0, "+")
    yield equal("data alone: the value 0", alone, 0)
    step = (1 - pi) * sp.log(REST)
    yield equal("the slope in q", sp.Derivative(BEST, q), step, where=SHARE)

    # As a function of π: of its slopes at the ends, p - q integrates to 0.
    yield equal("concave in π", sp.Derivative(JS, (pi, 2)), -((p - q) ** 2) / MEAN, where=SHARE)
    rise = p * sp.log(p / MEAN) - q * sp.log(q / MEAN) - (p - q)
    yield equal("the slope in π", sp.Derivative(JS, pi), rise, where=SHARE)
    for end, kl in ((0, p * sp.log(p / q)), (1, -q * sp.log(q / p))):
        there = sp.Subs(sp.Derivative(JS, pi), pi, end)
        yield equal(f"the slope at π = {end}", there, kl - (p - q))

    odds = STAR / REST
    shift = sp.log(rho / (1 - rho)) - sp.log(pi / (1 - pi))
    moved = sp.log(odds.subs(pi, rho)) - sp.log(odds)
    yield equal("from one share to another", moved, shift, where=SHARE | {rho: (0, 1)})


def certify():
    r"""The value of the game in balls, beside both divergences to the mixture.

    The left side integrates $\pi p \log D + (1 - \pi) q \log(1 - D)$ for the best $D$, the right side is
    made of two integrals against the density $m_\pi$: unequal widths, a heavy tail, and two densities
    with edges, which have parts that the other has not.
    """
    for name, (pair, share) in PAIRS.items():
        value = certified.integral(BEST.subs(pi, share), *pair, bound=(1, 1), digits=12)
        mixture = Mixture(pair, (share, 1 - share))
        real, fake = (certified.kl_divergence(one, mixture, digits=12) for one in pair)
        skewed = share * real + (1 - share) * fake
        yield equal(f"{name}, π = {share}", value, skewed - h(sp.Rational(share)))


def check():
    r"""Both ends, the neighbourhood of $q = p$, and a pair that a fair coin does not tell best.

    For $\mathrm{Exp}(3)$ and $\mathrm{Exp}(2)$ the divergences are $\log\frac{3}{2} - \frac{1}{3}$ and
    $\frac{1}{2} - \log\frac{3}{2}$. For $\mathcal{N}(0, 1)$, shifted by 1/2 to 1/64, the share 0.9 has
    ever more nearly 36 % of the fair game's divergence. And $\mathrm{U}[0, 1]$ and $\mathrm{U}[0, 2]$
    have the largest one, $\log \frac{5}{4}$, at $\pi = \frac{3}{5}$, where the slope in $\pi$ is 0.
    """
    pair, log = (Exponential(3), Exponential(2)), sp.log(sp.Rational(3, 2))
    small = [1 / 4**k for k in range(2, 8)]
    kl = [skew_js_divergence(*pair, share) / share for share in small]
    yield converges("π → 0: KL(p‖q)", kl, log - sp.Rational(1, 3), tolerance=1e-3)
    kl = [skew_js_divergence(*pair, 1 - share) / share for share in small]
    yield converges("π → 1: KL(q‖p)", kl, sp.Rational(1, 2) - log, tolerance=1e-3)
    kernel = JS.subs(pi, sp.Rational(3, 4))
    turned = certified.integral(kernel, *pair, bound=(1, 1), digits=12)
    yield equal("roles and shares exchanged", skew_js_divergence(*pair[::-1], 0.25), turned)
    near = [(Normal(0, 1), Normal(Fraction(1, 2**k), 1)) for k in range(1, 7)]
    parts = [skew_js_divergence(*two, 0.9) / js_divergence(*two) for two in near]
    yield converges("near q = p: 36 %", parts, Fraction(9, 25), tolerance=1e-3)
    yield equal("U[0, 1] and U[0, 2]", skew_js_divergence(*NESTED, 0.6), sp.log(5) - sp.log(4))


def search(seed):
    r"""Random distributions on finitely many points, and random shares.

    The value is summed at the logit of $D^*$ plus the log odds of the share, with the losses of the
    package, and compared with its skewed divergence.
    """
    drawn, label = strategies.discrete_pairs().flatmap(with_share), "prior-shift"
    yield survives("the value", value_found, drawn, seed=seed, examples=145, label=label)


def refute():
    r"""Six ways to get a share wrong.

    That the fair game's value and divergence stay; that the mixture keeps its halves, only the weights
    outside being changed; that the divergence is symmetric. That a logit is corrected by subtracting
    the new log odds. That the slope in $q$ does not contain the share. And that equal shares always
    tell most: of $\mathrm{U}[0, 1]$ and $\mathrm{U}[0, 2]$ more can be learned with more real points.
    """
    yield equal("-log 2 at p = q", BEST.subs({p: 1, q: 1}), -sp.log(2), where=SHARE)
    pair, share = PAIRS["N(0, 1) and N(1, 2²)"]
    skewed = skew_js_divergence(*pair, float(share))
    yield equal("JSD for the skewed one", skewed, certified.js_divergence(*pair, digits=12))
    real, fake = (certified.kl_divergence(one, Mixture(pair, ("1/2", "1/2"))) for one in pair)
    yield equal("halves in the mixture", skewed, share * real + (1 - share) * fake)
    turned = JS.subs({p: q, q: p}, simultaneous=True)
    yield equal("symmetric", JS, turned, where=SHARE)
    other = sp.log((STAR / REST).subs(pi, rho)) - sp.log(p / q)
    yield equal("the log odds subtracted", other, -sp.log(rho / (1 - rho)), where={rho: (0, 1)})
    yield equal("the slope without 1 - π", sp.Derivative(BEST, q), sp.log(REST), where=SHARE)
    most = skew_js_divergence(*NESTED, 0.6)
    yield at_most("equal shares tell most", most, js_divergence(*NESTED))


def figure():
    r"""$\mathrm{JSD}_\pi$ over the share $\pi$, for three pairs.

    At both ends nothing can be learned. Disjoint densities reach $h(\pi)$, the most there is. The
    maximum of the nested uniform densities is right of 1/2, at the dot.
    """
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots()
    three_pairs(axes)
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

NESTED = Uniform(0, 1), Uniform(0, 2)
PAIRS = {
    "N(0, 1) and N(1, 2²)": ((Normal(0, 1), Normal(1, 2)), Fraction(9, 10)),
    "Cauchy(0, 1) and N(0, 1)": ((Cauchy(0, 1), Normal(0, 1)), Fraction(1, 4)),
    "U[0, 1] and U[1/2, 2]": ((Uniform(0, 1), Uniform("1/2", 2)), Fraction(2, 3)),
}


def h(share):
    r"""$-\pi \log \pi - (1 - \pi) \log(1 - \pi)$."""
    return -share * sp.log(share) - (1 - share) * sp.log(1 - share)


def with_share(pair):
    """The pair with a share from 1/100 to 99/100."""
    return strategies.simplices(2).map(lambda w: (*pair, Fraction(1 + round(98 * w[0]), 100)))


def value_found(example):
    """1 + V at the best logit, and 1 + JSD - h."""
    *pair, share = example
    exact = sp.Rational(share)
    shift = float(sp.log(exact / (1 - exact)))
    found = weighted(pair, float(share), optimal_discriminator(*pair)(pair[0].points) + shift)
    return equal("1 + V", 1 + found, 1 - h(exact) + skew_js_divergence(*pair, float(share)))


@summed(roundings=256)  # logarithms up to 30 in size, of a few roundings
def weighted(pair, share, logit):
    r"""The terms of $V_\pi$ at the logits."""
    losses = (share, pair[0].weights, MINIMAX.real), (1 - share, pair[1].weights, MINIMAX.fake)
    return [-w * mass[mass > 0] * loss.value(logit[mass > 0]) for w, mass, loss in losses]


def three_pairs(axes):
    """Draw the skewed divergence of three pairs."""
    at = np.linspace(0, 1, 161)[1:-1]
    axes.plot(at, -at * np.log(at) - (1 - at) * np.log(1 - at), color="C4")
    axes.annotate(r"disjoint: $h(\pi)$", (0.5, 0.71), ha="center", va="bottom")
    for pair, style, text, place in (
        ((Normal(0, 1), Normal(2, 1)), "C0-", "$N(0, 1)$ and $N(2, 1)$", (0.5, 0.36)),
        (NESTED, "C3--", "$U[0, 1]$ and $U[0, 2]$", (0.5, 0.12)),
    ):
        axes.plot(at, [skew_js_divergence(*pair, float(share)).value for share in at], style)
        axes.annotate(text, place, color=style[:2], ha="center")
    axes.plot(0.6, np.log(1.25), "o", color="C3")
    axes.set(xlim=(0, 1), ylim=(0, 0.8), xticks=(0, 0.5, 0.6, 1), yticks=(0, 0.2, 0.4, 0.6))
    axes.set(xlabel=r"share $\pi$ of real points", ylabel=r"$\mathrm{JSD}_\pi$, nats")
    axes.set_title("What can be learned about the labels")
