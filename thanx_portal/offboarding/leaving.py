"""Off-boarding a merchant: stop, erase every guest's data at once, and prove that nothing is left."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import Membership, User
from campaigns import halts
from campaigns.models import Halt, Merchant
from guests.erasure.from_guests import OPEN
from guests.lifetimes.lists import NEVER_READ
from guests.models import CachedGuest, Feedback, FeedbackSync, GuestErasure, Recovery, RecoveryRule, Subscription
from guests.subscribers import drafts as subscriber_drafts
from issuance.drafts import drafts, exclusion_lists
from issuance.lifetimes.endings import needed_now
from issuance.models import Delivery, ExclusionList, Issuance, MemberIndex, RememberedColumns
from issuance.states import IssuanceState
from results.models import CampaignResult
from results.outcome_lifetimes import being_counted, drop_all_uploads
from vault.data_map import Lifetime
from vault.erasing import erase, left_of

REASON = "The merchant has left: guests' data are erased."


class StillAtWork(Exception):
    """Jobs run, or wait for a decision: erasing would lose what they need. The text names the issuances."""


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What was erased, and what is left: rows by table. Everything that is left is a defect."""

    rows: Mapping[str, int]
    left: Mapping[str, int]

    @property
    def is_clean(self) -> bool:
        """Whether nothing is left."""
        return not self.left


def erase_merchant(*, merchant: Merchant, by: User | None, at: datetime) -> Proof:
    """Stop all sending of a merchant, erase its guests' data, and end its memberships. Raises StillAtWork.

    Counts, digests and the audit trail stay. It may be repeated: after a kill the next call erases the rest.
    """
    _refuse_what_is_at_work(merchant)
    if not Halt.objects.in_force().filter(merchant=merchant).exists():
        halts.stop(merchant=merchant, reason=REASON, by=by, at=at)
    _let_rest(merchant, at=at)
    _discard_drafts(merchant, by=by, at=at)
    rows = Counter[str]()
    for lifetime, owners in _owners(merchant).items():
        rows += erase(lifetime, owners=owners, at=at)
    with transaction.atomic():
        Issuance.objects.filter(merchant=merchant, erased_at=None).update(erased_at=at)
        Issuance.objects.filter(merchant=merchant).update(forgotten_at=at, is_being_erased=False)
        users = Membership.objects.filter(merchant=merchant).delete()[0]
        proof = Proof(rows=dict(rows), left=left_at(merchant))
        facts: dict[str, Any] = {"rows": proof.rows, "left": proof.left, "memberships": users}
        audit.record(action="merchant off-boarded", on=merchant, by=by, at=at, merchant_id=merchant.pk, **facts)
    return proof


def left_at(merchant: Merchant) -> dict[str, int]:
    """Return how many rows hold data of a merchant's guests, by table, without empty tables."""
    total = Counter[str]()
    for lifetime, owners in _owners(merchant).items():
        total += left_of(lifetime, owners=owners)
    return dict(total)


def _refuse_what_is_at_work(merchant: Merchant) -> None:
    confirmed = Issuance.objects.confirmed().filter(merchant=merchant, erased_at=None).select_related("merchant")
    found = [(row.pk, needed_now(row)) for row in confirmed.order_by("pk")]
    busy = [f"#{pk}: {needed.why}" for pk, needed in found if needed is not None and not needed.at]
    unsent = Subscription.objects.filter(merchant=merchant, due_at__isnull=False).exclude(confirmed_at=None)
    busy += [f"list of subscribers #{pk}: it is being sent" for pk in unsent.values_list("pk", flat=True)]
    queued = Recovery.objects.filter(merchant=merchant, standing__in=OPEN, settled_at=None)
    busy += [f"feedback #{pk}: a reward for it is under way" for pk in queued.values_list("feedback", flat=True)]
    busy += [f"outcomes #{pk}: they are being counted" for pk in being_counted(merchant)]
    if busy:
        raise StillAtWork("; ".join(busy))


def _let_rest(merchant: Merchant, *, at: datetime) -> None:
    """Nothing brings guests' data back: no reading of feedback, no rule, no file, no erasure that waits."""
    FeedbackSync.objects.filter(merchant=merchant).update(due_at=None, lease_token=None)
    RecoveryRule.objects.filter(merchant=merchant).update(is_on=False, due_at=None, lease_token=None)
    GuestErasure.objects.filter(merchant=merchant).update(due_at=None, lease_token=None)
    MemberIndex.objects.filter(merchant=merchant).update(due_at=None, lease_token=None, **NEVER_READ)
    CampaignResult.objects.filter(campaign__merchant=merchant).update(due_at=None, lease_token=None)
    drop_all_uploads(merchant, at=at)


def _discard_drafts(merchant: Merchant, *, by: User | None, at: datetime) -> None:
    done = (IssuanceState.CONFIRMED, IssuanceState.DISCARDED)
    for draft in Issuance.objects.filter(merchant=merchant).exclude(state__in=done).order_by("-pk"):
        drafts.discard(issuance=draft, by=by, at=at)
    for consent in Subscription.objects.filter(merchant=merchant, confirmed_at=None):
        subscriber_drafts.discard(subscription=consent, by=by, at=at)
    for excluded in ExclusionList.objects.kept().filter(merchant=merchant):
        exclusion_lists.remove(exclusion_list=excluded, by=by, at=at)


def _owners(merchant: Merchant) -> dict[Lifetime, list[Any]]:
    """Return the rows of the merchant whose end each lifetime counts from."""
    mine = {
        Lifetime.ISSUANCE: Issuance,
        Lifetime.EXPERIMENT: Issuance,
        Lifetime.SUBSCRIPTION: Subscription,
        Lifetime.FEEDBACK: Feedback,
        Lifetime.RECOVERY: Recovery,
        Lifetime.COLUMNS: RememberedColumns,
        Lifetime.REMOVED_LIST: ExclusionList,
        Lifetime.EXCLUSION: ExclusionList,
        Lifetime.CACHE: CachedGuest,
        Lifetime.ERASURE: GuestErasure,
    }
    found: dict[Lifetime, list[Any]] = {
        lifetime: list(model._base_manager.filter(merchant=merchant).values_list("pk", flat=True))
        for lifetime, model in mine.items()
    }
    webhooks = Delivery.objects.filter(batch__issuance__merchant=merchant)
    of_merchant = {Lifetime.MEMBERS: [merchant.pk], Lifetime.OUTCOMES: [merchant.pk]}
    return {**found, **of_merchant, Lifetime.WEBHOOK: list(webhooks.values_list("pk", flat=True))}
