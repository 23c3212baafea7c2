"""Make untrusted answers fit for a page: HTML, links, pictures, and JSON of an unpublished shape."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any
from urllib.parse import parse_qs, urlsplit

import nh3
from django.utils.safestring import SafeString

from partner_api.answers.issuals import instant
from partner_api.configuration import is_loopback
from vault.masking import MASK, masked_name

TAGS = {
    *("p", "br", "hr", "div", "span", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote"),
    *("b", "strong", "i", "em", "u", "s", "small", "sub", "sup", "ul", "ol", "li", "a"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
SCHEMES = {"https", "http", "mailto", "tel"}
TIME_NAMES = re.compile(r"(?:_at|_on|At|On|[Dd]ate|[Tt]ime|[Tt]imestamp)$")
PERSONAL = re.compile(
    r"e-?mail|phone|mobile|(?:first|last|full|customer|recipient)_?name|address|birth|zip", re.IGNORECASE
)
"""Names of values, and of what they are in, that are about a person."""

WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
DEEPEST = 6
MOST_FACTS = 200


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One value with its name. A moment has `at` instead of a `value`; `depth` is 1 and more for nested values."""

    label: str
    value: str = ""
    at: datetime | None = None
    depth: int = 0


def clean_html(html: str) -> SafeString:
    """Return HTML without scripts, styles and resources: text, its structure, and links with safe schemes."""
    attributes = {"a": {"href", "title"}}
    cleaned = nh3.clean(html, tags=TAGS, attributes=attributes, url_schemes=SCHEMES, link_rel="noopener noreferrer")
    return SafeString(cleaned)


def safe_link(url: str) -> str:
    """Return a URL if a page may link to it, else '': it must be absolute and of http or https."""
    parts = _split(url)
    return url if parts is not None and parts.scheme in {"https", "http"} and parts.netloc else ""


def safe_picture(url: str) -> str:
    """Return a picture's URL if a page may load it, else '': by https, or from this machine."""
    parts = _split(url)
    shown = parts is not None and parts.netloc and (parts.scheme == "https" or is_loopback(parts.hostname or ""))
    return safe_link(url) if shown else ""


def has_expired(url: str, *, at: datetime) -> bool:
    """Whether a signed link has expired: as Amazon signs it (X-Amz-Date and X-Amz-Expires), or with Expires."""
    parts = _split(url)
    query = {name.lower(): values[0] for name, values in parse_qs(parts.query).items()} if parts is not None else {}
    try:
        if "x-amz-date" in query:
            signed = datetime.strptime(query["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            return at > signed + timedelta(seconds=int(query.get("x-amz-expires", "0")))
        return "expires" in query and at > datetime.fromtimestamp(int(query["expires"]), tz=UTC)
    except (ValueError, OverflowError):
        return False


def facts_in(value: Any, *, clear: bool = False) -> tuple[Fact, ...]:
    """Return a value of any shape as at most MOST_FACTS facts, without those that are null or empty.

    What may be about a person is masked unless `clear`.
    """
    return tuple(islice(_facts(value if clear else _masked(value), name="", depth=-1), MOST_FACTS))


def _masked(value: Any, *, name: str = "") -> Any:
    if isinstance(value, Mapping):
        return {key: _masked(inner, name=f"{name} {key}") for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(inner, name=name) for inner in value]
    if value is None or isinstance(value, bool) or value == "":
        return value
    if PERSONAL.search(name):
        return MASK
    return masked_name(value) if isinstance(value, str) else value


def _facts(value: Any, *, name: str, depth: int) -> Iterator[Fact]:
    if depth > DEEPEST or value is None or value in ("", [], {}):
        return
    if isinstance(value, Mapping):
        if name:
            yield Fact(label=label_of(name), depth=depth)
        for key, inner in value.items():
            yield from _facts(inner, name=str(key), depth=depth + 1)
    elif isinstance(value, list | tuple):
        yield from _listed(value, name=name, depth=depth)
    else:
        yield _fact(value, name=name, depth=max(depth, 0))


def _listed(values: list[Any] | tuple[Any, ...], *, name: str, depth: int) -> Iterator[Fact]:
    if all(isinstance(one, str | int | float) for one in values):
        yield Fact(label=label_of(name), value=", ".join(str(one) for one in values), depth=max(depth, 0))
        return
    for number, one in enumerate(values, start=1):
        yield from _facts(one, name=f"{name} {number}".strip(), depth=depth)


def _fact(value: Any, *, name: str, depth: int) -> Fact:
    at = instant(value) if TIME_NAMES.search(name) else None
    if at is not None:
        return Fact(label=label_of(name), at=at, depth=depth)
    words = {True: "Yes", False: "No"}[value] if isinstance(value, bool) else str(value)
    return Fact(label=label_of(name), value=words, depth=depth)


def label_of(name: str) -> str:
    """Return a key as a label: "trackingNumber" is "Tracking number"."""
    words = " ".join(word if word.isupper() and len(word) > 1 else word.lower() for word in WORDS.findall(name))
    return words[:1].upper() + words[1:] if words else name


def _split(url: str) -> Any:
    try:
        return urlsplit(url)
    except ValueError:
        return None
