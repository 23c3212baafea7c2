"""What a user posted and the portal has not taken: the session had ended, the form was too old, or it came too often.

Nothing of it was carried out. The user sees it again with a button that sends it as it was. Across a sign-in it waits
in the session, sealed. Files and passwords are never kept.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect

from accounts import large_bodies
from vault import sealing

PURPOSE = "posted before a sign-in"
KEPT = timedelta(hours=1)
IN_SESSION = "kept_post"
NOT_SENT = "Nothing was changed, and nothing was sent to Thanx."


@dataclass(frozen=True, kw_only=True)
class KeptPost:
    """What was posted to a path. `files` are the name of each field with a file, and the file's own name.

    `account` is the mark of the account that posted it, or that has signed in last on this browser.
    """

    path: str
    query: str
    fields: Sequence[tuple[str, str]]
    files: Sequence[tuple[str, str]] = ()
    account: str

    @property
    def action(self) -> str:
        """Where it is sent again."""
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def holds_secret(self) -> bool:
        """Whether a password is among the fields, which must lie in no session and on no page."""
        return any("password" in name for name, _ in self.fields)

    @property
    def posted(self) -> QueryDict:
        """The fields as a view reads them."""
        return QueryDict(urlencode([(name, value) for name, value in self.fields]))  # JSON has no tuples

    def sealed(self) -> str:
        """Return it as a session may hold it."""
        return sealing.seal(json.dumps(asdict(self)).encode(), purpose=PURPOSE).hex()

    @classmethod
    def opened(cls, sealed: str) -> "KeptPost":
        """Return what was sealed. Raises Unsealable."""
        return cls(**json.loads(sealing.unseal(bytes.fromhex(sealed), purpose=PURPOSE)))


def posted_in(request: HttpRequest) -> KeptPost:
    """Return what a request posts."""
    fields = [(name, str(value)) for name, values in request.POST.lists() for value in values]
    return KeptPost(
        path=request.path,
        query=request.GET.urlencode(),
        fields=[field for field in fields if field[0] != "csrfmiddlewaretoken"],
        files=[(name, file.name or "") for name, files in request.FILES.lists() for file in files],
        account=account_of(request),
    )


def sign_in_first(request: HttpRequest, *, at: datetime) -> HttpResponseBase:
    """Lead to the sign-in, and from there back to the page, or to what was posted.

    On a browser on which no user has signed in before, nothing is kept: strangers must not fill the database.
    """
    if large_bodies.is_asked(request):
        messages.info(request, f"Your file did not arrive. {NOT_SENT} Please choose it again once you have signed in.")
    elif request.method == "POST" and account_of(request) and not posted_in(request).holds_secret:
        return keep(request, posted_in(request), at=at)
    return lead_to(request, redirect_to_login(_page_of(request)).url)


def keep(request: HttpRequest, kept: KeptPost, *, at: datetime) -> HttpResponseBase:
    """Let what was posted wait in the session until the user has signed in, and lead there."""
    messages.info(request, f"{NOT_SENT} What you typed is kept, and waits for you behind the sign-in.")
    request.session[IN_SESSION] = {"path": kept.path, "at": at.timestamp(), "sealed": kept.sealed()}
    return lead_to(request, redirect_to_login(reverse("kept-post")).url)


def lead_to(request: HttpRequest, address: str) -> HttpResponseBase:
    """Redirect the whole page, also if only a part of it was asked for."""
    return HttpResponseClientRedirect(address) if request.headers.get("HX-Request") else redirect(address)


def of_session(request: Any, *, at: datetime) -> KeptPost | None:
    """Return what waits for this user, None if that was long ago, or another account may have posted it."""
    found = request.session.get(IN_SESSION)
    if found is None or at.timestamp() - found["at"] >= KEPT.total_seconds():
        return None
    try:
        kept = KeptPost.opened(found["sealed"])
    except sealing.Unsealable:  # its key is no longer in use
        return None
    return kept if kept.account == account_of(request) else None


def account_of(request: Any) -> str:
    """Return the mark of the account that a request comes from, as the entrance has found it; '' on a new browser."""
    return str(getattr(request, "account_here", ""))


def forget_if_sent(request: HttpRequest) -> None:
    """Forget what waited once the user sends it, so that it is not sent twice."""
    if request.method == "POST" and request.session.get(IN_SESSION, {}).get("path") == request.path:
        del request.session[IN_SESSION]


def again(
    request: HttpRequest, kept: KeptPost, *, why: str, wait: int | None = None, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    """Show that nothing was sent, with one button that sends it; with a script, after `wait` seconds."""
    said = {"kept": kept, "why": why, "wait": wait, "not_sent": NOT_SENT}
    return render(request, "accounts/kept_post.html", said, status=status)


def may_be_sent_again(request: HttpRequest) -> bool:
    """Whether a refused request came from one of our pages for users who have signed in. Those take no passwords."""
    if request.headers.get("Origin", "") != f"{request.scheme}://{request.get_host()}":
        return False
    if posted_in(request).holds_secret:
        return False
    try:
        return getattr(resolve(request.path).func, "guard", "public") != "public"
    except Resolver404:
        return False


def _page_of(request: HttpRequest) -> str:
    """Return the page that a user looks at: that around a part which refreshes itself."""
    around = request.headers.get("HX-Current-URL", "")
    if around and url_has_allowed_host_and_scheme(around, {request.get_host()}, require_https=request.is_secure()):
        parts = urlsplit(around)
        return parts.path + (f"?{parts.query}" if parts.query else "")
    return request.get_full_path()
