"""Right and wrong implementations of GAN losses in numpy, and what must be said of each.

Written from the formulas of the papers, in the ways in which people write them down. Both players
minimise what they return.

- `Entry.expected` holds fields of the answer: a number is met within 1e-3, and a frozenset is a choice,
  for what a reader of the theory may call by two names.
- `Entry.form` says how a right one comes from its textbook: d_loss = scale * textbook(k * output + m) +
  offset. Where scale and offset are None, they depend on the size of the batch. `targets` are those of
  D for real and generated samples, `aim` is that of G; `clamped` is Pearson's conjugate on u >= 0.
- `Entry.fault` says what is wrong with a wrong one. It is for the bank's own check, by brute force:

  unbounded    D's loss has no least value
  indifferent  D has one best answer, whichever of two laws is the real one
  optimum      D's best answer is not that of the game `meant`
  value        D's least loss is not that of the game `meant`
  coupled      the loss is no sum over samples
  same way     D and G push the output on generated samples to the same side
  mixed        D plays the game `meant`, G another one: not wrong by itself, where g_loss falls with D
  flat         G's loss does not depend on the output
  misnamed     all is well, but `claims` names another game
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np
from scipy.special import expit as sigmoid
from scipy.special import lambertw

Loss = Callable[..., Any]
LOG_2 = math.log(2)
PROBABILITIES = "probabilities"
# these are decreasing functions of p / q as they are printed: what "sign" counts is a matter of taste
DECREASING = frozenset({"f-gan:reverse-kl", "f-gan:squared-hellinger", "f-gan:neyman-chi2"})
LOGISTIC = frozenset({"minimax", "non-saturating"})
OPTIMAL_LOGIT = {
    "minimax": 0.0,
    "non-saturating": 0.0,
    "least-squares": 0.5,
    "f-gan:kl": 1.0,
    "f-gan:reverse-kl": 0.0,
    "f-gan:js": 0.0,
    "f-gan:jeffreys": 0.0,
    "f-gan:squared-hellinger": 0.0,
    "f-gan:pearson-chi2": 0.0,
    "f-gan:neyman-chi2": 0.0,
}
VALUE = {
    "minimax": 2 * LOG_2,
    "non-saturating": 2 * LOG_2,
    "hinge": 2.0,
    "relativistic": LOG_2,
    "relativistic-average": 2 * LOG_2,
    **{name: 0.0 for name in OPTIMAL_LOGIT if name.startswith("f-gan:")},
}
# one or the other name: the same two losses
MINIMAX_OR_JS = frozenset({"minimax", "f-gan:js"})
NON_SATURATING_OR_JS = frozenset({"non-saturating", "f-gan:js"})
HELLINGER_OR_ALPHA = frozenset({"f-gan:squared-hellinger", "f-gan:alpha=0.5"})
WRONG_OR_UNKNOWN = frozenset({"wrong", "unknown"})
CORRECT_OR_UNKNOWN = frozenset({"correct", "unknown"})


@dataclass(frozen=True)
class Form:
    """d_loss = d[0] * textbook(k * output + m) + d[1], and g_loss with g; targets as given."""

    game: str
    k: float = 1.0
    m: float = 0.0
    d: tuple[float, float] | None = (1.0, 0.0)
    g: tuple[float, float] | None = (1.0, 0.0)
    targets: tuple[float, float] = (1.0, 0.0)
    aim: float = 1.0
    clamped: bool = False


@dataclass(frozen=True, eq=False)
class Entry:
    """One implementation and its answer. `column`: takes only batches of shape (n, 1)."""

    name: str
    d_loss: Loss
    g_loss: Loss
    expected: Mapping[str, Any]
    outputs: str = "logits"
    array: Callable[[Any], Any] | None = None
    claims: str | None = None
    form: Form | None = None
    fault: str | None = None
    meant: str | None = None
    column: bool = False


def right(
    name: str,
    form: Form,
    d_loss: Loss,
    g_loss: Loss,
    *,
    game: frozenset[str] | str | None = None,
    outputs: str = "logits",
    array: Callable[[Any], Any] | None = None,
    claims: str | None = None,
    column: bool = False,
) -> Entry:
    """Return a right entry; what is expected of it follows from its form."""
    expected = {"verdict": "correct", "game": game or form.game, **said_of(form, outputs)}
    if isinstance(game, frozenset):  # scales and values are then those of one name or of the other
        for key in (
            "d_scale",
            "d_offset",
            "g_scale",
            "g_offset",
            "value_at_equality",
            "saturating",
        ):
            expected.pop(key, None)
    return Entry(name, d_loss, g_loss, expected, outputs, array, claims, form, column=column)


def said_of(form: Form, outputs: str) -> dict[str, Any]:
    """Return the fields that leave no room for taste."""
    expected: dict[str, Any] = {"consistent": True, "real_weight": 1.0}
    if form.game in LOGISTIC:
        expected["saturating"] = form.game == "minimax"
    if form.game not in DECREASING:
        expected["sign"] = 1 if form.k > 0 else -1
    if (form.k, form.m) != (1.0, 0.0):
        return expected
    practical = form.game.startswith("f-gan:")  # then G has two forms, hence two scales
    for player, line in (("d", form.d), ("g", None if practical else form.g)):
        if line is not None:
            expected[f"{player}_scale"], expected[f"{player}_offset"] = line
    alpha, beta = form.targets
    if form.game in LOGISTIC | {"least-squares"}:
        expected["real_target"], expected["fake_target"] = alpha, beta
    expected |= at_equality(form, outputs)
    return expected


def at_equality(form: Form, outputs: str) -> dict[str, float]:
    """Return the optimal logit at p = q, and D's least loss there when nothing is scaled."""
    said: dict[str, float] = {}
    middle = sum(form.targets) / 2
    value = VALUE.get(form.game)
    if form.game in LOGISTIC:
        said["optimal_logit_at_equality"] = math.log(middle / (1 - middle))
        value = -2 * (middle * math.log(middle) + (1 - middle) * math.log(1 - middle))
    elif form.game == "least-squares":
        value = (form.targets[0] - form.targets[1]) ** 2 / 4
        if outputs == "logits":
            said["optimal_logit_at_equality"] = middle
    elif form.game in OPTIMAL_LOGIT:
        said["optimal_logit_at_equality"] = OPTIMAL_LOGIT[form.game]
    if form.d == (1.0, 0.0) and value is not None:
        said["value_at_equality"] = value
    return said


def wrong(
    name: str,
    fault: str,
    d_loss: Loss,
    g_loss: Loss,
    *,
    meant: str | None = None,
    outputs: str = "logits",
    array: Callable[[Any], Any] | None = None,
    column: bool = False,
    verdict: frozenset[str] | str = "wrong",
    **said: Any,
) -> Entry:
    """Return a wrong entry; mixed games and games that pull the same way are not consistent."""
    expected = {"verdict": verdict, **said}
    if fault in ("same way", "mixed") and verdict == "wrong":
        expected.setdefault("consistent", False)
    return Entry(
        name,
        d_loss,
        g_loss,
        expected,
        outputs,
        array,
        fault=fault,
        meant=meant,
        column=column,
    )


def misnamed(
    name: str,
    form: Form,
    claims: str,
    d_loss: Loss,
    g_loss: Loss,
    *,
    game: frozenset[str] | str | None = None,
    outputs: str = "logits",
    array: Callable[[Any], Any] | None = None,
) -> Entry:
    """Return an entry that is right, but no `claims`."""
    expected = {"verdict": "wrong", "game": game or form.game, "consistent": True}
    return Entry(
        name, d_loss, g_loss, expected, outputs, array, claims, form, "misnamed", form.game
    )


def odd(name: str, d_loss: Loss, g_loss: Loss, **expected: Any) -> Entry:
    """Return an entry that cannot be judged, or of which theory has little to say."""
    return Entry(name, d_loss, g_loss, expected or {"verdict": "unknown", "judged": False})


# --- what people have at hand ---------------------------------------------------------------------


def softplus(x: Any) -> Any:
    """log(1 + e^x)."""
    return np.logaddexp(0.0, x)


def relu(x: Any) -> Any:
    """max(x, 0)."""
    return np.maximum(x, 0.0)


def bce(probability: Any, label: Any) -> Any:
    """-mean [y log D + (1 - y) log(1 - D)]."""
    return -np.mean(label * np.log(probability) + (1 - label) * np.log(1 - probability))


def bce_logits(logits: Any, label: Any) -> Any:
    """mean [max(a, 0) - a y + log(1 + e^-|a|)]."""
    return np.mean(relu(logits) - logits * label + np.log1p(np.exp(-np.abs(logits))))


def mse(x: Any, label: float) -> Any:
    """mean (x - y)²."""
    return np.mean((x - label) ** 2)


def w_conjugate(t: Any) -> Any:
    """W(e^(1 - t)) + 1 / W(e^(1 - t)) + t - 2."""
    w = lambertw(np.exp(1 - t)).real
    return w + 1 / w + t - 2


def both(r: Any, f: Any) -> tuple[Any, Any]:
    """Return r - mean f and f - mean r."""
    return r - f.mean(), f - r.mean()


def concatenated(r: Any, f: Any) -> Any:
    """One call on one long batch, as Keras' train_on_batch has it."""
    logits = np.concatenate([r, f])
    return bce_logits(logits, np.concatenate([np.ones_like(r), np.zeros_like(f)]))


def keras_bce(label: float, probability: Any) -> Any:
    """Keras clips with its epsilon, 1e-7."""
    return bce(np.clip(probability, 1e-7, 1 - 1e-7), label)


def two_class(logits: Any, label: int) -> Any:
    """-mean log softmax((0, a))[label]."""
    pairs = np.stack([np.zeros_like(logits), logits], axis=-1)
    return np.mean(np.logaddexp.reduce(pairs, axis=-1) - pairs[..., label])


def logistic_d(r: Any, f: Any) -> Any:
    return softplus(-r).mean() + softplus(f).mean()


def squares_d(r: Any, f: Any) -> Any:
    return 0.5 * mse(r, 1) + 0.5 * mse(f, 0)


def hinge_d(r: Any, f: Any) -> Any:
    return relu(1 - r).mean() + relu(1 + f).mean()


def critic_d(r: Any, f: Any) -> Any:
    return f.mean() - r.mean()


def relativistic_d(r: Any, f: Any) -> Any:
    return softplus(f - r).mean()


def average_d(r: Any, f: Any) -> Any:
    above, below = both(r, f)
    return softplus(-above).mean() + softplus(below).mean()


MM = Form("minimax")
NS = Form("non-saturating")
LS = Form("least-squares")
HINGE = Form("hinge")
WGAN = Form("wasserstein")
KL = Form("f-gan:kl")
REVERSE = Form("f-gan:reverse-kl")
JS = Form("f-gan:js")
JEFFREYS = Form("f-gan:jeffreys")
TV = Form("f-gan:total-variation")
HELLINGER = Form("f-gan:squared-hellinger")
PEARSON = Form("f-gan:pearson-chi2")
NEYMAN = Form("f-gan:neyman-chi2")
ALPHA = Form("f-gan:alpha=0.5")
RS = Form("relativistic")
RA = Form("relativistic-average")

RIGHT = (
    # --- logistic -------------------------------------------------------------------------------
    right("minimax-softplus", MM, logistic_d, lambda f: -softplus(f).mean()),
    right(
        "minimax-log-sigmoid",
        MM,
        lambda r, f: -np.mean(np.log(sigmoid(r)) + np.log(1 - sigmoid(f))),
        lambda f: np.mean(np.log(1 - sigmoid(f))),
    ),
    right(
        "minimax-halved",
        Form("minimax", d=(0.5, 0)),
        lambda r, f: (softplus(-r).mean() + softplus(f).mean()) / 2,
        lambda f: -softplus(f).mean(),
    ),
    right(
        "minimax-probabilities",
        MM,
        lambda d_real, d_fake: -(np.log(d_real) + np.log(1 - d_fake)).mean(),
        lambda d_fake: np.log(1 - d_fake).mean(),
        outputs=PROBABILITIES,
    ),
    right(
        "minimax-offsets",
        Form("minimax", d=(1, 3), g=(2, -1)),
        lambda r, f: 3 + np.mean(softplus(-r) + softplus(f)),
        lambda f: -2 * softplus(f).mean() - 1,
    ),
    right(
        "minimax-flipped",
        Form("minimax", k=-1),
        lambda r, f: softplus(r).mean() + softplus(-f).mean(),
        lambda f: -softplus(-f).mean(),
    ),
    right(
        "minimax-temperature",
        Form("minimax", k=0.5),
        lambda r, f: -np.log(sigmoid(r / 2)).mean() - np.log(sigmoid(-f / 2)).mean(),
        lambda f: np.log(sigmoid(-f / 2)).mean(),
    ),
    right(
        "minimax-shifted-output",
        Form("minimax", m=1),
        lambda r, f: softplus(-(r + 1)).mean() + softplus(f + 1).mean(),
        lambda f: -softplus(f + 1).mean(),
    ),
    right(
        "gan-row-of-f-gan",
        MM,
        lambda r, f: np.log1p(np.exp(-r)).mean() - np.log(1 - np.exp(-np.log1p(np.exp(-f)))).mean(),
        lambda f: np.log(1 - np.exp(-np.log1p(np.exp(-f)))).mean(),
        game=MINIMAX_OR_JS,
    ),
    right(
        "minimax-claims-js",
        MM,
        lambda r, f: np.mean(softplus(-r)) + np.mean(softplus(f)),
        lambda f: -np.mean(softplus(f)),
        game=MINIMAX_OR_JS,
        claims="f-gan:js",
    ),
    right(
        "minimax-claims-minimax",
        Form("minimax", d=(2, 0)),
        lambda r, f: 2 * softplus(-r).mean() + 2 * softplus(f).mean(),
        lambda f: np.log(sigmoid(-f)).mean(),
        claims="minimax",
    ),
    right("non-saturating-softplus", NS, logistic_d, lambda f: softplus(-f).mean()),
    right(
        "non-saturating-bce-of-logits",
        NS,
        lambda r, f: bce_logits(r, np.ones_like(r)) + bce_logits(f, np.zeros_like(f)),
        lambda f: bce_logits(f, np.ones_like(f)),
        claims="non-saturating",
    ),
    right(
        "non-saturating-tiny-epsilon",
        NS,
        lambda d_real, d_fake: -np.mean(np.log(d_real + 1e-8) + np.log(1 - d_fake + 1e-8)),
        lambda d_fake: -np.mean(np.log(d_fake + 1e-8)),
        outputs=PROBABILITIES,
    ),
    right(
        "non-saturating-keras-clip",
        Form("non-saturating", d=(0.5, 0)),
        lambda d_real, d_fake: 0.5 * np.add(keras_bce(1.0, d_real), keras_bce(0.0, d_fake)),
        lambda d_fake: keras_bce(1.0, d_fake),
        outputs=PROBABILITIES,
    ),
    right(
        "non-saturating-one-long-batch",
        Form("non-saturating", d=(0.5, 0)),
        concatenated,
        lambda f: bce_logits(f, 1.0),
    ),
    right(
        "non-saturating-column-of-labels",
        NS,
        lambda r, f: (
            bce_logits(r.reshape(-1, 1), np.ones((len(r), 1)))
            + bce_logits(f.reshape(-1, 1), np.zeros((len(f), 1)))
        ),
        lambda f: bce_logits(f.reshape(-1, 1), np.ones((len(f), 1))),
    ),
    right(
        "non-saturating-one-sided-smoothing",
        Form("non-saturating", targets=(0.9, 0)),
        lambda r, f: bce_logits(r, 0.9) + bce_logits(f, 0.0),
        lambda f: bce_logits(f, 1.0),
    ),
    right(
        "non-saturating-two-sided-smoothing",
        Form("non-saturating", targets=(0.9, 0.1)),
        lambda r, f: bce_logits(r, 0.9) + bce_logits(f, 0.1),
        lambda f: bce_logits(f, 1.0),
    ),
    right(
        "non-saturating-fake-labels-smoothed",
        Form("non-saturating", targets=(1, 0.2)),
        lambda r, f: bce(r, 1.0) + bce(f, 0.2),
        lambda f: bce(f, 1.0),
        outputs=PROBABILITIES,
    ),
    right(
        "non-saturating-everything-smoothed",
        Form("non-saturating", targets=(0.9, 0), aim=0.9),
        lambda r, f: bce(sigmoid(r), 0.9) + bce(sigmoid(f), 0.0),
        lambda f: bce(sigmoid(f), 0.9),
    ),
    right(
        "non-saturating-smoothed-and-halved",
        Form("non-saturating", targets=(0.8, 0), d=(0.5, 0)),
        lambda r, f: (bce_logits(r, 0.8) + bce_logits(f, 0.0)) / 2,
        lambda f: softplus(-f).mean(),
    ),
    right(
        "minimax-one-sided-smoothing",
        Form("minimax", targets=(0.9, 0)),
        lambda r, f: bce_logits(r, 0.9) + bce_logits(f, 0.0),
        lambda f: -bce_logits(f, 0.0),
    ),
    right(
        "non-saturating-flipped-labels",
        Form("non-saturating", k=-1),
        lambda r, f: bce_logits(r, 0.0) + bce_logits(f, 1.0),
        lambda f: bce_logits(f, 0.0),
    ),
    right(
        "non-saturating-flipped-probabilities",
        Form("non-saturating", k=-1, d=(0.5, 0)),
        lambda r, f: 0.5 * (bce(r, 0.0) + bce(f, 1.0)),
        lambda f: bce(f, 0.0),
        outputs=PROBABILITIES,
    ),
    right(
        "non-saturating-temperature-and-shift",
        Form("non-saturating", k=2, m=-0.5),
        lambda r, f: softplus(0.5 - 2 * r).mean() + softplus(2 * f - 0.5).mean(),
        lambda f: softplus(0.5 - 2 * f).mean(),
    ),
    right(
        "non-saturating-in-bits",
        Form("non-saturating", d=(1 / LOG_2, 0), g=(1 / LOG_2, 0)),
        lambda r, f: -np.mean(np.log2(sigmoid(r))) - np.mean(np.log2(1 - sigmoid(f))),
        lambda f: -np.mean(np.log2(sigmoid(f))),
    ),
    right(
        "non-saturating-summed",
        Form("non-saturating", d=None, g=None),
        lambda r, f: softplus(-r).sum() + softplus(f).sum(),
        lambda f: softplus(-f).sum(),
    ),
    right(
        "non-saturating-summed-in-d-only",
        Form("non-saturating", d=None),
        lambda r, f: np.sum(softplus(-r) + softplus(f)),
        lambda f: np.mean(softplus(-f)),
    ),
    right(
        "non-saturating-small-weight-of-g",
        Form("non-saturating", g=(1e-3, 0)),
        lambda r, f: np.mean(np.logaddexp(0, -r)) + np.mean(np.logaddexp(0, f)),
        lambda f: 1e-3 * np.mean(np.logaddexp(0, -f)),
    ),
    right(
        "non-saturating-two-class-softmax",
        NS,
        lambda r, f: two_class(r, 1) + two_class(f, 0),
        lambda f: two_class(f, 1),
    ),
    right(
        "non-saturating-plain-python",
        NS,
        lambda r, f: (
            sum(math.log1p(math.exp(-a)) for a in np.ravel(r).tolist()) / len(r)
            + sum(math.log1p(math.exp(a)) for a in np.ravel(f).tolist()) / len(f)
        ),
        lambda f: sum(math.log1p(math.exp(-a)) for a in np.ravel(f).tolist()) / len(f),
    ),
    # --- least squares --------------------------------------------------------------------------
    right("least-squares-published", LS, squares_d, lambda f: 0.5 * mse(f, 1)),
    right(
        "least-squares-without-half",
        Form("least-squares", d=(2, 0), g=(2, 0)),
        lambda r, f: mse(r, 1.0) + mse(f, 0.0),
        lambda f: mse(f, 1.0),
    ),
    right(
        "least-squares-minus-one-one-zero",
        Form("least-squares", targets=(1, -1), aim=0),
        lambda r, f: 0.5 * mse(r, 1) + 0.5 * mse(f, -1),
        lambda f: 0.5 * mse(f, 0),
    ),
    right(
        "least-squares-minus-one-one-one",
        Form("least-squares", targets=(1, -1), d=(2, 0), g=(2, 0)),
        lambda r, f: np.mean(np.square(r - 1)) + np.mean(np.square(f + 1)),
        lambda f: np.mean(np.square(f - 1)),
    ),
    right(
        "least-squares-flipped",
        Form("least-squares", k=-1, m=1, d=(2, 0), g=(2, 0)),
        lambda r, f: np.mean(r**2) + np.mean((f - 1) ** 2),
        lambda f: np.mean(f**2),
    ),
    right(
        "least-squares-smoothed",
        Form("least-squares", targets=(0.9, 0), aim=0.9),
        lambda r, f: 0.5 * (mse(r, 0.9) + mse(f, 0)),
        lambda f: 0.5 * mse(f, 0.9),
    ),
    right(
        "least-squares-smoothed-d-only",
        Form("least-squares", targets=(0.9, 0), d=(2, 0), g=(2, 0)),
        lambda r, f: np.mean((r - 0.9) ** 2) + np.mean(f**2),
        lambda f: np.mean((f - 1) ** 2),
    ),
    right(
        "least-squares-probabilities",
        Form("least-squares", d=(1, 0), g=(2, 0)),
        lambda d_real, d_fake: (mse(d_real, 1) + mse(d_fake, 0)) / 2,
        lambda d_fake: mse(d_fake, 1),
        outputs=PROBABILITIES,
    ),
    right(
        "least-squares-summed",
        Form("least-squares", d=None, g=None),
        lambda r, f: np.sum((r - 1) ** 2) + np.sum(f**2),
        lambda f: np.sum((f - 1) ** 2),
    ),
    # --- hinge ----------------------------------------------------------------------------------
    right("hinge-published", HINGE, hinge_d, lambda f: -f.mean()),
    right(
        "hinge-halved",
        Form("hinge", d=(0.5, 0)),
        lambda r, f: 0.5 * (relu(1 - r).mean() + relu(1 + f).mean()),
        lambda f: -f.mean(),
    ),
    right(
        "hinge-minima",
        HINGE,
        lambda r, f: -np.minimum(0.0, r - 1).mean() - np.minimum(0.0, -f - 1).mean(),
        lambda f: -np.mean(f),
        claims="hinge",
    ),
    right(
        "hinge-flipped",
        Form("hinge", k=-1),
        lambda r, f: relu(1 + r).mean() + relu(1 - f).mean(),
        lambda f: f.mean(),
    ),
    right(
        "hinge-margin-two",
        Form("hinge", k=0.5, d=(2, 0), g=(2, 0)),
        lambda r, f: relu(2 - r).mean() + relu(2 + f).mean(),
        lambda f: -f.mean(),
    ),
    # margin on one side only: between targets 1 and 0 instead of 1 and -1, so D's output is 2 D - 1
    right(
        "hinge-between-one-and-zero",
        Form("hinge", k=2, m=-1, d=(0.5, 0), g=(0.5, -0.5)),
        lambda r, f: relu(1 - r).mean() + relu(f).mean(),
        lambda f: -f.mean(),
    ),
    # --- Wasserstein ----------------------------------------------------------------------------
    right("wasserstein-published", WGAN, critic_d, lambda f: -f.mean()),
    right(
        "wasserstein-one-mean",
        WGAN,
        lambda r, f: -np.mean(r - f),
        lambda f: -np.mean(f),
        claims="wasserstein",
    ),
    right(
        "wasserstein-flipped",
        Form("wasserstein", k=-1),
        lambda r, f: r.mean() - f.mean(),
        lambda f: f.mean(),
    ),
    right(
        "wasserstein-scaled",
        Form("wasserstein", d=(0.25, 0), g=(3, 0)),
        lambda r, f: 0.25 * (np.mean(f) - np.mean(r)),
        lambda f: -3 * np.mean(f),
    ),
    right(
        "wasserstein-labels-times-outputs",
        WGAN,
        lambda r, f: np.mean(-1.0 * r) + np.mean(1.0 * f),
        lambda f: np.mean(-1.0 * f),
    ),
    # --- f-GANs: the zero-sum generator, and the practical one ------------------------------------
    right(
        "kl-zero-sum",
        KL,
        lambda r, f: -r.mean() + np.exp(f - 1).mean(),
        lambda f: -np.exp(f - 1).mean(),
    ),
    right(
        "kl-practical",
        KL,
        lambda r, f: np.exp(f - 1).mean() - r.mean(),
        lambda f: -f.mean(),
    ),
    # T shifted by one: an affine change of D's output
    right(
        "kl-donsker-shift",
        Form("f-gan:kl", m=1, d=(1, 1), g=(1, 1)),
        lambda r, f: np.exp(f).mean() - r.mean(),
        lambda f: -f.mean(),
        claims="f-gan:kl",
    ),
    right(
        "reverse-kl-zero-sum",
        REVERSE,
        lambda r, f: np.exp(r).mean() + np.mean(-1 - f),
        lambda f: np.mean(1 + f),
    ),
    right(
        "reverse-kl-practical",
        REVERSE,
        lambda r, f: np.exp(r).mean() + np.mean(-1 - np.log(np.exp(f))),
        lambda f: np.exp(f).mean(),
    ),
    right(
        "reverse-kl-other-activation",
        Form("f-gan:reverse-kl", k=-1),
        lambda r, f: np.mean(np.exp(-r)) + np.mean(-1 - np.log(np.exp(-f))),
        lambda f: np.mean(np.exp(-f)),
    ),
    right(
        "js-zero-sum",
        JS,
        lambda r, f: (
            -np.mean(LOG_2 - softplus(-r)) - np.mean(np.log(2 - np.exp(LOG_2 - softplus(-f))))
        ),
        lambda f: np.mean(np.log(2 - np.exp(LOG_2 - softplus(-f)))),
        game=MINIMAX_OR_JS,
    ),
    right(
        "js-practical",
        JS,
        lambda r, f: np.mean(softplus(-r) - LOG_2) + np.mean(softplus(f) - LOG_2),
        lambda f: -np.mean(LOG_2 - softplus(-f)),
        game=NON_SATURATING_OR_JS,
        claims="f-gan:js",
    ),
    right(
        "jeffreys-zero-sum",
        JEFFREYS,
        lambda r, f: np.mean(w_conjugate(f)) - np.mean(r),
        lambda f: -np.mean(w_conjugate(f)),
    ),
    right(
        "jeffreys-practical",
        JEFFREYS,
        lambda r, f: -r.mean() + w_conjugate(f).mean(),
        lambda f: -f.mean(),
    ),
    right(
        "total-variation-tanh",
        TV,
        lambda r, f: np.mean(0.5 * np.tanh(f)) - np.mean(0.5 * np.tanh(r)),
        lambda f: -np.mean(0.5 * np.tanh(f)),
    ),
    right(
        "total-variation-sigmoid",
        Form("f-gan:total-variation", k=0.5, g=(1, -0.5)),
        lambda r, f: sigmoid(f).mean() - sigmoid(r).mean(),
        lambda f: -sigmoid(f).mean(),
    ),
    right(
        "total-variation-by-labels",
        Form("f-gan:total-variation", k=0.5, d=(1, 1), g=(1, 0.5)),
        lambda d_real, d_fake: np.mean(np.abs(1 - d_real)) + np.mean(np.abs(0 - d_fake)),
        lambda d_fake: np.mean(np.abs(1 - d_fake)),
        outputs=PROBABILITIES,
    ),
    right(
        "squared-hellinger-zero-sum",
        HELLINGER,
        lambda r, f: np.mean(np.exp(r) - 1) + np.mean((1 - np.exp(f)) / np.exp(f)),
        lambda f: -np.mean((1 - np.exp(f)) / np.exp(f)),
    ),
    right(
        "squared-hellinger-practical",
        HELLINGER,
        lambda r, f: -np.mean(1 - np.exp(r)) + np.mean(np.exp(-f) - 1),
        lambda f: -np.mean(1 - np.exp(f)),
        claims="f-gan:squared-hellinger",
    ),
    right(
        "squared-hellinger-as-exponential-loss",
        Form("f-gan:squared-hellinger", k=-1, d=(1, 2), g=(1, 1)),
        lambda r, f: np.exp(-r).mean() + np.exp(f).mean(),
        lambda f: np.exp(-f).mean(),
    ),
    right(
        "pearson-zero-sum",
        PEARSON,
        lambda r, f: -r.mean() + (f**2 / 4 + f).mean(),
        lambda f: -(f**2 / 4 + f).mean(),
    ),
    right(
        "pearson-practical",
        PEARSON,
        lambda r, f: np.mean(0.25 * f**2 + f) - np.mean(r),
        lambda f: -np.mean(f),
    ),
    right(
        "pearson-clamped",
        Form("f-gan:pearson-chi2", clamped=True),
        lambda r, f: np.mean(np.where(f > -2, f**2 / 4 + f, -1.0)) - np.mean(r),
        lambda f: -np.mean(f),
    ),
    # importance fitting by least squares: T shifted by two
    right(
        "pearson-without-the-linear-term",
        Form("f-gan:pearson-chi2", m=-2, d=(1, -1), g=(1, -2)),
        lambda r, f: np.mean(f**2) / 4 - np.mean(r),
        lambda f: -np.mean(f),
    ),
    right(
        "neyman-zero-sum",
        NEYMAN,
        lambda r, f: -np.mean(1 - np.exp(r)) + np.mean(2 - 2 * np.sqrt(np.exp(f))),
        lambda f: -np.mean(2 - 2 * np.sqrt(np.exp(f))),
    ),
    right(
        "neyman-practical",
        NEYMAN,
        lambda r, f: np.mean(np.exp(r) - 1) + np.mean(2 - 2 * np.exp(f / 2)),
        lambda f: np.mean(np.exp(f) - 1),
    ),
    right(
        "alpha-half",
        ALPHA,
        lambda r, f: -np.mean(2 - softplus(-r)) + np.mean(2 / (softplus(-f) / 2) - 2),
        lambda f: -np.mean(2 / (softplus(-f) / 2) - 2),
        game=HELLINGER_OR_ALPHA,
    ),
    # --- relativistic ---------------------------------------------------------------------------
    right("relativistic-softplus", RS, relativistic_d, lambda f, r: softplus(r - f).mean()),
    right(
        "relativistic-log-sigmoid",
        RS,
        lambda r, f: -np.mean(np.log(sigmoid(r - f))),
        lambda f, r: -np.mean(np.log(sigmoid(f - r))),
        claims="relativistic",
    ),
    right(
        "relativistic-flipped",
        Form("relativistic", k=-1),
        lambda r, f: softplus(r - f).mean(),
        lambda f, r: softplus(f - r).mean(),
    ),
    right(
        "relativistic-scaled",
        Form("relativistic", d=(2, 0), g=(0.5, 0)),
        lambda r, f: bce_logits(r - f, 1.0) + bce_logits(f - r, 0.0),
        lambda f, r: 0.5 * bce_logits(f - r, 1.0),
    ),
    right(
        "relativistic-average-softplus",
        RA,
        average_d,
        lambda f, r: softplus(r.mean() - f).mean() + softplus(r - f.mean()).mean(),
    ),
    right(
        "relativistic-average-halved",
        Form("relativistic-average", d=(0.5, 0), g=(0.5, 0)),
        lambda r, f: (bce_logits(r - f.mean(), 1.0) + bce_logits(f - r.mean(), 0.0)) / 2,
        lambda f, r: (bce_logits(r - f.mean(), 0.0) + bce_logits(f - r.mean(), 1.0)) / 2,
        claims="relativistic-average",
    ),
)

WRONG = (
    # --- signs ----------------------------------------------------------------------------------
    wrong(
        "value-itself",
        "unbounded",
        lambda r, f: np.log(sigmoid(r)).mean() + np.log(1 - sigmoid(f)).mean(),
        lambda f: np.log(1 - sigmoid(f)).mean(),
    ),
    wrong(
        "value-itself-in-probabilities",
        "unbounded",
        lambda d_real, d_fake: np.mean(np.log(d_real)) + np.mean(np.log(1 - d_fake)),
        lambda d_fake: -np.mean(np.log(d_fake)),
        outputs=PROBABILITIES,
    ),
    wrong(
        "value-itself-of-least-squares",
        "unbounded",
        lambda r, f: -0.5 * mse(r, 1) - 0.5 * mse(f, 0),
        lambda f: 0.5 * mse(f, 1),
    ),
    wrong(
        "value-itself-of-the-hinge",
        "unbounded",
        lambda r, f: np.minimum(0, r - 1).mean() + np.minimum(0, -1 - f).mean(),
        lambda f: -f.mean(),
    ),
    wrong(
        "value-itself-of-kl",
        "unbounded",
        lambda r, f: r.mean() - np.exp(f - 1).mean(),
        lambda f: -f.mean(),
    ),
    wrong(
        "logistic-sign-of-real-term",
        "unbounded",
        lambda r, f: -softplus(-r).mean() + softplus(f).mean(),
        lambda f: softplus(-f).mean(),
    ),
    wrong(
        "logistic-sign-of-fake-term",
        "unbounded",
        lambda r, f: -np.mean(np.log(sigmoid(r))) + np.mean(np.log(1 - sigmoid(f))),
        lambda f: -np.mean(np.log(sigmoid(f))),
    ),
    wrong(
        "least-squares-sign-of-fake-term",
        "unbounded",
        lambda r, f: mse(r, 1) - mse(f, 0),
        lambda f: mse(f, 1),
    ),
    wrong(
        "hinge-sign-of-fake-term",
        "unbounded",
        lambda r, f: relu(1 - r).mean() - relu(1 + f).mean(),
        lambda f: -f.mean(),
    ),
    wrong(
        "wasserstein-real-plus-fake",
        "unbounded",
        lambda r, f: -(np.mean(r) + np.mean(f)),
        lambda f: -np.mean(f),
    ),
    wrong(
        "kl-sign-of-conjugate",
        "unbounded",
        lambda r, f: -r.mean() - np.exp(f - 1).mean(),
        lambda f: -f.mean(),
    ),
    wrong(
        "reverse-kl-conjugate-without-minus",
        "unbounded",
        lambda r, f: np.exp(r).mean() + (1 + f).mean(),
        lambda f: np.exp(f).mean(),
    ),
    # --- labels ---------------------------------------------------------------------------------
    wrong(
        "logistic-both-labels-one",
        "indifferent",
        lambda r, f: bce_logits(r, 1.0) + bce_logits(f, 1.0),
        lambda f: bce_logits(f, 1.0),
    ),
    wrong(
        "logistic-both-labels-zero",
        "indifferent",
        lambda r, f: bce(sigmoid(r), 0.0) + bce(sigmoid(f), 0.0),
        lambda f: bce(sigmoid(f), 1.0),
    ),
    wrong(
        "logistic-both-targets-smoothed-to-the-same",
        "indifferent",
        lambda r, f: bce_logits(r, 0.9) + bce_logits(f, 0.9),
        lambda f: bce_logits(f, 1.0),
    ),
    wrong(
        "logistic-labels-swapped-in-d",
        "same way",
        lambda r, f: bce_logits(r, 0.0) + bce_logits(f, 1.0),
        lambda f: bce_logits(f, 1.0),
    ),
    wrong(
        "logistic-both-targets-low",
        "optimum",
        lambda r, f: bce_logits(r, 0.1) + bce_logits(f, 0.0),
        lambda f: bce_logits(f, 1.0),
        meant="non-saturating",
    ),
    wrong(
        "logistic-both-targets-high",
        "optimum",
        lambda r, f: bce_logits(r, 1.0) + bce_logits(f, 0.9),
        lambda f: bce_logits(f, 1.0),
        meant="non-saturating",
    ),
    wrong(
        "logistic-smoothed-labels-swapped-in-d",
        "same way",
        lambda r, f: bce_logits(r, 0.1) + bce_logits(f, 0.9),
        lambda f: bce_logits(f, 1.0),
    ),
    wrong(
        "logistic-real-target-above-one",
        "unbounded",
        lambda r, f: bce_logits(r, 1.2) + bce_logits(f, 0.0),
        lambda f: bce_logits(f, 1.0),
    ),
    wrong(
        "logistic-fake-target-below-zero",
        "unbounded",
        lambda r, f: bce_logits(r, 1.0) + bce_logits(f, -0.2),
        lambda f: bce_logits(f, 1.0),
    ),
    wrong(
        "logistic-labels-one-and-minus-one",
        "unbounded",
        lambda r, f: bce_logits(r, 1.0) + bce_logits(f, -1.0),
        lambda f: bce_logits(f, 1.0),
    ),
    wrong(
        "least-squares-both-targets-one",
        "indifferent",
        lambda r, f: mse(r, 1) + mse(f, 1),
        lambda f: mse(f, 1),
    ),
    wrong(
        "least-squares-arguments-swapped-in-d",
        "same way",
        lambda r, f: mse(f, 1) + mse(r, 0),
        lambda f: mse(f, 1),
    ),
    wrong(
        "hinge-both-terms-real",
        "indifferent",
        lambda r, f: relu(1 - r).mean() + relu(1 - f).mean(),
        lambda f: -f.mean(),
    ),
    wrong(
        "hinge-both-terms-fake",
        "indifferent",
        lambda r, f: relu(1 + r).mean() + relu(1 + f).mean(),
        lambda f: -f.mean(),
    ),
    wrong(
        "hinge-arguments-swapped-in-d",
        "same way",
        lambda r, f: relu(1 + r).mean() + relu(1 - f).mean(),
        lambda f: -f.mean(),
    ),
    wrong(
        "hinge-with-labels-of-bce",
        "indifferent",
        lambda r, f: relu(1 - 1 * r).mean() + relu(1 - 0 * f).mean(),
        lambda f: -f.mean(),
    ),
    wrong(
        "hinge-inside-out",
        "indifferent",
        lambda r, f: relu(r - 1).mean() + relu(-1 - f).mean(),
        lambda f: -f.mean(),
    ),
    wrong(
        "squared-hellinger-conjugate-on-the-wrong-side",
        "indifferent",
        lambda r, f: np.mean(np.exp(r) - 1) + np.mean(np.exp(f) - 1),
        lambda f: np.mean(np.exp(f) - 1),
    ),
    # --- the generator pulls the same way ---------------------------------------------------------
    wrong("logistic-g-with-target-zero", "same way", logistic_d, lambda f: softplus(f).mean()),
    wrong(
        "minimax-sign-of-g",
        "same way",
        lambda d_real, d_fake: -np.mean(np.log(d_real)) - np.mean(np.log(1 - d_fake)),
        lambda d_fake: -np.mean(np.log(1 - d_fake)),
        outputs=PROBABILITIES,
    ),
    wrong(
        "non-saturating-sign-of-g",
        "same way",
        logistic_d,
        lambda f: np.mean(np.log(sigmoid(f))),
    ),
    wrong("least-squares-g-with-target-zero", "same way", squares_d, lambda f: 0.5 * mse(f, 0)),
    wrong(
        "least-squares-g-on-the-fake-side",
        "same way",
        lambda r, f: mse(r, 1) + mse(f, 0),
        lambda f: mse(f, 0.2),
    ),
    wrong("hinge-sign-of-g", "same way", hinge_d, lambda f: f.mean()),
    wrong("wasserstein-sign-of-g", "same way", critic_d, lambda f: f.mean()),
    wrong(
        "wasserstein-sign-of-d",
        "same way",
        lambda r, f: np.mean(r) - np.mean(f),
        lambda f: -np.mean(f),
    ),
    wrong(
        "kl-sign-of-g",
        "same way",
        lambda r, f: np.exp(f - 1).mean() - r.mean(),
        lambda f: f.mean(),
    ),
    wrong(
        "pearson-sign-of-g",
        "same way",
        lambda r, f: (f**2 / 4 + f).mean() - r.mean(),
        lambda f: (f**2 / 4 + f).mean(),
    ),
    wrong(
        "total-variation-sign-of-g",
        "same way",
        lambda r, f: 0.5 * np.tanh(f).mean() - 0.5 * np.tanh(r).mean(),
        lambda f: 0.5 * np.tanh(f).mean(),
    ),
    wrong(
        "js-sign-of-g",
        "same way",
        lambda r, f: np.mean(softplus(-r) + softplus(f)) - 2 * LOG_2,
        lambda f: np.mean(LOG_2 - softplus(-f)),
    ),
    wrong(
        "jeffreys-sign-of-g",
        "same way",
        lambda r, f: w_conjugate(f).mean() - r.mean(),
        lambda f: w_conjugate(f).mean(),
    ),
    wrong(
        "neyman-sign-of-g",
        "same way",
        lambda r, f: np.mean(np.exp(r) - 1) + np.mean(2 - 2 * np.exp(f / 2)),
        lambda f: np.mean(1 - np.exp(f)),
    ),
    wrong(
        "alpha-half-sign-of-g",
        "same way",
        lambda r, f: np.mean(softplus(-r)) + np.mean(4 / softplus(-f)),
        lambda f: np.mean(4 / softplus(-f)),
    ),
    wrong(
        "relativistic-same-loss-for-both",
        "same way",
        relativistic_d,
        lambda f, r: softplus(f - r).mean(),
    ),
    wrong(
        "relativistic-d-swapped",
        "same way",
        lambda r, f: softplus(r - f).mean(),
        lambda f, r: softplus(r - f).mean(),
    ),
    wrong(
        "relativistic-average-same-loss-for-both",
        "same way",
        average_d,
        lambda f, r: average_d(r, f),
    ),
    wrong("logistic-constant-g", "flat", logistic_d, lambda f: np.mean(0 * f) + LOG_2),
    # --- weights --------------------------------------------------------------------------------
    wrong(
        "logistic-real-weight-two",
        "optimum",
        lambda r, f: 2 * softplus(-r).mean() + softplus(f).mean(),
        lambda f: softplus(-f).mean(),
        meant="non-saturating",
        real_weight=2.0,
    ),
    wrong(
        "logistic-weight-taken-for-smoothing",
        "optimum",
        lambda r, f: -0.9 * np.log(sigmoid(r)).mean() - np.log(1 - sigmoid(f)).mean(),
        lambda f: -np.log(sigmoid(f)).mean(),
        meant="non-saturating",
        real_weight=0.9,
    ),
    wrong(
        "minimax-weight-taken-for-smoothing",
        "optimum",
        lambda d_real, d_fake: -np.mean(0.9 * np.log(d_real) + np.log(1 - d_fake)),
        lambda d_fake: np.mean(np.log(1 - d_fake)),
        outputs=PROBABILITIES,
        meant="minimax",
        real_weight=0.9,
    ),
    wrong(
        "minimax-half-on-the-fake-term-only",
        "optimum",
        lambda r, f: softplus(-r).mean() + 0.5 * softplus(f).mean(),
        lambda f: -softplus(f).mean(),
        meant="minimax",
        real_weight=2.0,
    ),
    # the weight is the size of the batch
    wrong(
        "logistic-real-summed-fake-averaged",
        "optimum",
        lambda r, f: softplus(-r).sum() + softplus(f).mean(),
        lambda f: softplus(-f).mean(),
        meant="non-saturating",
    ),
    wrong(
        "least-squares-half-on-one-term",
        "optimum",
        lambda r, f: mse(r, 1) + 0.5 * mse(f, 0),
        lambda f: mse(f, 1),
        meant="least-squares",
        real_weight=2.0,
    ),
    wrong(
        "hinge-real-weight-two",
        "optimum",
        lambda r, f: 2 * relu(1 - r).mean() + relu(1 + f).mean(),
        lambda f: -f.mean(),
        meant="hinge",
        real_weight=2.0,
    ),
    # with weights apart no constant is best at p = q
    wrong(
        "wasserstein-real-weight-two",
        "unbounded",
        lambda r, f: np.mean(f) - 2 * np.mean(r),
        lambda f: -np.mean(f),
    ),
    wrong(
        "total-variation-real-weight-two",
        "optimum",
        lambda r, f: sigmoid(f).mean() - 2 * sigmoid(r).mean(),
        lambda f: -sigmoid(f).mean(),
        meant="f-gan:total-variation",
        real_weight=2.0,
    ),
    # --- forgotten terms ------------------------------------------------------------------------
    wrong(
        "logistic-forgotten-fake-term",
        "indifferent",
        lambda r, f: softplus(-r).mean(),
        lambda f: softplus(-f).mean(),
    ),
    wrong(
        "logistic-forgotten-real-term",
        "indifferent",
        lambda r, f: softplus(f).mean(),
        lambda f: softplus(-f).mean(),
    ),
    wrong(
        "least-squares-forgotten-fake-term",
        "indifferent",
        lambda r, f: mse(r, 1),
        lambda f: mse(f, 1),
    ),
    wrong(
        "hinge-forgotten-real-term",
        "indifferent",
        lambda r, f: relu(1 + f).mean(),
        lambda f: -f.mean(),
    ),
    wrong(
        "wasserstein-forgotten-fake-term", "unbounded", lambda r, f: -r.mean(), lambda f: -f.mean()
    ),
    wrong("constant-d", "indifferent", lambda r, f: 2 * LOG_2, lambda f: softplus(-f).mean()),
    wrong(
        "d-that-looks-at-shapes-only",
        "indifferent",
        lambda r, f: np.log(r.size / f.size) + np.mean(np.zeros_like(r)),
        lambda f: -f.mean(),
    ),
    # --- D's best response is elsewhere -----------------------------------------------------------
    wrong(
        "logistic-sigmoid-twice",
        "optimum",
        lambda r, f: softplus(-sigmoid(r)).mean() + softplus(sigmoid(f)).mean(),
        lambda f: softplus(-sigmoid(f)).mean(),
        meant="non-saturating",
    ),
    wrong(
        "logistic-bce-of-logits-on-probabilities",
        "optimum",
        lambda r, f: bce_logits(r, 1.0) + bce_logits(f, 0.0),
        lambda f: bce_logits(f, 1.0),
        outputs=PROBABILITIES,
        meant="non-saturating",
    ),
    # right while p / q is between 1/11 and 11, and D cannot say more: a divergence, but not JSD
    wrong(
        "logistic-large-epsilon",
        "optimum",
        lambda r, f: -np.log(sigmoid(r) + 0.1).mean() - np.log(1 - sigmoid(f) + 0.1).mean(),
        lambda f: -np.log(sigmoid(f) + 0.1).mean(),
        meant="non-saturating",
        verdict=WRONG_OR_UNKNOWN,
    ),
    # right while |log p / q| <= 1, and D cannot say more: a divergence, but not JSD
    wrong(
        "logistic-logits-clipped",
        "value",
        lambda r, f: softplus(-np.clip(r, -1, 1)).mean() + softplus(np.clip(f, -1, 1)).mean(),
        lambda f: softplus(-np.clip(f, -1, 1)).mean(),
        meant="non-saturating",
        verdict=WRONG_OR_UNKNOWN,
    ),
    wrong(
        "logistic-absolute-logits",
        "optimum",
        lambda r, f: softplus(-np.abs(r)).mean() + softplus(np.abs(f)).mean(),
        lambda f: softplus(-np.abs(f)).mean(),
        meant="non-saturating",
    ),
    # the f-GAN of a divergence that no table lists: its best D rises with p / q, but is shifted
    wrong(
        "logistic-one-minus-inside-the-sigmoid",
        "optimum",
        lambda r, f: -np.log(sigmoid(r)).mean() - np.log(sigmoid(1 - f)).mean(),
        lambda f: -np.log(sigmoid(f)).mean(),
        meant="non-saturating",
        verdict=WRONG_OR_UNKNOWN,
    ),
    # the f-GAN of a divergence that no table lists: its best D rises with p / q, but is shifted
    wrong(
        "logistic-two-temperatures",
        "optimum",
        lambda r, f: softplus(-r).mean() + softplus(3 * f).mean(),
        lambda f: softplus(-f).mean(),
        meant="non-saturating",
        verdict=WRONG_OR_UNKNOWN,
    ),
    # a proper game like the hinge's, whose best D is 1 or 0, but none of the list
    wrong(
        "least-squares-absolute-values",
        "optimum",
        lambda r, f: np.abs(r - 1).mean() + np.abs(f).mean(),
        lambda f: np.abs(f - 1).mean(),
        meant="least-squares",
        verdict=WRONG_OR_UNKNOWN,
    ),
    wrong(
        "least-squares-without-squares",
        "unbounded",
        lambda r, f: np.mean(r - 1) + np.mean(f),
        lambda f: np.mean(f - 1),
    ),
    wrong(
        "least-squares-with-cubes",
        "unbounded",
        lambda r, f: np.mean((r - 1) ** 3) + np.mean(f**3),
        lambda f: np.mean((f - 1) ** 3),
    ),
    wrong(
        "hinge-without-relu-on-real",
        "unbounded",
        lambda r, f: np.mean(1 - r) + relu(1 + f).mean(),
        lambda f: -f.mean(),
    ),
    wrong(
        "hinge-without-relu-on-fake",
        "unbounded",
        lambda r, f: relu(1 - r).mean() + np.mean(1 + f),
        lambda f: -f.mean(),
    ),
    wrong(
        "hinge-minima-for-maxima",
        "unbounded",
        lambda r, f: np.minimum(0, 1 - r).mean() + np.minimum(0, 1 + f).mean(),
        lambda f: -f.mean(),
    ),
    wrong(
        "wasserstein-squared-critic",
        "unbounded",
        lambda r, f: np.mean(f**2) - np.mean(r**2),
        lambda f: -np.mean(f**2),
    ),
    wrong(
        "reverse-kl-with-conjugate-of-kl",
        "optimum",
        lambda r, f: np.exp(r).mean() + np.exp(-np.exp(f) - 1).mean(),
        lambda f: np.exp(f).mean(),
        meant="f-gan:reverse-kl",
    ),
    wrong(
        "js-with-activation-of-gan",
        "optimum",
        lambda r, f: softplus(-r).mean() - np.log(2 - sigmoid(f)).mean(),
        lambda f: np.log(2 - sigmoid(f)).mean(),
        meant="f-gan:js",
    ),
    wrong(
        "neyman-conjugate-without-root",
        "unbounded",
        lambda r, f: np.mean(np.exp(r) - 1) + np.mean(2 - 2 * np.exp(f)),
        lambda f: np.mean(np.exp(f) - 1),
    ),
    wrong(
        "pearson-square-forgotten",
        "unbounded",
        lambda r, f: -r.mean() + (f / 4 + f).mean(),
        lambda f: -f.mean(),
    ),
    wrong(
        "squared-hellinger-fake-term-of-kl",
        "optimum",
        lambda r, f: np.mean(np.exp(r) - 1) + np.mean(np.exp(-np.exp(f))),
        lambda f: np.mean(np.exp(f) - 1),
        meant="f-gan:squared-hellinger",
    ),
    # the f-GAN of a divergence that no table lists: its best D rises with p / q, but is shifted
    wrong(
        "jeffreys-linear-term-forgotten",
        "optimum",
        lambda r, f: -r.mean() + (w_conjugate(f) - f).mean(),
        lambda f: -f.mean(),
        meant="f-gan:jeffreys",
        verdict=WRONG_OR_UNKNOWN,
    ),
    wrong(
        "alpha-half-square-root-forgotten",
        "optimum",
        lambda r, f: np.mean(softplus(-r)) + np.mean(4 / softplus(-f) ** 2),
        lambda f: -np.mean(4 / softplus(-f) ** 2),
        meant="f-gan:alpha=0.5",
        verdict=WRONG_OR_UNKNOWN,  # the conjugate of another f, of which no table speaks
    ),
    wrong(
        "relativistic-average-both-labels-one",
        "indifferent",
        lambda r, f: bce_logits(r - f.mean(), 1.0) + bce_logits(f - r.mean(), 1.0),
        lambda f, r: bce_logits(r - f.mean(), 0.0) + bce_logits(f - r.mean(), 1.0),
    ),
    wrong(
        "value-itself-of-relativistic-average",
        "unbounded",
        lambda r, f: -average_d(r, f),
        lambda f, r: average_d(f, r),
    ),
    wrong(
        "relativistic-linear",
        "unbounded",
        lambda r, f: np.mean(softplus(f - r) + r),
        lambda f, r: np.mean(softplus(r - f)),
    ),
    # --- batches --------------------------------------------------------------------------------
    wrong(
        "logistic-log-of-the-mean",
        "coupled",
        lambda d_real, d_fake: -np.log(np.mean(d_real)) - np.log(1 - np.mean(d_fake)),
        lambda d_fake: -np.log(np.mean(d_fake)),
        outputs=PROBABILITIES,
    ),
    wrong(
        "logistic-mean-logit",
        "coupled",
        lambda r, f: softplus(-r.mean()) + softplus(f.mean()),
        lambda f: softplus(-f.mean()),
    ),
    wrong(
        "logistic-max-for-mean",
        "coupled",
        lambda r, f: softplus(-r).max() + softplus(f).max(),
        lambda f: softplus(-f).max(),
    ),
    wrong(
        "logistic-median-for-mean",
        "coupled",
        lambda r, f: np.median(softplus(-r)) + np.median(softplus(f)),
        lambda f: np.median(softplus(-f)),
    ),
    wrong(
        "logistic-softmax-over-the-batch",
        "coupled",
        lambda r, f: np.mean(np.log(np.exp(r).sum() + np.exp(f).sum()) - r),
        lambda f: np.mean(np.log(np.exp(f).sum()) - f),
    ),
    wrong(
        "logistic-standardised-logits",
        "coupled",
        lambda r, f: (
            softplus(-(r - r.mean()) / (r.std() + 1e-5)).mean()
            + softplus((f - f.mean()) / (f.std() + 1e-5)).mean()
        ),
        lambda f: softplus(-f).mean(),
    ),
    wrong(
        "logistic-divided-by-the-spread-of-the-batch",
        "coupled",
        lambda r, f: softplus(-r / (1 + r.std())).mean() + softplus(f / (1 + f.std())).mean(),
        lambda f: softplus(-f).mean(),
        verdict=WRONG_OR_UNKNOWN,  # its best D rises with p / q all the same
    ),
    wrong(
        "least-squares-mean-inside-the-square",
        "coupled",
        lambda r, f: (r.mean() - 1) ** 2 + f.mean() ** 2,
        lambda f: (f.mean() - 1) ** 2,
    ),
    wrong(
        "least-squares-root-of-the-mean",
        "coupled",
        lambda r, f: np.sqrt(mse(r, 1)) + np.sqrt(mse(f, 0)),
        lambda f: np.sqrt(mse(f, 1)),
    ),
    wrong(
        "least-squares-norm-not-squared",
        "coupled",
        lambda r, f: np.linalg.norm(r - 1) + np.linalg.norm(f),
        lambda f: np.linalg.norm(f - 1),
    ),
    wrong(
        "least-squares-real-against-fake",
        "indifferent",
        lambda r, f: np.mean((r - f) ** 2),
        lambda f, r: np.mean((f - r) ** 2),
    ),
    wrong(
        "hinge-of-the-mean",
        "coupled",
        lambda r, f: relu(1 - r.mean()) + relu(1 + f.mean()),
        lambda f: -f.mean(),
    ),
    wrong(
        "wasserstein-clamped-loss",
        "coupled",
        lambda r, f: np.clip(f.mean() - r.mean(), -1, 1),
        lambda f: -f.mean(),
    ),
    wrong(
        "wasserstein-absolute-difference",
        "indifferent",
        lambda r, f: np.abs(r.mean() - f.mean()),
        lambda f: -f.mean(),
    ),
    wrong(
        "wasserstein-minus-absolute-difference",
        "indifferent",
        lambda r, f: -np.abs(r.mean() - f.mean()),
        lambda f: -f.mean(),
    ),
    wrong(
        "kl-mean-inside-the-exponential",
        "coupled",
        lambda r, f: np.exp(f.mean() - 1) - r.mean(),
        lambda f: -f.mean(),
    ),
    wrong(
        "reverse-kl-exponential-of-the-mean",
        "coupled",
        lambda r, f: np.exp(r.mean()) - 1 - f.mean(),
        lambda f: np.exp(f).mean(),
    ),
    wrong(
        "relativistic-difference-of-means",
        "coupled",
        lambda r, f: softplus(f.mean() - r.mean()),
        lambda f, r: softplus(r.mean() - f.mean()),
    ),
    # --- steps of two games -----------------------------------------------------------------------
    wrong(
        "logistic-d-least-squares-g",
        "mixed",
        logistic_d,
        lambda f: mse(f, 1),
        meant="non-saturating",
    ),
    wrong(
        "logistic-d-tanh-g",
        "mixed",
        logistic_d,
        lambda f: -np.tanh(f).mean(),
        meant="non-saturating",
        verdict="unknown",
        consistent=False,
    ),
    wrong(
        "logistic-d-mean-probability-g",
        "mixed",
        lambda r, f: -np.mean(np.log(r)) - np.mean(np.log(1 - f)),
        lambda f: -np.mean(f),
        outputs=PROBABILITIES,
        meant="non-saturating",
        verdict="unknown",
        consistent=False,
    ),
    wrong(
        "logistic-d-temperature-not-in-g",
        "mixed",
        lambda r, f: softplus(-r / 3).mean() + softplus(f / 3).mean(),
        lambda f: softplus(-f).mean(),
        verdict="unknown",
        consistent=False,
    ),
    wrong(
        "logistic-d-shift-not-in-g",
        "mixed",
        lambda r, f: softplus(-r - 2).mean() + softplus(f + 2).mean(),
        lambda f: softplus(-f).mean(),
        verdict="unknown",
        consistent=False,
    ),
    wrong(
        "hinge-d-logistic-g",
        "mixed",
        hinge_d,
        lambda f: softplus(-f).mean(),
        meant="hinge",
        verdict="unknown",
        consistent=False,
    ),
    wrong(
        "hinge-d-least-squares-g",
        "mixed",
        hinge_d,
        lambda f: mse(f, 1),
        meant="hinge",
        verdict="unknown",
        consistent=False,
    ),
    wrong(
        "wasserstein-d-logistic-g",
        "mixed",
        critic_d,
        lambda f: softplus(-f).mean(),
        meant="wasserstein",
    ),
    wrong(
        "wasserstein-d-saturating-g",
        "mixed",
        lambda r, f: np.mean(f) - np.mean(r),
        lambda f: np.log(1 - sigmoid(f)).mean(),
        meant="wasserstein",
    ),
    wrong(
        "least-squares-d-logistic-g",
        "mixed",
        squares_d,
        lambda f: softplus(-f).mean(),
        meant="least-squares",
        verdict="unknown",
        consistent=False,
    ),
    wrong(
        "least-squares-d-linear-g",
        "mixed",
        squares_d,
        lambda f: -f.mean(),
        meant="least-squares",
        verdict="unknown",
        consistent=False,
    ),
    wrong(
        "kl-d-logistic-g",
        "mixed",
        lambda r, f: np.exp(f - 1).mean() - r.mean(),
        lambda f: softplus(-f).mean(),
        meant="f-gan:kl",
        verdict="unknown",
        consistent=False,
    ),
    wrong(
        "total-variation-d-linear-g",
        "mixed",
        lambda r, f: 0.5 * np.tanh(f).mean() - 0.5 * np.tanh(r).mean(),
        lambda f: -f.mean(),
        meant="f-gan:total-variation",
        verdict="unknown",
        consistent=False,
    ),
    wrong(
        "relativistic-d-logistic-g",
        "mixed",
        relativistic_d,
        lambda f: softplus(-f).mean(),
        meant="relativistic",
        verdict="unknown",
        consistent=False,
    ),
    wrong(
        "relativistic-d-average-g",
        "mixed",
        relativistic_d,
        lambda f, r: softplus(r.mean() - f).mean() + softplus(r - f.mean()).mean(),
        meant="relativistic",
        verdict="unknown",
        consistent=False,
    ),
    wrong(
        "relativistic-average-d-logistic-g",
        "mixed",
        average_d,
        lambda f: softplus(-f).mean(),
        meant="relativistic-average",
        verdict="unknown",
        consistent=False,
    ),
    # --- right, but not what they claim -----------------------------------------------------------
    misnamed(
        "non-saturating-claims-minimax",
        NS,
        "minimax",
        logistic_d,
        lambda f: softplus(-f).mean(),
    ),
    misnamed(
        "minimax-claims-non-saturating",
        MM,
        "non-saturating",
        logistic_d,
        lambda f: -softplus(f).mean(),
    ),
    misnamed("least-squares-claims-minimax", LS, "minimax", squares_d, lambda f: 0.5 * mse(f, 1)),
    misnamed(
        "least-squares-claims-pearson", LS, PEARSON.game, squares_d, lambda f: 0.5 * mse(f, 1)
    ),
    misnamed("non-saturating-claims-hinge", NS, "hinge", logistic_d, lambda f: softplus(-f).mean()),
    misnamed("hinge-claims-wasserstein", HINGE, "wasserstein", hinge_d, lambda f: -f.mean()),
    misnamed("wasserstein-claims-hinge", WGAN, "hinge", critic_d, lambda f: -f.mean()),
    misnamed("hinge-claims-total-variation", HINGE, TV.game, hinge_d, lambda f: -f.mean()),
    misnamed(
        "sigmoid-critic-claims-wasserstein",
        Form("f-gan:total-variation", k=0.5, g=(1, -0.5)),
        "wasserstein",
        lambda r, f: f.mean() - r.mean(),
        lambda f: -f.mean(),
        outputs=PROBABILITIES,
    ),
    misnamed(
        "tanh-critic-claims-wasserstein",
        Form("f-gan:total-variation", d=(2, 0), g=(2, 0)),
        "wasserstein",
        lambda r, f: np.tanh(f).mean() - np.tanh(r).mean(),
        lambda f: -np.tanh(f).mean(),
    ),
    misnamed(
        "forgotten-logarithms-claim-minimax",
        Form("f-gan:total-variation", k=0.5, d=(1, -1), g=(1, 0.5)),
        "minimax",
        lambda r, f: -np.mean(r) - np.mean(1 - f),
        lambda f: np.mean(1 - f),
        outputs=PROBABILITIES,
    ),
    misnamed(
        "hinge-on-probabilities-claims-hinge",
        Form("f-gan:total-variation", k=0.5, d=(1, 2), g=(1, -0.5)),
        "hinge",
        lambda r, f: relu(1 - r).mean() + relu(1 + f).mean(),
        lambda f: -f.mean(),
        outputs=PROBABILITIES,
    ),
    misnamed(
        "kl-claims-reverse-kl",
        KL,
        "f-gan:reverse-kl",
        lambda r, f: np.exp(f - 1).mean() - r.mean(),
        lambda f: -np.exp(f - 1).mean(),
    ),
    misnamed(
        "reverse-kl-claims-kl",
        REVERSE,
        "f-gan:kl",
        lambda r, f: np.exp(r).mean() - 1 - f.mean(),
        lambda f: np.exp(f).mean(),
    ),
    misnamed(
        "kl-claims-jeffreys",
        KL,
        "f-gan:jeffreys",
        lambda r, f: np.exp(f - 1).mean() - r.mean(),
        lambda f: -f.mean(),
    ),
    # the conjugate of Pearson's divergence where that of KL was meant
    misnamed(
        "pearson-claims-kl",
        PEARSON,
        "f-gan:kl",
        lambda r, f: (f**2 / 4 + f).mean() - r.mean(),
        lambda f: -f.mean(),
    ),
    misnamed(
        "pearson-claims-neyman",
        PEARSON,
        "f-gan:neyman-chi2",
        lambda r, f: (f**2 / 4 + f).mean() - r.mean(),
        lambda f: -(f**2 / 4 + f).mean(),
    ),
    misnamed(
        "neyman-claims-squared-hellinger",
        NEYMAN,
        "f-gan:squared-hellinger",
        lambda r, f: np.mean(np.exp(r) - 1) + np.mean(2 - 2 * np.exp(f / 2)),
        lambda f: np.mean(np.exp(f) - 1),
    ),
    misnamed(
        "squared-hellinger-claims-neyman",
        HELLINGER,
        "f-gan:neyman-chi2",
        lambda r, f: np.mean(np.exp(r) - 1) + np.mean(np.exp(-f) - 1),
        lambda f: np.mean(np.exp(f) - 1),
    ),
    misnamed(
        "relativistic-claims-relativistic-average",
        Form("relativistic", d=(2, 0)),
        "relativistic-average",
        lambda r, f: bce_logits(r - f, 1.0) + bce_logits(f - r, 0.0),
        lambda f, r: bce_logits(f - r, 1.0),
    ),
    misnamed(
        "relativistic-average-claims-relativistic",
        RA,
        "relativistic",
        average_d,
        lambda f, r: average_d(f, r),
    ),
    misnamed(
        "relativistic-claims-non-saturating",
        RS,
        "non-saturating",
        relativistic_d,
        lambda f, r: softplus(r - f).mean(),
    ),
)

# Games of which theory says something else than the list of names does: never "wrong" where a paper
# stands behind them, never "correct" where none does.
OPEN = (
    odd(
        "least-squares-g-target-beyond-real",
        squares_d,
        lambda f: 0.5 * mse(f, 5.0),
        verdict=WRONG_OR_UNKNOWN,
        game="least-squares",
    ),
    # the two terms add up, but not where both are large; the least value is where it was
    odd(
        "logistic-sum-clipped-at-five",
        lambda r, f: np.minimum(softplus(-r).mean() + softplus(f).mean(), 5.0),
        lambda f: softplus(-f).mean(),
        verdict=WRONG_OR_UNKNOWN,
        game=None,
    ),
    # two games, and another one of 2016: at the best D it has the gradient of KL(q | p)
    odd(
        "logistic-d-linear-g",
        logistic_d,
        lambda f: -f.mean(),
        verdict="correct",
        game="reverse-kl-generator",
        consistent=True,
    ),
    # near its middle it looks like a linear critic, and it is none
    odd(
        "hinge-margin-eight",
        lambda r, f: relu(8 - r).mean() + relu(8 + f).mean(),
        lambda f: -f.mean(),
        verdict=CORRECT_OR_UNKNOWN,
        game=frozenset({"hinge", None}),
    ),
    odd(
        "wasserstein-critic-clipped-at-seven",
        lambda r, f: np.clip(f, -7, 7).mean() - np.clip(r, -7, 7).mean(),
        lambda f: -np.clip(f, -7, 7).mean(),
        verdict=WRONG_OR_UNKNOWN,
    ),
    # as a public collection of GANs has it: D's two terms, and G's one
    odd(
        "relativistic-average-one-term-in-g",
        average_d,
        lambda f, r: bce_logits(f - r.mean(), 1.0),
        verdict="unknown",
        game="relativistic-average",
        sign=1,
    ),
    odd(
        "relativistic-average-smoothed",
        lambda r, f: bce_logits(r - f.mean(), 0.9) + bce_logits(f - r.mean(), 0.0),
        lambda f, r: bce_logits(f - r.mean(), 0.9) + bce_logits(r - f.mean(), 0.0),
        verdict="unknown",
        game="relativistic-average",
        sign=1,
    ),
    # what the second parameter is shows in a call, or in its default
    odd(
        "relativistic-behind-a-star",
        lambda *batches: relativistic_d(*batches),
        lambda *batches: relativistic_d(*batches),
        verdict="correct",
        game="relativistic",
    ),
    odd(
        "hinge-with-a-setting-named-real",
        hinge_d,
        lambda f, target_is_real=True: -f.mean() if target_is_real else f.mean(),
        verdict="correct",
        game="hinge",
    ),
    odd(
        "least-squares-of-patches",
        lambda r, f: mse(r[:, 0, 0, 0], 1.0) + mse(f[:, 0, 0, 0], 0.0),
        lambda f: mse(f[:, 0, 0, 0], 1.0),
        verdict="correct",
        game="least-squares",
    ),
    odd(
        "half-precision",
        lambda r, f: softplus(-r.astype(np.float16)).mean() + softplus(f.astype(np.float16)).mean(),
        lambda f: softplus(-f.astype(np.float16)).mean(),
        verdict="unknown",
        judged=False,
    ),
    # a proper game (its best D is (p - q) / (p + q)), but none of the list
    odd(
        "squared-hinge",
        lambda r, f: np.mean(relu(1 - r) ** 2) + np.mean(relu(1 + f) ** 2),
        lambda f: -f.mean(),
        verdict=WRONG_OR_UNKNOWN,
    ),
    # relativistic average least squares, Jolicoeur-Martineau (2019): a published game, not in the list
    odd(
        "relativistic-average-least-squares",
        lambda r, f: mse(r - f.mean(), 1) + mse(f - r.mean(), -1),
        lambda f, r: mse(r - f.mean(), -1) + mse(f - r.mean(), 1),
        verdict=CORRECT_OR_UNKNOWN,
    ),
    # relativistic average hinge, the same paper
    odd(
        "relativistic-average-hinge",
        lambda r, f: relu(1 - (r - f.mean())).mean() + relu(1 + (f - r.mean())).mean(),
        lambda f, r: relu(1 + (r - f.mean())).mean() + relu(1 - (f - r.mean())).mean(),
        verdict=CORRECT_OR_UNKNOWN,
    ),
    # the drift term of Karras et al. (2018) keeps the critic near 0; it is small, and it is a penalty
    odd(
        "wasserstein-with-drift",
        lambda r, f: f.mean() - r.mean() + 1e-3 * np.mean(r**2),
        lambda f: -f.mean(),
        verdict=CORRECT_OR_UNKNOWN,
    ),
    # without its activation T = v passes the pole of t / (1 - t): sure is only that it is not right
    odd(
        "squared-hellinger-without-activation",
        lambda r, f: -np.mean(r) + np.mean(f / (1 - f)),
        lambda f: -np.mean(f),
        verdict=WRONG_OR_UNKNOWN,
    ),
)


# --- what cannot be judged ------------------------------------------------------------------------

CALLS = count()
NOISE = np.random.default_rng(7)


def raises(*_: Any) -> Any:
    raise RuntimeError("shapes do not match")


def counts(r: Any, f: Any) -> Any:
    """It warms up: every call has a larger weight."""
    return logistic_d(r, f) * (1 + 0.1 * next(CALLS))


def is_random(r: Any, f: Any) -> Any:
    """Noisy labels."""
    return bce_logits(r, NOISE.uniform(0.7, 1.0, r.shape)) + bce_logits(f, 0.0)


def drops(f: Any) -> Any:
    """Dropout on the logits."""
    return np.mean(softplus(-f) * (NOISE.uniform(size=f.shape) < 0.5))


def prints(r: Any, f: Any) -> Any:
    loss = logistic_d(r, f)
    print("d_loss", loss)
    return loss


def mutates(r: Any, f: Any) -> Any:
    """It negates the caller's real logits; given copies, the value is right."""
    np.negative(r, out=r)
    return softplus(r).mean() + softplus(f).mean()


def non_saturating_g(f: Any) -> Any:
    return softplus(-f).mean()


UNJUDGEABLE = (
    odd("d-raises", raises, non_saturating_g),
    odd("g-raises", logistic_d, raises),
    odd("d-takes-one-argument", lambda r: softplus(-r).mean(), non_saturating_g),
    odd("g-takes-three-arguments", logistic_d, lambda f, r, step: softplus(-f).mean()),
    odd("d-returns-nan", lambda r, f: r.mean() * np.nan, non_saturating_g),
    odd("logarithms-of-logits", lambda r, f: bce(r, 1.0) + bce(f, 0.0), lambda f: bce(f, 1.0)),
    odd(
        "js-without-activation",
        lambda r, f: -np.mean(r) - np.mean(np.log(2 - np.exp(f))),
        lambda f: -np.mean(f),
    ),
    odd("d-returns-an-array", lambda r, f: softplus(-r) + softplus(f), non_saturating_g),
    odd("g-returns-an-array", logistic_d, lambda f: softplus(-f)),
    odd("d-returns-none", lambda r, f: None, non_saturating_g),
    odd("g-returns-none", logistic_d, lambda f: None),
    odd(
        "d-returns-a-tuple",
        lambda r, f: (softplus(-r).mean(), softplus(f).mean()),
        non_saturating_g,
    ),
    odd("d-returns-a-complex-number", lambda r, f: logistic_d(r, f) + 1j, non_saturating_g),
    odd("d-returns-a-string", lambda r, f: str(logistic_d(r, f)), non_saturating_g),
    odd("d-counts-its-calls", counts, non_saturating_g),
    odd("d-is-random", is_random, non_saturating_g),
    odd("g-is-random", logistic_d, drops),
)
# given copies the first can be judged, or it may be refused: but never called wrong
MUTATES = odd("d-mutates", mutates, non_saturating_g, verdict=CORRECT_OR_UNKNOWN)
PRINTS = odd("d-prints", prints, non_saturating_g, verdict="correct", game="non-saturating")
ODD = (*OPEN, *UNJUDGEABLE, MUTATES, PRINTS)
