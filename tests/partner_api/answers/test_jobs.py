"""Thanx's issuance jobs as typed values."""

from datetime import UTC, datetime

import pytest
from hypothesis import given

from partner_api.answers import jobs
from partner_api.answers.jobs import Identifier, JobFailure
from tests.partner_api.answers.samples import JOB, anything


def test_a_completed_job_is_read_whole():
    job = jobs.issuance_job(JOB)

    assert (job.id, job.campaign_id, job.variant_id, job.state) == ("j1", "c1", "v1", "completed")
    assert (job.total_count, job.processed_count, job.success_count, job.failure_count) == (10, 10, 9, 1)
    assert (job.progress_percent, job.started_at) == (100, None)
    assert job.completed_at == datetime(2026, 5, 12, 12, 0, tzinfo=UTC)
    assert job.failures == (JobFailure(index=3, identifier_type="email", error="not a member"),)


def test_the_other_dialect_of_the_counts_reads_the_same():
    other = {"id": "j1", "state": "processing", "requested_count": 10, "issued_count": 4, "failed_count": 1}

    job = jobs.issuance_job(other)

    assert (job.total_count, job.success_count, job.failure_count) == (10, 4, 1)


def test_absent_counts_are_unknown_and_not_zero():
    job = jobs.issuance_job({"id": "j1", "state": "processing"})

    assert {job.total_count, job.processed_count, job.success_count, job.failure_count} == {None}
    assert job.failures is None


def test_counts_that_only_the_summary_has_are_taken_from_it():
    job = jobs.issuance_job({"id": "j1", "state": "completed", "summary": {"success_count": 2, "failures": []}})

    assert (job.success_count, job.failures) == (2, ())


@pytest.mark.parametrize(("own", "summed"), [(7, 9), (9, 7)])
def test_of_a_count_and_its_summary_the_larger_is_believed_since_either_may_lag_behind(own, summed):
    counts = {"success_count": own, "failure_count": own}
    summary = {"success_count": summed, "failure_count": summed}

    job = jobs.issuance_job({"id": "j1", "state": "completed", **counts, "summary": summary})

    assert (job.success_count, job.failure_count) == (9, 9)


def test_a_failure_without_a_position_is_counted_and_not_dropped():
    summary = {"failures": [{"error": "?"}, "odd", {"identifier_index": "0", "error": "late"}]}

    job = jobs.issuance_job({"id": "j1", "state": "completed", "summary": summary})

    assert [failure.index for failure in job.failures] == [0]
    assert job.unplaced == 2


@pytest.mark.parametrize("state", ["pending", "paused_by_partner", ""])
def test_a_state_stays_the_partners_word(state):
    assert jobs.issuance_job({"id": "j1", "state": state}).state == state


@given(percent=anything)
def test_progress_is_between_0_and_100_or_unknown(percent):
    found = jobs.issuance_job({"id": "j", "state": "s", "progress_percent": percent}).progress_percent

    assert found is None or 0 <= found <= 100


@given(total=anything)
def test_a_count_fits_a_database_column_or_is_unknown(total):
    found = jobs.issuance_job({"id": "j", "state": "s", "total_count": total}).total_count

    assert found is None or 0 <= found < 2**31


def test_an_identifier_hides_its_value():
    assert "jane" not in repr([Identifier("email", "jane@guest.example")])
    assert "jane" not in repr(JobFailure(index=0, identifier_type="email", error="jane@guest.example is unknown"))
