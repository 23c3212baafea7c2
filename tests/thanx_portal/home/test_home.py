from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Role
from campaigns.catalog.problems import CatalogProblem
from campaigns.models import Credential
from campaigns.states import CampaignState
from issuance.states import BatchState, IssuanceState
from tests.support.factories import (
    BatchFactory,
    CampaignFactory,
    IssuanceFactory,
    MembershipFactory,
    MerchantFactory,
    UserFactory,
    create_batch_with_job,
    create_live_campaign,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def merchant():
    return MerchantFactory(handle="tacos", name="Peño's <Tacos>")


@pytest.fixture
def look(client):
    """Open a page that must answer 200; return its text."""

    def get(address="/m/tacos/", **headers):
        answer = client.get(address, headers=headers)
        assert answer.status_code == 200
        return answer.content.decode()

    return get


# --- Which merchant ------------------------------------------------------------------------------------------


def test_a_user_with_one_merchant_is_led_there(client, marketer):
    answer = client.get("/")

    assert answer.url == "/m/tacos/"


def test_a_user_without_a_merchant_learns_who_can_help(client, look):
    client.force_login(UserFactory())

    assert "Ask your operator to add you to one." in look("/")


def test_operators_of_an_unconfigured_portal_learn_what_to_set(client, look, settings):
    settings.THANX_API_URL = settings.THANX_CLIENT_ID = settings.THANX_ACCESS_TOKEN = ""
    client.force_login(UserFactory(is_staff=True))

    assert "Set THANX_API_URL and THANX_CLIENT_ID and THANX_ACCESS_TOKEN" in look("/")


def test_operators_whose_credential_is_refused_learn_the_remedy(client, look, settings):
    settings.THANX_API_URL, settings.THANX_CLIENT_ID, settings.THANX_ACCESS_TOKEN = "http://127.0.0.1:9", "id", "token"
    Credential.objects.create(host="localhost", problem=CatalogProblem.CREDENTIALS_REFUSED)
    client.force_login(UserFactory(is_staff=True))

    assert "check the client id and the access token" in look("/")


def test_a_user_with_several_merchants_chooses_and_sees_what_goes_on(client, marketer, merchant, look):
    MembershipFactory(user=marketer, merchant__name="Noodles", merchant__handle="noodles")
    MerchantFactory(name="Not mine")
    create_batch_with_job(issuance__campaign__merchant=merchant)
    CampaignFactory(merchant=merchant, state=CampaignState.REFUSED)

    page = look("/")

    assert "Peño&#x27;s &lt;Tacos&gt;" in page
    assert 'href="/m/noodles/"' in page
    assert "1 running" in page
    assert "1 to see to" in page
    assert "Not mine" not in page


def test_merchants_are_found_by_name_and_by_handle(client, look):
    client.force_login(UserFactory(is_staff=True))
    MerchantFactory(name="Noodles", handle="slurp")
    MerchantFactory(name="Burgers", handle="grill")

    rows = [look(f"/?q={words}").split("<tbody>")[1] for words in ("noodl", "slurp")]

    assert all("Noodles" in row and "Burgers" not in row for row in rows)
    assert "No merchant found" in look("/?q=sushi")


def test_the_number_of_queries_does_not_depend_on_the_merchants(client, look, django_assert_num_queries):
    client.force_login(UserFactory(is_staff=True))
    for _ in range(12):
        create_batch_with_job()

    # session, user, first two; running, heard, summaries; merchants, asking, campaigns, failures, old drafts; count,
    # page, issuances, campaigns; frame, halts
    with django_assert_num_queries(18):
        look("/")


# --- A merchant's home ---------------------------------------------------------------------------------------


def test_a_running_issuance_is_shown_and_asks_for_itself_again(marketer, merchant, look):
    create_batch_with_job(issuance__campaign__merchant=merchant, issuance__lines=100, issued_count=40, failed_count=2)

    page = look()

    assert "One issuance is running; nothing needs you." in page
    assert 'hx-trigger="every 5s"' in page
    assert "40 issued, 2 failed" in page


def test_when_nothing_is_running_nothing_asks_again(marketer, merchant, look):
    create_batch_with_job(issuance__campaign__merchant=merchant, state=BatchState.COMPLETED, issued_count=100)

    page = look()

    assert "Nothing is running, and nothing needs you." in page
    assert "hx-trigger" not in page


def test_a_refresh_brings_the_changing_part_only(marketer, merchant, look):
    create_batch_with_job(issuance__campaign__merchant=merchant)

    part = look(HX_Request="true")

    assert part.strip().startswith('<div class="stack" id="now"')
    assert "<html" not in part


@pytest.mark.parametrize(
    ("state", "words"), [(IssuanceState.READY, "Go on"), (IssuanceState.UNREADABLE, "See what is wrong")]
)
def test_a_draft_that_waits_for_a_user_is_listed_with_the_next_step(marketer, merchant, look, state, words):
    IssuanceFactory(campaign__merchant=merchant, state=state, created_at=timezone.now())

    assert words in look()


def test_old_drafts_are_one_row_below_everything_else(marketer, merchant, look):
    for _ in range(12):
        IssuanceFactory(campaign__merchant=merchant, state=IssuanceState.READY)
    issuance = IssuanceFactory(campaign__merchant=merchant)
    BatchFactory(issuance=issuance, state=BatchState.NEEDS_ATTENTION, due_at=None)

    page = look()

    assert "2 things need you" in page
    assert page.index("A job waits for a decision") < page.index("12 old drafts")
    assert 'href="/m/tacos/issuances/?status=draft"' in page


def test_a_job_that_needs_a_decision_and_a_refused_campaign_are_listed(marketer, merchant, look):
    issuance = IssuanceFactory(campaign__merchant=merchant)
    BatchFactory(issuance=issuance, state=BatchState.NEEDS_ATTENTION, due_at=None)
    refused = CampaignFactory(merchant=merchant, state=CampaignState.REFUSED)

    page = look()

    assert "2 things need you" in page
    assert f'href="/m/tacos/issuances/{issuance.pk}/"' in page
    assert f'href="/m/tacos/campaigns/{refused.pk}/"' in page


def test_what_was_discarded_and_what_is_anothers_is_not_shown(marketer, merchant, look):
    IssuanceFactory(campaign__merchant=merchant, campaign__name="Mine", state=IssuanceState.DISCARDED)
    IssuanceFactory(campaign__name="Another's")
    CampaignFactory(merchant=merchant, name="Thrown away", state=CampaignState.DISCARDED)

    page = look()

    assert "Three steps to the first rewards" in page
    assert "Another&#x27;s" not in page
    assert "Thrown away" not in page


def test_marketers_can_issue_once_there_is_a_live_campaign(marketer, merchant, look):
    before = look()
    create_live_campaign(merchant=merchant)

    after = look()

    assert "/m/tacos/issuances/new/" not in before
    assert 'href="/m/tacos/campaigns/new/">' in before
    assert "/m/tacos/issuances/new/" in after


def test_viewers_are_offered_nothing_they_may_not_do(client, merchant, look):
    client.force_login(MembershipFactory(merchant=merchant, role=Role.VIEWER).user)
    create_live_campaign(merchant=merchant)

    page = look()

    assert "/issuances/new/" not in page
    assert "/campaigns/new/" not in page


def test_a_catalog_that_cannot_be_refreshed_says_why_and_what_it_means(marketer, merchant, look):
    merchant.problem = CatalogProblem.UNREACHABLE
    merchant.save()

    page = look()

    assert "Thanx cannot be reached" in page
    assert "For your guests:" in page


def test_looking_at_a_merchant_keeps_its_catalog_fresh_and_a_forgotten_tab_does_not(marketer, merchant, look):
    look(HX_Request="true")
    merchant.refresh_from_db()
    unused = merchant.used_at
    look()
    merchant.refresh_from_db()

    assert unused is None
    assert timezone.now() - merchant.used_at < timedelta(minutes=1)


def test_the_number_of_queries_does_not_depend_on_what_there_is(marketer, merchant, look, django_assert_num_queries):
    look()
    for _ in range(7):
        create_batch_with_job(issuance__campaign__merchant=merchant)
        IssuanceFactory(campaign__merchant=merchant, state=IssuanceState.READY)
        CampaignFactory(merchant=merchant, state=CampaignState.REFUSED)

    with django_assert_num_queries(19) as queries:
        look()

    assert not [query for query in queries.captured_queries if query["sql"].startswith(("INSERT", "UPDATE"))]


@pytest.mark.parametrize("address", ["/", "/m/tacos/"])
def test_only_reading_is_offered(client, marketer, address):
    assert client.post(address).status_code == 405


def test_a_campaign_without_a_name_can_be_opened_all_the_same(look, marketer, merchant):
    CampaignFactory(merchant=merchant, state=CampaignState.DRAFT, thanx_id=None, name="")

    assert "Untitled draft</a>" in look()
