from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.catalog.problems import CatalogProblem
from campaigns.models import Credential
from campaigns.states import CampaignState
from engine.models import WorkerBeat
from issuance.states import BatchState
from partner_api.models import Exchange
from partner_api.priority import Priority
from tests.support.factories import NOON, BatchFactory, CampaignFactory, MembershipFactory, MerchantFactory, UserFactory
from thanx_portal.health import findings
from thanx_portal.health.findings import health_page

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture(autouse=True)
def connected(settings):
    settings.THANX_API_URL, settings.THANX_CLIENT_ID, settings.THANX_ACCESS_TOKEN = "http://127.0.0.1:9", "id", "token"


def exchange(*, at, status=200, error_class=""):
    Exchange.objects.create(
        at=at,
        host="127.0.0.1:9",
        method="GET",
        path_template="/partner/merchants",
        priority=Priority.CATALOG,
        status=status,
        error_class=error_class,
        ms=87,
    )


def credential(**fields):
    Credential.objects.create(host="localhost", **fields)


def finding(name):
    return next(found for found in health_page(at=NOON).findings if found.name == name)


# --- For machines --------------------------------------------------------------------------------------------


def test_being_alive_needs_no_database(client):
    answer = client.get("/healthz")

    assert (answer.status_code, answer.content) == (200, b"ok")


# --- For operators -------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_page_is_for_operators_only(client):
    client.force_login(MembershipFactory().user)
    as_member = client.get("/staff/health/")
    client.force_login(UserFactory(is_staff=True))
    as_operator = client.get("/staff/health/")

    assert (as_member.status_code, as_operator.status_code) == (404, 200)
    assert "No worker has ever been heard." in as_operator.content.decode()


@pytest.mark.django_db
def test_a_silent_worker_is_told_with_the_remedy():
    WorkerBeat.objects.create(worker="here", started_at=NOON - HOUR, heard_at=NOON - MINUTE)

    found = findings.worker(at=NOON)

    assert found.at == NOON - MINUTE
    assert "manage.py work" in found.remedy


@pytest.mark.django_db
def test_each_line_of_the_page_says_whether_there_is_something_to_do(client):
    client.force_login(UserFactory(is_staff=True))

    def state_of_worker() -> str:
        row = client.get("/staff/health/").text.partition('<th scope="row">Worker</th>')[2].partition("</tr>")[0]
        return "well" if "Well" in row and "See to it" not in row else "see to it" if "See to it" in row else ""

    assert state_of_worker() == "see to it"
    WorkerBeat.objects.create(worker="here", started_at=timezone.now(), heard_at=timezone.now())
    assert state_of_worker() == "well"


@pytest.mark.django_db
def test_a_worker_that_was_just_heard_is_well():
    WorkerBeat.objects.create(worker="here", started_at=NOON - HOUR, heard_at=NOON - 3 * SECOND)

    assert findings.worker(at=NOON).is_well


@pytest.mark.django_db
def test_a_missing_credential_names_what_to_set(settings):
    settings.THANX_ACCESS_TOKEN = ""

    assert "THANX_ACCESS_TOKEN" in findings.credential().remedy


@pytest.mark.django_db
def test_a_refused_credential_is_told_with_the_remedy():
    credential(problem=CatalogProblem.CREDENTIALS_REFUSED, problem_at=NOON)

    found = findings.credential()

    assert "refuses our credential" in found.found
    assert "access token" in found.remedy


@pytest.mark.django_db
def test_an_accepted_credential_is_told_with_its_scopes():
    credential(as_of=NOON, scopes=["rewards.issue", "users.read"])

    found = findings.credential()

    assert found.is_well
    assert "rewards.issue, users.read" in found.found


@pytest.mark.django_db
def test_a_host_that_answers_is_well():
    exchange(at=NOON)

    found = findings.host()

    assert found.is_well
    assert (found.found, found.at) == ("It answered in 87 ms,", NOON)


@pytest.mark.django_db
def test_a_host_that_has_fallen_silent_is_told_with_its_last_answer():
    exchange(at=NOON - HOUR)
    exchange(at=NOON, status=None, error_class="NotSent")

    found = findings.host()

    assert found.at == NOON - HOUR
    assert "127.0.0.1:9" in found.remedy


@pytest.mark.django_db
def test_one_request_that_waited_too_long_for_its_turn_is_no_silence():
    exchange(at=NOON - 20 * SECOND)
    exchange(at=NOON, status=None, error_class="NotSent")

    assert findings.host().is_well


@pytest.mark.django_db
@pytest.mark.parametrize(("waited", "is_well"), [(30 * SECOND, True), (2 * MINUTE, False)])
def test_work_that_no_worker_takes_is_reported(waited, is_well):
    BatchFactory(due_at=NOON - waited)

    found = finding("Work on batches")

    assert found.at == NOON - waited
    assert found.is_well == is_well


@pytest.mark.django_db
def test_every_kind_of_work_is_looked_at():
    names = {found.name for found in findings.overdue(at=NOON)}

    assert {"Work on batches", "Work on campaigns", "Work on issuances", "Work on deliveries"} <= names


@pytest.mark.django_db
def test_jobs_that_wait_for_a_person_are_counted_and_linked(client):
    BatchFactory(state=BatchState.NEEDS_ATTENTION)
    BatchFactory(state=BatchState.COMPLETED, job_id="job-1")

    found = findings.attention()

    assert found.found == "1 job waits for a person."
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    assert client.get(found.href).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(("age", "is_well"), [(10 * MINUTE, True), (2 * HOUR, False)])
def test_the_oldest_unknown_outcome_is_told(age, is_well):
    BatchFactory(maybe_sent=True, first_attempt_at=NOON - MINUTE)
    CampaignFactory(state=CampaignState.UNSURE, thanx_id=None, first_attempt_at=NOON - age)

    found = findings.unknown_outcomes(at=NOON)

    assert found.at == NOON - age
    assert found.is_well == is_well


@pytest.mark.django_db
def test_the_budget_is_told_in_both_windows(settings):
    settings.THANX_RATE_PER_SECOND, settings.THANX_RATE_PER_15_MINUTES = 5, 2000

    assert findings.budget(at=NOON).found == "0 of 5 requests in this second, 0 of 2,000 in 15 minutes."


@pytest.mark.django_db
def test_stale_and_failing_catalogs_are_told():
    MerchantFactory(name="Fresh", as_of=NOON - 10 * MINUTE)
    MerchantFactory(name="Stale", as_of=NOON - 5 * HOUR)
    MerchantFactory(name="Unknown", as_of=NOON - MINUTE, problem=CatalogProblem.UNKNOWN_MERCHANT)

    found = findings.catalogs(at=NOON)

    assert [(each.name, each.is_well) for each in found] == [("Stale", False), ("Fresh", True), ("Unknown", False)]


@pytest.mark.django_db
def test_the_headline_counts_what_needs_an_operator():
    WorkerBeat.objects.create(worker="here", started_at=NOON, heard_at=NOON)
    credential(as_of=NOON, scopes=["rewards.issue"])
    exchange(at=NOON)
    before = health_page(at=NOON).sentence
    BatchFactory(state=BatchState.NEEDS_ATTENTION, due_at=None)

    assert (before, health_page(at=NOON).sentence) == ("All is well.", "1 of these needs you.")
