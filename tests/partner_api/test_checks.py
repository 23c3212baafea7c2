"""Settings that would be found wrong only when it is too late are refused at the start."""

import json
import os
import subprocess
import sys

import pytest

from partner_api.checks import webhook_secrets_are_secret

NAMES = ("THANX_WEBHOOK_SECRETS", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS")
PRINT = "import json; from django.conf import settings; print(json.dumps([getattr(settings, n) for n in {names}]))"


@pytest.mark.parametrize("secrets", [["a"], ["x" * 15], ["a good secret of Thanx", "short"]])
def test_a_secret_that_can_be_guessed_is_refused(settings, secrets):
    settings.THANX_WEBHOOK_SECRETS = secrets

    assert [problem.id for problem in webhook_secrets_are_secret()] == ["partner_api.E005"]


@pytest.mark.parametrize("secrets", [[], ["x" * 16], ["a good secret of Thanx", "another good one"]])
def test_good_ones_and_none_at_all_are_accepted(settings, secrets):
    settings.THANX_WEBHOOK_SECRETS = secrets

    assert webhook_secrets_are_secret() == []


def test_spaces_around_the_values_of_a_list_mean_nothing(tmp_path):
    lists = dict.fromkeys(NAMES, " https://one , https://two, ,")
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "thanx_portal.settings", "VAR_DIR": str(tmp_path), **lists}

    found = subprocess.run(
        [sys.executable, "-c", PRINT.format(names=NAMES)], env=environment, capture_output=True, text=True, check=True
    )

    assert json.loads(found.stdout) == [["https://one", "https://two"]] * len(NAMES)
