"""Reads the values of the partner's JSON: tolerant where that is harmless, strict where it is not.

Nothing here quotes what it read: a value may be a guest's identifier.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, TypeVar, get_type_hints

LARGEST_COUNT = 2**31  # more than any count of ours, and the most that a database column takes
LARGEST_AMOUNT = 10**12

T = TypeVar("T")


class Unusable(ValueError):
    """An answer lacks what makes it useful. The text names the key, never the value."""


def read(kind: Callable[..., T], item: Mapping[str, Any], *, spelled: Callable[[str], str] = str, **given: Any) -> T:
    """Return a dataclass read from an object: each field from the key of its name, in the way of its type.

    An absent or unreadable value is '' for `str` and None for all others; a `str | None` is an opaque id. `spelled`
    turns the name of a field into its key. `given` holds the fields that are read in another way.
    """
    found = {name: reader(item, spelled(name)) for name, reader in _readers(kind) if name not in given}
    return kind(**found, **given)


def moment(value: object) -> datetime | None:
    """Read an ISO 8601 date and time, and return it in UTC. Without an offset it counts as UTC. Unreadable is None."""
    if not isinstance(value, str):
        return None
    try:
        read = datetime.fromisoformat(value.strip())
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def count(item: Mapping[str, Any], *keys: str) -> int | None:
    """Read the first of these keys with a whole number of at least 0, also when it is spelled as a string."""
    for key in keys:
        number = amount(item.get(key))
        if number is not None and 0 <= number < LARGEST_COUNT and number == int(number):
            return int(number)
    return None


def amount(value: object) -> Decimal | None:
    """Read a number, also when it is spelled as a string. None for no number, infinity, NaN and absurd sizes."""
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
    """Read an id, an opaque string; a number becomes its digits. None where there is none."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**64:
        return str(value)
    return clean(value).strip() or None if isinstance(value, str) else None


def own_id(item: Mapping[str, Any], *, name: str) -> str:
    """Read the `id` of this object. Without one the object is unusable."""
    found = opaque_id(item.get("id"))
    if found is None:
        raise Unusable(f"the {name} has no id")
    return found


def text(item: Mapping[str, Any], *keys: str) -> str:
    """Read the first of these keys with a text, or a whole number as its digits. '' if there is none."""
    for key in keys:
        value = item.get(key)
        if isinstance(value, str):
            return clean(value)
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < LARGEST_AMOUNT:
            return str(value)
    return ""


def clean(value: str) -> str:
    """Return the text without NUL and lone surrogates, which JSON can hold and a database cannot."""
    return value.replace("\x00", "").encode("utf-8", "replace").decode()


def truth(value: object) -> bool | None:
    """Read a boolean; anything else is None."""
    return value if isinstance(value, bool) else None


def struct(data: object, *, name: str) -> Mapping[str, Any]:
    """Return the data if it is an object. Anything else is unusable."""
    if not isinstance(data, dict):
        raise Unusable(f"the {name} is no object")
    return data


def substruct(item: Mapping[str, Any], *, key: str) -> Mapping[str, Any]:
    """Return the object under the key, an empty one where there is none."""
    part = item.get(key)
    return part if isinstance(part, dict) else {}


def items(item: Mapping[str, Any], *, key: str) -> list[Any]:
    """Return the list under the key, an empty one where there is none."""
    part = item.get(key)
    return part if isinstance(part, list) else []


_BY_TYPE: Mapping[Any, Callable[[Mapping[str, Any], str], Any]] = {
    str: text,
    str | None: lambda item, key: opaque_id(item.get(key)),
    int | None: count,
    bool | None: lambda item, key: truth(item.get(key)),
    Decimal | None: lambda item, key: amount(item.get(key)),
    datetime | None: lambda item, key: moment(item.get(key)),
}


@cache
def _readers(kind: Any) -> tuple[tuple[str, Callable[[Mapping[str, Any], str], Any]], ...]:
    """Return the reader of each field; fields of other types have none and are always given."""
    types = get_type_hints(kind)
    named = ((field.name, _BY_TYPE.get(types[field.name])) for field in fields(kind))
    return tuple((name, reader) for name, reader in named if reader is not None)
