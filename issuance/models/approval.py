"""Requests that another user must approve: to issue many rewards, and to revoke many."""

from decimal import Decimal
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from accounts.models import User
from issuance.states import IssuanceMove


class RequestOutcome(models.TextChoices):
    """What came of a request."""

    APPROVED = "approved", "Approved"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Withdrawn"
    VOIDED = "voided", "No longer held"

    @classmethod
    def of(cls, move: IssuanceMove) -> "RequestOutcome":
        """Return what a move of the issuance makes of its open request: void, unless the move answers it."""
        return {
            IssuanceMove.CONFIRMED: cls.APPROVED,
            IssuanceMove.APPROVAL_DECLINED: cls.DECLINED,
            IssuanceMove.APPROVAL_WITHDRAWN: cls.WITHDRAWN,
        }.get(move, cls.VOIDED)


class RequestQuerySet(models.QuerySet[Any]):
    """Requests, by whether they wait."""

    def open(self) -> Self:
        """Those that wait for an answer."""
        return self.filter(ended_at=None)


class TwoPersonRequest(models.Model):
    """What one user asks another to approve. An issuance has at most one open request of a kind."""

    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    rewards = models.PositiveIntegerField()
    ended_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    at_most: Any
    issuance: Any

    objects = RequestQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering: ClassVar = ["-asked_at", "-pk"]


class ApprovalRequest(TwoPersonRequest):
    """A request to let an issuance go out.

    `fingerprint` covers the guests, the arms, the rewards and the campaign as they were when it was asked for: what is
    approved is that, or nothing. It ends with the move by which the issuance leaves its state.
    """

    issuance = models.ForeignKey("issuance.Issuance", on_delete=models.CASCADE, related_name="approvals")
    fingerprint = models.CharField(max_length=64)
    file_digest = models.CharField(max_length=64, blank=True)
    guests = models.PositiveIntegerField()
    at_most = models.DecimalField(max_digits=14, decimal_places=2, help_text="Dollars, as the limits count them.")
    same_file_accepted = models.BooleanField(
        default=False, help_text="The user who asked knew that the same file had been issued lately."
    )
    outcome = models.CharField(max_length=20, choices=RequestOutcome.choices, blank=True)
    reason = models.CharField(max_length=500, blank=True, help_text="Why it was declined.")

    class Meta(TwoPersonRequest.Meta):
        constraints: ClassVar = [
            UniqueConstraint(fields=["issuance"], condition=Q(ended_at=None), name="one_open_request"),
            CheckConstraint(
                condition=~Q(outcome=RequestOutcome.APPROVED) | ~Q(ended_by=F("asked_by")),
                name="nobody_approves_their_own",
            ),
        ]

    def __str__(self) -> str:
        return f"Request {self.pk} for issuance {self.issuance_id}"


class RevocationRequest(TwoPersonRequest):
    """A request to revoke exactly these jobs, for this reason. Their rewards are counted, not priced."""

    at_most = Decimal(0)

    issuance = models.ForeignKey("issuance.Issuance", on_delete=models.PROTECT, related_name="revocation_requests")
    batches = models.ManyToManyField("issuance.Batch", related_name="revocation_requests")
    also_running = models.BooleanField(default=False, help_text="Those that still run, too, as they finish.")
    outcome = models.CharField(max_length=20, choices=RequestOutcome.choices, blank=True, db_column="answer")
    reason = models.CharField(max_length=500)

    class Meta(TwoPersonRequest.Meta):
        constraints: ClassVar = [
            UniqueConstraint(fields=["issuance"], condition=Q(ended_at=None), name="one_open_revocation_request"),
            CheckConstraint(
                condition=~Q(outcome=RequestOutcome.APPROVED) | ~Q(ended_by=F("asked_by")),
                name="nobody_approves_their_own_revocation",
            ),
        ]

    def __str__(self) -> str:
        return f"Request {self.pk} to revoke issuance {self.issuance_id}"
