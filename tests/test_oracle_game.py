"""assert_game, a sample of D's outputs, gradients in torch and JAX, and what surrounds the calls."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from gantheory.cli import cli
from gantheory.losses import game
from gantheory.testing import assert_game, identify_game, judge_file
from gantheory.testing.oracle.calling import Quiet
from gantheory.testing.oracle.jumps import leap
from gantheory.testing.oracle.naming import calls, meaning
from gantheory.testing.oracle.paths import followed, path_between
from gantheory.testing.oracle.structure import GRID, Curves

HINGE = """
import numpy as np

def d_loss(real, fake):
    return np.mean(np.maximum(0, 1 - real)) + np.mean(np.maximum(0, 1 + fake))

def g_loss(fake):
    return -np.mean(fake)
"""


def softplus(x):
    return np.logaddexp(0, x)


def d_loss(real, fake):
    return np.mean(softplus(-real)) + np.mean(softplus(fake))


def g_loss(fake):
    return np.mean(softplus(-fake))


def naive_d(real, fake):
    return -np.mean(np.log(1 / (1 + np.exp(-real)))) - np.mean(np.log(1 - 1 / (1 + np.exp(-fake))))


# --- assert_game ----------------------------------------------------------------------------------


def test_a_right_game_passes_and_is_returned() -> None:
    found = assert_game(d_loss, g_loss, "non-saturating", sample=[-2.0, 0.5, 3.0])
    assert (found.verdict, found.game, found.finite) == ("correct", "non-saturating", True)


def message(*arguments: Any, **words: Any) -> str:
    with pytest.raises(AssertionError) as raised:
        assert_game(*arguments, **words)
    return str(raised.value)


def test_the_fault_comes_first_and_two_points_last() -> None:
    first, *lines = message(lambda real, fake: np.mean(softplus(-real)), g_loss, "non-saturating").split(
        "\n"
    )  # fmt: skip
    assert first == "wrong: non-saturating"
    assert lines[0] == "  d_loss has no term of the generated batch."
    assert any(line.startswith("Two points show it: ") for line in lines)
    assert lines[-1].split()[0] == "d_loss_in_theory"


def test_the_sign_comes_before_the_name() -> None:
    lines = message(d_loss, lambda fake: np.mean(softplus(fake)), "minimax").split("\n")
    assert "pull the same way" in lines[1]
    assert "logistic loss" in lines[2]


def test_another_game_fails() -> None:
    assert "claims that the losses are the minimax game" in message(d_loss, g_loss, "minimax")


def test_losses_that_are_not_finite_at_100_fail_though_they_are_correct() -> None:
    assert identify_game(naive_d, g_loss).verdict == "correct"
    lines = message(naive_d, g_loss, "non-saturating").split("\n")
    assert lines[0] == "not finite: non-saturating"
    assert "At logits of ±100 d_loss is not finite" in lines[1]
    assert "softplus(-a)" in lines[1]


def test_what_is_not_known_fails() -> None:
    text = message(d_loss, lambda fake: -np.mean(np.tanh(fake)), "non-saturating")
    assert "f''(1) = 1" in text


def test_what_cannot_be_judged_is_no_failed_assertion() -> None:
    with pytest.raises(ValueError, match="returned None"):
        assert_game(lambda real, fake: None, g_loss, "minimax")
    with pytest.raises(ValueError, match="minimax"):
        assert_game(d_loss, g_loss, "gan")


# --- a sample of D's outputs ------------------------------------------------------------------------


def test_without_a_sample_correct_begins_with_what_is_assumed() -> None:
    found = identify_game(d_loss, g_loss)
    assert found.reasons[0].startswith("Taking the outputs for logits: d_loss is the logistic loss")
    assert found.as_json()["reasons"][0].startswith("Taking the outputs for logits")
    assert found.as_json()["assumes"] == "logits"
    seen = identify_game(d_loss, g_loss, sample=np.linspace(-3, 3, 7))
    assert seen.reasons[0].startswith("d_loss is the logistic loss")
    assert seen.as_json()["assumes"] is None


@pytest.mark.parametrize(
    ("sample", "outputs", "words"),
    [
        (np.linspace(0.01, 0.98, 64), "logits", 'write outputs = "probabilities"'),
        ([[0.2], [0.7]], "logits", "as probabilities do"),
        ([np.full((4, 1, 8, 8), 0.3), np.full((4, 1), 0.9)], "logits", "between 0.3 and 0.9"),
        ([0.5, 1.2], "probabilities", 'write outputs = "logits"'),
        ([0.5, np.nan], "logits", "not finite"),
        ([], "logits", "is empty"),
        (["real"], "logits", "array of real numbers"),
    ],
)
def test_a_sample_that_is_not_what_outputs_says_is_refused(sample, outputs, words) -> None:
    found = identify_game(d_loss, g_loss, outputs=outputs, sample=sample)
    assert not found.judged
    assert words in found.reasons[0]


def test_a_sigmoid_too_many_is_found_by_its_sample() -> None:
    """A network that ends in a sigmoid, and cross-entropy of logits: correct for logits, and wrong."""
    probabilities = 1 / (1 + np.exp(-np.random.default_rng(0).normal(size=100)))
    with pytest.raises(ValueError, match="probabilities"):
        assert_game(d_loss, g_loss, "non-saturating", sample=probabilities)
    text = message(d_loss, g_loss, "non-saturating", outputs="probabilities", sample=probabilities)
    assert "takes a sigmoid of D's output" in text


def oracle(*words: str) -> tuple[int, dict[str, Any]]:
    found = CliRunner().invoke(cli, ["oracle", *words, "--json"], standalone_mode=False)
    assert found.exception is None, found.exception
    return found.return_value, json.loads(found.stdout)


def test_the_command_takes_a_sample(tmp_path: Path) -> None:
    losses = tmp_path / "losses.py"
    losses.write_text(HINGE)
    np.save(tmp_path / "scores.npy", np.linspace(-2, 2, 32).reshape(4, 1, 8))
    (tmp_path / "shares.csv").write_text("real,fake\n0.9,0.1\n0.8,0.2\n")
    (tmp_path / "plain.csv").write_text("0.9,-1.5e0\n0.8,2\n")
    (tmp_path / "no.csv").write_text("real\nhigh\n")
    assert oracle(str(losses))[1]["assumes"] == "logits"
    for name in ("scores.npy", "plain.csv"):
        code, answer = oracle(str(losses), "--sample", str(tmp_path / name))
        assert (code, answer["assumes"], answer["verdict"]) == (0, None, "correct")
    code, answer = oracle(str(losses), "--sample", str(tmp_path / "shares.csv"))
    assert code == 2
    assert "between 0.1 and 0.9" in answer["reasons"][0]
    for name in ("no.csv", "nowhere.npy"):
        code, answer = oracle(str(losses), "--sample", str(tmp_path / name))
        assert code == 2
        assert "cannot be read as D's outputs" in answer["reasons"][0]


def test_a_file_may_hold_its_sample(tmp_path: Path) -> None:
    losses = tmp_path / "losses.py"
    losses.write_text(HINGE + "sample = np.asarray([0.25, 0.5])\n")
    assert "sample" in judge_file(losses).reasons[0]
    losses.write_text(HINGE + "sample = np.asarray([-3.0, 0.5])\n")
    assert judge_file(losses).assumes is None


# --- what went wrong ------------------------------------------------------------------------------


def test_errors_of_several_shapes_are_all_shown() -> None:
    def pooled(real, fake):
        if np.ndim(real) < 4:
            raise ValueError("expected 4 dimensions")
        raise ValueError("the kernel is larger than the input")

    (reason,) = identify_game(pooled, g_loss).reasons
    assert "expected 4 dimensions when called with (8,), (8,)" in reason
    assert "With (8, 1, 1, 1), (8, 1, 1, 1): ValueError: the kernel is larger" in reason


def test_a_loss_that_wants_probabilities_says_so() -> None:
    def d(real, fake):
        if np.min(real) < 0 or np.max(real) > 1:
            raise RuntimeError("all elements of input should be between 0 and 1")
        return np.mean(real)

    (reason,) = identify_game(d, g_loss).reasons
    assert 'write outputs = "probabilities"' in reason
    assert "any size" not in reason


# --- names ----------------------------------------------------------------------------------------


CALLED = {
    "real": "real D_real realLogits dreal y_real data reals",
    "fake": "fake d_fakes D_G_z genOut generated fakepred",
    "label": "y_true y_pred real_labels target_is_real fake_target",
    "": "a logits x outputs agent general true",
}


@pytest.mark.parametrize(
    ("name", "wanted"), [(name, said) for said, names in CALLED.items() for name in names.split()]
)
def test_what_a_parameter_is_called_for(name: str, wanted: str) -> None:
    assert meaning(name) == wanted


TOLD = """pred_r pred_f, d_r d_f, dr df, xr xf, r_logits f_logits, dis_img dis_syn, D_x D_z, x x_tilde,
x z, xR xF, r_pred f_logits, D_x_r D_x_f, xr xg, x x_hat, img_score syn_score, rpred fpred, p_r p_g,
scores1_r scores1_f, good bad, r g, logits_t logits_f, x Gz, d_x d_x_prime"""


@pytest.mark.parametrize("names", [tuple(pair.split()) for pair in TOLD.split(",")])
def test_marks_tell_two_names_apart_in_either_order(names: tuple[str, str]) -> None:
    for first, second in (names, names[::-1]):
        for loss in ("d_loss", "g_loss"):
            (call,) = calls(loss, eval(f"lambda {first}, {second}: 0"))
            assert (call.real, call.fake) == ((0, 1) if first == names[0] else (1, 0))
            assert not call.assumes


@pytest.mark.parametrize("names", ["D2, D1", "out2, out1", "b, a", "D_q, D_p", "y, x"])
def test_an_order_that_may_be_reversed_is_refused(names: str) -> None:
    found = identify_game(eval(f"lambda {names}: 0.0"), g_loss)
    assert not found.judged
    assert "does not say which batch is the real one" in found.reasons[0]


@pytest.mark.parametrize("sample", [None, [-2.0, 0.5, 3.0]])
def test_an_order_that_is_assumed_is_said(sample: list[float] | None) -> None:
    taken = "student, the first argument of d_loss, for the real outputs"
    right = identify_game(lambda student, teacher: d_loss(student, teacher), g_loss, sample=sample)
    assert right.reasons[0].startswith("Taking ")
    assert f"{taken}: d_loss is the logistic loss" in right.reasons[0]
    wrong = identify_game(lambda student, teacher: d_loss(teacher, student), g_loss, sample=sample)
    assert wrong.verdict == "wrong"
    assert "pull the same way" in wrong.reasons[0]
    assert wrong.reasons[1].startswith(f"That is taking {taken}")
    hidden = identify_game(lambda *batches: d_loss(*batches), g_loss, sample=sample)
    assert "the first argument of d_loss for the real outputs" in hidden.reasons[0]
    assert "first argument" not in identify_game(d_loss, g_loss, sample=sample).reasons[0]


def test_outputs_may_be_called_d() -> None:
    found = identify_game(lambda d, g: d_loss(d, g), lambda d: np.mean(softplus(-d)))
    assert found.game == "non-saturating"


def test_a_signature_that_is_hidden_is_called_in_the_usual_order() -> None:
    assert len(calls("d_loss", lambda *batches: None)) == 1
    assert [call.real for call in calls("g_loss", lambda *batches: None)] == [None, 1]


# --- what a generator follows ---------------------------------------------------------------------


def test_the_followed_divergence_is_that_of_the_variation() -> None:
    """-u f'' = g': against differences of g along the known optimum of the logistic d_loss."""
    logistic = game("non-saturating")
    rows = np.stack((softplus(-GRID), softplus(GRID), np.exp(-GRID / 2)))
    curves = Curves(
        lambda a: float(logistic.real.value(np.float64(a))),
        lambda a: float(logistic.fake.value(np.float64(a))),
        lambda a: float(np.exp(-a / 2)),
        "logits",
        1e-9,
        rows,
        8,
    )
    along = path_between(curves, -3.0, 3.0)
    assert along is not None
    found = followed(curves, along)
    # g(u) = u^(-1/2): f'' = 1/2 u^(-5/2)
    assert found.divergence == "the f-divergence with f''(u) = 1 / (2 u^2.5)"


# --- losses that jump -----------------------------------------------------------------------------


def squares(real, fake):
    return np.mean((real - 1) ** 2) + np.mean(fake**2)


@pytest.mark.parametrize(
    ("d", "g"),
    [
        (d_loss, lambda fake: np.mean(fake < 0)),
        (d_loss, lambda fake: -np.mean(np.sign(fake))),
        (d_loss, lambda fake: np.mean(np.floor(-3 * fake))),
        (squares, lambda fake: np.mean((np.round(fake) - 1) ** 2)),
    ],
)
def test_a_generator_that_changes_in_steps_has_no_gradient(d, g) -> None:
    found = identify_game(d, g)
    assert (found.verdict, found.divergence) == ("wrong", None)
    assert found.reasons[0].startswith("g_loss changes in steps alone")
    assert not any("f''" in reason for reason in found.reasons)


def test_a_term_of_d_loss_that_changes_in_steps_is_named() -> None:
    found = identify_game(lambda real, fake: squares(real, np.round(fake)), g_loss)
    assert found.verdict == "wrong"
    assert found.reasons[0].startswith("The term of the generated batch in d_loss changes in steps")
    found = identify_game(lambda real, fake: np.mean(real < 0) + np.mean(fake > 0), g_loss)
    assert found.reasons[0].startswith("d_loss changes in steps alone")


def test_a_jump_beside_a_slope_leaves_no_divergence_to_name() -> None:
    found = identify_game(d_loss, lambda fake: np.mean(fake < 0) - np.mean(fake))
    assert (found.verdict, found.divergence) == ("unknown", None)
    assert "g_loss jumps where D's output has the logit 0" in found.reasons[0]


def test_what_is_steep_does_not_jump() -> None:
    for steep in (1.0, 30.0, 1e5):
        assert leap(lambda x, steep=steep: float(np.tanh(steep * x)), -1.0, 1.7, 1e-3) is None
    place = leap(lambda x: float(x > 0.3), -1.0, 1.7, 1e-3)
    assert place == pytest.approx(0.3, abs=1e-8)


@pytest.mark.torch
def test_steps_in_torch_have_no_gradient_whatever_they_are_made_of() -> None:
    import torch
    import torch.nn.functional as F

    def d(real, fake):
        return F.softplus(-real).mean() + F.softplus(fake).mean()

    for g in (
        lambda fake: -torch.sign(fake).mean(),
        lambda fake: 1 - (torch.sigmoid(fake) > 0.5).double().mean(),
        lambda fake: -torch.sign(fake - fake.mean()).mean(),
        lambda fake: (fake.float() < 0.7).float().mean(),
    ):
        found = identify_game(d, g, array=torch.as_tensor)
        assert found.verdict == "wrong"
        assert found.reasons[0].startswith("g_loss changes in steps alone")
    through = identify_game(
        d, lambda fake: F.softplus(-(fake + (fake.round() - fake).detach())).mean(),
        array=torch.as_tensor,
    )  # fmt: skip
    assert not through.judged
    assert "changes in steps alone, and yet has a gradient" in through.reasons[0]


# --- samples without an effect --------------------------------------------------------------------


@pytest.mark.parametrize("kept", [slice(8), slice(16), slice(64), slice(-1), slice(1, None), 0])
def test_a_d_loss_that_leaves_samples_out_is_not_correct(kept: slice | int) -> None:
    found = identify_game(lambda real, fake: d_loss(real[kept], fake), g_loss)
    assert found.verdict != "correct"
    assert any(
        "d_loss does not depend on" in reason and "real" in reason for reason in found.reasons
    )
    assert not any("g_loss does not depend" in reason for reason in found.reasons)


def test_a_generator_of_half_a_batch_is_not_correct() -> None:
    for part in (lambda n: slice(n // 2), lambda n: slice(None, None, 2)):
        found = identify_game(d_loss, lambda fake, part=part: g_loss(fake[part(len(fake))]))
        assert found.verdict == "unknown"
        assert found.reasons[0].startswith("g_loss does not depend on 1")
        assert "in a batch of 256" in found.reasons[0]


def test_a_fault_stays_first_where_samples_are_left_out() -> None:
    found = identify_game(d_loss, lambda fake: np.mean(softplus(fake[:4])))
    assert found.verdict == "wrong"
    assert "does not depend on" in found.reasons[1]


# --- units ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", [1e-13, 1e-9, 1e-5, 1e12])
def test_a_scale_changes_no_answer(unit: float) -> None:
    def scaled(loss):
        return lambda *batches: unit * loss(*batches)

    for d, g in (
        (d_loss, scaled(g_loss)),
        (scaled(d_loss), g_loss),
        (scaled(d_loss), scaled(g_loss)),
    ):
        found = identify_game(d, g)
        assert (found.verdict, found.game) == ("correct", "non-saturating")
        assert found.d_scale == pytest.approx(unit if d is not d_loss else 1.0)
        assert found.g_scale == pytest.approx(unit if g is not g_loss else 1.0)
        assert found.value_at_equality == pytest.approx(found.d_scale * 2 * np.log(2))
        wrong = identify_game(d, lambda fake, g=g: -g(fake))
        assert wrong.verdict == "wrong"
        assert "pull the same way" in wrong.reasons[0]


@pytest.mark.parametrize("constant", [1e8, 1e12, 1e15, 1e17])
def test_what_a_constant_hides_is_not_judged(constant: float) -> None:
    for d, g in (
        (lambda real, fake: constant + d_loss(real, fake), g_loss),
        (d_loss, lambda fake: constant + g_loss(fake)),
    ):
        found = identify_game(d, g)
        assert not found.judged
        assert "smaller than the rounding of float64" in found.reasons[0]


def test_rounding_is_no_small_loss() -> None:
    for g in (
        lambda fake: np.mean(0.1 * fake) + np.mean(0.2 * fake) - np.mean(0.3 * fake),
        lambda fake: 0.1 + np.mean(softplus(fake) - softplus(-fake) - fake),
        lambda fake: 5.0 + 0 * np.mean(fake),
    ):
        found = identify_game(d_loss, g)
        assert (found.verdict, found.reasons[0]) == (
            "wrong",
            "g_loss does not depend on D's output.",
        )


# --- the k largest outputs ------------------------------------------------------------------------


@pytest.mark.parametrize("kept", [slice(-4, None), slice(4), slice(-1, None)])
def test_a_generator_of_a_few_outputs_in_order_may_be_right(kept: slice) -> None:
    found = identify_game(d_loss, lambda fake: g_loss(np.sort(fake)[kept]))
    assert found.verdict == "unknown"
    assert "where all samples move to larger p / q, it falls" in found.reasons[0]
    wrong = identify_game(d_loss, lambda fake: -g_loss(np.sort(fake)[kept]))
    assert wrong.verdict == "wrong"
    assert "pull the same way" in wrong.reasons[0]
    assert wrong.counterexample["change_of_g_loss_by_all_samples_moved_to_point_0"] > 0
    blind = identify_game(d_loss, lambda fake: np.max(fake) - np.min(fake))
    assert "does not tell outputs apart" in blind.reasons[0]


# --- surroundings ---------------------------------------------------------------------------------


def test_threads_and_gradients_of_the_caller_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """With something in the place of torch: whichever way the losses end."""
    state = {"threads": 7, "inference": True, "gradients": False}

    class Set:
        def __init__(self, key: str, value: bool) -> None:
            self.key, self.value = key, value

        def __enter__(self) -> None:
            self.before, state[self.key] = state[self.key], self.value

        def __exit__(self, *_: object) -> None:
            state[self.key] = self.before

    monkeypatch.setitem(
        sys.modules,
        "torch",
        SimpleNamespace(
            get_num_threads=lambda: state["threads"],
            set_num_threads=lambda n: state.update(threads=n),
            inference_mode=lambda on: Set("inference", on),
            enable_grad=lambda: Set("gradients", True),
        ),
    )
    inside = {}

    def judged() -> None:
        with Quiet():
            inside.update(state)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        judged()
    assert inside == {"threads": 1, "inference": False, "gradients": True}
    assert state == {"threads": 7, "inference": True, "gradients": False}


# --- gradients, in JAX ----------------------------------------------------------------------------


def test_a_stopped_gradient_is_seen_in_jax() -> None:
    import jax
    import jax.numpy as jnp

    def right(real, fake):
        return jnp.mean(jax.nn.softplus(-real)) + jnp.mean(jax.nn.softplus(fake))

    def cut(real, fake):
        return right(real, jax.lax.stop_gradient(fake))

    def g(fake):
        return jnp.mean(jax.nn.softplus(-fake))

    def g_cut(fake):
        return g(jax.lax.stop_gradient(fake))

    assert identify_game(right, g, array=jnp.asarray).verdict == "correct"
    found = identify_game(cut, g, array=jnp.asarray)
    assert found.verdict == "wrong"
    assert "does not reach D's outputs on generated samples" in found.reasons[0]
    found = identify_game(right, g_cut, array=jnp.asarray)
    assert found.verdict == "wrong"
    assert "G never moves" in found.reasons[0]


# --- gradients, in torch --------------------------------------------------------------------------


@pytest.mark.torch
def test_tensors_made_inside_a_loss_hide_its_gradient_and_that_is_said() -> None:
    import torch
    import torch.nn.functional as F

    def d(real, fake):
        real, fake = torch.as_tensor(real), torch.as_tensor(fake).detach()
        return F.softplus(-real).mean() + F.softplus(fake).mean()

    found = identify_game(d, g_loss)
    assert any("gradient of d_loss cannot be asked for" in reason for reason in found.reasons)
    assert not any("gradient of g_loss" in reason for reason in found.reasons)


@pytest.mark.torch
def test_a_caller_without_gradients_gets_the_same_answer() -> None:
    import torch
    import torch.nn.functional as F

    def d(real, fake):
        return F.softplus(-real).mean() + F.softplus(fake).mean()

    def g(fake):
        return F.softplus(-fake).mean()

    with torch.no_grad():
        assert identify_game(d, g, array=torch.as_tensor).verdict == "correct"
    with torch.inference_mode():
        assert identify_game(d, g, array=torch.as_tensor).verdict == "correct"
    sample = torch.randn(32, 1, requires_grad=True)
    assert identify_game(d, g, array=torch.as_tensor, sample=sample).assumes is None
