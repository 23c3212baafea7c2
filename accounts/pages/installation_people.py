"""The users with a role in the installation, and who is invited to one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from accounts.entrance.checks import can_send_mail
from accounts.models import User
from accounts.pages.merchant_people import PendingRow, pending_rows
from accounts.people.access_review import Access, access_of
from ui.wording import counted


@dataclass(frozen=True, kw_only=True)
class InstallationPeoplePage:
    """Superusers, operators and certifiers, and invitations that wait."""

    people: Sequence[Access]
    pending: Sequence[PendingRow]
    can_invite: bool

    @property
    def lede(self) -> str:
        """How many there are."""
        return f"{counted(len(self.people), 'user')} with a role in the whole installation."


def installation_people_page(*, at: datetime) -> InstallationPeoplePage:
    """Return the page. The number of queries does not depend on the number of people."""
    users = User.objects.filter(Q(is_staff=True) | Q(certifies_until__gt=at)).order_by("email")
    return InstallationPeoplePage(
        people=access_of(list(users)), pending=pending_rows(merchant=None, at=at), can_invite=can_send_mail()
    )
