"""What users leave behind is deleted when nothing needs it any more."""

from datetime import timedelta

import pytest
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts.entrance.sealed_sessions import SessionStore
from accounts.housekeeping import delete_what_is_over
from accounts.models import Invitation, Role, UserMinute
from accounts.people import invitations
from tests.support.factories import NOON, PASSWORD, MerchantFactory, UserWithRoleFactory

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def signed_in(client):
    user = UserWithRoleFactory()
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    return user


def cached():
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM shared_cache")
        return cursor.fetchone()[0]


def test_sessions_that_are_over_go_with_their_browser_and_address(signed_in, settings):
    now = timezone.now()

    delete_what_is_over(at=now + settings.SESSION_LONGEST - DAY)
    assert (Session.objects.count(), UserSession.objects.count()) == (1, 1)

    delete_what_is_over(at=now + settings.SESSION_LONGEST + DAY)
    assert (Session.objects.count(), UserSession.objects.count()) == (0, 0)


@pytest.mark.parametrize("end", [{}, {"accepted_at": NOON}, {"withdrawn_at": NOON}])
def test_invitations_go_the_retention_after_their_end(end, settings):
    invitations.invite(merchant=MerchantFactory(), email="bo@partner.example", role=Role.VIEWER, by=None, at=NOON)
    Invitation.objects.update(expires_at=NOON if not end else NOON + 7 * DAY, **end)
    over = NOON + timedelta(days=settings.RETENTION_DAYS)

    delete_what_is_over(at=over - DAY)
    assert Invitation.objects.exists()

    delete_what_is_over(at=over)
    assert not Invitation.objects.exists()


def test_an_accepted_invitation_is_not_over_before_its_own_end(settings):
    invitations.invite(merchant=MerchantFactory(), email="bo@partner.example", role=Role.VIEWER, by=None, at=NOON)
    Invitation.objects.update(expires_at=NOON, accepted_at=NOON + DAY)

    delete_what_is_over(at=NOON + timedelta(days=settings.RETENTION_DAYS))

    assert Invitation.objects.exists()


def test_counts_of_attempts_go_when_no_limit_asks_for_them(signed_in, client):
    client.post(reverse("account_login"), {"login": "stranger@elsewhere.example", "password": "wrong"})
    client.logout()
    client.post(reverse("account_login"), {"login": "stranger@elsewhere.example", "password": "wrong"})
    UserMinute.objects.create(user=signed_in, kind="searches", minute=timezone.now(), used=3)
    cache.set("kept", 1, timeout=7 * 24 * 3600)
    assert cached() > 1

    delete_what_is_over(at=timezone.now() + DAY)

    assert (cached(), cache.get("kept")) == (1, 1)
    assert not UserMinute.objects.exists()


def test_a_limit_counts_on_after_the_housekeeping(signed_in):
    UserMinute.objects.create(user=signed_in, kind="searches", minute=timezone.now(), used=3)

    delete_what_is_over(at=timezone.now())

    assert UserMinute.objects.get().used == 3


def test_a_seed_that_is_being_set_up_does_not_lie_in_clear(client, signed_in):
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    client.get(reverse("mfa_activate_totp"))
    row = Session.objects.get()

    assert client.session[SECRET_SESSION_KEY]
    assert SessionStore().decode(row.session_data) == dict(client.session)
    assert not row.get_decoded()  # as Django reads it without the data key


def test_a_session_without_its_data_key_is_empty_and_its_user_signs_in_again(client, signed_in, settings):
    settings.DATA_KEYS = [b"n" * 32]

    assert client.get("/notifications/").url.startswith(reverse("account_login"))
