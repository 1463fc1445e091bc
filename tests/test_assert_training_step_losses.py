"""assert_training_step with the losses: which way players move, and what else they may follow."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from thinning import every

from gantheory.testing.training_steps import assert_training_step

RNG = np.random.default_rng(0)
REAL, LATENT = RNG.normal(size=(16, 3)) + 1, RNG.normal(size=(16, 2))


def softplus(a: Any) -> Any:
    return np.logaddexp(0, a)


def sigmoid(a: Any) -> Any:
    return 1 / (1 + np.exp(-a))


class Loss:
    """A game's losses of outputs, with their slopes in each output."""

    def __init__(self, real: Any, fake: Any, made: Any) -> None:
        self.real, self.fake, self.made = real, fake, made

    def d(self, real: Any, fake: Any) -> Any:
        return self.real[0](real).mean() + self.fake[0](fake).mean()

    def g(self, fake: Any) -> Any:
        return self.made[0](fake).mean()


GAMES = {
    "non-saturating": Loss(
        (lambda a: softplus(-a), lambda a: -sigmoid(-a)),
        (softplus, sigmoid),
        (lambda a: softplus(-a), lambda a: -sigmoid(-a)),
    ),
    "wasserstein": Loss(
        (lambda a: -a, lambda a: -np.ones_like(a)),
        (lambda a: a, np.ones_like),
        (lambda a: -a, lambda a: -np.ones_like(a)),
    ),
}


class Net(dict):
    """A network of one hidden layer, a dict of its arrays that can be called and differentiated."""

    def __init__(self, sizes: tuple[int, int, int], seed: int, dtype: Any) -> None:
        rng = np.random.default_rng(seed)
        a, b, c = sizes
        super().__init__(
            W=(rng.normal(size=(a, b)) / a**0.5).astype(dtype),
            b=np.zeros(b, dtype),
            V=(rng.normal(size=(b, c)) / b**0.5).astype(dtype),
            c=np.zeros(c, dtype),
        )

    def parameters(self) -> Any:
        """The arrays, as a network has them."""
        return dict(self)

    def __call__(self, x: Any) -> Any:
        """The output, with tanh between."""
        return np.tanh(x @ self["W"] + self["b"]) @ self["V"] + self["c"]

    def back(self, x: Any, slope: Any) -> tuple[dict[str, Any], Any]:
        """The gradients of the parameters, and of x."""
        a = np.tanh(x @ self["W"] + self["b"])
        inner = (slope @ self["V"].T) * (1 - a**2)
        own = {"W": x.T @ inner, "b": inner.sum(0), "V": a.T @ slope, "c": slope.sum(0)}
        return own, inner @ self["W"].T


# of the real and the generated samples in the discriminator's gradient
SHARES = {"real part": (1, 0), "fake part": (0, 1), "sign of fake": (1, -1), "d climbs": (-1, -1)}


class Game:
    """Two networks in numpy, with a step whose gradients are written out, and can be spoilt."""

    def __init__(self, game: str, rule: str, spoilt: str = "", dtype: Any = float) -> None:
        self.g, self.d = Net((2, 6, 3), 1, dtype), Net((3, 6, 1), 2, dtype)
        self.loss, self.rule, self.spoilt = GAMES[game], rule, spoilt

    def d_loss(self, g: Any, d: Any) -> Any:
        return self.loss.d(d(REAL), d(g(LATENT)))

    def g_loss(self, g: Any, d: Any) -> Any:
        return self.loss.g(d(g(LATENT)))

    def move(self, net: Net, gradient: dict[str, Any]) -> None:
        for name, slope in gradient.items():
            by = slope if self.rule == "sgd" else slope / (np.abs(slope) + 1e-8)
            net[name] -= (1e-2 * by).astype(net[name].dtype)

    def step(self) -> None:
        n, spoilt = len(REAL), self.spoilt
        fake = self.g(LATENT)
        of_real, _ = self.d.back(REAL, self.loss.real[1](self.d(REAL)) / n)
        of_fake, into = self.d.back(fake, self.loss.fake[1](self.d(fake)) / n)
        left, _ = self.g.back(LATENT, into)
        a, b = SHARES.get(spoilt, (1, 1))
        self.move(self.d, {name: a * of_real[name] + b * of_fake[name] for name in of_real})
        fake = self.g(LATENT)
        _, into = self.d.back(fake, self.loss.made[1](self.d(fake)) / n)
        own, _ = self.g.back(LATENT, into)
        if spoilt == "g climbs":
            own = {name: -slope for name, slope in own.items()}
        if spoilt == "polluted":
            own = {name: slope + left[name] for name, slope in own.items()}
        if spoilt == "a factor":
            own["c"] = own["c"] / n
        self.move(self.g, own)


def judged(game: Game, **options: Any) -> Any:
    losses = {"d_loss": game.d_loss, "g_loss": game.g_loss}
    return assert_training_step(game.step, game.g, game.d, **{**losses, **options})


BOTH = pytest.mark.parametrize("game", GAMES)
RULES = pytest.mark.parametrize("rule", ["sgd", "signs"])


@BOTH
@RULES
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_right_step_passes(game: str, rule: str, dtype: Any) -> None:
    played = Game(game, rule, dtype=dtype)
    report = judged(played)
    assert not any("Which way" in text for text in report.not_seen)
    assert any("signs alone" in text for text in report.remarks) == (rule == "signs")
    still = any("c did not move: its gradient is 0" in text for text in report.remarks)
    assert still == (game == "wasserstein")


def test_the_players_are_left_as_the_step_left_them() -> None:
    played, twin = Game("non-saturating", "sgd"), Game("non-saturating", "sgd")
    judged(played)
    twin.step()
    for net, other in ((played.g, twin.g), (played.d, twin.d)):
        assert all(net[name].tobytes() == other[name].tobytes() for name in net)


ONLY = r"the part of the {} samples in d_loss alone: .* detach samples, not outputs"
WRONG = {
    "d climbs": r"the discriminator does not go down d_loss: it climbs d_loss: change the sign",
    "g climbs": r"the generator does not go down g_loss: it .*climbs g_loss: change the sign",
    "polluted": r"the generator does not go down g_loss: it .*follows g_loss \+ d_loss: detach",
    "real part": ONLY.format("real"),
    "fake part": ONLY.format("generated"),
    "sign of fake": r"it climbs the part of the generated samples in d_loss: change its sign",
}


@BOTH
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("spoilt", WRONG)
def test_what_a_step_follows_is_named(game: str, spoilt: str, dtype: Any) -> None:
    with pytest.raises(AssertionError, match=WRONG[spoilt]):
        judged(Game(game, "sgd", spoilt, dtype))


@BOTH
@pytest.mark.parametrize("spoilt", every(3, [one for one in WRONG if one != "fake part"]))
def test_steps_by_signs_are_seen_too(game: str, spoilt: str) -> None:
    """Of a step by signs less is known, but what is wrong with these shows in the signs."""
    with pytest.raises(AssertionError, match=r"does not go down|does not follow"):
        judged(Game(game, "signs", spoilt))


def test_what_a_step_by_signs_does_not_show_is_remarked() -> None:
    """Here the slopes of the generated samples have the signs of the sum."""
    report = judged(Game("non-saturating", "signs", "fake part"))
    assert any("signs alone were compared" in text for text in report.remarks)


def test_a_factor_of_one_tensor_is_remarked() -> None:
    report = judged(Game("non-saturating", "sgd", "a factor"))
    assert any("does not move by minus its gradient times one rate" in t for t in report.remarks)


def test_other_data_are_no_explanation() -> None:
    played = Game("non-saturating", "sgd")
    other = RNG.normal(size=(16, 3)) - 1
    with pytest.raises(AssertionError, match="has to be the loss on the very data of the step"):
        judged(played, d_loss=lambda g, d: played.loss.d(d(other), d(g(LATENT))))


def test_penalties_belong_into_the_loss_or_into_the_other_step() -> None:
    played = Game("wasserstein", "sgd")

    def decaying() -> None:
        played.step()
        for tensor in played.d.values():
            tensor *= 0.5

    losses: dict[str, Any] = {"d_loss": played.d_loss, "g_loss": played.g_loss}
    players = played.g, played.d
    with pytest.raises(AssertionError, match="or give adversarial_step"):
        assert_training_step(decaying, *players, **losses, except_for=["discriminator: b"])
    report = assert_training_step(decaying, *players, **losses, adversarial_step=played.step)
    assert len(report.not_seen) == 1
    assert "what this step leaves for later ones" in report.not_seen[0]


def test_one_player_alone() -> None:
    played = Game("non-saturating", "sgd")

    def d_step() -> None:
        kept = {name: tensor.copy() for name, tensor in played.g.items()}
        played.step()
        for name, tensor in kept.items():
            played.g[name][...] = tensor

    options: dict[str, Any] = {"moves": "discriminator"}
    report = assert_training_step(d_step, played.g, played.d, d_loss=played.d_loss, **options)
    assert not any("Which way" in text for text in report.not_seen)
    played.spoilt = "d climbs"
    with pytest.raises(AssertionError, match="climbs d_loss"):
        assert_training_step(d_step, played.g, played.d, d_loss=played.d_loss, **options)


# --- what was not looked at -----------------------------------------------------------------------


def test_without_losses_the_report_and_the_failure_say_so() -> None:
    played = Game("non-saturating", "sgd", "g climbs")
    report = assert_training_step(played.step, played.g, played.d)
    assert any("give d_loss and g_loss" in text for text in report.not_seen)
    with pytest.raises(AssertionError) as caught:
        assert_training_step(lambda: None, played.g, played.d)
    assert any("Not seen: Which way the players move" in n for n in caught.value.__notes__)
    report = assert_training_step(played.step, played.g, played.d, d_loss=played.d_loss)
    assert any("give g_loss, as" in text for text in report.not_seen)


def test_players_that_are_no_networks_are_judged_without_outputs() -> None:
    played = Game("non-saturating", "sgd", "real part")
    g, d = dict(played.g), dict(played.d)

    def net(values: Any, x: Any) -> Any:
        return np.tanh(x @ values["W"] + values["b"]) @ values["V"] + values["c"]

    losses: dict[str, Any] = {
        "d_loss": lambda g, d: played.loss.d(net(d, REAL), net(d, net(g, LATENT))),
        "g_loss": lambda g, d: played.loss.g(net(d, net(g, LATENT))),
    }
    with pytest.raises(AssertionError, match="a part of the loss that is detached") as caught:
        assert_training_step(played.step, g, d, **losses)
    assert any("D's outputs" in note for note in caught.value.__notes__)
    played.spoilt = ""
    assert_training_step(played.step, g, d, **losses)


def test_a_loss_that_goes_past_its_players_is_remarked() -> None:
    played = Game("non-saturating", "sgd")
    report = judged(played, d_loss=lambda g, d: played.d_loss(played.g, played.d))
    assert any("d_loss does not call the discriminator" in text for text in report.remarks)


# --- probabilities --------------------------------------------------------------------------------


class Probabilities(Net):
    """A discriminator that ends in a sigmoid."""

    def __call__(self, x: Any) -> Any:
        return sigmoid(super().__call__(x))


def test_a_sigmoid_too_many_is_seen() -> None:
    played = Game("non-saturating", "sgd")
    played.d = Probabilities((3, 6, 1), 2, float)
    with pytest.raises(AssertionError, match=r"ends in a sigmoid: .* d_loss is logistic in them"):
        judged(played)

    def of_probabilities(g: Any, d: Any) -> Any:
        return -np.log(d(REAL)).mean() - np.log(1 - d(g(LATENT))).mean()

    small = Game("non-saturating", "sgd")
    small.d["V"] *= 1e-2
    small.d["c"] += 0.5  # logits between 0 and 1
    assert not any("sigmoid" in text for text in judged(small).remarks)
    played = Game("wasserstein", "sgd")
    played.d = Probabilities((3, 6, 1), 2, float)
    with pytest.raises(AssertionError) as caught:
        judged(played)  # the step differentiates logits
    assert "sigmoid" not in str(caught.value)

    def step() -> None:
        fake, n = played.g(LATENT), len(REAL)
        real_slope = -(1 - played.d(REAL)) / n
        own, _ = played.d.back(REAL, real_slope)
        other, _ = played.d.back(fake, played.d(fake) / n)
        played.move(played.d, {name: own[name] + other[name] for name in own})

    report = assert_training_step(
        step, played.g, played.d, d_loss=of_probabilities, moves="discriminator"
    )
    assert any("right for losses of probabilities" in text for text in report.remarks)


# --- other libraries, and wrong use ---------------------------------------------------------------


class Weights:
    """A player in the style of Keras, that hands out copies and takes weights."""

    def __init__(self, net: Net) -> None:
        self.net = net

    def get_weights(self) -> list[Any]:
        return [tensor.copy() for tensor in self.net.values()]

    def set_weights(self, weights: list[Any]) -> None:
        for tensor, given in zip(self.net.values(), weights, strict=True):
            tensor[...] = given

    def __call__(self, x: Any) -> Any:
        return self.net(x)


@pytest.mark.parametrize(("spoilt", "told"), [("", ""), ("g climbs", "climbs g_loss")])
def test_players_that_take_weights(spoilt: str, told: str) -> None:
    played = Game("non-saturating", "sgd", spoilt)
    players = Weights(played.g), Weights(played.d)
    losses: dict[str, Any] = {"d_loss": played.d_loss, "g_loss": played.g_loss}
    if not told:
        assert_training_step(played.step, *players, **losses)
        return
    with pytest.raises(AssertionError, match=told):
        assert_training_step(played.step, *players, **losses)


@pytest.mark.parametrize("cut", [False, True])
def test_jax(cut: bool) -> None:
    state = {
        "d": {"w": jnp.asarray([0.5, -1.0, 2.0]), "c": jnp.zeros(1)},
        "g": {"A": jnp.asarray(RNG.normal(size=(2, 3)), jnp.float32), "s": jnp.zeros(3)},
    }
    real, z = jnp.asarray(REAL, jnp.float32), jnp.asarray(LATENT, jnp.float32)

    def logits(d: Any, x: Any) -> Any:
        return x @ d["w"] + d["c"]

    def d_loss(g: Any, d: Any, cut: bool = False) -> Any:
        fake = logits(d, z @ g["A"] + g["s"])
        fake = jax.lax.stop_gradient(fake) if cut else fake
        return jnp.mean(jax.nn.softplus(-logits(d, real))) + jnp.mean(jax.nn.softplus(fake))

    def g_loss(g: Any, d: Any) -> Any:
        return jnp.mean(jax.nn.softplus(-logits(d, z @ g["A"] + g["s"])))

    def step() -> None:
        slope = jax.grad(lambda d: d_loss(state["g"], d, cut))(state["d"])
        state["d"] = jax.tree.map(lambda a, b: a - 0.1 * b, state["d"], slope)
        slope = jax.grad(lambda g: g_loss(g, state["d"]))(state["g"])
        state["g"] = jax.tree.map(lambda a, b: a - 0.1 * b, state["g"], slope)

    def call() -> Any:
        return assert_training_step(
            step, lambda: state["g"], lambda: state["d"], d_loss=d_loss, g_loss=g_loss
        )

    if not cut:
        call()
        return
    with pytest.raises(AssertionError, match="the discriminator does not follow d_loss"):
        call()


def test_wrong_use() -> None:
    played = Game("non-saturating", "sgd")
    with pytest.raises(
        TypeError, match=r"d_loss=3: give a function of \(generator, discriminator\)"
    ):
        judged(played, d_loss=3)
    with pytest.raises(TypeError, match="positional argument"):
        judged(played, g_loss=lambda: 0.0)
    with pytest.raises(ValueError, match=r"d_loss cannot be compared .* draws random numbers"):
        judged(played, d_loss=lambda g, d: played.d_loss(g, d) + RNG.normal())
    fixed = [np.zeros(2)]
    fixed[0].flags.writeable = False

    class Locked:
        """A player whose tensors nobody can set."""

        def get_weights(self) -> list[Any]:
            return [tensor.copy() for tensor in played.g.values()]

    with pytest.raises(
        TypeError, match="generator Locked cannot be set, as d_loss and g_loss need"
    ):
        assert_training_step(played.step, Locked(), played.d, g_loss=played.g_loss)
