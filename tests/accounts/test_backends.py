"""What operators may do in the admin comes from the table; nothing else gives a user a permission."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.urls import reverse

from accounts.models import User
from tests.support.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_an_operator_reads_rows_and_changes_memberships_and_no_accounts():
    operator = UserFactory(is_staff=True)

    assert operator.has_perm("issuance.view_batch")
    assert operator.has_module_perms("issuance")
    assert operator.has_perm("accounts.change_membership")
    assert not operator.has_perm("accounts.change_user")
    assert not operator.has_perm("issuance.change_batch")


def test_second_factors_and_sessions_are_not_an_operators_to_read():
    operator = UserFactory(is_staff=True)

    assert not [app for app in ("mfa", "account", "sessions", "auth") if operator.has_module_perms(app)]


def test_groups_and_single_permissions_give_nothing():
    operator, member = UserFactory(is_staff=True), MembershipFactory().user
    group = Group.objects.create(name="Deputies")
    group.permissions.set(Permission.objects.all())
    operator.groups.add(group)
    member.user_permissions.set(Permission.objects.all())

    assert not User.objects.get(pk=operator.pk).has_perm("accounts.change_user")
    assert not User.objects.get(pk=member.pk).has_perm("issuance.view_batch")


def test_an_operator_cannot_make_anybody_a_superuser(client):
    operator = UserFactory(is_staff=True)
    client.force_login(operator)
    address = reverse("admin:accounts_user_change", args=[operator.pk])

    assert client.get(address).status_code == 200
    assert client.post(address, {"email": operator.email, "is_staff": "on", "is_superuser": "on"}).status_code == 403

    operator.refresh_from_db()
    assert not operator.is_superuser
