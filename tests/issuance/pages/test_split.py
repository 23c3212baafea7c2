"""Splitting guests into arms, and continuing a draft where it was left."""

import pytest

from accounts.models import Role
from campaigns.models import Campaign, Variant
from issuance.audience import intake_step
from issuance.models import DraftStep, Issuance
from issuance.pages.links import where_it_stands
from issuance.states import IssuanceState
from tests.support.audiences import sizes
from tests.support.desk import Desk, people

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    return Desk(client, shares=(45, 45), control=10)


def shares(desk, *percent):
    """Return what the form sends for these percentages, in the order of the arms."""
    names = [f"share-{pk}" for pk in desk.campaign.variants.values_list("pk", flat=True)]
    return {"arm": "split", **dict(zip(names, map(str, percent), strict=True))}


def read_again(issuance):
    assert intake_step.read_one_upload()
    issuance.refresh_from_db()
    return issuance


def test_the_split_shows_the_guests_of_each_arm(desk):
    page = desk.get("split", desk.ready(people(20)))

    assert [(arm.variant.name, arm.guests) for arm, _ in page.context["page"].rows] == [
        ("Reward 1", 9),
        ("Reward 2", 9),
        ("Control", 2),
    ]
    assert "18 guests get a reward, 2 are held back." in page.text


def test_agreeing_with_the_split_leads_to_the_review_and_reads_nothing_again(desk):
    ready = desk.ready(people(20))

    answer = desk.post("split", ready, shares(desk, 45, 45, 10))

    ready.refresh_from_db()
    assert answer.url == desk.at("review", ready.pk)
    assert ready.state == IssuanceState.READY


def test_other_percentages_divide_the_guests_anew(desk):
    ready = desk.ready(people(20))

    answer = desk.post("split", ready, shares(desk, 80, 0, 20))
    waiting = desk.get("split", ready)
    read_again(ready)

    assert answer.url == desk.at("split", ready.pk)
    assert 'hx-trigger="every 2s"' in waiting.text
    assert "Refresh" in waiting.text
    assert sizes(ready) == {"Control": 4, "Reward 1": 16}


def test_everybody_can_be_put_in_one_arm_and_back(desk):
    ready, arm = desk.ready(people(20)), desk.campaign.variants.get(position=1)

    desk.post("split", ready, {"arm": arm.pk})
    together = sizes(read_again(ready))
    desk.post("split", ready, shares(desk, 45, 45, 10))

    assert together == {"Reward 2": 20}
    assert sizes(read_again(ready)) == {"Control": 2, "Reward 1": 9, "Reward 2": 9}


def test_the_region_that_waits_brings_the_page_once_the_guests_are_divided(desk):
    ready = desk.ready(people(20))
    desk.post("split", ready, shares(desk, 80, 0, 20))

    before = desk.get("split", ready, headers={"HX-Request": "true"})
    read_again(ready)
    after = desk.get("split", ready, headers={"HX-Request": "true"})

    assert before.text.strip().startswith('<section id="waiting"')
    assert after.headers["HX-Refresh"] == "true"


@pytest.mark.parametrize(
    ("data", "words"),
    [((50, 45, 10), "The percentages add up to 105 %, not 100 %."), ((50, 60, -10), "greater than or equal to 0")],
)
def test_percentages_that_cannot_be_are_refused_and_nothing_changes(desk, data, words):
    ready = desk.ready(people(20))

    answer = desk.post("split", ready, shares(desk, *data))

    ready.refresh_from_db()
    assert words in answer.text
    assert ready.state == IssuanceState.READY
    assert list(Variant.objects.order_by("position").values_list("share", flat=True)) == [45, 45, 10]


def test_no_guest_can_be_put_in_the_control_on_purpose(desk):
    ready, control = desk.ready(), desk.campaign.variants.get(name="Control")

    answer = desk.post("split", ready, {"arm": control.pk})

    ready.refresh_from_db()
    assert answer.status_code == 200
    assert (ready.state, ready.only_variant) == (IssuanceState.READY, None)


def test_percentages_are_fixed_once_another_issuance_has_guests_by_them(desk):
    desk.confirmed(people(20))
    ready = desk.ready(people(30))

    page = desk.get("split", ready)
    desk.post("split", ready, shares(desk, 80, 0, 20))

    ready.refresh_from_db()
    assert "The percentages are fixed" in page.text
    assert ready.state == IssuanceState.READY
    assert Variant.objects.get(position=0).share == 45


def test_a_campaign_of_one_arm_has_no_step_to_split(client):
    desk = Desk(client)
    ready = desk.ready()

    page = desk.get("check", ready)
    split = desk.get("split", ready)

    assert page.context["page"].onward.href == desk.at("review", ready.pk) == split.url
    assert [step.label for step in page.context["page"].steps] == [
        *("Add people", "Match columns", "Check and fix", "Review and issue")
    ]
    assert desk.at("split", ready.pk) not in page.text + desk.get("review", ready).text


def test_without_shares_one_arm_is_chosen_before_people_are_added(client):
    desk = Desk(client)
    Variant.objects.update(share=0)

    desk.client.post(f"{desk.at('new')}?campaign={Campaign.objects.get().pk}", {"arm": Variant.objects.get().pk})

    assert Issuance.objects.get().only_variant == Variant.objects.get()


def test_a_retry_has_nothing_to_split(desk):
    ready = desk.ready()
    Issuance.objects.filter(pk=ready.pk).update(parent=desk.confirmed())

    assert desk.get("split", ready).url == desk.at("check", ready.pk)


# --- Leaving and going on ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["columns", "check", "split", "review"])
def test_a_closed_tab_is_gone_on_with_where_it_was(desk, step):
    ready = desk.ready()

    desk.get(step, ready)

    ready.refresh_from_db()
    assert desk.at(step, ready.pk) == where_it_stands(ready)
    assert desk.at(step, ready.pk) in desk.get("list").text


def test_going_back_loses_nothing(desk):
    ready = desk.ready(people(20))
    desk.post("split", ready, shares(desk, 80, 0, 20))
    read_again(ready)

    for step in ("check", "columns", "people", "columns", "check", "split"):
        assert desk.get(step, ready).status_code == 200

    ready.refresh_from_db()
    assert (ready.state, sizes(ready)) == (IssuanceState.READY, {"Control": 4, "Reward 1": 16})


def test_a_viewer_moves_no_bookmark(desk, client):
    ready = desk.ready()
    desk.get("split", ready)
    looker = Desk(client, role=Role.VIEWER)
    looker.person.memberships.update(merchant=desk.merchant)

    client.get(desk.at("check", ready.pk))

    ready.refresh_from_db()
    assert ready.step == DraftStep.SPLIT


# --- One single guest --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "sent"), [("Ana <ANA@example.com>", "ana@example.com"), ("(212) 555-0123", "+12125550123")]
)
def test_one_guest_goes_straight_to_the_review(desk, typed, sent):
    draft = desk.draft()

    answer = desk.post("one-guest", draft, {"guest": typed})
    waiting = desk.get("review", draft)
    page = desk.get("review", read_again(draft))

    assert answer.url == desk.at("review", draft.pk)
    assert "The review is being prepared." in waiting.text
    assert "Issue 1 reward to 1 guest" in page.text
    assert sent not in page.text


@pytest.mark.parametrize(
    ("typed", "words"),
    [("", "Please type the guest"), ("nobody", "Not a phone number"), ("ana@x", "Not an email address")],
)
def test_what_is_no_guest_is_refused_beside_the_field_and_kept(desk, typed, words):
    draft = desk.draft()

    answer = desk.post("one-guest", draft, {"guest": typed})

    draft.refresh_from_db()
    assert words in answer.text
    assert f'value="{typed}"' in answer.text or not typed
    assert draft.state == IssuanceState.DRAFT


def test_it_says_which_gain_the_split_can_show(desk):
    page = desk.get("split", desk.ready(people(4_000)))

    assert "A gain of about" in page.text
    assert "Visit without a reward" in page.text


def foretold(desk, issuance, **typed):
    return desk.client.get(desk.at("split-foretold", issuance.pk), typed, headers={"HX-Request": "true"}).text


def test_what_is_typed_changes_what_can_be_shown_and_nothing_else(desk):
    ready = desk.ready(people(1_500))

    few = foretold(desk, ready, **shares(desk, 95, 0, 5))
    many = foretold(desk, ready, **shares(desk, 50, 0, 50), visits="30", wish="3")

    assert "The control group is too small to tell anything" in few
    assert "If 30 % of guests visit without a reward" in many
    ready.refresh_from_db()
    assert ready.state == IssuanceState.READY
    assert list(desk.campaign.variants.values_list("share", flat=True)) == [45, 45, 10]


def test_one_arm_for_all_guests_leaves_no_control_to_compare_with(desk):
    ready = desk.ready(people(1_500))

    page = foretold(desk, ready, arm=str(desk.campaign.variants.first().pk), wish="6")

    assert "Without a control group, nothing can say what the reward changed" in page
    assert "To notice a gain of 6 points, hold back" in page


@pytest.mark.parametrize("typed", [{"visits": "much", "wish": "-1"}, {"visits": "", "wish": "1e9"}, {"visits": "nan"}])
def test_assumptions_that_cannot_be_read_count_as_usual(desk, typed):
    ready = desk.ready(people(1_500))

    page = foretold(desk, ready, **shares(desk, 50, 0, 50), **typed)

    assert "If 10 % of guests visit without a reward" in page
    assert "These numbers cannot be used, so 10 % and 2 points are assumed." in page
