"""The oracle's proof: what it says of every implementation in the bank.

The first half looks at the bank alone, by brute force: a right entry is its textbook's loss, and the
textbook's best discriminator is its best one; a wrong entry has the fault that it is listed for, and
no right entry has any. The second half asks the oracle.
"""

from __future__ import annotations

import inspect
import json
import math
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np
import oracle_bank as bank
import oracle_bank_jax
import oracle_bank_torch
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from oracle_bank import Entry, Form, relu, sigmoid, softplus, w_conjugate

from gantheory.testing import identify_game

Term = Callable[[Any], Any]
RIGHT = (*bank.RIGHT, *oracle_bank_jax.RIGHT)
WRONG = (*bank.WRONG, *oracle_bank_jax.WRONG)
ODD = (*bank.ODD, *oracle_bank_jax.ODD)
TORCH_RIGHT, TORCH_WRONG = oracle_bank_torch.RIGHT, oracle_bank_torch.WRONG
EVERY_RIGHT, EVERY_WRONG = (*RIGHT, *TORCH_RIGHT), (*WRONG, *TORCH_WRONG)
EVERY = (*EVERY_RIGHT, *EVERY_WRONG, *ODD, *oracle_bank_torch.ODD)
LOG_2 = math.log(2)
# counts of the two points among real and generated samples
LAWS = (((3, 1), (1, 3)), ((2, 2), (2, 2)), ((2, 2), (1, 3)))
FAR_APART = ((7, 1), (1, 7))
EQUAL = LAWS[1]
TOLERANCE = 3e-4  # float32 is among them


def slow_ones(entries: tuple[Entry, ...], k: int) -> Any:
    """Mark jax, a millisecond a call where nothing is compiled, and every other wrong entry."""
    entry = entries[k]
    rest = entry.fault is not None and k % 2
    return pytest.mark.slow if entry.name.startswith("jax") or rest else ()


def named(numpy_and_jax: tuple[Entry, ...], torch: tuple[Entry, ...]) -> Any:
    """Parametrise over entries, by name; torch's behind their marker."""
    return pytest.mark.parametrize(
        "entry",
        [
            *(
                pytest.param(entry, id=entry.name, marks=slow_ones(numpy_and_jax, k))
                for k, entry in enumerate(numpy_and_jax)
            ),
            *(pytest.param(entry, id=entry.name, marks=pytest.mark.torch) for entry in torch),
        ],
    )


@pytest.fixture(autouse=True)
def _torch(request: pytest.FixtureRequest) -> Iterator[None]:
    """Load torch for the tests that are marked; not to have it is a failure, not a reason to skip.

    jax computes in float64 here, which it has to be told; what it was told before comes back.
    """
    import jax

    if request.node.get_closest_marker("torch"):
        oracle_bank_torch.load()
    before = jax.config.read("jax_enable_x64")
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", before)


# --- textbooks ------------------------------------------------------------------------------------


def half_square(target: float) -> Term:
    return lambda a: 0.5 * (a - target) ** 2


def cross_entropy(target: float) -> Term:
    return lambda a: target * softplus(-a) + (1 - target) * softplus(a)


def parabola(t: Any) -> Any:
    return t**2 / 4 + t


def clamped(t: Any) -> Any:
    return np.where(t > -2, parabola(t), -1.0)


def linear(a: Any) -> Any:
    return -a


def variational(activation: Term, conjugate: Term) -> tuple[Term, Term, tuple[Term, ...]]:
    """-T, f*(T), and the two generators."""
    return (
        lambda v: -activation(v),
        lambda v: conjugate(activation(v)),
        (lambda v: -conjugate(activation(v)), lambda v: -activation(v)),
    )


def textbook(form: Form) -> tuple[Term, Term, tuple[Term, ...]]:
    """The real term, the fake term, and the generators that go with them."""
    alpha, beta = form.targets
    if form.game == "least-squares":
        return half_square(alpha), half_square(beta), (half_square(form.aim),)
    logistic = cross_entropy(alpha), cross_entropy(beta)
    return {
        "minimax": (*logistic, (lambda a: -softplus(a),)),
        "non-saturating": (*logistic, (cross_entropy(form.aim),)),
        "hinge": (lambda a: relu(1 - a), lambda a: relu(1 + a), (linear,)),
        "wasserstein": (linear, lambda a: a, (linear,)),
        "f-gan:kl": variational(lambda v: v, lambda t: np.exp(t - 1)),
        "f-gan:reverse-kl": variational(lambda v: -np.exp(v), lambda t: -1 - np.log(-t)),
        "f-gan:js": variational(lambda v: LOG_2 - softplus(-v), lambda t: -np.log(2 - np.exp(t))),
        "f-gan:jeffreys": variational(lambda v: v, w_conjugate),
        "f-gan:total-variation": variational(lambda v: np.tanh(v) / 2, lambda t: t),
        "f-gan:squared-hellinger": variational(lambda v: 1 - np.exp(v), lambda t: t / (1 - t)),
        "f-gan:pearson-chi2": variational(lambda v: v, clamped if form.clamped else parabola),
        "f-gan:neyman-chi2": variational(lambda v: 1 - np.exp(v), lambda t: 2 - 2 * np.sqrt(1 - t)),
        "f-gan:alpha=0.5": variational(lambda v: 2 - softplus(-v), lambda t: 2 / (1 - t / 2) - 2),
    }[form.game]


def textbook_losses(form: Form) -> tuple[bank.Loss, tuple[bank.Loss, ...]]:
    """d_loss(real, fake) and the possible g_loss(fake, real)."""
    if form.game == "relativistic":
        return bank.relativistic_d, (lambda f, r: bank.relativistic_d(f, r),)
    if form.game == "relativistic-average":
        return bank.average_d, (lambda f, r: bank.average_d(f, r),)
    real, fake, generators = textbook(form)
    return (
        lambda r, f: np.mean(real(r)) + np.mean(fake(f)),
        tuple(lambda f, r, one=one: np.mean(one(f)) for one in generators),
    )


FAR = 30.0  # in place of an infinite output
BEST: dict[str, Callable[[float], float]] = {
    "hinge": np.sign,
    "f-gan:kl": lambda a: 1 + a,
    "f-gan:reverse-kl": lambda a: -a,
    "f-gan:jeffreys": lambda a: a - math.expm1(-a),
    "f-gan:total-variation": lambda a: FAR * np.sign(a),
    "f-gan:squared-hellinger": lambda a: -a / 2,
    "f-gan:pearson-chi2": lambda a: 2 * math.expm1(a),
    "f-gan:neyman-chi2": lambda a: -2 * a,
    # T = f'(u) = 2 - 2 / √u = 2 - log(1 + e^-v)
    "f-gan:alpha=0.5": lambda a: -math.log(math.expm1(2 * math.exp(-a / 2))),
}


def best_output(form: Form, log_ratio: float) -> float:
    """The textbook's best output where log p - log q is given, in the entry's own units."""
    alpha, beta = form.targets
    ratio = math.exp(log_ratio)
    yes, no = alpha * ratio + beta, (1 - alpha) * ratio + (1 - beta)
    if form.game == "least-squares":
        best = yes / (ratio + 1)
    elif form.game in bank.LOGISTIC:
        best = math.log(yes / no)
    else:
        best = BEST.get(form.game, lambda a: a)(log_ratio)
    return (best - form.m) / form.k


# --- brute force ----------------------------------------------------------------------------------


def number(value: Any) -> float:
    """One float; +inf for nan, which is nobody's least value."""
    if hasattr(value, "detach"):
        value = value.detach()
    number = float(np.asarray(value).item())
    return math.inf if math.isnan(number) else number


def called(entry: Entry, loss: bank.Loss, *batches: Any) -> float:
    """Call a loss on batches of logits, in its own kind of array."""
    if entry.outputs == bank.PROBABILITIES:
        batches = tuple(map(sigmoid, batches))
    if entry.column:
        batches = tuple(batch[:, None] for batch in batches)
    # each batch new: some loss may write into it
    given = (entry.array(batch.copy()) if entry.array else batch.copy() for batch in batches)
    with np.errstate(all="ignore"):
        return number(loss(*given))


def d_of(entry: Entry, r: Any, f: Any) -> float:
    return called(entry, entry.d_loss, r, f)


@cache
def sees_real(entry: Entry) -> bool:
    """Whether g_loss takes (fake, real)."""
    return len(inspect.signature(entry.g_loss).parameters) == 2


def g_of(entry: Entry, f: Any, r: Any) -> float:
    return called(entry, entry.g_loss, f, r) if sees_real(entry) else called(entry, entry.g_loss, f)


def law_batches(x: float, y: float, law: Any) -> tuple[Any, Any]:
    """Real and generated logits, x or y by the law, every pair of one of each."""
    real, fake = (np.repeat([x, y], counts) for counts in law)
    return np.repeat(real, len(fake)).astype(float), np.tile(fake, len(real)).astype(float)


def value_of(entry: Entry, x: float, y: float, law: Any) -> float:
    return d_of(entry, *law_batches(x, y, law))


@cache
def least(entry: Entry, law: Any) -> tuple[float, float, float]:
    """The least value of D's loss over outputs at two points, and where: a grid that narrows."""
    steps = np.linspace(-12, 12, 9)
    best = min((value_of(entry, x, y, law), x, y) for x in steps for y in steps)
    step = steps[1] - steps[0]
    for _ in range(20):
        step *= 0.6
        best = min(
            best,
            *(
                (
                    value_of(entry, best[1] + i * step, best[2] + j * step, law),
                    best[1] + i * step,
                    best[2] + j * step,
                )
                for i in (-1, 0, 1)
                for j in (-1, 0, 1)
                if i or j
            ),
        )
    return best


RNG_BATCHES = [
    (2.0 * rng.normal(size=8) - 0.3, 1.5 * rng.normal(size=8) + 0.2)
    for rng in map(np.random.default_rng, range(12))
]


def line(theirs: list[float], ours: list[float]) -> tuple[float, float, float]:
    """Scale, offset and the largest residual of theirs = scale * ours + offset."""
    columns = np.stack([ours, np.ones(len(ours))], axis=1)
    (scale, offset), *_ = np.linalg.lstsq(columns, np.array(theirs), rcond=None)
    worst = np.max(np.abs(columns @ [scale, offset] - theirs)) / (1e-12 + np.ptp(theirs))
    return float(scale), float(offset), float(worst)


def fits(theirs: list[float], ours: list[float], by: tuple[float, float] | None) -> bool:
    scale, offset, worst = line(theirs, ours)
    return (
        worst < 1e-5 and scale > 0 and (by is None or np.allclose((scale, offset), by, atol=1e-4))
    )


def units(entry: Entry, batch: Any, form: Form) -> Any:
    """What the textbook takes: least squares take D itself, k and m act on that."""
    squares = form.game == "least-squares" and entry.outputs == bank.PROBABILITIES
    return form.k * (sigmoid(batch) if squares else batch) + form.m


def d_matches(entry: Entry, form: Form) -> bool:
    d_loss, _ = textbook_losses(form)
    ours = [d_loss(units(entry, r, form), units(entry, f, form)) for r, f in RNG_BATCHES]
    return fits([d_of(entry, r, f) for r, f in RNG_BATCHES], ours, form.d)


def g_matches(entry: Entry, form: Form) -> bool:
    _, generators = textbook_losses(form)
    theirs = [g_of(entry, f, r) for r, f in RNG_BATCHES]
    return any(
        fits(
            theirs,
            [g(units(entry, f, form), units(entry, r, form)) for r, f in RNG_BATCHES],
            form.g,
        )
        for g in generators
    )


# --- faults ---------------------------------------------------------------------------------------


def unbounded(entry: Entry) -> bool:
    """At p = q; far apart too, unless the loss is linear in the critic."""
    laws = [EQUAL] if is_linear(entry) else [EQUAL, FAR_APART]
    away = (-160.0, -80.0, 0.0, 80.0, 160.0)
    return any(
        min(value_of(entry, x, y, law) for x in away for y in away) < least(entry, law)[0] - 1
        for law in laws
    )


def is_linear(entry: Entry) -> bool:
    """Whether L(x) + L(-x) = 2 L(0), on batches."""
    return all(
        abs(d_of(entry, r, f) + d_of(entry, -r, -f) - 2 * d_of(entry, 0 * r, 0 * f)) < 1e-4
        for r, f in RNG_BATCHES[:3]
    )


def indifferent(entry: Entry) -> bool:
    """One best answer for a law and for the law with the players exchanged."""
    law = LAWS[0]
    back = law[1], law[0]
    _, x, y = least(entry, law)
    return value_of(entry, x, y, back) <= least(entry, back)[0] + TOLERANCE


def off_optimum(entry: Entry, form: Form) -> bool:
    """The textbook's best answer is not the best one, at some law."""
    return any(
        not value_of(entry, *best_logits(entry, form, law), law) <= least(entry, law)[0] + TOLERANCE
        for law in (*LAWS, FAR_APART)
    )


def worth(entry: Entry, form: Form) -> bool:
    """The least value is not that of the textbook, where two laws are far apart."""
    d_loss, _ = textbook_losses(form)
    ours = float(d_loss(*law_batches(*best_logits(entry, form, FAR_APART), FAR_APART)))
    return abs(least(entry, FAR_APART)[0] - ours) > 1e-2


def best_logits(entry: Entry, form: Form, law: Any) -> list[float]:
    outputs = [best_output(form, math.log(p / q)) for p, q in point_ratios(law)]
    if form.game == "least-squares" and entry.outputs == bank.PROBABILITIES:
        return [math.log(one / (1 - one)) for one in outputs]
    return outputs


def point_ratios(law: Any) -> list[tuple[float, float]]:
    real, fake = law
    return [(p / sum(real), q / sum(fake)) for p, q in zip(real, fake, strict=True)]


def coupled(entry: Entry) -> bool:
    """Mixed second differences over two samples of one batch do not vanish: no sum over samples."""
    r, f = RNG_BATCHES[0]
    neighbours = [(i, (i + 1) % len(r)) for i in range(len(r))]
    return any(
        together(lambda batch: d_of(entry, batch, f), r, pair, by)
        or together(lambda batch: d_of(entry, r, batch), f, pair, by)
        for pair in neighbours
        for by in (0.7, -9.0)
    )


def together(of: Callable[[Any], float], batch: Any, pair: tuple[int, int], by: float) -> bool:
    """Whether two samples moved at once change the loss otherwise than one after the other."""
    i, j = (by * np.eye(len(batch))[index] for index in pair)
    values = np.array([of(batch + i + j), of(batch), of(batch + i), of(batch + j)])
    return bool(abs(values @ [1, 1, -1, -1]) > 1e-6 * np.sum(np.abs(values)))


def slopes(entry: Entry, r: Any, f: Any) -> tuple[float, float]:
    """How D's loss and G's change with the output on fakes."""
    h = 1e-2
    by_d = d_of(entry, r, f + h) - d_of(entry, r, f - h)
    by_g = g_of(entry, f + h, r) - g_of(entry, f - h, r)
    return by_d / (2 * h), by_g / (2 * h)


def same_way(entry: Entry) -> bool:
    """Both go down to one side, where D's output is a constant that is best for p = q."""
    lowest, x, y = least(entry, EQUAL)
    best = [law_batches(x, y, EQUAL)]
    for constant in (-0.5, 0.0, 0.5):  # there may be many
        if value_of(entry, constant, constant, EQUAL) <= lowest + 1e-6:
            best.append(law_batches(constant, constant, EQUAL))
    return any(math.prod(slopes(entry, r, f)) > 1e-4 for r, f in best)


def flat(entry: Entry) -> bool:
    return bool(np.ptp([g_of(entry, f, r) for r, f in RNG_BATCHES]) < 1e-9)


def mixed(entry: Entry) -> bool:
    """D is that of the textbook; G is none of those that go with it."""
    if entry.meant is None:  # D's output is in other units than G's
        return any(
            d_matches(entry, Form("minimax", k=k, m=m, d=None)) and not g_goes_with(entry, k, m)
            for k in (1 / 3, 1.0)
            for m in (0.0, 2.0)
        )
    form = Form(entry.meant, d=None, g=None)
    others = {"minimax": "non-saturating", "non-saturating": "minimax"}
    games = {entry.meant, others.get(entry.meant, entry.meant)}
    return d_matches(entry, form) and not any(g_matches(entry, Form(one, g=None)) for one in games)


def g_goes_with(entry: Entry, k: float, m: float) -> bool:
    return any(g_matches(entry, Form(game, k=k, m=m, g=None)) for game in bank.LOGISTIC)


def misnamed(entry: Entry) -> bool:
    form = entry.form
    if form is None:
        return False
    return d_matches(entry, form) and g_matches(entry, form) and entry.claims != form.game


FAULTS: dict[str, Callable[[Entry], bool]] = {
    "unbounded": unbounded,
    "indifferent": indifferent,
    "optimum": lambda entry: off_optimum(entry, Form(entry.meant or "")),
    "value": lambda entry: worth(entry, Form(entry.meant or "")),
    "coupled": coupled,
    "same way": same_way,
    "mixed": mixed,
    "flat": flat,
    "misnamed": misnamed,
}


GENERIC = ("unbounded", "indifferent", "coupled", "same way", "flat")


# --- the bank alone -------------------------------------------------------------------------------


@pytest.mark.slow
@named(RIGHT, TORCH_RIGHT)
def test_the_bank_is_what_it_says_of_right_ones(entry: Entry) -> None:
    form = entry.form
    assert form is not None
    assert d_matches(entry, form)
    assert g_matches(entry, form)
    if form.game not in ("wasserstein", "relativistic-average"):  # these have no pointwise optimum
        assert not off_optimum(entry, form)
    if "value_at_equality" in entry.expected:
        assert least(entry, EQUAL)[0] == pytest.approx(
            entry.expected["value_at_equality"], abs=1e-3
        )
    if "optimal_logit_at_equality" in entry.expected:
        a = entry.expected["optimal_logit_at_equality"]
        assert value_of(entry, a, a, EQUAL) <= least(entry, EQUAL)[0] + 1e-6
    faults = [
        name for name in ("unbounded", "indifferent", "same way", "flat") if FAULTS[name](entry)
    ]
    if not form.game.startswith("relativistic") and coupled(entry):
        faults.append("coupled")
    assert faults == []


@pytest.mark.slow
@named(WRONG, TORCH_WRONG)
def test_the_bank_is_what_it_says_of_wrong_ones(entry: Entry) -> None:
    assert entry.fault is not None
    assert FAULTS[entry.fault](entry)


def test_the_bank_is_large_and_covers_every_game() -> None:
    assert len(EVERY_WRONG) >= 60
    assert len(EVERY_RIGHT) >= 45
    games = {
        *("minimax", "non-saturating", "least-squares", "hinge", "wasserstein"),
        *("relativistic", "relativistic-average", "f-gan:alpha=0.5"),
        *(f"f-gan:{name}" for name in ("kl", "reverse-kl", "js", "jeffreys", "total-variation")),
        *(f"f-gan:{name}" for name in ("squared-hellinger", "pearson-chi2", "neyman-chi2")),
    }
    assert {entry.form.game for entry in EVERY_RIGHT if entry.form} == games
    spoiled = " ".join(f"{entry.name} {entry.meant}" for entry in EVERY_WRONG)
    for game in games:
        word = game.removeprefix("f-gan:").replace("alpha=0.5", "alpha-half").removesuffix("-chi2")
        assert word in spoiled, game


def test_no_entry_is_there_twice() -> None:
    names = Counter(entry.name for entry in EVERY)
    assert [name for name, times in names.items() if times > 1] == []
    asked = Counter((one.d_loss, one.g_loss, one.outputs, one.array, one.claims) for one in EVERY)
    assert max(asked.values()) == 1


def test_no_two_wrong_ones_are_the_same_losses() -> None:
    """Not two ways to write one error, in numpy: the same values, up to rounding."""
    seen: dict[Any, str] = {}
    for entry in bank.WRONG:
        values = [(d_of(entry, r, f), g_of(entry, f, r)) for r, f in RNG_BATCHES[:3]]
        key = (entry.claims, entry.outputs, *np.round(np.ravel(values), 9) + 0.0)
        assert seen.setdefault(key, entry.name) == entry.name


# --- what the oracle says -------------------------------------------------------------------------


def ask(entry: Entry) -> Any:
    options = {"outputs": entry.outputs, "array": entry.array, "claims": entry.claims}
    return identify_game(entry.d_loss, entry.g_loss, **options)


def met(wanted: Any, said: Any) -> bool:
    """Whether a field of the answer is what was expected of it."""
    if isinstance(wanted, frozenset):
        return said in wanted
    if isinstance(wanted, float | int) and not isinstance(wanted, bool):
        return said is not None and abs(said - wanted) <= 1e-3
    return bool(said == wanted)


def differing_fields(entry: Entry, answer: Any) -> dict[str, tuple[Any, Any]]:
    """Return the fields that are not as expected: what was wanted, and what was said."""
    said = {field: getattr(answer, field) for field in entry.expected}
    return {
        field: (wanted, said[field])
        for field, wanted in entry.expected.items()
        if not met(wanted, said[field])
    }


def check_form(answer: Any) -> None:
    """The rules of every answer, whatever it says."""
    verdict, reasons = answer.verdict, answer.reasons
    assert verdict in ("correct", "wrong", "unknown")
    assert answer.judged or verdict == "unknown"
    assert verdict == "correct" or reasons
    for reason in reasons:
        assert " " in reason.strip()
        assert reason.strip()[-1] in ".!?"
    text = json.dumps(answer.as_json(), allow_nan=False)
    said = json.loads(text)
    assert said["schema"] == 1
    assert said["verdict"] == verdict
    assert said["reasons"] == list(reasons)
    if verdict == "wrong":
        check_counterexample(said["counterexample"])


def check_counterexample(counterexample: Any) -> None:
    """Two laws on two points, with numbers."""
    assert counterexample is not None
    for name in ("p", "q"):
        law = counterexample[name]
        assert len(law) == 2
        assert min(law) >= 0
        assert sum(law) == pytest.approx(1)


@named((*RIGHT, *WRONG, *ODD), (*TORCH_RIGHT, *TORCH_WRONG, *oracle_bank_torch.ODD))
def test_the_oracle_says_of_every_entry_what_is_expected(entry: Entry) -> None:
    answer = ask(entry)
    assert differing_fields(entry, answer) == {}, answer.reasons
    check_form(answer)


def test_what_a_loss_prints_is_not_in_the_way(capfd: pytest.CaptureFixture[str]) -> None:
    ask(bank.PRINTS)
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize("entry", [pytest.param(one, id=one.name) for one in bank.RIGHT[:12]])
def test_the_same_answer_twice(entry: Entry) -> None:
    assert ask(entry).as_json() == ask(entry).as_json()


def test_a_weight_or_a_sign_gives_a_reason() -> None:
    """What is right but unusual is said: a sum over the batch, a flipped sign, the odd (a, b, c)."""
    unusual = {"non-saturating-summed", "minimax-flipped", "least-squares-minus-one-one-zero"}
    for entry in bank.RIGHT:
        if entry.name in unusual:
            assert ask(entry).reasons, entry.name


# --- random ones ----------------------------------------------------------------------------------


def is_plain(entry: Entry) -> bool:
    """One formula of single outputs, in numpy, with its textbook's own numbers."""
    form = entry.form
    return (
        form is not None
        and entry.outputs == "logits"
        and not form.game.startswith("relativistic")
        and (form.k, form.m, form.d, form.g) == (1.0, 0.0, (1.0, 0.0), (1.0, 0.0))
    )


GAMES = tuple(
    {
        (entry.form.game, entry.form.targets, entry.form.aim, entry.form.clamped): entry.form
        for entry in bank.RIGHT
        if entry.form and is_plain(entry)
    }.values()
)
# a weight is an affine change of D's output where the loss is exponential or a parabola in it
SHIFTED_BY_A_WEIGHT = bank.DECREASING | {"f-gan:kl", "f-gan:pearson-chi2"}
forms = st.sampled_from(GAMES)
factors = st.floats(0.2, 5.0)
offsets = st.floats(-3.0, 3.0)


def names_of(form: Form) -> frozenset[str]:
    """The names by which the two losses may be called."""
    if form.game == "f-gan:js":
        return bank.MINIMAX_OR_JS | {"non-saturating"}
    if form.game == "f-gan:alpha=0.5":
        return bank.HELLINGER_OR_ALPHA
    return bank.MINIMAX_OR_JS if form.game == "minimax" else frozenset({form.game})


@pytest.mark.slow
@given(
    form=forms,
    which=st.integers(0, 1),
    d_line=st.tuples(factors, offsets),
    g_line=st.tuples(factors, offsets),
    k=st.floats(0.4, 2.5),
    m=st.floats(-1.0, 1.0),
    flip=st.booleans(),
)
@settings(max_examples=25, phases=[Phase.generate])  # to shrink would take minutes
def test_scales_offsets_units_and_flips_are_no_errors(
    form: Form,
    which: int,
    d_line: tuple[float, float],
    g_line: tuple[float, float],
    k: float,
    m: float,
    flip: bool,
) -> None:
    d_loss, generators = textbook_losses(form)
    g_loss = generators[which % len(generators)]
    if form.aim == 0:  # (a, b, c) = (-1, 1, 0) is right by its paper; of its shifts no paper speaks
        k, m = 1.0, 0.0
    k = -k if flip else k
    answer = identify_game(
        lambda r, f: d_line[0] * d_loss(k * r + m, k * f + m) + d_line[1],
        lambda f: g_line[0] * g_loss(k * f + m, f) + g_line[1],
    )
    verdicts = {"correct"}
    if form.game in SHIFTED_BY_A_WEIGHT and m != 0:
        verdicts.add("unknown")  # the shift may be a weight
    assert answer.verdict in verdicts, answer.reasons
    assert answer.game in names_of(form)
    if form.game not in bank.DECREASING:
        assert answer.sign == (-1 if flip else 1)


def weight(form: Form) -> Any:
    real, fake, generators = textbook(form)
    return (lambda r, f: 1.5 * np.mean(real(r)) + np.mean(fake(f))), generators


def sign_of_the_real_term(form: Form) -> Any:
    if form.game == "f-gan:pearson-chi2" and not form.clamped:
        return None  # the same parabola with its sides exchanged: v for -v - 4
    real, fake, generators = textbook(form)
    return (lambda r, f: np.mean(fake(f)) - np.mean(real(r))), generators


def sign_of_the_fake_term(form: Form) -> Any:
    real, fake, generators = textbook(form)
    return (lambda r, f: np.mean(real(r)) - np.mean(fake(f))), generators


def sign_of_g(form: Form) -> Any:
    if form.aim != 1:
        return None  # a parabola around the middle pulls to neither side, and so does its negative
    real, fake, generators = textbook(form)
    return (
        lambda r, f: np.mean(real(r)) + np.mean(fake(f)),
        tuple(lambda f, one=one: -one(f) for one in generators),
    )


def target_of_the_fake_side(form: Form) -> Any:
    _, fake, generators = textbook(form)
    return (lambda r, f: np.mean(fake(r)) + np.mean(fake(f))), generators


def target_of_the_real_side(form: Form) -> Any:
    real, _, generators = textbook(form)
    return (lambda r, f: np.mean(real(r)) + np.mean(real(f))), generators


def dropped_square(form: Form) -> Any:
    if form.game != "least-squares":
        return None
    alpha, beta = form.targets
    _, _, generators = textbook(form)
    return (lambda r, f: np.mean(np.abs(r - alpha)) + np.mean(np.abs(f - beta))), generators


def mean_inside(form: Form) -> Any:
    if form.game == "wasserstein":
        return None
    real, fake, generators = textbook(form)
    return (lambda r, f: float(real(np.mean(r))) + float(fake(np.mean(f)))), generators


ERRORS = (
    weight,
    sign_of_the_real_term,
    sign_of_the_fake_term,
    sign_of_g,
    target_of_the_fake_side,
    target_of_the_real_side,
    dropped_square,
    mean_inside,
)


def mean_of(term: Term) -> bank.Loss:
    return lambda f: np.mean(term(f))


@pytest.mark.slow
@pytest.mark.parametrize("error", ERRORS, ids=[error.__name__ for error in ERRORS])
def test_planted_errors_are_errors(error: Callable[[Form], Any]) -> None:
    """By brute force, as for the bank: otherwise the next test would ask for false alarms."""
    spoiled = [(form, planted) for form in GAMES if (planted := error(form))]
    assert spoiled
    for form, (d_loss, generators) in spoiled:
        for term in generators:
            entry = Entry(
                f"{error.__name__} in {form}",
                d_loss,
                mean_of(term),
                {},
                meant=form.game,
            )
            found = [name for name in GENERIC if FAULTS[name](entry)]
            assert found or (form.game != "wasserstein" and off_optimum(entry, form)), entry.name


@pytest.mark.slow
@given(
    planted=st.sampled_from(
        [planted for error in ERRORS for form in GAMES if (planted := error(form))]
    ),
    which=st.integers(0, 1),
    scales=st.tuples(factors, factors),
    k=st.floats(0.4, 2.5),
    m=st.floats(-1.0, 1.0),
    flip=st.booleans(),
)
@settings(max_examples=30, phases=[Phase.generate])
def test_one_planted_error_is_never_correct(
    planted: Any,
    which: int,
    scales: tuple[float, float],
    k: float,
    m: float,
    flip: bool,
) -> None:
    d_loss, generators = planted
    g_term = generators[which % len(generators)]
    k = -k if flip else k
    answer = identify_game(
        lambda r, f: scales[0] * d_loss(k * r + m, k * f + m),
        lambda f: scales[1] * np.mean(g_term(k * f + m)),
    )
    assert answer.verdict != "correct"
