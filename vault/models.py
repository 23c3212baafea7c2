"""The key that fingerprints guests, encrypted with the newest data key."""

from django.db import models


class SealedKey(models.Model):
    """A key that the portal made, sealed with the newest of DATA_KEYS. Rotation only seals it again."""

    purpose = models.CharField(max_length=40, unique=True)
    sealed = models.BinaryField()

    class Meta:
        db_table = "issuance_sealedkey"  # the table was made by issuance, and kept its name

    def __str__(self) -> str:
        return self.purpose
