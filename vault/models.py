"""The keys that the portal made, encrypted with the newest data key, and the heads of chains."""

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


class ChainKey(models.Model):
    """The key of a chain (see `vault.chain`), sealed like the one above."""

    name = models.CharField(max_length=60, unique=True)
    sealed = SealedField(purpose="chain key")

    def __str__(self) -> str:
        return self.name


class ChainHead(models.Model):
    """The last link of a chain (see `vault.chain`), with a seal of its own: an end that is cut off is noticed.

    `restarted_after` is the last link before the head was found to be lost or edited.
    """

    name = models.CharField(max_length=60, unique=True)
    number = models.PositiveBigIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)
    restarted_after = models.PositiveBigIntegerField(null=True)
    seal = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.name} {self.number}"
