"""Files of guests that users download: each leaves an audit entry with the number of guests before its first byte."""

from collections.abc import Iterator
from datetime import datetime

from django.db import models
from django.http import StreamingHttpResponse

from accounts import audit
from accounts.guards import MerchantRequest
from accounts.models import User
from ui.downloads import as_file

EXPORTED = "guests exported"


def download(
    request: MerchantRequest, chunks: Iterator[bytes], *, name: str, on: models.Model, guests: int, at: datetime
) -> StreamingHttpResponse:
    """Return a file of guests of the request's merchant, to be saved under a name."""
    record(file=name, on=on, guests=guests, by=request.user, merchant_id=request.merchant.pk, at=at)
    return as_file(chunks, name=name)


def record(*, file: str, on: models.Model, guests: int, by: User | None, merchant_id: int, at: datetime) -> None:
    """Write that a file of guests leaves the portal. `by` is None for the command line."""
    audit.record(action=EXPORTED, on=on, by=by, at=at, merchant_id=merchant_id, file=file, guests=guests)
