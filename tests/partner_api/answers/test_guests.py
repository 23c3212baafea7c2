import contextlib
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partner_api.answers import guests
from partner_api.answers.guests import BirthDate, CommunicationSettings, Loyalty
from partner_api.answers.readers import Unusable

READERS = [
    guests.user,
    guests.feedback,
    guests.communication_settings,
    guests.tag,
    guests.user_token,
    guests.subscriber,
]
KEYS = ["id", "user_id", "key", "values", "rating", "birth_date", "loyalty", "purchase", "access_token", "created_at"]

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=10,
)


def test_a_user_is_read_whole():
    user = guests.user(
        {
            "id": "u1",
            "email": "ana@example.com",
            "phone": None,
            "birth_date": {"year": None, "month": 5, "day": 12},
            "updated_at": "2026-05-12T12:00:00Z",
            "loyalty": {"tier": "Gold", "points_balance": 1234.5, "user_joined_at": "2024-01-02T00:00:00Z"},
            "communication_setting": {"reward_offer": {"email": False}, "marketing_general": {"email": True}},
        }
    )

    assert (user.id, user.email, user.phone, user.birth_date) == ("u1", "ana@example.com", "", BirthDate(None, 5, 12))
    assert user.loyalty == Loyalty("Gold", Decimal("1234.5"), datetime(2024, 1, 2, tzinfo=UTC))
    assert user.communication == CommunicationSettings(None, False, None, True)


def test_a_repr_identifies_no_guest():
    user = guests.user({"id": "u1", "email": "ana@example.com", "first_name": "Ana", "phone": "+12025550123"})

    assert "na" not in repr(user).replace("name", "").replace("communication", "")
    assert "555" not in repr(user)


@pytest.mark.parametrize(("written", "rating"), [(1, 1), ("10", 10), (0, None), (11, None), (None, None), (True, None)])
def test_a_rating_is_one_to_ten_or_none(written, rating):
    assert guests.feedback({"id": "f", "rating": written}).rating == rating


@pytest.mark.parametrize("written", [1_800_000_000, "1800000000", "2027-01-15T08:00:00Z"])
def test_the_time_of_a_token_is_read_in_either_form(written):
    token = guests.user_token({"access_token": "t", "created_at": written})

    assert token.created_at == datetime(2027, 1, 15, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize("data", [{}, {"user_id": "u"}, {"key": "k"}, [], None])
def test_a_tag_without_guest_or_key_is_unusable(data):
    with pytest.raises(Unusable):
        guests.tag(data)


@pytest.mark.parametrize("reader", READERS)
@given(data=anything)
def test_any_json_is_read_or_unusable(reader, data):
    with contextlib.suppress(Unusable):
        reader(data)
