r"""Against $D^*$ the generator's loss is at least $\log 2$, and the loss of $D^*$ is at most $\log 2$.

Statement
---------
Training code prints the mean cross-entropy of the discriminator over a batch that is half real and half
generated, and that of the generator, whose samples are called real. Their expectations are

$$L_D = -\tfrac12 V(D, G), \quad L_G = -\mathbb{E}_{x \sim q}[\log D(x)].$$

Against the best discriminator $D^* = p/(p + q)$, with $m = \tfrac12 (p + q)$,

$$L_D = \log 2 - \mathrm{JSD}(p, q) \in [0, \log 2], \quad
L_G = \mathrm{KL}(q \,\|\, p) - \mathrm{KL}(q \,\|\, m) + \log 2 \ge \log 2.$$

At the equilibrium, $q = p$, both are $\log 2$, and $L_G = \log 2$ holds only there. So an expected
generator loss below $\log 2$ proves that $D$ is not the best discriminator.

Assumes   $p$ and $q$ are densities with respect to one measure; $L_G = \infty$ where
          $\mathrm{KL}(q \,\|\, p)$ is.
Source    [@goodfellow2014, Theorem 1]; [@annotated2017] prints them as `d_loss` and `a_loss`.
"""

import numpy as np
import sympy as sp
from scipy.special import log_expit

from gantheory import certified
from gantheory.densities import Discrete, Exponential, Laplace, Mixture, Normal, Uniform
from gantheory.divergences import kl_divergence
from gantheory.evidence import summed
from gantheory.game import optimal_discriminator, value_function
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, converges, equal

theorem = Theorem(
    label="loss-values-at-equilibrium",
    title=r"$L_D = \log 2 - \mathrm{JSD} \le \log 2 \le L_G$ against the best discriminator",
    uses=("c-equals-2jsd-minus-log4", "discriminator-logistic-mle", "label-forcing-equals-ns"),
    covers=("loss-values-at-equilibrium",),
)

# p and q are the densities of data and model at one point, and r = p/q
p, q, r = sp.symbols("p q r", positive=True)
STAR, MEAN, LOG_2 = p / (p + q), (p + q) / 2, sp.log(2)


def derive():
    r"""The two losses at $D^*$, first as divergences and then with their bounds.

    The losses are integrals, and at one point they contribute $-\tfrac12 [p \log D^* + q \log(1 - D^*)]$
    and $-q \log D^*$. Comparing both densities with their mean turns these into the integrands of
    divergences: $m \log 2$ minus the integrand of $\mathrm{JSD}$, and the integrands of
    $\mathrm{KL}(q \,\|\, p)$ and $\mathrm{KL}(q \,\|\, m)$.

    The bound on $L_D$ is $\mathrm{JSD} \ge 0$. For $L_G$, write $-\log D^* = \log(1 + 1/r)$, a convex
    function of the ratio $r = p/q$, which lies above its tangent at $r = 1$. The mean of the tangent
    under $q$ is $\log 2 + \tfrac12 (1 - c)$, where $c \le 1$ is the mass of the data at the points with
    $q > 0$. So it is at least $\log 2$. The second derivative is positive; hence the function touches
    its tangent only at $r = 1$.

    There is no upper bound: where data are rare, a sample of the model may cost any amount.
    """
    divergence = p * sp.log(p / MEAN) + q * sp.log(q / MEAN)
    loss = -(p * sp.log(STAR) + q * sp.log(1 - STAR)) / 2
    yield equal("L_D at D*, at a point", loss, MEAN * LOG_2 - divergence / 2)
    yield equal(
        "L_G at D*, at a point",
        -q * sp.log(STAR),
        q * sp.log(q / p) - q * sp.log(q / MEAN) + q * LOG_2,
        label="loss-values-at-equilibrium",
    )

    # the bounds
    tangent, loss = LOG_2 - (r - 1) / 2, sp.log(1 + 1 / r)
    yield at_least("-log D* above its tangent at r = 1", loss, tangent)
    yield equal("the tangent, times q", q * tangent.subs(r, p / q), q * LOG_2 + (q - p) / 2)
    yield equal(
        "second derivative of -log D*",
        sp.Derivative(loss, (r, 2)),
        (2 * r + 1) / (r**2 * (1 + r) ** 2),
    )
    yield equal("-log D* without data, p → 0", sp.Limit(-sp.log(STAR), p, 0, "+"), sp.oo)


def certify():
    r"""Five pairs: one shifted, one nearly equal, one narrower, one mode of two, and one with corners.

    Both losses at the best discriminator are enclosed by balls. $L_G > \log 2 > L_D > 0$ comes out
    strictly for each pair, also for $\mathcal{N}(0, 1)$ and $\mathcal{N}(\tfrac1{100}, 1)$, where the
    differences are about $10^{-5}$.
    """
    for name, (real, fake) in PAIRS.items():
        found_d, found_g = enclosed_losses(real, fake)
        yield at_least(f"L_G above log 2, {name}", found_g, LOG_2, tolerance=0)
        yield at_most(f"L_D below log 2, {name}", found_d, LOG_2, tolerance=0)
        yield at_least(f"L_D above 0, {name}", found_d, 0, tolerance=0)


def check():
    r"""The two identities on the same pairs, by two methods each, and the limits of what they say.

    $-\tfrac12 V(D^*)$ by quadrature is compared with the enclosed $\log 2 - \mathrm{JSD}$, and the
    integral of $-q \log D^*$, by a Gauss-Legendre rule with 4, 8, 16 and 24 nodes on every unit, with
    the divergences. For the exponential densities of rates 1 and 2 the substitution $r = e^{-x}$ gives
    an integral that SymPy can do. If the model has mass where there are no data, $L_G$ is infinite.
    """
    for name, (real, fake) in PAIRS.items():
        value = value_function(real, fake, optimal_discriminator(real, fake))
        yield equal(f"-V(D*)/2, {name}", -0.5 * value, enclosed_losses(real, fake)[0])
        rules = [by_panels(real, fake, nodes) for nodes in (4, 8, 16, 24)]
        found = generator_loss(real, fake)
        yield converges(f"-E_q[log D*], {name}", rules, found, tolerance=1e-12)
    yield equal(
        "L_G of Exp(1) and Exp(2)",
        generator_loss(Exponential(1), Exponential(2)),
        sp.Integral(2 * r * sp.log(1 + 2 * r), (r, 0, 1)),
    )
    without_data = kl_divergence(Uniform(0.5, 1.5), Uniform(0, 1))
    yield equal("KL(q‖p) of U[0, 1] and U[1/2, 3/2]", without_data, sp.oo)


def search(seed):
    r"""A hunt through 150 pairs of discrete distributions, mixed with 1 % of the uniform one.

    The losses are summed from the logits of $D^*$. A pair with $L_D > \log 2$, with $L_G < \log 2$, or
    with another $L_G$ than the divergences give would refute the statement.
    """
    pairs = strategies.discrete_pairs(equal=False)
    yield survives("L_D ≤ log 2 ≤ L_G at D*", in_order, pairs, seed=seed, examples=150)


def refute():
    r"""Four misreadings of the two numbers.

    $L_D$ *falls* when the generator gets worse, because the discriminator's work becomes easier;
    with the wrong sign it would rise above $\log 2$. The next two are wrong formulas for $L_G$: one
    forgets $\mathrm{KL}(q \,\|\, m)$, the other takes $2\,\mathrm{KL}(m \,\|\, p)$, the divergence
    whose gradient the generator follows, for the value of its loss. The last is to expect that a
    good player has a small loss: against the best discriminator no generator has a loss below
    $\log 2$.
    """
    pair = PAIRS["N(0, 1) and N(1, 1/2²)"]
    value = value_function(*pair, optimal_discriminator(*pair))
    log_2, js = certified.log(2), certified.js_divergence(*pair, digits=12)
    kl, found = certified.kl_divergence(*reversed(pair), digits=12), enclosed_losses(*pair)[1]
    yield equal("L_D = log 2 + JSD", -0.5 * value, log_2 + js)
    yield equal("L_G = KL(q‖p) + log 2", found, kl + log_2)
    yield equal("L_G = 2 KL(m‖p) + log 2", found, kl - 2 * js + log_2)
    yield at_most("a good generator has L_G below log 2", found, LOG_2, tolerance=0)


# --- how the numbers are made ---------------------------------------------------------------------

PAIRS = {
    "N(0, 1) and N(1, 1)": (Normal(0, 1), Normal(1, 1)),
    "N(0, 1) and N(1/100, 1)": (Normal(0, 1), Normal("1/100", 1)),
    "N(0, 1) and N(1, 1/2²)": (Normal(0, 1), Normal(1, "1/2")),
    "two modes and one of them": (
        Mixture((Normal(-2, 0.5), Normal(2, 0.5)), (0.5, 0.5)),
        Normal(2, 0.5),
    ),
    "Laplace(0, 1) and Laplace(1, 1/2)": (Laplace(0, 1), Laplace(1, "1/2")),
}


def enclosed_losses(real, fake):
    """log 2 - JSD and KL(q‖p) - KL(q‖m) + log 2, in balls."""
    mean = Mixture((real, fake), (0.5, 0.5))
    kl, to_mean = (certified.kl_divergence(fake, other, digits=12) for other in (real, mean))
    js, log_2 = certified.js_divergence(real, fake, digits=12), certified.log(2)
    return log_2 - js, kl - to_mean + log_2


def generator_loss(real, fake):
    """KL(q‖p) - KL(q‖m) + log 2."""
    mean = Mixture((real, fake), (0.5, 0.5))
    return kl_divergence(fake, real) - kl_divergence(fake, mean) + LOG_2


@summed
def by_panels(real, fake, count):
    """E_q[log(1 + q/p)] by Gauss-Legendre panels of width 1 with so many nodes."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    at = (np.arange(-20, 22)[:, None] + (nodes + 1) / 2).ravel()
    density = np.exp(fake.logpdf(at))
    return density * np.logaddexp(0, fake.logpdf(at) - real.logpdf(at)) * np.tile(weights / 2, 42)


def in_order(pair):
    """The order of both losses, and L_G as a difference of divergences."""
    mixed = [0.99 * one.weights + 0.01 / len(one.weights) for one in pair]
    real, fake = (Discrete(weights / weights.sum()) for weights in mixed)
    yield at_most("L_D", d_loss(real.weights, fake.weights), LOG_2)
    found = g_loss(real.weights, fake.weights)
    yield at_least("L_G", found, LOG_2)
    middle = Discrete((real.weights + fake.weights) / 2)
    divergences = kl_divergence(fake, real) - kl_divergence(fake, middle) + LOG_2
    yield equal("L_G is KL(q‖p) - KL(q‖m) + log 2", found, divergences)


@summed
def d_loss(real, fake):
    """-Σ (p log σ(a) + q log σ(-a))/2 for a = log p - log q."""
    logits = np.log(real) - np.log(fake)
    return -real * log_expit(logits) / 2, -fake * log_expit(-logits) / 2


@summed
def g_loss(real, fake):
    """-Σ q log σ(a) for a = log p - log q."""
    return -fake * log_expit(np.log(real) - np.log(fake))
