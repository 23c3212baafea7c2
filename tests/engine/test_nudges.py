"""A row that becomes due asks for its steps, in the transaction that makes it due."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from campaigns.models import Merchant
from engine import leases, nudges
from engine.clock import now
from tests.support.database import needs_postgres
from tests.support.factories import MerchantFactory, create_frozen_batch

pytestmark = [needs_postgres, pytest.mark.django_db(transaction=True)]

REFRESH = "campaigns.catalog.refresh.refresh_one_merchant"
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def quiet():
    """Nothing waits in the queue, and the bells are those of the settings."""
    nudges.hang(using="default")
    ask("DELETE FROM procrastinate_jobs")
    yield
    ask("DELETE FROM procrastinate_jobs")


def ask(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def asked_for():
    return [step for (step,) in ask("SELECT queueing_lock FROM procrastinate_jobs WHERE status = 'todo' ORDER BY 1")]


def ring_now():
    """Ring within the transaction, instead of at its end."""
    ask("SET CONSTRAINTS ALL IMMEDIATE")


def elsewhere(work):
    """Do something in a thread, which has a connection of its own, and return what comes of it."""
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


def test_a_row_that_is_due_asks_for_each_step_that_takes_such_rows():
    create_frozen_batch("ana@example.com", due_at=now())

    found = [step for step in asked_for() if step.startswith("issuance")]

    assert found == [
        "issuance.jobs.polling.poll_one_batch",
        "issuance.followup.revocation.revoke_one_batch",
        "issuance.sending.submission.submit_one_batch",
    ]


def test_the_bell_rings_with_the_commit_and_not_before():
    with transaction.atomic():
        MerchantFactory(due_at=now())
        ring_now()
        before = elsewhere(asked_for)

    assert before == []
    assert asked_for() == [REFRESH]


def test_what_is_rolled_back_has_not_rung():
    with transaction.atomic():
        MerchantFactory(due_at=now())
        ring_now()
        transaction.set_rollback(True)

    assert asked_for() == []


@pytest.mark.parametrize("ahead", [HOUR, None])
def test_what_is_due_later_or_never_does_not_ring(ahead):
    MerchantFactory(due_at=ahead and now() + ahead)

    assert asked_for() == []


def test_claiming_a_row_and_prolonging_its_lease_do_not_ring():
    MerchantFactory(due_at=now() - HOUR)
    ask("DELETE FROM procrastinate_jobs")

    row = leases.claim_one(Merchant.objects.all(), at=now())
    leases.renew(row, at=now() - 2 * HOUR)

    assert asked_for() == []


def test_giving_a_row_back_that_is_due_again_rings():
    MerchantFactory(due_at=now() - HOUR)
    row = leases.claim_one(Merchant.objects.all(), at=now())
    ask("DELETE FROM procrastinate_jobs")

    leases.finish(row, due_at=now())

    assert asked_for() == [REFRESH]


def test_many_rows_ring_once_by_whatever_statement():
    MerchantFactory.create_batch(20)

    Merchant.objects.update(due_at=now())

    assert asked_for() == [REFRESH]


def test_the_more_important_step_goes_first():
    create_frozen_batch("ana@example.com", due_at=now())

    first = ask("SELECT queueing_lock FROM procrastinate_jobs ORDER BY priority DESC LIMIT 1")

    assert first == [("issuance.followup.revocation.revoke_one_batch",)]


def test_two_transactions_that_ring_for_the_same_do_not_wait_for_each_other():
    with transaction.atomic():
        MerchantFactory(due_at=now())
        ring_now()
        other = elsewhere(lambda: MerchantFactory(due_at=now()).pk)

    assert isinstance(other, int)
    assert asked_for() == [REFRESH]


def test_a_broken_bell_fails_nobody():
    ask("ALTER TABLE procrastinate_jobs RENAME TO gone")
    try:
        merchant = MerchantFactory(due_at=now())
    finally:
        ask("ALTER TABLE gone RENAME TO procrastinate_jobs")

    assert Merchant.objects.filter(pk=merchant.pk).exists()


def test_the_bells_follow_the_settings(settings):
    settings.ENGINE_STEPS = {"some.other.step": "campaigns.Merchant"}
    nudges.hang(using="default")
    MerchantFactory(due_at=now())
    other = asked_for()
    settings.ENGINE_STEPS = {}
    nudges.hang(using="default")
    ask("DELETE FROM procrastinate_jobs")
    MerchantFactory(due_at=now())

    assert other == ["some.other.step"]
    assert asked_for() == []


def test_hanging_the_bells_again_changes_nothing(django_assert_num_queries):
    with django_assert_num_queries(4) as looks:  # begin, two looks, commit
        nudges.hang(using="default")

    assert not any("CREATE" in query["sql"] for query in looks.captured_queries)
