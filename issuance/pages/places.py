"""Addresses of an issuance's pages, and the steps that lead from a file to rewards."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import reverse

from campaigns.shapes import Step
from issuance.models import Issuance
from issuance.states import IssuanceState

STEPS = (("Add people", "people"), ("Match columns", "columns"), ("Check", "check"), ("Review and issue", "review"))
LAST_STEP = {
    IssuanceState.DRAFT: 1,
    IssuanceState.READING: 3,
    IssuanceState.UNREADABLE: 3,
    IssuanceState.READY: 4,
}
"""How far a draft can be opened. An unreadable file's columns may be corrected."""


def place(name: str, issuance: Issuance, *more: int) -> str:
    """Return the address of one of an issuance's pages by the name of its URL."""
    return reverse(f"issuance:{name}", args=[issuance.merchant.handle, issuance.pk, *more])


def filtered_place(issuance: Issuance, **query: object) -> str:
    """Return the address of those guests of an issuance that a query picks out."""
    return f"{place('recipients', issuance)}?{urlencode(query)}"


def steps_of(issuance: Issuance) -> list[Step]:
    """Return the steps of a draft; those that cannot be opened yet have no address.

    A retry takes its people from another issuance's failures: it has no file, hence no columns.
    """
    reachable = LAST_STEP.get(IssuanceState(issuance.state), 0)
    mine = STEPS[2:] if issuance.parent_id else STEPS
    return [
        Step(label=label, href=place(name, issuance) if STEPS.index((label, name)) < reachable else "")
        for label, name in mine
    ]


def step_number(issuance: Issuance, name: str) -> int:
    """Return which step a page is, counted from 1."""
    names = [step for _, step in (STEPS[2:] if issuance.parent_id else STEPS)]
    return names.index(name) + 1


def where_it_stands(issuance: Issuance) -> str:
    """Return the address at which to go on with an issuance: its next step, or the page of its run."""
    name = {
        IssuanceState.DRAFT: "people",
        IssuanceState.READING: "check",
        IssuanceState.UNREADABLE: "check",
        IssuanceState.READY: "review",
    }.get(IssuanceState(issuance.state), "detail")
    return place(name, issuance)
