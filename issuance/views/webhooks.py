"""Webhook deliveries for operators: what came, and what became of it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.guards import PortalRequest, for_installation
from accounts.permissions import Act
from issuance.jobs import webhook_inbox
from issuance.models import Delivery
from issuance.pages.webhooks import DeliveryFilterForm, delivery_page, webhooks_page
from ui.messages import message_on

NOT_REPLAYABLE = "This delivery cannot be digested again: its signature was bad, or its body is gone."


@for_installation(Act.READ_PROOFS)
@require_GET
def index(request: PortalRequest) -> HttpResponse:
    shown = webhooks_page(form=DeliveryFilterForm(request.GET), number=request.GET.get("page", "1"), at=timezone.now())
    address = request.build_absolute_uri(reverse("webhooks-thanx"))
    return render(request, "staff/webhooks.html", {"page": shown, "address": address})


@for_installation(Act.READ_PROOFS)
@require_GET
def detail(request: PortalRequest, delivery_id: int) -> HttpResponse:
    places = Delivery.objects.select_related("batch__issuance__merchant", "batch__issuance__campaign")
    delivery = get_object_or_404(places, pk=delivery_id)
    return render(request, "staff/webhook.html", {"page": delivery_page(delivery)})


@for_installation(Act.REPLAY_WEBHOOKS)
@require_POST
def replay(request: PortalRequest, delivery_id: int) -> HttpResponse:
    delivery = get_object_or_404(Delivery, pk=delivery_id)
    with message_on(request, {webhook_inbox.NotReplayable: NOT_REPLAYABLE}, level=messages.ERROR):
        webhook_inbox.replay(delivery=delivery, by=request.user, at=timezone.now())
        messages.success(request, "A worker digests it again within seconds.")
    return redirect("staff-webhook", delivery.pk)
