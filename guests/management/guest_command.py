"""What the commands about one guest share. The guest is read from standard input: a process list shows arguments."""

import sys

from django.core.management.base import CommandError, CommandParser

from accounts.command_line import BAD_USAGE
from campaigns.models import Merchant
from issuance.jobs.guest_search import query_of


def add_merchant(parser: CommandParser) -> None:
    """Add the argument that names the merchant."""
    parser.add_argument("--merchant", required=True, help="handle of the merchant")


def merchant_and_guest(handle: str) -> tuple[Merchant, list[str]]:
    """Return the merchant, and the identifiers that standard input names the guest by, one a line.

    Raises CommandError with BAD_USAGE.
    """
    merchant = Merchant.objects.filter(handle=handle).first()
    if merchant is None:
        raise CommandError(f"There is no merchant {handle}.", returncode=BAD_USAGE)
    guest = [line.strip() for line in sys.stdin if line.strip()]
    if not guest or not all(query_of(text, merchant=merchant).fingerprints for text in guest):
        message = "Give the email addresses and phone numbers of one guest on standard input, one a line."
        raise CommandError(message, returncode=BAD_USAGE)
    return merchant, guest
