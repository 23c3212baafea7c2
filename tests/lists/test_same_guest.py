"""One guest on several lines, spelled differently or known by another identifier: one reward."""

import pytest

from tests.support.audiences import arms, left_out, take_in
from tests.support.factories import create_live_campaign

pytestmark = pytest.mark.django_db


def taken_in(text, **said):
    return take_in(create_live_campaign(shares=(100,), control=0), "email,phone\n" + text, **said)


def test_a_line_with_only_the_phone_of_another_line_is_the_same_guest():
    issuance = taken_in("ana@example.com,212-555-0100\nbo@example.com,\n,(212) 555 0100\n")

    assert left_out(issuance) == {4: ("duplicate", 2)}
    assert set(arms(issuance)) == {"ana@example.com", "bo@example.com"}


def test_the_line_with_both_counts_also_when_it_comes_later():
    issuance = taken_in(",2125550100\nana@example.com,+1 212 555 0100\n")

    assert left_out(issuance) == {2: ("duplicate", 3)}


def test_the_line_that_is_named_is_one_that_is_sent():
    issuance = taken_in("ANA@example.com,\nana@example.com,2125550100\n,2125550100\n")

    assert left_out(issuance) == {3: ("duplicate", 2), 4: ("duplicate", 2)}


def test_where_the_phone_is_preferred_the_address_is_the_lesser_one():
    issuance = taken_in("ana@example.com,2125550100\nAna@Example.com,\n", prefers="phone")

    assert left_out(issuance) == {3: ("duplicate", 2)}
    assert set(arms(issuance)) == {"+12125550100"}


def test_two_addresses_with_one_phone_are_two_guests():
    issuance = taken_in("ana@example.com,2125550100\nbo@example.com,2125550100\n")

    assert left_out(issuance) == {}


def test_a_damaged_line_that_uses_its_other_identifier_is_doubted_and_a_duplicate_of_that_guest():
    issuance = taken_in("ana@@example.com,2125550100\nana@example.com,\nbo@@example.com,2125550101\n")

    assert left_out(issuance) == {2: ("duplicate", 3)}
    assert set(arms(issuance)) == {"ana@example.com", "+12125550101"}
    assert [(row.line, row.reason) for row in issuance.doubtful_lines.all()] == [(4, "other_used")]
