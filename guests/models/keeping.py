"""When guests' data are erased: the row that makes it due to look, and erasures of single guests."""

from typing import ClassVar

from django.db import models

from accounts.models import User
from campaigns.models import Merchant
from engine.leases import Leased
from vault.fields import SealedField


class Keeping(Leased):
    """The single row that a step claims to look for what is to be erased."""

    swept_at = models.DateTimeField(null=True, blank=True, help_text="When files that no row names were last deleted.")

    class Meta:
        verbose_name_plural = "lifetimes"

    def __str__(self) -> str:
        return "Lifetimes of guests' data"


class GuestErasure(Leased):
    """The erasure of one guest at a merchant, and its receipt: what was erased, and what is kept until when and why.

    While something is kept the row is due again, and knows the guest; when all is erased it forgets the guest.
    """

    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="+")
    sealed_guest = SealedField(purpose="guest to be erased", help_text="The identifiers that were typed, encrypted.")
    exclusions_too = models.BooleanField(default=False, help_text="Take the guest off exclusion lists, too.")
    asked_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True, blank=True)
    rows = models.JSONField(default=dict, help_text="How many rows were erased, by table.")
    kept = models.JSONField(default=list, help_text="What is kept, why, and until when where that is known.")
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-asked_at", "-pk"]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], name="guest_erasure_due", condition=models.Q(due_at__isnull=False))
        ]

    def __str__(self) -> str:
        return f"erasure {self.pk}"
