"""Reads the facts of a period from the ledger and from our rows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from campaigns import models
from campaigns.catalog.credential import current_credential
from campaigns.states import CampaignState
from certification.calls import exchanges
from certification.verdicts.facts import BatchFacts, CampaignFacts, CatalogFacts, Facts, IssuanceFacts, VariantFacts
from issuance.models import Batch as BatchRow
from issuance.models import Delivery, Failure
from issuance.models import Issuance as IssuanceRow
from issuance.models.observed import DeliveryState
from issuance.sending import status
from issuance.states import KEYLESS, BatchState
from partner_api import connect
from partner_api.models import Exchange

MOST_ROWS = 1_000
"""At most so many of the newest campaigns, batches and issuances of a period are judged."""

S = BatchState
WITH_OUTCOME = frozenset({S.COMPLETED, S.FAILED, S.REFUSED, S.REVOKE_QUEUED, S.REVOKING, S.REVOKED})


def facts(*, since: datetime, until: datetime) -> Facts:
    """Return the facts of a period at the host in use now, in a fixed number of queries."""
    calls = exchanges.sent(Exchange.objects.filter(host=connect.environment().host, at__gte=since, at__lte=until))
    return Facts(
        since=since,
        until=until,
        calls=calls,
        is_cut=len(calls) == exchanges.MOST_JUDGED,
        campaigns=_campaigns(since=since, until=until),
        batches=_batches(since=since, until=until),
        issuances=_issuances(since=since, until=until),
        catalog=_catalog(at=until),
        hears_webhooks=bool(settings.THANX_WEBHOOK_SECRETS),
    )


def _campaigns(*, since: datetime, until: datetime) -> list[CampaignFacts]:
    ours = models.Campaign.objects.kept().filter(
        made_elsewhere=False, first_attempt_at__gte=since, first_attempt_at__lte=until
    )
    ours = ours.exclude(state=CampaignState.REFUSED).prefetch_related("variants__reward_template")
    annotated = ours.annotate(number_of_issuances=Count("issuances")).order_by("-first_attempt_at")
    return [_campaign(row) for row in annotated[:MOST_ROWS]]


def _campaign(row: Any) -> CampaignFacts:
    return CampaignFacts(
        id=row.pk,
        name=row.name,
        objective=row.objective,
        fine_print=row.fine_print,
        dates=(row.start_at, row.end_at, row.redeemable_from, row.redeemable_to),
        variants=[_variant(variant, campaign=row) for variant in row.variants.all()],
        is_live=row.state == CampaignState.LIVE,
        issuances=row.number_of_issuances,
    )


def _variant(row: models.Variant, *, campaign: models.Campaign) -> VariantFacts:
    template = row.reward_template
    if template is None:
        return VariantFacts(name=row.name, has_template=False, is_listed=False)
    gone = template.unpublished_at is not None and template.unpublished_at < (
        campaign.first_attempt_at or campaign.created_at
    )
    return VariantFacts(
        name=row.name, has_template=True, is_listed=template.merchant_id == campaign.merchant_id and not gone
    )


def _batches(*, since: datetime, until: datetime) -> list[BatchFacts]:
    sent = BatchRow.objects.exclude(state__in=sorted(KEYLESS))
    sent = sent.filter(first_attempt_at__gte=since, first_attempt_at__lte=until)
    annotated = sent.annotate(
        listed=_number_of(Failure.objects.filter(batch=OuterRef("pk"))),
        deliveries_used=_number_of(Delivery.objects.filter(batch=OuterRef("pk"), state=DeliveryState.DIGESTED)),
    )
    return [_batch(row) for row in annotated.order_by("-first_attempt_at", "-pk")[:MOST_ROWS]]


def _number_of(rows: QuerySet[Any]) -> Coalesce:
    annotated = rows.order_by().values("batch").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(annotated), 0)


def _batch(row: Any) -> BatchFacts:
    return BatchFacts(
        id=row.pk,
        issuance=row.issuance_id,
        number=row.number,
        size=row.size,
        phones=row.phones,
        issued=row.issued_count or 0,
        failed=_failed(row),
        listed=row.listed,
        has_ended=row.state in WITH_OUTCOME,
        is_revoked=row.state == S.REVOKED,
        ended_at=row.ended_at,
        polls=row.polls,
        deliveries=row.deliveries_used,
    )


def _failed(row: Any) -> int:
    """Return how many failures should be listed. Thanx lists none for a job that broke off half-way."""
    if row.state == S.REFUSED:
        return int(row.size)
    broke_off = row.job_state == "failed" and row.issued_count
    return int(row.listed) if broke_off else row.failed_count or 0


def _issuances(*, since: datetime, until: datetime) -> Sequence[IssuanceFacts]:
    confirmed = IssuanceRow.objects.confirmed().filter(confirmed_at__gte=since, confirmed_at__lte=until)
    rows = list(confirmed.order_by("-confirmed_at")[:MOST_ROWS])
    of = status.summaries(rows, at=until)
    return [
        IssuanceFacts(id=row.pk, lines=of[row.pk].buckets.lines, accounted_for=of[row.pk].buckets.accounted_for)
        for row in rows
    ]


def _catalog(*, at: datetime) -> CatalogFacts:
    credential = current_credential()
    merchants = models.Merchant.objects.filter(vanished_at=None)
    stalest = merchants.exclude(as_of=None).order_by("as_of", "pk").first()
    return CatalogFacts(
        scopes=len(credential.scopes) if credential else 0,
        merchants=merchants.count(),
        locations=models.Location.objects.filter(vanished_at=None).count(),
        templates=models.RewardTemplate.objects.published().count(),
        stalest=(stalest.pk, stalest.name) if stalest else None,
        oldest=at - stalest.as_of if stalest and stalest.as_of else None,
        may_be=2 * settings.CATALOG_REFRESH_IDLE,
    )
