"""Payloads as they may be shown: without anything that identifies a guest.

    masked({"email": "ana@example.com", "state": "done"})    # {"email": "•••", "state": "done"}

Everything that may be an identifier is masked. Now and then that hides a date or an id, which does no harm.
"""

import re
from collections.abc import Mapping
from typing import Any

MASK = "•••"
MOST_ITEMS = 10
"""Of a longer list, so many items are shown: a job may name 10,000 failures."""

PERSONAL = frozenset(
    {
        *("user", "guest", "customer", "recipient", "user_id", "guest_id", "customer_id", "user_identifier", "value"),
        *("email", "phone", "first_name", "last_name", "full_name", "birth_date", "zip_code", "address"),
    }
)
"""Everything under these names is about a guest."""

IDS = frozenset(
    {"id", "issuance_job_id", "merchant_id", "reward_id", "campaign_id", "variant_id", "reward_template_id", "event"}
)
"""Ids of Thanx, which may look like phone numbers."""

OPAQUE = re.compile(r"\d{1,100}|(?=.*[A-Za-z])[\w.-]{1,100}", re.ASCII)
TIMESTAMP = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?", re.ASCII)
EMAIL = re.compile(r"[^\s@<>\"',;()]+(?:@|%40|＠)[^\s@<>\"',;()]+")
PHONE = re.compile(r"(?<![\w-])\+?\(?\d(?:[\s().\-/]{0,3}\d){6,}(?![\w-])")
PHONE_IN_NAME = re.compile(r"(?<![\w-])(?!20\d\d[-_. ]?[01]\d)\+?\(?\d(?:[\s().\-/]{0,3}\d){9,}(?![\w-])")
"""Files are often named for a day and a time, which are no telephone number."""

LONG_NUMBER = 10**6
FEWEST_DIGITS = 7
"""Of a phone number, so that two of them say little."""


def masked_identifier(value: str) -> str:
    """Return an email address or a phone number so that a user can tell lines apart, and reach no guest.

    Of an address the first sign stays, of a number the last two digits, of anything else nothing.
    """
    name, at, _ = value.strip().rpartition("@")
    if at:
        return f"{name[:1]}{MASK}@{MASK}"
    digits = [sign for sign in value if sign.isdigit()]
    return f"{MASK}{''.join(digits[-2:])}" if len(digits) >= FEWEST_DIGITS else MASK if value else ""


def shown(identifier: str, *, clear: bool) -> str:
    """Return an identifier as a page shows it: masked unless it is revealed."""
    return identifier if clear else masked_identifier(identifier)


def masked(value: Any, *, key: str = "", personal: bool = False) -> Any:
    """Return a JSON value of the same shape in which no guest can be recognised. Long lists are cut."""
    if isinstance(value, Mapping):
        return {
            masked_text(name): masked(inner, key=name, personal=personal or name.casefold() in PERSONAL)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        shown = [masked(inner, key=key, personal=personal) for inner in value[:MOST_ITEMS]]
        return shown + [f"… and {len(value) - MOST_ITEMS:,} more"] * (len(value) > MOST_ITEMS)
    if isinstance(value, bool) or value is None:
        return value
    if personal:
        return MASK
    return _masked_scalar(value, key=key)


def masked_text(words: str) -> str:
    """Return words without email addresses and telephone numbers."""
    return PHONE.sub(MASK, EMAIL.sub(MASK, words))


def masked_name(name: str) -> str:
    """Return the name of a file or a list without email addresses and telephone numbers; dates stay."""
    return PHONE_IN_NAME.sub(MASK, EMAIL.sub(MASK, name))


def _masked_scalar(value: Any, *, key: str) -> Any:
    if not isinstance(value, str):
        return MASK if abs(value) >= LONG_NUMBER and key not in IDS else value
    if key == "identifier":
        return MASK
    is_ours = TIMESTAMP.fullmatch(value) or (key in IDS and OPAQUE.fullmatch(value))
    return value if is_ours else masked_text(value)
