"""The catalog's steps, against a real sandbox."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campaigns.catalog import refresh
from campaigns.catalog.credential import current_credential, refresh_credential
from campaigns.catalog.problems import CatalogProblem
from campaigns.models import Campaign, Credential, Location, Merchant, RewardTemplate
from campaigns.states import CampaignState
from tests.campaigns.conftest import BURGERS
from tests.support.factories import MerchantFactory

pytestmark = pytest.mark.django_db


def refresh_again(merchant: Merchant, clock, *, hours: float = 2) -> Merchant:
    clock.turn(hours=hours)
    Merchant.objects.filter(pk=merchant.pk).update(due_at=clock())
    assert refresh.refresh_one_merchant(clock=clock)
    merchant.refresh_from_db()
    return merchant


def test_a_fresh_installation_starts_by_itself(sandbox, clock):
    assert refresh_credential(clock=clock)

    credential = Credential.objects.get()
    assert (credential.host, credential.scopes, credential.problem) == ("localhost", ["rewards.issue"], "")
    assert credential.as_of == clock()
    assert Merchant.objects.filter(due_at=clock()).count() == 5
    assert not refresh_credential(clock=clock)


def test_scopes_and_merchants_are_read_again_after_an_hour(sandbox, clock):
    refresh_credential(clock=clock)
    gone = MerchantFactory(due_at=clock())
    clock.turn(minutes=61)

    assert refresh_credential(clock=clock)

    gone.refresh_from_db()
    assert (gone.vanished_at, gone.due_at) == (clock(), None)


def test_a_merchant_that_is_back_is_read_at_once(sandbox, clock):
    refresh_credential(clock=clock)
    Merchant.objects.filter(handle=BURGERS).update(vanished_at=clock(), due_at=None)
    clock.turn(minutes=61)

    refresh_credential(clock=clock)

    back = Merchant.objects.get(handle=BURGERS)
    assert (back.vanished_at, back.due_at) == (None, clock())


def test_handles_are_unique_and_stay(sandbox, clock):
    MerchantFactory(handle=BURGERS)

    refresh_credential(clock=clock)

    assert Merchant.objects.filter(handle=f"{BURGERS}-2", name="Bluebird Burger Bar").exists()


def test_all_pages_of_a_merchants_catalog_are_read(sandbox, clock):
    refresh_credential(clock=clock)

    while refresh.refresh_one_merchant(clock=clock):
        pass

    largest = max(Merchant.objects.all(), key=lambda merchant: merchant.reward_templates.count())
    assert largest.reward_templates.count() > 100
    assert Location.objects.filter(merchant__handle=BURGERS).count() > 10
    assert not Merchant.objects.exclude(as_of=clock()).exists()
    assert sandbox.violations() == {}


def test_a_template_carries_what_a_guest_sees(burgers):
    template = burgers.reward_templates.get(name="$3 off Bluebird Classic Burger")

    assert (template.discount_type, template.discount_value) == ("amount", 3)
    assert template.image_url.startswith("http://")
    assert template.redemption_venue


def test_a_merchant_is_due_in_an_hour_and_sooner_when_somebody_works_there(burgers, clock):
    assert burgers.due_at == clock() + timedelta(hours=1)

    refresh.mark_used(merchant=burgers, at=clock())

    burgers.refresh_from_db()
    assert burgers.due_at == clock() + timedelta(minutes=15)


def test_a_merchant_in_use_is_read_every_quarter_of_an_hour(burgers, clock):
    Merchant.objects.update(used_at=clock() + timedelta(minutes=90))

    refresh_again(burgers, clock)

    assert burgers.due_at == clock() + timedelta(minutes=15)


def test_use_is_noted_at_most_every_five_minutes(burgers, clock, django_assert_num_queries):
    refresh.mark_used(merchant=burgers, at=clock())
    clock.turn(minutes=4)

    with django_assert_num_queries(0):
        refresh.mark_used(merchant=burgers, at=clock())


def test_a_template_that_vanished_stays_as_unpublished_until_it_is_back(burgers, sandbox, clock):
    template = burgers.reward_templates.published()[0]
    published = burgers.reward_templates.published().count()
    sandbox.unpublish(template.thanx_id)

    refresh_again(burgers, clock)

    template.refresh_from_db()
    assert template.unpublished_at == clock()
    assert burgers.reward_templates.published().count() == published - 1
    sandbox.reset()
    refresh_again(burgers, clock)
    template.refresh_from_db()
    assert template.unpublished_at is None


def test_a_template_that_was_renamed_is_the_same_template(burgers, sandbox, clock):
    template = burgers.reward_templates.first()
    sandbox.rename(template.thanx_id, "O'Brien's <b>free</b> café")

    refresh_again(burgers, clock)

    template.refresh_from_db()
    assert template.name == "O'Brien's <b>free</b> café"


def test_without_the_scope_there_are_locations_only_and_a_reason(sandbox, clock):
    sandbox.options(scopes=["users.read"])
    refresh_credential(clock=clock)
    Merchant.objects.exclude(handle=BURGERS).update(due_at=None)

    assert refresh.refresh_one_merchant(clock=clock)

    merchant = Merchant.objects.get(handle=BURGERS)
    assert Credential.objects.get().problem == merchant.problem == CatalogProblem.SCOPE_MISSING
    assert merchant.as_of is None
    assert merchant.locations.exists()
    assert not RewardTemplate.objects.exists()


def test_a_scope_that_is_lost_later_unpublishes_nothing(burgers, sandbox, clock):
    sandbox.options(scopes=[])

    refresh_again(burgers, clock)

    assert burgers.problem == CatalogProblem.SCOPE_MISSING
    assert not RewardTemplate.objects.exclude(unpublished_at=None).exists()


@pytest.mark.parametrize(
    ("settings_changed", "problem"),
    [
        ({"THANX_ACCESS_TOKEN": "wrong"}, CatalogProblem.CREDENTIALS_REFUSED),
        ({"THANX_API_URL": "http://127.0.0.1:9"}, CatalogProblem.UNREACHABLE),
        ({"THANX_ACCESS_TOKEN": ""}, CatalogProblem.NOT_CONFIGURED),
        ({"THANX_API_URL": ""}, CatalogProblem.NOT_CONFIGURED),
    ],
)
def test_what_keeps_us_from_asking_is_recorded_and_no_merchant_is_tried(
    sandbox, settings, clock, settings_changed, problem
):
    for name, value in settings_changed.items():
        setattr(settings, name, value)
    MerchantFactory(due_at=clock())

    assert refresh_credential(clock=clock)

    credential = Credential.objects.get()
    assert (credential.problem, credential.problem_at) == (problem, clock())
    assert credential.due_at == clock() + timedelta(seconds=15)
    assert not refresh.refresh_one_merchant(clock=clock)


def test_the_longer_trouble_lasts_the_longer_the_next_try_waits(sandbox, clock):
    sandbox.fault("server_error", path="/partner/scopes")
    sandbox.fault("server_error", path="/partner/metadata/scopes")
    refresh_credential(clock=clock)
    clock.turn(minutes=3)

    refresh_credential(clock=clock)

    credential = Credential.objects.get()
    assert credential.problem == CatalogProblem.UNAVAILABLE
    assert credential.due_at == clock() + timedelta(minutes=3)
    sandbox.clear_faults()
    clock.turn(minutes=4)
    refresh_credential(clock=clock)
    credential.refresh_from_db()
    assert (credential.problem, credential.problem_at) == ("", None)


def test_a_filled_database_without_any_environment_is_not_called_another_ones(sandbox, settings, clock):
    Credential.objects.create(host="localhost", as_of=clock())
    settings.THANX_API_URL = ""

    refresh_credential(clock=clock)

    assert current_credential().problem == CatalogProblem.NOT_CONFIGURED


def test_a_database_filled_from_another_environment_is_left_alone(sandbox, clock):
    Credential.objects.create(host="api.thanx.com", as_of=clock())
    merchant = MerchantFactory(due_at=clock())

    refresh_credential(clock=clock)

    assert Credential.objects.get(host="localhost").problem == CatalogProblem.OTHER_HOST
    assert not refresh.refresh_one_merchant(clock=clock)
    merchant.refresh_from_db()
    assert merchant.vanished_at is None
    assert sandbox.requests() == []


def test_half_a_catalog_changes_nothing(burgers, sandbox, clock):
    before = burgers.as_of
    sandbox.fault("cut_off", path="/partner/campaigns")

    refresh_again(burgers, clock)

    assert (burgers.as_of, burgers.problem) == (before, CatalogProblem.UNAVAILABLE)
    assert not RewardTemplate.objects.exclude(as_of=before).exists()


def test_being_told_to_wait_is_no_problem(burgers, sandbox, clock):
    sandbox.fault("rate_limited", path="/partner/locations", retry_after=30)

    refresh_again(burgers, clock, hours=0)

    assert burgers.problem == ""
    assert burgers.due_at > clock()


def test_asking_for_a_refresh_works_once_in_ten_seconds(burgers, clock):
    clock.turn(minutes=2)
    assert refresh.ask_for_refresh(merchant=burgers, by=None, at=clock()).is_asked
    clock.turn(seconds=9)
    assert not refresh.ask_for_refresh(merchant=burgers, by=None, at=clock()).is_asked
    burgers.refresh_from_db()
    assert burgers.due_at == clock() - timedelta(seconds=9)
    clock.turn(seconds=2)

    assert refresh.ask_for_refresh(merchant=burgers, by=None, at=clock()).is_asked


def test_a_worker_that_is_reading_the_catalog_keeps_its_lease(burgers, clock):
    Merchant.objects.update(due_at=clock() + timedelta(seconds=40), lease_token="0" * 32)

    refresh.ask_for_refresh(merchant=burgers, by=None, at=clock())

    burgers.refresh_from_db()
    assert burgers.lease_token is not None
    assert burgers.due_at == clock() + timedelta(seconds=40)


def test_campaigns_made_elsewhere_are_taken_over_once(burgers, sandbox, clock):
    made = sandbox.campaign(merchant_id=burgers.thanx_id, name="Summer <3")

    refresh_again(burgers, clock)
    refresh_again(burgers, clock)

    campaign = Campaign.objects.get()
    assert (campaign.name, campaign.thanx_id, campaign.state) == ("Summer <3", made["id"], CampaignState.LIVE)
    assert campaign.made_elsewhere
    variant = campaign.variants.get()
    assert (variant.share, variant.thanx_id) == (100, made["variants"][0]["id"])
    assert variant.reward_template.thanx_id == made["variants"][0]["reward_template_id"]


@pytest.mark.parametrize("kind", ["cut_off", "rate_limited"])
def test_a_reading_that_broke_off_repeats_nothing_within_a_minute(burgers, sandbox, clock, kind):
    sandbox.fault(kind, path="/partner/campaigns", times=1)
    began = clock()

    refresh_again(burgers, clock)

    burgers.refresh_from_db()
    assert burgers.due_at - began > timedelta(seconds=60)
