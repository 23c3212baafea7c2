"""Subscribing people: consent first, each address once, and accepted does not mean member."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, Role
from campaigns import halts
from guests.models import Subscriber, Subscription
from guests.subscribers.subscribing import submit_some_subscribers
from issuance.jobs import holds
from tests.support.deaths import lives, survives
from tests.support.factories import MembershipFactory
from tests.support.guests.subscriber_desk import CONSENT, at_the_sandbox, confirm, from_file, new, run_all
from tests.support.reveals import show

pytestmark = pytest.mark.django_db(transaction=True)

FILE = (
    "First name,Email,Date of birth,Zip\r\n"
    "Ana,ana@example.com,5/12/1990,60611\r\n"
    "Bo,bo@example.com,soon,\r\n"
    "Cy,not an address,,\r\n"
    "Ana,ANA@example.com,,\r\n"
    "Di,,,\r\n"
)


def test_the_consent_is_on_record_before_anything_is_sent(sandbox, client, at_thanx):
    answer = from_file(client, at_thanx, FILE)
    run_all()

    kept = Subscription.objects.get()
    assert (kept.statement, kept.source, str(kept.agreed_on)) == tuple(CONSENT.values())
    assert at_the_sandbox(sandbox) == {}
    page = client.get(answer["Location"]).content.decode()
    assert "2 people to subscribe. Nothing has been sent yet." in page
    assert "This goes to" in page


def test_a_file_is_handed_over_with_what_is_known_and_its_sum_is_told(sandbox, client, at_thanx):
    answer = from_file(client, at_thanx, FILE)
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
    assert "The birthday could not be read, and is left away" in page


def test_one_person_is_subscribed_like_a_file(sandbox, client, at_thanx):
    confirm(client, new(client, at_thanx, email="Ana@Example.com", birthday="02-29", last_name="Lima"))

    run_all()

    assert at_the_sandbox(sandbox)["Ana@example.com".lower()]["birth_date"] == {"month": 2, "day": 29}


def test_no_subscriber_is_submitted_twice(sandbox, client, at_thanx):
    confirm(client, from_file(client, at_thanx, FILE))
    run_all()

    again = from_file(client, at_thanx, FILE)

    assert "No guest is left to subscribe." in client.get(again["Location"]).content.decode()
    confirm(client, again)
    run_all()
    assert [one["times"] for one in sandbox.guests()["subscribers"]] == [1, 1]


def test_two_lists_prepared_at_once_submit_a_person_once(sandbox, client, at_thanx):
    first, second = from_file(client, at_thanx, FILE), from_file(client, at_thanx, FILE)
    confirm(client, first)
    confirm(client, second)

    run_all()

    assert [one["times"] for one in sandbox.guests()["subscribers"]] == [1, 1]
    assert "Thanx accepted 2 of 2" in client.get(second["Location"]).content.decode()


def test_a_refused_subscriber_is_shown_and_can_be_tried_again(sandbox, client, at_thanx):
    answer = from_file(client, at_thanx, FILE)
    confirm(client, answer)
    sandbox.fault("missing_code", method="POST", path="/partner/subscribers", times=1)
    run_all()
    masked = client.get(answer["Location"])
    told = show(client, at_thanx.merchant, masked).content.decode()

    client.post(f"{answer['Location']}again/")
    run_all()

    assert "Thanx accepted 1 of 2 people." in told
    assert "ana@example.com" in told
    assert "ana@example.com" not in masked.text
    assert "Thanx accepted 2 of 2 people." in client.get(answer["Location"]).content.decode()


def test_a_lost_answer_is_asked_for_again_later(sandbox, client, at_thanx, forward):
    confirm(client, from_file(client, at_thanx, FILE))
    sandbox.fault("cut_off", method="POST", path="/partner/subscribers", when="after", times=1)
    run_all()
    waiting = Subscriber.objects.filter(standing="waiting").count()
    unsure = Subscriber.objects.filter(standing="sending").count()

    forward(minutes=1)
    run_all()

    assert (waiting, unsure) == (1, 1)
    assert Subscriber.objects.filter(standing="accepted").count() == 2


def test_a_subscriber_being_sent_by_one_list_is_left_to_it_by_another(sandbox, client, at_thanx, forward):
    first, second = from_file(client, at_thanx, FILE), from_file(client, at_thanx, FILE)
    confirm(client, first)
    sandbox.fault("cut_off", method="POST", path="/partner/subscribers", when="before", times=1)
    run_all()
    confirm(client, second)
    run_all()
    meanwhile = {one["email"]: one["times"] for one in sandbox.guests()["subscribers"]}

    forward(minutes=1)
    run_all()
    forward(minutes=1)
    run_all()

    assert meanwhile == {"bo@example.com": 1}
    assert [one["times"] for one in sandbox.guests()["subscribers"]] == [1, 1]
    assert [(one.accepted, one.done_at is None) for one in Subscription.objects.all()] == [(2, False), (2, False)]


def test_a_worker_that_dies_while_submitting_leaves_no_subscriber_out(sandbox, client, at_thanx, forward):
    confirm(client, from_file(client, at_thanx, FILE))
    lived = 0

    for spared in lives():
        lived += 1
        if survives(lambda: submit_some_subscribers(clock=timezone.now), spared=spared):
            break
        forward(minutes=2)

    assert lived > 10
    run_all()
    kept = Subscription.objects.get()
    assert (kept.people, kept.accepted, kept.refused, kept.due_at) == (2, 2, 0, None)
    assert set(at_the_sandbox(sandbox)) == {"ana@example.com", "bo@example.com"}


def test_whose_row_can_no_longer_be_opened_is_told_as_such(sandbox, client, at_thanx):
    answer = from_file(client, at_thanx, FILE)
    confirm(client, answer)
    Subscriber.objects.filter(line=2).update(sealed=b"damaged")

    run_all()

    page = client.get(answer["Location"]).content.decode()
    assert "The line can no longer be opened" in page
    assert set(at_the_sandbox(sandbox)) == {"bo@example.com"}


def test_the_lists_take_the_same_queries_however_many_there_are(client, at_thanx, django_assert_num_queries):
    where = reverse("guests:subscriptions", args=[at_thanx.merchant.handle])
    new(client, at_thanx, email="ana@example.com")
    with CaptureQueriesContext(connection) as queries:
        client.get(where)
    for_one = len(queries)
    for number in range(5):
        new(client, at_thanx, email=f"guest{number}@example.com")

    with django_assert_num_queries(for_one):
        client.get(where)


def test_no_guest_is_subscribed_while_all_sending_is_stopped(sandbox, client, at_thanx, forward):
    confirm(client, from_file(client, at_thanx, FILE))
    halts.stop(merchant=at_thanx.merchant, by=at_thanx.user, at=timezone.now(), reason="Wrong list")
    run_all()
    meanwhile = at_the_sandbox(sandbox)

    holds.let_sending_go_on(merchant=at_thanx.merchant, by=at_thanx.user, at=timezone.now())
    forward(minutes=1)
    run_all()

    assert meanwhile == {}
    assert len(at_the_sandbox(sandbox)) == 2


def test_a_missing_scope_stops_it_for_everybody_and_it_goes_on_once_there_is_one(sandbox, client, at_thanx):
    answer = from_file(client, at_thanx, FILE)
    confirm(client, answer)
    sandbox.fault("forbidden", method="POST", path="/partner/subscribers", times=1)
    run_all()
    masked = client.get(answer["Location"])
    told = show(client, at_thanx.merchant, masked).content.decode()

    client.post(f"{answer['Location']}again/")
    run_all()

    assert "Ask Thanx to add the scope subscribers.write" in told
    assert len(at_the_sandbox(sandbox)) == 2


def test_who_they_are_stands_nowhere_in_clear(client, at_thanx):
    from_file(client, at_thanx, FILE)

    rows = [*Subscription.objects.values(), *Subscriber.objects.values(), *AuditEntry.objects.values()]
    kept = json.dumps(rows, default=lambda value: bytes(value).hex() if isinstance(value, memoryview) else str(value))
    assert "ana@" not in kept
    assert AuditEntry.objects.get(action="consent recorded").facts == {"size": len(FILE)}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Please add a file, paste lines, or enter one person’s email address."),
        ({"email": "Ana"}, "This is no email address."),
        ({"email": "a@b.example", "birthday": "13-41"}, "Please enter month and day, such as 05-12."),
        ({"email": "a@b.example", "agreed_on": "2999-01-01"}, "Please enter a day that has been."),
        ({"email": "a@b.example", "statement": ""}, "Please"),
    ],
)
def test_what_is_missing_is_said_beside_the_field_and_nothing_typed_is_lost(client, at_thanx, fields, said):
    page = new(client, at_thanx, **fields)

    assert said in page.content.decode()
    assert "Sign-up sheet" in page.content.decode()
    assert not Subscription.objects.exists()


def test_another_merchants_list_does_not_exist_here(client, at_thanx):
    answer = from_file(client, at_thanx, FILE)
    stranger = MembershipFactory(role=Role.MARKETER)
    client.force_login(stranger.user)
    own = reverse("guests:subscription", args=[stranger.merchant.handle, Subscription.objects.get().pk])

    assert client.get(own).status_code == 404
    assert client.get(answer["Location"]).status_code == 404
