"""What the portal is made of: the Python packages that run, and the files in static/vendor, with their licences.

`bill` writes it as CycloneDX 1.6 (https://cyclonedx.org/docs/1.6/json/), which scanners of vulnerabilities read.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from django.conf import settings
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

VENDORED = re.compile(
    r"^\| `(?P<folder>\w+)/` \| (?P<name>\S+) \| (?P<version>\S+) \| (?P<licence>[^|]+?) \|", re.MULTILINE
)
LICENCE_CLASS = "License :: "
LONGEST_NAME = 60
"""Some packages give the whole text of their licence where its name belongs."""


@dataclass(frozen=True, kw_only=True)
class Material:
    """A package of another author. `needs` are the package URLs of what it needs itself."""

    name: str
    version: str
    licence: str
    url: str
    needs: tuple[str, ...] = ()


def materials() -> list[Material]:
    """Return the packages that run and the vendored files, without what only tests and developers use."""
    found: dict[str, Distribution] = {}
    _collect(_project()["dependencies"], extras=frozenset(), found=found)
    packages = [_of(found[name], among=found) for name in sorted(found)]
    return [*packages, *_vendored()]


def bill(parts: list[Material]) -> dict[str, Any]:
    """Return the bill of materials as a CycloneDX document."""
    project = _project()
    portal = {"type": "application", "bom-ref": project["name"], "name": project["name"], "version": project["version"]}
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": portal},
        "components": [
            {
                "type": "library",
                "bom-ref": part.url,
                "name": part.name,
                "version": part.version,
                "licenses": [{"license": {"name": part.licence}}],
                "purl": part.url,
            }
            for part in parts
        ],
        "dependencies": [{"ref": part.url, "dependsOn": list(part.needs)} for part in parts],
    }


def _project() -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((Path(settings.BASE_DIR) / "pyproject.toml").read_text(encoding="utf-8"))
    project: dict[str, Any] = found["project"]
    return project


def _collect(requirements: list[str], *, extras: frozenset[str], found: dict[str, Distribution]) -> None:
    for requirement in _wanted(requirements, extras=extras):
        name = canonicalize_name(requirement.name)
        try:
            package = distribution(name)
        except PackageNotFoundError:
            continue  # pip takes the project's requirements as installed; this one is for another system
        is_new = name not in found
        found[name] = package
        if is_new or requirement.extras:
            _collect(package.requires or [], extras=frozenset(requirement.extras), found=found)


def _wanted(requirements: list[str], *, extras: frozenset[str]) -> Iterator[Requirement]:
    """Yield those requirements that hold on this system, with these extras."""
    for text in requirements:
        requirement = Requirement(text)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in extras or {""}):
            yield requirement


def _of(package: Distribution, *, among: Mapping[str, Distribution]) -> Material:
    needs = {canonicalize_name(Requirement(text).name) for text in package.requires or []}
    return Material(
        name=package.metadata["Name"],
        version=package.version,
        licence=_licence(package),
        url=_url(package),
        needs=tuple(_url(among[name]) for name in sorted(needs & among.keys())),
    )


def _url(package: Distribution) -> str:
    return f"pkg:pypi/{canonicalize_name(package.metadata['Name'])}@{package.version}"


def _licence(package: Distribution) -> str:
    """Return the licence as the package names it: an expression, a class of PyPI, or free words."""
    told = package.metadata
    classes = [
        text.rpartition(" :: ")[2] for text in told.get_all("Classifier") or [] if text.startswith(LICENCE_CLASS)
    ]
    expressions, words = ([*(told.get_all(name) or []), ""] for name in ("License-Expression", "License"))
    named = [expressions[0], ", ".join(classes), words[0] if len(words[0]) < LONGEST_NAME else ""]
    return next(filter(None, named), "not named")


def _vendored() -> Iterator[Material]:
    table = (Path(settings.BASE_DIR) / "static/vendor/README.md").read_text(encoding="utf-8")
    for row in VENDORED.finditer(table):
        url = f"pkg:npm/{row['name'].replace('@', '%40')}@{row['version']}"
        yield Material(name=row["name"], version=row["version"], licence=row["licence"], url=url)
