"""What a test suite needs: inputs worth trying, assertions about GAN code, and an oracle.

`strategies` draws densities, pairs of them, discrete laws and logits for Hypothesis, and
`survives(text, property, strategy)` makes a search a claim of a page. `assert_gradient`,
`assert_gradient_penalty`, `assert_training_step` and `assert_divergence` look at other people's code;
`identify_game` says which game two losses play, and whether they play it as theory says.
"""

from gantheory.testing import strategies
from gantheory.testing.describing import describe
from gantheory.testing.estimators import Bias, DivergenceReport, assert_divergence
from gantheory.testing.gradient_penalties import PenaltyReport, assert_gradient_penalty
from gantheory.testing.gradients import assert_gradient
from gantheory.testing.moving import affine, nudged
from gantheory.testing.oracle import Judgement, identify_game, judge_file
from gantheory.testing.penalty_probes import Probe
from gantheory.testing.searching import Search, search, survives
from gantheory.testing.training_steps import StepReport, assert_training_step

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
