r"""A discriminator turns samples of the model into samples of the data, by rejection.

Statement
---------
Let $r = \frac{p}{q} = \frac{D^*}{1 - D^*}$ and $M = \sup r < \infty$. Draw $x$ from the model $q$, and
accept it with probability $\frac{r(x)}{M}$.

- What is accepted has the density $p$, exactly. The share that is accepted is $\frac{1}{M}$, and
  $\log M \ge \mathrm{KL}(p \,\|\, q)$, with equality if $r = M$ wherever $p > 0$.
- Only the shape of $r$ counts: another prior multiplies the odds of $D$ and their supremum by one
  number. A temperature, or a smoothed label, changes the shape, and the result.
- With a bound $c < M$, accepting with $\min(1, \frac{r}{c})$, the density becomes $\min(p, c q)/Z$, with
  $Z = \int \min(p, c q) \,\mathrm{d}x$. Its total variation to $p$ is at most $1 - Z$, and the share
  $\frac{Z}{c}$.
- Data where $q = 0$ never come out, and no finite $M$ exists where the tails of the data are the
  heavier ones. For $\mathcal{N}(0, 1)$ and the model $\mathcal{N}(m, s^2)$ there is one for $s > 1$,
  $M = s \exp\frac{m^2}{2 (s^2 - 1)}$; for $s = 1$ and $m \ne 0$, or $s < 1$, there is none.
- With $u = \frac{r}{M}$ and $\gamma = 0$, $\sigma(F)$ for $F = \log u - \log(1 - u) - \gamma$ is $u$
  itself. For other $\gamma$ it is $\frac{u}{u + (1 - u) e^\gamma}$: another share, and no longer $p$.

Assumes   $p$ and $q$ are densities with respect to one measure; $D$ is the optimal one.
Source    [@azadi2019] for rejection by a discriminator, and for $F$.
"""

import numpy as np
import sympy as sp

from gantheory import certified
from gantheory.densities import Exponential, Laplace, Normal, Uniform
from gantheory.divergences import bayes_error, renyi_divergence, total_variation
from gantheory.evidence import frequency, pointwise
from gantheory.game import optimal_discriminator
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, always, at_most, converges, equal

theorem = Theorem(
    label="discriminator-rejection-sampling",
    title=r"Accepting with probability $\frac{r}{M}$ turns samples of $q$ into samples of $p$",
    uses=("density-ratio-trick",),
    covers=("discriminator-rejection-sampling",),
)

p, q, r, M, c = sp.symbols("p q r M c", positive=True)  # densities at a point, p/q, bounds
u, prior, s = sp.symbols("u prior s", positive=True)  # r/M, a share of real points, a width
k, Z = sp.symbols("k Z", positive=True)  # min(p, c q) and its integral
x, m, gamma = sp.symbols("x m gamma", real=True)
STAR = p / (p + q)
ACCEPTED = STAR / (1 - STAR) / M  # the probability
UNIT, WIDER = {u: (0, 1)}, {s: (1, sp.oo)}
LOGIT = sp.log(s) - x**2 / 2 + (x - m) ** 2 / (2 * s**2)  # for N(0, 1) and N(m, s²)
HIGHEST = sp.log(s) + m**2 / (2 * (s**2 - 1))
F = sp.log(u) - sp.log(1 - u) - gamma
KEPT = 1 / (1 + sp.exp(-F))


def derive():
    r"""Multiply the density of the model by the probability of being accepted.

    That is $q \frac{r}{M} = \frac{p}{M}$, whose integral is the share $\frac{1}{M}$; divided by it, $p$
    is left. Since $\log r = \log M + \log u$ and $u \le 1$, the mean of $\log r$ over the data, which is
    $\mathrm{KL}(p \,\|\, q)$, is at most $\log M$. With the bound $c$ the same product is
    $\frac{1}{c} \min(p, c q)$. What is accepted and $p$ have at least $\min(p, c q)$ in common, since
    $Z \le 1$, so their total variation is at most $1 - Z$.

    For two Gaussians the logit is a parabola, and $\log M$ its vertex if it opens downwards.
    """
    name = "discriminator-rejection-sampling"
    yield equal("model times acceptance", q * ACCEPTED, p / M, label=name)
    yield at_most("log u is at most 0", sp.log(u), 0, where=UNIT)
    other = prior * p / ((1 - prior) * q) / (prior / (1 - prior) * M)
    yield equal("another prior, another supremum", other, ACCEPTED, where={prior: (0, 1)})
    yield equal("σ(F), γ = 0", KEPT.subs(gamma, 0), u, where=UNIT)
    mixed = u / (u + (1 - u) * sp.exp(gamma))
    yield equal("σ(F)", KEPT, mixed, where=UNIT)

    vertex = HIGHEST - (s**2 - 1) / (2 * s**2) * (x + m / (s**2 - 1)) ** 2
    yield equal("N(m, s²), s > 1: the vertex", LOGIT, vertex, where=WIDER)
    yield equal("s < 1: it opens upwards", sp.Derivative(LOGIT, (x, 2)), (1 - s**2) / s**2)
    yield equal("s = 1: a line", LOGIT.subs(s, 1), m**2 / 2 - m * x)

    # The density k/Z of what is accepted with c, and data Exp(1), model Exp(2): r = e^x/2.
    yield always("k/Z and p have k in common", (k <= p) & (Z <= 1), (k <= p) & (k <= k / Z))
    cut = sp.log(2 * c)
    tail = sp.Integral(2 * c * sp.exp(-2 * x), (x, cut, sp.oo))
    common = sp.Integral(sp.exp(-x), (x, 0, cut)) + tail
    yield equal("Exp(1) from Exp(2): Z", common, 1 - 1 / (4 * c), where={c: (1, sp.oo)})


def certify():
    r"""$\mathrm{KL}(p \,\|\, q)$ in balls, beside $\log M$.

    The suprema are $\frac{3}{2}$ at $x = 0$, $e$ on the whole half line below 0, and
    $2 e^{1/6}$ at $x = -\frac{1}{3}$. For a uniform density inside another one $r = M = 4$ wherever
    $p > 0$, and both are equal.
    """
    for name, (pair, log_m) in PAIRS.items():
        yield at_most(name, certified.kl_divergence(*pair, digits=12), log_m)
    inside = certified.kl_divergence(Uniform("1/2", 1), Uniform(0, 2), digits=12)
    yield equal("U[1/2, 1] from U[0, 2]", inside, sp.log(4))


def check():
    r"""$\log M$ as a limit, and the common mass $Z$.

    Rényi's divergences of order $\alpha$ tend to $\log M$ as $\alpha$ grows: here from 4 to 4096, for
    $\mathcal{N}(0, 1)$ and $\mathcal{N}(1, 2^2)$. The mass $Z$ for $\mathrm{Exp}(1)$ from
    $\mathrm{Exp}(2)$ with the bound $c$ is $1 + c$ times the error of the best classifier for a share
    $\frac{1}{1 + c}$ of real points, which the package computes.
    """
    pair, log_m = PAIRS["N(0, 1) from N(1, 2²)"]
    orders = [renyi_divergence(*pair, 4.0**k) for k in range(1, 7)]
    yield converges("Rényi's divergences", orders, log_m, tolerance=2e-3)
    for bound in (1, 3, 15):
        found = (1 + bound) * bayes_error(Exponential(1), Exponential(2), 1 / (1 + bound))
        yield equal(f"Z for c = {bound}", found, 1 - sp.Rational(1, 4 * bound))


def search(seed):
    r"""Random distributions on finitely many points, and the package's logit.

    The mass that is accepted, $q e^{a - \log M}$ with $M$ the largest odds, must be $\frac{p}{M}$ at
    each point of the model, as a fraction, and 0 where the model has none.
    """
    pairs = strategies.discrete_pairs()
    yield survives("accepted mass", accepted_mass, pairs, seed=seed, examples=145)


def simulate(seed):
    r"""200 000 samples of $\mathcal{N}(1, 2^2)$, of which $\mathcal{N}(0, 1)$ is accepted.

    Counted are the share that is accepted, $\frac{1}{M} = 0.42$, and among these the shares below 0 and
    within 1 of 0. Deviations within the intervals, of some 2 %, are not excluded.
    """
    rng = np.random.default_rng(seed)
    (data, model), log_m = PAIRS["N(0, 1) from N(1, 2²)"]
    drawn = model.sample(200_000, rng)
    logit = optimal_discriminator(data, model)(drawn)
    kept = rng.random(len(drawn)) < np.exp(logit - float(log_m))
    yield equal("accepted", frequency(kept), sp.exp(-log_m), tolerance=0.05)
    yield equal("below 0", frequency(drawn[kept] < 0), sp.Rational(1, 2), tolerance=0.05)
    within = np.abs(drawn[kept]) < 1
    yield equal("within 1 of 0", frequency(within), sp.erf(1 / sp.sqrt(2)), tolerance=0.05)


def refute():
    r"""Seven shortcuts.

    To accept with probability $D$, or by the odds of a $D$ with smoothed labels or a temperature: what
    is accepted is not proportional to $p$. To set $\gamma$ for speed alone. To take the bound
    $\frac{m^2}{2}$ for two Gaussians of equal width, whose logit is a line. To expect data that lie
    outside the model's support. And to estimate the share $\frac{1}{M}$ by
    $e^{-\mathrm{KL}(p \,\|\, q)}$.
    """
    yield equal("accepted by D", sp.Derivative(q * STAR / p, p), 0)
    smooth = sp.Rational(9, 10) * r / (r / 10 + 1)
    yield equal("odds of smoothed labels", sp.Derivative(smooth / r, r), 0)
    yield equal("odds at temperature 2", sp.Derivative(sp.sqrt(r) / r, r), 0)
    shape = sp.Derivative(KEPT.subs(gamma, 1) / u, u)
    yield equal("γ = 1 changes the share alone", shape, 0, where=UNIT)
    yield at_most("N(m, 1): a bound", LOGIT.subs(s, 1), m**2 / 2)
    yield equal("U[0, 2] from U[0, 1]", 1 + total_variation(Uniform(0, 1), Uniform(0, 2)), 1)
    pair, log_m = PAIRS["Laplace(0, 1) from Laplace(1, 1)"]
    yield equal("log M is KL(p‖q)", certified.kl_divergence(*pair, digits=12), log_m)


def figure():
    r"""A bound that is right, and one that is too small.

    Left: points under the dashed line are drawn, from $\mathcal{N}(1, 2^2)$, and those under the solid
    one accepted, as $\mathcal{N}(0, 1)$; the lines touch at $x = -\frac{1}{3}$. Right: the tail of the
    model $\mathrm{Exp}(2)$ is too light for $p = \mathrm{Exp}(1)$; dashed, what $c = 1$ accepts.
    """
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots(1, 2, figsize=(9.0, 3.6))
    two_bounds(*axes)
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

PAIRS = {
    "Exp(3) from Exp(2)": ((Exponential(3), Exponential(2)), sp.log(sp.Rational(3, 2))),
    "Laplace(0, 1) from Laplace(1, 1)": ((Laplace(0, 1), Laplace(1, 1)), sp.Integer(1)),
    "N(0, 1) from N(1, 2²)": ((Normal(0, 1), Normal(1, 2)), sp.log(2) + sp.Rational(1, 6)),
}


def accepted_mass(pair):
    """q e^(a - log M) at every point, and p/M where q > 0; where it is not 0, with all its digits."""
    both = list(zip(*(one.exact_weights for one in pair), strict=True))
    highest = max((data / model for data, model in both if model), default=0) or 1
    exact = [data / highest if model else 0 for data, model in both]
    found, here = accepted(*pair), [k for k, mass in enumerate(exact) if mass]
    yield equal("1 + accepted mass", 1 + found, [1 + mass for mass in exact])
    if here:
        yield equal("accepted mass", found[here], [exact[k] for k in here])


@pointwise(roundings=10_000)  # logarithms up to 60 in size, of a few roundings, in an exponential
def accepted(data, model):
    """q e^(a - log M)."""
    there = model.weights > 0
    logit = np.where(there, optimal_discriminator(data, model)(data.points), -np.inf)
    highest = np.max(logit)
    return model.weights * np.exp(logit - (highest if np.isfinite(highest) else 0))


def two_bounds(left, right):
    """Draw densities and bounds."""
    at = np.linspace(-5, 6, 300)
    data, model = Normal(0, 1).pdf(at), 2 * np.exp(1 / 6) * Normal(1, 2).pdf(at)
    left.plot(at, data, "C0")
    left.plot(at, model, "C2--")
    left.annotate("$p$", (0.75, 0.15), color="C0")
    left.annotate("$Mq$", (3.2, 0.3), color="C2")
    left.set(title="$M$ is the supremum of $r$", xlabel="sample $x$", ylabel="density")
    left.set(xticks=(-4, 0, 4), yticks=(0, 0.2, 0.4), ylim=(0, 0.5), xlim=(-5, 6))
    at = np.linspace(0, 4, 300)
    right.plot(at, np.exp(-at), "C0")
    right.plot(at, np.minimum(np.exp(-at), 2 * np.exp(-2 * at)) * 4 / 3, "C3--")
    right.annotate("$p$", (2, 0.2), color="C0")
    right.annotate(r"accepted, $c=1$", (0.4, 1.1), color="C3")
    right.set(title="$r$ has no bound", xlabel="sample $x$", ylabel="density", xlim=(0, 4))
    right.set(xticks=(0, 2, 4), yticks=(0, 1), ylim=(0, 1.4))
