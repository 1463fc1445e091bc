r"""Contrastive games: one sample among $n$ others, and the best logit is $\log(p/q)$ for every $n$.

Statement
---------
Let $x$ be a real sample and $y_1, \dots, y_n$ generated ones, all independent. The discriminator is to
say which of the $n + 1$ is real, by a softmax over its outputs:

$$ A_n(D) = \mathbb{E} \log \frac{e^{D(x)}}{e^{D(x)} + \sum_j e^{D(y_j)}}. $$

$B_n(D)$ is the same with the roles of real and generated samples exchanged and $-D$ for $D$. The dual
contrastive loss has $D$ maximise $A_n + B_n$. Let $a = \log p - \log q$. For every $n \ge 1$ both terms
are largest at

$$ D^* = a + c, $$

for any constant $c$, and nowhere else. For $n = 1$ both are the relativistic game,
$A_1 = B_1 = \mathbb{E} \log \sigma(D(x) - D(y))$. The largest value tells $p$ from $q$, as far as $n$
allows:

$$ 0 \le \max_D A_n + \log(n + 1) \le \min(\log(n + 1), \, \mathrm{KL}(p \,\|\, q)), $$

with 0 iff $p = q$. As $n$ grows it tends to $\mathrm{KL}(p \,\|\, q)$ if $p/q$ is bounded, and that of
$B_n$ to $\mathrm{KL}(q \,\|\, p)$ if $q/p$ is. All this needs samples that are drawn: among samples of
a fixed composition, with the shares of $q$ themselves, the best $D$ is another one.

Assumes   $p$ and $q$ positive in the same places, and finite expectations.
Source    [@yu2021] for the dual loss; [@oord2018] for $A_n$ and its bounds; the rest is derived here.
"""

from fractions import Fraction

import numpy as np
import sympy as sp
from scipy.special import gammaln

from gantheory import certified
from gantheory.densities import Discrete
from gantheory.divergences import kl_divergence, reverse_kl_divergence
from gantheory.evidence import differences, summed
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal, increasing, rate

theorem = Theorem(
    label="contrastive-game",
    title=r"One sample among $n$ others: $D^* = \log p - \log q + c$ for every $n$",
    covers=("contrastive-game",),
)

p, q, s, r, v = sp.symbols("p q s r v", positive=True)  # densities at one sample; see derive
first, second = sp.symbols("first second", real=True)  # outputs at two samples
rest, product = sp.symbols("rest product", positive=True)  # Σ p/q and ∏ q over the other samples
E = sp.Symbol("E", positive=True)  # e^t, t the difference of the outputs at two points


def derive():
    r"""Which of $n + 1$ samples is the real one? Let its place be drawn too, each with equal chance.

    Given the samples $z_0, \dots, z_n$, the chance of place $i$ is proportional to $p(z_i)$ times the
    product of all other $q(z_j)$: divided by the product of all $q$, to $u_i = p(z_i)/q(z_i)$. So the
    posterior is $u_i/(u_0 + \dots + u_n)$, a softmax of the $a(z_i)$. The softmax $s_i$ of any $D$ is
    another distribution on the places. $A_n$ is the mean of $\log s_i$ at the true place, and
    $\sum_i r_i \log s_i \le \sum_i r_i \log r_i$ for the posterior $r$, with equality iff $s = r$: then
    $D - a$ is the same at all $n + 1$ samples. With $q$ for $p$ the logit is $-a$, and $-D$ is to be
    $-a + c$: so the same $D$ is best for $B_n$.
    """
    posterior = p * product / (p * product + q * product * rest)
    softmax = sp.exp(sp.log(p / q)) / (sp.exp(sp.log(p / q)) + rest)
    yield equal("the posterior", posterior, softmax, label="contrastive-game")
    yield at_most("any other softmax", r * sp.log(s / r), s - r)
    fooled = sp.exp(-first) / (sp.exp(-first) + sp.exp(-second))
    real = sp.exp(second) / (sp.exp(second) + sp.exp(first))
    yield equal("n = 1: B is A", sp.log(fooled), sp.log(real))
    yield equal("n = 1: relativistic", real, 1 / (1 + sp.exp(-(second - first))))

    # The largest value is KL(p‖q) - E[log v], where v is the mean of all n + 1 ratios. By symmetry the
    # mean of log v is that over the mixture of all places, whose density is v times that of n + 1
    # generated samples: a divergence, not negative since v log v >= v - 1. The value is at least that
    # of D = 0, and at most 0 before log(n + 1) is added. By the large numbers v tends to 1.
    u, n = p / q, sp.Symbol("n", positive=True)
    mean = (u + rest) / (n + 1)
    value = sp.log(u / (u + rest)) + sp.log(n + 1)
    yield equal("KL less log v", value, sp.log(p / q) - sp.log(mean))
    yield at_least("a divergence", v * sp.log(v), v - 1)

    # A fixed composition: p = (3/4, 1/4), q = (1/4, 3/4), and among n = 8 generated samples exactly 2 at
    # the first point. The best e^t there is 7, not (p/q at the first)/(p/q at the second) = 9.
    value = 3 * sp.log(E / (3 * E + 6)) / 4 + sp.log(1 / (2 * E + 7)) / 4
    change = (7 - E) * (E + 3) / (2 * E * (E + 2) * (2 * E + 7))
    yield equal("fixed composition", sp.Derivative(value, E), change)


def certify():
    r"""For $n = 1$ the largest value is a JSD, that of the pairs $(x, y)$ and $(y, x)$, less $\log 2$.

    On three points the pairs are nine points, and the JSD is enclosed by balls. It is less than twice
    the JSD of one sample, and more than once.
    """
    found = jsd_of_pairs()
    exact = [a * b * sp.log(sp.Rational(2 * a * b / (a * b + c * d))) for (a, b), (c, d) in PAIRS]
    yield equal("n = 1: JSD of pairs", found, sum(exact))
    one = certified.js_divergence(*DISCRETE, digits=12)
    yield at_least("more than JSD", found, Fraction(3, 2) * one)
    yield at_most("less than 2 JSD", found, Fraction(19, 10) * one)


def check():
    r"""All batches on three points are enumerated, with $20 p = (17, 2, 1)$, $20 q = (7, 5, 8)$.

    At $D = a$ the slopes of $A_n$ and $B_n$ vanish in two directions, for $n = 1, 2, 5, 12$; 1 is added,
    so that a relative error makes sense. The largest values rise with $n$, stay below the two KL
    divergences and come nearer to them like $1/n$.
    """
    for n in (1, 2, 5, 12):
        for name, value in (("A", largest_is_a), ("B", largest_is_b)):
            for way in ([1.0, 0.0, -1.0], [1.0, -2.0, 1.0]):
                slope = differences(value(n), LOGIT, way)
                yield equal(f"{name}, n = {n}: the slope at a", 1 + slope, 1)
    kl = kl_divergence(*DISCRETE), reverse_kl_divergence(*DISCRETE)
    sizes = [16, 32, 64, 128]
    for name, value, limit in (("A", largest_a, kl[0]), ("B", largest_b, kl[1])):
        yield equal(f"{name}, n = 1: JSD of pairs", value(1), jsd_of_pairs())
        found = [value(n) for n in sizes]
        yield increasing(f"{name}, below KL: n = 16, 32, 64, 128", [*found, limit])
        yield rate(f"{name}: the error", sizes, [limit - one for one in found], -1)


def search(seed):
    r"""Distributions $p$, $q$ and a discriminator on three points, and $n$ from 1 to 4.

    A value above that of $D = a$, or above $\mathrm{KL}(p \,\|\, q) - \log(n + 1)$, would refute it.
    """
    yield survives(
        "the largest value", is_largest, strategies.simplices(10), seed=seed, examples=120
    )


def refute():
    r"""Six mistakes.

    That the softmax over $n + 1$ makes the best logit another one, as $2a$ or $a/2$. That $B_n$ needs
    $D = -a$. That $A_n$ and $B_n$ have one maximum for $n = 2$ as for $n = 1$. That the maximum for one
    other sample is JSD. That it is KL already, for $n = 4$; a value above $\log(n + 1)$ is out of reach,
    however large KL is. And that samples of a fixed composition have the best logit of drawn ones.
    """
    for name, factor in (("a/2", 0.5), ("2a", 2.0)):
        yield at_least(f"{name} is better, n = 2", contrast(2, P, Q, factor * LOGIT), best(2, P, Q))
    yield at_least("-a is best for B, n = 2", contrast(2, Q, P, LOGIT), best(2, Q, P))
    yield equal("A and B, n = 2", best(2, P, Q), best(2, Q, P))
    one = certified.js_divergence(*DISCRETE, digits=12)
    yield equal("n = 1: JSD", largest_a(1), one)
    yield equal("n = 4: KL", largest_a(4), kl_divergence(*DISCRETE))
    value = 3 * sp.log(E / (3 * E + 6)) / 4 + sp.log(1 / (2 * E + 7)) / 4
    yield equal("fixed composition: 9", sp.Subs(sp.Derivative(value, E), E, 9), 0)


def figure():
    r"""The largest values of $A_n$ and $B_n$, plus $\log(n + 1)$, over $n$, for the example of `check`.

    Both start at one value, stay below $\log(n + 1)$, and tend to the two KL divergences.
    """
    from matplotlib import pyplot as plt

    from gantheory.figures import label_lines

    sizes = np.array([1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64])
    fig, axes = plt.subplots()
    axes.plot(np.linspace(1, 2.3), np.log(np.linspace(2, 3.3)), color="C5")
    for value, limit, color, name, arguments in CURVES:
        found = [float(value(int(n))) for n in sizes]
        axes.plot(sizes, found, color=color, label=f"${name}_n$")
        at = float(limit(*DISCRETE)) + 0 * sizes
        axes.plot(sizes, at, "C4--", lw=0.8, label=rf"$\mathrm{{KL}}({arguments})$")
    label_lines(axes)
    axes.annotate(r"$\log(n+1)$", (1.5, 1.0), ha="right", color="C5")
    axes.set(title="What the value says of $p$ and $q$", xscale="log", xlabel="other samples $n$")
    axes.set(ylabel="largest value, nats", yticks=(0, 0.5, 1), xlim=(1, 64), ylim=(0, 1.2))
    axes.set_xticks((1, 4, 16, 64), (1, 4, 16, 64))
    axes.minorticks_off()
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

REAL, FAKE = ([Fraction(k, 20) for k in weights] for weights in ((17, 2, 1), (7, 5, 8)))
DISCRETE = Discrete(REAL), Discrete(FAKE)
P, Q = np.array(REAL, float), np.array(FAKE, float)
LOGIT = np.log(P) - np.log(Q)
PLACES = [(i, j) for i in range(3) for j in range(3)]
PAIRS = [((REAL[i], FAKE[j]), (FAKE[i], REAL[j])) for i, j in PLACES]  # (x, y) and (y, x)


def jsd_of_pairs():
    """JSD of the pairs (x, y) and (y, x), as a ball."""
    pairs = [Discrete([a * b for a, b in order]) for order in zip(*PAIRS, strict=True)]
    return certified.js_divergence(*pairs, digits=12)


@summed(roundings=4096)
def contrast(n, real, fake, outputs):
    """A_n: Σ over all samples x and all counts of the y of their chance times log softmax."""
    counts = np.indices((n + 1, n + 1)).reshape(2, -1)
    counts = np.vstack([counts, n - counts.sum(axis=0)])
    counts = counts[:, counts[2] >= 0]
    ways = gammaln(n + 1) - gammaln(counts + 1).sum(axis=0)
    chance = np.exp(ways + np.log(fake) @ counts)
    odds = np.exp(outputs - outputs[:, None]) @ counts  # of all y together, against each x
    return -real[:, None] * chance * np.log1p(odds)


def best(n, real, fake):
    """A_n at the logit."""
    return contrast(n, real, fake, np.log(real) - np.log(fake))


def largest_a(n):
    """The largest A_n + log(n + 1)."""
    return best(n, P, Q) + sp.log(n + 1)


def largest_b(n):
    """The largest B_n + log(n + 1)."""
    return best(n, Q, P) + sp.log(n + 1)


def largest_is_a(n):
    """A_n as a function of D."""
    return lambda outputs: float(contrast(n, P, Q, outputs))


def largest_is_b(n):
    """B_n as a function of D."""
    return lambda outputs: float(contrast(n, Q, P, -outputs))


CURVES = (
    (largest_a, kl_divergence, "C0", "A", r"p\,\|\,q"),
    (largest_b, reverse_kl_divergence, "C2", "B", r"q\,\|\,p"),
)


def is_largest(example):
    """Yield that a discriminator is not better than the logit, and the logit's value not above KL."""
    shares = example[:9].reshape(3, 3) + np.array([[1, 2, 3], [3, 1, 2], [1, 1, 1]]) / 40
    real, fake, other = shares / shares.sum(axis=1, keepdims=True)
    n = 1 + int(997 * (example @ np.arange(10))) % 4
    found = best(n, real, fake)
    yield at_most(f"D, n = {n}", contrast(n, real, fake, np.log(other)), found)
    most = kl_divergence(Discrete(real), Discrete(fake)) - sp.log(n + 1)
    yield at_most(f"KL, n = {n}", found, most)
