"""Whatever a person can change at a merchant: for each act what a browser sends, and the object that it is about."""

from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from campaigns import halts
from campaigns.models import Campaign
from campaigns.states import CampaignState
from issuance.approvals.to_issue import to_issue
from issuance.approvals.to_revoke import to_revoke
from issuance.audience.screening import Exclusion
from issuance.drafts import exclusion_lists
from issuance.followup import settlements
from issuance.jobs.problems import JobProblem
from issuance.models import ApprovalRequest, Batch, Failure, RevocationRequest
from issuance.sending import confirmation, stopping
from issuance.states import BatchState
from tests.support.factories import CampaignFactory, MembershipFactory, UserFactory, create_batch_with_job


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


def set_limits(desk):
    return "campaigns:limits", [], {"daily_cap": "5000", "unpriced_value": "2.50"}


def new_issuance(desk):
    return f"issuance:new?campaign={desk.campaign.pk}", [], {"arm": "split"}


def people(desk):
    return "issuance:people", [desk.draft().pk], {"file": SimpleUploadedFile("people.csv", b"email\nana@example.com\n")}


def one_guest(desk):
    return "issuance:one-guest", [desk.draft().pk], {"guest": "ana@example.com"}


def split(desk):
    return "issuance:split", [desk.ready().pk], {"arm": str(desk.campaign.variants.first().pk)}


def columns(desk):
    return "issuance:columns", [desk.ready().pk], {"email": "1", "phone": "none", "prefers": "phone"}


def decide_lines(desk):
    return "issuance:decide-lines", [desk.ready().pk], {"reason": "email_invalid", "decision": "leave_out"}


def correct_lines(desk):
    return "issuance:correct-lines", [desk.ready().pk], {"value-4": "cy@example.com"}


def corrected_file(desk):
    draft = desk.ready()
    told = b"email,line,suggested_value,issuance\n,4,cy@example.com,%d\n" % draft.pk
    return "issuance:corrected-file", [draft.pk], {"file": SimpleUploadedFile("corrected.csv", told)}


def confirm(desk):
    return "issuance:confirm", [desk.ready().pk], {}


def waiting(desk):
    """Return an issuance for which a marketer asks for approval."""
    issuance = desk.ready(included_anyway=[Exclusion.REWARDED_HERE])
    marketer = MembershipFactory(merchant=desk.merchant, role=Role.MARKETER).user
    to_issue.ask(issuance=issuance, by=marketer, at=timezone.now(), acknowledged_same_file=True)
    return [issuance.pk]


def ask(desk):
    return "issuance:ask", [desk.ready().pk], {}


def answer(desk, name, **fields):
    place, request = waiting(desk), ApprovalRequest.objects.first()
    return f"issuance:{name}", place, {"request": request.pk, **fields}


def approve(desk):
    return answer(desk, "approve")


def decline(desk):
    return answer(desk, "decline", reason="The wrong list.")


def withdraw(desk):
    return answer(desk, "withdraw")


def start_now(desk):
    issuance = desk.ready(included_anyway=[Exclusion.REWARDED_HERE])
    put_off = {"grace": timedelta(minutes=1), "acknowledged_same_file": True}
    confirmation.confirm(issuance=issuance, by=None, at=timezone.now(), **put_off)
    return "issuance:start-now", [issuance.pk], {}


def discard_issuance(desk):
    return "issuance:discard", [desk.ready().pk], {}


def discard_drafts(desk):
    return "issuance:discard-drafts", [], {"draft": [str(desk.ready().pk)], "sure": "1"}


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
    row = settlements.settle(issuance=issuance, failures=Failure.objects.all(), note="Gone", by=None, at=now)
    return "issuance:reopen", [issuance.pk, row.pk], {}


def revoke(desk):
    batch = with_job(desk, state=BatchState.COMPLETED, issued_count=100, failed_count=0)
    return "issuance:revoke", [batch.issuance_id], {"reason": "wrong people", "number": "100"}


def requested(desk, by):
    batch = with_job(desk, state=BatchState.COMPLETED, issued_count=100, failed_count=0)
    asked = {"also_running": False, "rewards": 100, "reason": "It was sent twice", "by": by, "at": timezone.now()}
    to_revoke.ask(issuance=batch.issuance, batches=[batch], **asked)
    return batch.issuance_id


def answered(desk, name, by=None, **fields):
    place, request = [requested(desk, by or UserFactory())], RevocationRequest.objects.first()
    return f"issuance:{name}-revocation", place, {"request": request.pk, **fields}


def approve_revocation(desk):
    return answered(desk, "approve", number="100")


def decline_revocation(desk):
    return answered(desk, "decline")


def withdraw_revocation(desk):
    return answered(desk, "withdraw", desk.person)


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
    batch = with_job(desk, state=BatchState.NEEDS_ATTENTION, error_code=JobProblem.JOB_STUCK)
    return "issuance:decide", [batch.issuance_id, batch.number], {"decision": "watch_again"}


def new_exclusion_list(desk):
    return "issuance:exclusions", [], {"name": "Staff"}


def exclusion_list(desk, name):
    made = exclusion_lists.create(merchant=desk.merchant, name=name, by=None, at=timezone.now())
    exclusion_lists.add_guests(exclusion_list=made, rows=[(1, ["ana@example.com"])], by=None, at=timezone.now())
    return made


def exclude_guests(desk):
    return "issuance:exclude-guests", [exclusion_list(desk, "Family").pk], {"pasted": "bo@example.com"}


def take_off_list(desk):
    return "issuance:take-off-list", [exclusion_list(desk, "Friends").pk], {"who": "ana@example.com"}


def remove_exclusion_list(desk):
    return "issuance:remove-exclusion-list", [exclusion_list(desk, "Press").pk], {}


def choose_exclusions(desk):
    return "issuance:choose-exclusions", [desk.ready().pk], {"include": ["rewarded_here"]}


ACTS = [
    *(new_campaign, edit, review, discard_campaign, take_back, duplicate, shares, refresh, set_limits),
    *(new_issuance, people, one_guest, columns, decide_lines, correct_lines, corrected_file, split),
    *(canary, confirm, discard_issuance, discard_drafts, retry, revoke, check_now, decide),
    *(edit_failures, settle, reopen, reissue, approve_revocation, decline_revocation, withdraw_revocation),
    *(ask, approve, decline, withdraw),
    *(start_now, pause, resume, stop, stop_sending, resume_sending),
    *(new_exclusion_list, exclude_guests, take_off_list, remove_exclusion_list, choose_exclusions),
]
