"""What a test suite needs: inputs worth trying, and a search for counterexamples.

`strategies` draws densities, pairs of them, discrete laws and logits for Hypothesis, and
`survives(text, property, strategy)` makes a search a claim of a page.
"""

from gantheory.testing import strategies
from gantheory.testing.describing import describe
from gantheory.testing.moving import affine, nudged
from gantheory.testing.oracle import Judgement, identify_game, judge_file
from gantheory.testing.searching import Search, search, survives

__all__ = [
    "Judgement",
    "Search",
    "affine",
    "describe",
    "identify_game",
    "judge_file",
    "nudged",
    "search",
    "strategies",
    "survives",
]
