"""Searches the logs for guests' identifiers, tokens and secrets."""

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

ADDRESS = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}")
DIGITS = re.compile(r"\d{10,15}")


def leaks(*, logs: Path, identifiers: Collection[str], secrets: Mapping[str, str]) -> Iterator[str]:
    """Yield a sentence for each file with an identifier or a secret, without repeating it."""
    known = {one.lower() for one in identifiers}
    for file in sorted(logs.iterdir()):
        text = file.read_text(encoding="utf-8", errors="replace")
        found = {address.lower() for address in ADDRESS.findall(text)}
        found |= {f"+{digits}" for digits in DIGITS.findall(text)} | {f"+1{digits}" for digits in DIGITS.findall(text)}
        named = [name for name, secret in secrets.items() if secret in text]
        if found & known:
            yield f"{file.name} holds {len(found & known)} identifiers"
        if named:
            yield f"{file.name} holds {', '.join(named)}"
