"""Print the result of a campaign."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.command_line import BAD_USAGE
from campaigns.models import Campaign
from results.counting.counting_step import result_of
from results.counting.documents import documented


class Command(BaseCommand):
    help = "Print what the rewards of a campaign changed: the verdict, the checks before it, and the figures by group."
    requires_system_checks = ["settings"]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("campaign", type=int, metavar="CAMPAIGN", help="the portal's id of the campaign")
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout")

    def handle(self, *, campaign: int, **options: Any) -> None:
        found = Campaign.objects.kept().filter(pk=campaign).first()
        if found is None:
            raise CommandError(f"There is no campaign {campaign}.", returncode=BAD_USAGE)
        document = result_of(found, at=timezone.now())
        if options["json"]:
            self.stdout.write(json.dumps(documented(document)))
            return
        self.stdout.write(f"{document['verdict'] or document['state']}: {document['sentence']}")
        for check in document["health"]:
            self.stdout.write(f"{check['state']:6} {document['sentences'][check['check']]}")
        for arm in document["arms"]:
            self.stdout.write(f"{arm['name']}: {arm['assigned']} assigned, {arm['visited']} visited")
