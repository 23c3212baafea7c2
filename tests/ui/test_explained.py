"""A fact explained to a user, as pages and commands join its parts."""

from ui.explained import Explained

FULL = Explained("Thanx cannot be reached", "Try again in a minute.", means="Nothing was changed.")


def test_what_happened_comes_with_what_it_means():
    assert FULL.happened == "Thanx cannot be reached. Nothing was changed."
    assert Explained("The line is empty", "Nothing to do.").happened == "The line is empty."


def test_what_happened_comes_with_what_to_do():
    assert FULL.advice == "Thanx cannot be reached. Try again in a minute."
