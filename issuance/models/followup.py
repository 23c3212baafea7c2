"""What people do about failures: what they wrote instead, and what they settled. Nothing of it is ever deleted."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from accounts.models import User
from issuance.models.issuance import Issuance
from issuance.models.observed import Failure


class Settlement(models.Model):
    """Somebody's word that nothing more is to be done about some failures of an issuance.

    The failures name it. Taken back, it remains with who did that, and its failures are open again.
    """

    issuance = models.ForeignKey(Issuance, on_delete=models.PROTECT, related_name="settlements")
    guests = models.PositiveIntegerField(help_text="How many failures it was about.")
    note = models.CharField(max_length=500, help_text="Why, in that person's words.")
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    reopened_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reopened_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-at", "-pk"]
        constraints: ClassVar = [
            CheckConstraint(condition=~Q(note=""), name="settled_with_a_note"),
            CheckConstraint(condition=Q(guests__gte=1), name="settled_for_somebody"),
        ]

    def __str__(self) -> str:
        return f"{self.guests} settled"


class Correction(models.Model):
    """The identifier that somebody wrote in place of the one that failed: encrypted, and a fingerprint of it.

    It waits until its failure is retried, and stays afterwards as what was tried. `issuance` is the failure's own: two
    failures of it can never be corrected to the same guest, who would get two rewards.
    """

    failure = models.OneToOneField(Failure, on_delete=models.CASCADE, related_name="correction")
    issuance = models.ForeignKey(Issuance, on_delete=models.PROTECT, related_name="corrections")
    fingerprint = models.BinaryField(max_length=16)
    sealed_value = models.BinaryField()
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            UniqueConstraint(fields=["issuance", "fingerprint"], name="one_correction_per_guest"),
        ]

    def __str__(self) -> str:
        return f"Correction of failure {self.failure_id}"
