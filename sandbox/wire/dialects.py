"""The same answers in the second published description of the API."""

from dataclasses import replace

from sandbox.wire.answers import Answer, Payload

OTHER_NAMES = {"total_count": "requested_count", "success_count": "issued_count", "failure_count": "failed_count"}
# The second description has neither.
ABSENT = frozenset({"processed_count", "progress_percent"})


def in_other_dialect(answer: Answer) -> Answer:
    """Return the answer with the keys of the second description."""
    payload = dict(answer.payload)
    if "pagination" in payload:
        payload["pagination"] = _pagination(payload["pagination"])
    if "issuance_job" in payload:
        payload["issuance_job"] = _job(payload["issuance_job"])
    return replace(answer, payload=payload)


def _pagination(pagination: Payload) -> Payload:
    return {"total_page" if name == "total_pages" else name: number for name, number in pagination.items()}


def _job(job: Payload) -> Payload:
    renamed = {OTHER_NAMES.get(name, name): value for name, value in job.items() if name not in ABSENT}
    renamed["updated_at"] = job["completed_at"] or job["started_at"] or job["created_at"]
    return renamed
