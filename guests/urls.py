"""The addresses of guests, below /m/<merchant>/."""

from __future__ import annotations

from django.urls import path

from guests.views import issuals, profiles, subscriptions, tags

app_name = "guests"

urlpatterns = [
    # guests/
    path("guests/", profiles.find, name="find"),
    path("guests/<str:token>/", profiles.profile, name="profile"),
    path("guests/<str:token>/settings/", profiles.settings, name="settings"),
    path("guests/<str:token>/tags/read/", tags.read, name="read-tags"),
    path("guests/<str:token>/tags/", tags.write, name="write-tag"),
    # subscribers/
    path("subscribers/", subscriptions.index, name="subscriptions"),
    path("subscribers/new/", subscriptions.new, name="subscribe"),
    path("subscribers/<int:subscription_id>/", subscriptions.detail, name="subscription"),
    path("subscribers/<int:subscription_id>/confirm/", subscriptions.confirm, name="confirm-subscription"),
    path("subscribers/<int:subscription_id>/again/", subscriptions.again, name="retry-subscription"),
    # issuances/
    path("issuances/<int:issuance_id>/tags/", tags.of_issuance, name="tagging"),
    # issued-rewards/
    path("issued-rewards/", issuals.page, name="issual"),
]
