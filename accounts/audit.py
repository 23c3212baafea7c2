"""The audit trail: one row for each act of a user that changes something, or shows what is hidden."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db import models

from accounts.models import AuditEntry, User
from engine import correlation
from vault import chain

TYPED = frozenset({"name", "file_name", "reason", "note", "statement", "text", "words"})
"""Facts that would be words of a user. They may name a guest, so they stay on the object that the entry is about."""


class TypedWords(Exception):
    """An act would copy words that a user typed into the audit trail."""


def record(
    *,
    action: str,
    on: models.Model | type[models.Model],  # a type where the object is not known
    by: User | None,
    at: datetime,
    merchant_id: int | None = None,  # else the object's own
    file_digest: str = "",
    **facts: Any,
) -> AuditEntry:
    """Append who did what to which object. Call it in the transaction of the act. `by` is None for the engine.

    Raises TypedWords.
    """
    if typed := TYPED.intersection(_names(facts)):
        raise TypedWords(", ".join(sorted(typed)))
    return append(action=action, on=on, by=by, at=at, merchant_id=merchant_id, file_digest=file_digest, facts=facts)


def append(
    *,
    action: str,
    on: models.Model | type[models.Model],
    by: User | None,
    at: datetime,
    facts: Mapping[str, Any],
    merchant_id: int | None = None,
    file_digest: str = "",
) -> AuditEntry:
    """Append an entry, whatever its facts are called: for changes in the admin, which have the names of columns."""
    is_known = isinstance(on, models.Model)
    entry = AuditEntry(
        at=at,
        by=by,
        who=by.email if by else "",
        merchant_id=getattr(on, "merchant_id", None) if is_known and merchant_id is None else merchant_id,
        action=action,
        object_type=on._meta.label,
        object_id=str(on.pk) if isinstance(on, models.Model) else "",
        facts=dict(facts),
        file_digest=file_digest,
        correlation=correlation.current(),
    )
    chain.append(entry)
    return entry


def link_entries() -> bool:
    """Link entries whose process was killed between its commit and their link. Return whether there were any."""
    return chain.link_waiting(AuditEntry) > 0


def _names(facts: Mapping[str, Any]) -> Iterator[str]:
    for name, value in facts.items():
        yield name
        if name in ("before", "after") and isinstance(value, Mapping):
            yield from _names(value)
