r"""With an optimal discriminator, the minimax generator's samples follow the steepest descent of $C$.

Statement
---------
Let generated samples move freely, each with the velocity $v = -\nabla \ell(a(x))$ that lowers the
generator's loss $\ell$ of the logit, and let $D$ be optimal at every time, so that
$a = \log p - \log q$ and $D^* = \sigma(a)$. Then $q$ changes by
$\partial_t q = -\operatorname{div}(q v)$, and each loss descends a functional of $q$ along
$\nabla \log(p/q)$, with a weight of its own:

- minimax: $v = D^* \nabla a$ descends $C$;
- non-saturating: $v = (1 - D^*) \nabla a$ descends $2\,\mathrm{KL}(m \,\|\, p)$,
  $m = \tfrac12 (p + q)$;
- the loss $-a$: $v = \nabla a$ descends $\mathrm{KL}(q \,\|\, p)$;
- $\int q f(p/q)$ for any convex $f$: $v = u^2 f''(u) \nabla a$ with $u = p/q$.

The functional $F$ falls at the rate $\tfrac{\mathrm{d}F}{\mathrm{d}t} = -\mathbb{E}_q \lVert v
\rVert^2$, and no velocity of the same $\mathbb{E}_q \lVert v \rVert^2$ makes it fall faster: $v$ is
its steepest descent with respect to $W_2$. Under $v = \nabla a$, $\mathrm{KL}(q \,\|\, p)$ of a
normal $q$ to $p = \mathcal{N}(0, 1)$ is at most $e^{-2t}$ of what it was.

Assumes   $p$ and $q$ smooth and positive, falling off so fast that boundary terms vanish. Samples that
          move freely: a network can only move them together, by its parameters.
Source    [@jordan1998] for the flow of $\mathrm{KL}$; [@franceschi2023] for generators as particles.
"""

import numpy as np
import sympy as sp
from scipy.special import ndtri

from gantheory import certified
from gantheory.densities import Normal
from gantheory.divergences import kl_divergence
from gantheory.evidence import differences, summed
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, always, at_most, equal

theorem = Theorem(
    label="wasserstein-gradient-flow",
    title=r"Samples that follow $-\nabla \log(1 - D^*) = D^* \nabla \log(p/q)$ descend $C$",
    uses=("optimal-discriminator",),
    covers=("wasserstein-gradient-flow",),
)

p, q, u, s = sp.symbols("p q u s", positive=True)  # densities at a point, u = p/q; s a deviation
a, m, t, y, k = sp.symbols("a m t y k", real=True)  # a logit, mean, time, log s, exponent
e, g, r = sp.symbols("e g r", real=True)  # E[v·w], and the roots of E‖v‖² and E‖w‖²
START_M, START_S = sp.Symbol("m_0", real=True), sp.Symbol("s_0", positive=True)
SIGMA = 1 / (1 + sp.exp(-a))
ROWS = {  # f, the loss of the logit up to a constant, and the weight of ∇a
    "minimax": (u * sp.log(u) - (1 + u) * sp.log(1 + u), sp.log(1 - SIGMA), SIGMA),
    "non-saturating": ((1 + u) * sp.log((1 + u) / u) - 1, -sp.log(SIGMA), 1 - SIGMA),
    "KL(q‖p)": (-sp.log(u) - 1, -a, sp.S.One),
    "KL(p‖q)": (u * sp.log(u), -sp.exp(a), sp.exp(a)),
    "a power": (u**k, (1 - k) * sp.exp(k * a), k * (k - 1) * sp.exp(k * a)),
}


def derive():
    r"""The first variation, its gradient, and the rate; then two normal densities in full.

    Let $q$ change by $\delta q$. Then $F = \int q f(p/q)$ changes by $\int \ell\, \delta q$, where
    $\ell = f(u) - u f'(u)$ is the derivative of $q f(p/q)$ in $q$. In each row this is the
    generator's loss with the discriminator held still at its optimum. The samples move by $v =
    -\nabla \ell$, and the chain rule gives the weight: minus the slope of the loss in the logit,
    which is $u^2 f''(u)$, times $\nabla a$. Both sides are linear in $f$; the powers $u^k$ are a row.

    With $\delta q = -\operatorname{div}(q v)\, \mathrm{d}t$, integration by parts gives
    $\tfrac{\mathrm{d}F}{\mathrm{d}t} = \int q\, \nabla \ell \cdot v$, and this is
    $-\mathbb{E}_q \lVert v \rVert^2$. For another velocity $w$ of the same mean square it is
    $-\mathbb{E}_q[v \cdot w]$, which by Cauchy and Schwarz is no lower.

    If $q = \mathcal{N}(m, s^2)$ and $p = \mathcal{N}(0, 1)$, then $\nabla a$ is linear in $x$, so
    that $q$ stays normal: a sample $x = m + s z$ has the velocity $-m + (\tfrac1s - s) z$. Hence
    $m' = -m$ and $s' = \tfrac1s - s$. Since $1 - \tfrac{1}{s^2} \le \log s^2$, $\mathrm{KL}$ is at
    most half of the rate at which it falls, which gives $e^{-2t}$.
    """
    for name, (f, loss, weight) in ROWS.items():
        label = "wasserstein-gradient-flow" if name == "minimax" else None
        there = loss.subs(a, sp.log(p / q))
        yield equal(f"{name}: the loss", sp.Derivative(q * f.subs(u, p / q), q), there)
        yield equal(f"{name}: the weight", -sp.Derivative(loss, a), weight, label=label)
        curved = u**2 * sp.Derivative(f, u, 2)
        yield equal(f"{name}: u² f''(u)", curved, weight.subs(a, sp.log(u)))
    yield equal("the two weights", (1 - SIGMA) / SIGMA, sp.exp(-a))
    schwarz = (e**2 <= g**2 * r**2) & (g >= 0) & sp.Eq(r, g)
    yield always("no velocity is steeper", schwarz, -(g**2) <= -e)

    mean, deviation = START_M * sp.exp(-t), sp.sqrt(1 + (START_S**2 - 1) * sp.exp(-2 * t))
    yield equal("two normals: the mean", sp.Derivative(mean, t), -mean)
    square = sp.Derivative(deviation**2, t)
    yield equal("two normals: the variance", square, 2 - 2 * deviation**2)
    divergence = (m**2 + s**2 - 1) / 2 - sp.log(s)
    rate = sp.Derivative(divergence, m) * -m + sp.Derivative(divergence, s) * (1 / s - s)
    yield equal("two normals: the rate", rate, -(m**2) - (1 / s - s) ** 2)
    yield at_most("KL is at most half the rate, s = exp(y)", 1 - sp.exp(-2 * y), 2 * y)


def certify():
    r"""Which game moves samples more, and which of two velocities is the better for $C$, as balls.

    Data $\mathcal{N}(0, 1)$, model $\mathcal{N}(k, 1)$: while the model is far from the data, the mean
    square of the minimax velocity is the smaller one, for $k = 4$ by a factor over 50. With both
    velocities scaled to the same mean square, the minimax one lowers $C$ faster: the square of
    $\mathbb{E}_q[D^*(1 - D^*)]$ is smaller than $\mathbb{E}_q[D^{*2}]\, \mathbb{E}_q[(1 - D^*)^2]$.
    """
    share = p / (p + q)
    for mean in (1, 2, 4):
        minimax, other = energy(q * share**2, mean), energy(q * (1 - share) ** 2, mean)
        mixed = energy(q * share * (1 - share), mean)
        yield at_most(f"mean square of the speed, k = {mean}", minimax, other)
        yield at_most(f"descent of C, k = {mean}", mixed * mixed, minimax * other)
    yield at_most("mean square of the speed, k = 4, times 50", 50 * minimax, other)


def check():
    r"""The rate of descent, from densities that were really moved, against balls.

    Data $\mathcal{N}(0, 1)$ and model $\mathcal{N}(1, 1)$, so that $\nabla a = -1$. Every point $x$
    is moved to $x + \varepsilon v(x)$, the density there is $q(x)/(1 + \varepsilon v'(x))$, and the
    functional is summed over points $\tfrac14$ apart, which for functions as smooth as these is
    exact to all digits. Its slope at $\varepsilon = 0$ is compared with a ball for
    $-\mathbb{E}_q \lVert v \rVert^2$. The non-saturating velocity lowers $C$ as well, at the rate of the
    product of both weights, which for this symmetric pair is the same number.

    Two normal densities: $\mathrm{KL}$ at three times, and its bound.
    """
    share = p / (p + q)
    for name, expression in (("minimax", q * share**2), ("non-saturating", q * (1 - share) ** 2)):
        yield equal(f"{name}: the rate", slope_along(name, name), -1 * energy(expression, 1))
    mixed = slope_along("minimax", "non-saturating")
    yield equal("C along the other velocity", mixed, -1 * energy(q * share * (1 - share), 1))
    yield equal("KL at time 0", kl_divergence(normal_at(0), Normal(0, 1)), START_KL)
    for time in (0.5, 1.0, 2.0):
        found = kl_divergence(normal_at(time), Normal(0, 1))
        bound = sp.exp(-sp.Rational(2 * time)) * START_KL
        yield at_most(f"KL at time {time}", found, bound)


def search(seed):
    r"""The first variation on 100 random triples of distributions on three points.

    The model is moved a little towards a third distribution. The slope of $C$, by differences, has to
    be the change of the mean of the loss $\log(1 - D^*)$, with $D^*$ held still.
    """
    shares = strategies.simplices(9)
    yield survives("C falls with the frozen loss", varies, shares, seed=seed, examples=100)


def refute():
    r"""Six mistakes.

    The weights of the two games exchanged. A velocity without a weight for the minimax game, as if
    all losses moved samples alike. The sign: samples go where $p/q$ is larger. The non-saturating
    velocity is not the steepest descent of $C$. The rate is a mean over the model, not the data.
    And $C$ falls twice as fast as $\mathrm{JSD}$.
    """
    loss = ROWS["minimax"][1]
    yield equal("weights exchanged", -sp.Derivative(loss, a), 1 - SIGMA)
    yield equal("no weight", -sp.Derivative(loss, a), 1)
    yield equal("the sign", sp.Derivative(loss, a), SIGMA)
    share, along = p / (p + q), slope_along("minimax", "minimax")
    crossed = slope_along("minimax", "non-saturating")
    yield equal("the other velocity is as steep", crossed, -1 * energy(q * (1 - share) ** 2, 1))
    yield equal("a mean over the data", along, -1 * energy(p * share**2, 1))
    yield equal("C as fast as JSD", along / 2, -1 * energy(q * share**2, 1))


def figure():
    r"""Data $\mathcal{N}(0, 1)$, model $\mathcal{N}(3, 1)$: how fast samples move, and where to.

    Left: the velocities at time 0; the densities are shaded. Where the model has its samples, the
    minimax game hardly moves them. Right: 11 of 41 samples that follow the two flows.
    """
    from matplotlib import pyplot as plt

    fig, (left, right) = plt.subplots(1, 2, figsize=(8.0, 3.4))
    velocities_and_paths(left, right)
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

START_KL = (sp.Integer(4) + 9 - 1) / 2 - sp.log(3)
GRID = np.arange(-44, 49) / 4


def normal_at(time):
    """The normal density that starts as N(2, 3²), under the flow of KL(q‖p) to N(0, 1)."""
    return Normal(2 * np.exp(-time), np.sqrt(1 + 8 * np.exp(-2 * time)))


def energy(expression, mean):
    """The integral of an expression in p and q for N(0, 1) and N(mean, 1), as a ball."""
    pair = Normal(0, 1), Normal(mean, 1)
    return certified.integral(expression, *pair, bound=(1, 1), digits=15)


def varies(shares):
    """The slope of C at a model, towards another one, is that of the mean of the frozen loss."""
    data, model, other = (
        (0.1 + part) / np.sum(0.1 + part) for part in np.split(np.asarray(shares), 3)
    )
    way = (other - model) / 8

    def criterion(steps):
        moved = model + steps[0] * way
        share = data / (data + moved)
        return np.sum(data * np.log(share) + moved * np.log(1 - share))

    # 1 is added, since both may be 0
    yield equal("slope", 1 + differences(criterion, [0.0], [1.0]), 1 + frozen(data, model, way))


@summed
def frozen(data, model, way):
    """The terms δq log(1 - D*)."""
    return way * np.log(model / (data + model))


def slope_along(functional, velocity):
    """The slope of a functional where the model N(1, 1) is moved along a velocity; data N(0, 1)."""

    def value(steps):
        step = steps[0]
        share = 1 / (1 + np.exp(GRID - 0.5))  # D* = σ(1/2 - x)
        if velocity == "minimax":
            speed, change = -share, share * (1 - share)
        else:
            speed, change = share - 1, -share * (1 - share)
        stretch = 1 + step * change
        model = np.exp(-((GRID - 1) ** 2) / 2) / np.sqrt(2 * np.pi) / stretch
        data = np.exp(-((GRID + step * speed) ** 2) / 2) / np.sqrt(2 * np.pi)
        if functional == "minimax":
            terms = data * np.log(data / (data + model)) + model * np.log(model / (data + model))
        else:
            terms = (data + model) * np.log((data + model) / data) - model
        return np.sum(terms * stretch) / 4

    return differences(value, [0.0], [1.0])


def velocities_and_paths(left, right):
    """Draw the velocities of the two games at time 0, and samples that follow them."""
    at = np.linspace(-2.5, 5.5, 201)
    share = 1 / (1 + np.exp(3 * at - 4.5))
    for mean, colour in ((0, "C0"), (3, "C2")):
        left.fill_between(at, 3 * Normal(mean, 1).pdf(at), color=colour, alpha=0.2, linewidth=0)
    left.plot(at, 3 * share, color="C1")
    left.plot(at, 3 * (1 - share), color="C3", linestyle="--")
    left.annotate("minimax", (-0.8, 2.6), color="C1")
    left.annotate("non-saturating", (3, 2.6), color="C3")
    left.set(xticks=(0, 3), yticks=(0, 3), xlabel="sample $x$", ylabel=r"speed $\|v\|$ to the left")
    left.set(title="Speed of samples at time 0", ylim=(0, 3.3), xlim=(-2.5, 5.5))
    for game, colour, style in (("minimax", "C1", "-"), ("non-saturating", "C3", "--")):
        times, paths = flow(game)
        right.plot(times, paths[:, ::4], color=colour, linestyle=style, linewidth=1)
    right.set(title="Samples on their way to $N(0,1)$", xlabel="time $t$", ylabel="sample $x$")
    right.set(xticks=(0, 2, 4), yticks=(-3, 0, 3))


def flow(game, count=41, step=0.001, steps=4000):
    """Samples with equal shares of mass between them, moved along w ∇a."""
    x = 3 + ndtri((np.arange(count) + 0.5) / count)
    kept = [x]
    for _ in range(steps):
        log_q = -np.log(np.diff(x) * count)
        middle = (x[1:] + x[:-1]) / 2
        logit = -(middle**2) / 2 - np.log(np.sqrt(2 * np.pi)) - log_q
        slope = np.diff(logit) / np.diff(middle)
        slope = np.concatenate([slope[:1], slope, slope[-1:]])
        inner = np.interp(x, middle, logit)
        share = 1 / (1 + np.exp(-inner))
        x = x + step * (share if game == "minimax" else 1 - share) * slope
        kept.append(x)
    return step * np.arange(steps + 1), np.array(kept)
