"""What a user changes about outcomes: for each act what a browser sends, and the object that it is about."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from results.intake.uploads_step import read_one_import
from results.models import OutcomeImport

VISITS = b"email,visited\nana@example.com,yes\nbo@example.com,perhaps\n"


def file() -> SimpleUploadedFile:
    return SimpleUploadedFile("visits.csv", VISITS)


def previewed(desk) -> OutcomeImport:
    desk.confirmed()
    desk.client.post(reverse("results:add-outcomes", args=[desk.merchant.handle]), {"file": file()})
    while read_one_import(clock=timezone.now):
        pass
    return OutcomeImport.objects.latest("pk")


def add_outcomes(desk):
    return "results:add-outcomes", [], {"file": file()}


def confirm_outcomes(desk):
    return "results:confirm-outcomes", [previewed(desk).pk], {}


def drop_outcomes(desk):
    return "results:drop-outcomes", [previewed(desk).pk], {}


ACTS = [add_outcomes, confirm_outcomes, drop_outcomes]
