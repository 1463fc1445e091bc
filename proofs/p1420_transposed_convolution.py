r"""A transposed convolution is the adjoint of a convolution, and more than upsampling with one.

Statement
---------
On the line, let $C$ map $x$ with $n$ entries to $y_i = \sum_j w_j x_{i s + j - \pi}$: a kernel $w$ of
size $k$, the stride $s$, the padding $\pi$. The transposed convolution is the adjoint,

$$\sum_i (C x)_i \, y_i = \sum_i x_i \, (C^T y)_i,$$

and $C^T y$ is a convolution of stride 1: put $s - 1$ zeros between the entries of $y$, pad by
$k - 1 - \pi$, correlate with the *flipped* kernel. Its length is $(n - 1) s - 2 \pi + k$. To repeat
each entry $s$ times and then to correlate with $w$ is the transposed convolution with the kernel
$\mathrm{box}_s * \mathrm{flip}(w)$ of size $k + s - 1$: a special case, since not every kernel of that
size is such a product. Away from the ends, all outputs are reached by equally many inputs iff $s$
divides $k$; otherwise there is a checkerboard.

Assumes   Linear layers, without bias; entries outside are 0.
Source    [@odena2016] for the checkerboard; [@annotated2017], which takes both layers for equivalent.
"""

import numpy as np
import sympy as sp

from gantheory.evidence import pointwise, summed
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, equal

theorem = Theorem(
    label="transposed-convolution",
    title=r"$C^T$: zeros between, the kernel flipped; upsampling with a convolution is a special case",
    covers=("transposed-convolution", "upsampling-is-a-special-case"),
    errata=(
        "[@annotated2017] calls upsampling with a convolution equivalent to a transposed convolution: "
        "it is the special case of a kernel that has the box of the upsampling as a factor.",
    ),
)

w = sp.symbols("w_0:3", real=True)  # the kernel
x = sp.symbols("x_0:5", real=True)
y = sp.symbols("y_0:3", real=True)
z = sp.symbols("z_0:8", real=True)
t = sp.Symbol("t", real=True)  # its powers are the places in a kernel
STRIDE, PADDING = 2, 1


def derive():
    r"""Five entries, a kernel of three, stride 2, padding 1: every line for all numbers.

    $C$ is a matrix with the kernel in each row, moved by the stride; its transpose has the kernel in
    each column. The entry $C^T_{l i} = w_{l - i s + \pi}$: read along $l$ the kernel runs forwards, read
    along $i$ backwards. That is the flip, which a symmetric kernel hides. Upsampling by 2 and
    correlating is a matrix, too, and its columns hold $(w_2, w_1 + w_2, w_0 + w_1, w_0)$. As a
    polynomial in $t$ that has the factor $1 + t$, the box; most kernels of size 4 do not.
    """
    by_zeros = correlated(spread(y, STRIDE), w[::-1], 1, len(w) - 1 - PADDING)
    forward = correlated(x, w, STRIDE, PADDING)
    yield equal(
        "the adjoint", inner(forward, y), inner(x, by_zeros), label="transposed-convolution"
    )
    boxed = (w[2], w[1] + w[2], w[0] + w[1], w[0])
    repeated = correlated([one for one in y for _ in range(STRIDE)], w, 1, len(w) - 1)
    forward = correlated(z, boxed, STRIDE, 0)
    yield equal("upsampling, then w", inner(z, repeated), inner(forward, y))
    product = (1 + t) * sum(one * t**i for i, one in enumerate(w[::-1]))
    yield equal(
        "its kernel: box times flip", sum(one * t**i for i, one in enumerate(boxed)), product
    )


def check():
    r"""Random arrays and kernels that are not symmetric, of sizes, strides and paddings in use.

    The matrix of $C$ is made column by column from the sum of the definition; its transpose is compared
    with zeros, flip and correlation by numpy. Lengths, and how many inputs reach an output, are counted.
    """
    for k, s, pad in ((3, 2, 1), (5, 2, 2), (4, 3, 0), (3, 1, 1)):
        name = f"k = {k}, s = {s}, padding {pad}"
        yield equal(f"{name}: entries that agree", agreeing(k, s, pad), (6 - 1) * s - 2 * pad + k)
    for k, s in ((4, 2), (3, 3), (5, 2), (3, 2)):
        yield equal(f"k = {k}, s = {s}: reached by", reached(k, s), 1 if k % s == 0 else 2)


def search(seed):
    r"""The adjoint for drawn kernels of 1 to 5, strides of 1 to 3, paddings below $k$, and lengths.

    Where the stride leaves $r < s$ entries of $x$ over, the zeros at the end are $r$ more. Shapes for
    which the sum of the definition and zeros, flip and correlation differ would refute.
    """
    shapes = strategies.simplices(7)
    yield survives("shapes, strides, paddings", is_adjoint, shapes, seed=seed, examples=110)


def refute():
    r"""The flip forgotten, equivalence claimed, and a kernel size that makes a checkerboard.

    [@annotated2017] replaces a transposed convolution by upsampling and a convolution, "equivalent". In
    the plane with $y = ((1, 2), (3, 4))$ and a $3 \times 3$ kernel of ones the first rows are $(4, 8,
    10, 8)$ and $(1, 3, 2, 2)$; on the line already the first entries differ.
    """
    back = transposed(y, w, STRIDE, PADDING)
    by_zeros = correlated(spread(y, STRIDE), w, 1, len(w) - 1 - PADDING)
    yield equal("without the flip", back[1], by_zeros[1])
    repeated = correlated([one for one in y for _ in range(STRIDE)], w, 1, PADDING)
    yield equal(
        "upsampling is the same", back[0], repeated[0], label="upsampling-is-a-special-case"
    )
    free = sp.symbols("v_0:4", real=True)
    there = sum(one * (-1) ** i for i, one in enumerate(free))  # at t = -1, where 1 + t is 0
    yield equal("every kernel of size 4 has the box as a factor", there, 0)
    yield equal("k = 5, s = 2: no checkerboard", reached(5, 2), 1)
    yield equal("six entries and stride 2 make twelve", agreeing(3, 2, 1), 12)


def figure():
    r"""How many inputs reach each output, for a kernel of 5 and one of 4, stride 2.

    With 4 every output inside is reached twice; with 5 it is three times and twice in turn, which is
    seen as a checkerboard in images.
    """
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots(1, 2, figsize=(8.0, 3.0), sharey=True)
    for axis, (k, colour) in zip(axes, ((5, "C2"), (4, "C0")), strict=True):
        counts = overlap(k, 2)
        axis.bar(np.arange(len(counts)), counts, color=colour)
        axis.set(
            title=f"kernel of {k}, stride 2", xlabel="output position $i$", xticks=(0, 5, 10, 15)
        )
    axes[0].set(ylabel="inputs that reach it", yticks=(0, 1, 2, 3))
    return fig


# --- how the numbers are made ---------------------------------------------------------------------


def correlated(x, w, stride, padding):
    """y_i = Σ_j w_j x_(i s + j - π), for all i at which the kernel lies inside the padded x."""
    padded = [0] * padding + list(x) + [0] * padding
    starts = range(0, len(padded) - len(w) + 1, stride)
    return [sum(w[j] * padded[i + j] for j in range(len(w))) for i in starts]


def transposed(y, w, stride, padding):
    """Σ_i w_(l - i s + π) y_i: each entry paints the kernel, and the padding is cut off."""
    out = [0] * ((len(y) - 1) * stride + len(w))
    for i, one in enumerate(y):
        for j, weight in enumerate(w):
            out[i * stride + j] = out[i * stride + j] + weight * one
    return out[padding : len(out) - padding]


def inner(one, other):
    """Σ x_i y_i."""
    return sum(a * b for a, b in zip(one, other, strict=True))


def spread(y, stride):
    """The entries of y with zeros between."""
    return [y[i // stride] if i % stride == 0 else 0 for i in range((len(y) - 1) * stride + 1)]


@pointwise
def agreeing(k, s, pad):
    """How many entries of the transposed matrix times y are those of the flipped correlation."""
    rng = np.random.default_rng(k + s)
    kernel, values = rng.normal(size=k), rng.normal(size=6)
    length = (6 - 1) * s - 2 * pad + k
    matrix = np.array([correlated(row, kernel, s, pad) for row in np.eye(length)]).T
    by_zeros = np.correlate(np.pad(spread(values, s), k - 1 - pad), kernel[::-1], "valid")
    return np.array(np.sum(np.abs(matrix.T @ values - by_zeros) < 1e-12))


def overlap(k, s):
    """How many of eight inputs reach each output."""
    return np.array(transposed([1] * 8, [1] * k, s, 0))


@pointwise
def reached(k, s):
    """How many different counts there are inside, away from both ends."""
    return np.array(len(set(overlap(k, s)[k:-k])))


def is_adjoint(w):
    """The claim for drawn sizes: kernel, stride, padding, entries of y, entries left over."""
    k, s, count = (1 + int(97 * one) % most for one, most in zip(w, (5, 3, 6), strict=False))
    pad, left = int(97 * w[3]) % k, int(97 * w[4]) % s
    count = max(count, 1 + -(-(2 * pad - k + 1) // s))  # so that x has an entry
    kernel, y, x = (
        1.1 + np.cos((1 + 9 * shift) * np.arange(length))
        for shift, length in zip(
            w[4:], (k, count, (count - 1) * s - 2 * pad + k + left), strict=True
        )
    )
    return equal(
        "inner products", by_definition(x, y, kernel, s, pad), by_spreading(x, y, kernel, s, pad)
    )


@summed
def by_definition(x, y, kernel, s, pad):
    """(C x)_i y_i."""
    return np.array(correlated(x, kernel, s, pad)) * y


@summed
def by_spreading(x, y, kernel, s, pad):
    """x_i (C^T y)_i: zeros between and around, and the kernel flipped."""
    ends = len(kernel) - 1 - pad
    left = len(x) - ((len(y) - 1) * s - 2 * pad + len(kernel))
    return x * np.correlate(np.pad(spread(y, s), (ends, ends + left)), kernel[::-1], "valid")
