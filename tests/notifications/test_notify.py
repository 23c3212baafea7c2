"""Whoever is concerned is told, once, as they have chosen, and nobody else."""

from __future__ import annotations

import pytest
from django.db import transaction

from accounts.models import AuditEntry, Role
from notifications import notify
from notifications.kinds import Kind
from notifications.models import Notification
from tests.support.factories import NOON, MembershipFactory, MerchantFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def merchant():
    return MerchantFactory()


@pytest.fixture
def members(merchant):
    return {role: MembershipFactory(merchant=merchant, role=role).user for role in Role}


def tell(merchant=None, *, kind=Kind.FINISHED, key="1", **fields):
    merchant_id = merchant.pk if merchant else None
    notify.tell(
        kind=kind, key=key, title="It has ended", text="", path="/x/", at=NOON, merchant_id=merchant_id, **fields
    )


def told():
    return set(Notification.objects.values_list("to", flat=True))


def test_members_are_told_by_their_role(merchant, members):
    tell(merchant)

    assert told() == {members[role].pk for role in (Role.MARKETER, Role.APPROVER, Role.MANAGER)}


def test_an_approval_waits_for_whoever_may_give_it_and_did_not_ask(merchant, members):
    tell(merchant, kind=Kind.APPROVAL, but=members[Role.MANAGER])

    assert told() == {members[Role.APPROVER].pk}


def test_the_credential_concerns_staff_alone(merchant, members):
    operator = UserFactory(is_staff=True)

    tell(kind=Kind.CREDENTIAL)

    assert told() == {operator.pk}


def test_neither_members_elsewhere_nor_those_who_left_are_told(merchant):
    MembershipFactory(role=Role.MANAGER)
    MembershipFactory(merchant=merchant, user=UserFactory(is_active=False))

    tell(merchant)

    assert told() == set()


def test_the_same_fact_is_told_once_and_another_one_again(merchant, members):
    for key in ("1", "1", "2"):
        tell(merchant, key=key)

    assert Notification.objects.filter(to=members[Role.MARKETER]).count() == 2


def test_nothing_is_told_that_did_not_come_about(merchant, members):
    with transaction.atomic():
        tell(merchant)
        transaction.set_rollback(True)

    assert told() == set()


@pytest.mark.parametrize(
    ("ways", "expected"),
    [((True, True), [(True, True)]), ((False, True), [(False, True)]), ((False, False), [])],
)
def test_everybody_is_told_the_way_they_chose(merchant, members, ways, expected):
    marketer = members[Role.MARKETER]
    notify.choose(user=marketer, ways={Kind.FINISHED: ways}, at=NOON)

    tell(merchant)

    rows = Notification.objects.filter(to=marketer)
    assert list(rows.values_list("in_portal", "by_email")) == expected
    assert [row.due_at is not None for row in rows] == [email for _, email in expected]


def test_a_choice_leaves_an_audit_row(members):
    notify.choose(user=members[Role.VIEWER], ways={Kind.FINISHED: (True, False)}, at=NOON)

    entry = AuditEntry.objects.get(action="notifications chosen")
    assert entry.facts == {"after": {"finished": {"portal": True, "e-mail": False}}}


def test_telling_a_hundred_people_takes_as_many_queries_as_telling_one(merchant, django_assert_num_queries):
    MembershipFactory.create_batch(20, merchant=merchant)

    with django_assert_num_queries(3):  # who, how, rows
        tell(merchant)
