"""The rules for calls: complete headers, no needless repeats, no rapid polling."""

from datetime import timedelta

import pytest

from certification.calls import manners
from certification.calls.manners import Sent
from tests.support.factories import NOON

POLL = manners.POLL


def sent(number, *, seconds=0.0, **fields):
    usual = {"host": "h", "method": "GET", "path": "/partner/campaigns", "target": "t"}
    return Sent(id=number, at=NOON + timedelta(seconds=seconds), **usual | fields)


def test_a_call_with_all_five_headers_lacks_none_however_they_are_spelled():
    assert manners.missing_headers(["authorization", "x-clientid", *manners.HEADERS[2:], "Accept"]) == ()


def test_missing_headers_are_named():
    assert manners.missing_headers(manners.HEADERS[1:]) == ("Authorization",)


@pytest.mark.parametrize(("seconds", "needless"), [(0.5, 1), (59, 1), (60, 0), (900, 0)])
def test_the_same_question_within_a_minute_is_needless(seconds, needless):
    assert len(manners.needless_repeats([sent(1), sent(2, seconds=seconds)])) == needless


@pytest.mark.parametrize(
    "fields",
    [{"target": "another"}, {"host": "another"}, {"method": "POST"}, {"looks_after_doubt": True}, {"error": "NotSent"}],
)
def test_what_is_no_repeat_or_has_a_reason_is_not_counted(fields):
    assert manners.needless_repeats([sent(1), sent(2, seconds=9, **fields)]) == []


def test_asking_again_after_no_answer_is_not_needless():
    assert manners.needless_repeats([sent(1, error="Unavailable"), sent(2, seconds=9)]) == []


def test_the_order_in_which_they_are_told_does_not_matter():
    (pair,) = manners.needless_repeats([sent(2, seconds=14), sent(1)])

    assert (pair.earlier.id, pair.later.id, pair.gap) == (1, 2, timedelta(seconds=14))


def test_looks_at_a_job_are_judged_by_their_distance():
    looks = [sent(1, path=POLL), sent(2, path=POLL, seconds=1.5), sent(3, path=POLL, seconds=7)]

    assert manners.needless_repeats(looks) == []
    assert [pair.gap.total_seconds() for pair in manners.polls(looks)] == [1.5, 5.5]
    assert manners.offenders(looks) == {2}


def test_a_call_that_never_left_breaks_no_rule():
    assert manners.offenders([sent(1, header_names=(), error="Withheld"), sent(2, header_names=())]) == {2}
