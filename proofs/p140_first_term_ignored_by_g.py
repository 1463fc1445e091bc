r"""The generator may ignore $\mathbb{E}_p[\log D]$: the slope of $C$ is that at a frozen $D^*$.

Statement
---------
Let $q_\theta$ be the density of $G_\theta(z)$, and let $D^*$ be optimal for $q_\theta$ itself. The
first term of
$V(D, q_\theta) = \mathbb{E}_{x \sim p}[\log D] + \mathbb{E}_z[\log(1 - D(G_\theta(z)))]$ does not
contain $\theta$ when $D$ is held fixed, and the slope of the second is then the whole slope of
$C = \max_D V$:

$$\frac{\mathrm{d}}{\mathrm{d}\theta} C(\theta)
    = \frac{\partial}{\partial\theta} \mathbb{E}_z[\log(1 - D(G_\theta(z)))] \quad \text{at } D = D^*.$$

$\mathbb{E}_p[\log D^*]$ does move with $\theta$. But the second term moves through its $D^*$, too,
and these two movements cancel, because $V$ is stationary in $D$ at $D^*$. At another $D$ the slopes
differ in general. So a generator that descends $\mathbb{E}_z[\log(1 - D(G(z)))]$ against the
optimal $D$ descends $C$, and need not know the data.

Assumes   $p$ and $q_\theta$ are positive densities, smooth in $\theta$, and differentiation under
          the integral is allowed.
Source    [@goodfellow2014, equation (1) and Algorithm 1]; [@danskin1967] for the slope of a
          maximum.
"""

import math
from fractions import Fraction

import numpy as np
import sympy as sp
from scipy.special import expit

from gantheory import certified
from gantheory.densities import Discrete, Mixture, Normal
from gantheory.evidence import differences, in_norm, summed
from gantheory.game import optimal_discriminator, value_function, virtual_training_criterion
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, converges, equal, rate

theorem = Theorem(
    label="first-term-ignored-by-g",
    title=r"The slope of $C$ is that of $\mathbb{E}_z[\log(1 - D(G(z)))]$ at fixed $D = D^*$",
    uses=("optimal-discriminator", "virtual-criterion"),
    covers=("first-term-ignored-by-g", "data-do-not-move"),
    errata=("[@ramasinghe] writes that $p_{data}$ depends on $G$: it does not; $D^*$ does.",),
)

p, q = sp.symbols("p q", positive=True)  # densities of data and model at one point
D = sp.Symbol("D", positive=True)  # the value of the discriminator at that point
z = sp.Symbol("z", real=True)  # the noise
theta = sp.Symbol("theta", positive=True)
STAR = p / (p + q)
POINT = p * sp.log(D) + q * sp.log(1 - D)  # what one point adds to V
REAL, FAKE = p * sp.log(STAR), q * sp.log(q / (p + q))  # the two terms at D*


def derive():
    r"""The envelope theorem, at one point.

    The model enters through $q$. Where $q$ changes, $C$ changes by $\log(1 - D^*)$ for each unit of
    mass, and so does $V$ at fixed $D = D^*$: multiply by the change of $q_\theta(x)$ and integrate
    over $x$.
    """
    yield equal(
        "the slope of C in q",
        sp.Derivative(REAL + FAKE, q),
        sp.Subs(sp.Derivative(POINT, q), D, STAR),
        label="first-term-ignored-by-g",
    )

    # Each term of C has a part that comes through D*. The first has -D*, and that is all of it. The
    # second has log(1 - D*) for the change of q, and + D* through D*. The parts -D* and + D*
    # cancel.
    yield equal("through E_p[log D*]", sp.Derivative(REAL, q), -STAR)
    yield equal("through E_q[log(1 - D*)]", sp.Derivative(FAKE, q), sp.log(q / (p + q)) + STAR)

    # That is no accident: the slope of V in D is 0 at D*, so to first order a change of D costs
    # nothing.
    yield equal("V is stationary in D", sp.Subs(sp.Derivative(POINT, D), D, STAR), 0)


def certify():
    r"""The slope against a frozen $D$ is that of $C$ at one model, and too small or too large elsewhere.

    For $\mathcal{N}(0, 1)$ and $\mathcal{N}(\theta, 1)$ the logit of $D^*$ is $\theta^2/2 - \theta x$.
    A sample $x = z + \theta$ adds $\theta D^*(x)$ to $C'$, by this page. Freeze $D^*$ of $\theta = 1$:
    then it adds $D^*(x)$ with the logit $1/2 - x$. Below $\theta = 1$ the frozen slope is the larger
    one, above the smaller, by at least $1/1000$ on two intervals: a frozen $D$ does not know where
    $C$ is least. Beyond $\lvert z \rvert = 8$ both integrands hold less than $10^{-14}$.
    """
    normal = sp.exp(-(z**2) / 2) / sp.sqrt(2 * sp.pi)
    follows = theta / (1 + sp.exp(theta * z + theta**2 / 2))
    frozen = 1 / (1 + sp.exp(z + theta - sp.Rational(1, 2)))
    gap, least = sp.Integral(normal * (follows - frozen), (z, -8, 8)), sp.Rational(1, 1000)
    yield at_most("below 1", gap, -least, where={theta: (least, sp.Rational(9, 10))})
    yield at_least("above 1", gap, least, where={theta: (sp.Rational(11, 10), 2)})


def check():
    r"""Three families, and the difference quotient of $C$ beside the slope at frozen $D^*$.

    A Gaussian that is shifted, a Gaussian that is widened, and a shifted Gaussian against data of
    two modes. The slope at frozen $D^*$ is a numerical derivative of $V$, by quadrature. The
    quotients $(C(\theta + h) - C(\theta - h))/(2h)$, from balls, tend to it for
    $h = 0.1, \dots, 0.00001$, with an error that falls as $h^2$, as it should for a smooth $C$.
    """
    steps = [Fraction(1, 10**k) for k in range(1, 6)]
    for name, family in FAMILIES.items():
        found = slope_at_frozen(*family)
        around = [quotient(*family, step).estimate() for step in steps]
        yield converges(f"{name}: quotients", around, found)
        gaps = [near - found for near in around[:3]]
        yield rate(f"{name}: error in h, power 2", [float(step) for step in steps[:3]], gaps, 2)


def search(seed):
    r"""Distributions on finitely many points, and any direction in which the model moves.

    Each positive weight of the model moves at a rate of its own; the rates add up to 0. The slope
    of $C$, from balls $10^{-12}$ apart, must be $\sum v \log(1 - D^*)$. One direction with another
    slope would refute it.
    """
    drawn = strategies.discrete_pairs(equal=False).flatmap(with_direction)
    yield survives("the slope in any direction", slope_on_points, drawn, seed=seed, examples=200)


def simulate(seed):
    r"""Training that never sees $\mathbb{E}_p[\log D]$.

    The data are $\mathcal{N}(0, 1)$. 32 models $\mathcal{N}(\mu, 1)$ start with $\mu$ between 1 and
    2. In each of 400 steps $D$ is made optimal and frozen, and $\mu$ moves against the gradient of
    the second term over 64 samples. In all 32 runs $\lvert \mu \rvert$ falls below $10^{-6}$. This
    cannot exclude families in which the same gradient does not lead to the data; it shows that the
    first term is not missed here.
    """
    streams = [np.random.default_rng(one) for one in np.random.SeedSequence(seed).spawn(32)]
    shift = np.array([rng.uniform(1.0, 2.0) for rng in streams])[:, None]
    noise = np.stack([rng.standard_normal((400, 64)) for rng in streams], axis=1)
    yield at_most("|μ| of 32 models after 400 steps", abs(trained(shift, noise)), 1e-6)


def refute():
    r"""Where the argument is stretched too far.

    "The data depend on $G$": then the first term would move at a frozen $D$, as it does with $q$ in
    the place of $p$. "Any $D$ will do": only at $D^*$ do the two movements cancel. "The second term
    has this slope by itself": with $D^*$ moving along, its slope is $\log(1 - D^*) + D^*$. And the
    sign: the gradient that comes back through $D^*$ is the gradient of $C$, to be descended.
    """
    envelope = sp.log(q / (p + q))
    frozen, moving = sp.Derivative(p * sp.log(D), q), sp.Derivative(q * sp.log(D), q)
    yield equal("the data move", frozen, moving, where={D: (0, 1)}, label="data-do-not-move")
    yield equal("any D will do", sp.Derivative(POINT, q), envelope, where={D: (0, 1)})
    yield equal("the second term by itself", sp.Derivative(FAKE, q), envelope)
    shifted = FAMILIES["N(0, 1), N(θ, 1) at 1"]
    slope = quotient(*shifted, Fraction(1, 10**5)).estimate()
    yield equal("the sign lost", slope_at_frozen(*shifted), -slope)


def figure():
    r"""$C$ and the value at a frozen $D$, for data $\mathcal{N}(0, 1)$ and models $\mathcal{N}(\mu, 1)$.

    The two curves touch at $\mu = 1$, where $D$ is optimal, and have one slope there. The frozen
    value lies below $C$ everywhere else. To the left it falls without end: a generator that trusted
    it would run past the data.
    """
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots()
    touching(axes)
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

TWO_MODES = Mixture((Normal(-2, "0.7"), Normal(2, "0.7")), ("0.7", "0.3"))
FAMILIES = {  # data, θ -> model, θ
    "N(0, 1), N(θ, 1) at 1": (Normal(0, 1), lambda at: Normal(at, 1), 1),
    "N(0, 1), N(0, θ²) at 2": (Normal(0, 1), lambda at: Normal(0, at), 2),
    "two modes, N(θ, 1) at 1/2": (TWO_MODES, lambda at: Normal(at, 1), Fraction(1, 2)),
}


def slope_at_frozen(data, model, at):
    r"""$\frac{\mathrm{d}}{\mathrm{d}\theta} V(D, q_\theta)$ at $D = D^*$ of that very model."""
    star = optimal_discriminator(data, model(at))

    def frozen(theta):
        r"""$V(D^*, q_\theta)$."""
        return value_function(data, model(float(theta[0])), star).value

    return differences(frozen, [float(at)], [1.0])


def quotient(data, model, at, step):
    r"""$(C(\theta + h) - C(\theta - h))/(2h)$."""
    above, below = (
        certified.virtual_training_criterion(data, model(at + move)) for move in (step, -step)
    )
    return (above - below) / (2 * step)


def with_direction(pair):
    """The pair, and a number in [0, 1] for each point."""
    return strategies.simplices(len(pair[0].weights)).map(lambda shares: (*pair, shares))


def slope_on_points(example):
    r"""Each weight moves at a rate $q (w - \mathbb{E}_q[w])$, $w$ from 0 to 2."""
    data, model, shares = example
    step = Fraction(1, 10**12)  # of a central difference, which is off by its square
    pull = [Fraction(float(share)) + k % 2 for k, share in enumerate(shares)]
    weights = [Fraction(weight) for weight in model.exact_weights]
    mean = sum(a * b for a, b in zip(weights, pull, strict=True))
    move = [a * (b - mean) for a, b in zip(weights, pull, strict=True)]
    above, below = (
        certified.virtual_training_criterion(
            data, Discrete([a + sign * step * b for a, b in zip(weights, move, strict=True)])
        )
        for sign in (1, -1)
    )
    found = ((above - below) / (2 * step)).estimate()
    return equal("1 + slope of C", 1 + found, 1 + at_frozen(move, data.exact_weights, weights))


@summed
def at_frozen(move, real, fake):
    r"""$\sum v \log(1 - D^*) = -\sum v \log(1 + p/q)$."""
    points = zip(move, real, fake, strict=True)
    return [-float(v) * math.log1p(float(a / b)) for v, a, b in points if b > 0]


@in_norm(roundings=10_000)
def trained(shift, noise):
    r"""$\mu$ after 400 steps of size 0.1 along $\mathbb{E}_z[\mu D^*(z + \mu)]$, by batches."""
    for z in noise:  # the logit of D* is μ²/2 - μ x, its slope -μ
        pushed = shift * expit(-shift * z - shift**2 / 2)
        shift = shift - 0.1 * pushed.mean(axis=1, keepdims=True)
    return shift[:, 0]


def touching(axes):
    """Draw C, and V at the D that is optimal for N(1, 1)."""
    data, shifts = Normal(0, 1), np.linspace(-0.2, 2.6, 113)
    curve = virtual_training_criterion(data, Normal(shifts, 1)).value
    at = np.linspace(-9, 12, 1401)
    log_fake = -np.logaddexp(0, 0.5 - at)  # log(1 - D) for D optimal for N(1, 1)
    real = np.trapezoid(data.pdf(at) * (log_fake + 0.5 - at), at)
    frozen = [real + np.trapezoid(data.pdf(at - shift) * log_fake, at) for shift in shifts]
    axes.plot(shifts, curve, color="C4", linewidth=2.4)
    axes.plot(shifts, frozen, color="C2")
    axes.plot([1], [curve[48]], "o", color="C2")
    axes.annotate(r"$C$: $D$ optimal for each $\mu$", (-0.1, -0.75))
    axes.annotate(r"$D$ frozen at $\mu=1$", (1.25, -1.25), color="C2")
    axes.set(title="One slope where they touch", xlabel=r"shift $\mu$ of the model $N(\mu, 1)$")
    axes.set(ylabel="value $V$, nats", xlim=(-0.2, 2.6), ylim=(-1.75, -0.4), xticks=(0, 1, 2))
    axes.set_yticks((-math.log(4), -1, -0.5))
