"""Which run a checkpoint belongs to: fingerprints of everything that decides its numbers, and locks."""

from __future__ import annotations

import enum
import functools
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from scipy import stats

import gantheory as gt
from gantheory import losses, optimisers
from gantheory.errors import CheckpointError
from gantheory.nets import BatchNorm, Dense, Dropout, LeakyReLU, Network, mlp
from gantheory.training import Data, as_data, locks, plan
from gantheory.training.checkpoints import NAME, run_in
from gantheory.training.fingerprints import fingerprint
from gantheory.training.locks import NAME as LOCK
from gantheory.training.locks import locked

SMALL = {"width": 4, "batch": 8, "steps": 50}
LINE = gt.Normal(0, 1)
AFFINE = mlp([1, 1], LeakyReLU())
RATE = 0.5


def of(value: Any) -> str:
    return fingerprint(value, "it")


def image(slope: float, shift: float) -> Any:
    return gt.GeneratorDensity(AFFINE, AFFINE.parameters(np.array([slope, shift], float)))


def halving(count: int, total: int) -> float:
    return RATE ** (count / total)


@dataclass(frozen=True)
class Falling:
    """A schedule that is a small object with a number."""

    rate: float

    def __call__(self, count: int, total: int) -> float:
        return self.rate ** (count / total)


class Counting:
    """A schedule that remembers how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, count: int, total: int) -> float:
        self.asked += 1
        return 1 / self.asked


class Hiding:
    """What would be pickled without its number, under a name that libraries keep notes under."""

    def __init__(self, rate: float) -> None:
        self.rate_cache = rate

    def __getstate__(self) -> dict[str, float]:
        return {}


def attributed(rate: float) -> Any:
    """A function that reads an attribute of its own."""
    space: dict[str, Any] = {}
    exec("def schedule(count, total): return schedule.rate", space)
    space["schedule"].rate = rate
    return space["schedule"]


def defaulted(rates: tuple[float, float]) -> Any:
    """A function whose numbers are defaults, one of them by keyword alone."""
    space: dict[str, Any] = {}
    exec("def schedule(count, total, rate={}, *, least={}): return rate".format(*rates), space)
    return space["schedule"]


class Pair(NamedTuple):
    """A tuple with names."""

    rate: float
    kind: str = "falling"


class Colour(enum.Enum):
    """Names of numbers."""

    RED = 1
    BLUE = 2


class Slotted:
    """Attributes that lie in no dictionary."""

    __slots__ = ("rate",)

    def __init__(self, rate: float) -> None:
        self.rate = rate


class Shifted(Data):
    """Data of one's own."""

    def sample(self, n: int, rng: np.random.Generator) -> Any:
        return 1.0 + super().sample(n, rng)


def turned(sigma: float) -> Any:
    return gt.as_density(stats.abs(stats.Normal(mu=0.3, sigma=sigma)))


def made_new(a: float) -> Any:
    return gt.as_density(stats.make_distribution(stats.gamma)(a=a))


TINY = np.nextafter(0.1, 1)
# what makes it, and numbers of which no two are the same run
MAKERS: dict[str, tuple[Any, list[Any]]] = {
    "a normal law": (lambda x: gt.Normal(0, x), [0.1, float(TINY), Fraction(1, 10), "0.2"]),
    "a generator's law": (lambda x: image(*x), [(1, 0), (1, 1e-300), (1 + 1e-15, 0), (0.1, 40)]),
    "a mixture": (lambda x: gt.Mixture([LINE, gt.Normal(x, 1)], [0.5, 0.5]), [1.0, 1.0 + 1e-15]),
    "a ring": (lambda x: gt.ring(x), [7, 8]),
    "a law in the plane": (lambda x: gt.Product(LINE, gt.Uniform(0, x)), [1.0, 1.0 + 1e-15]),
    "of scipy": (lambda x: gt.as_density(stats.gamma(x)), [2.0, 2.0 + 1e-15]),
    "of scipy, with branches": (lambda x: gt.as_density(stats.arcsine(0, x)), [1.0, 1.0 + 1e-15]),
    "of scipy, new": (turned, [1.5, 1.5 + 1e-15]),
    "of scipy, made new": (made_new, [2.0, 2.0 + 1e-15]),
    "a kernel density": (lambda x: stats.gaussian_kde(x * np.arange(5.0)), [1.0, 1.0 + 1e-15]),
    "a method of scipy's": (lambda x: stats.gamma(x).pdf, [2.0, 2.0 + 1e-15]),
    "rows": (lambda x: as_data(np.array([0.0, 1.0, x])), [3.0, 3.0 + 1e-15]),
    "data of one's own": (lambda x: Shifted(None, gt.Normal(x, 1)), [0.0, 5e-324]),
    "smoothed labels": (
        lambda x: losses.smoothed(losses.MINIMAX, real_target=x),
        [0.9, 0.9000001, 0.9 + 1e-16],
    ),
    "squares": (lambda x: losses.least_squares(c=x), [0.5, 0.5000001]),
    "a power": (lambda x: losses.f_gan(x), [0.5, 0.5 + 1e-16, 2.0]),
    "a rule": (lambda x: optimisers.Adam(beta1=x), [0.5, 0.5 + 1e-16, 0.0]),
    "an activation": (lambda x: mlp([1, 3, 1], LeakyReLU(x)), [0.2, 0.2 + 1e-16]),
    "layers": (lambda x: Network((Dense(2, 3), *x, Dense(3, 1)), 2), [(), (Dropout(0.1),)]),
    "batch norm": (lambda x: BatchNorm(3, eps=x), [1e-5, 1e-5 + 1e-20]),
    "a schedule with a number": (Falling, [0.5, 0.5 + 1e-16]),
    "a part of a function": (
        lambda x: functools.partial(halving, total=x),
        [100, 101],
    ),
    "slots": (Slotted, [0.5, 0.6]),
    "hidden": (Hiding, [0.5, 0.6]),
    "attributes of a function": (attributed, [0.5, 0.6]),
    "defaults": (defaulted, [(0.5, 0.1), (0.6, 0.1), (0.5, 0.2)]),
    "named tuples": (lambda x: x, [Pair(0.5), Pair(0.6), Pair(0.5, "rising"), (0.5, "falling")]),
    "enumerated": (lambda x: x, [*Colour, Colour]),
    "numbers": (lambda x: x, [1, 1.0, True, "1", None, 1j, np.float64(1), np.float32(1), -0.0]),
    "containers": (lambda x: x, [[1, 2], (1, 2), {1, 2}, {1: 2}, [2, 1], {2: 1}, [[1], 2]]),
    "arrays": (
        lambda x: x,
        [
            *(np.zeros(2, kind) for kind in ("<f8", ">f8", "<i8", "<f4")),
            *(np.zeros((2, 1)), np.array([0.0, -0.0])),
        ],
    ),
}


@pytest.mark.parametrize("name", MAKERS)
def test_the_same_numbers_and_no_others_have_one_fingerprint(name: str) -> None:
    make, given = MAKERS[name]
    found = [of(make(x)) for x in given]
    assert found == [of(make(x)) for x in given]
    assert len(set(found)) == len(given)


def test_every_game_schedule_and_rule_has_its_own() -> None:
    rules = (optimisers.SGD(), optimisers.Momentum(), optimisers.Nesterov(), optimisers.RMSProp())
    schedules = (optimisers.constant, optimisers.linear, optimisers.cosine, optimisers.step)
    for known in (losses.lookup.ALL, rules, schedules):
        assert len({of(one) for one in known}) == len(known)


def test_looking_at_an_object_does_not_change_it() -> None:
    one = gt.as_density(stats.gamma(2.0))
    for law in (one, turned(1.5), made_new(2.0), image(1, 0), gt.Normal("0.1", 1), gt.ring()):
        before = of(law)
        law.sample(5, np.random.default_rng(0))
        law.logpdf(np.zeros((3, 2) if law.dim == 2 else 3))
        _ = law.support, law.landmarks, law.rounded, law.batch_shape
        np.random.default_rng()
        assert of(law) == before
    net = mlp([2, 3, 1], LeakyReLU())
    before = of(net)
    _ = net.fan_out, net.size, net.keeps_state, net.takes_directions
    assert of(net) == before


def test_insertion_order_and_shared_objects_do_not_count() -> None:
    assert of({"a": 1, "b": 2}) == of({"b": 2, "a": 1})
    assert of({3, 1, 2}) == of({2, 1, 3})
    shared = [1.0, 2.0]
    assert of([shared, shared]) == of([[1.0, 2.0], [1.0, 2.0]])
    loop: list[Any] = [1]
    loop.append(loop)
    other: list[Any] = [1]
    other.append(other)
    assert of(loop) == of(other)


# --- functions ------------------------------------------------------------------------------------

BODY = """
RATE = {rate}
def schedule(count, total):
    {comment}
    return helper(count, total)
def helper(count, total):
    return {formula}
class Law(Base):
    def at(self, x):
        return {formula}
"""


class Base:
    def at(self, x: float) -> float:
        return x


def module(rate: float = 0.5, formula: str = "RATE ** (count / total)", comment: str = "") -> Any:
    space: dict[str, Any] = {"__name__": "theirs", "Base": Base}
    text = BODY.format(rate=rate, formula=formula, comment=comment)
    exec(compile(text, "/home/somebody/theirs.py", "exec"), space)
    return space


def test_a_function_is_what_it_is_compiled_to_with_what_it_uses() -> None:
    first = of(module()["schedule"])
    assert of(module(comment="# said otherwise\n")["schedule"]) == first
    assert of(module(rate=0.25)["schedule"]) != first, "a global that a helper uses"
    assert of(module(formula="RATE ** (total / count)")["schedule"]) != first, "a helper"
    assert of(module()["Law"]()) == of(module()["Law"]())
    assert of(module(formula="x + 1")["Law"]()) != of(module(formula="x + 2")["Law"]())


def test_a_global_of_this_module_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    before = of(halving)
    monkeypatch.setattr(sys.modules[__name__], "RATE", 0.25)
    assert of(halving) != before


def test_what_another_module_holds_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    import training_oracle

    space: dict[str, Any] = {"training_oracle": training_oracle}
    exec("def by_module(count, total): return training_oracle.BLOCK / count", space)
    function = space["by_module"]
    before = of(function)
    monkeypatch.setattr(training_oracle, "BLOCK", 51)
    assert of(function) != before


@functools.lru_cache
def kept(count: int, total: int) -> float:
    return 1.0


def refused() -> dict[str, tuple[Any, str]]:
    r = 0.5

    def closure(count: int, total: int) -> float:
        return r

    class Holder:
        def __init__(self) -> None:
            self.inner = {"rate": [lambda count: 1.0]}

    return {
        "a lambda": (lambda count, total: 1.0, "a lambda has no name"),
        "a closure": (closure, "a closure depends on variables"),
        "deep inside": (Holder(), r"\.inner\.rate\[0\] is <function .*a lambda"),
        "a part of a lambda": (functools.partial(lambda a, b: 1.0, 1), "a lambda has no name"),
        "a stream": (sys.__stderr__, "it cannot be read"),
        "a generator": ((x for x in ()), "it cannot be read"),
        "a lock": (threading.Lock(), "it cannot be read"),
        "its method": (threading.Lock().acquire, "it cannot be read"),
        "a method of a generator": (np.random.default_rng(0).normal, "by a name only"),
        "made by numpy": (np.frompyfunc(abs, 1, 1), "no module has it"),
    }


@pytest.mark.parametrize("name", refused())
def test_what_no_other_process_could_find_is_refused(name: str, tmp_path: Path) -> None:
    value, words = refused()[name]
    made = plan(as_data(LINE), schedule=value, **SMALL)
    with pytest.raises(CheckpointError, match=f"^schedule.*{words}"):
        next(run_in(tmp_path / "run", made, 1))
    assert not (tmp_path / "run").exists()
    with pytest.raises(CheckpointError, match=r"a function with def .* or a small dataclass"):
        made.fingerprints()
    assert made.described()["schedule"]


def test_wrappers_are_what_they_wrap() -> None:
    assert of(kept) == of(kept)
    assert of(kept) != of(kept.__wrapped__)
    numba = pytest.importorskip("numba")
    plain, fast = numba.njit(halving), numba.njit(halving, fastmath=True)
    assert of(plain) == of(numba.njit(halving))
    assert (of(plain) == of(fast)) == (plain is halving), "NUMBA_DISABLE_JIT leaves it as it is"


def test_it_is_the_same_in_every_process() -> None:
    code = (
        "import gantheory as gt, numpy as np; from scipy import stats\n"
        "from gantheory.training import plan, as_data\n"
        "from gantheory.training.fingerprints import fingerprint\n"
        "print(fingerprint({'one', 'two', 'three', 'four'}, 'words'))\n"
        "for law in ('ring', stats.gamma(2.0), stats.arcsine(), gt.Normal('0.1', 1)):\n"
        "    print(sorted(plan(as_data(law)).fingerprints().items()))"
    )
    found = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert found[0] == found[1] != ""


# --- runs -----------------------------------------------------------------------------------------


def made(data: Any = LINE, **settings: Any) -> Any:
    return plan(as_data(data), **{**SMALL, **settings})


def test_numbers_of_numpy_are_numbers() -> None:
    one = made(seed=np.int64(3), d_lr=1, noise=0, steps=np.int64(50))
    assert one.fingerprints() == made(seed=3, d_lr=1.0, noise=0.0).fingerprints()
    assert one.described() == made(seed=3, d_lr=1.0, noise=0.0).described()


OTHERS = {
    "data": ({"data": image(1, 0)}, {"data": image(0.1, 40)}),
    "digits of data": ({"data": gt.Normal(0, 0.1)}, {"data": gt.Normal(0, TINY)}),
    "schedule": ({"schedule": halving}, {"schedule": Falling(0.5)}),
    "numbers in it": ({"schedule": Falling(0.5)}, {"schedule": Falling(0.5 + 1e-16)}),
    "game": (
        {"game": losses.smoothed(losses.MINIMAX, real_target=0.9)},
        {"game": losses.smoothed(losses.MINIMAX, real_target=0.9000001)},
    ),
    "a game of that name": (
        {"game": losses.HINGE},
        {"game": losses.Separable("hinge", *3 * (losses.HINGE.real,), 2.0)},
    ),
    "d_optimiser": ({}, {"d_optimiser": optimisers.Adam(beta1=0.5, eps=1.1e-8)}),
    "weight": ({"penalty": "r1"}, {"penalty": "r1", "weight": 10.0}),
    "generator": ({}, {"generator": mlp([1, 4, 4, 1], LeakyReLU(0.2 + 1e-16))}),
    "k": ({}, {"k": 2}),
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_checkpoint_of_another_run_is_not_taken_up(name: str, tmp_path: Path) -> None:
    first, second = (made(**settings) for settings in OTHERS[name])
    whole = list(run_in(tmp_path, first, 1))[-1]
    again = list(run_in(tmp_path, first, 1, resume=True))[-1]
    np.testing.assert_array_equal(again.generator.parameters.flat, whole.generator.parameters.flat)
    with pytest.raises(CheckpointError, match="belongs to another run"):
        list(run_in(tmp_path, second, 1, resume=True))


def test_what_reads_the_same_is_said_to_differ(tmp_path: Path) -> None:
    list(run_in(tmp_path, made(image(1, 0)), 1))
    words = r"data: GeneratorDensity\(2 pieces, .*\) both times, but its digits, its code or"
    with pytest.raises(CheckpointError, match=words):
        list(run_in(tmp_path, made(image(0.1, 40)), 1, resume=True))


def test_a_schedule_that_remembers_is_not_gone_on_with(tmp_path: Path) -> None:
    """What it remembers is in no checkpoint."""
    list(run_in(tmp_path, made(schedule=Counting()), 1))
    with pytest.raises(CheckpointError, match="schedule"):
        list(run_in(tmp_path, made(schedule=Counting()), 1, resume=True))


# --- locks ----------------------------------------------------------------------------------------


def test_one_run_a_folder(tmp_path: Path) -> None:
    first = run_in(tmp_path, made(), 1)
    next(first)
    for other in (made(), made(seed=1)):
        for resume in (False, True):
            with pytest.raises(
                CheckpointError, match=f"another run is writing to {tmp_path}: wait"
            ):
                next(run_in(tmp_path, other, 1, resume=resume))
    assert list(first)[-1].step == 50
    assert [path.name for path in tmp_path.iterdir()] == [NAME]
    next(run_in(tmp_path, made(), 1, resume=True))


def test_who_is_left_off_lets_go(tmp_path: Path) -> None:
    first = run_in(tmp_path, made(), 1)
    next(first)
    first.close()
    assert list(run_in(tmp_path, made(), 1))[-1].step == 50


HOLD = """import sys, time
from pathlib import Path
from gantheory.training.locks import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_lock_dies_with_its_process(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    with pytest.raises(CheckpointError, match="another run"), locked(tmp_path):
        pass
    holder.kill()
    holder.wait()
    holder.stdout.close()
    assert (tmp_path / LOCK).exists()
    with locked(tmp_path):
        assert (tmp_path / LOCK).exists()
    assert not (tmp_path / LOCK).exists()


@pytest.mark.parametrize("again", [False, True])
def test_a_file_that_was_removed_meanwhile_is_no_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, again: bool
) -> None:
    """Who held it has removed it between opening and locking, and another may have made it anew."""
    lock, asked = locks._lock, []

    def late(descriptor: int) -> None:
        if not asked:
            (tmp_path / LOCK).unlink()
            (tmp_path / LOCK).touch() if again else None
        asked.append(descriptor)
        lock(descriptor)

    monkeypatch.setattr(locks, "_lock", late)
    with locked(tmp_path):
        assert (tmp_path / LOCK).exists()
        with pytest.raises(CheckpointError, match="another run"), locked(tmp_path):
            pass
    assert len(asked) == 3
