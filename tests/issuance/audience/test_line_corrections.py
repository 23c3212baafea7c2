"""Correcting a draft: single lines, all lines of a reason, and taking both back."""

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st

from accounts.models import AuditEntry
from engine.moves import Overtaken
from issuance.audience import intake_step, line_corrections
from issuance.audience.line_corrections import ReasonDecision, correct, decide, take_back_all
from issuance.audience.reading_notes import Level, counts_of, examples_of
from issuance.drafts import drafts
from issuance.models import CorrectedLine, DoubtfulLine, Issuance
from lists.lines import LineRules
from lists.tables import open_table
from tests.support.audiences import arms, emails, left_out, take_in
from tests.support.factories import NOON, create_live_campaign

pytestmark = pytest.mark.django_db

DAMAGED = """email,phone
"ana@example,com",
bo@gmial.com,
,447911123456
cy@,
Dee@Example.com,
eve@example.com,
"""


@pytest.fixture
def draft():
    return take_in(create_live_campaign(), DAMAGED)


def read_again(issuance: Issuance) -> Issuance:
    assert intake_step.read_one_upload(clock=lambda: NOON)
    return Issuance.objects.get(pk=issuance.pk)


def decided(issuance: Issuance, reason: str, decision: ReasonDecision) -> Issuance:
    decide(issuance=issuance, reason=reason, decision=decision, by=None, at=NOON)
    issuance = Issuance.objects.get(pk=issuance.pk)
    return issuance if issuance.state == "ready" else read_again(issuance)


def corrected(issuance: Issuance, values: dict[int, str]) -> Issuance:
    correct(issuance=issuance, values=values, by=None, at=NOON)
    return read_again(issuance)


def to_fix(issuance: Issuance) -> int:
    return LineRules.of(issuance.upload.rules).to_fix(issuance.left_out)


def test_nothing_is_guessed_silently(draft):
    assert left_out(draft) == {2: ("email_comma", None), 4: ("phone_plus_lost", None), 5: ("email_invalid", None)}
    assert set(arms(draft)) == {"bo@gmial.com", "dee@example.com", "eve@example.com"}
    assert to_fix(draft) == 3


def test_what_is_suggested_for_a_kind_is_used_when_a_user_says_so(draft):
    draft = decided(draft, "email_comma", ReasonDecision.APPLY)

    assert "ana@example.com" in arms(draft)
    assert counts_of(draft.upload, Level.APPLIED) == {"email_comma": 1}
    assert to_fix(draft) == 2


def test_a_probable_slip_is_sent_unless_a_user_says_otherwise(draft):
    assert list(DoubtfulLine.objects.values_list("line", "reason")) == [(3, "email_typo")]

    mended = decided(draft, "email_typo", ReasonDecision.APPLY)
    assert "bo@gmail.com" in arms(mended)
    assert not DoubtfulLine.objects.exists()

    without = decided(mended, "email_typo", ReasonDecision.LEAVE_OUT)
    assert left_out(without)[3] == ("email_typo", None)


def test_a_kind_that_is_left_out_is_no_longer_to_be_fixed_and_its_reason_stays(draft):
    draft = decided(draft, "email_invalid", ReasonDecision.LEAVE_OUT)

    assert left_out(draft)[5] == ("email_invalid", None)
    assert (to_fix(draft), draft.left_out_total) == (2, 3)


@pytest.mark.parametrize("reason", ["email_comma", "email_typo", "email_invalid"])
@pytest.mark.parametrize("decision", [ReasonDecision.APPLY, ReasonDecision.LEAVE_OUT])
def test_every_decision_can_be_taken_back(draft, reason, decision):
    before = (draft.left_out, left_out(draft), arms(draft))

    undone = decided(decided(draft, reason, decision), reason, ReasonDecision.UNDO)

    assert (undone.left_out, left_out(undone), arms(undone)) == before


def test_a_line_is_who_a_user_says_it_is(draft):
    draft = corrected(draft, {5: "cy@example.com", 2: "+12125550100"})

    assert {"cy@example.com", "+12125550100"} <= set(arms(draft))
    assert to_fix(draft) == 1
    assert counts_of(draft.upload, Level.APPLIED) == {"corrected": 2}


def test_a_single_line_can_be_left_out_and_taken_back_in(draft):
    without = corrected(draft, {7: ""})
    assert left_out(without)[7] == ("left_out_by_hand", None)

    correct(issuance=without, values={}, taken_back=[7], by=None, at=NOON)
    assert 7 not in left_out(read_again(without))


def test_all_that_was_corrected_by_hand_can_be_taken_back_at_once(draft):
    before = arms(draft)
    draft = corrected(draft, {5: "cy@example.com", 7: ""})

    take_back_all(issuance=draft, by=None, at=NOON)

    assert arms(read_again(draft)) == before


def test_a_corrected_line_that_repeats_another_guest_names_the_line_that_counts(draft):
    draft = corrected(draft, {5: "eve@example.com"})

    assert left_out(draft)[7] == ("duplicate", 5)


def test_the_file_itself_never_changes(draft):
    digest, stored_as = draft.upload.digest, draft.upload.stored_as

    draft = corrected(draft, {5: "cy@example.com"})

    assert (draft.upload.digest, draft.upload.stored_as) == (digest, stored_as)


def test_another_file_begins_without_corrections(draft):
    draft = corrected(decided(draft, "email_comma", ReasonDecision.APPLY), {5: "cy@example.com"})
    with open_table(draft.upload) as file:
        drafts.add_file(issuance=draft, file=file, name="again.csv", by=None, at=NOON)

    assert to_fix(read_again(draft)) == 3
    assert not CorrectedLine.objects.exists()


def test_a_discarded_draft_keeps_nothing_that_was_typed(draft):
    draft = corrected(draft, {5: "cy@example.com"})

    drafts.discard(issuance=draft, by=None, at=NOON)

    draft.upload.refresh_from_db()
    assert not CorrectedLine.objects.exists()
    assert bytes(draft.upload.sealed_examples) == b""


def test_what_is_typed_is_sealed_and_the_audit_trail_only_counts(draft):
    draft = corrected(draft, {5: "cy@example.com", 7: ""})
    decided(draft, "email_comma", ReasonDecision.APPLY)

    rows = b"".join(bytes(row.sealed_value) for row in [*CorrectedLine.objects.all(), *DoubtfulLine.objects.all()])
    told = str(list(AuditEntry.objects.values_list("action", "facts")))
    assert b"example" not in rows + bytes(draft.upload.sealed_examples)
    assert "example" not in told + str(draft.upload.findings)
    assert "'lines': 2, 'left_out': 1" in told
    assert AuditEntry.objects.filter(action="kind of line decided").count() == 1


def test_deciding_twice_is_deciding_once(draft):
    for _ in range(2):
        decide(issuance=draft, reason="email_invalid", decision=ReasonDecision.LEAVE_OUT, by=None, at=NOON)

    assert AuditEntry.objects.filter(action="kind of line decided").count() == 1


def test_nothing_is_corrected_while_the_file_is_read(draft):
    correct(issuance=draft, values={5: "cy@example.com"}, by=None, at=NOON)

    with pytest.raises(Overtaken):
        correct(issuance=draft, values={7: ""}, by=None, at=NOON)
    assert CorrectedLine.objects.count() == 1


def test_examples_show_before_and_after(draft):
    found = examples_of(draft.upload)

    assert found[Level.ERROR, "email_comma"] == [(2, "ana@example,com", "ana@example.com")]
    assert found[Level.WARNING, "email_typo"] == [(3, "bo@gmial.com", "bo@gmail.com")]
    assert found[Level.NOTE, "capitals"] == [(6, "Dee@Example.com", "dee@example.com")]


def test_who_was_in_an_arm_before_stays_there_when_lines_are_corrected():
    campaign = create_live_campaign()
    first = arms(take_in(campaign, emails(40)))
    again = take_in(campaign, emails(40) + "guest99@@example.com\n")

    again = decided(again, "email_signs", ReasonDecision.APPLY)

    found = arms(again)
    assert {guest: found[guest] for guest in first} == first
    assert len(found) == 41


CELL = st.sampled_from(
    [
        "",
        "a@example.com",
        "a@gmial.com",
        "b@example,com",
        "c@d",
        "212-555-0100",
        "447911123456",
        "x",
        "1E+9",
        "a@@b.com",
    ]
)
REASON = st.sampled_from(["email_comma", "email_typo", "email_signs", "phone_plus_lost", "email_invalid"])
RULES = st.tuples(st.frozensets(REASON), st.frozensets(REASON))
VALUES = st.dictionaries(st.integers(2, 12), st.sampled_from(["", "a@example.com", "+12125550100", "z@example.com"]))


@how(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=10), RULES, VALUES)
def test_lines_are_always_recipients_plus_left_out_and_reading_twice_is_reading_once(rows, rules, values):
    text = "\n".join(";".join(row) for row in [("email", "phone"), *rows])
    issuance = take_in(create_live_campaign(), text, mapping={"email": 0, "phone": 1}, header_row=1)
    if issuance.state != "ready":
        return
    kept = LineRules(apply=rules[0] - rules[1], leave_out=rules[1]).kept()
    type(issuance.upload).objects.filter(pk=issuance.upload.pk).update(rules=kept)

    once = corrected(issuance, {**values, 2: ""})
    found = (once.lines, once.left_out, left_out(once), arms(once), once.upload.findings)
    line_corrections.correct(issuance=once, values={2: ""}, by=None, at=NOON)
    twice = read_again(once)

    last = max((place for place, row in enumerate(rows, start=1) if any(cell.strip() for cell in row)), default=0)
    assert found[0] == last == len(found[3]) + sum(found[1].values())
    assert (twice.lines, twice.left_out, left_out(twice), arms(twice), twice.upload.findings) == found
