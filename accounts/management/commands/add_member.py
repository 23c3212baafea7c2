"""manage.py add_member: give a user a role at a merchant."""

import argparse
import json
import sys
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.utils import timezone

from accounts.command_line import REFUSED
from accounts.memberships import UnableToAddMember, add_member
from accounts.models import Role


def email_address(value: str) -> str:
    """Return an argument if it is an e-mail address. Raises ArgumentTypeError, which ends the command with 2."""
    try:
        validate_email(value)
    except ValidationError:
        raise argparse.ArgumentTypeError(f"{value!r} is no e-mail address") from None
    return value


class Command(BaseCommand):
    help = "Give a user a role at a merchant, and an account if there is none yet."
    requires_system_checks = ["settings"]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", type=email_address)
        parser.add_argument("--merchant", required=True, metavar="HANDLE")
        parser.add_argument("--role", required=True, choices=[role.name.lower() for role in Role])
        parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
        parser.add_argument("--json", action="store_true", help="print one JSON document on standard output")

    def handle(self, *, email: str, merchant: str, role: str, password_stdin: bool, json: bool, **_: Any) -> None:
        password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
        try:
            membership = add_member(
                email=email, handle=merchant, role=Role[role.upper()], by=None, at=timezone.now(), password=password
            )
        except UnableToAddMember as refusal:
            if json:
                self._print({"error": {"code": refusal.code, "message": str(refusal)}})
            raise CommandError(str(refusal), returncode=REFUSED) from None
        if json:
            self._print({"email": membership.user.email, "merchant": merchant, "role": role})
        else:
            self.stdout.write(f"{membership.user.email} is {role} at {merchant}.")

    def _print(self, document: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(document))
