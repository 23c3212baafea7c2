"""What people are told of, who is told, and how unless they choose otherwise."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import TextChoices

from accounts.models import Role


class Kind(TextChoices):
    """What a notification is about."""

    NEEDS_ATTENTION = "needs_attention", "Something needs a decision"
    APPROVAL = "approval", "An approval waits"
    FAILURES = "failures", "An issuance ended, and many guests got no reward"
    FINISHED = "finished", "An issuance has ended"
    CREDENTIAL = "credential", "Thanx refuses our credential"


@dataclass(frozen=True, kw_only=True)
class Manner:
    """How a kind is told: to members from this role on (None: to staff), with this icon, and by default by e-mail.

    In the portal everything is told unless somebody chooses otherwise.
    """

    from_role: Role | None
    icon: str
    by_email: bool
    help: str


MANNERS: dict[Kind, Manner] = {
    Kind.NEEDS_ATTENTION: Manner(
        from_role=Role.MARKETER,
        icon="hand-stop",
        by_email=True,
        help="The outcome of a job is not known, or many failures have paused an issuance.",
    ),
    Kind.APPROVAL: Manner(
        from_role=Role.APPROVER,
        icon="user-check",
        by_email=True,
        help="Somebody asks you to let an issuance go out, or to take its rewards back.",
    ),
    Kind.FAILURES: Manner(
        from_role=Role.MARKETER, icon="alert-triangle", by_email=True, help="See why, correct and retry, or settle."
    ),
    Kind.FINISHED: Manner(
        from_role=Role.MARKETER,
        icon="circle-check",
        by_email=False,
        help="All jobs have ended, with few failures or none.",
    ),
    Kind.CREDENTIAL: Manner(
        from_role=None, icon="key", by_email=True, help="Nothing is sent until the credential works again."
    ),
}
