"""What each role may issue without a second user, and from where on it types the number. Set for each role."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings

from accounts import permissions
from accounts.models import Role, User
from accounts.permissions import Act
from campaigns.models import Merchant


@dataclass(frozen=True, kw_only=True)
class Size:
    """How large an issuance is: its rewards, and what those that can be priced cost at most, in dollars."""

    rewards: int
    at_most: Decimal


@dataclass(frozen=True, kw_only=True)
class Limit:
    """How much a user may decide without a second one; None is no limit. `value` in dollars."""

    rewards: int | None
    value: int | None

    def allows(self, size: Size) -> bool:
        """Whether an issuance of this size is within it."""
        few = self.rewards is None or size.rewards <= self.rewards
        return few and (self.value is None or size.at_most <= self.value)


NO_LIMIT = Limit(rewards=None, value=None)


def limit_of_role(role: Role) -> Limit:
    """Return the limit of a role: never more than that of a higher one."""
    return Limit(
        rewards=_least(settings.APPROVAL_ABOVE_REWARDS, role), value=_least(settings.APPROVAL_ABOVE_VALUE, role)
    )


def limit_of(person: User | None, *, merchant: Merchant) -> Limit:
    """Return the limit of a user at a merchant. None is the command line, which has no limit.

    Operators count as managers. A user without a role there has the limit of the lowest role.
    """
    return NO_LIMIT if person is None else limit_of_role(permissions.role_of(person, merchant=merchant) or min(Role))


def may_approve(role: Role, size: Size) -> bool:
    """Whether a role may approve an issuance of this size that another user asks for."""
    return role in permissions.roles_that_may(Act.APPROVE) and limit_of_role(role).allows(size)


def is_typed(role: Role, size: Size) -> bool:
    """Whether a role must type the number of rewards before so many go out (CONFIRM_TYPED_ABOVE)."""
    above: int | None = settings.CONFIRM_TYPED_ABOVE.get(role.name.lower())
    return above is not None and size.rewards > above


def _least(by_role: Mapping[str, int], role: Role) -> int | None:
    found = [by_role[higher.name.lower()] for higher in Role if higher >= role and higher.name.lower() in by_role]
    return min(found, default=None)
