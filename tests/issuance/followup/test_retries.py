"""A retry sends to exactly the guests who got nothing."""

import pytest

from issuance.drafts import drafts
from issuance.followup.retries import NothingToRetry, prepare_one_retry, retry_failures
from issuance.manifests import identifiers_of, open_lines
from issuance.models import Batch, Failure, Issuance, IssuedReward, Recipient
from issuance.states import IssuanceMove, IssuanceState
from tests.support.audiences import emails, take_in
from tests.support.factories import NOON, create_live_campaign
from vault.sealing import fingerprint_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def issuance() -> Issuance:
    """Two reward variants and a control, ten guests each, on lines 2 to 31, confirmed."""
    issuance = take_in(create_live_campaign(shares=(34, 33), control=33), emails(30))
    issuance.move(IssuanceMove.CONFIRMED, by=None, at=NOON, confirmed_at=NOON)
    return issuance


def fail(batch: Batch, *positions: int, code: str = "user_not_found") -> list[Failure]:
    return [
        Failure.objects.create(batch=batch, position=position, reason="", reason_code=code, seen_at=NOON)
        for position in positions
    ]


def prepared(child: Issuance) -> Issuance:
    assert prepare_one_retry(clock=lambda: NOON)
    child.refresh_from_db()
    return child


def test_a_retry_holds_exactly_the_failed_in_their_variants_with_their_lines(issuance):
    first, second, _ = issuance.batches.all()
    fail(first, 1, 3)
    fail(second, 0)

    child = prepared(retry_failures(issuance=issuance, by=None, at=NOON))

    assert (child.state, child.parent, child.lines, child.left_out) == (IssuanceState.READY, issuance, 3, {})
    found = {batch.variant: (identifiers_of(batch), list(open_lines(batch.manifest))) for batch in child.batches.all()}
    old, lines = identifiers_of(first), open_lines(first.manifest)
    assert found == {
        first.variant: ([old[1], old[3]], [lines[1], lines[3]]),
        second.variant: ([identifiers_of(second)[0]], [open_lines(second.manifest)[0]]),
    }


def test_a_retry_finds_its_guests_by_the_same_fingerprints(issuance):
    batch = issuance.batches.first()
    fail(batch, 0)

    child = prepared(retry_failures(issuance=issuance, by=None, at=NOON))

    guest = identifiers_of(batch)[0].value
    fingerprint = fingerprint_of(merchant_id=issuance.merchant_id, kind="email", value=guest)
    recipient = Recipient.objects.get(batch__issuance=child)
    assert (bytes(recipient.fingerprint), recipient.line) == (fingerprint, open_lines(batch.manifest)[0])


def test_failures_of_one_reason_can_be_chosen(issuance):
    batch = issuance.batches.first()
    fail(batch, 0)
    fail(batch, 1, code="other")

    child = retry_failures(issuance=issuance, by=None, at=NOON, failures=Failure.objects.filter(reason_code="other"))

    assert list(child.retried_failures.values_list("position", flat=True)) == [1]


def test_a_failure_belongs_to_one_retry_only(issuance):
    fail(issuance.batches.first(), 0)
    retry_failures(issuance=issuance, by=None, at=NOON)

    with pytest.raises(NothingToRetry):
        retry_failures(issuance=issuance, by=None, at=NOON)

    assert issuance.retries.count() == 1


def test_discarding_the_retry_frees_its_failures(issuance):
    fail(issuance.batches.first(), 0)
    child = retry_failures(issuance=issuance, by=None, at=NOON)

    drafts.discard(issuance=child, by=None, at=NOON)

    assert retry_failures(issuance=issuance, by=None, at=NOON).lines == 1


def test_who_may_have_got_the_reward_is_not_tried_again(issuance):
    batch = issuance.batches.first()
    fail(batch, 0, 1)
    IssuedReward.objects.create(batch=batch, position=0, reward_id="r", issued_at=NOON)

    child = retry_failures(issuance=issuance, by=None, at=NOON)

    assert list(child.retried_failures.values_list("position", flat=True)) == [1]


def test_failures_of_another_issuance_are_not_taken(issuance):
    other = take_in(create_live_campaign(), emails(5))
    fail(other.batches.first(), 0)

    with pytest.raises(NothingToRetry):
        retry_failures(issuance=issuance, by=None, at=NOON, failures=Failure.objects.all())


def test_a_retry_whose_parent_is_erased_says_so(issuance):
    batch = issuance.batches.first()
    fail(batch, 0)
    child = retry_failures(issuance=issuance, by=None, at=NOON)
    batch.manifest.delete()

    prepared(child)

    assert (child.state, child.problem) == (IssuanceState.UNREADABLE, "file_lost")


def test_a_retry_interrupted_half_way_is_prepared_once(issuance, settings):
    settings.THANX_BATCH_SIZE = 1
    fail(issuance.batches.first(), 0, 1)
    child = prepared(retry_failures(issuance=issuance, by=None, at=NOON))
    Issuance.objects.filter(pk=child.pk).update(state=IssuanceState.READING, due_at=NOON)

    prepared(child)

    assert [batch.number for batch in child.batches.all()] == [1, 2]
    assert prepare_one_retry(clock=lambda: NOON) is False
