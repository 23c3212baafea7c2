"""A user says which column holds what: the file is read so, and the next file like it is matched the same way."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from accounts.models import User
from issuance.audience import column_memory
from issuance.audience.recognition import RecognisedUpload, recognise
from issuance.drafts.drafts import ColumnMatch, change_columns
from issuance.models import Issuance
from lists.detection import Shape
from lists.file_problems import FileProblem
from lists.tables import beginning_of_stored


def match_columns(*, issuance: Issuance, match: ColumnMatch, by: User | None, at: datetime) -> None:
    """Have the file read again if the match differs from how it is read. Save the match for files of this shape.

    Raises IllegalMove, Overtaken and Unopenable.
    """
    upload = issuance.upload
    upload.issuance = issuance
    beginning = beginning_of_stored(upload)
    country = issuance.merchant.country
    matched = beginning.shape(country=country, sheet=match.sheet, header_row=match.header_row)
    if isinstance(matched, Shape):
        matched = replace(matched, mapping=match.mapping)
        column_memory.remember(beginning, merchant=issuance.merchant, matched=matched, prefers=match.prefers, at=at)
    if match == _as_it_is(recognise(upload)):
        return
    change_columns(issuance=issuance, match=match, by=by, at=at)


def _as_it_is(recognised: RecognisedUpload | FileProblem) -> ColumnMatch | None:
    if isinstance(recognised, FileProblem):
        return None
    shape = recognised.shape
    return ColumnMatch(
        mapping=dict(shape.mapping), header_row=shape.header_row, sheet=shape.sheet, prefers=recognised.prefers
    )
