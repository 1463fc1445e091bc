r"""To swap the divergence of a GAN changes the critics and their target, not the game.

Statement
---------
Let $\mathcal{F}$ be a set of critics $T$, and $h$ a function of their output. The generator minimises

$$ d(p, q) = \sup_{T \in \mathcal{F}} \mathbb{E}_p[T] - \mathbb{E}_q[h(T)]. $$

With $h = f^*$, $f^*(t) = \sup_u (u t - f(u))$, and all functions for critics this is the f-GAN and
$d = D_f(p, q) = \int q f(p/q) \,\mathrm{d}x$. With $h(t) = t$ and 1-Lipschitz critics it is the WGAN and
$d = W_1(p, q)$. In every such game the value of the critic $T^*$ that is best against $q$ is, as a
function of the model, a tangent from below: for every other model $r$

$$ d(p, r) \ge \mathbb{E}_p[T^*] - \mathbb{E}_r[h(T^*)], \quad \text{with equality at } r = q. $$

So $d$ is convex in the model, and its gradient, where it has one, is that at $T$ held still, whichever
$d$ it is. The rest changes with $d$.

- The best critic of the f-GAN is $T^*(x) = f'(u)$, a function of the ratio $u = p/q$ at $x$; that of
  the WGAN depends on both distributions as wholes.
- $D_f$ does not see distances. For $\mathcal{U}[0, 1]$ and $\mathcal{U}[\theta, 1 + \theta]$ it is
  $\min(\theta, 1)$ times its largest value $f(0) + \lim f(u)/u$, while $W_1 = \theta$.
- If the generator minimises $-\mathbb{E}_q[T]$ in place of $-\mathbb{E}_q[h(T)]$, the WGAN stays as it
  is, but the f-GAN follows another divergence, that with $f''(u)/u$ for $f''(u)$: with the critic of
  $\mathrm{KL}(p \,\|\, q)$ it is $\mathrm{KL}(q \,\|\, p)$.

Assumes   The supremum is attained at $T^*$; first moments for $W_1$.
Source    [@nowozin2016, Section 2.2] for the f-GAN, and 3.2 for $-\mathbb{E}_q[T]$;
          [@arjovsky2017wasserstein] for the WGAN; [@roysdon] for the claim that the game is the same.
"""

from fractions import Fraction

import numpy as np
import sympy as sp

from gantheory import certified, divergences
from gantheory.densities import Discrete, Normal, Uniform
from gantheory.divergences import js_divergence, total_variation, wasserstein_1
from gantheory.evidence import differences, pointwise, summed
from gantheory.losses import f_gan
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, always, at_least, at_most, equal

theorem = Theorem(
    label="divergence-swap",
    title=r"f-GAN and WGAN: one game, $\sup_T \mathbb{E}_p[T] - \mathbb{E}_q[h(T)]$",
    uses=("generator-loss-zoo",),
    covers=("divergence-swap",),
)

p, q, u = sp.symbols("p q u", positive=True)  # densities at a point, and their ratio
t, a, b_q, b_r, b_s, d_q, d_r, d_s, w = sp.symbols("t a b_q b_r b_s d_q d_r d_s w", real=True)


def derive():
    r"""The tangent is the definition of a supremum; the rest is calculus of $f$.

    $T^*$ is one of the critics, so against a model $r$ the best one does at least as well: that is the
    inequality. Its right side is affine in $r$. A function with such a tangent at each $q$ is convex,
    and where it is smooth it has the tangent's slope, $-h(T^*)$ in $q$.

    For the f-GAN the best output at a point maximises $u t - f^*(t)$, and the most is $f(u)$, at
    $t = f'(u)$. The slope of $q f(p/q)$ in $q$ is $f - u f'$, which is $-f^*(f')$: the tangent's slope.
    A generator that minimises $-\mathbb{E}_q[T]$ has the slope $-f'(u)$ instead. It falls in $u$, and so
    is the slope of a divergence, but of another one.
    """
    # d at three models, and a = E_p[T*], b = E[h(T*)] under each, where T* is best against q
    supremum = (d_r >= a - b_r) & (d_s >= a - b_s) & sp.Eq(d_q, a - b_q)
    tangent_at_r = d_r >= d_q - (b_r - b_q)
    yield always("a tangent from below", supremum, tangent_at_r, label="divergence-swap")
    between = (w >= 0) & (w <= 1) & sp.Eq(b_q, (1 - w) * b_r + w * b_s)
    chord = d_q <= (1 - w) * d_r + w * d_s
    yield always("convex in the model", supremum & between, chord)
    for name, (f, conjugate, other, at_equal) in GAMES.items():
        best = sp.diff(f, u)
        yield equal(f"{name}: the most is f(u)", u * best - conjugate.subs(t, best), f)
        slope = sp.Derivative(q * f.subs(u, p / q), q)
        frozen = -conjugate.subs(t, best).subs(u, p / q)
        yield equal(f"{name}: the slope in q", slope, frozen)
        output = (best - best.subs(u, 1)).subs(u, p / q)
        yield equal(f"{name}: what -E_q[T] follows", sp.Derivative(other, q), at_equal - output)
    yield at_least("KL: no output does better", u * sp.log(u), u * t - sp.exp(t - 1))
    yield at_least("Pearson: no output does better", (u - 1) ** 2, u * t - t**2 / 4 - t)


def certify():
    r"""Two uniform densities that slide apart, and two models that two divergences rank differently.

    JSD, TV and $H^2 = \frac{1}{2} \int (\sqrt{p} - \sqrt{q})^2$ have all of their largest value at
    $\theta = 1$, and stay there. The data have the weights $0.45$, $0.1$, $0.45$ on the points 0, 1, 2.
    A model on the point 0 alone is nearer to them than one on the point 1 alone, in JSD and in TV.
    """
    for theta in (Fraction(1, 4), Fraction(1), Fraction(3)):
        share = sp.Rational(min(theta, 1))
        pair = Uniform(0, 1), Uniform(theta, 1 + theta)
        yield equal(f"JSD at θ = {theta}", certified.js_divergence(*pair), share * sp.log(2))
        yield equal(f"TV at θ = {theta}", certified.total_variation(*pair), share)
        yield equal(f"H² at θ = {theta}", certified.squared_hellinger(*pair), share)
    for name, divergence in (("JSD", certified.js_divergence), ("TV", certified.total_variation)):
        first, second = (divergence(THREE, at) for at in POINTS)
        yield at_least(f"{name}: the point 0 is the better model", second, first + Fraction(1, 10))


def check():
    r"""The gradient at a frozen critic, and distances.

    On four points each $d$ is differentiated by differences along a direction in the model, and compared
    with the frozen critic: that of the package's f-GANs at their best output, and for $W_1$ the one with
    the slopes $\pm 1$, upwards where the model's distribution function is the larger. Then $W_1$ of the
    pairs of `certify`: it ranks the two models the other way round. And the gradients by $\mu$ of $W_1$
    and JSD for $\mathcal{N}(0, 1)$ and $\mathcal{N}(8, 1)$.
    """
    for name, divergence in DIVERGENCES.items():
        moved = differences(on_points(divergence), MODEL, WAY)
        yield equal(f"{name}: four points", moved, slope_of(name))
    for theta in (Fraction(1, 4), Fraction(1), Fraction(3)):
        pair = Uniform(0, 1), Uniform(theta, 1 + theta)
        yield equal(f"W₁ at θ = {theta}", wasserstein_1(*pair), theta)
    first, second = (wasserstein_1(THREE, at) for at in POINTS)
    yield at_least("W₁: the point 1 is the better model", first, second + Fraction(1, 20))
    far = [differences(of_mean(one), [8.0], [1.0]) for one in (wasserstein_1, js_divergence)]
    yield equal("the gradient of W₁ at μ = 8", far[0], 1)
    yield at_most("the gradient of JSD at μ = 8", far[1], Fraction(1, 1000))


def search(seed):
    r"""Data and two models on four points: does a critic of one do too well against the other?

    The tangent of one $d$ at the model $q$ is compared with $d$ at another model $r$, and with $d$ at
    $q$ itself. A tangent that is above $d$, or does not touch it, refutes the theorem.
    """
    drawn = strategies.simplices(12)
    yield survives("tangents from below", tangents_below, drawn, seed=seed, examples=115)


def refute():
    r"""Six mistakes.

    That an f-GAN follows its divergence with $-\mathbb{E}_q[T]$ too. That the WGAN's critic is a
    function of $p/q$: at two points of one ratio its outputs differ by 2. That critics bounded by 1 give
    TV: they give twice as much. That the Lipschitz bound does not matter: a critic of slope 2 gets
    $2 W_1$. That a small $W_1$ makes JSD small, as for two points at a distance of $\frac{1}{128}$. And
    that the better model is better for each $d$.
    """
    slope = sp.Derivative(p * sp.log(p / q), q)
    yield equal("KL and -E_q[T]", slope, -sp.log(p / q) - 1)
    yield equal("one ratio, one output", gap_of_outputs(WEIGHTS, MODEL), 0)
    bounded = value_of(np.sign(WEIGHTS - MODEL), WEIGHTS, MODEL)
    yield equal(
        "|T| at most 1 gives TV", bounded, total_variation(Discrete(WEIGHTS), Discrete(MODEL))
    )
    steep = value_of(2 * critic(WEIGHTS, MODEL), WEIGHTS, MODEL)
    yield at_most("slope 2", steep, wasserstein_1(Discrete(WEIGHTS), Discrete(MODEL)))
    near = Discrete([1], [0]), Discrete([1], [1 / 128])
    yield at_most("JSD of two near points", certified.js_divergence(*near), Fraction(1, 10))
    yield at_most("W₁ prefers the point 0 too", *(wasserstein_1(THREE, at) for at in POINTS))


def figure():
    r"""Left two uniform densities that slide apart, right two Gaussians.

    On the left every $D_f$ with a finite largest value, divided by it, is the same broken line: flat as
    soon as the supports are disjoint, where $W_1$ goes on. On the right JSD and TV level off.
    """
    from matplotlib import pyplot as plt

    fig, (left, right) = plt.subplots(1, 2, figsize=(8.4, 3.6))
    draw_uniforms(left)
    draw_gaussians(right)
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

GAMES = {  # f, f*, and what -E_q[T] follows, with its slope in q at p = q
    "KL": (u * sp.log(u), sp.exp(t - 1), q * sp.log(q / p), 1),
    "2 JSD - log 4": (
        u * sp.log(u) - (1 + u) * sp.log(1 + u),
        -sp.log(1 - sp.exp(t)),
        (p + q) * sp.log((p + q) / (2 * p)),
        1,
    ),
    "Pearson": ((u - 1) ** 2, t**2 / 4 + t, 2 * p * sp.log(p / q), -2),
    "reverse KL": (-sp.log(u), -1 - sp.log(-t), (p - q) ** 2 / (2 * p), 0),
}
THREE = Discrete(["0.45", "0.1", "0.45"])
POINTS = Discrete([1, 0, 0]), Discrete([0, 1, 0])
WEIGHTS, MODEL = np.array([0.4, 0.3, 0.2, 0.1]), np.array([0.2, 0.4, 0.1, 0.3])
WAY = np.array([0.05, -0.1, 0.1, -0.05])
CODED = {
    "KL": f_gan("kl"),
    "2 JSD": f_gan("js"),
    "Pearson": f_gan("pearson-chi2"),
    "2 H²": f_gan("squared-hellinger"),
}
DIVERGENCES = {
    "KL": divergences.kl_divergence,
    "2 JSD": lambda p, q: 2 * js_divergence(p, q),
    "Pearson": divergences.pearson_chi2,
    "2 H²": lambda p, q: 2 * divergences.squared_hellinger(p, q),
    "W₁": wasserstein_1,
}
CURVES = (
    (js_divergence, np.log(2), "C0"),
    (total_variation, 1, "C2"),
    (wasserstein_1, 1, "C3"),
    (divergences.kl_divergence, 1, "C1"),
)


def draw_uniforms(axis):
    """Draw W₁, and D_f over its largest value, for U[0, 1] and U[θ, 1 + θ]."""
    axis.plot([0, 1, 2], [0, 1, 1], color="C0")
    axis.plot([0, 2], [0, 2], color="C3", linestyle="--")
    axis.annotate("every $D_f$, divided\nby its largest value", (1.05, 0.9), va="top", color="C0")
    axis.annotate("$W_1$", (1.4, 1.55), ha="right", color="C3")
    axis.set(title=r"$U[0,1]$ and $U[\theta,1+\theta]$", xlabel=r"shift $\theta$", xticks=(0, 1, 2))
    axis.set(yticks=(0, 1, 2), ylabel="divergence")


def draw_gaussians(axis):
    """Draw four divergences of N(0, 1) and N(μ, 1)."""
    means = np.linspace(0, 4, 41)
    for divergence, scale, color in CURVES:
        found = [float(divergence(Normal(0, 1), Normal(mean, 1))) / scale for mean in means]
        axis.plot(means, found, color=color, linestyle="--" if color == "C3" else "-")
    axis.annotate("$W_1$", (1.9, 2.1), ha="right", color="C3")
    axis.annotate("KL", (2.4, 3.4), ha="right", color="C1")
    axis.annotate("TV", (2.9, 0.9), color="C2", va="bottom")
    axis.annotate("JSD/log 2", (2.4, 0.6), color="C0", va="top")
    axis.set(title=r"$N(0,1)$ and $N(\mu,1)$", xlabel=r"shift $\mu$", xticks=(0, 2, 4), ylim=(0, 4))
    axis.set(yticks=(0, 2, 4), ylabel="divergence")


def critic(real, fake):
    """The best 1-Lipschitz critic at the points 0, 1, ...: it rises where F_q > F_p."""
    slopes = np.sign(np.cumsum(fake - real)[:-1])
    return np.concatenate([[0.0], np.cumsum(slopes)])


def outputs(name, real, fake):
    """T* and h(T*) at each point."""
    if name == "W₁":
        best = critic(real, fake)
        return best, best
    game = CODED[name]
    logit = game.optimal_logit(np.log(real) - np.log(fake))[:, None]
    return -game.real.value(logit)[:, 0], game.fake.value(logit)[:, 0]


def on_points(divergence):
    """The divergence as a function of the model's weights."""
    return lambda model: float(divergence(Discrete(WEIGHTS), Discrete(model)))


def of_mean(divergence):
    """The divergence of N(0, 1) and N(μ, 1) as a function of μ."""
    return lambda at: float(divergence(Normal(0, 1), Normal(float(at[0]), 1)))


@summed
def slope_of(name):
    """The frozen loss -h(T*) along the direction."""
    return -WAY * outputs(name, WEIGHTS, MODEL)[1]


@summed
def tangent(name, real, fake, other):
    """E_p[T*] - E_r[h(T*)] with the critic that is best against q."""
    best, paid = outputs(name, real, fake)
    return [real * best, -other * paid]


@summed
def value_of(outputs, real, fake):
    """E_p[T] - E_q[T]."""
    return (real - fake) * outputs


@pointwise
def gap_of_outputs(real, fake):
    """The critic's output at the point 0 less that at the point 2."""
    best = critic(real, fake)
    return best[0] - best[2]


def tangents_below(example):
    """Yield that the tangent of one d touches at q and is below at r."""
    shares = example.reshape(3, 4) + np.array([[1, 2, 3, 4], [4, 3, 2, 1], [2, 1, 1, 3]]) / 40
    real, fake, other = shares / shares.sum(axis=1, keepdims=True)
    name = list(DIVERGENCES)[int(997 * (example @ np.arange(12))) % len(DIVERGENCES)]
    there = [DIVERGENCES[name](Discrete(real), Discrete(model)) for model in (fake, other)]
    yield equal(f"{name} at q", tangent(name, real, fake, fake), there[0])
    yield at_most(f"{name} at r", tangent(name, real, fake, other), there[1])
