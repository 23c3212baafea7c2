"""Tag the guests of an issuance with their arm, so that other tools can leave the control group alone."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from accounts import audit
from accounts.models import User
from engine import correlation
from engine.clock import Clock, now
from engine.leases import claim_one, finish, renewing
from guests import scopes
from guests.failed_calls import row_put_off
from guests.lookup.lookup import fingerprints_of
from guests.models import Tagging
from guests.scopes import Scope
from issuance.models import Issuance, IssuedReward, Recipient
from partner_api import connect
from partner_api.calls.client import ThanxClient
from partner_api.calls.guest_calls import MOST_TAGGED_AT_ONCE
from partner_api.pacing.turns import whose_turn

REWARDS_AT_ONCE = 500
TRY_AGAIN = timedelta(seconds=30)
LONGEST_WAIT = timedelta(seconds=10)

Arms = dict[str, list[str]]
"""Guests' ids at Thanx, by the name of their arm."""


def arm_key_of(issuance: Issuance) -> str:
    """Return the key of the tags: one for each campaign, so that no campaign overwrites the tags of another."""
    return f"{settings.TAG_PREFIX}arm:{issuance.campaign.thanx_id}"


def request_tagging(*, issuance: Issuance, by: User, at: datetime) -> Tagging:
    """Make a step tag the guests of a confirmed issuance, from the beginning even if that was done before."""
    reads = Scope.USERS in scopes.held()
    facts = {
        "key": arm_key_of(issuance),
        "source": Tagging.Source.MEMBERS if reads else Tagging.Source.REWARDS,
        "asked_by": by,
        "asked_at": at,
        "place": 0,
        "places": 0,
        "pending": {},
        "tagged": {},
        "problem": "",
        "done_at": None,
        "due_at": at,
        "lease_token": None,
        "correlation": correlation.current(),
    }
    with transaction.atomic():
        tagging, _ = Tagging.objects.update_or_create(issuance=issuance, defaults=facts)
        audit.record(action="tagging asked for", on=tagging, by=by, at=at, merchant_id=issuance.merchant_id)
    return tagging


def tag_one_page(*, clock: Clock = now) -> bool:
    """Tag the guests of one page of one issuance. Return whether a tagging was due."""
    rows = Tagging.objects.filter(done_at=None).select_related("issuance__merchant", "issuance__campaign")
    tagging = claim_one(rows, at=clock(), turn=whose_turn("issuance__merchant__thanx_id"))
    if tagging is None:
        return False
    # Where a call fails, nothing was recorded: the page is read and its guests are tagged again, which changes nothing.
    with row_put_off(tagging, scope=Scope.TAGS_WRITE, clock=clock, try_again=TRY_AGAIN):
        with renewing(tagging, clock=clock):
            facts, is_last = _one_page(tagging)
        at = clock()
        finish(tagging, due_at=None if is_last else at, done_at=at if is_last else None, **facts)
    return True


def _one_page(tagging: Tagging) -> tuple[dict[str, object], bool]:
    merchant_id = tagging.issuance.merchant.thanx_id
    thanx = connect.thanx(
        priority=connect.Priority.CATALOG, merchant=merchant_id, about=f"tagging:{tagging.pk}", max_wait=LONGEST_WAIT
    )
    if tagging.source == Tagging.Source.MEMBERS:
        found, place, places, is_last = _members(thanx, tagging)
    else:
        found, place, places, is_last = _rewarded(tagging)
    waiting: Arms = {arm: [*tagging.pending.get(arm, []), *found.get(arm, [])] for arm in {*tagging.pending, *found}}
    tagged = dict(tagging.tagged)
    for arm, ids in waiting.items():
        while len(ids) >= MOST_TAGGED_AT_ONCE or (is_last and ids):
            some, waiting[arm] = ids[:MOST_TAGGED_AT_ONCE], ids[MOST_TAGGED_AT_ONCE:]
            ids = waiting[arm]  # noqa: PLW2901
            thanx.put_tags(merchant_id=merchant_id, user_ids=some, key=tagging.key, values=[arm])
            tagged[arm] = tagged.get(arm, 0) + len(some)
    return {"place": place, "places": places, "pending": waiting, "tagged": tagged}, is_last


def _members(thanx: ThanxClient, tagging: Tagging) -> tuple[Arms, int, int, bool]:
    merchant = tagging.issuance.merchant
    page = next(thanx.user_pages(merchant_id=merchant.thanx_id, first=tagging.place + 1))
    prints = {one: user.id for user in page.items for one in fingerprints_of(merchant, user)}
    named = _arms_of(tagging.issuance, list(prints))
    found: Arms = {}
    seen: set[str] = set()
    for one, user_id in prints.items():
        if one in named and user_id not in seen:
            seen.add(user_id)
            found.setdefault(named[one], []).append(user_id)
    return found, page.number, page.pages, page.is_last


def _arms_of(issuance: Issuance, prints: Sequence[bytes]) -> Mapping[bytes, str]:
    rows = Recipient.objects.filter(fingerprint__in=prints, batch__issuance=issuance)
    return {bytes(one): arm for one, arm in rows.values_list("fingerprint", "batch__variant__name")}


def _rewarded(tagging: Tagging) -> tuple[Arms, int, int, bool]:
    rewards = IssuedReward.objects.filter(batch__issuance=tagging.issuance, pk__gt=tagging.place).exclude(user_id="")
    rows = list(rewards.order_by("pk").values_list("pk", "user_id", "batch__variant__name")[:REWARDS_AT_ONCE])
    found: Arms = {}
    for _, user_id, arm in rows:
        found.setdefault(arm, []).append(user_id)
    return found, rows[-1][0] if rows else tagging.place, 0, len(rows) < REWARDS_AT_ONCE
