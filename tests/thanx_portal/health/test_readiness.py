"""/readyz: whether the installation does its work, for machines."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.db import OperationalError, connection
from django.utils import timezone

from campaigns.states import CampaignState
from engine.models import WorkerBeat
from issuance.drafts import drafts
from issuance.models import Issuance
from partner_api.models import Exchange
from partner_api.priority import Priority
from tests.support.audiences import upload
from tests.support.factories import BatchFactory, CampaignFactory, create_live_campaign
from vault.sealing import fingerprint_of

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture(autouse=True)
def connected(settings):
    settings.THANX_API_URL, settings.THANX_CLIENT_ID, settings.THANX_ACCESS_TOKEN = "http://127.0.0.1:9", "id", "token"


@pytest.fixture
def worker(db):
    return WorkerBeat.objects.create(worker="here", started_at=timezone.now(), heard_at=timezone.now())


@pytest.fixture
def look(client):
    def look():
        answer = client.get("/readyz")
        return answer.status_code, answer.json()

    return look


def unwell(document):
    return [name for name, check in document["checks"].items() if not check["ok"]]


def exchange(*, ago, status=200, error_class=""):
    Exchange.objects.create(
        at=timezone.now() - ago,
        host="127.0.0.1:9",
        method="GET",
        path_template="/partner/merchants",
        priority=Priority.CATALOG,
        status=status,
        error_class=error_class,
    )


@contextmanager
def no_database():
    def refuse(*_):
        raise OperationalError("server closed the connection; detail: ana@example.com")

    with connection.execute_wrapper(refuse):
        yield


def test_a_fresh_installation_with_a_worker_is_ready(worker, look):
    status, document = look()

    assert (status, document["ready"], unwell(document)) == (200, True, [])
    assert set(document["checks"]) == {"database", "worker", "partner", "due", "unknown", "keys", "uploads"}


@pytest.mark.django_db
def test_without_a_database_nothing_else_is_told(client, caplog):
    with no_database():
        answer = client.get("/readyz")

    assert answer.status_code == 503
    told = {"ok": False, "cause": "The database does not answer."}
    assert answer.json() == {"ready": False, "checks": {"database": told}}
    assert "the database does not answer" in caplog.text
    assert "ana@example.com" not in caplog.text


def test_a_worker_that_has_fallen_silent_is_missed(worker, look):
    WorkerBeat.objects.update(heard_at=timezone.now() - MINUTE)

    status, document = look()

    assert (status, unwell(document)) == (503, ["worker"])
    assert document["checks"]["worker"]["heard_seconds_ago"] == pytest.approx(60, abs=5)


@pytest.mark.parametrize(
    ("answered", "failed", "is_ready"),
    [
        (None, None, True),
        (HOUR, None, True),
        (HOUR, SECOND, False),
        (20 * SECOND, SECOND, True),
        (None, SECOND, False),
        (SECOND, HOUR, True),
    ],
)
def test_a_partner_who_was_asked_and_does_not_answer_is_missed(worker, look, answered, failed, is_ready):
    if answered is not None:
        exchange(ago=answered, status=500)
    if failed is not None:
        exchange(ago=failed, status=None, error_class="OutcomeUnknown")

    _, document = look()

    assert unwell(document) == ([] if is_ready else ["partner"])


@pytest.mark.parametrize(("waited", "is_ready"), [(30 * SECOND, True), (2 * MINUTE, False)])
def test_work_of_any_kind_that_no_worker_takes_is_reported(worker, look, waited, is_ready):
    BatchFactory(due_at=timezone.now() - 30 * SECOND)
    CampaignFactory(due_at=timezone.now() - waited)

    _, document = look()

    assert unwell(document) == ([] if is_ready else ["due"])
    assert document["checks"]["due"]["overdue"] == ({} if is_ready else {"campaigns": 1})
    assert document["checks"]["due"]["oldest_seconds"] == pytest.approx(waited.total_seconds(), abs=5)


def test_the_bound_of_due_work_is_a_setting(worker, look, settings):
    BatchFactory(due_at=timezone.now() - 30 * SECOND)
    settings.OVERDUE_AFTER = 10 * SECOND

    assert unwell(look()[1]) == ["due"]


@pytest.mark.parametrize(("age", "is_ready"), [(10 * MINUTE, True), (2 * HOUR, False)])
def test_an_outcome_that_stays_unknown_is_told(worker, look, age, is_ready):
    CampaignFactory(state=CampaignState.UNSURE, thanx_id=None, first_attempt_at=timezone.now() - age)

    _, document = look()

    assert unwell(document) == ([] if is_ready else ["unknown"])


def test_probes_need_no_https(client, worker, settings):
    settings.SECURE_SSL_REDIRECT = True

    assert client.get("/readyz").status_code == 200
    assert client.get("/healthz").status_code == 200
    assert client.get("/metrics").status_code == 404  # without a token that could read them
    assert client.get("/").status_code == 301


@pytest.mark.parametrize("host", ["10.1.2.3:8000", ""])
def test_probes_need_no_name_of_the_portal(client, worker, host):
    assert client.get("/readyz", headers={"Host": host}).status_code == 200
    assert client.get("/accounts/login/", headers={"Host": host or "10.1.2.3"}).status_code == 400


def test_the_number_of_queries_does_not_grow(worker, client, settings, django_assert_num_queries):
    kinds_of_work = len({label for label in settings.ENGINE_STEPS.values() if label})
    client.get("/readyz")
    BatchFactory.create_batch(5, due_at=timezone.now() - HOUR)
    with django_assert_num_queries(10 + kinds_of_work):
        client.get("/readyz")


def test_it_is_not_ready_with_keys_that_do_not_open_the_others_data(look, worker, settings):
    fingerprint_of(merchant_id=1, kind="email", value="ana@example.com")
    settings.DATA_KEYS = [b"x" * 32]

    assert look()[0] == 503
    assert unwell(look()[1]) == ["keys"]


def test_it_is_not_ready_where_the_uploaded_files_are_not(look, worker):
    issuance = upload(create_live_campaign(), "email\nana@example.com\n")
    Issuance.objects.update(due_at=None)
    assert unwell(look()[1]) == []

    default_storage.delete(issuance.upload.stored_as)
    assert unwell(look()[1]) == ["uploads"]


def test_a_discarded_file_is_not_missed(look, worker):
    issuance = upload(create_live_campaign(), "email\nana@example.com\n")
    drafts.discard(issuance=issuance, by=None, at=timezone.now())

    assert look()[0] == 200
