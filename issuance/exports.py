"""Files to download: failures and left-out lines, with the columns of the file they came in, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from issuance.models import Batch, Issuance, RejectedLine
from partner_api.schemas import Identifier


def failures_csv(issuance: Issuance) -> Iterator[bytes]:
    """Yield a CSV file of the failures of an issuance, for StreamingHttpResponse."""
    raise NotImplementedError


def left_out_csv(issuance: Issuance) -> Iterator[bytes]:
    """Yield a CSV file of the lines that are left out, for StreamingHttpResponse."""
    raise NotImplementedError


def identifiers_at(*, batch: Batch, positions: Iterable[int]) -> Mapping[int, Identifier]:
    """Return the identifiers at these positions of a batch; none for an erased manifest."""
    raise NotImplementedError


def rejected_values(rows: Iterable[RejectedLine]) -> Mapping[int, str]:
    """Return what stood in the cell of each left-out line, by the line's number."""
    raise NotImplementedError
