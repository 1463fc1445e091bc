r"""Training the discriminator is maximum likelihood for a label that says real or generated.

Statement
---------
Toss a fair coin $Y$. If it shows $1$, draw $X$ from the data, with density $p$; else from the
model, with density $q$. A discriminator $D$ is a model of the label: $Y = 1$ with probability
$D(X)$. Its expected log likelihood is

$$\mathbb{E}[Y \log D(X) + (1 - Y) \log(1 - D(X))] = \frac{1}{2} V(D, G).$$

So the $D$ that maximises $V$ is the maximum-likelihood model, and the least cross-entropy is

$$-\frac{1}{2} C(G) = \log 2 - \mathrm{JSD}(p, q) = \mathrm{H}(Y \mid X),$$

the entropy that the label keeps when the sample is known.

If a batch holds $n_r$ real and $n_f$ generated samples, and one mean is taken over all of them,
then the coin shows $1$ with probability $\pi = \frac{n_r}{n_r + n_f}$. The optimum is then
$\frac{\pi p}{\pi p + (1 - \pi) q}$, whose logit is that of $D^*$ shifted by $\log\frac{n_r}{n_f}$.

Assumes   $p$ and $q$ are densities with respect to one measure; $0 \log 0 = 0$.
Source    [@goodfellow2014, Section 4.1].
"""

import numpy as np
import sympy as sp
from scipy.special import expit, log_expit, xlogy

from gantheory import certified
from gantheory.densities import Cauchy, Laplace, Mixture, Normal
from gantheory.evidence import summed
from gantheory.game import optimal_discriminator, value_function
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, equal

theorem = Theorem(
    label="discriminator-logistic-mle",
    title=r"$\max V$ is maximum likelihood, and leaves $\log 2 - \mathrm{JSD} = \mathrm{H}(Y \mid X)$",
    uses=("optimal-discriminator", "c-equals-2jsd-minus-log4"),
    covers=("discriminator-logistic-mle", "zero-one-loss-is-not-cross-entropy"),
    errata=(
        r"[@annotated2017] speaks of the standard 0-1 classification loss, and trains by cross-entropy: "
        r"the least value of the one is $\frac{1 - \mathrm{TV}}{2}$, that of the other "
        r"$\log 2 - \mathrm{JSD}$.",
    ),
)

# p, q: the densities of data and model at one point; D: what the discriminator says there
p, q, D = sp.symbols("p q D", positive=True)
y = sp.Symbol("y", integer=True)  # the label, 0 or 1
n_r, n_f = sp.symbols("n_r n_f", positive=True)  # how many samples of a batch are real, generated
STAR = p / (p + q)
MEAN = (p + q) / 2  # the density of X
ENTROPY = -STAR * sp.log(STAR) - (1 - STAR) * sp.log(1 - STAR)  # of the label, given the sample
POOLED = n_r * p / (n_r * p + n_f * q)  # the best D for a batch of n_r and n_f
LOG_2, INSIDE = sp.log(2), {D: (0, 1)}


def derive():
    r"""Write down the likelihood, and sum over the label.

    The pair $(X, Y)$ has the density $\frac{p}{2}$ at $y = 1$ and $\frac{q}{2}$ at $y = 0$, and the
    model gives the label the probability $D^y (1 - D)^{1 - y}$. The sum over $y$ of one times the
    logarithm of the other is half of $p \log D + q \log(1 - D)$; the integral over $x$ is
    $\frac{1}{2} V(D, G)$.

    At the optimum $D^*$ is the true conditional probability of the label. So what is left of the
    cross-entropy is the entropy of the label given the sample, averaged over the density
    $m = \frac{p + q}{2}$ of $X$. At every point it is $m \log 2$, which integrates to the entropy
    of the coin, less what the point adds to $\mathrm{JSD}(p, q)$. In other words, $\mathrm{JSD}$ is
    the mutual information of sample and label.

    For a batch of $n_r$ real and $n_f$ generated samples a point adds
    $n_r p \log D + n_f q \log(1 - D)$, up to a factor. Its slope in $D$ has the sign of
    $\frac{n_r p}{n_r p + n_f q} - D$, so this quotient is the maximum. Its odds are
    $\frac{n_r p}{n_f q}$.
    """
    joint, likelihood = (p / 2) ** y * (q / 2) ** (1 - y), D**y * (1 - D) ** (1 - y)
    yield equal(
        "both labels at a point",
        sp.Sum(joint * sp.log(likelihood), (y, 0, 1)),
        (p * sp.log(D) + q * sp.log(1 - D)) / 2,
        where=INSIDE,
        label="discriminator-logistic-mle",
    )

    left = -(p * sp.log(STAR) + q * sp.log(1 - STAR)) / 2
    jsd = (p * sp.log(p / MEAN) + q * sp.log(q / MEAN)) / 2
    yield equal("cross-entropy left at D*", left, MEAN * ENTROPY)
    yield equal("entropy and JSD", MEAN * ENTROPY, MEAN * LOG_2 - jsd)

    pooled_value = n_r * p * sp.log(D) + n_f * q * sp.log(1 - D)
    slope = (POOLED - D) * (n_r * p + n_f * q) / (D * (1 - D))
    yield equal("one mean over the batch", sp.Derivative(pooled_value, D), slope, where=INSIDE)
    logit = sp.log(POOLED / (1 - POOLED))
    yield equal("its logit", logit, sp.log(p) - sp.log(q) + sp.log(n_r / n_f))


def certify():
    r"""The conditional entropy in balls, beside $\mathrm{JSD}$ and beside $C$.

    For three pairs $\mathrm{H}(Y \mid X)$ is integrated as an entropy. $\mathrm{JSD}$ and the
    criterion are enclosed by integrands of their own.
    """
    for name, (real, fake) in list(PAIRS.items())[:3]:
        least = certified.integral(MEAN * ENTROPY, real, fake, bound=(1, 1), digits=20)
        divergence = certified.js_divergence(real, fake, digits=20)
        yield equal(f"{name}: log 2 - JSD", least, certified.log(2) - divergence)
        criterion = certified.virtual_training_criterion(real, fake, digits=20)
        yield equal(f"{name}: -C/2", 2 * least, -criterion)


def check():
    r"""The cross-entropy at $D^*$, for five pairs, from the value of the game.

    $V(D^*, G)$ is integrated by quadrature with $D^*$ as a function. Heavy tails are among the
    pairs, and data with one component against a model with two.
    """
    for name, (real, fake) in PAIRS.items():
        least = -0.5 * value_function(real, fake, optimal_discriminator(real, fake))
        divergence = certified.js_divergence(real, fake, digits=12)
        yield equal(name, least, certified.log(2) - divergence)


def search(seed):
    r"""Any discriminator, not only the best: the likelihood against half the value.

    Drawn are two distributions on finitely many points and a logit for each point. The expected log
    likelihood is summed label by label and compared with $V(D, G)$.
    """
    examples = strategies.discrete_pairs().flatmap(with_logits)
    yield survives("labels one by one", labels_one_by_one, examples, seed=seed, examples=200)


def refute():
    r"""Lost halves, a wrong loss, and an unfair coin.

    One mean over a batch, as most programs take it, is half of $V$, which is a sum of two means;
    the same half is missing in $\log 4 - 2\,\mathrm{JSD}$. The entropy falls as the divergence
    grows. The 0-1 loss counts errors: its least value depends on the total variation instead, and
    is smaller. And three real samples to one generated one change the optimum.
    """
    pair = PAIRS["N(0, 1) and N(1, 2²)"]
    left = certified.integral(MEAN * ENTROPY, *pair, bound=(1, 1), digits=15)
    divergence = certified.js_divergence(*pair, digits=15)
    whole = p * sp.log(D) + q * sp.log(1 - D)
    yield equal("V for V/2", whole / 2, whole, where=INSIDE)
    yield equal("log 4 - 2 JSD", left, certified.log(4) - 2 * divergence)
    yield equal("log 2 + JSD", left, certified.log(2) + divergence)
    errors = (1 - certified.total_variation(*pair, digits=15)) / 2
    yield equal(
        "the least 0-1 loss, (1 - TV)/2", left, errors, label="zero-one-loss-is-not-cross-entropy"
    )
    yield equal("D* for three real to one generated", POOLED.subs(n_r, 3 * n_f), STAR)


def figure():
    r"""The entropy of the label, as an area, for $\mathcal{N}(0, 1)$ and $\mathcal{N}(3, 1)$.

    The upper curve is $m \log 2$, with area $\log 2$: the entropy of the coin. The filled part
    below is what the sample leaves of it, $\mathrm{H}(Y \mid X)$, and lies where both densities
    are. What is between is $\mathrm{JSD}$.
    """
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots()
    entropy_as_area(axes)
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

PAIRS = {
    "N(0, 1) and N(1, 1)": (Normal(0, 1), Normal(1, 1)),
    "N(0, 1) and N(1, 2²)": (Normal(0, 1), Normal(1, 2)),
    "N(0, 1) and two components": (
        Normal(0, 1),
        Mixture((Normal(-2, 0.5), Normal(2, 0.5)), (0.5, 0.5)),
    ),
    "Laplace(0, 1) and N(0, 1)": (Laplace(0, 1), Normal(0, 1)),
    "Cauchy(0, 1) and Cauchy(1, 2)": (Cauchy(0, 1), Cauchy(1, 2)),
}


def with_logits(pair):
    """The pair, and a logit for each point."""
    count = len(pair[0].points)
    return strategies.simplices(count).map(lambda shares: (*pair, 40 * (shares - 0.3)))


def labels_one_by_one(example):
    """2 E[log likelihood] = V."""
    real, fake, logits = example
    found = value_function(real, fake, lambda at: logits[at.astype(int)])
    return equal("2 E[log likelihood] = V", 2 * log_likelihood(*example), found)


@summed
def log_likelihood(real, fake, logits):
    """Σ over labels and points of P(y, x) log D^y (1 - D)^(1 - y)."""
    return [real.weights / 2 * log_expit(logits), fake.weights / 2 * log_expit(-logits)]


def entropy_as_area(axes):
    """Draw m log 2 and m h(D*) over x."""
    at = np.linspace(-3.5, 6.5, 501)
    real, fake = Normal(0, 1), Normal(3, 1)
    mean, share = (real.pdf(at) + fake.pdf(at)) / 2, expit(optimal_discriminator(real, fake)(at))
    left = -mean * (xlogy(share, share) + xlogy(1 - share, 1 - share))
    axes.plot(at, mean * np.log(2), color="C0")
    axes.fill_between(at, 0, left, color="C2", alpha=0.35, linewidth=0)
    axes.plot(at, left, color="C2", linestyle="--")
    axes.annotate(r"$m\,\log 2$", (-1.2, 0.125), ha="right", color="C0")
    axes.annotate(r"$\mathrm{H}(Y\mid X)$", (1.5, 0.03), ha="center")
    axes.annotate(r"JSD", (0, 0.06), ha="center")
    axes.annotate(r"JSD", (3, 0.06), ha="center")
    axes.set(xlim=(-3.5, 6.5), ylim=(0, 0.16), xlabel="sample $x$", ylabel="nats per unit of $x$")
    axes.set(xticks=(-3, 0, 3, 6), yticks=(0, 0.05, 0.1, 0.15))
    axes.set_title(r"$\log 2 = \mathrm{H}(Y\mid X) + \mathrm{JSD}$ for $N(0, 1)$ and $N(3, 1)$")
