"""The charts of an ended run: rewards over time, and arm by arm."""

from datetime import timedelta

import pytest

from issuance.models import Batch
from issuance.states import BatchState
from tests.support.desk import Desk
from tests.support.factories import NOON, IssuanceFactory, create_batch_with_job

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    return Desk(client, shares=(45, 45), control=10)


@pytest.fixture
def run(desk):
    """Two jobs of the first arm and one of the second, ended one after the other, and a control that was held back."""
    issuance = IssuanceFactory(campaign=desk.campaign, lines=310)
    first, second, control = desk.campaign.variants.all()
    ended = {"issuance": issuance, "state": BatchState.COMPLETED, "due_at": None}
    for number, (variant, issued, minutes) in enumerate([(first, 100, 9), (first, 96, 3), (second, 90, 6)], start=1):
        counts = {"issued_count": issued, "failed_count": 100 - issued}
        at = NOON + timedelta(minutes=minutes)
        create_batch_with_job(number=number, variant=variant, ended_at=at, **counts, **ended)
    held = {"state": BatchState.HELD_BACK, "is_control": True, "job_id": None, "submitted_at": None}
    create_batch_with_job(number=4, size=10, variant=control, **ended | held)
    return issuance


def page(desk, run):
    return desk.get("detail", run).context["page"]


def test_rewards_over_time_add_up_in_the_order_in_which_jobs_ended(desk, run):
    points = page(desk, run).over_time.points

    assert [(round((point.at - NOON).total_seconds() / 60), *point.counts) for point in points] == [
        (0, 0, 0),
        (3, 96, 4),
        (6, 186, 14),
        (9, 286, 14),
    ]


def test_the_arms_stand_side_by_side_with_the_control_among_them(desk, run):
    rows = page(desk, run).by_arm

    found = {row.label: {part.label: part.count for part in row.parts} for row in rows}
    assert found == {
        "Reward 1": {"Issued": 196, "Failed": 4, "Held back": 0},
        "Reward 2": {"Issued": 90, "Failed": 10, "Held back": 0},
        "Control": {"Issued": 0, "Failed": 0, "Held back": 10},
    }


def test_a_run_that_goes_on_is_not_drawn_yet(desk, run):
    Batch.objects.filter(number=3).update(state=BatchState.WATCHING, ended_at=None)

    shown = page(desk, run)

    assert shown.over_time is None
    assert shown.by_arm == []


def test_one_job_is_no_picture(desk, run):
    Batch.objects.filter(number__in=[2, 3]).delete()

    assert page(desk, run).over_time is None
    assert "data-chart" not in desk.get("detail", run).text
