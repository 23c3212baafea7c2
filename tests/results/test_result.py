"""The result of a campaign: what is known when, what a red check hides, and the figures once it may be read."""

from datetime import datetime, timedelta
from functools import partial

import pytest
import time_machine
from django.utils import timezone

from accounts.models import AuditEntry
from campaigns.models import Campaign
from experiments import rates
from experiments.rates import Rate
from issuance.models import Issuance
from results.counting.counting_step import count_one_result as counted_by
from results.fixed_plans import change_plan
from results.models import CampaignResult, ExperimentPlan
from tests.results.trial import DAY, Trial, arm_named, as_csv, bring, members, purchase, run
from tests.support.desk import people
from tests.support.factories import create_live_campaign

pytestmark = pytest.mark.django_db

count_one_result = partial(counted_by, clock=timezone.now)
KEYS = ["campaign", "state", "verdict", "sentence", "window", "health", "arms", "comparisons", "net"]
DECIDED = 26 * DAY
"""After the decision date: rewards can be redeemed for 21 days, and 4 days later amounts are settled."""


@pytest.fixture
def trial(client):
    return Trial(client, guests=400, shares=(75,), control=25)


def visiting(trial, *, treated, held, cents="10.00", arm="Reward 1", **more):
    """Return purchases of so many guests of the arms, of which some visit twice, until the end of the window."""
    rows = []
    for name, number in ((arm, treated), ("Control", held)):
        for place, guest in enumerate(trial.arms.get(name, [])[:number]):
            at = trial.start + (20.5 * DAY if place % 2 else 0.5 * DAY)
            rows.append(purchase(guest, at, id=f"{name}-{place}", settled=cents, **more))
    return rows


def told(trial, rows, tmp_path, *, guests=None, after=DECIDED, **files):
    """Bring these purchases after the decision date, and return the result."""
    with time_machine.travel(trial.start + after, tick=False):
        everyone = members(guests or trial.everyone(), merchant=trial.merchant.thanx_id)
        bring(tmp_path, trial.merchant, memberships=everyone, purchases=as_csv(rows), **files)
        return run("result", trial.campaign.pk)[0]


def lights(document):
    return {check["check"]: check["state"] for check in document["health"]}


def test_before_anybody_has_an_arm_the_experiment_is_designed(db):
    document, _ = run("result", create_live_campaign().pk)

    assert list(document) == KEYS
    assert (document["state"], document["verdict"], document["health"]) == ("designed", None, [])
    assert document["window"] == {"from": None, "to": None, "decision_at": None}
    assert [arm["name"] for arm in document["arms"]] == ["Reward 1", "Reward 2", "Control"]


def test_a_gain_is_read_once_the_decision_date_has_come(trial, tmp_path):
    document = told(trial, visiting(trial, treated=150, held=30), tmp_path)

    assert list(document) == KEYS
    assert (document["state"], document["verdict"]) == ("read", "clear gain")
    assert document["sentence"].startswith("The reward caused visits: of 100 guests, 20.0 more came than without it")
    assert arm_named(document, "Reward 1") == {
        "name": "Reward 1",
        "control": False,
        "assigned": 300,
        "found": 300,
        "visited": 150,
        "visits": 150,
        "spend": 1500.0,
        "redeemed": 0,
        "cost": 0.0,
    }
    visited, spend = document["comparisons"]
    expected = rates.difference(Rate(events=150, of=300), Rate(events=30, of=100), level=0.95)
    assert (visited["metric"], visited["level"], visited["relative"]) == ("visited", 0.95, pytest.approx(2 / 3))
    assert (visited["low"], visited["high"]) == (expected.interval.low, expected.interval.high)
    assert (spend["metric"], spend["difference"]) == ("spend", pytest.approx(2.0))
    assert document["net"][0]["value"] == pytest.approx(600.0)
    assert set(lights(document).values()) == {"green"}, lights(document)


def test_the_window_is_one_for_both_arms_and_the_decision_waits_for_settlement(trial):
    document, _ = run("result", trial.campaign.pk)
    end = min(trial.campaign.redeemable_to, trial.start + 28 * DAY)

    def iso(at):
        return at.isoformat().replace("+00:00", "Z")

    assert document["window"] == {"from": iso(trial.start), "to": iso(end), "decision_at": iso(end + 4 * DAY)}


def test_before_the_decision_date_guests_are_counted_and_no_figure_is_shown(trial, tmp_path):
    document = told(trial, visiting(trial, treated=150, held=30), tmp_path, after=22 * DAY)

    assert (document["state"], document["verdict"]) == ("running", "too early")
    assert arm_named(document, "Reward 1")["visited"] == 150
    assert {each["difference"] for each in document["comparisons"]} == {None}
    assert document["net"] == [{"arm": "Reward 1", "value": None, "low": None, "high": None}]


def test_without_outcomes_the_result_is_due(trial):
    with time_machine.travel(trial.start + DECIDED, tick=False):
        document, _ = run("result", trial.campaign.pk)

    assert (document["state"], document["verdict"]) == ("due", "too early")
    assert document["sentence"].startswith("The window is over, but no purchases came in.")


def test_a_mismatch_hides_the_figures(trial, tmp_path):
    found = [*trial.arms["Reward 1"], *trial.arms["Control"][:60]]  # 40 of the control are not found
    document = told(trial, visiting(trial, treated=150, held=30), tmp_path, guests=found)

    assert (document["verdict"], lights(document)["sample_ratio"]) == ("do not read", "red")
    assert document["health"][1]["value"] < 0.001
    arm = arm_named(document, "Control")
    assert (arm["assigned"], arm["found"], arm["visited"], arm["spend"]) == (100, 60, None, None)
    assert {each["p"] for each in document["comparisons"]} == {None}


def test_a_file_that_ends_too_soon_hides_the_figures(trial, tmp_path):
    rows = [row for row in visiting(trial, treated=150, held=30) if row["purchased_at"] < f"{trial.start + 9 * DAY}"]
    document = told(trial, rows, tmp_path)

    assert (document["verdict"], lights(document)["coverage"]) == ("do not read", "red")


def test_many_lines_that_cannot_be_read_hide_the_figures(trial, tmp_path):
    rows = visiting(trial, treated=150, held=30)
    rows += [row | {"settlement_amount": "ten", "purchase_id": f"bad {row['purchase_id']}"} for row in rows[:5]]

    assert lights(told(trial, rows, tmp_path))["unreadable_lines"] == "red"


def test_visits_before_the_start_are_compared_by_arm(trial, tmp_path):
    before = [purchase(guest, trial.start - 9 * DAY, id=f"before {guest}") for guest in trial.arms["Control"][:50]]
    document = told(trial, [*visiting(trial, treated=150, held=30), *before], tmp_path)

    assert lights(document)["balance"] == "amber"
    assert arm_named(document, "Control")["visited"] == 30


def test_a_guest_in_two_arms_is_not_compared(trial, tmp_path):
    """One person has an address in each arm: the file of members gives both the same id."""
    one, other = trial.arms["Reward 1"][0], trial.arms["Control"][0]
    text = members(trial.everyone(), merchant=trial.merchant.thanx_id)
    number = "".join(filter(str.isdigit, one))
    text = text.replace(f"7,{''.join(filter(str.isdigit, other))},{other}", f"7,{number},{other}")
    with time_machine.travel(trial.start + DECIDED, tick=False):
        bring(tmp_path, trial.merchant, memberships=text, purchases=as_csv(visiting(trial, treated=150, held=30)))
        document, _ = run("result", trial.campaign.pk)

    double = next(check for check in document["health"] if check["check"] == "double_armed")
    assert double["value"] == pytest.approx(2 / 400)
    assert [arm_named(document, name)["visited"] for name in ("Reward 1", "Control")] == [149, 29]
    assert document["comparisons"][0]["difference"] == pytest.approx(149 / 299 - 29 / 99)


def test_without_a_control_nothing_was_caused(client, tmp_path):
    trial = Trial(client, guests=100, shares=(50, 50), control=0)
    rows = visiting(trial, treated=40, held=0, arm="Reward 2")
    document = told(trial, rows, tmp_path)

    assert (document["state"], document["verdict"], document["net"]) == ("read", None, [])
    assert "caused" not in document["sentence"]
    assert {each["arm"] for each in document["comparisons"]} == {"Reward 2"}


def test_guests_of_a_second_issuance_keep_their_arm_and_count_once(trial, tmp_path):
    trial.desk.confirmed(people(500))
    document = told(trial, visiting(trial, treated=150, held=30), tmp_path)

    assert [arm["assigned"] for arm in document["arms"]] == [375, 125]
    assert arm_named(document, "Reward 1")["visited"] == 150


def test_the_window_ends_with_that_of_the_latest_guests(trial):
    Campaign.objects.update(end_at=trial.start + 80 * DAY, redeemable_to=trial.start + 90 * DAY)
    second, latest = trial.desk.confirmed(people(500)), trial.start + 3 * DAY
    Issuance.objects.filter(pk=second.pk).update(confirmed_at=latest)

    window = run("result", trial.campaign.pk)[0]["window"]

    assert datetime.fromisoformat(window["from"]) == trial.start
    assert datetime.fromisoformat(window["to"]) == latest + 28 * DAY


def test_a_result_is_kept_until_something_changes(trial, tmp_path, django_assert_num_queries):
    told(trial, visiting(trial, treated=150, held=30), tmp_path)
    with time_machine.travel(trial.start + DECIDED, tick=False):
        assert count_one_result()
        assert not count_one_result()
        with django_assert_num_queries(2):
            run("result", trial.campaign.pk)
        bring(tmp_path, trial.merchant, visits=f"email,visited\n{trial.arms['Control'][40]},yes\n")
        assert arm_named(run("result", trial.campaign.pk)[0], "Control")["visited"] == 31
        assert count_one_result()

    assert CampaignResult.objects.get().due_at is None


def test_a_running_result_is_counted_again_at_its_decision_date(trial):
    assert count_one_result()

    row = CampaignResult.objects.get()
    assert row.due_at == min(trial.campaign.redeemable_to, trial.start + 28 * DAY) + 4 * DAY


def test_the_plan_is_fixed_with_the_confirmation_and_hashed_into_the_audit_trail(trial):
    plan, entry = ExperimentPlan.objects.get(), AuditEntry.objects.get(action="experiment's plan fixed")

    assert plan.fixed_at == trial.start
    assert plan.fixed["shares"] == {"Reward 1": 75, "Control": 25}
    assert entry.facts["plan"] == plan.digest
    trial.desk.confirmed(people(500))
    assert AuditEntry.objects.filter(action="experiment's plan fixed").count() == 1


def test_a_plan_that_is_changed_later_makes_the_result_exploratory(trial):
    change_plan(campaign=trial.campaign, window_days=7, settle_days=4, by=trial.desk.person, at=trial.start + DAY)
    document, _ = run("result", trial.campaign.pk)

    assert document["sentence"].startswith("Exploratory, since the plan was changed on")
    assert document["window"]["to"] == (trial.start + timedelta(days=7)).isoformat().replace("+00:00", "Z")


def test_an_issuance_into_one_arm_is_counted_where_no_other_dealt_arms(client, tmp_path):
    trial = Trial(client, guests=10, shares=(100,), control=0)
    Issuance.objects.update(only_variant=trial.campaign.variants.get())
    document = told(trial, visiting(trial, treated=4, held=0), tmp_path)

    assert arm_named(document, "Reward 1")["visited"] == 4
