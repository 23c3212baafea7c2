"""Masked payloads keep their shape, and no guest can be recognised in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.masking import MASK, MOST_ITEMS, masked, masked_identifier, masked_name

PHONES = ("+12125550123", "212-555-0123", "(212) 555 0123", "+49 30 901820", "0049/30/901820", "２１２５５５０１２３")
EMAILS = ("ana@example.com", "ana+x@sub.example.co.uk", "ana%40example.com", "müller@exämple.de", "ana＠example.com")
KEPT = ("2026-05-12T12:00:00.123Z", "2026-05-12", "completed", "User not found", "7b0d2f4e-1a2b-4c3d-8e9f-0a1b2c3d4e5f")


@pytest.mark.parametrize("identifier", [*PHONES, *EMAILS])
def test_identifiers_are_masked_in_any_sentence_list_or_key(identifier):
    payload = {"note": f"No user {identifier}, sorry", "list": [[identifier]], identifier: 1}

    assert identifier not in str(masked(payload))
    assert masked(payload)["note"] == f"No user {MASK}, sorry"


@pytest.mark.parametrize("words", KEPT)
def test_moments_words_and_ids_are_kept(words):
    assert masked({"anything": words}) == {"anything": words}


@pytest.mark.parametrize("name", ["user_id", "User_ID", "email", "first_name", "user_identifier"])
def test_whatever_stands_under_a_personal_name_is_masked(name):
    assert masked({name: "x"}) == {name: MASK}
    assert masked({name: {"deep": ["x", 5, None]}}) == {name: {"deep": [MASK, MASK, None]}}


def test_a_guest_object_is_masked_with_its_id():
    assert masked({"user": {"id": "77"}, "campaign": {"id": "77"}}) == {"user": {"id": MASK}, "campaign": {"id": "77"}}


def test_an_identifier_by_its_place_is_kept_and_by_its_value_masked():
    assert masked({"identifier": {"type": "email", "index": 3}}) == {"identifier": {"type": "email", "index": 3}}
    assert masked({"identifier": "ana"}) == {"identifier": MASK}
    assert masked({"type": "phone", "value": "12"}) == {"type": "phone", "value": MASK}


def test_ids_that_look_like_telephone_numbers_are_kept_under_their_names():
    ids = {"issuance_job_id": "2125550123", "reward_id": "2125550123", "merchant_id": 2125550123}

    assert masked(ids) == ids
    assert masked({"other": 2125550123, "total_count": 10_000}) == {"other": MASK, "total_count": 10_000}


def test_long_lists_are_cut():
    assert masked(list(range(MOST_ITEMS + 3)))[MOST_ITEMS:] == ["… and 3 more"]


@given(
    st.recursive(
        st.sampled_from([*PHONES, *EMAILS]) | st.integers() | st.none() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*PHONES, "id", "note"]), inner),
        max_leaves=10,
    )
)
def test_nothing_that_is_spelled_like_an_identifier_survives(payload):
    shown = str(masked(payload))

    assert [one for one in (*PHONES, *EMAILS) if one in shown] == []


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("ana@example.com.csv", "•••"),
        ("calls of +1 (212) 555-0188.xlsx", "calls of •••.xlsx"),
        ("2125550188 list", "••• list"),
        ("2026-11-30 guests.csv", "2026-11-30 guests.csv"),
        ("20261130 101500.csv", "20261130 101500.csv"),
        ("guests_1700000000.csv", "guests_1700000000.csv"),
        ("list 12.csv", "list 12.csv"),
    ],
)
def test_a_name_keeps_days_and_loses_guests(name, kept):
    assert masked_name(name) == kept


@pytest.mark.parametrize(
    ("identifier", "shown"),
    [
        ("ana@example.com", "a•••@•••"),
        (" bo@mail.example ", "b•••@•••"),
        ("@example.com", "•••@•••"),
        ("+14155550123", "•••23"),
        ("(415) 555-0123", "•••23"),
        ("no address", "•••"),
        ("12345", "•••"),
        ("", ""),
    ],
)
def test_an_identifier_is_masked_so_that_lines_can_be_told_apart(identifier, shown):
    assert masked_identifier(identifier) == shown
