#!/usr/bin/env python
"""Django's command line for the portal."""

import gc
import os
import sys

WITHOUT_SETTINGS = {"demo", "check", "help", "--help", "--version"}
"""What needs no settings, or reports them itself."""


def main() -> None:
    gc.set_threshold(20_000, 20, 20)  # imports make many objects and no garbage: a twelfth of the time of a start
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "thanx_portal.settings")
    from django.core.management import execute_from_command_line  # noqa: PLC0415 (settings come first)
    from django.db import Error  # noqa: PLC0415

    from engine import correlation  # noqa: PLC0415

    if not WITHOUT_SETTINGS.intersection(sys.argv[1:]):
        refuse_wrong_settings()
    with correlation.bound(correlation.given_or_new()):
        try:
            execute_from_command_line(sys.argv)
        except Error as error:
            end_with_cause(error)


def refuse_wrong_settings() -> None:
    """End here if a setting is missing or wrong: every command, Django's own too, would fail later and less clearly."""
    import django  # noqa: PLC0415
    from django.conf import settings  # noqa: PLC0415

    if settings.PROBLEMS_OF_SETTINGS:
        django.setup()
        from thanx_portal.checks import refusal  # noqa: PLC0415 (needs the apps)

        sys.exit(refusal())


def end_with_cause(error: Exception) -> None:
    """End with the cause of an outage of the database in words. Other errors go on: they are defects."""
    from engine.outages import UNKNOWN, cause_of  # noqa: PLC0415

    cause = cause_of(error)
    if cause == UNKNOWN:
        raise error
    sys.exit(cause)


if __name__ == "__main__":
    main()
