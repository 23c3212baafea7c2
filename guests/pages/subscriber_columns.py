"""What the columns of a list of people hold: its first rows beside what they look like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from guests.models import Subscription
from guests.subscribers.drafts import ListLook, look_at_list
from guests.subscribers.rows import FIELDS
from issuance.forms.draft import NO_COLUMN
from issuance.pages.columns import Column, SampleRow, described, foot, header_rows, sample_rows
from lists.detection import Shape
from ui.wording import listed

KINDS = {
    "email": "e-mail addresses",
    "first_name": "first names",
    "last_name": "last names",
    "birthday": "birthdays",
    "zip_code": "zip codes",
}


@dataclass(frozen=True, kw_only=True)
class ListColumnsPage:
    """The second step of subscribing a list. `header_rows` and `sheets` are what may be chosen instead."""

    subscription: Subscription
    shape: Shape = field(repr=False)
    described: str
    sentence: str
    foot: str
    names: Sequence[str]
    columns: Sequence[Column]
    rows: Sequence[SampleRow] = field(repr=False)
    header_rows: Sequence[tuple[int, str]] = field(repr=False)
    sheets: Sequence[tuple[int, str]]
    initial: Mapping[str, Any]


def list_columns_page(
    subscription: Subscription, *, sheet: int | None = None, header_row: int | None = None
) -> ListColumnsPage | None:
    """Return the page on which the columns of a list are matched; None where there is no table. No query."""
    look = look_at_list(subscription=subscription, sheet=sheet, header_row=header_row)
    if not isinstance(look, ListLook):
        return None
    shape, held = look.shape, {place: KINDS[kind] for kind, place in look.mapping.items()}
    return ListColumnsPage(
        subscription=subscription,
        shape=shape,
        described=described(shape, look.sheets),
        sentence=_sentence(look),
        foot=foot(shape, noun="person"),
        names=shape.columns,
        columns=[
            Column(name=name, guess=held.get(place, "not used"), used=place in held)
            for place, name in enumerate(shape.columns)
        ],
        rows=sample_rows(shape, used=set(held)),
        header_rows=header_rows(shape, noun="person"),
        sheets=[(each.index, each.name) for each in look.sheets],
        initial=_initial(look),
    )


def _initial(look: ListLook) -> dict[str, Any]:
    places = {kind: str(look.mapping[kind]) if kind in look.mapping else NO_COLUMN for kind in FIELDS}
    return {**places, "sheet": look.shape.sheet, "header_row": look.shape.header_row}


def _sentence(look: ListLook) -> str:
    if "email" not in look.mapping:
        return "No column looks like e-mail addresses. Please say which one holds them."
    columns = look.shape.columns
    found = [
        f"{KINDS[kind]} in “{columns[look.mapping[kind]]}”"
        for kind in FIELDS
        if look.mapping.get(kind, len(columns)) < len(columns)
    ]
    return f"We found {listed(found)}. Please correct it if that is wrong."
