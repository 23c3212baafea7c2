"""The people of a merchant: members, operators who see it as well, and invitations that are not accepted yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from accounts.entrance.checks import can_send_mail
from accounts.models import Invitation
from accounts.people.access_review import Access, access_to, ended_access_to
from ui.wording import counted


@dataclass(frozen=True, kw_only=True)
class PendingRow:
    """An invitation that waits, and where it is sent again or withdrawn."""

    invitation: Invitation
    is_too_old: bool
    send_again: str
    withdraw: str


@dataclass(frozen=True, kw_only=True)
class MerchantPeoplePage:
    """Everyone with access, and who was asked to join."""

    merchant: Any
    members: Sequence[Access]
    operators: Sequence[Access]
    ended: Sequence[Access]
    pending: Sequence[PendingRow]
    can_invite: bool

    @property
    def lede(self) -> str:
        """How many people work for the merchant, and how many of them have a second factor."""
        with_factor = sum(access.has_factor for access in self.members)
        return f"{counted(len(self.members), 'member')} of {self.merchant.name}, {with_factor} with a second factor."


def merchant_people_page(merchant: Any, *, at: datetime) -> MerchantPeoplePage:
    """Return the page of a merchant. The number of queries does not depend on the number of people."""
    everyone = access_to(merchant)
    return MerchantPeoplePage(
        merchant=merchant,
        members=[access for access in everyone if access.membership is not None],
        operators=[access for access in everyone if access.membership is None],
        ended=ended_access_to(merchant),
        pending=pending_rows(merchant=merchant, at=at),
        can_invite=can_send_mail(),
    )


def pending_rows(*, merchant: Any, at: datetime) -> list[PendingRow]:
    """Return the invitations of a merchant, or of the installation, that wait; the newest first."""
    pending = Invitation.objects.pending().filter(merchant=merchant).select_related("invited_by")
    return [
        PendingRow(
            invitation=row,
            is_too_old=row.expires_at <= at,
            send_again=_address("send-again", row, merchant),
            withdraw=_address("withdraw", row, merchant),
        )
        for row in pending.order_by("-invited_at")
    ]


def _address(act: str, invitation: Invitation, merchant: Any) -> str:
    if merchant is None:
        return reverse(f"staff-people-{act}", args=[invitation.pk])
    return reverse(f"people:{act}", args=[merchant.handle, invitation.pk])
