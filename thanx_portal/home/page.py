"""What the portal's own pages show: one frozen object each, so that no template runs a query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Page

from campaigns.models import Merchant
from ui.status import Status
from ui.values import Chart, Segment


@dataclass(frozen=True, kw_only=True)
class MerchantCard:
    """A merchant to choose: what goes on there, and how old its catalog is."""

    name: str
    handle: str
    href: str
    running: int
    needs_you: int
    as_of: datetime | None
    has_problem: bool


@dataclass(frozen=True, kw_only=True)
class Remedy:
    """Why a page is empty, and what fills it."""

    title: str
    text: str


@dataclass(frozen=True, kw_only=True)
class PickerPage:
    """The merchants somebody may act for, and what goes on at all of them. `remedy`: they have none at all."""

    sentence: str
    heard_at: datetime | None
    running: Sequence[IssuanceRow]
    requests: Sequence[Request]
    cards: Sequence[MerchantCard]
    page: Page[Merchant]
    query: str
    remedy: Remedy | None


@dataclass(frozen=True, kw_only=True)
class Request:
    """Something that waits for a person: what it is, and where to see to it."""

    status: Status
    title: str
    text: str
    href: str
    action: str
    merchant: str


@dataclass(frozen=True, kw_only=True)
class Todo:
    """One step towards the first rewards; without an address it has to wait for the one before."""

    label: str
    text: str
    done: bool
    href: str
    action: str


@dataclass(frozen=True, kw_only=True)
class IssuanceRow:
    """One issuance, briefly. `segments` divide its lines; `issued` is None before anything could be."""

    title: str
    note: str
    merchant: str
    href: str
    status: Status
    at: datetime
    lines: int
    issued: int | None
    segments: Sequence[Segment]


@dataclass(frozen=True, kw_only=True)
class CampaignRow:
    """One campaign, briefly."""

    name: str
    href: str
    status: Status
    start_at: datetime | None
    redeemable_to: datetime | None


@dataclass(frozen=True, kw_only=True)
class MerchantPage:
    """A merchant's home: what is running, what needs somebody, what happened lately, how fresh the data are.

    `heard_at`: when Thanx last told of a running job. `todos` lead to the first rewards, and are empty afterwards.
    """

    merchant: Merchant
    sentence: str
    as_of: datetime | None
    heard_at: datetime | None
    running: Sequence[IssuanceRow]
    requests: Sequence[Request]
    issuances: Sequence[IssuanceRow]
    campaigns: Sequence[CampaignRow]
    by_week: Chart | None
    todos: Sequence[Todo]
    may_change: bool
    can_issue: bool


@dataclass(frozen=True, kw_only=True)
class SearchPage:
    """What the search box found. Words that may be a guest's identifier are not kept: `is_identifier` says so."""

    query: str
    is_identifier: bool
    issuances: Sequence[IssuanceRow]
    campaigns: Sequence[CampaignRow]
    more: bool
