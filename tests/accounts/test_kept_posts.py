"""What was posted with a session that had ended waits for its user, and for no other; what is too old is sent again."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from tests.support.desk import Desk
from tests.support.factories import PASSWORD, UserWithRoleFactory

pytestmark = pytest.mark.django_db

KEPT, LOGIN = reverse("kept-post"), reverse("account_login")
TO_KEPT = f"{LOGIN}?next={KEPT}"
OURS, THEIRS = {"HTTP_ORIGIN": "http://testserver"}, {"HTTP_ORIGIN": "http://testserver.evil.example"}
TYPED = {"name": "Autumn", "pasted": "ana@example.com"}


@pytest.fixture
def desk(client):
    return Desk(client, role=Role.MANAGER)


@pytest.fixture
def path(desk):
    return desk.at("exclusions")


def sign_in(client, user):
    return client.post(LOGIN, {"login": user.email, "password": PASSWORD, "next": KEPT})


def let_the_session_end(client, settings):
    session = client.session
    session["seen_at"] -= settings.SESSION_IDLE.total_seconds()
    session.save()


def test_the_sign_in_says_that_nothing_was_sent_and_leads_to_what_was_typed(desk, path, client, settings):
    let_the_session_end(client, settings)

    page = client.post(path, TYPED, follow=True)
    assert page.redirect_chain == [(TO_KEPT, 302)]
    assert "Nothing was changed, and nothing was sent to Thanx. What you typed is kept" in page.text

    page = client.get(sign_in(client, desk.person).url)
    assert "You were signed out before" in page.text
    assert 'name="name" value="Autumn"' in page.text


def test_a_session_that_ended_elsewhere_loses_nothing_on_a_browser_that_is_known(desk, path, client):
    client.logout()
    sign_in(client, desk.person)
    Session.objects.all().delete()

    assert client.post(path, TYPED).url == TO_KEPT


def test_of_a_stranger_nothing_is_kept(path):
    stranger = Client()

    answer = stranger.post(path, TYPED)

    assert answer.url == f"{LOGIN}?next={path}"
    assert not stranger.session.items()


def test_another_account_does_not_see_what_was_typed(path, client, settings):
    let_the_session_end(client, settings)
    client.post(path, TYPED)

    page = client.get(sign_in(client, UserWithRoleFactory()).url, follow=True)

    assert "Autumn" not in page.text
    assert "is not kept any longer" in page.text


def test_it_is_kept_for_an_hour_and_sealed(desk, path, client, settings, time_machine):
    let_the_session_end(client, settings)
    client.post(path, TYPED)
    assert "ana@example.com" not in str([row.get_decoded() for row in Session.objects.all()])

    time_machine.move_to(timezone.now() + timedelta(minutes=61))
    page = client.get(sign_in(client, desk.person).url, follow=True)

    assert "Autumn" not in page.text


def test_it_is_forgotten_once_it_is_sent(desk, path, client, settings):
    let_the_session_end(client, settings)
    client.post(path, TYPED)
    sign_in(client, desk.person)
    client.post(path, TYPED)

    assert client.get(KEPT).url == reverse("home")


def test_a_part_of_a_page_leads_the_whole_page_to_the_sign_in_and_back(desk, client, settings):
    run = desk.confirmed()
    let_the_session_end(client, settings)
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{desk.at('detail', run.pk)}?log=all"}

    answer = client.get(desk.at("progress", run.pk), headers=headers)

    assert answer["HX-Redirect"] == f"{LOGIN}?next={desk.at('detail', run.pk)}%3Flog%3Dall"


@pytest.mark.parametrize("around", ["https://evil.example/m/", "//evil.example/", "javascript:alert(1)"])
def test_a_part_never_leads_to_another_site(desk, client, around):
    client.logout()
    path = desk.at("list")

    answer = client.get(path, headers={"HX-Request": "true", "HX-Current-URL": around})

    assert answer["HX-Redirect"] == f"{LOGIN}?next={path}"


def strict(user):
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    return client


def test_a_form_that_is_too_old_comes_back_with_what_was_typed(desk, path):
    page = strict(desk.person).post(path, TYPED, **OURS)

    assert page.status_code == 403
    assert "This form was open for a long time" in page.text
    assert 'name="pasted" value="ana@example.com"' in page.text


@pytest.mark.parametrize("origin", [THEIRS, {}, {"HTTP_ORIGIN": "null"}, {"HTTP_ORIGIN": "https://testserver"}])
def test_what_another_site_posts_does_not_come_back(desk, path, origin):
    page = strict(desk.person).post(path, TYPED, **origin)

    assert page.status_code == 403
    assert "Autumn" not in page.text
    assert "Send it now" not in page.text


def test_a_password_does_not_come_back(desk):
    page = Client(enforce_csrf_checks=True).post(LOGIN, {"login": desk.person.email, "password": PASSWORD}, **OURS)

    assert page.status_code == 403
    assert PASSWORD not in page.text
    assert f'href="{LOGIN}"' in page.text


def test_a_new_password_is_kept_nowhere(desk, client, settings):
    address, secret = reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": "Tr1ckier-than-it-was"}
    assert "Tr1ckier" not in strict(desk.person).post(address, secret, **OURS).text

    let_the_session_end(client, settings)
    answer = client.post(address, secret)

    assert answer.url == f"{LOGIN}?next={address}"
    assert "kept_post" not in client.session
