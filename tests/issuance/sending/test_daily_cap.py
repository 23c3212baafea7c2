"""On one day no more guests of a merchant are rewarded than its cap allows, however many users confirm."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from issuance.sending import confirmation, daily_cap, stopping
from issuance.sending.refusals import CapReached, objection
from issuance.states import IssuanceState
from tests.support.factories import NOON, create_live_campaign
from tests.support.read_drafts import ANA, BO, CLEO, read

OTHERS = ("dee@example.com", "eve@example.com", "fay@example.com")


@pytest.fixture
def campaign(db):
    return create_live_campaign(merchant__daily_cap=3, merchant__time_zone="America/New_York")


def two(campaign, *, people=(ANA, BO, CLEO), **fields):
    """Return a draft of two rewards, and one guest who is held back."""
    return read(campaign, people=[(value,) for value in people], **fields)


def test_what_fits_into_the_day_goes_out_and_what_does_not_is_refused_in_words(campaign):
    confirmation.confirm(issuance=two(campaign), by=None, at=NOON)
    more = two(campaign, people=OTHERS, digest="b" * 64)

    with pytest.raises(CapReached) as refusal:
        confirmation.confirm(issuance=more, by=None, at=NOON + timedelta(hours=1))

    assert str(refusal.value) == (
        "At most 3 guests of this merchant get a reward on one day. 2 were confirmed today, so 1 is left until midnight"
        " (America/New York); this would be 2."
    )
    assert str(objection(issuance=more, at=NOON)) == str(refusal.value)
    more.refresh_from_db()
    assert more.state == IssuanceState.READY


def test_the_day_ends_at_the_merchants_midnight(campaign):
    before, after = datetime(2026, 5, 13, 3, 59, tzinfo=UTC), datetime(2026, 5, 13, 4, 0, tzinfo=UTC)
    confirmation.confirm(issuance=two(campaign), by=None, at=before)
    next_one = two(campaign, people=OTHERS, digest="b" * 64)

    assert isinstance(objection(issuance=next_one, at=before), CapReached)
    confirmation.confirm(issuance=next_one, by=None, at=after)
    assert next_one.state == IssuanceState.CONFIRMED


def test_a_day_on_which_clocks_change_is_one_day(campaign):
    campaign.merchant.time_zone = "Europe/Oslo"

    today = daily_cap.today(campaign.merchant, at=datetime(2026, 10, 25, 10, 0, tzinfo=UTC))

    assert today.ends_at.astimezone(UTC) == datetime(2026, 10, 25, 23, 0, tzinfo=UTC)


def test_what_was_stopped_before_it_was_sent_does_not_count(campaign):
    first = two(campaign)
    confirmation.confirm(issuance=first, by=None, at=NOON)
    stopping.stop(issuance=first, by=None, at=NOON)

    assert daily_cap.today(campaign.merchant, at=NOON).left == 3


def test_other_merchants_and_merchants_without_a_cap_are_free(campaign):
    confirmation.confirm(issuance=two(campaign), by=None, at=NOON)

    for elsewhere in (create_live_campaign(merchant__daily_cap=3), create_live_campaign()):
        issuance = two(elsewhere)
        confirmation.confirm(issuance=issuance, by=None, at=NOON)
        assert issuance.state == IssuanceState.CONFIRMED


@pytest.mark.django_db(transaction=True)
def test_two_campaigns_confirmed_at_once_do_not_share_the_same_guests_left(transactional_db):
    first = create_live_campaign(merchant__daily_cap=3)
    second = create_live_campaign(merchant=first.merchant)
    issuances = [two(first), two(second, people=OTHERS, digest="b" * 64)]
    told = []

    def confirm(issuance):
        try:
            confirmation.confirm(issuance=issuance, by=None, at=NOON)
        except CapReached as refusal:
            told.append(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=confirm, args=[issuance]) for issuance in issuances]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(told) == 1
    assert daily_cap.today(first.merchant, at=NOON).used == 2


@pytest.mark.parametrize(("cap", "goes_out"), [(2, True), (1, False)])
def test_the_last_guest_of_the_day_still_fits_and_one_more_does_not(campaign, cap, goes_out):
    campaign.merchant.daily_cap = cap
    campaign.merchant.save()

    assert (objection(issuance=two(campaign), at=NOON) is None) is goes_out
