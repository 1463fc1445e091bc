"""The oracle from outside: files, the command, bad input, and what each answer holds."""

from __future__ import annotations

import json
import math
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from gantheory.cli import cli
from gantheory.losses import game
from gantheory.testing import Judgement, identify_game, judge_file

HEAD = """
import numpy as np

def softplus(x):
    return np.logaddexp(0, x)

def d_loss(real, fake):
    return np.mean(softplus(-real)) + np.mean(softplus(fake))

def g_loss(fake):
    return np.mean(softplus(-fake))
"""
FIELDS = ["schema", *(field.name for field in fields(Judgement) if field.name != "judged")]
ASKED = {
    *("schema", "verdict", "game", "sign", "d_scale", "d_offset", "g_scale", "g_offset"),
    *("real_target", "fake_target", "real_weight", "saturating", "consistent"),
    *("optimal_logit_at_equality", "value_at_equality", "divergence", "reasons", "counterexample"),
    *("finite", "assumes"),
}


@pytest.fixture
def written(tmp_path: Path):
    def write(text: str, name: str = "my_losses.py") -> Path:
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def run(path: Path, *options: str):
    found = CliRunner().invoke(cli, ["oracle", str(path), *options], standalone_mode=False)
    assert found.exception is None, found.exception
    return found


# --- the command ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "code", "verdict"),
    [
        ("", 0, "correct"),
        ("claims = 'non-saturating'", 0, "correct"),
        ("claims = 'minimax'", 1, "wrong"),
        ("def g_loss(fake):\n    return np.mean(softplus(fake))", 1, "wrong"),
        (
            "def d_loss(real, fake):\n    return np.mean(np.exp(-real) - np.log(fake**2 + 1))",
            1,
            None,
        ),
        ("def g_loss(fake):\n    return fake", 2, "unknown"),
        ("outputs = 'probs'", 2, "unknown"),
        ("claims = 'gan'", 2, "unknown"),
        ("del g_loss", 2, "unknown"),
        ("raise SystemExit(0)", 2, "unknown"),
        ("import nothing_of_this_name", 2, "unknown"),
        ("this is no Python", 2, "unknown"),
    ],
)
def test_exit_codes_and_one_json_object(written, more: str, code: int, verdict: str | None) -> None:
    found = run(written(HEAD + more), "--json")
    answer = json.loads(found.stdout)
    assert found.return_value == code
    assert list(answer) == FIELDS
    assert set(answer) == ASKED
    assert answer["schema"] == 1
    assert verdict is None or answer["verdict"] == verdict
    assert answer["reasons"]
    assert all(reason.endswith(".") for reason in answer["reasons"])
    assert (answer["counterexample"] is not None) == (answer["verdict"] == "wrong")


def test_what_a_file_prints_stays_off_stdout(written) -> None:
    noisy = HEAD.replace(
        "def g_loss(fake):", "print('loading')\ndef g_loss(fake):\n    print('step')"
    )
    answer = json.loads(run(written(noisy), "--json").stdout)
    assert answer["verdict"] == "correct"
    assert any("print" in reason for reason in answer["reasons"])


def test_the_answer_in_words(written) -> None:
    text = run(written(HEAD + "claims = 'hinge'")).stdout
    assert text.startswith("wrong: non-saturating\n")
    assert "claims that the losses are the hinge game" in text
    assert "real_weight                1" in text
    assert "Two points show it:" in text


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    found = run(tmp_path / "nothing.py", "--json")
    assert found.return_value == 2
    assert "is not a file" in json.loads(found.stdout)["reasons"][0]


def test_a_file_may_import_its_neighbours_when_it_is_called(written) -> None:
    written("def double(x):\n    return 2 * x\n", "a_neighbour_of_losses.py")
    text = HEAD.replace(
        "    return np.mean(softplus(-fake))",
        "    from a_neighbour_of_losses import double\n    return double(np.mean(softplus(-fake)))",
    )
    found = judge_file(written(text))
    assert found.verdict == "correct"
    assert found.g_scale == pytest.approx(2.0)


# --- bad input ------------------------------------------------------------------------------------


def raises(real, fake):
    raise RuntimeError("no such tensor")


def counts(real, fake, calls=[]):  # noqa: B006 (the fault that is to be found)
    calls.append(0)
    return np.mean(real) * len(calls)


def draws(real, fake):
    return np.mean(real) + np.random.default_rng().normal()


def mutates(real, fake):
    real -= 1.0
    return np.mean(np.maximum(0, -real)) + np.mean(np.maximum(0, 1 + fake))


def grows_old(real, fake, calls=[0]):  # noqa: B006
    calls[0] += 1
    return np.mean(np.logaddexp(0, -real)) + np.mean(np.logaddexp(0, fake)) * (1 + (calls[0] > 100))


@pytest.mark.parametrize(
    ("d_loss", "told"),
    [
        (raises, "d_loss raised RuntimeError: no such tensor"),
        (lambda real, fake: np.nan, 'say outputs = "probabilities"'),
        (lambda real, fake: np.log(np.mean(real)) - np.mean(fake), 'say outputs = "probabilities"'),
        (lambda real, fake: real - fake, "return its mean, one number"),
        (lambda real, fake: (np.mean(real), np.mean(fake)), "return one number"),
        (lambda real, fake: None, "end it with return"),
        (lambda real, fake: 1j * np.mean(real), "not a real number"),
        (lambda real, fake: "small", "return one number"),
        (lambda real: np.mean(real), "d_loss(real, fake)"),
        (draws, "random"),
        (counts, "changes a state"),
        (grows_old, "change a state"),
        (mutates, "in place"),
        (3.0, "no function"),
    ],
)
def test_what_cannot_be_judged_is_told(d_loss, told: str) -> None:
    found = identify_game(d_loss, lambda fake: -np.mean(fake))
    assert not found.judged
    assert found.verdict == "unknown"
    assert told in found.reasons[0]
    assert found.as_json()["schema"] == 1


@pytest.mark.parametrize("outputs", ["probs", None, ["logits"]])
def test_outputs_are_one_of_two_words(outputs) -> None:
    with pytest.raises(ValueError, match='write "logits" or "probabilities"'):
        identify_game(np.mean, np.mean, outputs=outputs)


@pytest.mark.parametrize("claims", ["gan", 3, ""])
def test_claims_are_names_of_games(claims) -> None:
    with pytest.raises(ValueError, match="minimax"):
        identify_game(np.mean, np.mean, claims=claims)


def test_the_error_of_a_function_says_which_line_helps() -> None:
    def d_loss(real, fake):
        raise TypeError("softplus(): argument 'input' must be Tensor, not numpy.ndarray")

    found = identify_game(d_loss, lambda fake: -np.mean(fake))
    assert "array = torch.as_tensor" in found.reasons[0]


def test_the_same_losses_get_the_same_answer() -> None:
    one = game("f-gan:jeffreys")
    answers = [json.dumps(identify_game(one.d_loss, one.g_loss).as_json()) for _ in range(2)]
    assert answers[0] == answers[1]


# --- what an answer holds -------------------------------------------------------------------------


def test_the_counterexample_shows_what_it_says() -> None:
    def softplus(x):
        return np.logaddexp(0, x)

    def d_loss(real, fake):
        return 3 * np.mean(softplus(-real)) + np.mean(softplus(fake))

    shown = identify_game(d_loss, lambda fake: np.mean(softplus(-fake))).counterexample
    assert shown is not None
    weights = np.asarray(shown["p"]), np.asarray(shown["q"])

    def loss(logits):
        at = np.asarray(logits)
        return float(weights[0] @ (3 * softplus(-at)) + weights[1] @ softplus(at))

    assert loss(shown["logits_preferred"]) == pytest.approx(shown["d_loss_preferred"], abs=1e-9)
    assert loss(shown["logits_in_theory"]) == pytest.approx(shown["d_loss_in_theory"], abs=1e-9)
    assert shown["d_loss_preferred"] < shown["d_loss_in_theory"] - 1e-3
    ratio = np.log(weights[0] / weights[1])
    assert shown["logits_in_theory"] == pytest.approx(ratio)
    assert shown["logits_preferred"] == pytest.approx(ratio + math.log(3), abs=1e-3)


def test_the_generators_counterexample_names_the_wrong_point() -> None:
    hinge = game("hinge")
    shown = identify_game(hinge.d_loss, lambda fake: np.mean(fake)).counterexample
    assert shown is not None
    assert shown["p"][0] > shown["q"][0]
    assert shown["theory_prefers_point"] == 0
    assert shown["generator_prefers_point"] == 1
    assert shown["g_loss_at_points"][1] < shown["g_loss_at_points"][0]


def test_infinities_are_words_in_json() -> None:
    found = identify_game(lambda real, fake: np.mean(real) + np.mean(fake), lambda fake: 0.0)
    text = json.dumps(found.as_json(), allow_nan=False)
    assert '"-inf"' in text


def test_a_path_may_be_a_string(written, tmp_path: Path) -> None:
    np.save(tmp_path / "outputs.npy", np.linspace(-2, 2, 8))
    found = judge_file(str(written(HEAD)), sample=str(tmp_path / "outputs.npy"))
    assert (found.verdict, found.assumes) == ("correct", None)
