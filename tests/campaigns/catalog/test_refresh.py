"""The catalog's steps, against a real sandbox."""

from collections import Counter
from datetime import timedelta

import pytest

from campaigns.catalog import refresh
from campaigns.catalog.credential import refresh_credential
from campaigns.catalog.problems import CatalogProblem
from campaigns.models import Campaign, Credential, Location, Merchant, RewardTemplate
from campaigns.states import CampaignState
from partner_api.models import Exchange
from tests.campaigns.conftest import BURGERS

pytestmark = pytest.mark.django_db


def refresh_again(merchant: Merchant, clock, *, hours: float = 2) -> Merchant:
    clock.turn(hours=hours)
    Merchant.objects.filter(pk=merchant.pk).update(due_at=clock())
    assert refresh.refresh_one_merchant(clock=clock)
    merchant.refresh_from_db()
    return merchant


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


def test_a_merchant_is_due_in_an_hour_and_sooner_when_a_user_works_there(burgers, clock):
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


def test_a_reading_that_a_limit_cut_short_goes_on_where_it_stopped(sandbox, clock):
    refresh_credential(clock=clock)
    merchant = max(Merchant.objects.all(), key=lambda each: len(sandbox_templates(sandbox, each)))
    Merchant.objects.exclude(pk=merchant.pk).update(due_at=None)
    sandbox.fault("rate_limited", path="/partner/reward_templates", after=1, times=1, retry_after=7)

    assert refresh.refresh_one_merchant(clock=clock)
    merchant.refresh_from_db()
    assert (merchant.as_of, merchant.problem) == (None, "")
    assert clock() < merchant.due_at <= clock() + timedelta(seconds=20)
    asked = calls_by_path()

    clock.turn(seconds=(merchant.due_at - clock()).total_seconds())
    assert refresh.refresh_one_merchant(clock=clock)

    merchant.refresh_from_db()
    more = calls_by_path() - asked
    assert merchant.as_of == clock()
    assert merchant.reward_templates.count() == len(sandbox_templates(sandbox, merchant))
    assert (more["/partner/locations"], more["/partner/reward_templates"]) == (
        0,
        asked["/partner/reward_templates"] - 1,
    )


def sandbox_templates(sandbox, merchant):
    """Return the rewards of a merchant in the sandbox, two pages of which may be read at most."""
    found, address = [], f"/partner/reward_templates?merchant_id={merchant.thanx_id}&per_page=100&page="
    for page in (1, 2):
        found += sandbox.call("GET", f"{address}{page}").json()["reward_templates"]
    return found


def calls_by_path():
    return Counter(Exchange.objects.values_list("path_template", flat=True))


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
