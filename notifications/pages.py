"""What somebody was told, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Page, Paginator

from accounts.models import User
from notifications.kinds import MANNERS, Kind
from notifications.models import Notification

PER_PAGE = 25


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the list."""

    pk: int
    icon: str
    title: str
    text: str
    merchant: str
    at: datetime
    is_new: bool


@dataclass(frozen=True, kw_only=True)
class ListPage:
    """The list: `rows` are those of `page`, `unread` counts all of them."""

    rows: Sequence[Row]
    page: Page[Notification]
    unread: int


def list_page(user: User, *, number: str) -> ListPage:
    """Return one page of somebody's notifications. Three queries, whatever there is."""
    mine = Notification.objects.shown_to(user)
    page = Paginator(mine.select_related("merchant"), PER_PAGE).get_page(number)
    return ListPage(rows=[_row(told) for told in page.object_list], page=page, unread=mine.unread().count())


def _row(told: Notification) -> Row:
    return Row(
        pk=told.pk,
        icon=MANNERS[Kind(told.kind)].icon,
        title=told.title,
        text=told.text,
        merchant=told.merchant.name if told.merchant else "",
        at=told.at,
        is_new=told.read_at is None,
    )
