r"""Softmax GAN: its discriminator estimates $\mathrm{KL}(p \,\|\, m)$, its generator may leave the data.

Statement
---------
On $N$ real and $N$ generated samples let $Z = \sum e^T$ over all of them. The discriminator minimises
$-\mathrm{mean}_{\text{real}} \, T + \log Z$, the generator $-\mathrm{mean}_{\text{all}} \, T + \log Z$.
For large batches $\log Z$ is $\log 2N + \log \mathbb{E}_m[e^T]$ with $m = (p + q)/2$. Then, with
$w = p/m$,

$$ \max_T \, \mathbb{E}_p[T] - \log \mathbb{E}_m[e^T] = \mathrm{KL}(p \,\|\, m)
   \quad \text{at} \quad T^* = \log w + c, $$

which is $\log D^*$ up to a constant. With $T$ held still at $T^*$, the generator's loss has in $q$ the
slope

$$ \tfrac{1}{2} (w - \log w), $$

which is least at $w = 1$. It falls in $w$ where $p < q$ and rises where $p > q$: so it pulls samples to
places with $p = q$, not to those with too few samples. For data with the weights
$(\tfrac{1}{2}, \tfrac{1}{2})$ on two points every step leads away from them, and near $q = p$ there is
no force of first order at all. The value of this loss is $\mathrm{KL}(m \,\|\, p) + \log 2N$, but its
gradient is another one. The zero-sum generator, which maximises $\log \mathbb{E}_m[e^T]$, has the slope
$-w/2$, that of $\mathrm{KL}(p \,\|\, m)$.

For $N = 1$ the best $T$ is $\log(p/q) + c$, as in the relativistic game. As $N$ grows it tends to
$\log w + c$, with an error of the order $1/N$.

Assumes   $p$ and $q$ positive in the same places; the generator's gradient at $T$ held still.
Source    [@lin2017] for the two losses; [@donsker1975] for the maximum; the rest is derived here.
"""

from fractions import Fraction

import numpy as np
import sympy as sp
from scipy.optimize import brentq
from scipy.stats import binom

from gantheory import certified
from gantheory.densities import Discrete, Mixture, Normal
from gantheory.divergences import js_divergence, kl_divergence
from gantheory.evidence import in_norm, pointwise, summed
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal, increasing, rate

theorem = Theorem(
    label="softmax-gan",
    title=r"Softmax GAN: $\mathrm{KL}(p \,\|\, m)$ for $D$, the slope $\frac{1}{2}(w - \log w)$ for $G$",
    uses=("generator-loss-zoo",),
    covers=("softmax-gan", "equal-outputs-may-raise-jsd"),
    errata=(
        r"[@lin2017] has the generator make the outputs of all samples equal: at the best $D$ a step "
        r"along that loss can raise JSD.",
    ),
)

p, q, w = sp.symbols("p q w", positive=True)  # the densities at a point, and p/m
t, e = sp.symbols("t e", real=True)  # T less log w at the point; a step
a, b, s = sp.symbols("a b s", positive=True)  # weights of the first of two points, see derive
SLOPE = (w - sp.log(w)) / 2


def derive():
    r"""The discriminator first. Write $T = \log w + t$, so that $\mathbb{E}_m[e^T] = \mathbb{E}_p[e^t]$.

    Since $\log$ is concave, $\mathbb{E}_p[t] \le \log \mathbb{E}_p[e^t]$, with equality iff $t$ is
    constant: so the value is at most $\mathbb{E}_p[\log w] = \mathrm{KL}(p \,\|\, m)$. The proof uses
    $e^t \ge 1 + t$, after a constant is added to $t$ that makes $\mathbb{E}_p[e^t] = 1$.

    The generator's loss is $-\mathbb{E}_m[T] + \log \mathbb{E}_m[e^T]$. A sample more at $x$ adds half
    of it to $m$: the slope is $\frac{1}{2}(-T + e^T/\mathbb{E}_m[e^T])$, and at $T^*$ it is
    $\frac{1}{2}(w - \log w)$, since $\mathbb{E}_m[w] = 1$.
    """
    yield at_least("e^t is at least 1 + t", sp.exp(t), 1 + t)
    yield equal("p e^t is m e^T", (p + q) / 2 * sp.exp(sp.log(2 * p / (p + q)) + t), p * sp.exp(t))
    mass, others = (a + b + e) / 2, 1 - (a + b) / 2 * w  # m at x; the rest of E_m[e^T] = 1
    loss = -mass * sp.log(w) + sp.log(mass * w + others)
    yield equal("a sample more", at_0(loss), SLOPE, label="softmax-gan")
    yield equal("it is least at w = 1", sp.Derivative(SLOPE, w), (w - 1) / (2 * w))
    ratio = 2 * p / (p + q)
    yield equal("zero-sum: KL(p‖m)", sp.Derivative(p * sp.log(ratio), q), -ratio / 2)

    # Two points, data (1/2, 1/2), model (1/2 + s, 1/2 - s): the slope at the second point, where there
    # are too few samples, less that at the first. It is 0 at s = 0 and grows.
    drift = SLOPE.subs(w, 1 / (1 - s)) - SLOPE.subs(w, 1 / (1 + s))
    growth, inside = sp.Derivative(drift, s), {s: (0, sp.Rational(1, 2))}
    yield equal("two points: it grows", growth, 2 * s**2 / (1 - s**2) ** 2, where=inside)
    yield equal("from 0, by the third order", sp.Limit(drift / s**3, s, 0, "+"), sp.Rational(2, 3))

    # Batches of one sample each: x is the first point with probability a, y with b. The value is the
    # mean of log σ(T(x) - T(y)). Its slope in the output of the first point is 0 where e^T is p/q.
    odds = a * (1 - b) / (b * (1 - a))
    mean_share = a * b + (a * (1 - b) + b * (1 - a)) * odds / (1 + odds)
    yield equal("N = 1: the best T is log p/q", mean_share, a, where={a: (0, 1), b: (0, 1)})


def certify():
    r"""Data $(\tfrac{1}{2}, \tfrac{1}{2})$, model $(0.9, 0.1)$: a step of the generator, in balls.

    The slope at the first point, which has too many samples already, is the smaller one, so that more
    samples go there. With $0.905$ in place of $0.9$ JSD is larger. Then the discriminator's maximum for
    $\mathcal{N}(0, 1)$ and $\mathcal{N}(1, 1)$, as two integrals.
    """
    many, few = (SLOPE.subs(w, sp.Rational(*at)) for at in ((5, 7), (5, 3)))
    yield at_least("fewer samples where there are too few", few, many + sp.Rational(1, 20))
    before, after = (certified.js_divergence(HALF, model(at), digits=12) for at in ("0.9", "0.905"))
    yield at_least("JSD rises", after, before + Fraction(3, 1000))
    pair = Normal(0, 1), Normal(1, 1)
    middle = Mixture(pair, (Fraction(1, 2), Fraction(1, 2)))
    value = certified.integral(p * sp.log(2 * p / (p + q)), *pair, bound=(1, 1), digits=12)
    yield equal("the maximum", certified.kl_divergence(pair[0], middle, digits=12), value)


def check():
    r"""Flows with the best $D$ at each time, and batches of finite size.

    From the model $(0.6, 0.4)$ the frozen gradient of three generators is followed for time 4. The data
    are $(\tfrac{1}{2}, \tfrac{1}{2})$. The paper's ends farther away, that of $-T$, which is
    non-saturating, and the zero-sum one nearer. Then the best difference of $T$ at two points, for
    batches of $N$: first it is that of $\log(p/q)$, then it nears that of $\log(p/m)$ like $1/N$.
    """
    start = js_divergence(HALF, model("0.6"))
    yield at_least("the paper's generator", js_divergence(HALF, flowed("paper")), start)
    for name in ("zero-sum", "-T"):
        yield at_most(f"the {name} generator", js_divergence(HALF, flowed(name)), start / 4)
    yield equal("N = 1", best_difference(1), sp.log(9))
    sizes = [8, 16, 32, 64]
    yield increasing("N = 64, 8, 2, 1", [best_difference(size) for size in (64, 8, 2, 1)])
    errors = [best_difference(size) - limit_of_large_batches(0.9, 0.5) for size in sizes]
    yield rate("the error falls like 1/N", sizes, errors, -1)


def search(seed):
    r"""Two distributions on three points, and a critic: its value may not exceed the maximum."""
    yield survives("the maximum", is_below, strategies.simplices(9), seed=seed, examples=120)


def refute():
    r"""Six mistakes.

    That the generator has the gradient of its value, $\mathrm{KL}(m \,\|\, p)$. That its loss falls
    where $D^*$ rises. That a step lowers JSD. That the best $T$ is $\log(p/q)$ for large batches too, or
    $\log(p/m)$ for small ones. And that the maximum is JSD.
    """
    ratio = 2 * p / (p + q)
    of_value = sp.Derivative((p + q) / 2 * sp.log((p + q) / (2 * p)), q)
    yield equal("the slope of KL(m‖p)", of_value, SLOPE.subs(w, ratio))
    yield at_most("it falls in w", sp.Derivative(SLOPE, w), 0)
    before, after = (certified.js_divergence(HALF, model(at), digits=12) for at in ("0.9", "0.905"))
    yield at_most("a step lowers JSD", after, before, label="equal-outputs-may-raise-jsd")
    yield equal("N = 64 and log p/q", best_difference(64), sp.log(9))
    yield equal("N = 2 and log p/m", best_difference(2), limit_of_large_batches(0.9, 0.5))
    uneven = Discrete(["0.9", "0.1"]), Discrete(["0.5", "0.5"])
    to_mean = certified.kl_divergence(uneven[0], Discrete(["0.7", "0.3"]), digits=12)
    yield equal("the maximum is JSD", to_mean, certified.js_divergence(*uneven, digits=12))


def figure():
    r"""Left the slope of three generators in $q$, over $w = p/m$; right the drift that follows.

    A generator needs a slope that falls: samples go where it is small. On the right the data are
    $(\tfrac{1}{2}, \tfrac{1}{2})$, the model $(\tfrac{1}{2} + s, \tfrac{1}{2} - s)$: above 0 the model
    moves away from the data.
    """
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots(1, 2, figsize=(8.4, 3.6))
    draw_slopes(*axes)
    name_lines(*axes)
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

HALF = Discrete(["0.5", "0.5"])
SLOPES = {  # in q, at T held still at log w
    "paper": lambda ratio: (ratio - np.log(ratio)) / 2,
    "zero-sum": lambda ratio: -ratio / 2,
    "-T": lambda ratio: -np.log(ratio),
}


def at_0(expression):
    """The derivative by e at e = 0."""
    return sp.Subs(sp.Derivative(expression, e), e, 0)


def model(weight):
    """The model with this weight on the first of two points."""
    first = Fraction(weight)
    return Discrete([first, 1 - first])


def flowed(name, steps=400):
    """The model after time 4, from (0.6, 0.4), with the frozen gradient of one generator."""
    first = 0.6
    for _ in range(steps):
        ratios = 0.5 / (0.5 * np.array([first, 1 - first]) + 0.25)
        slopes = SLOPES[name](ratios)
        first -= 4 / steps * (slopes[0] - slopes[1]) / 2
    return Discrete([first, 1 - first])


@in_norm
def best_difference(size):
    """The best T at the first point less that at the second; p = (0.9, 0.1), q = (0.5, 0.5)."""
    counts = np.arange(size + 1)
    chance = np.outer(binom.pmf(counts, size, 0.9), binom.pmf(counts, size, 0.5))
    share = np.add.outer(counts, counts) / (2 * size)

    def excess(gap):
        return np.sum(chance * share / (share + (1 - share) * np.exp(-gap))) - 0.9

    return brentq(excess, 0, 5, xtol=1e-14)


@pointwise
def limit_of_large_batches(real, fake):
    """log w at the first point less that at the second, for these weights of the first."""
    mean = (real + fake) / 2
    return np.log(real / mean) - np.log((1 - real) / (1 - mean))


@summed
def value_at(critic, real, fake):
    """E_p[T] - E_p[log E_m[e^T]]."""
    return real * critic - real * np.log(np.sum((real + fake) / 2 * np.exp(critic)))


def is_below(example):
    """Yield that a critic's value is below KL(p‖m), and that log w + 2 reaches it."""
    shares = example.reshape(3, 3) + np.array([[1, 2, 3], [3, 1, 2], [1, 1, 1]]) / 40
    real, fake, other = shares / shares.sum(axis=1, keepdims=True)
    middle = (real + fake) / 2
    most = kl_divergence(Discrete(real), Discrete(middle))
    yield at_most("any critic", value_at(np.log(other), real, fake), most)
    yield equal("log w + 2", value_at(np.log(real / middle) + 2, real, fake), most)


def draw_slopes(left, right):
    """Draw the slopes, and how much larger each is at the second of two points."""
    ratio, shift = np.linspace(0.05, 2, 200), np.linspace(0, 0.45, 200)
    for name, color in (("paper", "C3"), ("zero-sum", "C0"), ("-T", "C1")):
        slope = SLOPES[name]
        left.plot(ratio, slope(ratio) - slope(1.0), color=color)
        right.plot(shift, slope(1 / (1 - shift)) - slope(1 / (1 + shift)), color=color)
    left.axvline(1, color="C6", linewidth=0.8, zorder=0)
    right.axhline(0, color="C6", linewidth=0.8, zorder=0)


def name_lines(left, right):
    """Write what the curves are."""
    left.annotate("softmax GAN", (0.25, 0.42), color="C3")
    left.annotate("zero-sum", (1.3, -0.12), color="C0")
    left.annotate("$-T$", (1.5, -0.6), color="C1")
    left.set(title="slope in $q$, less that at $w=1$", xlabel="ratio $w=p/m$", ylabel="slope")
    left.set(xlim=(0, 2), ylim=(-0.8, 1), xticks=(0, 1, 2), yticks=(-0.5, 0, 0.5, 1))
    right.annotate("softmax GAN", (0.2, 0.05), color="C3")
    right.annotate("zero-sum", (0.3, -0.25), color="C0")
    right.annotate("$-T$", (0.2, -0.6), color="C1")
    right.set(title="away from the data: above 0", xlabel="shift $s$ of the model", ylabel="drift")
    right.set(xlim=(0, 0.45), ylim=(-1, 0.3), xticks=(0, 0.2, 0.4), yticks=(-1, -0.5, 0))
