"""A file that a user adds is stored as it streams in: encrypted, measured, and all of it or nothing."""

import errno
import hashlib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Sum

from lists.models import StoredTable
from lists.tables import seal_sheets
from vault.files import CHUNK_BYTES, open_sealed, store_sealed


class Readable(Protocol):
    """A source of bytes. `read` returns the next piece, and nothing at the end."""

    def read(self, size: int, /) -> bytes: ...


class TooLarge(Exception):
    """The file is larger than settings.MAX_UPLOAD_BYTES. Nothing of it is kept."""


class NoRoom(Exception):
    """The storage is full. Nothing of the file is kept."""


class NoRoomForMerchant(NoRoom):
    """The files of one merchant would take more than settings.MERCHANT_DISK_BYTES. Nothing of the file is kept."""


def room_of(merchant_id: int) -> int:
    """Return how many bytes the files of a merchant may still take. Those that were erased take none."""
    used = 0
    for kind in StoredTable.__subclasses__():
        erased = {"erased_at": None} if hasattr(kind, "erased_at") else {}
        kept = kind._base_manager.filter(**{kind.MERCHANT: merchant_id}, **erased)
        used += kept.aggregate(sum=Sum("size", default=0))["sum"]
    return int(settings.MERCHANT_DISK_BYTES - used)


@contextmanager
def stored_table(*, file: Readable, folder: str, purpose: str, room: int | None = None) -> Iterator[dict[str, Any]]:
    """Store a file and yield the fields of its `StoredTable`, for a block that writes the row.

    If the block raises, the file is deleted again. Raises TooLarge and NoRoom before the block, and NoRoomForMerchant
    for a file of more than `room` bytes.
    """
    measured = _Measured(file, room=room)
    stored_as = _stored(measured, name=f"{folder}/{uuid.uuid4().hex}", purpose=purpose)
    try:
        with open_sealed(storage=default_storage, name=stored_as, purpose=purpose) as stored:
            sealed_sheets = seal_sheets(stored)
        facts = {"size": measured.size, "digest": measured.digest.hexdigest(), "sealed_sheets": sealed_sheets}
        yield {"stored_as": stored_as, **facts}
    except BaseException:
        default_storage.delete(stored_as)
        raise


def delete_on_commit(table: StoredTable) -> None:
    """Delete a stored file once the transaction is committed: until then the row may still need it."""
    transaction.on_commit(lambda: default_storage.delete(table.stored_as))


def _stored(pieces: "_Measured", *, name: str, purpose: str) -> str:
    try:
        return store_sealed(pieces, storage=default_storage, name=name, purpose=purpose)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NoRoom from error
        raise


class _Measured:
    """A file's bytes as they pass by, with their number and SHA-256. Raises TooLarge as soon as they are too many."""

    def __init__(self, file: Readable, *, room: int | None) -> None:
        self._file = file
        self._room = room
        self.size = 0
        self.digest = hashlib.sha256()

    def __iter__(self) -> Iterator[bytes]:
        while piece := self._file.read(CHUNK_BYTES):
            self.size += len(piece)
            if self.size > settings.MAX_UPLOAD_BYTES:
                raise TooLarge
            if self._room is not None and self.size > self._room:
                raise NoRoomForMerchant
            self.digest.update(piece)
            yield piece
