r"""Which character separates the cells of a text file. Quotes decide first, then how many identifiers stand alone.

For example:

    delimiter_of("Name^Email\nAna^ana@example.com\n", country="US")    # "^"
"""

import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

from lists.columns.names import KINDS, names_kind, speaks_of
from lists.delimited import CONTROLS, SEPARATOR_LINE, rows_of, unwrapped
from lists.file_problems import Unopenable
from lists.fragments import numbers_in
from lists.identifiers import email_in_cell, has_text

USUAL = ",;\t|"
NEVER = "@\"'\r\n.,;\t|\0"
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
_PERSONAL = re.compile(
    r"(?:.*[\W_])?(?:full|first|last|given|family)?[\s_]?(?:name|surname|nombre|apellidos?|nom|prenom|vorname|nachname)",
    re.IGNORECASE,
).fullmatch
_PLAIN_NAME = re.compile(r"[\w .()/-]+").fullmatch


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
    return best if _is_settled(cuts[best]) else _rare(text, cuts[best]) or best


def _is_settled(cut: Cut) -> bool:
    """Whether rows of equal width stand below plain names of columns, of which one names an identifier."""
    names = _names_in(cut)
    return cut.alike > ALIKE and len(names) > 1 and all(map(_PLAIN_NAME, filter(None, names)))


def _names_in(cut: Cut) -> Sequence[str]:
    """Return the first row that is as wide as the table and has names of identifiers, but no identifier."""
    rows = ([cell.strip() for cell in row] for row in cut.rows if len(row) == cut.width > 1)
    named = (row for row in rows if any(names_kind(cell, kind) for cell in row for kind in KINDS))
    return next((row for row in named if not any("@" in cell or _PHONE(cell) for cell in row)), [])


def cut_at(text: str, delimiter: str) -> Cut:
    """Return what the first rows look like when they are cut at a character. Quoted rows are opened; see `opened`."""
    sample = islice(rows_of(io.StringIO(text, newline=""), delimiter=delimiter, most_cells=len(text) + 1), SAMPLE_ROWS)
    try:
        rows = unquoted_rows([row for _, row in sample if any(map(has_text, row))], delimiter)
    except Unopenable:
        return UNSUITABLE
    # Titles and totals are single cells.
    widths = Counter(len(row) for row in rows if len(row) > 1)
    is_table = widths.total() * 2 > len(rows)
    width, alike = widths.most_common(1)[0] if is_table else (1, len(rows))
    return Cut(
        within_quotes=_cuts_within_quotes(cell for row in rows for cell in row),
        identifiers=sum(stands_alone(cell) for row in rows for cell in row),
        alike=alike / max(1, widths.total() if is_table else len(rows)),
        width=width,
        rows=rows,
    )


def unquoted_rows(rows: Sequence[Sequence[str]], delimiter: str) -> list[Sequence[str]]:
    """Return rows of which every one is a single quoted cell as the rows that they quote; others as they are."""
    inner = [unwrapped(row, delimiter) for row in rows]
    alike = len({len(row) for row in inner}) == 1 and all(inner)
    is_table = alike and (
        any(speaks_of(cell, kind) for cell in inner[0] for kind in KINDS)
        or all(sum("@" in cell for cell in row) == 1 for row in inner)
    )
    return list(inner) if is_table else list(rows)


def stands_alone(cell: str) -> bool:
    """Whether a cell is nothing but an identifier."""
    return isinstance(email_in_cell(cell), str) if "@" in cell else bool(_PHONE(cell))


def _cuts_within_quotes(cells: Iterable[str]) -> int:
    """Return how many quotes that belong together have come into two cells."""
    odd = [cell for cell in cells if cell.count('"') % 2]
    return sum(bool(_OPENS(first) and _CLOSES(later)) for first, later in pairwise(odd))


def _rare(text: str, usual: Cut) -> str:
    """Return a rare separator, where the usual ones leave identifiers among other text; nothing where none is found."""
    crowded = sum(_is_crowded(cell) for row in usual.rows for cell in row)
    wanted = crowded * 2 > len(usual.rows) or usual.width == 1 or usual.alike < ALIKE
    signs = [sign for sign in _signs_of(text) if crowded or sign in WITHIN_ADDRESSES] if wanted else []
    cuts = {sign: cut_at(text, sign) for sign in signs}
    good = [sign for sign, cut in cuts.items() if _suits(sign, cut, usual)]
    return max(good, key=lambda sign: cuts[sign].rank, default="")


def _is_crowded(cell: str) -> bool:
    return not stands_alone(cell) and ("@" in cell or bool(numbers_in(cell)))


def _signs_of(text: str) -> list[str]:
    """Return the signs that may separate: those that are in most of the first lines, the most frequent first."""
    lines = [line for line in re.split(r"[\r\n]+", text[:SIGNS_WITHIN])[:SIGNS_FROM] if any(map(str.isalnum, line))]
    found = Counter(sign for line in lines for sign in set(line))
    separating = [sign for sign in found if sign in CONTROLS or not (sign.isalnum() or sign.isspace() or sign in NEVER)]
    within = [sign for sign in WITHIN_ADDRESSES if sign in found]
    often = [sign for sign in [*separating, *within] if found[sign] * 2 >= len(lines)]
    return sorted(often, key=lambda sign: -found[sign])[:MOST_SIGNS]


def _suits(sign: str, cut: Cut, usual: Cut) -> bool:
    if cut.width == 1 or cut.alike < ALIKE or _has_labels(cut.rows) or _is_written_tab(sign, cut.rows):
        return False
    names = _names_in(cut)
    if sign in WITHIN_ADDRESSES:
        return any(map(_PERSONAL, names))
    if not names and any(speaks_of(cell, kind) for cell in _first_of(cut) for kind in KINDS):
        return False  # the name of the column stands alone: the sign belongs to what is below it
    return cut.identifiers > usual.identifiers or (bool(names) and cut.identifiers >= usual.identifiers)


def _first_of(cut: Cut) -> Sequence[str]:
    return [cell for cell in (cut.rows[0] if cut.rows else []) if "@" not in cell]


def _has_labels(rows: Sequence[Sequence[str]]) -> bool:
    """Whether words for identifiers stand before them on the lines themselves, as in `Email: ana@example.com`."""
    return any(
        stands_alone(value) and any(speaks_of(label, kind) for kind in KINDS)
        for row in rows
        for label, value in pairwise(row)
    )


def _is_written_tab(sign: str, rows: Sequence[Sequence[str]]) -> bool:
    r"""Whether the sign is a part of a longer separator that ends with a letter: `\t`."""
    return sign == "\\" and len({cell[:1] for row in rows for cell in row[1:]}) == 1
