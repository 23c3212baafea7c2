"""The same guests come back from any export through both front doors, or a question does; never another guest.

LIST_EXAMPLES=500 tries more of them.
"""

import os
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st

from issuance.states import IssuanceState
from tests.lists.test_exporters import EXPORTS, guest_lists, holds_phones
from tests.support.audiences import arms
from tests.support.front_doors import rehearsed, uploaded

EXAMPLES = int(os.environ.get("LIST_EXAMPLES", "15"))
ANY_EXPORT = st.builds(
    replace,
    EXPORTS,
    wrapped=st.booleans(),
    is_workbook=st.booleans(),
    hidden_guests=st.frozensets(st.integers(0, 11), max_size=3),
    hides_others=st.booleans(),
)


@pytest.mark.django_db
@how(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(ANY_EXPORT, guest_lists())
def test_the_same_guests_come_back_or_a_question_and_never_another(desk, reader, tmp_path, export, guests):
    path = tmp_path / ("list.xlsx" if export.is_workbook else "list.csv")
    path.write_bytes(export.written(guests))

    issuance = uploaded(desk, path.name, path.read_bytes())
    is_read = issuance.state == IssuanceState.READY
    told, _ = rehearsed(desk, path, code=0 if is_read else 1)

    meant = {guest.meant for guest in export.shown(guests) if guest.email or holds_phones(export.exporter)}
    assert set(arms(issuance)) == (meant if is_read else set())
    assert told["not_sent"] == len(arms(issuance))
