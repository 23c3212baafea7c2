"""The errors of calls to a partner. The class is the decision.

PartnerError
├── Refused                 never send the same again (any 4xx not named below)
│   ├── NotConfigured       nothing was asked: this installation has no complete credential
│   ├── CredentialsRefused  401
│   ├── ScopeMissing        403
│   ├── NotFound            404
│   └── Unprocessable       422
├── TryLater                nothing was done; ask again, not before `not_before`
│   ├── RateLimited         429
│   ├── Unavailable         a read that got no usable answer: 5xx, cut off, timed out, unreadable
│   └── NotSent             certainly never sent: no connection, or the governor's slot is too far ahead
│       ├── AnsweredAlready the same read was answered less than a minute ago: a needless repeat
│       └── Withheld        at its reserved time the caller no longer wanted it sent
└── OutcomeUnknown          a write that may have been done: 5xx, cut off, timed out or unreadable after sending

The text of an error names method, path template, status and code, and never a body, query, token or identifier: it
may be logged. `message` is the partner's own text and may hold any of these: never log it, and show it only to users
who may see the guests that it is about.
"""

from datetime import datetime

# The two codes for a malformed identifier. Any other code, or none, must be handled, too.
EMAIL_INVALID = "USER_EMAIL_INVALID"
PHONE_INVALID = "USER_PHONE_INVALID"


class PartnerError(Exception):
    """The partner did not carry out the request, or may not have."""

    def __init__(
        self,
        *,
        method: str = "",
        path: str = "",
        status: int | None = None,
        code: str = "",
        message: str = "",
        not_before: datetime | None = None,
    ) -> None:
        """`path` is the template, without ids; `code` is '' where the partner gave none; `message` is untrusted.

        Only TryLater knows a `not_before`, and not always.
        """
        self.method = method
        self.path = path
        self.status = status
        self.code = code
        self.message = message
        self.not_before = not_before
        super().__init__(self._text())

    def _text(self) -> str:
        """Return what may be logged."""
        what = " ".join(part for part in (self.method, self.path) if part) or type(self).__name__
        outcome = " ".join(part for part in (str(self.status or ""), self.code) if part)
        return f"{what}: {outcome or type(self).__name__}"


class Refused(PartnerError):
    """The partner refused the request. The same request would be refused again."""

    @property
    def is_about_the_identifier(self) -> bool:
        """Whether Thanx says that the email address or the phone number is malformed."""
        return self.code in {EMAIL_INVALID, PHONE_INVALID}


class NotConfigured(Refused):
    """The installation has no complete credential. `remedy` says, in a sentence, what to do."""

    def __init__(self, *, remedy: str) -> None:
        self.remedy = remedy
        super().__init__()

    def _text(self) -> str:
        return self.remedy


class CredentialsRefused(Refused):
    """401: the access token or the client id is wrong, or belongs to another host."""


class ScopeMissing(Refused):
    """403: the credential lacks the scope that this call needs."""


class NotFound(Refused):
    """404: it does not exist, or not at this merchant."""


class Unprocessable(Refused):
    """422: well-formed but against a rule (a job that may not be revoked, a key with another body)."""


class TryLater(PartnerError):
    """Nothing was done. The same request may be sent again, not before `not_before` if that is known."""


class RateLimited(TryLater):
    """429: one of the credential's budgets is used up."""


class Unavailable(TryLater):
    """A read without a usable answer. Reading again is harmless."""


class NotSent(TryLater):
    """The request certainly never left this machine."""


class AnsweredAlready(NotSent):
    """The same read was answered so recently that its answer is good until `not_before`."""


class Withheld(NotSent):
    """The caller no longer wanted the request sent when its reserved time came."""


class OutcomeUnknown(PartnerError):
    """The request was sent and may have had its effect.

    With an idempotency key the same bytes may be sent again; without one, read the state at the partner first.
    """
