"""Erase feedback, rewards for it, and lists of subscribers whose lifetime is over."""

from datetime import datetime, timedelta

from django.db.models import Exists, Max, OuterRef, Q

from campaigns.models import Merchant
from guests.models import Feedback, Recovery, RecoveryRule, Reply, Subscription
from guests.subscribers import drafts
from vault.data_map import Lifetime
from vault.erasing import erase

AT_ONCE = 500


def erase_some_guests(*, merchant: Merchant, at: datetime) -> bool:
    """Erase some of what is over at a merchant. Return whether there was anything."""
    return (
        _erase_feedback(merchant, at=at) or _erase_recoveries(merchant, at=at) or _erase_subscription(merchant, at=at)
    )


def _erase_feedback(merchant: Merchant, *, at: datetime) -> bool:
    """Feedback whose reward is not settled yet is kept: its guest is still to be found."""
    open_reward = Recovery.objects.filter(feedback=OuterRef("pk"), settled_at=None, standing__in=["queued", "joined"])
    said = Q(sealed_review__gt=b"") | Q(sealed_response__gt=b"") | ~Q(user_id="")
    answered = Exists(Reply.objects.filter(feedback=OuterRef("pk"), sealed_text__gt=b""))
    old = Feedback.objects.filter(said | answered, merchant=merchant, given_at__lte=at - merchant.retention)
    return _erased(Lifetime.FEEDBACK, list(old.filter(~Exists(open_reward)).values_list("pk", flat=True)[:AT_ONCE]), at)


def _erase_recoveries(merchant: Merchant, *, at: datetime) -> bool:
    """A fingerprint stays as long as a rule spares the guest because of it."""
    spared: int = RecoveryRule.objects.filter(merchant=merchant).aggregate(days=Max("within_days"))["days"] or 0
    limit = at - max(merchant.retention, timedelta(days=spared))
    known = Q(sealed_identifier__gt=b"") | Q(fingerprint__gt=b"")
    over = Q(settled_at__lte=limit) | Q(settled_at=None, at__lte=limit) & ~Q(standing__in=["queued", "joined"])
    old = Recovery.objects.filter(known, over, merchant=merchant)
    return _erased(Lifetime.RECOVERY, list(old.values_list("pk", flat=True)[:AT_ONCE]), at)


def _erase_subscription(merchant: Merchant, *, at: datetime) -> bool:
    """Erase one list. One that was never confirmed is discarded; one that is being sent is kept."""
    limit = at - merchant.retention
    lists = Subscription.objects.filter(merchant=merchant, erased_at=None)
    draft = lists.filter(confirmed_at=None, created_at__lte=limit).order_by("pk").first()
    if draft is not None:
        drafts.discard(subscription=draft, by=None, at=at)
        return True
    stopped = Q(done_at=None, due_at=None, confirmed_at__lte=limit)
    sent = lists.filter(Q(done_at__lte=limit) | stopped).order_by("pk").first()
    return sent is not None and _erased(Lifetime.SUBSCRIPTION, [sent.pk], at)


def _erased(lifetime: Lifetime, owners: list[int], at: datetime) -> bool:
    if not owners:
        return False
    erase(lifetime, owners=owners, at=at)
    return True
