"""What the name of a column says about its cells, in one of some languages. Pure.

For example:

    naming("Correo electrónico", "email")    # Clearness.EXACT
    naming("Work e-mail", "email")           # Clearness.NAMED
    naming("Manager email", "email")         # Clearness.OTHER: it is not the guest's
"""

import re
from enum import IntEnum
from functools import lru_cache

from lists.cleaning import INVISIBLE
from lists.columns.vocabulary import (
    ABOUT,
    ABOUT_BEGINNINGS,
    BASE,
    EXACT,
    GUESTS,
    JOINED_THING,
    NUMBER_WORDS,
    OTHERS,
    OTHERS_BEGINNINGS,
    OTHERS_PARTS,
    SPARE,
    THINGS,
    plain_name,
)

KINDS = ("email", "phone")


class Clearness(IntEnum):
    """How a column's name speaks of a kind of identifier, the clearest last."""

    OTHER = 0
    """It is named for something else: never the guest's identifier, whatever it holds."""

    UNKNOWN = 1
    """The name says nothing, or there is none: what it holds decides."""

    SPARE = 2
    """A second one of the kind: `Email 2`, `Alternative phone`."""

    NAMED = 3
    OWN = 4
    EXACT = 5


def speaks_of(name: str, kind: str) -> bool:
    """Whether a name has the word for a kind of identifier, also if it only speaks about one: `Phone type`."""
    words = words_of(name)
    joined = "".join(words)
    own, parts = BASE[kind]
    return any(word in own for word in words) or any(part in joined for part in parts)


def names_kind(name: str, kind: str) -> bool:
    """Whether the name of a column says that it holds this kind of identifier."""
    return naming(name, kind) >= Clearness.SPARE


@lru_cache(maxsize=1_000)
def naming(name: str, kind: str) -> Clearness:
    """Return how clearly a name says that the column holds guests' identifiers of this kind."""
    words = words_of(name)
    speaks = speaks_of(name, kind)
    if any(map(_is_of_others, words)) or _is_a_thing(words, kind, speaks=speaks):
        return Clearness.OTHER
    if not speaks:
        return Clearness.UNKNOWN
    if any(word in ABOUT or word.startswith(ABOUT_BEGINNINGS) for word in words):
        return Clearness.OTHER
    if any(word in SPARE for word in words):
        return Clearness.SPARE
    if "".join(words) in EXACT[kind]:
        return Clearness.EXACT
    own = [word for word in words if word not in GUESTS]
    return Clearness.OWN if "".join(own) in EXACT[kind] or not own else Clearness.NAMED


def words_of(name: str) -> list[str]:
    """Return the words of a name, plain: `GuestE-Mail_2` is guest, email, 2."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", re.sub(r"(?i)\be-?\s?mail", "email", INVISIBLE.sub("", name)))
    return [word for word in re.split(r"[\W_]+|(?<=[a-z])(?=[0-9])", plain_name(apart)) if word]


def _is_of_others(word: str) -> bool:
    return word in OTHERS or word.startswith(OTHERS_BEGINNINGS) or any(part in word for part in OTHERS_PARTS)


def _is_a_thing(words: list[str], kind: str, *, speaks: bool) -> bool:
    things = {word for word in words if word in THINGS or JOINED_THING(word)}
    # In India an e-mail address is called an e-mail ID; a number of a phone is its number.
    allowed = (
        {"email": {"id", "ids"}, "phone": {*NUMBER_WORDS, "contactnumber", "contactno"}}[kind] if speaks else set()
    )
    return bool(things - allowed)
