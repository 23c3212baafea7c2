"""A request that somebody else approves an issuance, and what came of it."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from accounts.models import User
from issuance.states import IssuanceMove


class Outcome(models.TextChoices):
    """What came of a request."""

    APPROVED = "approved", "Approved"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Withdrawn"
    VOIDED = "voided", "No longer held"

    @classmethod
    def of(cls, move: IssuanceMove) -> Outcome:
        """Return what a move of the issuance means for its open request: whatever is no answer makes it void."""
        return {
            IssuanceMove.CONFIRMED: cls.APPROVED,
            IssuanceMove.APPROVAL_DECLINED: cls.DECLINED,
            IssuanceMove.APPROVAL_WITHDRAWN: cls.WITHDRAWN,
        }.get(move, cls.VOIDED)


class ApprovalRequestQuerySet(models.QuerySet["ApprovalRequest"]):
    """Requests, by whether they were answered."""

    def open(self) -> Self:
        """Those that wait."""
        return self.filter(ended_at=None)


class ApprovalRequest(models.Model):
    """What somebody asks somebody else to let go out.

    `fingerprint` covers the guests, the arms, the rewards and the campaign as they were when it was asked for: what is
    approved is that, or nothing. It ends with the move by which the issuance leaves its state.
    """

    issuance = models.ForeignKey("issuance.Issuance", on_delete=models.CASCADE, related_name="approvals")
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    fingerprint = models.CharField(max_length=64)
    file_digest = models.CharField(max_length=64, blank=True)
    rewards = models.PositiveIntegerField()
    guests = models.PositiveIntegerField()
    at_most = models.DecimalField(max_digits=14, decimal_places=2, help_text="Dollars, of what can be priced.")
    same_file_accepted = models.BooleanField(
        default=False, help_text="Whoever asked knew that the same file had been issued lately."
    )
    outcome = models.CharField(max_length=20, choices=Outcome.choices, blank=True)
    ended_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True, help_text="Why it was declined.")

    objects = ApprovalRequestQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-asked_at", "-pk"]
        constraints: ClassVar = [
            UniqueConstraint(fields=["issuance"], condition=Q(ended_at=None), name="one_open_request"),
            CheckConstraint(
                condition=~Q(outcome=Outcome.APPROVED) | ~Q(ended_by=F("asked_by")),
                name="nobody_approves_their_own",
            ),
        ]

    def __str__(self) -> str:
        return f"Request {self.pk} for issuance {self.issuance_id}"
