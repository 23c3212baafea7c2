"""Files that a user downloads, streamed to the browser."""

from collections.abc import Iterator

from django.http import StreamingHttpResponse


def as_file(chunks: Iterator[bytes], *, name: str) -> StreamingHttpResponse:
    """Return a CSV file to be saved under a name. It may hold guests' identifiers, so no cache may keep it."""
    response = StreamingHttpResponse(chunks, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response
