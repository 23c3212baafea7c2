"""A user's own notifications, and the choice how to be notified."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.guards import PortalRequest, signed_in
from notifications import notify, pages
from notifications.forms import ChoicesForm
from notifications.models import Notification


@signed_in
@require_GET
def index(request: PortalRequest) -> HttpResponse:
    page = pages.notifications_page(request.user, number=request.GET.get("page", "1"))
    return render(request, "notifications/list.html", {"page": page})


@signed_in
@require_POST
def opened(request: PortalRequest, notification_id: int) -> HttpResponse:
    notification = get_object_or_404(Notification.objects.shown_to(request.user), pk=notification_id)
    notify.mark_read(notification=notification, at=timezone.now())
    return redirect(notification.path)


@signed_in
@require_POST
def read(request: PortalRequest) -> HttpResponse:
    notify.mark_all_read(user=request.user, at=timezone.now())
    return redirect("notifications:list")


@signed_in
@require_http_methods(["GET", "POST"])
def choices(request: PortalRequest) -> HttpResponse:
    form = ChoicesForm(request.POST if request.method == "POST" else None, ways=notify.choices_of(request.user))
    if request.method != "POST" or not form.is_valid():
        return render(request, "notifications/choices.html", {"form": form})
    notify.save_choices(user=request.user, ways=form.ways(), at=timezone.now())
    messages.success(request, "Your choices are saved.")
    return redirect("notifications:choices")
