"""The data map: which columns hold personal data, how long, and what stays in their place.

The one place that says so. The step that erases, off-boarding, docs/security.md and the tests read it; a test fails for
a column that is neither here nor in `vault.nothing_personal`. Tables are named by labels: this floor imports no app.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

ERASED = "(erased)"
"""What stays of a typed text that must not be empty."""


class Lifetime(Enum):
    """How long something is kept. The value is for people; "the retention" is the merchant's own number of days."""

    ISSUANCE = (
        "the retention after the issuance and its retries have ended; a draft: after its last change; of a discarded"
        " draft: nothing"
    )
    EXPERIMENT = (
        "the retention after the issuance and its campaign have ended: arms and earlier rewards are known by it"
    )
    SUBSCRIPTION = "the retention after the list was sent; one that was never confirmed: after it was made"
    FEEDBACK = "the retention after the guest gave it"
    RECOVERY = "the retention after the feedback's reward was settled, and as long as a rule spares the guest"
    MEMBERS = "the retention after the members were last read"
    OUTCOMES = "the retention after it came in, and as long as an experiment that it belongs to can be counted"
    COLUMNS = "the retention after such a file was last read"
    REMOVED_LIST = "the retention after the list was removed"
    LIFTED_HALT = "the retention after sending went on"
    WEBHOOK = "the retention after it came"
    CACHE = "ten minutes"
    ERASURE = "until the last of the guest's data is erased"
    EXCLUSION = "until a user takes the guest off the list or removes the list"
    ACCOUNT = "as long as the user has an account"
    SESSION = "until the session ends"
    LINK = "until the link is sent, an hour at most"
    INVITATION = "the installation's retention after it was accepted, withdrawn or too old"
    PROOF = "for good: it proves who did what, and names no guest"
    MERCHANT = "as long as the merchant is served: it describes the merchant, not a guest"


STEPPED = frozenset(
    {
        *(Lifetime.ISSUANCE, Lifetime.EXPERIMENT, Lifetime.SUBSCRIPTION, Lifetime.FEEDBACK, Lifetime.RECOVERY),
        *(
            Lifetime.OUTCOMES,
            Lifetime.MEMBERS,
            Lifetime.COLUMNS,
            Lifetime.REMOVED_LIST,
            Lifetime.LIFTED_HALT,
            Lifetime.WEBHOOK,
        ),
    }
)
"""The lifetimes at whose end the engine's step erases."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """Personal columns of one table. `owner` leads from a row to the row whose end counts; "" is the row itself.

    At the end of the lifetime `blank` takes the columns' place; of `deleted` columns the whole row goes. `stamped`
    names a column that gets the time of the erasure.
    """

    table: str
    lifetime: Lifetime
    what: str
    owner: str = ""
    blank: Mapping[str, Any] = field(default_factory=dict)
    deleted: tuple[str, ...] = ()
    stamped: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """The personal columns."""
        return (*self.blank, *self.deleted)


FILE = {"file_name": "", "columns": [], "sealed_sheets": b"", "sealed_examples": b""}

PERSONAL: tuple[Kept, ...] = (
    # --- an issuance
    Kept(
        table="issuance.Upload",
        lifetime=Lifetime.ISSUANCE,
        owner="issuance",
        what="the uploaded file (encrypted), its name, its columns, examples of its lines",
        blank=FILE,
        stamped="erased_at",
    ),
    Kept(
        table="issuance.Manifest",
        lifetime=Lifetime.ISSUANCE,
        owner="batch__issuance",
        what="the identifiers of a batch as they are sent (encrypted)",
        blank={"sealed_body": b"", "sealed_lines": b""},
        stamped="erased_at",
    ),
    Kept(
        table="issuance.RejectedLine",
        lifetime=Lifetime.ISSUANCE,
        owner="issuance",
        what="lines that were left out: the cell (encrypted), sometimes a fingerprint",
        deleted=("sealed_value", "fingerprint"),
    ),
    Kept(
        table="issuance.DoubtfulLine",
        lifetime=Lifetime.ISSUANCE,
        owner="issuance",
        what="lines that were doubted: the identifier (encrypted)",
        deleted=("sealed_value",),
    ),
    Kept(
        table="issuance.CorrectedLine",
        lifetime=Lifetime.ISSUANCE,
        owner="issuance",
        what="corrections of lines: the identifier (encrypted)",
        deleted=("sealed_value",),
    ),
    Kept(
        table="issuance.Correction",
        lifetime=Lifetime.ISSUANCE,
        owner="issuance",
        what="corrections of failures: the identifier (encrypted) and its fingerprint",
        deleted=("fingerprint", "sealed_value"),
    ),
    Kept(
        table="issuance.Settlement",
        lifetime=Lifetime.ISSUANCE,
        owner="issuance",
        what="notes of users on failures",
        blank={"note": ERASED},
    ),
    Kept(
        table="issuance.ApprovalRequest",
        lifetime=Lifetime.ISSUANCE,
        owner="issuance",
        what="why a request was declined",
        blank={"reason": ""},
    ),
    Kept(
        table="issuance.RevocationRequest",
        lifetime=Lifetime.ISSUANCE,
        owner="issuance",
        what="why a revocation was asked for",
        blank={"reason": ERASED},
    ),
    Kept(
        table="issuance.Batch",
        lifetime=Lifetime.ISSUANCE,
        owner="issuance",
        what="why a job was revoked",
        blank={"revoke_reason": ""},
    ),
    Kept(
        table="guests.Tagging",
        lifetime=Lifetime.ISSUANCE,
        owner="issuance",
        what="Thanx's ids of guests that wait for their tag",
        blank={"pending": {}},
    ),
    Kept(
        table="issuance.Recipient",
        lifetime=Lifetime.EXPERIMENT,
        owner="batch__issuance",
        what="fingerprints of the guests who were sent to or held back",
        blank={"fingerprint": b""},
    ),
    Kept(
        table="issuance.IssuedReward",
        lifetime=Lifetime.EXPERIMENT,
        owner="batch__issuance",
        what="Thanx's ids of the guests who got a reward",
        blank={"user_id": ""},
    ),
    # --- lists of a merchant
    Kept(
        table="issuance.RememberedColumns",
        lifetime=Lifetime.COLUMNS,
        what="names of sheets of uploaded files",
        deleted=("sheet", "mapping"),
    ),
    Kept(
        table="issuance.ExclusionList",
        lifetime=Lifetime.REMOVED_LIST,
        what="names of exclusion lists",
        blank={"name": ERASED},
    ),
    Kept(
        table="issuance.ExcludedGuest",
        lifetime=Lifetime.EXCLUSION,
        owner="list",
        what="fingerprints of the guests on exclusion lists",
        deleted=("fingerprint",),
    ),
    Kept(
        table="issuance.Member",
        lifetime=Lifetime.MEMBERS,
        owner="merchant",
        what="members at Thanx: their ids there, fingerprints of their addresses and numbers",
        deleted=("user_id", "fingerprint"),
    ),
    Kept(
        table="issuance.Delivery",
        lifetime=Lifetime.WEBHOOK,
        what="webhooks as they came (encrypted)",
        blank={"sealed_body": b""},
    ),
    Kept(
        table="campaigns.Halt", lifetime=Lifetime.LIFTED_HALT, what="why sending was stopped", blank={"reason": ERASED}
    ),
    # --- what guests did
    Kept(
        table="results.GuestLink",
        lifetime=Lifetime.OUTCOMES,
        owner="merchant",
        what="ids at Thanx of guests of issuances, as fingerprints, with those of their addresses and numbers",
        deleted=("guest", "fingerprint"),
    ),
    Kept(
        table="results.Visit",
        lifetime=Lifetime.OUTCOMES,
        owner="merchant",
        what="purchases of guests of issuances: when and how much, under fingerprints",
        deleted=("key", "guest"),
    ),
    Kept(
        table="results.UsedReward",
        lifetime=Lifetime.OUTCOMES,
        owner="merchant",
        what="rewards of guests of issuances, under fingerprints",
        deleted=("key", "guest"),
    ),
    Kept(
        table="results.OutcomeImport",
        lifetime=Lifetime.OUTCOMES,
        owner="merchant",
        what="lines of files of outcomes that cannot be read (encrypted)",
        blank={"sealed_rejects": b""},
        stamped="erased_at",
    ),
    Kept(
        table="results.OutcomeFile",
        lifetime=Lifetime.OUTCOMES,
        owner="outcome_import__merchant",
        what="names of files of outcomes; the files are deleted as soon as they are joined",
        blank={"file_name": "", "columns": [], "sealed_sheets": b""},
    ),
    # --- single guests
    Kept(
        table="guests.Subscriber",
        lifetime=Lifetime.SUBSCRIPTION,
        owner="subscription",
        what="people on lists of subscribers: name, address, birthday (encrypted), fingerprint",
        deleted=("fingerprint", "sealed"),
    ),
    Kept(
        table="guests.Remark",
        lifetime=Lifetime.SUBSCRIPTION,
        owner="subscription",
        what="cells of such lists that were left out (encrypted)",
        deleted=("sealed_value",),
    ),
    Kept(
        table="guests.SubscriberFile",
        lifetime=Lifetime.SUBSCRIPTION,
        owner="subscription",
        what="the file of such a list (encrypted); it goes when the list is confirmed",
        deleted=("stored_as", "sealed_sheets", "columns"),
    ),
    Kept(
        table="guests.Subscription",
        lifetime=Lifetime.SUBSCRIPTION,
        what="the name of the file; what people agreed to, and where",
        blank={"name": "", "statement": "", "source": ""},
        stamped="erased_at",
    ),
    Kept(
        table="guests.Reply",
        lifetime=Lifetime.FEEDBACK,
        owner="feedback",
        what="answers to guests (encrypted)",
        blank={"sealed_text": b""},
    ),
    Kept(
        table="guests.Feedback",
        lifetime=Lifetime.FEEDBACK,
        what="what guests wrote, and the answer (encrypted); their ids at Thanx",
        blank={"sealed_review": b"", "sealed_response": b"", "user_id": ""},
    ),
    Kept(
        table="guests.Recovery",
        lifetime=Lifetime.RECOVERY,
        what="guests who got a reward for their feedback: the identifier (encrypted), the fingerprint",
        blank={"sealed_identifier": b"", "fingerprint": b""},
    ),
    Kept(
        table="guests.CachedGuest",
        lifetime=Lifetime.CACHE,
        what="a guest as Thanx described one (encrypted), under fingerprints",
        deleted=("fingerprint", "token", "sealed", "sealed_tags"),
    ),
    Kept(
        table="guests.GuestErasure",
        lifetime=Lifetime.ERASURE,
        what="the identifiers of a guest who is being erased (encrypted)",
        blank={"sealed_guest": b""},
    ),
    # --- users of the portal
    Kept(
        table="accounts.User",
        lifetime=Lifetime.ACCOUNT,
        what="users: name and address",
        deleted=("password", "first_name", "last_name", "email"),
    ),
    Kept(
        table="sessions.Session",
        lifetime=Lifetime.SESSION,
        what="sessions of users, with what a page keeps until the next request (encrypted)",
        deleted=("session_key", "session_data"),
    ),
    Kept(
        table="usersessions.UserSession",
        lifetime=Lifetime.SESSION,
        what="where users are signed in: address and browser",
        deleted=("ip", "user_agent", "session_key", "data"),
    ),
    Kept(
        table="accounts.Invitation",
        lifetime=Lifetime.INVITATION,
        what="people who were invited: the address",
        deleted=("email",),
    ),
    Kept(
        table="notifications.ForgottenPassword",
        lifetime=Lifetime.LINK,
        what="addresses for which a link to a new password was asked for (encrypted)",
        deleted=("sealed_address",),
    ),
    Kept(
        table="accounts.FactorSeed",
        lifetime=Lifetime.ACCOUNT,
        what="seeds of second factors (encrypted)",
        deleted=("sealed",),
    ),
    Kept(
        table="notifications.Notification",
        lifetime=Lifetime.ACCOUNT,
        what="what a user was told; it names campaigns, and no guest",
        deleted=("title", "text", "path", "key"),
    ),
    Kept(
        table="accounts.AuditEntry",
        lifetime=Lifetime.PROOF,
        what="who did what, by the user's address at that time, with counts, states and digests",
        deleted=("who", "facts", "file_digest"),
    ),
)
