"""Failures are grouped by reason, in words, and found by an identifier or a line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuance.jobs import failures, guest_search
from issuance.jobs.failure_reasons import LONGEST_REASON, REASONS, ReasonCode, code_of, reason_of, said
from issuance.models import Failure
from tests.support.factories import NOON, BatchFactory, IssuanceFactory, create_frozen_batch

VALUES = ("ana@example.com", "bo@example.com", "+12125550123")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("User not found", ReasonCode.USER_NOT_FOUND),
        ("No such user", ReasonCode.USER_NOT_FOUND),
        ("member does not exist", ReasonCode.USER_NOT_FOUND),
        ("Email address is invalid", ReasonCode.INVALID_EMAIL),
        ("invalid e-mail", ReasonCode.INVALID_EMAIL),
        ("Phone number unreachable", ReasonCode.INVALID_PHONE),
        ("User is not eligible", ReasonCode.NOT_ELIGIBLE),
        ("ineligible", ReasonCode.NOT_ELIGIBLE),
        ("Провал <b>№ 7</b>", ReasonCode.OTHER),
        ("", ReasonCode.OTHER),
    ],
)
def test_the_texts_of_thanx_are_recognised(text, code):
    assert code_of(text) == code


@pytest.mark.parametrize("code", ReasonCode)
def test_every_code_says_what_happened_and_what_to_do(code):
    reason = REASONS[code]

    assert reason.title
    assert reason.means.endswith(".")
    assert reason.todo.endswith(".")


def test_a_code_from_another_time_is_another_reason():
    assert reason_of("long gone").code == ReasonCode.OTHER


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ana@example.com is unknown", "••• is unknown"),
        ("call +1 (212) 555-0123 back", "call ••• back"),
        ("code 404,\n see  4.1", "code 404, see 4.1"),
    ],
)
def test_what_looks_like_an_identifier_is_masked(text, shown):
    assert said(text) == shown


@given(st.text(max_size=2_000))
def test_what_was_said_is_short_and_stays_as_it_is(text):
    assert len(said(text)) <= LONGEST_REASON
    assert said(said(text)) == said(text)


@pytest.fixture
def batch(db):
    batch = create_frozen_batch(*VALUES)
    failures.write(batch=batch, reasons={0: "User not found", 1: "Odd", 2: "Phone number unreachable"}, at=NOON)
    return batch


def find(issuance, typed):
    """As a page does: what is typed becomes a token in an address, and the token is looked for."""
    token = guest_search.query_of(typed, merchant=issuance.merchant).token
    return failures.find_failures(issuance=issuance, wanted=guest_search.query_from_token(token))


@pytest.mark.parametrize(
    ("typed", "position"), [(" Ana@Example.com ", 0), ("(212) 555-0123", 2), ("+1 212 555 0123", 2), ("3", 1)]
)
def test_a_guest_is_found_however_spelled_and_by_the_line(batch, typed, position):
    assert [failure.position for failure in find(batch.issuance, typed)] == [position]


@pytest.mark.parametrize("typed", ["", "nobody@example.com", "99", "%", "9" * 30])
def test_who_did_not_fail_is_not_found(batch, typed):
    assert list(find(batch.issuance, typed)) == []


def test_a_guest_of_another_issuance_is_not_found(batch):
    assert list(find(IssuanceFactory(merchant=batch.issuance.merchant), VALUES[0])) == []


def test_failures_are_grouped_by_reason_with_one_query(batch, django_assert_num_queries):
    second = BatchFactory(issuance=batch.issuance, variant=batch.variant)
    failures.write(batch=second, reasons={0: "No such user", 5: "User not found"}, at=NOON)
    Failure.objects.filter(batch=second, position=0).update(retry=IssuanceFactory(parent=batch.issuance))

    with django_assert_num_queries(1):
        groups = failures.groups(batch.issuance)

    assert [(group.reason.code, group.tally.count, group.tally.open) for group in groups] == [
        ("user_not_found", 3, 2),
        ("other", 1, 1),
        ("invalid_phone", 1, 1),
    ]
    assert [(saying.text, saying.count) for saying in groups[0].sayings] == [("User not found", 2), ("No such user", 1)]


def test_a_failure_once_written_stays_as_it_is(batch):
    failures.write(batch=batch, reasons={0: "User is not eligible"}, at=NOON)

    assert Failure.objects.get(position=0).reason == "User not found"


def test_what_thanx_says_of_a_guest_outweighs_what_we_concluded(db):
    batch = BatchFactory(size=3)
    failures.write_all(batch=batch, code=ReasonCode.JOB_FAILED, text="", at=NOON)

    failures.write(batch=batch, reasons={1: "User not found"}, at=NOON)

    codes = Failure.objects.order_by("position").values_list("reason_code", flat=True)
    assert list(codes) == ["job_failed", "user_not_found", "job_failed"]
