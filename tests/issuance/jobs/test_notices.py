"""Users are notified when an issuance has ended or needs them, and when Thanx refuses the credential."""

from datetime import timedelta

import pytest

from accounts.models import Role
from campaigns.catalog.credential import refresh_credential
from issuance.jobs import recording
from issuance.jobs.observation import JobState, Observation, Source
from issuance.jobs.problems import JobProblem
from issuance.models import Batch, Issuance
from issuance.states import BatchState
from notifications.kinds import NotificationKind
from notifications.models import Notification
from tests.support.factories import (
    NOON,
    BatchFactory,
    IssuanceFactory,
    MembershipFactory,
    UserFactory,
    create_batch_with_job,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def issuance():
    """Two jobs of a hundred guests each, whose merchant has one marketer."""
    issuance = IssuanceFactory(campaign__name="Autumn", lines=200)
    MembershipFactory(merchant=issuance.merchant, role=Role.MARKETER)
    for number in (1, 2):
        create_batch_with_job(issuance=issuance, number=number)
    return issuance


def ends(issuance, number, *, failed=0):
    """Record that a job has completed, with the list of its failures."""
    batch = Batch.objects.get(issuance=issuance, number=number)
    observation = Observation(
        source=Source.POLL,
        job_state=JobState.COMPLETED,
        issued=100 - failed,
        failed=failed,
        failures=dict.fromkeys(range(failed), "user not found"),
        is_whole_list=True,
    )
    recording.observe(batch_id=batch.pk, observation=observation, at=NOON)


def told():
    return [(NotificationKind(row.kind), row.title, row.text) for row in Notification.objects.order_by("pk")]


def test_the_end_is_told_once_with_what_came_of_it(issuance):
    ends(issuance, 1, failed=2)
    assert told() == []

    ends(issuance, 2)
    ends(issuance, 2)

    words = "198 rewards were issued. 2 guests got none."
    assert told() == [(NotificationKind.FINISHED, "“Autumn”: the issuance has ended", words)]
    assert Notification.objects.get().path.endswith(f"/issuances/{issuance.pk}/")


def test_many_failures_are_told_first(issuance):
    ends(issuance, 1, failed=10)
    ends(issuance, 2)

    [(kind, title, _)] = told()
    assert kind is NotificationKind.FAILURES
    assert title == "10 guests of “Autumn” got no reward"
    assert Notification.objects.get().path.endswith("/failures/")


def test_the_share_of_failures_that_is_many_can_be_set(issuance, settings):
    settings.FAILURES_TOLD_FROM_PERCENT = 6
    ends(issuance, 1, failed=10)
    ends(issuance, 2)

    assert [kind for kind, *_ in told()] == [NotificationKind.FINISHED]


def test_no_end_is_told_while_a_job_waits_for_a_person_or_for_its_list(issuance):
    Batch.objects.filter(number=2).update(state=BatchState.NEEDS_ATTENTION, due_at=None)
    ends(issuance, 1)
    assert told() == []
    Batch.objects.filter(number=2).update(state=BatchState.COMPLETED, due_at=NOON)
    recording.act_on_end(Batch.objects.get(number=1), at=NOON)

    assert told() == []


def test_jobs_in_doubt_are_told_once_a_day_and_never_without_the_move(issuance):
    for number in (1, 2):
        recording.give_up(Batch.objects.get(number=number), at=NOON, error_code=JobProblem.JOB_LOST)

    assert [(kind, title) for kind, title, _ in told()] == [
        (NotificationKind.NEEDS_ATTENTION, "A job of “Autumn” waits for a decision")
    ]
    assert set(issuance.batches.values_list("state", flat=True)) == {BatchState.NEEDS_ATTENTION}
    late = create_batch_with_job(issuance=issuance, number=3)
    recording.give_up(late, at=NOON + timedelta(days=1), error_code=JobProblem.JOB_LOST)
    assert len(told()) == 2


def test_a_pause_by_failures_is_told(issuance):
    BatchFactory(issuance=issuance, number=3)

    ends(issuance, 1, failed=50)

    assert Issuance.objects.get().pause_reason == "failures"
    assert [title for _, title, _ in told()] == ["“Autumn” is paused: many guests of a job failed"]


def test_no_title_and_no_text_names_a_guest(issuance):
    ends(issuance, 1, failed=50)
    ends(issuance, 2, failed=50)

    assert "@" not in repr(told())


def test_staff_are_told_that_thanx_refuses_the_credential_once_each_time(sandbox, settings):
    UserFactory(is_staff=True)
    settings.THANX_ACCESS_TOKEN = "wrong"
    for minutes in (0, 30):
        assert refresh_credential(clock=lambda minutes=minutes: NOON + timedelta(minutes=minutes))

    assert [kind for kind, *_ in told()] == [NotificationKind.CREDENTIAL]
    settings.THANX_ACCESS_TOKEN = sandbox.token
    assert refresh_credential(clock=lambda: NOON + timedelta(hours=2))
    settings.THANX_ACCESS_TOKEN = "wrong"
    assert refresh_credential(clock=lambda: NOON + timedelta(hours=4))

    assert len(told()) == 2
