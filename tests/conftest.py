"""What holds for every test."""

from __future__ import annotations

from hypothesis import settings

# The same examples each time, whatever was found before, and no matter how busy the machine is.
settings.register_profile("daypass", deadline=None, derandomize=True, database=None)
settings.load_profile("daypass")
