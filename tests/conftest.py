"""One Hypothesis profile for every test: no clock, no files, and no dice.

The examples are derived from each test: the same on every run and machine that has one version of
Hypothesis. Another version may draw others; `--hypothesis-seed` changes nothing.
"""

from hypothesis import settings

settings.register_profile("gantheory", derandomize=True, deadline=None, database=None)
settings.load_profile("gantheory")
