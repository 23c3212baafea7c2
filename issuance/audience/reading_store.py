"""The lines of one reading, up to a million, on disk instead of in memory. They vanish with the process.

An unnamed SQLite database holds fingerprints, ranks and line numbers; SQLite unlinks its file at once. Normalised
identifiers go to an unlinked temporary file, encrypted with a key that exists only in this process.
"""

import os
import sqlite3
import tempfile
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from lists.lines import Certainty, IdentifierKind
from vault.sealing import FINGERPRINT_BYTES, KEY_BYTES

LENGTH_BYTES = 8


@dataclass(slots=True)
class Block:
    """Accepted lines in the order of the file: the same place in each sequence is the same line."""

    lines: "array[int]" = field(default_factory=lambda: array("I"))
    values: list[str] = field(default_factory=list)
    fingerprints: list[bytes] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.lines)


def identifier_kind(value: str) -> IdentifierKind:
    """Return the kind of a normalised identifier: only an address has an @."""
    return "email" if "@" in value else "phone"


class ReadingStore:
    """A context that takes accepted lines and yields them in two orders: as in the file, and by rank."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-16000;"
            "CREATE TABLE seen (rank INTEGER, fingerprint BLOB, line INTEGER);"
            "CREATE TABLE duplicate (line INTEGER PRIMARY KEY, kept INTEGER);"
            "CREATE TABLE other (fingerprint BLOB, line INTEGER, certainty INTEGER);"
            "CREATE TABLE doubt (line INTEGER PRIMARY KEY, reason TEXT);"
        )
        self._spill = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the store is
        self._cipher = AESGCM(os.urandom(KEY_BYTES))
        self._blocks = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()
        self._spill.close()

    def add(self, block: Block, *, ranks: Sequence[int]) -> None:
        """Store accepted lines, each with its guest's rank in the campaign."""
        self._insert("INSERT INTO seen VALUES (?, ?, ?)", zip(ranks, block.fingerprints, block.lines, strict=True))
        plain = b"".join([block.lines.tobytes(), *block.fingerprints, "\n".join(block.values).encode()])
        sealed = self._cipher.encrypt(self._blocks.to_bytes(12, "big"), plain, len(block).to_bytes(8, "big"))
        self._spill.write(len(block).to_bytes(LENGTH_BYTES, "big") + len(sealed).to_bytes(LENGTH_BYTES, "big") + sealed)
        self._blocks += 1

    def by_rank(self) -> Iterator[tuple[bytes, int]]:
        """Yield (fingerprint, line) by rank; the lines of one guest follow each other in the order of the file."""
        yield from self._database.execute("SELECT fingerprint, line FROM seen ORDER BY rank, fingerprint, line")

    def add_duplicates(self, pairs: Sequence[tuple[int, int]]) -> None:
        """Store (line, the line that counts)."""
        self._insert("INSERT INTO duplicate VALUES (?, ?)", pairs)

    def duplicates(self) -> Iterator[tuple[int, int]]:
        """Yield (line, the line that counts) in the order of the file."""
        yield from self._database.execute("SELECT line, kept FROM duplicate ORDER BY line")

    def add_others(self, rows: Sequence[tuple[bytes, int, int]]) -> None:
        """Store (fingerprint, line, certainty) of identifiers that are not sent because their line has another one."""
        if rows:
            self._insert("INSERT INTO other VALUES (?, ?, ?)", rows)

    def others_of(self, lines: Sequence[int]) -> Mapping[int, Sequence[bytes]]:
        """Return the other identifiers of these lines. Call it after `take_out_others`."""
        found: dict[int, list[bytes]] = {}
        marks = ", ".join("?" * len(lines))
        rows = self._database.execute(f"SELECT line, fingerprint FROM other WHERE line IN ({marks})", lines)  # noqa: S608
        for line, fingerprint in rows:
            found.setdefault(line, []).append(fingerprint)
        return found

    def take_out_others(self) -> Iterator[int]:
        """Yield lines with one identifier of a guest that another line names with both: duplicates of that line.

        So is a line whose damaged identifier is that of another line. Call it before `by_rank`, which then leaves them
        out.
        """
        if self._database.execute("SELECT 1 FROM other LIMIT 1").fetchone() is None:
            return
        self._database.execute("CREATE INDEX other_fingerprint ON other (fingerprint, line)")
        self._database.execute("CREATE INDEX other_line ON other (line)")
        self._database.execute(
            "INSERT INTO duplicate SELECT seen.line, min(other.line) FROM seen JOIN other USING (fingerprint)"
            " WHERE seen.line != other.line AND certainty = ? GROUP BY seen.line",
            [Certainty.SURE],
        )
        self._database.execute(
            "INSERT OR IGNORE INTO duplicate SELECT other.line, min(seen.line) FROM other JOIN seen USING (fingerprint)"
            " WHERE seen.line != other.line AND certainty = ? GROUP BY other.line",
            [Certainty.MEANT],
        )
        self._database.execute("DELETE FROM seen WHERE line IN (SELECT line FROM duplicate)")
        for (line,) in self._database.execute("SELECT line FROM duplicate"):
            yield line

    def settle_duplicates(self) -> None:
        """Let every duplicate name a line that counts, not another duplicate. Call it when all are known."""
        self._database.execute(
            "UPDATE duplicate SET kept = (SELECT first.kept FROM duplicate AS first WHERE first.line = duplicate.kept)"
            " WHERE kept IN (SELECT line FROM duplicate)"
        )

    def add_doubts(self, pairs: Sequence[tuple[int, str]]) -> None:
        """Store (line, why it is doubted)."""
        self._insert("INSERT INTO doubt VALUES (?, ?)", pairs)

    def doubts(self) -> Iterator[tuple[int, str]]:
        """Yield (line, why it is doubted) in the order of the file."""
        yield from self._database.execute("SELECT line, reason FROM doubt ORDER BY line")

    def blocks(self) -> Iterator[Block]:
        """Yield the accepted lines in the order of the file."""
        self._spill.seek(0)
        for index in range(self._blocks):
            count = int.from_bytes(self._spill.read(LENGTH_BYTES), "big")
            sealed = self._spill.read(int.from_bytes(self._spill.read(LENGTH_BYTES), "big"))
            plain = self._cipher.decrypt(index.to_bytes(12, "big"), sealed, count.to_bytes(8, "big"))
            yield _unpacked(plain, count)

    def _insert(self, statement: str, rows: object) -> None:
        self._database.execute("BEGIN")
        self._database.executemany(statement, rows)  # type: ignore[arg-type]
        self._database.execute("COMMIT")


def _unpacked(plain: bytes, count: int) -> Block:
    lines = array("I")
    end = count * lines.itemsize
    lines.frombytes(plain[:end])
    prints_end = end + count * FINGERPRINT_BYTES
    prints = [plain[at : at + FINGERPRINT_BYTES] for at in range(end, prints_end, FINGERPRINT_BYTES)]
    return Block(lines=lines, values=plain[prints_end:].decode().split("\n"), fingerprints=prints)
