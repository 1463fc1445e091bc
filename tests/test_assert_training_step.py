"""assert_training_step on steps that train as they should, and on steps that do not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gantheory.testing.training_steps import assert_training_step


class Game:
    """Two players of two tensors each, with a step that can be spoilt."""

    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        self.d = {"w": rng.normal(size=(3, 2)), "b": np.zeros(2)}
        self.g = {"w": rng.normal(size=(2, 3)), "b": np.zeros(3)}
        self.loss = 1.0

    def move(self, player: dict[str, np.ndarray], *names: str, by: float = 0.1) -> None:
        for name in names:
            player[name] += by

    def step(self) -> None:
        self.move(self.d, "w", "b")
        self.move(self.g, "w", "b")


def test_a_right_step_passes_and_is_told() -> None:
    game = Game()
    report = assert_training_step(game.step, game.g, game.d)
    assert set(report.moved) == {
        "discriminator: w",
        "discriminator: b",
        "generator: w",
        "generator: b",
    }
    assert all(size == pytest.approx(0.1) for size in report.moved.values())
    assert any("adversarial_step" in text for text in report.not_seen)
    report = assert_training_step(game.step, game.g, game.d, adversarial_step=game.step)
    assert not any("adversarial_step" in text for text in report.not_seen)


@pytest.mark.parametrize("moves", ["discriminator", "generator"])
def test_the_other_player_stays(moves: Any) -> None:
    game = Game()
    mine, other = (game.d, game.g) if moves == "discriminator" else (game.g, game.d)
    step = lambda: game.move(mine, "w", "b")  # noqa: E731
    assert_training_step(step, game.g, game.d, moves=moves)
    with pytest.raises(
        AssertionError, match=r"b\[0\] went from 0 to 1e-300 in a step of the " + moves
    ):
        assert_training_step(
            lambda: (step(), game.move(other, "b", by=1e-300)), game.g, game.d, moves=moves
        )


def minus_zero(game: Game) -> None:
    game.step()
    game.g["b"][:] = -0.0


SPOILT: dict[str, tuple[Callable[[Game], Any], dict[str, Any], str]] = {
    "nothing moves": (
        lambda game: None,
        {},
        "no tensor of the discriminator moved, the first is w",
    ),
    "the generator stays": (
        lambda game: game.move(game.d, "w", "b"),
        {},
        "no tensor of the generator moved",
    ),
    "the discriminator stays": (
        lambda game: game.move(game.g, "w", "b"),
        {},
        "no tensor of the discriminator moved",
    ),
    "a bias stays": (
        lambda game: (game.step(), game.move(game.d, "b", by=-0.1)),
        {},
        r"discriminator: b did not move \(1 of 2 tensors\): no gradient reaches it",
    ),
    "a frozen one moves": (
        Game.step,
        {"frozen": ["generator: w"]},
        r"generator: w\[0, 0\] went from .* but it is frozen",
    ),
    "nan": (
        lambda game: (game.step(), game.g["w"].__setitem__((1, 2), np.nan)),
        {},
        r"generator: w\[1, 2\] is nan after one step",
    ),
    "infinity": (
        lambda game: (game.step(), game.d["b"].__setitem__(1, np.inf)),
        {},
        r"discriminator: b\[1\] is inf",
    ),
    "the other moves by a sign": (
        lambda game: (game.move(game.d, "w", "b"), game.g["b"].__imul__(-1.0)),
        {"moves": "discriminator"},
        r"generator: b\[0\] went from 0 to -0 in a step of the discriminator",
    ),
    "only the penalty": (
        Game.step,
        {"adversarial_step": lambda game: game.move(game.g, "w", "b")},
        "no tensor of the discriminator moved, the first is w in adversarial_step: without penal",
    ),
}


@pytest.mark.parametrize("name", SPOILT)
def test_what_is_wrong_is_named(name: str) -> None:
    step, options, told = SPOILT[name]
    game = Game()
    options = {
        key: (lambda given=value: given(game)) if callable(value) else value
        for key, value in options.items()
    }
    with pytest.raises(AssertionError, match=told):
        assert_training_step(lambda: step(game), game.g, game.d, **options)


def test_what_may_stay_and_what_must() -> None:
    game = Game()

    def step() -> None:
        game.move(game.d, "w")
        game.move(game.g, "w", "b")

    assert_training_step(step, game.g, game.d, except_for=["discriminator: b"])
    assert_training_step(step, game.g, game.d, frozen=["discriminator: b"])
    with pytest.raises(AssertionError, match="discriminator: b did not move"):
        assert_training_step(step, game.g, game.d, except_for=["generator: b"])


def test_a_step_with_rng() -> None:
    game, rng = Game(), np.random.default_rng(3)

    def step(given: Any) -> None:
        assert given is rng
        game.step()

    assert_training_step(step, game.g, game.d, rng=rng)
    with pytest.raises(TypeError, match=r"step is called as step\(\)"):
        assert_training_step(step, game.g, game.d)


def test_wrong_use() -> None:
    game = Game()
    with pytest.raises(TypeError, match="takes one training step"):
        assert_training_step(None, game.g, game.d)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="adversarial_step=3"):
        assert_training_step(game.step, game.g, game.d, adversarial_step=3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="moves='all'"):
        assert_training_step(game.step, game.g, game.d, moves="all")  # type: ignore[arg-type]
    with pytest.raises(
        ValueError, match="'c' is not a tensor of the players; there are discriminator: w"
    ):
        assert_training_step(game.step, game.g, game.d, frozen=["c"])
    with pytest.raises(TypeError, match=r"write \['b'\]"):
        assert_training_step(game.step, game.g, game.d, except_for="b")
    for nothing in (None, {}, []):
        with pytest.raises(ValueError, match=r"the generator .* has no parameters"):
            assert_training_step(game.step, nothing, game.d)
    with pytest.raises(ValueError, match="are the same memory"):
        assert_training_step(game.step, game.d, game.d)
    flat = np.zeros((4, 2))
    with pytest.raises(ValueError, match="are the same memory"):
        assert_training_step(game.step, flat[:, 1], flat[2:])
    with pytest.raises(TypeError, match="discriminator: 0 is str"):
        assert_training_step(game.step, game.g, ["weights"])
    with pytest.raises(ValueError, match="changed the generator's tensors"):
        assert_training_step(lambda: game.g.update(c=np.ones(1)), game.g, game.d)


def test_columns_of_one_array_are_two_players() -> None:
    theta = np.zeros((4, 2))

    def step() -> None:
        theta[...] += 1

    assert_training_step(step, theta[:, 0], theta[:, 1])


class Keras:
    """A model as Keras has them."""

    def __init__(self, *shapes: tuple[int, ...]) -> None:
        self.trainable_variables = [Variable("dense/kernel", shape) for shape in shapes]


class Variable:
    """A variable as Keras has them."""

    def __init__(self, path: str, shape: tuple[int, ...]) -> None:
        self.path, self.values, self.trainable = path, np.zeros(shape), True

    def numpy(self) -> np.ndarray:
        return self.values.copy()


def test_players_as_keras_keeps_them() -> None:
    d, g = Keras((2, 1), (1,)), Keras((1, 2))

    def step(*models: Keras) -> None:
        for model in models:
            for variable in model.trainable_variables:
                variable.values += 1

    report = assert_training_step(lambda: step(d, g), g, d)
    assert "discriminator: dense/kernel#1" in report.moved
    with pytest.raises(
        AssertionError, match=r"generator: dense/kernel\[0, 0\] went from 0 to 1|no tensor"
    ):
        assert_training_step(lambda: step(d), g, d)


class Weights:
    """A model that hands out copies."""

    def __init__(self) -> None:
        self.weights = [np.zeros(2), np.zeros(1)]

    def get_weights(self) -> list[np.ndarray]:
        return [one.copy() for one in self.weights]


def test_players_that_hand_out_copies() -> None:
    d, g = Weights(), Weights()

    def step() -> None:
        for one in (*d.weights, *g.weights):
            one += 1

    assert_training_step(step, g, d)


def test_jax() -> None:
    state = {"d": {"a": jnp.ones(2)}, "g": {"z": jnp.zeros(1)}}

    def d_loss(d: Any, g: Any) -> Any:
        return jax.nn.softplus(d["a"][0] * g["z"][0] + d["a"][1]).sum()

    def step(cut: bool) -> None:
        fake = jax.lax.stop_gradient(state["d"]) if cut else state["d"]
        grad_g = jax.grad(lambda g: -d_loss(fake if not cut else {"a": 0 * fake["a"]}, g))(
            state["g"]
        )
        grad_d = jax.grad(d_loss)(state["d"], {"z": state["g"]["z"] + 1})
        for player, grad in (("d", grad_d), ("g", grad_g)):
            state[player] = jax.tree.map(lambda a, b: a - 0.1 * b, state[player], grad)

    players = (lambda: state["g"]), (lambda: state["d"])
    assert_training_step(lambda: step(False), *players)
    with pytest.raises(AssertionError, match="no tensor of the generator moved, the first is z"):
        assert_training_step(lambda: step(True), *players)


@pytest.mark.torch
class TestTorch:
    """Steps as they are written with modules and optimisers."""

    @pytest.fixture
    def game(self) -> Any:
        import torch
        from torch import nn

        torch.manual_seed(0)
        torch.set_num_threads(1)  # more are slower for so small networks
        g = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 3))
        d = nn.Sequential(nn.Linear(3, 8), nn.LeakyReLU(0.2), nn.Linear(8, 1))
        return torch, g, d

    def step(self, game: Any, spoil: str = "") -> Callable[[], None]:
        torch, g, d = game
        bce = torch.nn.functional.binary_cross_entropy_with_logits
        of_g = torch.optim.Adam(
            d.parameters() if spoil == "wrong optimiser" else g.parameters(), 1e-3
        )
        of_d = torch.optim.Adam(
            [*d.parameters(), *g.parameters()] if spoil == "both in one" else d.parameters(), 1e-3
        )
        if spoil == "part":
            of_d = torch.optim.SGD(d[0].parameters(), 1e-3)

        def step() -> None:
            x, z = torch.randn(16, 3), torch.randn(16, 2)
            fake = g(z) if spoil == "both in one" else g(z).detach()
            of_d.zero_grad()
            real, made = d(x), d(fake)
            loss = bce(real, torch.ones_like(real)) + bce(made, torch.zeros_like(made))
            if spoil == "penalty only":
                loss = sum((p**2).sum() for p in d.parameters())
            if spoil == "adversarial of penalty only":
                loss = 0 * loss.detach() + sum(0 * p.sum() for p in d.parameters())
            loss.backward()
            of_d.step()
            if spoil == "only d":
                return
            of_g.zero_grad()
            again = d(g(z).detach() if spoil == "detach" else g(z))
            loss = bce(again, torch.ones_like(again))
            loss.backward()
            of_g.step()

        return step

    def test_right(self, game: Any) -> None:
        _, g, d = game
        assert_training_step(self.step(game), g, d)
        assert_training_step(self.step(game, "only d"), g, d, moves="discriminator")

    @pytest.mark.parametrize(
        ("spoil", "options", "told"),
        [
            ("detach", {}, "no tensor of the generator moved"),
            ("wrong optimiser", {}, "no tensor of the generator moved.* but no optimiser used"),
            ("both in one", {"moves": "discriminator"}, r"generator: 0\.weight\[0, 0\] went from"),
            ("part", {}, r"discriminator: 2\.weight did not move .* a gradient reached it"),
            ("only d", {}, "no tensor of the generator moved"),
            ("", {"moves": "generator"}, r"discriminator: 0\.weight\[0, 0\] went from"),
        ],
    )
    def test_wrong(self, game: Any, spoil: str, options: dict[str, Any], told: str) -> None:
        _, g, d = game
        with pytest.raises(AssertionError, match=told):
            assert_training_step(self.step(game, spoil), g, d, **options)

    def test_a_discriminator_that_sees_its_penalty_only(self, game: Any) -> None:
        _, g, d = game
        step = self.step(game, "penalty only")
        assert_training_step(step, g, d)
        without = self.step(game, "adversarial of penalty only")
        with pytest.raises(AssertionError, match="the adversarial loss does not reach it"):
            assert_training_step(step, g, d, adversarial_step=without)

    def test_frozen_tensors(self, game: Any) -> None:
        torch, g, d = game
        d[0].weight.requires_grad_(False)
        step = self.step(game)
        assert_training_step(step, g, d)

        def decaying() -> None:
            step()
            with torch.no_grad():
                d[0].weight.mul_(0.999)

        with pytest.raises(AssertionError, match=r"discriminator: 0\.weight.*but it is frozen"):
            assert_training_step(decaying, g, d)

    # --- gradients that are 0 by theory -----------------------------------------------------------

    def optimiser(self, torch: Any, rule: str, net: Any) -> Any:
        made = {
            "sgd": lambda p: torch.optim.SGD(p, 1e-3),
            "adam": lambda p: torch.optim.Adam(p, 1e-3, betas=(0.0, 0.9)),
            "rmsprop": lambda p: torch.optim.RMSprop(p, 1e-3),
        }
        return made[rule](net.parameters())

    @pytest.mark.parametrize("rule", ["sgd", "adam", "rmsprop"])
    @pytest.mark.parametrize("game_of", ["wasserstein", "two passes", "relativistic", "clipped"])
    def test_a_critic_s_output_bias_may_stay(self, game: Any, rule: str, game_of: str) -> None:
        """E f - E r has no slope in it, in one backward pass or in two, now and in a second step."""
        torch, g, d = game
        of_g, of_d = (self.optimiser(torch, rule, net) for net in (g, d))
        softplus = torch.nn.functional.softplus

        def step() -> None:
            x, z = torch.randn(16, 3), torch.randn(16, 2)
            of_d.zero_grad()
            real, fake = d(x), d(g(z).detach())
            if game_of == "two passes":
                (-real.mean()).backward()
                fake.mean().backward()
            else:
                loss = softplus(fake - real) if game_of == "relativistic" else fake - real
                loss.mean().backward()
            of_d.step()
            if game_of == "clipped":
                with torch.no_grad():
                    for tensor in d.parameters():
                        tensor.clamp_(-0.2, 0.2)
            of_g.zero_grad()
            fake = d(g(z))
            loss = softplus(d(x) - fake) if game_of == "relativistic" else -fake
            loss.mean().backward()
            of_g.step()

        for _ in range(2):
            report = assert_training_step(step, g, d)
            stayed = report.moved["discriminator: 2.bias"] == 0
            told = any("discriminator: 2.bias did not move" in text for text in report.remarks)
            assert told == stayed

    @pytest.mark.parametrize("rule", ["sgd", "adam"])
    def test_a_bias_before_batchnorm_may_stay(self, game: Any, rule: str) -> None:
        torch, g, d = game
        step = self.step(game)
        if rule == "sgd":
            of_g, inner = torch.optim.SGD(g.parameters(), 1e-3), step
            kept = {}

            def step() -> None:
                kept.update({name: p.detach().clone() for name, p in g.named_parameters()})
                inner()
                with torch.no_grad():
                    for name, p in g.named_parameters():
                        p.copy_(kept[name])
                of_g.step()

        report = assert_training_step(step, g, d)
        assert (report.moved["generator: 0.bias"] == 0) == (rule == "sgd")

    def test_a_bias_that_is_cut_off_or_left_out_may_not(self, game: Any) -> None:
        torch, g, d = game
        of_g = torch.optim.SGD(g.parameters(), 1e-3)
        of_d = torch.optim.SGD([d[0].weight, d[0].bias, d[2].weight], 1e-3)
        cut = False

        def d_of(x: Any) -> Any:
            bias = d[2].bias.detach() if cut else d[2].bias
            return torch.nn.functional.linear(d[:2](x), d[2].weight, bias)

        def step() -> None:
            x, z = torch.randn(16, 3), torch.randn(16, 2)
            softplus = torch.nn.functional.softplus
            of_d.zero_grad()
            (softplus(-d_of(x)).mean() + 2 * softplus(d_of(g(z).detach())).mean()).backward()
            of_d.step()
            of_g.zero_grad()
            softplus(-d_of(g(z))).mean().backward()
            of_g.step()

        with pytest.raises(AssertionError, match=r"2\.bias did not move .* no optimiser used it"):
            assert_training_step(step, g, d)
        d[2].bias.grad, cut = None, True
        with pytest.raises(AssertionError, match=r"2\.bias did not move .* no gradient reaches it"):
            assert_training_step(step, g, d)

    # --- who is at fault --------------------------------------------------------------------------

    def test_both_players_are_told_of(self, game: Any) -> None:
        """Two steps by signs cancel in D's biases; what matters is that nothing of G moved."""
        torch, g, d = game
        with torch.no_grad():
            d[0].bias.zero_()
            d[2].bias.zero_()

        def by_signs() -> None:
            """Both optimisers hold the discriminator's parameters."""
            with torch.no_grad():
                for tensor in d.parameters():
                    tensor -= 1e-3 * tensor.grad.sign()
                    tensor.grad = None

        def step() -> None:
            x, z = torch.randn(16, 3), torch.randn(16, 2)
            softplus = torch.nn.functional.softplus
            (softplus(-d(x)).mean() + 4 * softplus(d(g(z).detach())).mean()).backward()
            by_signs()
            softplus(-d(g(z))).mean().backward()
            by_signs()

        told = (
            r"^no tensor of the generator moved.* is its optimiser built over the other player's "
            r"parameters.*; discriminator: \d\.bias did not move \(\d of 4 tensors\)"
        )
        with pytest.raises(AssertionError, match=told):
            assert_training_step(step, g, d)

    def test_gradients_that_were_left(self, game: Any) -> None:
        torch, g, d = game
        of_g, of_d = torch.optim.Adam(g.parameters()), torch.optim.Adam(d.parameters())
        bce = torch.nn.functional.binary_cross_entropy_with_logits

        def step(clear: Any) -> None:
            x, z = torch.randn(16, 3), torch.randn(16, 2)
            if clear != "generator's":
                of_d.zero_grad()
            real, made = d(x), d(g(z))
            loss = bce(real, torch.ones_like(real)) + bce(made, torch.zeros_like(made))
            loss.backward()
            of_d.step()
            if clear != "discriminator's":
                of_g.zero_grad()
            again = d(g(z))
            bce(again, torch.ones_like(again)).backward()
            of_g.step()

        assert_training_step(lambda: step("both"), g, d)
        assert_training_step(lambda: step("both"), g, d)
        with pytest.raises(AssertionError, match=r"generator: the gradient of 0\.weight was added"):
            assert_training_step(lambda: step("discriminator's"), g, d)
        with pytest.raises(
            AssertionError, match=r"discriminator: the gradient of 0\.weight was add"
        ):
            assert_training_step(lambda: step("generator's"), g, d)

    @pytest.mark.parametrize("rule", ["sgd", "adam", "rmsprop"])
    @pytest.mark.parametrize(
        ("spoilt", "told"),
        [
            ("", ""),
            ("g climbs", "the generator does not go down g_loss: it climbs g_loss"),
            ("outputs detached", "the part of the real samples in d_loss alone"),
            ("polluted", r"the generator does not go down g_loss: it follows g_loss \+ d_loss"),
            ("together", r"the discriminator does not go down d_loss: it follows d_loss \+ g_loss"),
            ("maximize", "d_loss, but it is moved along it, .* maximize=True"),
        ],
    )
    def test_with_losses(self, game: Any, rule: str, spoilt: str, told: str) -> None:
        """Adam's first step shows signs alone, but the gradients that arrive are seen."""
        torch, g, d = game
        of_g, of_d = (self.optimiser(torch, rule, net) for net in (g, d))
        bce = torch.nn.functional.binary_cross_entropy_with_logits
        x, z = torch.randn(16, 3) + 1, torch.randn(16, 2)

        def d_loss(g: Any, d: Any) -> Any:
            real, made = d(x), d(g(z))
            return bce(real, torch.ones_like(real)) + bce(made, torch.zeros_like(made))

        def g_loss(g: Any, d: Any) -> Any:
            made = d(g(z))
            return bce(made, torch.ones_like(made))

        def step() -> None:
            of_d.zero_grad()
            if spoilt not in ("polluted", "together"):
                of_g.zero_grad()
            made = g(z) if spoilt in ("polluted", "together") else g(z).detach()
            real, made = d(x), d(made)
            made = made.detach() if spoilt == "outputs detached" else made
            loss = bce(real, torch.ones_like(real)) + bce(made, torch.zeros_like(made))
            if spoilt == "together":
                (loss + g_loss(g, d)).backward()
            else:
                loss.backward()
            of_d.step()
            if spoilt == "together":
                of_g.step()
                return
            if spoilt != "polluted":
                of_g.zero_grad()
            (-g_loss(g, d) if spoilt == "g climbs" else g_loss(g, d)).backward()
            of_g.step()

        if spoilt == "maximize":
            of_d.param_groups[0]["maximize"] = True
        options: dict[str, Any] = {"d_loss": d_loss, "g_loss": g_loss}
        if not told:
            assert_training_step(step, g, d, **options)
            return
        with pytest.raises(AssertionError, match=told):
            assert_training_step(step, g, d, **options)
