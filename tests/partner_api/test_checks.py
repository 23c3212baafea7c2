"""Settings that would be found wrong only when it is too late are refused at the start."""

import pytest

from partner_api.checks import webhook_secrets_are_secret


@pytest.mark.parametrize("secrets", [["a"], ["x" * 15], ["a good secret of Thanx", "short"]])
def test_a_secret_that_can_be_guessed_is_refused(settings, secrets):
    settings.THANX_WEBHOOK_SECRETS = secrets

    assert [problem.id for problem in webhook_secrets_are_secret()] == ["partner_api.E005"]


@pytest.mark.parametrize("secrets", [[], ["x" * 16], ["a good secret of Thanx", "another good one"]])
def test_good_ones_and_none_at_all_are_accepted(settings, secrets):
    settings.THANX_WEBHOOK_SECRETS = secrets

    assert webhook_secrets_are_secret() == []
