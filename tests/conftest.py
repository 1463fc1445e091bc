"""One Hypothesis profile for every test: the same examples on every run, no clock, no files."""

from hypothesis import settings

settings.register_profile("gantheory", derandomize=True, deadline=None, database=None)
settings.load_profile("gantheory")
