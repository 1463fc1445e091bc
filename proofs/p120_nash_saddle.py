r"""The saddle points of $V$ have $q = p$, with $D = 1/2$ on the data and $D \le 1/2$ elsewhere.

Statement
---------
Let the generator choose any distribution $q$, and the discriminator any measurable $D$ into
$[0, 1]$. The value $V(D, q) = \mathbb{E}_{x \sim p}[\log D] + \mathbb{E}_{x \sim q}[\log(1 - D)]$
is affine in $q$ and concave in $D$, and

$$\min_q \max_D V(D, q) = \max_D \min_q V(D, q) = -\log 4.$$

$(D, q)$ is a saddle point, $V(D', q) \le V(D, q) \le V(D, q')$ for all $D'$ and $q'$, if and only
if

$$q = p, \quad D = \tfrac{1}{2} \text{ almost everywhere on the data}, \quad
    D(x) \le \tfrac{1}{2} \text{ at every } x.$$

Against $q = p$ any $D$ that is not $\tfrac12$ on the data has less, by
$\mathbb{E}_{x \sim p}[(1 - 2 D)^2]$ at least.

Assumes   $q$ ranges over all distributions, point masses included; among those with a density with
          respect to one measure, $D \le 1/2$ is needed almost everywhere only. $\log 0 = -\infty$.
Source    [@goodfellow2014, section 4.1] for the value; the set of all saddle points is worked out
          here.
"""

import math
from functools import partial

import numpy as np
import sympy as sp
from scipy.optimize import minimize
from scipy.special import expit, log_expit

from gantheory.densities import Discrete, Laplace, Mixture, Normal, Uniform
from gantheory.evidence import pointwise, summed
from gantheory.game import optimal_discriminator, value_function
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal, iff, increasing

theorem = Theorem(
    label="nash-saddle",
    title=r"Saddle points of $V$: $q = p$, with $D = 1/2$ on the data and $D \le 1/2$ elsewhere",
    uses=("optimal-discriminator", "global-minimum", "equilibrium-value"),
    covers=("nash-saddle", "saddle-needs-both-players"),
    errata=(
        "[@roysdon] infers the saddle point from JSD being positive and the discriminator's best "
        "response: the generator's is needed too, and against $D = 1/2$ every model is one.",
    ),
)

p, q, q_1, q_2 = sp.symbols("p q q_1 q_2", positive=True)  # densities at one point
D, t = sp.symbols("D t", positive=True)  # a value of the discriminator; a share of a mixture
HALF, LOG_2, LOG_4 = sp.Rational(1, 2), sp.log(2), sp.log(4)
POINT = p * sp.log(D) + q * sp.log(1 - D)  # what one point adds to V
w, z = sp.symbols("w z", positive=True)  # a weight, place or scale; a place in an integral
INSIDE = {D: (0, 1)}


def derive():
    r"""The two players' best responses, and what they have in common.

    $V$ is affine in $q$ and concave in $D$. For such games on compact convex sets a minimax theorem
    gives a saddle point; here none is needed, because the saddle points can be found directly.
    """
    mixed = (1 - t) * POINT.subs(q, q_1) + t * POINT.subs(q, q_2)
    yield equal("affine in q", POINT.subs(q, (1 - t) * q_1 + t * q_2), mixed, where=INSIDE)
    bend = -p / D**2 - q / (1 - D) ** 2
    yield equal("concave in D", sp.Derivative(POINT, (D, 2)), bend, where=INSIDE)

    # Let (D, q) be a saddle point. Then V(D, q) is the maximum over all discriminators, C(q), which
    # is at least -log 4. It is also at most V(D, p), which is at most C(p) = -log 4. So all of
    # these are -log 4. C(q) = -log 4 means q = p (the page on the global minimum). V(D, p) = -log 4
    # means D = 1/2 on the data: at a point p log D + p log(1 - D) is p log(1 - (1 - 2 D)²) - p log 4.
    # By log t ≤ t - 1 any D loses p (1 - 2 D)² or more, which is 0 for D = 1/2 only.
    loses = POINT.subs(q, p) + p * LOG_4
    yield equal("q = p: what D loses", loses, p * sp.log(1 - (1 - 2 * D) ** 2), where=INSIDE)
    yield at_most("the tangent of the logarithm", sp.log(t), t - 1)
    yield iff("q = p: D other than 1/2 loses", (1 - 2 * D) ** 2 > 0, sp.Ne(D, HALF), where=INSIDE)
    yield equal("q = p: D tends to 1", sp.Limit(sp.log(1 - (1 - 2 * D) ** 2), D, 1, "-"), -sp.oo)
    yield equal("D = 1/2: every model has as much", POINT.subs(D, HALF), -(p + q) * LOG_2)

    # Now D = 1/2 on the data, and V(D, q') is -log 2 + E_q'[log(1 - D)] for every model q'. If D ≤
    # 1/2 everywhere, no model gets below -log 4. If D > 1/2 at a point, the point mass there does,
    # by 2 D - 1 or more (the tangent at t = 2 (1 - D)). So D ≤ 1/2 is sufficient and necessary.
    off = POINT.subs(D, HALF) + q * (sp.log(1 - D) - sp.log(HALF))
    formula = -(p + q) * LOG_2 + q * sp.log(2 * (1 - D))
    yield equal("V where D = 1/2 on the data", off, formula, where=INSIDE)
    held, text = q * sp.log(2 * (1 - D)), "D ≤ 1/2: no model gets lower"
    yield at_least(text, held, 0, where={D: (0, HALF)}, label="nash-saddle")


def certify():
    r"""Whole families of moves away from a saddle point, each without exception.

    A player who moves farther away loses more. For $q = p$ and one value of $D$, balls prove it up to
    $\tfrac1{1000}$ from $D = \tfrac12$. For data and model $\mathcal{N}(0, 1)$ and
    $D = \sigma(w x)$ the loss is $2\,\mathbb{E}[\log \cosh \tfrac12 w x]$, whose part on
    $\lvert x \rvert \le 8$ grows on $[\tfrac1{100}, 5]$, as the rest does.

    Let the data be the point 0, and $D(x) = \sigma(-x^2)$, which is $\tfrac12$ there and lower
    elsewhere. The value grows as the model moves from 0: a point mass at $w$, and $\mathcal{N}(0, w^2)$,
    of which the part on $\lvert x \rvert \le 8 w$ is computed.
    """
    one = sp.log(4 * D * (1 - D))
    yield increasing("q = p: D up to 1/2", one, where={D: (HALF / 500, HALF - HALF / 500)})
    yield increasing("q = p: D down to 1/2", -one, where={D: (HALF + HALF / 500, 1 - HALF / 500)})
    weight, moves = sp.exp(-(z**2) / 2), {w: (HALF / 50, 5)}
    lost = sp.Integral(weight * sp.log(sp.cosh(w * z / 2)), (z, 0, 8))
    yield increasing("q = p = N(0, 1): what σ(wx) loses", lost, where=moves)
    at_w = -sp.log(1 + sp.exp(-(w**2)))
    yield increasing("data 0: a point mass", at_w, where=moves)
    yield equal("data 0: a point mass near 0", sp.Limit(at_w, w, 0, "+"), -LOG_2)
    gained = -sp.Integral(weight * sp.log(1 + sp.exp(-((w * z) ** 2))), (z, 0, 8))
    yield increasing("data 0: a normal model", gained, where=moves)


def check():
    r"""A saddle point whose $D$ falls towards 0, and a solver.

    The data are $U[0, 1]$. The logit of $D$ is 0 up to $x = 1$, falls as $1 - x$ up to $x = 9$, and
    is $-8$ beyond. For $q = p$ the value is $-\log 4$. Two models that lie to the right have closed
    forms, and they and four others have a higher value: the generator does not gain by any of these
    moves. What a discriminator loses by its moves is certified above.
    """
    data = Uniform(0, 1)
    falling = optimal_discriminator(Laplace(1, 2), Laplace(9, 2)) - 4
    for low in (0, 1, 2):
        found = value_function(data, Uniform(low, low + 1), falling)
        closed = -LOG_4 if low == 0 else -LOG_2 + tail(low) - tail(low - 1)
        yield equal(f"data U[0, 1], model U[{low}, {low + 1}]", found, closed)
    for name, model in MODELS.items():
        found = value_function(data, model, falling)
        yield at_least(f"data U[0, 1], model {name}", found, -LOG_4, tolerance=0)
    # The solver knows no theory. It maximises the least value over the point masses, which is the
    # least over all models, since V is affine in q. There are no data at the fourth point.
    data = Discrete(("1/2", "3/10", "1/5", 0))
    found = solved(data)
    distance = abs(least_value(data, found) + LOG_4)
    yield at_most("data (1/2, 3/10, 1/5, 0): max min + log 4", distance, sp.Rational(1, 10**9))
    spare = pointwise(expit)(found[-1])
    yield at_most("its D where there are no data", spare, HALF + sp.Rational(1, 10**6))


def search(seed):
    r"""Data on two of four points, and a $D$ that is $1/2$ there.

    Off the data the logits are drawn, first none positive, then one of them. In the first case the
    least value of any model must be $-\log 4$; in the second it must be $-\log 2 + \log(1 - D)$ of
    the raised point, and below $-\log 4$. One example of either kind that fails would refute the
    theorem.
    """
    hunt = partial(survives, seed=seed, examples=100)
    rows = strategies.markov_kernels(2, 4)
    yield hunt("D ≤ 1/2 off the data", lambda example: held(*kept_down(example)), rows)
    yield hunt("D > 1/2 at one point off the data", raised, rows)


def refute():
    r"""Four sentences that are half true.

    "At the optimum $D = 1/2$ everywhere": a lower $D$ off the data gives a saddle point as well, so
    a discriminator with $D < 1/2$ there has not failed. "Off the data any $D$ will do", because no
    data are there to be judged: but the generator can go there; with the data 0 and $D =
    \sigma(x (1 - x))$ it gains by every step up to $\tfrac12$. And a discriminator that is optimal for
    some model need not be safe against the others.
    """
    data = Discrete(("1/2", "1/2", 0))
    lower = least_value(data, np.array([0.0, 0.0, -math.log(4)]))  # D = 0.2 off the data
    yield at_most("D = 0.2 off the data fails", lower, -LOG_4 - sp.Rational(1, 1000))
    higher = least_value(data, np.array([0.0, 0.0, math.log(1.5)]))  # D = 0.6 off the data
    yield at_least(
        "D = 0.6 off the data is safe", higher, -LOG_4, label="saddle-needs-both-players"
    )
    leaves = -sp.log(1 + sp.exp(w * (1 - w)))
    yield increasing("D = σ(x(1 - x)) keeps models at 0", leaves, where={w: (HALF / 50, 5)})
    pairs = strategies.discrete_pairs(equal=False)
    yield survives("every D* is safe", lambda pair: held_by_optimal(*pair), pairs)


# --- how the numbers are made ---------------------------------------------------------------------

MODELS = {
    "N(0, 1)": Normal(0, 1),
    "N(3, 2²)": Normal(3, 2),
    "Laplace(1/2, 1/8)": Laplace("1/2", "1/8"),
    "of two modes": Mixture((Normal(-2, 0.5), Normal(2, 0.5)), (0.5, 0.5)),
    "U[1, 2]": Uniform(1, 2),
    "U[2, 3]": Uniform(2, 3),
}


def tail(end):
    r"""$\int_0^b \log(1 - \sigma(-w)) \,\mathrm{d}w = -\pi^2/12 - \mathrm{Li}_2(-e^{-b})$."""
    return -(sp.pi**2) / 12 - sp.polylog(2, -sp.exp(-sp.Integer(end)))


def solved(data):
    r"""Logits that maximise the least of $V(D, \delta_0), V(D, \delta_1), \dots$, by SLSQP.

    The last variable $v$ is a lower bound of $\log(1 - D)$ at all points, and
    $\mathbb{E}_p[\log D] + v$ is maximised.
    """
    weights = data.weights
    start = np.append(np.linspace(-1.0, 1.0, len(weights)), -3.0)
    found = minimize(
        lambda point: -weights @ log_expit(point[:-1]) - point[-1],
        start,
        method="SLSQP",
        constraints={"type": "ineq", "fun": lambda point: log_expit(-point[:-1]) - point[-1]},
        options={"ftol": 1e-15, "maxiter": 500},
    )
    return found.x[:-1]


def least_value(data, logits):
    r"""$\min_k V(D, \delta_k)$ over the points $k$."""
    alone = [Discrete(row) for row in np.eye(len(logits))]
    return min(
        (value_function(data, q, lambda at: logits[at.astype(int)]) for q in alone), key=float
    )


def held(data, logits):
    r"""$\min_q V(D, q) = -\log 4$."""
    return equal("the least V", least_value(data, logits), -LOG_4)


def kept_down(rows):
    r"""Data on the first two points, $D = 1/2$ there and $\sigma(-\lvert a \rvert)$ on the others."""
    shares = rows[0][:2] + 0.01
    logits = np.where(np.arange(4) < 2, 0.0, -np.abs(60 * (rows[1] - 0.25)))
    return Discrete(np.append(shares / shares.sum(), (0.0, 0.0))), logits


def raised(rows):
    r"""The last point gets a logit of 1 or more, and the point mass there the least value.

    It is $-\log 2$ from the data and $\log(1 - D)$ from the model.
    """
    data, logits = kept_down(rows)
    logits[3] = 1 - logits[3]
    found = least_value(data, logits)
    yield equal("the least V", found, at_the_raised_point(logits[3]))
    yield at_most("below -log 4", found, -LOG_4, tolerance=0)


@summed
def at_the_raised_point(logit):
    r"""$-\log 2 + \log(1 - \sigma(a))$."""
    return [-math.log(2), log_expit(-logit)]


def held_by_optimal(data, model):
    r"""$\min_q V(D^*, q) \ge -\log 4$, with $D^* = 1/2$ where neither has mass."""
    logits = np.clip(optimal_discriminator(data, model)(np.arange(len(data.weights))), -700, 700)
    return at_least("the least V", least_value(Discrete(data.weights), logits), -LOG_4)
