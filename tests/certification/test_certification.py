"""The certification page, computed from the ledger and the rows of real work."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns.models import Campaign
from certification.verdicts import gathering
from issuance.models import Batch, Delivery, Failure
from issuance.models.observed import DeliveryState
from issuance.states import BatchState
from partner_api.models import Exchange
from tests.support.certification.exchanges import exchanged, issued
from tests.support.factories import (
    MembershipFactory,
    RewardTemplateFactory,
    create_batch_with_job,
    create_frozen_batch,
    create_live_campaign,
)
from tests.support.steps import poll_one_batch, submit_one_batch

pytestmark = pytest.mark.django_db
PAGE = "/staff/certification/"


def verdicts(client, period="week"):
    page = client.get(f"{PAGE}?period={period}").context["page"]
    return {line.requirement.key: line for group in page.groups for line in group.requirements}


def created(campaign, **ago):
    Campaign.objects.filter(pk=campaign.pk).update(first_attempt_at=timezone.now() - timedelta(**ago))


def known():
    """Return the facts of the last day."""
    return gathering.facts(since=timezone.now() - timedelta(days=1), until=timezone.now())


def test_it_is_for_operators_only(client):
    client.force_login(MembershipFactory().user)

    assert client.get(PAGE).status_code == 404


def test_before_anything_has_happened_nothing_is_shown_and_nothing_fails(operator):
    page = operator.get(PAGE)

    assert (page.context["page"].passed, page.context["page"].failed) == (0, 0)
    assert "not yet shown" in page.text


@pytest.mark.usefixtures("thanx")
def test_a_missing_header_turns_its_line_red_and_the_line_links_the_very_call(operator):
    exchanged(of="whole")
    bare = exchanged(header_names=["Authorization"])

    line = verdicts(operator)["headers"]

    assert (line.mark.words, line.requirement.found[:12]) == ("Fail", "1 of 2 calls")
    assert [link.href for link in line.links] == [f"/staff/api-log/{bare.pk}/"]
    assert f'href="/staff/api-log/{bare.pk}/"' in operator.get(PAGE).text


@pytest.mark.usefixtures("thanx")
def test_calls_to_another_host_are_not_judged(operator):
    exchanged(header_names=[], host="api.thanx.com")

    assert verdicts(operator)["headers"].mark.words == "Not yet shown"


@pytest.mark.usefixtures("thanx")
@pytest.mark.parametrize(("period", "words"), [("day", "Not yet shown"), ("week", "Pass"), ("nonsense", "Pass")])
def test_only_the_chosen_period_counts(operator, period, words):
    issued(seconds_ago=2 * 24 * 3600)

    assert verdicts(operator, period)["keys"].mark.words == words


def test_a_real_job_shows_what_it_shows(operator, batch, sandbox, clock):
    submit_one_batch()
    clock.forward(seconds=6)
    poll_one_batch()
    clock.forward(seconds=30)
    poll_one_batch()

    found = verdicts(operator)

    batch.refresh_from_db()
    assert (batch.phones, batch.state) == (1, BatchState.COMPLETED)
    shown = {key: found[key].mark.words for key in ("by-email", "by-polling", "failures", "keys", "failures-shown")}
    assert set(shown.values()) == {"Pass"}
    # Two rewards were issued and two recipients are email addresses, so the phone number may have none.
    assert found["by-phone"].mark.words == "Not yet shown"
    assert found["failures-shown"].requirement.found == "0 of 1 failure hidden."
    assert found["keys"].links[0].href == f"/staff/api-log/{Exchange.objects.get(method='POST').pk}/"


def test_a_failure_that_no_page_shows_is_counted_as_hidden(operator, batch, sandbox, clock):
    submit_one_batch()
    clock.forward(seconds=60)
    poll_one_batch()
    Failure.objects.all().delete()
    clock.forward(minutes=5)

    line = verdicts(operator)["failures-shown"]

    assert (line.mark.words, line.requirement.found) == ("Fail", "1 of 1 failure hidden.")


# --- Gathering -----------------------------------------------------------------------------------------------


def test_campaigns_made_elsewhere_are_not_ours_to_show():
    for made_elsewhere in (True, False):
        created(create_live_campaign(made_elsewhere=made_elsewhere), hours=1)

    assert len(known().campaigns) == 1


def test_a_template_that_was_gone_before_the_campaign_is_not_listed():
    campaign = create_live_campaign(shares=(50, 50), control=0)
    created(campaign, hours=1)
    gone, later = (variant.reward_template for variant in campaign.variants.all())
    type(gone).objects.filter(pk=gone.pk).update(unpublished_at=timezone.now() - timedelta(hours=2))
    type(gone).objects.filter(pk=later.pk).update(unpublished_at=timezone.now())

    (found,) = known().campaigns

    assert [variant.is_listed for variant in found.variants] == [False, True]


def test_a_template_of_another_merchant_is_not_listed():
    campaign = create_live_campaign(shares=(100,), control=0)
    created(campaign, hours=1)
    campaign.variants.update(reward_template=RewardTemplateFactory())

    assert [variant.is_listed for variant in known().campaigns[0].variants] == [False]


def test_only_genuine_deliveries_about_a_job_are_counted():
    batch = create_batch_with_job(first_attempt_at=timezone.now())
    for state in (DeliveryState.DIGESTED, DeliveryState.DUPLICATE, DeliveryState.FORGED):
        Delivery.objects.create(received_at=timezone.now(), batch=batch, state=state, sealed_body=b"", digest=state)

    assert [found.deliveries for found in known().batches] == [1]


def test_all_recipients_of_a_refused_job_are_failures():
    create_batch_with_job(state=BatchState.REFUSED, size=7, first_attempt_at=timezone.now())

    assert [found.failed for found in known().batches] == [7]


def test_of_a_job_that_broke_off_no_guest_is_named_and_none_hidden():
    broke_off = {"job_state": "failed", "issued_count": 3, "failed_count": 4, "first_attempt_at": timezone.now()}
    create_batch_with_job(state=BatchState.FAILED, **broke_off)

    assert [found.failed for found in known().batches] == [0]


def test_phone_numbers_are_counted_when_a_batch_is_frozen():
    batch = create_frozen_batch("ana@example.com", "+12125550123", "+12125550124")

    assert Batch.objects.get(pk=batch.pk).phones == 2


@pytest.mark.usefixtures("thanx")
def test_a_page_costs_as_many_queries_however_much_there_is(operator):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            operator.get(PAGE)
        return len(captured)

    def some():
        batch = create_batch_with_job(
            first_attempt_at=timezone.now(), state=BatchState.COMPLETED, issued_count=5, phones=0, polls=2
        )
        created(batch.issuance.campaign, hours=1)
        type(batch.issuance).objects.update(confirmed_at=timezone.now())
        exchanged(header_names=[], about=f"batch:{batch.pk}", of=str(batch.pk))

    some()
    few = queries()
    for _ in range(8):
        some()

    assert queries() == few
