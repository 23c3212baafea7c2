"""The words for a problem depend on the call: only a failed submission leaves guests without a reward."""

import pytest

from issuance.jobs.problems import JobCall, JobProblem, call_in, explained
from issuance.states import BatchState

ANYWHERE = [
    JobProblem.UNREACHABLE,
    JobProblem.RATE_LIMITED,
    JobProblem.UNANSWERED,
    JobProblem.NOT_CONFIGURED,
    JobProblem.CREDENTIALS_REFUSED,
    JobProblem.SCOPE_MISSING,
]


@pytest.mark.parametrize("problem", ANYWHERE)
@pytest.mark.parametrize("call", [JobCall.READING, JobCall.REVOKING])
def test_only_of_sending_is_it_said_that_nothing_was_sent_or_done(problem, call):
    words = explained(problem, call=call)

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
    assert explained(JobProblem.UNREACHABLE, call=call_in(state)).happened == sentence


def test_what_concerns_a_job_alone_is_told_as_it_is():
    assert "refused to revoke" in explained(JobProblem.REVOKE_REFUSED, call=JobCall.READING).happened


def test_a_batch_without_a_problem_has_no_words():
    assert explained("", call=JobCall.SENDING) is None
