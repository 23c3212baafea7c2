"""What a reading finds besides the lines it leaves out: what was doubted, repaired and spelled anew, with examples."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from issuance.lines import TO_FIX, Accepted, LeftOut
from issuance.models import Upload
from issuance.repairs import Doubt, suggested
from issuance.sealing import Unsealable, seal, unseal

EXAMPLES = 3
"""Of each kind, to show what is meant."""

LONGEST_SHOWN = 100
SEALED_EXAMPLES = "examples"
"""The purpose under which examples are sealed."""


class Level(StrEnum):
    """What follows from a finding.

    The line of an ERROR is not sent until it is corrected; of a SUGGESTED one it is known what was probably meant. The
    line of a WARNING is sent unless somebody leaves it out. APPLIED: a person said who is meant. NOTE: only the
    spelling is another one.
    """

    ERROR = "error"
    SUGGESTED = "suggested"
    WARNING = "warning"
    APPLIED = "applied"
    NOTE = "note"


class Spelling(StrEnum):
    """How an identifier is sent in another spelling than it was written."""

    CAPITALS = "capitals"
    EMAIL_TRIMMED = "email_trimmed"
    COUNTRY_ADDED = "country_added"
    PHONE_TRIMMED = "phone_trimmed"


class Example(NamedTuple):
    """One line of a kind: its number, what it said, and what is sent or suggested instead."""

    line: int
    before: str
    after: str


class Findings:
    """Counts by level and reason, and the first examples of each."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[Level, str]] = Counter()
        self.examples: dict[tuple[Level, str], list[Example]] = {}

    def add(self, level: Level, reason: str, example: Example) -> None:
        """Count one line."""
        self.counts[level, reason] += 1
        kept = self.examples.setdefault((level, reason), [])
        if len(kept) < EXAMPLES:
            kept.append(Example(example.line, example.before[:LONGEST_SHOWN], example.after[:LONGEST_SHOWN]))

    def of_accepted(self, line: int, found: Accepted) -> None:
        """Count a line whose identifier is not sent as it was written."""
        example = Example(line, found.cell, found.value)
        if found.reason:
            self.add(Level.APPLIED, found.reason, example)
        else:
            self.add(Level.NOTE, _spelling(found), example)

    def of_doubted(self, line: int, reason: str, value: str, *, country: str) -> None:
        """Count a line that is sent although something makes us doubt it."""
        self.add(Level.WARNING, reason, Example(line, value, suggested(reason, value, country=country)))

    def of_left_out(self, line: int, found: LeftOut, *, country: str) -> None:
        """Count a line that is not sent."""
        after = suggested(found.reason, found.cell, country=country)
        if found.reason in TO_FIX or found.reason in _DOUBTS:
            self.add(Level.ERROR, found.reason, Example(line, found.cell, after))
        if after:
            self.counts[Level.SUGGESTED, found.reason] += 1

    def kept(self) -> dict[str, dict[str, int]]:
        """Return the counts as they are kept on an upload, by level and reason."""
        return {
            level.value: {reason: count for (of, reason), count in self.counts.items() if of is level}
            for level in Level
        }

    def sealed(self) -> bytes:
        """Return the examples, encrypted: they are identifiers."""
        listed = [[level.value, reason, rows] for (level, reason), rows in self.examples.items()]
        return seal(json.dumps(listed).encode(), purpose=SEALED_EXAMPLES)


def examples_of(upload: Upload) -> Mapping[tuple[Level, str], Sequence[Example]]:
    """Return the examples of a reading; none when they are erased or cannot be opened."""
    try:
        listed: list[Any] = json.loads(unseal(upload.sealed_examples, purpose=SEALED_EXAMPLES))
    except Unsealable:
        return {}
    return {(Level(level), reason): [Example(*row) for row in rows] for level, reason, rows in listed}


def counts_of(upload: Upload, level: Level) -> Mapping[str, int]:
    """Return how many lines of this level a reading found, by reason."""
    found: dict[str, int] = upload.findings.get(level.value, {})
    return found


_DOUBTS = frozenset(doubt.value for doubt in Doubt)


def _spelling(found: Accepted) -> Spelling:
    if found.kind == "email":
        return Spelling.CAPITALS if found.cell.lower() == found.value else Spelling.EMAIL_TRIMMED
    return Spelling.PHONE_TRIMMED if "+" in found.cell else Spelling.COUNTRY_ADDED
