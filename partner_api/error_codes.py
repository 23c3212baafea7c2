"""The one table that turns an error of the partner API into a code and an explanation. Pure.

An error has several codes, the most specific first: a 404 is "not_found" and, more broadly, "refused". A caller takes
the first one for which it has a row (`row_of`).

`EXPLAINED` is for a user who asked Thanx something by a click. Where users read of something else (a job, a catalog,
a reward at Capillary), that context has rows of its own.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import TypeVar

from partner_api import errors
from ui.explained import Explained

Meaning = TypeVar("Meaning")


class ErrorCode(StrEnum):
    """The kind of an error. Some of the values are stored, so they never change."""

    NOT_CONFIGURED = "not_configured"
    CREDENTIALS_REFUSED = "credentials_refused"
    SCOPE_MISSING = "scope_missing"
    NOT_FOUND = "not_found"
    IDENTIFIER_REFUSED = "identifier_refused"
    REFUSED = "refused"
    RATE_LIMITED = "rate_limited"
    ANSWERED_ALREADY = "answered_already"
    NO_SLOT = "no_slot"
    UNREACHABLE = "unreachable"
    UNANSWERED = "unanswered"
    UNAVAILABLE = "unavailable"
    """No usable answer. The broadest code: every error has it."""


_BY_CLASS: Mapping[type[BaseException], ErrorCode] = {
    errors.PartnerError: ErrorCode.UNAVAILABLE,
    errors.Refused: ErrorCode.REFUSED,
    errors.NotConfigured: ErrorCode.NOT_CONFIGURED,
    errors.CredentialsRefused: ErrorCode.CREDENTIALS_REFUSED,
    errors.ScopeMissing: ErrorCode.SCOPE_MISSING,
    errors.NotFound: ErrorCode.NOT_FOUND,
    errors.RateLimited: ErrorCode.RATE_LIMITED,
    errors.NotSent: ErrorCode.UNREACHABLE,
    errors.AnsweredAlready: ErrorCode.ANSWERED_ALREADY,
    errors.OutcomeUnknown: ErrorCode.UNANSWERED,
}
_BY_ANSWER: Mapping[str, ErrorCode] = {
    "AUTHENTICATION_GENERIC": ErrorCode.CREDENTIALS_REFUSED,
    "HTTP_401": ErrorCode.CREDENTIALS_REFUSED,
    "FORBIDDEN": ErrorCode.SCOPE_MISSING,
    "HTTP_403": ErrorCode.SCOPE_MISSING,
    "RESOURCE_NOT_FOUND": ErrorCode.NOT_FOUND,
    "HTTP_404": ErrorCode.NOT_FOUND,
}


def codes_of(error: errors.PartnerError) -> Iterator[ErrorCode]:
    """Yield the error's codes, the most specific first: by its class, Thanx's code and `not_before`."""
    for kind in type(error).__mro__:
        if kind is errors.Refused and isinstance(error, errors.Refused) and error.is_about_the_identifier:
            yield ErrorCode.IDENTIFIER_REFUSED
        if kind is errors.NotSent and isinstance(error, errors.NotSent) and error.not_before:
            yield ErrorCode.NO_SLOT
        if kind in _BY_CLASS:
            yield _BY_CLASS[kind]


def code_of_answer(said: str) -> ErrorCode:
    """Return the code of a refusal of which only `answer_of` was stored."""
    return _BY_ANSWER.get(said, ErrorCode.REFUSED)


def answer_of(error: errors.PartnerError) -> str:
    """Return Thanx's own code for a refusal, or "HTTP_" and its status where Thanx gave none."""
    return error.code or f"HTTP_{error.status}"


def row_of(error: errors.PartnerError, rows: Mapping[str, Meaning]) -> Meaning:
    """Return the row of the error's most specific code that has a row. One of its codes must have one."""
    return next(rows[code] for code in codes_of(error) if code in rows)


def explained(error: errors.PartnerError, *, scope: str = "", rows: Mapping[str, Explained] | None = None) -> Explained:
    """Return the explanation of an error. `scope` is the one that the call needs, `rows` a context's own table."""
    row = row_of(error, EXPLAINED if rows is None else rows)
    if isinstance(error, errors.NotConfigured):
        return replace(row, todo=error.remedy)
    if isinstance(error, errors.ScopeMissing) and scope:
        return replace(row, todo=f"Ask Thanx to add the scope {scope} to this portal's credential.")
    return row


_UNCHANGED = "Nothing was changed."
_CROWDED = Explained("Too much is being asked of Thanx just now", "Try again in a minute.", _UNCHANGED)
EXPLAINED: Mapping[str, Explained] = {
    ErrorCode.NOT_CONFIGURED: Explained("The portal is not connected to Thanx", "", _UNCHANGED),
    ErrorCode.CREDENTIALS_REFUSED: Explained(
        "Thanx refused the portal's credential",
        "Tell your operator: the credential of the portal has to be renewed.",
        _UNCHANGED,
    ),
    ErrorCode.SCOPE_MISSING: Explained("Thanx does not let this portal do that", "Ask your operator.", _UNCHANGED),
    ErrorCode.IDENTIFIER_REFUSED: Explained(
        "Thanx does not accept this address or number", "Check the spelling and try again.", _UNCHANGED
    ),
    ErrorCode.REFUSED: Explained(
        "Thanx refused this", "Check what you entered. If it is right, tell your operator.", _UNCHANGED
    ),
    ErrorCode.RATE_LIMITED: _CROWDED,
    ErrorCode.ANSWERED_ALREADY: Explained(
        "Thanx has just been asked this",
        "Ask again in a minute.",
        means="What you see is its answer. The same is not asked twice within a minute.",
    ),
    ErrorCode.UNREACHABLE: _CROWDED,
    ErrorCode.UNANSWERED: Explained(
        "We do not know whether it worked",
        "Look again before you repeat it.",
        means="Thanx may have done it, or not: its answer got lost.",
    ),
    ErrorCode.UNAVAILABLE: Explained("Thanx cannot be reached just now", "Try again in a minute.", _UNCHANGED),
}
