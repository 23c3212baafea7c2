"""The pages of results: the list, one result with its picture, and its figures as files."""

import csv
import io
import json
from functools import partial

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from results.counting.counting_step import count_one_result
from tests.results.trial import DAY, Trial, as_csv, bring, members, purchase, run

pytestmark = pytest.mark.django_db
DECIDED = 26 * DAY


@pytest.fixture
def trial(client):
    return Trial(client, guests=400, shares=(75,), control=25)


def told(trial, tmp_path, *, treated=150, held=30, found=None, after=DECIDED):
    arms = (("Reward 1", treated), ("Control", held))
    rows = [
        purchase(guest, trial.start + (0.5 + 20 * (place % 2)) * DAY, id=f"{name}-{place}")
        for name, number in arms
        for place, guest in enumerate(trial.arms.get(name, [])[:number])
    ]
    with time_machine.travel(trial.start + after, tick=False):
        everyone = members(found or trial.everyone(), merchant=trial.merchant.thanx_id)
        bring(tmp_path, trial.merchant, memberships=everyone, purchases=as_csv(rows))
        while partial(count_one_result, clock=timezone.now)():
            pass


def at(trial, name="result", *, key=True):
    return reverse(f"results:{name}", args=[trial.merchant.handle, *([trial.campaign.pk] if key else [])])


def page(trial, client, name="result", *, key=True, after=DECIDED):
    with time_machine.travel(trial.start, tick=False):  # the session would have ended until then
        answer = client.get(at(trial, name, key=key))
    assert answer.status_code == 200
    return answer.content.decode() if not answer.streaming else b"".join(answer.streaming_content).decode()


def test_a_result_says_what_the_reward_changed(trial, client, tmp_path):
    told(trial, tmp_path)
    html = page(trial, client)

    assert "Clear gain" in html
    assert "The reward caused visits: of 100 guests, 20.0 more came than without it" in html
    assert "The result is read on" in html
    assert "+20.0 points" in html
    assert "+$600.00" in html
    assert '<circle class="whisker-middle"' in html
    assert "Visits for every 1,000 guests so far" in html


def test_a_red_check_shows_no_figure(trial, client, tmp_path):
    told(trial, tmp_path, found=[*trial.arms["Reward 1"], *trial.arms["Control"][:50]])
    html = page(trial, client)

    assert "Do not read this result" in html
    assert "The groups cannot be compared." in html
    assert "whisker" not in html
    assert "points" not in html
    assert "$" not in html.partition("<main")[2].partition("Guests by group")[2]


def test_before_the_decision_date_there_are_counts_only(trial, client, tmp_path):
    told(trial, tmp_path, after=22 * DAY)
    html = page(trial, client)

    assert "Too early" in html
    assert ">150<" in html
    assert "whisker" not in html


def test_without_a_control_nothing_is_called_caused(client, tmp_path):
    trial = Trial(client, guests=100, shares=(50, 50), control=0)
    told(trial, tmp_path, treated=30, held=0)
    html = page(trial, client)

    assert "Without a control group, nothing can say what the reward changed" in html
    assert "Against the first group" in html
    assert "caused" not in html
    assert "held back" not in html.partition("<main")[2].replace("guests who were held back", "")


def test_the_list_has_every_campaign_with_guests_and_its_verdict(trial, client, tmp_path):
    assert "It is being counted." in page(trial, client, "list", key=False)
    assert "It is being counted." in page(trial, client)
    told(trial, tmp_path)
    html = page(trial, client, "list", key=False)

    assert trial.campaign.name in html
    assert "Clear gain" in html


def test_the_pages_ask_the_database_as_often_for_many_guests_as_for_few(
    trial, client, tmp_path, django_assert_max_num_queries
):
    told(trial, tmp_path)
    with django_assert_max_num_queries(16):
        page(trial, client)
    with django_assert_max_num_queries(16):
        page(trial, client, "list", key=False)


def test_the_figures_leave_as_files_with_the_plan_and_the_version(trial, client, tmp_path, settings):
    told(trial, tmp_path)
    with time_machine.travel(trial.start + DECIDED, tick=False):
        document, _ = run("result", trial.campaign.pk)
    whole = json.loads(page(trial, client, "result-json"))
    lines = list(csv.DictReader(io.StringIO(page(trial, client, "result-csv").removeprefix("\ufeff"))))

    assert {name: whole[name] for name in document} == document
    assert whole["plan"]["metric"] == "visited"
    assert len(whole["plan_digest"]) == 64
    assert whole["version"] == settings.VERSION
    named = {(line["part"], line["name"], line["figure"]): line["value"] for line in lines}
    assert named["result", "", "verdict"] == "clear gain"
    assert float(named["comparisons", "Reward 1, visited", "difference"]) == pytest.approx(0.2)
