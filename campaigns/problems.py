"""Why Thanx could not be asked, or said no: a code for the row, and the words for the page."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import TextChoices

from partner_api import errors


class Problem(TextChoices):
    """What stands in `Credential.problem` and `Merchant.problem`; empty means that all is well."""

    NOT_CONFIGURED = "not_configured", "Thanx is not set up yet"
    OTHER_HOST = "other_host", "This database belongs to another Thanx environment"
    CREDENTIALS_REFUSED = "credentials_refused", "Thanx refuses our credential"
    SCOPE_MISSING = "scope_missing", "Our credential may not issue rewards"
    UNREACHABLE = "unreachable", "Thanx cannot be reached"
    UNAVAILABLE = "unavailable", "Thanx does not answer properly"
    UNKNOWN_MERCHANT = "unknown_merchant", "Thanx does not know this merchant any more"
    REFUSED = "refused", "Thanx refused to answer"


STOPS_EVERYTHING = frozenset(
    {Problem.NOT_CONFIGURED, Problem.OTHER_HOST, Problem.CREDENTIALS_REFUSED, Problem.UNREACHABLE}
)
"""While the credential has one of these, asking merchant by merchant would only fail once for each."""

NEEDED_SCOPE = "rewards.issue"


@dataclass(frozen=True, kw_only=True)
class Explained:
    """A problem for people: what happened, what it means for the guests, what to do."""

    code: str
    title: str
    means: str
    todo: str


_CACHED = "Nothing changes for them. What you see here may be out of date, and nothing new can be created or issued."
_WAITING = "Nothing changes for them. What you see here may be out of date; we keep trying by ourselves."
_WORDS: dict[Problem, tuple[str, str]] = {
    Problem.NOT_CONFIGURED: (
        _CACHED,
        "Ask your operator to set THANX_API_URL, THANX_CLIENT_ID and THANX_ACCESS_TOKEN and to restart the portal.",
    ),
    Problem.OTHER_HOST: (
        _CACHED,
        "Ask your operator to use one database for each Thanx environment: sandbox and production do not mix.",
    ),
    Problem.CREDENTIALS_REFUSED: (
        _CACHED,
        "Ask your operator to check the client id and the access token, and that both belong to this host.",
    ),
    Problem.SCOPE_MISSING: (
        "They cannot get rewards through this portal.",
        f"Ask Thanx to grant the scope {NEEDED_SCOPE} to this credential, then press Check now.",
    ),
    Problem.UNREACHABLE: (_WAITING, "Ask your operator to check THANX_API_URL and the network, if this lasts."),
    Problem.UNAVAILABLE: (_WAITING, "Wait a few minutes. If it lasts, ask Thanx."),
    Problem.UNKNOWN_MERCHANT: (
        "No new rewards can be issued for this merchant.",
        "Ask Thanx whether the merchant still belongs to this credential.",
    ),
    Problem.REFUSED: (_WAITING, "If this lasts, ask Thanx; the call log names the call."),
}
_OF_ERRORS: tuple[tuple[type[errors.PartnerError], Problem], ...] = (
    (errors.NotConfigured, Problem.NOT_CONFIGURED),
    (errors.CredentialsRefused, Problem.CREDENTIALS_REFUSED),
    (errors.ScopeMissing, Problem.SCOPE_MISSING),
    (errors.NotFound, Problem.UNKNOWN_MERCHANT),
    (errors.Refused, Problem.REFUSED),
    (errors.NotSent, Problem.UNREACHABLE),
)


def problem_of(error: errors.PartnerError) -> Problem | None:
    """Return what an error means for the catalog. None when it only means waiting for our turn."""
    if isinstance(error, errors.RateLimited) or (isinstance(error, errors.NotSent) and error.not_before):
        return None
    return next((problem for kind, problem in _OF_ERRORS if isinstance(error, kind)), Problem.UNAVAILABLE)


def explained(code: str) -> Explained | None:
    """Return the words for a problem's code; None for none. A code of a later version is still told."""
    if not code:
        return None
    if code not in Problem.values:
        return Explained(code=code, title="Thanx could not be asked", means=_WAITING, todo="Ask your operator.")
    problem = Problem(code)
    means, todo = _WORDS[problem]
    return Explained(code=code, title=str(problem.label), means=means, todo=todo)
