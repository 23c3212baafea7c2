"""Several users act on one feedback at the same moment: one answer leaves, and one reward."""

import threading

import pytest
from django.db import connections
from django.utils import timezone

from guests.feedback import replies
from guests.models import Feedback, Recovery, RecoveryBatch, Reply
from guests.recovery import recovery
from tests.support.factories import MembershipFactory
from tests.support.guests.recoveries import prepare, send

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

PEOPLE = 4


def at_once(feedback, people, act):
    """Let all users act at once on the feedback as they have read it. Return each one's error, None without."""
    outcomes, ready = [], threading.Barrier(len(people))

    def one(person):
        mine = Feedback.objects.select_related("merchant").get(pk=feedback.pk)
        ready.wait(timeout=30)
        try:
            act(mine, person)
        except Exception as error:  # noqa: BLE001 (whatever it is, the test wants to know)
            outcomes.append(type(error))
        else:
            outcomes.append(None)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


@pytest.fixture
def people(few):
    return [few.user, *(one.user for one in MembershipFactory.create_batch(PEOPLE - 1, merchant=few.merchant))]


def test_of_people_who_answer_at_once_exactly_one_is_heard_by_the_guest(sandbox, people, bad):
    def answers(feedback, person):
        replies.answer_feedback(feedback=feedback, text=f"Sorry, says {person}", by=person, at=timezone.now())

    outcomes = at_once(bad, people, answers)

    reply = Reply.objects.get()
    sent = [one for one in sandbox.requests("/partner/feedbacks") if one["method"] == "POST"]
    assert sorted(map(str, outcomes)) == sorted(map(str, [None, *[replies.AlreadyAnswered] * (PEOPLE - 1)]))
    assert len(sent) == 1
    assert sandbox.guests()["answers"] == {bad.thanx_id: f"Sorry, says {reply.by}"}
    assert reply.standing == Reply.Standing.SENT


def test_of_people_who_make_it_right_at_once_exactly_one_does(sandbox, people, bad, reward, forward):
    def makes_it_right(feedback, person):
        daily = person.pk % 2 == 0
        recovery.recover(feedback=feedback, variant=reward, daily=daily, by=person, at=timezone.now())

    outcomes = at_once(bad, people, makes_it_right)
    forward(hours=24)
    prepare(forward)
    send(forward)

    assert sorted(map(str, outcomes)) == sorted(map(str, [None, *[recovery.AlreadyRecovered] * (PEOPLE - 1)]))
    assert (Recovery.objects.count(), RecoveryBatch.objects.count()) == (1, 1)
    assert list(sandbox.times_issued().values()) == [1]
