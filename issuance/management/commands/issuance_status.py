"""Print the status of an issuance."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from issuance.management.output import issuance_by_id, show


class Command(BaseCommand):
    help = "Print the status of an issuance: its buckets, which sum to the lines of its file, and its jobs."
    requires_system_checks = ["settings"]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("issuance", type=int, metavar="ID")
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout")

    def handle(self, *, issuance: int, json: bool, **_: Any) -> None:
        show(issuance_by_id(issuance), out=self.stdout, as_json=json)
