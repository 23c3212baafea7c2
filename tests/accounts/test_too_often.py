"""A request that comes too often loses nothing that was typed: the page sends it when the wait is over."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.core.cache import cache

from accounts.models import Role
from accounts.user_limits import WHAT
from tests.support.factories import MembershipFactory, MerchantFactory, UserFactory
from tests.thanx_portal.walk.test_every_page import pages, url
from tests.thanx_portal.walk.test_nothing_typed_is_lost import TYPED, shown_again

pytestmark = pytest.mark.django_db
AT = datetime(2026, 5, 12, 12, 0, 10, tzinfo=UTC)


def limited_addresses():
    """Yield every limited address; a new one is walked by itself."""
    for guard in ("at merchant", "for installation"):
        for address, view, named in pages(guard):
            if hasattr(view, "limited"):
                yield url(address, named, "own")


@pytest.fixture
def operator(client):
    MerchantFactory(handle="own")
    client.force_login(UserFactory(is_staff=True, is_superuser=True))


@pytest.fixture
def marketer(client):
    user = MembershipFactory(merchant__handle="tacos", role=Role.MARKETER).user
    client.force_login(user)
    return user


def test_every_limited_address_keeps_what_is_posted(operator, client, settings):
    settings.PER_USER_AND_MINUTE = dict.fromkeys(WHAT, 0)
    walked, wrong = 0, []
    for path in limited_addresses():
        page = client.post(f"{path}?q=1", TYPED)
        if page.status_code == 405:  # a page that takes no form
            continue
        walked += 1
        action, fields = shown_again(page)
        typed = [value.replace("\r\n", "\n") for value in fields.get("typed", [])]
        if page.status_code != 429 or (action, typed) != (f"{path}?q=1", TYPED["typed"]):
            wrong.append((path, page.status_code, action, typed))

    assert wrong == []
    assert walked > 10


def test_it_is_sent_with_one_click_when_the_wait_is_over(marketer, client, settings, time_machine):
    settings.PER_USER_AND_MINUTE = dict.fromkeys(WHAT, 1)
    time_machine.move_to(AT, tick=False)
    typed = {"q": "neither address nor number"}
    first, page = [client.post("/m/tacos/guests/", typed) for _ in range(2)]
    action, fields = shown_again(page)
    time_machine.move_to(AT + timedelta(seconds=50), tick=False)

    assert (page.status_code, page.headers["Retry-After"]) == (429, "50")
    assert 'data-wait="50"' in page.text
    assert "You have asked Thanx about a guest once within a minute, which is the limit." in page.text
    assert client.post(action, fields).status_code == first.status_code == 200


def test_a_search_leads_back_to_itself_with_what_was_searched(marketer, client, settings):
    settings.PER_USER_AND_MINUTE = dict.fromkeys(WHAT, 0)
    page = client.get("/m/tacos/search/", {"q": "spring & co"})

    assert 'href="/m/tacos/search/?q=spring+%26+co"' in page.text


def test_a_part_of_a_page_is_answered_with_a_part(marketer, client, settings):
    settings.PER_USER_AND_MINUTE = dict.fromkeys(WHAT, 0)
    part = client.get("/m/tacos/search/", {"q": "spring"}, headers={"HX-Request": "true"})

    assert part.status_code == 429
    assert "Please wait a moment" in part.text
    assert "<html" not in part.text


# --- The entrance --------------------------------------------------------------------------------------------


@pytest.fixture
def hasty(settings):
    cache.clear()
    settings.ACCOUNT_RATE_LIMITS = {"reset_password": "1/5m/key", "reauthenticate": "1/m/user"}


def test_the_address_typed_for_a_new_password_is_kept(hasty, client):
    _, page = [client.post("/accounts/password/reset/", {"email": "ana@example.com"}) for _ in range(2)]

    assert page.status_code == 429
    assert "You have tried this very often. Please wait a few minutes." in page.text
    action, fields = shown_again(page)
    fields.pop("csrfmiddlewaretoken", None)
    assert (action, fields) == ("/accounts/password/reset/", {"email": ["ana@example.com"]})


def test_a_password_is_never_written_into_the_page(hasty, marketer, client):
    pages = [client.post("/accounts/reauthenticate/", {"password": "a secret of mine"}) for _ in range(3)]

    assert pages[-1].status_code == 429
    assert "Please wait a few minutes." in pages[-1].text
    assert not re.search("secret", unescape(pages[-1].text))
