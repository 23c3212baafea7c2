"""The command line of catalog and campaigns: one JSON document on stdout, prose on stderr, an exit code."""

import io
import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from campaigns.models import Campaign, Merchant, RewardTemplate
from campaigns.states import CampaignState
from engine.models import WorkerBeat
from partner_api.models import Exchange
from tests.campaigns.conftest import BURGERS

pytestmark = pytest.mark.django_db


class Run:
    """What a command printed and how it ended."""

    def __init__(self, *arguments: str) -> None:
        out, err = io.StringIO(), io.StringIO()
        self.code, self.error = 0, ""
        try:
            call_command(*arguments, stdout=out, stderr=err)
        except CommandError as error:
            self.code, self.error = error.returncode, str(error)
        self.out, self.err = out.getvalue(), err.getvalue()

    @property
    def document(self):
        return json.loads(self.out)


@pytest.fixture
def spec(burgers, tmp_path):
    templates = burgers.reward_templates.published()
    document = {
        "merchant_id": burgers.thanx_id,
        "name": "Señor's <comeback>",
        "objective": "Bring back guests.",
        "fine_print": "One per visit.",
        "start_at": "2036-07-01T00:00:00Z",
        "end_at": "2036-07-08T00:00:00Z",
        "redeemable_from": "2036-07-01T00:00:00Z",
        "redeemable_to": "2036-07-31T00:00:00Z",
        "variants": [
            {"name": "Free burger", "reward_template_id": templates[0].thanx_id},
            {"name": "Three dollars", "reward_template_id": templates[1].thanx_id},
            {"name": "Control"},
        ],
    }

    def write(**changed) -> str:
        path = tmp_path / "spec.json"
        path.write_text(json.dumps(document | changed))
        return str(path)

    return write


def test_a_fresh_installation_reads_its_catalog_without_a_worker(sandbox):
    run = Run("sync_catalog", "--json")

    assert run.code == 0
    assert "No worker has been heard from" in run.err
    assert run.document["merchants"] == 5
    assert run.document["reward_templates"] > 100
    assert run.document["locations"] > 10
    assert run.document["scopes"] == ["rewards.issue"]


def test_one_merchant_can_be_read_alone(burgers, sandbox):
    before = Merchant.objects.get(handle=BURGERS).as_of
    Exchange.objects.update(at=before - timedelta(minutes=2))  # what was read just before is not read again

    run = Run("sync_catalog", "--merchant", BURGERS, "--json")

    assert (run.code, run.document["merchants"]) == (0, 1)
    assert Merchant.objects.get(handle=BURGERS).as_of > before
    assert not Merchant.objects.exclude(handle=BURGERS).exclude(as_of=None).exists()
    assert Run("sync_catalog", "--merchant", "nobody").code == 2


def test_half_a_catalog_is_no_success_and_names_the_merchants(sandbox):
    sandbox.fault("rate_limited", path="/partner/reward_templates", after=2, retry_after=300)

    run = Run("sync_catalog", "--no-wait", "--json")

    unread = Merchant.objects.filter(as_of=None)
    assert (run.code, run.error) == (1, "The catalog is not complete.")
    assert unread.exists()
    assert all(f"{merchant.name} ({merchant.handle}) was not read: " in run.err for merchant in unread)
    assert "Thanx allows no more calls now." in run.err


def test_a_limit_is_waited_for_and_the_rest_is_read(sandbox):
    sandbox.fault("rate_limited", path="/partner/reward_templates", after=2, times=1, retry_after=1)

    run = Run("sync_catalog", "--json")

    assert run.code == 0
    assert not Merchant.objects.filter(as_of=None).exists()


def test_what_one_merchant_lacks_is_named_with_the_remedy(burgers, sandbox):
    Merchant.objects.exclude(handle=BURGERS).update(as_of=timezone.now())
    Merchant.objects.filter(handle=BURGERS).update(as_of=None, problem="unknown_merchant")

    run = Run("sync_catalog", "--merchant", BURGERS, "--no-wait")

    assert run.code == 1
    assert f"({BURGERS}) was not read: Thanx does not know this merchant any more." in run.err


def test_a_credential_that_is_refused_ends_with_one_and_the_remedy(sandbox, settings):
    settings.THANX_ACCESS_TOKEN = "wrong"

    run = Run("sync_catalog", "--json")

    assert run.code == 1
    assert run.document == {"merchants": 0, "reward_templates": 0, "locations": 0, "scopes": []}
    assert "check the client id and the access token" in run.err


def test_a_campaign_is_created_from_a_document(spec, sandbox):
    run = Run("create_campaign", spec(), "--json")

    campaign = Campaign.objects.get()
    made = {each["name"]: each["id"] for each in sandbox.books()["campaigns"][0]["variants"]}
    assert run.code == 0
    assert run.document == {
        "id": campaign.pk,
        "thanx_id": campaign.thanx_id,
        "state": "live",
        "variants": [
            {"name": "Free burger", "thanx_id": made["Free burger"], "share": 45},
            {"name": "Three dollars", "thanx_id": made["Three dollars"], "share": 45},
            {"name": "Control", "thanx_id": made["Control"], "share": 10},
        ],
    }


def test_shares_and_the_handle_of_a_merchant_are_understood(spec):
    shares = {"Free burger": 70, "Three dollars": 10, "Control": 20}

    run = Run("create_campaign", spec(merchant_id=BURGERS, shares=shares), "--json", "--no-wait")

    assert (run.code, run.document["state"], run.document["thanx_id"]) == (0, "queued", None)
    assert {each["name"]: each["share"] for each in run.document["variants"]} == shares


@pytest.mark.parametrize(
    ("name", "local"),
    [("start_at", "2027-03-14T02:30"), ("end_at", "2027-11-07T01:30")],
    ids=["an hour that is skipped", "an hour that comes twice"],
)
def test_a_local_time_that_is_no_moment_or_two_is_refused_in_the_words_of_the_page(burgers, spec, name, local):
    Merchant.objects.filter(pk=burgers.pk).update(time_zone="America/New_York")

    run = Run("create_campaign", spec(**{name: local}), "--json")

    assert run.code != 0
    assert f"{name}: The clocks change at this hour. Choose another time." in run.error
    assert not Campaign.objects.exists()


def test_a_worker_that_has_been_heard_from_does_the_work(spec):
    WorkerBeat.objects.create(worker="w", started_at=timezone.now(), heard_at=timezone.now())

    run = Run("create_campaign", spec(), "--json", "--timeout=0.3")

    assert run.code == 1
    assert "No worker" not in run.err
    assert Campaign.objects.get().state == CampaignState.QUEUED


def test_what_thanx_refuses_ends_with_one(spec, sandbox):
    sandbox.unpublish(RewardTemplate.objects.published()[0].thanx_id)

    run = Run("create_campaign", spec(), "--json")

    assert (run.code, run.document["state"], run.document["thanx_id"]) == (1, "refused", None)
    assert "reward_template_id" in run.error


def test_what_is_not_ready_ends_with_one_and_leaves_no_draft(spec, sandbox):
    run = Run("create_campaign", spec(objective="", end_at="2020-01-01T00:00:00Z"), "--json")

    assert run.code == 1
    assert [problem["field"] for problem in run.document["problems"]] == ["objective", "end_at"]
    assert not Campaign.objects.kept().exists()
    assert sandbox.books()["campaigns"] == []


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"merchant_id": "nobody"}, "merchant_id"),
        ({"variants": "two"}, "variants"),
        ({"start_at": "tomorrow"}, "start_at"),
        ({"shares": {"Free burger": 100}}, "shares"),
        ({"name": 5}, "name"),
    ],
)
def test_a_document_that_cannot_be_read_is_bad_usage(spec, changed, named):
    run = Run("create_campaign", spec(**changed), "--json")

    assert (run.code, run.out) == (2, "")
    assert named in run.error
    assert not Campaign.objects.exists()


def test_what_is_no_document_is_bad_usage(db, tmp_path):
    (tmp_path / "broken.json").write_text("{")

    assert Run("create_campaign", str(tmp_path / "broken.json")).code == 2
    assert Run("create_campaign", str(tmp_path / "missing.json")).code == 2
