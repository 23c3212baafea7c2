"""Who may answer a request of another user, and how an act on a request is refused: to issue, and to revoke."""

from accounts.models import Role, User
from accounts.permissions import Act, roles_that_may
from issuance.models.approval import TwoPersonRequest
from issuance.sending.refusals import ActRefused
from issuance.sending.role_limits import Size, may_approve


class RequestRefused(ActRefused):
    """A request cannot be asked, answered or withdrawn."""


class AlreadyAsked(RequestRefused):
    """A request of this issuance waits already."""

    words = "Somebody has asked for this already."


class NotWaiting(RequestRefused):
    """The request was answered, withdrawn or voided, or there never was one."""

    words = "Nobody asks for this approval any more."


class MayNotAnswer(RequestRefused):
    """The user may not answer the request, or not withdraw it. The text says why."""


def why_not(request: TwoPersonRequest, *, by: User, role: Role | None, size: Size | None) -> MayNotAnswer | None:
    """Return why a user may not answer a request, None when they may. `role`: theirs at the request's merchant.

    No user approves their own request, operators neither, nor more than they may issue alone. `size` None means that
    the size does not matter.
    """
    if request.asked_by_id == by.pk:
        return MayNotAnswer("You have asked for this yourself, so somebody else must approve it.")
    if role is None or role not in roles_that_may(Act.APPROVE):
        return MayNotAnswer("Only approvers and managers can approve.")
    if size is not None and not may_approve(role, size):
        return MayNotAnswer("This is more than you may issue yourself, so you cannot approve it either.")
    return None
