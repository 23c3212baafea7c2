"""What is kept about guests beyond their rewards."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from campaigns.models import Merchant


class Glance(models.Model):
    """What Thanx said of one guest a short while ago, encrypted: so that a page can show it without asking again.

    It is found by the fingerprints of the guest's identifiers, and of no use from `expires_at` on.
    """

    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="+")
    fingerprint = models.BinaryField(max_length=16, help_text="Of the identifier that was typed.")
    token = models.CharField(max_length=100, help_text="Fingerprints of all that is known, for addresses.")
    sealed = models.BinaryField(help_text="The guest as Thanx described it; empty where it knows none.")
    as_of = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["merchant", "fingerprint"], name="one_glance_per_guest"),
        ]

    def __str__(self) -> str:
        return f"glance {self.pk}"
