"""The kinds of notifications: which users each concerns, and how they are notified unless they choose otherwise."""

from dataclasses import dataclass

from django.db.models import TextChoices

from accounts.models import Role


class NotificationKind(TextChoices):
    """What a notification is about."""

    NEEDS_ATTENTION = "needs_attention", "Something needs a decision"
    APPROVAL = "approval", "An approval waits"
    FAILURES = "failures", "An issuance ended, and many guests got no reward"
    FINISHED = "finished", "An issuance has ended"
    CREDENTIAL = "credential", "Thanx refuses our credential"


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The users a kind concerns, and the defaults: all kinds appear in the portal, some go out by email, too.

    `from_role` is the lowest role of the members it concerns; None means the staff.
    """

    from_role: Role | None
    icon: str
    by_email: bool
    help: str


POLICIES: dict[NotificationKind, Policy] = {
    NotificationKind.NEEDS_ATTENTION: Policy(
        from_role=Role.MARKETER,
        icon="hand-stop",
        by_email=True,
        help="The outcome of a job is not known, or many failures have paused an issuance.",
    ),
    NotificationKind.APPROVAL: Policy(
        from_role=Role.APPROVER,
        icon="user-check",
        by_email=True,
        help="Another user asks you to let an issuance go out, or to take its rewards back.",
    ),
    NotificationKind.FAILURES: Policy(
        from_role=Role.MARKETER, icon="alert-triangle", by_email=True, help="See why, correct and retry, or settle."
    ),
    NotificationKind.FINISHED: Policy(
        from_role=Role.MARKETER,
        icon="circle-check",
        by_email=False,
        help="All jobs have ended, with few failures or none.",
    ),
    NotificationKind.CREDENTIAL: Policy(
        from_role=None, icon="key", by_email=True, help="Nothing is sent until the credential works again."
    ),
}
