"""Free texts of guests without what names a person, as far as words can tell.

    without_names("Thanks Ana! John at the counter was kind.")    # "Thanks •••! ••• at the counter was kind."

Hidden are addresses, numbers, every word with a capital inside a sentence, and at its beginning the first names that
zxcvbn's list has. So streets and dishes are hidden, too. A name in small letters is not recognised.
"""

import re

from zxcvbn.frequency_lists import FREQUENCY_LISTS

from vault.masking import MASK, masked_text

FIRST_NAMES = frozenset((*FREQUENCY_LISTS["female_names"], *FREQUENCY_LISTS["male_names"]))
NAMES = FIRST_NAMES | frozenset(FREQUENCY_LISTS["surnames"])
SPEAKER = frozenset({"i", "i'm", "i’m", "i've", "i’ve", "i'd", "i’d", "i'll", "i’ll"})

WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
BEFORE = re.compile(r"([^\W\d_]*)(\W*)\Z")
"""The word before a word, and what stands between them."""

FAR_ENOUGH = 40
ENDS = frozenset(".!?…:;\n")
TITLES = frozenset({"mr", "mrs", "ms", "dr", "st"})
"""Their dot ends no sentence, nor does that of an initial."""


def without_names(text: str) -> str:
    """Return a text in which no person is named."""
    text = masked_text(text)
    shouts = text.upper() == text
    return WORD.sub(lambda found: MASK if _may_name(found, text, shouts=shouts) else found[0], text)


def _may_name(found: re.Match[str], text: str, *, shouts: bool) -> bool:
    word = found[0].casefold()
    if not found[0][0].isupper() or word in SPEAKER:
        return False
    bare = re.split(r"['’]", word)[0]
    if shouts:
        return bare in NAMES
    return bare in FIRST_NAMES or not _begins_sentence(text, found.start())


def _begins_sentence(text: str, start: int) -> bool:
    found = BEFORE.search(text[max(0, start - FAR_ENOUGH) : start])
    before, between = found.groups() if found else ("", "")
    if between.startswith(".") and (len(before) == 1 or before.casefold() in TITLES):
        return False
    return not before or not ENDS.isdisjoint(between)
