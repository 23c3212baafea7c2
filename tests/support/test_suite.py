"""Which tests share a process, and which run on one database only."""

import pytest

from tests.support import suite
from tests.support.root import ROOT


class Item:
    """As much of a test as decides where it runs."""

    def __init__(self, *marks, fixtures=(), at="tests/issuance/jobs/test_polling.py"):
        self._marks = {mark.name: mark for mark in marks}
        self.fixturenames = fixtures
        self.nodeid = f"{at}::test_it"

    def get_closest_marker(self, name):
        return self._marks.get(name)


SLOW, EACH, DATABASE = pytest.mark.slow.mark, pytest.mark.each_database.mark, pytest.mark.django_db.mark
COMMITS = pytest.mark.django_db(transaction=True).mark
PAGE = "tests/issuance/pages/test_run.py"


@pytest.mark.parametrize("beginning", [*suite.TOGETHER, *suite.PAGES])
def test_tests_that_share_a_process_or_run_once_exist(beginning):
    assert (ROOT / beginning).exists()


@pytest.mark.parametrize(
    ("item", "depends"),
    [
        (Item(), False),
        (Item(SLOW), False),
        (Item(fixtures=["settings", "sandbox"]), False),
        (Item(DATABASE), True),
        (Item(EACH), True),
        (Item(fixtures=["db"]), True),
        (Item(fixtures=["settings", "transactional_db"]), True),
        (Item(DATABASE, at=PAGE), False),
        (Item(fixtures=["db"], at=PAGE), False),
        (Item(COMMITS, at=PAGE), True),
        (Item(DATABASE, EACH, at=PAGE), True),
        (Item(fixtures=["db", "transactional_db"], at=PAGE), True),
    ],
)
def test_what_depends_on_no_database_runs_once(item, depends):
    assert suite.depends_on_database(item) is depends


def test_every_act_is_done_and_every_page_opened_on_each_database():
    at = "tests/thanx_portal/walk/test_every_page_opens.py"

    assert (ROOT / at).exists()
    assert suite.depends_on_database(Item(DATABASE, at=at))


def test_this_one_is_not_repeated_on_postgresql(request):
    assert not suite.depends_on_database(request.node)
