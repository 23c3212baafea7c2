"""Acts that spend rewards or take them away ask again for a sign-in that is long ago, and lose nothing meanwhile."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils import timezone

from accounts.entrance.sealed_sessions import SessionStore
from accounts.models import Role
from issuance.states import IssuanceState
from tests.support.desk import Desk
from tests.support.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

AGAIN = reverse("account_reauthenticate")


@pytest.fixture
def desk(client):
    return Desk(client, role=Role.MANAGER)


@pytest.fixture
def draft(desk):
    return desk.ready()


def state(draft):
    draft.refresh_from_db()
    return draft.state


def signed_in_long_ago(client, settings):
    """Let the sign-in be older than it may be, without waiting for that."""
    session = client.session
    session["signed_in_at"] -= settings.RECENT_SIGN_IN.total_seconds()
    session.save()


def shown_again(client, path):
    return client.post(AGAIN, {"password": PASSWORD, "next": path})


def test_after_a_recent_sign_in_nothing_is_asked(desk, draft):
    desk.post("confirm", draft)

    assert state(draft) == IssuanceState.CONFIRMED


def test_issuing_asks_whether_it_is_still_the_same_user_and_then_goes_on(desk, draft, client, settings):
    signed_in_long_ago(client, settings)
    path = desk.at("confirm", draft.pk)

    asked = desk.post("confirm", draft)
    assert asked.url.startswith(AGAIN)
    assert state(draft) == IssuanceState.READY

    answer = shown_again(client, path)
    assert answer.url == desk.at("detail", draft.pk)
    assert state(draft) == IssuanceState.CONFIRMED


def test_what_was_typed_is_not_lost_on_the_way(desk, draft, client, settings):
    settings.CONFIRM_TYPED_ABOVE = {"manager": 0}
    signed_in_long_ago(client, settings)
    desk.post("confirm", draft, {"number": "17,000"})

    page = shown_again(client, desk.at("confirm", draft.pk))

    assert 'value="17,000"' in page.text
    assert state(draft) == IssuanceState.READY


def test_a_wrong_password_issues_nothing(desk, draft, client, settings):
    signed_in_long_ago(client, settings)
    desk.post("confirm", draft)

    client.post(AGAIN, {"password": "not the password", "next": desk.at("confirm", draft.pk)})

    assert state(draft) == IssuanceState.READY


def test_a_proof_for_another_purpose_issues_nothing(desk, draft, client, settings):
    signed_in_long_ago(client, settings)
    desk.post("confirm", draft)

    answer = shown_again(client, reverse("mfa_index"))

    assert answer.url == reverse("mfa_index")
    assert state(draft) == IssuanceState.READY


def test_what_was_posted_long_ago_is_dropped(desk, draft, client, settings, time_machine):
    signed_in_long_ago(client, settings)
    desk.post("confirm", draft)
    time_machine.move_to(timezone.now() + timedelta(minutes=16))

    shown_again(client, desk.at("confirm", draft.pk))

    assert state(draft) == IssuanceState.READY


def test_looking_and_preparing_ask_for_nothing(desk, draft, client, settings):
    signed_in_long_ago(client, settings)

    assert desk.get("review", draft).status_code == 200
    assert desk.post("discard", draft).url == desk.at("list")


def test_a_guests_identifier_does_not_lie_in_the_session_meanwhile(client, settings):
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    signed_in_long_ago(client, settings)

    answer = client.post(reverse("guest-token"), {"guest": "ana@example.com"})

    kept = [str(SessionStore().decode(row.session_data)) for row in Session.objects.all()]
    assert answer.url.startswith(AGAIN)
    assert not [session for session in kept if "ana" in session]


def test_a_user_of_a_sign_in_provider_signs_in_anew(desk, draft, client, settings):
    desk.person.set_unusable_password()
    desk.person.save()
    client.force_login(desk.person)
    EmailAddress.objects.update_or_create(user=desk.person, email=desk.person.email, defaults={"verified": True})
    signed_in_long_ago(client, settings)

    answer = desk.post("confirm", draft)

    assert answer.url.startswith(reverse("account_login"))
    assert "_auth_user_id" not in client.session
    assert state(draft) == IssuanceState.READY
