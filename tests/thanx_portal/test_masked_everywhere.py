"""Users who may not see guests see none: they follow every link of an installation in which everything was done."""

import re
from collections import Counter, deque
from datetime import timedelta
from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client
from django.urls import Resolver404, resolve
from django.utils import timezone

from accounts.models import Role
from campaigns.models import Merchant
from tests.support.factories import MembershipFactory, UserFactory
from tests.thanx_portal.test_nothing_leaks import ears, leaked, quiet  # noqa: F401 - fixtures
from tests.thanx_portal.test_scan import KNOWN, filled  # noqa: F401 - a fixture

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

LINK = re.compile(r'(?:href|hx-get)="([^"#]+)')
ALIKE = 2
"""So many pages of one address are looked at."""

NOT_FOLLOWED = ("/accounts/", "/static/", "/admin/logout/", "/admin/jsi18n/")


def pages_of(user, *, under):
    """Follow the links from a page to those under it, and yield each page: its address and what it says."""
    client = Client()
    client.force_login(user)
    waiting, met, alike = deque([under]), {under}, Counter()
    while waiting:
        address = waiting.popleft()
        answer = client.get(address, follow=True)
        if answer.status_code != 200 or answer.streaming:
            said = b"".join(answer.streaming_content).decode("latin-1") if answer.streaming else ""
        else:
            said = answer.content.decode("utf-8", "replace")
        yield address, said
        for link in LINK.findall(said):
            path = urljoin(address, link.replace("&amp;", "&"))
            name = kind_of(path)
            if (
                path not in met
                and path.startswith(under)
                and name
                and alike[name] < ALIKE
                and not path.startswith(NOT_FOLLOWED)
            ):
                met.add(path)
                alike[name] += 1
                waiting.append(path)


def kind_of(path):
    """Return the name of a path of ours; empty for what leads elsewhere."""
    try:
        return resolve(urlsplit(path).path).view_name if path.startswith("/") else ""
    except Resolver404:
        return ""


def viewer_everywhere():
    user = UserFactory()
    for merchant in Merchant.objects.all():
        MembershipFactory(user=user, merchant=merchant, role=Role.VIEWER)
    return user


def certifier():
    return UserFactory(certifies_until=timezone.now() + timedelta(days=1))


def operator():
    return UserFactory(is_staff=True)


def test_no_page_or_file_shows_a_guest_to_those_who_may_see_none(filled, settings):  # noqa: F811
    settings.PER_USER_AND_MINUTE = dict.fromkeys(settings.PER_USER_AND_MINUTE, 10_000)
    walked, found = {}, []
    # An operator may prepare drafts, whose lines are shown in clear: the admin shows none.
    for who, under in ((viewer_everywhere, "/"), (certifier, "/"), (operator, "/admin/")):
        for address, said in pages_of(who(), under=under):
            walked.setdefault(who.__name__, []).append(address)
            found += [(who.__name__, address, line.strip()[:160]) for line in said.splitlines() if leaked(line, KNOWN)]

    assert found == []
    assert {who: len(addresses) > 20 for who, addresses in walked.items()} == dict.fromkeys(walked, True)
