"""Cells of a file that pages and downloads show again: kept encrypted, and shortened."""

from vault.sealing import Unsealable, seal, unseal

LONGEST_KEPT_CELL = 200
"""Characters. Enough to recognise the line."""


def seal_cell(cell: str, *, purpose: str) -> bytes:
    """Return a cell as it is kept. Characters that UTF-8 cannot write become question marks."""
    return seal(cell[:LONGEST_KEPT_CELL].encode("utf-8", "replace"), purpose=purpose)


def open_cell(sealed: bytes | memoryview, *, purpose: str) -> str:
    """Return a kept cell; nothing where it is erased, or can no longer be opened."""
    try:
        return unseal(sealed, purpose=purpose).decode()
    except Unsealable:
        return ""
