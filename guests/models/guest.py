"""A guest as Thanx described them, the tagging of an issuance, and lists of subscribers."""

from typing import ClassVar

from django.db import models

from accounts.models import User
from campaigns.models import Merchant
from engine.leases import Leased
from issuance.models import Issuance
from lists.models import StoredTable
from vault.fields import SealedField


class CachedGuest(Leased):
    """What Thanx answered about one guest, encrypted: a cache of ten minutes, so that a page need not ask again.

    There is a row for the fingerprint of each of the guest's identifiers. At `expires_at` it is due, and a step deletes
    it.
    """

    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="+")
    fingerprint = models.BinaryField(max_length=16, help_text="Of the identifier that was typed.")
    token = models.CharField(max_length=100, help_text="Fingerprints of all that is known, for addresses.")
    sealed = SealedField(
        purpose="guest profile", help_text="The guest as Thanx described it; empty where it knows none."
    )
    sealed_tags = SealedField(
        purpose="guest profile", null=True, help_text="The guest's tags; null until a user asked for them."
    )
    as_of = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "guests_glance"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["merchant", "fingerprint"], name="one_glance_per_guest")
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], name="glance_due", condition=models.Q(due_at__isnull=False))
        ]

    def __str__(self) -> str:
        return f"cached guest {self.pk}"


class Tagging(Leased):
    """The tagging of an issuance's guests with their arm, and how far it is.

    A step tags a page of guests whose ids at Thanx are known: from the list of members if our credential may read it,
    else from the rewards named by webhooks. A page that is tagged twice changes nothing.
    """

    class Source(models.TextChoices):
        """Where the guests' ids come from."""

        MEMBERS = "members", "The list of members"
        REWARDS = "rewards", "Rewards that Thanx has named"

    issuance = models.OneToOneField(Issuance, on_delete=models.CASCADE, related_name="tagging")
    key = models.CharField(max_length=200)
    source = models.CharField(max_length=10, choices=Source.choices)
    asked_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    place = models.PositiveBigIntegerField(default=0, help_text="The page that was read last, or the reward.")
    places = models.PositiveIntegerField(default=0, help_text="How many pages there are, where that is known.")
    pending = models.JSONField(default=dict, help_text="Ids by arm that wait for a full call.")
    tagged = models.JSONField(default=dict, help_text="How many guests have their tag, by arm.")
    problem = models.CharField(max_length=200, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["due_at"], name="tagging_due", condition=models.Q(due_at__isnull=False))
        ]

    def __str__(self) -> str:
        return f"tagging of {self.issuance}"


class Subscription(Leased):
    """A list of people, or one person, who agreed to a merchant's marketing, and how they agreed.

    A step reads a list once the user has said what its columns hold. Nothing is sent until `confirmed_at`; then another
    step sends a few people to Thanx at a time. Each step updates the counts.
    """

    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="subscriptions")
    name = models.CharField(max_length=255, help_text="Of the file; empty for one person.")
    statement = models.TextField(help_text="What people agreed to, word for word.")
    source = models.CharField(max_length=200, help_text="Where they agreed.")
    agreed_on = models.DateField(help_text="When they agreed, at the latest.")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True, help_text="When the people on it were known.")
    unreadable = models.CharField(max_length=40, blank=True, help_text="Why the file cannot be read: a code.")
    people = models.PositiveIntegerField(default=0, help_text="Whom there is to subscribe.")
    accepted = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    confirmed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    left_out = models.JSONField(default=dict, help_text="Number of lines by reason.")
    notes = models.JSONField(default=dict, help_text="What was left away from lines that are sent: numbers.")
    problem = models.CharField(max_length=200, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True, help_text="When the people on it were erased.")

    class Meta:
        ordering: ClassVar = ["-created_at", "-pk"]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], name="subscription_due", condition=models.Q(due_at__isnull=False)),
            models.Index(fields=["merchant", "-created_at"]),
        ]

    def __str__(self) -> str:
        return self.name or f"subscription {self.pk}"


class SubscriberFile(StoredTable):
    """The file of a list, and how it is read. It is deleted when the list is confirmed.

    `columns` is empty until a user has said what each holds: `mapping` names an "email" and, where there are such, a
    "first_name", "last_name", "birthday" and "zip_code".
    """

    PURPOSE = "subscribers' file"
    MERCHANT = "subscription__merchant"

    subscription = models.OneToOneField(Subscription, on_delete=models.CASCADE, related_name="file")

    def __str__(self) -> str:
        return f"file of {self.subscription}"


class Subscriber(models.Model):
    """One person of a subscription. The name and the address are encrypted."""

    class Standing(models.TextChoices):
        """How far a person is. Accepted does not mean member: Thanx accepts every well-formed address.

        SENDING is saved before the call. A person in this state may have been accepted, so no other list sends them.
        """

        WAITING = "waiting", "Waiting"
        SENDING = "sending", "Being sent"
        ACCEPTED = "accepted", "Accepted"
        REFUSED = "refused", "Refused"

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="subscribers")
    line = models.PositiveIntegerField()
    fingerprint = models.BinaryField(max_length=16, db_index=True)
    sealed = SealedField(purpose="subscriber")
    standing = models.CharField(max_length=10, choices=Standing.choices, default=Standing.WAITING)
    code = models.CharField(max_length=64, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["line"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["subscription", "line"], name="subscriber_once_per_line")
        ]
        indexes: ClassVar = [models.Index(fields=["subscription", "standing", "line"])]

    def __str__(self) -> str:
        return f"line {self.line}"


class Remark(models.Model):
    """Why a line of a list is left out, or why one of its cells is not sent."""

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="remarks")
    line = models.PositiveIntegerField()
    reason = models.CharField(
        max_length=40, help_text="A code of guests.subscribers.rows or of issuance.audience.left_out_reasons."
    )
    kept_line = models.PositiveIntegerField(null=True, blank=True, help_text="For a duplicate: the line that counts.")
    sealed_value = SealedField(
        purpose="subscriber's cell", help_text="The cell that it is about, encrypted and shortened."
    )

    class Meta:
        ordering: ClassVar = ["line", "pk"]
        indexes: ClassVar = [models.Index(fields=["subscription", "line"])]

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"
