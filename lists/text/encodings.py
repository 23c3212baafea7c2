"""Which encoding a text file is in: judged by marks and rules where there are any, else by charset-normalizer.

The older encodings cannot be told apart for certain. So a user sees what the names would be, and may choose.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from charset_normalizer import from_bytes

from lists.columns.names import KINDS, speaks_of
from lists.delimited import MIXED_IN

GUESSED = (
    *("windows-1252", "shift_jis", "gb18030", "big5", "euc_kr", "euc_jp", "windows-1251", "koi8_r", "cp866"),
    *("windows-1250", "windows-1253", "windows-1254", "windows-1255", "windows-1256", "windows-1257", "mac_roman"),
    *("cp874", "cp850", "cp437", "mac_cyrillic", "iso8859_2", "iso8859_15", "johab"),
)
"""Encodings without a mark, the most common first."""

_ALIASES = {"shift_jis": "cp932", "big5": "cp950", "euc_kr": "cp949"}
"""Windows' own supersets: Excel writes these."""

LABELS = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "windows-1252": "Western European (Windows-1252)",
    "shift_jis": "Japanese (Shift-JIS)",
    "euc_jp": "Japanese (EUC-JP)",
    "iso2022_jp": "Japanese (ISO-2022-JP)",
    "gb18030": "Chinese, simplified (GB18030)",
    "big5": "Chinese, traditional (Big5)",
    "euc_kr": "Korean (EUC-KR)",
    "johab": "Korean (Johab)",
    "windows-1251": "Cyrillic (Windows-1251)",
    "koi8_r": "Cyrillic (KOI8-R)",
    "cp866": "Cyrillic (DOS 866)",
    "mac_cyrillic": "Cyrillic (Macintosh)",
    "windows-1250": "Central European (Windows-1250)",
    "iso8859_2": "Central European (ISO 8859-2)",
    "windows-1253": "Greek (Windows-1253)",
    "windows-1254": "Turkish (Windows-1254)",
    "windows-1255": "Hebrew (Windows-1255)",
    "windows-1256": "Arabic (Windows-1256)",
    "windows-1257": "Baltic (Windows-1257)",
    "mac_roman": "Western European (Macintosh)",
    "cp874": "Thai (Windows-874)",
    "cp850": "Western European (DOS 850)",
    "cp437": "Western European (DOS 437)",
    "iso8859_15": "Western European (ISO 8859-15)",
}
JUDGED_BYTES = 16 * 1024
MOST_OFFERED = 6
MOSTLY_ZEROS = 0.7
"""Three of four bytes are zero in UTF-32."""

EXAMPLES = 4
_SEQUENCES = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}").search
_ESCAPES = re.compile(rb"\x1b\$[@B]|\x1b\([BJ]").search
_WORD = re.compile(r"[^\W\d_]+")


def codec_of(encoding: str) -> str:
    """Return the name under which Python reads an encoding."""
    return _ALIASES.get(encoding, encoding)


def label_of(encoding: str) -> str:
    """Return what an encoding is called on pages."""
    return LABELS.get(encoding, encoding.upper())


@lru_cache(maxsize=32)
def encoding_of(head: bytes) -> str:
    """Return the encoding, judged by the byte order mark, by the places of zero bytes, and by whether it is UTF-8."""
    if head.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")):
        return "utf-32"
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if head.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    wide = _wide(head)
    if wide:
        return wide
    if _ESCAPES(head):
        return "iso2022_jp"
    return "utf-8" if _reads_as_utf_8(head) else _guessed(head)


def _wide(head: bytes) -> str:
    """Return the encoding of a text of which every letter takes several bytes; nothing for any other."""
    start = head[:4000]
    even, odd = start[0::2].count(0), start[1::2].count(0)
    if even + odd > len(start) * MOSTLY_ZEROS:
        return "utf-32-le" if start[0] else "utf-32-be"
    half = max(1, len(start) // 2)
    if max(even, odd) > half * 0.4 and min(even, odd) < half * 0.1:
        return "utf-16-le" if odd > even else "utf-16-be"
    return ""


def candidates(head: bytes, encoding: str) -> Sequence[str]:
    """Return the encodings in which the names of a file would turn out differently; none where it is certain."""
    if encoding not in GUESSED:
        return ()
    others = [each for each in _ranked(head) if each != encoding]
    return (encoding, *others[: MOST_OFFERED - 1])


def telling_words(head: bytes, encoding: str) -> list[tuple[str, str]]:
    """Return the candidates, each with the first words of the file that are not plain letters, as they would be."""
    found = []
    for each in candidates(head, encoding):
        text = head[:JUDGED_BYTES].decode(codec_of(each), "replace")
        words = dict.fromkeys(word for word in _WORD.findall(text) if not word.isascii())
        found.append((each, f"{', '.join(list(words)[:EXAMPLES])}: {label_of(each)}"))
    return found


def _reads_as_utf_8(head: bytes) -> bool:
    try:
        head.decode()
    except UnicodeDecodeError as error:
        # The head of a longer file may end in the middle of a character.
        is_cut = error.start >= len(head) - 3 and error.reason == "unexpected end of data"
        return is_cut or _is_mostly_utf_8(head)
    return True


def _is_mostly_utf_8(head: bytes) -> bool:
    """Whether a file was pasted together from UTF-8 and single bytes of Windows-1252."""
    beginning = _beginning(head)
    if not _SEQUENCES(beginning):
        return False
    pasted = beginning.decode("utf-8", MIXED_IN)
    ranked = _ranked(head)
    return not ranked or _score(pasted, "windows-1252") < _score(beginning.decode(codec_of(ranked[0])), ranked[0])


def _beginning(head: bytes) -> bytes:
    return head[:JUDGED_BYTES].rpartition(b"\n")[0] or head[:JUDGED_BYTES]


def _guessed(head: bytes) -> str:
    """Return the likeliest older encoding: one in which the header has a known word, else what reads best."""
    ranked = _ranked(head)
    return ranked[0] if ranked else "windows-1252"


@lru_cache(maxsize=32)
def _ranked(head: bytes) -> tuple[str, ...]:
    beginning = _beginning(head)
    texts = {each: text for each in GUESSED if (text := _decoded(beginning, each)) is not None}
    best = _by_library(beginning)
    order = {
        each: (_score(text, each) - 0.06 * (each == best and each in _FIRST_LEVEL), GUESSED.index(each))
        for each, text in texts.items()
    }
    shown: set[str] = set()
    ranked = []
    for each in sorted(order, key=order.__getitem__):
        if texts[each] not in shown:
            shown.add(texts[each])
            ranked.append(each)
    return tuple(ranked)


def _decoded(head: bytes, encoding: str) -> str | None:
    try:
        return head.decode(codec_of(encoding))
    except UnicodeDecodeError:
        return None


def _by_library(head: bytes) -> str:
    found = from_bytes(head, cp_isolation=[codec_of(each) for each in GUESSED]).best()
    codec = found.encoding if found else ""
    return next(
        (each for each in GUESSED if codec_of(each).replace("windows-", "cp") == codec.replace("windows-", "cp")), ""
    )


def _badness(text: str) -> float:
    """Return how unlike a list of people a text is: 0 for one whose words are each in one script, written as usual."""
    words = [word for word in _WORD.findall(text) if not word.isascii()]
    strange = sum(_is_strange(sign) for sign in text if not sign.isascii())
    if not words:
        return float(strange)
    bad = sum(map(_word_badness, words))
    first = text.partition("\n")[0]
    knows = any(speaks_of(cell, kind) for cell in re.split(r"[,;\t|]", first) if not cell.isascii() for kind in KINDS)
    return (bad + strange) / len(words) - (1.0 if knows else 0.0)


def _score(text: str, encoding: str) -> float:
    """Return the badness of a text, less the share of letters that its languages use most."""
    letters = [sign for sign in text.lower() if not sign.isascii() and (sign.isalpha() or sign in _QUOTES)]
    usual = sum(_is_usual(sign, encoding) for sign in letters)
    # Common Chinese signs have the bytes of Hangul. Where everything is Hangul, it is rather Korean.
    korean = 0.05 if encoding == "euc_kr" and usual == len(letters) else 0.0
    return round(_badness(text) - 0.4 * usual / max(1, len(letters)) - korean, 2)


def _is_usual(sign: str, encoding: str) -> bool:
    if sign in _QUOTES:
        return True
    if encoding == "euc_kr":
        return "\uac00" <= sign <= "\ud7a3" and _encodes(sign, "euc_kr")
    if encoding in _FIRST_LEVEL:
        codec, lead = _FIRST_LEVEL[encoding]
        return _encodes(sign, codec) and sign.encode(codec)[0] <= lead
    return sign in _COMMON.get(encoding, _WESTERN)


_QUOTES = frozenset("’‘“”–—…")
_FIRST_LEVEL = {
    "shift_jis": ("euc_jp", 0xCF),
    "euc_jp": ("euc_jp", 0xCF),
    "gb18030": ("gb2312", 0xD7),
    "big5": ("big5", 0xC6),
    "johab": ("euc_kr", 0xC8),
}
"""The character set of an encoding, and the last lead byte of its common signs."""

_WESTERN = frozenset("éèêëàâäáåãæçñóòôöõøíìïîúùûüßœý")
_CYRILLIC = frozenset("оеаинтсрвлкмйя")
_COMMON = {
    **dict.fromkeys(("windows-1251", "koi8_r", "cp866", "mac_cyrillic"), _CYRILLIC),
    **dict.fromkeys(("windows-1250", "iso8859_2"), frozenset("řščžěůłęąśżźćńőűéíáý")),
    "windows-1253": frozenset("αοιετσνηυρπκόίάέήώύς"),
    "windows-1254": frozenset("ışğçöüİ"),
    "windows-1255": frozenset("יוהלאמרבשתנדכ"),
    "windows-1256": frozenset("ايلمنوربتعدحس"),
    "windows-1257": frozenset("ąčęėįšųūžāēīļņ"),
    "cp874": frozenset("านรกอเงมยวส"),
}


def _word_badness(word: str) -> float:
    scripts = Counter(_script(sign) for sign in word if not sign.isascii())
    mixed = len(scripts) > 1 and not set(scripts) <= {"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"}
    with_ascii = any(sign.isascii() for sign in word) and "LATIN" not in scripts
    cased = any(small.islower() and large.isupper() for small, large in pairwise(word))
    foreign = sum(not sign.isascii() for sign in word)
    crowded = "LATIN" in scripts and foreign > 1 and foreign * 2 > len(word)
    rare = sum(_is_rare(sign) for sign in word) / len(word)
    return mixed + with_ascii + cased + crowded + rare


def _script(sign: str) -> str:
    return unicodedata.name(sign, "?").partition(" ")[0]


def _is_strange(sign: str) -> bool:
    """Whether a sign hardly stands in a list of people: controls, box drawings, fractions, lone signs of currency."""
    return unicodedata.category(sign) in {"Cc", "Co", "Cn", "So", "Sk", "Sm", "Sc", "No"} or sign in "¿¡"


def _is_rare(sign: str) -> bool:
    """Whether a letter is none of the common ones of its script."""
    if "\u4e00" <= sign <= "\u9fff":
        try:
            sign.encode("gb2312")
        except UnicodeEncodeError:
            return not _encodes(sign, "euc_jp") and not _encodes(sign, "big5")
        return False
    return _script(sign) in {"CJK", "HALFWIDTH", "?"} or unicodedata.category(sign) == "Lm"


def _encodes(sign: str, codec: str) -> bool:
    try:
        sign.encode(codec)
    except UnicodeEncodeError:
        return False
    return True
