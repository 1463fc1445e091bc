"""`gantheory train`: what it writes, what it refuses and with which words."""

from __future__ import annotations

import errno
import json
import math
import os
import re
from pathlib import Path

import numpy as np
import pytest
from test_cli import Outcome

from gantheory import Normal, losses
from gantheory.cli import main, runs
from gantheory.cli import training as options
from gantheory.losses.lookup import NAMED
from gantheory.training import trained
from gantheory.training.checkpoints import NAME
from gantheory.training.locks import locked

QUICK = ("--steps", "50", "--width", "4", "--batch", "8")


@pytest.fixture
def train(capsys: pytest.CaptureFixture[str]):
    def go(out: Path, *words: str, data: str = "ring") -> Outcome:
        with pytest.raises(SystemExit) as leaving:
            main(["train", "--data", data, "--out", str(out), *QUICK, *words])
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return Outcome(int(leaving.value.code or 0), said.out, said.err)

    return go


def test_a_run_leaves_checkpoint_samples_and_pictures(train, tmp_path: Path) -> None:
    done = train(tmp_path, "--seeds", "2", "--json")
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert told["step"] == 50
    assert told["last"].keys() >= {"d_loss", "g_loss", "value", "d_real", "modes", "quality"}
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([NAME, *told["files"]])
    assert np.load(tmp_path / "samples.npy").shape == (2, 1000, 2)
    assert all((tmp_path / name).stat().st_size > 1000 for name in told["files"])


def test_what_it_says_without_json(train, tmp_path: Path) -> None:
    done = train(tmp_path)
    said = r"step 50: L_D \d\.\d+ \(1\.386\)  L_G .* V\+log 4 \S+ \(1000 samples\) .* modes"
    assert re.search(said, done.out)
    assert "C+log 4" not in done.out
    assert done.err == ""


LAWS = """from gantheory import Normal
bell = Normal(0, 1)
"""


def test_on_the_line_it_tells_the_exact_criterion_with_its_error(train, tmp_path: Path) -> None:
    (tmp_path / "laws.py").write_text(LAWS)
    done = train(tmp_path / "run", "--seeds", "2", data=f"{tmp_path / 'laws.py'}:bell")
    said = r"  C\+log 4 (\S+) ± (\S+) \(exact\)  V\+log 4 \S+ \(1000 samples\)"
    mean, error = (float(x) for x in re.search(said, done.out).groups())
    again = train(
        tmp_path / "run", "--seeds", "2", "--resume", "--json", data=f"{tmp_path / 'laws.py'}:bell"
    )
    told = json.loads(again.out)["exact_criterion"]
    assert (told["step"], told["refused"]) == (50, {})
    assert mean == pytest.approx(np.mean(told["value"]), rel=1e-3)
    assert 0 < error < 1e-9
    assert all(0 < x < 2 * math.log(2) for x in told["value"])


def test_a_run_without_one_says_so_in_json(train, tmp_path: Path) -> None:
    for name, more in (("ring", ()), (None, ("--latent-dim", "2"))):
        (tmp_path / "laws.py").write_text(LAWS)
        data = name or f"{tmp_path / 'laws.py'}:bell"
        done = train(tmp_path / str(name), "--json", *more, data=data)
        assert json.loads(done.out)["exact_criterion"] is None


def test_densities_that_are_refused_are_reported(tmp_path: Path) -> None:
    state = trained(Normal(0, 1), seeds=3, steps=50, width=4, batch=8)
    state.history.exact.steps.clear()
    state.history.exact.values.clear()
    state.history.exact.errors.clear()
    found = state.criterion(0)
    state.history.exact.record(50, {0: found, 1: "an atom", 2: found})
    assert f"C+log 4 {float(found):.4g} ± " in runs.live(state)
    assert "(exact, 2 of 3 networks)" in runs.live(state)
    state.step = 100
    assert "(exact at step 50, 2 of 3 networks)" in runs.live(state)
    told = runs.report(state, [])["exact_criterion"]
    assert told["refused"] == {"1": "an atom"}
    assert (told["value"][1], told["error"][1]) == (None, "inf")
    state.history.exact.record(100, {0: "an atom", 1: "an atom", 2: "an atom"})
    assert "C+log 4 unknown (every p_g refused)" in runs.live(state)


def test_resuming_starts_or_changes_nothing_and_without_it_a_run_is_kept(
    train, tmp_path: Path
) -> None:
    assert train(tmp_path / "new", "--resume").code == 0
    files = {path.name: path.read_bytes() for path in (tmp_path / "new").iterdir()}
    assert train(tmp_path / "new", "--resume").code == 0
    assert files == {path.name: path.read_bytes() for path in (tmp_path / "new").iterdir()}
    again = train(tmp_path / "new")
    assert (again.code, again.out) == (1, "")
    assert "--resume" in again.err
    other = train(tmp_path / "new", "--resume", "--seed", "7")
    assert other.code == 1
    assert "seed: 0 there, 7 asked for" in other.err


def test_a_run_of_other_data_is_not_gone_on_with(train, tmp_path: Path) -> None:
    """The file was edited in between: what it holds reads the same, and is another law."""
    file = tmp_path / "laws.py"
    text = (
        "import numpy as np, gantheory as gt\nfrom gantheory.nets import Dense, Network\n"
        "net = Network((Dense(1, 1),), 1)\n"
        "p = gt.GeneratorDensity(net, net.parameters(np.array([{0}])))\n"
    )
    file.write_text(text.format("1.0, 0.0"))
    assert train(tmp_path / "run", data=f"{file}:p").code == 0
    file.write_text(text.format("1.0, 0.0") + "# a remark\n")
    assert train(tmp_path / "run", "--resume", data=f"{file}:p").code == 0
    file.write_text(text.format("0.1, 40.0"))
    done = train(tmp_path / "run", "--resume", data=f"{file}:p")
    assert (done.code, done.out) == (1, "")
    assert "belongs to another run (data: GeneratorDensity" in done.err


def test_data_that_no_checkpoint_can_name_are_refused(train, tmp_path: Path) -> None:
    file = tmp_path / "laws.py"
    file.write_text(
        "import gantheory as gt\np = gt.Normal(0, 1)\nobject.__setattr__(p, 'extra', lambda x: x)\n"
    )
    done = train(tmp_path / "run", data=f"{file}:p")
    assert (done.code, done.out) == (2, "")
    assert "data" in done.err
    assert "a lambda has no name" in done.err
    assert not (tmp_path / "run").exists()


def test_two_runs_in_one_folder_are_refused(train, tmp_path: Path) -> None:
    with locked(tmp_path / "run"):
        for more in ((), ("--resume",), ("--seed", "1")):
            done = train(tmp_path / "run", *more)
            assert (done.code, done.out) == (1, "")
            assert "another run is writing to" in done.err
    assert train(tmp_path / "run").code == 0


def test_a_full_disk_is_not_a_divergence(
    train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        done = train(tmp_path / "run")
    assert (done.code, done.out) == (1, "")
    assert f"{tmp_path / 'run' / NAME} cannot be written: No space left on device" in done.err
    assert "write --resume" in done.err
    assert "diverged" not in done.err
    assert list((tmp_path / "run").iterdir()) == []
    assert train(tmp_path / "run", "--resume").code == 0


def test_games_without_a_probability_say_so(train, tmp_path: Path) -> None:
    words = "in the game hinge an output does not say how probable it is that a sample is real"
    done = train(tmp_path / "a", "--game", "hinge")
    assert done.code == 0
    assert "V+log 4" not in done.out
    assert "  D 0." not in done.out
    assert f"no D, V(D, G): {words}\n" in done.out
    assert f"no discriminator.png: {words}\n" in done.out
    assert not (tmp_path / "a" / "discriminator.png").exists()
    told = json.loads(train(tmp_path / "b", "--game", "hinge", "--json").out)
    assert not told["last"].keys() & {"value", "d_real", "d_fake"}
    assert told["left_out"] == [f"no D, V(D, G): {words}", f"no discriminator.png: {words}"]
    other = train(tmp_path / "c", "--game", "f-gan:reverse-kl", "--json")
    assert json.loads(other.out)["left_out"] == []
    assert "discriminator.png" in json.loads(other.out)["files"]


def test_infinities_are_words_in_json(tmp_path: Path) -> None:
    state = trained("ring", seeds=3, steps=50, width=4, batch=8)
    state.history.columns["value"][-1][...] = [-math.inf, math.nan, -1.5]
    assert runs.report(state, [])["last"]["value"] == ["-inf", None, -1.5]


def test_help_lists_the_games_and_every_one_of_them_is_there(train, tmp_path: Path, capsys) -> None:
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    lines = {line.strip() for line in capsys.readouterr().out.splitlines()}
    assert set(NAMED) <= lines
    assert tuple(NAMED) == options.GAMES
    for name in options.WITH_NUMBERS:
        assert name in lines
        assert losses.game(name).name.startswith(name.partition(":")[0])
    page = (Path(__file__).parent.parent / "docs" / "training.md").read_text(encoding="utf-8")
    for name in (*NAMED, *options.WITH_NUMBERS):
        assert f"`{name}`" in page


def test_every_network_that_diverges_is_told(train, tmp_path: Path) -> None:
    done = train(tmp_path, "--lr", "1e10", "--seeds", "2", "--json")
    assert done.code == 1
    assert json.loads(done.out)["diverged"] == {"0": 1, "1": 1}
    assert "network 0 diverged at step 1" in done.err
    assert "network 1 diverged at step 1" in done.err


CSV = {
    "good.csv": ("x,y\n" + "".join(f"{i},{i * i}\n" for i in range(20)), 0, ""),
    "word.csv": ("1,2\n3,four\n", 2, "line 2: 'four' is no finite number"),
    "nan.csv": ("1,2\n3,4\nnan,1\n", 2, "line 3: 'nan' is no finite number"),
    "inf.csv": ("1,2\n\n3,inf\n", 2, "line 3: 'inf'"),
    "short.csv": ("1,2\n3\n", 2, "line 2: 1 numbers, the first row has 2"),
    "empty.csv": ("", 2, "no row"),
    "head.csv": ("x,y\n", 2, "no row"),
    "few.csv": ("1,2\n3,4\n5,7\n", 0, ""),
    "still.csv": ("1,2\n" * 30, 2, "no variance"),
}


@pytest.mark.parametrize("name", CSV)
def test_tables(train, tmp_path: Path, name: str) -> None:
    text, code, words = CSV[name]
    (tmp_path / name).write_text(text)
    done = train(tmp_path / "out", data=str(tmp_path / name))
    assert done.code == code, done.err
    assert words in done.err


@pytest.mark.slow
def test_arrays_and_objects(train, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    np.save(tmp_path / "rows.npy", rng.normal(size=(50, 3)))
    assert train(tmp_path / "a", data=str(tmp_path / "rows.npy")).code == 0
    np.save(tmp_path / "bad.npy", np.array([[1.0, np.nan], [2.0, 3.0]]))
    assert "row 0" in train(tmp_path / "b", data=str(tmp_path / "bad.npy")).err
    file = tmp_path / "laws.py"
    file.write_text(
        "from scipy import stats\nfrom gantheory import grid\n"
        "plane = grid(2)\nline = stats.norm(1, 2)\nnothing = 3\n"
    )
    for name in ("plane", "line"):
        assert train(tmp_path / name, data=f"{file}:{name}").code == 0
    for text, words in (
        (f"{file}:missing", "defines no missing"),
        (f"{file}:nothing", "3"),
        (f"{tmp_path}/none.py:x", "there is no file"),
        (f"{tmp_path}/none.csv", "none.csv"),
        ("star", "ring, grid"),
    ):
        done = train(tmp_path / "c", data=text)
        assert done.code == 2
        assert words in done.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--game", "poker"), "non-saturating"),
        (("--penalty", "r3"), "r1"),
        (("--k", "0"), "whole number"),
        (("--seeds", "0"), "whole number"),
        (("--lr", "nan"), "finite number"),
        (("--lr", "0"), "d_lr=0.0"),
        (("--lr", "-1"), "finite number"),
        (("--dtype", "float16"), "float32"),
        (("--scheme", "simultaneous", "--k", "2"), "write k=1"),
        (("--seed", "-1"), "whole number"),
        (("--out", "/dev/null/x"), "given 2 times"),
    ],
)
def test_options_that_are_refused(train, tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    done = train(tmp_path / "x", *words)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert not (tmp_path / "x").exists()
