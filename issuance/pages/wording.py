"""Numbers in sentences."""

from __future__ import annotations

from datetime import timedelta

MINUTE, HOUR = 60, 3600


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun: "1 guest", "1,800 guests". `many` for irregular plurals."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(words: list[str]) -> str:
    """Return words as a list in a sentence: "a, b and c"."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def lasted(length: timedelta) -> str:
    """Return a length of time: "45 s", "12 min", "2 h 5 min"."""
    seconds = max(round(length.total_seconds()), 0)
    if seconds < MINUTE:
        return f"{seconds} s"
    if seconds < HOUR:
        return f"{seconds // MINUTE} min"
    rest = seconds % HOUR // MINUTE
    return f"{seconds // HOUR:,} h {rest} min" if rest else f"{seconds // HOUR:,} h"
