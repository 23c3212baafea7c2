"""Sessions end: after some time without their user, after some time in any case, and when their user says so."""

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client

from tests.support.factories import PASSWORD, UserWithRoleFactory

pytestmark = pytest.mark.django_db

PAGE = "/notifications/"


@pytest.fixture
def ana(time_machine):
    time_machine.move_to("2026-05-12 12:00:00Z", tick=False)
    return UserWithRoleFactory(email="ana@partner.example")


@pytest.fixture
def limits(settings):
    settings.SESSION_IDLE, settings.SESSION_LONGEST = timedelta(hours=2), timedelta(hours=10)


def signs_in(client, **headers):
    client.post("/accounts/login/", {"login": "ana@partner.example", "password": PASSWORD}, **headers)
    return client


def is_in(client):
    return "_auth_user_id" in client.session


@pytest.mark.usefixtures("ana", "limits")
def test_a_user_who_was_away_signs_in_again_and_learns_why(client, time_machine):
    signs_in(client)
    time_machine.shift(2 * 3600)

    answer = client.get(PAGE, follow=True)

    assert answer.redirect_chain == [(f"/accounts/login/?next={PAGE}", 302)]
    assert "You were signed out" in answer.content.decode()


@pytest.mark.usefixtures("ana", "limits")
def test_a_user_who_is_there_stays_until_the_longest_time(client, time_machine):
    signs_in(client)
    for _ in range(9):
        time_machine.shift(3600)
        assert client.get(PAGE).status_code == 200

    time_machine.shift(3600)

    assert client.get(PAGE).status_code == 302


@pytest.mark.usefixtures("ana", "limits")
def test_a_page_that_refreshes_itself_keeps_no_session(client, time_machine):
    signs_in(client)
    for _ in range(3):
        time_machine.shift(3600)
        client.get(PAGE, headers={"HX-Request": "true"})

    assert not is_in(client)


@pytest.mark.usefixtures("ana")
def test_what_a_busy_user_does_is_written_once_a_minute(client, django_assert_num_queries):
    signs_in(client)
    before = UserSession.objects.get().last_seen_at

    client.get(PAGE)

    assert UserSession.objects.get().last_seen_at == before


@pytest.mark.usefixtures("ana")
def test_the_list_shows_each_session_and_which_one_this_is(client):
    signs_in(Client(), HTTP_USER_AGENT="Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/140.0")
    signs_in(client, HTTP_USER_AGENT="Mozilla/5.0 (iPhone; CPU iPhone OS 19_0) AppleWebKit Version/19.0 Safari/604.1")

    page = client.get("/accounts/sessions/").content.decode()

    assert "Firefox on Windows" in page
    assert "Safari on iPhone" in page
    assert page.count("This one") == 1


@pytest.mark.usefixtures("ana")
def test_one_session_is_signed_out_and_the_others_stay(client):
    other = signs_in(Client())
    signs_in(client)

    client.post(f"/accounts/sessions/{UserSession.objects.order_by('pk').first().pk}/end/")

    assert (is_in(other), is_in(client)) == (False, True)


@pytest.mark.usefixtures("ana")
def test_all_sessions_are_signed_out(client):
    other = signs_in(Client())
    signs_in(client)

    client.post("/accounts/sessions/end/")

    assert (is_in(other), is_in(client)) == (False, False)


@pytest.mark.usefixtures("ana")
def test_sessions_of_others_cannot_be_seen_or_ended(client):
    signs_in(client)
    stranger = Client()
    user = UserWithRoleFactory()
    stranger.post("/accounts/login/", {"login": user.email, "password": PASSWORD})

    answer = stranger.post(f"/accounts/sessions/{UserSession.objects.order_by('pk').first().pk}/end/")

    assert answer.status_code == 404
    assert is_in(client)


@pytest.mark.usefixtures("ana")
def test_a_new_password_ends_the_other_sessions(client):
    other = signs_in(Client())
    signs_in(client)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})

    client.post(
        "/accounts/password/change/", {"password1": "seven green avocados", "password2": "seven green avocados"}
    )

    assert other.get(PAGE).status_code == 302
    assert client.get(PAGE).status_code == 200
