"""The addresses of a user's own notifications."""

from django.urls import path

from notifications import views

app_name = "notifications"

urlpatterns = [
    path("", views.index, name="list"),
    path("read/", views.read, name="read"),
    path("settings/", views.choices, name="choices"),
    path("<int:notification_id>/open/", views.opened, name="open"),
]
