"""Users of before may sign in afterwards: their addresses count as proven."""

from importlib import import_module

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps

from tests.support.factories import UserFactory

pytestmark = pytest.mark.django_db

migration = import_module("accounts.migrations.0005_count_addresses_as_proven")


def rows():
    return set(EmailAddress.objects.values_list("user__email", "email", "verified", "primary"))


def test_every_users_own_address_counts_as_proven_and_no_other_one():
    bare, half = UserFactory(email="bare@partner.example"), UserFactory(email="half@partner.example")
    EmailAddress.objects.all().delete()
    EmailAddress.objects.create(user=half, email=half.email)
    EmailAddress.objects.create(user=half, email="wanted@partner.example")

    migration.count_as_proven(apps, None)

    assert rows() == {(user.email, user.email, True, True) for user in (bare, half)}


def test_an_address_that_another_user_has_proven_stays_theirs():
    first, second = UserFactory(email="first@partner.example"), UserFactory(email="second@partner.example")
    EmailAddress.objects.filter(user=second).delete()
    EmailAddress.objects.filter(user=first).update(email=second.email)

    migration.count_as_proven(apps, None)

    assert not EmailAddress.objects.filter(user=second, verified=True).exists()
