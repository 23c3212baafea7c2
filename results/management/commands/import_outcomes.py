"""Join files of what guests did with the guests of a merchant's campaigns."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.command_line import BAD_USAGE, REFUSED, user_by_email
from campaigns.models import Merchant
from results.intake.importing import document_of, import_files, rejects_of
from results.outcome_files.disk_files import on_disk
from results.outcome_files.outcome_lines import OpenedFile, OutcomesRefused, opened


class Command(BaseCommand):
    help = "Join what guests did with the guests of a merchant's campaigns: memberships, purchases, rewards, programs."
    requires_system_checks = ["settings"]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", type=Path, nargs="+", metavar="FILE")
        parser.add_argument("--merchant", required=True, metavar="HANDLE")
        parser.add_argument("--rejected", type=Path, metavar="FILE", help="write the lines that were left out here")
        parser.add_argument("--by", metavar="EMAIL", help="the user who is responsible for it")
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout")

    def handle(self, *, files: list[Path], merchant: str, rejected: Path | None, **options: Any) -> None:
        found = Merchant.objects.filter(handle=merchant).first()
        if found is None:
            raise CommandError(f"There is no merchant {merchant}.", returncode=BAD_USAGE)
        by = user_by_email(options["by"])
        try:
            some = [self._opened(path, found) for path in files]
            kept = import_files(some, merchant=found, by=by, at=timezone.now())
        except OutcomesRefused as refusal:
            raise CommandError(f"{refusal} Nothing was kept.", returncode=REFUSED) from None
        told = document_of(kept)
        if options["json"]:
            self.stdout.write(json.dumps(told))
        for each in told["files"]:
            out = self.stderr if options["json"] else self.stdout
            out.write(
                f"{each['file']}: {each['rows']:,} lines, {each['matched']:,} of guests of a campaign,"
                f" {each['unmatched']:,} of others, {each['rejected']:,} left out"
            )
        if rejected is not None:
            rejected.write_bytes(rejects_of(kept))

    def _opened(self, path: Path, merchant: Merchant) -> OpenedFile:
        try:
            return opened(on_disk(path), name=path.name, country=merchant.country)
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.", returncode=BAD_USAGE) from None
