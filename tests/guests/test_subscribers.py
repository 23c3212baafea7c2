"""Subscribing people: consent first, each address once, and accepted does not mean member."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, Role
from guests.models import Subscriber, Subscription
from guests.subscriber_files import birthday_in, people_in
from guests.subscribing import submit_some_subscribers
from partner_api.people import BirthDate
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db(transaction=True)

FILE = (
    "First name,Email,Date of birth,Zip\r\n"
    "Ana,ana@example.com,5/12/1990,60611\r\n"
    "Bo,bo@example.com,soon,\r\n"
    "Cy,not an address,,\r\n"
    "Ana,ANA@example.com,,\r\n"
    "Di,,,\r\n"
)
CONSENT = {"statement": "Yes, send me news.", "source": "Sign-up sheet", "agreed_on": "2026-01-02"}


def new(client, at_thanx, **fields):
    return client.post(reverse("guests:subscribe", args=[at_thanx.merchant.handle]), {**CONSENT, **fields})


def from_file(client, at_thanx, text=FILE):
    return new(client, at_thanx, file=SimpleUploadedFile("people.csv", text.encode()))


def confirm(client, answer):
    return client.post(f"{answer['Location']}confirm/")


def run_all():
    while submit_some_subscribers(clock=timezone.now):
        pass


def at_the_sandbox(sandbox):
    return {one["email"]: one["document"] for one in sandbox.guests()["subscribers"]}


def test_the_consent_is_on_record_before_anything_is_sent(sandbox, client, at_thanx):
    answer = from_file(client, at_thanx)
    run_all()

    kept = Subscription.objects.get()
    assert (kept.statement, kept.source, str(kept.agreed_on)) == tuple(CONSENT.values())
    assert at_the_sandbox(sandbox) == {}
    assert "2 people to subscribe. Nothing has been sent yet." in client.get(answer["Location"]).content.decode()


def test_a_file_is_handed_over_with_what_is_known_and_its_sum_is_told(sandbox, client, at_thanx):
    answer = from_file(client, at_thanx)
    confirm(client, answer)

    run_all()

    assert at_the_sandbox(sandbox) == {
        "ana@example.com": {"first_name": "Ana", "zip_code": "60611", "birth_date": {"month": 5, "day": 12}},
        "bo@example.com": {"first_name": "Bo"},
    }
    page = client.get(answer["Location"]).content.decode()
    assert "Thanx accepted 2 of 2 people." in page
    assert "It does not mean that the person is a member." in page
    assert Subscription.objects.get().left_out == {"email_invalid": 1, "duplicate": 1, "no_email": 1}
    assert "1 birthday could not be read" in page


def test_one_person_is_subscribed_like_a_file(sandbox, client, at_thanx):
    confirm(client, new(client, at_thanx, email="Ana@Example.com", birthday="02-29", last_name="Lima"))

    run_all()

    assert at_the_sandbox(sandbox)["Ana@example.com".lower()]["birth_date"] == {"month": 2, "day": 29}


def test_nobody_is_submitted_twice(sandbox, client, at_thanx):
    confirm(client, from_file(client, at_thanx))
    run_all()

    again = from_file(client, at_thanx)

    assert "Nobody is left to subscribe." in client.get(again["Location"]).content.decode()
    confirm(client, again)
    run_all()
    assert [one["times"] for one in sandbox.guests()["subscribers"]] == [1, 1]


def test_two_lists_prepared_at_once_submit_a_person_once(sandbox, client, at_thanx):
    first, second = from_file(client, at_thanx), from_file(client, at_thanx)
    confirm(client, first)
    confirm(client, second)

    run_all()

    assert [one["times"] for one in sandbox.guests()["subscribers"]] == [1, 1]
    assert "Thanx accepted 2 of 2" in client.get(second["Location"]).content.decode()


def test_whom_thanx_refuses_is_told_and_can_be_tried_again(sandbox, client, at_thanx):
    answer = from_file(client, at_thanx)
    confirm(client, answer)
    sandbox.fault("missing_code", method="POST", path="/partner/subscribers", times=1)
    run_all()
    told = client.get(answer["Location"]).content.decode()

    client.post(f"{answer['Location']}again/")
    run_all()

    assert "Thanx accepted 1 of 2 people." in told
    assert "ana@example.com" in told
    assert "Thanx accepted 2 of 2 people." in client.get(answer["Location"]).content.decode()


def test_a_lost_answer_is_asked_for_again_later(sandbox, client, at_thanx, forward):
    confirm(client, from_file(client, at_thanx))
    sandbox.fault("cut_off", method="POST", path="/partner/subscribers", when="after", times=1)
    run_all()
    waiting = Subscriber.objects.filter(standing="waiting").count()

    forward(minutes=1)
    run_all()

    assert waiting == 2
    assert Subscriber.objects.filter(standing="accepted").count() == 2


def test_a_missing_scope_stops_it_for_everybody_and_it_goes_on_once_there_is_one(sandbox, client, at_thanx):
    answer = from_file(client, at_thanx)
    confirm(client, answer)
    sandbox.fault("forbidden", method="POST", path="/partner/subscribers", times=1)
    run_all()
    told = client.get(answer["Location"]).content.decode()

    client.post(f"{answer['Location']}again/")
    run_all()

    assert "Ask Thanx to add the scope subscribers.write" in told
    assert len(at_the_sandbox(sandbox)) == 2


def test_who_they_are_stands_nowhere_in_clear(client, at_thanx):
    from_file(client, at_thanx)

    rows = [*Subscription.objects.values(), *Subscriber.objects.values(), *AuditEntry.objects.values()]
    kept = json.dumps(rows, default=lambda value: bytes(value).hex() if isinstance(value, memoryview) else str(value))
    assert "ana@" not in kept
    assert AuditEntry.objects.get(action="consent recorded").facts == {"people": 2, "left_out": 3}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Please add a file, or enter one person’s e-mail address."),
        ({"email": "Ana"}, "This is no e-mail address."),
        ({"email": "a@b.example", "birthday": "13-41"}, "Please enter month and day, such as 05-12."),
        ({"email": "a@b.example", "agreed_on": "2999-01-01"}, "Please enter a day that has been."),
        ({"email": "a@b.example", "statement": ""}, "Please"),
    ],
)
def test_what_is_missing_is_said_beside_the_field_and_nothing_typed_is_lost(client, at_thanx, fields, said):
    page = new(client, at_thanx, **fields)

    assert said in str(page.context["form"].errors) or page.context["form"].errors
    assert "Sign-up sheet" in page.content.decode()
    assert not Subscription.objects.exists()


def test_another_merchants_list_does_not_exist_here(client, at_thanx):
    answer = from_file(client, at_thanx)
    stranger = MembershipFactory(role=Role.MARKETER)
    client.force_login(stranger.user)
    own = reverse("guests:subscription", args=[stranger.merchant.handle, Subscription.objects.get().pk])

    assert client.get(own).status_code == 404
    assert client.get(answer["Location"]).status_code == 404


@pytest.mark.parametrize(
    ("text", "country", "found"),
    [
        ("1990-05-12", "US", BirthDate(None, 5, 12)),
        ("05-12", "US", BirthDate(None, 5, 12)),
        ("5/12/90", "US", BirthDate(None, 5, 12)),
        ("12.5.1990", "DE", BirthDate(None, 5, 12)),
        ("02-29", "US", BirthDate(None, 2, 29)),
        ("02-30", "US", None),
        ("May", "US", None),
        ("", "US", None),
    ],
)
def test_birthdays_are_read_in_the_usual_spellings(text, country, found):
    assert birthday_in(text, country=country) == found


def test_a_file_in_another_encoding_with_semicolons_is_read():
    found = people_in("Vorname;Email\nZoë;zoe@example.com\n".encode("cp1252"), country="DE")

    assert [(line, person.email) for line, person in found.people] == [(2, "zoe@example.com")]
