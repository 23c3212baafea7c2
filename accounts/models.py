"""Users, their roles at merchants, and the audit trail."""

from typing import Any, ClassVar, NoReturn, Self

from django.apps import apps
from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from vault.chain import Chained
from vault.fields import SealedField


class UserManager(BaseUserManager["User"]):
    """Creates users, who are identified by their email address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create an operator. Only a user with a shell on the machine can, and vouches for the address."""
        user = self.create_user(email, password, **{"is_staff": True, "is_superuser": True, **fields})
        apps.get_model("account", "EmailAddress").objects.create(
            user=user, email=user.email, verified=True, primary=True
        )
        return user


class User(AbstractUser):
    """A user of the portal. Those who are `is_staff` are operators: they see every merchant (accounts.permissions)."""

    username = None  # type: ignore[assignment]
    email = models.EmailField("email address", unique=True)
    certifies_until = models.DateTimeField(
        null=True, blank=True, help_text="A certifier reads the proofs until then, and nothing of a guest."
    )
    may_open_guest_tokens = models.BooleanField(
        default=False, db_default=False, help_text="An operator who may open tokens that act as a guest."
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    def __str__(self) -> str:
        return self.get_full_name() or self.email


class Role(models.IntegerChoices):
    """What a user may do for a merchant; each role includes those below it."""

    VIEWER = 10, "Viewer"
    MARKETER = 20, "Marketer"
    APPROVER = 30, "Approver"
    MANAGER = 40, "Manager"


class Membership(models.Model):
    """A user's role at one merchant."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    merchant = models.ForeignKey("campaigns.Merchant", on_delete=models.CASCADE, related_name="memberships")
    role = models.PositiveSmallIntegerField(choices=Role.choices, default=Role.VIEWER)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "merchant"], name="one_role_per_merchant")]

    def __str__(self) -> str:
        return f"{self.user} · {self.merchant} · {self.get_role_display()}"

    def clean(self) -> None:
        """Refuse a role for an account with an address that its holder has not proven."""
        if self.user_id is None:
            return  # the form says that it is missing
        addresses = apps.get_model("account", "EmailAddress").objects.filter(verified=True, email=self.user.email)
        if not addresses.filter(user=self.user).exists():
            raise ValidationError({"user": "This user has not shown yet that the email address is theirs."})


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Invitations by what can still be done with them."""

    def pending(self) -> Self:
        """Those that were neither accepted nor withdrawn; some of them may be too old."""
        return self.filter(accepted_at=None, withdrawn_at=None)


class Invitation(models.Model):
    """A role that waits for the holder of an email address: at a merchant, or in the installation.

    The link in the email is kept as a digest only.
    """

    merchant = models.ForeignKey("campaigns.Merchant", null=True, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField("email address")
    role = models.PositiveSmallIntegerField(choices=Role.choices, null=True)
    installation_role = models.CharField(max_length=20, blank=True)
    certifies_until = models.DateTimeField(null=True)
    token_digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    accepted_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["email"])]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(merchant__isnull=False, role__isnull=False, installation_role="")
                | (Q(merchant__isnull=True, role__isnull=True) & ~Q(installation_role="")),
                name="invited_to_one_role",
            )
        ]

    def __str__(self) -> str:
        return f"{self.email} · {self.merchant or 'installation'} · {self.role_label}"

    @property
    def role_label(self) -> str:
        """What the invited user becomes."""
        return Role(self.role).label if self.role is not None else self.installation_role.capitalize()


class FactorSeed(models.Model):
    """The seed of a second factor, sealed. allauth's row of the factor names it."""

    sealed = SealedField(purpose="seed of a second factor")

    def __str__(self) -> str:
        return f"seed {self.pk}"


class AppendOnly(Exception):
    """An audit row cannot be changed or deleted."""


class UserMinute(models.Model):
    """How often a user did what is limited, in one minute: see `accounts.user_limits`. There is one row of a kind."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20)
    minute = models.DateTimeField()
    used = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "kind"], name="user_minute_once_per_kind")]

    def __str__(self) -> str:
        return f"{self.user}: {self.kind}"


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    """The audit trail. It can be read and appended to; changes and deletions raise AppendOnly."""

    def update(self, **_: Any) -> NoReturn:
        """Refuse. Raises AppendOnly."""
        raise AppendOnly("an audit entry is never changed")

    def delete(self) -> NoReturn:
        """Refuse. Raises AppendOnly."""
        raise AppendOnly("an audit entry is never deleted")

    def named(self, words: str) -> Self:
        """Those of users whose address then, or name now, contains the words."""
        name = Q(who__icontains=words) | Q(by__first_name__icontains=words) | Q(by__last_name__icontains=words)
        return self.filter(name)

    def on(self, words: str) -> Self:
        """Those on objects of this kind, of this number, or both: "campaign", "12", "issuance 12"."""
        asked = words.replace("#", " ").split()
        kind = "".join(word for word in asked if not word.isdecimal())
        numbers = [word for word in asked if word.isdecimal()]
        found = self.filter(object_type__iendswith=f".{kind}") if kind else self.all()
        return found.filter(object_id__in=numbers) if numbers else found


class AuditEntry(Chained):
    """One act of a user. The row is appended and never changed: rows form a chain, see `vault.chain`.

    `who` is the user's email address at that time. `facts` holds counts and states before and after, never an
    identifier of a guest, nor words that a user typed.
    """

    SAYS = (
        *("at", "by_id", "who", "merchant_id", "action", "object_type", "object_id", "facts", "file_digest"),
        "correlation",
    )

    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="audit_entries")
    who = models.CharField("by", max_length=254, blank=True, default="", db_default="")
    merchant = models.ForeignKey("campaigns.Merchant", null=True, on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=60, db_index=True)
    object_type = models.CharField(max_length=60)
    object_id = models.CharField(max_length=60)
    facts = models.JSONField(default=dict)
    file_digest = models.CharField(max_length=64, blank=True)
    correlation = models.CharField(max_length=36, blank=True, help_text="Of the request: log lines carry it, too.")

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "audit entries"
        indexes: ClassVar = [
            models.Index(fields=["merchant", "-at"]),
            models.Index(fields=["-at"]),
            models.Index(fields=["object_type", "object_id"]),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.object_type} {self.object_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Append a new entry. Raises AppendOnly for one that there is already."""
        if not self._state.adding:
            raise AppendOnly("an audit entry is never changed")
        kwargs["force_insert"] = True
        super().save(*args, **kwargs)

    def delete(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse. Raises AppendOnly."""
        raise AppendOnly("an audit entry is never deleted")
