"""Many rewards are revoked only when one user has asked and another has approved."""

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from django.utils import timezone

from accounts.models import AuditEntry, Role
from issuance.approvals.to_revoke import to_revoke
from issuance.approvals.two_person import AlreadyAsked
from issuance.followup import revocation
from issuance.followup.revocation import NothingToRevoke
from issuance.models import Batch, RequestOutcome, RevocationRequest
from issuance.states import BatchState
from notifications.models import Notification
from tests.support.desk import Desk
from tests.support.factories import IssuanceFactory, MembershipFactory, create_batch_with_job

pytestmark = pytest.mark.django_db

WISH = {"reason": "sent twice", "detail": "", "number": "190"}


@pytest.fixture
def desk(client, settings):
    settings.APPROVAL_ABOVE_REWARDS = {"marketer": 100, "approver": 1_000}
    return Desk(client)


@pytest.fixture
def run(desk):
    """Two completed jobs of 100 and 90 rewards, and one that runs."""
    issuance = IssuanceFactory(campaign=desk.campaign, lines=300)
    arm = {"issuance": issuance, "variant": desk.campaign.variants.first()}
    done = {"state": BatchState.COMPLETED, "failed_count": 0, **arm}
    create_batch_with_job(number=1, size=100, issued_count=100, **done)
    create_batch_with_job(number=2, size=90, issued_count=90, **done)
    create_batch_with_job(number=3, size=90, **arm)
    return issuance


def states():
    return list(Batch.objects.order_by("number").values_list("state", flat=True))


def signed_in(desk, role):
    person = MembershipFactory(merchant=desk.merchant, role=role).user
    desk.client.force_login(person)
    return person


def asked(desk, run, **wish):
    desk.post("revoke", run, WISH | wish)
    return RevocationRequest.objects.get()


UNTOUCHED = [BatchState.COMPLETED, BatchState.COMPLETED, BatchState.WATCHING]
TAKEN_BACK = [BatchState.REVOKE_QUEUED, BatchState.REVOKE_QUEUED, BatchState.WATCHING]


def test_jobs_one_by_one_need_the_approval_that_all_of_them_need(desk, run):
    first, second, _ = run.batches.order_by("number")
    desk.post("revoke", run, WISH | {"number": "100"}, query=f"?job={first.number}")
    desk.post("revoke", run, WISH | {"number": "90"}, query=f"?job={second.number}")

    assert states() == [BatchState.REVOKE_QUEUED, BatchState.COMPLETED, BatchState.WATCHING]
    assert list(RevocationRequest.objects.get().batches.all()) == [second]


def test_the_act_itself_holds_the_limit(desk, run):
    wish = {"batches": list(run.batches.all()), "also_running": False, "rewards": 190, "reason": "It was sent twice"}

    with pytest.raises(revocation.RevocationNeedsApproval):
        revocation.revoke_alone(issuance=run, by=desk.person, at=timezone.now(), **wish)

    assert states() == UNTOUCHED


def test_the_command_line_holds_the_limit_of_the_user_who_is_responsible(desk, run):
    with pytest.raises(CommandError, match="more than you may revoke alone"):
        call_command("revoke_issuance", run.pk, reason="It was sent twice", by=desk.person.email)

    assert states() == UNTOUCHED


def test_an_answer_is_to_the_request_that_was_shown(desk, run):
    seen = asked(desk, run)
    desk.post("withdraw-revocation", run)
    desk.post("revoke", run, WISH)
    signed_in(desk, Role.APPROVER)

    page = desk.post("approve-revocation", run, {"number": "190", "request": seen.pk}, follow=True).text

    assert "Please look at it before you decide." in page
    assert states() == UNTOUCHED


def test_above_the_limit_it_is_asked_for_and_nothing_is_taken_back(desk, run):
    assert "Ask to revoke 190 rewards" in desk.get("revoke", run).text

    request = asked(desk, run)

    assert states() == UNTOUCHED
    assert (request.asked_by, request.rewards, request.reason) == (desk.person, 190, "It was sent twice")
    assert sorted(request.batches.values_list("number", flat=True)) == [1, 2]


def test_within_the_limit_one_person_is_enough(desk, run):
    desk.post("revoke", run, WISH | {"number": "90"}, query="?job=2")

    assert states() == [BatchState.COMPLETED, BatchState.REVOKE_QUEUED, BatchState.WATCHING]
    assert not RevocationRequest.objects.exists()


def test_jobs_that_still_run_count_with_all_their_guests(desk, run):
    Batch.objects.filter(number=1).delete()
    assert "With the jobs that still run these may become more" in desk.get("revoke", run).text

    request = asked(desk, run, number="90", also_running="on")

    assert not Batch.objects.filter(revoke_when_ended=True).exists()
    assert request.rewards == 180


def test_another_user_approves_with_the_number_typed(desk, run):
    request = asked(desk, run)
    approver = signed_in(desk, Role.APPROVER)

    refused = desk.post("approve-revocation", run, {"number": "12"})
    assert "This would revoke 190 rewards" in refused.text
    assert states() == UNTOUCHED

    desk.post("approve-revocation", run, {"number": "190"})

    assert states() == TAKEN_BACK
    request.refresh_from_db()
    assert (request.outcome, request.ended_by) == (RequestOutcome.APPROVED, approver)
    assert AuditEntry.objects.filter(action="revocation asked", by=approver).count() == 1
    reasons = Batch.objects.exclude(revoke_reason="").values_list("revoke_reason", flat=True)
    assert set(reasons) == {f"It was sent twice (asked for by {desk.person})"}


def test_what_was_asked_for_is_what_is_taken_back(desk, run):
    asked(desk, run)
    ended = {"state": BatchState.COMPLETED, "issued_count": 90, "failed_count": 0}
    Batch.objects.filter(number=3).update(**ended)
    signed_in(desk, Role.APPROVER)

    desk.post("approve-revocation", run, {"number": "190"})

    assert states() == [BatchState.REVOKE_QUEUED, BatchState.REVOKE_QUEUED, BatchState.COMPLETED]


def test_jobs_that_ran_are_taken_back_as_they_finish_where_that_was_asked_for(desk, run):
    asked(desk, run, also_running="on")
    signed_in(desk, Role.APPROVER)

    desk.post("approve-revocation", run, {"number": "190"})

    assert Batch.objects.get(number=3).revoke_when_ended


def test_no_user_approves_their_own(desk, run):
    request = asked(desk, run)
    request.asked_by.memberships.update(role=Role.APPROVER)

    page = desk.post("approve-revocation", run, {"number": "190"}, follow=True).text

    assert "You have asked for this yourself" in page
    assert states() == UNTOUCHED
    with pytest.raises(IntegrityError):
        RevocationRequest.objects.update(
            outcome=RequestOutcome.APPROVED, ended_by=request.asked_by, ended_at=timezone.now()
        )


def test_no_user_approves_more_than_their_own_limit(desk, run, settings):
    asked(desk, run)
    settings.APPROVAL_ABOVE_REWARDS = {"marketer": 100, "approver": 150}
    signed_in(desk, Role.APPROVER)

    desk.post("approve-revocation", run, {"number": "190"})

    assert states() == UNTOUCHED


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MARKETER])
def test_a_role_that_may_not_approve_may_not_decline_either(desk, run, role):
    asked(desk, run)
    signed_in(desk, role)

    answers = [desk.post(name, run).status_code for name in ("approve-revocation", "decline-revocation")]

    assert answers == [403, 403]
    assert RevocationRequest.objects.open().exists()


def test_it_can_be_declined_and_asked_for_again(desk, run):
    asked(desk, run)
    signed_in(desk, Role.APPROVER)

    page = desk.post("decline-revocation", run, follow=True).text

    assert "Declined. The guests keep their rewards." in page
    assert states() == UNTOUCHED
    desk.client.force_login(desk.person)
    desk.post("revoke", run, WISH)
    assert RevocationRequest.objects.open().count() == 1


def test_only_the_user_who_asked_may_withdraw(desk, run):
    request = asked(desk, run)
    signed_in(desk, Role.MANAGER)
    desk.post("withdraw-revocation", run)
    assert RevocationRequest.objects.open().exists()

    desk.client.force_login(desk.person)
    desk.post("withdraw-revocation", run)

    request.refresh_from_db()
    assert request.outcome == RequestOutcome.WITHDRAWN


def test_one_request_waits_at_a_time(desk, run):
    asked(desk, run)

    desk.post("revoke", run, WISH)

    assert RevocationRequest.objects.count() == 1
    wish = {"rewards": 1, "reason": "Again", "also_running": False, "by": desk.person, "at": timezone.now()}
    with pytest.raises(AlreadyAsked):
        to_revoke.ask(issuance=run, batches=[], **wish)


def test_an_approval_of_what_is_gone_leaves_the_request_open(desk, run):
    request = asked(desk, run)
    Batch.objects.filter(number__lte=2).update(state=BatchState.REVOKED)
    approver = signed_in(desk, Role.APPROVER)

    with pytest.raises(NothingToRevoke):
        to_revoke.approve(issuance=request.issuance, number=request.pk, by=approver, at=timezone.now())

    assert RevocationRequest.objects.open().exists()


def test_the_run_says_that_a_revocation_waits(desk, run):
    asked(desk, run)

    page = desk.get("detail", run).text

    assert "A revocation waits for approval" in page
    assert desk.at("revoke", run.pk) in page


def test_an_approver_is_notified_and_finds_it_at_home(desk, run):
    approver = MembershipFactory(merchant=desk.merchant, role=Role.APPROVER).user

    asked(desk, run)

    told = Notification.objects.get()
    assert (told.to, told.path) == (approver, desk.at("revoke", run.pk))
    assert told.title.startswith("Revoking “")
    assert "Revoking issuance" not in desk.client.get(f"/m/{desk.merchant.handle}/").text
    desk.client.force_login(approver)
    assert f"Revoking issuance {run.pk}" in desk.client.get(f"/m/{desk.merchant.handle}/").text
