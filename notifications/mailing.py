"""The step that sends the emails of notifications, each at least once.

Every attempt has the same Message-ID, by which mail programs recognise a repetition.
"""

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse

from accounts.entrance import mails
from accounts.entrance.mails import MailNotSent
from engine.clock import Clock, now
from engine.leases import claim_one, finish
from notifications.models import Notification
from partner_api import connect

FIRST_RETRY = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=2)
GIVEN_UP_AFTER = timedelta(days=2)
"""After that long an email is of no use. The notification stays in the portal."""


def send_one_email(*, clock: Clock = now) -> bool:
    """Send the email that has waited longest. Return whether there was one."""
    row = claim_one(Notification.objects.select_related("to", "merchant"), at=clock())
    if row is None:
        return False
    if not row.to.is_active:
        finish(row, due_at=None, problem="no longer active")
        return True
    try:
        with mails.naming_refusals():
            message_of(row).send()
    except MailNotSent as error:
        due_at = _again_at(row, at=clock())
        finish(row, due_at=due_at, attempts=row.attempts + 1, problem=str(error)[:100])
    else:
        finish(row, due_at=None, attempts=row.attempts + 1, emailed_at=clock(), problem="")
    return True


def message_of(row: Notification) -> EmailMessage:
    """Return the email: plain text with a link and the name of the environment. It names no guest."""
    environment = connect.environment().label
    about = f" at {row.merchant.name}" if row.merchant else ""
    lines = [
        row.title,
        *([row.text] if row.text else []),
        "",
        mails.link(row.path),
        "",
        f"This is about {environment}{about}.",
        f"You can choose what you are told of: {mails.link(reverse('notifications:choices'))}",
    ]
    sender = urlsplit(settings.PORTAL_URL).hostname or "localhost"
    return EmailMessage(
        subject=f"[{environment}] {' '.join(row.title.split())}",
        body="\n".join(lines) + "\n",
        to=[row.to.email],
        headers={"Message-ID": f"<{row.message_id}@{sender}>", "Auto-Submitted": "auto-generated"},
    )


def _again_at(row: Notification, *, at: datetime) -> datetime | None:
    if at - row.at > GIVEN_UP_AFTER:
        return None
    doubled: timedelta = FIRST_RETRY * 2 ** min(row.attempts, 10)
    return at + min(doubled, LONGEST_WAIT)
