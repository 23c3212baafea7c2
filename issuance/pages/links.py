"""Addresses of an issuance's pages, the crumbs above a page, and the steps that lead from a file to rewards."""

from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlencode

from django.urls import reverse

from campaigns.models import Merchant
from issuance.models import DraftStep, Issuance, Origin
from issuance.states import IssuanceState
from ui.values import Link

LAST_STEP = {
    IssuanceState.DRAFT: 1,
    IssuanceState.READING: 3,
    IssuanceState.UNREADABLE: 3,
    IssuanceState.READY: 5,
    IssuanceState.WAITING_FOR_APPROVAL: 5,
}
"""How far a draft can be opened. An unreadable file's columns may be corrected."""

OF_A_RETRY = (DraftStep.CHECK, DraftStep.REVIEW)
"""A retry takes its guests from another issuance's failures, each in the same arm: no file, no columns, no split."""

WAITS = frozenset({DraftStep.COLUMNS, DraftStep.SPLIT, DraftStep.REVIEW})
"""The steps whose pages are shown while the audience is read."""


@dataclass(frozen=True, kw_only=True)
class IssuancePage:
    """A page of one issuance, with the crumbs that lead down to it."""

    issuance: Issuance

    @property
    def crumbs(self) -> list[Link]:
        """The list of issuances, this one, and those that it was made of."""
        return crumbs_of(self.issuance)


@dataclass(frozen=True, kw_only=True)
class DraftPage(IssuancePage):
    """A step on the way from a list of guests to rewards."""

    STEP: ClassVar[DraftStep]

    @property
    def steps(self) -> list[Link]:
        return steps_of(self.issuance)

    @property
    def step(self) -> int:
        """Which of them this one is, counted from 1."""
        return step_number(self.issuance, self.STEP)


@dataclass(frozen=True, kw_only=True)
class PageBelowRun(IssuancePage):
    """A page to which the page of a run leads."""

    @property
    def crumbs(self) -> list[Link]:
        """The list of issuances, and the page of the run."""
        return [list_link(self.issuance.merchant), run_link(self.issuance)]


@dataclass(frozen=True, kw_only=True)
class PageBelowFailures(IssuancePage):
    """A page to which the list of failures leads."""

    @property
    def crumbs(self) -> list[Link]:
        """The page of the run, and its failures."""
        return [run_link(self.issuance), Link(label="Failures", href=self.back)]

    @property
    def back(self) -> str:
        """The address of the list of failures."""
        return f"{place('failures', self.issuance)}#guests"


def place(name: str, issuance: Issuance, *more: int) -> str:
    """Return the address of one of an issuance's pages by the name of its URL."""
    return reverse(f"issuance:{name}", args=[issuance.merchant.handle, issuance.pk, *more])


def filtered_place(issuance: Issuance, **query: object) -> str:
    """Return the address of the guests of an issuance that a query picks out."""
    return f"{place('recipients', issuance)}?{urlencode(query)}"


def crumbs_of(issuance: Issuance) -> list[Link]:
    """Return the list of issuances, this one, and what it was made of: a retry's parent, a reissue's, feedback."""
    crumbs = [list_link(issuance.merchant), Link(label=f"#{issuance.pk}")]
    for made_of, kind in ((issuance.parent_id, "retry"), (issuance.reissue_of_id, "reissue")):
        if made_of:
            href = reverse("issuance:detail", args=[issuance.merchant.handle, made_of])
            crumbs.append(Link(label=f"{kind} of #{made_of}", href=href))
    if issuance.origin == Origin.FEEDBACK:
        feedback = reverse("guests:feedback", args=[issuance.merchant.handle])
        crumbs.append(Link(label="from feedback", href=f"{feedback}?issuance={issuance.pk}"))
    return crumbs


def run_link(issuance: Issuance, *, label: str = "") -> Link:
    """Return the way to the page of a run, by its number and campaign unless it is labelled otherwise."""
    return Link(label=label or f"#{issuance.pk} {issuance.campaign.name}", href=place("detail", issuance))


def list_link(merchant: Merchant) -> Link:
    """Return the way to a merchant's issuances."""
    return Link(label="Issuances", href=reverse("issuance:list", args=[merchant.handle]))


def steps_of(issuance: Issuance) -> list[Link]:
    """Return the steps of a draft; those that cannot be opened yet have no address."""
    reachable = LAST_STEP.get(IssuanceState(issuance.state), 0)
    open_steps = list(DraftStep)[:reachable]
    return [
        Link(label=step.label, href=place(step.value, issuance) if step in open_steps else "")
        for step in _steps(issuance)
    ]


def after_check(issuance: Issuance) -> DraftStep:
    """Return the step that follows the check: a retry and a campaign with one arm have nothing to split."""
    return DraftStep.SPLIT if DraftStep.SPLIT in _steps(issuance) else DraftStep.REVIEW


def step_number(issuance: Issuance, step: DraftStep) -> int:
    """Return which step a page is, counted from 1."""
    return _steps(issuance).index(step) + 1


def where_it_stands(issuance: Issuance) -> str:
    """Return the address of an issuance's current page: the step at which it was left, or the page of its run."""
    return place(_name(issuance), issuance)


def _steps(issuance: Issuance) -> list[DraftStep]:
    if issuance.parent_id:
        return list(OF_A_RETRY)
    return [step for step in DraftStep if step != DraftStep.SPLIT or issuance.can_be_split]


def _is_open(step: DraftStep, issuance: Issuance) -> bool:
    """Whether a draft may be left at this step. The page of a split that decides nothing leads on by itself."""
    return not issuance.parent_id or step in OF_A_RETRY


def _name(issuance: Issuance) -> str:
    step = DraftStep(issuance.step)
    match issuance.state:
        case IssuanceState.DRAFT:
            return DraftStep.PEOPLE.value
        case IssuanceState.UNREADABLE:
            return DraftStep.CHECK.value
        case IssuanceState.READING:
            return step.value if step in WAITS and _is_open(step, issuance) else DraftStep.CHECK.value
        case IssuanceState.READY:
            # The audience has been read: the next page shows what became of its lines.
            return step.value if _is_open(step, issuance) and step != DraftStep.PEOPLE else DraftStep.CHECK.value
        case IssuanceState.WAITING_FOR_APPROVAL:
            return DraftStep.REVIEW.value
    return "detail"
