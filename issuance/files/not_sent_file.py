"""The file of guests whose jobs were stopped before they were sent, ready to be added again."""

from collections.abc import Iterator
from typing import NamedTuple

from django.db.models import QuerySet

from issuance.files.original_rows import beside_original
from issuance.models import Issuance, Recipient
from issuance.states import BatchState
from lists.csv_out import ROWS_AT_ONCE


class NotSentGuest(NamedTuple):
    """What the file says of one guest. Its fields are the columns behind those of the user's file."""

    line: int
    status: str = "not sent"
    reason_code: str = "stopped"
    reason: str = "The issuance was stopped before this guest's job was sent"
    what_to_do: str = "Add this file as a new issuance of the campaign: everybody keeps their group"


def not_sent_csv(issuance: Issuance) -> Iterator[bytes]:
    """Yield a CSV file of the guests whose jobs were stopped, in the order of their lines.

    The control is not in it: when the user adds the file again, these guests stay in the control.
    """
    lines = not_sent(issuance).order_by("line").values_list("line", flat=True)
    guests = (NotSentGuest(line) for line in lines.iterator(chunk_size=ROWS_AT_ONCE))
    return beside_original(issuance, guests, columns=NotSentGuest._fields)


def not_sent(issuance: Issuance) -> QuerySet[Recipient]:
    """Return the guests whose jobs were stopped, without the control."""
    stopped = Recipient.objects.filter(batch__issuance=issuance, batch__state=BatchState.STOPPED)
    return stopped.filter(batch__is_control=False)
