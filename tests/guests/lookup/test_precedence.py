"""Of several lines that name a guest, the right one is explained. Without a database."""

from datetime import timedelta
from itertools import pairwise

import pytest

from guests.lookup.explanations import DUPLICATE, GuestLine, GuestStatus, explanation_of
from tests.support.factories import NOON


def line_of(number, status, *, issuance=1, later=0, **fields):
    """Return line `number` of a list that was confirmed `later` hours after noon."""
    facts = {"campaign_id": 7, "campaign": "Autumn", "arm": "Fries", "at": NOON + timedelta(hours=later), **fields}
    return GuestLine(line=number, status=status, issuance_id=issuance, **facts)


def explained(*lines, campaign_id=None):
    return explanation_of(lines, campaign="", campaign_id=campaign_id)


@pytest.mark.parametrize(("first", "second"), list(pairwise(GuestStatus)))
def test_the_status_that_comes_first_counts_whichever_list_is_later(first, second):
    early, late = line_of(2, first), line_of(3, second, issuance=2, later=1)

    assert explained(late, early).about is early


@pytest.mark.parametrize("status", GuestStatus)
def test_of_two_lists_with_the_same_status_the_later_counts(status):
    early, late = line_of(2, status), line_of(3, status, issuance=2, later=1)

    assert explained(early, late).about is late
    assert explained(late, early).about is late


def test_a_duplicate_counts_only_where_it_is_the_only_line():
    duplicate = line_of(4, GuestStatus.LEFT_OUT, code=DUPLICATE, kept_line=2, later=1)
    draft = line_of(2, GuestStatus.DRAFT)

    assert explained(duplicate, draft).about is draft
    assert explained(duplicate).sentence == "Line 4 names this guest again. Line 2 counts."


def test_the_campaign_of_the_latest_list_is_explained_unless_another_is_asked_for():
    old = line_of(2, GuestStatus.ISSUED)
    new = line_of(3, GuestStatus.DRAFT, issuance=2, later=1, campaign_id=8)

    assert explained(old, new).about is new
    assert explained(old, new, campaign_id=7).about is old


def test_a_later_list_that_left_the_guest_out_explains_why_a_failure_was_not_retried():
    failed = line_of(2, GuestStatus.FAILED, issuance=5, reason="Not a member", todo="Invite the guest.")
    left_out = line_of(9, GuestStatus.LEFT_OUT, issuance=6, later=1, reason="On a list", todo="Take the guest off it.")

    found = explained(failed, left_out)

    assert found.about is failed
    assert found.sentence.endswith("Not a member. Line 9 was left out when it was tried again: On a list.")
    assert found.todo == "Take the guest off it."


@pytest.mark.parametrize(
    "other",
    [
        line_of(9, GuestStatus.LEFT_OUT, issuance=4, later=-1, reason="On a list", todo="Take the guest off it."),
        line_of(9, GuestStatus.LEFT_OUT, issuance=6, later=1, code=DUPLICATE, kept_line=2),
        line_of(9, GuestStatus.DRAFT, issuance=6, later=1),
    ],
    ids=["an earlier list", "a duplicate", "a draft"],
)
def test_nothing_else_explains_why_a_failure_was_not_retried(other):
    failed = line_of(2, GuestStatus.FAILED, issuance=5, reason="Not a member", todo="Invite the guest.")

    found = explained(failed, other)

    assert (found.about, found.todo) == (failed, "Invite the guest.")
    assert "tried again" not in found.sentence


def test_a_later_list_that_left_the_guest_out_explains_nothing_but_failures():
    issued = line_of(2, GuestStatus.ISSUED)
    left_out = line_of(9, GuestStatus.LEFT_OUT, issuance=2, later=1, reason="On a list")

    assert explained(issued, left_out).sentence == "Yes: this guest got “Fries” from “Autumn”."
