"""An act that dies before any change has happened whole or not at all, and can be done again. All acts but confirming.

Acts talk to the database alone, so that a death between two reads is one before the next change.
Each scene is made anew for each run. It returns the act, and a function that reads its effects.
"""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEntry, Role
from issuance.approvals.to_issue import to_issue
from issuance.approvals.to_revoke import to_revoke
from issuance.drafts import drafts, exclusion_lists
from issuance.followup import reissues, retries, settlements
from issuance.jobs import failures
from issuance.jobs.failure_reasons import ReasonCode
from issuance.models import ExcludedGuest, Failure, Issuance, RevocationRequest, Settlement
from issuance.sending import grace, stopping
from issuance.states import BatchState, IssuanceState
from notifications.models import Notification
from tests.support.deaths import lives, survives, writes
from tests.support.desk import number_of
from tests.support.factories import (
    NOON,
    BatchFactory,
    IssuanceFactory,
    MembershipFactory,
    create_batch_with_job,
    create_live_campaign,
)
from tests.support.read_drafts import read

pytestmark = pytest.mark.django_db(transaction=True)

FEWEST_CHANGES = 4


def member(issuance, role):
    return MembershipFactory(merchant=issuance.merchant, role=role).user


def noted(issuance):
    """Return how many audit entries and notifications the issuance's merchant has."""
    audited = AuditEntry.objects.filter(merchant_id=issuance.merchant_id).count()
    return audited, Notification.objects.filter(merchant=issuance.merchant_id).count()


def states_of(issuance):
    issuance = Issuance.objects.get(pk=issuance.pk)
    batches = issuance.batches.order_by("number").values_list("state", "due_at")
    keys = issuance.batches.exclude(idempotency_key=None).count()
    return issuance.state, issuance.starts_at, keys, list(batches), *noted(issuance)


def asking_for_approval():
    issuance = read(create_live_campaign(), canary=True)
    marketer, _ = (member(issuance, role) for role in (Role.MARKETER, Role.MANAGER))
    return lambda: to_issue.ask(issuance=issuance, by=marketer, at=NOON), lambda: states_of(issuance)


def approving():
    issuance = read(create_live_campaign(), canary=True)
    marketer, manager = (member(issuance, role) for role in (Role.MARKETER, Role.MANAGER))
    to_issue.ask(issuance=issuance, by=marketer, at=NOON)
    wish = {"number": number_of(issuance), "by": manager, "at": NOON, "grace": timedelta(minutes=1)}
    return lambda: to_issue.approve(issuance=issuance, **wish), lambda: states_of(issuance)


def starting_now():
    issuance = IssuanceFactory(starts_at=NOON + timedelta(minutes=1))
    BatchFactory(issuance=issuance, number=1, due_at=issuance.starts_at)
    return lambda: grace.start_now(issuance=issuance, by=None, at=NOON), lambda: states_of(issuance)


def stopping_for_good():
    issuance = IssuanceFactory()
    for number in (1, 2):
        BatchFactory(issuance=issuance, number=number)
    return lambda: stopping.stop(issuance=issuance, by=None, at=NOON), lambda: states_of(issuance)


def resuming():
    issuance = IssuanceFactory()
    BatchFactory(issuance=issuance, number=1)
    stopping.pause(issuance=issuance, by=None, at=NOON)
    issuance.batches.update(due_at=None)
    return lambda: stopping.resume(issuance=issuance, by=None, at=NOON), lambda: states_of(issuance)


def with_requests(issuance):
    return states_of(issuance), RevocationRequest.objects.open().filter(issuance=issuance).count()


def asking_to_revoke():
    issuance, wish = revocable()
    return lambda: to_revoke.ask(issuance=issuance, **wish), lambda: with_requests(issuance)


def approving_a_revocation():
    issuance, wish = revocable()
    request = to_revoke.ask(issuance=issuance, **wish)
    manager = member(issuance, Role.MANAGER)
    answer = {"issuance": issuance, "number": request.pk, "by": manager, "at": NOON}
    return lambda: to_revoke.approve(**answer), lambda: with_requests(issuance)


def revocable():
    issuance = IssuanceFactory()
    batches = [create_batch_with_job(issuance=issuance, number=n, state=BatchState.COMPLETED) for n in (1, 2)]
    wish = {"batches": batches, "also_running": False, "rewards": 2, "reason": "a try", "at": NOON}
    return issuance, {**wish, "by": member(issuance, Role.MARKETER)}


def reissued():
    issuance = IssuanceFactory(campaign=create_live_campaign())
    variant = issuance.campaign.variants.first()
    revoked = create_batch_with_job(issuance=issuance, variant=variant, number=1, state=BatchState.REVOKED)
    wish = {"campaign": issuance.campaign, "by": None, "at": NOON}

    def look():
        children = issuance.reissues.exclude(state=IssuanceState.DISCARDED).values_list("state", flat=True)
        revoked.refresh_from_db()
        return list(children), revoked.reissue_id is None, noted(issuance)

    return lambda: reissues.reissue_to_same(issuance=issuance, **wish), look


def reissuing_to_the_same():
    return reissued()


def discarding_a_reissue():
    begin, look = reissued()
    key = begin().pk
    return lambda: drafts.discard(issuance=Issuance.objects.get(pk=key), by=None, at=NOON), look


def failed():
    issuance = IssuanceFactory()
    batch = create_batch_with_job(issuance=issuance, number=1, size=3, state=BatchState.FAILED)
    failures.write_all(batch=batch, code=ReasonCode.JOB_FAILED, text="", at=NOON)

    def look():
        settled = Settlement.objects.filter(issuance=issuance).count()
        open_ones = Failure.objects.open().filter(batch=batch).count()
        return list(issuance.retries.values_list("state", "lines")), settled, open_ones, noted(issuance)

    return issuance, look


def retrying():
    issuance, look = failed()
    return lambda: retries.retry_failures(issuance=issuance, by=None, at=NOON), look


def settling_failures():
    issuance, look = failed()
    wish = {"failures": Failure.objects.all(), "note": "a try", "by": None, "at": NOON}
    return lambda: settlements.settle(issuance=issuance, **wish), look


def excluding_guests():
    issuance = IssuanceFactory()
    listed = exclusion_lists.create(merchant=issuance.merchant, name="Staff", by=None, at=NOON)

    def look():
        listed.refresh_from_db()
        return listed.guests, ExcludedGuest.objects.filter(list=listed).count(), noted(issuance)

    def add():
        return exclusion_lists.add_guests(
            exclusion_list=listed, rows=[(1, ["ana@example.com"])], by=None, at=timezone.now()
        )

    return add, look


SCENES = [
    asking_for_approval,
    approving,
    starting_now,
    stopping_for_good,
    resuming,
    asking_to_revoke,
    approving_a_revocation,
    reissuing_to_the_same,
    discarding_a_reissue,
    retrying,
    settling_failures,
    excluding_guests,
]


@pytest.mark.parametrize("scene", SCENES)
def test_it_has_been_or_has_not_been_and_can_be_done_again(scene):
    died = []
    for life in lives():
        act, look = scene()
        before = look()
        if survives(act, spared=life, counts=writes):
            after = look()
            break
        died.append((before, look(), act, look))

    assert life >= FEWEST_CHANGES
    assert after != before
    for before_it, found, act, look in died:
        assert found in (before_it, after)
        if found == before_it:
            act()
        assert look() == after
