import pytest
from allauth.account.models import EmailAddress

from accounts.memberships import UnableToAddMember, add_member, remove_member, set_role
from accounts.models import AuditEntry, Membership, Role, User
from tests.support.factories import NOON, PASSWORD, MembershipFactory, MerchantFactory, UserFactory

pytestmark = pytest.mark.django_db

NEW = "Ana@Partner.example"


@pytest.fixture(autouse=True)
def merchant():
    return MerchantFactory(handle="tacos")


def add(*, email=NEW, handle="tacos", role=Role.MARKETER, password=PASSWORD):
    return add_member(email=email, handle=handle, role=role, by=None, at=NOON, password=password)


def test_a_new_user_gets_an_account_and_a_role():
    add()

    user = User.objects.get()
    assert user.email == "ana@partner.example"
    assert user.check_password(PASSWORD)
    assert user.memberships.get().role == Role.MARKETER
    assert not user.is_staff


def test_a_user_keeps_account_and_password_however_the_address_is_spelled():
    user = UserFactory(email="ana@partner.example")

    membership = add(email="ANA@partner.example", password=None)

    user.refresh_from_db()
    assert membership.user == user
    assert user.check_password(PASSWORD)


def test_a_given_password_replaces_the_old_one():
    user = UserFactory(email="ana@partner.example")

    add(password="another long password")

    user.refresh_from_db()
    assert user.check_password("another long password")


def test_an_account_with_an_unproven_address_gets_no_role():
    EmailAddress.objects.filter(user=UserFactory(email="ana@partner.example")).update(verified=False)

    with pytest.raises(UnableToAddMember) as refusal:
        add()

    assert refusal.value.code == "address_not_proven"
    assert not Membership.objects.exists()


def test_replacing_a_password_leaves_an_audit_entry(merchant):
    user = MembershipFactory(merchant=merchant, role=Role.MARKETER, user__email="ana@partner.example").user

    add(password="another long password")

    entry = AuditEntry.objects.get()
    assert (entry.action, entry.object_id, entry.facts) == ("password_set", str(user.pk), {})


def test_a_role_without_a_password_leaves_no_entry_about_the_account():
    UserFactory(email="ana@partner.example")

    add(password=None)

    assert [entry.action for entry in AuditEntry.objects.all()] == ["role_given"]


def test_a_second_role_at_the_same_merchant_replaces_the_first():
    add(role=Role.MANAGER)

    add(role=Role.VIEWER, password=None)

    assert Membership.objects.get().role == Role.VIEWER


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"handle": "nowhere"}, "unknown_merchant"),
        ({"password": "tacos"}, "weak_password"),
        ({"password": ""}, "weak_password"),
        ({"password": None}, "password_needed"),
    ],
)
def test_a_refusal_changes_nothing(changed, code):
    with pytest.raises(UnableToAddMember) as refusal:
        add(**changed)

    assert refusal.value.code == code
    assert not User.objects.exists()
    assert not AuditEntry.objects.exists()


def test_adding_leaves_audit_entries_without_the_password(merchant):
    membership = add()

    given, created = AuditEntry.objects.order_by("pk")
    assert (given.action, given.merchant, given.object_id) == ("role_given", merchant, str(membership.pk))
    assert given.facts == {"member": membership.user_id, "before": None, "after": "Marketer"}
    assert created.action == "account_created"
    assert created.facts == {}


def test_giving_the_same_role_again_leaves_no_trace(merchant):
    membership = MembershipFactory(merchant=merchant, role=Role.VIEWER)

    set_role(user=membership.user, merchant=merchant, role=Role.VIEWER, by=None, at=NOON)

    assert not AuditEntry.objects.exists()


def test_removing_takes_the_role_and_leaves_the_account(merchant):
    membership = MembershipFactory(merchant=merchant)
    boss = UserFactory()

    remove_member(membership=membership, by=boss, at=NOON)

    assert not Membership.objects.exists()
    assert User.objects.count() == 2
    assert AuditEntry.objects.get().by == boss
