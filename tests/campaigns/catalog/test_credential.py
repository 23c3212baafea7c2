"""What is known of our credential, read from a real sandbox."""

from datetime import timedelta
from uuid import uuid4

import pytest

from campaigns.catalog import refresh
from campaigns.catalog.credential import current_credential, refresh_credential, take_credential
from campaigns.catalog.problems import CatalogProblem
from campaigns.models import Credential, Merchant
from partner_api.answers import catalog
from tests.campaigns.conftest import BURGERS
from tests.support.factories import MerchantFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sandbox")]

ANSWER = {"scopes": ("rewards.issue", "users.read"), "merchants": (catalog.Merchant("m1", "Tacos", "tacos"),)}


def test_a_fresh_installation_starts_by_itself(sandbox, clock):
    assert refresh_credential(clock=clock)

    credential = Credential.objects.get()
    assert (credential.host, credential.scopes, credential.problem) == ("localhost", ["rewards.issue"], "")
    assert credential.as_of == clock()
    assert Merchant.objects.filter(due_at=clock()).count() == 5
    assert not refresh_credential(clock=clock)


def test_scopes_and_merchants_are_read_again_after_an_hour(sandbox, clock):
    refresh_credential(clock=clock)
    gone = MerchantFactory(due_at=clock())
    clock.turn(minutes=61)

    assert refresh_credential(clock=clock)

    gone.refresh_from_db()
    assert (gone.vanished_at, gone.due_at) == (clock(), None)


def test_a_merchant_that_is_back_is_read_at_once(sandbox, clock):
    refresh_credential(clock=clock)
    Merchant.objects.filter(handle=BURGERS).update(vanished_at=clock(), due_at=None)
    clock.turn(minutes=61)

    refresh_credential(clock=clock)

    back = Merchant.objects.get(handle=BURGERS)
    assert (back.vanished_at, back.due_at) == (None, clock())


def test_handles_are_unique_and_stay(sandbox, clock):
    MerchantFactory(handle=BURGERS)

    refresh_credential(clock=clock)

    assert Merchant.objects.filter(handle=f"{BURGERS}-2", name="Bluebird Burger Bar").exists()


@pytest.mark.parametrize(
    ("settings_changed", "problem"),
    [
        ({"THANX_ACCESS_TOKEN": "wrong"}, CatalogProblem.CREDENTIALS_REFUSED),
        ({"THANX_API_URL": "http://127.0.0.1:9"}, CatalogProblem.UNREACHABLE),
        ({"THANX_ACCESS_TOKEN": ""}, CatalogProblem.NOT_CONFIGURED),
        ({"THANX_API_URL": ""}, CatalogProblem.NOT_CONFIGURED),
    ],
)
def test_what_keeps_us_from_asking_is_recorded_and_no_merchant_is_tried(
    sandbox, settings, clock, settings_changed, problem
):
    for name, value in settings_changed.items():
        setattr(settings, name, value)
    MerchantFactory(due_at=clock())

    assert refresh_credential(clock=clock)

    credential = Credential.objects.get()
    assert (credential.problem, credential.problem_at) == (problem, clock())
    assert credential.due_at == clock() + timedelta(seconds=15)
    assert not refresh.refresh_one_merchant(clock=clock)


def test_the_longer_trouble_lasts_the_longer_the_next_try_waits(sandbox, clock):
    sandbox.fault("server_error", path="/partner/scopes")
    sandbox.fault("server_error", path="/partner/metadata/scopes")
    refresh_credential(clock=clock)
    clock.turn(minutes=3)

    refresh_credential(clock=clock)

    credential = Credential.objects.get()
    assert credential.problem == CatalogProblem.UNAVAILABLE
    assert credential.due_at == clock() + timedelta(minutes=3)
    sandbox.clear_faults()
    clock.turn(minutes=4)
    refresh_credential(clock=clock)
    credential.refresh_from_db()
    assert (credential.problem, credential.problem_at) == ("", None)


def test_a_filled_database_without_any_environment_is_not_called_another_ones(sandbox, settings, clock):
    Credential.objects.create(host="localhost", as_of=clock())
    settings.THANX_API_URL = ""

    refresh_credential(clock=clock)

    assert current_credential().problem == CatalogProblem.NOT_CONFIGURED


def test_a_database_filled_from_another_environment_is_left_alone(sandbox, clock):
    Credential.objects.create(host="api.thanx.com", as_of=clock())
    merchant = MerchantFactory(due_at=clock())

    refresh_credential(clock=clock)

    assert Credential.objects.get(host="localhost").problem == CatalogProblem.OTHER_HOST
    assert not refresh.refresh_one_merchant(clock=clock)
    merchant.refresh_from_db()
    assert merchant.vanished_at is None
    assert sandbox.requests() == []


def test_the_answers_to_a_users_check_are_kept_as_if_a_worker_had_read_them(clock):
    take_credential(**ANSWER, at=clock())

    credential = Credential.objects.get()
    assert (credential.scopes, credential.as_of) == (["rewards.issue", "users.read"], clock())
    assert credential.due_at == clock() + timedelta(hours=1)
    assert Merchant.objects.get().handle == "tacos"


def test_a_worker_that_is_reading_the_credential_keeps_its_lease_and_its_answers_count(clock):
    lease = {"lease_token": uuid4(), "due_at": clock() + timedelta(seconds=40)}
    Credential.objects.create(host="localhost", **lease)

    take_credential(**ANSWER, at=clock())

    credential = Credential.objects.get()
    assert (credential.lease_token, credential.due_at) == (lease["lease_token"], lease["due_at"])
    assert (credential.scopes, credential.as_of) == ([], None)
    assert not Merchant.objects.exists()


def test_a_worker_whose_lease_has_run_out_keeps_nothing_from_being_kept(clock):
    Credential.objects.create(host="localhost", lease_token=uuid4(), due_at=clock() - timedelta(seconds=1))

    take_credential(**ANSWER, at=clock())

    credential = Credential.objects.get()
    assert (credential.lease_token, credential.as_of) == (None, clock())


def test_answers_for_another_environments_database_are_not_kept(clock):
    Credential.objects.create(host="api.thanx.com", as_of=clock())

    take_credential(**ANSWER, at=clock())

    assert Credential.objects.get(host="localhost").as_of is None
    assert not Merchant.objects.exists()
