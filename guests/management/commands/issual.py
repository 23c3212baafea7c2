"""manage.py issual: show one issued reward at Capillary."""

import json as json_format
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.command_line import REFUSED, user_by_email
from guests.lookup.issued_rewards import IssuedRewardQuery, look_up_for_operator, why_not_shown
from guests.pages.issued_rewards import document, issued_reward_page
from partner_api.calls.capillary import CodeCase
from partner_api.errors import PartnerError


class Command(BaseCommand):
    help = "Show one issued reward at Capillary: status, codes, points, delivery."
    requires_system_checks = ["settings"]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("customer", metavar="CUSTOMER")
        parser.add_argument("transaction", metavar="TRANSACTION")
        parser.add_argument("--case", choices=[case.value for case in CodeCase], default=CodeCase.UPPER.value)
        parser.add_argument("--host", default="", help="one of the hosts in CAPILLARY_URL (default: the first)")
        parser.add_argument("--by", metavar="EMAIL", help="the user who acts")
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout")

    def handle(
        self, *, customer: str, transaction: str, case: str, host: str, by: str | None, json: bool, **_: Any
    ) -> None:
        code_case = CodeCase(case)
        query = IssuedRewardQuery(customer_id=customer, transaction_id=transaction, code_case=code_case, host=host)
        try:
            found = look_up_for_operator(query, by=user_by_email(by), at=timezone.now())
        except PartnerError as problem:
            raise CommandError(why_not_shown(problem).advice, returncode=REFUSED) from problem
        shown = document(issued_reward_page(found, at=timezone.now(), with_raw=False))
        if json:
            self.stdout.write(json_format.dumps(shown, ensure_ascii=False))
            return
        self.stdout.write(f"{shown['title']}\n{shown['sentence']}")
        for section, facts in shown["sections"].items():
            self.stdout.write(f"\n{section}")
            for fact in facts:
                self.stdout.write(f"  {fact['label']}: {fact['value']}")
