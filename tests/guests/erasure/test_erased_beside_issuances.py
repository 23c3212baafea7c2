"""A guest is erased from members, webhooks, feedback, lists of subscribers and, if wanted, exclusion lists."""

import pytest

from guests.erasure.erasing import ask_to_erase, erase_one_guest
from guests.models import CachedGuest, Feedback, Recovery, RecoveryBatch, Reply, Subscriber
from issuance.models import Delivery, ExcludedGuest, ExclusionList, Member
from tests.support.factories import NOON, UserFactory
from tests.support.guests.erased import ANA, BO, erase, print_of, subscribed
from vault.sealing import seal

pytestmark = pytest.mark.django_db

PHONE = "+12125550123"


def test_members_the_cache_and_webhooks_forget_the_guest_by_id_too(done, merchant):
    for value in (ANA, PHONE):
        Member.objects.create(merchant=merchant, user_id="user-1", fingerprint=print_of(merchant, value))
    Member.objects.create(merchant=merchant, user_id="user-2", fingerprint=print_of(merchant, BO))
    CachedGuest.objects.create(
        merchant=merchant, fingerprint=print_of(merchant, PHONE), token="t", sealed=b"", as_of=NOON, expires_at=NOON
    )
    for body in (b'{"user_id": "user-1"}', b'{"user_id": "user-2"}'):
        Delivery.objects.create(received_at=NOON, sealed_body=seal(body, purpose="webhook body"), digest=body.decode())
    erase(merchant)

    assert [one.user_id for one in Member.objects.all()] == ["user-2"]
    assert not CachedGuest.objects.exists()
    assert sorted(bool(bytes(one.sealed_body)) for one in Delivery.objects.all()) == [False, True]


def test_feedback_and_its_reward_forget_the_guest(done, merchant):
    one = Feedback.objects.create(
        merchant=merchant,
        thanx_id="f-1",
        user_id="user-1",
        sealed_review=b"sealed",
        stage="rated",
        given_at=NOON,
        as_of=NOON,
    )
    Reply.objects.create(feedback=one, sealed_text=b"sealed", by=UserFactory(), at=NOON)
    variant = done.campaign.variants.first()
    reward = Recovery.objects.create(
        feedback=one,
        merchant=merchant,
        variant=variant,
        by=UserFactory(),
        at=NOON,
        fingerprint=print_of(merchant),
        standing="missed",
        settled_at=NOON,
    )
    erase(merchant)

    one.refresh_from_db()
    reward.refresh_from_db()
    assert (one.user_id, bytes(one.sealed_review), bytes(one.reply.sealed_text)) == ("", b"", b"")
    assert bytes(reward.fingerprint) == b""


def test_feedback_whose_reward_is_under_way_is_kept(done, merchant):
    one = Feedback.objects.create(
        merchant=merchant, thanx_id="f-1", user_id="user-1", stage="rated", given_at=NOON, as_of=NOON
    )
    variant = done.campaign.variants.first()
    Recovery.objects.create(
        feedback=one,
        merchant=merchant,
        variant=variant,
        by=UserFactory(),
        at=NOON,
        fingerprint=print_of(merchant),
        standing="queued",
        batch=RecoveryBatch.objects.create(merchant=merchant, variant=variant, goes_at=NOON),
    )

    assert [kept["what"] for kept in erase(merchant).kept] == [f"feedback #{one.pk}"]


def test_a_subscriber_goes_and_one_who_is_being_sent_is_kept(merchant):
    subscribed(merchant, confirmed_at=NOON)
    sending = subscribed(merchant, standing="sending", confirmed_at=NOON)
    receipt = erase(merchant)

    assert list(Subscriber.objects.all()) == [sending]
    assert [kept["why"] for kept in receipt.kept] == ["it is being sent to Thanx"]


def test_an_exclusion_stays_unless_it_is_to_go_too(merchant):
    made = ExclusionList.objects.create(merchant=merchant, name="Never", guests=1, created_at=NOON, changed_at=NOON)
    ExcludedGuest.objects.create(list=made, fingerprint=print_of(merchant))
    receipt = erase(merchant)
    assert receipt.done_at is not None
    assert [kept["what"] for kept in receipt.kept] == [f"exclusion list #{made.pk}"]

    ask_to_erase(merchant=merchant, typed=[ANA], exclusions_too=True, by=None, at=NOON)
    assert erase_one_guest(clock=lambda: NOON)
    made.refresh_from_db()
    assert (made.guests, ExcludedGuest.objects.count()) == (0, 0)
