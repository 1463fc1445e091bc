r"""The generator may hold $D^*$ still, unless the supports move.

Statement
---------
Let $q_\theta$ be the model and $D^*_\theta$ the best discriminator against it. If $D^*$ is smooth and
the supports do not move with $\theta$, then the expected gradient of the minimax generator with $D$
held still at $D^*_\theta$ is all of the derivative of the virtual criterion,

$$ \frac{\mathrm{d} C}{\mathrm{d} \theta} = -\mathbb{E}[D^* \, J^T \nabla a^*]. $$

That $D^*$ moves along with $\theta$ adds nothing, because $V$ is at its maximum over $D$. For $p =
\mathcal{N}(0, 1)$ and $G(z) = z + \mu$, where the logit $a^*$ has the slope $-\mu$,

$$ \frac{\mathrm{d} C}{\mathrm{d} \mu} = \mu \, \mathbb{E}_{x \sim q}[D^*(x)]
   = \mu \int \frac{p q}{p + q} \,\mathrm{d}x. $$

For supports that move it is false. With the uniform densities $p$ on $[0, 1]$ and $q$ on $[\theta, 1 +
\theta]$, $0 < \theta < 1$, the derivative is $\mathrm{d}C/\mathrm{d}\theta = 2 \log 2$. But $D^*$ is
constant on pieces, $\nabla D^* = 0$ at almost every sample, and the generator gets no gradient.

Assumes   $D^*$ is differentiable, and differentiation under the integral sign is allowed.
Source    [@danskin1967] for the envelope theorem; the examples are derived here.
"""

from fractions import Fraction

import numpy as np
import sympy as sp
from scipy.special import expit

from gantheory import certified
from gantheory.densities import Laplace, Normal, Uniform
from gantheory.evidence import differences, summed
from gantheory.game import optimal_discriminator, virtual_training_criterion
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal

theorem = Theorem(
    label="envelope-gradient",
    title=r"$\mathrm{d}C/\mathrm{d}\theta = -\mathbb{E}[D^* J^T \nabla a^*]$: $D^*$ may be held still",
    uses=("saturating-generator-gradient", "optimal-discriminator", "c-equals-2jsd-minus-log4"),
)

p, q = sp.symbols("p q", positive=True)  # the densities at a point
x, m = sp.symbols("x m", real=True)  # the point; the mean of the model
theta = sp.Symbol("theta", positive=True)
BEST = p / (p + q)
MEANS = ("1/2", "1", "2", "4")


def derive():
    r"""At each point $C$ has the integrand $p \log D^* + q \log(1 - D^*)$ with $D^* = p/(p + q)$.

    Differentiate it by $q$. The explicit $q$ gives $\log(1 - D^*)$. The two $D^*$ inside move too, by
    $-p/(p + q)$ in the first term and by $p/(p + q)$ in the second: together they add nothing. So the
    derivative of $C$ is $\int \partial_\theta q \, \log(1 - D^*) \,\mathrm{d}x$, with $D^*$ held still.

    With $D$ held still, $\int q_\theta \log(1 - D) \,\mathrm{d}x = \mathbb{E}_z[\log(1 - D(G(z;
    \theta)))]$. Differentiated under the expectation by the chain rule this is $-\mathbb{E}[D \, J^T
    \nabla a]$, as for a batch. That step needs a $D$ that is smooth where the samples move.
    """
    first, second = p * sp.log(BEST), q * sp.log(1 - BEST)
    held = sp.log(1 - BEST)
    yield equal(
        "D* may be held still", sp.Derivative(first + second, q), held, label="envelope-gradient"
    )
    yield equal("what D* adds to the first term", sp.Derivative(first, q), -BEST)
    yield equal("what it adds to the second", sp.Derivative(second, q) - held, BEST)

    # Two Gaussians. Integration by parts moves the derivative from q to the logarithm: what it leaves
    # under the integral is m D* q, and the rest is a derivative by x, which integrates to 0.
    real, fake = (sp.exp(-((x - mean) ** 2) / 2) / sp.sqrt(2 * sp.pi) for mean in (0, m))
    yield equal("the slope of the logit", sp.Derivative(sp.log(real / fake), x), -m)
    kept = sp.log(fake / (real + fake))
    parts = m * real * fake / (real + fake) - sp.Derivative(fake * kept, x)
    yield equal("integration by parts", sp.Derivative(fake, m) * kept, parts)

    # Two uniform densities: the integrand of C is 0 on the two ends, where only one density
    # is positive, and -2 log 2 on the interval [θ, 1] that they share. So C = 2 θ log 2 -
    # log 4 rises with θ.
    shared = sp.Integral(2 * sp.log(sp.Rational(1, 2)), (x, theta, 1))
    expected = 2 * theta * sp.log(2) - sp.log(4)
    yield equal("C of two uniform densities", shared, expected, where={theta: (0, 1)})
    yield equal("its derivative", sp.Derivative(expected, theta), 2 * sp.log(2))


def certify():
    r"""The expectation $\mathbb{E}_q[D^*]$ for $p = \mathcal{N}(0, 1)$, $q = \mathcal{N}(\mu, 1)$.

    It equals $(2 - \Delta)/4$ with $\Delta = \int (p - q)^2/(p + q) \,\mathrm{d}x$, and is
    positive, so that $C$ rises with the distance of the means. Both integrals are enclosed
    by balls, for four values of $\mu$.
    """
    for mean in MEANS:
        found, pair = mean_of_best(mean), (Normal(0, 1), Normal(mean, 1))
        delta = certified.integral((p - q) ** 2 / (p + q), *pair, bound=(1, 1), digits=15)
        yield equal(f"E[D*] and Δ at μ = {mean}", found, (2 - delta) / 4)
        yield at_least(f"E[D*] > 0 at μ = {mean}", found, 0, tolerance=0)


def check():
    r"""The derivative of $C$ itself, by central differences of the package's criterion.

    There $D^*$ moves with $\mu$. The result is $\mu \, \mathbb{E}_q[D^*]$, in which it is
    held still. For the uniform densities the derivative is $2 \log 2$, at two values of
    $\theta$; and the logit of $D^*$ has the slope 0 at a sample inside.
    """
    for mean in MEANS:
        moved = differences(gaussian_criterion, [float(Fraction(mean))], [1.0])
        yield equal(f"dC/dμ at μ = {mean}", moved, Fraction(mean) * mean_of_best(mean))
    for end in ("1/4", "1/2"):
        moved = differences(uniform_criterion, [float(Fraction(end))], [1.0])
        yield equal(f"dC/dθ at θ = {end}, uniform", moved, 2 * sp.log(2))
    slope = differences(uniform_logit, [0.6], [1.0])
    yield equal("θ = 1/4, the logit of D* at 0.6", 1 + slope, 1)


def search(seed):
    r"""Pairs on finitely many points, and a step of any length from $q$ towards $p$.

    With $D^*$ held still the step $r - q$ to $r = (1 - t) q + t p$ changes $V$ by
    $\sum (r - q) \log(1 - D^*)$. That is the slope of $C$ at $q$, and $C$ is convex in $q$; so a step
    refutes the statement if $C$ changes by less than that, or by more than with the $D^*$ of $r$.
    """
    drawn = strategies.simplices(9)
    yield survives("between the two slopes", between_slopes, drawn, seed=seed, examples=130)


def refute():
    r"""Three mistakes about the moving discriminator.

    To trust the chain rule where supports move. To think that a gradient with $D$ held
    still sees half of the truth, since $D^*$ moves too, and that
    $\mathrm{d}C/\mathrm{d}\mu$ is twice as large. And to average $D^*$ over the data
    instead of the model: that gives $1 - \mathbb{E}_q[D^*]$, since $p D^* + q D^* = p$.
    """
    moved = differences(uniform_criterion, [0.25], [1.0])
    yield equal("no gradient, so dC/dθ = 0", moved, 0)
    moved = differences(gaussian_criterion, [1.0], [1.0])
    yield equal("a factor of 2, since D* moves", moved, 2 * mean_of_best("1"))
    pair = Normal(0, 1), Laplace(1, 1)
    over_model, over_data = (
        certified.integral(weight * p / (p + q), *pair, bound=(1, 0), digits=12)
        for weight in (q, p)
    )
    yield equal("E over the data, N(0, 1) and Laplace(1, 1)", over_model, over_data)


def figure():
    r"""$p = \mathcal{N}(0, 1)$, $q = \mathcal{N}(2, 1)$ and $D^*$; the filled area is $q D^*$.

    Its size times $\mu = 2$ is the gradient. Most of the model's samples, to the right, add little.
    """
    from matplotlib import pyplot as plt

    at = np.linspace(-2.5, 5.5, 400)
    best = expit(2 - 2 * at)
    fake = np.exp(Normal(2, 1).logpdf(at))
    fig, axes = plt.subplots()
    axes.plot(at, np.exp(Normal(0, 1).logpdf(at)), color="C0")
    axes.plot(at, fake, color="C2")
    axes.plot(at, best, color="C5", linestyle="--")
    axes.fill_between(at, 0, fake * best, color="C1", alpha=0.45, linewidth=0)
    axes.annotate("data $p$", (-0.9, 0.3), ha="right", color="C0")
    axes.annotate("model $q$", (2.95, 0.3), color="C2")
    axes.annotate("$D^*$", (-1.6, 0.94), ha="right", va="top", color="C5")
    text, arrow = "$q D^*$: the samples that\nmove the generator", dict(arrowstyle="-", color="C5")
    axes.annotate(text, (1.05, 0.06), xytext=(2.2, 0.66), arrowprops=arrow)
    axes.set(title="Only samples that $D^*$ takes for real move the model to the data")
    axes.set(xlabel="sample $x$", ylabel="density, or $D^*$", xlim=(-2.5, 5.5), ylim=(0, 1.02))
    axes.set(xticks=(-2, 0, 2, 4), yticks=(0, 0.5, 1))
    return fig


# --- how the numbers are made ---------------------------------------------------------------------


def mean_of_best(mean):
    r"""$\mathbb{E}_q[D^*]$ as a ball."""
    form = p * q / (p + q)
    return certified.integral(form, Normal(0, 1), Normal(mean, 1), bound=(1, 0), digits=15)


def between_slopes(shares):
    """Yield that C changes at least as V does with D* held still, and at most as with the new D*."""
    p, q = shares[:4] + 0.1, shares[4:8] + np.array([0.1, 0.2, 0.3, 0.4])
    p, q, t = p / np.sum(p), q / np.sum(q), 0.1 + 0.9 * shares[8]
    r = (1 - t) * q + t * p
    change = criterion_change(p, q, r)
    yield at_least("D* of the old model", change, held_change(p, q, r, q))
    yield at_most("D* of the new model", change, held_change(p, q, r, r))


@summed
def criterion_change(p, q, r):
    """The terms of C(r) - C(q), each as a logarithm of a quotient that is near 1."""
    moved = np.log1p((r - q) / (p + q))
    return [-p * moved, -r * moved, r * np.log1p((r - q) / q), (r - q) * np.log(q / (p + q))]


@summed
def held_change(p, q, r, held):
    """The terms of the sum of (r - q) log(1 - D), D the best against `held`."""
    return (r - q) * np.log(held / (p + held))


def gaussian_criterion(at):
    """C of N(0, 1) against N(at, 1)."""
    return float(virtual_training_criterion(Normal(0, 1), Normal(float(at[0]), 1)))


def uniform_criterion(at):
    """C of U[0, 1] against U[at, 1 + at]."""
    return float(virtual_training_criterion(Uniform(0, 1), Uniform(float(at[0]), 1 + float(at[0]))))


def uniform_logit(at):
    """The logit of D* for U[0, 1] against U[1/4, 5/4]."""
    return float(optimal_discriminator(Uniform(0, 1), Uniform(0.25, 1.25))(at)[0])
