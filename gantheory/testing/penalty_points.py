"""Where a gradient penalty looks: between real and generated samples, at one of them, around them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from gantheory.testing.penalty_case import PenaltyCase
from gantheory.testing.tensors import Array

DRAWS, ROUNDS, CROWD = 48, 16, 64
MANY = 2048  # points of a batch whose mean price is looked at
FAR_OUT = 5.4  # standard deviations: by chance with a probability below 1e-7
# the mean and the standard deviation of (2u - 1)², which one-sided penalties have where 2u > 1 alone
MOMENTS = {"wgan-gp": (1 / 3, math.sqrt(4 / 45)), "wgan-lp": (1 / 6, math.sqrt(1 / 10 - 1 / 36))}
MORE, SUSPECT = 400, 0.2  # so many more points, where the first ones are so far from uniform


def on_segments(case: PenaltyCase, shape: tuple[int, ...]) -> None:
    """Refuse points that leave the segments: <x, w> = 1 at both ends, and so all the way."""
    w = case.unit(shape)
    for n in (shape[0], 5):
        ends = case.rng.normal(size=(2, n, *shape))
        along = (ends * w).reshape(2, n, -1).sum(-1)
        ends += (1 - along).reshape(2, n, *(1 for _ in shape)) * w
        paid = case.pay(case.probe("ridge", w), *ends)
        due = case.due([case.unit_norm], [case.unit_norm])
        if not case.close(paid, due):
            raise AssertionError(
                f"{_must(case)}, but {n} samples of {shape} are looked at off the segments, where the "
                f"penalty is {paid:.4g} in place of {due:.4g}: draw u in the shape (n, 1, ..., 1), one "
                "for each sample and not for each coordinate, and add no noise"
            )


def _must(case: PenaltyCase) -> str:
    return f"{case.kind}: the points must be u real + (1 - u) fake with u uniform on [0, 1]"


def shuffles(case: PenaltyCase, shape: tuple[int, ...]) -> bool:
    """Whether real and generated samples are paired in another order than they are given in.

    In their own order, pairs of equal samples leave nothing to chance, whatever u is; in another order
    other pairs do.
    """
    x = case.batch([0.5, 2.0], shape)
    critic = case.probe("square", case.unit(shape))
    kept, turned = ([case.pay(critic, x, fake) for _ in range(6)] for fake in (x, x[::-1]))
    return bool(np.ptp(kept) > 1e-4 * max(kept)) and max(turned) > 0


def some_pairs(case: PenaltyCase, shape: tuple[int, ...]) -> tuple[list[float], float]:
    """What a penalty that shuffles pays for two samples, and what it pays where it pairs them well."""
    norms = [0.5, 2.0]
    x = case.batch(norms, shape)
    critic = case.probe("square", case.unit(shape))
    paid = [case.pay(critic, x, x if k % 2 else x[::-1]) for k in range(64)]
    at = case.unit_norm * np.array(norms)
    return paid, case.due(at, at)


def uniform_between(case: PenaltyCase, shape: tuple[int, ...]) -> None:
    """Refuse a u in u real + (1 - u) fake that is not uniform on [0, 1], or shared by all samples."""
    start, u = _must(case), _draw(case, DRAWS, shape)
    different = len(np.unique(u.round(3)))
    seeded = 2 < different <= 8  # the same 8 in each call: more calls show nothing
    if _far(u) > SUSPECT and not seeded:
        u = np.concatenate([u, _draw(case, MORE, shape)])
    if not u.max() <= 1 + 1e-6:
        raise AssertionError(
            f"{start}, but one lies at {u.max():.4g} of the way from fake to real: draw u "
            "from U[0, 1], not from a normal distribution, and add no noise"
        )
    # by chance with a probability below 1e-7, and 1e-3 for a seed, which is chosen once
    if not _far(u) <= (2 / math.sqrt(different) if seeded else 2.9 / math.sqrt(u.size)):
        raise AssertionError(f"{start}, {_where(np.sort(u))}")
    crowds = [_way(case, range(CROWD), CROWD, shape) for _ in range(ROUNDS)]
    spread = float(np.std(crowds))
    if not spread <= 0.42:  # 1.19 / 8 = 0.15 if each sample has its u, 1.19 if they share one
        raise AssertionError(
            f"{start} for each sample by itself, but over {ROUNDS} batches of {CROWD} their mean "
            f"4u² is spread by {spread:.3g} instead of 0.15: all samples share one u. Draw it "
            "in the shape (n, 1, ..., 1)"
        )


def even_between(case: PenaltyCase, shape: tuple[int, ...]) -> None:
    """Refuse a u that is not uniform by its moments, over many points: of Beta(2, 2), of U[.02, .98].

    The target lies in the middle of each segment, and then at its generated end: the penalty is the mean
    of (2u - 1)², and of u².
    """
    middle = 1.0 if case.target == 0 else case.target / case.unit_norm
    start = case.target / case.unit_norm
    for name, (fake, real), (mean, spread) in (
        ("(2u - 1)²", (start - middle, start + middle), MOMENTS[case.kind]),
        ("u²", (start, start + 2 * middle), (1 / 3, math.sqrt(4 / 45))),
    ):
        unit = case.unit_norm * (middle if name != "u²" else 2 * middle)
        paid = [_mean_price(case, shape, fake, real) / unit**2 for _ in range(ROUNDS)]
        count = MANY * len(set(paid))  # of a fixed seed each batch is the same
        found = float(np.mean(paid))
        if not abs(found - mean) <= FAR_OUT * spread / math.sqrt(count):
            near = "middle" if (found < mean) == (name != "u²") else "ends"
            where = f", so they lie too near the {near}" if name != "u²" else ""
            raise AssertionError(
                f"{_must(case)}, but over {count} points the mean of {name} is {found:.4g} in place of "
                f"{mean:.4g}{_of_one_side(case, name)}{where}: draw u from U[0, 1], not from a Beta "
                "distribution or a shorter interval"
            )


def _of_one_side(case: PenaltyCase, name: str) -> str:
    return ", where 2u > 1," if case.kind == "wgan-lp" and name != "u²" else ""


def _mean_price(case: PenaltyCase, shape: tuple[int, ...], fake: float, real: float) -> float:
    """The penalty over its weight for many segments along w, from one multiple of it to another."""
    w = case.unit(shape)
    ends = (np.repeat(end * w[None], MANY, axis=0) for end in (real, fake))
    return case.pay(case.probe("square", w), *ends) / case.weight


def _draw(case: PenaltyCase, count: int, shape: tuple[int, ...]) -> Array:
    """So many u, each of one sample of a batch."""
    ways = (_way(case, [i % 8], 8, shape) for i in range(count))
    return np.array([math.sqrt(max(way, 0.0)) / 2 for way in ways])


def _far(u: Array) -> float:
    """The distance of Kolmogorov and Smirnov from the uniform distribution."""
    ranks, ordered = np.arange(u.size + 1) / u.size, np.sort(u)
    return float(max(np.max(ranks[1:] - ordered), np.max(ordered - ranks[:-1])))


def _way(case: PenaltyCase, at: Sequence[int], n: int, shape: tuple[int, ...]) -> float:
    """The mean of 4u² over the samples `at`, whose norms rise from the target by 2 units.

    The others pay nothing. All lie in one direction, so that it does not matter which are paired.
    """
    start, w = case.target / case.unit_norm, case.unit(shape)
    fake = np.repeat(start * w[None], n, axis=0)
    real = fake.copy()
    real[list(at)] += 2 * w
    paid = case.pay(case.probe("square", w), real, fake)
    return paid * n / (case.weight * case.unit_norm**2 * len(at))


def around_real(case: PenaltyCase, shape: tuple[int, ...]) -> None:
    """Refuse DRAGAN's points where they depend on generated samples, or are the real ones."""
    real = case.batch(np.ones(CROWD), shape)
    unit = case.weight * case.unit_norm**2
    critic = case.probe("square", real[0])
    paid = [case.pay(critic, real, real * far) for far in (1.0, 1e3)]
    if not paid[1] <= 1e3 * unit:
        raise AssertionError(
            f"dragan: the penalty is {paid[1]:.4g} for generated samples far away and "
            f"{paid[0]:.4g} for near ones: the points lie around real samples, and the "
            "generated ones do not matter"
        )
    if not paid[0] > 1e-6 * unit:
        raise AssertionError(
            "dragan: the points are the real samples themselves: add noise, as 0.5 * std(real) * U"
        )


def _where(ordered: Array) -> str:
    """How the points that are not uniform lie, and what to write."""
    if ordered[0] > 1 - 1e-6:
        return (
            "but the penalty looks at the real samples: draw u, and join them with generated ones"
        )
    if ordered[-1] < 1e-6:
        return (
            "but the penalty looks at the generated samples: draw u, and join them with real ones"
        )
    if ordered[-1] - ordered[0] < 1e-6:
        return f"but u is always {ordered[0]:.4g}: draw one for each sample in each call"
    return (
        f"but half of the points lie between {ordered[ordered.size // 4]:.3g} and "
        f"{ordered[-1 - ordered.size // 4]:.3g} of the way: draw "
        "u in the shape (n, 1, ..., 1), not one for each coordinate, and from U[0, 1]"
    )
