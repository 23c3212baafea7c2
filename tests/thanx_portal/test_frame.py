"""The frame around every page: the environment, the merchants, the navigation."""

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.template.loader import get_template
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.models import Role
from accounts.permissions import Rights
from campaigns import halts
from campaigns.catalog.problems import CatalogProblem
from campaigns.models import Credential
from tests.support.factories import NOON, MembershipFactory, MerchantFactory, UserFactory
from thanx_portal.frame import Frame, build, frame
from ui.status import Status

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def connected(settings):
    settings.THANX_API_URL = "https://api.thanxsandbox.com"
    settings.THANX_CLIENT_ID = settings.THANX_ACCESS_TOKEN = "some-credential"


def framed(*, user, path: str = "/", merchant=None, role=None) -> Frame:
    request = RequestFactory().get(path)
    request.user = user
    if merchant is not None:
        request.merchant, request.role, request.rights = merchant, role, Rights(role=role)
    return build(request)


def test_strangers_see_the_environment_and_cost_no_query(django_assert_num_queries):
    with django_assert_num_queries(0):
        seen = framed(user=AnonymousUser())

    assert (seen.environment, seen.host) == ("SANDBOX", "api.thanxsandbox.com")
    assert seen.merchants == seen.navigation == seen.staff_navigation == ()


def test_people_see_the_merchants_they_act_for_and_no_other():
    mine = MembershipFactory(merchant__name="Café Zoë")
    MerchantFactory(name="Somebody else's")

    seen = framed(user=mine.user)

    assert [place.name for place in seen.merchants] == ["Café Zoë"]


@pytest.mark.parametrize("merchants", [1, 20])
def test_the_frame_costs_two_queries_however_many_merchants(merchants, django_assert_num_queries):
    user = UserFactory()
    MembershipFactory.create_batch(merchants, user=user)

    with django_assert_num_queries(2):
        assert len(framed(user=user).merchants) == merchants


@pytest.mark.parametrize("name", ["campaigns:new", "campaigns:list", "issuance:list", "issuance:new", "merchant-home"])
def test_every_page_of_a_merchant_says_what_keeps_us_from_thanx_and_the_remedy(client, name):
    membership = MembershipFactory()
    Credential.objects.create(host="api.thanxsandbox.com", problem=CatalogProblem.CREDENTIALS_REFUSED)
    client.force_login(membership.user)

    page = client.get(reverse(name, args=[membership.merchant.handle])).content.decode()

    assert page.count("Thanx refuses our credential") == 1
    assert "check the client id and the access token" in page


def test_the_switcher_says_when_it_does_not_list_all_merchants():
    MerchantFactory.create_batch(51)

    seen = framed(user=UserFactory(is_staff=True))

    assert len(seen.merchants) == 50
    assert seen.more_merchants


def test_the_page_one_is_on_is_marked_and_its_parent_is_not():
    merchant = MembershipFactory().merchant
    address = reverse("issuance:list", args=[merchant.handle])

    seen = framed(user=UserFactory(), path=f"{address}12/", merchant=merchant, role=Role.MARKETER)

    assert [entry.label for entry in seen.navigation if entry.active] == ["Issuances"]
    assert seen.role == "Marketer"


@pytest.mark.parametrize(("role", "sees"), [(Role.MARKETER, False), (Role.MANAGER, True)])
def test_managers_find_the_switch_that_stops_all_sending(role, sees):
    merchant = MerchantFactory()

    seen = framed(user=UserFactory(), merchant=merchant, role=role)

    assert ("Sending" in [entry.label for entry in seen.navigation]) == sees


def test_a_stop_of_all_sending_is_on_every_page_and_leads_those_to_the_switch_who_may_see_it():
    merchant = MerchantFactory(name="Café Zoë")
    for whose in (merchant, None):
        halts.stop(merchant=whose, by=None, at=NOON, reason="A wrong price.")

    for_member = framed(user=UserFactory(), merchant=merchant, role=Role.VIEWER).halts
    for_staff = framed(user=UserFactory(is_staff=True)).halts

    assert [banner.title for banner in for_member] == [
        "All sending of all merchants is stopped",
        "All sending of Café Zoë is stopped",
    ]
    assert [bool(banner.href) for banner in for_member] == [False, True]
    assert [banner.href for banner in for_staff] == [reverse("staff-sending")]


@pytest.mark.parametrize("name", ["campaigns:list", "campaigns:rewards"])
def test_pages_show_the_stop_of_all_sending_and_its_reason(client, name):
    membership = MembershipFactory()
    client.force_login(membership.user)
    halts.stop(merchant=None, by=None, at=NOON, reason="A wrong price.")

    page = client.get(reverse(name, args=[membership.merchant.handle])).text

    assert "All sending of all merchants is stopped" in page
    assert "A wrong price." in page


def test_only_staff_see_the_operations():
    assert framed(user=UserFactory()).staff_navigation == ()
    assert "Health" in [entry.label for entry in framed(user=UserFactory(is_staff=True)).staff_navigation]


def test_a_fragment_that_shows_no_frame_does_not_pay_for_it(django_assert_num_queries):
    request = RequestFactory().get("/")
    request.user = MembershipFactory().user

    with django_assert_num_queries(0):
        frame(request)


def test_the_design_page_shows_every_status_and_exists_for_staff_only(client: Client):
    client.force_login(UserFactory(is_staff=True))
    page = client.get(reverse("design")).content.decode()
    client.force_login(UserFactory())

    assert all(status.label in page for status in Status)
    assert client.get(reverse("design")).status_code == 404


def test_signing_in_offers_no_sign_up_and_names_the_environment(client: Client):
    page = client.get(reverse("account_login")).content.decode()

    assert "SANDBOX" in page
    assert "signup" not in page
    assert 'for="id_login"' in page
    assert 'for="id_password"' in page


@pytest.mark.parametrize(
    ("url", "meant", "label"),
    [("https://api.thanx.com", True, "PRODUCTION"), ("https://api.thanxsandbox.com", False, "SANDBOX")],
)
def test_every_page_names_the_environment(client, settings, url, meant, label):
    settings.THANX_API_URL, settings.THANX_PRODUCTION = url, meant

    for address in (reverse("account_login"), reverse("notifications:list")):
        page = client.get(address, follow=True).text
        assert f'<span class="environment environment-{label.lower()}"><b>{label}</b>' in page
        client.force_login(UserFactory())


def test_the_page_of_a_server_error_needs_no_request_and_no_database(django_assert_num_queries):
    with django_assert_num_queries(0):
        page = get_template("500.html").render()

    assert "Something failed here" in page
    assert f"{settings.STATIC_URL}portal/portal.css" in page


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404"])
def test_an_error_page_says_what_happened_and_leads_on(name):
    page = get_template(f"{name}.html").render({}, RequestFactory().get("/nowhere/"))

    assert "<h1>" in page
    assert 'href="/"' in page
