"""identify_game: what two losses are, whether that is right, and where it shows if not; assert_game."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np

from gantheory.losses import game as textbook
from gantheory.testing.oracle.calling import Loss, Losses, Outputs, Quiet, prepared
from gantheory.testing.oracle.counterexamples import of_batches, of_generated_batches
from gantheory.testing.oracle.coupled import only_means_detached
from gantheory.testing.oracle.handing import CannotJudge, Convert
from gantheory.testing.oracle.judgement import OTHER_GAMES, Judgement
from gantheory.testing.oracle.reach import Reach, reach
from gantheory.testing.oracle.sampling import check_sample
from gantheory.testing.oracle.scaling import in_units
from gantheory.testing.oracle.steadiness import precise, sample_of, tried, unchanged
from gantheory.testing.oracle.structure import Coupling, coupling
from gantheory.testing.oracle.summed import of_sums
from gantheory.testing.oracle.together import of_coupled
from gantheory.testing.oracle.unused import of_unused

LOGISTIC = ("minimax", "non-saturating", "f-gan:js")


def identify_game(
    d_loss: Callable[..., Any],
    g_loss: Callable[..., Any],
    *,
    outputs: Outputs = "logits",
    array: Convert | None = None,
    claims: str | None = None,
    sample: Any = None,
) -> Judgement:
    """Say which game two losses play, and whether they play it as theory says.

    Parameters
    ----------
    d_loss:
        d_loss(real, fake) -> scalar, which the discriminator minimises: batches of D's outputs of
        shape (n,), or (n, 1), (n, 1, t), (n, 1, h, w) if it wants that. Parameters that are named
        otherwise, as (fake, real) or (dis_generated, dis_real), are called by their names.
    g_loss:
        g_loss(fake) or g_loss(fake, real) -> scalar, which the generator minimises.
    outputs:
        What D's outputs are: "logits" (any real number, scores and critics too), or "probabilities".
    array:
        What turns a numpy array into theirs, such as torch.as_tensor; nothing for numpy.
    claims:
        The name of the game that its author says it is, as `gantheory.losses.game` has it.
    sample:
        A batch of D's own outputs, in an array of any library and shape, or a list of such: it is held
        against `outputs`, which otherwise is taken as given.

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
    terms, and the ratio p / q for which an output is the best one is read off their slopes. Gradients
    in D's outputs are asked for where the library is PyTorch or JAX.

    Sources: Goodfellow et al. (2014), propositions 1 and 2; Nowozin et al. (2016), section 2.
    """
    if outputs not in ("logits", "probabilities"):
        raise ValueError(f'outputs = {outputs!r}: write "logits" or "probabilities"')
    if claims is not None:
        _check_claim(claims)
    taken: tuple[str, ...] = ()
    with Quiet() as quiet:
        try:
            if sample is not None:
                check_sample(sample, outputs)
            losses = prepared(d_loss, g_loss, outputs=outputs, array=array, tried=tried)
            quiet.again()  # the losses may import late
            judgement = _judged(replace(losses, precise=precise(losses)), outputs, claims)
            taken = losses.assumes
        except CannotJudge as error:
            judgement = Judgement("unknown", judged=False, reasons=(str(error),))
    if sample is None and judgement.judged:
        judgement = replace(judgement, assumes=outputs)
        if judgement.verdict == "correct":
            taken = (f"the outputs for {outputs}", *taken)
    if taken:
        judgement = _on_trust(judgement, taken)
    if quiet.heard.getvalue():
        said = "The losses print; what they print is kept off the standard output."
        judgement = replace(judgement, reasons=(*judgement.reasons, said))
    return judgement


def assert_game(
    d_loss: Callable[..., Any],
    g_loss: Callable[..., Any],
    claims: str,
    *,
    outputs: Outputs = "logits",
    array: Convert | None = None,
    sample: Any = None,
) -> Judgement:
    """Assert that two losses are the game `claims`, as theory has it and in floats.

    Parameters
    ----------
    d_loss, g_loss:
        d_loss(real, fake) and g_loss(fake) or g_loss(fake, real), of batches of D's outputs.
    claims:
        The name of the game, as `gantheory.losses.game` has it.
    outputs, array, sample:
        As for `identify_game`. Give a sample: without one the outputs are taken for what `outputs` says.

    Returns
    -------
    Judgement
        Its numbers and remarks.

    Raises
    ------
    AssertionError
        If the losses are wrong, another game, none that is known, or not finite at logits of ±100. The
        message begins with the fault and ends with two points that show it.
    ValueError
        If they cannot be judged, or outputs or claims are no such words; it says what to write.
    """
    judgement = identify_game(
        d_loss, g_loss, outputs=outputs, array=array, claims=claims, sample=sample
    )
    fault = fault_of(judgement)
    if not judgement.judged:
        raise ValueError(fault)
    if fault:
        raise AssertionError(fault)
    return judgement


def fault_of(judgement: Judgement) -> str:
    """Return what makes a test fail, the fault first, or "" where nothing does."""
    if judgement.verdict == "correct" and judgement.finite:
        return ""
    if judgement.verdict != "correct":
        return str(judgement)
    strict = next(reason for reason in judgement.reasons if "is not finite" in reason)
    rest = [reason for reason in judgement.reasons if reason != strict]
    return "\n".join([f"not finite: {judgement.game}", *(f"  {one}" for one in (strict, *rest))])


def _check_claim(claims: Any) -> None:
    if not isinstance(claims, str):
        raise ValueError(f'claims = {claims!r}: write the name of a game, such as "minimax"')
    if claims in OTHER_GAMES:
        return
    try:
        textbook(claims)
    except ValueError as error:
        raise ValueError(str(error).replace("game(", "claims = (", 1)) from None


def _on_trust(judgement: Judgement, taken: tuple[str, ...]) -> Judgement:
    """Return the judgement with what it was assumed: at its head if "correct", else behind the first."""
    first, *rest = judgement.reasons
    if judgement.verdict == "correct":
        return replace(judgement, reasons=(f"Taking {' and '.join(taken)}: {first}", *rest))
    said = f"That is taking {' and '.join(taken)}: the names of the parameters do not tell."
    return replace(judgement, reasons=(first, said, *rest))


def _judged(losses: Losses, outputs: Outputs, claims: str | None) -> Judgement:
    own, (losses, units) = losses, in_units(losses)
    d_reach, g_reach = (reach(losses, loss) for loss in losses.theirs)
    if g_reach.backwards:
        losses, g_reach = _turned_round(losses)
    before = sample_of(losses)
    met = coupling(losses)
    judgement = of_coupled(losses, claims) if met.d else of_sums(losses, outputs, met, claims)
    if judgement.game == "relativistic-average":
        d_reach, g_reach = (
            _of_detached_means(losses, found, loss)
            for found, loss in zip((d_reach, g_reach), losses.theirs, strict=True)
        )
    judgement = _with_gradients(judgement, losses, d_reach, g_reach)
    judgement = _with_unused(units.undone(judgement), of_unused(losses))
    if not unchanged(losses, before):
        raise CannotJudge(
            "The losses give other values after many calls than before: they change a state; take it "
            "out, or hand it over as an argument."
        )
    at_large = _at_large_logits(own, outputs, judgement.game)
    remarks = (*losses.remarks, *_of_sizes(own, met), *at_large)
    return replace(judgement, finite=not at_large, reasons=(*judgement.reasons, *remarks))


# --- gradients ------------------------------------------------------------------------------------


def _turned_round(losses: Losses) -> tuple[Losses, Reach]:
    """Return the losses with minus g_loss, whose gradient it is that reaches D's outputs."""
    said = (
        "The gradient of g_loss that reaches D's outputs is minus its slope, as a gradient reversal "
        "layer makes it: what is judged is minus g_loss."
    )
    g = losses.g
    return replace(losses, g=lambda fake, real: -g(fake, real)), Reach(remarks=(said,))


def _of_detached_means(losses: Losses, found: Reach, loss: Loss) -> Reach:
    """Return what is to be said of gradients in which the means of the other batch stand still."""
    if not (found.faults or found.doubts) or not only_means_detached(losses, loss):
        return found
    said = (
        f"The gradient of {loss.name} leaves out the means that outputs are compared with, as in code "
        "that goes backward in two passes. Each output is still pushed to its own side, and the best D "
        "still rises with p / q; but that is not the slope of this loss, and not its best D."
    )
    return Reach(remarks=(said,))


def _with_gradients(
    judgement: Judgement, losses: Losses, d_reach: Reach, g_reach: Reach
) -> Judgement:
    """Return the judgement, with what is to be said of the gradients that reach D's outputs."""
    faults = tuple(
        one for one in (*d_reach.faults, *g_reach.faults) if one not in judgement.reasons
    )
    doubts = (*d_reach.doubts, *g_reach.doubts)
    remarks = (*d_reach.remarks, *g_reach.remarks)
    if faults:
        shown = judgement.counterexample
        if judgement.verdict != "wrong":
            show = of_batches if d_reach.faults else of_generated_batches
            shown = show(losses, judgement.sign or 1)
        return replace(
            judgement,
            verdict="wrong",
            consistent=False,
            divergence=None,
            reasons=(*faults, *judgement.reasons, *remarks),
            counterexample=shown,
        )
    if doubts and judgement.verdict == "correct":
        judgement = replace(judgement, verdict="unknown", divergence=None)
    first = doubts if judgement.verdict == "unknown" else ()
    return replace(judgement, reasons=(*first, *judgement.reasons, *remarks))


def _with_unused(judgement: Judgement, unused: tuple[str, ...]) -> Judgement:
    """Return the judgement, with what is to be said of samples that have no effect."""
    if not unused:
        return judgement
    if judgement.verdict == "wrong":
        first, *rest = judgement.reasons
        return replace(judgement, reasons=(first, *unused, *rest))
    return replace(
        judgement, verdict="unknown", divergence=None, reasons=(*unused, *judgement.reasons)
    )


# --- what else is to be said -----------------------------------------------------------------------


def _of_sizes(losses: Losses, met: Coupling) -> tuple[str, ...]:
    """Return what is to be said of batches of other sizes."""
    n = losses.size
    ones, zero = np.ones(2 * n), np.zeros(2 * n)
    remarks = []
    with suppress(CannotJudge):  # labels of one size for all
        once = losses.d(ones[:n], -ones[:n]) - losses.d(zero[:n], zero[:n])
        twice = losses.d(ones, -ones) - losses.d(zero, zero)
        if abs(twice - 2 * once) < 1e-6 * abs(twice):
            remarks.append(
                "d_loss adds up over the batch, so a step grows with its size; a mean would not."
            )
            return tuple(remarks)
        if not (met.d or met.places):
            remarks += _of_unequal_sizes(losses)
    return tuple(remarks)


def _of_unequal_sizes(losses: Losses) -> list[str]:
    """Return a sentence where the real and the generated batch have to be of one size."""
    n = losses.size
    rng = np.random.default_rng(8)
    real, fake = rng.normal(size=2 * n), rng.normal(size=n)
    zero = np.zeros(2 * n)
    try:
        value = losses.d(real, fake)
        wanted = losses.d(real, zero) + losses.d(zero[:n], fake) - losses.d(zero, zero)
    except CannotJudge as error:
        return [
            f"d_loss takes real and generated batches of one size only: with {2 * n} and {n} outputs it "
            f"fails ({str(error).partition(' when called')[0]}). If the labels of one batch are made "
            "from the other, as ones_like(real) for generated samples, make each from its own; the last "
            "batch of an epoch may be smaller."
        ]
    if abs(value - wanted) <= 10 * losses.rounding * max(abs(value), abs(wanted)):
        return []
    return [
        f"With {2 * n} real and {n} generated outputs d_loss is {value:.6g}, where its terms alone add "
        f"up to {wanted:.6g}: they do not weigh the same once the batches differ in size."
    ]


def _at_large_logits(losses: Losses, outputs: Outputs, game: str | None) -> tuple[str, ...]:
    """Return what to write where one of the losses is not finite at logits of ±100, or nothing."""
    n, where = losses.size, "At logits of ±100" if outputs == "logits" else "Where D says 0 or 1"
    better = ": write it so that it is, or bound D's output."
    if game is None or game in LOGISTIC or game.startswith("relativistic"):
        better = (
            ": with the logit a, write softplus(-a) for -log D and softplus(a) for -log(1 - D)."
        )
    for name, loss in (("d_loss", losses.d), ("g_loss", losses.g)):
        for one, other in product((100.0, -100.0), repeat=2):
            value = math.nan
            with suppress(CannotJudge):
                value = loss(np.full(n, one), np.full(n, other))
            if not math.isfinite(value):
                return (f"{where} {name} is not finite{better}",)
    return ()
