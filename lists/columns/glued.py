"""Whether the only column of a list holds two things, joined by a sign that addresses have as well. Pure.

    seems_glued("id-email", ["7-ana@example.com", "8-bo@example.com"])    # True
    seems_glued("E-mail", ["ann-marie@example.com"])                      # False

Each such cell is a valid address, and may be another guest's. So the user says what the column is.
"""

import re
from collections.abc import Sequence

from lists.columns.names import KINDS, Clearness, names_kind, naming, words_of

SIGNS = "-_+."
"""Signs of ordinary addresses."""

FEWEST = 2
"""Cells that begin alike by chance are fewer."""


def seems_glued(name: str, cells: Sequence[str]) -> bool:
    """Whether every address of a column may begin with something else; `name` is empty where no row names it."""
    addresses = [cell.strip() for cell in cells if "@" in cell]
    if not addresses:
        return False
    before = [address.partition("@")[0] for address in addresses]
    if any(_names_two(name, sign) and all(sign in local for local in before) for sign in SIGNS):
        return True
    return len(addresses) >= FEWEST and any(all(map(joined, addresses)) for joined in _JOINED)


def _names_two(name: str, sign: str) -> bool:
    """Whether a name is rather two names: `id-email`, but not `E-mail` or `Guest_Email`."""
    parts = name.split(sign)
    words = words_of(name)
    is_one = naming(name, "email") >= Clearness.OWN and len(words) == len(set(words))
    return len(parts) > 1 and not is_one and any(names_kind(part, kind) for part in parts for kind in KINDS)


_JOINED = (
    re.compile(r"([A-Za-z0-9]+)[-_+.](?i:\1).*@.*").fullmatch,  # Ana-ana.lee@example.com
    re.compile(r"([A-Za-z0-9]+)[^@]*@.+\.(?i:\1)").fullmatch,  # ana.lee@example.com.Ana
    re.compile(r"[0-9]+[-_+.].+@.*").fullmatch,  # 1001_ana@example.com
    re.compile(r"[A-Z][a-z]+[-_+][a-z].*@.*").fullmatch,  # Lee_ana@example.com
)
