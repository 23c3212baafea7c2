"""Managers see who has access to their merchant, invite, change roles and switch off."""

import csv
import io
from datetime import timedelta

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core import mail

from accounts.models import AuditEntry, Invitation, Membership, Role
from tests.support.factories import NOON, PASSWORD, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db

PEOPLE = "/m/tacos/people/"


@pytest.fixture
def bo(merchant):
    return MembershipFactory(merchant=merchant, role=Role.VIEWER, user__email="bo@partner.example")


def test_the_page_shows_members_operators_and_who_is_invited(client, manager, bo, link):
    TOTP.activate(bo.user, generate_totp_secret())
    operator = UserFactory(is_staff=True)
    link("cleo@partner.example")

    page = client.get(PEOPLE).content.decode()

    assert all(email in page for email in (bo.user.email, operator.email, "cleo@partner.example"))
    assert "2 members of Peño" in page
    assert "1 with a second factor" in page


def test_the_number_of_queries_does_not_grow_with_the_people(client, manager, merchant, django_assert_max_num_queries):
    MembershipFactory.create_batch(15, merchant=merchant)

    with django_assert_max_num_queries(16):
        client.get(PEOPLE)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MARKETER, Role.APPROVER])
def test_only_managers_see_it(client, merchant, role):
    client.force_login(MembershipFactory(merchant=merchant, role=role).user)

    assert client.get(PEOPLE).status_code == 403
    assert client.get(f"{PEOPLE}access.csv").status_code == 403


def test_a_manager_invites(client, manager):
    client.post(PEOPLE, {"email": "Cleo@Partner.Example", "role": Role.MARKETER.value})

    assert [message.to for message in mail.outbox] == [["cleo@partner.example"]]
    assert Invitation.objects.get().invited_by == manager


def test_where_no_mail_is_sent_no_invitation_is_made(client, manager, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"

    page = client.post(PEOPLE, {"email": "cleo@partner.example", "role": Role.MARKETER.value})

    assert "an invitation would not arrive" in page.content.decode()
    assert not Invitation.objects.exists()


def test_an_invitation_is_sent_again_with_another_link_or_withdrawn(client, manager, guest, link):
    first = link()
    client.post(f"{PEOPLE}invitations/{Invitation.objects.get().pk}/send-again/")
    second = mail.outbox[-1].body
    last = Invitation.objects.pending().get()

    client.post(f"{PEOPLE}invitations/{last.pk}/withdraw/")

    assert first not in second
    assert not Invitation.objects.pending().exists()
    assert guest.get(first).status_code == 404


def test_a_manager_changes_a_role(client, manager, bo):
    client.post(f"{PEOPLE}{bo.pk}/", {"role": Role.APPROVER.value})

    bo.refresh_from_db()
    assert bo.role == Role.APPROVER
    assert AuditEntry.objects.get().by == manager


def test_switching_off_takes_all_access_at_once(client, manager, guest, bo):
    sign_in(guest, bo.user)
    assert guest.get("/m/tacos/").status_code == 200

    client.post(f"{PEOPLE}{bo.pk}/switch-off/")

    assert "_auth_user_id" not in guest.session
    assert guest.get("/m/tacos/").url.startswith("/accounts/login/")


def test_a_user_without_any_role_is_let_in_nowhere_until_invited_again(client, manager, guest, bo, link):
    client.post(f"{PEOPLE}{bo.pk}/switch-off/")

    refused = sign_in(guest, bo.user)
    link(bo.user.email)
    sign_in(guest, bo.user)

    assert "has no access any more" in refused.text
    assert AuditEntry.objects.filter(action="sign-in without a role refused", by=bo.user).count() == 1
    assert "_auth_user_id" in guest.session


def test_a_user_who_works_for_another_merchant_stays_signed_in(client, manager, guest, bo):
    other = MembershipFactory(user=bo.user).merchant
    sign_in(guest, bo.user)

    client.post(f"{PEOPLE}{bo.pk}/switch-off/")

    assert guest.get("/m/tacos/").status_code == 404
    assert guest.get(f"/m/{other.handle}/").status_code == 200


@pytest.mark.parametrize(("works_elsewhere", "may_sign_in"), [(False, "no"), (True, "yes")])
def test_the_access_review_says_whose_access_ended_and_whether_they_may_sign_in(
    client, manager, bo, works_elsewhere, may_sign_in
):
    if works_elsewhere:
        MembershipFactory(user=bo.user)
    client.post(f"{PEOPLE}{bo.pk}/switch-off/")

    row = review(client)[bo.user.email]

    assert (row["role"], row["may sign in"]) == ("None", may_sign_in)
    assert row["access ended"] == AuditEntry.objects.get(action="member_removed").at.isoformat(timespec="seconds")
    assert bo.user.email in client.get(PEOPLE).text


def test_a_user_who_came_back_is_no_longer_among_those_who_left(client, manager, merchant, bo):
    client.post(f"{PEOPLE}{bo.pk}/switch-off/")
    MembershipFactory(user=bo.user, merchant=merchant, role=Role.VIEWER)

    assert (review(client)[bo.user.email]["role"], review(client)[bo.user.email]["access ended"]) == ("Viewer", "")


def test_a_role_that_ends_by_itself_ends_the_session_soon(guest, time_machine):
    time_machine.move_to(NOON, tick=False)
    certifier = UserFactory(certifies_until=NOON + timedelta(minutes=30))
    sign_in(guest, certifier)
    time_machine.shift(timedelta(minutes=29))
    assert guest.get("/notifications/").status_code == 200

    time_machine.shift(timedelta(minutes=2))

    assert guest.get("/notifications/").url.startswith("/accounts/login/")


def test_an_operator_whose_role_is_taken_in_the_admin_is_signed_out(client, guest):
    operator = UserFactory(is_staff=True)
    sign_in(guest, operator)
    client.force_login(UserFactory(is_staff=True, is_superuser=True))

    client.post(f"/admin/accounts/user/{operator.pk}/change/", {"is_active": "on"})

    assert "_auth_user_id" not in guest.session


@pytest.mark.parametrize("act", ["", "switch-off/"])
def test_a_manager_neither_demotes_nor_switches_off_themselves(client, manager, act):
    own = manager.memberships.get()

    client.post(f"{PEOPLE}{own.pk}/{act}", {"role": Role.VIEWER.value})

    assert Membership.objects.get(pk=own.pk).role == Role.MANAGER


def test_people_of_other_merchants_are_out_of_reach(client, manager, link):
    other = MembershipFactory()
    link()
    Invitation.objects.update(merchant=other.merchant)
    invitation = Invitation.objects.get()

    paths = [f"{other.pk}/", f"{other.pk}/switch-off/"]
    paths += [f"invitations/{invitation.pk}/{act}/" for act in ("send-again", "withdraw")]
    assert {client.post(PEOPLE + path, {"role": 40}).status_code for path in paths} == {404}
    assert Membership.objects.get(pk=other.pk).role == other.role


def test_the_access_review_names_everyone_with_access(client, manager, bo, settings):
    settings.SECOND_FACTOR_FOR = ["manager"]
    TOTP.activate(manager, generate_totp_secret())
    operator = UserFactory(is_staff=True)

    rows = review(client)

    assert set(rows) == {manager.email, bo.user.email, operator.email}
    assert (rows[manager.email]["second factor"], rows[manager.email]["second factor required"]) == ("yes", "yes")
    assert (rows[bo.user.email]["role"], rows[bo.user.email]["last sign-in"]) == ("Viewer", "never")
    assert AuditEntry.objects.get(action="access reviewed").facts == {"members": 2}


def sign_in(client, user):
    return client.post("/accounts/login/", {"login": user.email, "password": PASSWORD}, follow=True)


def review(client):
    text = client.get(f"{PEOPLE}access.csv").getvalue().decode("utf-8-sig")
    return {row["email address"]: row for row in csv.DictReader(io.StringIO(text))}
