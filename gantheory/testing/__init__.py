"""What a test suite needs: inputs worth trying, assertions about GAN code, and an oracle.

`strategies` draws densities, pairs of them, discrete distributions and logits for Hypothesis, and
`survives(text, property, strategy)` makes a search a claim of a page. `assert_gradient`,
`assert_gradient_penalty`, `assert_training_step` and `assert_divergence` look at other people's code;
`identify_game` says which game two losses play, and whether they play it as theory says;
`assert_game` asserts it.

What is here is imported when it is first asked for: a page that searches waits for Hypothesis alone.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gantheory.testing import strategies
    from gantheory.testing.describing import describe
    from gantheory.testing.estimators import DivergenceReport, assert_divergence
    from gantheory.testing.gradient_penalties import PenaltyReport, assert_gradient_penalty
    from gantheory.testing.gradients import assert_gradient
    from gantheory.testing.moving import affine, nudged
    from gantheory.testing.oracle import Judgement, assert_game, identify_game, judge_file
    from gantheory.testing.penalty_probes import Probe
    from gantheory.testing.sample_bias import Bias
    from gantheory.testing.searching import Search, search, survives
    from gantheory.testing.training_steps import StepReport, assert_training_step

_NAMES = {
    "describing": ("describe",),
    "estimators": ("DivergenceReport", "assert_divergence"),
    "gradient_penalties": ("PenaltyReport", "assert_gradient_penalty"),
    "gradients": ("assert_gradient",),
    "moving": ("affine", "nudged"),
    "oracle": ("Judgement", "assert_game", "identify_game", "judge_file"),
    "penalty_probes": ("Probe",),
    "sample_bias": ("Bias",),
    "searching": ("Search", "search", "survives"),
    "training_steps": ("StepReport", "assert_training_step"),
}
_WHERE = {name: module for module, names in _NAMES.items() for name in names}

__all__ = [
    "Bias",
    "DivergenceReport",
    "Judgement",
    "PenaltyReport",
    "Probe",
    "Search",
    "StepReport",
    "affine",
    "assert_divergence",
    "assert_game",
    "assert_gradient",
    "assert_gradient_penalty",
    "assert_training_step",
    "describe",
    "identify_game",
    "judge_file",
    "nudged",
    "search",
    "strategies",
    "survives",
]


def __getattr__(name: str) -> Any:
    if name == "strategies":
        return importlib.import_module("gantheory.testing.strategies")
    if name not in _WHERE:
        raise AttributeError(f"module 'gantheory.testing' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"gantheory.testing.{_WHERE[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
