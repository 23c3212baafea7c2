"""Acts that take two users above a limit: one asks, and another who may decide about so much approves or declines.

An issuance has at most one open request of a kind. An answer names the request that the user was shown, and is given
once: of two approvals the second changes nothing.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar, cast

from django.db import transaction

from accounts.models import User
from accounts.permissions import Act, may
from campaigns.models import Merchant
from issuance.models import Issuance, RequestOutcome
from issuance.models.approval import RequestQuerySet, TwoPersonRequest
from issuance.sending.refusals import ActRefused
from issuance.sending.role_limits import Limit, Size

LONGEST_REASON = 500

Request = TypeVar("Request", bound=TwoPersonRequest)
Done = TypeVar("Done")


class RequestRefused(ActRefused):
    """A request cannot be asked, answered or withdrawn."""


class AlreadyAsked(RequestRefused):
    """A request of this kind waits already."""

    words = "A user has asked for this already."


class NotWaiting(RequestRefused):
    """The request was declined, withdrawn or voided, or there never was one."""

    words = "This approval is no longer asked for."


class AnotherRequest(NotWaiting):
    """Another request waits in the place of the one that the user was shown."""

    words = "What you saw is not asked for any more, but something else is. Please look at it before you decide."


class MayNotAnswer(RequestRefused):
    """The user may not answer the request, or not withdraw it. The text says why."""


class TwoPersonAct(ABC, Generic[Request, Done]):
    """Asks, approves, declines and withdraws. A subclass says what is locked, asked for and carried out.

    A refusal that `requested` or `carry_out` returns keeps what has changed with it, and is raised afterwards.
    """

    verb: ClassVar[str]
    """What the user does alone below the limit, for the sentences of refusals."""

    withdrawn_by_asker_only: ClassVar[bool]
    requests: Any
    """The model of the requests."""

    notify: Callable[..., None]
    requested: Callable[..., Request | ActRefused]
    """Writes the request for a locked issuance, and records it."""

    carry_out: Callable[..., Done | ActRefused]
    """Does what was asked for, and ends the request."""

    @abstractmethod
    def lock(self, issuance: Issuance) -> Issuance:
        """Lock what an answer decides about and what it is measured against, in the order of issuance.locks."""

    @abstractmethod
    def left(self, user: User, *, merchant: Merchant, at: datetime) -> Limit:
        """Return what a user may still decide about alone on this day."""

    @abstractmethod
    def end(self, request: Request, outcome: RequestOutcome, *, by: User, at: datetime, reason: str) -> None:
        """End a request without doing what it asks for, and record that."""

    def ask(self, *, issuance: Issuance, by: User, at: datetime, **wish: Any) -> Request:
        """Ask another user, and notify the approvers. Raises AlreadyAsked, and why it cannot be done at all."""
        with transaction.atomic():
            found = self.lock(issuance)
            if self.waiting(found) is not None:
                raise AlreadyAsked
            request = self.requested(found, by=by, at=at, **wish)
            if not isinstance(request, ActRefused):
                self.notify(request, at=at)
        return cast("Request", self._settled(request, issuance))

    def approve(self, *, issuance: Issuance, number: int, by: User, at: datetime, **wish: Any) -> Done | None:
        """Do, once, what another user has asked for by the request of this number; None if that is done already.

        Raises a RequestRefused, and why it cannot be done at all.
        """
        with transaction.atomic():
            found = self.lock(issuance)
            if self._all_of(found).filter(pk=number, outcome=RequestOutcome.APPROVED).exists():
                return None
            request = self._answerable(found, number=number)
            refusal = self.why_not_approve(request, by=by, at=at)
            if refusal is not None:
                raise refusal
            done = self.carry_out(request, found, by=by, at=at, **wish)
        return cast("Done", self._settled(done, issuance))

    def decline(self, *, issuance: Issuance, number: int, by: User, at: datetime, reason: str = "") -> None:
        """Say no, and why: nothing is done. Raises NotWaiting and MayNotAnswer."""
        with transaction.atomic():
            found = self.lock(issuance)
            request = self._answerable(found, number=number)
            refusal = self.why_not_decline(request, by=by)
            if refusal is not None:
                raise refusal
            self.end(request, RequestOutcome.DECLINED, by=by, at=at, reason=reason)
        issuance.refresh_from_db()

    def withdraw(self, *, issuance: Issuance, number: int, by: User, at: datetime) -> None:
        """Ask no longer. Raises NotWaiting, and MayNotAnswer where only the user who asked may do that."""
        with transaction.atomic():
            found = self.lock(issuance)
            request = self._answerable(found, number=number)
            if self.withdrawn_by_asker_only and request.asked_by_id != by.pk:
                raise MayNotAnswer("Only the user who has asked can withdraw this.")
            self.end(request, RequestOutcome.WITHDRAWN, by=by, at=at, reason="")
        issuance.refresh_from_db()

    def waiting(self, issuance: Issuance) -> Request | None:
        """Return the open request of an issuance, if any, with who asked. One query."""
        return self._all_of(issuance).open().select_related("asked_by").first()

    def why_not_approve(self, request: Request, *, by: User, at: datetime) -> MayNotAnswer | None:
        """Return why a user may not approve a request, None when they may: no more than they may do alone."""
        refusal = self.why_not_decline(request, by=by)
        if refusal is not None:
            return refusal
        left = self.left(by, merchant=request.issuance.merchant, at=at)
        if left.allows(Size(rewards=request.rewards, at_most=request.at_most)):
            return None
        words = f"This is more than you may still {self.verb} alone within 24 hours, so you cannot approve it either."
        return MayNotAnswer(words)

    def why_not_decline(self, request: Request, *, by: User) -> MayNotAnswer | None:
        """Return why a user may not decline a request, None when they may. Its size does not matter."""
        if request.asked_by_id == by.pk:
            return MayNotAnswer("You have asked for this yourself, so another user must approve it.")
        if not may(by, Act.APPROVE, request.issuance.merchant):
            return MayNotAnswer("Only approvers and managers can approve.")
        return None

    def _all_of(self, issuance: Issuance) -> RequestQuerySet:
        found: RequestQuerySet = self.requests.objects.filter(issuance=issuance)
        return found

    def _answerable(self, issuance: Issuance, *, number: int) -> Request:
        found = self.waiting(issuance)
        if found is None:
            raise NotWaiting
        if found.pk != number:
            raise AnotherRequest
        found.issuance = issuance
        return found

    def _settled(self, done: Any, issuance: Issuance) -> Any:
        issuance.refresh_from_db()
        if isinstance(done, ActRefused):
            raise done
        return done
