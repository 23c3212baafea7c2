"""Read a merchant's feedback from Thanx, page by page: only what has changed since the last pass."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from campaigns.models import Merchant
from engine.clock import Clock, now
from engine.leases import claim_one, finish, renewing
from guests import scopes
from guests.failed_calls import row_put_off
from guests.models import Feedback, FeedbackSync, Reply
from guests.scopes import Scope
from partner_api import connect
from partner_api.answers import guests
from vault.fields import purpose_of
from vault.sealing import seal

EVERY = timedelta(minutes=15)
TRY_AGAIN = timedelta(minutes=1)
AFTER_REFUSAL = timedelta(hours=6)
OVERLAP = timedelta(minutes=2)
"""A pass begins that long before the last one began: clocks differ, and changes during a pass may miss its pages."""

LONGEST_WAIT = timedelta(seconds=10)
PURPOSE = purpose_of(Feedback, "sealed_review")
RESPONDED = "responded"


def sync_of(*, merchant: Merchant, at: datetime) -> FeedbackSync:
    """Return how far a merchant's feedback is read. The first call makes the first pass due."""
    return FeedbackSync.objects.get_or_create(merchant=merchant, defaults={"due_at": at})[0]


def read_soon(*, merchant: Merchant, at: datetime) -> None:
    """Make the next page due now, unless a worker is reading one."""
    FeedbackSync.objects.filter(merchant=merchant, lease_token=None).update(due_at=at)


def read_one_feedback_page(*, clock: Clock = now) -> bool:
    """Read the next page for the merchant that has waited longest. Return whether one was due."""
    sync = claim_one(FeedbackSync.objects.select_related("merchant"), at=clock())
    if sync is None:
        return False
    if Scope.FEEDBACK_READ not in scopes.held():
        finish(sync, due_at=clock() + EVERY)  # Thanx would refuse the call; the page says which scope is missing
        return True
    began = sync.began_at or clock()
    scope = Scope.FEEDBACK_READ
    with row_put_off(sync, scope=scope, clock=clock, try_again=TRY_AGAIN, after_refusal=AFTER_REFUSAL):
        with renewing(sync, clock=clock):
            merchant_id = sync.merchant.thanx_id
            thanx = connect.thanx(
                priority=connect.Priority.CATALOG,
                merchant=merchant_id,
                about=f"feedback:{sync.merchant_id}",
                max_wait=LONGEST_WAIT,
            )
            page = next(thanx.feedback_pages(merchant_id=merchant_id, updated_after=sync.since, first=sync.page + 1))
        store(merchant=sync.merchant, found=page.items, at=clock())
        if page.is_last:
            done = {"since": began - OVERLAP, "began_at": None, "page": 0, "as_of": clock()}
            finish(sync, due_at=clock() + EVERY, problem="", **done)
        else:
            finish(sync, due_at=clock(), began_at=began, page=page.number, problem="")
    return True


def store(*, merchant: Merchant, found: Sequence[guests.Feedback], at: datetime) -> None:
    """Store feedback as Thanx lists it, and settle the replies that it shows to have been sent."""
    rows = [_row(merchant, one, at=at) for one in {one.id: one for one in found}.values()]
    for row in rows:
        if row.given_at <= at - merchant.retention:  # its lifetime is over: what was erased does not come back
            row.sealed_review, row.sealed_response, row.user_id = b"", b"", ""
    fields = ["user_id", "location_id", "stage", "rating", "sealed_review", "sealed_response", "given_at", "expires_at"]
    with transaction.atomic():
        Feedback.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["merchant", "thanx_id"], update_fields=[*fields, "as_of"]
        )
        answered = [one.id for one in found if one.state == RESPONDED]
        settled = Reply.objects.filter(feedback__merchant=merchant, feedback__thanx_id__in=answered)
        settled.exclude(standing=Reply.Standing.SENT).update(standing=Reply.Standing.SENT)


def _row(merchant: Merchant, one: guests.Feedback, *, at: datetime) -> Feedback:
    return Feedback(
        merchant=merchant,
        thanx_id=one.id[:100],
        user_id=(one.user_id or "")[:100],
        location_id=(one.location_id or "")[:100],
        stage=one.state[:20],
        rating=one.rating,
        sealed_review=_sealed(one.review),
        sealed_response=_sealed(one.response),
        given_at=one.rated_at or one.purchased_at or at,
        expires_at=one.expires_at,
        as_of=at,
    )


def _sealed(text: str) -> bytes:
    return seal(text.encode(), purpose=PURPOSE) if text else b""
