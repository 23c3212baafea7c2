"""Members, settings, subscribers, tokens, feedback and tags, as the sandbox reads the API."""

import pytest

from tests.support import orders


@pytest.fixture
def open_sandbox(sandbox):
    sandbox.reset(scopes="all", failure_share=0.1)
    return sandbox


@pytest.fixture
def owner(open_sandbox):
    return orders.merchant(open_sandbox)["id"]


def users(sandbox, owner, **query):
    return sandbox.call("GET", "/partner/users", params={"merchant_id": owner, **query})


def all_users(sandbox, owner):
    pages = [users(sandbox, owner, per_page=100, page=page).json()["users"] for page in range(1, 25)]
    return [user for page in pages for user in page]


def test_each_merchant_has_thousands_of_its_own_members(open_sandbox, owner):
    other = orders.merchant(open_sandbox, "cafe-ebene")["id"]

    ours = {user["id"] for user in all_users(open_sandbox, owner)}
    theirs = {user["id"] for user in all_users(open_sandbox, other)}

    assert len(ours) == len(theirs) == 2400
    assert not ours & theirs


def test_with_members_only_rewards_reach_listed_guests_and_no_others(open_sandbox, owner):
    open_sandbox.options(members_only=True)
    listed = [user["email"] for user in all_users(open_sandbox, owner)[:300]]
    order = orders.order(open_sandbox, identifiers=orders.emails(*listed, "stranger@example.com"))

    failures = orders.poll(open_sandbox, orders.issued_job(open_sandbox, order))["summary"]["failures"]

    lost = [failure["identifier_index"] for failure in failures if failure["error"] == "User not found"]
    assert lost == [300]
    assert users(open_sandbox, owner, email="stranger@example.com").json()["users"] == []


def test_a_look_up_and_an_issuance_agree_about_who_is_not_found(open_sandbox, owner):
    asked = [f"guest{number}@example.com" for number in range(80)] + ["notfound7@example.com"]
    order = orders.order(open_sandbox, identifiers=orders.emails(*asked))
    failures = orders.poll(open_sandbox, orders.issued_job(open_sandbox, order))["summary"]["failures"]

    lost = {asked[failure["identifier_index"]] for failure in failures if failure["error"] == "User not found"}

    assert {one for one in asked if not users(open_sandbox, owner, email=one).json()["users"]} == lost
    assert 1 < len(lost) < 40


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"email": "no address"}, "USER_EMAIL_INVALID"),
        ({"phone": "3125550100"}, "USER_PHONE_INVALID"),
        ({"updated_after": "2026-01-01"}, "BAD_REQUEST"),
        ({"include_loyalty_attributes": "yes"}, "BAD_REQUEST"),
    ],
)
def test_filters_are_read_strictly(open_sandbox, owner, query, code):
    answer = users(open_sandbox, owner, **query)

    assert (answer.status_code, orders.code(answer)) == (400, code)


@pytest.mark.parametrize(
    "changed",
    [{}, {"unknown": {"email": True}}, {"reward_progress": {"notification": True}}, {"reward_offer": {"email": "no"}}],
)
def test_settings_are_changed_in_their_own_words_only(open_sandbox, owner, changed):
    user = users(open_sandbox, owner).json()["users"][0]
    path = f"/partner/users/{user['id']}/communication_settings"

    answer = open_sandbox.call("PATCH", path, params={"merchant_id": owner}, json={"communication_setting": changed})

    assert answer.status_code == 400


def test_a_changed_guest_is_told_as_changed(open_sandbox, owner):
    user = users(open_sandbox, owner).json()["users"][0]
    path = f"/partner/users/{user['id']}/communication_settings"
    body = {"communication_setting": {"marketing_general": {"email": False}}}
    open_sandbox.call("PATCH", path, params={"merchant_id": owner}, json=body)

    last = users(open_sandbox, owner, per_page=100, page=24, include_communication_settings="true").json()["users"][-1]

    assert last["id"] == user["id"]
    assert last["updated_at"] > user["updated_at"]
    assert last["communication_setting"]["marketing_general"] == {"email": False}


@pytest.mark.parametrize(
    ("subscriber", "status"),
    [
        ({"email": "a@b.example"}, 201),
        ({"email": "nobody"}, 400),
        ({}, 400),
        ({"email": "a@b.example", "birth_date": {"month": 13, "day": 1}}, 400),
        ({"email": "a@b.example", "birth_date": {"year": 1990, "month": 1, "day": 1}}, 400),
        ({"email": "a@b.example", "zip_code": 60611}, 400),
    ],
)
def test_subscribers_are_read_strictly(open_sandbox, owner, subscriber, status):
    body = {"merchant_id": owner, "subscriber": subscriber}

    assert open_sandbox.call("POST", "/partner/subscribers", json=body).status_code == status


def test_an_address_that_comes_twice_is_counted(open_sandbox, owner):
    body = {"merchant_id": owner, "subscriber": {"email": "a@b.example"}}
    for _ in range(2):
        open_sandbox.call("POST", "/partner/subscribers", json=body)

    assert [(one["email"], one["times"]) for one in open_sandbox.guests()["subscribers"]] == [("a@b.example", 2)]


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"email": "ana@example.com"}, 200),
        ({"email": "ana@example.com", "expires_in": 60}, 200),
        ({"email": "ana@example.com", "expires_in": 59}, 400),
        ({"email": "ana@example.com", "phone": "+13125550100"}, 400),
        ({}, 400),
        ({"email": "notfound@example.com"}, 404),
        ({"user_id": "nobody"}, 404),
    ],
)
def test_tokens_are_for_one_known_guest(open_sandbox, owner, asked, status):
    body = {"merchant_id": owner, **asked}

    assert open_sandbox.call("POST", "/partner/oauth/token", json=body).status_code == status


def feedbacks(sandbox, owner, **query):
    return sandbox.call("GET", "/partner/feedbacks", params={"merchant_id": owner, **query})


def test_every_state_of_a_feedback_occurs_and_each_can_be_asked_for(open_sandbox, owner):
    for state in ("unviewed", "viewed", "expired", "rated", "reviewed", "responded"):
        found = feedbacks(open_sandbox, owner, **{"states[]": state, "per_page": 100}).json()["feedbacks"]

        assert {one["state"] for one in found} == {state}
        assert {one["rating"] is None for one in found} == {state in {"unviewed", "viewed", "expired"}}


def test_an_unknown_state_is_refused(open_sandbox, owner):
    assert feedbacks(open_sandbox, owner, **{"states[]": "angry"}).status_code == 400


@pytest.mark.parametrize(("dialect", "path"), [("usual", "respond"), ("other", "response")])
def test_a_feedback_gets_one_answer_at_the_address_of_the_dialect(open_sandbox, dialect, path):
    open_sandbox.reset(scopes="all", dialect=dialect)
    new = open_sandbox.feedback()
    body = {"feedback": {"response": "Thank you."}}
    wrong = {"respond": "response", "response": "respond"}[path]

    assert open_sandbox.call("POST", f"/partner/feedbacks/{new['id']}/{wrong}", json=body).status_code == 404
    assert open_sandbox.call("POST", f"/partner/feedbacks/{new['id']}/{path}", json=body).status_code == 200
    assert open_sandbox.call("POST", f"/partner/feedbacks/{new['id']}/{path}", json=body).status_code == 422


def test_only_what_was_rated_can_be_answered(open_sandbox):
    new = open_sandbox.feedback(state="viewed", rating=None, review=None)
    body = {"feedback": {"response": "Thank you."}}

    assert open_sandbox.call("POST", f"/partner/feedbacks/{new['id']}/respond", json=body).status_code == 422


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({}, 200),
        ({"values": []}, 400),
        ({"values": ["v"] * 51}, 422),
        ({"user_ids": []}, 400),
        ({"user_ids": ["u"] * 501}, 422),
        ({"user_ids": ["nobody"]}, 404),
        ({"key": ""}, 400),
    ],
)
def test_tags_keep_their_limits(open_sandbox, owner, changed, status):
    user = users(open_sandbox, owner).json()["users"][0]
    body = {"merchant_id": owner, "user_ids": [user["id"]], "key": "k", "values": ["v"], **changed}

    assert open_sandbox.call("PUT", "/partner/tags", json=body).status_code == status


def test_every_endpoint_wants_its_own_scope(open_sandbox, owner):
    calls = {
        "users.read": ("GET", "/partner/users"),
        "communication_settings.read": ("GET", "/partner/users/u/communication_settings"),
        "communication_settings.write": ("PATCH", "/partner/users/u/communication_settings"),
        "subscribers.write": ("POST", "/partner/subscribers"),
        "auth.create": ("POST", "/partner/oauth/token"),
        "feedbacks.read": ("GET", "/partner/feedbacks"),
        "feedbacks.write": ("POST", "/partner/feedbacks/f/respond"),
        "tags.read": ("GET", "/partner/tags"),
        "tags.write": ("DELETE", "/partner/tags"),
    }
    for scope, (method, path) in calls.items():
        open_sandbox.options(scopes=[one for one in calls if one != scope])

        assert open_sandbox.call(method, path, params={"merchant_id": owner}).status_code == 403
