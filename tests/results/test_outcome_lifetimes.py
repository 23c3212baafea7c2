"""What guests did is erased when it is old and no experiment needs it, and of one guest when that guest wants it."""

from datetime import timedelta

import pytest
import time_machine

from guests.erasure import erasing
from guests.erasure.guest_file import guest_file
from guests.lifetimes.step import erase_what_is_over
from guests.models import Keeping
from results.models import GuestLink, OutcomeFile, OutcomeImport, Visit
from tests.results.trial import DAY, Trial, arm_named, as_csv, bring, members, purchase, run
from thanx_portal.offboarding.leaving import left_at
from vault.data_map import Lifetime
from vault.erasing import erase

pytestmark = pytest.mark.django_db


@pytest.fixture
def trial(client, tmp_path):
    found = Trial(client, guests=20)
    rows = [purchase(guest, found.start + DAY, id=f"p-{guest}") for guest in found.everyone()]
    rows += [purchase(found.everyone()[0], found.start - 80 * DAY, id="before"), rows[0] | {"settlement_amount": "?"}]
    everyone = members(found.everyone(), merchant=found.merchant.thanx_id)
    bring(tmp_path, found.merchant, memberships=everyone, purchases=as_csv(rows))
    return found


def step(at):
    Keeping.objects.update(due_at=at, lease_token=None)
    while erase_what_is_over(clock=lambda: at) and Keeping.objects.get().due_at <= at:
        pass


def kept():
    return Visit.objects.count(), GuestLink.objects.count()


def test_outcomes_stay_while_an_experiment_can_be_counted_with_them(trial):
    step(trial.start + 100 * DAY)

    assert kept() == (21, 40)
    assert OutcomeImport.objects.get().sealed_rejects == b""  # lines to correct are needed for less long
    assert set(OutcomeFile.objects.values_list("file_name", flat=True)) == {""}


def test_outcomes_go_with_the_guests_of_their_last_experiment_and_the_result_stays(trial):
    with time_machine.travel(trial.start + DAY, tick=False):
        before, _ = run("result", trial.campaign.pk)
    trial.issuance.batches.filter(is_control=False).update(state="stopped", due_at=None)
    trial.campaign.result.__class__.objects.update(document={**before, "days": {}, "sentences": {}}, due_at=None)
    step(trial.start + 300 * DAY)

    assert kept() == (0, 0)
    with time_machine.travel(trial.start + 301 * DAY, tick=False):
        assert run("result", trial.campaign.pk)[0] == before


def test_one_guest_is_erased_from_outcomes_and_gets_them_first(trial):
    guest = trial.everyone()[0]
    known = guest_file(merchant=trial.merchant, typed=[guest], at=trial.start)
    assert [one["amount"] for one in known["visits"]] == [10.0, 10.0]

    erasing.ask_to_erase(
        merchant=trial.merchant, typed=[guest], exclusions_too=False, by=trial.desk.person, at=trial.start
    )
    assert erasing.erase_one_guest(clock=lambda: trial.start)
    assert kept() == (19, 38)
    assert arm_named(run("result", trial.campaign.pk)[0], "Reward 1") is not None


def test_when_a_merchant_leaves_nothing_is_left(trial):
    assert left_at(trial.merchant)["results.Visit"] == 21

    erase(Lifetime.OUTCOMES, owners=[trial.merchant.pk], at=trial.start + timedelta(days=1))
    assert not any(table.startswith("results.") for table, rows in left_at(trial.merchant).items() if rows)
