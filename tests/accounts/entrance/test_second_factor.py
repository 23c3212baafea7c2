"""A role may need a second factor. Its seed is never stored in clear."""

import json

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core.management import call_command
from django.urls import reverse

from accounts.entrance import second_factors
from accounts.models import AuditEntry, FactorSeed, Role
from tests.support.factories import PASSWORD, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


def code_of(secret):
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


@pytest.fixture
def operator(client):
    user = UserFactory(is_staff=True)
    client.force_login(user)
    return user


@pytest.fixture
def required(settings):
    settings.SECOND_FACTOR_FOR = ["operator", "manager"]


@pytest.mark.usefixtures("required")
@pytest.mark.parametrize(
    "address", ["/", "/admin/", "/staff/health/", "/accounts/email/", "/notifications/", "/no/such/"]
)
def test_a_user_who_needs_a_factor_is_led_to_it_whatever_they_open(client, operator, address):
    answer = client.get(address)

    assert (answer.status_code, answer.headers.get("Location")) in [(302, reverse("mfa_index")), (404, None)]


@pytest.mark.usefixtures("required")
def test_nothing_can_be_done_before_it_is_set_up(client, operator):
    assert client.post("/staff/sending/stop/", {"reason": "x"}).url == reverse("mfa_index")
    assert client.get("/", headers={"HX-Request": "true"}).headers["HX-Redirect"] == reverse("mfa_index")


@pytest.mark.usefixtures("required")
def test_the_user_sets_it_up_and_goes_on(client, operator):
    assert "Your role needs a second factor" in client.get(reverse("mfa_index")).content.decode()
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    secret = client.get(reverse("mfa_activate_totp")).context["form"].secret

    client.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})

    assert client.get("/").status_code == 200


@pytest.mark.usefixtures("required")
def test_a_factor_that_is_needed_cannot_be_removed(client, operator):
    secret = generate_totp_secret()
    TOTP.activate(operator, secret)
    client.post(reverse("mfa_reauthenticate"), {"code": code_of(secret)})

    client.post(reverse("mfa_deactivate_totp"))

    assert Authenticator.objects.filter(user=operator).exists()


@pytest.mark.parametrize(("role", "needed"), [(Role.VIEWER, False), (Role.APPROVER, False), (Role.MANAGER, True)])
def test_it_is_needed_of_the_roles_that_are_named(required, role, needed):
    assert second_factors.is_missing(MembershipFactory(role=role).user) is needed


def test_in_production_operators_always_need_one(settings):
    settings.SECOND_FACTOR_FOR, settings.THANX_PRODUCTION = [], True

    assert second_factors.is_missing(UserFactory(is_staff=True))
    assert second_factors.is_missing(UserFactory(is_staff=True, is_superuser=True))
    assert not second_factors.is_missing(MembershipFactory(role=Role.MANAGER).user)


def test_recovery_codes_alone_are_no_second_factor(required):
    user = UserFactory(is_staff=True)
    RecoveryCodes.activate(user)

    assert second_factors.is_missing(user)


def test_seeds_are_stored_sealed_and_work(client):
    user, secret = UserFactory(), generate_totp_secret()
    factor = TOTP.activate(user, secret).instance
    codes = RecoveryCodes.activate(user)

    stored = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in stored
    assert secret.encode() not in bytes(FactorSeed.objects.first().sealed)
    assert Authenticator.objects.get(pk=factor.pk).wrap().validate_code(code_of(secret))
    assert codes.validate_code(codes.get_unused_codes()[0])


def test_a_removed_factor_leaves_no_seed():
    user = UserFactory()
    TOTP.activate(user, generate_totp_secret())
    RecoveryCodes.activate(user)

    Authenticator.objects.filter(user=user).delete()

    assert not FactorSeed.objects.exists()


def test_seeds_move_to_a_new_data_key(settings):
    user, secret = UserFactory(), generate_totp_secret()
    factor = TOTP.activate(user, secret).instance
    old = settings.DATA_KEYS
    settings.DATA_KEYS = [b"n" * 32, *old]

    call_command("reseal")
    settings.DATA_KEYS = [b"n" * 32]

    assert Authenticator.objects.get(pk=factor.pk).wrap().validate_code(code_of(secret))


def test_seeds_of_before_are_sealed():
    from importlib import import_module

    from django.apps import apps

    secret = generate_totp_secret()
    factor = Authenticator.objects.create(user=UserFactory(), type="totp", data={"secret": secret})
    codes = Authenticator.objects.create(user=UserFactory(), type="recovery_codes", data={"migrated_codes": ["123"]})

    import_module("accounts.migrations.0009_seal_seeds_of_factors").seal_seeds(apps, None)

    factor.refresh_from_db()
    codes.refresh_from_db()
    assert factor.data["secret"] != secret
    assert factor.wrap().validate_code(code_of(secret))
    assert codes.wrap().get_unused_codes() == ["123"]


def test_an_operator_lets_in_a_user_who_has_lost_the_device(client):
    user = UserFactory()
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    TOTP.activate(user, generate_totp_secret())

    call_command("remove_second_factor", user.email)

    assert not Authenticator.objects.filter(user=user).exists()
    assert AuditEntry.objects.last().action == "second_factors_removed"
    assert "_auth_user_id" not in client.session
