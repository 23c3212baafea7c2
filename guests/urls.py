"""The addresses of guests, below /m/<merchant>/."""

from __future__ import annotations

from django.urls import path

from guests.views import issuals

app_name = "guests"

urlpatterns = [
    # issued-rewards/
    path("issued-rewards/", issuals.page, name="issual"),
]
