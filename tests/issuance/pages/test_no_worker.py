"""The notice on an unfinished run that no worker is running."""

import pytest
from django.utils import timezone

from engine.models import WorkerBeat
from issuance.models import Batch
from issuance.states import BatchState
from tests.support.desk import Desk
from tests.support.factories import IssuanceFactory, create_batch_with_job

pytestmark = pytest.mark.django_db

NOTICE = "Nothing moves until one runs. Nothing is lost meanwhile."


@pytest.fixture
def desk(client):
    return Desk(client)


@pytest.fixture
def run(desk):
    issuance = IssuanceFactory(campaign=desk.campaign)
    create_batch_with_job(issuance=issuance, variant=desk.campaign.variants.first())
    return issuance


def test_an_unfinished_run_says_that_nothing_moves_without_a_worker(desk, run):
    assert NOTICE in desk.get("detail", run).text


def test_a_run_that_a_worker_moves_has_no_notice(desk, run):
    WorkerBeat.objects.create(worker="here", started_at=timezone.now(), heard_at=timezone.now())

    assert NOTICE not in desk.get("detail", run).text


def test_a_finished_run_needs_no_worker_and_has_no_notice(desk, run):
    Batch.objects.update(state=BatchState.COMPLETED, due_at=None)

    assert NOTICE not in desk.get("detail", run).text
