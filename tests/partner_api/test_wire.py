import json
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from partner_api import errors, wire
from partner_api.answers.catalog import NewCampaign, NewVariant
from partner_api.answers.jobs import Identifier
from partner_api.answers.readers import Unusable
from partner_api.wire import Call, RawAnswer

NOW = datetime(2026, 5, 12, 12, 0, tzinfo=UTC)
READ = Call("GET", "/partner/campaigns/{id}", ids={"id": "c1"})
WRITE = Call("POST", "/partner/campaigns", body=b"{}")
KEYED = Call("POST", "/partner/campaigns/issue", body=b"{}", key=UUID(int=1))


def error_for(call: Call, status: int, body: object = b"", retry_after: str | None = None):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    with pytest.raises(errors.PartnerError) as caught:
        wire.read_answer(call=call, answer=RawAnswer(status, raw, retry_after), now=NOW)
    return caught.value


# --- What is sent --------------------------------------------------------------------------------------------


def test_every_request_carries_the_five_headers():
    assert wire.headers(token="t", client_id="c", partner="acme") == {
        "Authorization": "Bearer t",
        "X-ClientId": "c",
        "Accept-Version": "v4.0",
        "Content-Type": "application/json",
        "User-Agent": "acme/1.0.0",
    }


def test_a_key_travels_as_a_header_of_its_own():
    key = UUID("6b1f3b5e-0000-4000-8000-000000000001")

    assert wire.headers(token="t", client_id="c", partner="p", key=key)["X-Idempotency-Key"] == str(key)


def test_lists_in_a_query_have_brackets_and_nothing_has_no_name():
    call = Call("GET", "/partner/feedbacks", query={"states": ["rated", "reviewed"], "page": 2, "all": True, "x": None})

    assert call.target == "/partner/feedbacks?states[]=rated&states[]=reviewed&page=2&all=true"


def test_a_phone_number_in_a_query_keeps_its_plus():
    assert (
        Call("GET", "/partner/users", query={"phone": "+12025550123"}).target == "/partner/users?phone=%2B12025550123"
    )


def test_an_id_cannot_leave_its_place_in_the_path():
    call = Call("GET", "/partner/campaigns/{id}", ids={"id": "../users?x=1"})

    assert call.target == "/partner/campaigns/..%2Fusers%3Fx%3D1"


@pytest.mark.parametrize("value", ["", ".", ".."])
def test_an_id_that_would_name_another_path_is_not_found_without_asking(value):
    with pytest.raises(errors.NotFound):
        _ = Call("GET", "/partner/campaigns/{id}", ids={"id": value}).target


def test_a_call_shows_neither_ids_nor_query_nor_body():
    call = Call("POST", "/partner/x/{id}", ids={"id": "secret"}, query={"email": "secret"}, body=b"secret")

    assert "secret" not in repr(call)


def test_an_issuance_is_compact_and_always_the_same_bytes():
    identifiers = [Identifier("email", "zoë@guest.example"), Identifier("phone", "+12025550123")]

    body = wire.issue_body(campaign_id="c", merchant_id="m", variant_id="v", identifiers=identifiers)

    assert (
        body
        == (
            '{"campaign_id":"c","merchant_id":"m","variant_id":"v","identifiers":['
            '{"type":"email","value":"zoë@guest.example"},{"type":"phone","value":"+12025550123"}]}'
        ).encode()
    )


def test_a_new_campaign_spells_its_dates_in_utc_and_gives_the_control_no_template():
    noon_in_new_york = datetime(2026, 5, 12, 12, 0, 0, 999, tzinfo=timezone(timedelta(hours=-4)))
    variants = (NewVariant("Free taco", "t1"), NewVariant("Control"))

    body = wire.campaign_body(new=NewCampaign("m", "Win back", "", "fine", *[noon_in_new_york] * 4, variants))

    sent = json.loads(body)["campaign"]
    assert sent["start_at"] == sent["redeemable_to"] == "2026-05-12T16:00:00Z"
    assert sent["variants"] == [{"name": "Free taco", "reward_template_id": "t1"}, {"name": "Control"}]
    assert "objective" not in sent


# --- How an answer is read -----------------------------------------------------------------------------------


@pytest.mark.parametrize("call", [READ, WRITE, KEYED])
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.Refused),
        (401, errors.CredentialsRefused),
        (403, errors.ScopeMissing),
        (404, errors.NotFound),
        (409, errors.Refused),
        (422, errors.Unprocessable),
        (429, errors.RateLimited),
    ],
)
def test_a_refusal_means_the_same_for_every_call(call, status, kind):
    error = error_for(call, status, {"error": {"code": "SOME_CODE", "message": "words"}})

    assert type(error) is kind
    assert (error.status, error.code, error.message) == (status, "SOME_CODE", "words")


@pytest.mark.parametrize("status", [301, 307, 408, 425, 500, 502, 503, 504, 599])
def test_without_a_judgement_a_read_is_repeated_and_a_write_may_have_been_done(status):
    assert type(error_for(READ, status)) is errors.Unavailable
    assert type(error_for(WRITE, status)) is errors.OutcomeUnknown
    assert type(error_for(KEYED, status)) is errors.OutcomeUnknown


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"error": {"message": "no code"}}, ""),
        ({"error": {"code": 1042}}, "1042"),
        ({"error": {"code": None}}, ""),
        ({"error": {"code": True}}, ""),
        ({"error": {"code": ["A"]}}, ""),
        ({"error": {"code": "jane@guest.example is bad"}}, ""),
        ({"error": {"code": 12025550123}}, ""),
        ({"error": "words only"}, ""),
        ({"errors": []}, ""),
        ([], ""),
        (b"<html>502</html>", ""),
        (b"", ""),
        (b'{"error": {"code": "CUT', ""),
        (b"\xff\xfe\x00", ""),
        (b"[" * 100_000, ""),
    ],
)
def test_a_code_is_a_short_word_or_nothing(body, code):
    assert error_for(WRITE, 400, body).code == code


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("7", 7),
        (" 1.5 ", 1.5),
        ("86400", 900),
        ("Tue, 12 May 2026 12:01:00 GMT", 60),
        ("Tue, 12 May 2026 11:00:00 GMT", 0),
        ("Wed, 13 May 2026 11:00:00 GMT", 900),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_at_most_a_quarter_of_an_hour(value, wait):
    assert error_for(READ, 429, retry_after=value).not_before == NOW + timedelta(seconds=wait)


@pytest.mark.parametrize("value", [None, "", "soon", "-5", "nan", "inf", "1e9"])
def test_a_retry_after_that_says_nothing_is_none(value):
    assert error_for(WRITE, 429, retry_after=value).not_before is None


@given(value=st.text())
@example(value="0\x1f")
def test_no_retry_after_is_too_odd(value):
    found = wire.retry_after(value, now=NOW)

    assert found is None or NOW <= found <= NOW + wire.LONGEST_RETRY_AFTER


@pytest.mark.parametrize("key", ["total_pages", "total_page"])
def test_a_page_says_how_many_there_are_in_either_dialect(key):
    page = wire.page({"campaigns": [1, 2], "pagination": {key: 3}}, name="campaigns")

    assert (page.items, page.pages) == ((1, 2), 3)


@pytest.mark.parametrize("rest", [{}, {"pagination": None}, {"pagination": {}}, {"pagination": {"total_pages": "x"}}])
def test_a_list_without_paging_is_one_page(rest):
    assert wire.page({"merchants": [], **rest}, name="merchants").pages == 1


@pytest.mark.parametrize("payload", [None, [], "x", {}, {"campaigns": {}}])
def test_a_list_that_is_none_is_unusable_and_not_empty(payload):
    with pytest.raises(Unusable):
        wire.page(payload, name="campaigns")


def test_a_resource_is_read_with_and_without_its_outer_key():
    job = {"id": "j", "state": "pending"}

    assert wire.resource({"issuance_job": job}, name="issuance_job") == wire.resource(job, name="issuance_job") == job
