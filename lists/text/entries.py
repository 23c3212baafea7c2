"""Lists that are no tables: several guests stand on one line, each entry is a row of its own.

list(entries_of(io.StringIO("ana@x.com, bob@x.com; cy@x.com"), mode=ENTRIES))
# (1, ["ana@x.com"]), (2, ["bob@x.com"]), (3, ["cy@x.com"])
"""

import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from lists.columns.names import KINDS, names_kind
from lists.delimited import NumberedRow, longest_cell
from lists.file_problems import FileProblem, Unopenable
from lists.identifiers import email_in_cell, has_text, normalise_phone

ENTRIES = "\n"
"""Kept in place of a delimiter: commas, semicolons, tabs, bars and line ends separate the entries."""

ENTRIES_WITH_COMMAS = "\n;"
"""Names within the entries have commas: semicolons and line ends separate."""

ENTRIES_IN_SPACES = "\n "
"""Spaces separate as well."""

MODES = (ENTRIES, ENTRIES_WITH_COMMAS, ENTRIES_IN_SPACES)
PIECE = 64 * 1024

_SIGNS = {ENTRIES: r",;|\t\r\n", ENTRIES_WITH_COMMAS: r";\t\r\n", ENTRIES_IN_SPACES: r",;|\s"}
_TOKENS = {mode: re.compile(rf'"[^"\r\n]*"|<[^<>\r\n]*>|([{signs}]+)') for mode, signs in _SIGNS.items()}


def is_entries(delimiter: str) -> bool:
    """Whether what is kept as a delimiter says that a list is no table."""
    return delimiter in MODES


def entries_of(text: io.TextIOBase, *, mode: str) -> Iterator[NumberedRow]:
    """Yield every entry as a row of one cell. Raises Unopenable for an entry that never ends."""
    number, rest, limit = 0, "", longest_cell()
    while piece := text.read(PIECE):
        *whole, rest = _cut(rest + piece, mode)
        if len(rest) > limit:
            raise Unopenable(FileProblem.CELL_TOO_LONG)
        for entry in whole:
            if has_text(entry):
                number += 1
                yield number, [entry.strip()]
    for entry in _cut(rest, mode):
        if has_text(entry):
            number += 1
            yield number, [entry.strip()]


def mode_of(text: str, rows: Sequence[Sequence[str]], *, country: str) -> str:
    """Return how a text is cut into entries, if it is a list of several guests a line; else nothing.

    Every entry must be an identifier; the first may name them. A table with one column of each kind is none, nor are
    rows of equal width: their columns may hold two addresses of one guest.
    """
    if not rows or _is_table(rows) or _has_names(rows):
        return ""
    for mode in MODES:
        entries = [entry for entry in map(str.strip, _cut(text, mode)) if has_text(entry)]
        body = entries[1:] if entries and not _is_identifier(entries[0], country) else entries
        if body and all(_is_identifier(entry, country) for entry in body[:-1]) and _crowded(rows, country):
            return mode
    return ""


def _cut(text: str, mode: str) -> list[str]:
    found, begun = [], 0
    for token in _TOKENS[mode].finditer(text):
        if token.group(1) is not None:
            found.append(text[begun : token.start()])
            begun = token.end()
    return [*found, text[begun:]]


def _is_table(rows: Sequence[Sequence[str]]) -> bool:
    widths = {len(_filled(row)) for row in rows}
    names = any("<" in cell for row in rows for cell in row)
    several = any(map(_has_several, rows))
    return not several and (max(widths) <= 1 or (len(widths) == 1 and len(rows) > 1 and not names))


def _has_names(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names several columns, as many as every row has."""
    names = [cell for cell in _filled(rows[0]) if any(names_kind(cell, kind) for kind in KINDS) and "@" not in cell]
    return len(names) > 1 and len({len(row) for row in rows}) == 1


def _filled(row: Sequence[str]) -> list[str]:
    return [cell for cell in row if has_text(cell)]


def _has_several(row: Sequence[str]) -> bool:
    return any(cell.count("@") > 1 for cell in row)


def _crowded(rows: Sequence[Sequence[str]], country: str) -> bool:
    """Whether some line holds two guests: two addresses, or two numbers."""
    for row in rows:
        kinds = Counter(
            "email" if "@" in cell else "phone" for cell in row if "@" in cell or _is_identifier(cell, country)
        )
        if max(kinds.values(), default=0) > 1 or _has_several(row):
            return True
    return False


def _is_identifier(cell: str, country: str) -> bool:
    return isinstance(email_in_cell(cell) if "@" in cell else normalise_phone(cell, country=country), str)
