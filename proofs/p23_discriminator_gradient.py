r"""The gradient that trains the discriminator, in the logit.

Statement
---------
Let D = σ(a) with a logit a(x; φ), and let x_1, ..., x_B be real and y_1, ..., y_B generated
samples. The estimate V̂ = (1/B) Σ log D(x_i) + (1/B) Σ log(1 - D(y_i)), which the discriminator
ascends, has gradient

∇V̂ = (1/B) Σ ∇D(x_i)/D(x_i) - (1/B) Σ ∇D(y_i)/(1 - D(y_i)) = (1/B) Σ (1 - D(x_i)) ∇a(x_i) - (1/B) Σ
D(y_i) ∇a(y_i), all ∇ by φ.

The two forms are equal, since ∇D = D (1 - D) ∇a, but only the second is fit for floats: where D is
rounded to 0 or 1 the first is 0/0, and before that it divides by a rounding error. A sample that D
is sure of, and right, no longer trains it; one that it is sure of, and wrong, pushes with all of
∇a.

In expectation the weight of ∇a(x) is p (1 - D) - q D, which is 0 where D = D*. V is concave in the
logit, with second derivative -(p + q) D (1 - D), though not in the parameters of a network.

Assumes   a is differentiable in φ at the samples.
Source    Goodfellow et al. (2014), Algorithm 1; Roysdon for both forms.
"""

# notation: p, q densities of data and model; D = σ(a); s, r slopes of the logit along a line in φ
# notation: t place on that line; b, c bends of the logit on it; D_t has logit t log p/q

import math
from fractions import Fraction
from functools import partial

import mpmath
import numpy as np
import sympy as sp
from scipy.special import expit

from gantheory import certified
from gantheory.densities import Laplace, Normal
from gantheory.evidence import differences, in_norm, pointwise
from gantheory.losses import MINIMAX
from gantheory.nets import Tanh, mlp
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal

theorem = Theorem(
    label="discriminator-gradient",
    title="∇V̂ = mean (1 - D) ∇a over the data - mean D ∇a over the model's samples",
    uses=("optimal-discriminator",),
    covers=("discriminator-gradient",),
)

p, q = sp.symbols("p q", positive=True)
a, s, c, e, r, b, t = sp.symbols("a s c e r b t", real=True)

BELL = Normal(0, 1)
PAIRS = {
    "N(0, 1) against N(1, 1)": (BELL, Normal(1, 1)),
    "Laplace(0, 1) against Laplace(1, 2)": (Laplace(0, 1), Laplace(1, 2)),
}


def sigma(logit):
    """1/(1 + e^-a)."""
    return 1 / (1 + sp.exp(-logit))


def along(function):
    """Slope at t = 0 of a function of D = σ(a + s t + c t²)."""
    return sp.Subs(sp.Derivative(function(sigma(a + s * t + c * t**2)), t), t, 0)


def derive():
    share, slope = sigma(a), along(lambda d: d)
    yield equal("∇D = D (1 - D) ∇a", slope, share * (1 - share) * s)
    yield equal(
        "∇ log D = (1 - D) ∇a, however the logit bends",
        along(sp.log),
        (1 - share) * s,
        label="discriminator-gradient",
    )
    yield equal("∇ log(1 - D) = -D ∇a", along(lambda d: sp.log(1 - d)), -share * s)
    yield equal("∇D/D is (1 - D) ∇a", slope / share, (1 - share) * s)
    yield equal("∇D/(1 - D) is D ∇a", slope / (1 - share), share * s)
    real, fake = sigma(a + s * t + c * t**2), sigma(e + r * t + b * t**2)
    yield equal(
        "one real and one generated sample: the slope of log D(x) + log(1 - D(y))",
        sp.Subs(sp.Derivative(sp.log(real) + sp.log(1 - fake), t), t, 0),
        (1 - sigma(a)) * s - sigma(e) * r,
    )
    yield equal(
        "a real sample that D has right pushes no more, 1 - σ(a) → 0",
        sp.Limit(1 - sigma(a), a, sp.oo) + 1,
        1,
    )
    yield equal(
        "one that D has wrong pushes with all of ∇a, 1 - σ(a) → 1",
        sp.Limit(1 - sigma(a), a, -sp.oo),
        1,
    )
    value = p * sp.log(sigma(a)) + q * sp.log(1 - sigma(a))
    yield equal(
        "a point's part of V has slope p (1 - D) - q D in the logit",
        sp.Derivative(value, a),
        p * (1 - sigma(a)) - q * sigma(a),
    )
    yield equal(
        "whose only zero is a = log p - log q",
        sp.exp(-a) * (p - q * sp.exp(a)) / (1 + sp.exp(-a)),
        p * (1 - sigma(a)) - q * sigma(a),
    )
    yield equal(
        "its second derivative is -(p + q) D (1 - D)",
        sp.Derivative(value, (a, 2)),
        -(p + q) * sigma(a) * (1 - sigma(a)),
    )
    yield at_most("so V is concave in the logit", -(p + q) * sigma(a) * sigma(-a), 0)


def certify():
    """D_t = p^t/(p^t + q^t): V is concave in t, so its slope lies between its secants."""
    step = Fraction(1, 8)
    for name, (real, fake) in PAIRS.items():
        before, here, after = (tempered(real, fake, at) for at in (3, 4, 5))
        log_form, quotient = slopes(real, fake)
        yield at_least(
            f"{name}, D with logit t log p/q: the slope at t = 1/2 is above V's next secant",
            log_form * step,
            after - here,
            tolerance=0,
        )
        yield at_most(
            f"{name}: and below the last one", log_form * step, here - before, tolerance=0
        )
        yield equal(f"{name}: ∇D/D and ∇D/(1 - D) give the same slope", log_form, quotient)


def tempered(real, fake, eighths):
    """V of D = p^t/(p^t + q^t), t in eighths."""
    at = sp.Rational(eighths, 8)
    worth = -p * sp.log(1 + (q / p) ** at) - q * sp.log(1 + (p / q) ** at)
    return certified.integral(worth, real, fake, bound=(2, 2), digits=6)


def slopes(real, fake):
    """E_p[(1 - D) log p/q] - E_q[D log p/q], and the same by quotients, at D = √p/(√p + √q)."""
    share, ratio = sp.sqrt(p) / (sp.sqrt(p) + sp.sqrt(q)), sp.log(p / q)
    moved = sp.sqrt(p * q) / (sp.sqrt(p) + sp.sqrt(q)) ** 2 * ratio  # dD_t/dt
    forms = (
        p * (1 - share) * ratio - q * share * ratio,
        p * moved / share - q * moved / (1 - share),
    )
    return [certified.integral(form, real, fake, bound=(2, 2), digits=12) for form in forms]


def check():
    rng = np.random.default_rng(23)
    network = mlp((2, 5, 1), Tanh())
    for size in (0.5, 2.0):
        flat = size * network.start(rng).flat
        flat[10:15] = rng.normal(size=5)  # biases that do not vanish
        real, fake = rng.normal(size=(2, 7, 2))
        ways = rng.normal(size=(4, network.size)) / math.sqrt(network.size)
        yield equal(
            f"a network 2-5-1, weights of size {size:g}: the backward pass against differences of V̂, in "
            "four directions",
            by_backward(network, flat, real, fake, ways),
            differences(value_of(network, real, fake), flat, ways),
            tolerance=1e-8,
        )
        yield equal(
            "the same, against Σ ∇D/D - Σ ∇D/(1 - D) with ∇D written out for tanh",
            by_backward(network, flat, real, fake, ways),
            by_quotients(flat, real, fake, ways),
        )
    wrong = np.array([-1000.0, -1000.0])
    yield equal(
        "logits of ±1000, all wrong: the logit form pushes with ∇a, (1/B) each",
        logit_form(wrong, -wrong) * np.array([1, 1, -1, -1]),
        Fraction(1, 2),
    )


def value_of(network, real, fake):
    """V̂ = mean log D(x) + mean log(1 - D(y)) as a function of the parameters."""

    def value(flat):
        parameters = network.parameters(flat)
        logits = [network.forward(parameters, batch)[0][:, 0] for batch in (real, fake)]
        return -float(MINIMAX.d_loss(*logits))

    return value


@in_norm
def by_backward(network, flat, real, fake, ways):
    """∇V̂ · v for each direction v, by the hand-written passes of losses and layers."""
    parameters = network.parameters(flat)
    passes = [network.forward(parameters, batch) for batch in (real, fake)]
    slopes = MINIMAX.d_gradient(*(logits[:, 0] for logits, _ in passes))
    total = np.zeros(network.size)
    for (_, tape), slope in zip(passes, slopes, strict=True):
        into = network.parameters(np.zeros(network.size))
        network.backward(parameters, tape, slope[:, None], into=into)
        total -= into.flat
    return ways @ total


@in_norm
def by_quotients(flat, real, fake, ways):
    """The same, with D = σ(v · tanh(x W + b) + c) and its slopes written out."""
    total = np.zeros(flat.size)
    for batch, sign in ((real, 1), (fake, -1)):
        for x in batch:
            share, slope = share_and_slope(flat, x)
            total += slope / (share if sign > 0 else share - 1) / len(batch)
    return ways @ total


def share_and_slope(flat, x):
    """D at x, and ∇D in the order W, b, v, c."""
    first, shift, last, level = flat[:10].reshape(2, 5), flat[10:15], flat[15:20], flat[20]
    hidden = np.tanh(x @ first + shift)
    bent = last * (1 - hidden**2)
    share = 1 / (1 + math.exp(-float(hidden @ last + level)))
    logit_slope = np.concatenate([np.outer(x, bent).ravel(), bent, hidden, [1.0]])
    return share, share * (1 - share) * logit_slope


@pointwise
def logit_form(real, fake):
    """((1 - D(x_i))/B, -D(y_i)/B): what d_gradient gives, for the ascent."""
    return -np.concatenate(MINIMAX.d_gradient(real, fake))


def search(seed):
    hunt = partial(survives, seed=seed, examples=130)
    yield hunt(
        "any batch of logits up to ±700: -d_gradient is ∇D/D and -∇D/(1 - D) in 60 digits",
        in_many_digits,
        logit_batches().flatmap(lambda real: logit_batches().map(lambda fake: (real, fake))),
    )
    yield hunt(
        "finitely many points, any D: the weight p (1 - D) - q D of ∇a is (p + q)(D* - D)",
        towards_the_best,
        strategies.discrete_pairs(equal=False).flatmap(
            lambda pair: strategies.logits(30).map(
                lambda shift: (*pair, shift + (abs(shift) < 1e-3))
            )
        ),
    )


def logit_batches():
    """A logit of 0 in each, so that no gradient is 0 throughout."""
    return strategies.logit_batches(largest=700.0).map(lambda logits: np.append(logits, 0.0))


def in_many_digits(example):
    return equal("-d_gradient = the quotients", logit_form(*example), in_60_digits(*example))


@pointwise
def in_60_digits(real, fake):
    """∇D/D at real and -∇D/(1 - D) at generated samples, over the size of the batch."""
    with mpmath.workdps(60):
        of_real = [quotient(logit) / len(real) for logit in real]
        of_fake = [-quotient(-logit) / len(fake) for logit in fake]
        return np.array([float(one) for one in of_real + of_fake])


def quotient(logit):
    """D'/D for D = 1/(1 + e^-a), where D' = e^-a/(1 + e^-a)²."""
    power = mpmath.exp(-mpmath.mpf(float(logit)))
    return (power / (1 + power) ** 2) / (1 / (1 + power))


def towards_the_best(example):
    real, fake, shift = example
    real, fake = real.weights + 1e-3, fake.weights + 1e-3  # both laws everywhere
    logits = np.log(real) - np.log(fake) + shift
    return equal(
        "p (1 - D) - q D = (p + q)(D* - D), what is subtracted being added to both sides",
        weight_at(real, fake, logits),
        distance_at(real, fake, logits),
    )


@pointwise
def weight_at(real, fake, logits):
    """p (1 - D) + (p + q) D."""
    return real * expit(-logits) + (real + fake) * expit(logits)


@pointwise
def distance_at(real, fake, logits):
    """(p + q) D* + q D."""
    return (real + fake) / (1 + fake / real) + fake * expit(logits)


def refute():
    share = sigma(a)
    yield equal("∇ log D = D ∇a, D and 1 - D exchanged", along(sp.log), share * s)
    yield equal("∇ log(1 - D) = D ∇a, a sign being lost", along(lambda d: sp.log(1 - d)), share * s)
    yield equal("∇D/D = ∇a: the factor 1 - D is forgotten", along(sp.log), s)
    yield equal(
        "one mean over all 2 B samples gives the same gradient, not half of it",
        ((1 - sigma(a)) * s - sigma(e) * r) / 2,
        (1 - sigma(a)) * s - sigma(e) * r,
    )
    yield equal(
        "the weight of ∇a is p (1 - D) + q D, and V has no maximum",
        sp.Derivative(p * sp.log(share) + q * sp.log(1 - share), a),
        p * (1 - share) + q * share,
    )
    yield at_most(
        "in floats the quotient ∇D/(1 - D) is as good as D ∇a: at a = 36 it is D to 1/100",
        abs(in_floats(36.0) - sigma(sp.Integer(36))),
        Fraction(1, 100),
    )
    yield at_most(
        "V is concave in the weights of a network too: a = w_1 w_2, w_1 = w_2",
        sp.Subs(sp.Derivative(sp.log(sigma((b + t) ** 2)), t, t), t, 0),
        0,
    )


@pointwise
def in_floats(logit):
    """D'/(1 - D), D' by its own formula, as floats give it."""
    power = math.exp(-logit)
    return power / (1 + power) ** 2 / (1 - 1 / (1 + power))


def figure():
    from matplotlib import pyplot as plt

    at = np.linspace(-8, 8, 400)
    fig, axes = plt.subplots()
    axes.plot(at, expit(-at), color="C0")
    axes.plot(at, -expit(at), color="C2")
    axes.axhline(0, color="0.75", linewidth=0.8, zorder=0)
    axes.annotate("real sample: 1 - D", (-7.8, 0.94), color="C0", va="top")
    axes.annotate("generated sample: -D", (7.8, -0.94), color="C2", ha="right")
    axes.annotate("wrong:\nfull push", (-5, 0.55), color="C0", ha="center")
    axes.annotate("right:\nnothing left to learn", (5, 0.1), color="C0", ha="center", va="bottom")
    axes.annotate("right", (-5, -0.1), color="C2", ha="center", va="top")
    axes.annotate("wrong", (5, -0.6), color="C2", ha="center")
    axes.set(
        title="What one sample weighs in the gradient of the discriminator",
        xlabel="logit a of the sample",
        ylabel="weight of ∇a",
        xlim=(-8, 8),
        ylim=(-1.1, 1.1),
        yticks=(-1, -0.5, 0, 0.5, 1),
    )
    return fig
