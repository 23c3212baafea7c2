r"""What a file looks like, judged by its beginning: encoding, delimiter, header, and which column holds what.

For example:

    inspect(b"name;e-mail\nAna;ana@example.com\n", complete=True, country="US")
    # Shape(encoding="utf-8", delimiter=";", header_row=1, columns=("name", "e-mail"), mapping={"email": 1})
"""

import io
import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from lists.columns.choice import choose_columns, column_content
from lists.columns.names import KINDS, names_kind
from lists.delimited import CONTROLS, NumberedRow, rows_of, text_of
from lists.file_problems import FileProblem, Unopenable
from lists.headers import LAST_HEADER_ROW, column_names, header_row_of, row_has_text
from lists.identifiers import has_text
from lists.text.encodings import codec_of, encoding_of
from lists.text.entries import entries_of, is_entries, mode_of
from lists.text.foreign import foreign_kind, is_data
from lists.text.separators import SAMPLE_ROWS, cut_at, delimiter_of

HEAD_BYTES = 256 * 1024
"""The beginning of a text file: as much is judged before the file is read."""

SHOWN_ROWS = 5


@dataclass(frozen=True, kw_only=True)
class Shape:
    """How a table is to be read. `header_row` is the number of the header's row, 0 for none.

    `mapping` says which column holds a kind of identifier, such as {"email": 1}; `questions` which columns may equally
    well hold a kind that has none; `hidden` are columns that the spreadsheet does not show. `shares` say which part of
    each column's cells are identifiers of a kind. `samples` are the first rows below the header, `beginning` the first
    rows of all: identifiers in clear, for the screen only. The table of a spreadsheet has a `sheet` (its place among
    the sheets) instead of an encoding and a delimiter.
    """

    encoding: str = ""
    delimiter: str = ""
    sheet: int | None = None
    header_row: int
    columns: tuple[str, ...]
    mapping: Mapping[str, int]
    questions: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    hidden: Collection[int] = ()
    reads_hidden: bool = False
    shares: Mapping[str, tuple[float, ...]] = field(repr=False)
    samples: tuple[NumberedRow, ...] = field(repr=False)
    beginning: tuple[NumberedRow, ...] = field(repr=False)

    @property
    def has_header(self) -> bool:
        return self.header_row > 0


def inspect(
    head: bytes, *, complete: bool, country: str, header_row: int | None = None, encoding: str | None = None
) -> Shape | FileProblem:
    """Judge a text file by its first HEAD_BYTES; `complete` says that the file ends there.

    `header_row` and `encoding` overrule the guess. The mapping is empty where no column looks like identifiers.
    """
    foreign = foreign_kind(head)
    if foreign:
        return foreign
    encoding = encoding or encoding_of(head)
    text = text_of(io.BytesIO(head), encoding=codec_of(encoding)).read()
    if not has_text(text):
        return FileProblem.EMPTY
    if _garbled(text):
        return FileProblem.UNDECODABLE if encoding.startswith("utf-16") else FileProblem.NOT_A_TABLE
    if is_data(text):
        return FileProblem.DATA_FILE
    try:
        delimiter = delimiter_of(text)
        cut = cut_at(text, delimiter)
        delimiter = mode_of(text, cut.rows, country=country) or delimiter
        rows = _sample(text, delimiter=delimiter, width=cut.width, complete=complete)
    except Unopenable as refusal:
        return refusal.problem
    shape = shape_of_rows(rows, country=country, header_row=header_row)
    return replace(shape, encoding=encoding, delimiter=delimiter) if isinstance(shape, Shape) else shape


def shape_of_rows(
    rows: Sequence[NumberedRow], *, country: str, header_row: int | None = None, hidden: Collection[int] = ()
) -> Shape | FileProblem:
    """Judge a table by its first rows; `header_row` overrules the guess. `hidden` columns are not used unasked."""
    header = header_row_of(rows, country=country) if header_row is None else header_row
    filled = [row for row in rows if row_has_text(row[1])]
    if (
        header_row is None
        and len(filled) == 1
        and not any(names_kind(cell, kind) for cell in filled[0][1] for kind in KINDS)
    ):
        header = 0  # a single line without a name is no header: the line itself is what is wrong
    body = [row for row in filled if row[0] > header]
    if not body:
        return FileProblem.EMPTY
    width = _width(rows)
    names = next((cells for number, cells in rows if number == header), [])
    named = column_names(names, width)
    cells = [cells for _, cells in body]
    columns = [
        column_content(names[index] if index < len(names) else "", _column(cells, index), country=country)
        for index in range(width)
    ]
    choice = choose_columns(columns, hidden=hidden)
    return Shape(
        header_row=header,
        columns=named,
        mapping=choice.mapping,
        questions=choice.questions,
        hidden=tuple(place for place in hidden if place < width),
        shares={kind: tuple(column.share(kind) for column in columns) for kind in KINDS},
        samples=tuple(body[:SHOWN_ROWS]),
        beginning=tuple(filled)[:LAST_HEADER_ROW],
    )


def _column(rows: Sequence[Sequence[str]], index: int) -> list[str]:
    return [row[index] if index < len(row) else "" for row in rows]


def _width(rows: Sequence[NumberedRow]) -> int:
    """Return the number of columns, without those at the end that are empty in every row."""
    filled = (index for _, cells in rows for index, cell in enumerate(cells) if has_text(cell))
    return max(filled, default=0) + 1


# --- Text --------------------------------------------------------------------------------------------------------


def _garbled(text: str) -> bool:
    strange = sum(
        count
        for sign, count in Counter(text).items()
        if sign == "\ufffd"
        or (unicodedata.category(sign) in ("Cc", "Co", "Cn") and sign not in "\t\r\n\x0b\x0c\x1a\x00\x85" + CONTROLS)
    )
    return strange > max(2, 0.02 * len(text)) or text.count("\x00") > 0.3 * len(text)


def _sample(text: str, *, delimiter: str, width: int, complete: bool) -> list[NumberedRow]:
    stream = io.StringIO(text, newline="")
    every = (
        entries_of(stream, mode=delimiter)
        if is_entries(delimiter)
        else rows_of(stream, delimiter=delimiter, width=width)
    )
    rows = list(islice(every, SAMPLE_ROWS))
    return rows[:-1] if not complete and 1 < len(rows) < SAMPLE_ROWS else rows
