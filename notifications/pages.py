"""The page of a user's notifications, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Page, Paginator

from accounts.models import User
from notifications.kinds import POLICIES, NotificationKind
from notifications.models import Notification

PER_PAGE = 25


@dataclass(frozen=True, kw_only=True)
class NotificationRow:
    pk: int
    icon: str
    title: str
    text: str
    merchant: str
    at: datetime
    is_new: bool


@dataclass(frozen=True, kw_only=True)
class NotificationsPage:
    """The page: `rows` are those of `page`; `unread` counts the user's whole list."""

    rows: Sequence[NotificationRow]
    page: Page[Notification]
    unread: int

    @property
    def sentence(self) -> str:
        """How many of the user's notifications are unread."""
        if not self.unread:
            return "Nothing new."
        return f"{self.unread:,} of them {'is' if self.unread == 1 else 'are'} new."


def notifications_page(user: User, *, number: str) -> NotificationsPage:
    """Return one page of a user's notifications. Three queries, however many there are."""
    mine = Notification.objects.shown_to(user)
    page = Paginator(mine.select_related("merchant"), PER_PAGE).get_page(number)
    return NotificationsPage(rows=[_row(one) for one in page.object_list], page=page, unread=mine.unread().count())


def _row(one: Notification) -> NotificationRow:
    return NotificationRow(
        pk=one.pk,
        icon=POLICIES[NotificationKind(one.kind)].icon,
        title=one.title,
        text=one.text,
        merchant=one.merchant.name if one.merchant else "",
        at=one.at,
        is_new=one.read_at is None,
    )
