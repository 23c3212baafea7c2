"""What users and workers do with lists of subscribers, for tests."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from guests.subscribers.reading_step import read_one_list
from guests.subscribers.subscribing import submit_some_subscribers

CONSENT = {"statement": "Yes, send me news.", "source": "Sign-up sheet", "agreed_on": "2026-01-02"}


def new(client, at_thanx, **fields):
    return client.post(reverse("guests:subscribe", args=[at_thanx.merchant.handle]), {**CONSENT, **fields})


def add(client, at_thanx, content, name="people.csv"):
    """Add a file; return the answer, which leads to its columns."""
    data = content if isinstance(content, bytes) else content.encode()
    return new(client, at_thanx, file=SimpleUploadedFile(name, data))


def agree(client, answer, **otherwise):
    """Agree with what the columns are taken for, but for what is said otherwise. Return the answer to that."""
    shown = client.get(answer["Location"]).context["form"]
    said = {name: shown[name].value() for name in shown.fields if shown[name].value() is not None}
    return client.post(answer["Location"], {**said, **otherwise})


def from_file(client, at_thanx, content, name="people.csv", **otherwise):
    """Add a file, agree, and let it be read. Return the answer, which leads to the list."""
    answer = agree(client, add(client, at_thanx, content, name), **otherwise)
    run_all()
    return answer


def confirm(client, answer):
    return client.post(f"{answer['Location']}confirm/")


def run_all():
    while read_one_list(clock=timezone.now) or submit_some_subscribers(clock=timezone.now):
        pass


def at_the_sandbox(sandbox):
    return {one["email"]: one["document"] for one in sandbox.guests()["subscribers"]}
