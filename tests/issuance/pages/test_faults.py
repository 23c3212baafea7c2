"""docs/faults.md quotes the portal word by word, so that neither changes without the other."""

import pytest

from campaigns.pages.detail import SENTENCES
from campaigns.states import AT_WORK, CampaignState
from issuance.jobs.problems import EXPLAINED, JobCall, JobProblem, explained
from issuance.models.observed import DeliveryState
from issuance.pages.webhooks import VERDICTS
from tests.support.root import ROOT

PAGE = (ROOT / "docs/faults.md").read_text(encoding="utf-8")
READ_OR_REVOKED = [
    (JobProblem.CREDENTIALS_REFUSED, JobCall.READING),
    (JobProblem.CREDENTIALS_REFUSED, JobCall.REVOKING),
    (JobProblem.RATE_LIMITED, JobCall.REVOKING),
    (JobProblem.UNANSWERED, JobCall.REVOKING),
]


@pytest.mark.parametrize("problem", JobProblem)
def test_each_problem_is_told_as_the_run_tells_it(problem):
    assert f"*{EXPLAINED[problem].happened}*" in PAGE


@pytest.mark.parametrize(("problem", "call"), READ_OR_REVOKED)
def test_what_stops_reading_or_revoking_is_told_as_the_run_tells_it(problem, call):
    assert f"*{explained(problem, call=call).happened}*" in PAGE


@pytest.mark.parametrize("state", sorted({*AT_WORK, CampaignState.REFUSED} - {CampaignState.CREATING}))
def test_each_state_of_a_campaign_is_told_as_its_page_tells_it(state):
    assert f"*{SENTENCES[state]}*" in PAGE


@pytest.mark.parametrize("state", DeliveryState)
def test_each_verdict_is_told_as_the_inbox_tells_it(state):
    assert f"*{VERDICTS[state].words}*" in PAGE
