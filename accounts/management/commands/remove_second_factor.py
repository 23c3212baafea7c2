"""manage.py remove_second_factor: let a user in again who has lost the device and the recovery codes."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from accounts.command_line import user_by_email
from accounts.people.lost_factors import remove_all


class Command(BaseCommand):
    requires_system_checks = ["settings"]
    help = "Remove every second factor and the recovery codes of a user, who sets up new ones where one is required."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *, email: str, **_: Any) -> None:
        user = user_by_email(email)
        assert user is not None
        removed = remove_all(user, by=None, at=timezone.now())
        self.stdout.write(f"{user.email} signs in without a second factor now; {removed} removed.")
