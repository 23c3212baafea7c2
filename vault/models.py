"""The key that fingerprints guests, encrypted with the newest data key."""

from __future__ import annotations

from django.db import models


class SealedKey(models.Model):
    """A key of our own making, wrapped by the newest of DATA_KEYS: rotation wraps it anew and nothing else changes."""

    purpose = models.CharField(max_length=40, unique=True)
    sealed = models.BinaryField()

    class Meta:
        db_table = "issuance_sealedkey"  # where it was made

    def __str__(self) -> str:
        return self.purpose
