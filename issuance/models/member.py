"""The members of a merchant at Thanx, as fingerprints without identifiers."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from campaigns.models import Merchant
from engine.leases import Leased


class MemberIndex(Leased):
    """How far the members of a merchant have been read. While it is due, a step reads their next page.

    A reading asks for the members that changed after `changed_since` (all where that is null), page by page. When it
    ends, all who were members at `as_of` are known.
    """

    merchant = models.OneToOneField(Merchant, on_delete=models.CASCADE, primary_key=True, related_name="member_index")
    changed_since = models.DateTimeField(null=True, blank=True)
    begun_at = models.DateTimeField(null=True, blank=True, help_text="When the reading that is under way began.")
    next_page = models.PositiveIntegerField(default=1)
    pages = models.PositiveIntegerField(default=0, help_text="Of the reading that is under way.")
    as_of = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=40, blank=True, help_text="Why the last reading stopped.")

    class Meta:
        verbose_name_plural = "member indexes"
        indexes: ClassVar = [
            models.Index(fields=["due_at"], name="member_index_due", condition=Q(due_at__isnull=False))
        ]

    def __str__(self) -> str:
        return f"Members of {self.merchant}"


class Member(models.Model):
    """One identifier of a member: a guest with an email address and a phone number has two."""

    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="+", db_index=False)
    user_id = models.CharField(max_length=100, help_text="Thanx's own id.")
    fingerprint = models.BinaryField(max_length=16)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["merchant", "fingerprint"], name="member_by_fingerprint"),
            models.Index(fields=["merchant", "user_id"], name="member_by_user"),
        ]

    def __str__(self) -> str:
        return self.user_id
