"""Production needs two settings that agree, and a database belongs to one environment for ever."""

import pytest
from django.core import checks
from django.urls import reverse

from campaigns.catalog.credential import ensure_credential, refresh_credential
from campaigns.creation import create_one_campaign
from campaigns.models import Campaign, Merchant
from campaigns.states import CampaignState
from issuance.states import BatchState
from partner_api import connect, errors
from partner_api.models import Belonging, Exchange
from partner_api.priority import Priority
from tests.issuance.conftest import campaign, clock
from tests.support.factories import MembershipFactory, create_batch_with_job, create_frozen_batch
from tests.support.steps import poll_one_batch, revoke_one_batch, submit_one_batch

__all__ = ["campaign", "clock"]
pytestmark = pytest.mark.django_db
PRODUCTION, SANDBOX = "https://api.thanx.com", "https://api.thanxsandbox.com"


@pytest.fixture
def configured(settings):
    settings.DEBUG = False
    settings.THANX_CLIENT_ID = settings.THANX_ACCESS_TOKEN = "some-credential"
    return settings


def refusals():
    return [finding.msg for finding in checks.run_checks(tags=["partner_api"]) if isinstance(finding, checks.Error)]


# --- Two settings --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("url", "meant"), [(PRODUCTION, False), (SANDBOX, True), ("http://127.0.0.1:9000", True)])
def test_a_half_configured_production_refuses_to_start_and_says_why(configured, url, meant):
    configured.THANX_API_URL, configured.THANX_PRODUCTION = url, meant

    (refusal,) = refusals()

    assert "THANX_PRODUCTION" in refusal
    assert connect.environment().label == "NOT CONNECTED"
    with pytest.raises(errors.NotConfigured, match="THANX_PRODUCTION"):
        connect.thanx(priority=Priority.CATALOG, merchant="")


@pytest.mark.parametrize(("url", "meant", "label"), [(PRODUCTION, True, "PRODUCTION"), (SANDBOX, False, "SANDBOX")])
def test_two_settings_that_agree_start(configured, url, meant, label):
    configured.THANX_API_URL, configured.THANX_PRODUCTION = url, meant

    assert refusals() == []
    assert connect.environment().label == label


def test_production_does_not_start_as_a_demo(configured):
    configured.THANX_API_URL, configured.THANX_PRODUCTION, configured.DEBUG = PRODUCTION, True, True

    assert refusals() == ["THANX_PRODUCTION is set, so DEBUG must be 0."]


# --- One database --------------------------------------------------------------------------------------------


def test_a_database_belongs_to_the_first_thanx_that_accepts_our_credential(sandbox, clock):
    sandbox.fault("unauthorized", times=1)
    refresh_credential(clock=clock.now)
    assert not Belonging.objects.exists()

    clock.forward(minutes=5)
    refresh_credential(clock=clock.now)

    assert [row.environment for row in Belonging.objects.all()] == ["localhost"]
    assert Merchant.objects.exists()


def test_what_belongs_to_another_environment_is_kept_and_nothing_is_sent_for_it(campaign, sandbox, clock):
    variant = campaign.variants.get(position=0)
    Belonging.objects.create(environment="api.thanxsandbox.com", since=clock.now())
    queued = create_frozen_batch("ana@example.com", issuance__campaign=campaign, variant=variant)
    watched = create_batch_with_job(issuance__campaign=campaign, variant=variant, due_at=clock.now())
    leaving = create_batch_with_job(
        issuance__campaign=campaign, variant=variant, due_at=clock.now(), state=BatchState.REVOKE_QUEUED
    )
    draft = Campaign.objects.create(
        merchant=campaign.merchant,
        name="New",
        created_at=clock.now(),
        updated_at=clock.now(),
        due_at=clock.now(),
        state=CampaignState.QUEUED,
    )
    ensure_credential(at=clock.now())

    for step in (submit_one_batch, poll_one_batch, revoke_one_batch, create_one_campaign, refresh_credential):
        step()

    for row, state in ((queued, "queued"), (watched, "watching"), (leaving, "revoke_queued"), (draft, "queued")):
        row.refresh_from_db()
        assert row.state == state
    assert sandbox.requests() == []
    assert not Exchange.objects.exists()


def test_every_page_of_the_merchant_says_that_the_database_is_another_environments(client, sandbox, clock):
    Belonging.objects.create(environment="api.thanxsandbox.com", since=clock.now())
    ensure_credential(at=clock.now())
    refresh_credential(clock=clock.now)
    membership = MembershipFactory()
    client.force_login(membership.user)

    page = client.get(reverse("issuance:list", args=[membership.merchant.handle])).text

    assert "This database belongs to another Thanx environment" in page


def test_any_port_of_this_machine_is_the_same_environment(sandbox, clock):
    Belonging.objects.create(environment="localhost", since=clock.now())

    assert connect.other_environment() == ""
    assert connect.thanx(priority=Priority.CATALOG, merchant="")
