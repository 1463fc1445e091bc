r"""Each half of the criterion is a divergence less $\log 2$, so the criterion is always finite.

Statement
---------
Let $m = \frac{p + q}{2}$ be the density of the even mixture of data and model. The two expectations
of which $C(G)$ is the sum are

$$\begin{aligned}
\mathbb{E}_{x \sim p}[\log D^*(x)] &= \mathrm{KL}(p \,\|\, m) - \log 2, \\
\mathbb{E}_{x \sim q}[\log(1 - D^*(x))] &= \mathrm{KL}(q \,\|\, m) - \log 2.
\end{aligned}$$

Each of them lies between $-\log 2$ and $0$. Hence $-\log 4 \le C(G) \le 0$ for every pair of
densities, even where $\mathrm{KL}(p \,\|\, q)$ or $\mathrm{KL}(q \,\|\, p)$ is infinite.

Assumes   $p$ and $q$ are densities with respect to one measure; $0 \log 0 = 0$.
Source    [@goodfellow2014, Theorem 1], from whose proof the two terms are taken one by one.
"""

import numpy as np
import sympy as sp
from scipy.special import xlogy

from gantheory import certified
from gantheory.densities import Cauchy, Discrete, Mixture, Normal, Uniform
from gantheory.divergences import kl_divergence
from gantheory.evidence import summed
from gantheory.game import virtual_training_criterion
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal

theorem = Theorem(
    label="each-half-is-a-divergence",
    title=r"$\mathbb{E}_{x \sim p}[\log D^*(x)] = \mathrm{KL}(p \,\|\, m) - \log 2$, and so for $q$",
    uses=("virtual-criterion",),
    covers=("each-half-is-a-divergence", "shares-of-one-half"),
    errata=(
        r"[@versteeg, issue 23] estimates $\mathrm{JSD}$ from half of the samples of $p$ against all "
        r"others: their mixture is $\frac{p + 2q}{3}$, and the result may exceed $\log 2$.",
    ),
)

# p, q: the densities of data and model at one point, and m their mean there
p, q = sp.symbols("p q", positive=True)
m = (p + q) / 2
u = sp.Symbol("u", positive=True)  # p/m or q/m
STAR = p / (p + q)
LOG_2 = sp.log(2)


def derive():
    r"""One line for the equality, one inequality for each bound.

    Since $p + q = 2m$, the discriminator says $D^* = \frac{p}{2m}$, and
    $p \log D^* = p \log\frac{p}{m} - p \log 2$ at every point. The integral of $p$ is $1$: this is
    the first half. The second has $1 - D^* = \frac{q}{2m}$ in place of $D^*$.

    From above: the logarithm of a probability is at most $0$. From below, use
    $u \log u \ge u - 1$ with $u = \frac{p}{m}$, times $m$:

    $$p \log D^* \ge -p \log 2 + (p - m) = -p \log 2 + \frac{p - q}{2},$$

    and the last term has integral $0$. The same holds with $p$ and $q$ exchanged.
    """
    yield equal("the data's half, at a point", p * sp.log(STAR), p * sp.log(p / m) - p * LOG_2)
    yield equal("the model's half, at a point", q * sp.log(1 - STAR), q * sp.log(q / m) - q * LOG_2)
    yield at_most("the data's half from above", sp.log(STAR), 0)
    yield at_most("the model's half from above", sp.log(q / (p + q)), 0)
    yield at_least("u log u", u * sp.log(u), u - 1)
    yield equal("m times its bound, u = p/m", m * (u - 1).subs(u, p / m), (p - q) / 2)
    yield equal("the same for q, u = q/m", m * (u - 1).subs(u, q / m), (q - p) / 2)


def certify():
    r"""The two halves in balls.

    For $\mathcal{N}(0, 1)$ and $\mathcal{N}(1, 2^2)$ each half is enclosed twice: by its own
    integrand, and as a divergence from $m$, where $m$ is built as a density of its own. They are
    two different numbers. The lower bounds are enclosed for five pairs, one of which is nearly
    equal, so that the bound is nearly reached, while others have heavy tails or edges.
    """
    pair = PAIRS["N(0, 1) and N(1, 2²)"]
    mean = Mixture(pair, (0.5, 0.5))
    for name, half, one in (
        ("data's", p * sp.log(STAR), 0),
        ("model's", q * sp.log(q / (p + q)), 1),
    ):
        yield equal(
            f"the {name} half, N(0, 1) and N(1, 2²)",
            certified.integral(half, *pair, bound=(1, 1)),
            certified.kl_divergence(pair[one], mean) - certified.log(2),
            label="each-half-is-a-divergence" if name == "data's" else None,
        )
        for pair_name, each in PAIRS.items():
            found = certified.integral(half, *each, bound=(1, 1), digits=15)
            yield at_least(f"{pair_name}: the {name} half", found, -LOG_2)


def check():
    r"""A divergence that is infinite, beside a criterion that is not.

    The tails of a Cauchy density outweigh the logarithm of the Gaussian, so
    $\mathrm{KL}(p \,\|\, q)$ is infinite. The optimal discriminator then says nearly $1$ far out,
    and $\log D^*$ is nearly $0$ there.
    """
    heavy, light = Cauchy(0, 1), Normal(0, 1)
    yield equal("KL, Cauchy(0, 1) and N(0, 1)", kl_divergence(heavy, light), sp.oo)
    criterion = virtual_training_criterion(heavy, light)
    yield at_most("C, Cauchy(0, 1) and N(0, 1), above", criterion, 0)
    yield at_least("C, Cauchy(0, 1) and N(0, 1), below", criterion, -sp.log(4))


def search(seed):
    r"""Random distributions on at most six points, with weights of 0.

    The half of $p$ is summed, and compared with the divergence from $m$ and with both bounds. The half
    of $q$ is that of $p$ for the pair $(q, p)$.
    """
    pairs = strategies.discrete_pairs(equal=False)
    yield survives("one half of a pair", one_half, pairs, seed=seed, examples=125)


def refute():
    r"""What one concludes too quickly about the two halves.

    They belong to $p$ and $q$ in this order. They are equal for symmetric pairs, the usual
    examples, but not in general, so $C$ is not twice the first. The bound $-\log 2$ is for one half
    and not for the sum. And $C$ does not inherit the infinity of a Kullback–Leibler divergence:
    here $\mathrm{KL}(q \,\|\, p)$ is infinite, because the model has mass where the data have none.
    And the mixture takes equal shares: the other half of the samples of $p$ and all of $q$, as
    [@versteeg] proposes, are one third and two thirds.
    """
    pair = PAIRS["N(0, 1) and N(1, 2²)"]
    first = certified.integral(p * sp.log(STAR), *pair, bound=(1, 1))
    other = certified.kl_divergence(pair[1], Mixture(pair, (0.5, 0.5))) - certified.log(2)
    yield equal("p and q exchanged in one half", first, other)
    yield equal("two equal halves", certified.virtual_training_criterion(*pair), 2 * first)
    criterion = virtual_training_criterion(Normal(0, 1), Normal(1, 1))
    yield at_least("-log 2 for the sum", criterion, -LOG_2)
    thirds = Mixture((Normal(0, 1), Normal(1, 1)), ("1/3", "2/3"))
    found, name = certified.kl_divergence(Normal(0, 1), thirds), "shares-of-one-half"
    half = certified.js_divergence(Normal(0, 1), Normal(1, 1))
    yield equal("half of p against the rest", found, half, label=name)
    criterion = virtual_training_criterion(Uniform(0, 1), Uniform(0, 2))
    yield equal("C infinite where KL(q‖p) is", criterion, -sp.oo)


# --- how the numbers are made ---------------------------------------------------------------------

PAIRS = {
    "N(0, 1) and N(1, 2²)": (Normal(0, 1), Normal(1, 2)),
    "N(0, 1) and 1/10 of it at N(5, 1/4)": (
        Normal(0, 1),
        Mixture((Normal(0, 1), Normal(5, "1/2")), ("9/10", "1/10")),
    ),
    "Cauchy(0, 1) and N(0, 1)": (Cauchy(0, 1), Normal(0, 1)),
    "N(0, 1) and N(1/1000, 1)": (Normal(0, 1), Normal("1/1000", 1)),
    "U[0, 1] and U[1/2, 2]": (Uniform(0, 1), Uniform("1/2", 2)),
}


def one_half(pair):
    """Σ p log D* = KL(p‖m) - log 2, between -log 2 and 0; 1 is taken off."""
    one, other = (Discrete(each.weights) for each in pair)
    weights = zip(one.exact_weights, other.exact_weights, strict=True)
    mean = Discrete([(a + b) / 2 for a, b in weights])
    found, from_mean = half_sum(one.weights, other.weights), kl_divergence(one, mean)
    yield equal("KL(p‖m) - log 2", found - 1, from_mean - LOG_2 - 1)
    yield at_most("not above 0", found - 1, -1)
    yield at_least("not below -log 2", found - 1, -LOG_2 - 1)


@summed
def half_sum(p, q):
    """Σ p log(p/(p + q))."""
    return xlogy(p, p / np.where(p + q > 0, p + q, 1))
