"""What the tests of this package share."""

from __future__ import annotations

from hypothesis import settings

# How long one example takes says something about the machine and its other work, not about the code.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")
