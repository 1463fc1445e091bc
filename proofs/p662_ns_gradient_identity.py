r"""The non-saturating generator follows $\mathrm{KL}(q \,\|\, p) - 2\,\mathrm{JSD}$, a divergence.

Statement
---------
Let $q_\theta$ be the density of $G_\theta(z)$, and hold $D$ still at the best one $D^*$ for
$\theta_0$. Then, at $\theta = \theta_0$,

$$ \nabla_\theta \, \mathbb{E}_z[-\log D^*(G_\theta(z))]
   = \nabla_\theta [\mathrm{KL}(q_\theta \,\|\, p) - 2\,\mathrm{JSD}(p, q_\theta)]. $$

The minus sign drives nothing apart: with $m = (p + q)/2$ the bracket is

$$ \mathrm{KL}(q \,\|\, p) - 2\,\mathrm{JSD}(p, q) = 2\,\mathrm{KL}(m \,\|\, p)
   = \int (p + q) \log\frac{p + q}{2 p} \,\mathrm{d}x \ge 0, $$

with equality iff $p = q$. It is infinite iff $\mathrm{KL}(q \,\|\, p)$ is, as where the model has
samples off the data. A model on a share $r$ of the data's modes costs
$\log\frac{1}{r} - 2\,\mathrm{JSD}$, which is finite, although $\mathrm{KL}(p \,\|\, q) = \infty$.

The number that the loss shows is another one. With $\Delta = \int (p - q)^2/(p + q) \,\mathrm{d}x$ it is

$$ \mathbb{E}_q[-\log D^*] = \mathrm{KL}(q \,\|\, p) - \mathrm{KL}(q \,\|\, m) + \log 2
   \ge \log 2 + \tfrac{1}{2} \Delta, $$

so that a loss below $\log 2$ proves that $D$ is not the best one.

Assumes   Densities smooth in $x$ and $\theta$, a support that does not move, and finite integrals.
Source    [@arjovsky2017principled, Theorem 2.5] for the gradient; [@shannon2020] for the divergence.
"""

from fractions import Fraction

import numpy as np
import sympy as sp
from scipy.special import expit

from gantheory import certified
from gantheory.densities import Discrete, Mixture, Normal
from gantheory.divergences import js_divergence, reverse_kl_divergence, triangular_discrimination
from gantheory.evidence import differences, summed
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal

theorem = Theorem(
    label="ns-gradient-identity",
    title=r"$-\nabla \mathbb{E}[\log D^*(G)] = \nabla[\mathrm{KL}(q \,\|\, p) - 2\,\mathrm{JSD}]$",
    uses=("ns-divergence",),
    covers=("ns-gradient-identity", "ns-is-a-divergence", "minus-jsd-loses"),
    errata=(
        r"[@arjovsky2017principled] reads $-2\,\mathrm{JSD}$ as a push that drives the two densities "
        r"apart: the sum is $2\,\mathrm{KL}(m \,\|\, p)$, which is least at $q = p$ alone.",
    ),
)

p, q, u, r, s = sp.symbols("p q u r s", positive=True)  # densities at a point, p/q; share; width
p_1, q_1, v, v_1, e = sp.symbols("p_1 q_1 v v_1 e", real=True)  # slopes in x; the velocity; a step
x, mu = sp.symbols("x mu", real=True)
TWICE_JSD = p * sp.log(2 * p / (p + q)) + q * sp.log(2 * q / (p + q))
FOLLOWED = q * sp.log(q / p) - TWICE_JSD
LOSS = -sp.log(p / (p + q))  # -log D*


def derive():
    r"""First in $q$, then in $\theta$, then the sign.

    The integrand of $\mathrm{KL}(q \,\|\, p) - 2\,\mathrm{JSD}$ has the slope $-\log D^*$ in $q$, up to
    a constant: so the derivative is $\int \partial_\theta q \, (-\log D^*)$. With $\theta$ the samples
    move at a velocity $v(x)$, that is, $\partial_\theta q = -\partial_x (v q)$. By parts this makes
    $\int q \, v \, \partial_x(-\log D^*)$, the mean over $z$ of what the chain rule through $G$ gives.
    For $G = \mu + s z$ the velocities are $1$ and $(x - \mu)/s$.
    """
    yield equal("the slope in q", sp.Derivative(FOLLOWED, q), LOSS + 1 - sp.log(2))
    near = {p: p + p_1 * e, q: q + q_1 * e}
    loss, flow = LOSS.subs(near, simultaneous=True), (v + v_1 * e) * (q + q_1 * e)
    by_parts = -at_0(loss * flow) + v * q * at_0(loss)
    yield equal("by parts", -LOSS * at_0(flow), by_parts, label="ns-gradient-identity")
    model = sp.exp(-((x - mu) ** 2) / (2 * s**2)) / (s * sp.sqrt(2 * sp.pi))
    for name, parameter, velocity in (("μ", mu, 1), ("s", s, (x - mu) / s)):
        moved = -sp.Derivative(velocity * model, x)
        yield equal(f"how samples move with {name}", sp.Derivative(model, parameter), moved)

    # In the ratio u = p/q the divergence has the integrand q h(u), h(u) = (1 + u) log((1 + u)/(2 u)),
    # with the tangent 1 - u at u = 1, whose integral is 0. It lies above it since h'' > 0.
    h = (1 + u) * sp.log((1 + u) / (2 * u))
    whole = (p + q) * sp.log((p + q) / (2 * p))
    yield equal("KL(q‖p) - 2 JSD = 2 KL(m‖p)", FOLLOWED, whole, label="ns-is-a-divergence")
    yield equal("as an f-divergence", FOLLOWED, q * h.subs(u, p / q))
    yield equal("h''", sp.Derivative(h, (u, 2)), 1 / (u**2 * (1 + u)))
    yield at_least("above its tangent", h, 1 - u)
    yield equal("where there is no data", sp.Limit(FOLLOWED.subs(q, 1), p, 0, "+"), sp.oo)
    kept, dropped = whole.subs({p: r, q: 1}), -(1 - r) * sp.log(2)
    twice_jsd = 2 * sp.log(2) - (1 + r) * sp.log(1 + r) + r * sp.log(r)
    yield equal("a share r of the modes", kept + dropped, -sp.log(r) - twice_jsd)

    # The value of the loss. With w = p/m it is log 2 + E_q[-log w], and -log w >= 1 - w. The mean of
    # 1 - w is Δ/2, since the integral of (p - q)/2 is 0.
    to_mean = q * sp.log(2 * q / (p + q))
    yield equal("the value", q * LOSS, q * sp.log(q / p) - to_mean + q * sp.log(2))
    yield at_least("-log w is at least 1 - w", -sp.log(u), 1 - u)
    below = q - 2 * p * q / (p + q) + (p - q) / 2
    yield equal("the mean of 1 - w", below, (p - q) ** 2 / (p + q) / 2)


def certify():
    r"""$\mathrm{KL}(q \,\|\, p) - 2\,\mathrm{JSD}$ against $2\,\mathrm{KL}(m \,\|\, p)$, as balls.

    The two sides are different integrals, and for two Gaussians $\mathrm{KL}(q \,\|\, p)$ is
    $(\mu^2 + s^2 - 1)/2 - \log s$. The last pair has eight equal modes; the model has four of them.
    """
    for mean, width in PLACES:
        model, spread = Normal(mean, width), sp.Rational(width)
        kl = (sp.Rational(mean) ** 2 + spread**2 - 1) / 2 - sp.log(spread)
        left = kl - 2 * certified.js_divergence(DATA, model, digits=12)
        twice = 2 * certified.kl_divergence(Mixture((DATA, model), HALVES), DATA, digits=12)
        yield equal(f"2 KL(m‖p) for N({mean}, {width}²)", left, twice)
    cost = sp.Rational(3, 2) * sp.log(sp.Rational(3, 2)) - sp.log(2) / 2
    yield equal("four of eight modes", difference(*RING), cost)


def check():
    r"""$\mathcal{N}(0, 1)$ and $\mathcal{N}(\mu, s^2)$ at three places, three ways to the gradient.

    Differences of the package's divergences; a trapezoid sum over the chain rule through
    $G = \mu + s z$; and one over $-\log D^*$ times $\partial_\theta q$.
    """
    for at in PLACES:
        place = [float(Fraction(one)) for one in at]
        for name, way in (("μ", (1.0, 0.0)), ("s", (0.0, 1.0))):
            moved = differences(followed_at, place, way)
            yield equal(f"∂{name} at {at}: through G", moved, by_chain_rule(place, way))
            yield equal(f"∂{name} at {at}: over q", moved, by_score(place, way))


def search(seed):
    r"""Pairs of distributions on three points: a value below $\log 2 + \Delta/2$ would refute."""
    yield survives("the floor", above_floor, strategies.simplices(6), seed=seed, examples=120)


def refute():
    r"""Seven mistakes.

    The sign of $2\,\mathrm{JSD}$; its factor; $\mathrm{KL}(p \,\|\, q)$ for $\mathrm{KL}(q \,\|\, p)$;
    $2\,\mathrm{KL}(m \,\|\, q)$ for $2\,\mathrm{KL}(m \,\|\, p)$. That $-2\,\mathrm{JSD}$ can win, and
    drives the two apart ([@arjovsky2017principled]). That the loss shows the divergence, up to $\log 2$.
    And that a dropped mode is punished hard, as by maximum likelihood.
    """
    slope = LOSS + 1 - sp.log(2)
    kl, back = q * sp.log(q / p), p * sp.log(p / q)
    yield equal("+ 2 JSD", sp.Derivative(kl + TWICE_JSD, q), slope)
    yield equal("- JSD", sp.Derivative(kl - TWICE_JSD / 2, q), slope)
    yield equal("KL(p‖q) - 2 JSD", sp.Derivative(back - TWICE_JSD, q), slope - 2)
    yield equal("2 KL(m‖q)", FOLLOWED, (p + q) * sp.log((p + q) / (2 * q)))
    yield at_most("-2 JSD wins", difference(DATA, Normal("1/2", 2)), 0, label="minus-jsd-loses")
    yield equal("the value is the divergence", q * LOSS - q * sp.log(2), FOLLOWED)
    yield at_least("four of eight modes cost 1", difference(*RING), 1)


def figure():
    r"""$\mathcal{N}(\mu, 1)$ against $\mathcal{N}(0, 1)$: what is followed, and a frozen loss.

    The loss, with $D^*$ of the model at $\mu = 3/2$, has the slope of the difference there, and
    nowhere else. The difference is never negative, whatever its minus sign suggests.
    """
    from matplotlib import pyplot as plt

    from gantheory.figures import label_lines

    means = np.linspace(0, 2.6, 131)
    kl, jsd, frozen = means**2 / 2, twice_jsd_of(means), frozen_loss(means)
    fig, axes = plt.subplots()
    axes.plot(means, kl, color="C5", label=r"$\mathrm{KL}(q\,\|\,p)$")
    axes.plot(means, jsd, color="C1", label=r"$2\,\mathrm{JSD}$")
    axes.plot(means, kl - jsd, color="C0", label="their difference")
    axes.plot(means, frozen + (kl - jsd - frozen)[75], "C2--", label="frozen loss,\nshifted")
    axes.plot(1.5, (kl - jsd)[75], "o", color="C0")
    label_lines(axes)
    axes.set(title=r"What $-\log D$ follows", xlim=(0, 2.6), xticks=(0, 1, 1.5, 2), yticks=range(4))
    axes.set(xlabel=r"mean $\mu$ of the model", ylabel="divergence, nats")
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

RING = Discrete([Fraction(1, 8)] * 8), Discrete([Fraction(1, 4)] * 4 + [0] * 4)
DATA, HALVES = Normal(0, 1), (Fraction(1, 2), Fraction(1, 2))
PLACES = (("1", "1"), ("1/2", "2"), ("3", "0.7"))  # μ and s


def at_0(expression):
    """The derivative by e at e = 0."""
    return sp.Subs(sp.Derivative(expression, e), e, 0)


def difference(data, model):
    r"""$\mathrm{KL}(q \,\|\, p) - 2\,\mathrm{JSD}(p, q)$ as a ball."""
    jsd = certified.js_divergence(data, model, digits=12)
    return certified.kl_divergence(model, data, digits=12) - 2 * jsd


def followed_at(place):
    """The same for N(0, 1) and N(μ, s²), by the package's quadrature."""
    model = Normal(*map(float, place))
    return float(reverse_kl_divergence(DATA, model) - 2 * js_divergence(DATA, model))


def logit(place, at):
    """log p - log q and its slope in x."""
    width, away = place[1], at - place[0]
    return np.log(width) - at**2 / 2 + (away / width) ** 2 / 2, away / width**2 - at


def push(place, way, at):
    """The slope of -log D* in x, -(1 - D*) times the logit's, times the velocity of the sample."""
    value, slope = logit(place, at)
    return -expit(-value) * slope * (way[0] + way[1] * (at - place[0]) / place[1])


def nodes(place):
    """Points over twelve widths of the model on both sides, and the mass that belongs to each."""
    mean, width = place
    at, step = np.linspace(mean - 12 * width, mean + 12 * width, 1201, retstep=True)
    return at, step * np.exp(-(((at - mean) / width) ** 2) / 2) / (width * np.sqrt(2 * np.pi))


@summed
def by_chain_rule(place, way):
    """The mean of the push over the model."""
    at, mass = nodes(place)
    return mass * push(place, way, at)


@summed
def by_score(place, way):
    """The sum of -log D* times the derivative of q, in μ or s."""
    at, mass = nodes(place)
    away = (at - place[0]) / place[1]
    score = (way[0] * away + way[1] * (away**2 - 1)) / place[1]
    return mass * score * np.logaddexp(0, -logit(place, at)[0])


def above_floor(example):
    """Return that the value of the loss at D* is at least log 2 + Δ/2."""
    first, second = example[:3] + 0.01, example[3:] + 0.02 * np.arange(3) + 0.01
    real, fake = Discrete(first / first.sum()), Discrete(second / second.sum())
    floor = triangular_discrimination(real, fake) / 2
    return at_most("the floor", floor, above_log_2(real.weights, fake.weights))


@summed
def above_log_2(real, fake):
    """The terms -q log (2 p/(p + q))."""
    return -fake * np.log1p((real - fake) / (real + fake))


def twice_jsd_of(means):
    """2 JSD of N(0, 1) and N(μ, 1)."""
    return np.array([2 * float(js_divergence(DATA, Normal(mean, 1))) for mean in means])


def frozen_loss(means):
    """The mean of -log D* under N(μ, 1), with the D* of N(3/2, 1)."""
    at, step = np.linspace(-9, 12, 841, retstep=True)
    mass = np.exp(-((at - means[:, None]) ** 2) / 2) / np.sqrt(2 * np.pi) * step
    return mass @ np.logaddexp(0, 1.5 * at - 1.125)
