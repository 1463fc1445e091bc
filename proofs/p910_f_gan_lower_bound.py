r"""Every critic gives a lower bound of the $f$-divergence, and what it misses is a Bregman divergence.

Statement
---------
Let $f$ be convex on $u > 0$, with the conjugate $f^*(t) = \sup_{u > 0} (u t - f(u))$.
For densities $p$ and $q$, the ratio $u = p/q$ and every critic $T$ with values where $f^*$ is finite,

$$ \mathbb{E}_{x \sim p}[T(x)] - \mathbb{E}_{x \sim q}[f^*(T(x))] \;\le\; D_f(p \,\|\, q) =
   \int q \, f(p/q) \,\mathrm{d}x, $$

with equality iff $T$ is a slope of $f$ at $u$ almost everywhere, $T^* = f'(p/q)$ if $f$ is smooth. A
critic $T = f'(v)$, which takes $v$ for the ratio, misses exactly

$$ \int q \, \bigl( f(u) - f(v) - f'(v)\,(u - v) \bigr) \,\mathrm{d}x \ge 0 . $$

For $f(u) = u \log u - (1 + u) \log(1 + u)$ and $T = \log D$ the bound is the value of the GAN. Where
$q = 0 < p$ the integrand of $D_f$ is $p \lim f(u)/u$ as $u \to \infty$; where $p = 0$ it is $q f(0^+)$.

Critics of a class without $T^*$ reach less, and may reach 0 for $p \ne q$. On the samples for which a
critic was made, its value is no lower bound.

Assumes   $T$ measurable, $\mathbb{E}_{x \sim p}[T]$ and $\mathbb{E}_{x \sim q}[f^*(T)]$ finite.
Source    [@nguyen2010, Lemma 1]; [@nowozin2016, Section 2.2]; named in [@roysdon].
"""

import numpy as np
import sympy as sp

from gantheory import certified, divergences
from gantheory.densities import Discrete, Normal, Uniform
from gantheory.evidence import mean_of, summed
from gantheory.losses import f_gan
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, always, at_least, at_most, equal, iff

theorem = Theorem(
    label="f-gan-lower-bound",
    title=r"$\mathbb{E}_p[T] - \mathbb{E}_q[f^*(T)] \le D_f(p \,\|\, q)$, and by how much",
    covers=("f-gan-lower-bound",),
    errata=(
        r"[@roysdon] says that the discriminator estimates a lower bound of $D_f$: its expected value "
        r"is one, but its value on the samples of the training is not.",
    ),
)

# u, v: the ratio p/q and what the critic takes it for; p, q: the densities at one point
u, v, p, q, s = sp.symbols("u v p q s", positive=True)
log, sqrt = sp.log, sp.sqrt
ROWS = {  # f, and what a critic f'(v) misses
    "KL": (u * log(u), u * log(u / v) - u + v),
    "2 JSD": (
        u * log(u) - (1 + u) * log((1 + u) / 2),
        u * log(u / v) - (1 + u) * log((1 + u) / (1 + v)),
    ),
    "2 H²": ((sqrt(u) - 1) ** 2, (sqrt(u) - sqrt(v)) ** 2 / sqrt(v)),
    "Pearson": ((u - 1) ** 2, (u - v) ** 2),
}


def derive():
    r"""By its definition $f^*(t) \ge u t - f(u)$. Put $u = p/q$, multiply by $q$, and integrate.

    Equality at a point means that the line of slope $t$ through the point $u$ of the graph lies below
    $f$: $t = f'(u)$ for a smooth $f$; at the kink of $\tfrac12 \lvert u - 1 \rvert$ all slopes from
    $-\tfrac12$ to $\tfrac12$ will do. For $t = f'(v)$ the supremum is $f^*(t) = v f'(v) - f(v)$. What
    is missing is the gap between $f(u)$ and the tangent at $v$, not negative as $f$ is convex. The rows
    show it as a square or as the gap of KL; for $2\,\mathrm{JSD}$ it is the regret
    $(p + q)\,\mathrm{kl}(D^* \,\|\, D)$ of the discriminator.

    Where $p = 0$ the critic contributes $-q f^*(f'(v))$, which tends to $q f(0^+)$ as $v \to 0$; where
    $q = 0$ it contributes $p f'(v)$, which tends to $p \lim f(u)/u$ as $v \to \infty$.

    Last, affine critics $T = 1 + c + b x$ for KL, with data of mean $m$ and the model
    $\mathcal{N}(0, s^2)$. With $k = c + \tfrac12 b^2 s^2$ such a critic is worth
    $(1 + k - e^k) + (b m - \tfrac12 b^2 s^2)$, and this is at most $m^2/(2 s^2)$. That is KL if the data
    are normal and of the same width. With $m = 0$ affine critics see nothing.
    """
    above = sp.And(Q > 0, P >= 0, f_star >= P / Q * t - f_u)
    yield always("one point", above, P * t - Q * f_star <= Q * f_u, label="f-gan-lower-bound")
    yield iff("equality at a kink", sp.And(KINK, sp.Eq(t * (r - 1), w)), sp.And(KINK, IS_SLOPE))
    for name, (f, gap) in ROWS.items():
        slope = sp.Subs(sp.Derivative(f, u), u, v)
        yield equal(f"{name}: what is missed", f - f.subs(u, v) - slope * (u - v), gap)
        if name not in ("KL", "2 JSD"):
            yield at_least(f"{name}: it is not negative", gap, 0)
    d, star, of_kl = v / (1 + v), p / (p + q), sp.Lambda((u, v), ROWS["KL"][1])
    yield at_least("KL: it is not negative", of_kl(u, v), 0)
    regret = (p + q) * (of_kl(star, d) + of_kl(1 - star, 1 - d))
    yield equal("2 JSD: the regret of D", q * ROWS["2 JSD"][1].subs(u, p / q), regret)
    game = u * log(u) - (1 + u) * log(1 + u)
    yield equal("GAN: T = log D", sp.Derivative(game, u).subs(u, v), log(d))
    conjugate = (u * log(u / (1 + u)) - game).subs(u, v)
    yield equal("GAN: f*(T) = -log(1 - D)", conjugate, -log(1 - d))
    f, slope = ROWS["2 H²"][0], 1 - 1 / sqrt(u)
    yield equal("2 H²: p = 0", sp.Limit(f - u * slope, u, 0, "+"), f.subs(u, 0))
    yield equal("2 H²: q = 0", sp.Limit(slope, u, sp.oo), sp.Limit(f / u, u, sp.oo))
    yield at_most("affine: the best c", 1 + c - sp.exp(c), 0)
    shortfall = (m - b * s**2) ** 2 / (2 * s**2)
    yield equal("affine: the best b", b * m - b**2 * s**2 / 2, m**2 / (2 * s**2) - shortfall)


def certify():
    r"""A critic that takes $v = \sqrt{p/q}$ for the ratio, half of the logit, in balls.

    Its value and what it misses are two integrals, and their sum is the divergence: $C$ of the GAN for
    two pairs, one of them partly disjoint.
    """
    for name, pair in PAIRS.items():
        value, lost = (certified.integral(form, *pair, bound=(1, 1), digits=12) for form in HALVED)
        criterion = certified.virtual_training_criterion(*pair, digits=12)
        yield equal(f"GAN, {name}", value + lost, criterion)
        yield at_most(f"GAN, {name}: strictly below", value, criterion, tolerance=0)


def check():
    r"""The coded losses of the f-GAN against the package's divergences, on five points.

    A critic takes five other numbers for the ratios. Its value, and what it misses by the formula, add
    up to the divergence.
    """
    for name, (loss, divergence) in DIVERGENCES.items():
        value, lost = worth(loss, REAL, FAKE, TAKEN), missed(name, REAL, FAKE, TAKEN)
        yield equal(f"{name}: value + missed", value + lost, divergence(DATA, MODEL))


def search(seed):
    r"""Random data, models and critics on four points, where all weights are positive.

    The rows are $2\,\mathrm{JSD}$ and Pearson. An example in which the value of the critic and what it
    misses do not add up to the divergence would refute the statement.
    """
    rows = strategies.markov_kernels(3, 4)
    yield survives("value + missed on four points", adds_up, rows, seed=seed, examples=100)


def simulate(seed):
    r"""Data and model are uniform on four points: $D_f = 0$. There are ten samples of each.

    The largest value that a critic has on them is the $2\,\mathrm{JSD}$ of two histograms, on average
    of 4000 runs above $\tfrac1{10}$, though nothing is there to be seen. The critic
    $v = (k + 1)/(l + 1)$ for their counts $k$ and $l$ is worth less than 0 on fresh ones.
    """
    in_sample, fresh = of_histograms(np.random.default_rng(seed), 4000)
    yield at_least("on the samples seen", mean_of(in_sample, within=(0, 1.4)), sp.Rational(1, 10))
    yield at_most("on fresh samples", mean_of(fresh, within=(-2, 1.4)), 0)


def refute():
    r"""Five ways to get it wrong.

    With $p$ and $q$ exchanged it is the bound of another divergence. The best critic is a slope, not a
    value of $f$. The gap is not symmetric. Affine critics do not see that $\mathcal{N}(0, 2^2)$ is not
    $\mathcal{N}(0, 1)$. A critic must keep to where $f^*$ is finite: to $t \le \tfrac12$ for the total
    variation.
    """
    value = worth("kl", FAKE, REAL, TAKEN) + missed("KL", FAKE, REAL, TAKEN)
    yield equal("p and q exchanged", value, divergences.kl_divergence(DATA, MODEL))
    yield equal("T* = f(u) for KL", sp.Derivative(ROWS["KL"][0], u), ROWS["KL"][0])
    gap = ROWS["KL"][1]
    yield equal("u and v exchanged", gap, gap.subs({u: v, v: u}, simultaneous=True))
    wide = certified.kl_divergence(Normal(0, 1), Normal(0, 2), digits=10)
    yield at_most("affine critics reach KL", wide, 0)
    ratio = sp.And(r > 0, w >= 0, sp.Eq(4 * w**2, (r - 1) ** 2))
    yield always("TV: any critic", ratio, t * (r - 1) <= w)


def figure():
    r"""What a critic misses, at one point and in a class of critics.

    Left: $f(u) = u \log u$; a critic that takes $v$ for the ratio puts a tangent under $f$ at $v$.
    Right: the data are $\mathcal{N}(1, 1)$, and the critic is affine with slope $b$. For the model
    $\mathcal{N}(0, 1)$ the best one reaches KL, for $\mathcal{N}(0, 2^2)$ none does.
    """
    from matplotlib import pyplot as plt

    fig, (left, right) = plt.subplots(1, 2, figsize=(9.0, 3.8))
    draw_tangent(left)
    draw_affine(right)
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

P, Q, r, t, w, f_u, f_star, b, c, m = sp.symbols("p q u t w f_u f_star b c m", real=True)
HALF = sp.Rational(1, 2)
KINK = sp.And(t >= -HALF, t <= HALF, r >= 0, w >= 0, sp.Eq(4 * w**2, (r - 1) ** 2))  # w = |u - 1|/2
IS_SLOPE = sp.Or(sp.And(r > 1, sp.Eq(t, HALF)), sp.And(r < 1, sp.Eq(t, -HALF)), sp.Eq(r, 1))
ROOT = sqrt(p) / (sqrt(p) + sqrt(q))  # the discriminator of half the logit
STAR = p / (p + q)
HALVED = (
    p * log(ROOT) + q * log(1 - ROOT),
    p * log(STAR / ROOT) + q * log((1 - STAR) / (1 - ROOT)),
)
PAIRS = {
    "N(0, 1) and N(1, 2²)": (Normal(0, 1), Normal(1, 2)),
    "U[0, 1] and U[1/2, 2]": (Uniform(0, 1), Uniform("1/2", 2)),
}
REAL, FAKE = np.array([0.1, 0.15, 0.2, 0.25, 0.3]), np.array([0.3, 0.05, 0.25, 0.3, 0.1])
TAKEN = np.array([0.5, 2.0, 1.0, 0.25, 3.5])
DATA, MODEL = Discrete(REAL), Discrete(FAKE)
DIVERGENCES = {
    "KL": ("kl", divergences.kl_divergence),
    "2 JSD": ("js", lambda p, q: 2 * divergences.js_divergence(p, q)),
    "2 H²": ("squared-hellinger", lambda p, q: 2 * divergences.squared_hellinger(p, q)),
    "Pearson": ("pearson-chi2", divergences.pearson_chi2),
}
GAPS = {name: sp.lambdify((u, v), gap, "numpy") for name, (_, gap) in ROWS.items()}


@summed
def worth(loss, real, fake, ratio):
    """E_p[T] - E_q[f*(T)] for the critic that takes this for p/q, by the coded losses."""
    game = f_gan(loss)
    output = game.optimal_logit(np.log(ratio))
    return [-real * game.real.value(output), -fake * game.fake.value(output)]


@summed
def missed(name, real, fake, ratio):
    """Σ q (f(u) - f(v) - f'(v) (u - v))."""
    return fake * GAPS[name](real / fake, ratio)


def adds_up(rows):
    """1 + value + missed = 1 + divergence."""
    real, fake, taken = (rows + 0.02) / np.sum(rows + 0.02, axis=1, keepdims=True)
    name = "2 JSD" if real[0] < fake[0] else "Pearson"
    loss, divergence = DIVERGENCES[name]
    found = worth(loss, real, fake, 4 * taken) + missed(name, real, fake, 4 * taken)
    return equal("1 + sum", 1 + found, 1 + divergence(Discrete(real), Discrete(fake)))


def of_histograms(rng, runs):
    """The largest value on ten samples of each, and a critic's value on ten fresh ones."""
    seen, fresh = rng.multinomial(10, [0.25] * 4, (2, runs, 2)) / 10
    real, fake = seen[:, 0], seen[:, 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = [
            np.where(one > 0, one * np.log(2 * one / (real + fake)), 0) for one in (real, fake)
        ]
    guess = (10 * real + 1) / (10 * fake + 1)
    value = fresh[:, 0] * np.log(2 * guess / (1 + guess)) + fresh[:, 1] * np.log(2 / (1 + guess))
    return np.sum(terms, axis=(0, 2)), np.sum(value, axis=1)


def draw_tangent(axes):
    """The graph of u log u with its tangent at v = 1/2, and the gap at u = 2."""
    at = np.linspace(1e-9, 2.6, 300)
    taken, true = 0.5, 2.0
    slope = 1 + np.log(taken)
    axes.plot(at, at * np.log(at), color="C4")
    axes.plot(at, slope * at - taken, color="C1")
    axes.plot([taken], [taken * np.log(taken)], "o", color="C1")
    ends = (true, slope * true - taken), (true, true * np.log(true))
    line = {"arrowstyle": "<->", "color": "C3", "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", *ends, arrowprops=line)
    axes.text(1.93, 0.6, "missed", color="C3", ha="right", va="center")
    axes.text(1.45, -0.42, "$T u - f^*(T)$,\n$T = f'(v)$", color="C1", va="top")
    axes.text(2.1, 2.05, "$f(u)$", ha="right")
    axes.set(title="One point, for KL", xlabel="ratio $p/q$", ylabel="over $q$, nats")
    axes.set(xticks=(0, taken, true), xticklabels=("0", "$v$", "$u$"), xlim=(0, 2.6))
    axes.set(yticks=(0, 1, 2), ylim=(-1.2, 2.5))


def draw_affine(axes):
    """What affine critics of slope b are worth, for two models."""
    slope = np.linspace(-0.3, 1.9, 300)
    for width, color, kl, at in ((1, "C0", 0.5, 1.35), (2, "C2", np.log(2) - 0.25, 0.62)):
        axes.plot(slope, slope - (slope * width) ** 2 / 2, color=color)
        axes.axhline(kl, color=color, linestyle="--")
        axes.plot([1 / width**2], [1 / (2 * width**2)], "o", color=color)
        model = "$N(0, 1)$" if width == 1 else "$N(0, 2^2)$"
        axes.text(at, 0.28 if width == 1 else -0.1, model, color=color)
    axes.text(-0.25, 0.51, "KL for $N(0, 1)$", color="C0", va="bottom")
    axes.text(-0.25, 0.43, "KL for $N(0, 2^2)$", color="C2", va="top")
    axes.set(title="Affine critics, data $N(1, 1)$", xlabel="slope $b$", ylabel="value, nats")
    axes.set(xlim=(-0.3, 1.9), ylim=(-0.35, 0.65), xticks=(0, 0.25, 1), yticks=(0, 0.125, 0.5))
