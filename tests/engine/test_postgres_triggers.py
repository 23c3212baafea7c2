"""A row that becomes due defers the tasks of its steps, in the same transaction."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from campaigns.models import Merchant
from engine import leases, postgres_triggers
from engine.clock import now
from tests.support.database import needs_postgres
from tests.support.factories import MerchantFactory, create_frozen_batch

pytestmark = [needs_postgres, pytest.mark.django_db(transaction=True)]

REFRESH = "campaigns.catalog.refresh.refresh_one_merchant"
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def empty_queue():
    """An empty queue, and the triggers of the settings."""
    postgres_triggers.install(using="default")
    execute("DELETE FROM procrastinate_jobs")
    yield
    execute("DELETE FROM procrastinate_jobs")


def execute(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def waiting():
    return [
        step for (step,) in execute("SELECT queueing_lock FROM procrastinate_jobs WHERE status = 'todo' ORDER BY 1")
    ]


def fire_triggers():
    """Run the triggers now instead of at the end of the transaction."""
    execute("SET CONSTRAINTS ALL IMMEDIATE")


def elsewhere(work):
    """Call something in a thread with a database connection of its own, and return its result."""
    results = []

    def run():
        try:
            results.append(work())
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(10)
    return results[0] if results else "still waiting"


def test_a_due_row_defers_each_step_that_claims_such_rows():
    create_frozen_batch("ana@example.com", due_at=now())

    found = [step for step in waiting() if step.startswith("issuance")]

    assert found == [
        "issuance.followup.revocation_step.revoke_one_batch",
        "issuance.jobs.polling.poll_one_batch",
        "issuance.sending.submission.submit_one_batch",
    ]


def test_the_task_becomes_visible_with_the_commit_and_not_before():
    with transaction.atomic():
        MerchantFactory(due_at=now())
        fire_triggers()
        before = elsewhere(waiting)

    assert before == []
    assert waiting() == [REFRESH]


def test_a_rollback_takes_the_task_back():
    with transaction.atomic():
        MerchantFactory(due_at=now())
        fire_triggers()
        transaction.set_rollback(True)

    assert waiting() == []


@pytest.mark.parametrize("ahead", [HOUR, None])
def test_a_row_that_is_due_later_or_never_defers_nothing(ahead):
    MerchantFactory(due_at=ahead and now() + ahead)

    assert waiting() == []


def test_claiming_a_row_and_renewing_its_lease_defer_nothing():
    MerchantFactory(due_at=now() - HOUR)
    execute("DELETE FROM procrastinate_jobs")

    row = leases.claim_one(Merchant.objects.all(), at=now())
    leases.renew(row, at=now() - 2 * HOUR)

    assert waiting() == []


def test_finishing_a_row_that_is_due_again_defers_a_task():
    MerchantFactory(due_at=now() - HOUR)
    row = leases.claim_one(Merchant.objects.all(), at=now())
    execute("DELETE FROM procrastinate_jobs")

    leases.finish(row, due_at=now())

    assert waiting() == [REFRESH]


def test_many_rows_defer_one_task_whatever_the_statement():
    MerchantFactory.create_batch(20)

    Merchant.objects.update(due_at=now())

    assert waiting() == [REFRESH]


def test_the_more_important_step_goes_first():
    create_frozen_batch("ana@example.com", due_at=now())

    first = execute("SELECT queueing_lock FROM procrastinate_jobs ORDER BY priority DESC LIMIT 1")

    assert first == [("issuance.followup.revocation_step.revoke_one_batch",)]


def test_two_transactions_that_defer_the_same_step_do_not_wait_for_each_other():
    with transaction.atomic():
        MerchantFactory(due_at=now())
        fire_triggers()
        other = elsewhere(lambda: MerchantFactory(due_at=now()).pk)

    assert isinstance(other, int)
    assert waiting() == [REFRESH]


def test_a_broken_queue_fails_no_transaction():
    execute("ALTER TABLE procrastinate_jobs RENAME TO gone")
    try:
        merchant = MerchantFactory(due_at=now())
    finally:
        execute("ALTER TABLE gone RENAME TO procrastinate_jobs")

    assert Merchant.objects.filter(pk=merchant.pk).exists()


def test_the_triggers_follow_the_settings(settings):
    settings.ENGINE_STEPS = {"some.other.step": "campaigns.Merchant"}
    postgres_triggers.install(using="default")
    MerchantFactory(due_at=now())
    other = waiting()
    settings.ENGINE_STEPS = {}
    postgres_triggers.install(using="default")
    execute("DELETE FROM procrastinate_jobs")
    MerchantFactory(due_at=now())

    assert other == ["some.other.step"]
    assert waiting() == []


def test_installing_the_triggers_again_changes_nothing(django_assert_num_queries):
    with django_assert_num_queries(4) as captured:  # begin, two reads, commit
        postgres_triggers.install(using="default")

    assert not any("CREATE" in query["sql"] for query in captured.captured_queries)
