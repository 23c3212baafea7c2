"""Every endpoint about guests against the sandbox, in both dialects of the API."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from partner_api import connect, errors
from partner_api.answers.guests import BirthDate, CommunicationSettings, NewSubscriber
from partner_api.models import Exchange
from partner_api.priority import Priority

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["usual", "other"])
def either(request, sandbox):
    sandbox.reset(dialect=request.param, scopes="all", members=250)
    return sandbox


@pytest.fixture
def client(either):
    return connect.thanx(priority=Priority.USER_ACTION, merchant="")


@pytest.fixture
def merchant_id(client):
    return client.merchants()[0].id


def test_members_are_read_page_by_page_and_from_any_page_on(client, merchant_id):
    pages = list(client.user_pages(merchant_id=merchant_id))
    rest = list(client.user_pages(merchant_id=merchant_id, first=3))

    assert [(page.number, page.pages, len(page.items)) for page in pages] == [(1, 3, 100), (2, 3, 100), (3, 3, 50)]
    assert [page.is_last for page in pages] == [False, False, True]
    assert rest == pages[2:]
    assert client.users(merchant_id=merchant_id) == tuple(user for page in pages for user in page.items)


def test_a_page_is_asked_for_only_when_it_is_wanted(either, client, merchant_id):
    next(client.user_pages(merchant_id=merchant_id))

    assert len(either.requests("/partner/users")) == 1


def test_a_guest_is_one_by_address_by_number_and_by_id(client, merchant_id):
    member = next(user for user in client.users(merchant_id=merchant_id) if user.phone)

    by_email = client.users(merchant_id=merchant_id, email=member.email)
    by_phone = client.users(merchant_id=merchant_id, phone=member.phone)
    whole = client.user(id=member.id, merchant_id=merchant_id)

    assert by_email == by_phone == (member,)
    assert replace(whole, loyalty=None, communication=None) == member
    assert whole.loyalty is not None
    assert whole.loyalty.tier in {"Regular", "Silver", "Gold", "Platinum"}
    assert whole.communication is not None
    assert whole.communication.reward_progress_email is True


def test_changes_between_two_times_are_returned(client, merchant_id):
    everyone = client.users(merchant_id=merchant_id)
    dates = [user.updated_at for user in everyone]
    middle, late = dates[100].replace(microsecond=0), dates[200].replace(microsecond=0)

    found = client.users(merchant_id=merchant_id, updated_after=middle, updated_before=late)

    assert found == tuple(user for user in everyone if middle < user.updated_at < late)
    assert 90 < len(found) < 110


def test_loyalty_and_settings_come_with_the_list_when_asked_for(client, merchant_id):
    page = next(client.user_pages(merchant_id=merchant_id, with_loyalty=True, with_communication=True))

    assert all(user.loyalty and user.communication for user in page.items)


@pytest.mark.parametrize(
    ("named", "code"), [({"email": "no address"}, errors.EMAIL_INVALID), ({"phone": "12"}, errors.PHONE_INVALID)]
)
def test_a_malformed_identifier_is_named_by_its_code_and_by_nothing_else(client, merchant_id, named, code):
    with pytest.raises(errors.Refused) as caught:
        client.users(merchant_id=merchant_id, **named)

    assert caught.value.code == code
    assert caught.value.is_about_the_identifier
    assert str(caught.value) == f"GET /partner/users: 400 {code}"


def test_settings_are_read_and_only_what_is_named_is_changed(client, merchant_id):
    where = {"user_id": client.users(merchant_id=merchant_id)[0].id, "merchant_id": merchant_id}
    before = client.communication_settings(**where)

    after = client.change_communication_settings(
        **where, changed=CommunicationSettings(reward_offer_notification=False)
    )

    assert before.reward_offer_notification is True
    assert after == client.communication_settings(**where) == replace(before, reward_offer_notification=False)


def test_a_subscriber_is_accepted_and_is_no_member_by_that(either, client, merchant_id):
    new = NewSubscriber("notfound@example.com", "Ada", "", BirthDate(month=2, day=29), "60611")

    accepted = client.subscribe(merchant_id=merchant_id, subscriber=new)

    assert accepted == "notfound@example.com"
    assert client.users(merchant_id=merchant_id, email="notfound@example.com") == ()
    kept = either.guests()["subscribers"]
    assert [one["document"] for one in kept] == [
        {"first_name": "Ada", "zip_code": "60611", "birth_date": {"month": 2, "day": 29}}
    ]


def test_a_subscriber_without_an_address_is_refused(client, merchant_id):
    with pytest.raises(errors.Refused) as caught:
        client.subscribe(merchant_id=merchant_id, subscriber=NewSubscriber("nobody"))

    assert caught.value.is_about_the_identifier


def test_a_guests_token_is_given_once_and_shows_in_no_text(client, merchant_id):
    token = client.user_token(merchant_id=merchant_id, email="ana@example.com", expires_in=120)

    assert (token.expires_in, token.token_type) == (120, "Bearer")
    assert token.created_at is not None
    assert token.created_at.year > 2000
    assert token.access_token not in repr(token)


@pytest.mark.parametrize("asked", [{}, {"email": "a@b.example", "user_id": "u"}, {"user_id": "u", "expires_in": 59}])
def test_a_token_is_for_one_guest_and_for_a_minute_to_an_hour(either, client, asked):
    with pytest.raises(ValueError, match="one guest"):
        client.user_token(merchant_id="m", **asked)

    assert either.requests("/partner/oauth/token") == []


def test_feedback_is_filtered_by_state_place_guest_and_change(either, client, merchant_id):
    place = client.locations(merchant_id=merchant_id)[3].id
    new = either.feedback(location_id=place, rating=2, email="ana@example.com")
    since = datetime.now(tz=UTC) - timedelta(minutes=1)

    low = client.feedbacks(merchant_id=merchant_id, states=["rated", "reviewed"])
    here = client.feedbacks(merchant_id=merchant_id, location_id=place)
    hers = client.feedbacks(merchant_id=merchant_id, user_id=new["user_id"])
    latest = client.feedbacks(merchant_id=merchant_id, updated_after=since)

    assert {found.state for found in low} == {"rated", "reviewed"}
    assert {found.location_id for found in here} == {place}
    assert [found.id for found in hers] == [found.id for found in latest] == [new["id"]]
    assert (latest[0].rating, latest[0].response) == (2, "")


def test_a_feedback_is_answered_once_on_either_path(either, client, merchant_id):
    new = either.feedback()

    client.respond(feedback_id=new["id"], response="Thank you, Ana.")
    with pytest.raises(errors.Unprocessable):
        client.respond(feedback_id=new["id"], response="And again.")

    found = client.feedbacks(merchant_id=merchant_id, user_id=new["user_id"])
    assert [(one.state, one.response) for one in found if one.id == new["id"]] == [("responded", "Thank you, Ana.")]
    assert either.guests()["answers"] == {new["id"]: "Thank you, Ana."}


def test_the_path_that_answers_feedback_is_remembered(either, client):
    for _ in range(2):
        client.respond(feedback_id=either.feedback()["id"], response="Thank you.")

    answered = list(Exchange.objects.filter(method="POST").order_by("id").values_list("status", flat=True))
    assert answered in ([200, 200], [404, 200, 200])


def test_tags_are_put_read_and_deleted(client, merchant_id):
    first, second, third = [user.id for user in client.users(merchant_id=merchant_id)[:3]]
    client.put_tags(merchant_id=merchant_id, user_ids=[first, second], key="acme:arm", values=["Control", "A"])
    client.put_tags(merchant_id=merchant_id, user_ids=[second], key="other", values=["x"])

    every = client.tags(merchant_id=merchant_id, user_ids=[first, second, third])
    client.delete_tags(merchant_id=merchant_id, user_ids=[first, second], key="acme:arm")
    left = client.tags(merchant_id=merchant_id, user_ids=[first, second, third])

    assert {(tag.user_id, tag.key, tag.values) for tag in every} == {
        (first, "acme:arm", ("Control", "A")),
        (second, "acme:arm", ("Control", "A")),
        (second, "other", ("x",)),
    }
    assert [(tag.user_id, tag.key) for tag in left] == [(second, "other")]
    assert client.tags(merchant_id=merchant_id, user_ids=[second], key="acme:arm") == ()


@pytest.mark.parametrize(("users", "values"), [(501, 1), (1, 51)])
def test_more_than_a_call_may_hold_is_not_sent(either, client, users, values):
    with pytest.raises(ValueError, match="500 guests"):
        client.put_tags(merchant_id="m", user_ids=["u"] * users, key="k", values=["v"] * values)

    assert either.requests("/partner/tags") == []


def test_without_the_scope_each_call_says_so(sandbox):
    client = connect.thanx(priority=Priority.USER_ACTION, merchant="")
    merchant_id = client.merchants()[0].id
    where = {"merchant_id": merchant_id, "user_id": "u"}
    calls = [
        lambda: client.users(merchant_id=merchant_id),
        lambda: client.user(id="u", merchant_id=merchant_id),
        lambda: client.communication_settings(**where),
        lambda: client.change_communication_settings(**where, changed=CommunicationSettings(reward_offer_email=False)),
        lambda: client.subscribe(merchant_id=merchant_id, subscriber=NewSubscriber("a@b.example")),
        lambda: client.user_token(**where),
        lambda: client.feedbacks(merchant_id=merchant_id),
        lambda: client.respond(feedback_id="f", response="r"),
        lambda: client.tags(merchant_id=merchant_id, user_ids=["u"]),
        lambda: client.put_tags(merchant_id=merchant_id, user_ids=["u"], key="k", values=["v"]),
        lambda: client.delete_tags(merchant_id=merchant_id, user_ids=["u"], key="k"),
    ]
    for call in calls:
        with pytest.raises(errors.ScopeMissing):
            call()


def test_no_identifier_reaches_the_exchange_log(either, client, merchant_id):
    user = client.users(merchant_id=merchant_id, email="ana@example.com")[0]
    client.users(merchant_id=merchant_id, phone="+13125550155")
    client.user_token(merchant_id=merchant_id, email="ana@example.com")
    client.subscribe(merchant_id=merchant_id, subscriber=NewSubscriber("ana@example.com", "Anabel"))
    client.user(id=user.id, merchant_id=merchant_id)
    client.put_tags(merchant_id=merchant_id, user_ids=[user.id], key="k", values=["Secret"])

    rows = json.dumps(list(Exchange.objects.values()), default=str)

    for secret in ("ana@", "3125550155", user.id, "Anabel", "Secret"):
        assert secret not in rows


def test_the_partners_clock_is_known_after_an_answer(client):
    assert client.their_time is None

    client.scopes()

    assert abs(client.their_time - datetime.now(tz=UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize("kind", ["server_error", "cut_off"])
def test_an_answer_to_a_guest_that_got_lost_may_have_been_sent(either, client, kind):
    new = either.feedback()
    either.fault(kind, method="POST", path="/partner/feedbacks", when="after", times=1)

    with pytest.raises(errors.OutcomeUnknown):
        client.respond(feedback_id=new["id"], response="Thank you.")
