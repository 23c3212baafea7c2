"""The words of a result, with their tones and icons: a verdict, a state without one, and the light of a check."""

from collections.abc import Mapping
from typing import NamedTuple

from experiments.judgement import ExperimentVerdict
from experiments.soundness import Light


class VerdictWord(NamedTuple):
    """A word that is shown as a tag."""

    label: str
    tone: str
    icon: str


VERDICTS: Mapping[str, VerdictWord] = {
    ExperimentVerdict.DO_NOT_READ: VerdictWord("Do not read", "danger", "alert-octagon"),
    ExperimentVerdict.TOO_EARLY: VerdictWord("Too early", "neutral", "hourglass"),
    ExperimentVerdict.CLEAR_GAIN: VerdictWord("Clear gain", "success", "circle-check"),
    ExperimentVerdict.CLEAR_LOSS: VerdictWord("Clear loss", "danger", "circle-x"),
    ExperimentVerdict.PROMISING: VerdictWord("Promising", "info", "progress"),
    ExperimentVerdict.NO_CLEAR_DIFFERENCE: VerdictWord("No clear difference", "neutral", "minus"),
}
WITHOUT_VERDICT: Mapping[str, VerdictWord] = {
    "designed": VerdictWord("Not started", "neutral", "writing"),
    "running": VerdictWord("Running", "info", "progress"),
    "due": VerdictWord("Waiting for outcomes", "warning", "hourglass"),
    "read": VerdictWord("Counted, not compared", "neutral", "info-circle"),
}
LIGHTS: Mapping[str, VerdictWord] = {
    Light.GREEN: VerdictWord("Sound", "success", "circle-check"),
    Light.AMBER: VerdictWord("Caution", "warning", "alert-triangle"),
    Light.RED: VerdictWord("Do not read", "danger", "alert-octagon"),
}
NOT_CHECKED = VerdictWord("Not checked", "neutral", "minus")
CHECKS: Mapping[str, str] = {
    "assignment": "Sizes of the groups",
    "sample_ratio": "Guests found, by group",
    "balance": "The groups before the start",
    "coverage": "Time that the purchases cover",
    "match_rate": "Guests found in the member data",
    "double_armed": "Guests in two groups",
    "unreadable_lines": "Lines that could be read",
}


def word_of(verdict: str | None, state: str) -> VerdictWord:
    """Return the word of a verdict, or of a state where there is no verdict."""
    return VERDICTS[verdict] if verdict else WITHOUT_VERDICT[state]
