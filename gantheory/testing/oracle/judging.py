"""identify_game: what two losses are, whether that is right, and where it shows if not."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np

from gantheory.losses import game as textbook
from gantheory.testing.oracle.calling import (
    CannotJudge,
    Convert,
    FloatArray,
    Losses,
    Outputs,
    listening,
    prepared,
)
from gantheory.testing.oracle.counterexamples import of_batches, of_generated_batches
from gantheory.testing.oracle.coupled import relativistic
from gantheory.testing.oracle.judgement import Judgement
from gantheory.testing.oracle.structure import couples
from gantheory.testing.oracle.summed import of_sums
from gantheory.testing.oracle.telling import goes_by, misnamed, told


def identify_game(
    d_loss: Callable[..., Any],
    g_loss: Callable[..., Any],
    *,
    outputs: Outputs = "logits",
    array: Convert | None = None,
    claims: str | None = None,
) -> Judgement:
    """Say which game two losses play, and whether they play it as theory says.

    Parameters
    ----------
    d_loss:
        d_loss(real, fake) -> scalar, which the discriminator minimises: batches of D's outputs of
        shape (n,), or (n, 1) if it wants that.
    g_loss:
        g_loss(fake) or g_loss(fake, real) -> scalar, which the generator minimises.
    outputs:
        What D's outputs are: "logits" (any real number, scores and critics too), or "probabilities".
    array:
        What turns a numpy array into theirs, such as torch.as_tensor; nothing for numpy.
    claims:
        The name of the game that its author says it is, as `gantheory.losses.game` has it.

    Returns
    -------
    Judgement
        With `judged` False where they cannot be judged; the reasons say what to do.

    Raises
    ------
    ValueError
        If outputs or claims are no such words.

    Notes
    -----
    Losses are called a few thousand times, with outputs drawn by a fixed seed; what they print is
    kept off the standard output. Each d_loss that adds up single outputs is taken apart into its two
    terms, and the ratio p / q for which an output is the best one is read off their slopes.

    Sources: Goodfellow et al. (2014), propositions 1 and 2; Nowozin et al. (2016), section 2.
    """
    if outputs not in ("logits", "probabilities"):
        raise ValueError(f'outputs = {outputs!r}: write "logits" or "probabilities"')
    if claims is not None:
        _check_claim(claims)
    with listening() as heard:
        try:
            judgement = _judged(d_loss, g_loss, outputs, array, claims)
        except CannotJudge as error:
            judgement = Judgement("unknown", judged=False, reasons=(str(error),))
    if heard.getvalue():
        said = "The losses print; what they print is kept off the standard output."
        judgement = replace(judgement, reasons=(*judgement.reasons, said))
    return judgement


def _check_claim(claims: Any) -> None:
    if not isinstance(claims, str):
        raise ValueError(f'claims = {claims!r}: write the name of a game, such as "minimax"')
    try:
        textbook(claims)
    except ValueError as error:
        raise ValueError(str(error).replace("game(", "claims = (", 1)) from None


def _judged(
    d_loss: Callable[..., Any],
    g_loss: Callable[..., Any],
    outputs: Outputs,
    array: Convert | None,
    claims: str | None,
) -> Judgement:
    losses = prepared(d_loss, g_loss, outputs=outputs, array=array)
    before = _sample(losses)
    rounding = 1e-9 if losses.precise else 1e-5
    d_couples, g_couples = couples(losses, rounding)
    if d_couples:
        judgement = _of_coupled(losses, rounding, claims)
    else:
        judgement = of_sums(losses, outputs, rounding, g_couples, claims)
    if judgement.verdict != "wrong":
        judgement = _with_gradient(judgement, losses)
    if _sample(losses) != before:
        raise CannotJudge(
            "The losses give other values after many calls than before: they change a state; take it "
            "out, or hand it over as an argument."
        )
    remarks = (*losses.remarks, *_batch_remarks(losses, d_couples, outputs))
    return replace(judgement, reasons=(*judgement.reasons, *remarks))


def _sample(losses: Losses) -> tuple[float, float]:
    batch = np.linspace(-1.0, 2.0, losses.size)
    return losses.d(batch, -batch), losses.g(batch, -batch)


# --- losses that couple the outputs of a batch ----------------------------------------------------


def _of_coupled(losses: Losses, rounding: float, claims: str | None) -> Judgement:
    finding = relativistic(losses, rounding)
    if finding is None:
        judgement = Judgement(
            "wrong",
            consistent=False,
            reasons=(
                "d_loss of a batch is no mean of single losses, and no relativistic one: it couples "
                f"outputs of a batch where no game does{_unsquared(losses)}.",
            ),
            counterexample=of_batches(losses),
        )
    else:
        judgement = told(finding, None, finding.d_faults, finding.g_faults)
        if finding.d_faults:
            judgement = replace(judgement, counterexample=of_batches(losses, finding.sign))
        elif finding.g_faults:
            judgement = replace(
                judgement, counterexample=of_generated_batches(losses, finding.sign)
            )
        else:
            n = losses.size
            at_equality = losses.d(np.zeros(n), np.zeros(n))
            judgement = replace(
                judgement, optimal_logit_at_equality=0.0, value_at_equality=at_equality
            )
    if claims is None or goes_by(judgement, claims):
        return judgement
    counterexample = judgement.counterexample or of_batches(losses, judgement.sign or 1)
    return misnamed(judgement, claims, counterexample)


def _with_gradient(judgement: Judgement, losses: Losses) -> Judgement:
    """Return the judgement, wrong where the gradient that flows to G is not that of g_loss."""
    rng = np.random.default_rng(2)
    fake, real = rng.normal(size=(2, losses.size))
    gradient = losses.g_gradient(fake, real)
    if gradient is None:
        return judgement
    h = 1e-3 if losses.precise else 3e-2
    slope = (losses.g(fake + h, real) - losses.g(fake - h, real)) / (2 * h)
    flows = float(gradient.sum())
    if abs(flows - slope) <= 0.2 * abs(slope) + 1e-12:
        return judgement
    reason = (
        "No gradient of g_loss flows to D's outputs, so G never moves: take out what detaches them."
        if not gradient.any()
        else "The gradient that flows to D's outputs is not the slope of g_loss."
    )
    return replace(
        judgement,
        verdict="wrong",
        consistent=False,
        divergence=None,
        reasons=(*judgement.reasons, reason),
        counterexample=of_generated_batches(losses, judgement.sign or 1)
        | {"g_loss_slope": slope, "gradient_that_flows": flows},
    )


def _unsquared(losses: Losses) -> str:
    """Return what to say where the square of a term is a sum over its batch."""
    zero, rng = np.zeros(losses.size), np.random.default_rng(1)
    real = rng.normal(size=losses.size)

    def squared(batch: FloatArray) -> float:
        return (losses.d(batch, zero) - losses.d(np.ones(losses.size), zero)) ** 2

    each = float(np.mean([squared(np.full(losses.size, one)) for one in real]))
    return ": a norm that is not squared" if abs(squared(real) - each) < 1e-4 * abs(each) else ""


# --- what else is to be said -----------------------------------------------------------------------


def _batch_remarks(losses: Losses, coupled: bool, outputs: Outputs) -> tuple[str, ...]:
    """Return what is to be said of batches of other sizes, and of large logits."""
    n = losses.size
    remarks = []
    with suppress(CannotJudge):
        once = losses.d(np.ones(n), -np.ones(n)) - losses.d(np.zeros(n), np.zeros(n))
        twice = losses.d(np.ones(2 * n), -np.ones(2 * n)) - losses.d(
            np.zeros(2 * n), np.zeros(2 * n)
        )
        if abs(twice - 2 * once) < 1e-6 * abs(twice):
            remarks.append(
                "d_loss adds up over the batch, so a step grows with its size; a mean would not."
            )
    if outputs == "logits" and not coupled:
        large = np.full(n, 100.0)
        if not all(math.isfinite(losses.d(a, b)) for a, b in ((large, -large), (-large, large))):
            remarks.append(
                "At logits of ±100 d_loss is not finite: write it with softplus(-a) for -log D and "
                "softplus(a) for -log(1 - D)."
            )
    return tuple(remarks)
