"""Which identifiers are malformed and which get no reward. Only their spelling decides."""

import re
import zlib

EMAIL = re.compile(r"[^@\s,;<>\"()\[\]:\\]+@[\w-]+(\.[\w-]+)*\.[^\W\d_]{2,}")
PHONE = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
LONGEST_EMAIL = 254

NOT_FOUND = "User not found"
UNREACHABLE = "Phone number unreachable"
NOT_ELIGIBLE = "User is not eligible"
# An unexpected text: markup, quotes, another script.
WEIRD = 'Провал <b>№ 7</b>: guest\'s "wallet" & co. said no'

# A local part with this start, or a phone with this end, fails at every merchant.
EMAIL_SPELLINGS = {
    "notfound": NOT_FOUND,
    "invalid": "Email address is invalid",
    "ineligible": NOT_ELIGIBLE,
    "weird": WEIRD,
}
PHONE_SPELLINGS = {"5550404": NOT_FOUND, "5550400": UNREACHABLE, "5550403": NOT_ELIGIBLE, "5550499": WEIRD}
# Cumulative percentages of the identifiers that fail by chance.
EMAIL_CHANCES = ((85, NOT_FOUND), (100, NOT_ELIGIBLE))
PHONE_CHANCES = ((60, NOT_FOUND), (90, UNREACHABLE), (100, NOT_ELIGIBLE))

MILLION = 1_000_000


def is_email(value: str) -> bool:
    """Return whether the value has the form of an e-mail address."""
    return len(value) <= LONGEST_EMAIL and EMAIL.fullmatch(value) is not None


def is_phone(value: str) -> bool:
    """Return whether the value is a phone number in E.164."""
    return PHONE.fullmatch(value) is not None


def failure_of(*, kind: str, value: str, merchant_id: str, seed: int, share: float) -> str | None:
    """Return why this guest gets no reward at this merchant, or None: the same at every call."""
    spelled = _spelled(kind, value)
    if spelled is not None or not share:
        return spelled
    drawn = zlib.crc32(f"{seed}|{merchant_id}|{value.lower()}".encode()) % MILLION
    if drawn >= share * MILLION:
        return None
    chances = EMAIL_CHANCES if kind == "email" else PHONE_CHANCES
    return next(text for below, text in chances if drawn % 100 < below)


def _spelled(kind: str, value: str) -> str | None:
    if kind == "phone":
        return PHONE_SPELLINGS.get(value[-7:])
    local = value.lower()
    return next((text for start, text in EMAIL_SPELLINGS.items() if local.startswith(start)), None)
