"""A batch of recoveries is confirmed in the name of the user with the lowest role, or by no user at all."""

import pytest

from accounts.models import Membership, Role, User
from guests.models import RecoveryBatch
from issuance.models import Issuance
from issuance.states import IssuanceState
from tests.support.factories import MembershipFactory
from tests.support.guests.recoveries import prepare, recover, said

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def manager(sandbox, client, few, bad, reward):
    """A manager who has queued one guest for the daily batch to which a marketer added another."""
    recover(client, bad, reward, when="daily")
    other = said(sandbox, client, few.merchant, rating=1)
    member = MembershipFactory(merchant=few.merchant, role=Role.MANAGER)
    client.force_login(member.user)
    recover(client, other, reward, when="daily")
    assert RecoveryBatch.objects.get().recoveries.count() == 2
    return member.user


def go_out(forward):
    forward(hours=24)
    prepare(forward)
    return Issuance.objects.get()


def test_the_user_with_the_lowest_role_decides(few, manager, forward):
    issuance = go_out(forward)

    assert (issuance.state, issuance.confirmed_by) == (IssuanceState.CONFIRMED, few.user)


def lose_the_role(user):
    Membership.objects.filter(user=user).update(role=Role.VIEWER)


def leave(user):
    Membership.objects.filter(user=user).delete()


def become_inactive(user):
    User.objects.filter(pk=user.pk).update(is_active=False)


@pytest.mark.parametrize("lose", [lose_the_role, leave, become_inactive])
@pytest.mark.parametrize("who", ["marketer", "manager"])
def test_a_batch_waits_for_a_user_when_one_of_two_who_queued_may_not_issue_any_more(few, manager, forward, who, lose):
    lose(few.user if who == "marketer" else manager)

    issuance = go_out(forward)

    assert issuance.state == IssuanceState.READY
    assert "may not issue any more" in RecoveryBatch.objects.get().problem
