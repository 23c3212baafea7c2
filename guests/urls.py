"""The addresses of guests, below /m/<merchant>/."""

from __future__ import annotations

from django.urls import path

from guests.views import issuals, profiles

app_name = "guests"

urlpatterns = [
    # guests/
    path("guests/", profiles.find, name="find"),
    path("guests/<str:token>/", profiles.profile, name="profile"),
    path("guests/<str:token>/settings/", profiles.settings, name="settings"),
    # issued-rewards/
    path("issued-rewards/", issuals.page, name="issual"),
]
