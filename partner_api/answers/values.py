"""Reading single values out of the partner's JSON: generous where that is harmless, strict where it is not.

Nothing here quotes what it read: a value may be a guest's identifier.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

LARGEST_COUNT = 2**31  # more than any count of ours, and what a database column takes
LARGEST_AMOUNT = 10**12


class Unusable(ValueError):
    """An answer lacks what makes it useful. The text names the key, never the value."""


def moment(value: object) -> datetime | None:
    """Read an ISO 8601 date and time, in UTC; one without an offset is taken as UTC. Unreadable is None."""
    if not isinstance(value, str):
        return None
    try:
        read = datetime.fromisoformat(value.strip())
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def count(item: Mapping[str, Any], *keys: str) -> int | None:
    """Read the first of these keys that holds a number of things: 0 or more, also when spelled as a string."""
    for key in keys:
        number = amount(item.get(key))
        if number is not None and 0 <= number < LARGEST_COUNT and number == int(number):
            return int(number)
    return None


def amount(value: object) -> Decimal | None:
    """Read a number, also when spelled as a string. None for what is none, is not finite or is absurd."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = Decimal(str(value).strip())
    except (InvalidOperation, ValueError):
        return None
    return number if number.is_finite() and abs(number) < LARGEST_AMOUNT else None


def percent(value: object) -> int | None:
    """Read a progress in whole percent, 0 to 100, rounded down."""
    number = amount(value)
    return None if number is None else int(min(max(number, Decimal(0)), Decimal(100)))


def opaque_id(value: object) -> str | None:
    """Read an id. Ids are opaque strings; a number is taken as its digits. None where there is none."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**64:
        return str(value)
    return clean(value).strip() or None if isinstance(value, str) else None


def own_id(item: Mapping[str, Any], *, name: str) -> str:
    """Read the `id` of this very object; without one the object is unusable."""
    found = opaque_id(item.get("id"))
    if found is None:
        raise Unusable(f"the {name} has no id")
    return found


def text(item: Mapping[str, Any], *keys: str) -> str:
    """Return the first of these keys that holds text (or a plain number, as its digits), '' if none does."""
    for key in keys:
        value = item.get(key)
        if isinstance(value, str):
            return clean(value)
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < LARGEST_AMOUNT:
            return str(value)
    return ""


def clean(value: str) -> str:
    """Return the text without what JSON can spell and a database cannot store: NUL and lone surrogates."""
    return value.replace("\x00", "").encode("utf-8", "replace").decode()


def struct(data: object, *, name: str) -> Mapping[str, Any]:
    """Return the data as an object; anything else is unusable."""
    if not isinstance(data, dict):
        raise Unusable(f"the {name} is no object")
    return data


def substruct(item: Mapping[str, Any], *, key: str) -> Mapping[str, Any]:
    """Return the object under the key; an empty one where there is none."""
    part = item.get(key)
    return part if isinstance(part, dict) else {}


def items(item: Mapping[str, Any], *, key: str) -> list[Any]:
    """Return the list under the key; an empty one where there is none."""
    part = item.get(key)
    return part if isinstance(part, list) else []
