"""Users and their roles in Django's admin: every change leaves an audit row, and a user is never deleted."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.urls import reverse

from accounts import admin_acts
from accounts.models import AuditEntry, Membership, Role, User
from tests.support.factories import MembershipFactory, MerchantFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client):
    user = UserFactory(is_staff=True, is_superuser=True)
    client.force_login(user)
    return user


def recorded() -> list[tuple[str, User | None, str]]:
    return [(entry.action, entry.by, entry.object_id) for entry in AuditEntry.objects.order_by("pk")]


def test_a_changed_account_leaves_an_audit_row_that_names_what_was_changed(client, staff):
    user = UserFactory(email="bo@partner.example")

    client.post(reverse("admin:accounts_user_change", args=[user.pk]), {"email": user.email, "is_staff": "on"})

    user.refresh_from_db()
    assert (user.is_staff, user.is_active) == (True, False)
    assert recorded() == [("changed in the admin", staff, str(user.pk))]
    facts = AuditEntry.objects.get().facts
    assert facts["before"] == {"is_staff": False, "is_active": True}
    assert facts["after"] == {"is_staff": True, "is_active": False}


def test_a_superuser_s_rights_leave_an_audit_row(client, staff):
    user = UserFactory(email="bo@partner.example")
    typed = {"email": user.email, "is_staff": "on", "is_active": "on", "is_superuser": "on"}

    client.post(reverse("admin:accounts_user_change", args=[user.pk]), typed)

    assert AuditEntry.objects.get().facts["after"] == {"is_superuser": True, "is_staff": True}


def test_related_rows_leave_an_audit_row(staff):
    user, group = UserFactory(), Group.objects.create(name="Night shift")

    with admin_acts.watched():
        admin_acts.record_from_here(staff)
        user.groups.add(group)

    entry = AuditEntry.objects.get()
    assert (entry.action, entry.object_id) == ("groups given in the admin", str(user.pk))
    assert entry.facts == {"given": ["Night shift"]}


def test_secrets_leave_an_audit_row_without_them(staff):
    user = UserFactory()
    factor = Authenticator.objects.create(user=user, type="totp", data={"secret": "SEED"})

    with admin_acts.watched():
        admin_acts.record_from_here(staff)
        user.set_password("another-long-one-7")
        user.save()

    entry = AuditEntry.objects.get()
    assert entry.facts == {"before": {"password": "a secret"}, "after": {"password": "a secret"}}
    assert admin_acts.as_recorded({"data": factor.data, "type": "totp"}) == {"data": "a secret", "type": "totp"}


def test_what_is_saved_outside_of_the_admin_leaves_no_row_of_it(staff):
    user = UserFactory()
    user.is_superuser = True
    user.save()

    assert not AuditEntry.objects.exists()


def test_a_user_is_never_deleted(client, staff):
    user = UserFactory()
    user.emailaddress_set.all().delete()  # no row of another table, which the admin keeps, stands in the way

    one = client.post(reverse("admin:accounts_user_delete", args=[user.pk]), {"post": "yes"})
    client.post(
        reverse("admin:accounts_user_changelist"),
        {"action": "delete_selected", "_selected_action": [user.pk], "post": "yes"},
    )

    assert one.status_code == 403
    assert User.objects.filter(pk=user.pk).exists()


def test_a_given_role_leaves_an_audit_row(client, staff):
    user, merchant = UserFactory(), MerchantFactory()

    typed = {"user": user.pk, "merchant": merchant.pk, "role": Role.APPROVER.value}
    client.post(reverse("admin:accounts_membership_add"), typed)

    membership = Membership.objects.get()
    assert (membership.user, membership.merchant, membership.role) == (user, merchant, Role.APPROVER)
    assert recorded() == [("role_given", staff, str(membership.pk))]


def test_a_user_with_an_unproven_address_gets_no_role(client, staff):
    user = UserFactory()
    EmailAddress.objects.filter(user=user).update(verified=False)

    typed = {"user": user.pk, "merchant": MerchantFactory().pk, "role": Role.MANAGER.value}
    page = client.post(reverse("admin:accounts_membership_add"), typed)

    assert "has not shown yet" in page.content.decode()
    assert not Membership.objects.exists()


def test_a_changed_role_leaves_an_audit_row_with_both_roles(client, staff):
    membership = MembershipFactory(role=Role.VIEWER)

    address = reverse("admin:accounts_membership_change", args=[membership.pk])
    client.post(address, {"role": Role.MANAGER.value})

    membership.refresh_from_db()
    assert membership.role == Role.MANAGER
    assert recorded() == [("role_given", staff, str(membership.pk))]
    facts = AuditEntry.objects.get().facts
    assert (facts["before"], facts["after"]) == ("Viewer", "Manager")


def test_a_role_that_is_taken_away_leaves_an_audit_row(client, staff):
    membership = MembershipFactory()

    client.post(reverse("admin:accounts_membership_delete", args=[membership.pk]), {"post": "yes"})

    assert not Membership.objects.exists()
    assert recorded() == [("member_removed", staff, str(membership.pk))]


def test_roles_that_are_taken_away_together_leave_a_row_each(client, staff):
    memberships = [MembershipFactory(), MembershipFactory()]
    numbers = [membership.pk for membership in memberships]

    client.post(
        reverse("admin:accounts_membership_changelist"),
        {"action": "delete_selected", "_selected_action": numbers, "post": "yes"},
    )

    assert not Membership.objects.exists()
    assert sorted(recorded(), key=str) == sorted((("member_removed", staff, str(pk)) for pk in numbers), key=str)
