"""Telling people: rows are written in the transaction of what they are about, so that nothing is told that is not so.

Whoever tells need not care whether the same was told before, nor how: each person has chosen.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from engine import correlation
from notifications.kinds import MANNERS, Kind
from notifications.models import LONGEST_KEY, Choice, Notification

Ways = tuple[bool, bool]
"""Whether somebody is told in the portal, and by e-mail."""


def tell(
    *,
    kind: Kind,
    key: str,
    title: str,
    text: str,
    path: str,
    at: datetime,
    merchant_id: int | None = None,
    but: User | None = None,
) -> None:
    """Tell whoever is concerned that something is so, once for each `key`. Call it in the transaction that makes it so.

    Members of the merchant are told by their role, or staff, as the kind wants; `but` is left out. Three queries.
    """
    told = f"{kind}:{key}"[:LONGEST_KEY]
    # Always in the same order: of two who tell the same at once, one waits for the other's rows, and not also for it.
    people = list(_audience(kind, merchant_id=merchant_id).exclude(pk=but.pk if but else None).order_by("pk"))
    chosen = ways_of(people, kind=kind)
    words = {"title": title[:200], "text": text[:500], "path": path, "merchant_id": merchant_id}
    rows = [
        Notification(
            to=person,
            kind=kind,
            key=told,
            at=at,
            in_portal=in_portal,
            by_email=by_email,
            due_at=at if by_email else None,
            correlation=correlation.current(),
            **words,
        )
        for person in people
        for in_portal, by_email in [chosen[person.pk]]
        if in_portal or by_email
    ]
    Notification.objects.bulk_create(rows, ignore_conflicts=True)


def _audience(kind: Kind, *, merchant_id: int | None) -> Any:
    role = MANNERS[kind].from_role
    people = User.objects.filter(is_active=True)
    if role is None:
        return people.filter(is_staff=True)
    return people.filter(memberships__merchant=merchant_id, memberships__role__gte=role)


def ways_of(people: list[User], *, kind: Kind) -> dict[int, Ways]:
    """Return how each of these people is told of a kind. One query."""
    usual = (True, MANNERS[kind].by_email)
    rows = Choice.objects.filter(user__in=people, kind=kind).values_list("user", "in_portal", "by_email")
    chosen = {user: (in_portal, by_email) for user, in_portal, by_email in rows}
    return {person.pk: chosen.get(person.pk, usual) for person in people}


# --- What people do about it ---------------------------------------------------------------------------------


def mark_read(*, notification: Notification, at: datetime) -> None:
    """Note that somebody has opened a notification. A second time changes nothing."""
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
    """Note that somebody has seen their whole list; return how many were new."""
    with transaction.atomic():
        number = Notification.objects.shown_to(user).unread().update(read_at=at)
        if number:
            audit.record(action="notifications read", on=user, by=user, at=at, number=number)
    return number


def choose(*, user: User, ways: dict[Kind, Ways], at: datetime) -> None:
    """Remember how somebody wants to be told from now on, of each kind."""
    with transaction.atomic():
        for kind, (in_portal, by_email) in ways.items():
            told = {"in_portal": in_portal, "by_email": by_email}
            Choice.objects.update_or_create(user=user, kind=kind, defaults=told)
        chosen = {str(kind): {"portal": portal, "e-mail": email} for kind, (portal, email) in ways.items()}
        audit.record(action="notifications chosen", on=user, by=user, at=at, after=chosen)


def choices_of(user: User) -> dict[Kind, Ways]:
    """Return how somebody is told of each kind that can concern them."""
    rows = Choice.objects.filter(user=user).values_list("kind", "in_portal", "by_email")
    chosen = {kind: (in_portal, by_email) for kind, in_portal, by_email in rows}
    usual = {kind: (True, manner.by_email) for kind, manner in MANNERS.items()}
    concerned = [kind for kind in Kind if user.is_staff or MANNERS[kind].from_role is not None]
    return {kind: chosen.get(kind, usual[kind]) for kind in concerned}
