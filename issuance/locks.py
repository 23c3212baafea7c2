"""Every lock that issuing takes, in the one order that keeps two transactions from waiting for each other.

1. the follow-up lock of an issuance: an advisory lock that only users' acts take
2. the merchant
3. the campaign
4. jobs, by their key
5. the issuance
6. a halt in force (campaigns.halts)
7. unsent batches, by their key

A transaction takes only those that it needs, each before any further down. Rows are locked without their keys
(`no_key`), so that another row that refers to one can still be written. docs/decisions/0011 has the reasons.
"""

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet

from campaigns.models import Campaign, Merchant
from engine.advisory_locks import hold_lock
from issuance.models import Batch, Issuance


def lock_follow_ups(issuance: Issuance) -> Issuance:
    """Wait for every other retry, correction, settlement, revocation by two and reissue of an issuance; read it again.

    They want its jobs next, while a worker that records how a job ended holds the job and wants the issuance: so they
    leave its row alone.
    """
    hold_lock(on="issuance", key=issuance.pk)
    return Issuance.objects.get(pk=issuance.pk)


def lock_for_decision(issuance: Issuance) -> tuple[Campaign, Issuance]:
    """Lock and read the merchant, the campaign and the issuance, to ask for approval, approve or confirm.

    All confirmations of a merchant wait for each other: each must see the arms that the last one settled, the guests
    that it rewards or holds back, and what it left of the day's cap.
    """
    merchant = lock_merchant(issuance.merchant_id)
    campaign = lock_campaign(issuance.campaign_id)
    found = lock_issuance(issuance.pk)
    campaign.merchant = found.merchant = merchant
    found.campaign = campaign
    return campaign, found


def lock_merchant(merchant_id: int) -> Merchant:
    """Lock and read a merchant, so that what its users decide is measured against the limits of 24 hours in turn."""
    return Merchant.objects.select_for_update(of=("self",), no_key=True).get(pk=merchant_id)


def lock_campaign(campaign_id: int) -> Campaign:
    """Lock and read a campaign, so that its readings and confirmations see each other's arms."""
    return Campaign.objects.select_for_update(of=("self",), no_key=True).get(pk=campaign_id)


def lock_batch(batch_id: int) -> Batch:
    """Lock and read one batch."""
    return Batch.objects.select_for_update(of=("self",), no_key=True).get(pk=batch_id)


def lock_batches(batches: QuerySet[Batch], *, skip_locked: bool = False) -> list[Batch]:
    """Lock and read batches: jobs first, then unsent ones, both by their key. `skip_locked` waits for none.

    For updates, too: PostgreSQL's UPDATE alone locks its rows in any order.
    """
    unsent = ExpressionWrapper(Q(job_id=None), output_field=BooleanField())
    rows = batches.select_for_update(of=("self",), no_key=True, skip_locked=skip_locked)
    return list(rows.order_by(unsent, "pk"))


def lock_issuance(issuance_id: int) -> Issuance:
    """Lock and read an issuance."""
    return Issuance.objects.select_for_update(of=("self",), no_key=True).get(pk=issuance_id)
