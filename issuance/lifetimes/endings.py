"""When the guests' data of an issuance are erased, and what needs them until then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max, Q, QuerySet

from issuance.models import Batch, Issuance
from issuance.states import BatchState, IssuanceState

LONGEST_READING = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class Erasure:
    """When something is erased, None while that cannot be said; `why` is what it is kept for, for people."""

    at: datetime | None
    why: str = ""

    def is_due(self, *, at: datetime) -> bool:
        """Whether nothing needs it any more."""
        return self.at is not None and self.at <= at


def erasure_of(issuance: Issuance) -> Erasure:
    """Return when the file, the identifiers and the lines of an issuance are erased."""
    if issuance.state == IssuanceState.DISCARDED:
        return Erasure(at=_discarded_at(issuance))
    needed = _needed(issuance)
    return needed or _until_others_end(issuance, Erasure(at=_end(issuance) + issuance.merchant.retention))


def needed_now(issuance: Issuance) -> Erasure | None:
    """Return what needs each single guest of an issuance at present; None if nothing does."""
    if found := _needed(issuance):
        return found
    for child in _made_from(issuance).exclude(state=IssuanceState.CONFIRMED):
        draft = erasure_of(child)
        return Erasure(at=draft.at, why=f"#{child.pk}, which is made from it, is a draft")
    return None


def _needed(issuance: Issuance) -> Erasure | None:
    if issuance.state != IssuanceState.CONFIRMED:
        return Erasure(at=_last_change(issuance) + issuance.merchant.retention, why="it is a draft")
    batches = list(Batch.objects.filter(issuance=issuance).unsettled())
    if batches:
        return Erasure(at=None, why=_why_unsettled(batches))
    if issuance.revocation_requests.open().exists():
        return Erasure(at=None, why="a revocation waits for approval")
    return None


def fingerprints_erasure_of(issuance: Issuance) -> Erasure:
    """Return when the fingerprints go, too: not before the campaign has ended, and its experiment can be judged."""
    first = erasure_of(issuance)
    campaign = issuance.campaign
    ends_at = campaign.redeemable_to or campaign.end_at
    if issuance.state == IssuanceState.DISCARDED or first.at is None or ends_at is None:
        return first
    known_until = ends_at + issuance.merchant.retention
    if known_until <= first.at:
        return first
    return Erasure(at=known_until, why="its campaign's groups and earlier rewards are known by fingerprints")


def _discarded_at(issuance: Issuance) -> datetime:
    """A worker that was reading the file when the draft was discarded may go on for a while before it notices."""
    last = issuance.events.order_by("-at", "-pk").first()
    if last is None:
        return issuance.created_at
    return last.at + (LONGEST_READING if last.before == IssuanceState.READING else timedelta(0))


def _last_change(issuance: Issuance) -> datetime:
    latest: datetime | None = issuance.events.aggregate(at=Max("at"))["at"]
    return max(latest or issuance.created_at, issuance.created_at)


def _end(issuance: Issuance) -> datetime:
    moments = ("ended_at", "revoked_at", "changed_at", "submitted_at", "events__at")
    latest = Batch.objects.filter(issuance=issuance).aggregate(**{f"last_{name}": Max(name) for name in moments})
    known = [*latest.values(), issuance.confirmed_at, issuance.stopped_at, issuance.created_at]
    end: datetime = max(moment for moment in known if moment is not None)
    return end


def _why_unsettled(batches: Sequence[Batch]) -> str:
    states = {batch.state for batch in batches}
    if BatchState.NEEDS_ATTENTION in states:
        return "a job waits for a user's decision"
    if states & {BatchState.REVOKE_QUEUED, BatchState.REVOKING}:
        return "it is being revoked"
    return "it is not finished"


def _made_from(issuance: Issuance) -> QuerySet[Issuance]:
    made = Q(parent=issuance) | Q(reissue_of=issuance)
    return Issuance.objects.kept().filter(made).select_related("merchant").order_by("pk")


def _until_others_end(issuance: Issuance, own: Erasure) -> Erasure:
    """A retry and a reissue take the guests and the original columns from here."""
    for child in _made_from(issuance):
        theirs = erasure_of(child)
        if theirs.at is None:
            return Erasure(at=None, why=f"#{child.pk} was made from it, and {theirs.why}")
        if own.at is not None and theirs.at > own.at:
            own = Erasure(at=theirs.at, why=f"#{child.pk} was made from it")
    return own
