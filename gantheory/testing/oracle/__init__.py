"""The oracle: whether GAN code is what the theory says."""

from gantheory.testing.oracle.judgement import Judgement
from gantheory.testing.oracle.judging import assert_game, identify_game
from gantheory.testing.oracle.loading import judge_file

__all__ = ["Judgement", "assert_game", "identify_game", "judge_file"]
