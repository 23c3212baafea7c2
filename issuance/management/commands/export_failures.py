"""Write the failures of an issuance as CSV to stdout."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from accounts import exports
from issuance.files import guest_files
from issuance.management.output import issuance_by_id, write_file
from issuance.models import Failure


class Command(BaseCommand):
    help = "Write the failures of an issuance to stdout: a CSV file with the original columns, the reason, what to do."
    requires_system_checks = ["settings"]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("issuance", type=int, metavar="ID")

    def handle(self, *, issuance: int, **_: Any) -> None:
        found = issuance_by_id(issuance)
        guests, at = Failure.objects.filter(batch__issuance=found).count(), timezone.now()
        exports.record(
            file=f"failures-{found.pk}.csv", on=found, guests=guests, by=None, merchant_id=found.merchant_id, at=at
        )
        write_file(guest_files.failures_csv(found), out=self.stdout)
