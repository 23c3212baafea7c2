"""The stored files: whether this process reaches them, and those that no row names any more."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import models

from vault.fields import SealedFileField

LEFT_ALONE = timedelta(days=1)
"""A younger file may belong to an upload that has not committed its row yet."""


def delete_stray_files(*, at: datetime) -> int:
    """Delete stored files that are a day old and that no row names; return how many.

    A process died while a user uploaded them.
    """
    strays = sorted(set(_stored()) - set(_named()))
    old = [name for name in strays if at - default_storage.get_modified_time(name) >= LEFT_ALONE]
    for name in old:
        default_storage.delete(name)
    return len(old)


def files_are_reached() -> bool:
    """Whether the latest file of each kind is where this process looks for it: all machines share one storage."""
    return all(_is_reached(model, field) for model, field in _columns())


def files_can_be_written() -> bool:
    """Whether this process can store a file. It stores one and deletes it again."""
    try:
        name = default_storage.save("probe", ContentFile(b"probe"))
        default_storage.delete(name)
    except OSError:
        return False
    return True


def _is_reached(model: type[models.Model], field: SealedFileField) -> bool:
    kept = model._base_manager.exclude(**{field.name: ""})
    if any(each.name == "erased_at" for each in model._meta.local_concrete_fields):
        kept = kept.filter(erased_at=None)
    latest = kept.order_by("-pk").values_list("pk", field.name).first()
    if latest is None or default_storage.exists(latest[1]):
        return True
    # It may have been replaced or discarded just now.
    return not kept.filter(pk=latest[0], **{field.name: latest[1]}).exists()


def _stored() -> Iterator[str]:
    """Yield the names of all stored files. Each is in a folder: of its issuance, or of its kind of list."""
    if not default_storage.exists("."):
        return
    folders, _ = default_storage.listdir("")
    for folder in folders:
        yield from (f"{folder}/{name}" for name in default_storage.listdir(folder)[1])


def _named() -> Iterator[str]:
    for model, field in _columns():
        yield from model._base_manager.values_list(field.name, flat=True)


def _columns() -> list[tuple[type[models.Model], SealedFileField]]:
    return [
        (model, field)
        for model in apps.get_models()
        for field in model._meta.local_concrete_fields
        if isinstance(field, SealedFileField)
    ]
