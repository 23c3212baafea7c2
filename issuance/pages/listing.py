"""The list of issuances."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.core.paginator import Page, Paginator
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.forms import BoundField

from campaigns.models import Campaign, Merchant
from campaigns.zones import zone_of
from issuance.ledger import Buckets
from issuance.models import Batch, Issuance, PauseReason
from issuance.pages.batches import issued_share
from issuance.pages.links import where_it_stands
from issuance.sending.status import IssuanceSummary, summaries
from issuance.states import AT_WORK, BatchState, IssuanceState
from ui.status import Status

PER_PAGE = 25
DISCARDED_TOGETHER = frozenset({IssuanceState.DRAFT, IssuanceState.UNREADABLE, IssuanceState.READY})
"""Drafts that neither are being read nor wait for an approval."""

LONGEST_NUMBER = 18
"""Digits; a longer one is no id, and too large for the database."""


@dataclass(frozen=True, kw_only=True)
class IssuanceRow:
    number: int
    href: str
    campaign: str
    file_name: str
    parent: int | None
    by: str
    at: datetime
    status: Status
    buckets: Buckets
    issued: str
    is_draft: bool
    may_discard: bool

    @property
    def note(self) -> str:
        """Its number, what it retries, its file and its user."""
        parent = f"retry of #{self.parent}" if self.parent else ""
        return " · ".join(part for part in (f"#{self.number}", parent, self.file_name, self.by) if part)


@dataclass(frozen=True, kw_only=True)
class IssuanceListPage:
    """The list: `rows` are those of `page`."""

    rows: Sequence[IssuanceRow]
    page: Page[Issuance]
    form: "IssuanceFilterForm"
    filters: Sequence[BoundField]
    total: int
    filtered: bool

    @property
    def lede(self) -> str:
        if self.total or self.filtered:
            return "Every list of guests that was given rewards, or is being prepared."
        return "Nothing has been issued yet."


def list_page(*, merchant: Merchant, form: "IssuanceFilterForm", number: str, at: datetime) -> IssuanceListPage:
    """Return one page of a merchant's issuances, newest first. The number of queries does not depend on the rows."""
    everything = Issuance.objects.kept().filter(merchant=merchant)
    chosen = filtered(everything, form)
    page = Paginator(chosen.select_related("campaign", "created_by", "upload"), PER_PAGE).get_page(number)
    for issuance in page.object_list:
        issuance.merchant = merchant
    return IssuanceListPage(
        rows=listed_issuances(list(page.object_list), at=at),
        page=page,
        form=form,
        filters=[form["status"], form["campaign"], form["since"], form["until"]],
        total=page.paginator.count,
        filtered=form.is_valid() and any(form.cleaned_data.values()),
    )


def ticked_drafts(merchant: Merchant, *, numbers: Sequence[str]) -> QuerySet[Issuance]:
    """Return a merchant's drafts with these numbers, as far as they can be discarded together."""
    keys = [int(number) for number in numbers[:PER_PAGE] if number.isdecimal() and len(number) <= LONGEST_NUMBER]
    rows = Issuance.objects.filter(merchant=merchant, pk__in=keys, state__in=DISCARDED_TOGETHER)
    return rows.select_related("campaign", "upload").order_by("pk")


def listed_issuances(issuances: Sequence[Issuance], *, at: datetime) -> list[IssuanceRow]:
    """Return issuances as rows of a list. One query, if their campaigns, users and uploads have been read."""
    found = summaries(issuances, at=at)
    return [_row(issuance, found[issuance.pk]) for issuance in issuances]


def filtered(issuances: QuerySet[Issuance], form: "IssuanceFilterForm") -> QuerySet[Issuance]:
    """Return the issuances that a filter picks out; all of them if its form is invalid."""
    if not form.is_valid():
        return issuances
    asked = form.cleaned_data
    if asked["campaign"]:
        issuances = issuances.filter(campaign=asked["campaign"])
    for bound, day in (("gte", asked["since"]), ("lt", asked["until"])):
        if day:
            midnight = datetime.combine(day, time(), tzinfo=form.zone) + timedelta(days=bound == "lt")
            issuances = issuances.alias(happened=Coalesce("confirmed_at", "created_at"))
            issuances = issuances.filter(**{f"happened__{bound}": midnight})
    if asked["q"]:
        issuances = issuances.filter(_named(asked["q"].strip()))
    return issuances.filter(has_status(asked["status"])) if asked["status"] else issuances


def _named(words: str) -> Q:
    number = words.removeprefix("#")
    by_number = Q(pk=int(number)) if number.isdecimal() and len(number) <= LONGEST_NUMBER else Q(pk=None)
    if words.startswith("#"):
        return by_number
    return (
        by_number
        | Q(campaign__name__icontains=words)
        | Q(upload__file_name__icontains=words)
        | Q(created_by__email__icontains=words)
    )


def has_status(status: str) -> Q:
    """Return the condition for one of the filter's statuses."""
    confirmed = Q(state=IssuanceState.CONFIRMED)
    waits_for_approval = Q(state=IssuanceState.WAITING_FOR_APPROVAL)
    at_work, asks = _has(state__in=sorted(AT_WORK)), _has(state=BatchState.NEEDS_ATTENTION)
    failed = _has(failed_count__gt=0) | _has(state__in=[BatchState.FAILED, BatchState.REFUSED])
    return {
        "draft": ~confirmed & ~waits_for_approval,
        "approval": waits_for_approval,
        "running": confirmed & at_work,
        "needs-you": confirmed & (asks | Q(pause_reason=PauseReason.FAILURES)),
        "paused": confirmed & Q(paused_at__isnull=False) & _has(state=BatchState.QUEUED, maybe_sent=False),
        "stopped": confirmed & Q(stopped_at__isnull=False),
        "failures": confirmed & failed,
        "ended": confirmed & ~at_work & ~asks,
        "revoked": confirmed & _has(state=BatchState.REVOKED),
    }[status]


def _has(**condition: object) -> Q:
    return Q(Exists(Batch.objects.filter(issuance=OuterRef("pk"), **condition)))


def _row(issuance: Issuance, summary: IssuanceSummary) -> IssuanceRow:
    upload = getattr(issuance, "upload", None)
    return IssuanceRow(
        number=issuance.pk,
        href=where_it_stands(issuance),
        campaign=issuance.campaign.name,
        file_name=upload.file_name if upload else "",
        parent=issuance.parent_id,
        by=str(issuance.created_by or "the command line"),
        at=issuance.confirmed_at or issuance.created_at,
        status=summary.status,
        buckets=summary.buckets,
        issued=issued_share(issuance, summary.buckets),
        is_draft=issuance.state != IssuanceState.CONFIRMED,
        may_discard=issuance.state in DISCARDED_TOGETHER,
    )


STATUSES = (
    ("", "Any status"),
    ("draft", "Draft"),
    ("approval", "Waiting for approval"),
    ("running", "At work"),
    ("needs-you", "Needs you"),
    ("paused", "Paused"),
    ("failures", "With failures"),
    ("ended", "Ended"),
    ("stopped", "Stopped"),
    ("revoked", "Revoked"),
)


class DayInput(forms.DateInput):
    """A day, picked as the browser offers it."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d", attrs={"class": "form-control"})


class IssuanceFilterForm(forms.Form):
    """Which issuances the list shows."""

    q = forms.CharField(label="Search", required=False, max_length=100)
    status = forms.ChoiceField(
        label="Status", choices=STATUSES, required=False, widget=forms.Select(attrs={"class": "form-select"})
    )
    campaign = forms.ModelChoiceField(
        label="Campaign",
        queryset=Campaign.objects.none(),
        required=False,
        empty_label="Any campaign",
        widget=forms.Select(attrs={"class": "form-select"}),
    )

    since = forms.DateField(label="From", required=False, widget=DayInput)
    until = forms.DateField(label="To", required=False, widget=DayInput)

    def __init__(self, *args: Any, merchant: Merchant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone_of(merchant)
        campaigns = Campaign.objects.kept().filter(merchant=merchant, issuances__isnull=False).distinct()
        self._choose_from(campaigns.only("name").order_by("name"))

    def _choose_from(self, campaigns: Any) -> None:
        field = self.fields["campaign"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = campaigns
