"""Erase what has come to the end of its lifetime, as the data map says, in short transactions that may be repeated."""

from collections import Counter
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from django.apps import apps
from django.core.files.storage import default_storage
from django.db import models, transaction
from django.db.models import Q, QuerySet

from vault.data_map import PERSONAL, Kept, Lifetime
from vault.fields import SealedFileField

AT_ONCE = 2_000
"""Rows that are deleted in one transaction, so that other writers hardly wait."""


def erase(lifetime: Lifetime, *, owners: Collection[Any], at: datetime) -> Counter[str]:
    """Erase what the rows with these primary keys own and this lifetime covers; return the number of rows by table.

    What is erased already is not counted. A kill between two transactions leaves the rest to the next call.
    """
    done = Counter[str]()
    for kept in PERSONAL:
        if kept.lifetime is lifetime:
            done[kept.table] += _erase_kept(kept, owners=owners, at=at)
    return done


def erase_table(table: str, *, owners: Collection[Any], at: datetime) -> int:
    """Erase what these owners have in one table; return the number of rows."""
    return sum(_erase_kept(kept, owners=owners, at=at) for kept in PERSONAL if kept.table == table)


def left_of(lifetime: Lifetime, *, owners: Collection[Any]) -> Counter[str]:
    """Return how many rows still hold something that this lifetime covers, by table."""
    return Counter(
        {
            kept.table: sum(_full(kept, rows).count() for rows in _owned(kept, owners))
            for kept in PERSONAL
            if kept.lifetime is lifetime
        }
    )


def model_of(kept: Kept) -> type[models.Model]:
    """Return the model of a table of the data map."""
    return apps.get_model(kept.table)


def _erase_kept(kept: Kept, *, owners: Collection[Any], at: datetime) -> int:
    total = 0
    for rows in _owned(kept, owners):
        _delete_files(rows)
        total += _delete(rows) if kept.deleted else _blank(kept, rows, at=at)
    return total


def _owned(kept: Kept, owners: Collection[Any]) -> Iterator[QuerySet[Any]]:
    """Yield the rows of these owners; where they belong to batches, those of one batch at a time: there may be many."""
    model = model_of(kept)
    head, _, rest = kept.owner.partition("__")
    if not rest:
        yield model._base_manager.filter(**{f"{head or 'pk'}__in": owners})
        return
    between: Any = model._meta.get_field(head).related_model
    for pk in between._base_manager.filter(**{f"{rest}__in": owners}).order_by("pk").values_list("pk", flat=True):
        yield model._base_manager.filter(**{head: pk})


def _full(kept: Kept, rows: QuerySet[Any]) -> QuerySet[Any]:
    """Return the rows in which something is left to erase."""
    if kept.deleted:
        return rows
    filled = Q(**{kept.stamped: None}) if kept.stamped else Q()
    for name, empty in kept.blank.items():
        is_empty = Q(**{name: empty})
        filled |= ~(is_empty | Q(**{f"{name}__isnull": True})) if _nullable(rows, name) else ~is_empty
    return rows.filter(filled)


def _nullable(rows: QuerySet[Any], name: str) -> bool:
    return bool(rows.model._meta.get_field(name).null)


def _delete(rows: QuerySet[Any]) -> int:
    total = 0
    while some := list(rows.order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
        with transaction.atomic():
            total += rows.model._base_manager.filter(pk__in=some).delete()[0]
    return total


def _blank(kept: Kept, rows: QuerySet[Any], *, at: datetime) -> int:
    stamp = {kept.stamped: at} if kept.stamped else {}
    return _full(kept, rows).update(**kept.blank, **stamp)


def _delete_files(rows: QuerySet[Any]) -> None:
    """Delete the stored files of the rows, before anything says that they are erased."""
    for field in rows.model._meta.local_concrete_fields:
        if isinstance(field, SealedFileField):
            for name in filter(None, rows.values_list(field.name, flat=True)):
                default_storage.delete(name)
