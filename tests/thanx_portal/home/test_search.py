"""The search finds issuances and campaigns, and never a guest."""

import pytest

from accounts.models import Role
from issuance.models import Upload
from tests.support.factories import (
    NOON,
    CampaignFactory,
    IssuanceFactory,
    MembershipFactory,
    MerchantFactory,
    create_batch_with_job,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def merchant(client):
    merchant = MerchantFactory(handle="tacos")
    client.force_login(MembershipFactory(merchant=merchant, role=Role.VIEWER).user)
    return merchant


@pytest.fixture
def search(client, merchant):
    def found(words):
        page = client.get("/m/tacos/search/", {"q": words}).context["page"]
        return [row.href for row in [*page.issuances, *page.campaigns]]

    return found


def at(issuance):
    return f"/m/tacos/issuances/{issuance.pk}/"


def test_an_issuance_is_found_by_its_campaign_its_file_its_number_and_its_job(merchant, search):
    issuance = IssuanceFactory(campaign__merchant=merchant, campaign__name="Autumn treats")
    file = {"file_name": "lapsed-october.csv", "stored_as": "x", "size": 1, "digest": "0" * 64}
    Upload.objects.create(issuance=issuance, uploaded_at=NOON, **file)
    create_batch_with_job(issuance=issuance, job_id="job-77")
    IssuanceFactory(campaign__merchant=merchant, campaign__name="Spring")

    for words in ("autumn", "october", f"#{issuance.pk}", str(issuance.pk), "job-77"):
        assert at(issuance) in search(words), words
    assert at(issuance) not in search("spring")


def test_a_campaign_is_found_by_its_name_and_by_what_thanx_calls_it(merchant, search):
    campaign = CampaignFactory(merchant=merchant, name="Birthday club", thanx_id="camp-9")
    place = f"/m/tacos/campaigns/{campaign.pk}/"

    assert search("birthday") == [place]
    assert search("camp-9") == [place]


def test_nothing_of_another_merchant_is_found(merchant, search):
    IssuanceFactory(campaign__name="Birthday club")

    assert search("birthday") == []


@pytest.mark.parametrize("identifier", ["ana@example.com", "+1 212 555 0123", "(212) 555-0123", "2125550123"])
def test_a_guest_is_neither_sought_nor_repeated(client, merchant, identifier):
    page = client.get("/m/tacos/search/", {"q": identifier}).text

    assert "Guests are not found here" in page
    assert identifier not in page


def test_strange_numbers_break_nothing(merchant, search):
    assert search("#" + "9" * 30) == []
    assert search("%") == []


def test_every_page_of_a_merchant_has_the_box(client, merchant):
    assert 'action="/m/tacos/search/"' in client.get("/m/tacos/campaigns/").text


def test_the_number_of_queries_does_not_depend_on_what_is_found(
    client, merchant, django_assert_num_queries, time_machine
):
    time_machine.move_to(NOON, tick=False)
    client.get("/m/tacos/search/?q=the+first+of+the+minute")
    for _ in range(3):
        issuance = IssuanceFactory(campaign__merchant=merchant, campaign__name="Birthday club")
        create_batch_with_job(issuance=issuance)

    with django_assert_num_queries(11):
        client.get("/m/tacos/search/?q=birthday")
