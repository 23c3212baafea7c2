"""Who may answer a request of another user, and how an act on a request is refused: to issue, and to revoke."""

from typing import Any

from accounts.models import User
from accounts.permissions import Act, may
from campaigns.models import Merchant
from issuance.models.approval import RequestQuerySet, TwoPersonRequest
from issuance.sending.refusals import ActRefused
from issuance.sending.role_limits import Limit, Size


class RequestRefused(ActRefused):
    """A request cannot be asked, answered or withdrawn."""


class AlreadyAsked(RequestRefused):
    """A request of this issuance waits already."""

    words = "Somebody has asked for this already."


class NotWaiting(RequestRefused):
    """The request was answered, withdrawn or voided, or there never was one."""

    words = "Nobody asks for this approval any more."


class AnotherRequest(NotWaiting):
    """Another request waits in the place of the one that the user was shown."""

    words = "What you saw is not asked for any more, but something else is. Please look at it before you decide."


class MayNotAnswer(RequestRefused):
    """The user may not answer the request, or not withdraw it. The text says why."""


def answerable(requests: RequestQuerySet, *, number: int) -> Any:
    """Return the request of this number if it waits: what is answered is what was shown.

    Raises NotWaiting, and AnotherRequest if another one waits in its place.
    """
    found = requests.open().first()
    if found is None:
        raise NotWaiting
    if found.pk != number:
        raise AnotherRequest
    return found


def why_not(request: TwoPersonRequest, *, by: User, merchant: Merchant, left: Limit | None) -> MayNotAnswer | None:
    """Return why a user may not answer a request at a merchant, None when they may.

    No user approves their own request, operators neither, nor more than they may still decide alone today: `left`.
    None means that the size does not matter.
    """
    if request.asked_by_id == by.pk:
        return MayNotAnswer("You have asked for this yourself, so somebody else must approve it.")
    if not may(by, Act.APPROVE, merchant):
        return MayNotAnswer("Only approvers and managers can approve.")
    if left is not None and not left.allows(Size(rewards=request.rewards, at_most=request.at_most)):
        return MayNotAnswer("This is more than you may still issue yourself today, so you cannot approve it either.")
    return None
