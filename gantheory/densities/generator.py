"""GeneratorDensity: the exact distribution of G(z), for a latent z of the line and a network G."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
from scipy.special import ndtri

from gantheory.arrays import EPS, FloatArray
from gantheory.densities.base import Density, mass_between, parameter, require_positive
from gantheory.densities.foreign import from_foreign
from gantheory.densities.generator_cells import Piece, Slopes, fitted
from gantheory.densities.generator_pieces import (
    Span,
    Step,
    bounds,
    inner_points,
    is_piecewise_linear,
    isolate,
    kinked,
    linear_ends,
    steps_of,
)
from gantheory.densities.mixture import Mixture1D
from gantheory.densities.mixtures import Mixture
from gantheory.densities.multivariate_normal import MultivariateNormal
from gantheory.densities.normal import Normal
from gantheory.densities.uniform import Uniform
from gantheory.errors import InvalidDensity, NoDensity
from gantheory.nets import Network, Parameters, Pass

Image = Callable[[FloatArray], FloatArray]
Marks = dict[float, float | None]
"""Where p_g is not smooth, by latent points, and its power there; nan where only a piece begins."""

UNSEEN = 1e-10  # latent mass that may stay undecided; it is added to every error
WORTH = 1e-20  # latent mass below which an undecided cell is not halved
REACH = 14.0  # in latent scales: beyond lies 1e-44
LADDER = np.append(
    REACH * 2.0 ** np.arange(21), REACH * 2.0**60
)  # the last rung stands for infinity
EVEN = 1e-9  # relative change of G' beyond the last rung but one
STANDARD = Normal(0, 1)


class GeneratorDensity(Mixture1D):
    """p_g(x) = Σ over the preimages z of x of latent(z) / |G'(z)|, for x = G(z).

    A mixture with a component for each piece of the latent line on which G is smooth and monotone. At a
    smooth turning point p_g has a pole |x - x0|^(-1/2), at a kink of G it jumps.

    Parameters
    ----------
    network:
        G, with fan_in = fan_out = 1, of Dense, Maxout, ReLU, LeakyReLU, Tanh, Sigmoid, Softplus, ELU.
    parameters:
        Of one network, float64; copied.
    latent:
        A single Normal or Uniform.

    Attributes
    ----------
    unseen:
        Latent mass where it stayed undecided whether G turns, or where its images round together, at
        most 1e-10. It counts as mass outside of every box: every divergence adds it to its error, those
        that no mass bounds by twice the largest integrand at their nodes, relative to p + q.

    Raises
    ------
    NoDensity
        If G is flat where the latent distribution has mass: p_g has an atom there.
    InvalidDensity
        If the network is not one of these, or more than 1e-10 of the latent mass stays undecided.

    Notes
    -----
    Without curves all pieces are affine, and p_g is exact up to rounding. Else G' is a polynomial of
    degree 11 on every cell, compared with the network between the nodes. All kinks and turning points
    are found by bounds on pre-activations f, G' and G'' over whole cells: f has no root in a cell if its
    bounds leave out 0, at most one if those on f' do; any other cell is halved. The places of poles and
    jumps are images in float64. Latent points beyond 38 scales have no mass in float64 and do not
    count; a curved G that does not grow evenly on one side is cut off at 14 scales there, where 1e-44
    lies.
    """

    network: Network
    parameters: Parameters
    latent: Any

    def __init__(self, network: Network, parameters: Parameters, latent: Any = STANDARD) -> None:
        _check(network, parameters, 1, 1)
        latent = from_foreign(latent) or latent
        if not isinstance(latent, (Normal, Uniform)) or latent.batch_shape:
            raise InvalidDensity(
                f"GeneratorDensity(latent={latent!r}): give a single Normal or Uniform"
            )
        parameters = network.parameters(parameters.flat.copy())
        pieces, unseen = _pieces(network, parameters, latent)
        unseen += 4 * latent.rounding_share  # at most so much mass is elsewhere than its float says
        weights = np.array([piece.mass for piece in pieces])
        super().__init__(tuple(pieces), weights, tuple(Fraction(w) for w in weights), unseen)
        given = {"network": network, "parameters": parameters, "latent": latent}
        for name, value in given.items():
            object.__setattr__(self, name, value)

    @property
    def rounding_share(self) -> float:
        """That of the latent density."""
        return float(self.latent.rounding_share)

    def __repr__(self) -> str:
        return f"GeneratorDensity({len(self.components)} pieces, {self.latent!r})"

    def log_ratio(
        self, other: Density, x: FloatArray, origin: FloatArray
    ) -> tuple[FloatArray, FloatArray] | None:
        """0 for the same density; else there is no form without cancellation."""
        return (np.zeros(np.shape(x)), np.zeros(np.shape(x))) if other is self else None

    def sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        """G of n latent points."""
        z = self.latent.sample(n, rng)
        return np.asarray(self.network.forward(self.parameters, z[:, None])[0][:, 0])

    @property
    def pieces(self) -> tuple[tuple[float, float], ...]:
        """One interval: G is continuous."""
        ends = [piece.support for piece in self.components]
        return ((min(low for low, _ in ends), max(high for _, high in ends)),)


def _check(network: Network, parameters: Parameters, fan_in: int | None, fan_out: int) -> None:
    """Refuse networks of other widths, ensembles, float32, and parameters that are not finite."""
    if network.fan_out != fan_out or (fan_in is not None and network.fan_in != fan_in):
        raise InvalidDensity(
            f"a network from {network.fan_in} to {network.fan_out} dimensions: give one from "
            f"{fan_in or 'any'} to {fan_out}"
        )
    flat = parameters.flat
    if flat.shape != (network.size,) or flat.dtype != np.float64:
        raise InvalidDensity(
            f"parameters of shape {flat.shape} and dtype {flat.dtype}: give those of one network, shape "
            f"({network.size},), in float64, as network.parameters(flat[i].astype(np.float64))"
        )
    if not np.all(np.isfinite(flat)):
        raise InvalidDensity("parameters: every one must be finite")


def _refuse_atom(latent: Any, cells: FloatArray, images: FloatArray) -> None:
    """Raise NoDensity for flat cells (n, 2) with latent mass, naming the heaviest atom."""
    masses = mass_between(latent, cells[:, 0], cells[:, 1])
    if not np.any(masses > 0):
        return
    at = float(images[np.argmax(masses)])
    there = np.abs(images - at) <= 64 * EPS * (1 + abs(at))
    raise NoDensity(
        f"GeneratorDensity: the network is flat on latent mass, so its distribution has an atom of mass "
        f"{float(np.sum(masses[there])):.6g} at {at!r} and no density; add noise to it, or compare "
        "distribution functions instead"
    )


# --- pieces ---------------------------------------------------------------------------------------


def _pieces(network: Network, parameters: Parameters, latent: Any) -> tuple[list[Piece], float]:
    """Return the pieces with mass, and the mass that is unseen.

    Raises
    ------
    NoDensity, InvalidDensity
        See `GeneratorDensity`.
    """
    steps = steps_of(network, parameters)

    def image(z: FloatArray) -> FloatArray:
        return np.asarray(network.forward(parameters, z[:, None])[0][:, 0])

    marks: Marks = {}
    if isinstance(latent, Uniform):
        marks = {float(latent.low): 0.0, float(latent.high): 0.0}
    undecided = 0.0
    if is_piecewise_linear(steps):
        cells, signs = _affine_cells(steps, image, latent, marks)
    else:
        cells, signs, undecided = _curved_cells(steps, latent, marks)
    found, unseen = [], undecided
    if isinstance(latent, Normal):
        marks[latent.loc] = marks.get(latent.loc, math.nan)
    touching = cells.high[:-1] == cells.low[1:]
    begins = np.nonzero(~touching | np.isin(cells.low[1:], list(marks)))[0] + 1
    through = np.append(touching & (signs[:-1] == signs[1:]), False)
    for rows in filter(len, np.split(np.arange(len(cells.low)), begins)):
        closed = not through[rows[-1]]
        piece, missed = _piece(latent, cells[rows], int(signs[rows[0]]), image, marks, closed)
        unseen += missed
        if piece is not None:
            found.append(piece)
    if not unseen <= UNSEEN:
        raise InvalidDensity(
            f"GeneratorDensity: latent mass {unseen:.3g} lies where float64 cannot decide whether the "
            "network turns or is flat: G(z) has, or nearly has, an atom or a pole of higher order; "
            "add noise to it, or make the network less steep"
        )
    return found, unseen


def _piece(
    latent: Any, cells: Slopes, sign: int, image: Image, marks: Marks, closed: bool
) -> tuple[Piece | None, float]:
    """Return the piece, None if it has no mass in float64, and the mass that its rounded images miss."""
    ends = np.array([cells.low[0], cells.high[-1]])
    finite = np.isfinite(ends)
    at = np.where(
        finite, image(np.where(finite, ends, 0.0)), sign * np.where(ends > 0, math.inf, -math.inf)
    )
    powers = tuple(marks.get(float(z)) if math.isfinite(z) else math.nan for z in ends)
    piece = Piece(latent, cells, (float(at[0]), float(at[1])), sign, powers, closed)
    total, gap = float(np.sum(cells.total)), sign * float(at[1] - at[0])
    if not gap > 0 or not piece.mass > 0:
        return None, piece.mass
    missed = 0.0 if math.isinf(total) else min(1.0, 4 * abs(total / gap - 1))
    return piece, piece.mass * missed


def _affine_cells(
    steps: list[Step], image: Image, latent: Any, marks: Marks
) -> tuple[Slopes, FloatArray]:
    """Return a cell for every affine piece, and the signs; bounded ones join their rounded images."""
    kinks = linear_ends(steps, np.array(latent.support, dtype=np.float64))
    marks.update({float(z): 0.0 for z in kinks if math.isfinite(z)})
    ends = np.unique(np.append(kinks, latent.loc)) if isinstance(latent, Normal) else kinks
    z = inner_points(ends)
    bound = bounds(steps, z, z)[1][:, 0]
    flat = bound.holds_zero
    _refuse_atom(latent, np.stack([ends[:-1], ends[1:]], 1)[flat], image(z[flat]))
    low, high = ends[:-1][~flat], ends[1:][~flat]
    slope = bound.middle[~flat]
    doubt = 0.5 * (bound.high - bound.low)[~flat] / np.abs(slope)
    inner = np.isfinite(high - low)
    secant = (image(high[inner]) - image(low[inner])) / (high - low)[inner]
    doubt[inner] += np.abs(secant / slope[inner] - 1)
    slope[inner] = np.where(secant * slope[inner] > 0, secant, slope[inner])
    return Slopes.affine(low, high, slope, doubt), np.sign(slope)


def _curved_cells(steps: list[Step], latent: Any, marks: Marks) -> tuple[Slopes, FloatArray, float]:
    """Return cells on which G' is a polynomial of one sign, the signs, and the undecided mass."""
    cells, lost = _first_cells(latent), []

    def mass(of: FloatArray) -> FloatArray:
        return mass_between(latent, of[:, 0], of[:, 1])

    for i, which, order in [*((i, kinked(s), 0) for i, s in enumerate(steps)), (None, [0], 1)]:
        if which is None:
            continue

        def both(
            a: FloatArray,
            b: FloatArray,
            c: FloatArray | None,
            i: Any = i,
            w: Any = which,
            k: int = order,
        ) -> tuple[Span, Span]:
            jet = bounds(steps[:i], a, b, c)
            return jet[k][:, w], jet[k + 1][:, w]

        found = isolate(cells, both, lambda of: mass(of) > WORTH)
        cells = found.cells
        lost.append(found.lost)
        marks.update(dict.fromkeys(found.roots.tolist(), (0.0, -0.5)[order]))
    flat = bounds(steps, cells[:, 0], cells[:, 1])[1].is_zero[:, 0]
    middle = 0.5 * (cells[flat, 0] + cells[flat, 1])
    _refuse_atom(latent, cells[flat], bounds(steps, middle, middle)[0].middle[:, 0])
    fit, signs, left = fitted(lambda z, c: bounds(steps, z, z, c)[1], cells[~flat], found.roots)
    undecided = float(np.sum(mass(np.concatenate([*lost, left]))))
    if isinstance(latent, Normal):
        fit, signs = _with_far_ends(fit, signs, latent)
    return fit, signs, undecided


def _first_cells(latent: Any) -> FloatArray:
    """Return cells (n, 2) of the latent line, with the rungs of the ladder for a normal distribution."""
    if isinstance(latent, Uniform):
        ends = np.linspace(latent.low, latent.high, 65)
    else:
        rungs = np.concatenate([-LADDER, np.linspace(-REACH, REACH, 113), LADDER])
        ends = latent.loc + latent.scale * np.unique(rungs)
    return np.stack([ends[:-1], ends[1:]], axis=1)


def _with_far_ends(cells: Slopes, signs: FloatArray, latent: Any) -> tuple[Slopes, FloatArray]:
    """Return the cells, the last on a side made infinite if G' is even there; else cut at 14 scales."""
    keep = np.ones(len(signs), dtype=bool)
    for side in (-1, 1):
        start, stop = latent.loc + side * latent.scale * LADDER[[0, -1]]
        far = np.nonzero(cells.low >= start if side > 0 else cells.high <= start)[0][::side]
        near, off = (cells.low, cells.high)[::side]
        whole = len(far) > 0 and near[far[0]] == start and off[far[-1]] == stop
        whole = whole and bool(np.all(near[far[1:]] == off[far[:-1]]))
        if (
            not whole
            or not np.sum(np.abs(cells.powers[far[-1], 1:])) <= EVEN * cells.powers[far[-1], 0]
        ):
            keep[far] = False
            continue
        last = far[-1]
        off[last], cells.away[last], cells.scale[last] = side * math.inf, side, 1.0
        cells.powers[last, 1:], cells.doubt[last] = 0.0, EVEN
    return cells[keep], signs[keep]


# --- the plane ------------------------------------------------------------------------------------


def smoothed_generator(
    network: Network,
    parameters: Parameters,
    *,
    scale: Any,
    latent: Any = STANDARD,
    n: int | None = None,
) -> Any:
    """Return Σ_k N(G(z_k), scale² I) / n: the distribution of G at n given latent points plus noise.

    It is that distribution and nothing else: not the distribution of G(z) for a random z, nor that
    distribution plus noise, to which it only tends as n grows.

    Parameters
    ----------
    network, parameters:
        G, from any number of dimensions to 2, as for `GeneratorDensity` but of any layers that need no
        state.
    scale:
        Standard deviation of the noise in each coordinate, positive.
    latent:
        A single Normal or Uniform, that of each latent coordinate on its own: then z_k are its quantiles
        at the n points of Hammersley's set, (k + 1/2)/n and the radical inverses of k + 1 in the bases
        2, 3, 5, ... Or an array (n, fan_in), the points themselves.
    n:
        How many points, 64 unless given; only for a distribution.

    Returns
    -------
    Mixture
        Of n MultivariateNormal of equal weights.

    Raises
    ------
    InvalidDensity
        If the network, the parameters, the scale or the points are not as above.

    Notes
    -----
    Source: Hammersley (1960), Monte Carlo methods for solving multivariable problems.
    """
    _check(network, parameters, None, 2)
    width = parameter("smoothed_generator", "scale", scale)[0]
    require_positive("smoothed_generator", "scale", width)
    z = _latent_points(latent, network.fan_in, n)
    images = network.forward(parameters, z, Pass(training=False))[0]
    cov = [[width**2, 0.0], [0.0, width**2]]
    parts = tuple(MultivariateNormal(image, cov) for image in images)
    return Mixture(parts, [Fraction(1, len(parts))] * len(parts))


def _latent_points(latent: Any, fan_in: int, n: int | None) -> FloatArray:
    """Return the points (n, fan_in) of the rule of `smoothed_generator`."""
    if not isinstance(latent, (Normal, Uniform)):
        z = np.asarray(latent, dtype=np.float64)
        if (
            n is not None
            or z.ndim != 2
            or z.shape[1] != fan_in
            or not len(z)
            or not np.all(np.isfinite(z))
        ):
            raise InvalidDensity(
                f"smoothed_generator(latent=array of shape {z.shape}, n={n!r}): give finite points of "
                f"shape (n, {fan_in}) and no n, or a single Normal or Uniform"
            )
        return z
    count = 64 if n is None else n
    if isinstance(count, bool) or not isinstance(count, int) or count < 1 or latent.batch_shape:
        raise InvalidDensity(
            f"smoothed_generator(latent={latent!r}, n={n!r}): give one density and a positive integer"
        )
    u = ((np.arange(count) + 0.5) / count)[:, None]
    if fan_in > 1:
        from scipy.stats.qmc import Halton  # half a second to import

        u = np.hstack([u, Halton(fan_in - 1, scramble=False).fast_forward(1).random(count)])
    if isinstance(latent, Normal):
        return np.asarray(latent.loc + latent.scale * ndtri(u))
    return np.asarray(latent.low + (latent.high - latent.low) * u)
