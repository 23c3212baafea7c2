r"""Which character separates the cells of a text file. Quotes decide first, then how many identifiers stand alone.

For example:

    delimiter_of("Name^Email\nAna^ana@example.com\n", country="US")    # "^"
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

from lists.columns.names import KINDS, names_kind, speaks_of
from lists.delimited import CONTROLS, SEPARATOR_LINE, rows_of
from lists.file_problems import Unopenable
from lists.identifiers import email_in_cell, has_text

USUAL = ",;\t|"
NEVER = "@\"'\r\n.,;\t|"
WITHIN_ADDRESSES = "-_+."
"""Signs of ordinary addresses: they separate only what the header names as several columns."""

SAMPLE_ROWS = 200
ALIKE = 0.6
"""The share of rows that have the same number of cells, where a rare sign separates them."""

SIGNS_FROM, SIGNS_WITHIN, MOST_SIGNS = 60, 64 * 1024, 8
"""Rare signs are looked for in so many lines and characters; as many of them are tried."""

_PHONE = re.compile(r"\s*\+?[0-9(][0-9 ().-]{6,18}\s*").fullmatch
_OPENS = re.compile(r'(?:^|[,;\t|])\s*"[^"]*$').search
_CLOSES = re.compile(r'[^"]*"\s*(?:$|[,;\t|])').match
_PERSONAL = frozenset(
    {"name", "first", "last", "firstname", "lastname", "surname", "nombre", "nom", "vorname", "nachname"}
)


@dataclass(frozen=True, kw_only=True)
class Cut:
    """What a text looks like when it is cut at one character."""

    within_quotes: int
    identifiers: int
    alike: float
    width: int
    rows: Sequence[Sequence[str]]

    @property
    def rank(self) -> tuple[int, int, float, int]:
        return -self.within_quotes, self.identifiers, self.alike if self.width > 1 else 0.0, self.width


UNSUITABLE = Cut(within_quotes=SIGNS_WITHIN, identifiers=0, alike=0.0, width=1, rows=())


def delimiter_of(text: str) -> str:
    """Return the character that cuts out the most identifiers, into rows of equal width; a comma if none does."""
    named = SEPARATOR_LINE(text.partition("\n")[0])
    if named:
        return named.group(1)
    cuts = {delimiter: cut_at(text, delimiter) for delimiter in USUAL}
    best = max(USUAL, key=lambda delimiter: (*cuts[delimiter].rank, -USUAL.index(delimiter)))
    return _rare(text, cuts[best]) or best


def cut_at(text: str, delimiter: str) -> Cut:
    """Return what the first rows look like when they are cut at a character. Quoted rows are opened; see `opened`."""
    sample = islice(rows_of(io.StringIO(text, newline=""), delimiter=delimiter, most_cells=len(text) + 1), SAMPLE_ROWS)
    try:
        rows = opened([row for _, row in sample if any(map(has_text, row))], delimiter)
    except Unopenable:
        return UNSUITABLE
    # Titles and totals are single cells.
    widths = Counter(len(row) for row in rows if len(row) > 1)
    is_table = widths.total() * 2 > len(rows)
    width, alike = widths.most_common(1)[0] if is_table else (1, len(rows))
    return Cut(
        within_quotes=sum(map(_is_cut_within_quotes, rows)),
        identifiers=sum(stands_alone(cell) for row in rows for cell in row),
        alike=alike / max(1, widths.total() if is_table else len(rows)),
        width=width,
        rows=rows,
    )


def opened(rows: Sequence[Sequence[str]], delimiter: str) -> list[Sequence[str]]:
    """Return rows of which every one is a single quoted cell as the rows that they quote; others as they are."""
    if not rows or any(len(row) != 1 or delimiter not in row[0] for row in rows):
        return list(rows)
    inner = [next(csv.reader([row[0]], delimiter=delimiter), []) for row in rows]
    alike = len({len(row) for row in inner}) == 1
    is_table = alike and any(speaks_of(cell, kind) for cell in inner[0] for kind in KINDS)
    return list(inner) if is_table else list(rows)


def stands_alone(cell: str) -> bool:
    """Whether a cell is nothing but an identifier."""
    return isinstance(email_in_cell(cell), str) if "@" in cell else bool(_PHONE(cell))


def _is_cut_within_quotes(row: Sequence[str]) -> bool:
    """Whether quotes that belong together have come into two cells of a row."""
    odd = [cell for cell in row if cell.count('"') % 2]
    return any(_OPENS(first) and _CLOSES(later) for first, later in pairwise(odd))


def _rare(text: str, usual: Cut) -> str:
    """Return a rare separator, where the usual ones leave identifiers among other text; nothing where none is found."""
    crowded = sum("@" in cell and not stands_alone(cell) for row in usual.rows for cell in row)
    wanted = crowded * 2 > len(usual.rows) or usual.width == 1 or usual.alike < ALIKE
    signs = _signs_of(text) if wanted and crowded else []
    cuts = {sign: cut_at(text, sign) for sign in signs}
    good = [sign for sign, cut in cuts.items() if _suits(sign, cut, usual)]
    return max(good, key=lambda sign: cuts[sign].rank, default="")


def _signs_of(text: str) -> list[str]:
    """Return the signs that may separate: those that are in most of the first lines, the most frequent first."""
    lines = [line for line in re.split(r"[\r\n]+", text[:SIGNS_WITHIN])[:SIGNS_FROM] if any(map(str.isalnum, line))]
    found = Counter(sign for line in lines for sign in set(line))
    separating = [sign for sign in found if sign in CONTROLS or not (sign.isalnum() or sign.isspace() or sign in NEVER)]
    within = [sign for sign in WITHIN_ADDRESSES if sign in found]
    often = [sign for sign in [*separating, *within] if found[sign] * 2 >= len(lines)]
    return sorted(often, key=lambda sign: -found[sign])[:MOST_SIGNS]


def _suits(sign: str, cut: Cut, usual: Cut) -> bool:
    if cut.width == 1 or cut.alike < ALIKE or _repeats_a_label(cut.rows):
        return False
    header = next(([cell.strip() for cell in row] for row in cut.rows if len(row) == cut.width), [])
    named = any(names_kind(cell, kind) for cell in header for kind in KINDS)
    if sign in WITHIN_ADDRESSES:
        return named and len(cut.rows) > 1 and any(cell.lower() in _PERSONAL for cell in header)
    return cut.identifiers > usual.identifiers or (named and cut.identifiers >= usual.identifiers and len(header) > 1)


def _repeats_a_label(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first cell of every row is the same word for an identifier, as in `Email: ana@example.com`."""
    first = {row[0].strip().lower() for row in rows if len(row) > 1}
    return len(first) == 1 and any(speaks_of(next(iter(first)), kind) for kind in KINDS)
