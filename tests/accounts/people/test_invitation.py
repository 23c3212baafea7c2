"""People come by invitation: a link by email that works once, and not for ever."""

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.utils import timezone

from accounts import permissions
from accounts.memberships import remove_member
from accounts.models import AuditEntry, Invitation, Membership, Role, User
from accounts.people import invitations
from accounts.permissions import InstallationRole
from tests.support.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

ANSWERS = {"first_name": "Bo", "last_name": "Berg", "password": PASSWORD, "again": PASSWORD}


def roles():
    return {(membership.user.email, Role(membership.role)) for membership in Membership.objects.all()}


def test_the_link_makes_an_account_with_the_role_and_a_proven_address(link, guest):
    answer = guest.post(link(), ANSWERS)

    assert answer.url == "/accounts/login/"
    assert ("bo@partner.example", Role.APPROVER) in roles()
    assert EmailAddress.objects.get(email="bo@partner.example").verified
    guest.post("/accounts/login/", {"login": "bo@partner.example", "password": PASSWORD})
    assert "_auth_user_id" in guest.session


def test_a_link_works_once(link, guest):
    path = link()
    guest.post(path, ANSWERS)

    again = guest.post(path, ANSWERS | {"password": "another long one", "again": "another long one"})

    assert again.status_code == 404
    assert User.objects.get(email="bo@partner.example").check_password(PASSWORD)


def test_of_two_clicks_at_once_one_makes_the_account(link):
    link()
    asked = {"invitation": Invitation.objects.get(), "first_name": "Bo", "last_name": "", "password": PASSWORD}
    invitations.accept_with_new_account(**asked, at=timezone.now())

    with pytest.raises(invitations.InvitationOver):
        invitations.accept_with_new_account(**asked, at=timezone.now())

    assert Membership.objects.filter(user__email="bo@partner.example").count() == 1


def test_a_link_that_is_too_old_does_nothing(link, guest):
    path = link(at=timezone.now() - timedelta(days=8))

    assert guest.post(path, ANSWERS).status_code == 404
    assert not User.objects.filter(email="bo@partner.example").exists()


def test_a_second_invitation_replaces_the_first(link, guest):
    first, second = link(), link(role=Role.VIEWER)

    assert [guest.get(path).status_code for path in (first, second)] == [404, 200]


def test_the_link_is_stored_nowhere(link):
    token = link().split("/")[2]

    assert token not in str(list(Invitation.objects.values())) + str(list(AuditEntry.objects.values()))


def test_an_invitation_ends_with_the_rights_of_the_user_who_sent_it(link, guest, manager):
    path = link()
    remove_member(membership=manager.memberships.get(), by=None, at=timezone.now())

    assert guest.post(path, ANSWERS).status_code == 404


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"again": "something else"}, "The two passwords differ"), ({"password": "short", "again": "short"}, "too short")],
)
def test_a_bad_password_is_told_and_loses_nothing(link, guest, changed, said):
    page = guest.post(link(), ANSWERS | changed).content.decode()

    assert said in page
    assert 'value="Berg"' in page
    assert not User.objects.filter(email="bo@partner.example").exists()


def test_a_user_with_an_account_accepts_after_signing_in(link, guest):
    user, path = UserFactory(email="bo@partner.example"), link()
    assert "Sign in to accept" in guest.get(path).content.decode()
    guest.post(path, ANSWERS)
    assert (user.email, Role.APPROVER) not in roles()

    guest.force_login(user)
    guest.post(path)

    assert (user.email, Role.APPROVER) in roles()
    assert user.check_password(PASSWORD)


def test_another_user_cannot_accept(link, client, guest):
    UserFactory(email="bo@partner.example")
    path = link()
    guest.force_login(UserFactory())

    page = guest.post(path)

    assert "Sign out" in page.content.decode()
    assert "bo@partner.example" not in {email for email, _ in roles()}


def test_an_account_with_an_unproven_address_accepts_nothing(link, guest):
    user = UserFactory(email="bo@partner.example")
    EmailAddress.objects.filter(user=user).update(verified=False)
    guest.force_login(user)

    guest.post(link())

    assert (user.email, Role.APPROVER) not in roles()


def test_every_step_leaves_an_audit_entry(link, guest):
    guest.post(link(), ANSWERS)

    actions = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert actions == ["invited", "account_created", "invitation_accepted", "role_given"]


def test_a_certifier_is_invited_for_a_time(guest):
    until = timezone.now() + timedelta(days=30)
    invitations.send(invitations.invite_certifier(email="cy@lab.example", until=until, by=None, at=timezone.now()))

    guest.post(re.search(r"/invitation/\S+", mail.outbox[-1].body)[0], ANSWERS)

    user = User.objects.get(email="cy@lab.example")
    assert permissions.installation_role(user) == InstallationRole.CERTIFIER
    assert user.certifies_until == until
    assert not user.memberships.exists()
