"""Look up one issued reward at Capillary, audited, and put into words why there is none to show."""

from dataclasses import dataclass
from datetime import datetime

from accounts import audit
from accounts.models import User
from campaigns.models import Merchant
from engine import correlation
from partner_api import connect, errors
from partner_api.answers.issuals import Issual
from partner_api.calls.capillary import NO_SUCH_REWARD, CodeCase
from partner_api.error_codes import ErrorCode, explained
from partner_api.models import Exchange
from ui.explained import Explained


@dataclass(frozen=True, kw_only=True)
class IssuedRewardQuery:
    """Which reward to look up, and how. `host` is one of those in CAPILLARY_URL, '' the first."""

    customer_id: str
    transaction_id: str
    code_case: CodeCase
    host: str

    def answer(self, *, about: str, merchant: str = "") -> Issual | errors.PartnerError:
        """Ask Capillary: one call, recorded as `about`. Return the reward, or the error."""
        try:
            client = connect.capillary(host=self.host, about=about, merchant=merchant)
            return client.issual(
                customer_id=self.customer_id, transaction_id=self.transaction_id, code_case=self.code_case
            )
        except errors.PartnerError as problem:
            return problem

    def audited(self, outcome: Issual | Exception) -> dict[str, str]:
        """Return what an audit row says of the look-up: the transaction and the outcome, never the customer."""
        word = "found" if isinstance(outcome, Issual) else type(outcome).__name__
        return {"transaction": self.transaction_id, "host": self.host, "outcome": word}


class AnotherOrganisation(Exception):
    """Another organisation than the merchant's has issued the reward: it may not be shown."""


LOOKED_UP = "issued reward looked up"
UNCHANGED = "Nothing changes for the guest: this page only looks."


def look_up_issued_reward(query: IssuedRewardQuery, *, merchant: Merchant, by: User, at: datetime) -> Issual:
    """Return an issued reward of the merchant's organisation: one call and one audit row.

    Raises PartnerError and AnotherOrganisation.
    """
    found: Issual | Exception = query.answer(about=f"merchant:{merchant.pk}", merchant=merchant.thanx_id)
    if isinstance(found, Issual) and found.org_id != merchant.capillary_org:
        found = AnotherOrganisation()
    audit.record(action=LOOKED_UP, on=merchant, by=by, at=at, merchant_id=merchant.pk, **query.audited(found))
    if isinstance(found, Exception):
        raise found
    return found


def look_up_for_operator(query: IssuedRewardQuery, *, by: User | None, at: datetime) -> Issual:
    """Return an issued reward of any organisation, for an operator at the command line.

    The audit row is about the call, and belongs to the merchant of the reward's organisation if there is one. Raises
    PartnerError.
    """
    with correlation.bound(correlation.current() or correlation.given_or_new()):
        found = query.answer(about="command")
        made = Exchange.objects.filter(correlation=correlation.current()).order_by("pk").last()
        if made is not None:  # else Capillary is not configured, and no call was made
            merchant_id = _merchant_of(found)
            audit.record(action=LOOKED_UP, on=made, by=by, at=at, merchant_id=merchant_id, **query.audited(found))
    if isinstance(found, Exception):
        raise found
    return found


def _merchant_of(found: Issual | errors.PartnerError) -> int | None:
    if not isinstance(found, Issual) or not found.org_id:
        return None
    return Merchant.objects.filter(capillary_org=found.org_id).values_list("pk", flat=True).order_by("pk").first()


def why_not_shown(problem: errors.PartnerError | AnotherOrganisation) -> Explained:
    """Return why there is nothing to show."""
    if isinstance(problem, AnotherOrganisation):
        # The same words as for an unknown reward: that it exists is not this merchant's to know.
        return _UNKNOWN
    return explained(problem, rows=_EXPLAINED)


_UNKNOWN = Explained(
    "Capillary does not know this reward, or it is disabled",
    "Check both numbers. The transaction number is the one given when the reward was issued, not the reward's own."
    f" Capillary's code for this is {NO_SUCH_REWARD}.",
    UNCHANGED,
)
_EXPLAINED: dict[str, Explained] = {
    ErrorCode.NOT_CONFIGURED: Explained("Capillary cannot be asked", "", UNCHANGED),
    ErrorCode.CREDENTIALS_REFUSED: Explained(
        "Capillary refuses our credential",
        "Ask your operator to check CAPILLARY_TOKEN, or CAPILLARY_USERNAME and CAPILLARY_PASSWORD, and that"
        " they belong to this region. A token may have expired.",
        UNCHANGED,
    ),
    ErrorCode.SCOPE_MISSING: Explained(
        "Our credential may not look up issued rewards",
        "Ask Capillary to give this credential access to the rewards API.",
        UNCHANGED,
    ),
    ErrorCode.NOT_FOUND: _UNKNOWN,
    ErrorCode.UNREACHABLE: Explained(
        "Capillary cannot be reached",
        "Try again in a minute. If it lasts, ask your operator to check CAPILLARY_URL and the network.",
        UNCHANGED,
    ),
    ErrorCode.RATE_LIMITED: Explained("Capillary asks us to slow down", "Try again in a few minutes.", UNCHANGED),
    ErrorCode.UNAVAILABLE: Explained(
        "Capillary did not answer properly", "Try again in a minute. If it lasts, tell your operator.", UNCHANGED
    ),
}
