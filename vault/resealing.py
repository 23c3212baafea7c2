"""Key rotation: what older data keys have sealed is sealed again with the newest, while workers and pages go on.

A value carries which key sealed it, so what is left to do is read from the values: after a kill the next run goes on.
A row that a worker has locked is passed over and found by the next pass. Files are replaced in one move, so that a
reader has the whole old file or the whole new one.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.files.storage import default_storage
from django.db import connection, models, transaction
from django.db.models import BinaryField, Count, F, Func, QuerySet, Value

from vault.fields import SealedField, SealedFileField
from vault.files import key_of_file, resealed_copy
from vault.sealing import KEY_MARK_BYTES, Unsealable, key_marks, seal, unseal

AT_ONCE = 100
"""Values in one transaction: a manifest may be large, and other writers hardly wait."""

MOST_PASSES = 3
"""Rows that stay locked for so many passes are left to the next run."""


@dataclass(slots=True)
class Resealed:
    """What one run has done: values and files that moved, and those that no listed key opens."""

    values: int = 0
    files: int = 0
    damaged: int = 0


def reseal_everything(*, done: Resealed) -> Iterator[Resealed]:
    """Move everything to the newest key, and yield after each transaction and each file what is done so far."""
    for _ in range(MOST_PASSES):
        before = done.values + done.files
        done.damaged = 0
        for model, field in _columns(SealedField):
            for _ in _reseal_column(model, field, done):
                yield done
        for model, field in _columns(SealedFileField):
            for _ in _reseal_files(model, field, done):
                yield done
        if done.values + done.files == before:
            return


def sealed_by_key() -> dict[str, int]:
    """Return how many values and files each data key has sealed, by the key's mark in hexadecimal."""
    found = Counter[str]()
    for model, field in _columns(SealedField):
        rows = _marked(model, field).exclude(mark=b"").values_list("mark").annotate(count=Count("pk"))
        found.update({bytes(mark).hex(): count for mark, count in rows.order_by()})
    for _, _, name in _stored_files():
        mark = key_of_file(storage=default_storage, name=name)
        found.update([mark.hex()] if mark else [])
    return dict(found)


def old_keys(*, workers: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return for each key but the newest its place in DATA_KEYS, what it still seals, and whether it may go.

    `workers` says how many of those that are alive seal with each key. A key that is not listed has the place None.
    """
    newest, *listed = [mark.hex() for mark in key_marks()]
    sealed = sealed_by_key()
    marks = dict.fromkeys([*listed, *sealed, *(mark for mark in workers if mark)])
    return [
        {
            "place": listed.index(mark) + 2 if mark in listed else None,
            "mark": mark,
            "sealed": sealed.get(mark, 0),
            "workers": workers.get(mark, 0),
            "may_go": not sealed.get(mark) and not workers.get(mark),
        }
        for mark in marks
        if mark != newest
    ]


# --- Values in rows ------------------------------------------------------------------------------------------


def _columns(kind: type[Any]) -> list[tuple[type[models.Model], Any]]:
    return [
        (model, field)
        for model in apps.get_models()
        for field in model._meta.local_concrete_fields
        if isinstance(field, kind)
    ]


def _marked(model: type[models.Model], field: SealedField) -> QuerySet[Any]:
    """Return the rows with a sealed value, annotated with the mark of the key that sealed it."""
    beginning = Func(F(field.name), Value(1), Value(KEY_MARK_BYTES), function="SUBSTR", output_field=BinaryField())
    return model._base_manager.annotate(mark=beginning).exclude(**{field.name: None})


def _reseal_column(model: type[models.Model], field: SealedField, done: Resealed) -> Iterator[None]:
    _, *older = key_marks()
    after: Any = None
    while older:
        rows = _marked(model, field).filter(mark__in=older).order_by("pk")
        with transaction.atomic():
            left = rows if after is None else rows.filter(pk__gt=after)
            some = list(_locked(left).values_list("pk", field.name)[:AT_ONCE])
            for pk, sealed in some:
                _reseal_value(model, field, pk, sealed, done)
        if not some:
            return
        after = some[-1][0]
        yield


def _locked(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Lock the rows that no other transaction has locked. On SQLite the transaction locks the database anyway."""
    if connection.features.has_select_for_update_skip_locked:
        return rows.select_for_update(skip_locked=True, of=("self",), no_key=True)
    return rows


def _reseal_value(model: type[models.Model], field: SealedField, pk: Any, sealed: Any, done: Resealed) -> None:
    try:
        fresh = seal(unseal(sealed, purpose=field.purpose), purpose=field.purpose)
    except Unsealable:
        done.damaged += 1
        return
    done.values += model._base_manager.filter(pk=pk).update(**{field.name: fresh})


# --- Files ---------------------------------------------------------------------------------------------------


def _stored_files() -> Iterator[tuple[type[models.Model], Any, str]]:
    for model, field in _columns(SealedFileField):
        for pk, name in model._base_manager.order_by("pk").values_list("pk", field.name).iterator():
            if name and default_storage.exists(name):
                yield model, pk, name


def _reseal_files(model: type[models.Model], field: SealedFileField, done: Resealed) -> Iterator[None]:
    newest, *_ = key_marks()
    for owner, pk, name in list(_stored_files()):
        if owner is not model or key_of_file(storage=default_storage, name=name) in (newest, None):
            continue
        try:
            with resealed_copy(storage=default_storage, name=name, purpose=owner.PURPOSE) as take_its_place:  # type: ignore[attr-defined]
                done.files += _take_its_place(owner, field, pk, name, take_its_place)
        except Unsealable:
            done.damaged += 1
        except FileNotFoundError:
            continue  # a user has just discarded it
        yield


def _take_its_place(
    model: type[models.Model], field: SealedFileField, pk: Any, name: str, replace: Callable[[], Path]
) -> bool:
    """Replace the file while its row is locked, so that a file that is deleted meanwhile does not come back."""
    with transaction.atomic():
        row = model._base_manager.select_for_update(of=("self",), no_key=True).filter(pk=pk, **{field.name: name})
        if not row.exists() or not default_storage.exists(name):
            return False
        replace()
    return True
