"""Users of single sign-on, who have no password here, show anew at the provider that it is still them."""

import time
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.urls import reverse

from accounts.models import Role
from issuance.states import IssuanceState
from tests.support.desk import Desk
from tests.support.factories import UserFactory

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning"),  # inside the provider
]

DAY = 24 * 3600
PAGE = "/accounts/fresh-proof/"


@pytest.fixture
def desk(client):
    """A manager of the merchant who has no password here, and last typed one at the provider the day before."""
    desk = Desk(client, role=Role.MANAGER)
    desk.person.email = "ana@partner.example"
    desk.person.set_unusable_password()
    desk.person.save()
    desk.person.emailaddress_set.update(email=desk.person.email)
    client.logout()
    return desk


@pytest.fixture
def signed_in(desk, provider, client):
    provider.knows("ana", auth_time=int(time.time()) - DAY)
    provider.come_as(client, "ana")
    return desk


@pytest.fixture
def draft(signed_in, settings):
    settings.CONFIRM_TYPED_ABOVE = {"manager": 0}
    return signed_in.ready()


def state(draft):
    draft.refresh_from_db()
    return draft.state


def asked(client, answer):
    """Follow an answer that asks for a proof; return the provider's address."""
    page = client.get(answer.url, follow=True)
    wanted = page.context["wanted"]
    assert "Taco Sign-in" in page.text
    return client.post(PAGE, {"next": wanted}).url


def returned(provider, client, there, *, sub="ana", **claims):
    """Come back from the provider, which says this of the user."""
    provider.knows(sub, **claims)
    return provider.come_as(client, sub, there)


def test_the_provider_is_told_to_ask_and_what_was_typed_goes_on(signed_in, draft, provider, client):
    there = asked(client, signed_in.post("confirm", draft, {"number": "2"}))
    told = parse_qs(urlsplit(there).query)

    returned(provider, client, there, auth_time=int(time.time()))

    assert (told["prompt"], told["max_age"]) == (["login"], ["0"])
    assert state(draft) == IssuanceState.CONFIRMED


def test_what_was_typed_wrong_is_shown_again(signed_in, draft, provider, client):
    there = asked(client, signed_in.post("confirm", draft, {"number": "17,000"}))

    page = returned(provider, client, there, auth_time=int(time.time()))

    assert 'value="17,000"' in page.text
    assert state(draft) == IssuanceState.READY


@pytest.mark.parametrize("said", [None, "yesterday", "now"])
def test_a_provider_that_only_sends_the_user_back_has_proven_nothing(signed_in, draft, provider, client, said):
    there = asked(client, signed_in.post("confirm", draft, {"number": "2"}))

    page = returned(provider, client, there, auth_time=int(time.time()) - DAY if said == "yesterday" else said)

    assert state(draft) == IssuanceState.READY
    assert page.request["PATH_INFO"] == PAGE
    assert "did not say that you have just signed in" in page.text


def test_another_user_of_the_provider_proves_nothing_and_is_not_signed_in(signed_in, draft, provider, client):
    UserFactory(email="bo@partner.example")
    there = asked(client, signed_in.post("confirm", draft, {"number": "2"}))

    page = returned(provider, client, there, sub="bo", auth_time=int(time.time()))

    assert state(draft) == IssuanceState.READY
    assert "as another user" in page.text
    assert client.session["_auth_user_id"] == str(signed_in.person.pk)


def test_after_a_second_try_what_was_typed_still_goes_on(signed_in, draft, provider, client):
    there = asked(client, signed_in.post("confirm", draft, {"number": "2"}))
    page = returned(provider, client, there, auth_time=None)
    again = client.post(PAGE, {"next": page.context["wanted"]}).url

    returned(provider, client, again, auth_time=int(time.time()))

    assert state(draft) == IssuanceState.CONFIRMED


def test_a_sign_in_is_recent_if_the_user_showed_the_provider_who_they_are_just_now(desk, provider, client):
    provider.knows("ana", auth_time=int(time.time()) - 60)
    provider.come_as(client, "ana")
    draft = desk.ready()

    desk.post("confirm", draft)

    assert state(draft) == IssuanceState.CONFIRMED


@pytest.mark.parametrize("page", ["mfa_activate_totp", "mfa_add_webauthn"])
def test_an_open_session_is_not_enough_for_a_second_factor(signed_in, client, page):
    assert client.get(reverse(page), follow=True).request["PATH_INFO"] == PAGE


def test_a_new_address_goes_on_after_the_proof(signed_in, provider, client, mailoutbox):
    there = asked(client, client.post(reverse("account_email"), {"email": "ana@new.example", "action_add": "1"}))
    before = [message.to for message in mailoutbox]

    returned(provider, client, there, auth_time=int(time.time()))

    assert ["ana@new.example"] not in before
    assert mailoutbox[-1].to == ["ana@new.example"]


def test_a_user_who_must_have_a_second_factor_gets_to_set_one_up(signed_in, provider, client, settings):
    settings.SECOND_FACTOR_FOR = ["manager"]
    there = asked(client, client.get(reverse("mfa_activate_totp")))

    page = returned(provider, client, there, auth_time=int(time.time()))

    assert page.request["PATH_INFO"] == reverse("mfa_activate_totp")
    assert not Authenticator.objects.exists()


def test_a_second_factor_is_asked_for_and_the_provider_does_not_stand_in_for_it(signed_in, draft, client):
    TOTP.activate(signed_in.person, generate_totp_secret())

    answer = client.get(signed_in.post("confirm", draft).url)

    assert answer.url.startswith(reverse("mfa_reauthenticate"))
    assert client.get(PAGE).url == reverse("account_reauthenticate")


def test_a_user_with_a_password_here_may_choose(signed_in, client):
    signed_in.person.set_password("correct horse battery")
    signed_in.person.save()
    client.force_login(signed_in.person)

    page = client.get(reverse("account_reauthenticate"), {"next": "/notifications/"})

    assert f"{PAGE}?next=%2Fnotifications%2F" in page.text


def test_a_user_without_any_way_to_show_it_sets_a_password_by_mail(client):
    user = UserFactory()
    user.set_unusable_password()
    user.save()
    client.force_login(user)

    assert client.get(reverse("mfa_activate_totp")).url == reverse("account_set_password")
