"""Losses in the forms that public repositories have, with what must be said of each, and why.

Argument names, orders, shapes, lists, classes and detached parts are theirs in kind; the text is ours.
The comment above an entry derives its answer. torch is loaded by `load()`, not on import.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from oracle_bank import CORRECT_OR_UNKNOWN, WRONG_OR_UNKNOWN, relu, softplus
from oracle_bank_torch import as_float, as_tensor
from scipy.special import logsumexp

torch: Any = None
F: Any = None
E = np.mean
NOT_WRONG = {"verdict": CORRECT_OR_UNKNOWN}
NOT_CORRECT = {"verdict": WRONG_OR_UNKNOWN}
WRONG = {"verdict": "wrong"}
REFUSED = {"verdict": "unknown", "judged": False}
UNKNOWN = {"verdict": "unknown", "judged": True}


def correct(game: str, **more: Any) -> dict[str, Any]:
    return {"verdict": "correct", "game": game, **more}


def load() -> None:
    """Import torch, for all functions of this module."""
    global torch, F
    import oracle_bank_torch

    oracle_bank_torch.load()
    torch, F = oracle_bank_torch.torch, oracle_bank_torch.F


@dataclass(frozen=True, eq=False)
class Public:
    """Two losses; fields of the answer; words that its reasons hold, and words that they must not."""

    name: str
    d_loss: Callable[..., Any]
    g_loss: Callable[..., Any]
    expected: Mapping[str, Any]
    words: str = ""
    outputs: str = "logits"
    array: Callable[[Any], Any] | None = None
    not_words: str = ""


def hinge_d(real: Any, fake: Any) -> Any:
    return E(relu(1 - real)) + E(relu(1 + fake))


def logistic_d(real: Any, fake: Any) -> Any:
    return E(softplus(-real)) + E(softplus(fake))


def logistic_g(fake: Any) -> Any:
    return E(softplus(-fake))


def lme(x: Any) -> Any:
    """log mean e^x."""
    return logsumexp(x) - np.log(x.size)


def share(one: Any, many: Any) -> Any:
    """-mean log of the share of each of `one` among itself and all of `many`."""
    return E(np.logaddexp(one, logsumexp(many)) - one)


def weights(fake: Any) -> Any:
    """e^f over its mean."""
    return np.exp(fake - lme(fake))


def energy_distance(real: Any, fake: Any) -> Any:
    def apart(x: Any, y: Any) -> Any:
        return E(np.abs(x[:, None] - y[None, :]))

    return 2 * apart(real, fake) - apart(real, real) - apart(fake, fake)


def mmd(real: Any, fake: Any) -> Any:
    def near(x: Any, y: Any) -> Any:
        return E(np.exp(-((x[:, None] - y[None, :]) ** 2) / 2))

    return near(real, real) + near(fake, fake) - 2 * near(real, fake)


class Criterion:
    """CycleGAN's: a prediction, and whether it should be real."""

    def __call__(self, prediction: Any, target_is_real: Any) -> Any:
        return E((prediction - (1.0 if target_is_real else 0.0)) ** 2)


criterion = Criterion()

NAMES = (
    # the names say which batch is which, in either order
    Public(
        "fake-first-hinge",
        lambda dis_fake, dis_real: hinge_d(dis_real, dis_fake),
        lambda dis_fake: -E(dis_fake),
        correct("hinge", sign=1),
        "called by its names",
    ),
    # by its names D raises fakes, and G raises them too
    Public(
        "fake-first-labels-swapped",
        lambda fake, real: E(softplus(-fake)) + E(softplus(real)),
        logistic_g,
        WRONG,
        "pull the same way",
    ),
    Public(
        "generated-and-data",
        lambda generated, data: logistic_d(data, generated),
        logistic_g,
        correct("non-saturating", sign=1),
    ),
    Public(
        "letters-of-the-paper",
        lambda D_G_z, D_x_real: logistic_d(D_x_real, D_G_z),
        lambda D_G_z: -E(softplus(D_G_z)),
        correct("minimax", sign=1),
    ),
    Public(
        "camel-case",
        lambda predFake, predReal: hinge_d(predReal, predFake),
        lambda predFake: -E(predFake),
        correct("hinge", sign=1),
    ),
    # one name tells, and with it the other
    Public(
        "one-name-tells",
        lambda synthesized, scores: hinge_d(scores, synthesized),
        lambda scores: -E(scores),
        correct("hinge", sign=1),
    ),
    Public(
        "keywords-only",
        lambda *, fake, real: hinge_d(real, fake),
        lambda *, fake: -E(fake),
        correct("hinge", sign=1),
    ),
    Public(
        "relativistic-by-keyword",
        lambda fake, real: E(softplus(fake - real)),
        lambda fake, *, real: E(softplus(real - fake)),
        correct("relativistic", sign=1),
    ),
    # by its names g_loss is d_loss once more
    Public(
        "relativistic-g-real-first",
        lambda real, fake: E(softplus(fake - real)),
        lambda real, fake: E(softplus(fake - real)),
        WRONG,
        "pull the same way",
    ),
    Public(
        "relativistic-g-real-first-right",
        lambda real, fake: E(softplus(fake - real)),
        lambda real_scores, fake_scores: E(softplus(real_scores - fake_scores)),
        correct("relativistic", sign=1),
    ),
    # names that tell nothing: (real, fake) and (fake, real)
    Public(
        "no-names",
        lambda a, b: hinge_d(a, b),
        lambda a: -E(a),
        correct("hinge", sign=1),
    ),
    Public(
        "batches-that-may-be-left-out",
        lambda fake=None, real=None: hinge_d(real, fake),
        lambda fake=None: -E(fake),
        correct("hinge", sign=1),
    ),
    # a setting is no batch
    Public(
        "a-setting-first",
        lambda margin=1.0, *, real, fake: E(relu(margin - real)) + E(relu(margin + fake)),
        lambda fake, weight=1.0: -weight * E(fake),
        correct("hinge", sign=1),
    ),
    # what cannot be told from the names is not judged
    Public(
        "both-generated",
        lambda fake_a, fake_b: hinge_d(fake_a, fake_b),
        lambda fake: -E(fake),
        REFUSED,
        "names both batches alike",
    ),
    Public(
        "backwards-letters",
        lambda y, x: hinge_d(x, y),
        lambda y: -E(y),
        REFUSED,
        "does not say which batch is the real one",
    ),
    Public(
        "g-of-the-real-batch",
        logistic_d,
        lambda real: E(softplus(-real)),
        REFUSED,
        "G can only move the generated one",
    ),
)

ARGUMENTS = (
    # labels and outputs, as Keras hands them over
    Public(
        "keras-critic",
        lambda y_true, y_pred: E(y_true * y_pred),
        lambda y_true, y_pred: E(y_true * y_pred),
        REFUSED,
        "return criterion(ones, real) + criterion(zeros, fake)",
    ),
    Public(
        "prediction-and-target",
        lambda pred, target: E((pred - target) ** 2),
        logistic_g,
        REFUSED,
        "criterion(real, ones) + criterion(fake, zeros)",
    ),
    Public(
        "g-with-labels",
        logistic_d,
        lambda fake, labels: E(relu(fake) - fake * labels + np.log1p(np.exp(-np.abs(fake)))),
        REFUSED,
        "def g_loss(fake): return criterion(fake, ones)",
    ),
    Public("cycle-criterion", criterion, criterion, REFUSED, "criterion(real, True)"),
    Public(
        "cycle-criterion-in-two-lines",
        lambda pred_real, pred_fake: (criterion(pred_real, True) + criterion(pred_fake, False)) / 2,
        lambda pred_fake: criterion(pred_fake, True),
        correct("least-squares", real_target=1.0, fake_target=0.0),
    ),
    Public(
        "cycle-criterion-false-twice",
        lambda pred_real, pred_fake: criterion(pred_real, False) + criterion(pred_fake, False),
        lambda pred_fake: criterion(pred_fake, True),
        WRONG,
    ),
    # an auxiliary classifier, a discriminator, a step: to be bound
    Public(
        "with-class-labels",
        lambda real, fake, aux_real, aux_labels: logistic_d(real, fake),
        logistic_g,
        REFUSED,
        "labels",
    ),
    Public(
        "with-a-step",
        lambda real, fake, step: logistic_d(real, fake),
        logistic_g,
        REFUSED,
        "bind the rest",
    ),
    Public(
        "with-a-discriminator",
        lambda netD, real, fake: logistic_d(netD(real), netD(fake)),
        lambda netD, fake: logistic_g(netD(fake)),
        REFUSED,
        "the identity, lambda x: x",
    ),
    # two terms, a dict, and lists of terms behind the loss
    Public(
        "two-terms",
        lambda dis_fake, dis_real: (E(relu(1 - dis_real)), E(relu(1 + dis_fake))),
        lambda dis_fake: -E(dis_fake),
        REFUSED,
        "Add them up",
    ),
    Public(
        "a-dict",
        lambda real, fake: {"real": E(softplus(-real)), "fake": E(softplus(fake))},
        logistic_g,
        REFUSED,
        ".values()",
    ),
    Public(
        "a-loss-and-its-parts",
        lambda real, fake: (logistic_d(real, fake), [E(softplus(-real))], [E(softplus(fake))]),
        logistic_g,
        REFUSED,
        "[0]",
    ),
)

# at D's optimum the gradient of each g_loss is that of D_f with -u f''(u) = d/du g(a*(u))
FOLLOWED = (
    # a* = log u, g = -a: u f'' = 1 / u
    Public(
        "reverse-kl-generator",
        logistic_d,
        lambda fake: -E(fake),
        correct("reverse-kl-generator"),
        "KL(q | p), f''(u) = 1 / u^2",
    ),
    # the same, of an output with another temperature and shift: a* = (log u - 1) / 2
    Public(
        "reverse-kl-generator-of-2a-plus-1",
        lambda real, fake: logistic_d(2 * real + 1, 2 * fake + 1),
        lambda fake: -2 * E(fake),
        correct("reverse-kl-generator"),
        "of KL(q | p)",
    ),
    # log(1 - D) - log D is minus the logit
    Public(
        "both-generators-added",
        logistic_d,
        lambda fake: E(softplus(-fake)) - E(softplus(fake)),
        correct("reverse-kl-generator"),
        "of KL(q | p)",
    ),
    # g = -e^a / 2: u f'' = 1/2
    Public(
        "maximum-likelihood",
        lambda real, fake: logistic_d(real, fake) / 2,
        lambda fake: -E(np.exp(fake)) / 2,
        correct("maximum-likelihood"),
        "1/2 KL(p | q)",
    ),
    # g = -D: u f'' = 1 / (1 + u)^2
    Public(
        "mean-probability",
        logistic_d,
        lambda fake: -E(1 / (1 + np.exp(-fake))),
        UNKNOWN,
        "f''(u) = 1 / (u (1 + u)^2)",
    ),
    # least squares, a* = u / (1 + u)
    Public(
        "least-squares-linear",
        lambda real, fake: E((real - 1) ** 2) + E(fake**2),
        lambda fake: -E(fake),
        UNKNOWN,
        "f''(u) = 1 / (u (1 + u)^2)",
    ),
    # g = -log T with T = u / (1 + u): non-saturating behind least squares
    Public(
        "least-squares-log",
        lambda real, fake: E((real - 1) ** 2) + E(fake**2),
        lambda fake: -E(np.log(fake)),
        UNKNOWN,
        "2 KL(m | p)",
        outputs="probabilities",
    ),
    # relativistic: a* = log u + c, and g = -a does not see c
    Public(
        "relativistic-linear",
        lambda real, fake: E(softplus(fake - real)),
        lambda fake: -E(fake),
        UNKNOWN,
        "multiple of KL(q | p)",
    ),
    # not a monotone g: least where the logit is 1, p / q = e
    Public(
        "logistic-square-of-the-logit",
        logistic_d,
        lambda fake: E((fake - 1) ** 2),
        WRONG,
        "does not always lead",
    ),
    # the direction is said before the kind
    Public("plus-the-logit", logistic_d, lambda fake: E(fake), WRONG, "pull the same way"),
    Public(
        "hinge-d-wrong-way-logistic-g",
        hinge_d,
        lambda fake: E(softplus(fake)),
        WRONG,
        "pull the same way",
    ),
    # u σ(1 - a) = σ(1 + a) has one root that rises with u, 0 at u = 1
    Public(
        "softplus-hinge",
        lambda real, fake: E(softplus(1 - real)) + E(softplus(1 + fake)),
        lambda fake: -E(fake),
        NOT_WRONG,
        "f-divergence",
    ),
    # u tanh(a - 1) + tanh(a) = 0: one root in (0, 1), 1/2 at u = 1
    Public(
        "log-cosh",
        lambda real, fake: E(np.log(np.cosh(real - 1))) + E(np.log(np.cosh(fake))),
        lambda fake: E(np.log(np.cosh(fake - 1))),
        NOT_WRONG,
        "f-divergence",
    ),
    # the quadratic anchors of regularised hinge games, at fixed averages
    Public(
        "hinge-with-anchors",
        lambda real, fake: (
            hinge_d(real, fake) + 0.3 * (E((real + 0.5) ** 2) + E((fake - 0.5) ** 2))
        ),
        lambda fake: -E(fake),
        NOT_WRONG,
    ),
    # the α-losses of 2020 in place of logarithms: D* = u^2 / (1 + u^2) for α = 2
    Public(
        "alpha-loss",
        lambda real, fake: (
            E(-2 * np.sqrt(1 / (1 + np.exp(-real)))) - E(2 * np.sqrt(1 / (1 + np.exp(fake))))
        ),
        lambda fake: E(2 * np.sqrt(1 / (1 + np.exp(fake)))),
        NOT_WRONG,
        "f-divergence",
    ),
    # for u > σ(1) / ... the best output is 1, whatever u: near p = q nothing is seen
    Public(
        "hinge-and-logistic-terms",
        lambda real, fake: E(relu(1 - real)) + E(softplus(fake)),
        lambda fake: -E(fake),
        WRONG,
        "One output is best for all p / q around 1",
    ),
    # energies: real ones to 0, generated ones above a margin; 1-Lipschitz or not, outputs are >= 0
    Public(
        "energies-behind-relu",
        lambda real, fake: E(relu(real)) + E(relu(1 - relu(fake))),
        lambda fake: E(relu(fake)),
        NOT_WRONG,
    ),
    Public(
        "energies-as-they-are",
        lambda real, fake: E(real) + E(relu(10 - fake)),
        lambda fake: E(fake),
        UNKNOWN,
        "never negative",
    ),
    Public(
        "energies-g-wrong-way",
        lambda real, fake: E(real) + E(relu(10 - fake)),
        lambda fake: -E(fake),
        WRONG,
    ),
    # BEGAN (2017): k_t = 0.3 at one step of many
    Public(
        "began",
        lambda real, fake: E(real) - 0.3 * E(fake),
        lambda fake: E(fake),
        UNKNOWN,
        "BEGAN",
    ),
    Public(
        "began-g-wrong-way",
        lambda real, fake: E(real) - 0.3 * E(fake),
        lambda fake: -E(fake),
        WRONG,
    ),
    Public(
        "critic-weighted-by-mistake",
        lambda real, fake: E(fake) - 0.3 * E(real),
        lambda fake: -E(fake),
        WRONG,
    ),
)

COUPLED = (
    # the loss-sensitive GAN of 2017, λ = 10, margin 1
    Public(
        "loss-sensitive",
        lambda real, fake: E(real) + 10 * E(relu(1 + real - fake)),
        lambda fake: E(fake),
        UNKNOWN,
        "never negative",
    ),
    Public(
        "loss-sensitive-g-wrong-way",
        lambda real, fake: E(real) + 10 * E(relu(1 + real - fake)),
        lambda fake: -E(fake),
        WRONG,
    ),
    # KL(p | q), at T = log u + c
    Public(
        "donsker-varadhan",
        lambda real, fake: -(E(real) - lme(fake)),
        lambda fake: -lme(fake),
        correct("donsker-varadhan", divergence="KL(p | q)", sign=1),
    ),
    Public(
        "donsker-varadhan-flipped",
        lambda real, fake: E(real) + lme(-fake),
        lambda fake: -lme(-fake),
        correct("donsker-varadhan", sign=-1),
    ),
    Public(
        "donsker-varadhan-same-way",
        lambda real, fake: lme(fake) - E(real),
        lambda fake: lme(fake),
        WRONG,
        "pull the same way",
    ),
    # the other orientation: KL(q | p)
    Public(
        "donsker-varadhan-of-the-real-batch",
        lambda real, fake: E(fake) + lme(-real),
        lambda fake: -E(fake),
        correct("donsker-varadhan", divergence="KL(q | p)"),
    ),
    Public(
        "two-cumulants",
        lambda real, fake: 2 * lme(fake / 2) + 2 * lme(-real / 2),
        lambda fake: -2 * lme(fake / 2),
        correct("cumulant"),
    ),
    Public(
        "donsker-varadhan-weighted",
        lambda real, fake: lme(fake) - 2 * E(real),
        lambda fake: -lme(fake),
        WRONG,
        "No D is optimal",
    ),
    Public(
        "dual-contrastive",
        lambda real, fake: share(real, fake) + share(-fake, -real),
        lambda fake, real: share(fake, real) + share(-real, -fake),
        correct("dual-contrastive", sign=1),
    ),
    Public(
        "contrastive-half",
        lambda real, fake: share(real, fake),
        lambda fake, real: share(fake, real),
        correct("contrastive", sign=1),
    ),
    Public(
        "contrastive-temperature",
        lambda real, fake: share(real / 0.5, fake / 0.5),
        lambda fake, real: share(fake / 0.5, real / 0.5),
        correct("contrastive", sign=1),
    ),
    Public(
        "contrastive-same-way",
        lambda real, fake: share(real, fake) + share(-fake, -real),
        lambda fake, real: share(real, fake) + share(-fake, -real),
        WRONG,
        "pull the same way",
    ),
    # hinge on fakes weighed by e^f over its mean: rises with u, 0 at u = 1
    Public(
        "weighted-hinge",
        lambda real, fake: E(relu(1 - real)) + E(relu(1 + weights(fake) * fake)),
        lambda fake: -E(weights(fake) * fake),
        NOT_WRONG,
    ),
    # its D is right, log p / (p + q) + c; its G is least where p = q and rises to both sides
    Public(
        "softmax",
        lambda real, fake: logsumexp(np.r_[real, fake]) - E(real),
        lambda fake, real: logsumexp(np.r_[real, fake]) - E(np.r_[real, fake]),
        UNKNOWN | {"game": "softmax"},
        "too many",
    ),
    # sup of |E_p D - E_q D| over 1-Lipschitz D is W1; G must not know the sign either
    Public(
        "distance-of-means",
        lambda real, fake: -abs(E(real) - E(fake)),
        lambda fake, real: abs(E(real) - E(fake)),
        NOT_WRONG,
        "W1",
    ),
    Public(
        "distance-of-means-signed-g",
        lambda real, fake: -abs(E(real) - E(fake)),
        lambda fake: -E(fake),
        WRONG,
    ),
    # squared: the same critic
    Public(
        "squared-distance-of-means",
        lambda real, fake: -((E(real) - E(fake)) ** 2),
        lambda fake, real: (E(real) - E(fake)) ** 2,
        NOT_WRONG,
    ),
    # the critic of W1 with its level held at 0
    Public(
        "critic-with-its-level-held",
        lambda real, fake: E(fake) - E(real) + 0.1 * (E(real) + E(fake)) ** 2,
        lambda fake: -E(fake),
        NOT_WRONG,
        "Wasserstein critic",
    ),
    # a logistic loss of the mean logits: the mean inside
    Public(
        "logistic-of-the-mean-gap",
        lambda real, fake: softplus(E(fake) - E(real)),
        lambda fake, real: softplus(E(real) - E(fake)),
        WRONG,
        "mean stands inside",
    ),
    # metrics between the two laws of D's output, made large by D and small by G: zero-sum, 0 at p = q
    Public(
        "energy-distance",
        lambda real, fake: -energy_distance(real, fake),
        lambda fake, real: energy_distance(real, fake),
        NOT_WRONG,
    ),
    Public("kernel-distance", lambda r, f: -mmd(r, f), lambda f, r: mmd(r, f), NOT_WRONG),
    Public("kernel-distance-same-way", lambda r, f: -mmd(r, f), lambda f, r: -mmd(r, f), WRONG),
    Public("kernel-distance-descended", lambda r, f: mmd(r, f), lambda f, r: mmd(r, f), WRONG),
    # G learns from its worst half, or its best: never pushed down
    Public(
        "worst-half-of-the-batch",
        logistic_d,
        lambda fake: E(softplus(-np.sort(fake)[: fake.size // 2])),
        UNKNOWN,
        "couples",
    ),
    Public(
        "worst-half-wrong-way",
        logistic_d,
        lambda fake: E(softplus(np.sort(fake)[: fake.size // 2])),
        WRONG,
    ),
)

NUMBERS = (
    # one term is summed: its weight is the size of the batch
    Public(
        "fake-term-summed",
        lambda real, fake: E(softplus(-real)) + np.sum(softplus(fake)),
        logistic_g,
        WRONG,
        "8 is the size of the batch: the term of the generated batch is a sum",
    ),
    Public(
        "least-squares-real-summed",
        lambda real, fake: np.sum((real - 1) ** 2) + E(fake**2),
        lambda fake: E((fake - 1) ** 2),
        WRONG,
        "the term of the real batch is a sum",
    ),
    # right, and one size only: labels of one batch made from the other look the same
    Public(
        "labels-of-the-other-batch",
        lambda real, fake: (
            E((real - np.ones_like(real)) ** 2) + E((fake - np.zeros_like(real)) ** 2)
        ),
        lambda fake: E((fake - 1) ** 2),
        correct("least-squares"),
        "of one size only",
    ),
    Public(
        "labels-of-their-own",
        lambda real, fake: (
            E((real - np.ones_like(real)) ** 2) + E((fake - np.zeros_like(fake)) ** 2)
        ),
        lambda fake: E((fake - 1) ** 2),
        correct("least-squares", finite=True),
        not_words="of one size only",
    ),
    # log(1 - σ(100)) is log 0
    Public(
        "naive-logarithms",
        lambda real, fake: (
            -E(np.log(1 / (1 + np.exp(-real)))) - E(np.log(1 - 1 / (1 + np.exp(-fake))))
        ),
        lambda fake: -E(np.log(1 / (1 + np.exp(-fake)))),
        correct("non-saturating", finite=False),
        "±100",
    ),
    # constant by an identity: rounding is no step, and D learns nothing
    Public(
        "constant-by-an-identity",
        lambda real, fake: E(softplus(real) - softplus(-real) - real),
        logistic_g,
        WRONG,
        not_words="steps",
    ),
    Public(
        "softmax-over-the-batch-in-g",
        lambda real, fake: E(np.log(np.exp(real).sum() + np.exp(fake).sum()) - real),
        lambda fake: E(np.log(np.exp(fake).sum()) - fake),
        NOT_CORRECT,
        not_words="steps",
    ),
)


def seeded(shape: Any, low: float, high: float) -> Any:
    return np.random.default_rng(0).uniform(low, high, shape)


SEEDED = (
    # labels drawn from U[0.7, 1] and U[0, 0.3]: smoothing to 0.85 and 0.15 on average
    Public(
        "soft-labels",
        lambda real, fake: (
            E(softplus(real) - seeded(real.shape, 0.7, 1.0) * real)
            + E(softplus(fake) - seeded(fake.shape, 0.0, 0.3) * fake)
        ),
        logistic_g,
        NOT_WRONG,
        "differ from sample to sample",
    ),
    # 30 % of the labels flipped: 0.7 and 0.3 on average, and in 8 draws anything
    Public(
        "flipped-labels",
        lambda real, fake: (
            E(softplus(real) - (seeded(real.shape, 0, 1) > 0.3) * real)
            + E(softplus(fake) - (seeded(fake.shape, -1, 0) > -0.3) * fake)
        ),
        logistic_g,
        NOT_WRONG,
    ),
    Public(
        "soft-margins",
        lambda real, fake: (
            E(relu(seeded(real.shape, 0.8, 1.0) - real))
            + E(relu(seeded(fake.shape, 0.8, 1.0) + fake))
        ),
        lambda fake: -E(fake),
        NOT_WRONG,
    ),
    Public(
        "noise-on-the-outputs",
        lambda real, fake: logistic_d(
            real + seeded(real.shape, -0.5, 0.5), fake + seeded(fake.shape, -0.3, 0.7)
        ),
        logistic_g,
        NOT_WRONG,
    ),
    # the labels of pairs: seeded noise is no coupling of its own
    Public(
        "relativistic-soft-labels",
        lambda real, fake: E(softplus(real - fake) - seeded(real.shape, 0.8, 1.0) * (real - fake)),
        lambda fake, real: E(softplus(real - fake)),
        NOT_WRONG,
        "differ from sample to sample",
    ),
    Public(
        "soft-labels-same-way",
        lambda real, fake: (
            E(softplus(real) - seeded(real.shape, 0.7, 1.0) * real) + E(softplus(fake))
        ),
        lambda fake: E(softplus(fake)),
        WRONG,
        "pull the same way",
    ),
)

PUBLIC = (*NAMES, *ARGUMENTS, *FOLLOWED, *COUPLED, *NUMBERS, *SEEDED)


# --- torch ------------------------------------------------------------------------------------------


def bce(logits: Any, label: float) -> Any:
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, label))


def sp(x: Any) -> Any:
    return F.softplus(x).mean()


def stylegan_d(real_pred: Any, fake_pred: Any) -> Any:
    return sp(-real_pred) + sp(fake_pred)


def stylegan_g(fake_pred: Any) -> Any:
    return sp(-fake_pred)


def minus_mean(fake: Any) -> Any:
    return -fake.mean()


def no_grad_d(real: Any, fake: Any) -> Any:
    with torch.no_grad():
        return sp(-real) + sp(fake)


def two_pass_d(real: Any, fake: Any) -> Any:
    """Each pass with the other's mean as a number."""
    of_real = bce(real - fake.detach().mean(), 1.0)
    return 0.5 * of_real + 0.5 * bce(fake - real.detach().mean(), 0.0)


def two_pass_g(fake: Any, real: Any) -> Any:
    real = real.detach()
    return 0.5 * bce(real - fake.mean(), 0.0) + 0.5 * bce(fake - real.mean(), 1.0)


def two_pass_squares_d(real: Any, fake: Any) -> Any:
    of_real = (real - fake.detach().mean() - 1).pow(2).mean()
    return of_real + (fake - real.detach().mean() + 1).pow(2).mean()


def two_pass_squares_g(fake: Any, real: Any) -> Any:
    return (real - fake.mean() + 1).pow(2).mean() + (fake - real.mean() - 1).pow(2).mean()


def backward_inside_d(real: Any, fake: Any) -> Any:
    """Two backward passes of its own, as in tutorials' loops."""
    of_real, of_fake = sp(-real), sp(fake)
    if of_real.requires_grad:
        of_real.backward()
        of_fake.backward()
    return of_real + of_fake


def backward_of_one_term_d(real: Any, fake: Any) -> Any:
    of_real, of_fake = sp(-real), sp(fake)
    if of_real.requires_grad:
        of_real.backward()
    return (of_real + of_fake).detach()


def reattached_d(real: Any, fake: Any) -> Any:
    fake = fake.detach().requires_grad_()
    return sp(-real) + sp(fake)


def half_of_the_batch_d(real: Any, fake: Any) -> Any:
    k = len(fake) // 2
    return sp(-real) + sp(torch.cat((fake[:k].detach(), fake[k:])))


def kl_weights(fake: Any) -> Any:
    return torch.softmax(fake, 0) * len(fake)


def weighted_hinge_d(dis_fake: Any, dis_real: Any) -> Any:
    weighted = dis_fake * kl_weights(dis_fake)
    return F.relu(1 - dis_real).mean() + F.relu(1 + weighted).mean()


def weighted_hinge_detached_d(dis_fake: Any, dis_real: Any) -> Any:
    weighted = dis_fake * kl_weights(dis_fake).detach()
    return F.relu(1 - dis_real).mean() + F.relu(1 + weighted).mean()


def weighted_hinge_g(dis_fake: Any) -> Any:
    return -(dis_fake * kl_weights(dis_fake)).mean()


def focal_d(real: Any, fake: Any) -> Any:
    """Hard samples count more; the weights are numbers to the gradient."""
    hard_real = torch.sigmoid(-real).detach() ** 2
    hard_fake = torch.sigmoid(fake).detach() ** 2
    return (hard_real * F.softplus(-real)).mean() + (hard_fake * F.softplus(fake)).mean()


def divided_d(real: Any, fake: Any) -> Any:
    loss = sp(-real) + sp(fake)
    return loss / loss.detach()


def lists_d(disc_real_outputs: Any, disc_generated_outputs: Any) -> Any:
    loss = 0
    for real, fake in zip(disc_real_outputs, disc_generated_outputs, strict=True):
        loss = loss + ((1 - real) ** 2).mean() + (fake**2).mean()
    return loss


def lists_g(disc_outputs: Any) -> Any:
    return sum(((1 - one) ** 2).mean() for one in disc_outputs)


def lists_detached_d(disc_real_outputs: Any, disc_generated_outputs: Any) -> Any:
    return lists_d(disc_real_outputs, [one.detach() for one in disc_generated_outputs])


def pooled(patches: Any) -> Any:
    return F.avg_pool2d(patches, 4)


def pooled_d(real: Any, fake: Any) -> Any:
    return F.relu(1 - pooled(real)).mean() + F.relu(1 + pooled(fake)).mean()


def time_steps_d(real: Any, fake: Any) -> Any:
    _, _, _ = real.shape
    return ((real - 1) ** 2).mean() + (fake**2).mean()


def time_steps_g(fake: Any) -> Any:
    _, _, _ = fake.shape
    return ((fake - 1) ** 2).mean()


def of_100(outputs: Any, label: float) -> Any:
    return F.binary_cross_entropy_with_logits(outputs, torch.full((100, 1), label))


def two_logits(batch: Any) -> Any:
    one = torch.as_tensor(batch).reshape(-1)
    return torch.stack((torch.zeros_like(one), one), 1)


def classes(pairs: Any, label: int) -> Any:
    return F.cross_entropy(pairs, torch.full((len(pairs),), label))


def scales(batch: Any) -> Any:
    """Outputs of three discriminators, nested as some have them."""
    tensor = torch.as_tensor(batch)
    return [[tensor], [tensor, tensor]]


def nested_d(real: Any, fake: Any) -> Any:
    pairs = zip(real, fake, strict=True)
    return sum(F.relu(1 - r[-1]).mean() + F.relu(1 + f[-1]).mean() for r, f in pairs)


def nested_g(fake: Any) -> Any:
    return sum(-one[-1].mean() for one in fake)


def reversal(x: Any) -> Any:
    """x with minus its gradient: what is added is 0."""
    return 2 * x.detach() - x + (x - x.detach()) * 0


def cast_g(fake: Any) -> Any:
    return sp(-fake).item()


TENSOR = {"array": as_tensor}
FLOAT = {"array": as_float}
CUT = "does not reach D's outputs on generated samples"
PUBLIC_TORCH = (
    Public(
        "torch-stylegan", stylegan_d, stylegan_g, correct("non-saturating", finite=True), **TENSOR
    ),
    # D is trained on real samples alone
    Public(
        "torch-fake-output-detached",
        lambda real, fake: sp(-real) + sp(fake.detach()),
        stylegan_g,
        WRONG,
        CUT,
        **TENSOR,
    ),
    Public(
        "torch-fake-output-detached-float",
        lambda real, fake: F.relu(1 - real).mean() + F.relu(1 + fake.detach()).mean(),
        minus_mean,
        WRONG,
        CUT,
        **FLOAT,
    ),
    Public(
        "torch-critic-fake-data",
        lambda real, fake: -(real.mean() - fake.data.mean()),
        minus_mean,
        WRONG,
        CUT,
        **TENSOR,
    ),
    Public("torch-fake-attached-anew", reattached_d, stylegan_g, WRONG, CUT, **TENSOR),
    Public(
        "torch-real-output-detached",
        lambda real, fake: sp(-real.detach()) + sp(fake),
        stylegan_g,
        WRONG,
        "does not reach D's outputs on real samples",
        **TENSOR,
    ),
    Public(
        "torch-relativistic-fake-detached",
        lambda real, fake: sp(-(real - fake.detach())),
        lambda fake, real: sp(-(fake - real)),
        WRONG,
        CUT,
        **TENSOR,
    ),
    Public("torch-under-no-grad", no_grad_d, stylegan_g, WRONG, "D never moves", **TENSOR),
    Public(
        "torch-items",
        lambda real, fake: torch.tensor(sp(-real).item() + sp(fake).item()),
        stylegan_g,
        WRONG,
        "D never moves",
        **TENSOR,
    ),
    Public(
        "torch-half-of-the-batch-detached", half_of_the_batch_d, stylegan_g, WRONG, "only", **TENSOR
    ),
    Public(
        "torch-half-of-the-term-detached",
        lambda real, fake: sp(-real) + 0.5 * sp(fake) + 0.5 * sp(fake.detach()),
        stylegan_g,
        WRONG,
        "0.5 of its slope",
        **TENSOR,
    ),
    Public(
        "torch-d-reversed",
        lambda real, fake: sp(-reversal(real)) + sp(reversal(fake)),
        stylegan_g,
        WRONG,
        "D climbs its loss",
        **TENSOR,
    ),
    Public(
        "torch-g-half-detached",
        stylegan_d,
        lambda fake: sp(-torch.cat((fake[:4].detach(), fake[4:]))),
        WRONG,
        "reaches only",
        **TENSOR,
    ),
    # its gradient is minus the slope of softplus(f): G descends -E softplus(f), the minimax loss
    Public(
        "torch-gradient-reversal",
        stylegan_d,
        lambda fake: sp(reversal(fake)),
        correct("minimax"),
        "gradient reversal",
        **TENSOR,
    ),
    # minus the slope of softplus(-f): G climbs log D
    Public(
        "torch-gradient-reversal-wrong-way",
        stylegan_d,
        lambda fake: sp(-reversal(fake)),
        WRONG,
        **TENSOR,
    ),
    # detached means: each output is pushed to its own side, σ(D - B) / σ(A - D) = p / q at the best D
    Public(
        "torch-two-pass",
        two_pass_d,
        two_pass_g,
        correct("relativistic-average"),
        "two passes",
        **TENSOR,
    ),
    Public(
        "torch-two-pass-squares",
        two_pass_squares_d,
        two_pass_squares_g,
        correct("relativistic-average"),
        "two passes",
        **TENSOR,
    ),
    Public(
        "torch-two-pass-outputs-detached",
        lambda real, fake: (
            bce(real - fake.detach().mean(), 1.0) + bce(fake.detach() - real.mean(), 0.0)
        ),
        two_pass_g,
        WRONG,
        CUT,
        **TENSOR,
    ),
    Public(
        "torch-two-pass-g-repeats-d",
        two_pass_d,
        lambda fake, real: two_pass_d(real, fake),
        WRONG,
        "pull the same way",
        **TENSOR,
    ),
    Public(
        "torch-backward-inside", backward_inside_d, stylegan_g, correct("non-saturating"), **TENSOR
    ),
    Public("torch-backward-of-one-term", backward_of_one_term_d, stylegan_g, WRONG, CUT, **TENSOR),
    # detached weights: the slope of no loss, but each batch is pushed to its side
    Public("torch-focal", focal_d, stylegan_g, UNKNOWN, "points the same way", **TENSOR),
    Public("torch-weighted-hinge", weighted_hinge_d, weighted_hinge_g, NOT_WRONG, **TENSOR),
    Public(
        "torch-weighted-hinge-detached",
        weighted_hinge_detached_d,
        weighted_hinge_g,
        NOT_WRONG,
        **TENSOR,
    ),
    Public(
        "torch-divided-by-itself",
        divided_d,
        stylegan_g,
        REFUSED,
        "and yet has a gradient",
        **TENSOR,
    ),
    Public(
        "torch-g-returns-a-float",
        stylegan_d,
        cast_g,
        correct("non-saturating"),
        "not known",
        **TENSOR,
    ),
    # what array makes of a batch
    Public(
        "torch-lists",
        lists_d,
        lists_g,
        correct("least-squares"),
        array=lambda batch: [torch.as_tensor(batch)],
    ),
    Public(
        "torch-lists-detached",
        lists_detached_d,
        lists_g,
        WRONG,
        CUT,
        array=lambda batch: [torch.as_tensor(batch)],
    ),
    Public("torch-nested-lists", nested_d, nested_g, correct("hinge", d_scale=2.0), array=scales),
    Public(
        "torch-two-logits",
        lambda real, fake: classes(real, 1) + classes(fake, 0),
        lambda fake: classes(fake, 1),
        correct("non-saturating", sign=1),
        array=two_logits,
    ),
    Public(
        "torch-two-logits-detached",
        lambda real, fake: classes(real, 1) + classes(fake.detach(), 0),
        lambda fake: classes(fake, 1),
        WRONG,
        CUT,
        array=two_logits,
    ),
    Public(
        "torch-two-logits-same-way",
        lambda real, fake: classes(real, 1) + classes(fake, 0),
        lambda fake: classes(fake, 0),
        WRONG,
        "pull the same way",
        array=two_logits,
    ),
    Public(
        "torch-patches-by-array",
        lambda real, fake: F.relu(1 - real).mean() + F.relu(1 + fake).mean(),
        minus_mean,
        correct("hinge"),
        array=lambda a: torch.as_tensor(a).reshape(-1, 1, 1, 1).expand(-1, 1, 8, 8),
    ),
    Public("torch-pooled-patches", pooled_d, minus_mean, correct("hinge"), **TENSOR),
    Public("torch-time-steps", time_steps_d, time_steps_g, correct("least-squares"), **TENSOR),
    Public(
        "torch-labels-of-100",
        lambda real, fake: (of_100(real, 1.0) + of_100(fake, 0.0)) / 2,
        lambda fake: of_100(fake, 1.0),
        correct("non-saturating"),
        **TENSOR,
    ),
    # nn.BCELoss refuses logits: that, and not the shape, is to be said
    Public(
        "torch-bce-of-logits",
        lambda real, fake: (
            F.binary_cross_entropy(real, torch.ones_like(real))
            + F.binary_cross_entropy(fake, torch.zeros_like(fake))
        ),
        lambda fake: F.binary_cross_entropy(fake, torch.ones_like(fake)),
        REFUSED,
        'outputs = "probabilities"',
        **FLOAT,
    ),
    # flipped throughout, as one family of repositories has it
    Public(
        "torch-flipped-hinge",
        lambda real, fake: (F.relu(1 + real) + F.relu(1 - fake)).mean(),
        lambda fake, real: fake.mean(),
        correct("hinge", sign=-1),
        **TENSOR,
    ),
    Public(
        "torch-flipped-hinge-g-not-flipped",
        lambda real, fake: (F.relu(1 + real) + F.relu(1 - fake)).mean(),
        lambda fake, real: -fake.mean(),
        WRONG,
        "pull the same way",
        **TENSOR,
    ),
    Public(
        "torch-top-k",
        lambda real, fake: F.relu(1 - real).mean() + F.relu(1 + fake).mean(),
        lambda fake: -fake.topk(len(fake) // 2)[0].mean(),
        UNKNOWN,
        **TENSOR,
    ),
    Public(
        "torch-vq-hinge-g-behind-logistic-d",
        lambda logits_real, logits_fake: 0.5 * (sp(-logits_real) + sp(logits_fake)),
        minus_mean,
        correct("reverse-kl-generator"),
        "KL(q | p)",
        **TENSOR,
    ),
    Public(
        "torch-super-resolution-means",
        lambda real_out, fake_out: 1 - real_out.mean() + fake_out.mean(),
        lambda fake_out: (1 - fake_out).mean(),
        correct("f-gan:total-variation"),
        outputs="probabilities",
        **TENSOR,
    ),
    Public(
        "torch-smooth-l1",
        lambda real, fake: (
            F.smooth_l1_loss(real, torch.ones_like(real))
            + F.smooth_l1_loss(fake, torch.zeros_like(fake))
        ),
        lambda fake: F.smooth_l1_loss(fake, torch.ones_like(fake)),
        NOT_WRONG,
        **TENSOR,
    ),
    Public(
        "torch-fake-first-squares",
        lambda input_fake, input_real: (input_fake**2).mean() + ((input_real - 1) ** 2).mean(),
        lambda input_fake: ((input_fake - 1) ** 2).mean(),
        correct("least-squares", sign=1),
        **TENSOR,
    ),
    Public(
        "torch-fake-first-squares-swapped",
        lambda input_fake, input_real: ((input_fake - 1) ** 2).mean() + (input_real**2).mean(),
        lambda input_fake: ((input_fake - 1) ** 2).mean(),
        WRONG,
        **TENSOR,
    ),
    Public(
        "torch-pairs-with-a-quadratic-penalty",
        lambda real, fake: -(real - fake).mean() + ((real - fake) ** 2).mean() / 20,
        minus_mean,
        NOT_WRONG,
        **TENSOR,
    ),
    Public(
        "torch-dict",
        lambda real, fake: {"loss": sp(-real) + sp(fake)},
        stylegan_g,
        REFUSED,
        "return one number",
        **TENSOR,
    ),
)
