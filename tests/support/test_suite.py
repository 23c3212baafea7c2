"""Which tests share a process, and which run on one database only."""

import pytest

from tests.support import suite
from tests.support.root import ROOT


class Item:
    """As much of a test as decides where it runs."""

    def __init__(self, *marks, fixtures=()):
        self._marks = marks
        self.fixturenames = fixtures

    def get_closest_marker(self, name):
        return name in self._marks or None


@pytest.mark.parametrize("beginning", suite.TOGETHER)
def test_tests_that_share_a_process_exist(beginning):
    assert (ROOT / beginning).exists()


@pytest.mark.parametrize(
    ("item", "uses"),
    [
        (Item(), False),
        (Item("slow"), False),
        (Item(fixtures=["settings", "sandbox"]), False),
        (Item("django_db"), True),
        (Item("each_database"), True),
        (Item(fixtures=["db"]), True),
        (Item(fixtures=["settings", "transactional_db"]), True),
    ],
)
def test_what_names_no_database_runs_once(item, uses):
    assert suite.uses_database(item) is uses


def test_this_one_is_not_repeated_on_postgresql(request):
    assert not suite.uses_database(request.node)
