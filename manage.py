#!/usr/bin/env python
"""Django's command line for the portal."""

import gc
import os
import sys


def main() -> None:
    gc.set_threshold(20_000, 20, 20)  # imports make many objects and no garbage: a twelfth of the time of a start
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "thanx_portal.settings")
    from django.core.management import execute_from_command_line  # noqa: PLC0415 (settings come first)

    from engine import correlation  # noqa: PLC0415

    with correlation.bound(correlation.given_or_new()):
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
