"""A merchant's own retention."""

from datetime import datetime
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from campaigns.models import Merchant


def set_retention(*, merchant: Merchant, days: int | None, by: User | None, at: datetime) -> None:
    """Keep guests' data for so many days once nothing needs them; None for the setting."""
    with transaction.atomic():
        before = Merchant.objects.select_for_update(of=("self",), no_key=True).get(pk=merchant.pk).retention_days
        Merchant.objects.filter(pk=merchant.pk).update(retention_days=days)
        facts: dict[str, Any] = {"before": {"retention_days": before}, "after": {"retention_days": days}}
        audit.record(action="retention set", on=merchant, by=by, at=at, merchant_id=merchant.pk, **facts)
    merchant.retention_days = days
