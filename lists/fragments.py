"""Addresses and numbers among other words. Pure.

addresses_in("Ana ana@example.com (work)")    # ["ana@example.com"]
numbers_in("Cell: 212-555-0103")              # ["212-555-0103"]
"""

import re

_ADDRESS = re.compile(
    r"(?<![\w.+@-])(?<!\w')[A-Za-z0-9_][A-Za-z0-9_+'-]*(?:\.[A-Za-z0-9_+'-]+)*"
    r"@[A-Za-z0-9][A-Za-z0-9-]*(?:\.[A-Za-z0-9-]+)+(?![\w@-])"
)
_NUMBER = re.compile(r"(?<![\w+.-])\+?\(?[0-9](?:[\s().-]{0,3}[0-9]){6,16}(?![\w@])")

LIKE_ADDRESS = re.compile(r"[^\s@,;<>()\"]@[^\s@,;<>()\"]+\.[^\s@,;<>()\"]").search
"""Whether a text may hold an address, even a damaged one."""

_OF_OTHERS = re.compile(
    r"\b(fax|manager|store|order|account|acct|customer|member|card|loyalty|invoice|ticket|ref|reference|referr\w+|id|no|nr"
    r"|number|zip|ext|from|cc|bcc|emergency|sku|upc|not|never|old|wrong|former)\b",
    re.IGNORECASE,
).search


def addresses_in(text: str) -> list[str]:
    """Return the addresses in a text, each once, in lower case; only those whose beginning and end are plain."""
    return list(dict.fromkeys(found.group().lower() for found in _ADDRESS.finditer(text)))


def numbers_in(text: str) -> list[str]:
    """Return what looks like a phone number in a text."""
    return [found.group() for found in _NUMBER.finditer(text)]


def only_address_in(text: str) -> str:
    """Return the one address that a text plainly contains, nothing where it may begin earlier, as in `jo lee@x.com`."""
    found = list(_ADDRESS.finditer(text))
    if len({one.group().lower() for one in found}) != 1 or text.count("@") != len(found) or _OF_OTHERS(text):
        return ""
    before, address = text[: found[0].start()], found[0].group()
    word = before.rpartition(" ")[2] if not before.endswith(" ") else before.split()[-1] if before.split() else ""
    local = address.partition("@")[0]
    is_part = before.endswith(" ") and word.rstrip(".").isalpha() and (word.islower() or local[:1].isupper())
    is_part = is_part or (before.endswith(". ") and word.rstrip(".").isalpha())
    return "" if is_part and word.lower() not in local.lower() and word not in _LABELS else address.lower()


def only_number_in(text: str) -> str:
    """Return the one number that a text plainly contains; nothing beside others, or where another thing has it."""
    found = numbers_in(text)
    if len(found) != 1 or _OF_OTHERS(text):
        return ""
    around = text.replace(found[0], " ", 1)
    return "" if re.search("[0-9]{3}", around) else found[0]


_LABELS = frozenset({"work", "home", "personal", "private", "email", "e-mail", "mail", "smtp", "is", "to", "at"})
