"""Pictures of a training run: samples, the discriminator beside the best one, curves."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.spatial.distance import cdist

from gantheory.arrays import FloatArray
from gantheory.figures.fitting import fit
from gantheory.figures.style import METADATA, house
from gantheory.losses.scalars import sigmoid
from gantheory.nets import Pass
from gantheory.training import State
from gantheory.training.history import CEILING, LOG_4, SAMPLES, log_odds, no_probability

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLUMN, PAGE = 3.35, 6.9  # inches
SHOWN = 1500  # samples in a picture
CELLS = 120  # along each side of a picture of the plane
SMOOTHING = 0.15  # of the data's spread: p_g in the picture of D* is smoothed by that much


def draw_run(state: State, folder: Path, *, kind: str = "png") -> list[Path]:
    """Draw samples, discriminator and curves of a run into a folder; return the files.

    The first network that has not diverged is drawn. Samples and discriminator are drawn of data in
    the plane, the discriminator where `no_picture` has no objection.

    Raises
    ------
    ValueError
        If every network has diverged.
    """
    if not state.alive:
        raise ValueError("every network of this run has diverged: there is nothing to draw")
    drawings = {"curves": (curves, PAGE)}
    if state.plan.data.dim == 2:
        drawings["samples"] = (samples, COLUMN)
        if no_picture(state) is None:
            drawings["discriminator"] = (discriminator, PAGE)
    files = []
    with house():
        for name, (drawn, width) in drawings.items():
            figure = drawn(state)
            fit(figure, width)
            files.append(folder / f"{name}.{kind}")
            figure.savefig(files[-1], format=kind, metadata=METADATA[kind])
    return files


def no_picture(state: State) -> str | None:
    """Return why the discriminator is not a picture beside p / (p + q), None if it is one."""
    if state.discriminator.couples:
        one, other = state.plan.data.sample(2, np.random.default_rng(state.plan.seed))
        alike, apart = (_outputs(state, np.stack([one, beside]))[0] for beside in (one, other))
        if not np.isclose(alike, apart, rtol=1e-4, atol=1e-6, equal_nan=True):
            return "what the discriminator says of a point depends on the other points of its batch"
    return no_probability(state.plan.game)


def curves(state: State) -> Figure:
    """Losses, V with -log 4, the exact C + log 4 with 0, modes and quality; networks as thin lines."""
    from matplotlib.figure import Figure

    game = state.plan.game
    with_modes = state.plan.data.modes is not None
    with_exact = bool(state.history.exact.steps)  # of the line: then there are no modes
    figure = Figure(figsize=(8.0 + 4.0 * with_exact, 4.6 + 1.4 * with_modes))
    axes = figure.subplots(2 if with_modes else 1, 2 + with_exact, squeeze=False)
    _lines(axes[0, 0], state, "d_loss", 0, "of $D$")
    _lines(axes[0, 0], state, "g_loss", 2, "of $G$")
    _level(axes[0, 0], game.value_at_equality, "of $D$, $p=q$")
    axes[0, 0].set(title=f"Losses ({game.name})", ylabel="loss")
    axes[0, 0].legend()
    _value(axes[0, 1], state)
    if with_exact:
        _criterion(axes[0, 2], state)
    if with_modes:
        _lines(axes[1, 0], state, "modes", 0, None)
        centres, _ = state.plan.data.modes or ((), 0.0)
        _level(axes[1, 0], len(centres), f"all {len(centres)}")
        axes[1, 0].set(title="Modes covered", ylabel="modes")
        axes[1, 0].yaxis.get_major_locator().set_params(integer=True)
        _lines(axes[1, 1], state, "quality", 0, None)
        _level(axes[1, 1], CEILING, "of the data: 1 − exp(−9/2)")
        axes[1, 1].set(title="Samples within 3σ of a mode", ylabel="share")
        for axis in axes[1]:
            axis.legend()
    for axis in axes[-1]:
        axis.set_xlabel("step")
    return figure


def samples(state: State) -> Figure:
    """Real samples and those of the first living generator."""
    from matplotlib.figure import Figure

    rng = np.random.default_rng(state.plan.seed)
    real, fake = state.plan.data.sample(SHOWN, rng), state.sample(SHOWN, rng)[0]
    figure = Figure(figsize=(4.6, 4.6))
    axes = figure.subplots()
    for points, color, label in ((real, "C0", "data"), (fake, "C2", "generator")):
        axes.scatter(
            points[:, 0], points[:, 1], s=4, color=color, alpha=0.5, label=label, linewidths=0
        )
    low, high = _frame(real)
    axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), aspect="equal")
    axes.set_title(f"Step {state.step}, network {state.living[0]}")
    axes.set(xlabel="first coordinate", ylabel="second coordinate")
    figure.legend(
        *axes.get_legend_handles_labels(), markerscale=3, loc="outside lower center", ncols=2
    )
    return figure


def discriminator(state: State) -> Figure:
    """D of the first living discriminator, beside D* of the data and its generator's samples.

    D is what its output says through the game's own best one, see `History`. D* = p / (p + q), with q
    the distribution of the generator's samples plus normal noise, and p with the same noise. Where
    neither has mass it is left out.
    """
    from matplotlib.figure import Figure

    rng = np.random.default_rng(state.plan.seed)
    real, fake = state.plan.data.sample(SHOWN, rng), state.sample(SHOWN, rng)[0].astype(float)
    low, high = _frame(real)
    x, y = (np.linspace(a, b, CELLS) for a, b in zip(low, high, strict=True))
    points = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    shown = [_judged(state, points), _best(points, real, fake, SMOOTHING * float(np.std(real)))]
    figure = Figure(figsize=(8.4, 3.9))
    axes = figure.subplots(1, 2, sharey=True)
    titles = ("$D$ of the network", "$p/(p+q)$, both smoothed by the same noise")
    for axis, values, title in zip(axes, shown, titles, strict=True):
        image = axis.imshow(
            values.reshape(CELLS, CELLS),
            extent=(low[0], high[0], low[1], high[1]),
            origin="lower",
            vmin=0,
            vmax=1,
        )
        axis.set(title=title, xlabel="first coordinate")
    axes[0].set_ylabel("second coordinate")
    figure.colorbar(image, ax=axes, label="probability of being real", shrink=0.85)
    return figure


# --- pieces ---------------------------------------------------------------------------------------


def _value(axis: Any, state: State) -> None:
    """V(D, G) and the -log 4 of equality; for a game without D the sentence that says so."""
    axis.set(title=f"Value function, {SAMPLES} samples", ylabel="nats")
    missing = no_probability(state.plan.game)
    if missing is not None:
        axis.text(0.5, 0.5, f"none: {missing}", ha="center", va="center", wrap=True)
        axis.set_axis_off()
        return
    values = state.history["value"]
    _rows(
        axis, state.history.steps, np.where(np.isfinite(values), values, math.nan), 0, "$V(D, G)$"
    )
    if np.any(np.isneginf(values)):
        axis.plot([], [], " ", label=f"−∞, not drawn: {np.sum(np.isneginf(values))}")
    _level(axis, -LOG_4, "−log 4")
    axis.legend()


def _criterion(axis: Any, state: State) -> None:
    """C(G) + log 4 at its own steps, 0 where p = q, and how many distributions were refused."""
    exact = state.history.exact
    values, _ = exact.table()
    _rows(axis, exact.steps, values, 2, "$C(G)$ + log 4", marker=".")
    _level(axis, 0.0, "0: $p=q$")
    if exact.refused:
        count = values.size - int(np.sum(np.isnan(exact.table()[1])))
        axis.plot([], [], " ", label=f"refused, not drawn: {len(exact.refused)} of {count}")
    axis.set(title=r"Exact criterion, $2\,\mathrm{JSD}(p, q)$", ylabel="nats")
    axis.legend()


def _lines(axis: Any, state: State, name: str, color: int, label: str | None) -> None:
    _rows(axis, state.history.steps, state.history[name], color, label)


def _rows(
    axis: Any, steps: list[int], rows: FloatArray, color: int, label: str | None, marker: str = ""
) -> None:
    """Each network as a thin line, and the mean of those that have a number."""
    for i in range(rows.shape[1]):
        axis.plot(
            steps,
            rows[:, i],
            color=f"C{color}",
            alpha=0.25,
            linewidth=0.8,
            marker=marker,
            ms=3,
        )
    with np.errstate(all="ignore"):
        seen = np.isfinite(rows)
        total = np.where(seen, rows, 0).sum(axis=1) / np.maximum(seen.sum(axis=1), 1)
    axis.plot(
        steps,
        np.where(seen.any(axis=1), total, math.nan),
        color=f"C{color}",
        label=label,
        marker=marker,
    )


def _level(axis: Any, value: float, label: str) -> None:
    axis.axhline(value, color="C4", linestyle="--", linewidth=1.0, label=label)


def _frame(real: FloatArray) -> tuple[FloatArray, FloatArray]:
    low, high = real.min(axis=0), real.max(axis=0)
    room = 0.15 * (high - low).max()
    return low - room, high + room


def _judged(state: State, points: FloatArray) -> FloatArray:
    """D of the first living discriminator."""
    odds = log_odds(state.plan.game, _outputs(state, points))
    if odds is None:
        raise ValueError(f"the discriminator is not drawn: {no_picture(state)}")
    return np.asarray(sigmoid(odds), dtype=np.float64)


def _outputs(state: State, points: FloatArray) -> FloatArray:
    """Outputs of the first living discriminator, shape (n,)."""
    d = state.discriminator.rows([0])
    x = points[None].astype(state.plan.dtype)
    return np.asarray(d.network.forward(d.parameters, x, Pass(False, (), d.state))[0][0, :, 0])


def _best(points: FloatArray, real: FloatArray, fake: FloatArray, scale: float) -> FloatArray:
    """p / (p + q) of two sets of samples, each with normal noise of this scale."""
    p, q = (_smoothed(points, cloud, scale) for cloud in (real, fake))
    both = p + q
    return np.where(both > 1e-4 * both.max(), p / np.maximum(both, 1e-300), math.nan)


def _smoothed(points: FloatArray, cloud: FloatArray, scale: float) -> FloatArray:
    """Σ exp(-|x - c|² / 2s²) / n, up to a constant."""
    rows = [
        np.exp(np.square(cdist(some, cloud)) / (-2 * scale * scale)).mean(axis=1)
        for some in np.array_split(points, 20)
    ]
    return np.concatenate(rows)
