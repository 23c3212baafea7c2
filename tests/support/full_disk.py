"""A storage on a disk that is full after the first bytes."""

import errno
from pathlib import Path

from django.core.files.storage import FileSystemStorage


class FullDisk(FileSystemStorage):
    """Writes what fits, then answers as the operating system does."""

    def _save(self, name, content):
        target = Path(self.path(name))
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(next(iter(content.chunks()))[:10])
        raise OSError(errno.ENOSPC, "No space left on device")
