"""Why did this guest (not) get it? The sentence on the page, for every status of a guest."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from issuance.audience import intake_step, line_corrections
from issuance.audience.screening import Exclusion
from issuance.drafts import exclusion_lists
from issuance.followup import retries
from issuance.models import Batch, Failure, RejectedLine
from issuance.states import BatchState, IssuanceState
from tests.support.audiences import take_in
from tests.support.desk import Desk
from tests.support.factories import (
    NOON,
    CampaignFactory,
    IssuanceFactory,
    MembershipFactory,
    VariantFactory,
    create_frozen_batch,
    create_live_campaign,
)
from vault.sealing import Fingerprinter

pytestmark = pytest.mark.django_db

ANA = "ana@example.com"


@pytest.fixture
def campaign(client):
    """A campaign of a merchant whose member is signed in. The credential has no scope beyond issuing."""
    campaign = CampaignFactory(name="Win back")
    client.force_login(MembershipFactory(merchant=campaign.merchant).user)
    return campaign


def asked(client, merchant, text=ANA, query=""):
    """Search for a guest and return the guest's page."""
    found = client.post(reverse("guests:find", args=[merchant.handle]), {"q": text})
    assert found.status_code == 302, found.content.decode()
    return client.get(found["Location"] + query).content.decode()


def batch_of(campaign, *values, state, **fields):
    """Return a batch of these guests in that state, as the engine leaves it."""
    variant = fields.pop("variant", None) or VariantFactory(campaign=campaign, name="Free fries")
    batch = create_frozen_batch(*values, issuance=IssuanceFactory(campaign=campaign), variant=variant)
    Batch.objects.filter(pk=batch.pk).update(state=state, **fields)
    batch.refresh_from_db()
    return batch


DONE = {"job_id": "j", "job_state": "completed", "submitted_at": NOON, "failures_listed": True}
WHERE = "“Free fries” from “Win back”"


@pytest.mark.parametrize(
    ("state", "facts", "sentence"),
    [
        (BatchState.COMPLETED, {**DONE, "issued_count": 1, "failed_count": 0}, f"Yes: this guest got {WHERE}."),
        (
            BatchState.REVOKING,
            {**DONE, "issued_count": 1, "failed_count": 0, "due_at": NOON},
            f"Yes: this guest got {WHERE}, and it is being taken back with its whole job.",
        ),
        (BatchState.WATCHING, {"job_id": "j", "submitted_at": NOON}, f"Not yet: Thanx is issuing {WHERE}"),
        (BatchState.SUBMITTING, {}, "Not yet: "),
        (BatchState.QUEUED, {}, f"Not yet: {WHERE} waits to be sent."),
        (BatchState.STOPPED, {}, "No: sending was stopped before the turn of this guest came"),
        (
            BatchState.REVOKED,
            {**DONE, "issued_count": 1, "failed_count": 0, "revoked_at": NOON},
            f"Not any more: {WHERE} was revoked with its whole job.",
        ),
        (
            BatchState.NEEDS_ATTENTION,
            {"maybe_sent": True, "due_at": None},
            f"We do not know: what became of {WHERE} is open",
        ),
    ],
)
def test_one_sentence_says_the_status_of_the_guest(client, campaign, state, facts, sentence):
    batch_of(campaign, ANA, state=state, **facts)

    assert sentence in asked(client, campaign.merchant)


def test_a_failure_says_why_and_what_to_do(client, campaign):
    batch = batch_of(campaign, ANA, state=BatchState.COMPLETED, **DONE, issued_count=0, failed_count=1)
    Failure.objects.create(batch=batch, position=0, reason="User not found", reason_code="user_not_found", seen_at=NOON)

    page = asked(client, campaign.merchant)

    assert "No: Thanx could not issue “Free fries” from “Win back”. Not a member." in page
    assert "Invite the guest to join" in page


def test_a_guest_is_held_back_on_purpose(client, campaign):
    control = VariantFactory(campaign=campaign, name="Control", reward_template=None)
    batch_of(
        campaign, ANA, state=BatchState.HELD_BACK, variant=control, is_control=True, idempotency_key=None, due_at=None
    )

    assert "No, on purpose: this guest is in the control of “Win back”" in asked(client, campaign.merchant)


def test_a_repeated_line_leads_to_the_one_that_counts(client):
    campaign = create_live_campaign(shares=(100,), control=0, name="Win back")
    client.force_login(MembershipFactory(merchant=campaign.merchant).user)
    issuance = take_in(campaign, f"email\n{ANA}\nbo@example.com\nANA@example.com \n")

    page = asked(client, campaign.merchant)

    assert "Not yet: the list for “Win back” is a draft" in page
    assert "Line 4 names this guest again. Line 2 counts." in page
    assert reverse("issuance:check", args=[campaign.merchant.handle, issuance.pk]) in page


def test_a_guest_who_was_held_back_before_is_left_out_on_purpose(client):
    campaign = create_live_campaign(shares=(), control=100, name="Win back")
    client.force_login(MembershipFactory(merchant=campaign.merchant).user)
    reward = VariantFactory(campaign=campaign, position=9, name="Free fries", share=0)
    first = take_in(campaign, f"email\n{ANA}\n")
    first.batches.update(state=BatchState.HELD_BACK)
    type(first).objects.filter(pk=first.pk).update(state=IssuanceState.CONFIRMED, confirmed_at=NOON)
    second = take_in(campaign, f"email\n{ANA}\n", only_variant=reward)

    page = asked(client, campaign.merchant)

    assert RejectedLine.objects.get(issuance=second).reason == "held_back_before"
    assert "No, on purpose: this guest is in the control of “Win back”" in page
    assert "this guest was held back in “Win back” by an earlier list, so line 2 was left out." in page


@pytest.mark.parametrize(
    ("reason", "words", "todo"),
    [
        (Exclusion.DO_NOT_REWARD, "On an exclusion list.", "Take the guest off the list if that is wrong."),
        (Exclusion.CONTROL_ELSEWHERE, "In the control of another running campaign.", "A reward now would spoil"),
        (Exclusion.REWARDED_HERE, "Already rewarded by this campaign.", "then include these guests anyway"),
        (Exclusion.REWARDED_LATELY, "Rewarded lately by another campaign.", "Include these guests anyway"),
        (Exclusion.NOT_A_MEMBER, "Probably not a member of this merchant.", "Invite them to join"),
    ],
)
def test_the_page_says_why_a_guest_is_excluded_and_what_to_do(client, campaign, reason, words, todo):
    issuance = IssuanceFactory(campaign=campaign)
    mark = Fingerprinter(campaign.merchant_id).of(kind="email", value=ANA)
    RejectedLine.objects.create(issuance=issuance, line=7, reason=reason.value, sealed_value=b"", fingerprint=mark)

    page = asked(client, campaign.merchant)

    assert f"No: line 7 was left out of the list for “Win back”. {words}" in page
    assert todo in page


def test_no_way_of_being_excluded_is_forgotten_above():
    assert len(Exclusion) == 5


def listed(merchant, address):
    kept = exclusion_lists.create(merchant=merchant, name="Staff", by=None, at=timezone.now())
    exclusion_lists.add_guests(exclusion_list=kept, rows=[(1, [address])], by=None, at=timezone.now())


def failed_and_retried(desk, *, meanwhile):
    """Let a guest fail, let something happen, and prepare the retry."""
    first = desk.confirmed(f"email\n{ANA}\nbo@example.com\n".encode())
    batch = Batch.objects.get(issuance=first)
    Failure.objects.create(batch=batch, position=0, reason_code="user_not_found", seen_at=timezone.now())
    facts = {**DONE, "due_at": None, "issued_count": 1, "failed_count": 1}
    Batch.objects.filter(pk=batch.pk).update(state=BatchState.COMPLETED, **facts)
    meanwhile()
    retries.retry_failures(issuance=first, by=None, at=timezone.now())
    assert retries.prepare_one_retry()


def test_the_page_says_that_a_retry_left_out_a_guest_put_on_a_list_since(client):
    desk = Desk(client, name="Win back")
    failed_and_retried(desk, meanwhile=lambda: listed(desk.merchant, ANA))

    page = asked(client, desk.merchant)

    assert "No: Thanx could not issue" in page
    assert "Not a member. Line 2 was left out when it was tried again: On an exclusion list." in page
    assert "Take the guest off the list if that is wrong." in page


def test_a_guest_who_was_rewarded_after_a_failure_got_it_whatever_the_retry_left_out(client):
    desk = Desk(client, name="Win back")

    def again():
        batch = desk.confirmed(f"email\n{ANA}\n".encode()).batches.get()
        facts = {**DONE, "job_id": "k", "due_at": None, "issued_count": 1, "failed_count": 0}
        Batch.objects.filter(pk=batch.pk).update(state=BatchState.COMPLETED, **facts)

    failed_and_retried(desk, meanwhile=again)

    assert "Yes: this guest got" in asked(client, desk.merchant).split("</header>")[1]
    assert RejectedLine.objects.get().reason == Exclusion.REWARDED_HERE


def test_a_retry_that_went_well_counts_more_than_the_failure(client, campaign):
    batch = batch_of(campaign, ANA, state=BatchState.COMPLETED, **DONE, issued_count=0, failed_count=1)
    Failure.objects.create(batch=batch, position=0, reason="", reason_code="job_failed", seen_at=NOON)
    again = {**DONE, "job_id": "k"}
    batch_of(campaign, ANA, state=BatchState.COMPLETED, **again, issued_count=1, failed_count=0, variant=batch.variant)

    assert "Yes: this guest got" in asked(client, campaign.merchant).split("</header>")[1]


def test_the_page_says_that_no_list_names_a_guest_for_all_and_for_one_campaign(client, campaign):
    batch = batch_of(campaign, "bo@example.com", state=BatchState.COMPLETED, **DONE, issued_count=1, failed_count=0)
    other = CampaignFactory(merchant=campaign.merchant, name="Birthday")
    IssuanceFactory(campaign=other)

    assert "No: no list names this guest." in asked(client, campaign.merchant)
    page = asked(client, campaign.merchant, "bo@example.com", f"?campaign={other.pk}")
    assert "No: no list of “Birthday” names this guest." in page
    assert f"Issuance #{batch.issuance_id}" in page


@pytest.mark.parametrize("spelled", ["(212) 555-0123", "+1 212 555 0123", "212.555.0123", "tel:+12125550123"])
def test_a_guest_is_found_by_any_spelling_of_the_number(client, campaign, spelled):
    batch_of(campaign, "+12125550123", state=BatchState.COMPLETED, **DONE, issued_count=1, failed_count=0)

    assert "Yes: this guest got" in asked(client, campaign.merchant, spelled)


def test_another_merchants_lists_stay_there(client, campaign):
    other = CampaignFactory(name="Elsewhere")
    batch_of(other, ANA, state=BatchState.COMPLETED, **DONE, issued_count=1, failed_count=0)

    assert "No: no list names this guest." in asked(client, campaign.merchant)


def test_what_is_no_identifier_is_said_beside_the_field_and_stays_there(client, campaign):
    page = client.post(reverse("guests:find", args=[campaign.merchant.handle]), {"q": "Ana Lima"}).content.decode()

    assert "neither an email address nor a phone number" in page
    assert 'value="Ana Lima"' in page


def test_a_made_up_address_leads_nowhere(client, campaign):
    assert client.get(reverse("guests:profile", args=[campaign.merchant.handle, "nobody"])).status_code == 404


def test_the_page_takes_the_same_queries_for_many_lists(client, campaign, django_assert_max_num_queries):
    for number in range(12):
        facts = {**DONE, "job_id": f"j{number}", "issued_count": 1, "failed_count": 0}
        batch_of(campaign, ANA, f"other{number}@example.com", state=BatchState.COMPLETED, **facts)
    where = client.post(reverse("guests:find", args=[campaign.merchant.handle]), {"q": ANA})["Location"]

    with django_assert_max_num_queries(18):
        page = client.get(where).content.decode()

    assert page.count("Issuance #") == 12


def test_the_newest_campaign_is_answered_about_unless_one_is_chosen(client, campaign):
    newer = CampaignFactory(merchant=campaign.merchant, name="Birthday")
    old = batch_of(campaign, ANA, state=BatchState.COMPLETED, **DONE, issued_count=1, failed_count=0)
    batch_of(newer, ANA, state=BatchState.STOPPED)
    type(old.issuance).objects.filter(pk=old.issuance_id).update(confirmed_at=timezone.now() - timedelta(days=900))

    assert "came in “Birthday”" in asked(client, campaign.merchant).split("</header>")[1]
    assert "Yes: this guest got" in asked(client, campaign.merchant, query=f"?campaign={campaign.pk}")


def test_viewers_cannot_search(client, campaign):
    client.force_login(MembershipFactory(merchant=campaign.merchant, role=Role.VIEWER).user)

    assert client.get(reverse("guests:find", args=[campaign.merchant.handle])).status_code == 403


def test_the_page_says_that_a_user_left_out_a_guest(client):
    campaign = create_live_campaign(shares=(100,), control=0, name="Win back")
    membership = MembershipFactory(merchant=campaign.merchant)
    client.force_login(membership.user)
    issuance = take_in(campaign, f"email\n{ANA}\nbo@example.com\n")
    line_corrections.correct(issuance=issuance, values={2: ""}, by=membership.user, at=NOON)
    intake_step.read_one_upload(clock=lambda: NOON)

    assert "No: line 2 was left out of the list for “Win back”." in asked(client, campaign.merchant)
