"""Numbers and lists in sentences."""

from datetime import timedelta

MINUTE, HOUR = 60, 3600


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun: "1 guest", "1,800 guests". `many` for irregular plurals."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(words: list[str]) -> str:
    """Return a list as part of a sentence: "a, b and c"."""
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


def clock(span: timedelta) -> str:
    """Return a short time as a countdown shows it: "0:58", "5:00". A second that has begun counts."""
    seconds = -(-span // timedelta(seconds=1))
    return f"{seconds // 60}:{seconds % 60:02}"


def exactly(span: timedelta) -> str:
    """Return a short time in words: "1 minute", "90 seconds"."""
    minutes, seconds = divmod(int(span.total_seconds()), 60)
    return counted(minutes, "minute") if not seconds else counted(minutes * 60 + seconds, "second")
