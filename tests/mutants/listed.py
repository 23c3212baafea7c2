"""The list of mutants, read from the TOML files beside this module."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


class Unusable(ValueError):
    """An edit that cannot be made as it is listed."""


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One edit. `tests` are paths or node ids of pytest."""

    breaks: str
    file: str
    find: str
    replace: str
    tests: tuple[str, ...]

    def applied_to(self, text: str) -> str:
        """Return the file's text with the edit. Raises Unusable where `find` does not occur exactly once."""
        times = text.count(self.find)
        if times != 1:
            raise Unusable(f"{self.file}: the text to find occurs {times} times ({self.breaks})")
        return text.replace(self.find, self.replace)


def all_mutants() -> list[Mutant]:
    """Return every listed edit, file by file."""
    return [
        Mutant(**{**entry, "tests": tuple(entry["tests"])})
        for file in sorted(HERE.glob("*.toml"))
        for entry in tomllib.loads(file.read_text(encoding="utf-8"))["mutant"]
    ]
