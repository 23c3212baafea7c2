"""manage.py offboard_merchant: export a merchant's guests, erase them, and prove it."""

import os
from json import dumps
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import audit
from accounts.command_line import BAD_USAGE, REFUSED, user_by_email
from accounts.models import User
from campaigns.models import Merchant
from engine.clock import now
from thanx_portal.offboarding.archive import write_archive
from thanx_portal.offboarding.leaving import StillAtWork, erase_merchant, left_at


class Command(BaseCommand):
    help = (
        "Off-board a merchant: --export writes everything about its guests into a ZIP file, --erase stops its sending"
        " and erases everything about its guests. Prints what is left: the proof."
    )
    requires_system_checks = ["settings"]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("handle", help="handle of the merchant")
        parser.add_argument("--export", metavar="FILE", type=Path, help="new ZIP file; only its owner can read it")
        parser.add_argument("--erase", metavar="HANDLE", help="erase; repeat the handle, for it cannot be undone")
        parser.add_argument("--by", metavar="EMAIL", help="the user who asks for it")
        parser.add_argument("--json", action="store_true", help="print one JSON document on stdout")

    def handle(self, *, handle: str, **options: Any) -> None:
        merchant = Merchant.objects.filter(handle=handle).first()
        if merchant is None:
            raise CommandError(f"There is no merchant {handle}.", returncode=BAD_USAGE)
        if options["erase"] not in (None, handle):
            raise CommandError("--erase must repeat the handle. Nothing was erased.", returncode=BAD_USAGE)
        by = user_by_email(options["by"])
        told: dict[str, Any] = {"merchant": handle}
        if options["export"]:
            told["exported"] = self._export(merchant, options["export"], by=by)
        if options["erase"]:
            told["rows"] = self._erase(merchant, by=by)
        told["left"] = left_at(merchant)
        self._say(told, as_json=options["json"])
        if options["erase"] and told["left"]:
            raise CommandError("Something is left. Run it again.", returncode=REFUSED)

    def _export(self, merchant: Merchant, path: Path, *, by: User | None) -> int:
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}.", returncode=BAD_USAGE) from None
        with os.fdopen(descriptor, "wb") as file:
            guests = write_archive(file, merchant=merchant, at=now())
        audit.record(action="merchant exported", on=merchant, by=by, at=now(), merchant_id=merchant.pk, guests=guests)
        return guests

    def _erase(self, merchant: Merchant, *, by: User | None) -> dict[str, int]:
        try:
            return dict(erase_merchant(merchant=merchant, by=by, at=now()).rows)
        except StillAtWork as refusal:
            raise CommandError(f"Still at work: {refusal}. Nothing was erased.", returncode=REFUSED) from None

    def _say(self, told: dict[str, Any], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(dumps(told))
            return
        if "exported" in told:
            self.stdout.write(f"{told['exported']:,} guests exported.")
        if "rows" in told:
            self.stdout.write(f"{sum(told['rows'].values()):,} rows erased.")
        left = [f"{table}: {count:,}" for table, count in told["left"].items()]
        self.stdout.write(f"Left: {'; '.join(left)}." if left else "Nothing is left of its guests.")
