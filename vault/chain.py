"""A table whose rows form a chain: an edit, a deletion or an addition, also by SQL, breaks it in a place that is named.

    class Entry(Chained):
        SAYS = ("at", "action", "facts")    # the columns that the chain protects

    append(Entry(...))                      # in the transaction of the act
    verify(Entry)                           # Verification(links=120, broken=None)

A row gets its *seal*, a keyed hash of what it says, as it is written, and its *link* (a number without gaps, and a
keyed hash of its seal and of the link before) once it is committed. The head keeps the last link, so a cut-off end is
noticed, too. The key is sealed with DATA_KEYS: who can write to the database alone cannot make a chain that fits.

Only the link needs a lock, that of the head. On PostgreSQL it is taken after the commit of the act, in a transaction
of milliseconds that links all rows that wait: acts never wait for each other here, and hold nothing else meanwhile,
so there is no deadlock. A worker's step links what a killed process left. On SQLite a writer holds the whole database
anyway, so the link is made in the transaction of the act.
"""

import json
import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from hashlib import blake2b
from hmac import compare_digest
from typing import Any, ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction
from django.db.models import Max

from vault.fields import purpose_of
from vault.models import ChainHead, ChainKey
from vault.sealing import KEY_BYTES, seal, unseal

logger = logging.getLogger("portal.chain")

DIGEST_BYTES = 32
AT_ONCE = 1_000
"""Rows linked in one transaction."""


class Chained(models.Model):
    """A row of a chain. `SAYS` names its protected columns; new ones may be added, if old rows leave them empty."""

    SAYS: ClassVar[Sequence[str]]

    seal = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)
    number = models.PositiveBigIntegerField(null=True, unique=True, editable=False)
    digest = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)

    class Meta:
        abstract = True


@dataclass(frozen=True, kw_only=True)
class Break:
    """The first place where a chain does not hold. `number` is of the link, `key` of the row, if there is one."""

    number: int | None
    key: Any
    why: str


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What a check found: the number of links, the digest of the last one, and the first break, if any."""

    links: int
    digest: str
    broken: Break | None


def append(row: Chained) -> None:
    """Write a new row with its seal; link it at once on SQLite, and after the commit elsewhere."""
    model = type(row)
    with transaction.atomic():
        row.seal = seal_of(row, says=model.SAYS, key=key_of(model))
        row.save(force_insert=True)
        if connection.vendor == "sqlite":
            link_waiting(model)
        else:
            transaction.on_commit(partial(link_waiting, model), robust=True)  # the act is done, whatever happens here


def link_waiting(model: type[models.Model]) -> int:
    """Link the rows that wait for it, at most AT_ONCE. Return how many there were."""
    waiting = model._base_manager.filter(number=None).order_by("pk")
    if not waiting.exists():
        return 0
    with transaction.atomic():
        key = key_of(model)
        head = _locked_head(model, key=key)
        rows: list[Any] = list(waiting[:AT_ONCE])
        for row in rows:
            head.number += 1
            row.number, row.digest = head.number, _link(key, number=head.number, before=head.digest, seal=row.seal)
            head.digest = row.digest
        if rows:
            model._base_manager.bulk_update(rows, ["number", "digest"])
            _save_head(head, key=key)
            # Kept outside of the database, such a line shows later that an old database was put back.
            said = ("%s: link %d is %s", model._meta.label, head.number, head.digest)
            transaction.on_commit(partial(logger.info, *said))
    return len(rows)


def verify(model: type[Chained], *, known: Mapping[int, str] | None = None) -> Verification:
    """Check every link and return the first break. `known` holds digests, by number, that were noted down before."""
    while link_waiting(model) == AT_ONCE:
        pass
    key = key_of(model)
    head = ChainHead.objects.filter(name=model._meta.label).first()
    known = known or {}
    links, digest, broken = _checked_rows(model, key=key, until=head.number if head else None, known=known)
    broken = broken or _about_the_end(model, head, key=key, links=links, digest=digest, known=known)
    return Verification(links=links, digest=digest, broken=broken)


def seal_of(row: models.Model, *, says: Sequence[str], key: bytes) -> str:
    """Return the keyed hash of what a row says. Empty columns do not count, so new ones may be added later."""
    said = {name: _plain(getattr(row, name)) for name in says}
    return _hash(key, "row", {name: value for name, value in said.items() if value not in (None, "", {}, [])})


# --- Links ---------------------------------------------------------------------------------------------------


def _checked_rows(
    model: type[Chained], *, key: bytes, until: int | None, known: Mapping[int, str]
) -> tuple[int, str, Break | None]:
    """Return the number and the digest of the last link that holds, and the break after it."""
    number, digest = 0, ""
    rows = model._base_manager.exclude(number=None).order_by("number")
    for row in (rows if until is None else rows.filter(number__lte=until)).iterator(chunk_size=AT_ONCE):
        if row.number != number + 1:
            return number, digest, Break(number=number + 1, key=None, why="its row was deleted")
        if not compare_digest(row.seal, seal_of(row, says=model.SAYS, key=key)):
            why = "its row was edited" if row.seal else "its row was not written by the portal"
            return number, digest, Break(number=row.number, key=row.pk, why=why)
        link = _link(key, number=row.number, before=digest, seal=row.seal)
        if not compare_digest(row.digest, link) or known.get(row.number, link) != link:
            return number, digest, Break(number=row.number, key=row.pk, why="it was linked anew, not by the portal")
        number, digest = row.number, link
    return number, digest, None


def _about_the_end(
    model: type[Chained], head: ChainHead | None, *, key: bytes, links: int, digest: str, known: Mapping[int, str]
) -> Break | None:
    if head is None:
        return Break(number=None, key=None, why="the head of the chain was deleted")
    if not compare_digest(head.seal, _head_seal(head, key=key)):
        return Break(number=None, key=None, why="the head of the chain was edited")
    if head.restarted_after is not None:
        why = "the head of the chain was lost or edited here, so rows after it may have been deleted"
        return Break(number=head.restarted_after, key=None, why=why)
    if max([head.number, *known]) > links:
        return Break(number=links + 1, key=None, why="its row, and all rows after it, were deleted")
    if not compare_digest(head.digest, digest):
        return Break(number=links, key=None, why="the head of the chain knows another last link")
    last = model._base_manager.aggregate(last=Max("number"))["last"] or 0
    head.refresh_from_db()  # after the rows: the last link is never ahead of its head
    return Break(number=last, key=None, why="it was added behind the head") if last > head.number else None


def _locked_head(model: type[models.Model], *, key: bytes) -> ChainHead:
    """Lock and return the head. One that is gone or false is replaced, and that is remembered: acts must go on."""
    head = ChainHead.objects.select_for_update(no_key=True).filter(name=model._meta.label).first()
    if head is not None and compare_digest(head.seal, _head_seal(head, key=key)):
        return head
    head = head or ChainHead(name=model._meta.label)
    last: Any = model._base_manager.exclude(number=None).order_by("-number").first()
    head.number, head.digest = (last.number, last.digest) if last else (0, "")
    head.restarted_after = head.number
    return head


def _save_head(head: ChainHead, *, key: bytes) -> None:
    head.seal = _head_seal(head, key=key)
    head.save()


def _head_seal(head: ChainHead, *, key: bytes) -> str:
    return _hash(key, "head", [head.name, head.number, head.digest, head.restarted_after])


def _link(key: bytes, *, number: int, before: str, seal: str) -> str:
    return _hash(key, "link", [number, before, seal])


# --- Hashes --------------------------------------------------------------------------------------------------


def key_of(model: type[models.Model]) -> bytes:
    """Return the key of a chain. With a new key a new chain begins."""
    name, purpose = model._meta.label, purpose_of(ChainKey, "sealed")
    # Where two acts find no row at once, the unique name lets one of them insert it.
    row, is_new = ChainKey.objects.get_or_create(
        name=name, defaults={"sealed": seal(os.urandom(KEY_BYTES), purpose=purpose)}
    )
    key = unseal(row.sealed, purpose=purpose)
    if is_new and not ChainHead.objects.filter(name=name).exists():
        _save_head(ChainHead(name=name), key=key)
    return key


def _hash(key: bytes, kind: str, value: Any) -> str:
    words = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return blake2b(words.encode(), digest_size=DIGEST_BYTES, key=key, person=kind.encode()).hexdigest()


def _plain(value: Any) -> Any:
    """Return a column as both databases give it back: they write times and large numbers in their own ways."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, dict | list):
        return _whole(json.loads(json.dumps(value, cls=DjangoJSONEncoder)))
    return value


def _whole(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _whole(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_whole(inner) for inner in value]
    return int(Decimal(repr(value))) if isinstance(value, float) and value.is_integer() else value
