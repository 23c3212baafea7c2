from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partner_api.answers import schemas
from partner_api.answers.schemas import Identifier, JobFailure
from partner_api.answers.values import Unusable, moment

JOB = {
    "id": "j1",
    "campaign_id": "c1",
    "variant_id": "v1",
    "state": "completed",
    "total_count": 10,
    "processed_count": 10,
    "success_count": 9,
    "failure_count": 1,
    "progress_percent": 100,
    "created_at": "2026-05-12T12:00:00Z",
    "started_at": None,
    "completed_at": "2026-05-12T14:00:00+02:00",
    "summary": {
        "success_count": 9,
        "failure_count": 1,
        "failures": [{"identifier_index": 3, "identifier_type": "email", "error": "not a member"}],
    },
}
READERS = [
    schemas.merchant,
    schemas.location,
    schemas.reward_template,
    schemas.campaign,
    schemas.issuance_job,
]

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=8
)
keys = st.sampled_from([*JOB, "failures", "discount", "images", "name", "merchant_id", "start_at"])


def test_a_completed_job_is_read_whole():
    job = schemas.issuance_job(JOB)

    assert (job.id, job.campaign_id, job.variant_id, job.state) == ("j1", "c1", "v1", "completed")
    assert (job.total_count, job.processed_count, job.success_count, job.failure_count) == (10, 10, 9, 1)
    assert (job.progress_percent, job.started_at) == (100, None)
    assert job.completed_at == datetime(2026, 5, 12, 12, 0, tzinfo=UTC)
    assert job.failures == (JobFailure(index=3, identifier_type="email", error="not a member"),)


def test_the_other_dialect_of_the_counts_reads_the_same():
    other = {"id": "j1", "state": "processing", "requested_count": 10, "issued_count": 4, "failed_count": 1}

    job = schemas.issuance_job(other)

    assert (job.total_count, job.success_count, job.failure_count) == (10, 4, 1)


def test_absent_counts_are_unknown_and_not_zero():
    job = schemas.issuance_job({"id": "j1", "state": "processing"})

    assert {job.total_count, job.processed_count, job.success_count, job.failure_count} == {None}
    assert job.failures is None


def test_counts_that_only_the_summary_has_are_taken_from_it():
    job = schemas.issuance_job({"id": "j1", "state": "completed", "summary": {"success_count": 2, "failures": []}})

    assert (job.success_count, job.failures) == (2, ())


def test_a_failure_without_a_position_is_counted_and_not_dropped():
    summary = {"failures": [{"error": "?"}, "odd", {"identifier_index": "0", "error": "late"}]}

    job = schemas.issuance_job({"id": "j1", "state": "completed", "summary": summary})

    assert [failure.index for failure in job.failures] == [0]
    assert job.unplaced == 2


@pytest.mark.parametrize("state", ["pending", "paused_by_partner", ""])
def test_a_state_stays_the_partners_word(state):
    assert schemas.issuance_job({"id": "j1", "state": state}).state == state


def test_a_template_is_read_with_discount_and_image():
    template = schemas.reward_template(
        {"id": 7, "name": "Free taco", "discount": {"type": "percent", "value": "12.5"}, "images": {"default": "u"}}
    )

    assert (template.id, template.discount_type, template.discount_value) == ("7", "percent", Decimal("12.5"))
    assert (template.image_url, template.fine_print, template.merchant_id) == ("u", "", None)


def test_a_campaign_is_read_with_its_control():
    variants = [{"id": "a", "name": "Taco", "reward_template_id": "t"}, {"id": "b", "name": "Control"}]

    campaign = schemas.campaign({"id": "c", "name": "N", "start_at": "2026-05-12T12:00:00Z", "variants": variants})

    assert [variant.reward_template_id for variant in campaign.variants] == ["t", None]
    assert campaign.start_at == datetime(2026, 5, 12, 12, 0, tzinfo=UTC)
    assert campaign.end_at is None


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("data", [None, [], "x", 7, {}, {"id": None}, {"id": ""}, {"id": True}, {"id": {}}])
def test_what_has_no_id_is_unusable(reader, data):
    with pytest.raises(Unusable):
        reader(data)


@pytest.mark.parametrize("reader", READERS)
@given(data=st.dictionaries(keys, anything))
def test_whatever_else_is_wrong_a_thing_with_an_id_is_read(reader, data):
    assert reader({**data, "id": "x1"}).id == "x1"


def test_a_campaign_with_a_variant_that_cannot_be_named_is_unusable():
    with pytest.raises(Unusable):
        schemas.campaign({"id": "c", "variants": [{"name": "Taco"}]})


@given(percent=anything)
def test_progress_is_between_0_and_100_or_unknown(percent):
    found = schemas.issuance_job({"id": "j", "state": "s", "progress_percent": percent}).progress_percent

    assert found is None or 0 <= found <= 100


@given(total=anything)
def test_a_count_fits_a_database_column_or_is_unknown(total):
    found = schemas.issuance_job({"id": "j", "state": "s", "total_count": total}).total_count

    assert found is None or 0 <= found < 2**31


@given(name=st.text(st.characters()))
def test_a_text_can_always_be_stored(name):
    found = schemas.merchant({"id": "m", "name": name}).name

    assert "\x00" not in found
    assert found.encode().decode() == found


@given(value=anything)
def test_a_moment_always_has_an_offset(value):
    found = moment(value)

    assert found is None or found.utcoffset() is not None


def test_an_identifier_hides_its_value():
    assert "jane" not in repr([Identifier("email", "jane@guest.example")])
    assert "jane" not in repr(JobFailure(index=0, identifier_type="email", error="jane@guest.example is unknown"))
