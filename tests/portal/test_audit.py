"""Whatever a person changes at a merchant leaves one row: who, what, which object, which merchant, which file."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from accounts.models import AuditEntry, Role
from campaigns import halts
from campaigns.models import Campaign
from campaigns.states import CampaignState
from issuance import approvals, confirmation, settling, stopping
from issuance.models import Batch, Failure, Issuance
from issuance.problems import Problem
from issuance.states import BatchState
from tests.factories import CampaignFactory, MembershipFactory, create_batch_with_job
from tests.issuance.desk import Desk

pytestmark = pytest.mark.django_db

LOOKING = {"guests:find", "guests:issual", "issuance:failures", "issuance:recipients"}
"""They are posted to as well, because whom somebody looks for must not stand in an address. They change nothing."""


WITH_THANX = {"guests:settings"}
"""They speak to Thanx at once; that each leaves one row is shown with the sandbox, in tests/guests."""


@pytest.fixture
def desk(client):
    return Desk(client, role=Role.MANAGER, shares=(45, 45), control=10)


# --- Each of these is what a browser sends, and the object that it is about -------------------------------------


def campaign(desk, state, **fields) -> Campaign:
    thanx_id = {} if state == CampaignState.LIVE else {"thanx_id": None}
    return CampaignFactory(merchant=desk.merchant, state=state, **thanx_id, **fields)


def with_job(desk, **fields) -> Batch:
    variant = desk.campaign.variants.first()
    issuance = desk.confirmed()
    return create_batch_with_job(issuance=issuance, variant=variant, number=9, **fields)


def new_campaign(desk):
    return "campaigns:new", [], {"save": "1", "name": "Autumn"}


def edit(desk):
    return "campaigns:edit", [campaign(desk, CampaignState.DRAFT).pk], {"save": "1", "name": "Autumn"}


def review(desk):
    content = {"save": "1", **ready_draft(desk)}
    desk.client.post(reverse("campaigns:new", args=[desk.merchant.handle]), content)
    return "campaigns:review", [Campaign.objects.latest("pk").pk], {}


def ready_draft(desk):
    days = [(timezone.now() + timedelta(days=ahead)).strftime("%Y-%m-%dT%H:%M") for ahead in (1, 8, 1, 15)]
    dates = dict(zip(("start_at", "end_at", "redeemable_from", "redeemable_to"), days, strict=True))
    template = desk.campaign.variants.first().reward_template
    arm = {"arm-0-name": "Burger", "arm-0-share": "100", "arm-0-template": str(template.pk)}
    return {"name": "Autumn", "objective": "Bring guests back.", "fine_print": "One a visit.", **dates, **arm}


def discard_campaign(desk):
    return "campaigns:discard", [campaign(desk, CampaignState.DRAFT).pk], {}


def take_back(desk):
    return "campaigns:take-back", [campaign(desk, CampaignState.REFUSED).pk], {}


def duplicate(desk):
    return "campaigns:duplicate", [desk.campaign.pk], {}


def shares(desk):
    first, second, third = desk.campaign.variants.all()
    return (
        "campaigns:shares",
        [desk.campaign.pk],
        {f"share-{arm.pk}": n for arm, n in ((first, 60), (second, 30), (third, 10))},
    )


def refresh(desk):
    return "campaigns:refresh", [], {}


def new_issuance(desk):
    return f"issuance:new?campaign={desk.campaign.pk}", [], {"arm": "split"}


def people(desk):
    return "issuance:people", [desk.draft().pk], {"file": SimpleUploadedFile("people.csv", b"email\nana@example.com\n")}


def columns(desk):
    return "issuance:columns", [desk.ready().pk], {"email": "1", "phone": "none", "prefers": "phone"}


def confirm(desk):
    return "issuance:confirm", [desk.ready().pk], {}


def waiting(desk):
    """Return an issuance for which a marketer asks for approval."""
    issuance = desk.ready()
    marketer = MembershipFactory(merchant=desk.merchant, role=Role.MARKETER).user
    approvals.ask(issuance=issuance, by=marketer, at=timezone.now(), acknowledged_same_file=True)
    return [issuance.pk]


def ask(desk):
    return "issuance:ask", [desk.ready().pk], {}


def approve(desk):
    return "issuance:approve", waiting(desk), {}


def decline(desk):
    return "issuance:decline", waiting(desk), {"reason": "The wrong list."}


def withdraw(desk):
    return "issuance:withdraw", waiting(desk), {}


def start_now(desk):
    issuance = desk.ready()
    put_off = {"grace": timedelta(minutes=1), "acknowledged_same_file": True}
    confirmation.confirm(issuance=issuance, by=None, at=timezone.now(), **put_off)
    return "issuance:start-now", [issuance.pk], {}


def discard_issuance(desk):
    return "issuance:discard", [desk.ready().pk], {}


def failure(desk, **fields) -> Failure:
    batch = with_job(desk, state=BatchState.COMPLETED, issued_count=99, failed_count=1)
    seen = {"reason_code": "other", "seen_at": timezone.now()}
    return Failure.objects.create(batch=batch, position=0, **seen, **fields)


def retry(desk):
    return "issuance:retry", [failure(desk).batch.issuance_id], {}


def edit_failures(desk):
    failed = failure(desk)
    return "issuance:edit-failures", [failed.batch.issuance_id], {f"guest-{failed.pk}": "zoe@example.com"}


def settle(desk):
    return "issuance:settle", [failure(desk).batch.issuance_id], {"note": "They moved away."}


def reopen(desk):
    issuance, now = failure(desk).batch.issuance, timezone.now()
    row = settling.settle(issuance=issuance, failures=Failure.objects.all(), note="Gone", by=None, at=now)
    return "issuance:reopen", [issuance.pk, row.pk], {}


def revoke(desk):
    batch = with_job(desk, state=BatchState.COMPLETED, issued_count=100, failed_count=0)
    return "issuance:revoke", [batch.issuance_id], {"reason": "wrong people", "number": "100"}


def reissue(desk):
    batch = with_job(desk, state=BatchState.REVOKED, issued_count=100, failed_count=0)
    return "issuance:reissue", [batch.issuance_id], {"people": "same", "chosen": str(desk.campaign.pk)}


def canary(desk):
    return "issuance:canary", [desk.ready().pk], {"wanted": "yes"}


def pause(desk):
    return "issuance:pause", [desk.confirmed().pk], {}


def resume(desk):
    issuance = desk.confirmed()
    stopping.pause(issuance=issuance, by=None, at=timezone.now())
    return "issuance:resume", [issuance.pk], {}


def stop(desk):
    return "issuance:stop", [desk.confirmed().pk], {}


def stop_sending(desk):
    return "issuance:stop-sending", [], {"reason": "The till prints the wrong price."}


def resume_sending(desk):
    halts.stop(merchant=desk.merchant, by=None, at=timezone.now(), reason="The till prints the wrong price.")
    return "issuance:resume-sending", [], {}


def check_now(desk):
    batch = with_job(desk)
    return "issuance:check-now", [batch.issuance_id, batch.number], {}


def decide(desk):
    batch = with_job(desk, state=BatchState.NEEDS_ATTENTION, error_code=Problem.JOB_STUCK)
    return "issuance:decide", [batch.issuance_id, batch.number], {"decision": "watch_again"}


ACTS = [
    *(new_campaign, edit, review, discard_campaign, take_back, duplicate, shares, refresh),
    *(new_issuance, people, columns, canary, confirm, discard_issuance, retry, revoke, check_now, decide),
    *(edit_failures, settle, reopen, reissue),
    *(ask, approve, decline, withdraw),
    *(start_now, pause, resume, stop, stop_sending, resume_sending),
]


def post(desk, name, args, data):
    name, _, query = name.partition("?")
    return desk.client.post(reverse(name, args=[desk.merchant.handle, *args]) + f"?{query}", data)


@pytest.mark.parametrize("act", ACTS)
def test_an_act_leaves_exactly_one_row(act, desk):
    name, args, data = act(desk)
    before = set(AuditEntry.objects.values_list("pk", flat=True))

    answer = post(desk, name, args, data)

    (entry,) = AuditEntry.objects.exclude(pk__in=before)
    assert answer.status_code == 302
    assert (entry.by, entry.merchant) == (desk.person, desk.merchant)
    assert entry.object_id


def test_nothing_that_can_be_posted_to_is_missing_here(desk):
    tried = {act(desk)[0].partition("?")[0] for act in ACTS}

    asked = {name: desk.client.post(address).status_code for name, address in addresses(desk.merchant.handle)}
    assert {name for name, status in asked.items() if status != 405} == tried | LOOKING | WITH_THANX


def addresses(handle):
    """Yield the name and the address of every page of a merchant; no object has the number 0."""
    for entry in get_resolver().url_patterns:
        if isinstance(entry, URLResolver) and str(entry.pattern) == "m/<slug:handle>/":
            for page in entry.url_patterns:
                assert isinstance(page, URLPattern)
                name = f"{entry.app_name}:{page.name}"
                parts = str(page.pattern).split("/")
                named = [0 if "<int:" in part else "0" * 32 for part in parts if "<" in part]
                yield name, reverse(name, args=[handle, *named])


def test_arms_that_moved_have_the_people_read_again_and_that_leaves_a_row_too(desk):
    first, second = desk.ready(), desk.ready()
    first.batches.update(variant=desk.campaign.variants.get(name="Control"))
    desk.post("confirm", first, {"again": "on"})

    desk.post("confirm", second, {"again": "on"})

    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.object_id) == ("people read again", str(second.pk))


def test_what_is_refused_leaves_none(desk):
    issuance = desk.ready()
    before = AuditEntry.objects.count()

    desk.post("revoke", issuance, {"reason": "wrong people", "number": "1"})
    desk.post("people", issuance, {})

    assert AuditEntry.objects.count() == before


def test_a_file_is_known_by_its_digest_wherever_it_is_decided_about(desk):
    issuance = desk.ready()
    digest = issuance.upload.digest

    desk.post("columns", issuance, {"email": "1", "phone": "none", "prefers": "phone"})
    desk.post("discard", issuance)

    told = dict(AuditEntry.objects.values_list("action", "file_digest"))
    assert told == {"issuance begun": "", "people added": digest, "columns changed": digest, "draft discarded": digest}


def test_a_row_says_how_things_stood_before(desk):
    issuance = desk.ready()

    desk.post("discard", issuance)

    entry = AuditEntry.objects.get(action="draft discarded")
    assert entry.facts["before"] == {"state": "ready", "lines": 4, "left_out": 2}
    assert Issuance.objects.filter(pk=entry.object_id, state="discarded").exists()
