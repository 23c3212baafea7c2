"""The API log: the list of calls to Thanx, and one call."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditEntry
from issuance.models import Delivery, Failure
from partner_api.models import Exchange
from partner_api.priority import Priority
from tests.support.certification.exchanges import FIVE, POLL, TEMPLATES, exchanged, issued
from tests.support.factories import (
    BatchFactory,
    CampaignFactory,
    MembershipFactory,
    MerchantFactory,
    UserFactory,
    create_batch_with_job,
)
from tests.support.steps import submit_one_batch

pytestmark = pytest.mark.django_db
LOG = "/staff/api-log/"


def shown(client, query=""):
    return client.get(f"{LOG}?{query}").context["page"].rows


def numbers(client, query=""):
    return {int(row.href.rstrip("/").rpartition("/")[2]) for row in shown(client, query)}


# --- The list ------------------------------------------------------------------------------------------------


def test_it_is_for_operators_only(client):
    call = exchanged()
    client.force_login(MembershipFactory().user)

    assert [client.get(address).status_code for address in (LOG, f"{LOG}{call.pk}/")] == [404, 404]


def test_the_navigation_leads_to_it(operator):
    assert f'href="{LOG}"' in operator.get("/staff/health/").text


def test_it_says_so_when_there_is_nothing(operator):
    assert "No calls yet" in operator.get(LOG).text
    exchanged()
    assert "Nothing matches" in operator.get(f"{LOG}?path=elsewhere").text


def test_each_call_shows_how_it_ended_what_for_and_how_long_it_waited(operator):
    batch = BatchFactory(number=3)
    issued(about=f"batch:{batch.pk}", attempt=2, waited_ms=1234, status=429, error_class="RateLimited")

    (row,) = shown(operator)

    assert (row.outcome.words, row.lamp.words, row.exchange.attempt, row.exchange.waited_ms) == (
        "429",
        "5 of 5",
        2,
        1234,
    )
    assert row.purpose.label == f"Issuance #{batch.issuance_id}, job 3"
    assert f'href="{row.purpose.href}"' in operator.get(LOG).text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "200"),
        ({"status": 404, "error_class": "NotFound", "error_code": "RESOURCE_NOT_FOUND"}, "404 RESOURCE_NOT_FOUND"),
        ({"status": None, "error_class": "OutcomeUnknown"}, "No answer"),
        ({"status": None}, "No end known"),
        ({"status": None, "error_class": "Withheld"}, "Not sent"),
    ],
)
def test_every_end_has_its_word(operator, fields, words):
    exchanged(**fields)

    assert shown(operator)[0].outcome.words == words


def test_a_call_without_a_header_is_marked_and_the_header_is_named(operator):
    exchanged(header_names=[name for name in FIVE if name != "X-ClientId"])

    (row,) = shown(operator)

    assert (row.lamp.words, row.lamp.tone, row.warnings) == ("4 of 5", "danger", ["Without X-ClientId"])
    assert operator.get(row.href).text.count(" was not sent</span>") == 1


def test_a_needless_repeat_and_a_rapid_poll_are_marked(operator):
    exchanged(seconds_ago=70)
    exchanged(seconds_ago=56)
    exchanged(POLL, seconds_ago=40)
    exchanged(POLL, seconds_ago=39)

    assert [list(row.warnings) for row in shown(operator)] == [
        ["Polled 1.0 s earlier"],
        [],
        ["Same request 14 s earlier"],
        [],
    ]


def test_only_what_is_against_the_rules_can_be_shown(operator):
    exchanged(seconds_ago=70)
    repeat = exchanged(seconds_ago=56)
    bare = exchanged(header_names=[], of="another")
    exchanged(of="old", seconds_ago=3 * 24 * 3600, header_names=[])

    assert numbers(operator, "show=rules") == {repeat.pk, bare.pk}
    assert len(numbers(operator, "show=rules&period=week")) == 3


def test_it_can_be_filtered(operator):
    campaign = CampaignFactory(merchant=MerchantFactory(handle="cafe", name="Café Zoë"))
    batch = BatchFactory(issuance__campaign=campaign)
    catalog = exchanged(about=f"merchant:{campaign.merchant_id}", seconds_ago=7200)
    creating = exchanged("/partner/campaigns", method="POST", about=f"campaign:{campaign.pk}", status=201)
    sending = issued(about=f"batch:{batch.pk}", correlation="ab" * 16)
    failing = exchanged(POLL, about="batch:999999", status=500, error_class="Unavailable")
    silent = exchanged(of="silent", status=None, error_class="OutcomeUnknown")

    found = {
        query: numbers(operator, query)
        for query in (
            *("path=campaigns", "method=POST", "status=5xx", "status=none", f"batch={batch.pk}"),
            f"issuance={batch.issuance_id}",
            *(f"campaign={campaign.pk}", "merchant=cafe", "merchant=café zoë", "merchant=nobody"),
            *("period=hour", "show=problems", "request=" + "ab" * 16),
        )
    }

    assert found == {
        "path=campaigns": {creating.pk, sending.pk},
        "method=POST": {creating.pk, sending.pk},
        "status=5xx": {failing.pk},
        "status=none": {silent.pk},
        f"batch={batch.pk}": {sending.pk},
        f"issuance={batch.issuance_id}": {sending.pk},
        f"campaign={campaign.pk}": {creating.pk, sending.pk},
        "merchant=cafe": {catalog.pk, creating.pk, sending.pk},
        "merchant=café zoë": {catalog.pk, creating.pk, sending.pk},
        "merchant=nobody": set(),
        "period=hour": {creating.pk, sending.pk, failing.pk, silent.pk},
        "show=problems": {failing.pk, silent.pk},
        "request=" + "ab" * 16: {sending.pk},
    }


@pytest.mark.parametrize("query", ["batch=x", "status=nonsense", "before=yesterday", "before=2026-99-99_1", "batch=-1"])
def test_an_odd_question_does_not_break_it(operator, query):
    exchanged()

    assert operator.get(f"{LOG}?{query}").status_code == 200


def test_its_pages_show_every_call_once_also_when_many_were_sent_at_once(operator):
    at = timezone.now()
    made = {exchanged(at=at, of=str(number)).pk for number in range(120)}

    first = operator.get(LOG).context["page"]
    second = operator.get(f"{LOG}{first.older}").context["page"]
    third = operator.get(f"{LOG}{second.older}").context["page"]

    seen = [row.href for page in (first, second, third) for row in page.rows]
    assert (len(seen), len(set(seen)), third.older) == (120, 120, "")
    assert len(made) == 120
    assert operator.get(f"{LOG}{third.newest}").context["page"].rows == first.rows


def test_a_page_costs_as_many_queries_however_many_calls_there_are(operator):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            operator.get(LOG)
        return len(captured)

    def some():
        issued(about=f"batch:{BatchFactory().pk}")
        exchanged(about=f"campaign:{CampaignFactory().pk}")
        exchanged(about=f"merchant:{MerchantFactory().pk}")

    some()
    few = queries()
    for _ in range(10):
        some()

    assert queries() == few


# --- One call ------------------------------------------------------------------------------------------------


def test_a_real_call_leads_to_its_job_its_webhooks_and_what_a_user_did(operator, batch, sandbox, clock):
    submit_one_batch()
    call = Exchange.objects.get(path_template="/partner/campaigns/issue")
    Exchange.objects.filter(pk=call.pk).update(correlation="ab" * 16)
    delivery = Delivery.objects.create(received_at=clock.now(), batch=batch, event="reward.issued", sealed_body=b"")
    entry = AuditEntry.objects.create(
        at=clock.now(), action="issuance.confirmed", object_type="x", object_id="1", correlation="ab" * 16
    )

    page = operator.get(f"{LOG}{call.pk}/").text

    merchant = batch.issuance.merchant
    assert f'href="/m/{merchant.handle}/issuances/{batch.issuance_id}/"' in page
    assert f'href="/staff/webhooks/{delivery.pk}/"' in page
    assert f"/admin/accounts/auditentry/{entry.pk}/change/" in page
    assert "5 of 5" in page


def test_attempts_with_one_key_are_shown_together(operator):
    key = uuid.uuid4()
    first = issued(key=key, status=None, error_class="OutcomeUnknown", seconds_ago=90)
    second = issued(key=key, attempt=2)
    issued()

    page = operator.get(f"{LOG}{second.pk}/").context["page"]

    assert [row.href for row in page.attempts] == [f"{LOG}{second.pk}/", f"{LOG}{first.pk}/"]
    assert "cleared up" in operator.get(f"{LOG}{first.pk}/").text


def test_attempts_without_a_key_are_those_at_the_same_row(operator):
    first = exchanged("/partner/campaigns", method="POST", about="campaign:7")
    exchanged("/partner/campaigns", method="POST", about="campaign:8")
    second = exchanged("/partner/campaigns", method="POST", about="campaign:7", priority=Priority.CAMPAIGN_CREATION)

    assert len(operator.get(f"{LOG}{second.pk}/").context["page"].attempts) == 2
    assert len(operator.get(f"{LOG}{first.pk}/").context["page"].attempts) == 2


def test_the_command_names_no_secret_and_no_guest(operator, batch, sandbox, clock):
    submit_one_batch()
    call = Exchange.objects.get(path_template="/partner/campaigns/issue")

    page = operator.get(f"{LOG}{call.pk}/")

    command = page.context["page"].command
    assert command.startswith(f'curl --globoff -X POST "{sandbox.url}/partner/campaigns/issue"')
    assert f"-H 'X-Idempotency-Key: {call.idempotency_key}'" in command
    assert '-H "Authorization: Bearer $THANX_ACCESS_TOKEN"' in command
    assert not [word for word in (sandbox.token, sandbox.client_id, "ana@example.com") if word in page.text]


def test_the_command_of_a_read_has_variables_for_what_was_asked(operator):
    call = exchanged(POLL, query_names=["merchant_id", "states"], host="127.0.0.1:8100")

    command = operator.get(f"{LOG}{call.pk}/").context["page"].command

    assert '"http://127.0.0.1:8100/partner/issuance_jobs/${ID}?merchant_id=$MERCHANT_ID&states=$STATES"' in command
    assert "--data-binary" not in command


def test_a_call_that_is_gone_is_not_found(operator):
    assert operator.get(f"{LOG}{exchanged(TEMPLATES).pk + 1}/").status_code == 404


# --- From elsewhere ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("is_staff", "links"), [(True, 2), (False, 0)])
def test_operators_get_from_a_failure_or_an_issuance_to_its_calls(client, is_staff, links):
    failure = Failure.objects.create(
        batch=create_batch_with_job(state="completed", failed_count=1, size=1, ended_at=timezone.now()),
        position=0,
        reason="User not found",
        reason_code="not_found",
        seen_at=timezone.now(),
    )
    issuance = failure.batch.issuance
    user = UserFactory(is_staff=is_staff)
    MembershipFactory(user=user, merchant=issuance.merchant)
    client.force_login(user)
    home = f"/m/{issuance.merchant.handle}/issuances/{issuance.pk}/"

    pages = client.get(home).text + client.get(f"{home}failures/").text

    assert pages.count(f'href="{LOG}?issuance={issuance.pk}"') == links
