"""Games, by the names of the command line."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from gantheory.losses.lookup import NAMED


def game_names() -> SearchStrategy[str]:
    """Names that `gantheory.losses.game` takes: every game, and f-gan:alpha=...; shrinks to minimax.

    The domain of alpha is the eighths from -3 to 3 without 0 and 1, where the game has another name.
    Names are drawn and not games: a name is what a counterexample can show.
    """
    alpha = st.integers(-24, 24).filter(lambda k: k not in (0, 8)).map(lambda k: k / 8)
    return st.one_of(st.sampled_from(tuple(NAMED)), alpha.map(lambda a: f"f-gan:alpha={a}"))
