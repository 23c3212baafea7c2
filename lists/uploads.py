"""A table that somebody adds is stored as it streams in: encrypted, measured, and all of it or nothing."""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from django.conf import settings
from django.core.files.storage import default_storage

from lists.tables import sealed_sheets
from vault.files import CHUNK_BYTES, open_sealed, store_sealed


class Readable(Protocol):
    """What bytes can be read from, piece by piece: nothing at the end."""

    def read(self, size: int, /) -> bytes: ...


class TooLarge(Exception):
    """The file is larger than settings.MAX_UPLOAD_BYTES. Nothing of it is kept."""


class NoRoom(Exception):
    """The storage is full. Nothing of the file is kept."""


@dataclass(frozen=True, kw_only=True)
class StoredTable:
    """Where a file is stored, its size before encryption in bytes, its SHA-256, and the beginning of its sheets."""

    stored_as: str
    size: int
    digest: str
    sealed_sheets: bytes = field(repr=False)


def store_table(*, file: Readable, name: str, purpose: str) -> StoredTable:
    """Store a file encrypted under a name that the storage may change. Raises TooLarge and NoRoom."""
    measured = _Measured(file)
    stored_as = _stored(measured, name=name, purpose=purpose)
    try:
        with open_sealed(storage=default_storage, name=stored_as, purpose=purpose) as stored:
            sheets = sealed_sheets(stored)
    except BaseException:
        default_storage.delete(stored_as)
        raise
    return StoredTable(
        stored_as=stored_as, size=measured.size, digest=measured.digest.hexdigest(), sealed_sheets=sheets
    )


def _stored(pieces: _Measured, *, name: str, purpose: str) -> str:
    try:
        return store_sealed(pieces, storage=default_storage, name=name, purpose=purpose)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NoRoom from error
        raise


class _Measured:
    """A file's bytes as they pass by, with their number and SHA-256. Raises TooLarge as soon as they are too many."""

    def __init__(self, file: Readable) -> None:
        self._file = file
        self.size = 0
        self.digest = hashlib.sha256()

    def __iter__(self) -> Iterator[bytes]:
        while piece := self._file.read(CHUNK_BYTES):
            self.size += len(piece)
            if self.size > settings.MAX_UPLOAD_BYTES:
                raise TooLarge
            self.digest.update(piece)
            yield piece
