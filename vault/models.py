"""The key that fingerprints guests, encrypted with the newest data key."""

from django.db import models

from vault.fields import SealedField


class SealedKey(models.Model):
    """A key that the portal made, sealed with the newest of DATA_KEYS. Rotation only seals it again."""

    purpose = models.CharField(max_length=40, unique=True)
    sealed = SealedField(purpose="fingerprint key")

    class Meta:
        db_table = "issuance_sealedkey"  # the table was made by issuance, and kept its name

    def __str__(self) -> str:
        return self.purpose
