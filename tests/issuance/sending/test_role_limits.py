"""The limits of a role, exactly at the limit and one beyond it."""

from decimal import Decimal

import pytest

from accounts.models import Role
from issuance.sending.role_limits import Limit, Size, is_typed

LIMIT = Limit(rewards=10, value=100)


@pytest.mark.parametrize(
    ("rewards", "at_most", "allowed"), [(10, "100", True), (11, "100", False), (10, "100.01", False)]
)
def test_a_role_may_issue_up_to_its_limit_and_not_one_reward_or_cent_more(rewards, at_most, allowed):
    assert LIMIT.allows(Size(rewards=rewards, at_most=Decimal(at_most))) is allowed


@pytest.mark.parametrize(("rewards", "typed"), [(100, False), (101, True)])
def test_the_number_is_typed_from_one_above_the_limit(settings, rewards, typed):
    settings.CONFIRM_TYPED_ABOVE = {"marketer": 100}

    assert is_typed(Role.MARKETER, Size(rewards=rewards, at_most=Decimal(0))) is typed
