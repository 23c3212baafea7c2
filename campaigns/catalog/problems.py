"""Why the catalog is not fresh: a code for the row, and an explanation for the page."""

from django.db.models import TextChoices

from partner_api import errors
from partner_api.error_codes import ErrorCode, row_of
from ui.explained import Explained


class CatalogProblem(TextChoices):
    """The values of `Credential.problem` and `Merchant.problem`; '' means that all is well."""

    NOT_CONFIGURED = "not_configured", "Thanx is not set up yet"
    OTHER_HOST = "other_host", "This database belongs to another Thanx environment"
    CREDENTIALS_REFUSED = "credentials_refused", "Thanx refuses our credential"
    SCOPE_MISSING = "scope_missing", "Our credential may not issue rewards"
    UNREACHABLE = "unreachable", "Thanx cannot be reached"
    UNAVAILABLE = "unavailable", "Thanx does not answer properly"
    UNKNOWN_MERCHANT = "unknown_merchant", "Thanx does not know this merchant any more"
    REFUSED = "refused", "Thanx refused to answer"


STOPS_EVERYTHING = frozenset(
    {
        CatalogProblem.NOT_CONFIGURED,
        CatalogProblem.OTHER_HOST,
        CatalogProblem.CREDENTIALS_REFUSED,
        CatalogProblem.UNREACHABLE,
    }
)
"""While the credential has one of these, a call for each merchant would only fail once for each."""

NEEDED_SCOPE = "rewards.issue"

_STALE = "Nothing changes for them. What you see here may be out of date, and nothing new can be created or issued."
_RETRIED = "Nothing changes for them. What you see here may be out of date; we keep trying by ourselves."
_MEANS_AND_TODO: dict[CatalogProblem, tuple[str, str]] = {
    CatalogProblem.NOT_CONFIGURED: (
        _STALE,
        "Ask your operator to set THANX_API_URL, THANX_CLIENT_ID and THANX_ACCESS_TOKEN and to restart the portal.",
    ),
    CatalogProblem.OTHER_HOST: (
        _STALE,
        "Ask your operator to use one database for each Thanx environment: sandbox and production do not mix.",
    ),
    CatalogProblem.CREDENTIALS_REFUSED: (
        _STALE,
        "Ask your operator to check the client id and the access token, and that both belong to this host.",
    ),
    CatalogProblem.SCOPE_MISSING: (
        "They cannot get rewards through this portal.",
        f"Ask Thanx to grant the scope {NEEDED_SCOPE} to this credential, then press Check now.",
    ),
    CatalogProblem.UNREACHABLE: (_RETRIED, "Ask your operator to check THANX_API_URL and the network, if this lasts."),
    CatalogProblem.UNAVAILABLE: (_RETRIED, "Wait a few minutes. If it lasts, ask Thanx."),
    CatalogProblem.UNKNOWN_MERCHANT: (
        "No new rewards can be issued for this merchant.",
        "Ask Thanx whether the merchant still belongs to this credential.",
    ),
    CatalogProblem.REFUSED: (_RETRIED, "If this lasts, ask Thanx; the call log names the call."),
}
_BY_ERROR: dict[str, CatalogProblem | None] = {
    **{problem.value: problem for problem in CatalogProblem},
    ErrorCode.NOT_FOUND: CatalogProblem.UNKNOWN_MERCHANT,
    ErrorCode.RATE_LIMITED: None,
    ErrorCode.NO_SLOT: None,
}


def problem_of(error: errors.PartnerError) -> CatalogProblem | None:
    """Return what an error means for the catalog. None where the reading only has to wait for a slot."""
    return row_of(error, _BY_ERROR)


def explained(code: str) -> Explained | None:
    """Return the explanation of a stored code; None for ''. A code of a later version gets a general one."""
    if not code:
        return None
    if code not in CatalogProblem.values:
        return Explained("Thanx could not be asked", "Ask your operator.", _RETRIED)
    problem = CatalogProblem(code)
    means, todo = _MEANS_AND_TODO[problem]
    return Explained(str(problem.label), todo, means)
