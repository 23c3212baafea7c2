"""Matching columns: the first rows of a table, and what each column seems to hold."""

from dataclasses import dataclass
from typing import Any

from issuance.audience.recognition import RecognisedUpload, recognise
from issuance.models import DraftStep, Issuance, Upload
from issuance.pages.links import DraftPage
from issuance.states import IssuanceState
from lists.detection import Shape
from lists.first_rows import FirstRows, columns_asked, columns_found, first_rows

KINDS = {"email": "email addresses", "phone": "phone numbers"}
STRAY = 0.05
"""A smaller part of a column's cells than this is no guess."""

NOT_FOUND = "No column looks like email addresses or phone numbers. Please say which one holds them."


@dataclass(frozen=True, kw_only=True)
class ColumnsPage(DraftPage):
    """The second step of a draft. `prefers` is the kind of identifier that counts when a line has both."""

    STEP = DraftStep.COLUMNS

    file_name: str
    sentence: str
    as_last_time: bool
    table: FirstRows
    prefers: str


def columns_page(
    issuance: Issuance, *, sheet: int | None = None, header_row: int | None = None, encoding: str | None = None
) -> ColumnsPage | None:
    """Return the page on which columns are matched, of another sheet, header or encoding where one is given.

    None where there is no table to match; the check says why.
    """
    recognised = _recognised(issuance, sheet=sheet, header_row=header_row, encoding=encoding)
    if recognised is None:
        return None
    shape = recognised.shape
    guesses = [_guess(shape, index) for index in range(len(shape.columns))]
    return ColumnsPage(
        issuance=issuance,
        file_name=issuance.upload.file_name,
        sentence=columns_asked(shape, kinds=KINDS) or columns_found(shape, kinds=KINDS) or NOT_FOUND,
        as_last_time=recognised.as_last_time,
        table=first_rows(recognised, guesses=guesses, noun="guest"),
        prefers=recognised.prefers,
    )


def _recognised(issuance: Issuance, **asked: Any) -> RecognisedUpload | None:
    upload: Upload | None = getattr(issuance, "upload", None)
    if upload is None or issuance.state == IssuanceState.CONFIRMED:
        return None
    upload.issuance = issuance
    found = recognise(upload, **asked)
    return found if isinstance(found, RecognisedUpload) else None


def _guess(shape: Shape, index: int) -> str:
    likely = {kind: shares[index] for kind, shares in shape.shares.items() if index < len(shares)}
    seen = [f"{share * 100:.0f} % look like {KINDS[kind]}" for kind, share in likely.items() if share >= STRAY]
    if index in shape.hidden:
        seen.append("hidden in the spreadsheet")
    if not seen and index in shape.mapping.values():
        return "by its name"
    return ", ".join(seen) or "not used"
