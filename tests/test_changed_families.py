"""What a page makes or changes itself: families are refused, functions no more than a black box."""

import numpy as np
import pytest
from scipy import stats

from gantheory import as_density, f_divergence
from gantheory.densities import Mixture, Normal
from gantheory.densities.base import Density1D
from gantheory.errors import InvalidDensity
from gantheory.theorems import equal
from gantheory.verdicts import Verdict


def test_a_family_cannot_be_changed():
    with pytest.raises(InvalidDensity, match=r"class Mine\(Normal\): a family of gantheory"):

        class Mine(Normal):
            def logpdf(self, x, *, origin=0.0):
                return np.zeros_like(x)

    with pytest.raises(InvalidDensity, match="cannot be changed"):
        type(
            "Mine",
            (type(Mixture([Normal(0, 1), Normal(1, 1)], [0.5, 0.5])),),
            {"__module__": "gantheory.mine"},
        )


def test_a_density_class_of_ones_own_is_not_declared():
    class Mine(Density1D):
        declared = True

    assert not Mine.declared


@pytest.mark.parametrize("where", ["family", "frozen"])
def test_a_distribution_of_scipys_that_was_changed_is_a_black_box(where):
    frozen = stats.norm(0, 1)
    (frozen.dist if where == "family" else frozen)._pdf = stats.norm.pdf
    assert not as_density(frozen).declared
    assert as_density(stats.norm(0, 1)).declared


def test_a_class_of_scipys_that_was_changed_is_a_black_box(monkeypatch):
    monkeypatch.setattr(type(stats.gamma), "_logpdf", lambda self, x, a: 0 * x)
    assert not as_density(stats.gamma(2.0)).declared


def test_a_bare_function_of_the_ratio_is_a_black_box():
    def spike(v):
        return np.where(abs(v - 1.2345) < 1e-9, 1e9, 0) + v * np.log(v)

    found = f_divergence(spike, Normal(0, 1), Normal(1, 1))
    assert equal("D_f = 1/2", found, 0.5).verdict is Verdict.SUPPORTED
