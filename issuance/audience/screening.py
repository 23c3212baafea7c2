"""Which guests are left out although their line is valid: because of a list, an earlier reward, or an experiment.

Where several reasons apply, the first in the order of `Exclusion` counts. A do-not-reward list protects the guest. The
other reasons protect the merchant's money and experiments, so users may override most of them.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts import audit
from accounts.models import User
from campaigns.states import CampaignState
from issuance.audience import member_index
from issuance.jobs.failure_reasons import OF_WHOLE_BATCHES
from issuance.locks import lock_issuance
from issuance.models import (
    BatchEvent,
    ExcludedGuest,
    ExclusionList,
    Failure,
    Issuance,
    IssuanceEvent,
    IssuedReward,
    Recipient,
)
from issuance.states import BatchMove, BatchState, IssuanceMove, IssuanceState


class Exclusion(StrEnum):
    """Why a guest is left out. The values are stored and never change."""

    DO_NOT_REWARD = "do_not_reward"
    CONTROL_ELSEWHERE = "control_elsewhere"
    REWARDED_HERE = "rewarded_here"
    REWARDED_LATELY = "rewarded_lately"
    NOT_A_MEMBER = "not_a_member"


OVERRIDABLE = frozenset({Exclusion.CONTROL_ELSEWHERE, Exclusion.REWARDED_HERE, Exclusion.REWARDED_LATELY})

NO_REWARD = (BatchState.DISCARDED, BatchState.HELD_BACK, BatchState.REFUSED, BatchState.STOPPED, BatchState.REVOKED)
"""States of batches whose guests have no reward from them, and will get none."""

CLOCKS_APART = timedelta(minutes=1)
"""The clocks of two machines may differ by this much. Checking once more than needed costs little."""


class Screen:
    """What excludes guests from one issuance at one moment.

    The guests of a retry have failed, but may since have been rewarded or put on a list. A retry keeps what users have
    overridden for its root issuance, except for what came later: a guest who was included in spite of a reward is left
    out of the retry if the guest has got another reward since.
    """

    def __init__(self, issuance: Issuance, *, at: datetime) -> None:
        self._issuance, self._at = issuance, at
        self._root = root_of(issuance)
        self._queries = [(reason, self._rows(reason)) for reason in Exclusion if self._applies(reason)]
        self._queries = [(reason, rows) for reason, rows in self._queries if rows.exists()]
        self._only_members = issuance.only_members and issuance.parent_id is None

    @property
    def by_every_identifier(self) -> bool:
        """Whether anything excludes guests by identifiers that are not sent."""
        return bool(self._queries)

    def reasons(
        self, fingerprints: Sequence[bytes], *, also: Mapping[bytes, Sequence[bytes]] | None = None
    ) -> Mapping[bytes, Exclusion]:
        """Return which of these guests are left out, and why; at most one query for each reason.

        `also` are other identifiers by which a guest may be left out.
        """
        guest_of = {one: one for one in fingerprints}
        for guest, others in (also or {}).items():
            guest_of |= {one: guest for one in others if one not in guest_of}
        found: dict[bytes, Exclusion] = {}
        for reason, rows in self._queries:
            among = rows.filter(fingerprint__in=list(guest_of)).order_by().values_list("fingerprint", flat=True)
            for fingerprint in among:
                found.setdefault(guest_of[bytes(fingerprint)], reason)
        if self._only_members:
            strange = set(fingerprints) - member_index.known(self._issuance.merchant_id, fingerprints)
            found.update({one: Exclusion.NOT_A_MEMBER for one in strange if one not in found})
        return found

    def reason_since_reading(self) -> Exclusion | None:
        """Return a reason to leave a recipient of the draft out now, or None. One query for each changed reason."""
        read_at = _read_at(self._issuance)
        mine = Recipient.objects.filter(batch__issuance=self._issuance, batch__state=BatchState.DRAFT)
        for reason, rows in self._queries:
            # A failure may be undone without any confirmation, so a retry checks every reason.
            if self._issuance.parent_id is None and self._unchanged(reason, since=read_at):
                continue
            if mine.filter(Exists(rows.filter(fingerprint=OuterRef("fingerprint")))).exists():
                return reason
            if reason is Exclusion.DO_NOT_REWARD and self._has_other_identifiers():
                return reason
        return None

    def _has_other_identifiers(self) -> bool:
        """Whether lines have identifiers that are not sent: only another reading compares them with the lists."""
        upload = getattr(self._issuance, "upload", None)
        return bool(upload and upload.findings.get("others"))

    # --- What each reason is about -----------------------------------------------------------------------------

    def _applies(self, reason: Exclusion) -> bool:
        if reason is Exclusion.NOT_A_MEMBER:
            return False
        if reason is Exclusion.REWARDED_LATELY and not self._root.rewarded_within_days:
            return False
        return not (reason in OVERRIDABLE and reason in self._issuance.included_anyway)

    def _rows(self, reason: Exclusion) -> QuerySet[Recipient] | QuerySet[ExcludedGuest]:
        if reason is Exclusion.DO_NOT_REWARD:
            merchant = self._issuance.merchant_id
            return ExcludedGuest.objects.filter(list__merchant=merchant, list__removed_at=None)
        others = self._others(reason)
        if reason is Exclusion.CONTROL_ELSEWHERE:
            return self._held_back_elsewhere(others)
        if reason is Exclusion.REWARDED_HERE:
            return _rewarded(others).filter(batch__issuance__campaign=self._issuance.campaign_id)
        since = self._at - timedelta(days=self._root.rewarded_within_days)
        return _rewarded(others).filter(batch__issuance__confirmed_at__gte=since)

    def _others(self, reason: Exclusion) -> QuerySet[Recipient]:
        """Return the recipients of other issuances; of a reason that the root overrides, those confirmed since."""
        counts = Q(batch__issuance__state=IssuanceState.CONFIRMED, batch__issuance__merchant=self._issuance.merchant)
        if reason in self._root.included_anyway:
            counts &= Q(batch__issuance__confirmed_at__gte=self._root.confirmed_at)
        return Recipient.objects.filter(counts).exclude(batch__issuance=self._issuance.pk)

    def _held_back_elsewhere(self, others: QuerySet[Recipient]) -> QuerySet[Recipient]:
        running = Q(batch__issuance__campaign__state=CampaignState.LIVE, batch__issuance__campaign__end_at__gt=self._at)
        return (
            others.filter(running, batch__is_control=True)
            .exclude(batch__state=BatchState.DISCARDED)
            .exclude(batch__issuance__campaign=self._issuance.campaign_id)
        )

    # --- What has changed since the reading --------------------------------------------------------------------

    def _unchanged(self, reason: Exclusion, *, since: datetime | None) -> bool:
        if since is None:
            return False
        if reason is Exclusion.DO_NOT_REWARD:
            lists = ExclusionList.objects.filter(merchant=self._issuance.merchant_id)
            return not lists.filter(changed_at__gte=since).exists()
        others = Issuance.objects.filter(merchant=self._issuance.merchant_id).exclude(pk=self._issuance.pk)
        events = BatchEvent.objects.filter(batch__issuance__in=others, move=BatchMove.CONTRADICTED, at__gte=since)
        return not others.filter(confirmed_at__gte=since).exists() and not events.exists()


def _rewarded(recipients: QuerySet[Recipient]) -> QuerySet[Recipient]:
    """Return the recipients who have a reward or may yet get one: those that Thanx has not named as failed.

    A failure that the portal concluded by itself no longer counts once Thanx has contradicted it.
    """
    at_position = {"batch": OuterRef("batch"), "position": OuterRef("position")}
    issued = IssuedReward.objects.filter(**at_position)
    contradicted = BatchEvent.objects.filter(batch=OuterRef("batch"), move=BatchMove.CONTRADICTED)
    overtaken = Q(reason_code__in=sorted(OF_WHOLE_BATCHES)) & Exists(contradicted)
    failed = Failure.objects.filter(~overtaken, **at_position)
    return (
        recipients.filter(~Exists(failed) | Exists(issued), batch__is_control=False)
        .exclude(batch__state__in=NO_REWARD)
        .exclude(batch__state=BatchState.FAILED, batch__issued_count=0)
    )


def root_of(issuance: Issuance) -> Issuance:
    """Return the issuance that an issuance is, directly or indirectly, a retry of; itself when it is none."""
    while issuance.parent is not None:
        issuance = issuance.parent
    return issuance


def _read_at(issuance: Issuance) -> datetime | None:
    """Return when the last reading of the draft began. It may have missed later changes."""
    moves = (IssuanceMove.UPLOADED, IssuanceMove.REREAD)
    begun = IssuanceEvent.objects.filter(issuance=issuance, move__in=moves)
    at = begun.order_by("-at").values_list("at", flat=True).first()
    return None if at is None else at - CLOCKS_APART


def overridden(reasons: Collection[Exclusion]) -> list[str]:
    """Return the values of the reasons that users may override, sorted, as an issuance stores them."""
    return sorted(reason.value for reason in reasons if reason in OVERRIDABLE)


def choose_exclusions(
    *,
    issuance: Issuance,
    included_anyway: Collection[Exclusion] | None = None,
    within_days: int | None = None,
    only_members: bool,
    by: User | None,
    at: datetime,
) -> None:
    """Save which reasons are overridden, for how many days a reward counts, and whether only members are sent to.

    What is None stays as it was saved last. The file is read again if anything changes. Reasons that may not be
    overridden are ignored. Raises Overtaken and IllegalMove when the draft can no longer be read.
    """
    with transaction.atomic():
        held = lock_issuance(issuance.pk)
        before: dict[str, Any] = {
            "included_anyway": held.included_anyway,
            "rewarded_within_days": held.rewarded_within_days,
            "only_members": held.only_members,
        }
        after = before | {"only_members": only_members}
        if included_anyway is not None:
            after["included_anyway"] = overridden(included_anyway)
        if within_days is not None:
            after["rewarded_within_days"] = within_days
        if before == after:
            strange = member_index.strangers(issuance)  # the members may have been read after the file
            Issuance.objects.filter(pk=issuance.pk, state=IssuanceState.READY).update(strangers=strange)
            return
        issuance.move(IssuanceMove.REREAD, by=by, at=at, due_at=at, problem="", lines=0, left_out={}, **after)
        audit.record(action="exclusions chosen", on=issuance, by=by, at=at, before=before, after=after)
