r"""The density ratio turns expectations over the model into expectations over the data.

Statement
---------
Let $r = \frac{p}{q} = \frac{D^*}{1 - D^*}$. If $p$ has mass only where $q$ has, then for every $h$

$$\mathbb{E}_{x \sim q}[r(x)\, h(x)] = \mathbb{E}_{x \sim p}[h(x)].$$

Otherwise the left side lacks what $p$ has where $q = 0$; with $h = 1$,
$\mathbb{E}_{x \sim q}[r(x)]$ is one minus that mass. With $h = 1 - D^*$ this becomes
$\mathbb{E}_{x \sim q}[D^*(x)] = 1 - \mathbb{E}_{x \sim p}[D^*(x)]$: the optimal discriminator errs
as much on one side as on the other. And the average of the logit over the data is a divergence,

$$\mathbb{E}_{x \sim p}\left[\log\frac{D^*(x)}{1 - D^*(x)}\right] = \mathrm{KL}(p \,\|\, q).$$

Assumes   $p$ and $q$ are densities with respect to one measure; $h$ is integrable against $p$.
Source    [@sugiyama2012].
"""

import numpy as np
import sympy as sp

from gantheory import certified
from gantheory.densities import Cauchy, Exponential, Laplace, Normal, Triangular, Uniform
from gantheory.divergences import kl_divergence
from gantheory.evidence import summed
from gantheory.game import optimal_discriminator
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, equal

theorem = Theorem(
    label="importance-weights",
    title=r"$\mathbb{E}_{x \sim q}[r\, h] = \mathbb{E}_{x \sim p}[h]$ for $r = \frac{D^*}{1 - D^*}$",
    uses=("density-ratio-trick",),
    covers=("importance-weights",),
)

# p, q, h: the densities of data and model and a function, at one point; x: a point of the half line
p, q, x = sp.symbols("p q x", positive=True)
h = sp.Symbol("h", real=True)
STAR = p / (p + q)
FAST, SLOW = 3 * sp.exp(-3 * x), 2 * sp.exp(-2 * x)  # the densities of Exp(3) and Exp(2)


def derive():
    r"""Multiply and divide by $q$.

    Where $q > 0$, $q$ times the odds of $D^*$ is $p$, so
    $\int q\, r\, h\,\mathrm{d}x = \int p\, h\,\mathrm{d}x$, up to points with $q = 0$. With
    $h = 1 - D^*$ both $p\, h$ and $q D^*$ are $\frac{pq}{p + q}$. Two examples can be integrated by
    hand: the mean of $\mathrm{Exp}(3)$ from $\mathrm{Exp}(2)$, and the mean weight of
    $\mathrm{U}[0, 2]$ from $\mathrm{U}[0, 1]$, which misses half of the data.
    """
    weight = STAR / (1 - STAR)
    yield equal("at a point", q * weight * h, p * h, label="importance-weights")
    yield equal("at a point, h = 1 - D*", p * (1 - STAR), q * STAR)
    mean = sp.Integral(SLOW * (FAST / SLOW) * x, (x, 0, sp.oo))
    yield equal("the mean of Exp(3) from Exp(2)", mean, sp.Rational(1, 3))
    half = sp.Integral(sp.Rational(1, 2) / 1, (x, 0, 1))
    yield equal("the mean weight, U[0, 2] from U[0, 1]", half, 1 - sp.Rational(1, 2))


def certify():
    r"""Both errors of the discriminator in balls, and the average of its logit.

    $\mathbb{E}_{x \sim q}[D^*]$ and $\mathbb{E}_{x \sim p}[D^*]$ are enclosed by integrands of
    their own for four pairs: unequal widths, a heavy tail, two densities that nearly coincide, and
    two with edges, where part of the data lies outside the model; this equality needs no support.
    For the density $2x$ against $\mathrm{U}[0, 1]$ the error is $1 - \frac{\log 3}{2}$. Then
    $\mathrm{KL}(p \,\|\, q)$, the average of the logit, is enclosed for five pairs and compared
    with closed forms.
    """
    for name, pair in PAIRS.items():
        fake = certified.integral(q * STAR, *pair, bound=(0, 1), digits=20)
        real = certified.integral(p * STAR, *pair, bound=(1, 0), digits=20)
        yield equal(f"{name}: the two errors", fake, 1 - real)
    pair, error = (Triangular(0, 1, 1), Uniform(0, 1)), p * q / (p + q)
    found = certified.integral(error, *pair, bound=(1, 0))
    yield equal("density 2x and U[0, 1]: the error", found, 1 - sp.log(3) / 2)
    for name, (pair, closed) in divergences().items():
        yield equal(f"{name}: mean logit", certified.kl_divergence(*pair), closed)


def check():
    r"""The average of the logit by quadrature, for the same five pairs.

    Both orders of two Gaussians are among them. Those with means $\frac{1}{1000}$ apart have the
    divergence $5 \cdot 10^{-7}$.
    """
    for name, (pair, closed) in divergences().items():
        yield equal(f"{name}: mean logit", kl_divergence(*pair), closed)


def search(seed):
    r"""Random distributions on finitely many points, some of weight $0$.

    With $h = 1, 2, \dots, n$ on the $n$ points, the weighted sum over the model is compared with
    the sum over the data. What the data have where the model has nothing is added to the former.
    """
    pairs = strategies.discrete_pairs()
    yield survives("weighted sums", reweighted, pairs, seed=seed, examples=250)


def refute():
    r"""Weights in the wrong place.

    The ratio averages to $1$ over the model, not over the data, where large weights are more
    frequent. It turns averages over $q$ into averages over $p$, not the reverse. Where the data
    leave the model's support the weights do not average to $1$. And the divergence is the average
    of the logit, not of $\log D^*$.
    """
    weight = FAST / SLOW
    over_data = sp.Integral(FAST * weight, (x, 0, sp.oo))
    yield equal("mean weight 1 over the data", over_data, 1)
    back = sp.Integral(FAST * weight * x, (x, 0, sp.oo))
    yield equal("Exp(2) from Exp(3) by the same weight", back, sp.Rational(1, 2))
    missing = sp.Integral(sp.Rational(1, 2), (x, 0, 1))
    yield equal("mean weight 1, U[0, 2] from U[0, 1]", missing, 1)
    pair = PAIRS["N(0, 1) and N(1, 2²)"]
    logs = certified.integral(p * sp.log(STAR), *pair, bound=(1, 1))
    yield equal("log D* for the logit", logs, sp.log(2) - sp.Rational(1, 4))


# --- how the numbers are made ---------------------------------------------------------------------

NEAR = (Normal(0, 1), Normal("1/1000", 1))
PAIRS = {
    "N(0, 1) and N(1, 2²)": (Normal(0, 1), Normal(1, 2)),
    "Cauchy(0, 1) and N(0, 1)": (Cauchy(0, 1), Normal(0, 1)),
    "N(0, 1) and N(1/1000, 1)": NEAR,
    "U[0, 1] and U[1/2, 2]": (Uniform(0, 1), Uniform("1/2", 2)),
}


def divergences():
    """((p, q), KL(p‖q)) by name."""
    log, wide = sp.log, (Normal(0, 1), Normal(1, 2))
    faster = (Exponential(3), Exponential(2))
    return {
        "N(0, 1) and N(1, 2²)": (wide, log(2) - sp.Rational(1, 4)),
        "N(1, 2²) and N(0, 1)": (wide[::-1], 2 - log(2)),
        "Exp(3) and Exp(2)": (faster, log(3) - log(2) - sp.Rational(1, 3)),
        "Laplace(0, 1) and Laplace(1, 1)": ((Laplace(0, 1), Laplace(1, 1)), sp.exp(-1)),
        "N(0, 1) and N(1/1000, 1)": (NEAR, sp.Rational(1, 2_000_000)),
    }


def reweighted(pair):
    """The two sums for one pair."""
    values = 1 + np.arange(len(pair[0].points))
    return equal(
        "E_q[r h] + E_p[h; q = 0] = E_p[h]", over_model(*pair, values), over_data(pair[0], values)
    )


@summed
def over_data(data, values):
    """Σ p h."""
    return data.weights * values


@summed(roundings=256)  # logarithms up to 30 in size in an exponential
def over_model(data, model, values):
    """Σ q r h, and Σ p h where q = 0."""
    p, q = data.weights, model.weights
    ratio = np.exp(np.where(q > 0, optimal_discriminator(data, model)(data.points), -np.inf))
    return q * ratio * values, np.where(q > 0, 0, p * values)
