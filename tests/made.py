"""Estimates, balls and claims as the package makes them, for tests that need numbers of their own.

What a test writes down itself counts as typed by hand, and supports at most.
"""

from types import ModuleType

from gantheory import provenance
from gantheory.balls import Ball
from gantheory.estimates import Estimate
from gantheory.theorems import Claim
from gantheory.theorems.claims import STATEMENTS

_PACKAGE = ModuleType("gantheory.as_made")
_SOURCE = "def estimate(cls, *args, **options): return cls(*args, **options)"
exec(compile(_SOURCE, provenance.FOLDER + "as_made.py", "exec"), _PACKAGE.__dict__)
_STATED = ModuleType("gantheory.as_stated")
exec(compile(_SOURCE, provenance.FOLDER + STATEMENTS[0], "exec"), _STATED.__dict__)


def estimate(*args, **options):
    """An Estimate that counts as computed by the package."""
    return _PACKAGE.estimate(Estimate, *args, **options)


def ball(*args, **options):
    """A Ball that counts as computed by the package."""
    return _PACKAGE.estimate(Ball, *args, **options)


def claim(*args, **options):
    """A Claim that counts as made by a statement."""
    return _STATED.estimate(Claim, *args, **options)
