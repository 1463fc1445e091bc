r"""A picture of Algorithm 1 in four panels: from a $D$ that is half right to $D = \tfrac12$.

Statement
---------
The data are $\mathcal{N}(0, 1)$, the model $q$ is the distribution of $G(z)$, $z$ uniform on $(0, 1)$.

- (a) $q = \mathcal{N}(1.2, 0.8^2)$ and $D$ has half the logit of $D^*$, plus $0.3$.
- (b) $D = D^*$ for this $q$.
- (c) $q = \mathcal{N}(0.5, 0.9^2)$, nearer to the data; $D$ is still that of (b).
- (d) $q = p$ and $D = \tfrac12$.

Then $V_a < V_b = C_b$, the generator's step lowers $V$ at the old $D$ and the criterion, $V_c < V_b$ and
$C_c < C_b$, but $V_c < C_c$, since $D$ has to be trained anew; and $V_d = -\log 4$. The map is
$G = F_q^{-1}$, whose slope is $1/q(G(z))$: arrows from equally spaced $z$ crowd where $q$ is large.

Assumes   $D$ and $G$ may be any functions.
Source    [@goodfellow2014, Figure 1], with numbers.
"""

import numpy as np
import sympy as sp
from scipy.special import expit, ndtri

from gantheory import certified
from gantheory.densities import Discrete, Normal
from gantheory.game import optimal_discriminator, value_function, virtual_training_criterion
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal

theorem = Theorem(
    label="four-panels",
    title=r"$V_a < V_b = C_b$, $V_c < C_c < C_b$, $V_d = -\log 4$: Algorithm 1 in four panels",
    uses=("optimal-discriminator", "global-minimum", "lotus-pushforward"),
    covers=("fig-four-panel", "near-convergence"),
    errata=(
        "[@ramasinghe] describes panel (a) as the start, with $p_g$ far from the data: the paper's "
        "caption has the pair near convergence, and a $D$ that is partially accurate.",
    ),
)

z = sp.Symbol("z", positive=True)  # the noise, uniform
mu = sp.Symbol("mu", real=True)
s = sp.Symbol("s", positive=True)
LOG_4 = sp.log(4)
DATA, FIRST, SECOND = Normal(0, 1), Normal("1.2", "0.8"), Normal("0.5", "0.9")


def derive():
    r"""The slope of the map, and what makes arrows crowd.

    $G(z) = \mu + s \Phi^{-1}(z)$ has the distribution function $\Phi((x - \mu)/s)$ for its inverse, and
    the slope of an inverse is one over the slope.
    """
    image = mu + s * sp.sqrt(2) * sp.erfinv(2 * z - 1)
    density = sp.exp(-(((image - mu) / s) ** 2) / 2) / (s * sp.sqrt(2 * sp.pi))
    yield equal("the slope of G", sp.Derivative(image, z), 1 / density, where={z: (0, 1)})


def check():
    r"""The four values by quadrature, the criteria of the panels by balls.

    That $V_c$ is below $-\log 4$ is no contradiction: a $D$ that was good is bad against the new model.
    The criteria are $-1.013$ in (b), $-1.315$ in (c) and $-\log 4$ in (d).
    """
    at_b, at_c = (certified.virtual_training_criterion(DATA, q, digits=12) for q in (FIRST, SECOND))
    yield at_most("(a) below (b)", value_function(DATA, FIRST, half_right()), at_b)
    best = optimal_discriminator(DATA, FIRST)
    yield equal("(b) is C", value_function(DATA, FIRST, best), at_b, label="fig-four-panel")
    moved = value_function(DATA, SECOND, best)
    yield at_most("(c) below (b), the same D", moved, at_b)
    yield at_most("the criterion falls", at_c, at_b)
    yield at_most("(c) below its criterion", moved, at_c)
    yield equal("(d)", virtual_training_criterion(DATA, DATA), -LOG_4)


def search(seed):
    r"""The same panels for any data and model on four points.

    $D$ has a share of the logit of $D^*$, plus a shift; and the model moves a part of the way to the
    data. A draw refutes the picture if one of its inequalities is not strict, or if (b) is not $C$.
    """
    panels = strategies.simplices(11)
    yield survives("four panels on four points", in_order, panels, seed=seed, examples=120)


def refute():
    r"""Three ways to describe the panels wrongly.

    As the start of training, with a far model [@ramasinghe]; as if the old $D$ were optimal for the new
    $q$; and as if $V$ never fell below $-\log 4$.
    """
    far = certified.log(2) / 2
    found = certified.js_divergence(DATA, FIRST, digits=12)
    yield at_least("(a) is half as far as can be", found, far, label="near-convergence")
    moved = value_function(DATA, SECOND, optimal_discriminator(DATA, FIRST))
    at_c = certified.virtual_training_criterion(DATA, SECOND, digits=12)
    yield equal("the old D is optimal in (c)", moved, at_c)
    yield at_least("V is at least -log 4", moved, -LOG_4)


def figure():
    r"""Dotted the data, solid the model, dashed $D$; below, arrows from $z$ to $x = G(z)$.

    In the order of (a) to (d): $D$ is partially accurate; it is optimal; the generator has followed its
    slope; the model is the data, and $D$ is $\tfrac12$.
    """
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots(2, 2, figsize=(8.6, 5.6), sharex=True, sharey=True)
    x, noise = np.linspace(-3, 3.6, 331), np.linspace(0.04, 0.96, 13)
    best = optimal_discriminator(DATA, FIRST)
    panels = ((FIRST, half_right()), (FIRST, best), (SECOND, best), (DATA, 0 * best))
    names = ("$D$ is half right", "$D=D^*$", "$q$ has moved", r"$q=p$, $D=\frac{1}{2}$")
    for axis, (model, logit), name in zip(axes.flat, panels, names, strict=True):
        axis.plot(x, DATA.pdf(x), color="C0", linestyle=":")
        axis.plot(x, model.pdf(x), color="C2")
        axis.plot(x, expit(logit(x)), color="C3", linestyle="--")
        for at in noise:
            to = float(model.loc) + float(model.scale) * ndtri(at)
            axis.annotate("", (to, -0.12), (-3 + 6.6 * at, -0.42), arrowprops=ARROW)
        axis.set(title=name, xticks=(-2, 0, 2), yticks=(0, 0.5, 1), xlim=(-3, 3.6))
        axis.set(ylim=(-0.45, 1.08))
    for text, at, colour in (("$p$", (-1.2, 0.27), "C0"), ("$q$", (1.6, 0.5), "C2")):
        axes[0, 0].annotate(text, at, color=colour)
    axes[0, 0].annotate("$D$", (-1, 0.9), color="C3", va="bottom")
    for axis in axes[1]:
        axis.set_xlabel("$x$, above the noise $z$")
    for axis in axes[:, 0]:
        axis.set_ylabel("densities $p$, $q$ and output $D$")
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

ARROW = {"arrowstyle": "->", "color": "C5", "lw": 0.6, "shrinkA": 0, "shrinkB": 0}


def in_order(shares):
    """Yield the order of the four values, for drawn weights, share of the logit, shift and move."""
    p, q = shares[:4] + 0.1, shares[4:8] + np.arange(1, 5) / 10
    p, q, part = p / np.sum(p), q / np.sum(q), 0.1 + 0.8 * shares[8]
    data, first, second = map(Discrete, (p, q, (1 - part) * q + part * p))
    best = optimal_discriminator(data, first)
    at_b, at_c = (certified.virtual_training_criterion(data, one) for one in (first, second))
    moved = value_function(data, second, best)
    rough = 0.9 * shares[9] * best + (0.05 + shares[10])
    yield at_most("(a) below (b)", value_function(data, first, rough), at_b)
    yield equal("(b) is C", value_function(data, first, best), at_b)
    yield at_most("(c) below (b), the same D", moved, at_b)
    yield at_most("(c) below its criterion", moved, at_c)
    yield at_most("the criterion falls", at_c, at_b)


def half_right():
    """Half the logit of D*, plus 0.3."""
    return 0.5 * optimal_discriminator(DATA, FIRST) + 0.3
