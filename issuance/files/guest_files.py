"""Files of guests: those who failed, those to invite, and those whose reward a revocation takes back."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from issuance.files import original_rows
from issuance.files.file_rows import name_columns
from issuance.jobs.failure_reasons import MAY_JOIN, ReasonCode, reason_of
from issuance.jobs.failures import words_of_retry
from issuance.manifests import identifiers_of
from issuance.models import Batch, Failure, Issuance, Manifest, Recipient, Upload
from issuance.states import BatchState
from lists import csv_out
from lists.csv_out import ROWS_AT_ONCE
from partner_api.answers.jobs import Identifier
from vault.sealing import Unsealable

BATCHES_OPEN = 8
"""Each variant's batches divide the lines in order: no more than four are read at a time."""


class _GuestNote(NamedTuple):
    """What the files say of one guest. The fields are the columns behind those of the user's file."""

    line: int
    status: str
    reason_code: str
    reason: str
    what_to_do: str
    sent_to: str
    job: int
    job_id: str


SENT_TO = _GuestNote._fields.index("sent_to")
"""Which of these columns holds the identifier as it was sent, which a correction may have changed."""


def failures_csv(issuance: Issuance) -> Iterator[bytes]:
    """Yield a CSV file of the failures of an issuance, in the order of the lines, as UTF-8 with a byte order mark."""
    names, batches = SentIdentifiers(), _batches(issuance)
    fields = ("line", "batch", "position", "reason_code", "reason", "retry", "retry__state", "settlement")
    rows = _failures(issuance).values_list(*fields).iterator(chunk_size=ROWS_AT_ONCE)
    notes = (_of_failure(row, batches[row[1]], names) for row in rows)
    return original_rows.beside_original(issuance, notes, columns=_GuestNote._fields)


def affected_csv(issuance: Issuance, batches: Collection[Batch]) -> Iterator[bytes]:
    """Yield a CSV file of the guests who have a reward of these batches, or may have: all not named as failed.

    Before a revocation the file says which guests it would affect, afterwards which guests to inform.
    """
    names, known = SentIdentifiers(), {batch.pk: batch for batch in batches}
    hit = affected(batches).order_by("line")
    rows = hit.values_list("line", "batch", "position").iterator(chunk_size=ROWS_AT_ONCE)
    notes = (_of_affected(line, known[key], names.at(known[key], position)) for line, key, position in rows)
    return original_rows.beside_original(issuance, notes, columns=_GuestNote._fields)


def affected(batches: Collection[Batch]) -> QuerySet[Recipient]:
    """Return the guests who have a reward of these batches, or may have."""
    failed = Failure.objects.filter(batch=OuterRef("batch"), position=OuterRef("position"))
    return Recipient.objects.filter(~Exists(failed), batch__in=[batch.pk for batch in batches], batch__is_control=False)


# --- What is said of a guest -----------------------------------------------------------------------------------


def _of_failure(row: tuple[Any, ...], batch: Batch, names: "SentIdentifiers") -> _GuestNote:
    line, _, position, code, said, retry, retry_state, settlement = row
    reason = reason_of(code)
    words = said if reason.code is ReasonCode.OTHER else reason.means
    retried = f"failed, {words_of_retry(retry_state)} {retry}" if retry else "failed"
    status = "failed, settled" if settlement else retried
    to_do = "" if retry or settlement else reason.todo
    return _GuestNote(
        line or 0, status, code, words, to_do, names.at(batch, position), batch.number, batch.job_id or ""
    )


def _of_affected(line: int, batch: Batch, name: str) -> _GuestNote:
    status, code, to_do = _STATUS_AFTER.get(BatchState(batch.state), _ISSUED)
    return _GuestNote(line, status, code, batch.revoke_reason, to_do, name, batch.number, batch.job_id or "")


_ISSUED = ("issued", "issued", "")
_BEING_REVOKED = ("being revoked", "revoking", "Tell the guest that the reward is taken back.")
_STATUS_AFTER = {
    BatchState.REVOKE_QUEUED: _BEING_REVOKED,
    BatchState.REVOKING: _BEING_REVOKED,
    BatchState.REVOKED: ("revoked", "revoked", "Tell the guest that the reward was taken back."),
}


def _batches(issuance: Issuance) -> Mapping[int, Batch]:
    return {batch.pk: batch for batch in Batch.objects.kept().filter(issuance=issuance)}


def _failures(issuance: Issuance) -> Any:
    recipients = Recipient.objects.filter(batch=OuterRef("batch"), position=OuterRef("position"))
    rows = Failure.objects.filter(batch__issuance=issuance).annotate(line=Subquery(recipients.values("line")[:1]))
    return rows.order_by("line")


class SentIdentifiers:
    """The identifiers of recipients, from batches that are opened when first needed and not kept for long."""

    def __init__(self) -> None:
        self._opened = lru_cache(maxsize=BATCHES_OPEN)(_identifiers)

    def at(self, batch: Batch, position: int) -> str:
        """Return the identifier at a position; empty once it has been erased."""
        found = self._opened(batch.pk)
        return found[position].value if position < len(found) else ""


def _identifiers(batch_id: int) -> Sequence[Identifier]:
    try:
        return identifiers_of(Batch.objects.select_related("manifest").get(pk=batch_id))
    except (Manifest.DoesNotExist, Unsealable):
        return ()


# --- Guests to invite ------------------------------------------------------------------------------------------


class _Guest(NamedTuple):
    """A guest who is no member: the line, and the identifier that was sent."""

    line: int
    sent_to: str


def invitations_csv(issuance: Issuance) -> Iterator[bytes]:
    """Yield a CSV file of the open failures that are no members: email address, and names where the file had them.

    A guest sent by phone number is in it when the file has an email address beside it. The columns are those that
    Thanx takes for a subscriber.
    """
    names, batches, upload = SentIdentifiers(), _batches(issuance), original_rows.upload_of(issuance)
    columns = name_columns(upload)
    found = to_invite(issuance).values_list("line", "batch", "position").iterator(chunk_size=ROWS_AT_ONCE)
    guests = (_Guest(line or 0, names.at(batches[key], position)) for line, key, position in found)
    invited = (
        _invited(cells, guest, upload, columns) for cells, guest in original_rows.with_original(issuance, guests)
    )
    yield from csv_out.as_csv(_with_header(["email", *columns], (row for row in invited if row[0])))


def to_invite(issuance: Issuance) -> Any:
    """Return the open failures that are no members."""
    return _failures(issuance).filter(retry=None, settlement=None, reason_code__in=sorted(MAY_JOIN))


def _invited(cells: list[str], guest: _Guest, upload: Upload | None, columns: Mapping[str, int]) -> list[str]:
    beside = upload.mapping.get("email") if upload else None
    in_file = cells[beside].strip() if beside is not None and beside < len(cells) else ""
    email = guest.sent_to if "@" in guest.sent_to else in_file if "@" in in_file else ""
    return [email, *(cells[index].strip() if index < len(cells) else "" for index in columns.values())]


def _with_header(header: list[str], rows: Iterator[list[str]]) -> Iterator[list[str]]:
    yield header
    yield from rows
