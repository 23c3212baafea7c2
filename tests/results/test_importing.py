"""Outcomes come in: each counts once, in whatever order and however often, and nothing unusable leaves a trace."""

from datetime import timedelta

import pytest

from accounts.models import AuditEntry
from results.models import GuestLink, OutcomeFile, UsedReward, Visit
from tests.results.trial import DAY, Trial, arm_named, as_csv, bring, members, number, purchase, run
from tests.support.factories import IssuanceFactory, MerchantFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def trial(client):
    return Trial(client, guests=50)


def bought(trial, guest, id="p-1", after=DAY, **more):  # noqa: A002
    return purchase(guest, trial.start + after, id=id, **more)


def of(trial, **more):
    return members(trial.everyone(), merchant=trial.merchant.thanx_id, **more)


def counted(trial, name="Reward 1"):
    document, _ = run("result", trial.campaign.pk)
    found = arm_named(document, name)
    return found["visited"], found["visits"], found["spend"]


def test_purchases_are_joined_with_the_guests_of_both_arms(trial, tmp_path):
    treated, held = trial.arms["Reward 1"][0], trial.arms["Control"][0]
    rows = [bought(trial, treated), bought(trial, treated, "p-2"), bought(trial, held, "p-3")]
    rows += [bought(trial, "stranger999@example.com", "p-4")]
    told = bring(tmp_path, trial.merchant, memberships=of(trial), purchases=as_csv(rows))

    at = f"{trial.start + DAY:%Y-%m-%dT%H:%M:%SZ}"
    assert told["purchases"] == {
        "file": "purchases.csv",
        "kind": "purchases",
        "rows": 4,
        "matched": 3,
        "unmatched": 1,
        "rejected": 0,
        "unchanged": 0,
        "from": at,
        "to": at,
    }
    assert (told["memberships"]["kind"], told["memberships"]["matched"]) == ("memberships", 50)
    assert (counted(trial), counted(trial, "Control")) == ((1, 2, 20.0), (1, 1, 10.0))


def test_the_same_files_again_change_nothing(trial, tmp_path):
    files = {"memberships": of(trial), "purchases": as_csv([bought(trial, trial.everyone()[0])])}
    bring(tmp_path, trial.merchant, **files)
    before = counted(trial)
    again = bring(tmp_path, trial.merchant, **files)

    assert (again["purchases"]["unchanged"], again["memberships"]["unchanged"]) == (1, 50)
    assert (counted(trial), Visit.objects.count()) == (before, 1)


def test_files_that_overlap_count_a_purchase_once_and_the_settled_amount(trial, tmp_path):
    guest = trial.arms["Reward 1"][0]
    authorized = bought(trial, guest, settled="", authorized="12.00")
    settled = bought(trial, guest, settled="15.00", authorized="12.00")
    for purchases in ([settled], [authorized, bought(trial, guest, "p-2")], [authorized, settled]):
        told = bring(tmp_path, trial.merchant, memberships=of(trial), purchases=as_csv(purchases))

    assert counted(trial) == (1, 2, 25.0)
    assert told["purchases"]["matched"] == 2


def test_what_is_not_settled_yet_is_replaced_by_the_newer_file(trial, tmp_path):
    guest = trial.arms["Reward 1"][0]
    for amount in ("12.00", "9.50"):
        rows = [bought(trial, guest, settled="", authorized=amount)]
        bring(tmp_path, trial.merchant, memberships=of(trial), purchases=as_csv(rows))

    assert counted(trial) == (1, 1, 9.5)


def test_a_refund_is_no_visit_and_lowers_the_spend(trial, tmp_path):
    guest = trial.arms["Reward 1"][0]
    rows = [bought(trial, guest), bought(trial, guest, "p-2", settled="-4.00")]
    bring(tmp_path, trial.merchant, memberships=of(trial), purchases=as_csv(rows))

    assert counted(trial) == (1, 1, 6.0)


def test_only_visits_in_the_window_count(trial, tmp_path):
    guest = trial.arms["Reward 1"][0]
    rows = [bought(trial, guest, f"p-{days}", after=timedelta(days=days)) for days in (-3, 1, 400)]
    bring(tmp_path, trial.merchant, memberships=of(trial), purchases=as_csv(rows))

    assert counted(trial) == (1, 1, 10.0)


@pytest.mark.parametrize("header", ["email,visited", "E-mail;Visited", "EMAIL,VISITED"])
def test_a_simple_file_needs_no_memberships(trial, tmp_path, header):
    cut = ";" if ";" in header else ","
    guests = trial.arms["Reward 1"][:3]
    lines = [f"{guest}{cut}{word}" for guest, word in zip(guests, ("yes", "1", "no"), strict=True)]
    told = bring(tmp_path, trial.merchant, visits="\n".join([header, *lines, f"other@example.com{cut}yes"]))

    assert (told["visits"]["kind"], told["visits"]["matched"], told["visits"]["unmatched"]) == ("simple", 3, 1)
    assert counted(trial) == (2, 2, 0.0)


def test_a_simple_file_may_say_amounts_and_times(trial, tmp_path):
    guest = trial.arms["Reward 1"][0]
    at = (trial.start + DAY).isoformat()
    rows = [{"email": guest.upper(), "amount": "12.25", "at": at}]
    rows += [{"email": guest, "amount": "7", "at": (trial.start - DAY).isoformat()}]
    bring(tmp_path, trial.merchant, visits=as_csv([*rows, rows[0]]))

    assert counted(trial) == (1, 1, 12.25)


def test_used_rewards_are_counted_with_their_cost(trial, tmp_path):
    one, other, third = trial.arms["Reward 1"][:3]
    columns = {"merchant_id": "7", "program_id": "3", "used_at": f"{trial.start + DAY:%Y-%m-%d %H:%M:%S}"}
    rows = [
        {"reward_id": "1", **columns, "user_id": number(one), "state": "used", "estimated_cost": "2.50"},
        {"reward_id": "2", **columns, "user_id": number(other), "state": "used", "estimated_cost": ""},
        {"reward_id": "3", **columns, "user_id": number(third), "state": "refunded", "estimated_cost": "2.50"},
    ]
    programs = as_csv([{"program_id": "3", "program_uid": trial.campaign.thanx_id, "merchant_id": "7"}])
    bring(tmp_path, trial.merchant, rewards=as_csv(rows), programs=programs, memberships=of(trial))
    document, _ = run("result", trial.campaign.pk)

    found = arm_named(document, "Reward 1")
    assert (found["redeemed"], found["cost"]) == (2, 7.5)  # the second costs what its template says
    assert UsedReward.objects.count() == 3


def test_a_line_that_cannot_be_read_comes_back_and_the_others_count(trial, tmp_path):
    guest = trial.arms["Reward 1"][0]
    rows = [bought(trial, guest, f"p-{n}") for n in range(3)]
    rows += [bought(trial, guest, "p-8", settled="$12.50"), bought(trial, guest, "p-9") | {"purchased_at": "soon"}]
    paths = [tmp_path / "memberships.csv", tmp_path / "purchases.csv"]
    for path, text in zip(paths, (of(trial), as_csv(rows)), strict=True):
        path.write_text(text)
    back = tmp_path / "back.csv"
    told, _ = run("import_outcomes", *paths, "--merchant", trial.merchant.handle, "--rejected", back)

    assert [each["rejected"] for each in told["files"]] == [0, 2]
    lines = back.read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].startswith("file,line,reason,purchase_id,")
    assert lines[1].startswith("purchases.csv,5,The amount is not a plain number such as 12.50.,p-8,")
    assert lines[2].startswith("purchases.csv,6,The time cannot be read.")
    assert counted(trial) is not None


def test_members_of_no_campaign_are_not_kept(trial, tmp_path):
    guests = [*trial.everyone(), "stranger999@example.com"]
    told = bring(tmp_path, trial.merchant, memberships=members(guests, merchant=trial.merchant.thanx_id))

    assert (told["memberships"]["matched"], told["memberships"]["unmatched"]) == (50, 1)
    assert GuestLink.objects.count() == 2 * 50  # by both ids that Thanx has


def test_an_import_is_in_the_audit_trail(trial, tmp_path):
    bring(tmp_path, trial.merchant, memberships=of(trial))

    entry = AuditEntry.objects.get(action="outcomes imported")
    assert entry.facts["kinds"] == ["memberships"]
    assert (entry.facts["rows"], entry.facts["matched"]) == (50, 50)


def _purchases(trial, **more):
    return as_csv([bought(trial, trial.everyone()[0], **more)])


def _simple(trial, **cells):
    return as_csv([{"email": trial.everyone()[0], **cells}])


REFUSED = {
    "purchases without memberships": (
        lambda trial: {"purchases": _purchases(trial)},
        "These purchases name guests by a number that only memberships.csv explains. Add it.",
    ),
    "another merchant's memberships": (
        lambda trial: {"memberships": members(trial.everyone(), merchant="another"), "purchases": _purchases(trial)},
        "These files are of another merchant.",
    ),
    "purchases of another merchant": (
        lambda trial: {"memberships": of(trial), "purchases": _purchases(trial).replace(",7,", ",8,")},
        "These files are of another merchant.",
    ),
    "people who are no guests": (
        lambda trial: {"memberships": members(["stranger999@example.com"], merchant=trial.merchant.thanx_id)},
        "None of the guests in memberships.csv got a reward of",
    ),
    "a window that is not covered": (
        lambda trial: {"memberships": of(trial), "purchases": _purchases(trial, after=-9 * DAY)},
        "Add a file that reaches beyond that day.",
    ),
    "amounts with a currency": (
        lambda trial: {"visits": _simple(trial, amount="$5")},
        "not a plain number such as 12.50",
    ),
    "times without a zone": (
        lambda trial: {"visits": _simple(trial, visited="1", at="2026-06-01 12:00")},
        "The time has no time zone. Write it as 2026-05-01T12:30:00Z.",
    ),
    "another table": (lambda trial: {"menu": "dish,price\nTaco,3\n"}, "cannot be used. Add memberships"),
    "only a header": (lambda trial: {"visits": "email,visited\n"}, "has no lines below its header"),
    "no table": (lambda trial: {"visits": b"%PDF-1.4 nothing"}, "visits.csv: "),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_used_says_what_to_bring_and_leaves_nothing(trial, tmp_path, case):
    files, sentence = REFUSED[case]
    said = bring(tmp_path, trial.merchant, code=1, **files(trial))

    assert sentence in said
    assert said.endswith("Nothing was kept.")
    assert [model.objects.count() for model in (Visit, GuestLink, UsedReward, OutcomeFile)] == [0, 0, 0, 0]


def test_a_merchant_without_guests_is_told_to_issue_first(tmp_path):
    merchant = MerchantFactory(name="Peño's")
    IssuanceFactory(state="draft", confirmed_at=None, campaign__merchant=merchant)
    said = bring(tmp_path, merchant, code=1, visits="email,visited\nana@example.com,1\n")

    assert said == ("No campaign of Peño's has guests yet. Issue rewards first, then add outcomes. Nothing was kept.")


def test_bad_usage_ends_with_two(trial, tmp_path):
    bring(tmp_path, MerchantFactory.build(handle="nowhere"), code=2, visits="email,visited\n")
    run("import_outcomes", tmp_path / "missing.csv", "--merchant", trial.merchant.handle, code=2)


def test_guests_of_a_later_issuance_are_found_by_the_same_files(trial, tmp_path):
    later = "email\nlater777@example.com\nmore778@example.com\n"
    everyone = [*trial.everyone(), "later777@example.com", "more778@example.com"]
    files = {
        "memberships": members(everyone, merchant=trial.merchant.thanx_id),
        "purchases": as_csv([bought(trial, "later777@example.com", after=2 * DAY)]),
    }
    assert bring(tmp_path, trial.merchant, **files)["purchases"]["unmatched"] == 1
    trial.desk.confirmed(later.encode())
    assert bring(tmp_path, trial.merchant, **files)["purchases"]["matched"] == 1


def used(trial, guest):
    when = f"{trial.start + DAY:%Y-%m-%d %H:%M:%S}"
    row = {"reward_id": "1", "merchant_id": "7", "program_id": "3", "used_at": when, "user_id": number(guest)}
    return as_csv([{**row, "state": "used", "estimated_cost": "2.50"}])


@pytest.mark.parametrize("together", [True, False], ids=["together", "memberships first"])
def test_fuller_memberships_bring_what_the_same_files_told_of_guests_unknown_before(trial, tmp_path, together):
    guest = trial.arms["Reward 1"][0]
    others = [one for one in trial.everyone() if one != guest]
    told = {"purchases": as_csv([bought(trial, guest)]), "rewards": used(trial, guest)}
    bring(tmp_path, trial.merchant, memberships=members(others, merchant=trial.merchant.thanx_id), **told)
    assert (Visit.objects.count(), UsedReward.objects.count()) == (0, 0)
    if together:
        found = bring(tmp_path, trial.merchant, memberships=of(trial), **told)
    else:
        bring(tmp_path, trial.merchant, memberships=of(trial))
        found = bring(tmp_path, trial.merchant, **told)

    assert [(found[name]["matched"], found[name]["unchanged"]) for name in told] == [(1, 0), (1, 0)]
    assert (Visit.objects.count(), UsedReward.objects.count()) == (1, 1)
    again = bring(tmp_path, trial.merchant, memberships=of(trial), **told)
    assert [again[name]["unchanged"] for name in told] == [1, 1]


def test_programs_name_the_rewards_of_the_same_file_and_go_on_naming_them(trial, tmp_path):
    guest = trial.arms["Reward 1"][0]
    programs = as_csv([{"program_id": "3", "program_uid": trial.campaign.thanx_id, "merchant_id": "7"}])
    bring(tmp_path, trial.merchant, memberships=of(trial), rewards=used(trial, guest))
    bring(tmp_path, trial.merchant, programs=programs, rewards=used(trial, guest))
    assert UsedReward.objects.get().program_uid == trial.campaign.thanx_id
    bring(tmp_path, trial.merchant, memberships=of(trial, note="newer"), rewards=used(trial, guest))
    assert UsedReward.objects.get().program_uid == trial.campaign.thanx_id
