"""How an upload is to be read: as a user said, else as such a file was matched before, else as it looks."""

from dataclasses import dataclass, replace
from typing import Any

from issuance.audience import column_memory
from issuance.models import Upload
from lists.detection import Shape
from lists.file_problems import FileProblem, Unopenable
from lists.tables import Beginning, RecognisedTable, beginning_of_stored


@dataclass(frozen=True, kw_only=True)
class RecognisedUpload(RecognisedTable):
    """A table of guests: also which identifier counts when a line has both, and whether it was matched as last time."""

    prefers: str
    as_last_time: bool

    def settled(self) -> dict[str, Any]:
        """Return the fields of an upload that say how it is read."""
        return {**super().settled(), "prefers": self.prefers, "as_last_time": self.as_last_time}


def recognise(
    upload: Upload, *, sheet: int | None = None, header_row: int | None = None, encoding: str | None = None
) -> RecognisedUpload | FileProblem:
    """Return how the file is read, or would be with another sheet, header or encoding.

    Its first rows are for the screen only.
    """
    try:
        beginning = beginning_of_stored(upload)
    except Unopenable as refusal:
        return refusal.problem
    merchant, settled = upload.issuance.merchant, bool(upload.columns)
    if sheet is not None or header_row is not None or encoding is not None:
        encoding = encoding or upload.encoding
        shape = beginning.shape(country=merchant.country, sheet=sheet, header_row=header_row, encoding=encoding)
        return _recognised(beginning, shape, prefers=upload.prefers, as_last_time=False)
    recalled = column_memory.recall(beginning, merchant=merchant) if upload.mapping_is_guessed and not settled else None
    if recalled:
        return _recognised(beginning, recalled.shape, prefers=recalled.prefers, as_last_time=True)
    said: dict[str, Any] = {"sheet": upload.sheet, "header_row": upload.header_row, "encoding": upload.encoding}
    shape = beginning.shape(country=merchant.country, **said)
    if isinstance(shape, Shape) and (settled or not upload.mapping_is_guessed):
        questions = shape.questions if upload.mapping_is_guessed else {}
        shape = replace(shape, mapping=upload.mapping, questions=questions)
    if isinstance(shape, Shape):
        shape = replace(shape, reads_hidden=upload.reads_hidden)
    return _recognised(beginning, shape, prefers=upload.prefers, as_last_time=upload.as_last_time)


def _recognised(
    beginning: Beginning, shape: Shape | FileProblem, *, prefers: str, as_last_time: bool
) -> RecognisedUpload | FileProblem:
    if not isinstance(shape, Shape):
        return shape
    found: dict[str, Any] = {"sheets": beginning.sheets or (), "encodings": beginning.encodings(shape)}
    return RecognisedUpload(shape=shape, prefers=prefers, as_last_time=as_last_time, **found)
