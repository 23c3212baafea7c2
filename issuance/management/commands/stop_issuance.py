"""Stop an issuance."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.command_line import REFUSED, user_by_email
from issuance.management.output import issuance_by_id, show
from issuance.sending import stopping
from ui.wording import counted


class Command(BaseCommand):
    help = "Stop an issuance for good: jobs that were not sent stay unsent. Jobs at Thanx run on."
    requires_system_checks = ["settings"]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("issuance", type=int, metavar="ID")
        parser.add_argument("--by", metavar="EMAIL", help="the user who is responsible for it")
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout")

    def handle(self, *, issuance: int, by: str | None, json: bool, **_: Any) -> None:
        found = issuance_by_id(issuance)
        try:
            stopped = stopping.stop(issuance=found, by=user_by_email(by), at=timezone.now())
        except stopping.NothingToChange:
            show(found, out=self.stdout, as_json=json)
            raise CommandError("There is nothing that could be stopped.", returncode=REFUSED) from None
        show(found, out=self.stdout, as_json=json)
        unsent = f"{counted(stopped.jobs, 'job')} with {counted(stopped.guests, 'guest')}"
        self.stderr.write(f"{unsent} stay unsent; {stopped.gone:,} had gone.")
