"""Guards of views. The guard of a merchant's views also fetches the merchant: a user without access gets a 404.

A view without a guard fails the test run.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.apps import apps
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404

from accounts.models import Membership, Role, User

Params = ParamSpec("Params")


class PortalRequest(HttpRequest):
    """A request of a user who has signed in."""

    user: User


class MerchantRequest(PortalRequest):
    """A request below /m/<handle>/, by a user with `role` at `merchant`."""

    merchant: Any  # a campaigns.Merchant; this floor does not import that one
    role: Role


def merchants_for(user: User) -> QuerySet[Any]:
    """Return the merchants that a user may see: all of them for staff, else those of the memberships."""
    merchants = apps.get_model("campaigns", "Merchant").objects.all()
    return merchants if user.is_staff else merchants.filter(memberships__user=user)


def role_at(user: User, merchant: Any) -> Role:
    """Return a user's role at a merchant; staff are managers everywhere. Raises Http404 for users without one."""
    if user.is_staff:
        return Role.MANAGER
    membership = Membership.objects.filter(user=user, merchant=merchant).first()
    if membership is None:
        raise Http404
    return Role(membership.role)


def public(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Mark a view that is open to visitors who have not signed in."""
    view.guard = "public"  # type: ignore[attr-defined]
    return view


def signed_in(view: Callable[Params, HttpResponse]) -> Callable[..., HttpResponse]:
    """Guard a view for users who have signed in."""
    guarded = login_required(view)
    guarded.guard = "signed in"  # type: ignore[attr-defined]
    return guarded


def staff_only(view: Callable[Params, HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Guard a view for operators; other users get a 404."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_staff:
            raise Http404
        return view(request, *args, **kwargs)  # type: ignore[arg-type]

    checked = login_required(guarded)
    checked.guard = "staff"  # type: ignore[attr-defined]
    return checked


def at_merchant(
    role: Role,
) -> Callable[[Callable[Concatenate[Any, Params], HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Guard a view below /m/<handle>/ for members of at least this role.

    The view gets a MerchantRequest and no handle. Users who are no members get a 404, members of a lower role a 403.
    """

    def decorate(view: Callable[Concatenate[Any, Params], HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: Any, handle: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
            request.merchant = get_object_or_404(merchants_for(request.user), handle=handle)
            request.role = role_at(request.user, request.merchant)
            if request.role < role:
                raise PermissionDenied
            return view(request, *args, **kwargs)

        checked = login_required(guarded)
        checked.guard = f"at merchant: {role.label}"  # type: ignore[attr-defined]
        return checked

    return decorate
