"""What a merchant's managers set about money: the cap of a day, and what a reward without a price counts as."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from campaigns.models import Merchant


def set_limits(
    *, merchant: Merchant, daily_cap: int | None, unpriced_value: Decimal | None, by: User, at: datetime
) -> None:
    """Set a merchant's limits from now on. None is the portal's own. What is the same already leaves no audit entry."""
    wanted: dict[str, Any] = {"daily_cap": daily_cap, "unpriced_value": unpriced_value}
    with transaction.atomic():
        found = Merchant.objects.select_for_update(of=("self",), no_key=True).get(pk=merchant.pk)
        before = {name: getattr(found, name) for name in wanted}
        if before == wanted:
            return
        Merchant.objects.filter(pk=merchant.pk).update(**wanted)
        told: dict[str, Any] = {"before": _plain(before), "after": _plain(wanted)}
        audit.record(action="limits changed", on=found, by=by, at=at, merchant_id=found.pk, **told)


def _plain(limits: dict[str, Any]) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, Decimal) else value for name, value in limits.items()}
