"""Guests are masked until a user reveals those of one page: for a few minutes, for a reason, and with an audit entry.

The session keeps which pages are revealed, and until when. The button carries, signed, what would be revealed, so that
one address serves all pages and the entry has the number of guests that the page had.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.core import signing
from django.db.models import Model, TextChoices

from accounts import audit
from accounts.guards import MerchantRequest
from accounts.permissions import Act

REVEALED = "guests revealed"
LASTS = timedelta(minutes=5)
OFFERED_FOR = timedelta(hours=12)
SALT = SESSION_KEY = "revealed"


class Why(TextChoices):
    """Why guests are shown. The words are chosen and not typed: what is typed might name a guest."""

    GUEST_ASKS = "guest_asks", "A guest asks about a reward"
    LIST_CHECK = "list_check", "I check the list against its source"
    THANX_ASKS = "thanx_asks", "Thanx asks about guests"
    COMPLAINT = "complaint", "I handle a complaint"
    EDITING = "editing", "I correct these guests"


CHOSEN = [why for why in Why if why is not Why.EDITING]
"""The reasons to choose from. The remaining one is given by the page on which guests are corrected."""


class NotOffered(Exception):
    """The button is too old, or was made for another user or merchant."""


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What a page shows about its masks. `token` is empty if the user may not reveal guests, or there are none."""

    until: datetime | None
    may: bool
    token: str
    reasons: Sequence[Why]


def is_open(request: MerchantRequest, *, at: datetime) -> bool:
    """Whether the guests of this page are shown in clear."""
    return _open_until(request, at=at) is not None


def reveal_offer(request: MerchantRequest, *, on: Model, guests: int, at: datetime) -> Offer:
    """Return what the page says above its list of this number of guests."""
    may = request.rights.may(Act.REVEAL_IDENTIFIERS)
    what = {**_whose(request), "on": on._meta.label, "key": on.pk, "guests": guests}
    what |= {"page": _page(request), "scope": _scope(request), "then": request.get_full_path()}
    token = signing.dumps(what, salt=SALT) if may and guests else ""
    return Offer(until=_open_until(request, at=at), may=may, token=token, reasons=CHOSEN)


def open_offered(request: MerchantRequest, *, token: str, why: Why, at: datetime) -> str:
    """Reveal what a button offered, and return the URL of its page. Raises NotOffered."""
    what = _offered(request, token)
    on = apps.get_model(what["on"])(pk=what["key"])
    _open(request, scope=what["scope"], page=what["page"], on=on, guests=what["guests"], why=why, at=at)
    return str(what["then"])


def page_of(request: MerchantRequest, *, token: str) -> str:
    """Return the URL of a button's page. Raises NotOffered."""
    return str(_offered(request, token)["then"])


def _offered(request: MerchantRequest, token: str) -> Mapping[str, Any]:
    try:
        what: Mapping[str, Any] = signing.loads(token, salt=SALT, max_age=OFFERED_FOR)
    except signing.BadSignature:
        raise NotOffered from None
    if any(what[name] != value for name, value in _whose(request).items()):
        raise NotOffered
    return what


def open_here(request: MerchantRequest, *, on: Model, guests: int, at: datetime) -> None:
    """Reveal the guests of a page that is there to correct them, unless they are revealed."""
    if guests and not is_open(request, at=at):
        _open(request, scope=_scope(request), page=_page(request), on=on, guests=guests, why=Why.EDITING, at=at)


def _open(request: MerchantRequest, *, scope: str, page: str, on: Model, guests: int, why: Why, at: datetime) -> None:
    audit.record(
        action=REVEALED,
        on=on,
        by=request.user,
        at=at,
        merchant_id=request.merchant.pk,
        page=page,
        guests=guests,
        because=why.value,
        minutes=LASTS // timedelta(minutes=1),
    )
    still = {name: until for name, until in _kept(request).items() if until > at.isoformat()}
    request.session[SESSION_KEY] = {**still, scope: (at + LASTS).isoformat()}


def _open_until(request: MerchantRequest, *, at: datetime) -> datetime | None:
    found = _kept(request).get(_scope(request))
    until = datetime.fromisoformat(found) if found else None
    still = until is not None and until > at and request.rights.may(Act.REVEAL_IDENTIFIERS)
    return until if still else None


def _kept(request: MerchantRequest) -> dict[str, str]:
    return dict(request.session.get(SESSION_KEY, {}))


def _scope(request: MerchantRequest) -> str:
    """Return the page with its filter, whichever part of the list is shown: the entry has the number of all of them."""
    query = request.GET.copy()
    query.pop("page", None)
    return f"{request.path}?{query.urlencode()}"


def _whose(request: MerchantRequest) -> dict[str, int]:
    return {"user": request.user.pk, "merchant": request.merchant.pk}


def _page(request: MerchantRequest) -> str:
    return request.resolver_match.view_name if request.resolver_match else ""
