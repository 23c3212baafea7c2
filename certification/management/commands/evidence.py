"""manage.py evidence: write the evidence of a period as files."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.command_line import REFUSED
from certification import evidence


class Command(BaseCommand):
    help = "Write the evidence for certification: a report, the same as JSON, the calls as CSV, and their digests."
    requires_system_checks = ["settings"]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--out", type=Path, required=True, metavar="DIR", help="folder in which a new folder is made"
        )
        parser.add_argument("--hours", type=float, default=7 * 24, help="how far back (default: 7 days)")

    def handle(self, *, out: Path, hours: float, **_: Any) -> None:
        now = timezone.now()
        try:
            found = evidence.bundle(since=now - timedelta(hours=hours), until=now)
            place = evidence.write_files(found, folder=out)
        except (evidence.Leaking, OSError) as refusal:
            raise CommandError(str(refusal), returncode=REFUSED) from None
        self.stdout.write(str(place))
