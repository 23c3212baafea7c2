"""Nothing in an untrusted answer runs, loads or links to an unsafe place."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guests.lookup.untrusted import clean_html, facts_in, has_expired, label_of, safe_link, safe_picture

AT = datetime(2026, 5, 12, 12, 0, tzinfo=UTC)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("html", "cleaned"),
    [
        ("<p>Two <b>days</b></p>", "<p>Two <b>days</b></p>"),
        ("<script>alert(1)</script>", ""),
        ('<img src=x onerror="alert(1)">', ""),
        ('<p onclick="x()" style="color:red" class="a">Hi</p>', "<p>Hi</p>"),
        ('<a href="javascript:alert(1)">x</a>', '<a rel="noopener noreferrer">x</a>'),
        ('<a href="https://a.example/">x</a>', '<a href="https://a.example/" rel="noopener noreferrer">x</a>'),
        ("<iframe src='https://a.example'></iframe><form><input></form>", ""),
    ],
)
def test_html_keeps_its_text_and_loses_what_could_act(html, cleaned):
    assert clean_html(html) == cleaned


@pytest.mark.parametrize(
    "url", ["mypic.com", "javascript:alert(1)", "data:text/html,x", "//a.example/x", "ftp://a/x", ""]
)
def test_addresses_without_a_safe_scheme_lead_nowhere(url):
    assert safe_link(url) == ""
    assert safe_picture(url) == ""


def test_pictures_are_loaded_safely_or_from_this_machine():
    assert safe_picture("https://a.example/x.png")
    assert safe_picture("http://127.0.0.1:8765/x.svg")
    assert safe_picture("http://a.example/x.png") == ""


@pytest.mark.parametrize(
    ("url", "expired"),
    [
        ("https://a/x?X-Amz-Date=20260512T110000Z&X-Amz-Expires=7200", False),
        ("https://a/x?X-Amz-Date=20260512T110000Z&X-Amz-Expires=600", True),
        ("https://a/x?Expires=1778587199&Signature=s", True),
        ("https://a/x?Expires=9999999999&Signature=s", False),
        ("https://a/x?Expires=soon", False),
        ("https://a/x", False),
    ],
)
def test_signed_links_that_are_over_are_known(url, expired):
    assert has_expired(url, at=AT) is expired


def test_values_of_any_shape_become_lines():
    sent = {"trackingNumber": "NP 1", "shippedOn": 1778776000000, "address": {"city": "Ulm"}, "note": None}
    facts = facts_in(sent, clear=True)

    assert [(fact.label, fact.value, fact.depth) for fact in facts] == [
        ("Tracking number", "NP 1", 0),
        ("Shipped on", "", 0),
        ("Address", "", 0),
        ("City", "Ulm", 1),
    ]
    assert facts[1].at == datetime(2026, 5, 14, 16, 26, 40, tzinfo=UTC)


@given(value=json_values)
def test_whatever_comes_is_shown_and_bounded(value):
    assert len(facts_in(value)) <= 200


def test_keys_are_written_as_people_write():
    assert label_of("affiliateCommission") == "Affiliate commission"
    assert label_of("giftWrap") == "Gift wrap"


def test_what_is_about_a_person_is_masked_until_guests_are_shown():
    delivery = {
        "trackingNumber": "NP 4471 9921",
        "recipientName": "Ana Maria",
        "address": {"city": "Ulm", "lines": ["Main Street 1"]},
        "customerMobile": 4915112345678,
        "log": [{"note": "sent to ana@example.com, call +49 151 1234 5678", "packed": True}],
    }
    shown, clear = facts_in(delivery), facts_in(delivery, clear=True)
    names = ("Ana", "Ulm", "Main", "4915112345678", "ana@", "1234 5678")

    assert [fact.label for fact in shown] == [fact.label for fact in clear]
    assert not any(name in fact.value for name in names for fact in shown)
    assert shown[0].value == "NP 4471 9921"
    assert any("ana@example.com" in fact.value for fact in clear)
