"""Jensen-Shannon divergences with weights, of two densities and of several."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any, Unpack

from gantheory.densities.convert import density_of
from gantheory.densities.discrete import Discrete
from gantheory.densities.mixture import check_weights
from gantheory.densities.mixtures import Mixture
from gantheory.densities.short import called
from gantheory.divergences.batches import as_asked, as_pair, over_batch
from gantheory.divergences.decisions import checked_share
from gantheory.divergences.effort import Effort, Options, best_as
from gantheory.divergences.functional import functional
from gantheory.divergences.kernels import Kernel, skew_jensen_shannon
from gantheory.errors import brief
from gantheory.estimates import Estimate, as_estimate


@called("JSD_{weight}({p}, {q})")
def skew_js_divergence(p: Any, q: Any, weight: float, **options: Unpack[Options]) -> Estimate:
    """JSD_w(p, q) = w KL(p‖m) + (1 - w) KL(q‖m) with m = w p + (1 - w) q, in nats.

    Between 0 and the entropy of the weights, -w log w - (1 - w) log(1 - w). JSD_w / w -> KL(p‖q) as
    w -> 0. Densities, keywords and errors as for `js_divergence`, which it is for w = 1/2.

    Parameters
    ----------
    weight:
        w, the share of p, strictly between 0 and 1.

    Raises
    ------
    ValueError
        If the weight is not such a number.

    Notes
    -----
    Source: Lin (1991), section IV. What D learns at best if a share w of its batches is real.
    """
    share = Fraction(checked_share("skew_js_divergence", "weight", weight))
    return over_batch(lambda a, b, effort: _skew(a, b, share, effort), p, q, options)


def _skew(p: Any, q: Any, share: Fraction, effort: Effort) -> Estimate:
    """JSD_w(p, q): both weights are rounded, and all that moves is relative."""
    w, v = float(share), float(1 - share)
    bound = (-w * math.log(w), -v * math.log(v)) if v else (0.0, 0.0)
    return functional(Kernel("skew JSD", skew_jensen_shannon(w, v), bound), p, q, effort)


@called("JSD_w({densities})")
def generalised_js_divergence(
    densities: Sequence[Any], weights: Any = None, **options: Unpack[Options]
) -> Estimate:
    """JSD_w(p_1, ..., p_n) = H(Σ w_i p_i) - Σ w_i H(p_i) = Σ w_i KL(p_i‖m), m = Σ w_i p_i, in nats.

    Between 0 and the entropy of the weights: what the best classifier learns of which density a sample
    comes from, as in games of several generators.

    Parameters
    ----------
    densities:
        Single densities of one kind; between them mixtures are formed, so none is a black box.
    weights:
        One for each density, not negative, of sum 1 up to rounding, by which they are divided exactly;
        equal ones by default.
    **options:
        rtol, atol, limit, max_seconds, as for `js_divergence`; limit is for each of n - 1 integrals.

    Returns
    -------
    Estimate
        It keeps its relative precision as all densities become equal. By the chain rule
        JSD(all) = JSD_w(left, right) + w JSD(left) + (1 - w) JSD(right) it is a sum of n - 1 skew
        divergences of mixtures, whose integrands are bounded by mass.

    Raises
    ------
    TypeError, ValueError
        If the sequence is empty, a member is a batch or a black box, they have no common measure, or the
        weights are off.
    NotConverged
        As for `js_divergence`.

    Notes
    -----
    Source: Lin (1991), section V; Ghosh et al. (2018) for several generators.
    """
    effort, group = Effort.of(options), _checked(densities, weights)
    with best_as():
        return as_asked(partial(_of_all, group), effort)


@dataclass(frozen=True)
class _Group:
    """Some of the densities with a positive weight each."""

    members: tuple[tuple[Fraction, Any], ...]

    @property
    def mass(self) -> Fraction:
        """Σ w_i."""
        return sum((weight for weight, _ in self.members), Fraction(0))

    @property
    def density(self) -> Any:
        """Σ w_i p_i / Σ w_i."""
        shares = [weight / self.mass for weight, _ in self.members]
        parts = [density for _, density in self.members]
        if len(parts) == 1:
            return parts[0]
        return _mixed(parts, shares) if isinstance(parts[0], Discrete) else Mixture(parts, shares)

    def halves(self) -> tuple[_Group, _Group]:
        """The first half of the members, and the others."""
        middle = len(self.members) // 2
        return _Group(self.members[:middle]), _Group(self.members[middle:])


def _of_all(group: _Group, effort: Effort) -> Estimate:
    if len(group.members) == 1:
        return as_estimate(0)
    left, right = group.halves()
    share = left.mass / group.mass
    between = _skew(left.density, right.density, share, effort)
    return between + _of_all(left, effort) * share + _of_all(right, effort) * (1 - share)


def _mixed(parts: Sequence[Discrete], shares: Sequence[Fraction]) -> Discrete:
    """Σ w_i p_i of discrete distributions, exactly."""
    table: dict[Any, Fraction] = {}
    for share, part in zip(shares, parts, strict=True):
        for point, weight in part.exact_masses():
            table[point] = table.get(point, Fraction(0)) + share * weight
    return Discrete(list(table.values()), list(table))


def _checked(given: Any, weights: Any) -> _Group:
    """Return the densities of positive weight."""
    if not isinstance(given, Sequence) or isinstance(given, str) or not given:
        raise ValueError(
            f"generalised_js_divergence(densities={brief(given)}): give a sequence of densities, as in "
            "generalised_js_divergence([Normal(-1, 1), Normal(0, 1), Normal(1, 1)])"
        )
    parts = [density_of(f"densities[{i}]", one) for i, one in enumerate(given)]
    for i, one in enumerate(parts):
        as_pair(parts[0], one)
        if one.batch_shape:
            raise ValueError(
                f"generalised_js_divergence: densities[{i}] is a batch; give single densities"
            )
    n = len(parts)
    shares = [Fraction(1, n)] * n if weights is None else weights
    _, exact = check_weights(shares, n, family="generalised_js_divergence")
    return _Group(tuple((w, d) for w, d in zip(exact, parts, strict=True) if w > 0))
