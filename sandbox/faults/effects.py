"""The effect of each kind of fault, before and after the work."""

import asyncio
import contextlib
import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from aiohttp import web

from sandbox.faults.fault import Fault, FaultKind
from sandbox.wire.answers import Answer, error
from sandbox.wire.dialects import in_other_dialect
from sandbox.wire.request_checks import forbidden, rate_limited, unauthenticated

COUNTS = ("total_count", "processed_count", "success_count", "failure_count", "progress_percent")
BEFORE, AFTER, LATE, MID_BODY = "before", "after", "late", "mid_body"
HTML = "<!doctype html><html><head><title>{status}</title></head><body><h1>{status}</h1><p>nginx</p></body></html>"


class CutOffError(Exception):
    """The connection must be closed without an answer."""


async def instead_of_work(faults: Iterable[Fault], *, over: asyncio.Event) -> web.Response | None:
    """Apply the faults that strike before the work. Return the answer that replaces it, or None.

    Raises CutOffError if there must be no answer, and for a request that hangs when `over` is set.
    """
    for fault in faults:
        if fault.kind == FaultKind.HANG and fault.when in {BEFORE, LATE}:
            await _hang(fault, over=over)
        if fault.kind in {FaultKind.HANG, FaultKind.CUT_OFF} and fault.when == BEFORE:
            raise CutOffError
        if fault.when == BEFORE:
            answer = _answer_instead(fault)
            if answer is not None:
                return answer
    return None


async def instead_of_answer(answer: Answer, *, faults: Iterable[Fault], over: asyncio.Event) -> web.Response | None:
    """Apply the faults that strike after the work. Return the answer that replaces the true one, or None.

    Raises CutOffError like `instead_of_work`.
    """
    for fault in faults:
        if fault.kind == FaultKind.HANG and fault.when == AFTER:
            await _hang(fault, over=over)
        if fault.kind == FaultKind.CUT_OFF and fault.when == AFTER:
            raise CutOffError
        if fault.when == AFTER:
            replaced = _answer_instead(fault)
            if replaced is not None:
                return replaced
        if fault.kind == FaultKind.TRUNCATED_JSON:
            return _truncated(answer)
    return None


def edited(answer: Answer, *, faults: Iterable[Fault]) -> Answer:
    """Return the true answer as the faults distort it."""
    for fault in faults:
        if fault.kind in _EDITORS:
            answer = _EDITORS[fault.kind](fault, answer)
    return answer


def is_cut_mid_body(faults: Iterable[Fault]) -> bool:
    """Return whether the connection must be closed in the middle of the answer."""
    return any(fault.kind == FaultKind.CUT_OFF and fault.when == MID_BODY for fault in faults)


def rendered(answer: Answer) -> web.Response:
    """Return the answer as HTTP."""
    return web.Response(
        status=answer.status,
        body=json.dumps(answer.payload, ensure_ascii=False).encode(),
        headers=answer.headers,
        content_type="application/json",
        charset="utf-8",
    )


async def _hang(fault: Fault, *, over: asyncio.Event) -> None:
    """Wait, and cut the request off if a reset comes meanwhile: its work belongs to the world before."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(over.wait(), fault.seconds(30.0))
        raise CutOffError


def _answer_instead(fault: Fault) -> web.Response | None:
    answer_of = _REPLACERS.get(fault.kind)
    return None if answer_of is None else answer_of(fault)


def _html(fault: Fault) -> web.Response:
    status = fault.status(502)
    return web.Response(status=status, text=HTML.format(status=status), content_type="text/html")


def _retry_after(asked: object) -> dict[str, str]:
    """Return the header: none for nothing, seconds for a number, a date in so many seconds for `date:SECONDS`."""
    if asked is None or asked == "":
        return {}
    if isinstance(asked, str) and asked.startswith("date:"):
        then = datetime.now(tz=UTC) + timedelta(seconds=float(asked.removeprefix("date:")))
        return {"Retry-After": format_datetime(then, usegmt=True)}
    return {"Retry-After": str(asked)}


def _without_usable_code(fault: Fault) -> dict[str, object]:
    if "code" in fault.details:  # a number, say
        return {"error": {"code": fault.details["code"], "message": "An odd one"}}
    return {"error": {"message": "An odd one"}}


def _truncated(answer: Answer) -> web.Response:
    body = json.dumps(answer.payload).encode()
    return web.Response(
        status=answer.status, body=body[: len(body) // 2], content_type="application/json", charset="utf-8"
    )


def _in_job(answer: Answer, change: Callable[[dict[str, object]], dict[str, object]]) -> Answer:
    if "issuance_job" not in answer.payload:
        return answer
    return replace(answer, payload={"issuance_job": change(answer.payload["issuance_job"])})


def _unknown_state(fault: Fault, answer: Answer) -> Answer:
    state = fault.details.get("state", "awaiting_review")
    return _in_job(answer, lambda job: {**job, "state": state})


def _missing_counts(_fault: Fault, answer: Answer) -> Answer:
    return _in_job(answer, lambda job: {name: value for name, value in job.items() if name not in COUNTS})


def _backwards_progress(_fault: Fault, answer: Answer) -> Answer:
    def halved(job: dict[str, object]) -> dict[str, object]:
        names = set(COUNTS) - {"total_count"}
        return {name: value // 2 if name in names and isinstance(value, int) else value for name, value in job.items()}

    return _in_job(answer, halved)


_EDITORS: dict[FaultKind, Callable[[Fault, Answer], Answer]] = {
    FaultKind.UNKNOWN_STATE: _unknown_state,
    FaultKind.MISSING_COUNTS: _missing_counts,
    FaultKind.BACKWARDS_PROGRESS: _backwards_progress,
    FaultKind.OTHER_DIALECT: lambda _fault, answer: in_other_dialect(answer),
}

_REPLACERS: dict[FaultKind, Callable[[Fault], web.Response]] = {
    FaultKind.RATE_LIMITED: lambda fault: rendered(rate_limited(_retry_after(fault.details.get("retry_after")))),
    FaultKind.SERVER_ERROR: lambda fault: rendered(error(fault.status(500), "GENERIC_ERROR", "Something went wrong")),
    FaultKind.UNAUTHORIZED: lambda _fault: rendered(unauthenticated()),
    FaultKind.FORBIDDEN: lambda _fault: rendered(forbidden("rewards.issue")),
    FaultKind.MISSING_CODE: lambda fault: rendered(
        Answer(status=fault.status(400), payload=_without_usable_code(fault))
    ),
    FaultKind.HTML_ERROR: _html,
}
