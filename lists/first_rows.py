"""The first rows of a table, as a page shows them while a user says what the columns hold (components/first_rows.html).

`noun` is what every row is one of: "guest" or "person".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lists.detection import Shape
from lists.spreadsheets import SheetHead
from lists.tables import RecognisedTable
from lists.text.encodings import label_of
from lists.text.entries import is_entries
from ui.wording import counted, listed

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
LONGEST_LABEL = 60


@dataclass(frozen=True, kw_only=True)
class SampleColumn:
    """A column of the table, and in words what it seems to hold."""

    name: str
    guess: str
    used: bool


@dataclass(frozen=True, kw_only=True)
class SampleRow:
    """One of the first rows: its number in the file, and each cell with whether its column is used."""

    number: int
    cells: Sequence[tuple[str, bool]] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class FirstRows:
    """The table on the page. `header_rows` and `sheets` are what may be chosen instead."""

    recognised: RecognisedTable
    described: str
    foot: str
    columns: Sequence[SampleColumn]
    rows: Sequence[SampleRow] = field(repr=False)
    header_rows: Sequence[tuple[int, str]] = field(repr=False)
    sheets: Sequence[tuple[int, str]]
    encodings: Sequence[tuple[str, str]] = field(repr=False)
    hidden_rows: str


def first_rows(table: RecognisedTable, *, guesses: Sequence[str], noun: str) -> FirstRows:
    """Return the first rows of a table; `guesses` say in words what each of its columns seems to hold."""
    shape = table.shape
    used = set(shape.mapping.values())
    return FirstRows(
        recognised=table,
        described=_described(shape, table.sheets),
        foot=_foot(shape, noun=noun),
        columns=[
            SampleColumn(name=name, guess=guess, used=place in used)
            for place, (name, guess) in enumerate(zip(shape.columns, guesses, strict=True))
        ],
        rows=[
            SampleRow(number=number, cells=[(cell, place in used) for place, cell in enumerate(_fitted(cells, shape))])
            for number, cells in shape.samples
        ],
        header_rows=[(0, f"No row: every row is a {noun}"), *(_header_choice(*row) for row in shape.beginning)],
        sheets=[(each.index, each.name) for each in table.sheets],
        encodings=table.encodings,
        hidden_rows=_hidden_rows(table),
    )


def _hidden_rows(table: RecognisedTable) -> str:
    """Return how many rows the spreadsheet does not show, in words; nothing where it shows all."""
    if not table.hidden_rows:
        return ""
    is_one = table.hidden_rows == 1
    by = " by a filter" if table.by_filter else " in the spreadsheet"
    return f"{counted(table.hidden_rows, 'row')} {'is' if is_one else 'are'} hidden{by}."


def columns_asked(shape: Shape, *, kinds: Mapping[str, str]) -> str:
    """Return which columns may equally well hold what is looked for, as a question; nothing where none do."""
    named = {kind: [f"“{shape.columns[place]}”" for place in places] for kind, places in shape.questions.items()}
    asked = [
        f"{listed(names)} may equally well hold the {kinds[kind]}" for kind, names in named.items() if kind in kinds
    ]
    return f"{'. '.join(asked)}. Please say which column is the guests'." if asked else ""


def columns_found(shape: Shape, *, kinds: Mapping[str, str]) -> str:
    """Return which columns hold what, in words; `kinds` names what is looked for. Nothing where no column holds any."""
    by_place: dict[int, list[str]] = {}
    for kind, words in kinds.items():
        place = shape.mapping.get(kind, len(shape.columns))
        if place < len(shape.columns):
            by_place.setdefault(place, []).append(words)
    found = [f"{listed(held)} in “{shape.columns[place]}”" for place, held in by_place.items()]
    return f"We found {listed(found)}. Please correct it if that is wrong." if found else ""


def _described(shape: Shape, sheets: Sequence[SheetHead]) -> str:
    columns = counted(len(shape.columns), "column")
    if shape.sheet is not None:
        sheet = next((each.name for each in sheets if each.index == shape.sheet), "")
        return f"Sheet “{sheet}”, {columns}"
    encoding = label_of(shape.encoding)
    if is_entries(shape.delimiter):
        return f"a list of single entries, {encoding}"
    separated = f"separated by {DELIMITERS.get(shape.delimiter, f'“{shape.delimiter}”')}"
    return f"{columns}, {separated}, {encoding}"


def _foot(shape: Shape, *, noun: str) -> str:
    rows = "The first row" if len(shape.samples) == 1 else f"The first {len(shape.samples)} rows"
    if not shape.has_header:
        return f"{rows}; every row is a {noun}."
    above = [str(number) for number, _ in shape.beginning if number < shape.header_row]
    not_read = f" What stands above it, in row {listed(above)}, is not read." if above else ""
    return f"{rows} below the names of the columns in row {shape.header_row}.{not_read}"


def _header_choice(number: int, cells: Sequence[str]) -> tuple[int, str]:
    shown = ", ".join(cell.strip() for cell in cells if cell.strip())
    return number, f"Row {number}: {shown if len(shown) <= LONGEST_LABEL else shown[: LONGEST_LABEL - 1] + '…'}"


def _fitted(cells: Sequence[str], shape: Shape) -> Sequence[str]:
    return [*cells, *[""] * (len(shape.columns) - len(cells))][: len(shape.columns)]
