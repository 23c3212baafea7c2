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
from accounts.memberships import UnableToAddMember
from accounts.models import Role
from accounts.people.adding import add_or_invite


def email_address(value: str) -> str:
    """Return an argument if it is an email address. Raises ArgumentTypeError, which ends the command with 2."""
    try:
        validate_email(value)
    except ValidationError:
        raise argparse.ArgumentTypeError(f"{value!r} is no email address") from None
    return value


class Command(BaseCommand):
    help = "Give a user a role at a merchant. A user without an account gets one with a password, or an invitation."
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
            added = add_or_invite(
                email=email, handle=merchant, role=Role[role.upper()], at=timezone.now(), password=password
            )
        except UnableToAddMember as refusal:
            if json:
                self._print({"error": {"code": refusal.code, "message": str(refusal)}})
            raise CommandError(str(refusal), returncode=REFUSED) from None
        told = {"email": added.email, "merchant": merchant, "role": role}
        if json:
            self._print({**told, "invited": True} if added.was_invited else told)
        elif added.was_invited:
            self.stdout.write(f"An invitation is on its way to {added.email}, to be {role} at {merchant}.")
        else:
            self.stdout.write(f"{added.email} is {role} at {merchant}.")

    def _print(self, document: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(document))
