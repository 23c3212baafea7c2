"""How often a password may be wrong. Each limit has a count of its own, so that strangers cannot shut others out.

- An account from one address: wrong passwords shut the account to that address, and to no other.
- An account from all addresses together: against many machines that try one account.
- An address, whatever the account: against one machine that tries many accounts.

A browser that has signed in to an account before has its own count there, and the three do not concern it. So wrong
passwords of strangers never shut users out of the browser that they use, and a link by email lets them in anywhere.
"""

import secrets
from dataclasses import dataclass

from allauth.core.internal import ratelimit
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase
from django.utils.crypto import salted_hmac

PER_ACCOUNT_HERE = "5/5m/key"
PER_ACCOUNT = "50/1h/key"
PER_ADDRESS = "300/5m/ip"

COOKIE = "known_to"
COOKIE_SECONDS = 180 * 24 * 3600
MOST_ACCOUNTS = 5
"""So many accounts may share a browser."""


class Attempt:
    """A password that is about to be checked. It counts as wrong until it is taken back."""

    def __init__(self, request: HttpRequest, *, email: str) -> None:
        self._request, self._email = request, email.lower()
        self._used: list[ratelimit.RateLimitUsage] = []

    def is_admitted(self) -> bool:
        """Count the attempt against each limit, and return whether none was reached before."""
        browser = Browser.of(self._request)
        if browser.knows(self._email):
            return self._count("login_known", PER_ACCOUNT_HERE, key=f"{self._email} {browser.mark}")
        here = f"{self._email} {ratelimit.get_ip(self._request)}"
        return (
            self._count("login_here", PER_ACCOUNT_HERE, key=here)
            and self._count("login_account", PER_ACCOUNT, key=self._email)
            and self._count("login_address", PER_ADDRESS)
        )

    def take_back(self) -> None:
        """The password was right, so the attempt does not count."""
        for used in self._used:
            used.rollback()

    def _count(self, action: str, rate: str, key: str | None = None) -> bool:
        used = ratelimit.consume(
            self._request, app="accounts", action=action, config={action: rate}, key=key, limit_get=True
        )
        self._used += [used] if used else []
        return used is not None


@dataclass(frozen=True, kw_only=True)
class Browser:
    """What a browser's signed cookie says: a mark of its own, and which accounts have signed in on it."""

    mark: str
    accounts: tuple[str, ...] = ()

    @classmethod
    def of(cls, request: HttpRequest) -> "Browser":
        """Return what the cookie says; without a genuine one the browser is new."""
        try:
            mark, *accounts = signing.loads(request.COOKIES.get(COOKIE, ""), salt=COOKIE, max_age=COOKIE_SECONDS)
        except signing.BadSignature:
            return cls(mark=secrets.token_hex(8))
        return cls(mark=mark, accounts=tuple(accounts))

    def knows(self, email: str) -> bool:
        """Whether the account with this address has signed in here."""
        return account_mark(email) in self.accounts

    def remember(self, email: str, *, response: HttpResponseBase) -> None:
        """Let the answer's cookie say that the account with this address has signed in here."""
        others = [account for account in self.accounts if account != account_mark(email)]
        said = [self.mark, account_mark(email), *others[: MOST_ACCOUNTS - 1]]
        response.set_cookie(
            COOKIE,
            signing.dumps(said, salt=COOKIE),
            max_age=COOKIE_SECONDS,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )


def forgive(request: HttpRequest, *, email: str) -> None:
    """Forget the wrong passwords of an account: its holder has set a new one."""
    key = email.lower()
    ratelimit.clear(request, app="accounts", action="login_account", config={"login_account": PER_ACCOUNT}, key=key)


def account_mark(email: str) -> str:
    """Return what a browser's cookie has for the account with this address."""
    return salted_hmac(COOKIE, email.lower()).hexdigest()[:20]
