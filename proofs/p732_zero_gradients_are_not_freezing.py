r"""A gradient set to 0 does not freeze a player: most optimisers go on moving.

Statement
---------
To set the gradient of a player to 0 does not freeze it. Let an optimiser of rate $\eta$ see one
gradient, and zeros from then on; call the move that it makes at the first gradient a step.

Gradient descent and RMSProp stop at once, though RMSProp's memory goes on decaying. Momentum
$\beta$ goes on by $\beta/(1 - \beta)$ steps. Adam, with $\varepsilon = 0$, makes a second step of

$$\frac{\beta_1}{1 + \beta_1} \sqrt{\frac{1 + \beta_2}{\beta_2}}$$

times its first, for any size of the one gradient: $0.6701$ for $\beta_1 = 0.9$ and $\beta_2 = 0.999$,
and all its moves after the first add up to $5.0055$ steps. In gradient descent weight decay $\lambda$,
added to the gradient, multiplies $\theta$ by $1 - \eta \lambda$ each time. If the gradients are 0 from
the start and there is no weight decay, these four and Nesterov's variant leave $\theta$ alone.

Assumes   Adam's $\varepsilon = 0$; RMSProp as in most libraries, with decay $0.99$ and without momentum.
Source    [@kingma2015, Algorithm 1]; [@annotated2017] for freezing a player.
"""

from fractions import Fraction

import numpy as np
import sympy as sp

from gantheory import certified
from gantheory.evidence import in_norm, pointwise
from gantheory.optimisers import SGD, Adam, Momentum, Nesterov, RMSProp
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal, increasing

theorem = Theorem(
    label="zero-gradients-are-not-freezing",
    title=r"A gradient set to 0 is not freezing: momentum goes on by $\beta/(1 - \beta)$ steps",
    uses=("freeze-discriminator-alternate-training",),
)

theta, decay = sp.symbols("theta lambda", real=True)  # a parameter, the weight decay
eta, g, s = sp.symbols("eta g s", positive=True)  # rate, gradient, s = (1 - beta)/beta
beta_1, beta_2 = sp.symbols("beta_1 beta_2", positive=True)
n = sp.Symbol("n", integer=True, positive=True)
SECOND = beta_1 / (1 + beta_1) * sp.sqrt((1 + beta_2) / beta_2)  # Adam's second step in steps
USUAL = Fraction(9, 10), Fraction(999, 1000)


def derive():
    r"""What is left in the memory after one gradient $g$.

    Momentum keeps the velocity $v = g$ and multiplies it by $\beta$ at each zero: the further moves are
    $\beta \eta g, \beta^2 \eta g, \dots$; with $\beta = 1/(1 + s)$ their sum is $1/s$, nine for 0.9.

    Adam's averages after the gradient and one zero are $\beta_1 (1 - \beta_1) g$ and $\beta_2 (1 -
    \beta_2) g^2$. Each is divided by its $1 - \beta^2$, for two steps, and the step is the first
    over the root of the second: $g$ cancels. The first step of all is $\eta$, since each average
    over its correction is $g$, or $g^2$. Weight decay adds the slope $\lambda \theta$ of
    $\tfrac{\lambda}{2} \theta^2$, which no zero gradient of the loss takes away.
    """
    moves = sp.Sum(eta * g * (1 / (1 + s)) ** n, (n, 1, sp.oo))
    yield equal("momentum, all further moves", moves, eta * g / s)
    first = beta_1 * (1 - beta_1) * g / (1 - beta_1**2)
    second = beta_2 * (1 - beta_2) * g**2 / (1 - beta_2**2)
    inside, step = {beta_1: (0, 1), beta_2: (0, 1)}, eta * first / sp.sqrt(second)
    yield equal("Adam's second step", step, eta * SECOND, where=inside, label=theorem.label)
    again = sp.Subs(first / sp.sqrt(second), (beta_1, beta_2), [sp.Rational(one) for one in USUAL])
    yield equal("for the usual β₁ and β₂", again, 9 * sp.sqrt(sp.Rational(1999, 999)) / 19)
    yield equal("times ten thousand, rounded", sp.floor(10**4 * again + sp.Rational(1, 2)), 6701)
    slope = sp.Derivative(decay * theta**2 / 2, theta)
    yield equal("weight decay, one step", theta - eta * slope, (1 - eta * decay) * theta)


def certify():
    r"""Adam's whole drift in balls, and what its second step depends on.

    The drift is a series whose $n$-th term is

    $$\frac{\beta_1^n (1 - \beta_1)}{1 - \beta_1^{n+1}}
    \sqrt{\frac{1 - \beta_2^{n+1}}{\beta_2^n (1 - \beta_2)}}.$$

    Since $1 - \beta_1 \le 1 - \beta_1^{n+1}$ and $\beta_2 \le \sqrt{\beta_2}$, a term is at most
    $32 a^n$ with $a = \beta_1/\beta_2$. So 200 terms and the rest of that geometric series bound it
    from both sides. The second step rises with $\beta_1$ and falls with $\beta_2$, on whole intervals.
    """
    drift, ratio = adam_steps(200), USUAL[0] / USUAL[1]
    yield at_least("the whole drift, above 5.0055 - 5e-5", drift, Fraction("5.00545"))
    whole = drift + 32 * ratio**201 / (1 - ratio)
    yield at_most("the whole drift, below 5.0055 + 5e-5", whole, Fraction("5.00555"))
    (one, two), inside = map(sp.Rational, USUAL), (Fraction(1, 10), Fraction(999, 1000))
    yield increasing("rises with β₁", SECOND.subs(beta_2, two), where={beta_1: inside})
    yield increasing("falls with β₂", -SECOND.subs(beta_1, one), where={beta_2: inside})


def check():
    r"""The optimisers of the package, six parameters at a time.

    Each sees a drawn gradient and 200 zeros, or zeros alone. Where the parameters must stay they are
    compared bit by bit, the drifts with the sums of 200 terms, RMSProp's memory with $0.99^{100}$ of it.
    """
    first = np.random.default_rng(33).normal(size=6)
    for name, rule in RULES.items():
        yield equal(f"{name}, zeros from the start: kept", kept(rule, 0 * first, 0, 3), 6)
        if name in DRIFT:
            moved = after(rule, first, 201) - after(rule, first)
            drift = abs(moved) / (0.01 * (1.0 if name == "Adam" else np.abs(first)))
            yield equal(f"{name}, drift after 200 zeros", drift, DRIFT[name]())
        else:
            yield equal(f"{name}, 200 zeros: kept", kept(rule, first, 1, 201), 6)
    share = memory(first, 101) / memory(first, 1)
    yield equal("RMSProp's memory, 100 zeros", share, Fraction(99, 100) ** 100)


def search(seed):
    r"""Values of $\beta$, $\beta_1$ and $\beta_2$ from $0.1$ to $0.99$, gradients and numbers of zeros.

    Momentum has to go on by $\beta + \dots + \beta^n$ steps, Adam's second step to be as derived.
    """
    yield survives(
        "momentum, Adam", as_derived_for, strategies.simplices(5), seed=seed, examples=120
    )


def refute():
    r"""Four beliefs about a zeroed gradient.

    That it freezes Adam, or weight decay, is why people zero it. The sum of momentum is often given as
    $1/(1 - \beta)$, which counts the step of the gradient itself. And Adam's second step is not
    $\beta_1$ times the first: both averages decay, and both corrections change.
    """
    gradient = np.random.default_rng(33).normal(size=6)
    yield equal("Adam is frozen: parameters kept", kept(RULES["Adam"], gradient, 1, 2), 6)
    yield equal("weight decay is frozen", theta - eta * decay * theta, theta)
    moves = sp.Sum(g * (1 / (1 + s)) ** n, (n, 1, sp.oo))
    yield equal("momentum goes on by 1/(1 - β)", moves, g * (1 + s) / s)
    yield equal("Adam goes on by β₁", SECOND, beta_1, where={beta_1: (0, 1), beta_2: (0, 1)})


def figure():
    r"""How far each optimiser drifts after its one gradient, in steps.

    Momentum nears nine steps, Nesterov's variant a little less, Adam five; gradient descent and
    RMSProp stay where they are.
    """
    from matplotlib import pyplot as plt

    fig, axis = plt.subplots()
    places = {"Momentum": 9.2, "Nesterov": 7.3, "Adam": 5.25, "SGD": 0.25}
    for color, (name, height) in zip(("C3", "C0", "C2", "C4"), places.items(), strict=True):
        path = [stepped(RULES[name], np.ones(1), k)[0][0] for k in range(1, 62)]
        axis.plot((path[0] - np.array(path)) / 0.01, color=color)
        axis.text(38, height, "SGD, RMSProp" if name == "SGD" else name, color=color)
    axis.set(title="One gradient, then zeros", xlabel="zero gradients", ylabel="drift, in steps")
    axis.set(xlim=(0, 60), ylim=(-0.2, 10), xticks=(0, 20, 40, 60), yticks=(0, 5, 9))
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

OPTIMISERS = (SGD(), Momentum(), Nesterov(), Adam(eps=1e-300), RMSProp())
RULES = {type(rule).__name__: rule for rule in OPTIMISERS}
DRIFT = {
    "Momentum": lambda: 10 * (USUAL[0] - USUAL[0] ** 201),
    "Nesterov": lambda: 10 * (USUAL[0] ** 2 - USUAL[0] ** 202),
    "Adam": lambda: adam_steps(200),
}


def adam_steps(count):
    """Adam's further steps after one gradient, in balls and in units of the first, added up."""
    terms = []
    for k in range(1, count + 1):
        first = beta_1**k * (1 - beta_1) / (1 - beta_1 ** (k + 1))
        terms.append(first * sp.sqrt((1 - beta_2 ** (k + 1)) / (beta_2**k * (1 - beta_2))))
    return certified.over(sp.Add(*terms), {beta_1: USUAL[0], beta_2: USUAL[1]})


def stepped(rule, gradient, steps):
    """Parameters and memory after so many steps of rate 0.01, all but the first with gradient 0."""
    theta = np.linspace(-0.1, 0.1, len(gradient))
    state = rule.start(theta)
    for count in range(1, steps + 1):
        rule.step(theta, gradient if count == 1 else 0 * gradient, state, count, 0.01)
    return theta, state


@in_norm
def after(rule, gradient, steps=1):
    """Parameters after so many steps."""
    return stepped(rule, gradient, steps)[0]


def as_derived_for(shares):
    """Yield both drifts for drawn values, over their first moves of rate 0.01."""
    one, two, share = 0.1 + 0.89 * shares[:3]
    gradient, zeros = 0.5 + shares, 1 + int(30 * shares[3])
    known = multiples(one, two, share, zeros)
    rules = Momentum(beta=share), Adam(beta1=one, beta2=two, eps=1e-300)
    for k, first in ((0, gradient), (1, np.ones(5))):
        moved = after(rules[k], gradient, 2 if k else 1 + zeros) - after(rules[k], gradient)
        yield equal(type(rules[k]).__name__, abs(moved) / (0.01 * first), known[k])


@pointwise(roundings=1024)
def multiples(one, two, share, zeros):
    r"""$\beta + \dots + \beta^n$, and Adam's second step for its first."""
    powers = share ** np.arange(1, zeros + 1)
    return np.array([np.sum(powers), one / (1 + one) * np.sqrt((1 + two) / two)])


@pointwise
def kept(rule, gradient, early, late):
    """How many parameters agree in every bit after `early` and after `late` steps."""
    first, last = (stepped(rule, gradient, steps)[0] for steps in (early, late))
    return np.sum(first.view(np.int64) == last.view(np.int64))


@pointwise(roundings=256)
def memory(gradient, steps):
    """RMSProp's memory after so many steps."""
    return stepped(RULES["RMSProp"], gradient, steps)[1][0]
