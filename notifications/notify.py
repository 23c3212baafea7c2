"""Notify users, let them read their notifications, and let them choose how they are notified.

A notification is written in the transaction of the fact that it is about: a fact that is rolled back notifies no user.
"""

from datetime import datetime
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from engine import correlation
from notifications.kinds import POLICIES, NotificationKind
from notifications.models import LONGEST_KEY, Notification, NotificationChoice

Ways = tuple[bool, bool]
"""Whether a user is notified in the portal, and by email."""


def notify_users(
    *,
    kind: NotificationKind,
    key: str,
    title: str,
    text: str,
    path: str,
    at: datetime,
    merchant_id: int | None = None,
    excluding: User | None = None,
) -> None:
    """Notify all users the kind concerns, except `excluding`. Call it in the transaction that writes the fact.

    `key` names the fact: a second call with it notifies only users who were not notified before. Three queries.
    """
    users = _audience(kind, merchant_id=merchant_id).exclude(pk=excluding.pk if excluding else None)
    # Always in the same order: two calls about one fact at the same time cannot deadlock.
    users = list(users.order_by("pk"))
    chosen = _ways_of(users, kind=kind)
    words = {"title": title[:200], "text": text[:500], "path": path, "merchant_id": merchant_id}
    rows = [
        Notification(
            to=user,
            kind=kind,
            key=f"{kind}:{key}"[:LONGEST_KEY],
            at=at,
            in_portal=in_portal,
            by_email=by_email,
            due_at=at if by_email else None,
            correlation=correlation.current(),
            **words,
        )
        for user in users
        for in_portal, by_email in [chosen[user.pk]]
        if in_portal or by_email
    ]
    Notification.objects.bulk_create(rows, ignore_conflicts=True)


def _audience(kind: NotificationKind, *, merchant_id: int | None) -> Any:
    role = POLICIES[kind].from_role
    users = User.objects.filter(is_active=True)
    if role is None:
        return users.filter(is_staff=True)
    return users.filter(memberships__merchant=merchant_id, memberships__role__gte=role)


def _ways_of(users: list[User], *, kind: NotificationKind) -> dict[int, Ways]:
    usual = (True, POLICIES[kind].by_email)
    rows = NotificationChoice.objects.filter(user__in=users, kind=kind).values_list("user", "in_portal", "by_email")
    chosen = {user: (in_portal, by_email) for user, in_portal, by_email in rows}
    return {user.pk: chosen.get(user.pk, usual) for user in users}


# --- What users do -------------------------------------------------------------------------------------------


def mark_read(*, notification: Notification, at: datetime) -> None:
    """Mark a notification as read. A second call changes nothing."""
    with transaction.atomic():
        if Notification.objects.unread().filter(pk=notification.pk).update(read_at=at):
            audit.record(
                action="notification read",
                on=notification,
                by=notification.to,
                at=at,
                merchant_id=notification.merchant_id,
            )


def mark_all_read(*, user: User, at: datetime) -> int:
    """Mark all of a user's notifications as read. Return how many were unread."""
    with transaction.atomic():
        number = Notification.objects.shown_to(user).unread().update(read_at=at)
        if number:
            audit.record(action="notifications read", on=user, by=user, at=at, number=number)
    return number


def save_choices(*, user: User, ways: dict[NotificationKind, Ways], at: datetime) -> None:
    """Save how a user wants to be notified of these kinds from now on."""
    with transaction.atomic():
        for kind, (in_portal, by_email) in ways.items():
            NotificationChoice.objects.update_or_create(
                user=user, kind=kind, defaults={"in_portal": in_portal, "by_email": by_email}
            )
        chosen = {str(kind): {"portal": portal, "email": email} for kind, (portal, email) in ways.items()}
        audit.record(action="notifications chosen", on=user, by=user, at=at, after=chosen)


def choices_of(user: User) -> dict[NotificationKind, Ways]:
    """Return how a user is notified of each kind that can concern them."""
    rows = NotificationChoice.objects.filter(user=user).values_list("kind", "in_portal", "by_email")
    chosen = {kind: (in_portal, by_email) for kind, in_portal, by_email in rows}
    usual = {kind: (True, policy.by_email) for kind, policy in POLICIES.items()}
    concerned = [kind for kind in NotificationKind if user.is_staff or POLICIES[kind].from_role is not None]
    return {kind: chosen.get(kind, usual[kind]) for kind in concerned}
