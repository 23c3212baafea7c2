"""Who may do what: the one table of roles and acts. Guards, menus, pages, the admin and the documentation ask it."""

from dataclasses import dataclass
from typing import Any

from django.db.models import TextChoices
from django.utils import timezone

from accounts.models import Membership, Role, User


class InstallationRole(TextChoices):
    """What a user may do for the whole installation, beside the roles at merchants."""

    CERTIFIER = "certifier", "Certifier"
    OPERATOR = "operator", "Operator"
    SUPERUSER = "superuser", "Superuser"


class Act(TextChoices):
    """What a user may want to do. Templates ask for an act by its value: `request.rights.export_people`."""

    SEE_MERCHANT = "see_merchant", "See a merchant's pages, with guests masked"
    PREPARE_CAMPAIGNS = "prepare_campaigns", "Create and change campaigns"
    REFRESH_CATALOG = "refresh_catalog", "Read rewards and locations from Thanx again"
    PREPARE_ISSUANCES = "prepare_issuances", "Prepare and discard drafts of issuances"
    CHANGE_EXCLUSIONS = "change_exclusions", "Create and change exclusion lists"
    ISSUE = "issue", "Issue rewards, up to the limits"
    PAUSE_ISSUANCES = "pause_issuances", "Pause, resume and stop an issuance"
    ADD_OUTCOMES = "add_outcomes", "Add files of what guests did after an issuance"
    FOLLOW_UP = "follow_up", "Retry, settle and reissue after an issuance"
    REVOKE = "revoke", "Revoke rewards, up to the limits"
    REVEAL_IDENTIFIERS = "reveal_identifiers", "Reveal guests' identifiers"
    EXPORT_PEOPLE = "export_people", "Export guests to a file"
    LOOK_UP_GUESTS = "look_up_guests", "Look up single guests"
    CHANGE_GUESTS = "change_guests", "Change settings and tags of guests"
    SUBSCRIBE_GUESTS = "subscribe_guests", "See and add subscribers"
    ANSWER_FEEDBACK = "answer_feedback", "Answer and handle feedback"
    RECOVER_GUESTS = "recover_guests", "Queue rewards for guests who gave feedback"
    APPROVE = "approve", "Approve or decline what another user asks for"
    REMOVE_EXCLUSIONS = "remove_exclusions", "Remove exclusion lists"
    SET_RECOVERY_RULES = "set_recovery_rules", "Set the rules of recovery"
    STOP_SENDING = "stop_sending", "Stop all sending, and let it go on"
    SET_LIMITS = "set_limits", "Set a merchant's limits"
    CHANGE_SETTINGS = "change_settings", "Change a merchant's other settings"
    MANAGE_PEOPLE = "manage_people", "Invite users and change their roles"
    ERASE_GUESTS = "erase_guests", "Erase guests"
    READ_AUDIT = "read_audit", "Read the audit trail"
    READ_PROOFS = "read_proofs", "Read certification, guided demo, API log, budget, webhooks and evidence"
    RUN_PROOFS = "run_proofs", "Run checks, the guided demo and the simulator"
    REPLAY_WEBHOOKS = "replay_webhooks", "Digest webhooks again"
    WATCH_HEALTH = "watch_health", "See health, metrics and the design of pages"
    USE_ADMIN = "use_admin", "Read the admin, and act in it"
    MANAGE_ACCOUNTS = "manage_accounts", "Create and change accounts and installation roles"
    OPEN_GUEST_TOKENS = "open_guest_tokens", "Open tokens that act as a guest"
    OFFBOARD_MERCHANTS = "offboard_merchants", "Export and erase a whole merchant"


_VIEWER = frozenset({Act.SEE_MERCHANT})
_MARKETER = _VIEWER | {
    Act.PREPARE_CAMPAIGNS,
    Act.REFRESH_CATALOG,
    Act.PREPARE_ISSUANCES,
    Act.CHANGE_EXCLUSIONS,
    Act.ISSUE,
    Act.PAUSE_ISSUANCES,
    Act.ADD_OUTCOMES,
    Act.FOLLOW_UP,
    Act.REVOKE,
    Act.REVEAL_IDENTIFIERS,
    Act.EXPORT_PEOPLE,
    Act.LOOK_UP_GUESTS,
    Act.CHANGE_GUESTS,
    Act.SUBSCRIBE_GUESTS,
    Act.ANSWER_FEEDBACK,
    Act.RECOVER_GUESTS,
}
_APPROVER = _MARKETER | {Act.APPROVE}
_MANAGER = _APPROVER | {
    Act.REMOVE_EXCLUSIONS,
    Act.SET_RECOVERY_RULES,
    Act.STOP_SENDING,
    Act.SET_LIMITS,
    Act.CHANGE_SETTINGS,
    Act.MANAGE_PEOPLE,
    Act.ERASE_GUESTS,
    Act.READ_AUDIT,
}
_CERTIFIER = frozenset({Act.READ_PROOFS})
_OPERATOR = _MANAGER | _CERTIFIER | {Act.RUN_PROOFS, Act.REPLAY_WEBHOOKS, Act.WATCH_HEALTH, Act.USE_ADMIN}
_SUPERUSER = _OPERATOR | {Act.MANAGE_ACCOUNTS, Act.OPEN_GUEST_TOKENS, Act.OFFBOARD_MERCHANTS}

TABLE: dict[Role | InstallationRole, frozenset[Act]] = {
    Role.VIEWER: _VIEWER,
    Role.MARKETER: _MARKETER,
    Role.APPROVER: _APPROVER,
    Role.MANAGER: _MANAGER,
    InstallationRole.CERTIFIER: _CERTIFIER,
    InstallationRole.OPERATOR: _OPERATOR,
    InstallationRole.SUPERUSER: _SUPERUSER,
}
"""The acts of each role. What a role of the installation may do, it may do at every merchant."""


NEEDS_RECENT_SIGN_IN = frozenset(
    {Act.ISSUE, Act.REVOKE, Act.APPROVE, Act.RECOVER_GUESTS, Act.SET_LIMITS, Act.OPEN_GUEST_TOKENS}
)
"""Acts that spend rewards, take them away or act as a guest: the guards ask again after a sign-in that is long ago."""

OPENS_GUEST_TOKENS = frozenset({Act.OPEN_GUEST_TOKENS})
"""What a superuser may grant to a single operator."""


@dataclass(frozen=True, kw_only=True)
class Rights:
    """A user's roles: that at one merchant, if a merchant is the subject, and that of the installation.

    `granted`: acts that this user may do although neither role allows them.
    """

    role: Role | None = None
    installation: InstallationRole | None = None
    granted: frozenset[Act] = frozenset()

    def may(self, act: Act) -> bool:
        """Whether one of the roles allows an act, or it is granted."""
        roles = [role for role in (self.role, self.installation) if role is not None]
        return act in self.granted or any(act in TABLE[role] for role in roles)

    def __getitem__(self, act: str) -> bool:
        """Whether an act is allowed, for templates. Raises ValueError for an act that there is not."""
        return self.may(Act(act))


NO_RIGHTS = Rights()


def may(user: Any, act: Act, merchant: Any = None) -> bool:
    """Whether a user may do an act at a merchant, or, without one, for the whole installation."""
    return rights(user, merchant).may(act)


def rights(user: Any, merchant: Any = None) -> Rights:
    """Return the rights of a user at a merchant, or of the installation only. Inactive users and visitors have none.

    An operator counts as a manager of every merchant. At a merchant this takes one query for all others.
    """
    if not (user.is_authenticated and user.is_active):
        return NO_RIGHTS
    return Rights(
        role=role_of(user, merchant=merchant) if merchant else None,
        installation=installation_role(user),
        granted=OPENS_GUEST_TOKENS if user.is_staff and user.may_open_guest_tokens else frozenset(),
    )


def role_of(user: User, *, merchant: Any) -> Role | None:
    """Return a user's role at a merchant, None without one or if inactive; operators are managers everywhere."""
    if not user.is_active:
        return None
    if user.is_staff:
        return Role.MANAGER
    found = Membership.objects.filter(user=user, merchant=merchant).values_list("role", flat=True).first()
    return None if found is None else Role(found)


def installation_role(user: User) -> InstallationRole | None:
    """Return a user's role in the installation, None without one. A certifier's ends with its time."""
    if user.is_staff:
        return InstallationRole.SUPERUSER if user.is_superuser else InstallationRole.OPERATOR
    if user.certifies_until is not None and user.certifies_until > timezone.now():
        return InstallationRole.CERTIFIER
    return None


def roles_that_may(act: Act) -> list[Role]:
    """Return the roles at a merchant that allow an act, the lowest first."""
    return [role for role in Role if act in TABLE[role]]
