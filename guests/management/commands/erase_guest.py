"""manage.py erase_guest: erase one guest at a merchant, and print the receipt."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts.command_line import user_by_email
from engine.clock import now
from guests.erasure.erasing import ask_to_erase, erase_one_guest
from guests.management.guest_command import add_merchant, merchant_and_guest
from guests.models import GuestErasure


class Command(BaseCommand):
    help = (
        "Erase one guest at a merchant: identifiers, fingerprints, lines, files, feedback, subscriptions, webhooks."
        " The guest's identifiers come from standard input, one a line. What something needs is kept, erased by a"
        " worker later, and named in the receipt."
    )
    requires_system_checks = ["settings"]

    def add_arguments(self, parser: CommandParser) -> None:
        add_merchant(parser)
        parser.add_argument("--exclusions-too", action="store_true", help="take the guest off exclusion lists, too")
        parser.add_argument("--by", metavar="EMAIL", help="the user who asks for it")
        parser.add_argument("--json", action="store_true", help="print one JSON document on stdout")

    def handle(self, **options: Any) -> None:
        merchant, guest = merchant_and_guest(options["merchant"])
        by = user_by_email(options["by"])
        asked = ask_to_erase(merchant=merchant, typed=guest, exclusions_too=options["exclusions_too"], by=by, at=now())
        while GuestErasure.objects.filter(pk=asked.pk, tried_at=None).exists() and erase_one_guest():
            pass
        asked.refresh_from_db()
        receipt = {"receipt": asked.pk, "done": asked.done_at is not None, "rows": asked.rows, "kept": asked.kept}
        if options["json"]:
            self.stdout.write(json.dumps(receipt))
        else:
            self._say(asked)

    def _say(self, asked: GuestErasure) -> None:
        self.stdout.write(f"Receipt {asked.pk}: {sum(asked.rows.values()):,} rows erased.")
        for kept in asked.kept:
            until = f", until {kept['until'][:10]} at the latest" if kept["until"] else ""
            self.stdout.write(f"Kept: {kept['what']}, because {kept['why']}{until}.")
