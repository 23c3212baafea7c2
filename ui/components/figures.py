"""Numbers as pages show them: thousands separated, the count before the percentage."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from ui import wording

UNKNOWN = "–"


def number(value: Any) -> str:
    """Return a number with thousands separators, a dash for an unknown number, and anything else as it is."""
    if value is None or value == "":
        return UNKNOWN
    if isinstance(value, int | float | Decimal):
        return f"{value:,}"
    return str(value)


def counted(value: int, noun: str) -> str:
    """Return a number with its noun: "1 guest", "1,800 guests". An irregular plural follows a comma: "is,are"."""
    one, _, many = noun.partition(",")
    return wording.counted(value, one, many)


def percents(counts: Sequence[int]) -> list[str]:
    """Return the whole percentage of each part: they add up to 100. Without any count each is ''.

    Only all is "100 %", and only nothing "0 %", so that no failure is hidden: a part near either is "<1 %" or ">99 %".
    """
    total = sum(counts)
    if total <= 0:
        return [""] * len(counts)
    whole = [100 * count // total for count in counts]
    # What rounding down has left goes to the parts that lost most by it; of equal ones, to the larger and the former.
    lost_most = sorted(range(len(counts)), key=lambda at: (-(100 * counts[at] % total), -counts[at], at))
    for at in lost_most[: 100 - sum(whole)]:
        whole[at] += 1
    return [_in_words(units, count, total) for units, count in zip(whole, counts, strict=True)]


def percent(part: int | None, total: int | None) -> str:
    """Return the percentage of one part, '' without a total."""
    if part is None or not total:
        return ""
    within = min(max(part, 0), total)
    return percents([within, total - within])[0]


def _in_words(units: int, count: int, total: int) -> str:
    if 0 < count < total and units in (0, 100):
        return "<1 %" if units == 0 else ">99 %"
    return f"{units} %"


def share(part: int | None, total: int | None) -> str:
    """Return the number and its percentage of the total: "1,727 · 96 %". Never above 100 %."""
    of_total = percent(part, total)
    return f"{number(part)} · {of_total}" if of_total else number(part)
