"""manage.py audit verify names the first entry that is not as it was written."""

import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts import audit
from accounts.models import AuditEntry
from tests.support.factories import NOON, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def entries():
    user = UserFactory()
    return [audit.record(action="signed in", on=user, by=user, at=NOON) for _ in range(3)]


def sql(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_it_says_that_all_is_well_and_which_link_to_note_down(entries, capsys):
    call_command("audit", "verify")

    said = capsys.readouterr().out
    assert "All 3 entries are as they were written." in said
    assert f"3:{AuditEntry.objects.get(number=3).digest}" in said


def test_it_names_the_first_edited_entry(entries, capsys):
    sql("UPDATE accounts_auditentry SET action = %s WHERE id >= %s", "signed out", entries[1].pk)

    with pytest.raises(CommandError, match=rf"link 2 \(entry {entries[1].pk}\): its row was edited") as failure:
        call_command("audit", "verify", "--json")

    assert failure.value.returncode == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["intact"], found["links"]) == (False, 1)
    assert found["broken"] == {"link": 2, "entry": entries[1].pk, "why": "its row was edited"}


def test_it_knows_a_link_that_was_noted_down(entries):
    with pytest.raises(CommandError, match="link 3"):
        call_command("audit", "verify", "--known", f"3:{'0' * 64}")


@pytest.mark.parametrize("known", ["3", "three:abc", "3:"])
def test_it_refuses_a_link_that_is_none(entries, known):
    with pytest.raises(CommandError) as failure:
        call_command("audit", "verify", "--known", known)

    assert failure.value.returncode == 2
