"""What happened to an issuance and its jobs, newest first, in words."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from issuance.jobs.problems import JobProblem
from issuance.ledger import Buckets
from issuance.models import BatchEvent, Issuance, IssuanceEvent
from issuance.sending.status import status_of_batch
from issuance.states import BatchMove, BatchState, IssuanceMove
from ui.wording import counted, listed

SHOWN = 20
READ = 400
"""Enough for as many entries, unless very many jobs moved one by one."""

WORDS: dict[BatchMove, str] = {
    BatchMove.CONFIRMED: "queued",
    BatchMove.HELD_BACK: "held back: these guests get nothing, on purpose",
    BatchMove.DISCARDED: "discarded",
    BatchMove.CLAIMED: "being sent to Thanx",
    BatchMove.ACCEPTED: "accepted by Thanx",
    BatchMove.REFUSED: "refused by Thanx",
    BatchMove.POSTPONED: "no answer yet; the same call is made again, which cannot issue twice",
    BatchMove.WITHHELD: "not sent after all: sending was held up just before",
    BatchMove.LEASE_EXPIRED: "the worker stopped in mid-call; the same call is made again, which cannot issue twice",
    BatchMove.GAVE_UP: "waits for a person's decision",
    BatchMove.SEEN_COMPLETED: "completed",
    BatchMove.SEEN_FAILED: "failed at Thanx",
    BatchMove.SEEN_REVOKING: "being revoked at Thanx",
    BatchMove.SEEN_REVOKED: "revoked",
    BatchMove.REVOKE_ASKED: "to be revoked",
    BatchMove.REVOKE_REFUSED: "not revoked: Thanx refused, the rewards stay",
    BatchMove.REVOKE_REFUSED_FAILED: "not revoked: Thanx refused, the job stays as it is",
    BatchMove.ASKED_AGAIN: "to be sent again, the same call",
    BatchMove.WATCHED_AGAIN: "watched again",
    BatchMove.SETTLED: "settled: nothing was issued",
    BatchMove.CONTRADICTED: "watched again: Thanx told of rewards after all",
    BatchMove.STOPPED: "stopped before anything was sent",
}
PUT_OFF: dict[str, str] = {
    JobProblem.UNREACHABLE: "put off: Thanx could not be reached",
    JobProblem.RATE_LIMITED: "put off: Thanx asked us to slow down",
    JobProblem.NOT_CONFIGURED: "put off: the portal has no credential for Thanx",
    JobProblem.CREDENTIALS_REFUSED: "put off: Thanx does not accept the portal's credential",
    JobProblem.SCOPE_MISSING: "put off: the portal's credential may not issue rewards",
}
"""Problems of calls that certainly did nothing; of any other postponed call it is not known whether it arrived."""

ISSUANCE_WORDS: dict[IssuanceMove, str] = {
    IssuanceMove.UPLOADED: "People added",
    IssuanceMove.READ: "File read",
    IssuanceMove.UNREADABLE: "The file could not be read",
    IssuanceMove.REREAD: "Read again",
    IssuanceMove.APPROVAL_ASKED: "Approval asked for",
    IssuanceMove.APPROVAL_DECLINED: "Approval declined",
    IssuanceMove.APPROVAL_WITHDRAWN: "Approval not asked for any more",
    IssuanceMove.APPROVAL_VOIDED: "The request for approval no longer holds: something has changed",
    IssuanceMove.CONFIRMED: "Confirmed",
    IssuanceMove.STARTED_NOW: "Started at once",
    IssuanceMove.DISCARDED: "Discarded",
    IssuanceMove.RELEASED: "The first job went well: the other jobs follow",
    IssuanceMove.PAUSED: "Paused: jobs that were not sent wait",
    IssuanceMove.ALARMED: "Paused by the portal: many guests of a job failed",
    IssuanceMove.RESUMED: "Resumed: the other jobs follow",
    IssuanceMove.STOPPED: "Stopped: what was not sent stays unsent",
}


@dataclass(frozen=True, kw_only=True)
class RunLogEntry:
    """One entry of the log; `by` is empty for the portal itself."""

    at: datetime
    words: str
    by: str


def log_of(
    issuance: Issuance, *, after: Sequence[Issuance] = (), everything: bool = False
) -> tuple[Sequence[RunLogEntry], bool]:
    """Return the newest entries, or all of them, and whether there are more. A move of many jobs at once is one entry.

    `after` are the retries and reissues that were made of the issuance.
    """
    moves = BatchEvent.objects.filter(batch__issuance=issuance).select_related("batch", "by").order_by("-at", "-pk")
    own = IssuanceEvent.objects.filter(issuance=issuance).select_related("by")
    entries = [*_of_batches(moves if everything else moves[:READ]), *(_of_issuance(event) for event in own)]
    entries += [*_of_settlements(issuance), *(_of_later(issuance, later) for later in after)]
    entries.sort(key=lambda entry: entry.at, reverse=True)
    return entries if everything else entries[:SHOWN], not everything and len(entries) > SHOWN


def _of_settlements(issuance: Issuance) -> Iterator[RunLogEntry]:
    for row in issuance.settlements.select_related("by", "reopened_by"):
        words = counted(row.guests, "failure")
        yield RunLogEntry(at=row.at, words=f"{words} settled: {row.note}", by=str(row.by or ""))
        if row.reopened_at:
            yield RunLogEntry(at=row.reopened_at, words=f"{words} open again", by=str(row.reopened_by or ""))


def _of_later(issuance: Issuance, later: Issuance) -> RunLogEntry:
    retried = f"Failures to be retried in #{later.pk}"
    words = retried if later.parent_id == issuance.pk else f"To be reissued in #{later.pk}"
    return RunLogEntry(at=later.created_at, words=words, by=str(later.created_by or ""))


def _of_issuance(event: IssuanceEvent) -> RunLogEntry:
    return RunLogEntry(at=event.at, words=ISSUANCE_WORDS[IssuanceMove(event.move)], by=str(event.by or ""))


def _of_batches(events: Iterable[BatchEvent]) -> list[RunLogEntry]:
    together: dict[tuple[datetime, str, str], list[int]] = {}
    for event in events:
        together.setdefault((event.at, _words(event), str(event.by or "")), []).append(event.batch.number)
    return [
        RunLogEntry(at=at, words=f"{_jobs(numbers)}: {words}", by=by) for (at, words, by), numbers in together.items()
    ]


def _words(event: BatchEvent) -> str:
    move = BatchMove(event.move)
    if move == BatchMove.POSTPONED:
        return PUT_OFF.get(event.facts.get("error_code", ""), WORDS[move])
    if move == BatchMove.SEEN_COMPLETED:
        counts = Buckets(issued=event.batch.issued_count or 0, failed=event.batch.failed_count or 0)
        return status_of_batch(state=BatchState.COMPLETED, buckets=counts).label.lower()
    reason = event.batch.revoke_reason if move == BatchMove.REVOKE_ASKED else ""
    return f"{WORDS[move]} ({reason})" if reason else WORDS[move]


def _jobs(numbers: list[int]) -> str:
    if len(numbers) > 5:  # noqa: PLR2004 - a longer list says less than its number
        return counted(len(numbers), "job")
    return f"Job{'' if len(numbers) == 1 else 's'} {listed([str(number) for number in sorted(numbers)])}"
