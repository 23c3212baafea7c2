"""Whether a second user must approve an issuance, and the request for it, as one user sees both."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from accounts.models import Membership, Role, User
from issuance.approvals.to_issue import fingerprint_of_content, to_issue
from issuance.approvals.two_person import TwoPersonAct
from issuance.models import ApprovalRequest, Issuance, RequestOutcome
from issuance.models.approval import TwoPersonRequest
from issuance.sending import role_limits
from issuance.sending.role_limits import NOTHING, Limit, Size
from issuance.states import IssuanceState
from ui.wording import counted, listed

MOST_NAMES = 5


@dataclass(frozen=True, kw_only=True)
class NeededApproval:
    """Who must approve it, in words. `by_another`: a second user must. `typed`: the number of rewards is typed."""

    by_another: bool
    words: str
    typed: bool


@dataclass(frozen=True, kw_only=True)
class SeenRequest:
    """A request that waits for a second user, as one user sees it. `why_not`: why they cannot approve it, or empty."""

    number: int
    asked_by: str
    asked_at: datetime
    is_mine: bool
    why_not: str
    may_decline: bool


@dataclass(frozen=True, kw_only=True)
class Approval(SeenRequest):
    """The latest request to issue, as one user sees it.

    `holds`: nothing has changed since it was asked for. `file` and `design` are the beginnings of digests, to compare.
    """

    is_open: bool
    holds: bool
    answer: str
    reason: str
    file: str
    design: str

    @property
    def take_back(self) -> str:
        """The words of the button that withdraws it."""
        return "Take back and change it" if self.is_mine else "Take back, so that it can be changed"


def needed_for(issuance: Issuance, size: Size, *, by: User, role: Role, at: datetime) -> NeededApproval:
    """Return whether a user may issue this alone, and if not, who can approve it. Two queries at most."""
    typed = role_limits.is_typed(role, size)
    used = role_limits.let_out_by_user(issuance.merchant, at=at)
    limit = role_limits.limit_of_role(role).less(used.get(by.pk, NOTHING))
    alone = "alone" if used.get(by.pk, NOTHING) == NOTHING else "more alone within 24 hours"
    if limit.allows(size):
        return NeededApproval(
            by_another=False, words=f"No other user: you may issue {_up_to(limit)} {alone}.", typed=typed
        )
    others = _approvers(issuance, size, but=by, used=used)
    who = listed(others) if others else "an operator, since no user of this merchant may issue so much"
    words = f"Another user must approve it: {who}. You may issue only {_up_to(limit)} {alone}."
    return NeededApproval(by_another=True, words=words, typed=typed)


def seen(request: TwoPersonRequest, *, act: TwoPersonAct[Any, Any], by: User, at: datetime) -> SeenRequest:
    """Return a request as a user sees it. Two queries at most."""
    return SeenRequest(
        number=request.pk,
        asked_by=str(request.asked_by),
        asked_at=request.asked_at,
        is_mine=request.asked_by_id == by.pk,
        why_not=str(act.why_not_approve(request, by=by, at=at) or ""),
        may_decline=act.why_not_decline(request, by=by) is None,
    )


def approval_of(issuance: Issuance, *, by: User, at: datetime) -> Approval | None:
    """Return the latest request as a user sees it, None if there is none. A few queries."""
    request = issuance.approvals.select_related("asked_by", "ended_by").first()
    if request is None:
        return None
    is_open = issuance.state == IssuanceState.WAITING_FOR_APPROVAL
    return Approval(
        **vars(seen(request, act=to_issue, by=by, at=at)),
        is_open=is_open,
        holds=not is_open or request.fingerprint == fingerprint_of_content(issuance, issuance.campaign),
        answer="" if is_open else _answer(request),
        reason=request.reason,
        file=grouped(request.file_digest),
        design=grouped(request.fingerprint),
    )


def asked_by(issuance: Issuance) -> str:
    """Return who asked for the approval of a confirmed issuance; empty where none was needed. One query."""
    granted = issuance.approvals.filter(outcome=RequestOutcome.APPROVED).select_related("asked_by").first()
    return str(granted.asked_by) if granted else ""


def grouped(digest: str) -> str:
    """Return the beginning of a digest in groups of four: "9f3c a2b1 04de 77a0"."""
    return " ".join(digest[at : at + 4] for at in range(0, 16, 4)) if digest else ""


def _answer(request: ApprovalRequest) -> str:
    who = request.ended_by or "the command line"
    return {
        RequestOutcome.DECLINED: f"{who} declined",
        RequestOutcome.VOIDED: "The request for approval no longer holds",
        RequestOutcome.WITHDRAWN: "Approval is not asked for any more",
    }.get(RequestOutcome(request.outcome), "")


def _up_to(limit: Limit) -> str:
    parts = [
        *([counted(limit.rewards, "reward")] if limit.rewards is not None else []),
        *([f"${limit.value:,}"] if limit.value is not None else []),
    ]
    return f"up to {listed(parts)}" if parts else "any number"


def _approvers(issuance: Issuance, size: Size, *, but: User, used: Mapping[int, Size]) -> list[str]:
    roles = [role for role in Role if role_limits.may_approve(role, size, used=NOTHING)]
    members = Membership.objects.filter(merchant=issuance.merchant, role__in=roles, user__is_active=True)
    found = members.exclude(user=but).select_related("user").order_by("-role", "user__email")
    able = (row for row in found if role_limits.may_approve(Role(row.role), size, used=used.get(row.user_id, NOTHING)))
    names = [str(member.user) for member in islice(able, MOST_NAMES + 1)]
    return [*names[:MOST_NAMES], "others"] if len(names) > MOST_NAMES else names
