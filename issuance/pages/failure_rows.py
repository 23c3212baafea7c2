"""Guests who got no reward, as the rows of a list."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import OuterRef, Subquery

from issuance import manifests
from issuance.files.file_rows import names_of
from issuance.followup import edit_failures
from issuance.jobs.failure_reasons import FailureReason, reason_of
from issuance.jobs.failures import words_of_retry
from issuance.models import Batch, Failure, Issuance, Recipient
from issuance.models.observed import FailureQuerySet
from vault.masking import shown

PER_PAGE = 50


@dataclass(frozen=True, kw_only=True)
class FailureRow:
    """One guest who got no reward. `said` is Thanx's reason, `identifier` is empty once it has been erased.

    `corrected` is the identifier that a user typed instead. `is_open`: neither retried nor settled.
    """

    key: int
    line: int
    identifier: str = field(repr=False)
    name: str = field(repr=False)
    reason: FailureReason
    said: str
    job: int
    retry: int | None
    retry_words: str
    settled: str
    corrected: str = field(repr=False)
    is_open: bool


def with_lines(rows: FailureQuerySet) -> FailureQuerySet:
    """Return failures in the order of their jobs, each with its `line`."""
    of_recipient = Recipient.objects.filter(batch=OuterRef("batch"), position=OuterRef("position"))
    lines = Subquery(of_recipient.values("line")[:1])
    return (
        rows.select_related("batch", "settlement", "retry").order_by("batch__number", "position").annotate(line=lines)
    )


def line_of(failure: Failure) -> int:
    """Return the line of a failure from `with_lines`, 0 without one."""
    return getattr(failure, "line", None) or 0


def failure_rows(found: Sequence[Failure], *, of: Issuance, clear: bool) -> list[FailureRow]:
    """Return failures from `with_lines` as rows of a list, masked unless `clear`.

    Only the manifests of their batches are decrypted.
    """
    positions: dict[Batch, list[int]] = defaultdict(list)
    for failure in found:
        positions[failure.batch].append(failure.position)
    known, written = manifests.identifiers_of_some(positions), edit_failures.values_of(found)
    names = names_of(of, [line_of(failure) for failure in found], clear=clear)
    rows = []
    for failure in found:
        identifier = known[failure.batch_id].get(failure.position)
        rows.append(
            FailureRow(
                key=failure.pk,
                line=line_of(failure),
                identifier=shown(identifier.value if identifier else "", clear=clear),
                name=names.get(line_of(failure), ""),
                reason=reason_of(failure.reason_code),
                said=failure.reason,
                job=failure.batch.number,
                retry=failure.retry_id,
                retry_words=words_of_retry(failure.retry.state) if failure.retry else "",
                settled=failure.settlement.note if failure.settlement else "",
                corrected=shown(written.get(failure.pk, ""), clear=clear),
                is_open=failure.retry_id is None and failure.settlement_id is None,
            )
        )
    return rows
