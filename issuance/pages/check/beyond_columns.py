"""Addresses and numbers of a file that are in none of the columns that are used, in words."""

from collections.abc import Sequence

from issuance.models import Upload
from lists.spreadsheets import SheetHead
from lists.tables import other_sheets
from ui.wording import counted, listed

KINDS = (("email address", "email addresses"), ("phone number", "phone numbers"))


def unused_of(upload: Upload) -> list[str]:
    """Return sentences about what the reading found outside the used columns; none where it found nothing."""
    found = [(place, counts) for place, *counts in upload.findings.get("unused", [])]
    said = [_sentence(upload, [(place, counts[kind]) for place, counts in found], kind) for kind in range(len(KINDS))]
    said.append(_on_other_sheets(upload))
    unseen = upload.findings.get("unseen", 0)
    if unseen:
        said.append(f"The file also holds {counted(unseen, 'sign')} @ outside its lines: something could not be read")
    return [sentence for sentence in said if sentence]


def unused_columns(upload: Upload) -> list[dict[str, str | int]]:
    """Return the same as plain values, for the command line."""
    found = upload.findings.get("unused", [])
    columns = [{"column": _name(upload, place), "email": emails, "phone": phones} for place, emails, phones in found]
    sheets = [{"sheet": each.name, "email": each.emails, "phone": each.phones} for each in _sheets(upload)]
    return [*columns, *sheets]


def _sheets(upload: Upload) -> Sequence[SheetHead]:
    return [each for each in other_sheets(upload) if each.emails or each.phones]


def _on_other_sheets(upload: Upload) -> str:
    """Return what stands on sheets that are not read; nothing where it is nothing."""
    sheets = _sheets(upload)
    if not sheets:
        return ""
    where = [f"{_counts(each.emails, each.phones)} on “{each.name}”" for each in sheets]
    return f"Only one sheet is read. Not read: {listed(where)}"


def _counts(*numbers: int) -> str:
    return listed([counted(number, *words) for number, words in zip(numbers, KINDS, strict=True) if number])


def _sentence(upload: Upload, counts: Sequence[tuple[int | None, int]], kind: int) -> str:
    total = sum(count for _, count in counts)
    if not total:
        return ""
    where = listed([f"{count:,} in {_quoted(_name(upload, place), place)}" for place, count in counts if count])
    verb = "is" if total == 1 else "are"
    return f"This file holds {counted(total, *KINDS[kind])} that {verb} in none of the columns you chose: {where}"


def _quoted(name: str, place: int | None) -> str:
    return name if place is None else f"“{name}”"


def _name(upload: Upload, place: int | None) -> str:
    if place is None:
        return "the rows above the lines"
    return upload.columns[place] if place < len(upload.columns) else f"Column {place + 1}"
