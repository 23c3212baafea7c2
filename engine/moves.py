"""What every table of states here has in common: moves that may not be made, and moves that came too late."""

from __future__ import annotations


class IllegalMove(Exception):
    """There is no such edge in the table of states."""


class Overtaken(Exception):
    """Somebody else moved the row in the meantime: read it again and look."""
