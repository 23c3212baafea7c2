"""Any JSON is read or unusable: no value of a partner can break a reader."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partner_api.answers import catalog, jobs
from partner_api.answers.readers import Unusable, moment, read
from tests.partner_api.answers.samples import JOB, anything

READERS = [catalog.merchant, catalog.location, catalog.reward_template, catalog.campaign, jobs.issuance_job]
keys = st.sampled_from([*JOB, "failures", "discount", "images", "name", "merchant_id", "start_at"])


@dataclass(frozen=True)
class Coffee:
    """One field of each type that is read by its type, and one of another type."""

    name: str
    shop_id: str | None
    cups: int | None
    is_hot: bool | None
    price: Decimal | None
    brewed_at: datetime | None
    beans: tuple[str, ...] = ()


def test_each_field_is_read_in_the_way_of_its_type():
    item = {"name": 5, "shop_id": 7, "cups": "2", "is_hot": True, "price": "3.50", "brewed_at": "2026-05-12T12:00:00Z"}

    found = read(Coffee, item, beans=("arabica",))

    brewed_at = datetime(2026, 5, 12, 12, 0, tzinfo=UTC)
    assert found == Coffee("5", "7", 2, True, Decimal("3.50"), brewed_at, beans=("arabica",))


def test_what_is_absent_is_empty_or_none():
    assert read(Coffee, {}) == Coffee("", None, None, None, None, None)


def test_the_keys_may_be_spelled_in_another_way():
    assert read(Coffee, {"SHOP_ID": "x"}, spelled=str.upper).shop_id == "x"


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("data", [None, [], "x", 7, {}, {"id": None}, {"id": ""}, {"id": True}, {"id": {}}])
def test_an_object_without_an_id_is_unusable(reader, data):
    with pytest.raises(Unusable):
        reader(data)


@pytest.mark.parametrize("reader", READERS)
@given(data=st.dictionaries(keys, anything))
def test_an_object_with_an_id_is_read_whatever_else_is_wrong(reader, data):
    assert reader({**data, "id": "x1"}).id == "x1"


@given(name=st.text(st.characters()))
def test_a_text_can_always_be_stored(name):
    found = catalog.merchant({"id": "m", "name": name}).name

    assert "\x00" not in found
    assert found.encode().decode() == found


@given(value=anything)
def test_a_time_always_has_an_offset(value):
    found = moment(value)

    assert found is None or found.utcoffset() is not None
