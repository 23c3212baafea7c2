"""No press of a button asks Thanx for its catalog again within a minute of its answer."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, Role
from campaigns.catalog import refresh
from campaigns.catalog.credential import make_credential_due, refresh_credential
from campaigns.models import Credential, Merchant
from certification.calls import manners
from certification.calls.exchanges import sent
from partner_api.models import Exchange
from tests.campaigns.conftest import BURGERS
from tests.campaigns.test_commands import Run
from tests.support.factories import MembershipFactory

pytestmark = pytest.mark.django_db


def more_than_a_minute_passes():
    """Make everything that was said to Thanx older, instead of waiting."""
    Exchange.objects.update(at=F("at") - timedelta(seconds=70))


def repeats():
    return manners.needless_repeats(sent(Exchange.objects.all()))


@pytest.fixture
def marketer(client, burgers):
    membership = MembershipFactory(role=Role.MARKETER, merchant=burgers)
    client.force_login(membership.user)
    return membership


def press(client, merchant):
    where = reverse("campaigns:refresh", args=[merchant.handle])
    return client.post(where, follow=True).content.decode()


def test_a_press_after_a_reading_shows_its_answer_and_says_when_it_can_be_asked_again(client, burgers, marketer):
    said = press(client, burgers)

    assert "This is what Thanx answered less than a minute ago. It can be asked again in" in said
    assert Merchant.objects.get(pk=burgers.pk).due_at > timezone.now() + timedelta(minutes=1)
    assert not AuditEntry.objects.filter(action="catalog.refresh-asked").exists()


def test_a_minute_later_a_press_asks(client, burgers, marketer):
    more_than_a_minute_passes()

    assert "Thanx is being asked." in press(client, burgers)

    burgers.refresh_from_db()
    assert burgers.due_at <= timezone.now()


def test_presses_and_steps_together_repeat_nothing(client, burgers, marketer):
    for _ in range(3):
        press(client, burgers)
        make_credential_due(at=timezone.now())
        refresh_credential()
        refresh.refresh_one_merchant()

    assert repeats() == []


def test_a_reading_that_broke_off_repeats_nothing_of_what_was_answered(client, burgers, marketer, sandbox):
    more_than_a_minute_passes()
    sandbox.fault("cut_off", path="/partner/campaigns", times=1)
    press(client, burgers)
    refresh.refresh_one_merchant()

    said = press(client, burgers)
    refresh.refresh_one_merchant()

    assert "It can be asked again in" in said
    assert repeats() == []


def test_a_credential_that_was_half_read_is_not_read_again_at_once(burgers, sandbox):
    more_than_a_minute_passes()
    sandbox.fault("unauthorized", path="/partner/merchants", times=1)
    make_credential_due(at=timezone.now())

    refresh_credential()

    row = Credential.objects.get()
    assert row.problem == "credentials_refused"
    assert row.due_at > timezone.now() + timedelta(seconds=50)


def test_the_command_line_reads_nothing_twice_within_a_minute_either(burgers):
    run = Run("sync_catalog", "--merchant", BURGERS, "--json")

    assert run.code == 0
    assert "not asked for again" in run.err
    assert run.document["reward_templates"] > 10
    assert repeats() == []
