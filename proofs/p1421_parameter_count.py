r"""How many numbers an image generator has: a count that shows which code was run.

Statement
---------
A dense layer from $m$ to $n$ numbers has $m n + n$ parameters, a convolution or transposed convolution
of size $k \times k$ from $m$ to $n$ channels has $k^2 m n + n$, and batch normalisation of $n$ channels
$4n$, of which $2n$ are running statistics and are not trained. The networks of [@annotated2017] have

$$1\,586\,351 \text{ parameters in } G, \quad 9\,707\,266 \text{ in } D,$$

as printed there. The count of $G$ as a function of the depth $d$ of its first layer is a quadratic
polynomial, and only $d = 200$ gives that number: the shapes in the comments beside the code, which
belong to $d = 256$, are those of another network.

Assumes   Layers with biases; transposed convolutions keep or double the size $7 \times 7$.
Source    [@annotated2017] for the networks and the printed counts.
"""

import numpy as np
import sympy as sp

from gantheory.evidence import pointwise
from gantheory.nets import BatchNorm, Dense, Network
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, equal

theorem = Theorem(
    label="parameter-count-audit",
    title=r"$1\,586\,351$ parameters: the generator was run with $d = 200$",
    uses=("transposed-convolution", "batchnorm"),
    covers=("parameter-count-audit", "comments-of-another-depth"),
    errata=(
        r"[@annotated2017] comments the shapes for 256 channels, and prints the count of 200: they are "
        r"$14 \times 14 \times 100$, $28 \times 28 \times 50$ and $28 \times 28 \times 25$.",
    ),
)

d = sp.Symbol("d", positive=True)  # channels after the first layer
PRINTED_G, PRINTED_D = 1586351, 9707266


def dense(m, n):
    """m n + n."""
    return m * n + n


def conv(k, m, n):
    """k² m n + n, transposed or not."""
    return k**2 * m * n + n


def generator(d):
    """Noise of 100, d channels on 7 × 7, then halves of the channels three times, and one image."""
    convolutions = (
        conv(5, d, d / 2) + conv(3, d / 2, d / 4) + conv(3, d / 4, d / 8) + conv(3, d / 8, 1)
    )
    return dense(100, 49 * d) + convolutions + 4 * normalised(d)


def normalised(d):
    """Channels that are normalised; the first layer is, before it is an image."""
    return 49 * d + d / 2 + d / 4 + d / 8


def derive():
    r"""The sum over the layers, as a polynomial in $d$; it rises, so that one $d$ at most fits."""
    yield at_least("it rises", sp.diff(generator(d), d), 1)
    off = generator(d) - PRINTED_G
    yield equal("d = 200", sp.Subs(off, d, 200), 0, label="parameter-count-audit")
    trained = 2 * normalised(d)
    yield equal("running statistics", sp.Subs(trained, d, 200), 19950)


def check():
    r"""The arrays themselves, made by numpy and counted, of $G$, of $D$, and of both with $D$ frozen."""
    yield equal("arrays of G", counted(generator_shapes(200)), PRINTED_G)
    yield equal("arrays of D", counted(DISCRIMINATOR), PRINTED_D)
    frozen = PRINTED_D + 19950
    yield equal("both", counted(generator_shapes(200) + DISCRIMINATOR), 1566401 + frozen)


def search(seed):
    r"""Drawn architectures: the formulas against arrays that are made, of the package and of numpy.

    A dense layer, batch normalisation and another dense layer are a network of the package, with its
    running statistics; convolutions are arrays. One count that is off by one number would refute.
    """
    sizes = strategies.simplices(6)
    yield survives("drawn architectures", as_by_formula, sizes, seed=seed, examples=115)


def refute():
    r"""Three counts that come out otherwise.

    The depth of the comments [@annotated2017]; convolutions without their biases; and batch
    normalisation counted as two numbers for a channel, because two are trained.
    """
    printed, name = sp.Subs(generator(d), d, 256), "comments-of-another-depth"
    yield equal("d = 256, as the comments say", printed, PRINTED_G, label=name)
    halves = [d / 2, d / 4, d / 8, 1]
    yield equal("without biases", sp.Subs(generator(d) - sum(halves), d, 200), PRINTED_G)
    yield equal("two for a channel", sp.Subs(generator(d) - 2 * normalised(d), d, 200), PRINTED_G)


# --- how the numbers are made ---------------------------------------------------------------------

DISCRIMINATOR = [
    *((5, 5, 1, 256), (256,)),
    *((5, 5, 256, 512), (512,)),
    *((7 * 7 * 512, 256), (256,)),
    *((256, 2), (2,)),
]


def generator_shapes(depth):
    """The shapes of all arrays of G."""
    channels = [depth, depth // 2, depth // 4, depth // 8, 1]
    sizes = (5, 3, 3, 3)
    shapes = [(100, 49 * depth), (49 * depth,)]
    for k, m, n in zip(sizes, channels[:-1], channels[1:], strict=True):
        shapes += [(k, k, n, m), (n,)]
    for n in (49 * depth, *channels[1:-1]):
        shapes += [(n,)] * 4
    return shapes


@pointwise
def counted(shapes):
    """How many numbers arrays of these shapes hold."""
    return np.array(sum(np.zeros(shape, np.int8).size for shape in shapes))


@pointwise
def in_the_package(m, n, out):
    """How many numbers a dense layer, batch normalisation and a dense layer hold."""
    rng, network = np.random.default_rng(0), Network((Dense(m, n), BatchNorm(n), Dense(n, out)), m)
    state = [tensor.size for layer in network.start_state(rng) for tensor in layer]
    return np.array(network.start(rng).flat.size + sum(state))


def as_by_formula(w):
    """Claims for drawn widths, channels and a kernel size."""
    m, n, out, channels, images, k = (1 + int(997 * share) % 23 for share in w)
    dense_part = dense(m, n) + 4 * n + dense(n, out)
    yield equal("dense and normalised", in_the_package(m, n, out), dense_part)
    shapes = [(k, k, channels, images), (images,)]
    yield equal("convolution", counted(shapes), conv(k, channels, images))
