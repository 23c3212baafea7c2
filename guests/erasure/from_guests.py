"""Erase one guest from what the portal keeps of single guests, of lists, and of webhooks."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Q

from guests.erasure.from_issuances import Outcome
from guests.erasure.known_guest import KnownGuest
from guests.models import CachedGuest, Feedback, Recovery, Remark, Subscriber, Tagging
from guests.subscribers.reading_step import REMARKED
from issuance.jobs.webhook_inbox import PURPOSE as WEBHOOK
from issuance.models import Delivery, ExcludedGuest, ExclusionList, Member
from lists.kept_cells import open_cell
from results.outcome_lifetimes import erase_outcomes_of, imports_with_files
from vault.data_map import Lifetime
from vault.erasing import erase
from vault.sealing import Unsealable, unseal

OPEN = ("queued", "joined")


def erase_from_guests(guest: KnownGuest, outcome: Outcome, *, at: datetime) -> None:
    """Erase the guest from everything but issuances and exclusion lists."""
    _erase_members(guest, outcome)
    _erase_feedback(guest, outcome, at=at)
    _erase_subscribers(guest, outcome)
    _erase_webhooks(guest, outcome)
    _erase_tags(guest, outcome)
    _erase_outcomes(guest, outcome, at=at)


def erase_exclusions(guest: KnownGuest, outcome: Outcome, *, too: bool) -> None:
    """Take the guest off exclusion lists if that is wanted too; else say that the guest stays excluded."""
    named = ExcludedGuest.objects.filter(list__merchant=guest.merchant, fingerprint__in=guest.prints)
    for exclusion_list in ExclusionList.objects.filter(pk__in=named.values("list")):
        mine = named.filter(list=exclusion_list)
        if not too:
            outcome.keep(
                f"exclusion list #{exclusion_list.pk}",
                "the guest goes on getting nothing; a user may take the guest off",
            )
            continue
        gone = mine.delete()[0]
        outcome.rows["issuance.ExcludedGuest"] += gone
        left = ExcludedGuest.objects.filter(list=exclusion_list).count()
        ExclusionList.objects.filter(pk=exclusion_list.pk).update(guests=left)


def feedback_of(guest: KnownGuest) -> Any:
    """Return the feedback of the guest."""
    rewarded = Q(recovery__fingerprint__in=guest.prints)
    return Feedback.objects.filter(Q(user_id__in=guest.user_ids) | rewarded, merchant=guest.merchant).distinct()


def webhooks_about(guest: KnownGuest) -> Iterator[Delivery]:
    """Yield the webhooks that name the guest. Each is opened."""
    of_it = Q(batch__issuance__merchant=guest.merchant) | Q(batch=None)
    for delivery in Delivery.objects.filter(of_it, sealed_body__gt=b"").iterator(chunk_size=200):
        try:
            body = unseal(delivery.sealed_body, purpose=WEBHOOK).decode("utf-8", "replace")
        except Unsealable:
            continue
        if guest.is_told_of_in(body):
            yield delivery


def _erase_members(guest: KnownGuest, outcome: Outcome) -> None:
    named = Q(fingerprint__in=guest.prints) | Q(user_id__in=guest.user_ids)
    outcome.rows["issuance.Member"] += Member.objects.filter(named, merchant=guest.merchant).delete()[0]
    cached = CachedGuest.objects.filter(merchant=guest.merchant, fingerprint__in=guest.prints)
    outcome.rows["guests.CachedGuest"] += cached.delete()[0]


def _erase_feedback(guest: KnownGuest, outcome: Outcome, *, at: datetime) -> None:
    for one in list(feedback_of(guest)):
        reward = Recovery.objects.filter(feedback=one).first()
        if reward is not None and reward.settled_at is None and reward.standing in OPEN:
            outcome.keep(f"feedback #{one.pk}", "the guest's reward for it is under way")
            continue
        outcome.rows += erase(Lifetime.FEEDBACK, owners=[one.pk], at=at)
        if reward is not None:
            outcome.rows += erase(Lifetime.RECOVERY, owners=[reward.pk], at=at)


def _erase_subscribers(guest: KnownGuest, outcome: Outcome) -> None:
    named = Subscriber.objects.filter(fingerprint__in=guest.prints, subscription__merchant=guest.merchant)
    for row in named.select_related("subscription"):
        if row.subscription.confirmed_at is None:
            outcome.keep(f"list of subscribers #{row.subscription_id}", "it is a draft: discard it")
        elif row.standing in (Subscriber.Standing.WAITING, Subscriber.Standing.SENDING):
            outcome.keep(f"list of subscribers #{row.subscription_id}", "it is being sent to Thanx")
        else:
            outcome.rows["guests.Subscriber"] += row.delete()[0]
    remarks = Remark.objects.filter(subscription__merchant=guest.merchant)
    for pk, sealed in list(remarks.values_list("pk", "sealed_value")):
        if guest.is_named_in(open_cell(sealed, purpose=REMARKED)):
            outcome.rows["guests.Remark"] += Remark.objects.filter(pk=pk).delete()[0]


def _erase_webhooks(guest: KnownGuest, outcome: Outcome) -> None:
    for delivery in webhooks_about(guest):
        if delivery.due_at is not None:
            outcome.keep(f"webhook #{delivery.pk}", "it is not digested yet")
        else:
            rows = Delivery.objects.filter(pk=delivery.pk)
            outcome.rows["issuance.Delivery"] += rows.update(sealed_body=b"")


def _erase_outcomes(guest: KnownGuest, outcome: Outcome, *, at: datetime) -> None:
    for pk in imports_with_files(guest.merchant):
        outcome.keep(f"outcomes #{pk}", "its files may name the guest: drop or count it")
    outcome.rows.update(
        erase_outcomes_of(merchant=guest.merchant, fingerprints=guest.prints, is_named_in=guest.is_named_in, at=at)
    )


def _erase_tags(guest: KnownGuest, outcome: Outcome) -> None:
    for tagging in Tagging.objects.filter(issuance__merchant=guest.merchant).exclude(pending={}):
        pending = {arm: [one for one in ids if one not in guest.user_ids] for arm, ids in tagging.pending.items()}
        if pending == tagging.pending:
            continue
        if tagging.due_at is not None:
            outcome.keep(f"the tags of issuance #{tagging.issuance_id}", "they are being written at Thanx")
        else:
            outcome.rows["guests.Tagging"] += Tagging.objects.filter(pk=tagging.pk).update(pending=pending)
