"""From a file to an audience: every line becomes a recipient or is left out with a reason."""

import hashlib
import io
import json

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as how
from hypothesis import strategies as st

from campaigns.states import CampaignState
from engine.moves import IllegalMove
from issuance.audience import intake_step
from issuance.drafts import drafts
from issuance.manifests import open_body, open_lines
from issuance.models import Batch, Issuance, Recipient
from issuance.states import IssuanceState
from lists import uploads as storing
from tests.support.audiences import emails, left_out, take_in, upload
from tests.support.factories import NOON, CampaignFactory, create_live_campaign
from vault.sealing import fingerprint_of

pytestmark = pytest.mark.django_db

MESSY = """name,email,phone
Ana,Ana@Example.com,
Bob,,(212) 555-0100
,,

Cy,nothing,555
Dee,ana@example.com,212-555-0199
Eve,eve@,+1 212 555 0100
Flo,bob,
Gus,,4.1E+10
"""


def test_every_line_ends_as_a_recipient_or_is_left_out_with_its_number():
    issuance = take_in(create_live_campaign(), MESSY)

    assert issuance.state == IssuanceState.READY
    assert issuance.lines == 9
    assert left_out(issuance) == {
        4: ("empty", None),
        5: ("empty", None),
        6: ("both_invalid", None),
        7: ("duplicate", 2),
        8: ("duplicate", 3),
        9: ("email_invalid", None),
        10: ("phone_damaged", None),
    }
    assert sorted(Recipient.objects.values_list("line", flat=True)) == [2, 3]


CELL = st.sampled_from(
    ["", "a@example.com", "b@example.com", "c@d", "212-555-0100", "x", '"', "1E+9", "ñ", "\n", "n/a"]
)


@how(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(st.lists(st.tuples(CELL, CELL, CELL), max_size=30), st.booleans(), st.sampled_from(["email", "phone"]))
@example(rows=[('"', "", ""), ("", "", '"')], has_header=False, prefers="email")
def test_lines_are_always_left_out_plus_recipients(rows, has_header, prefers):
    text = "\n".join(",".join(row) for row in [("name", "email", "phone"), *rows])

    issuance = take_in(
        create_live_campaign(), text, mapping={"email": 1, "phone": 2}, header_row=int(has_header), prefers=prefers
    )

    recipients = Recipient.objects.filter(batch__issuance=issuance)
    rejected = issuance.rejected_lines.values_list("line", flat=True)
    every_line = sorted([*recipients.values_list("line", flat=True), *rejected])
    assert issuance.lines == sum(issuance.left_out.values()) + recipients.count()
    if issuance.state == IssuanceState.READY:
        assert every_line == list(range(1 + has_header, 1 + has_header + issuance.lines))


@pytest.mark.parametrize(("prefers", "sent"), [("email", "ana@example.com"), ("phone", "+12125550100")])
def test_a_line_with_both_uses_the_preferred_one(prefers, sent):
    issuance = take_in(create_live_campaign(), "email,phone\nana@example.com,2125550100\n", prefers=prefers)

    fingerprint = fingerprint_of(merchant_id=issuance.merchant_id, kind=prefers, value=sent)
    assert bytes(Recipient.objects.get().fingerprint) == fingerprint


def test_the_other_one_steps_in_when_the_preferred_is_no_good():
    issuance = take_in(create_live_campaign(), "email,phone\nana@,2125550100\nbob@example.com,\n", prefers="email")

    assert issuance.left_out == {}
    assert Recipient.objects.count() == 2


def test_a_batch_is_frozen_as_the_body_that_will_be_sent():
    campaign = create_live_campaign(shares=(100,), control=0)

    issuance = take_in(campaign, "email,phone\nAna@example.com,\nx,\n,2125550100\n")

    batch = issuance.batches.get()
    body = open_body(batch.manifest)
    assert json.loads(body) == {
        "campaign_id": campaign.thanx_id,
        "merchant_id": campaign.merchant.thanx_id,
        "variant_id": batch.variant.thanx_id,
        "identifiers": [{"type": "email", "value": "ana@example.com"}, {"type": "phone", "value": "+12125550100"}],
    }
    assert batch.body_digest == hashlib.sha256(body).hexdigest()
    assert list(open_lines(batch.manifest)) == [2, 4]


def test_batches_hold_at_most_a_calls_worth_of_one_variant_and_are_numbered_by_variant(settings):
    settings.THANX_BATCH_SIZE = 40

    issuance = take_in(create_live_campaign(), emails(200))

    found = [(batch.number, batch.variant.name, batch.size) for batch in issuance.batches.all()]
    assert found == [
        (1, "Reward 1", 40),
        (2, "Reward 1", 40),
        (3, "Reward 1", 10),
        (4, "Reward 2", 40),
        (5, "Reward 2", 40),
        (6, "Reward 2", 10),
        (7, "Control", 20),
    ]
    assert [batch.number for batch in issuance.batches.filter(is_control=True)] == [7]


def test_only_a_live_campaign_can_be_issued_to():
    with pytest.raises(drafts.NotLive):
        drafts.start(campaign=CampaignFactory(state=CampaignState.DRAFT, thanx_id=None), by=None, at=NOON)

    assert not Issuance.objects.exists()


def test_a_file_that_is_too_large_leaves_the_draft_and_no_file(settings, uploads):
    settings.MAX_UPLOAD_BYTES = 10
    issuance = drafts.start(campaign=create_live_campaign(), by=None, at=NOON)

    with pytest.raises(storing.TooLarge):
        drafts.add_file(issuance=issuance, file=io.BytesIO(b"x" * 11), name="a", by=None, at=NOON)

    issuance.refresh_from_db()
    assert issuance.state == IssuanceState.DRAFT
    assert not [path for path in uploads.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("data", "problem"),
    [(b"", "empty_file"), (b"PK\x03\x04", "spreadsheet_damaged"), (b"id,city\n1,Rome\n", "no_identifiers")],
)
def test_a_file_that_cannot_be_used_is_named_and_can_be_replaced(data, problem):
    issuance = take_in(create_live_campaign(), data)
    assert (issuance.state, issuance.problem) == (IssuanceState.UNREADABLE, problem)

    drafts.add_file(issuance=issuance, file=io.BytesIO(emails(3).encode()), name="b.csv", by=None, at=NOON)
    intake_step.read_one_upload(clock=lambda: NOON)

    issuance.refresh_from_db()
    assert (issuance.state, issuance.problem, issuance.lines) == (IssuanceState.READY, "", 3)


def test_a_stored_file_that_is_gone_is_said_to_be_lost(uploads):
    issuance = upload(create_live_campaign(), emails(3))
    next(path for path in uploads.rglob("*") if path.is_file()).unlink()

    intake_step.read_one_upload(clock=lambda: NOON)

    issuance.refresh_from_db()
    assert issuance.problem == "file_lost"


def test_corrected_columns_replace_everything_that_was_read():
    issuance = take_in(create_live_campaign(), "a@example.com,b@example.com\nc@example.com,a@example.com\n")
    before = set(issuance.batches.values_list("pk", flat=True))

    match = drafts.ColumnMatch(mapping={"email": 1}, header_row=1, sheet=None, prefers="email")
    drafts.change_columns(issuance=issuance, match=match, by=None, at=NOON)
    intake_step.read_one_upload(clock=lambda: NOON)

    issuance.refresh_from_db()
    assert (issuance.lines, issuance.upload.mapping_is_guessed) == (1, False)
    assert not before & set(Batch.objects.values_list("pk", flat=True))


def test_a_discarded_draft_keeps_no_file_and_cannot_come_back(uploads, django_capture_on_commit_callbacks):
    issuance = take_in(create_live_campaign(), emails(3))

    with django_capture_on_commit_callbacks(execute=True):
        drafts.discard(issuance=issuance, by=None, at=NOON)

    assert set(issuance.batches.values_list("state", flat=True)) == {"discarded"}
    assert not [path for path in uploads.rglob("*") if path.is_file()]
    with pytest.raises(IllegalMove):
        drafts.add_file(issuance=issuance, file=io.BytesIO(b""), name="a", by=None, at=NOON)


def test_with_nothing_to_read_the_step_says_so():
    assert intake_step.read_one_upload(clock=lambda: NOON) is False
