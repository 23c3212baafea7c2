"""Files on the disk of the user who runs a command, opened anew for each reading."""

import io
from pathlib import Path

from results.outcome_files.outcome_lines import Source


def on_disk(path: Path) -> Source:
    """Return what opens a file. It raises OSError."""
    return lambda: io.BufferedReader(_DiskFile(path), io.DEFAULT_BUFFER_SIZE * 16)


class _DiskFile(io.RawIOBase):
    """A file that a reader of its text may close by letting it go, as readers of lists do, without a warning."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file = path.open("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview") -> int | None:  # type: ignore[override]
        return self._file.readinto(buffer)

    def seek(self, place: int, whence: int = io.SEEK_SET, /) -> int:
        return self._file.seek(place, whence)

    def tell(self) -> int:
        return self._file.tell()

    def close(self) -> None:
        self._file.close()
        super().close()
