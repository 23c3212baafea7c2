"""A failed guest gets the reward by a retry: once, at the sandbox, with a key of its own."""

from django.utils import timezone

from issuance import ledger
from issuance.followup import edit_failures, retries
from issuance.manifests import identifiers_of
from issuance.models import Batch, Failure, Issuance
from issuance.sending import confirmation
from tests.support.steps import poll_one_batch, submit_one_batch


def ended(batch: Batch, clock) -> Batch:
    submit_one_batch()
    clock.forward(minutes=1)
    poll_one_batch()
    batch.refresh_from_db()
    return batch


def tried_again(failure: Failure, text: str) -> Issuance:
    issuance, now = failure.batch.issuance, timezone.now()
    edit_failures.save(issuance=issuance, typed={failure.pk: text}, by=None, at=now)
    rows = Failure.objects.filter(pk=failure.pk)
    child = retries.retry_corrected(issuance=issuance, failures=rows, by=None, at=now)
    assert retries.prepare_one_retry(clock=timezone.now)
    child.refresh_from_db()
    confirmation.confirm(issuance=child, by=None, at=timezone.now())
    return child


def test_a_corrected_guest_gets_the_reward_and_the_first_issuance_keeps_its_figures(batch, sandbox, clock):
    before = ledger.buckets_of(ended(batch, clock))
    failure = Failure.objects.get()

    child = tried_again(failure, "beau@example.com")
    again = ended(child.batches.get(), clock)

    assert (again.size, again.issued_count, again.failed_count) == (1, 1, 0)
    assert [found.value for found in identifiers_of(again)] == ["beau@example.com"]
    issued = [group["identifiers"] for group in sandbox.issued()]
    assert sorted(guest for guests in issued for guest in guests) == [
        "email:ana@example.com",
        "email:beau@example.com",
        "phone:+12125550123",
    ]
    assert {number for guests in issued for number in guests.values()} == {1}
    assert again.idempotency_key != batch.idempotency_key
    batch.refresh_from_db()
    assert ledger.buckets_of(batch) == before


def test_what_fails_again_is_a_failure_of_the_retry(batch, sandbox, clock):
    ended(batch, clock)

    child = tried_again(Failure.objects.get(), "notfound.beau@example.com")
    ended(child.batches.get(), clock)

    assert list(Failure.objects.order_by("pk").values_list("batch__issuance", flat=True)) == [
        batch.issuance_id,
        child.pk,
    ]
