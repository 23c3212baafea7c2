"""Addresses of an issuance's pages, and the steps that lead from a file to rewards."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import reverse

from issuance.models import DraftStep, Issuance
from issuance.states import IssuanceState
from ui.values import FormStep

LAST_STEP = {
    IssuanceState.DRAFT: 1,
    IssuanceState.READING: 3,
    IssuanceState.UNREADABLE: 3,
    IssuanceState.READY: 5,
    IssuanceState.WAITING_FOR_APPROVAL: 5,
}
"""How far a draft can be opened. An unreadable file's columns may be corrected."""

OF_A_RETRY = (DraftStep.CHECK, DraftStep.REVIEW)
"""It takes its people from another issuance's failures, each in the same arm: no file, no columns, nothing to split."""

WAITS = frozenset({DraftStep.COLUMNS, DraftStep.SPLIT, DraftStep.REVIEW})
"""Where somebody may stay while the people are read."""


def place(name: str, issuance: Issuance, *more: int) -> str:
    """Return the address of one of an issuance's pages by the name of its URL."""
    return reverse(f"issuance:{name}", args=[issuance.merchant.handle, issuance.pk, *more])


def filtered_place(issuance: Issuance, **query: object) -> str:
    """Return the address of those guests of an issuance that a query picks out."""
    return f"{place('recipients', issuance)}?{urlencode(query)}"


def steps_of(issuance: Issuance) -> list[FormStep]:
    """Return the steps of a draft; those that cannot be opened yet have no address."""
    reachable = LAST_STEP.get(IssuanceState(issuance.state), 0)
    open_steps = list(DraftStep)[:reachable]
    return [
        FormStep(label=step.label, href=place(step.value, issuance) if step in open_steps else "")
        for step in _steps(issuance)
    ]


def step_number(issuance: Issuance, step: DraftStep) -> int:
    """Return which step a page is, counted from 1."""
    return _steps(issuance).index(step) + 1


def where_it_stands(issuance: Issuance) -> str:
    """Return the address at which to go on with an issuance: the step it was left at, or the page of its run."""
    return place(_name(issuance), issuance)


def _steps(issuance: Issuance) -> list[DraftStep]:
    return list(OF_A_RETRY if issuance.parent_id else DraftStep)


def _name(issuance: Issuance) -> str:
    step = DraftStep(issuance.step)
    match issuance.state:
        case IssuanceState.DRAFT:
            return DraftStep.PEOPLE.value
        case IssuanceState.UNREADABLE:
            return DraftStep.CHECK.value
        case IssuanceState.READING:
            return step.value if step in WAITS and step in _steps(issuance) else DraftStep.CHECK.value
        case IssuanceState.READY:
            # The people are in: what became of them is what somebody wants to see next.
            return step.value if step in _steps(issuance) and step != DraftStep.PEOPLE else DraftStep.CHECK.value
        case IssuanceState.WAITING_FOR_APPROVAL:
            return DraftStep.REVIEW.value
    return "detail"
