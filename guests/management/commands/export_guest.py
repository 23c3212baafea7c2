"""manage.py export_guest: print everything that the portal knows of one guest at a merchant."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts import audit
from accounts.command_line import user_by_email
from engine.clock import now
from guests.erasure.guest_file import guest_file
from guests.management.guest_command import add_merchant, merchant_and_guest


class Command(BaseCommand):
    help = (
        "Print one JSON document with everything that the portal knows of one guest at a merchant. The guest's"
        " identifiers come from standard input, one a line."
    )
    requires_system_checks = ["settings"]

    def add_arguments(self, parser: CommandParser) -> None:
        add_merchant(parser)
        parser.add_argument("--by", metavar="EMAIL", help="the user who asks for it")

    def handle(self, **options: Any) -> None:
        merchant, guest = merchant_and_guest(options["merchant"])
        by = user_by_email(options["by"])
        audit.record(action="guest exported", on=merchant, by=by, at=now(), merchant_id=merchant.pk, guests=1)
        self.stdout.write(
            json.dumps(guest_file(merchant=merchant, typed=guest, at=now()), ensure_ascii=False, indent=2)
        )
