"""Looking up one issued reward at Capillary: who may, what is written down, what a refusal means."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from accounts import audit
from accounts.models import User
from campaigns.models import Merchant
from engine import correlation
from partner_api import connect, errors
from partner_api.answers.issuals import Issual
from partner_api.calls.capillary import NO_SUCH_REWARD, CodeCase
from partner_api.models import Exchange


class AnotherOrganisation(Exception):
    """The reward was issued by an organisation that is not the merchant's. Nothing of it may be shown."""


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why there is nothing to show: what happened, what it means for the guest, what to do."""

    title: str
    means: str
    todo: str


UNCHANGED = "Nothing changes for the guest: this page only looks."


def look_up(
    *,
    merchant: Merchant,
    customer_id: str,
    transaction_id: str,
    code_case: CodeCase,
    host: str,
    by: User | None,
    at: datetime,
) -> Issual:
    """Return an issued reward of the merchant's organisation, with one call and one entry in the audit trail.

    `host` names a region, '' the usual one. The entry holds the transaction and how it ended, never the customer.
    Raises what the client raises, and AnotherOrganisation.
    """
    found: Issual | errors.PartnerError | AnotherOrganisation
    try:
        client = connect.capillary(host=host, about=f"merchant:{merchant.pk}")
        issual = client.issual(customer_id=customer_id, transaction_id=transaction_id, code_case=code_case)
        found = issual if issual.org_id == merchant.capillary_org else AnotherOrganisation()
    except errors.PartnerError as problem:
        found = problem
    audit.record(
        action="issued reward looked up",
        on=merchant,
        by=by,
        at=at,
        merchant_id=merchant.pk,
        transaction=transaction_id,
        host=host,
        outcome="found" if isinstance(found, Issual) else type(found).__name__,
    )
    if isinstance(found, Exception):
        raise found
    return found


def look_up_by_hand(
    *, customer_id: str, transaction_id: str, code_case: CodeCase, host: str, by: User | None, at: datetime
) -> Issual:
    """Return an issued reward of any organisation, for an operator at the command line; `by` answers for it.

    The entry in the audit trail is about the call that was made, and of the merchant whose organisation it is, where
    there is one. Raises what the client raises.
    """
    found: Issual | errors.PartnerError
    with correlation.bound(correlation.current() or correlation.given_or_new()):
        try:
            client = connect.capillary(host=host, about="command")
            found = client.issual(customer_id=customer_id, transaction_id=transaction_id, code_case=code_case)
        except errors.PartnerError as problem:
            found = problem
        made = Exchange.objects.filter(correlation=correlation.current()).order_by("pk").last()
        if made is not None:  # else nobody was asked, since Capillary is not set up
            audit.record(
                action="issued reward looked up",
                on=made,
                by=by,
                at=at,
                merchant_id=_merchant_of(found),
                transaction=transaction_id,
                host=host,
                outcome="found" if isinstance(found, Issual) else type(found).__name__,
            )
    if isinstance(found, Exception):
        raise found
    return found


def _merchant_of(found: Issual | errors.PartnerError) -> int | None:
    if not isinstance(found, Issual) or not found.org_id:
        return None
    return Merchant.objects.filter(capillary_org=found.org_id).values_list("pk", flat=True).order_by("pk").first()


def refusal_of(problem: errors.PartnerError | AnotherOrganisation) -> Refusal:
    """Return the words for why nothing was found."""
    if isinstance(problem, AnotherOrganisation):
        # The same words as for one that does not exist: that it does is not this merchant's to know.
        return _UNKNOWN
    if isinstance(problem, errors.NotFound) and problem.code in {NO_SUCH_REWARD, ""}:
        return _UNKNOWN
    if isinstance(problem, errors.NotConfigured):
        return Refusal(title="Capillary cannot be asked", means=UNCHANGED, todo=problem.remedy)
    return next((words for kind, words in _OF_ERRORS if isinstance(problem, kind)), _UNREADABLE)


_UNKNOWN = Refusal(
    title="Capillary does not know this reward, or it is disabled",
    means=UNCHANGED,
    todo="Check both numbers. The transaction number is the one given when the reward was issued, not the reward's own."
    f" Capillary's code for this is {NO_SUCH_REWARD}.",
)
_UNREADABLE = Refusal(
    title="Capillary did not answer properly",
    means=UNCHANGED,
    todo="Try again in a minute. If it lasts, tell your operator.",
)
_OF_ERRORS: tuple[tuple[type[errors.PartnerError], Refusal], ...] = (
    (
        errors.CredentialsRefused,
        Refusal(
            title="Capillary refuses our credential",
            means=UNCHANGED,
            todo="Ask your operator to check CAPILLARY_TOKEN, or CAPILLARY_USERNAME and CAPILLARY_PASSWORD, and that"
            " they belong to this region. A token may have expired.",
        ),
    ),
    (
        errors.ScopeMissing,
        Refusal(
            title="Our credential may not look up issued rewards",
            means=UNCHANGED,
            todo="Ask Capillary to give this credential access to the rewards API.",
        ),
    ),
    (
        errors.NotFound,
        _UNKNOWN,
    ),
    (
        errors.NotSent,
        Refusal(
            title="Capillary cannot be reached",
            means=UNCHANGED,
            todo="Try again in a minute. If it lasts, ask your operator to check CAPILLARY_URL and the network.",
        ),
    ),
    (
        errors.RateLimited,
        Refusal(title="Capillary asks us to slow down", means=UNCHANGED, todo="Try again in a few minutes."),
    ),
)
