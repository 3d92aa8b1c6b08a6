"""What all tests share: the same random examples in every run."""

from hypothesis import settings

settings.register_profile("dalt", derandomize=True, deadline=None, database=None)
settings.load_profile("dalt")
