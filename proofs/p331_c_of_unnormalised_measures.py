r"""The constant of the criterion is $\log 2$ times the mass of data and model together.

Statement
---------
Let $p$ and $q$ be densities of measures with finite masses $M_p$ and $M_q$, let
$m = \frac{p + q}{2}$, and write $\mathrm{KL}(p \,\|\, m)$ for $\int p \log\frac{p}{m}\,\mathrm{d}x$
as if they were probabilities. Then the largest value of
$\int p \log D + q \log(1 - D)\,\mathrm{d}x$ over all $D$ is

$$C = \mathrm{KL}(p \,\|\, m) + \mathrm{KL}(q \,\|\, m) - (M_p + M_q) \log 2.$$

The sum of the two divergences is still at least $0$. Each of them alone may be negative, and is
bounded by

$$\mathrm{KL}(p \,\|\, m) \ge \frac{M_p - M_q}{2}, \quad
  \mathrm{KL}(q \,\|\, m) \ge \frac{M_q - M_p}{2}.$$

Assumes   $p$ and $q$ are non-negative and integrable; $\log$ is natural, $0 \log 0 = 0$.
Source    [@goodfellow2014, Theorem 1], whose proof uses the masses for $\log 4$ alone.
"""

import sympy as sp

from gantheory.theorems import Theorem, at_least, equal

theorem = Theorem(
    label="c-of-unnormalised-measures",
    title=r"$C = \mathrm{KL}(p \,\|\, m) + \mathrm{KL}(q \,\|\, m) - (M_p + M_q) \log 2$ for all masses",
    uses=("c-equals-2jsd-minus-log4",),
    covers=("c-of-unnormalised-measures",),
)

# p, q: the densities of data and model at one point; M_p, M_q: the masses of the two measures
p, q, M_p, M_q = sp.symbols("p q M_p M_q", positive=True)
x, L = sp.symbols("x L", positive=True)  # a point of the line, the width of a uniform density
m = (p + q) / 2
VALUE = p * sp.log(p / (p + q)) + q * sp.log(q / (p + q))  # what a point adds at the optimal D
TO_P, TO_Q = p * sp.log(p / m), q * sp.log(q / m)  # what it adds to the two divergences
LOG_2, LOG_4 = sp.log(2), sp.log(4)


def derive():
    r"""The proof of $C = 2\,\mathrm{JSD} - \log 4$, stopped one line before its end.

    Measures of other masses do occur. If a batch holds a share $\pi$ of real samples and one mean
    is taken over the whole batch, then the discriminator sees $\pi p$ and $(1 - \pi) q$.

    Nothing in the choice of $D$ at a point depends on the masses, so $D^* = \frac{p}{p + q}$ as
    before, and at every point $\log\frac{p}{p + q} = \log\frac{p}{m} - \log 2$. Multiplied by $p$,
    added to the same line for $q$ and integrated, this gives the theorem, because
    $\int (p + q)\,\mathrm{d}x = M_p + M_q$. Here it is for any weights on three points, and for two
    uniform measures of different widths, where part of the model's mass lies outside the data.

    The bounds come from $\log u \ge 1 - \frac{1}{u}$ with $u = \frac{p}{m}$: at every point
    $p \log\frac{p}{m}$ is at least $p - m = \frac{p - q}{2}$. For $q$ it is the negative of that,
    and the sum is at least $0$.
    """
    data, model = sp.symbols("p_1:4", positive=True), sp.symbols("q_1:4", positive=True)
    points = [{p: a, q: b} for a, b in zip(data, model, strict=True)]
    yield equal(
        "any measures on three points",
        sum(VALUE.subs(point) for point in points),
        sum((TO_P + TO_Q).subs(point) for point in points) - (sum(data) + sum(model)) * LOG_2,
        label="c-of-unnormalised-measures",
    )
    heights = {p: M_p, q: M_q / L}
    yield equal(
        "M_p U[0, 1] and M_q U[0, L], L > 1",
        sp.Integral(VALUE.subs(heights), (x, 0, 1)),
        sp.Integral((TO_P + TO_Q).subs(heights), (x, 0, 1))
        + sp.Integral(heights[q] * LOG_2, (x, 1, L))
        - (M_p + M_q) * LOG_2,
        where={L: (1, sp.oo)},
    )
    yield at_least("KL(p‖m), at every point", TO_P, (p - q) / 2)
    yield at_least("KL(q‖m), at every point", TO_Q, (q - p) / 2)
    yield at_least("their sum, at every point", TO_P + TO_Q, 0)


def refute():
    r"""Which constant, and which sign, to expect.

    The $\log 4$ of the paper is two masses of one; it is tempting to keep it as a universal
    constant. Nor is the constant $\log 4$ times the mass of the data, as if the model had the same.
    And what is called a divergence may be negative here: for $M_p \delta_0$ and $M_q \delta_0$, two
    point masses at one place, $\mathrm{KL}(p \,\|\, m)$ is $M_p \log\frac{2 M_p}{M_p + M_q}$.
    """
    masses = {p: M_p, q: M_q}
    total = (TO_P + TO_Q).subs(masses)
    yield equal("log 4 for any masses", VALUE.subs(masses), total - LOG_4)
    yield equal("the data's mass counted twice", VALUE.subs(masses), total - M_p * LOG_4)
    yield at_least("each divergence is at least 0", TO_P.subs(masses), 0)
