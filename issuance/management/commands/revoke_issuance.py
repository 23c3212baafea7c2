"""Revoke the rewards of an issuance."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.command_line import REFUSED, user_by_email
from accounts.models import User
from issuance.followup import revocation
from issuance.jobs.problems import JobProblem
from issuance.management import waiting
from issuance.management.output import issuance_by_id, show, warn_if_no_worker_runs
from issuance.models import Issuance
from issuance.pages.revoke import revoke_page


class Command(BaseCommand):
    help = "Revoke every completed job of an issuance. Jobs are revoked whole, and it cannot be undone."
    requires_system_checks = ["settings"]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("issuance", type=int, metavar="ID")
        parser.add_argument("--reason", required=True, metavar="TEXT", help="kept in the log")
        parser.add_argument(
            "--also-running", action="store_true", help="also revoke jobs that still run, as they finish"
        )
        parser.add_argument("--wait", action="store_true", help="wait until the jobs are revoked")
        parser.add_argument("--by", metavar="EMAIL", help="the user who is responsible for it")
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout")

    def handle(self, *, issuance: int, reason: str, also_running: bool, wait: bool, **options: Any) -> None:
        found, by = issuance_by_id(issuance), user_by_email(options["by"])
        try:
            _revoke(found, by=by, reason=reason, also_running=also_running)
        except revocation.RevocationNeedsApproval as refusal:
            raise CommandError(str(refusal), returncode=REFUSED) from None
        except revocation.ReasonMissing:
            raise CommandError("A reason is needed.", returncode=REFUSED) from None
        except revocation.NothingToRevoke:
            show(found, out=self.stdout, as_json=options["json"])
            raise CommandError("No job of this issuance can be revoked now.", returncode=REFUSED) from None
        warn_if_no_worker_runs(self.stderr)
        ended = waiting.until_settled(found) if wait else True
        show(found, out=self.stdout, as_json=options["json"])
        if found.batches.filter(error_code=JobProblem.REVOKE_REFUSED).exists():
            raise CommandError("Thanx refused to revoke at least one job: its rewards stay.", returncode=REFUSED)
        if not ended:
            raise CommandError(waiting.what_hangs(found), returncode=REFUSED)


def _revoke(issuance: Issuance, *, by: User | None, reason: str, also_running: bool) -> None:
    """Revoke within the limits of the user who is responsible; the command line alone has none."""
    how: dict[str, Any] = {"issuance": issuance, "at": timezone.now(), "reason": reason, "also_running": also_running}
    if by is None:
        revocation.revoke_batches(by=None, **how)
        return
    most = revoke_page(issuance).rewards_at_most(also_running=also_running)
    revocation.revoke_alone(by=by, batches=None, rewards=most, **how)
