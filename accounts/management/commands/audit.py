"""manage.py audit: whether the audit trail is as it was written."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.command_line import BAD_USAGE, REFUSED
from accounts.models import AuditEntry
from vault import chain


class Command(BaseCommand):
    help = "Check that no row of the audit trail was edited, deleted or added, also by SQL; name the first that was."
    requires_system_checks = ["settings"]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("act", choices=["verify"])
        known = "a link that was noted down before, as the last line says it; may be repeated"
        parser.add_argument("--known", action="append", default=[], metavar="NUMBER:DIGEST", help=known)
        parser.add_argument("--json", dest="as_json", action="store_true", help="print one JSON document")

    def handle(self, *, known: list[str], as_json: bool, **_: Any) -> None:
        found = chain.verify(AuditEntry, known=dict(map(_link, known)))
        if as_json:
            self._print(found)
        elif found.broken is None:
            self.stdout.write(f"All {found.links:,} entries are as they were written.")
            self.stdout.write(f"The last link is {found.links}:{found.digest}")
        if found.broken is not None:
            raise CommandError(f"The audit trail is broken {words(found.broken)}", returncode=REFUSED)

    def _print(self, found: chain.Verification) -> None:
        broken = found.broken and {"link": found.broken.number, "entry": found.broken.key, "why": found.broken.why}
        document = {"links": found.links, "digest": found.digest, "intact": found.broken is None, "broken": broken}
        self.stdout.write(json.dumps(document))


def words(broken: chain.Break) -> str:
    """Return where a chain is broken, and why."""
    where = "at its end" if broken.number is None else f"at link {broken.number}"
    row = f" (entry {broken.key})" if broken.key is not None else ""
    return f"{where}{row}: {broken.why}."


def _link(words: str) -> tuple[int, str]:
    number, _, digest = words.partition(":")
    if not number.isdecimal() or not digest:
        raise CommandError(f"{words} is not a number, a colon and a digest.", returncode=BAD_USAGE)
    return int(number), digest
