"""Reads settings from the environment, and collects what is wrong with them.

The default stands in for a value that cannot be used, so that one message can name all problems. Nothing starts while
there is one: see thanx_portal/checks.py.
"""

import math
import os
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import environ
from django.core.exceptions import ImproperlyConfigured

Value = TypeVar("Value")
Number = TypeVar("Number", int, float)

YES, NO = ("1", "true", "yes", "on"), ("0", "false", "no", "off")
DATABASES = ("sqlite", "postgres", "postgresql")
HOST = re.compile(r"\.?[\w\-]+(\.[\w\-]+)*\.?|\*|\[[0-9a-f:.]+\]", re.IGNORECASE)
KEY_BYTES = 32
NOTHING = "none"
LONGEST = 1_000_000
"""In any unit, up to days: more does not fit into a duration."""

MAKE_ONE = 'Make one: python -c "import secrets; print(secrets.token_urlsafe(50))"'
MAKE_KEY = (
    'Make one: python -c "import secrets; print(secrets.token_hex(32))". '
    "Keep it: without it stored data cannot be read."
)


class Unusable(ValueError):
    """A value cannot be used. Its text goes on after the name of the setting: "must be …"."""


class SettingsReader:
    """The settings that the environment names. `problems` has a sentence for each that is missing or cannot be used."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self.problems: list[str] = []

    # --- Plain values ----------------------------------------------------------------------------------------

    def text(self, name: str, default: str = "", *, among: Sequence[str] = ()) -> str:
        """Return a text. With `among`, only those words are allowed, in any case."""

        def parse(value: str) -> str:
            found = next((word for word in among if word.lower() == value.lower()), None)
            if among and found is None:
                raise Unusable(f"must be one of {', '.join(among)}; it is {value!r}.")
            return found or value

        return self._read(name, default, parse)

    def flag(self, name: str, *, default: bool) -> bool:
        """Return a yes or no."""

        def parse(value: str) -> bool:
            if value.lower() not in YES + NO:
                raise Unusable(f"must be 1 or 0; it is {value!r}.")
            return value.lower() in YES

        return self._read(name, default, parse)

    def whole(self, name: str, default: int, *, least: int = 1, most: int | None = None) -> int:
        """Return a whole number within its bounds."""
        return self._read(name, default, lambda value: _within(value, int, least=least, most=most))

    def number(self, name: str, default: float) -> float:
        """Return a number that may have decimals, such as a duration."""
        return self._read(name, default, lambda value: _within(value, float, least=0, most=LONGEST))

    def several(self, name: str, default: Sequence[str] = ()) -> list[str]:
        """Return the values of a comma-separated setting, without the spaces around them; of `none` there are none."""
        return self._read(name, list(default), lambda value: [] if value == NOTHING else _split(value))

    def numbers(self, name: str, default: Mapping[str, int]) -> dict[str, int]:
        """Return whole numbers by word, from a setting such as "marketer=100,approver=1000", or from `none`."""

        def parse(value: str) -> dict[str, int]:
            if value == NOTHING:
                return {}
            pairs = [pair.partition("=")[::2] for pair in _split(value)]
            if not all(word.strip() and number.strip().isdigit() for word, number in pairs):
                raise Unusable(
                    f"must be words with whole numbers, such as marketer=100,approver=1000; it is {value!r}."
                )
            return {word.strip(): int(number) for word, number in pairs}

        return self._read(name, dict(default), parse)

    # --- Values with a meaning -------------------------------------------------------------------------------

    def secret_key(self, name: str, *, default: str) -> str:
        """Return the key that signs sessions. Without one it is a random one, with which nothing may start."""
        found = self._read(name, default, str)
        if not found:
            self.problems.append(f"{name} is missing. {MAKE_ONE}")
        return found or secrets.token_urlsafe(50)

    def data_keys(self, name: str, *, required: bool) -> list[bytes]:
        """Return the keys that encrypt stored data, newest first."""

        def parse(value: str) -> list[bytes]:
            try:
                keys = [bytes.fromhex(key) for key in _split(value)]
            except ValueError:
                keys = [b""]
            if any(len(key) != KEY_BYTES for key in keys):
                raise Unusable(
                    f"must be keys of {KEY_BYTES} bytes in hexadecimal each, separated by commas. {MAKE_KEY}"
                )
            return keys

        before = len(self.problems)
        keys: list[bytes] = self._read(name, [], parse)
        if required and not keys and len(self.problems) == before:
            self.problems.append(f"{name} is missing. {MAKE_KEY}")
        return keys

    def hosts(self, name: str, *, default: Sequence[str], required: bool) -> list[str]:
        """Return names of hosts, as ALLOWED_HOSTS has them."""

        def parse(value: str) -> list[str]:
            found = _split(value)
            if wrong := [host for host in found if not HOST.fullmatch(host)]:
                raise Unusable(f"must be names of hosts without scheme, port and path; {wrong[0]!r} is none.")
            return found

        before = len(self.problems)
        found = self._read(name, list(default), parse)
        if required and not found and len(self.problems) == before:
            self.problems.append(f"{name} is missing. Give the names by which browsers reach the portal.")
        return found

    def address(self, name: str, default: str) -> str:
        """Return the address of a page, with its scheme and ending in a slash."""
        return self._read(name, default, lambda value: f"{_address(value).rstrip('/')}/")

    def origins(self, name: str) -> list[str]:
        """Return origins: scheme and host."""
        return self._read(name, [], lambda value: [_address(origin) for origin in _split(value)])

    def folder(self, name: str, default: Path) -> Path:
        """Return a folder, which is made unless it is there."""
        folder = self._read(name, default, Path).resolve()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            usable = os.access(folder, os.W_OK)
        except OSError:
            usable = False
        self.refuse(f"{name} must be a folder that this user may write to: {folder} is not.", when=not usable)
        return folder

    def time_zone(self, name: str, default: str) -> str:
        """Return the name of a time zone."""

        def parse(value: str) -> str:
            try:
                ZoneInfo(value)
            except (KeyError, ValueError):
                raise Unusable(f"must be a time zone such as {default}; it is {value!r}.") from None
            return value

        return self._read(name, default, parse)

    def database(self, name: str, default: str) -> dict[str, Any]:
        """Return Django's configuration of a database. No problem quotes the address, which has the password."""

        def parse(value: str) -> dict[str, Any]:
            try:
                known = urlsplit(value).scheme in DATABASES
                found = dict(environ.Env.db_url_config(value)) if known else {}
            except ValueError:
                found = {}
            if not found.get("NAME"):
                raise Unusable(
                    "must be such as postgres://user:password@host:5432/name or sqlite:////folder/portal.sqlite3."
                )
            return found

        return self._read(name, parse(default), parse)

    def mail(self, name: str, default: str) -> dict[str, Any]:
        """Return Django's configuration of outgoing mail. No problem quotes the address, which has the password."""

        def parse(value: str) -> dict[str, Any]:
            try:
                return dict(environ.Env.email_url_config(value))
            except (ImproperlyConfigured, ValueError):
                raise Unusable("must be such as smtp+tls://user:password@host:587.") from None

        return self._read(name, parse(default), parse)

    # --- What is wrong ---------------------------------------------------------------------------------------

    def refuse(self, sentence: str, *, when: bool) -> None:
        """Note a problem of several settings together."""
        if when:
            self.problems.append(sentence)

    def _read(self, name: str, default: Value, parse: Callable[[str], Value]) -> Value:
        given = self._values.get(name)
        if given is None:
            return default
        if not given.strip():
            if default:
                self.problems.append(f"{name} is empty. Give a value, or take the line out.")
            return default
        try:
            return parse(given.strip())
        except Unusable as problem:
            self.problems.append(f"{name} {problem}")
            return default


def _split(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]


def _within(value: str, kind: Callable[[str], Number], *, least: float, most: float | None) -> Number:
    """Return a number of that kind, which has its bounds. Raises Unusable."""
    called = "a whole number" if kind is int else "a number"
    bounds = f"of at least {least}" if most is None else f"from {least} to {most}"
    try:
        number = kind(value)
    except ValueError:
        raise Unusable(f"must be {called} {bounds}; it is {value!r}.") from None
    if not least <= number <= (math.inf if most is None else most):
        raise Unusable(f"must be {called} {bounds}; it is {value!r}.")
    return number


def _address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Unusable(f"must begin with https:// and name a host; it is {value!r}.")
    return value
