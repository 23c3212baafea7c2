"""Revoking rewards: only where it is possible, and never by accident."""

import pytest

from accounts.models import AuditEntry, Role
from issuance.models import Batch
from issuance.states import BatchState
from tests.support.desk import Desk
from tests.support.factories import IssuanceFactory, create_batch_with_job

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    return Desk(client)


@pytest.fixture
def run(desk):
    """Two completed jobs with 1,800 and 90 rewards."""
    issuance = IssuanceFactory(campaign=desk.campaign, lines=1900)
    done = {"issuance": issuance, "variant": desk.campaign.variants.first(), "state": BatchState.COMPLETED}
    create_batch_with_job(number=1, size=1800, issued_count=1800, failed_count=0, **done)
    create_batch_with_job(number=2, size=100, issued_count=90, failed_count=10, **done)
    return issuance


def asked(**answers):
    return {"reason": "wrong reward", "detail": "", "number": "1890", **answers}


def states():
    return list(Batch.objects.order_by("number").values_list("state", flat=True))


def test_the_page_says_what_would_be_lost(desk, run):
    page = desk.get("revoke", run)

    assert "This takes 1,890 rewards away from guests" in page.text
    assert states() == [BatchState.COMPLETED] * 2


def test_with_a_reason_and_the_number_every_job_is_revoked(desk, run):
    answer = desk.post("revoke", run, asked(number="1,890"))

    assert answer.url == desk.at("detail", run.pk)
    assert states() == [BatchState.REVOKE_QUEUED] * 2
    assert AuditEntry.objects.get(action="revocation asked").by == desk.person
    assert set(Batch.objects.values_list("revoke_reason", flat=True)) == {"It was the wrong reward"}


def test_one_job_alone_can_be_revoked(desk, run):
    desk.post("revoke", run, asked(number="90"), query="?job=2")

    assert states() == [BatchState.COMPLETED, BatchState.REVOKE_QUEUED]


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"number": "189"}, "This would revoke 1,890 rewards. Please type 1,890 if you want that."),
        ({"number": "all"}, "Please type 1,890"),
        ({"reason": ""}, "Please choose why."),
        ({"reason": "other"}, "Please say in a few words why."),
    ],
)
def test_a_wrong_answer_revokes_nothing_and_loses_nothing(desk, run, answers, words):
    page = desk.post("revoke", run, asked(**answers, detail="" if "reason" in answers else "the wrong flyer"))

    assert words in page.text
    assert states() == [BatchState.COMPLETED] * 2
    assert "reason" in answers or "the wrong flyer" in page.text


def test_jobs_that_still_run_are_revoked_as_they_finish_if_wished(desk, run):
    running = create_batch_with_job(issuance=run, variant=desk.campaign.variants.first(), number=3, size=10)

    desk.post("revoke", run, asked(also_running="on"))

    running.refresh_from_db()
    assert (running.state, running.revoke_when_ended) == (BatchState.WATCHING, True)


def test_jobs_that_still_run_are_left_alone_otherwise(desk, run):
    running = create_batch_with_job(issuance=run, variant=desk.campaign.variants.first(), number=3, size=10)

    desk.post("revoke", run, asked())

    running.refresh_from_db()
    assert not running.revoke_when_ended


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (BatchState.WATCHING, "Rewards can be revoked once a job has completed."),
        (BatchState.REVOKING, "It is being revoked already."),
        (BatchState.REVOKED, "It is revoked already."),
    ],
)
def test_where_nothing_can_be_revoked_the_button_is_dead_and_says_why(desk, run, state, words):
    Batch.objects.update(state=state)

    assert words in desk.get("detail", run).text
    assert f'href="{desk.at("revoke", run.pk)}"' not in desk.get("detail", run).text
    desk.post("revoke", run, asked())
    assert states() == [state] * 2


def test_a_job_without_rewards_cannot_be_revoked(desk, run):
    Batch.objects.update(issued_count=0, state=BatchState.FAILED)

    assert "Nothing was issued that could be revoked." in desk.get("detail", run).text


def test_a_viewer_cannot_revoke(client):
    desk = Desk(client, role=Role.VIEWER)

    assert desk.get("revoke", IssuanceFactory(campaign=desk.campaign)).status_code == 403


def test_the_page_warns_of_used_rewards_and_names_where_the_revocation_goes(desk, run):
    page = desk.get("revoke", run)

    assert "Rewards that were used already may not come back" in page.text
    assert "This goes to" in page.text
