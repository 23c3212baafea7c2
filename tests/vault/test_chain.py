"""A chain shows each row that was edited, deleted or added, also by SQL, and an end that was cut off."""

import threading
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from accounts import audit
from accounts.models import AuditEntry
from tests.support.factories import NOON, UserFactory
from vault import append_only, chain
from vault.chain import verify
from vault.models import ChainHead, ChainKey

pytestmark = pytest.mark.django_db

TABLE = AuditEntry._meta.db_table


@pytest.fixture
def entries():
    user = UserFactory()
    written = [write(by=user, jobs=number) for number in range(5)]
    chain.link_waiting(AuditEntry)
    return written


def write(*, by=None, **facts):
    on = by or UserFactory()
    return audit.record(action="issuance confirmed", on=on, by=by, at=NOON, **facts)


def sql(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement.format(table=TABLE), values)


def test_untouched_rows_hold(entries):
    found = verify(AuditEntry)

    assert (found.links, found.broken) == (5, None)
    assert found.digest == AuditEntry.objects.get(number=5).digest


@pytest.mark.parametrize("column", ["at", "by_id", "who", "action", "object_type", "object_id", "facts", "correlation"])
def test_an_edited_row_is_named(entries, column):
    other = {"at": NOON + timedelta(seconds=1), "by_id": UserFactory().pk, "facts": '{"jobs": 1000}'}
    sql(f"UPDATE {{table}} SET {column} = %s WHERE id = %s", other.get(column, "x"), entries[2].pk)

    broken = verify(AuditEntry).broken

    assert (broken.number, broken.key, broken.why) == (3, entries[2].pk, "its row was edited")


def test_a_deleted_row_is_named(entries):
    sql("DELETE FROM {table} WHERE id = %s", entries[2].pk)

    found = verify(AuditEntry)

    assert (found.links, found.broken.number, found.broken.why) == (2, 3, "its row was deleted")


@pytest.mark.parametrize("gone", [1, 3, 5])
def test_an_end_that_was_cut_off_is_named(entries, gone):
    sql("DELETE FROM {table} WHERE number > %s", 5 - gone)

    assert verify(AuditEntry).broken.number == 5 - gone + 1


def test_a_lowered_head_does_not_hide_the_cut(entries):
    sql("DELETE FROM {table} WHERE number > 3")
    last = AuditEntry.objects.get(number=3)
    ChainHead.objects.update(number=3, digest=last.digest)

    assert "head of the chain was edited" in verify(AuditEntry).broken.why


def test_a_lost_head_is_remembered_and_stops_no_act(entries):
    sql("DELETE FROM {table} WHERE number > 3")
    ChainHead.objects.all().delete()
    write()

    broken = verify(AuditEntry).broken

    assert broken.number == 3
    assert "lost or edited here" in broken.why
    assert AuditEntry.objects.count() == 4


def test_a_row_that_the_portal_did_not_write_is_named(entries):
    sql(
        "INSERT INTO {table} (at, action, object_type, object_id, facts, file_digest, correlation, who, seal, digest)"
        " VALUES (%s, 'issuance approved', 'issuance.Issuance', '1', '{{}}', '', '', 'ana@example.com', '', '')",
        NOON,
    )

    found = verify(AuditEntry)

    assert (found.broken.number, found.broken.why) == (6, "its row was not written by the portal")


def test_rows_in_another_order_are_noticed(entries):
    sql("UPDATE {table} SET number = 99 WHERE number = 2")
    sql("UPDATE {table} SET number = 2 WHERE number = 3")
    sql("UPDATE {table} SET number = 3 WHERE number = 99")

    assert verify(AuditEntry).broken.why == "it was linked anew, not by the portal"


def test_a_row_behind_the_head_is_noticed(entries):
    sql("UPDATE {table} SET number = 6 WHERE number = 5")

    assert verify(AuditEntry).broken.number == 5


def test_a_chain_under_another_key_is_noticed(entries):
    ChainKey.objects.all().delete()

    assert verify(AuditEntry).broken.number == 1


def test_an_old_database_put_back_is_noticed_by_an_operator_who_noted_a_link_down(entries):
    noted = {5: "0" * 64}

    assert verify(AuditEntry, known=noted).broken.number == 5
    assert verify(AuditEntry, known={5: verify(AuditEntry).digest}).broken is None


def test_a_link_that_was_noted_down_and_is_gone_is_noticed(entries):
    assert verify(AuditEntry, known={7: "0" * 64}).broken.number == 6


@given(
    facts=st.dictionaries(
        st.text(alphabet="abc", min_size=1),
        st.recursive(
            st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("xyz"), inner, max_size=3),
            max_leaves=5,
        ),
        max_size=3,
    )
)
def test_facts_of_every_kind_come_back_as_they_were_sealed(facts):
    with transaction.atomic():
        row = AuditEntry(at=NOON, action="x", object_type="y", object_id="1", facts=facts)
        chain.append(row)
        assert verify(AuditEntry).broken is None
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_acts_at_once_are_all_linked_and_none_waits_for_another():
    """Each of two acts writes its entry before the other commits."""
    chain.key_of(AuditEntry)  # the first act of all makes it, and another one waits for that
    both_wrote = threading.Barrier(2, timeout=20) if connection.vendor == "postgresql" else None

    def act():
        try:
            with transaction.atomic():
                write()
                if both_wrote:
                    both_wrote.wait()
        finally:
            connection.close()

    threads = [threading.Thread(target=act) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(AuditEntry.objects.values_list("number", flat=True)) == [1, 2]
    assert verify(AuditEntry).broken is None


@pytest.mark.django_db(transaction=True)
def test_an_act_that_is_rolled_back_leaves_no_link():
    write()
    with transaction.atomic():
        write()
        transaction.set_rollback(True)
    write()

    assert (verify(AuditEntry).links, verify(AuditEntry).broken) == (2, None)


def test_a_worker_links_what_a_killed_process_left(entries):
    row = AuditEntry(at=NOON, action="x", object_type="y", object_id="1")
    row.seal = chain.seal_of(row, says=AuditEntry.SAYS, key=chain.key_of(AuditEntry))
    row.save()

    assert audit.link_entries()
    assert not audit.link_entries()

    row.refresh_from_db()
    assert row.number == 6


# --- Triggers ------------------------------------------------------------------------------------------------


@pytest.fixture
def triggers(entries):
    append_only.install(using="default")
    yield
    append_only.drop_triggers(using="default", plan=["a migration"])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {table} SET action = 'x'",
        "UPDATE {table} SET digest = 'x'",
        "UPDATE {table} SET number = NULL",
        "DELETE FROM {table}",
        "DELETE FROM {table} WHERE number = 5",
    ],
)
def test_the_database_refuses_to_change_or_delete_a_row(triggers, statement):
    with pytest.raises(DatabaseError, match="never changed or deleted"), transaction.atomic():
        sql(statement)

    assert verify(AuditEntry).broken is None


def test_the_database_lets_a_row_have_its_link_and_nothing_else(triggers):
    row = AuditEntry(at=NOON, action="x", object_type="y", object_id="1")
    row.seal = chain.seal_of(row, says=AuditEntry.SAYS, key=chain.key_of(AuditEntry))
    row.save()

    with pytest.raises(DatabaseError, match="never changed or deleted"), transaction.atomic():
        sql("UPDATE {table} SET action = 'z' WHERE id = %s", row.pk)
    chain.link_waiting(AuditEntry)

    assert verify(AuditEntry).links == 6


def test_triggers_stay_when_there_is_nothing_to_migrate(triggers):
    append_only.drop_triggers(using="default", plan=[])

    with pytest.raises(DatabaseError), transaction.atomic():
        sql("DELETE FROM {table}")
