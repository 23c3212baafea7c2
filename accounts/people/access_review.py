"""Who has access to a merchant, with what a reviewer of access asks: since when used, and how well guarded."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator

from accounts.entrance import second_factors
from accounts.models import Membership, Role, User
from accounts.permissions import installation_role
from lists.csv_out import as_csv

COLUMNS = ("name", "e-mail address", "role", "may sign in", "last sign-in", "second factor", "second factor required")


@dataclass(frozen=True, kw_only=True)
class Access:
    """A user with access to the merchant: by a role there, or as an operator of the installation."""

    user: User
    role: str
    has_factor: bool
    needs_factor: bool
    membership: Membership | None = None


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


def access_csv(merchant: Any) -> Iterator[bytes]:
    """Yield the review as a CSV file."""
    return as_csv([COLUMNS, *(_cells(access) for access in access_to(merchant))])


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
        membership=member,
    )


def _of_operator(user: User, needing: frozenset[str], with_factor: set[int]) -> Access:
    role = installation_role(user)
    assert role is not None
    return Access(user=user, role=role.label, has_factor=user.pk in with_factor, needs_factor=role.value in needing)


def _cells(access: Access) -> tuple[str, ...]:
    user = access.user
    return (
        user.get_full_name(),
        user.email,
        access.role,
        _yes(user.is_active),
        _moment(user.last_login),
        _yes(access.has_factor),
        _yes(access.needs_factor),
    )


def _yes(fact: bool) -> str:  # noqa: FBT001 (the only thing that is said)
    return "yes" if fact else "no"


def _moment(at: datetime | None) -> str:
    return at.isoformat(timespec="seconds") if at else "never"
