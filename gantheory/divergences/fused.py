"""∫ k(p, q) for many pairs of mixtures of standard families, as machine code: one rule for all of them.

A family says which standard density it scales (`kind`), a functional which integrand it is (`form`);
panels, nodes, error rule and the masses that guard them are written once, here. Gauss-Kronrod panels
(15, 31) (Piessens et al., 1983) begin and end at kinks, are as wide as the narrowest component there
asks for, and are halved where the rules differ. Where p and q nearly agree, a = log p - log q is formed
from the differences of their components' parameters. What does not settle is left to others.

All of it lies in this file, because compiled code is kept on disk until its own file changes.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gantheory.arrays import EPS, LOG_2
from gantheory.densities.standard import EXPONENTIAL, LAPLACE, NORMAL, RAMP, STUDENT, UNIFORM
from gantheory.machine_code import compiled
from gantheory.quadrature import WIDE

# integrands: what p and q have in common, then divergences of their log ratio
OVERLAP, AFFINITY, COMMON, JSD, HELLINGER, TV, KL, REVERSE_KL, JEFFREYS, POWER = range(10)

N = len(WIDE[0]) + 1  # a node of weight 0 makes it a multiple of the width of vector registers
NODES, KRONROD, GAUSS = (np.append(column, 0.0) for column in WIDE)
UP = 0.5 * (1 + NODES)
EVEN = KRONROD - GAUSS
ODD = EVEN * NODES * (np.linalg.norm(EVEN) / np.linalg.norm(EVEN * NODES))
PANELS = 1600  # of a pair
OUTWARDS, ROUNDS, HALVINGS = (
    60,
    40,
    40,
)  # panels beyond the layout on each side; of all; of a bracket
INNER, WIDTH, OUTER_WIDTH = 4.5, 4.0, 6.0  # a normal's panels: so wide up to INNER, and beyond
EMPTY = -1e5  # stands for the logarithm of a density that is 0
LN_2_HIGH, LN_2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
ROUND = 6755399441055744.0  # 1.5 · 2^52: what is added to it is rounded to an integer

kernel = compiled(fastmath=frozenset({"contract", "nsz"}))
reduction = compiled(fastmath=frozenset({"contract", "nsz", "reassoc", "nnan"}))


# --- elementary functions, written so that loops over nodes become vector instructions -------------


@kernel
def exp(x: float) -> float:
    """e^x to 2 EPS, at least e^-700 and at most e^700."""
    x = min(max(x, -700.0), 700.0)
    shifted = x * (1 / LOG_2) + ROUND
    k = shifted - ROUND
    r = (x - k * LN_2_HIGH) - k * LN_2_LOW
    p = 1.6059043836821613e-10
    for c in (
        2.08767569878681e-09,
        2.505210838544172e-08,
        2.755731922398589e-07,
        2.7557319223985893e-06,
        2.48015873015873e-05,
        1.984126984126984e-04,
        1.3888888888888889e-03,
        8.333333333333333e-03,
        4.1666666666666664e-02,
        0.16666666666666666,
        0.5,
        1.0,
        1.0,
    ):
        p = p * r + c
    power = np.int64((np.float64(shifted).view(np.int64) + np.int64(1023)) << np.int64(52))
    return p * power.view(np.float64)


@kernel
def log1p(x: float) -> float:
    """log(1 + x) for -1/2 <= x <= 1, to 3 EPS."""
    s = x / (2.0 + x)
    t = s * s
    p = 1.0 / 33
    for c in (31.0, 29.0, 27.0, 25.0, 23.0, 21.0, 19.0, 17.0, 15.0, 13.0, 11.0, 9.0, 7.0, 5.0, 3.0):
        p = p * t + 1.0 / c
    return 2.0 * s * (1.0 + t * p)


@kernel
def log(x: float) -> float:
    """log(x) of a positive, normal x: 2^k (1 + y) with 1 + y between 1/√2 and √2."""
    bits = np.float64(x).view(np.int64)
    k = (bits - np.int64(0x3FE6A09E667F3BCD)) >> np.int64(52)
    y = np.int64(bits - (k << np.int64(52))).view(np.float64) - 1.0
    return np.float64(k) * LN_2_HIGH + (log1p(y) + np.float64(k) * LN_2_LOW)


@kernel
def tail(x: float) -> float:
    """e^x - 1 - x for |x| <= 1/2, all its digits."""
    p = 4.779477332387385e-14
    for c in (
        7.647163731819816e-13,
        1.1470745597729725e-11,
        1.6059043836821613e-10,
        2.08767569878681e-09,
        2.505210838544172e-08,
        2.755731922398589e-07,
        2.7557319223985893e-06,
        2.48015873015873e-05,
        1.984126984126984e-04,
        1.3888888888888889e-03,
        8.333333333333333e-03,
        4.1666666666666664e-02,
        0.16666666666666666,
        0.5,
    ):
        p = p * x + c
    return x * x * p


@kernel
def less(size: float, e: float) -> float:
    """1 - e^-size for size >= 0, where e = e^-size."""
    x = -min(size, 0.5)
    return -(x + tail(x)) if size < 0.5 else 1.0 - e


# --- one component at the nodes z = start + step UP --------------------------------------------------


@kernel
def log_density(kind: int, shape: float, level: float, z: float) -> float:
    """log of weight f(z) / scale inside the support, whose constants are in `level`."""
    if kind == NORMAL:
        return level - 0.5 * z * z
    if kind == LAPLACE:
        return level - abs(z)
    if kind == EXPONENTIAL:
        return level - z
    if kind == UNIFORM:
        return level
    if kind == RAMP:
        return level + log(max(z, 1e-300))
    return level - 0.5 * (shape + 1.0) * log(1.0 + z * z / shape)


@kernel
def fill(
    kind: int, shape: float, level: float, start: float, step: float, work: Any, line: int
) -> None:
    """`log_density` at the nodes: a loop for each kind, so that each becomes vector instructions."""
    if kind == NORMAL:
        for j in range(N):
            work[line, j] = log_density(NORMAL, shape, level, start + step * UP[j])
    elif kind == LAPLACE:
        for j in range(N):
            work[line, j] = log_density(LAPLACE, shape, level, start + step * UP[j])
    elif kind == EXPONENTIAL:
        for j in range(N):
            work[line, j] = log_density(EXPONENTIAL, shape, level, start + step * UP[j])
    elif kind == UNIFORM:
        for j in range(N):
            work[line, j] = level
    elif kind == RAMP:
        for j in range(N):
            work[line, j] = log_density(RAMP, shape, level, start + step * UP[j])
    else:
        for j in range(N):
            work[line, j] = log_density(STUDENT, shape, level, start + step * UP[j])


@compiled
def slip(
    kind: int, shape: float, level: float, doubt: float, start: float, step: float, moved: float
) -> float:
    """Bound on the error of `fill`: `doubt` is that of level, `moved` that of x / scale."""
    far = max(abs(start), abs(start + step))
    moved += 2 * EPS * far
    if kind == NORMAL:
        return doubt + far * moved + EPS * far * far
    if kind == UNIFORM:
        return doubt
    if kind == RAMP:
        near = min(start + step * UP[0], start + step * UP[N - 2])
        return doubt + moved / max(near, 1e-300) + EPS * (4 + abs(math.log(max(near, 1e-300))))
    if kind == STUDENT:
        near = min(abs(start), abs(start + step)) if start * (start + step) > 0 else 0.0
        slope = (shape + 1) * min(far / shape, 1 / max(near, math.sqrt(shape)))
        return doubt + slope * moved + 4 * EPS * (shape + 1) * (1 + math.log1p(far * far / shape))
    return doubt + moved + EPS * far


# The components of one pair are the columns of `row`, first those of p, then those of q; its lines are:
KIND, LOC, SCALE, END, SHAPE, LEVEL, DOUBT, GAP = range(8)
LOG_P, LOG_Q, RATIO, P, Q, F, SLIPS, LOGS = range(8)  # lines of what is known at the nodes
# a ramp that falls has a negative scale; uniforms and ramps end at END. LEVEL is log(weight / |scale|) and
# the constants of the density, -inf where the weight is 0, DOUBT the bound on its rounding, and GAP the
# level of p's component less that of q's without cancellation.


@compiled
def lives(row: Any, k: int, x: float) -> bool:
    """Return whether component k has mass at x, which is no end of its support."""
    if row[LEVEL, k] == -np.inf:
        return False
    if row[KIND, k] == EXPONENTIAL:
        return bool(x > row[LOC, k])
    if row[KIND, k] >= UNIFORM:
        return bool(min(row[LOC, k], row[END, k]) < x < max(row[LOC, k], row[END, k]))
    return True


@compiled
def place(row: Any, k: int, origin: float, low: float, width: float) -> Any:
    """Start and step of z = (x - loc) / scale on a panel, and the bound on the error of x / scale."""
    away, scale = origin - row[LOC, k], row[SCALE, k]
    moved = EPS * (abs(away) + abs(low) + width) / abs(scale) if away != 0 or low != 0 else 0.0
    return (low + away) / scale, width / scale, moved


@compiled
def side(row: Any, first: int, last: int, panel: Any, work: Any, line: int) -> float:
    """log Σ of the components first ... last - 1 on a panel, into a line, and the bound on its error."""
    origin, low, width = panel
    here, middle = 0, origin + low + 0.5 * width
    for k in range(first, last):
        if lives(row, k, middle):
            start, step, moved = place(row, k, origin, low, width)
            kind, shape, level = int(row[KIND, k]), row[SHAPE, k], row[LEVEL, k]
            fill(kind, shape, level, start, step, work, line if last - first == 1 else LOGS + here)
            work[SLIPS, here] = slip(kind, shape, level, row[DOUBT, k], start, step, moved)
            here += 1
    if here == 0:
        for j in range(N):
            work[line, j] = EMPTY
        return 0.0
    return float(work[SLIPS, 0]) if last - first == 1 else float(joined(here, work, line))


@reduction
def joined(count: int, work: Any, line: int) -> float:
    """log Σ e^logs into a line, and the largest relative error of the sum."""
    for j in range(N):
        work[F, j] = work[LOGS, j]
        work[P, j] = work[Q, j] = 0.0
    for k in range(LOGS + 1, LOGS + count):
        for j in range(N):
            work[F, j] = max(work[F, j], work[k, j])
    for k in range(count):
        for j in range(N):
            part = exp(work[LOGS + k, j] - work[F, j])
            work[P, j] += part
            work[Q, j] += part * work[SLIPS, k]
    worst = 0.0
    for j in range(N):
        work[line, j] = work[F, j] + log(work[P, j])
        worst = max(worst, work[Q, j] / work[P, j])
    return worst + EPS * (count + 4)


@kernel
def component_ratio(
    kind: int, shape: float, gap: float, start: Any, step: Any, bend: float, shift: float, work: Any
) -> None:
    """log of p's component over q's: z_q - z_p = bend z_p + shift, nothing of their order is subtracted."""
    for j in range(N):
        z_p, z_q = start[0] + step[0] * UP[j], start[1] + step[1] * UP[j]
        d = bend * z_p + shift
        if kind == NORMAL:
            work[RATIO, j] = gap + 0.5 * d * (z_p + z_q)
        elif kind == LAPLACE:
            work[RATIO, j] = gap + (
                (d if z_p > 0 else -d) if z_p * z_q > 0 else abs(z_q) - abs(z_p)
            )
        elif kind == EXPONENTIAL:
            work[RATIO, j] = gap + d
        elif kind == UNIFORM:
            work[RATIO, j] = gap
        else:
            x = d * (z_p + z_q) / (shape + z_p * z_p) if kind == STUDENT else d / max(z_p, 1e-300)
            near, far = log1p(min(max(x, -0.5), 0.5)), log(max(1 + x, 1e-300))
            y = near if abs(x) <= 0.5 else far
            work[RATIO, j] = gap + (0.5 * (shape + 1) * y if kind == STUDENT else -y)


@compiled
def ratio_slip(
    kind: int, shape: float, start: Any, step: Any, bend: float, shift: float, moved: Any
) -> float:
    """Bound on the error of `component_ratio`, but for that of gap; `moved` is that of x / scale."""
    ends = abs(start[0]), abs(start[0] + step[0]), abs(start[1]), abs(start[1] + step[1])
    far, near = max(ends), min(ends)
    if start[0] * (start[0] + step[0]) < 0:
        near = 0.0
    moves = abs(bend) * far + abs(shift)
    d = 4 * EPS * moves + abs(bend) * moved[0]
    if kind >= EXPONENTIAL:  # their scales are rounded themselves
        d += 2 * EPS * far
    both = moved[0] + moved[1] + 4 * EPS * far
    if kind == NORMAL:
        return far * d + 0.5 * moves * both
    if kind == STUDENT:
        return 0.5 * (shape + 1) * (2 * far * d + moves * both) / (shape + near * near)
    if kind == RAMP:
        near = min(start[0] + step[0] * UP[0], start[0] + step[0] * UP[N - 2])
        return (d + moves * moved[0] / max(near, 1e-300)) / max(near, 1e-300)
    if kind == LAPLACE and start[0] * start[1] < 0:
        return both
    return d


@reduction
def add_ratio(work: Any) -> tuple[float, float]:
    """Add q_k/q (p_k/q_k - 1); the largest max(p_k, q_k)/q, and the largest of what is added."""
    share, largest = 0.0, 0.0
    for j in range(N):
        part, far = exp(work[LOGS, j] - work[LOG_Q, j]), exp(work[RATIO, j])
        x = min(max(work[RATIO, j], -0.5), 0.5)
        moved = part * (x + tail(x) if abs(work[RATIO, j]) <= 0.5 else far - 1)
        work[F, j] += moved
        share = max(share, part * max(far, 1.0))
        largest = max(largest, abs(moved))
    return share, largest


@compiled
def close(of_p: int, row: Any, panel: Any, work: Any) -> float:
    """log p - log q = log(1 + Σ q_k/q (p_k/q_k - 1)), and the bound on its error; inf if they differ."""
    origin, low, width = panel
    middle, worst = origin + low + 0.5 * width, 0.0
    for j in range(N):
        work[F, j] = 0.0
    for k in range(of_p):
        other = k + of_p
        if lives(row, k, middle) != lives(row, other, middle):
            return math.inf
        if not lives(row, k, middle):
            continue
        kind, shape, gap = int(row[KIND, k]), row[SHAPE, k], row[GAP, k]
        z_p, step_p, moved_p = place(row, k, origin, low, width)
        z_q, step_q, moved_q = place(row, other, origin, low, width)
        s_q = row[SCALE, other]
        bend, shift = (row[SCALE, k] - s_q) / s_q, (row[LOC, k] - row[LOC, other]) / s_q
        starts, steps, level = (z_p, z_q), (step_p, step_q), row[LEVEL, other]
        component_ratio(kind, shape, gap, starts, steps, bend, shift, work)
        error = ratio_slip(kind, shape, starts, steps, bend, shift, (moved_p, moved_q))
        error += 2 * EPS * abs(gap) + (0.0 if kind < EXPONENTIAL else 4 * EPS)
        if of_p == 1:
            return error if largest_in(work, RATIO) < 0.5 else math.inf
        fill(kind, shape, level, z_q, step_q, work, LOGS)
        off = slip(kind, shape, level, row[DOUBT, other], z_q, step_q, moved_q)
        share, largest = add_ratio(work)
        if not largest < 1:
            return math.inf
        worst += share * error + 2 * largest * (off + EPS)
    return 2 * worst if logarithm(work) < 0.5 else math.inf


@reduction
def logarithm(work: Any) -> float:
    """log(1 + F) into RATIO, and the largest |F|."""
    for j in range(N):
        work[RATIO, j] = log1p(min(max(work[F, j], -0.5), 0.5))
    return largest_in(work, F)


@reduction
def largest_in(work: Any, line: int) -> float:
    """The largest absolute value of a line."""
    largest = 0.0
    for j in range(N):
        largest = max(largest, abs(work[line, j]))
    return largest


# --- integrands ---------------------------------------------------------------------------------------


@kernel
def integrand(form: int, alpha: float, work: Any) -> None:
    """k(p, q) at the nodes, and p and q; where p and q nearly agree, it is of second order in a.

    With A = |a|, e = e^-A and M = max(p, q), p - q = ±M (1 - e): nothing is subtracted.
    """
    for j in range(N):
        larger, e = exp(max(work[LOG_P, j], work[LOG_Q, j])), exp(-abs(work[RATIO, j]))
        work[P, j] = larger if work[RATIO, j] >= 0 else larger * e
        work[Q, j] = larger * e if work[RATIO, j] >= 0 else larger
        work[F, j] = e
    if form == OVERLAP:
        for j in range(N):
            size, e = abs(work[RATIO, j]), work[F, j]
            work[F, j] = max(work[P, j], work[Q, j]) * ((1 + e) * log1p(e) + e * size)
    elif form == AFFINITY:
        for j in range(N):
            work[F, j] = max(work[P, j], work[Q, j]) * exp(-0.5 * abs(work[RATIO, j]))
    elif form == COMMON:
        for j in range(N):
            work[F, j] = min(work[P, j], work[Q, j])
    elif form == JSD:
        for j in range(N):
            size, e = abs(work[RATIO, j]), work[F, j]
            bent = less(size, e) / (1 + e)
            near = bent * size + log1p(-bent * bent)
            far = 2 * (LOG_2 - log1p(e) - size * e / (1 + e))
            work[F, j] = 0.25 * max(work[P, j], work[Q, j]) * (1 + e) * (near if size < 1 else far)
    elif form == HELLINGER:
        for j in range(N):
            size = 0.5 * abs(work[RATIO, j])
            step = less(size, exp(-size))
            work[F, j] = 0.5 * max(work[P, j], work[Q, j]) * step * step
    elif form == TV:
        for j in range(N):
            size = abs(work[RATIO, j])
            work[F, j] = 0.5 * max(work[P, j], work[Q, j]) * less(size, work[F, j])
    elif form == JEFFREYS:
        for j in range(N):
            size = abs(work[RATIO, j])
            work[F, j] = max(work[P, j], work[Q, j]) * less(size, work[F, j]) * size
    elif form == POWER:
        reach, norm = 0.5 / max(1.0, abs(alpha)), alpha * (alpha - 1)
        for j in range(N):
            x = min(max(work[RATIO, j], -reach), reach)
            near = work[Q, j] * (tail(alpha * x) - alpha * tail(x))
            mixed = (
                exp(work[LOG_Q, j] + alpha * work[RATIO, j])
                if alpha > 0
                else exp(work[LOG_P, j] + (alpha - 1) * work[RATIO, j])
            )
            far = mixed - alpha * work[P, j] - (1 - alpha) * work[Q, j]
            work[F, j] = (near if abs(work[RATIO, j]) < reach else far) / norm
    else:
        sign = 1.0 if form == KL else -1.0
        for j in range(N):
            size = abs(work[RATIO, j])
            e, x = work[F, j], min(size, 0.5)
            lost = less(size, e)
            above = tail(-x) if size < 0.5 else size - lost
            below = e * tail(x) if size < 0.5 else lost - e * size
            work[F, j] = max(work[P, j], work[Q, j]) * (
                above if sign * work[RATIO, j] >= 0 else below
            )


@reduction
def sums(work: Any) -> tuple[float, float, float, float, float]:
    """Kronrod's sum of f, its differences from the Gauss rule and from an odd one, the sums of p and q."""
    value, even, odd, mass_p, mass_q = 0.0, 0.0, 0.0, 0.0, 0.0
    for j in range(N):
        value += KRONROD[j] * work[F, j]
        even += EVEN[j] * work[F, j]
        odd += ODD[j] * work[F, j]
        mass_p += KRONROD[j] * work[P, j]
        mass_q += KRONROD[j] * work[Q, j]
    return value, even, odd, mass_p, mass_q


@compiled
def evaluate(
    form: int, alpha: float, near: bool, of_p: int, row: Any, panel: Any, work: Any
) -> Any:
    """Value, error, rounding, and the masses of p and q on a panel."""
    off_p = side(row, 0, of_p, panel, work, LOG_P)
    off_q = side(row, of_p, row.shape[1], panel, work, LOG_Q)
    no_p, no_q = work[LOG_P, 0] == EMPTY, work[LOG_Q, 0] == EMPTY
    if no_p and no_q:
        return 0.0, 0.0, 0.0, 0.0, 0.0
    if (no_q and unbounded_by(form, alpha)) or (no_p and unbounded_by(mirrored(form), 1 - alpha)):
        return 0.0, math.inf, math.inf, 0.0, 0.0
    off = math.inf
    if near and form > COMMON and not (no_p or no_q):
        off = close(of_p, row, panel, work)
    direct = off < math.inf
    if not direct:
        difference(work)
    integrand(form, alpha, work)
    value, even, odd, mass_p, mass_q = sums(work)
    least, most, nearest = bounds(work)
    # the error of the smaller density counts as little as that density does
    power_p, power_q = counts(form, alpha)
    sure_p, sure_q = 0.0 if no_p else off_p, 0.0 if no_q else off_q
    off_p *= math.exp(min(most, 0.0) * power_p)
    off_q *= math.exp(min(-least, 0.0) * power_q)
    off_p, off_q = 0.0 if no_p else off_p, 0.0 if no_q else off_q
    if not direct:
        off = off_p + off_q + EPS * min(max(most, -least), 40.0)
    half, size = 0.5 * panel[2], max(abs(value), 1e-300)
    rough = math.sqrt(even * even + odd * odd)
    error = rough * min(1.0, math.sqrt(200 * rough / size)) if smooth(row, panel) else rough
    larger = (off_p if least > 0 else off_q if most < 0 else max(off_p, off_q)) + 40 * EPS
    if form <= COMMON:
        rounding = (off_p + off_q + 40 * EPS) * size
    elif form == POWER:
        rounding = 0.0
        if nearest < 0.5 / max(1.0, abs(alpha)):
            mass = mass_p + mass_q
            rounding += 2 * off * math.sqrt(size * mass) + off * off * mass + 40 * EPS * size
        if max(most, -least) > 0.5 / max(1.0, abs(alpha)):
            errors = sure_p, sure_q, off_p, off_q
            rounding += power_slip(alpha, value, mass_p, mass_q, errors, max(most, -least))
    elif form == TV:  # of first order in a
        rounding = off * (mass_p + mass_q) + larger * size
    elif nearest >= 1:
        rounding = 3 * (off / nearest + larger) * size
    else:
        mass = mass_p + mass_q
        rounding = 2 * off * math.sqrt(size * mass) + off * off * mass + 3 * (off + larger) * size
    if value > 1e290:
        error = math.inf
    return half * value, half * error, half * rounding, half * mass_p, half * mass_q


@compiled
def power_slip(
    alpha: float, value: float, mass_p: float, mass_q: float, errors: Any, largest: float
) -> float:
    """Bound on the rounding of (p^α q^(1-α) - α p - (1 - α) q) / (α (α - 1)), summed over a panel.

    `errors` are those of log p and of log q, and the same as far as they count in the product.
    """
    off_p, off_q, less_p, less_q = errors
    norm, beside = alpha * (alpha - 1), 1 - alpha
    mixed = abs(norm * value + alpha * mass_p + beside * mass_q)
    both = mass_p + mass_q + mixed
    product = min(abs(alpha) * off_p * mixed, abs(alpha) * less_p * both)
    product += min(abs(beside) * off_q * mixed, abs(beside) * less_q * both)
    product += EPS * (40 + abs(alpha) * min(largest, 700.0)) * mixed
    single = abs(alpha) * mass_p * (off_p + 8 * EPS) + abs(beside) * mass_q * (off_q + 8 * EPS)
    return (product + single) / abs(norm)


@compiled
def counts(form: int, alpha: float) -> tuple[float, float]:
    """How an integrand falls with the smaller density where that is p, and where it is q: its power."""
    if form == TV:
        return 1.0, 1.0
    if form == KL:
        return 1.0, 0.0
    if form == REVERSE_KL:
        return 0.0, 1.0
    if form == JSD or form == HELLINGER:
        return 0.5, 0.5
    if form == POWER:
        return min(max(alpha, 0.0), 1.0), min(max(1 - alpha, 0.0), 1.0)
    return 0.0, 0.0


@reduction
def bounds(work: Any) -> tuple[float, float, float]:
    """The least and largest log ratio at the nodes, and the least absolute value."""
    least, most, nearest = work[RATIO, 0], work[RATIO, 0], abs(work[RATIO, 0])
    for j in range(N):
        least, most = min(least, work[RATIO, j]), max(most, work[RATIO, j])
        nearest = min(nearest, abs(work[RATIO, j]))
    return least, most, nearest


@kernel
def difference(work: Any) -> None:
    """log p - log q into RATIO."""
    for j in range(N):
        work[RATIO, j] = work[LOG_P, j] - work[LOG_Q, j]


@compiled
def unbounded_by(form: int, alpha: float) -> bool:
    """Whether the integrand is infinite where q = 0 < p."""
    return form in (KL, JEFFREYS) or (form == POWER and alpha > 1)


@compiled
def mirrored(form: int) -> int:
    """The form with p and q exchanged; that of a power has 1 - alpha then."""
    return KL if form == REVERSE_KL else REVERSE_KL if form == KL else form


@compiled
def smooth(row: Any, panel: Any) -> bool:
    """Whether no density vanishes like a ramp at or near the panel."""
    for k in range(row.shape[1]):
        if row[KIND, k] == RAMP and row[LEVEL, k] > -np.inf:
            low = abs(row[LOC, k] - panel[0] - panel[1])
            if min(low, abs(row[LOC, k] - panel[0] - panel[1] - panel[2])) <= 4 * panel[2]:
                return False
    return True


@compiled
def logit(of_p: int, row: Any, origin: float, x: float) -> float:
    """log p - log q at origin + x."""
    both = [-np.inf, -np.inf]
    for k in range(row.shape[1]):
        if lives(row, k, origin + x):
            z = (x + (origin - row[LOC, k])) / row[SCALE, k]
            here = log_density(int(row[KIND, k]), row[SHAPE, k], row[LEVEL, k], z)
            which = 0 if k < of_p else 1
            top = max(both[which], here)
            both[which] = top + math.log(math.exp(both[which] - top) + math.exp(here - top))
    return both[0] - both[1]


@compiled
def crossing(of_p: int, row: Any, panel: Any, work: Any) -> float:
    """Where to cut the panel, from its low end, because a = 0 in it; 0 if it keeps its sign.

    That is between two nodes where a changes its sign, or at an extremum between nodes beyond 0.
    """
    origin, low, width = panel
    for j in range(-1, N - 1):
        here, there = (
            edge_ratio(of_p, row, panel, work, j),
            edge_ratio(of_p, row, panel, work, j + 1),
        )
        start, stop = width * edge_place(j), width * edge_place(j + 1)
        if here * there < 0:
            for _ in range(HALVINGS):
                middle = 0.5 * (start + stop)
                if logit(of_p, row, origin, low + middle) * here > 0:
                    start = middle
                else:
                    stop = middle
            return float(start)
        if 0 <= j < N - 2:
            before = edge_ratio(of_p, row, panel, work, j - 1)
            if (
                abs(here) < abs(before)
                and abs(here) <= abs(there)
                and abs(here) < 0.5 * max(abs(before), abs(there))
            ):
                at = extremum(of_p, row, panel, width * edge_place(j - 1), stop, here)
                if logit(of_p, row, origin, low + at) * here < 0:
                    return at
    return 0.0


@compiled
def edge_place(j: int) -> float:
    """Node j, or an end of the panel for j = -1 and N - 1, from 0 to 1."""
    return 0.0 if j < 0 else 1.0 if j > N - 2 else float(UP[j])


@compiled
def edge_ratio(of_p: int, row: Any, panel: Any, work: Any, j: int) -> float:
    """log p - log q there; at the ends within the panel."""
    if 0 <= j <= N - 2:
        return float(work[RATIO, j])
    inside = 1e-9 if j < 0 else 1 - 1e-9
    return float(logit(of_p, row, panel[0], panel[1] + inside * panel[2]))


@compiled
def extremum(of_p: int, row: Any, panel: Any, start: float, stop: float, sign: float) -> float:
    """Where sign · a is least between two places, or the first that is found where it is negative."""
    ratio = 0.3819660112501051
    x, y = start + ratio * (stop - start), stop - ratio * (stop - start)
    at_x = sign * logit(of_p, row, panel[0], panel[1] + x)
    at_y = sign * logit(of_p, row, panel[0], panel[1] + y)
    for _ in range(HALVINGS):
        if at_x < 0 or at_y < 0:
            break
        if at_x < at_y:
            stop, y, at_y = y, x, at_x
            x = start + ratio * (stop - start)
            at_x = sign * logit(of_p, row, panel[0], panel[1] + x)
        else:
            start, x, at_x = x, y, at_y
            y = stop - ratio * (stop - start)
            at_y = sign * logit(of_p, row, panel[0], panel[1] + y)
    return x if at_x < at_y else y


# --- panels -------------------------------------------------------------------------------------------


@compiled
def reach(form: int, kind: int) -> float:
    """How many scales of a component are seen, before its tail is followed where it has to be."""
    if kind == STUDENT:
        return 64.0
    which = 0 if form in (OVERLAP, COMMON) else 1 if form == AFFINITY else 2
    return (8.3, 11.2, 14.0)[which] if kind == NORMAL else (40.0, 75.0, 100.0)[which]


@compiled
def span(form: int, row: Any, k: int) -> tuple[float, float]:
    """Where component k is seen."""
    loc, kind = row[LOC, k], int(row[KIND, k])
    if kind >= UNIFORM:
        return min(loc, row[END, k]), max(loc, row[END, k])
    far = reach(form, kind) * row[SCALE, k]
    return (loc if kind == EXPONENTIAL else loc - far), loc + far


@compiled
def extent(form: int, row: Any, first: int, last: int) -> tuple[float, float, bool, bool, bool]:
    """Where one side is seen; whether it ends there on the left, on the right, and has a power tail."""
    low, high, left, right, heavy = math.inf, -math.inf, False, False, False
    for k in range(first, last):
        if row[LEVEL, k] > -math.inf:
            start, stop = span(form, row, k)
            if start <= low:
                low, left = start, row[KIND, k] >= EXPONENTIAL
            if stop >= high:
                high, right = stop, row[KIND, k] >= UNIFORM
            heavy |= row[KIND, k] == STUDENT
    return low, high, left, right, heavy


@compiled
def domain(form: int, of_p: int, row: Any) -> tuple[float, float, bool, bool]:
    """Where p and q both are seen, or one of them; and whether their tails are followed there."""
    low_p, high_p, left_p, right_p, heavy_p = extent(form, row, 0, of_p)
    low_q, high_q, left_q, right_q, heavy_q = extent(form, row, of_p, row.shape[1])
    if form <= COMMON:
        if heavy_p and heavy_q:
            return min(low_p, low_q), max(high_p, high_q), True, True
        if heavy_p:
            return low_q, high_q, False, False
        if heavy_q:
            return low_p, high_p, False, False
        return max(low_p, low_q), min(high_p, high_q), False, False
    free = heavy_p or heavy_q or form not in (JSD, HELLINGER, TV)
    left = left_p if low_p < low_q else left_q
    right = right_p if high_p > high_q else right_q
    return min(low_p, low_q), max(high_p, high_q), free and not left, free and not right


@compiled
def wanted(kind: int, shape: float, z: float) -> float:
    """Width of a panel that begins at z."""
    if kind == NORMAL:
        if z < -INNER:
            return min(OUTER_WIDTH, max(-INNER - z, 0.5))
        return WIDTH if z < INNER else OUTER_WIDTH
    least = min(3.0, 1.5 * math.sqrt(shape)) if kind == STUDENT else 2.6
    return max(least, 0.7 * -z if z < 0 else 2.5 * z)


@compiled
def lay_out(form: int, row: Any, low: float, high: float, cells: Any) -> int:
    """Panels from low to high: how many, or 0 if they are too many."""
    count, x, inf = 0, low, math.inf
    while x < high:
        stop, width = high, inf
        for k in range(row.shape[1]):
            if row[LEVEL, k] == -inf:
                continue
            kind, loc, scale = int(row[KIND, k]), row[LOC, k], abs(row[SCALE, k])
            if kind != NORMAL and kind != STUDENT:
                if x < loc < stop:
                    stop = loc
                if kind >= UNIFORM and x < row[END, k] < stop:
                    stop = row[END, k]
            start, last = span(form, row, k)
            if start <= x < last and kind < UNIFORM:
                width = min(width, scale * wanted(kind, row[SHAPE, k], (x - loc) / scale))
        for k in range(row.shape[1]):
            if row[LEVEL, k] > -inf and row[KIND, k] < UNIFORM:
                start, scale = span(form, row, k)[0], row[SCALE, k]
                if x < start < stop and 3 * WIDTH * scale < min(width, stop - x):
                    stop = start
        pieces = math.ceil((stop - x) / width - 1e-9)
        after = stop if pieces <= 1 else x + (stop - x) / pieces
        if not after > x or count == PANELS // 2:
            return 0
        origin = origin_of(form, row, x, after)
        cells[count, 0], cells[count, 1], cells[count, 2] = origin, x - origin, after - x
        count, x = count + 1, after
    return count


@compiled
def origin_of(form: int, row: Any, low: float, high: float) -> float:
    """The place of the component whose kink is at an end of the panel, or of the narrowest one there."""
    best, narrow = 0.5 * (low + high), math.inf
    for k in range(row.shape[1]):
        if row[LEVEL, k] == -math.inf:
            continue
        loc, scale = row[LOC, k], abs(row[SCALE, k])
        if row[KIND, k] != NORMAL and row[KIND, k] != STUDENT and (loc == low or loc == high):
            return loc
        start, stop = span(form, row, k)
        if start < high and stop > low and scale < narrow:
            best, narrow = loc, scale
    return best


@compiled
def evaluated(
    form: int,
    alpha: float,
    near: bool,
    of_p: int,
    row: Any,
    cells: Any,
    first: int,
    count: int,
    work: Any,
) -> int:
    """Evaluate panels from `first` on, cutting those in which the integrand has a kink."""
    c = first
    while c < count:
        for again in range(2):
            panel = cells[c, 0], cells[c, 1], cells[c, 2]
            found = evaluate(form, alpha, near, of_p, row, panel, work)
            cells[c, 3:8] = found
            if again or (form != COMMON and form != TV) or count == len(cells):
                break
            at = crossing(of_p, row, panel, work)
            if not 1e-7 * panel[2] < at < (1 - 1e-7) * panel[2]:
                break
            cells[c, 2] = at
            cells[count, 0], cells[count, 1], cells[count, 2] = (
                panel[0],
                panel[1] + at,
                panel[2] - at,
            )
            count += 1
        c += 1
    return count


@compiled
def outwards(
    form: int,
    alpha: float,
    near: bool,
    of_p: int,
    row: Any,
    cells: Any,
    count: int,
    origin: float,
    edge: float,
    side: int,
    work: Any,
) -> tuple[int, float, float]:
    """Panels beyond an end, as long as they matter: how many in all, what may be left, and the new end."""
    total, last = 0.0, math.inf
    width = 3 * max(abs(edge), cells[0, 2])
    for c in range(count):
        total += abs(cells[c, 3])
    for _ in range(OUTWARDS):
        if count + 2 > len(cells):
            break
        cells[count, 0], cells[count, 1], cells[count, 2] = (
            origin,
            min(edge, edge + side * width),
            width,
        )
        begun = count
        count = evaluated(form, alpha, near, of_p, row, cells, count, count + 1, work)
        part = 0.0
        for c in range(begun, count):
            part += abs(cells[c, 3])
        total, edge = total + part, edge + side * width
        if part <= 1e-18 * total + 1e-300 and part <= 0.5 * last:
            return count, 2 * part, edge
        last, width = part, 3 * abs(edge)
    return count, math.inf, edge


@compiled
def integral(
    form: int,
    alpha: float,
    near: bool,
    whole: float,
    share: float,
    of_p: int,
    row: Any,
    rtol: float,
    atol: float,
    most: float,
    cells: Any,
    work: Any,
    ends: Any,
) -> tuple[float, float, int]:
    """whole - share ∫ k(p, q), its error without that of what is outside, and how many panels that took.

    `ends` are filled with where the panels begin and end, as origin + offset, and the masses found there.
    """
    low, high, left, right = domain(form, of_p, row)
    ends[:] = 0.0
    if not low < high:
        ends[0] = ends[2] = row[LOC, 0]
        return whole, 0.0, 0
    count = lay_out(form, row, low, high, cells)
    if count == 0:
        return whole, math.inf, 0
    beyond = 0.0
    ends[0], ends[1] = cells[0, 0], cells[0, 1]
    ends[2], ends[3] = cells[count - 1, 0], cells[count - 1, 1] + cells[count - 1, 2]
    count = evaluated(form, alpha, near, of_p, row, cells, 0, count, work)
    for side, follow, at in ((-1, left, 0), (1, right, 2)):
        if follow:
            origin, edge = ends[at], ends[at + 1]
            count, rest, ends[at + 1] = outwards(
                form, alpha, near, of_p, row, cells, count, origin, edge, side, work
            )
            beyond += rest
    used = count
    for _ in range(ROUNDS):
        total, error, rounding = 0.0, 0.0, 0.0
        for c in range(count):
            total, error, rounding = (
                total + cells[c, 3],
                error + cells[c, 4],
                rounding + cells[c, 5],
            )
        value = whole - share * total
        allowed = max(atol, min(most * max(1.0, abs(value)), rtol * abs(value))) / abs(share)
        if not error + rounding < math.inf or error <= 0.5 * max(allowed, rounding):
            break
        before, threshold = count, 0.1 * max(allowed, rounding) / count
        for c in range(before):
            if cells[c, 4] > threshold and count + 2 < len(cells):
                half = 0.5 * cells[c, 2]
                if half <= 4 * EPS * abs(cells[c, 1]):
                    continue
                for low in (cells[c, 1], cells[c, 1] + half):
                    cells[count, 0], cells[count, 1], cells[count, 2] = cells[c, 0], low, half
                    count += 1
                cells[c, 2:] = 0.0
        if count == before:
            break
        used += count - before
        count = evaluated(form, alpha, near, of_p, row, cells, before, count, work)
    for c in range(count):
        ends[4], ends[5] = ends[4] + cells[c, 6], ends[5] + cells[c, 7]
    return value, abs(share) * (error + rounding + beyond) + 4 * EPS * abs(whole), used


@compiled
def integrals(
    form: int,
    alpha: float,
    near: bool,
    whole: float,
    share: float,
    of_p: int,
    rows: Any,
    rtol: float,
    atol: float,
    most: float,
    value: Any,
    error: Any,
    ends: Any,
) -> int:
    """whole - share ∫ k(p, q) for every row of the table, into value, error and ends; nodes used."""
    cells = np.empty((PANELS, 8))
    columns = rows.shape[2]
    work = np.empty((LOGS + columns, max(columns, N)))
    panels = 0
    for i in range(len(value)):
        value[i], error[i], used = integral(
            form, alpha, near, whole, share, of_p, rows[i], rtol, atol, most, cells, work, ends[i]
        )
        panels += used
    return panels * (N - 1)
