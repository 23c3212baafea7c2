"""Addresses of campaigns and of the catalog, below /m/<merchant>/."""

from django.urls import path

from campaigns.views import builder, catalog, detail, limits, listing

app_name = "campaigns"

urlpatterns = [
    # campaigns/
    path("campaigns/", listing.page, name="list"),
    path("campaigns/calendar/", listing.calendar, name="calendar"),
    path("campaigns/new/", builder.new, name="new"),
    path("campaigns/new/window/", builder.window, name="window"),
    path("campaigns/new/split/", builder.split, name="split"),
    path("campaigns/new/rewards/", builder.pick, name="pick"),
    # campaigns/<campaign>/
    path("campaigns/<int:campaign_id>/", detail.page, name="detail"),
    path("campaigns/<int:campaign_id>/state/", detail.state, name="state"),
    path("campaigns/<int:campaign_id>/edit/", builder.edit, name="edit"),
    path("campaigns/<int:campaign_id>/review/", detail.review, name="review"),
    path("campaigns/<int:campaign_id>/discard/", detail.discard, name="discard"),
    path("campaigns/<int:campaign_id>/take-back/", detail.take_back, name="take-back"),
    path("campaigns/<int:campaign_id>/duplicate/", detail.duplicate, name="duplicate"),
    path("campaigns/<int:campaign_id>/shares/", detail.shares, name="shares"),
    # limits/
    path("limits/", limits.page, name="limits"),
    # rewards/, locations/, catalog/
    path("rewards/", catalog.rewards, name="rewards"),
    path("locations/", catalog.locations, name="locations"),
    path("catalog/refresh/", catalog.refresh, name="refresh"),
]
