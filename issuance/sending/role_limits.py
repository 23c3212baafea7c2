"""What each role may issue and revoke without a second user, and from where on it types the number.

A limit holds for a user, a merchant and any 24 hours, not for one issuance: to divide a list, also around midnight, is
no way around an approval.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db.models import Sum
from django.db.models.functions import Coalesce

from accounts import permissions
from accounts.models import Role, User
from accounts.permissions import Act
from campaigns.models import Merchant
from issuance.models import Batch, Issuance

COUNTED = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True)
class Size:
    """How large an issuance or a revocation is: its rewards, and what they cost at most, in dollars.

    The rewards of a revocation are counted, not priced.
    """

    rewards: int
    at_most: Decimal = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class Limit:
    """How much a user may decide without a second one; None is no limit. `value` in dollars."""

    rewards: int | None
    value: int | None

    def allows(self, size: Size) -> bool:
        """Whether an issuance of this size is within it."""
        few = self.rewards is None or size.rewards <= self.rewards
        return few and (self.value is None or size.at_most <= self.value)

    def less(self, used: Size) -> "Limit":
        """Return what is left of it."""
        return Limit(
            rewards=None if self.rewards is None else max(0, self.rewards - used.rewards),
            value=None if self.value is None else max(0, self.value - math.ceil(used.at_most)),
        )


NO_LIMIT = Limit(rewards=None, value=None)
NOTHING = Size(rewards=0)


def limit_of_role(role: Role) -> Limit:
    """Return the limit of a role: never more than that of a higher one."""
    return Limit(
        rewards=_least(settings.APPROVAL_ABOVE_REWARDS, role), value=_least(settings.APPROVAL_ABOVE_VALUE, role)
    )


def left_to_issue(person: User | None, *, merchant: Merchant, at: datetime) -> Limit:
    """Return what a user may still let out alone at a merchant now. None is the command line, without limit.

    Operators count as managers. A user without a role there has the limit of the lowest role. Two queries at most.
    """
    if person is None:
        return NO_LIMIT
    limit = limit_of_role(permissions.role_of(person, merchant=merchant) or min(Role))
    return limit if limit == NO_LIMIT else limit.less(let_out_by_user(merchant, at=at).get(person.pk, NOTHING))


def left_to_revoke(person: User, *, merchant: Merchant, at: datetime) -> Limit:
    """Return what a user may still revoke alone at a merchant now: as much as they may let out."""
    limit = limit_of_role(permissions.role_of(person, merchant=merchant) or min(Role))
    revoked = Batch.objects.filter(issuance__merchant=merchant, revoke_asked_by=person)
    lately = revoked.filter(revoke_asked_at__gt=at - COUNTED)
    rewards = lately.aggregate(rewards=Sum(Coalesce("issued_count", "size")))["rewards"] or 0
    return limit.less(Size(rewards=rewards))


def let_out_by_user(merchant: Merchant, *, at: datetime) -> dict[int, Size]:
    """Return what each user has let out at a merchant within 24 hours, alone or as an approver. One query."""
    lately = Issuance.objects.confirmed().filter(merchant=merchant, confirmed_at__gt=at - COUNTED)
    sums = lately.order_by().values("confirmed_by").annotate(rewards=Sum("decided_rewards"), value=Sum("decided_value"))
    return {row["confirmed_by"]: Size(rewards=row["rewards"], at_most=row["value"]) for row in sums}


def may_approve(role: Role | None, size: Size, *, used: Size) -> bool:
    """Whether a user of this role, who has let out so much within 24 hours, may approve so much for another user."""
    return role in permissions.roles_that_may(Act.APPROVE) and limit_of_role(role).less(used).allows(size)


def unpriced_value(merchant: Merchant) -> Decimal:
    """Return the dollars that a reward without a price counts as at a merchant."""
    own: Decimal | None = merchant.unpriced_value
    return Decimal(settings.UNPRICED_REWARD_VALUE) if own is None else own


def is_typed(role: Role, size: Size) -> bool:
    """Whether a role must type the number of rewards before so many go out (CONFIRM_TYPED_ABOVE)."""
    above: int | None = settings.CONFIRM_TYPED_ABOVE.get(role.name.lower())
    return above is not None and size.rewards > above


def _least(by_role: Mapping[str, int], role: Role) -> int | None:
    found = [by_role[higher.name.lower()] for higher in Role if higher >= role and higher.name.lower() in by_role]
    return min(found, default=None)
