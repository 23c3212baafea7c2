"""Whatever is posted with a session that has ended, or from a form that is too old, is kept and sent with one click."""

import re
from html import unescape

import pytest
from django.test import Client
from django.urls import resolve, reverse

from accounts.models import Role
from tests.support.acts import guests, merchant
from tests.support.desk import Desk
from tests.support.factories import MerchantFactory, UserFactory
from tests.thanx_portal.walk.people import Watched, outcome
from tests.thanx_portal.walk.test_every_act import afresh
from tests.thanx_portal.walk.test_every_page import pages, url

pytestmark = pytest.mark.django_db

KEPT = reverse("kept-post")
TYPED = {"typed": ['Zoë & "co"\n<b>', "twice"]}
HERE = {"HTTP_ORIGIN": "http://testserver"}
INPUT = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


def everything_for_users():
    """Yield every address that a user who has signed in may post to; a new one is walked by itself."""
    for guard in ("at merchant", "for installation", "signed in"):
        for address, _, named in pages(guard):
            yield url(address, named, "own")


def let_the_session_end(client, settings):
    session = client.session
    session["seen_at"] -= settings.SESSION_IDLE.total_seconds()
    session.save()


def shown_again(page):
    """Return where the page's one form goes, and what it sends."""
    [action] = re.findall(r'<form method="post" action="([^"]*)"', page.text)
    fields: dict[str, list[str]] = {}
    for name, value in INPUT.findall(page.text):
        fields.setdefault(unescape(name), []).append(unescape(value))
    return unescape(action), fields


@pytest.fixture
def operator():
    MerchantFactory(handle="own")
    return UserFactory(is_staff=True, is_superuser=True)


def test_every_address_keeps_what_is_posted_after_the_session_has_ended(operator, client, settings):
    walked = list(everything_for_users())
    wrong = []
    for path in walked:
        client.force_login(operator)
        let_the_session_end(client, settings)
        with Watched() as watched:
            asked = client.post(f"{path}?q=1", TYPED)
        client.force_login(operator)
        action, fields = shown_again(client.get(KEPT))
        typed = [value.replace("\r\n", "\n") for value in fields.get("typed", [])]
        if asked.url != f"/accounts/login/?next={KEPT}" or watched.changes:
            wrong.append((path, asked.url, watched.changes))
        if (action, typed) != (f"{path}?q=1", TYPED["typed"]):
            wrong.append((path, action, typed))

    assert wrong == []
    assert len(walked) > 150


def test_every_address_takes_a_form_again_that_is_older_than_its_token(operator):
    client = Client(enforce_csrf_checks=True)
    wrong = []
    for path in everything_for_users():
        client.force_login(operator)
        page = client.post(path, {"csrfmiddlewaretoken": "x" * 64, **TYPED}, **HERE)
        action, fields = shown_again(page)
        token = fields.pop("csrfmiddlewaretoken")
        again = client.post(action, {"csrfmiddlewaretoken": token, **fields}, **HERE)
        if page.status_code != 403 or fields != TYPED or again.status_code == 403:
            wrong.append((path, page.status_code, fields))

    assert wrong == []


def test_every_address_answers_get_with_a_page_or_leads_to_one(operator, client):
    client.force_login(operator)
    wrong = []
    for path in everything_for_users():
        answer = client.get(path, follow=True)
        if answer.status_code not in (200, 404):  # no object has the number 0
            wrong.append((path, answer.status_code))

    assert wrong == []


@pytest.mark.parametrize("act", [*merchant.ACTS, *guests.ACTS])
def test_an_act_is_carried_out_with_one_click_after_signing_in_again(act, client, settings):
    desk = Desk(client, role=Role.MANAGER, shares=(45, 45), control=10)
    name, args, data = act(desk)
    name, _, query = name.partition("?")
    path = reverse(name, args=[desk.merchant.handle, *args])

    assert client.get(path, follow=True).status_code == 200
    let_the_session_end(client, settings)
    with Watched() as before:
        client.post(f"{path}?{query}", afresh(data))
    assert before.changes == []

    client.force_login(desk.person)
    action, fields = shown_again(client.get(KEPT))
    files = {field: value for field, value in afresh(data).items() if hasattr(value, "seek")}
    with Watched() as after:
        answer = client.post(action, {**fields, **files})

    assert outcome(answer) == "open"
    assert after.changes
    assert resolve(path).func.guard == "at merchant"
