"""Files that are encrypted chunk by chunk: written and read as a stream.

A file has a key of its own, sealed in its first bytes, so that rotation rewrites only those. A chunk's nonce is its
index and whether it is the last (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015): a file in
which chunks were moved, added or cut off does not open.
"""

import io
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import IO, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.core.files.base import File
from django.core.files.storage import Storage

from vault.sealing import KEY_BYTES, KEY_MARK_BYTES, Unsealable, seal, unseal

CHUNK_BYTES = 64 * 1024
TAG_BYTES = 16
LENGTH_BYTES = 2


def store_sealed(pieces: Iterable[bytes], *, storage: Storage, name: str, purpose: str) -> str:
    """Store the pieces encrypted, as they come; return the file's name. If anything raises, nothing is left of it."""
    try:
        return storage.save(name, _Sealed(pieces, purpose=purpose))
    except BaseException:
        with suppress(OSError):
            storage.delete(name)
        raise


def open_sealed(*, storage: Storage, name: str, purpose: str) -> io.BufferedReader:
    """Return a reader of the plain bytes; close it. Raises FileNotFoundError, and Unsealable, also while reading."""
    raw = storage.open(name, "rb")
    try:
        return io.BufferedReader(SealedFileReader(raw, purpose=purpose), buffer_size=CHUNK_BYTES)
    except BaseException:
        raw.close()
        raise


def key_of_file(*, storage: Storage, name: str) -> bytes | None:
    """Return the mark of the data key that sealed the file's own key; None for a file that is gone."""
    try:
        with storage.open(name, "rb") as raw:
            return bytes(raw.read(LENGTH_BYTES + KEY_MARK_BYTES)[LENGTH_BYTES:])
    except FileNotFoundError:
        return None


@contextmanager
def resealed_copy(*, storage: Storage, name: str, purpose: str) -> Iterator[Callable[[], Path]]:
    """Yield a function that puts in a file's place its copy, whose key the newest data key has sealed.

    The chunks stay as they are. If the function is not called, the file stays as it is. Raises FileNotFoundError and
    Unsealable.
    """
    there = Path(storage.path(name))
    copy = there.with_name(f"{there.name}.resealed")
    try:
        with there.open("rb") as old, copy.open("wb") as new:
            sealed_key = old.read(int.from_bytes(old.read(LENGTH_BYTES), "big"))
            fresh = seal(unseal(sealed_key, purpose=purpose), purpose=purpose)
            new.write(len(fresh).to_bytes(LENGTH_BYTES, "big") + fresh)
            shutil.copyfileobj(old, new)
            new.flush()
            os.fsync(new.fileno())
        shutil.copymode(there, copy)
        yield partial(copy.replace, there)
    finally:
        copy.unlink(missing_ok=True)


def sealed_chunks(pieces: Iterable[bytes], *, purpose: str) -> Iterator[bytes]:
    """Yield an encrypted file, piece by piece: its sealed key, then the chunks, the last of them marked as the last."""
    key = os.urandom(KEY_BYTES)
    cipher, sealed_key = AESGCM(key), seal(key, purpose=purpose)
    yield len(sealed_key).to_bytes(LENGTH_BYTES, "big") + sealed_key
    index, waiting = 0, bytearray()
    for piece in pieces:
        waiting += piece
        while len(waiting) > CHUNK_BYTES:
            yield cipher.encrypt(_nonce(index, last=False), bytes(waiting[:CHUNK_BYTES]), None)
            del waiting[:CHUNK_BYTES]
            index += 1
    yield cipher.encrypt(_nonce(index, last=True), bytes(waiting), None)


def _nonce(index: int, *, last: bool) -> bytes:
    return index.to_bytes(11, "big") + bytes([last])


class _Sealed(File):  # type: ignore[type-arg]
    """The encrypted file as Django's storages want it: they ask for chunks, or read."""

    def __init__(self, pieces: Iterable[bytes], *, purpose: str) -> None:
        super().__init__(None, name="sealed")
        self._chunks = sealed_chunks(pieces, purpose=purpose)
        self._rest = b""

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:  # noqa: ARG002 - Django asks for a size
        return self._chunks

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes. Storages that upload use it."""
        found = bytearray(self._rest)
        while size < 0 or len(found) < size:
            chunk = next(self._chunks, b"")
            if not chunk:
                break
            found += chunk
        end = len(found) if size < 0 else size
        self._rest = bytes(found[end:])
        return bytes(found[:end])


class SealedFileReader(io.RawIOBase):
    """The plain bytes of a sealed file. Seeking is cheap: only the chunk at the new position is opened."""

    def __init__(self, raw: "IO[bytes] | File[Any]", *, purpose: str) -> None:
        self._raw = raw
        length = int.from_bytes(raw.read(LENGTH_BYTES), "big")
        self._cipher = AESGCM(unseal(raw.read(length), purpose=purpose))
        self._start = LENGTH_BYTES + length
        sealed = raw.seek(0, os.SEEK_END) - self._start
        self._chunk_count = max(1, -(-sealed // (CHUNK_BYTES + TAG_BYTES)))
        self.size = sealed - self._chunk_count * TAG_BYTES
        self._position = 0
        self._opened: tuple[int, bytes] = (-1, b"")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self.size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def readinto(self, buffer: Any) -> int:
        index, offset = divmod(self._position, CHUNK_BYTES)
        if index >= self._chunk_count:
            return 0
        found = self._chunk(index)[offset : offset + len(buffer)]
        buffer[: len(found)] = found
        self._position += len(found)
        return len(found)

    def close(self) -> None:
        self._raw.close()
        super().close()

    def _chunk(self, index: int) -> bytes:
        if self._opened[0] != index:
            self._raw.seek(self._start + index * (CHUNK_BYTES + TAG_BYTES))
            sealed = self._raw.read(CHUNK_BYTES + TAG_BYTES)
            nonce = _nonce(index, last=index == self._chunk_count - 1)
            try:
                self._opened = (index, self._cipher.decrypt(nonce, sealed, None))
            except InvalidTag:
                raise Unsealable("the file is damaged, or does not end where it ended") from None
        return self._opened[1]
