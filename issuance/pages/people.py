"""Adding people: what a file may look like, and what the one that came looks like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.template.defaultfilters import filesizeformat

from campaigns.shapes import Step
from issuance import intake
from issuance.forms import ColumnsForm
from issuance.models import Issuance, Upload
from issuance.pages.places import step_number, steps_of
from issuance.pages.wording import counted, listed
from issuance.sealing import Unsealable
from issuance.shapes import Shape
from issuance.states import IssuanceState

KINDS = {"email": "e-mail addresses", "phone": "phone numbers"}
STRAY = 0.05
"""The part of a column's cells below which look-alikes are no guess."""

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}


@dataclass(frozen=True, kw_only=True)
class PeoplePage:
    """The first step. `replaces` tells of the file that is there already."""

    issuance: Issuance
    steps: Sequence[Step]
    step: int
    file_name: str
    replaces: str
    country: str
    limit: str
    batch_size: int


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of the file and what it seems to hold."""

    name: str
    guess: str
    used: bool


@dataclass(frozen=True, kw_only=True)
class ColumnsPage:
    """The second step. `rows` are the first ones of the file, each cell with whether its column is used."""

    issuance: Issuance
    steps: Sequence[Step]
    step: int
    file_name: str
    described: str
    sentence: str
    names: Sequence[str]
    columns: Sequence[Column]
    rows: Sequence[Sequence[tuple[str, bool]]] = field(repr=False)
    initial: Mapping[str, Any]


def people_page(issuance: Issuance) -> PeoplePage:
    """Return the page on which people are added."""
    upload: Upload | None = getattr(issuance, "upload", None)
    return PeoplePage(
        issuance=issuance,
        steps=steps_of(issuance),
        step=step_number(issuance, "people"),
        file_name=upload.file_name if upload else "",
        replaces=f"{upload.file_name} is here already" if upload else "",
        country=issuance.merchant.country,
        limit=filesizeformat(settings.MAX_UPLOAD_BYTES),
        batch_size=settings.THANX_BATCH_SIZE,
    )


def columns_page(issuance: Issuance) -> ColumnsPage | None:
    """Return the page on which columns are matched; None where there is no table to match."""
    upload, shape = _table_of(issuance)
    if upload is None or shape is None:
        return None
    initial = initial_of(upload, shape)
    used = {initial["email"], initial["phone"]} - {None}
    return ColumnsPage(
        issuance=issuance,
        steps=steps_of(issuance),
        step=step_number(issuance, "columns"),
        file_name=upload.file_name,
        described=_described(shape),
        sentence=_sentence(shape, initial),
        names=shape.columns,
        columns=[
            Column(name=name, guess=_guess(shape, index), used=index in used)
            for index, name in enumerate(shape.columns)
        ],
        rows=[[(cell, index in used) for index, cell in enumerate(_filled(row, shape))] for row in shape.samples],
        initial=initial,
    )


def initial_of(upload: Upload, shape: Shape) -> dict[str, Any]:
    """Return how the file is read now: what a person said, else what it looks like."""
    mapping = shape.mapping if upload.mapping_is_guessed else upload.mapping
    return {
        "has_header": shape.has_header,
        "email": mapping.get("email"),
        "phone": mapping.get("phone"),
        "prefers": upload.prefers,
    }


def is_as_before(page: ColumnsPage, form: ColumnsForm) -> bool:
    """Whether a person agrees with how the file is read, so that it need not be read again."""
    before = {name: page.initial[name] for name in ("email", "phone") if page.initial[name] is not None}
    same_reading = form.cleaned_data["has_header"] == page.initial["has_header"]
    return same_reading and form.mapping == before and form.preferred == page.initial["prefers"]


def _table_of(issuance: Issuance) -> tuple[Upload | None, Shape | None]:
    upload: Upload | None = getattr(issuance, "upload", None)
    if upload is None or issuance.state == IssuanceState.CONFIRMED:
        return upload, None
    upload.issuance = issuance
    try:
        shape = intake.shape_of(upload)
    except (FileNotFoundError, Unsealable):
        return upload, None  # the reading finds the same and says so in words
    return upload, shape if isinstance(shape, Shape) else None


def _described(shape: Shape) -> str:
    separated = f"separated by {DELIMITERS.get(shape.delimiter, shape.delimiter)}"
    columns = counted(len(shape.columns), "column")
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
    return ", ".join(told) or "not used"


def _filled(row: Sequence[str], shape: Shape) -> list[str]:
    return [*row, *[""] * (len(shape.columns) - len(row))]
