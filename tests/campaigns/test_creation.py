"""Creating campaigns, against a real sandbox: exactly one there for one here, with every fault."""

from datetime import timedelta

import pytest

from campaigns.catalog.refresh import refresh_one_merchant
from campaigns.creation import confirm, create_one_campaign, new_campaign, reconcile_one_campaign, take_back
from campaigns.draft.content import Content, DraftArm
from campaigns.draft.drafts import start
from campaigns.models import Campaign, Merchant
from campaigns.schedule import Dates
from campaigns.states import CampaignState
from engine.moves import Overtaken
from tests.campaigns.conftest import interrupted
from tests.support.orders import until

pytestmark = pytest.mark.django_db

CREATE = {"method": "POST", "path": "/partner/campaigns"}


@pytest.fixture
def queued(burgers, clock) -> Campaign:
    campaign = draft_at(burgers, clock)
    confirm(campaign=campaign, by=None, at=clock())
    return campaign


def draft_at(merchant, clock, **changed) -> Campaign:
    templates = merchant.reward_templates.published()
    day = timedelta(days=1)
    content = {
        "name": "Señor's <comeback>",
        "objective": "Bring back guests of last summer.",
        "fine_print": "One per visit.",
        "dates": Dates(
            start_at=clock(), end_at=clock() + 7 * day, redeemable_from=clock(), redeemable_to=clock() + 21 * day
        ),
        "arms": (
            DraftArm(name="Free burger", template_id=templates[0].pk, share=45),
            DraftArm(name="Three dollars", template_id=templates[1].pk, share=45),
        ),
        "control_share": 10,
    }
    return start(merchant=merchant, content=Content(**content | changed), by=None, at=clock())


class Died(BaseException):
    """The end of a worker, which nothing catches."""


def die() -> None:
    raise Died


@pytest.fixture
def impatient(settings):
    settings.THANX_READ_SECONDS = 0.3


def before_recording(clock, event):
    """A clock that lets something happen after claim, announcement and call."""
    return interrupted(clock, event, at_reading=3)


def work(clock, *, minutes: int = 10) -> None:
    """Let ten minutes pass, with a worker that takes a step every ten seconds."""
    for _ in range(minutes * 6):
        while create_one_campaign(clock=clock) or reconcile_one_campaign(clock=clock):
            pass
        clock.turn(seconds=10)


def moves(campaign: Campaign) -> list[str]:
    return [event.move for event in campaign.events.all()]


def posts(sandbox) -> int:
    return sum(request["method"] == "POST" for request in sandbox.requests("/partner/campaigns"))


def test_a_confirmed_campaign_is_created_with_its_variants(queued, sandbox, clock):
    assert create_one_campaign(clock=clock)

    queued.refresh_from_db()
    made = sandbox.books()["campaigns"][0]
    assert (queued.state, queued.thanx_id, queued.due_at) == (CampaignState.LIVE, made["id"], None)
    assert {each.name: each.thanx_id for each in queued.variants.all()} == {
        each["name"]: each["id"] for each in made["variants"]
    }
    assert [each["reward_template_id"] is None for each in made["variants"]] == [False, False, True]
    assert not create_one_campaign(clock=clock)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "server_error", "when": "after"},
        {"kind": "cut_off", "when": "after"},
        {"kind": "cut_off", "when": "mid_body"},
        {"kind": "truncated_json"},
        {"kind": "html_error", "when": "after", "status": 502},
        {"kind": "hang", "when": "after", "seconds": 1},
    ],
    ids=lambda fault: " ".join(map(str, fault.values())),
)
@pytest.mark.parametrize("dialect", ["usual", "other"])
@pytest.mark.usefixtures("impatient")
def test_an_answer_that_got_lost_is_found_in_the_list(queued, sandbox, clock, fault, dialect):
    sandbox.options(dialect=dialect)
    sandbox.fault(**fault, **CREATE, times=1)

    work(clock, minutes=1)

    queued.refresh_from_db()
    assert queued.state == CampaignState.LIVE
    assert [each["id"] for each in sandbox.books()["campaigns"]] == [queued.thanx_id]
    assert all(each.thanx_id for each in queued.variants.all())
    assert moves(queued) == ["confirmed", "claimed", "lost_sight", "found"]


def test_a_call_that_did_nothing_is_made_again_after_looking_twice(queued, sandbox, clock):
    sandbox.fault("server_error", when="before", **CREATE, times=1)

    work(clock, minutes=2)

    queued.refresh_from_db()
    assert queued.state == CampaignState.LIVE
    assert moves(queued) == ["confirmed", "claimed", "lost_sight", "not_found", "claimed", "created"]
    methods = [each["method"] for each in sandbox.requests("/partner/campaigns")[1:]]
    assert methods == ["POST", "GET", "GET", "GET", "POST"]
    assert len(sandbox.books()["campaigns"]) == 1


@pytest.mark.usefixtures("impatient")
def test_a_call_that_hangs_and_works_late_is_found(queued, sandbox, clock):
    sandbox.fault("hang", when="late", seconds=0.6, **CREATE, times=1)
    create_one_campaign(clock=clock)
    assert sandbox.books()["campaigns"] == []
    until(lambda: bool(sandbox.books()["campaigns"]))

    work(clock)

    queued.refresh_from_db()
    assert queued.state == CampaignState.LIVE
    assert len(sandbox.books()["campaigns"]) == 1


def test_a_call_that_works_after_we_gave_up_on_it_is_found_before_the_second(queued, sandbox, clock):
    sandbox.fault("server_error", when="before", **CREATE, times=1)
    create_one_campaign(clock=clock)
    clock.turn(minutes=2)
    reconcile_one_campaign(clock=clock)
    queued.refresh_from_db()
    assert queued.state == CampaignState.QUEUED
    order = new_campaign(queued)
    arms = [{"name": arm.name, "reward_template_id": arm.reward_template_id} for arm in order.variants]
    dates = {name: getattr(order, name).isoformat() for name in ("start_at", "end_at", "redeemable_from")}
    sandbox.campaign(
        merchant_id=order.merchant_id,
        name=order.name,
        variants=arms,
        redeemable_to=order.redeemable_to.isoformat(),
        **dates,
    )

    create_one_campaign(clock=clock)

    queued.refresh_from_db()
    assert queued.state == CampaignState.LIVE
    assert posts(sandbox) == 1


def test_a_worker_that_dies_after_the_call_leaves_one_campaign(queued, sandbox, clock):
    with pytest.raises(Died):
        create_one_campaign(clock=before_recording(clock, die))
    assert len(sandbox.books()["campaigns"]) == 1

    work(clock)

    queued.refresh_from_db()
    assert queued.state == CampaignState.LIVE
    assert [each["id"] for each in sandbox.books()["campaigns"]] == [queued.thanx_id]
    assert posts(sandbox) == 1


def test_a_worker_that_comes_back_to_life_records_nothing(queued, sandbox, clock):
    def sleep_through_the_lease():
        clock.turn(minutes=2)
        reconcile_one_campaign(clock=clock)

    with pytest.raises(Overtaken):
        create_one_campaign(clock=before_recording(clock, sleep_through_the_lease))

    queued.refresh_from_db()
    assert queued.state == CampaignState.UNSURE


def test_what_thanx_refuses_can_be_changed_and_confirmed_again(queued, sandbox, clock):
    sandbox.unpublish(queued.variants.first().reward_template.thanx_id)
    create_one_campaign(clock=clock)
    queued.refresh_from_db()
    assert (queued.state, queued.due_at) == (CampaignState.REFUSED, None)
    assert "reward_template_id" in queued.error_text

    take_back(campaign=queued, by=None, at=clock())

    assert queued.state == CampaignState.DRAFT
    assert "reward_template_id" in queued.error_text


def test_a_missing_scope_is_a_refusal_with_its_code(queued, sandbox, clock):
    sandbox.options(scopes=[])

    create_one_campaign(clock=clock)

    queued.refresh_from_db()
    assert (queued.state, queued.error_code) == (CampaignState.REFUSED, "FORBIDDEN")


def test_a_call_that_was_not_let_in_waits_for_its_time(queued, sandbox, clock):
    sandbox.fault("rate_limited", **CREATE, retry_after=40, times=1)

    create_one_campaign(clock=clock)

    queued.refresh_from_db()
    assert queued.state == CampaignState.QUEUED
    assert queued.due_at >= clock() + timedelta(seconds=39)


def test_a_call_that_never_left_is_made_again(queued, sandbox, settings, clock):
    settings.THANX_API_URL = "http://127.0.0.1:9"
    create_one_campaign(clock=clock)
    queued.refresh_from_db()
    assert moves(queued)[-1] == "postponed"
    settings.THANX_API_URL = sandbox.url

    work(clock, minutes=1)

    assert len(sandbox.books()["campaigns"]) == 1


def test_without_a_credential_a_campaign_waits_and_says_why(queued, settings, clock):
    settings.THANX_ACCESS_TOKEN = ""

    create_one_campaign(clock=clock)

    queued.refresh_from_db()
    assert (queued.state, queued.error_code) == (CampaignState.QUEUED, "not_configured")
    assert "THANX_ACCESS_TOKEN" in queued.error_text


def test_while_thanx_cannot_list_a_campaign_stays_unsure(queued, sandbox, clock):
    sandbox.fault("server_error", when="after", **CREATE, times=1)
    sandbox.fault("server_error", method="GET", path="/partner/campaigns")

    work(clock, minutes=1)

    queued.refresh_from_db()
    assert queued.state == CampaignState.UNSURE
    assert queued.due_at > clock() + timedelta(seconds=10)
    assert posts(sandbox) == 1


def test_the_same_campaign_of_another_row_is_not_taken_for_ours(burgers, sandbox, clock):
    first = draft_at(burgers, clock)
    confirm(campaign=first, by=None, at=clock())
    create_one_campaign(clock=clock)
    Campaign.objects.filter(pk=first.pk).update(name="Renamed here")
    twin = draft_at(burgers, clock)
    confirm(campaign=twin, by=None, at=clock())
    sandbox.fault("cut_off", when="after", **CREATE, times=1)

    work(clock, minutes=1)

    twin.refresh_from_db()
    first.refresh_from_db()
    assert twin.state == CampaignState.LIVE
    assert twin.thanx_id != first.thanx_id
    assert len(sandbox.books()["campaigns"]) == 2


def test_the_catalog_does_not_take_over_what_is_being_created(queued, sandbox, clock):
    sandbox.fault("cut_off", when="after", **CREATE, times=1)
    create_one_campaign(clock=clock)
    Merchant.objects.filter(pk=queued.merchant_id).update(due_at=clock())

    refresh_one_merchant(clock=clock)
    work(clock, minutes=1)

    assert Campaign.objects.get().state == CampaignState.LIVE
