"""The users that a fact concerns are notified of it once, as they have chosen; others are not."""

import pytest
from django.db import transaction

from accounts.models import AuditEntry, Role
from notifications import notify
from notifications.kinds import NotificationKind
from notifications.models import Notification
from tests.support.factories import NOON, MembershipFactory, MerchantFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def merchant():
    return MerchantFactory()


@pytest.fixture
def members(merchant):
    return {role: MembershipFactory(merchant=merchant, role=role).user for role in Role}


def notify_of(merchant=None, *, kind=NotificationKind.FINISHED, key="1", **fields):
    merchant_id = merchant.pk if merchant else None
    notify.notify_users(
        kind=kind, key=key, title="It has ended", text="", path="/x/", at=NOON, merchant_id=merchant_id, **fields
    )


def notified():
    return set(Notification.objects.values_list("to", flat=True))


def test_members_are_notified_by_their_role(merchant, members):
    notify_of(merchant)

    assert notified() == {members[role].pk for role in (Role.MARKETER, Role.APPROVER, Role.MANAGER)}


def test_approvers_are_notified_but_not_the_user_who_asks_for_the_approval(merchant, members):
    notify_of(merchant, kind=NotificationKind.APPROVAL, excluding=members[Role.MANAGER])

    assert notified() == {members[Role.APPROVER].pk}


def test_the_credential_concerns_staff_alone(merchant, members):
    operator = UserFactory(is_staff=True)

    notify_of(kind=NotificationKind.CREDENTIAL)

    assert notified() == {operator.pk}


def test_members_of_other_merchants_and_inactive_users_are_not_notified(merchant):
    MembershipFactory(role=Role.MANAGER)
    MembershipFactory(merchant=merchant, user=UserFactory(is_active=False))

    notify_of(merchant)

    assert notified() == set()


def test_users_are_notified_once_of_each_fact(merchant, members):
    for key in ("1", "1", "2"):
        notify_of(merchant, key=key)

    assert Notification.objects.filter(to=members[Role.MARKETER]).count() == 2


def test_a_fact_that_is_rolled_back_notifies_no_user(merchant, members):
    with transaction.atomic():
        notify_of(merchant)
        transaction.set_rollback(True)

    assert notified() == set()


@pytest.mark.parametrize(
    ("ways", "expected"), [((True, True), [(True, True)]), ((False, True), [(False, True)]), ((False, False), [])]
)
def test_users_are_notified_as_they_chose(merchant, members, ways, expected):
    marketer = members[Role.MARKETER]
    notify.save_choices(user=marketer, ways={NotificationKind.FINISHED: ways}, at=NOON)

    notify_of(merchant)

    rows = Notification.objects.filter(to=marketer)
    assert list(rows.values_list("in_portal", "by_email")) == expected
    assert [row.due_at is not None for row in rows] == [email for _, email in expected]


def test_a_choice_leaves_an_audit_row(members):
    notify.save_choices(user=members[Role.VIEWER], ways={NotificationKind.FINISHED: (True, False)}, at=NOON)

    entry = AuditEntry.objects.get(action="notifications chosen")
    assert entry.facts == {"after": {"finished": {"portal": True, "email": False}}}


def test_the_number_of_queries_does_not_depend_on_the_number_of_users(merchant, django_assert_num_queries):
    MembershipFactory.create_batch(20, merchant=merchant)

    with django_assert_num_queries(3):  # who, how, rows
        notify_of(merchant)
