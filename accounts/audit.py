"""The audit trail: one row for each act of a user that changes something."""

from datetime import datetime
from typing import Any

from django.db import models

from accounts.models import AuditEntry, User
from engine import correlation


def record(
    *,
    action: str,
    on: models.Model,
    by: User | None,
    at: datetime,
    merchant_id: int | None = None,  # else the object's own
    file_digest: str = "",
    **facts: Any,
) -> AuditEntry:
    """Append who did what to which object. Call it in the transaction of the act. `by` is None for the engine."""
    return AuditEntry.objects.create(
        at=at,
        by=by,
        merchant_id=getattr(on, "merchant_id", None) if merchant_id is None else merchant_id,
        action=action,
        object_type=on._meta.label,
        object_id=str(on.pk),
        facts=facts,
        file_digest=file_digest,
        correlation=correlation.current(),
    )
