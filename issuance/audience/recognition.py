"""How an upload is to be read: as a person said, else as such a file was matched before, else as it looks."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.core.files.storage import default_storage

from issuance.audience import column_memory
from issuance.models import Upload
from lists.detection import FileProblem, Shape
from lists.spreadsheets import SheetHead, Unopenable
from lists.tables import Beginning, beginning_of
from vault.files import open_sealed

UPLOAD = "upload"
"""The purpose under which an uploaded file is sealed."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """A table and how it is read. `sheets` are those one may choose from; a text file has none."""

    shape: Shape
    prefers: str
    as_last_time: bool
    sheets: Sequence[SheetHead]

    def settled(self) -> dict[str, Any]:
        """Return the fields of an upload that say how it is read."""
        return {
            "encoding": self.shape.encoding,
            "delimiter": self.shape.delimiter,
            "sheet": self.shape.sheet,
            "header_row": self.shape.header_row,
            "columns": list(self.shape.columns),
            "mapping": dict(self.shape.mapping),
            "prefers": self.prefers,
            "as_last_time": self.as_last_time,
        }


def open_upload(upload: Upload) -> io.BufferedReader:
    """Return a reader of the uploaded bytes; close it. Raises Unsealable and FileNotFoundError."""
    return open_sealed(storage=default_storage, name=upload.stored_as, purpose=UPLOAD)


def look_at(upload: Upload, *, sheet: int | None = None, header_row: int | None = None) -> Look | FileProblem:
    """Return how the file is read, or would be with another sheet or header.

    Its first rows are in clear, for the screen only. Raises Unsealable and FileNotFoundError.
    """
    try:
        with open_upload(upload) as file:
            beginning = beginning_of(file, upload=upload)
    except Unopenable as refusal:
        return refusal.problem
    if sheet is not None or header_row is not None:
        return _otherwise(upload, beginning, sheet=sheet, header_row=header_row)
    return _as_it_stands(upload, beginning)


def beginning_of_upload(upload: Upload) -> Beginning:
    """Return the first rows of an upload. Raises Unsealable, FileNotFoundError and Unopenable."""
    with open_upload(upload) as file:
        return beginning_of(file, upload=upload)


def _as_it_stands(upload: Upload, beginning: Beginning) -> Look | FileProblem:
    merchant, settled = upload.issuance.merchant, bool(upload.columns)
    recalled = column_memory.recall(beginning, merchant=merchant) if upload.mapping_is_guessed and not settled else None
    if recalled:
        return _look(beginning, recalled.shape, prefers=recalled.prefers, as_last_time=True)
    shape = beginning.shape(country=merchant.country, sheet=upload.sheet, header_row=upload.header_row)
    if not isinstance(shape, Shape):
        return shape
    if settled or not upload.mapping_is_guessed:
        shape = replace(shape, mapping=upload.mapping)
    return _look(beginning, shape, prefers=upload.prefers, as_last_time=upload.as_last_time)


def _otherwise(
    upload: Upload, beginning: Beginning, *, sheet: int | None, header_row: int | None
) -> Look | FileProblem:
    shape = beginning.shape(country=upload.issuance.merchant.country, sheet=sheet, header_row=header_row)
    if not isinstance(shape, Shape):
        return shape
    return _look(beginning, shape, prefers=upload.prefers, as_last_time=False)


def _look(beginning: Beginning, shape: Shape, *, prefers: str, as_last_time: bool) -> Look:
    return Look(shape=shape, prefers=prefers, as_last_time=as_last_time, sheets=beginning.sheets or ())
