"""One Hypothesis profile for every test: no clock, no files, and no dice.

The examples are derived from each test: the same on every run and machine that has one version of
Hypothesis. Another version may draw others; `--hypothesis-seed` changes nothing.
"""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "gantheory",
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],  # a clock too
)
settings.load_profile("gantheory")
