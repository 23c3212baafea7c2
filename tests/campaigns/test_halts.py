"""The switch that stops all sending: once, with a reason, on record; no campaign is created until it is lifted."""

import pytest
from django.db import IntegrityError, transaction

from accounts.models import AuditEntry
from campaigns import halts
from campaigns.creation import create_one_campaign, reconcile_one_campaign
from campaigns.models import Campaign, Halt
from campaigns.states import CampaignState
from tests.campaigns.conftest import interrupted
from tests.support.factories import NOON, CampaignFactory, MerchantFactory, UserFactory

pytestmark = pytest.mark.django_db

WHY = "The till prints the wrong price."


def lift(merchant, *, by=None, at=NOON):
    with transaction.atomic():
        return halts.lift(merchant=merchant, by=by, at=at)


def test_a_stop_and_its_end_are_on_record_with_the_reason():
    merchant, ana, bo = MerchantFactory(), UserFactory(), UserFactory()

    halts.stop(merchant=merchant, by=ana, at=NOON, reason=f"  {WHY} ")
    halt = lift(merchant, by=bo)

    halt.refresh_from_db()
    assert (halt.reason, halt.by, halt.lifted_by, halt.lifted_at) == (WHY, ana, bo, NOON)
    assert list(AuditEntry.objects.values_list("action", "by", "merchant")) == [
        ("sending.stopped", ana.pk, merchant.pk),
        ("sending.resumed", bo.pk, merchant.pk),
    ]


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_stop_without_a_reason_is_none(reason):
    with pytest.raises(halts.HaltReasonMissing):
        halts.stop(merchant=None, by=None, at=NOON, reason=reason)

    assert not Halt.objects.exists()


def test_what_is_stopped_is_stopped_once():
    merchant = MerchantFactory()
    for whose in (merchant, None):
        halts.stop(merchant=whose, by=None, at=NOON, reason=WHY)
        with pytest.raises(halts.SwitchedAlready):
            halts.stop(merchant=whose, by=None, at=NOON, reason=WHY)

    assert [halt.merchant for halt in halts.in_force(merchant)] == [None, merchant]


def test_the_database_holds_no_second_stop_of_the_installation():
    Halt.objects.create(merchant=None, reason=WHY, at=NOON)

    with pytest.raises(IntegrityError), transaction.atomic():
        Halt.objects.create(merchant=None, reason=WHY, at=NOON)


def test_what_is_not_stopped_cannot_go_on():
    halts.stop(merchant=MerchantFactory(), by=None, at=NOON, reason=WHY)

    with pytest.raises(halts.SwitchedAlready):
        lift(None)


def test_after_its_end_it_can_be_stopped_again():
    halts.stop(merchant=None, by=None, at=NOON, reason=WHY)
    lift(None)

    halts.stop(merchant=None, by=None, at=NOON, reason="Again.")

    assert Halt.objects.in_force().get().reason == "Again."


@pytest.mark.parametrize("of_all", [True, False])
def test_no_campaign_is_created_while_sending_is_stopped_and_then_it_is(of_all, burgers, sandbox, clock):
    campaign = CampaignFactory(merchant=burgers, state=CampaignState.QUEUED, thanx_id=None, due_at=clock())
    whose = None if of_all else burgers
    halts.stop(merchant=whose, by=None, at=clock(), reason=WHY)
    made = len(sandbox.books()["campaigns"])

    assert create_one_campaign(clock=clock)
    assert not create_one_campaign(clock=clock)

    campaign.refresh_from_db()
    assert (campaign.state, campaign.due_at, campaign.attempts) == (CampaignState.QUEUED, None, 0)
    assert len(sandbox.books()["campaigns"]) == made
    lift(whose, at=clock())
    assert create_one_campaign(clock=clock)
    assert Campaign.objects.get(pk=campaign.pk).state != CampaignState.QUEUED


@pytest.mark.parametrize("of_all", [True, False])
def test_a_stop_between_the_claim_and_the_call_still_holds_the_campaign_back(of_all, burgers, sandbox, clock):
    campaign = CampaignFactory(merchant=burgers, state=CampaignState.QUEUED, thanx_id=None, due_at=clock())
    whose = None if of_all else burgers

    def stop():
        halts.stop(merchant=whose, by=None, at=clock(), reason=WHY)

    assert create_one_campaign(clock=interrupted(clock, stop, at_reading=2))

    campaign.refresh_from_db()
    assert (campaign.state, campaign.attempts) == (CampaignState.QUEUED, 1)
    assert all(request["method"] == "GET" for request in sandbox.requests("/partner/campaigns"))
    assert sandbox.books()["campaigns"] == []


def test_the_end_of_one_merchants_stop_wakes_no_other_merchants_campaigns():
    waiting = {"state": CampaignState.QUEUED, "thanx_id": None, "due_at": None}
    ours, theirs = CampaignFactory(**waiting), CampaignFactory(**waiting)
    for each in (ours, theirs):
        halts.stop(merchant=each.merchant, by=None, at=NOON, reason=WHY)

    lift(ours.merchant)

    ours.refresh_from_db()
    theirs.refresh_from_db()
    assert (ours.due_at, theirs.due_at) == (NOON, None)


def test_what_became_of_a_lost_call_is_looked_for_all_the_same(burgers, sandbox, clock):
    unsure = {"state": CampaignState.UNSURE, "thanx_id": None, "due_at": clock(), "updated_at": clock()}
    CampaignFactory(merchant=burgers, **unsure)
    halts.stop(merchant=None, by=None, at=clock(), reason=WHY)

    assert reconcile_one_campaign(clock=clock)

    assert sandbox.requests("/partner/campaigns")[-1]["method"] == "GET"
