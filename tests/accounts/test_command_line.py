"""Commands act in the name of users who are there and may act."""

import pytest
from django.core.management.base import CommandError

from accounts.command_line import BAD_USAGE, user_by_email
from tests.support.factories import UserFactory

pytestmark = pytest.mark.django_db


def test_a_user_is_found_in_any_case_and_none_is_the_command_line():
    user = UserFactory(email="bo@partner.example")

    assert user_by_email("Bo@Partner.Example") == user
    assert user_by_email(None) is None


def test_nothing_is_done_in_the_name_of_a_user_who_was_switched_off():
    user = UserFactory(is_active=False)

    with pytest.raises(CommandError, match="switched off") as refusal:
        user_by_email(user.email)

    assert refusal.value.returncode == BAD_USAGE
