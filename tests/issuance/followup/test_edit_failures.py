"""A correction of a failure is kept and checked, and never leads to two rewards."""

import pytest
from django.db import IntegrityError

from accounts.models import AuditEntry
from issuance.drafts import drafts, exclusion_lists
from issuance.followup import edit_failures, retries, settlements
from issuance.manifests import identifiers_of
from issuance.models import Batch, Correction, Failure, Issuance, Recipient
from issuance.states import IssuanceMove
from tests.support.audiences import emails, take_in
from tests.support.factories import NOON, create_live_campaign
from vault.sealing import fingerprint_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def issuance() -> Issuance:
    """Ten guests on lines 2 to 11 and a few controls, confirmed; the first three of the first job failed."""
    issuance = take_in(create_live_campaign(shares=(80,), control=20), emails(12))
    issuance.move(IssuanceMove.CONFIRMED, by=None, at=NOON, confirmed_at=NOON)
    for position in range(3):
        fail(issuance.batches.first(), position)
    return issuance


def fail(batch: Batch, position: int, code: str = "user_not_found") -> Failure:
    return Failure.objects.create(batch=batch, position=position, reason="", reason_code=code, seen_at=NOON)


def failed(issuance: Issuance) -> list[Failure]:
    return list(Failure.objects.filter(batch__issuance=issuance).order_by("position"))


def save(issuance: Issuance, typed: dict[Failure, str]) -> edit_failures.SavedCorrections:
    by_key = {failure.pk: text for failure, text in typed.items()}
    return edit_failures.save(issuance=issuance, typed=by_key, by=None, at=NOON)


def retried(issuance: Issuance) -> Issuance:
    rows = Failure.objects.filter(batch__issuance=issuance)
    child = retries.retry_corrected(issuance=issuance, failures=rows, by=None, at=NOON)
    assert retries.prepare_one_retry(clock=lambda: NOON)
    child.refresh_from_db()
    return child


def sent(issuance: Issuance) -> list[str]:
    return [found.value for batch in issuance.batches.all() for found in identifiers_of(batch)]


def test_only_the_corrected_are_retried_with_what_was_written_and_their_own_lines(issuance):
    first, _, third = failed(issuance)
    save(issuance, {first: "ana@example.com", third: "(212) 555-0123"})

    child = retried(issuance)

    assert sent(child) == ["ana@example.com", "+12125550123"]
    assert [failure.retry for failure in failed(issuance)] == [child, None, child]
    lines = Recipient.objects.filter(batch__issuance=issuance, position__in=[0, 2], batch__is_control=False)
    assert list(child.batches.get().recipients.values_list("line", flat=True)) == list(
        lines.values_list("line", flat=True)
    )


def test_who_was_corrected_is_found_by_the_new_identifier(issuance):
    save(issuance, {failed(issuance)[0]: "ana@example.com"})

    child = retried(issuance)

    found = fingerprint_of(merchant_id=issuance.merchant_id, kind="email", value="ana@example.com")
    assert bytes(Recipient.objects.get(batch__issuance=child).fingerprint) == found


def test_what_is_no_identifier_is_refused_in_words_and_the_rest_is_kept(issuance):
    first, second, _ = failed(issuance)

    saved = save(issuance, {first: "ana@@example", second: "bo@example.com"})

    assert saved.refused == {first.pk: "Not an email address. Look for a typing error and correct it."}
    assert edit_failures.values_of([first, second]) == {second.pk: "bo@example.com"}


def test_the_identifier_as_it_was_is_no_correction(issuance):
    first, second, third = failed(issuance)
    save(issuance, {first: "ana@example.com", second: "bo@example.com"})
    as_it_was = identifiers_of(first.batch)[0].value

    saved = save(issuance, {first: as_it_was.upper(), second: "", third: identifiers_of(first.batch)[2].value})

    assert (saved.kept, saved.undone, dict(saved.refused)) == (0, 2, {})
    assert not Correction.objects.exists()


def test_a_guest_of_the_same_issuance_would_get_two_rewards(issuance):
    there = identifiers_of(issuance.batches.first())[5].value
    line = issuance.batches.first().recipients.get(position=5).line

    saved = save(issuance, {failed(issuance)[0]: there})

    assert list(saved.refused.values()) == [f"This guest is in this issuance already, on line {line}."]
    assert not Correction.objects.exists()


def test_a_guest_who_is_held_back_gets_no_reward_by_a_correction(issuance):
    control = identifiers_of(issuance.batches.get(is_control=True))[0].value

    saved = save(issuance, {failed(issuance)[0]: control})

    assert "must not get its rewards" in next(iter(saved.refused.values()))


def test_a_guest_who_is_never_to_be_rewarded_gets_no_reward_by_a_correction(issuance):
    listed = exclusion_lists.create(merchant=issuance.merchant, name="Do not reward", by=None, at=NOON)
    exclusion_lists.add_guests(exclusion_list=listed, rows=[(1, ["ana@example.com"])], by=None, at=NOON)

    saved = save(issuance, {failed(issuance)[0]: "Ana@example.com"})

    assert len(saved.refused) == 1
    assert not Correction.objects.exists()


def test_two_failures_cannot_become_the_same_guest(issuance):
    first, second, third = failed(issuance)

    saved = save(issuance, {first: "ana@example.com", second: "ANA@example.com"})
    later = save(issuance, {third: "ana@example.com"})

    assert set(saved.refused) == {second.pk}
    assert set(later.refused) == {third.pk}
    assert Correction.objects.count() == 1


def test_the_database_itself_forbids_it(issuance):
    first, second, _ = failed(issuance)
    same = {"issuance": issuance, "fingerprint": b"x" * 16, "sealed_value": b"", "at": NOON}
    Correction.objects.create(failure=first, **same)

    with pytest.raises(IntegrityError):
        Correction.objects.create(failure=second, **same)


def test_two_corrections_can_be_exchanged(issuance):
    first, second, _ = failed(issuance)
    save(issuance, {first: "ana@example.com", second: "bo@example.com"})

    saved = save(issuance, {first: "bo@example.com", second: "ana@example.com"})

    assert dict(saved.refused) == {}
    assert edit_failures.values_of([first, second]) == {first.pk: "bo@example.com", second.pk: "ana@example.com"}


def test_a_guest_of_a_retry_is_in_the_issuance_too(issuance):
    first, second, _ = failed(issuance)
    save(issuance, {first: "ana@example.com"})
    child = retried(issuance)
    child.move(IssuanceMove.CONFIRMED, by=None, at=NOON)
    again = fail(child.batches.get(), 0)

    refused_above = save(issuance, {second: "ana@example.com"}).refused
    refused_below = save(child, {again: sent(issuance)[5]}).refused

    assert set(refused_above) == {second.pk}
    assert "in this issuance already" in refused_below[again.pk]


@pytest.mark.parametrize("done", ["retried", "settled"])
def test_what_another_user_has_dealt_with_is_left_alone(issuance, done):
    first, second, _ = failed(issuance)
    rows = Failure.objects.filter(pk=first.pk)
    if done == "retried":
        retries.retry_failures(issuance=issuance, failures=rows, by=None, at=NOON)
    else:
        settlements.settle(issuance=issuance, failures=rows, note="Gone", by=None, at=NOON)

    saved = save(issuance, {first: "ana@example.com", second: "bo@example.com"})

    assert saved.refused == {first.pk: edit_failures.NOT_OPEN}
    assert list(Correction.objects.values_list("failure", flat=True)) == [second.pk]


def test_a_corrected_guest_is_not_retried_as_before(issuance):
    first, second, third = failed(issuance)
    save(issuance, {first: "ana@example.com"})

    child = retries.retry_failures(issuance=issuance, by=None, at=NOON)

    assert set(child.retried_failures.all()) == {second, third}


def test_discarding_the_retry_keeps_the_corrections_for_the_next_one(issuance):
    first = failed(issuance)[0]
    save(issuance, {first: "ana@example.com"})
    drafts.discard(issuance=retried(issuance), by=None, at=NOON)

    assert sent(retried(issuance)) == ["ana@example.com"]


def test_no_guest_is_retried_by_a_second_click(issuance):
    save(issuance, {failed(issuance)[0]: "ana@example.com"})
    retried(issuance)

    with pytest.raises(retries.NothingToRetry):
        retried(issuance)

    assert issuance.retries.count() == 1


def test_one_row_of_the_audit_trail_tells_how_many_and_names_no_guest(issuance):
    save(issuance, {failed(issuance)[0]: "ana@example.com"})
    save(issuance, {failed(issuance)[0]: "ana@example.com"})

    entry = AuditEntry.objects.get(action="failures corrected")
    assert entry.facts == {"corrected": 1, "undone": 0}


def test_the_stored_correction_is_encrypted(issuance):
    save(issuance, {failed(issuance)[0]: "ana@example.com"})

    row = Correction.objects.get()
    assert b"ana" not in bytes(row.sealed_value) + bytes(row.fingerprint)
