"""Exclusion lists: guests that a merchant never rewards, without their identifiers."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q, UniqueConstraint

from accounts.models import User
from campaigns.models import Merchant


class ExclusionListQuerySet(models.QuerySet["ExclusionList"]):
    """Lists, by whether they are removed."""

    def kept(self) -> Self:
        """Those that are not removed."""
        return self.filter(removed_at=None)


class ExclusionList(models.Model):
    """A merchant's list of guests who get no reward, in no issuance.

    `changed_at` is when a guest was last added or taken off: a draft that was read before then is read again before it
    is confirmed.
    """

    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="exclusion_lists")
    name = models.CharField(max_length=100)
    guests = models.PositiveIntegerField(default=0, help_text="How many identifiers it holds.")
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = ExclusionListQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            UniqueConstraint(fields=["merchant", "name"], condition=Q(removed_at=None), name="exclusion_list_name_once")
        ]

    def __str__(self) -> str:
        return self.name


class ExcludedGuest(models.Model):
    """One guest on a list: a keyed fingerprint of the email address or the phone number, never the identifier."""

    list = models.ForeignKey(ExclusionList, on_delete=models.CASCADE, related_name="excluded", db_index=False)
    fingerprint = models.BinaryField(max_length=16, db_index=True)

    class Meta:
        constraints: ClassVar = [UniqueConstraint(fields=["list", "fingerprint"], name="guest_once_on_a_list")]

    def __str__(self) -> str:
        return f"a guest of {self.list}"
