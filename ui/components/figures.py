"""Numbers as pages show them: thousands separated, the count before the percentage."""

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


def percent(part: int | None, total: int | None) -> str:
    """Return a whole percentage, '' without a total. Only all is 100 %, only nothing 0 %: no failure is hidden."""
    if part is None or not total:
        return ""
    if part <= 0:
        return "0 %"
    if part >= total:
        return "100 %"
    rounded = (200 * part + total) // (2 * total)
    if rounded == 0:
        return "<1 %"
    return f"{min(rounded, 99)} %"


def share(part: int | None, total: int | None) -> str:
    """Return the number and its percentage of the total: "1,727 · 96 %". Never above 100 %."""
    of_total = percent(part, total)
    return f"{number(part)} · {of_total}" if of_total else number(part)
