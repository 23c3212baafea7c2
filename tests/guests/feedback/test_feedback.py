"""Feedback: read by a step, filtered and scored on its page, and answered once at the most."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, Role
from campaigns.models import Location
from guests.feedback import replies
from guests.feedback.sync import read_one_feedback_page
from guests.models import Feedback, FeedbackSync, Reply
from guests.pages.feedback import score_of
from tests.support.factories import NOON, MembershipFactory

pytestmark = pytest.mark.django_db(transaction=True)

BAD = "Cold fries <b>and</b> nobody at the counter."


def inbox(client, at_thanx, query=""):
    return client.get(reverse("guests:feedback", args=[at_thanx.merchant.handle]) + query).content.decode()


def run_all():
    while read_one_feedback_page(clock=timezone.now):
        pass


def asked(sandbox):
    return [one["query"] for one in sandbox.requests("/partner/feedbacks") if one["method"] == "GET"]


@pytest.fixture
def bad(sandbox, client, few):
    """A bad review that the portal has read."""
    given = sandbox.feedback(rating=2, review=BAD)
    inbox(client, few)
    run_all()
    return Feedback.objects.get(thanx_id=given["id"])


def answer(client, feedback, text="We are sorry, Ana.", **fields):
    where = reverse("guests:answer-feedback", args=[feedback.merchant.handle, feedback.pk])
    return client.post(where, {"text": text, **fields})


def test_the_first_look_has_everything_read_and_later_only_what_changed(sandbox, client, at_thanx, forward):
    inbox(client, at_thanx)
    run_all()
    whole, number = len(asked(sandbox)), Feedback.objects.count()
    new = sandbox.feedback(rating=1)

    forward(minutes=16)
    run_all()

    assert (whole, number) == (6, 600)
    assert len(asked(sandbox)) == 7
    assert "updated_after" in asked(sandbox)[-1]
    assert Feedback.objects.filter(thanx_id=new["id"], rating=1).exists()


def test_a_page_that_went_wrong_is_read_again_and_nothing_is_lost_or_doubled(sandbox, client, at_thanx, forward):
    inbox(client, at_thanx)
    sandbox.fault("server_error", path="/partner/feedbacks", after=2, times=1)
    run_all()
    assert Feedback.objects.count() == 200

    forward(minutes=2)
    run_all()

    assert Feedback.objects.count() == 600
    assert FeedbackSync.objects.get().as_of is not None


def test_what_guests_wrote_is_sealed_and_shown_as_text(client, few, bad):
    assert b"Cold fries" not in bytes(bad.sealed_review)
    assert "Cold fries &lt;b&gt;and&lt;/b&gt;" in inbox(client, few)


def test_the_list_is_filtered(sandbox, client, few, bad):
    Location.objects.create(merchant=few.merchant, thanx_id=bad.location_id, name="Harbour", as_of=NOON)
    old = {"stage": "rated", "as_of": NOON}
    Feedback.objects.create(merchant=few.merchant, thanx_id="old", rating=9, given_at=NOON, **old)

    def shown(query):
        return client.get(reverse("guests:feedback", args=[few.merchant.handle]) + query).context["page"].rows

    assert {row.rating for row in shown("?rating=low")} <= set(range(1, 7))
    assert bad.pk in {row.pk for row in shown(f"?location={bad.location_id}&days=7&stage=reviewed&handled=no")}
    assert "old" not in {row.location for row in shown("?days=7")}
    assert all(row.location == "Harbour" for row in shown(f"?location={bad.location_id}"))


@pytest.mark.parametrize(
    ("high", "low", "number", "score"), [(10, 0, 10, 100), (0, 10, 10, -100), (5, 2, 10, 30), (0, 0, 0, 0)]
)
def test_the_score_is_high_less_low(high, low, number, score):
    assert score_of(high, low, number) == score


def test_the_score_is_drawn_with_its_table(client, at_thanx, django_assert_max_num_queries):
    inbox(client, at_thanx)
    run_all()

    with django_assert_max_num_queries(16):
        page = inbox(client, at_thanx)

    assert "Score by month" in page
    assert "All locations" in page
    assert "By location, over a year" in page


def test_an_answer_is_seen_before_it_is_sent_and_sent_once(sandbox, client, few, bad):
    preview = answer(client, bad).content.decode()
    unsent = sandbox.guests()["answers"]
    answer(client, bad, confirmed="on")
    answer(client, bad, text="Once more.", confirmed="on")

    assert "The guest will read:" in preview
    assert "This goes to" in preview
    assert unsent == {}
    assert sandbox.guests()["answers"] == {bad.thanx_id: "We are sorry, Ana."}
    assert "You answered: We are sorry, •••." in inbox(client, few)
    assert AuditEntry.objects.filter(action="feedback answered").count() == 1


def test_a_user_who_answers_while_another_does_sends_nothing(sandbox, client, few, bad):
    Reply.objects.create(feedback=bad, sealed_text=b"", by=few.user, at=timezone.now())

    answer(client, bad, confirmed="on")

    assert sandbox.guests()["answers"] == {}


def test_after_a_lost_answer_thanx_is_asked_before_anything_else(sandbox, client, few, bad):
    sandbox.fault("cut_off", method="POST", path="/partner/feedbacks", when="after", times=1)
    answer(client, bad, confirmed="on")
    assert "See whether it was sent" in inbox(client, few)

    client.post(reverse("guests:look-for-reply", args=[few.merchant.handle, bad.pk]))

    assert Reply.objects.get().standing == Reply.Standing.SENT
    assert "See whether it was sent" not in inbox(client, few)


def test_an_answer_that_was_not_sent_can_be_sent_after_looking(sandbox, client, few, bad, forward):
    sandbox.fault("cut_off", method="POST", path="/partner/feedbacks", when="before", times=1)
    answer(client, bad, confirmed="on")

    forward(minutes=1)
    client.post(reverse("guests:look-for-reply", args=[few.merchant.handle, bad.pk]))
    answer(client, bad, confirmed="on")

    assert sandbox.guests()["answers"] == {bad.thanx_id: "We are sorry, Ana."}


def test_while_an_answer_may_still_arrive_no_other_can_be_sent(sandbox, client, few, bad):
    sandbox.fault("cut_off", method="POST", path="/partner/feedbacks", when="before", times=1)
    answer(client, bad, confirmed="on")

    looked = client.post(reverse("guests:look-for-reply", args=[few.merchant.handle, bad.pk]), follow=True)
    answer(client, bad, text="We are sorry, Bo.", confirmed="on")

    assert "it may still arrive" in looked.content.decode()
    assert sandbox.guests()["answers"] == {}


def test_a_refusal_lifts_the_lock_and_says_why(sandbox, client, few, bad):
    sandbox.fault("forbidden", method="POST", path="/partner/feedbacks", times=1)

    page = answer(client, bad, confirmed="on").content.decode()

    assert "Ask Thanx to add the scope feedbacks.write" in page
    assert not Reply.objects.exists()


def test_what_is_not_rated_cannot_be_answered(few, bad):
    Feedback.objects.filter(pk=bad.pk).update(stage="viewed")
    bad.refresh_from_db()

    with pytest.raises(replies.AlreadyAnswered):
        replies.answer_feedback(feedback=bad, text="Hello", by=few.user, at=timezone.now())


@pytest.mark.parametrize("scopes", [["rewards.issue"]])
def test_without_the_scope_no_call_is_made_and_the_page_says_what_to_ask_for(sandbox, client, at_thanx):
    page = inbox(client, at_thanx)
    run_all()

    assert "Ask Thanx to add the scope feedbacks.read" in page
    assert asked(sandbox) == []


def test_a_viewer_reads_and_does_not_answer(sandbox, client, few, bad):
    client.force_login(MembershipFactory(role=Role.VIEWER, merchant=few.merchant).user)

    assert "Cold fries" in inbox(client, few)
    assert answer(client, bad, confirmed="on").status_code == 403
