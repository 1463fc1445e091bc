"""What the oracle says of losses in the forms that public repositories have."""

from __future__ import annotations

from typing import Any

import oracle_bank_public as bank
import pytest
from oracle_bank_public import PUBLIC, PUBLIC_TORCH, Public
from test_oracle_bank import check_form, met

from gantheory.testing import identify_game


@pytest.fixture(autouse=True)
def _torch(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("torch"):
        bank.load()


def ask(entry: Public) -> Any:
    return identify_game(entry.d_loss, entry.g_loss, outputs=entry.outputs, array=entry.array)


def check(entry: Public) -> None:
    answer = ask(entry)
    said = {name: getattr(answer, name) for name in entry.expected}
    others = {
        name: said[name] for name, wanted in entry.expected.items() if not met(wanted, said[name])
    }
    assert others == {}, answer.reasons
    text = " ".join(answer.reasons)
    assert entry.words in text
    assert not entry.not_words or entry.not_words not in text
    check_form(answer)


def marked(entry: Public) -> Any:
    """Leave every third of the losses that couple a batch to the fast run: each takes a second."""
    slow = entry in bank.COUPLED and bank.COUPLED.index(entry) % 3
    return pytest.param(entry, id=entry.name, marks=pytest.mark.slow if slow else ())


@pytest.mark.parametrize("entry", [marked(one) for one in PUBLIC])
def test_losses_as_public_code_has_them(entry: Public) -> None:
    check(entry)


@pytest.mark.torch
@pytest.mark.parametrize("entry", [pytest.param(one, id=one.name) for one in PUBLIC_TORCH])
def test_losses_as_public_code_has_them_in_torch(entry: Public) -> None:
    check(entry)
