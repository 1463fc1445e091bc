"""What the usual mistakes in gradient penalties cost at known gradients."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gantheory.testing.penalty_case import PRICES, TARGETED, Form, PenaltyCase, Probe
from gantheory.testing.tensors import Array

EPSILONS = tuple(10.0**-k for k in range(1, 9))
CLOSE = 2e-5  # relative; a mistake is recognised at two batches
RIGHT = "the right formula"


@dataclass(frozen=True)
class _Seen:
    """Gradients and logits of the samples that a penalty looked at."""

    gradients: Array
    logits: Array

    @property
    def norms(self) -> Array:
        return np.asarray(np.linalg.norm(self.gradients.reshape(len(self.gradients), -1), axis=1))


def diagnosis(case: PenaltyCase, shape: tuple[int, ...]) -> str:
    """What the penalty is instead, if it is one of the usual mistakes."""
    worst: dict[str, float] = {}
    for _ in range(2):
        for name, error in _errors(case, shape):
            worst[name] = max(worst.get(name, 0.0), error)
    name, error = min(worst.items(), key=lambda item: item[1])
    return f". It looks like {name}" if error <= CLOSE else _other_target(case, shape)


def _errors(case: PenaltyCase, shape: tuple[int, ...]) -> Iterator[tuple[str, float]]:
    """Yield for each mistake how far it is, relatively, from what the penalty is at one batch."""
    w = case.unit(shape)
    form: Form = "square"
    if case.kind == "dragan":
        form, real = "bent", np.array([-10 * w, 10 * w, 10 * w])
        fake = real
    else:
        real = case.batch(case.rng.uniform(0.25, 3.0, 5), shape)
        fake = case.batch(case.rng.uniform(0.25, 3.0, 5), shape)
        fake = fake if case.kind in ("r1", "r2", "r1+r2") else real
    paid = case.pay(case.probe(form, w), real, fake)
    probe = Probe(form, case.unit_norm, w)
    seen = [_Seen(probe.gradient(x), probe(x).ravel()) for x in (real, fake)]
    for name, value in _mistakes(case, *seen):
        for factor, words in _factors(case.weight):
            if value and not (name == RIGHT and factor == case.weight):
                error = abs(paid - factor * value) / abs(factor * value)
                # of two names that fit alike the plainer one is reported
                yield f"{name}{words}", error + 1e-9 * bool(words)


def _factors(weight: float) -> Iterator[tuple[float, str]]:
    """Yield factors that a penalty may have, and what to say of them."""
    yield weight, ""
    yield 1.0, " without the weight"
    yield 2 * weight, " times 2: γ stands for γ/2, or a 2 too many"
    yield weight / 2, " times 1/2"
    yield weight**2, " with the weight applied twice"


def _mistakes(case: PenaltyCase, real: _Seen, fake: _Seen) -> Iterator[tuple[str, float]]:
    """Yield what mistakes would pay, before the weight."""
    if case.kind not in ("r1", "r2", "r1+r2"):
        yield RIGHT, _price(case, real.norms)
        yield from _at_one_batch(case, real)
        return
    r1, r2 = _price(case, real.norms), _price(case, fake.norms)
    sums = {"r1": r1, "r2": r2, "r1+r2": r1 + r2}
    yield RIGHT, sums.pop(case.kind)
    words = {
        "r1": "R1, the penalty at the real samples alone",
        "r2": "R2, the penalty at the generated samples alone",
        "r1+r2": "R1 + R2, the penalties at both batches",
    }
    for kind, value in sums.items():
        yield f"{words[kind]}: change it, or write kind={kind!r}", value
    if case.kind == "r1+r2":
        yield "the mean of R1 and R2: add them", (r1 + r2) / 2
        return
    yield from _at_one_batch(case, real if case.kind == "r1" else fake)


def _price(case: PenaltyCase, norms: Array) -> float:
    return float(PRICES[case.kind](np.asarray(norms), case.target).mean())


def _at_one_batch(case: PenaltyCase, seen: _Seen) -> Iterator[tuple[str, float]]:
    g, norms = seen.gradients, seen.norms
    n, target = len(g), case.target

    def paid(r: Array) -> float:
        return _price(case, r)

    yield "a sum over the samples: take the mean", n * paid(norms)
    yield "the price of the mean norm: take the mean of the prices", paid(norms.mean())
    whole = np.asarray(math.sqrt(float((g**2).sum())))
    yield "the norm of the whole batch: take one norm for each sample", paid(whole)
    yield "the norm over one axis: flatten each sample before", paid(np.linalg.norm(g, axis=1))
    yield (
        "the norm over the last axis: flatten each sample before",
        paid(np.linalg.norm(g, axis=-1)),
    )
    yield (
        "the norm over the batch axis: take one norm for each sample",
        paid(np.linalg.norm(g, axis=0)),
    )
    yield "a penalty on each coordinate: take the norm of each sample", paid(abs(g))
    yield "a penalty on the sum of the coordinates: take the norm", paid(g.reshape(n, -1).sum(1))
    yield "the norm without its root: |g|² in place of |g|", paid(norms**2)
    yield "the L1 norm: take the Euclidean one", paid(abs(g).reshape(n, -1).sum(1))
    yield f"|norm - {target:g}| without the square", float(abs(norms - target).mean())
    if case.kind not in ("wgan-gp", "dragan") and target:
        yield f"(norm - {target:g})², the two-sided penalty", float(((norms - target) ** 2).mean())
    if case.kind != "wgan-lp" and target:
        one_sided = float((np.maximum(norms - target, 0) ** 2).mean())
        yield f"max(0, norm - {target:g})², the one-sided penalty", one_sided
    if case.kind in TARGETED and target:
        yield (
            "the squared norm, centred at 0: change it, or write target=0",
            float((norms**2).mean()),
        )
    if case.kind in TARGETED and target not in (0, 1):
        yield "divided by the square of the target norm", paid(norms) / target**2
    yield "the gradient of the mean over the batch: differentiate the sum", paid(norms / n)
    yield from _with_epsilon(case, norms)
    yield from _of_other_outputs(case, seen)


def _with_epsilon(case: PenaltyCase, norms: Array) -> Iterator[tuple[str, float]]:
    for e in EPSILONS:
        small = "; so large a number changes the penalty: take 1e-12"
        yield (
            f"the right formula with an epsilon of {e:g} in the root, as sqrt(|g|² + {e:g}){small}",
            _price(case, np.sqrt(norms**2 + e)),
        )
        yield (
            f"the right formula with an epsilon of {e:g} beside the norm, as |g| + {e:g}{small}",
            _price(case, norms + e),
        )


def _of_other_outputs(case: PenaltyCase, seen: _Seen) -> Iterator[tuple[str, float]]:
    """Gradients of probabilities and losses in place of logits."""
    d, n = 1 / (1 + np.exp(-seen.logits)), len(seen.logits)
    for share, words in ((1, ""), (n, " and of a mean over the batch")):
        for name, slope in (
            ("σ(logit)", d * (1 - d)),
            ("-log σ(logit)", 1 - d),
            ("softplus(logit)", d),
        ):
            yield (
                f"the gradient of {name}{words}: take it of the logit",
                _price(case, seen.norms * slope / share),
            )


def _other_target(case: PenaltyCase, shape: tuple[int, ...]) -> str:
    """The norm that costs nothing, found where the roots of the prices of three norms are on a line."""
    if case.kind not in ("wgan-gp", "dragan"):
        return ""
    x, w = case.rng.normal(size=(2, 1, *shape)), case.unit(shape)
    norms = case.unit_norm * np.array([0.5, 1.0, 2.0])
    paid = [case.pay(case.probe("linear", w, r / case.unit_norm), *x) for r in norms]
    roots = np.sqrt(np.maximum(paid, 0.0))
    for negative in range(4):  # so many of the norms are smaller than the one that costs nothing
        signed = np.where(np.arange(3) < negative, -roots, roots)
        slope = (signed[2] - signed[0]) / (norms[2] - norms[0])
        straight = abs(signed[0] + slope * (norms[1] - norms[0]) - signed[1]) <= 1e-5 * roots.max()
        if not (straight and slope > 0):
            continue
        centre, weight = norms[1] - signed[1] / slope, slope**2
        if min(abs(centre), abs(centre - case.target)) > 0.01 * case.unit_norm:
            said = "" if abs(weight / case.weight - 1) < 1e-3 else f" and a weight of {weight:.4g}"
            return f". It looks like a target norm of {centre:.4g}{said}: state it by target"
    return ""
