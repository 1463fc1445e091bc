r"""Every generator loss that falls in $D$ follows, against the best $D$, an $f$-divergence.

Statement
---------
Let the best discriminator put out $T^* = \tau(u)$, an increasing function of the ratio $u = p/q$,
as $D^* = u/(1 + u)$ is. Let the generator minimise $\mathbb{E}_q[\ell(T)]$ with $T$ held still at
$T^*$, and write $g(u) = \ell(\tau(u))$. If $g' < 0$, its gradient is that of

$$ D_f = \int q \, f(p/q) \,\mathrm{d}x, \qquad
   f(u) = -\int_1^u (u - t) \, \frac{g'(t)}{t} \,\mathrm{d}t, \qquad f''(u) = -\frac{g'(u)}{u} > 0, $$

a divergence: $D_f \ge 0$, with equality iff $p = q$. A sample at $x$ moves with the velocity
$u^2 f''(u) \, \nabla \log(p/q)$: losses differ by the factor alone. And the model's samples lose
more than the data by at least $D_f$, that is $\mathbb{E}_q[g] - \mathbb{E}_p[g] \ge D_f$.

So, with $m = (p + q)/2$ and $\Delta = \int (p - q)^2/(p + q) \,\mathrm{d}x$:

- $\log(1 - D)$ follows $2\,\mathrm{JSD}(p, q)$, and $-\log D$ follows $2\,\mathrm{KL}(m \,\|\, p)$;
- $-\log\frac{D}{1 - D}$ follows $\mathrm{KL}(q \,\|\, p)$, and $-\frac{D}{1 - D}$ follows
  $\mathrm{KL}(p \,\|\, q)$;
- $-4 D^2$ follows $\Delta$, and $-\sqrt{D/(1 - D)}$ follows
  $\int (\sqrt{p} - \sqrt{q})^2 \,\mathrm{d}x$;
- $-D^2/(1 - D)^2$ follows $\int (p - q)^2/q \,\mathrm{d}x$, and $2 (1 - D)/D$ follows
  $\int (p - q)^2/p \,\mathrm{d}x$;
- $-D$ follows $\mathrm{KL}(p \,\|\, m)$, and $\frac{1}{2} (D - 1)^2$ follows that less $\Delta/8$.

Assumes   $g$ continuously differentiable; $D_f$ finite; supports that do not move with the generator.
Source    [@nowozin2016] for $f$-divergences, [@goodfellow2016, Section 3.2.4] for the fourth loss,
          [@mao2017] for the last, [@shannon2020] for the second; the general form is derived here.
"""

from collections import namedtuple
from fractions import Fraction

import numpy as np
import sympy as sp

from gantheory import certified, divergences
from gantheory.densities import Discrete, Mixture, Normal
from gantheory.evidence import differences, summed
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, always, at_least, at_most, equal, iff, increasing

theorem = Theorem(
    label="generator-loss-zoo",
    title=r"Which divergence a generator's loss follows: $f''(u) = -g'(u)/u$",
    uses=("ns-divergence",),
    covers=("generator-loss-zoo", "any-decreasing-generator-loss", "minimax-loss-has-no-minus"),
    errata=(
        r"[@miyayudai] gives the minimax generator the loss $-\log(1 - D)$: it is $\log(1 - D)$.",
    ),
)

p, q, u, D = sp.symbols("p q u D", positive=True)  # densities, their ratio, the best output
g_0, g_1, g_2, at_1, k, e = sp.symbols("g_0 g_1 g_2 at_1 k e", real=True)  # see derive
f_0, f_1, s, t, a, b, c = sp.symbols("f_0 f_1 s t a b c", real=True)


def derive():
    r"""For any loss: near one ratio $u$, $g(u + e) = g_0 + g_1 e + \dots$

    Integrated by parts, $f(u) = g(u) - g(1) - u \, k(u)$ with $k(u) = \int_1^u g'(t)/t \,\mathrm{d}t$.
    So $f' = -k$, and what is left of $f - u f'$ is $g(u) - g(1)$. But $f - u f'$ is the slope of
    $q f(p/q)$ in $q$, with $p$ fixed. Moving the model by $\mathrm{d}q$ changes $D_f$ by
    $\int (g(u) - g(1)) \,\mathrm{d}q$ and the loss, with $T$ held still, by $\int g(u) \,\mathrm{d}q$:
    the same, since $\int \mathrm{d}q = 0$. The integrand of $f$ is positive: $f(u) > 0$ for $u \ne 1$.
    """
    near = g_0 + g_1 * e + g_2 * e**2 / 2
    integral = k + g_1 / u * e + (g_2 / u - g_1 / u**2) * e**2 / 2  # its slope is g'(u)/u
    f = near - at_1 - (u + e) * integral
    yield equal("f''", sp.Subs(sp.Derivative(f, (e, 2)), e, 0), -g_1 / u)
    model = sp.Subs(sp.Derivative(q * f.subs(e, p / q - u), q), q, p / u)
    yield equal("the slope in q", model, g_0 - at_1, label="any-decreasing-generator-loss")
    yield iff("convex iff the loss falls", -g_1 / u > 0, g_1 < 0)
    between = (t > 0) & (g_1 < 0) & ((t - u) * (1 - t) > 0)
    yield always("the integrand of f", between, -(u - t) * (u - 1) * g_1 / t > 0)
    moved = near.subs(e, u * sp.exp(s * e) - u)  # along a line, log(p/q) has the slope s
    yield equal("the velocity", -at_0(moved), u**2 * (-g_1 / u) * s)
    # f lies above its tangents: 0 = f(1) >= f(u) + f'(u) (1 - u). For E_q[g] - E_p[g] - D_f that is:
    excess = (q - p) * (f_0 - p / q * f_1) - q * f_0
    yield equal("q against p", excess, -p * (f_0 + f_1 * (1 - p / q)))
    # Row by row, the slope of the divergence in q is the loss of D*, up to a constant.
    for loss, row in ZOO.items():
        best = loss.subs(D, p / (p + q)) - loss.subs(D, sp.Rational(1, 2)) + row.slope
        label = "generator-loss-zoo" if loss == sp.log(1 - D) else None
        yield equal(f"{loss}: the slope in q", sp.Derivative(row.form, q), best, label=label)
        of_ratio = sp.Derivative(row.form.subs({p: u, q: 1}), (u, 2))
        yield equal(f"{loss}: f''", of_ratio, row.second)

    # A sample off the data (p = 0) costs without bound, or a missed mode does (q = 0).
    ns, odds = ZOO[-sp.log(D)].form, ZOO[-ODDS].form
    yield equal("-log(D), no data", sp.Limit(ns.subs(q, 1), p, 0, "+"), sp.oo)
    yield equal("odds, no model", sp.Limit(odds.subs(p, 1), q, 0, "+"), sp.oo)

    # Least squares with labels a < b has T* = (b u + a)/(u + 1), and pulls T to c. It falls in T as
    # long as T* < c, which is so for all u iff c >= b.
    output, rises = (b * u + a) / (u + 1), (a < b) & (c < b) & (u * (b - c) > c - a)
    yield always("least squares, c at least b", (a < b) & (b <= c), output < c)
    yield always("least squares, c below b: it rises", rises, output > c)


def certify():
    r"""How strongly the samples are pulled: $\mathcal{N}(0, 1)$ and $\mathcal{N}(\mu, 1)$, in balls.

    By the velocity it is the gradient by $\mu$ that is $\mu \int q u^2 f''(u) \,\mathrm{d}x$. All losses
    fall in $D$; but at $\mu = 4$ that of $-\log D$ is 70 times the one of least squares.
    """
    order = [pull(loss, 4) for loss in ((D - 1) ** 2 / 2, -D, sp.log(1 - D), -sp.log(D))]
    yield increasing("(D - 1)²/2, -D, log(1 - D), -log D", order)
    yield at_least("-log D against least squares", order[3], 70 * order[0])


def check():
    r"""Each divergence, as the package computes it, is differentiated by differences.

    On three points, along a direction in $q$, the derivative is that of the loss with $D$ held still.
    For two Gaussians with $\mu = 2$ it is a ball as in `certify`.
    """
    for loss in ZOO:
        moved = differences(divergence_on_points(loss), MODEL, WAY)
        yield equal(f"{loss}: three points", moved, loss_along(loss))
        if loss not in UNBOUNDED:
            moved = differences(divergence_of_means(loss), [2.0], [1.0])
            yield equal(f"{loss}: two Gaussians", moved, pull(loss, 2))


def search(seed):
    r"""Pairs of distributions on three points, moved inside so that no weight is 0.

    With a loss of the table, a pair refutes the theorem if the model's samples lose more than the data
    by less than the divergence: $\mathbb{E}_q[g] - \mathbb{E}_p[g] < D_f$.
    """
    drawn = strategies.simplices(6)
    yield survives("E_q[g] - E_p[g] is at least D_f", gap_is_enough, drawn, seed=seed, examples=140)


def refute():
    r"""Six mistakes.

    That maximum likelihood, $\mathrm{KL}(p \,\|\, q)$, belongs to $-\log\frac{D}{1 - D}$. That
    $-\log D$ follows what $\log(1 - D)$ follows. That half of the odds follows all of
    $\mathrm{KL}(p \,\|\, q)$. That the value $\mathbb{E}_q[\ell(D^*)]$ is descended: its slope counts
    $D^*$ as moving. That a loss least at $D = \frac{1}{2}$ will do: its $f$ is not convex, and a short
    step raises JSD. And [@miyayudai] minimises $-\log(1 - D)$, which rises in $D$: $f'' < 0$.
    """
    minimax, odds = ZOO[sp.log(1 - D)], sp.Derivative(ZOO[-ODDS].form, q)
    yield equal("-logit D and KL(p‖q)", odds, -sp.log(p / q) - 1)
    yield equal("-log D and 2 JSD", sp.Derivative(minimax.form, q), -sp.log(2 * p / (p + q)))
    yield equal("half of the odds and all of KL", odds, -(p / q + 1) / 2)
    value = sp.Derivative(-q * sp.log(p / (p + q)), q)
    yield equal("the value's slope", value, sp.log(1 + q / p) + sp.Rational(1, 2))
    yield at_most("(D - 1/2)²/2 lowers JSD", js_of_model("0.905") - js_of_model("0.9"), 0)
    bend, name = -minimax.second, "minimax-loss-has-no-minus"
    yield at_least("-log(1 - D): f''", bend, 0, label=name)


def figure():
    r"""The factor $u^2 f''(u)$ with which a sample moves along $\nabla \log(p/q)$, over the logit.

    Each is divided by its value at $D = \frac{1}{2}$. To the left are samples that $D^*$ recognises, to
    the right those that fool it. All factors are positive: all losses pull in one direction.
    """
    from matplotlib import pyplot as plt

    from gantheory.figures import label_lines

    logit = np.linspace(-4, 4, 161)
    fig, axes = plt.subplots(figsize=(6.4, 4.4))
    for loss, color, style, text in DRAWN:
        factor = sp.lambdify(u, u**2 * ZOO[loss].second, "numpy")
        size = factor(np.exp(logit)) / factor(1.0) + 0 * logit
        axes.semilogy(logit, size, color=color, linestyle=style, label=text)
    label_lines(axes)
    axes.axvline(0, color="C6", linewidth=0.8, zorder=0)
    axes.set(title="One direction, many factors", ylabel="factor of the velocity")
    axes.set(
        xlabel="logit of $D^*$ at the sample", xticks=(-4, 0, 4), xlim=(-4, 4), ylim=(1e-3, 60)
    )
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

# the integrand of a divergence, its slope in q at p = q, f'', and the package's function
Row = namedtuple("Row", "form slope second divergence")


def mean(first, second):
    """m = (p + q)/2."""
    if isinstance(first, Discrete):
        return Discrete((first.weights + second.weights) / 2)
    return Mixture((first, second), (0.5, 0.5))


def to_mean(first, second):
    r"""$\mathrm{KL}(p \,\|\, m)$."""
    return divergences.kl_divergence(first, mean(first, second))


def least_squares(first, second):
    r"""$\mathrm{KL}(p \,\|\, m) - \Delta/8$."""
    return to_mean(first, second) - divergences.triangular_discrimination(first, second) / 8


ODDS, TRIANGLE, HALF = D / (1 - D), (p - q) ** 2 / (p + q), sp.Rational(1, 2)
OF_MEAN = [x * sp.log(2 * x / (p + q)) for x in (p, q)]
ZOO = {
    sp.log(1 - D): Row(
        sum(OF_MEAN), 0, 1 / (u * (1 + u)), lambda p, q: 2 * divergences.js_divergence(p, q)
    ),
    -sp.log(D): Row(
        (p + q) * sp.log((p + q) / (2 * p)),
        1,
        1 / (u**2 * (1 + u)),
        lambda p, q: 2 * divergences.kl_divergence(mean(p, q), p),
    ),
    -sp.log(ODDS): Row(q * sp.log(q / p), 1, 1 / u**2, divergences.reverse_kl_divergence),
    -ODDS: Row(p * sp.log(p / q), -1, 1 / u, divergences.kl_divergence),
    -sp.sqrt(ODDS): Row(
        (sp.sqrt(p) - sp.sqrt(q)) ** 2,
        0,
        u ** (-3 * HALF) / 2,
        lambda p, q: 2 * divergences.squared_hellinger(p, q),
    ),
    -(ODDS**2): Row((p - q) ** 2 / q, 0, sp.Integer(2), divergences.pearson_chi2),
    2 / ODDS: Row((p - q) ** 2 / p, 0, 2 / u**3, divergences.neyman_chi2),
    -4 * D**2: Row(TRIANGLE, 0, 8 / (1 + u) ** 3, divergences.triangular_discrimination),
    -D: Row(OF_MEAN[0], -HALF, 1 / (u * (1 + u) ** 2), to_mean),
    (D - 1) ** 2 / 2: Row(OF_MEAN[0] - TRIANGLE / 8, -HALF, 1 / (u * (1 + u) ** 3), least_squares),
}
UNBOUNDED = {-(ODDS**2), 2 / ODDS}  # integrands that no multiple of p + q bounds
FUNCTIONS = {loss: sp.lambdify(u, loss.subs(D, u / (1 + u)), "numpy") for loss in ZOO}
DATA, MODEL, WAY = (np.array(x) for x in ((0.2, 0.3, 0.5), (0.5, 0.3, 0.2), (-0.5, 0.2, 0.3)))
DRAWN = (
    (-ODDS, "C3", "-", "odds: " r"$\mathrm{KL}(p\,\|\,q)$"),
    (-sp.log(ODDS), "C4", "-", "logit: " r"$\mathrm{KL}(q\,\|\,p)$"),
    (sp.log(1 - D), "C1", "-", r"$\log(1-D)$"),
    (-sp.log(D), "C0", "-", r"$-\log D$"),
    (-D, "C2", "--", "$-D$"),
    ((D - 1) ** 2 / 2, "C5", "--", r"$(D-1)^2/2$"),
)


def at_0(expression):
    """The derivative by e at e = 0."""
    return sp.Subs(sp.Derivative(expression, e), e, 0)


def pull(loss, shift):
    r"""$\mu \int q u^2 f''(u)$ for N(0, 1) and N(μ, 1), as a ball."""
    form = sp.simplify(q * (u**2 * ZOO[loss].second).subs(u, p / q))
    pair = Normal(0, 1), Normal(shift, 1)
    return shift * certified.integral(form, *pair, bound=(1, 1), digits=12)


def divergence_on_points(loss):
    """The divergence as a function of the model's weights."""
    return lambda model: float(ZOO[loss].divergence(Discrete(DATA), Discrete(model)))


def divergence_of_means(loss):
    """The divergence of N(0, 1) and N(μ, 1) as a function of μ."""
    return lambda at: float(ZOO[loss].divergence(Normal(0, 1), Normal(float(at[0]), 1)))


@summed
def loss_along(loss):
    """The frozen loss along the direction."""
    return WAY * FUNCTIONS[loss](DATA / MODEL)


def js_of_model(weight):
    """JSD of (1/2, 1/2) and a model with this weight on the first point, as a ball."""
    first = Fraction(weight)
    pair = Discrete([Fraction(1, 2)] * 2), Discrete([first, 1 - first])
    return certified.js_divergence(*pair, digits=12)


def gap_is_enough(example):
    """Return that the gap of one loss is at least its divergence."""
    loss = list(ZOO)[int(997 * (example @ np.arange(6))) % len(ZOO)]
    first, second = example[:3] + 0.01, example[3:] + 0.02 * np.arange(3) + 0.01
    real, fake = Discrete(first / first.sum()), Discrete(second / second.sum())
    found = ZOO[loss].divergence(real, fake)
    return at_most(str(loss), found, gap(loss, real.weights, fake.weights))


@summed
def gap(loss, real, fake):
    """The terms of E_q[g - g(1)] - E_p[g - g(1)]."""
    return (fake - real) * (FUNCTIONS[loss](real / fake) - FUNCTIONS[loss](1.0))
