"""Users who approve, decline and withdraw in the same moment: the keys are minted once, or not at all."""

import threading

import pytest
from django.db import connection

from accounts.models import AuditEntry, Role
from engine.moves import IllegalMove, Overtaken
from issuance.approvals.to_issue import to_issue
from issuance.models import ApprovalRequest, Batch
from issuance.sending.refusals import ActRefused
from issuance.states import IssuanceState
from tests.support.desk import number_of
from tests.support.factories import NOON, MembershipFactory, create_live_campaign
from tests.support.read_drafts import read

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def asked():
    campaign = create_live_campaign()
    marketer = MembershipFactory(merchant=campaign.merchant, role=Role.MARKETER).user
    issuance = read(campaign)
    to_issue.ask(issuance=issuance, by=marketer, at=NOON)
    return issuance


def approvers(issuance, number):
    return [MembershipFactory(merchant=issuance.merchant, role=Role.APPROVER).user for _ in range(number)]


def at_once(*acts):
    """Do all of them at the same moment and return what was raised, in no order."""
    told, start = [], threading.Barrier(len(acts))

    def do(act):
        start.wait()
        try:
            act()
        except (ActRefused, IllegalMove, Overtaken) as refusal:
            told.append(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=do, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def approving(issuance, by):
    return lambda: to_issue.approve(
        issuance=type(issuance).objects.get(pk=issuance.pk), number=number_of(issuance), by=by, at=NOON
    )


def test_two_who_approve_at_once_mint_the_keys_once(asked):
    told = at_once(*(approving(asked, person) for person in approvers(asked, 4)))

    asked.refresh_from_db()
    keys = Batch.objects.exclude(idempotency_key=None).values_list("idempotency_key", flat=True)
    assert (asked.state, told) == (IssuanceState.CONFIRMED, [])
    assert (len(keys), len(set(keys))) == (2, 2)
    assert AuditEntry.objects.filter(action="issuance confirmed").count() == 1
    assert asked.events.filter(move="confirmed").count() == 1


def test_of_one_who_approves_and_one_who_declines_one_prevails(asked):
    yes, no = approvers(asked, 2)

    def decline():
        to_issue.decline(
            issuance=type(asked).objects.get(pk=asked.pk),
            number=number_of(asked),
            by=no,
            at=NOON,
            reason="The wrong list.",
        )

    told = at_once(approving(asked, yes), decline)

    asked.refresh_from_db()
    minted = Batch.objects.exclude(idempotency_key=None).count()
    assert len(told) == 1
    assert (asked.state, minted) in [(IssuanceState.CONFIRMED, 2), (IssuanceState.READY, 0)]
    assert ApprovalRequest.objects.exclude(outcome="").count() == 1
