from . import (
    strategies as strategies,
)
from .describing import (
    describe as describe,
)
from .estimators import (
    DivergenceReport as DivergenceReport,
)
from .estimators import (
    assert_divergence as assert_divergence,
)
from .gradient_penalties import (
    PenaltyReport as PenaltyReport,
)
from .gradient_penalties import (
    assert_gradient_penalty as assert_gradient_penalty,
)
from .gradients import (
    assert_gradient as assert_gradient,
)
from .moving import (
    affine as affine,
)
from .moving import (
    nudged as nudged,
)
from .oracle import (
    Judgement as Judgement,
)
from .oracle import (
    assert_game as assert_game,
)
from .oracle import (
    identify_game as identify_game,
)
from .oracle import (
    judge_file as judge_file,
)
from .penalty_case import (
    Probe as Probe,
)
from .sample_bias import (
    Bias as Bias,
)
from .searching import (
    Search as Search,
)
from .searching import (
    search as search,
)
from .searching import (
    survives as survives,
)
from .training_steps import (
    StepReport as StepReport,
)
from .training_steps import (
    assert_training_step as assert_training_step,
)
