"""The page about faults tells what the portal says, word by word, so that neither changes without the other."""

from __future__ import annotations

import pytest

from campaigns.pages.detail import SENTENCES
from campaigns.states import AT_WORK, CampaignState
from issuance.jobs.problems import WORDS, Attempt, Problem, words_of
from issuance.models.observed import DeliveryState
from issuance.pages.webhooks import VERDICTS
from tests.support.root import ROOT

PAGE = (ROOT / "docs/faults.md").read_text(encoding="utf-8")
READ_OR_REVOKED = [
    (Problem.CREDENTIALS_REFUSED, Attempt.READING),
    (Problem.CREDENTIALS_REFUSED, Attempt.REVOKING),
    (Problem.RATE_LIMITED, Attempt.REVOKING),
    (Problem.UNANSWERED, Attempt.REVOKING),
]


@pytest.mark.parametrize("problem", Problem)
def test_each_problem_is_told_as_the_run_tells_it(problem):
    assert f"*{WORDS[problem].happened}*" in PAGE


@pytest.mark.parametrize(("problem", "attempt"), READ_OR_REVOKED)
def test_what_stops_reading_or_revoking_is_told_as_the_run_tells_it(problem, attempt):
    assert f"*{words_of(problem, attempt=attempt).happened}*" in PAGE


@pytest.mark.parametrize("state", sorted({*AT_WORK, CampaignState.REFUSED} - {CampaignState.CREATING}))
def test_each_state_of_a_campaign_is_told_as_its_page_tells_it(state):
    assert f"*{SENTENCES[state]}*" in PAGE


@pytest.mark.parametrize("state", DeliveryState)
def test_each_verdict_is_told_as_the_inbox_tells_it(state):
    assert f"*{VERDICTS[state].words}*" in PAGE
