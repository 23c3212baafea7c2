"""Arms: a salted order, cut to exact sizes."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from campaigns.arm_quotas import arm_rank, quota, quota_given

SHARES = st.lists(st.integers(0, 100), min_size=1, max_size=4).filter(any)
GUESTS = st.integers(0, 1_000_000)
FINGERPRINTS = st.binary(min_size=32, max_size=32)


@given(total=GUESTS, shares=SHARES)
def test_sizes_add_up_to_the_audience_and_are_within_one_of_the_exact_share(total, shares):
    sizes = quota(total, shares)

    assert sum(sizes) == total
    assert all(abs(size * sum(shares) - total * share) < sum(shares) for size, share in zip(sizes, shares, strict=True))


@given(total=GUESTS, shares=SHARES)
def test_an_arm_without_a_share_gets_no_guest(total, shares):
    sizes = quota(total, [*shares, 0])

    assert sizes[-1] == 0


def test_guests_without_any_share_to_divide_them_by_are_an_error():
    with pytest.raises(ValueError, match="shares"):
        quota(10, [0, 0])


def test_no_guests_are_divided_into_empty_arms():
    assert quota(0, [0, 0]) == [0, 0]


@pytest.mark.parametrize(
    ("total", "shares", "sizes"),
    [
        (1000, [45, 45, 10], [450, 450, 100]),
        (1, [50, 50], [1, 0]),
        (10, [33, 33, 34], [3, 3, 4]),
        (25_000, [100], [25_000]),
    ],
)
def test_worked_examples_of_a_first_upload(total, shares, sizes):
    assert quota(total, shares) == sizes


@given(shares=SHARES, new=GUESTS, data=st.data())
def test_later_guests_fill_up_what_is_lacking(shares, new, data):
    already = data.draw(st.lists(GUESTS, min_size=len(shares), max_size=len(shares)))

    added = quota_given(already, new, shares)

    assert sum(added) == new
    assert min(added) >= 0


@given(shares=SHARES, new=GUESTS, data=st.data())
def test_guests_who_can_still_be_balanced_are_balanced_exactly(shares, new, data):
    already = data.draw(st.lists(st.integers(0, 1000), min_size=len(shares), max_size=len(shares)))
    wanted = quota(sum(already) + new, shares)
    assume(all(size >= settled for size, settled in zip(wanted, already, strict=True)))

    added = quota_given(already, new, shares)

    assert [settled + more for settled, more in zip(already, added, strict=True)] == wanted


def test_an_arm_that_has_too_many_gets_no_guest_until_the_others_have_caught_up():
    assert quota_given([100, 0, 0], 50, [45, 45, 10]) == [0, 41, 9]


@given(salt=st.text("0123456789abcdef", min_size=32, max_size=32), fingerprint=FINGERPRINTS)
def test_a_guest_has_one_place_in_a_campaign_and_it_fits_any_database(salt, fingerprint):
    rank = arm_rank(salt, fingerprint)

    assert rank == arm_rank(salt, fingerprint)
    assert 0 <= rank < 2**63


def test_the_order_of_one_campaign_says_nothing_about_another():
    fingerprints = [index.to_bytes(32, "big") for index in range(2000)]

    first = set(sorted(fingerprints, key=lambda each: arm_rank("a" * 32, each))[:200])
    second = set(sorted(fingerprints, key=lambda each: arm_rank("b" * 32, each))[:200])

    # Chance alone puts a tenth of the first tenth into the second; 60 would be eight standard deviations away.
    assert len(first & second) < 60
