"""The file of guests whom a stop left without a reward, ready to be added again."""

from __future__ import annotations

from collections.abc import Iterator

from issuance.drafts.original_rows import _Note, beside_original
from issuance.models import Issuance, Recipient
from issuance.states import BatchState
from lists.csv_out import ROWS_AT_ONCE

ADD_AGAIN = "Add this file as a new issuance of the campaign: everybody keeps their arm"


def not_sent_csv(issuance: Issuance) -> Iterator[bytes]:
    """Yield a CSV file of the guests whose jobs were stopped, in the order of their lines, like the others.

    Controls are not among them: whoever adds the file again leaves them as they are.
    """
    stopped = Recipient.objects.filter(batch__issuance=issuance, batch__state=BatchState.STOPPED)
    lines = stopped.filter(batch__is_control=False).order_by("line").values_list("line", flat=True)
    return beside_original(issuance, (_of_stopped(line) for line in lines.iterator(chunk_size=ROWS_AT_ONCE)))


def _of_stopped(line: int) -> _Note:
    return _Note(line, "not sent", "stopped", "The issuance was stopped before this guest's job was sent", ADD_AGAIN)
