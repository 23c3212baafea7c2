"""manage.py sync_catalog: read the catalog at Thanx now."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.command_line import BAD_USAGE, REFUSED
from campaigns.catalog import refresh
from campaigns.catalog.credential import (
    credential_is_settled,
    current_credential,
    make_credential_due,
    may_ask,
    refresh_credential,
)
from campaigns.catalog.problems import explained
from campaigns.catalog.readings import are_settled
from campaigns.management import wait_or_work
from campaigns.models import Location, Merchant, RewardTemplate

STEPS = (refresh_credential, refresh.refresh_one_merchant)


class Command(BaseCommand):
    help = "Read scopes, merchants, locations, reward templates and campaigns at Thanx now, and wait for it."
    requires_system_checks = ["settings"]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--merchant", metavar="HANDLE", help="this one only")
        parser.add_argument("--timeout", type=float, default=wait_or_work.USUAL_SECONDS, metavar="SECONDS")
        parser.add_argument("--json", action="store_true", help="print one JSON document on standard output")

    def handle(self, *, merchant: str | None, json: bool, timeout: float, **_: Any) -> None:
        if not make_credential_due(at=timezone.now()).is_asked:
            self.stderr.write("Thanx has answered less than a minute ago; what it told then is not asked for again.")
        in_time = wait_or_work.until(credential_is_settled, steps=STEPS, stderr=self.stderr, seconds=timeout)
        if merchant and not Merchant.objects.filter(handle=merchant).exists():
            raise CommandError(f"There is no merchant {merchant!r}.", returncode=BAD_USAGE)
        rows = Merchant.objects.filter(vanished_at=None, **({"handle": merchant} if merchant else {}))
        if in_time and may_ask():
            refresh.make_due(rows, at=timezone.now())
            in_time = wait_or_work.until(lambda: _is_read(rows), steps=STEPS, stderr=self.stderr, seconds=timeout)
        self._print(rows, as_json=json)
        self._judge(rows, in_time=in_time)

    def _print(self, rows: Any, *, as_json: bool) -> None:
        credential = current_credential()
        counts = {
            "merchants": rows.count(),
            "reward_templates": RewardTemplate.objects.filter(merchant__in=rows).published().count(),
            "locations": Location.objects.filter(merchant__in=rows, vanished_at=None).count(),
            "scopes": credential.scopes if credential else [],
        }
        line = ", ".join(f"{name.replace('_', ' ')}: {value}" for name, value in counts.items())
        self.stdout.write(json.dumps(counts) if as_json else line)

    def _judge(self, rows: Any, *, in_time: bool) -> None:
        credential = current_credential()
        codes = {credential.problem if credential else "", *rows.values_list("problem", flat=True)}
        problems = [found for found in map(explained, sorted(codes)) if found is not None]
        for problem in problems:
            self.stderr.write(problem.advice)
        if not in_time:
            raise CommandError("Not everything was read in time; workers go on with it.", returncode=REFUSED)
        if problems:
            raise CommandError("The catalog is not complete.", returncode=REFUSED)


def _is_read(rows: Any) -> bool:
    # A credential that Thanx has refused by now keeps its merchants waiting. To wait with them makes no sense.
    return are_settled(rows, at=timezone.now()) or not may_ask()
