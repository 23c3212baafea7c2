"""A turn lasts as long as a transaction, and keeps others waiting for just as long."""

from __future__ import annotations

import threading

import pytest
from django.db import connections, transaction
from django.db.transaction import TransactionManagementError

from engine.one_at_a_time import take_turn
from tests.support.database import needs_postgres, until_somebody_waits


@pytest.mark.django_db(transaction=True)
def test_there_are_no_turns_outside_of_a_transaction():
    with pytest.raises(TransactionManagementError):
        take_turn(at="issuance", key=1)


@needs_postgres
@pytest.mark.django_db(transaction=True)
def test_whoever_comes_second_waits_for_the_end_of_the_first_and_others_do_not():
    order = []

    def come(key):
        try:
            with transaction.atomic():
                take_turn(at="issuance", key=key)
                order.append(key)
        finally:
            connections.close_all()

    with transaction.atomic():
        take_turn(at="issuance", key=1)
        same, other = (threading.Thread(target=come, args=(key,)) for key in (1, 2))
        same.start()
        until_somebody_waits()
        other.start()
        other.join()
        order.append("the first ends")
    same.join()

    assert order == [2, "the first ends", 1]
