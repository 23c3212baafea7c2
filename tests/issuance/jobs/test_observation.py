"""The fold: the same observations lead to the same knowledge, in any order and any number of times."""

import itertools
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuance.jobs.observation import JobState, KnownJob, Observation, Source, fold, of_job
from partner_api.answers.jobs import issuance_job

SIZE = 50
COUNTS = st.none() | st.integers(-5, SIZE + 20)
OBSERVATIONS = st.builds(
    Observation,
    source=st.sampled_from(Source),
    job_state=st.sampled_from([*JobState, "awaiting_review"]),
    processed=COUNTS,
    issued=COUNTS,
    failed=COUNTS,
    failures=st.none() | st.dictionaries(st.integers(-1, SIZE + 1), st.sampled_from(["User not found", "Other"])),
    is_whole_list=st.booleans(),
)


def seen_after(observations):
    return reduce(lambda seen, observation: fold(seen, observation, size=SIZE), observations, KnownJob())


@given(st.lists(OBSERVATIONS, max_size=5).flatmap(lambda told: st.tuples(st.just(told), st.permutations(told))))
def test_the_order_does_not_matter(pair):
    told, shuffled = pair

    assert seen_after(told) == seen_after(shuffled)


@given(st.lists(OBSERVATIONS, max_size=5))
def test_hearing_everything_twice_changes_nothing(told):
    assert seen_after(told + told) == seen_after(told)


@given(st.lists(OBSERVATIONS, max_size=5))
def test_what_is_stored_between_may_be_folded_on(told):
    whole = seen_after(told)

    assert reduce(lambda seen, one: fold(seen, one, size=SIZE), told, whole) == whole


@given(st.lists(OBSERVATIONS, max_size=8))
def test_issued_counts_and_failures_never_shrink_and_always_fit(told):
    steps = list(itertools.accumulate(told, lambda seen, one: fold(seen, one, size=SIZE), initial=KnownJob()))

    for before, after in itertools.pairwise(steps):
        assert (after.issued or 0) >= (before.issued or 0)
        assert (after.processed or 0) >= (before.processed or 0)
        assert set(after.failures) >= set(before.failures)
        assert 0 <= (after.issued or 0) + (after.failed or 0) <= SIZE
        assert set(after.failures) <= set(range(SIZE))


@given(st.lists(OBSERVATIONS, max_size=5))
def test_an_observation_that_says_nothing_changes_nothing(told):
    seen = seen_after(told)

    assert fold(seen, Observation(source=Source.POLL), size=SIZE) == seen


def test_the_later_state_wins():
    told = [Observation(source=Source.POLL, job_state=state) for state in ("revoking", "completed", "pending")]

    assert seen_after(told).job_state == JobState.REVOKING


def test_a_guest_that_a_completed_job_does_not_list_was_issued_to_even_if_an_earlier_count_was_smaller():
    running = Observation(source=Source.POLL, job_state="processing", issued=20, failed=1)
    ended = Observation(source=Source.POLL, job_state="completed", failures={3: "Other"}, failed=1, is_whole_list=True)

    assert seen_after([running, ended]).issued == SIZE - 1


def test_an_unknown_state_keeps_the_old_one():
    told = [Observation(source=Source.POLL, job_state=state) for state in ("processing", "awaiting_review")]

    assert seen_after(told).job_state == JobState.PROCESSING


def test_a_reward_outweighs_a_failure_that_was_counted():
    told = [Observation(source=Source.POLL, failed=20), Observation(source=Source.WEBHOOK, issued=40)]

    assert (seen_after(told).issued, seen_after(told).failed) == (40, 10)


def test_listed_failures_are_counted_even_if_the_count_is_missing():
    seen = seen_after([Observation(source=Source.WEBHOOK, failures={0: "User not found", 3: "Other"})])

    assert seen.failed == 2


@pytest.mark.parametrize(
    "names",
    [("processed_count", "success_count", "failure_count"), ("processed_count", "issued_count", "failed_count")],
)
def test_a_job_of_either_dialect_is_the_same_observation(names):
    counts = dict(zip(names, (10, 7, 3), strict=True))

    seen = of_job(issuance_job({"id": "j", "state": "processing", **counts}), source=Source.POLL)

    assert (seen.processed, seen.issued, seen.failed, seen.is_whole_list) == (10, 7, 3, False)


def test_a_completed_job_lists_all_who_failed_and_quotes_no_identifier():
    failures = [{"identifier_index": 4, "error": "ana@example.com is unknown"}, {"error": "nobody says whose"}]
    told = {"id": "j", "state": "completed", "summary": {"failures": failures}}

    seen = of_job(issuance_job(told), source=Source.POLL)

    assert seen.failures == {4: "••• is unknown"}
    assert (seen.is_whole_list, seen.failed) == (True, 2)
