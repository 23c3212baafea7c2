"""People, the merchants they act for, and the trail of what they did."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models


class UserManager(BaseUserManager["User"]):
    """People are known by their e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, **{"is_staff": True, "is_superuser": True, **fields})


class User(AbstractUser):
    """Somebody who signs in. `is_staff` are the partner's operators: they see every merchant."""

    username = None  # type: ignore[assignment]
    email = models.EmailField("e-mail address", unique=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    def __str__(self) -> str:
        return self.get_full_name() or self.email


class Role(models.IntegerChoices):
    """What somebody may do for a merchant; each role includes those below it."""

    VIEWER = 10, "Viewer"
    MARKETER = 20, "Marketer"
    APPROVER = 30, "Approver"
    MANAGER = 40, "Manager"


class Membership(models.Model):
    """A person's role at one merchant."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    merchant = models.ForeignKey("campaigns.Merchant", on_delete=models.CASCADE, related_name="memberships")
    role = models.PositiveSmallIntegerField(choices=Role.choices, default=Role.VIEWER)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "merchant"], name="one_role_per_merchant"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.merchant} · {self.get_role_display()}"


class AuditEntry(models.Model):
    """One state-changing act of a person. Appended, never changed.

    `facts` holds counts and states before and after; never an identifier of a guest.
    """

    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="audit_entries")
    merchant = models.ForeignKey("campaigns.Merchant", null=True, on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=60, db_index=True)
    object_type = models.CharField(max_length=60)
    object_id = models.CharField(max_length=60)
    facts = models.JSONField(default=dict)
    file_digest = models.CharField(max_length=64, blank=True)
    correlation = models.CharField(max_length=36, blank=True, help_text="Of the request: log lines carry it, too.")

    class Meta:
        verbose_name_plural = "audit entries"
        indexes: ClassVar = [
            models.Index(fields=["merchant", "-at"]),
            models.Index(fields=["object_type", "object_id"]),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.object_type} {self.object_id}"
