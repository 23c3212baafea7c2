"""manage.py create_campaign: a campaign from a JSON document."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.command_line import BAD_USAGE, REFUSED, user_by_email
from accounts.models import User
from campaigns import creation, halts
from campaigns.draft import drafts
from campaigns.draft.gaps import DraftIncomplete
from campaigns.draft.spec import BadSpec, content_from, fields_of, merchant_of
from campaigns.management import wait_or_work
from campaigns.models import Campaign
from campaigns.states import CampaignState

STEPS = (creation.create_one_campaign, creation.reconcile_one_campaign)
SETTLED = frozenset({CampaignState.LIVE, CampaignState.REFUSED})


class Command(BaseCommand):
    help = "Create a campaign at Thanx from a JSON document, and wait until it is live or refused."
    requires_system_checks = ["settings"]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "spec", metavar="SPEC.json", help="the API's campaign object, optionally with shares; - reads"
        )
        parser.add_argument("--no-wait", action="store_true", help="return as soon as it is queued")
        parser.add_argument("--timeout", type=float, default=wait_or_work.USUAL_SECONDS, metavar="SECONDS")
        parser.add_argument("--by", metavar="EMAIL", help="who answers for it")
        parser.add_argument("--json", action="store_true", help="print one JSON document on standard output")

    def handle(self, *, spec: str, no_wait: bool, by: str | None, json: bool, timeout: float, **_: Any) -> None:
        campaign = self._queued(spec, by=user_by_email(by), as_json=json)
        self.stderr.write(f"{campaign.name}: queued as campaign {campaign.pk}.")
        for halt in halts.in_force(campaign.merchant):
            self.stderr.write(halts.words(halt))

        def is_settled() -> bool:
            campaign.refresh_from_db()
            return campaign.state in SETTLED

        in_time = no_wait or wait_or_work.until(is_settled, steps=STEPS, stderr=self.stderr, seconds=timeout)
        self._print(_document_of(campaign), as_json=json)
        if campaign.state == CampaignState.REFUSED:
            said = " ".join(part for part in (campaign.error_code, campaign.error_text) if part)
            raise CommandError(f"Thanx refused it: {said}", returncode=REFUSED)
        if not in_time:
            raise CommandError("Not created yet; workers go on with it.", returncode=REFUSED)

    def _queued(self, spec: str, *, by: User | None, as_json: bool) -> Campaign:
        try:
            fields = fields_of(self._document(spec))
            merchant = merchant_of(fields)
            content = content_from(fields, merchant=merchant)
        except BadSpec as problem:
            raise CommandError(f"{spec}: {problem}", returncode=BAD_USAGE) from None
        campaign = drafts.start(merchant=merchant, content=content, by=by, at=timezone.now())
        try:
            creation.confirm(campaign=campaign, by=by, at=timezone.now())
        except DraftIncomplete as refusal:
            creation.discard(campaign=campaign, by=by, at=timezone.now())
            problems = [{"field": gap.field, "text": gap.text} for gap in refusal.gaps]
            self._print({**_document_of(campaign), "state": "refused", "problems": problems}, as_json=as_json)
            texts = " ".join(f"{gap.field}: {gap.text}" for gap in refusal.gaps)
            raise CommandError(f"Nothing was created. {texts}", returncode=REFUSED) from None
        return campaign

    def _document(self, spec: str) -> Any:
        try:
            if spec == "-":
                return json.load(sys.stdin)
            with open(spec, encoding="utf-8-sig") as file:  # noqa: PTH123 (a path as it was typed)
                return json.load(file)
        except OSError as error:
            raise CommandError(f"{spec} cannot be read: {error.strerror}.", returncode=BAD_USAGE) from None
        except ValueError as error:
            raise CommandError(f"{spec} is no JSON: {error}.", returncode=BAD_USAGE) from None

    def _print(self, document: dict[str, Any], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(document))
        else:
            self.stdout.write(f"Campaign {document['id']}: {document['state']}")


def _document_of(campaign: Campaign) -> dict[str, Any]:
    variants = [
        {"name": variant.name, "thanx_id": variant.thanx_id or None, "share": variant.share}
        for variant in campaign.variants.all()
    ]
    return {"id": campaign.pk, "thanx_id": campaign.thanx_id, "state": str(campaign.state), "variants": variants}
