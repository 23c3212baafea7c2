"""Matching columns: the first rows of a table beside what they look like."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from issuance.audience.recognition import Look, look_at
from issuance.models import DraftStep, Issuance, Upload
from issuance.pages.links import step_number, steps_of
from issuance.states import IssuanceState
from lists.detection import Shape
from lists.spreadsheets import SheetHead
from ui.values import Step
from ui.wording import counted, listed
from vault.sealing import Unsealable

KINDS = {"email": "e-mail addresses", "phone": "phone numbers"}
STRAY = 0.05
"""The part of a column's cells below which look-alikes are no guess."""

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
LONGEST_LABEL = 60


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of the file and what it seems to hold."""

    name: str
    guess: str
    used: bool


@dataclass(frozen=True, kw_only=True)
class SampleRow:
    """One of the first rows: its number in the file, and each cell with whether its column is used."""

    number: int
    cells: Sequence[tuple[str, bool]] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class ColumnsPage:
    """The second step. `header_rows` and `sheets` are what may be chosen instead."""

    issuance: Issuance
    steps: Sequence[Step]
    step: int
    file_name: str
    described: str
    sentence: str
    as_last_time: bool
    foot: str
    names: Sequence[str]
    columns: Sequence[Column]
    rows: Sequence[SampleRow] = field(repr=False)
    header_rows: Sequence[tuple[int, str]] = field(repr=False)
    sheets: Sequence[tuple[int, str]]
    initial: Mapping[str, Any]


def columns_page(issuance: Issuance, *, sheet: int | None = None, header_row: int | None = None) -> ColumnsPage | None:
    """Return the page on which columns are matched, of another sheet or header where one is given.

    None where there is no table to match; the check says why.
    """
    look = _look(issuance, sheet=sheet, header_row=header_row)
    if look is None:
        return None
    shape, upload = look.shape, issuance.upload
    initial = _initial(look)
    used = {initial["email"], initial["phone"]} - {None}
    return ColumnsPage(
        issuance=issuance,
        steps=steps_of(issuance),
        step=step_number(issuance, DraftStep.COLUMNS),
        file_name=upload.file_name,
        described=described(shape, look.sheets),
        sentence=_sentence(shape, initial),
        as_last_time=look.as_last_time,
        foot=foot(shape),
        names=shape.columns,
        columns=[
            Column(name=name, guess=_guess(shape, index), used=index in used)
            for index, name in enumerate(shape.columns)
        ],
        rows=sample_rows(shape, used=used),
        header_rows=header_rows(shape),
        sheets=[(each.index, each.name) for each in look.sheets],
        initial=initial,
    )


def _look(issuance: Issuance, *, sheet: int | None, header_row: int | None) -> Look | None:
    upload: Upload | None = getattr(issuance, "upload", None)
    if upload is None or issuance.state == IssuanceState.CONFIRMED:
        return None
    upload.issuance = issuance
    try:
        look = look_at(upload, sheet=sheet, header_row=header_row)
    except (FileNotFoundError, Unsealable):
        return None  # the reading finds the same and says so in words
    return look if isinstance(look, Look) else None


def _initial(look: Look) -> dict[str, Any]:
    return {
        "sheet": look.shape.sheet,
        "header_row": look.shape.header_row,
        "email": look.shape.mapping.get("email"),
        "phone": look.shape.mapping.get("phone"),
        "prefers": look.prefers,
    }


def described(shape: Shape, sheets: Sequence[SheetHead]) -> str:
    """Return in words what kind of table it is."""
    columns = counted(len(shape.columns), "column")
    if shape.sheet is not None:
        sheet = next((each.name for each in sheets if each.index == shape.sheet), "")
        return f"Sheet “{sheet}”, {columns}"
    separated = f"separated by {DELIMITERS.get(shape.delimiter, shape.delimiter)}"
    return f"{columns}, {separated}, {shape.encoding.upper().removesuffix('-SIG')}"


def _sentence(shape: Shape, initial: Mapping[str, Any]) -> str:
    kinds = [kind for kind in KINDS if initial[kind] is not None and initial[kind] < len(shape.columns)]
    found = [f"{KINDS[kind]} in “{shape.columns[initial[kind]]}”" for kind in kinds]
    if len(kinds) > 1 and len({initial[kind] for kind in kinds}) == 1:
        found = [f"{listed([KINDS[kind] for kind in kinds])} in “{shape.columns[initial[kinds[0]]]}”"]
    if not found:
        return "No column looks like e-mail addresses or phone numbers. Please say which one holds them."
    return f"We found {listed(found)}. Please correct it if that is wrong."


def _guess(shape: Shape, index: int) -> str:
    likely = {kind: shares[index] for kind, shares in shape.shares.items() if index < len(shares)}
    told = [f"{share * 100:.0f} % look like {KINDS[kind]}" for kind, share in likely.items() if share >= STRAY]
    if not told and index in shape.mapping.values():
        return "by its name"
    return ", ".join(told) or "not used"


def foot(shape: Shape, *, noun: str = "guest") -> str:
    """Return which rows are shown, and which are not read. `noun` is what every row is one of."""
    rows = "The first row" if len(shape.samples) == 1 else f"The first {len(shape.samples)} rows"
    if not shape.has_header:
        return f"{rows}; every row is a {noun}."
    above = [number for number, _ in shape.beginning if number < shape.header_row]
    not_read = (
        f" What stands above it, in row {listed([str(number) for number in above])}, is not read." if above else ""
    )
    return f"{rows} below the names of the columns in row {shape.header_row}.{not_read}"


def header_rows(shape: Shape, *, noun: str = "guest") -> list[tuple[int, str]]:
    """Return which rows may be chosen as the one that names the columns."""
    return [(0, f"No row: every row is a {noun}"), *(_header_choice(*row) for row in shape.beginning)]


def sample_rows(shape: Shape, *, used: Collection[int]) -> list[SampleRow]:
    """Return the first rows, each cell with whether its column is used."""
    return [SampleRow(number=number, cells=_cells(row, shape, used)) for number, row in shape.samples]


def _header_choice(number: int, cells: Sequence[str]) -> tuple[int, str]:
    shown = ", ".join(cell.strip() for cell in cells if cell.strip())
    return number, f"Row {number}: {shown if len(shown) <= LONGEST_LABEL else shown[: LONGEST_LABEL - 1] + '…'}"


def _cells(row: Sequence[str], shape: Shape, used: Collection[int]) -> list[tuple[str, bool]]:
    filled = [*row, *[""] * (len(shape.columns) - len(row))][: len(shape.columns)]
    return [(cell, index in used) for index, cell in enumerate(filled)]
