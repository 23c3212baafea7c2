"""Payloads as they may be shown: everything but who the guests are.

What might be a guest's identifier is masked wherever it stands; a date or an id too much is no loss.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

MASK = "•••"
MOST_ITEMS = 10
"""Of a list, as many are shown: a job may name 10,000 failures."""

PERSONAL = frozenset(
    {
        *("user", "guest", "customer", "recipient", "user_id", "guest_id", "customer_id", "user_identifier", "value"),
        *("email", "phone", "first_name", "last_name", "full_name", "birth_date", "zip_code", "address"),
    }
)
"""Whatever stands under these names is about a guest."""

IDS = frozenset(
    {"id", "issuance_job_id", "merchant_id", "reward_id", "campaign_id", "variant_id", "reward_template_id", "event"}
)
"""Thanx's own names of things, which may look like phone numbers."""

OPAQUE = re.compile(r"\d{1,100}|(?=.*[A-Za-z])[\w.-]{1,100}", re.ASCII)
TIMESTAMP = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?", re.ASCII)
EMAIL = re.compile(r"[^\s@<>\"',;()]+(?:@|%40|＠)[^\s@<>\"',;()]+")
PHONE = re.compile(r"(?<![\w-])\+?\(?\d(?:[\s().\-/]{0,3}\d){6,}(?![\w-])")
LONG_NUMBER = 10**6


def masked(value: Any, *, key: str = "", personal: bool = False) -> Any:
    """Return a JSON value with the same shape in which nobody can be recognised. Long lists are cut."""
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
    """Return words without e-mail addresses and telephone numbers."""
    return PHONE.sub(MASK, EMAIL.sub(MASK, words))


def _masked_scalar(value: Any, *, key: str) -> Any:
    if not isinstance(value, str):
        return MASK if abs(value) >= LONG_NUMBER and key not in IDS else value
    if key == "identifier":
        return MASK
    is_ours = TIMESTAMP.fullmatch(value) or (key in IDS and OPAQUE.fullmatch(value))
    return value if is_ours else masked_text(value)
