"""Users and their roles in Django's admin: every change leaves an audit row, and a user is never deleted."""

import pytest
from django.urls import reverse

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
    assert recorded() == [("account_changed", staff, str(user.pk))]
    assert AuditEntry.objects.get().facts == {"changed": ["is_active", "is_staff"]}


def test_a_user_is_never_deleted(client, staff):
    user = UserFactory()

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
