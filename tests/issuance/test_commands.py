"""The command line: the same acts as the pages, one JSON document on stdout, and an honest exit code."""

import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from campaigns import halts
from engine.models import WorkerBeat
from issuance.audience import intake_step
from issuance.jobs import failures
from issuance.management import waiting
from issuance.models import Batch, Issuance
from issuance.states import BatchState, IssuanceState
from tests.support.desk import PEOPLE, Desk, people
from tests.support.factories import BatchFactory, IssuanceFactory, create_batch_with_job

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    return Desk(client, shares=(45, 45), control=10)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "people.csv"
    path.write_bytes(people(20))
    return path


@pytest.fixture
def reader(monkeypatch):
    """Let a worker read the waiting drafts whenever the command sleeps."""
    monkeypatch.setattr(waiting.time, "sleep", lambda _: intake_step.read_one_upload())


def run(*arguments, code=0):
    """Run a command and return what it printed as JSON and what it said."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command(*map(str, arguments), "--json", stdout=out, stderr=err)
        ended = 0
    except CommandError as error:
        ended = error.returncode
        err.write(str(error))
    assert ended == code, err.getvalue()
    return json.loads(out.getvalue() or "null"), err.getvalue()


def test_issuing_confirms_and_tells_where_everybody_is(desk, file, reader):
    told, _ = run("issue_rewards", file, "--campaign", desk.campaign.pk)

    assert told["state"] == "queued"
    assert (told["lines"], told["not_sent"], told["held_back"]) == (20, 18, 2)
    assert [(job["variant"], job["size"], job["state"]) for job in told["batches"]] == [
        ("Reward 1", 9, "queued"),
        ("Reward 2", 9, "queued"),
        ("Control", 2, "held_back"),
    ]


def test_a_dry_run_confirms_nothing(desk, file, reader):
    told, said = run("issue_rewards", file, "--campaign", desk.campaign.pk, "--dry-run")

    assert told["state"] == "draft"
    assert not Batch.objects.exclude(state=BatchState.DRAFT).exists()
    assert "Nothing was sent." in said


def test_a_dry_run_tells_what_the_review_page_tells_and_what_is_done_then(desk, file, reader):
    told, _ = run("issue_rewards", file, "--campaign", desk.campaign.pk, "--dry-run")

    foreseen, page = told["dry_run"], desk.get("review", Issuance.objects.get()).context["page"]
    assert (foreseen["guests"], foreseen["rewards"], foreseen["held_back"]) == (
        page.guests,
        page.rewards,
        page.held_back,
    )
    assert (foreseen["calls"], foreseen["looks"]) == (page.calls.issue, page.calls.looks)
    assert [(arm["variant"], arm["guests"], arm["jobs"]) for arm in foreseen["arms"]] == [
        (row.arm.variant.name, row.arm.guests, row.arm.jobs) for row in page.rows
    ]
    desk.post("confirm", Issuance.objects.get())
    sizes = Batch.objects.filter(state=BatchState.QUEUED).values_list("size", flat=True)
    assert sorted(sizes) == sorted(size for arm in foreseen["arms"] for size in arm["jobs"])


def test_a_user_who_may_not_issue_so_much_alone_asks_for_approval(desk, file, reader, settings):
    settings.APPROVAL_ABOVE_REWARDS = {"marketer": 5}

    told, said = run("issue_rewards", file, "--campaign", desk.campaign.pk, "--by", desk.person.email, code=1)

    assert told["state"] == "waiting_for_approval"
    assert "Approval is asked for" in said
    assert not Batch.objects.exclude(state=BatchState.DRAFT).exists()


def test_everybody_can_be_put_in_one_arm(desk, file, reader):
    told, _ = run("issue_rewards", file, "--campaign", desk.campaign.pk, "--variant", "Reward 2")

    assert [(job["variant"], job["size"]) for job in told["batches"]] == [("Reward 2", 20)]


def test_a_column_can_be_named(desk, tmp_path, reader):
    path = tmp_path / "two.csv"
    path.write_text("old mail,new mail\nana@old.example,ana@new.example\n")

    run("issue_rewards", path, "--campaign", desk.campaign.pk, "--column", "new mail=email")

    assert Issuance.objects.get().upload.mapping == {"email": 1}


def test_lines_that_are_left_out_are_counted_by_reason(desk, tmp_path, reader):
    path = tmp_path / "people.csv"
    path.write_bytes(PEOPLE)

    told, _ = run("issue_rewards", path, "--campaign", desk.campaign.pk)

    assert told["left_out"] == {"duplicate": 1, "email_invalid": 1}


def test_the_same_file_again_is_refused_unless_it_is_meant(desk, file, reader):
    run("issue_rewards", file, "--campaign", desk.campaign.pk)

    told, _ = run("issue_rewards", file, "--campaign", desk.campaign.pk, code=1)
    meant, _ = run("issue_rewards", file, "--campaign", desk.campaign.pk, "--again")

    assert told["left_out"] == {"rewarded_here": 18}
    assert (told["state"], meant["state"]) == ("draft", "queued")


def test_a_file_that_is_no_table_is_refused_in_words(desk, tmp_path, reader):
    path = tmp_path / "people.pdf"
    path.write_bytes(b"%PDF-1.7")

    told, said = run("issue_rewards", path, "--campaign", desk.campaign.pk, code=1)

    assert told["state"] == "draft"
    assert "This is not a table" in said


@pytest.mark.parametrize(
    "arguments",
    [
        ["/no/such/file.csv"],
        ["{file}", "--variant", "Nobody"],
        ["{file}", "--column", "nothing=email"],
        ["{file}", "--by", "stranger@example.com"],
    ],
)
def test_bad_usage_ends_with_two_and_leaves_no_draft(desk, file, arguments):
    arguments = [str(file) if argument == "{file}" else argument for argument in arguments]

    told, _ = run("issue_rewards", *arguments, "--campaign", desk.campaign.pk, code=2)

    assert told is None
    assert not Issuance.objects.exists()


def test_without_a_worker_the_command_says_so_and_gives_up(desk, file, monkeypatch):
    monkeypatch.setattr(waiting, "PATIENCE_SECONDS", 0)

    told, said = run("issue_rewards", file, "--campaign", desk.campaign.pk, code=1)

    assert told["state"] == "draft"
    assert "No worker has been heard from ever" in said


@pytest.fixture
def worker_that_died(monkeypatch):
    """Let no worker come back: the first wait ends at once."""
    monkeypatch.setattr(waiting, "PATIENCE_SECONDS", 0)


@pytest.mark.usefixtures("worker_that_died")
def test_waiting_for_rewards_that_no_worker_issues_ends_with_one_and_says_what_hangs(desk, file, monkeypatch):
    monkeypatch.setattr(waiting, "until_read", read_now)

    told, said = run("issue_rewards", file, "--campaign", desk.campaign.pk, "--wait", code=1)

    assert (told["state"], told["not_sent"]) == ("queued", 18)
    assert f"Issuance {told['issuance']} has not ended (18 not sent), and no worker has worked" in said


def read_now(issuance):
    """Read the list as a worker does that dies right after."""
    intake_step.read_one_upload()
    issuance.refresh_from_db()
    return True


@pytest.mark.usefixtures("worker_that_died")
def test_waiting_for_a_revocation_that_no_worker_does_ends_with_one_and_says_what_hangs(desk):
    issuance = IssuanceFactory(campaign=desk.campaign, lines=90)
    create_batch_with_job(issuance=issuance, size=90, issued_count=90, state=BatchState.COMPLETED)

    told, said = run("revoke_issuance", issuance.pk, "--reason", "Wrong list", "--wait", code=1)

    assert told["state"] == "revoking"
    assert f"Issuance {issuance.pk} has not ended" in said


def test_with_a_worker_there_is_no_warning(desk, file, reader):
    WorkerBeat.objects.create(worker="here", started_at=timezone.now(), heard_at=timezone.now())

    _, said = run("issue_rewards", file, "--campaign", desk.campaign.pk)

    assert "No worker" not in said


def test_the_status_of_an_issuance_adds_up(desk):
    issuance = IssuanceFactory(campaign=desk.campaign, lines=100, left_out={"empty": 10})
    create_batch_with_job(issuance=issuance, size=90, issued_count=40, failed_count=2)

    told, _ = run("issuance_status", issuance.pk)

    assert (told["lines"], told["issued"], told["failed"], told["in_progress"]) == (100, 40, 2, 48)


def test_the_status_of_nothing_ends_with_two(db):
    run("issuance_status", 404, code=2)


def test_a_small_job_can_go_first(desk, file, reader, settings):
    settings.CANARY_SIZE = 4

    told, _ = run("issue_rewards", file, "--campaign", desk.campaign.pk, "--canary")

    assert [job["size"] for job in told["batches"]] == [4, 5, 9, 2]


def test_a_stop_of_all_sending_is_told_and_waiting_for_it_ends_with_one(desk, file, reader):
    halts.stop(merchant=None, by=None, at=timezone.now(), reason="The till prints the wrong price.")

    told, said = run("issue_rewards", file, "--campaign", desk.campaign.pk, "--wait", code=1)

    assert told["state"] == "paused"
    assert "All sending of all merchants is stopped by the command line: The till prints the wrong price." in said
    assert "Jobs wait until a user lets them go out." in said


def test_an_issuance_can_be_stopped(desk):
    issuance = IssuanceFactory(campaign=desk.campaign, lines=100)
    BatchFactory(issuance=issuance)

    told, said = run("stop_issuance", issuance.pk, "--by", desk.person.email)

    issuance.refresh_from_db()
    assert (told["state"], told["not_sent"], issuance.stopped_by) == ("stopped", 100, desk.person)
    assert "1 job with 100 guests stay unsent; 0 had gone." in said
    run("stop_issuance", issuance.pk, code=1)


def test_failures_are_written_to_stdout(desk):
    issuance = desk.confirmed(b"email\r\nana@example.com\r\n")
    failures.write(batch=issuance.batches.get(), reasons={0: "User not found"}, at=timezone.now())
    out = io.StringIO()

    call_command("export_failures", str(issuance.pk), stdout=out)

    assert "ana@example.com" in out.getvalue()


def test_revoking_asks_for_every_completed_job(desk):
    issuance = IssuanceFactory(campaign=desk.campaign, lines=10)
    done = {"state": BatchState.COMPLETED, "size": 10, "issued_count": 10, "failed_count": 0}
    batch = create_batch_with_job(issuance=issuance, **done)

    told, _ = run("revoke_issuance", issuance.pk, "--reason", "wrong reward", "--by", desk.person.email)

    batch.refresh_from_db()
    assert told["state"] == "revoking"
    assert (batch.revoke_reason, batch.revoke_asked_by) == ("wrong reward", desk.person)


def test_revoking_what_cannot_be_revoked_ends_with_one(desk):
    issuance = IssuanceFactory(campaign=desk.campaign, state=IssuanceState.CONFIRMED, lines=100)
    BatchFactory(issuance=issuance)

    _, said = run("revoke_issuance", issuance.pk, "--reason", "wrong reward", code=1)

    assert "can be revoked" in said
