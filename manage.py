#!/usr/bin/env python
"""Django's command line for the portal."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "thanx_portal.settings")
    from django.core.management import execute_from_command_line  # noqa: PLC0415 (settings come first)

    from engine import correlation  # noqa: PLC0415

    with correlation.bound(correlation.given_or_new()):
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
