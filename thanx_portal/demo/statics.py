"""Whether the static files must be collected again, which takes several seconds."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders

MANIFEST = "staticfiles.json"


def have_changed() -> bool:
    """Whether the files have changed since they were collected."""
    stamp = _stamp()
    return not (Path(settings.STATIC_ROOT) / MANIFEST).exists() or not stamp.exists() or stamp.read_text() != _digest()


def record_collected() -> None:
    """Record that the present files have been collected."""
    _stamp().write_text(_digest())


def _stamp() -> Path:
    return Path(settings.VAR_DIR) / "static.stamp"


def _digest() -> str:
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list(ignore_patterns=[]):
            digest.update(f"{path} {storage.size(path)} {storage.get_modified_time(path)}\n".encode())
    return digest.hexdigest()
