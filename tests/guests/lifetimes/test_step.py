"""The step that erases: feedback, rewards for it, subscribers, lists and stray files, each at its time."""

import os
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from campaigns.models import Halt
from guests.feedback import sync
from guests.lifetimes.step import EVERY, erase_what_is_over
from guests.models import (
    Feedback,
    Keeping,
    Recovery,
    RecoveryBatch,
    Remark,
    Reply,
    Subscriber,
    SubscriberFile,
    Subscription,
)
from issuance.drafts import drafts
from issuance.models import (
    Delivery,
    ExcludedGuest,
    ExclusionList,
    Issuance,
    Member,
    MemberIndex,
    Origin,
    Recipient,
    RememberedColumns,
)
from issuance.states import IssuanceState
from partner_api.answers import guests as answers
from tests.support.audiences import take_in
from tests.support.factories import NOON, MerchantFactory, UserFactory, create_live_campaign
from vault.data_map import ERASED
from vault.sealing import seal

pytestmark = pytest.mark.django_db

DUE = NOON + timedelta(days=91)
PRINT = b"f" * 16


@pytest.fixture
def merchant():
    return MerchantFactory()


def erase(at=DUE):
    Keeping.objects.update(due_at=at, lease_token=None)
    while erase_what_is_over(clock=lambda: at) and Keeping.objects.get().due_at <= at:
        pass


def feedback(merchant, **fields):
    said = {"sealed_review": seal(b"Cold.", purpose="feedback"), "user_id": "user-1", "stage": "reviewed"}
    return Feedback.objects.create(merchant=merchant, thanx_id="f-1", given_at=NOON, as_of=NOON, **said | fields)


def recovery(of, **fields):
    variant = create_live_campaign(merchant=of.merchant).variants.first()
    named = {"fingerprint": PRINT, "sealed_identifier": seal(b"a@example.com", purpose="recovery")}
    facts = {"standing": "missed", "settled_at": NOON, "at": NOON, "by": UserFactory(), **named}
    return Recovery.objects.create(feedback=of, merchant=of.merchant, variant=variant, **facts | fields)


def subscription(merchant, **fields):
    facts = {"name": "ana.csv", "statement": "I, Ana, agree", "source": "Ana's form", "agreed_on": date(2026, 5, 1)}
    made = Subscription.objects.create(
        merchant=merchant, created_by=UserFactory(), created_at=NOON, **facts | {"people": 1} | fields
    )
    Subscriber.objects.create(subscription=made, line=1, fingerprint=PRINT, sealed=b"sealed")
    Remark.objects.create(subscription=made, line=2, reason="x", sealed_value=b"sealed")
    return made


def test_it_looks_at_once_after_a_unit_and_else_every_five_minutes(merchant):
    feedback(merchant)
    assert erase_what_is_over(clock=lambda: DUE)
    assert Keeping.objects.get().due_at == DUE
    assert erase_what_is_over(clock=lambda: DUE)
    assert Keeping.objects.get().due_at == DUE + EVERY
    assert not erase_what_is_over(clock=lambda: DUE)


def test_what_guests_wrote_and_the_answers_go_and_the_rating_stays(merchant):
    one = feedback(merchant, rating=2, sealed_response=b"sealed")
    Reply.objects.create(feedback=one, sealed_text=b"sealed", by=UserFactory(), at=NOON, standing="sent")
    erase(NOON + timedelta(days=89))
    assert bytes(Feedback.objects.get().sealed_review)

    erase()
    found = Feedback.objects.get()
    assert (bytes(found.sealed_review), bytes(found.sealed_response), found.user_id, found.rating) == (b"", b"", "", 2)
    assert bytes(Reply.objects.get().sealed_text) == b""


def test_what_is_erased_does_not_come_back_with_the_next_reading(merchant):
    again = replace(
        answers.feedback({"id": "f-1", "state": "reviewed", "review": "Cold.", "user_id": "user-1", "rating": 2}),
        rated_at=NOON,
    )
    sync.store(merchant=merchant, found=[again], at=DUE)

    found = Feedback.objects.get()
    assert (bytes(found.sealed_review), found.user_id, found.rating) == (b"", "", 2)


def test_the_feedback_of_a_guest_whose_reward_is_under_way_is_kept(merchant):
    one = recovery(feedback(merchant), standing="missed")
    batch = RecoveryBatch.objects.create(merchant=merchant, variant=one.variant, goes_at=NOON)
    Recovery.objects.update(standing="joined", settled_at=None, batch=batch)
    erase()

    assert Feedback.objects.get().user_id == "user-1"
    assert bytes(Recovery.objects.get().fingerprint) == PRINT


def test_a_guest_of_a_settled_reward_goes(merchant):
    recovery(feedback(merchant))
    erase()

    found = Recovery.objects.get()
    assert (bytes(found.fingerprint), bytes(found.sealed_identifier), found.standing) == (b"", b"", "missed")


def test_of_a_list_of_subscribers_only_the_counts_stay(merchant):
    subscription(merchant, confirmed_at=NOON, done_at=NOON, accepted=1)
    erase()

    found = Subscription.objects.get()
    assert (found.name, found.statement, found.source, found.accepted) == ("", "", "", 1)
    assert found.erased_at == DUE
    assert Subscriber.objects.count() == Remark.objects.count() == 0


def test_a_list_that_is_being_sent_is_kept(merchant):
    subscription(merchant, confirmed_at=NOON, due_at=NOON)
    erase()

    assert Subscriber.objects.count() == 1


def test_an_unconfirmed_list_is_discarded_with_its_file(merchant, django_capture_on_commit_callbacks):
    made = subscription(merchant)
    name = default_storage.save("subscribers/list", ContentFile(b"sealed"))
    SubscriberFile.objects.create(subscription=made, stored_as=name, size=1, digest="d")
    with django_capture_on_commit_callbacks(execute=True):
        erase()

    assert not Subscription.objects.exists()
    assert not default_storage.exists(name)


def test_members_who_were_read_long_ago_go_and_are_read_from_the_start(merchant):
    MemberIndex.objects.create(merchant=merchant, as_of=NOON, changed_since=NOON)
    Member.objects.create(merchant=merchant, user_id="user-1", fingerprint=PRINT)
    erase()

    assert not Member.objects.exists()
    assert MemberIndex.objects.get().changed_since is None


def test_old_columns_names_of_removed_lists_and_reasons_of_lifted_halts_go(merchant):
    RememberedColumns.objects.create(merchant=merchant, key="k", mapping={}, prefers="email", sheet="Ana", used_at=NOON)
    for removed_at in (None, NOON):
        name = "Ana's list" if removed_at else "Kept"
        ExclusionList.objects.create(
            merchant=merchant, name=name, created_at=NOON, changed_at=NOON, removed_at=removed_at
        )
    Halt.objects.create(merchant=merchant, reason="Ana called", at=NOON, lifted_at=NOON)
    erase()

    assert not RememberedColumns.objects.exists()
    assert {one.name for one in ExclusionList.objects.all()} == {"Kept", ERASED}
    assert Halt.objects.get().reason == ERASED


def test_exclusions_stay_until_a_user_takes_them_off(merchant):
    made = ExclusionList.objects.create(merchant=merchant, name="Kept", created_at=NOON, changed_at=NOON)
    ExcludedGuest.objects.create(list=made, fingerprint=PRINT)
    erase()

    assert ExcludedGuest.objects.count() == 1


def test_the_body_of_an_old_webhook_goes_and_one_that_waits_is_kept(merchant):
    Delivery.objects.create(received_at=NOON, sealed_body=b"sealed", digest="1", state="digested")
    Delivery.objects.create(received_at=NOON, sealed_body=b"sealed", digest="2", due_at=DUE)
    erase()

    assert {one.digest: bytes(one.sealed_body) for one in Delivery.objects.all()} == {"1": b"", "2": b"sealed"}


def test_the_step_reaches_issuances(merchant):
    draft = take_in(create_live_campaign(merchant=merchant), "email\nana@example.com\n")
    erase()

    assert Issuance.objects.get(pk=draft.pk).state == IssuanceState.DISCARDED
    assert {bytes(one.fingerprint) for one in Recipient.objects.all()} == {b""}


def test_a_file_that_no_row_names_is_deleted_once_it_is_a_day_old(merchant, uploads):
    stray = default_storage.save("7/stray", ContentFile(b"sealed"))
    young = default_storage.save("7/young", ContentFile(b"sealed"))
    draft = take_in(create_live_campaign(merchant=merchant), "email\nana@example.com\n")
    for name, age in ((stray, 25), (draft.upload.stored_as, 25), (young, 1)):
        then = (NOON - timedelta(hours=age)).timestamp()
        os.utime(Path(uploads) / name, (then, then))
    erase(NOON)

    kept = [default_storage.exists(name) for name in (stray, young, draft.upload.stored_as)]
    assert kept == [False, True, True]


def test_the_step_deletes_what_users_have_left_behind(merchant, client):
    client.session.save()
    Session.objects.update(expire_date=NOON)
    erase()

    assert not Session.objects.exists()


def test_the_draft_of_a_reward_is_kept_until_its_guests_know_why_they_got_nothing(
    merchant, django_capture_on_commit_callbacks
):
    draft = take_in(create_live_campaign(merchant=merchant), "email\nana@example.com\nno address\n")
    Issuance.objects.filter(pk=draft.pk).update(origin=Origin.FEEDBACK)
    draft.refresh_from_db()
    batch = RecoveryBatch.objects.create(
        merchant=merchant, variant=draft.campaign.variants.first(), goes_at=NOON, issuance=draft
    )
    with django_capture_on_commit_callbacks(execute=True):
        drafts.discard(issuance=draft, by=None, at=NOON)
    erase(NOON)
    assert draft.rejected_lines.count() == 1

    RecoveryBatch.objects.filter(pk=batch.pk).update(done_at=NOON)
    erase(NOON)
    assert draft.rejected_lines.count() == 0
