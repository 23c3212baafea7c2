"""manage.py sync_catalog: read the catalog at Thanx now."""

import json
from collections.abc import Sequence
from datetime import datetime
from functools import partial
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
from campaigns.catalog.problems import CatalogProblem, explained
from campaigns.catalog.readings import READ_AGAIN, are_settled
from campaigns.management import wait_or_work
from campaigns.models import Location, Merchant, RewardTemplate

STEPS = (refresh_credential, refresh.refresh_one_merchant)
LASTING = frozenset({CatalogProblem.SCOPE_MISSING, CatalogProblem.UNKNOWN_MERCHANT})


class Command(BaseCommand):
    help = "Read scopes, merchants, locations, reward templates and campaigns at Thanx now, and wait for it."
    requires_system_checks = ["settings"]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--merchant", metavar="HANDLE", help="this one only")
        parser.add_argument("--no-wait", action="store_true", help="try once; do not wait for a slot")
        parser.add_argument("--timeout", type=float, default=wait_or_work.USUAL_SECONDS, metavar="SECONDS")
        parser.add_argument("--json", action="store_true", help="print one JSON document on standard output")

    def handle(self, *, merchant: str | None, json: bool, timeout: float, no_wait: bool, **_: Any) -> None:
        since = timezone.now() - READ_AGAIN
        if not make_credential_due(at=timezone.now()).is_asked:
            self.stderr.write("Thanx has answered less than a minute ago; what it told then is not asked for again.")
        in_time = wait_or_work.until(credential_is_settled, steps=STEPS, stderr=self.stderr, seconds=timeout)
        if merchant and not Merchant.objects.filter(handle=merchant).exists():
            raise CommandError(f"There is no merchant {merchant!r}.", returncode=BAD_USAGE)
        rows = Merchant.objects.filter(vanished_at=None, **({"handle": merchant} if merchant else {}))
        if in_time and may_ask():
            refresh.make_due(rows, at=timezone.now())
            is_done = partial(_is_settled, rows) if no_wait else partial(_is_read, rows, since=since)
            wait_or_work.until(is_done, steps=STEPS, stderr=self.stderr, seconds=timeout)
        self._print(rows, as_json=json)
        self._judge(_unread(rows, since=since))

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

    def _judge(self, unread: Sequence[Merchant]) -> None:
        credential = current_credential()
        problem = explained(credential.problem if credential else "")
        if problem is not None:
            self.stderr.write(problem.advice)
        for merchant in unread:
            self.stderr.write(f"{merchant.name} ({merchant.handle}) was not read: {_why(merchant)}")
        if problem is not None or unread or credential is None:
            raise CommandError("The catalog is not complete.", returncode=REFUSED)


def _unread(rows: Any, *, since: datetime) -> list[Merchant]:
    """Return the merchants whose catalog has not been read completely since then."""
    return [merchant for merchant in rows.all() if merchant.as_of is None or merchant.as_of < since or merchant.problem]


def _why(merchant: Merchant) -> str:
    found = explained(merchant.problem)
    if found is not None:
        return found.advice
    if merchant.due_at is not None and merchant.lease_token is None:
        return f"Thanx allows no more calls now. Workers go on with it at {merchant.due_at:%H:%M:%S} UTC."
    return "a worker is still reading it."


def _is_read(rows: Any, *, since: datetime) -> bool:
    """Whether nothing is left to wait for: a lasting problem does not go away within the time of a command."""
    lasts = all(merchant.problem in LASTING for merchant in _unread(rows, since=since))
    return _is_settled(rows) and (lasts or not may_ask())


def _is_settled(rows: Any) -> bool:
    # A credential that Thanx has refused by now keeps its merchants waiting. To wait with them makes no sense.
    return are_settled(rows, at=timezone.now()) or not may_ask()
