"""Delete what users have left behind: sessions and invitations that are over, counts of attempts, cached values."""

from datetime import datetime, timedelta

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import Q

from accounts.models import Invitation, UserMinute

BEING_MADE = timedelta(hours=1)
"""A session that is this old has been stored."""

COUNTED_FOR = timedelta(days=1)


def delete_what_is_over(*, at: datetime) -> None:
    """Delete what no user and no limit needs any more. It may be repeated, and run beside requests."""
    Session.objects.filter(expire_date__lte=at).delete()
    stored = Session.objects.values("session_key")
    UserSession.objects.filter(created_at__lte=at - BEING_MADE).exclude(session_key__in=stored).delete()
    UserMinute.objects.filter(minute__lte=at - COUNTED_FOR).delete()
    _delete_invitations(before=at - timedelta(days=settings.RETENTION_DAYS))
    _delete_cached_values(at=at)


def _delete_invitations(*, before: datetime) -> None:
    over = Q(accepted_at__lte=before) | Q(withdrawn_at__lte=before) | Q(accepted_at=None, expires_at__lte=before)
    Invitation.objects.filter(over).delete()


def _delete_cached_values(*, at: datetime) -> None:
    """Delete cached values whose time is over, counts of attempts among them. Django does so in a full cache only."""
    table = connection.ops.quote_name(str(settings.CACHES["default"]["LOCATION"]))
    with connection.cursor() as cursor:
        moment = connection.ops.adapt_datetimefield_value(at)
        cursor.execute(f"DELETE FROM {table} WHERE expires < %s", [moment])  # noqa: S608 (its name is a setting)
