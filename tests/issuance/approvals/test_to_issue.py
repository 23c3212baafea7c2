"""A large issuance goes out only when one user has asked and another has approved exactly that."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.models import AuditEntry, Role
from issuance.approvals.to_issue import to_issue
from issuance.approvals.two_person import AlreadyAsked, MayNotAnswer, NotWaiting
from issuance.models import ApprovalRequest, Batch
from issuance.sending import confirmation
from issuance.sending.refusals import NeedsApproval, NotReady
from issuance.states import BatchState, IssuanceState
from notifications.models import Notification
from tests.support.desk import number_of
from tests.support.factories import NOON, UserFactory
from tests.support.read_drafts import read

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(hours=1)


@pytest.fixture(autouse=True)
def one_reward_alone(settings):
    """Marketers issue one reward alone, approvers a hundred, managers any number."""
    settings.APPROVAL_ABOVE_REWARDS = {"marketer": 1, "approver": 100}


def nothing_was_minted():
    return not Batch.objects.exclude(idempotency_key=None).exists()


def outcome():
    return ApprovalRequest.objects.get().outcome


def test_more_than_a_user_may_alone_is_not_confirmed(issuance, marketer):
    with pytest.raises(NeedsApproval):
        confirmation.confirm(issuance=issuance, by=marketer, at=NOON)

    assert issuance.state == IssuanceState.READY
    assert nothing_was_minted()


@pytest.mark.parametrize("role", [Role.APPROVER, Role.MANAGER])
def test_a_user_who_may_alone_needs_no_other(issuance, person, role):
    confirmation.confirm(issuance=issuance, by=person(role), at=NOON)

    assert issuance.state == IssuanceState.CONFIRMED


def test_operators_count_as_managers_and_the_command_line_has_no_limit(campaign):
    for by in (UserFactory(is_staff=True), None):
        issuance = read(campaign, digest="b" * 64, included_anyway=["rewarded_here"])
        confirmation.confirm(issuance=issuance, by=by, at=NOON, acknowledged_same_file=True)
        assert issuance.state == IssuanceState.CONFIRMED


def test_what_the_rewards_may_cost_limits_as_well(issuance, marketer, campaign, settings):
    settings.APPROVAL_ABOVE_REWARDS, settings.APPROVAL_ABOVE_VALUE = {}, {"marketer": 9}
    for variant in campaign.variants.exclude(reward_template=None):
        type(variant.reward_template).objects.filter(pk=variant.reward_template_id).update(discount_value=5)

    with pytest.raises(NeedsApproval):
        confirmation.confirm(issuance=issuance, by=marketer, at=NOON)

    settings.APPROVAL_ABOVE_VALUE = {"marketer": 10}
    confirmation.confirm(issuance=issuance, by=marketer, at=NOON)
    assert issuance.state == IssuanceState.CONFIRMED


def test_asking_sends_nothing_and_freezes_what_is_asked_for(asked, marketer):
    request = ApprovalRequest.objects.get()
    assert asked.state == IssuanceState.WAITING_FOR_APPROVAL
    assert (request.asked_by, request.rewards, request.guests, request.file_digest) == (marketer, 2, 3, "a" * 64)
    assert len(request.fingerprint) == 64
    assert nothing_was_minted()


def test_asking_twice_is_asking_once(asked, marketer):
    with pytest.raises(AlreadyAsked):
        to_issue.ask(issuance=asked, by=marketer, at=LATER)

    assert ApprovalRequest.objects.count() == 1
    assert AuditEntry.objects.count() == 1


def test_an_approval_mints_the_keys_and_lets_the_rewards_go_out(asked, approver):
    to_issue.approve(issuance=asked, number=number_of(asked), by=approver, at=LATER, grace=timedelta(minutes=5))

    assert (asked.state, asked.confirmed_by, asked.confirmed_at) == (IssuanceState.CONFIRMED, approver, LATER)
    assert list(Batch.objects.order_by("number").values_list("state", flat=True)) == ["queued", "queued", "held_back"]
    assert set(Batch.objects.filter(state=BatchState.QUEUED).values_list("due_at", flat=True)) == {
        LATER + timedelta(minutes=5)
    }
    assert outcome() == "approved"


def test_a_second_approval_changes_nothing(asked, approver, person):
    to_issue.approve(issuance=asked, number=number_of(asked), by=approver, at=LATER)
    keys = set(Batch.objects.values_list("idempotency_key", flat=True))

    to_issue.approve(issuance=asked, number=number_of(asked), by=person(Role.MANAGER), at=LATER)

    assert set(Batch.objects.values_list("idempotency_key", flat=True)) == keys
    assert asked.confirmed_by == approver


def test_no_user_approves_what_they_asked_for_themselves(issuance, person):
    manager = person(Role.MANAGER)
    to_issue.ask(issuance=issuance, by=manager, at=NOON)

    with pytest.raises(MayNotAnswer, match="another user"):
        to_issue.approve(issuance=issuance, number=number_of(issuance), by=manager, at=LATER)
    with pytest.raises(MayNotAnswer):
        to_issue.decline(
            issuance=issuance, number=number_of(issuance), by=manager, at=LATER, reason="On second thoughts."
        )

    assert issuance.state == IssuanceState.WAITING_FOR_APPROVAL
    assert nothing_was_minted()


def test_the_database_refuses_an_approval_of_ones_own(asked, marketer):
    with pytest.raises(IntegrityError, match="nobody_approves_their_own"), transaction.atomic():
        ApprovalRequest.objects.update(outcome="approved", ended_by=marketer, ended_at=LATER)


@pytest.mark.parametrize("role", [None, Role.VIEWER, Role.MARKETER])
def test_a_user_who_is_no_approver_approves_nothing(asked, person, role):
    user = UserFactory() if role is None else person(role)

    with pytest.raises(MayNotAnswer):
        to_issue.approve(issuance=asked, number=number_of(asked), by=user, at=LATER)

    assert nothing_was_minted()


def test_an_approver_approves_no_more_than_they_may_alone_but_may_decline_it(asked, approver, person, settings):
    settings.APPROVAL_ABOVE_REWARDS = {"marketer": 1, "approver": 1}

    with pytest.raises(MayNotAnswer):
        to_issue.approve(issuance=asked, number=number_of(asked), by=approver, at=LATER)

    assert nothing_was_minted()
    to_issue.decline(issuance=asked, number=number_of(asked), by=approver, at=LATER, reason="Too many.")
    assert asked.state == IssuanceState.READY


def test_a_role_may_never_more_than_the_one_above_it(issuance, marketer, settings):
    settings.APPROVAL_ABOVE_REWARDS = {"approver": 1}

    with pytest.raises(NeedsApproval):
        confirmation.confirm(issuance=issuance, by=marketer, at=NOON)


def test_an_approver_who_declines_says_why_and_the_draft_can_be_changed(asked, approver):
    to_issue.decline(
        issuance=asked,
        number=number_of(asked),
        by=approver,
        at=LATER,
        reason="The wrong list: ana@example.com is on it.",
    )

    request = ApprovalRequest.objects.get()
    assert asked.state == IssuanceState.READY
    assert (request.outcome, request.ended_by, request.reason) == (
        "declined",
        approver,
        "The wrong list: ••• is on it.",
    )


def test_what_is_taken_back_cannot_be_approved_and_can_be_asked_for_again(asked, marketer, approver):
    to_issue.withdraw(issuance=asked, number=number_of(asked), by=marketer, at=LATER)

    with pytest.raises(NotWaiting):
        to_issue.approve(issuance=asked, number=number_of(asked), by=approver, at=LATER)

    to_issue.ask(issuance=asked, by=marketer, at=LATER)
    assert list(ApprovalRequest.objects.order_by("pk").values_list("outcome", flat=True)) == ["withdrawn", ""]


def test_while_it_waits_no_user_confirms_past_the_request(asked, person):
    with pytest.raises(NotReady):
        confirmation.confirm(issuance=asked, by=person(Role.MANAGER), at=LATER)

    assert nothing_was_minted()


def test_each_answer_leaves_one_row_with_the_digest_and_the_fingerprint(asked, marketer, approver):
    to_issue.decline(issuance=asked, number=number_of(asked), by=approver, at=LATER, reason="The wrong list.")

    first, second = AuditEntry.objects.order_by("pk")
    fingerprint = ApprovalRequest.objects.get().fingerprint
    assert [(row.action, row.by, row.file_digest) for row in (first, second)] == [
        ("approval asked for", marketer, "a" * 64),
        ("approval declined", approver, "a" * 64),
    ]
    assert (first.facts["before"], first.facts["after"]) == ({"state": "ready"}, {"state": "waiting_for_approval"})
    assert {row.facts["fingerprint"] for row in (first, second)} == {fingerprint}


def test_approvers_are_notified_once_and_the_user_who_asks_is_not(issuance, marketer, approver):
    to_issue.ask(issuance=issuance, by=marketer, at=NOON)
    with pytest.raises(AlreadyAsked):
        to_issue.ask(issuance=issuance, by=marketer, at=NOON)

    [told] = Notification.objects.all()
    assert told.to == approver
    assert told.title.endswith("waits for your approval")
    assert told.path.endswith(f"/issuances/{issuance.pk}/review/")
