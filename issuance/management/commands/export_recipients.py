"""Write the recipients of an issuance as CSV to stdout."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from accounts import exports
from issuance.files.recipients_file import recipients_csv
from issuance.management.output import issuance_by_id, write_file
from issuance.models import Batch, Recipient


class Command(BaseCommand):
    help = (
        "Write the recipients of an issuance to stdout: a CSV file with line, identifier, arm, and what became of it."
    )
    requires_system_checks = ["settings"]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("issuance", type=int, metavar="ID")

    def handle(self, *, issuance: int, **_: Any) -> None:
        found = issuance_by_id(issuance)
        batches = Batch.objects.kept().filter(issuance=found)
        guests, name = Recipient.objects.filter(batch__in=batches).count(), f"recipients-{found.pk}.csv"
        exports.record(file=name, on=found, guests=guests, by=None, merchant_id=found.merchant_id, at=timezone.now())
        write_file(recipients_csv(found), out=self.stdout)
