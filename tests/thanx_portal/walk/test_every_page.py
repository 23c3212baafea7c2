"""Every URL, asked by every kind of user at the own and at another merchant, answers as the table says."""

import pytest
from django import shortcuts
from django.urls import reverse

from tests.conventions.test_views import patterns
from tests.support.factories import MerchantFactory
from tests.thanx_portal.walk.people import (
    KINDS,
    STRANGER,
    VISITOR,
    Watched,
    at_merchant,
    in_installation,
    outcome,
    visitor,
)

pytestmark = pytest.mark.django_db

METHODS = ("get", "post", "head")


@pytest.fixture(autouse=True)
def unrendered(monkeypatch):
    """Leave the templates out; test_every_page_opens.py looks at them."""
    monkeypatch.setattr(shortcuts.loader, "render_to_string", lambda *_, **__: "")


def pages(guard):
    """Yield the name and the view of every page with this guard, and arguments that name no object."""
    for address, entry in patterns():
        if entry.callback.guard == guard:
            parts = address.replace("m/<slug:handle>/", "").split("/")
            named = [0 if "<int:" in part else "0" * 32 for part in parts if "<" in part]
            yield address, entry.callback, named


def url(address, named, handle=""):
    """Return the URL: each part in angle brackets is replaced."""
    values = iter([handle, *named] if address.startswith("m/<slug:handle>/") else named)
    parts = [
        part if "<" not in part else part[: part.index("<")] + str(next(values)) + part[part.index(">") + 1 :]
        for part in address.split("/")
    ]
    return "/" + "/".join(parts)


def ask(who, method, path):
    """Return how the portal answered, and what it changed."""
    with Watched() as watched:
        answer = getattr(who.client, method)(path)
    return outcome(answer), watched.changes


def differs(found, expected):
    """Whether an answer is not the one of the table. No object has the number 0: where all is open, it is missing."""
    return found != expected and not (expected == "open" and found == "hidden")


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_the_pages_of_a_merchant_answer_as_the_table_says(kind):
    own, other = MerchantFactory(handle="own"), MerchantFactory(handle="other")
    who = visitor(kind, own)
    wrong = []
    for address, view, named in pages("at merchant"):
        for method in METHODS:
            act = view.to_post if method == "post" else view.act
            expected = at_merchant(who, act)
            elsewhere = [] if who.sees_every_merchant or kind == VISITOR else [(other, "hidden")]
            for merchant, wanted in [(own, expected), *elsewhere]:
                found, changes = ask(who, method, url(address, named, merchant.handle))
                if differs(found, wanted) or (wanted != "open" and changes):
                    wrong.append((method, address, merchant.handle, found, wanted, changes))

    assert wrong == []


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_the_pages_of_the_installation_answer_as_the_table_says(kind):
    who = visitor(kind, MerchantFactory())
    wrong = []
    for address, view, named in pages("for installation"):
        for method in METHODS:
            expected = in_installation(who, view.act)
            found, changes = ask(who, method, url(address, named))
            if differs(found, expected) or (expected != "open" and changes):
                wrong.append((method, address, found, expected, changes))

    assert wrong == []


@pytest.mark.parametrize("kind", [VISITOR, STRANGER])
def test_pages_for_all_who_have_signed_in_are_for_no_visitor(kind):
    who = visitor(kind, MerchantFactory())
    expected = "sign in" if kind == VISITOR else "open"
    answers = [(address, ask(who, "get", url(address, named))[0]) for address, _, named in pages("signed in")]

    assert [address for address, found in answers if differs(found, expected)] == []


def test_the_walk_goes_everywhere():
    walked = {address for guard in ("at merchant", "for installation", "signed in") for address, *_ in pages(guard)}
    public = {address for address, entry in patterns() if entry.callback.guard == "public"}

    assert walked | public == {address for address, _ in patterns()}
    assert len(walked) > 120
    assert url("m/<slug:handle>/issuances/<int:issuance_id>/", [0], "own") == reverse(
        "issuance:detail", args=["own", 0]
    )
