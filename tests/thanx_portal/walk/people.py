"""A user of every kind, each signed in, and how the portal answers one."""

import re
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Role, User
from accounts.permissions import NO_RIGHTS, Act, InstallationRole, Rights
from tests.support.factories import MembershipFactory, UserFactory

WRITES = re.compile(r'^\s*(?:INSERT INTO|UPDATE|DELETE FROM) "(\w+)"')
NOTES = re.compile(r"session|auditentry|chain|head|cache|ratelimit|attempt", re.IGNORECASE)
"""Tables in which a request leaves its trace even if it is refused: sessions, the audit trail, limits on attempts."""

VISITOR, STRANGER = "visitor", "manager elsewhere"
KINDS = [VISITOR, STRANGER, *Role, *InstallationRole]
LOGIN = "/accounts/login/"


@dataclass(frozen=True)
class Visitor:
    """A browser of a user of one kind: what the table gives that user at the merchant, and in the installation."""

    kind: str | Role | InstallationRole
    client: Client
    user: User | None = None

    @property
    def here(self) -> Rights:
        if isinstance(self.kind, Role):
            return Rights(role=self.kind)
        return Rights(installation=self.kind) if isinstance(self.kind, InstallationRole) else NO_RIGHTS

    @property
    def sees_every_merchant(self) -> bool:
        return self.here.installation is not None and self.here.may(Act.SEE_MERCHANT)

    @property
    def sees(self) -> bool:
        """Whether the merchant exists for this user."""
        return self.here.may(Act.SEE_MERCHANT)


def visitor(kind, merchant) -> Visitor:
    client = Client(raise_request_exception=True)
    user = None if kind == VISITOR else _user(kind, merchant)
    if user is not None:
        client.force_login(user)
    return Visitor(kind, client, user)


def _user(kind, merchant):
    if kind == STRANGER:
        return MembershipFactory(role=Role.MANAGER).user
    if isinstance(kind, Role):
        return MembershipFactory(merchant=merchant, role=kind).user
    return {
        InstallationRole.CERTIFIER: lambda: UserFactory(certifies_until=timezone.now() + timedelta(days=1)),
        InstallationRole.OPERATOR: lambda: UserFactory(is_staff=True),
        InstallationRole.SUPERUSER: lambda: UserFactory(is_staff=True, is_superuser=True),
    }[kind]()


def outcome(answer) -> str:
    """Return how the portal answered: "sign in", "hidden", "refused" or "open"."""
    if answer.status_code == 302 and answer["Location"].startswith(LOGIN):
        return "sign in"
    return {404: "hidden", 403: "refused"}.get(answer.status_code, "open")


def at_merchant(who: Visitor, act: Act) -> str:
    """Return how the table would have the merchant's pages answer."""
    if who.kind == VISITOR:
        return "sign in"
    if not who.sees:
        return "hidden"
    return "open" if who.here.may(act) else "refused"


def in_installation(who: Visitor, act: Act) -> str:
    """Return how the table would have the installation's pages answer."""
    if who.kind == VISITOR:
        return "sign in"
    if who.here.installation is None:
        return "hidden"
    return "open" if Rights(installation=who.here.installation).may(act) else "refused"


class Watched(CaptureQueriesContext):
    """What a block of code changes in the database, beside the traces that every request leaves."""

    def __init__(self) -> None:
        super().__init__(connection)

    def __enter__(self):
        connection.queries_log.clear()  # it holds so many, and thousands of pages are asked
        return super().__enter__()

    @property
    def changes(self) -> list[str]:
        found = (WRITES.match(query["sql"]) for query in self.captured_queries)
        return [match[1] for match in found if match and not NOTES.search(match[1])]
