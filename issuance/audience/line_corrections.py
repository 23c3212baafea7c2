"""What users correct in a draft. The file stays as it came; every reading of it applies the corrections.

A *correction* is about one line: which guest is meant, or that the line is left out. A *rule* is about all lines of a
reason: use what is suggested for them, or leave them out. Users can take back both. The same file, columns, corrections
and rules always give the same audience.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from engine.moves import Overtaken
from issuance.locks import lock_issuance
from issuance.models import CorrectedLine, Issuance, Upload
from issuance.states import IssuanceMove, IssuanceState
from lists.lines import TO_FIX, LineRules
from vault.fields import purpose_of
from vault.sealing import seal, unseal

CORRECTION = purpose_of(CorrectedLine, "sealed_value")
"""The purpose under which the identifier that a user typed is sealed."""

LINES_AT_ONCE = 1_000


class ReasonDecision(StrEnum):
    """What a user decides for all lines of a reason."""

    APPLY = "apply"
    LEAVE_OUT = "leave_out"
    UNDO = "undo"


def decide(*, issuance: Issuance, reason: str, decision: ReasonDecision, by: User | None, at: datetime) -> None:
    """Use what is suggested for all lines of a reason, leave them out, or undo either. Doing it again changes nothing.

    The file is read again if the recipients change. Raises Overtaken when the draft is not READY.
    """
    with transaction.atomic():
        upload = _held(issuance)
        before = LineRules.of(upload.rules)
        after = _decided(before, reason, decision)
        if after == before:
            return
        Upload.objects.filter(pk=upload.pk).update(rules=after.kept())
        if before.apply != after.apply or reason not in TO_FIX:
            _read_again(issuance, by=by, at=at)
        facts: dict[str, Any] = {"before": before.kept(), "after": after.kept()}
        facts |= {"kind": reason, "decision": decision.value}
        audit.record(action="kind of line decided", on=issuance, by=by, at=at, file_digest=upload.digest, **facts)


def correct(
    *, issuance: Issuance, values: Mapping[int, str], by: User | None, at: datetime, taken_back: Collection[int] = ()
) -> None:
    """Replace the identifiers of lines with normalised ones; an empty one leaves the line out.

    Lines in `taken_back` are again as in the file. However many lines are given, the file is read once. Raises
    Overtaken when the draft is not READY.
    """
    if not values and not taken_back:
        return
    with transaction.atomic():
        upload = _held(issuance)
        undone, _ = CorrectedLine.objects.filter(issuance=issuance, line__in=taken_back).delete()
        _keep(issuance, values, by=by, at=at)
        _read_again(issuance, by=by, at=at)
        facts = {"lines": len(values), "left_out": sum(not value for value in values.values()), "taken_back": undone}
        audit.record(action="lines corrected", on=issuance, by=by, at=at, file_digest=upload.digest, **facts)


def take_back_all(*, issuance: Issuance, by: User | None, at: datetime) -> None:
    """Delete all corrections: every line is again as in the file. Raises Overtaken when the draft is not READY."""
    with transaction.atomic():
        upload = _held(issuance)
        undone, _ = CorrectedLine.objects.filter(issuance=issuance).delete()
        if undone:
            _read_again(issuance, by=by, at=at)
            audit.record(
                action="corrections taken back", on=issuance, by=by, at=at, file_digest=upload.digest, lines=undone
            )


def corrected_identifiers(rows: Iterable[CorrectedLine]) -> Mapping[int, str]:
    """Return the corrected identifiers by line number; an empty one leaves the line out. Raises Unsealable."""
    return {row.line: unseal(row.sealed_value, purpose=CORRECTION).decode() for row in rows}


def forget(issuance: Issuance) -> None:
    """Delete corrections, rules and notes of an issuance whose file was replaced or deleted."""
    CorrectedLine.objects.filter(issuance=issuance).delete()
    Upload.objects.filter(issuance=issuance).update(rules={}, findings={}, sealed_examples=b"")


def _decided(rules: LineRules, reason: str, decision: ReasonDecision) -> LineRules:
    neither = replace(rules, apply=rules.apply - {reason}, leave_out=rules.leave_out - {reason})
    if decision is ReasonDecision.APPLY:
        return replace(neither, apply=neither.apply | {reason})
    if decision is ReasonDecision.LEAVE_OUT:
        return replace(neither, leave_out=neither.leave_out | {reason})
    return neither


def _held(issuance: Issuance) -> Upload:
    """Return the upload of a draft, locked so that it stays READY for the rest of this transaction."""
    state = lock_issuance(issuance.pk).state
    upload = Upload.objects.filter(issuance=issuance).first()
    if upload is None or state != IssuanceState.READY:
        raise Overtaken
    return upload


def _keep(issuance: Issuance, values: Mapping[int, str], *, by: User | None, at: datetime) -> None:
    rows = (
        CorrectedLine(issuance=issuance, line=line, sealed_value=seal(value.encode(), purpose=CORRECTION), by=by, at=at)
        for line, value in values.items()
    )
    CorrectedLine.objects.bulk_create(
        rows,
        batch_size=LINES_AT_ONCE,
        update_conflicts=True,
        unique_fields=["issuance", "line"],
        update_fields=["sealed_value", "by", "at"],
    )


def _read_again(issuance: Issuance, *, by: User | None, at: datetime) -> None:
    issuance.move(IssuanceMove.REREAD, by=by, at=at, due_at=at, problem="", lines=0, left_out={})
    Upload.objects.filter(issuance=issuance).update(bytes_read=0, lines_read=0)
