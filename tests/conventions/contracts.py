"""The import contracts of pyproject.toml."""

import tomllib
from pathlib import Path
from typing import Any

from tests.support.root import ROOT

PURE = "Pure modules ask no database and call no partner"
WITHOUT_DJANGO = "The core of the partner API knows nothing of Django"


def import_contracts() -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    return found


def modules_of(name: str) -> list[Path]:
    """Return the files of the modules that the contract of this name restricts; of a package, all of its modules."""
    contract = next(one for one in import_contracts()["contracts"] if one["name"] == name)
    found: list[Path] = []
    for module in contract["source_modules"]:
        folder = ROOT / module.replace(".", "/")
        found += sorted(folder.rglob("*.py")) if folder.is_dir() else [folder.with_suffix(".py")]
    return found
