"""Leaves audit entries of what no act sees: refused requests, and changes in Django's admin."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts import admin_acts, audit
from accounts.models import User
from campaigns.models import Merchant

GetResponse = Callable[[HttpRequest], HttpResponse]

REFUSALS = {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}
ONCE_IN_SECONDS = 60
"""The same refusal of the same user leaves one entry in this time: a page that polls is refused every two seconds."""


class AuditRequests:
    """Middleware, after the one that knows the user."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with admin_acts.watched():
            response = self._get_response(request)
        user = getattr(request, "user", None)
        if response.status_code in REFUSALS and request.resolver_match and isinstance(user, User):
            _record_refusal(request, user, status=response.status_code)
        return response

    def process_view(self, request: HttpRequest, *_: Any) -> None:
        match = request.resolver_match
        if match and match.app_name == "admin" and request.method == "POST" and isinstance(request.user, User):
            admin_acts.record_from_here(request.user)


def _record_refusal(request: HttpRequest, user: User, *, status: int) -> None:
    """Name the page and the merchant, and no other part of the URL. A merchant's managers see what their members do."""
    match = request.resolver_match
    assert match is not None  # the caller has looked
    merchant = Merchant.objects.filter(handle=match.kwargs.get("handle", "")).first()
    facts: dict[str, Any] = {"status": status, "method": request.method, "page": match.view_name or "without a name"}
    said = f"refused:{user.pk}:{merchant and merchant.pk}:{facts['page']}:{status}:{request.method}"
    if cache.add(said.replace(" ", ""), value=True, timeout=ONCE_IN_SECONDS):
        merchant_id = getattr(getattr(request, "merchant", None), "pk", None)
        audit.record(
            action="refused", on=merchant or user, by=user, at=timezone.now(), merchant_id=merchant_id, **facts
        )
