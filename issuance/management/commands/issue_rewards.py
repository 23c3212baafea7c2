"""Issue the rewards of a campaign to the guests of a file."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.command_line import BAD_USAGE, REFUSED, user_by_email
from campaigns.models import Campaign, Variant
from issuance.approvals.to_issue import to_issue
from issuance.audience import left_out_reasons
from issuance.audience.reading_notes import Level, counts_of
from issuance.audience.screening import Exclusion
from issuance.drafts import drafts
from issuance.management import waiting
from issuance.management.columns import column, mapping_of, questions_of, tell_what_is_not_read
from issuance.management.output import rehearsal, show, summary_of, warn_if_halted, warn_if_no_worker_runs, went_wrong
from issuance.models import Issuance
from issuance.pages.check.beyond_columns import unused_columns
from issuance.sending import canary, confirmation, refusals
from issuance.states import IssuanceState
from lists import uploads
from lists.file_problems import FileProblem
from lists.forms import why_not_stored


class Command(BaseCommand):
    help = "Issue the rewards of a live campaign to the guests of a file: read it, split them into groups, confirm."
    requires_system_checks = ["settings"]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--campaign", type=int, required=True, metavar="ID", help="the portal's id of the campaign")
        parser.add_argument(
            "--variant", metavar="NAME", help="put all guests into this group, instead of the campaign's shares"
        )
        parser.add_argument(
            "--column", type=column, action="append", default=[], metavar="NAME=email|phone", help="may be repeated"
        )
        parser.add_argument(
            "--hidden-rows",
            choices=["out", "in"],
            default="out",
            help="rows that the spreadsheet does not show, as behind a filter: left out, or read as well",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="read and split, print what would happen, keep the draft"
        )
        parser.add_argument(
            "--again",
            action="store_true",
            help="also if this file was issued within the last day, and to guests already rewarded by this campaign",
        )
        parser.add_argument(
            "--canary", action="store_true", help="send a small job first, the rest once it has gone well"
        )
        parser.add_argument("--wait", action="store_true", help="wait until nothing more changes by itself")
        parser.add_argument("--by", metavar="EMAIL", help="the user who is responsible for it")
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout")

    def handle(self, *, file: Path, wait: bool, dry_run: bool, again: bool, **options: Any) -> None:
        issuance = self._drafted(file, again=again, **options)
        warn_if_no_worker_runs(self.stderr)
        warn_if_halted(issuance, self.stderr)
        read = waiting.until_read(issuance) and issuance.state == IssuanceState.READY
        issuance.upload.refresh_from_db()
        if read:
            tell_what_is_not_read(issuance, self.stderr)
        if read and options["canary"]:
            canary.choose(issuance=issuance, wanted=True, by=user_by_email(options["by"]), at=timezone.now())
        if read and not dry_run:
            self._confirm(issuance, again=again, **options)
        ended = waiting.until_settled(issuance) if read and not dry_run and wait else True
        more: dict[str, Any] = {"unused": unused_columns(issuance.upload)} if read else {}
        more |= {"doubted": dict(counts_of(issuance.upload, Level.WARNING))} if read else {}
        more |= {"dry_run": rehearsal(issuance, by=user_by_email(options["by"]))} if read and dry_run else {}
        show(issuance, out=self.stdout, as_json=options["json"], more=more)
        if not read:
            raise CommandError(self._why_unread(issuance), returncode=REFUSED)
        if dry_run:
            self.stderr.write(f"Nothing was sent. The draft is kept as issuance {issuance.pk}.")
        elif went_wrong(issuance):
            raise CommandError("At least one job was refused, failed, or needs a person.", returncode=REFUSED)
        elif wait and summary_of(issuance).waiting:
            raise CommandError("Jobs wait until a user lets them go out.", returncode=REFUSED)
        elif not ended:
            raise CommandError(waiting.what_hangs(issuance), returncode=REFUSED)

    def _drafted(
        self, file: Path, *, campaign: int, variant: str | None, column: list[Any], again: bool, **options: Any
    ) -> Issuance:
        chosen = Campaign.objects.kept().filter(pk=campaign).select_related("merchant").first()
        if chosen is None:
            raise CommandError(f"There is no campaign {campaign}.", returncode=BAD_USAGE)
        by, only = user_by_email(options["by"]), self._variant(chosen, variant)
        too = [Exclusion.REWARDED_HERE] if again else []
        try:
            with file.open("rb") as content:
                mapping = mapping_of(content, column, country=chosen.merchant.country)
                at = timezone.now()
                issuance = drafts.start(campaign=chosen, by=by, at=at, only_variant=only, included_anyway=too)
                said = {"mapping": mapping, "reads_hidden": options["hidden_rows"] == "in"}
                try:
                    return drafts.add_file(issuance=issuance, file=content, name=file.name, by=by, at=at, **said)
                except (uploads.TooLarge, uploads.NoRoom) as error:
                    drafts.discard(issuance=issuance, by=by, at=at)
                    raise CommandError(why_not_stored(error), returncode=REFUSED) from None
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.", returncode=BAD_USAGE) from None
        except drafts.NotStartable as refusal:
            raise CommandError(str(refusal), returncode=REFUSED) from None

    def _variant(self, campaign: Campaign, name: str | None) -> Variant | None:
        if name is None:
            return None
        found = campaign.variants.filter(name=name).first()
        if found is None:
            names = ", ".join(campaign.variants.values_list("name", flat=True))
            raise CommandError(f"The campaign has no variant {name!r}; it has: {names}.", returncode=BAD_USAGE)
        return found

    def _confirm(self, issuance: Issuance, *, again: bool, **options: Any) -> None:
        by, at = user_by_email(options["by"]), timezone.now()
        try:
            confirmation.confirm(issuance=issuance, by=by, at=at, acknowledged_same_file=again)
        except refusals.NeedsApproval as refusal:
            assert by is not None  # the command line itself has no limit
            to_issue.ask(issuance=issuance, by=by, at=at, acknowledged_same_file=again)
            show(issuance, out=self.stdout, as_json=options["json"])
            words = f"{refusal} Approval is asked for: it waits on the pages as issuance {issuance.pk}."
            raise CommandError(words, returncode=REFUSED) from None
        except refusals.SameFileRecently as refusal:
            show(issuance, out=self.stdout, as_json=options["json"])
            raise CommandError(f"{refusal} Use --again if that is meant.", returncode=REFUSED) from None
        except refusals.CannotConfirm as refusal:
            show(issuance, out=self.stdout, as_json=options["json"])
            raise CommandError(str(refusal), returncode=REFUSED) from None

    def _why_unread(self, issuance: Issuance) -> str:
        if issuance.state != IssuanceState.UNREADABLE:
            return f"The file waits to be read: issuance {issuance.pk}. No worker came to do it."
        said = left_out_reasons.of_file(issuance.problem).advice
        asks = issuance.problem == FileProblem.SEVERAL_COLUMNS.value
        return f"{said} {questions_of(issuance)}" if asks else said
