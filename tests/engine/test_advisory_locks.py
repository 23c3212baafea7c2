"""An advisory lock lasts as long as its transaction. Until then others wait for it, and only for it."""

import threading

import pytest
from django.db import connections, transaction
from django.db.transaction import TransactionManagementError

from engine.advisory_locks import hold_lock
from tests.support.database import needs_postgres, until_a_transaction_waits


@pytest.mark.django_db(transaction=True)
def test_there_is_no_lock_outside_of_a_transaction():
    with pytest.raises(TransactionManagementError):
        hold_lock(on="issuance", key=1)


@needs_postgres
@pytest.mark.django_db(transaction=True)
def test_the_second_to_want_a_lock_waits_for_the_end_of_the_first_and_other_locks_do_not():
    order = []

    def come(key):
        try:
            with transaction.atomic():
                hold_lock(on="issuance", key=key)
                order.append(key)
        finally:
            connections.close_all()

    with transaction.atomic():
        hold_lock(on="issuance", key=1)
        same, other = (threading.Thread(target=come, args=(key,)) for key in (1, 2))
        same.start()
        until_a_transaction_waits()
        other.start()
        other.join()
        order.append("the first ends")
    same.join()

    assert order == [2, "the first ends", 1]
