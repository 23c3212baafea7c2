"""Create campaigns at Thanx, exactly once each.

The call has no idempotency key. So the intention is written before it, and an unreadable answer leads to UNSURE.
Before a second call, Thanx's list is searched for the campaign that the first call may have created.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts import audit
from accounts.models import User
from campaigns import halts, promises
from campaigns.draft.gaps import DraftIncomplete, gaps
from campaigns.models import Campaign, Merchant, Variant
from campaigns.reconciliation import found_among
from campaigns.schedule import LABELS
from campaigns.states import CampaignMove, CampaignState
from engine.clock import Clock, now
from engine.leases import claim_one, finish, renewing
from partner_api import connect, errors
from partner_api.answers import catalog
from partner_api.calls.client import ThanxClient
from partner_api.error_codes import answer_of
from partner_api.pacing.turns import whose_turn

logger = logging.getLogger(__name__)

FIRST_PAUSE = timedelta(seconds=3)
LONGEST_PAUSE = timedelta(minutes=5)
MARGIN = timedelta(seconds=10)
"""A call that got lost may still arrive this long after its timeouts."""


@dataclass(frozen=True, kw_only=True)
class CreationOutcome:
    """What one attempt led to: the move, when the campaign is due again, and what is written with the move."""

    move: CampaignMove
    due_at: datetime | None = None
    made: catalog.Campaign | None = None
    error_code: str = ""
    error_text: str = ""


# --- Acts ----------------------------------------------------------------------------------------------------


def confirm(*, campaign: Campaign, by: User | None, at: datetime) -> None:
    """Queue a draft to be created at Thanx. Raises DraftIncomplete with all gaps; IllegalMove for what is no draft."""
    with transaction.atomic():
        # One confirmation at a time for a merchant, so that two drafts cannot both take a name. The lock without keys
        # keeps no row waiting that only refers to the merchant: its transaction may hold the campaign.
        Merchant.objects.select_for_update(no_key=True).get(pk=campaign.merchant_id)
        campaign.refresh_from_db()
        campaign.after(CampaignMove.CONFIRMED)
        missing = gaps(campaign, at=at)
        if missing:
            raise DraftIncomplete(missing)
        campaign.move(CampaignMove.CONFIRMED, by=by, at=at, due_at=at, error_code="", error_text="")
        promises.remember(campaign.variants.all())
        audit.record(action="campaign.confirmed", on=campaign, by=by, at=at, state=str(campaign.state))


def discard(*, campaign: Campaign, by: User | None, at: datetime) -> None:
    """Discard a draft or a refused campaign for good. Raises IllegalMove for any other."""
    with transaction.atomic():
        campaign.move(CampaignMove.DISCARDED, by=by, at=at)
        audit.record(action="campaign.discarded", on=campaign, by=by, at=at, state=str(campaign.state))


def take_back(*, campaign: Campaign, by: User | None, at: datetime) -> None:
    """Make a refused campaign a draft again, and keep what Thanx said. Raises IllegalMove for any other."""
    with transaction.atomic():
        campaign.move(CampaignMove.EDITED, by=by, at=at)
        audit.record(action="campaign.taken-back", on=campaign, by=by, at=at, state=str(campaign.state))


def new_campaign(campaign: Campaign) -> catalog.NewCampaign:
    """Return what we ask Thanx to create, and recognise it by later. Of a confirmed campaign: all dates are set."""
    return catalog.NewCampaign(
        merchant_id=campaign.merchant.thanx_id,
        name=campaign.name,
        objective=campaign.objective,
        fine_print=campaign.fine_print,
        **{name: _given(getattr(campaign, name)) for name in LABELS},
        variants=tuple(
            catalog.NewVariant(
                name=variant.name,
                reward_template_id=variant.reward_template.thanx_id if variant.reward_template else None,
            )
            for variant in campaign.variants.select_related("reward_template")
        ),
    )


def _given(date: datetime | None) -> datetime:
    assert date is not None, "only confirmed campaigns are sent"
    return date


# --- Creating ------------------------------------------------------------------------------------------------


def create_one_campaign(*, clock: Clock = now) -> bool:
    """Create the queued campaign that has waited longest. Return whether there was one."""
    campaign = claim_one(_rows().filter(state=CampaignState.QUEUED), at=clock(), turn=whose_turn("merchant__thanx_id"))
    if campaign is None:
        return False
    if _is_halted(campaign):
        return True
    tried_before = campaign.attempts > 0
    _record_intention(campaign, at=clock())
    with renewing(campaign, clock=clock):
        outcome = _attempt(campaign, tried_before=tried_before, clock=clock)
    _record(campaign, outcome, at=clock())
    return True


def _is_halted(campaign: Campaign) -> bool:
    """Whether sending is stopped. Then the campaign is given back; the end of the halt makes it due again."""
    with transaction.atomic():
        if not halts.is_halted_for_sure(campaign.merchant_id):
            return False
        finish(campaign, due_at=None)
    return True


def _record_intention(campaign: Campaign, *, at: datetime) -> None:
    """Write that a call is about to be made. From here on, only Thanx's answer or its list says whether it was."""
    facts: dict[str, Any] = {"attempts": campaign.attempts + 1, "first_attempt_at": campaign.first_attempt_at or at}
    campaign.move(CampaignMove.CLAIMED, by=None, at=at, keep_lease=True, **facts)


def _attempt(campaign: Campaign, *, tried_before: bool, clock: Clock) -> CreationOutcome:
    try:
        thanx = connect.thanx(
            priority=connect.Priority.CAMPAIGN_CREATION,
            merchant=campaign.merchant.thanx_id,
            about=f"campaign:{campaign.pk}",
            consent=lambda: not halts.is_halted(campaign.merchant_id),
        )
        wanted = new_campaign(campaign)
        # An earlier call may have arrived later than its timeouts and the margin allow for.
        made = _find(thanx, campaign, wanted) if tried_before else None
        made = made or thanx.create_campaign(new=wanted)
    except errors.PartnerError as error:
        return _failed(campaign, error, at=clock())
    return CreationOutcome(move=CampaignMove.CREATED, made=made)


def _failed(campaign: Campaign, error: errors.PartnerError, *, at: datetime) -> CreationOutcome:
    logger.warning("campaign %s was not created (%s): %s", campaign.pk, type(error).__name__, error)
    if isinstance(error, errors.OutcomeUnknown):
        return CreationOutcome(move=CampaignMove.LOST_SIGHT, due_at=at + FIRST_PAUSE)
    if isinstance(error, errors.NotConfigured):
        # Nothing was sent, so nothing was refused: it goes on when the operator has set Thanx up.
        due_at = at + LONGEST_PAUSE
        return CreationOutcome(
            move=CampaignMove.POSTPONED, due_at=due_at, error_code="not_configured", error_text=str(error)
        )
    if isinstance(error, errors.Refused):
        return CreationOutcome(move=CampaignMove.REFUSED, error_code=answer_of(error), error_text=error.message)
    pause = min(FIRST_PAUSE * 2**campaign.attempts, LONGEST_PAUSE)
    return CreationOutcome(move=CampaignMove.POSTPONED, due_at=max(at + pause, error.not_before or at))


# --- Reconciling ---------------------------------------------------------------------------------------------


def reconcile_one_campaign(*, clock: Clock = now) -> bool:
    """Search Thanx's list for one campaign whose creation got no readable answer. Return whether there was one."""
    if _take_over_one(clock=clock):
        return True
    campaign = claim_one(_rows().filter(state=CampaignState.UNSURE), at=clock(), turn=whose_turn("merchant__thanx_id"))
    if campaign is None:
        return False
    try:
        with renewing(campaign, clock=clock):
            thanx = connect.thanx(
                priority=connect.Priority.CAMPAIGN_CREATION,
                merchant=campaign.merchant.thanx_id,
                about=f"campaign:{campaign.pk}",
            )
            made = _find(thanx, campaign, new_campaign(campaign))
    except errors.PartnerError as error:
        _search_again_later(campaign, error, at=clock())
        return True
    if made is not None:
        _record(campaign, CreationOutcome(move=CampaignMove.FOUND, made=made), at=clock())
    elif clock() < _settled_at(campaign):
        finish(campaign, due_at=_settled_at(campaign), error_code="", error_text="")
    else:
        _record(campaign, CreationOutcome(move=CampaignMove.NOT_FOUND, due_at=clock()), at=clock())
    return True


def _take_over_one(*, clock: Clock) -> bool:
    """Take over a campaign whose worker died between recording its intention and recording the outcome."""
    campaign = claim_one(_rows().filter(state=CampaignState.CREATING), at=clock())
    if campaign is None:
        return False
    campaign.move(CampaignMove.LOST_SIGHT, by=None, at=clock(), due_at=clock() + FIRST_PAUSE)
    return True


def _settled_at(campaign: Campaign) -> datetime:
    """Return when a lost call can no longer arrive. While UNSURE, `updated_at` is when its answer was given up."""
    longest = settings.THANX_CONNECT_SECONDS + settings.THANX_READ_SECONDS
    return campaign.updated_at + timedelta(seconds=longest) + MARGIN


def _search_again_later(campaign: Campaign, error: errors.PartnerError, *, at: datetime) -> None:
    logger.warning("campaign %s could not be searched for (%s): %s", campaign.pk, type(error).__name__, error)
    # The pause is as long as the search has lasted already, so it doubles each time.
    pause = min(max(at - campaign.updated_at, FIRST_PAUSE), LONGEST_PAUSE)
    finish(
        campaign, due_at=max(at + pause, error.not_before or at), error_code=answer_of(error), error_text=error.message
    )


# --- Both ----------------------------------------------------------------------------------------------------


def _rows() -> Any:
    return Campaign.objects.select_related("merchant")


def _find(thanx: ThanxClient, campaign: Campaign, wanted: catalog.NewCampaign) -> catalog.Campaign | None:
    """Search Thanx's list for the campaign, among those that are no other campaign of ours."""
    listed = thanx.campaigns(merchant_id=campaign.merchant.thanx_id)
    others = Campaign.objects.exclude(pk=campaign.pk).filter(thanx_id__in=[each.id for each in listed])
    taken = frozenset(thanx_id for thanx_id in others.values_list("thanx_id", flat=True) if thanx_id)
    return found_among(listed, wanted=wanted, taken=taken)


def _record(campaign: Campaign, outcome: CreationOutcome, *, at: datetime) -> None:
    facts: dict[str, Any] = {"error_code": outcome.error_code[:100], "error_text": outcome.error_text}
    if outcome.made is not None:
        facts["thanx_id"] = outcome.made.id
    with transaction.atomic():
        campaign.move(outcome.move, by=None, at=at, due_at=outcome.due_at, **facts)
        if outcome.made is not None:
            _name_variants(campaign, outcome.made)


def _name_variants(campaign: Campaign, made: catalog.Campaign) -> None:
    """Write Thanx's ids of the variants. They have the names that we sent."""
    ids = {variant.name.strip(): variant.id for variant in made.variants}
    for variant in campaign.variants.all():
        Variant.objects.filter(pk=variant.pk).update(thanx_id=ids.get(variant.name.strip(), ""))
