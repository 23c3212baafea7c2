"""What keeps a process from the guests' data: keys or a storage that are not those of the others."""

from django.db import Error

from vault.sealing import Unsealable, fingerprint_key_opens, key_marks
from vault.stored_files import files_are_reached, files_can_be_written

KEYS = (
    "This process cannot open the key of the guests' fingerprints. Its DATA_KEYS must list the keys of the other"
    " processes, and those that the rows were sealed with."
)
FILES = (
    "This process does not find the uploaded files. VAR_DIR/uploads must be the folder that all processes share,"
    " and belong to this database."
)
FULL = "This process cannot write to VAR_DIR/uploads: no user could add a list."


def obstacles() -> list[str]:
    """Return what would keep this process from its work, for operators. A database that is away is no obstacle."""
    try:
        key_marks()
        found = [KEYS] if not fingerprint_key_opens() else []
        found += [FILES] if not files_are_reached() else []
    except Unsealable as problem:
        return [f"{problem}."]
    except Error:
        found = []  # processes wait for their database
    return found + ([] if files_can_be_written() else [FULL])
