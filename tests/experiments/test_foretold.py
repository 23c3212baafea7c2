"""What a split can show is said in words that a marketer can act on."""

import pytest

from experiments.foretold import Design, Strength, foretold


def design(control, *arms, baseline=0.1, wish=0.02):
    return Design(control=control, arms=arms, baseline=baseline, wish=wish)


def test_a_sound_split_says_which_gain_will_show():
    said = foretold(design(2_412, 10_853))

    assert said.strength is Strength.SOUND
    assert said.headline == "A gain of about 2 points or more will show"
    assert said.meaning.startswith("If 10 % of guests visit without a reward, then 12 % of guests with a reward must")
    assert said.advice == ""


def test_a_split_that_misses_the_wished_gain_says_how_many_to_hold_back():
    said = foretold(design(500, 19_500))

    assert said.strength is Strength.WEAK
    assert said.advice == "To notice a gain of 2 points, hold back 2,210 guests (11.1 % of them)."
    assert foretold(design(2_210, 17_790)).advice == ""


def test_without_a_control_it_says_so_and_how_many_to_hold_back():
    said = foretold(design(0, 20_000))

    assert said.strength is Strength.BLIND
    assert said.gain is None
    assert said.headline == "Without a control group, nothing can say what the reward changed"
    assert said.advice == "To notice a gain of 2 points, hold back 2,210 guests (11.1 % of them)."


def test_a_control_of_a_few_guests_tells_nothing():
    said = foretold(design(120, 5_000))

    assert said.strength is Strength.BLIND
    assert said.headline == "The control group is too small to tell anything"
    assert "about 12 would visit anyway" in said.meaning


def test_where_no_split_shows_the_wished_gain_it_says_so():
    assert (
        foretold(design(100, 100)).advice == "A gain of 2 points does not show with 200 guests, however they are split."
    )


def test_several_arms_are_compared_one_by_one_and_need_more():
    one, two = foretold(design(2_000, 9_000)), foretold(design(2_000, 9_000, 9_000))

    assert two.gain > one.gain
    assert "of each group must visit" in two.meaning


@pytest.mark.parametrize(
    ("split", "doubt"),
    [
        (design(1_500, 98_500), "Only about 150 guests of the control group are expected to visit."),
        (design(4_000, 96_000), "Only 4 % of the guests are held back."),
        (design(6_000, 4_000), "60 % of the guests are held back: more than half of them get nothing."),
    ],
)
def test_what_weakens_a_split_is_named(split, doubt):
    said = foretold(split)

    assert said.strength is Strength.WEAK
    assert doubt in said.doubts


def test_an_arm_without_guests_is_no_arm():
    assert foretold(design(2_000, 9_000, 0)) == foretold(design(2_000, 9_000))
