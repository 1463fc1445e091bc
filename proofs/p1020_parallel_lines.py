r"""Two parallel lines: $W_1$ is their distance, while $\mathrm{JSD}$ does not see it.

Statement
---------
The data are $(0, y)$ and the model is $(\theta, y)$, two points of the plane with $y$ uniform on
$[0, 1]$; $\theta$ is the only parameter. Then

$$W_1 = \lvert \theta \rvert, \quad \mathrm{JSD} = \begin{cases} \log 2 & \theta \ne 0 \\ 0 & \theta = 0
\end{cases}, \quad \mathrm{TV} = \begin{cases} 1 & \theta \ne 0 \\ 0 & \theta = 0 \end{cases},$$

and $\mathrm{KL}$ is infinite both ways for $\theta \ne 0$. So the model tends to the data in $W_1$ as
$\theta \to 0$, but in none of the others, and only $W_1$ has a slope that says where to go:
$\mathrm{sign}(\theta)$. The critic $D(x, y) = -\mathrm{sign}(\theta)\, x$ is a best one. All this
is true for any distribution of $y$ that both lines share. Lines of a width $w > 0$ have instead

$$\mathrm{JSD} = \min\Bigl(\frac{\lvert \theta \rvert}{w}, 1\Bigr) \log 2, \quad
\mathrm{TV} = \min\Bigl(\frac{\lvert \theta \rvert}{w}, 1\Bigr), \quad W_1 = \lvert \theta \rvert.$$

Assumes   Neither line has a density in the plane: $p$ and $q$ are densities with respect to the
          length on both lines, so that $p = 1$ on the first, $q = 1$ on the second.
Source    [@arjovsky2017wasserstein, Example 1].
"""

from fractions import Fraction

import numpy as np
import sympy as sp
from scipy.optimize import linear_sum_assignment

from gantheory import certified
from gantheory.densities import Discrete, Product, Uniform
from gantheory.divergences import js_divergence, kl_divergence, total_variation, wasserstein_1
from gantheory.evidence import summed
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, always, at_least, converges, equal

theorem = Theorem(
    label="parallel-lines",
    title=r"Parallel lines: $W_1 = \lvert \theta \rvert$, $\mathrm{JSD} = \log 2$",
    uses=("disjoint-supports", "wgan-kantorovich-rubinstein"),
    covers=("parallel-lines",),
)

p, q, w = sp.symbols("p q w", positive=True)  # densities at one point, a common factor or a width
t, s, h = sp.symbols("t s h", real=True)  # θ, its sign, and what |θ| is
x, y, u, v, r = sp.symbols("x y u v r", real=True)  # two points (x, u) and (y, v), their distance
LOG_2 = sp.log(2)
TWICE_JS = p * sp.log(2 * p / (p + q)) + q * sp.log(2 * q / (p + q))  # the integrand of 2 JSD
SIZE = sp.And(h >= 0, sp.Eq(h**2, t**2))  # h = |θ|
APART = sp.And(r >= 0, sp.Eq(r**2, (x - y) ** 2 + (u - v) ** 2))  # r is the distance
SIGN = sp.And(sp.Eq(s**2, 1), s * t >= 0)  # s is the sign of θ


def derive():
    r"""The cost of a pairing, the gain of a critic, and divergences that see no distance.

    Every pair has one end on each line, so its distance is at least $\lvert \theta \rvert$, with
    equality iff both ends have one height. Moving each point straight across costs exactly
    $\lvert \theta \rvert$. No pairing is cheaper, and the critic $-\mathrm{sign}(\theta)\, x$ gains as
    much: it is 1-Lipschitz, 0 on the data and $-\lvert \theta \rvert$ on the model.

    $\mathrm{JSD}$, $\mathrm{TV}$ and $\mathrm{KL}$ are integrals of functions of $p$ and $q$ that are
    homogeneous of degree 1. So a factor that both densities have comes out, here that of $y$, and what
    is left is the divergence of two different points, as for any disjoint supports: the same for each
    $\theta \ne 0$. The optimal discriminator is 1 on one line and 0 on the other, without a slope.

    Lines of width $w$, with $0 < \theta < w$: the densities are $\tfrac{1}{w}$, and equal where the
    lines overlap. On the rest, two strips of width $\theta$, the integrand of $2\,\mathrm{JSD}$ is
    $\tfrac{1}{w} \log 2$. This tends to 0 with $\theta$, for each $w$; but for each $\theta$ it is
    $\log 2$ as soon as $w < \theta$. The two limits do not commute.
    """
    across = sp.And(SIZE, APART, sp.Eq(x, 0), sp.Eq(y, t))
    yield always("a pair: at least |θ|", across, r >= h, label="parallel-lines")
    yield always("equality for equal heights alone", sp.And(across, r <= h), sp.Eq(u, v))
    yield always("the critic is 1-Lipschitz", sp.And(APART, SIGN), -s * (x - y) <= r)
    yield always("it gains |θ|", sp.And(SIGN, SIZE), sp.Eq(-s * 0 - (-s * t), h))
    yield equal("W_1 rises to the right", sp.Derivative(sp.Abs(t), t), 1, where={t: (0, sp.oo)})
    yield equal("W_1 falls to the left", sp.Derivative(sp.Abs(t), t), -1, where={t: (-sp.oo, 0)})

    both = {p: w * p, q: w * q}
    variation, relative = sp.Abs(p - q) / 2, p * (sp.log(p) - sp.log(q))
    for name, integrand in (("2 JSD", TWICE_JS), ("TV", variation), ("KL", relative)):
        yield equal(f"{name}: a common factor", integrand.subs(both), w * integrand)

    strip = TWICE_JS.subs(p, 1 / w)
    yield equal("2 JSD on a strip", sp.Limit(strip, q, 0, "+"), LOG_2 / w)
    strips = sp.Integral(LOG_2 / w, (x, 0, t)) + sp.Integral(LOG_2 / w, (x, w, w + t))
    yield equal("2 JSD of wide lines", strips, 2 * t / w * LOG_2)
    yield equal("they meet in JSD", sp.Limit(t / w * LOG_2, t, 0, "+"), 0)


def certify():
    r"""Lines of points, and wide lines, as balls.

    Four points on each line stand for $y$; the distance is one millionth, 1, and one million. Then
    lines of width 1 and $\tfrac18$: $\mathrm{JSD}$ and $\mathrm{TV}$ of densities of the plane.
    """
    for shift in DISTANCES:
        yield equal(f"JSD at θ = {shift}", certified.js_divergence(*dotted(shift)), LOG_2)
        yield equal(f"TV at θ = {shift}", certified.total_variation(*dotted(shift)), 1)
    for shift, width in WIDE:
        share, pair = min(abs(shift) / width, 1), wide(shift, width)
        twice = certified.integral(TWICE_JS, *pair, bound=(1, 1))
        yield equal(f"2 JSD, width {width}, θ = {shift}", twice, 2 * share * LOG_2)
        yield equal(f"TV, width {width}, θ = {shift}", certified.total_variation(*pair), share)


def check():
    r"""The same by sums and by quadrature in the plane, and $W_1$ by an algorithm for pairings.

    The algorithm pairs 40 points of one line with 40 of the other, whose heights come in another order,
    so that the sum of all distances is least. It finds $40 \lvert \theta \rvert$. For $\theta = 2^{-k}$
    the distance $W_1$ tends to 0, while $\mathrm{JSD}$ stays at $\log 2$; at $\theta = 0$ it is 0, and
    the claim is $1 + \mathrm{JSD} = 1$.
    """
    for shift in DISTANCES:
        data, model = dotted(shift)
        yield equal(f"JSD at θ = {shift}", js_divergence(data, model), LOG_2)
        yield equal(f"TV at θ = {shift}", total_variation(data, model), 1)
        yield equal(f"KL(p‖q) at θ = {shift}", kl_divergence(data, model), sp.oo)
        yield equal(f"KL(q‖p) at θ = {shift}", kl_divergence(model, data), sp.oo)
        yield equal(f"W_1 of first coordinates at θ = {shift}", crossing(shift), abs(shift))
    yield equal("1 + JSD at θ = 0", 1 + js_divergence(dotted(1)[0], dotted(1)[0]), 1)
    for shift, width in WIDE:
        share, pair = min(abs(shift) / width, 1), wide(shift, width)
        yield equal(f"JSD, width {width}, θ = {shift}", js_divergence(*pair), share * LOG_2)
        yield equal(f"KL, width {width}, θ = {shift}", kl_divergence(*pair), sp.oo)
    for shift in (-3, Fraction(1, 8), 50):
        yield equal(f"the cheapest pairs at θ = {shift}", pairs_cost(shift, 40), 40 * abs(shift))
    yield converges("W_1 tends to 0", [crossing(Fraction(1, 2**k)) for k in range(0, 33, 2)], 0)


def search(seed):
    r"""100 random pairs on a line, each with a random distribution of heights that both share.

    $\mathrm{JSD}$ of the points in the plane is compared with a ball for those on the line. A
    distribution of heights that changes it would refute the reduction.
    """
    shares = strategies.simplices(9)
    yield survives("heights do not count", heights_cancel, shares, seed=seed, examples=100)


def refute():
    r"""Six mistakes about the two lines.

    Lines that are close look alike, but $\mathrm{JSD}$ does not tend to 0 with $\theta$; and it does not
    grow with the distance. For two normal densities of width 1 at the distance 1, $\mathrm{KL}$ is
    $\tfrac12$, but for lines it is infinite. The critic $\mathrm{sign}(\theta)\, x$ is high on the
    model: its sign is wrong. A pairing that ignores the heights costs more than
    $\lvert \theta \rvert$. And a divergence of lines that are wide enough to overlap does see the
    distance.
    """
    yield equal("JSD vanishes for close lines", js_divergence(*dotted(DISTANCES[0])), 0)
    near, far = (certified.js_divergence(*dotted(shift)) for shift in (1, 2))
    yield at_least("JSD grows with the distance, by 1e-6", far, near + sp.Rational(1, 10**6))
    yield equal("KL at θ = 1 as for normal densities", kl_divergence(*dotted(1)), sp.Rational(1, 2))
    yield always("the critic sign(θ) x", sp.And(SIGN, SIZE), sp.Eq(s * 0 - s * t, h))
    across = sp.And(SIZE, APART, sp.Eq(x, 0), sp.Eq(y, t))
    yield always("heights may be paired at random", across, r <= h)
    yield equal("wide lines, θ = 1/4", js_divergence(*wide(Fraction(1, 4), 1)), LOG_2)


def figure():
    r"""Two lines and their pairs; and what each distance says as the model moves.

    At $\theta = 0$ all three are 0, which is the dot; there $\mathrm{TV}$ and $\mathrm{JSD}$ jump, and
    the circles are left out.
    """
    from matplotlib import pyplot as plt

    fig, (left, right) = plt.subplots(1, 2, figsize=(8.0, 3.4))
    lines_and_distances(left, right)
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

DISTANCES = (Fraction(1, 10**6), 1, -(10**6))
WIDE = ((Fraction(1, 4), 1), (Fraction(-3, 4), 1), (Fraction(1, 4), Fraction(1, 8)))


def dotted(shift):
    """Four points of weight 1/4 on each of the lines x = 0 and x = shift."""
    places = [(at, height) for at in (0, float(shift)) for height in range(4)]
    data = [Fraction(1, 4)] * 4 + [0] * 4
    return Discrete(data, points=places), Discrete(data[::-1], points=places)


def wide(shift, width):
    """U[0, width] and U[shift, shift + width], times U[0, 1]."""
    first, second = Uniform(0, width), Uniform(shift, shift + width)
    return Product(first, Uniform(0, 1)), Product(second, Uniform(0, 1))


def crossing(shift):
    """W_1 of the points 0 and shift of the line."""
    places = (0, float(shift))
    return wasserstein_1(Discrete((1, 0), points=places), Discrete((0, 1), points=places))


@summed
def pairs_cost(shift, count):
    """The distances of the cheapest pairs of (0, k) and (shift, 7 k mod count), k < count."""
    heights = np.arange(count)
    apart = np.hypot(float(shift), heights[:, None] - (7 * heights % count)[None, :])
    return apart[linear_sum_assignment(apart)]


def heights_cancel(shares):
    """JSD on nine points of the plane and on three of the line, by whole numbers of samples."""
    counts = 1 + np.round(1000 * np.asarray(shares)).astype(int)
    data, model, heights = (
        [Fraction(int(k), int(part.sum())) for k in part] for part in np.split(counts, 3)
    )
    plane = [Discrete([a * b for a in part for b in heights]) for part in (data, model)]
    line = [Discrete(part) for part in (data, model)]
    # 1 is added, since both may be 0
    yield equal("JSD", 1 + js_divergence(*plane), 1 + certified.js_divergence(*line))


def lines_and_distances(left, right):
    """Draw the lines with some pairs on the left, and W_1, TV and JSD over θ on the right."""
    for height in np.linspace(0.1, 0.9, 5):
        left.annotate(
            "", (0.06, height), (1.14, height), arrowprops={"arrowstyle": "->", "color": "C1"}
        )
    left.plot([0, 0], [0, 1], color="C0", linewidth=3)
    left.plot([1.2, 1.2], [0, 1], color="C2", linewidth=3)
    left.annotate("data", (0, 1.05), color="C0", ha="center")
    left.annotate("model", (1.2, 1.05), color="C2", ha="center")
    left.set(
        xlim=(-0.5, 1.7), ylim=(-0.08, 1.18), yticks=(0, 1), title="Each point goes straight across"
    )
    left.set(xlabel="first coordinate $x$", ylabel="second coordinate $y$")
    left.set_xticks((0, 1.2), ("0", r"$\theta$"))
    for level, colour in ((1, "C4"), (np.log(2), "C3")):
        for side in (-2, 2):
            right.plot(
                [side / 40, side],
                [level, level],
                color=colour,
                linestyle="--" if level == 1 else "-",
            )
        right.plot([0], [level], "o", color=colour, markerfacecolor="none")
    right.plot([-2, 0, 2], [2, 0, 2], color="C1")
    right.plot([0], [0], "o", color="C4")
    right.annotate(r"$W_1=|\theta|$", (1.5, 1.75), color="C1", ha="right")
    right.annotate("TV", (2, 1.05), ha="right")
    right.annotate("JSD", (2, 0.74), color="C3", ha="right")
    right.set(title=r"Only $W_1$ leads to $\theta=0$", xlabel=r"shift $\theta$ of the model")
    right.set(
        ylabel="distance or divergence", xticks=(-2, 0, 2), yticks=(0, 1, 2), ylim=(-0.1, 2.1)
    )
    right.set_yticks((0, np.log(2), 1, 2), ("0", "log 2", "1", "2"))
