r"""The gradient that trains the discriminator, in the logit.

Statement
---------
Let D = σ(a) with a logit a(x; φ), and let x_1, ..., x_B be real and y_1, ..., y_B generated samples. The
estimate V̂ = (1/B) Σ log D(x_i) + (1/B) Σ log(1 - D(y_i)), which the discriminator ascends, has gradient

    ∇V̂ = (1/B) Σ ∇D(x_i)/D(x_i) - (1/B) Σ ∇D(y_i)/(1 - D(y_i))
       = (1/B) Σ (1 - D(x_i)) ∇a(x_i) - (1/B) Σ D(y_i) ∇a(y_i),    all ∇ by φ.

The two forms are equal, since ∇D = D (1 - D) ∇a, but only the second is fit for floats: where D is
rounded to 0 or 1 the first is 0/0, and before that it divides by a rounding error. A sample that D is
sure of, and right, no longer trains it; one that it is sure of, and wrong, pushes with all of ∇a.

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
from itertools import pairwise

import mpmath
import numpy as np
import sympy as sp
from scipy.special import expit

from gantheory import certified
from gantheory.densities import Laplace, Normal
from gantheory.estimates import Estimate, route
from gantheory.losses import MINIMAX, NON_SATURATING
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
    share = sigma(a)
    yield equal("∇D = D (1 - D) ∇a", along(lambda d: d), share * (1 - share) * s)
    yield equal(
        "∇ log D = (1 - D) ∇a, however the logit bends",
        along(sp.log),
        (1 - share) * s,
        label="discriminator-gradient",
    )
    yield equal("∇ log(1 - D) = -D ∇a", along(lambda d: sp.log(1 - d)), -share * s)
    slope = share * (1 - share) * s
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
        backward = by_backward(network, flat, real, fake)
        yield equal(
            f"a network 2-5-1, weights of size {size:g}: the backward pass against differences of V̂, in "
            "four directions",
            directed(backward, ways, "backward pass", "∇a"),
            differences(lambda at, r=real, f=fake: estimate(network, at, r, f), flat, ways),
        )
        yield equal(
            "the same, against Σ ∇D/D - Σ ∇D/(1 - D) with ∇D written out for tanh",
            directed(backward, ways, "backward pass", "∇a"),
            directed(by_quotients(flat, real, fake), ways, "∇D written out", "quotients"),
        )
    wrong = np.array([-1000.0, -1000.0])
    by_real, by_fake = MINIMAX.d_gradient(wrong, -wrong)
    yield equal(
        "logits of ±1000, all wrong: the logit form pushes with ∇a, (1/B) each",
        Estimate(
            np.append(-by_real, by_fake), np.zeros(4), "exact", route("d_gradient", "logit form")
        ),
        0.5,
    )


def estimate(network, flat, real, fake):
    """V̂ = mean log D(x) + mean log(1 - D(y))."""
    parameters = network.parameters(flat)
    logits = [network.forward(parameters, batch)[0][:, 0] for batch in (real, fake)]
    return -float(MINIMAX.d_loss(*logits))


def by_backward(network, flat, real, fake):
    """∇V̂ by the hand-written passes of losses and layers."""
    parameters = network.parameters(flat)
    passes = [network.forward(parameters, batch) for batch in (real, fake)]
    slopes = MINIMAX.d_gradient(*(logits[:, 0] for logits, _ in passes))
    total = np.zeros(network.size)
    for (_, tape), slope in zip(passes, slopes, strict=True):
        into = network.parameters(np.zeros(network.size))
        network.backward(parameters, tape, slope[:, None], into=into)
        total -= into.flat
    return total


def by_quotients(flat, real, fake):
    """The same, with D = σ(v · tanh(x W + b) + c) and its slopes written out."""
    total = np.zeros(flat.size)
    for batch, sign in ((real, 1), (fake, -1)):
        for x in batch:
            share, slope = share_and_slope(flat, x)
            total += slope / (share if sign > 0 else share - 1) / len(batch)
    return total


def share_and_slope(flat, x):
    """D at x, and ∇D in the order W, b, v, c."""
    first, shift, last, level = flat[:10].reshape(2, 5), flat[10:15], flat[15:20], flat[20]
    hidden = np.tanh(x @ first + shift)
    bent = last * (1 - hidden**2)
    share = 1 / (1 + math.exp(-float(hidden @ last + level)))
    logit_slope = np.concatenate([np.outer(x, bent).ravel(), bent, hidden, [1.0]])
    return share, share * (1 - share) * logit_slope


def directed(gradient, ways, integrator, integrand):
    """Gradient · direction, for each direction."""
    size = np.abs(ways) @ np.abs(gradient)
    return Estimate(
        ways @ gradient, 1e-13 * size, route=route(integrator, integrand), magnitude=size
    )


def differences(function, at, ways):
    """Central differences along each direction, extrapolated; the error is the last change."""
    values, errors = zip(*(extrapolated(function, at, way) for way in ways), strict=True)
    return Estimate(np.array(values), np.array(errors), route=route("central differences", "V̂"))


def extrapolated(function, at, way):
    """Romberg's table of central differences, steps 1/32 to 1/256."""
    steps = [2.0**-k for k in range(5, 9)]
    row = [(function(at + h * way) - function(at - h * way)) / (2 * h) for h in steps]
    for power in (4, 16, 64):
        last = row[-1]
        row = [(power * b - a) / (power - 1) for a, b in pairwise(row)]
    return row[0], abs(row[0] - last) + 1e-12


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
    real, fake = example
    by_real, by_fake = NON_SATURATING.d_gradient(real, fake)
    found = -np.append(by_real, by_fake)
    made_by = route("d_gradient", "logit form")
    with mpmath.workdps(60):
        exact = [quotient(logit, 1) / len(real) for logit in real]
        exact += [-quotient(-logit, 1) / len(fake) for logit in fake]
    told = np.array([float(one) for one in exact])
    size = np.abs(told)
    return equal(
        "-d_gradient = the quotients",
        Estimate(found, 1e-14 * size, route=made_by),
        Estimate(told, 1e-15 * size, route=route("60 digits", "∇D/D")),
    )


def quotient(logit, slope):
    """D'/D for D = 1/(1 + e^-a), where D' = e^-a/(1 + e^-a)²."""
    power = mpmath.exp(-mpmath.mpf(float(logit)))
    return slope * (power / (1 + power) ** 2) / (1 / (1 + power))


def towards_the_best(example):
    real, fake, shift = example
    p_k, q_k = real.weights + 1e-3, fake.weights + 1e-3  # both laws everywhere
    star = np.log(p_k) - np.log(q_k)
    at = star + shift
    weight = p_k * expit(-at) - q_k * expit(at)
    size = p_k * expit(-at) + q_k * expit(at)
    made_by = route("by points", "p (1 - D) - q D")
    found = Estimate(weight, 1e-13 * size, route=made_by, magnitude=size)
    there = (p_k + q_k) * (expit(star) - expit(at))
    return equal(
        "p (1 - D) - q D = (p + q)(D* - D)",
        found,
        Estimate(there, 1e-13 * (p_k + q_k), route=route("D* - D", "shares"), magnitude=p_k + q_k),
    )


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
    floats = 1 / (1 + math.exp(-36.0))
    slope = math.exp(-36.0) / (1 + math.exp(-36.0)) ** 2
    yield equal(
        "in floats the quotient ∇D/(1 - D) is as good as D ∇a: D' by its own formula, a = 36",
        Estimate(slope / (1 - floats), 1e-12, route=route("floats", "quotient")),
        Estimate(float(expit(36.0)), 1e-15, route=route("logit form", "D")),
    )
    yield at_most(
        "V is concave in the weights of a network too: a = w_1 w_2, w_1 = w_2",
        sp.Subs(sp.Derivative(sp.log(sigma((b + t) ** 2)), t, t), t, 0),
        0,
    )


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
