"""Who has access to a merchant, with what a reviewer of access asks: since when used, and how well guarded."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator

from accounts.entrance import second_factors, without_role
from accounts.models import AuditEntry, Membership, Role, User
from accounts.permissions import installation_role
from lists.csv_out import as_csv

COLUMNS = (
    "name",
    "email address",
    "role",
    "may sign in",
    "last sign-in",
    "second factor",
    "second factor required",
    "access ended",
)


@dataclass(frozen=True, kw_only=True)
class Access:
    """A user with access to the merchant, by a role there or as an operator of the installation; or who had one."""

    user: User
    role: str
    has_factor: bool
    needs_factor: bool
    may_sign_in: bool
    membership: Membership | None = None
    ended_at: datetime | None = None


def access_to(merchant: Any) -> list[Access]:
    """Return everyone with access: members by their addresses, then operators. Four queries."""
    members = list(Membership.objects.filter(merchant=merchant).select_related("user").order_by("user__email"))
    with_factor, needing = _with_factor([member.user for member in members]), second_factors.roles_that_need_one()
    operators = access_of(list(User.objects.filter(is_staff=True).order_by("email")))
    return [_of_member(member, needing, with_factor) for member in members] + operators


def access_of(users: list[User]) -> list[Access]:
    """Return the access of users with a role in the installation. One query."""
    with_factor, needing = _with_factor(users), second_factors.roles_that_need_one()
    return [_of_operator(user, needing, with_factor) for user in users]


def ended_access_to(merchant: Any) -> list[Access]:
    """Return the users whose role at the merchant was taken away, the last one first. Four queries."""
    removed = AuditEntry.objects.filter(merchant=merchant, action="member_removed").order_by("pk")
    ended = {facts["member"]: at for facts, at in removed.values_list("facts", "at")}
    still = Membership.objects.filter(merchant=merchant).values("user")
    users = list(User.objects.filter(pk__in=ended, is_staff=False).exclude(pk__in=still))
    with_role, with_factor = without_role.with_role(users), _with_factor(users)
    rows = [
        Access(
            user=user,
            role="None",
            has_factor=user.pk in with_factor,
            needs_factor=False,
            may_sign_in=user.is_active and user.pk in with_role,
            ended_at=ended[user.pk],
        )
        for user in users
    ]
    return sorted(rows, key=lambda row: ended[row.user.pk], reverse=True)


def access_csv(merchant: Any) -> Iterator[bytes]:
    """Yield the review as a CSV file."""
    everyone = [*access_to(merchant), *ended_access_to(merchant)]
    return as_csv([COLUMNS, *(_cells(access) for access in everyone)])


def _with_factor(users: list[User]) -> set[int]:
    found = Authenticator.objects.filter(user__in=users, type__in=second_factors.REAL)
    return set(found.values_list("user_id", flat=True))


def _of_member(member: Membership, needing: frozenset[str], with_factor: set[int]) -> Access:
    role = Role(member.role)
    return Access(
        user=member.user,
        role=role.label,
        has_factor=member.user.pk in with_factor,
        needs_factor=role.name.lower() in needing,
        may_sign_in=member.user.is_active,
        membership=member,
    )


def _of_operator(user: User, needing: frozenset[str], with_factor: set[int]) -> Access:
    role = installation_role(user)
    assert role is not None
    return Access(
        user=user,
        role=role.label,
        has_factor=user.pk in with_factor,
        needs_factor=role.value in needing,
        may_sign_in=user.is_active,
    )


def _cells(access: Access) -> tuple[str, ...]:
    user = access.user
    return (
        user.get_full_name(),
        user.email,
        access.role,
        _yes(access.may_sign_in),
        _moment(user.last_login),
        _yes(access.has_factor),
        _yes(access.needs_factor),
        _moment(access.ended_at) if access.ended_at else "",
    )


def _yes(fact: bool) -> str:  # noqa: FBT001 (the only thing that is said)
    return "yes" if fact else "no"


def _moment(at: datetime | None) -> str:
    return at.isoformat(timespec="seconds") if at else "never"
