"""What people, spreadsheets and copying put into and around a cell. One list for e-mail addresses and phone numbers.

cleaned_cell('="２１２５５５０１００"')    # "2125550100"
"""

import re
import unicodedata

QUOTES = "\"'`´“”„‟‘’‚‛‹›«»′″＂"
INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffc\U000e0000-\U000e0fff]"
)
"""Invisible signs: they come with text that is copied from phones, mail programs and web pages."""

DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"), "-")
"""What Word, Excel and phones make of a hyphen."""

_SEPARATING = dict.fromkeys(map(ord, "\x01\x1c\x1d\x1e\x1f"), " ")
"""Unseen signs that separate: what is on their two sides does not belong together."""

_EVERY_SECOND = re.compile("(?:[^\x00]\x00){3}").search
"""A remainder of another encoding. Other zero bytes separate what is on their two sides, too."""

_APOSTROPHES = dict.fromkeys(map(ord, "\u2018\u2019\u201a\u201b\u02bc\u02b9\u2032\u00b4\uff07"), "'")
_BULLETS = "•‣▪●◦·*"
AROUND = QUOTES + _BULLETS + " \t\r\n\x85\u00a0\u2028\u2029=<>()[]{},;:|"
"""What may stand before or behind an identifier without being a part of it."""

_FORMULA_OF_TEXT = re.compile(r'=\s*(?:T|TEXT|CONCATENATE)?\(?\s*"([^"]*)"\s*\)?', re.IGNORECASE).fullmatch


def cleaned_cell(text: str) -> str:
    """Return a cell without invisible signs, in the letters, digits and apostrophes of a plain keyboard."""
    text = text.translate(_SEPARATING)
    if "\0" in text and not _EVERY_SECOND(text):
        text = text.replace("\0", " ")
    if not text.isascii():
        text = unicodedata.normalize("NFKC", INVISIBLE.sub("", text.translate(_APOSTROPHES)))
        text = "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in text)
    cleaned = INVISIBLE.sub("", text).strip()
    formula = _FORMULA_OF_TEXT(cleaned)
    return formula.group(1).strip() if formula else cleaned
