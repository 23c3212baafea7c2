"""What went wrong is told by what was tried: only sending leaves guests without a reward that was never sent."""

from __future__ import annotations

import pytest

from issuance.jobs.problems import Attempt, Problem, attempt_at, words_of
from issuance.states import BatchState

ANYWHERE = [
    Problem.UNREACHABLE,
    Problem.RATE_LIMITED,
    Problem.UNANSWERED,
    Problem.NOT_CONFIGURED,
    Problem.CREDENTIALS_REFUSED,
    Problem.SCOPE_MISSING,
]


@pytest.mark.parametrize("problem", ANYWHERE)
@pytest.mark.parametrize("attempt", [Attempt.READING, Attempt.REVOKING])
def test_only_of_sending_is_it_said_that_nothing_was_sent_or_done(problem, attempt):
    words = words_of(problem, attempt=attempt)

    assert "Nothing was" not in words.happened
    assert "We sent the request" not in words.happened


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (BatchState.QUEUED, "Thanx could not be reached. Nothing was sent."),
        (BatchState.WATCHING, "Thanx could not be reached. The job goes on at Thanx; how far it is cannot be seen."),
        (BatchState.REVOKE_QUEUED, "Thanx could not be reached. The rewards are not revoked yet."),
    ],
)
def test_the_state_says_what_was_tried(state, sentence):
    assert words_of(Problem.UNREACHABLE, attempt=attempt_at(state)).happened == sentence


def test_what_concerns_a_job_alone_is_told_as_it_is():
    assert "refused to revoke" in words_of(Problem.REVOKE_REFUSED, attempt=Attempt.READING).happened


def test_a_batch_without_a_problem_has_no_words():
    assert words_of("", attempt=Attempt.SENDING) is None
