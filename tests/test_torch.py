"""gantheory against torch, whose numbers and derivatives were made by other people's code."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import gantheory
from gantheory import (
    Discrete,
    Exponential,
    Laplace,
    MultivariateNormal,
    Normal,
    Uniform,
)

pytestmark = pytest.mark.torch

WEIGHTS = np.array([0.1, 0.2, 0.3, 0.25, 0.15]), np.array([0.3, 0.1, 0.05, 0.15, 0.4])
LOGITS = np.array([-30.0, -1.5, 0.0, 0.7, 12.0])


@pytest.fixture(scope="module")
def torch() -> Any:
    """torch, in float64; not to have it is a failure, not a reason to skip."""
    import torch

    return torch


def tensor(torch: Any, values: Any) -> Any:
    return torch.tensor(np.asarray(values), dtype=torch.float64)


def value_in_torch(torch: Any, p: Any, q: Any, logits: Any) -> Any:
    """V = -BCE(a, 1) weighted by p - BCE(a, 0) weighted by q."""
    bce = torch.nn.functional.binary_cross_entropy_with_logits
    ones, zeros = torch.ones_like(logits), torch.zeros_like(logits)
    real = bce(logits, ones, weight=p, reduction="sum")
    fake = bce(logits, zeros, weight=q, reduction="sum")
    return -(real + fake)


def test_value_function_is_minus_the_cross_entropies(torch: Any) -> None:
    p, q = (Discrete(weights) for weights in WEIGHTS)
    ours = gantheory.value_function(p, q, lambda x: LOGITS[x.astype(int)])
    theirs = value_in_torch(torch, *(tensor(torch, w) for w in WEIGHTS), tensor(torch, LOGITS))
    assert float(ours) == pytest.approx(theirs.item(), rel=1e-13)


def test_the_criterion_is_the_value_at_the_optimal_logits(torch: Any) -> None:
    p, q = (Discrete(weights) for weights in WEIGHTS)
    star = tensor(torch, gantheory.optimal_discriminator(p, q)(np.arange(5.0)))
    theirs = value_in_torch(torch, *(tensor(torch, w) for w in WEIGHTS), star)
    assert float(gantheory.virtual_training_criterion(p, q)) == pytest.approx(
        theirs.item(), rel=1e-13
    )


def test_the_criterion_of_two_normals_on_a_grid(torch: Any) -> None:
    """The trapezoidal rule on the whole line converges faster than any power of its step."""
    p, q = Normal(0.0, 1.0), Normal(1.5, 0.7)
    x = torch.linspace(-14, 14, 8001, dtype=torch.float64)
    laws = [torch.distributions.Normal(tensor(torch, d.loc), d.scale) for d in (p, q)]
    log_p, log_q = (law.log_prob(x) for law in laws)
    step = float(x[1] - x[0])
    theirs = value_in_torch(torch, log_p.exp() * step, log_q.exp() * step, log_p - log_q)
    assert float(gantheory.virtual_training_criterion(p, q)) == pytest.approx(
        theirs.item(), rel=1e-11
    )


@pytest.mark.parametrize("kind", ["discrete", "normal"])
def test_the_discriminators_loss_is_flat_at_the_optimal_logits(torch: Any, kind: str) -> None:
    if kind == "discrete":
        p, q = (Discrete(weights) for weights in WEIGHTS)
        x = np.arange(5.0)
    else:
        p, q = Normal(0.0, 1.0), Normal(1.5, 0.7)
        x = np.linspace(-6, 6, 401)
    at_p, at_q = (tensor(torch, np.exp(d.logpdf(x))) for d in (p, q))
    logits = tensor(torch, gantheory.optimal_discriminator(p, q)(x)).requires_grad_()
    value_in_torch(torch, at_p, at_q, logits).backward()
    assert torch.all(logits.grad.abs() <= 1e-12 * (at_p + at_q))
    swapped = (-logits.detach()).requires_grad_()
    value_in_torch(torch, at_p, at_q, swapped).backward()
    assert swapped.grad.abs().max() > 1e-2, "the test cannot see a wrong optimum"


def laws(torch: Any) -> dict[str, tuple[Any, Any, Any, Any]]:
    """Pairs of ours and the same pairs of theirs."""
    d = torch.distributions

    def to(*values: float) -> tuple[Any, ...]:
        return tuple(tensor(torch, value) for value in values)

    covs = [[2.0, 0.6], [0.6, 1.0]], [[1.0, -0.3], [-0.3, 0.5]]
    means = [0.0, 1.0], [-0.5, 0.25]
    planes = [MultivariateNormal(m, c) for m, c in zip(means, covs, strict=True)]
    theirs = [
        d.MultivariateNormal(tensor(torch, m), tensor(torch, c))
        for m, c in zip(means, covs, strict=True)
    ]
    return {
        "normal": (Normal(0, 1), Normal(3, 2), d.Normal(*to(0, 1)), d.Normal(*to(3, 2))),
        "near": (
            Normal(0, 1),
            Normal(0.001, 1.001),
            d.Normal(*to(0, 1)),
            d.Normal(*to(0.001, 1.001)),
        ),
        "laplace": (Laplace(0, 1), Laplace(1, 2), d.Laplace(*to(0, 1)), d.Laplace(*to(1, 2))),
        "uniform": (Uniform(0, 1), Uniform(-1, 4), d.Uniform(*to(0, 1)), d.Uniform(*to(-1, 4))),
        "outside": (Uniform(0, 2), Uniform(0, 1), d.Uniform(*to(0, 2)), d.Uniform(*to(0, 1))),
        "exponential": (
            Exponential(2.0),
            Exponential(0.5),
            d.Exponential(*to(2)),
            d.Exponential(*to(0.5)),
        ),
        "plane": (*planes, *theirs),
    }


@pytest.mark.parametrize(
    "name", ["normal", "near", "laplace", "uniform", "outside", "exponential", "plane"]
)
def test_kl_divergence(torch: Any, name: str) -> None:
    p, q, their_p, their_q = laws(torch)[name]
    ours, theirs = (
        gantheory.kl_divergence(p, q),
        torch.distributions.kl_divergence(their_p, their_q),
    )
    if math.isinf(theirs.item()):
        assert float(ours) == math.inf
    else:
        assert float(ours) == pytest.approx(theirs.item(), rel=1e-9)
        assert abs(float(ours) - theirs.item()) <= float(ours.error) + 1e-9 * abs(theirs.item())


@pytest.mark.parametrize("name", ["normal", "laplace", "uniform", "exponential", "plane"])
def test_log_densities(torch: Any, name: str) -> None:
    p, _, their_p, _ = laws(torch)[name]
    x = their_p.sample((200,))
    np.testing.assert_allclose(
        p.logpdf(x.numpy()), their_p.log_prob(x).numpy(), rtol=1e-12, atol=1e-12
    )
