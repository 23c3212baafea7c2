"""What users do about failures: corrections and settlements. Neither is deleted once it has had an effect."""

from typing import ClassVar

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from accounts.models import User
from issuance.models.issuance import Issuance
from issuance.models.observed import Failure
from vault.fields import SealedField


class Settlement(models.Model):
    """A user's note that nothing more is to be done about some failures of an issuance, which refer to it.

    When it is taken back, the row stays with the user who did so, and its failures are open again.
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
    """The identifier that a user typed in place of one that failed: encrypted, with its fingerprint.

    It waits until its failure is retried, and stays afterwards. `issuance` is the failure's own: no two of its failures
    can be corrected to the same guest, who would get two rewards.
    """

    failure = models.OneToOneField(Failure, on_delete=models.CASCADE, related_name="correction")
    issuance = models.ForeignKey(Issuance, on_delete=models.PROTECT, related_name="corrections")
    fingerprint = models.BinaryField(max_length=16)
    sealed_value = SealedField(purpose="correction")
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [UniqueConstraint(fields=["issuance", "fingerprint"], name="one_correction_per_guest")]

    def __str__(self) -> str:
        return f"Correction of failure {self.failure_id}"
