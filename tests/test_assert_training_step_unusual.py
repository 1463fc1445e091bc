"""Training steps of torch as few people write them: the right ones pass, the wrong ones are named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gantheory.testing.training_steps import assert_training_step

pytestmark = pytest.mark.torch
CLIP = 0.125


class Gan:
    """Two small networks with a loss of logits, SGD, and data that stay."""

    def __init__(self, game: str = "non-saturating") -> None:
        import torch

        torch.manual_seed(0)
        torch.set_num_threads(1)  # more are slower for so small networks
        nn = torch.nn
        self.torch, self.game = torch, game
        self.g = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 3))
        self.d = nn.Sequential(nn.Linear(3, 8), nn.LeakyReLU(0.2), nn.Linear(8, 1))
        self.x, self.z = torch.randn(16, 3) + 1, torch.randn(16, 2)
        self.of_g, self.of_d = (torch.optim.SGD(net.parameters(), 0.05) for net in (self.g, self.d))

    def d_of(self, real: Any, fake: Any) -> Any:
        softplus = self.torch.nn.functional.softplus
        if self.game == "wasserstein":
            return fake.mean() - real.mean()
        return softplus(-real).mean() + softplus(fake).mean()

    def g_of(self, fake: Any) -> Any:
        softplus = self.torch.nn.functional.softplus
        return -fake.mean() if self.game == "wasserstein" else softplus(-fake).mean()

    def d_loss(self, g: Any, d: Any) -> Any:
        return self.d_of(d(self.x), d(g(self.z)))

    def g_loss(self, g: Any, d: Any) -> Any:
        return self.g_of(d(g(self.z)))

    def of_discriminator(self, sign: float = 1) -> None:
        self.of_d.zero_grad()
        (sign * self.d_of(self.d(self.x), self.d(self.g(self.z).detach()))).backward()
        self.of_d.step()

    def of_generator(self, sign: float = 1) -> None:
        self.of_g.zero_grad()
        (sign * self.g_loss(self.g, self.d)).backward()
        self.of_g.step()

    def step(self) -> None:
        self.of_discriminator()
        self.of_generator()

    def clip(self) -> None:
        with self.torch.no_grad():
            for tensor in self.d.parameters():
                tensor.clamp_(-CLIP, CLIP)

    def freeze(self, frozen: bool) -> None:
        for tensor in self.d.parameters():
            tensor.requires_grad_(not frozen)

    def judged(self, step: Callable[[], None], losses: bool = True, **options: Any) -> Any:
        given = {"d_loss": self.d_loss, "g_loss": self.g_loss} if losses else {}
        return assert_training_step(step, self.g, self.d, **{**given, **options})


BOTH = pytest.mark.parametrize("losses", [True, False])


@BOTH
@pytest.mark.parametrize("game", ["non-saturating", "wasserstein"])
def test_a_discriminator_that_the_step_before_has_frozen(game: str, losses: bool) -> None:
    gan = Gan(game)

    def step() -> None:
        gan.freeze(False)
        gan.of_discriminator()
        gan.freeze(True)
        gan.of_generator()

    for _ in range(2):
        gan.judged(step, losses)
        assert not any(tensor.requires_grad for tensor in gan.d.parameters())


def test_a_discriminator_that_stays_frozen_does_not_train() -> None:
    gan = Gan()
    gan.freeze(True)
    with pytest.raises(AssertionError, match="no tensor of the discriminator moved"):
        gan.judged(gan.of_generator, losses=False)
    gan.judged(gan.of_generator, losses=False, moves="generator")


def test_a_loss_with_the_other_sign_that_is_maximised() -> None:
    gan = Gan()
    gan.of_d = gan.torch.optim.SGD(gan.d.parameters(), 0.05, maximize=True)

    def step(sign: float) -> None:
        gan.of_discriminator(sign)
        gan.of_generator()

    gan.judged(lambda: step(-1))
    with pytest.raises(AssertionError, match="moved along it, not against it"):
        gan.judged(lambda: step(1))


@BOTH
@pytest.mark.parametrize("when", ["before", "after"])
def test_weights_that_are_clipped_before_or_after_the_generator_s_step(
    when: str, losses: bool
) -> None:
    gan = Gan("wasserstein")

    def step() -> None:
        gan.of_discriminator()
        if when == "before":
            gan.clip()
        gan.of_generator()
        if when == "after":
            gan.clip()

    gan.judged(step, losses)
    assert max(float(tensor.detach().abs().max()) for tensor in gan.d.parameters()) <= CLIP


@BOTH
def test_a_generator_s_optimiser_that_holds_both_players(losses: bool) -> None:
    gan = Gan()
    gan.of_g = gan.torch.optim.SGD([*gan.g.parameters(), *gan.d.parameters()], 0.05)
    with pytest.raises(AssertionError, match=r"moved again .* does the generator's optimiser hold"):
        gan.judged(gan.step, losses)


def test_steps_that_try_and_go_back() -> None:
    """The extragradient method: both players move twice, the second time by gradients of their own."""
    gan = Gan()
    torch, players = gan.torch, [*gan.g.parameters(), *gan.d.parameters()]

    def step() -> None:
        kept = [tensor.detach().clone() for tensor in players]
        gan.step()
        slopes = [
            slope
            for net, loss in ((gan.g, gan.g_loss), (gan.d, gan.d_loss))
            for slope in torch.autograd.grad(loss(gan.g, gan.d), list(net.parameters()))
        ]
        with torch.no_grad():
            for tensor, start, slope in zip(players, kept, slopes, strict=True):
                tensor.copy_(start - 0.05 * slope)

    gan.judged(step, losses=False)


def test_several_steps_of_the_discriminator() -> None:
    gan = Gan("wasserstein")

    def step() -> None:
        for _ in range(5):
            gan.of_discriminator()
        gan.of_generator()

    gan.judged(step)


def test_a_loss_that_takes_layers_of_the_discriminator() -> None:
    gan = Gan()

    def g_loss(g: Any, d: Any) -> Any:
        """Feature matching, with the non-saturating loss."""
        gap = d[:2](gan.x).mean(0) - d[:2](g(gan.z)).mean(0)
        assert len(d) == len(list(d)) == 3
        return gan.g_loss(g, d) + (gap**2).sum()

    def step(features: bool) -> None:
        gan.of_discriminator()
        gan.of_g.zero_grad()
        (g_loss if features else gan.g_loss)(gan.g, gan.d).backward()
        gan.of_g.step()

    gan.judged(lambda: step(True), g_loss=g_loss)
    with pytest.raises(AssertionError, match="the generator does not follow g_loss"):
        gan.judged(lambda: step(False), g_loss=g_loss)


def test_a_factor_is_remarked() -> None:
    gan = Gan()

    def step() -> None:
        gan.of_discriminator(0.5)
        gan.of_generator()

    remarks = gan.judged(step).remarks
    assert len(remarks) == 1
    assert remarks[0].startswith("The discriminator's gradient is 0.5 times that of d_loss")


def test_what_was_not_seen_is_stated() -> None:
    gan = Gan()
    assert any("a factor for one layer" in text for text in gan.judged(gan.step).not_seen)
