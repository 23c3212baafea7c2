"""The evidence is complete and dated, its digests match, and it holds no secret and no guest."""

import hashlib
import io
import json
import re
import subprocess
import zipfile
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import AuditEntry
from campaigns.models import Campaign
from certification import evidence
from certification.evidence import Leaking, bundle
from partner_api.models import Exchange
from tests.support.certification.exchanges import exchanged, issued
from tests.support.factories import MembershipFactory, UserFactory, create_live_campaign
from tests.support.steps import poll_one_batch, submit_one_batch

pytestmark = pytest.mark.django_db
BUTTON = "/staff/certification/evidence/"
PARTS = ["report.html", "evidence.json", "calls.csv", "SHA256SUMS"]


@pytest.fixture
def with_secrets(settings):
    settings.THANX_API_URL = "https://api.thanxsandbox.com"
    settings.THANX_CLIENT_ID, settings.THANX_ACCESS_TOKEN = "client-kept-quiet", "token-kept-quiet"
    settings.THANX_WEBHOOK_SECRETS = ["webhooks-kept-quiet"]


def lately():
    return bundle(since=timezone.now() - timedelta(days=1), until=timezone.now())


def test_it_is_for_operators_only_and_each_export_is_audited(client):
    client.force_login(MembershipFactory().user)
    assert client.post(BUTTON).status_code == 404
    client.force_login(UserFactory(is_staff=True))
    assert client.get(BUTTON).status_code == 302

    archive = client.post(BUTTON, {"period": "day"})

    assert archive["Content-Type"] == "application/zip"
    entry = AuditEntry.objects.get(action="evidence.exported")
    assert f'filename="{entry.facts["bundle"]}.zip"' in archive["Content-Disposition"]


@pytest.mark.usefixtures("with_secrets")
def test_the_archive_holds_every_part_and_its_digest(operator):
    issued()

    archive = zipfile.ZipFile(io.BytesIO(operator.post(BUTTON, {"period": "day"}).content))

    names = [name.rpartition("/")[2] for name in archive.namelist()]
    parts = dict(zip(names, map(archive.read, archive.namelist()), strict=True))
    assert names == PARTS
    told = dict(line.split("  ")[::-1] for line in parts.pop("SHA256SUMS").decode().splitlines())
    assert told == {name: hashlib.sha256(content).hexdigest() for name, content in parts.items()}


@pytest.mark.usefixtures("with_secrets")
def test_the_report_stands_by_itself_and_leads_to_the_calls_that_it_names():
    bare = exchanged(header_names=["Accept"])

    report = lately().parts["report.html"].decode()

    assert "api.thanxsandbox.com" in report
    assert "0 of 1 call carried all five headers" in report
    assert f'href="#call-{bare.pk}"' in report
    assert f'id="call-{bare.pk}"' in report
    assert not re.search(r"(src|href)=\"(?!#)", report)
    assert "@media print" in report
    assert "&quot;" not in re.search(r"<style>(.*?)</style>", report, re.DOTALL)[1]


@pytest.mark.usefixtures("with_secrets")
def test_the_json_holds_the_verdicts_and_every_call_of_the_period():
    calls = [exchanged(of="one"), issued()]
    exchanged(of="old", seconds_ago=3 * 24 * 3600)
    exchanged(of="other", host="api.thanx.com")

    told = json.loads(lately().parts["evidence.json"])

    assert [call["id"] for call in told["calls"]] == [call.pk for call in calls]
    assert told["calls"][1]["idempotency_key"] == str(calls[1].idempotency_key)
    assert (told["environment"], told["failed"]) == ("SANDBOX", 0)
    assert sum(len(group["lines"]) for group in told["groups"]) == told["passed"] + told["not_shown"]


def test_real_work_leaves_no_secret_and_no_guest_in_any_part(batch, sandbox, clock, settings):
    settings.THANX_WEBHOOK_SECRETS = ["webhooks-kept-quiet"]
    campaign = batch.issuance.campaign
    Campaign.objects.filter(pk=campaign.pk).update(
        made_elsewhere=False, first_attempt_at=clock.now(), name="For ana@example.com, call +1 212 555 0123"
    )
    submit_one_batch()
    clock.forward(seconds=30)
    poll_one_batch()

    parts = bundle(since=clock.now() - timedelta(hours=1), until=clock.now()).parts

    whole = b"".join(parts.values()).decode()
    assert "POST" in whole
    assert "For •••" in whole
    quiet = (
        sandbox.token,
        sandbox.client_id,
        "webhooks-kept-quiet",
        "example.com",
        "2125550123",
        "555 0123",
        "notfound",
    )
    assert [word for word in quiet if word in whole] == []
    assert str(Exchange.objects.get(method="POST").idempotency_key) in whole


@pytest.mark.usefixtures("with_secrets")
@pytest.mark.parametrize("secret", ["client-kept-quiet", "token-kept-quiet", "webhooks-kept-quiet"])
def test_a_part_that_holds_a_secret_is_not_handed_out(operator, secret):
    campaign = create_live_campaign(name=f"Ours is {secret}")
    Campaign.objects.filter(pk=campaign.pk).update(first_attempt_at=timezone.now())

    with pytest.raises(Leaking):
        lately()
    answer = operator.post(BUTTON, {"period": "day"}, follow=True)

    assert "nothing is handed out" in answer.text
    assert not AuditEntry.objects.exists()


@pytest.mark.usefixtures("with_secrets")
def test_the_command_writes_the_same_and_the_digests_check_out(tmp_path):
    exchanged()
    out = io.StringIO()

    call_command("evidence", "--out", str(tmp_path), "--hours", "2", stdout=out)

    (folder,) = tmp_path.iterdir()
    assert out.getvalue().strip() == str(folder)
    assert sorted(file.name for file in folder.iterdir()) == sorted(PARTS)
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=folder, check=True)


@pytest.mark.usefixtures("with_secrets")
def test_what_cannot_be_written_is_said_and_ends_with_1(tmp_path):
    (tmp_path / "file").write_text("no folder")

    with pytest.raises(CommandError) as refused:
        call_command("evidence", "--out", str(tmp_path / "file"))

    assert refused.value.returncode == 1


def test_calls_are_counted_by_kind():
    first, second = exchanged(of="1"), exchanged(of="2", error_class="Unavailable", status=500)
    exchanged("/partner/scopes")
    sent = evidence.exchanges.sent(Exchange.objects.all())

    found = [(each.path, each.calls, each.failed) for each in evidence.operations(sent)]

    assert found == [(first.path_template, 2, 1), ("/partner/scopes", 1, 0)]
    assert second.pk
