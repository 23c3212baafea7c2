"""The addresses of guests, below /m/<merchant>/."""

from __future__ import annotations

from django.urls import path

from guests.views import issuals, profiles, tags

app_name = "guests"

urlpatterns = [
    # guests/
    path("guests/", profiles.find, name="find"),
    path("guests/<str:token>/", profiles.profile, name="profile"),
    path("guests/<str:token>/settings/", profiles.settings, name="settings"),
    path("guests/<str:token>/tags/read/", tags.read, name="read-tags"),
    path("guests/<str:token>/tags/", tags.write, name="write-tag"),
    # issuances/
    path("issuances/<int:issuance_id>/tags/", tags.of_issuance, name="tagging"),
    # issued-rewards/
    path("issued-rewards/", issuals.page, name="issual"),
]
