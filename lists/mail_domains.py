"""Common mail domains, and which spellings of them are probably slips of the keyboard. Pure.

    likely_domain("gmial.com")    # "gmail.com"
    likely_domain("ymail.com")    # "": a real domain

A correction is only ever suggested, since the domain may be a guest's own. So real domains that are one slip away from
a common one are listed as well, and a short name is doubted only for a wrong ending.
"""

from collections.abc import Iterator
from functools import lru_cache

COMMON = (
    *("gmail.com", "googlemail.com", "yahoo.com", "hotmail.com", "outlook.com", "icloud.com", "comcast.net"),
    *("verizon.net", "sbcglobal.net", "bellsouth.net", "protonmail.com", "optonline.net", "earthlink.net"),
    *("rocketmail.com", "charter.net", "btinternet.com", "yahoo.co.uk", "hotmail.co.uk", "fastmail.com"),
    *("windstream.net", "frontier.com", "juno.com", "roadrunner.com", "centurylink.net", "suddenlink.net"),
)
"""Domains of which every spelling one slip away is doubted. The most common come first, and the first match counts."""

ALSO_REAL = frozenset(
    {
        *("aol.com", "live.com", "msn.com", "me.com", "mac.com", "att.net", "cox.net", "mail.com", "email.com"),
        *("ymail.com", "gmx.com", "gmx.net", "gmx.de", "web.de", "proton.me", "pm.me", "hey.com", "duck.com"),
        *("zoho.com", "yandex.com", "yandex.ru", "mail.ru", "qq.com", "163.com", "126.com", "naver.com"),
        *("yahoo.ca", "yahoo.fr", "yahoo.de", "yahoo.it", "yahoo.es", "yahoo.in", "yahoo.co.in", "yahoo.co.jp"),
        *("yahoo.com.au", "yahoo.com.br", "yahoo.com.mx", "hotmail.ca", "hotmail.fr", "hotmail.de", "hotmail.it"),
        *("hotmail.es", "outlook.de", "outlook.fr", "outlook.es", "outlook.it", "outlook.in", "live.co.uk", "live.ca"),
        *("rogers.com", "shaw.ca", "bell.net", "orange.fr", "free.fr", "sfr.fr", "wanadoo.fr", "laposte.net"),
        *("libero.it", "t-online.de", "freenet.de", "bigpond.com", "juno.net", "netzero.net", "rr.com", "gmal.net"),
    }
)
"""Domains that are never doubted. Their own slips are too close to other domains to be guessed."""

_ENDINGS = {
    **dict.fromkeys(("con", "cmo", "ocm", "vom", "xom", "comm", "coom", "ccom", "cpm", "c0m", "cim", "cok"), "com"),
    **dict.fromkeys(("nte", "ent", "nett", "netl", "ner"), "net"),
    **dict.fromkeys(("ogr", "rog", "orgg"), "org"),
}
"""Endings that do not exist, and the one that was meant."""

NAMES = {domain.partition(".")[0]: domain for domain in reversed((*COMMON, "aol.com", "live.com", "msn.com"))}
"""What common domains are called without their ending: people write `ana@gmail`."""


@lru_cache(maxsize=65_536)
def likely_domain(domain: str) -> str:
    """Return the domain that was probably meant; nothing for one that is not doubted. A list has few domains."""
    if domain in _REAL:
        return ""
    name, _, ending = domain.rpartition(".")
    mended = f"{name}.{_ENDINGS[ending]}" if name and ending in _ENDINGS else domain
    if mended in _REAL:
        return mended
    near = [common for common in _near(mended) if _one_slip_apart(mended, common)]
    found = min(near, key=COMMON.index, default=mended)
    return "" if found == domain else found


def _near(word: str) -> set[str]:
    """Return the common domains that equal the word when each of the two loses at most one character."""
    return {common for short in _shortened(word) for common in _BY_SHORTENED.get(short, ())}


def _shortened(word: str) -> Iterator[str]:
    yield word
    for place in range(len(word)):
        yield word[:place] + word[place + 1 :]


def _one_slip_apart(one: str, other: str) -> bool:
    """Whether one character is wrong, missing or too many, or two neighbours have changed places."""
    if len(one) != len(other):
        short, long = sorted((one, other), key=len)
        return short in set(_shortened(long)) - {long}
    places = [place for place, (left, right) in enumerate(zip(one, other, strict=True)) if left != right]
    if len(places) == 1:
        return True
    neighbours = len(places) == 2 and places[1] == places[0] + 1  # noqa: PLR2004 - the two that changed places
    return neighbours and one[places[0]] == other[places[1]] and one[places[1]] == other[places[0]]


_REAL = frozenset(COMMON) | ALSO_REAL
_BY_SHORTENED: dict[str, list[str]] = {}
for _common in COMMON:
    for _short in _shortened(_common):
        _BY_SHORTENED.setdefault(_short, []).append(_common)
