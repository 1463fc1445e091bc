r"""The value $-\log 4$ is the minimum only if some generator of the family makes the data.

Statement
---------
Let the data be $\mathcal{N}(0, 2^2)$, and let the generator only be able to shift its noise,
$G(z) = z + \theta$ with $z \sim \mathcal{N}(0, 1)$. Then $C(\theta)$ grows strictly with
$\lvert \theta \rvert$. Its least value is

$$C(0) = -1.20082759778706555039\dots$$

which exceeds $-\log 4 = -1.3862\dots$ by more than $0.185$. So an optimal discriminator and a
generator that is trained to the end do not bring the criterion to $-\log 4$, if the family of
generators does not contain the data. What is left is twice the least $\mathrm{JSD}$ from the data
to the family.

Assumes   $D$ is optimal for every $\theta$.
Source    [@goodfellow2014, Theorem 1], which assumes that $p_g$ can be any distribution.
"""

import math

import numpy as np
import sympy as sp
from scipy.special import expit

from gantheory import certified
from gantheory.densities import Normal
from gantheory.evidence import differences, summed
from gantheory.game import optimal_discriminator, virtual_training_criterion
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, encloses, equal, increasing

theorem = Theorem(
    label="unreachable-data",
    title=r"Data $\mathcal{N}(0, 2^2)$, model $\mathcal{N}(\theta, 1)$: $C \ge -1.2008\dots > -\log 4$",
    uses=("global-minimum", "virtual-criterion"),
    covers=("unreachable-data", "minimum-needs-a-reachable-law"),
    errata=(
        r"[@ramasinghe] and [@annotated2017] read $-\log 4$ off the bound: it is the minimum only if "
        r"some generator of the family makes the distribution of the data.",
    ),
)

x, z, theta = sp.symbols("x z theta", real=True)  # a point, the noise, the shift
s = sp.Symbol("s", positive=True)  # a positive value of the noise
P = sp.exp(-(x**2) / 8) / (2 * sp.sqrt(2 * sp.pi))  # the density of the data
Q = sp.exp(-((x - theta) ** 2) / 2) / sp.sqrt(2 * sp.pi)  # and of the model
LOGIT = -sp.log(2) - x**2 / 8 + (x - theta) ** 2 / 2  # of the optimal D
LOG_4 = sp.log(4)


def derive():
    r"""The slope of $C$ in $\theta$ has the sign of $\theta$.

    Let $f(p, q) = p \log\frac{p}{p + q} + q \log\frac{q}{p + q}$ be the integrand of $C$. Its slope
    in $q$ is $\log(1 - D^*)$, and $q$ changes with $\theta$ as it changes with $-x$. So
    $C'(\theta)$ is $-\int \log(1 - D^*) \cdot \frac{\partial q}{\partial x}\,\mathrm{d}x$.
    Integrate by parts: the slope of $\log(1 - D^*)$ in $x$ is $-D^* a'$, where $a$ is the logit of
    $D^*$. This gives

    $$C'(\theta) = -\int q\, D^* a'(x)\,\mathrm{d}x.$$

    In terms of the noise, $x = \theta + z$, the slope of the logit is $\frac{3z - \theta}{4}$, so
    that

    $$C'(\theta) = \frac{1}{4} \mathbb{E}\left[D^*(\theta + z) (\theta - 3z)\right].$$

    Take the values $z = s$ and $z = -s$ together, for $s > 0$; they are equally likely. They add

    $$\theta \left(D^*(\theta + s) + D^*(\theta - s)\right)
      + 3s \left(D^*(\theta - s) - D^*(\theta + s)\right).$$

    For $\theta > 0$ the first term is positive, and so is the second: the logit at $\theta - s$
    exceeds that at $\theta + s$ by $\frac{\theta s}{2}$. Hence $C'(\theta) > 0$. By reflection
    $C(-\theta) = C(\theta)$, so $C$ is least at $\theta = 0$.
    """
    f = P * sp.log(P / (P + Q)) + Q * sp.log(Q / (P + Q))
    along = sp.log(Q / (P + Q)) * sp.Derivative(Q, theta)
    yield equal("the logit of D*", sp.log(P / Q), LOGIT)
    yield equal("the integrand's slope in θ", sp.Derivative(f, theta), along)
    yield equal("q moves with θ as with -x", sp.Derivative(Q, theta), -sp.Derivative(Q, x))
    shown = 1 / (1 + sp.exp(-LOGIT))
    logs = sp.Derivative(sp.log(1 - shown), x)
    yield equal("the slope of log(1 - D*)", logs, -shown * sp.diff(LOGIT, x))

    slope = sp.Subs(sp.Derivative(LOGIT, x), x, theta + z)
    yield equal("the slope of the logit at θ + z", slope, (3 * z - theta) / 4)
    left, right = LOGIT.subs(x, theta - s), LOGIT.subs(x, theta + s)
    yield equal("the logits at θ - s and θ + s", left - right, theta * s / 2)
    yield equal("reflection", LOGIT.subs({x: -x, theta: -theta}, simultaneous=True), LOGIT)


def certify():
    r"""The least value, and the growth, in balls.

    $C(0)$ is enclosed, and compared with the digits above and with $-\log 4$. The growth is
    enclosed at seven shifts from $0$ to $6$.
    """
    values = [criterion(shift) for shift in SHIFTS]
    yield encloses("C without a shift", values[0], LEAST, label="unreachable-data")
    yield increasing(f"C at θ = {', '.join(SHIFTS)}", values)
    yield at_least("0.185 above -log 4", values[0], sp.Rational(37, 200) - LOG_4)


def check():
    r"""The formula for the slope, beside differences of $C$.

    $\frac{1}{4} \mathbb{E}[D^*(\theta + z) (\theta - 3z)]$ is summed over a grid of the noise, so
    fine and so wide that the sum of such smooth, small terms is the integral but for rounding. At
    three shifts it is compared with central differences of the criterion, as quadrature finds it.
    """
    for shift in (0.5, 1.0, 3.0):
        found = differences(criterion_at, [shift], [1.0])
        yield equal(f"C' at θ = {shift:g}", slope_by_noise(shift), found, tolerance=1e-6)


def search(seed):
    r"""Random shifts, tiny ones and ones of thousands.

    Drawn are shifts $\theta$ in $\pm 10^4$. One with $C(\theta) < C(0)$, by quadrature on the left
    and in balls on the right, would refute the theorem.
    """
    least = criterion("0")
    yield survives(
        "no shift is better than none",
        lambda shift: at_least("C(θ) ≥ C(0)", shifted(shift), least),
        strategies.logits(1e4),
        seed=seed,
        examples=200,
    )


def refute():
    r"""The bound is not a minimum, and the criterion is not convex in the shift.

    To read $-\log 4$ off the bound, as two of the texts do, needs a generator that reaches it.
    Matching the mean is not enough for that, and moving the model to one side does not help. A
    family that does not reach the data may still have a unique best model, so the value is not a
    fault of the optimiser. And $C$ is convex in the density $q$, but not in $\theta$: for data
    $\mathcal{N}(0, 1)$ it flattens towards $0$.
    """
    least = criterion("0")
    yield equal("-log 4 in every family", least, -LOG_4, label="minimum-needs-a-reachable-law")
    yield at_most("within 0.1 of -log 4 with equal means", least, sp.Rational(1, 10) - LOG_4)
    yield at_least("a shift by 1/2 is better", least, criterion("1/2"))
    three = [certified.virtual_training_criterion(Normal(0, 1), Normal(k, 1)) for k in (0, 4, 8)]
    yield at_most("convex in a shift: 0, 4, 8", three[1], (three[0] + three[2]) / 2)


def figure():
    r"""Two families of models $\mathcal{N}(\theta, 1)$, one of which contains its data.

    For data $\mathcal{N}(0, 1)$ the minimum is $-\log 4$. For data $\mathcal{N}(0, 2^2)$ no shift
    comes below $-1.2008$.
    """
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots()
    two_families(axes)
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

LEAST = "-1.20082759778706555039201375613181827785243"
SHIFTS = ("0", "1/8", "1/2", "1", "3/2", "3", "6")


def criterion(shift):
    """C of data N(0, 2²) and model N(shift, 1), in balls."""
    return certified.virtual_training_criterion(Normal(0, 2), Normal(shift, 1))


def shifted(shift):
    """The same by panels."""
    return virtual_training_criterion(Normal(0, 2), Normal(shift, 1))


def criterion_at(shift):
    """C as a number."""
    return float(shifted(float(shift[0])))


@summed
def slope_by_noise(shift):
    """E[D*(θ + z) (θ - 3 z)]/4, by nodes 1/16 apart up to ±12."""
    noise = np.arange(-192, 193) / 16
    weights = np.exp(-(noise**2) / 2) / math.sqrt(2 * math.pi) / 16
    logits = optimal_discriminator(Normal(0, 2), Normal(shift, 1))(shift + noise)
    return weights * expit(logits) * (shift - 3 * noise) / 4


def two_families(axes):
    """Draw C over the shift for both data."""
    shifts = np.linspace(-6, 6, 121)
    models = Normal(shifts, 1)
    for data, color in ((Normal(0, 1), "C0"), (Normal(0, 2), "C2")):
        axes.plot(shifts, virtual_training_criterion(data, models).value, color=color)
    axes.axhline(-math.log(4), color="C5", linewidth=1, linestyle="--")
    axes.axhline(0, color="C5", linewidth=1, linestyle="--")
    axes.plot([0], [-math.log(4)], "o", color="C0", clip_on=False)
    axes.plot([0], [float(LEAST)], "o", color="C2")
    axes.annotate("the model is the data", (0.4, -1.46), va="top", color="C0")
    axes.annotate("best shift:\n−1.2008", (2.5, -1.0), va="top", color="C2")
    axes.annotate("data $N(0, 1)$", (1.8, -0.3), ha="right", color="C0")
    axes.annotate("data\n$N(0, 2^2)$", (6, -0.4), ha="right", va="top", color="C2")
    axes.annotate("nothing in common", (-5.9, 0.05), color="C5")
    axes.set(xlim=(-6, 6), ylim=(-1.75, 0.25), xticks=range(-6, 7, 2))
    axes.set(xlabel=r"shift $\theta$ of the model $N(\theta, 1)$", ylabel="criterion $C(G)$, nats")
    axes.set_yticks((-math.log(4), -1, -0.5, 0))
    axes.set_title(r"$C(G)$ when the generator can only shift a Gaussian")
