"""The step that digests stored webhook deliveries: early ones, rewards, completed jobs.

Deliveries come in bursts (10,000 for a full job), so one pass of the step digests many in one short transaction. It
needs no lease: it calls no partner, and what a crash undoes is due again.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count
from django.utils.module_loading import import_string

from accounts import audit
from accounts.models import User
from engine import correlation
from engine.clock import Clock, now
from issuance.jobs import failures, recording
from issuance.jobs.failure_reasons import said
from issuance.jobs.observation import JobState, Observation, Source
from issuance.locks import lock_batches
from issuance.models import Batch, Delivery, IssuedReward, Recipient
from issuance.models.observed import DeliveryState
from issuance.states import WITH_JOB, BatchState
from lists.identifiers import normalise_email
from partner_api.answers import events
from vault.fields import purpose_of
from vault.sealing import Fingerprinter, Unsealable, unseal

PURPOSE = purpose_of(Delivery, "sealed_body")
"""The purpose under which a body is sealed."""

AT_ONCE = 500
PARKED_FOR = timedelta(hours=24)
FIRST_RETRY = timedelta(seconds=2)
WAITING = (DeliveryState.NEW, DeliveryState.PARKED)
LISTENING = WITH_JOB | {BatchState.NEEDS_ATTENTION, BatchState.REFUSED}


@dataclass(frozen=True, kw_only=True)
class OpenedDelivery:
    """A delivery and what it says."""

    delivery: Delivery
    event: events.Event

    @property
    def job_id(self) -> str:
        """The job that the event is about; empty for other events."""
        return self.event.job_id if isinstance(self.event, events.RewardIssued | events.BatchCompleted) else ""


def digest_one_delivery(*, clock: Clock = now) -> bool:
    """Digest the deliveries that have waited longest, at most AT_ONCE. Return whether there was one."""
    at = clock()
    due = Delivery.objects.filter(state__in=WAITING, due_at__lte=at).order_by("due_at", "pk")
    if not due.exists():
        return False
    with transaction.atomic():
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        deliveries = [_opened(delivery) for delivery in due[:AT_ONCE]]
        _digest(deliveries, at=at)
    return bool(deliveries)


def _opened(delivery: Delivery) -> OpenedDelivery:
    try:
        body = unseal(delivery.sealed_body, purpose=PURPOSE)
    except Unsealable as problem:
        return OpenedDelivery(delivery=delivery, event=events.UnreadableEvent(reason=str(problem)))
    return OpenedDelivery(delivery=delivery, event=events.read(body))


def _digest(deliveries: Sequence[OpenedDelivery], *, at: datetime) -> None:
    unusable: list[OpenedDelivery] = []
    of_job: dict[str, list[OpenedDelivery]] = defaultdict(list)
    for opened in deliveries:
        (unusable if isinstance(opened.event, events.UnreadableEvent) else of_job[opened.job_id]).append(opened)
    _close(unusable, state=DeliveryState.UNREADABLE, at=at)
    of_no_job = of_job.pop("", [])
    _hand_over([opened for opened in of_no_job if isinstance(opened.event, events.PurchaseMade)])
    _close(of_no_job, state=DeliveryState.DIGESTED, at=at)
    batches = lock_batches(Batch.objects.filter(job_id__in=of_job, state__in=sorted(LISTENING)))
    # What follows from the end of a job locks its issuance: these, too, in the order of their keys.
    for batch in sorted(batches, key=lambda batch: batch.issuance_id):
        found = of_job.pop(batch.job_id or "")
        _record(batch, [opened.event for opened in found], at=at)
        _close(found, state=DeliveryState.DIGESTED, batch=batch, at=at)
    for early in of_job.values():
        _park(early, at=at)


def _hand_over(purchases: Sequence[OpenedDelivery]) -> None:
    """Hand purchases to the package above that joins them with guests. The bodies, which name guests, are not kept."""
    if not purchases:
        return
    for path in settings.PURCHASES_GO_TO:
        import_string(path)([(opened.event, opened.delivery.received_at) for opened in purchases])
    Delivery.objects.filter(pk__in=[opened.delivery.pk for opened in purchases]).update(sealed_body=b"")


def _close(
    deliveries: Sequence[OpenedDelivery], *, state: DeliveryState, at: datetime, batch: Batch | None = None
) -> None:
    """Write what became of deliveries. They share few names and jobs, so few statements do."""
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for opened in deliveries:
        groups[_name(opened.event), opened.job_id].append(opened.delivery.pk)
    for (name, job_id), keys in groups.items():
        facts = {"event": name[:60], "job_id": job_id[:100], "batch": batch}
        Delivery.objects.filter(pk__in=keys).update(state=state, digested_at=at, due_at=None, **facts)


def _park(deliveries: Sequence[OpenedDelivery], *, at: datetime) -> None:
    """Let deliveries wait for the answer that names their job and makes them due at once.

    After PARKED_FOR the job is taken to be another program's that uses the same credential.
    """
    late = [opened for opened in deliveries if at - opened.delivery.received_at > PARKED_FOR]
    _close(late, state=DeliveryState.UNKNOWN_JOB, at=at)
    early: dict[tuple[str, str, datetime], list[int]] = defaultdict(list)
    for opened in deliveries:
        age = at - opened.delivery.received_at
        if age <= PARKED_FOR:
            again = at + max(timedelta(seconds=round(age.total_seconds())), FIRST_RETRY)
            early[_name(opened.event), opened.job_id, again].append(opened.delivery.pk)
    for (name, job_id, again), keys in early.items():
        facts = {"event": name[:60], "job_id": job_id[:100]}
        Delivery.objects.filter(pk__in=keys).update(state=DeliveryState.PARKED, due_at=again, **facts)


def _name(event: events.Event) -> str:
    match event:
        case events.RewardIssued():
            return "reward.issued"
        case events.BatchCompleted():
            return "reward_batch.completed"
        case events.PurchaseMade():
            return "purchase"
        case events.UnknownEvent(name=name):
            return name
        case _:
            return ""


# --- What they say of a batch --------------------------------------------------------------------------------


def _record(batch: Batch, found: Sequence[events.Event], *, at: datetime) -> None:
    """Record what several deliveries say of one job, in any order."""
    rewards = [event for event in found if isinstance(event, events.RewardIssued) and event.index < batch.size]
    if rewards:
        recording.record_observation(batch, _rewards_seen(batch, rewards, at=at), at=at)
    for event in found:
        if isinstance(event, events.BatchCompleted):
            recording.record_observation(batch, _completion_seen(batch, event), at=at)


def _rewards_seen(batch: Batch, rewards: Sequence[events.RewardIssued], *, at: datetime) -> Observation:
    rows = (
        IssuedReward(
            batch=batch,
            position=event.index,
            reward_id=event.reward_id[:100],
            user_id=(event.user_id or "")[:100],
            issued_at=event.at or at,
        )
        for event in rewards
    )
    IssuedReward.objects.bulk_create(rows, ignore_conflicts=True)
    failures.withdraw_concluded(batch=batch, positions=[event.index for event in rewards])
    counted = IssuedReward.objects.filter(batch=batch).aggregate(number=Count("pk"))["number"]
    return Observation(source=Source.WEBHOOK, issued=counted)


def _completion_seen(batch: Batch, event: events.BatchCompleted) -> Observation:
    """Return what a completed job's event says. Failures that fit no recipient are left to the confirming poll."""
    return Observation(
        source=Source.WEBHOOK,
        job_state=event.state or JobState.COMPLETED,
        issued=event.issued_count,
        failed=event.failed_count,
        failures=_failures_by_position(batch, event.failures or ()),
    )


def _failures_by_position(batch: Batch, failed: Sequence[events.FailureNotice]) -> Mapping[int, str]:
    """Return each failure by its position: the event names identifiers, and recipients are stored without theirs."""
    fingerprinter = Fingerprinter(batch.issuance.merchant_id)
    reasons: dict[bytes, str] = {}
    for notice in failed:
        spelled = normalise_email(notice.value) if "@" in notice.value else notice.value.strip()
        if isinstance(spelled, str):
            kind = "email" if "@" in spelled else "phone"
            reasons[fingerprinter.of(kind=kind, value=spelled)] = said(notice.reason)
    recipients = Recipient.objects.filter(batch=batch, fingerprint__in=list(reasons))
    return {position: reasons[bytes(mark)] for position, mark in recipients.values_list("position", "fingerprint")}


# --- Forgetting ----------------------------------------------------------------------------------------------


def forget_settled(*, before: datetime, most: int) -> int:
    """Delete deliveries that came before then and wait for nothing, at most so many. Return their number."""
    settled = Delivery.objects.filter(received_at__lt=before).exclude(state__in=WAITING)
    keys = list(settled.order_by("received_at", "pk").values_list("pk", flat=True)[:most])
    return Delivery.objects.filter(pk__in=keys).delete()[0]


# --- Replaying -----------------------------------------------------------------------------------------------


class NotReplayable(Exception):
    """The delivery has a bad signature, so that it may be forged, or its body has not been kept."""


def can_be_replayed(delivery: Delivery) -> bool:
    """Whether a delivery is genuine, the first of its body, and its body has been kept."""
    return delivery.state not in (DeliveryState.FORGED, DeliveryState.DUPLICATE) and bool(delivery.sealed_body)


def replay(*, delivery: Delivery, by: User | None, at: datetime) -> None:
    """Have a delivery digested again, which changes nothing that it has said before. Raises NotReplayable."""
    with transaction.atomic():
        row = Delivery.objects.select_for_update(no_key=True).filter(pk=delivery.pk).first()
        if row is None or not can_be_replayed(row):
            raise NotReplayable
        carried = correlation.current()
        Delivery.objects.filter(pk=row.pk).update(state=DeliveryState.NEW, due_at=at, correlation=carried)
        audit.record(action="delivery replayed", on=row, by=by, at=at, job=row.job_id)
