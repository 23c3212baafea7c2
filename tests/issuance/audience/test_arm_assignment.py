"""Which arm each guest gets, over several uploads."""

import random

import pytest

from issuance.audience import intake_step
from issuance.audience.arm_assignment import GUESTS_AT_ONCE
from issuance.drafts import drafts
from issuance.states import IssuanceState
from tests.support.audiences import arms, emails, left_out, sizes, take_in, upload
from tests.support.factories import NOON, create_live_campaign

pytestmark = pytest.mark.django_db


def test_sizes_match_the_shares_to_within_one():
    issuance = take_in(create_live_campaign(shares=(45, 45), control=10), emails(333))

    assert sizes(issuance) == {"Reward 1": 150, "Reward 2": 150, "Control": 33}


def test_the_same_list_in_another_order_and_spelling_gives_the_same_arms():
    campaign = create_live_campaign()
    first = take_in(campaign, emails(200))
    drafts.discard(issuance=first, by=None, at=NOON)
    lines = emails(200).upper().splitlines()[1:]
    random.Random(1).shuffle(lines)

    again = take_in(campaign, "E-Mail\n" + "\n".join(lines))

    assert arms(again) == arms(first)


def test_guests_of_an_earlier_issuance_stay_in_their_arms_and_the_whole_keeps_its_shares():
    campaign = create_live_campaign(shares=(50, 40), control=10)
    first = take_in(campaign, emails(100))

    second = take_in(campaign, emails(200, start=50))

    before, now = arms(first), arms(second)
    assert {guest: now[guest] for guest in before if guest in now} == {
        guest: arm for guest, arm in before.items() if guest in now
    }
    assert sizes(second) == {"Reward 1": 100, "Reward 2": 80, "Control": 20}


def test_guests_of_a_discarded_issuance_are_dealt_anew():
    campaign = create_live_campaign(shares=(100,), control=0)
    drafts.discard(issuance=take_in(campaign, emails(10)), by=None, at=NOON)
    other = campaign.variants.get()
    other.pk, other.position, other.name, other._state.adding = None, 1, "Reward 2", True
    other.save()
    campaign.variants.filter(position=0).update(share=0)

    again = take_in(campaign, emails(10))

    assert sizes(again) == {"Reward 2": 10}


def test_control_recipients_are_in_control_batches_only():
    issuance = take_in(create_live_campaign(shares=(50,), control=50), emails(101))

    held_back = {guest for guest, arm in arms(issuance).items() if arm == "Control"}
    in_control_batches = sum(batch.size for batch in issuance.batches.filter(is_control=True))
    assert len(held_back) == in_control_batches == 50
    assert {batch.variant.name for batch in issuance.batches.filter(is_control=False)} == {"Reward 1"}


def test_one_variant_for_everybody_takes_everybody():
    campaign = create_live_campaign()

    issuance = take_in(campaign, emails(20), only_variant=campaign.variants.get(name="Reward 2"))

    assert sizes(issuance) == {"Reward 2": 20}


def test_who_is_held_back_in_the_campaign_never_gets_its_reward():
    campaign = create_live_campaign(shares=(50,), control=50)
    held_back = {guest for guest, arm in arms(take_in(campaign, emails(20))).items() if arm == "Control"}

    issuance = take_in(campaign, emails(20), only_variant=campaign.variants.get(name="Reward 1"))

    assert issuance.left_out == {"held_back_before": 10}
    assert {reason for reason, _ in left_out(issuance).values()} == {"held_back_before"}
    assert not held_back & set(arms(issuance))


def test_a_variant_of_another_campaign_is_refused():
    with pytest.raises(ValueError, match="another campaign"):
        upload(create_live_campaign(), emails(1), only_variant=create_live_campaign().variants.first())


def test_a_list_that_another_reading_overtakes_is_dealt_again():
    campaign = create_live_campaign(shares=(50,), control=50)
    slow = upload(campaign, emails(20))
    moments = iter(range(1000))

    def clock():
        # While the first list is being read, the second one is read from beginning to end.
        if next(moments) == 1:
            take_in_next = upload(campaign, emails(10, start=10))
            slow.__class__.objects.filter(pk=take_in_next.pk).update(due_at=NOON)
            intake_step.read_one_upload(clock=lambda: NOON)
        return NOON

    intake_step.read_one_upload(clock=clock)

    slow.refresh_from_db()
    assert slow.state == IssuanceState.READING
    intake_step.read_one_upload(clock=lambda: NOON)
    other = campaign.issuances.exclude(pk=slow.pk).get()
    assert {guest: arms(slow)[guest] for guest in arms(other)} == arms(other)


def test_a_guest_who_was_once_held_back_stays_held_back_whatever_arm_came_first():
    campaign = create_live_campaign(shares=(100,), control=0)
    control = campaign.variants.get()
    control.pk, control.position, control.name, control.reward_template = None, 1, "Control", None
    control.share, control._state.adding = 0, True
    control.save()
    assert set(arms(take_in(campaign, emails(5))).values()) == {"Reward 1"}
    assert set(arms(take_in(campaign, emails(5), only_variant=control)).values()) == {"Control"}

    assert set(arms(take_in(campaign, emails(5))).values()) == {"Control"}


def test_every_one_of_many_duplicates_is_left_out_once_and_names_the_line_that_counts():
    many = 2 * GUESTS_AT_ONCE + 1

    issuance = take_in(create_live_campaign(), "email\n" + "ana@example.com\n" * (many + 1))

    assert issuance.left_out == {"duplicate": many}
    assert left_out(issuance) == dict.fromkeys(range(3, many + 3), ("duplicate", 2))
    assert issuance.rejected_lines.count() == many
