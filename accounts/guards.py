"""Guards of views. The guard of a merchant's views also fetches the merchant: a user without access gets a 404.

A view without a guard fails the test run.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone

from accounts import kept_posts, permissions, recent_sign_in
from accounts.models import Role, User
from accounts.permissions import NEEDS_RECENT_SIGN_IN, Act, Rights

Params = ParamSpec("Params")
Guarded = Callable[..., HttpResponseBase]


class PortalRequest(HttpRequest):
    """A request of a user who has signed in. `rights` are set by the guards that take an act."""

    user: User
    rights: Rights


class MerchantRequest(PortalRequest):
    """A request below /m/<handle>/, by a user with `role` at `merchant`."""

    merchant: Any  # a campaigns.Merchant; this floor does not import that one
    role: Role
    picture_origins: str
    """Where the answer loads pictures from, beside the merchant's own origins."""


def merchants_for(user: User) -> QuerySet[Any]:
    """Return the merchants that a user may see: all of them for operators, else those of the memberships."""
    merchants = apps.get_model("campaigns", "Merchant").objects.all()
    return merchants if permissions.may(user, Act.SEE_MERCHANT) else merchants.filter(memberships__user=user)


def public(view: Callable[..., HttpResponse]) -> Guarded:
    """Mark a view that is open to visitors who have not signed in."""
    return _marked(view, "public")


def signed_in(view: Callable[Params, HttpResponseBase]) -> Guarded:
    """Guard a view for users who have signed in."""
    return _marked(_of_users(view), "signed in")


def for_installation(act: Act) -> Callable[[Callable[Concatenate[Any, Params], HttpResponseBase]], Guarded]:
    """Guard a view for users whose role in the installation allows an act.

    Users without such a role get a 404, those whose role does not allow the act a 403.
    """

    def decorate(view: Callable[Concatenate[Any, Params], HttpResponseBase]) -> Guarded:
        @wraps(view)
        def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
            request.rights = permissions.rights(request.user)
            if request.rights.installation is None:
                raise Http404
            return _admitted(view, act, request, *args, **kwargs)

        return _marked(_of_users(guarded), "for installation", act=act)

    return decorate


def at_merchant(
    act: Act, *, to_post: Act | None = None
) -> Callable[[Callable[Concatenate[Any, Params], HttpResponseBase]], Guarded]:
    """Guard a view below /m/<handle>/ for users whose role allows an act; `to_post`: another one for POST.

    The view gets a MerchantRequest and no handle. Users who cannot see the merchant get a 404, those whose role does
    not allow the act a 403.
    """

    def decorate(view: Callable[Concatenate[Any, Params], HttpResponseBase]) -> Guarded:
        @wraps(view)
        def guarded(request: Any, handle: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
            request.merchant = get_object_or_404(merchants_for(request.user), handle=handle)
            request.rights = permissions.rights(request.user, request.merchant)
            request.role = request.rights.role
            wanted = (to_post or act) if request.method == "POST" else act
            return _admitted(view, wanted, request, *args, **kwargs)

        return _marked(_of_users(guarded), "at merchant", act=act, to_post=to_post or act)

    return decorate


def _of_users(view: Callable[..., HttpResponseBase]) -> Guarded:
    """Lead visitors to the sign-in, and keep what they posted meanwhile."""

    @wraps(view)
    def asked(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return kept_posts.sign_in_first(request, at=timezone.now())
        kept_posts.forget_if_sent(request)
        return view(request, *args, **kwargs)

    return asked


def _admitted(view: Guarded, act: Act, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
    """Answer with the view if the rights allow the act, and, where that matters, if the sign-in is recent enough."""
    if not request.rights.may(act):
        raise PermissionDenied
    if request.method == "POST" and act in NEEDS_RECENT_SIGN_IN:
        now = timezone.now()
        if not recent_sign_in.is_recent(request, at=now):
            return recent_sign_in.asked_again(request, at=now)
    return view(request, *args, **kwargs)


def _marked(view: Any, guard: str, *, act: Act | None = None, to_post: Act | None = None) -> Guarded:
    """Write on a view how it is guarded; tests read it."""
    view.guard, view.act, view.to_post = guard, act, to_post or act
    found: Guarded = view
    return found
