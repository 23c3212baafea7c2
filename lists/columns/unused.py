"""Identifiers in the columns that are not used: none vanishes, each is counted where it stands.

The independent count is of the file's text as it comes, not of its rows: what the rows do not show is noticed by it.
"""

import io
import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from operator import itemgetter
from typing import NamedTuple

from lists.delimited import NumberedRow

ADDRESS = re.compile(r"[^\s@,;:|<>()\"'=]@[^\s@,;|<>()\"']*\.[^\s@,;|<>()\"']")
NUMBER = re.compile(r"(?<![\w.@+-])(?:\+|00)?\(?[0-9](?:[ ().-]{0,2}[0-9]){9,13}(?![\w@-])")
_DIGITS = re.compile("[0-9]{10}").search
PIECE = 64 * 1024


class Unused(NamedTuple):
    """How many addresses and numbers stand in one column that is not used. `place` is None for the rows above."""

    place: int | None
    emails: int
    phones: int


class UnusedColumns:
    """Counts the identifiers outside the used columns, and the signs @ inside and outside them.

    `width` is the number of columns that most rows have.
    """

    def __init__(self, used: Collection[int | None], *, width: int) -> None:
        self._used = sorted({place for place in used if place is not None})
        self._width = width
        rest = [place for place in range(width) if place not in self._used]
        self._rest = _picker(rest)
        self._in_use = _picker(self._used) if all(place < width for place in self._used) else None
        self._emails: Counter[int | None] = Counter()
        self._phones: Counter[int | None] = Counter()
        self.signs = 0

    def look(self, rows: Sequence[NumberedRow]) -> None:
        """Count what some rows hold. Rows are examined one by one only where some of them hold anything."""
        regular = [row for _, row in rows if len(row) == self._width] if self._in_use else []
        odd = [row for _, row in rows if len(row) != self._width] if self._in_use else [row for _, row in rows]
        if regular and self._in_use:
            self.signs += "\n".join(map(self._in_use, regular)).count("@")
            self._look_at_rest("\n".join(map(self._rest, regular)), regular)
        if odd:
            self.signs += sum(row[place].count("@") for row in odd for place in self._used if place < len(row))
            self._look_at_rest("\n".join("\t".join(self._unused_of(row)) for row in odd), odd)

    def look_above(self, cells: Sequence[str]) -> None:
        """Count what a row above the first line holds."""
        text = "\n".join(cells)
        self.signs += text.count("@")
        self._emails[None] += len(ADDRESS.findall(text))
        self._phones[None] += len(NUMBER.findall(text))

    def found(self) -> list[Unused]:
        """Return what was counted, by column."""
        places = sorted({*self._emails, *self._phones}, key=lambda place: -1 if place is None else place)
        every = (Unused(place, self._emails[place], self._phones[place]) for place in places)
        return [one for one in every if one.emails or one.phones]

    def _look_at_rest(self, text: str, rows: Sequence[Sequence[str]]) -> None:
        signs = text.count("@")
        self.signs += signs
        if signs or _has_ten_digits(text):
            for row in rows:
                self._count(row)

    def _unused_of(self, row: Sequence[str]) -> list[str]:
        return [cell for place, cell in enumerate(row) if place not in self._used]

    def _count(self, row: Sequence[str]) -> None:
        for place, cell in enumerate(row):
            if place in self._used or not cell:
                continue
            if "@" in cell:
                self._emails[place] += len(ADDRESS.findall(cell))
            elif _has_ten_digits(cell):
                self._phones[place] += len(NUMBER.findall(cell))


def _has_ten_digits(text: str) -> bool:
    # Several times as fast as one expression, or a translation, over the text of thousands of lines.
    for sign in " -().":
        text = text.replace(sign, "")
    return _DIGITS(text) is not None


def _picker(places: Sequence[int]) -> Callable[[Sequence[str]], str]:
    """Return a function that joins the cells at these places of a row."""
    if not places:
        return lambda _: ""
    if len(places) == 1:
        return itemgetter(places[0])
    pick = itemgetter(*places)
    return lambda row: "\t".join(pick(row))


def signs_in_text(text: io.TextIOBase) -> int:
    """Return how many signs @ a text holds: the independent count, as long as it agrees with that of the rows."""
    return sum(piece.count("@") for piece in iter(lambda: text.read(PIECE), ""))
