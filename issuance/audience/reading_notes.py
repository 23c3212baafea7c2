"""What a reading notes for the check page: lines to fix, doubted, repaired or spelled anew, with some examples."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from issuance.models import Upload
from lists.lines import TO_FIX, Accepted, LeftOut
from lists.suggestions import Doubt, suggested
from vault.fields import purpose_of
from vault.sealing import Unsealable, seal, unseal

EXAMPLES = 3
"""So many examples are kept of each level and reason."""

LONGEST_SHOWN = 100
SEALED_EXAMPLES = purpose_of(Upload, "sealed_examples")
"""The purpose under which examples are sealed."""


class Level(StrEnum):
    """What happens to the lines of a finding.

    ERROR: not sent until it is corrected. SUGGESTED: an ERROR with a suggestion. WARNING: sent unless a user leaves it
    out. APPLIED: sent as a user said. NOTE: sent, only spelled differently.
    """

    ERROR = "error"
    SUGGESTED = "suggested"
    WARNING = "warning"
    APPLIED = "applied"
    NOTE = "note"


class Spelling(StrEnum):
    """How the identifier that is sent differs from the spelling in the file."""

    CAPITALS = "capitals"
    EMAIL_TRIMMED = "email_trimmed"
    COUNTRY_ADDED = "country_added"
    PHONE_TRIMMED = "phone_trimmed"


class Example(NamedTuple):
    """One line: its number, the text in the file, and what is sent or suggested instead."""

    line: int
    before: str
    after: str


class Findings:
    """Counts of lines by level and reason, and the first examples of each."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[Level, str]] = Counter()
        self.examples: dict[tuple[Level, str], list[Example]] = {}
        self._respelled: dict[str, int] = {}

    def add(self, level: Level, reason: str, example: Example) -> None:
        self.counts[level, reason] += 1
        self._exemplify((level, reason), example)

    def of_accepted(self, line: int, found: Accepted) -> None:
        """Count a line whose identifier is not sent as it was written."""
        if found.reason:
            self.add(Level.APPLIED, found.reason, Example(line, found.cell, found.value))
            return
        # This may be every line of a long list, so it only counts once there are enough examples.
        spelling = _spelling(found)
        seen = self._respelled.get(spelling, 0)
        self._respelled[spelling] = seen + 1
        if seen < EXAMPLES:
            self._exemplify((Level.NOTE, spelling), Example(line, found.cell, found.value))

    def of_doubted(self, line: int, reason: str, value: str, *, country: str) -> None:
        self.add(Level.WARNING, reason, Example(line, value, suggested(reason, value, country=country)))

    def of_left_out(self, line: int, found: LeftOut, *, country: str) -> None:
        after = suggested(found.reason, found.cell, country=country)
        if found.reason in TO_FIX or found.reason in _DOUBTS:
            self.add(Level.ERROR, found.reason, Example(line, found.cell, after))
        if after:
            self.counts[Level.SUGGESTED, found.reason] += 1

    def kept(self) -> dict[str, dict[str, int]]:
        """Return the counts as they are kept on an upload, by level and reason."""
        found: dict[str, dict[str, int]] = {level.value: {} for level in Level}
        for (level, reason), count in self.counts.items():
            found[level.value][reason] = count
        return found | {Level.NOTE.value: dict(self._respelled)}

    def sealed(self) -> bytes:
        """Return the examples, encrypted: they are identifiers."""
        listed = [[level.value, reason, rows] for (level, reason), rows in self.examples.items()]
        return seal(json.dumps(listed).encode(), purpose=SEALED_EXAMPLES)

    def _exemplify(self, kind: tuple[Level, str], example: Example) -> None:
        kept = self.examples.setdefault(kind, [])
        if len(kept) < EXAMPLES:
            kept.append(Example(example.line, example.before[:LONGEST_SHOWN], example.after[:LONGEST_SHOWN]))


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


def _spelling(found: Accepted) -> str:
    if found.kind == "email":
        return _CAPITALS if found.cell.lower() == found.value else _EMAIL_TRIMMED
    return _PHONE_TRIMMED if "+" in found.cell else _COUNTRY_ADDED


_CAPITALS, _EMAIL_TRIMMED, _COUNTRY_ADDED, _PHONE_TRIMMED = (each.value for each in Spelling)
