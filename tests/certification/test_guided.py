"""The guided demo: six steps on the real pages, each with its progress."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from campaigns.models import Credential
from certification.models import GuidedDemo
from issuance.states import BatchState
from tests.support.certification.exchanges import exchanged
from tests.support.factories import MembershipFactory, MerchantFactory, create_batch_with_job

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("thanx")]
PAGE = "/staff/certification/demo/"


def start(client, merchant):
    return client.post(f"{PAGE}start/", {"merchant": merchant.pk}, follow=True)


def marks(client):
    return [step.mark.words for step in client.get(PAGE).context["page"].steps]


def test_it_is_for_operators_only(client):
    client.force_login(MembershipFactory().user)

    assert [client.get(f"{PAGE}{rest}").status_code for rest in ("", "email.csv")] == [404, 404]
    assert client.post(f"{PAGE}start/").status_code == 404
    assert not GuidedDemo.objects.exists()


def test_a_started_demo_shows_six_steps_that_are_not_yet_shown_and_is_audited(operator):
    merchant = MerchantFactory()
    exchanged("/partner/scopes", seconds_ago=60)

    page = start(operator, merchant)

    assert marks(operator) == ["Not yet shown"] * 6
    assert all(
        f'href="{reverse(name, args=[merchant.handle])}"' in page.text for name in ("campaigns:new", "issuance:new")
    )
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.merchant) == ("demo.started", merchant)


@pytest.mark.parametrize(("seconds_ago", "is_due"), [(1_800, True), (20, False)])
def test_scopes_and_merchants_are_read_for_it_as_soon_as_they_may_be_read_again(operator, seconds_ago, is_due):
    now = timezone.now()
    Credential.objects.create(host="api.thanxsandbox.com", due_at=now + timedelta(minutes=20))
    exchanged("/partner/scopes", seconds_ago=seconds_ago, about="credential")

    start(operator, MerchantFactory())

    due_at = Credential.objects.get().due_at
    assert (due_at <= timezone.now()) == is_due
    assert due_at < now + timedelta(minutes=2)


def test_what_happens_afterwards_turns_its_step_green(operator):
    merchant = MerchantFactory()
    start(operator, merchant)
    GuidedDemo.objects.update(started_at=timezone.now() - timedelta(minutes=5))
    for path in ("scopes", "merchants", "locations", "reward_templates"):
        exchanged(f"/partner/{path}")
    batch = create_batch_with_job(
        issuance__campaign__merchant=merchant, first_attempt_at=timezone.now(), state=BatchState.COMPLETED, polls=2
    )
    type(batch.issuance).objects.update(confirmed_at=timezone.now())

    assert marks(operator) == ["Pass", *["Not yet shown"] * 2, "Pass", *["Not yet shown"] * 2]
    home = f"/m/{merchant.handle}/issuances/{batch.issuance_id}/"
    assert all(f'href="{home}{rest}"' in operator.get(PAGE).text for rest in ("", "failures/", "revoke/"))


def test_a_demo_at_another_host_is_not_gone_on_with(operator, settings):
    start(operator, MerchantFactory())
    settings.THANX_API_URL = "http://127.0.0.1:8100"

    assert operator.get(PAGE).context["page"].demo is None


@pytest.mark.parametrize(("url", "words"), [("https://api.thanx.com", "This is production"), ("", "THANX_API_URL")])
def test_none_is_started_in_production_or_without_a_credential(operator, settings, url, words):
    settings.THANX_API_URL, settings.THANX_PRODUCTION = url, bool(url)

    assert words in operator.get(PAGE).text
    assert words in start(operator, MerchantFactory()).text
    assert not GuidedDemo.objects.exists()


def test_a_merchant_that_there_is_not_is_said_beside_the_field(operator):
    answer = operator.post(f"{PAGE}start/", {"merchant": "999"})

    assert answer.status_code == 422
    assert "Choose a merchant of the list." in answer.text


def test_the_lists_are_offered_at_our_own_sandbox_and_have_guests_who_fail(operator, settings):
    start(operator, MerchantFactory())
    assert "email.csv" not in operator.get(PAGE).text

    settings.THANX_API_URL = "http://127.0.0.1:8100"
    start(operator, MerchantFactory())
    assert "email.csv" in operator.get(PAGE).text

    header, *guests = csv.reader(io.StringIO(operator.get(f"{PAGE}email.csv").text))
    assert (header, len(guests)) == (["email"], 12)
    assert [guest for (guest,) in guests if guest.startswith("notfound")]
    assert operator.get(f"{PAGE}nobody.csv").status_code == 404


def test_a_page_costs_as_many_queries_however_much_has_happened(operator):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            operator.get(PAGE)
        return len(captured)

    merchant = MerchantFactory()
    start(operator, merchant)
    GuidedDemo.objects.update(started_at=timezone.now() - timedelta(days=1))

    def something():
        batch = create_batch_with_job(issuance__campaign__merchant=merchant, first_attempt_at=timezone.now())
        type(batch.issuance).objects.update(confirmed_at=timezone.now())
        exchanged(of=str(batch.pk))

    something()
    few = queries()
    for _ in range(6):
        something()

    assert queries() == few
