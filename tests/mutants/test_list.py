"""The list of mutants is in step with the sources. `make mutants` runs it."""

import pytest

from tests.conventions.sources import PACKAGES
from tests.mutants.listed import Mutant, Unusable, all_mutants
from tests.support.root import ROOT

MUTANTS = all_mutants()


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.breaks)
def test_every_mutant_can_be_made(mutant):
    text = (ROOT / mutant.file).read_text(encoding="utf-8")

    assert mutant.applied_to(text) != text
    assert [test for test in mutant.tests if not (ROOT / test.partition("::")[0]).exists()] == []


def test_an_edit_that_fits_nowhere_or_twice_is_refused():
    mutant = Mutant(breaks="nothing", file="a.py", find="one", replace="two", tests=())

    assert mutant.applied_to("one.") == "two."
    for text in ("", "one, one"):
        with pytest.raises(Unusable):
            mutant.applied_to(text)


def test_at_least_150_edits_are_listed_over_every_package():
    assert len(MUTANTS) >= 150
    assert {mutant.file.split("/")[0] for mutant in MUTANTS} >= {*PACKAGES, "static", "templates"}


def test_no_edit_is_listed_twice():
    assert len({(mutant.file, mutant.find, mutant.replace) for mutant in MUTANTS}) == len(MUTANTS)
