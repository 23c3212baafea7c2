"""Each requirement passes for good work, fails when its rule is broken, and is not shown without any evidence."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest

from certification.calls import manners
from certification.verdicts.facts import IssuanceFacts, VariantFacts
from certification.verdicts.requirements import PointerKind, Verdict
from tests.support.certification.good_facts import (
    BATCH,
    CALLS,
    CAMPAIGN,
    GOOD,
    KEY,
    NOTHING,
    lines,
    sent,
    with_batch,
    with_call,
    with_campaign,
    with_more,
)
from tests.support.factories import NOON

ISSUED = {"method": "POST", "about": "batch:1", "status": 202}
SAME_DAY = (NOON, NOON, NOON, NOON)

BROKEN = {
    "headers": (with_call(3, header_names=manners.HEADERS[1:]), PointerKind.CALL, 3),
    "repeats": (with_more(sent(12, "/partner/merchants", seconds=15)), PointerKind.CALL, 12),
    "polling": (with_more(sent(12, manners.POLL, seconds=42.5, about="batch:1")), PointerKind.CALL, 12),
    "keys": (with_call(7, key=None), PointerKind.CALL, 7),
    "one-body": (with_call(7, body_digest="other"), PointerKind.CALL, 7),
    "refusals": (
        with_more(
            sent(
                12, manners.ISSUE, seconds=70, error="Unprocessable", key=uuid.UUID(int=9), **ISSUED | {"status": 422}
            ),
            sent(13, manners.ISSUE, seconds=75, key=uuid.UUID(int=9), **ISSUED),
        ),
        PointerKind.CALL,
        13,
    ),
    "backing-off": (with_more(sent(12, "/partner/tags", seconds=50.5)), PointerKind.CALL, 10),
    "listed-templates": (
        with_campaign(variants=[VariantFacts(name="Reward", has_template=True, is_listed=False)]),
        PointerKind.CAMPAIGN,
        1,
    ),
    "failures-shown": (with_batch(listed=0), PointerKind.BATCH, 1),
    "accounted-for": (
        replace(GOOD, issuances=[IssuanceFacts(id=8, lines=7, accounted_for=6)]),
        PointerKind.ISSUANCE,
        8,
    ),
    "cached": (with_call(4, about="batch:1"), PointerKind.CALL, 4),
    "described": (with_campaign(fine_print=" "), PointerKind.CAMPAIGN, 1),
    "controls": (
        with_campaign(variants=[VariantFacts(name="Control", has_template=True, is_listed=True)]),
        PointerKind.CAMPAIGN,
        1,
    ),
    "few-variants": (with_campaign(variants=[CAMPAIGN.variants[0]] * 5), PointerKind.CAMPAIGN, 1),
    "dates": (with_campaign(dates=SAME_DAY), PointerKind.CAMPAIGN, 1),
    "reused": (
        with_more(sent(12, manners.CREATE_CAMPAIGN, seconds=80, method="POST", about="campaign:1", status=201)),
        PointerKind.CALL,
        5,
    ),
}
DEMONSTRATIONS = {
    "discovery": with_call(1, error="Unavailable"),
    "creation": with_campaign(variants=CAMPAIGN.variants[:1]),
    "by-email": with_batch(phones=5),
    "by-phone": with_batch(phones=0),
    "by-polling": with_batch(polls=0),
    "by-webhook": with_batch(deliveries=0),
    "failures": with_batch(failed=0, listed=0),
    "revocation": with_batch(is_revoked=False),
}


def test_good_work_passes_every_line():
    assert {key for key, line in lines(GOOD).items() if line.verdict is not Verdict.PASS} == set()


def test_where_nothing_happened_no_line_passes_and_none_fails():
    assert {line.verdict for line in lines(NOTHING).values()} == {Verdict.NOT_SHOWN}
    assert all(line.found.endswith(".") for line in lines(NOTHING).values())


def test_every_line_is_broken_by_some_test():
    assert set(BROKEN) | set(DEMONSTRATIONS) | {"rate", "refreshed"} == set(lines(GOOD))


@pytest.mark.parametrize("key", BROKEN)
def test_a_broken_rule_turns_its_line_red_and_names_what_broke_it(key):
    facts, kind, number = BROKEN[key]

    line = lines(facts)[key]

    assert line.verdict is Verdict.FAIL
    assert (kind, number) in [(pointer.kind, pointer.number) for pointer in line.pointers]


@pytest.mark.parametrize("key", BROKEN)
def test_a_broken_rule_turns_no_other_rule_red(key):
    red = {name for name, line in lines(BROKEN[key][0]).items() if line.verdict is Verdict.FAIL}

    assert red == {key}


@pytest.mark.parametrize("key", DEMONSTRATIONS)
def test_a_demonstration_without_its_evidence_is_not_shown(key):
    assert lines(DEMONSTRATIONS[key])[key].verdict is Verdict.NOT_SHOWN


def test_six_calls_in_one_second_are_too_many():
    burst = [sent(number, f"/partner/{number}", seconds=100 + number / 100) for number in range(100, 106)]

    line = lines(with_more(*burst))["rate"]

    assert (line.verdict, line.found) == (Verdict.FAIL, "At most 6 calls in any second and 17 in any 15 minutes.")
    assert [pointer.number for pointer in line.pointers] == [105]  # the sixth


def test_a_catalog_that_no_worker_refreshes_is_red():
    stale = replace(GOOD.catalog, oldest=timedelta(hours=3))

    line = lines(replace(GOOD, catalog=stale))["refreshed"]

    assert line.verdict is Verdict.FAIL
    assert [(pointer.kind, pointer.number) for pointer in line.pointers] == [(PointerKind.MERCHANT, 1)]


def test_more_than_2000_calls_in_a_quarter_of_an_hour_are_too_many():
    many = [sent(number, f"/partner/{number}", seconds=100 + number * 0.4) for number in range(100, 2_101)]

    line = lines(with_more(*many))["rate"]

    assert line.verdict is Verdict.FAIL
    assert line.pointers


def test_every_line_that_is_shown_leads_to_what_it_is_seen_in():
    assert [key for key, line in lines(GOOD).items() if not line.pointers] == []


# --- Numbers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("headers", "11 of 11 calls carried all five headers."),
        ("repeats", "0 identical GETs within 60 s, among 7 GETs."),
        ("polling", "Median poll gap 10.0 s in 1 gap; 0 below 2 s."),
        ("keys", "2 of 2 issue calls carried a key."),
        ("one-body", "1 key, 1 of them used again, 0 with different bytes."),
        ("failures-shown", "0 of 1 failure hidden."),
        ("accounted-for", "7 lines in 1 issuance; 0 do not add up."),
        ("revocation", "1 job revoked, with 4 rewards."),
    ],
)
def test_each_line_tells_the_count_behind_it(key, found):
    assert lines(GOOD)[key].found == found


def test_missing_headers_are_named():
    line = lines(with_call(3, header_names=manners.HEADERS[1:]))["headers"]

    assert line.found == "10 of 11 calls carried all five headers; without Authorization: 1."


# --- What is no breach ---------------------------------------------------------------------------------------


def test_calls_that_never_left_are_not_judged():
    withheld = sent(12, manners.ISSUE, seconds=50.2, method="POST", error="Withheld", header_names=())

    assert lines(with_more(withheld)) == lines(GOOD)


def test_a_revocation_that_thanx_told_of_is_no_demonstration_of_ours():
    facts = replace(GOOD, calls=[call for call in CALLS if call.path != manners.REVOKE])

    assert lines(facts)["revocation"].verdict is Verdict.NOT_SHOWN


@pytest.mark.parametrize(
    ("phones", "issued", "email", "phone"),
    [(2, 2, False, False), (2, 3, True, False), (3, 3, False, True), (2, 4, True, True)],
)
def test_a_mixed_job_shows_a_kind_only_when_a_guest_of_it_surely_got_a_reward(phones, issued, email, phone):
    found = lines(with_batch(phones=phones, issued=issued))

    assert [found[key].verdict is Verdict.PASS for key in ("by-email", "by-phone")] == [email, phone]


def test_a_list_of_failures_may_come_a_little_after_the_end():
    just_ended = replace(BATCH, listed=0, ended_at=GOOD.until - timedelta(seconds=30))

    assert lines(replace(GOOD, batches=[just_ended]))["failures-shown"].verdict is Verdict.PASS


def test_the_same_key_for_the_same_bytes_is_what_it_is_for():
    assert [call.key for call in CALLS if call.path == manners.ISSUE] == [KEY, KEY]
    assert lines(GOOD)["one-body"].verdict is Verdict.PASS


def test_asking_again_after_a_lost_answer_is_not_sending_a_refused_call_again():
    assert lines(GOOD)["refusals"].verdict is Verdict.PASS


def test_what_was_let_go_before_a_429_was_known_is_no_haste():
    just_let_go = sent(12, "/partner/tags", seconds=50.06)  # the 429 was answered at 50.04

    assert lines(with_more(just_let_go))["backing-off"].verdict is Verdict.PASS
