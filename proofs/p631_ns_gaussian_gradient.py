r"""For two Gaussians the non-saturating gradient is that of $2\,\mathrm{KL}(m \,\|\, p)$.

Statement
---------
Let $p = \mathcal{N}(0, 1)$, $q = \mathcal{N}(\mu, 1)$, $m = (p + q)/2$, and hold
$D = D^*$ still. The expected gradient by $\mu$ of the loss $-\log D$ is

$$ \mu \, \mathbb{E}_{x \sim q}[1 - D^*(x)] = \mu \int \frac{q^2}{p + q} \,\mathrm{d}x
   = K'(\mu), \quad K(\mu) = 2\,\mathrm{KL}(m \,\|\, p). $$

Together with the minimax gradient
$\mu \, \mathbb{E}_{x \sim q}[D^*(x)] = \mathrm{d}C/\mathrm{d}\mu$ it makes $\mu$, and for every
$\mu > 0$ it is the larger part, since

$$ \tfrac12 e^{-\mu^2/4} \le \mathbb{E}_{x \sim q}[D^*(x)] \le \tfrac12 e^{-\mu^2/8}, \qquad
   2 e^{\mu^2/8} - 1 \le \frac{\mathbb{E}_q[1 - D^*]}{\mathbb{E}_q[D^*]} \le 2 e^{\mu^2/4} - 1. $$

Assumes   $D = D^*$, held still while the generator moves.
Source    [@shannon2020] for the divergence; the Gaussian example is derived here.
"""

from fractions import Fraction

import numpy as np
import sympy as sp
from scipy.special import expit

from gantheory import certified
from gantheory.densities import Mixture, Normal
from gantheory.divergences import kl_divergence
from gantheory.evidence import differences
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, always, at_least, at_most, equal

theorem = Theorem(
    label="ns-gaussian-gradient",
    title=r"$\mu \, \mathbb{E}_q[1 - D^*] = K'(\mu)$ with $K = 2\,\mathrm{KL}(m \,\|\, p)$",
    uses=("ns-generator-gradient", "envelope-gradient"),
)

p, q = sp.symbols("p q", positive=True)  # the densities at a point
x, mu = sp.symbols("x mu", real=True)  # the point; the mean of the model
a, b, s = sp.symbols("a b s", real=True)  # the roots of p and q; any number
MEANS = ("1/2", "1", "2", "4")


def derive():
    r"""At each point $2\,\mathrm{KL}(m \,\|\, p)$ has the integrand $(p + q) \log((p + q)/(2 p))$.

    Its derivative by $q$ is $1 - \log 2 - \log D^*$ with $D^* = p/(p + q)$. The constant
    does not count, since $\int \partial_\mu q \,\mathrm{d}x = 0$. What is left,
    $-\int \partial_\mu q \, \log D^*$, is the derivative of the expected loss
    $-\mathbb{E}_q[\log D]$ with $D$ held still at $D^*$.
    """
    m, best = (p + q) / 2, p / (p + q)
    slope = sp.Derivative(2 * m * sp.log(m / p), q)
    yield equal("the slope of 2 KL(m‖p) in q", slope, 1 - sp.log(2) - sp.log(best))

    # For the Gaussians integration by parts moves the derivative from q to the logarithm:
    # under the integral that leaves μ (1 - D*) q, and a derivative by x, which integrates
    # to 0. The two weights D* and 1 - D* add up to 1, and so do the means.
    real, fake = (sp.exp(-((x - mean) ** 2) / 2) / sp.sqrt(2 * sp.pi) for mean in (0, mu))
    loss = -sp.log(real / (real + fake))
    parts = mu * fake**2 / (real + fake) - sp.Derivative(fake * loss, x)
    found = sp.Derivative(fake, mu) * loss
    yield equal("integration by parts", found, parts, label="ns-gaussian-gradient")
    yield equal("both weights together", p * q / (p + q) + q**2 / (p + q), q)

    # How small E_q[D*] is, the integral of pq/(p + q). Let p = a² and q = b². At each point pq/(p +
    # q) is at most ab/2, and at least s ab - s² (a² + b²)/4 for any number s. The integral of ab is
    # the affinity B = e^(-μ²/8). So the upper bound is B/2, and with s = B the lower one is B² -
    # B²/2 = B²/2. The bounds of the quotient (1 - E)/E = 1/E - 1 follow.
    both, overlap = sp.And(a > 0, b > 0), a**2 * b**2 / (a**2 + b**2)
    yield always("pq/(p + q) is at most half of the root", both, overlap <= a * b / 2)
    least = s * a * b - s**2 * (a**2 + b**2) / 4
    yield always("a lower bound for each s", both, overlap >= least)
    middle = sp.exp(-(mu**2) / 8) * real.subs(x, x - mu / 2)
    yield equal("ab, with the integral B", sp.sqrt(real) * sp.sqrt(fake), middle)


def certify():
    r"""The bounds on a whole interval of $\mu$, and two integrals at four of its points.

    With $x = \mu/2 + u$ the mean is $\mathbb{E}_q[D^*] = 2 e^{-\mu^2/8} H$, where $H$ is the integral of
    $\varphi(u)/(2 \cosh(\mu u/2))$ over $u > 0$. Balls enclose it up to $u = 10$ for all
    $\mu \in [\tfrac14, 6]$; the rest is positive and less than $e^{-50}$. This uses neither of the
    two inequalities at a point: $2 H$ is between $\tfrac12 e^{-\mu^2/8}$ and $\tfrac12$. At four
    points the two weights are integrals over the line: they add up to 1, and give the same $H$.
    """
    half_line = sp.Integral(sp.exp(-(x**2) / 2) / sp.cosh(mu * x / 2), (x, 0, 10))
    twice, interval = half_line / sp.sqrt(2 * sp.pi), {mu: (sp.Rational(1, 4), 6)}
    yield at_most("the upper bound", twice, sp.Rational(1, 2) - sp.exp(-50), where=interval)
    yield at_least("the lower bound", twice, sp.exp(-(mu**2) / 8) / 2, where=interval)
    share = sp.exp(-(mu**2) / 8) * (twice + sp.exp(-50))
    for mean in MEANS:
        strong, weak = (mean_weight(weight, mean) for weight in (q, p))
        yield equal(f"the sum at μ = {mean}", strong + weak, 1)
        at = certified.over(share, {mu: Fraction(mean)})
        yield equal(f"the half line at μ = {mean}", weak, at)


def check():
    r"""The derivative of $2\,\mathrm{KL}(m \,\|\, p)$ by central differences.

    The package's divergence is differentiated as a function of $\mu$. The derivative
    equals $\mu \, \mathbb{E}_q[1 - D^*]$ at four values of $\mu$. Here $D^*$ is not
    mentioned at all.
    """
    for mean in MEANS:
        moved = differences(twice_kl_at, [float(Fraction(mean))], [1.0])
        expected = Fraction(mean) * mean_weight(q, mean)
        yield equal(f"the derivative at μ = {mean}", moved, expected)


def search(seed):
    r"""120 random pairs of discrete distributions, for which the bounds on $D^*$ hold too.

    Nothing in them is Gaussian but the affinity: $\tfrac12 B^2 \le \mathbb{E}_q[D^*] \le
    \tfrac12 B$ for all $p$ and $q$ with $B = \sum \sqrt{p q}$. Here $\mathbb{E}_q[D^*] = \tfrac12 -
    \tfrac14 \sum (p - q)^2/(p + q)$, and both sums are balls. Pairs that are nearly equal, or
    disjoint, are among them; 1 is added, as all may be 0.
    """
    pairs = strategies.discrete_pairs()
    yield survives("the bounds on E_q[D*]", between, pairs, seed=seed, examples=120)


def refute():
    r"""Four false statements about the gradient, three of them on divergences.

    Not $2\,\mathrm{JSD}$, which is what "the same game with a better gradient" suggests.
    Not $\mathrm{KL}(q \,\|\, p)$, whose derivative is $\mu$: the part $-2\,\mathrm{JSD}$
    must not be forgotten. And not $\mathrm{KL}(m \,\|\, p)$ without the factor 2. Last, the two
    weights are not nearly equal for all models: from $\mu = 2$ on the one is twice the other.
    """
    strong, weak = (mean_weight(weight, "1") for weight in (q, p))
    yield equal("2 JSD, at μ = 1", strong, weak)
    yield equal("KL(q‖p), at μ = 2", differences(twice_kl_at, [2.0], [1.0]), 2)
    yield equal("KL(m‖p), at μ = 1", differences(twice_kl_at, [1.0], [1.0]), 2 * strong)
    strong, weak = (mean_weight(weight, "2") for weight in (q, p))
    yield at_most("less than twice, at μ = 2", strong, 2 * weak)


def figure():
    r"""Which samples of $q = \mathcal{N}(2, 1)$ move the generator, with either loss.

    The two filled areas make the model's density. To the left of $D^* = 1/2$ lie the
    samples that fool the discriminator, which the minimax loss follows; to the right
    those that it recognises.
    """
    from matplotlib import pyplot as plt

    at = np.linspace(-2, 6, 400)
    best = expit(2 - 2 * at)
    fake = np.exp(Normal(2, 1).logpdf(at))
    fig, axes = plt.subplots()
    axes.plot(at, fake, color="C5", linestyle="--")
    for weight, color, alpha in ((1 - best, "C0", 0.3), (best, "C1", 0.55)):
        axes.fill_between(at, 0, fake * weight, color=color, alpha=alpha, linewidth=0)
        axes.plot(at, fake * weight, color=color)
    axes.axvline(1, color="C6", linewidth=0.8, zorder=0)
    axes.annotate("$D^*$ = ½:\nequal", (0.93, 0.37), ha="right", va="top")
    axes.annotate("non-saturating:\n$q\\,(1-D^*)$", (3.1, 0.28), color="C0")
    axes.annotate("minimax:\n$q D^*$", (-0.05, 0.07), ha="right", color="C1")
    axes.annotate("model $q$", (2.0, 0.405), ha="center", va="bottom")
    axes.set(title="Two losses, one direction: which samples move the generator")
    axes.set(xlabel="sample $x$ of the model $N(2, 1)$", ylabel=r"weight of $\nabla a$")
    axes.set(xlim=(-2, 6), ylim=(0, 0.45), xticks=range(-2, 7, 2), yticks=(0, 0.2, 0.4))
    return fig


# --- how the numbers are made ---------------------------------------------------------------------


def mean_weight(weight, mean):
    r"""$\mathbb{E}_q[w/(p + q)]$ for $w = q$ or $w = p$, with $q$ of this mean, as a ball."""
    form = weight * q / (p + q)
    return certified.integral(form, Normal(0, 1), Normal(mean, 1), bound=(0, 1), digits=15)


def twice_kl_at(at):
    r"""$2\,\mathrm{KL}(m \,\|\, p)$ of N(0, 1) and N(at, 1)."""
    real, fake = Normal(0, 1), Normal(float(at[0]), 1)
    return 2 * float(kl_divergence(Mixture((real, fake), (0.5, 0.5)), real))


def between(pair):
    """1 + B²/2 ≤ 1 + E_q[D*] ≤ 1 + B/2, with 40 digits."""
    half, quarter = Fraction(1, 2), Fraction(1, 4)
    affinity = certified.bhattacharyya_coefficient(*pair, digits=40)
    found = 1 + half - quarter * certified.triangular_discrimination(*pair, digits=40)
    yield at_least("lower bound", found, 1 + half * affinity * affinity)
    yield at_most("upper bound", found, 1 + half * affinity)
