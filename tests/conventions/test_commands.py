"""What every command of manage.py has in common."""

import pytest
from django.core.checks.registry import registry
from django.core.management import get_commands, load_command_class

from tests.conventions.sources import PACKAGES

OF_A_WHOLE_INSTALLATION = {"demo"}
"""It checks the settings of its own processes, not those around it."""


def ours():
    return sorted(
        name for name, app in get_commands().items() if app in PACKAGES and name not in OF_A_WHOLE_INSTALLATION
    )


@pytest.mark.parametrize("name", ours())
def test_a_command_checks_the_settings_and_loads_no_page_for_it(name):
    assert load_command_class(get_commands()[name], name).requires_system_checks == ["settings"]


def test_every_check_of_ours_is_one_of_the_settings():
    own = [check for check in registry.registered_checks if check.__module__.partition(".")[0] in PACKAGES]

    assert len(own) >= 8
    assert [check.__name__ for check in own if "settings" not in check.tags] == []
