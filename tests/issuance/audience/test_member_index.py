"""The member check: guests that Thanx will not find are shown before anything is sent, if the credential allows it."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from campaigns.catalog.credential import current_host
from campaigns.models import Credential
from issuance.audience import intake_step, member_index
from issuance.models import Batch, Failure, Member, MemberIndex
from partner_api.models import Exchange
from partner_api.pacing.windows import ANSWERS_KEEP
from tests.support.deaths import lives, survives
from tests.support.desk import Desk
from tests.support.factories import NOON
from tests.support.orders import merchant as merchant_at
from tests.support.steps import poll_one_batch, submit_one_batch

pytestmark = pytest.mark.django_db(transaction=True)
STRANGERS = 2
FEWEST_STATEMENTS = 4


@pytest.fixture
def desk(client, sandbox):
    """A user at a campaign of a sandbox merchant, whose members are those on its list and no others."""
    sandbox.reset(scopes="all", members=120, members_only=True)
    Credential.objects.create(host=current_host(), scopes=["rewards.issue", "users.read"], as_of=NOON)
    desk = Desk(client, role=Role.MARKETER)
    told = sandbox.campaign()
    type(desk.merchant).objects.filter(pk=desk.merchant.pk).update(thanx_id=merchant_at(sandbox)["id"])
    type(desk.campaign).objects.filter(pk=desk.campaign.pk).update(thanx_id=told["id"])
    variant = next(variant for variant in told["variants"] if variant["name"] != "Control")
    desk.campaign.variants.update(thanx_id=variant["id"])
    for row in (desk.merchant, desk.campaign):
        row.refresh_from_db()
    return desk


def guests(sandbox):
    """Return a file of three members and two strangers."""
    listed = sandbox.call("GET", f"/partner/users?merchant_id={merchant_at(sandbox)['id']}&per_page=50").json()["users"]
    known = [user["email"] for user in listed[:3]]
    return "\n".join(["email", *known, "stranger1@example.com", "stranger2@example.com"]).encode()


def read_all():
    while member_index.read_one_page_of_members(clock=timezone.now):
        pass


def checked(desk, issuance):
    return desk.client.get(reverse("issuance:check", args=[desk.merchant.handle, issuance.pk])).content.decode()


def asked_by_address():
    return sum("email" in names for names in Exchange.objects.values_list("query_names", flat=True))


def test_a_draft_has_the_members_read_page_by_page(desk):
    desk.draft()

    read_all()

    index = MemberIndex.objects.get()
    assert index.as_of is not None
    assert Exchange.objects.filter(path_template="/partner/users").count() == 2
    assert Member.objects.values("user_id").distinct().count() == 120


def test_another_draft_soon_after_asks_for_nothing(desk):
    desk.draft()
    read_all()

    desk.draft()

    assert not member_index.read_one_page_of_members(clock=timezone.now)


def test_the_next_reading_asks_only_for_what_has_changed(desk, settings):
    desk.draft()
    read_all()
    settings.MEMBERS_FRESH_FOR = timezone.timedelta(0)

    desk.draft()
    read_all()

    names = Exchange.objects.filter(path_template="/partner/users").order_by("pk").values_list("query_names", flat=True)
    assert ["updated_after" in one for one in names] == [False, False, True]
    assert Member.objects.values("user_id").distinct().count() == 120


def test_wherever_the_worker_died_the_members_are_known_in_the_end(desk, settings):
    settings.MEMBERS_FRESH_FOR = timezone.timedelta(0)
    for life in lives():
        Member.objects.all().delete()
        MemberIndex.objects.all().delete()
        member_index.make_due(merchant=desk.merchant, at=timezone.now())

        survived = survives(lambda: member_index.read_one_page_of_members(clock=timezone.now), spared=life)
        MemberIndex.objects.exclude(due_at=None).update(due_at=timezone.now())  # the lease of the dead has run out
        read_all()

        assert Member.objects.values("user_id").distinct().count() == 120
        assert MemberIndex.objects.get().as_of is not None
        if survived:
            break

    assert life >= FEWEST_STATEMENTS


def test_guests_who_joined_since_are_asked_about_one_by_one(desk, sandbox):
    desk.draft()
    read_all()
    sandbox.reset(scopes="all", members=120, members_only=False)  # guests who are not listed have joined since

    issuance = desk.ready(guests(sandbox) + b"\nnotfound@example.com")

    assert issuance.strangers == 1
    assert "1 guest is probably not a member" in checked(desk, issuance)
    assert asked_by_address() == STRANGERS + 1


def test_a_draft_that_is_read_again_at_once_asks_about_no_guest_twice(desk, sandbox):
    desk.draft()
    read_all()
    issuance = desk.ready(guests(sandbox))

    for days, asked in ((7, STRANGERS), (8, 2 * STRANGERS)):
        desk.post("choose-exclusions", issuance, {"within_days": days})
        intake_step.read_one_upload()

        issuance.refresh_from_db()
        assert (issuance.state, issuance.strangers, asked_by_address()) == ("ready", STRANGERS, asked)
        Exchange.objects.update(at=timezone.now() - ANSWERS_KEEP)  # the next reading comes later


def test_many_who_are_not_in_the_list_of_members_are_not_asked_about(desk, sandbox, monkeypatch):
    monkeypatch.setattr(member_index, "MOST_ASKED_ABOUT", STRANGERS - 1)
    desk.draft()
    read_all()
    asked = Exchange.objects.count()

    assert desk.ready(guests(sandbox)).strangers == STRANGERS
    assert Exchange.objects.count() == asked


def test_a_question_that_thanx_cannot_answer_now_leaves_the_prediction(desk, sandbox):
    desk.draft()
    read_all()
    file = guests(sandbox)
    sandbox.fault("server_error", method="GET", path="/partner/users")

    assert desk.ready(file).strangers == STRANGERS


def test_the_prediction_is_what_then_fails(desk, sandbox):
    desk.draft()
    read_all()
    issuance = desk.confirmed(guests(sandbox))
    assert issuance.strangers == STRANGERS

    submit_one_batch()
    Batch.objects.update(due_at=timezone.now())
    poll_one_batch()

    failed = Failure.objects.filter(batch__issuance=issuance, reason_code="user_not_found")
    assert failed.count() == STRANGERS


def test_the_page_says_how_many_and_lets_them_be_left_out(desk, sandbox):
    desk.draft()
    read_all()
    issuance = desk.ready(guests(sandbox))
    assert "2 guests are probably not members" in checked(desk, issuance)

    where = reverse("issuance:choose-exclusions", args=[desk.merchant.handle, issuance.pk])
    desk.client.post(where, {"only_members": "on"})
    intake_step.read_one_upload()

    issuance.refresh_from_db()
    assert issuance.left_out == {"not_a_member": STRANGERS}
    assert "Guests who are probably not members are left out" in checked(desk, issuance)


def test_a_file_read_before_the_members_is_checked_afterwards(desk, sandbox):
    issuance = desk.ready(guests(sandbox))
    assert issuance.strangers is None
    read_all()

    desk.client.post(reverse("issuance:choose-exclusions", args=[desk.merchant.handle, issuance.pk]))

    issuance.refresh_from_db()
    assert issuance.strangers == STRANGERS


def test_without_the_scope_the_step_says_so_and_makes_no_call(desk, sandbox):
    Credential.objects.update(scopes=["rewards.issue"])
    issuance = desk.ready(guests(sandbox))

    assert not MemberIndex.objects.exists()
    assert "Skipped: our credential may not list members" in checked(desk, issuance)


def test_a_scope_that_is_gone_meanwhile_ends_the_reading(desk, sandbox):
    issuance = desk.ready(guests(sandbox))
    sandbox.options(scopes=["rewards.issue"])

    read_all()

    assert MemberIndex.objects.get().problem == "scope_missing"
    assert "Skipped" in checked(desk, issuance)


def test_a_reading_that_is_cut_off_goes_on_where_it_was(desk, sandbox):
    desk.draft()
    assert member_index.read_one_page_of_members(clock=timezone.now)
    sandbox.fault("server_error", method="GET", path="/partner/users", times=1)
    member_index.read_one_page_of_members(clock=timezone.now)
    MemberIndex.objects.update(due_at=timezone.now())

    read_all()

    assert Member.objects.values("user_id").distinct().count() == 120
    assert MemberIndex.objects.get().as_of is not None


def test_the_index_holds_no_identifier():
    assert {field.name for field in Member._meta.fields} == {"id", "merchant", "user_id", "fingerprint"}
