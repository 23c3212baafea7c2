"""The people of a merchant, below /m/<handle>/people/."""

from django.urls import path

from accounts.views import merchant_people

app_name = "people"

urlpatterns = [
    path("", merchant_people.index, name="list"),
    path("access.csv", merchant_people.csv, name="csv"),
    path("invitations/<int:invitation_id>/send-again/", merchant_people.send_again, name="send-again"),
    path("invitations/<int:invitation_id>/withdraw/", merchant_people.withdraw, name="withdraw"),
    path("<int:membership_id>/", merchant_people.member, name="member"),
    path("<int:membership_id>/switch-off/", merchant_people.switch_off, name="switch-off"),
]
