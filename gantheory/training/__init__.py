"""Algorithm 1 and its variants, over a whole ensemble at once."""

from gantheory.choices import PENALTIES, SCHEMES
from gantheory.training.data import Data, as_data
from gantheory.training.history import CEILING, History, modes_of
from gantheory.training.loop import State, advance, start, train, trained
from gantheory.training.plan import Plan, plan

__all__ = [
    "CEILING",
    "PENALTIES",
    "SCHEMES",
    "Data",
    "History",
    "Plan",
    "State",
    "advance",
    "as_data",
    "modes_of",
    "plan",
    "start",
    "train",
    "trained",
]
